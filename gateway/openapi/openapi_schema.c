/* Keywords that are known are written, each in its shape; what is left out (discriminator, xml, example, x-...,
 * identifiers that would change what a reference means) says nothing about values. What a client checks answers
 * with is written without patterns and formats: clients refuse a whole list for one that they cannot compile.
 */
#include "openapi_schema.h"

#include "json/json_pointer.h"

enum shape { PLAIN, ONE, ONE_OR_BOOLEAN, LIST, MAP };

static const struct keyword {
    const char *name;
    enum shape shape;
    unsigned kinds; /* of a plain one: what it may be */
    bool is_for_input_only;
} keywords[] = {
    {"title", PLAIN, OPENAPI_STRING, false},
    {"description", PLAIN, OPENAPI_STRING, false},
    {"default", PLAIN, OPENAPI_ANYTHING, false},
    {"const", PLAIN, OPENAPI_ANYTHING, false},
    {"examples", PLAIN, OPENAPI_ARRAY, false},
    {"deprecated", PLAIN, OPENAPI_BOOLEAN, false},
    {"format", PLAIN, OPENAPI_STRING, true},
    {"pattern", PLAIN, OPENAPI_STRING, true},
    {"patternProperties", MAP, 0, true},
    {"minLength", PLAIN, OPENAPI_NUMBER, false},
    {"maxLength", PLAIN, OPENAPI_NUMBER, false},
    {"multipleOf", PLAIN, OPENAPI_NUMBER, false},
    {"minItems", PLAIN, OPENAPI_NUMBER, false},
    {"maxItems", PLAIN, OPENAPI_NUMBER, false},
    {"uniqueItems", PLAIN, OPENAPI_BOOLEAN, false},
    {"minProperties", PLAIN, OPENAPI_NUMBER, false},
    {"maxProperties", PLAIN, OPENAPI_NUMBER, false},
    {"minContains", PLAIN, OPENAPI_NUMBER, false},
    {"maxContains", PLAIN, OPENAPI_NUMBER, false},
    {"dependentRequired", PLAIN, OPENAPI_OBJECT, false},
    {"contentEncoding", PLAIN, OPENAPI_STRING, true},
    {"contentMediaType", PLAIN, OPENAPI_STRING, true},
    {"items", ONE, 0, false},
    {"contains", ONE, 0, false},
    {"propertyNames", ONE, 0, true},
    {"not", ONE, 0, false},
    {"if", ONE, 0, false},
    {"then", ONE, 0, false},
    {"else", ONE, 0, false},
    {"additionalProperties", ONE_OR_BOOLEAN, 0, false},
    {"unevaluatedProperties", ONE_OR_BOOLEAN, 0, false},
    {"unevaluatedItems", ONE_OR_BOOLEAN, 0, false},
    {"allOf", LIST, 0, false},
    {"anyOf", LIST, 0, false},
    {"oneOf", LIST, 0, false},
    {"prefixItems", LIST, 0, false},
    {"properties", MAP, 0, false},
    {"dependentSchemas", MAP, 0, false},
};

/* -- kinds */

static const struct {
    const char *name;
    unsigned kinds;
} types[] = {
    {"null", OPENAPI_NULL},       {"boolean", OPENAPI_BOOLEAN},
    {"integer", OPENAPI_INTEGER}, {"number", OPENAPI_NUMBER | OPENAPI_INTEGER},
    {"string", OPENAPI_STRING},   {"array", OPENAPI_ARRAY},
    {"object", OPENAPI_OBJECT},
};

static unsigned kinds_of_type(struct text type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (text_is(type, types[i].name))
            return types[i].kinds;
    return 0;
}

unsigned openapi_schema_kinds(const struct json_value *schema)
{
    const struct json_value *type = json_member(schema, TEXT("type"));
    unsigned kinds = json_is_true(json_member(schema, TEXT("nullable"))) ? OPENAPI_NULL : 0;
    if (json_is_string(type))
        return kinds_of_type(type->text) == 0 ? OPENAPI_ANYTHING : kinds | kinds_of_type(type->text);
    if (type == NULL || type->kind != JSON_ARRAY)
        return OPENAPI_ANYTHING;
    for (const struct json_value *one = type->first; one != NULL; one = one->next)
        kinds |= kinds_of_type(json_string(one));
    return kinds == 0 ? OPENAPI_ANYTHING : kinds;
}

static bool is_of(const struct json_value *value, unsigned kinds)
{
    static const unsigned bits[] = {
        [JSON_NULL] = OPENAPI_NULL,     [JSON_BOOLEAN] = OPENAPI_BOOLEAN, [JSON_NUMBER] = OPENAPI_NUMBER,
        [JSON_STRING] = OPENAPI_STRING, [JSON_ARRAY] = OPENAPI_ARRAY,     [JSON_OBJECT] = OPENAPI_OBJECT};
    return (bits[value->kind] & kinds) != 0;
}

/* -- what is referred to */

static bool has_definition(const struct openapi_schema *schema, struct text name)
{
    for (size_t i = 0; i < schema->count; i++)
        if (text_equal(schema->definitions[i].name, name))
            return true;
    return false;
}

/* The last part of the pointer, where that is a plain name that no other has. */
static struct text name_for(const struct openapi_schema *schema, struct text pointer)
{
    struct text rest = pointer, last = TEXT_NONE;
    while (rest.base != NULL)
        last = text_cut(&rest, '/');
    bool is_plain = last.length != 0 && last.length <= OPENAPI_NAME_BYTES_MAX;
    for (size_t i = 0; i < last.length; i++) {
        char byte = last.base[i];
        is_plain &= (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
                    byte == '-' || byte == '.' || (byte >= '0' && byte <= '9');
    }
    if (is_plain && !has_definition(schema, last))
        return last;
    /* Numbered by its place: no other's, unless the document has schemas of that very name. */
    struct text made = arena_print(schema->reading->scratch, "schema_%zu", schema->count + 1);
    while (has_definition(schema, made))
        made = arena_print(schema->reading->scratch, "%.*s_", TEXT_ARGUMENTS(made));
    return made;
}

static struct text definition_of(struct openapi_schema *schema, struct openapi_spot spot)
{
    for (size_t i = 0; i < schema->count; i++)
        if (text_equal(schema->definitions[i].pointer, spot.pointer))
            return schema->definitions[i].name;
    if (schema->count == OPENAPI_SCHEMA_DEFINITIONS_MAX) {
        schema->is_too_large = true;
        return TEXT_NONE;
    }
    if (schema->definitions == NULL)
        schema->definitions = ARENA_ARRAY(schema->reading->scratch, struct openapi_schema_definition,
                                          OPENAPI_SCHEMA_DEFINITIONS_MAX);
    struct text name = name_for(schema, spot.pointer);
    schema->definitions[schema->count++] = (struct openapi_schema_definition){spot.pointer, name};
    return name;
}

static void write_reference(struct openapi_schema *schema, struct openapi_spot spot)
{
    struct arena *arena = schema->reading->scratch;
    if (!openapi_resolve(schema->reading, &spot))
        return;
    struct text name = definition_of(schema, spot);
    if (name.base != NULL)
        json_member_text(schema->writer, "$ref", arena_print(arena, "#/$defs/%.*s", TEXT_ARGUMENTS(name)));
}

/* -- what differs between the two directions */

/* Whether the property is there for this direction at all. */
static bool is_shown(const struct openapi_schema *schema, const struct json_value *property)
{
    const char *other = schema->is_input ? "readOnly" : "writeOnly";
    const struct json_value *reference = json_member(property, TEXT("$ref"));
    struct openapi_reading silent = *schema->reading;
    struct openapi_spot spot = {property, TEXT_NONE};
    if (json_is_true(json_member(property, text_of(other))))
        return false;
    silent.mistakes = SIZE_MAX / 2; /* whoever writes it tells what is wrong with the reference */
    return reference == NULL || !openapi_resolve(&silent, &spot) ||
           !json_is_true(json_member(spot.value, text_of(other)));
}

static void write_required(struct openapi_schema *schema, const struct json_value *value)
{
    const struct json_value *required = json_member(value, TEXT("required")),
                            *properties = json_member(value, TEXT("properties"));
    if (required == NULL || required->kind != JSON_ARRAY)
        return;
    json_name(schema->writer, TEXT("required"));
    json_begin_array(schema->writer);
    for (const struct json_value *name = required->first; name != NULL; name = name->next) {
        const struct json_value *property = json_is_string(name) ? json_member(properties, name->text) : NULL;
        if (json_is_string(name) && (property == NULL || is_shown(schema, property)))
            json_write_text(schema->writer, name->text);
    }
    json_end_array(schema->writer);
}

/* -- what differs between 3.0 and JSON Schema */

static bool is_nullable(const struct openapi_schema *schema, const struct json_value *value)
{
    return schema->reading->is_3_0 && json_is_true(json_member(value, TEXT("nullable"))) &&
           json_is_string(json_member(value, TEXT("type")));
}

static void write_type(struct openapi_schema *schema, const struct json_value *value)
{
    const struct json_value *type = json_member(value, TEXT("type"));
    if (type == NULL || !is_of(type, OPENAPI_STRING | OPENAPI_ARRAY))
        return;
    json_name(schema->writer, TEXT("type"));
    if (!is_nullable(schema, value)) {
        json_write_value(schema->writer, type);
        return;
    }
    json_begin_array(schema->writer);
    json_write_text(schema->writer, type->text);
    json_write_text(schema->writer, TEXT("null"));
    json_end_array(schema->writer);
}

static void write_enumeration(struct openapi_schema *schema, const struct json_value *value)
{
    const struct json_value *names = json_member(value, TEXT("enum"));
    bool has_null = false;
    if (names == NULL || names->kind != JSON_ARRAY || names->first == NULL)
        return;
    json_name(schema->writer, TEXT("enum"));
    json_begin_array(schema->writer);
    for (const struct json_value *one = names->first; one != NULL; one = one->next) {
        has_null |= one->kind == JSON_NULL;
        json_write_value(schema->writer, one);
    }
    if (is_nullable(schema, value) && !has_null)
        json_write_null(schema->writer);
    json_end_array(schema->writer);
}

/* In 3.0 exclusive is a boolean beside the bound. */
static void write_bound(struct openapi_schema *schema, const struct json_value *value, const char *bound,
                        const char *exclusive)
{
    const struct json_value *limit = json_member(value, text_of(bound)),
                            *strict = json_member(value, text_of(exclusive));
    if (strict != NULL && strict->kind == JSON_NUMBER) {
        json_name(schema->writer, text_of(exclusive));
        json_write_value(schema->writer, strict);
    }
    if (limit == NULL || limit->kind != JSON_NUMBER)
        return;
    json_name(schema->writer, text_of(json_is_true(strict) ? exclusive : bound));
    json_write_value(schema->writer, limit);
}

/* -- all of it */

static void write_list(struct openapi_schema *schema, struct openapi_spot spot)
{
    size_t index = 0;
    json_begin_array(schema->writer);
    for (const struct json_value *one = spot.value->first; one != NULL; one = one->next)
        openapi_schema_write(schema, openapi_item(schema->reading, spot, index++));
    json_end_array(schema->writer);
}

static void write_map(struct openapi_schema *schema, struct openapi_spot spot)
{
    json_begin_object(schema->writer);
    for (const struct json_value *one = spot.value->first; one != NULL; one = one->next) {
        if (!is_shown(schema, one))
            continue;
        json_name(schema->writer, one->name);
        openapi_schema_write(schema, openapi_member(schema->reading, spot, one->name));
    }
    json_end_object(schema->writer);
}

static void write_keyword(struct openapi_schema *schema, const struct keyword *keyword,
                          struct openapi_spot parent)
{
    const struct json_value *value = json_member(parent.value, text_of(keyword->name));
    static const unsigned shapes[] = {[ONE] = OPENAPI_OBJECT | OPENAPI_BOOLEAN,
                                      [ONE_OR_BOOLEAN] = OPENAPI_OBJECT | OPENAPI_BOOLEAN,
                                      [LIST] = OPENAPI_ARRAY,
                                      [MAP] = OPENAPI_OBJECT};
    unsigned kinds = keyword->shape == PLAIN ? keyword->kinds : shapes[keyword->shape];
    if (value == NULL || !is_of(value, kinds) || (keyword->is_for_input_only && !schema->is_input) ||
        (keyword->shape == LIST && value->first == NULL))
        return;
    struct openapi_spot spot = openapi_member(schema->reading, parent, text_of(keyword->name));
    json_name(schema->writer, text_of(keyword->name));
    if (keyword->shape == LIST)
        write_list(schema, spot);
    else if (keyword->shape == MAP)
        write_map(schema, spot);
    else if (keyword->shape == PLAIN || value->kind == JSON_BOOLEAN)
        json_write_value(schema->writer, value);
    else
        openapi_schema_write(schema, spot);
}

static void write_members(struct openapi_schema *schema, struct openapi_spot spot)
{
    if (schema->writer->out->length > schema->bytes_max)
        schema->is_too_large = true;
    if (schema->is_too_large)
        return;
    write_type(schema, spot.value);
    write_enumeration(schema, spot.value);
    write_bound(schema, spot.value, "minimum", "exclusiveMinimum");
    write_bound(schema, spot.value, "maximum", "exclusiveMaximum");
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        write_keyword(schema, &keywords[i], spot);
    write_required(schema, spot.value);
}

void openapi_schema_write(struct openapi_schema *schema, struct openapi_spot spot)
{
    const struct json_value *value = spot.value;
    if (value != NULL && value->kind == JSON_BOOLEAN) {
        json_write_boolean(schema->writer, value->boolean);
        return;
    }
    json_begin_object(schema->writer);
    bool is_reference = json_is_string(json_member(value, TEXT("$ref")));
    if (is_reference)
        write_reference(schema, spot);
    if (value != NULL && value->kind == JSON_OBJECT && !(is_reference && schema->reading->is_3_0))
        write_members(schema, spot);
    json_end_object(schema->writer);
}

void openapi_schema_write_members(struct openapi_schema *schema, struct openapi_spot spot)
{
    if (openapi_resolve(schema->reading, &spot) && spot.value != NULL && spot.value->kind == JSON_OBJECT)
        write_members(schema, spot);
}

/* More of them come while they are written. */
void openapi_schema_write_definitions(struct openapi_schema *schema)
{
    if (schema->count == 0)
        return;
    json_name(schema->writer, TEXT("$defs"));
    json_begin_object(schema->writer);
    for (size_t i = 0; i < schema->count && !schema->is_too_large; i++) {
        struct openapi_spot root = {schema->reading->document, schema->definitions[i].pointer};
        root.value = json_pointer_find(root.value, root.pointer);
        json_name(schema->writer, schema->definitions[i].name);
        openapi_schema_write(schema, root);
    }
    json_end_object(schema->writer);
}

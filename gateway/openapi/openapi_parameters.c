/* Parameters: of a path as one segment's part, of a query as form fields, of headers as they are. Other styles
 * (matrix, label, deepObject, ...), cookies and objects are not sent. */
#include "openapi_parts.h"

#include <string.h>

#include "base/header_name.h"
#include "openapi_schema.h"

static bool read_place(struct text in, enum openapi_place *place)
{
    static const char *const places[] = {
        [OPENAPI_PATH] = "path", [OPENAPI_QUERY] = "query", [OPENAPI_HEADER] = "header"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (text_is(in, places[i])) {
            *place = (enum openapi_place)i;
            return true;
        }
    return false;
}

/* OpenAPI says that a parameter of such a name is nothing (3.1.1 section 4.8.12.1): the protocol has them. */
static bool is_nothing(struct text in, struct text name)
{
    return text_is(in, "header") && (text_equal_ignoring_case(name, TEXT("accept")) ||
                                     text_equal_ignoring_case(name, TEXT("content-type")) ||
                                     text_equal_ignoring_case(name, TEXT("authorization")));
}

/* Why it cannot be sent; NULL: it can. */
static const char *obstacle(const struct json_value *value, struct text in, const struct json_value *schema,
                            struct openapi_parameter *parameter)
{
    struct text style = json_text_of(value, "style");
    if (!read_place(in, &parameter->place))
        return "it is not in path, query or header";
    if (schema == NULL)
        return "it has no schema";
    if (style.base != NULL && !text_is(style, parameter->place == OPENAPI_QUERY ? "form" : "simple"))
        return "its style is not the usual one of its place";
    if (parameter->kinds == OPENAPI_OBJECT || parameter->kinds == (OPENAPI_OBJECT | OPENAPI_NULL))
        return "it is an object";
    if (parameter->place == OPENAPI_HEADER && header_name_is_kept_back(parameter->name))
        return "a header of this name is not for callers to set";
    return NULL;
}

static bool is_known(const struct openapi_draft *draft, enum openapi_place place, struct text name)
{
    for (size_t i = 0; i < draft->operation.parameter_count; i++) {
        const struct openapi_parameter *other = &draft->parameters[i];
        if (other->place == place && text_equal(other->name, name))
            return true;
    }
    return false;
}

/* Arguments have one name each, whatever their places. */
static bool check_name(struct openapi_reading *reading, const struct openapi_draft *draft,
                       struct openapi_spot spot, struct openapi_parameter *parameter)
{
    struct text name = parameter->name;
    if (name.length == 0 || name.length > OPENAPI_NAME_BYTES_MAX || !text_is_printable(name) ||
        (parameter->place == OPENAPI_HEADER && !text_is_token(name))) {
        openapi_mistake(reading, spot, "name: expected 1 to %d printable characters", OPENAPI_NAME_BYTES_MAX);
        return false;
    }
    for (size_t i = 0; i < draft->operation.parameter_count; i++)
        if (text_equal(draft->parameters[i].name, name)) {
            openapi_mistake(reading, spot, "two parameters are called %.*s, in different places",
                            TEXT_ARGUMENTS(openapi_quote(reading, name)));
            return false;
        }
    return true;
}

static void keep(struct openapi_reading *reading, struct openapi_draft *draft, struct openapi_spot spot,
                 const struct openapi_parameter *parameter, struct openapi_spot schema)
{
    size_t place = draft->operation.parameter_count;
    if (place == OPENAPI_PARAMETERS_MAX) {
        openapi_mistake(reading, spot, "more than %d parameters", OPENAPI_PARAMETERS_MAX);
        return;
    }
    draft->parameters[place] = *parameter;
    draft->sources[place] = (struct openapi_parameter_source){schema, json_text_of(spot.value, "description")};
    draft->operation.parameter_count++;
}

static void read_parameter(struct openapi_reading *reading, struct openapi_draft *draft,
                           struct openapi_spot spot, bool is_of_path)
{
    struct openapi_parameter parameter = {0};
    if (!openapi_resolve(reading, &spot) || spot.value == NULL)
        return;
    struct text in = json_text_of(spot.value, "in");
    struct openapi_spot schema = openapi_member(reading, spot, TEXT("schema")), resolved = schema;
    parameter.name = json_text_of(spot.value, "name");
    parameter.is_required = json_is_true(json_member(spot.value, TEXT("required")));
    if (is_nothing(in, parameter.name) || !openapi_resolve(reading, &resolved))
        return;
    parameter.kinds = openapi_schema_kinds(resolved.value);
    const char *why = obstacle(spot.value, in, schema.value, &parameter);
    if (why != NULL) {
        if (parameter.is_required || text_is(in, "path"))
            openapi_mistake(reading, spot, "parameter %.*s has to be sent, but cannot be: %s",
                            TEXT_ARGUMENTS(openapi_quote(reading, parameter.name)), why);
        return;
    }
    if (is_of_path && is_known(draft, parameter.place, parameter.name))
        return; /* the operation says it anew */
    const struct json_value *explode = json_member(spot.value, TEXT("explode"));
    parameter.is_exploded = parameter.place == OPENAPI_QUERY &&
                            (explode == NULL || explode->kind != JSON_BOOLEAN || explode->boolean);
    parameter.is_required |= parameter.place == OPENAPI_PATH;
    if (check_name(reading, draft, spot, &parameter))
        keep(reading, draft, spot, &parameter, schema);
}

static void read_list(struct openapi_reading *reading, struct openapi_draft *draft, struct openapi_spot owner,
                      bool is_of_path)
{
    struct openapi_spot list = openapi_member(reading, owner, TEXT("parameters"));
    if (list.value == NULL)
        return;
    if (list.value->kind != JSON_ARRAY) {
        openapi_mistake(reading, list, "expected a list of parameters");
        return;
    }
    for (size_t i = 0; i < list.value->count && i < 2 * OPENAPI_PARAMETERS_MAX; i++)
        read_parameter(reading, draft, openapi_item(reading, list, i), is_of_path);
}

void openapi_read_parameters(struct openapi_reading *reading, struct openapi_draft *draft)
{
    read_list(reading, draft, draft->spot, false);
    read_list(reading, draft, draft->path_item, true);
}

/* -- the path */

/* What stands for itself in a path (RFC 3986 section 3.3), but for escapes, which could be read in two ways. */
static bool is_literal(char byte)
{
    bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return is_letter || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("-._~!$&'()*+,;=:@/", byte) != NULL);
}

static const char *check_literal(struct text literal)
{
    for (size_t i = 0; i < literal.length; i++)
        if (!is_literal(literal.base[i]))
            return "a path has letters, digits, -._~!$&'()*+,;=:@/ and parameters in braces";
    return NULL;
}

static const char *check_segments(struct text path)
{
    (void)text_cut(&path, '/');
    while (path.base != NULL) {
        struct text segment = text_cut(&path, '/');
        if (text_is(segment, ".") || text_is(segment, ".."))
            return "a path has no dot segments";
    }
    return NULL;
}

static const char *check_template(const struct openapi_draft *draft, size_t *used)
{
    struct text rest = draft->operation.path;
    const char *why = !text_starts_with(rest, TEXT("/")) ? "a path begins with /" : check_segments(rest);
    *used = 0;
    while (why == NULL && rest.base != NULL) {
        why = check_literal(text_cut(&rest, '{'));
        if (why != NULL || rest.base == NULL)
            return why;
        struct text name = text_cut(&rest, '}');
        if (rest.base == NULL)
            return "a brace is not closed";
        if (!is_known(draft, OPENAPI_PATH, name))
            return "a part in braces is no parameter of the path";
        ++*used;
    }
    return why;
}

void openapi_check_path(struct openapi_reading *reading, const struct openapi_draft *draft)
{
    size_t used, known = 0;
    for (size_t i = 0; i < draft->operation.parameter_count; i++)
        known += draft->parameters[i].place == OPENAPI_PATH;
    const char *why = check_template(draft, &used);
    if (why != NULL)
        openapi_mistake(reading, draft->path_item, "%s", why);
    else if (used != known)
        openapi_mistake(reading, draft->spot, "each parameter of the path stands in it once, in braces");
}

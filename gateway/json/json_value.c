/* Builds the tree from the reader's callbacks, and finds things in it. */
#include "json/json_value.h"

struct level {
    struct json_value *container;
    struct json_value *last;
};

struct builder {
    struct arena *arena;
    struct json_value *root;
    struct text name; /* of the member whose value comes next */
    unsigned depth;
    struct level *levels;
};

static struct json_value *add(struct builder *builder, enum json_kind kind)
{
    struct json_value *value = ARENA_NEW(builder->arena, struct json_value);
    value->kind = kind;
    value->name = builder->name;
    builder->name = TEXT_NONE;
    if (builder->depth == 0) {
        builder->root = value;
        return value;
    }
    struct level *level = &builder->levels[builder->depth - 1];
    if (level->last == NULL)
        level->container->first = value;
    else
        level->last->next = value;
    level->last = value;
    level->container->count++;
    return value;
}

static enum fault begin(struct builder *builder, enum json_kind kind)
{
    struct json_value *container = add(builder, kind);
    builder->levels[builder->depth++] = (struct level){.container = container};
    return FAULT_NONE;
}

static enum fault add_null(void *context)
{
    add(context, JSON_NULL);
    return FAULT_NONE;
}

static enum fault add_boolean(void *context, bool value)
{
    add(context, JSON_BOOLEAN)->boolean = value;
    return FAULT_NONE;
}

static enum fault add_number(void *context, struct text raw)
{
    struct builder *builder = context;
    add(builder, JSON_NUMBER)->text = arena_copy(builder->arena, raw);
    return FAULT_NONE;
}

static enum fault add_string(void *context, struct text value)
{
    struct builder *builder = context;
    add(builder, JSON_STRING)->text = arena_copy(builder->arena, value);
    return FAULT_NONE;
}

static enum fault keep_name(void *context, struct text name)
{
    struct builder *builder = context;
    builder->name = arena_copy(builder->arena, name);
    return FAULT_NONE;
}

static enum fault begin_object(void *context)
{
    return begin(context, JSON_OBJECT);
}

static enum fault begin_array(void *context)
{
    return begin(context, JSON_ARRAY);
}

static enum fault end(void *context)
{
    struct builder *builder = context;
    builder->depth--;
    return FAULT_NONE;
}

enum fault json_parse(struct arena *arena, struct text document, const struct json_limits *limits,
                      const struct json_value **value)
{
    return json_parse_or_say(arena, document, limits, value, NULL, NULL);
}

enum fault json_parse_or_say(struct arena *arena, struct text document, const struct json_limits *limits,
                             const struct json_value **value, const char **mistake, size_t *offset)
{
    static const struct json_handler handler = {
        .on_null = add_null,
        .on_boolean = add_boolean,
        .on_number = add_number,
        .on_string = add_string,
        .on_object_begin = begin_object,
        .on_name = keep_name,
        .on_object_end = end,
        .on_array_begin = begin_array,
        .on_array_end = end,
    };
    struct level levels[JSON_DEPTH_MAX]; /* each written before it is read, so it need not be cleared */
    struct builder builder = {.arena = arena, .levels = levels};
    TRY(json_read(document, limits, &handler, &builder, mistake, offset));
    *value = builder.root;
    return FAULT_NONE;
}

/* As deep as the reader let it become. */
static struct json_value *copy_alone(struct arena *arena, const struct json_value *value)
{
    struct json_value *copy = ARENA_NEW(arena, struct json_value);
    *copy = (struct json_value){.kind = value->kind, .boolean = value->boolean, .count = value->count};
    if (value->text.base != NULL)
        copy->text = arena_copy(arena, value->text);
    const struct json_value **place = &copy->first;
    for (const struct json_value *child = value->first; child != NULL; child = child->next) {
        struct json_value *below = copy_alone(arena, child);
        if (child->name.base != NULL)
            below->name = arena_copy(arena, child->name);
        *place = below;
        place = &below->next;
    }
    return copy;
}

const struct json_value *json_copy(struct arena *arena, const struct json_value *value)
{
    return value == NULL ? NULL : copy_alone(arena, value);
}

const struct json_value *json_member(const struct json_value *object, struct text name)
{
    if (object == NULL || object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json_value *member = object->first; member != NULL; member = member->next)
        if (text_equal(member->name, name))
            return member;
    return NULL;
}

bool json_is_string(const struct json_value *value)
{
    return value != NULL && value->kind == JSON_STRING;
}

struct text json_string(const struct json_value *value)
{
    return json_is_string(value) ? value->text : TEXT_NONE;
}

bool json_integer(const struct json_value *value, int64_t *integer)
{
    return value != NULL && value->kind == JSON_NUMBER && text_to_int64(value->text, integer);
}

bool json_is_true(const struct json_value *value)
{
    return value != NULL && value->kind == JSON_BOOLEAN && value->boolean;
}

struct text json_text_of(const struct json_value *object, const char *name)
{
    return json_string(json_member(object, text_of(name)));
}

int64_t json_integer_of(const struct json_value *object, const char *name)
{
    int64_t integer = 0;
    return json_integer(json_member(object, text_of(name)), &integer) ? integer : 0;
}

static bool objects_equal(const struct json_value *a, const struct json_value *b)
{
    /* Usually the orders are the same, and then the next member is the one. */
    const struct json_value *likely = b->first;
    for (const struct json_value *member = a->first; member != NULL; member = member->next) {
        const struct json_value *other = likely;
        if (other == NULL || !text_equal(other->name, member->name))
            other = json_member(b, member->name);
        if (other == NULL || !json_equal(member, other))
            return false;
        likely = other->next;
    }
    return true;
}

static bool arrays_equal(const struct json_value *a, const struct json_value *b)
{
    const struct json_value *other = b->first;
    for (const struct json_value *element = a->first; element != NULL; element = element->next) {
        if (!json_equal(element, other))
            return false;
        other = other->next;
    }
    return true;
}

bool json_equal(const struct json_value *a, const struct json_value *b)
{
    if (a == NULL || b == NULL || a->kind != b->kind || a->count != b->count)
        return false;
    switch (a->kind) {
    case JSON_NULL:
        return true;
    case JSON_BOOLEAN:
        return a->boolean == b->boolean;
    case JSON_NUMBER:
    case JSON_STRING:
        return text_equal(a->text, b->text);
    case JSON_ARRAY:
        return arrays_equal(a, b);
    case JSON_OBJECT:
        return objects_equal(a, b);
    }
    return false;
}

/* Cuts the first name off the front of *rest, and the '.' behind it; false if the path is malformed there. */
static bool cut_name(struct text *rest, struct text *name)
{
    bool is_quoted = text_starts_with(*rest, TEXT("\""));
    const char *start = is_quoted ? rest->base + 1 : rest->base;
    const char *limit = rest->base + rest->length;
    const char *stop = start;
    while (stop < limit && *stop != '"' && (is_quoted || *stop != '.'))
        stop++;
    *name = (struct text){start, (size_t)(stop - start)};
    if (name->length == 0 || (is_quoted != (stop < limit && *stop == '"')))
        return false;
    if (is_quoted)
        stop++;
    if (stop == limit) {
        *rest = TEXT_NONE;
        return true;
    }
    stop++;
    *rest = (struct text){stop, (size_t)(limit - stop)};
    /* A name follows: neither a character behind the closing quote nor a '.' at the end. */
    return stop[-1] == '.' && rest->length != 0;
}

const struct json_value *json_at(const struct json_value *value, struct text path)
{
    if (!json_path_is_well_formed(path))
        return NULL;
    struct text name;
    while (path.length != 0 && value != NULL && cut_name(&path, &name))
        value = json_member(value, name);
    return value;
}

bool json_path_is_well_formed(struct text path)
{
    if (path.length == 0)
        return false;
    struct text name;
    while (path.length != 0)
        if (!cut_name(&path, &name))
            return false;
    return true;
}

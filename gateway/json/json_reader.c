/* The strict reader: yajl's stream parser between a pass over the raw characters before it and a look at what
 * is left behind it. What yajl calls back is counted and checked here, then handed on. */
#include "json/json_reader.h"

#include <yajl/yajl_parse.h>

#include "json_characters.h"
#include "json_names.h"
#include "parser_memory.h"

const struct json_limits json_limits_token = {.bytes = 64 * 1024, .depth = 16, .members = 4096};
const struct json_limits json_limits_document = {.bytes = 1024 * 1024, .depth = 32, .members = 65536};

struct reader {
    const struct json_limits *limits;
    const struct json_handler *handler;
    void *context;
    enum fault fault; /* a callback's, or ours */
    const char *mistake;
    unsigned depth;
    unsigned members;
    uint64_t objects;    /* begun so far: each gets its number */
    uint64_t *object_at; /* the number of the object at each depth; unused for arrays */
    struct json_names names;
};

/* What yajl's callbacks return: go on, or stop with reader->fault set. */
enum { STOP = 0, GO_ON = 1 };

static int refuse(struct reader *reader, const char *mistake)
{
    reader->fault = FAULT_JSON_INVALID;
    reader->mistake = mistake;
    return STOP;
}

static int refuse_kind(struct reader *reader)
{
    return refuse(reader, "A value of this kind is not expected here.");
}

static int hand_on(struct reader *reader, enum fault fault)
{
    reader->fault = fault;
    if (fault == FAULT_NONE)
        return GO_ON;
    reader->mistake = "The value here is not acceptable.";
    return STOP;
}

static bool has_room(struct reader *reader)
{
    if (reader->members++ < reader->limits->members)
        return true;
    refuse(reader, "The document has too many values.");
    return false;
}

static bool can_nest(struct reader *reader)
{
    if (!has_room(reader))
        return false;
    if (reader->depth++ < reader->limits->depth)
        return true;
    refuse(reader, "The document is nested too deeply.");
    return false;
}

static int read_null(void *context)
{
    struct reader *reader = context;
    if (!has_room(reader))
        return STOP;
    if (reader->handler->on_null == NULL)
        return refuse_kind(reader);
    return hand_on(reader, reader->handler->on_null(reader->context));
}

static int read_boolean(void *context, int value)
{
    struct reader *reader = context;
    if (!has_room(reader))
        return STOP;
    if (reader->handler->on_boolean == NULL)
        return refuse_kind(reader);
    return hand_on(reader, reader->handler->on_boolean(reader->context, value != 0));
}

static int read_number(void *context, const char *base, size_t length)
{
    struct reader *reader = context;
    if (!has_room(reader))
        return STOP;
    if (reader->handler->on_number == NULL)
        return refuse_kind(reader);
    return hand_on(reader, reader->handler->on_number(reader->context, (struct text){base, length}));
}

static int read_string(void *context, const unsigned char *base, size_t length)
{
    struct reader *reader = context;
    if (!has_room(reader))
        return STOP;
    if (reader->handler->on_string == NULL)
        return refuse_kind(reader);
    return hand_on(reader,
                   reader->handler->on_string(reader->context, (struct text){(const char *)base, length}));
}

static int read_name(void *context, const unsigned char *base, size_t length)
{
    struct reader *reader = context;
    struct text name = {(const char *)base, length};
    if (!has_room(reader))
        return STOP;
    /* RFC 7493 section 2.3, RFC 7515 section 5.2 step 4, RFC 7519 section 4. */
    if (!json_names_add(&reader->names, reader->object_at[reader->depth], name))
        return refuse(reader, "An object has the same name twice.");
    if (reader->handler->on_name == NULL)
        return refuse_kind(reader);
    return hand_on(reader, reader->handler->on_name(reader->context, name));
}

static int read_object_begin(void *context)
{
    struct reader *reader = context;
    if (!can_nest(reader))
        return STOP;
    reader->object_at[reader->depth] = reader->objects++;
    if (reader->handler->on_object_begin == NULL)
        return refuse_kind(reader);
    return hand_on(reader, reader->handler->on_object_begin(reader->context));
}

static int read_object_end(void *context)
{
    struct reader *reader = context;
    reader->depth--;
    if (reader->handler->on_object_end == NULL)
        return GO_ON;
    return hand_on(reader, reader->handler->on_object_end(reader->context));
}

static int read_array_begin(void *context)
{
    struct reader *reader = context;
    if (!can_nest(reader))
        return STOP;
    if (reader->handler->on_array_begin == NULL)
        return refuse_kind(reader);
    return hand_on(reader, reader->handler->on_array_begin(reader->context));
}

static int read_array_end(void *context)
{
    struct reader *reader = context;
    reader->depth--;
    if (reader->handler->on_array_end == NULL)
        return GO_ON;
    return hand_on(reader, reader->handler->on_array_end(reader->context));
}

static const yajl_callbacks callbacks = {
    .yajl_null = read_null,
    .yajl_boolean = read_boolean,
    .yajl_number = read_number, /* with this one set yajl converts no number */
    .yajl_string = read_string,
    .yajl_start_map = read_object_begin,
    .yajl_map_key = read_name,
    .yajl_end_map = read_object_end,
    .yajl_start_array = read_array_begin,
    .yajl_end_array = read_array_end,
};

static size_t position_after_white_space(struct text document, size_t position)
{
    while (position < document.length && (document.base[position] == ' ' || document.base[position] == '\t' ||
                                          document.base[position] == '\n' || document.base[position] == '\r'))
        position++;
    return position;
}

/* yajl's own check for trailing data misses a string that never ends ([1] "x), so it is told to stop behind the
 * first value and what is left is looked at here. */
static void parse(yajl_handle parser, struct text document, struct reader *reader, size_t *offset)
{
    yajl_config(parser, yajl_allow_trailing_garbage, 1);
    yajl_config(parser, yajl_dont_validate_strings, 1); /* every character was looked at before */
    yajl_status status = yajl_parse(parser, (const unsigned char *)document.base, document.length);
    *offset = yajl_get_bytes_consumed(parser);
    if (status == yajl_status_ok) {
        *offset = position_after_white_space(document, *offset);
        status = yajl_complete_parse(parser);
        if (status == yajl_status_ok && *offset != document.length)
            refuse(reader, "Something follows the JSON value.");
        else if (status == yajl_status_error)
            refuse(reader, "The JSON ends before it is complete.");
    } else if (status == yajl_status_error) {
        refuse(reader, "The text is not JSON here.");
    }
}

enum fault json_read(struct text document, const struct json_limits *limits, const struct json_handler *handler,
                     void *context, const char **mistake, size_t *offset)
{
    INVARIANT(limits->depth <= JSON_DEPTH_MAX);
    uint64_t object_at[JSON_DEPTH_MAX + 1]; /* each written before it is read, so it need not be cleared */
    struct reader reader = {.limits = limits, .handler = handler, .context = context, .object_at = object_at};
    size_t position = 0;
    if (document.length > limits->bytes)
        refuse(&reader, "The document is too large.");
    else if ((reader.mistake = json_characters_mistake(document, limits->takes_nul, &position)) != NULL)
        reader.fault = FAULT_JSON_INVALID;
    if (reader.fault == FAULT_NONE) {
        struct parser_memory memory;
        memory.used = 0;
        yajl_alloc_funcs functions = parser_memory_functions(&memory);
        yajl_handle parser = yajl_alloc(&callbacks, &functions, &reader);
        json_names_start(&reader.names);
        parse(parser, document, &reader, &position);
        json_names_end(&reader.names);
        yajl_free(parser);
        parser_memory_wipe(&memory);
    }
    if (reader.fault != FAULT_NONE && mistake != NULL) {
        *mistake = reader.mistake;
        *offset = position;
    }
    return reader.fault;
}

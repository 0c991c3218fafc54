/* Servers and the proxies before them read paths in their own ways: what could be read as more than one
 * segment, or as none, is refused and not escaped. */
#include "openapi/openapi_request.h"

#include "base/header_name.h"
#include "base/percent.h"
#include "json/json_writer.h"

enum { SHOWN_MAX = 100, LISTED_MAX = 600 };

struct making {
    struct arena *arena;
    const struct openapi_operation *operation;
    const struct json_value *arguments;
    struct openapi_request *request;
    struct text *mistake;
};

static bool refuse(const struct making *making, struct text argument, const char *why)
{
    *making->mistake = arena_print(making->arena, "argument \"%.*s\": %s",
                                   TEXT_ARGUMENTS(text_beginning(argument, SHOWN_MAX)), why);
    return false;
}

/* -- which arguments there are */

static const struct openapi_parameter *find(const struct openapi_operation *operation, struct text name)
{
    for (size_t i = 0; i < operation->parameter_count; i++)
        if (text_equal(operation->parameters[i].name, name))
            return &operation->parameters[i];
    return NULL;
}

static struct text list_known(const struct making *making)
{
    const struct openapi_operation *operation = making->operation;
    struct buffer list = buffer_in(making->arena, 256);
    for (size_t i = 0; i < operation->parameter_count && list.length < LISTED_MAX; i++)
        buffer_print(&list, "%s%.*s", i == 0 ? "" : ", ", TEXT_ARGUMENTS(operation->parameters[i].name));
    if (operation->has_body)
        buffer_append(&list, list.length == 0 ? TEXT("body") : TEXT(", body"));
    return list.length == 0 ? TEXT("none") : buffer_text(&list);
}

static unsigned kind_of(const struct json_value *value)
{
    static const unsigned kinds[] = {
        [JSON_NULL] = OPENAPI_NULL,     [JSON_BOOLEAN] = OPENAPI_BOOLEAN, [JSON_NUMBER] = OPENAPI_NUMBER,
        [JSON_STRING] = OPENAPI_STRING, [JSON_ARRAY] = OPENAPI_ARRAY,     [JSON_OBJECT] = OPENAPI_OBJECT};
    int64_t whole;
    return kinds[value->kind] | (json_integer(value, &whole) ? OPENAPI_INTEGER : 0);
}

static bool is_scalar(const struct json_value *value)
{
    return value->kind == JSON_STRING || value->kind == JSON_NUMBER || value->kind == JSON_BOOLEAN;
}

static bool check_value(const struct making *making, const struct openapi_parameter *parameter,
                        const struct json_value *value)
{
    if ((kind_of(value) & parameter->kinds) == 0)
        return refuse(making, parameter->name, "its value is of another type than the tool says");
    if (is_scalar(value))
        return true;
    if (value->kind != JSON_ARRAY)
        return refuse(making, parameter->name, "null and objects cannot be sent");
    for (const struct json_value *item = value->first; item != NULL; item = item->next)
        if (!is_scalar(item))
            return refuse(making, parameter->name, "its items cannot be null, lists or objects");
    return true;
}

static bool check_given(const struct making *making)
{
    const struct json_value *given = making->arguments != NULL ? making->arguments->first : NULL;
    for (; given != NULL; given = given->next) {
        const struct openapi_parameter *parameter = find(making->operation, given->name);
        if (parameter == NULL && !(making->operation->has_body && text_is(given->name, "body"))) {
            *making->mistake = arena_print(making->arena, "unknown argument \"%.*s\"; this tool takes: %.*s",
                                           TEXT_ARGUMENTS(text_beginning(given->name, SHOWN_MAX)),
                                           TEXT_ARGUMENTS(list_known(making)));
            return false;
        }
        if (parameter != NULL && !check_value(making, parameter, given))
            return false;
    }
    return true;
}

static bool check_required(const struct making *making)
{
    const struct openapi_operation *operation = making->operation;
    for (size_t i = 0; i < operation->parameter_count; i++) {
        const struct openapi_parameter *parameter = &operation->parameters[i];
        if (parameter->is_required && json_member(making->arguments, parameter->name) == NULL)
            return refuse(making, parameter->name, "it is required");
    }
    if (operation->is_body_required && json_member(making->arguments, TEXT("body")) == NULL)
        return refuse(making, TEXT("body"), "it is required");
    return true;
}

/* -- as text */

static struct text spelled(const struct json_value *value)
{
    return value->kind != JSON_BOOLEAN ? value->text : value->boolean ? TEXT("true") : TEXT("false");
}

/* -- the path */

static bool is_escape_of_delimiter(struct text value, size_t place)
{
    if (value.base[place] != '%' || place + 2 >= value.length)
        return false;
    int high = text_hexadecimal_value(value.base[place + 1]),
        low = text_hexadecimal_value(value.base[place + 2]);
    int byte = high < 0 || low < 0 ? -1 : 16 * high + low;
    return byte == '/' || byte == '\\' || byte == '.' || byte == '%' || byte == 0;
}

/* Also what a server that undoes escapes twice would take for the end of the segment. */
static bool leaves_segment(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.base[i];
        if (byte < ' ' || byte == 127 || byte == '/' || byte == '\\' || is_escape_of_delimiter(value, i))
            return true;
    }
    return false;
}

static bool write_path_value(const struct making *making, struct buffer *out, struct text name,
                             const struct json_value *value)
{
    struct text text = spelled(value);
    if (text.length == 0)
        return refuse(making, name, "a part of the path cannot be empty");
    if (leaves_segment(text))
        return refuse(making, name, "a part of the path cannot have slashes or control characters in it");
    percent_encode(out, text);
    return true;
}

/* An array is a list with commas (style simple). */
static bool write_path_parameter(const struct making *making, struct buffer *out, struct text name)
{
    const struct json_value *value = json_member(making->arguments, name);
    if (value->kind != JSON_ARRAY)
        return write_path_value(making, out, name, value);
    if (value->first == NULL)
        return refuse(making, name, "a part of the path cannot be empty");
    for (const struct json_value *item = value->first; item != NULL; item = item->next) {
        if (item != value->first)
            buffer_append_byte(out, ',');
        if (!write_path_value(making, out, name, item))
            return false;
    }
    return true;
}

/* What several parameters make together, too. */
static bool has_dot_segment(struct text path)
{
    while (path.base != NULL) {
        struct text segment = text_cut(&path, '/');
        if (text_is(segment, ".") || text_is(segment, ".."))
            return true;
    }
    return false;
}

static bool write_path(const struct making *making, struct buffer *out)
{
    struct text rest = making->operation->path;
    while (rest.base != NULL) {
        buffer_append(out, text_cut(&rest, '{'));
        if (rest.base == NULL)
            break;
        if (!write_path_parameter(making, out, text_cut(&rest, '}')))
            return false;
    }
    if (!has_dot_segment(buffer_text(out)))
        return true;
    *making->mistake = TEXT("the arguments make the path one with dot segments");
    return false;
}

/* -- the query */

static void write_query_name(struct buffer *out, struct text name, char *separator)
{
    buffer_append_byte(out, *separator);
    *separator = '&';
    percent_encode(out, name);
    buffer_append_byte(out, '=');
}

static void write_query_parameter(const struct openapi_parameter *parameter, const struct json_value *value,
                                  struct buffer *out, char *separator)
{
    if (value->kind != JSON_ARRAY) {
        write_query_name(out, parameter->name, separator);
        percent_encode(out, spelled(value));
        return;
    }
    for (const struct json_value *item = value->first; item != NULL; item = item->next) {
        if (parameter->is_exploded || item == value->first)
            write_query_name(out, parameter->name, separator);
        else
            buffer_append_byte(out, ',');
        percent_encode(out, spelled(item));
    }
}

static bool write_target(const struct making *making)
{
    const struct openapi_operation *operation = making->operation;
    struct buffer out = buffer_in(making->arena, 256);
    char separator = '?';
    if (!write_path(making, &out))
        return false;
    for (size_t i = 0; i < operation->parameter_count; i++) {
        const struct openapi_parameter *parameter = &operation->parameters[i];
        const struct json_value *value = json_member(making->arguments, parameter->name);
        if (parameter->place == OPENAPI_QUERY && value != NULL)
            write_query_parameter(parameter, value, &out, &separator);
    }
    making->request->target = buffer_text(&out);
    if (out.length <= OPENAPI_TARGET_BYTES_MAX)
        return true;
    *making->mistake = TEXT("the arguments are too long for a path and query");
    return false;
}

/* -- headers */

/* RFC 9110 section 5.5, without what is not ASCII; in a list, without what parts it. */
static bool is_header_value(struct text value, bool is_item)
{
    for (size_t i = 0; i < value.length; i++) {
        char byte = value.base[i];
        if (byte < ' ' || byte > '~' || (is_item && byte == ','))
            return false;
    }
    return value.length == 0 || (value.base[0] != ' ' && value.base[value.length - 1] != ' ');
}

static bool write_header_value(const struct making *making, struct text name, const struct json_value *value,
                               struct buffer *out)
{
    const struct json_value *item = value->kind == JSON_ARRAY ? value->first : value;
    for (; item != NULL; item = value->kind == JSON_ARRAY ? item->next : NULL) {
        if (!is_header_value(spelled(item), value->kind == JSON_ARRAY))
            return refuse(making, name, "a header has printable ASCII, and no commas in the items of a list");
        if (out->length != 0)
            buffer_append_byte(out, ',');
        buffer_append(out, spelled(item));
    }
    return out->length <= OPENAPI_HEADER_BYTES_MAX || refuse(making, name, "it is too long for a header");
}

static struct text lower(struct arena *arena, struct text name)
{
    char *copy = arena_allocate(arena, name.length + 1);
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.base[i];
        copy[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    return (struct text){copy, name.length};
}

static bool write_headers(const struct making *making, struct text credential_header)
{
    const struct openapi_operation *operation = making->operation;
    struct openapi_request *request = making->request;
    for (size_t i = 0; i < operation->parameter_count; i++) {
        const struct openapi_parameter *parameter = &operation->parameters[i];
        const struct json_value *value = json_member(making->arguments, parameter->name);
        if (parameter->place != OPENAPI_HEADER || value == NULL)
            continue;
        struct text name = lower(making->arena, parameter->name);
        struct buffer out = buffer_in(making->arena, 64);
        if (header_name_is_like(name, credential_header))
            return refuse(making, parameter->name, "the gateway itself sets this header");
        if (!write_header_value(making, parameter->name, value, &out))
            return false;
        request->headers[request->header_count++] = (struct openapi_header){name, buffer_text(&out)};
    }
    return true;
}

/* -- all of it */

static void write_body(const struct making *making)
{
    const struct json_value *body = json_member(making->arguments, TEXT("body"));
    making->request->body = TEXT_NONE;
    if (!making->operation->has_body || body == NULL)
        return;
    struct buffer out = buffer_in(making->arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    json_write_value(&writer, body);
    making->request->body = buffer_text(&out);
}

bool openapi_request_make(struct arena *arena, const struct openapi_operation *operation,
                          const struct json_value *arguments, struct text credential_header,
                          struct openapi_request *request, struct text *mistake)
{
    const struct making making = {arena, operation, arguments, request, mistake};
    request->header_count = 0;
    if (!check_given(&making) || !check_required(&making) || !write_target(&making) ||
        !write_headers(&making, credential_header))
        return false;
    write_body(&making);
    return true;
}

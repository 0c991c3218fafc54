/* What is kept back is listed rather than what goes on (base/header_name.c): vendors' clients send headers of
 * their own, and what is dangerous is known. */
#include "upstream_request.h"

#include <string.h>

#include "base/buffer.h"
#include "base/header_name.h"
#include "relay/presented_credential.h"

/* pchar and "/" (RFC 3986 section 3.3); what a decoded path has besides is written as an escape. */
static bool stands_for_itself(char byte)
{
    bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return is_letter || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("-._~!$&'()*+,;=:@/", byte) != NULL);
}

static void write_path(struct buffer *out, struct text path)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < path.length; i++) {
        char byte = path.base[i];
        if (stands_for_itself(byte)) {
            buffer_append_byte(out, byte);
            continue;
        }
        buffer_append_byte(out, '%');
        buffer_append_byte(out, digits[(unsigned char)byte >> 4]);
        buffer_append_byte(out, digits[(unsigned char)byte & 15]);
    }
}

/* RFC 3986 section 3.4: pchar, "/", "?" and escapes; and "[", "]", "|", "\"", which clients send all the same.
 */
static bool is_query(struct text query)
{
    for (size_t i = 0; i < query.length; i++) {
        char byte = query.base[i];
        if (byte <= ' ' || byte >= 127 || byte == '#' || byte == '\\' || byte == '<' || byte == '>')
            return false;
    }
    return true;
}

enum fault upstream_url(struct arena *arena, struct text upstream, struct text path, struct text query,
                        struct text *url)
{
    if (!is_query(query))
        return FAULT_REQUEST_PATH;
    while (text_ends_with(upstream, TEXT("/")))
        upstream.length--;
    struct buffer out = buffer_in(arena, upstream.length + path.length + query.length + 16);
    buffer_append(&out, upstream);
    if (!text_is(path, "/"))
        write_path(&out, path);
    if (query.length != 0) {
        buffer_append_byte(&out, '?');
        buffer_append(&out, query);
    }
    *url = buffer_text(&out);
    return FAULT_NONE;
}

/* RFC 9110 section 7.6.1: what Connection names is of this connection, too. */
static bool is_named_by_connection(const struct request *request, struct text name)
{
    for (size_t nth = 0; nth < 8; nth++) {
        struct text rest = request_header(request, "connection", nth);
        if (rest.length == 0)
            return false;
        while (rest.length != 0)
            if (text_equal_ignoring_case(text_trim(text_cut(&rest, ',')), name))
                return true;
    }
    return false;
}

bool upstream_request_is_upgrade(const struct request *request)
{
    return request_header(request, "upgrade", 0).length != 0 ||
           request_header(request, "sec-websocket-key", 0).length != 0 ||
           is_named_by_connection(request, TEXT("upgrade"));
}

enum fault upstream_headers(struct arena *arena, const struct request *request, struct text credential,
                            const struct credential_presentation *presentation,
                            struct upstream_headers *headers)
{
    struct text name, value;
    const struct http_stream_header shown = presented_credential(arena, credential, presentation);
    struct text own = shown.name;
    headers->items = ARENA_ARRAY(arena, struct http_stream_header, HTTP_STREAM_HEADERS_MAX);
    headers->count = 0;
    for (size_t i = 0; request_header_at(request, i, &name, &value); i++) {
        if (header_name_is_kept_back(name) || header_name_is_like(name, own) ||
            is_named_by_connection(request, name))
            continue;
        if (headers->count == HTTP_STREAM_HEADERS_MAX - 1)
            return FAULT_REQUEST_TOO_LARGE;
        headers->items[headers->count++] = (struct http_stream_header){name, value};
    }
    headers->items[headers->count++] = shown;
    return FAULT_NONE;
}

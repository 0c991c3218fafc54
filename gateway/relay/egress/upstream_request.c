/* Lists of what is kept back rather than of what goes on: vendors' clients send headers of their own, and what
 * is dangerous is known. */
#include "upstream_request.h"

#include <string.h>

#include "base/buffer.h"
#include "relay/credential_supply.h"

/* Of one connection (RFC 9110 section 7.6.1), what says how the message is framed and whom it is for, what
 * shows who somebody is, what proxies say of a caller and only we may, and what makes another method of the one
 * that was decided about. */
static const char *const kept_back[] = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "host",
    "content-length",
    "expect",
    "authorization",
    "x-api-key",
    "api-key",
    "cookie",
    "proxy-authorization",
    "proxy-authenticate",
    "forwarded",
    "x-real-ip",
    "via",
    "x-goog-api-key",
    "dpop",
    "x-original-url",
    "x-rewrite-url",
    "alt-used",
    "x-forwarded",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
};
static const char *const kept_back_prefixes[] = {"x-forwarded-", "dragoman-", "x-original-", "proxy-"};

/* Many a server hands its program "x_api_key" as the same variable as "x-api-key" (RFC 3875 section 4.1.18). */
static bool begins_like(struct text name, struct text spelled)
{
    for (size_t i = 0; i < spelled.length; i++)
        if (i == name.length || (name.base[i] == '_' ? '-' : name.base[i]) != spelled.base[i])
            return false;
    return true;
}

static bool is_spelled(struct text name, struct text spelled)
{
    return name.length == spelled.length && begins_like(name, spelled);
}

bool upstream_header_is_kept_back(struct text name)
{
    for (size_t i = 0; i < sizeof(kept_back) / sizeof(kept_back[0]); i++)
        if (is_spelled(name, text_of(kept_back[i])))
            return true;
    for (size_t i = 0; i < sizeof(kept_back_prefixes) / sizeof(kept_back_prefixes[0]); i++)
        if (begins_like(name, text_of(kept_back_prefixes[i])))
            return true;
    return name.length == 0 || name.base[0] == ':';
}

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
    struct http_stream_header own = credential_header(arena, credential, presentation);
    headers->items = ARENA_ARRAY(arena, struct http_stream_header, HTTP_STREAM_HEADERS_MAX);
    headers->count = 0;
    for (size_t i = 0; request_header_at(request, i, &name, &value); i++) {
        if (upstream_header_is_kept_back(name) || is_spelled(name, own.name) || text_equal(name, own.name) ||
            is_named_by_connection(request, name))
            continue;
        if (headers->count == HTTP_STREAM_HEADERS_MAX - 1)
            return FAULT_REQUEST_TOO_LARGE;
        headers->items[headers->count++] = (struct http_stream_header){name, value};
    }
    headers->items[headers->count++] = own;
    return FAULT_NONE;
}

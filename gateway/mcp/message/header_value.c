/* How MCP's headers carry what is no plain text (2026-07-28, Streamable HTTP): =?base64?...?= */
#include "base/base64url.h"
#include "mcp_headers.h"

static const struct text opening = {"=?base64?", 9}, closing = {"?=", 2};

static bool is_visible(struct text value)
{
    for (size_t i = 0; i < value.length; i++)
        if (value.base[i] < ' ' || value.base[i] > '~')
            return false;
    return true;
}

static bool is_spelled(struct text value)
{
    return value.length >= opening.length + closing.length && text_starts_with(value, opening) &&
           text_ends_with(value, closing);
}

static bool is_plain(struct text value)
{
    return value.length != 0 && is_visible(value) && value.base[0] != ' ' &&
           value.base[value.length - 1] != ' ' && !is_spelled(value);
}

struct text mcp_headers_encode(struct arena *arena, struct text value)
{
    if (is_plain(value))
        return value;
    struct buffer out = buffer_in(arena, value.length * 2 + 16);
    buffer_append(&out, opening);
    base64_append(&out, value.base, value.length);
    buffer_append(&out, closing);
    return buffer_text(&out);
}

bool mcp_headers_decode(struct arena *arena, struct text header, struct text *value)
{
    *value = header;
    if (header.base == NULL || !is_visible(header))
        return false;
    if (!is_spelled(header))
        return true;
    struct text inner = {header.base + opening.length, header.length - opening.length - closing.length};
    unsigned char *bytes = arena_allocate(arena, BASE64URL_DECODED_LENGTH(inner.length) + 1);
    size_t length = 0;
    if (!base64_decode(inner, bytes, &length))
        return false;
    *value = (struct text){(const char *)bytes, length};
    return text_is_utf8(*value);
}

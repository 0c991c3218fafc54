/* Reads paths strictly: docs/api-keys.md has the list of what is refused and what it would be used for. */
#include "relay/call_path.h"

#include <string.h>

bool call_method_is_plain(struct text method)
{
    for (size_t i = 0; i < method.length; i++)
        if ((method.base[i] < 'A' || method.base[i] > 'Z') && method.base[i] != '-')
            return false;
    return method.length != 0 && method.length <= CALL_METHOD_BYTES_MAX;
}

/* What would be a delimiter, or an escape again, to whoever decodes once more or splits after decoding. */
static bool is_hidden(int byte)
{
    return byte < 0x20 || byte == 0x7f || strchr("/\\;?#%", byte) != NULL;
}

/* What may stand in a path as it is sent (RFC 3986 section 3.3), but for ";": what follows it some servers take
 * for parameters and cut off before they look for what is meant, so that "/admin;x" is "/admin" to them. */
static bool is_plain(unsigned char byte)
{
    return byte > 0x20 && byte < 0x7f && strchr("\\\"<>^`{}|#;", byte) == NULL;
}

/* The byte that an escape stands for, or -1. */
static int unescape(struct text raw, size_t at)
{
    if (raw.length - at < 3)
        return -1;
    int high = text_hexadecimal_value(raw.base[at + 1]), low = text_hexadecimal_value(raw.base[at + 2]);
    int byte = high < 0 || low < 0 ? -1 : 16 * high + low;
    return byte < 0 || is_hidden(byte) ? -1 : byte;
}

static bool decode(struct text raw, char *out, size_t *length)
{
    for (size_t i = 0; i < raw.length; i++) {
        int byte = (unsigned char)raw.base[i];
        if (!is_plain((unsigned char)byte))
            return false;
        if (byte == '%') {
            byte = unescape(raw, i);
            if (byte < 0)
                return false;
            i += 2;
        }
        out[(*length)++] = (char)byte;
    }
    return true;
}

static bool is_plain_segment(struct text segment, bool is_last)
{
    if (segment.length == 0)
        return is_last;
    return !text_is(segment, ".") && !text_is(segment, "..");
}

static bool has_plain_segments(struct text path)
{
    struct text rest = {path.base + 1, path.length - 1};
    do {
        struct text segment = text_cut(&rest, '/');
        if (!is_plain_segment(segment, rest.base == NULL))
            return false;
    } while (rest.base != NULL);
    return true;
}

bool call_path_read(struct arena *arena, struct text target, struct text *path)
{
    const char *query = target.length == 0 ? NULL : memchr(target.base, '?', target.length);
    struct text raw = {target.base, query == NULL ? target.length : (size_t)(query - target.base)};
    if (raw.length == 0 || raw.length > CALL_PATH_BYTES_MAX || raw.base[0] != '/')
        return false;
    char *decoded = arena_allocate(arena, raw.length + 1);
    *path = (struct text){decoded, 0};
    return decode(raw, decoded, &path->length) && text_is_utf8(*path) && text_is_printable(*path) &&
           has_plain_segments(*path);
}

static struct text without_last_slash(struct text path)
{
    if (path.length > 1 && path.base[path.length - 1] == '/')
        path.length--;
    return path;
}

bool call_path_fits(struct text pattern, struct text path)
{
    struct text wanted = without_last_slash(pattern), there = without_last_slash(path);
    text_cut(&wanted, '/'); /* what stands before the first slash is nothing in both */
    text_cut(&there, '/');
    while (wanted.base != NULL) {
        struct text segment = text_cut(&wanted, '/');
        if (wanted.base == NULL && text_is(segment, "**"))
            return true;
        if (there.base == NULL)
            return false;
        struct text name = text_cut(&there, '/');
        if (text_is(segment, "*") ? name.length == 0 : !text_equal(segment, name))
            return false;
    }
    return there.base == NULL;
}

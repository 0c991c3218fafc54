/* What has to be escaped (RFC 4515 section 3) is not listed: what need not be is. */
#include "directory_filter.h"

#include "base/buffer.h"

static bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '.' || byte == '-' || byte == '_' || byte == '@';
}

struct text directory_filter(struct arena *arena, struct text attribute, struct text value)
{
    struct buffer filter = buffer_in(arena, attribute.length + 3 * value.length + 4);
    buffer_append_byte(&filter, '(');
    buffer_append(&filter, attribute);
    buffer_append_byte(&filter, '=');
    for (size_t i = 0; i < value.length; i++) {
        if (is_plain(value.base[i]))
            buffer_append_byte(&filter, value.base[i]);
        else
            buffer_print(&filter, "\\%02x", (unsigned)(unsigned char)value.base[i]);
    }
    buffer_append_byte(&filter, ')');
    return arena_copy(arena, buffer_text(&filter));
}

/* Collects mistakes; whoever applies the document is shown where they stand. */
#include "settings_validation.h"

#include "base/buffer.h"
#include "base/header_name.h"

/* "~" and "/" are escaped in a JSON pointer (RFC 6901 section 3). */
static struct text pointer_to(struct arena *arena, struct text member)
{
    struct buffer pointer = buffer_in(arena, member.length + 8);
    buffer_append_byte(&pointer, '/');
    for (size_t i = 0; i < member.length; i++) {
        if (member.base[i] == '~' || member.base[i] == '/')
            buffer_append(&pointer, member.base[i] == '~' ? TEXT("~0") : TEXT("~1"));
        else
            buffer_append_byte(&pointer, member.base[i]);
    }
    return buffer_text(&pointer);
}

void settings_validation_add(struct settings_validation *validation, struct text member, struct text sentence)
{
    if (validation->mistakes == NULL)
        validation->mistakes = ARENA_ARRAY(validation->arena, struct settings_mistake, SETTINGS_MISTAKES_MAX);
    if (validation->mistake_count < SETTINGS_MISTAKES_MAX)
        validation->mistakes[validation->mistake_count++] =
            (struct settings_mistake){pointer_to(validation->arena, member), sentence};
}

bool settings_name_header(struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (name.base[i] >= 'A' && name.base[i] <= 'Z')
            return false;
    return header_name_takes_credential(name);
}

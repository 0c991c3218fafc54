/* Collects mistakes; whoever applies the document is shown where they stand. */
#include "settings_validation.h"

#include "base/header_name.h"
#include "json/json_pointer.h"

void settings_validation_add(struct settings_validation *validation, struct text member, struct text sentence)
{
    struct buffer pointer = buffer_in(validation->arena, member.length + 8);
    json_pointer_append(&pointer, member);
    if (validation->mistakes == NULL)
        validation->mistakes = ARENA_ARRAY(validation->arena, struct settings_mistake, SETTINGS_MISTAKES_MAX);
    if (validation->mistake_count < SETTINGS_MISTAKES_MAX)
        validation->mistakes[validation->mistake_count++] =
            (struct settings_mistake){buffer_text(&pointer), sentence};
}

bool settings_name_header(struct text name)
{
    for (size_t i = 0; i < name.length; i++)
        if (name.base[i] >= 'A' && name.base[i] <= 'Z')
            return false;
    return header_name_takes_credential(name);
}

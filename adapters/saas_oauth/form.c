/* Writes forms. */
#include "form.h"

#include "base/percent.h"

struct form form_in(struct arena *arena)
{
    return (struct form){.out = buffer_in(arena, 1024)};
}

static void add(struct form *form, struct text name, struct text value)
{
    if (value.length == 0)
        return;
    if (form->out.length != 0)
        buffer_append_byte(&form->out, '&');
    percent_encode(&form->out, name);
    buffer_append_byte(&form->out, '=');
    percent_encode(&form->out, value);
}

void form_add(struct form *form, const char *name, struct text value)
{
    add(form, text_of(name), value);
}

void form_add_secret(struct form *form, const char *name, struct text value)
{
    INVARIANT(form->secret_count < FORM_SECRETS_MAX);
    form->secrets[form->secret_count++] = value;
    add(form, text_of(name), value);
}

void form_add_pairs(struct form *form, const struct setting_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        add(form, pairs->pairs[i].name, pairs->pairs[i].value);
}

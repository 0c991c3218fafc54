/* Reads a form body. Nothing here knows what a parameter means, except which two may be repeated. */
#include "exchange/form.h"

#include "base/percent.h"

static bool may_repeat(struct text name)
{
    return text_is(name, "audience") || text_is(name, "resource"); /* RFC 8693 section 2.1 */
}

static enum fault add(struct form *form, struct text name, struct text value)
{
    size_t same = 0;
    for (size_t i = 0; i < form->count; i++)
        same += text_equal(form->parameters[i].name, name);
    if (same != 0 && !may_repeat(name))
        return FAULT_PARAMETER_DOUBLED;
    if (same >= FORM_VALUES_MAX || form->count == FORM_PARAMETERS_MAX)
        return FAULT_PARAMETER_TOO_MANY;
    form->parameters[form->count++] = (struct form_parameter){name, value};
    return FAULT_NONE;
}

struct form form_in(struct arena *arena)
{
    return (struct form){.parameters = ARENA_ARRAY(arena, struct form_parameter, FORM_PARAMETERS_MAX)};
}

enum fault form_parse(struct arena *arena, struct text body, struct form *form)
{
    *form = form_in(arena);
    size_t pairs = 0;
    while (body.length != 0) {
        struct text value = text_cut(&body, '&');
        if (value.length == 0)
            continue;
        if (++pairs > 2 * FORM_PARAMETERS_MAX)
            return FAULT_PARAMETER_TOO_MANY;
        struct text name = text_cut(&value, '=');
        if (!percent_decode_form(arena, name, &name) || !percent_decode_form(arena, value, &value))
            return FAULT_REQUEST_MALFORMED;
        if (name.length == 0 || name.length > FORM_NAME_BYTES_MAX || !text_is_printable(name) ||
            !text_is_printable(value))
            return FAULT_PARAMETER_INVALID;
        /* A parameter sent without a value is treated as omitted: RFC 6749 section 3.2. */
        if (value.length != 0)
            TRY(add(form, name, value));
    }
    return FAULT_NONE;
}

struct text form_value(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (text_is(form->parameters[i].name, name))
            return form->parameters[i].value;
    return TEXT_NONE;
}

size_t form_values(const struct form *form, const char *name, struct text values[FORM_VALUES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < form->count && count < FORM_VALUES_MAX; i++)
        if (text_is(form->parameters[i].name, name))
            values[count++] = form->parameters[i].value;
    return count;
}

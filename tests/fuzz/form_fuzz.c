/* Form bodies. What is read is bounded, printable where it must be, and has no parameter twice but the two that
 * may be. */
#include <string.h>

#include "base/percent.h"
#include "exchange/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool is_repeatable(struct text name)
{
    return text_is(name, "audience") || text_is(name, "resource");
}

static void check_parameter(const struct form *form, size_t index)
{
    const struct form_parameter *parameter = &form->parameters[index];
    INVARIANT(parameter->value.length != 0); /* an empty one counts as omitted, RFC 6749 section 3.2 */
    INVARIANT(text_is_utf8(parameter->name) && text_is_utf8(parameter->value));
    INVARIANT(memchr(parameter->value.base, '\0', parameter->value.length) == NULL);
    INVARIANT(parameter->name.length <= FORM_NAME_BYTES_MAX);
    for (size_t i = 0; i < index; i++)
        INVARIANT(is_repeatable(parameter->name) || !text_equal(parameter->name, form->parameters[i].name));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text body = {(const char *)bytes, size};
    SCOPED_ARENA arena = arena_create();
    struct text decoded;
    if (percent_decode_form(arena, body, &decoded))
        INVARIANT(decoded.length <= body.length);
    struct form form;
    if (form_parse(arena, body, &form) != FAULT_NONE)
        return 0;
    INVARIANT(form.count <= FORM_PARAMETERS_MAX);
    for (size_t i = 0; i < form.count; i++)
        check_parameter(&form, i);
    struct text values[FORM_VALUES_MAX];
    INVARIANT(form_values(&form, "resource", values) <= FORM_VALUES_MAX);
    INVARIANT(form_values(&form, "audience", values) <= FORM_VALUES_MAX);
    return 0;
}

/* Templates and pointers of vendor_key's settings: the first line a template, the second a value, the rest what
 * a vendor answers. A value adds nothing to the shape of what it is put into. */
#include <string.h>

#include "template.h"
#include "json/json_pointer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static size_t count(struct text text, char byte)
{
    size_t found = 0;
    for (size_t i = 0; i < text.length; i++)
        found += text.base[i] == byte;
    return found;
}

static void check_url(struct arena *arena, struct text template, const struct template_values *values)
{
    static const char shaping[] = "/?#@:\\;&=+%\r\n ";
    struct buffer out = buffer_in(arena, 256);
    if (template_url(&out, template, values) != NULL)
        return;
    struct text url = buffer_text(&out);
    for (const char *byte = shaping; *byte != '\0'; byte++)
        INVARIANT(*byte == '%' || count(url, *byte) == count(template, *byte));
    INVARIANT(!text_starts_with(template, TEXT("https://h/")) || text_starts_with(url, TEXT("https://h/")));
}

static void check_header(struct arena *arena, struct text template, const struct template_values *values)
{
    struct buffer out = buffer_in(arena, 256);
    if (template_header(&out, template, values) != NULL)
        return;
    for (size_t i = 0; i < out.length; i++)
        INVARIANT(out.base[i] >= 0x20 && out.base[i] <= 0x7e);
}

/* As a vendor reads it: of the kind the template has, and where it is a text, the text that was meant. */
static void check_body(struct arena *arena, struct text template, const struct template_values *values)
{
    const struct json_limits any = {.bytes = 1 << 20, .depth = 32, .members = 4096, .takes_nul = true};
    const struct json_value body = {.kind = JSON_STRING, .text = template};
    const struct json_value *read;
    struct buffer out = buffer_in(arena, 256), meant = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    template_body(&writer, &body, values);
    INVARIANT(json_parse(arena, buffer_text(&out), &any, &read) == FAULT_NONE);
    if (text_is(template, "{scopes}") || text_is(template, "{expires_at}"))
        return;
    template_text(&meant, template, values);
    INVARIANT(read->kind == JSON_STRING && text_equal(read->text, buffer_text(&meant)));
}

static void check_template(struct arena *arena, struct text template, struct text value)
{
    const struct template_values values = {value, value, value, value, value, value, &value, 1, 1790000300};
    unsigned used = 0;
    if (template_check(template, ~0U, &used) != NULL)
        return;
    check_header(arena, template, &values);
    check_url(arena, template, &values);
    if (text_is_utf8(template) && text_is_utf8(value)) /* as all that was read from JSON is */
        check_body(arena, template, &values);
}

static bool holds(const struct json_value *value, const struct json_value *sought)
{
    if (value == sought)
        return true;
    const struct json_value *part =
        value->kind == JSON_OBJECT || value->kind == JSON_ARRAY ? value->first : NULL;
    while (part != NULL && !holds(part, sought))
        part = part->next;
    return part != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    SCOPED_ARENA arena = arena_create();
    struct text rest = {(const char *)bytes, size};
    struct text template = text_cut(&rest, '\n'), value = text_cut(&rest, '\n');
    const struct json_value *answer;
    check_template(arena, template, value);
    if (!json_pointer_is_well_formed(template) ||
        json_parse(arena, rest, &json_limits_document, &answer) != FAULT_NONE)
        return 0;
    const struct json_value *found = json_pointer_find(answer, template);
    INVARIANT(found == NULL || holds(answer, found));
    return 0;
}

/* Shared by the tests of this room; see reading.h. */
#include "reading.h"

static bool wants_all(void *context, struct text tool)
{
    (void)context;
    return !text_starts_with(tool, TEXT("unwanted"));
}

static void note(void *context, struct text pointer, struct text sentence)
{
    buffer_print(context, "%.*s: %.*s\n", TEXT_ARGUMENTS(pointer), TEXT_ARGUMENTS(sentence));
}

const struct json_value *reading_json(struct arena *arena, const char *text)
{
    static const struct json_limits limits = {
        .bytes = 1024 * 1024, .depth = 64, .members = 65536, .takes_nul = true};
    const struct json_value *value;
    assert_int_equal(json_parse(arena, text_of(text), &limits, &value), FAULT_NONE);
    return value;
}

const struct openapi *reading_of(struct arena *arena, const char *document, struct buffer *mistakes)
{
    const struct openapi_reader reader = {wants_all, note, mistakes};
    return openapi_read(arena, reading_json(arena, document), &reader);
}

const struct openapi *reading_good(struct arena *arena, const char *document)
{
    SCOPED_BUFFER mistakes = {0};
    const struct openapi *openapi = reading_of(arena, document, &mistakes);
    buffer_append_byte(&mistakes, '\0');
    assert_string_equal(mistakes.base, "");
    assert_non_null(openapi);
    return openapi;
}

void reading_assert_mistake(const char *document, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER mistakes = {0};
    assert_null(reading_of(arena, document, &mistakes));
    buffer_append_byte(&mistakes, '\0');
    assert_string_equal(mistakes.base, expected);
}

struct text reading_definition(struct arena *arena, const char *document)
{
    const struct openapi *openapi = reading_good(arena, document);
    assert_int_equal(openapi->count, 1);
    struct buffer out = buffer_in(arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    json_write_value(&writer, openapi->operations[0].definition);
    buffer_append_byte(&out, '\0');
    return (struct text){out.base, out.length - 1};
}

/* See document_bench.h. */
#include "document_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "document/document_value.h"

const struct json_value *json_of(struct arena *arena, const char *text)
{
    const struct json_value *json = NULL;
    assert_int_equal(json_parse(arena, text_of(text), &cedar_document_limits, &json), FAULT_NONE);
    return json;
}

static enum fault read_value(struct arena *arena, const char *text, struct cedar_value *value,
                             struct text *mistake)
{
    const struct document_reading reading = {.arena = arena, .mistake = mistake};
    const struct document_place place = {.name = TEXT("value")};
    return document_value(&reading, &place, json_of(arena, text), NULL, value);
}

struct cedar_value value_of(struct arena *arena, const char *text)
{
    struct cedar_value value;
    struct text mistake = TEXT("");
    if (read_value(arena, text, &value, &mistake) != FAULT_NONE)
        fail_msg("%s: %.*s", text, TEXT_ARGUMENTS(mistake));
    return value;
}

void assert_value_refused(const char *text, const char *sentence)
{
    SCOPED_ARENA arena = arena_create();
    struct cedar_value value;
    struct text mistake = TEXT("");
    assert_int_equal(read_value(arena, text, &value, &mistake), FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, mistake).base, sentence);
}

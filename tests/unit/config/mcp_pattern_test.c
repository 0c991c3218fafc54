/* Patterns of names in spec.mcp. */
#include "reading.h"

#include "base/buffer.h"

static bool fits(const char *pattern, const char *name)
{
    return mcp_pattern_fits(text_of(pattern), text_of(name));
}

static void patterns_have_stars_for_any_run_of_characters(void **state)
{
    (void)state;
    assert_true(fits("*", "") && fits("*", "a/b") && fits("**", "x") && fits("", ""));
    assert_true(fits("read_*", "read_") && fits("read_*", "read_file") && fits("*_file", "read_file"));
    assert_true(fits("a*b*c", "axxbyyc") && fits("a*b*c", "abcbc") &&
                fits("file:///docs/**", "file:///docs/a/b"));
    assert_false(fits("read_*", "read") || fits("read", "read_") || fits("a*b", "ab ") || fits("", "a"));
    assert_false(fits("a*b*c", "acb") || fits("Read", "read") || fits("r?ad", "read") || fits("[a]", "a"));
}

/* Many stars are no reason to try everything. */
static void patterns_take_little_work_whatever_they_are(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer pattern = buffer_in(arena, 256), name = buffer_in(arena, 4096);
    for (int i = 0; i < 60; i++)
        buffer_append(&pattern, TEXT("a*"));
    buffer_append(&pattern, TEXT("b"));
    for (int i = 0; i < 2048; i++)
        buffer_append_byte(&name, 'a');
    for (int i = 0; i < 100; i++)
        assert_false(mcp_pattern_fits(buffer_text(&pattern), buffer_text(&name)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_have_stars_for_any_run_of_characters),
        cmocka_unit_test(patterns_take_little_work_whatever_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

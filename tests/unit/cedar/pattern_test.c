/* Wildcards: what matches, held against a matcher that tries everything, and that it takes no longer for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evaluator.h"

/* "a*b" as the parser splits it. */
static struct cedar_pattern split(struct arena *arena, struct text written)
{
    struct text *parts = ARENA_ARRAY(arena, struct text, written.length + 1);
    size_t count = 0;
    struct text rest = written;
    do {
        parts[count++] = text_cut(&rest, '*');
    } while (rest.base != NULL);
    return (struct cedar_pattern){parts, count};
}

static bool matches(struct text text, struct text written)
{
    SCOPED_ARENA arena = arena_create();
    const struct cedar_pattern pattern = split(arena, written);
    return pattern_matches(&pattern, text);
}

static bool matches_by_trying(const char *text, const char *written)
{
    if (*written == '\0')
        return *text == '\0';
    if (*written == '*')
        return matches_by_trying(text, written + 1) || (*text != '\0' && matches_by_trying(text + 1, written));
    return *text == *written && matches_by_trying(text + 1, written + 1);
}

static void a_wildcard_is_any_run_of_bytes(void **state)
{
    (void)state;
    assert_true(matches(TEXT(""), TEXT("")));
    assert_true(matches(TEXT(""), TEXT("*")));
    assert_true(matches(TEXT("abc"), TEXT("*")));
    assert_true(matches(TEXT("abc"), TEXT("a*c")));
    assert_true(matches(TEXT("abc"), TEXT("**b**")));
    assert_false(matches(TEXT("abc"), TEXT("a*b")));
    assert_false(matches(TEXT("a"), TEXT("a*a"))); /* no byte counts twice */
    assert_false(matches(TEXT("abc"), TEXT("")));
    assert_true(matches(TEXT("a\0b"), TEXT("a*b")));
}

static void it_says_what_trying_everything_says(void **state)
{
    (void)state;
    uint32_t random = 1;
    unsigned matched = 0;
    for (int round = 0; round < 20000; round++) {
        char text[9], written[7];
        for (size_t i = 0; i < sizeof(text); i++, random = random * 1664525 + 1013904223)
            text[i] = "ab"[random >> 31];
        for (size_t i = 0; i < sizeof(written); i++, random = random * 1664525 + 1013904223)
            written[i] = "ab**"[random >> 30];
        text[random >> 16 & 7] = '\0';
        written[random >> 20 & 3] = '\0';
        bool expected = matches_by_trying(text, written);
        matched += expected;
        assert_int_equal(matches(text_of(text), text_of(written)), expected);
    }
    assert_in_range(matched, 1000, 19000);
}

static void many_wildcards_take_one_pass(void **state)
{
    (void)state;
    static char text[1 << 20], written[2000];
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < sizeof(written); i++)
        written[i] = i % 2 == 0 ? '*' : 'a';
    written[sizeof(written) - 1] = 'b';
    assert_false(matches((struct text){text, sizeof(text)}, (struct text){written, sizeof(written)}));
    written[sizeof(written) - 2] = 'b';
    written[sizeof(written) - 1] = '*';
    assert_false(matches((struct text){text, sizeof(text)}, (struct text){written, sizeof(written)}));
}

static void a_longer_string_costs_more(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct cedar_pattern pattern = split(arena, TEXT("a*b*c"));
    assert_int_equal(work_of_matching(&pattern, TEXT("abc")), 3);
    assert_true(work_of_matching(&pattern, (struct text){NULL, 64000}) >= 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wildcard_is_any_run_of_bytes),
        cmocka_unit_test(it_says_what_trying_everything_says),
        cmocka_unit_test(many_wildcards_take_one_pass),
        cmocka_unit_test(a_longer_string_costs_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

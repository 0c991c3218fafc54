/* Trace contexts as others send them: what is read, what is malformed, what goes on. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "runtime/trace_context.h"

#define ID   "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN "00f067aa0ba902b7"

static void reads_what_is_said_and_writes_it_again(void **state)
{
    struct trace_context context;
    char text[TRACE_PARENT_SIZE];
    (void)state;
    assert_true(trace_context_read(TEXT("00-" ID "-" SPAN "-01"), &context));
    assert_int_equal(context.parent, 0x00f067aa0ba902b7);
    assert_int_equal(context.flags, TRACE_SAMPLED);
    trace_context_write(&context, context.parent, text);
    assert_string_equal(text, "00-" ID "-" SPAN "-01");
    trace_context_write(&context, 1, text);
    assert_string_equal(text, "00-" ID "-0000000000000001-01");
}

/* Level 2 section 3.2.2.3: those that are not known go on as zero. */
static void keeps_the_two_flags_that_are_known(void **state)
{
    struct trace_context context;
    (void)state;
    assert_true(trace_context_read(TEXT("00-" ID "-" SPAN "-ff"), &context));
    assert_int_equal(context.flags, TRACE_SAMPLED | TRACE_RANDOM);
    assert_true(trace_context_read(TEXT("00-" ID "-" SPAN "-02"), &context));
    assert_int_equal(context.flags, TRACE_RANDOM);
}

static void takes_a_later_version_for_what_it_begins_with(void **state)
{
    struct trace_context context;
    (void)state;
    assert_true(trace_context_read(TEXT("cc-" ID "-" SPAN "-01"), &context));
    assert_true(trace_context_read(TEXT("cc-" ID "-" SPAN "-01-what-comes"), &context));
    assert_false(trace_context_read(TEXT("cc-" ID "-" SPAN "-01.what-comes"), &context));
    assert_false(trace_context_read(TEXT("cc-" ID "-" SPAN "-0123"), &context));
}

static void refuses_what_is_malformed(void **state)
{
    static const char *const malformed[] = {
        "",
        "00",
        "00-" ID "-" SPAN "-01-",
        "00-" ID "-" SPAN "-01 ",
        "00-" ID "-" SPAN "-1",
        "00-" ID "-" SPAN "_01",
        "00_" ID "-" SPAN "-01",
        "00-" ID "." SPAN "-01",
        "ff-" ID "-" SPAN "-01",
        "FF-" ID "-" SPAN "-01",
        "0x-" ID "-" SPAN "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" SPAN "-01",
        "00-" ID "-00F067AA0BA902B7-01",
        "00-" ID "-" SPAN "-0A",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" ID "-0000000000000000-01",
        "00-" ID "-00f067aa0ba902g7-01",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        struct trace_context context = {.parent = 7};
        if (trace_context_read(text_of(malformed[i]), &context))
            fail_msg("read: %s", malformed[i]);
        assert_int_equal(context.parent, 7);
    }
}

static void tells_a_state_that_may_go_on_from_one_that_may_not(void **state)
{
    static const char *const good[] = {
        "a=1", "a=1,b=2", "a=1 , b=2", "a=1,,b=2", "0tenant@vendor=x:y/z", "a_-*/1= !\"#~"};
    static const char *const bad[] = {"",        ",",     "a",      "=1",         "a=",   "A=1",
                                      "a=1,a=2", "a=1=2", "a=\x01", "a=\xc3\xa9", "-a=1", "a b=1"};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!trace_state_is_plain(text_of(good[i])))
            fail_msg("not plain: %s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (trace_state_is_plain(text_of(bad[i])))
            fail_msg("plain: %s", bad[i]);
}

static void bounds_a_state_in_members_and_bytes(void **state)
{
    char many[512], large[TRACE_STATE_BYTES_MAX + 2];
    size_t length = 0;
    (void)state;
    for (int i = 0; i <= TRACE_STATE_MEMBERS_MAX; i++) {
        if (i == TRACE_STATE_MEMBERS_MAX)
            assert_true(trace_state_is_plain((struct text){many, length}));
        length += (size_t)snprintf(many + length, sizeof(many) - length, "%c%c=1,", 'a' + i % 26, 'a' + i / 26);
    }
    assert_false(trace_state_is_plain((struct text){many, length}));
    memset(large, ' ', sizeof(large));
    memcpy(large, "a=1", 3);
    assert_true(trace_state_is_plain((struct text){large, TRACE_STATE_BYTES_MAX}));
    assert_false(trace_state_is_plain((struct text){large, TRACE_STATE_BYTES_MAX + 1}));
}

static void decides_by_the_random_bytes_alone(void **state)
{
    struct trace_context first = {.id = {[0] = 1, [8] = 0xff}}, last = {.id = {[9] = 0xff, [10] = 0xff}};
    (void)state;
    assert_false(trace_context_is_in_share(&first, 0));
    assert_true(trace_context_is_in_share(&first, 1));
    assert_false(trace_context_is_in_share(&last, 99));
    assert_true(trace_context_is_in_share(&last, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_said_and_writes_it_again),
        cmocka_unit_test(keeps_the_two_flags_that_are_known),
        cmocka_unit_test(takes_a_later_version_for_what_it_begins_with),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(tells_a_state_that_may_go_on_from_one_that_may_not),
        cmocka_unit_test(bounds_a_state_in_members_and_bytes),
        cmocka_unit_test(decides_by_the_random_bytes_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

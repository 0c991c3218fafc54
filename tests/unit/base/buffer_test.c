/* The growing buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

static void keeps_what_was_written_while_it_grows(void **state)
{
    (void)state;
    SCOPED_BUFFER buffer = {0};
    for (int i = 0; i < 20000; i++)
        buffer_append_byte(&buffer, (char)('a' + i % 26));
    assert_int_equal(buffer.length, 20000);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(buffer.base[i], 'a' + i % 26);
}

static void takes_more_at_once_than_it_would_double_to(void **state)
{
    (void)state;
    static char bytes[100000];
    memset(bytes, 'x', sizeof(bytes));
    SCOPED_BUFFER buffer = {0};
    buffer_append(&buffer, TEXT("a"));
    buffer_append(&buffer, (struct text){bytes, sizeof(bytes)});
    assert_int_equal(buffer.length, sizeof(bytes) + 1);
    assert_int_equal(buffer.base[sizeof(bytes)], 'x');
}

static void prints_behind_what_is_there(void **state)
{
    (void)state;
    SCOPED_BUFFER buffer = {0};
    buffer_print(&buffer, "%d,", 1);
    buffer_print(&buffer, "%s", "");
    buffer_print(&buffer, "%600d", 2);
    assert_int_equal(buffer.length, 602);
    assert_memory_equal(buffer.base, "1, ", 3);
    assert_int_equal(buffer.base[601], '2');
}

static void appends_nothing_for_text_that_is_not_there(void **state)
{
    (void)state;
    SCOPED_BUFFER buffer = {0};
    buffer_append(&buffer, TEXT_NONE);
    assert_int_equal(buffer.length, 0);
    assert_null(buffer_text(&buffer).base);
}

static void can_be_used_again_once_disposed(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_append(&buffer, TEXT("abc"));
    buffer_dispose(&buffer);
    assert_null(buffer.base);
    buffer_dispose(&buffer);
    buffer_append(&buffer, TEXT("de"));
    assert_true(text_is(buffer_text(&buffer), "de"));
    buffer_dispose(&buffer);
}

static void lies_in_an_arena_where_it_is_told_to(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer buffer = buffer_in(arena, 2);
    for (int i = 0; i < 1000; i++)
        buffer_append(&buffer, TEXT("abc"));
    struct text text = buffer_text(&buffer);
    buffer_dispose(&buffer);
    assert_int_equal(text.length, 3000);
    for (size_t i = 0; i < text.length; i++)
        assert_int_equal(text.base[i], "abc"[i % 3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_was_written_while_it_grows),
        cmocka_unit_test(takes_more_at_once_than_it_would_double_to),
        cmocka_unit_test(prints_behind_what_is_there),
        cmocka_unit_test(appends_nothing_for_text_that_is_not_there),
        cmocka_unit_test(lies_in_an_arena_where_it_is_told_to),
        cmocka_unit_test(can_be_used_again_once_disposed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

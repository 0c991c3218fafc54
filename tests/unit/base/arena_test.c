/* The arena: aligned, zeroed, never moved, zero-terminated copies. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void gives_zeroed_aligned_memory_that_stays(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    unsigned char *blocks[500];
    for (size_t i = 0; i < 500; i++) {
        blocks[i] = arena_allocate(arena, i);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        for (size_t byte = 0; byte < i; byte++)
            assert_int_equal(blocks[i][byte], 0);
        memset(blocks[i], (int)i & 0xff, i);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t byte = 0; byte < i; byte++)
            assert_int_equal(blocks[i][byte], i & 0xff);
}

static void gives_blocks_larger_than_a_chunk(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *small = arena_allocate(arena, 3);
    char *large = arena_allocate(arena, 1024 * 1024);
    memset(large, 'x', 1024 * 1024);
    char *after = arena_allocate(arena, 16000);
    memset(after, 'y', 16000);
    assert_int_equal(small[0], 0);
    assert_int_equal(large[1024 * 1024 - 1], 'x');
}

static void copies_end_with_zero_and_are_their_own(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char original[] = "abc";
    struct text copy = arena_copy(arena, (struct text){original, 2});
    original[0] = 'x';
    assert_string_equal(copy.base, "ab");
    assert_int_equal(copy.length, 2);
    copy = arena_copy(arena, TEXT_NONE);
    assert_string_equal(copy.base, "");
    assert_int_equal(copy.length, 0);
}

static void prints_as_much_as_it_takes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(arena_print(arena, "%d-%s", 7, "x").base, "7-x");
    struct text wide = arena_print(arena, "%30000d", 7);
    assert_int_equal(wide.length, 30000);
    assert_int_equal(wide.base[29999], '7');
    assert_int_equal(wide.base[30000], '\0');
}

static void gives_zeroed_memory_from_what_another_arena_left(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        SCOPED_ARENA arena = arena_create();
        for (size_t i = 0; i < 40; i++) {
            unsigned char *block = arena_allocate(arena, 1000);
            for (size_t byte = 0; byte < 1000; byte++)
                assert_int_equal(block[byte], 0);
            memset(block, 0xff, 1000);
        }
    }
}

static void an_emptied_one_is_as_a_new_one_and_what_was_in_it_is_wiped(void **state)
{
    enum { SIZE = 1000, LARGE = 16 * 1000 };
    (void)state;
    SCOPED_ARENA arena = arena_create();
    unsigned char *first = arena_allocate(arena, SIZE);
    for (int round = 0; round < 3; round++) {
        memset(first, 0xff, SIZE);
        for (size_t i = 0; i < 100; i++)
            memset(arena_allocate(arena, SIZE), 0xff, SIZE);
        memset(arena_allocate(arena, LARGE), 0xff, LARGE);
        arena_empty(arena);
        assert_ptr_equal(arena_allocate(arena, SIZE), first);
        for (size_t byte = 0; byte < SIZE; byte++)
            assert_int_equal(first[byte], 0);
    }
}

static void *use_one_and_end(void *unused)
{
    (void)unused;
    SCOPED_ARENA arena = arena_create();
    return arena_allocate(arena, 1) == NULL ? "" : NULL;
}

/* The leak checker is the witness. */
static void leaves_nothing_behind_when_its_thread_ends(void **state)
{
    (void)state;
    pthread_t thread;
    void *result = "";
    assert_int_equal(pthread_create(&thread, NULL, use_one_and_end, NULL), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_null(result);
}

static void joins_parts_one_behind_the_other(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct text parts[] = {TEXT("a"), TEXT_NONE, TEXT("bc")};
    assert_string_equal(arena_join(arena, parts, 3).base, "abc");
    assert_int_equal(arena_join(arena, parts, 0).length, 0);
}

static void can_be_destroyed_without_having_been_made(void **state)
{
    (void)state;
    arena_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory_that_stays),
        cmocka_unit_test(gives_blocks_larger_than_a_chunk),
        cmocka_unit_test(copies_end_with_zero_and_are_their_own),
        cmocka_unit_test(prints_as_much_as_it_takes),
        cmocka_unit_test(gives_zeroed_memory_from_what_another_arena_left),
        cmocka_unit_test(an_emptied_one_is_as_a_new_one_and_what_was_in_it_is_wiped),
        cmocka_unit_test(leaves_nothing_behind_when_its_thread_ends),
        cmocka_unit_test(joins_parts_one_behind_the_other),
        cmocka_unit_test(can_be_destroyed_without_having_been_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

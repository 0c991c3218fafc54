/* The book of cutoffs: what it finds, what it replaces, and when it says that only the store knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "ledger/cutoff_book.h"

static bool ends(const struct cutoff_book *book, const char *kind, const char *id, int64_t issued_at_us)
{
    struct store_guard guard = {text_of(kind), text_of(id), issued_at_us};
    return cutoff_book_find(book, &guard, 1) == &guard;
}

static struct store_counter at(int64_t number)
{
    return (struct store_counter){number, 100 + number};
}

static struct store_cutoff cutoff(const char *kind, const char *id, int64_t at_us, bool stands)
{
    return (struct store_cutoff){.kind = text_of(kind), .id = text_of(id), .at_us = at_us, .stands = stands};
}

static void ends_what_is_as_old_and_with_a_bar_what_is_newer(void **state)
{
    (void)state;
    struct cutoff_book *book = cutoff_book_create(100);
    struct store_cutoff cutoffs[] = {cutoff("client", "c", 1000, false), cutoff("agent", "i s", 1000, true)};
    cutoff_book_update(book, cutoffs, 2, at(7), true);
    assert_true(store_counter_equal(cutoff_book_epoch(book), at(7)));
    assert_true(ends(book, "client", "c", 1000));
    assert_false(ends(book, "client", "c", 1001));
    assert_true(ends(book, "agent", "i s", 1001));
    assert_false(ends(book, "agent", "i", 1));
    assert_false(ends(book, "subject", "i s", 1));
    cutoff_book_destroy(book);
}

/* Kind and id are kept side by side; where one ends and the other begins must tell. */
static void keeps_kind_and_id_apart(void **state)
{
    (void)state;
    struct cutoff_book *book = cutoff_book_create(100);
    struct store_cutoff one = cutoff("root", "s", 1000, false);
    cutoff_book_update(book, &one, 1, at(2), true);
    assert_true(ends(book, "root", "s", 1));
    assert_false(ends(book, "roots", "", 1));
    assert_false(ends(book, "roo", "ts", 1));
    cutoff_book_destroy(book);
}

static void puts_the_newer_in_place_of_the_older(void **state)
{
    (void)state;
    struct cutoff_book *book = cutoff_book_create(100);
    struct store_cutoff bar = cutoff("client", "c", 1000, true), lifted = cutoff("client", "c", 1000, false);
    cutoff_book_update(book, &bar, 1, at(2), true);
    cutoff_book_update(book, &lifted, 1, at(3), false);
    assert_false(ends(book, "client", "c", 2000));
    assert_true(ends(book, "client", "c", 1000));
    cutoff_book_update(book, NULL, 0, at(4), true);
    assert_false(ends(book, "client", "c", 1000));
    assert_int_equal(cutoff_book_epoch(book).number, 4);
    cutoff_book_destroy(book);
}

static struct store_cutoff kill(const char *kind, int64_t epoch, int64_t at_us, bool stands, const char *record)
{
    return (struct store_cutoff){.kind = text_of(kind),
                                 .id = TEXT("x"),
                                 .killed_epoch = epoch,
                                 .at_us = at_us,
                                 .stands = stands,
                                 .record = text_of(record)};
}

/* The guards of a credential stand in no order of time. */
static void names_the_kill_that_was_first(void **state)
{
    (void)state;
    struct cutoff_book *book = cutoff_book_create(100);
    struct store_cutoff kills[] = {kill("client", 7, 3000, true, "third"),
                                   kill("root", 5, 2000, false, "second"),
                                   kill("client", 3, 1000, false, "first")};
    cutoff_book_update(book, kills, 3, at(7), true);
    struct store_guard guards[] = {{TEXT("root"), TEXT("x"), 0}, {TEXT("client"), TEXT("x"), 900}};
    struct cutoff_death death = cutoff_book_find_death(book, guards, 2);
    assert_ptr_equal(death.thing, &guards[1]);
    assert_true(text_is(death.record, "first"));
    guards[1].issued_at_us = 1500;
    death = cutoff_book_find_death(book, guards, 2);
    assert_ptr_equal(death.thing, &guards[0]);
    assert_true(text_is(death.record, "second"));
    guards[1].issued_at_us = 9000; /* a bar stands there */
    assert_true(text_is(cutoff_book_find_death(book, &guards[1], 1).record, "third"));
    kills[0].stands = false;
    cutoff_book_update(book, kills, 1, at(8), false);
    assert_null(cutoff_book_find_death(book, &guards[1], 1).thing);
    cutoff_book_destroy(book);
}

/* Two bars: what ends one of them is not what ends the other. */
static void is_barred_as_long_as_any_kill_stands(void **state)
{
    (void)state;
    struct cutoff_book *book = cutoff_book_create(100);
    struct store_cutoff kills[] = {kill("client", 2, 1000, true, "a"), kill("client", 3, 900, true, "b")};
    cutoff_book_update(book, kills, 2, at(3), true);
    for (int i = 0; i < 2; i++) {
        assert_true(ends(book, "client", "x", 5000));
        kills[i].stands = false;
        cutoff_book_update(book, &kills[i], 1, at(4 + i), false);
    }
    assert_false(ends(book, "client", "x", 5000));
    assert_false(ends(book, "client", "x", 1001));
    assert_true(ends(book, "client", "x", 1000));
    assert_int_equal(cutoff_book_reach(book, TEXT("client"), TEXT("x")), 1000);
    assert_int_equal(cutoff_book_reach(book, TEXT("client"), TEXT("y")), 0);
    cutoff_book_destroy(book);
}

static void names_the_first_thing_that_was_ended(void **state)
{
    (void)state;
    struct cutoff_book *book = cutoff_book_create(100);
    struct store_cutoff one = cutoff("root", "r", 1000, false);
    cutoff_book_update(book, &one, 1, at(2), true);
    struct store_guard guards[] = {{TEXT("lease"), TEXT("r"), 0}, {TEXT("root"), TEXT("r"), 0}};
    assert_ptr_equal(cutoff_book_find(book, guards, 2), &guards[1]);
    assert_null(cutoff_book_find(book, guards, 1));
    cutoff_book_destroy(book);
}

static void finds_each_of_many_thousands(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cutoff_book *book = cutoff_book_create(50000);
    struct store_cutoff *many = ARENA_ARRAY(arena, struct store_cutoff, 20000);
    for (int i = 0; i < 20000; i++)
        many[i] = cutoff("lease", arena_print(arena, "%d", i).base, 5, false);
    cutoff_book_update(book, many, 10000, at(2), true);
    for (size_t i = 10000; i < 20000; i++)
        cutoff_book_update(book, &many[i], 1, at((int64_t)i), false);
    for (int i = 0; i < 20000; i++)
        assert_non_null(cutoff_book_find(book, &(struct store_guard){TEXT("lease"), many[i].id, 5}, 1));
    assert_false(ends(book, "lease", "20000", 5));
    cutoff_book_destroy(book);
}

static void says_that_only_the_store_knows_when_there_are_too_many(void **state)
{
    (void)state;
    struct store_cutoff three[] = {cutoff("a", "1", 1, false), cutoff("a", "2", 1, false),
                                   cutoff("a", "3", 1, false)};
    struct cutoff_book *book = cutoff_book_create(2);
    assert_int_equal(cutoff_book_epoch(book).number, 0);
    cutoff_book_update(book, three, 2, at(5), false); /* not whole: who knows what was before */
    assert_int_equal(cutoff_book_epoch(book).number, 0);
    cutoff_book_update(book, three, 3, at(5), true);
    assert_int_equal(cutoff_book_epoch(book).number, 0);
    cutoff_book_update(book, three, 2, at(6), true);
    assert_int_equal(cutoff_book_epoch(book).number, 6);
    cutoff_book_destroy(book);
}

static void says_when_it_has_grown_enough_to_be_read_anew(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cutoff_book *book = cutoff_book_create(100000);
    cutoff_book_update(book, NULL, 0, at(1), true);
    struct store_cutoff *many = ARENA_ARRAY(arena, struct store_cutoff, 1025);
    for (int i = 0; i < 1025; i++)
        many[i] = cutoff("lease", arena_print(arena, "%d", i).base, 5, false);
    cutoff_book_update(book, many, 1024, at(2), false);
    assert_false(cutoff_book_is_grown(book));
    cutoff_book_update(book, &many[1024], 1, at(3), false);
    assert_true(cutoff_book_is_grown(book));
    cutoff_book_update(book, many, 1025, at(3), true);
    assert_false(cutoff_book_is_grown(book));
    cutoff_book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_what_is_as_old_and_with_a_bar_what_is_newer),
        cmocka_unit_test(keeps_kind_and_id_apart),
        cmocka_unit_test(puts_the_newer_in_place_of_the_older),
        cmocka_unit_test(names_the_first_thing_that_was_ended),
        cmocka_unit_test(names_the_kill_that_was_first),
        cmocka_unit_test(is_barred_as_long_as_any_kill_stands),
        cmocka_unit_test(finds_each_of_many_thousands),
        cmocka_unit_test(says_that_only_the_store_knows_when_there_are_too_many),
        cmocka_unit_test(says_when_it_has_grown_enough_to_be_read_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

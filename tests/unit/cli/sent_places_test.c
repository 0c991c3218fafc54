/* Places in what was sent as places in the files it was made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/sent_places.h"

static const struct sent_part parts[] = {
    {.source = {"a.yaml", 6}, .first_line = 2, .lines = 4, .source_line = 1, .is_as_written = true},
    {.source = {"b.yaml", 6}, .first_line = 7, .lines = 1, .source_line = 30},
    {.source = {"c.yaml", 6}, .first_line = 9, .lines = 2, .source_line = 1, .is_as_written = true},
};
static const struct sent_places places = {parts, 3};

static void assert_place(const char *told, unsigned line, unsigned column, const char *source,
                         unsigned expected_line, unsigned expected_column)
{
    struct text name = text_of(told);
    (void)sent_places_find(&places, &name, &line, &column);
    assert_true(text_is(name, source));
    assert_int_equal(line, expected_line);
    assert_int_equal(column, expected_column);
}

static void a_line_of_a_file_as_it_was_written_keeps_its_column(void **state)
{
    (void)state;
    assert_place("request", 2, 5, "a.yaml", 1, 5);
    assert_place("request", 5, 1, "a.yaml", 4, 1);
    assert_place("request", 10, 3, "c.yaml", 2, 3);
}

static void a_document_that_was_written_anew_has_the_line_it_begins_at_and_no_column(void **state)
{
    (void)state;
    assert_place("request", 7, 158, "b.yaml", 30, 0);
}

static void what_is_from_no_file_is_left_as_it_was_told(void **state)
{
    (void)state;
    assert_place("request", 6, 2, "request", 6, 2);
    assert_place("request", 11, 2, "request", 11, 2);
    assert_place("request", 0, 0, "request", 0, 0);
    assert_place("store", 3, 2, "store", 3, 2);
}

static void places_in_a_sentence_are_told_likewise(void **state)
{
    (void)state;
    struct arena *arena = arena_create();
    const struct {
        const char *told, *expected;
    } sentences[] = {
        {"Target/x is at request:3 already", "Target/x is at a.yaml:2 already"},
        {"(request:7), (request:9)", "(b.yaml:30), (c.yaml:1)"},
        {"request:", "request:"},
        {"request:99 or request:99999999999 or request:x", "request:99 or request:99999999999 or request:x"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
        assert_true(
            text_is(sent_places_tell(&places, arena, text_of(sentences[i].told)), sentences[i].expected));
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_a_file_as_it_was_written_keeps_its_column),
        cmocka_unit_test(a_document_that_was_written_anew_has_the_line_it_begins_at_and_no_column),
        cmocka_unit_test(what_is_from_no_file_is_left_as_it_was_told),
        cmocka_unit_test(places_in_a_sentence_are_told_likewise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

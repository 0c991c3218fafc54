/* Places in documents and the sentences about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "document/document_place.h"

static void assert_sentence(const struct document_place *place, const char *sentence)
{
    SCOPED_ARENA arena = arena_create();
    struct text mistake = TEXT("");
    const struct document_reading reading = {.arena = arena, .mistake = &mistake};
    assert_int_equal(document_refuse(&reading, place, "this is %s.", "wrong"), FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, mistake).base, sentence);
}

static void names_members_and_elements_from_the_outside_in(void **state)
{
    (void)state;
    struct document_place entities = {.name = TEXT("entities")};
    struct document_place third = {.outer = &entities, .index = 3};
    struct document_place attributes = {.outer = &third, .name = TEXT("attrs")};
    struct document_place age = {.outer = &attributes, .name = TEXT("age")};
    assert_sentence(&entities, "entities: this is wrong.");
    assert_sentence(&age, "entities[3].attrs.age: this is wrong.");
}

static void quotes_names_that_are_no_words(void **state)
{
    (void)state;
    struct document_place context = {.name = TEXT("context")};
    struct document_place odd = {.outer = &context, .name = TEXT("a \"b\".c")};
    struct document_place digit = {.outer = &context, .name = TEXT("1a")};
    struct document_place empty = {.outer = &context, .name = TEXT("")};
    assert_sentence(&odd, "context[\"a \\\"b\\\".c\"]: this is wrong.");
    assert_sentence(&digit, "context[\"1a\"]: this is wrong.");
    assert_sentence(&empty, "context[\"\"]: this is wrong.");
}

static void shows_the_two_ends_of_a_long_way(void **state)
{
    (void)state;
    struct document_place places[40];
    for (size_t i = 0; i < 40; i++)
        places[i] = (struct document_place){.outer = i == 0 ? NULL : &places[i - 1], .index = i};
    assert_sentence(&places[39], "[0][1][2][3][4][5][6][7][8][9][10][11] ... "
                                 "[28][29][30][31][32][33][34][35][36][37][38][39]: this is wrong.");
    assert_sentence(&places[23], "[0][1][2][3][4][5][6][7][8][9][10][11]"
                                 "[12][13][14][15][16][17][18][19][20][21][22][23]: this is wrong.");
}

static void cuts_a_long_name_between_characters(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text mistake = TEXT("");
    const struct document_reading reading = {.arena = arena, .mistake = &mistake};
    struct document_place place = {.name = TEXT("0123456789012345678901234567890123456789"
                                                "01234567890123456789012\xc3\xa9rest")};
    assert_int_equal(document_refuse(&reading, &place, "no."), FAULT_POLICY_INVALID);
    assert_true(text_is_utf8(mistake));
    assert_true(text_ends_with(mistake, TEXT("12\"]...: no.")));
}

static void keeps_a_sentence_short_and_whole_characters(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text mistake = TEXT("");
    const struct document_reading reading = {.arena = arena, .mistake = &mistake};
    struct document_place place = {.name = TEXT("x")};
    char long_text[2000];
    for (size_t i = 0; i + 1 < sizeof(long_text); i += 2) {
        long_text[i] = '\xc3';
        long_text[i + 1] = '\xa9';
    }
    long_text[sizeof(long_text) - 2] = '\0';
    assert_int_equal(document_refuse(&reading, &place, "%s", long_text), FAULT_POLICY_INVALID);
    assert_true(mistake.length < 600);
    assert_true(text_is_utf8(mistake));
}

static void shows_texts_quoted_and_cut(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct document_reading reading = {.arena = arena};
    assert_string_equal(document_shown(&reading, TEXT("a\nb")), "\"a\\nb\"");
    struct text shown =
        text_of(document_shown(&reading, TEXT("01234567890123456789012345678901234567890123456789"
                                              "01234567890123456789")));
    assert_true(text_ends_with(shown, TEXT("0123\"...")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_members_and_elements_from_the_outside_in),
        cmocka_unit_test(quotes_names_that_are_no_words),
        cmocka_unit_test(shows_the_two_ends_of_a_long_way),
        cmocka_unit_test(cuts_a_long_name_between_characters),
        cmocka_unit_test(keeps_a_sentence_short_and_whole_characters),
        cmocka_unit_test(shows_texts_quoted_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

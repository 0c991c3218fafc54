/* Which names an entity type may have in JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "document/document_entity_type.h"

static void takes_identifiers_and_paths_of_them(void **state)
{
    (void)state;
    assert_true(document_is_entity_type(TEXT("User")));
    assert_true(document_is_entity_type(TEXT("_u1")));
    assert_true(document_is_entity_type(TEXT("Corp::Team::User")));
    assert_true(document_is_entity_type(TEXT("principal")));
    assert_true(document_is_entity_type(TEXT("iffy::inner")));
}

static void refuses_words_of_the_language_anywhere_in_a_path(void **state)
{
    (void)state;
    assert_false(document_is_entity_type(TEXT("if")));
    assert_false(document_is_entity_type(TEXT("User::in")));
    assert_false(document_is_entity_type(TEXT("__cedar::User")));
    assert_false(document_is_entity_type(TEXT("true::User")));
}

static void refuses_every_second_spelling(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "",      " User",  "User ", "A:: B", "A::", "::A",    "A:B",
        "A:::B", "A::::B", "1A",    "A::1B", "A-B", "A//x\n", "Us\xc3\xa9r"};
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
        assert_false(document_is_entity_type(text_of(spellings[i])));
    assert_false(document_is_entity_type(TEXT_NONE));
    assert_false(document_is_entity_type(TEXT("A\0B")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_identifiers_and_paths_of_them),
        cmocka_unit_test(refuses_words_of_the_language_anywhere_in_a_path),
        cmocka_unit_test(refuses_every_second_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

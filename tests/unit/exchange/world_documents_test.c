/* By what adapters are told of a change of documents. */
#include "exchange_fixture.h"

static struct text name_with(void **state, const char *more)
{
    struct fixture *fixture = *state;
    SCOPED_BUFFER mistakes = {0};
    if (!fixture_use(fixture, more, &mistakes))
        fail_msg("%.*s", (int)mistakes.length, mistakes.base);
    return arena_copy(fixture->guard_arena, fixture->world->documents_name);
}

#define POLICY(text) "---\nkind: Policy\nmetadata: {name: p}\nspec:\n  policies: |\n    " text "\n"

static void is_the_same_for_the_same_documents_and_another_for_any_other(void **state)
{
    static const char *const others[] = {
        "---\nkind: Domain\nmetadata: {name: more}\nspec: {leavesFor: []}\n",
        "---\nkind: Domain\nmetadata: {name: more}\nspec: {leavesFor: [corp]}\n",
        POLICY("permit(principal, action, resource);"),
        POLICY("forbid(principal, action, resource);"),
    };
    struct text names[5] = {name_with(state, "")};
    assert_int_equal(names[0].length, 32);
    assert_true(text_equal(name_with(state, ""), names[0]));
    for (size_t i = 1; i < 5; i++) {
        names[i] = name_with(state, others[i - 1]);
        for (size_t k = 0; k < i; k++)
            assert_false(text_equal(names[i], names[k]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_the_same_for_the_same_documents_and_another_for_any_other,
                                        fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Which attributes of the context policies look at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void says_whether_policies_look_at_an_attribute(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        bool reads;
    } cases[] = {
        {"true", false},
        {"context.held == 1", true},
        {"context has held", true},
        {"context[\"held\"].a.b", true},
        {"context.other == 1", false},
        {"context.other.held == 1", false},
        {"principal.held == 1", false},
        {"context == {held: 1}", true},
        {"[context].isEmpty()", true},
        {"{a: context}.a.held == 1", true},
        {"(if true then context else context).other == 1", true},
        {"context has other && context.other > 1", false},
        {"context.hasTag(\"a\")", true},
        {"!(context.other > 1 || context has held.a)", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        size_t count = 0;
        struct text text = arena_print(arena,
                                       "permit (principal, action, resource); forbid (principal, action, "
                                       "resource) when { true } unless { %s };",
                                       cases[i].condition);
        const struct cedar_policy *const *policies = policies_of(arena, text.base, &count);
        assert_int_equal(cedar_policies_read_context(policies, count, TEXT("held")), cases[i].reads);
        assert_false(cedar_policies_read_context(policies, 1, TEXT("held")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_whether_policies_look_at_an_attribute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What policies look at: attributes of the context, attributes of anything, tags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static const struct cedar_policy *const *policies_with(struct arena *arena, const char *condition,
                                                       size_t *count)
{
    return policies_of(arena,
                       arena_print(arena,
                                   "permit (principal, action, resource); forbid (principal, action, resource) "
                                   "when { true } unless { %s };",
                                   condition)
                           .base,
                       count);
}

static void says_whether_policies_look_at_an_attribute_of_the_context(void **state)
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
        const struct cedar_policy *const *policies = policies_with(arena, cases[i].condition, &count);
        assert_int_equal(cedar_policies_read_context(policies, count, TEXT("held")), cases[i].reads);
        assert_false(cedar_policies_read_context(policies, 1, TEXT("held")));
    }
}

static void says_whether_policies_look_at_an_attribute_of_anything(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        bool reads;
    } cases[] = {
        {"true", false},
        {"context.risk > 1", true},
        {"context.user.risk > 1", true},
        {"principal has risk", true},
        {"principal[\"risk\"] == 1", true},
        {"{risk: 1} == {a: 2}", false},
        {"context.risky > 1 || context.hasTag(\"risk\")", false},
        {"!(context.a.contains({b: [principal.risk]}))", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        size_t count = 0;
        const struct cedar_policy *const *policies = policies_with(arena, cases[i].condition, &count);
        assert_int_equal(cedar_policies_read_attribute(policies, count, TEXT("risk")), cases[i].reads);
        assert_false(cedar_policies_read_attribute(policies, 1, TEXT("risk")));
    }
}

static void finds_the_tags_policies_ask_for(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        size_t count;
        bool has_groups, is_any;
    } cases[] = {
        {"true", 0, false, false},
        {"context.user.groups == \"groups\"", 0, false, false},
        {"context.user.hasTag(\"groups\")", 1, true, false},
        {"principal.getTag(\"groups\").contains(\"a\")", 1, true, false},
        {"principal.hasTag(\"team\") && principal.getTag(\"team\") == principal.getTag(\"team\")", 1, false,
         false},
        {"[{a: principal.hasTag(\"team\")}].contains({a: principal.hasTag(\"groups\")})", 2, true, false},
        {"principal.hasTag(context.name)", 0, true, true},
        {"principal.hasTag(if context.a then \"groups\" else \"team\")", 0, true, true},
        {"principal.hasTag(\"gro\\u{75}ps\")", 1, true, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        size_t count = 0;
        struct cedar_tag_names tags;
        const struct cedar_policy *const *policies = policies_with(arena, cases[i].condition, &count);
        cedar_policies_find_tags(arena, policies, count, &tags);
        assert_int_equal(tags.count, cases[i].count);
        assert_int_equal(tags.is_any, cases[i].is_any);
        assert_int_equal(cedar_tag_names_have(&tags, TEXT("groups")), cases[i].has_groups);
        assert_int_equal(cedar_tag_names_have(&tags, TEXT("group")), cases[i].is_any);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_whether_policies_look_at_an_attribute_of_the_context),
        cmocka_unit_test(says_whether_policies_look_at_an_attribute_of_anything),
        cmocka_unit_test(finds_the_tags_policies_ask_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

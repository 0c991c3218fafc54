/* The model that programs carry parses, and is the file that is published. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "policy/policy_model.h"

static void parses_and_knows_its_actions(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct cedar_schema *schema = policy_model_schema(arena);
    struct cedar_policy *policies;
    struct cedar_mistake mistake = {0};
    struct cedar_validation validation = {0};
    size_t count;
    assert_int_equal(
        cedar_policies_parse(arena,
                             TEXT("permit(principal, action in [Action::\"exchange\", Action::\"call_tool\"], "
                                  "resource); permit(principal, action in Action::\"admin\", resource);"
                                  "permit(principal, action == Action::\"dance\", resource);"),
                             &policies, &count, &mistake),
        FAULT_NONE);
    const struct cedar_policy *all[] = {&policies[0], &policies[1], &policies[2]};
    cedar_validate(arena, schema, all, 3, &validation);
    assert_true(validation.count >= 1);
    for (size_t i = 0; i < validation.count; i++)
        assert_ptr_equal(validation.policies[i], all[2]);
}

static void is_given_out_as_it_is_written(void **state)
{
    (void)state;
    struct text text = policy_model_text();
    assert_true(text_starts_with(text, TEXT("// What a policy may ask.")));
    assert_true(text_ends_with(text, TEXT("};\n")));
    assert_int_equal(text.length, strnlen(text.base, text.length)); /* nothing that an embedding added */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_knows_its_actions),
        cmocka_unit_test(is_given_out_as_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Policies as source. */
#include "forms_fixture.h"

static void assert_prints(const char *source, const char *expected)
{
    struct text print = printed(policies_of(source, 1));
    assert_string_equal(print.base, expected);
    assert_string_equal(written(policies_of(print.base, 1)).base, written(policies_of(source, 1)).base);
}

static void every_form_of_a_head_is_printed(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "permit(principal, action, resource);",
        "forbid(principal == A::\"x\", action == Action::\"y\", resource == B::C::\"z\");",
        "permit(principal in A::\"x\", action in Action::\"y\", resource in B::\"z\");",
        "permit(principal is A, action in [Action::\"x\", Action::\"y\"], resource is B in C::\"z\\n\");",
        "permit(principal, action in [], resource);",
        "permit(principal == ?principal, action, resource in ?resource);",
        "permit(principal is A in ?principal, action, resource is B in ?resource);",
    };
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        assert_prints(heads[i], heads[i]);
    assert_prints("permit(principal, action in [Action::\"x\"], resource,);",
                  "permit(principal, action in Action::\"x\", resource);");
}

static void annotations_and_conditions_stand_on_lines_of_their_own(void **state)
{
    (void)state;
    assert_prints("@id(\"a\\\"b\")@if@x(\"\") permit(principal,action,resource) when{1==1}unless{context.a};",
                  "@id(\"a\\\"b\")\n@if\n@x\npermit(principal, action, resource)\nwhen { 1 == 1 }\n"
                  "unless { context.a };");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_head_is_printed),
        cmocka_unit_test(annotations_and_conditions_stand_on_lines_of_their_own),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

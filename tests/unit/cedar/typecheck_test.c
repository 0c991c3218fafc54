/* Conditions, what is reached in them, and operators whose operands are each of one kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void a_condition_is_a_bool(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"true", NULL, NULL},
        {"principal.age == 1", NULL, NULL},
        {"1", "a Bool was expected here, but this is of type Long", "1"},
        {"principal && true", "a Bool was expected here, but this is of type Agent", "principal"},
        {"true && principal", "a Bool was expected here, but this is of type Agent", "principal"},
        {"!resource.names", "a Bool was expected here, but this is of type Set<String>", "resource.names"},
        {"if 1 then true else true", "a Bool was expected here, but this is of type Long", "1"},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void what_is_never_reached_is_not_looked_at(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"false && principal.foo", NULL, NULL},
        {"true || principal.foo", NULL, NULL},
        {"if true then true else principal.foo", NULL, NULL},
        {"if false then principal.foo else true", NULL, NULL},
        {"(principal is Target) && principal.foo", NULL, NULL},
        {"principal.age == 1 && principal.foo", "there is no attribute \"foo\" in Agent", "principal.foo"},
        {"(true && !!true) && principal.foo == 1", "there is no attribute \"foo\" in Agent", "principal.foo"},
        {"principal is Agent || principal.foo", NULL, NULL},
        {"!(principal is Agent) && principal.foo", NULL, NULL},
        {"if principal is Agent then true else principal.foo", NULL, NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void what_a_test_has_shown_may_be_used_behind_it(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal has risk && principal.risk > 1", NULL, NULL},
        {"(principal has risk && true) && principal.risk > 1", NULL, NULL},
        {"(true && principal has risk) && principal.risk > 1", NULL, NULL},
        {"if principal has risk then principal.risk > 1 else false", NULL, NULL},
        {"(false || principal has risk) && principal.risk > 1", NULL, NULL},
        {"(principal has risk || false) && principal.risk > 1", NULL, NULL},
        {"(principal has risk && principal.age > 1 || principal has risk && principal.age < 1) && "
         "principal.risk > 1",
         NULL, NULL},
        {"(if principal.age > 1 then principal has risk else principal has risk && true) && principal.risk > 1",
         NULL, NULL},
        {"(if true then principal has risk else false) && principal.risk > 1", NULL, NULL},
        {"(if false then true else principal has risk) && principal.risk > 1", NULL, NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void and_nowhere_else(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal.risk > 1 && principal has risk",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"principal has risk || principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"!(principal has risk) && principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"if principal has risk then true else principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"(principal has risk || principal.age > 1) && principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"(if principal.age > 1 then principal has risk else true) && principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"(principal has risk) == true && principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"resource.owner has risk && principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
        {"(if principal has risk then principal.age > 1 else false) && principal.risk > 1",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first",
         "principal.risk"},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void branches_are_of_one_type(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"(if principal.age > 1 then 1 else 2) == 3", NULL, NULL},
        {"(if principal.age > 1 then true else false)", NULL, NULL},
        {"(if principal.age > 1 then 1 else \"a\") == 3",
         "both branches must be of one type, but they are of types Long and String",
         "if principal.age > 1 then 1 else \"a\""},
        {"(if principal.age > 1 then principal else resource) == principal",
         "both branches must be of one type, but they are of types Agent and Target", NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void operands_are_of_the_kind_an_operator_takes(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal.age + 1 - 2 * 3 == -principal.age", NULL, NULL},
        {"principal.name like \"a*\"", NULL, NULL},
        {"context.at.offset(duration(\"1h\")).toDate() < context.at && "
         "context.at.durationSince(context.at).toHours() > 1",
         NULL, NULL},
        {"resource.address.isIpv4() && resource.address.isInRange(ip(\"10.0.0.0/8\"))", NULL, NULL},
        {"resource.price.lessThan(decimal(\"1.0\"))", NULL, NULL},
        {"context.at.toTime().toMilliseconds() == 1", NULL, NULL},
        {"principal.name + 1 == 2", "a Long was expected here, but this is of type String", "principal.name"},
        {"-principal.name == 2", "a Long was expected here, but this is of type String", "principal.name"},
        {"principal.age like \"a\"", "a String was expected here, but this is of type Long", "principal.age"},
        {"resource.price.lessThan(1)", "a decimal was expected here, but this is of type Long", "1"},
        {"resource.price.isLoopback()", "an ipaddr was expected here, but this is of type decimal",
         "resource.price"},
        {"context.at.offset(1) == context.at", "a duration was expected here, but this is of type Long", "1"},
        {"context.at.toDays() == 1", "a duration was expected here, but this is of type datetime",
         "context.at"},
        {"resource.address.isIpv4(1)", "isIpv4 is called with too many or too few arguments", NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_condition_is_a_bool),
        cmocka_unit_test(what_is_never_reached_is_not_looked_at),
        cmocka_unit_test(what_a_test_has_shown_may_be_used_behind_it),
        cmocka_unit_test(and_nowhere_else),
        cmocka_unit_test(branches_are_of_one_type),
        cmocka_unit_test(operands_are_of_the_kind_an_operator_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Functions and methods: which there are, and with how many arguments. */
#include "syntax/call.h"
#include "syntax_fixture.h"

static void a_constructor_of_a_good_string_is_a_literal(void **state)
{
    (void)state;
    assert_int_equal(expression_of("ip(\"1.2.3.4\")")->literal.kind, CEDAR_IPADDR);
    assert_int_equal(expression_of("decimal(\"1.5\")")->literal.integer, 15000);
    assert_int_equal(expression_of("datetime(\"1970-01-02\")")->literal.integer, 86400000);
    assert_int_equal(expression_of("duration(\"1h\",)")->literal.integer, 3600000);
    assert_int_equal(expression_of("duration(\"1h\")")->literal.kind, CEDAR_DURATION);
}

static void a_constructor_of_anything_else_is_called(void **state)
{
    (void)state;
    assert_int_equal(expression_of("ip(\"x\")")->operation, CEDAR_MAKE_IPADDR);
    assert_int_equal(expression_of("decimal(1)")->operation, CEDAR_MAKE_DECIMAL);
    assert_int_equal(expression_of("datetime(context.at)")->operation, CEDAR_MAKE_DATETIME);
    assert_int_equal(expression_of("duration([\"1h\"])")->operation, CEDAR_MAKE_DURATION);
}

static void a_methods_receiver_is_its_first_operand(void **state)
{
    (void)state;
    const struct cedar_expression *call = expression_of("context.a.isInRange(ip(\"10.0.0.0/8\"))");
    assert_int_equal(call->operation, CEDAR_IS_IN_RANGE);
    assert_int_equal(call->operand_count, 2);
    assert_int_equal(call->operands[0]->operation, CEDAR_GET);
    assert_int_equal(expression_of("[1].contains(1)")->operation, CEDAR_CONTAINS);
    assert_int_equal(expression_of("context.isEmpty()")->operation, CEDAR_IS_EMPTY);
    assert_int_equal(expression_of("context.x.toDays()")->operation, CEDAR_TO_DAYS);
}

static void arguments_are_counted(void **state)
{
    (void)state;
    assert_refused("[1].contains()", 0, 14, "contains takes 1 argument, and 0 are given");
    assert_refused("[1].contains(1, 2)", 0, 18, "contains takes 1 argument, and 2 are given");
    assert_refused("[1].isEmpty(1)", 0, 14, "isEmpty takes 0 arguments, and 1 is given");
    assert_refused("principal.getTag()", 0, 18, "getTag takes 1 argument");
}

static void those_of_extensions_are_counted_when_they_are_evaluated(void **state)
{
    (void)state;
    assert_tree("ip()", "(miscall ip)");
    assert_tree("decimal(\"1.0\", 2)", "(miscall \"1.0\" 2 decimal)");
    assert_tree("context.isIpv4(1)", "(miscall context 1 isIpv4)");
    assert_tree("context.offset()", "(miscall context offset)");
}

static void what_there_is_not_is_guessed(void **state)
{
    (void)state;
    assert_refused("[1].contian(1)", 4, 7, "there is no method contian");
    assert_suggested("Did you mean contains?");
    assert_refused("ipaddr(\"::1\")", 0, 6, "there is no function ipaddr");
    assert_suggested("Did you mean ip?");
    assert_refused("A::ip(\"::1\")", 0, 5, "there is no function A::ip");
    assert_refused("principal(1)", 0, 9, "there is no function principal");
}

static void functions_are_no_methods_nor_methods_functions(void **state)
{
    (void)state;
    assert_refused("contains([1], 1)", 0, 8, "contains is a method, not a function");
    assert_suggested("Write it behind its first argument: x.contains(...).");
    assert_refused("context.ip(\"::1\")", 8, 2, "ip is a function, not a method");
    assert_suggested("Write it as ip(...).");
}

static void each_call_is_found_by_its_name_and_its_operation(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned i = 0; i < CEDAR_OPERATION_COUNT; i++) {
        const struct cedar_callable *callable = cedar_callable_of((enum cedar_operation)i);
        if (callable == NULL)
            continue;
        assert_ptr_equal(cedar_callable_named(text_of(callable->name)), callable);
        assert_int_equal(cedar_callable_is_extension(callable), i >= CEDAR_MAKE_DECIMAL);
        count++;
    }
    assert_int_equal(count, CEDAR_MISCALL - CEDAR_CONTAINS);
    assert_null(cedar_callable_of(CEDAR_MISCALL));
    assert_null(cedar_callable_named(TEXT("none")));
    assert_false(cedar_callable_named(TEXT("ip"))->is_method);
    assert_true(cedar_callable_named(TEXT("isIpv4"))->is_method);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constructor_of_a_good_string_is_a_literal),
        cmocka_unit_test(a_constructor_of_anything_else_is_called),
        cmocka_unit_test(a_methods_receiver_is_its_first_operand),
        cmocka_unit_test(arguments_are_counted),
        cmocka_unit_test(those_of_extensions_are_counted_when_they_are_evaluated),
        cmocka_unit_test(each_call_is_found_by_its_name_and_its_operation),
        cmocka_unit_test(what_there_is_not_is_guessed),
        cmocka_unit_test(functions_are_no_methods_nor_methods_functions),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

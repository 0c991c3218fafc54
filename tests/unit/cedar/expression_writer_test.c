/* Expressions as JSON; what Cedar itself writes for each was looked up with its own implementation. */
#include "forms_fixture.h"

static void each_operator_has_its_form(void **state)
{
    (void)state;
    assert_body("1 + 2 == -3",
                "{'==':{'left':{'+':{'left':{'Value':1},'right':{'Value':2}}},'right':{'Value':-3}}}");
    assert_body("!true", "{'!':{'arg':{'Value':true}}}");
    assert_body("-(1)", "{'neg':{'arg':{'Value':1}}}");
    assert_body(
        "if principal then action else resource",
        "{'if-then-else':{'if':{'Var':'principal'},'then':{'Var':'action'},'else':{'Var':'resource'}}}");
    assert_body("context.a has \"b c\"",
                "{'has':{'left':{'.':{'left':{'Var':'context'},'attr':'a'}},'attr':'b c'}}");
    assert_body("context has a.b", "{'has':{'left':{'Var':'context'},'attr':['a','b']}}");
    assert_body("principal is A::B", "{'is':{'left':{'Var':'principal'},'entity_type':'A::B'}}");
    assert_body("principal is A in B::\"x\"", "{'is':{'left':{'Var':'principal'},'entity_type':'A',"
                                              "'in':{'Value':{'__entity':{'type':'B','id':'x'}}}}}");
    assert_body("\"\" like \"a\xc3\xa9*\\*\"", "{'like':{'left':{'Value':''},'pattern':[{'Literal':'a'},"
                                               "{'Literal':'\xc3\xa9'},'Wildcard',{'Literal':'*'}]}}");
    assert_body("\"\" like \"\"", "{'like':{'left':{'Value':''},'pattern':[]}}");
}

static void calls_of_extensions_are_lists_and_others_are_operators(void **state)
{
    (void)state;
    assert_body("[].contains(1)", "{'contains':{'left':{'Set':[]},'right':{'Value':1}}}");
    assert_body("[].isEmpty()", "{'isEmpty':{'arg':{'Set':[]}}}");
    assert_body("ip(\"10.0.0.1\").isIpv4()", "{'isIpv4':[{'ip':[{'Value':'10.0.0.1'}]}]}");
    assert_body("ip(\"x\")", "{'ip':[{'Value':'x'}]}");
    assert_body("ip()", "{'ip':[]}");
    assert_body("context.isIpv4(1)", "{'isIpv4':[{'Var':'context'},{'Value':1}]}");
}

static void constants_are_written_as_what_makes_them(void **state)
{
    (void)state;
    assert_body("[[true], {\"__entity\": 1}]",
                "{'Set':[{'Set':[{'Value':true}]},{'Record':{'__entity':{'Value':1}}}]}");
    assert_body("[1, context]", "{'Set':[{'Value':1},{'Var':'context'}]}");
    assert_body("{b: context, a: 1}", "{'Record':{'b':{'Var':'context'},'a':{'Value':1}}}");
    assert_body("[decimal(\"1.50\")]", "{'Set':[{'decimal':[{'Value':'1.5'}]}]}");
    assert_body("duration(\"90m\")", "{'duration':[{'Value':'5400000ms'}]}");
}

static void a_datetime_no_string_says_is_so_much_after_the_epoch(void **state)
{
    (void)state;
    struct cedar_expression far = {.operation = CEDAR_LITERAL,
                                   .literal = {.kind = CEDAR_DATETIME, .integer = INT64_MAX}};
    struct cedar_condition condition = {.expression = &far};
    struct cedar_policy policy = {.conditions = &condition, .condition_count = 1}, again = {.tag = 0};
    struct text json = written(&policy);
    assert_non_null(
        strstr(json.base, "{\"offset\":[{\"datetime\":[{\"Value\":\"1970-01-01\"}]},{\"duration\":"));
    assert_int_equal(read_policy(json.base, &again), FAULT_NONE);
    assert_int_equal(again.conditions[0].expression->operation, CEDAR_OFFSET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operator_has_its_form),
        cmocka_unit_test(calls_of_extensions_are_lists_and_others_are_operators),
        cmocka_unit_test(constants_are_written_as_what_makes_them),
        cmocka_unit_test(a_datetime_no_string_says_is_so_much_after_the_epoch),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

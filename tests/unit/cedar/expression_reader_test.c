/* Expressions from JSON: what each form is, and what is said where it is none. */
#include "forms_fixture.h"

static void each_form_is_its_operator(void **state)
{
    (void)state;
    assert_reads("{'-':{'left':{'Value':1},'right':{'-':{'left':{'Value':2},'right':{'Value':3}}}}}",
                 "1 - (2 - 3)");
    assert_reads("{'!':{'arg':{'neg':{'arg':{'Value':-1}}}}}", "!(-(-1))");
    assert_reads("{'if-then-else':{'else':{'Value':3},'then':{'Value':2},'if':{'Value':true}}}",
                 "if true then 2 else 3");
    assert_reads("{'.':{'left':{'Var':'context'},'attr':'a b'}}", "context[\"a b\"]");
    assert_reads("{'has':{'left':{'Var':'resource'},'attr':'a b'}}", "resource has \"a b\"");
    assert_reads("{'has':{'left':{'Var':'resource'},'attr':['a b']}}", "resource has \"a b\"");
    assert_reads("{'has':{'left':{'Var':'action'},'attr':['a','b','c']}}", "action has a.b.c");
    assert_reads("{'is':{'left':{'Var':'principal'},'entity_type':'A::B'}}", "principal is A::B");
    assert_reads("{'is':{'left':{'Var':'principal'},'entity_type':'A','in':{'Var':'resource'}}}",
                 "principal is A in resource");
    assert_reads(
        "{'like':{'left':{'Value':''},'pattern':[{'Literal':'a*'},'Wildcard','Wildcard',{'Literal':'b'},"
        "{'Literal':''},{'Literal':'c'}]}}",
        "\"\" like \"a\\***bc\"");
    assert_reads("{'like':{'left':{'Value':''},'pattern':[]}}", "\"\" like \"\"");
    assert_reads("{'Set':[{'Value':1},{'Var':'context'}]}", "[1, context]");
    assert_reads("{'Record':{'b':{'Var':'context'},'if':{'Value':1}}}", "{b: context, \"if\": 1}");
}

static void calls_are_lists_for_extensions_alone(void **state)
{
    (void)state;
    assert_reads("{'containsAny':{'left':{'Value':[]},'right':{'Value':[1]}}}", "[].containsAny([1])");
    assert_reads("{'isEmpty':{'arg':{'Value':[]}}}", "[].isEmpty()");
    assert_reads("{'isInRange':[{'ip':[{'Value':'10.0.0.1'}]},{'ip':[{'Var':'context'}]}]}",
                 "ip(\"10.0.0.1\").isInRange(ip(context))");
    assert_reads("{'ip':[]}", "ip()");
    assert_reads("{'isIpv4':[{'Value':1},{'Value':2}]}", "1.isIpv4(2)");
    assert_body_refused("{'isIpv4':[]}", ".isIpv4: isIpv4 is a method: it needs something to ask.");
    assert_body_refused("{'ip':{'arg':{'Value':''}}}", ".ip: an array is expected, there is an object.");
    assert_body_refused("{'contains':[{'Value':1}]}", ".contains: an object is expected, there is an array.");
    assert_body_refused("{'none':[]}", ".none: there is no such operator, function or method.");
}

static void values_may_be_whole_and_escaped(void **state)
{
    (void)state;
    assert_reads("{'Value':[2,1,[{'a':true}],{'__entity':{'type':'A','id':'x'}}]}",
                 "[1, 2, A::\"x\", [{a: true}]]");
    assert_reads("{'Value':{'x':{'__extn':{'fn':'decimal','arg':'1.50'}}}}", "{x: decimal(\"1.5\")}");
    assert_reads("{'Value':'a\\u0000'}", "\"a\\0\"");
    assert_body_refused("{'Value':{'a':[null]}}", ".Value.a[0]: Cedar has no null; leave the attribute out.");
    assert_body_refused("{'Value':1.5}", ".Value: 1.5 is not a whole number of 64 bits.");
    assert_body_refused("{'Value':{'__expr':''}}",
                        ".Value: __expr is no longer part of Cedar; write the value itself.");
}

static void what_is_no_expression_is_said_with_its_place(void **state)
{
    (void)state;
    assert_body_refused("{}",
                        ": an expression is an object with one member, such as {\"Value\": 1}, there is an "
                        "object with more or none.");
    assert_body_refused("{'!':{'arg':1}}", "[\"!\"].arg: an expression is an object with one member, such as "
                                           "{\"Value\": 1}, there is a number.");
    assert_body_refused("{'==':{'left':{'Value':1}}}", "[\"==\"]: right is missing.");
    assert_body_refused("{'!':{'arg':{'Value':1},'x':1}}", "[\"!\"].x: no such member is known here.");
    assert_body_refused("{'Var':'x'}", ".Var: a variable is principal, action, resource or context.");
    assert_body_refused("{'Slot':'?principal'}", ".Slot: a slot can stand only in the head of a policy.");
    assert_body_refused("{'is':{'left':{'Value':1},'entity_type':'in'}}",
                        ".is.entity_type: an entity type is a name such as User or Corp::User.");
    assert_body_refused(
        "{'has':{'left':{'Value':1},'attr':['a','b c']}}",
        ".has.attr[1]: \"b c\" is no name that can stand in a path; ask with a has of its own.");
    assert_body_refused("{'has':{'left':{'Value':1},'attr':[]}}",
                        ".has.attr: a string is expected, there is an array.");
    assert_body_refused("{'like':{'left':{'Value':1},'pattern':['x']}}",
                        ".like.pattern[0]: a pattern is made of \"Wildcard\" and {\"Literal\": \"text\"}.");
    assert_body_refused("{'like':{'left':{'Value':1},'pattern':[{'Literal':'a','x':1}]}}",
                        ".like.pattern[0].x: no such member is known here.");
    assert_body_refused("{'Record':[]}", ".Record: an object is expected, there is an array.");
}

/* depth levels of {"!": {"arg": ...}} */
static struct text negations(int depth)
{
    struct buffer out = buffer_in(arena, 8192);
    for (int i = 0; i < depth; i++)
        buffer_append(&out, TEXT("{'!':{'arg':"));
    buffer_append(&out, TEXT("{'Value':true}"));
    for (int i = 0; i < depth; i++)
        buffer_append(&out, TEXT("}}"));
    buffer_append_byte(&out, '\0');
    return text_of(out.base);
}

static void goes_as_deep_as_the_text_does_and_no_deeper(void **state)
{
    (void)state;
    struct cedar_policy policy = {.tag = 0};
    assert_int_equal(read_policy(with_body(negations(CEDAR_DEPTH_MAX - 1).base).base, &policy), FAULT_NONE);
    assert_int_equal(policy.conditions[0].expression->depth, CEDAR_DEPTH_MAX);
    assert_int_equal(read_policy(with_body(negations(CEDAR_DEPTH_MAX).base).base, &policy),
                     FAULT_POLICY_INVALID);
    assert_non_null(strstr(said.base, "this expression is built of more than 512 levels."));
    assert_true(said.length < 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_its_operator),
        cmocka_unit_test(calls_are_lists_for_extensions_alone),
        cmocka_unit_test(values_may_be_whole_and_escaped),
        cmocka_unit_test(what_is_no_expression_is_said_with_its_place),
        cmocka_unit_test(goes_as_deep_as_the_text_does_and_no_deeper),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

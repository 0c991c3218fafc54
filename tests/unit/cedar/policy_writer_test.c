/* Policies and sets as JSON. */
#include "forms_fixture.h"

static void assert_writes(const char *source, const char *expected)
{
    assert_string_equal(written(policies_of(source, 1)).base, quoted(expected).base);
}

static void heads_conditions_and_annotations_have_their_members(void **state)
{
    (void)state;
    assert_writes(
        "@id(\"x\") @y forbid(principal == A::\"x\", action in [Action::\"a\", Action::\"b\"], resource is B);",
        "{'effect':'forbid','principal':{'op':'==','entity':{'type':'A','id':'x'}},'action':{'op':'in',"
        "'entities':[{'type':'Action','id':'a'},{'type':'Action','id':'b'}]},'resource':{'op':'is',"
        "'entity_type':'B'},'conditions':[],'annotations':{'id':'x','y':''}}");
    assert_writes(
        "permit(principal in ?principal, action in [Action::\"a\"], resource is B in ?resource) "
        "when { true } unless { false };",
        "{'effect':'permit','principal':{'op':'in','slot':'?principal'},'action':{'op':'in','entity':"
        "{'type':'Action','id':'a'}},'resource':{'op':'is','entity_type':'B','in':{'slot':'?resource'}},"
        "'conditions':[{'kind':'when','body':{'Value':true}},{'kind':'unless','body':{'Value':false}}]}");
    assert_writes(
        "permit(principal is A in B::\"x\", action == Action::\"a\", resource == ?resource);",
        "{'effect':'permit','principal':{'op':'is','entity_type':'A','in':{'entity':{'type':'B','id':'x'}}},"
        "'action':{'op':'==','entity':{'type':'Action','id':'a'}},'resource':{'op':'==','slot':'?resource'},"
        "'conditions':[]}");
    assert_writes("permit(principal, action in [], resource);",
                  "{'effect':'permit','principal':{'op':'All'},'action':{'op':'in','entities':[]},'resource':{'"
                  "op':'All'},"
                  "'conditions':[]}");
}

static void a_set_has_policies_templates_and_links_apart(void **state)
{
    (void)state;
    struct cedar_policy *policies = policies_of("permit(principal == ?principal, action, resource);"
                                                "forbid(principal, action, resource);",
                                                2);
    struct cedar_uid uid = {TEXT("User"), TEXT("a")};
    struct cedar_link links[] = {{TEXT("policy0"), TEXT("l"), &uid, NULL},
                                 {TEXT("policy0"), TEXT("m"), NULL, &uid}};
    struct cedar_policy_set set = {policies, 2, links, 2};
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    cedar_policy_set_write(&set, &writer);
    buffer_append_byte(&out, '\0');
    assert_string_equal(
        out.base,
        quoted(
            "{'staticPolicies':{'policy1':{'effect':'forbid','principal':{'op':'All'},'action':{'op':'All'},"
            "'resource':{'op':'All'},'conditions':[]}},'templates':{'policy0':{'effect':'permit','principal':"
            "{'op':'==','slot':'?principal'},'action':{'op':'All'},'resource':{'op':'All'},'conditions':[]}},"
            "'templateLinks':[{'templateId':'policy0','newId':'l','values':{'?principal':{'type':'User','id':'"
            "a'}}},"
            "{'templateId':'policy0','newId':'m','values':{'?resource':{'type':'User','id':'a'}}}]}")
            .base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_conditions_and_annotations_have_their_members),
        cmocka_unit_test(a_set_has_policies_templates_and_links_apart),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

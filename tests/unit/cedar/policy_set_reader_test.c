/* Sets of policies and links from JSON. */
#include "forms_fixture.h"

#define HEAD(principal)                                                                                        \
    "{'effect':'permit','principal':" principal                                                                \
    ",'action':{'op':'All'},'resource':{'op':'All'},'conditions':[]}"
#define STATIC   HEAD("{'op':'All'}")
#define TEMPLATE HEAD("{'op':'==','slot':'?principal'}")

static struct cedar_policy_set set;

static enum fault read_set(const char *json)
{
    said = TEXT("");
    return cedar_policy_set_read(arena, json_of(quoted(json)), &set, &said);
}

static enum fault read_links(const char *json)
{
    said = TEXT("");
    return cedar_links_read(arena, json_of(quoted(json)), &set, &said);
}

static void assert_set_refused(const char *json, const char *sentence)
{
    assert_int_equal(read_set(json), FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, said).base, sentence);
}

static void a_set_names_its_policies_templates_and_links(void **state)
{
    (void)state;
    assert_int_equal(
        read_set("{'templates':{'t':" TEMPLATE "},'staticPolicies':{'a b':" STATIC ",'c':" STATIC "},"
                 "'templateLinks':[{'templateId':'t','newId':'l','values':{'?principal':{'type':'User','id':"
                 "'x'}}},{'templateId':'t','newId':'m','values':{'?resource':{'__entity':{'type':'User',"
                 "'id':'y'}}}}]}"),
        FAULT_NONE);
    assert_int_equal(set.count, 3);
    assert_true(text_is(set.policies[0].id, "a b"));
    assert_true(text_is(set.policies[2].id, "t"));
    assert_true(set.policies[2].is_template);
    assert_int_equal(set.link_count, 2);
    assert_true(text_is(set.links[0].template_id, "t"));
    assert_true(text_is(set.links[0].id, "l"));
    assert_true(text_is(set.links[0].principal->id, "x"));
    assert_null(set.links[0].resource);
    assert_true(text_is(set.links[1].resource->id, "y"));
    assert_int_equal(read_set("{}"), FAULT_NONE);
    assert_int_equal(set.count, 0);
}

static void one_policy_alone_is_the_first(void **state)
{
    (void)state;
    assert_int_equal(read_set(TEMPLATE), FAULT_NONE);
    assert_int_equal(set.count, 1);
    assert_true(text_is(set.policies[0].id, "policy0"));
    assert_true(set.policies[0].is_template);
}

static void a_mistake_in_a_set_is_said_with_its_place(void **state)
{
    (void)state;
    assert_set_refused("{'policies':{}}", "policies: no such member is known here.");
    assert_set_refused("{'staticPolicies':[]}", "staticPolicies: an object is expected, there is an array.");
    assert_set_refused("{'staticPolicies':{'a b':{}}}",
                       "staticPolicies[\"a b\"].effect: \"permit\" or \"forbid\" is expected.");
    assert_set_refused("{'staticPolicies':{'a':" TEMPLATE "}}",
                       "staticPolicies.a: a policy with a slot is a template and stands under templates.");
    assert_set_refused("{'templates':{'a':" STATIC "}}",
                       "templates.a: a template has a slot in its head, this has none.");
    assert_set_refused("{'templateLinks':{}}",
                       "templateLinks: an array of links is expected, there is an object.");
    assert_set_refused("{'templateLinks':[{'templateId':'t','newId':1,'values':{}}]}",
                       "templateLinks[0].newId: a string is expected, there is a number.");
    assert_set_refused("{'templateLinks':[{'templateId':'t','newId':'l','values':{'?action':1}}]}",
                       "templateLinks[0].values[\"?action\"]: no such member is known here.");
}

static void a_file_of_links_adds_to_those_there_are(void **state)
{
    (void)state;
    assert_int_equal(read_set("{'templateLinks':[{'templateId':'t','newId':'l','values':{}}]}"), FAULT_NONE);
    assert_int_equal(read_links("[{'template_id':'u','link_id':'m','args':{'?principal':'A::B::\\\'x\\\''}}]"),
                     FAULT_NONE);
    assert_int_equal(set.link_count, 2);
    assert_true(text_is(set.links[0].id, "l"));
    assert_true(text_is(set.links[1].template_id, "u"));
    assert_true(text_is(set.links[1].principal->type, "A::B"));
    assert_int_equal(read_links("[{'template_id':'u','link_id':'m','args':{'?principal':'x'}}]"),
                     FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, said).base,
                        "links[0].args[\"?principal\"]: an entity is expected, as 'User::\"alice\"'.");
    assert_int_equal(read_links("[{'template_id':'u','link_id':'m'}]"), FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, said).base,
                        "links[0].args: an object is expected, there is nothing.");
    assert_int_equal(set.link_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_names_its_policies_templates_and_links),
        cmocka_unit_test(one_policy_alone_is_the_first),
        cmocka_unit_test(a_mistake_in_a_set_is_said_with_its_place),
        cmocka_unit_test(a_file_of_links_adds_to_those_there_are),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

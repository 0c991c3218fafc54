/* Policies from JSON: heads, conditions, annotations, and the text a policy gets. */
#include "forms_fixture.h"

#define REST ",'action':{'op':'All'},'resource':{'op':'All'},'conditions':[]}"

static void assert_read_as(const char *json, const char *text)
{
    struct cedar_policy policy = {.tag = 0};
    if (read_policy(json, &policy) != FAULT_NONE)
        fail_msg("%s: %.*s", json, TEXT_ARGUMENTS(said));
    assert_string_equal(arena_copy(arena, policy.source).base, text);
    assert_int_equal(policy.span.length, policy.source.length);
}

static void every_form_of_a_head_is_read(void **state)
{
    (void)state;
    assert_read_as("{'effect':'permit','principal':{'op':'all'}" REST, "permit(principal, action, resource);");
    assert_read_as("{'effect':'forbid','principal':{'op':'==','entity':{'type':'A','id':'x'}}" REST,
                   "forbid(principal == A::\"x\", action, resource);");
    assert_read_as("{'effect':'permit','principal':{'op':'in','slot':'?principal'}" REST,
                   "permit(principal in ?principal, action, resource);");
    assert_read_as("{'effect':'permit','principal':{'op':'is','entity_type':'A'}" REST,
                   "permit(principal is A, action, resource);");
    assert_read_as(
        "{'effect':'permit','principal':{'op':'is','entity_type':'A','in':{'entity':{'__entity':{'type':"
        "'B','id':''}}}}" REST,
        "permit(principal is A in B::\"\", action, resource);");
    assert_read_as(
        "{'effect':'permit','principal':{'op':'All'},'action':{'op':'in','entities':[{'type':'A::Action',"
        "'id':'x'},{'type':'Action','id':'y'}]},'resource':{'op':'is','entity_type':'B','in':{'slot':"
        "'?resource'}},'conditions':[{'kind':'unless','body':{'Value':true}}],'annotations':{'id':'x',"
        "'if':null}}",
        "@id(\"x\")\n@if\npermit(principal, action in [A::Action::\"x\", Action::\"y\"], resource is B in "
        "?resource)\nunless { true };");
}

static void a_head_that_is_none_is_said_with_its_place(void **state)
{
    (void)state;
    assert_json_refused("{'effect':'allow','principal':{'op':'All'}" REST,
                        "policy.effect: \"permit\" or \"forbid\" is expected.");
    assert_json_refused("{'effect':'permit'" REST,
                        "policy.principal: an object is expected, there is nothing.");
    assert_json_refused("{'effect':'permit','principal':{'op':'like'}" REST,
                        "policy.principal.op: \"All\", \"==\", \"in\" or \"is\" is expected.");
    assert_json_refused("{'effect':'permit','principal':{'op':'All','entity':1}" REST,
                        "policy.principal.entity: no such member is known here.");
    assert_json_refused("{'effect':'permit','principal':{'op':'in'}" REST,
                        "policy.principal: one of entity and slot is expected.");
    assert_json_refused("{'effect':'permit','principal':{'op':'in','slot':'?principal','entity':1}" REST,
                        "policy.principal: one of entity and slot is expected.");
    assert_json_refused("{'effect':'permit','principal':{'op':'in','slot':'?resource'}" REST,
                        "policy.principal.slot: only ?principal can stand here.");
    assert_json_refused("{'effect':'permit','principal':{'op':'in','entities':[]}" REST,
                        "policy.principal.entities: no such member is known here.");
    assert_json_refused(
        "{'effect':'permit','principal':{'op':'is','entity_type':'A','in':{'entities':[]}}" REST,
        "policy.principal.in.entities: no such member is known here.");
    assert_json_refused("{'effect':'permit','principal':{'op':'is','entity_type':'a b'}" REST,
                        "policy.principal.entity_type: an entity type is a name such as User or Corp::User.");
}

static void an_action_is_held_to_actions_alone(void **state)
{
    (void)state;
#define ACTION(action)                                                                                         \
    "{'effect':'permit','principal':{'op':'All'},'action':" action ",'resource':{'op':'All'},'conditions':[]}"
    assert_json_refused(ACTION("{'op':'==','entity':{'type':'User','id':'x'}}"),
                        "policy.action.entity: the type of an action is Action, with or without a namespace.");
    assert_json_refused(
        ACTION("{'op':'in','entities':[{'type':'Action','id':'x'},{'type':'B','id':'x'}]}"),
        "policy.action.entities[1]: the type of an action is Action, with or without a namespace.");
    assert_json_refused(ACTION("{'op':'is','entity_type':'Action'}"),
                        "policy.action.op: \"All\", \"==\" or \"in\" is expected.");
    assert_json_refused(ACTION("{'op':'==','entities':[]}"),
                        "policy.action.entities: no such member is known here.");
    assert_json_refused(ACTION("{'op':'==','slot':'?principal'}"),
                        "policy.action.slot: no such member is known here.");
    assert_json_refused(ACTION("{'op':'in'}"), "policy.action: one of entity and entities is expected.");
}

static void what_is_around_the_head_is_looked_at_too(void **state)
{
    (void)state;
#define AROUND(rest)                                                                                           \
    "{'effect':'permit','principal':{'op':'All'},'action':{'op':'All'},'resource':{'op':'All'}" rest "}"
    assert_json_refused(AROUND(""), "policy.conditions: an array is expected, there is nothing.");
    assert_json_refused(AROUND(",'conditions':[],'x':1"), "policy.x: no such member is known here.");
    assert_json_refused(AROUND(",'conditions':[{'kind':'if','body':{'Value':1}}]"),
                        "policy.conditions[0].kind: \"when\" or \"unless\" is expected.");
    assert_json_refused(AROUND(",'conditions':[{'kind':'when'}]"), "policy.conditions[0]: body is missing.");
    assert_json_refused(AROUND(",'conditions':[],'annotations':{'a b':''}"),
                        "policy.annotations[\"a b\"]: an annotation's name is made of letters, digits and _.");
    assert_json_refused(AROUND(",'conditions':[],'annotations':{'a':1}"),
                        "policy.annotations.a: a string or null is expected, there is a number.");
    assert_json_refused("[]", "policy: an object is expected, there is an array.");
}

static void a_policy_whose_text_would_be_too_long_is_refused(void **state)
{
    (void)state;
    struct cedar_policy policy;
    struct buffer body = buffer_in(arena, CEDAR_POLICY_BYTES_MAX + 64);
    buffer_append(&body, TEXT("{'Value':['"));
    for (int i = 0; i < CEDAR_POLICY_BYTES_MAX; i++)
        buffer_append_byte(&body, 'a');
    buffer_append(&body, TEXT("']}"));
    buffer_append_byte(&body, '\0');
    assert_int_equal(read_policy(with_body(body.base).base, &policy), FAULT_POLICY_INVALID);
    assert_string_equal(arena_copy(arena, said).base,
                        "policy: as Cedar text: the text has more than 1048576 bytes.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_head_is_read),
        cmocka_unit_test(a_head_that_is_none_is_said_with_its_place),
        cmocka_unit_test(an_action_is_held_to_actions_alone),
        cmocka_unit_test(what_is_around_the_head_is_looked_at_too),
        cmocka_unit_test(a_policy_whose_text_would_be_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

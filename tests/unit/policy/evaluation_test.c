/* Questions of others: what of one stands over what is known, and what makes it none. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/evaluation.h"
#include "policy/question.h"
#include "policy_fixture.h"

#define RESOURCE     "\"action\":{\"name\":\"exchange\"},\"resource\":{\"type\":\"Target\",\"id\":\"orders\"}"
#define AGENT        "\"subject\":{\"type\":\"Agent\",\"id\":\"https://builds.example job-7\"}"
#define ASK(context) "{" AGENT "," RESOURCE ",\"context\":" context "}"

static struct policy_evaluation evaluation;

static enum fault read(struct policy_fixture *fixture, struct text question)
{
    evaluation = (struct policy_evaluation){.facts = {.proof = TEXT("")}};
    enum fault fault = policy_evaluation_read(fixture->arena, question, &evaluation);
    if (fault != FAULT_NONE)
        return fault;
    evaluation.facts.root = TEXT("root-1");
    evaluation.facts.subject_domain = TEXT("local");
    evaluation.facts.source = TEXT("192.0.2.7");
    evaluation.facts.now_us = fixture->facts.now_us;
    evaluation.facts.lifetime_s = 600;
    evaluation.scopes = fixture->scopes;
    return policy_evaluation_request(fixture->arena, fixture->base, policy_book_schema(fixture->book),
                                     &evaluation);
}

static void assert_refused(struct policy_fixture *fixture, const char *question, const char *sentence)
{
    assert_int_equal(read(fixture, text_of(question)), FAULT_EVALUATION_MALFORMED);
    struct text said = arena_print(fixture->arena, "%.*s", TEXT_ARGUMENTS(evaluation.mistake));
    assert_string_equal(said.base, sentence);
}

/* Whether policies with this one condition permit it. */
static bool holds(struct policy_fixture *fixture, const char *question, const char *condition)
{
    struct policy_decision decision;
    const struct policy_rules rules = {.is_permit_required = true, .work = CEDAR_WORK_DEFAULT};
    struct text policy = arena_print(
        fixture->arena, "permit(principal, action == Action::\"exchange\", resource) when { %s };", condition);
    assert_int_equal(policy_fixture_compile(fixture, policy.base, NULL), FAULT_NONE);
    assert_int_equal(read(fixture, text_of(question)), FAULT_NONE);
    policy_decide_request(fixture->arena, fixture->book, &evaluation.request, evaluation.entities,
                          &evaluation.facts, &rules, &decision);
    return decision.fault == FAULT_NONE;
}

static void assert_holds(void **state, const char *question, const char *condition)
{
    assert_true(holds(*state, question, condition));
}

static void are_filled_with_what_is_known(void **state)
{
    const char *question = "{" AGENT "," RESOURCE "}";
    assert_holds(state, question, "context.lifetime == duration(\"10m\") && context.scopes.contains(\"read\")");
    assert_holds(state, question, "context.source == ip(\"192.0.2.7\") && context.root == \"root-1\"");
    assert_holds(state, question, "context.subject.is_actor && context.delegation.depth == 0");
    assert_holds(state, question, "context.held_by_subject.count == 0 && !(context has user)");
    assert_false(holds(*state, question, "context.risk > 0"));
}

static void are_decided_by_what_they_say_over_that(void **state)
{
    assert_holds(state, ASK("{\"lifetime\":60}"), "context.lifetime == duration(\"1m\")");
    assert_holds(state, ASK("{\"lifetime\":\"1m\"}"), "context.lifetime == duration(\"1m\")");
    assert_holds(state, ASK("{\"source\":\"::1\",\"scopes\":[]}"),
                 "context.source.isLoopback() && context.scopes.isEmpty()");
    assert_holds(state, ASK("{\"now\":\"2030-01-01\"}"), "context.now == datetime(\"2030-01-01\")");
    assert_holds(state, ASK("{\"delegation\":{\"depth\":3}}"),
                 "context.delegation.depth == 3 && context.delegation.actors.isEmpty()");
    assert_holds(state, ASK("{\"held_by_subject\":{\"domains\":[{\"type\":\"Domain\",\"id\":\"corp\"}]}}"),
                 "context.held_by_subject.domains.contains(Domain::\"corp\")");
}

static void name_the_person_and_what_is_known_of_them_in_the_context(void **state)
{
    const char *question = ASK("{\"user\":{\"type\":\"User\",\"id\":\"https://idp.example bob\","
                               "\"properties\":{\"attributes\":{\"groups\":[\"a\",\"b\"]},\"risk\":30}}}");
    assert_holds(state, question,
                 "context has user && context.user.hasTag(\"groups\") && "
                 "context.user.getTag(\"groups\") == [\"a\", \"b\"] && context.risk == 30");
    assert_holds(state, question, "!context.subject.is_actor && context.subject.sub == \"bob\"");
    assert_holds(state, question,
                 "context.delegation.depth == 1 && "
                 "context.delegation.actors.contains(\"https://builds.example job-7\")");
}

static void name_a_workload_in_the_same_way(void **state)
{
    assert_holds(state, ASK("{\"workload\":{\"type\":\"Workload\",\"id\":\"https://idp.example w\"}}"),
                 "context has workload && !(context has user)");
}

#define RISKY(risk)                                                                                            \
    ASK("{\"user\":{\"type\":\"User\",\"id\":\"a b\",\"properties\":{\"risk\":80}},\"risk\":" risk "}")

static void are_no_less_risky_than_is_known(void **state)
{
    assert_holds(state, ASK("{\"risk\":12}"), "context.risk == 12");
    assert_holds(state, RISKY("12"), "context.risk == 80");
    assert_holds(state, RISKY("90"), "context.risk == 90");
}

static void tell_when_the_subject_authenticated_by_age_or_by_time(void **state)
{
    assert_holds(state, ASK("{\"authentication\":{\"acr\":\"mfa\",\"age\":60}}"),
                 "context.authentication has acr && context.authentication.acr == \"mfa\" && "
                 "context.authentication has age && context.authentication.age == duration(\"1m\")");
    assert_int_equal(evaluation.facts.auth_time_s, FIXTURE_NOW_S - 60);
    assert_true(text_is(evaluation.facts.acr, "mfa"));
    assert_holds(state, ASK("{\"auth_time\":1799999940}"),
                 "context.authentication has age && context.authentication.age == duration(\"1m\")");
    assert_int_equal(evaluation.facts.auth_time_s, FIXTURE_NOW_S - 60);
}

static void leave_what_obligations_are_held_against(void **state)
{
    assert_int_equal(policy_fixture_compile(*state, "", NULL), FAULT_NONE);
    assert_int_equal(read(*state, TEXT(ASK("{\"scopes\":[\"write\",\"more\"],\"lifetime\":61}"))), FAULT_NONE);
    assert_int_equal(evaluation.facts.lifetime_s, 61);
    assert_int_equal(evaluation.scopes.count, 2);
    assert_true(scope_set_has(&evaluation.scopes, TEXT("more")));
}

static void say_the_same_whoever_asks_of_our_own(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_compile(fixture, "", NULL), FAULT_NONE);
    fixture->facts.auth_time_s = FIXTURE_NOW_S - 5;
    struct text asked = policy_question(fixture->arena, fixture->base, &fixture->facts);
    assert_int_equal(read(fixture, asked), FAULT_NONE);
    struct cedar_request request;
    struct cedar_entities *entities;
    policy_facts_request(fixture->arena, fixture->base, &fixture->facts, &request, &entities);
    assert_true(cedar_uid_equal(&request.principal, &evaluation.request.principal));
    for (size_t i = 0; i < request.context->count; i++) {
        struct cedar_attribute own = request.context->attributes[i];
        const struct cedar_value *theirs = cedar_record_find(evaluation.request.context, own.name);
        if (theirs == NULL || !cedar_value_equal(theirs, &own.value))
            fail_msg("%.*s differs", TEXT_ARGUMENTS(own.name));
    }
    const struct cedar_uid *parties[] = {&request.principal,
                                         cedar_record_find(request.context, TEXT("user"))->entity};
    for (size_t i = 0; i < 2; i++) {
        const struct cedar_entity *own = cedar_entities_find(entities, parties[i]),
                                  *theirs = cedar_entities_find(evaluation.entities, parties[i]);
        struct cedar_value a = {.kind = CEDAR_RECORD, .record = own->attributes};
        struct cedar_value b = {.kind = CEDAR_RECORD, .record = theirs->attributes};
        assert_true(cedar_value_equal(&a, &b));
        assert_int_equal(own->ancestor_count, theirs->ancestor_count);
        assert_int_equal(own->tags == NULL ? 0 : own->tags->count,
                         theirs->tags == NULL ? 0 : theirs->tags->count);
    }
}

static void are_refused_with_the_place_of_what_is_wrong(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_compile(fixture, "", NULL), FAULT_NONE);
    assert_refused(fixture, "[]", "subject: an object with type and id is expected.");
    assert_refused(fixture, "{" AGENT ",\"action\":{\"name\":\"admin\"}}",
                   "action.name: exchange, redeem or call is expected.");
    assert_refused(fixture,
                   "{" AGENT ",\"action\":{\"name\":\"call\"},\"resource\":{\"type\":\"Tool\",\"id\":\"x\"}}",
                   "resource.type: Target is expected.");
    assert_refused(fixture, ASK("7"), "context: an object is expected.");
    assert_refused(fixture, ASK("{\"auth_time\":\"now\"}"),
                   "context.auth_time: whole seconds since 1970 are expected.");
    assert_refused(fixture, ASK("{\"user\":{\"type\":\"Agent\",\"id\":\"a b\"}}"),
                   "context.user.type: this is another type.");
    assert_refused(fixture, ASK("{\"scopes\":[\"a b\"]}"),
                   "context.scopes: at most 64 scope tokens are expected.");
    assert_refused(fixture, ASK("{\"risk\":\"high\"}"),
                   "risk of the context is of type string, but the schema says Long");
    assert_refused(fixture, ASK("{\"subject\":{\"sub\":1}}"),
                   "subject.sub of the context is of type long, but the schema says String");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(are_filled_with_what_is_known),
        TEST(are_decided_by_what_they_say_over_that),
        TEST(name_the_person_and_what_is_known_of_them_in_the_context),
        TEST(name_a_workload_in_the_same_way),
        TEST(are_no_less_risky_than_is_known),
        TEST(tell_when_the_subject_authenticated_by_age_or_by_time),
        TEST(leave_what_obligations_are_held_against),
        TEST(say_the_same_whoever_asks_of_our_own),
        TEST(are_refused_with_the_place_of_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Questions for an outside decision point: their shape, and what is never in them. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/question.h"
#include "policy_fixture.h"

static struct text ask(struct policy_fixture *fixture)
{
    return policy_question(fixture->arena, fixture->base, &fixture->facts);
}

static const struct json_value *ask_parsed(struct policy_fixture *fixture)
{
    const struct json_value *json = NULL;
    assert_int_equal(json_parse(fixture->arena, ask(fixture), &json_limits_document, &json), FAULT_NONE);
    return json;
}

static void assert_at(struct policy_fixture *fixture, const char *path, const char *expected)
{
    const struct json_value *found = json_at(ask_parsed(fixture), text_of(path)), *wanted = NULL;
    assert_int_equal(json_parse(fixture->arena, text_of(expected), &json_limits_document, &wanted), FAULT_NONE);
    if (found == NULL || !json_equal(found, wanted))
        fail_msg("%s is not %s in %.*s", path, expected, TEXT_ARGUMENTS(ask(fixture)));
}

static void have_the_four_members_of_an_evaluation(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct json_value *question = ask_parsed(fixture);
    assert_int_equal(question->count, 4);
    assert_at(fixture, "subject.type", "\"Agent\"");
    assert_at(fixture, "subject.id", "\"https://builds.example job-7\"");
    assert_at(fixture, "action", "{\"name\":\"exchange\"}");
    assert_at(fixture, "resource.type", "\"Target\"");
    assert_at(fixture, "resource.id", "\"orders\"");
    assert_at(fixture, "context.root", "\"root-1\"");
}

static void say_what_policies_see(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_at(fixture, "subject.properties.proof", "\"platform_token\"");
    assert_at(fixture, "subject.properties.in",
              "[{\"type\":\"AgentClass\",\"id\":\"deployer\"},{\"type\":\"Domain\",\"id\":\"local\"},"
              "{\"type\":\"Issuer\",\"id\":\"builds\"},{\"type\":\"Team\",\"id\":\"platform\"}]");
    assert_at(fixture, "resource.properties.scopes", "[\"read\",\"write\"]");
    assert_at(fixture, "context.scopes", "[\"read\",\"write\"]");
    assert_at(fixture, "context.lifetime", "300");
    assert_at(fixture, "context.source", "\"192.0.2.7\"");
    assert_at(fixture, "context.user.type", "\"User\"");
    assert_at(fixture, "context.user.id", "\"https://idp.corp.example alice\"");
    assert_at(fixture, "context.user.properties.attributes",
              "{\"department\":[\"sales\"],\"groups\":[\"buyers\",\"staff\"]}");
    assert_at(fixture, "context.delegation.actors", "[\"https://builds.example job-7\"]");
    assert_at(fixture, "context.subject.is_actor", "false");
}

static void put_attributes_of_the_actor_beside_what_we_say_of_it(void **state)
{
    static const struct policy_attribute forged[] = {{TEXT("proof"), TEXT("none \"x\""), false}};
    struct policy_fixture *fixture = *state;
    fixture->facts.actor.attributes = forged;
    fixture->facts.actor.attribute_count = 1;
    assert_at(fixture, "subject.properties.proof", "\"platform_token\"");
    assert_at(fixture, "subject.properties.attributes.proof", "[\"none \\\"x\\\"\"]");
}

static void name_the_caller_where_another_acts(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_null(json_at(ask_parsed(fixture), TEXT("context.caller")));
    fixture->facts.caller = (struct policy_identity){TEXT("https://us.example"), TEXT("orders-agent")};
    assert_at(fixture, "context.caller", "{\"type\":\"Agent\",\"id\":\"https://us.example orders-agent\"}");
}

static void are_the_same_bytes_at_another_time(void **state)
{
    struct policy_fixture *fixture = *state;
    fixture->facts.auth_time_s = FIXTURE_NOW_S - 60;
    fixture->facts.acr = TEXT("mfa");
    struct text before = ask(fixture);
    fixture->facts.now_us += 3600 * INT64_C(1000000);
    assert_true(text_equal(before, ask(fixture)));
    assert_at(fixture, "context.auth_time", "1799999940");
    assert_at(fixture, "context.authentication", "{\"acr\":\"mfa\",\"amr\":[]}");
}

static void differ_with_every_fact_that_counts(void **state)
{
    struct policy_fixture *fixture = *state;
    struct text before = ask(fixture);
    fixture->facts.auth_time_s = FIXTURE_NOW_S - 60; /* or one answer would do for a login that is older */
    assert_false(text_equal(before, ask(fixture)));
    fixture->facts.auth_time_s = 0;
    assert_true(text_equal(before, ask(fixture)));
    fixture->facts.lifetime_s++;
    assert_false(text_equal(before, ask(fixture)));
    fixture->facts.lifetime_s--;
    policy_fixture_set_scopes(fixture, "read");
    assert_false(text_equal(before, ask(fixture)));
    policy_fixture_set_scopes(fixture, "write read"); /* a set, whatever its order */
    assert_true(text_equal(before, ask(fixture)));
}

static void stay_json_whatever_names_are_made_of(void **state)
{
    struct policy_fixture *fixture = *state;
    fixture->facts.purpose = (struct text){"a\x01"
                                           "b\"\n\xff",
                                           6};
    fixture->facts.target = TEXT("unheard-of");
    (void)ask_parsed(fixture);
    assert_at(fixture, "resource", "{\"type\":\"Target\",\"id\":\"unheard-of\",\"properties\":{}}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(have_the_four_members_of_an_evaluation),
        TEST(say_what_policies_see),
        TEST(put_attributes_of_the_actor_beside_what_we_say_of_it),
        TEST(name_the_caller_where_another_acts),
        TEST(are_the_same_bytes_at_another_time),
        TEST(differ_with_every_fact_that_counts),
        TEST(stay_json_whatever_names_are_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Parties of a question: every property, and every way it can be wrong. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "question/evaluation_party.h"

static struct arena *arena;
static struct policy_party party;
static struct text proof, mistake;

static enum fault read(const char *json)
{
    const struct json_value *value;
    assert_int_equal(json_parse(arena, text_of(json), &json_limits_token, &value), FAULT_NONE);
    party = (struct policy_party){0};
    proof = mistake = TEXT_NONE;
    return evaluation_read_party(arena, "subject", value, &party, &proof, &mistake);
}

static enum fault read_with(const char *type, const char *properties)
{
    return read(arena_print(arena, "{\"type\":\"%s\",\"id\":\"https://a.example b c\",\"properties\":%s}", type,
                            properties)
                    .base);
}

static void assert_refused(const char *type, const char *properties, const char *beginning)
{
    assert_int_equal(read_with(type, properties), FAULT_EVALUATION_MALFORMED);
    if (!text_starts_with(mistake, text_of(beginning)))
        fail_msg("%.*s does not begin with %s", TEXT_ARGUMENTS(mistake), beginning);
}

static void are_an_issuer_and_the_rest_of_their_id(void **state)
{
    (void)state;
    assert_int_equal(read("{\"type\":\"User\",\"id\":\"https://a.example b c\"}"), FAULT_NONE);
    assert_int_equal(party.kind, POLICY_USER);
    assert_true(text_is(party.issuer, "https://a.example"));
    assert_true(text_is(party.subject, "b c"));
    assert_int_equal(read("{\"type\":\"Workload\",\"id\":\"a b\"}"), FAULT_NONE);
    assert_int_equal(party.kind, POLICY_WORKLOAD);
}

static void need_a_type_and_an_id_that_name_somebody(void **state)
{
    static const char *const wrong[] = {"7",
                                        "[]",
                                        "{}",
                                        "{\"type\":\"Agent\"}",
                                        "{\"id\":\"a b\"}",
                                        "{\"type\":\"Agent\",\"id\":\"\"}",
                                        "{\"type\":\"agent\",\"id\":\"a b\"}",
                                        "{\"type\":\"Target\",\"id\":\"a b\"}",
                                        "{\"type\":\"Agent\",\"id\":\"a\"}",
                                        "{\"type\":\"Agent\",\"id\":\"a \"}",
                                        "{\"type\":\"Agent\",\"id\":\" b\"}",
                                        "{\"type\":[\"Agent\"],\"id\":\"a b\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (read(wrong[i]) != FAULT_EVALUATION_MALFORMED)
            fail_msg("%s was read", wrong[i]);
        assert_int_not_equal(mistake.length, 0);
    }
    proof = TEXT_NONE;
    assert_int_equal(evaluation_read_party(arena, "subject", NULL, &party, &proof, &mistake),
                     FAULT_EVALUATION_MALFORMED);
}

static void have_the_properties_of_the_model(void **state)
{
    (void)state;
    assert_int_equal(read_with("Agent", "{\"issuer\":\"https://a.example\",\"sub\":\"b c\",\"proof\":"
                                        "\"platform_token\",\"binding\":\"none\",\"risk\":100}"),
                     FAULT_NONE);
    assert_true(text_is(proof, "platform_token"));
    assert_int_equal(party.risk, 100);
}

static void have_attributes_that_are_texts_or_lists_of_them(void **state)
{
    (void)state;
    assert_int_equal(read_with("User", "{\"attributes\":{\"one\":\"a b\",\"list\":[\"x\",\"y\"],\"alone\":[\"a "
                                       "b\"],\"none\":[]}}"),
                     FAULT_NONE);
    assert_int_equal(party.attribute_count, 4);
    assert_true(text_is(party.attributes[0].value, "a b") && !party.attributes[0].is_list);
    assert_true(text_is(party.attributes[1].value, "x\ny") && party.attributes[1].is_list);
    assert_true(text_is(party.attributes[2].value, "a b") && party.attributes[2].is_list);
    assert_true(party.attributes[3].value.length == 0 && party.attributes[3].is_list);
}

static void belong_to_what_is_said(void **state)
{
    (void)state;
    assert_int_equal(read_with("Agent",
                               "{\"in\":[{\"type\":\"AgentClass\",\"id\":\"x\"},{\"type\":\"Team\",\"id\":"
                               "\"y\"}]}"),
                     FAULT_NONE);
    assert_int_equal(party.also_in_count, 2);
    assert_true(text_is(party.also_in[1].type, "Team") && text_is(party.also_in[1].id, "y"));
}

static void have_no_property_that_is_wrong_or_that_no_policy_could_see(void **state)
{
    (void)state;
    assert_refused("User", "[]", "subject.properties: an object");
    assert_refused("User", "{\"admin\":true}", "subject.properties: issuer, sub,");
    assert_refused("User", "{\"issuer\":\"https://b.example\"}", "subject.properties.issuer:");
    assert_refused("User", "{\"sub\":7}", "subject.properties.sub:");
    assert_refused("User", "{\"proof\":\"x\"}", "subject.properties.proof:");
    assert_refused("Agent", "{\"proof\":1}", "subject.properties.proof:");
    assert_refused("User", "{\"binding\":\"none\"}", "subject.properties.binding:");
    assert_refused("Agent", "{\"binding\":\"dpop\"}", "subject.properties.binding:");
    assert_refused("User", "{\"risk\":-1}", "subject.properties.risk:");
    assert_refused("User", "{\"risk\":101}", "subject.properties.risk:");
    assert_refused("User", "{\"risk\":1.0}", "subject.properties.risk:");
    assert_refused("User", "{\"attributes\":[]}", "subject.properties.attributes:");
    assert_refused("User", "{\"attributes\":{\"a\":null}}", "subject.properties.attributes:");
    assert_refused("User", "{\"attributes\":{\"a\":[1]}}", "subject.properties.attributes:");
    assert_refused("User", "{\"attributes\":{\"a\":[\"b\",\"\"]}}", "subject.properties.attributes:");
    assert_refused("User", "{\"attributes\":{\"a\":[\"b\\nc\",\"d\"]}}", "subject.properties.attributes:");
    assert_refused("User", "{\"in\":{}}", "subject.properties.in:");
    assert_refused("User", "{\"in\":[{\"type\":\"User\",\"id\":\"a b\"}]}", "subject.properties.in:");
    assert_refused("User", "{\"in\":[{\"type\":\"Team\"}]}", "subject.properties.in:");
    assert_refused("User", "{\"in\":[7]}", "subject.properties.in:");
}

static void have_at_most_sixty_four_attributes(void **state)
{
    struct buffer json = buffer_in(arena, 2048);
    (void)state;
    buffer_append(&json, TEXT("{\"attributes\":{"));
    for (int i = 0; i < POLICY_ATTRIBUTES_MAX; i++)
        buffer_print(&json, "%s\"a%d\":\"\"", i == 0 ? "" : ",", i);
    struct text most = arena_print(arena, "%.*s}}", TEXT_ARGUMENTS(buffer_text(&json)));
    struct text more = arena_print(arena, "%.*s,\"b\":\"\"}}", TEXT_ARGUMENTS(buffer_text(&json)));
    assert_int_equal(read_with("User", most.base), FAULT_NONE);
    assert_refused("User", more.base, "subject.properties.attributes: an object with at most 64");
}

static int create(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(are_an_issuer_and_the_rest_of_their_id),
        TEST(need_a_type_and_an_id_that_name_somebody),
        TEST(have_the_properties_of_the_model),
        TEST(have_attributes_that_are_texts_or_lists_of_them),
        TEST(belong_to_what_is_said),
        TEST(have_no_property_that_is_wrong_or_that_no_policy_could_see),
        TEST(have_at_most_sixty_four_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Somebody: kinds by either name, attributes, risk. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/party.h"

static void have_a_kind_by_its_type_and_by_its_name(void **state)
{
    (void)state;
    static const enum policy_party_kind kinds[] = {POLICY_AGENT, POLICY_USER, POLICY_WORKLOAD};
    enum policy_party_kind kind;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        assert_true(policy_party_kind_of_type(text_of(policy_party_type(kinds[i])), &kind) && kind == kinds[i]);
        assert_true(policy_party_kind_named(text_of(policy_party_kind_name(kinds[i])), &kind) &&
                    kind == kinds[i]);
    }
    assert_false(policy_party_kind_of_type(TEXT("agent"), &kind));
    assert_false(policy_party_kind_of_type(TEXT("Target"), &kind));
    assert_false(policy_party_kind_named(TEXT("Agent"), &kind));
    assert_false(policy_party_kind_named(TEXT_NONE, &kind));
}

static void have_the_higher_risk_of_what_is_known_and_their_own_attribute(void **state)
{
    (void)state;
    static const struct policy_attribute own[] = {{TEXT("team"), TEXT("99"), false},
                                                  {TEXT("risk"), TEXT("30"), false}};
    assert_int_equal(policy_party_risk(&(struct policy_party){.risk = 20}), 20);
    assert_int_equal(
        policy_party_risk(&(struct policy_party){.risk = 20, .attributes = own, .attribute_count = 2}), 30);
    assert_int_equal(
        policy_party_risk(&(struct policy_party){.risk = 40, .attributes = own, .attribute_count = 2}), 40);
}

static void have_the_worst_risk_where_it_is_no_number_in_bounds(void **state)
{
    (void)state;
    static const char *const values[] = {"101", "-1", "low", "1 2", "", "9999999999999999999999"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct policy_attribute risk = {TEXT("risk"), text_of(values[i]), false};
        assert_int_equal(policy_party_risk(&(struct policy_party){.attributes = &risk, .attribute_count = 1}),
                         POLICY_RISK_MAX);
    }
}

static bool is_read(struct arena *arena, const char *text, struct policy_party *party)
{
    const struct json_value *json;
    assert_int_equal(json_parse(arena, text_of(text), &json_limits_document, &json), FAULT_NONE);
    *party = (struct policy_party){0};
    return policy_party_read_attributes(arena, json, party);
}

static void have_attributes_that_are_texts_or_lists_of_them(void **state)
{
    (void)state;
    static const char *const wrong[] = {"[]",          "\"a\"",          "{\"a\":7}",           "{\"a\":null}",
                                        "{\"a\":[7]}", "{\"a\":[\"\"]}", "{\"a\":[\"b\\nc\"]}", "{\"a\":{}}"};
    SCOPED_ARENA arena = arena_create();
    struct policy_party party;
    assert_true(is_read(arena, "{\"one\":\"a b\",\"list\":[\"c d\",\"e\"],\"none\":[]}", &party));
    assert_int_equal(party.attribute_count, 3);
    assert_true(text_is(party.attributes[0].value, "a b") && !party.attributes[0].is_list);
    assert_true(text_is(party.attributes[1].value, "c d\ne") && party.attributes[1].is_list);
    assert_true(party.attributes[2].value.length == 0 && party.attributes[2].is_list);
    assert_true(is_read(arena, "{}", &party) && party.attribute_count == 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(is_read(arena, wrong[i], &party));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(have_a_kind_by_its_type_and_by_its_name),
        cmocka_unit_test(have_the_higher_risk_of_what_is_known_and_their_own_attribute),
        cmocka_unit_test(have_the_worst_risk_where_it_is_no_number_in_bounds),
        cmocka_unit_test(have_attributes_that_are_texts_or_lists_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

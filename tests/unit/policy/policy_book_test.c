/* Books: every mistake is told with its place, and what is compiled can be asked what it looks at. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "policy_fixture.h"

#define HEAD "(principal, action == Action::\"exchange\", resource)"

static void assert_mistakes(struct policy_fixture *fixture, const char *policies, const char *expected)
{
    assert_int_equal(policy_fixture_compile(fixture, policies, NULL), FAULT_POLICY_INVALID);
    buffer_append_byte(&fixture->mistakes, '\0');
    if (strstr(fixture->mistakes.base, expected) == NULL)
        fail_msg("%s", fixture->mistakes.base);
}

static void tells_what_does_not_parse_and_where(void **state)
{
    assert_mistakes(*state, "permit" HEAD ";\npermit(principal, action, resource", "0:2:");
}

static void tells_every_text_that_has_a_mistake(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_compile(fixture, "nonsense", "\nnonsense"), FAULT_POLICY_INVALID);
    buffer_append_byte(&fixture->mistakes, '\0');
    assert_non_null(strstr(fixture->mistakes.base, "0:1:1: "));
    assert_non_null(strstr(fixture->mistakes.base, "1:2:1: "));
    assert_mistakes(
        fixture, "@max_lifetime(\"soon\") permit" HEAD ";\npermit" HEAD " when { context.nothing };", "0:2:");
    assert_non_null(strstr(fixture->mistakes.base, "0:1:1: "));
}

static void tells_no_more_of_a_text_than_anybody_reads(void **state)
{
    struct policy_fixture *fixture = *state;
    SCOPED_BUFFER text = {0};
    size_t told = 0;
    for (int i = 0; i < 14000; i++)
        buffer_append(&text, TEXT("@id(\"a\") permit" HEAD ";\n"));
    buffer_append_byte(&text, '\0');
    assert_int_equal(policy_fixture_compile(fixture, text.base, "\nnonsense"), FAULT_POLICY_INVALID);
    for (size_t i = 0; i < fixture->mistakes.length; i++)
        told += fixture->mistakes.base[i] == '\n';
    assert_in_range(told, 100, 110); /* one of the other text, and its own lines */
    buffer_append_byte(&fixture->mistakes, '\0');
    assert_non_null(strstr(fixture->mistakes.base, "1:2:1: "));
}

static void holds_policies_against_the_model(void **state)
{
    assert_mistakes(*state, "permit" HEAD " when {\n context.nothing == 1 };", "0:2:");
    assert_mistakes(*state, "permit(principal == Robot::\"x\", action, resource);", "0:1:");
}

static void refuses_a_permit_that_looks_at_the_agents_own_word(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_mistakes(fixture, "permit" HEAD " when { context has purpose && context.purpose == \"x\" };",
                    "must not depend on context.purpose");
    assert_mistakes(fixture, "permit" HEAD " unless { context has \"purpose\" };",
                    "must not depend on context.purpose");
    assert_int_equal(
        policy_fixture_compile(
            fixture, "forbid" HEAD " unless { context has purpose && context.purpose == \"x\" };", NULL),
        FAULT_NONE);
}

static void refuses_two_policies_of_one_name(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_mistakes(fixture, "@id(\"a\") permit" HEAD ";\n@id(\"a\") forbid" HEAD " when { false };",
                    "there are two policies agents/a");
    assert_mistakes(fixture, "permit" HEAD ";\n@id(\"policy0\") permit" HEAD ";",
                    "there are two policies agents/policy0");
    assert_int_equal(
        policy_fixture_compile(fixture, "@id(\"a\") permit" HEAD ";", "@id(\"a\") permit" HEAD ";"),
        FAULT_NONE);
}

static void refuses_templates(void **state)
{
    assert_mistakes(*state, "permit(principal == ?principal, action == Action::\"exchange\", resource);",
                    "a template has nothing to fill its slot here");
}

static void refuses_annotations_that_make_no_sense(void **state)
{
    assert_mistakes(*state, "@max_lifetime(\"soon\") permit" HEAD ";",
                    "0:1:1: @max_lifetime must be a duration");
}

static void counts_what_is_enforced_apart_from_what_is_on_trial(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_compile(fixture, "permit" HEAD "; permit" HEAD ";", "forbid" HEAD ";"),
                     FAULT_NONE);
    assert_int_equal(policy_book_count(fixture->book), 3);
    assert_int_equal(policy_book_enforced_count(fixture->book), 2);
}

static void knows_which_attributes_any_policy_looks_at(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_compile(fixture,
                                            "permit" HEAD " when { context.held_by_subject.count == 0 };",
                                            "forbid" HEAD " when { context.exchanges_in_tree.last_hour > 5 };"),
                     FAULT_NONE);
    assert_true(policy_book_reads(fixture->book, "held_by_subject"));
    assert_true(policy_book_reads(fixture->book, "exchanges_in_tree"));
    assert_false(policy_book_reads(fixture->book, "held_in_tree"));
}

static struct text version_of(struct policy_fixture *fixture, const char *policies, const char *trial)
{
    assert_int_equal(policy_fixture_compile(fixture, policies, trial), FAULT_NONE);
    assert_int_equal(policy_book_version(fixture->book).length, 16);
    return policy_book_version(fixture->book);
}

static void has_another_version_with_any_other_text_or_mode(void **state)
{
    struct policy_fixture *fixture = *state;
    struct text version = version_of(fixture, "permit" HEAD ";", NULL);
    assert_true(text_equal(version, version_of(fixture, "permit" HEAD ";", NULL)));
    assert_false(text_equal(version, version_of(fixture, "permit" HEAD "; ", NULL)));
    assert_false(text_equal(version_of(fixture, "permit" HEAD ";", ""), version));
    assert_false(
        text_equal(version_of(fixture, "permit" HEAD ";", ""), version_of(fixture, "", "permit" HEAD ";")));
}

static void lists_policies_with_annotations_that_it_does_not_know(void **state)
{
    struct policy_fixture *fixture = *state;
    struct text annotation;
    size_t position = 0;
    assert_int_equal(policy_fixture_compile(fixture,
                                            "permit" HEAD "; @new(\"x\") permit" HEAD ";"
                                            "@id(\"z\") @newer forbid" HEAD ";",
                                            NULL),
                     FAULT_NONE);
    assert_true(text_is(policy_book_next_unknown(fixture->book, &position, &annotation)->id, "agents/policy1"));
    assert_true(text_is(annotation, "new"));
    assert_true(text_is(policy_book_next_unknown(fixture->book, &position, &annotation)->id, "agents/z"));
    assert_null(policy_book_next_unknown(fixture->book, &position, &annotation));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tells_what_does_not_parse_and_where),
        TEST(tells_every_text_that_has_a_mistake),
        TEST(tells_no_more_of_a_text_than_anybody_reads),
        TEST(holds_policies_against_the_model),
        TEST(refuses_a_permit_that_looks_at_the_agents_own_word),
        TEST(refuses_two_policies_of_one_name),
        TEST(refuses_templates),
        TEST(refuses_annotations_that_make_no_sense),
        TEST(counts_what_is_enforced_apart_from_what_is_on_trial),
        TEST(knows_which_attributes_any_policy_looks_at),
        TEST(has_another_version_with_any_other_text_or_mode),
        TEST(lists_policies_with_annotations_that_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

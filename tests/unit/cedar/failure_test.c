/* Sentences about failures: whole, and no longer than a person reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evaluator.h"
#include "made_by_hand.h"

static const struct cedar_span span = {3, 4};

static void a_failure_is_a_place_and_a_sentence(void **state)
{
    (void)state;
    struct evaluation evaluation = {0};
    assert_int_equal(fail_with(&evaluation, span, TEXT("so it is")), FAULT_POLICY_ERROR);
    assert_int_equal(evaluation.span.offset, 3);
    assert_int_equal(evaluation.span.length, 4);
    assert_true(text_is(evaluation.sentence, "so it is"));
}

static void kinds_are_named_with_their_articles(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct evaluation evaluation = {.arena = arena};
    const struct cedar_value value = cedar_entity_value(uid_in(arena, "User::a"));
    assert_int_equal(expect_kind(&evaluation, span, CEDAR_ENTITY, &value), FAULT_NONE);
    assert_int_equal(expect_kind(&evaluation, span, CEDAR_LONG, &value), FAULT_POLICY_ERROR);
    assert_true(text_is(evaluation.sentence, "expected a long, found an entity"));
    const struct cedar_value number = cedar_long(1);
    assert_int_equal(expect_kind(&evaluation, span, CEDAR_IPADDR, &number), FAULT_POLICY_ERROR);
    assert_true(text_is(evaluation.sentence, "expected an ipaddr, found a long"));
    assert_int_equal(fail_kind(&evaluation, span, "a this or a that", &number), FAULT_POLICY_ERROR);
    assert_true(text_is(evaluation.sentence, "expected a this or a that, found a long"));
}

static void names_are_shown_escaped(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct evaluation evaluation = {.arena = arena};
    const struct cedar_uid uid = {TEXT("User"), TEXT("a\"\n")};
    assert_int_equal(fail_entity(&evaluation, span, &uid), FAULT_POLICY_ERROR);
    assert_true(text_is(evaluation.sentence, "User::\"a\\\"\\n\" does not exist"));
    assert_int_equal(fail_missing(&evaluation, span, NULL, "attribute", TEXT("x\"")), FAULT_POLICY_ERROR);
    assert_true(text_is(evaluation.sentence, "the record has no attribute \"x\\\"\""));
}

static void a_long_name_is_cut_between_characters(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct evaluation evaluation = {.arena = arena};
    char name[10001];
    name[0] = 'a';
    for (size_t i = 1; i < sizeof(name); i += 2)
        memcpy(name + i, "\xc3\xa9", 2);
    const struct cedar_uid uid = {TEXT("User"), {name, sizeof(name)}};
    assert_int_equal(fail_missing(&evaluation, span, &uid, "tag", uid.id), FAULT_POLICY_ERROR);
    assert_in_range(evaluation.sentence.length, 500, 700);
    assert_true(text_is_utf8(evaluation.sentence));
    assert_true(text_ends_with(evaluation.sentence, TEXT("...")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_a_place_and_a_sentence),
        cmocka_unit_test(kinds_are_named_with_their_articles),
        cmocka_unit_test(names_are_shown_escaped),
        cmocka_unit_test(a_long_name_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What comes back from the other side: for whom, once, and how much of it goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "callback_answer.h"

static enum fault read_into(struct arena *arena, const char *query, struct callback_answer *answer)
{
    struct form *form = ARENA_NEW(arena, struct form);
    assert_int_equal(form_parse(arena, text_of(query), form), FAULT_NONE);
    return callback_answer_read(TEXT("/connect/callback/mail"), form, answer);
}

static const struct invitation sent = {
    .step = INVITATION_CONSENTED, .target = {"mail", 4}, .browser_state = {"s3cret", 6}};

static void is_taken_for_the_target_and_the_state_that_were_sent(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct callback_answer answer;
    assert_int_equal(read_into(arena, "code=c&state=s3cret&iss=https%3A%2F%2Fv.example", &answer), FAULT_NONE);
    assert_int_equal(callback_answer_check(&answer, &sent), FAULT_NONE);
    assert_true(text_is(answer.issuer, "https://v.example"));
    assert_int_equal(read_into(arena, "error=access_denied&state=s3cret", &answer), FAULT_NONE);
    assert_int_equal(callback_answer_check(&answer, &sent), FAULT_NONE);
}

static void is_refused_with_another_state_or_none(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char *const queries[] = {"code=c&state=s3cre", "code=c&state=S3cret", "code=c",
                                          "code=c&state=", "error=access_denied&state=x"};
    struct callback_answer answer;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        assert_int_equal(read_into(arena, queries[i], &answer), FAULT_NONE);
        if (callback_answer_check(&answer, &sent) != FAULT_CONNECTING_STATE)
            fail_msg("%s was taken", queries[i]);
    }
    struct invitation without = sent;
    without.browser_state = TEXT_NONE;
    assert_int_equal(read_into(arena, "code=c", &answer), FAULT_NONE);
    assert_int_equal(callback_answer_check(&answer, &without), FAULT_CONNECTING_STATE);
}

static void is_refused_at_the_path_of_another_target(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct callback_answer answer;
    struct invitation others = sent;
    others.target = TEXT("calendar");
    assert_int_equal(read_into(arena, "code=c&state=s3cret", &answer), FAULT_NONE);
    assert_int_equal(callback_answer_check(&answer, &others), FAULT_CONNECTING_STATE);
}

static void is_refused_before_anybody_was_sent_and_after_they_came_back(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct callback_answer answer;
    assert_int_equal(read_into(arena, "code=c&state=s3cret", &answer), FAULT_NONE);
    static const enum invitation_step steps[] = {INVITATION_NEW, INVITATION_OPENED, INVITATION_FINISHING};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct invitation other = sent;
        other.step = steps[i];
        assert_int_equal(callback_answer_check(&answer, &other), FAULT_INVITATION_UNKNOWN);
    }
}

static void is_a_code_or_an_error_and_bounded(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct callback_answer answer;
    assert_int_equal(read_into(arena, "state=s3cret", &answer), FAULT_CONNECTING_STATE);
    assert_int_equal(read_into(arena, "code=c&error=e&state=s3cret", &answer), FAULT_CONNECTING_STATE);
    char query[CALLBACK_CODE_BYTES_MAX + 16] = "code=";
    memset(query + 5, 'c', CALLBACK_CODE_BYTES_MAX + 1);
    assert_int_equal(read_into(arena, query, &answer), FAULT_CONNECTING_STATE);
    query[5 + CALLBACK_CODE_BYTES_MAX] = '\0';
    assert_int_equal(read_into(arena, query, &answer), FAULT_NONE);
    char issuer[CALLBACK_ISSUER_BYTES_MAX + 32] = "code=c&iss=";
    memset(issuer + 11, 'i', CALLBACK_ISSUER_BYTES_MAX + 1);
    assert_int_equal(read_into(arena, issuer, &answer), FAULT_CONNECTING_STATE);
}

static void hands_on_nothing_but_the_code_and_the_issuer(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct callback_answer answer;
    assert_int_equal(read_into(arena, "code=c%22%7D&state=s3cret&iss=i&api_key=planted&is_end=true", &answer),
                     FAULT_NONE);
    const struct json_value *json = callback_answer_json(&answer, arena);
    assert_non_null(json);
    assert_int_equal(json->count, 2);
    assert_true(text_is(json_text_of(json, "code"), "c\"}"));
    assert_true(text_is(json_text_of(json, "iss"), "i"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_taken_for_the_target_and_the_state_that_were_sent),
        cmocka_unit_test(is_refused_with_another_state_or_none),
        cmocka_unit_test(is_refused_at_the_path_of_another_target),
        cmocka_unit_test(is_refused_before_anybody_was_sent_and_after_they_came_back),
        cmocka_unit_test(is_a_code_or_an_error_and_bounded),
        cmocka_unit_test(hands_on_nothing_but_the_code_and_the_issuer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

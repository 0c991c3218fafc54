/* What an answer says, and everything that is no answer: each row is an answer that a decision point, or what
 * stands between it and us, might give. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "answer.h"

static char detail[AUTHZEN_DETAIL_SIZE];

static struct http_answer good(struct text body)
{
    return (struct http_answer){
        .status = 200, .content_type = TEXT("application/json"), .body = body, .max_age_s = -1};
}

static enum answer_outcome outcome_of(struct http_answer answer)
{
    memset(detail, 'x', sizeof(detail));
    enum answer_outcome outcome = answer_read(&answer, TEXT("id-1"), detail);
    assert_non_null(memchr(detail, '\0', sizeof(detail)));
    return outcome;
}

static void check(const char *body, enum answer_outcome expected)
{
    enum answer_outcome outcome = outcome_of(good(text_of(body)));
    if (outcome != expected)
        fail_msg("%s gave %d, not %d (%s)", body, (int)outcome, (int)expected, detail);
    if (outcome == ANSWER_FAILED)
        assert_int_not_equal(detail[0], '\0');
}

static void reads_a_decision_and_ignores_members_it_does_not_know(void **state)
{
    (void)state;
    check("{\"decision\":true}", ANSWER_ALLOWED);
    check("{\"decision\":false}", ANSWER_DENIED);
    check(" {\"x\":[1,{}],\"decision\":true,\"context\":{}}\n", ANSWER_ALLOWED);
    check("{\"decision\":true,\"context\":{\"ttl\":5,\"advice\":[\"a\"]}}", ANSWER_ALLOWED);
}

static void takes_nothing_but_a_boolean_for_a_decision(void **state)
{
    (void)state;
    check("{}", ANSWER_FAILED);
    check("{\"decision\":\"true\"}", ANSWER_FAILED);
    check("{\"decision\":1}", ANSWER_FAILED);
    check("{\"decision\":null}", ANSWER_FAILED);
    check("{\"decision\":[true]}", ANSWER_FAILED);
    check("{\"Decision\":true}", ANSWER_FAILED);
    check("{\"context\":{\"decision\":true}}", ANSWER_FAILED);
    check("[{\"decision\":true}]", ANSWER_FAILED);
    assert_string_equal(detail, "the answer is not one strict JSON object");
    check("true", ANSWER_FAILED);
    check("", ANSWER_FAILED);
}

static void takes_nothing_but_strict_json(void **state)
{
    (void)state;
    check("{\"decision\":false,\"decision\":true}", ANSWER_FAILED);
    check("{\"decision\":true,\"decision\":true}", ANSWER_FAILED);
    check("{\"decision\":true,\"context\":{\"a\":1,\"a\":2}}", ANSWER_FAILED);
    check("{\"decision\":true}{\"decision\":false}", ANSWER_FAILED);
    check("{\"decision\":true", ANSWER_FAILED);
    check("{\"decision\":true,}", ANSWER_FAILED);
    check("{\"decision\":TRUE}", ANSWER_FAILED);
    check("{\"decision\":true,\"context\":{\"reason\":\"\xff\"}}", ANSWER_FAILED);
    check("{\"decision\":true,\"x\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", ANSWER_FAILED);
    check("<html>decision true</html>", ANSWER_FAILED);
}

static void takes_nothing_but_an_object_for_a_context(void **state)
{
    (void)state;
    check("{\"decision\":true,\"context\":\"obligations\"}", ANSWER_FAILED);
    check("{\"decision\":true,\"context\":[{\"obligations\":[1]}]}", ANSWER_FAILED);
    check("{\"decision\":true,\"context\":null}", ANSWER_FAILED);
}

/* --- obligations --- */

static void takes_a_permission_with_obligations_for_none(void **state)
{
    (void)state;
    check("{\"decision\":true,\"context\":{\"obligations\":[{\"id\":\"1\",\"type\":\"log\"}]}}",
          ANSWER_OBLIGATION);
    assert_string_equal(detail, "obligations: [{\"id\":\"1\",\"type\":\"log\"}]"); /* for who has to find out */
    check("{\"decision\":true,\"context\":{\"obligations\":{\"mfa\":true}}}", ANSWER_OBLIGATION);
    check("{\"decision\":true,\"context\":{\"obligations\":\"mfa\"}}", ANSWER_OBLIGATION);
    check("{\"decision\":true,\"context\":{\"obligations\":false}}", ANSWER_OBLIGATION);
    check("{\"decision\":true,\"context\":{\"id\":\"1\",\"Obligations\":[1]}}", ANSWER_OBLIGATION);
    check("{\"decision\":true,\"context\":{\"obligation\":{\"id\":\"1\"}}}", ANSWER_OBLIGATION);
    check("{\"decision\":true,\"obligations\":[{\"id\":\"1\"}]}", ANSWER_OBLIGATION);
    check("{\"decision\":true,\"OBLIGATION\":[1],\"context\":{}}", ANSWER_OBLIGATION);
}

static void takes_an_empty_list_of_obligations_for_none(void **state)
{
    (void)state;
    check("{\"decision\":true,\"context\":{\"obligations\":[]}}", ANSWER_ALLOWED);
    assert_string_equal(detail, "");
    check("{\"decision\":true,\"context\":{\"obligations\":{}}}", ANSWER_ALLOWED);
    check("{\"decision\":true,\"context\":{\"obligations\":null}}", ANSWER_ALLOWED);
}

static void lets_no_obligation_make_a_denial_anything_else(void **state)
{
    (void)state;
    check("{\"decision\":false,\"context\":{\"obligations\":[{\"id\":\"1\"}]}}", ANSWER_DENIED);
}

/* --- the envelope --- */

static void takes_no_other_status_than_200(void **state)
{
    (void)state;
    static const int statuses[] = {201, 202, 203, 204, 206, 301, 302, 307, 400, 401, 403, 404, 429, 500, 503};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        struct http_answer answer = good(TEXT("{\"decision\":true}"));
        answer.status = statuses[i];
        assert_int_equal(outcome_of(answer), ANSWER_FAILED);
        assert_non_null(strstr(detail, "status "));
    }
}

static void takes_no_other_media_type_than_json(void **state)
{
    (void)state;
    static const struct {
        const char *media_type;
        bool is_taken;
    } rows[] = {
        {"application/json", true},
        {"Application/JSON", true},
        {"application/json;a=b", true},
        {"application/json ; charset=utf-8", true},
        {"text/html", false},
        {"text/plain", false},
        {"application/jsonp", false},
        {"application/problem+json", false},
        {"application/jwt", false},
        {"", false},
        {"application/json, a/b", false},
        {"text/html; application/json", false},
        {" text/html;application", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct http_answer answer = good(TEXT("{\"decision\":true}"));
        answer.content_type = text_of(rows[i].media_type);
        if (outcome_of(answer) != (rows[i].is_taken ? ANSWER_ALLOWED : ANSWER_FAILED))
            fail_msg("%s should%s be taken", rows[i].media_type, rows[i].is_taken ? "" : " not");
    }
    struct http_answer without = good(TEXT("{\"decision\":true}"));
    without.content_type = TEXT_NONE;
    assert_int_equal(outcome_of(without), ANSWER_FAILED);
}

static void takes_no_answer_to_another_request(void **state)
{
    (void)state;
    static const struct {
        struct text header;
        bool is_taken;
    } rows[] = {
        {{NULL, 0}, true},         {{"id-1", 4}, true}, {{"id-2", 4}, false},      {{"ID-1", 4}, false},
        {{"id-1,id-2", 9}, false}, {{"id-", 3}, false}, {{"id-1,id-1", 9}, false}, {{"", 0}, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct http_answer answer = good(TEXT("{\"decision\":true}"));
        answer.header = rows[i].header;
        assert_int_equal(outcome_of(answer), rows[i].is_taken ? ANSWER_ALLOWED : ANSWER_FAILED);
    }
}

static void takes_no_answer_that_did_not_come(void **state)
{
    (void)state;
    struct http_answer answer = good(TEXT("{\"decision\":true}"));
    answer.fault = FAULT_OUTBOUND_FAILED;
    memcpy(answer.detail, "Connection refused", sizeof("Connection refused"));
    assert_int_equal(outcome_of(answer), ANSWER_FAILED);
    assert_string_equal(detail, "Connection refused");
    memcpy(answer.detail, "name '\x1b[2J'", sizeof("name '\x1b[2J'"));
    assert_int_equal(outcome_of(answer), ANSWER_FAILED);
    assert_string_equal(detail, "the call failed");
    assert_false(answer_refuses_question(&answer));
}

static void takes_no_answer_larger_than_the_limit(void **state)
{
    (void)state;
    static char large[ANSWER_BYTES_MAX + 2];
    memset(large, ' ', sizeof(large));
    memcpy(large, "{\"decision\":true}", sizeof("{\"decision\":true}") - 1);
    assert_int_equal(outcome_of(good((struct text){large, ANSWER_BYTES_MAX})), ANSWER_ALLOWED);
    assert_int_equal(outcome_of(good((struct text){large, ANSWER_BYTES_MAX + 1})), ANSWER_FAILED);
}

static void knows_which_failures_are_about_the_question_alone(void **state)
{
    (void)state;
    static const int statuses[] = {200, 302, 400, 401, 403, 404, 413, 422, 429, 500, 503};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        struct http_answer answer = {.status = statuses[i]};
        bool is_about_it = statuses[i] == 400 || statuses[i] == 413 || statuses[i] == 422;
        assert_int_equal(answer_refuses_question(&answer), is_about_it);
    }
}

/* --- reasons --- */

static void keeps_the_reasons_that_are_known_and_those_for_operators_first(void **state)
{
    (void)state;
    check("{\"decision\":false,\"context\":{\"id\":\"7\",\"reason_user\":{\"en-403\":\"No.\"},\"other\":\"x\","
          "\"reason_admin\":{\"403\":\"policy C076\"}}}",
          ANSWER_DENIED);
    assert_string_equal(
        detail, "reason_admin: {\"403\":\"policy C076\"}, reason_user: {\"en-403\":\"No.\"}, id: \"7\"");
    check("{\"decision\":true,\"context\":{\"reason\":\"fine\"}}", ANSWER_ALLOWED);
    assert_string_equal(detail, "reason: \"fine\"");
    check("{\"decision\":false}", ANSWER_DENIED);
    assert_string_equal(detail, "");
}

static void keeps_no_reason_that_could_deceive_who_reads_it(void **state)
{
    (void)state;
    check("{\"decision\":false,\"context\":{\"reason\":\"a\xe2\x80\xae"
          "b\",\"id\":1}}",
          ANSWER_DENIED);
    assert_string_equal(detail, "reason: (not printable), id: 1");
    check("{\"decision\":false,\"context\":{\"reason\":\"a\\u001b[31mb\\n\"}}", ANSWER_DENIED);
    assert_true(text_is_printable(text_of(detail)));
}

static void cuts_a_long_reason_where_a_character_ends(void **state)
{
    (void)state;
    for (size_t before = 0; before < 3; before++) {
        SCOPED_BUFFER body = {0};
        buffer_print(&body, "{\"decision\":false,\"context\":{\"reason\":\"%.*s", (int)before, "aaa");
        for (int i = 0; i < 300; i++)
            buffer_append(&body, TEXT("\xe2\x82\xac"));
        buffer_append(&body, TEXT("\"}}"));
        assert_int_equal(outcome_of(good(buffer_text(&body))), ANSWER_DENIED);
        assert_true(text_is_utf8(text_of(detail)));
        assert_true(strlen(detail) >= AUTHZEN_DETAIL_SIZE - 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_decision_and_ignores_members_it_does_not_know),
        cmocka_unit_test(takes_nothing_but_a_boolean_for_a_decision),
        cmocka_unit_test(takes_nothing_but_strict_json),
        cmocka_unit_test(takes_nothing_but_an_object_for_a_context),
        cmocka_unit_test(takes_a_permission_with_obligations_for_none),
        cmocka_unit_test(takes_an_empty_list_of_obligations_for_none),
        cmocka_unit_test(lets_no_obligation_make_a_denial_anything_else),
        cmocka_unit_test(takes_no_other_status_than_200),
        cmocka_unit_test(takes_no_other_media_type_than_json),
        cmocka_unit_test(takes_no_answer_to_another_request),
        cmocka_unit_test(takes_no_answer_that_did_not_come),
        cmocka_unit_test(takes_no_answer_larger_than_the_limit),
        cmocka_unit_test(knows_which_failures_are_about_the_question_alone),
        cmocka_unit_test(keeps_the_reasons_that_are_known_and_those_for_operators_first),
        cmocka_unit_test(keeps_no_reason_that_could_deceive_who_reads_it),
        cmocka_unit_test(cuts_a_long_reason_where_a_character_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

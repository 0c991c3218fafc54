/* The fault table: what every row must keep to before it may be shown to a caller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/text.h"

static void has_a_row_for_success(void **state)
{
    (void)state;
    assert_string_equal(fault_row(FAULT_NONE)->reason, "none");
    assert_int_equal(fault_row(FAULT_NONE)->http_status, 200);
}

static void names_reasons_in_lower_case_and_only_once(void **state)
{
    (void)state;
    assert_string_equal(fault_row(FAULT_TOKEN_ISSUER_UNKNOWN)->reason, "token_issuer_unknown");
    for (int i = 1; i < FAULT_COUNT; i++) {
        const char *reason = fault_row((enum fault)i)->reason;
        assert_true(strlen(reason) > 0 &&
                    strspn(reason, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(reason));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(reason, fault_row((enum fault)j)->reason);
    }
}

/* RFC 6749 section 5.2: %x20-21 / %x23-5B / %x5D-7E. */
static void says_what_fits_into_error_description(void **state)
{
    (void)state;
    for (int i = 1; i < FAULT_COUNT; i++) {
        const char *sentence = fault_row((enum fault)i)->sentence;
        assert_true(strlen(sentence) > 10 && sentence[strlen(sentence) - 1] == '.');
        for (const char *c = sentence; *c != '\0'; c++)
            assert_true(*c >= 0x20 && *c <= 0x7e && *c != '"' && *c != '\\');
    }
}

static void pairs_errors_with_fitting_statuses(void **state)
{
    (void)state;
    for (int i = 1; i < FAULT_COUNT; i++) {
        const struct fault_row *row = fault_row((enum fault)i);
        struct text error = text_of(row->oauth_error);
        assert_true(error.length > 0);
        assert_in_range(row->http_status, 400, 599);
        if (text_is(error, "invalid_client"))
            assert_int_equal(row->http_status, 401);
        if (text_is(error, "slow_down"))
            assert_int_equal(row->http_status, 429);
        if (text_is(error, "temporarily_unavailable"))
            assert_int_equal(row->http_status, 503);
        assert_int_equal(row->http_status >= 500,
                         text_is(error, "temporarily_unavailable") || text_is(error, "server_error"));
    }
}

/* RFC 8693 section 2.2.2: a bad subject or actor token is invalid_request, a target we will not serve
 * invalid_target. */
static void answers_tokens_and_targets_as_the_rfc_says(void **state)
{
    (void)state;
    assert_string_equal(fault_row(FAULT_TOKEN_EXPIRED)->oauth_error, "invalid_request");
    assert_string_equal(fault_row(FAULT_MAY_ACT_MISMATCH)->oauth_error, "invalid_request");
    assert_string_equal(fault_row(FAULT_TARGET_UNKNOWN)->oauth_error, "invalid_target");
    assert_string_equal(fault_row(FAULT_SCOPE_WIDER)->oauth_error, "invalid_scope");
}

/* A wrong name and a wrong secret must look alike from outside. */
static void does_not_say_whether_a_client_exists(void **state)
{
    (void)state;
    assert_string_equal(fault_row(FAULT_CLIENT_UNKNOWN)->sentence,
                        fault_row(FAULT_CLIENT_SECRET_WRONG)->sentence);
}

static enum fault try_twice(enum fault first, enum fault second, int *reached)
{
    TRY(first);
    ++*reached;
    TRY(second);
    ++*reached;
    return FAULT_NONE;
}

static void hands_a_failure_to_the_caller(void **state)
{
    (void)state;
    int reached = 0;
    assert_int_equal(try_twice(FAULT_NONE, FAULT_INTERNAL, &reached), FAULT_INTERNAL);
    assert_int_equal(reached, 1);
    assert_int_equal(try_twice(FAULT_NONE, FAULT_NONE, &reached), FAULT_NONE);
    assert_int_equal(reached, 3);
}

static void ends_the_program_when_an_invariant_is_broken(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        INVARIANT(child != 0);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_a_row_for_success),
        cmocka_unit_test(names_reasons_in_lower_case_and_only_once),
        cmocka_unit_test(says_what_fits_into_error_description),
        cmocka_unit_test(pairs_errors_with_fitting_statuses),
        cmocka_unit_test(answers_tokens_and_targets_as_the_rfc_says),
        cmocka_unit_test(does_not_say_whether_a_client_exists),
        cmocka_unit_test(hands_a_failure_to_the_caller),
        cmocka_unit_test(ends_the_program_when_an_invariant_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

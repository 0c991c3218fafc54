/* The command line itself: what is understood, what is refused and with which exit status, and that help is
 * there. */
#include "session.h"

static void answers_help_at_every_level(void **state)
{
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, NULL, "--help");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "Exit status");
    SESSION_RUN(&session, NULL, "key", "--help");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "key rotate");
    SESSION_RUN(&session, NULL, "help", "key", "rotate");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "--algorithm");
    session_end(&session);
}

static void shows_every_command_with_text_and_example(void **state)
{
    struct session session = {0};
    (void)state;
    for (const struct command *command = command_table; command->noun != NULL; command++) {
        const char *words[] = {command->noun, command->verb != NULL ? command->verb : "--help", "--help", NULL};
        session_run(&session, NULL, words);
        assert_int_equal(session.code, EXIT_CODE_FINE);
        assert_says(session.out, "Usage: dragoman ");
        assert_says(session.out, "Examples\n  dragoman ");
    }
    session_end(&session);
}

static void keeps_the_reference_page_in_step_with_the_table(void **state)
{
    struct session session = {0};
    char page[65536] = "";
    (void)state;
    SESSION_RUN(&session, NULL, "help", "--markdown");
    FILE *file = fopen(DRAGOMAN_CLI_PAGE, "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(page, session.out);
    session_end(&session);
}

static void says_usage_for_no_command_or_an_unknown_one(void **state)
{
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, NULL, NULL);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "explian", "x");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "did you mean explain?");
    SESSION_RUN(&session, NULL, "key", "rotat");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "did you mean rotate?");
    SESSION_RUN(&session, NULL, "key");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    session_end(&session);
}

static void refuses_options_it_does_not_have(void **state)
{
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, NULL, "exchange", "--audiense", "x");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "did you mean --audience?");
    SESSION_RUN(&session, NULL, "get", "--audience", "x");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "exchange", "--dry-run=yes");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "exchange", "--audience");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "exchange", "--task", "a", "--task", "b");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "twice");
    session_end(&session);
}

static void refuses_missing_words_and_words_too_many(void **state)
{
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, NULL, "trace");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "trace", "a", "b");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "get", "-o", "xml");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "table, json, yaml");
    session_end(&session);
}

static void refuses_a_secret_in_argv_without_repeating_it(void **state)
{
    static const char token[] = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, NULL, "exchange", "--client-secret", "canary-secret");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "does not belong on the command line");
    assert_does_not_say(session.error, "canary-secret");
    SESSION_RUN(&session, NULL, "exchange", "--subject-token=canary-secret");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_does_not_say(session.error, "canary-secret");
    SESSION_RUN(&session, NULL, "token", "inspect", token);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_does_not_say(session.error, "eyJ");
    SESSION_RUN(&session, NULL, "exchange", "--subject-token-file", token);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    session_end(&session);
}

static void takes_options_before_and_after_arguments_and_with_equals(void **state)
{
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, NULL, "trace", "--admin-socket=/nowhere/admin.sock", "ID", "-o", "json");
    assert_int_equal(session.code, EXIT_CODE_UNREACHABLE);
    SESSION_RUN(&session, NULL, "--version");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "dragoman ");
    session_end(&session);
}

static void takes_key_ids_and_roots_that_begin_with_a_hyphen(void **state)
{
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, NULL, "key", "revoke", "-XV9cOgsheMIkupedmNpypwNtqQOgsheMIkupedmNpw",
                "--admin-socket", "/nowhere/admin.sock");
    assert_int_equal(session.code, EXIT_CODE_UNREACHABLE);
    SESSION_RUN(&session, NULL, "trace", "-gsheMIkupedmNpypwNtqQ", "--admin-socket", "/nowhere/admin.sock");
    assert_int_equal(session.code, EXIT_CODE_UNREACHABLE);
    SESSION_RUN(&session, NULL, "trace", "-abc", "--admin-socket", "/nowhere/admin.sock");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    session_end(&session);
}

static void tells_unreachable_from_refused(void **state)
{
    struct session session = {0};
    const char *token = session_file("subject.jwt", "x.y.z\n");
    (void)state;
    SESSION_RUN(&session, NULL, "get", "--admin-socket", "/nowhere/admin.sock");
    assert_int_equal(session.code, EXIT_CODE_UNREACHABLE);
    assert_says(session.error, "--admin-socket");
    SESSION_RUN(&session, NULL, "exchange", "--gateway", "https://127.0.0.1:1", "--audience", "a",
                "--subject-token-file", token);
    assert_int_equal(session.code, EXIT_CODE_UNREACHABLE);
    session_end(&session);
}

static void wants_what_an_exchange_needs(void **state)
{
    struct session session = {0};
    const char *token = session_file("subject.jwt", "x.y.z\n");
    (void)state;
    SESSION_RUN(&session, NULL, "exchange", "--audience", "a");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "exchange", "--subject-token-file", token);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "exchange", "--audience", "a", "--subject-token-file", token);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "DRAGOMAN_GATEWAY");
    SESSION_RUN(&session, NULL, "exchange", "--gateway", "http://gateway.example", "--audience", "a",
                "--subject-token-file", token);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "exchange", "--audience", "a", "--subject-token-file", token,
                "--client-secret-file", token);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_says(session.error, "--client-id");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_help_at_every_level),
        cmocka_unit_test(shows_every_command_with_text_and_example),
        cmocka_unit_test(keeps_the_reference_page_in_step_with_the_table),
        cmocka_unit_test(says_usage_for_no_command_or_an_unknown_one),
        cmocka_unit_test(refuses_options_it_does_not_have),
        cmocka_unit_test(refuses_missing_words_and_words_too_many),
        cmocka_unit_test(refuses_a_secret_in_argv_without_repeating_it),
        cmocka_unit_test(takes_options_before_and_after_arguments_and_with_equals),
        cmocka_unit_test(takes_key_ids_and_roots_that_begin_with_a_hyphen),
        cmocka_unit_test(tells_unreachable_from_refused),
        cmocka_unit_test(wants_what_an_exchange_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

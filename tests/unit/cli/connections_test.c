/* connection show, add and remove against an admin socket that says what the test wants; and lease list, which
 * shows what such connections are used for. */
#include "admin_fixture.h"

#include <fcntl.h>

static const char asks[] =
    "{\"target\":\"crm\",\"adapter\":\"saas-oauth\",\"does\":\"keep\",\"record\":\"01R\",\"asks\":{\"ask\":["
    "{\"name\":\"client_secret\",\"label\":\"The client's secret\",\"secret\":true},"
    "{\"name\":\"private_key\",\"label\":\"Its private key\",\"secret\":true}]}}";

static void a_name_that_is_not_asked_for_is_told_before_any_secret_is_read(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = asks;
    SESSION_RUN(&session, "a-secret", "connection", "add", "crm", "--name", "privatekey");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "nothing called 'privatekey' is wanted");
    assert_says(session.error,
                "saas-oauth, which is this target's adapter, asks for client_secret or private_key");
    assert_says(fixture->request, "GET /v1/connections/crm ");
    SESSION_RUN(&session, "a-secret", "connection", "add", "crm");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "it is not clear what this secret is");
    assert_says(session.error, "asks for client_secret or private_key");
    SESSION_RUN(&session, "a-secret\n", "connection", "add", "crm", "--name", "private_key");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "{\"answers\":{\"private_key\":\"a-secret\"}}");
    assert_string_equal(session.out, "kept for crm (record 01R)\n");
    assert_string_equal(session.error, "");
    session_end(&session);
}

static void an_empty_standard_input_is_told_how_to_be_filled(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = asks;
    SESSION_RUN(&session, "", "connection", "add", "crm", "--name", "client_secret");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "standard input cannot be read");
    assert_says(session.error, "it is empty");
    assert_says(session.error, "redirect a file: < FILE");
    session_end(&session);
}

static void whoever_sits_at_a_terminal_is_told_what_is_waited_for(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    char name[128];
    int person = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(person >= 0);
    assert_int_equal(grantpt(person), 0);
    assert_int_equal(unlockpt(person), 0);
    assert_int_equal(ptsname_r(person, name, sizeof(name)), 0);
    static const char typed[] = "a-secret\n\x04";
    assert_int_equal(write(person, typed, sizeof(typed) - 1), sizeof(typed) - 1);
    fixture->answer = asks;
    session.input_path = name;
    SESSION_RUN(&session, NULL, "connection", "add", "crm", "--name", "client_secret");
    close(person);
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.error,
                "type or paste the value of client_secret, then Enter and Ctrl-D; or give it with "
                "--secret-file FILE, or < FILE\n");
    assert_says(fixture->request, "{\"answers\":{\"client_secret\":\"a-secret\"}}");
    session_end(&session);
}

static void shows_what_is_wanted_and_what_is_there_as_far_as_the_adapter_says(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = asks;
    SESSION_RUN(&session, NULL, "connection", "show", "crm");
    assert_string_equal(session.out,
                        "wants client_secret: The client's secret\nwants private_key: Its private key\n"
                        "the adapter does not say whether it has any of it\n");
    fixture->answer = "{\"asks\":{\"ask\":[],\"kept\":[]}}";
    SESSION_RUN(&session, NULL, "connection", "show", "crm");
    assert_string_equal(session.out, "wants nothing\nnothing is kept yet\n");
    fixture->answer = "{\"asks\":{\"ask\":[],\"kept\":[{\"kept_at\":1,\"fingerprint\":\"abc\"}]}}";
    SESSION_RUN(&session, NULL, "connection", "show", "crm");
    assert_says(session.out, "everybody");
    session_end(&session);
}

static void says_what_was_asked_to_be_forgotten_and_how_many_consents_ended(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    const char *const words[] = {"connection", "remove", "files", "--issuer", "https://nobody.example",
                                 "--subject",  "alice",  NULL};
    fixture->answer = "{\"target\":\"files\",\"adapter\":\"saas-oauth\",\"does\":\"forget\",\"record\":\"01R\","
                      "\"consents_ended\":0}";
    session_run(&session, NULL, words);
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_string_equal(
        session.out, "files: forgotten is what saas-oauth kept for alice of https://nobody.example, if it kept "
                     "anything; they had agreed to nothing there (record 01R)\n");
    fixture->answer = "{\"target\":\"files\",\"adapter\":\"saas-oauth\",\"does\":\"forget\",\"record\":\"01R\","
                      "\"consents_ended\":2}";
    session_run(&session, NULL, words);
    assert_says(session.out, "if it kept anything; 2 consents of theirs ended (record 01R)\n");
    SESSION_RUN(&session, NULL, "connection", "remove", "files");
    assert_string_equal(session.out,
                        "files: forgotten is what saas-oauth kept for everybody, if it kept anything "
                        "(record 01R)\n");
    session_end(&session);
}

static void leases_show_their_target_and_the_fingerprint_or_where_it_is(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = "{\"kills_known\":true,\"leases\":["
                      "{\"id\":\"03\",\"target\":\"files\",\"adapter\":\"saas-oauth\",\"shares\":\"00\"},"
                      "{\"id\":\"02\",\"target\":\"files\",\"adapter\":\"saas-oauth\",\"fingerprint\":"
                      "\"0123456789abcdef0123\"},"
                      "{\"id\":\"01\",\"adapter\":\"vault\"}]}";
    SESSION_RUN(&session, NULL, "lease", "list");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "that of 00\n");
    assert_says(session.out, "0123456789abcdef\n");
    const char *adapter = strstr(session.out, "vault");
    assert_non_null(adapter);
    assert_null(strstr(adapter + 1, "vault")); /* in its own column alone */
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_is_not_asked_for_is_told_before_any_secret_is_read),
        cmocka_unit_test(an_empty_standard_input_is_told_how_to_be_filled),
        cmocka_unit_test(whoever_sits_at_a_terminal_is_told_what_is_waited_for),
        cmocka_unit_test(shows_what_is_wanted_and_what_is_there_as_far_as_the_adapter_says),
        cmocka_unit_test(says_what_was_asked_to_be_forgotten_and_how_many_consents_ended),
        cmocka_unit_test(leases_show_their_target_and_the_fingerprint_or_where_it_is),
    };
    return cmocka_run_group_tests(tests, admin_fixture_start, admin_fixture_stop);
}

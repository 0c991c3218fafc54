/* explain and trace over canned records: the ladder, the verdict, the tree and its first line. */
#include "admin_fixture.h"

static const char refused[] =
    "{\"id\":\"01REFUSED\",\"at\":\"2026-11-23T14:05:06.123456Z\",\"kind\":\"exchange\",\"outcome\":"
    "\"refused\","
    "\"reason\":\"scope_wider\",\"client\":\"billing\",\"agent\":{\"iss\":\"https://"
    "c.example\",\"sub\":\"sa:billing\"},"
    "\"subject\":{\"iss\":\"https://idp.example\",\"sub\":\"alice\"},\"from\":\"corp\",\"to\":\"partner\","
    "\"target\":\"orders\",\"scope_asked\":\"write\",\"ladder\":["
    "{\"check\":\"target_known\",\"document\":\"Target/orders (gateway.yaml:62)\"},"
    "{\"check\":\"scope_not_wider\",\"result\":\"scope_wider\",\"as\":0,\"detail\":\"asked "
    "write\\u001b[2J\"}]}";

static const char tree[] =
    "{\"root\":\"R\",\"asked\":\"02\",\"records\":["
    "{\"id\":\"01\",\"at\":\"2026-11-23T14:05:06.1Z\",\"kind\":\"exchange\",\"outcome\":\"granted\",\"client\":"
    "\"billing\","
    "\"subject\":{\"iss\":\"https://idp.example\",\"sub\":\"alice\"},\"target\":\"orders\",\"to\":\"partner\","
    "\"scope_given\":\"read\",\"account\":\"alice@CORP\"},"
    "{\"id\":\"02\",\"at\":\"2026-11-23T14:05:07.1Z\",\"kind\":\"exchange\",\"outcome\":\"granted\",\"client\":"
    "\"shop\","
    "\"parent\":\"01\",\"subject\":{\"iss\":\"https://idp.example\",\"sub\":\"alice\"},\"target\":\"stock\"},"
    "{\"id\":\"03\",\"at\":\"2026-11-23T14:05:08.1Z\",\"kind\":\"exchange\",\"outcome\":\"refused\",\"client\":"
    "\"billing\","
    "\"reason\":\"scope_wider\",\"scope_asked\":\"write\",\"subject\":{\"sub\":\"alice\"},\"target\":"
    "\"orders\"}]}";

static void explains_with_every_check_its_document_and_the_verdict(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = refused;
    SESSION_RUN(&session, NULL, "explain", "01REFUSED");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "GET /v1/records/01REFUSED ");
    assert_says(session.out, "✓ target_known     Target/orders (gateway.yaml:62)");
    assert_says(session.out, "✗ scope_not_wider  Target/orders (gateway.yaml:62)");
    assert_says(session.out, "asked write\\u001b[2J");
    assert_says(session.out, "refused: scope_wider");
    assert_says(session.out, "authority never grows along");
    SESSION_RUN(&session, NULL, "explain", "01REFUSED", "-o", "json");
    assert_says(session.out, "\"reason\": \"scope_wider\"");
    session_end(&session);
}

static void shows_what_policies_looked_at(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer =
        "{\"id\":\"01F\",\"at\":\"2026-11-23T14:05:06.123456Z\",\"kind\":\"exchange\",\"outcome\":\"granted\","
        "\"subject\":{\"iss\":\"https://"
        "idp.example\",\"sub\":\"alice\"},\"account\":\"alice@CORP\",\"root\":\"r\",\"target\":\"orders\","
        "\"ladder\":[{\"check\":\"policy_"
        "would_refuse\",\"document\":\"Policy/trial (a:1)\",\"detail\":\"policy_denied: trial/x\"}],"
        "\"policy\":\"0123456789abcdef\",\"facts\":{\"actor\":{\"kind\":\"agent\",\"iss\":\"https://"
        "b.example\","
        "\"sub\":\"job\",\"class\":\"jobs\",\"issuer\":\"builds\",\"risk\":20},\"proof\":\"platform_token\","
        "\"subject\":{"
        "\"kind\":\"user\",\"issuer\":\"corp\",\"attributes\":{\"groups\":[\"staff\",\"h\\u001br\"],\"risk\":"
        "\"30\"}},"
        "\"chain\":[{\"iss\":\"https://b.example\",\"sub\":\"job\"}],\"scopes\":\"read "
        "write\",\"lifetime\":300,"
        "\"acr\":\"mfa\",\"amr\":\"pwd otp\",\"auth_time\":1795442646,\"exchanges_by_agent\":[3,40],"
        "\"held\":[{\"by\":\"subject\",\"domain\":\"d\",\"target\":\"files\",\"scopes\":\"get\",\"until\":"
        "1795442766}]}}";
    SESSION_RUN(&session, NULL, "explain", "01F");
    assert_says(session.out, "  account   alice@CORP\n");
    assert_says(session.out, "  ! policy_would_refuse  Policy/trial (a:1)\n      policy_denied: trial/x\n");
    assert_says(session.out, "\nwhat policies looked at  version 0123456789abcdef\n"
                             "  actor      agent, class jobs, issuer builds, by platform_token, risk 20\n"
                             "  subject    user, issuer corp\n"
                             "             groups: staff, h\\u001br\n"
                             "             risk: 30\n"
                             "  login      acr mfa, amr pwd otp, 1 min before\n"
                             "  chain      job of https://b.example\n"
                             "  allowed    read write for 5 min, by the documents\n"
                             "  risk       30, the highest\n"
                             "  exchanges  3 in the last minute, 40 in the last hour by this agent\n"
                             "  held       by the subject: files get, ends in 1 min\n");
    fixture->answer = refused;
    SESSION_RUN(&session, NULL, "explain", "01REFUSED");
    assert_does_not_say(session.out, "what policies looked at");
    session_end(&session);
}

static void says_what_was_called(void **state)
{
    static const char *const calls[][2] = {
        {"{\"method\":\"GET\",\"path\":\"/chat\"}", "GET /chat\n"},
        {"{\"method\":\"tools/call\",\"tool\":\"write\\u001b[2J\",\"generation\":\"2026-07-28\"}",
         "tools/call write\\u001b[2J\n"},
        {"{\"method\":\"prompts/get\",\"prompt\":\"greet\"}", "prompts/get greet\n"},
        {"{\"method\":\"tools/list\"}", "tools/list\n"},
    };
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct text call = text_of(calls[i][0]);
        fixture->answer = arena_print(arena,
                                      "{\"id\":\"01C\",\"at\":\"2026-11-23T14:05:06.1Z\",\"kind\":\"call\","
                                      "\"outcome\":\"done\",\"target\":\"files\",\"call\":%.*s}",
                                      TEXT_ARGUMENTS(call))
                              .base;
        SESSION_RUN(&session, NULL, "explain", "01C");
        assert_says(session.out, arena_print(arena, "call      %s", calls[i][1]).base);
        assert_says(session.out, "let through\n  What the other side made of it is not in the record");
        fixture->answer =
            arena_print(arena, "{\"root\":\"R\",\"asked\":\"01C\",\"records\":[%s]}", fixture->answer).base;
        SESSION_RUN(&session, NULL, "trace", "01C");
        assert_says(session.out, arena_print(arena, "done call files  %s", calls[i][1]).base);
    }
    session_end(&session);
}

static void says_so_when_there_is_no_such_record(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->status = 404;
    fixture->answer = "{\"title\":\"record_unknown\",\"status\":404,\"detail\":\"There is no such record.\"}";
    SESSION_RUN(&session, NULL, "explain", "nothing");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "There is no such record.");
    fixture->status = 200;
    fixture->answer = "{\"root\":\"R\",\"records\":[]}";
    SESSION_RUN(&session, NULL, "trace", "nothing");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    session_end(&session);
}

static void traces_from_the_person_to_each_credential(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = tree;
    SESSION_RUN(&session, NULL, "trace", "02");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_int_equal(strncmp(session.out, "Triggered by alice of https://idp.example at ", 45), 0);
    assert_says(session.out, "alice\n"
                             "└─ agent billing\n"
                             "   ├─ granted orders in partner  read  as alice@CORP\n"
                             "   │    01  2026-11-23T14:05:06Z\n"
                             "   │  └─ agent shop\n"
                             "   │     └─ granted stock\n"
                             "   │          02  2026-11-23T14:05:07Z  ← asked\n"
                             "   └─ refused orders  asked write\n"
                             "        03  2026-11-23T14:05:08Z  scope_wider\n");
    session_end(&session);
}

/* Whoever agrees is the person; the client is whom they agreed for. */
static void traces_what_a_person_did_as_theirs(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
#define BY_ALICE                                                                                               \
    "\"client\":\"billing-agents\",\"client_method\":\"people_session\",\"parent\":\"01\",\"target\":"         \
    "\"files\","                                                                                               \
    "\"agent\":{\"iss\":\"https://i.example\",\"sub\":\"alice\"},\"subject\":{\"iss\":\"https://i.example\","  \
    "\"sub\":\"alice\"},"
    fixture->answer =
        "{\"root\":\"R\",\"records\":["
        "{\"id\":\"01\",\"kind\":\"exchange\",\"outcome\":\"refused\",\"client\":\"billing-agents\","
        "\"subject\":{\"sub\":\"alice\"},\"target\":\"files\"},"
        "{\"id\":\"02\",\"kind\":\"consent\",\"outcome\":\"refused\"," BY_ALICE
        "\"change\":{\"does\":\"deny\"}},"
        "{\"id\":\"03\",\"kind\":\"consent\",\"outcome\":\"done\",\"scope_given\":\"read\"," BY_ALICE
        "\"change\":{\"does\":\"agree\"}},"
        "{\"id\":\"04\",\"kind\":\"connection\",\"outcome\":\"done\"," BY_ALICE
        "\"change\":{\"does\":\"keep\"}},"
        "{\"id\":\"05\",\"kind\":\"connection\",\"outcome\":\"refused\"," BY_ALICE
        "\"change\":{\"does\":\"keep\"}}]}";
#undef BY_ALICE
    SESSION_RUN(&session, NULL, "trace", "R");
    assert_says(session.out, "└─ agent billing-agents\n");
    assert_says(session.out, "└─ person alice\n");
    assert_says(session.out, "├─ did not agree for billing-agents: files\n");
    assert_says(session.out, "├─ agreed for billing-agents: files  read\n");
    assert_says(session.out, "├─ connected an account for billing-agents: files\n");
    assert_says(session.out, "└─ refused connection files\n");
    assert_does_not_say(session.out, "(alice)");
    session_end(&session);
}

static void names_the_session_of_a_call_which_is_what_a_kill_of_it_takes(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = "{\"id\":\"01C\",\"kind\":\"call\",\"outcome\":\"done\",\"target\":\"files\","
                      "\"call\":{\"method\":\"tools/list\",\"session\":\"01SESSION\"}}";
    SESSION_RUN(&session, NULL, "explain", "01C");
    assert_says(session.out, "  session   01SESSION\n");
    session_end(&session);
}

static void survives_records_that_name_each_other_as_parents(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = "{\"root\":\"R\",\"records\":[{\"id\":\"1\",\"parent\":\"2\",\"outcome\":\"granted\","
                      "\"kind\":\"exchange\"},"
                      "{\"id\":\"2\",\"parent\":\"1\",\"outcome\":\"granted\",\"kind\":\"exchange\"},"
                      "{\"id\":\"3\",\"parent\":\"3\",\"outcome\":\"granted\",\"kind\":\"exchange\"}]}";
    SESSION_RUN(&session, NULL, "trace", "1");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explains_with_every_check_its_document_and_the_verdict),
        cmocka_unit_test(shows_what_policies_looked_at),
        cmocka_unit_test(says_what_was_called),
        cmocka_unit_test(says_so_when_there_is_no_such_record),
        cmocka_unit_test(traces_from_the_person_to_each_credential),
        cmocka_unit_test(traces_what_a_person_did_as_theirs),
        cmocka_unit_test(names_the_session_of_a_call_which_is_what_a_kill_of_it_takes),
        cmocka_unit_test(survives_records_that_name_each_other_as_parents),
    };
    return cmocka_run_group_tests(tests, admin_fixture_start, admin_fixture_stop);
}

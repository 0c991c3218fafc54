/* apply, get, diff, delete and key against an admin socket that says what the test wants. */
#include "admin_fixture.h"

#include "config/documents.h"

static const char target[] = "kind: Target\n"
                             "metadata: {name: orders}\n"
                             "spec:\n"
                             "  audiences: [\"https://api.example\"]\n"
                             "  scopes: [read]\n";

static const char listing[] =
    "{\"generation\":3,\"items\":["
    "{\"kind\":\"Target\",\"name\":\"orders\",\"team\":\"sales\",\"source\":\"gateway.yaml\",\"line\":12,"
    "\"generation\":0,"
    "\"body\":{\"kind\":\"Target\",\"metadata\":{\"name\":\"orders\"},\"spec\":{\"audiences\":[\"https://"
    "api.example\"],"
    "\"scopes\":[\"read\",\"write\"]}}},"
    "{\"kind\":\"Issuer\",\"name\":\"idp\",\"source\":\"store\",\"line\":1,\"generation\":2,"
    "\"body\":{\"kind\":\"Issuer\",\"metadata\":{\"name\":\"idp\"},\"spec\":{\"issuer\":\"https://"
    "idp.example\"}}}]}";

static void applies_a_file_as_it_is_and_says_what_changed(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer =
        "{\"generation\":4,\"changes\":[{\"kind\":\"Target\",\"name\":\"orders\",\"change\":\"created\"}]}";
    SESSION_RUN(&session, NULL, "apply", "-f", session_file("target.yaml", target));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "Target/orders created");
    assert_says(fixture->request, "POST /v1/documents HTTP/1.1");
    assert_says(fixture->request, target);
    SESSION_RUN(&session, target, "apply", "--dry-run", "-f", "-", "-o", "json");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "POST /v1/documents?dry_run=true ");
    assert_says(session.out, "\"change\": \"created\"");
    session_end(&session);
}

static void applies_policies_with_the_text_of_their_file(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer =
        "{\"generation\":4,\"changes\":[{\"kind\":\"Policy\",\"name\":\"a\",\"change\":\"created\"}]}";
    SESSION_RUN(&session, NULL, "apply", "-f",
                session_file("agents.cedar", "permit (\n  principal, action, resource);\n"));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request,
                "{\"kind\":\"Policy\",\"metadata\":{\"name\":\"agents\"},\"spec\":{\"policies\":\"permit "
                "(\\n  principal, action, resource);\\n\"}}");
    SESSION_RUN(&session, NULL, "apply", "-f",
                session_file("named.yaml", "kind: Policy\nmetadata: {name: a}\nspec: {file: agents.cedar}\n"));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "\"spec\":{\"policies\":\"permit (\\n  principal, action, resource);\\n\"}}");
    session_end(&session);
}

static void sends_nothing_when_a_file_has_mistakes(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->request[0] = '\0';
    SESSION_RUN(&session, NULL, "apply", "-f",
                session_file("wrong.yaml", "kind: Target\nmetadata: {name: x}\nspec: {audience: y}\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "wrong.yaml:3:");
    SESSION_RUN(&session, NULL, "apply", "-f", "/nowhere/file.yaml");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    SESSION_RUN(&session, NULL, "apply", "-f", session_file("empty.yaml", "# nothing\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    SESSION_RUN(&session, NULL, "apply");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_string_equal(fixture->request, "");
    session_end(&session);
}

static void says_what_is_off_and_what_is_on_trial(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer =
        "{\"changes\":[{\"kind\":\"Combination\",\"name\":\"pay\",\"change\":\"changed\",\"enabled\":false}]}";
    SESSION_RUN(&session, NULL, "apply", "-f", session_file("target.yaml", target));
    assert_says(session.out, "Combination/pay changed, and off\n");
    fixture->answer =
        "{\"items\":[{\"kind\":\"Combination\",\"name\":\"pay\",\"source\":\"store\",\"line\":1,\"body\":{"
        "\"spec\":{\"enabled\":false}}},{\"kind\":\"Policy\",\"name\":\"new\",\"source\":\"store\",\"line\":1,"
        "\"body\":{\"spec\":{\"enforcement\":\"report\",\"enabled\":true}}}]}";
    SESSION_RUN(&session, NULL, "get");
    assert_says(session.out, "store   off");
    assert_says(session.out, "store   on trial");
    session_end(&session);
}

static void shows_a_mistake_of_a_policy_in_its_line_before_anything_is_sent(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->request[0] = '\0';
    SESSION_RUN(&session, NULL, "apply", "-f",
                session_file("agents.cedar", "permit (principal, action == Action::\"exchange\", resource)\n"
                                             "when { context.rsik > 5 };\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "agents.cedar:2:8: there is no attribute \"rsik\"");
    assert_says(session.error,
                "did you mean \"risk\"?\n    when { context.rsik > 5 };\n           ^^^^^^^^^^^^\n");
    assert_says(session.error, "nothing was changed");
    SESSION_RUN(&session,
                "kind: Policy\nmetadata: {name: a}\nspec:\n  policies: |\n"
                "    permit (principal, action == Action::\"exchang\", resource);\n",
                "diff", "-f", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "<stdin>:5:24: there is no action");
    assert_string_equal(fixture->request, "");
    session_end(&session);
}

static void prints_the_gateways_mistakes_one_a_line(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->status = 422;
    fixture->answer =
        "{\"title\":\"document_invalid\",\"status\":422,\"detail\":\"Nothing was changed.\",\"mistakes\":["
        "{\"source\":\"store\",\"line\":2,\"column\":9,\"sentence\":\"there is no Issuer \\u001b[31m\"}]}";
    SESSION_RUN(&session, NULL, "apply", "-f", session_file("target.yaml", target));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "Nothing was changed.");
    assert_says(session.error, "store:2:9: there is no Issuer \\u001b[31m");
    fixture->status = 200;
    session_end(&session);
}

/* The line of what was sent that has this in it, from 1. */
static unsigned line_sent_with(const struct admin_fixture *fixture, const char *needle)
{
    const char *body = strstr(fixture->request, "\r\n\r\n");
    unsigned line = 1;
    assert_non_null(body);
    const char *found = strstr(body, needle);
    assert_non_null(found);
    for (const char *at = body + 4; at < found; at++)
        line += *at == '\n';
    return line;
}

static const char *mistake_at(unsigned line)
{
    static char answer[256];
    snprintf(answer, sizeof(answer),
             "{\"title\":\"document_invalid\",\"mistakes\":[{\"source\":\"request\",\"line\":%u,\"column\":7,"
             "\"sentence\":\"no good\"}]}",
             line);
    return answer;
}

static void tells_the_gateways_mistakes_in_the_lines_of_the_files_they_are_in(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    const char *one = session_file("one.yaml", target);
    const char *two = session_file("two.yaml", "# who\n---\nkind: Issuer\nmetadata: {name: idp}\n"
                                               "spec: {issuer: \"https://idp.example\"}\n---\n"
                                               "kind: Target\nmetadata: {name: late}\n"
                                               "spec: {audiences: [\"https://late.example\"], scopes: [read]}");
    const char *policy = session_file("agents.cedar", "permit (\n  principal, action, resource);\n");
    fixture->answer = "{}";
    SESSION_RUN(&session, NULL, "apply", "-f", one, "-f", policy, "-f", two);
    const struct {
        const char *sent, *told;
    } places[] = {{"audiences: [\"https://api.example", "one.yaml:4:7: no good\n"},
                  {"kind: Issuer", "two.yaml:3:7: no good\n"},
                  {"metadata: {name: late}", "two.yaml:8:7: no good\n"},
                  {"\"Policy\"", "agents.cedar:1: no good\n"}};
    fixture->status = 422;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        fixture->answer = mistake_at(line_sent_with(fixture, places[i].sent));
        SESSION_RUN(&session, NULL, "apply", "-f", one, "-f", policy, "-f", two);
        assert_says(session.error, places[i].told);
    }
    fixture->answer = mistake_at(2);
    SESSION_RUN(&session, NULL, "apply", "-f", one);
    assert_says(session.error, "one.yaml:2:7: no good\n");
    SESSION_RUN(&session, target, "apply", "-f", "-");
    assert_says(session.error, "<stdin>:2:7: no good\n");
    fixture->answer = mistake_at(0);
    SESSION_RUN(&session, NULL, "apply", "-f", one);
    assert_says(session.error, "one.yaml: no good\n");
    fixture->status = 200;
    session_end(&session);
}

/* The text at the end of the first would get a newline from what follows. */
static void documents_that_cannot_follow_one_another_as_written_are_written_anew(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    const char *one = session_file("one.yaml", "---\nkind: Policy\nmetadata: {name: a}\nspec:\n  policies: |\n"
                                               "    permit (principal, action, resource);");
    const char *two = session_file("two.yaml", target);
    fixture->answer = "{}";
    SESSION_RUN(&session, NULL, "apply", "-f", one, "-f", two);
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "\"permit (principal, action, resource);\"}}\n");
    fixture->status = 422;
    fixture->answer = mistake_at(line_sent_with(fixture, "{\"kind\":\"Policy\""));
    SESSION_RUN(&session, NULL, "apply", "-f", one, "-f", two);
    assert_says(session.error, "one.yaml:2: no good\n");
    fixture->status = 200;
    session_end(&session);
}

static void gets_documents_as_a_table_and_as_yaml_that_can_be_applied(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = listing;
    SESSION_RUN(&session, NULL, "get");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "gateway.yaml:12");
    assert_says(session.out, "https://idp.example");
    session.width = 50;
    SESSION_RUN(&session, NULL, "get");
    assert_says(session.out, "Target  orders");
    SESSION_RUN(&session, NULL, "get", "issuers");
    assert_does_not_say(session.out, "orders");
    SESSION_RUN(&session, NULL, "get", "policies");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.error, "there is no Policy");
    SESSION_RUN(&session, NULL, "get", "TARGET", "orders", "-o", "yaml");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "kind: Target");
    char *yaml = strdup(session.out);
    SESSION_RUN(&session, yaml, "diff", "-f", "-");
    free(yaml);
    assert_int_equal(session.code, EXIT_CODE_FINE);
    session_end(&session);
}

static void the_help_of_get_names_every_kind_there_is(void **state)
{
    struct session session = {0};
    (void)state;
    SESSION_RUN(&session, NULL, "get", "--help");
    for (int kind = 0; kind < DOCUMENT_KIND_COUNT; kind++)
        assert_says(session.out, document_kind_name((enum document_kind)kind));
    session_end(&session);
}

static void refuses_kinds_and_names_that_are_not_there(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = listing;
    SESSION_RUN(&session, NULL, "get", "gadget");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "get", "target", "nobody");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    SESSION_RUN(&session, NULL, "delete", "gadget", "x");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    session_end(&session);
}

static void shows_differences_line_by_line_and_says_so_in_its_status(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = listing;
    SESSION_RUN(&session, NULL, "diff", "-f", session_file("target.yaml", target));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.out, "Target/orders\n");
    assert_says(session.out, "\n- ");
    assert_says(session.out, "write");
    fixture->answer = "{\"generation\":1,\"items\":[]}";
    SESSION_RUN(&session, NULL, "diff", "-f", session_file("target.yaml", target));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.out, "Target/orders (new)\n");
    session_end(&session);
}

static void deletes_by_kind_and_escaped_name(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = "{\"generation\":5,\"changes\":[]}";
    SESSION_RUN(&session, NULL, "delete", "targets", "a/../b?c");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "DELETE /v1/documents/Target/a%2F..%2Fb%3Fc ");
    session_end(&session);
}

static void lists_rotates_and_revokes_keys(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer =
        "{\"keys\":[{\"kid\":\"abc\",\"algorithm\":\"ES256\",\"state\":\"active\",\"created_at\":1,"
        "\"activate_at\":1000000000,\"retire_at\":0,\"remove_at\":0}],\"verifiers_may_cache_s\":300}";
    SESSION_RUN(&session, NULL, "key", "list");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "GET /v1/keys ");
    assert_says(session.out, "abc  ES256      active  ");
    assert_says(session.out, " ago ");
    SESSION_RUN(&session, NULL, "key", "rotate", "--algorithm", "RS256");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "POST /v1/keys/rotate?algorithm=RS256 ");
    SESSION_RUN(&session, NULL, "key", "revoke", "abc");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(fixture->request, "POST /v1/keys/abc/revoke ");
    assert_says(session.error, "up to 5 min more");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applies_a_file_as_it_is_and_says_what_changed),
        cmocka_unit_test(applies_policies_with_the_text_of_their_file),
        cmocka_unit_test(sends_nothing_when_a_file_has_mistakes),
        cmocka_unit_test(says_what_is_off_and_what_is_on_trial),
        cmocka_unit_test(shows_a_mistake_of_a_policy_in_its_line_before_anything_is_sent),
        cmocka_unit_test(prints_the_gateways_mistakes_one_a_line),
        cmocka_unit_test(tells_the_gateways_mistakes_in_the_lines_of_the_files_they_are_in),
        cmocka_unit_test(documents_that_cannot_follow_one_another_as_written_are_written_anew),
        cmocka_unit_test(gets_documents_as_a_table_and_as_yaml_that_can_be_applied),
        cmocka_unit_test(the_help_of_get_names_every_kind_there_is),
        cmocka_unit_test(refuses_kinds_and_names_that_are_not_there),
        cmocka_unit_test(shows_differences_line_by_line_and_says_so_in_its_status),
        cmocka_unit_test(deletes_by_kind_and_escaped_name),
        cmocka_unit_test(lists_rotates_and_revokes_keys),
    };
    return cmocka_run_group_tests(tests, admin_fixture_start, admin_fixture_stop);
}

/* policy validate without a schema, policy schema, policy test and policy replay as whole command lines. */
#include "admin_fixture.h"
#include "policy_world.h"

static const char good[] =
    "@id(\"x\")\npermit(principal, action == Action::\"exchange\", resource == Target::\"order\");\n";

static void validates_against_the_model_it_carries(void **state)
{
    (void)state;
    struct session session = {0};
    const char *path = session_file("agents.cedar", good);
    SESSION_RUN(&session, NULL, "policy", "validate", path);
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_string_equal(session.out, "1 policy, valid\n");
    assert_string_equal(session.error, "");
    SESSION_RUN(&session, NULL, "policy", "validate", path, session_file("world.yaml", POLICY_WORLD));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_string_equal(session.out, "1 policy, valid, 1 warning\n");
    assert_says(session.error, "agents.cedar:2:49: warning: no document is Target \"order\"\n");
    assert_says(session.error, "Did you mean \"orders\"?");
    session_end(&session);
}

static void shows_a_mistake_in_the_line_of_the_yaml_that_it_stands_in(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session, NULL, "policy", "validate",
                session_file("p.yaml", "# two lines\n# before\nkind: Policy\nmetadata: {name: agents}\nspec:\n"
                                       "  policies: |\n"
                                       "    permit(principal, action == Action::\"exchange\", resource)\n"
                                       "    when { context.rsk > 3 };\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "p.yaml:8:12: ");
    assert_says(session.error, "\n        when { context.rsk > 3 };\n               ^^^^^^^^^^^\n");
    SESSION_RUN(&session, NULL, "policy", "validate",
                session_file("p.yaml",
                             "kind: Policy\nmetadata: {name: agents}\nspec:\n  policies: \"permit(principal, "
                             "action, resource) when { context.now };\"\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "Policy/agents (");
    session_end(&session);
}

static void warns_of_an_annotation_that_is_not_known_and_refuses_ids_that_stand_twice(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(
        &session, NULL, "policy", "validate",
        session_file("agents.cedar",
                     "@max_lifetim(\"60s\")\npermit(principal, action == Action::\"exchange\", resource);"));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.error,
                ":1:1: warning: @max_lifetim is not known, so this policy denies once it decides");
    assert_says(session.error, "Did you mean @max_lifetime?");
    SESSION_RUN(&session, NULL, "policy", "validate",
                session_file("agents.cedar",
                             "@owner(\"x\")\npermit(principal, action == Action::\"exchange\", resource);"));
    assert_says(session.error, "Those that are known are in docs/policy.md.");
    SESSION_RUN(&session, NULL, "policy", "validate",
                session_file("agents.cedar",
                             "@id(\"a\") permit(principal, action == Action::\"exchange\", resource);\n"
                             "@id(\"a\") permit(principal, action == Action::\"redeem\", resource);"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "there are two policies agents/a");
    session_end(&session);
}

static void prints_the_model(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session, NULL, "policy", "schema");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    const char *path = session_file("model.cedarschema", session.out);
    SESSION_RUN(&session, NULL, "policy", "validate", "--schema", path, session_file("agents.cedar", good));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    session_end(&session);
}

static void tries_cases_and_says_which_policies_none_of_them_reached(void **state)
{
    (void)state;
    struct session session = {0};
    const char *world = session_file("world.yaml", POLICY_WORLD),
               *path = session_file(
                   "agents.cedar", "@id(\"all\") permit(principal, action == Action::\"exchange\", resource);\n"
                                   "@id(\"deep\") forbid(principal, action == Action::\"exchange\", resource)\n"
                                   "when { context.delegation.depth > 2 };\n");
    SESSION_RUN(&session, NULL, "policy", "test", world, path,
                session_file("a.test.yaml", "- {name: one of them, expect: allow}\n"));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_string_equal(session.out, "✓ one of them\n\n1 passed, 0 failed; 1 of 2 policies decided in a case\n"
                                     "  no case made it decide: agents/deep\n");
    SESSION_RUN(&session, NULL, "policy", "test", world, path,
                session_file("a.test.yaml", "- {name: too deep, given: {delegation: 3}, expect: allow}\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.out, "✗ too deep\n    decision: expected allow, found deny, policy_denied\n"
                             "    because: agents/deep line 3: when { context.delegation.depth > 2 }\n");
    SESSION_RUN(&session, NULL, "policy", "test", world, path,
                session_file("a.test.yaml", "- {name: wrong, given: {delegaton: 3}, expect: allow}\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "a.test.yaml: case \"wrong\": given: \"delegaton\" is not known; did you mean");
    assert_string_equal(session.out, "");
    SESSION_RUN(&session, NULL, "policy", "test", world, path, session_file("a.test.yaml", "- {name: [}\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "a.test.yaml:1:");
    SESSION_RUN(&session, NULL, "policy", "test", world, path);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    session_end(&session);
}

static void replays_nothing_by_options_that_make_no_sense(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    SESSION_RUN(&session, NULL, "policy", "replay", "--since", "yesterday");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "policy", "replay", "--limit", "0");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    assert_string_equal(fixture->request, "");
    /* Neither documents nor records: the least a gateway can answer. */
    SESSION_RUN(&session, NULL, "policy", "replay", "-o", "json");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "\"exchanges\": 0");
    assert_says(fixture->request, "GET /v1/records?limit=200 ");
    session_end(&session);
}

#define GATEWAY                                                                                                \
    "{\"items\":[{\"kind\":\"Gateway\",\"name\":\"g\",\"source\":\"gateway.yaml\",\"line\":1,\"body\":{"       \
    "\"kind\":\"Gateway\","                                                                                    \
    "\"metadata\":{\"name\":\"g\"},\"spec\":{\"issuer\":\"https://"                                            \
    "gateway.example\",\"listen\":[\"127.0.0.1:8443\"],"                                                       \
    "\"tls\":{\"certificateFile\":\"t.crt\",\"keyFile\":\"t.key\"},\"store\":{\"sqlite\":\"s.sqlite\"},"       \
    "\"sealing\":{\"keyFile\":\"s.key\"}}}},"                                                                  \
    "{\"kind\":\"Target\",\"name\":\"orders\",\"source\":\"gateway.yaml\",\"line\":20,\"body\":{\"kind\":"     \
    "\"Target\","                                                                                              \
    "\"metadata\":{\"name\":\"orders\"},\"spec\":{\"audiences\":[\"https://"                                   \
    "o.example\"],\"scopes\":[\"read\",\"write\"]}}}"                                                          \
    "]}"

/* A draft that apply would refuse, or that decides nothing, would look like no difference. */
static void a_draft_names_what_there_is(void **state)
{
    struct admin_fixture *fixture = *state;
    struct session session = {0};
    fixture->answer = GATEWAY;
    SESSION_RUN(&session, NULL, "policy", "replay", "--file",
                session_file("pay.yaml", "kind: Combination\nmetadata: {name: pay}\nspec:\n  rights:\n"
                                         "    - {name: a, targets: [oders], scopes: [read]}\n"
                                         "    - {name: b, targets: [orders], scopes: [write]}\n"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error,
                "pay.yaml:5:27: spec.rights.targets: there is no Target named \"oders\"; did you mean");
    SESSION_RUN(
        &session, NULL, "policy", "replay", "--file",
        session_file("agents.cedar",
                     "permit(principal, action == Action::\"exchange\", resource == Target::\"oders\");"));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.error, "agents.cedar:1:49: warning: no document is Target \"oders\"");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validates_against_the_model_it_carries),
        cmocka_unit_test(shows_a_mistake_in_the_line_of_the_yaml_that_it_stands_in),
        cmocka_unit_test(warns_of_an_annotation_that_is_not_known_and_refuses_ids_that_stand_twice),
        cmocka_unit_test(prints_the_model),
        cmocka_unit_test(tries_cases_and_says_which_policies_none_of_them_reached),
        cmocka_unit_test(replays_nothing_by_options_that_make_no_sense),
        cmocka_unit_test(a_draft_names_what_there_is),
    };
    return cmocka_run_group_tests(tests, admin_fixture_start, admin_fixture_stop);
}

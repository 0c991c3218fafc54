/* policy authorize and validate: what is decided, what is said of files that are wrong, and the exit status. */
#include "session.h"

static const char *const policies =
    "@id(\"alice may view\")\n"
    "permit(principal == User::\"alice\", action == Action::\"view\", resource)\n"
    "when { context.mfa };\n"
    "forbid(principal, action, resource) when { resource.private };\n";
static const char *const entities =
    "[{\"uid\":{\"type\":\"Photo\",\"id\":\"1\"},\"attrs\":{\"private\":false,"
    "\"owner\":{\"__entity\":{\"type\":\"User\",\"id\":\"alice\"}}},\"parents\":[]}]";
static const char *const request = "{\"principal\":\"User::\\\"alice\\\"\",\"action\":\"Action::\\\"view\\\"\","
                                   "\"resource\":\"Photo::\\\"1\\\"\",\"context\":{\"mfa\":true}}";
static const char *const schema = "entity User;\nentity Photo { owner: User, private: Bool };\n"
                                  "action view appliesTo { principal: User, resource: Photo, "
                                  "context: { mfa: Bool } };\n";

static void prints_the_decision_and_which_policies_made_it(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session, NULL, "policy", "authorize", "--policies", session_file("p.cedar", policies),
                "--entities", session_file("e.json", entities), "--request", session_file("r.json", request));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "\"decision\": \"allow\"");
    assert_says(session.out, "\"alice may view\"");
    session_end(&session);
}

static void says_by_its_exit_status_that_it_denies(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session,
                "{\"principal\":\"User::\\\"bob\\\"\",\"action\":\"Action::\\\"view\\\"\","
                "\"resource\":\"Photo::\\\"2\\\"\",\"context\":{}}",
                "policy", "authorize", "-p", session_file("p.cedar", policies), "--entities",
                session_file("e.json", entities), "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_DENIED);
    assert_says(session.out, "\"decision\": \"deny\"");
    assert_says(session.out, "\"policyId\": \"policy1\"");
    session_end(&session);
}

static void reads_entities_and_requests_by_the_schema(void **state)
{
    (void)state;
    struct session session = {0};
    const char *implicit =
        session_file("e.json", "[{\"uid\":{\"type\":\"Photo\",\"id\":\"1\"},\"attrs\":{\"private\":true,"
                               "\"owner\":{\"type\":\"User\",\"id\":\"alice\"}},\"parents\":[]}]");
    SESSION_RUN(&session, request, "policy", "authorize", "-p", session_file("p.cedar", policies), "--entities",
                implicit, "-r", "-", "--schema", session_file("s.cedarschema", schema));
    assert_int_equal(session.code, EXIT_CODE_DENIED);
    assert_says(session.out, "\"policy1\"");
    SESSION_RUN(&session,
                "{\"principal\":\"User::\\\"alice\\\"\",\"action\":\"Action::\\\"edit\\\"\","
                "\"resource\":\"Photo::\\\"1\\\"\",\"context\":{}}",
                "policy", "authorize", "-p", session_file("p.cedar", policies), "--entities", implicit, "-r",
                "-", "--schema", session_file("s.cedarschema", schema));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_string_equal(session.out, "");
    assert_says(session.error, "standard input: ");
    session_end(&session);
}

static void shows_where_a_policy_is_wrong_and_what_was_meant(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session, request, "policy", "authorize", "-p",
                session_file("p.cedar", "permit(principal, action, resource)\nwehn { true };\n"), "--entities",
                session_file("e.json", entities), "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_string_equal(session.out, "");
    assert_says(session.error, "p.cedar:2:1: ");
    assert_says(session.error, "wehn { true };\n");
    assert_says(session.error, "^^^^");
    assert_says(session.error, "when");
    session_end(&session);
}

static void shows_where_json_is_wrong(void **state)
{
    (void)state;
    struct session session = {0};
    const char *path = session_file("p.cedar", policies);
    SESSION_RUN(&session, request, "policy", "authorize", "-p", path, "--entities",
                session_file("e.json", "[\n{\"uid\": 1,}]"), "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "e.json:2:");
    SESSION_RUN(
        &session, request, "policy", "authorize", "-p", path, "--entities",
        session_file("e.json", "[{\"uid\":{\"type\":\"U\",\"id\":\"\"},\"attrs\":{\"n\":1.5},\"parents\":[]}]"),
        "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "e.json: entities[0].attrs.n: 1.5 is not a whole number");
    SESSION_RUN(&session, request, "policy", "authorize", "-p", path, "--entities",
                session_file("e.json", "[{\"uid\":{\"type\":\"U\",\"id\":\"a\"},\"attrs\":{},\"parents\":[{"
                                       "\"type\":\"U\",\"id\":\"a\"}]}]"),
                "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "U::\"a\" is its own ancestor");
    session_end(&session);
}

static void refuses_templates_and_names_that_stand_twice(void **state)
{
    (void)state;
    struct session session = {0};
    const char *none = session_file("e.json", "[]");
    SESSION_RUN(&session, request, "policy", "authorize", "-p",
                session_file("p.cedar", "permit(principal == ?principal, action, resource);"), "--entities",
                none, "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "template");
    SESSION_RUN(&session, request, "policy", "authorize", "-p",
                session_file("p.cedar", "@id(\"policy1\") permit(principal, action, resource);\n"
                                        "permit(principal, action, resource);"),
                "--entities", none, "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "p.cedar:2:1: Another policy has the id \"policy1\" already.");
    session_end(&session);
}

static void validates_every_file_and_shows_every_mistake(void **state)
{
    (void)state;
    struct session session = {0};
    const char *fine = session_file("p.cedar", policies);
    const char *wrong = session_file("q.cedar", "permit(principal, action, resource)\n"
                                                "when { resource.ownr == principal && context.mfa + 1 == 2 };");
    const char *path = session_file("s.cedarschema", schema);
    SESSION_RUN(&session, NULL, "policy", "validate", "--schema", path, fine);
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "2 policies, valid");
    SESSION_RUN(&session, NULL, "policy", "validate", "--schema", path, wrong, fine);
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.out, "2 policies, valid");
    assert_says(session.error, "q.cedar:2:8: ");
    assert_says(session.error, "q.cedar:2:38: ");
    SESSION_RUN(&session, NULL, "policy", "validate", "--schema",
                session_file("s.cedarschema", "entity User\n"), fine);
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "s.cedarschema:");
    session_end(&session);
}

static void wants_every_file_named(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session, NULL, "policy", "authorize", "--policies", "p.cedar");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "policy", "validate");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, NULL, "policy", "authorize", "-p", "/nowhere/p.cedar", "--entities", "x", "-r", "y");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "/nowhere/p.cedar cannot be read");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_the_decision_and_which_policies_made_it),
        cmocka_unit_test(says_by_its_exit_status_that_it_denies),
        cmocka_unit_test(reads_entities_and_requests_by_the_schema),
        cmocka_unit_test(shows_where_a_policy_is_wrong_and_what_was_meant),
        cmocka_unit_test(shows_where_json_is_wrong),
        cmocka_unit_test(refuses_templates_and_names_that_stand_twice),
        cmocka_unit_test(validates_every_file_and_shows_every_mistake),
        cmocka_unit_test(wants_every_file_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

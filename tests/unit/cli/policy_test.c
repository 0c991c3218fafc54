/* policy authorize, validate and convert: what is decided, what is said of files that are wrong, and the exit
 * status. */
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

static const char *const template_text =
    "@id(\"t\") permit(principal == ?principal, action, resource) when { context.mfa };\n"
    "permit(principal, action == Action::\"edit\", resource);\n";
static const char *const link_text =
    "[{\"template_id\":\"t\",\"link_id\":\"alice\",\"args\":{\"?principal\":\"User::\\\"alice\\\"\"}}]";

static void a_template_decides_by_its_links(void **state)
{
    (void)state;
    struct session session = {0};
    const char *path = session_file("t.cedar", template_text), *none = session_file("e.json", "[]");
    SESSION_RUN(&session, request, "policy", "authorize", "-p", path, "--template-linked",
                session_file("l.json", link_text), "--entities", none, "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "\"alice\"");
    SESSION_RUN(&session, request, "policy", "authorize", "-p", path, "-k", session_file("l.json", "[]"),
                "--entities", none, "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_DENIED);
    SESSION_RUN(&session, request, "policy", "authorize", "-p", path, "-k",
                session_file("l.json", "[{\"template_id\":\"t\",\"link_id\":\"l\",\"args\":{}}]"), "--entities",
                none, "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "l.json: link \"l\": the template \"t\" has ?principal to fill");
    SESSION_RUN(&session, request, "policy", "authorize", "-p", path, "-k", session_file("l.json", "{}"),
                "--entities", none, "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "l.json: links: an array of links is expected");
    session_end(&session);
}

static void policies_are_turned_into_json_and_decide_the_same(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session, NULL, "policy", "convert", session_file("t.cedar", template_text), "-k",
                session_file("l.json", link_text));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "\"staticPolicies\": {\n    \"policy1\": {");
    assert_says(session.out, "\"templateId\": \"t\"");
    const char *path = session_file("set.json", session.out);
    SESSION_RUN(&session, request, "policy", "authorize", "-p", path, "--entities",
                session_file("e.json", "[]"), "-r", "-");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "\"alice\"");
    SESSION_RUN(&session, NULL, "policy", "convert", path);
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "templateLinks");
    session_end(&session);
}

static void json_becomes_a_text_whose_policies_have_the_same_names(void **state)
{
    (void)state;
    struct session session = {0};
    SESSION_RUN(&session, NULL, "policy", "convert", session_file("t.cedar", template_text));
    const char *path = session_file("set.json", session.out);
    SESSION_RUN(&session, NULL, "policy", "convert", path, "--to", "cedar");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_string_equal(session.out,
                        "@id(\"policy1\")\npermit(principal, action == Action::\"edit\", resource);\n\n"
                        "@id(\"t\")\npermit(principal == ?principal, action, resource)\n"
                        "when { context.mfa };\n");
    SESSION_RUN(&session, NULL, "policy", "convert",
                session_file("set.json",
                             "{\"staticPolicies\":{\"a\":{\"effect\":\"permit\",\"principal\":{\"op\":\"All\"},"
                             "\"action\":{\"op\":\"All\"},\"resource\":{\"op\":\"All\"},\"conditions\":[],"
                             "\"annotations\":{\"id\":\"b\"}}}}"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "The policy \"a\" has another name as its");
    SESSION_RUN(&session, NULL, "policy", "convert", path, "--to", "yaml");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    session_end(&session);
}

static void policies_in_json_are_validated_and_their_mistakes_have_a_place(void **state)
{
    (void)state;
    struct session session = {0};
    const char *model = session_file("s.cedarschema", schema);
    SESSION_RUN(&session, NULL, "policy", "convert",
                session_file("p.cedar",
                             "permit(principal, action, resource) when { context.mfa && resource.ownr == "
                             "principal };"));
    SESSION_RUN(&session, NULL, "policy", "validate", "--schema", model, session_file("p.json", session.out));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "p.json: policy0:2:23: ");
    SESSION_RUN(&session, NULL, "policy", "validate", "--schema", model, session_file("p.json", "[]"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "p.json: policy: an object is expected, there is an array.");
    SESSION_RUN(&session, " {\"x\": 1}", "policy", "validate", "--schema", model, "-");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "standard input: x: no such member is known here.");
    session_end(&session);
}

static void a_link_is_validated_where_its_template_is_fine(void **state)
{
    (void)state;
    struct session session = {0};
    const char *model = session_file("s.cedarschema", schema);
    const char *path = session_file("t.cedar", "@id(\"t\") permit(principal == ?principal, action, resource);");
    SESSION_RUN(&session, NULL, "policy", "validate", "--schema", model, path, "-k",
                session_file("l.json", link_text));
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "2 policies, valid");
    SESSION_RUN(&session, NULL, "policy", "validate", "--schema", model, path, "-k",
                session_file("l.json", "[{\"template_id\":\"t\",\"link_id\":\"l\",\"args\":{\"?principal\":"
                                       "\"Photo::\\\"1\\\"\"}}]"));
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "t.cedar:1:17: linked as \"l\": no request fits this head");
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
        cmocka_unit_test(a_template_decides_by_its_links),
        cmocka_unit_test(policies_are_turned_into_json_and_decide_the_same),
        cmocka_unit_test(json_becomes_a_text_whose_policies_have_the_same_names),
        cmocka_unit_test(policies_in_json_are_validated_and_their_mistakes_have_a_place),
        cmocka_unit_test(a_link_is_validated_where_its_template_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

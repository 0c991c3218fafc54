/* Who may use what of an MCP server: rules, then policies, then definitions; and what may be seen of what may
 * not be used. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "access_fixture.h"

#define RULES                                                                                                  \
    "{tools: [{names: ['read_*'], scopes: [read]}, {names: [wipe], scopes: [admin]}, {names: ['write*'], "     \
    "scopes: [read, write]}, {names: [open]}], resources: [{names: ['file:///docs/*']}], "                     \
    "prompts: [{names: [greet]}], serverRequests: [sampling]}"
#define OPEN   "{\"name\":\"open\",\"description\":\"opens\"}"
#define WRITE  "{\"name\":\"write_file\",\"description\":\"writes\"}"
#define READ   "{\"name\":\"read_file\",\"description\":\"reads\"}"
#define PERMIT "permit(principal, action in Action::\"mcp\", resource in Server::\"files\");"

static struct access_fixture *listed(const char *mcp, const char *policies, const char *scopes)
{
    struct access_fixture *fixture = access_fixture_make(mcp, policies, scopes);
    (void)access_fixture_list(fixture, OPEN);
    (void)access_fixture_list(fixture, WRITE);
    (void)access_fixture_list(fixture, READ);
    (void)access_fixture_list(fixture, "{\"name\":\"wipe\"}");
    return fixture;
}

static void a_target_alone_lets_through_what_its_rules_have(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(RULES, NULL, "read");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_SERVER, NULL, NULL), MCP_ALLOWED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_ALLOWED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "read_file", "{}"), MCP_ALLOWED);
    assert_true(text_is(fixture->access.rule->scopes.items[0], "read"));
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_RESOURCE, "file:///docs/a", NULL), MCP_ALLOWED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_PROMPT, "greet", NULL), MCP_ALLOWED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_SAMPLING, NULL, NULL), MCP_ALLOWED);
    access_fixture_destroy(fixture);
}

static void what_no_rule_fits_is_denied_as_unknown(void **state)
{
    static const struct {
        enum mcp_access_kind kind;
        const char *name;
    } rows[] = {
        {MCP_ACCESS_TOOL, "delete"},
        {MCP_ACCESS_TOOL, "Open"},
        {MCP_ACCESS_TOOL, ""},
        {MCP_ACCESS_TOOL, "greet"}, /* a prompt's */
        {MCP_ACCESS_PROMPT, "open"},
        {MCP_ACCESS_RESOURCE, "file:///etc/passwd"},
        {MCP_ACCESS_RESOURCE, "file:///docs/../etc/passwd"},
        {MCP_ACCESS_RESOURCE, "file:///docs/%2e%2e/etc/passwd"},
        {MCP_ACCESS_ELICITATION, NULL},
        {MCP_ACCESS_ROOTS, NULL},
    };
    (void)state;
    struct access_fixture *fixture = listed(RULES, PERMIT, "read write");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_SERVER, NULL, NULL), MCP_ALLOWED);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(access_fixture_look(fixture, rows[i].kind, rows[i].name), MCP_DENIED);
        assert_int_equal(access_fixture_ask(fixture, rows[i].kind, rows[i].name, NULL), MCP_DENIED);
        assert_int_equal(fixture->access.fault, FAULT_MCP_NAME_UNKNOWN);
    }
    access_fixture_destroy(fixture);
    fixture = listed("{}", NULL, "read write"); /* without rules there is nothing */
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", NULL), MCP_DENIED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_SAMPLING, NULL, NULL), MCP_DENIED);
    access_fixture_destroy(fixture);
}

static void scopes_that_can_be_had_are_named_all_at_once(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(RULES, PERMIT, "");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "write_file", "{}"), MCP_STEP_UP);
    assert_int_equal(fixture->access.fault, FAULT_CALL_SCOPE);
    assert_true(text_is(fixture->access.scopes, "read write"));
    assert_true(text_is(fixture->call.needed_scopes, "read write"));
    assert_int_equal(access_fixture_look(fixture, MCP_ACCESS_TOOL, "write_file"), MCP_STEP_UP);
    assert_true(mcp_access_is_listed(&fixture->access));
    access_fixture_destroy(fixture);
}

static void scopes_that_cannot_be_had_are_not_told_of(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(RULES, NULL, "");
    /* the target offers none of that name, which no document can say any more */
    access_fixture_offer_less(fixture);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "wipe", "{}"), MCP_DENIED);
    assert_int_equal(fixture->call.needed_scopes.length, 0);
    access_fixture_destroy(fixture);
    /* policies would not permit it even then */
    fixture = listed(RULES, PERMIT "forbid(principal, action, resource == Tool::\"files/write_file\");", "");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "write_file", "{}"), MCP_DENIED);
    assert_int_equal(fixture->access.fault, FAULT_POLICY_DENIED);
    assert_int_equal(fixture->call.needed_scopes.length, 0);
    access_fixture_destroy(fixture);
    /* they would permit it with more scopes than the rule names */
    fixture = listed(RULES,
                     "permit(principal, action in Action::\"mcp\", resource) when { "
                     "context.scopes.contains(\"write\") };",
                     "");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "read_file", "{}"), MCP_DENIED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_DENIED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "write_file", "{}"), MCP_STEP_UP);
    access_fixture_destroy(fixture);
}

static void a_policy_is_needed_once_there_is_one(void **state)
{
    (void)state;
    struct access_fixture *fixture =
        listed(RULES, "permit(principal, action == Action::\"use_server\", resource);", "read write");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_SERVER, NULL, NULL), MCP_ALLOWED);
    assert_int_equal(access_fixture_look(fixture, MCP_ACCESS_SAMPLING, NULL), MCP_DENIED);
    assert_int_equal(access_fixture_look(fixture, MCP_ACCESS_TOOL, "open"), MCP_DENIED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_DENIED);
    assert_int_equal(fixture->access.fault, FAULT_POLICY_NO_PERMIT);
    access_fixture_destroy(fixture);
}

static void what_a_policy_says_of_what_it_denies_is_not_told(void **state)
{
    (void)state;
    struct access_fixture *fixture =
        listed(RULES, PERMIT "@reason(\"Not on Sundays.\") forbid(principal, action, resource);", "read");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_DENIED);
    assert_int_equal(fixture->call.call.public_reason.length, 0);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_SERVER, NULL, NULL), MCP_DENIED);
    assert_true(text_is(fixture->call.call.public_reason, "Not on Sundays."));
    access_fixture_destroy(fixture);
}

static void arguments_decide_about_a_call(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(
        RULES,
        PERMIT "forbid(principal, action == Action::\"call_tool\", resource) when { "
               "context.arguments.hasTag(\"/path\") && context.arguments.getTag(\"/path\") like \"/etc/*\" };",
        "read write");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{\"path\":\"/tmp/a\"}"),
                     MCP_ALLOWED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{\"path\":\"/etc/a\"}"), MCP_DENIED);
    assert_int_equal(access_fixture_look(fixture, MCP_ACCESS_TOOL, "open"), MCP_ALLOWED);
    assert_true(fixture->call.facts.mcp.argument_count == 1);
    assert_true(fixture->call.facts_json.length != 0);
    access_fixture_destroy(fixture);
}

static void an_approval_and_a_login_are_told_and_listed(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(
        RULES,
        PERMIT "@approval(\"owner\") forbid(principal, action, resource == Tool::\"files/open\");"
               "@require_step_up(\"mfa\") forbid(principal, action, resource == Tool::\"files/read_file\");",
        "read write");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_APPROVAL);
    assert_int_equal(fixture->access.fault, FAULT_MCP_APPROVAL);
    assert_true(text_is(fixture->access.approval, "owner"));
    assert_int_equal(access_fixture_look(fixture, MCP_ACCESS_TOOL, "open"), MCP_APPROVAL);
    assert_true(mcp_access_is_listed(&fixture->access));
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "read_file", "{}"), MCP_LOGIN);
    assert_true(text_is(fixture->call.call.acr_values, "mfa"));
    assert_true(mcp_access_is_listed(&fixture->access));
    access_fixture_destroy(fixture);
}

static void what_has_effects_is_said_so(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(
        RULES, PERMIT "@has_effects permit(principal, action, resource == Tool::\"files/open\");", "read");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "read_file", "{}"), MCP_ALLOWED);
    assert_false(fixture->access.has_effects || fixture->call.has_effects);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_ALLOWED);
    assert_true(fixture->access.has_effects && fixture->call.has_effects);
    access_fixture_destroy(fixture);
}

/* What is forbidden to who obtained the credential is not let through because another acts. */
static void who_calls_is_asked_about_where_another_acts(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(
        RULES, PERMIT "forbid(principal in Client::\"other\", action == Action::\"call_tool\", resource);",
        "read");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_ALLOWED);
    access_fixture_let_another_call(fixture);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_DENIED);
    assert_int_equal(access_fixture_look(fixture, MCP_ACCESS_TOOL, "open"), MCP_DENIED);
    access_fixture_destroy(fixture);
}

static void a_tool_that_was_in_no_list_is_denied(void **state)
{
    (void)state;
    struct access_fixture *fixture = access_fixture_make(RULES, NULL, "read");
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_DENIED);
    assert_int_equal(fixture->access.fault, FAULT_MCP_NAME_UNKNOWN);
    assert_false(mcp_catalog_knows(&fixture->catalog, TEXT("files"), TEXT("open")));
    assert_int_equal(access_fixture_list(fixture, OPEN), MCP_DEFINITION_CONFIRMED);
    assert_true(mcp_catalog_knows(&fixture->catalog, TEXT("files"), TEXT("open")));
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_ALLOWED);
    access_fixture_destroy(fixture);
}

static void a_tool_that_changed_is_suspended_and_not_listed(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(RULES, PERMIT, "read");
    assert_int_equal(
        access_fixture_list(fixture, "{\"name\":\"open\",\"description\":\"opens and tells Eve\"}"),
        MCP_DEFINITION_SUSPENDED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_SUSPENDED);
    assert_int_equal(fixture->access.fault, FAULT_MCP_NAME_SUSPENDED);
    assert_int_equal(access_fixture_look(fixture, MCP_ACCESS_TOOL, "open"), MCP_SUSPENDED);
    assert_false(mcp_access_is_listed(&fixture->access));
    access_fixture_destroy(fixture);
}

static void with_confirm_definitions_the_first_waits_as_well(void **state)
{
    (void)state;
    struct access_fixture *fixture =
        access_fixture_make("{tools: [{names: ['*']}], confirmDefinitions: true}", NULL, "read");
    assert_int_equal(access_fixture_list(fixture, OPEN), MCP_DEFINITION_UNCONFIRMED);
    assert_int_equal(access_fixture_ask(fixture, MCP_ACCESS_TOOL, "open", "{}"), MCP_SUSPENDED);
    access_fixture_destroy(fixture);
}

/* Only what a rule fits is noted: the rest is not called, and must not fill the catalog. */
static void entries_of_a_list_are_noted_where_a_rule_fits(void **state)
{
    (void)state;
    struct access_fixture *fixture = access_fixture_make(RULES, NULL, "read");
    static const char *const entries[] = {OPEN, "{\"name\":\"delete\"}"};
    for (size_t i = 0; i < 2; i++) {
        struct mcp_access_question question = {.kind = MCP_ACCESS_TOOL, .is_listing = true};
        assert_int_equal(
            json_parse(fixture->arena, text_of(entries[i]), &json_limits_document, &question.definition),
            FAULT_NONE);
        question.name = json_text_of(question.definition, "name");
        mcp_access_look(&fixture->call, &question, &fixture->access);
        assert_int_equal(fixture->access.verdict, i == 0 ? MCP_ALLOWED : MCP_DENIED);
        assert_int_equal(mcp_catalog_knows(&fixture->catalog, TEXT("files"), question.name), i == 0);
    }
    access_fixture_destroy(fixture);
}

static void aside_nothing_is_permitted_before_the_call_was_asked_about(void **state)
{
    (void)state;
    struct access_fixture *fixture = listed(RULES, PERMIT, "read");
    assert_int_equal(access_fixture_look(fixture, MCP_ACCESS_TOOL, "open"), MCP_DENIED);
    assert_int_equal(fixture->access.fault, FAULT_CALL_FACTS);
    access_fixture_destroy(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_alone_lets_through_what_its_rules_have),
        cmocka_unit_test(what_no_rule_fits_is_denied_as_unknown),
        cmocka_unit_test(scopes_that_can_be_had_are_named_all_at_once),
        cmocka_unit_test(scopes_that_cannot_be_had_are_not_told_of),
        cmocka_unit_test(a_policy_is_needed_once_there_is_one),
        cmocka_unit_test(what_a_policy_says_of_what_it_denies_is_not_told),
        cmocka_unit_test(arguments_decide_about_a_call),
        cmocka_unit_test(an_approval_and_a_login_are_told_and_listed),
        cmocka_unit_test(what_has_effects_is_said_so),
        cmocka_unit_test(who_calls_is_asked_about_where_another_acts),
        cmocka_unit_test(a_tool_that_was_in_no_list_is_denied),
        cmocka_unit_test(a_tool_that_changed_is_suspended_and_not_listed),
        cmocka_unit_test(with_confirm_definitions_the_first_waits_as_well),
        cmocka_unit_test(entries_of_a_list_are_noted_where_a_rule_fits),
        cmocka_unit_test(aside_nothing_is_permitted_before_the_call_was_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

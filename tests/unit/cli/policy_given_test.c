/* What a case gives, as facts: defaults, every member, and what is wrong. */
#include "policy_world.h"

static void gives_a_whole_exchange_where_nothing_is_said(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(NULL, "");
    struct policy_case made;
    assert_text(policy_world_case(&world, "- {name: a, expect: allow}", &made), "");
    const struct policy_facts *facts = &made.facts;
    assert_text(facts->agent_class, "jobs");
    assert_text(facts->actor.issuer, "https://builds.example");
    assert_text(facts->actor.issuer_document, "builds");
    assert_int_equal(facts->actor.risk, 20);
    assert_text(facts->proof, "platform_token");
    assert_text(facts->subject.subject, "alice");
    assert_text(facts->subject.issuer_document, "corp");
    assert_int_equal(facts->subject.kind, POLICY_USER);
    assert_text(facts->subject_domain, "home");
    assert_text(facts->target, "orders");
    assert_text(made.target_domain, "partner");
    assert_int_equal(facts->scopes->count, 2);
    assert_int_equal(facts->lifetime_s, 300);
    assert_int_equal(facts->chain_length, 1);
    assert_int_equal(facts->auth_time_s, 0);
    arena_destroy(world.arena);
}

static void gives_what_a_case_says_instead(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(NULL, "");
    struct policy_case made;
    assert_text(
        policy_world_case(
            &world,
            "- name: b\n  expect: deny\n  given:\n    actor: desk\n    target: files\n    scopes: [get]\n"
            "    subject: {issuer: builds, sub: nightly, attributes: {a: x, l: [x, y]}}\n    lifetime: 1m30s\n "
            "   bound: true\n"
            "    time: '2026-03-04T05:06:07Z'\n    authentication: {acr: mfa, amr: [pwd, otp], age: 2m}\n"
            "    delegation: {actors: ['https://a one', 'https://b two']}\n    source: '2001:db8::1'\n"
            "    issued_token_type: urn:t:ccache\n    held: [{target: orders, scopes: read}, {by: tree, "
            "target: files, ended: 1h}]\n"
            "    exchanges_by_agent: {last_minute: 3, last_hour: 40}\n    task: t\n    purpose: p\n    root: "
            "r\n",
            &made),
        "");
    const struct policy_facts *facts = &made.facts;
    assert_text(facts->client, "desk");
    assert_text(facts->issued_type, "urn:t:ccache");
    assert_text(facts->agent_class, "");
    assert_int_equal(facts->subject.kind, POLICY_WORKLOAD);
    assert_int_equal(facts->subject.attribute_count, 2);
    assert_text(facts->subject.attributes[1].value, "x\ny");
    assert_int_equal(facts->lifetime_s, 90);
    assert_true(facts->is_bound);
    assert_int_equal(facts->now_us, INT64_C(1772600767000000));
    assert_int_equal(facts->auth_time_s, 1772600767 - 120);
    assert_int_equal(facts->chain_length, 2);
    assert_text(facts->chain[1].subject, "two");
    assert_int_equal(facts->holding_count, 2);
    assert_true(facts->holdings[0].expires_at_s > 1772600767);
    assert_text(facts->holdings[0].domain, "partner");
    assert_int_equal(facts->holdings[1].expires_at_s, 1772600767 - 3600);
    assert_int_equal(facts->holdings[1].holder, POLICY_HOLDER_TREE);
    assert_int_equal(facts->last_hour[POLICY_HOLDER_AGENT], 40);
    arena_destroy(world.arena);
}

static void says_what_is_wrong_and_what_was_meant(void **state)
{
    static const struct {
        const char *given, *mistake;
    } rows[] = {
        {"{actr: jobs}", "given: \"actr\" is not known; did you mean \"actor\"?"},
        {"{actor: job}", "given: there is no AgentClass \"job\"; did you mean \"jobs\"?"},
        {"{target: oders}", "given: there is no Target \"oders\"; did you mean \"orders\"?"},
        {"{bound: mtls}", "bound: expected true or false"},
        {"{lifetime: soon}", "lifetime: expected a duration such as 90s, 5m or 1h30m"},
        {"{time: noon}", "time: expected a time such as 2026-01-07T12:00:00Z"},
        {"{source: here}", "source: expected an IP address"},
        {"{scopes: 'a  b'}", "scopes: expected scopes, as a list or parted by single spaces"},
        {"{scopes: read rite}", "scopes: Target orders does not offer \"rite\"; it offers read write"},
        {"{target: files, scopes: read}", "scopes: Target files does not offer \"read\"; it offers get"},
        {"{held: [{target: files, scopes: get put}]}",
         "held.scopes: Target files does not offer \"put\"; it offers get"},
        {"{delegation: 33}", "delegation.depth: expected at most 32"},
        {"{subject: {age: 3}}",
         "subject: \"age\" is not known; there are issuer, kind, sub, domain, risk and attributes"},
        {"{held: [{target: orders, x: 1}]}",
         "held: each has target, by (subject, agent or tree), scopes and ended (a duration)"},
        {"{held: [{by: tree}]}",
         "held: each has target, by (subject, agent or tree), scopes and ended (a duration)"},
        {"{subject: 5}", "subject: expected a sub or a mapping"},
        {"{actor: [jobs]}", "actor: expected a name or a mapping"},
        {"{actor: {risk: 101}}", "actor: risk is at most 100"},
        {"{subject: {attributes: {a: true}}}", "subject: expected a text"},
        {"{delegation: {actors: one}}", "delegation.actors: expected a list"},
        {"{delegation: {actors: [one]}}", "delegation.actors: each is an issuer, a space, and a sub"},
        {"{exchanges_by_agent: 5}", "exchanges: each has last_minute and last_hour"},
        {"{action: redeem}",
         "action: expected exchange, call, introspect, use_server, call_tool, read_resource, get_prompt, "
         "ask_sampling, ask_elicitation or ask_roots"},
        {"[]", "given: expected a mapping"},
    };
    (void)state;
    struct policy_world world = policy_world_of(NULL, "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy_case made;
        struct text yaml = arena_print(world.arena, "- name: c\n  expect: allow\n  given: %s\n", rows[i].given);
        struct text mistake = policy_world_case(&world, yaml.base, &made);
        assert_text(mistake, arena_print(world.arena, "case \"c\": %s", rows[i].mistake).base);
    }
    arena_destroy(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_a_whole_exchange_where_nothing_is_said),
        cmocka_unit_test(gives_what_a_case_says_instead),
        cmocka_unit_test(says_what_is_wrong_and_what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

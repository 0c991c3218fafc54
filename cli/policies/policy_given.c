/* The facts of a case; see policy_given.h. Who acts and for whom is read in policy_given_party.c. */
#include "policy_given.h"

#include "cedar/extension.h"

void policy_given_complain(struct policy_given *given, const char *where, struct text sentence)
{
    if (given->mistake.length == 0)
        given->mistake = arena_print(given->arena, "%s: %.*s", where, TEXT_ARGUMENTS(sentence));
}

/* -- values */

struct text policy_given_text(struct policy_given *given, const char *where, const struct json_value *value)
{
    if (!json_is_string(value) && value->kind != JSON_NUMBER)
        policy_given_complain(given, where, TEXT("expected a text"));
    return value->text;
}

struct text policy_given_words(struct policy_given *given, const char *where, const struct json_value *value)
{
    struct buffer words = buffer_in(given->arena, 64);
    if (value->kind != JSON_ARRAY)
        return policy_given_text(given, where, value);
    for (const struct json_value *one = value->first; one != NULL; one = one->next) {
        buffer_append(&words, one == value->first ? TEXT("") : TEXT(" "));
        buffer_append(&words, policy_given_text(given, where, one));
    }
    return buffer_text(&words);
}

int64_t policy_given_integer(struct policy_given *given, const char *where, const struct json_value *value)
{
    int64_t integer = 0;
    if (!json_integer(value, &integer) || integer < 0)
        policy_given_complain(given, where, TEXT("expected a number of 0 or more"));
    return integer;
}

int64_t policy_given_seconds(struct policy_given *given, const char *where, const struct json_value *value)
{
    int64_t ms = 0;
    if (!json_is_string(value) || !cedar_duration_parse(value->text, &ms) || ms < 0)
        policy_given_complain(given, where, TEXT("expected a duration such as 90s, 5m or 1h30m"));
    return ms / 1000;
}

static bool is_known(const struct policy_member *members, struct text name, struct text *nearest)
{
    unsigned least = 4;
    for (const struct policy_member *member = members; member->name != NULL; member++) {
        unsigned distance = text_distance(name, text_of(member->name));
        if (text_is(name, member->name))
            return true;
        if (distance < least && distance < name.length) {
            least = distance;
            *nearest = text_of(member->name);
        }
    }
    return false;
}

static void complain_unknown(struct policy_given *given, const char *where, const struct policy_member *members,
                             struct text name, struct text nearest)
{
    struct buffer known = buffer_in(given->arena, 256);
    buffer_print(&known, "\"%.*s\" is not known; ", TEXT_ARGUMENTS(name));
    if (nearest.length != 0)
        buffer_print(&known, "did you mean \"%.*s\"?", TEXT_ARGUMENTS(nearest));
    else
        for (const struct policy_member *member = members; member->name != NULL; member++)
            buffer_print(&known, "%s%s", member == members ? "there are " : ", ", member->name);
    policy_given_complain(given, where, buffer_text(&known));
}

void policy_given_members(struct policy_given *given, const char *where, const struct json_value *json,
                          const struct policy_member *members)
{
    if (json == NULL)
        return;
    if (json->kind != JSON_OBJECT) {
        policy_given_complain(given, where, TEXT("expected a mapping"));
        return;
    }
    for (const struct json_value *each = json->first; each != NULL; each = each->next) {
        struct text nearest = TEXT_NONE;
        if (!is_known(members, each->name, &nearest))
            complain_unknown(given, where, members, each->name, nearest);
    }
    /* In the order of the rows, as later ones may build on earlier ones. */
    for (const struct policy_member *member = members; member->name != NULL; member++) {
        const struct json_value *value = json_member(json, text_of(member->name));
        if (value != NULL)
            member->read(given, value);
    }
}

/* -- what is asked for */

static void read_time(struct policy_given *given, const struct json_value *value)
{
    int64_t ms = 0;
    if (!cedar_datetime_parse(json_string(value), &ms))
        policy_given_complain(given, "time", TEXT("expected a time such as 2026-01-07T12:00:00Z"));
    given->facts.now_us = ms * 1000;
}

/* A scope that its target does not offer is asked of policies nowhere else: such a case would only seem to show
 * something. */
static void check_offered(struct policy_given *given, const char *where, const struct document *target,
                          const struct scope_set *scopes)
{
    struct text offered = TEXT("");
    for (size_t i = 0; i < target->target.scopes.count; i++)
        offered = arena_print(given->arena, "%.*s%s%.*s", TEXT_ARGUMENTS(offered), i == 0 ? "" : " ",
                              TEXT_ARGUMENTS(target->target.scopes.items[i]));
    for (size_t i = 0; i < scopes->count; i++) {
        bool is_offered = false;
        for (size_t j = 0; j < target->target.scopes.count; j++)
            is_offered |= text_equal(scopes->scopes[i], target->target.scopes.items[j]);
        if (!is_offered)
            policy_given_complain(given, where,
                                  arena_print(given->arena,
                                              "Target %.*s does not offer \"%.*s\"; it offers %.*s",
                                              TEXT_ARGUMENTS(target->name), TEXT_ARGUMENTS(scopes->scopes[i]),
                                              TEXT_ARGUMENTS(offered.length != 0 ? offered : TEXT("none"))));
    }
}

void policy_given_take_target(struct policy_given *given, const struct document *target)
{
    given->facts.target = target->name;
    given->facts.lifetime_s = target->target.maximum_lifetime_s;
    given->target_domain = target->target.domain;
    given->scopes.count = 0;
    for (size_t i = 0; i < target->target.scopes.count && given->scopes.count < SCOPES_MAX; i++)
        given->scopes.scopes[given->scopes.count++] = target->target.scopes.items[i];
}

static void read_action(struct policy_given *given, const struct json_value *value)
{
    static const char *const actions[] = {"exchange", "call", "introspect"};
    struct text action = policy_given_text(given, "action", value);
    given->facts.action = policy_mcp_action(action);
    if (given->facts.action != NULL)
        return;
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (text_is(action, actions[i])) {
            given->facts.action = actions[i];
            return;
        }
    given->facts.action = "exchange";
    policy_given_complain(given, "action",
                          TEXT("expected exchange, call, introspect, use_server, call_tool, read_resource, "
                               "get_prompt, ask_sampling, ask_elicitation or ask_roots"));
}

static void read_method(struct policy_given *given, const struct json_value *value)
{
    given->facts.call.method = policy_given_text(given, "call.method", value);
}

/* As policies see it: decoded. */
static void read_path(struct policy_given *given, const struct json_value *value)
{
    given->facts.call.path = policy_given_text(given, "call.path", value);
}

static void read_host(struct policy_given *given, const struct json_value *value)
{
    given->facts.call.host = policy_given_text(given, "call.host", value);
}

static void read_call(struct policy_given *given, const struct json_value *value)
{
    static const struct policy_member members[] = {
        {"method", read_method}, {"path", read_path}, {"host", read_host}, {NULL, NULL}};
    policy_given_members(given, "call", value, members);
}

static void read_target(struct policy_given *given, const struct json_value *value)
{
    const struct document *target =
        policy_given_document(given, DOCUMENT_TARGET, policy_given_text(given, "target", value));
    if (target != NULL)
        policy_given_take_target(given, target);
    given->has_target = true;
}

static void read_issued_type(struct policy_given *given, const struct json_value *value)
{
    given->facts.issued_type = policy_given_text(given, "issued_token_type", value);
    if (!text_is_absolute_uri(given->facts.issued_type))
        policy_given_complain(given, "issued_token_type", TEXT("expected the URI of a token type"));
}

static void read_scopes(struct policy_given *given, const struct json_value *value)
{
    if (scope_set_parse(policy_given_words(given, "scopes", value), &given->scopes) != FAULT_NONE)
        policy_given_complain(given, "scopes", TEXT("expected scopes, as a list or parted by single spaces"));
    const struct document *target = documents_find(given->documents, DOCUMENT_TARGET, given->facts.target);
    if (target != NULL)
        check_offered(given, "scopes", target, &given->scopes);
}

static void read_lifetime(struct policy_given *given, const struct json_value *value)
{
    given->facts.lifetime_s = policy_given_seconds(given, "lifetime", value);
}

static void read_bound(struct policy_given *given, const struct json_value *value)
{
    if (value->kind != JSON_BOOLEAN)
        policy_given_complain(given, "bound", TEXT("expected true or false"));
    given->facts.is_bound = json_is_true(value);
}

static void read_task(struct policy_given *given, const struct json_value *value)
{
    given->facts.task = policy_given_text(given, "task", value);
}

static void read_purpose(struct policy_given *given, const struct json_value *value)
{
    given->facts.purpose = policy_given_text(given, "purpose", value);
}

static void read_root(struct policy_given *given, const struct json_value *value)
{
    given->facts.root = policy_given_text(given, "root", value);
}

static void read_source(struct policy_given *given, const struct json_value *value)
{
    struct cedar_ipaddr address;
    given->facts.source = policy_given_text(given, "source", value);
    if (!cedar_ipaddr_parse(given->facts.source, &address))
        policy_given_complain(given, "source", TEXT("expected an IP address"));
}

static void read_details(struct policy_given *given, const struct json_value *value)
{
    if (value->kind != JSON_ARRAY)
        policy_given_complain(given, "authorization_details", TEXT("expected a list"));
    given->facts.authorization_details = value;
}

/* -- the chain */

static void read_depth(struct policy_given *given, const struct json_value *value)
{
    enum { DEPTH_MAX = 32 };
    given->depth = policy_given_integer(given, "delegation.depth", value);
    if (given->depth > DEPTH_MAX) {
        policy_given_complain(given, "delegation.depth", TEXT("expected at most 32"));
        given->depth = 0;
    }
}

static void read_actors(struct policy_given *given, const struct json_value *value)
{
    struct policy_identity *chain = ARENA_ARRAY(given->arena, struct policy_identity, value->count + 1);
    given->depth = -1;
    if (value->kind != JSON_ARRAY)
        policy_given_complain(given, "delegation.actors", TEXT("expected a list"));
    for (const struct json_value *one = value->first; one != NULL; one = one->next) {
        struct text rest = policy_given_text(given, "delegation.actors", one);
        struct policy_identity *actor = &chain[given->facts.chain_length++];
        actor->issuer = text_cut(&rest, ' ');
        actor->subject = rest;
        if (rest.length == 0)
            policy_given_complain(given, "delegation.actors", TEXT("each is an issuer, a space, and a sub"));
    }
    given->facts.chain = chain;
}

static void read_delegation(struct policy_given *given, const struct json_value *value)
{
    static const struct policy_member members[] = {
        {"depth", read_depth}, {"actors", read_actors}, {NULL, NULL}};
    if (value->kind == JSON_NUMBER)
        read_depth(given, value);
    else
        policy_given_members(given, "delegation", value, members);
}

static void make_chain(struct policy_given *given)
{
    struct policy_facts *facts = &given->facts;
    if (given->depth < 0)
        return;
    struct policy_identity *chain = ARENA_ARRAY(given->arena, struct policy_identity, (size_t)given->depth + 1);
    for (size_t i = 0; i < (size_t)given->depth; i++)
        chain[i] = i == 0 ? (struct policy_identity){facts->actor.issuer, facts->actor.subject}
                          : (struct policy_identity){facts->actor.issuer,
                                                     arena_print(given->arena, "agent-%zu", i + 1)};
    facts->chain = chain;
    facts->chain_length = (size_t)given->depth;
}

/* -- how the subject authenticated */

static void read_acr(struct policy_given *given, const struct json_value *value)
{
    given->facts.acr = policy_given_text(given, "authentication.acr", value);
}

static void read_amr(struct policy_given *given, const struct json_value *value)
{
    given->facts.amr = policy_given_words(given, "authentication.amr", value);
}

static void read_age(struct policy_given *given, const struct json_value *value)
{
    given->age_s = policy_given_seconds(given, "authentication.age", value);
}

static void read_authentication(struct policy_given *given, const struct json_value *value)
{
    static const struct policy_member members[] = {
        {"acr", read_acr}, {"amr", read_amr}, {"age", read_age}, {NULL, NULL}};
    policy_given_members(given, "authentication", value, members);
}

/* -- what is held, and how often */

static void read_holding(struct policy_given *given, const struct json_value *json,
                         struct policy_holding *holding)
{
    const struct json_value *scopes = json_member(json, TEXT("scopes")),
                            *ended = json_member(json, TEXT("ended"));
    struct text by = json_text_of(json, "by");
    const struct document *target = policy_given_document(given, DOCUMENT_TARGET, json_text_of(json, "target"));
    int64_t now_s = given->facts.now_us / 1000000;
    unsigned known = (by.length != 0 ? 1u : 0) + (json_text_of(json, "target").length != 0 ? 1u : 0) +
                     (scopes != NULL ? 1u : 0) + (ended != NULL ? 1u : 0);
    if (by.length == 0)
        by = TEXT("subject");
    if (target == NULL || json_text_of(json, "target").length == 0 || json->count != known ||
        !policy_holder_named(by, &holding->holder)) {
        policy_given_complain(
            given, "held", TEXT("each has target, by (subject, agent or tree), scopes and ended (a duration)"));
        return;
    }
    holding->target = target->name;
    holding->domain = target->target.domain;
    if (scopes != NULL)
        holding->scopes = policy_given_words(given, "held.scopes", scopes);
    struct scope_set held = {.count = 0};
    if (scope_set_parse(holding->scopes, &held) == FAULT_NONE)
        check_offered(given, "held.scopes", target, &held);
    holding->expires_at_s =
        ended == NULL ? now_s + 60 : now_s - policy_given_seconds(given, "held.ended", ended);
}

static void read_held(struct policy_given *given, const struct json_value *value)
{
    struct policy_holding *holdings = ARENA_ARRAY(given->arena, struct policy_holding, value->count + 1);
    if (value->kind != JSON_ARRAY) {
        policy_given_complain(given, "held", TEXT("expected a list"));
        return;
    }
    for (const struct json_value *one = value->first; one != NULL; one = one->next)
        read_holding(given, one, &holdings[given->facts.holding_count++]);
    given->facts.holdings = holdings;
}

static void read_counts(struct policy_given *given, enum policy_holder holder, const struct json_value *value)
{
    const struct json_value *minute = json_member(value, TEXT("last_minute")),
                            *hour = json_member(value, TEXT("last_hour"));
    unsigned known = (minute != NULL ? 1u : 0) + (hour != NULL ? 1u : 0);
    if (value->kind != JSON_OBJECT || value->count != known) {
        policy_given_complain(given, "exchanges", TEXT("each has last_minute and last_hour"));
        return;
    }
    int64_t in_minute = minute == NULL ? 0 : policy_given_integer(given, "exchanges.last_minute", minute);
    int64_t in_hour = hour == NULL ? in_minute : policy_given_integer(given, "exchanges.last_hour", hour);
    given->facts.last_minute[holder] = in_minute;
    given->facts.last_hour[holder] = in_hour;
}

static void read_by_agent(struct policy_given *given, const struct json_value *value)
{
    read_counts(given, POLICY_HOLDER_AGENT, value);
}

static void read_in_tree(struct policy_given *given, const struct json_value *value)
{
    read_counts(given, POLICY_HOLDER_TREE, value);
}

/* -- all of it */

static void finish(struct policy_given *given)
{
    struct policy_facts *facts = &given->facts;
    facts->scopes = &given->scopes;
    facts->subject_is_actor = text_equal(facts->actor.issuer, facts->subject.issuer) &&
                              text_equal(facts->actor.subject, facts->subject.subject);
    if (given->age_s >= 0)
        facts->auth_time_s = facts->now_us / 1000000 - given->age_s;
    if (!text_is(text_of(facts->action), "call"))
        facts->call = (struct policy_call){.method = TEXT_NONE};
    policy_given_finish_mcp(given);
    if (text_is(text_of(facts->action), "introspect"))
        facts->subject = (struct policy_party){.kind = POLICY_USER}; /* it is done for nobody */
    else
        make_chain(given);
}

void policy_given_read(struct policy_given *given, const struct json_value *json)
{
    static const struct policy_member members[] = {{"action", read_action},
                                                   {"call", read_call},
                                                   {"mcp", policy_given_mcp},
                                                   {"time", read_time},
                                                   {"actor", policy_given_actor},
                                                   {"subject", policy_given_subject},
                                                   {"target", read_target},
                                                   {"issued_token_type", read_issued_type},
                                                   {"scopes", read_scopes},
                                                   {"lifetime", read_lifetime},
                                                   {"bound", read_bound},
                                                   {"delegation", read_delegation},
                                                   {"authentication", read_authentication},
                                                   {"task", read_task},
                                                   {"purpose", read_purpose},
                                                   {"root", read_root},
                                                   {"source", read_source},
                                                   {"authorization_details", read_details},
                                                   {"held", read_held},
                                                   {"exchanges_by_agent", read_by_agent},
                                                   {"exchanges_in_tree", read_in_tree},
                                                   {NULL, NULL}};
    const struct document *target = policy_given_document(given, DOCUMENT_TARGET, TEXT_NONE);
    given->depth = 1;
    given->age_s = -1;
    given->facts = (struct policy_facts){.action = "exchange",
                                         .call = {TEXT("GET"), TEXT("/"), TEXT_NONE},
                                         .root = TEXT("root-1"),
                                         .target = TEXT("target"),
                                         .lifetime_s = 300,
                                         .source = TEXT("192.0.2.1"),
                                         .now_us = INT64_C(1767787200000000)};
    given->target_domain = TEXT("local");
    policy_given_actor(given, NULL);
    policy_given_subject(given, NULL);
    if (target != NULL)
        policy_given_take_target(given, target);
    policy_given_members(given, "given", json, members);
    finish(given);
}

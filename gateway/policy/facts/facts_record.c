/* Facts as JSON. Short, as they go into every record that a policy decided: what is nothing is left out, and
 * what other members of the record say is not said again. */
#include "policy/facts_record.h"

#include <string.h>

#include "cedar/extension.h"
#include "mcp_record.h"

/* Of a time or a duration: beyond it nothing can be computed, and no record of ours has one. */
#define SECONDS_MAX (INT64_MAX / 1000000)

/* Of what is held, in one record; of more only the number is told, and the record cannot be decided again. */
enum { HELD_BYTES_MAX = 8192, HELD_WRITTEN_MAX = 128 };

/* -- writing */

static void write_text(struct json_writer *writer, const char *name, struct text value)
{
    if (value.length != 0)
        json_member_text(writer, name, value);
}

static void write_number(struct json_writer *writer, const char *name, int64_t value)
{
    if (value != 0)
        json_member_integer(writer, name, value);
}

static void write_attribute(struct json_writer *writer, const struct policy_attribute *attribute)
{
    struct text rest = attribute->value;
    json_name(writer, attribute->name);
    if (!attribute->is_list) {
        json_write_text(writer, attribute->value);
        return;
    }
    json_begin_array(writer);
    while (rest.length != 0)
        json_write_text(writer, text_cut(&rest, '\n'));
    json_end_array(writer);
}

static void write_party(struct json_writer *writer, const char *name, const struct policy_party *party,
                        const struct policy_facts *actor_of)
{
    json_name(writer, text_of(name));
    json_begin_object(writer);
    json_member_text(writer, "kind", text_of(policy_party_kind_name(party->kind)));
    if (actor_of != NULL) {
        json_member_text(writer, "iss", party->issuer);
        json_member_text(writer, "sub", party->subject);
        write_text(writer, "client", actor_of->client);
        write_text(writer, "class", actor_of->agent_class);
    }
    write_text(writer, "issuer", party->issuer_document);
    write_number(writer, "risk", party->risk);
    if (party->attribute_count != 0) {
        json_name(writer, TEXT("attributes"));
        json_begin_object(writer);
        for (size_t i = 0; i < party->attribute_count; i++)
            write_attribute(writer, &party->attributes[i]);
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void write_chain(struct json_writer *writer, const struct policy_facts *facts)
{
    if (facts->chain_length == 0)
        return;
    json_name(writer, TEXT("chain"));
    json_begin_array(writer);
    for (size_t i = 0; i < facts->chain_length; i++) {
        json_begin_object(writer);
        json_member_text(writer, "iss", facts->chain[i].issuer);
        json_member_text(writer, "sub", facts->chain[i].subject);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_exchanges(struct json_writer *writer, const char *name, int64_t last_minute,
                            int64_t last_hour)
{
    if (last_minute == 0 && last_hour == 0)
        return;
    json_name(writer, text_of(name));
    json_begin_array(writer);
    json_write_integer(writer, last_minute);
    json_write_integer(writer, last_hour);
    json_end_array(writer);
}

/* Whoever holds much would have all of it written down with each exchange, again and again. */
static bool is_too_long(const struct policy_facts *facts)
{
    size_t bytes = 0;
    for (size_t i = 0; i < facts->holding_count; i++)
        bytes += facts->holdings[i].domain.length + facts->holdings[i].target.length +
                 facts->holdings[i].scopes.length;
    return bytes > HELD_BYTES_MAX || facts->holding_count > HELD_WRITTEN_MAX;
}

static void write_holdings(struct json_writer *writer, const struct policy_facts *facts)
{
    if (facts->holding_count == 0)
        return;
    if (is_too_long(facts)) {
        json_member_integer(writer, "held_count", (int64_t)facts->holding_count);
        return;
    }
    json_name(writer, TEXT("held"));
    json_begin_array(writer);
    for (size_t i = 0; i < facts->holding_count; i++) {
        const struct policy_holding *holding = &facts->holdings[i];
        json_begin_object(writer);
        json_member_text(writer, "by", text_of(policy_holder_name(holding->holder)));
        json_member_text(writer, "domain", holding->domain);
        json_member_text(writer, "target", holding->target);
        write_text(writer, "scopes", holding->scopes);
        json_member_integer(writer, "until", holding->expires_at_s);
        json_end_object(writer);
    }
    json_end_array(writer);
}

void policy_facts_write(const struct policy_facts *facts, struct json_writer *writer)
{
    SCOPED_BUFFER scopes = {0};
    for (size_t i = 0; i < facts->scopes->count; i++) {
        buffer_append(&scopes, i == 0 ? TEXT("") : TEXT(" "));
        buffer_append(&scopes, facts->scopes->scopes[i]);
    }
    json_begin_object(writer);
    write_party(writer, "actor", &facts->actor, facts);
    write_text(writer, "proof", facts->proof);
    write_party(writer, "subject", &facts->subject, NULL);
    write_chain(writer, facts);
    write_text(writer, "issued_token_type", facts->issued_type);
    write_text(writer, "scopes", buffer_text(&scopes));
    json_member_integer(writer, "lifetime", facts->lifetime_s);
    if (facts->is_bound)
        json_member_boolean(writer, "bound", true);
    write_text(writer, "acr", facts->acr);
    write_text(writer, "amr", facts->amr);
    write_number(writer, "auth_time", facts->auth_time_s);
    if (facts->authorization_details != NULL) {
        json_name(writer, TEXT("authorization_details"));
        json_write_value(writer, facts->authorization_details);
    }
    write_exchanges(writer, "exchanges_by_agent", facts->last_minute[POLICY_HOLDER_AGENT],
                    facts->last_hour[POLICY_HOLDER_AGENT]);
    write_exchanges(writer, "exchanges_in_tree", facts->last_minute[POLICY_HOLDER_TREE],
                    facts->last_hour[POLICY_HOLDER_TREE]);
    write_holdings(writer, facts);
    mcp_record_write(facts, writer);
    json_end_object(writer);
}

/* -- reading */

/* 0 where it is not there. */
static bool read_number(const struct json_value *json, const char *name, int64_t most, int64_t *number)
{
    const struct json_value *member = json_member(json, text_of(name));
    *number = 0;
    return member == NULL || (json_integer(member, number) && *number >= 0 && *number <= most);
}

static bool read_party(struct arena *arena, const struct json_value *json, const struct json_value *name,
                       struct policy_party *party)
{
    const struct json_value *attributes = json_member(json, TEXT("attributes"));
    if (!policy_party_kind_named(json_text_of(json, "kind"), &party->kind))
        return false;
    party->issuer = json_text_of(name, "iss");
    party->subject = json_text_of(name, "sub");
    party->issuer_document = json_text_of(json, "issuer");
    return party->issuer.length != 0 && party->subject.length != 0 &&
           read_number(json, "risk", POLICY_RISK_MAX, &party->risk) &&
           (attributes == NULL || policy_party_read_attributes(arena, attributes, party));
}

static bool read_chain(struct arena *arena, const struct json_value *json, struct policy_facts *facts)
{
    if (json == NULL)
        return true;
    struct policy_identity *chain = ARENA_ARRAY(arena, struct policy_identity, json->count + 1);
    for (const struct json_value *actor = json->first; actor != NULL; actor = actor->next) {
        struct policy_identity *identity = &chain[facts->chain_length++];
        *identity = (struct policy_identity){json_text_of(actor, "iss"), json_text_of(actor, "sub")};
        if (identity->issuer.length == 0 || identity->subject.length == 0)
            return false;
    }
    facts->chain = chain;
    return true;
}

/* An array of two. */
static bool read_exchanges(const struct json_value *json, enum policy_holder holder, struct policy_facts *facts)
{
    int64_t *minute = &facts->last_minute[holder], *hour = &facts->last_hour[holder];
    if (json == NULL)
        return true;
    return json->kind == JSON_ARRAY && json->count == 2 && json_integer(json->first, minute) &&
           json_integer(json->first->next, hour) && *minute >= 0 && *hour >= 0;
}

static bool read_holding(const struct json_value *json, struct policy_holding *holding)
{
    enum policy_holder holder;
    struct scope_set scopes;
    if (!policy_holder_named(json_text_of(json, "by"), &holder))
        return false;
    *holding = (struct policy_holding){holder, json_text_of(json, "domain"), json_text_of(json, "target"),
                                       json_text_of(json, "scopes"), 0};
    return scope_set_parse(holding->scopes, &scopes) == FAULT_NONE &&
           read_number(json, "until", SECONDS_MAX, &holding->expires_at_s);
}

static bool read_holdings(struct arena *arena, const struct json_value *json, struct policy_facts *facts)
{
    if (json == NULL)
        return true;
    struct policy_holding *holdings = ARENA_ARRAY(arena, struct policy_holding, json->count + 1);
    for (const struct json_value *one = json->first; one != NULL; one = one->next)
        if (!read_holding(one, &holdings[facts->holding_count++]))
            return false;
    facts->holdings = holdings;
    return true;
}

/* RFC 3339 with microseconds, as records have it; policies see milliseconds. */
static bool read_time(struct text at, int64_t *us)
{
    int64_t ms;
    enum { TO_MILLISECONDS = 23 };
    if (at.length < TO_MILLISECONDS)
        return false;
    char text[TO_MILLISECONDS + 1];
    for (size_t i = 0; i < TO_MILLISECONDS; i++)
        text[i] = at.base[i];
    text[TO_MILLISECONDS] = 'Z';
    if (!cedar_datetime_parse((struct text){text, sizeof(text)}, &ms))
        return false;
    *us = ms * 1000;
    return true;
}

/* A refused call is a record of its own, in which the call stands. */
static void read_action(const struct json_value *record, struct policy_facts *facts)
{
    const struct json_value *call = json_member(record, TEXT("call"));
    facts->action = call == NULL ? "exchange" : "call";
    facts->call = (struct policy_call){json_text_of(call, "method"), json_text_of(call, "path"),
                                       json_text_of(call, "host")};
}

static void read_record(const struct json_value *record, struct policy_facts *facts)
{
    read_action(record, facts);
    facts->subject_domain = json_text_of(record, "from");
    facts->root = json_text_of(record, "root");
    facts->task = json_text_of(record, "task");
    facts->purpose = json_text_of(record, "purpose");
    facts->target = json_text_of(record, "target");
    facts->source = json_text_of(record, "address");
}

/* Where it was not known when it was decided, the record of what was issued says it. */
static struct text read_issued_type(const struct json_value *record, const struct json_value *json)
{
    struct text decided = json_text_of(json, "issued_token_type");
    return decided.length != 0 ? decided : json_text_of(record, "token_type");
}

static bool read_authentication(const struct json_value *json, struct policy_facts *facts)
{
    facts->acr = json_text_of(json, "acr");
    facts->amr = json_text_of(json, "amr");
    return read_number(json, "auth_time", SECONDS_MAX, &facts->auth_time_s);
}

static bool read_gathered(struct arena *arena, const struct json_value *json, struct policy_facts *facts)
{
    return json_member(json, TEXT("held_count")) == NULL &&
           read_exchanges(json_member(json, TEXT("exchanges_by_agent")), POLICY_HOLDER_AGENT, facts) &&
           read_exchanges(json_member(json, TEXT("exchanges_in_tree")), POLICY_HOLDER_TREE, facts) &&
           read_holdings(arena, json_member(json, TEXT("held")), facts);
}

bool policy_facts_read(struct arena *arena, const struct json_value *record, struct policy_facts *facts)
{
    const struct json_value *json = json_member(record, TEXT("facts"));
    const struct json_value *actor = json_member(json, TEXT("actor"));
    struct scope_set *scopes = ARENA_NEW(arena, struct scope_set);
    *facts = (struct policy_facts){.scopes = scopes};
    if (json == NULL || !read_party(arena, actor, actor, &facts->actor) ||
        !read_party(arena, json_member(json, TEXT("subject")), json_member(record, TEXT("subject")),
                    &facts->subject) ||
        !read_time(json_text_of(record, "at"), &facts->now_us) ||
        scope_set_parse(json_text_of(json, "scopes"), scopes) != FAULT_NONE)
        return false;
    read_record(record, facts);
    facts->client = json_text_of(actor, "client");
    facts->agent_class = json_text_of(actor, "class");
    facts->proof = json_text_of(json, "proof");
    facts->issued_type = read_issued_type(record, json);
    facts->subject_is_actor = text_equal(facts->actor.issuer, facts->subject.issuer) &&
                              text_equal(facts->actor.subject, facts->subject.subject);
    facts->authorization_details = json_member(json, TEXT("authorization_details"));
    facts->is_bound = json_is_true(json_member(json, TEXT("bound")));
    return read_number(json, "lifetime", SECONDS_MAX, &facts->lifetime_s) && read_authentication(json, facts) &&
           read_chain(arena, json_member(json, TEXT("chain")), facts) && read_gathered(arena, json, facts) &&
           mcp_record_read(arena, json, facts);
}

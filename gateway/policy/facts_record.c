/* Facts as JSON. Short, as they go into every record that a policy decided: what is nothing is left out, and
 * what other members of the record say is not said again. */
#include "policy/facts_record.h"

#include "cedar/extension.h"

static const char *const kinds[] = {
    [POLICY_AGENT] = "agent", [POLICY_USER] = "user", [POLICY_WORKLOAD] = "workload", NULL};
static const char *const holders[] = {
    [POLICY_HOLDER_SUBJECT] = "subject", [POLICY_HOLDER_AGENT] = "agent", [POLICY_HOLDER_TREE] = "tree", NULL};

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
        json_write_text(writer, text_cut(&rest, ' '));
    json_end_array(writer);
}

static void write_party(struct json_writer *writer, const char *name, const struct policy_party *party,
                        const struct policy_facts *actor_of)
{
    json_name(writer, text_of(name));
    json_begin_object(writer);
    json_member_text(writer, "kind", text_of(kinds[party->kind]));
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

static void write_exchanges(struct json_writer *writer, const struct policy_facts *facts)
{
    for (int holder = 0; holder < POLICY_HOLDER_COUNT; holder++) {
        if (facts->last_hour[holder] == 0)
            continue;
        json_name(writer, text_of(holder == POLICY_HOLDER_AGENT ? "exchanges_by_agent" : "exchanges_in_tree"));
        json_begin_array(writer);
        json_write_integer(writer, facts->last_minute[holder]);
        json_write_integer(writer, facts->last_hour[holder]);
        json_end_array(writer);
    }
}

static void write_holdings(struct json_writer *writer, const struct policy_facts *facts)
{
    if (facts->holding_count == 0)
        return;
    json_name(writer, TEXT("held"));
    json_begin_array(writer);
    for (size_t i = 0; i < facts->holding_count; i++) {
        const struct policy_holding *holding = &facts->holdings[i];
        json_begin_object(writer);
        json_member_text(writer, "by", text_of(holders[holding->holder]));
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
    write_text(writer, "scopes", buffer_text(&scopes));
    json_member_integer(writer, "lifetime", facts->lifetime_s);
    write_text(writer, "acr", facts->acr);
    write_text(writer, "amr", facts->amr);
    write_number(writer, "auth_time", facts->auth_time_s);
    if (facts->authorization_details != NULL) {
        json_name(writer, TEXT("authorization_details"));
        json_write_value(writer, facts->authorization_details);
    }
    write_exchanges(writer, facts);
    write_holdings(writer, facts);
    json_end_object(writer);
}

/* -- reading */

static bool index_of(const char *const *names, struct text name, int *index)
{
    for (int i = 0; names[i] != NULL; i++)
        if (text_is(name, names[i])) {
            *index = i;
            return true;
        }
    return false;
}

static struct text join_array(struct arena *arena, const struct json_value *array)
{
    struct buffer out = buffer_in(arena, 64);
    for (const struct json_value *item = array->first; item != NULL; item = item->next) {
        buffer_append(&out, item == array->first ? TEXT("") : TEXT(" "));
        buffer_append(&out, json_string(item));
    }
    return buffer_text(&out);
}

static void read_attributes(struct arena *arena, const struct json_value *json, struct policy_party *party)
{
    if (json == NULL)
        return;
    struct policy_attribute *attributes = ARENA_ARRAY(arena, struct policy_attribute, json->count + 1);
    for (const struct json_value *member = json->first; member != NULL; member = member->next) {
        bool is_list = member->kind == JSON_ARRAY;
        attributes[party->attribute_count++] = (struct policy_attribute){
            member->name, is_list ? join_array(arena, member) : json_string(member), is_list};
    }
    party->attributes = attributes;
}

static bool read_party(struct arena *arena, const struct json_value *json, const struct json_value *name,
                       struct policy_party *party)
{
    int kind;
    if (!index_of(kinds, json_text_of(json, "kind"), &kind))
        return false;
    party->kind = (enum policy_party_kind)kind;
    party->issuer = json_text_of(name, "iss");
    party->subject = json_text_of(name, "sub");
    party->issuer_document = json_text_of(json, "issuer");
    party->risk = json_integer_of(json, "risk");
    read_attributes(arena, json_member(json, TEXT("attributes")), party);
    return party->issuer.length != 0 && party->subject.length != 0;
}

static void read_chain(struct arena *arena, const struct json_value *json, struct policy_facts *facts)
{
    if (json == NULL)
        return;
    struct policy_identity *chain = ARENA_ARRAY(arena, struct policy_identity, json->count + 1);
    for (const struct json_value *actor = json->first; actor != NULL; actor = actor->next)
        chain[facts->chain_length++] =
            (struct policy_identity){json_text_of(actor, "iss"), json_text_of(actor, "sub")};
    facts->chain = chain;
}

static void read_exchanges(const struct json_value *json, enum policy_holder holder, struct policy_facts *facts)
{
    if (json == NULL || json->count != 2)
        return;
    (void)json_integer(json->first, &facts->last_minute[holder]);
    (void)json_integer(json->first->next, &facts->last_hour[holder]);
}

static bool read_holdings(struct arena *arena, const struct json_value *json, struct policy_facts *facts)
{
    if (json == NULL)
        return true;
    struct policy_holding *holdings = ARENA_ARRAY(arena, struct policy_holding, json->count + 1);
    for (const struct json_value *one = json->first; one != NULL; one = one->next) {
        int holder;
        if (!index_of(holders, json_text_of(one, "by"), &holder))
            return false;
        holdings[facts->holding_count++] = (struct policy_holding){
            (enum policy_holder)holder, json_text_of(one, "domain"), json_text_of(one, "target"),
            json_text_of(one, "scopes"), json_integer_of(one, "until")};
    }
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

static void read_record(const struct json_value *record, struct policy_facts *facts)
{
    facts->action = "exchange";
    facts->subject_domain = json_text_of(record, "from");
    facts->root = json_text_of(record, "root");
    facts->task = json_text_of(record, "task");
    facts->purpose = json_text_of(record, "purpose");
    facts->target = json_text_of(record, "target");
    facts->source = json_text_of(record, "address");
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
    facts->subject_is_actor = text_equal(facts->actor.issuer, facts->subject.issuer) &&
                              text_equal(facts->actor.subject, facts->subject.subject);
    facts->lifetime_s = json_integer_of(json, "lifetime");
    facts->acr = json_text_of(json, "acr");
    facts->amr = json_text_of(json, "amr");
    facts->auth_time_s = json_integer_of(json, "auth_time");
    facts->authorization_details = json_member(json, TEXT("authorization_details"));
    read_chain(arena, json_member(json, TEXT("chain")), facts);
    read_exchanges(json_member(json, TEXT("exchanges_by_agent")), POLICY_HOLDER_AGENT, facts);
    read_exchanges(json_member(json, TEXT("exchanges_in_tree")), POLICY_HOLDER_TREE, facts);
    return read_holdings(arena, json_member(json, TEXT("held")), facts);
}

/* Facts as a Cedar request. The names here are those of schema/dragoman.cedarschema, and a test holds every
 * request that can be made against that schema. */
#include "policy/facts.h"

#include "cedar/extension.h"
#include "mcp_request.h"
#include "members.h"
#include "policy_base_parts.h"

static struct cedar_value integer_of(enum cedar_kind kind, int64_t integer)
{
    return (struct cedar_value){.kind = kind, .integer = integer};
}

/* "issuer subject", as agents and subjects are named everywhere. */
static struct text name_of(struct arena *arena, struct text issuer, struct text subject)
{
    const struct text parts[] = {issuer, TEXT(" "), subject};
    return arena_join(arena, parts, 3);
}

/* At most that many words: they are parted by single separators. */
static size_t room_for_words(struct text words, char separator)
{
    size_t room = 1;
    for (size_t i = 0; i < words.length; i++)
        room += words.base[i] == separator;
    return room;
}

static struct cedar_value words_of(struct arena *arena, struct text words, char separator)
{
    size_t count = 0;
    struct cedar_value *items = ARENA_ARRAY(arena, struct cedar_value, room_for_words(words, separator));
    while (words.length != 0)
        items[count++] = cedar_string(text_cut(&words, separator));
    return cedar_set_value(arena, items, count);
}

static const char *const holder_names[POLICY_HOLDER_COUNT] = {
    [POLICY_HOLDER_SUBJECT] = "subject", [POLICY_HOLDER_AGENT] = "agent", [POLICY_HOLDER_TREE] = "tree"};

const char *policy_holder_name(enum policy_holder holder)
{
    return holder_names[holder];
}

bool policy_holder_named(struct text name, enum policy_holder *holder)
{
    int i = 0;
    while (i < POLICY_HOLDER_COUNT && !text_is(name, holder_names[i]))
        i++;
    *holder = (enum policy_holder)i;
    return i < POLICY_HOLDER_COUNT;
}

/* -- who */

static const struct cedar_record *tags_of(struct arena *arena, const struct policy_party *party)
{
    if (party->attribute_count == 0)
        return NULL;
    struct cedar_attribute *tags = ARENA_ARRAY(arena, struct cedar_attribute, party->attribute_count);
    struct cedar_value record;
    for (size_t i = 0; i < party->attribute_count; i++) {
        const struct policy_attribute *attribute = &party->attributes[i];
        struct cedar_value *one = ARENA_NEW(arena, struct cedar_value);
        *one = cedar_string(attribute->value);
        tags[i] = (struct cedar_attribute){attribute->name, attribute->is_list
                                                                ? words_of(arena, attribute->value, '\n')
                                                                : cedar_set_value(arena, one, 1)};
    }
    INVARIANT(cedar_record_value(arena, tags, party->attribute_count, &record));
    return record.record;
}

int64_t policy_facts_risk(const struct policy_facts *facts)
{
    int64_t subject = policy_party_risk(&facts->subject), actor = policy_party_risk(&facts->actor);
    return subject > actor ? subject : actor;
}

static struct cedar_uid party_uid(struct arena *arena, const struct policy_party *party)
{
    return uid_of(policy_party_type(party->kind), name_of(arena, party->issuer, party->subject));
}

/* Class, client and proof are the caller's, and so the actor's alone. */
static void add_party(struct arena *arena, struct cedar_entities *entities, const struct policy_facts *facts,
                      const struct policy_party *party, const struct cedar_uid *uid, int64_t risk)
{
    struct members members = members_begin(arena, 5);
    struct cedar_uid *parents = ARENA_ARRAY(arena, struct cedar_uid, 2 + party->also_in_count);
    struct cedar_entity entity = {.uid = *uid, .parents = parents, .tags = tags_of(arena, party)};
    bool is_calling_agent = party->kind == POLICY_AGENT && party == &facts->actor;
    members_add_text(&members, "issuer", party->issuer);
    members_add_text(&members, "sub", party->subject);
    members_add(&members, "risk", cedar_long(risk));
    if (party->kind == POLICY_AGENT) {
        members_add_text(&members, "proof", is_calling_agent ? facts->proof : TEXT_NONE);
        members_add_text(&members, "binding", TEXT("none"));
    }
    entity.attributes = members_end(arena, &members).record;
    if (party->issuer_document.length != 0)
        parents[entity.parent_count++] = uid_of("Issuer", party->issuer_document);
    if (is_calling_agent && facts->agent_class.length != 0)
        parents[entity.parent_count++] = uid_of("AgentClass", facts->agent_class);
    else if (is_calling_agent && facts->client.length != 0)
        parents[entity.parent_count++] = uid_of("Client", facts->client);
    for (size_t i = 0; i < party->also_in_count; i++)
        parents[entity.parent_count++] = party->also_in[i];
    (void)cedar_entities_add(entities, &entity);
}

/* Who acts for itself is one entity, with the attributes of the token by which it acts and the risk of both. */
static void add_parties(struct arena *arena, struct cedar_entities *entities, const struct policy_facts *facts,
                        const struct cedar_uid *actor, const struct cedar_uid *subject)
{
    bool is_one = cedar_uid_equal(actor, subject);
    add_party(arena, entities, facts, &facts->actor, actor,
              is_one ? policy_facts_risk(facts) : policy_party_risk(&facts->actor));
    if (!is_one)
        add_party(arena, entities, facts, &facts->subject, subject, policy_party_risk(&facts->subject));
}

/* -- the context */

static struct cedar_value delegation_of(struct arena *arena, const struct policy_facts *facts)
{
    struct members members = members_begin(arena, 3);
    struct cedar_value *actors = ARENA_ARRAY(arena, struct cedar_value, facts->chain_length + 1);
    struct cedar_value *issuers = ARENA_ARRAY(arena, struct cedar_value, facts->chain_length + 1);
    for (size_t i = 0; i < facts->chain_length; i++) {
        const struct policy_identity *actor = &facts->chain[i];
        actors[i] = cedar_string(name_of(arena, actor->issuer, actor->subject));
        issuers[i] = cedar_string(actor->issuer);
    }
    members_add(&members, "depth", cedar_long((int64_t)facts->chain_length));
    members_add(&members, "actors", cedar_set_value(arena, actors, facts->chain_length));
    members_add(&members, "issuers", cedar_set_value(arena, issuers, facts->chain_length));
    return members_end(arena, &members);
}

static struct cedar_value subject_of(struct arena *arena, const struct policy_facts *facts)
{
    struct members members = members_begin(arena, 4);
    members_add_text(&members, "issuer", facts->subject.issuer);
    members_add_text(&members, "sub", facts->subject.subject);
    members_add_text(&members, "domain", facts->subject_domain);
    members_add(&members, "is_actor", cedar_boolean(facts->subject_is_actor));
    return members_end(arena, &members);
}

static struct cedar_value authentication_of(struct arena *arena, const struct policy_facts *facts)
{
    struct members members = members_begin(arena, 3);
    int64_t age_s = facts->now_us / 1000000 - facts->auth_time_s;
    members_add_text_if(&members, "acr", facts->acr);
    members_add(&members, "amr", words_of(arena, facts->amr, ' '));
    if (facts->auth_time_s != 0)
        members_add(&members, "age", integer_of(CEDAR_DURATION, (age_s > 0 ? age_s : 0) * 1000));
    return members_end(arena, &members);
}

/* One field of all elements; a string or a list of them (RFC 9396 section 2.2). */
static struct cedar_value detail_field(struct arena *arena, const struct json_value *details, const char *name)
{
    size_t room = 1, count = 0;
    const struct json_value *element, *field, *item;
    for (element = details == NULL ? NULL : details->first; element != NULL; element = element->next) {
        field = json_member(element, text_of(name));
        room += field == NULL ? 0 : field->count + 1;
    }
    struct cedar_value *items = ARENA_ARRAY(arena, struct cedar_value, room);
    for (element = details == NULL ? NULL : details->first; element != NULL; element = element->next) {
        field = json_member(element, text_of(name));
        if (json_is_string(field))
            items[count++] = cedar_string(field->text);
        for (item = field == NULL || field->kind != JSON_ARRAY ? NULL : field->first; item != NULL;
             item = item->next)
            if (json_is_string(item))
                items[count++] = cedar_string(item->text);
    }
    return cedar_set_value(arena, items, count);
}

static struct cedar_value details_of(struct arena *arena, const struct json_value *details)
{
    struct members members = members_begin(arena, 6);
    members_add(&members, "types", detail_field(arena, details, "type"));
    members_add(&members, "locations", detail_field(arena, details, "locations"));
    members_add(&members, "actions", detail_field(arena, details, "actions"));
    members_add(&members, "datatypes", detail_field(arena, details, "datatypes"));
    members_add(&members, "identifiers", detail_field(arena, details, "identifier"));
    members_add(&members, "privileges", detail_field(arena, details, "privileges"));
    return members_end(arena, &members);
}

static struct cedar_value exchanges_of(struct arena *arena, const struct policy_facts *facts,
                                       enum policy_holder holder)
{
    struct members members = members_begin(arena, 2);
    members_add(&members, "last_minute", cedar_long(facts->last_minute[holder]));
    members_add(&members, "last_hour", cedar_long(facts->last_hour[holder]));
    return members_end(arena, &members);
}

static size_t add_held_scopes(struct arena *arena, const struct policy_holding *holding,
                              struct cedar_value *items)
{
    size_t count = 0;
    for (struct text rest = holding->scopes; rest.length != 0;)
        items[count++] = cedar_string(name_of(arena, holding->target, text_cut(&rest, ' ')));
    return count;
}

/* Those that are live now; what ended lately is for combinations. */
static struct cedar_value holdings_of(struct arena *arena, const struct policy_facts *facts,
                                      enum policy_holder holder)
{
    struct members members = members_begin(arena, 4);
    size_t room = 1, count = 0, scope_count = 0;
    for (size_t i = 0; i < facts->holding_count; i++)
        room += room_for_words(facts->holdings[i].scopes, ' ');
    struct cedar_value *domains = ARENA_ARRAY(arena, struct cedar_value, facts->holding_count + 1);
    struct cedar_value *targets = ARENA_ARRAY(arena, struct cedar_value, facts->holding_count + 1);
    struct cedar_value *scopes = ARENA_ARRAY(arena, struct cedar_value, room);
    for (size_t i = 0; i < facts->holding_count; i++) {
        const struct policy_holding *holding = &facts->holdings[i];
        if (holding->holder != holder || holding->expires_at_s <= facts->now_us / 1000000)
            continue;
        domains[count] = entity_of(arena, "Domain", holding->domain);
        targets[count++] = entity_of(arena, "Target", holding->target);
        scope_count += add_held_scopes(arena, holding, &scopes[scope_count]);
    }
    members_add(&members, "count", cedar_long((int64_t)count));
    members_add(&members, "domains", cedar_set_value(arena, domains, count));
    members_add(&members, "targets", cedar_set_value(arena, targets, count));
    members_add(&members, "scopes", cedar_set_value(arena, scopes, scope_count));
    return members_end(arena, &members);
}

/* An address that is none is one that no range has. */
static struct cedar_value source_of(struct arena *arena, struct text source)
{
    struct cedar_value value;
    if (!cedar_extension_parse(arena, CEDAR_IPADDR, source, &value))
        INVARIANT(cedar_extension_parse(arena, CEDAR_IPADDR, TEXT("::"), &value));
    return value;
}

static void add_situation(struct arena *arena, const struct policy_facts *facts, struct members *members)
{
    members_add_text(members, "root", facts->root);
    members_add_text_if(members, "task", facts->task);
    members_add_text_if(members, "purpose", facts->purpose);
    members_add(members, "authorization_details", details_of(arena, facts->authorization_details));
    members_add_text_if(members, "issued_token_type", facts->issued_type);
    members_add(members, "scopes", scopes_of(arena, facts->scopes));
    members_add(members, "lifetime", integer_of(CEDAR_DURATION, facts->lifetime_s * 1000));
    members_add(members, "authentication", authentication_of(arena, facts));
    members_add(members, "risk", cedar_long(policy_facts_risk(facts)));
    members_add(members, "source", source_of(arena, facts->source));
    members_add(members, "now", integer_of(CEDAR_DATETIME, facts->now_us / 1000));
}

static void add_gathered(struct arena *arena, const struct policy_facts *facts, struct members *members)
{
    members_add(members, "exchanges_by_agent", exchanges_of(arena, facts, POLICY_HOLDER_AGENT));
    members_add(members, "exchanges_in_tree", exchanges_of(arena, facts, POLICY_HOLDER_TREE));
    members_add(members, "held_by_subject", holdings_of(arena, facts, POLICY_HOLDER_SUBJECT));
    members_add(members, "held_by_agent", holdings_of(arena, facts, POLICY_HOLDER_AGENT));
    members_add(members, "held_in_tree", holdings_of(arena, facts, POLICY_HOLDER_TREE));
}

static struct cedar_value call_of(struct arena *arena, const struct policy_call *call)
{
    struct members members = members_begin(arena, 3);
    members_add_text(&members, "method", call->method);
    members_add_text(&members, "path", call->path);
    members_add_text_if(&members, "host", call->host);
    return members_end(arena, &members);
}

static struct cedar_value context_of_exchange(struct arena *arena, struct cedar_entities *entities,
                                              const struct policy_facts *facts, const struct cedar_uid *subject)
{
    struct members members = members_begin(arena, 26);
    if (facts->subject.kind == POLICY_USER)
        members_add(&members, "user", cedar_entity_value(subject));
    else if (facts->subject.kind == POLICY_WORKLOAD)
        members_add(&members, "workload", cedar_entity_value(subject));
    members_add(&members, "subject", subject_of(arena, facts));
    members_add(&members, "delegation", delegation_of(arena, facts));
    add_situation(arena, facts, &members);
    add_gathered(arena, facts, &members);
    if (facts->call.method.length != 0)
        members_add(&members, "call", call_of(arena, &facts->call));
    if (facts->mcp.method.length != 0)
        mcp_request_context(arena, entities, facts, &members);
    return members_end(arena, &members);
}

/* Of an action that issues nothing: there is nobody it is done for. */
static struct cedar_value context_of_access(struct arena *arena, const struct policy_facts *facts)
{
    struct members members = members_begin(arena, 2);
    members_add(&members, "source", source_of(arena, facts->source));
    members_add(&members, "now", integer_of(CEDAR_DATETIME, facts->now_us / 1000));
    return members_end(arena, &members);
}

/* What an action is on that is on no target. A document is no entity of the base: it may be yet to come. */
static struct cedar_uid add_document(struct arena *arena, struct cedar_entities *entities,
                                     const struct policy_administered *document)
{
    if (document->kind.length == 0)
        return uid_of("Team", document->name);
    const struct text parts[] = {document->kind, TEXT("/"), document->name};
    struct members members = members_begin(arena, 2);
    struct cedar_uid *team = ARENA_NEW(arena, struct cedar_uid);
    struct cedar_entity entity = {.uid = uid_of("Document", arena_join(arena, parts, 3)), .parents = team};
    members_add_text(&members, "kind", document->kind);
    members_add_text(&members, "name", document->name);
    entity.attributes = members_end(arena, &members).record;
    if (document->team.length != 0) {
        *team = uid_of("Team", document->team);
        entity.parent_count = 1;
    }
    (void)cedar_entities_add(entities, &entity);
    return entity.uid;
}

static struct cedar_uid resource_of(struct arena *arena, struct cedar_entities *entities,
                                    const struct policy_facts *facts)
{
    if (facts->administered.name.length != 0)
        return add_document(arena, entities, &facts->administered);
    if (facts->mcp.method.length != 0)
        return mcp_request_resource(arena, entities, facts);
    return uid_of("Target", facts->target);
}

void policy_facts_request(struct arena *arena, const struct policy_base *base, const struct policy_facts *facts,
                          struct cedar_request *request, struct cedar_entities **entities)
{
    struct cedar_uid *subject = ARENA_NEW(arena, struct cedar_uid), culprit;
    bool is_for_somebody = facts->subject.subject.length != 0;
    *entities = cedar_entities_create(arena, base->entities);
    request->principal = party_uid(arena, &facts->actor);
    request->action = uid_of("Action", text_of(facts->action));
    request->resource = resource_of(arena, *entities, facts);
    if (is_for_somebody) {
        *subject = party_uid(arena, &facts->subject);
        add_parties(arena, *entities, facts, &request->principal, subject);
    } else {
        add_party(arena, *entities, facts, &facts->actor, &request->principal,
                  policy_party_risk(&facts->actor));
    }
    struct cedar_value context = is_for_somebody ? context_of_exchange(arena, *entities, facts, subject)
                                                 : context_of_access(arena, facts);
    request->context = context.record;
    INVARIANT(cedar_entities_seal(*entities, &culprit) == FAULT_NONE);
}

/* Who acts, and for whom, in a case of policy test; see policy_given.h. */
#include "policy_given.h"

#include "policy_names.h"

const struct document *policy_given_document(struct policy_given *given, enum document_kind kind,
                                             struct text name)
{
    for (size_t i = 0; i < given->documents->count; i++)
        if (given->documents->items[i]->kind == kind &&
            (name.length == 0 || text_equal(given->documents->items[i]->name, name)))
            return given->documents->items[i];
    if (name.length == 0)
        return NULL;
    struct text nearest = policy_names_nearest(given->documents, document_kind_name(kind), name);
    policy_given_complain(given, "given",
                          arena_print(given->arena, "there is no %s \"%.*s\"%s%.*s%s", document_kind_name(kind),
                                      TEXT_ARGUMENTS(name), nearest.length != 0 ? "; did you mean \"" : "",
                                      TEXT_ARGUMENTS(nearest), nearest.length != 0 ? "\"?" : ""));
    return NULL;
}

/* The first issuer whose tokens are people's, or platforms'. */
static const struct document *first_issuer(const struct policy_given *given, bool is_platform)
{
    for (size_t i = 0; i < given->documents->count; i++) {
        const struct document *document = given->documents->items[i];
        if (document->kind == DOCUMENT_ISSUER && document->issuer.is_platform == is_platform)
            return document;
    }
    return NULL;
}

static void take_issuer(struct policy_party *party, const struct document *document, const char *otherwise)
{
    party->issuer_document = document == NULL ? TEXT_NONE : document->name;
    party->issuer = document == NULL ? text_of(otherwise) : document->issuer.issuer;
    party->risk = document == NULL ? 0 : document->issuer.risk;
}

static void read_attributes(struct policy_given *given, const char *where, const struct json_value *json,
                            struct policy_party *party)
{
    if (json->kind != JSON_OBJECT || json->count > POLICY_ATTRIBUTES_MAX) {
        policy_given_complain(given, where, TEXT("attributes is a mapping from names to texts or lists"));
        return;
    }
    struct policy_attribute *attributes = ARENA_ARRAY(given->arena, struct policy_attribute, json->count + 1);
    for (const struct json_value *one = json->first; one != NULL; one = one->next) {
        struct policy_attribute *attribute = &attributes[party->attribute_count++];
        *attribute = (struct policy_attribute){.name = one->name, .is_list = one->kind == JSON_ARRAY};
        if (!attribute->is_list)
            attribute->value = policy_given_text(given, where, one);
        else if (!policy_attribute_join(given->arena, one, &attribute->value))
            policy_given_complain(given, where, TEXT("expected a list of texts"));
    }
    party->attributes = attributes;
}

/* What both have. false: it is a member of one of them alone. */
static bool read_common(struct policy_given *given, const char *where, const struct json_value *member,
                        struct policy_party *party)
{
    if (text_is(member->name, "sub"))
        party->subject = policy_given_text(given, where, member);
    else if (text_is(member->name, "attributes"))
        read_attributes(given, where, member, party);
    else if (text_is(member->name, "risk")) {
        party->risk = policy_given_integer(given, where, member);
        if (party->risk > POLICY_RISK_MAX)
            policy_given_complain(given, where, TEXT("risk is at most 100"));
    } else if (text_is(member->name, "kind")) {
        if (!policy_party_kind_named(json_string(member), &party->kind))
            policy_given_complain(given, where, TEXT("kind is agent, user or workload"));
    } else
        return text_is(member->name, "issuer"); /* looked at before */
    return true;
}

static void complain_member(struct policy_given *given, const char *where, struct text name, const char *known)
{
    policy_given_complain(
        given, where,
        arena_print(given->arena, "\"%.*s\" is not known; there are %s", TEXT_ARGUMENTS(name), known));
}

/* Its issuer comes first, as it says what the rest is by default. */
static const struct document *named_issuer(struct policy_given *given, const struct json_value *value)
{
    struct text name = json_text_of(value, "issuer");
    return name.length == 0 ? NULL : policy_given_document(given, DOCUMENT_ISSUER, name);
}

/* -- the actor */

static void become_class(struct policy_given *given, struct text name)
{
    struct policy_facts *facts = &given->facts;
    const struct document *class = policy_given_document(given, DOCUMENT_AGENT_CLASS, name);
    if (class == NULL)
        return;
    take_issuer(&facts->actor, policy_given_document(given, DOCUMENT_ISSUER, class->agent_class.issuer),
                "https://platform.example");
    if (class->agent_class.risk > facts->actor.risk)
        facts->actor.risk = class->agent_class.risk;
    facts->agent_class = class->name;
    facts->client = TEXT_NONE;
    facts->proof = TEXT("platform_token");
}

static void become_client(struct policy_given *given, struct text name)
{
    struct policy_facts *facts = &given->facts;
    const struct document *client = policy_given_document(given, DOCUMENT_CLIENT, name);
    const struct gateway_document *gateway = documents_gateway(given->documents);
    if (client == NULL)
        return;
    take_issuer(&facts->actor, NULL, "https://gateway.example");
    if (gateway != NULL)
        facts->actor.issuer = gateway->issuer;
    facts->actor.subject = client->name;
    facts->client = client->name;
    facts->agent_class = TEXT_NONE;
    facts->proof = TEXT("client_secret_basic");
}

/* By the name of its class or client, whichever there is. */
static void become(struct policy_given *given, struct text name)
{
    if (documents_find(given->documents, DOCUMENT_CLIENT, name) != NULL)
        become_client(given, name);
    else
        become_class(given, name);
}

/* Somebody whom an actor_token names is no agent of ours. */
static void become_other(struct policy_given *given, const struct document *issuer)
{
    struct policy_facts *facts = &given->facts;
    facts->agent_class = facts->client = facts->proof = TEXT_NONE;
    take_issuer(&facts->actor, issuer, "");
    facts->actor.kind = issuer->issuer.is_platform ? POLICY_WORKLOAD : POLICY_USER;
}

void policy_given_actor(struct policy_given *given, const struct json_value *value)
{
    struct policy_facts *facts = &given->facts;
    if (value == NULL) {
        facts->actor = (struct policy_party){
            .kind = POLICY_AGENT, .issuer = TEXT("https://platform.example"), .subject = TEXT("agent-1")};
        if (policy_given_document(given, DOCUMENT_AGENT_CLASS, TEXT_NONE) != NULL)
            become_class(given, TEXT_NONE);
        else
            become_client(given, TEXT_NONE);
        return;
    }
    if (json_is_string(value)) {
        become(given, value->text);
        return;
    }
    if (value->kind != JSON_OBJECT) {
        policy_given_complain(given, "actor", TEXT("expected a name or a mapping"));
        return;
    }
    const struct document *issuer = named_issuer(given, value);
    if (issuer != NULL)
        become_other(given, issuer);
    for (const struct json_value *member = value->first; member != NULL; member = member->next) {
        if (text_is(member->name, "class"))
            become_class(given, policy_given_text(given, "actor.class", member));
        else if (text_is(member->name, "client"))
            become_client(given, policy_given_text(given, "actor.client", member));
        else if (text_is(member->name, "proof"))
            facts->proof = policy_given_text(given, "actor.proof", member);
        else if (!read_common(given, "actor", member, &facts->actor))
            complain_member(given, "actor", member->name,
                            "class, client, issuer, kind, sub, proof, risk and attributes");
    }
}

/* -- the subject */

static void be_issued_by(struct policy_given *given, const struct document *issuer)
{
    struct policy_party *subject = &given->facts.subject;
    take_issuer(subject, issuer, "https://login.example");
    subject->kind = issuer != NULL && issuer->issuer.is_platform ? POLICY_WORKLOAD : POLICY_USER;
    given->facts.subject_domain = issuer == NULL ? TEXT("local") : issuer->issuer.domain;
}

void policy_given_subject(struct policy_given *given, const struct json_value *value)
{
    struct policy_facts *facts = &given->facts;
    const struct document *issuer = named_issuer(given, value);
    facts->subject = (struct policy_party){.subject = TEXT("alice")};
    be_issued_by(given, issuer != NULL ? issuer : first_issuer(given, false));
    if (json_is_string(value)) {
        facts->subject.subject = value->text;
        return;
    }
    if (value != NULL && value->kind != JSON_OBJECT) {
        policy_given_complain(given, "subject", TEXT("expected a sub or a mapping"));
        return;
    }
    for (const struct json_value *member = value == NULL ? NULL : value->first; member != NULL;
         member = member->next) {
        if (text_is(member->name, "domain"))
            facts->subject_domain = policy_given_text(given, "subject.domain", member);
        else if (!read_common(given, "subject", member, &facts->subject))
            complain_member(given, "subject", member->name, "issuer, kind, sub, domain, risk and attributes");
    }
}

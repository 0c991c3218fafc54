/* The names by which credentials and cutoffs meet. An identity is "ISSUER SUBJECT": no issuer we trust has a
 * space in it, and a foreign name in a chain that has one can only be taken for something that was ended. */
#include "exchange/standing.h"

#include <string.h>

#include "base/random.h"

static const char ancestry_claim[] = "dragoman_stands_on";

static struct store_guard *find(const struct standing *standing, struct text kind, struct text id)
{
    for (size_t i = 0; i < standing->count; i++) {
        struct store_guard *thing = &standing->things[i];
        if (text_equal(thing->id, id) && text_equal(thing->kind, kind))
            return thing;
    }
    return NULL;
}

void standing_add(struct standing *standing, struct text kind, struct text id, int64_t issued_at_us)
{
    struct store_guard *known =
        find(standing, kind, id); /* the client that acts, the team of target and client */
    if (known != NULL) {
        if (issued_at_us < known->issued_at_us)
            known->issued_at_us = issued_at_us;
        return;
    }
    if (standing->count == standing->room) {
        standing->room = standing->room == 0 ? 16 : 2 * standing->room;
        struct store_guard *things = ARENA_ARRAY(standing->arena, struct store_guard, standing->room);
        enum fault *faults = ARENA_ARRAY(standing->arena, enum fault, standing->room);
        if (standing->count != 0) {
            memcpy(things, standing->things, standing->count * sizeof(*things));
            memcpy(faults, standing->faults, standing->count * sizeof(*faults));
        }
        standing->things = things;
        standing->faults = faults;
    }
    standing->faults[standing->count] = standing->fault;
    standing->things[standing->count++] = (struct store_guard){kind, id, issued_at_us};
}

void standing_add_to_everything(struct standing *standing, int64_t issued_at_us)
{
    standing_add(standing, TEXT("everything"), standing->world->issuer, issued_at_us);
}

void standing_add_identity(struct standing *standing, struct text kind, const struct identity *identity,
                           int64_t issued_at_us)
{
    standing_add(standing, kind, identity_name(standing->arena, identity), issued_at_us);
}

static void add_team(struct standing *standing, const struct document *document, int64_t issued_at_us)
{
    if (document->team.length != 0)
        standing_add(standing, TEXT("team"), document->team, issued_at_us);
}

void standing_add_client(struct standing *standing, struct text client_id, int64_t issued_at_us)
{
    const struct client *client = world_client(standing->world, client_id);
    const struct document *document =
        client != NULL ? client->document
                       : documents_find(&standing->world->documents, DOCUMENT_AGENT_CLASS, client_id);
    standing_add(standing, TEXT("client"), client_id, issued_at_us);
    if (client != NULL &&
        client_document_is_class(&document->client)) /* with the class all of its clients end */
        standing_add(standing, TEXT("client"), document->client.client_id, issued_at_us);
    if (document != NULL)
        add_team(standing, document, issued_at_us);
}

void standing_add_target(struct standing *standing, const struct target *target, int64_t issued_at_us)
{
    const struct target_document *spec = &target->document->target;
    for (size_t i = 0; i < spec->audiences.count; i++) /* whichever of them it was killed by */
        standing_add(standing, TEXT("target"), spec->audiences.items[i], issued_at_us);
    standing_add(standing, TEXT("adapter"), spec->adapter, issued_at_us);
    add_team(standing, target->document, issued_at_us);
}

/* A client of ours acts under our name: it is ended as a client, nobody ends us as its issuer. */
void standing_add_actors(struct standing *standing, const struct identity *actors, size_t count,
                         int64_t issued_at_us, int64_t vouched_at_us)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(actors[i].issuer, standing->world->issuer))
            standing_add(standing, TEXT("client"), actors[i].subject, issued_at_us);
        else
            standing_add(standing, TEXT("issuer"), actors[i].issuer, vouched_at_us);
        standing_add_identity(standing, TEXT("agent"), &actors[i], issued_at_us);
    }
}

/* What a credential of ours says of itself, in its claims or in its record. */
struct names {
    struct text id, root, client_id, audience;
    struct identity subject;
    struct identity actors[TOKEN_CHAIN_MAX + 1]; /* outermost first */
    size_t actor_count;
    const struct json_value *ancestry; /* the first of its texts, or NULL */
};

/* What an ancestor stood on, its descendants stand on. */
static void add_ancestry(struct standing *standing, const struct json_value *thing, int64_t issued_at_us)
{
    for (; thing != NULL; thing = thing->next) {
        struct text id = json_string(thing), kind = text_cut(&id, ' ');
        bool is_for_good = text_is(kind, "lease") || text_is(kind, "root");
        const struct target *target = text_is(kind, "target") ? world_target(standing->world, id) : NULL;
        if (text_is(kind, "client"))
            standing_add_client(standing, id, issued_at_us);
        else if (target != NULL)
            standing_add_target(standing, target, issued_at_us);
        else
            standing_add(standing, kind, id, is_for_good ? 0 : issued_at_us);
    }
}

static void add_names(struct standing *standing, const struct names *names)
{
    /* The identifier tells the millisecond; iat only the second, in which something may have been cut off. */
    int64_t issued_at_us = identifier_time_ms(names->id.base, names->id.length) * 1000;
    standing_add(standing, TEXT("lease"), names->id, 0);
    standing_add(standing, TEXT("root"), names->root, 0);
    standing_add_to_everything(standing, issued_at_us);
    standing_add(standing, TEXT("issuer"), names->subject.issuer, issued_at_us);
    standing_add_identity(standing, TEXT("subject"), &names->subject, issued_at_us);
    if (names->actor_count == 0) /* nobody else acts */
        standing_add_identity(standing, TEXT("agent"), &names->subject, issued_at_us);
    standing_add_actors(standing, names->actors, names->actor_count, issued_at_us, issued_at_us);
    standing_add_client(standing, names->client_id, issued_at_us);
    const struct target *target = world_target(standing->world, names->audience);
    if (names->audience.length != 0) /* also where no document has it any more */
        standing_add(standing, TEXT("target"), names->audience, issued_at_us);
    if (target != NULL)
        standing_add_target(standing, target, issued_at_us);
    add_ancestry(standing, names->ancestry, issued_at_us);
}

static void name_actor(struct names *names, const struct json_value *actor)
{
    if (names->actor_count < sizeof(names->actors) / sizeof(names->actors[0]))
        names->actors[names->actor_count++] =
            (struct identity){json_text_of(actor, "iss"), json_text_of(actor, "sub")};
}

static const struct json_value *first_of(const struct json_value *object, const char *name)
{
    const struct json_value *array = json_member(object, text_of(name));
    return array == NULL ? NULL : array->first;
}

void standing_add_own_token(struct standing *standing, const struct jwt_claims *claims)
{
    struct names names = {.id = claims->id,
                          .root = json_text_of(claims->all, "txn"),
                          .client_id = json_text_of(claims->all, "client_id"),
                          .audience = claims->audience_count == 0 ? TEXT_NONE : claims->audiences[0],
                          .subject = {json_text_of(claims->all, "sub_iss"), claims->subject},
                          .ancestry = first_of(claims->all, ancestry_claim)};
    const struct json_value *act = json_member(claims->all, TEXT("act"));
    for (; act != NULL; act = json_member(act, TEXT("act")))
        name_actor(&names, act);
    add_names(standing, &names);
}

void standing_add_record(struct standing *standing, const struct json_value *record)
{
    const struct json_value *subject = json_member(record, TEXT("subject"));
    struct names names = {.id = json_text_of(record, "id"),
                          .root = json_text_of(record, "root"),
                          .client_id = json_text_of(record, "client"),
                          .audience = json_text_of(record, "audience"),
                          .subject = {json_text_of(subject, "iss"), json_text_of(subject, "sub")},
                          .ancestry = first_of(record, "stands_on")};
    struct text key_id = json_text_of(record, "kid");
    if (key_id.length != 0)
        standing_add(standing, TEXT("key"), key_id, 0);
    const struct json_value *actor = first_of(record, "chain");
    for (; actor != NULL; actor = actor->next)
        name_actor(&names, actor);
    add_names(standing, &names);
}

/* Whether its issuer is believed again is for that issuer's keys to say; whoever was killed by name shows a
 * token made after that. */
void standing_add_foreign_token(struct standing *standing, const struct verified_token *token, int64_t now_us)
{
    int64_t issued_at_us = token->claims.issued_at_s * 1000000;
    standing_add(standing, TEXT("root"), token->root, 0);
    /* Where an issuer says no time, all of its tokens would be refused for as long as the kill is kept. */
    standing_add_to_everything(standing, issued_at_us != 0 ? issued_at_us : now_us);
    standing_add(standing, TEXT("issuer"), token->identity.issuer, now_us);
    standing_add_identity(standing, TEXT("subject"), &token->identity, issued_at_us);
    standing_add_actors(standing, token->chain, token->chain_length, issued_at_us, now_us);
}

void standing_settle(struct standing *standing, struct arena *arena)
{
    struct store_guard *things = ARENA_ARRAY(arena, struct store_guard, standing->count);
    enum fault *faults = ARENA_ARRAY(arena, enum fault, standing->count);
    for (size_t i = 0; i < standing->count; i++) {
        const struct store_guard *thing = &standing->things[i];
        things[i] = (struct store_guard){arena_copy(arena, thing->kind), arena_copy(arena, thing->id),
                                         thing->issued_at_us};
        faults[i] = standing->faults[i];
    }
    standing->arena = arena;
    standing->things = things;
    standing->faults = faults;
    standing->room = standing->count;
}

bool standing_has(const struct standing *standing, const struct store_guard *thing)
{
    return find(standing, thing->kind, thing->id) != NULL;
}

enum fault standing_fault(const struct standing *standing, const struct store_guard *ended)
{
    return standing->faults[find(standing, ended->kind, ended->id) - standing->things];
}

static bool client_is_on(const struct world *world, struct text client_id)
{
    const struct client *client = world_client(world, client_id);
    if (client != NULL)
        return client->document->client.is_enabled;
    const struct document *class = documents_find(&world->documents, DOCUMENT_AGENT_CLASS, client_id);
    return class != NULL && class->agent_class.is_enabled;
}

/* Issuer and its domain. A name in act that was never ours to check is history and says nothing. */
static bool issuer_is_on(const struct world *world, const struct issuer *issuer)
{
    const struct document *domain =
        documents_find(&world->documents, DOCUMENT_DOMAIN, issuer->document->issuer.domain);
    return issuer->document->issuer.is_enabled && (domain == NULL || domain->domain.is_enabled);
}

bool standing_is_on(const struct world *world, const struct jwt_claims *claims)
{
    const struct issuer *origin = world_issuer(world, json_text_of(claims->all, "sub_iss"));
    const struct target *target =
        claims->audience_count == 0 ? NULL : world_target(world, claims->audiences[0]);
    if (origin == NULL || !issuer_is_on(world, origin))
        return false;
    if (origin->is_self && !client_is_on(world, claims->subject)) /* a client of ours came for itself */
        return false;
    if (target == NULL || !target->document->target.is_enabled || !target->is_domain_enabled)
        return false;
    const struct json_value *actor = json_member(claims->all, TEXT("act"));
    for (; actor != NULL; actor = json_member(actor, TEXT("act"))) {
        const struct issuer *issuer = world_issuer(world, json_text_of(actor, "iss"));
        if (issuer != NULL && !issuer->is_self && !issuer_is_on(world, issuer))
            return false;
    }
    return client_is_on(world, json_text_of(claims->all, "client_id"));
}

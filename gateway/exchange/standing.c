/* The names by which credentials and cutoffs meet. An identity is "ISSUER SUBJECT": no issuer we trust has a
 * space in it, and a foreign name in a chain that has one can only be taken for something that was ended. */
#include "exchange/standing.h"

#include <string.h>

#include "base/random.h"

static const char ancestry_claim[] = "dragoman_stands_on";

static struct text claim(const struct json_value *object, const char *name)
{
    return json_string(json_member(object, text_of(name)));
}

void standing_add(struct standing *standing, struct text kind, struct text id, int64_t issued_at_us)
{
    if (standing->count == standing->room) {
        standing->room = standing->room == 0 ? 16 : 2 * standing->room;
        struct store_guard *things = ARENA_ARRAY(standing->arena, struct store_guard, standing->room);
        if (standing->count != 0)
            memcpy(things, standing->things, standing->count * sizeof(*things));
        standing->things = things;
    }
    standing->things[standing->count++] = (struct store_guard){kind, id, issued_at_us};
}

void standing_add_identity(struct standing *standing, struct text kind, const struct identity *identity,
                           int64_t issued_at_us)
{
    const struct text parts[] = {identity->issuer, TEXT(" "), identity->subject};
    standing_add(standing, kind, arena_join(standing->arena, parts, 3), issued_at_us);
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
    if (document != NULL)
        add_team(standing, document, issued_at_us);
}

void standing_add_target(struct standing *standing, const struct target *target, int64_t issued_at_us)
{
    const struct target_document *spec = &target->document->target;
    standing_add(standing, TEXT("target"), spec->audiences.items[0], issued_at_us);
    standing_add(standing, TEXT("adapter"), spec->adapter, issued_at_us);
    add_team(standing, target->document, issued_at_us);
}

/* A client of ours acts under our name: it is ended as a client, nobody ends us as its issuer. */
void standing_add_actors(struct standing *standing, const struct identity *actors, size_t count,
                         int64_t issued_at_us)
{
    for (size_t i = 0; i < count; i++) {
        bool is_client = text_equal(actors[i].issuer, standing->world->issuer);
        standing_add(standing, is_client ? TEXT("client") : TEXT("issuer"),
                     is_client ? actors[i].subject : actors[i].issuer, issued_at_us);
        standing_add_identity(standing, TEXT("agent"), &actors[i], issued_at_us);
    }
}

static void add_ancestry(struct standing *standing, const struct jwt_claims *claims, int64_t issued_at_us)
{
    const struct json_value *ancestry = json_member(claims->all, text_of(ancestry_claim));
    const struct json_value *thing = ancestry == NULL ? NULL : ancestry->first;
    for (; thing != NULL; thing = thing->next) {
        struct text id = json_string(thing), kind = text_cut(&id, ' ');
        bool is_for_good = text_is(kind, "lease") || text_is(kind, "root");
        standing_add(standing, kind, id, is_for_good ? 0 : issued_at_us);
    }
}

void standing_add_own_token(struct standing *standing, const struct jwt_claims *claims)
{
    /* The identifier tells the millisecond; iat only the second, in which something may have been cut off. */
    int64_t issued_at_us = identifier_time_ms(claims->id.base, claims->id.length) * 1000;
    const struct identity subject = {claim(claims->all, "sub_iss"), claims->subject};
    const struct json_value *act = json_member(claims->all, TEXT("act"));
    standing_add(standing, TEXT("lease"), claims->id, 0);
    standing_add(standing, TEXT("root"), claim(claims->all, "txn"), 0);
    standing_add(standing, TEXT("issuer"), subject.issuer, issued_at_us);
    standing_add_identity(standing, TEXT("subject"), &subject, issued_at_us);
    if (act == NULL) /* nobody else acts */
        standing_add_identity(standing, TEXT("agent"), &subject, issued_at_us);
    for (; act != NULL; act = json_member(act, TEXT("act"))) {
        const struct identity actor = {claim(act, "iss"), claim(act, "sub")};
        standing_add_actors(standing, &actor, 1, issued_at_us);
    }
    standing_add_client(standing, claim(claims->all, "client_id"), issued_at_us);
    struct text audience = claims->audience_count == 0 ? TEXT_NONE : claims->audiences[0];
    const struct target *target = world_target(standing->world, audience);
    if (target != NULL)
        standing_add_target(standing, target, issued_at_us);
    else
        standing_add(standing, TEXT("target"), audience, issued_at_us);
    add_ancestry(standing, claims, issued_at_us);
}

/* Whether its issuer is believed again is for that issuer's keys to say; whoever was killed by name shows a
 * token made after that. */
void standing_add_foreign_token(struct standing *standing, const struct verified_token *token, int64_t now_us)
{
    int64_t issued_at_us = token->claims.issued_at_s * 1000000;
    standing_add(standing, TEXT("root"), token->root, 0);
    standing_add(standing, TEXT("issuer"), token->identity.issuer, now_us);
    standing_add_identity(standing, TEXT("subject"), &token->identity, issued_at_us);
    for (size_t i = 0; i < token->chain_length; i++) {
        standing_add(standing, TEXT("issuer"), token->chain[i].issuer, now_us);
        standing_add_identity(standing, TEXT("agent"), &token->chain[i], issued_at_us);
    }
}

/* Three of its parent, those the parent carries, and the tree it leaves when a task branches off. */
bool standing_ancestry(struct arena *arena, const struct jwt_claims *parent, struct text root,
                       const struct text **ancestry, size_t *count)
{
    const struct json_value *carried = json_member(parent->all, text_of(ancestry_claim));
    struct text parent_root = claim(parent->all, "txn");
    struct text audience = parent->audience_count == 0 ? TEXT_NONE : parent->audiences[0];
    struct text *all = ARENA_ARRAY(arena, struct text, (carried == NULL ? 0 : carried->count) + 4);
    *count = 0;
    *ancestry = all;
    all[(*count)++] = arena_print(arena, "lease %.*s", TEXT_ARGUMENTS(parent->id));
    all[(*count)++] = arena_print(arena, "client %.*s", TEXT_ARGUMENTS(claim(parent->all, "client_id")));
    all[(*count)++] = arena_print(arena, "target %.*s", TEXT_ARGUMENTS(audience));
    if (!text_equal(parent_root, root))
        all[(*count)++] = arena_print(arena, "root %.*s", TEXT_ARGUMENTS(parent_root));
    const struct json_value *item = carried == NULL ? NULL : carried->first;
    for (; item != NULL; item = item->next) {
        struct text thing = json_string(item);
        if (!text_equal(thing, all[1]) && !text_equal(thing, all[2]))
            all[(*count)++] = thing;
    }
    return *count <= STANDING_ANCESTRY_MAX;
}

enum fault standing_fault(const struct store_guard *ended)
{
    if (text_is(ended->kind, "client") || text_is(ended->kind, "agent"))
        return FAULT_ACTOR_BARRED;
    if (text_is(ended->kind, "target") || text_is(ended->kind, "adapter") || text_is(ended->kind, "team"))
        return FAULT_TARGET_BARRED;
    return FAULT_TOKEN_REVOKED;
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
    const struct issuer *origin = world_issuer(world, claim(claims->all, "sub_iss"));
    const struct target *target =
        claims->audience_count == 0 ? NULL : world_target(world, claims->audiences[0]);
    if (origin == NULL || origin->is_self || !issuer_is_on(world, origin))
        return false;
    if (target == NULL || !target->document->target.is_enabled || !target->is_domain_enabled)
        return false;
    const struct json_value *actor = json_member(claims->all, TEXT("act"));
    for (; actor != NULL; actor = json_member(actor, TEXT("act"))) {
        const struct issuer *issuer = world_issuer(world, claim(actor, "iss"));
        if (issuer != NULL && !issuer->is_self && !issuer_is_on(world, issuer))
            return false;
    }
    return client_is_on(world, claim(claims->all, "client_id"));
}

bool standing_cutoff(const struct document *document, int64_t now_us, struct store_cutoff *cutoff)
{
    *cutoff = (struct store_cutoff){.at_us = now_us, .expires_at_s = now_us / 1000000 + CUTOFF_KEPT_S};
    switch (document->kind) {
    case DOCUMENT_ISSUER:
        cutoff->kind = TEXT("issuer");
        cutoff->id = document->issuer.issuer;
        return true;
    case DOCUMENT_CLIENT:
        cutoff->kind = TEXT("client");
        cutoff->id = document->client.client_id;
        return true;
    case DOCUMENT_AGENT_CLASS:
        cutoff->kind = TEXT("client");
        cutoff->id = document->name; /* is the client_id of its agents */
        return true;
    case DOCUMENT_TARGET:
        cutoff->kind = TEXT("target");
        cutoff->id = document->target.audiences.items[0];
        return true;
    default:
        return false;
    }
}

/* The names by which tokens of ours and cutoffs meet. */
#include "exchange/own_token.h"

#include "base/random.h"

/* Longer than anything we issue may live; a cutoff older than that has nothing left to end. */
enum { CUTOFF_KEPT_S = 31 * 86400 };

static struct text claim(const struct json_value *object, const char *name)
{
    return json_string(json_member(object, text_of(name)));
}

size_t own_token_guards(const struct jwt_claims *claims, struct store_guard guards[OWN_TOKEN_GUARDS_MAX])
{
    /* The identifier tells the millisecond; iat only the second, in which something may have been cut off. */
    int64_t issued_at_us = identifier_time_ms(claims->id.base, claims->id.length) * 1000;
    struct text audience = claims->audience_count == 0 ? TEXT_NONE : claims->audiences[0];
    size_t count = 0;
    guards[count++] = (struct store_guard){TEXT("lease"), claims->id, 0};
    guards[count++] = (struct store_guard){TEXT("root"), claim(claims->all, "txn"), issued_at_us};
    guards[count++] = (struct store_guard){TEXT("issuer"), claim(claims->all, "sub_iss"), issued_at_us};
    guards[count++] = (struct store_guard){TEXT("client"), claim(claims->all, "client_id"), issued_at_us};
    guards[count++] = (struct store_guard){TEXT("target"), audience, issued_at_us};
    const struct json_value *actor = json_member(claims->all, TEXT("act"));
    for (; actor != NULL && count < OWN_TOKEN_GUARDS_MAX; actor = json_member(actor, TEXT("act")))
        guards[count++] = (struct store_guard){TEXT("issuer"), claim(actor, "iss"), issued_at_us};
    return count;
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

bool own_token_stands(const struct world *world, const struct jwt_claims *claims)
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

bool own_token_cutoff(const struct document *document, int64_t now_us, struct store_cutoff *cutoff)
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

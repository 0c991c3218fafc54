/* Evidence is copied before a ticket is asked for by it, so that a ticket of one lifetime is never found where
 * another was asked for. */
#include "ticket_supply.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ticket_cache.h"

enum { SECOND_US = 1000000 };

struct ticket_supply {
    struct delegation *delegation;
    struct ticket_cache *cache;
    int64_t evidence_us, ticket_us; /* how long each is kept at most */
};

static void release(void *credential)
{
    delegation_release(credential);
}

struct ticket_supply *ticket_supply_open(struct delegation *delegation, const struct realm_settings *settings)
{
    struct ticket_supply *supply = calloc(1, sizeof(*supply));
    INVARIANT(supply != NULL);
    *supply = (struct ticket_supply){.delegation = delegation,
                                     .cache = ticket_cache_open((size_t)settings->cache_entries, release),
                                     .evidence_us = settings->evidence_s * SECOND_US,
                                     .ticket_us = settings->ticket_s * SECOND_US};
    return supply;
}

void ticket_supply_close(struct ticket_supply *supply)
{
    if (supply == NULL)
        return;
    ticket_cache_close(supply->cache);
    free(supply);
}

/* No part can have a line feed in it: principals are printable. */
static struct text key_of(struct arena *arena, const char *kind, const struct ticket_order *order)
{
    bool is_evidence = kind[0] == 'e';
    return arena_print(arena, "%s\n%.*s\n%.*s\n%.*s\n%u", kind, TEXT_ARGUMENTS(order->documents),
                       TEXT_ARGUMENTS(order->account), TEXT_ARGUMENTS(is_evidence ? TEXT_NONE : order->service),
                       is_evidence ? 0 : (unsigned)order->lifetime_s);
}

static struct delegation_request request_for(const struct ticket_order *order,
                                             const struct delegation_credential *credential)
{
    return (struct delegation_request){.credential = credential,
                                       .service = order->service,
                                       .lifetime_s = order->lifetime_s,
                                       .channel_binding = order->channel_binding,
                                       .is_mutual = order->is_mutual};
}

/* --- evidence --- */

static struct kept_ticket *find_evidence(struct ticket_supply *supply, const struct ticket_order *order,
                                         struct arena *arena, struct kerberos_failure *failure)
{
    struct text key = key_of(arena, "evidence", order);
    struct delegation_credential *evidence = NULL;
    struct kept_ticket *kept =
        order->is_fresh ? NULL : ticket_cache_find(supply->cache, key, clock_monotonic_us());
    if (kept != NULL)
        return kept;
    if (!delegation_impersonate(supply->delegation, order->account, &evidence, failure))
        return NULL;
    int64_t now_us = clock_monotonic_us();
    return ticket_cache_keep(supply->cache, key, evidence, now_us, now_us + supply->evidence_us);
}

static bool ask(struct ticket_supply *supply, const struct ticket_order *order, struct arena *arena,
                struct delegation_credential **credential, struct delegation_token *token,
                struct kerberos_failure *failure)
{
    struct kept_ticket *evidence = find_evidence(supply, order, arena, failure);
    if (evidence == NULL)
        return false;
    bool is_copied = delegation_copy(ticket_credential(evidence), credential, failure);
    ticket_let_go(evidence);
    if (!is_copied)
        return false;
    struct delegation_request request = request_for(order, *credential);
    if (delegation_initiate(supply->delegation, &request, arena, token, failure))
        return true;
    delegation_release(*credential);
    *credential = NULL;
    return false;
}

/* --- tickets --- */

/* To half of its life, so that what is made with it is good for a while. */
static void keep(struct ticket_supply *supply, struct text key, struct delegation_credential *credential,
                 int64_t rest_s)
{
    int64_t now_us = clock_monotonic_us(), half_us = rest_s * SECOND_US / 2;
    int64_t kept_us = half_us < supply->ticket_us ? half_us : supply->ticket_us;
    ticket_let_go(ticket_cache_keep(supply->cache, key, credential, now_us, now_us + kept_us));
}

/* Without a time in it, the request is answered from the credential. */
static bool make_with_kept(struct ticket_supply *supply, const struct ticket_order *order, struct text key,
                           struct arena *arena, struct delegation_token *token)
{
    struct kept_ticket *kept = ticket_cache_find(supply->cache, key, clock_monotonic_us());
    if (kept == NULL)
        return false;
    struct kerberos_failure ignored;
    struct delegation_request request = request_for(order, ticket_credential(kept));
    request.lifetime_s = 0;
    bool is_made = delegation_initiate(supply->delegation, &request, arena, token, &ignored);
    ticket_let_go(kept);
    return is_made;
}

bool ticket_supply_token(struct ticket_supply *supply, const struct ticket_order *order, struct arena *arena,
                         struct delegation_token *token, struct kerberos_failure *failure)
{
    struct text key = key_of(arena, "ticket", order);
    struct delegation_credential *credential;
    bool is_kept = delegation_keeps_tickets(supply->delegation);
    if (is_kept && !order->is_fresh && make_with_kept(supply, order, key, arena, token))
        return true;
    if (!ask(supply, order, arena, &credential, token, failure))
        return false;
    if (is_kept)
        keep(supply, key, credential, token->rest_s);
    else
        delegation_release(credential);
    return true;
}

bool ticket_supply_credential(struct ticket_supply *supply, const struct ticket_order *order,
                              struct arena *arena, struct delegation_credential **credential,
                              struct kerberos_failure *failure)
{
    struct delegation_token token;
    return ask(supply, order, arena, credential, &token, failure);
}

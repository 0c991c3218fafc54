/* The names by which tokens of ours and cutoffs meet. */
#include "exchange/own_token.h"

#include "base/random.h"

/* Longer than anything we issue may live; a cutoff older than that has nothing left to end. */
enum { CUTOFF_KEPT_S = 31 * 86400 };

void own_token_guards(const struct jwt_claims *claims, struct store_guard guards[OWN_TOKEN_GUARDS])
{
    /* The identifier tells the millisecond; iat only the second, in which something may have been cut off. */
    int64_t issued_at_us = identifier_time_ms(claims->id.base, claims->id.length) * 1000;
    const struct json_value *all = claims->all;
    guards[0] = (struct store_guard){TEXT("lease"), claims->id, 0};
    guards[1] = (struct store_guard){TEXT("root"), json_string(json_member(all, TEXT("txn"))), issued_at_us};
    guards[2] =
        (struct store_guard){TEXT("issuer"), json_string(json_member(all, TEXT("sub_iss"))), issued_at_us};
    guards[3] =
        (struct store_guard){TEXT("client"), json_string(json_member(all, TEXT("client_id"))), issued_at_us};
    guards[4] = (struct store_guard){
        TEXT("target"), claims->audience_count == 0 ? TEXT_NONE : claims->audiences[0], issued_at_us};
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

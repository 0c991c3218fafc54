/* Reads the chain of actors. Only sub and iss of an actor mean anything: RFC 8693 section 4.1 gives exp, nbf
 * and aud inside act no meaning, so they neither lengthen nor shorten anything here, and neither does cnf. */
#include "actor_chain.h"

#include <string.h>

#include "claim_mapping.h"

/* An issuer is a URI: RFC 7519 section 4.1.1. With a space in it, "issuer subject", as identities are named in
 * policies, kills and records, could be two. */
static bool is_issuer(const struct json_value *claim)
{
    return claim_is_name(claim) && memchr(claim->text.base, ' ', claim->text.length) == NULL;
}

/* issuer stays TEXT_NONE where the claim gives none. */
static enum fault read_identity(const struct json_value *claim, struct identity *identity)
{
    const struct json_value *subject = json_member(claim, TEXT("sub"));
    const struct json_value *issuer = json_member(claim, TEXT("iss"));
    if (!claim_is_name(subject) || (issuer != NULL && !is_issuer(issuer)))
        return FAULT_ACTOR_MALFORMED;
    *identity = (struct identity){.issuer = json_string(issuer), .subject = json_string(subject)};
    return FAULT_NONE;
}

static enum fault read_chain(struct verified_token *token, unsigned limit)
{
    if (limit > TOKEN_CHAIN_MAX)
        limit = TOKEN_CHAIN_MAX;
    const struct json_value *actor = json_member(token->claims.all, TEXT("act"));
    for (; actor != NULL; actor = json_member(actor, TEXT("act"))) {
        struct identity identity;
        TRY(read_identity(actor, &identity));
        if (token->chain_length == limit)
            return FAULT_CHAIN_TOO_DEEP;
        if (identity.issuer.base == NULL)
            identity.issuer = token->identity.issuer;
        token->chain[token->chain_length++] = identity;
    }
    return FAULT_NONE;
}

enum fault actor_chain_read(struct verified_token *token, unsigned limit)
{
    TRY(read_chain(token, limit));
    const struct json_value *may_act = json_member(token->claims.all, TEXT("may_act"));
    if (may_act == NULL)
        return FAULT_NONE;
    token->has_may_act = true;
    return read_identity(may_act, &token->may_act);
}

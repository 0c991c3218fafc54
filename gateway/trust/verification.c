/* The verification pipeline. Every check is made for every use and every declared type; where a rule differs,
 * it differs inside the check (token_profile.c), never by taking another way. */
#include "trust/verification.h"

#include <string.h>

#include "actor_chain.h"
#include "base/base64url.h"
#include "base/digest.h"
#include "carried_attributes.h"
#include "claim_mapping.h"
#include "runtime/metrics.h"
#include "token_memory.h"
#include "token_profile.h"
#include "json/json_writer.h"

enum { ROOT_BYTES = 16, ROOT_LENGTH_MAX = 128 };

static void take_fingerprint(struct arena *arena, struct verification *verification)
{
    char *hexadecimal = arena_allocate(arena, 2 * DIGEST_SIZE + 1);
    digest_sha256(verification->jws.token, verification->digest);
    digest_hex(verification->digest, hexadecimal);
    verification->token.fingerprint = (struct text){hexadecimal, 2 * DIGEST_SIZE};
}

bool identity_equal(const struct identity *a, const struct identity *b)
{
    return text_equal(a->issuer, b->issuer) && text_equal(a->subject, b->subject);
}

struct identity identity_read(const struct json_value *object)
{
    return (struct identity){json_text_of(object, "iss"), json_text_of(object, "sub")};
}

struct text identity_name(struct arena *arena, const struct identity *identity)
{
    const struct text parts[] = {identity->issuer, TEXT(" "), identity->subject};
    return arena_join(arena, parts, 3);
}

enum fault verification_read(struct arena *arena, struct text token, struct verification *verification)
{
    *verification = (struct verification){0};
    TRY(jws_parse(arena, token, &verification->jws));
    if (json_parse(arena, verification->jws.payload, &json_limits_token, &verification->unverified) !=
        FAULT_NONE)
        verification->unverified = NULL;
    return FAULT_NONE;
}

struct text verification_unverified_issuer(const struct verification *verification)
{
    return json_text_of(verification->unverified, "iss");
}

enum fault verification_route(struct arena *arena, const struct verification_rules *rules,
                              struct verification *verification)
{
    take_fingerprint(arena, verification);
    struct text identifier = verification_unverified_issuer(verification);
    if (identifier.length == 0)
        return FAULT_TOKEN_CLAIMS;
    const struct issuer *issuer = issuer_find(rules->issuers, rules->issuer_count, identifier);
    if (issuer == NULL)
        return FAULT_TOKEN_ISSUER_UNKNOWN;
    verification->issuer = issuer;
    if (!issuer->document->issuer.is_enabled)
        return FAULT_TOKEN_ISSUER_DISABLED;
    TRY(token_profile_check_issuer(issuer, rules));
    TRY(token_profile_check_header(&verification->jws, issuer, rules));
    enum algorithm algorithm = verification->jws.algorithm;
    if (algorithm == ALGORITHM_NONE_KNOWN || (issuer->algorithms & 1u << algorithm) == 0)
        return FAULT_TOKEN_ALGORITHM;
    return FAULT_NONE;
}

enum fault verification_identify(struct arena *arena, struct text token, const struct verification_rules *rules,
                                 struct verification *verification)
{
    *verification = (struct verification){0};
    TRY(token_profile_check_declared(rules));
    TRY(verification_read(arena, token, verification));
    return verification_route(arena, rules, verification);
}

static void find_own_key(struct verification *verification, const struct verification_rules *rules)
{
    struct key_lookup *lookup = &verification->lookup;
    const struct signing_key *key = NULL;
    if (rules->own_keys != NULL)
        key = key_snapshot_verifier(rules->own_keys, verification->jws.key_id, rules->now_s);
    lookup->fault = key == NULL ? FAULT_TOKEN_KEY_UNKNOWN : FAULT_NONE;
    if (key != NULL) {
        verification->own_key =
            (struct public_key){.id = key->id, .algorithm = key->algorithm, .key = key->key};
        lookup->key = &verification->own_key;
    }
    flow_wait_done(&lookup->wait);
}

void verification_find_key(struct verification *verification, const struct verification_rules *rules)
{
    const struct issuer *issuer = verification->issuer;
    if (issuer->is_self)
        find_own_key(verification, rules);
    else if (issuer->keys != NULL)
        key_source_find(issuer->keys, verification->jws.key_id, verification->jws.algorithm,
                        &verification->lookup);
    else {
        verification->lookup.fault = FAULT_ISSUER_UNREACHABLE;
        flow_wait_done(&verification->lookup.wait);
    }
}

static enum fault read_own_root(struct verified_token *token)
{
    const struct json_value *root = json_member(token->claims.all, TEXT("txn"));
    if (!claim_is_name(root) || root->text.length > ROOT_LENGTH_MAX)
        return FAULT_TOKEN_CLAIMS;
    token->root = root->text;
    return FAULT_NONE;
}

/* A foreign token is the root of its tree: one login, used five times, is one tree. Its signature is no part of
 * that: of an ECDSA signature anybody can make a second one that verifies as well, (r, n - s) of (r, s). */
static void make_root(struct arena *arena, const struct jws *jws, struct verified_token *token)
{
    unsigned char digest[DIGEST_SIZE];
    const struct text name[] = {token->claims.issuer, token->claims.id};
    if (token->claims.id.length != 0)
        digest_parts(name, 2, digest);
    else
        digest_sha256(jws->signing_input, digest);
    token->root = base64url_encode_text(arena, digest, ROOT_BYTES);
}

static enum fault check_time(const struct jwt_claims *claims, const struct issuer_document *spec,
                             const struct verification_rules *rules)
{
    struct jwt_time_rules time_rules = {.now_s = rules->now_s,
                                        .leeway_s = spec->leeway_s,
                                        .maximum_age_s = spec->maximum_age_s,
                                        .maximum_lifetime_s =
                                            rules->use == TOKEN_USE_ASSERTION ? ID_JAG_LIFETIME_MAX_S : 0};
    /* OpenID Connect Core section 2: an ID Token says when it was issued. */
    if (rules->declared_type == TOKEN_TYPE_ID_TOKEN && claims->issued_at_s == 0)
        return FAULT_TOKEN_CLAIMS;
    return jwt_check_time(claims, &time_rules);
}

bool verification_binding_fits(const struct json_value *claims, struct text thumbprint)
{
    const struct json_value *confirmation = json_member(claims, TEXT("cnf"));
    if (confirmation == NULL)
        return true;
    bool is_single =
        confirmation->kind == JSON_OBJECT && confirmation->first != NULL && confirmation->first->next == NULL;
    struct text bound_to = is_single ? json_text_of(confirmation, "x5t#S256") : TEXT_NONE;
    return bound_to.length != 0 && text_equal(bound_to, thumbprint);
}

static enum fault check_claims(const struct jws *jws, const struct jwt_claims *claims,
                               const struct issuer *issuer, const struct verification_rules *rules)
{
    /* The issuer was found by bytes that were not verified then. */
    if (!text_equal(claims->issuer, issuer->document->issuer.issuer))
        return FAULT_TOKEN_ISSUER_UNKNOWN;
    TRY(token_profile_check_claims(jws, claims, issuer, rules));
    TRY(token_profile_check_audience(claims, issuer, rules));
    TRY(check_time(claims, &issuer->document->issuer, rules));
    /* A bound token without the proof of its key is somebody else's (RFC 7800 section 3). */
    return verification_binding_fits(claims->all, rules->thumbprint) ? FAULT_NONE : FAULT_TOKEN_CONSTRAINED;
}

/* The key was looked up as for any token, by the rules of today; only if the very same bytes were found right
 * with the very same key before is the signature not checked again. */
static enum fault check_signature(const struct verification_rules *rules,
                                  const struct verification *verification)
{
    const struct public_key *key = verification->lookup.key;
    if (!token_memory_has(rules->remembered_tokens, verification->digest, key->serial)) {
        metric_add(METRIC_TOKENS_NOT_REMEMBERED, rules->remembered_tokens != 0);
        return jws_verify(&verification->jws, key);
    }
    metric_add(METRIC_TOKENS_REMEMBERED, 1);
    return FAULT_NONE;
}

enum fault verification_complete(struct arena *arena, const struct verification_rules *rules,
                                 struct verification *verification)
{
    const struct jws *jws = &verification->jws;
    const struct issuer *issuer = verification->issuer;
    struct verified_token token = verification->token;
    TRY(verification->lookup.fault);
    INVARIANT(verification->lookup.key != NULL);
    TRY(check_signature(rules, verification));
    TRY(jwt_claims_from(verification->unverified, &token.claims));
    TRY(check_claims(jws, &token.claims, issuer, rules));
    token.issuer = issuer;
    token.is_bound = json_member(token.claims.all, TEXT("cnf")) != NULL;
    token.type = rules->declared_type;
    token.identity.issuer = issuer->document->issuer.issuer;
    TRY(claim_mapping_apply(arena, &issuer->document->issuer, &token));
    /* Nobody has authenticated in the future: taken as said, such a time would never be too long ago. */
    if (token.auth_time_s > rules->now_s + issuer->document->issuer.leeway_s)
        token.auth_time_s = 0;
    TRY(actor_chain_read(&token, rules->chain_depth));
    if (issuer->is_self) {
        TRY(read_own_root(&token));
        TRY(carried_attributes_read(arena, &token));
    } else {
        make_root(arena, jws, &token);
    }
    verification->token = token; /* all of it or nothing */
    token_memory_add(rules->remembered_tokens, verification->digest, verification->lookup.key->serial);
    return FAULT_NONE;
}

void verification_dispose(struct verification *verification)
{
    key_lookup_dispose(&verification->lookup);
}

struct text verification_explain(struct arena *arena, const struct verification_rules *rules,
                                 const struct verification *verification, enum fault fault)
{
    enum { SHOWN_MAX = 256 };
    const struct json_value *audience = json_member(verification->unverified, TEXT("aud"));
    if (fault != FAULT_TOKEN_AUDIENCE || audience == NULL)
        return TEXT_NONE;
    struct buffer json = buffer_in(arena, SHOWN_MAX);
    struct json_writer writer = json_writer_on(&json);
    json_write_value(&writer, audience);
    struct text shown = text_beginning(buffer_text(&json), SHOWN_MAX);
    bool is_for_caller = rules->use != TOKEN_USE_CLIENT && rules->declared_type == TOKEN_TYPE_ID_TOKEN;
    return arena_print(arena, "its aud is %.*s%s%.*s", TEXT_ARGUMENTS(shown),
                       is_for_caller ? "; that of an ID Token is the client that shows it, " : "",
                       TEXT_ARGUMENTS(is_for_caller ? rules->client_id : TEXT_NONE));
}

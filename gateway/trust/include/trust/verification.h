/* The one verification pipeline: every token somebody presents (subject, actor, a platform's token as client
 * proof) goes through here, whatever the grant. Two halves around at most one wait for keys: identify (pure,
 * unverified, to find the issuer), then verify. Claims leave this room only from verified bytes. */
#ifndef TRUST_VERIFICATION_H
#define TRUST_VERIFICATION_H

#include "base/digest.h"
#include "jose/jwt.h"
#include "keys/key_snapshot.h"
#include "trust/issuer.h"

/* ASSERTION: presented as a grant by itself (RFC 7523 section 2.1), which is an ID-JAG. */
enum token_use { TOKEN_USE_SUBJECT, TOKEN_USE_ACTOR, TOKEN_USE_CLIENT, TOKEN_USE_ASSERTION };

/* Between issue and expiry of an ID-JAG, which is made to be redeemed at once. */
enum { ID_JAG_LIFETIME_MAX_S = 600 };

enum token_type {
    TOKEN_TYPE_NONE,
    TOKEN_TYPE_ACCESS_TOKEN,
    TOKEN_TYPE_ID_TOKEN,
    TOKEN_TYPE_JWT,
    TOKEN_TYPE_REFRESH_TOKEN,
    TOKEN_TYPE_SAML1,
    TOKEN_TYPE_SAML2,
    TOKEN_TYPE_ID_JAG, /* identity assertion of another domain (draft-ietf-oauth-identity-assertion-authz-grant)
                        */
    TOKEN_TYPE_UNKNOWN
};
/* urn:ietf:params:oauth:token-type:... (RFC 8693 section 3); NONE for TEXT_NONE, UNKNOWN for others. */
enum token_type token_type_parse(struct text uri);
struct text token_type_uri(enum token_type type);

enum { TOKEN_CHAIN_MAX = 8 };

struct identity {
    struct text issuer; /* identifier */
    struct text subject;
};
bool identity_equal(const struct identity *a, const struct identity *b);
/* "issuer subject": by what kills, leases and holdings name it. */
/* As a record has it. */
struct identity identity_read(const struct json_value *object);
struct text identity_name(struct arena *arena, const struct identity *identity);

/* A mapped claim. Of a list the elements are parted by line feeds, and none has one. */
struct token_attribute {
    struct text name, value;
    bool is_list;
};

struct verified_token {
    const struct issuer *issuer;
    enum token_type type;
    struct jwt_claims claims;
    struct identity identity;                 /* after claim mapping */
    const struct token_attribute *attributes; /* mapped; of ours, those that were carried */
    size_t attribute_count;
    /* How the subject authenticated, if the token says so (OpenID Connect Core section 2, RFC 9068
     * section 2.2.1). */
    struct text acr, amr;                   /* of amr the values are parted by spaces */
    int64_t auth_time_s;                    /* 0: not said */
    struct identity chain[TOKEN_CHAIN_MAX]; /* act, outermost first */
    size_t chain_length;
    bool has_may_act;
    struct identity may_act; /* issuer TEXT_NONE if not given */
    bool has_scope;
    struct text scope;     /* space-delimited, as in the claim */
    struct text client_id; /* claim client_id or azp */
    bool is_bound;         /* to the certificate of verification_rules (cnf) */
    struct text root;      /* of its tree. Ours: its txn; else made of iss and jti, or of what is signed */
    /* Hexadecimal SHA-256 of the token, for the record; there as soon as verification_identify has parsed it.
     */
    struct text fingerprint;
};

/* What verification needs to know of the world. */
struct verification_rules {
    enum token_use use;
    enum token_type declared_type;
    const struct issuer *const *issuers; /* sorted by identifier */
    size_t issuer_count;
    struct text own_issuer; /* our identifier */
    const struct key_snapshot *own_keys;
    /* For id_token: aud must be this client (OpenID Connect Core section 3.1.3.7). For an ID-JAG: client_id
     * must be. For our own tokens: the aud must be one of these (audiences of the targets whose resource server
     * is the caller) or our own identifier. */
    struct text client_id;
    /* Of a login that we began as this client: the ID Token's nonce must be it, and the issuer, which handed it
     * to us itself, need not let ID Tokens be presented by others. TEXT_NONE: there was no such login. */
    struct text login_nonce;
    const struct text *own_audiences;
    size_t own_audience_count;
    const struct text *audiences; /* overrides the issuer's audiences when count is not 0 (AgentClass) */
    size_t audience_count;
    unsigned chain_depth;     /* most actors a token may carry already */
    size_t remembered_tokens; /* on this thread, whose signatures are not checked again; 0 = none */
    struct text thumbprint;   /* x5t#S256 of the certificate whose key was proved; TEXT_NONE: none was */
    int64_t now_s;
};

struct verification {
    struct jws jws;
    /* Its payload, parsed to find the issuer. Not to be believed before the signature over the very same bytes
     * has been checked; verification_complete takes the claims from it then. */
    const struct json_value *unverified;
    unsigned char digest[DIGEST_SIZE]; /* of the whole token */
    const struct issuer *issuer;
    struct key_lookup lookup;
    struct public_key own_key; /* lookup.key for our own tokens; its EVP_PKEY is the key ring's */
    struct verified_token token;
};

/* First half: parse, find the issuer, refuse disabled ones, algorithms and types it does not accept.
 * verification->issuer is set as soon as it is found, also where the result is a fault. It is made of the two
 * below, for whoever must see who is named before there are rules: read, which parses, and route. */
MUST_USE enum fault verification_identify(struct arena *arena, struct text token,
                                          const struct verification_rules *rules,
                                          struct verification *verification);
MUST_USE enum fault verification_read(struct arena *arena, struct text token,
                                      struct verification *verification);
MUST_USE enum fault verification_route(struct arena *arena, const struct verification_rules *rules,
                                       struct verification *verification);
/* What is wrong with one that was refused, for the record and who operates this: whom it is meant for, where
 * that is it. TEXT_NONE: the fault says all. */
struct text verification_explain(struct arena *arena, const struct verification_rules *rules,
                                 const struct verification *verification, enum fault fault);
/* iss of a token that is read and not verified, for routing only. TEXT_NONE if there is none. */
struct text verification_unverified_issuer(const struct verification *verification);
/* The wait between: completes verification->lookup.wait (at once for our own tokens). */
void verification_find_key(struct verification *verification, const struct verification_rules *rules);
/* Second half: signature, then every claim, in the order size, format, typ, alg, key, signature, iss, aud,
 * time, cnf. verification->token is filled by FAULT_NONE alone. */
MUST_USE enum fault verification_complete(struct arena *arena, const struct verification_rules *rules,
                                          struct verification *verification);
/* RFC 8705 section 3.1: whether who has proved this certificate's key may show what these claims say, which
 * they may in any case where the claims bind nothing. Another way to be bound is met by nobody here. */
bool verification_binding_fits(const struct json_value *claims, struct text thumbprint);
void verification_dispose(struct verification *verification);

#endif

/* JWS in compact form (RFC 7515 section 3.1): strict parsing, verification, and the two halves of making one.
 * Nothing else: no JSON serialization, no unencoded payloads (RFC 7797), no detached ones, no JWE. */
#ifndef JOSE_JWS_H
#define JOSE_JWS_H

#include "jose/jwk.h"

enum { JWS_TOKEN_BYTES_MAX = 16 * 1024, JWS_KEY_ID_BYTES_MAX = 512 };

struct jws {
    struct text token;
    struct text signing_input;       /* header "." payload, as received */
    const struct json_value *header; /* strict; no doubled names */
    enum algorithm algorithm;        /* ALGORITHM_NONE_KNOWN: not one we know */
    struct text key_id;              /* TEXT_NONE if absent */
    struct text type;                /* typ as written, TEXT_NONE if absent */
    struct text payload;             /* decoded bytes: UNTRUSTED until jws_verify has said FAULT_NONE */
    struct text signature;           /* decoded */
};

/* TOKEN_TOO_LARGE, TOKEN_MALFORMED (segments, base64url, header JSON, header member types, kid too long),
 * TOKEN_CRITICAL (any crit, b64; RFC 7515 section 4.1.11: nothing is understood here). Header members jwk, jku,
 * x5u, x5c are ignored. token must outlive jws; the rest is in the arena. */
MUST_USE enum fault jws_parse(struct arena *arena, struct text token, struct jws *jws);

/* The algorithm belongs to the key: TOKEN_ALGORITHM if the header names another, TOKEN_SIGNATURE if it does not
 * verify. */
MUST_USE enum fault jws_verify(const struct jws *jws, const struct public_key *key);

/* Whether typ means this media type: case-insensitive, "application/" implied where there is no slash (RFC 7515
 * section 4.1.9). expected without the prefix, e.g. "at+jwt". */
bool jws_type_is(const struct jws *jws, const char *expected);

/* Making one: the input to sign, then the token from input and signature. type may be TEXT_NONE. */
struct text jws_signing_input(struct arena *arena, enum algorithm algorithm, struct text key_id,
                              struct text type, struct text payload);
struct text jws_assemble(struct arena *arena, struct text signing_input, const unsigned char *signature,
                         size_t length);

#endif

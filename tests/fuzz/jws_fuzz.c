/* Tokens. Nothing made here verifies under a key whose private half is thrown away at the start, and a token
 * that is taken apart goes together in one way only: the same bytes. Claims are read as a verified payload's
 * would be. */
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "base/base64url.h"
#include "jose/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Its private half is used by nobody. */
static const struct public_key *stranger(enum algorithm algorithm)
{
    static struct public_key elliptic, edwards;
    if (elliptic.key == NULL) {
        elliptic = (struct public_key){.algorithm = ALGORITHM_ES256, .key = EVP_EC_gen("P-256")};
        edwards =
            (struct public_key){.algorithm = ALGORITHM_EDDSA, .key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
        INVARIANT(elliptic.key != NULL && edwards.key != NULL);
    }
    return algorithm_is_same(algorithm, ALGORITHM_EDDSA) ? &edwards : &elliptic;
}

static void check_claims(struct arena *arena, struct text payload)
{
    struct jwt_claims claims;
    if (jwt_claims_read(arena, payload, &claims) != FAULT_NONE)
        return;
    INVARIANT(claims.audience_count <= JWT_AUDIENCES_MAX);
    for (size_t i = 0; i < claims.audience_count; i++)
        INVARIANT(jwt_has_audience(&claims, claims.audiences[i]));
    const struct jwt_time_rules rules = {
        .now_s = 1795000000, .leeway_s = 30, .maximum_age_s = 3600, .maximum_lifetime_s = 3600};
    if (jwt_check_time(&claims, &rules) == FAULT_NONE)
        INVARIANT(claims.expires_at_s + rules.leeway_s > rules.now_s &&
                  claims.issued_at_s <= rules.now_s + rules.leeway_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct text token = {(const char *)bytes, size};
    struct jws jws;
    SCOPED_ARENA arena = arena_create();
    check_claims(arena, token);
    if (jws_parse(arena, token, &jws) != FAULT_NONE)
        return 0;
    INVARIANT(size <= JWS_TOKEN_BYTES_MAX && jws.key_id.length <= JWS_KEY_ID_BYTES_MAX);
    INVARIANT(jws_verify(&jws, stranger(jws.algorithm)) != FAULT_NONE);
    struct text again =
        jws_assemble(arena, jws.signing_input, (const unsigned char *)jws.signature.base, jws.signature.length);
    INVARIANT(text_equal(again, token));
    (void)jws_type_is(&jws, "at+jwt");
    check_claims(arena, jws.payload);
    return 0;
}

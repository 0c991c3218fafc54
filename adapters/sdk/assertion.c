/* JWTs that authenticate a client by its own key: private_key_jwt (RFC 7523 section 3, OpenID Connect Core
 * section 9), and those with claims of their own, such as grants for a service account (RFC 7523 section 2.1).
 */
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/clock.h"
#include "base/random.h"
#include "call.h"
#include "dragoman/adapter_tools.h"
#include "jose/jws.h"

enum { LIFETIME_MAX_S = 3600 };

static EVP_PKEY *read_key(struct text pem)
{
    if (pem.length == 0 || pem.length > INT_MAX)
        return NULL;
    BIO *bytes = BIO_new_mem_buf(pem.base, (int)pem.length);
    INVARIANT(bytes != NULL);
    /* An empty passphrase: nobody is asked for one on a terminal. */
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bytes, NULL, NULL, (void *)(uintptr_t) "");
    BIO_free(bytes);
    ERR_clear_error();
    return key;
}

/* RFC 7518 section 3.1, RFC 8037 section 3.1. */
static struct text kind_of(struct text algorithm)
{
    if (text_starts_with(algorithm, TEXT("RS")) || text_starts_with(algorithm, TEXT("PS")))
        return TEXT("an RSA key of 2048 to 8192 bits");
    if (text_is(algorithm, "ES256"))
        return TEXT("an EC key on the curve P-256");
    if (text_is(algorithm, "ES384"))
        return TEXT("an EC key on the curve P-384");
    if (text_is(algorithm, "ES512"))
        return TEXT("an EC key on the curve P-521");
    return TEXT("an Ed25519 key");
}

enum adapter_outcome adapter_key_check(struct adapter_call *call, struct text private_key,
                                       struct text algorithm)
{
    EVP_PKEY *key = read_key(private_key);
    bool is_key = key != NULL;
    bool fits = is_key && (algorithm.base == NULL || algorithm_fits_key(algorithm_parse(algorithm), key));
    EVP_PKEY_free(key);
    if (!is_key)
        return adapter_refuse(call, "A private key is a PEM file of one without a passphrase.",
                              "the private key is no PEM file of one without a passphrase");
    if (fits)
        return ADAPTER_DONE;
    const char *shown = arena_print(call->arena, "This target signs with %.*s, which needs %.*s.",
                                    TEXT_ARGUMENTS(algorithm), TEXT_ARGUMENTS(kind_of(algorithm)))
                            .base;
    return adapter_refuse(call, shown, "the private key is not one for %.*s", TEXT_ARGUMENTS(algorithm));
}

/* A claim twice is read as either (RFC 7519 section 4), so a further one is none of those made here. */
static bool are_further(const struct adapter_assertion *assertion)
{
    static const char *const own[] = {"iss", "sub", "aud", "iat", "exp", "jti"};
    for (size_t i = 0; i < assertion->claim_count; i++) {
        struct text name = assertion->claims[2 * i];
        for (size_t k = 0; k < sizeof(own) / sizeof(*own); k++)
            if (text_is(name, own[k]))
                return false;
        for (size_t k = 0; k < i; k++)
            if (text_equal(name, assertion->claims[2 * k]))
                return false;
    }
    return true;
}

static struct text write_claims(struct adapter_call *call, const struct adapter_assertion *assertion)
{
    char identifier[IDENTIFIER_SIZE];
    int64_t now_s = clock_wall_s();
    struct buffer out = buffer_in(call->arena, 512);
    struct json_writer writer = json_writer_on(&out);
    identifier_make(clock_wall_us(), identifier);
    json_begin_object(&writer);
    json_member_text(&writer, "iss", assertion->issuer);
    json_member_text_if(&writer, "sub", assertion->subject);
    json_member_text(&writer, "aud", assertion->audience);
    json_member_integer(&writer, "iat", now_s - assertion->issued_ago_s);
    json_member_integer(&writer, "exp", now_s + assertion->lives_s);
    json_member_text(&writer, "jti", text_of(identifier));
    for (size_t i = 0; i < assertion->claim_count; i++) {
        json_name(&writer, assertion->claims[2 * i]);
        json_write_text(&writer, assertion->claims[2 * i + 1]);
    }
    json_end_object(&writer);
    return buffer_text(&out);
}

enum adapter_outcome adapter_assertion_sign(struct adapter_call *call,
                                            const struct adapter_assertion *assertion, struct text *token)
{
    enum algorithm algorithm = algorithm_parse(assertion->algorithm);
    if (assertion->lives_s < 1 || assertion->lives_s > LIFETIME_MAX_S || assertion->issued_ago_s < 0 ||
        assertion->issued_ago_s > LIFETIME_MAX_S)
        return adapter_fail(call, "an assertion lives a second to an hour");
    if (!are_further(assertion))
        return adapter_fail(call, "a claim of an assertion stands there already");
    EVP_PKEY *key = read_key(assertion->private_key);
    if (key == NULL)
        return adapter_misconfigured(call, NULL, "the private key is no PEM file of one without a passphrase");
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    struct text type = assertion->type.base != NULL ? assertion->type : TEXT("JWT");
    struct text input =
        jws_signing_input(call->arena, algorithm, assertion->key_id, type, write_claims(call, assertion));
    bool is_signed =
        algorithm != ALGORITHM_NONE_KNOWN && algorithm_sign(algorithm, key, input, signature, &length);
    EVP_PKEY_free(key);
    if (!is_signed)
        return adapter_misconfigured(call, NULL, "the private key is not one for this algorithm");
    *token = jws_assemble(call->arena, input, signature, length);
    return ADAPTER_DONE;
}

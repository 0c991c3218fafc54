/* Makes, seals, opens and checks the rows of signing keys. What a row says in clear is not believed: the id
 * must be the hash of the key that opens, and the public JWK is written from the key, so that whoever can write
 * the database cannot publish a key of his own in our name. */
#include "signing_key_row.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/base64url.h"
#include "keys/public_jwk.h"

enum { RSA_BITS = 2048 };

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}
#define SCOPED_KEY __attribute__((cleanup(free_key))) EVP_PKEY *

static EVP_PKEY *generate(enum algorithm algorithm)
{
    switch (algorithm) {
    case ALGORITHM_ES256:
        return EVP_EC_gen("P-256");
    case ALGORITHM_ES384:
        return EVP_EC_gen("P-384");
    case ALGORITHM_ES512:
        return EVP_EC_gen("P-521");
    case ALGORITHM_EDDSA:
    case ALGORITHM_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case ALGORITHM_NONE_KNOWN:
    case ALGORITHM_COUNT:
        return NULL;
    default:
        return EVP_RSA_gen(RSA_BITS);
    }
}

struct text signing_key_id(struct arena *arena, const EVP_PKEY *key)
{
    unsigned char *der = NULL, digest[DIGEST_SIZE];
    int length = i2d_PUBKEY(key, &der);
    INVARIANT(length > 0);
    digest_sha256((struct text){(const char *)der, (size_t)length}, digest);
    OPENSSL_free(der);
    return base64url_encode_text(arena, digest, sizeof(digest));
}

struct text signing_key_public_jwk(struct arena *arena, const EVP_PKEY *key, struct text id,
                                   enum algorithm algorithm)
{
    SCOPED_BUFFER buffer = {0};
    struct json_writer writer = json_writer_on(&buffer);
    public_jwk_write(&writer, key, id, algorithm);
    return arena_copy(arena, buffer_text(&buffer));
}

static struct text row_name(struct arena *arena, struct text id)
{
    return arena_print(arena, "key/%.*s", TEXT_ARGUMENTS(id));
}

static bool seal_key(const struct sealer *sealer, struct arena *arena, const EVP_PKEY *key, struct text row,
                     struct text *sealed)
{
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int length = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (length <= 0)
        return false;
    *sealed = seal(sealer, arena, (struct text){(const char *)der, (size_t)length}, row);
    OPENSSL_clear_free(der, (size_t)length);
    return true;
}

enum fault signing_key_row_make(const struct sealer *sealer, struct arena *arena, enum algorithm algorithm,
                                int64_t now_s, int64_t activate_at_s, struct store_key *row)
{
    SCOPED_KEY key = generate(algorithm);
    *row = (struct store_key){
        .algorithm = algorithm_name(algorithm), .created_at_s = now_s, .activate_at_s = activate_at_s};
    if (key != NULL)
        row->id = signing_key_id(arena, key);
    if (key == NULL || !seal_key(sealer, arena, key, row_name(arena, row->id), &row->sealed)) {
        ERR_clear_error();
        return FAULT_KEY_UNAVAILABLE;
    }
    row->public_jwk = signing_key_public_jwk(arena, key, row->id, algorithm);
    row->state = signing_key_state_name(signing_key_row_state(row, now_s));
    return FAULT_NONE;
}

static EVP_PKEY *parse_private(const struct secret *der)
{
    const unsigned char *at = secret_bytes(der), *end = at + secret_length(der);
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)secret_length(der));
    EVP_PKEY *key = info != NULL && at == end ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    if (key == NULL)
        ERR_clear_error();
    return key;
}

static enum fault open_private(const struct sealer *sealer, struct arena *arena, const struct store_key *row,
                               enum algorithm algorithm, EVP_PKEY **opened)
{
    SCOPED_SECRET der = NULL;
    TRY(unseal(sealer, row->sealed, row_name(arena, row->id), &der));
    SCOPED_KEY key = parse_private(der);
    if (!algorithm_fits_key(algorithm, key) || !text_equal(signing_key_id(arena, key), row->id))
        return FAULT_KEY_INVALID;
    *opened = key;
    key = NULL;
    return FAULT_NONE;
}

enum fault signing_key_row_open(const struct sealer *sealer, struct arena *arena, const struct store_key *row,
                                EVP_PKEY *opened, int64_t now_s, struct signing_key *key)
{
    *key = (struct signing_key){.id = arena_copy(arena, row->id),
                                .algorithm = algorithm_parse(row->algorithm),
                                .state = signing_key_row_state(row, now_s),
                                .created_at_s = row->created_at_s,
                                .activate_at_s = row->activate_at_s,
                                .retire_at_s = row->retire_at_s,
                                .remove_at_s = row->remove_at_s};
    if (key->state == SIGNING_KEY_REVOKED) {
        key->revoked_at_s = row->retire_at_s;
        key->public_jwk = arena_copy(arena, row->public_jwk);
        return FAULT_NONE;
    }
    if (opened == NULL)
        TRY(open_private(sealer, arena, row, key->algorithm, &key->key));
    else if (algorithm_fits_key(key->algorithm, opened) && EVP_PKEY_up_ref(opened) == 1)
        key->key = opened;
    else
        return FAULT_KEY_INVALID;
    key->public_jwk = signing_key_public_jwk(arena, key->key, key->id, key->algorithm);
    return FAULT_NONE;
}

struct store_key signing_key_row_copy(struct arena *arena, const struct store_key *row)
{
    struct store_key copy = *row;
    copy.id = arena_copy(arena, row->id);
    copy.algorithm = arena_copy(arena, row->algorithm);
    copy.state = arena_copy(arena, row->state);
    copy.public_jwk = arena_copy(arena, row->public_jwk);
    if (row->sealed.base != NULL)
        copy.sealed = arena_copy(arena, row->sealed);
    return copy;
}

bool signing_key_row_is_revoked(const struct store_key *row)
{
    return text_is(row->state, "revoked");
}

bool signing_key_row_is_gone(const struct store_key *row, int64_t now_s)
{
    return row->remove_at_s != 0 && now_s >= row->remove_at_s;
}

enum signing_key_state signing_key_row_state(const struct store_key *row, int64_t now_s)
{
    struct signing_key key = {.state =
                                  signing_key_row_is_revoked(row) ? SIGNING_KEY_REVOKED : SIGNING_KEY_PUBLISHED,
                              .activate_at_s = row->activate_at_s,
                              .retire_at_s = row->retire_at_s};
    return signing_key_state_at(&key, now_s);
}

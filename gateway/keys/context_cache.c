/* A table in each thread, in which a key has a few slots to choose from: with one alone, two of a dozen keys
 * often share it, and each then costs the other its context at every use. A context holds its own reference to
 * its key, so that the address in a slot cannot become another key's while the slot lives. A key that is no
 * longer used stays until its slot is needed or the thread ends. */
#include "context_cache.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdint.h>

#include "base/fault.h"

enum { SLOT_BITS = 6, SLOT_COUNT = 1 << SLOT_BITS, CHOICES = 4 };

struct slot {
    const EVP_PKEY *key;
    EVP_PKEY_CTX *context; /* NULL: empty */
    enum algorithm algorithm;
    enum context_operation operation;
};

static __thread struct slot slots[SLOT_COUNT];
static __thread unsigned turn; /* of the slots that a key can choose from, when all are taken */
static __thread bool is_thread_registered;

static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static void free_slots(void *table)
{
    struct slot *all = table;
    for (int i = 0; i < SLOT_COUNT; i++) {
        EVP_PKEY_CTX_free(all[i].context);
        all[i] = (struct slot){0};
    }
}

static void create_thread_end(void)
{
    INVARIANT(pthread_key_create(&thread_end, free_slots) == 0);
}

static void register_thread(void)
{
    if (is_thread_registered)
        return;
    INVARIANT(pthread_once(&thread_end_once, create_thread_end) == 0);
    INVARIANT(pthread_setspecific(thread_end, slots) == 0);
    is_thread_registered = true;
}

static const EVP_MD *message_digest(enum algorithm algorithm)
{
    switch (algorithm) {
    case ALGORITHM_RS256:
    case ALGORITHM_PS256:
    case ALGORITHM_ES256:
        return EVP_sha256();
    case ALGORITHM_RS384:
    case ALGORITHM_PS384:
    case ALGORITHM_ES384:
        return EVP_sha384();
    case ALGORITHM_RS512:
    case ALGORITHM_PS512:
    case ALGORITHM_ES512:
        return EVP_sha512();
    default:
        return NULL;
    }
}

static bool is_rsa(enum algorithm algorithm)
{
    return algorithm >= ALGORITHM_RS256 && algorithm <= ALGORITHM_PS512;
}

/* RFC 7518 section 3.5: MGF1 with the same hash, salt as long as the hash. Said both ways: left alone, OpenSSL
 * signs with the longest salt and verifies any. */
static bool set_padding(EVP_PKEY_CTX *context, enum algorithm algorithm, const EVP_MD *digest)
{
    if (!is_rsa(algorithm))
        return true;
    if (algorithm <= ALGORITHM_RS512)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static EVP_PKEY_CTX *make_context(enum algorithm algorithm, EVP_PKEY *key, enum context_operation operation)
{
    const EVP_MD *digest = message_digest(algorithm);
    INVARIANT(digest != NULL);
    if (!algorithm_fits_key(algorithm, key))
        return NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL); /* takes its own reference */
    if (context == NULL)
        return NULL;
    int started = operation == CONTEXT_SIGN ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context);
    if (started == 1 && EVP_PKEY_CTX_set_signature_md(context, digest) == 1 &&
        set_padding(context, algorithm, digest))
        return context;
    EVP_PKEY_CTX_free(context);
    return NULL;
}

static bool holds(const struct slot *slot, enum algorithm algorithm, const EVP_PKEY *key,
                  enum context_operation operation)
{
    return slot->context != NULL && slot->key == key && slot->algorithm == algorithm &&
           slot->operation == operation;
}

/* The slot that holds it, else an empty one, else the one whose turn it is. */
static struct slot *find_slot(enum algorithm algorithm, const EVP_PKEY *key, enum context_operation operation)
{
    uint64_t mixed = (uint64_t)(uintptr_t)key ^ (uint64_t)algorithm << 56 ^ (uint64_t)operation << 48;
    uint64_t first = mixed * UINT64_C(0x9E3779B97F4A7C15) >> (64 - SLOT_BITS);
    struct slot *empty = NULL;
    for (uint64_t i = 0; i < CHOICES; i++) {
        struct slot *slot = &slots[(first + i) % SLOT_COUNT];
        if (holds(slot, algorithm, key, operation))
            return slot;
        if (slot->context == NULL && empty == NULL)
            empty = slot;
    }
    return empty != NULL ? empty : &slots[(first + turn++ % CHOICES) % SLOT_COUNT];
}

EVP_PKEY_CTX *context_cache_take(enum algorithm algorithm, EVP_PKEY *key, enum context_operation operation)
{
    struct slot *slot = find_slot(algorithm, key, operation);
    if (holds(slot, algorithm, key, operation))
        return slot->context;
    register_thread();
    EVP_PKEY_CTX_free(slot->context);
    *slot = (struct slot){.context = make_context(algorithm, key, operation)};
    if (slot->context == NULL)
        return NULL;
    slot->key = key;
    slot->algorithm = algorithm;
    slot->operation = operation;
    return slot->context;
}

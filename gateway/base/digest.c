/* SHA-2 with contexts that each thread makes once: OpenSSL's one-shot calls look the algorithm up and
 * allocate every time, which costs more than hashing a short text. */
#include "base/digest.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fault.h"

enum { FAMILY = 3 };

struct contexts {
    EVP_MD_CTX *digests[FAMILY];
    EVP_MAC_CTX *mac;
};

static const char *const names[FAMILY] = {"SHA256", "SHA384", "SHA512"};
static EVP_MD *family[FAMILY];
static pthread_key_t contexts_key;
static pthread_once_t algorithms_fetched = PTHREAD_ONCE_INIT;
static __thread struct contexts *own_contexts;

static void free_contexts(void *value)
{
    struct contexts *contexts = value;
    for (int i = 0; i < FAMILY; i++)
        EVP_MD_CTX_free(contexts->digests[i]);
    EVP_MAC_CTX_free(contexts->mac);
    free(contexts);
    own_contexts = NULL;
}

static void fetch_algorithms(void)
{
    for (int i = 0; i < FAMILY; i++)
        INVARIANT((family[i] = EVP_MD_fetch(NULL, names[i], NULL)) != NULL);
    INVARIANT(pthread_key_create(&contexts_key, free_contexts) == 0);
}

static EVP_MAC_CTX *make_mac_context(void)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    INVARIANT(hmac != NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
                               OSSL_PARAM_construct_end()};
    INVARIANT(context != NULL && EVP_MAC_CTX_set_params(context, parameters) == 1);
    return context;
}

static const struct contexts *contexts(void)
{
    if (own_contexts != NULL)
        return own_contexts;
    pthread_once(&algorithms_fetched, fetch_algorithms);
    own_contexts = calloc(1, sizeof(*own_contexts));
    INVARIANT(own_contexts != NULL);
    for (int i = 0; i < FAMILY; i++)
        INVARIANT((own_contexts->digests[i] = EVP_MD_CTX_new()) != NULL);
    own_contexts->mac = make_mac_context();
    INVARIANT(pthread_setspecific(contexts_key, own_contexts) == 0);
    return own_contexts;
}

static EVP_MD_CTX *start(int member)
{
    EVP_MD_CTX *context = contexts()->digests[member];
    INVARIANT(EVP_DigestInit_ex2(context, family[member], NULL) == 1);
    return context;
}

void digest_sha2(size_t size, struct text text, unsigned char *out)
{
    INVARIANT(size == 32 || size == 48 || size == 64);
    EVP_MD_CTX *context = start((int)(size / 16) - 2);
    INVARIANT(EVP_DigestUpdate(context, text.base, text.length) == 1);
    INVARIANT(EVP_DigestFinal_ex(context, out, NULL) == 1);
}

void digest_sha256(struct text text, unsigned char out[DIGEST_SIZE])
{
    digest_sha2(DIGEST_SIZE, text, out);
}

bool digest_sha256_file(int descriptor, unsigned char out[DIGEST_SIZE])
{
    char part[32768];
    off_t offset = 0;
    ssize_t length;
    EVP_MD_CTX *context = start(0);
    while ((length = pread(descriptor, part, sizeof(part), offset)) != 0) {
        if (length < 0 && errno != EINTR)
            return false;
        if (length < 0)
            continue;
        INVARIANT(EVP_DigestUpdate(context, part, (size_t)length) == 1);
        offset += length;
    }
    INVARIANT(EVP_DigestFinal_ex(context, out, NULL) == 1);
    return true;
}

void digest_parts(const struct text *parts, size_t count, unsigned char out[DIGEST_SIZE])
{
    EVP_MD_CTX *context = start(0);
    for (size_t i = 0; i < count; i++) {
        unsigned char length[8];
        for (int byte = 0; byte < 8; byte++)
            length[byte] = (unsigned char)((uint64_t)parts[i].length >> (56 - 8 * byte));
        INVARIANT(EVP_DigestUpdate(context, length, sizeof(length)) == 1);
        INVARIANT(EVP_DigestUpdate(context, parts[i].base, parts[i].length) == 1);
    }
    INVARIANT(EVP_DigestFinal_ex(context, out, NULL) == 1);
}

void digest_hmac(struct text key, struct text text, unsigned char out[DIGEST_SIZE])
{
    EVP_MAC_CTX *context = contexts()->mac;
    size_t length = 0;
    /* A NULL key would mean the last one. */
    const char *key_base = key.length == 0 ? "" : key.base;
    INVARIANT(EVP_MAC_init(context, (const unsigned char *)key_base, key.length, NULL) == 1);
    INVARIANT(EVP_MAC_update(context, (const unsigned char *)text.base, text.length) == 1);
    INVARIANT(EVP_MAC_final(context, out, &length, DIGEST_SIZE) == 1 && length == DIGEST_SIZE);
}

void digest_hex(const unsigned char digest[DIGEST_SIZE], char out[2 * DIGEST_SIZE + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < DIGEST_SIZE; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * DIGEST_SIZE] = '\0';
}

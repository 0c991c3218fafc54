/* bench_limit: what this machine's cryptography alone allows: verify one token's signature and sign one answer,
 * with contexts and keys made once, nothing else. CPU microseconds per pair, one JSON line. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MESSAGE = 500 };

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static EVP_PKEY_CTX *context_for(EVP_PKEY *key, int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (context == NULL || init(context) != 1 || EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1)
        exit(1);
    return context;
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: bench_limit ES256|RS256 SECONDS\n");
        return 2;
    }
    EVP_PKEY *foreign = strcmp(arguments[1], "ES256") == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
    EVP_PKEY *own = EVP_EC_gen("P-256");
    unsigned char message[MESSAGE] = {1}, digest[32], signature[512], answer[128];
    SHA256(message, MESSAGE, digest);
    EVP_PKEY_CTX *issuer = context_for(foreign, EVP_PKEY_sign_init);
    EVP_PKEY_CTX *verifier = context_for(foreign, EVP_PKEY_verify_init);
    EVP_PKEY_CTX *signer = context_for(own, EVP_PKEY_sign_init);
    size_t length = sizeof(signature);
    if (EVP_PKEY_sign(issuer, signature, &length, digest, sizeof(digest)) != 1)
        return 1;
    double limit = strtod(arguments[2], NULL) * 1e6, started = cpu_us(), spent = 0;
    unsigned long pairs = 0;
    while (spent < limit) {
        for (int i = 0; i < 100; i++) {
            size_t answer_length = sizeof(answer);
            SHA256(message, MESSAGE, digest);
            if (EVP_PKEY_verify(verifier, signature, length, digest, sizeof(digest)) != 1)
                return 1;
            SHA256(message, MESSAGE, digest);
            if (EVP_PKEY_sign(signer, answer, &answer_length, digest, sizeof(digest)) != 1)
                return 1;
        }
        pairs += 100;
        spent = cpu_us() - started;
    }
    printf("{\"pairs\":%lu,\"us\":%.2f}\n", pairs, spent / (double)pairs);
    return 0;
}

/* bench_bodies: plays the foreign issuer for the benchmark. Makes a key, writes its public half as jwks.json
 * and one form body per line, each with a subject token of its own (own jti, thousands of users), so that no
 * request equals another. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jose/jws.h"

static const char constant[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
                               "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                               "&audience=https%3A%2F%2Fapi.partner.example&scope=orders%3Aread&subject_token=";

static void write_key_set(FILE *out, EVP_PKEY *key, enum algorithm algorithm)
{
    struct buffer text = {0};
    struct json_writer writer = json_writer_on(&text);
    json_begin_object(&writer);
    json_name(&writer, TEXT("keys"));
    json_begin_array(&writer);
    jwk_write(&writer, key, TEXT("bench"), algorithm);
    json_end_array(&writer);
    json_end_object(&writer);
    fwrite(text.base, 1, text.length, out);
    buffer_dispose(&text);
}

static void write_body(FILE *out, EVP_PKEY *key, enum algorithm algorithm, long number, long now)
{
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length;
    SCOPED_ARENA arena = arena_create();
    struct text claims =
        arena_print(arena,
                    "{\"iss\":\"https://idp.corp.example\",\"sub\":\"user-%ld\",\"aud\":\"https://"
                    "gateway.example\",\"iat\":%ld,"
                    "\"exp\":%ld,\"jti\":\"%ld-%ld\",\"scope\":\"orders:read "
                    "orders:write\",\"email\":\"user-%ld@corp.example\","
                    "\"groups\":[\"sales\",\"emea\"],\"client_id\":\"desk\"}",
                    number % 5000, now, now + 7200, now, number, number % 5000);
    struct text input = jws_signing_input(arena, algorithm, TEXT("bench"), TEXT("at+jwt"), claims);
    if (!algorithm_sign(algorithm, key, input, signature, &length))
        exit(1);
    struct text token = jws_assemble(arena, input, signature, length);
    fprintf(out, "%s%.*s\n", constant, TEXT_ARGUMENTS(token));
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "usage: bench_bodies ES256|RS256 COUNT JWKS_FILE BODIES_FILE\n");
        return 2;
    }
    enum algorithm algorithm = algorithm_parse(text_of(arguments[1]));
    EVP_PKEY *key = algorithm == ALGORITHM_ES256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
    FILE *key_set = fopen(arguments[3], "w"), *bodies = fopen(arguments[4], "w");
    long wanted = strtol(arguments[2], NULL, 10), now = (long)time(NULL) - 5;
    if (key == NULL || key_set == NULL || bodies == NULL)
        return 1;
    write_key_set(key_set, key, algorithm);
    for (long i = 0; i < wanted; i++)
        write_body(bodies, key, algorithm, i, now);
    return fclose(key_set) == 0 && fclose(bodies) == 0 ? 0 : 1;
}

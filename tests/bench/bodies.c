/* bench_bodies: plays the foreign issuers for the benchmark. Makes ten of them with a key per algorithm, writes
 * their public halves as issuer-N.json and form bodies, one per line, each with a subject token of its own (own
 * jti, thousands of users, the issuers in turn), so that no request equals another; as many of the few users
 * that a private Kerberos realm has (tests/kit/kdc.py); and fewer of three kinds that must be refused. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jose/jws.h"

enum { ISSUERS = 10, ALGORITHMS = 2, USERS = 5000 };

static const char constant[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
                               "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                               "&audience=https%3A%2F%2Fapi.partner.example&scope=orders%3Aread&subject_token=";

static const enum algorithm algorithms[ALGORITHMS] = {ALGORITHM_ES256, ALGORITHM_RS256};

/* What a kind of bodies has that others have not. */
struct kind {
    const char *name;
    const char *audience;
    long lifetime_s;
    bool is_forged, is_of_few;
};
static const struct kind kinds[] = {{"good", "https://gateway.example", 7200, false, false},
                                    {"few", "https://gateway.example", 7200, false, true},
                                    {"signature", "https://gateway.example", 7200, true, false},
                                    {"expired", "https://gateway.example", -3600, false, false},
                                    {"audience", "https://elsewhere.example", 7200, false, false}};
static const char *const few[] = {"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"};

static EVP_PKEY *keys[ISSUERS][ALGORITHMS];

static FILE *open_file(const char *folder, const char *name, const char *detail, const char *ending)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s%s.%s", folder, name, detail, ending);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        exit(1);
    return file;
}

static void write_issuer(const char *folder, int number)
{
    char digit[] = {(char)('0' + number), '\0'};
    FILE *out = open_file(folder, "issuer-", digit, "json");
    SCOPED_BUFFER text = {0};
    struct json_writer writer = json_writer_on(&text);
    json_begin_object(&writer);
    json_name(&writer, TEXT("keys"));
    json_begin_array(&writer);
    for (int i = 0; i < ALGORITHMS; i++)
        jwk_write(&writer, keys[number][i], algorithm_name(algorithms[i]), algorithms[i]);
    json_end_array(&writer);
    json_end_object(&writer);
    fwrite(text.base, 1, text.length, out);
    fclose(out);
}

static struct text subject_of(struct arena *arena, const struct kind *kind, long number)
{
    if (kind->is_of_few)
        return text_of(few[(size_t)number % (sizeof(few) / sizeof(few[0]))]);
    return arena_print(arena, "user-%ld", number % USERS);
}

static void write_body(FILE *out, int which, const struct kind *kind, long number, long now)
{
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length;
    SCOPED_ARENA arena = arena_create();
    enum algorithm algorithm = algorithms[which];
    struct text subject = subject_of(arena, kind, number);
    struct text claims = arena_print(
        arena,
        "{\"iss\":\"https://idp-%ld.corp.example\",\"sub\":\"%.*s\",\"aud\":\"%s\",\"iat\":%ld,"
        "\"exp\":%ld,\"jti\":\"%ld-%ld\",\"scope\":\"orders:read "
        "orders:write\",\"email\":\"%.*s@corp.example\","
        "\"groups\":[\"sales\",\"emea\"],\"client_id\":\"desk\"}",
        number % ISSUERS, TEXT_ARGUMENTS(subject), kind->audience, now - (kind->lifetime_s < 0 ? 7200 : 0),
        now + kind->lifetime_s, now, number, TEXT_ARGUMENTS(subject));
    struct text input = jws_signing_input(arena, algorithm, algorithm_name(algorithm), TEXT("at+jwt"), claims);
    if (!algorithm_sign(algorithm, keys[number % ISSUERS][which], input, signature, &length))
        exit(1);
    if (kind->is_forged)
        signature[length / 2] ^= 1;
    fprintf(out, "%s%.*s\n", constant, TEXT_ARGUMENTS(jws_assemble(arena, input, signature, length)));
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: bench_bodies FOLDER COUNT\n");
        return 2;
    }
    long wanted = strtol(arguments[2], NULL, 10), now = (long)time(NULL) - 5;
    for (int i = 0; i < ISSUERS; i++) {
        keys[i][0] = EVP_EC_gen("P-256");
        keys[i][1] = EVP_RSA_gen(2048);
        write_issuer(arguments[1], i);
    }
    for (int which = 0; which < ALGORITHMS; which++) {
        for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
            char name[32];
            snprintf(name, sizeof(name), "%s-%s", algorithm_name(algorithms[which]).base, kinds[kind].name);
            FILE *bodies = open_file(arguments[1], "bodies-", name, "txt");
            /* Those to be refused may come again; nothing of them is remembered. RSA takes its time. */
            bool is_many = kind == 0 || (kinds[kind].is_of_few && algorithms[which] == ALGORITHM_ES256);
            long lines = is_many ? wanted : wanted / 10;
            for (long i = 0; i < lines; i++)
                write_body(bodies, which, &kinds[kind], i, now);
            if (fclose(bodies) != 0)
                return 1;
        }
    }
    return 0;
}

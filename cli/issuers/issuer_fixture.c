/* dragoman issuer fixture: an issuer for a test, of which nothing is left that could sign: a key is made, signs
 * one token and is gone when the command ends. An Issuer document with its public key can so stay where it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/random.h"
#include "commands/commands.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "json/json_writer.h"

enum { LIFETIME_S = 3600, LIFETIME_LEAST_S = 60, LIFETIME_MOST_S = 86400, KEY_ID_BYTES = 9 };

static void release_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static enum exit_code misused(const struct invocation *invocation, struct text what, struct text next)
{
    terminal_complain(invocation->terminal, what, TEXT_NONE, next);
    return EXIT_CODE_USAGE;
}

/* 0 where it is no such number. */
static int64_t lifetime(const struct invocation *invocation)
{
    const char *given = invocation_option(invocation, "lifetime");
    char *end;
    if (given == NULL)
        return LIFETIME_S;
    errno = 0;
    long seconds = strtol(given, &end, 10);
    bool is_good = errno == 0 && *end == '\0' && seconds >= LIFETIME_LEAST_S && seconds <= LIFETIME_MOST_S;
    return is_good ? seconds : 0;
}

static struct text claims(const struct invocation *invocation, int64_t lifetime_s)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    const char *subject = invocation_option(invocation, "subject");
    char id[IDENTIFIER_SIZE];
    int64_t now_s = clock_wall_s();
    identifier_make(clock_wall_us(), id);
    json_begin_object(&writer);
    json_member_text(&writer, "iss", text_of(invocation->arguments[0]));
    json_member_text(&writer, "sub", subject != NULL ? text_of(subject) : TEXT("helm-test"));
    json_member_text(&writer, "aud", text_of(invocation_option(invocation, "audience")));
    json_member_integer(&writer, "iat", now_s);
    json_member_integer(&writer, "exp", now_s + lifetime_s);
    json_member_text(&writer, "jti", text_of(id));
    json_end_object(&writer);
    return arena_copy(invocation->arena, buffer_text(&json));
}

static enum exit_code write_token(const struct invocation *invocation, struct text token)
{
    const char *path = invocation_option(invocation, "token-file");
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_written = file >= 0 && write(file, token.base, token.length) == (ssize_t)token.length;
    if (file >= 0)
        is_written = close(file) == 0 && is_written;
    if (is_written)
        return EXIT_CODE_FINE;
    terminal_complain(invocation->terminal, arena_print(invocation->arena, "%s cannot be written", path),
                      text_of(strerror(errno)), TEXT("name a file that is not there yet"));
    return EXIT_CODE_REFUSED;
}

static void print_keys(const struct invocation *invocation, const EVP_PKEY *key, struct text key_id)
{
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_name(&writer, TEXT("keys"));
    json_begin_array(&writer);
    jwk_write(&writer, key, key_id, ALGORITHM_ES256);
    json_end_array(&writer);
    json_end_object(&writer);
    fwrite(json.base, 1, json.length, invocation->terminal->out);
    fputc('\n', invocation->terminal->out);
}

enum exit_code command_issuer_fixture(struct invocation *invocation)
{
    struct arena *arena = invocation->arena;
    int64_t lifetime_s = lifetime(invocation);
    if (!text_starts_with(text_of(invocation->arguments[0]), TEXT("https://")))
        return misused(invocation, TEXT("the issuer's URL does not start with https://"), TEXT_NONE);
    if (lifetime_s == 0)
        return misused(invocation, TEXT("--lifetime is not a number of seconds from 60 to 86400"), TEXT_NONE);
    if (!invocation_has(invocation, "audience") || !invocation_has(invocation, "token-file"))
        return misused(
            invocation, TEXT("--audience and --token-file are needed"),
            TEXT("--audience is the gateway's issuer identifier, --token-file where the token goes"));
    unsigned char bytes[KEY_ID_BYTES], signature[SIGNATURE_SIZE_MAX];
    size_t length = sizeof(signature);
    random_bytes(bytes, sizeof(bytes));
    struct text key_id = base64url_encode_text(arena, bytes, sizeof(bytes));
    __attribute__((cleanup(release_key))) EVP_PKEY *key = EVP_EC_gen("P-256");
    struct text input =
        jws_signing_input(arena, ALGORITHM_ES256, key_id, TEXT("JWT"), claims(invocation, lifetime_s));
    if (key == NULL || !algorithm_sign(ALGORITHM_ES256, key, input, signature, &length)) {
        terminal_complain(invocation->terminal, TEXT("no key could be made"), TEXT_NONE, TEXT_NONE);
        return EXIT_CODE_REFUSED;
    }
    enum exit_code code = write_token(invocation, jws_assemble(arena, input, signature, length));
    if (code == EXIT_CODE_FINE)
        print_keys(invocation, key, key_id);
    return code;
}

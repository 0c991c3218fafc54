/* dragoman token inspect and verify: one shows what a token says, the other whether to believe it. Both
 * offline. */
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "input.h"
#include "printer.h"
#include "public_keys.h"
#include "token_text.h"

#include "base/clock.h"
#include "jose/jwt.h"
#include "json/json_writer.h"

static enum exit_code refuse(const struct invocation *invocation, struct text why)
{
    terminal_complain(invocation->terminal, TEXT("the token is not valid"), why, TEXT_NONE);
    return EXIT_CODE_REFUSED;
}

/* -- inspect */

static void print_json(struct invocation *invocation, const struct token_text *parts)
{
    SCOPED_BUFFER json = {0};
    const struct json_value *value = NULL;
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_boolean(&writer, "verified", false);
    json_name(&writer, TEXT("header"));
    json_write_value(&writer, parts->header);
    if (parts->claims != NULL) {
        json_name(&writer, TEXT("claims"));
        json_write_value(&writer, parts->claims);
    }
    json_end_object(&writer);
    if (json_parse(invocation->arena, buffer_text(&json), &json_limits_document, &value) == FAULT_NONE)
        printer_print(invocation, value);
}

enum exit_code command_token_inspect(struct invocation *invocation)
{
    const struct terminal *terminal = invocation->terminal;
    struct text token;
    struct token_text parts;
    enum exit_code code = input_read_secret(invocation, "-", &token);
    if (code != EXIT_CODE_FINE)
        return code;
    const char *wrong = token_text_read(invocation->arena, token, &parts);
    if (wrong != NULL) {
        terminal_complain(terminal, TEXT("this cannot be read as a token"), text_of(wrong), TEXT_NONE);
        return EXIT_CODE_REFUSED;
    }
    if (invocation->output == OUTPUT_TABLE)
        token_text_print(invocation, &parts);
    else
        print_json(invocation, &parts);
    fprintf(terminal->error,
            "%sNOT VERIFIED:%s anyone can write these words; dragoman token verify checks a token.\n",
            terminal_ink(terminal, terminal->error, INK_YELLOW),
            terminal_ink(terminal, terminal->error, INK_PLAIN));
    return EXIT_CODE_FINE;
}

/* -- verify */

struct verification {
    enum algorithm algorithm;
    int64_t leeway_s;
    const char *type, *audience, *issuer; /* NULL: not asked for */
    bool is_raw;
};

static enum exit_code complain_usage(const struct invocation *invocation, const char *what)
{
    terminal_complain(invocation->terminal, text_of(what), TEXT_NONE, TEXT("dragoman token verify --help"));
    return EXIT_CODE_USAGE;
}

static enum exit_code read_options(const struct invocation *invocation, struct verification *verification)
{
    const char *algorithm = invocation_option(invocation, "alg");
    const char *leeway = invocation_option(invocation, "leeway");
    *verification = (struct verification){
        .type = invocation_option(invocation, "typ"),
        .audience = invocation_option(invocation, "aud"),
        .issuer = invocation_option(invocation, "iss"),
        .is_raw = invocation_has(invocation, "raw"),
    };
    if (invocation_has(invocation, "jwk") == invocation_has(invocation, "jwks"))
        return complain_usage(invocation, "name the key with either --jwk FILE or --jwks FILE");
    if (algorithm == NULL)
        return complain_usage(invocation,
                              "say with --alg which algorithm the token must be signed with; it is never "
                              "the token's to choose");
    verification->algorithm = algorithm_parse(text_of(algorithm));
    if (verification->algorithm == ALGORITHM_NONE_KNOWN)
        return complain_usage(invocation,
                              "--alg is one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, "
                              "ES512, EdDSA, Ed25519; symmetric algorithms and none are not verified");
    if (leeway != NULL && (!text_to_int64(text_of(leeway), &verification->leeway_s) ||
                           verification->leeway_s < 0 || verification->leeway_s > 300))
        return complain_usage(invocation, "--leeway is a number of seconds from 0 to 300");
    if (verification->is_raw && (verification->audience != NULL || verification->issuer != NULL))
        return complain_usage(invocation, "--aud and --iss look at claims, which --raw leaves alone");
    return EXIT_CODE_FINE;
}

static enum exit_code check_claims(const struct invocation *invocation, const struct verification *verification,
                                   struct text payload, struct jwt_claims *claims)
{
    struct jwt_time_rules rules = {.now_s = clock_wall_s(), .leeway_s = verification->leeway_s};
    if (jwt_claims_read(invocation->arena, payload, claims) != FAULT_NONE)
        return refuse(invocation,
                      TEXT("the signature is right, but the payload is not a set of well-formed claims; "
                           "--raw checks the signature alone"));
    if (claims->expires_at_s == 0)
        return refuse(invocation,
                      TEXT("the signature is right, but it has no exp, so it would be valid for ever; "
                           "--raw checks the signature alone"));
    enum fault fault = jwt_check_time(claims, &rules);
    if (fault == FAULT_TOKEN_EXPIRED)
        return refuse(
            invocation,
            arena_print(invocation->arena, "it expired %.*s",
                        TEXT_ARGUMENTS(terminal_time(invocation->arena, claims->expires_at_s, rules.now_s))));
    if (fault != FAULT_NONE)
        return refuse(invocation, text_of(fault_row(fault)->sentence));
    if (verification->issuer != NULL && !text_is(claims->issuer, verification->issuer))
        return refuse(invocation, arena_print(invocation->arena, "its iss is '%.*s', not '%s'",
                                              TEXT_ARGUMENTS(claims->issuer), verification->issuer));
    if (verification->audience != NULL && !jwt_has_audience(claims, text_of(verification->audience)))
        return refuse(invocation,
                      arena_print(invocation->arena, "its aud does not name '%s'", verification->audience));
    return EXIT_CODE_FINE;
}

/* The algorithm is the caller's (RFC 8725 section 3.1), the key does that algorithm alone, and typ is checked
 * before the signature only because that makes the better sentence. */
static enum exit_code check_signature(const struct invocation *invocation,
                                      const struct verification *verification, const struct jws *jws,
                                      const struct public_key *key)
{
    struct arena *arena = invocation->arena;
    struct text wanted = algorithm_name(verification->algorithm);
    if (jws->algorithm != verification->algorithm)
        return refuse(invocation,
                      arena_print(arena, "its header says alg '%.*s', not %.*s",
                                  TEXT_ARGUMENTS(json_text_of(jws->header, "alg")), TEXT_ARGUMENTS(wanted)));
    if (key == NULL)
        return refuse(invocation,
                      TEXT("no key in the set has its kid, or without a kid there is more than one key "
                           "of this algorithm"));
    if (verification->type != NULL && !jws_type_is(jws, verification->type))
        return refuse(invocation, arena_print(arena, "its typ is '%.*s', not '%s'", TEXT_ARGUMENTS(jws->type),
                                              verification->type));
    enum fault fault = jws_verify(jws, key);
    if (fault == FAULT_TOKEN_ALGORITHM)
        return refuse(invocation, arena_print(arena, "the key is not one for %.*s", TEXT_ARGUMENTS(wanted)));
    if (fault != FAULT_NONE)
        return refuse(invocation, text_of(fault_row(fault)->sentence));
    return EXIT_CODE_FINE;
}

static void print_valid(const struct invocation *invocation, const struct verification *verification,
                        const struct jws *jws, const struct jwt_claims *claims)
{
    const struct terminal *terminal = invocation->terminal;
    FILE *stream = verification->is_raw ? terminal->error : terminal->out;
    struct text name = algorithm_name(jws->algorithm);
    fprintf(stream, "%svalid%s: signed with %.*s", terminal_ink(terminal, stream, INK_GREEN),
            terminal_ink(terminal, stream, INK_PLAIN), TEXT_ARGUMENTS(name));
    if (jws->key_id.length != 0) {
        fputs(" by key ", stream);
        terminal_print_foreign(stream, jws->key_id);
    }
    if (!verification->is_raw) {
        struct text time = terminal_time(invocation->arena, claims->expires_at_s, clock_wall_s());
        fprintf(stream, ", expires %.*s", TEXT_ARGUMENTS(time));
    }
    fputc('\n', stream);
    if (verification->is_raw)
        fwrite(jws->payload.base, 1, jws->payload.length, terminal->out);
}

enum exit_code command_token_verify(struct invocation *invocation)
{
    struct verification verification;
    struct public_keys keys __attribute__((cleanup(public_keys_dispose))) = {0};
    struct jwt_claims claims = {0};
    struct jws jws;
    struct text token;
    enum exit_code code = read_options(invocation, &verification);
    if (code == EXIT_CODE_FINE)
        code = public_keys_read(invocation, verification.algorithm, &keys);
    if (code == EXIT_CODE_FINE)
        code = input_read_secret(invocation, "-", &token);
    if (code != EXIT_CODE_FINE)
        return code;
    enum fault fault = jws_parse(invocation->arena, token, &jws);
    if (fault != FAULT_NONE)
        return refuse(invocation, text_of(fault_row(fault)->sentence));
    code =
        check_signature(invocation, &verification, &jws, public_keys_find(&keys, &jws, verification.algorithm));
    if (code == EXIT_CODE_FINE && !verification.is_raw)
        code = check_claims(invocation, &verification, jws.payload, &claims);
    if (code == EXIT_CODE_FINE)
        print_valid(invocation, &verification, &jws, &claims);
    return code;
}

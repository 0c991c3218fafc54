/* dragoman gateway test: a gateway tried from outside, by what anybody can reach: metadata, keys, an exchange
 * that must be refused and, with a token, one that must be granted. Run by helm test, where there is no shell
 * to put it together. */
#include <string.h>

#include "base/clock.h"
#include "commands.h"
#include "gateway.h"
#include "input.h"
#include "issuers/issuer_sample.h"
#include "jose/jwt.h"

struct trial {
    const struct invocation *invocation;
    struct text issuer, token_endpoint, jwks_uri;
    struct text token; /* TEXT_NONE without --token-file */
    struct key_set *keys;
};

static void release_keys(struct trial *trial)
{
    key_set_release(trial->keys);
}

static enum exit_code wrong(const struct trial *trial, struct text what, struct text why)
{
    terminal_complain(trial->invocation->terminal, what, why, TEXT_NONE);
    return EXIT_CODE_REFUSED;
}

static enum exit_code good(const struct trial *trial, const char *what, struct text detail)
{
    FILE *out = trial->invocation->terminal->out;
    fprintf(out, "ok %s: ", what);
    terminal_print_foreign(out, detail);
    fputc('\n', out);
    return EXIT_CODE_FINE;
}

static struct text status_of(const struct trial *trial, const struct reply *reply)
{
    struct text error = json_text_of(reply->json, "error");
    struct text description = json_text_of(reply->json, "error_description");
    return arena_print(trial->invocation->arena, "status %d%s%.*s%s%.*s", reply->status,
                       error.length != 0 ? ", " : "", TEXT_ARGUMENTS(error),
                       description.length != 0 ? ": " : "", TEXT_ARGUMENTS(description));
}

/* RFC 8414 section 3.3: what the metadata says of its issuer must be what they were found by. */
static enum exit_code try_discovery(struct trial *trial)
{
    struct reply reply;
    struct text url = issuer_metadata_url(trial->invocation->arena, trial->issuer);
    enum exit_code code = gateway_fetch(trial->invocation, TEXT("GET"), url, NULL, 0, TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (reply.status != 200 || reply.json == NULL)
        return wrong(trial, TEXT("the gateway has no metadata"), status_of(trial, &reply));
    struct text issuer = json_text_of(reply.json, "issuer");
    trial->token_endpoint = json_text_of(reply.json, "token_endpoint");
    trial->jwks_uri = json_text_of(reply.json, "jwks_uri");
    if (!text_equal(issuer, trial->issuer))
        return wrong(trial, TEXT("the metadata belongs to another issuer"), issuer);
    if (!text_starts_with(trial->token_endpoint, TEXT("https://")) ||
        !text_starts_with(trial->jwks_uri, TEXT("https://")))
        return wrong(trial, TEXT("the metadata names no token endpoint and keys with https"), TEXT_NONE);
    return good(trial, "discovery", issuer);
}

static enum exit_code try_keys(struct trial *trial)
{
    struct reply reply;
    enum exit_code code =
        gateway_fetch(trial->invocation, TEXT("GET"), trial->jwks_uri, NULL, 0, TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    /* A private member makes a key that is not read: a gateway that shows one has none here. */
    if (reply.status != 200 || key_set_read(reply.body, ALGORITHM_RS256, &trial->keys) != FAULT_NONE ||
        key_set_count(trial->keys) == 0)
        return wrong(trial, TEXT("the gateway shows no public keys"), status_of(trial, &reply));
    return good(trial, "keys", trial->jwks_uri);
}

static enum exit_code ask(const struct trial *trial, struct text token, struct reply *reply)
{
    struct arena *arena = trial->invocation->arena;
    const char *audience = invocation_option(trial->invocation, "audience");
    const struct text header = TEXT("content-type: application/x-www-form-urlencoded");
    SCOPED_BUFFER form = {0};
    gateway_add_parameter(arena, &form, "grant_type", TEXT("urn:ietf:params:oauth:grant-type:token-exchange"));
    gateway_add_parameter(arena, &form, "audience",
                          text_of(audience != NULL ? audience : "urn:dragoman:nobody"));
    gateway_add_parameter(arena, &form, "subject_token", token);
    gateway_add_parameter(arena, &form, "subject_token_type", TEXT("urn:ietf:params:oauth:token-type:jwt"));
    gateway_add_parameter(arena, &form, "client_assertion_type",
                          TEXT("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    gateway_add_parameter(arena, &form, "client_assertion", token);
    return gateway_fetch(trial->invocation, TEXT("POST"), trial->token_endpoint, &header, 1, buffer_text(&form),
                         reply);
}

/* RFC 6749 section 5.2: 400 or 401, an error, and nothing that could be used. */
static enum exit_code try_refusal(const struct trial *trial, const char *what, struct text token)
{
    struct reply reply;
    enum exit_code code = ask(trial, token, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    bool is_refused = (reply.status == 400 || reply.status == 401) &&
                      json_text_of(reply.json, "error").length != 0 &&
                      json_text_of(reply.json, "access_token").base == NULL;
    if (!is_refused)
        return wrong(trial, arena_print(trial->invocation->arena, "%s was not refused", what),
                     status_of(trial, &reply));
    return good(trial, what, status_of(trial, &reply));
}

static enum exit_code check_granted(const struct trial *trial, struct text token)
{
    struct arena *arena = trial->invocation->arena;
    const struct jwt_time_rules rules = {.now_s = clock_wall_s(), .leeway_s = 30};
    struct jwt_claims claims;
    struct jws jws;
    if (jws_parse(arena, token, &jws) != FAULT_NONE)
        return wrong(trial, TEXT("what was granted is no signed token"), TEXT_NONE);
    const struct public_key *key = key_set_find(trial->keys, jws.key_id, jws.algorithm);
    if (key == NULL || jws_verify(&jws, key) != FAULT_NONE)
        return wrong(trial, TEXT("what was granted does not verify with the gateway's keys"), jws.key_id);
    if (jwt_claims_read(arena, jws.payload, &claims) != FAULT_NONE ||
        !text_equal(claims.issuer, trial->issuer) || jwt_check_time(&claims, &rules) != FAULT_NONE ||
        !jwt_has_only_audience(&claims, text_of(invocation_option(trial->invocation, "audience"))))
        return wrong(trial, TEXT("what was granted is of another issuer, for another audience or has expired"),
                     jws.payload);
    return good(trial, "a granted exchange", claims.id);
}

static enum exit_code try_grant(const struct trial *trial)
{
    struct reply reply;
    enum exit_code code = ask(trial, trial->token, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    struct text token = json_text_of(reply.json, "access_token");
    if (reply.status != 200 || token.length == 0)
        return wrong(trial, TEXT("the exchange was not granted"), status_of(trial, &reply));
    return check_granted(trial, token);
}

/* The same token with another signature. */
static struct text altered(struct arena *arena, struct text token)
{
    struct text copy = arena_copy(arena, token);
    const char *dot = memrchr(copy.base, '.', copy.length);
    if (dot != NULL && dot + 1 < copy.base + copy.length) {
        char *first = (char *)(uintptr_t)(dot + 1);
        *first = *first == 'A' ? 'B' : 'A';
    }
    return copy;
}

static enum exit_code try_token(struct trial *trial)
{
    const char *file = invocation_option(trial->invocation, "token-file");
    if (file == NULL)
        return EXIT_CODE_FINE;
    enum exit_code code = input_read_secret(trial->invocation, file, &trial->token);
    if (code == EXIT_CODE_FINE)
        code = try_refusal(trial, "an exchange with an altered token is refused",
                           altered(trial->invocation->arena, trial->token));
    return code == EXIT_CODE_FINE ? try_grant(trial) : code;
}

enum exit_code command_gateway_test(struct invocation *invocation)
{
    __attribute__((cleanup(release_keys))) struct trial trial = {.invocation = invocation};
    if (invocation_has(invocation, "token-file") && !invocation_has(invocation, "audience")) {
        terminal_complain(invocation->terminal, TEXT("--token-file needs --audience"), TEXT_NONE,
                          TEXT("name a target's audience that the token's subject may have"));
        return EXIT_CODE_USAGE;
    }
    trial.issuer = gateway_url(invocation, "");
    if (trial.issuer.base == NULL)
        return EXIT_CODE_USAGE;
    enum exit_code code = try_discovery(&trial);
    if (code == EXIT_CODE_FINE)
        code = try_keys(&trial);
    if (code == EXIT_CODE_FINE)
        code = try_refusal(&trial, "an exchange with nobody's token is refused", TEXT("nobody"));
    return code == EXIT_CODE_FINE ? try_token(&trial) : code;
}

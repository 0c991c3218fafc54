/* Discovery, the way to the browser and back, and the code for a token; see authorization.h. */
#include "authorization.h"

#include "base/base64url.h"
#include "base/buffer.h"
#include "base/digest.h"
#include "browser.h"
#include "gateway.h"
#include "loopback.h"

enum { VERIFIER_BYTES = 32, STATE_BYTES = 16, WAIT_MS = 5 * 60 * 1000 };

struct endpoints {
    struct text authorization, token;
    bool names_issuer; /* RFC 9207 section 3: its answers always bear iss */
};

static enum exit_code refuse(const struct invocation *invocation, struct text what, struct text why,
                             struct text next)
{
    terminal_complain(invocation->terminal, what, why, next);
    return EXIT_CODE_REFUSED;
}

static bool lists_sha256(const struct authorization *authorization, const struct json_value *metadata)
{
    const struct json_value *methods = json_member(metadata, TEXT("code_challenge_methods_supported"));
    if (methods == NULL)
        return !authorization->is_oauth; /* OpenID providers need not say; MCP's clients are to refuse then */
    for (const struct json_value *method = methods->first; method != NULL; method = method->next)
        if (text_is(json_string(method), "S256"))
            return true;
    return false;
}

/* RFC 8414 section 2 requires the list; who leaves it out is taken at their endpoint's word. */
static bool gives_codes(const struct json_value *metadata)
{
    const struct json_value *types = json_member(metadata, TEXT("response_types_supported"));
    for (const struct json_value *type = types == NULL ? NULL : types->first; type != NULL; type = type->next)
        if (text_is(json_string(type), "code"))
            return true;
    return types == NULL;
}

/* Where the metadata may be: for OAuth behind the host (RFC 8414 section 3.1), for OpenID behind the path, and
 * by some servers OpenID's behind the host. */
static size_t list_places(const struct invocation *invocation, const struct authorization *authorization,
                          struct text places[3])
{
    struct arena *arena = invocation->arena;
    struct text base = authorization->issuer, rest = base, appended = TEXT(".well-known/openid-configuration");
    while (text_ends_with(base, TEXT("/")))
        base.length--;
    rest = (struct text){base.base + 8, base.length - 8}; /* behind https:// */
    struct text host = text_cut(&rest, '/');
    const char *slash = rest.length != 0 ? "/" : "";
    size_t count = 0;
    if (authorization->is_oauth) {
        places[count++] = arena_print(arena, "https://%.*s/.well-known/oauth-authorization-server%s%.*s",
                                      TEXT_ARGUMENTS(host), slash, TEXT_ARGUMENTS(rest));
        if (rest.length != 0)
            places[count++] = arena_print(arena, "https://%.*s/%.*s/%.*s", TEXT_ARGUMENTS(host),
                                          TEXT_ARGUMENTS(appended), TEXT_ARGUMENTS(rest));
    }
    places[count++] = arena_print(arena, "%.*s/%.*s", TEXT_ARGUMENTS(base), TEXT_ARGUMENTS(appended));
    return count;
}

static enum exit_code fetch_metadata(const struct invocation *invocation,
                                     const struct authorization *authorization, struct reply *reply)
{
    struct text places[3];
    size_t count = list_places(invocation, authorization, places);
    for (size_t i = 0; i < count; i++) {
        enum exit_code code = gateway_fetch(invocation, TEXT("GET"), places[i], NULL, 0, TEXT_NONE, reply);
        if (code != EXIT_CODE_FINE)
            return code;
        if (reply->status == 200 && reply->json != NULL)
            return EXIT_CODE_FINE;
    }
    return refuse(invocation, TEXT("the issuer has no discovery document"), places[count - 1],
                  TEXT("check --issuer: it is what the tokens' iss says"));
}

/* OpenID Connect Discovery section 4.3, RFC 8414 section 3.3: an answer for another issuer is an attack or a
 * mistake. */
static enum exit_code discover(const struct invocation *invocation, const struct authorization *authorization,
                               struct endpoints *endpoints)
{
    struct reply reply;
    enum exit_code code = fetch_metadata(invocation, authorization, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    if (!text_equal(json_text_of(reply.json, "issuer"), authorization->issuer))
        return refuse(invocation, TEXT("the discovery document is another issuer's"),
                      json_text_of(reply.json, "issuer"),
                      TEXT("name the issuer exactly as it names itself, slash or no slash"));
    *endpoints = (struct endpoints){
        json_text_of(reply.json, "authorization_endpoint"), json_text_of(reply.json, "token_endpoint"),
        json_is_true(json_member(reply.json, TEXT("authorization_response_iss_parameter_supported")))};
    if (!gives_codes(reply.json))
        return refuse(
            invocation, TEXT("the issuer cannot be used for a login here"),
            TEXT("it logs nobody in for programs: response_types_supported has no code"),
            TEXT("a gateway does once a Client with redirectUris and an Issuer with login are there"));
    bool is_safe = text_starts_with(endpoints->authorization, TEXT("https://")) &&
                   text_starts_with(endpoints->token, TEXT("https://"));
    if (!is_safe || !lists_sha256(authorization, reply.json))
        return refuse(invocation, TEXT("the issuer cannot be used for a login here"),
                      is_safe ? TEXT("it does not offer PKCE with S256")
                              : TEXT("it has no authorization and token endpoint on https"),
                      TEXT_NONE);
    return EXIT_CODE_FINE;
}

static void add(struct buffer *out, struct arena *arena, const char *name, struct text value)
{
    if (value.length == 0)
        return;
    buffer_print(out, "%s%s=%.*s", out->length == 0 ? "" : "&", name,
                 TEXT_ARGUMENTS(gateway_escape(arena, value)));
}

static struct text write_url(const struct invocation *invocation, const struct authorization *authorization,
                             const struct endpoints *endpoints, struct text redirect, struct text state,
                             struct text verifier)
{
    struct arena *arena = invocation->arena;
    unsigned char digest[DIGEST_SIZE];
    struct buffer query = buffer_in(arena, 1024);
    digest_sha256(verifier, digest);
    add(&query, arena, "response_type", TEXT("code"));
    add(&query, arena, "client_id", authorization->client_id);
    add(&query, arena, "redirect_uri", redirect);
    add(&query, arena, "scope", authorization->scope);
    add(&query, arena, "resource", authorization->resource);
    add(&query, arena, "state", state);
    add(&query, arena, "code_challenge", base64url_encode_text(arena, digest, DIGEST_SIZE));
    add(&query, arena, "code_challenge_method", TEXT("S256"));
    struct text rest = endpoints->authorization;
    text_cut(&rest, '?');
    return arena_print(arena, "%.*s%c%.*s", TEXT_ARGUMENTS(endpoints->authorization),
                       rest.length == 0 ? '?' : '&', TEXT_ARGUMENTS(buffer_text(&query)));
}

/* RFC 9207 section 2.4: an answer that another server gave must not have its code shown to this one. */
static enum exit_code check_callback(const struct invocation *invocation, struct text issuer,
                                     const struct endpoints *endpoints, const struct callback *callback)
{
    bool is_named = callback->issuer.base != NULL;
    if ((is_named && !text_equal(callback->issuer, issuer)) || (!is_named && endpoints->names_issuer))
        return refuse(invocation, TEXT("the answer did not come from the issuer that was asked"),
                      callback->issuer, TEXT("nothing was exchanged; log in again"));
    if (callback->error.length != 0)
        return refuse(invocation, TEXT("the issuer refused the login"),
                      callback->error_description.length != 0 ? callback->error_description : callback->error,
                      TEXT_NONE);
    return EXIT_CODE_FINE;
}

static enum exit_code redeem(const struct invocation *invocation, const struct authorization *authorization,
                             struct text token_endpoint, struct text redirect, struct text verifier,
                             struct text code_value, struct authorization_answer *answer)
{
    struct arena *arena = invocation->arena;
    struct buffer form = buffer_in(arena, 1024); /* wiped with it */
    struct text type = TEXT("content-type: application/x-www-form-urlencoded");
    struct reply reply;
    add(&form, arena, "grant_type", TEXT("authorization_code"));
    add(&form, arena, "code", code_value);
    add(&form, arena, "redirect_uri", redirect);
    add(&form, arena, "client_id", authorization->client_id);
    add(&form, arena, "code_verifier", verifier);
    add(&form, arena, "resource", authorization->resource);
    enum exit_code code =
        gateway_fetch(invocation, TEXT("POST"), token_endpoint, &type, 1, buffer_text(&form), &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    *answer = (struct authorization_answer){json_text_of(reply.json, authorization->token),
                                            json_text_of(reply.json, "scope"),
                                            json_integer_of(reply.json, "expires_in")};
    if (answer->token.length != 0)
        return EXIT_CODE_FINE;
    struct text why = json_text_of(reply.json, "error_description");
    return refuse(invocation,
                  reply.status == 200
                      ? arena_print(arena, "the issuer gave no %s", authorization->token)
                      : arena_print(arena, "the issuer did not take the code (status %d)", reply.status),
                  why.length != 0 ? why : json_text_of(reply.json, "error"),
                  TEXT("--token-type, --scope and --resource say what is asked for"));
}

static enum exit_code go(const struct invocation *invocation, const struct authorization *authorization,
                         const struct endpoints *endpoints, const struct loopback *loopback,
                         struct authorization_answer *answer)
{
    struct arena *arena = invocation->arena;
    struct text state = base64url_random(arena, STATE_BYTES),
                verifier = base64url_random(arena, VERIFIER_BYTES);
    struct text redirect = arena_print(arena, "http://127.0.0.1:%u/callback", (unsigned)loopback->port);
    struct text url = write_url(invocation, authorization, endpoints, redirect, state, verifier);
    struct callback callback;
    FILE *stream = invocation->terminal->error;
    fputs("Open this in a browser on this machine and log in:\n\n  ", stream);
    terminal_print_foreign(stream, url);
    fputs("\n\n", stream);
    fflush(stream);
    if (authorization->opens_browser)
        browser_open(url);
    if (!loopback_wait(loopback, arena, state, WAIT_MS, &callback))
        return refuse(invocation, TEXT("nobody came back from the issuer within five minutes"), TEXT_NONE,
                      TEXT("log in again; pipelines bring a token with --token-file"));
    enum exit_code code = check_callback(invocation, authorization->issuer, endpoints, &callback);
    if (code != EXIT_CODE_FINE)
        return code;
    return redeem(invocation, authorization, endpoints->token, redirect, verifier, callback.code, answer);
}

enum exit_code authorization_run(const struct invocation *invocation, const struct authorization *authorization,
                                 struct authorization_answer *answer)
{
    struct endpoints endpoints;
    struct loopback loopback;
    enum exit_code code = discover(invocation, authorization, &endpoints);
    if (code != EXIT_CODE_FINE)
        return code;
    if (!loopback_open(&loopback))
        return refuse(invocation, TEXT("no port on 127.0.0.1 can be listened on"), TEXT_NONE, TEXT_NONE);
    loopback.is_over = authorization->is_over;
    code = go(invocation, authorization, &endpoints, &loopback, answer);
    loopback_close(&loopback);
    return code;
}

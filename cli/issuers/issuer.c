/* dragoman issuer add: from a URL and one token to documents for a person's own identity provider. Everything
 * is checked the way the gateway will check it: the metadata names this issuer, the token names it too, and its
 * signature verifies with the keys that are published. Nothing is sent to a gateway. */
#include <string.h>

#include "commands/commands.h"
#include "gateway.h"
#include "input.h"
#include "issuers/issuer_sample.h"
#include "tokens/token_text.h"

static enum exit_code refuse(const struct invocation *invocation, struct text what, struct text why,
                             struct text next)
{
    terminal_complain(invocation->terminal, what, why, next);
    return EXIT_CODE_REFUSED;
}

static struct text without_slash(struct text url)
{
    while (text_ends_with(url, TEXT("/")))
        url.length--;
    return url;
}

/* -- discovery */

/* RFC 8414 section 3.1: the well-known part goes between host and path. */
struct text issuer_metadata_url(struct arena *arena, struct text issuer)
{
    struct text rest = issuer;
    rest.base += strlen("https://");
    rest.length -= strlen("https://");
    struct text host = text_cut(&rest, '/');
    return arena_print(arena, "https://%.*s/.well-known/oauth-authorization-server%s%.*s", TEXT_ARGUMENTS(host),
                       rest.length != 0 ? "/" : "", TEXT_ARGUMENTS(rest));
}

static enum exit_code fetch_metadata(const struct invocation *invocation, struct text issuer,
                                     struct issuer_sample *sample, struct reply *reply)
{
    struct text urls[] = {
        arena_print(invocation->arena, "%.*s/.well-known/openid-configuration", TEXT_ARGUMENTS(issuer)),
        issuer_metadata_url(invocation->arena, issuer),
    };
    for (size_t i = 0; i < 2; i++) {
        enum exit_code code = gateway_fetch(invocation, TEXT("GET"), urls[i], NULL, 0, TEXT_NONE, reply);
        if (code != EXIT_CODE_FINE)
            return code;
        sample->has_openid_discovery = i == 0;
        if (reply->status == 200 && reply->json != NULL)
            return EXIT_CODE_FINE;
    }
    return refuse(invocation, TEXT("the issuer has no discovery document"),
                  arena_print(invocation->arena, "neither %.*s nor %.*s answered with JSON",
                              TEXT_ARGUMENTS(urls[0]), TEXT_ARGUMENTS(urls[1])),
                  TEXT("check the URL: it is what the token's iss says (dragoman token inspect)"));
}

/* The metadata must name the issuer it was found at (RFC 8414 section 3.3, OpenID Connect Discovery
 * section 4.3). */
static enum exit_code discover(const struct invocation *invocation, struct issuer_sample *sample)
{
    struct text url = text_of(invocation->arguments[0]);
    struct reply reply;
    if (!text_starts_with(url, TEXT("https://")) || url.length == strlen("https://")) {
        terminal_complain(invocation->terminal, TEXT("the issuer's URL does not start with https://"),
                          TEXT("keys fetched without TLS can be anybody's"), TEXT_NONE);
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = fetch_metadata(invocation, without_slash(url), sample, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    sample->issuer = json_text_of(reply.json, "issuer");
    sample->jwks_uri = json_text_of(reply.json, "jwks_uri");
    if (!text_equal(without_slash(sample->issuer), without_slash(url)))
        return refuse(invocation, TEXT("the discovery document belongs to another issuer"),
                      arena_print(invocation->arena, "it says '%.*s'", TEXT_ARGUMENTS(sample->issuer)),
                      TEXT("use that URL if you trust it"));
    if (!text_starts_with(sample->jwks_uri, TEXT("https://")))
        return refuse(invocation, TEXT("the discovery document has no jwks_uri with https"), TEXT_NONE,
                      TEXT("write the Issuer by hand with keys: {jwks: ...}"));
    return EXIT_CODE_FINE;
}

/* -- the sample token */

static bool is_rsa(enum algorithm algorithm)
{
    return algorithm >= ALGORITHM_RS256 && algorithm <= ALGORITHM_PS512;
}

/* Whether the JWK that this token names leaves its algorithm open. */
static bool key_lacks_algorithm(const struct json_value *jwks, struct text key_id)
{
    const struct json_value *list = json_member(jwks, TEXT("keys"));
    for (const struct json_value *jwk = list != NULL ? list->first : NULL; jwk != NULL; jwk = jwk->next)
        if (text_equal(json_text_of(jwk, "kid"), key_id))
            return text_is(json_text_of(jwk, "kty"), "RSA") && json_member(jwk, TEXT("alg")) == NULL;
    return false;
}

static void release_set(struct key_set **set)
{
    key_set_release(*set);
}

static enum exit_code verify(const struct invocation *invocation, struct issuer_sample *sample)
{
    __attribute__((cleanup(release_set))) struct key_set *set = NULL;
    struct reply reply;
    enum algorithm algorithm = sample->jws.algorithm;
    enum exit_code code = gateway_fetch(invocation, TEXT("GET"), sample->jwks_uri, NULL, 0, TEXT_NONE, &reply);
    if (code != EXIT_CODE_FINE)
        return code;
    enum fault fault = key_set_read(reply.body, is_rsa(algorithm) ? algorithm : ALGORITHM_RS256, &set);
    if (reply.status != 200 || fault != FAULT_NONE)
        return refuse(invocation, TEXT("the issuer's keys cannot be used"),
                      reply.status != 200 ? arena_print(invocation->arena, "%.*s answered with status %d",
                                                        TEXT_ARGUMENTS(sample->jwks_uri), reply.status)
                                          : text_of(fault_row(fault)->sentence),
                      TEXT_NONE);
    const struct public_key *key = key_set_find(set, sample->jws.key_id, algorithm);
    if (key == NULL)
        return refuse(
            invocation, TEXT("none of the issuer's keys made the sample token"),
            arena_print(invocation->arena, "the token's kid is '%.*s'", TEXT_ARGUMENTS(sample->jws.key_id)),
            TEXT("get a fresh token; this one may be from before a key rotation"));
    if (jws_verify(&sample->jws, key) != FAULT_NONE)
        return refuse(invocation, TEXT("the sample token's signature does not verify with the issuer's keys"),
                      TEXT_NONE, TEXT("get a fresh token straight from the issuer"));
    sample->key_lacks_algorithm = key_lacks_algorithm(reply.json, sample->jws.key_id);
    return EXIT_CODE_FINE;
}

static enum exit_code read_sample(const struct invocation *invocation, struct issuer_sample *sample)
{
    struct text token;
    struct token_text parts;
    enum exit_code code = input_read_secret(invocation, invocation_option(invocation, "sample-token"), &token);
    if (code != EXIT_CODE_FINE)
        return code;
    const char *wrong = token_text_read(invocation->arena, token, &parts);
    if (wrong != NULL)
        return refuse(
            invocation, TEXT("the sample cannot be read as a token"), text_of(wrong),
            TEXT("an opaque access token cannot be used; ask the issuer for a JWT, or use an ID token"));
    enum fault fault = jws_parse(invocation->arena, token, &sample->jws);
    if (fault != FAULT_NONE)
        return refuse(invocation, TEXT("the gateway would not read the sample token"),
                      text_of(fault_row(fault)->sentence), TEXT_NONE);
    if (sample->jws.algorithm == ALGORITHM_NONE_KNOWN)
        return refuse(invocation,
                      TEXT("the sample token is signed with an algorithm that is not accepted here"),
                      TEXT("symmetric algorithms and none prove nothing to anybody but the issuer"),
                      TEXT("have the issuer sign with ES256, RS256, PS256 or EdDSA"));
    return EXIT_CODE_FINE;
}

static enum exit_code read_claims(const struct invocation *invocation, struct issuer_sample *sample)
{
    if (jwt_claims_read(invocation->arena, sample->jws.payload, &sample->claims) != FAULT_NONE)
        return refuse(invocation, TEXT("the sample token's claims are not well-formed"), TEXT_NONE,
                      TEXT("dragoman token inspect shows them"));
    if (!text_equal(sample->claims.issuer, sample->issuer))
        return refuse(invocation, TEXT("the sample token is from another issuer"),
                      arena_print(invocation->arena, "its iss is '%.*s', the discovery document says '%.*s'",
                                  TEXT_ARGUMENTS(sample->claims.issuer), TEXT_ARGUMENTS(sample->issuer)),
                      TEXT("the two must be the same to the last character"));
    return EXIT_CODE_FINE;
}

/* -- what to call it */

/* A document name out of the URL's host and path: lower-case letters, digits and '-'. */
static struct text default_name(struct arena *arena, struct text issuer)
{
    SCOPED_BUFFER name = {0};
    struct text rest = issuer;
    rest.base += strlen("https://");
    rest.length -= strlen("https://");
    for (size_t i = 0; i < rest.length && name.length < 40; i++) {
        char c = rest.base[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_letter)
            buffer_append_byte(&name, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
        else if (name.length != 0 && name.base[name.length - 1] != '-')
            buffer_append_byte(&name, '-');
    }
    while (name.length != 0 && name.base[name.length - 1] == '-')
        name.length--;
    return name.length != 0 ? arena_copy(arena, buffer_text(&name)) : TEXT("issuer");
}

enum exit_code command_issuer_add(struct invocation *invocation)
{
    struct issuer_sample sample = {0};
    const char *name = invocation_option(invocation, "name");
    const char *domain = invocation_option(invocation, "domain");
    if (!invocation_has(invocation, "sample-token")) {
        terminal_complain(invocation->terminal, TEXT("a sample token is needed"),
                          TEXT("its claims decide what the documents say, and its signature proves the keys"),
                          TEXT("name its file with --sample-token FILE, or - for standard input"));
        return EXIT_CODE_USAGE;
    }
    enum exit_code code = read_sample(invocation, &sample);
    if (code == EXIT_CODE_FINE)
        code = discover(invocation, &sample);
    if (code == EXIT_CODE_FINE)
        code = read_claims(invocation, &sample);
    if (code == EXIT_CODE_FINE)
        code = verify(invocation, &sample);
    if (code != EXIT_CODE_FINE)
        return code;
    sample.name = name != NULL ? text_of(name) : default_name(invocation->arena, sample.issuer);
    sample.domain = domain != NULL ? text_of(domain) : TEXT("local");
    issuer_documents_print(invocation, &sample);
    issuer_warnings_print(invocation, &sample);
    fprintf(invocation->terminal->error, "next: read the documents, change what is marked, then\n"
                                         "  dragoman diff -f FILE\n  dragoman apply -f FILE\n");
    return EXIT_CODE_FINE;
}

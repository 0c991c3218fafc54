/* See login_messages.h. */
#include "login/login_messages.h"

#include <string.h>

#include "base/base64url.h"
#include "base/digest.h"
#include "base/percent.h"
#include "person_checks.h"
#include "json/json_value.h"

enum { ISSUER_BYTES_MAX = 1024 };

static void add(struct buffer *out, const char *name, struct text value)
{
    if (out->length != 0)
        buffer_append_byte(out, '&');
    buffer_append(out, text_of(name));
    buffer_append_byte(out, '=');
    percent_encode(out, value);
}

/* --- asking --- */

struct text login_redirect_uri(struct arena *arena, struct text service_url, struct text issuer_name)
{
    struct text origin = person_checks_origin(service_url), base = person_checks_base_path(service_url);
    return arena_print(arena, "%.*s%.*s/login/callback/%.*s", TEXT_ARGUMENTS(origin), TEXT_ARGUMENTS(base),
                       TEXT_ARGUMENTS(issuer_name));
}

static struct text scope_of(struct arena *arena, const struct text_list *scopes)
{
    struct buffer scope = buffer_in(arena, 64);
    for (size_t i = 0; i < scopes->count; i++) {
        if (i != 0)
            buffer_append_byte(&scope, ' ');
        buffer_append(&scope, scopes->items[i]);
    }
    return scopes->count == 0 ? TEXT("openid") : buffer_text(&scope);
}

struct text login_request_url(struct arena *arena, struct text service_url, const struct issuer *issuer,
                              const struct login_metadata *metadata, const struct login_state *state)
{
    const struct login_document *login = &issuer->document->issuer.login;
    struct text endpoint = metadata->authorization_endpoint;
    unsigned char challenge[DIGEST_SIZE];
    struct buffer query = buffer_in(arena, 1024);
    digest_sha256(state->verifier, challenge);
    add(&query, "response_type", TEXT("code"));
    add(&query, "client_id", login->client_id);
    add(&query, "redirect_uri", login_redirect_uri(arena, service_url, issuer->document->name));
    add(&query, "scope", scope_of(arena, &login->scopes));
    add(&query, "state", state->state);
    add(&query, "nonce", state->nonce);
    add(&query, "code_challenge", base64url_encode_text(arena, challenge, sizeof(challenge)));
    add(&query, "code_challenge_method", TEXT("S256"));
    /* An endpoint may have a query of its own, which is kept (RFC 6749 section 3.1). */
    bool has_query = memchr(endpoint.base, '?', endpoint.length) != NULL;
    const struct text parts[] = {endpoint, has_query ? TEXT("&") : TEXT("?"), buffer_text(&query)};
    return arena_join(arena, parts, 3);
}

/* --- what came back --- */

enum fault login_answer_read(struct text issuer_name, const struct form *query, struct login_answer *answer)
{
    *answer = (struct login_answer){
        .issuer_name = issuer_name,
        .state = form_value(query, "state"),
        .code = form_value(query, "code"),
        .issuer = form_value(query, "iss"),
        .error = form_value(query, "error"),
    };
    bool is_one = (answer->code.length == 0) != (answer->error.length == 0);
    return is_one && answer->code.length <= LOGIN_CODE_BYTES_MAX && answer->issuer.length <= ISSUER_BYTES_MAX
               ? FAULT_NONE
               : FAULT_LOGIN_STATE;
}

enum fault login_answer_check(const struct login_answer *answer, const struct login_state *state)
{
    if (!person_checks_equal(answer->state, state->state) ||
        !text_equal(answer->issuer_name, state->issuer_name))
        return FAULT_LOGIN_STATE;
    bool is_named = answer->issuer.length != 0;
    if (is_named ? !text_equal(answer->issuer, state->issuer) : state->names_itself)
        return FAULT_LOGIN_ISSUER;
    return FAULT_NONE;
}

/* --- the code --- */

struct text login_code_form(struct arena *arena, struct text service_url, const struct issuer *issuer,
                            const struct login_state *state, struct text code)
{
    struct buffer body = buffer_in(arena, 1024);
    add(&body, "grant_type", TEXT("authorization_code"));
    add(&body, "code", code);
    add(&body, "redirect_uri", login_redirect_uri(arena, service_url, state->issuer_name));
    add(&body, "code_verifier", state->verifier);
    if (issuer->login_secret == NULL)
        add(&body, "client_id", issuer->document->issuer.login.client_id);
    return buffer_text(&body);
}

/* RFC 6749 section 2.3.1: both encoded as in a form, then as Basic credentials have it (RFC 7617 section 2). */
struct text login_client_header(struct arena *arena, const struct issuer *issuer)
{
    const struct secret *secret = issuer->login_secret;
    if (secret == NULL)
        return TEXT_NONE;
    struct buffer pair = buffer_in(arena, 256);
    percent_encode(&pair, issuer->document->issuer.login.client_id);
    buffer_append_byte(&pair, ':');
    percent_encode(&pair, (struct text){(const char *)secret_bytes(secret), secret_length(secret)});
    struct buffer line = buffer_in(arena, 2 * pair.length + 32);
    buffer_append(&line, TEXT("authorization: Basic "));
    base64_append(&line, pair.base, pair.length);
    return buffer_text(&line);
}

enum fault login_tokens_read(struct arena *arena, int status, struct text body, struct text *id_token)
{
    const struct json_value *json = NULL;
    if (status != 200 || json_parse(arena, body, &json_limits_document, &json) != FAULT_NONE)
        return FAULT_LOGIN_ANSWER;
    *id_token = json_text_of(json, "id_token");
    return id_token->length != 0 ? FAULT_NONE : FAULT_LOGIN_ANSWER;
}

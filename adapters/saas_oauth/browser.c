/* What begin makes and finish needs lies sealed in the browser's own row at the gateway: bound to the target,
 * the team, the person and the state, so that it opens for no other. */
#include "browser.h"

#include <string.h>

#include "account.h"
#include "base/base64url.h"
#include "base/digest.h"
#include "grant_steps.h"
#include "json/json_writer.h"

enum { VERIFIER_BYTES = 32, CODE_MAX = 4096, KEEP_MAX = 4096 };

static const struct json_limits keep_limits = {.bytes = KEEP_MAX, .depth = 2, .members = 8};

#define CONNECT_ANEW "The connection could not be made. Please begin anew."

/* --- keep --- */

struct kept_login {
    struct text verifier, origin, scope;
};

static struct text binding(struct adapter_call *call, const struct adapter_connection *connection)
{
    unsigned char digest[DIGEST_SIZE];
    const struct text parts[] = {TEXT("login"),
                                 connection->target.name,
                                 connection->target.team,
                                 connection->subject.issuer,
                                 connection->subject.subject,
                                 connection->redirect_uri,
                                 connection->state};
    digest_parts(parts, sizeof(parts) / sizeof(*parts), digest);
    return base64url_encode_text(adapter_arena(call), digest, sizeof(digest));
}

static enum adapter_outcome seal_login(struct adapter_call *call, const struct adapter_connection *connection,
                                       const struct kept_login *login, struct text *keep)
{
    struct buffer out = buffer_in(adapter_arena(call), 512);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text(&writer, "verifier", login->verifier);
    json_member_text(&writer, "origin", login->origin);
    json_member_text(&writer, "scope", login->scope);
    json_end_object(&writer);
    struct text sealed = adapter_seal(call, buffer_text(&out), binding(call, connection));
    *keep = base64url_encode_text(adapter_arena(call), sealed.base, sealed.length);
    if (keep->length > KEEP_MAX)
        return adapter_misconfigured(call, "/scopes", "the scopes are too many to be asked for at once");
    return ADAPTER_DONE;
}

static enum adapter_outcome open_login(struct adapter_call *call, const struct adapter_connection *connection,
                                       struct kept_login *login)
{
    struct text plain;
    size_t length;
    const struct json_value *object;
    unsigned char *sealed =
        arena_allocate(adapter_arena(call), BASE64URL_DECODED_LENGTH(connection->keep.length) + 1);
    if (connection->keep.length == 0 || !base64url_decode(connection->keep, sealed, &length) ||
        adapter_unseal(call, (struct text){(const char *)sealed, length}, binding(call, connection), &plain) !=
            ADAPTER_DONE ||
        json_parse(adapter_arena(call), plain, &keep_limits, &object) != FAULT_NONE)
        return adapter_refuse(call, CONNECT_ANEW, "what was kept of the login is not for this one");
    login->verifier = json_text_of(object, "verifier");
    login->origin = json_text_of(object, "origin");
    login->scope = json_text_of(object, "scope");
    return ADAPTER_DONE;
}

/* --- begin --- */

static struct text wanted_scope(const struct grant_run *run, struct text scope)
{
    struct arena *arena = adapter_arena(run->call);
    struct text theirs = said_or_else(run->settings->discover.asks_for, TEXT(""));
    while (scope.length != 0) {
        struct text ours = text_cut(&scope, ' ');
        if (ours.length != 0)
            theirs = scopes_union(arena, theirs, scopes_theirs(run->settings, arena, &ours, 1));
    }
    return theirs;
}

/* RFC 7636 section 4.2. */
static struct text challenge_of(struct arena *arena, struct text verifier)
{
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(verifier, digest);
    return base64url_encode_text(arena, digest, sizeof(digest));
}

static struct text authorization_url(const struct grant_run *run, const struct adapter_connection *connection,
                                     const struct kept_login *login)
{
    const struct oauth_settings *settings = run->settings;
    struct arena *arena = adapter_arena(run->call);
    struct form query = form_in(arena);
    form_add(&query, "response_type", TEXT("code"));
    form_add(&query, "client_id", settings->client_id);
    form_add(&query, "redirect_uri", connection->redirect_uri);
    form_add(&query, "scope", login->scope);
    form_add(&query, "state", connection->state);
    form_add(&query, "code_challenge", challenge_of(arena, login->verifier));
    form_add(&query, "code_challenge_method", TEXT("S256"));
    form_add(&query, "audience", settings->audience);
    form_add(&query, "resource", settings->resource);
    form_add_pairs(&query, &settings->connect.parameters);
    /* The endpoint may have a query of its own (RFC 6749 section 3.1). */
    const struct text parts[] = {
        settings->authorization_endpoint,
        memchr(settings->authorization_endpoint.base, '?', settings->authorization_endpoint.length) != NULL
            ? TEXT("&")
            : TEXT("?"),
        buffer_text(&query.out)};
    return arena_join(arena, parts, 3);
}

static bool is_usable(const struct grant_run *run, const struct connection *kept)
{
    return kept->is_there && kept->lost.base == NULL && kept->refresh_token.base != NULL &&
           connection_is_for(kept, run->settings);
}

enum adapter_outcome browser_begin(const struct grant_run *run, const struct adapter_connection *connection,
                                   struct adapter_interaction *interaction)
{
    struct adapter_call *call = run->call;
    struct arena *arena = adapter_arena(call);
    struct connection kept = {0};
    struct text wanted = wanted_scope(run, connection->scope);
    ADAPTER_TRY(connection_read(call, connection_key(call, &connection->target, &connection->subject), &kept));
    if (is_usable(run, &kept) && scopes_have(kept.granted, wanted))
        return ADAPTER_DONE;
    /* What was agreed to before is asked for again: the new refresh token takes the old one's place. */
    struct text before = is_usable(run, &kept) ? kept.granted : TEXT("");
    struct kept_login login = {
        .verifier = base64url_random(arena, VERIFIER_BYTES),
        .origin = run->settings->origin,
        .scope = scopes_union(arena, scopes_union(arena, before, wanted), run->settings->connect.scopes)};
    ADAPTER_TRY(seal_login(call, connection, &login, &interaction->keep));
    interaction->go_to = authorization_url(run, connection, &login);
    return ADAPTER_DONE;
}

/* --- finish --- */

/* RFC 9207 section 2.4: compared byte for byte; missing is as wrong as another where it is expected, so that
 * the code of one server is not taken to another. */
static enum adapter_outcome check_issuer(const struct grant_run *run, const struct json_value *answers)
{
    const struct oauth_settings *settings = run->settings;
    const struct json_value *issuer = json_member(answers, TEXT("iss"));
    if (settings->issuer.base == NULL)
        return ADAPTER_DONE;
    if (issuer == NULL && !settings->connect.requires_issuer)
        return ADAPTER_DONE;
    if (issuer == NULL)
        return adapter_refuse(
            run->call, CONNECT_ANEW,
            "the other side did not say who it is (iss); where it never does set connect.requireIss: "
            "false");
    if (!text_equal(json_string(issuer), settings->issuer))
        return adapter_refuse(run->call, CONNECT_ANEW,
                              "the answer comes from another issuer than the settings name");
    return ADAPTER_DONE;
}

/* RFC 6749 section 4.1.2.1. What the query says came through a browser: its code is looked up, its words are
 * cut. */
static enum adapter_outcome check_answers(const struct grant_run *run, const struct json_value *answers)
{
    struct text error = json_text_of(answers, "error"), code = json_text_of(answers, "code");
    ADAPTER_TRY(check_issuer(run, answers));
    if (text_is(error, "access_denied"))
        return adapter_refuse(run->call, "You did not agree at the other side.", "the person said no");
    if (error.base != NULL) {
        const struct adapter_answer came = {.status = 400};
        struct upstream_error upstream = upstream_error_of(adapter_arena(run->call), &came, error,
                                                           json_text_of(answers, "error_description"), NULL, 0);
        enum adapter_outcome outcome = upstream_error_end(run->call, &upstream, false);
        return outcome != ADAPTER_DONE ? outcome
                                       : adapter_refuse(run->call, CONNECT_ANEW, "an error came back");
    }
    if (code.length == 0 || code.length > CODE_MAX || !text_is_printable(code))
        return adapter_refuse(run->call, CONNECT_ANEW, "no code came back");
    return ADAPTER_DONE;
}

static enum adapter_outcome redeem(const struct grant_run *run, const struct adapter_connection *connection,
                                   const struct kept_login *login, struct token *token)
{
    struct upstream_answer answer;
    struct form form = form_in(adapter_arena(run->call));
    form_add(&form, "grant_type", TEXT("authorization_code"));
    form_add_secret(&form, "code", json_text_of(connection->answers, "code"));
    form_add(&form, "redirect_uri", connection->redirect_uri);
    form_add_secret(&form, "code_verifier", login->verifier);
    form_add(&form, "resource", run->settings->resource);
    form_add_pairs(&form, &run->settings->parameters);
    const struct token_request request = {.form = &form};
    ADAPTER_TRY(token_request_answer(run, &request, &answer));
    ADAPTER_TRY(token_read(run, answer.json, false, token));
    if (token->refresh_token.base == NULL)
        return adapter_misconfigured(run->call, "/connect",
                                     "the other side gave no refresh token: it has to be asked for, by a scope "
                                     "such as offline_access in "
                                     "connect.scopes or by connect.parameters such as access_type: offline, "
                                     "and allowed for this client");
    return connection_check_refresh_token(run->call, token->refresh_token);
}

/* In place of whatever was connected; its tokens go with it, since they may be another account's. Leases that
 * have them have what revokes them. */
static enum adapter_outcome keep(const struct grant_run *run, const struct adapter_connection *connection,
                                 const struct kept_login *login, const struct token *token, struct text account)
{
    struct adapter_call *call = run->call;
    struct text key = connection_key(call, &connection->target, &connection->subject);
    struct connection kept = {0};
    enum adapter_outcome outcome;
    do {
        ADAPTER_TRY(connection_claim(call, key, &kept.fence));
        outcome = connection_read(call, key, &kept);
        if (outcome == ADAPTER_DONE) {
            kept = (struct connection){
                .key = key,
                .version = kept.version,
                .fence = kept.fence,
                .origin = run->settings->origin,
                .client = run->settings->client_id,
                .refresh_token = token->refresh_token,
                .account = account,
                .granted = token->scope.base != NULL ? token->scope : login->scope,
            };
            outcome = connection_put(call, &kept);
        }
        connection_release(call, key, kept.fence);
    } while (outcome == ADAPTER_CONFLICT && !adapter_is_over(call));
    return outcome;
}

enum adapter_outcome browser_finish(const struct grant_run *run, const struct adapter_connection *connection,
                                    struct text *account)
{
    struct kept_login login;
    struct token token;
    ADAPTER_TRY(open_login(run->call, connection, &login));
    ADAPTER_TRY(check_answers(run, connection->answers));
    /* Settings may be others since begin: the verifier is for the server that has the challenge. */
    if (!text_equal_ignoring_case(login.origin, run->settings->origin))
        return adapter_refuse(run->call, CONNECT_ANEW, "the target's token endpoint is at another host by now");
    adapter_shield(run->call, true); /* a code is used once, and so is what it is good for */
    enum adapter_outcome outcome = redeem(run, connection, &login, &token);
    *account = outcome == ADAPTER_DONE ? account_of(adapter_arena(run->call), token.id_token) : TEXT_NONE;
    if (outcome == ADAPTER_DONE)
        outcome = keep(run, connection, &login, &token, *account);
    adapter_shield(run->call, false);
    return outcome;
}

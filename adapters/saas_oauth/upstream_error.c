/* The table, and how each kind ends. The other side's own words go to the log alone, in quotes, and not at all
 * where they repeat a secret; callers are told sentences of ours. */
#include "upstream_error.h"

#include <string.h>

enum { CODE_MAX = 64, DESCRIPTION_MAX = 200, SECRET_SHORTEST = 4 };

struct row {
    const char *code;
    enum upstream_error_kind kind;
};

static const struct row rows[] = {
    /* RFC 6749 section 5.2 */
    {"invalid_grant", UPSTREAM_GRANT},
    {"invalid_client", UPSTREAM_CLIENT},
    {"unauthorized_client", UPSTREAM_CLIENT},
    {"unsupported_grant_type", UPSTREAM_CLIENT},
    {"invalid_scope", UPSTREAM_SCOPE},
    {"invalid_request", UPSTREAM_REQUEST},
    /* section 4.1.2.1, of the authorization endpoint, which some send here, too */
    {"access_denied", UPSTREAM_DENIED},
    {"unsupported_response_type", UPSTREAM_CLIENT},
    {"server_error", UPSTREAM_LATER},
    {"temporarily_unavailable", UPSTREAM_LATER},
    /* RFC 8693 section 2.2.2, RFC 8707 section 2 */
    {"invalid_target", UPSTREAM_TARGET},
    {"invalid_token", UPSTREAM_GRANT},
    /* RFC 7009 section 2.2.1 */
    {"unsupported_token_type", UPSTREAM_CLIENT},
    /* RFC 8628 section 3.5 */
    {"slow_down", UPSTREAM_LATER},
    /* RFC 9449 sections 5 and 8: it binds tokens to keys, and none is kept here */
    {"invalid_dpop_proof", UPSTREAM_CLIENT},
    {"use_dpop_nonce", UPSTREAM_CLIENT},
    /* OpenID Connect Core section 3.1.2.6, RFC 9470 */
    {"interaction_required", UPSTREAM_INTERACTION},
    {"login_required", UPSTREAM_INTERACTION},
    {"consent_required", UPSTREAM_INTERACTION},
    {"account_selection_required", UPSTREAM_INTERACTION},
    {"insufficient_user_authentication", UPSTREAM_INTERACTION},
    /* GitHub, with status 200 */
    {"bad_refresh_token", UPSTREAM_GRANT},
    {"bad_verification_code", UPSTREAM_GRANT},
    {"incorrect_client_credentials", UPSTREAM_CLIENT},
    {"redirect_uri_mismatch", UPSTREAM_CLIENT},
    /* Slack, with status 200 */
    {"invalid_refresh_token", UPSTREAM_GRANT},
    {"invalid_client_id", UPSTREAM_CLIENT},
    {"bad_client_secret", UPSTREAM_CLIENT},
    {"ratelimited", UPSTREAM_LATER},
    /* Salesforce */
    {"inactive_user", UPSTREAM_DENIED},
    {"inactive_org", UPSTREAM_DENIED},
    {"invalid_app_access", UPSTREAM_DENIED},
    {"rate_limit_exceeded", UPSTREAM_LATER},
    /* AWS STS; its ways to say "later" have status 400, too */
    {"InvalidIdentityToken", UPSTREAM_GRANT},
    {"ExpiredTokenException", UPSTREAM_GRANT},
    {"ExpiredToken", UPSTREAM_GRANT},
    {"IDPRejectedClaim", UPSTREAM_GRANT},
    {"AccessDenied", UPSTREAM_DENIED},
    {"AccessDeniedException", UPSTREAM_DENIED},
    {"IDPCommunicationError", UPSTREAM_LATER},
    {"Throttling", UPSTREAM_LATER},
    {"ThrottlingException", UPSTREAM_LATER},
    {"RequestLimitExceeded", UPSTREAM_LATER},
};

static enum upstream_error_kind kind_of(int status, struct text code)
{
    if (status == 408 || status == 425 || status == 429 || status >= 500)
        return UPSTREAM_LATER; /* whatever is written there: nothing was decided */
    if (status >= 300 && status < 400)
        return UPSTREAM_MOVED;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (text_is(code, rows[i].code))
            return rows[i].kind;
    }
    if (status >= 200 && status < 300)
        return code.base == NULL ? UPSTREAM_FINE : UPSTREAM_REQUEST;
    if (status == 401)
        return UPSTREAM_CLIENT;
    if (status == 403)
        return UPSTREAM_DENIED;
    return code.base != NULL ? UPSTREAM_REQUEST : UPSTREAM_SHAPE;
}

void upstream_error_find(const struct json_value *json, struct text *code, struct text *description)
{
    const struct json_value *error = json_member(json, TEXT("error"));
    *description = json_text_of(json, "error_description");
    if (error != NULL && error->kind == JSON_OBJECT) {
        *code = json_text_of(error, "status");
        *description = json_text_of(error, "message");
    } else {
        *code = json_string(error);
    }
    if (description->base == NULL)
        *description = json_text_of(json, "message");
    if (error != NULL && code->base == NULL)
        *code = TEXT("an error of no known shape");
}

static bool repeats(struct text words, const struct text *secrets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (secrets[i].length >= SECRET_SHORTEST && words.length != 0 &&
            memmem(words.base, words.length, secrets[i].base, secrets[i].length) != NULL)
            return true;
    }
    return false;
}

static struct text fit(struct arena *arena, struct text words, size_t most, const struct text *secrets,
                       size_t count)
{
    struct text cut = text_beginning(words, most);
    if (cut.length == 0)
        return TEXT_NONE;
    /* All of it is looked at: a secret that is cut in two is one all the same. */
    if (repeats(words, secrets, count))
        return TEXT("(it repeats a secret)");
    return text_is_printable(cut) ? arena_copy(arena, cut) : TEXT("(not printable)");
}

struct upstream_error upstream_error_of(struct arena *arena, const struct adapter_answer *answer,
                                        struct text code, struct text description, const struct text *secrets,
                                        size_t secret_count)
{
    return (struct upstream_error){
        .kind = kind_of(answer->status, code),
        .status = answer->status,
        .code = fit(arena, code, CODE_MAX, secrets, secret_count),
        .description = fit(arena, description, DESCRIPTION_MAX, secrets, secret_count),
        .retry_after_s = answer->retry_after_s,
    };
}

/* "status 400, invalid_grant: "token was revoked"". */
static const char *what_came(struct adapter_call *call, const struct upstream_error *error)
{
    struct arena *arena = adapter_arena(call);
    struct text code = error->code.base == NULL ? TEXT("no error code") : error->code;
    if (error->description.base == NULL)
        return arena_print(arena, "status %d, %.*s", error->status, TEXT_ARGUMENTS(code)).base;
    return arena_print(arena, "status %d, %.*s: \"%.*s\"", error->status, TEXT_ARGUMENTS(code),
                       TEXT_ARGUMENTS(error->description))
        .base;
}

enum adapter_outcome upstream_error_end(struct adapter_call *call, const struct upstream_error *error,
                                        bool is_connected)
{
    const char *came = what_came(call, error);
    switch (error->kind) {
    case UPSTREAM_FINE:
        return ADAPTER_DONE;
    case UPSTREAM_LATER:
        return adapter_unavailable(call, error->retry_after_s, "the other side cannot now (%s)", came);
    case UPSTREAM_GRANT:
        if (is_connected)
            return adapter_needs_interaction(call, "The account has to be connected again.",
                                             "the other side takes what is kept of the account no more (%s)",
                                             came);
        return adapter_refuse(call, "The other side does not take what was shown to it for this subject.",
                              "the other side refuses the grant (%s)", came);
    case UPSTREAM_CLIENT:
        return adapter_misconfigured(call, "/clientId", "the other side refuses this client (%s)", came);
    case UPSTREAM_REQUEST:
        return adapter_misconfigured(call, NULL, "the other side does not understand what is sent (%s)", came);
    case UPSTREAM_SCOPE:
        return adapter_refuse(call, "The other side does not grant these scopes.",
                              "the other side refuses the scopes (%s)", came);
    case UPSTREAM_TARGET:
        return adapter_refuse(call, "The other side does not issue for this audience or resource.",
                              "the other side refuses the audience or the resource (%s)", came);
    case UPSTREAM_DENIED:
        return adapter_refuse(call, "The other side says no for this subject.", "the other side says no (%s)",
                              came);
    case UPSTREAM_INTERACTION:
        if (is_connected)
            return adapter_needs_interaction(call, "The other side wants to see the person again.",
                                             "the other side wants an interaction (%s)", came);
        return adapter_refuse(call, "The other side wants the person to log in or to agree there first.",
                              "the other side wants an interaction (%s)", came);
    case UPSTREAM_MOVED:
        return adapter_misconfigured(call, "/tokenEndpoint",
                                     "the other side redirects, which is not followed (%s)", came);
    case UPSTREAM_SHAPE:
        break;
    }
    return adapter_misconfigured(call, "/tokenEndpoint", "the other side answers like no token endpoint (%s)",
                                 came);
}

/* RFC 7009. */
#include "revocation.h"

#include "token_request.h"

bool revocation_is_known(const struct oauth_settings *settings)
{
    return settings->grant->revoke != NULL || settings->revocation_endpoint.base != NULL;
}

/* "invalid tokens do not cause an error response" (section 2.2); some answer with invalid_grant or
 * invalid_token all the same, and mean that it is gone. */
static enum adapter_outcome judge(const struct grant_run *run, const struct upstream_error *error)
{
    if (error->kind == UPSTREAM_GRANT)
        return ADAPTER_DONE;
    if (error->kind == UPSTREAM_LATER)
        return upstream_error_end(run->call, error, false);
    if (error->kind == UPSTREAM_FINE)
        return ADAPTER_DONE;
    return adapter_misconfigured(run->call, "/revocationEndpoint",
                                 "the other side does not revoke: status %d, %.*s", error->status,
                                 TEXT_ARGUMENTS(error->code));
}

enum adapter_outcome revocation_run(const struct grant_run *run, struct text token, const char *hint)
{
    const struct oauth_settings *settings = run->settings;
    struct upstream_answer answer;
    if (settings->grant->revoke != NULL)
        return settings->grant->revoke(run, token);
    if (settings->revocation_endpoint.base == NULL)
        return ADAPTER_DONE;
    struct form form = form_in(adapter_arena(run->call));
    form_add_secret(&form, "token", token);
    form_add(&form, "token_type_hint", text_of(hint));
    /* A body has no meaning (section 2.2), whatever its type. */
    const struct token_request request = {
        .url = settings->revocation_endpoint, .form = &form, .answer = ANSWER_NONE};
    ADAPTER_TRY(token_request_send(run, &request, &answer));
    return judge(run, &answer.error);
}

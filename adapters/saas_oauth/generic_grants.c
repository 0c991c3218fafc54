/* The rows and their steps. connected has none: its tokens come by refresh (connected.h). */
#include "generic_grants.h"

#include "grant_steps.h"

/* --- client_credentials (RFC 6749 section 4.4) --- */

static enum adapter_outcome run_client_credentials(const struct grant_run *run, struct token *token)
{
    struct form form = grant_form(run, "client_credentials");
    const struct token_request request = {.form = &form};
    return token_request_token(run, &request, token);
}

/* "Only by confidential clients": without authentication anybody who knows the client's id would get one. */
static void check_client_credentials(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    if (settings->authentication == CLIENT_NONE)
        adapter_mistake(mistakes, TEXT("/authentication"),
                        "client_credentials is for clients that authenticate");
}

const struct grant grant_client_credentials = {
    .name = "client_credentials",
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_TOKEN_ENDPOINT | GRANT_NEEDS_CLIENT_ID,
    .check = check_client_credentials,
    .run = run_client_credentials,
};

/* --- connected (RFC 6749 sections 4.1 and 6, RFC 7636) --- */

const struct grant grant_connected = {
    .name = "connected",
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_TOKEN_ENDPOINT | GRANT_NEEDS_AUTHORIZATION_ENDPOINT | GRANT_NEEDS_CLIENT_ID |
             GRANT_NEEDS_CONNECTION,
};

/* --- jwt_bearer (RFC 7523 section 2.1) --- */

/* Client authentication is optional there; where nothing is said the assertion says enough. */
static void fill_jwt_bearer(struct adapter_settings *options, struct arena *arena,
                            struct oauth_settings *settings)
{
    (void)options;
    (void)arena;
    if (!settings->has_authentication)
        settings->authentication = CLIENT_NONE;
}

static void check_jwt_bearer(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    const struct assertion_settings *assertion = &settings->assertion;
    if (assertion->is_signed_here && assertion->issuer.base == NULL && settings->client_id.base == NULL)
        adapter_mistake(mistakes, TEXT("/assertion/issuer"), "expected an issuer, or a clientId that is one");
}

static void check_jwt_bearer_target(const struct oauth_settings *settings, const struct adapter_target *target,
                                    struct adapter_mistakes *mistakes)
{
    if (!settings->assertion.is_signed_here && target->assertion_audience.base == NULL)
        adapter_mistake(mistakes, TEXT("/assertion"),
                        "jwt_bearer needs spec.handOver.assertionAudience, or an assertion with signedBy: key");
}

static enum adapter_outcome run_jwt_bearer(const struct grant_run *run, struct token *token)
{
    struct text assertion;
    struct form form = grant_form(run, GRANT_TYPE_JWT_BEARER);
    ADAPTER_TRY(assertion_of(run, &assertion));
    form_add_secret(&form, "assertion", assertion);
    const struct token_request request = {.form = &form};
    return token_request_token(run, &request, token);
}

const struct grant grant_jwt_bearer = {
    .name = "jwt_bearer",
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_TOKEN_ENDPOINT,
    .fill = fill_jwt_bearer,
    .check = check_jwt_bearer,
    .check_target = check_jwt_bearer_target,
    .run = run_jwt_bearer,
};

/* --- token_exchange (RFC 8693 section 2) --- */

static void check_token_exchange(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    const struct exchange_settings *exchange = &settings->exchange;
    if (exchange->has_assertion_actor && !exchange->is_shown_token)
        adapter_mistake(
            mistakes, TEXT("/exchange/actorToken"),
            "the assertion is the subject's already: with an actor the subject token is the shown one");
}

static void check_token_exchange_target(const struct oauth_settings *settings,
                                        const struct adapter_target *target, struct adapter_mistakes *mistakes)
{
    const struct exchange_settings *exchange = &settings->exchange;
    if (exchange->is_shown_token && !target->has_subject_token)
        adapter_mistake(mistakes, TEXT("/exchange/subjectToken"), "this needs spec.handOver.subjectToken");
    if (!exchange->is_shown_token && !settings->assertion.is_signed_here &&
        target->assertion_audience.base == NULL)
        adapter_mistake(mistakes, TEXT("/exchange/subjectToken"),
                        "the gateway's assertion needs spec.handOver.assertionAudience");
    if (exchange->has_assertion_actor && target->assertion_audience.base == NULL)
        adapter_mistake(mistakes, TEXT("/exchange/actorToken"), "this needs spec.handOver.assertionAudience");
}

static enum adapter_outcome add_tokens(const struct grant_run *run, struct form *form)
{
    const struct exchange_settings *exchange = &run->settings->exchange;
    struct text subject_token = run->order->subject_token, type = run->order->subject_token_type, actor;
    if (!exchange->is_shown_token) {
        ADAPTER_TRY(assertion_of(run, &subject_token));
        type = TEXT(TYPE_JWT);
    }
    if (subject_token.base == NULL)
        return adapter_fail(run->call, "the order came without the subject token that the target hands over");
    form_add_secret(form, "subject_token", subject_token);
    form_add(form, "subject_token_type", said_or_else(exchange->subject_token_type, type));
    if (!exchange->has_assertion_actor)
        return ADAPTER_DONE;
    ADAPTER_TRY(assertion_of(run, &actor));
    form_add_secret(form, "actor_token", actor);
    form_add(form, "actor_token_type", said_or_else(exchange->actor_token_type, TEXT(TYPE_JWT)));
    return ADAPTER_DONE;
}

static enum adapter_outcome run_token_exchange(const struct grant_run *run, struct token *token)
{
    struct form form = grant_form(run, GRANT_TYPE_TOKEN_EXCHANGE);
    ADAPTER_TRY(add_tokens(run, &form));
    form_add(&form, "requested_token_type", run->settings->exchange.requested_token_type);
    const struct token_request request = {.form = &form};
    ADAPTER_TRY(token_request_token(run, &request, token));
    /* "REQUIRED" (section 2.2.1): a server that leaves it out has not understood what was asked. */
    if (token->issued_token_type.base == NULL)
        return adapter_misconfigured(run->call, NULL, "the other side's answer has no issued_token_type");
    return ADAPTER_DONE;
}

const struct grant grant_token_exchange = {
    .name = "token_exchange",
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_TOKEN_ENDPOINT | GRANT_NEEDS_CLIENT_ID,
    .check = check_token_exchange,
    .check_target = check_token_exchange_target,
    .run = run_token_exchange,
};

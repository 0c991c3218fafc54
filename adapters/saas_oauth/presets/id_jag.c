/* Cross-app access by an ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant): the identity provider turns
 * the person's ID Token into an assertion for the other application's authorization server (leg 1), which
 * redeems it for an access token (leg 2). The ID Token must be for the client that asks: the identity provider
 * gives it to nobody else. The settings are those of the application's server; options.provider is the identity
 * provider, where this client has another id. */
#include "base/outside_url.h"
#include "grant_steps.h"
#include "presets.h"

#define TYPE_ID_JAG   "urn:ietf:params:oauth:token-type:id-jag"
#define TYPE_ID_TOKEN "urn:ietf:params:oauth:token-type:id_token"

struct id_jag_options {
    struct text issuer, token_endpoint, client_id;
};

static void fill(struct adapter_settings *options, struct arena *arena, struct oauth_settings *settings)
{
    struct id_jag_options *read = ARENA_NEW(arena, struct id_jag_options);
    struct adapter_settings provider = adapter_setting_object(options, "provider", ADAPTER_OPTIONAL);
    read->issuer = adapter_setting_url(&provider, "issuer", ADAPTER_REQUIRED);
    read->token_endpoint = adapter_setting_url(&provider, "tokenEndpoint", ADAPTER_REQUIRED);
    read->client_id = adapter_setting_text(&provider, "clientId", ADAPTER_REQUIRED, OPTION_MAX);
    adapter_settings_end(&provider);
    settings->options = read;
}

static void check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    const struct id_jag_options *options = settings->options;
    if (options->token_endpoint.base == NULL)
        adapter_mistake(mistakes, TEXT("/options/provider"),
                        "expected the identity provider: issuer, tokenEndpoint and clientId");
    /* What proves this client there is for the issuer, and is sent to the endpoint: whoever could name another
     * host for it would have it. */
    else if (!text_equal_ignoring_case(outside_url_origin(options->token_endpoint),
                                       outside_url_origin(options->issuer)))
        adapter_mistake(mistakes, TEXT("/options/provider/tokenEndpoint"),
                        "expected a URL at the host of the issuer, which this client proves itself to");
    if (settings->issuer.base == NULL)
        adapter_mistake(mistakes, TEXT("/issuer"),
                        "expected the other authorization server's issuer, which the "
                        "assertion is for");
    if (settings->authentication != PRIVATE_KEY_JWT)
        adapter_mistake(mistakes, TEXT("/authentication"),
                        "expected private_key_jwt, by which this client is known at both servers: a secret "
                        "would be sent to either");
}

/* --- leg 1 --- */

static enum adapter_outcome check_audience(const struct grant_run *run)
{
    const struct id_jag_options *options = run->settings->options;
    if (!text_is(run->order->subject_token_type, TYPE_ID_TOKEN))
        return adapter_refuse(run->call, "The subject token must be an ID Token for this target.",
                              "the subject token is no ID Token, as an ID-JAG needs");
    if (preset_token_is_for(adapter_arena(run->call), run->order->subject_token, options->client_id))
        return ADAPTER_DONE;
    return adapter_refuse(
        run->call, "The ID Token's aud is not the client that asks for the ID-JAG at that identity provider.",
        "the ID Token is not for %.*s, this client at the identity provider",
        TEXT_ARGUMENTS(options->client_id));
}

/* This client as the identity provider knows it. */
static struct oauth_settings settings_there(const struct oauth_settings *settings)
{
    const struct id_jag_options *options = settings->options;
    struct oauth_settings there = *settings;
    there.token_endpoint = options->token_endpoint;
    there.issuer = options->issuer;
    there.client_id = options->client_id;
    return there;
}

static enum adapter_outcome get_assertion(const struct grant_run *run, struct text *assertion)
{
    const struct oauth_settings *settings = run->settings;
    const struct oauth_settings there = settings_there(settings);
    const struct grant_run at_provider = {run->call, run->order, &there, run->secrets};
    struct form form = form_in(adapter_arena(run->call));
    struct token made = {0};
    form_add(&form, "grant_type", TEXT(GRANT_TYPE_TOKEN_EXCHANGE));
    form_add(&form, "requested_token_type", TEXT(TYPE_ID_JAG));
    form_add(&form, "audience", settings->issuer);
    form_add(&form, "resource", settings->resource);
    form_add(&form, "scope",
             scopes_theirs(settings, adapter_arena(run->call), run->order->scopes, run->order->scope_count));
    form_add(&form, "subject_token_type", TEXT(TYPE_ID_TOKEN));
    form_add_secret(&form, "subject_token", run->order->subject_token);
    const struct token_request request = {.form = &form, .takes_any_token_type = true};
    ADAPTER_TRY(token_request_token(&at_provider, &request, &made));
    if (!text_is(made.issued_token_type, TYPE_ID_JAG))
        return adapter_misconfigured(run->call, NULL, "the identity provider's answer is no ID-JAG");
    /* One for another server would be worth something there. */
    if (!preset_token_is_for(adapter_arena(run->call), made.credential, settings->issuer))
        return adapter_misconfigured(run->call, "/issuer",
                                     "the identity provider's ID-JAG is not for the server it was asked for");
    *assertion = made.credential;
    return ADAPTER_DONE;
}

/* --- leg 2 --- */

static enum adapter_outcome run_id_jag(const struct grant_run *run, struct token *token)
{
    struct form form = form_in(adapter_arena(run->call));
    struct text assertion;
    ADAPTER_TRY(check_audience(run));
    ADAPTER_TRY(get_assertion(run, &assertion));
    form_add(&form, "grant_type", TEXT(GRANT_TYPE_JWT_BEARER));
    form_add_pairs(&form, &run->settings->parameters);
    form_add_secret(&form, "assertion", assertion);
    const struct token_request request = {.form = &form};
    return token_request_token(run, &request, token);
}

const struct grant preset_id_jag = {
    .name = "id-jag",
    .is_preset = true,
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_TOKEN_ENDPOINT | GRANT_NEEDS_CLIENT_ID | GRANT_NEEDS_SUBJECT_TOKEN,
    .fill = fill,
    .check = check,
    .run = run_id_jag,
};

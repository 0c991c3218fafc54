/* Microsoft Entra, on behalf of a user: the user's token, whose audience is our app, for one of an API behind
 * it. What a user has to agree to or to do (MFA, conditional access) they do where the first token came from;
 * no page of ours could. */
#include "grant_steps.h"
#include "presets.h"

struct entra_options {
    struct text tenant, authority;
    struct text app_id_uri; /* of the app; TEXT_NONE: api://CLIENT-ID */
};

static void fill(struct adapter_settings *options, struct arena *arena, struct oauth_settings *settings)
{
    struct entra_options *read = ARENA_NEW(arena, struct entra_options);
    read->tenant = adapter_setting_text(options, "tenant", ADAPTER_OPTIONAL, OPTION_MAX);
    read->authority = adapter_setting_url(options, "authority", ADAPTER_OPTIONAL);
    preset_default(&read->authority, "https://login.microsoftonline.com");
    read->app_id_uri = adapter_setting_text(options, "appIdUri", ADAPTER_OPTIONAL, OPTION_MAX);
    settings->options = read;
    if (settings->token_endpoint.base == NULL && read->tenant.base != NULL)
        settings->token_endpoint = arena_print(arena, "%.*s/%.*s/oauth2/v2.0/token",
                                               TEXT_ARGUMENTS(read->authority), TEXT_ARGUMENTS(read->tenant));
    if (!settings->has_authentication)
        settings->authentication = CLIENT_SECRET_POST;
}

static bool is_tenant(struct text tenant)
{
    /* Users of any tenant: whose token it is would be theirs to say. */
    return preset_is_made_of(tenant, LETTERS DIGITS "-.") && !text_is(tenant, "common") &&
           !text_is(tenant, "organizations") && !text_is(tenant, "consumers");
}

static void check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    const struct entra_options *options = settings->options;
    if (!is_tenant(options->tenant))
        adapter_mistake(mistakes, TEXT("/options/tenant"),
                        "expected the id or the domain of one tenant, not common, organizations or consumers");
    if (settings->authentication != CLIENT_SECRET_POST && settings->authentication != CLIENT_SECRET_BASIC)
        adapter_mistake(mistakes, TEXT("/authentication"),
                        "expected client_secret_post or client_secret_basic: Entra finds a certificate by a "
                        "thumbprint that client assertions made here do not have");
    if (settings->scope_count == 0 && settings->parameters.count == 0)
        adapter_mistake(mistakes, TEXT("/scopes"),
                        "expected at least one scope with Entra's name for it, such as "
                        "https://graph.microsoft.com/User.Read");
}

/* Entra answers AADSTS50013 or 500131 for another audience, which says little to who wrote the documents. */
static enum adapter_outcome check_audience(const struct grant_run *run)
{
    struct arena *arena = adapter_arena(run->call);
    const struct entra_options *options = run->settings->options;
    struct text client = run->settings->client_id, uri = options->app_id_uri;
    if (uri.base == NULL)
        uri = arena_print(arena, "api://%.*s", TEXT_ARGUMENTS(client));
    if (preset_token_is_for(arena, run->order->subject_token, client) ||
        preset_token_is_for(arena, run->order->subject_token, uri))
        return ADAPTER_DONE;
    return adapter_refuse(run->call,
                          "The subject token's audience is not the app that acts on behalf of the user.",
                          "the subject token is not for %.*s, as on-behalf-of needs", TEXT_ARGUMENTS(client));
}

/* Where the person has not consented the error is invalid_grant, and the suberror says so. */
static void find_error(const struct upstream_answer *answer, struct text *code, struct text *description)
{
    upstream_error_find(answer->json, code, description);
    if (text_is(*code, "invalid_grant") && text_is(json_text_of(answer->json, "suberror"), "consent_required"))
        *code = TEXT("consent_required");
}

static enum adapter_outcome run_entra(const struct grant_run *run, struct token *token)
{
    struct form form = grant_form(run, GRANT_TYPE_JWT_BEARER);
    ADAPTER_TRY(check_audience(run));
    form_add_secret(&form, "assertion", run->order->subject_token);
    form_add(&form, "requested_token_use", TEXT("on_behalf_of"));
    const struct token_request request = {.form = &form, .find_error = find_error};
    return token_request_token(run, &request, token);
}

const struct grant preset_entra_on_behalf_of = {
    .name = "entra-on-behalf-of",
    .is_preset = true,
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_CLIENT_ID | GRANT_NEEDS_SUBJECT_TOKEN,
    .fill = fill,
    .check = check,
    .run = run_entra,
};

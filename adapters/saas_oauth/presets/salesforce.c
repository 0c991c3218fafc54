/* Salesforce, OAuth 2.0 JWT bearer flow: an assertion of the connected app, signed with the key whose
 * certificate the app has, about the user. The answer says no end, which is the org's session timeout; scopes
 * are those that the app was approved for, and none can be asked for. */
#include "grant_steps.h"
#include "presets.h"

enum { ASSERTION_S = 180, ASSUMED_S = 900 };

static void fill(struct adapter_settings *options, struct arena *arena, struct oauth_settings *settings)
{
    struct text domain = adapter_setting_url(options, "domain", ADAPTER_OPTIONAL);
    struct text audience = adapter_setting_url(options, "audience", ADAPTER_OPTIONAL);
    preset_default(&audience, "https://login.salesforce.com");
    if (settings->token_endpoint.base == NULL && domain.base != NULL)
        settings->token_endpoint = arena_print(arena, "%.*s/services/oauth2/token", TEXT_ARGUMENTS(domain));
    if (settings->revocation_endpoint.base == NULL && domain.base != NULL)
        settings->revocation_endpoint =
            arena_print(arena, "%.*s/services/oauth2/revoke", TEXT_ARGUMENTS(domain));
    preset_default(&settings->algorithm, "RS256");
    settings->assertion.is_signed_here = true;
    settings->assertion.audience = audience;
    settings->assertion.lives_s = ASSERTION_S;
    settings->authentication = CLIENT_NONE;
    if (settings->assumed_lifetime_s == 0)
        settings->assumed_lifetime_s = ASSUMED_S;
}

static void check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    if (settings->token_endpoint.base == NULL)
        adapter_mistake(mistakes, TEXT("/options/domain"),
                        "expected the org's own host, such as https://acme.my.salesforce.com");
    if (!text_is(settings->algorithm, "RS256"))
        adapter_mistake(mistakes, TEXT("/algorithm"), "Salesforce takes RS256 alone");
    if (settings->scope_count != 0)
        adapter_mistake(mistakes, TEXT("/scopes"),
                        "this flow asks for no scopes: a token has those that the app was approved for");
}

static enum adapter_outcome run_salesforce(const struct grant_run *run, struct token *token)
{
    struct form form = form_in(adapter_arena(run->call));
    struct text assertion;
    ADAPTER_TRY(assertion_of(run, &assertion));
    form_add(&form, "grant_type", TEXT(GRANT_TYPE_JWT_BEARER));
    form_add_secret(&form, "assertion", assertion);
    const struct token_request request = {.form = &form, .is_unauthenticated = true};
    ADAPTER_TRY(token_request_token(run, &request, token));
    token->scope = TEXT_NONE; /* its own words for what was approved; nothing was asked for */
    return ADAPTER_DONE;
}

const struct grant preset_salesforce = {
    .name = "salesforce",
    .is_preset = true,
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_CLIENT_ID | GRANT_NEEDS_PRIVATE_KEY,
    .fill = fill,
    .check = check,
    .run = run_salesforce,
};

/* Box, server authentication with JWT: an assertion of the app, signed with one of its keys, for the
 * enterprise's service account or for one of its users; the client's secret goes with it. */
#include "grant_steps.h"
#include "presets.h"

enum { ASSERTION_S = 45 /* "must be less than 60 seconds" */ };

#define BOX "https://api.box.com/oauth2"

struct box_options {
    struct text enterprise; /* its id; TEXT_NONE: a user's token */
};

static void fill(struct adapter_settings *options, struct arena *arena, struct oauth_settings *settings)
{
    struct box_options *read = ARENA_NEW(arena, struct box_options);
    read->enterprise = adapter_setting_text(options, "enterprise", ADAPTER_OPTIONAL, 32);
    settings->options = read;
    if (settings->token_endpoint.base == NULL)
        preset_default(&settings->revocation_endpoint, BOX "/revoke");
    preset_default(&settings->token_endpoint, BOX "/token");
    preset_default(&settings->algorithm, "RS256");
    settings->authentication = CLIENT_SECRET_POST;
    settings->assertion.is_signed_here = true;
}

static void check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    if (!text_is(settings->algorithm, "RS256") && !text_is(settings->algorithm, "RS384") &&
        !text_is(settings->algorithm, "RS512"))
        adapter_mistake(mistakes, TEXT("/algorithm"), "Box takes RS256, RS384 or RS512");
    if (settings->key_id.base == NULL)
        adapter_mistake(mistakes, TEXT("/keyId"), "expected the id of the app's public key, as Box shows it");
}

static enum adapter_outcome sign(const struct grant_run *run, struct text *assertion)
{
    const struct box_options *options = run->settings->options;
    bool is_user = options->enterprise.base == NULL;
    const struct text claims[] = {TEXT("box_sub_type"), is_user ? TEXT("user") : TEXT("enterprise")};
    const struct adapter_assertion wanted = {
        .private_key = run->secrets.private_key,
        .algorithm = run->settings->algorithm,
        .key_id = run->settings->key_id,
        .issuer = run->settings->client_id,
        .subject = is_user ? run->order->subject.subject : options->enterprise,
        .audience = run->settings->token_endpoint,
        .claims = claims,
        .claim_count = 1,
        .lives_s = ASSERTION_S,
    };
    ADAPTER_TRY(need_private_key(run));
    return adapter_assertion_sign(run->call, &wanted, assertion);
}

static enum adapter_outcome run_box(const struct grant_run *run, struct token *token)
{
    struct form form = grant_form(run, GRANT_TYPE_JWT_BEARER);
    struct text assertion;
    ADAPTER_TRY(sign(run, &assertion));
    form_add_secret(&form, "assertion", assertion);
    const struct token_request request = {.form = &form};
    return token_request_token(run, &request, token);
}

const struct grant preset_box = {
    .name = "box",
    .is_preset = true,
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_CLIENT_ID | GRANT_NEEDS_PRIVATE_KEY,
    .fill = fill,
    .check = check,
    .run = run_box,
};

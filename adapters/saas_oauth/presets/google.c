/* Google Cloud without a key of Google's: workload identity federation trusts this gateway, STS exchanges the
 * gateway's assertion for a federated token (leg 1). With options.serviceAccount that token impersonates a
 * service account (leg 2, generateAccessToken). With options.delegate besides, the service account signs a JWT
 * for a person of the organisation (leg 2, signJwt), which domain-wide delegation turns into a token as that
 * person (leg 3). */
#include "base/clock.h"
#include "grant_steps.h"
#include "presets.h"
#include "json/json_writer.h"

enum { DELEGATED_S = 3600 };

#define CLOUD_SCOPE "https://www.googleapis.com/auth/cloud-platform"

struct google_options {
    struct text provider; /* of the pool: projects/…/providers/… */
    struct text service_account;
    bool is_delegated; /* domain-wide, to the subject */
    struct text credentials_api, delegated_endpoint;
    int64_t lifetime_s;
};

static void fill(struct adapter_settings *options, struct arena *arena, struct oauth_settings *settings)
{
    static const char *const delegates[] = {"none", "subject", NULL};
    struct google_options *read = ARENA_NEW(arena, struct google_options);
    read->provider = adapter_setting_text(options, "provider", ADAPTER_OPTIONAL, OPTION_MAX);
    read->service_account = adapter_setting_text(options, "serviceAccount", ADAPTER_OPTIONAL, 256);
    read->is_delegated =
        text_is(adapter_setting_choice(options, "delegate", ADAPTER_OPTIONAL, delegates), "subject");
    read->credentials_api = adapter_setting_url(options, "credentialsApi", ADAPTER_OPTIONAL);
    preset_default(&read->credentials_api, "https://iamcredentials.googleapis.com");
    read->delegated_endpoint = adapter_setting_url(options, "delegatedTokenEndpoint", ADAPTER_OPTIONAL);
    preset_default(&read->delegated_endpoint, "https://oauth2.googleapis.com/token");
    read->lifetime_s = adapter_setting_integer(options, "lifetimeSeconds", 300, 43200, 3600);
    settings->options = read;
    preset_default(&settings->token_endpoint, "https://sts.googleapis.com/v1/token");
    if (settings->audience.base == NULL)
        settings->audience = arena_print(arena, "//iam.googleapis.com/%.*s", TEXT_ARGUMENTS(read->provider));
    settings->authentication = CLIENT_NONE;
}

static bool is_account(struct text account)
{
    return preset_is_made_of(account, SMALL_LETTERS DIGITS "-.@") &&
           text_ends_with(account, TEXT(".gserviceaccount.com"));
}

static void check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    const struct google_options *options = settings->options;
    if (!text_starts_with(options->provider, TEXT("projects/")))
        adapter_mistake(
            mistakes, TEXT("/options/provider"),
            "expected projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER");
    if (options->service_account.base != NULL && !is_account(options->service_account))
        adapter_mistake(mistakes, TEXT("/options/serviceAccount"),
                        "expected the account's e-mail address, NAME@PROJECT.iam.gserviceaccount.com");
    if (options->is_delegated && options->service_account.base == NULL)
        adapter_mistake(mistakes, TEXT("/options/delegate"), "domain-wide delegation needs a serviceAccount");
}

static void check_target(const struct oauth_settings *settings, const struct adapter_target *target,
                         struct adapter_mistakes *mistakes)
{
    preset_check_assertion(settings, target, "RS256 ES256", mistakes);
}

static struct text wanted_scopes(const struct grant_run *run)
{
    const struct adapter_order *order = run->order;
    struct text scopes =
        scopes_theirs(run->settings, adapter_arena(run->call), order->scopes, order->scope_count);
    return scopes.length != 0 ? scopes : TEXT(CLOUD_SCOPE);
}

/* --- leg 1 --- */

/* Impersonation needs the cloud scope, whatever the credential in the end may do. */
static enum adapter_outcome federate(const struct grant_run *run, struct token *token)
{
    const struct google_options *options = run->settings->options;
    struct form form = form_in(adapter_arena(run->call));
    struct text assertion;
    ADAPTER_TRY(assertion_of(run, &assertion));
    form_add(&form, "grant_type", TEXT(GRANT_TYPE_TOKEN_EXCHANGE));
    form_add(&form, "audience", run->settings->audience);
    form_add(&form, "scope", options->service_account.base != NULL ? TEXT(CLOUD_SCOPE) : wanted_scopes(run));
    form_add(&form, "requested_token_type", TEXT(TYPE_ACCESS_TOKEN));
    form_add(&form, "subject_token_type", TEXT(TYPE_JWT));
    form_add_secret(&form, "subject_token", assertion);
    const struct token_request request = {.form = &form, .is_unauthenticated = true};
    return token_request_token(run, &request, token);
}

/* --- leg 2 --- */

static enum adapter_outcome ask_credentials(const struct grant_run *run, const struct token *federated,
                                            const char *method, struct text body,
                                            struct upstream_answer *answer)
{
    struct arena *arena = adapter_arena(run->call);
    const struct google_options *options = run->settings->options;
    const struct text header = preset_bearer(arena, federated->credential);
    const struct token_request request = {.url =
                                              arena_print(arena, "%.*s/v1/projects/-/serviceAccounts/%.*s:%s",
                                                          TEXT_ARGUMENTS(options->credentials_api),
                                                          TEXT_ARGUMENTS(options->service_account), method),
                                          .json = body,
                                          .headers = &header,
                                          .header_count = 1,
                                          .secret = federated->credential,
                                          .is_unauthenticated = true};
    return token_request_answer(run, &request, answer);
}

static enum adapter_outcome impersonate(const struct grant_run *run, const struct token *federated,
                                        struct token *token)
{
    struct arena *arena = adapter_arena(run->call);
    const struct google_options *options = run->settings->options;
    struct upstream_answer answer;
    struct buffer body = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&body);
    struct text scopes = wanted_scopes(run);
    json_begin_object(&writer);
    json_name(&writer, TEXT("scope"));
    json_begin_array(&writer);
    while (scopes.length != 0)
        json_write_text(&writer, text_cut(&scopes, ' '));
    json_end_array(&writer);
    json_member_text(&writer, "lifetime", arena_print(arena, "%llds", (long long)options->lifetime_s));
    json_end_object(&writer);
    ADAPTER_TRY(ask_credentials(run, federated, "generateAccessToken", buffer_text(&body), &answer));
    token->credential = json_text_of(answer.json, "accessToken");
    token->token_type = TEXT("Bearer");
    if (!is_token_text(token->credential) ||
        !adapter_timestamp(json_member(answer.json, TEXT("expireTime")), &token->expires_at_s))
        return adapter_misconfigured(run->call, NULL, "Google's answer has no accessToken with an expireTime");
    return ADAPTER_DONE;
}

/* --- legs 2 and 3: as a person of the organisation --- */

static struct text write_claims(const struct grant_run *run)
{
    struct arena *arena = adapter_arena(run->call);
    const struct google_options *options = run->settings->options;
    struct buffer claims = buffer_in(arena, 512);
    struct json_writer writer = json_writer_on(&claims);
    int64_t now_s = clock_wall_s();
    json_begin_object(&writer);
    json_member_text(&writer, "iss", options->service_account);
    json_member_text(&writer, "sub", run->order->subject.subject);
    json_member_text(&writer, "aud", options->delegated_endpoint);
    json_member_text(&writer, "scope", wanted_scopes(run));
    json_member_integer(&writer, "iat", now_s);
    json_member_integer(&writer, "exp", now_s + DELEGATED_S);
    json_end_object(&writer);
    return buffer_text(&claims);
}

/* "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the
 * scopes requested": the client is the service account, not settings.clientId. */
static enum adapter_outcome redeem(const struct grant_run *run, struct text signed_jwt, struct token *token)
{
    const struct google_options *options = run->settings->options;
    struct form form = form_in(adapter_arena(run->call));
    struct upstream_answer answer;
    form_add(&form, "grant_type", TEXT(GRANT_TYPE_JWT_BEARER));
    form_add_secret(&form, "assertion", signed_jwt);
    const struct token_request request = {
        .url = options->delegated_endpoint, .form = &form, .is_unauthenticated = true};
    ADAPTER_TRY(token_request_send(run, &request, &answer));
    if (text_is(answer.error.code, "unauthorized_client"))
        return adapter_misconfigured(run->call, "/options/delegate",
                                     "the Workspace's Admin console (Security, API controls, Domain-wide "
                                     "delegation) does not have the service account's client ID with the "
                                     "scopes that are asked for: \"%.*s\"",
                                     TEXT_ARGUMENTS(answer.error.description));
    ADAPTER_TRY(upstream_error_end(run->call, &answer.error, false));
    return token_read(run, answer.json, false, token);
}

static enum adapter_outcome delegate(const struct grant_run *run, const struct token *federated,
                                     struct token *token)
{
    struct upstream_answer answer;
    struct buffer body = buffer_in(adapter_arena(run->call), 512);
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "payload", write_claims(run)); /* JSON as a text */
    json_end_object(&writer);
    ADAPTER_TRY(ask_credentials(run, federated, "signJwt", buffer_text(&body), &answer));
    struct text signed_jwt = json_text_of(answer.json, "signedJwt");
    if (!is_token_text(signed_jwt))
        return adapter_misconfigured(run->call, NULL, "Google's answer has no signedJwt");
    return redeem(run, signed_jwt, token);
}

static enum adapter_outcome run_google(const struct grant_run *run, struct token *token)
{
    const struct google_options *options = run->settings->options;
    struct token federated = {0};
    if (options->service_account.base == NULL)
        return federate(run, token);
    ADAPTER_TRY(federate(run, &federated));
    return options->is_delegated ? delegate(run, &federated, token) : impersonate(run, &federated, token);
}

const struct grant preset_google = {
    .name = "google",
    .is_preset = true,
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_ASSERTION,
    .fill = fill,
    .check = check,
    .check_target = check_target,
    .run = run_google,
};

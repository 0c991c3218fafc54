/* GitHub App installation tokens: a JWT of the app, signed with its private key, for a token of one
 * installation, narrowed to repositories and permissions. A scope is a permission, "contents:read". An answer
 * says its end as a time, and the token is made worthless by itself. */
#include "grant_steps.h"
#include "presets.h"
#include "json/json_writer.h"

enum { APP_TOKEN_S = 540, REPOSITORIES_MAX = 500 };

/* GitHub refuses who does not say what it is. */
#define VERSION_HEADER "x-github-api-version: 2022-11-28"
#define AGENT_HEADER   "user-agent: dragoman"

struct github_options {
    struct text api, installation;
    const struct json_value *repositories; /* names; NULL: all of the installation */
};

static bool is_number(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.base[i] < '0' || text.base[i] > '9')
            return false;
    }
    return text.length != 0;
}

static void read_repositories(struct adapter_settings *options, struct github_options *read)
{
    const struct json_value *list = adapter_setting_value(options, "repositories");
    read->repositories = list;
    if (list == NULL)
        return;
    bool is_good = list->kind == JSON_ARRAY && list->count != 0 && list->count <= REPOSITORIES_MAX;
    for (const struct json_value *one = is_good ? list->first : NULL; one != NULL; one = one->next)
        is_good = is_good && json_is_string(one) && json_string(one).length != 0;
    if (!is_good)
        adapter_mistake(options->mistakes, adapter_setting_path(options, TEXT("repositories")),
                        "expected 1 to %d names of repositories, without their owner", REPOSITORIES_MAX);
}

static void fill(struct adapter_settings *options, struct arena *arena, struct oauth_settings *settings)
{
    struct github_options *read = ARENA_NEW(arena, struct github_options);
    read->api = adapter_setting_url(options, "api", ADAPTER_OPTIONAL);
    preset_default(&read->api, "https://api.github.com");
    read->installation = adapter_setting_text(options, "installation", ADAPTER_OPTIONAL, 20);
    read_repositories(options, read);
    settings->options = read;
    if (settings->token_endpoint.base == NULL)
        settings->token_endpoint = arena_print(arena, "%.*s/app/installations/%.*s/access_tokens",
                                               TEXT_ARGUMENTS(read->api), TEXT_ARGUMENTS(read->installation));
    preset_default(&settings->algorithm, "RS256");
    settings->assertion.is_signed_here = true;
    settings->authentication = CLIENT_NONE;
}

static void check(const struct oauth_settings *settings, const struct adapter_target *target,
                  struct adapter_mistakes *mistakes)
{
    const struct github_options *options = settings->options;
    (void)target;
    if (!is_number(options->installation))
        adapter_mistake(mistakes, TEXT("/options/installation"),
                        "expected the number of the app's installation: it is in the URL of its settings page");
    if (!text_is(settings->algorithm, "RS256"))
        adapter_mistake(mistakes, TEXT("/algorithm"), "GitHub takes RS256 alone");
}

/* "contents:read": the permission and how much of it. */
static enum adapter_outcome write_permissions(const struct grant_run *run, struct json_writer *writer)
{
    struct arena *arena = adapter_arena(run->call);
    const struct adapter_order *order = run->order;
    struct text scopes = scopes_theirs(run->settings, arena, order->scopes, order->scope_count);
    if (scopes.length == 0)
        return ADAPTER_DONE;
    json_name(writer, TEXT("permissions"));
    json_begin_object(writer);
    while (scopes.length != 0) {
        struct text level = text_cut(&scopes, ' '), name = text_cut(&level, ':');
        if (!text_is(level, "read") && !text_is(level, "write") && !text_is(level, "admin"))
            return adapter_misconfigured(run->call, "/scopes",
                                         "a scope is no permission of GitHub, such as contents:read");
        json_write_member(writer, name, level);
    }
    json_end_object(writer);
    return ADAPTER_DONE;
}

static enum adapter_outcome write_body(const struct grant_run *run, struct text *body)
{
    const struct github_options *options = run->settings->options;
    struct buffer out = buffer_in(adapter_arena(run->call), 256);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    ADAPTER_TRY(write_permissions(run, &writer));
    if (options->repositories != NULL) {
        json_name(&writer, TEXT("repositories"));
        json_write_value(&writer, options->repositories);
    }
    json_end_object(&writer);
    *body = buffer_text(&out);
    return ADAPTER_DONE;
}

/* The app names itself, and nobody else (GitHub: iss is the app's client id, iat and exp at most ten minutes).
 */
static enum adapter_outcome sign_app_token(const struct grant_run *run, struct text *token)
{
    const struct adapter_assertion assertion = {
        .private_key = run->secrets.private_key,
        .algorithm = run->settings->algorithm,
        .issuer = run->settings->client_id,
        .audience = run->settings->origin,
        .lives_s = APP_TOKEN_S,
    };
    if (run->secrets.private_key.base == NULL)
        return adapter_misconfigured(run->call, NULL,
                                     "the app's private key was not handed over, or for another team or host: "
                                     "dragoman connection add TARGET --name private_key");
    return adapter_assertion_sign(run->call, &assertion, token);
}

static enum adapter_outcome read_token(const struct grant_run *run, const struct json_value *json,
                                       struct token *token)
{
    token->credential = json_text_of(json, "token");
    if (!is_token_text(token->credential))
        return adapter_misconfigured(run->call, NULL, "GitHub's answer has no token");
    if (!adapter_timestamp(json_member(json, TEXT("expires_at")), &token->expires_at_s))
        return adapter_misconfigured(run->call, NULL, "GitHub's answer does not say when the token ends");
    token->token_type = TEXT("Bearer");
    return ADAPTER_DONE;
}

static enum adapter_outcome run_github(const struct grant_run *run, struct token *token)
{
    struct arena *arena = adapter_arena(run->call);
    struct text app_token, body;
    struct upstream_answer answer;
    ADAPTER_TRY(write_body(run, &body));
    ADAPTER_TRY(sign_app_token(run, &app_token));
    const struct text headers[] = {preset_bearer(arena, app_token), TEXT(VERSION_HEADER), TEXT(AGENT_HEADER)};
    const struct token_request request = {.json = body,
                                          .headers = headers,
                                          .header_count = sizeof(headers) / sizeof(*headers),
                                          .secret = app_token,
                                          .is_unauthenticated = true};
    ADAPTER_TRY(token_request_answer(run, &request, &answer));
    return read_token(run, answer.json, token);
}

/* With the token itself, which nobody else may end; one that is not known any more has ended. */
static enum adapter_outcome revoke(const struct grant_run *run, struct text token)
{
    struct arena *arena = adapter_arena(run->call);
    const struct github_options *options = run->settings->options;
    struct upstream_answer answer;
    const struct text headers[] = {preset_bearer(arena, token), TEXT(VERSION_HEADER), TEXT(AGENT_HEADER)};
    const struct token_request request = {
        .url = arena_print(arena, "%.*s/installation/token", TEXT_ARGUMENTS(options->api)),
        .method = TEXT("DELETE"),
        .headers = headers,
        .header_count = sizeof(headers) / sizeof(*headers),
        .secret = token,
        .is_unauthenticated = true};
    ADAPTER_TRY(token_request_send(run, &request, &answer));
    if (answer.error.status == 401 || answer.error.status == 404 || answer.error.kind == UPSTREAM_FINE)
        return ADAPTER_DONE;
    return upstream_error_end(run->call, &answer.error, false);
}

const struct grant preset_github_app = {
    .name = "github-app",
    .is_preset = true,
    .type = TYPE_ACCESS_TOKEN,
    .needs = GRANT_NEEDS_CLIENT_ID | GRANT_NEEDS_PRIVATE_KEY,
    .fill = fill,
    .check = check,
    .run = run_github,
    .revoke = revoke,
};

/* GitHub App installation tokens: a JWT of the app, signed with its private key, for a token of one
 * installation, narrowed to repositories and permissions. A scope is a permission, "contents:read". An answer
 * says its end as a time, and the token is made worthless by itself. */
#include "base/outside_url.h"
#include "grant_steps.h"
#include "presets.h"
#include "json/json_writer.h"

enum { APP_TOKEN_S = 540, APP_TOKEN_AGO_S = 60, REPOSITORIES_MAX = 500, SHOWN_MAX = 80 };

#define VERSION_HEADER "x-github-api-version: 2022-11-28"

struct github_options {
    struct text api, installation;
    const struct json_value *repositories; /* names; NULL: all of the installation */
};

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

/* --- permissions: "contents:read" is the permission and how much of it --- */

static int level_of(struct text level)
{
    return text_is(level, "read") ? 1 : text_is(level, "write") ? 2 : text_is(level, "admin") ? 3 : 0;
}

static bool is_permission(struct text scope)
{
    struct text level = scope, name = text_cut(&level, ':');
    return level_of(level) != 0 && preset_is_made_of(name, SMALL_LETTERS DIGITS "_");
}

static void check_scopes(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    for (size_t i = 0; i < settings->scope_count; i++) {
        struct text rest = settings->scopes[i].value;
        while (rest.length != 0) {
            struct text scope = text_cut(&rest, ' ');
            if (!is_permission(scope))
                adapter_mistake(mistakes, TEXT("/scopes"),
                                "\"%.*s\" is no permission of GitHub with its level (read, write or admin), "
                                "such as contents:read",
                                TEXT_ARGUMENTS(text_beginning(scope, SHOWN_MAX)));
        }
    }
}

/* --- settings --- */

static void check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    const struct github_options *options = settings->options;
    if (!preset_is_made_of(options->installation, DIGITS))
        adapter_mistake(mistakes, TEXT("/options/installation"),
                        "expected the number of the app's installation: it is in the URL of its settings page");
    if (!text_is(settings->algorithm, "RS256"))
        adapter_mistake(mistakes, TEXT("/algorithm"), "GitHub takes RS256 alone");
    check_scopes(settings, mistakes);
    if (!text_equal_ignoring_case(outside_url_origin(options->api), settings->origin))
        adapter_mistake(mistakes, TEXT("/options/api"),
                        "the token endpoint and the API, where tokens are revoked, are at one host");
}

/* --- what is asked for --- */

/* The highest that list has of this permission, since each includes those below; 0: none. */
static int level_in(struct text list, struct text permission)
{
    int highest = 0;
    while (list.length != 0) {
        struct text level = text_cut(&list, ' '), name = text_cut(&level, ':');
        if (text_equal(name, permission) && level_of(level) > highest)
            highest = level_of(level);
    }
    return highest;
}

/* Each permission once, at its highest. */
static enum adapter_outcome write_permissions(const struct grant_run *run, struct text wanted,
                                              struct json_writer *writer)
{
    json_name(writer, TEXT("permissions"));
    json_begin_object(writer);
    for (struct text rest = wanted; rest.length != 0;) {
        struct text before = {wanted.base, wanted.length - rest.length};
        struct text level = text_cut(&rest, ' '), name = text_cut(&level, ':');
        if (level_of(level) == 0) /* a scope of the target without words of its own in the settings */
            return adapter_misconfigured(run->call, "/scopes",
                                         "a scope is no permission of GitHub, such as contents:read");
        static const char *const levels[] = {"", "read", "write", "admin"};
        if (level_in(before, name) == 0)
            json_write_member(writer, name, text_of(levels[level_in(wanted, name)]));
    }
    json_end_object(writer);
    return ADAPTER_DONE;
}

/* GitHub grants what is asked for or says no; metadata:read it always adds. */
static enum adapter_outcome check_permissions(const struct grant_run *run, const struct json_value *granted,
                                              struct text wanted)
{
    const struct json_value *one = granted != NULL && granted->kind == JSON_OBJECT ? granted->first : NULL;
    for (; one != NULL; one = one->next) {
        int level = level_of(json_string(one));
        bool is_usual = text_is(one->name, "metadata") && level == 1;
        if (!is_usual && (level == 0 || level > level_in(wanted, one->name)))
            return adapter_misconfigured(run->call, "/scopes",
                                         "GitHub's token has permissions that were not asked for");
    }
    return ADAPTER_DONE;
}

static enum adapter_outcome write_body(const struct grant_run *run, struct text wanted, struct text *body)
{
    const struct github_options *options = run->settings->options;
    struct buffer out = buffer_in(adapter_arena(run->call), 256);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    ADAPTER_TRY(write_permissions(run, wanted, &writer));
    if (options->repositories != NULL) {
        json_name(&writer, TEXT("repositories"));
        json_write_value(&writer, options->repositories);
    }
    json_end_object(&writer);
    *body = buffer_text(&out);
    return ADAPTER_DONE;
}

/* The app names itself, and nobody else (GitHub: iss is the app's client id, iat a minute ago
 * because its clock may be behind, exp at most ten minutes later). */
static enum adapter_outcome sign_app_token(const struct grant_run *run, struct text *token)
{
    const struct adapter_assertion assertion = {
        .private_key = run->secrets.private_key,
        .algorithm = run->settings->algorithm,
        .issuer = run->settings->client_id,
        .audience = run->settings->origin,
        .lives_s = APP_TOKEN_S,
        .issued_ago_s = APP_TOKEN_AGO_S,
    };
    ADAPTER_TRY(need_private_key(run));
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

/* Its errors are sentences without a code. */
static enum adapter_outcome end_error(const struct grant_run *run, const struct upstream_error *error)
{
    struct text said = error->description;
    switch (error->status) {
    case 403: /* also how it says that there were too many requests */
        if (error->retry_after_s > 0)
            return adapter_unavailable(run->call, error->retry_after_s, "GitHub limits the rate: \"%.*s\"",
                                       TEXT_ARGUMENTS(said));
        break;
    case 404:
        return adapter_misconfigured(run->call, "/options/installation",
                                     "GitHub finds no such installation of this app: \"%.*s\"",
                                     TEXT_ARGUMENTS(said));
    case 422:
        return adapter_refuse(run->call,
                              "The app's installation does not have these permissions or repositories.",
                              "GitHub refuses the permissions or repositories: \"%.*s\"", TEXT_ARGUMENTS(said));
    default:
        break;
    }
    return upstream_error_end(run->call, error, false);
}

static enum adapter_outcome ask(const struct grant_run *run, struct text app_token, struct text body,
                                struct upstream_answer *answer)
{
    const struct text headers[] = {preset_bearer(adapter_arena(run->call), app_token), TEXT(VERSION_HEADER)};
    const struct token_request request = {.json = body,
                                          .headers = headers,
                                          .header_count = sizeof(headers) / sizeof(*headers),
                                          .secret = app_token,
                                          .is_unauthenticated = true};
    ADAPTER_TRY(token_request_send(run, &request, answer));
    return end_error(run, &answer->error);
}

/* With the token itself, which nobody else may end; one that is not known any more has ended. */
static enum adapter_outcome revoke(const struct grant_run *run, struct text token)
{
    struct arena *arena = adapter_arena(run->call);
    const struct github_options *options = run->settings->options;
    struct upstream_answer answer;
    const struct text headers[] = {preset_bearer(arena, token), TEXT(VERSION_HEADER)};
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

static enum adapter_outcome run_github(const struct grant_run *run, struct token *token)
{
    const struct adapter_order *order = run->order;
    struct text wanted =
        scopes_theirs(run->settings, adapter_arena(run->call), order->scopes, order->scope_count);
    struct text app_token, body;
    struct upstream_answer answer;
    if (wanted.length == 0)
        return adapter_refuse(run->call, "GitHub is asked for permissions by name: ask for at least one scope.",
                              "an order without scopes would be a token with all that the installation has");
    ADAPTER_TRY(write_body(run, wanted, &body));
    ADAPTER_TRY(sign_app_token(run, &app_token));
    ADAPTER_TRY(ask(run, app_token, body, &answer));
    ADAPTER_TRY(read_token(run, answer.json, token));
    const struct json_value *granted = json_member(answer.json, TEXT("permissions"));
    enum adapter_outcome outcome = check_permissions(run, granted, wanted);
    if (outcome == ADAPTER_DONE)
        return ADAPTER_DONE;
    if (revoke(run, token->credential) != ADAPTER_DONE)
        adapter_log(run->call, ADAPTER_LOG_WARNING, "a token that was not handed out could not be revoked");
    return check_permissions(run, granted, wanted); /* said anew */
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

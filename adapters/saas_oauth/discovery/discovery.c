/* At most six requests: one to the server, two for its metadata, three for the issuer's. Each is one of the
 * adapter's own, so behind its address guard, without redirects, and within the call's time. */
#include "discovery/discovery.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/outside_url.h"
#include "discovery/server_metadata.h"
#include "grant.h"
#include "grant_steps.h"
#include "json/json_writer.h"

enum { KEPT_S = 3600, SHOWN_MAX = 128 };

static const struct json_limits kept_limits = {.bytes = ADAPTER_STATE_VALUE_MAX, .depth = 2, .members = 32};

struct discovered {
    struct text resource, scope; /* scope: TEXT_NONE where neither the challenge nor the metadata say any */
    struct authorization_metadata authorization;
};

struct looking {
    struct adapter_call *call;
    const struct oauth_settings *settings;
    struct discovered found;
};

/* --- what is remembered --- */

/* By all that decides what is found. */
static struct text key_of(const struct looking *looking, const struct adapter_target *target)
{
    const struct oauth_settings *settings = looking->settings;
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    const struct text parts[] = {target->name, target->team, settings->discover.server, settings->issuer,
                                 settings->discover.takes_legacy ? TEXT("legacy") : TEXT("")};
    digest_parts(parts, sizeof(parts) / sizeof(*parts), digest);
    digest_hex(digest, hex);
    return arena_print(adapter_arena(looking->call), "discovered/%s", hex);
}

static void remember(const struct looking *looking, struct text key)
{
    const struct discovered *found = &looking->found;
    int64_t until_s = clock_wall_s() + KEPT_S;
    struct buffer out = buffer_in(adapter_arena(looking->call), 1024);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_integer(&writer, "until", until_s);
    json_member_text_if(&writer, "resource", found->resource);
    json_member_text_if(&writer, "scope", found->scope);
    json_member_text_if(&writer, "authorization", found->authorization.authorization_endpoint);
    json_member_text_if(&writer, "token", found->authorization.token_endpoint);
    json_member_text_if(&writer, "revocation", found->authorization.revocation_endpoint);
    json_member_boolean(&writer, "iss", found->authorization.names_itself);
    json_member_boolean(&writer, "s256", found->authorization.takes_s256);
    json_member_boolean(&writer, "offline", found->authorization.gives_offline);
    json_end_object(&writer);
    const struct adapter_state_change change = {
        .value = buffer_text(&out), .expected_version = -1, .expires_at_s = until_s};
    if (adapter_state_put(looking->call, key, &change) != ADAPTER_DONE)
        adapter_log(looking->call, ADAPTER_LOG_INFO, "what was looked up could not be remembered");
}

static bool recall(struct looking *looking, struct text key)
{
    struct adapter_state state;
    const struct json_value *object;
    if (adapter_state_get(looking->call, key, &state) != ADAPTER_DONE || state.value.base == NULL ||
        json_parse(adapter_arena(looking->call), state.value, &kept_limits, &object) != FAULT_NONE)
        return false;
    int64_t left_s = json_integer_of(object, "until") - clock_wall_s();
    if (left_s <= 0 || left_s > KEPT_S)
        return false;
    looking->found = (struct discovered){
        .resource = json_text_of(object, "resource"),
        .scope = json_text_of(object, "scope"),
        .authorization = {json_text_of(object, "authorization"), json_text_of(object, "token"),
                          json_text_of(object, "revocation"), json_is_true(json_member(object, TEXT("iss"))),
                          json_is_true(json_member(object, TEXT("s256"))),
                          json_is_true(json_member(object, TEXT("offline")))},
    };
    return true;
}

/* --- asking --- */

/* *document is TEXT_NONE where there is none: any status but 200, a redirect too, which nobody follows. */
static enum adapter_outcome get(const struct looking *looking, struct text url, struct text *document)
{
    static const struct text headers[] = {TEXT("accept: application/json")};
    const struct adapter_request request = {
        .method = TEXT("GET"), .url = url, .headers = headers, .header_count = 1};
    struct adapter_answer answer;
    *document = TEXT_NONE;
    ADAPTER_TRY(adapter_https(looking->call, &request, &answer));
    if (answer.status == 429 || answer.status >= 500)
        return adapter_unavailable(looking->call, answer.retry_after_s, "metadata at %.*s: status %d",
                                   TEXT_ARGUMENTS(text_beginning(url, SHOWN_MAX)), answer.status);
    if (answer.status == 200)
        *document = answer.body.base != NULL ? answer.body : TEXT("");
    return ADAPTER_DONE;
}

/* Without a token, so that it says what it wants. Any request will do; this one changes nothing anywhere. */
static enum adapter_outcome ask_server(const struct looking *looking, struct challenge_words *words)
{
    static const struct text headers[] = {TEXT("accept: application/json, text/event-stream"),
                                          TEXT("content-type: application/json")};
    const struct adapter_request request = {
        .method = TEXT("POST"),
        .url = looking->settings->discover.server,
        .headers = headers,
        .header_count = 2,
        .body = TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"),
        .wanted_header = TEXT("www-authenticate"),
    };
    struct adapter_answer answer;
    *words = (struct challenge_words){0};
    ADAPTER_TRY(adapter_https(looking->call, &request, &answer));
    if (answer.status == 401)
        *words = challenge_words_of(answer.header);
    return ADAPTER_DONE;
}

/* --- the server's metadata --- */

/* At the server itself or nowhere: a challenge may be somebody else's words in its answer. */
static enum adapter_outcome get_named(const struct looking *looking, struct text url, struct text *document)
{
    if (!adapter_url_is_usable(url) ||
        !text_equal_ignoring_case(outside_url_origin(url),
                                  outside_url_origin(looking->settings->discover.server)))
        return adapter_misconfigured(looking->call, "/discover/server",
                                     "the server's challenge names metadata at another host than its own");
    ADAPTER_TRY(get(looking, url, document));
    if (document->base == NULL)
        return adapter_misconfigured(looking->call, "/discover/server",
                                     "the server's challenge names metadata that are not there");
    return ADAPTER_DONE;
}

static enum adapter_outcome get_resource(const struct looking *looking, struct text named,
                                         struct text *document)
{
    struct arena *arena = adapter_arena(looking->call);
    struct text server = looking->settings->discover.server;
    if (named.base != NULL)
        return get_named(looking, named, document);
    struct text url = resource_metadata_url(arena, server, false),
                at_root = resource_metadata_url(arena, server, true);
    ADAPTER_TRY(get(looking, url, document));
    if (document->base != NULL || text_equal(url, at_root))
        return ADAPTER_DONE;
    return get(looking, at_root, document);
}

static enum adapter_outcome take_resource(struct looking *looking, struct text document)
{
    const struct oauth_settings *settings = looking->settings;
    struct resource_metadata metadata = {0};
    const char *problem =
        resource_metadata_read(adapter_arena(looking->call), document, settings->discover.server, &metadata);
    if (problem != NULL)
        return adapter_misconfigured(looking->call, "/discover/server", "the server's metadata %s", problem);
    if (settings->resource.base != NULL && !text_equal(settings->resource, metadata.resource))
        return adapter_misconfigured(looking->call, "/resource",
                                     "the server is the resource %.*s, which is not the one here",
                                     TEXT_ARGUMENTS(text_beginning(metadata.resource, SHOWN_MAX)));
    if (!array_has_text(metadata.issuers, settings->issuer)) {
        struct text first = json_string(metadata.issuers->first);
        return adapter_misconfigured(
            looking->call, "/issuer", "the server names another authorization server than settings allow: %.*s",
            TEXT_ARGUMENTS(text_is_printable(first) ? text_beginning(first, SHOWN_MAX) : TEXT("(no text)")));
    }
    looking->found.resource = metadata.resource;
    if (looking->found.scope.base == NULL)
        looking->found.scope = metadata.scope;
    return ADAPTER_DONE;
}

/* --- the authorization server's --- */

/* *is_there false: under none of the forms. The first that is there counts, and has to be right. */
static enum adapter_outcome get_authorization(struct looking *looking, size_t form_count, bool *is_there)
{
    struct arena *arena = adapter_arena(looking->call);
    struct text urls[AUTHORIZATION_METADATA_FORMS], document = TEXT_NONE;
    size_t count = authorization_metadata_urls(arena, looking->settings->issuer, urls);
    for (size_t i = 0; i < count && i < form_count && document.base == NULL; i++)
        ADAPTER_TRY(get(looking, urls[i], &document));
    *is_there = document.base != NULL;
    if (!*is_there)
        return ADAPTER_DONE;
    const char *problem =
        authorization_metadata_read(arena, document, looking->settings->issuer, &looking->found.authorization);
    if (problem != NULL)
        return adapter_misconfigured(looking->call, "/issuer", "the authorization server's metadata %s",
                                     problem);
    return ADAPTER_DONE;
}

/* MCP 2025-03-26: the server is its own authorization server, at its root, with metadata or without. */
static enum adapter_outcome find_legacy(struct looking *looking)
{
    struct arena *arena = adapter_arena(looking->call);
    struct text server = looking->settings->discover.server, origin = outside_url_origin(server);
    struct authorization_metadata *found = &looking->found.authorization;
    bool is_there;
    if (!looking->settings->discover.takes_legacy)
        return adapter_misconfigured(
            looking->call, "/discover",
            "the server has no metadata (RFC 9728); one of MCP 2025-03-26 needs legacyMetadata: true");
    if (!text_equal(looking->settings->issuer, origin))
        return adapter_misconfigured(looking->call, "/issuer",
                                     "a server without metadata is its own authorization server: %.*s",
                                     TEXT_ARGUMENTS(text_beginning(origin, SHOWN_MAX)));
    looking->found.resource = server;
    ADAPTER_TRY(get_authorization(looking, 1, &is_there));
    if (is_there)
        return ADAPTER_DONE;
    const struct text authorize[] = {origin, TEXT("/authorize")}, token[] = {origin, TEXT("/token")};
    *found = (struct authorization_metadata){.authorization_endpoint = arena_join(arena, authorize, 2),
                                             .token_endpoint = arena_join(arena, token, 2),
                                             .takes_s256 = true}; /* what that revision demands of all */
    return ADAPTER_DONE;
}

static enum adapter_outcome look(struct looking *looking)
{
    struct challenge_words words;
    struct text document;
    bool is_there;
    ADAPTER_TRY(ask_server(looking, &words));
    if (words.scope.length != 0 && !settings_is_scope_list(words.scope))
        return adapter_misconfigured(looking->call, "/discover/server",
                                     "the server's challenge has a scope that is no list of scopes");
    looking->found.scope = words.scope.length != 0 ? words.scope : TEXT_NONE;
    ADAPTER_TRY(get_resource(looking, words.metadata, &document));
    if (document.base == NULL)
        return find_legacy(looking);
    ADAPTER_TRY(take_resource(looking, document));
    ADAPTER_TRY(get_authorization(looking, AUTHORIZATION_METADATA_FORMS, &is_there));
    if (!is_there)
        return adapter_misconfigured(looking->call, "/issuer",
                                     "the authorization server has no metadata (RFC 8414)");
    return ADAPTER_DONE;
}

/* --- filling in --- */

static enum adapter_outcome check(const struct looking *looking)
{
    const struct authorization_metadata *found = &looking->found.authorization;
    const struct oauth_settings *settings = looking->settings;
    unsigned needs = settings->grant->needs;
    if (settings->token_endpoint.base == NULL && found->token_endpoint.base == NULL)
        return adapter_misconfigured(looking->call, "/issuer",
                                     "the authorization server has no token endpoint");
    if ((needs & GRANT_NEEDS_AUTHORIZATION_ENDPOINT) == 0)
        return ADAPTER_DONE;
    if (settings->authorization_endpoint.base == NULL && found->authorization_endpoint.base == NULL)
        return adapter_misconfigured(looking->call, "/issuer",
                                     "the authorization server has no authorization endpoint");
    /* A server that does not say so may ignore the challenge: a stolen code would do (RFC 9700 section 2.1.1).
     */
    if (!found->takes_s256)
        return adapter_misconfigured(looking->call, "/issuer",
                                     "the authorization server does not say that it knows PKCE with S256");
    return ADAPTER_DONE;
}

/* What settings say goes before what was found. */
static void fill(const struct looking *looking, struct oauth_settings *settings)
{
    const struct authorization_metadata *found = &looking->found.authorization;
    settings->token_endpoint = said_or_else(settings->token_endpoint, found->token_endpoint);
    settings->authorization_endpoint =
        said_or_else(settings->authorization_endpoint, found->authorization_endpoint);
    settings->revocation_endpoint = said_or_else(settings->revocation_endpoint, found->revocation_endpoint);
    settings->resource = said_or_else(settings->resource, looking->found.resource);
    if (!settings->connect.says_requires_issuer)
        settings->connect.requires_issuer = found->names_itself;
    if (settings->discover.takes_scopes)
        settings->discover.asks_for = said_or_else(looking->found.scope, TEXT(""));
    if (found->gives_offline) /* without which there may be no refresh token; of a connected account alone */
        settings->connect.scopes =
            scopes_union(adapter_arena(looking->call), said_or_else(settings->connect.scopes, TEXT("")),
                         TEXT("offline_access"));
}

enum adapter_outcome discovery_fill(struct adapter_call *call, const struct adapter_target *target,
                                    bool is_fresh, struct oauth_settings *settings)
{
    struct looking looking = {.call = call, .settings = settings};
    if (settings->discover.server.base == NULL)
        return ADAPTER_DONE;
    struct text key = key_of(&looking, target);
    if (is_fresh || !recall(&looking, key)) {
        looking.found = (struct discovered){0};
        ADAPTER_TRY(look(&looking));
        ADAPTER_TRY(check(&looking));
        remember(&looking, key);
    }
    ADAPTER_TRY(check(&looking)); /* what is remembered may be of another grant */
    fill(&looking, settings);
    return ADAPTER_DONE;
}

enum adapter_outcome discovery_fill_revocation(struct adapter_call *call, const struct adapter_target *target,
                                               struct oauth_settings *settings)
{
    struct looking looking = {.call = call, .settings = settings};
    bool is_there;
    if (settings->discover.server.base == NULL)
        return ADAPTER_DONE;
    if (!recall(&looking, key_of(&looking, target)))
        ADAPTER_TRY(get_authorization(&looking, AUTHORIZATION_METADATA_FORMS, &is_there));
    fill(&looking, settings);
    return ADAPTER_DONE;
}

/* Reads settings: what all grants have, then the preset's own, then what is missing. */
#include "settings.h"

#include <string.h>

#include "base/digest.h"
#include "base/outside_url.h"
#include "client_authentication.h"
#include "grant.h"
#include "json/json_writer.h"

enum { TEXT_MAX = 2048, NAME_MAX_BYTES = 128, ASSERTION_LIVES_S = 300, ASSERTION_LIVES_MAX_S = 3600 };
enum { ASSUMED_MAX_S = 24 * 3600 };

/* --- pairs --- */

/* What the adapter itself sends: settings say those by members of their own, or not at all. */
static bool is_reserved(struct text name)
{
    static const char *const reserved[] = {
        "grant_type",    "client_id",     "client_secret",        "client_assertion", "client_assertion_type",
        "code",          "code_verifier", "code_challenge",       "redirect_uri",     "code_challenge_method",
        "refresh_token", "assertion",     "subject_token",        "actor_token",      "subject_token_type",
        "scope",         "state",         "response_type",        "audience",         "actor_token_type",
        "resource",      "response_mode", "requested_token_type", "request",          "request_uri",
    };
    for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
        if (text_is(name, reserved[i]))
            return true;
    }
    return false;
}

static void read_pairs(struct adapter_settings *settings, const char *name,
                       bool (*is_refused)(struct text name), struct setting_pairs *pairs)
{
    struct adapter_settings object = adapter_setting_object(settings, name, ADAPTER_OPTIONAL);
    const struct json_value *member = object.object != NULL ? object.object->first : NULL;
    for (; member != NULL; member = member->next) {
        struct text value = json_string(member);
        const char *mistake = NULL;
        if (member->name.length == 0 || member->name.length > NAME_MAX_BYTES || is_refused(member->name))
            mistake = "the adapter sends this by itself, or it is no name";
        else if (value.length == 0 || value.length > TEXT_MAX || !text_is_printable(value))
            mistake = "expected 1 to 2048 bytes of printable text";
        else if (pairs->count == SETTINGS_PARAMETERS_MAX)
            mistake = "there are more than 16";
        if (mistake != NULL)
            adapter_mistake(settings->mistakes, adapter_setting_path(&object, member->name), "%s", mistake);
        else
            pairs->pairs[pairs->count++] = (struct setting_pair){member->name, value};
    }
}

/* --- scopes --- */

/* RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E, several parted by single spaces. */
bool settings_is_scope_list(struct text text)
{
    bool is_between = true;
    for (size_t i = 0; i < text.length; i++) {
        char character = text.base[i];
        if (character == ' ' ? is_between
                             : character < 0x21 || character > 0x7e || character == '"' || character == '\\')
            return false;
        is_between = character == ' ';
    }
    return text.length != 0 && !is_between && text.length <= TEXT_MAX;
}

static void read_scopes(struct adapter_settings *settings, struct oauth_settings *read)
{
    struct adapter_settings scopes = adapter_setting_object(settings, "scopes", ADAPTER_OPTIONAL);
    const struct json_value *member = scopes.object != NULL ? scopes.object->first : NULL;
    for (; member != NULL; member = member->next) {
        const char *mistake = NULL;
        if (!settings_is_scope_list(json_string(member)) || !settings_is_scope_list(member->name))
            mistake = "expected their scope, or several parted by single spaces";
        else if (read->scope_count == SETTINGS_SCOPES_MAX)
            mistake = "there are more than 64 scopes";
        if (mistake != NULL)
            adapter_mistake(settings->mistakes, adapter_setting_path(&scopes, member->name), "%s", mistake);
        else
            read->scopes[read->scope_count++] = (struct setting_pair){member->name, json_string(member)};
    }
}

/* --- parts --- */

static bool read_switch(struct adapter_settings *settings, const char *name, bool otherwise)
{
    const struct json_value *value = adapter_setting_value(settings, name);
    if (value == NULL)
        return otherwise;
    if (value->kind != JSON_BOOLEAN)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, text_of(name)),
                        "expected true or false");
    return value->boolean;
}

static void read_connect(struct adapter_settings *settings, struct oauth_settings *read)
{
    struct adapter_settings connect = adapter_setting_object(settings, "connect", ADAPTER_OPTIONAL);
    read->connect.scopes = adapter_setting_text(&connect, "scopes", ADAPTER_OPTIONAL, TEXT_MAX);
    if (read->connect.scopes.base != NULL && !settings_is_scope_list(read->connect.scopes))
        adapter_mistake(settings->mistakes, adapter_setting_path(&connect, TEXT("scopes")),
                        "expected scopes parted by single spaces");
    read_pairs(&connect, "parameters", is_reserved, &read->connect.parameters);
    read->connect.requires_issuer = read_switch(&connect, "requireIss", true);
    read->connect.says_requires_issuer = adapter_setting_value(&connect, "requireIss") != NULL;
    adapter_settings_end(&connect);
}

static void read_discover(struct adapter_settings *settings, struct discover_settings *read)
{
    static const char *const scopes[] = {"settings", "server", NULL};
    struct adapter_settings discover = adapter_setting_object(settings, "discover", ADAPTER_OPTIONAL);
    if (discover.object == NULL)
        return;
    read->server = adapter_setting_url(&discover, "server", ADAPTER_REQUIRED);
    if (read->server.base != NULL && memchr(read->server.base, '?', read->server.length) != NULL)
        adapter_mistake(settings->mistakes, adapter_setting_path(&discover, TEXT("server")),
                        "expected a URL without a query");
    read->takes_scopes =
        text_is(adapter_setting_choice(&discover, "scopes", ADAPTER_OPTIONAL, scopes), "server");
    read->takes_legacy = read_switch(&discover, "legacyMetadata", false);
    adapter_settings_end(&discover);
}

/* Claims that the gateway or this adapter decides on. */
static bool is_registered_claim(struct text name)
{
    static const char *const names[] = {"iss", "sub", "aud", "exp", "iat", "nbf", "jti"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (text_is(name, names[i]))
            return true;
    }
    return false;
}

static void read_assertion(struct adapter_settings *settings, struct assertion_settings *read)
{
    static const char *const choices[] = {"gateway", "key", NULL};
    struct adapter_settings assertion = adapter_setting_object(settings, "assertion", ADAPTER_OPTIONAL);
    read->is_signed_here =
        text_is(adapter_setting_choice(&assertion, "signedBy", ADAPTER_OPTIONAL, choices), "key");
    read->issuer = adapter_setting_text(&assertion, "issuer", ADAPTER_OPTIONAL, TEXT_MAX);
    read->subject = adapter_setting_text(&assertion, "subject", ADAPTER_OPTIONAL, TEXT_MAX);
    read->audience = adapter_setting_text(&assertion, "audience", ADAPTER_OPTIONAL, TEXT_MAX);
    read->type = adapter_setting_text(&assertion, "type", ADAPTER_OPTIONAL, NAME_MAX_BYTES);
    read->lives_s =
        adapter_setting_integer(&assertion, "lifetime", 1, ASSERTION_LIVES_MAX_S, ASSERTION_LIVES_S);
    read_pairs(&assertion, "claims", is_registered_claim, &read->claims);
    adapter_settings_end(&assertion);
}

static void read_exchange(struct adapter_settings *settings, struct exchange_settings *read)
{
    static const char *const subjects[] = {"assertion", "shown", NULL};
    static const char *const actors[] = {"assertion", "none", NULL};
    struct adapter_settings exchange = adapter_setting_object(settings, "exchange", ADAPTER_OPTIONAL);
    read->is_shown_token =
        text_is(adapter_setting_choice(&exchange, "subjectToken", ADAPTER_OPTIONAL, subjects), "shown");
    read->has_assertion_actor =
        text_is(adapter_setting_choice(&exchange, "actorToken", ADAPTER_OPTIONAL, actors), "assertion");
    read->subject_token_type = adapter_setting_text(&exchange, "subjectTokenType", ADAPTER_OPTIONAL, TEXT_MAX);
    read->actor_token_type = adapter_setting_text(&exchange, "actorTokenType", ADAPTER_OPTIONAL, TEXT_MAX);
    read->requested_token_type =
        adapter_setting_text(&exchange, "requestedTokenType", ADAPTER_OPTIONAL, TEXT_MAX);
    adapter_settings_end(&exchange);
}

static void read_authentication(struct adapter_settings *settings, struct oauth_settings *read)
{
    static const char *const algorithms[] = {"ES256", "ES384", "ES512", "RS256", "RS384", "RS512",
                                             "PS256", "PS384", "PS512", "EdDSA", NULL};
    static const char *const audiences[] = {"issuer", "tokenEndpoint", NULL};
    struct text way =
        adapter_setting_choice(settings, "authentication", ADAPTER_OPTIONAL, client_authentication_names);
    for (unsigned i = 0; i < CLIENT_AUTHENTICATION_COUNT; i++) {
        if (text_is(way, client_authentication_names[i])) {
            read->authentication = (enum client_authentication)i;
            read->has_authentication = true;
        }
    }
    read->has_endpoint_audience =
        text_is(adapter_setting_choice(settings, "clientAssertionAudience", ADAPTER_OPTIONAL, audiences),
                "tokenEndpoint");
    read->algorithm = adapter_setting_choice(settings, "algorithm", ADAPTER_OPTIONAL, algorithms);
    read->key_id = adapter_setting_text(settings, "keyId", ADAPTER_OPTIONAL, NAME_MAX_BYTES);
}

/* What was found, and what may have been meant. */
static void add_unknown_grant(struct adapter_mistakes *mistakes, struct text path, struct arena *arena,
                              struct text name, bool is_preset)
{
    struct text names = grant_names(arena, is_preset), nearest = grant_nearest(arena, name, is_preset);
    if (name.base == NULL)
        adapter_mistake(mistakes, path, "expected %.*s", TEXT_ARGUMENTS(names));
    else if (nearest.base != NULL)
        adapter_mistake(mistakes, path, "there is no %s \"%.*s\"; did you mean \"%.*s\"?",
                        is_preset ? "preset" : "grant", TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(nearest));
    else
        adapter_mistake(mistakes, path, "expected %.*s, and found \"%.*s\"", TEXT_ARGUMENTS(names),
                        TEXT_ARGUMENTS(name));
}

/* Which row of the table: one of the two is said. */
static void read_grant(struct adapter_settings *settings, struct arena *arena, struct oauth_settings *read)
{
    struct text grant = adapter_setting_text(settings, "grant", ADAPTER_OPTIONAL, NAME_MAX_BYTES);
    struct text preset = adapter_setting_text(settings, "preset", ADAPTER_OPTIONAL, NAME_MAX_BYTES);
    bool is_preset = preset.base != NULL;
    const char *name = is_preset ? "preset" : "grant";
    if (grant.base != NULL && is_preset)
        adapter_mistake(settings->mistakes, adapter_setting_path(settings, TEXT("preset")),
                        "a preset is a grant: say one of the two");
    read->grant = grant_find(is_preset ? preset : grant, is_preset);
    if (read->grant == NULL)
        add_unknown_grant(settings->mistakes, adapter_setting_path(settings, text_of(name)), arena,
                          is_preset ? preset : grant, is_preset);
}

/* --- the whole --- */

static void check_size(struct adapter_mistakes *mistakes, const struct json_value *object, struct arena *arena)
{
    struct buffer size = buffer_in(arena, 4096);
    struct json_writer writer = json_writer_on(&size);
    json_write_value(&writer, object);
    if (size.length > SETTINGS_BYTES_MAX)
        adapter_mistake(mistakes, TEXT(""), "the settings are larger than 32 KiB");
}

static void fill(struct adapter_settings *settings, struct arena *arena, struct oauth_settings *read)
{
    struct adapter_settings options = adapter_setting_object(settings, "options", ADAPTER_OPTIONAL);
    if (read->grant == NULL)
        return;
    if (read->grant->fill != NULL)
        read->grant->fill(&options, arena, read);
    adapter_settings_end(&options);
}

/* The issuer byte for byte, which may be one of several at a host: nobody else's metadata is to say where what
 * was handed over for this one is sent. */
static struct text binding_of(const struct oauth_settings *read, struct arena *arena)
{
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    struct text origin = outside_url_origin(read->token_endpoint);
    if (read->discover.server.base == NULL)
        return origin;
    digest_sha256(read->issuer, digest);
    digest_hex(digest, hex);
    return arena_print(arena, "%.*s issuer %s", TEXT_ARGUMENTS(origin), hex);
}

void settings_read(struct adapter_mistakes *mistakes, const struct json_value *object, struct arena *arena,
                   struct oauth_settings *read)
{
    static const char *const wider[] = {"refuse", "accept", NULL};
    struct adapter_settings settings = adapter_settings_of(mistakes, object);
    *read = (struct oauth_settings){0};
    check_size(mistakes, object, arena);
    read_grant(&settings, arena, read);
    read->token_endpoint = adapter_setting_url(&settings, "tokenEndpoint", ADAPTER_OPTIONAL);
    read->authorization_endpoint = adapter_setting_url(&settings, "authorizationEndpoint", ADAPTER_OPTIONAL);
    read->revocation_endpoint = adapter_setting_url(&settings, "revocationEndpoint", ADAPTER_OPTIONAL);
    read->issuer = adapter_setting_text(&settings, "issuer", ADAPTER_OPTIONAL, TEXT_MAX);
    read->client_id = adapter_setting_text(&settings, "clientId", ADAPTER_OPTIONAL, TEXT_MAX);
    read_authentication(&settings, read);
    read_scopes(&settings, read);
    read->audience = adapter_setting_text(&settings, "audience", ADAPTER_OPTIONAL, TEXT_MAX);
    read->resource = adapter_setting_text(&settings, "resource", ADAPTER_OPTIONAL, TEXT_MAX);
    read_pairs(&settings, "parameters", is_reserved, &read->parameters);
    read_connect(&settings, read);
    read_discover(&settings, &read->discover);
    read->revokes_access_tokens = read_switch(&settings, "revokeAccessTokens", true);
    read->takes_wider =
        text_is(adapter_setting_choice(&settings, "widerScopes", ADAPTER_OPTIONAL, wider), "accept");
    read->assumed_lifetime_s = adapter_setting_integer(&settings, "assumedLifetime", 1, ASSUMED_MAX_S, 0);
    read_assertion(&settings, &read->assertion);
    read_exchange(&settings, &read->exchange);
    fill(&settings, arena, read);
    adapter_settings_end(&settings);
    read->origin = binding_of(read, arena);
    grant_check(read, mistakes);
}

enum adapter_outcome settings_of(struct adapter_call *call, const struct json_value *object,
                                 struct oauth_settings *settings)
{
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(call);
    if (object == NULL)
        return adapter_misconfigured(call, NULL, "the target has no settings");
    settings_read(mistakes, object, adapter_arena(call), settings);
    return adapter_mistakes_end(call, mistakes);
}

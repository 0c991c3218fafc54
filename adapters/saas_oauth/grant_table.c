/* The rows, and what every row has in common: what has to be there. */
#include <string.h>

#include "base/buffer.h"
#include "base/nearest.h"
#include "base/outside_url.h"
#include "generic_grants.h"
#include "presets/presets.h"

static const struct grant *const table[] = {
    &grant_client_credentials,
    &grant_connected,
    &grant_jwt_bearer,
    &grant_token_exchange,
    &preset_github_app,
    &preset_entra_on_behalf_of,
    &preset_aws_sts,
    &preset_google,
    &preset_salesforce,
    &preset_box,
    &preset_id_jag,
};
enum { TABLE_COUNT = sizeof(table) / sizeof(*table) };

const struct grant *grant_find(struct text name, bool is_preset)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (table[i]->is_preset == is_preset && text_is(name, table[i]->name))
            return table[i];
    }
    return NULL;
}

struct text grant_names(struct arena *arena, bool is_preset)
{
    struct buffer out = buffer_in(arena, 256);
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (table[i]->is_preset == is_preset)
            buffer_print(&out, "%s%s", out.length == 0 ? "" : ", ", table[i]->name);
    }
    return out.length != 0 ? buffer_text(&out) : TEXT("nothing");
}

struct text grant_nearest(struct arena *arena, struct text name, bool is_preset)
{
    struct text names[TABLE_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (table[i]->is_preset == is_preset)
            names[count++] = text_of(table[i]->name);
    }
    return nearest_name(arena, name, names, count);
}

/* --- what has to be there --- */

static void need(struct adapter_mistakes *mistakes, bool is_needed, struct text value, const char *path,
                 const char *expected)
{
    if (is_needed && value.base == NULL)
        adapter_mistake(mistakes, text_of(path), "expected %s, and it is missing", expected);
}

bool grant_signs(const struct oauth_settings *settings)
{
    return settings->authentication == PRIVATE_KEY_JWT || settings->assertion.is_signed_here ||
           (settings->grant->needs & GRANT_NEEDS_PRIVATE_KEY) != 0;
}

static void check_members(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    unsigned needs = settings->grant->needs;
    bool are_told = settings->discover.server.base == NULL; /* and not looked up */
    need(mistakes, are_told && (needs & GRANT_NEEDS_TOKEN_ENDPOINT) != 0, settings->token_endpoint,
         "/tokenEndpoint", "an https URL");
    need(mistakes, are_told && (needs & GRANT_NEEDS_AUTHORIZATION_ENDPOINT) != 0,
         settings->authorization_endpoint, "/authorizationEndpoint", "an https URL");
    need(mistakes, (needs & GRANT_NEEDS_CLIENT_ID) != 0, settings->client_id, "/clientId", "a text");
    need(mistakes, grant_signs(settings), settings->algorithm, "/algorithm",
         "the algorithm of the key that is handed over");
    need(mistakes, settings->authentication == PRIVATE_KEY_JWT && !settings->has_endpoint_audience,
         settings->issuer, "/issuer", "the other side's issuer, which a client's assertion is for");
    /* Tokens and the client's secret are sent there, too. */
    if (settings->revocation_endpoint.base != NULL &&
        !text_equal_ignoring_case(outside_url_origin(settings->revocation_endpoint),
                                  outside_url_origin(settings->token_endpoint)))
        adapter_mistake(mistakes, TEXT("/revocationEndpoint"),
                        "the token endpoint and the revocation endpoint are at one host");
}

/* Who the authorization server is, is never learned from the server: one that was broken into would name its
 * own. */
static void check_discover(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    const struct text issuer = settings->issuer;
    if (settings->discover.server.base == NULL)
        return;
    need(mistakes, true, issuer, "/issuer", "the one authorization server that may be used");
    if (issuer.base != NULL &&
        (!adapter_url_is_usable(issuer) || memchr(issuer.base, '?', issuer.length) != NULL))
        adapter_mistake(mistakes, TEXT("/issuer"),
                        "expected an https URL without a query (RFC 8414 section 2)");
    if (settings->grant->is_preset)
        adapter_mistake(mistakes, TEXT("/discover"), "a preset knows where its vendor's endpoints are");
    if (settings->discover.takes_scopes && settings->scope_count != 0)
        adapter_mistake(mistakes, TEXT("/discover/scopes"), "settings name scopes: leave one of the two out");
}

/* What an order comes with is decided by the target's document, not by its settings: "" is the whole. */
static void check_target(const struct oauth_settings *settings, const struct adapter_target *target,
                         struct adapter_mistakes *mistakes)
{
    unsigned needs = settings->grant->needs;
    struct text whole = TEXT("");
    if ((needs & GRANT_NEEDS_CONNECTION) != 0 && !target->is_connected_by_people)
        adapter_mistake(mistakes, whole, "%s needs spec.connection: each subject connects an account",
                        settings->grant->name);
    if ((needs & GRANT_NEEDS_CONNECTION) == 0 && target->is_connected_by_people)
        adapter_mistake(mistakes, whole, "%s has nothing that people connect: leave spec.connection out",
                        settings->grant->name);
    if ((needs & GRANT_NEEDS_ASSERTION) != 0 && target->assertion_audience.base == NULL)
        adapter_mistake(mistakes, whole, "%s needs spec.handOver.assertionAudience", settings->grant->name);
    if ((needs & GRANT_NEEDS_SUBJECT_TOKEN) != 0 && !target->has_subject_token)
        adapter_mistake(mistakes, whole, "%s needs spec.handOver.subjectToken", settings->grant->name);
}

void grant_check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes)
{
    if (settings->grant == NULL)
        return; /* a mistake says so already */
    check_members(settings, mistakes);
    check_discover(settings, mistakes);
    if (settings->grant->check != NULL)
        settings->grant->check(settings, mistakes);
}

void grant_check_target(const struct oauth_settings *settings, const struct adapter_target *target,
                        struct adapter_mistakes *mistakes)
{
    if (settings->grant == NULL)
        return;
    check_target(settings, target, mistakes);
    if (settings->grant->check_target != NULL)
        settings->grant->check_target(settings, target, mistakes);
}

/* Reads strictly what is a document, and leniently what is a header: servers do not escape quotes in it. */
#include "discovery/server_metadata.h"

#include <string.h>

#include "base/buffer.h"
#include "base/outside_url.h"
#include "settings.h"

static const struct json_limits metadata_limits = {.bytes = METADATA_BYTES_MAX, .depth = 8, .members = 2048};

/* --- the challenge --- */

/* NAME="...", where something that is no part of a name stands before. A URL and a list of scopes have neither
 * quotes nor backslashes in them, so the next quote is their end. */
static struct text find_word(struct text values, struct text name)
{
    for (size_t i = 0; i + name.length <= values.length; i++) {
        struct text rest = {values.base + i, values.length - i};
        if (!text_starts_with(rest, name) || (i != 0 && strchr(", \t", values.base[i - 1]) == NULL))
            continue;
        struct text value = {rest.base + name.length, rest.length - name.length};
        size_t length = 0;
        while (length < value.length && value.base[length] != '"')
            length++;
        if (length < value.length)
            return (struct text){value.base, length};
    }
    return TEXT_NONE;
}

struct challenge_words challenge_words_of(struct text values)
{
    values = text_beginning(values, CHALLENGE_BYTES_MAX);
    return (struct challenge_words){find_word(values, TEXT("resource_metadata=\"")),
                                    find_word(values, TEXT("scope=\""))};
}

/* --- the resource --- */

static struct text path_of(struct text url)
{
    size_t origin = outside_url_origin(url).length;
    return (struct text){url.base + origin, url.length - origin};
}

static struct text without_slash(struct text path)
{
    return path.length != 0 && path.base[path.length - 1] == '/' ? text_beginning(path, path.length - 1) : path;
}

struct text resource_metadata_url(struct arena *arena, struct text server, bool at_root)
{
    struct text path = at_root ? TEXT("") : without_slash(path_of(server));
    const struct text parts[] = {outside_url_origin(server), TEXT("/.well-known/oauth-protected-resource"),
                                 path};
    return arena_join(arena, parts, 3);
}

bool resource_has(struct text resource, struct text server)
{
    struct text path = without_slash(path_of(resource)), below = path_of(server);
    return adapter_url_is_usable(resource) &&
           text_equal_ignoring_case(outside_url_origin(resource), outside_url_origin(server)) &&
           text_starts_with(below, path) && (below.length == path.length || below.base[path.length] == '/');
}

bool array_has_text(const struct json_value *array, struct text element)
{
    const struct json_value *each = array != NULL && array->kind == JSON_ARRAY ? array->first : NULL;
    for (; each != NULL; each = each->next) {
        if (json_is_string(each) && text_equal(json_string(each), element))
            return true;
    }
    return false;
}

/* An array of scopes as a list that is sent; false: it is none. */
static bool join_scopes(struct arena *arena, const struct json_value *array, struct text *scope)
{
    *scope = TEXT_NONE;
    if (array == NULL)
        return true;
    struct buffer out = buffer_in(arena, 256);
    const struct json_value *each = array->kind == JSON_ARRAY ? array->first : NULL;
    for (; each != NULL; each = each->next) {
        if (out.length != 0)
            buffer_append_byte(&out, ' ');
        buffer_append(&out, json_string(each));
    }
    if (out.length != 0)
        *scope = buffer_text(&out);
    return array->kind == JSON_ARRAY && (array->count == 0 || settings_is_scope_list(*scope));
}

static const char *parse(struct arena *arena, struct text document, const struct json_value **object)
{
    if (json_parse(arena, document, &metadata_limits, object) != FAULT_NONE || (*object)->kind != JSON_OBJECT)
        return "are no strict JSON object of at most 64 KiB";
    return NULL;
}

const char *resource_metadata_read(struct arena *arena, struct text document, struct text server,
                                   struct resource_metadata *metadata)
{
    const struct json_value *object;
    const char *problem = parse(arena, document, &object);
    if (problem != NULL)
        return problem;
    metadata->resource = json_text_of(object, "resource");
    metadata->issuers = json_member(object, TEXT("authorization_servers"));
    /* "If these values are not identical, the data MUST NOT be used" (section 3.3); clients of MCP take a
     * resource above the server, too. */
    if (metadata->resource.base == NULL || !resource_has(metadata->resource, server))
        return "are of another resource than the server";
    if (metadata->issuers == NULL || metadata->issuers->kind != JSON_ARRAY || metadata->issuers->count == 0)
        return "name no authorization server";
    if (!join_scopes(arena, json_member(object, TEXT("scopes_supported")), &metadata->scope))
        return "have scopes_supported that are no list of scopes";
    return NULL;
}

/* --- the authorization server --- */

/* RFC 8414 section 3.1 puts the issuer's path behind the well-known one, OpenID Connect Discovery section 4
 * before it; MCP has clients try both forms of both. */
size_t authorization_metadata_urls(struct arena *arena, struct text issuer,
                                   struct text urls[AUTHORIZATION_METADATA_FORMS])
{
    struct text origin = outside_url_origin(issuer), path = without_slash(path_of(issuer));
    const struct text inserted[] = {origin, TEXT("/.well-known/oauth-authorization-server"), path};
    const struct text inserted_openid[] = {origin, TEXT("/.well-known/openid-configuration"), path};
    const struct text appended[] = {origin, path, TEXT("/.well-known/openid-configuration")};
    urls[0] = arena_join(arena, inserted, 3);
    urls[1] = arena_join(arena, inserted_openid, 3);
    urls[2] = arena_join(arena, appended, 3);
    return path.length == 0 ? 2 : 3;
}

/* Nothing of what is sent there becomes less safe than the issuer itself. */
static bool is_endpoint(const struct json_value *object, const char *name, struct text issuer,
                        struct text *endpoint)
{
    const struct json_value *member = json_member(object, text_of(name));
    *endpoint = json_string(member);
    if (member == NULL)
        return true;
    return adapter_url_is_usable(*endpoint) &&
           (text_starts_with(*endpoint, TEXT("https://")) || text_starts_with(issuer, TEXT("http://")));
}

const char *authorization_metadata_read(struct arena *arena, struct text document, struct text issuer,
                                        struct authorization_metadata *metadata)
{
    const struct json_value *object;
    const char *problem = parse(arena, document, &object);
    if (problem != NULL)
        return problem;
    if (!text_equal(json_text_of(object, "issuer"), issuer)) /* byte for byte: RFC 8414 section 3.3 */
        return "are of another issuer";
    if (!is_endpoint(object, "authorization_endpoint", issuer, &metadata->authorization_endpoint) ||
        !is_endpoint(object, "token_endpoint", issuer, &metadata->token_endpoint) ||
        !is_endpoint(object, "revocation_endpoint", issuer, &metadata->revocation_endpoint))
        return "name an endpoint that is no https URL";
    metadata->names_itself =
        json_is_true(json_member(object, TEXT("authorization_response_iss_parameter_supported")));
    metadata->takes_s256 =
        array_has_text(json_member(object, TEXT("code_challenge_methods_supported")), TEXT("S256"));
    metadata->gives_offline =
        array_has_text(json_member(object, TEXT("scopes_supported")), TEXT("offline_access"));
    return NULL;
}

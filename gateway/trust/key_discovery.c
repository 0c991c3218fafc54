/* Metadata reading. Nothing is inferred: the issuer must name itself byte for byte, so that a document served
 * for one path can never speak for another. */
#include "key_discovery.h"

#include <string.h>

#include "json/json_value.h"

static struct text without_last_slash(struct text url)
{
    if (url.length != 0 && url.base[url.length - 1] == '/')
        url.length--;
    return url;
}

/* Where the path begins, or the end. */
static size_t authority_end(struct text url)
{
    const char *scheme_end = memmem(url.base, url.length, "://", 3);
    size_t start = scheme_end == NULL ? 0 : (size_t)(scheme_end - url.base) + 3;
    const char *slash = memchr(url.base + start, '/', url.length - start);
    return slash == NULL ? url.length : (size_t)(slash - url.base);
}

struct text key_discovery_url(struct arena *arena, struct text issuer, enum key_discovery_place place)
{
    struct text url = without_last_slash(issuer);
    if (place == KEY_DISCOVERY_OPENID)
        return arena_print(arena, "%.*s/.well-known/openid-configuration", TEXT_ARGUMENTS(url));
    size_t end = authority_end(url);
    struct text path = {url.base + end, url.length - end};
    return arena_print(arena, "%.*s/.well-known/oauth-authorization-server%.*s", (int)end, url.base,
                       TEXT_ARGUMENTS(path));
}

static bool may_be_fetched(struct text uri, struct text issuer)
{
    if (!text_is_absolute_uri(uri))
        return false;
    return text_starts_with(uri, TEXT("https://")) ||
           (text_starts_with(uri, TEXT("http://")) && text_starts_with(issuer, TEXT("http://")));
}

enum fault key_discovery_read(struct arena *arena, struct text document, struct text issuer,
                              struct text *jwks_uri, const char **problem)
{
    const struct json_value *metadata;
    *problem = "the metadata is not strict JSON";
    TRY(json_parse(arena, document, &json_limits_document, &metadata) == FAULT_NONE ? FAULT_NONE
                                                                                    : FAULT_OUTBOUND_FAILED);
    const struct json_value *name = json_member(metadata, TEXT("issuer"));
    *problem = "the metadata's issuer is not the configured one (RFC 8414 section 3.3)";
    if (!json_is_string(name) || !text_equal(json_string(name), issuer))
        return FAULT_OUTBOUND_FAILED;
    *jwks_uri = json_text_of(metadata, "jwks_uri");
    *problem = "the metadata has no https jwks_uri";
    return may_be_fetched(*jwks_uri, issuer) ? FAULT_NONE : FAULT_OUTBOUND_FAILED;
}

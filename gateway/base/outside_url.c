/* See outside_url.h. Called by the adapter host and the conformance kit for where people are sent, and by the
 * SDK and adapters for settings. It asks nobody what a name's address is. */
#include "base/outside_url.h"

#include <string.h>

/* What stands between the scheme and the path; TEXT_NONE for another scheme. */
static struct text authority_of(struct text url, bool *is_https)
{
    struct text scheme = TEXT("https://");
    *is_https = text_starts_with(url, scheme);
    if (!*is_https)
        scheme = TEXT("http://");
    if (!text_starts_with(url, scheme))
        return TEXT_NONE;
    struct text rest = {url.base + scheme.length, url.length - scheme.length};
    size_t length = 0;
    while (length < rest.length && strchr("/?#", rest.base[length]) == NULL)
        length++;
    return (struct text){rest.base, length};
}

static bool is_loopback(struct text authority)
{
    struct text host = authority;
    if (text_starts_with(host, TEXT("[::1]")))
        return host.length == 5 || host.base[5] == ':';
    host = text_cut(&authority, ':');
    return text_is(host, "127.0.0.1") || text_is(host, "localhost");
}

bool outside_url_is_usable(struct text url)
{
    bool is_https;
    struct text authority = authority_of(url, &is_https);
    return text_is_absolute_uri(url) && authority.length != 0 && authority.base[0] != ':' &&
           memchr(authority.base, '@', authority.length) == NULL && memchr(url.base, '#', url.length) == NULL &&
           (is_https || is_loopback(authority));
}

struct text outside_url_origin(struct text url)
{
    size_t slashes = 0, length = 0;
    while (length < url.length && strchr("?#", url.base[length]) == NULL &&
           !(url.base[length] == '/' && ++slashes == 3))
        length++;
    return (struct text){url.base, length};
}

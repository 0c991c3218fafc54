/* Reads what proxies say of the call they ask about. One way of saying it at a time: a client that adds the
 * headers of another proxy to its call must not choose what is decided about. */
#include "forward_auth_call.h"

#include <string.h>

#include "relay/call_path.h"

struct said {
    struct text method, request_target, host;
    bool is_said, is_doubled;
};

static struct text take(const struct shown_headers *headers, const char *name, struct said *said)
{
    struct text value = headers->find(headers->context, name, 0);
    said->is_said |= value.length != 0;
    said->is_doubled |= headers->find(headers->context, name, 1).length != 0;
    return value;
}

static bool is_scheme(struct text scheme)
{
    return text_equal_ignoring_case(scheme, TEXT("https")) || text_equal_ignoring_case(scheme, TEXT("http"));
}

/* "https://host/path?query", as ingress controllers have it. What stands before "://" is the scheme or it is no
 * such URL: of a path, the client may have written a "://" into the query, and a path of its choice behind it.
 */
static void split_url(struct text url, struct said *said)
{
    const char *mark = url.length == 0 ? NULL : memmem(url.base, url.length, "://", 3);
    if (mark == NULL || !is_scheme((struct text){url.base, (size_t)(mark - url.base)}))
        return;
    const char *authority = mark + 3, *end = url.base + url.length;
    const char *slash = memchr(authority, '/', (size_t)(end - authority));
    if (slash == NULL)
        return;
    said->host = (struct text){authority, (size_t)(slash - authority)};
    said->request_target = (struct text){slash, (size_t)(end - slash)};
}

static struct said read_original(const struct shown_headers *headers)
{
    struct said said = {0};
    said.method = take(headers, "x-original-method", &said);
    said.request_target = take(headers, "x-original-uri", &said);
    struct text url = take(headers, "x-original-url", &said);
    said.is_doubled |= url.length != 0 && said.request_target.length != 0;
    if (url.length != 0)
        split_url(url, &said);
    return said;
}

/* The host is what the client said, whoever forwards it: it decides nothing but what policies make of it. */
static struct said read_forwarded(const struct shown_headers *headers)
{
    struct said said = {0};
    said.method = take(headers, "x-forwarded-method", &said);
    said.request_target = take(headers, "x-forwarded-uri", &said);
    return said;
}

/* What follows the target's name, with its slash; without a query, which decides nothing. */
static struct said read_appended(struct text rest, struct text own_method)
{
    const char *slash = rest.length == 0 ? NULL : memchr(rest.base, '/', rest.length);
    if (slash == NULL)
        return (struct said){0};
    return (struct said){.method = own_method,
                         .request_target = {slash, (size_t)(rest.base + rest.length - slash)},
                         .is_said = true};
}

static bool is_host(struct text host)
{
    enum { HOST_MAX = 300 };
    for (size_t i = 0; i < host.length; i++)
        if (host.base[i] <= ' ' || host.base[i] > '~' || strchr("\"\\@,/?#", host.base[i]) != NULL)
            return false;
    return host.length <= HOST_MAX;
}

void forward_auth_describe(struct text rest, struct text own_method, const struct shown_headers *headers,
                           struct described_call *described)
{
    const struct said ways[] = {read_original(headers), read_forwarded(headers),
                                read_appended(rest, own_method)};
    struct said said = {0};
    unsigned count = 0;
    bool is_doubled = false;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        count += ways[i].is_said;
        is_doubled |= ways[i].is_doubled;
        if (ways[i].is_said)
            said = ways[i];
    }
    struct said forwarded = {0};
    if (said.host.length == 0)
        said.host = take(headers, "x-forwarded-host", &forwarded);
    *described = (struct described_call){.target_name = text_cut(&rest, '/'),
                                         .method = said.method,
                                         .request_target = said.request_target,
                                         .host = said.host.length == 0 ? TEXT_NONE : said.host};
    if (count != 1 || is_doubled || forwarded.is_doubled || !call_method_is_plain(said.method) ||
        said.request_target.length == 0 || !is_host(said.host))
        described->fault = FAULT_CALL_UNDESCRIBED;
}

/* Cookies, challenges and whatever names the upstream's own affairs stay behind. */
#include "upstream_answer.h"

#include <string.h>

#include "config/text_list.h"
#include "relay/call_path.h"

static const char *const let_through[] = {
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-disposition",
    "content-range",
    "accept-ranges",
    "cache-control",
    "etag",
    "last-modified",
    "expires",
    "vary",
    "date",
    "age",
    "link",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "request-id",
    "x-request-id",
    "x-github-request-id",
    "allow",
    "deprecation",
    "sunset",
    "warning",
};
static const char *const let_through_prefixes[] = {"x-ratelimit-", "ratelimit", "openai-", "anthropic-"};

/* A challenge is for us: it is a proof of the credential that was put in, or asks for one that only we have. */
static bool is_ours(struct text name)
{
    return text_is(name, "www-authenticate") || text_is(name, "authentication-info") ||
           text_starts_with(name, TEXT("proxy-authenticat"));
}

static bool is_let_through(const struct egress_document *egress, struct text name)
{
    if (is_ours(name))
        return false;
    for (size_t i = 0; i < sizeof(let_through) / sizeof(let_through[0]); i++)
        if (text_is(name, let_through[i]))
            return true;
    for (size_t i = 0; i < sizeof(let_through_prefixes) / sizeof(let_through_prefixes[0]); i++)
        if (text_starts_with(name, text_of(let_through_prefixes[i])))
            return true;
    return text_list_has(&egress->answer_headers, name);
}

static bool repeats(struct text value, struct text credential)
{
    return credential.length != 0 && value.length >= credential.length &&
           memmem(value.base, value.length, credential.base, credential.length) != NULL;
}

/* One that leads elsewhere would take the caller past us, without a credential: it is left out. */
static struct text translate_location(struct arena *arena, struct text upstream, struct text path,
                                      struct text location)
{
    while (text_ends_with(upstream, TEXT("/")))
        upstream.length--;
    if (!text_starts_with(location, upstream))
        return TEXT_NONE;
    struct text rest = {location.base + upstream.length, location.length - upstream.length};
    if (rest.length != 0 && rest.base[0] != '/' && rest.base[0] != '?')
        return TEXT_NONE;
    /* Nor does one that leads up: the caller would show its credential at another target, or to us. */
    struct text decoded;
    if (rest.length != 0 && rest.base[0] == '/' && !call_path_read(arena, rest, &decoded))
        return TEXT_NONE;
    return arena_print(arena, "%.*s%.*s", TEXT_ARGUMENTS(path), TEXT_ARGUMENTS(rest));
}

void upstream_answer_filter(struct arena *arena, const struct egress_document *egress, struct text path,
                            struct text credential, const struct http_stream_header *headers, size_t count,
                            struct response *answer)
{
    struct response_header *kept = ARENA_ARRAY(arena, struct response_header, count + 1);
    answer->headers = kept;
    for (size_t i = 0; i < count; i++) {
        struct text name = headers[i].name, value = headers[i].value;
        if (text_is(name, "location"))
            value = translate_location(arena, egress->upstream, path, value);
        else if (!is_let_through(egress, name))
            continue;
        if (value.base == NULL || repeats(value, credential))
            continue;
        if (text_is(name, "content-type"))
            answer->content_type = value;
        else
            kept[answer->header_count++] = (struct response_header){arena_copy(arena, name).base, value};
    }
}

/* See redirect_uri.h. */
#include "code/redirect_uri.h"

#include <string.h>

#include "base/buffer.h"
#include "base/outside_url.h"
#include "base/percent.h"

/* scheme://host[:port]rest, as far as they are there. */
struct parts {
    bool is_plain; /* http */
    struct text host, port, rest;
};

static bool is_port(struct text port)
{
    int64_t number;
    return port.length <= 5 && text_to_int64(port, &number) && number > 0 && number <= 65535;
}

static struct text cut_host(struct text *authority)
{
    if (!text_starts_with(*authority, TEXT("[")))
        return text_cut(authority, ':');
    struct text rest = *authority, host = text_cut(&rest, ']');
    host.length += rest.base != NULL; /* the bracket */
    *authority = rest.base != NULL && rest.length != 0 && rest.base[0] == ':'
                     ? (struct text){rest.base + 1, rest.length - 1}
                     : (struct text){NULL, rest.length};
    return host;
}

/* As browsers read it, which decode what is percent-encoded there: people are shown the host, and are to be
 * sent to the one that they saw. */
static bool is_host(struct text host)
{
    bool is_address = text_starts_with(host, TEXT("["));
    for (size_t i = 0; i < host.length; i++) {
        char byte = host.base[i];
        bool is_name = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_';
        if (!is_name && !(is_address && (byte == '[' || byte == ']' || byte == ':')))
            return false;
    }
    return host.length != 0;
}

/* false for what cannot be a redirect URI at all. */
static bool split(struct text uri, struct parts *parts)
{
    struct text plain = TEXT("http://"), secure = TEXT("https://");
    parts->is_plain = text_starts_with(uri, plain);
    size_t scheme = parts->is_plain ? plain.length : secure.length;
    if (!parts->is_plain && !text_starts_with(uri, secure))
        return false;
    size_t end = scheme;
    while (end < uri.length && strchr("/?", uri.base[end]) == NULL)
        end++;
    struct text authority = {uri.base + scheme, end - scheme};
    parts->host = cut_host(&authority);
    parts->port = authority;
    parts->rest = (struct text){uri.base + end, uri.length - end};
    bool is_bracket_open = authority.base == NULL && authority.length != 0;
    return is_host(parts->host) && !is_bracket_open && (authority.base == NULL || is_port(authority));
}

static bool is_loopback(const struct parts *parts)
{
    return parts->is_plain && (text_is(parts->host, "127.0.0.1") || text_is(parts->host, "[::1]") ||
                               text_is(parts->host, "localhost"));
}

bool redirect_uri_is_acceptable(struct text uri)
{
    struct parts parts;
    return uri.length <= REDIRECT_URI_BYTES_MAX && outside_url_is_usable(uri) && split(uri, &parts) &&
           (!parts.is_plain || is_loopback(&parts)) && memchr(uri.base, '\\', uri.length) == NULL;
}

bool redirect_uri_is_loopback(struct text uri)
{
    struct parts parts;
    return split(uri, &parts) && is_loopback(&parts);
}

bool redirect_uri_matches(struct text registered, struct text asked)
{
    struct parts known, given;
    if (!redirect_uri_is_acceptable(asked))
        return false;
    if (text_equal(registered, asked))
        return true;
    return split(registered, &known) && split(asked, &given) && is_loopback(&known) && is_loopback(&given) &&
           text_equal(known.host, given.host) && text_equal(known.rest, given.rest);
}

struct text redirect_uri_host(struct text uri)
{
    struct text origin = outside_url_origin(uri), rest = origin;
    text_cut(&rest, '/');
    text_cut(&rest, '/');
    return rest.length != 0 ? rest : origin;
}

static void add(struct buffer *out, const char *name, struct text value)
{
    if (value.base == NULL)
        return;
    if (out->length != 0)
        buffer_append_byte(out, '&');
    buffer_append(out, text_of(name));
    buffer_append_byte(out, '=');
    percent_encode(out, value);
}

struct text redirect_uri_with(struct arena *arena, struct text uri, const struct redirect_answer *answer)
{
    struct buffer query = buffer_in(arena, 512);
    add(&query, "code", answer->code);
    add(&query, "error", answer->error);
    add(&query, "error_description", answer->description);
    add(&query, "state", answer->state);
    add(&query, "iss", answer->issuer);
    /* One that is there is kept (RFC 6749 section 3.1.2). */
    bool has_query = memchr(uri.base, '?', uri.length) != NULL;
    const struct text parts[] = {uri, has_query ? TEXT("&") : TEXT("?"), buffer_text(&query)};
    return arena_join(arena, parts, 3);
}

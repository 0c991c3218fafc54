/* The table of headers that are not for settings to set. */
#include "base/header_name.h"

/* RFC 9110 sections 7.6.1 and 10.1.1, RFC 9112 section 6; proxy-authorization is for the next proxy. */
static const char *const framing[] = {
    "connection",          "content-length",   "expect", "host",    "http2-settings",    "keep-alive",
    "proxy-authorization", "proxy-connection", "te",     "trailer", "transfer-encoding", "upgrade",
};
/* These have a meaning that a credential is not: what the body is, and a list of which it would be one. */
static const char *const meant_otherwise[] = {"content-type", "cookie"};

static bool is_among(struct text name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal_ignoring_case(name, text_of(names[i])))
            return true;
    return false;
}

bool header_name_is_framing(struct text name)
{
    return is_among(name, framing, sizeof(framing) / sizeof(framing[0]));
}

bool header_name_takes_credential(struct text name)
{
    return name.length <= HEADER_NAME_BYTES_MAX && text_is_token(name) && !header_name_is_framing(name) &&
           !is_among(name, meant_otherwise, sizeof(meant_otherwise) / sizeof(meant_otherwise[0]));
}

/* Of one connection (RFC 9110 section 7.6.1), what says how the message is framed and whom it is for, what
 * shows who somebody is, what proxies say of a caller and only we may, and what makes another method of the one
 * that was decided about. */
static const char *const kept_back[] = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "host",
    "content-length",
    "expect",
    "authorization",
    "x-api-key",
    "api-key",
    "cookie",
    "proxy-authorization",
    "proxy-authenticate",
    "forwarded",
    "x-real-ip",
    "via",
    "x-goog-api-key",
    "dpop",
    "x-original-url",
    "x-rewrite-url",
    "alt-used",
    "x-forwarded",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
};
static const char *const kept_back_prefixes[] = {"x-forwarded-", "dragoman-", "x-original-", "proxy-"};

/* Many a server hands its program "x_api_key" as the same variable as "x-api-key" (RFC 3875 section 4.1.18). */
static char plain(char byte)
{
    return byte == '_' ? '-' : byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool begins_like(struct text name, struct text spelled)
{
    for (size_t i = 0; i < spelled.length; i++)
        if (i == name.length || plain(name.base[i]) != plain(spelled.base[i]))
            return false;
    return true;
}

bool header_name_is_like(struct text name, struct text other)
{
    return name.length == other.length && begins_like(name, other);
}

bool header_name_is_kept_back(struct text name)
{
    for (size_t i = 0; i < sizeof(kept_back) / sizeof(kept_back[0]); i++)
        if (header_name_is_like(name, text_of(kept_back[i])))
            return true;
    for (size_t i = 0; i < sizeof(kept_back_prefixes) / sizeof(kept_back_prefixes[0]); i++)
        if (begins_like(name, text_of(kept_back_prefixes[i])))
            return true;
    return name.length == 0 || name.base[0] == ':';
}

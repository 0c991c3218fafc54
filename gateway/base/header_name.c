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

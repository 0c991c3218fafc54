/* The token types of RFC 8693 section 3 and what came after it: their URIs, and the short names our documents
 * use for them. Which of them is accepted from whom is decided in token_profile.c. */
#include "token_type.h"

#define URI_PREFIX "urn:ietf:params:oauth:token-type:"

static const struct text uris[] = {
    [TOKEN_TYPE_ACCESS_TOKEN] = TEXT(URI_PREFIX "access_token"),
    [TOKEN_TYPE_ID_TOKEN] = TEXT(URI_PREFIX "id_token"),
    [TOKEN_TYPE_JWT] = TEXT(URI_PREFIX "jwt"),
    [TOKEN_TYPE_REFRESH_TOKEN] = TEXT(URI_PREFIX "refresh_token"),
    [TOKEN_TYPE_SAML1] = TEXT(URI_PREFIX "saml1"),
    [TOKEN_TYPE_SAML2] = TEXT(URI_PREFIX "saml2"),
    [TOKEN_TYPE_ID_JAG] = TEXT(URI_PREFIX "id-jag"),
    [TOKEN_TYPE_UNKNOWN] = TEXT_NONE,
};

enum token_type token_type_parse(struct text uri)
{
    if (uri.base == NULL)
        return TOKEN_TYPE_NONE;
    for (enum token_type type = TOKEN_TYPE_ACCESS_TOKEN; type < TOKEN_TYPE_UNKNOWN; type++)
        if (text_equal(uri, uris[type]))
            return type;
    return TOKEN_TYPE_UNKNOWN;
}

struct text token_type_uri(enum token_type type)
{
    return uris[type];
}

struct text token_type_name(enum token_type type)
{
    struct text uri = uris[type];
    size_t prefix = sizeof(URI_PREFIX) - 1;
    return uri.base == NULL ? TEXT_NONE : (struct text){uri.base + prefix, uri.length - prefix};
}

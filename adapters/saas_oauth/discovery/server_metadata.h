/* What servers say about themselves, as text: the challenge of a resource (RFC 9728 section 5.1), its metadata
 * (the same, section 3) and those of its authorization server (RFC 8414, OpenID Connect Discovery). Pure: no
 * more than reading and comparing; discovery.h asks. Nothing that is read here decides who is believed. */
#ifndef SAAS_OAUTH_SERVER_METADATA_H
#define SAAS_OAUTH_SERVER_METADATA_H

#include "json/json_value.h"

enum { AUTHORIZATION_METADATA_FORMS = 3, METADATA_BYTES_MAX = 64 * 1024, CHALLENGE_BYTES_MAX = 8192 };

struct challenge_words {
    struct text metadata, scope; /* TEXT_NONE: not said */
};
/* Of the values of WWW-Authenticate. Leniently: what is found is looked at as if anybody had said it. */
struct challenge_words challenge_words_of(struct text values);

/* With the server's path behind the well-known one, or without it. */
struct text resource_metadata_url(struct arena *arena, struct text server, bool at_root);
/* Whether a resource of this name is the server, or one that the server lies below. */
bool resource_has(struct text resource, struct text server);

struct resource_metadata {
    struct text resource, scope;      /* scope: all that are supported, parted by spaces; TEXT_NONE: not said */
    const struct json_value *issuers; /* an array of at least one */
};
/* NULL: read into *metadata; else what is wrong, for a message. */
MUST_USE const char *resource_metadata_read(struct arena *arena, struct text document, struct text server,
                                            struct resource_metadata *metadata);
bool array_has_text(const struct json_value *array, struct text element);

/* Where an issuer's metadata may lie, in the order in which they are tried; hands back how many. */
size_t authorization_metadata_urls(struct arena *arena, struct text issuer,
                                   struct text urls[AUTHORIZATION_METADATA_FORMS]);

struct authorization_metadata {
    struct text authorization_endpoint, token_endpoint, revocation_endpoint; /* TEXT_NONE: there is none */
    bool names_itself;                                                       /* RFC 9207 */
    bool takes_s256;                                                         /* RFC 7636 */
    bool gives_offline; /* it knows the scope offline_access */
};
MUST_USE const char *authorization_metadata_read(struct arena *arena, struct text document, struct text issuer,
                                                 struct authorization_metadata *metadata);

#endif

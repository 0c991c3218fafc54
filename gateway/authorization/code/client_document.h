/* What a client says of itself: in the document at the https URL that is its client_id
 * (draft-ietf-oauth-client-id-metadata-document), or when it registers (RFC 7591 section 2). Nothing of it is
 * anybody's word but the client's; what counts is where the document lies, and where people come back to. Pure.
 */
#ifndef AUTHORIZATION_CLIENT_DOCUMENT_H
#define AUTHORIZATION_CLIENT_DOCUMENT_H

#include "base/arena.h"
#include "base/fault.h"
#include "json/json_writer.h"

enum { CLIENT_DOCUMENT_BYTES_MAX = 5 * 1024, CLIENT_REDIRECTS_MAX = 10, CLIENT_NAME_SHOWN_MAX = 128 };

struct client_words {
    struct text name; /* as it calls itself; TEXT_NONE: it does not, or not in words that can be shown */
    struct text redirect_uris[CLIENT_REDIRECTS_MAX];
    size_t redirect_count;
};

/* A document from the URL client_id. Of its redirect URIs those are kept that lead to the document's own origin
 * or to a loopback address: nobody else says by this that people may be sent to them. CLIENT_DOCUMENT_ANSWER
 * with a static sentence in *problem. Texts are in the arena. */
MUST_USE enum fault client_document_read(struct arena *arena, struct text document, struct text client_id,
                                         struct client_words *words, const char **problem);
/* What a client sends to register itself: REGISTRATION_METADATA, REGISTRATION_REDIRECT. */
MUST_USE enum fault client_registration_read(struct arena *arena, struct text body, struct client_words *words);

/* The same in a row, and back. */
void client_words_write(struct json_writer *writer, const struct client_words *words);
void client_words_from(const struct json_value *row, struct client_words *words);

#endif

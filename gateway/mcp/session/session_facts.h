/* What there is to know of one session of the older protocol, as it lies sealed in the store: the server's own
 * id, which no client sees, and whom the session is pinned to. Pure, but for what it is sealed with. */
#ifndef MCP_SESSION_FACTS_H
#define MCP_SESSION_FACTS_H

#include "base/digest.h"
#include "keys/seal.h"
#include "json/json_value.h"

enum { SESSION_ID_LENGTH = 43, SESSION_UPSTREAM_ID_BYTES_MAX = 1024, SESSION_KEY_SIZE = 2 * DIGEST_SIZE + 1 };

struct session_facts {
    struct text lease;       /* our own name for it, by which it is ended */
    struct text root;        /* of the credential it was opened with, which it ends with */
    struct text upstream_id; /* TEXT_NONE: the server gave none */
    unsigned char owner[DIGEST_SIZE];
    int64_t opened_at_s, expires_at_s;
};

/* Whose it is: the target, the subject, the client that obtained the credential, and everybody who acts, as the
 * record of a credential names them. Not the credential: that is renewed while the session goes on. */
void session_owner(struct text target, const struct json_value *record, unsigned char owner[DIGEST_SIZE]);

/* An id as clients see it: nothing but chance. */
struct text session_make_id(struct arena *arena);
bool session_id_is_whole(struct text id);
/* A server's own id: visible ASCII (2025-11-25, Session Management), of a bearable length. */
bool session_upstream_id_is_plain(struct text id);
/* By which it is found, which says nothing of it. */
void session_key(const struct sealer *sealer, struct text id, char key[SESSION_KEY_SIZE]);
static inline struct text session_key_text(const char key[SESSION_KEY_SIZE])
{
    return (struct text){key, SESSION_KEY_SIZE - 1};
}

/* Bound to its key: what is sealed for one session opens as no other. */
struct text session_facts_seal(const struct sealer *sealer, struct arena *arena, struct text key,
                               const struct session_facts *facts);
/* MCP_SESSION_UNKNOWN for what is not whole, or another's. */
MUST_USE enum fault session_facts_open(const struct sealer *sealer, struct arena *arena, struct text key,
                                       struct text sealed, struct session_facts *facts);

#endif

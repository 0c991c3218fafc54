/* Whether this gateway has the key to its store, since when and from where, as GET /v1/seal says it; and what a
 * gateway answers that has none: it is there, it says so, and everything else is 503. Trying a key is somebody
 * else's: it is handed on, and what came of it is told. */
#ifndef ENDPOINTS_SEAL_H
#define ENDPOINTS_SEAL_H

#include "base/secret.h"
#include "transport/request.h"
#include "json/json_writer.h"

enum { SEAL_TEXT_SIZE = 512 };

struct seal_state {
    bool is_sealed;
    char source[32];              /* a member of spec.sealing, or "operator" */
    int64_t since_s;              /* sealed or unsealed */
    char key_id[32];              /* empty while sealed */
    char failure[SEAL_TEXT_SIZE]; /* the last one; for operators, as it may name files */
};

/* What became of a key that was offered. */
enum seal_outcome { SEAL_OPENED, SEAL_KEY_WRONG, SEAL_NOT_TRIED };

struct seal;

/* offer: hands a key on to be tried; false if nobody can. May be NULL: this one cannot be given any. */
struct seal *seal_create(const struct seal_state *state, bool (*offer)(const struct secret *key));
void seal_destroy(struct seal *seal);
void seal_read(struct seal *seal, struct seal_state *state);
/* From any thread: what is known now, and what became of the key that was offered. */
void seal_note(struct seal *seal, const struct seal_state *state);
void seal_note_outcome(struct seal *seal, enum seal_outcome outcome);

/* The handler of a sealed gateway, for server_options; context is its struct seal. */
void sealed_routes_handle(struct request *request, void *context);

#endif

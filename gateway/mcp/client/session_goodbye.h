/* The end of a session at its server, said with the credential it was opened with: at once by who has it, or by
 * whoever finds its lease ended, on whichever gateway. Best effort: a server that does not hear it lets the
 * session run out. */
#ifndef MCP_SESSION_GOODBYE_H
#define MCP_SESSION_GOODBYE_H

#include "keys/seal.h"
#include "runtime/http_stream.h"

/* Texts are borrowed. */
struct session_goodbye {
    struct text url, session_id, version;
    struct text header, credential; /* as the server is shown it */
};

/* As the handle of a session's lease. */
struct text session_goodbye_seal(const struct sealer *sealer, struct arena *arena, struct text lease,
                                 const struct session_goodbye *goodbye);
MUST_USE enum fault session_goodbye_open(const struct sealer *sealer, struct arena *arena, struct text lease,
                                         struct text handle, struct session_goodbye *goodbye);
/* DELETE; nobody waits for the answer. */
void session_goodbye_say(struct http_streams *streams, const struct session_goodbye *goodbye);

#endif

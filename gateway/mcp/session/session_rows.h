/* The beginning and the end of a session of the older protocol, as rows of a transaction: its lease, by which
 * people see and end it, and its facts, sealed, by which every gateway on the store goes on with it. */
#ifndef MCP_SESSION_ROWS_H
#define MCP_SESSION_ROWS_H

#include "relay/relayed_call.h"
#include "session_book.h"
#include "session_goodbye.h"

struct session_rows {
    bool ends_with_credential; /* set before: it was asked for together with that, and is revoked by it */
    struct text id;            /* as the client is given it */
    char key[SESSION_KEY_SIZE];
    struct session_facts facts;
    struct standing standing; /* of the credential it was opened with */
    struct standing stands_on;
    struct store_lease lease;
    struct store_state state;
    struct store_cutoff cutoff;
};

/* Whether it is but the credential that a call shows: another of the same owner goes on with the session. */
bool session_is_of_token(const struct store_guard *thing, const struct relayed_call *call);
/* Makes the session of a call, pinned to whose call it is. Its lease has the id of the call, whose record says
 * who began it. goodbye: how it is ended at the server by whoever
 * finds its lease ended; its session_id is TEXT_NONE where the server has no sessions. */
void session_rows_make(struct session_rows *rows, const struct relayed_call *call,
                       const struct session_goodbye *goodbye);
/* Into a transaction that has begun: both at once, so that there is no session that was not recorded. */
void session_rows_write(struct session_rows *rows, struct ledger_entry *entry);
/* Into a transaction that has begun: the session is ended, for this reason, and its facts are gone. */
void session_rows_end(struct session_rows *rows, const struct relayed_call *call, struct text key,
                      const struct session_facts *facts, const char *reason, struct ledger_entry *entry);

#endif

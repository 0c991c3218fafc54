/* Which session of the older protocol a request goes on with: that there is one of this id, that it is this
 * caller's, that it is not over. Whatever is wrong with it, the answer is the same. */
#ifndef MCP_SESSION_SEARCH_H
#define MCP_SESSION_SEARCH_H

#include "relay/relayed_call.h"
#include "session_book.h"

/* Zeroed before use, but for the first group. */
struct session_search {
    struct relayed_call *call;
    struct session_book *book;
    struct text id; /* as it was shown */

    struct flow_wait wait;
    enum fault fault; /* MCP_SESSION_UNKNOWN; STORE_UNAVAILABLE */
    char key[SESSION_KEY_SIZE];
    struct session_facts facts;
};

/* Completes search->wait. What is found counts as used now. */
void session_search_start(struct session_search *search);

#endif

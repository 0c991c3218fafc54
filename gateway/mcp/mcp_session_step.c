/* Nothing of a session is told to anybody before it is recorded, neither its beginning nor its end. */
#include "mcp_session_step.h"

#include "mcp/mcp_keeper.h"
#include "mcp_relay.h"
#include "relay/presented_credential.h"

enum { SESSIONS_MAX = 100 }; /* of one owner at one server, as each gateway knows of them */

bool mcp_session_step_has_room(struct mcp_call *x)
{
    const struct target_document *target = &x->relayed.target->document->target;
    unsigned char owner[DIGEST_SIZE];
    session_owner(x->relayed.target->document->name, x->relayed.credential.record, owner);
    return session_book_count(x->session.book, owner, x->relayed.call.now_s, target->mcp.session_idle_s) <
           SESSIONS_MAX;
}

static struct text key_of(const struct mcp_call *x)
{
    return session_key_text(x->session.key);
}

/* -- a session that its server does not know any more */

static void start_ping(struct mcp_call *x)
{
    if (mcp_relay_is_doubtful(x))
        mcp_relay_ping(x);
    else
        flow_wait_done(&x->steps->ping.headed);
}

/* There are servers that say 400 for that. */
enum flow_step_result mcp_session_step_check(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->steps->ping.headed, start_ping(x));
    x->is_gone |= x->steps->ping.head.status == 400 || x->steps->ping.head.status == 404;
    return FLOW_NEXT;
}

static void start_ending(struct mcp_call *x)
{
    if (!x->is_gone) {
        flow_wait_done(&x->steps->ending.wait);
        return;
    }
    ledger_entry_begin(&x->steps->ending, x->relayed.call.arena, NULL);
    session_rows_end(&x->steps->rows, &x->relayed, key_of(x), &x->session.facts, "its server does not know it",
                     &x->steps->ending);
    ledger_append(x->relayed.call.gateway->store, &x->steps->ending);
}

enum flow_step_result mcp_session_step_drop(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    FLOW_AWAIT(flow, &x->steps->ending.wait, start_ending(x));
    if (!x->is_gone)
        return FLOW_NEXT;
    session_book_forget(x->session.book, key_of(x));
    return call_proceed(&x->relayed.call, x->steps->ending.fault == FAULT_NONE ? FAULT_MCP_SESSION_UNKNOWN
                                                                               : x->steps->ending.fault);
}

/* -- one that begins */

static struct ledger_entry *opening_entry(struct mcp_call *x)
{
    return x->relayed.is_recorded ? &x->steps->opening : &x->steps->entry;
}

/* What answers initialize with an error begins nothing. */
static void start_opening(struct mcp_call *x)
{
    struct ledger_entry *entry = opening_entry(x);
    if (!mcp_call_is_beginning(x)) {
        flow_wait_done(&entry->wait);
        return;
    }
    if (x->relayed.is_recorded)
        ledger_entry_begin(entry, x->relayed.call.arena, NULL);
    else
        relayed_call_begin_entry(&x->relayed, x->supply.supply.lease, &x->steps->entry);
    if (x->upstream.head.is_events || x->seen.is_result) {
        const struct kept_credential *supply = &x->supply.supply;
        const struct http_stream_header shown =
            presented_credential(x->relayed.call.arena, supply->credential, &supply->presentation);
        session_rows_make(&x->steps->rows, &x->relayed,
                          &(struct session_goodbye){x->relayed.target->document->target.egress.upstream,
                                                    x->upstream.head.session_id, x->version, shown.name,
                                                    shown.value});
        session_rows_write(&x->steps->rows, entry);
    }
    ledger_append(x->relayed.call.gateway->store, entry);
}

enum flow_step_result mcp_session_step_open(struct flow *flow)
{
    struct mcp_call *x = (struct mcp_call *)flow;
    struct ledger_entry *entry = opening_entry(x);
    FLOW_AWAIT(flow, &entry->wait, start_opening(x));
    if (!mcp_call_is_beginning(x))
        return FLOW_NEXT;
    x->relayed.is_recorded |= entry->fault == FAULT_NONE;
    if (entry->fault == FAULT_NONE && x->steps->rows.id.length != 0)
        session_book_keep(x->session.book, session_key_text(x->steps->rows.key), &x->steps->rows.facts,
                          x->relayed.call.now_s);
    return call_proceed(&x->relayed.call,
                        entry->fault == FAULT_TOKEN_REVOKED ? FAULT_CALL_CREDENTIAL_ENDED : entry->fault);
}

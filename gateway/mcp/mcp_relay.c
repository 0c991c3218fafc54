/* Nothing is buffered but what is not whole: an event leaves when it has been read and seen. */
#include "mcp_relay.h"

#include "base/clock.h"
#include "bridge/bridge_call.h"
#include "mcp/mcp_keeper.h"
#include "mcp_request.h"
#include "message/challenge.h"
#include "message/mcp_error.h"
#include "relay/answer_guard.h"
#include "stream/side_request.h"

enum {
    CONNECT_MS = 5000,
    MINUTE_S = 60,
    HEADERS_MAX = 4 + MCP_PAGE_HEADERS_MAX,
    PING_MS = 5000,
    FLOW_NOTED_S = 1
};

static struct http_streams *streams_of(const struct mcp_call *x)
{
    return mcp_keeper_streams(x->relayed.call.gateway->mcp);
}

static const struct mcp_gateway_document *settings_of(const struct mcp_call *x)
{
    return &x->relayed.call.world->gateway->mcp;
}

static const struct egress_document *egress_of(const struct mcp_call *x)
{
    return &x->relayed.target->document->target.egress;
}

/* -- what goes to the server besides */

static void send_aside(struct mcp_call *x, struct arena *arena, struct text method, struct text body)
{
    struct http_stream_header headers[MCP_ASIDE_HEADERS_MAX];
    size_t count = mcp_request_headers_aside(x, &x->supply.supply, arena, headers);
    side_request_send(streams_of(x), &(struct http_stream_request){.url = egress_of(x)->upstream,
                                                                   .method = method,
                                                                   .headers = headers,
                                                                   .header_count = count,
                                                                   .body = body});
}

static struct text cancellation(struct mcp_call *x, struct arena *arena)
{
    struct buffer json = buffer_in(arena, 128);
    struct json_writer writer = json_writer_on(&json);
    json_begin_object(&writer);
    json_member_text(&writer, "jsonrpc", TEXT("2.0"));
    json_member_text(&writer, "method", TEXT("notifications/cancelled"));
    json_name(&writer, TEXT("params"));
    json_begin_object(&writer);
    json_name(&writer, TEXT("requestId"));
    json_write_value(&writer, x->message.id);
    json_end_object(&writer);
    json_end_object(&writer);
    return buffer_text(&json);
}

/* The session, or whose it is; not the token that this call shows, nor what the server was shown, of which
 * there are others. What this loop does not know of is told by whoever finds the session's lease ended. */
static bool is_session_over(const struct mcp_call *x)
{
    const struct standing *all = &x->watch.standing;
    const struct session_facts *facts = &x->session.facts;
    SCOPED_ARENA arena = arena_create();
    struct standing owner = {.arena = arena, .world = x->relayed.call.world};
    for (size_t i = 0; i < all->count; i++) {
        const struct store_guard *thing = &all->things[i];
        bool is_supply = text_is(thing->kind, "lease") && text_equal(thing->id, x->supply.supply.lease);
        bool is_other_root = text_is(thing->kind, "root") && !text_equal(thing->id, facts->root);
        if (!is_supply && !is_other_root && !session_is_of_token(thing, &x->relayed))
            standing_add(&owner, thing->kind, thing->id, thing->issued_at_us);
    }
    return call_watch_knows_ended(&x->relayed, &owner);
}

/* In the newer protocol the closed stream says all of that. */
void mcp_relay_say_goodbye(struct mcp_call *x)
{
    SCOPED_ARENA arena = arena_create();
    if (x->generation != MCP_OLD || x->session.facts.lease.length == 0 ||
        x->supply.supply.credential.length == 0)
        return;
    if (mcp_call_is_request(x) && !x->is_answered && !mcp_call_is_bridged(x))
        send_aside(x, arena, TEXT("POST"), cancellation(x, arena));
    if (!is_session_over(x))
        return;
    if (x->session.facts.upstream_id.length != 0)
        send_aside(x, arena, TEXT("DELETE"), TEXT_NONE);
    session_book_forget(x->session.book, session_key_text(x->session.key));
}

/* What the server has begun and nobody goes on with. */
void mcp_relay_undo(struct mcp_call *x)
{
    SCOPED_ARENA arena = arena_create();
    struct text id = x->upstream.head.session_id;
    if (!session_upstream_id_is_plain(id) || x->version.length == 0)
        return;
    x->session.facts.upstream_id = id;
    send_aside(x, arena, TEXT("DELETE"), TEXT_NONE);
}

/* -- events */

static enum fault guard(const struct mcp_call *x, struct text text)
{
    struct answer_guard guard = {.credential = x->supply.supply.credential};
    struct text earlier, now;
    return answer_guard_take(&guard, text, &earlier, &now) ? FAULT_NONE : FAULT_CALL_ANSWER_SHOWS;
}

static void send_event(struct mcp_call *x, const struct event *event)
{
    SCOPED_BUFFER out = {0};
    event_write(&out, event);
    client_leg_send(&x->client, buffer_text(&out));
}

/* What is not for the client leaves its id behind, so that it is not asked for again. */
static enum fault see_event(struct mcp_call *x, const struct event *event)
{
    SCOPED_ARENA arena = arena_create();
    struct answer_seen seen;
    struct event shown = *event;
    TRY(answer_view_take(&x->view, arena, event->data, (size_t)settings_of(x)->event_bytes, &seen));
    TRY(guard(x, seen.text));
    if (seen.refusal.length != 0)
        send_aside(x, arena, TEXT("POST"), seen.refusal);
    shown.data = seen.text;
    shown.has_data = seen.text.length != 0;
    if (shown.has_data || shown.has_id)
        send_event(x, &shown);
    x->is_answered |= seen.is_final;
    return FAULT_NONE;
}

/* A session with an open stream is in use; other gateways hear of it now and then. */
static void note_use(void *context)
{
    struct mcp_call *x = context;
    int64_t now_s = clock_wall_s();
    if (x->session.facts.lease.length == 0)
        return;
    session_book_touch(x->session.book, session_key_text(x->session.key), now_s);
    if (now_s - x->used_noted_s < x->relayed.target->document->target.mcp.session_idle_s / 3)
        return;
    struct use_book *uses = relay_keeper_uses(x->relayed.call.gateway->relays);
    x->used_noted_s = now_s;
    if (use_book_begin(uses, x->session.facts.lease, now_s / MINUTE_S, 0))
        use_book_end(uses, x->session.facts.lease, now_s / MINUTE_S, false);
}

/* One that is never silent is in use as well. */
static void note_flow(struct mcp_call *x)
{
    int64_t now_s = clock_wall_s();
    if (now_s - x->flow_noted_s < FLOW_NOTED_S)
        return;
    x->flow_noted_s = now_s;
    note_use(x);
}

static enum fault note_event(void *context, const struct event *event)
{
    struct mcp_call *x = context;
    struct event own = *event;
    char digits[RETRY_DIGITS_MAX];
    x->has_event_id |= event->has_id;
    TRY(guard(x, event->id));
    TRY(guard(x, event->type));
    own.retry = event_retry(event->retry, digits);
    note_flow(x);
    if (own.has_data && own.data.length != 0)
        return see_event(x, &own);
    send_event(x, &own);
    return FAULT_NONE;
}

static bool has_room(void *context)
{
    return !((struct mcp_call *)context)->client.is_full;
}

/* -- the client's half */

static void take_more(void *context)
{
    upstream_leg_resume(&((struct mcp_call *)context)->upstream);
}

static void give_up_stalled(void *context)
{
    upstream_leg_give_up(&((struct mcp_call *)context)->upstream, FAULT_MCP_STALLED);
}

/* -- sent */

static void set_up(struct mcp_call *x)
{
    const struct mcp_gateway_document *settings = settings_of(x);
    struct upstream_leg *leg = &x->upstream;
    leg->arena = x->relayed.call.arena;
    leg->id = x->relayed.call.id;
    leg->url = egress_of(x)->upstream;
    leg->event_bytes = (size_t)settings->event_bytes;
    leg->answer_bytes = (size_t)settings->answer_bytes;
    leg->first_byte_ms = egress_of(x)->first_byte_s * 1000;
    leg->call_ms = mcp_call_is_stream(x) ? 0 : settings->call_s * 1000;
    leg->on_event = note_event;
    leg->has_room = has_room;
    leg->context = x;
    x->client = (struct client_leg){.request = x->relayed.call.request,
                                    .keep_alive_ms = settings->keep_alive_s * 1000,
                                    .stall_ms = settings->stall_s * 1000,
                                    .on_room = take_more,
                                    .on_stall = give_up_stalled,
                                    .on_silence = note_use,
                                    .context = x};
    x->used_noted_s = x->flow_noted_s = x->relayed.call.now_s;
}

void mcp_relay_start(struct mcp_call *x)
{
    static const char *const verbs[] = {[MCP_POST] = "POST", [MCP_GET] = "GET", [MCP_DELETE] = "DELETE"};
    set_up(x);
    if (mcp_call_is_bridged(x)) {
        bridge_call_start(x, streams_of(x), CONNECT_MS);
        return;
    }
    upstream_leg_start(&x->upstream, streams_of(x),
                       &(struct http_stream_request){.url = egress_of(x)->upstream,
                                                     .method = text_of(verbs[x->verb]),
                                                     .headers = x->headers,
                                                     .header_count = x->header_count,
                                                     .body = x->body,
                                                     .is_of_events = mcp_call_is_stream(x),
                                                     .connect_ms = CONNECT_MS});
}

void mcp_relay_ping(struct mcp_call *x)
{
    struct http_stream_header headers[MCP_ASIDE_HEADERS_MAX];
    size_t count = mcp_request_headers_aside(x, &x->supply.supply, x->relayed.call.arena, headers);
    struct upstream_leg *leg = &x->steps->ping; /* not as a whole: somebody waits for its head already */
    leg->arena = x->relayed.call.arena;
    leg->id = x->relayed.call.id;
    leg->url = egress_of(x)->upstream;
    leg->event_bytes = x->upstream.event_bytes;
    leg->answer_bytes = x->upstream.answer_bytes;
    leg->first_byte_ms = leg->call_ms = PING_MS;
    upstream_leg_start(&x->steps->ping, streams_of(x),
                       &(struct http_stream_request){
                           .url = egress_of(x)->upstream,
                           .method = TEXT("POST"),
                           .headers = headers,
                           .header_count = count,
                           .body = TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"still-there\",\"method\":\"ping\"}"),
                           .connect_ms = CONNECT_MS});
}

/* -- what the head says */

/* RFC 6750 section 3.1: the server wants a scope that the caller could have and has not. */
static bool is_obtainable(struct mcp_call *x, struct text scope)
{
    struct scope_set wanted;
    const struct relayed_call *relayed = &x->relayed;
    bool is_ours_to_choose = x->access.rule != NULL && x->access.rule->upstream_scopes.count != 0;
    return !is_ours_to_choose && scope.length != 0 && scope_set_parse(scope, &wanted) == FAULT_NONE &&
           scope_set_is_subset(&wanted, &relayed->target->scopes) &&
           !scope_set_is_subset(&wanted, &relayed->scopes);
}

static enum fault judge_refusal(struct mcp_call *x)
{
    struct call *call = &x->relayed.call;
    const struct challenge challenge = challenge_read(call->arena, x->upstream.head.challenge);
    if (!challenge_wants_scope(&challenge) || !is_obtainable(x, challenge.scope))
        return FAULT_MCP_UPSTREAM_REFUSES;
    x->relayed.needed_scopes = challenge.scope;
    return FAULT_CALL_SCOPE;
}

static enum fault judge_busy(struct mcp_call *x)
{
    int64_t after_s;
    if (text_to_int64(x->upstream.head.retry_after, &after_s) && after_s > 0)
        x->relayed.call.retry_after_s = after_s;
    return FAULT_MCP_LIMIT;
}

static bool is_in_session(const struct mcp_call *x)
{
    return x->session.facts.upstream_id.length != 0;
}

bool mcp_relay_is_doubtful(const struct mcp_call *x)
{
    return is_in_session(x) && x->upstream.head.status == 400;
}

enum fault mcp_relay_judge(struct mcp_call *x)
{
    const struct upstream_head *head = &x->upstream.head;
    int status = head->status;
    if (status == 0)
        return x->upstream.fault;
    if (x->verb == MCP_DELETE) /* the session has ended, whatever its server says */
        return FAULT_NONE;
    if (status == 401)
        return FAULT_MCP_UPSTREAM_REFUSES;
    if (mcp_call_is_bridged(x))
        return status == 403 && judge_refusal(x) == FAULT_CALL_SCOPE ? FAULT_CALL_SCOPE : FAULT_NONE;
    if (status == 403)
        return judge_refusal(x);
    if (status == 404 && is_in_session(x)) {
        x->is_gone = true;
        return FAULT_NONE;
    }
    if (status == 405)
        return FAULT_MCP_METHOD;
    if (status == 429)
        return judge_busy(x);
    if (status >= 500 || status < 200 || (status >= 300 && status < 400))
        return FAULT_MCP_UPSTREAM_ANSWER;
    if (mcp_call_is_beginning(x) && head->session_id.base != NULL &&
        !session_upstream_id_is_plain(head->session_id))
        return FAULT_MCP_UPSTREAM_ANSWER;
    bool has_answer = status >= 400 || mcp_call_is_request(x) || x->verb == MCP_GET;
    bool is_readable = head->is_events ? status == 200 : head->is_json && x->verb != MCP_GET;
    return has_answer && !is_readable ? FAULT_MCP_UPSTREAM_ANSWER : FAULT_NONE;
}

bool mcp_relay_is_stream(const struct mcp_call *x)
{
    return x->upstream.head.is_events && x->upstream.head.status == 200 &&
           (x->verb == MCP_GET || mcp_call_is_request(x));
}

bool mcp_relay_is_whole(const struct mcp_call *x)
{
    return !mcp_relay_is_stream(x) && x->verb != MCP_DELETE &&
           (mcp_call_is_request(x) || x->upstream.head.status >= 400);
}

/* -- a whole answer */

enum fault mcp_relay_look(struct mcp_call *x)
{
    struct call *call = &x->relayed.call;
    struct text body = buffer_text(&x->upstream.body);
    size_t bytes = x->upstream.answer_bytes;
    if (x->upstream.fault != FAULT_NONE)
        return x->upstream.fault;
    if (mcp_call_is_bridged(x)) {
        TRY(guard(x, body)); /* before it is encoded, which hides what is in it */
        body = bridge_call_translate(x, body);
        bytes = body.length;
    }
    TRY(answer_view_take(&x->view, call->arena, body, bytes, &x->seen));
    buffer_dispose(&x->upstream.body);
    bool is_answer = x->seen.is_final || (!mcp_call_is_request(x) && !x->seen.is_result);
    return is_answer && x->seen.text.length != 0 ? guard(x, x->seen.text) : FAULT_MCP_UPSTREAM_ANSWER;
}

static size_t write_headers(const struct mcp_call *x, struct response_header headers[HEADERS_MAX])
{
    size_t count = 0;
    headers[count++] = (struct response_header){"dragoman-exchange", x->relayed.call.id};
    if (x->steps->rows.id.length != 0)
        headers[count++] = (struct response_header){"mcp-session-id", x->steps->rows.id};
    return count + mcp_request_page_headers(x, &headers[count]);
}

void mcp_relay_answer(struct mcp_call *x)
{
    struct response_header headers[HEADERS_MAX];
    size_t count = write_headers(x, headers);
    bool has_body = x->seen.text.length != 0;
    int status = x->is_preflight         ? 204
                 : x->verb == MCP_DELETE ? 200
                 : !has_body             ? 202
                 : x->seen.status != 0   ? x->seen.status
                                         : x->upstream.head.status;
    headers[count++] = (struct response_header){"cache-control", TEXT("no-store")};
    request_answer(x->relayed.call.request,
                   &(struct response){.status = status,
                                      .content_type = has_body ? TEXT("application/json") : TEXT_NONE,
                                      .body = x->seen.text,
                                      .headers = headers,
                                      .header_count = count});
}

/* -- a stream */

void mcp_relay_open(struct mcp_call *x)
{
    struct response_header headers[HEADERS_MAX];
    size_t count = write_headers(x, headers);
    headers[count++] = (struct response_header){"cache-control", TEXT("no-cache, no-transform")};
    headers[count++] = (struct response_header){"x-accel-buffering", TEXT("no")};
    client_leg_begin(&x->client, &(struct response){.status = 200,
                                                    .content_type = TEXT("text/event-stream"),
                                                    .headers = headers,
                                                    .header_count = count});
    mcp_call_settle(x);
    upstream_leg_await_end(&x->upstream);
}

/* Of the older protocol, with ids: whoever lost the connection asks for the rest. */
static bool can_be_resumed(const struct mcp_call *x)
{
    return x->generation == MCP_OLD && x->has_event_id &&
           (x->upstream.fault == FAULT_NONE || x->upstream.fault == FAULT_OUTBOUND_FAILED);
}

static bool is_error_due(const struct mcp_call *x)
{
    enum fault fault = x->upstream.fault;
    return mcp_call_is_request(x) && !x->is_answered && !can_be_resumed(x) && fault != FAULT_CALLER_GONE &&
           fault != FAULT_MCP_STALLED && fault != FAULT_CALL_CREDENTIAL_ENDED;
}

void mcp_relay_close(struct mcp_call *x)
{
    enum fault fault = x->upstream.fault;
    bool is_whole = fault == FAULT_NONE && x->upstream.is_over;
    if (is_error_due(x)) {
        const struct event event = {
            .has_data = true,
            .data = mcp_answer_fault_message(x, fault == FAULT_NONE ? FAULT_MCP_UPSTREAM_ANSWER : fault)};
        send_event(x, &event);
        is_whole = true;
    }
    client_leg_stop(&x->client);
    request_end_answer(x->relayed.call.request, is_whole);
}

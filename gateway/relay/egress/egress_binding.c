/* One of all who want to know makes the handshake; the book is the one of credentials, which has whoever comes
 * meanwhile wait, on whichever loop. That it is remembered saves a handshake and decides nothing: what was
 * learned is held against the certificate of the connection that the call goes out on. */
#include "egress_binding.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "relay/egress_keeper.h"

enum { KEPT_S = 600, CONNECT_MS = 5000 };

/* RFC 6454 section 4, as the target's document spells it. */
static struct text origin_of(struct text url)
{
    size_t scheme = sizeof("https://") - 1;
    struct text rest = {url.base + scheme, url.length - scheme};
    return (struct text){url.base, scheme + text_cut(&rest, '/').length};
}

void egress_binding_ask(struct egress_binding *binding)
{
    struct call *call = &binding->call->call;
    struct credential_question *question = &binding->question;
    binding->is_wanted = binding->is_wanted && text_starts_with(binding->upstream, TEXT("https://"));
    if (!binding->is_wanted) { /* without TLS, which is on this host alone, there is nothing to bind to */
        flow_wait_done(&question->wait);
        return;
    }
    const struct text parts[] = {TEXT("binding"), origin_of(binding->upstream)};
    question->book = egress_keeper_supplies(call->gateway->egress);
    question->arena = call->arena;
    question->kept = &binding->found;
    question->search.now_s = question->search.until_s = call->now_s;
    digest_parts(parts, 2, question->search.key);
    credential_book_ask(question);
}

enum fault egress_binding_complete_question(struct egress_binding *binding)
{
    if (!binding->is_wanted)
        return FAULT_NONE;
    binding->has_turn = binding->question.turn == CREDENTIAL_TURN;
    return binding->question.turn == CREDENTIAL_FULL ? FAULT_OVERLOADED : FAULT_NONE;
}

/* Nothing is sent, so there is no answer. */
static void note_head(void *context, int status, const struct http_stream_header *headers, size_t count)
{
    (void)context, (void)status, (void)headers, (void)count;
}

static bool note_data(void *context, struct text piece)
{
    (void)context, (void)piece;
    return true;
}

static void keep(struct egress_binding *binding, struct text bytes)
{
    const struct call *call = &binding->call->call;
    char *id = arena_allocate(call->arena, IDENTIFIER_SIZE);
    identifier_make(clock_wall_us(), id);
    binding->found = (struct kept_credential){.credential = arena_copy(call->arena, bytes),
                                              .lease = {id, IDENTIFIER_LENGTH},
                                              .expires_at_s = call->now_s + KEPT_S};
    credential_book_keep(binding->question.book, binding->question.search.key, &binding->found);
}

static void note_end(void *context, enum fault fault)
{
    struct egress_binding *binding = context;
    binding->fault = fault;
    if (fault == FAULT_NONE) {
        keep(binding, http_stream_binding(binding->stream));
    } else {
        LOG(LOG_WARNING, "egress_failed", log_text("exchange", binding->call->call.id),
            log_text("upstream", binding->upstream), log_text("fault", text_of(fault_row(fault)->reason)),
            log_text("reason", text_of(http_stream_detail(binding->stream))));
        credential_book_give_up(binding->question.book, binding->question.search.key, 0);
    }
    binding->stream = NULL;
    flow_wait_done(&binding->learned);
}

void egress_binding_learn(struct egress_binding *binding)
{
    static const struct http_stream_events events = {note_head, note_data, note_end};
    const struct http_stream_request request = {.url = origin_of(binding->upstream),
                                                .connect_ms = CONNECT_MS,
                                                .first_byte_ms = CONNECT_MS,
                                                .is_handshake_only = true};
    if (!binding->has_turn) {
        flow_wait_done(&binding->learned);
        return;
    }
    binding->stream = http_stream_start(egress_keeper_streams(binding->call->call.gateway->egress), &request,
                                        &events, binding);
}

enum fault egress_binding_complete(struct egress_binding *binding)
{
    return binding->fault;
}

void egress_binding_forget(struct egress_binding *binding)
{
    if (binding->is_wanted)
        credential_book_forget(binding->question.book, binding->question.search.key, binding->found.lease);
}

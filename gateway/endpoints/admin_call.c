/* The shared beginning and end of admin calls. */
#include "admin_call.h"

#include "base/clock.h"
#include "base/random.h"

static void dispose(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    if (call->taken != NULL)
        atomic_store(call->taken, false);
    world_release(call->world);
    arena_destroy(call->arena);
}

void admin_call_start(struct gateway *gateway, struct request *request, size_t size,
                      const struct flow_step *steps)
{
    struct arena *arena = arena_create();
    struct admin_call *call = arena_allocate(arena, size);
    char *id = arena_allocate(arena, IDENTIFIER_SIZE);
    call->gateway = gateway;
    call->request = request;
    call->arena = arena;
    call->world = world_keeper_take(gateway->worlds);
    call->now_us = clock_wall_us();
    identifier_make(call->now_us, id);
    call->id = (struct text){id, IDENTIFIER_LENGTH};
    documents_init(&call->mistakes, arena);
    call->fault = form_parse(arena, request_query(request), &call->query);
    flow_start(&call->flow, steps, dispose);
}

enum flow_step_result admin_call_proceed(struct admin_call *call, enum fault fault)
{
    if (call->fault == FAULT_NONE)
        call->fault = fault;
    return call->fault == FAULT_NONE ? FLOW_NEXT : FLOW_SKIP;
}

enum fault admin_call_take(struct admin_call *call, _Atomic bool *flag)
{
    if (atomic_exchange(flag, true))
        return FAULT_STORE_CONFLICT;
    call->taken = flag;
    return FAULT_NONE;
}

static void found(struct store_query *query)
{
    flow_wait_done(query->context);
}

void admin_call_ask(const struct admin_call *call, struct store_query *query, struct flow_wait *wait)
{
    query->arena = call->arena;
    query->done = found;
    query->context = wait;
    store_find(call->gateway->store, query);
}

void admin_call_find(struct admin_call *call, enum store_query_kind kind)
{
    call->find.kind = kind;
    admin_call_ask(call, &call->find, &call->find_wait);
}

enum fault admin_call_read_page(struct admin_call *call, int64_t usual, int64_t most)
{
    struct text limit = form_value(&call->query, "limit");
    int64_t count = usual;
    if (limit.length != 0 && (!text_to_int64(limit, &count) || count < 1 || count > most))
        return FAULT_PARAMETER_INVALID;
    call->find.limit = (size_t)count;
    call->find.id = form_value(&call->query, "before");
    return FAULT_NONE;
}

void admin_call_begin_entry(struct admin_call *call, struct text kind, struct text change)
{
    struct record record = {.id = call->id,
                            .at_us = call->now_us,
                            .kind = kind,
                            .outcome = TEXT("done"),
                            .root = call->root,
                            .parent = call->parent,
                            .client = TEXT("admin-socket"),
                            .client_method = TEXT("unix_socket"),
                            .generation = call->world->generation,
                            .source_address = request_peer_address(call->request),
                            .change = change};
    ledger_entry_begin(&call->entry, call->arena, &record);
}

struct text admin_call_rest(const struct admin_call *call, const char *prefix)
{
    struct text path = request_path(call->request), own = text_of(prefix);
    if (path.length <= own.length + 1)
        return TEXT_NONE;
    return (struct text){path.base + own.length + 1, path.length - own.length - 1};
}

void admin_call_answer(struct admin_call *call, struct text body)
{
    endpoint_answer(call->request, 200, "application/json", "no-store", body);
}

static void write_mistakes(struct json_writer *writer, const struct documents *documents)
{
    json_name(writer, TEXT("mistakes"));
    json_begin_array(writer);
    for (size_t i = 0; i < documents->mistake_count; i++) {
        const struct mistake *mistake = &documents->mistakes[i];
        json_begin_object(writer);
        json_member_text(writer, "source", mistake->source);
        json_member_integer(writer, "line", mistake->line);
        json_member_integer(writer, "column", mistake->column);
        json_member_text(writer, "sentence", mistake->sentence);
        json_end_object(writer);
    }
    json_end_array(writer);
}

void admin_call_answer_fault(struct admin_call *call)
{
    const struct fault_row *row = fault_row(call->fault);
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "title", text_of(row->reason));
    json_member_integer(&writer, "status", row->http_status);
    json_member_text(&writer, "detail", call->detail.length != 0 ? call->detail : text_of(row->sentence));
    if (call->mistakes.mistake_count != 0)
        write_mistakes(&writer, &call->mistakes);
    json_end_object(&writer);
    endpoint_answer(call->request, row->http_status, "application/problem+json", "no-store",
                    buffer_text(&body));
}

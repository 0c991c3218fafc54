/* /v1/leases on the admin socket: what was issued and has not run out, newest first, with what has become of
 * it; ?kind=&id= gives what stands on one thing, which is what a kill of it ends. /v1/leases/ID shows one with
 * everything it stands on. A credential without a row of its own is a lease all the same: its record. */
#include "admin_call.h"
#include "exchange/kill.h"
#include "exchange/standing.h"

enum { LEASES_PAGE = 200, LEASES_PAGE_MAX = 500, LIFETIME_MAX_S = 86400 };

struct lease_reading {
    struct admin_call call; /* first; find: records */
    struct text asked;      /* one id, or TEXT_NONE */
    struct kill thing;      /* only what stands on it; kind TEXT_NONE: all */
    bool shows_dead;
    struct store_query rows;
    struct flow_wait rows_wait;
};

/* One lease: a record, a row, or both. */
struct lease {
    const struct store_record *record;
    const struct store_lease *row;
    const struct json_value *canonical;
    struct standing standing;
    const struct store_guard *ended; /* what killed it, or NULL */
};

static enum flow_step_result read_question(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    struct admin_call *call = &x->call;
    x->asked = admin_call_rest(call, "/v1/leases");
    x->shows_dead = x->asked.length != 0 || text_is(form_value(&call->query, "all"), "true");
    struct text kind = form_value(&call->query, "kind");
    enum fault fault = admin_call_read_page(call, LEASES_PAGE, LEASES_PAGE_MAX);
    if (fault == FAULT_NONE && kind.length != 0)
        fault = kill_resolve(call->arena, call->world, kind, form_value(&call->query, "id"), &x->thing);
    if (x->asked.length != 0)
        call->find.id = x->asked;
    call->find.at_s = call->now_us / 1000000;
    call->find.since_us = call->now_us - LIFETIME_MAX_S * INT64_C(1000000);
    /* Things whose document is gone may still hold something up. */
    return admin_call_proceed(call, fault == FAULT_KILL_UNKNOWN ? FAULT_NONE : fault);
}

static enum flow_step_result find_records(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    FLOW_AWAIT(flow, &x->call.find_wait,
               admin_call_find(&x->call, x->asked.length != 0 ? STORE_QUERY_RECORD : STORE_QUERY_ISSUED));
    return admin_call_proceed(&x->call, x->call.find.fault);
}

static void rows_found(struct store_query *query)
{
    flow_wait_done(query->context);
}

static void find_row(struct lease_reading *x)
{
    x->rows = (struct store_query){.kind = x->asked.length != 0 ? STORE_QUERY_LEASE : STORE_QUERY_LEASES,
                                   .id = x->call.find.id,
                                   .limit = x->call.find.limit,
                                   .arena = x->call.arena,
                                   .done = rows_found,
                                   .context = &x->rows_wait};
    store_find(x->call.gateway->store, &x->rows);
}

static enum flow_step_result find_rows(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    FLOW_AWAIT(flow, &x->rows_wait, find_row(x));
    return admin_call_proceed(&x->call, x->rows.fault);
}

static bool is_thing(const struct lease_reading *x, const struct store_guard *guard)
{
    return text_equal(guard->kind, x->thing.kind) && text_equal(guard->id, x->thing.id);
}

static bool stands_on_thing(const struct lease_reading *x, const struct standing *standing)
{
    for (size_t i = 0; i < standing->count; i++)
        if (is_thing(x, &standing->things[i]))
            return true;
    return false;
}

/* What ended it: anything else before the thing asked about, so that a kill is not said to have ended what was
 * dead already. */
static const struct store_guard *find_end(const struct lease_reading *x, const struct standing *standing)
{
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    const struct store_guard *thing = NULL;
    for (size_t i = 0; i < standing->count; i++) {
        const struct store_guard *ended = cutoff_book_find(book, &standing->things[i], 1);
        if (ended != NULL && !is_thing(x, ended))
            return ended;
        thing = thing == NULL ? ended : thing;
    }
    return thing;
}

/* False for what was not asked for. */
static bool examine(const struct lease_reading *x, struct lease *lease)
{
    const struct admin_call *call = &x->call;
    lease->standing = (struct standing){.arena = call->arena, .world = call->world};
    if (lease->record != NULL && json_parse(call->arena, lease->record->canonical, &json_limits_document,
                                            &lease->canonical) == FAULT_NONE)
        standing_add_record(&lease->standing, lease->canonical);
    else
        standing_add(&lease->standing, TEXT("lease"), lease->row != NULL ? lease->row->id : lease->record->id,
                     0);
    if (x->thing.kind.length != 0 && !stands_on_thing(x, &lease->standing))
        return false;
    lease->ended = find_end(x, &lease->standing);
    bool is_over = lease->row != NULL &&
                   (text_is(lease->row->state, "ended") ||
                    (text_is(lease->row->state, "live") && lease->row->expires_at_s <= call->find.at_s));
    return x->shows_dead || (lease->ended == NULL && !is_over);
}

static struct text state_of(const struct lease *lease)
{
    if (lease->row != NULL && (!text_is(lease->row->state, "live") || lease->ended == NULL))
        return lease->row->state;
    if (lease->row != NULL)
        return TEXT("withdrawing"); /* as soon as somebody finds it */
    return lease->ended != NULL ? TEXT("killed") : TEXT("live");
}

static void write_identity(struct json_writer *writer, const struct lease *lease, const char *member)
{
    const struct json_value *identity = json_member(lease->canonical, text_of(member));
    if (identity == NULL)
        return;
    json_name(writer, text_of(member));
    json_write_value(writer, identity);
}

static void write_thing(struct json_writer *writer, const struct store_guard *thing)
{
    json_member_text(writer, "kind", thing->kind);
    json_member_text(writer, "id", thing->id);
}

static void write_record_members(struct json_writer *writer, const struct lease *lease)
{
    static const char *const members[] = {"client", "target", "audience", "root", "parent", "scope_given"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        json_member_text_if(writer, members[i],
                            json_string(json_member(lease->canonical, text_of(members[i]))));
    write_identity(writer, lease, "subject");
    write_identity(writer, lease, "agent");
}

static void write_lease(struct json_writer *writer, const struct lease *lease)
{
    struct text id = lease->record != NULL ? lease->record->id : lease->row->id;
    int64_t expires_at_s = lease->record != NULL ? lease->record->expires_at_s : lease->row->expires_at_s;
    json_member_text(writer, "id", id);
    json_member_text(writer, "state", state_of(lease));
    json_member_integer(writer, "issued_at", identifier_time_ms(id.base, id.length) / 1000);
    json_member_integer(writer, "expires_at", expires_at_s);
    if (lease->canonical != NULL)
        write_record_members(writer, lease);
    if (lease->row != NULL) {
        json_member_text(writer, "adapter", lease->row->adapter);
        json_member_integer(writer, "attempts", lease->row->attempts);
        json_member_integer(writer, "next_attempt_at", lease->row->next_attempt_at_s);
    }
    if (lease->ended != NULL) {
        json_name(writer, TEXT("killed_by"));
        json_begin_object(writer);
        write_thing(writer, lease->ended);
        json_end_object(writer);
    }
}

static void write_standing(struct json_writer *writer, const struct lease_reading *x, const struct lease *lease)
{
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    json_name(writer, TEXT("stands_on"));
    json_begin_array(writer);
    for (size_t i = 0; i < lease->standing.count; i++) {
        json_begin_object(writer);
        write_thing(writer, &lease->standing.things[i]);
        json_member_boolean(writer, "ended", cutoff_book_find(book, &lease->standing.things[i], 1) != NULL);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static bool is_later(struct text a, struct text b)
{
    return text_compare(a, b) > 0;
}

/* The next of both lists, newest first: a record with its row, or the later of the two alone. */
static bool next_lease(const struct lease_reading *x, size_t *record_at, size_t *row_at, struct lease *lease)
{
    const struct store_query *find = &x->call.find, *rows = &x->rows;
    const struct store_record *record = *record_at < find->record_count ? &find->records[*record_at] : NULL;
    const struct store_lease *row = *row_at < rows->lease_count ? &rows->leases[*row_at] : NULL;
    *lease = (struct lease){0};
    if (record != NULL && (row == NULL || !is_later(row->id, record->id)))
        lease->record = record, ++*record_at;
    if (row != NULL && (record == NULL || !is_later(record->id, row->id)))
        lease->row = row, ++*row_at;
    return record != NULL || row != NULL;
}

/* How far down both lists reach; TEXT_NONE: to the end. */
static struct text end_of_page(const struct lease_reading *x)
{
    struct text end = x->call.find.scanned == x->call.find.limit ? x->call.find.last : TEXT_NONE;
    if (x->rows.lease_count == x->rows.limit) {
        struct text last = x->rows.leases[x->rows.lease_count - 1].id;
        if (end.base == NULL || is_later(last, end))
            end = last;
    }
    return end;
}

static void write_page(struct lease_reading *x, struct json_writer *writer)
{
    struct text end = end_of_page(x);
    size_t record_at = 0, row_at = 0;
    struct lease lease;
    json_name(writer, TEXT("leases"));
    json_begin_array(writer);
    while (next_lease(x, &record_at, &row_at, &lease)) {
        struct text id = lease.record != NULL ? lease.record->id : lease.row->id;
        if ((end.base != NULL && is_later(end, id)) || !examine(x, &lease))
            continue;
        json_begin_object(writer);
        write_lease(writer, &lease);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_member_integer(writer, "scanned", (int64_t)x->call.find.scanned);
    json_member_text_if(writer, "next", end);
}

static enum fault write_one(struct lease_reading *x, struct json_writer *writer)
{
    struct lease lease;
    size_t record_at = 0, row_at = 0;
    if (!next_lease(x, &record_at, &row_at, &lease) ||
        (lease.row == NULL && (lease.record->expires_at_s == 0 || !text_is(lease.record->outcome, "granted"))))
        return FAULT_LEASE_UNKNOWN;
    examine(x, &lease);
    write_lease(writer, &lease);
    write_standing(writer, x, &lease);
    return FAULT_NONE;
}

static enum flow_step_result respond(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    struct admin_call *call = &x->call;
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    if (call->fault == FAULT_NONE) {
        json_begin_object(&writer);
        if (x->asked.length != 0)
            call->fault = write_one(x, &writer);
        else
            write_page(x, &writer);
        json_member_boolean(&writer, "kills_known",
                            cutoff_book_epoch(cutoff_keeper_book(call->gateway->cutoffs)) != 0);
        json_end_object(&writer);
    }
    if (call->fault != FAULT_NONE)
        admin_call_answer_fault(call);
    else
        admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {
    FLOW_STEP(read_question),  FLOW_STEP(find_records), /* waits: store */
    FLOW_STEP(find_rows),                               /* waits: store */
    FLOW_STEP_ALWAYS(respond), FLOW_STEP_LAST,
};

void admin_leases_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start(gateway, request, sizeof(struct lease_reading), steps);
}

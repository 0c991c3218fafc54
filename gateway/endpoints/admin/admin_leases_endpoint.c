/* /v1/leases of the admin API: what was issued and has not run out, newest first, with what has become of
 * it; ?kind=&id= gives what stands on one thing, which is what a kill of it ends. /v1/leases/ID shows one with
 * everything it stands on. A credential without a row of its own is a lease all the same: its record. */
#include "admin_call.h"
#include "exchange/kill.h"
#include "killed_by.h"
#include "lease_beginnings.h"

/* CLOCKS_US: how far the clocks of gateways may differ, and more. */
enum { LEASES_PAGE = 200, LEASES_PAGE_MAX = 500, CLOCKS_US = 600 * 1000000 };

struct lease_reading {
    struct admin_call call; /* first; find: records */
    struct text asked;      /* one id, or TEXT_NONE */
    struct kill thing;      /* only what stands on it; kind TEXT_NONE: all */
    bool is_unknown;        /* no document and no tree has that name */
    bool shows_dead;
    struct store_query tree;
    struct flow_wait tree_wait;
    int64_t since_us; /* nothing older stands on the thing */
    struct store_query rows;
    struct flow_wait rows_wait;
    struct store_query *uses; /* of each of rows, if it has a fingerprint */
    size_t uses_missing;
    struct flow_wait uses_wait;
    struct lease_beginnings beginnings; /* of rows that are sessions */
};

/* One lease: a record, a row, or both. */
struct lease {
    const struct store_record *record;
    const struct store_lease *row;
    const struct json_value *canonical;
    struct standing standing;
    struct cutoff_death death;
};

static enum flow_step_result read_question(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    struct admin_call *call = &x->call;
    x->asked = admin_call_rest(call, "/v1/leases");
    x->shows_dead = x->asked.length != 0 || admin_call_is_asked(call, "all");
    struct text kind = form_value(&call->query, "kind");
    enum fault fault = admin_call_read_page(call, LEASES_PAGE, LEASES_PAGE_MAX);
    if (fault == FAULT_NONE && kind.length != 0)
        fault = kill_resolve(call->arena, call->world, kind, form_value(&call->query, "id"), &x->thing);
    if (x->asked.length != 0)
        call->find.id = x->asked;
    call->find.at_s = call->now_us / 1000000;
    call->find.since_us = call->now_us - CREDENTIAL_LIFETIME_MAX_S * INT64_C(1000000);
    /* Things whose document is gone may still hold something up. */
    x->is_unknown = fault == FAULT_KILL_UNKNOWN;
    return admin_call_proceed(call, fault == FAULT_KILL_UNKNOWN ? FAULT_NONE : fault);
}

/* What stands on a lease or in a tree is younger than it, so that looking for it ends long before the day does:
 * by the lease's id, or by the first record of the tree. */
static void find_beginning(struct lease_reading *x)
{
    x->since_us = INT64_MIN;
    if (text_is(x->thing.kind, "lease"))
        x->since_us = identifier_time_ms(x->thing.id.base, x->thing.id.length) * 1000 - CLOCKS_US;
    if (!text_is(x->thing.kind, "root")) {
        flow_wait_done(&x->tree_wait);
        return;
    }
    x->tree = (struct store_query){.kind = STORE_QUERY_TREE, .id = x->thing.id, .limit = 1};
    admin_call_ask(&x->call, &x->tree, &x->tree_wait);
}

static enum flow_step_result find_since(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    FLOW_AWAIT(flow, &x->tree_wait, find_beginning(x));
    if (x->tree.record_count != 0)
        x->since_us = x->tree.records[0].at_us - CLOCKS_US;
    return admin_call_proceed(&x->call, x->tree.fault);
}

static enum flow_step_result find_records(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    FLOW_AWAIT(flow, &x->call.find_wait,
               admin_call_find(&x->call, x->asked.length != 0 ? STORE_QUERY_RECORD : STORE_QUERY_ISSUED));
    return admin_call_proceed(&x->call, x->call.find.fault);
}

static void find_row(struct lease_reading *x)
{
    x->rows = (struct store_query){.kind = x->asked.length != 0 ? STORE_QUERY_LEASE : STORE_QUERY_LEASES,
                                   .id = x->call.find.id,
                                   .limit = x->call.find.limit};
    admin_call_ask(&x->call, &x->rows, &x->rows_wait);
}

static enum flow_step_result find_rows(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    FLOW_AWAIT(flow, &x->rows_wait, find_row(x));
    return admin_call_proceed(&x->call, x->rows.fault);
}

/* -- what is recognised by its fingerprint is used here or not at all */

static void use_found(struct store_query *query)
{
    struct lease_reading *x = query->context;
    if (--x->uses_missing == 0)
        flow_wait_done(&x->uses_wait);
}

static void find_uses_of(struct lease_reading *x)
{
    x->uses = ARENA_ARRAY(x->call.arena, struct store_query, x->rows.lease_count + 1);
    x->uses_missing = 1;
    for (size_t i = 0; i < x->rows.lease_count; i++) {
        if (x->rows.leases[i].fingerprint.length == 0)
            continue;
        x->uses_missing++;
        x->uses[i] = (struct store_query){.kind = STORE_QUERY_USES,
                                          .id = x->rows.leases[i].id,
                                          .limit = 1,
                                          .arena = x->call.arena,
                                          .done = use_found,
                                          .context = x};
        store_find(x->call.gateway->store, &x->uses[i]);
    }
    if (--x->uses_missing == 0)
        flow_wait_done(&x->uses_wait);
}

static enum flow_step_result find_uses(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    FLOW_AWAIT(flow, &x->uses_wait, find_uses_of(x));
    for (size_t i = 0; i < x->rows.lease_count; i++)
        if (x->uses[i].fault != FAULT_NONE)
            return admin_call_proceed(&x->call, x->uses[i].fault);
    return FLOW_NEXT;
}

static enum flow_step_result find_beginnings(struct flow *flow)
{
    struct lease_reading *x = (struct lease_reading *)flow;
    FLOW_AWAIT(flow, &x->beginnings.wait, lease_beginnings_find(&x->beginnings, &x->call, &x->rows));
    return admin_call_proceed(&x->call, x->beginnings.fault);
}

static bool stands_on_thing(const struct lease_reading *x, const struct standing *standing)
{
    for (size_t i = 0; i < standing->count; i++)
        if (text_equal(standing->things[i].kind, x->thing.kind) &&
            text_equal(standing->things[i].id, x->thing.id))
            return true;
    return false;
}

/* A team sees the leases of its targets. */
static bool is_callers(const struct admin_call *call, const struct lease *lease)
{
    return lease->canonical != NULL || lease->row == NULL
               ? admin_call_may_record(call, lease->canonical, ADMIN_RIGHT_READ)
               : admin_call_may_target(call, lease->row->target, ADMIN_RIGHT_READ);
}

/* A session is what its row says, for whom the call's record says. */
static bool read_beginning(const struct lease_reading *x, struct lease *lease)
{
    const struct lease_beginning *beginning =
        lease->row == NULL ? NULL : &x->beginnings.items[lease->row - x->rows.leases];
    if (beginning == NULL || beginning->call == NULL)
        return false;
    lease->record = NULL;
    lease->canonical = beginning->call;
    standing_add(&lease->standing, TEXT("lease"), lease->row->id, 0);
    standing_add_record(&lease->standing, beginning->credential);
    return true;
}

/* What it stands on, and what says so. */
static void read_standing(const struct lease_reading *x, struct lease *lease)
{
    const struct admin_call *call = &x->call;
    lease->standing = (struct standing){.arena = call->arena, .world = call->world};
    if (read_beginning(x, lease))
        return;
    if (lease->record != NULL && json_parse(call->arena, lease->record->canonical, &json_limits_document,
                                            &lease->canonical) == FAULT_NONE)
        standing_add_record(&lease->standing, lease->canonical);
    else
        standing_add(&lease->standing, TEXT("lease"), lease->row != NULL ? lease->row->id : lease->record->id,
                     0);
}

/* False for what was not asked for, and what is not the caller's to see. */
static bool examine(const struct lease_reading *x, struct lease *lease)
{
    const struct admin_call *call = &x->call;
    read_standing(x, lease);
    if (!is_callers(call, lease) || (x->thing.kind.length != 0 && !stands_on_thing(x, &lease->standing)))
        return false;
    lease->death = killed_by_find(call, &lease->standing);
    bool is_over = lease->row != NULL &&
                   (text_is(lease->row->state, "ended") ||
                    (text_is(lease->row->state, "live") && lease->row->expires_at_s <= call->find.at_s));
    return x->shows_dead || (lease->death.thing == NULL && !is_over);
}

static struct text state_of(const struct lease *lease)
{
    if (lease->row != NULL && (!text_is(lease->row->state, "live") || lease->death.thing == NULL))
        return lease->row->state;
    if (lease->row != NULL && lease->row->handle.length != 0)
        return TEXT("withdrawing"); /* as soon as somebody finds it */
    return lease->death.thing != NULL ? TEXT("killed") : TEXT("live");
}

static void write_identity(struct json_writer *writer, const struct lease *lease, const char *member)
{
    const struct json_value *identity = json_member(lease->canonical, text_of(member));
    if (identity == NULL)
        return;
    json_name(writer, text_of(member));
    json_write_value(writer, identity);
}

static void write_record_members(struct json_writer *writer, const struct lease *lease)
{
    static const char *const members[] = {"client", "target", "audience", "root", "parent", "scope_given"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        json_member_text_if(writer, members[i], json_text_of(lease->canonical, members[i]));
    write_identity(writer, lease, "subject");
    write_identity(writer, lease, "agent");
}

/* Of the last days, as far as gateways have written it down: each does so every minute. */
static void write_use(struct json_writer *writer, const struct store_query *use)
{
    if (use->use_count == 0)
        return;
    json_member_integer(writer, "last_used_at", use->uses[0].minute * 60);
    json_member_integer(writer, "calls", use->used.calls);
    json_member_integer(writer, "calls_refused", use->used.refused);
}

/* What several share has its fingerprint in a row of its own, which is older than theirs and on their page as a
 * rule. */
static struct text shared_fingerprint(const struct lease_reading *x, const struct store_lease *row)
{
    for (size_t i = 0; i < x->rows.lease_count && row->shares.length != 0; i++)
        if (text_equal(x->rows.leases[i].id, row->shares))
            return x->rows.leases[i].fingerprint;
    return TEXT_NONE;
}

static void write_row(struct json_writer *writer, const struct lease_reading *x, const struct store_lease *row,
                      bool has_record)
{
    if (!has_record) /* of an exchange that is under way, or of what several share: the record names it else */
        json_member_text_if(writer, "target", row->target);
    json_member_text(writer, "adapter", row->adapter);
    json_member_integer(writer, "attempts", row->attempts);
    json_member_integer(writer, "next_attempt_at", row->next_attempt_at_s);
    json_member_text_if(writer, "shares", row->shares);
    if (row->fingerprint.length == 0) {
        struct text shared = shared_fingerprint(x, row);
        json_member_text_if(writer, "fingerprint", shared.length != 0 ? shared : TEXT_NONE);
        return;
    }
    json_member_text(writer, "fingerprint", row->fingerprint);
    write_use(writer, &x->uses[row - x->rows.leases]);
}

static void write_lease(struct json_writer *writer, const struct lease_reading *x, const struct lease *lease)
{
    struct text id = lease->record != NULL ? lease->record->id : lease->row->id;
    int64_t expires_at_s = lease->record != NULL ? lease->record->expires_at_s : lease->row->expires_at_s;
    json_member_text(writer, "id", id);
    json_member_text(writer, "state", state_of(lease));
    json_member_integer(writer, "issued_at", identifier_time_ms(id.base, id.length) / 1000);
    json_member_integer(writer, "expires_at", expires_at_s);
    if (lease->canonical != NULL)
        write_record_members(writer, lease);
    if (lease->row != NULL)
        write_row(writer, x, lease->row, lease->canonical != NULL);
    killed_by_write(writer, &lease->death);
}

static void write_standing(struct json_writer *writer, const struct lease_reading *x, const struct lease *lease)
{
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    json_name(writer, TEXT("stands_on"));
    json_begin_array(writer);
    for (size_t i = 0; i < lease->standing.count; i++) {
        const struct store_guard *thing = &lease->standing.things[i];
        struct cutoff_death death = cutoff_book_find_death(book, thing, 1);
        json_begin_object(writer);
        json_member_text(writer, "kind", thing->kind);
        json_member_text(writer, "id", thing->id);
        json_member_boolean(writer, "ended", death.thing != NULL);
        killed_by_write_kill(writer, &death);
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
        write_lease(writer, x, &lease);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_member_integer(writer, "scanned", (int64_t)x->call.find.scanned);
    if (end.base != NULL && identifier_time_ms(end.base, end.length) * 1000 >= x->since_us)
        json_member_text(writer, "next", end);
    if (x->thing.kind.length != 0)
        json_member_boolean(writer, "known", !x->is_unknown);
}

static enum fault write_one(struct lease_reading *x, struct json_writer *writer)
{
    struct lease lease;
    size_t record_at = 0, row_at = 0;
    if (!next_lease(x, &record_at, &row_at, &lease) ||
        (lease.row == NULL && !store_record_has_lease(lease.record)))
        return FAULT_LEASE_UNKNOWN;
    if (!examine(x, &lease))
        return FAULT_LEASE_UNKNOWN;
    write_lease(writer, x, &lease);
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
        killed_by_write_known(&writer, call);
        json_end_object(&writer);
    }
    if (call->fault != FAULT_NONE)
        admin_call_answer_fault(call);
    else
        admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {
    FLOW_STEP(read_question),   FLOW_STEP(find_since), /* waits: store */
    FLOW_STEP(find_records),                           /* waits: store */
    FLOW_STEP(find_rows),                              /* waits: store */
    FLOW_STEP(find_uses),                              /* waits: store */
    FLOW_STEP(find_beginnings),                        /* waits: store */
    FLOW_STEP_ALWAYS(respond),  FLOW_STEP_LAST,
};

void admin_leases_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start(gateway, request, sizeof(struct lease_reading), steps, ADMIN_RIGHT_READ);
}

/* /v1/kills of the admin API. POST ?kind=&id= ends a thing: one row, durable with its record and in effect
 * on every loop of this gateway before the answer; DELETE lifts a bar; GET lists what was ended, newest first.
 * What it ended is for /v1/leases to say. */
#include "admin_call.h"
#include "base/random.h"
#include "exchange/kill.h"
#include "exchange/propagation.h"

enum { KILLS_PAGE = 50, KILLS_PAGE_MAX = 500, REASON_BYTES_MAX = 512 };

struct kill_change {
    struct admin_call call; /* first */
    struct kill kill;
    struct text reason;
    bool is_lift, is_past_only, is_dry_run;
    struct store_query row; /* of a lease that may not have a record yet */
    struct flow_wait row_wait;
    struct store_cutoff cutoff;
    struct propagation_wait effect;
    struct store_guard yet_to_come; /* what would be issued with the thing from now on */
    struct ledger_liveness barred;
};

static enum flow_step_result read_name(struct flow *flow)
{
    struct kill_change *x = (struct kill_change *)flow;
    struct admin_call *call = &x->call;
    x->is_lift = text_is(request_method(call->request), "DELETE");
    x->is_past_only = admin_call_is_asked(call, "past_only");
    x->is_dry_run = admin_call_is_asked(call, "dry_run");
    x->reason = form_value(&call->query, "reason");
    if (x->reason.length > REASON_BYTES_MAX)
        return admin_call_proceed(call, FAULT_PARAMETER_INVALID);
    struct text name = form_value(&call->query, "id");
    enum fault fault = kill_resolve(call->arena, call->world, form_value(&call->query, "kind"), name, &x->kill);
    /* A bar under a name that its document has not first any more is lifted by that name. */
    if (x->is_lift && cutoff_book_is_barred(cutoff_keeper_book(call->gateway->cutoffs), x->kill.kind, name))
        x->kill.id = name;
    /* A bar on what has no document any more must come off, too. */
    if (fault == FAULT_KILL_UNKNOWN && x->kill.id.length != 0 &&
        (x->is_lift || admin_call_is_asked(call, "force")))
        fault = FAULT_NONE;
    if (fault == FAULT_NONE && x->is_lift && x->kill.is_for_good)
        fault = FAULT_KILL_FOR_GOOD;
    return admin_call_proceed(call, fault);
}

static bool is_lease(const struct kill_change *x)
{
    return text_is(x->kill.kind, "lease");
}

static enum admin_right right_for(const struct kill_change *x)
{
    return x->is_lift ? ADMIN_RIGHT_LIFT : ADMIN_RIGHT_KILL;
}

static enum flow_step_result refuse_right(struct kill_change *x)
{
    struct admin_call *call = &x->call;
    struct text thing = arena_print(call->arena, "%.*s %.*s", TEXT_ARGUMENTS(x->kill.kind),
                                    TEXT_ARGUMENTS(text_beginning(x->kill.id, 128)));
    return admin_call_proceed(call, admin_call_refuse_right(call, right_for(x), thing));
}

/* Of a team's own: its targets, by whichever name, and further down their leases. A tree, a subject, a client
 * reach into what others own. */
static enum flow_step_result check_right(struct flow *flow)
{
    struct kill_change *x = (struct kill_change *)flow;
    const struct admin_call *call = &x->call;
    const struct target *target =
        text_is(x->kill.kind, "target") ? world_target(call->world, x->kill.id) : NULL;
    bool may_end =
        is_lease(x) || (target != NULL ? admin_call_may_document(call, target->document, right_for(x))
                                       : admin_call_is_operator(call, right_for(x)));
    return may_end ? FLOW_NEXT : refuse_right(x);
}

/* Of roots and leases the store knows whether there are any; everything else was found in the documents. */
static void start_finding(struct kill_change *x)
{
    struct admin_call *call = &x->call;
    call->find.id = x->kill.id;
    call->find.limit = 1;
    if (x->kill.is_for_good)
        admin_call_find(call, is_lease(x) ? STORE_QUERY_RECORD : STORE_QUERY_TREE);
    else
        flow_wait_done(&call->find_wait);
}

static enum flow_step_result find(struct flow *flow)
{
    struct kill_change *x = (struct kill_change *)flow;
    FLOW_AWAIT(flow, &x->call.find_wait, start_finding(x));
    return admin_call_proceed(&x->call, x->call.find.fault);
}

static void start_finding_row(struct kill_change *x)
{
    if (!is_lease(x)) {
        flow_wait_done(&x->row_wait);
        return;
    }
    x->row = (struct store_query){.kind = STORE_QUERY_LEASE, .id = x->kill.id};
    admin_call_ask(&x->call, &x->row, &x->row_wait);
}

/* What a person agreed to, and a code they gave, is ended like a lease, by its record: what was issued by it
 * stands on that. */
static bool is_consent(const struct store_record *record)
{
    bool is_persons = text_is(record->kind, "consent") || text_is(record->kind, "authorization");
    return is_persons && text_is(record->outcome, "done");
}

/* A root has records; a lease has one that granted it, or its row while it is being made. */
static bool is_known(const struct kill_change *x)
{
    const struct store_query *find = &x->call.find;
    if (!x->kill.is_for_good || x->row.lease_count != 0)
        return true;
    return find->record_count != 0 &&
           (!is_lease(x) || store_record_has_lease(&find->records[0]) || is_consent(&find->records[0]));
}

/* A lease that nobody knows is not said to be unknown to who could not end it. */
static bool may_end_lease(const struct kill_change *x)
{
    const struct admin_call *call = &x->call;
    if (call->find.record_count != 0)
        return admin_call_may_record(call, admin_call_read_record(call, &call->find.records[0]), right_for(x));
    struct text target = x->row.lease_count != 0 ? x->row.leases[0].target : TEXT_NONE;
    return admin_call_may_target(call, target, right_for(x));
}

static enum flow_step_result find_row(struct flow *flow)
{
    struct kill_change *x = (struct kill_change *)flow;
    FLOW_AWAIT(flow, &x->row_wait, start_finding_row(x));
    enum fault fault = x->row.fault;
    if (fault == FAULT_NONE && is_lease(x) && !may_end_lease(x))
        return refuse_right(x);
    if (fault == FAULT_NONE && !is_known(x) && !admin_call_is_asked(&x->call, "force"))
        fault = FAULT_KILL_UNKNOWN;
    return admin_call_proceed(&x->call, fault);
}

static struct text describe_change(const struct kill_change *x)
{
    struct buffer change = buffer_in(x->call.arena, 256);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "kind", x->kill.kind);
    json_member_text(&writer, "id", x->kill.id);
    json_member_boolean(&writer, "stands", x->cutoff.stands);
    json_member_text_if(&writer, "reason", x->reason.length != 0 ? x->reason : TEXT_NONE);
    json_end_object(&writer);
    return buffer_text(&change);
}

static void start_storing(struct kill_change *x)
{
    struct admin_call *call = &x->call;
    int64_t margin_us = call->world->gateway->kill_clock_margin_s * 1000000;
    x->cutoff = x->is_lift ? kill_lift(&x->kill, call->now_us)
                           : kill_cutoff(&x->kill, call->now_us + margin_us, x->is_past_only);
    x->cutoff.reason = x->reason.length != 0 ? x->reason : TEXT_NONE;
    x->cutoff.record = call->id;
    if (x->is_dry_run) {
        flow_wait_done(&call->entry.wait);
        return;
    }
    /* The end of a tree, or of a part of it, is shown in it. */
    if (x->kill.is_for_good && call->find.record_count != 0)
        call->root = call->find.records[0].root;
    if (is_lease(x))
        call->parent = x->kill.id;
    admin_call_begin_entry(call, x->is_lift ? TEXT("lift") : TEXT("kill"), describe_change(x));
    call->entry.transaction.cutoffs = &x->cutoff;
    call->entry.transaction.cutoff_count = 1;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result store(struct flow *flow)
{
    struct kill_change *x = (struct kill_change *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_storing(x));
    enum fault fault = admin_call_stored(&x->call);
    return admin_call_proceed(&x->call, fault == FAULT_STORE_CONFLICT ? FAULT_KILL_NOT_STANDING : fault);
}

/* What is committed holds, whether or not this gateway's loops can be told right now; the answer says which. */
static enum flow_step_result take_effect(struct flow *flow)
{
    struct kill_change *x = (struct kill_change *)flow;
    FLOW_AWAIT(flow, &x->effect.wait,
               propagation_await_entry(x->call.gateway, x->is_dry_run ? NULL : &x->call.entry, &x->effect));
    return FLOW_NEXT;
}

/* An older bar may stand on what only the past of was killed now. */
static void ask_for_bar(struct kill_change *x)
{
    struct gateway *gateway = x->call.gateway;
    x->yet_to_come = (struct store_guard){x->kill.kind, x->kill.id, INT64_MAX};
    ledger_check_liveness(gateway->store, gateway->cutoffs, &x->yet_to_come, 1, &x->barred);
}

static enum flow_step_result look_for_bar(struct flow *flow)
{
    struct kill_change *x = (struct kill_change *)flow;
    FLOW_AWAIT(flow, &x->barred.wait, ask_for_bar(x));
    return FLOW_NEXT; /* what is committed is said, whether or not this could be asked */
}

static bool stands(const struct kill_change *x)
{
    return x->cutoff.stands || (x->barred.fault == FAULT_NONE && x->barred.is_cut_off);
}

/* The first second whose credentials no kill of the past reaches: where the book cannot tell, as if the latest
 * had been just now. */
static int64_t issues_from_s(const struct kill_change *x)
{
    const struct admin_call *call = &x->call;
    const struct cutoff_book *book = cutoff_keeper_book(call->gateway->cutoffs);
    int64_t reach_us = call->now_us + call->world->gateway->kill_clock_margin_s * 1000000;
    if (x->is_lift && cutoff_book_epoch(book).number != 0)
        reach_us = cutoff_book_reach(book, x->kill.kind, x->kill.id);
    return (reach_us > call->now_us ? reach_us : call->now_us) / 1000000 + 1;
}

static enum flow_step_result respond(struct flow *flow)
{
    struct kill_change *x = (struct kill_change *)flow;
    struct admin_call *call = &x->call;
    if (call->fault != FAULT_NONE) {
        admin_call_answer_fault(call);
        return FLOW_NEXT;
    }
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "kind", x->kill.kind);
    json_member_text(&writer, "id", x->kill.id);
    json_member_boolean(&writer, "dry_run", x->is_dry_run);
    json_member_boolean(&writer, "lifted", x->is_lift);
    json_member_boolean(&writer, "stands", stands(x));
    json_member_integer(&writer, "at", call->now_us / 1000000);
    if (!x->kill.is_for_good && !stands(x))
        json_member_integer(&writer, "issues_from", issues_from_s(x));
    if (!x->is_dry_run) {
        json_member_text(&writer, "record", call->id);
        json_member_integer(&writer, "epoch", call->entry.transaction.counters.epoch.number);
        json_member_boolean(&writer, "in_effect", x->effect.fault == FAULT_NONE);
        /* By the documents that this loop had, the name was that; by those in the store it may be another. */
        const struct store_counters *committed = &call->entry.transaction.counters;
        if (committed->epoch.number != 0 && committed->generation.number != call->world->generation)
            json_member_boolean(&writer, "documents_changed", true);
    }
    json_end_object(&writer);
    admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

/* Where a page begins: kills that changed before an epoch, without so many of the first, since one commit may
 * have more of them than a page. "EPOCH" or "EPOCH.SKIP". */
static bool read_cursor(struct text cursor, struct store_query *find)
{
    struct text skip = cursor, epoch = text_cut(&skip, '.');
    if (cursor.length == 0)
        return true;
    return text_to_int64(epoch, &find->epoch) && find->epoch > 0 &&
           (skip.length == 0 || (text_to_int64(skip, &find->skip) && find->skip >= 0));
}

static struct text next_cursor(const struct admin_call *call)
{
    const struct store_query *find = &call->find;
    int64_t epoch = find->cutoffs[find->cutoff_count - 1].epoch, skip = 0;
    for (size_t i = find->cutoff_count; i > 0 && find->cutoffs[i - 1].epoch == epoch; i--)
        skip++;
    if (find->epoch == epoch + 1)
        skip += find->skip; /* this page began among the same */
    return arena_print(call->arena, "%lld.%lld", (long long)epoch + 1, (long long)skip);
}

static enum flow_step_result read_page(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    enum fault fault = admin_call_read_page(call, KILLS_PAGE, KILLS_PAGE_MAX);
    if (fault == FAULT_NONE && !read_cursor(call->find.id, &call->find))
        fault = FAULT_PARAMETER_INVALID;
    return admin_call_proceed(call, fault);
}

static enum flow_step_result find_kills(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    FLOW_AWAIT(flow, &call->find_wait, admin_call_find(call, STORE_QUERY_CUTOFFS_RECENT));
    return admin_call_proceed(call, call->find.fault);
}

/* When a change was made, by the id of its record; 0 where it has none. */
static int64_t time_of_s(struct text record)
{
    int64_t at_ms = identifier_time_ms(record.base, record.length);
    return at_ms < 0 ? 0 : at_ms / 1000;
}

static void write_lift(struct json_writer *writer, const struct store_cutoff *cutoff)
{
    json_name(writer, TEXT("lifted"));
    json_begin_object(writer);
    json_member_integer(writer, "at", time_of_s(cutoff->lift_record));
    json_member_text_if(writer, "reason", cutoff->lift_reason);
    json_member_text(writer, "record", cutoff->lift_record);
    json_end_object(writer);
}

/* at: when it was killed; reaches: what was issued up to then is dead, which is the clocks' margin later. */
static void write_kill(struct json_writer *writer, const struct store_cutoff *cutoff)
{
    int64_t killed_s = time_of_s(cutoff->record), reaches_s = cutoff->at_us / 1000000;
    json_begin_object(writer);
    json_member_text(writer, "kind", cutoff->kind);
    json_member_text(writer, "id", cutoff->id);
    json_member_integer(writer, "at", killed_s != 0 ? killed_s : reaches_s);
    json_member_integer(writer, "reaches", reaches_s);
    json_member_boolean(writer, "stands", cutoff->stands);
    json_member_integer(writer, "kept_until", cutoff->expires_at_s);
    json_member_text_if(writer, "reason", cutoff->reason);
    json_member_text_if(writer, "record", cutoff->record);
    if (cutoff->lift_record.length != 0)
        write_lift(writer, cutoff);
    json_member_integer(writer, "epoch", cutoff->epoch);
    json_end_object(writer);
}

/* Whom and what else was killed is for operators. */
static bool may_see(const struct admin_call *call, const struct store_cutoff *cutoff)
{
    const struct target *target =
        text_is(cutoff->kind, "target") ? world_target(call->world, cutoff->id) : NULL;
    return target == NULL ? admin_call_is_operator(call, ADMIN_RIGHT_READ)
                          : admin_call_may_document(call, target->document, ADMIN_RIGHT_READ);
}

static enum flow_step_result respond_list(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    if (call->fault != FAULT_NONE) {
        admin_call_answer_fault(call);
        return FLOW_NEXT;
    }
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_name(&writer, TEXT("kills"));
    json_begin_array(&writer);
    for (size_t i = 0; i < call->find.cutoff_count; i++)
        if (may_see(call, &call->find.cutoffs[i]))
            write_kill(&writer, &call->find.cutoffs[i]);
    json_end_array(&writer);
    if (call->find.cutoff_count == call->find.limit)
        json_member_text(&writer, "next", next_cursor(call));
    json_end_object(&writer);
    admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step change_steps[] = {
    FLOW_STEP(read_name),
    FLOW_STEP(check_right),
    FLOW_STEP(find),                             /* waits: store */
    FLOW_STEP(find_row),                         /* waits: store */
    FLOW_STEP(store),                            /* waits: commit */
    FLOW_STEP(take_effect),                      /* waits: every loop */
    FLOW_STEP(look_for_bar),                     /* waits: store, where the book does not know */
    FLOW_STEP_ALWAYS(admin_call_record_refusal), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

static const struct flow_step list_steps[] = {
    FLOW_STEP(read_page),
    FLOW_STEP(find_kills), /* waits: store */
    FLOW_STEP_ALWAYS(respond_list),
    FLOW_STEP_LAST,
};

void admin_kills_endpoint(struct gateway *gateway, struct request *request)
{
    if (text_is(request_method(request), "GET"))
        admin_call_start(gateway, request, sizeof(struct admin_call), list_steps, ADMIN_RIGHT_READ);
    else
        admin_call_start(gateway, request, sizeof(struct kill_change), change_steps,
                         text_is(request_method(request), "DELETE") ? ADMIN_RIGHT_LIFT : ADMIN_RIGHT_KILL);
}

/* /v1/documents of the admin API. GET lists or shows, POST applies a stream of documents and, where asked to,
 * removes what it does not hold, DELETE removes one: all or nothing, checked together with everything else that
 * is configured before anything changes, and recorded. What is planned and asked is in documents/. */
#include "base/clock.h"
#include "documents/document_change.h"
#include "exchange/world_source.h"

static enum flow_step_result begin_change(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    return admin_call_proceed(call, admin_call_take(call, &call->gateway->is_changing_documents));
}

static enum flow_step_result find_stored(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->call.find_wait, admin_call_find(&x->call, STORE_QUERY_DOCUMENTS));
    return admin_call_proceed(&x->call, x->call.find.fault);
}

static bool is_replaced(const struct document_change *x, const struct store_document *stored)
{
    for (size_t i = 0; i < x->change_count; i++)
        if (text_is(stored->kind, document_kind_name(x->changes[i].kind)) &&
            text_equal(stored->name, x->changes[i].name))
            return true;
    return false;
}

/* The mistakes of a set whose arena ends, for the answer. */
static void keep_mistakes(struct admin_call *call, const struct documents *whole)
{
    struct mistake *kept = ARENA_ARRAY(call->arena, struct mistake, whole->mistake_count + 1);
    for (size_t i = 0; i < whole->mistake_count; i++) {
        kept[i] = whole->mistakes[i];
        kept[i].source = arena_copy(call->arena, whole->mistakes[i].source);
        kept[i].sentence = arena_copy(call->arena, whole->mistakes[i].sentence);
    }
    call->mistakes.mistakes = kept;
    call->mistakes.mistake_count = whole->mistake_count;
}

/* Compiles what would be, so that a change that does not fit is refused as a whole before it is stored. */
static enum fault try_world(struct document_change *x)
{
    struct admin_call *call = &x->call;
    struct store_document *kept =
        ARENA_ARRAY(call->arena, struct store_document, call->find.document_count + 1);
    size_t kept_count = 0;
    for (size_t i = 0; i < call->find.document_count; i++)
        if (!is_replaced(x, &call->find.documents[i]))
            kept[kept_count++] = call->find.documents[i];
    struct documents whole;
    struct world *world;
    SCOPED_BUFFER mistakes = {0};
    struct arena *arena = arena_create();
    documents_init(&whole, arena);
    world_source_gather(call->gateway->file_documents, kept, kept_count, &whole);
    documents_include(&whole, &x->sent);
    const struct world_services services = gateway_world_services(call->gateway);
    enum fault fault = world_source_compile(&whole, &services, 0, &world, &mistakes);
    if (fault == FAULT_NONE) {
        world_release(world);
        return FAULT_NONE;
    }
    keep_mistakes(call, &whole);
    arena_destroy(arena);
    return fault;
}

/* What is there now, as the store has it: another gateway may have changed what this one's world shows. */
static void gather_stored(struct document_change *x)
{
    const struct store_query *find = &x->call.find;
    documents_init(&x->stored, x->call.arena);
    world_source_gather(x->call.gateway->file_documents, find->documents, find->document_count, &x->stored);
}

/* With the margin of kills: exchanges that were decided before every loop knows bear a later time. */
static void plan_cutoffs(struct document_change *x)
{
    x->ends_at_us = clock_wall_us() + x->call.world->gateway->kill_clock_margin_s * 1000000;
    x->cutoffs.count = 0;
    x->cutoffs.unkilled = (struct standing){.arena = x->call.arena};
    x->planned_epoch = cutoff_book_epoch(cutoff_keeper_book(x->call.gateway->cutoffs));
    for (size_t i = 0; i < x->change_count; i++) {
        const struct planned_change *change = &x->changes[i];
        document_cutoffs_add(&x->call, change->before, change->document, x->ends_at_us, &x->cutoffs);
    }
}

static enum flow_step_result plan(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    documents_init(&x->sent, x->call.arena);
    x->is_dry_run = admin_call_is_asked(&x->call, "dry_run");
    x->is_prune = admin_call_is_asked(&x->call, "prune");
    x->is_cascade = admin_call_is_asked(&x->call, "cascade");
    x->is_unvalidated = text_is(form_value(&x->call.query, "validation"), "false");
    gather_stored(x);
    enum fault fault = document_plan_make(x);
    if (fault == FAULT_NONE)
        fault = try_world(x);
    if (fault == FAULT_NONE) {
        plan_cutoffs(x);
        document_validation_list(x);
    }
    return admin_call_proceed(&x->call, fault);
}

static enum flow_step_result try_adapter(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->trial.wait, document_trial_start(x));
    return FLOW_NEXT;
}

static enum flow_step_result take_trial(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    bool is_more;
    enum fault fault = document_trial_take(x, &is_more);
    return fault == FAULT_NONE && is_more ? flow_go_back(flow, try_adapter)
                                          : admin_call_proceed(&x->call, fault);
}

static enum flow_step_result ask_adapter(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->validation.wait, document_validation_start(x));
    return FLOW_NEXT;
}

static enum flow_step_result take_validation(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    bool is_more;
    enum fault fault = document_validation_take(x, &is_more);
    return fault == FAULT_NONE && is_more ? flow_go_back(flow, ask_adapter)
                                          : admin_call_proceed(&x->call, fault);
}

static enum flow_step_result find_leases(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->leases.wait, document_leases_start(x));
    return FLOW_NEXT;
}

static enum flow_step_result count_leases(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    bool is_more;
    enum fault fault = document_leases_take(x, &is_more);
    if (fault == FAULT_NONE && is_more)
        return flow_go_back(flow, find_leases);
    return admin_call_proceed(&x->call, fault == FAULT_NONE ? document_leases_judge(x) : fault);
}

/* What was switched off is said where it is recorded, and not left to a digest. */
static bool is_off(const struct document *document)
{
    return (document->kind == DOCUMENT_COMBINATION && !document->combination.is_enabled) ||
           (document->kind == DOCUMENT_POLICY && !document->policy.is_enabled);
}

static void write_digest(struct json_writer *writer, const struct document *document)
{
    unsigned char digest[DIGEST_SIZE];
    char hexadecimal[2 * DIGEST_SIZE + 1];
    digest_sha256(document->body, digest);
    digest_hex(digest, hexadecimal);
    json_member_text(writer, "sha256", text_of(hexadecimal));
}

/* For whoever asked, not for the record, which has the digest. */
static void write_details(const struct document_change *x, const struct planned_change *change,
                          struct json_writer *writer)
{
    const struct document *whose = change->document != NULL ? change->document : change->before;
    if (whose != NULL)
        json_member_text_if(writer, "team", whose->team);
    if (change->live_leases != 0) {
        json_member_integer(writer, "live_leases", change->live_leases);
        json_member_integer(writer, "live_until", change->until_s);
    }
    if (change->before != NULL && change->document != NULL && text_is(text_of(change->change), "changed"))
        document_difference_write(writer, x->call.arena, change->before->body, change->document->body);
}

static void write_changes(const struct document_change *x, struct json_writer *writer, bool has_details)
{
    json_name(writer, TEXT("changes"));
    json_begin_array(writer);
    for (size_t i = 0; i < x->change_count; i++) {
        const struct planned_change *change = &x->changes[i];
        json_begin_object(writer);
        json_member_text(writer, "kind", text_of(document_kind_name(change->kind)));
        json_member_text(writer, "name", change->name);
        json_member_text(writer, "change", text_of(change->change));
        if (change->document != NULL) {
            write_digest(writer, change->document);
            if (is_off(change->document))
                json_member_boolean(writer, "enabled", false);
        }
        if (has_details)
            write_details(x, change, writer);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void start_storing(struct document_change *x)
{
    struct admin_call *call = &x->call;
    if (x->is_dry_run || x->row_count == 0) {
        flow_wait_done(&call->entry.wait);
        return;
    }
    SCOPED_BUFFER change = {0};
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    write_changes(x, &writer, false);
    if (x->is_unvalidated)
        json_member_boolean(&writer, "without_validation", true);
    json_end_object(&writer);
    admin_call_begin_entry(call, TEXT("document"), arena_copy(call->arena, buffer_text(&change)));
    call->entry.transaction.documents = x->rows;
    call->entry.transaction.document_count = x->row_count;
    call->entry.transaction.cutoffs = x->cutoffs.items;
    call->entry.transaction.cutoff_count = x->cutoffs.count;
    if (x->planned_epoch.number != 0) /* else all names are taken for barred already */
        admin_call_guard(call, &x->cutoffs.unkilled);
    if (!call->session.is_open) /* else that of the session, which is older */
        call->entry.transaction.checked_epoch = x->planned_epoch;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result store(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_storing(x));
    x->generation = x->call.entry.transaction.counters.generation.number != 0
                        ? x->call.entry.transaction.counters.generation.number
                        : x->call.find.counters.generation.number;
    enum fault fault = admin_call_stored(&x->call);
    return admin_call_proceed(&x->call, fault == FAULT_TOKEN_REVOKED ? FAULT_STORE_CONFLICT : fault);
}

static enum flow_step_result take_effect(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    bool has_changed = x->call.entry.transaction.document_count != 0;
    FLOW_AWAIT(flow, &x->effect.wait,
               propagation_await_entry(x->call.gateway, has_changed ? &x->call.entry : NULL, &x->effect));
    return admin_call_proceed(&x->call, x->effect.fault);
}

/* Where that took longer than the margin, exchanges were decided by the old documents that no cutoff reaches.
 */
static void start_covering(struct document_change *x)
{
    if (x->cutoffs.count == 0 || x->call.entry.transaction.document_count == 0 ||
        clock_wall_us() <= x->ends_at_us) {
        flow_wait_done(&x->late.wait);
        return;
    }
    plan_cutoffs(x);
    ledger_entry_begin(&x->late, x->call.arena, NULL);
    x->late.transaction.cutoffs = x->cutoffs.items;
    x->late.transaction.cutoff_count = x->cutoffs.count;
    ledger_append(x->call.gateway->store, &x->late);
}

static enum flow_step_result cover(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->late.wait, start_covering(x));
    return admin_call_proceed(&x->call, x->late.fault);
}

static enum flow_step_result take_effect_again(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    bool has_covered = x->late.transaction.cutoff_count != 0;
    FLOW_AWAIT(flow, &x->late_effect.wait,
               propagation_await_entry(x->call.gateway, has_covered ? &x->late : NULL, &x->late_effect));
    return admin_call_proceed(&x->call, x->late_effect.fault);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    if (x->call.fault != FAULT_NONE) {
        admin_call_answer_fault(&x->call);
        return FLOW_NEXT;
    }
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_integer(&writer, "generation", x->generation);
    json_member_boolean(&writer, "dry_run", x->is_dry_run);
    write_changes(x, &writer, true);
    json_end_object(&writer);
    admin_call_answer(&x->call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step change_steps[] = {
    FLOW_STEP(begin_change),
    FLOW_STEP(find_stored), /* waits: store */
    FLOW_STEP(plan),
    FLOW_STEP(try_adapter), /* waits: the program */
    FLOW_STEP(take_trial),
    FLOW_STEP(ask_adapter), /* waits: adapter */
    FLOW_STEP(take_validation),
    FLOW_STEP(find_leases), /* waits: store */
    FLOW_STEP(count_leases),
    FLOW_STEP(store),                            /* waits: commit */
    FLOW_STEP(take_effect),                      /* waits: every loop */
    FLOW_STEP(cover),                            /* waits: commit, where that took long */
    FLOW_STEP(take_effect_again),                /* waits: every loop */
    FLOW_STEP_ALWAYS(admin_call_record_refusal), /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

static void write_document(struct json_writer *writer, const struct document *document)
{
    SCOPED_ARENA arena = arena_create();
    const struct json_value *body;
    json_begin_object(writer);
    json_member_text(writer, "kind", text_of(document_kind_name(document->kind)));
    json_member_text(writer, "name", document->name);
    json_member_text_if(writer, "team", document->team);
    json_member_text(writer, "source", document->source);
    json_member_integer(writer, "line", document->line);
    json_name(writer, TEXT("body"));
    if (json_parse(arena, document->body, &json_limits_document, &body) == FAULT_NONE)
        json_write_value(writer, body);
    else
        json_write_null(writer);
    json_end_object(writer);
}

static enum flow_step_result show(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    const struct documents *documents = &call->world->documents;
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    if (admin_call_rest(call, "/v1/documents").length != 0) {
        enum document_kind kind;
        struct text name;
        const struct document *document = NULL;
        if (document_change_name(call, &kind, &name) == FAULT_NONE)
            document = documents_find(documents, kind, name);
        if (document == NULL || !admin_call_may_document(call, document, ADMIN_RIGHT_READ))
            return admin_call_proceed(call, FAULT_DOCUMENT_UNKNOWN);
        write_document(&writer, document);
    } else {
        json_begin_object(&writer);
        json_member_integer(&writer, "generation", call->world->generation);
        json_name(&writer, TEXT("items"));
        json_begin_array(&writer);
        for (size_t i = 0; i < documents->count; i++)
            if (admin_call_may_document(call, documents->items[i], ADMIN_RIGHT_READ))
                write_document(&writer, documents->items[i]);
        json_end_array(&writer);
        json_end_object(&writer);
    }
    admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static enum flow_step_result answer_fault(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    if (call->fault != FAULT_NONE)
        admin_call_answer_fault(call);
    return FLOW_NEXT;
}

static const struct flow_step show_steps[] = {FLOW_STEP(show), FLOW_STEP_ALWAYS(answer_fault), FLOW_STEP_LAST};

void admin_documents_endpoint(struct gateway *gateway, struct request *request)
{
    struct text method = request_method(request);
    if (text_is(method, "GET"))
        admin_call_start(gateway, request, sizeof(struct admin_call), show_steps, ADMIN_RIGHT_READ);
    else
        admin_call_start(gateway, request, sizeof(struct document_change), change_steps,
                         text_is(method, "DELETE") ? ADMIN_RIGHT_DELETE : ADMIN_RIGHT_APPLY);
}

/* /v1/documents on the admin socket. GET lists or shows, POST applies a stream of documents, DELETE removes
 * one: all or nothing, checked together with everything else that is configured before anything changes, and
 * recorded. */
#include "admin_call.h"
#include "base/clock.h"
#include "document_cutoffs.h"
#include "exchange/propagation.h"
#include "exchange/world_source.h"

struct planned_change {
    const struct document *document; /* as sent; NULL when one is deleted */
    enum document_kind kind;
    struct text name;
    const char *change;
};

struct document_change {
    struct admin_call call; /* first */
    struct documents sent;
    struct documents stored;
    struct planned_change *changes;
    size_t change_count;
    struct store_document *rows;
    size_t row_count;
    struct cutoff_list cutoffs;         /* of what is switched off by this, and of what stays dead */
    struct store_counter planned_epoch; /* of the kills that this was planned on */
    int64_t ends_at_us;                 /* what is switched off ends all that was issued up to then */
    struct ledger_entry late;           /* the same cutoffs again, for what was issued while this took effect */
    struct propagation_wait late_effect;
    bool is_dry_run;
    struct adapter_trial trial; /* of one Adapter after the other */
    size_t tried;               /* changes that were looked at for that */
    struct propagation_wait effect;
    int64_t generation;
};

/* KIND/NAME from the path; DOCUMENT_UNKNOWN if it is not that. */
static enum fault named_in_path(const struct admin_call *call, enum document_kind *kind, struct text *name)
{
    struct text rest = admin_call_rest(call, "/v1/documents");
    struct text kind_name = text_cut(&rest, '/');
    *name = rest;
    return rest.length != 0 && document_kind_parse(kind_name, kind) ? FAULT_NONE : FAULT_DOCUMENT_UNKNOWN;
}

static const struct store_document *stored_named(const struct store_query *query, enum document_kind kind,
                                                 struct text name)
{
    for (size_t i = 0; i < query->document_count; i++)
        if (text_is(query->documents[i].kind, document_kind_name(kind)) &&
            text_equal(query->documents[i].name, name))
            return &query->documents[i];
    return NULL;
}

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

/* Documents of files belong to their file: DOCUMENT_READ_ONLY names it. */
static enum fault check_not_from_file(struct document_change *x, enum document_kind kind, struct text name)
{
    const struct document *in_file = documents_find(x->call.gateway->file_documents, kind, name);
    if (in_file == NULL)
        return FAULT_NONE;
    x->call.detail =
        arena_print(x->call.arena, "%s/%.*s comes from %.*s:%u; change it there.", document_kind_name(kind),
                    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(in_file->source), in_file->line);
    return FAULT_DOCUMENT_READ_ONLY;
}

static void add_row(struct document_change *x, const struct planned_change *change)
{
    const struct store_document *stored = stored_named(&x->call.find, change->kind, change->name);
    x->rows[x->row_count++] =
        (struct store_document){.kind = text_of(document_kind_name(change->kind)),
                                .name = change->name,
                                .team = change->document == NULL ? TEXT_NONE : change->document->team,
                                .body = change->document == NULL ? TEXT_NONE : change->document->body,
                                .expected_generation = stored == NULL ? 0 : stored->generation};
}

static enum fault read_sent(struct document_change *x)
{
    struct admin_call *call = &x->call;
    if (request_body_is_too_large(call->request))
        return FAULT_REQUEST_TOO_LARGE;
    documents_read(&x->sent, TEXT("request"), request_body(call->request));
    call->mistakes = x->sent;
    if (x->sent.mistake_count != 0 || x->sent.count == 0)
        return FAULT_DOCUMENT_INVALID;
    x->changes = ARENA_ARRAY(call->arena, struct planned_change, x->sent.count);
    x->rows = ARENA_ARRAY(call->arena, struct store_document, x->sent.count);
    for (size_t i = 0; i < x->sent.count; i++) {
        const struct document *document = x->sent.items[i];
        if (document->kind == DOCUMENT_GATEWAY) {
            call->detail = TEXT("kind: Gateway belongs in a file; it cannot be stored.");
            return FAULT_DOCUMENT_INVALID;
        }
        TRY(check_not_from_file(x, document->kind, document->name));
        const struct store_document *stored = stored_named(&call->find, document->kind, document->name);
        struct planned_change *change = &x->changes[x->change_count++];
        *change = (struct planned_change){document, document->kind, document->name,
                                          stored == NULL                             ? "created"
                                          : text_equal(stored->body, document->body) ? "unchanged"
                                                                                     : "changed"};
        if (!text_is(text_of(change->change), "unchanged"))
            add_row(x, change);
    }
    return FAULT_NONE;
}

static enum fault read_deletion(struct document_change *x)
{
    enum document_kind kind;
    struct text name;
    TRY(named_in_path(&x->call, &kind, &name));
    TRY(check_not_from_file(x, kind, name));
    if (stored_named(&x->call.find, kind, name) == NULL)
        return FAULT_DOCUMENT_UNKNOWN;
    x->changes = ARENA_NEW(x->call.arena, struct planned_change);
    x->rows = ARENA_NEW(x->call.arena, struct store_document);
    x->changes[x->change_count++] =
        (struct planned_change){NULL, kind, arena_copy(x->call.arena, name), "deleted"};
    add_row(x, &x->changes[0]);
    return FAULT_NONE;
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
        const struct document *now = documents_find(&x->stored, change->kind, change->name);
        document_cutoffs_add(&x->call, now, change->document, x->ends_at_us, &x->cutoffs);
    }
}

static enum flow_step_result plan(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    documents_init(&x->sent, x->call.arena);
    x->is_dry_run = text_is(form_value(&x->call.query, "dry_run"), "true");
    bool is_deletion = text_is(request_method(x->call.request), "DELETE");
    enum fault fault = is_deletion ? read_deletion(x) : read_sent(x);
    if (fault == FAULT_NONE)
        fault = try_world(x);
    if (fault == FAULT_NONE) {
        gather_stored(x);
        plan_cutoffs(x);
    }
    return admin_call_proceed(&x->call, fault);
}

/* The next Adapter that is new or another: what cannot be started is not for the store. */
static const struct document *next_to_try(struct document_change *x)
{
    while (x->tried < x->change_count) {
        const struct planned_change *change = &x->changes[x->tried++];
        if (change->kind == DOCUMENT_ADAPTER && change->document != NULL &&
            change->document->adapter.is_enabled && !text_is(text_of(change->change), "unchanged"))
            return change->document;
    }
    return NULL;
}

static void start_trying(struct document_change *x)
{
    x->trial.arena = x->call.arena;
    x->trial.document = next_to_try(x);
    if (x->trial.document == NULL)
        flow_wait_done(&x->trial.wait);
    else
        adapter_host_try(x->call.gateway->adapter_host, &x->trial);
}

static enum flow_step_result try_adapter(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->trial.wait, start_trying(x));
    if (x->trial.fault != FAULT_NONE)
        x->call.detail = arena_print(x->call.arena, "Adapter/%.*s does not work: %.*s",
                                     TEXT_ARGUMENTS(x->trial.document->name), TEXT_ARGUMENTS(x->trial.detail));
    return admin_call_proceed(&x->call, x->trial.fault);
}

static enum flow_step_result try_next_adapter(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    if (x->trial.document == NULL)
        return FLOW_NEXT;
    x->trial = (struct adapter_trial){0};
    return flow_go_back(flow, try_adapter);
}

/* What was switched off is said where it is recorded, and not left to a digest. */
static bool is_off(const struct document *document)
{
    return (document->kind == DOCUMENT_COMBINATION && !document->combination.is_enabled) ||
           (document->kind == DOCUMENT_POLICY && !document->policy.is_enabled);
}

static void write_changes(const struct document_change *x, struct json_writer *writer)
{
    json_name(writer, TEXT("changes"));
    json_begin_array(writer);
    for (size_t i = 0; i < x->change_count; i++) {
        json_begin_object(writer);
        json_member_text(writer, "kind", text_of(document_kind_name(x->changes[i].kind)));
        json_member_text(writer, "name", x->changes[i].name);
        json_member_text(writer, "change", text_of(x->changes[i].change));
        if (x->changes[i].document != NULL) {
            unsigned char digest[DIGEST_SIZE];
            char hexadecimal[2 * DIGEST_SIZE + 1];
            digest_sha256(x->changes[i].document->body, digest);
            digest_hex(digest, hexadecimal);
            json_member_text(writer, "sha256", text_of(hexadecimal));
            if (is_off(x->changes[i].document))
                json_member_boolean(writer, "enabled", false);
        }
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
    write_changes(x, &writer);
    json_end_object(&writer);
    admin_call_begin_entry(call, TEXT("document"), arena_copy(call->arena, buffer_text(&change)));
    call->entry.transaction.documents = x->rows;
    call->entry.transaction.document_count = x->row_count;
    call->entry.transaction.cutoffs = x->cutoffs.items;
    call->entry.transaction.cutoff_count = x->cutoffs.count;
    if (x->planned_epoch.number != 0) { /* else all names are taken for barred already */
        call->entry.transaction.guards = x->cutoffs.unkilled.things;
        call->entry.transaction.guard_count = x->cutoffs.unkilled.count;
        call->entry.transaction.checked_epoch = x->planned_epoch;
    }
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result store(struct flow *flow)
{
    struct document_change *x = (struct document_change *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_storing(x));
    x->generation = x->call.entry.transaction.counters.generation.number != 0
                        ? x->call.entry.transaction.counters.generation.number
                        : x->call.find.counters.generation.number;
    enum fault fault = x->call.entry.fault;
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
    write_changes(x, &writer);
    json_end_object(&writer);
    admin_call_answer(&x->call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step change_steps[] = {
    FLOW_STEP(begin_change),
    FLOW_STEP(find_stored), /* waits: store */
    FLOW_STEP(plan),
    FLOW_STEP(try_adapter), /* waits: the program */
    FLOW_STEP(try_next_adapter),
    FLOW_STEP(store),             /* waits: commit */
    FLOW_STEP(take_effect),       /* waits: every loop */
    FLOW_STEP(cover),             /* waits: commit, where that took long */
    FLOW_STEP(take_effect_again), /* waits: every loop */
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
        if (named_in_path(call, &kind, &name) == FAULT_NONE)
            document = documents_find(documents, kind, name);
        if (document == NULL)
            return admin_call_proceed(call, FAULT_DOCUMENT_UNKNOWN);
        write_document(&writer, document);
    } else {
        json_begin_object(&writer);
        json_member_integer(&writer, "generation", call->world->generation);
        json_name(&writer, TEXT("items"));
        json_begin_array(&writer);
        for (size_t i = 0; i < documents->count; i++)
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
    if (text_is(request_method(request), "GET"))
        admin_call_start(gateway, request, sizeof(struct admin_call), show_steps);
    else
        admin_call_start(gateway, request, sizeof(struct document_change), change_steps);
}

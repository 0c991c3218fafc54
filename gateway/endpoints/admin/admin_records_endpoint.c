/* /v1/records and /v1/trace of the admin API: one record, the newest ones, or the whole tree a credential
 * belongs to. A trace may begin with a fingerprint or, in a body, with the credential itself. */
#include "killed_by.h"
#include "provenance/trace.h"
#include "provenance/trace_question.h"

enum { RECORDS_PAGE = 50, RECORDS_PAGE_MAX = 500, TREE_RECORDS_MAX = 1000, GIVEN_MAX = 200, SHARED_MAX = 8 };

struct record_reading {
    struct admin_call call; /* first */
    struct text asked;      /* id or root */
    struct trace_question question;
    struct store_query lease;
    struct flow_wait lease_wait;
    struct store_lease *given; /* leases of the credential that was asked about, newest first */
    size_t given_count, shared_asked;
    struct store_query sharing;
    struct flow_wait sharing_wait;
    enum store_query_kind wanted;
    struct store_query tree;
    struct flow_wait tree_wait;
    bool is_trace;
    struct text next; /* where the next page begins, of which this one may show little */
    bool is_cut;      /* the tree has more records than are shown */
};

static enum flow_step_result read_question(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    x->asked = admin_call_rest(&x->call, "/v1/records");
    if (x->asked.length > 128)
        return admin_call_proceed(&x->call, FAULT_RECORD_UNKNOWN);
    if (x->asked.length == 0) {
        x->wanted = STORE_QUERY_RECENT;
        return admin_call_proceed(&x->call, admin_call_read_page(&x->call, RECORDS_PAGE, RECORDS_PAGE_MAX));
    }
    x->wanted = STORE_QUERY_RECORD;
    x->call.find.id = x->asked;
    x->call.find.limit = 1;
    return admin_call_proceed(&x->call, FAULT_NONE);
}

/* A team sees records of its targets. */
static bool may_see(const struct admin_call *call, const struct store_record *record)
{
    return admin_call_may_record(call, admin_call_read_record(call, record), ADMIN_RIGHT_READ);
}

static void keep_visible(const struct admin_call *call, struct store_query *query)
{
    size_t kept = 0;
    if (!call->session.is_open)
        return;
    for (size_t i = 0; i < query->record_count; i++)
        if (may_see(call, &query->records[i]))
            query->records[kept++] = query->records[i];
    query->record_count = kept;
}

/* -- what is traced */

/* A credential is a secret and comes in a body: URLs end up in logs. */
static enum fault read_shown(struct record_reading *x)
{
    struct form form;
    TRY(form_parse(x->call.arena, request_body(x->call.request), &form));
    struct text credential = form_value(&form, "credential");
    if (credential.length == 0)
        return FAULT_TOKEN_MISSING;
    trace_question_show(x->call.arena, x->call.gateway->sealer, credential, &x->question);
    return FAULT_NONE;
}

static enum flow_step_result read_trace_question(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    struct text name = admin_call_rest(&x->call, "/v1/trace");
    bool is_shown = text_is(request_method(x->call.request), "POST");
    x->is_trace = true;
    if (is_shown != (name.length == 0) || name.length > 128)
        return admin_call_proceed(&x->call, FAULT_RECORD_UNKNOWN);
    if (is_shown)
        return admin_call_proceed(&x->call, read_shown(x));
    trace_question_name(name, &x->question);
    return FLOW_NEXT;
}

static void find_lease_of(struct record_reading *x)
{
    if (x->question.tried == x->question.count) {
        flow_wait_done(&x->lease_wait);
        return;
    }
    x->lease = (struct store_query){.kind = STORE_QUERY_LEASE_BY_FINGERPRINT,
                                    .id = x->question.fingerprints[x->question.tried++],
                                    .limit = GIVEN_MAX + 1};
    admin_call_ask(&x->call, &x->lease, &x->lease_wait);
}

static enum flow_step_result find_lease(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    FLOW_AWAIT(flow, &x->lease_wait, find_lease_of(x));
    return admin_call_proceed(&x->call, x->lease.fault);
}

/* Another that it may have, where nobody has this one. */
static enum flow_step_result take_lease(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    if (x->lease.lease_count == 0 && x->question.tried < x->question.count) {
        x->lease_wait = (struct flow_wait){0};
        return flow_go_back(flow, find_lease);
    }
    x->given = ARENA_ARRAY(x->call.arena, struct store_lease, GIVEN_MAX + 1);
    return FLOW_NEXT;
}

static void keep_given(struct record_reading *x, const struct store_lease *leases, size_t count)
{
    for (size_t i = 0; i < count && x->given_count <= GIVEN_MAX; i++)
        x->given[x->given_count++] = leases[i];
}

static bool is_any_shared(const struct record_reading *x)
{
    return x->shared_asked < x->lease.lease_count && x->shared_asked < SHARED_MAX;
}

static void find_sharing(struct record_reading *x)
{
    if (!is_any_shared(x)) {
        flow_wait_done(&x->sharing_wait);
        return;
    }
    x->sharing = (struct store_query){
        .kind = STORE_QUERY_LEASES_GIVEN, .id = x->lease.leases[x->shared_asked].id, .limit = GIVEN_MAX + 1};
    admin_call_ask(&x->call, &x->sharing, &x->sharing_wait);
}

/* A lease that others share has no record: who shares it was given the credential. Any other, as the vault has
 * them, was given it itself. The newest of all is traced. */
static enum flow_step_result find_given(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    FLOW_AWAIT(flow, &x->sharing_wait, find_sharing(x));
    if (x->sharing.fault != FAULT_NONE)
        return admin_call_proceed(&x->call, x->sharing.fault);
    if (is_any_shared(x)) {
        const struct store_lease *found = &x->lease.leases[x->shared_asked++];
        bool is_shared = x->sharing.lease_count != 0;
        keep_given(x, is_shared ? x->sharing.leases : found, is_shared ? x->sharing.lease_count : 1);
        x->sharing = (struct store_query){0};
        x->sharing_wait = (struct flow_wait){0};
        return flow_go_back(flow, find_given);
    }
    keep_given(x, x->lease.leases + x->shared_asked, x->lease.lease_count - x->shared_asked);
    x->asked = x->given_count != 0 ? x->given[0].id : x->question.id;
    x->wanted = STORE_QUERY_RECORD;
    x->call.find.id = x->asked;
    x->call.find.limit = 1;
    return admin_call_proceed(&x->call, x->asked.length == 0 ? FAULT_RECORD_UNKNOWN : FAULT_NONE);
}

static enum flow_step_result find(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    FLOW_AWAIT(flow, &x->call.find_wait, admin_call_find(&x->call, x->wanted));
    if (x->call.find.record_count == x->call.find.limit && x->call.session.is_open)
        x->next = x->call.find.records[x->call.find.record_count - 1].id;
    if (!x->is_trace)
        keep_visible(&x->call, &x->call.find);
    return admin_call_proceed(&x->call, x->call.find.fault);
}

/* What was asked for is a record, then its root names the tree; or it is a root itself. */
static void find_tree(struct record_reading *x)
{
    const struct store_query *found = &x->call.find;
    struct text root = found->record_count == 1 ? found->records[0].root : x->asked;
    if (root.length == 0) {
        x->tree.fault = FAULT_RECORD_IN_NO_TREE;
        flow_wait_done(&x->tree_wait);
        return;
    }
    x->tree = (struct store_query){.kind = STORE_QUERY_TREE, .id = root, .limit = TREE_RECORDS_MAX + 1};
    admin_call_ask(&x->call, &x->tree, &x->tree_wait);
}

/* The first records of a tree that is too large to be shown, and in any case the one that was asked for. */
static void cut_tree(struct record_reading *x)
{
    const struct store_query *found = &x->call.find;
    bool is_there = found->record_count == 0;
    x->tree.record_count = TREE_RECORDS_MAX;
    for (size_t i = 0; i < x->tree.record_count && !is_there; i++)
        is_there = text_equal(x->tree.records[i].id, found->records[0].id);
    if (!is_there)
        x->tree.records[TREE_RECORDS_MAX - 1] = found->records[0];
    x->is_cut = true;
}

static enum flow_step_result find_root(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    FLOW_AWAIT(flow, &x->tree_wait, find_tree(x));
    if (x->tree.record_count > TREE_RECORDS_MAX)
        cut_tree(x);
    keep_visible(&x->call, &x->tree);
    if (x->tree.fault == FAULT_NONE && x->tree.record_count == 0)
        return admin_call_proceed(&x->call, FAULT_RECORD_UNKNOWN);
    return admin_call_proceed(&x->call, x->tree.fault);
}

static enum flow_step_result respond_records(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    struct admin_call *call = &x->call;
    bool is_one = x->asked.length != 0;
    if (call->fault == FAULT_NONE && is_one && call->find.record_count == 0)
        call->fault = FAULT_RECORD_UNKNOWN;
    if (call->fault != FAULT_NONE) {
        admin_call_answer_fault(call);
        return FLOW_NEXT;
    }
    SCOPED_BUFFER body = {0};
    if (!is_one)
        buffer_append(&body, TEXT("{\"records\":["));
    for (size_t i = 0; i < call->find.record_count; i++) {
        if (i != 0)
            buffer_append_byte(&body, ',');
        buffer_append(&body, call->find.records[i].canonical);
    }
    if (!is_one && x->next.length != 0)
        buffer_print(&body, "],\"next\":\"%.*s\"}", TEXT_ARGUMENTS(x->next));
    else if (!is_one)
        buffer_append(&body, TEXT("]}"));
    admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static void write_killed(const struct admin_call *call, const struct store_record *record,
                         struct json_writer *writer)
{
    struct cutoff_death death = {0};
    if (store_record_has_lease(record))
        death = killed_by_find_record(call, record);
    if (death.thing == NULL)
        return;
    json_begin_object(writer);
    json_member_text(writer, "id", record->id);
    killed_by_write(writer, &death);
    json_end_object(writer);
}

/* Everybody who was given the credential, newest first, where it was looked for by that. */
static void write_given(const struct record_reading *x, struct json_writer *writer)
{
    if (x->given_count == 0)
        return;
    json_name(writer, TEXT("given"));
    json_begin_array(writer);
    for (size_t i = 0; i < x->given_count && i < GIVEN_MAX; i++) {
        const struct store_lease *lease = &x->given[i];
        if (!admin_call_may_target(&x->call, lease->target, ADMIN_RIGHT_READ))
            continue;
        json_begin_object(writer);
        json_member_text(writer, "id", lease->id);
        json_member_text(writer, "target", lease->target);
        json_member_text(writer, "state", lease->state);
        json_member_integer(writer, "issued_at", lease->issued_at_us / 1000000);
        json_member_integer(writer, "expires_at", lease->expires_at_s);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_member_boolean(writer, "given_complete", x->given_count <= GIVEN_MAX);
}

/* The tree, and what of it was killed. */
static enum fault write_trace(const struct record_reading *x, struct buffer *body)
{
    const struct admin_call *call = &x->call;
    TRY(trace_write(call->arena, x->tree.records, x->tree.record_count, x->asked, body));
    SCOPED_BUFFER state = {0};
    struct json_writer writer = json_writer_on(&state);
    json_begin_object(&writer);
    json_name(&writer, TEXT("killed"));
    json_begin_array(&writer);
    for (size_t i = 0; i < x->tree.record_count; i++)
        write_killed(call, &x->tree.records[i], &writer);
    json_end_array(&writer);
    killed_by_write_known(&writer, call);
    json_member_boolean(&writer, "complete", !x->is_cut);
    write_given(x, &writer);
    json_end_object(&writer);
    /* Records went in byte for byte: their closed object is opened again for what they do not know. */
    body->length--;
    buffer_append_byte(body, ',');
    buffer_append(body, (struct text){state.base + 1, state.length - 1});
    return FAULT_NONE;
}

static enum flow_step_result respond_trace(struct flow *flow)
{
    struct record_reading *x = (struct record_reading *)flow;
    struct admin_call *call = &x->call;
    SCOPED_BUFFER body = {0};
    if (call->fault == FAULT_NONE)
        call->fault = write_trace(x, &body);
    if (call->fault != FAULT_NONE)
        admin_call_answer_fault(call);
    else
        admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step record_steps[] = {
    FLOW_STEP(read_question),
    FLOW_STEP(find), /* waits: store */
    FLOW_STEP_ALWAYS(respond_records),
    FLOW_STEP_LAST,
};

static const struct flow_step trace_steps[] = {
    FLOW_STEP(read_trace_question),
    FLOW_STEP(find_lease), /* waits: store, where a fingerprint is asked about */
    FLOW_STEP(take_lease), /* or back, to the next that it may have */
    FLOW_STEP(find_given), /* waits: store, for each lease that others may share */
    FLOW_STEP(find),       /* waits: store */
    FLOW_STEP(find_root),  /* waits: store */
    FLOW_STEP_ALWAYS(respond_trace),
    FLOW_STEP_LAST,
};

void admin_records_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start(gateway, request, sizeof(struct record_reading), record_steps, ADMIN_RIGHT_READ);
}

void admin_trace_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start(gateway, request, sizeof(struct record_reading), trace_steps, ADMIN_RIGHT_READ);
}

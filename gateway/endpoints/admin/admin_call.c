/* The shared beginning and end of admin calls. */
#include "admin_call.h"

#include "base/clock.h"
#include "base/random.h"
#include "lifecycle/stranger_book.h"

/* Before the answer: whoever has it may come again on another loop at once. */
static void give_back(struct admin_call *call)
{
    if (call->taken != NULL)
        atomic_store(call->taken, false);
    call->taken = NULL;
}

void admin_call_dispose(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    give_back(call);
    world_release(call->world);
    arena_destroy(call->arena);
}

static struct admin_call *make(struct gateway *gateway, struct request *request, size_t size)
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
    return call;
}

void admin_call_end_refused(struct admin_call *call)
{
    admin_call_answer_fault(call);
    admin_call_dispose(&call->flow);
}

void admin_call_start(struct gateway *gateway, struct request *request, size_t size,
                      const struct flow_step *steps, unsigned right)
{
    struct admin_call *call = make(gateway, request, size);
    if (call->fault != FAULT_NONE)
        admin_call_end_refused(call);
    else if (request_listener(request) == REQUEST_LISTENER_ADMIN)
        flow_start(&call->flow, steps, admin_call_dispose);
    else
        admin_door_open(call, right, steps);
}

void admin_call_start_as_stranger(struct gateway *gateway, struct request *request, size_t size,
                                  const struct flow_step *steps)
{
    struct admin_call *call = make(gateway, request, size);
    if (call->fault != FAULT_NONE)
        admin_call_end_refused(call);
    else
        flow_start(&call->flow, steps, admin_call_dispose);
}

bool admin_call_may(const struct admin_call *call, struct text team, enum admin_right right)
{
    if (!call->session.is_open)
        return true;
    const struct policy_administered asked = {.name = team};
    return team_rights_cover(&call->session.rights, team, right) && admin_policy_allows(call, right, &asked);
}

static bool policy_allows(const struct admin_call *call, const struct document *document,
                          enum admin_right right)
{
    const struct policy_administered asked = {text_of(document_kind_name(document->kind)), document->name,
                                              document->team};
    return admin_policy_allows(call, right, &asked);
}

bool admin_call_may_document(const struct admin_call *call, const struct document *document,
                             enum admin_right right)
{
    return !call->session.is_open || (team_rights_cover(&call->session.rights, document->team, right) &&
                                      policy_allows(call, document, right));
}

bool admin_call_may_change(const struct admin_call *call, const struct document *document,
                           enum admin_right right)
{
    return !call->session.is_open || (team_rights_cover_document(&call->session.rights, document, right) &&
                                      policy_allows(call, document, right));
}

bool admin_call_is_operator(const struct admin_call *call, enum admin_right right)
{
    return !call->session.is_open || (call->session.rights.of_operator & right) != 0;
}

bool admin_call_may_target(const struct admin_call *call, struct text target, enum admin_right right)
{
    const struct document *document =
        target.length == 0 ? NULL : documents_find(&call->world->documents, DOCUMENT_TARGET, target);
    return document == NULL ? admin_call_is_operator(call, right)
                            : admin_call_may_document(call, document, right);
}

bool admin_call_may_record(const struct admin_call *call, const struct json_value *record,
                           enum admin_right right)
{
    struct text target = json_text_of(record, "target"), team = json_text_of(record, "target_team");
    const struct document *document =
        target.length == 0 ? NULL : documents_find(&call->world->documents, DOCUMENT_TARGET, target);
    bool is_anothers = document != NULL && !text_equal(document->team, team);
    return is_anothers ? admin_call_is_operator(call, right) : admin_call_may_target(call, target, right);
}

enum fault admin_call_take_budget(struct admin_call *call, const struct team_rights *rights)
{
    const struct team_account *team =
        rights->count == 0 ? NULL : world_team(call->world, rights->grants[0].team->name);
    if (team == NULL)
        return FAULT_NONE;
    struct budget_limits limits = team->limits;
    limits.live_credentials = 0;
    return budget_take(call->gateway->budgets, team->account, &limits, call->now_us, &call->retry_after_s);
}

const struct json_value *admin_call_read_record(const struct admin_call *call,
                                                const struct store_record *record)
{
    const struct json_value *canonical = NULL;
    return json_parse(call->arena, record->canonical, &json_limits_document, &canonical) == FAULT_NONE
               ? canonical
               : NULL;
}

enum fault admin_call_refuse_right(struct admin_call *call, enum admin_right right, struct text thing)
{
    struct text name = admin_right_name(right);
    bool may_be_forbidden = policy_set_is_in_force(&call->world->policies.set);
    call->detail =
        arena_print(call->arena, "This session has not the right '%.*s' for %.*s%s.", TEXT_ARGUMENTS(name),
                    TEXT_ARGUMENTS(thing), may_be_forbidden ? ", or a policy forbids it" : "");
    return FAULT_ADMIN_RIGHT_MISSING;
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

void admin_call_ask(const struct admin_call *call, struct store_query *query, struct flow_wait *wait)
{
    query->arena = call->arena;
    store_find_awaited(call->gateway->store, query, wait);
}

void admin_call_find(struct admin_call *call, enum store_query_kind kind)
{
    call->find.kind = kind;
    admin_call_ask(call, &call->find, &call->find_wait);
}

bool admin_call_is_asked(const struct admin_call *call, const char *parameter)
{
    return text_is(form_value(&call->query, parameter), "true");
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

/* Who made a change hangs it under the login of that session, unless it hangs somewhere else already. */
struct record admin_call_describe(const struct admin_call *call, struct text kind, struct text change)
{
    const struct admin_session *session = &call->session;
    struct record record = {.id = call->id,
                            .at_us = call->now_us,
                            .kind = kind,
                            .outcome = TEXT("done"),
                            .root = call->root,
                            .parent = call->parent,
                            .client = TEXT(ADMIN_SOCKET_CLIENT),
                            .client_method = TEXT("unix_socket"),
                            .generation = call->world->generation,
                            .source_address = request_peer_address(call->request),
                            .change = change};
    if (!session->is_open)
        return record;
    record.client = TEXT(ADMIN_AUDIENCE);
    record.client_method = TEXT("admin_session");
    record.agent = (struct record_identity){session->identity.issuer, session->identity.subject};
    if (call->root.length == 0 && call->parent.length == 0) {
        record.root = session->root;
        record.parent = session->id;
    }
    return record;
}

void admin_call_begin_entry(struct admin_call *call, struct text kind, struct text change)
{
    const struct record record = admin_call_describe(call, kind, change);
    admin_call_begin_entry_of(call, &record);
}

void admin_call_begin_entry_of(struct admin_call *call, const struct record *record)
{
    ledger_entry_begin(&call->entry, call->arena, record);
    call->entry.transaction.guards = call->session.things;
    call->entry.transaction.guard_count = call->session.thing_count;
    call->entry.transaction.checked_epoch = call->session.epoch;
}

enum fault admin_call_stored(const struct admin_call *call)
{
    const struct store_guard *ended = call->entry.transaction.cut_off_by;
    bool is_sessions = call->entry.fault == FAULT_TOKEN_REVOKED && ended >= call->entry.transaction.guards &&
                       ended < call->entry.transaction.guards + call->session.thing_count;
    return is_sessions ? FAULT_ADMIN_TOKEN_INVALID : call->entry.fault;
}

void admin_call_guard(struct admin_call *call, const struct standing *standing)
{
    struct store_transaction *transaction = &call->entry.transaction;
    struct store_guard *guards =
        ARENA_ARRAY(call->arena, struct store_guard, transaction->guard_count + standing->count + 1);
    for (size_t i = 0; i < transaction->guard_count; i++)
        guards[i] = transaction->guards[i];
    for (size_t i = 0; i < standing->count; i++)
        guards[transaction->guard_count + i] = standing->things[i];
    transaction->guards = guards;
    transaction->guard_count += standing->count;
}

static struct text describe_refusal(const struct admin_call *call)
{
    struct buffer change = buffer_in(call->arena, 256);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "method", request_method(call->request));
    json_member_text(&writer, "path", text_beginning(request_path(call->request), 256));
    json_member_text_if(&writer, "detail", call->detail);
    json_end_object(&writer);
    return buffer_text(&change);
}

void admin_call_start_recording_refusal(struct admin_call *call)
{
    if (!call->session.is_open || call->fault != FAULT_ADMIN_RIGHT_MISSING) {
        flow_wait_done(&call->refusal.wait);
        return;
    }
    call->root = call->parent = TEXT_NONE;
    struct record record = admin_call_describe(call, TEXT("admin"), describe_refusal(call));
    record.outcome = TEXT("refused");
    record.fault = call->fault;
    ledger_entry_begin(&call->refusal, call->arena, &record);
    ledger_append(call->gateway->store, &call->refusal);
}

enum flow_step_result admin_call_record_refusal(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    FLOW_AWAIT(flow, &call->refusal.wait, admin_call_start_recording_refusal(call));
    return FLOW_NEXT;
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
    give_back(call);
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

/* Whoever is refused at the door is counted by address, like every stranger (decision 0028), and so is a
 * session that keeps asking for what it may not. */
static void count_refusal(const struct admin_call *call)
{
    bool is_at_door = request_listener(call->request) == REQUEST_LISTENER_ADMIN_TLS &&
                      (!call->session.is_open || call->fault == FAULT_ADMIN_RIGHT_MISSING);
    if (is_at_door && call->fault != FAULT_ADDRESS_RATE && fault_row(call->fault)->http_status < 500)
        stranger_book_note(call->gateway->strangers, request_peer_network(call->request), call->fault,
                           call->now_us);
}

static void answer_problem(const struct admin_call *call, const struct fault_row *row, struct text body)
{
    struct response_header headers[3] = {{"cache-control", TEXT("no-store")}};
    size_t count = 1;
    if (row->http_status == 401) /* RFC 6750 section 3: without a token there is no error to tell of */
        headers[count++] = (struct response_header){
            "www-authenticate", call->fault == FAULT_ADMIN_TOKEN_MISSING
                                    ? TEXT("Bearer realm=\"dragoman-admin\"")
                                    : TEXT("Bearer realm=\"dragoman-admin\", error=\"invalid_token\"")};
    if (row->http_status == 429)
        headers[count++] = (struct response_header){
            "retry-after", arena_print(call->arena, "%lld", (long long)call->retry_after_s)};
    struct response response = {.status = row->http_status,
                                .content_type = TEXT("application/problem+json"),
                                .body = body,
                                .headers = headers,
                                .header_count = count};
    request_answer(call->request, &response);
}

void admin_call_answer_fault(struct admin_call *call)
{
    count_refusal(call);
    give_back(call);
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
    answer_problem(call, row, buffer_text(&body));
}

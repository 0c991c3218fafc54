/* /connections: what a person agreed to, by service and by the program that may use it, and an end for each. To
 * end one is a cutoff of its consent, and so of everything that stands on it, in the transaction that records
 * it, and in effect on every loop of this gateway before the page answers. To end a whole service ends all its
 * consents and has the adapter forget the account, here and at the other side; until that was done, the service
 * stays on the page (consents_end), whatever became of the consents. */
#include "authorization/authorization.h"
#include "person_call.h"

struct disconnect_call {
    struct person_call call; /* first */
    struct text consent;     /* its id, or */
    struct text target_name; /* all of a target */
    struct text client;      /* account of the one that was ended */
    struct text ended_target;
    struct store_state row;
    struct credential_connection connection;
    bool is_asked; /* the adapter was */
    struct ledger_entry failure;
    struct text failure_id;
    struct ledger_entry tidying;
    struct store_state tidied;
};

/* --- looking --- */

static enum flow_step_result ask_who(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    if (call->has_session)
        return FLOW_NEXT;
    const struct response_header location = {"location", person_call_path(call, "/login")};
    struct page *page = page_begin(call->arena, "Log in");
    page_link(page, location.value, "Log in to see what is connected");
    call->is_answered = true;
    page_answer(page, call->request, 303, &location, 1);
    return FLOW_SKIP;
}

static void show_account(struct page *page, const struct consent *consent)
{
    if (consent->is_unfinished)
        page_fact(page, "Account", TEXT("Connecting was not finished"));
    else if (consent->account.length != 0)
        page_fact(page, "Account", consent->account);
}

static void show_consent(struct person_call *call, struct page *page, const struct consent *consent)
{
    struct text program = person_call_program(call->arena, consent->client);
    page_fact(page, "Agent's program", program);
    page_fact(page, "Rights", consent->scope.length != 0 ? consent->scope : TEXT("(none is named)"));
    show_account(page, consent);
    page_fact(page, "Since", person_call_time(call->arena, consent->given_at_s));
    page_fact(page, "Until", person_call_time(call->arena, consent->expires_at_s));
    page_hidden(page, "consent", consent->id);
    page_form(page, person_call_path(call, "/connections/disconnect"),
              arena_print(call->arena, "End this for %.*s", TEXT_ARGUMENTS(program)).base, call->session.csrf);
}

static void offer_disconnecting(struct person_call *call, struct page *page, struct text name)
{
    page_hidden(page, "target", name);
    page_form(page, person_call_path(call, "/connections/disconnect"),
              arena_print(call->arena, "Disconnect %.*s for every program", TEXT_ARGUMENTS(name)).base,
              call->session.csrf);
}

static bool is_first_of_target(const struct consents *consents, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (text_equal(consents->items[i].target, consents->items[index].target))
            return false;
    return true;
}

/* With a heading, if there is any; whether there was. */
static bool show_live(struct person_call *call, struct page *page, struct text name)
{
    bool is_any = false;
    for (size_t i = 0; i < call->consents.count; i++) {
        const struct consent *consent = &call->consents.items[i];
        if (!text_equal(consent->target, name) || !person_call_is_live(call, consent))
            continue;
        if (!is_any)
            page_heading(page, arena_copy(call->arena, name).base);
        is_any = true;
        show_consent(call, page, consent);
    }
    if (is_any)
        offer_disconnecting(call, page, name);
    return is_any;
}

/* One of a service where an account may be connected and nothing is agreed to any more; NULL: there is no
 * account, or nobody who could be asked to forget it. */
static const struct consent *find_trace(const struct person_call *call, struct text name)
{
    const struct target *target = world_target_named(call->world, name);
    struct credential_target told;
    const struct consent *found = NULL;
    const struct adapter *adapter = target != NULL ? target_connecting_adapter(target, &told) : NULL;
    for (size_t i = 0; i < call->consents.count; i++) {
        const struct consent *consent = &call->consents.items[i];
        if (!text_equal(consent->target, name))
            continue;
        if (person_call_is_live(call, consent))
            return NULL;
        if (consent->has_connection && adapter != NULL && adapter->connect != NULL)
            found = consent;
    }
    return found;
}

static void show_trace(struct person_call *call, struct page *page, const struct consent *trace)
{
    page_heading(page, arena_copy(call->arena, trace->target).base);
    page_text(page, TEXT("No agent may use this any more, but your account may still be connected."));
    show_account(page, trace);
    offer_disconnecting(call, page, trace->target);
}

static void show_services(struct person_call *call, struct page *page)
{
    const struct consents *consents = &call->consents;
    bool is_any = false;
    for (size_t i = 0; i < consents->count; i++)
        if (is_first_of_target(consents, i))
            is_any |= show_live(call, page, consents->items[i].target);
    if (!is_any)
        page_text(page, TEXT("No agent has your consent to use anything."));
    for (size_t i = 0; i < consents->count; i++) {
        const struct consent *trace =
            is_first_of_target(consents, i) ? find_trace(call, consents->items[i].target) : NULL;
        if (trace != NULL)
            show_trace(call, page, trace);
    }
}

static enum flow_step_result show(struct flow *flow)
{
    struct person_call *call = (struct person_call *)flow;
    struct page *page = page_begin(call->arena, "Your connections");
    page_fact(page, "Logged in as", person_call_identity(call->arena, &call->session.person));
    page_form(page, person_call_path(call, "/logout"), "Log out", call->session.csrf);
    show_services(call, page);
    person_call_answer(call, page, 200);
    return FLOW_NEXT;
}

/* --- ending --- */

static enum flow_step_result read_what(struct flow *flow)
{
    struct disconnect_call *x = (struct disconnect_call *)flow;
    struct person_call *call = &x->call;
    x->consent = form_value(&call->form, "consent");
    x->target_name = form_value(&call->form, "target");
    return person_call_proceed(
        call, (x->consent.length == 0) != (x->target_name.length == 0) ? FAULT_NONE : FAULT_PARAMETER_INVALID);
}

/* Only in their own row: whose id or name it is besides makes no difference. A trace is nobody's consent. */
static bool is_meant(const struct disconnect_call *x, const struct consent *consent)
{
    return x->consent.length != 0 ? text_equal(consent->id, x->consent) && consent->expires_at_s != 0
                                  : text_equal(consent->target, x->target_name);
}

/* What is connected is forgotten whether or not people still connect there, but where they do not, for those
 * alone who did: what an adapter keeps there besides is the operators'. */
static bool may_be_forgotten(const struct target *target, bool is_any)
{
    return target != NULL && (is_any || target->document->target.consent_s != 0);
}

static enum flow_step_result choose(struct flow *flow)
{
    struct disconnect_call *x = (struct disconnect_call *)flow;
    struct person_call *call = &x->call;
    struct text name = x->target_name;
    bool is_any = false;
    for (size_t i = call->consents.count; i-- > 0;) {
        if (!is_meant(x, &call->consents.items[i]))
            continue;
        name = call->consents.items[i].target;
        x->client = call->consents.items[i].client;
        is_any = true;
        consents_end(&call->consents, i);
    }
    x->ended_target = name;
    const struct target *target = world_target_named(call->world, name);
    bool is_connected = may_be_forgotten(target, is_any);
    if (is_connected)
        person_call_choose_adapter(call, target);
    /* An account may be connected still where nothing is agreed to any more. */
    return person_call_proceed(
        call, is_any || (x->target_name.length != 0 && is_connected) ? FAULT_NONE : FAULT_CONSENT_UNKNOWN);
}

static struct text describe_change(const struct disconnect_call *x)
{
    const struct person_call *call = &x->call;
    struct text detail = text_beginning(x->connection.detail, PERSON_DETAIL_BYTES_MAX);
    struct buffer change = buffer_in(call->arena, 512);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "does", x->consent.length != 0 ? TEXT("end") : TEXT("forget"));
    json_member_text(&writer, "session", call->session.id);
    if (x->target_name.length != 0)
        json_member_text(&writer, "target", x->target_name);
    json_name(&writer, TEXT("consents"));
    json_begin_array(&writer);
    for (size_t i = 0; i < call->consents.gone_count; i++)
        json_write_text(&writer, call->consents.gone[i]);
    json_end_array(&writer);
    json_member_text_if(&writer, "detail", detail.length != 0 ? detail : TEXT_NONE);
    json_end_object(&writer);
    return buffer_text(&change);
}

static struct record describe(const struct disconnect_call *x)
{
    bool is_one = x->consent.length != 0;
    struct record record =
        person_call_describe(&x->call, is_one ? TEXT("consent") : TEXT("connection"), describe_change(x));
    if (is_one) {
        record.client = person_call_client_id(x->call.world, x->client);
        record.parent = x->consent;
    }
    return record;
}

static void start_storing(struct disconnect_call *x)
{
    struct person_call *call = &x->call;
    const struct record record = describe(x);
    person_call_begin_entry(call, &call->entry, &record);
    person_call_end_consents(call);
    if (call->consents.version != 0) {
        consents_write(&call->consents, &x->row);
        call->entry.transaction.states = &x->row;
        call->entry.transaction.state_count = 1;
    }
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result store_end(struct flow *flow)
{
    struct disconnect_call *x = (struct disconnect_call *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_storing(x));
    enum fault fault = person_call_stored(&x->call.entry);
    if (fault == FAULT_STORE_CONFLICT && person_call_may_try_again(&x->call))
        return flow_go_back(flow, person_call_read_consents);
    return person_call_proceed(&x->call, fault);
}

static enum flow_step_result take_effect(struct flow *flow)
{
    struct disconnect_call *x = (struct disconnect_call *)flow;
    FLOW_AWAIT(flow, &x->call.effect.wait,
               propagation_await_entry(x->call.gateway, &x->call.entry, &x->call.effect));
    return FLOW_NEXT; /* what is committed holds; the page says if this gateway could not be told */
}

static void start_forgetting(struct disconnect_call *x)
{
    struct person_call *call = &x->call;
    if (x->target_name.length == 0 || call->adapter == NULL || call->adapter->connect == NULL) {
        flow_wait_done(&x->connection.wait);
        return;
    }
    x->connection.arena = call->arena;
    x->connection.target = call->adapter_target;
    x->connection.subject = call->session.person;
    x->connection.is_end = true;
    x->is_asked = true;
    call->adapter->connect(call->adapter, &x->connection);
}

static enum flow_step_result forget(struct flow *flow)
{
    struct disconnect_call *x = (struct disconnect_call *)flow;
    FLOW_AWAIT(flow, &x->connection.wait, start_forgetting(x));
    return FLOW_NEXT;
}

/* No event: only what the page shows hangs on it. Where the row was changed meanwhile the trace stays, too. */
static void start_tidying(struct disconnect_call *x)
{
    struct person_call *call = &x->call;
    bool is_forgotten = x->is_asked && x->connection.fault == FAULT_NONE;
    if (!is_forgotten || !consents_forget(&call->consents, x->target_name)) {
        flow_wait_done(&x->tidying.wait);
        return;
    }
    call->consents.version = x->row.version;
    consents_write(&call->consents, &x->tidied);
    ledger_entry_begin(&x->tidying, call->arena, NULL);
    x->tidying.transaction.states = &x->tidied;
    x->tidying.transaction.state_count = 1;
    ledger_append(call->gateway->store, &x->tidying);
}

static enum flow_step_result tidy(struct flow *flow)
{
    struct disconnect_call *x = (struct disconnect_call *)flow;
    FLOW_AWAIT(flow, &x->tidying.wait, start_tidying(x));
    return FLOW_NEXT;
}

static void start_recording_failure(struct disconnect_call *x)
{
    struct person_call *call = &x->call;
    if (!x->is_asked || x->connection.fault == FAULT_NONE) {
        flow_wait_done(&x->failure.wait);
        return;
    }
    struct record record = describe(x);
    x->failure_id = person_call_another_id(call);
    record.id = x->failure_id;
    record.parent = call->id;
    record.outcome = TEXT("refused");
    record.fault = x->connection.fault;
    ledger_entry_begin(&x->failure, call->arena, &record);
    ledger_append(call->gateway->store, &x->failure);
}

static enum flow_step_result record_failure(struct flow *flow)
{
    struct disconnect_call *x = (struct disconnect_call *)flow;
    FLOW_AWAIT(flow, &x->failure.wait, start_recording_failure(x));
    bool is_failure = x->failure_id.length != 0 && x->failure.fault == FAULT_NONE;
    x->call.reference = is_failure ? x->failure_id : x->call.id;
    return FLOW_NEXT;
}

/* What is known of the other side: nothing where it was not asked, and no more than it said. */
static struct text tell_of_service(const struct disconnect_call *x, struct text service)
{
    struct arena *arena = x->call.arena;
    if (!x->is_asked)
        return TEXT_NONE;
    if (x->connection.fault != FAULT_NONE)
        return arena_print(arena,
                           "%.*s could not be told to take back its permission. Try again later, or take it "
                           "away yourself in your account's settings there.",
                           TEXT_ARGUMENTS(service));
    if (json_is_true(json_member(x->connection.request, TEXT("revoked"))))
        return arena_print(arena,
                           "Your account is disconnected, here and at %.*s: the permission that you gave there "
                           "was taken back.",
                           TEXT_ARGUMENTS(service));
    return arena_print(arena,
                       "Your account is disconnected here: nothing of it is kept any more. %.*s did not say "
                       "whether it took back its permission, so look in your account's settings there if you "
                       "want to be sure.",
                       TEXT_ARGUMENTS(service));
}

static void tell_of_end(const struct disconnect_call *x, struct page *page, struct text service)
{
    const struct person_call *call = &x->call;
    bool is_whole = x->target_name.length != 0, is_left = !is_whole && call->adapter != NULL;
    struct text who = is_whole ? TEXT("No agent") : person_call_program(call->arena, x->client);
    struct text told = tell_of_service(x, service);
    page_text(page, arena_print(call->arena, "%.*s may%s use %.*s in your name any more.", TEXT_ARGUMENTS(who),
                                is_whole ? "" : " not", TEXT_ARGUMENTS(service)));
    if (told.length != 0)
        page_text(page, told);
    if (is_left && call->adapter->connect != NULL)
        page_text(page, TEXT("If your account is connected there, it stays so until you disconnect it."));
    if (call->effect.fault != FAULT_NONE)
        page_text(page, TEXT("This is saved. It may take a moment until it holds everywhere."));
}

static enum flow_step_result show_ended(struct flow *flow)
{
    struct disconnect_call *x = (struct disconnect_call *)flow;
    struct person_call *call = &x->call;
    bool has_failed = x->connection.fault != FAULT_NONE;
    struct text service = call->target != NULL ? call->target->document->name : x->ended_target;
    struct page *page = page_begin(call->arena, has_failed ? "Ended here, but not at the service" : "Ended");
    tell_of_end(x, page, service);
    page_fact(page, "Reference", call->reference);
    if (call->target != NULL && (x->target_name.length == 0 || has_failed))
        offer_disconnecting(call, page, service);
    page_link(page, person_call_path(call, "/connections"), "Your connections");
    person_call_answer(call, page, has_failed ? 502 : 200);
    return FLOW_NEXT;
}

static const struct flow_step show_steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(person_call_read_session), /* waits: store, where the book is not sure */
    FLOW_STEP(ask_who),
    FLOW_STEP(person_call_read_consents), /* waits: store */
    FLOW_STEP(show),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

static const struct flow_step disconnect_steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(person_call_read_form),
    FLOW_STEP(person_call_read_session), /* waits: store, where the book is not sure */
    FLOW_STEP(person_call_need_session),
    FLOW_STEP(person_call_check_token),
    FLOW_STEP(read_what),
    FLOW_STEP(person_call_read_consents), /* waits: store */
    FLOW_STEP(choose),
    FLOW_STEP(store_end),      /* waits: commit */
    FLOW_STEP(take_effect),    /* waits: every loop */
    FLOW_STEP(forget),         /* waits: adapter, for a whole service */
    FLOW_STEP(tidy),           /* waits: commit, if there is no account any more */
    FLOW_STEP(record_failure), /* waits: commit, if it failed */
    FLOW_STEP(show_ended),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

void connections_page(struct gateway *gateway, struct request *request)
{
    person_call_start(gateway, request, sizeof(struct person_call), show_steps);
}

void disconnect_page(struct gateway *gateway, struct request *request)
{
    person_call_start(gateway, request, sizeof(struct disconnect_call), disconnect_steps);
}

/* POST /register (RFC 7591 section 3), where spec.authorization.registration is on: anybody may register a
 * public client of the authorization code grant. It gets a name and no secret, and the name is good for nothing
 * but asking people. How many there are is bounded, and how many one address makes in a minute; nothing is
 * recorded of strangers (decision 0028). */
#include "authorization/authorization.h"
#include "base/clock.h"
#include "base/random.h"
#include "code/registered_client.h"
#include "exchange/call.h"
#include "exchange/client_class.h"
#include "login/login_discovery.h"

enum { PLACES_TRIED_MAX = 8, ANSWER_BYTES = 1024 };

struct registration {
    struct call call; /* first */
    struct client_words words;
    struct registered_client_reading reading;
    unsigned tries;
    struct text client_id;
    struct store_state row;
    struct ledger_entry entry;
};

static enum fault admit(struct registration *x)
{
    struct call *call = &x->call;
    bool is_open = call->world->gateway->authorization.is_registration_open &&
                   client_class_find(call->world, TEXT(REGISTERED_CLIENT_PREFIX)) != NULL;
    if (!is_open)
        return FAULT_REGISTRATION_CLOSED;
    if (!text_is_media_type(request_header(call->request, "content-type", 0), TEXT("application/json")))
        return FAULT_REGISTRATION_METADATA;
    TRY(client_registration_read(call->arena, request_body(call->request), &x->words));
    return login_budget_take(people_keeper_budget(call->gateway->people), request_peer_network(call->request),
                             call->world->gateway->strangers.refusals_per_minute, clock_monotonic_us(),
                             &call->retry_after_s);
}

static enum flow_step_result read_metadata(struct flow *flow)
{
    struct registration *x = (struct registration *)flow;
    return call_proceed(&x->call, admit(x));
}

static void start_reading(struct registration *x)
{
    struct call *call = &x->call;
    uint32_t random;
    random_bytes(&random, sizeof(random));
    x->reading = (struct registered_client_reading){
        .store = call->gateway->store,
        .sealer = call->gateway->sealer,
        .arena = call->arena,
        .place = random % call->world->gateway->authorization.registrations,
        .wait = x->reading.wait,
    };
    registered_client_read(&x->reading);
}

static enum flow_step_result find_place(struct flow *flow)
{
    struct registration *x = (struct registration *)flow;
    FLOW_AWAIT(flow, &x->reading.wait, start_reading(x));
    if (x->reading.fault != FAULT_NONE)
        return call_proceed(&x->call, x->reading.fault);
    if (x->reading.client_id.length == 0)
        return FLOW_NEXT;
    if (++x->tries == PLACES_TRIED_MAX)
        return call_proceed(&x->call, FAULT_REGISTRATION_FULL);
    x->reading.wait = (struct flow_wait){0};
    return flow_go_back(flow, find_place);
}

static void start_storing(struct registration *x)
{
    struct call *call = &x->call;
    x->client_id =
        registered_client_make(&x->reading, &x->words, call->now_s + REGISTERED_CLIENT_UNUSED_S, &x->row);
    ledger_entry_begin(&x->entry, call->arena, NULL);
    x->entry.transaction.states = &x->row;
    x->entry.transaction.state_count = 1;
    ledger_append(call->gateway->store, &x->entry);
}

static enum flow_step_result store_client(struct flow *flow)
{
    struct registration *x = (struct registration *)flow;
    FLOW_AWAIT(flow, &x->entry.wait, start_storing(x));
    return call_proceed(&x->call, x->entry.fault);
}

static void write_list(struct json_writer *writer, const char *name, const char *item)
{
    json_name(writer, text_of(name));
    json_begin_array(writer);
    json_write_text(writer, text_of(item));
    json_end_array(writer);
}

/* RFC 7591 section 3.2.1: all that was registered, also where it is not what was asked for. */
static enum flow_step_result respond(struct flow *flow)
{
    struct registration *x = (struct registration *)flow;
    struct call *call = &x->call;
    if (call->fault != FAULT_NONE) {
        call_answer_fault(call);
        return FLOW_NEXT;
    }
    struct buffer body = buffer_in(call->arena, ANSWER_BYTES);
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "client_id", x->client_id);
    json_member_integer(&writer, "client_id_issued_at", call->now_s);
    client_words_write(&writer, &x->words);
    json_member_text(&writer, "token_endpoint_auth_method", TEXT("none"));
    write_list(&writer, "grant_types", "authorization_code");
    write_list(&writer, "response_types", "code");
    json_end_object(&writer);
    call_answer(call, 201, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {
    FLOW_STEP(call_read_no_form), FLOW_STEP(read_metadata), FLOW_STEP(find_place), /* waits: store */
    FLOW_STEP(store_client),                                                       /* waits: commit */
    FLOW_STEP_ALWAYS(respond),    FLOW_STEP_LAST,
};

void registration_endpoint(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct registration), steps, NULL);
}

/* GET /login and /login/NAME: a browser is sent to where its person logs in. What it will be asked for when it
 * comes back is kept first, in a row that only this browser's cookie finds. */
#include "login/login.h"

#include "authorization/authorization.h"
#include "base/clock.h"
#include "login/login_discovery.h"
#include "login/login_messages.h"
#include "person_call.h"

struct login_call {
    struct person_call call; /* first */
    struct text issuer_name; /* TEXT_NONE: to be chosen */
    struct text return_path;
    const struct issuer *issuer;
    struct login_discovery discovery;
    struct login_state state;
    char ticket[LOGIN_STATE_RANDOM_SIZE];
    struct store_state row;
};

static bool is_for_people(const struct issuer *issuer)
{
    const struct issuer_document *spec = &issuer->document->issuer;
    return !issuer->is_self && spec->is_enabled && spec->login.client_id.length != 0;
}

const struct issuer *login_issuer(const struct world *world, struct text name)
{
    for (size_t i = 0; i < world->issuer_count; i++) {
        const struct issuer *issuer = world->issuers_by_identifier[i];
        if (is_for_people(issuer) && text_equal(issuer->document->name, name))
            return issuer;
    }
    return NULL;
}

/* --- which issuer --- */

static const struct issuer *only_issuer(const struct world *world, size_t *count)
{
    const struct issuer *found = NULL;
    *count = 0;
    for (size_t i = 0; i < world->issuer_count; i++)
        if (is_for_people(world->issuers_by_identifier[i])) {
            found = world->issuers_by_identifier[i];
            ++*count;
        }
    return *count == 1 ? found : NULL;
}

static void show_choice(struct login_call *x)
{
    struct person_call *call = &x->call;
    const struct world *world = call->world;
    struct page *page = page_begin(call->arena, "Log in");
    page_text(page, TEXT("Where do you log in?"));
    for (size_t i = 0; i < world->issuer_count; i++) {
        const struct issuer *issuer = world->issuers_by_identifier[i];
        if (!is_for_people(issuer))
            continue;
        struct text name = issuer->document->name; /* lower-case letters, digits, '-' and '.' */
        struct text path = arena_print(call->arena, "/login/%.*s", TEXT_ARGUMENTS(name));
        page_fact(page, "Identity provider", issuer->document->issuer.issuer);
        page_link(page, person_call_path(call, path.base), arena_copy(call->arena, name).base);
    }
    person_call_answer(call, page, 200);
}

static enum flow_step_result choose(struct flow *flow)
{
    struct login_call *x = (struct login_call *)flow;
    struct person_call *call = &x->call;
    size_t count = 0;
    x->issuer = x->issuer_name.length != 0 ? login_issuer(call->world, x->issuer_name)
                                           : only_issuer(call->world, &count);
    if (x->issuer == NULL && count > 1) {
        show_choice(x);
        return FLOW_SKIP;
    }
    return person_call_proceed(call, x->issuer != NULL ? FAULT_NONE : FAULT_LOGIN_UNKNOWN);
}

/* --- beginning --- */

/* Each login that is begun is a row, and whoever begins it is a stranger: what one address may begin and not
 * finish is bounded as its refusals are, apart from them, and what all may begin together. */
static enum flow_step_result admit(struct flow *flow)
{
    struct login_call *x = (struct login_call *)flow;
    struct person_call *call = &x->call;
    struct people_keeper *people = call->gateway->people;
    const int64_t limit = call->world->gateway->strangers.refusals_per_minute, now_us = clock_monotonic_us();
    enum fault fault = login_budget_take(people_keeper_budget(people), request_peer_network(call->request),
                                         limit, now_us, &call->retry_after_s);
    if (fault == FAULT_NONE)
        fault = people_keeper_admit_login(people, now_us);
    return person_call_proceed(call, fault);
}

static void start_discovery(struct login_call *x)
{
    x->discovery.arena = x->call.arena;
    login_discovery_find(x->call.gateway->people, x->issuer->document->issuer.issuer, &x->discovery);
}

static enum flow_step_result discover(struct flow *flow)
{
    struct login_call *x = (struct login_call *)flow;
    FLOW_AWAIT(flow, &x->discovery.wait, start_discovery(x));
    return person_call_proceed(&x->call, x->discovery.fault);
}

static void start_keeping(struct login_call *x)
{
    struct person_call *call = &x->call;
    x->state = (struct login_state){
        .issuer_name = x->issuer->document->name,
        .issuer = x->issuer->document->issuer.issuer,
        .token_endpoint = x->discovery.metadata.token_endpoint,
        .names_itself = x->discovery.metadata.names_itself,
        .return_path = x->return_path,
    };
    login_state_begin(call->arena, call->now_s, &x->state);
    login_state_make(call->gateway->sealer, call->arena, &x->state, x->ticket, &x->row);
    ledger_entry_begin(&call->entry, call->arena, NULL);
    call->entry.transaction.states = &x->row;
    call->entry.transaction.state_count = 1;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result keep(struct flow *flow)
{
    struct login_call *x = (struct login_call *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_keeping(x));
    return person_call_proceed(&x->call, x->call.entry.fault);
}

static enum flow_step_result send_browser(struct flow *flow)
{
    struct login_call *x = (struct login_call *)flow;
    struct person_call *call = &x->call;
    struct text url =
        login_request_url(call->arena, call->world->service_url, x->issuer, &x->discovery.metadata, &x->state);
    struct response_header headers[] = {
        {"set-cookie",
         browser_cookie_set(call->arena, LOGIN_STATE_COOKIE, text_of(x->ticket), LOGIN_STATE_LIFETIME_S)},
        {"location", url},
    };
    call->is_answered = true;
    if (call->is_post || !page_may_go_to(url)) { /* where it may not, the page says so */
        page_go_to(call->arena, call->request, url, headers, 1);
        return FLOW_NEXT;
    }
    struct page *page = page_begin(call->arena, "Log in");
    page_link(page, url, "Go on to log in");
    page_answer(page, call->request, 303, headers, 2);
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(choose),
    FLOW_STEP(admit),
    FLOW_STEP(discover), /* waits: the issuer's metadata */
    FLOW_STEP(keep),     /* waits: commit */
    FLOW_STEP(send_browser),
    FLOW_STEP_ALWAYS(person_call_respond_fault),
    FLOW_STEP_LAST,
};

static void begin(struct gateway *gateway, struct request *request, struct text issuer_name,
                  struct text return_path)
{
    struct login_call *x = (struct login_call *)person_call_make(gateway, request, sizeof(*x));
    x->issuer_name = arena_copy(x->call.arena, issuer_name);
    x->return_path = arena_copy(x->call.arena, return_path);
    person_call_begin(&x->call, steps);
}

void login_begin(struct gateway *gateway, struct request *request, struct text issuer_name,
                 struct text return_path)
{
    INVARIANT(issuer_name.length != 0 &&
              (text_is(return_path, "/consent") || text_is(return_path, "/connections") ||
               text_starts_with(return_path, TEXT("/authorize?"))));
    begin(gateway, request, issuer_name, return_path);
}

/* Whoever has a link open in this browser goes on with that. */
void login_page(struct gateway *gateway, struct request *request)
{
    struct text path = request_path(request), own = TEXT("/login/");
    struct text name = text_starts_with(path, own)
                           ? (struct text){path.base + own.length, path.length - own.length}
                           : TEXT_NONE;
    bool has_link = browser_cookie_read(request, BROWSER_COOKIE_INVITATION).length != 0;
    begin(gateway, request, name, has_link ? TEXT("/consent") : TEXT("/connections"));
}

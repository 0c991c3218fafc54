/* /authorize (RFC 6749 section 4.1): a client sends a person here to get leave for something in their name. GET
 * has them log in, unless they are, and shows what is wanted, unless they have agreed to it before; POST takes
 * their answer. The request itself goes along from page to page and is looked at anew each time: nothing is
 * kept of it here. A program on the person's own machine is asked about each time, as any other there could
 * come in its name (RFC 8252 section 8.6). */
#include "authorization/authorization.h"
#include "base/base64url.h"
#include "code/authorize_call.h"
#include "code/redirect_uri.h"
#include "exchange/client_class.h"
#include "login/login.h"

/* --- who --- */

static struct text path_with(struct authorize_call *x, struct text login)
{
    struct arena *arena = x->call.arena;
    if (login.length == 0)
        return arena_print(arena, "/authorize?%.*s", TEXT_ARGUMENTS(x->request.query));
    return arena_print(arena, "/authorize?%.*s&dragoman_login=%.*s", TEXT_ARGUMENTS(x->request.query),
                       TEXT_ARGUMENTS(login));
}

static size_t count_issuers(const struct authorize_call *x, struct text *only)
{
    const struct text_list *names = &x->call.target->document->target.issuers;
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++)
        if (authorize_takes_issuer(x, names->items[i])) {
            *only = names->items[i];
            count++;
        }
    return count;
}

static void show_choice(struct authorize_call *x)
{
    struct person_call *call = &x->call;
    const struct text_list *names = &call->target->document->target.issuers;
    struct page *page = page_begin(call->arena, "Log in");
    page_text(page, TEXT("Where do you log in?"));
    for (size_t i = 0; i < names->count; i++) {
        if (!authorize_takes_issuer(x, names->items[i]))
            continue;
        page_fact(page, "Identity provider",
                  login_issuer(call->world, names->items[i])->document->issuer.issuer);
        page_link(page, person_call_path(call, path_with(x, names->items[i]).base),
                  arena_copy(call->arena, names->items[i]).base);
    }
    person_call_answer(call, page, 200);
}

static enum flow_step_result ask_who(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct person_call *call = &x->call;
    struct text issuer = TEXT_NONE;
    if (call->has_session && authorize_takes_issuer(x, call->session.issuer_name))
        return FLOW_NEXT;
    size_t count = count_issuers(x, &issuer);
    if (count == 0)
        return person_call_proceed(call, FAULT_AUTHORIZE_LOGIN);
    if (x->request.login.length != 0 && authorize_takes_issuer(x, x->request.login))
        issuer = x->request.login;
    else if (count > 1) {
        show_choice(x);
        return FLOW_SKIP;
    }
    call->is_answered = true;
    login_begin(call->gateway, call->request, issuer, path_with(x, TEXT_NONE));
    return FLOW_SKIP;
}

/* --- what --- */

static void add_client(struct authorize_call *x, struct page *page)
{
    struct person_call *call = &x->call;
    struct text client_id = x->request.client_id;
    bool is_by_url = x->is_class && client_url_is_well_formed(client_id);
    if (x->words == NULL)
        page_fact(page, "Program", x->client->document->name);
    else if (is_by_url)
        page_fact(page, "Program of", client_url_host(client_id));
    else
        page_fact(page, "Program", TEXT("It registered itself here; nobody has checked who made it"));
    if (is_by_url)
        page_fact(page, "Described at", client_id);
    struct text host = redirect_uri_host(x->request.redirect_uri);
    page_fact(page, "You come back to",
              redirect_uri_is_loopback(x->request.redirect_uri)
                  ? arena_print(call->arena, "a program on this computer (%.*s)", TEXT_ARGUMENTS(host))
                  : host);
}

static void add_scopes(struct authorize_call *x, struct page *page)
{
    const struct name_value_list *words = &x->call.target->document->target.scope_words;
    struct scope_set scopes;
    if (x->scope.length == 0 || scope_set_parse(x->scope, &scopes) != FAULT_NONE) {
        page_fact(page, "With the rights", TEXT("(none is named: whatever is usual there)"));
        return;
    }
    for (size_t i = 0; i < scopes.count; i++) {
        struct text shown = scopes.scopes[i];
        for (size_t word = 0; word < words->count; word++)
            if (text_equal(words->items[word].name, scopes.scopes[i]))
                shown = arena_print(x->call.arena, "%.*s (%.*s)", TEXT_ARGUMENTS(words->items[word].value),
                                    TEXT_ARGUMENTS(shown));
        page_fact(page, "With the right", shown);
    }
}

/* They go on for as long as what is agreed to now. */
static void add_rights_of_before(struct authorize_call *x, struct page *page)
{
    struct person_call *call = &x->call;
    if (x->consent.length == 0 && consent_rights_of(call, x->scope, &x->rights).length > x->scope.length)
        page_fact(page, "Agreed to before", scope_set_text(call->arena, &x->rights.agreed));
}

static void add_facts(struct authorize_call *x, struct page *page)
{
    struct person_call *call = &x->call;
    const struct document *target = call->target->document;
    add_client(x, page);
    page_fact(page, "On behalf of", person_call_identity(call->arena, &call->session.person));
    page_fact(page, "Wants to use", target->name);
    page_fact(page, "At the address", target->target.audiences.items[0]);
    add_scopes(x, page);
    add_rights_of_before(x, page);
    page_fact(page, "Until",
              person_call_time(call->arena,
                               x->consent.length != 0 ? x->consent_expires_at_s : authorize_consent_ends_s(x)));
}

static void add_decision(struct authorize_call *x, struct page *page, const char *decision)
{
    page_hidden(page, "decision", text_of(decision));
    struct text query = x->request.query;
    page_hidden(page, "request", base64url_encode_text(x->call.arena, query.base, query.length));
    page_hidden(page, "binding", authorize_binding(x));
}

static void add_answers(struct authorize_call *x, struct page *page)
{
    struct person_call *call = &x->call;
    struct text action = person_call_path(call, "/authorize");
    add_decision(x, page, "allow");
    page_main_form(page, action, "Agree", call->session.csrf);
    add_decision(x, page, "deny");
    page_form(page, action, "Do not agree", call->session.csrf);
}

static bool is_loopback(const struct authorize_call *x)
{
    return redirect_uri_is_loopback(x->request.redirect_uri);
}

static enum flow_step_result show(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct person_call *call = &x->call;
    if (x->consent.length != 0 && !is_loopback(x))
        return FLOW_NEXT;
    struct page *page = page_begin(call->arena, "Do you agree?");
    page_text(page, TEXT("A program wants to use a service in your name. Agree only if you have just begun "
                         "something in it yourself."));
    add_facts(x, page);
    if (x->words != NULL && x->words->name.length != 0) {
        page_text(page, TEXT("It calls itself, which nobody has checked:"));
        page_quote(page, x->words->name);
    }
    if (is_loopback(x))
        page_text(page, TEXT("Every program on this computer could ask in its name, so you are asked each "
                             "time."));
    page_text(page, TEXT("No other program gets this. You can end it at any time on the page \"Your "
                         "connections\"."));
    add_answers(x, page);
    page_link(page, person_call_path(call, "/connections"), "Your connections");
    person_call_answer(call, page, 200);
    return FLOW_SKIP;
}

static enum flow_step_result read_decision(struct flow *flow)
{
    struct authorize_call *x = (struct authorize_call *)flow;
    struct text decision = form_value(&x->call.form, "decision");
    x->is_agreed = text_is(decision, "allow");
    x->is_decided = x->is_agreed || text_is(decision, "deny");
    return person_call_proceed(&x->call, x->is_decided ? FAULT_NONE : FAULT_FORM_FOREIGN);
}

static const struct flow_step show_steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(authorize_read_query),
    FLOW_STEP(authorize_find_client),
    FLOW_STEP(authorize_fetch_document),  /* waits: the client's document */
    FLOW_STEP(authorize_read_registered), /* waits: store */
    FLOW_STEP(authorize_check_redirect),
    FLOW_STEP(person_call_read_session), /* waits: store, where the book is not sure */
    FLOW_STEP(authorize_read_claims),    /* waits: store */
    FLOW_STEP(ask_who),
    FLOW_STEP(authorize_find_consent), /* waits: store */
    FLOW_STEP(show),
    FLOW_STEP(authorize_give_code), /* waits: commit */
    FLOW_STEP(authorize_go_back),
    FLOW_STEP_ALWAYS(authorize_respond_fault),
    FLOW_STEP_LAST,
};

static const struct flow_step answer_steps[] = {
    FLOW_STEP(person_call_admit),
    FLOW_STEP(person_call_read_form),
    FLOW_STEP(person_call_read_session), /* waits: store, where the book is not sure */
    FLOW_STEP(person_call_need_session),
    FLOW_STEP(person_call_check_token),
    FLOW_STEP(authorize_read_form),
    FLOW_STEP(authorize_find_client),
    FLOW_STEP(authorize_fetch_document),  /* waits: the client's document */
    FLOW_STEP(authorize_read_registered), /* waits: store */
    FLOW_STEP(authorize_check_redirect),
    FLOW_STEP(authorize_check_binding),
    FLOW_STEP(authorize_read_claims), /* waits: store */
    FLOW_STEP(authorize_need_person),
    FLOW_STEP(read_decision),
    FLOW_STEP(authorize_find_consent),   /* waits: store */
    FLOW_STEP(authorize_record_consent), /* waits: commit */
    FLOW_STEP(authorize_take_effect),    /* waits: every loop, if something ended */
    FLOW_STEP(authorize_give_code),      /* waits: commit */
    FLOW_STEP(authorize_go_back),
    FLOW_STEP_ALWAYS(authorize_respond_fault),
    FLOW_STEP_LAST,
};

void authorize_page(struct gateway *gateway, struct request *request)
{
    bool is_post = text_is(request_method(request), "POST");
    person_call_start(gateway, request, sizeof(struct authorize_call), is_post ? answer_steps : show_steps);
}

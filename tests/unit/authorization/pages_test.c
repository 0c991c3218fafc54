/* The pages over HTTP, on a real store, from the opened link to the end of what was agreed to, and each way to
 * get somewhere without being who one has to be. Whose session a request has stands in a header here, and the
 * adapter notes what it is handed: what sessions and adapters are worth is for their own tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pthread.h>

#include <cmocka.h>

#include "authorization/authorization.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "exchange/world_source.h"
#include "lifecycle/stranger_book.h"
#include "login.h"
#include "person_call.h"
#include "transport/server.h"
#include "wire.h"

static const char documents_text[] =
    "kind: Gateway\nmetadata: {name: gateway}\n"
    "spec: {issuer: 'https://gateway.example', listen: ['127.0.0.1:0'], tls: {certificateFile: a, keyFile: "
    "b},\n"
    "  store: {sqlite: s}, sealingKeyFile: k, adminSocket: /tmp/a}\n"
    "---\nkind: Issuer\nmetadata: {name: corp}\n"
    "spec: {issuer: 'https://idp.example', login: {clientId: pages}, keys: {jwks: {keys: [{kty: OKP, crv: "
    "Ed25519, kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}}\n"
    "---\nkind: Client\nmetadata: {name: planner}\n"
    "spec: {clientId: planner-id, authentication: {methods: [client_secret_basic], secretHash: "
    "'0000000000000000000000000000000000000000000000000000000000000000'}}\n"
    "---\nkind: Target\nmetadata: {name: mail}\n"
    "spec: {audiences: ['https://mail.example'], scopes: [read, send], connection: {lifetime: 24h},\n"
    "  accepts: {issuers: [corp], clients: [planner]}}\n";

static struct {
    char folder[64], path[96];
    struct gateway gateway;
    struct loop *loop;
    struct world *world;
    struct server *server;
    struct arena *arena, *guard_arena;
    pthread_t thread;
    /* The adapter: what it says, and what it was handed. */
    const char *go_to;
    enum fault finish_fault;
    bool holds; /* finishes when it is let */
    struct credential_connection *held;
    struct loop_message let;
    unsigned begun, forgotten;
    _Atomic unsigned finished;
    char state[128], redirect[128], answers[256], keep[32];
    char last[65536]; /* answer */
    char ticket[64], browser[64];
} stage;

/* --- in the place of sessions and adapters --- */

enum fault people_session_read(const struct gateway *gateway, struct arena *arena,
                               const struct request *request, struct people_session *session)
{
    (void)gateway;
    struct text who = request_header(request, "x-person", 0);
    if (who.base == NULL)
        return FAULT_SESSION_MISSING;
    *session = (struct people_session){
        .id = arena_print(arena, "session-%.*s", TEXT_ARGUMENTS(who)),
        .issuer_name = TEXT("corp"),
        .person = {TEXT("https://idp.example"), arena_copy(arena, who)},
        .expires_at_s = clock_wall_s() + 600,
        .csrf = arena_print(arena, "csrf-%.*s", TEXT_ARGUMENTS(who)),
    };
    return FAULT_NONE;
}

bool people_session_accepts(const struct gateway *gateway, const struct people_session *session,
                            struct text csrf)
{
    (void)gateway;
    return person_checks_equal(csrf, session->csrf);
}

void login_begin(struct gateway *gateway, struct request *request, struct text issuer_name,
                 const char *return_path)
{
    (void)gateway;
    SCOPED_ARENA arena = arena_create();
    struct response_header location = {
        "location", arena_print(arena, "/idp/%.*s%s", TEXT_ARGUMENTS(issuer_name), return_path)};
    request_answer(request, &(struct response){.status = 303, .headers = &location, .header_count = 1});
}

static void keep_text(char *out, size_t size, struct text text)
{
    snprintf(out, size, "%.*s", TEXT_ARGUMENTS(text));
}

static void connect_account(const struct adapter *adapter, struct credential_connection *connection)
{
    (void)adapter;
    SCOPED_BUFFER json = {0};
    if (connection->is_end) {
        stage.forgotten++;
    } else if (connection->answers == NULL) {
        stage.begun++;
        keep_text(stage.state, sizeof(stage.state), connection->browser_state);
        keep_text(stage.redirect, sizeof(stage.redirect), connection->redirect_uri);
        buffer_print(&json, stage.go_to != NULL ? "{\"go_to\":\"%s\",\"keep\":\"kept\"}" : "{}", stage.go_to);
    } else {
        struct json_writer writer = json_writer_on(&json);
        json_write_value(&writer, connection->answers);
        keep_text(stage.answers, sizeof(stage.answers), buffer_text(&json));
        keep_text(stage.keep, sizeof(stage.keep), connection->keep);
        stage.finished++;
        connection->fault = stage.finish_fault;
        buffer_dispose(&json);
        buffer_print(&json, "{\"account\":\"alice@mail.example\"}");
    }
    if (json.length != 0)
        assert_int_equal(json_parse(connection->arena, arena_copy(connection->arena, buffer_text(&json)),
                                    &json_limits_document, &connection->request),
                         FAULT_NONE);
    if (connection->answers != NULL && stage.holds)
        stage.held = connection;
    else
        flow_wait_done(&connection->wait);
}

static void let_finish(struct loop_message *message)
{
    (void)message;
    flow_wait_done(&stage.held->wait);
}

static const struct adapter fake_adapter = {.name = {"saas", 4}, .connect = connect_account};

static void handle(struct request *request, void *context)
{
    static const struct {
        const char *path;
        void (*page)(struct gateway *gateway, struct request *request);
    } pages[] = {{"/connect/callback/", connect_callback},
                 {"/connect/", connect_page},
                 {"/consent", consent_page},
                 {"/connections/disconnect", disconnect_page},
                 {"/connections", connections_page},
                 {"/logout", logout_page}};
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (text_starts_with(request_path(request), text_of(pages[i].path))) {
            pages[i].page(context, request);
            return;
        }
    request_answer(request, &(struct response){.status = 404});
}

/* --- its life --- */

static void compile_world(void)
{
    struct documents documents;
    struct gateway *gateway = &stage.gateway;
    const struct address_guard *guard;
    size_t bad;
    SCOPED_BUFFER mistakes = {0};
    struct arena *arena = arena_create();
    stage.guard_arena = arena_create();
    assert_int_equal(address_guard_create(stage.guard_arena, NULL, 0, &guard, &bad), FAULT_NONE);
    gateway->key_keeper = key_keeper_create(stage.loop, &(struct key_keeper_options){.guard = guard});
    gateway->adapters = adapter_registry_create(&(struct adapter_registry_options){.sealer = gateway->sealer});
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("/test/gateway.yaml"), text_of(documents_text));
    const struct world_services services = gateway_world_services(gateway);
    if (world_source_compile(&documents, &services, 0, &stage.world, &mistakes) != FAULT_NONE)
        fail_msg("%.*s", (int)mistakes.length, mistakes.base);
    stage.world->targets[0].adapter = &fake_adapter;
    gateway->worlds = world_keeper_create(&stage.loop, 1, stage.world);
}

static void *serve(void *context)
{
    (void)context;
    server_attach(stage.server, stage.loop);
    loop_run(stage.loop);
    return NULL;
}

static int begin(void **state)
{
    (void)state;
    struct gateway *gateway = &stage.gateway;
    char detail[STORE_DETAIL_SIZE] = "";
    memset(&stage, 0, sizeof(stage));
    log_set_level(LOG_ERROR);
    snprintf(stage.folder, sizeof(stage.folder), "/tmp/dragoman-pages-XXXXXX");
    assert_non_null(mkdtemp(stage.folder));
    snprintf(stage.path, sizeof(stage.path), "%s/test.sqlite", stage.folder);
    struct store_options options = {.sqlite_path = stage.path, .queue_limit = 64};
    assert_int_equal(store_open(&options, true, &gateway->store, detail), FAULT_NONE);
    unsigned char key[32] = {7};
    gateway->sealer = sealer_create(secret_create(key, sizeof(key)));
    gateway->strangers = stranger_book_create(&(struct stranger_limits){.addresses = 16});
    stage.arena = arena_create();
    stage.loop = loop_create();
    stage.go_to = "https://vendor.example/authorize?a=b&c=d";
    compile_world();
    gateway->cutoffs = cutoff_keeper_create(&stage.loop, 1, 1000);
    assert_int_equal(
        propagation_create(gateway, stage.loop, 1000, (struct store_counter){0}, &gateway->propagation),
        FAULT_NONE);
    struct server_options server = {
        .listeners = {{REQUEST_LISTENER_FIXTURE, TEXT("127.0.0.1"), 0, false, NULL}},
        .listener_count = 1,
        .limits = server_usual_limits(),
        .body_limit = 64 * 1024,
        .in_flight_limit = 64,
        .in_flight_limit_per_connection = 16,
        .handle = handle,
        .context = gateway};
    if (server_create(&server, &stage.server, detail) != FAULT_NONE)
        fail_msg("%s", detail);
    assert_int_equal(pthread_create(&stage.thread, NULL, serve, NULL), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    struct gateway *gateway = &stage.gateway;
    loop_stop(stage.loop);
    pthread_join(stage.thread, NULL);
    server_destroy(stage.server);
    gateway->is_closed = true;
    cutoff_keeper_close(gateway->cutoffs);
    world_keeper_close(gateway->worlds);
    key_keeper_destroy(gateway->key_keeper);
    store_close(gateway->store);
    loop_destroy(stage.loop);
    propagation_destroy(gateway->propagation);
    cutoff_keeper_destroy(gateway->cutoffs);
    world_keeper_destroy(gateway->worlds);
    adapter_registry_destroy(gateway->adapters);
    stranger_book_destroy(gateway->strangers);
    sealer_destroy(gateway->sealer);
    arena_destroy(stage.arena);
    arena_destroy(stage.guard_arena);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        unlink(arena_print((stage.arena = arena_create()), "%s%s", stage.path, suffixes[i]).base),
            arena_destroy(stage.arena);
    rmdir(stage.folder);
    return 0;
}

/* --- a browser --- */

/* person, headers: NULL for none; body NULL: a GET. */
static struct wire *send_request(const char *path, const char *person, const char *headers, const char *body)
{
    char head[8192];
    struct wire *wire = wire_open_tcp(server_port(stage.server, 0));
    assert_non_null(wire);
    int length =
        snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: gateway.example\r\nConnection: close\r\n",
                 body != NULL ? "POST" : "GET", path);
    if (person != NULL)
        length += snprintf(head + length, sizeof(head) - (size_t)length, "X-Person: %s\r\n", person);
    if (stage.browser[0] != '\0')
        length += snprintf(head + length, sizeof(head) - (size_t)length,
                           "Cookie: a=b; __Host-dragoman-invitation=%s\r\n", stage.browser);
    if (body != NULL)
        length += snprintf(head + length, sizeof(head) - (size_t)length,
                           "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n",
                           strlen(body));
    snprintf(head + length, sizeof(head) - (size_t)length, "%s\r\n%s", headers != NULL ? headers : "",
             body != NULL ? body : "");
    assert_true(wire_write_text(wire, head));
    return wire;
}

/* The status; the whole answer is in stage.last. */
static int hear(struct wire *wire)
{
    assert_true(wire_read_end(wire));
    snprintf(stage.last, sizeof(stage.last), "%s", wire_received(wire));
    wire_close(wire);
    int status = 0;
    assert_int_equal(sscanf(stage.last, "HTTP/1.1 %d", &status), 1);
    return status;
}

static int ask(const char *path, const char *person, const char *headers, const char *body)
{
    return hear(send_request(path, person, headers, body));
}

static bool shows(const char *part)
{
    return strstr(stage.last, part) != NULL;
}

/* As the exchange that found a consent missing would. */
static void invite(void)
{
    struct store_state change = {0};
    char ticket[INVITATION_TICKET_SIZE];
    const struct invitation invitation = {.exchange = TEXT("01K00000000000000000000000"),
                                          .target = TEXT("mail"),
                                          .client = TEXT("client/planner"),
                                          .person = {TEXT("https://idp.example"), TEXT("alice")},
                                          .actor = {TEXT("https://gateway.example"), TEXT("planner-id")},
                                          .scope = TEXT("read"),
                                          .purpose = TEXT("sort <b>mail</b>"),
                                          .root = TEXT("root-1"),
                                          .expires_at_s = clock_wall_s() + 600};
    invitation_make(stage.gateway.sealer, stage.arena, &invitation, ticket, &change);
    struct store_transaction transaction = {.states = &change, .state_count = 1};
    store_submit_and_wait(stage.gateway.store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    memcpy(stage.ticket, ticket, sizeof(ticket));
    stage.browser[0] = '\0';
}

static int open_link(const char *headers)
{
    char path[128];
    snprintf(path, sizeof(path), "/connect/%s", stage.ticket);
    int status = ask(path, NULL, headers, "");
    const char *cookie = strstr(stage.last, "__Host-dragoman-invitation=");
    if (status == 200 && cookie != NULL)
        sscanf(cookie, "__Host-dragoman-invitation=%43[A-Za-z0-9_-]", stage.browser);
    return status;
}

static int decide(const char *person, const char *decision, const char *csrf, const char *binding)
{
    char body[512];
    SCOPED_ARENA arena = arena_create();
    struct text own = person_checks_binding(stage.gateway.sealer, arena, text_of(stage.browser));
    snprintf(body, sizeof(body), "decision=%s&csrf=%s&invitation=%.*s", decision, csrf,
             binding != NULL ? (int)strlen(binding) : (int)own.length, binding != NULL ? binding : own.base);
    return ask("/consent", person, NULL, body);
}

static int come_back(const char *person, const char *target, const char *state, const char *more)
{
    char path[512];
    snprintf(path, sizeof(path), "/connect/callback/%s?state=%s&%s", target, state, more);
    return ask(path, person, NULL, NULL);
}

static void go_to_vendor(void)
{
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
}

static struct store_record *records(size_t *count)
{
    struct store_query query = {.kind = STORE_QUERY_RECENT, .limit = 50, .arena = stage.arena};
    store_find_and_wait(stage.gateway.store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    *count = query.record_count;
    return query.records;
}

static const struct store_record *last_record(void)
{
    size_t count;
    const struct store_record *all = records(&count);
    assert_true(count > 0);
    return &all[0];
}

/* Two of one request may bear the same millisecond, so their order says nothing. */
static void assert_record(const char *kind, const char *outcome, const char *reason)
{
    size_t count, matching = 0;
    const struct store_record *all = records(&count);
    for (size_t i = 0; i < count; i++)
        matching += text_is(all[i].kind, kind) && text_is(all[i].outcome, outcome) &&
                    (reason == NULL ? all[i].reason.length == 0 : text_is(all[i].reason, reason));
    if (matching == 0)
        fail_msg("there is no record of %s %s among %zu", kind, outcome, count);
}

static bool is_ended(struct text id)
{
    struct store_guard guard = {TEXT("lease"), id, 0};
    struct store_query query = {.kind = STORE_QUERY_CUT_OFF, .guards = &guard, .guard_count = 1};
    store_find_and_wait(stage.gateway.store, &query);
    return query.is_cut_off;
}

static bool agreed_to_nothing(void)
{
    assert_int_equal(ask("/connections", "alice", NULL, NULL), 200);
    return shows("No agent may use anything");
}

/* --- the link --- */

static void a_link_is_looked_at_as_often_as_one_likes_and_opened_once(void **state)
{
    (void)state;
    char path[128];
    invite();
    snprintf(path, sizeof(path), "/connect/%s", stage.ticket);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(ask(path, "alice", NULL, NULL), 200);
    assert_false(shows("mail"));
    assert_false(shows("alice"));
    assert_int_equal(open_link(NULL), 200);
    assert_true(shows("0;url=https://gateway.example/consent"));
    assert_int_equal(strlen(stage.browser), 43);
    assert_string_not_equal(stage.browser, stage.ticket);
    assert_int_equal(open_link(NULL), 404);
    memcpy(stage.browser, stage.ticket, sizeof(stage.browser)); /* whoever has the link has not the browser's */
    assert_int_equal(ask("/consent", "alice", NULL, NULL), 404);
    assert_int_equal(ask("/connect/nonsense", NULL, NULL, NULL), 404);
}

static void a_link_is_not_opened_by_a_form_from_elsewhere(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link("Sec-Fetch-Site: cross-site\r\n"), 403);
    assert_int_equal(open_link("Origin: https://evil.example\r\n"), 403);
    assert_int_equal(open_link("Origin: null\r\n"), 403);
    assert_int_equal(open_link("Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n"), 200);
}

/* --- consent --- */

static void a_consent_is_shown_to_its_person_and_nobody_else(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(ask("/consent", NULL, NULL, NULL), 303);
    assert_true(shows("/idp/corp/consent"));
    assert_int_equal(ask("/consent", "mallory", NULL, NULL), 403);
    assert_false(shows("planner"));
    assert_false(shows("sort"));
    assert_int_equal(ask("/consent", "alice", NULL, NULL), 200);
    assert_true(shows("planner-id") && shows("client/planner") && shows("https://mail.example"));
    assert_true(shows("<blockquote dir=\"auto\">sort &lt;b&gt;mail&lt;/b&gt;</blockquote>"));
}

static void a_consent_is_given_by_its_person_on_its_own_form(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(decide("mallory", "allow", "csrf-mallory", NULL), 403);
    assert_int_equal(decide("alice", "allow", "csrf-mallory", NULL), 403);
    assert_int_equal(decide("alice", "allow", "csrf-alice", "0000"), 403);
    assert_int_equal(decide("alice", "perhaps", "csrf-alice", NULL), 400);
    assert_int_equal(decide(NULL, "allow", "csrf-alice", NULL), 403);
    assert_true(shows("Nobody is logged in here"));
    assert_int_equal(stage.begun, 0);
    assert_true(agreed_to_nothing());
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_true(shows("0;url=https://vendor.example/authorize?a=b&amp;c=d"));
    assert_string_equal(stage.redirect, "https://gateway.example/connect/callback/mail");
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 404);
    assert_int_equal(stage.begun, 1);
    assert_record("consent", "done", NULL);
    assert_true(text_is(last_record()->root, "root-1"));
    assert_true(text_is(last_record()->client, "planner-id"));
    assert_true(text_is(last_record()->parent, "01K00000000000000000000000"));
}

static void a_no_is_recorded_and_the_link_is_over(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(decide("alice", "deny", "csrf-alice", NULL), 200);
    assert_true(shows("__Host-dragoman-invitation=; Path=/; Max-Age=0"));
    assert_record("consent", "refused", "consent_denied");
    assert_int_equal(stage.begun, 0);
    assert_true(agreed_to_nothing());
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 404);
}

static void a_newer_consent_of_the_same_program_ends_the_one_before(void **state)
{
    (void)state;
    go_to_vendor();
    struct text first = last_record()->id;
    assert_false(is_ended(first));
    go_to_vendor();
    assert_true(is_ended(first));
    assert_false(is_ended(last_record()->id));
}

static void nobody_is_sent_to_an_address_that_is_not_encrypted(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    stage.go_to = "http://vendor.example/";
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 502);
    assert_record("connection", "refused", "connecting_answer");
    assert_int_equal(come_back("alice", "mail", stage.state, "code=c"), 404);
    assert_int_equal(stage.finished, 0);
}

static void an_account_that_is_connected_already_needs_no_journey(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    stage.go_to = NULL;
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
    assert_true(shows("<h1>Done</h1>"));
    assert_false(agreed_to_nothing());
    assert_int_equal(ask("/consent", "alice", NULL, NULL), 404);
}

/* --- the way back --- */

static void who_comes_back_is_the_person_with_the_state_at_the_target_that_were_sent(void **state)
{
    (void)state;
    go_to_vendor();
    assert_int_equal(come_back("mallory", "mail", stage.state, "code=c"), 403);
    assert_int_equal(come_back(NULL, "mail", stage.state, "code=c"), 403);
    assert_int_equal(come_back("alice", "mail", "planted", "code=c"), 400);
    assert_int_equal(come_back("alice", "calendar", stage.state, "code=c"), 400);
    char browser[64];
    memcpy(browser, stage.browser, sizeof(browser));
    stage.browser[0] = '\0';
    assert_int_equal(come_back("alice", "mail", stage.state, "code=c"), 404);
    memcpy(stage.browser, browser, sizeof(browser));
    assert_int_equal(stage.finished, 0);
    assert_int_equal(come_back("alice", "mail", stage.state, "code=c1&iss=https%3A%2F%2Fvendor.example&x=y"),
                     200);
    assert_string_equal(stage.answers, "{\"code\":\"c1\",\"iss\":\"https://vendor.example\"}");
    assert_string_equal(stage.keep, "kept");
    assert_true(shows("alice@mail.example"));
    assert_record("connection", "done", NULL);
    assert_int_equal(come_back("alice", "mail", stage.state, "code=c1"), 404);
    assert_int_equal(stage.finished, 1);
    assert_int_equal(ask("/connections", "alice", NULL, NULL), 200);
    assert_true(shows("client/planner") && shows("alice@mail.example"));
}

static void what_came_back_is_used_once_even_while_it_is_being_used(void **state)
{
    (void)state;
    char path[256];
    go_to_vendor();
    stage.holds = true;
    snprintf(path, sizeof(path), "/connect/callback/mail?state=%s&code=c", stage.state);
    struct wire *first = send_request(path, "alice", NULL, NULL);
    for (unsigned i = 0; i < 1000 && atomic_load(&stage.finished) == 0; i++)
        usleep(5000);
    assert_int_equal(atomic_load(&stage.finished), 1);
    stage.holds = false;
    assert_int_equal(ask(path, "alice", NULL, NULL), 404);
    assert_int_equal(atomic_load(&stage.finished), 1);
    stage.let.run = let_finish;
    loop_post(stage.loop, &stage.let);
    assert_int_equal(hear(first), 200);
}

static void a_refusal_at_the_other_side_is_recorded_and_ends_the_link(void **state)
{
    (void)state;
    go_to_vendor();
    assert_int_equal(come_back("alice", "mail", stage.state, "error=access_denied"), 400);
    assert_record("connection", "refused", "connecting_refused");
    assert_int_equal(come_back("alice", "mail", stage.state, "code=c"), 404);
    assert_int_equal(stage.finished, 0);
}

static void a_code_that_the_adapter_refuses_is_recorded_below_the_attempt(void **state)
{
    (void)state;
    go_to_vendor();
    stage.finish_fault = FAULT_ADAPTER_REFUSED;
    assert_int_equal(come_back("alice", "mail", stage.state, "code=c"), 400);
    assert_true(shows("no account was connected"));
    size_t count;
    const struct store_record *all = records(&count);
    const struct store_record *failure = text_is(all[0].outcome, "refused") ? &all[0] : &all[1];
    const struct store_record *attempt = failure == &all[0] ? &all[1] : &all[0];
    assert_true(text_is(failure->reason, "adapter_refused"));
    assert_true(text_equal(failure->parent, attempt->id));
    assert_true(text_is(attempt->outcome, "done"));
}

static void what_was_ended_meanwhile_is_not_connected(void **state)
{
    (void)state;
    char body[256];
    go_to_vendor();
    snprintf(body, sizeof(body), "csrf=csrf-alice&consent=%.26s", last_record()->id.base);
    assert_int_equal(ask("/connections/disconnect", "alice", NULL, body), 200);
    assert_int_equal(come_back("alice", "mail", stage.state, "code=c"), 404);
    assert_int_equal(stage.finished, 0);
}

/* --- the end --- */

static void a_consent_is_ended_by_its_person_alone(void **state)
{
    (void)state;
    char body[256];
    go_to_vendor();
    struct text consent = last_record()->id;
    snprintf(body, sizeof(body), "csrf=csrf-alice&consent=%.26s", consent.base);
    assert_int_equal(ask("/connections/disconnect", NULL, NULL, body), 403);
    assert_true(shows("Nobody is logged in here"));
    assert_int_equal(ask("/connections/disconnect", "alice", "Sec-Fetch-Site: cross-site\r\n", body), 403);
    assert_int_equal(ask("/connections/disconnect", "mallory", NULL, body), 403);
    snprintf(body, sizeof(body), "csrf=csrf-mallory&consent=%.26s", consent.base);
    assert_int_equal(ask("/connections/disconnect", "mallory", NULL, body), 404);
    assert_false(is_ended(consent));
    snprintf(body, sizeof(body), "csrf=csrf-alice&consent=%.26s", consent.base);
    assert_int_equal(ask("/connections/disconnect", "alice", NULL, body), 200);
    assert_true(is_ended(consent));
    assert_record("consent", "done", NULL);
    assert_int_equal(stage.forgotten, 0);
    assert_true(agreed_to_nothing());
    assert_int_equal(ask("/connections/disconnect", "alice", NULL, body), 404);
}

static void a_whole_service_is_forgotten_with_all_that_was_agreed_to(void **state)
{
    (void)state;
    go_to_vendor();
    struct text consent = last_record()->id;
    assert_int_equal(ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=mail"), 200);
    assert_true(is_ended(consent));
    assert_int_equal(stage.forgotten, 1);
    assert_record("connection", "done", NULL);
    assert_true(agreed_to_nothing());
    assert_int_equal(ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice&target=none"), 404);
    assert_int_equal(ask("/connections/disconnect", "alice", NULL, "csrf=csrf-alice"), 400);
}

static void a_session_that_was_ended_is_none_wherever_its_cookie_went(void **state)
{
    (void)state;
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(ask("/logout", NULL, NULL, "csrf=csrf-alice"), 403);
    assert_true(shows("Nobody is logged in here"));
    assert_int_equal(ask("/logout", "alice", NULL, "csrf=csrf-mallory"), 403);
    assert_int_equal(ask("/consent", "alice", NULL, NULL), 200);
    assert_int_equal(ask("/logout", "alice", NULL, "csrf=csrf-alice"), 200);
    assert_true(shows("__Host-dragoman-session=; Path=/; Max-Age=0"));
    assert_int_equal(ask("/consent", "alice", NULL, NULL), 303);
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 403);
    assert_int_equal(ask("/connections", "alice", NULL, NULL), 303);
    static const char *const forms[] = {"/connections/disconnect", "/logout"};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_int_equal(ask(forms[i], "alice", NULL, "csrf=csrf-alice&target=mail"), 403);
        assert_true(shows("Nobody is logged in here"));
    }
}

int main(void)
{
#define TRIED(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        TRIED(a_link_is_looked_at_as_often_as_one_likes_and_opened_once),
        TRIED(a_link_is_not_opened_by_a_form_from_elsewhere),
        TRIED(a_consent_is_shown_to_its_person_and_nobody_else),
        TRIED(a_consent_is_given_by_its_person_on_its_own_form),
        TRIED(a_no_is_recorded_and_the_link_is_over),
        TRIED(a_newer_consent_of_the_same_program_ends_the_one_before),
        TRIED(nobody_is_sent_to_an_address_that_is_not_encrypted),
        TRIED(an_account_that_is_connected_already_needs_no_journey),
        TRIED(who_comes_back_is_the_person_with_the_state_at_the_target_that_were_sent),
        TRIED(what_came_back_is_used_once_even_while_it_is_being_used),
        TRIED(a_refusal_at_the_other_side_is_recorded_and_ends_the_link),
        TRIED(a_code_that_the_adapter_refuses_is_recorded_below_the_attempt),
        TRIED(what_was_ended_meanwhile_is_not_connected),
        TRIED(a_consent_is_ended_by_its_person_alone),
        TRIED(a_whole_service_is_forgotten_with_all_that_was_agreed_to),
        TRIED(a_session_that_was_ended_is_none_wherever_its_cookie_went),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

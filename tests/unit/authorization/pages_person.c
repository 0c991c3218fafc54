/* See pages_person.h. */
#include "pages_person.h"

#include <unistd.h>

#include "authorization/authorization.h"
#include "base/clock.h"
#include "login/login.h"
#include "person_call.h"

struct noting_adapter adapter;
char link_ticket[64];

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
                 struct text return_path)
{
    (void)gateway;
    SCOPED_ARENA arena = arena_create();
    struct response_header location = {
        "location",
        arena_print(arena, "/idp/%.*s%.*s", TEXT_ARGUMENTS(issuer_name), TEXT_ARGUMENTS(return_path))};
    request_answer(request, &(struct response){.status = 303, .headers = &location, .header_count = 1});
}

static void keep_text(char *out, size_t size, struct text text)
{
    snprintf(out, size, "%.*s", TEXT_ARGUMENTS(text));
}

static void connect_account(const struct adapter *own, struct credential_connection *connection)
{
    (void)own;
    SCOPED_BUFFER json = {0};
    if (connection->is_end) {
        adapter.forgotten++;
        connection->fault = adapter.forget_fault;
        buffer_print(&json, adapter.is_revoked ? "{\"revoked\":true}" : "{}");
    } else if (connection->answers == NULL) {
        adapter.begun++;
        keep_text(adapter.state, sizeof(adapter.state), connection->browser_state);
        keep_text(adapter.scope, sizeof(adapter.scope), connection->scope);
        keep_text(adapter.redirect, sizeof(adapter.redirect), connection->redirect_uri);
        buffer_print(&json, adapter.go_to != NULL ? "{\"go_to\":\"%s\",\"keep\":\"kept\"}" : "{}",
                     adapter.go_to);
    } else {
        struct json_writer writer = json_writer_on(&json);
        json_write_value(&writer, connection->answers);
        keep_text(adapter.answers, sizeof(adapter.answers), buffer_text(&json));
        keep_text(adapter.keep, sizeof(adapter.keep), connection->keep);
        connection->fault = adapter.finish_fault;
        if (adapter.finish_fault != FAULT_NONE)
            connection->detail = TEXT("the secret is missing");
        buffer_dispose(&json);
        if (adapter.is_nameless)
            buffer_print(&json, "{}");
        else
            buffer_print(&json, "{\"account\":\"%s\"}", adapter.account);
    }
    if (json.length != 0)
        assert_int_equal(json_parse(connection->arena, arena_copy(connection->arena, buffer_text(&json)),
                                    &json_limits_document, &connection->request),
                         FAULT_NONE);
    bool is_held = connection->answers != NULL && adapter.holds;
    if (is_held)
        adapter.held = connection;
    adapter.finished += connection->answers != NULL; /* from here on it may be let */
    if (!is_held)
        flow_wait_done(&connection->wait);
}

static void finish_held(struct loop_message *message)
{
    (void)message;
    flow_wait_done(&adapter.held->wait);
}

struct wire *send_and_hold(const char *path, const char *person)
{
    unsigned before = atomic_load(&adapter.finished);
    adapter.holds = true;
    struct wire *sent = stage_send(path, person, NULL, NULL);
    for (unsigned i = 0; i < 1000 && atomic_load(&adapter.finished) == before; i++)
        usleep(5000);
    assert_int_equal(atomic_load(&adapter.finished), before + 1);
    adapter.holds = false;
    return sent;
}

void let_finish(void)
{
    adapter.let.run = finish_held;
    loop_post(stage.loop, &adapter.let);
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

int pages_begin(void **state)
{
    (void)state;
    memset(&adapter, 0, sizeof(adapter));
    adapter.account = "alice@mail.example";
    adapter.go_to = "https://vendor.example/authorize?a=b&c=d";
    pages_stage_begin(handle, &fake_adapter);
    return 0;
}

int pages_end(void **state)
{
    (void)state;
    pages_stage_end();
    return 0;
}

/* As the exchange that found a consent missing would. */
void invite_for(const char *client, const char *scope)
{
    struct store_state change = {0};
    char ticket[INVITATION_TICKET_SIZE];
    const struct invitation invitation = {.exchange = TEXT("01K00000000000000000000000"),
                                          .target = TEXT("mail"),
                                          .client = text_of(client),
                                          .person = {TEXT("https://idp.example"), TEXT("alice")},
                                          .actor = {TEXT("https://gateway.example"), TEXT("planner-id")},
                                          .scope = text_of(scope),
                                          .purpose = TEXT("sort <b>mail</b>"),
                                          .root = TEXT("root-1"),
                                          .expires_at_s = clock_wall_s() + 600};
    invitation_make(stage.gateway.sealer, stage.arena, &invitation, ticket, &change);
    struct store_transaction transaction = {.states = &change, .state_count = 1};
    store_submit_and_wait(stage.gateway.store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    memcpy(link_ticket, ticket, sizeof(ticket));
    stage.browser[0] = '\0';
}

void invite(void)
{
    invite_for("client/planner", "read");
}

int open_link(const char *headers)
{
    char path[128];
    snprintf(path, sizeof(path), "/connect/%s", link_ticket);
    int status = stage_ask(path, NULL, headers, "");
    const char *cookie = strstr(stage.last, "__Host-dragoman-invitation=");
    if (status == 200 && cookie != NULL)
        sscanf(cookie, "__Host-dragoman-invitation=%43[A-Za-z0-9_-]", stage.browser);
    return status;
}

struct wire *send_decision(const char *person, const char *decision, const char *csrf, const char *binding)
{
    char body[512];
    SCOPED_ARENA arena = arena_create();
    struct text own = person_checks_binding(stage.gateway.sealer, arena, text_of(stage.browser));
    snprintf(body, sizeof(body), "decision=%s&csrf=%s&invitation=%.*s", decision, csrf,
             binding != NULL ? (int)strlen(binding) : (int)own.length, binding != NULL ? binding : own.base);
    return stage_send("/consent", person, NULL, body);
}

int decide(const char *person, const char *decision, const char *csrf, const char *binding)
{
    return stage_hear(send_decision(person, decision, csrf, binding));
}

int come_back(const char *person, const char *target, const char *state, const char *more)
{
    char path[512];
    snprintf(path, sizeof(path), "/connect/callback/%s?state=%s&%s", target, state, more);
    return stage_ask(path, person, NULL, NULL);
}

void go_to_vendor(void)
{
    invite();
    assert_int_equal(open_link(NULL), 200);
    assert_int_equal(decide("alice", "allow", "csrf-alice", NULL), 200);
}

bool agreed_to_nothing(void)
{
    assert_int_equal(stage_ask("/connections", "alice", NULL, NULL), 200);
    return stage_shows("No agent has your consent");
}

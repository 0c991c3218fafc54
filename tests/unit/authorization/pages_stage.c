/* A gateway as far as the pages need one: a real store in a private folder, a world compiled from documents, a
 * server on a thread of its own; and a browser that sends what a test says. */
#include "pages_stage.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "exchange/propagation.h"
#include "exchange/world_source.h"
#include "lifecycle/stranger_book.h"
#include "transport/server.h"

static const char documents_text[] =
    "kind: Gateway\nmetadata: {name: gateway}\n"
    "spec: {issuer: 'https://gateway.example', listen: ['127.0.0.1:0'], tls: {certificateFile: a, keyFile: "
    "b},\n"
    "  store: {sqlite: s}, sealing: {keyFile: k}, adminSocket: /tmp/a}\n"
    "---\nkind: Issuer\nmetadata: {name: corp}\n"
    "spec: {issuer: 'https://idp.example', login: {clientId: pages}, keys: {jwks: {keys: [{kty: OKP, crv: "
    "Ed25519, kid: k, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}]}}}\n"
    "---\nkind: Client\nmetadata: {name: planner}\n"
    "spec: {clientId: planner-id, authentication: {methods: [client_secret_basic], secretHash: "
    "'0000000000000000000000000000000000000000000000000000000000000000'}}\n"
    "---\nkind: Target\nmetadata: {name: mail}\n"
    "spec: {audiences: ['https://mail.example'], scopes: [read, send], connection: {lifetime: 24h},\n"
    "  accepts: {issuers: [corp], clients: [planner]}}\n";

enum { KILLS_IN_MEMORY = 100 };

struct pages_stage stage;

/* --- its life --- */

static void compile_world(const struct adapter *adapter)
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
    stage.world->targets[0].adapter = adapter;
    gateway->worlds = world_keeper_create(&stage.loop, 1, stage.world);
}

static void *serve(void *context)
{
    (void)context;
    server_attach(stage.server, stage.loop);
    loop_run(stage.loop);
    return NULL;
}

void pages_stage_begin(void (*handle)(struct request *request, void *context), const struct adapter *adapter)
{
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
    compile_world(adapter);
    gateway->cutoffs = cutoff_keeper_create(&stage.loop, 1, KILLS_IN_MEMORY);
    assert_int_equal(propagation_create(gateway, stage.loop, KILLS_IN_MEMORY, (struct store_counter){0},
                                        &gateway->propagation),
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
}

void pages_stage_end(void)
{
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
    arena_destroy(stage.guard_arena);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        unlink(arena_print(stage.arena, "%s%s", stage.path, suffixes[i]).base);
    arena_destroy(stage.arena);
    rmdir(stage.folder);
}

/* --- a browser --- */

/* person, headers: NULL for none; body NULL: a GET. */
struct wire *stage_send(const char *path, const char *person, const char *headers, const char *body)
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
int stage_hear(struct wire *wire)
{
    assert_true(wire_read_end(wire));
    snprintf(stage.last, sizeof(stage.last), "%s", wire_received(wire));
    wire_close(wire);
    int status = 0;
    assert_int_equal(sscanf(stage.last, "HTTP/1.1 %d", &status), 1);
    return status;
}

int stage_ask(const char *path, const char *person, const char *headers, const char *body)
{
    return stage_hear(stage_send(path, person, headers, body));
}

bool stage_shows(const char *part)
{
    return strstr(stage.last, part) != NULL;
}

bool stage_shows_reference(struct text id)
{
    return stage_shows(
        arena_print(stage.arena, "<dt>Reference</dt><dd><bdi>%.*s</bdi>", TEXT_ARGUMENTS(id)).base);
}

/* --- what is stored --- */

struct store_record *stage_records(size_t *count)
{
    struct store_query query = {.kind = STORE_QUERY_RECENT, .limit = 50, .arena = stage.arena};
    store_find_and_wait(stage.gateway.store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    *count = query.record_count;
    return query.records;
}

const struct store_record *stage_last_record(void)
{
    size_t count;
    const struct store_record *all = stage_records(&count);
    assert_true(count > 0);
    return &all[0];
}

/* Two of one request may bear the same millisecond, so their order says nothing. */
void stage_assert_record(const char *kind, const char *outcome, const char *reason)
{
    size_t count, matching = 0;
    const struct store_record *all = stage_records(&count);
    for (size_t i = 0; i < count; i++)
        matching += text_is(all[i].kind, kind) && text_is(all[i].outcome, outcome) &&
                    (reason == NULL ? all[i].reason.length == 0 : text_is(all[i].reason, reason));
    if (matching == 0)
        fail_msg("there is no record of %s %s among %zu", kind, outcome, count);
}

bool stage_is_ended(struct text id)
{
    struct store_guard guard = {TEXT("lease"), id, 0};
    struct store_query query = {.kind = STORE_QUERY_CUT_OFF, .guards = &guard, .guard_count = 1};
    store_find_and_wait(stage.gateway.store, &query);
    return query.is_cut_off;
}

void stage_kill(const char *kind, const char *id)
{
    const int64_t now_s = clock_wall_s();
    const struct store_cutoff cutoff = {.kind = text_of(kind),
                                        .id = text_of(id),
                                        .at_us = clock_wall_us(),
                                        .expires_at_s = now_s + 3600,
                                        .record = TEXT("01K00000000000000000000009")};
    struct store_transaction transaction = {.cutoffs = &cutoff, .cutoff_count = 1};
    store_submit_and_wait(stage.gateway.store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
}

struct book_look {
    struct loop_message message;
    _Atomic int answer; /* 0: none yet */
};

static void look_at_book(struct loop_message *message)
{
    bool has_all = cutoff_book_epoch(cutoff_keeper_book(stage.gateway.cutoffs)).number != 0;
    atomic_store(&((struct book_look *)message)->answer, has_all ? 1 : 2);
}

/* Books are the loop's. */
static bool has_forgotten(void)
{
    static struct book_look look;
    atomic_store(&look.answer, 0);
    look.message.run = look_at_book;
    loop_post(stage.loop, &look.message);
    while (atomic_load(&look.answer) == 0)
        usleep(1000);
    return look.answer == 2;
}

void stage_forget_kills(void)
{
    static struct store_cutoff cutoffs[KILLS_IN_MEMORY + 1];
    for (size_t i = 0; i < KILLS_IN_MEMORY + 1; i++)
        cutoffs[i] = (struct store_cutoff){.kind = TEXT("lease"),
                                           .id = arena_print(stage.arena, "elsewhere-%zu", i),
                                           .at_us = clock_wall_us(),
                                           .expires_at_s = clock_wall_s() + 3600,
                                           .record = TEXT("01K00000000000000000000008")};
    struct store_transaction transaction = {.cutoffs = cutoffs, .cutoff_count = KILLS_IN_MEMORY + 1};
    store_submit_and_wait(stage.gateway.store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    for (unsigned i = 0; i < 1000 && !has_forgotten(); i++)
        usleep(5000);
    assert_true(has_forgotten());
}

/* See host_fixture.h. */
#include "host_fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"

static struct host_fixture *asking; /* whose loop is stopped when nothing is pending any more */

/* Written before other threads look, and not again. */
static void set_asking(struct host_fixture *fixture)
{
    if (asking != fixture)
        asking = fixture;
}

static void *run_peer(void *context)
{
    struct peer *peer = context;
    peer->behave(peer);
    shutdown(peer->descriptor, SHUT_RDWR);
    return NULL;
}

static void on_start(void *context, struct text name, struct text document)
{
    struct host_fixture *fixture = context;
    int pair[2], at = atomic_fetch_add(&fixture->started, 1);
    snprintf(fixture->last_document, sizeof(fixture->last_document), "%.*s", TEXT_ARGUMENTS(document));
    if (fixture->refusal != NULL) {
        adapter_host_note_refused(fixture->host, name, text_of(fixture->refusal));
        return;
    }
    if (fixture->behave == NULL || at >= PEERS_MAX)
        return;
    struct peer *peer = calloc(1, sizeof(*peer));
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
    peer->descriptor = pair[1];
    peer->behave = fixture->behave;
    peer->manifest = fixture->manifest;
    snprintf(peer->name, sizeof(peer->name), "%.*s", TEXT_ARGUMENTS(name));
    fixture->peers[at] = peer;
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    digest_sha256(fixture->is_slow_to_hear ? TEXT("the one before") : document, digest);
    digest_hex(digest, hex);
    adapter_host_note_started(fixture->host, name, text_of(hex), at + 1, pair[0]);
    pthread_create(&peer->thread, NULL, run_peer, peer);
}

void host_start(struct host_fixture *fixture)
{
    SCOPED_ARENA arena = arena_create();
    on_start(fixture, TEXT("acme"), arena_copy(arena, text_of(fixture->last_document)));
}

static void on_stop(void *context, struct text name)
{
    (void)name;
    ((struct host_fixture *)context)->stopped++;
}

static void on_kill(void *context, struct text name, int64_t instance)
{
    struct host_fixture *fixture = context;
    fixture->killed++;
    if (fixture->restarts_in_ms == -2)
        return;
    adapter_host_note_ended(fixture->host, name, instance, fixture->restarts_in_ms, TEXT("killed by signal 9"));
    if (fixture->restarts_in_ms == 0)
        host_start(fixture);
}

static void *run_second(void *context)
{
    loop_run(((struct host_fixture *)context)->loops[1]);
    return NULL;
}

static int set_up(void **state, bool has_store)
{
    struct host_fixture *fixture = calloc(1, sizeof(*fixture));
    char detail[STORE_DETAIL_SIZE];
    fixture->arena = arena_create();
    fixture->loops[0] = loop_create();
    fixture->loops[1] = loop_create();
    fixture->behave = peer_mints;
    fixture->manifest = MANIFEST;
    fixture->restarts_in_ms = -2;
    if (has_store) {
        memcpy(fixture->folder, "/tmp/host-XXXXXX", sizeof("/tmp/host-XXXXXX"));
        assert_non_null(mkdtemp(fixture->folder));
        struct store_options options = {.sqlite_path =
                                            arena_print(fixture->arena, "%s/store.db", fixture->folder).base,
                                        .queue_limit = 1000};
        assert_int_equal(store_open(&options, true, &fixture->store, detail), FAULT_NONE);
    }
    fixture->host = adapter_host_create(&(struct adapter_host_options){.loops = fixture->loops,
                                                                       .loop_count = 2,
                                                                       .store = fixture->store,
                                                                       .gateway_version = TEXT("0.1.0"),
                                                                       .start = on_start,
                                                                       .stop = on_stop,
                                                                       .kill = on_kill,
                                                                       .context = fixture});
    set_asking(fixture);
    pthread_create(&fixture->second, NULL, run_second, fixture);
    *state = fixture;
    return 0;
}

int host_set_up(void **state)
{
    return set_up(state, false);
}

int host_set_up_with_store(void **state)
{
    return set_up(state, true);
}

void host_close(struct host_fixture *fixture)
{
    loop_stop(fixture->loops[1]);
    pthread_join(fixture->second, NULL);
    adapter_host_close(fixture->host);
    store_close(fixture->store);
    loop_destroy(fixture->loops[0]);
    loop_destroy(fixture->loops[1]);
    fixture->is_closed = true;
}

static void remove_folder(const struct host_fixture *fixture)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
    char path[128];
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(path, sizeof(path), "%s/store.db%s", fixture->folder, ends[i]);
        unlink(path);
    }
    rmdir(fixture->folder);
}

int host_tear_down(void **state)
{
    struct host_fixture *fixture = *state;
    if (!fixture->is_closed)
        host_close(fixture);
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (fixture->peers[i] != NULL) {
            pthread_join(fixture->peers[i]->thread, NULL);
            close(fixture->peers[i]->descriptor);
            free(fixture->peers[i]);
        }
    adapter_host_destroy(fixture->host);
    for (size_t i = 0; i < fixture->asked; i++)
        arena_destroy(fixture->askers[i].arena);
    arena_destroy(fixture->arena);
    if (fixture->folder[0] != '\0')
        remove_folder(fixture);
    free(fixture);
    return 0;
}

void host_configure(struct host_fixture *fixture, const char *limits)
{
    documents_init(&fixture->documents, fixture->arena);
    if (limits != NULL) {
        documents_read(&fixture->documents, TEXT("test.yaml"),
                       arena_print(fixture->arena,
                                   "kind: Adapter\nmetadata: {name: acme}\nspec:\n  program: acme\n  sha256: "
                                   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"
                                   "  limits: {%s}\n",
                                   limits));
        if (fixture->documents.mistake_count != 0)
            print_message("%.*s\n", TEXT_ARGUMENTS(fixture->documents.mistakes[0].sentence));
        assert_int_equal(fixture->documents.count, 1);
    }
    adapter_host_configure(fixture->host, &fixture->documents);
}

/* --- callers --- */

static enum flow_step_result mint(struct flow *flow)
{
    struct asker *asker = (struct asker *)flow;
    const struct adapter *adapter = adapter_host_find(asking->host, TEXT("acme"));
    FLOW_AWAIT(flow, &asker->minting.wait, adapter->mint(adapter, &asker->order, &asker->minting));
    asker->is_on_its_loop = loop_current() == asker->loop;
    return FLOW_NEXT;
}

static void end_asker(struct flow *flow)
{
    struct asker *asker = (struct asker *)flow;
    asker->is_done = true;
    asker->took_ms = clock_monotonic_us() / 1000 - asker->took_ms;
    if (atomic_fetch_sub(&asking->pending, 1) == 1 && !asking->is_closed)
        loop_stop(asking->loops[0]);
}

static void start_asker(struct loop_message *message)
{
    static const struct flow_step steps[] = {FLOW_STEP(mint), FLOW_STEP_LAST};
    struct asker *asker = (struct asker *)((char *)message - offsetof(struct asker, message));
    asker->took_ms = clock_monotonic_us() / 1000;
    flow_start(&asker->flow, steps, end_asker);
}

struct asker *host_mint(struct host_fixture *fixture, size_t loop, const char *type)
{
    static const struct credential_identity chain[] = {{TEXT("https://gw.example"), TEXT("planner")},
                                                       {TEXT("https://gw.example"), TEXT("worker")}};
    struct asker *asker = &fixture->askers[fixture->asked++];
    set_asking(fixture);
    *asker = (struct asker){.arena = arena_create(), .loop = fixture->loops[loop]};
    asker->order = (struct credential_order){
        .id = TEXT("06F0000000000000000000TEST"),
        .root = TEXT("root-1"),
        .target = {TEXT("payments"), TEXT("saas"), TEXT("https://pay.example"), NULL},
        .subject = {TEXT("https://idp.example"), TEXT("alice")},
        .chain = chain,
        .chain_length = 2,
        .client_id = TEXT("planner"),
        .scope = TEXT("charges:read charges:write"),
        .issued_at_s = clock_wall_s(),
        .expires_at_s = clock_wall_s() + 300,
        .requested_type = text_of(type),
        .task = TEXT("T-17"),
    };
    asker->minting.arena = asker->arena;
    asker->message.run = start_asker;
    fixture->pending++;
    loop_post(asker->loop, &asker->message);
    return asker;
}

static void stop_late(struct loop_timer *timer)
{
    (void)timer;
    loop_stop(asking->loops[0]);
}

void host_turn(struct host_fixture *fixture, int64_t ms)
{
    struct loop_timer timer = {.run = stop_late};
    set_asking(fixture);
    loop_timer_start(fixture->loops[0], &timer, ms);
    loop_run(fixture->loops[0]);
    loop_timer_stop(fixture->loops[0], &timer);
}

void host_wait(struct host_fixture *fixture)
{
    for (int i = 0; fixture->pending != 0 && i < 100; i++)
        host_turn(fixture, 15000);
    assert_int_equal(fixture->pending, 0);
}

struct one_flow {
    struct loop_message message; /* first */
    struct flow *flow;
    const struct flow_step *steps;
};

static bool has_one_ended;

static void end_one(struct flow *flow)
{
    (void)flow;
    has_one_ended = true;
    loop_stop(asking->loops[0]);
}

static void start_one(struct loop_message *message)
{
    struct one_flow *one = (struct one_flow *)message;
    flow_start(one->flow, one->steps, end_one);
}

void host_run_flow(struct host_fixture *fixture, struct flow *flow, const struct flow_step *steps)
{
    struct one_flow one = {.message = {.run = start_one}, .flow = flow, .steps = steps};
    set_asking(fixture);
    has_one_ended = false;
    loop_post(fixture->loops[0], &one.message);
    for (int i = 0; !has_one_ended && i < 100; i++)
        host_turn(fixture, 15000);
    assert_true(has_one_ended);
}

struct describer {
    struct flow flow; /* first */
    struct adapter_status status;
};

static enum flow_step_result describe(struct flow *flow)
{
    struct describer *describer = (struct describer *)flow;
    FLOW_AWAIT(flow, &describer->status.wait, adapter_host_describe(asking->host, &describer->status));
    return FLOW_NEXT;
}

struct text host_describe(struct host_fixture *fixture)
{
    static const struct flow_step steps[] = {FLOW_STEP(describe), FLOW_STEP_LAST};
    struct describer describer = {.status = {.arena = fixture->arena}};
    host_run_flow(fixture, &describer.flow, steps);
    return describer.status.json;
}

void host_await(struct host_fixture *fixture, const char *text)
{
    struct text seen = TEXT_NONE;
    for (int i = 0; i < 500; i++) {
        seen = host_describe(fixture);
        if (strstr(seen.base, text) != NULL)
            return;
        host_turn(fixture, 20);
    }
    fail_msg("%s is not in %s", text, seen.base);
}

/* --- peers --- */

bool peer_read(struct peer *peer)
{
    for (;;) {
        char *end = memchr(peer->ahead, '\n', peer->ahead_length);
        if (end != NULL) {
            size_t length = (size_t)(end - peer->ahead);
            memcpy(peer->line, peer->ahead, length);
            peer->line[length] = '\0';
            peer->ahead_length -= length + 1;
            memmove(peer->ahead, end + 1, peer->ahead_length);
            return true;
        }
        ssize_t got =
            read(peer->descriptor, peer->ahead + peer->ahead_length, sizeof(peer->ahead) - peer->ahead_length);
        if (got <= 0)
            return false;
        peer->ahead_length += (size_t)got;
    }
}

static void write_all(struct peer *peer, const char *bytes, size_t length)
{
    while (length != 0) {
        ssize_t written = send(peer->descriptor, bytes, length, MSG_NOSIGNAL);
        if (written <= 0)
            return;
        bytes += written;
        length -= (size_t)written;
    }
}

void peer_write(struct peer *peer, const char *format, ...)
{
    SCOPED_ARENA arena = arena_create();
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *bytes = arena_allocate(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(bytes, (size_t)length + 1, format, arguments);
    va_end(arguments);
    bytes[length] = '\n';
    write_all(peer, bytes, (size_t)length + 1);
}

long long peer_id(const struct peer *peer)
{
    const char *id = strstr(peer->line, "\"id\":");
    return id == NULL ? 0 : strtoll(id + 5, NULL, 10);
}

bool peer_has(const struct peer *peer, const char *text)
{
    return strstr(peer->line, text) != NULL;
}

bool peer_begin(struct peer *peer)
{
    if (!peer_read(peer) || !peer_has(peer, "\"method\":\"initialize\""))
        return false;
    peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"protocol\":1,\"manifest\":%s}}",
               peer_id(peer), peer->manifest);
    return true;
}

bool peer_next(struct peer *peer)
{
    while (peer_read(peer)) {
        if (peer_has(peer, "\"method\":\"health\""))
            peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"status\":\"good\"}}",
                       peer_id(peer));
        else if (!peer_has(peer, "\"method\":\"shutdown\""))
            return true;
    }
    return false;
}

void peer_mint(struct peer *peer)
{
    const char *ends = strstr(peer->line, "\"expires_at\":");
    peer_write(peer,
               "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"credential\":\"sk-%lld\",\"expires_at\":%lld,"
               "\"type\":\"urn:test:%s\",\"scopes\":[\"charges:read\"],\"handle\":\"key_1\","
               "\"presentation\":{\"in\":\"header\",\"name\":\"X-Api-Key\"}}}",
               peer_id(peer), peer_id(peer), ends == NULL ? 0 : strtoll(ends + 13, NULL, 10),
               peer_has(peer, "\"type\":\"urn:test:bearer\"") ? "bearer" : "api-key");
}

void peer_mints(struct peer *peer)
{
    if (!peer_begin(peer))
        return;
    while (peer_next(peer))
        if (peer_has(peer, "\"method\":\"mint\""))
            peer_mint(peer);
        else if (peer_has(peer, "\"method\":\"revoke\""))
            peer_write(peer, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{}}", peer_id(peer));
}

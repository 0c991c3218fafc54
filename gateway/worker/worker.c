/* Puts a gateway together and takes it apart again, in the order the parts stand on each other. */
#include "worker/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "adapter_host/adapter_host.h"
#include "authorization/people_keeper.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "endpoints/routes.h"
#include "endpoints/seal.h"
#include "exchange/adapter_lookup.h"
#include "exchange/call.h"
#include "exchange/holdings_keeper.h"
#include "exchange/key_schedule.h"
#include "exchange/propagation.h"
#include "exchange/shared_credential.h"
#include "exchange/world_source.h"
#include "lifecycle/stranger_book.h"
#include "lifecycle/turns.h"
#include "lifecycle/withdrawal.h"
#include "mcp/mcp.h"
#include "mcp/mcp_catalog_keeper.h"
#include "mcp/mcp_keeper.h"
#include "relay/egress.h"
#include "relay/relay_keeper.h"
#include "runtime/clock_watch.h"
#include "runtime/metrics.h"
#include "runtime/roll_call.h"
#include "runtime/trace_keeper.h"
#include "traces.h"
#include "worker/store_settings.h"
#include "worker_server.h"

enum {
    STORE_QUEUE_LIMIT = 20000,
    HOUSEKEEPING_MS = 60 * 1000,
    /* After the drain; the supervisor's deadline runs on. */
    TRACES_FLUSH_S = 2,
};

struct serving_thread {
    pthread_t thread;
    struct worker *worker;
    struct loop *loop;
};

struct worker {
    struct arena *arena;
    const struct gateway_document *settings;
    const struct worker_sockets *sockets;   /* NULL: none were given */
    const struct worker_programs *programs; /* NULL: nobody starts any */
    struct gateway gateway;
    struct server *server;
    size_t thread_count;
    struct serving_thread threads[WORKER_THREADS_MAX];
    struct loop *loops[WORKER_THREADS_MAX]; /* theirs, as every part takes them */
    struct roll_call roll_call;
    struct trace_keeper *traces; /* NULL: they are sent nowhere */
    struct loop_timer housekeeping;
    struct clock_watch clock_watch;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_idle;
    bool is_sealed, is_opened_by_operator;
    struct key_token *token;
};

static enum fault complain(struct buffer *mistakes, const char *what, const char *detail, enum fault fault)
{
    buffer_print(mistakes, "%s: %s\n", what, detail);
    return fault;
}

static const char *path_or_null(struct text path)
{
    return path.length == 0 ? NULL : path.base;
}

static enum fault open_store_and_keys(struct worker *worker, struct buffer *mistakes)
{
    const struct gateway_document *settings = worker->settings;
    struct gateway *gateway = &worker->gateway;
    char detail[256] = "";
    struct store_settings store;
    store_settings_read(settings, STORE_QUEUE_LIMIT, &store);
    enum fault fault = store_open(&store.options, true, &gateway->store, detail);
    if (fault != FAULT_NONE)
        return complain(mistakes, "store", detail, fault);
    enum algorithm algorithms[ALGORITHM_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < settings->signing_algorithms.count && count < ALGORITHM_COUNT; i++)
        algorithms[count++] = algorithm_parse(settings->signing_algorithms.items[i]);
    struct key_places places = {.token = worker->token};
    fault = key_files_read(settings->signing_key_files.items, settings->signing_key_files.count, algorithms,
                           count, &places.files, detail);
    if (fault == FAULT_NONE)
        fault = key_ring_open(gateway->store, gateway->sealer, &places, algorithms, count, clock_wall_s(),
                              &gateway->key_ring, detail);
    key_files_close(&places.files);
    return fault == FAULT_NONE ? FAULT_NONE : complain(mistakes, "signing keys", detail, fault);
}

size_t worker_threads(const struct gateway_document *settings)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t threads = settings->threads != 0 ? settings->threads : cores;
    return (size_t)(threads < 1 ? 1 : threads > WORKER_THREADS_MAX ? WORKER_THREADS_MAX : threads);
}

/* Where the Gateway's spec.pdp names one. */
static enum fault make_pdps(struct worker *worker, const struct address_guard *guard, struct buffer *mistakes)
{
    const struct pdp_document *settings = &worker->settings->pdp;
    SCOPED_SECRET token = NULL;
    if (settings->url.length == 0)
        return FAULT_NONE;
    bool is_basic = settings->basic_file.length != 0;
    struct text file = is_basic ? settings->basic_file : settings->token_file;
    if (file.length != 0 && secret_read_file(file.base, &token) != FAULT_NONE)
        return complain(mistakes,
                        "pdp.tokenFile or basicFile, which must be a regular file that is its owner's alone",
                        file.base, FAULT_FILE_UNREADABLE);
    if (is_basic && memchr(secret_bytes(token), ':', secret_length(token)) == NULL)
        return complain(mistakes, "pdp.basicFile, which must hold a name, a colon and a password", file.base,
                        FAULT_FILE_UNREADABLE);
    worker->gateway.pdps = pdp_keeper_create(worker->loops, worker->thread_count,
                                             &(struct authzen_options){
                                                 .url = settings->url,
                                                 .token = token,
                                                 .is_basic = is_basic,
                                                 .ca_file = path_or_null(worker->settings->outbound_ca_file),
                                                 .guard = guard,
                                                 .timeout_ms = settings->timeout_ms,
                                                 .failures = (unsigned)settings->failures,
                                                 .pause_ms = settings->pause_s * 1000,
                                             });
    return FAULT_NONE;
}

static void make_egress(struct worker *worker, const struct address_guard *guard)
{
    const char *ca_file = path_or_null(worker->settings->outbound_ca_file);
    worker->gateway.egress = egress_keeper_create(worker->loops, worker->thread_count, guard, ca_file);
    worker->gateway.mcp = mcp_keeper_create(worker->loops, worker->thread_count, guard, ca_file);
}

static void make_people(struct worker *worker, const struct address_guard *guard)
{
    worker->gateway.people = people_keeper_create(worker->loops, worker->thread_count, guard,
                                                  path_or_null(worker->settings->outbound_ca_file));
}

static void make_loops(struct worker *worker)
{
    worker->thread_count =
        worker->sockets != NULL ? worker->sockets->threads : worker_threads(worker->settings);
    for (size_t i = 0; i < worker->thread_count; i++) {
        worker->loops[i] = loop_create();
        worker->threads[i] = (struct serving_thread){.worker = worker, .loop = worker->loops[i]};
    }
}

static void open_roll_call(struct worker *worker)
{
    roll_call_open(&worker->roll_call, worker->loops, worker->thread_count);
}

static enum fault make_traces(struct worker *worker, struct buffer *mistakes)
{
    return traces_make(worker->settings, worker->arena, worker->loops, worker->thread_count, &worker->traces,
                       mistakes);
}

static enum fault make_keepers(struct worker *worker, struct buffer *mistakes)
{
    const struct gateway_document *settings = worker->settings;
    const struct address_guard *guard;
    size_t bad;
    if (address_guard_create(worker->arena, settings->outbound_allow.items, settings->outbound_allow.count,
                             &guard, &bad) != FAULT_NONE)
        return complain(mistakes, "outbound.allowAddresses", settings->outbound_allow.items[bad].base,
                        FAULT_DOCUMENT_INVALID);
    make_loops(worker);
    struct key_keeper_options keeper = {.guard = guard, .ca_file = path_or_null(settings->outbound_ca_file)};
    worker->gateway.key_keeper = key_keeper_create(worker->threads[0].loop, &keeper);
    worker->gateway.budgets = budget_book_create();
    worker->gateway.strangers = stranger_book_create(&(struct stranger_limits){
        .refusals_per_minute = settings->strangers.refusals_per_minute,
        .addresses = settings->strangers.addresses,
        .log_from = settings->strangers.log_from,
        .lines_per_minute = settings->strangers.log_lines,
    });
    if (settings->egress_listen.count != 0)
        make_egress(worker, guard);
    make_people(worker, guard);
    TRY(make_traces(worker, mistakes));
    return make_pdps(worker, guard, mistakes);
}

static void make_adapters(struct worker *worker)
{
    struct gateway *gateway = &worker->gateway;
    const struct worker_programs *programs = worker->programs;
    struct adapter_host_options host = {.loops = worker->loops,
                                        .loop_count = worker->thread_count,
                                        .store = gateway->store,
                                        .gateway_version = TEXT(DRAGOMAN_VERSION)};
    if (programs != NULL) {
        host.start = programs->start;
        host.stop = programs->stop;
        host.kill = programs->kill;
        host.context = programs->context;
    }
    gateway->adapter_host = adapter_host_create(&host);
    gateway->adapters = adapter_registry_create(&(struct adapter_registry_options){
        .store = gateway->store,
        .sealer = gateway->sealer,
        .find_program = adapter_host_find,
        .context = gateway->adapter_host,
        .end_session = mcp_session_end,
        .session_context = gateway,
    });
}

static enum fault make_first_world(struct worker *worker, struct buffer *mistakes)
{
    struct gateway *gateway = &worker->gateway;
    SCOPED_ARENA stored = arena_create();
    struct store_query query = {.kind = STORE_QUERY_DOCUMENTS, .arena = stored};
    store_find_and_wait(gateway->store, &query);
    if (query.fault != FAULT_NONE)
        return complain(mistakes, "store", "the stored documents cannot be read", query.fault);
    struct documents documents;
    struct world *world;
    struct arena *arena = arena_create();
    documents_init(&documents, arena);
    world_source_gather(gateway->file_documents, query.documents, query.document_count, &documents);
    const struct world_services services = gateway_world_services(gateway);
    enum fault fault =
        world_source_compile(&documents, &services, query.counters.generation.number, &world, mistakes);
    if (fault != FAULT_NONE) {
        arena_destroy(arena);
        return fault;
    }
    gateway->worlds = world_keeper_create(worker->loops, worker->thread_count, world);
    adapter_host_configure(gateway->adapter_host, &world->documents);
    size_t in_memory = (size_t)worker->settings->kills_in_memory;
    gateway->cutoffs = cutoff_keeper_create(worker->loops, worker->thread_count, in_memory);
    gateway->turns = turns_create();
    gateway->consents = consent_memory_create();
    gateway->credentials = credential_book_create(SHARED_CREDENTIALS_MAX);
    open_roll_call(worker);
    fault = propagation_create(gateway, worker->loops[0], in_memory, query.counters.generation,
                               &gateway->propagation);
    if (fault != FAULT_NONE)
        return complain(mistakes, "store", "the kills cannot be read", fault);
    gateway->holdings = holdings_keeper_create(gateway, worker->loops[0], world);
    const struct withdrawal_options options = {
        .store = gateway->store,
        .find_adapter = adapter_lookup,
        .find_target = adapter_lookup_target,
        .context = gateway,
        .pending_s = worker->settings->lease_pending_s,
        .retry_delay_s = worker->settings->withdrawal_delay_s,
        .retry_delay_maximum_s = worker->settings->withdrawal_delay_maximum_s,
        .in_parallel = (size_t)worker->settings->withdrawals_in_parallel,
    };
    gateway->key_schedule = key_schedule_create(gateway, worker->loops[0]);
    gateway->withdrawals = withdrawal_keeper_create(worker->loops[0], &options);
    gateway->relays = relay_keeper_create(gateway->store, worker->loops, worker->thread_count, gateway->cutoffs,
                                          gateway->worlds);
    fault = mcp_catalog_create(gateway, worker->loops[0], &gateway->definitions);
    return fault == FAULT_NONE
               ? FAULT_NONE
               : complain(mistakes, "store", "the definitions of MCP tools cannot be read", fault);
}

static enum fault record_now(struct worker *worker, struct arena *arena, const struct record *record,
                             struct buffer *mistakes)
{
    struct ledger_entry entry = {0};
    ledger_entry_begin(&entry, arena, record);
    enum fault fault = ledger_append_and_wait(worker->gateway.store, &entry);
    return fault == FAULT_NONE ? FAULT_NONE
                               : complain(mistakes, "store", "the start cannot be recorded", fault);
}

/* What this gateway was started with is a record too: the digest of the documents that came from files. */
static enum fault record_start(struct worker *worker, struct buffer *mistakes)
{
    const struct documents *documents = worker->gateway.file_documents;
    SCOPED_ARENA arena = arena_create();
    struct text *bodies = ARENA_ARRAY(arena, struct text, documents->count + 1);
    unsigned char digest[DIGEST_SIZE];
    char id[IDENTIFIER_SIZE], hexadecimal[2 * DIGEST_SIZE + 1];
    for (size_t i = 0; i < documents->count; i++)
        bodies[i] = documents->items[i]->body;
    digest_parts(bodies, documents->count, digest);
    digest_hex(digest, hexadecimal);
    int64_t now_us = clock_wall_us();
    identifier_make(now_us, id);
    struct seal_state seal;
    seal_read(worker->gateway.seal, &seal);
    struct record record = {
        .id = text_of(id),
        .at_us = now_us,
        .kind = TEXT("start"),
        .outcome = TEXT("done"),
        .change = arena_print(
            arena,
            "{\"file_documents\":%zu,\"sha256\":\"%s\",\"sealing_key\":\"%s\",\"sealing_source\":\"%s\"}",
            documents->count, hexadecimal, seal.key_id, seal.source)};
    return record_now(worker, arena, &record, mistakes);
}

/* Whoever gave the key by hand did so on the host: the gateway that gets it says so, as a sealed one has no
 * store to say it in. */
static enum fault record_unsealing(struct worker *worker, struct buffer *mistakes)
{
    SCOPED_ARENA arena = arena_create();
    char id[IDENTIFIER_SIZE];
    struct seal_state seal;
    if (!worker->is_opened_by_operator)
        return FAULT_NONE;
    seal_read(worker->gateway.seal, &seal);
    int64_t now_us = clock_wall_us();
    identifier_make(now_us, id);
    struct record record = {.id = text_of(id),
                            .at_us = now_us,
                            .kind = TEXT("unseal"),
                            .outcome = TEXT("done"),
                            .client = TEXT(ADMIN_SOCKET_CLIENT),
                            .client_method = TEXT("unix_socket"),
                            .change = arena_print(arena, "{\"sealing_key\":\"%s\"}", seal.key_id)};
    return record_now(worker, arena, &record, mistakes);
}

/* Writes down and forgets what a minute brought. Forgets what is past its time: records beyond their retention,
 * used-up single-use values, cutoffs of dead things. */
static void keep_house(struct loop_timer *timer)
{
    struct worker *worker = (struct worker *)((char *)timer - offsetof(struct worker, housekeeping));
    int64_t today = clock_wall_s() / 86400, days = worker->settings->record_retention_days;
    stranger_book_turn(worker->gateway.strangers, clock_wall_us());
    store_drop_before(worker->gateway.store, days == 0 ? 0 : today - days);
    loop_timer_start(worker->threads[0].loop, timer, HOUSEKEEPING_MS);
}

static void *serve(void *argument)
{
    struct serving_thread *thread = argument;
    struct worker *worker = thread->worker;
    trace_keeper_attach(worker->traces, (size_t)(thread - worker->threads));
    server_attach(worker->server, thread->loop);
    if (thread == &worker->threads[0] && !worker->is_sealed) {
        worker->housekeeping.run = keep_house;
        loop_timer_start(thread->loop, &worker->housekeeping, HOUSEKEEPING_MS);
        clock_watch_start(&worker->clock_watch, thread->loop);
    }
    loop_run(thread->loop);
    return NULL;
}

static enum fault open_server(struct worker *worker, void (*handle)(struct request *, void *), void *context,
                              struct buffer *mistakes)
{
    enum fault fault = worker_server_open(worker->arena, worker->settings, worker->sockets, handle, context,
                                          &worker->server, mistakes);
    worker->gateway.server = worker->server;
    return fault;
}

/* It listens, so that clients are told to come again and operators can look, and has nothing else. */
static enum fault assemble_sealed(struct worker *worker, struct buffer *mistakes)
{
    metric_add(METRIC_SEALED, 1);
    make_loops(worker);
    open_roll_call(worker);
    return open_server(worker, sealed_routes_handle, worker->gateway.seal, mistakes);
}

static enum fault assemble(struct worker *worker, struct buffer *mistakes)
{
    TRY(open_store_and_keys(worker, mistakes));
    TRY(make_keepers(worker, mistakes));
    make_adapters(worker);
    TRY(make_first_world(worker, mistakes));
    TRY(record_start(worker, mistakes));
    TRY(record_unsealing(worker, mistakes));
    return open_server(worker, routes_handle, &worker->gateway, mistakes);
}

/* In reverse; every part may be missing when the start failed half way. */
static void take_apart(struct worker *worker)
{
    struct gateway *gateway = &worker->gateway;
    if (worker->token != NULL)
        worker->token->close(worker->token);
    if (worker->server != NULL)
        server_destroy(worker->server);
    gateway->is_closed = true;
    if (gateway->cutoffs != NULL)
        cutoff_keeper_close(gateway->cutoffs);
    if (gateway->worlds != NULL)
        world_keeper_close(gateway->worlds);
    if (gateway->withdrawals != NULL)
        withdrawal_keeper_close(gateway->withdrawals);
    egress_keeper_close(gateway->egress);
    mcp_keeper_close(gateway->mcp);
    if (gateway->relays != NULL)
        relay_keeper_close(gateway->relays);
    mcp_catalog_close(gateway->definitions);
    if (gateway->key_keeper != NULL)
        key_keeper_destroy(gateway->key_keeper);
    people_keeper_destroy(gateway->people);
    pdp_keeper_destroy(gateway->pdps);
    if (gateway->adapter_host != NULL)
        adapter_host_close(gateway->adapter_host);
    trace_keeper_close(worker->traces);
    if (gateway->store != NULL)
        store_close(gateway->store);
    for (size_t i = 0; i < worker->thread_count; i++)
        loop_destroy(worker->threads[i].loop);
    trace_keeper_destroy(worker->traces);
    /* What the loops' last messages still put into place. */
    if (gateway->propagation != NULL)
        propagation_destroy(gateway->propagation);
    key_schedule_destroy(gateway->key_schedule);
    if (gateway->holdings != NULL)
        holdings_keeper_destroy(gateway->holdings);
    if (gateway->withdrawals != NULL)
        withdrawal_keeper_destroy(gateway->withdrawals);
    egress_keeper_destroy(gateway->egress);
    mcp_keeper_destroy(gateway->mcp);
    relay_keeper_destroy(gateway->relays);
    mcp_catalog_destroy(gateway->definitions);
    if (gateway->cutoffs != NULL)
        cutoff_keeper_destroy(gateway->cutoffs);
    if (gateway->worlds != NULL)
        world_keeper_destroy(gateway->worlds);
    adapter_registry_destroy(gateway->adapters);
    adapter_host_destroy(gateway->adapter_host);
    turns_destroy(gateway->turns);
    consent_memory_destroy(gateway->consents);
    credential_book_destroy(gateway->credentials);
    if (gateway->key_ring != NULL)
        key_ring_close(gateway->key_ring);
    if (gateway->budgets != NULL)
        budget_book_destroy(gateway->budgets);
    stranger_book_destroy(gateway->strangers);
    sealer_destroy(gateway->sealer);
    seal_destroy(gateway->seal);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->mutex);
    arena_destroy(worker->arena);
    free(worker);
}

struct adapter_host *worker_adapter_host(struct worker *worker)
{
    return worker->gateway.adapter_host;
}

static void take_sealing(struct worker *worker, const struct worker_sealing *sealing)
{
    struct seal_state state = {.is_sealed = sealing->sealer == NULL, .since_s = sealing->since_s};
    snprintf(state.source, sizeof(state.source), "%.*s", TEXT_ARGUMENTS(sealing->source));
    snprintf(state.failure, sizeof(state.failure), "%.*s", TEXT_ARGUMENTS(sealing->failure));
    if (sealing->sealer != NULL)
        sealer_key_id(sealing->sealer, state.key_id);
    worker->is_sealed = state.is_sealed;
    worker->is_opened_by_operator = sealing->is_by_operator;
    worker->token = sealing->token;
    worker->gateway.sealer = sealing->sealer;
    worker->gateway.seal = seal_create(&state, sealing->offer);
}

enum fault worker_start(const struct documents *documents, const struct worker_sockets *sockets,
                        const struct worker_programs *programs, const struct worker_sealing *sealing,
                        struct worker **out, struct buffer *mistakes)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    INVARIANT(worker != NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_cond_init(&worker->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    worker->arena = arena_create();
    worker->sockets = sockets;
    worker->programs = programs;
    worker->gateway.file_documents = documents;
    worker->gateway.documents_read_at_us = clock_wall_us();
    worker->settings = documents_gateway(documents);
    INVARIANT(worker->settings != NULL);
    take_sealing(worker, sealing);
    enum fault fault = worker->is_sealed ? assemble_sealed(worker, mistakes) : assemble(worker, mistakes);
    if (fault != FAULT_NONE) {
        take_apart(worker);
        return fault;
    }
    for (size_t i = 0; i < worker->thread_count; i++)
        INVARIANT(pthread_create(&worker->threads[i].thread, NULL, serve, &worker->threads[i]) == 0);
    LOG(LOG_INFO, worker->is_sealed ? "serving_sealed" : "serving",
        log_text("issuer", worker->settings->issuer), log_number("threads", (int64_t)worker->thread_count),
        log_number("port", worker_port(worker, 0)));
    *out = worker;
    return FAULT_NONE;
}

void worker_note_sealed(struct worker *worker, struct text failure)
{
    struct seal_state state;
    seal_read(worker->gateway.seal, &state);
    snprintf(state.failure, sizeof(state.failure), "%.*s", TEXT_ARGUMENTS(failure));
    seal_note(worker->gateway.seal, &state);
}

void worker_note_offer(struct worker *worker, struct text outcome)
{
    seal_note_outcome(worker->gateway.seal, text_is(outcome, "opened")  ? SEAL_OPENED
                                            : text_is(outcome, "wrong") ? SEAL_KEY_WRONG
                                                                        : SEAL_NOT_TRIED);
}

uint16_t worker_port(const struct worker *worker, size_t listener)
{
    return server_port(worker->server, listener);
}

void worker_note_refused_reload(struct worker *worker)
{
    atomic_store(&worker->gateway.reload_refused_since_us, clock_wall_us());
}

void worker_note_leaving(struct worker *worker)
{
    atomic_store(&worker->gateway.leaving_since_us, clock_wall_us());
}

bool worker_has_pulse(struct worker *worker, struct buffer *silent)
{
    return roll_call_take(&worker->roll_call, silent);
}

static void note_idle(void *context)
{
    struct worker *worker = context;
    pthread_mutex_lock(&worker->mutex);
    worker->is_idle = true;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->mutex);
}

static bool wait_until_idle(struct worker *worker, int64_t drain_ms)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += drain_ms / 1000;
    deadline.tv_nsec += drain_ms % 1000 * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&worker->mutex);
    while (!worker->is_idle && pthread_cond_timedwait(&worker->changed, &worker->mutex, &deadline) == 0)
        ;
    bool is_idle = worker->is_idle;
    pthread_mutex_unlock(&worker->mutex);
    return is_idle;
}

void worker_stop(struct worker *worker, int64_t drain_ms)
{
    worker_note_leaving(worker);
    server_drain(worker->server, note_idle, worker);
    bool is_idle = wait_until_idle(worker, drain_ms);
    LOG(is_idle ? LOG_INFO : LOG_WARNING, "stopping",
        log_text("drained", is_idle ? TEXT("yes") : TEXT("no, deadline passed")));
    trace_keeper_flush(worker->traces, TRACES_FLUSH_S);
    for (size_t i = 0; i < worker->thread_count; i++)
        loop_stop(worker->threads[i].loop);
    for (size_t i = 0; i < worker->thread_count; i++)
        pthread_join(worker->threads[i].thread, NULL);
    /* Work that the deadline cut off still refers to the parts; the process ends now anyway. */
    if (is_idle)
        take_apart(worker);
}

/* bench_adapter_hops: what one mint by an adapter that is a program costs the gateway, in CPU time of this
 * process alone, over a socket to a real child that answers at once; with so many under way, and with callers
 * on the adapter's own loop or on another. Fails where a hop costs more than the goal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <pthread.h>

#include "adapter_host/adapter_host.h"
#include "answering_adapter.h"
#include "base/clock.h"
#include "base/digest.h"

enum { CALLERS_MAX = 32, MINTS = 20000, ROUNDS = 7 };

struct caller {
    struct flow flow; /* first */
    struct loop_message start;
    struct bench *bench;
    struct arena *arena;
    struct credential_order order;
    struct credential_minting minting;
};

struct bench {
    struct loop *loops[2];
    struct loop *calling;
    struct adapter_host *host;
    const struct adapter *adapter;
    struct caller callers[CALLERS_MAX];
    unsigned under_way, left;
    pid_t child;
};

static void require(bool is_so, const char *what)
{
    if (is_so)
        return;
    fprintf(stderr, "bench_adapter_hops: %s\n", what);
    exit(1);
}

static void start(void *context, struct text name, struct text document)
{
    struct bench *bench = context;
    int pair[2];
    unsigned char digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    digest_sha256(document, digest);
    digest_hex(digest, hex);
    require(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "there is no socket pair");
    bench->child = fork();
    if (bench->child == 0) {
        close(pair[0]);
        static const struct answering_manifest manifest = {.has_outside_effects = true};
        _exit(answering_adapter_serve(pair[1], &manifest));
    }
    close(pair[1]);
    adapter_host_note_started(bench->host, name, text_of(hex), 1, pair[0]);
}

/* --- the callers --- */

static void begin(struct caller *caller);

static enum flow_step_result mint(struct flow *flow)
{
    struct caller *caller = (struct caller *)flow;
    const struct adapter *adapter = caller->bench->adapter;
    FLOW_AWAIT(flow, &caller->minting.wait, adapter->mint(adapter, &caller->order, &caller->minting));
    require(caller->minting.fault == FAULT_NONE && caller->minting.credential.length != 0, "a mint failed");
    return FLOW_NEXT;
}

static void begin_again(struct loop_message *message)
{
    begin((struct caller *)((char *)message - offsetof(struct caller, start)));
}

static void end(struct flow *flow)
{
    struct caller *caller = (struct caller *)flow;
    struct bench *bench = caller->bench;
    arena_destroy(caller->arena);
    bench->under_way--;
    if (bench->left != 0)
        loop_post(bench->calling, &caller->start);
    else if (bench->under_way == 0)
        loop_stop(bench->calling);
}

static void begin(struct caller *caller)
{
    static const struct flow_step steps[] = {FLOW_STEP(mint), FLOW_STEP_LAST};
    static const struct credential_identity planner = {TEXT("https://gw.example"), TEXT("planner")};
    struct bench *bench = caller->bench;
    if (bench->left == 0) {
        if (bench->under_way == 0)
            loop_stop(bench->calling);
        return;
    }
    bench->left--;
    bench->under_way++;
    caller->flow = (struct flow){0};
    caller->arena = arena_create();
    caller->minting = (struct credential_minting){.arena = caller->arena};
    caller->order = (struct credential_order){
        .id = TEXT("06F3ZQ1N8R5T7V9X1B3D5F7H9K"),
        .root = TEXT("8cV1mUeO2JmS4b9Q0hXw3A"),
        .target = {TEXT("payments"), TEXT("saas"), TEXT("https://pay.example"), NULL},
        .subject = {TEXT("https://idp.example"), TEXT("alice")},
        .chain = &planner,
        .chain_length = 1,
        .client_id = TEXT("planner"),
        .scope = TEXT("orders:read orders:write"),
        .issued_at_s = clock_wall_s(),
        .expires_at_s = clock_wall_s() + 300,
        .task = TEXT("T-17"),
        .purpose = TEXT("refund"),
    };
    flow_start(&caller->flow, steps, end);
}

static void run(struct bench *bench, unsigned callers, unsigned mints)
{
    bench->left = mints;
    for (unsigned i = 0; i < callers; i++) {
        bench->callers[i].bench = bench;
        bench->callers[i].start.run = begin_again;
        loop_post(bench->calling, &bench->callers[i].start);
    }
    loop_run(bench->calling);
}

/* --- measuring --- */

static void *run_other(void *loop)
{
    loop_run(loop);
    return NULL;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void configure(struct bench *bench, struct arena *arena)
{
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(&documents, TEXT("bench.yaml"),
                   TEXT("kind: Adapter\nmetadata: {name: bench}\nspec:\n  program: bench\n  sha256: "
                        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n"));
    require(documents.count == 1, "the document has mistakes");
    adapter_host_configure(bench->host, &documents);
    bench->adapter = adapter_host_find(bench->host, TEXT("bench"));
}

static bool measure(unsigned callers, bool is_other_loop, double goal)
{
    SCOPED_ARENA arena = arena_create();
    struct bench *bench = ARENA_NEW(arena, struct bench);
    pthread_t other;
    double costs[ROUNDS];
    bench->loops[0] = loop_create();
    bench->loops[1] = loop_create();
    bench->calling = bench->loops[is_other_loop];
    bench->host = adapter_host_create(&(struct adapter_host_options){.loops = bench->loops,
                                                                     .loop_count = 1,
                                                                     .gateway_version = TEXT("0"),
                                                                     .start = start,
                                                                     .context = bench});
    configure(bench, arena);
    require(pthread_create(&other, NULL, run_other, bench->loops[!is_other_loop]) == 0, "there is no thread");
    unsigned mints = callers == 1 ? MINTS / 10 : MINTS;
    run(bench, callers, mints / 4);
    for (size_t round = 0; round < ROUNDS; round++) {
        double begun = seconds();
        run(bench, callers, mints);
        costs[round] = (seconds() - begun) / mints * 1e6;
    }
    loop_stop(bench->loops[!is_other_loop]);
    pthread_join(other, NULL);
    adapter_host_close(bench->host);
    loop_destroy(bench->loops[0]);
    loop_destroy(bench->loops[1]);
    adapter_host_destroy(bench->host);
    waitpid(bench->child, NULL, 0);
    qsort(costs, ROUNDS, sizeof(costs[0]), compare_doubles);
    bool is_reached = goal <= 0 || costs[ROUNDS / 2] <= goal;
    printf("| %9u | %-7s | %8.2f | %8.2f | %4.0f |%s\n", callers, is_other_loop ? "another" : "its own",
           costs[ROUNDS / 2], costs[ROUNDS - 1], goal, is_reached ? "" : " missed");
    return is_reached;
}

int main(void)
{
    printf("| under way | loop    | µs       | µs worst | goal |\n");
    printf("|----------:|---------|---------:|---------:|-----:|\n");
    (void)measure(1, false, 0);
    (void)measure(1, true, 0);
    bool all_reached = measure(32, false, 15);
    all_reached = measure(32, true, 15) && all_reached;
    return all_reached ? 0 : 1;
}

/* A store of one's own for each test, and flows of one step that read from it. */
#include "consent_fixture.h"

static void make_sealer(struct consent_fixture *fixture)
{
    char path[96], detail[256];
    snprintf(path, sizeof(path), "%s/sealing.key", fixture->folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &fixture->sealer, detail), FAULT_NONE);
    unlink(path);
}

int fixture_begin(void **state)
{
    struct consent_fixture *fixture = calloc(1, sizeof(*fixture));
    char detail[STORE_DETAIL_SIZE];
    log_set_level(LOG_ERROR);
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-consent-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/test.sqlite", fixture->folder);
    make_sealer(fixture);
    struct store_options options = {.sqlite_path = fixture->path, .queue_limit = 64};
    assert_int_equal(store_open(&options, true, &fixture->store, detail), FAULT_NONE);
    fixture->arena = arena_create();
    fixture->now_s = clock_wall_s();
    *state = fixture;
    return 0;
}

int fixture_end(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    struct consent_fixture *fixture = *state;
    store_close(fixture->store);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[128];
        snprintf(name, sizeof(name), "%s%s", fixture->path, suffixes[i]);
        unlink(name);
    }
    rmdir(fixture->folder);
    sealer_destroy(fixture->sealer);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

/* --- one wait on a loop --- */

struct reading {
    struct flow flow; /* first */
    struct loop *loop;
    struct loop_message start;
    struct consents *consents;
    struct invitation_reading *invitation;
};

static void read_now(struct reading *reading)
{
    if (reading->consents != NULL)
        consents_read(reading->consents);
    else
        invitation_read(reading->invitation);
}

static enum flow_step_result read_step(struct flow *flow)
{
    struct reading *reading = (struct reading *)flow;
    struct flow_wait *wait = reading->consents != NULL ? &reading->consents->wait : &reading->invitation->wait;
    FLOW_AWAIT(flow, wait, read_now(reading));
    return FLOW_NEXT;
}

static void end(struct flow *flow)
{
    loop_stop(((struct reading *)flow)->loop);
}

static void start(struct loop_message *message)
{
    static const struct flow_step steps[] = {FLOW_STEP(read_step), FLOW_STEP_LAST};
    struct reading *reading = (struct reading *)((char *)message - offsetof(struct reading, start));
    flow_start(&reading->flow, steps, end);
}

static void run(struct reading *reading)
{
    reading->loop = loop_create();
    reading->start.run = start;
    loop_post(reading->loop, &reading->start);
    loop_run(reading->loop);
    loop_destroy(reading->loop);
}

void fixture_read_consents(struct consent_fixture *fixture, struct consents *consents)
{
    struct reading reading = {.consents = consents};
    consents->store = fixture->store;
    consents->sealer = fixture->sealer;
    consents->arena = fixture->arena;
    run(&reading);
}

void fixture_read_invitation(struct consent_fixture *fixture, struct invitation_reading *invitation)
{
    struct reading reading = {.invitation = invitation};
    invitation->store = fixture->store;
    invitation->sealer = fixture->sealer;
    invitation->arena = fixture->arena;
    run(&reading);
}

enum store_outcome fixture_store(struct consent_fixture *fixture, struct store_state *changes, size_t count)
{
    struct store_transaction transaction = {.states = changes, .state_count = count};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    return transaction.outcome;
}

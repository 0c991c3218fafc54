/* Leases that share one's credential: what it is withdrawn with, and how often its adapter is asked. Keepers on
 * one store are gateways. Everything else of withdrawal.c is tried in tests/e2e/lease.test.js. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "lifecycle/withdrawal.h"

enum { KEEPERS = 2, REVOKED_MAX = 64, WAIT_MS = 8000, LOOK_EVERY_MS = 10 };

struct fixture {
    char folder[40];
    struct store *store;
    struct loop *loop;
    struct arena *arena;
    struct adapter adapter;
    char revoked[REVOKED_MAX][16];
    struct text handle; /* of the last */
    size_t revoked_count;
    /* Runs until so many leases are in this state. */
    struct loop_timer timer;
    struct store_query query;
    const char *wanted_state;
    size_t wanted_count;
    int64_t until_us;
};

static struct fixture *the_fixture;

/* -- the adapter: remembers what it was asked for */

static void withdraw(const struct adapter *adapter, struct credential_withdrawal *withdrawal)
{
    struct fixture *fixture = adapter->context;
    assert_true(fixture->revoked_count < REVOKED_MAX);
    snprintf(fixture->revoked[fixture->revoked_count++], sizeof(fixture->revoked[0]), "%.*s",
             TEXT_ARGUMENTS(withdrawal->lease));
    fixture->handle =
        withdrawal->handle.base != NULL ? arena_copy(fixture->arena, withdrawal->handle) : TEXT_NONE;
    withdrawal->fault = FAULT_NONE;
    flow_wait_done(&withdrawal->wait);
}

static const struct adapter *find_adapter(void *context, struct text name)
{
    (void)name;
    return &((struct fixture *)context)->adapter;
}

static struct credential_target find_target(void *context, struct arena *arena, struct text name,
                                            struct text adapter)
{
    (void)context, (void)arena, (void)adapter;
    return (struct credential_target){.name = name};
}

static size_t times_revoked(const struct fixture *fixture, const char *id)
{
    size_t times = 0;
    for (size_t i = 0; i < fixture->revoked_count; i++)
        times += strcmp(fixture->revoked[i], id) == 0;
    return times;
}

/* -- the store */

static void open_store(struct fixture *fixture)
{
    char path[64], detail[STORE_DETAIL_SIZE];
    snprintf(path, sizeof(path), "%s/s", fixture->folder);
    struct store_options options = {.sqlite_path = path, .queue_limit = 1000};
    assert_int_equal(store_open(&options, true, &fixture->store, detail), FAULT_NONE);
    fixture->loop = loop_create();
}

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    log_set_level(LOG_ERROR);
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-withdrawal-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    open_store(fixture);
    fixture->arena = arena_create();
    fixture->adapter = (struct adapter){.name = TEXT("vendor"), .revoke = withdraw, .context = fixture};
    *state = the_fixture = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    store_close(fixture->store);
    loop_destroy(fixture->loop);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/s%s", fixture->folder, suffixes[i]);
        unlink(path);
    }
    rmdir(fixture->folder);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

static void submit(struct fixture *fixture, struct store_transaction transaction)
{
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    assert_int_equal(transaction.outcome, STORE_STORED);
}

static void put_standing_on(struct fixture *fixture, struct store_lease lease, const char *root)
{
    const struct store_guard things[] = {
        {TEXT("lease"), lease.id, 0}, {TEXT("root"), text_of(root), 0}, {TEXT("lease"), lease.shares, 0}};
    lease.stands_on = things;
    lease.stands_on_count = lease.shares.base != NULL ? 3 : 2;
    submit(fixture, (struct store_transaction){.leases = &lease, .lease_count = 1});
}

static struct store_lease lease_named(const char *id, int64_t lives_s)
{
    int64_t now_s = clock_wall_s();
    return (struct store_lease){.id = text_of(id),
                                .state = TEXT("live"),
                                .adapter = TEXT("vendor"),
                                .target = TEXT("orders"),
                                .issued_at_us = now_s * 1000000,
                                .expires_at_s = now_s + lives_s,
                                .kept_until_s = now_s + lives_s + STORE_LEASE_KEPT_S};
}

static void put_shared(struct fixture *fixture, const char *id)
{
    struct store_lease lease = lease_named(id, 600);
    lease.handle = text_of(id);
    lease.next_attempt_at_s = lease.expires_at_s + 60;
    put_standing_on(fixture, lease, "of-nobody");
}

static void put_sharer(struct fixture *fixture, const char *id, const char *shared, int64_t lives_s,
                       const char *root)
{
    struct store_lease lease = lease_named(id, lives_s);
    lease.shares = text_of(shared);
    put_standing_on(fixture, lease, root);
}

static void kill_by(struct fixture *fixture, const char *kind, const char *id)
{
    struct store_cutoff cutoff = {
        .kind = text_of(kind), .id = text_of(id), .at_us = clock_wall_us(), .expires_at_s = INT32_MAX};
    submit(fixture, (struct store_transaction){.cutoffs = &cutoff, .cutoff_count = 1});
}

static struct store_lease get(struct fixture *fixture, const char *id)
{
    struct store_query query = {.kind = STORE_QUERY_LEASE, .id = text_of(id), .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.lease_count, 1);
    return query.leases[0];
}

static struct store_query cutoffs(struct fixture *fixture)
{
    struct store_query query = {.kind = STORE_QUERY_CUTOFFS_RECENT, .limit = 99, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    return query;
}

/* -- running */

static void looked(struct store_query *query)
{
    struct fixture *fixture = query->context;
    size_t count = 0;
    for (size_t i = 0; i < query->lease_count; i++)
        count += text_is(query->leases[i].state, fixture->wanted_state);
    if (count == fixture->wanted_count || clock_monotonic_us() >= fixture->until_us)
        loop_stop(fixture->loop);
    else
        loop_timer_start(fixture->loop, &fixture->timer, LOOK_EVERY_MS);
}

static void look(struct loop_timer *timer)
{
    struct fixture *fixture = the_fixture;
    (void)timer;
    fixture->query = (struct store_query){
        .kind = STORE_QUERY_LEASES, .limit = 200, .arena = fixture->arena, .done = looked, .context = fixture};
    store_find(fixture->store, &fixture->query);
}

static void start(struct loop_message *message)
{
    (void)message;
    look(NULL);
}

static void run_until(struct fixture *fixture, size_t count, const char *state, int64_t wait_ms)
{
    const struct withdrawal_options options = {.store = fixture->store,
                                               .find_adapter = find_adapter,
                                               .find_target = find_target,
                                               .context = fixture,
                                               .pending_s = 60,
                                               .retry_delay_s = 1,
                                               .retry_delay_maximum_s = 1,
                                               .in_parallel = 8};
    struct withdrawal_keeper *keepers[KEEPERS];
    struct loop_message message = {.run = start};
    for (size_t i = 0; i < KEEPERS; i++)
        keepers[i] = withdrawal_keeper_create(fixture->loop, &options);
    fixture->wanted_count = count;
    fixture->wanted_state = state;
    fixture->until_us = clock_monotonic_us() + wait_ms * 1000;
    fixture->timer = (struct loop_timer){.run = look};
    loop_post(fixture->loop, &message);
    loop_run(fixture->loop);
    for (size_t i = 0; i < KEEPERS; i++)
        withdrawal_keeper_close(keepers[i]);
    store_close(fixture->store); /* hands what is under way back to the loop */
    loop_destroy(fixture->loop);
    for (size_t i = 0; i < KEEPERS; i++)
        withdrawal_keeper_destroy(keepers[i]);
    open_store(fixture);
}

static void is_withdrawn_with_the_last_lease_that_shares_it_and_not_before(void **state)
{
    struct fixture *fixture = *state;
    put_shared(fixture, "u");
    put_sharer(fixture, "a", "u", 600, "r");
    put_sharer(fixture, "b", "u", 600, "r");
    kill_by(fixture, "lease", "a");
    run_until(fixture, 1, "ended", WAIT_MS);
    assert_true(text_is(get(fixture, "a").state, "ended"));
    run_until(fixture, 2, "ended", 1500); /* and nothing more comes of it */
    assert_true(text_is(get(fixture, "u").state, "live"));
    assert_int_equal(fixture->revoked_count, 0);
    assert_int_equal(cutoffs(fixture).cutoff_count, 1);
    kill_by(fixture, "lease", "b");
    run_until(fixture, 3, "ended", WAIT_MS);
    assert_true(text_is(get(fixture, "u").state, "ended"));
    assert_int_equal(fixture->revoked_count, 1);
    assert_int_equal(times_revoked(fixture, "u"), 1);
    assert_true(text_is(fixture->handle, "u"));
    const struct store_cutoff last = cutoffs(fixture).cutoffs[0];
    assert_true(text_is(last.kind, "lease") && text_is(last.id, "u"));
    assert_true(text_is(last.reason, "the last lease that shared it has ended"));
    assert_int_not_equal(last.record.length, 0);
    assert_true(last.expires_at_s >= get(fixture, "u").kept_until_s + 86400);
}

/* Every two of a pair in one round of two gateways. */
static void is_withdrawn_when_the_last_two_are_killed_at_once_on_two_gateways(void **state)
{
    enum { PAIRS = 20 };
    struct fixture *fixture = *state;
    for (int i = 0; i < PAIRS; i++) {
        const char *shared = arena_print(fixture->arena, "u%d", i).base;
        put_shared(fixture, shared);
        put_sharer(fixture, arena_print(fixture->arena, "a%d", i).base, shared, 600, "r");
        put_sharer(fixture, arena_print(fixture->arena, "b%d", i).base, shared, 600, "r");
    }
    kill_by(fixture, "root", "r");
    run_until(fixture, 3 * PAIRS, "ended", 2 * WAIT_MS);
    for (int i = 0; i < PAIRS; i++)
        assert_int_equal(times_revoked(fixture, arena_print(fixture->arena, "u%d", i).base), 1);
    assert_int_equal(fixture->revoked_count, PAIRS);
}

static void is_withdrawn_though_others_that_shared_it_are_only_over(void **state)
{
    struct fixture *fixture = *state;
    put_shared(fixture, "u");
    put_sharer(fixture, "a", "u", 600, "r");
    put_sharer(fixture, "over", "u", -1, "r");
    kill_by(fixture, "lease", "a");
    run_until(fixture, 2, "ended", WAIT_MS);
    assert_int_equal(times_revoked(fixture, "u"), 1);
    assert_true(text_is(get(fixture, "over").state, "live")); /* nothing is to be done for it */
}

static void is_withdrawn_when_it_comes_due_because_nobody_shares_it_longer(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease lease = lease_named("u", 600);
    lease.handle = TEXT("u");
    lease.next_attempt_at_s = clock_wall_s() - 1;
    put_standing_on(fixture, lease, "of-nobody");
    put_sharer(fixture, "over", "u", -61, "r");
    run_until(fixture, 1, "ended", WAIT_MS);
    assert_int_equal(times_revoked(fixture, "u"), 1);
    assert_true(text_is(get(fixture, "over").state, "live"));
}

static void goes_on_with_a_claim_whose_gateway_died_before_it_was_settled(void **state)
{
    struct fixture *fixture = *state;
    put_shared(fixture, "u");
    put_sharer(fixture, "a", "u", 600, "r");
    struct store_lease claim = get(fixture, "a");
    claim.state = TEXT("withdrawing");
    claim.next_attempt_at_s = clock_wall_s() - 1;
    submit(fixture, (struct store_transaction){.leases = &claim, .lease_count = 1});
    run_until(fixture, 2, "ended", WAIT_MS);
    assert_true(text_is(get(fixture, "a").state, "ended"));
    assert_int_equal(times_revoked(fixture, "u"), 1);
    assert_int_equal(fixture->revoked_count, 1);
}

static void is_not_ended_again_where_it_has_gone_before(void **state)
{
    struct fixture *fixture = *state;
    put_shared(fixture, "u");
    put_sharer(fixture, "a", "u", 600, "r");
    struct store_lease claim = get(fixture, "a"), gone = get(fixture, "u");
    claim.state = TEXT("withdrawing");
    claim.next_attempt_at_s = clock_wall_s() - 1;
    gone.state = TEXT("lost");
    gone.next_attempt_at_s = 0;
    const struct store_lease both[] = {claim, gone};
    submit(fixture, (struct store_transaction){.leases = both, .lease_count = 2});
    run_until(fixture, 1, "ended", WAIT_MS);
    assert_true(text_is(get(fixture, "a").state, "ended"));
    assert_int_equal(cutoffs(fixture).cutoff_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(is_withdrawn_with_the_last_lease_that_shares_it_and_not_before),
        TEST(is_withdrawn_when_the_last_two_are_killed_at_once_on_two_gateways),
        TEST(is_withdrawn_though_others_that_shared_it_are_only_over),
        TEST(is_withdrawn_when_it_comes_due_because_nobody_shares_it_longer),
        TEST(goes_on_with_a_claim_whose_gateway_died_before_it_was_settled),
        TEST(is_not_ended_again_where_it_has_gone_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

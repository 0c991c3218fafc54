/* What a store promises about what is held, whatever its engine: a decision that saw something is stored only
 * if nothing has moved since, and what it is shown is never older than its version. */
#include "loop_load.h"

#include <pthread.h>

#include "held.h"

static struct store_transaction submit(struct store *store, struct store_transaction transaction)
{
    store_submit_and_wait(store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    return transaction;
}

static struct store_query held(struct fixture *fixture, struct store_holder *holders, size_t count,
                               int64_t at_s, size_t limit)
{
    struct store_query query = {.kind = STORE_QUERY_HELD,
                                .holders = holders,
                                .holder_count = count,
                                .at_s = at_s,
                                .limit = limit,
                                .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query;
}

static int64_t version_of(struct fixture *fixture, const char *name)
{
    struct store_holder holder = {.name = text_of(name)};
    held(fixture, &holder, 1, clock_wall_s(), 1);
    return holder.version;
}

static struct store_holding holding_of(const char *holder, struct text id, int64_t kept_until_s)
{
    return (struct store_holding){.holder = text_of(holder),
                                  .id = id,
                                  .root = TEXT("root-1"),
                                  .agent = TEXT("agent-1"),
                                  .domain = TEXT("corp"),
                                  .target = TEXT("orders"),
                                  .scopes = TEXT("orders:read orders:write"),
                                  .issued_at_us = 1234567,
                                  .expires_at_s = kept_until_s - 60,
                                  .kept_until_s = kept_until_s};
}

/* A record with all that a decision about one holder leaves. */
struct decision {
    struct store_record record;
    struct store_version version;
    struct store_holding holding;
    struct store_tally tally;
};

static struct store_transaction decide(struct fixture *fixture, struct decision *decision, const char *holder,
                                       int64_t seen)
{
    int64_t now_s = clock_wall_s();
    decision->record = fixture_record(fixture->arena, now_s * 1000000);
    decision->version = (struct store_version){text_of(holder), seen, now_s + 600};
    decision->holding = holding_of(holder, decision->record.id, now_s + 600);
    decision->tally = (struct store_tally){text_of(holder), now_s / 60};
    return (struct store_transaction){.records = &decision->record,
                                      .record_count = 1,
                                      .versions = &decision->version,
                                      .version_count = 1,
                                      .holdings = &decision->holding,
                                      .holding_count = 1,
                                      .tallies = &decision->tally,
                                      .tally_count = 1};
}

static void gives_back_what_is_held_with_its_version(void **state)
{
    struct fixture *fixture = *state;
    struct decision decision;
    struct store_transaction stored = submit(fixture->store, decide(fixture, &decision, "alice", 0));
    assert_int_equal(stored.outcome, STORE_STORED);
    struct store_holder holders[] = {{.name = TEXT("bob"), .version = 7}, {.name = TEXT("alice")}};
    struct store_query query = held(fixture, holders, 2, clock_wall_s(), 10);
    assert_int_equal(holders[0].version, 0);
    assert_int_equal(holders[0].last_minute + holders[0].last_hour, 0);
    assert_true(holders[1].version > 0);
    assert_int_equal(holders[1].last_minute, 1);
    assert_int_equal(holders[1].last_hour, 1);
    assert_true(query.is_whole);
    assert_int_equal(query.holding_count, 1);
    const struct store_holding *found = &query.holdings[0], *given = &decision.holding;
    assert_int_equal(found->holder_index, 1);
    assert_true(text_equal(found->holder, given->holder));
    assert_true(text_equal(found->id, given->id));
    assert_true(text_equal(found->root, given->root));
    assert_true(text_equal(found->agent, given->agent));
    assert_true(text_equal(found->domain, given->domain));
    assert_true(text_equal(found->target, given->target));
    assert_true(text_equal(found->scopes, given->scopes));
    assert_int_equal(found->issued_at_us, given->issued_at_us);
    assert_int_equal(found->expires_at_s, given->expires_at_s);
    assert_int_equal(found->kept_until_s, given->kept_until_s);
}

static void stores_nothing_of_a_decision_whose_version_has_moved(void **state)
{
    struct fixture *fixture = *state;
    struct decision decisions[3];
    assert_int_equal(submit(fixture->store, decide(fixture, &decisions[0], "alice", 0)).outcome, STORE_STORED);
    int64_t version = version_of(fixture, "alice");
    struct store_transaction late = submit(fixture->store, decide(fixture, &decisions[1], "alice", 0));
    assert_int_equal(late.outcome, STORE_STALE);
    assert_true(late.is_version_stale);
    assert_false(fixture_has_record(fixture, decisions[1].record.id));
    struct store_holder alice = {.name = TEXT("alice")};
    assert_int_equal(held(fixture, &alice, 1, clock_wall_s(), 10).holding_count, 1);
    assert_int_equal(alice.version, version);
    assert_int_equal(alice.last_hour, 1);
    struct store_transaction again = submit(fixture->store, decide(fixture, &decisions[2], "alice", version));
    assert_int_equal(again.outcome, STORE_STORED);
    assert_false(again.is_version_stale);
    assert_int_equal(held(fixture, &alice, 1, clock_wall_s(), 10).holding_count, 2);
}

/* Who writes down what was issued before may meet what is written down already. */
static void only_keeps_longer_what_is_held_already(void **state)
{
    struct fixture *fixture = *state;
    struct decision decision;
    int64_t now_s = clock_wall_s();
    submit(fixture->store, decide(fixture, &decision, "alice", 0));
    const int64_t kept_until_s[] = {now_s + 300, now_s + 900};
    for (size_t i = 0; i < 2; i++) {
        struct store_holding again = holding_of("alice", decision.record.id, kept_until_s[i]);
        again.target = TEXT("another");
        struct store_version version = {TEXT("alice"), version_of(fixture, "alice"), kept_until_s[i]};
        struct store_transaction stored =
            submit(fixture->store,
                   (struct store_transaction){
                       .versions = &version, .version_count = 1, .holdings = &again, .holding_count = 1});
        assert_int_equal(stored.outcome, STORE_STORED);
        assert_true(version_of(fixture, "alice") != version.version);
        struct store_holder alice = {.name = TEXT("alice")};
        struct store_query query = held(fixture, &alice, 1, now_s, 10);
        assert_int_equal(query.holding_count, 1);
        assert_int_equal(query.holdings[0].kept_until_s, i == 0 ? now_s + 600 : now_s + 900);
        assert_true(text_is(query.holdings[0].target, "orders"));
    }
}

static void tells_a_version_that_moved_from_a_lease_that_did(void **state)
{
    struct fixture *fixture = *state;
    int64_t now_s = clock_wall_s();
    struct store_lease lease = {.id = TEXT("lease-1"),
                                .state = TEXT("pending"),
                                .adapter = TEXT("vendor"),
                                .target = TEXT("orders"),
                                .expires_at_s = now_s + 600,
                                .kept_until_s = now_s + 600};
    struct decision decision;
    struct store_transaction transaction = decide(fixture, &decision, "alice", 0);
    transaction.leases = &lease;
    transaction.lease_count = 1;
    assert_int_equal(submit(fixture->store, transaction).outcome, STORE_STORED);
    struct store_holder alice = {.name = TEXT("alice")};
    assert_int_equal(held(fixture, &alice, 1, now_s, 9).holding_count, 1);
    assert_int_equal(alice.last_hour, 1);
    struct store_transaction stale = submit(fixture->store, transaction);
    assert_int_equal(stale.outcome, STORE_STALE);
    assert_true(stale.is_version_stale);
    transaction = decide(fixture, &decision, "alice", alice.version);
    transaction.leases = &lease; /* that must not exist */
    transaction.lease_count = 1;
    stale = submit(fixture->store, transaction);
    assert_int_equal(stale.outcome, STORE_STALE);
    assert_false(stale.is_version_stale);
    int64_t before = alice.version;
    assert_int_equal(held(fixture, &alice, 1, now_s, 9).holding_count, 1);
    assert_int_equal(alice.version, before);
    assert_int_equal(alice.last_hour, 1);
}

static void stores_all_versions_of_a_decision_or_none(void **state)
{
    struct fixture *fixture = *state;
    struct store_version versions[3] = {{TEXT("agent"), 0, 0}, {TEXT("subject"), 0, 0}, {TEXT("tree"), 5, 0}};
    struct store_tally tallies[2] = {{TEXT("agent"), 100}, {TEXT("subject"), 100}};
    struct store_transaction transaction = {
        .versions = versions, .version_count = 3, .tallies = tallies, .tally_count = 2};
    struct store_transaction stale = submit(fixture->store, transaction);
    assert_int_equal(stale.outcome, STORE_STALE);
    assert_true(stale.is_version_stale);
    assert_int_equal(version_of(fixture, "agent"), 0);
    assert_int_equal(version_of(fixture, "subject"), 0);
    versions[2].version = 0;
    assert_int_equal(submit(fixture->store, transaction).outcome, STORE_STORED);
    int64_t agent = version_of(fixture, "agent"), subject = version_of(fixture, "subject");
    assert_true(agent != 0 && subject != 0 && version_of(fixture, "tree") != 0);
    versions[0].version = agent;
    versions[1].version = subject;
    assert_int_equal(submit(fixture->store, transaction).outcome, STORE_STALE); /* tree is not 0 any more */
    assert_int_equal(version_of(fixture, "agent"), agent);
    assert_int_equal(version_of(fixture, "subject"), subject);
}

static void refuses_a_scope_that_stands_twice_in_one_transaction(void **state)
{
    struct fixture *fixture = *state;
    struct store_version versions[2] = {{TEXT("agent"), 0, 0}, {TEXT("agent"), 0, 0}};
    struct store_transaction twice =
        submit(fixture->store, (struct store_transaction){.versions = versions, .version_count = 2});
    assert_int_equal(twice.outcome, STORE_STALE);
    assert_int_equal(version_of(fixture, "agent"), 0);
}

static void submit_together(struct fixture *fixture, struct store_transaction *transactions, size_t count)
{
    struct load load = {
        .store = fixture->store, .transactions = transactions, .count = count, .in_flight = count};
    load_run(&load);
    assert_int_equal(load.misplaced, 0);
    assert_int_equal(load.failed, 0);
}

/* Of four each that saw the same, one is stored; who saw what is not there any more is not; a replay leaves the
 * version to the next. All of it in as few commits as there can be. */
static void stores_the_first_of_a_burst_that_saw_the_same_and_refuses_the_others(void **state)
{
    enum { HOLDERS = 50, EACH = 4, COUNT = HOLDERS * EACH };
    struct fixture *fixture = *state;
    struct decision *decisions = ARENA_ARRAY(fixture->arena, struct decision, COUNT);
    struct store_transaction *transactions = ARENA_ARRAY(fixture->arena, struct store_transaction, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct text name = arena_print(fixture->arena, "holder-%zu%c", i % HOLDERS, '\0');
        int64_t seen = i % HOLDERS < 10 ? 4711 : 0;
        transactions[i] = decide(fixture, &decisions[i], name.base, seen);
    }
    submit_together(fixture, transactions, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        bool is_first = i < HOLDERS && i >= 10;
        assert_int_equal(transactions[i].outcome, is_first ? STORE_STORED : STORE_STALE);
        assert_int_equal(transactions[i].is_version_stale, !is_first);
        assert_int_equal(fixture_has_record(fixture, decisions[i].record.id), is_first);
    }
    for (size_t i = 0; i < HOLDERS; i++) {
        struct store_holder holder = {.name = arena_print(fixture->arena, "holder-%zu", i)};
        struct store_query query = held(fixture, &holder, 1, clock_wall_s(), 10);
        assert_int_equal(query.holding_count, i >= 10);
        assert_int_equal(holder.last_hour, i >= 10);
        assert_int_equal(holder.version != 0, i >= 10);
    }
}

static void leaves_a_version_to_the_next_when_the_first_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct decision decisions[4];
    struct store_single_use used = {.digest = {1}, .expires_at_s = clock_wall_s() + 60};
    submit(fixture->store, (struct store_transaction){.single_uses = &used, .single_use_count = 1});
    struct store_cutoff cutoff = {.kind = TEXT("root"), .id = TEXT("r"), .at_us = 1000};
    submit(fixture->store, (struct store_transaction){.cutoffs = &cutoff, .cutoff_count = 1});
    struct store_guard guard = {TEXT("root"), TEXT("r"), 1000};
    struct store_transaction transactions[4] = {
        decide(fixture, &decisions[0], "alice", 0), decide(fixture, &decisions[1], "alice", 0),
        decide(fixture, &decisions[2], "bob", 0), decide(fixture, &decisions[3], "bob", 0)};
    transactions[0].single_uses = &used;
    transactions[0].single_use_count = 1;
    transactions[2].guards = &guard;
    transactions[2].guard_count = 1;
    submit_together(fixture, transactions, 4);
    assert_int_equal(transactions[0].outcome, STORE_REPLAYED);
    assert_int_equal(transactions[1].outcome, STORE_STORED);
    assert_int_equal(transactions[2].outcome, STORE_CUT_OFF);
    assert_int_equal(transactions[3].outcome, STORE_STORED);
    struct store_holder holders[] = {{.name = TEXT("alice")}, {.name = TEXT("bob")}};
    assert_int_equal(held(fixture, holders, 2, clock_wall_s(), 10).holding_count, 2);
    assert_int_equal(holders[0].last_hour + holders[1].last_hour, 2);
}

/* --- races --- */

enum { ROUNDS = 200, RACERS = 2 };

struct racer {
    struct fixture *fixture;
    struct store *store;
    pthread_barrier_t *barrier;
    int64_t *seen;
    struct decision decision;
    struct store_transaction transaction;
    bool has_won[ROUNDS];
};

static void *race(void *argument)
{
    struct racer *racer = argument;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(racer->barrier); /* the round's transactions are there */
        store_submit_and_wait(racer->store, &racer->transaction);
        racer->has_won[round] =
            racer->transaction.fault == FAULT_NONE && racer->transaction.outcome == STORE_STORED;
        pthread_barrier_wait(racer->barrier);
    }
    return NULL;
}

/* On PostgreSQL each has a store of its own, as two gateways have; SQLite has one writer for all. */
static void lets_exactly_one_of_two_that_race_on_one_version_win(void **state)
{
    struct fixture *fixture = *state;
    struct store *other = fixture_postgres != NULL ? fixture_open(fixture->path, 16) : NULL;
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, RACERS + 1);
    struct racer *racers = calloc(RACERS, sizeof(*racers));
    pthread_t threads[RACERS];
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){.fixture = fixture, .barrier = &barrier};
        racers[i].store = i == 1 && other != NULL ? other : fixture->store;
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        int64_t seen = version_of(fixture, "alice");
        for (int i = 0; i < RACERS; i++)
            racers[i].transaction = decide(fixture, &racers[i].decision, "alice", seen);
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
        assert_int_equal(racers[0].has_won[round] + racers[1].has_won[round], 1);
    }
    for (int i = 0; i < RACERS; i++)
        pthread_join(threads[i], NULL);
    struct store_holder alice = {.name = TEXT("alice")};
    assert_int_equal(held(fixture, &alice, 1, clock_wall_s(), 1000).holding_count, ROUNDS);
    free(racers);
    pthread_barrier_destroy(&barrier);
    store_close(other);
}

struct committer {
    struct fixture *fixture;
    struct store *store;
    struct decision *decisions;
};

static void *commit_one_after_the_other(void *argument)
{
    struct committer *committer = argument;
    struct store_holder alice = {.name = TEXT("alice")};
    struct arena *arena = arena_create();
    for (int i = 0; i < ROUNDS; i++) {
        struct store_query query = {
            .kind = STORE_QUERY_HELD, .holders = &alice, .holder_count = 1, .arena = arena};
        store_find_and_wait(committer->store, &query);
        struct decision *decision = &committer->decisions[i];
        decision->version.version = alice.version;
        struct store_transaction transaction = {.versions = &decision->version,
                                                .version_count = 1,
                                                .holdings = &decision->holding,
                                                .holding_count = 1,
                                                .tallies = &decision->tally,
                                                .tally_count = 1};
        store_submit_and_wait(committer->store, &transaction);
    }
    arena_destroy(arena);
    return NULL;
}

/* Each commit adds one holding, so a version that was seen with n holdings must never be seen with fewer. */
static void shows_no_version_without_the_holdings_it_stands_for(void **state)
{
    struct fixture *fixture = *state;
    struct committer committer = {.fixture = fixture, .store = fixture->store};
    committer.decisions = ARENA_ARRAY(fixture->arena, struct decision, ROUNDS);
    for (int i = 0; i < ROUNDS; i++)
        decide(fixture, &committer.decisions[i], "alice", 0);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, commit_one_after_the_other, &committer), 0);
    int64_t last_version = 0;
    size_t fewest = 0, holdings = 0;
    while (holdings != ROUNDS) {
        struct store_holder alice = {.name = TEXT("alice")};
        struct store_query query = held(fixture, &alice, 1, clock_wall_s(), 1000);
        holdings = query.holding_count;
        assert_true(holdings >= fewest);
        assert_true((size_t)alice.last_hour >= fewest);
        /* Another version: at least one more than those that were surely under the last. */
        fewest += alice.version != last_version;
        last_version = alice.version;
        assert_true(holdings >= fewest);
        assert_true(alice.version != 0 || holdings == 0 || fixture_postgres == NULL);
    }
    pthread_join(thread, NULL);
}

/* --- limits and time --- */

static void gives_the_newest_first_and_says_when_there_are_more(void **state)
{
    enum { COUNT = 30 };
    struct fixture *fixture = *state;
    int64_t now_s = clock_wall_s();
    struct store_holding holdings[COUNT];
    for (int i = 0; i < COUNT; i++)
        holdings[i] =
            holding_of(i % 3 == 0 ? "alice" : "agent-1",
                       fixture_id(fixture->arena, 1700000000000000 + i * (int64_t)1000000), now_s + 600);
    submit(fixture->store, (struct store_transaction){.holdings = holdings, .holding_count = COUNT});
    struct store_holder holders[] = {
        {.name = TEXT("alice")}, {.name = TEXT("agent-1")}, {.name = TEXT("tree")}};
    struct store_query all = held(fixture, holders, 3, now_s, COUNT);
    assert_true(all.is_whole);
    assert_int_equal(all.holding_count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_true(text_equal(all.holdings[i].id, holdings[COUNT - 1 - i].id));
        assert_int_equal(all.holdings[i].holder_index, (COUNT - 1 - i) % 3 == 0 ? 0 : 1);
    }
    struct store_query some = held(fixture, holders, 3, now_s, 11);
    assert_false(some.is_whole);
    assert_int_equal(some.holding_count, 11);
    assert_true(text_equal(some.holdings[10].id, holdings[COUNT - 11].id));
    assert_false(held(fixture, holders, 1, now_s, 9).is_whole);
    assert_true(held(fixture, holders, 1, now_s, 10).is_whole);
    assert_false(held(fixture, holders, 1, now_s, 0).is_whole);
    assert_true(held(fixture, &holders[2], 1, now_s, 0).is_whole);
    assert_true(held(fixture, holders, 0, now_s, 0).is_whole);
}

static void gives_nothing_that_is_over(void **state)
{
    struct fixture *fixture = *state;
    int64_t now_s = clock_wall_s();
    struct store_holding holdings[] = {holding_of("alice", TEXT("a"), now_s + 100),
                                       holding_of("alice", TEXT("b"), now_s + 50)};
    submit(fixture->store, (struct store_transaction){.holdings = holdings, .holding_count = 2});
    struct store_holder alice = {.name = TEXT("alice")};
    assert_int_equal(held(fixture, &alice, 1, now_s + 50, 9).holding_count, 2);
    assert_int_equal(held(fixture, &alice, 1, now_s + 51, 9).holding_count, 1);
    assert_int_equal(held(fixture, &alice, 1, now_s + 101, 9).holding_count, 0);
}

static void counts_a_minute_and_an_hour_back_from_any_second(void **state)
{
    struct fixture *fixture = *state;
    enum { MINUTE = 28000000 };
    struct store_tally tallies[] = {{TEXT("alice"), MINUTE - 61}, {TEXT("alice"), MINUTE - 60},
                                    {TEXT("alice"), MINUTE - 59}, {TEXT("alice"), MINUTE - 1},
                                    {TEXT("alice"), MINUTE - 1},  {TEXT("alice"), MINUTE},
                                    {TEXT("alice"), MINUTE + 1},  {TEXT("bob"), MINUTE}};
    for (size_t i = 0; i < sizeof(tallies) / sizeof(tallies[0]); i++)
        submit(fixture->store, (struct store_transaction){.tallies = &tallies[i], .tally_count = 1});
    struct store_holder alice = {.name = TEXT("alice")};
    held(fixture, &alice, 1, (int64_t)MINUTE * 60, 9);
    assert_int_equal(alice.last_minute, 2 + 2);
    assert_int_equal(alice.last_hour, 2 + 3 + 1);
    held(fixture, &alice, 1, (int64_t)MINUTE * 60 + 59, 9);
    assert_int_equal(alice.last_minute, 2 + 1); /* a sixtieth of two */
    assert_int_equal(alice.last_hour, 2 + 3 + 1);
    held(fixture, &alice, 1, ((int64_t)MINUTE + 70) * 60, 9);
    assert_int_equal(alice.last_minute, 0);
    assert_int_equal(alice.last_hour, 0);
}

static void counts_twice_what_stands_twice_in_one_transaction(void **state)
{
    struct fixture *fixture = *state;
    int64_t now_s = clock_wall_s();
    struct store_tally tallies[] = {{TEXT("alice"), now_s / 60}, {TEXT("alice"), now_s / 60}};
    submit(fixture->store, (struct store_transaction){.tallies = tallies, .tally_count = 2});
    struct store_holder alice = {.name = TEXT("alice")};
    held(fixture, &alice, 1, now_s, 9);
    assert_int_equal(alice.last_minute, 2);
}

static void draws_versions_that_are_never_zero_and_keeps_them_long_enough(void **state)
{
    (void)state;
    assert_true(held_draw_version() > 0);
    assert_true(held_draw_version() != held_draw_version());
    int64_t now_s = 1800000000;
    struct store_version version = {TEXT("s"), 0, 5};
    struct store_holding holding = holding_of("s", TEXT("a"), 77);
    struct store_transaction transaction = {.holdings = &holding, .holding_count = 1};
    assert_int_equal(held_version_expiry(&transaction, &version), 77);
    assert_int_equal(held_version_kept_until(77, now_s), now_s + STORE_VERSION_KEPT_S);
    assert_int_equal(held_version_kept_until(now_s + 90000, now_s), now_s + 90000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(gives_back_what_is_held_with_its_version),
        TEST(stores_nothing_of_a_decision_whose_version_has_moved),
        TEST(only_keeps_longer_what_is_held_already),
        TEST(tells_a_version_that_moved_from_a_lease_that_did),
        TEST(stores_all_versions_of_a_decision_or_none),
        TEST(refuses_a_scope_that_stands_twice_in_one_transaction),
        TEST(stores_the_first_of_a_burst_that_saw_the_same_and_refuses_the_others),
        TEST(leaves_a_version_to_the_next_when_the_first_is_refused),
        TEST(lets_exactly_one_of_two_that_race_on_one_version_win),
        TEST(shows_no_version_without_the_holdings_it_stands_for),
        TEST(gives_the_newest_first_and_says_when_there_are_more),
        TEST(gives_nothing_that_is_over),
        TEST(counts_a_minute_and_an_hour_back_from_any_second),
        TEST(counts_twice_what_stands_twice_in_one_transaction),
    };
    const struct CMUnitTest pure_tests[] = {
        cmocka_unit_test(draws_versions_that_are_never_zero_and_keeps_them_long_enough),
    };
    return RUN_ON_BOTH_ENGINES(tests) + cmocka_run_group_tests_name("pure", pure_tests, NULL, NULL);
}

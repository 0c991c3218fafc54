/* What a store promises about the state of adapters, whatever its engine: versions and fences that never come
 * again, one of several writers, one holder of a claim. */
#include "loop_load.h"

#include <pthread.h>

#include "state.h"

static struct store_transaction submit(struct fixture *fixture, struct store_state *states, size_t count)
{
    struct store_transaction transaction = {.states = states, .state_count = count};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    assert_true(transaction.outcome == STORE_STORED || transaction.outcome == STORE_STALE);
    return transaction;
}

static struct store_state put_of(const char *key, struct text value, int64_t expected_version)
{
    return (struct store_state){
        .adapter = TEXT("vendor"), .key = text_of(key), .value = value, .expected_version = expected_version};
}

/* -1 if it was stale, else the version it has now. */
static int64_t put(struct fixture *fixture, const char *key, struct text value, int64_t expected_version)
{
    struct store_state state = put_of(key, value, expected_version);
    return submit(fixture, &state, 1).outcome == STORE_STORED ? state.version : -1;
}

static int64_t put_under(struct fixture *fixture, const char *key, struct text value, int64_t fence)
{
    struct store_state state = put_of(key, value, -1);
    state.fence = fence;
    return submit(fixture, &state, 1).outcome == STORE_STORED ? state.version : -1;
}

/* -1 if it was stale, else the fence. */
static int64_t claim(struct fixture *fixture, const char *key, int64_t fence, int64_t until_ms, int64_t now_ms)
{
    struct store_state state = {.adapter = TEXT("vendor"),
                                .key = text_of(key),
                                .change = STORE_STATE_CLAIM,
                                .fence = fence,
                                .claimed_until_ms = until_ms,
                                .now_ms = now_ms};
    return submit(fixture, &state, 1).outcome == STORE_STORED ? state.fence : -1;
}

static struct store_query find(struct fixture *fixture, struct store_query query)
{
    query.arena = fixture->arena;
    query.adapter = TEXT("vendor");
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query;
}

/* Zeroes for none. */
static struct store_state get(struct fixture *fixture, const char *key)
{
    struct store_query query =
        find(fixture, (struct store_query){.kind = STORE_QUERY_STATE, .id = text_of(key)});
    return query.state_count == 1 ? query.states[0] : (struct store_state){.version = -1};
}

static void gives_a_value_back_byte_for_byte_with_its_numbers(void **state)
{
    struct fixture *fixture = *state;
    struct store_state written = put_of("token", (struct text){"\0\xff sealed", 9}, 0);
    written.expires_at_s = clock_wall_s() + 600;
    assert_int_equal(submit(fixture, &written, 1).outcome, STORE_STORED);
    assert_int_equal(written.version, 1);
    assert_int_equal(claim(fixture, "token", 0, 5000, 1000), 1);
    struct store_state read = get(fixture, "token");
    assert_true(text_is(read.adapter, "vendor") && text_is(read.key, "token"));
    assert_true(text_equal(read.value, written.value));
    assert_int_equal(read.version, 1);
    assert_int_equal(read.fence, 1);
    assert_int_equal(read.claimed_until_ms, 5000);
    assert_int_equal(read.expires_at_s, written.expires_at_s);
    assert_int_equal(put(fixture, "token", (struct text){"", 0}, 1), 2);
    assert_non_null(get(fixture, "token").value.base);
    assert_int_equal(get(fixture, "token").value.length, 0);
    assert_int_equal(get(fixture, "another").version, -1);
}

static void changes_a_value_only_for_who_has_seen_its_version(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(put(fixture, "k", TEXT("a"), 1), -1);
    assert_int_equal(put(fixture, "k", TEXT("a"), 0), 1);
    assert_int_equal(put(fixture, "k", TEXT("b"), 0), -1);
    assert_int_equal(put(fixture, "k", TEXT("b"), 2), -1);
    assert_true(text_is(get(fixture, "k").value, "a"));
    assert_int_equal(put(fixture, "k", TEXT("b"), 1), 2);
    assert_int_equal(put(fixture, "k", TEXT("c"), -1), 3);
    assert_true(text_is(get(fixture, "k").value, "c"));
}

static void never_matches_a_version_of_before_a_removal(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(put(fixture, "k", TEXT("a"), 0), 1);
    assert_int_equal(put(fixture, "k", TEXT_NONE, 1), 2);
    assert_null(get(fixture, "k").value.base);
    assert_int_equal(get(fixture, "k").version, 2);
    assert_int_equal(put(fixture, "k", TEXT("late"), 1), -1);
    assert_int_equal(put(fixture, "k", TEXT_NONE, -1), 2); /* there is nothing to remove */
    assert_int_equal(put(fixture, "k", TEXT("b"), 0), 3);
    for (int64_t old = 0; old < 3; old++)
        assert_int_equal(put(fixture, "k", TEXT("late"), old), -1);
    assert_true(text_is(get(fixture, "k").value, "b"));
    assert_int_equal(put(fixture, "nothing", TEXT_NONE, -1), 0);
    assert_int_equal(get(fixture, "nothing").version, -1);
}

static void gives_a_claim_to_one_and_to_another_when_it_has_ended(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(claim(fixture, "k", 0, 2000, 1000), 1);
    assert_int_equal(get(fixture, "k").version, 0);
    assert_int_equal(claim(fixture, "k", 0, 3000, 1999), -1);
    assert_int_equal(claim(fixture, "k", 7, 3000, 1999), -1);
    assert_int_equal(claim(fixture, "k", 1, 3000, 1999), 1); /* longer */
    assert_int_equal(claim(fixture, "k", 0, 4000, 2500), -1);
    assert_int_equal(claim(fixture, "k", 0, 4000, 3000), 2);
    assert_int_equal(claim(fixture, "k", 1, 9000, 3000), -1);
    assert_int_equal(claim(fixture, "k", 2, 0, 3000), 2); /* ended */
    assert_int_equal(claim(fixture, "k", 0, 5000, 3001), 3);
    assert_int_equal(put(fixture, "k", TEXT("first"), 0), 1);
}

static void refuses_a_put_under_a_claim_that_another_has_taken_over(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(put_under(fixture, "k", TEXT("x"), 1), -1);
    assert_int_equal(claim(fixture, "k", 0, 2000, 1000), 1);
    assert_int_equal(put_under(fixture, "k", TEXT("mine"), 1), 1);
    assert_int_equal(claim(fixture, "k", 0, 9000, 3000), 2);
    assert_int_equal(put_under(fixture, "k", TEXT("late"), 1), -1);
    assert_int_equal(put_under(fixture, "k", TEXT("theirs"), 2), 2);
    assert_int_equal(put(fixture, "k", TEXT_NONE, -1), 3);
    assert_int_equal(put_under(fixture, "k", TEXT("late"), 1), -1);
    assert_int_equal(claim(fixture, "k", 0, 9500, 9000), 3); /* no fence comes again */
}

static void stores_all_states_of_a_transaction_or_none_and_says_which(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(claim(fixture, "lock", 0, 2000, 1000), 1);
    struct store_state states[4] = {put_of("z", TEXT("1"), 0), put_of("a", TEXT("2"), 0),
                                    put_of("z", TEXT("3"), 1), put_of("lock", TEXT_NONE, -1)};
    states[3].change = STORE_STATE_CLAIM;
    states[3].now_ms = 1500;
    states[3].claimed_until_ms = 9000;
    struct store_record record = fixture_record(fixture->arena, clock_wall_us());
    struct store_transaction transaction = {
        .states = states, .state_count = 4, .records = &record, .record_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    assert_int_equal(transaction.outcome, STORE_STALE);
    assert_ptr_equal(transaction.stale_state, &states[3]);
    assert_int_equal(states[3].fence, 0); /* as it was asked, so that it may be asked again */
    assert_int_equal(get(fixture, "z").version, -1);
    assert_false(fixture_has_record(fixture, record.id));
    states[3].now_ms = 2000;
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    assert_null(transaction.stale_state);
    assert_int_equal(states[0].version, 1);
    assert_int_equal(states[1].version, 1);
    assert_int_equal(states[2].version, 2);
    assert_int_equal(states[3].fence, 2);
    assert_true(text_is(get(fixture, "z").value, "3"));
    assert_true(fixture_has_record(fixture, record.id));
}

static void keeps_nothing_of_a_state_whose_transaction_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store_state change = {
        .adapter = TEXT("vendor"), .key = TEXT("k"), .change = STORE_STATE_CLAIM, .claimed_until_ms = 10};
    struct store_single_use use = {.digest = {1}, .expires_at_s = clock_wall_s() + 60};
    struct store_transaction transaction = {.single_uses = &use, .single_use_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    transaction.states = &change;
    transaction.state_count = 1;
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_REPLAYED);
    assert_int_equal(change.fence, 0);
    assert_int_equal(get(fixture, "k").version, -1);
}

static void lists_keys_by_their_beginning_in_pages(void **state)
{
    struct fixture *fixture = *state;
    static const char *const keys[] = {"a", "b/", "b/1", "b/2", "b/2/x", "b/\xf4\x8f\xbf\xbf", "b0", "c"};
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(put(fixture, keys[i], TEXT("v"), 0), 1);
    put(fixture, "b/gone", TEXT("v"), 0);
    put(fixture, "b/gone", TEXT_NONE, 1);
    claim(fixture, "b/claimed", 0, 1, 0);
    struct store_state other = put_of("b/other", TEXT("v"), 0);
    other.adapter = TEXT("other");
    submit(fixture, &other, 1);
    struct store_query page = {.kind = STORE_QUERY_STATES, .id = TEXT("b/"), .limit = 2};
    struct text found[6];
    size_t count = 0;
    for (int pages = 0; pages < 3; pages++) {
        struct store_query one = find(fixture, page);
        for (size_t i = 0; i < one.state_count && count < 6; i++)
            found[count++] = one.states[i].key;
        page.after = found[count - 1];
    }
    assert_int_equal(count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(text_is(found[i], keys[1 + i]));
    assert_int_equal(find(fixture, (struct store_query){.kind = STORE_QUERY_STATES, .limit = 99}).state_count,
                     8);
}

static enum fault try_sizes(struct fixture *fixture, size_t key, size_t value)
{
    char *bytes = arena_allocate(fixture->arena, key + value + 1);
    memset(bytes, 'x', key + value);
    struct store_state state = {
        .adapter = TEXT("vendor"), .key = {bytes, key}, .value = {bytes, value}, .expected_version = -1};
    struct store_transaction transaction = {.states = &state, .state_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    return transaction.fault;
}

static void takes_what_has_the_greatest_size_and_nothing_greater(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(try_sizes(fixture, STORE_STATE_KEY_MAX, STORE_STATE_VALUE_MAX), FAULT_NONE);
    assert_int_equal(try_sizes(fixture, STORE_STATE_KEY_MAX + 1, 1), FAULT_STORE_UNAVAILABLE);
    assert_int_equal(try_sizes(fixture, 1, STORE_STATE_VALUE_MAX + 1), FAULT_STORE_UNAVAILABLE);
    assert_int_equal(try_sizes(fixture, 0, 1), FAULT_STORE_UNAVAILABLE);
    assert_int_equal(try_sizes(fixture, 1, 1), FAULT_NONE); /* and goes on */
    assert_int_equal(find(fixture, (struct store_query){.kind = STORE_QUERY_STATES, .limit = 9}).state_count,
                     2);
}

enum { WRITERS = 4, ROUNDS = 25 };

struct writer {
    struct fixture *fixture;
    struct arena *arena;
    int64_t written, claimed;
};

/* Counts one up under a version it has seen, again and again; and takes a claim that ends when it gives it
 * back. */
static void *count_up(void *argument)
{
    struct writer *writer = argument;
    struct fixture mine = {.store = writer->fixture->store, .arena = writer->arena};
    while (writer->written < ROUNDS) {
        struct store_state seen = get(&mine, "counter");
        int64_t number = 0;
        if (seen.version > 0)
            (void)text_to_int64(seen.value, &number);
        struct text value = arena_print(writer->arena, "%lld", (long long)number + 1);
        writer->written += put(&mine, "counter", value, seen.version > 0 ? seen.version : 0) > 0;
        int64_t fence = claim(&mine, "lock", 0, 2000, 1000);
        if (fence > 0) {
            writer->claimed++;
            assert_int_equal(claim(&mine, "lock", fence, 0, 1000), fence);
        }
    }
    return NULL;
}

static void loses_no_change_of_writers_that_race(void **state)
{
    struct fixture *fixture = *state;
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    int64_t claims = 0;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.fixture = fixture, .arena = arena_create()};
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        claims += writers[i].claimed;
        arena_destroy(writers[i].arena);
    }
    struct store_state counter = get(fixture, "counter");
    int64_t number = 0;
    assert_true(text_to_int64(counter.value, &number));
    assert_int_equal(number, WRITERS * ROUNDS);
    assert_int_equal(counter.version, WRITERS * ROUNDS);
    assert_int_equal(get(fixture, "lock").fence, claims); /* each its own */
}

static void gives_one_of_those_who_claim_together_the_claim(void **state)
{
    enum { CLAIMANTS = 8 };
    struct fixture *fixture = *state;
    struct store_state states[CLAIMANTS];
    struct store_transaction transactions[CLAIMANTS];
    for (int i = 0; i < CLAIMANTS; i++) {
        states[i] = (struct store_state){.adapter = TEXT("vendor"),
                                         .key = TEXT("k"),
                                         .change = STORE_STATE_CLAIM,
                                         .claimed_until_ms = 2000,
                                         .now_ms = 1000};
        transactions[i] = (struct store_transaction){.states = &states[i], .state_count = 1};
    }
    struct load load = {
        .store = fixture->store, .transactions = transactions, .count = CLAIMANTS, .in_flight = CLAIMANTS};
    load_run(&load);
    assert_int_equal(load.misplaced + load.failed, 0);
    assert_int_equal(load.stored, 1);
    for (int i = 0; i < CLAIMANTS; i++)
        assert_true(transactions[i].outcome == STORE_STORED ? states[i].fence == 1
                                                            : transactions[i].stale_state == &states[i]);
}

static void keeps_values_without_an_end_and_drops_the_others(void **state)
{
    struct fixture *fixture = *state;
    struct store_state states[3] = {put_of("over", TEXT("v"), 0), put_of("alive", TEXT("v"), 0),
                                    put_of("kept", TEXT("v"), 0)};
    states[0].expires_at_s = clock_wall_s() - 10;
    states[1].expires_at_s = clock_wall_s() + 600;
    submit(fixture, states, 3);
    store_drop_before(fixture->store, 0);
    put(fixture, "other", TEXT("v"), 0); /* behind it */
    for (int i = 0; i < 100 && get(fixture, "over").value.base != NULL; i++)
        usleep(20000);
    assert_null(get(fixture, "over").value.base);
    assert_int_equal(put(fixture, "over", TEXT("late"), 1), -1);
    assert_int_equal(put(fixture, "over", TEXT("new"), 0), 3);
    assert_true(text_is(get(fixture, "alive").value, "v") && text_is(get(fixture, "kept").value, "v"));
}

static void tells_a_fence_only_of_a_claim(void **state)
{
    (void)state;
    struct store_state states[2] = {{.change = STORE_STATE_PUT, .fence = 4, .new_fence = 9},
                                    {.change = STORE_STATE_CLAIM, .new_fence = 9}};
    struct store_transaction transaction = {.states = states, .state_count = 2};
    state_tell(&transaction);
    assert_int_equal(states[0].fence, 4);
    assert_int_equal(states[1].fence, 9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(gives_a_value_back_byte_for_byte_with_its_numbers),
        TEST(changes_a_value_only_for_who_has_seen_its_version),
        TEST(never_matches_a_version_of_before_a_removal),
        TEST(gives_a_claim_to_one_and_to_another_when_it_has_ended),
        TEST(refuses_a_put_under_a_claim_that_another_has_taken_over),
        TEST(stores_all_states_of_a_transaction_or_none_and_says_which),
        TEST(keeps_nothing_of_a_state_whose_transaction_is_refused),
        TEST(lists_keys_by_their_beginning_in_pages),
        TEST(takes_what_has_the_greatest_size_and_nothing_greater),
        TEST(loses_no_change_of_writers_that_race),
        TEST(gives_one_of_those_who_claim_together_the_claim),
        TEST(keeps_values_without_an_end_and_drops_the_others),
    };
    const struct CMUnitTest plain_tests[] = {cmocka_unit_test(tells_a_fence_only_of_a_claim)};
    return RUN_ON_BOTH_ENGINES(tests) +
           cmocka_run_group_tests_name("without an engine", plain_tests, NULL, NULL);
}

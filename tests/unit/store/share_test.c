/* What a store promises about leases that share the credential of another, whatever its engine: they are stored
 * only while it is there, keep it for long enough, are found by it, and by what kills them. */
#include "loop_load.h"

static struct store_query ask(struct fixture *fixture, struct store_query query)
{
    query.arena = fixture->arena;
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query;
}

static struct store_lease make_lease(const char *id, const char *state, const char *shares)
{
    int64_t now_s = clock_wall_s();
    return (struct store_lease){.id = text_of(id),
                                .state = text_of(state),
                                .adapter = TEXT("acme"),
                                .target = TEXT("orders"),
                                .handle = shares == NULL ? TEXT("handle") : TEXT_NONE,
                                .issued_at_us = now_s * 1000000,
                                .expires_at_s = now_s + 600,
                                .kept_until_s = now_s + 86400,
                                .next_attempt_at_s = shares == NULL ? now_s + 60 : 0,
                                .shares = text_of(shares),
                                .shared_as = shares == NULL ? TEXT("purpose") : TEXT_NONE};
}

static void put(struct fixture *fixture, const struct store_lease *lease)
{
    struct store_transaction transaction = {.leases = lease, .lease_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    assert_int_equal(transaction.outcome, STORE_STORED);
}

static struct store_lease read_lease(struct fixture *fixture, const char *id)
{
    struct store_query found =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASE, .id = text_of(id), .limit = 1});
    assert_int_equal(found.lease_count, 1);
    return found.leases[0];
}

static bool has_lease(struct fixture *fixture, const char *id)
{
    return ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASE, .id = text_of(id), .limit = 1})
               .lease_count == 1;
}

static size_t count_sharing(struct fixture *fixture, const char *id)
{
    return ask(fixture,
               (struct store_query){
                   .kind = STORE_QUERY_LEASES_SHARING, .id = text_of(id), .at_s = clock_wall_s(), .limit = 9})
        .lease_count;
}

static struct store_transaction share(struct store_lease *lease, struct store_share *with)
{
    return (struct store_transaction){.leases = lease, .lease_count = 1, .shares = with, .share_count = 1};
}

static void is_stored_with_a_lease_that_is_there_and_keeps_it(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease shared = make_lease("shared", "live", NULL), own = make_lease("own", "live", "shared");
    int64_t until_s = clock_wall_s() + 660;
    put(fixture, &shared);
    struct store_share with = {TEXT("shared"), TEXT("purpose"), until_s};
    struct store_transaction transaction = share(&own, &with);
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    struct store_lease kept = read_lease(fixture, "shared");
    assert_int_equal(kept.next_attempt_at_s, until_s);
    assert_int_equal(kept.revision, 2);
    assert_true(text_is(read_lease(fixture, "own").shares, "shared"));
    assert_null(kept.shares.base);
    assert_int_equal(count_sharing(fixture, "shared"), 1);
}

static void is_never_kept_for_less_than_before(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease shared = make_lease("shared", "live", NULL), own = make_lease("own", "live", "shared");
    struct store_share with = {TEXT("shared"), TEXT("purpose"), clock_wall_s() + 10};
    put(fixture, &shared);
    struct store_transaction transaction = share(&own, &with);
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    assert_int_equal(read_lease(fixture, "shared").next_attempt_at_s, shared.next_attempt_at_s);
}

static void is_refused_where_the_lease_has_ended_or_never_was(void **state)
{
    static const char *const states[] = {"withdrawing", "ended", "lost", NULL};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < 4; i++) {
        struct store_lease shared = make_lease("shared", "live", NULL),
                           own = make_lease("own", "live", "shared");
        char id[8];
        snprintf(id, sizeof(id), "s%zu", i);
        shared.id = text_of(id);
        shared.state = text_of(states[i]);
        if (states[i] != NULL)
            put(fixture, &shared);
        struct store_share with = {text_of(id), TEXT("purpose"), clock_wall_s() + 660};
        struct store_transaction transaction = share(&own, &with);
        store_submit_and_wait(fixture->store, &transaction);
        assert_int_equal(transaction.outcome, STORE_STALE);
        assert_true(transaction.is_share_stale);
        assert_false(has_lease(fixture, "own"));
    }
}

static void is_refused_by_a_lease_of_another_purpose_or_of_none(void **state)
{
    static const char *const purposes[] = {"purpose of somebody else", NULL, ""};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < 3; i++) {
        struct store_lease shared = make_lease("shared", "live", NULL),
                           own = make_lease("own", "live", "shared");
        char id[8];
        snprintf(id, sizeof(id), "s%zu", i);
        shared.id = text_of(id);
        shared.shared_as = text_of(purposes[i]);
        put(fixture, &shared);
        struct store_share with = {text_of(id), TEXT("purpose"), clock_wall_s() + 660};
        struct store_transaction transaction = share(&own, &with);
        store_submit_and_wait(fixture->store, &transaction);
        assert_int_equal(transaction.outcome, STORE_STALE);
        assert_true(transaction.is_share_stale);
        assert_false(has_lease(fixture, "own"));
        assert_int_equal(read_lease(fixture, id).next_attempt_at_s, shared.next_attempt_at_s);
    }
}

static void is_stored_with_one_that_is_pending_which_stays_kept_when_it_is_live(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease shared = make_lease("shared", "pending", NULL),
                       own = make_lease("own", "live", "shared");
    int64_t until_s = clock_wall_s() + 660;
    put(fixture, &shared);
    struct store_share with = {TEXT("shared"), TEXT("purpose"), until_s};
    struct store_transaction transaction = share(&own, &with);
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    shared.state = TEXT("live");
    shared.revision = 1;
    shared.next_attempt_at_s = clock_wall_s() + 120;
    struct store_lease other = make_lease("other", "live", "shared");
    struct store_lease both[] = {other, shared};
    struct store_transaction settlement = {.leases = both, .lease_count = 2};
    store_submit_and_wait(fixture->store, &settlement);
    assert_int_equal(settlement.outcome, STORE_STORED);
    struct store_lease settled = read_lease(fixture, "shared");
    assert_true(text_is(settled.state, "live"));
    assert_int_equal(settled.next_attempt_at_s, until_s);
    assert_true(text_is(read_lease(fixture, "other").shares, "shared"));
    assert_int_equal(count_sharing(fixture, "shared"), 2);
}

static void refuses_in_a_burst_only_those_that_come_too_late(void **state)
{
    enum { BURST = 6 };
    struct fixture *fixture = *state;
    static const char *const ids[BURST] = {"l0", "l1", "l2", "l3", "l4", "l5"};
    struct store_lease shared = make_lease("shared", "live", NULL), gone = make_lease("gone", "ended", NULL);
    struct store_lease leases[BURST];
    struct store_record records[BURST];
    struct store_share with[BURST];
    struct store_transaction transactions[BURST];
    put(fixture, &shared);
    put(fixture, &gone);
    for (int i = 0; i < BURST; i++) {
        const char *of = i % 2 == 0 ? "shared" : "gone";
        leases[i] = make_lease(ids[i], "live", of);
        records[i] = fixture_record(fixture->arena, clock_wall_us());
        with[i] = (struct store_share){text_of(of), TEXT("purpose"), clock_wall_s() + 660 + i};
        transactions[i] = share(&leases[i], &with[i]);
        transactions[i].records = &records[i];
        transactions[i].record_count = 1;
    }
    struct load load = {
        .store = fixture->store, .transactions = transactions, .count = BURST, .in_flight = BURST};
    load_run(&load);
    for (int i = 0; i < BURST; i++) {
        assert_int_equal(transactions[i].outcome, i % 2 == 0 ? STORE_STORED : STORE_STALE);
        assert_int_equal(transactions[i].is_share_stale, i % 2 == 1);
        assert_int_equal(has_lease(fixture, ids[i]), i % 2 == 0);
        assert_int_equal(fixture_has_record(fixture, records[i].id), i % 2 == 0);
    }
    assert_int_equal(read_lease(fixture, "shared").next_attempt_at_s, with[4].until_s);
}

static void is_not_withdrawn_by_who_saw_it_due_before_it_was_kept(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease shared = make_lease("shared", "live", NULL), own = make_lease("own", "live", "shared");
    put(fixture, &shared);
    struct store_share with = {TEXT("shared"), TEXT("purpose"), clock_wall_s() + 660};
    struct store_transaction transaction = share(&own, &with);
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    shared.state = TEXT("withdrawing");
    shared.revision = 1; /* as it was seen */
    struct store_transaction claim = {.leases = &shared, .lease_count = 1};
    store_submit_and_wait(fixture->store, &claim);
    assert_int_equal(claim.outcome, STORE_STALE);
    assert_true(text_is(read_lease(fixture, "shared").state, "live"));
}

static void loses_to_whoever_takes_the_lease_for_withdrawal_first_and_the_other_way_round(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease shared = make_lease("shared", "live", NULL), own = make_lease("own", "live", "shared");
    put(fixture, &shared);
    struct store_share with = {TEXT("shared"), TEXT("purpose"), clock_wall_s() + 660};
    shared.state = TEXT("withdrawing");
    shared.revision = 1;
    struct store_transaction transactions[] = {{.leases = &shared, .lease_count = 1}, share(&own, &with)};
    struct load load = {.store = fixture->store, .transactions = transactions, .count = 2, .in_flight = 2};
    load_run(&load);
    assert_int_equal(transactions[0].outcome, STORE_STORED);
    assert_int_equal(transactions[1].outcome, STORE_STALE);
    assert_false(has_lease(fixture, "own"));
}

static void is_found_by_the_kill_of_what_it_stands_on_though_it_has_no_handle(void **state)
{
    struct fixture *fixture = *state;
    struct store_guard root = {TEXT("root"), TEXT("r1"), 5};
    struct store_lease shared = make_lease("shared", "live", NULL), gone = make_lease("gone", "ended", NULL);
    struct store_lease leases[] = {make_lease("own", "live", "shared"), make_lease("plain", "live", NULL),
                                   make_lease("over", "live", "shared"), make_lease("of-gone", "live", "gone")};
    put(fixture, &shared);
    put(fixture, &gone);
    leases[1].handle = TEXT_NONE;
    leases[2].expires_at_s = clock_wall_s() - 1;
    for (int i = 0; i < 4; i++) {
        leases[i].stands_on = &root;
        leases[i].stands_on_count = 1;
        put(fixture, &leases[i]);
    }
    struct store_counter known =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_COUNTERS}).counters.epoch;
    struct store_cutoff cutoff = {.kind = TEXT("root"), .id = TEXT("r1"), .at_us = 10};
    struct store_transaction kill = {.cutoffs = &cutoff, .cutoff_count = 1};
    store_submit_and_wait(fixture->store, &kill);
    struct store_query doomed =
        ask(fixture,
            (struct store_query){
                .kind = STORE_QUERY_LEASES_DOOMED, .known_epoch = known, .at_s = clock_wall_s(), .limit = 9});
    assert_int_equal(doomed.lease_count, 1);
    assert_true(text_is(doomed.leases[0].id, "own") && text_is(doomed.leases[0].shares, "shared"));
}

static void kill(struct fixture *fixture, const char *kind, const char *id)
{
    struct store_cutoff cutoff = {.kind = text_of(kind), .id = text_of(id), .at_us = clock_wall_us()};
    struct store_transaction transaction = {.cutoffs = &cutoff, .cutoff_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
}

/* Leases that the last kill dooms, which are of this one. */
static size_t count_doomed(struct fixture *fixture, struct store_counter *known, const char *id)
{
    size_t count = 0;
    struct store_query doomed =
        ask(fixture,
            (struct store_query){
                .kind = STORE_QUERY_LEASES_DOOMED, .known_epoch = *known, .at_s = clock_wall_s(), .limit = 9});
    for (size_t i = 0; i < doomed.lease_count; i++)
        count += text_is(doomed.leases[i].id, id);
    assert_int_equal(count, doomed.lease_count);
    *known = ask(fixture, (struct store_query){.kind = STORE_QUERY_COUNTERS}).counters.epoch;
    return count;
}

static void is_found_by_what_ends_it_alone_without_a_row_for_it(void **state)
{
    struct fixture *fixture = *state;
    struct store_record record = fixture_record(fixture->arena, clock_wall_us()),
                        other = fixture_record(fixture->arena, clock_wall_us());
    record.root = TEXT("tree");
    other.root = TEXT("another tree");
    struct store_record records[] = {record, other};
    struct store_lease own = make_lease("own", "live", "shared"), over = make_lease("over", "ended", "shared"),
                       plain = make_lease("plain", "live", NULL), someone = make_lease("x", "live", "else");
    own.id = record.id;
    someone.id = other.id;
    struct store_lease leases[] = {
        own, over, plain, someone, make_lease("shared", "live", NULL), make_lease("else", "live", NULL)};
    struct store_transaction transaction = {
        .records = records, .record_count = 2, .leases = leases, .lease_count = 6};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    const char *id = arena_copy(fixture->arena, record.id).base;
    struct store_counter known =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_COUNTERS}).counters.epoch;
    kill(fixture, "lease", id);
    assert_int_equal(count_doomed(fixture, &known, id), 1);
    kill(fixture, "root", "tree");
    assert_int_equal(count_doomed(fixture, &known, id), 1);
    kill(fixture, "lease", "shared"); /* what shares it is dead with it, and nothing is to be done for that */
    assert_int_equal(count_doomed(fixture, &known, id), 0);
    kill(fixture, "lease", "plain"); /* has a handle, and would have a row */
    kill(fixture, "root", "no tree");
    kill(fixture, "subject", "tree");
    assert_int_equal(count_doomed(fixture, &known, id), 0);
}

static void names_all_who_were_given_it_newest_first(void **state)
{
    struct fixture *fixture = *state;
    static const char *const ids[] = {"a", "b", "c"};
    static const char *const states[] = {"live", "ended", "live"};
    for (int i = 0; i < 3; i++) {
        struct store_lease lease = make_lease(ids[i], states[i], "shared");
        put(fixture, &lease);
    }
    struct store_lease other = make_lease("d", "live", "else");
    put(fixture, &other);
    struct store_query given =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASES_GIVEN, .id = TEXT("shared"), .limit = 9});
    assert_int_equal(given.lease_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(text_is(given.leases[i].id, ids[2 - i]));
    given =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASES_GIVEN, .id = TEXT("shared"), .limit = 2});
    assert_int_equal(given.lease_count, 2);
}

static void counts_only_those_that_are_live_and_have_not_run_out(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease live = make_lease("live", "live", "shared"), over = make_lease("over", "live", "shared"),
                       gone = make_lease("gone", "ended", "shared"),
                       other = make_lease("other", "live", "else");
    over.expires_at_s = clock_wall_s() - 1;
    put(fixture, &live);
    put(fixture, &over);
    put(fixture, &gone);
    put(fixture, &other);
    assert_int_equal(count_sharing(fixture, "shared"), 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(is_stored_with_a_lease_that_is_there_and_keeps_it),
        TEST(is_never_kept_for_less_than_before),
        TEST(is_refused_where_the_lease_has_ended_or_never_was),
        TEST(is_refused_by_a_lease_of_another_purpose_or_of_none),
        TEST(is_stored_with_one_that_is_pending_which_stays_kept_when_it_is_live),
        TEST(refuses_in_a_burst_only_those_that_come_too_late),
        TEST(is_not_withdrawn_by_who_saw_it_due_before_it_was_kept),
        TEST(loses_to_whoever_takes_the_lease_for_withdrawal_first_and_the_other_way_round),
        TEST(is_found_by_the_kill_of_what_it_stands_on_though_it_has_no_handle),
        TEST(is_found_by_what_ends_it_alone_without_a_row_for_it),
        TEST(names_all_who_were_given_it_newest_first),
        TEST(counts_only_those_that_are_live_and_have_not_run_out),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}

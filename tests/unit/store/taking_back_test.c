/* What a store promises about taking back, whatever its engine: bars and their lifting, the epoch that saves
 * the looking up, scope versions, leases and what they stand on. */
#include "store_fixture.h"

static struct store_transaction submit(struct fixture *fixture, struct store_transaction transaction)
{
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    return transaction;
}

static struct store_query ask(struct fixture *fixture, struct store_query query)
{
    query.arena = fixture->arena;
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query;
}

static struct store_counters counters(struct fixture *fixture)
{
    return ask(fixture, (struct store_query){.kind = STORE_QUERY_COUNTERS}).counters;
}

static enum store_outcome cut(struct fixture *fixture, struct store_cutoff cutoff)
{
    return submit(fixture, (struct store_transaction){.cutoffs = &cutoff, .cutoff_count = 1}).outcome;
}

static const struct store_cutoff bar_on_alice = {
    .kind = {"subject", 7}, .id = {"alice", 5}, .at_us = 1000, .stands = true, .reason = {"stolen", 6}};

static enum store_outcome guarded(struct fixture *fixture, const char *kind, const char *id,
                                  int64_t issued_at_us, struct store_counter checked_epoch)
{
    struct store_guard guard = {text_of(kind), text_of(id), issued_at_us};
    return submit(
               fixture,
               (struct store_transaction){.guards = &guard, .guard_count = 1, .checked_epoch = checked_epoch})
        .outcome;
}

static bool is_cut_off(struct fixture *fixture, const char *kind, const char *id, int64_t issued_at_us)
{
    struct store_guard guard = {text_of(kind), text_of(id), issued_at_us};
    return ask(fixture, (struct store_query){.kind = STORE_QUERY_CUT_OFF, .guards = &guard, .guard_count = 1})
        .is_cut_off;
}

static void refuses_what_is_newer_than_a_bar_until_it_is_lifted(void **state)
{
    struct fixture *fixture = *state;
    cut(fixture, bar_on_alice);
    assert_int_equal(guarded(fixture, "subject", "alice", 2000, (struct store_counter){0}), STORE_CUT_OFF);
    assert_true(is_cut_off(fixture, "subject", "alice", 2000));
    assert_int_equal(guarded(fixture, "agent", "alice", 2000, (struct store_counter){0}), STORE_STORED);
    struct store_cutoff lift = bar_on_alice;
    lift.is_lift = true;
    lift.expires_at_s = clock_wall_s() + 100;
    assert_int_equal(cut(fixture, lift), STORE_STORED);
    assert_int_equal(guarded(fixture, "subject", "alice", 2000, (struct store_counter){0}), STORE_STORED);
    assert_false(is_cut_off(fixture, "subject", "alice", 2000));
}

static void leaves_dead_what_a_lifted_bar_had_ended(void **state)
{
    struct fixture *fixture = *state;
    cut(fixture, bar_on_alice);
    struct store_cutoff lift = bar_on_alice;
    lift.is_lift = true;
    lift.at_us = 0;
    lift.expires_at_s = clock_wall_s() + 100;
    cut(fixture, lift);
    assert_int_equal(guarded(fixture, "subject", "alice", 1000, (struct store_counter){0}), STORE_CUT_OFF);
    assert_int_equal(guarded(fixture, "subject", "alice", 1001, (struct store_counter){0}), STORE_STORED);
}

static void lifts_nothing_that_does_not_stand(void **state)
{
    struct fixture *fixture = *state;
    struct store_cutoff lift = bar_on_alice;
    lift.is_lift = true;
    assert_int_equal(cut(fixture, lift), STORE_STALE);
    struct store_cutoff plain = bar_on_alice;
    plain.stands = false;
    cut(fixture, plain);
    struct store_counter epoch = counters(fixture).epoch;
    assert_int_equal(cut(fixture, lift), STORE_STALE);
    assert_true(store_counter_equal(counters(fixture).epoch, epoch));
}

static void keeps_a_bar_when_a_cutoff_that_does_not_stand_follows(void **state)
{
    struct fixture *fixture = *state;
    cut(fixture, bar_on_alice);
    struct store_cutoff plain = bar_on_alice;
    plain.stands = false;
    plain.reason = TEXT_NONE;
    plain.expires_at_s = 5;
    cut(fixture, plain);
    struct store_query all = ask(fixture, (struct store_query){.kind = STORE_QUERY_CUTOFFS, .limit = 9});
    assert_int_equal(all.cutoff_count, 2);
    assert_true(all.cutoffs[0].stands);
    assert_int_equal(all.cutoffs[0].expires_at_s, 0);
    assert_true(text_is(all.cutoffs[0].reason, "stolen"));
    assert_false(all.cutoffs[1].stands);
    assert_int_equal(all.cutoffs[1].expires_at_s, 5);
    assert_int_equal(all.cutoffs[1].killed_epoch, all.cutoffs[0].killed_epoch + 1);
}

static void keeps_who_killed_and_why_beside_who_lifted(void **state)
{
    struct fixture *fixture = *state;
    struct store_cutoff bar = bar_on_alice, again = bar_on_alice, lift = bar_on_alice;
    bar.record = TEXT("kill");
    cut(fixture, bar);
    again.record = TEXT("kill-again");
    cut(fixture, again);
    lift.is_lift = true;
    lift.expires_at_s = 100;
    lift.reason = TEXT("found");
    lift.record = TEXT("lift");
    assert_int_equal(cut(fixture, lift), STORE_STORED);
    struct store_query all = ask(fixture, (struct store_query){.kind = STORE_QUERY_CUTOFFS, .limit = 9});
    assert_int_equal(all.cutoff_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct store_cutoff *cutoff = &all.cutoffs[i];
        assert_false(cutoff->stands);
        assert_true(text_is(cutoff->reason, "stolen"));
        assert_true(text_is(cutoff->record, cutoff->killed_epoch == 2 ? "kill" : "kill-again"));
        assert_true(text_is(cutoff->lift_reason, "found"));
        assert_true(text_is(cutoff->lift_record, "lift"));
        assert_int_equal(cutoff->expires_at_s, 100);
        assert_int_equal(cutoff->epoch, 4);
    }
}

static void moves_each_counter_with_what_it_counts_and_no_other(void **state)
{
    struct fixture *fixture = *state;
    struct store_counters before = counters(fixture);
    assert_int_equal(before.epoch.number, 1);
    cut(fixture, bar_on_alice);
    assert_int_equal(counters(fixture).epoch.number, 2);
    struct store_key key = {.id = TEXT("k"), .algorithm = TEXT("ES256"), .state = TEXT("active")};
    struct store_document document = {.kind = TEXT("Issuer"), .name = TEXT("a"), .body = TEXT("{}")};
    submit(fixture, (struct store_transaction){.keys = &key, .key_count = 1});
    struct store_transaction last =
        submit(fixture, (struct store_transaction){.documents = &document, .document_count = 1});
    struct store_counters after = counters(fixture);
    assert_int_equal(after.generation.number, before.generation.number + 1);
    assert_int_equal(after.epoch.number, before.epoch.number + 1);
    assert_int_equal(after.key_revision.number, before.key_revision.number + 1);
    assert_memory_equal(&after, &last.counters, sizeof(after));
    struct store_query keys = ask(fixture, (struct store_query){.kind = STORE_QUERY_KEYS});
    assert_true(store_counter_equal(keys.counters.key_revision, after.key_revision));
    struct store_query documents = ask(fixture, (struct store_query){.kind = STORE_QUERY_DOCUMENTS});
    assert_true(store_counter_equal(documents.counters.generation, after.generation));
    struct store_query cutoffs = ask(fixture, (struct store_query){.kind = STORE_QUERY_CUTOFFS, .limit = 9});
    assert_true(store_counter_equal(cutoffs.counters.epoch, after.epoch));
    /* The same changes of another store have the same numbers and other marks: none is ever given twice. */
    const int64_t marks[] = {after.generation.mark, after.epoch.mark, after.key_revision.mark, 0};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = i + 1; j < 4; j++)
            assert_true(marks[i] != marks[j]);
}

static void put_key(struct fixture *fixture, const char *state)
{
    struct store_key key = {.id = TEXT("k"), .algorithm = TEXT("ES256"), .state = text_of(state)};
    submit(fixture, (struct store_transaction){.keys = &key, .key_count = 1});
}

/* By a gateway that has not heard of the revocation yet, and rotates. */
static void never_brings_a_revoked_key_back(void **state)
{
    static const char *const states[] = {"active", "retired", "revoked", "active", "published"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        put_key(fixture, states[i]);
        struct store_query keys = ask(fixture, (struct store_query){.kind = STORE_QUERY_KEYS});
        assert_int_equal(keys.key_count, 1);
        assert_true(text_is(keys.keys[0].state, i < 2 ? states[i] : "revoked"));
    }
}

static void looks_guards_up_only_when_the_epoch_has_moved(void **state)
{
    struct fixture *fixture = *state;
    cut(fixture, bar_on_alice);
    struct store_counter epoch = counters(fixture).epoch, older = {epoch.number - 1, 0},
                         elsewhere = {epoch.number, epoch.mark ^ 1}, lost = {epoch.number + 1, epoch.mark};
    /* Who says to have looked at this epoch is believed ... */
    assert_int_equal(guarded(fixture, "subject", "alice", 500, epoch), STORE_STORED);
    /* ... and who looked at an older one is not. */
    assert_int_equal(guarded(fixture, "subject", "alice", 500, older), STORE_CUT_OFF);
    /* The same or a greater number in a history that this store has lost, or never had, is no look at its
     * cutoffs. */
    assert_int_equal(guarded(fixture, "subject", "alice", 500, elsewhere), STORE_CUT_OFF);
    assert_int_equal(guarded(fixture, "subject", "alice", 500, lost), STORE_CUT_OFF);
    struct store_guard guard = {TEXT("subject"), TEXT("alice"), 500};
    struct store_version version = {TEXT("scope"), 0, 0}; /* with one it is a change of its own */
    struct store_transaction change = {.guards = &guard,
                                       .guard_count = 1,
                                       .versions = &version,
                                       .version_count = 1,
                                       .checked_epoch = elsewhere};
    assert_int_equal(submit(fixture, change).outcome, STORE_CUT_OFF);
    cut(fixture, (struct store_cutoff){.kind = TEXT("root"), .id = TEXT("r"), .at_us = 1});
    assert_int_equal(guarded(fixture, "subject", "alice", 500, epoch), STORE_CUT_OFF);
}

static void names_the_guard_that_was_cut_off(void **state)
{
    struct fixture *fixture = *state;
    cut(fixture, bar_on_alice);
    struct store_guard guards[] = {{TEXT("root"), TEXT("r"), 1}, {TEXT("subject"), TEXT("alice"), 1}};
    struct store_transaction refused =
        submit(fixture, (struct store_transaction){.guards = guards, .guard_count = 2});
    assert_int_equal(refused.outcome, STORE_CUT_OFF);
    assert_ptr_equal(refused.cut_off_by, &guards[1]);
}

static void gives_only_the_cutoffs_after_an_epoch_and_the_epoch_now(void **state)
{
    struct fixture *fixture = *state;
    struct store_query none = ask(fixture, (struct store_query){.kind = STORE_QUERY_CUTOFFS, .limit = 9});
    assert_int_equal(none.cutoff_count, 0);
    assert_int_equal(none.counters.epoch.number, 1);
    const char *const ids[] = {"a", "b", "c"};
    struct store_counter known[3];
    for (int i = 0; i < 3; i++) {
        cut(fixture, (struct store_cutoff){.kind = TEXT("root"), .id = text_of(ids[i]), .at_us = i + 1});
        known[i] = counters(fixture).epoch;
    }
    cut(fixture,
        (struct store_cutoff){.kind = TEXT("root"), .id = TEXT("a"), .at_us = 9, .record = TEXT("rec")});
    struct store_query newer =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_CUTOFFS, .known_epoch = known[1], .limit = 9});
    assert_int_equal(newer.counters.epoch.number, 5);
    assert_false(newer.is_whole);
    assert_int_equal(newer.cutoff_count, 2);
    assert_true(text_is(newer.cutoffs[0].id, "c"));
    assert_true(text_is(newer.cutoffs[1].id, "a"));
    assert_int_equal(newer.cutoffs[1].at_us, 9);
    assert_true(text_is(newer.cutoffs[1].record, "rec"));
    struct store_query recent =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_CUTOFFS_RECENT, .limit = 2});
    assert_int_equal(recent.cutoff_count, 2);
    assert_true(text_is(recent.cutoffs[0].id, "a"));
    recent = ask(
        fixture,
        (struct store_query){.kind = STORE_QUERY_CUTOFFS_RECENT, .epoch = recent.cutoffs[1].epoch, .limit = 9});
    assert_int_equal(recent.cutoff_count, 2);
    assert_true(text_is(recent.cutoffs[0].id, "b"));
    assert_true(text_is(recent.cutoffs[1].id, "a"));
}

/* As a gateway asks that was told of an epoch which a fail-over has lost: what it knows may be wrong
 * altogether. */
static void gives_all_cutoffs_to_who_knows_an_epoch_of_another_history(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 3; i++)
        cut(fixture, (struct store_cutoff){.kind = TEXT("root"), .id = TEXT("r"), .at_us = i + 1});
    struct store_counter now = counters(fixture).epoch;
    const struct store_counter unknown[] = {
        {0, 0}, {now.number - 1, now.mark}, {now.number, now.mark ^ 1}, {now.number + 1, now.mark}};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        struct store_query whole = ask(
            fixture, (struct store_query){.kind = STORE_QUERY_CUTOFFS, .known_epoch = unknown[i], .limit = 9});
        assert_true(whole.is_whole);
        assert_int_equal(whole.cutoff_count, 3);
    }
    struct store_query same =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_CUTOFFS, .known_epoch = now, .limit = 9});
    assert_false(same.is_whole);
    assert_int_equal(same.cutoff_count, 0);
}

static enum store_outcome bump(struct fixture *fixture, int64_t seen)
{
    struct store_version version = {TEXT("subject/alice"), seen, clock_wall_s() + 100};
    return submit(fixture, (struct store_transaction){.versions = &version, .version_count = 1}).outcome;
}

static int64_t version_now(struct fixture *fixture, const char *scope)
{
    struct store_version version = {.scope = text_of(scope), .version = 77};
    ask(fixture, (struct store_query){.kind = STORE_QUERY_VERSIONS, .versions = &version, .version_count = 1});
    return version.version;
}

static void lets_one_of_those_who_saw_the_same_version_change_a_scope(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(version_now(fixture, "subject/alice"), 0);
    assert_int_equal(bump(fixture, 0), STORE_STORED);
    assert_int_equal(bump(fixture, 0), STORE_STALE);
    int64_t first = version_now(fixture, "subject/alice");
    assert_true(first > 0);
    assert_int_equal(bump(fixture, first), STORE_STORED);
    assert_int_equal(bump(fixture, first), STORE_STALE);
    int64_t second = version_now(fixture, "subject/alice");
    assert_true(second > 0 && second != first);
    assert_int_equal(bump(fixture, second == 1 ? 2 : second - 1), STORE_STALE);
    assert_int_equal(version_now(fixture, "subject/alice"), second);
    assert_int_equal(version_now(fixture, "subject/bob"), 0);
}

static struct store_lease lease_named(const char *id, const char *state)
{
    int64_t now_s = clock_wall_s();
    return (struct store_lease){.id = text_of(id),
                                .state = text_of(state),
                                .adapter = TEXT("vendor"),
                                .target = TEXT("orders"),
                                .handle = TEXT("h"),
                                .issued_at_us = 1000,
                                .expires_at_s = now_s + 600,
                                .kept_until_s = now_s + 86400};
}

static enum store_outcome write_lease(struct fixture *fixture, struct store_lease lease)
{
    return submit(fixture, (struct store_transaction){.leases = &lease, .lease_count = 1}).outcome;
}

static enum store_outcome write_standing_on(struct fixture *fixture, struct store_lease lease, const char *kind,
                                            const char *id, int64_t issued_at_us)
{
    struct store_guard things[] = {{TEXT("target"), TEXT("orders"), issued_at_us},
                                   {text_of(kind), text_of(id), issued_at_us}};
    lease.stands_on = things;
    lease.stands_on_count = 2;
    return write_lease(fixture, lease);
}

static size_t count_on(struct fixture *fixture, const char *kind, const char *id, int64_t at_us)
{
    struct store_guard thing = {text_of(kind), text_of(id), at_us};
    return ask(fixture,
               (struct store_query){
                   .kind = STORE_QUERY_LEASES_ON, .guards = &thing, .guard_count = 1, .limit = 99})
        .lease_count;
}

static void gives_a_lease_back_as_it_was_written(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease lease = lease_named("l1", "pending");
    lease.next_attempt_at_s = 50;
    assert_int_equal(write_lease(fixture, lease), STORE_STORED);
    lease.revision = 1;
    lease.state = TEXT("live");
    lease.handle = (struct text){"\0\1h", 3};
    lease.fingerprint = TEXT("f00d");
    lease.next_attempt_at_s = 0;
    lease.attempts = 3;
    assert_int_equal(write_lease(fixture, lease), STORE_STORED);
    struct store_query found = ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASE, .id = TEXT("l1")});
    assert_int_equal(found.lease_count, 1);
    const struct store_lease *read = &found.leases[0];
    assert_true(text_is(read->state, "live") && text_is(read->adapter, "vendor"));
    assert_true(text_is(read->target, "orders") && text_is(read->fingerprint, "f00d"));
    assert_true(text_equal(read->handle, lease.handle));
    assert_int_equal(read->revision, 2);
    assert_int_equal(read->attempts, 3);
    assert_int_equal(read->issued_at_us, 1000);
    assert_int_equal(read->expires_at_s, lease.expires_at_s);
    assert_int_equal(read->kept_until_s / 86400, lease.kept_until_s / 86400);
    assert_int_equal(
        ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASE, .id = TEXT("l2")}).lease_count, 0);
}

static void changes_a_lease_only_for_who_has_seen_its_revision(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease lease = lease_named("l1", "live");
    assert_int_equal(write_lease(fixture, lease), STORE_STORED);
    assert_int_equal(write_lease(fixture, lease), STORE_STALE);
    lease.revision = 1;
    lease.state = TEXT("withdrawing");
    assert_int_equal(write_lease(fixture, lease), STORE_STORED);
    assert_int_equal(write_lease(fixture, lease), STORE_STALE);
    lease.id = TEXT("l2");
    assert_int_equal(write_lease(fixture, lease), STORE_STALE);
}

static void finds_leases_by_what_they_stand_on_while_they_live(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease pending = lease_named("l1", "pending"), live = lease_named("l2", "live");
    live.kept_until_s += 40 * 86400; /* of another day */
    write_standing_on(fixture, pending, "root", "r1", 1000);
    write_standing_on(fixture, live, "root", "r2", 3000);
    assert_int_equal(count_on(fixture, "target", "orders", 3000), 2);
    assert_int_equal(count_on(fixture, "target", "orders", 2999), 1);
    assert_int_equal(count_on(fixture, "root", "r2", 3000), 1);
    assert_int_equal(count_on(fixture, "root", "orders", 3000), 0);
    live.revision = 1;
    live.state = TEXT("withdrawing");
    write_lease(fixture, live);
    assert_int_equal(count_on(fixture, "target", "orders", 3000), 1);
    assert_int_equal(count_on(fixture, "root", "r2", 3000), 0);
}

static struct store_query doomed(struct fixture *fixture, struct store_counter known)
{
    return ask(fixture,
               (struct store_query){.kind = STORE_QUERY_LEASES_DOOMED, .known_epoch = known, .limit = 99});
}

static void finds_the_live_leases_that_a_newer_cutoff_ends(void **state)
{
    struct fixture *fixture = *state;
    write_standing_on(fixture, lease_named("old", "live"), "subject", "alice", 1000);
    write_standing_on(fixture, lease_named("new", "live"), "subject", "alice", 5000);
    write_standing_on(fixture, lease_named("being-made", "pending"), "subject", "alice", 1000);
    write_standing_on(fixture, lease_named("other", "live"), "subject", "bob", 1000);
    struct store_counter first = counters(fixture).epoch;
    assert_int_equal(doomed(fixture, first).lease_count, 0);
    struct store_cutoff plain = bar_on_alice;
    plain.stands = false;
    plain.at_us = 2000;
    cut(fixture, plain);
    struct store_query found = doomed(fixture, first);
    assert_int_equal(found.lease_count, 1);
    assert_true(text_is(found.leases[0].id, "old"));
    struct store_counter second = counters(fixture).epoch, elsewhere = {second.number, second.mark ^ 1};
    assert_int_equal(doomed(fixture, second).lease_count, 0);
    assert_int_equal(doomed(fixture, elsewhere).lease_count, 1);
    cut(fixture, bar_on_alice); /* a bar ends what is newer than it too: nobody meant it to be there */
    assert_int_equal(doomed(fixture, second).lease_count, 2);
}

/* As an API key is: nobody could withdraw it, and it ends by itself. */
static void leaves_a_live_lease_without_a_handle_to_itself(void **state)
{
    struct fixture *fixture = *state;
    struct store_lease lease = lease_named("l1", "live");
    lease.handle = TEXT_NONE;
    lease.next_attempt_at_s = 10;
    write_standing_on(fixture, lease, "subject", "alice", 1000);
    struct store_counter first = counters(fixture).epoch;
    cut(fixture, bar_on_alice);
    const struct store_query due = {.kind = STORE_QUERY_LEASES_DUE, .at_s = 40, .limit = 9};
    assert_int_equal(doomed(fixture, first).lease_count, 0);
    assert_int_equal(ask(fixture, due).lease_count, 0);
    lease.revision = 1;
    lease.state = TEXT("pending"); /* a mint that never ended has none either */
    assert_int_equal(write_lease(fixture, lease), STORE_STORED);
    assert_int_equal(ask(fixture, due).lease_count, 1);
    lease.revision = 2;
    lease.state = TEXT("live");
    lease.handle = TEXT("h");
    assert_int_equal(write_lease(fixture, lease), STORE_STORED);
    assert_int_equal(ask(fixture, due).lease_count, 1);
    assert_int_equal(doomed(fixture, first).lease_count, 1);
}

static void lists_what_is_due_oldest_first_and_nothing_that_waits(void **state)
{
    struct fixture *fixture = *state;
    const int64_t due[] = {30, 10, 0, 50};
    const char *const ids[] = {"l1", "l2", "l3", "l4"};
    for (int i = 0; i < 4; i++) {
        struct store_lease lease = lease_named(ids[i], "withdrawing");
        lease.next_attempt_at_s = due[i];
        write_lease(fixture, lease);
    }
    struct store_query found =
        ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASES_DUE, .at_s = 40, .limit = 9});
    assert_int_equal(found.lease_count, 2);
    assert_true(text_is(found.leases[0].id, "l2"));
    assert_true(text_is(found.leases[1].id, "l1"));
}

static void pages_leases_backwards_from_the_newest(void **state)
{
    struct fixture *fixture = *state;
    const char *const ids[] = {"01a", "01b", "01c"};
    for (int i = 0; i < 3; i++)
        write_lease(fixture, lease_named(ids[i], "live"));
    struct store_query page = ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASES, .limit = 2});
    assert_int_equal(page.lease_count, 2);
    assert_true(text_is(page.leases[0].id, "01c"));
    page = ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASES, .id = page.leases[1].id, .limit = 2});
    assert_int_equal(page.lease_count, 1);
    assert_true(text_is(page.leases[0].id, "01a"));
}

static void gives_what_was_issued_and_lives_and_says_how_far_it_looked(void **state)
{
    struct fixture *fixture = *state;
    int64_t now_us = clock_wall_us(), now_s = now_us / 1000000;
    struct store_record records[5];
    for (int i = 0; i < 5; i++)
        records[i] = fixture_record(fixture->arena, now_us - (5 - i) * 1000000);
    records[1].outcome = TEXT("refused");
    records[3].expires_at_s = now_s - 1;
    fixture_store_records(fixture->store, records, 5);
    struct store_record ancient = fixture_record(fixture->arena, now_us - 9 * FIXTURE_DAY_US);
    ancient.expires_at_s = now_s + 100;
    fixture_store_records(fixture->store, &ancient, 1);
    struct store_query issued = {.kind = STORE_QUERY_ISSUED, .limit = 3, .at_s = now_s, .since_us = now_us};
    struct store_query page = ask(fixture, issued);
    assert_int_equal(page.scanned, 3);
    assert_int_equal(page.record_count, 2);
    assert_true(text_equal(page.records[0].id, records[4].id));
    assert_true(text_equal(page.records[1].id, records[2].id));
    assert_true(text_equal(page.last, records[2].id));
    issued.id = page.last;
    page = ask(fixture, issued);
    assert_true(page.scanned < 3);
    assert_int_equal(page.record_count, 1);
    assert_true(text_equal(page.records[0].id, records[0].id));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(refuses_what_is_newer_than_a_bar_until_it_is_lifted),
        TEST(leaves_dead_what_a_lifted_bar_had_ended),
        TEST(lifts_nothing_that_does_not_stand),
        TEST(keeps_a_bar_when_a_cutoff_that_does_not_stand_follows),
        TEST(keeps_who_killed_and_why_beside_who_lifted),
        TEST(moves_each_counter_with_what_it_counts_and_no_other),
        TEST(never_brings_a_revoked_key_back),
        TEST(looks_guards_up_only_when_the_epoch_has_moved),
        TEST(names_the_guard_that_was_cut_off),
        TEST(gives_only_the_cutoffs_after_an_epoch_and_the_epoch_now),
        TEST(gives_all_cutoffs_to_who_knows_an_epoch_of_another_history),
        TEST(lets_one_of_those_who_saw_the_same_version_change_a_scope),
        TEST(gives_a_lease_back_as_it_was_written),
        TEST(changes_a_lease_only_for_who_has_seen_its_revision),
        TEST(finds_leases_by_what_they_stand_on_while_they_live),
        TEST(finds_the_live_leases_that_a_newer_cutoff_ends),
        TEST(leaves_a_live_lease_without_a_handle_to_itself),
        TEST(lists_what_is_due_oldest_first_and_nothing_that_waits),
        TEST(pages_leases_backwards_from_the_newest),
        TEST(gives_what_was_issued_and_lives_and_says_how_far_it_looked),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}

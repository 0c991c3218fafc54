/* One entry, one transaction: what comes of it is said in faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "ledger/ledger.h"

struct ledger_fixture {
    char folder[64];
    char path[96];
    struct store *store;
    struct arena *arena;
};

static int begin(void **state)
{
    struct ledger_fixture *fixture = calloc(1, sizeof(*fixture));
    char detail[STORE_DETAIL_SIZE] = "";
    log_set_level(LOG_ERROR);
    snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/dragoman-ledger-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof(fixture->path), "%s/test.sqlite", fixture->folder);
    struct store_options options = {.sqlite_path = fixture->path, .queue_limit = 64};
    assert_int_equal(store_open(&options, true, &fixture->store, detail), FAULT_NONE);
    fixture->arena = arena_create();
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct ledger_fixture *fixture = *state;
    store_close(fixture->store);
    unlink(fixture->path);
    rmdir(fixture->folder);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

static struct ledger_entry *begin_entry(struct ledger_fixture *fixture)
{
    char id[IDENTIFIER_SIZE];
    int64_t now_us = clock_wall_us();
    identifier_make(now_us, id);
    const struct record record = {.id = arena_copy(fixture->arena, text_of(id)),
                                  .at_us = now_us,
                                  .kind = TEXT("exchange"),
                                  .outcome = TEXT("granted")};
    struct ledger_entry *entry = ARENA_NEW(fixture->arena, struct ledger_entry);
    ledger_entry_begin(entry, fixture->arena, &record);
    return entry;
}

static size_t count_records(struct ledger_fixture *fixture)
{
    struct store_query query = {.kind = STORE_QUERY_STATISTICS, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    return query.record_count;
}

static enum fault use_once(struct ledger_fixture *fixture, const char *kind, const char *issuer,
                           const char *client, const char *value)
{
    struct ledger_entry *entry = begin_entry(fixture);
    ledger_entry_use_once(entry, text_of(kind), text_of(issuer), text_of(client), text_of(value),
                          clock_wall_s() + 60);
    return ledger_append_and_wait(fixture->store, entry);
}

static void stores_a_record_that_can_be_read_back(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct ledger_entry *entry = begin_entry(fixture);
    assert_int_equal(ledger_append_and_wait(fixture->store, entry), FAULT_NONE);
    struct store_query query = {.kind = STORE_QUERY_RECORD, .id = entry->sealed.id, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.record_count, 1);
    assert_true(text_equal(query.records[0].canonical, entry->sealed.canonical));
}

static void refuses_a_value_used_before_and_records_nothing(void **state)
{
    struct ledger_fixture *fixture = *state;
    assert_int_equal(use_once(fixture, "client-assertion", "i", "c", "v"), FAULT_NONE);
    assert_int_equal(use_once(fixture, "client-assertion", "i", "c", "v"), FAULT_ASSERTION_REPLAYED);
    assert_int_equal(count_records(fixture), 1);
}

/* Accepted until a moment ago by some other clock, and swept since by this one: it is still known. */
static void remembers_a_used_value_beyond_the_time_it_could_be_accepted(void **state)
{
    struct ledger_fixture *fixture = *state;
    for (int i = 0; i < 2; i++) {
        struct ledger_entry *entry = begin_entry(fixture);
        ledger_entry_use_once(entry, TEXT("client-assertion"), TEXT("i"), TEXT("c"), TEXT("v"),
                              clock_wall_s() - LEDGER_SINGLE_USE_KEPT_S / 2);
        assert_int_equal(ledger_append_and_wait(fixture->store, entry),
                         i == 0 ? FAULT_NONE : FAULT_ASSERTION_REPLAYED);
        store_drop_before(fixture->store, 0);
        assert_int_equal(ledger_append_and_wait(fixture->store, begin_entry(fixture)), FAULT_NONE);
    }
    assert_true(LEDGER_SINGLE_USE_KEPT_S >= 300);
}

/* One flat namespace would let one kind, issuer or client use up or forge the values of another. */
static void keeps_values_of_other_kinds_issuers_and_clients_apart(void **state)
{
    struct ledger_fixture *fixture = *state;
    assert_int_equal(use_once(fixture, "client-assertion", "i", "c", "v"), FAULT_NONE);
    assert_int_equal(use_once(fixture, "dpop-proof", "i", "c", "v"), FAULT_NONE);
    assert_int_equal(use_once(fixture, "client-assertion", "j", "c", "v"), FAULT_NONE);
    assert_int_equal(use_once(fixture, "client-assertion", "i", "d", "v"), FAULT_NONE);
    assert_int_equal(use_once(fixture, "client-assertion", "i", "c", "w"), FAULT_NONE);
    assert_int_equal(use_once(fixture, "client-assertion", "ic", "", "v"), FAULT_NONE);
}

static enum fault cut_off(struct ledger_fixture *fixture, int64_t at_us)
{
    struct ledger_entry *entry = begin_entry(fixture);
    struct store_cutoff cutoff = {.kind = TEXT("root"), .id = TEXT("r"), .at_us = at_us};
    entry->transaction.cutoffs = &cutoff;
    entry->transaction.cutoff_count = 1;
    return ledger_append_and_wait(fixture->store, entry);
}

static void records_nothing_for_what_was_killed(void **state)
{
    struct ledger_fixture *fixture = *state;
    assert_int_equal(cut_off(fixture, 1000), FAULT_NONE);
    struct ledger_entry *entry = begin_entry(fixture);
    const struct store_guard guards[] = {{TEXT("lease"), TEXT("r"), 0}, {TEXT("root"), TEXT("r"), 1000}};
    entry->transaction.guards = guards;
    entry->transaction.guard_count = 2;
    assert_int_equal(ledger_append_and_wait(fixture->store, entry), FAULT_TOKEN_REVOKED);
    assert_int_equal(count_records(fixture), 1);
}

static void calls_a_document_that_moved_meanwhile_a_conflict(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct ledger_entry *entry = begin_entry(fixture);
    struct store_document document = {
        .kind = TEXT("Target"), .name = TEXT("t"), .body = TEXT("{}"), .expected_generation = 3};
    entry->transaction.documents = &document;
    entry->transaction.document_count = 1;
    assert_int_equal(ledger_append_and_wait(fixture->store, entry), FAULT_STORE_CONFLICT);
    assert_int_equal(count_records(fixture), 0);
}

static void can_use_up_a_value_without_a_record(void **state)
{
    struct ledger_fixture *fixture = *state;
    for (int i = 0; i < 2; i++) {
        struct ledger_entry *entry = ARENA_NEW(fixture->arena, struct ledger_entry);
        ledger_entry_begin(entry, fixture->arena, NULL);
        ledger_entry_use_once(entry, TEXT("client-assertion"), TEXT("i"), TEXT("c"), TEXT("v"),
                              clock_wall_s() + 60);
        assert_int_equal(ledger_append_and_wait(fixture->store, entry),
                         i == 0 ? FAULT_NONE : FAULT_ASSERTION_REPLAYED);
    }
    assert_int_equal(count_records(fixture), 0);
}

/* --- as flows use it --- */

struct story {
    struct flow flow;
    struct store *store;
    struct ledger_entry *entry;
    struct cutoff_keeper *keeper; /* not filled, or not fresh, or both */
    struct ledger_liveness dead, alive, unguarded;
    struct loop *loop;
    struct loop_message start;
};

static const struct store_guard guards_of_the_dead[] = {{{"lease", 5}, {"x", 1}, 0},
                                                        {{"root", 4}, {"r", 1}, 1000}};
static const struct store_guard guards_of_the_living[] = {{{"root", 4}, {"r", 1}, 1001}};

static enum flow_step_result append(struct flow *flow)
{
    struct story *story = (struct story *)flow;
    FLOW_AWAIT(flow, &story->entry->wait, ledger_append(story->store, story->entry));
    return FLOW_NEXT;
}

static enum flow_step_result check_dead(struct flow *flow)
{
    struct story *story = (struct story *)flow;
    FLOW_AWAIT(flow, &story->dead.wait,
               ledger_check_liveness(story->store, story->keeper, guards_of_the_dead, 2, &story->dead));
    return FLOW_NEXT;
}

static enum flow_step_result check_alive(struct flow *flow)
{
    struct story *story = (struct story *)flow;
    FLOW_AWAIT(flow, &story->alive.wait,
               ledger_check_liveness(story->store, story->keeper, guards_of_the_living, 1, &story->alive));
    return FLOW_NEXT;
}

static enum flow_step_result check_unguarded(struct flow *flow)
{
    struct story *story = (struct story *)flow;
    FLOW_AWAIT(flow, &story->unguarded.wait,
               ledger_check_liveness(story->store, story->keeper, NULL, 0, &story->unguarded));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {FLOW_STEP(append), FLOW_STEP(check_dead), FLOW_STEP(check_alive),
                                         FLOW_STEP(check_unguarded), FLOW_STEP_LAST};

static void dispose(struct flow *flow)
{
    loop_stop(((struct story *)flow)->loop);
}

static void start(struct loop_message *message)
{
    struct story *story = (struct story *)((char *)message - offsetof(struct story, start));
    flow_start(&story->flow, steps, dispose);
}

static void run_story(struct story *story)
{
    loop_post(story->loop, &story->start);
    loop_run(story->loop);
    loop_destroy(story->loop);
    cutoff_keeper_destroy(story->keeper);
    assert_int_equal(story->dead.fault, FAULT_NONE);
    assert_int_equal(story->alive.fault, FAULT_NONE);
    assert_false(story->alive.is_cut_off);
    assert_false(story->unguarded.is_cut_off);
}

static struct story story_of(struct ledger_fixture *fixture)
{
    struct story story = {.store = fixture->store, .entry = begin_entry(fixture), .start = {.run = start}};
    story.loop = loop_create();
    story.keeper = cutoff_keeper_create(&story.loop, 1, 100);
    return story;
}

static void asks_the_store_who_lives_while_its_book_is_empty(void **state)
{
    struct ledger_fixture *fixture = *state;
    assert_int_equal(cut_off(fixture, 1000), FAULT_NONE);
    struct story story = story_of(fixture);
    cutoff_keeper_confirm(story.keeper, clock_monotonic_us());
    run_story(&story);
    assert_int_equal(story.entry->fault, FAULT_NONE);
    assert_true(story.dead.is_cut_off);
    assert_int_equal(count_records(fixture), 2);
}

/* The book knows nothing of the kill, and nobody has looked lately. */
static void asks_the_store_who_lives_while_its_book_is_not_fresh(void **state)
{
    struct ledger_fixture *fixture = *state;
    assert_int_equal(cut_off(fixture, 1000), FAULT_NONE);
    struct story story = story_of(fixture);
    cutoff_keeper_fill(story.keeper, NULL, 0, (struct store_counter){1, 1});
    cutoff_keeper_confirm(story.keeper, clock_monotonic_us() - 2100000);
    run_story(&story);
    assert_true(story.dead.is_cut_off);
}

/* The store knows nothing of the kill, so whoever finds it has not asked there. */
static void believes_a_fresh_book_about_who_lives(void **state)
{
    struct ledger_fixture *fixture = *state;
    struct store_cutoff cutoff = {.kind = TEXT("root"), .id = TEXT("r"), .at_us = 1000};
    struct story story = story_of(fixture);
    cutoff_keeper_fill(story.keeper, &cutoff, 1, (struct store_counter){2, 1});
    cutoff_keeper_confirm(story.keeper, clock_monotonic_us());
    run_story(&story);
    assert_true(story.dead.is_cut_off);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stores_a_record_that_can_be_read_back, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_value_used_before_and_records_nothing, begin, end),
        cmocka_unit_test_setup_teardown(remembers_a_used_value_beyond_the_time_it_could_be_accepted, begin,
                                        end),
        cmocka_unit_test_setup_teardown(keeps_values_of_other_kinds_issuers_and_clients_apart, begin, end),
        cmocka_unit_test_setup_teardown(records_nothing_for_what_was_killed, begin, end),
        cmocka_unit_test_setup_teardown(calls_a_document_that_moved_meanwhile_a_conflict, begin, end),
        cmocka_unit_test_setup_teardown(can_use_up_a_value_without_a_record, begin, end),
        cmocka_unit_test_setup_teardown(asks_the_store_who_lives_while_its_book_is_empty, begin, end),
        cmocka_unit_test_setup_teardown(asks_the_store_who_lives_while_its_book_is_not_fresh, begin, end),
        cmocka_unit_test_setup_teardown(believes_a_fresh_book_about_who_lives, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

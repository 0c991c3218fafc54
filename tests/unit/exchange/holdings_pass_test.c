/* A walk through what was issued, with the store's answers given by hand: what is asked, in which order, and
 * what is written of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world/holdings_pass.h"

enum { NOW = 1800000000, PAGE = 256 };

struct walk {
    struct world world;
    struct holdings_pass pass;
    struct arena *arena;
    struct store_record records[PAGE];
};

static int begin(void **state)
{
    struct walk *walk = calloc(1, sizeof(*walk));
    walk->arena = arena_create();
    walk->world.policies.reads_held[POLICY_HOLDER_SUBJECT] = true;
    holdings_pass_begin(&walk->pass, &walk->world, (int64_t)(NOW - 600) * 1000000, NOW);
    *state = walk;
    return 0;
}

static int end(void **state)
{
    struct walk *walk = *state;
    holdings_pass_end(&walk->pass);
    arena_destroy(walk->arena);
    free(walk);
    return 0;
}

static void issue(struct walk *walk, size_t i, const char *subject)
{
    char id[IDENTIFIER_SIZE];
    identifier_make((int64_t)NOW * 1000000, id);
    walk->records[i] = (struct store_record){
        .id = arena_copy(walk->arena, text_of(id)),
        .kind = TEXT("exchange"),
        .at_us = (int64_t)NOW * 1000000,
        .expires_at_s = NOW + 300,
        .canonical = arena_print(walk->arena,
                                 "{\"subject\":{\"iss\":\"https://idp.example\",\"sub\":\"%s\"},"
                                 "\"agent\":{\"iss\":\"https://gateway.example\",\"sub\":\"agent\"},"
                                 "\"chain\":[{\"iss\":\"https://gateway.example\",\"sub\":\"other\"},"
                                 "{\"iss\":\"https://else.example\",\"sub\":\"inner\"}],"
                                 "\"root\":\"root-1\",\"to\":\"partner\",\"target\":\"orders\","
                                 "\"scope_given\":\"read\"}",
                                 subject)};
}

/* The answer to a page: so many of its records grant something that is live. */
static void give_page(struct walk *walk, size_t count, size_t scanned, int64_t last_s)
{
    char id[IDENTIFIER_SIZE];
    identifier_make(last_s * 1000000, id);
    assert_int_equal(walk->pass.step, PASS_PAGE);
    walk->pass.page.records = walk->records;
    walk->pass.page.record_count = count;
    walk->pass.page.scanned = scanned;
    walk->pass.page.last = arena_copy(walk->arena, text_of(id));
    assert_int_equal(holdings_pass_take(&walk->pass), FAULT_NONE);
}

/* What is written down already, with the version it has. */
static void give_held(struct walk *walk, struct store_holding *known, size_t count, int64_t version)
{
    assert_int_equal(walk->pass.step, PASS_HELD);
    for (size_t i = 0; i < walk->pass.held.holder_count; i++)
        walk->pass.held.holders[i].version = version;
    walk->pass.held.holdings = known;
    walk->pass.held.holding_count = count;
    assert_int_equal(holdings_pass_take(&walk->pass), FAULT_NONE);
}

static enum fault give_outcome(struct walk *walk, enum store_outcome outcome)
{
    assert_int_equal(walk->pass.step, PASS_WRITE);
    walk->pass.transaction.outcome = outcome;
    return holdings_pass_take(&walk->pass);
}

static void ends_where_nothing_was_issued(void **state)
{
    struct walk *walk = *state;
    assert_int_equal(walk->pass.page.kind, STORE_QUERY_ISSUED);
    assert_int_equal(walk->pass.page.at_s, NOW);
    give_page(walk, 0, 0, NOW);
    assert_int_equal(walk->pass.step, PASS_DONE);
    assert_int_equal(walk->pass.issued, 0);
}

static void writes_what_is_missing_at_the_version_it_was_seen_at(void **state)
{
    struct walk *walk = *state;
    issue(walk, 0, "alice");
    issue(walk, 1, "alice");
    issue(walk, 2, "bob");
    give_page(walk, 3, 3, NOW);
    assert_int_equal(walk->pass.held.holder_count, 2);
    give_held(walk, NULL, 0, 42);
    const struct store_transaction *transaction = &walk->pass.transaction;
    assert_int_equal(transaction->record_count, 0);
    assert_int_equal(transaction->holding_count, 3);
    assert_int_equal(transaction->version_count, 2);
    assert_int_equal(transaction->versions[0].version, 42);
    assert_int_equal(transaction->versions[0].expires_at_s, NOW + 300);
    const struct store_holding *row = &transaction->holdings[0];
    assert_true(text_equal(row->id, walk->records[0].id));
    assert_true(text_equal(row->holder, transaction->versions[0].scope));
    assert_true(text_is(row->agent, "https://gateway.example agent"));
    assert_true(text_is(row->target, "orders") && text_is(row->domain, "partner") &&
                text_is(row->scopes, "read"));
    assert_int_equal(give_outcome(walk, STORE_STORED), FAULT_NONE);
    assert_int_equal(walk->pass.step, PASS_DONE);
    assert_int_equal(walk->pass.written, 3);
}

static void leaves_alone_what_is_written_down_for_long_enough(void **state)
{
    struct walk *walk = *state;
    issue(walk, 0, "alice");
    give_page(walk, 1, 1, NOW);
    struct store_holding known = walk->pass.rows[0];
    give_held(walk, &known, 1, 42);
    assert_int_equal(walk->pass.step, PASS_DONE);
    assert_int_equal(walk->pass.written, 0);
}

static void writes_again_what_is_to_be_kept_longer(void **state)
{
    struct walk *walk = *state;
    issue(walk, 0, "alice");
    give_page(walk, 1, 1, NOW);
    struct store_holding known = walk->pass.rows[0];
    known.kept_until_s--;
    give_held(walk, &known, 1, 42);
    assert_int_equal(walk->pass.transaction.holding_count, 1);
}

static void looks_again_where_somebody_decided_meanwhile_and_gives_up_in_the_end(void **state)
{
    struct walk *walk = *state;
    enum fault fault = FAULT_NONE;
    issue(walk, 0, "alice");
    give_page(walk, 1, 1, NOW);
    unsigned times = 0;
    for (; fault == FAULT_NONE && times < 1000; times++) {
        give_held(walk, NULL, 0, 42 + times);
        assert_int_equal(walk->pass.transaction.versions[0].version, 42 + times);
        fault = give_outcome(walk, STORE_STALE);
    }
    assert_int_equal(fault, FAULT_HELD_CONTENDED);
    assert_in_range(times, 2, 100);
}

static void goes_in_bites_of_so_many_holders(void **state)
{
    struct walk *walk = *state;
    size_t seen = 0;
    for (size_t i = 0; i < PAGE; i++) {
        char name[16];
        snprintf(name, sizeof(name), "user-%zu", i % 200);
        issue(walk, i, name);
    }
    give_page(walk, PAGE, PAGE, NOW);
    while (walk->pass.step == PASS_HELD) {
        assert_in_range(walk->pass.held.holder_count, 1, PASS_HOLDERS_MAX);
        give_held(walk, NULL, 0, 0);
        seen += walk->pass.transaction.holding_count;
        assert_int_equal(give_outcome(walk, STORE_STORED), FAULT_NONE);
    }
    assert_int_equal(seen, PAGE);
    assert_int_equal(walk->pass.written, PAGE);
    assert_int_equal(walk->pass.step, PASS_PAGE);
}

static void goes_on_with_the_next_page_until_what_is_old_enough(void **state)
{
    struct walk *walk = *state;
    give_page(walk, 0, PAGE, NOW - 599);
    assert_int_equal(walk->pass.step, PASS_PAGE);
    assert_int_equal(walk->pass.page.id.length, IDENTIFIER_LENGTH);
    give_page(walk, 0, PAGE, NOW - 601);
    assert_int_equal(walk->pass.step, PASS_DONE);
}

static void passes_over_what_nobody_asks_for_and_what_is_no_exchange(void **state)
{
    struct walk *walk = *state;
    issue(walk, 0, "alice");
    walk->records[0].kind = TEXT("other");
    issue(walk, 1, "alice");
    walk->records[1].canonical = TEXT("{");
    give_page(walk, 2, 2, NOW);
    assert_int_equal(walk->pass.step, PASS_DONE);
    walk->world.policies.reads_held[POLICY_HOLDER_SUBJECT] = false;
    holdings_pass_end(&walk->pass);
    walk->pass = (struct holdings_pass){0};
    holdings_pass_begin(&walk->pass, &walk->world, 0, NOW);
    issue(walk, 0, "alice");
    give_page(walk, 1, 1, NOW);
    assert_int_equal(walk->pass.step, PASS_DONE);
}

static void ends_with_the_fault_of_what_it_asked(void **state)
{
    struct walk *walk = *state;
    walk->pass.page.fault = FAULT_STORE_UNAVAILABLE;
    assert_int_equal(holdings_pass_take(&walk->pass), FAULT_STORE_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ends_where_nothing_was_issued, begin, end),
        cmocka_unit_test_setup_teardown(writes_what_is_missing_at_the_version_it_was_seen_at, begin, end),
        cmocka_unit_test_setup_teardown(leaves_alone_what_is_written_down_for_long_enough, begin, end),
        cmocka_unit_test_setup_teardown(writes_again_what_is_to_be_kept_longer, begin, end),
        cmocka_unit_test_setup_teardown(looks_again_where_somebody_decided_meanwhile_and_gives_up_in_the_end,
                                        begin, end),
        cmocka_unit_test_setup_teardown(goes_in_bites_of_so_many_holders, begin, end),
        cmocka_unit_test_setup_teardown(goes_on_with_the_next_page_until_what_is_old_enough, begin, end),
        cmocka_unit_test_setup_teardown(passes_over_what_nobody_asks_for_and_what_is_no_exchange, begin, end),
        cmocka_unit_test_setup_teardown(ends_with_the_fault_of_what_it_asked, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

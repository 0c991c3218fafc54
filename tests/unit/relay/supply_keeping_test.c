/* One call of a lease makes what all of them use; another one before it ends; and nobody asks again right after
 * the other side failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "egress/supply_keeping.h"
#include "exchange/call.h"

enum { NOW_S = 1000000, LEASE_ENDS_S = NOW_S + 3600 };

struct stage {
    struct arena *arena;
    struct loop *loop;
    struct gateway gateway;
    struct credential_book *book;
    struct adapter adapter;
    struct document document;
    struct target target;
    void (*body)(void);
    struct loop_message start;
};

static struct stage stage;

/* One call of the lease, at that time. */
struct attempt {
    struct relayed_call call;
    struct credential_supply supply;
    struct supply_keeping keeping;
    struct flow flow;
    enum fault fault;
    bool is_to_ask_again;
};

static void connect_nothing(const struct adapter *adapter, struct credential_connection *connection)
{
    (void)adapter;
    (void)connection;
}

static bool says_yes(const struct adapter *adapter)
{
    (void)adapter;
    return true;
}

static struct attempt *attempt(int64_t now_s)
{
    struct attempt *x = ARENA_NEW(stage.arena, struct attempt);
    x->call.call.arena = stage.arena;
    x->call.call.gateway = &stage.gateway;
    x->call.call.now_s = now_s;
    x->call.call.now_us = now_s * 1000000;
    x->call.credential.id = TEXT("lease-1");
    x->call.credential.claims.expires_at_s = LEASE_ENDS_S;
    x->call.target = &stage.target;
    x->supply.call = &x->call;
    x->supply.is_kept = true;
    x->flow.is_running = true;
    return x;
}

static struct attempt *ask(struct attempt *x)
{
    if (x->keeping.asked == NULL)
        supply_keeping_begin(&x->keeping, stage.book, &x->supply, false);
    assert_true(flow_wait_begin(&x->flow, &x->keeping.question.wait));
    supply_keeping_ask(&x->keeping);
    x->fault = supply_keeping_complete(&x->keeping, &x->is_to_ask_again);
    return x;
}

static void make(struct attempt *x, struct text credential, struct text lease, int64_t until_s)
{
    const struct credential_minting minting = {.credential = credential};
    assert_true(x->keeping.has_turn);
    x->supply.supply = (struct kept_credential){.credential = credential,
                                                .lease = lease,
                                                .issued_at_us = x->call.call.now_us,
                                                .expires_at_s = until_s,
                                                .is_replacement = x->supply.refused.length != 0};
    supply_keeping_end(&x->keeping, &minting, until_s);
}

static void found(struct attempt *x, const char *credential)
{
    assert_int_equal(x->fault, FAULT_NONE);
    assert_true(x->keeping.is_known && !x->keeping.has_turn);
    assert_true(text_is(x->supply.supply.credential, credential));
}

static void run_body(struct loop_message *message)
{
    (void)message;
    stage.body();
    loop_stop(stage.loop);
}

static void on_loop(void (*body)(void))
{
    stage.body = body;
    stage.start.run = run_body;
    loop_post(stage.loop, &stage.start);
    loop_run(stage.loop);
}

static int set_up(void **state)
{
    (void)state;
    stage = (struct stage){.arena = arena_create(), .loop = loop_create(), .book = credential_book_create(64)};
    stage.gateway.cutoffs = cutoff_keeper_create(&stage.loop, 1, 10);
    cutoff_keeper_fill(stage.gateway.cutoffs, NULL, 0, (struct store_counter){1, 1});
    stage.adapter.name = TEXT("jwt");
    stage.document.name = TEXT("files");
    stage.document.body = TEXT("{}");
    stage.document.target.egress.adapter = TEXT("jwt");
    stage.target = (struct target){.document = &stage.document, .egress_adapter = &stage.adapter};
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    cutoff_keeper_close(stage.gateway.cutoffs);
    loop_destroy(stage.loop);
    cutoff_keeper_destroy(stage.gateway.cutoffs);
    credential_book_destroy(stage.book);
    arena_destroy(stage.arena);
    return 0;
}

static void kept(void)
{
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    found(ask(attempt(NOW_S + 1)), "one");
    found(ask(attempt(NOW_S + 239)), "one");
}

static void is_made_once_and_found_by_the_calls_that_follow(void **state)
{
    (void)state;
    on_loop(kept);
}

static void refreshed(void)
{
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    struct attempt *early = ask(attempt(NOW_S + 240));
    assert_true(early->keeping.has_turn && !early->keeping.is_known);
    found(ask(attempt(NOW_S + 241)), "one");
    make(early, TEXT("two"), TEXT("supply-2"), NOW_S + 540);
    found(ask(attempt(NOW_S + 242)), "two");
}

static void is_made_anew_by_one_call_from_four_fifths_of_its_life_on(void **state)
{
    (void)state;
    on_loop(refreshed);
}

static void fell_back(void)
{
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    struct attempt *early = ask(attempt(NOW_S + 240));
    const struct credential_minting failed = {.fault = FAULT_ADAPTER_UNAVAILABLE};
    assert_true(supply_keeping_falls_back(&early->keeping, &failed));
    found(early, "one");
    supply_keeping_end(&early->keeping, &failed, 0);
    found(ask(attempt(NOW_S + 241)), "one");
    assert_true(ask(attempt(NOW_S + 245))->keeping.has_turn);
}

static void is_used_on_when_the_next_cannot_be_made_yet(void **state)
{
    (void)state;
    on_loop(fell_back);
}

static void not_refreshed(void)
{
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), LEASE_ENDS_S);
    found(ask(attempt(LEASE_ENDS_S - 10)), "one");
    assert_true(ask(attempt(LEASE_ENDS_S - 4))->keeping.has_turn);
}

static void is_not_made_anew_where_the_next_would_end_with_it(void **state)
{
    (void)state;
    on_loop(not_refreshed);
}

static void narrowed(void)
{
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    struct attempt *none = attempt(NOW_S), *write = attempt(NOW_S), *brief = attempt(NOW_S);
    none->supply.has_scope = true;
    write->supply.has_scope = true;
    write->supply.scope = TEXT("files:write");
    brief->supply.lifetime_s = 30;
    make(ask(none), TEXT("two"), TEXT("supply-2"), NOW_S + 300);
    make(ask(write), TEXT("three"), TEXT("supply-3"), NOW_S + 300);
    make(ask(brief), TEXT("four"), TEXT("supply-4"), NOW_S + 30);
    found(ask(attempt(NOW_S)), "one");
}

static void is_another_for_another_scope_or_life(void **state)
{
    (void)state;
    on_loop(narrowed);
}

static void of_others(void)
{
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    struct attempt *other_lease = attempt(NOW_S), *other_consent = attempt(NOW_S);
    other_lease->call.credential.id = TEXT("lease-2");
    other_consent->call.consent.id = TEXT("consent-2");
    other_consent->call.consent.expires_at_s = LEASE_ENDS_S;
    assert_true(ask(other_lease)->keeping.has_turn);
    assert_true(ask(other_consent)->keeping.has_turn);
    stage.document.body = TEXT("{\"changed\":true}");
    assert_true(ask(attempt(NOW_S))->keeping.has_turn);
}

static void is_another_for_another_lease_consent_or_document(void **state)
{
    (void)state;
    on_loop(of_others);
}

static void killed(void)
{
    struct store_cutoff cutoff = {.kind = TEXT("lease"), .id = TEXT("supply-1"), .at_us = 1};
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    cutoff_keeper_fill(stage.gateway.cutoffs, &cutoff, 1, (struct store_counter){2, 1});
    struct attempt *next = ask(attempt(NOW_S + 1));
    assert_true(next->is_to_ask_again);
    assert_true(ask(next)->keeping.has_turn);
}

static void is_dropped_when_its_own_lease_was_killed(void **state)
{
    (void)state;
    on_loop(killed);
}

static void adapter_killed(void)
{
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    struct store_cutoff cutoff = {
        .kind = TEXT("adapter"), .id = TEXT("jwt"), .at_us = (NOW_S + 10) * INT64_C(1000000)};
    cutoff_keeper_fill(stage.gateway.cutoffs, &cutoff, 1, (struct store_counter){2, 1});
    struct attempt *next = ask(attempt(NOW_S + 11));
    assert_true(next->is_to_ask_again);
    assert_true(ask(next)->keeping.has_turn);
}

static void is_dropped_when_its_adapter_was_killed(void **state)
{
    (void)state;
    on_loop(adapter_killed);
}

static void not_fallen_back_to(void)
{
    struct store_cutoff cutoff = {.kind = TEXT("lease"), .id = TEXT("supply-1"), .at_us = 1};
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    cutoff_keeper_fill(stage.gateway.cutoffs, &cutoff, 1, (struct store_counter){2, 1});
    struct attempt *early = ask(attempt(NOW_S + 240));
    const struct credential_minting failed = {.fault = FAULT_ADAPTER_UNAVAILABLE};
    assert_true(early->keeping.has_turn);
    assert_false(supply_keeping_falls_back(&early->keeping, &failed));
}

static void is_not_used_on_when_it_was_killed(void **state)
{
    (void)state;
    on_loop(not_fallen_back_to);
}

static struct attempt *refusing(int64_t now_s, struct text lease)
{
    struct attempt *x = attempt(now_s);
    x->supply.refused = lease;
    return ask(x);
}

static void refused(void)
{
    make(ask(attempt(NOW_S)), TEXT("one"), TEXT("supply-1"), NOW_S + 300);
    make(refusing(NOW_S + 1, TEXT("supply-1")), TEXT("two"), TEXT("supply-2"), NOW_S + 301);
    found(refusing(NOW_S + 2, TEXT("supply-1")), "two");
    found(refusing(NOW_S + 3, TEXT("supply-2")), "two");
    assert_true(refusing(NOW_S + 62, TEXT("supply-2"))->keeping.has_turn);
}

static void is_made_anew_once_when_the_upstream_refuses_it(void **state)
{
    (void)state;
    on_loop(refused);
}

static void fail_at(struct attempt *x, enum fault fault)
{
    const struct credential_minting failed = {.fault = fault, .public_reason = TEXT("away")};
    assert_true(x->keeping.has_turn);
    x->supply.fault = fault;
    supply_keeping_end(&x->keeping, &failed, 0);
}

static void failed(void)
{
    fail_at(ask(attempt(NOW_S)), FAULT_ADAPTER_UNAVAILABLE);
    struct attempt *next = ask(attempt(NOW_S + 1));
    assert_int_equal(next->fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_true(text_is(next->call.call.public_reason, "away"));
    assert_int_equal(next->call.call.retry_after_s, 4);
    fail_at(ask(attempt(NOW_S + 5)), FAULT_CONNECTION_MISSING);
    assert_true(ask(attempt(NOW_S + 5))->keeping.has_turn);
}

/* But somebody who has just connected an account is not told that there is none. */
static void is_not_asked_for_again_for_a_moment_when_the_other_side_failed(void **state)
{
    (void)state;
    on_loop(failed);
}

static void not_kept(void)
{
    struct attempt *plain = attempt(NOW_S), *once = attempt(NOW_S);
    plain->supply.is_kept = false;
    once->supply.is_for_call = true;
    assert_false(ask(plain)->keeping.has_turn);
    assert_false(ask(once)->keeping.has_turn);
    stage.adapter.connect = connect_nothing; /* what people handed over may be another one any time */
    assert_false(ask(attempt(NOW_S))->keeping.has_turn);
    stage.adapter.has_outside_effects = says_yes;
    assert_true(ask(attempt(NOW_S))->keeping.has_turn);
}

static void is_kept_only_where_that_was_asked_for_or_it_has_effects(void **state)
{
    (void)state;
    on_loop(not_kept);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, take_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_made_once_and_found_by_the_calls_that_follow),
        TEST(is_made_anew_by_one_call_from_four_fifths_of_its_life_on),
        TEST(is_used_on_when_the_next_cannot_be_made_yet),
        TEST(is_not_made_anew_where_the_next_would_end_with_it),
        TEST(is_another_for_another_scope_or_life),
        TEST(is_another_for_another_lease_consent_or_document),
        TEST(is_dropped_when_its_own_lease_was_killed),
        TEST(is_dropped_when_its_adapter_was_killed),
        TEST(is_not_used_on_when_it_was_killed),
        TEST(is_made_anew_once_when_the_upstream_refuses_it),
        TEST(is_not_asked_for_again_for_a_moment_when_the_other_side_failed),
        TEST(is_kept_only_where_that_was_asked_for_or_it_has_effects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is ordered for a call is what its record says, narrowed to what was asked for and never longer than what
 * it stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "egress/supply_order.h"

enum { NOW_S = 1000000 };

struct question {
    struct document document;
    struct target target;
    struct world world;
    struct caller caller;
    struct relayed_call call;
    struct credential_supply asked;
    struct supply_stands stands;
    struct credential_order order;
};

static void write(struct arena *arena, struct question *question, struct text sharing)
{
    struct text *audience = ARENA_NEW(arena, struct text);
    *audience = TEXT("https://files");
    question->document.target.audiences.items = audience;
    question->document.target.audiences.count = 1;
    question->document.target.maximum_lifetime_s = 300;
    question->target.document = &question->document;
    question->caller.client_id = TEXT("agent");
    question->call.call.arena = arena;
    question->call.call.world = &question->world;
    question->call.call.caller = &question->caller;
    question->call.call.now_s = NOW_S;
    question->call.target = &question->target;
    question->call.credential.id = TEXT("lease-1");
    if (question->call.credential.claims.expires_at_s == 0)
        question->call.credential.claims.expires_at_s = NOW_S + 3600;
    assert_int_equal(
        json_parse(arena,
                   TEXT("{\"client\":\"agent\",\"subject\":{\"iss\":\"https://idp\",\"sub\":\"alice\"},"
                        "\"chain\":[{\"iss\":\"https://us\",\"sub\":\"agent\"}],\"root\":\"tree\","
                        "\"scope_given\":\"a b\",\"stands_on\":[\"lease earlier\"]}"),
                   &json_limits_document, &question->call.credential.record),
        FAULT_NONE);
    question->asked.call = &question->call;
    supply_stands_list(&question->call, &question->stands);
    supply_order_write(&question->asked, TEXT("id"), sharing, &question->stands, &question->order);
}

static void is_what_the_record_says(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct question question = {.call.consent.id = TEXT("consent-1"),
                                .call.consent.expires_at_s = NOW_S + 3600};
    write(arena, &question, TEXT_NONE);
    const struct credential_order *order = &question.order;
    assert_true(text_is(order->subject.subject, "alice") && text_is(order->client_id, "agent"));
    assert_int_equal(order->chain_length, 1);
    assert_true(text_is(order->chain[0].subject, "agent"));
    assert_true(text_is(order->scope, "a b") && text_is(order->root, "tree"));
    assert_int_equal(order->expires_at_s, NOW_S + 300);
    assert_int_equal(order->ancestry_count, 3);
    assert_true(text_is(order->ancestry[0], "lease lease-1") &&
                text_is(order->ancestry[1], "lease consent-1") && text_is(order->ancestry[2], "lease earlier"));
}

static void is_for_an_mcp_server_by_its_own_url_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text server = TEXT("https://files.internal/mcp");
    for (int is_mcp = 0; is_mcp < 2; is_mcp++) {
        struct question question = {0};
        question.document.target.egress.upstream = server;
        question.document.target.mcp.is_server = is_mcp != 0;
        write(arena, &question, TEXT_NONE);
        assert_int_equal(question.order.audience_count, 1);
        assert_true(text_equal(question.order.audiences[0], is_mcp != 0 ? server : TEXT("https://files")));
    }
}

static void says_the_scope_that_was_asked_for_even_if_it_is_none(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct question question = {.asked.has_scope = true, .asked.scope = TEXT("files.write")};
    write(arena, &question, TEXT_NONE);
    assert_true(text_is(question.order.scope, "files.write"));
    struct question none = {.asked.has_scope = true};
    write(arena, &none, TEXT_NONE);
    assert_int_equal(none.order.scope.length, 0);
}

static int64_t life_of(struct arena *arena, struct question question)
{
    write(arena, &question, TEXT_NONE);
    return question.order.expires_at_s - NOW_S;
}

static void lives_no_longer_than_anything_it_stands_on(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(life_of(arena, (struct question){.asked.lifetime_s = 30}), 30);
    assert_int_equal(life_of(arena, (struct question){.asked.lifetime_s = 9000}), 300);
    assert_int_equal(life_of(arena, (struct question){.asked.lifetime_s = 30,
                                                      .call.credential.claims.expires_at_s = NOW_S + 20}),
                     20);
    assert_int_equal(life_of(arena, (struct question){.call.consent.id = TEXT("consent-1"),
                                                      .call.consent.expires_at_s = NOW_S + 10}),
                     10);
}

static void has_nobodys_tree_where_it_is_shared(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct question question = {0};
    write(arena, &question, TEXT("purpose"));
    assert_int_equal(question.order.ancestry_count, 0);
    assert_true(text_is(question.order.sharing, "purpose"));
}

static void leaves_out_what_is_too_much(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct question question = {0};
    write(arena, &question, TEXT_NONE);
    for (int i = 0; i < 100; i++)
        supply_stands_add(&question.stands, TEXT("lease more"));
    assert_int_equal(question.stands.count, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_the_record_says),
        cmocka_unit_test(is_for_an_mcp_server_by_its_own_url_alone),
        cmocka_unit_test(says_the_scope_that_was_asked_for_even_if_it_is_none),
        cmocka_unit_test(lives_no_longer_than_anything_it_stands_on),
        cmocka_unit_test(has_nobodys_tree_where_it_is_shared),
        cmocka_unit_test(leaves_out_what_is_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

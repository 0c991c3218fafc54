/* The act and may_act claims: every shape that is taken, every other refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "actor_chain.h"
#include "base/buffer.h"
#include "token_fixture.h"

static enum fault read_chain(struct arena *arena, const char *claims, unsigned limit,
                             struct verified_token *token)
{
    *token = (struct verified_token){.claims.all = test_json(arena, claims),
                                     .identity.issuer = TEXT("https://idp.example")};
    return actor_chain_read(token, limit);
}

static enum fault fault_of(const char *claims)
{
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    return read_chain(arena, claims, 4, &token);
}

static void a_token_without_act_has_no_chain(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(read_chain(arena, "{\"sub\":\"a\"}", 0, &token), FAULT_NONE);
    assert_int_equal(token.chain_length, 0);
    assert_false(token.has_may_act);
}

static void reads_actors_from_the_outermost_in(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(
        read_chain(arena,
                   "{\"act\":{\"sub\":\"one\",\"iss\":\"https://a.example\",\"act\":{\"sub\":\"two\","
                   "\"act\":{\"sub\":\"three\",\"iss\":\"https://c.example\"}}}}",
                   3, &token),
        FAULT_NONE);
    assert_int_equal(token.chain_length, 3);
    assert_true(text_is(token.chain[0].subject, "one"));
    assert_true(text_is(token.chain[0].issuer, "https://a.example"));
    assert_true(text_is(token.chain[1].subject, "two"));
    assert_true(text_is(token.chain[1].issuer, "https://idp.example")); /* its own, where none is given */
    assert_true(text_is(token.chain[2].subject, "three"));
}

static void refuses_one_actor_too_many_instead_of_cutting_the_chain(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    const char *two = "{\"act\":{\"sub\":\"one\",\"act\":{\"sub\":\"two\"}}}";
    assert_int_equal(read_chain(arena, two, 2, &token), FAULT_NONE);
    assert_int_equal(read_chain(arena, two, 1, &token), FAULT_CHAIN_TOO_DEEP);
    assert_int_equal(read_chain(arena, two, 0, &token), FAULT_CHAIN_TOO_DEEP);
}

static void refuses_more_actors_than_a_chain_can_hold_whatever_the_limit(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER claims = {0};
    struct verified_token token;
    buffer_append(&claims, TEXT("{\"act\":{\"sub\":\"a\""));
    for (int i = 0; i < TOKEN_CHAIN_MAX; i++)
        buffer_append(&claims, TEXT(",\"act\":{\"sub\":\"a\""));
    for (int i = 0; i < TOKEN_CHAIN_MAX + 2; i++)
        buffer_append(&claims, TEXT("}"));
    buffer_append_byte(&claims, '\0');
    assert_int_equal(read_chain(arena, claims.base, 100, &token), FAULT_CHAIN_TOO_DEEP);
}

static void refuses_every_other_shape_of_act(void **state)
{
    (void)state;
    static const char *const shapes[] = {"\"one\"",
                                         "null",
                                         "true",
                                         "7",
                                         "[]",
                                         "[{\"sub\":\"one\"}]",
                                         "{}",
                                         "{\"iss\":\"https://a.example\"}",
                                         "{\"sub\":\"\"}",
                                         "{\"sub\":7}",
                                         "{\"sub\":null}",
                                         "{\"sub\":[\"one\"]}",
                                         "{\"sub\":\"a\\nb\"}",
                                         "{\"sub\":\"one\",\"iss\":7}",
                                         "{\"sub\":\"one\",\"iss\":\"\"}",
                                         "{\"sub\":\"one\",\"iss\":null}",
                                         "{\"sub\":\"one\",\"act\":\"two\"}",
                                         "{\"sub\":\"one\",\"act\":null}",
                                         "{\"sub\":\"one\",\"act\":{}}",
                                         "{\"sub\":\"one\",\"act\":[]}"};
    char claims[256];
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        snprintf(claims, sizeof(claims), "{\"act\":%s}", shapes[i]);
        assert_int_equal(fault_of(claims), FAULT_ACTOR_MALFORMED);
    }
}

static void other_claims_inside_act_mean_nothing(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(
        read_chain(arena, "{\"act\":{\"sub\":\"one\",\"exp\":1,\"aud\":\"x\",\"cnf\":{},\"scope\":\"admin\"}}",
                   4, &token),
        FAULT_NONE);
    assert_int_equal(token.chain_length, 1);
    assert_false(token.has_scope);
}

static void reads_may_act_without_inventing_an_issuer(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(read_chain(arena, "{\"may_act\":{\"sub\":\"agent\"}}", 4, &token), FAULT_NONE);
    assert_true(token.has_may_act);
    assert_true(text_is(token.may_act.subject, "agent"));
    assert_null(token.may_act.issuer.base);
    assert_int_equal(
        read_chain(arena, "{\"may_act\":{\"sub\":\"agent\",\"iss\":\"https://a.example\"}}", 4, &token),
        FAULT_NONE);
    assert_true(text_is(token.may_act.issuer, "https://a.example"));
}

static void refuses_every_other_shape_of_may_act(void **state)
{
    (void)state;
    static const char *const shapes[] = {"\"agent\"",
                                         "null",
                                         "{}",
                                         "[]",
                                         "7",
                                         "{\"iss\":\"https://a.example\"}",
                                         "{\"sub\":7}",
                                         "{\"sub\":\"\"}",
                                         "{\"sub\":\"agent\",\"iss\":[]}",
                                         "[{\"sub\":\"agent\"}]"};
    char claims[256];
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        snprintf(claims, sizeof(claims), "{\"may_act\":%s}", shapes[i]);
        assert_int_equal(fault_of(claims), FAULT_ACTOR_MALFORMED);
    }
}

static void refuses_an_issuer_with_a_space_in_it(void **state)
{
    (void)state;
    assert_int_equal(fault_of("{\"act\":{\"sub\":\"z\",\"iss\":\"https://x y\"}}"), FAULT_ACTOR_MALFORMED);
    assert_int_equal(fault_of("{\"may_act\":{\"sub\":\"z\",\"iss\":\"https://x y\"}}"), FAULT_ACTOR_MALFORMED);
    assert_int_equal(fault_of("{\"act\":{\"sub\":\"y z\",\"iss\":\"https://x\"}}"), FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_without_act_has_no_chain),
        cmocka_unit_test(reads_actors_from_the_outermost_in),
        cmocka_unit_test(refuses_one_actor_too_many_instead_of_cutting_the_chain),
        cmocka_unit_test(refuses_more_actors_than_a_chain_can_hold_whatever_the_limit),
        cmocka_unit_test(refuses_every_other_shape_of_act),
        cmocka_unit_test(other_claims_inside_act_mean_nothing),
        cmocka_unit_test(reads_may_act_without_inventing_an_issuer),
        cmocka_unit_test(refuses_every_other_shape_of_may_act),
        cmocka_unit_test(refuses_an_issuer_with_a_space_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

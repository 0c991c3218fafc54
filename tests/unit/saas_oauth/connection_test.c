/* The access tokens of an account: one a key, bounded, the oldest go first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "connection.h"

enum { NOW_S = 1000 };

static struct connection_token token_of(const char *key, const char *lease, int64_t expires_at_s)
{
    return (struct connection_token){
        .key = text_of(key), .access_token = TEXT("at"), .lease = text_of(lease), .expires_at_s = expires_at_s};
}

static void has_one_token_a_key_and_none_that_has_ended(void **state)
{
    (void)state;
    struct connection connection = {0};
    struct connection_token token = token_of("a", "L1", NOW_S + 10), taken;
    connection_add_token(&connection, &token, NOW_S);
    token = token_of("a", "L2", NOW_S + 20);
    connection_add_token(&connection, &token, NOW_S);
    token = token_of("b", "L3", NOW_S + 5);
    connection_add_token(&connection, &token, NOW_S);
    assert_int_equal(connection.token_count, 2);
    assert_false(connection_take_token(&connection, TEXT("L1"), &taken));
    token = token_of("c", "L4", NOW_S + 90);
    connection_add_token(&connection, &token, NOW_S + 6);
    assert_int_equal(connection.token_count, 2); /* b has ended */
    assert_true(connection_take_token(&connection, TEXT("L2"), &taken));
    assert_true(text_is(taken.key, "a"));
    assert_int_equal(connection.token_count, 1);
}

static void is_bounded_by_count_and_bytes(void **state)
{
    (void)state;
    static char large[15 * 1024];
    struct connection connection = {0};
    struct connection_token taken;
    SCOPED_ARENA arena = arena_create();
    memset(large, 'x', sizeof(large));
    for (int i = 0; i < 2 * CONNECTION_TOKENS_MAX; i++) {
        struct text name = arena_print(arena, "%d", i);
        struct connection_token token = token_of(name.base, name.base, NOW_S + 10);
        connection_add_token(&connection, &token, NOW_S);
    }
    assert_int_equal(connection.token_count, CONNECTION_TOKENS_MAX);
    assert_true(text_is(connection.tokens[0].lease, "16"));
    for (int i = 0; i < 4; i++) {
        struct text name = arena_print(arena, "large %d", i);
        struct connection_token token = token_of(name.base, name.base, NOW_S + 10);
        token.access_token = (struct text){large, sizeof(large)};
        connection_add_token(&connection, &token, NOW_S);
    }
    assert_in_range(connection.token_count, 1, 3);
    assert_true(connection_take_token(&connection, TEXT("large 3"), &taken));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_one_token_a_key_and_none_that_has_ended),
        cmocka_unit_test(is_bounded_by_count_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

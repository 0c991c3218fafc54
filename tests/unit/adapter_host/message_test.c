/* Lines as messages: which kind each is, and what is none. program_lines_test.c has what follows from that. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapter_protocol/numbers.h"
#include "protocol/message.h"

static struct arena *arena;

static struct message read(const char *line)
{
    return message_read(arena, text_of(line));
}

static void tells_requests_notifications_results_and_errors_apart(void **state)
{
    (void)state;
    arena = arena_create();
    struct message message =
        read("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"state.get\",\"params\":{\"key\":\"a\"}}");
    assert_int_equal(message.kind, MESSAGE_REQUEST);
    assert_int_equal(message.id, 3);
    assert_true(text_is(message.method, "state.get"));
    assert_true(text_is(json_text_of(message.params, "key"), "a"));
    message = read("{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"unknown\":{}}");
    assert_int_equal(message.kind, MESSAGE_NOTIFICATION);
    assert_null(message.params);
    message = read("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"a\":1}}");
    assert_int_equal(message.kind, MESSAGE_RESULT);
    assert_int_equal(json_integer_of(message.result, "a"), 1);
    message =
        read("{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32001,\"message\":\"no\",\"data\":{\"public\":"
             "\"p\"}}}");
    assert_int_equal(message.kind, MESSAGE_ERROR);
    assert_int_equal(message.code, PROTOCOL_REFUSED);
    assert_true(text_is(message.sentence, "no"));
    assert_true(text_is(json_text_of(message.data, "public"), "p"));
    arena_destroy(arena);
}

static void takes_nothing_of_another_shape(void **state)
{
    static const char *const lines[] = {
        "",
        "{}",
        "null",
        "[]",
        "{\"jsonrpc\":2.0,\"id\":1,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":-1,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1,\"message\":\"\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":[]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"1\",\"message\":\"\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":2}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":[]}",
        "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"method\":\"a\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"result\":{}}",
    };
    (void)state;
    arena = arena_create();
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct message message = read(lines[i]);
        if (message.kind != MESSAGE_BROKEN || message.mistake == NULL)
            fail_msg("taken for a message: %s", lines[i]);
    }
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_requests_notifications_results_and_errors_apart),
        cmocka_unit_test(takes_nothing_of_another_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

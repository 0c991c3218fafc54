/* What a server says of itself goes through, but for what is not spoken here or hidden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/mcp_list.h"
#include "message_fixture.h"

#define RESULT(members) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{" members "}}"

static enum fault described(struct arena *arena, enum mcp_generation generation, const char *body,
                            struct text *text)
{
    static const char *const hidden[] = {"prompts", "tasks", NULL};
    struct mcp_answer answer = fixture_answer(arena, body);
    const struct mcp_list_view view = {.generation = generation, .ttl_ms_max = 1000};
    return mcp_list_write_description(arena, &answer, &view, hidden, text);
}

static void keeps_who_the_server_is_and_hides_what_is_hidden(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text text;
    assert_int_equal(described(arena, MCP_OLD,
                               RESULT("\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"logging\":{},"
                                      "\"prompts\":{},\"tools\":{}},\"serverInfo\":{\"name\":\"s\"}"),
                               &text),
                     FAULT_NONE);
    assert_true(text_is(text, RESULT("\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"logging\":{},"
                                     "\"tools\":{}},\"serverInfo\":{\"name\":\"s\"}")));
}

static void names_the_versions_that_both_sides_speak(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text text;
    assert_int_equal(described(arena, MCP_NEW,
                               RESULT("\"supportedVersions\":[\"2027-01-01\",\"2026-07-28\",7],\"ttlMs\":5000,"
                                      "\"cacheScope\":\"public\",\"capabilities\":{}"),
                               &text),
                     FAULT_NONE);
    assert_true(text_is(text, RESULT("\"supportedVersions\":[\"2026-07-28\"],\"ttlMs\":1000,"
                                     "\"cacheScope\":\"private\",\"capabilities\":{}")));
    assert_int_equal(described(arena, MCP_NEW, RESULT("\"supportedVersions\":[\"2027-01-01\"]"), &text),
                     FAULT_MCP_UPSTREAM_ANSWER);
    assert_int_equal(described(arena, MCP_OLD, RESULT("\"protocolVersion\":\"2026-07-28\""), &text),
                     FAULT_MCP_UPSTREAM_ANSWER);
    assert_int_equal(described(arena, MCP_OLD, RESULT("\"capabilities\":{}"), &text),
                     FAULT_MCP_UPSTREAM_ANSWER);
}

static void passes_errors_on(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text text;
    const char *error = "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"m\"}}";
    assert_int_equal(described(arena, MCP_NEW, error, &text), FAULT_NONE);
    assert_true(text_is(text, error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_who_the_server_is_and_hides_what_is_hidden),
        cmocka_unit_test(names_the_versions_that_both_sides_speak),
        cmocka_unit_test(passes_errors_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

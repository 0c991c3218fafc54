/* A server sees no capability of a client that it may not use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/mcp_capabilities.h"
#include "message_fixture.h"

static struct text hidden(struct arena *arena, const char *body, struct mcp_permitted permitted)
{
    struct message_edit edits[MCP_CAPABILITY_EDITS_MAX];
    struct mcp_message message = fixture_message(arena, body);
    size_t count = mcp_capabilities_hide(&message, &permitted, edits);
    assert_true(count <= MCP_CAPABILITY_EDITS_MAX);
    return mcp_message_write_edited(arena, &message, edits, count);
}

#define INITIALIZE(capabilities)                                                                               \
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"capabilities\":{" capabilities "}}" \
    "}"
#define NEW(capabilities)                                                                                      \
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"m\",\"params\":{\"_meta\":{"                                   \
    "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","                                              \
    "\"io.modelcontextprotocol/clientCapabilities\":{" capabilities "}}}}"
#define ALL "\"sampling\":{},\"elicitation\":{\"form\":{}},\"roots\":{\"listChanged\":true},\"experimental\":{}"

static void are_left_out_unless_they_are_permitted(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(
        text_is(hidden(arena, INITIALIZE(ALL), (struct mcp_permitted){0}), INITIALIZE("\"experimental\":{}")));
    assert_true(text_is(hidden(arena, NEW(ALL), (struct mcp_permitted){0}), NEW("\"experimental\":{}")));
    assert_true(text_is(hidden(arena, NEW(ALL), (struct mcp_permitted){true, true, true}), NEW(ALL)));
    assert_true(text_is(hidden(arena, INITIALIZE(ALL), (struct mcp_permitted){.elicitation = true}),
                        INITIALIZE("\"elicitation\":{\"form\":{}},\"experimental\":{}")));
    assert_true(text_is(hidden(arena, NEW(ALL), (struct mcp_permitted){.sampling = true, .roots = true}),
                        NEW("\"sampling\":{},\"roots\":{\"listChanged\":true},\"experimental\":{}")));
}

static void are_left_out_of_tasks_too(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(
        hidden(arena, INITIALIZE("\"tasks\":{\"list\":{},\"requests\":{\"sampling\":{},\"elicitation\":{}}}"),
               (struct mcp_permitted){.elicitation = true}),
        INITIALIZE("\"tasks\":{\"list\":{},\"requests\":{\"elicitation\":{}}}")));
}

static void are_in_no_other_message(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(hidden(arena, OLD_CALL, (struct mcp_permitted){0}), OLD_CALL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_left_out_unless_they_are_permitted),
        cmocka_unit_test(are_left_out_of_tasks_too),
        cmocka_unit_test(are_in_no_other_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

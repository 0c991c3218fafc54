/* For how long a result may be kept, and by whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/private_result.h"
#include "message_fixture.h"

static struct text ttl_of(struct arena *arena, const char *members, int64_t most)
{
    struct text parts[] = {TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{"), text_of(members), TEXT("}}")};
    struct mcp_answer answer = fixture_answer(arena, arena_join(arena, parts, 3).base);
    const struct mcp_list_view view = {.generation = MCP_NEW, .ttl_ms_max = most};
    struct message_edit edits[PRIVATE_RESULT_EDITS];
    assert_int_equal(private_result_edits(arena, &answer, &view, edits), 2);
    assert_true(text_is(edits[0].value->text, "private"));
    return edits[1].value->text;
}

static void is_kept_no_longer_than_both_sides_say(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(ttl_of(arena, "\"ttlMs\":100", 60), "60"));
    assert_true(text_is(ttl_of(arena, "\"ttlMs\":50", 60), "50"));
    assert_true(text_is(ttl_of(arena, "\"ttlMs\":50", -1), "0"));
    assert_true(text_is(ttl_of(arena, "\"ttlMs\":1e9", 60), "0"));
    assert_true(text_is(ttl_of(arena, "\"ttlMs\":\"5\"", 60), "0"));
    assert_true(text_is(ttl_of(arena, "", 60), "0"));
}

static void is_left_alone_in_the_old_generation(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_answer answer = fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    const struct mcp_list_view view = {.generation = MCP_OLD, .ttl_ms_max = 60};
    struct message_edit edits[PRIVATE_RESULT_EDITS];
    assert_int_equal(private_result_edits(arena, &answer, &view, edits), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_kept_no_longer_than_both_sides_say),
        cmocka_unit_test(is_left_alone_in_the_old_generation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Lists show what the view keeps, to nobody else and not for long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "message/mcp_list.h"
#include "message_fixture.h"

static bool keeps_all_but_secret(void *context, enum mcp_named named, struct text name,
                                 const struct json_value *entry)
{
    assert_int_equal(named, *(enum mcp_named *)context);
    assert_int_equal(entry->kind, JSON_OBJECT);
    return !text_is(name, "secret");
}

static enum fault written(const char *method, enum mcp_generation generation, const char *body, char *out)
{
    SCOPED_ARENA arena = arena_create();
    struct mcp_answer answer = fixture_answer(arena, body);
    enum mcp_named named = mcp_list_named(text_of(method));
    const struct mcp_list_view view = {generation, 60000, keeps_all_but_secret, &named};
    struct text text;
    TRY(mcp_list_write(arena, &answer, text_of(method), &view, &text));
    memcpy(out, text.base, text.length);
    out[text.length] = '\0';
    return FAULT_NONE;
}

static void assert_list(const char *method, enum mcp_generation generation, const char *body,
                        const char *expected)
{
    char out[1000];
    assert_int_equal(written(method, generation, body, out), FAULT_NONE);
    assert_string_equal(out, expected);
}
#define RESULT(members) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{" members "}}"

static void leaves_out_what_is_not_kept(void **state)
{
    (void)state;
    assert_list("tools/list", MCP_OLD,
                RESULT("\"tools\":[{\"name\":\"add\",\"x\":1.0},{\"name\":\"secret\"},{\"name\":\"sub\"},{},7],"
                       "\"nextCursor\":\"c\""),
                RESULT("\"tools\":[{\"name\":\"add\",\"x\":1.0},{\"name\":\"sub\"}],\"nextCursor\":\"c\""));
    assert_list("prompts/list", MCP_OLD, RESULT("\"prompts\":[{\"name\":\"secret\"}]"),
                RESULT("\"prompts\":[]"));
    assert_list("resources/list", MCP_OLD, RESULT("\"resources\":[{\"uri\":\"secret\"},{\"uri\":\"a:b\"}]"),
                RESULT("\"resources\":[{\"uri\":\"a:b\"}]"));
    assert_list("resources/templates/list", MCP_OLD,
                RESULT("\"resourceTemplates\":[{\"uriTemplate\":\"a:{b}\"},{\"uriTemplate\":\"secret\"}]"),
                RESULT("\"resourceTemplates\":[{\"uriTemplate\":\"a:{b}\"}]"));
}

static void is_private_in_the_new_generation(void **state)
{
    (void)state;
    assert_list("tools/list", MCP_NEW,
                RESULT("\"tools\":[],\"cacheScope\":\"public\",\"ttlMs\":9000000,\"resultType\":\"complete\""),
                RESULT("\"tools\":[],\"cacheScope\":\"private\",\"ttlMs\":60000,\"resultType\":\"complete\""));
    assert_list("tools/list", MCP_NEW, RESULT("\"tools\":[],\"cacheScope\":\"public\",\"ttlMs\":5"),
                RESULT("\"tools\":[],\"cacheScope\":\"private\",\"ttlMs\":5"));
    assert_list("tools/list", MCP_NEW, RESULT("\"tools\":[]"),
                RESULT("\"tools\":[],\"cacheScope\":\"private\",\"ttlMs\":0"));
    assert_list("tools/list", MCP_NEW, RESULT("\"tools\":[],\"ttlMs\":-1"),
                RESULT("\"tools\":[],\"ttlMs\":0,\"cacheScope\":\"private\""));
}

static void is_a_list_or_an_error(void **state)
{
    (void)state;
    char out[1000];
    assert_int_equal(written("tools/list", MCP_OLD, RESULT("\"tools\":{}"), out), FAULT_MCP_UPSTREAM_ANSWER);
    assert_int_equal(written("tools/list", MCP_OLD, RESULT("\"prompts\":[]"), out), FAULT_MCP_UPSTREAM_ANSWER);
    const char *error = "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"cursor\"}}";
    assert_list("tools/list", MCP_NEW, error, error);
    assert_null(mcp_list_member(TEXT("tools/call")));
    assert_int_equal(mcp_list_named(TEXT("tools/call")), MCP_NAMED_NOTHING);
}

static bool keeps_none(void *context, enum mcp_named named, struct text name, const struct json_value *entry)
{
    (void)context, (void)named, (void)name, (void)entry;
    return false;
}

static enum fault written_with(size_t entries)
{
    SCOPED_ARENA arena = arena_create();
    struct buffer body = buffer_in(arena, 1024);
    struct mcp_answer answer;
    struct text text;
    buffer_append(&body, TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[0"));
    for (size_t i = 1; i < entries; i++)
        buffer_append(&body, TEXT(",0"));
    buffer_append(&body, TEXT("]}}"));
    assert_int_equal(mcp_answer_read(arena, buffer_text(&body), 1 << 20, &answer), FAULT_NONE);
    const struct mcp_list_view view = {.keeps = keeps_none};
    return mcp_list_write(arena, &answer, TEXT("tools/list"), &view, &text);
}

static void is_no_longer_than_can_be_asked_about(void **state)
{
    (void)state;
    assert_int_equal(written_with(MCP_LIST_ENTRIES_MAX), FAULT_NONE);
    assert_int_equal(written_with(MCP_LIST_ENTRIES_MAX + 1), FAULT_MCP_UPSTREAM_ANSWER);
}

static void keeps_other_results_private_too(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct mcp_list_view view = {.generation = MCP_NEW, .ttl_ms_max = 10};
    struct mcp_answer answer = fixture_answer(arena, RESULT("\"cacheScope\":\"public\",\"ttlMs\":99,\"a\":1"));
    assert_true(text_is(mcp_list_write_private(arena, &answer, &view),
                        RESULT("\"cacheScope\":\"private\",\"ttlMs\":10,\"a\":1")));
    answer = fixture_answer(arena, RESULT("\"resultType\":\"input_required\",\"requestState\":\"s\""));
    assert_true(text_is(mcp_list_write_private(arena, &answer, &view),
                        RESULT("\"resultType\":\"input_required\",\"requestState\":\"s\"")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_out_what_is_not_kept),
        cmocka_unit_test(is_private_in_the_new_generation),
        cmocka_unit_test(is_a_list_or_an_error),
        cmocka_unit_test(is_no_longer_than_can_be_asked_about),
        cmocka_unit_test(keeps_other_results_private_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

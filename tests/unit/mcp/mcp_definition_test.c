/* Definitions: which are the same, what is seen and confirmed of them, and the rows that say so. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "mcp/mcp_definition.h"

static const struct json_value *parse(struct arena *arena, const char *json)
{
    const struct json_value *value = NULL;
    assert_int_equal(json_parse(arena, text_of(json), &json_limits_document, &value), FAULT_NONE);
    return value;
}

static bool are_same(const char *a, const char *b)
{
    SCOPED_ARENA arena = arena_create();
    return text_equal(mcp_definition_canonical(arena, parse(arena, a)),
                      mcp_definition_canonical(arena, parse(arena, b)));
}

static void are_the_same_whatever_the_order_and_the_meta_of_their_members(void **state)
{
    (void)state;
    assert_true(are_same("{\"name\":\"a\",\"inputSchema\":{\"x\":1,\"y\":[{\"b\":2,\"a\":1}]}}",
                         "{ \"inputSchema\": {\"y\":[{\"a\":1,\"b\":2}],\"x\":1}, \"name\":\"a\"}"));
    assert_true(are_same("{\"name\":\"a\",\"_meta\":{\"n\":1}}", "{\"name\":\"a\"}"));
    assert_false(are_same("{\"name\":\"a\",\"description\":\"x\"}", "{\"name\":\"a\",\"description\":\"y\"}"));
    assert_false(are_same("{\"name\":\"a\",\"title\":\"x\"}", "{\"name\":\"a\"}"));
    assert_false(are_same("{\"name\":\"a\",\"annotations\":{\"readOnlyHint\":true}}", "{\"name\":\"a\"}"));
    assert_false(are_same("{\"l\":[1,2]}", "{\"l\":[2,1]}"));
    assert_false(
        are_same("{\"inputSchema\":{\"_meta\":1}}", "{\"inputSchema\":{}}")); /* an argument of that name */
    assert_false(are_same("{\"a\":\"1\"}", "{\"a\":1}"));
}

static void say_which_arguments_go_into_headers(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_header_parameters found;
    mcp_header_parameters_read(
        arena,
        parse(arena,
              "{\"inputSchema\":{\"properties\":{\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"
              "\"a/b\":{\"properties\":{\"c\":{\"x-mcp-header\":\"C\"}}},\"d\":{}}}}"),
        &found);
    assert_int_equal(found.count, 2);
    assert_true(text_is(found.items[0].header, "Region") && text_is(found.items[0].pointer, "/region"));
    assert_true(text_is(found.items[1].pointer, "/a~1b/c"));
    assert_false(found.is_mistaken);
    static const char *const wrong[] = {"\"\"", "\"a b\"", "7", "\"a\\r\\nX: y\""};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct text json =
            arena_print(arena, "{\"inputSchema\":{\"properties\":{\"a\":{\"x-mcp-header\":%s}}}}", wrong[i]);
        mcp_header_parameters_read(arena, parse(arena, json.base), &found);
        assert_true(found.is_mistaken && found.count == 0);
    }
    mcp_header_parameters_read(arena,
                               parse(arena,
                                     "{\"inputSchema\":{\"properties\":{\"a\":{\"x-mcp-header\":\"X\"},\"b\":"
                                     "{\"x-mcp-header\":\"x\"}}}}"),
                               &found);
    assert_true(found.is_mistaken && found.count == 1); /* two for one header */
}

static const unsigned char a[DIGEST_SIZE] = {1}, b[DIGEST_SIZE] = {2}, c[DIGEST_SIZE] = {3};

static void are_confirmed_when_first_seen_and_suspended_when_they_change(void **state)
{
    (void)state;
    struct mcp_standing standing = {0};
    assert_int_equal(mcp_standing_state(&standing), MCP_DEFINITION_UNSEEN);
    assert_int_equal(mcp_standing_see(&standing, a, 100, false), MCP_SIGHT_FIRST);
    assert_int_equal(mcp_standing_state(&standing), MCP_DEFINITION_CONFIRMED);
    assert_int_equal(mcp_standing_see(&standing, a, 110, false), MCP_SIGHT_SAME);
    assert_int_equal(mcp_standing_see(&standing, b, 120, false), MCP_SIGHT_CHANGED);
    assert_int_equal(mcp_standing_state(&standing), MCP_DEFINITION_SUSPENDED);
    assert_int_equal(mcp_standing_see(&standing, c, 130, false), MCP_SIGHT_CHANGED_AGAIN);
    /* back to what was confirmed: a server that says now this and now that is not believed either time */
    assert_int_equal(mcp_standing_see(&standing, a, 140, false), MCP_SIGHT_CHANGED_AGAIN);
    assert_int_equal(mcp_standing_state(&standing), MCP_DEFINITION_SUSPENDED);
    mcp_standing_confirm(&standing, 150);
    assert_int_equal(mcp_standing_state(&standing), MCP_DEFINITION_CONFIRMED);
    assert_memory_equal(standing.confirmed, a, DIGEST_SIZE);
    assert_int_equal(standing.first_seen_s, 100);
    assert_int_equal(standing.confirmed_s, 150);
}

static void wait_for_a_person_where_that_is_asked_for(void **state)
{
    (void)state;
    struct mcp_standing standing = {0};
    assert_int_equal(mcp_standing_see(&standing, a, 100, true), MCP_SIGHT_FIRST);
    assert_int_equal(mcp_standing_state(&standing), MCP_DEFINITION_UNCONFIRMED);
    assert_int_equal(mcp_standing_see(&standing, b, 110, true), MCP_SIGHT_CHANGED_AGAIN);
    assert_int_equal(mcp_standing_state(&standing), MCP_DEFINITION_UNCONFIRMED);
    assert_int_equal(mcp_standing_see(&standing, b, 120, false),
                     MCP_SIGHT_SAME); /* the switch confirms nothing */
    mcp_standing_confirm(&standing, 130);
    assert_int_equal(mcp_standing_state(&standing), MCP_DEFINITION_CONFIRMED);
}

static void are_rows_that_nobody_else_can_write(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    unsigned char key[32] = {7};
    struct sealer *sealer = sealer_create(secret_create(key, sizeof(key)));
    struct mcp_tool_row row = {.tool = TEXT("read/it"), .parameters = {.count = 1}}, read;
    struct store_state change;
    row.parameters.items[0] = (struct mcp_header_parameter){TEXT("Region"), TEXT("/region")};
    (void)mcp_standing_see(&row.standing, a, 100, false);
    (void)mcp_standing_see(&row.standing, b, 120, false);
    mcp_definition_put_tool(sealer, arena, TEXT("files"), &row, &change);
    assert_true(text_is(change.key, "tool/files/read/it"));
    assert_int_equal(mcp_definition_read_tool(sealer, arena, &change, &read), FAULT_NONE);
    assert_true(text_is(read.tool, "read/it"));
    assert_int_equal(mcp_standing_state(&read.standing), MCP_DEFINITION_SUSPENDED);
    assert_memory_equal(&read.standing, &row.standing, sizeof(read.standing));
    assert_true(read.parameters.count == 1 && text_is(read.parameters.items[0].pointer, "/region"));
    change.key = TEXT("tool/files/other"); /* a row in another's place */
    assert_int_equal(mcp_definition_read_tool(sealer, arena, &change, &read), FAULT_SEAL_BROKEN);
    mcp_definition_put_text(sealer, arena, TEXT("files"), a, TEXT("{\"name\":\"x\"}"), &change);
    const struct json_value *definition;
    assert_int_equal(mcp_definition_read_text(sealer, arena, &change, &definition), FAULT_NONE);
    assert_true(text_is(json_text_of(definition, "name"), "x"));
    sealer_destroy(sealer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_the_same_whatever_the_order_and_the_meta_of_their_members),
        cmocka_unit_test(say_which_arguments_go_into_headers),
        cmocka_unit_test(are_confirmed_when_first_seen_and_suspended_when_they_change),
        cmocka_unit_test(wait_for_a_person_where_that_is_asked_for),
        cmocka_unit_test(are_rows_that_nobody_else_can_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

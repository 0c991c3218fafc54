/* A refused message to an MCP server can be decided again from its record, which has no argument that nobody
 * asked for. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/facts_record.h"
#include "policy_fixture.h"

static struct policy_argument arguments[] = {
    {.pointer = TEXT("/path"), .value = TEXT("/tmp/x"), .is_recorded = true},
    {.pointer = TEXT("/amount"), .value = TEXT("40"), .is_number = true, .number = 40, .is_recorded = true},
    {.pointer = TEXT("/letter"), .value = TEXT("Dear Ann"), .is_recorded = false},
};

static struct text facts_json(struct policy_fixture *fixture)
{
    struct buffer out = buffer_in(fixture->arena, 1024);
    struct json_writer writer = json_writer_on(&out);
    policy_facts_write(&fixture->facts, &writer);
    return buffer_text(&out);
}

static bool read_back(struct policy_fixture *fixture, struct text facts, struct policy_facts *read)
{
    const struct json_value *record = NULL;
    struct text json =
        arena_print(fixture->arena,
                    "{\"at\":\"2027-01-15T08:00:00.000000Z\",\"subject\":{\"iss\":\"https://idp.corp.example\","
                    "\"sub\":\"alice\"},\"from\":\"corp\",\"root\":\"root-1\",\"target\":\"orders\","
                    "\"call\":{\"method\":\"tools/call\",\"tool\":\"write\"},\"address\":\"192.0.2.7\","
                    "\"facts\":%.*s}",
                    TEXT_ARGUMENTS(facts));
    assert_int_equal(json_parse(fixture->arena, json, &json_limits_document, &record), FAULT_NONE);
    return policy_facts_read(fixture->arena, record, read);
}

static void put_call(struct policy_facts *facts)
{
    facts->action = "call_tool";
    facts->mcp = (struct policy_mcp){.method = TEXT("tools/call"),
                                     .generation = TEXT("2026-07-28"),
                                     .name = TEXT("write"),
                                     .definition = TEXT("abcd"),
                                     .arguments = arguments,
                                     .argument_count = 3};
}

static bool has(struct text text, const char *part)
{
    struct text wanted = text_of(part);
    for (size_t i = 0; i + wanted.length <= text.length; i++)
        if (text_equal((struct text){text.base + i, wanted.length}, wanted))
            return true;
    return false;
}

static void is_read_back_as_it_was_decided(void **state)
{
    struct policy_fixture *fixture = *state;
    struct policy_facts read;
    put_call(&fixture->facts);
    assert_true(read_back(fixture, facts_json(fixture), &read));
    assert_string_equal(read.action, "call_tool");
    assert_int_equal(read.call.method.length, 0);
    assert_true(text_is(read.mcp.method, "tools/call") && text_is(read.mcp.generation, "2026-07-28"));
    assert_true(text_is(read.mcp.name, "write") && text_is(read.mcp.definition, "abcd"));
    assert_int_equal(read.mcp.argument_count, 2);
    assert_true(text_is(read.mcp.arguments[0].value, "/tmp/x") && !read.mcp.arguments[0].is_number);
    assert_true(read.mcp.arguments[1].is_number && read.mcp.arguments[1].number == 40);
    fixture->facts = read;
    assert_int_equal(
        policy_fixture_decide(fixture, "permit(principal, action == Action::\"call_tool\", resource == "
                                       "Tool::\"orders/write\") when { context.numbers.hasTag(\"/amount\") && "
                                       "context.numbers.getTag(\"/amount\") == 40 };"),
        FAULT_NONE);
}

static void has_no_argument_that_no_policy_asks_for(void **state)
{
    struct policy_fixture *fixture = *state;
    put_call(&fixture->facts);
    struct text json = facts_json(fixture);
    assert_true(has(json, "/tmp/x"));
    assert_false(has(json, "Ann") || has(json, "/letter"));
}

static void tells_only_how_many_arguments_there_are_of_too_many(void **state)
{
    struct policy_fixture *fixture = *state;
    struct policy_argument *many = ARENA_ARRAY(fixture->arena, struct policy_argument, 3);
    struct policy_facts read;
    char *value = arena_allocate(fixture->arena, POLICY_ARGUMENT_BYTES_MAX);
    put_call(&fixture->facts);
    for (size_t i = 0; i < POLICY_ARGUMENT_BYTES_MAX; i++)
        value[i] = 'v';
    for (size_t i = 0; i < 3; i++)
        many[i] = (struct policy_argument){.pointer = arena_print(fixture->arena, "/%zu", i),
                                           .value = {value, POLICY_ARGUMENT_BYTES_MAX},
                                           .is_recorded = true};
    fixture->facts.mcp.arguments = many;
    struct text json = facts_json(fixture);
    assert_true(json.length < 2048 && has(json, "\"argument_count\":3"));
    assert_false(read_back(fixture, json, &read)); /* it cannot be decided again */
}

static void is_refused_where_it_makes_no_sense(void **state)
{
    static const char *const members[] = {
        "{\"action\":\"exchange\",\"method\":\"m\",\"generation\":\"g\"}",
        "{\"action\":\"call_tool\",\"method\":\"m\",\"generation\":\"g\"}",
        "{\"action\":\"use_server\",\"method\":\"m\",\"generation\":\"g\",\"name\":\"x\"}",
        "{\"action\":\"use_server\",\"generation\":\"g\"}",
        "{\"action\":\"use_server\",\"method\":\"m\"}",
        "{\"action\":\"call_tool\",\"method\":\"m\",\"generation\":\"g\",\"name\":\"x\",\"arguments\":[]}",
        "{\"action\":\"call_tool\",\"method\":\"m\",\"generation\":\"g\",\"name\":\"x\",\"arguments\":"
        "{\"/a\":{}}}",
        "{\"action\":\"call_tool\",\"method\":\"m\",\"generation\":\"g\",\"name\":\"x\",\"arguments\":"
        "{\"/a\":1.5}}",
    };
    struct policy_fixture *fixture = *state;
    struct policy_facts read;
    struct text json = facts_json(fixture);
    assert_true(read_back(fixture, json, &read)); /* of a call, which is no message */
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (read_back(
                fixture,
                arena_print(fixture->arena, "%.*s,\"mcp\":%s}", (int)json.length - 1, json.base, members[i]),
                &read))
            fail_msg("%s", members[i]);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(is_read_back_as_it_was_decided),
        WITH_FIXTURE(has_no_argument_that_no_policy_asks_for),
        WITH_FIXTURE(tells_only_how_many_arguments_there_are_of_too_many),
        WITH_FIXTURE(is_refused_where_it_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

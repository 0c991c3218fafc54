/* Arguments of a call as policies see them: by pointer, those that are asked for, within bounds. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy_fixture.h"

#define TOOL "principal, action == Action::\"call_tool\", resource"

static struct policy_mcp gathered;
static struct text mistake;

static enum fault gather(struct policy_fixture *fixture, const char *policies, struct text json, bool takes_all)
{
    const struct json_value *arguments = NULL;
    const struct json_limits limits = {.bytes = 1 << 20, .depth = 16, .members = 4096};
    if (policy_fixture_compile(fixture, policies, NULL) != FAULT_NONE)
        fail_msg("%.*s", (int)fixture->mistakes.length, fixture->mistakes.base);
    assert_int_equal(json_parse(fixture->arena, json, &limits, &arguments), FAULT_NONE);
    gathered = (struct policy_mcp){.method = TEXT("tools/call")};
    mistake = TEXT_NONE;
    return policy_mcp_gather(fixture->arena, fixture->book, arguments, takes_all, &gathered, &mistake);
}

static const struct policy_argument *find(const char *pointer)
{
    for (size_t i = 0; i < gathered.argument_count; i++)
        if (text_is(gathered.arguments[i].pointer, pointer))
            return &gathered.arguments[i];
    return NULL;
}

static void are_each_scalar_by_its_pointer(void **state)
{
    struct text json =
        TEXT("{\"path\":\"/tmp\",\"a/b\":{\"c~d\":[1,{\"e\":true}]},\"n\":-12,\"x\":1.50,\"z\":null}");
    assert_int_equal(gather(*state, "", json, true), FAULT_NONE);
    assert_int_equal(gathered.argument_count, 5);
    assert_true(text_is(find("/path")->value, "/tmp") && !find("/path")->is_number);
    assert_true(text_is(find("/a~1b/c~0d/0")->value, "1") && find("/a~1b/c~0d/0")->number == 1);
    assert_true(text_is(find("/a~1b/c~0d/1/e")->value, "true"));
    assert_true(find("/n")->is_number && find("/n")->number == -12);
    assert_true(text_is(find("/x")->value, "1.50") && !find("/x")->is_number);
    assert_null(find("/z"));
    assert_false(find("/path")->is_recorded);
}

static void are_taken_only_where_a_policy_asks_for_them(void **state)
{
    const char *asks = "forbid(" TOOL ") when { context.arguments.hasTag(\"/path\") && "
                       "context.arguments.getTag(\"/path\") like \"/etc/*\" };";
    struct text json = TEXT("{\"path\":\"/tmp\",\"secret\":\"x\"}");
    assert_int_equal(gather(*state, asks, json, false), FAULT_NONE);
    assert_int_equal(gathered.argument_count, 1);
    assert_true(find("/path")->is_recorded);
    assert_int_equal(gather(*state, asks, json, true), FAULT_NONE); /* for whoever else decides */
    assert_int_equal(gathered.argument_count, 2);
    assert_true(find("/path")->is_recorded && !find("/secret")->is_recorded);
    assert_int_equal(gather(*state, "permit(principal, action, resource);", json, false), FAULT_NONE);
    assert_int_equal(gathered.argument_count, 0);
}

static struct text long_json(struct arena *arena, const char *name, size_t length)
{
    char *value = arena_allocate(arena, length + 1);
    for (size_t i = 0; i < length; i++)
        value[i] = 'a';
    return arena_print(arena, "{\"%s\":\"%s\"}", name, value);
}

static void beyond_the_bounds_refuse_where_they_are_looked_at(void **state)
{
    struct policy_fixture *fixture = *state;
    const char *asks = "forbid(" TOOL ") when { context.arguments.hasTag(\"/path\") };";
    struct buffer many = buffer_in(fixture->arena, 4096);
    struct text longest = long_json(fixture->arena, "path", POLICY_ARGUMENT_BYTES_MAX);
    struct text longer = long_json(fixture->arena, "path", POLICY_ARGUMENT_BYTES_MAX + 1);
    assert_int_equal(gather(fixture, asks, longest, false), FAULT_NONE);
    assert_int_equal(gather(fixture, asks, longer, false), FAULT_POLICY_ERROR);
    assert_true(text_is(mistake, "argument /path: it is longer than policies can look at"));
    longer = long_json(fixture->arena, "content", POLICY_ARGUMENT_BYTES_MAX + 1); /* nobody asks for this one */
    assert_int_equal(gather(fixture, asks, longer, false), FAULT_NONE);
    assert_int_equal(gather(fixture, asks, longer, true), FAULT_POLICY_ERROR);
    buffer_append(&many, TEXT("{\"l\":[0"));
    for (size_t i = 1; i <= POLICY_ARGUMENTS_MAX; i++)
        buffer_append(&many, TEXT(",1"));
    buffer_append(&many, TEXT("]}"));
    assert_int_equal(gather(fixture, asks, buffer_text(&many), false), FAULT_NONE);
    assert_int_equal(gather(fixture, asks, buffer_text(&many), true), FAULT_POLICY_ERROR);
    struct text name = long_json(fixture->arena, "x", POLICY_POINTER_BYTES_MAX);
    struct text pointer = arena_print(fixture->arena, "{%.*s:1}", (int)name.length - 6, name.base + 5);
    assert_int_equal(gather(fixture, "", pointer, true), FAULT_POLICY_ERROR);
}

/* A forbid of large amounts is not got around by writing the number in another way. */
static void that_cannot_be_compared_refuse_where_policies_compare(void **state)
{
    static const char *const numbers[] = {"1e9", "100.5", "99999999999999999999", "1000.0"};
    const char *compares = "forbid(" TOOL ") when { context.numbers.hasTag(\"/amount\") && "
                           "context.numbers.getTag(\"/amount\") > 100 };";
    struct policy_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct text json = arena_print(fixture->arena, "{\"amount\":%s}", numbers[i]);
        assert_int_equal(gather(fixture, compares, json, false), FAULT_POLICY_ERROR);
        json = arena_print(fixture->arena, "{\"other\":%s}", numbers[i]);
        assert_int_equal(gather(fixture, compares, json, false), FAULT_NONE);
    }
    assert_int_equal(gather(fixture, compares, TEXT("{\"amount\":100}"), false), FAULT_NONE);
    assert_true(find("/amount")->is_number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(are_each_scalar_by_its_pointer, policy_fixture_create,
                                        policy_fixture_destroy),
        cmocka_unit_test_setup_teardown(are_taken_only_where_a_policy_asks_for_them, policy_fixture_create,
                                        policy_fixture_destroy),
        cmocka_unit_test_setup_teardown(beyond_the_bounds_refuse_where_they_are_looked_at,
                                        policy_fixture_create, policy_fixture_destroy),
        cmocka_unit_test_setup_teardown(that_cannot_be_compared_refuse_where_policies_compare,
                                        policy_fixture_create, policy_fixture_destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

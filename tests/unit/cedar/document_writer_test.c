/* Values and responses written as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "document_bench.h"

static void assert_written(const char *text, const char *written)
{
    SCOPED_ARENA arena = arena_create();
    struct cedar_value value = value_of(arena, text);
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    cedar_value_write(&value, &writer);
    struct text result = arena_copy(arena, buffer_text(&out));
    assert_string_equal(result.base, written);
    struct cedar_value again = value_of(arena, result.base);
    assert_true(cedar_value_equal(&value, &again));
}

static void writes_values_that_read_back_equal(void **state)
{
    (void)state;
    assert_written("true", "true");
    assert_written("-5", "-5");
    assert_written("\"a\\\"b\"", "\"a\\\"b\"");
    assert_written("{\"b\": 1, \"a\": {}}", "{\"a\":{},\"b\":1}");
    assert_written("[2, 1, 2]", "[1,2]");
    assert_written("{\"__entity\": {\"type\": \"U\", \"id\": \"a\"}}",
                   "{\"__entity\":{\"type\":\"U\",\"id\":\"a\"}}");
    assert_written("{\"__extn\": {\"fn\": \"decimal\", \"arg\": \"-1.50\"}}",
                   "{\"__extn\":{\"fn\":\"decimal\",\"arg\":\"-1.5\"}}");
}

static void writes_datetimes_as_a_string_while_one_can_say_them(void **state)
{
    (void)state;
    assert_written("{\"__extn\": {\"fn\": \"datetime\", \"arg\": \"9999-12-31T23:59:59.999Z\"}}",
                   "{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"9999-12-31T23:59:59.999Z\"}}");
    assert_written("{\"__extn\": {\"fn\": \"offset\", \"args\": ["
                   "{\"__extn\": {\"fn\": \"datetime\", \"arg\": \"9999-12-31T23:59:59.999Z\"}},"
                   "{\"__extn\": {\"fn\": \"duration\", \"arg\": \"3d\"}}]}}",
                   "{\"__extn\":{\"fn\":\"offset\",\"args\":["
                   "{\"__extn\":{\"fn\":\"datetime\",\"arg\":\"1970-01-01\"}},"
                   "{\"__extn\":{\"fn\":\"duration\",\"arg\":\"253402559999999ms\"}}]}}");
}

static void writes_decisions_with_reasons_and_errors(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct cedar_policy first = {.id = TEXT("policy0")}, second = {.id = TEXT("policy1")};
    const struct cedar_policy *reasons[] = {&first};
    struct cedar_error errors[] = {{.policy = &second, .sentence = TEXT("no such attribute")}};
    struct cedar_response response = {
        .is_allowed = true, .reasons = reasons, .reason_count = 1, .errors = errors, .error_count = 1};
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    cedar_response_write(&response, &writer);
    assert_string_equal(arena_copy(arena, buffer_text(&out)).base,
                        "{\"decision\":\"allow\",\"diagnostics\":{\"reason\":[\"policy0\"],\"errors\":["
                        "{\"policyId\":\"policy1\",\"error\":\"no such attribute\"}]}}");
}

static void says_that_the_work_was_used_up(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_response response = {.is_exhausted = true};
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    cedar_response_write(&response, &writer);
    assert_string_equal(
        arena_copy(arena, buffer_text(&out)).base,
        "{\"decision\":\"deny\",\"diagnostics\":{\"reason\":[],\"errors\":[],\"exhausted\":true}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_values_that_read_back_equal),
        cmocka_unit_test(writes_datetimes_as_a_string_while_one_can_say_them),
        cmocka_unit_test(writes_decisions_with_reasons_and_errors),
        cmocka_unit_test(says_that_the_work_was_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

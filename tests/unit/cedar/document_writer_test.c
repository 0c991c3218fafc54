/* Responses written as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "document_bench.h"

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
        cmocka_unit_test(writes_decisions_with_reasons_and_errors),
        cmocka_unit_test(says_that_the_work_was_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

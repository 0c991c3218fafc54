/* What an agent may say of the session it wants, and what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/session_request.h"

static void reads_how_a_session_is_wanted(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct session_request request;
    (void)state;
    assert_int_equal(session_request_read(arena,
                                          TEXT("{\"mode\":\"direct\",\"generation\":\"old\",\"client_info\":{"
                                               "\"name\":\"a\",\"version\":\"1\",\"title\":\"A\"},"
                                               "\"capabilities\":{\"roots\":{}},\"max_lifetime\":60}"),
                                          &request),
                     FAULT_NONE);
    assert_int_equal(request.mode, SESSION_DIRECT);
    assert_int_equal(request.wish, SESSION_OLD);
    assert_true(text_is(json_text_of(request.client_info, "title"), "A"));
    assert_non_null(json_member(request.capabilities, TEXT("roots")));
    assert_int_equal(request.lifetime_s, 60);
    assert_true(session_request_says_client(&request));
}

static void goes_through_the_gateway_and_finds_out_for_itself_where_nothing_is_said(void **state)
{
    SCOPED_ARENA arena = arena_create();
    static const char *const nothing[] = {"", "{}", "{\"mode\":\"proxy\",\"generation\":\"auto\"}"};
    struct session_request request;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(session_request_read(arena, text_of(nothing[i]), &request), FAULT_NONE);
        assert_int_equal(request.mode, SESSION_PROXY);
        assert_int_equal(request.wish, SESSION_AUTO);
        assert_int_equal(request.lifetime_s, 0);
        assert_false(session_request_says_client(&request));
    }
}

/* Half of it would bind a session to what nobody has said. */
static void takes_no_client_that_does_not_say_all_of_itself(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct session_request request;
    (void)state;
    assert_int_equal(
        session_request_read(arena, TEXT("{\"client_info\":{\"name\":\"a\",\"version\":\"1\"}}"), &request),
        FAULT_NONE);
    assert_false(session_request_says_client(&request));
    assert_int_equal(session_request_read(arena, TEXT("{\"capabilities\":{}}"), &request), FAULT_NONE);
    assert_false(session_request_says_client(&request));
}

static void refuses_what_is_not_known_or_not_within_bounds(void **state)
{
    static const char *const wrong[] = {
        "7",
        "[]",
        "{",
        "{\"mode\":\"Direct\"}",
        "{\"mode\":true}",
        "{\"generation\":\"2026-07-28\"}",
        "{\"client_info\":\"a\"}",
        "{\"client_info\":{\"name\":\"a\"}}",
        "{\"client_info\":{\"name\":\"\",\"version\":\"1\"}}",
        "{\"capabilities\":null}",
        "{\"max_lifetime\":0}",
        "{\"max_lifetime\":-5}",
        "{\"max_lifetime\":1.5}",
        "{\"max_lifetime\":99999999999}",
        "{\"mode\":\"proxy\",\"mode\":\"direct\"}",
        "{\"modes\":\"proxy\"}",
    };
    SCOPED_ARENA arena = arena_create();
    struct session_request request;
    char large[SESSION_REQUEST_BYTES_MAX + 3];
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(session_request_read(arena, text_of(wrong[i]), &request), FAULT_MCP_SESSION_INVALID);
    memset(large, ' ', sizeof(large));
    large[0] = '{';
    large[sizeof(large) - 1] = '}';
    assert_int_equal(session_request_read(arena, (struct text){large, sizeof(large)}, &request),
                     FAULT_MCP_SESSION_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_how_a_session_is_wanted),
        cmocka_unit_test(goes_through_the_gateway_and_finds_out_for_itself_where_nothing_is_said),
        cmocka_unit_test(takes_no_client_that_does_not_say_all_of_itself),
        cmocka_unit_test(refuses_what_is_not_known_or_not_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

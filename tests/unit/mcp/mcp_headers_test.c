/* Headers say what the message says, or the call is refused; and what of them goes upstream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/mcp_headers.h"
#include "message_fixture.h"

#define VERSION                                                                                                \
    {                                                                                                          \
        "mcp-protocol-version", "2026-07-28"                                                                   \
    }
#define METHOD                                                                                                 \
    {                                                                                                          \
        "mcp-method", "tools/call"                                                                             \
    }
#define NAME(name)                                                                                             \
    {                                                                                                          \
        "mcp-name", name                                                                                       \
    }
#define NEW_NOTIFICATION "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}"

static enum fault checked(const char *body, const struct shown_headers *headers)
{
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, body);
    return mcp_headers_check(arena, headers, &message);
}

static void of_the_new_generation_say_what_the_message_says(void **state)
{
    (void)state;
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD, NAME("add"))), FAULT_NONE);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD, NAME(" add\t"))), FAULT_NONE);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD, NAME("delete_all"))),
                     FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD, NAME("Add"))),
                     FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD)), FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, NAME("add"))), FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(METHOD, NAME("add"))), FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, {"mcp-method", "ping"}, NAME("add"))),
                     FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(
        checked(NEW_CALL, FIXTURE_HEADERS({"mcp-protocol-version", "2025-11-25"}, METHOD, NAME("add"))),
        FAULT_MCP_HEADER_MISMATCH);
}

static void name_what_is_no_plain_text_in_base64(void **state)
{
    (void)state;
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD, NAME("=?base64?YWRk?="))), FAULT_NONE);
    static const char *const wrong[] = {"=?base64?YWRkZA==?=",
                                        "=?base64?YWRk?",
                                        "=?base64?YWR?=",
                                        "=?base64?YWRl?=",
                                        "=?BASE64?YWRk?=",
                                        "=?base64?YW Rk?=",
                                        "=?base64?/w==?=",
                                        "=?base64?YWRk=?=",
                                        ("=?base64?"
                                         "?=")};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD, NAME(wrong[i]))),
                         FAULT_MCP_HEADER_MISMATCH);
    const char *umlaut =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"\xc3\xa4\"," NEW_META
        "}}";
    assert_int_equal(checked(umlaut, FIXTURE_HEADERS(VERSION, METHOD, NAME("=?base64?w6Q=?="))), FAULT_NONE);
    assert_int_equal(checked(umlaut, FIXTURE_HEADERS(VERSION, METHOD, NAME("\xc3\xa4"))),
                     FAULT_MCP_HEADER_MISMATCH);
}

static void stand_there_once_and_are_text(void **state)
{
    (void)state;
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD, NAME("add"), NAME("delete_all"))),
                     FAULT_MCP_HEADER_DOUBLED);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, VERSION, METHOD, NAME("add"))),
                     FAULT_MCP_HEADER_DOUBLED);
    assert_int_equal(checked(NEW_CALL, FIXTURE_HEADERS(VERSION, METHOD, METHOD, NAME("add"))),
                     FAULT_MCP_HEADER_DOUBLED);
    assert_int_equal(checked(OLD_CALL, FIXTURE_HEADERS({"mcp-session-id", "a"}, {"mcp-session-id", "a"})),
                     FAULT_MCP_HEADER_DOUBLED);
    assert_int_equal(checked(OLD_CALL, FIXTURE_HEADERS({"last-event-id", "a"}, {"last-event-id", "b"})),
                     FAULT_MCP_HEADER_DOUBLED);
    assert_int_equal(checked(OLD_CALL, FIXTURE_HEADERS({"mcp-protocol-version", "2025-06-18\x01"})),
                     FAULT_MCP_HEADER_MISMATCH);
}

#define META(members)                                                                                          \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"add\",\"_meta\":{" members \
    "}}}"
#define META_VERSION(version) "\"io.modelcontextprotocol/protocolVersion\":\"" version "\""
#define META_CAPABILITIES     ",\"io.modelcontextprotocol/clientCapabilities\":{}"

static void want_a_meta_with_all_that_it_needs(void **state)
{
    (void)state;
    const struct shown_headers *headers = FIXTURE_HEADERS(VERSION, METHOD, NAME("add"));
    assert_int_equal(checked(OLD_CALL, headers), FAULT_MCP_META);
    assert_int_equal(checked(META(""), headers), FAULT_MCP_META);
    assert_int_equal(checked(META(META_VERSION("2026-07-28")), headers), FAULT_MCP_META);
    assert_int_equal(
        checked(META(META_VERSION("2026-07-28") ",\"io.modelcontextprotocol/clientCapabilities\":[]"), headers),
        FAULT_MCP_META);
    assert_int_equal(checked(META(META_VERSION("2026-07-28") META_CAPABILITIES
                                  ",\"io.modelcontextprotocol/clientInfo\":\"x\""),
                             headers),
                     FAULT_MCP_META);
    assert_int_equal(checked(META(META_VERSION("2026-07-28") META_CAPABILITIES), headers), FAULT_NONE);
}

static void name_a_version_that_is_spoken_here(void **state)
{
    (void)state;
    const char *later = META(META_VERSION("2027-01-01") META_CAPABILITIES);
    assert_int_equal(
        checked(later, FIXTURE_HEADERS({"mcp-protocol-version", "2027-01-01"}, METHOD, NAME("add"))),
        FAULT_MCP_VERSION);
    const char *earlier = META(META_VERSION("2025-11-25") META_CAPABILITIES);
    assert_int_equal(
        checked(earlier, FIXTURE_HEADERS({"mcp-protocol-version", "2025-11-25"}, METHOD, NAME("add"))),
        FAULT_MCP_VERSION);
}

static void of_a_notification_decide_its_generation(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, NEW_NOTIFICATION);
    assert_int_equal(mcp_headers_check(arena, FIXTURE_HEADERS(VERSION), &message), FAULT_NONE);
    assert_int_equal(message.generation, MCP_NEW);
    assert_int_equal(checked(NEW_NOTIFICATION, FIXTURE_HEADERS(VERSION, METHOD)), FAULT_MCP_HEADER_MISMATCH);
    message = fixture_message(arena, NEW_NOTIFICATION);
    assert_int_equal(mcp_headers_check(arena, FIXTURE_HEADERS({"a", "b"}), &message), FAULT_NONE);
    assert_int_equal(message.generation, MCP_OLD);
}

static void of_the_old_generation_say_the_version_and_no_more(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, OLD_CALL);
    assert_int_equal(mcp_headers_check(arena, FIXTURE_HEADERS({"a", "b"}), &message), FAULT_NONE);
    assert_true(text_is(message.version, "2025-03-26"));
    message = fixture_message(arena, OLD_CALL);
    assert_int_equal(mcp_headers_check(arena,
                                       FIXTURE_HEADERS({"mcp-protocol-version", "2025-06-18"},
                                                       {"mcp-method", "ping"}, NAME("other")),
                                       &message),
                     FAULT_NONE);
    assert_true(text_is(message.version, "2025-06-18"));
    assert_true(text_is(message.name, "add"));
    assert_int_equal(checked(OLD_CALL, FIXTURE_HEADERS({"mcp-protocol-version", "1999-01-01"})),
                     FAULT_MCP_VERSION);
    struct text version;
    assert_int_equal(mcp_headers_version(FIXTURE_HEADERS({"mcp-protocol-version", "2026-07-28"}), &version),
                     FAULT_MCP_VERSION);
}

static void do_not_mix_generations(void **state)
{
    (void)state;
    const char *initialize = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{}}";
    assert_int_equal(checked(initialize, FIXTURE_HEADERS(VERSION)), FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(checked(initialize, FIXTURE_HEADERS({"mcp-protocol-version", "2024-11-05"})), FAULT_NONE);
    assert_int_equal(checked("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}", FIXTURE_HEADERS(VERSION)),
                     FAULT_MCP_MESSAGE);
    assert_int_equal(checked("{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}", FIXTURE_HEADERS({"a", "b"})),
                     FAULT_NONE);
}

/* -- parameters */

#define SCHEMA                                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"       \
    "\"count\":{\"type\":\"integer\",\"x-mcp-header\":\"Count\"},"                                             \
    "\"deep\":{\"type\":\"object\",\"properties\":{\"dry\":{\"type\":\"boolean\",\"x-mcp-header\":\"Dry\"}}}," \
    "\"bad\":{\"type\":\"string\",\"x-mcp-header\":\"a b\"},"                                                  \
    "\"list\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"x-mcp-header\":\"Item\"}}}}"
#define CALL_WITH(arguments)                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/"                                                        \
    "call\",\"params\":{\"name\":\"add\",\"arguments\":" arguments "," NEW_META "}}"

static enum fault parameters(const char *body, const struct shown_headers *headers)
{
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, body);
    return mcp_headers_check_parameters(arena, headers, &message, fixture_json(arena, SCHEMA));
}

static void repeat_the_arguments_that_a_tool_marks(void **state)
{
    (void)state;
    const char *all =
        CALL_WITH("{\"region\":\"eu\",\"count\":42,\"deep\":{\"dry\":true},\"bad\":\"x\",\"list\":[\"y\"]}");
    assert_int_equal(parameters(all, FIXTURE_HEADERS({"mcp-param-region", "eu"}, {"mcp-param-count", "42"},
                                                     {"mcp-param-dry", "true"})),
                     FAULT_NONE);
    assert_int_equal(parameters(all, FIXTURE_HEADERS({"mcp-param-region", "=?base64?ZXU=?="},
                                                     {"mcp-param-count", "42.0"}, {"mcp-param-dry", "true"})),
                     FAULT_NONE);
    assert_int_equal(parameters(all, FIXTURE_HEADERS({"mcp-param-region", "us"}, {"mcp-param-count", "42"},
                                                     {"mcp-param-dry", "true"})),
                     FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(parameters(all, FIXTURE_HEADERS({"mcp-param-region", "eu"}, {"mcp-param-count", "43"},
                                                     {"mcp-param-dry", "true"})),
                     FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(parameters(all, FIXTURE_HEADERS({"mcp-param-region", "eu"}, {"mcp-param-count", "42"},
                                                     {"mcp-param-dry", "false"})),
                     FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(parameters(all, FIXTURE_HEADERS({"mcp-param-region", "eu"}, {"mcp-param-count", "42"})),
                     FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(parameters(all, FIXTURE_HEADERS({"mcp-param-region", "eu"}, {"mcp-param-region", "us"},
                                                     {"mcp-param-count", "42"}, {"mcp-param-dry", "true"})),
                     FAULT_MCP_HEADER_DOUBLED);
}

static void repeat_nothing_that_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(parameters(CALL_WITH("{\"region\":null}"), FIXTURE_HEADERS({"mcp-param-region", "eu"})),
                     FAULT_NONE);
    assert_int_equal(parameters(CALL_WITH("{\"count\":9007199254740993}"), FIXTURE_HEADERS({"a", "b"})),
                     FAULT_NONE);
    assert_int_equal(parameters(CALL_WITH("{\"count\":9007199254740993}"),
                                FIXTURE_HEADERS({"mcp-param-count", "9007199254740992"})),
                     FAULT_MCP_HEADER_MISMATCH);
    assert_int_equal(parameters(OLD_CALL, FIXTURE_HEADERS({"mcp-param-region", "eu"})), FAULT_NONE);
}

/* -- upstream */

static struct text upstream(const struct mcp_header_list *list, const char *name)
{
    struct text found = TEXT_NONE;
    for (size_t i = 0; i < list->count; i++)
        if (text_is(list->rows[i].name, name)) {
            assert_null(found.base);
            found = list->rows[i].value;
        }
    return found;
}

static void go_upstream_as_the_message_has_them(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, CALL_WITH("{\"region\":\"\xc3\xa4\",\"count\":1}"));
    const struct shown_headers *headers = FIXTURE_HEADERS(
        VERSION, METHOD, NAME("=?base64?YWRk?="), {"mcp-param-region", "=?base64?w6Q=?="},
        {"mcp-param-count", "1.0"}, {"mcp-param-other", "x"}, {"authorization", "Bearer x"}, {"cookie", "a=b"},
        {"x-forwarded-for", "10.0.0.1"}, {"forwarded", "for=x"}, {"mcp-session-id", "s"},
        {"last-event-id", "7"}, {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        {"tracestate", "a=1"}, {"tracestate", "b=2"});
    assert_int_equal(mcp_headers_check(arena, headers, &message), FAULT_NONE);
    struct mcp_header_list list;
    mcp_headers_upstream(arena, headers, &message, TEXT("2025-06-18"), fixture_json(arena, SCHEMA), &list);
    assert_true(text_is(upstream(&list, "content-type"), "application/json"));
    assert_true(text_is(upstream(&list, "accept"), "application/json, text/event-stream"));
    assert_true(text_is(upstream(&list, "mcp-protocol-version"), "2026-07-28"));
    assert_true(text_is(upstream(&list, "mcp-method"), "tools/call"));
    assert_true(text_is(upstream(&list, "mcp-name"), "add"));
    assert_true(text_is(upstream(&list, "mcp-param-region"), "=?base64?w6Q=?="));
    assert_true(text_is(upstream(&list, "mcp-param-count"), "1.0"));
    assert_true(text_starts_with(upstream(&list, "traceparent"), TEXT("00-4bf")));
    assert_int_equal(list.count, 8);
}

static void that_are_not_in_force_do_not_go_upstream(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, OLD_CALL);
    const struct shown_headers *headers = FIXTURE_HEADERS(METHOD, NAME("other"), {"last-event-id", "7"},
                                                          {"mcp-session-id", "s"}, {"baggage", "a\x01"});
    assert_int_equal(mcp_headers_check(arena, headers, &message), FAULT_NONE);
    struct mcp_header_list list;
    mcp_headers_upstream(arena, headers, &message, TEXT("2025-06-18"), NULL, &list);
    assert_null(upstream(&list, "mcp-method").base);
    assert_null(upstream(&list, "mcp-name").base);
    assert_true(text_is(upstream(&list, "last-event-id"), "7"));
    assert_true(text_is(upstream(&list, "mcp-protocol-version"), "2025-06-18"));
    assert_int_equal(list.count, 4);
    mcp_headers_upstream(arena, headers, NULL, TEXT_NONE, NULL, &list);
    assert_true(text_is(upstream(&list, "accept"), "text/event-stream"));
    assert_int_equal(list.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_the_new_generation_say_what_the_message_says),
        cmocka_unit_test(name_what_is_no_plain_text_in_base64),
        cmocka_unit_test(stand_there_once_and_are_text),
        cmocka_unit_test(want_a_meta_with_all_that_it_needs),
        cmocka_unit_test(name_a_version_that_is_spoken_here),
        cmocka_unit_test(of_a_notification_decide_its_generation),
        cmocka_unit_test(of_the_old_generation_say_the_version_and_no_more),
        cmocka_unit_test(do_not_mix_generations),
        cmocka_unit_test(repeat_the_arguments_that_a_tool_marks),
        cmocka_unit_test(repeat_nothing_that_is_not_there),
        cmocka_unit_test(go_upstream_as_the_message_has_them),
        cmocka_unit_test(that_are_not_in_force_do_not_go_upstream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

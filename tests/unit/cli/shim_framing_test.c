/* What dragoman mcp connect reads: event streams in whatever pieces, messages of both generations, challenges
 * as servers write them. */
#include "mcp/shim_challenge.h"
#include "mcp/shim_events.h"
#include "mcp/shim_message.h"
#include "session.h"

/* -- events */

struct heard {
    char text[512];
    size_t length;
};

static void hear(void *context, struct text data)
{
    struct heard *heard = context;
    assert_true(heard->length + data.length + 1 < sizeof(heard->text));
    memcpy(heard->text + heard->length, data.base, data.length);
    heard->length += data.length;
    heard->text[heard->length++] = '|';
}

/* The same whatever the pieces are. */
static void assert_events(const char *stream, const char *expected, const char *last_id)
{
    for (size_t piece = 1; piece <= strlen(stream); piece++) {
        struct heard heard = {0};
        struct shim_events events = {.event = hear, .context = &heard, .limit = 64};
        for (size_t at = 0; at < strlen(stream); at += piece) {
            size_t left = strlen(stream) - at;
            assert_true(shim_events_take(&events, (struct text){stream + at, left < piece ? left : piece}));
        }
        assert_true(text_is((struct text){heard.text, heard.length}, expected));
        assert_true(text_is(shim_events_last_id(&events), last_id));
        shim_events_dispose(&events);
    }
}

static void tells_events_apart_whatever_ends_their_lines(void **state)
{
    (void)state;
    assert_events("data: a\n\ndata:b\r\n\r\ndata:  c\r\r", "a|b| c|", "");
    assert_events("data: a\ndata: b\n\n", "a\nb|", "");
    assert_events(": alive\n\n: alive\n\ndata: x\n\n", "x|", "");
    assert_events("event: message\ndata: x\n\nevent: endpoint\ndata: y\n\ndata: z\n\n", "x|z|", "");
    assert_events("data: half", "", "");
}

static void keeps_the_id_of_the_last_whole_event(void **state)
{
    (void)state;
    assert_events("id: 1\ndata: \n\n", "", "1"); /* one that primes the stream */
    assert_events("id: 1\ndata: x\n\nid: 2\ndata: y\n", "x|", "1");
    assert_events("id: 1\ndata: x\n\ndata: y\n\n", "x|y|", "1");
    assert_events("id: 1\ndata: x\n\nid: \xc3\xa9\ndata: y\n\n", "x|y|", "");
}

static void takes_no_event_above_the_limit(void **state)
{
    struct heard heard = {0};
    char line[80];
    (void)state;
    memset(line, 'x', sizeof(line));
    struct shim_events events = {.event = hear, .context = &heard, .limit = 64};
    assert_false(shim_events_take(&events, (struct text){line, sizeof(line)}));
    shim_events_dispose(&events);
    events = (struct shim_events){.event = hear, .context = &heard, .limit = 64};
    assert_true(shim_events_take(&events, TEXT("data: 0123456789012345678901234567890123456789\n")));
    assert_false(shim_events_take(&events, TEXT("data: 0123456789012345678901234567890123456789\n")));
    shim_events_dispose(&events);
}

static void goes_on_with_another_stream_where_the_last_whole_event_was(void **state)
{
    struct heard heard = {0};
    struct shim_events events = {.event = hear, .context = &heard, .limit = 64};
    (void)state;
    assert_true(shim_events_take(&events, TEXT("retry: 250\nid: 7\ndata: x\n\nid: 8\ndata: ha")));
    shim_events_restart(&events);
    assert_true(text_is(shim_events_last_id(&events), "7"));
    assert_int_equal(events.retry_ms, 250);
    assert_true(shim_events_take(&events, TEXT("data: y\n\n")));
    assert_true(text_is((struct text){heard.text, heard.length}, "x|y|"));
    assert_true(text_is(shim_events_last_id(&events), "7"));
    shim_events_dispose(&events);
}

/* -- messages */

static struct shim_message read_message(struct arena *arena, const char *line)
{
    struct shim_message message;
    assert_null(shim_message_read(arena, text_of(line), &message));
    return message;
}

static void tells_requests_notifications_and_responses(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct shim_message message;
    (void)state;
    assert_int_equal(read_message(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}").kind,
                     SHIM_REQUEST);
    assert_int_equal(read_message(arena, "{\"jsonrpc\":\"2.0\",\"method\":\"n\"}").kind, SHIM_NOTIFICATION);
    assert_int_equal(read_message(arena, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}").kind,
                     SHIM_RESPONSE);
    assert_int_equal(read_message(arena, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}").kind, SHIM_RESPONSE);
    static const char *const none[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"result\":{}}",
        "{\"id\":1,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"method\":\"b\"}",
        "[{\"jsonrpc\":\"2.0\",\"method\":\"a\"}]",
        "7",
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_non_null(shim_message_read(arena, text_of(none[i]), &message));
}

static struct text name_of(struct arena *arena, const char *method, const char *member, const char *name)
{
    struct text line =
        arena_print(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{\"%s\":\"%s\"}}",
                    method, member, name);
    struct shim_message message = read_message(arena, line.base);
    return shim_message_name(arena, &message);
}

static void names_what_a_call_is_about_in_characters_that_headers_have(void **state)
{
    SCOPED_ARENA arena = arena_create();
    (void)state;
    assert_true(text_is(name_of(arena, "tools/call", "name", "add two"), "add two"));
    assert_true(text_is(name_of(arena, "prompts/get", "name", "p"), "p"));
    assert_true(text_is(name_of(arena, "resources/read", "uri", "file:///a"), "file:///a"));
    assert_null(name_of(arena, "tools/list", "name", "x").base);
    assert_true(text_is(name_of(arena, "tools/call", "name", "\xc3\xa9"), "=?base64?w6k=?="));
    assert_true(text_is(name_of(arena, "tools/call", "name", " a"), "=?base64?IGE=?="));
    assert_true(text_is(name_of(arena, "tools/call", "name", "a\\nb: c"), "=?base64?YQpiOiBj?="));
    assert_true(
        text_is(name_of(arena, "tools/call", "name", "=?base64?YQ==?="), "=?base64?PT9iYXNlNjQ/WVE9PT89?="));
}

static void knows_the_generation_by_what_the_message_says(void **state)
{
    SCOPED_ARENA arena = arena_create();
    (void)state;
    assert_true(
        text_is(read_message(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"_meta\":{"
                                    "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}")
                    .version,
                "2026-07-28"));
    assert_null(read_message(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
                                    "\"protocolVersion\":\"2025-11-25\"}}")
                    .version.base);
}

static void writes_a_message_on_one_line(void **state)
{
    SCOPED_BUFFER out = {0};
    (void)state;
    shim_message_flatten(&out, TEXT("{\r\n\"a\": \"\\n\"}"));
    assert_true(text_is(buffer_text(&out), "{  \"a\": \"\\n\"}"));
}

/* -- challenges */

static void reads_challenges_as_servers_write_them(void **state)
{
    SCOPED_ARENA arena = arena_create();
    (void)state;
    struct shim_challenge challenge = shim_challenge_read(
        arena, TEXT("Bearer error=\"insufficient_scope\", error_description=\"unexpected \"aud\" claim\", "
                    "scope=\"a b\", resource_metadata=\"https://s.example/m\""));
    assert_true(text_is(challenge.error, "insufficient_scope"));
    assert_true(text_is(challenge.scope, "a b"));
    assert_true(text_is(challenge.resource_metadata, "https://s.example/m"));
    challenge = shim_challenge_read(arena, TEXT("Negotiate YII==, Basic realm=\"scope=x\", bearer scope=a"));
    assert_true(text_is(challenge.scope, "a"));
    challenge = shim_challenge_read(arena, TEXT("DPoP scope=\"x\", error=\"y\""));
    assert_null(challenge.scope.base);
    static const char *const odd[] = {"",    "Bearer", "Bearer =", "Bearer scope=\"a", "Bearer scope=\"a\\",
                                      ",,,", "="};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_null(shim_challenge_read(arena, text_of(odd[i])).error.base);
}

static void joins_scopes_without_repeating_any(void **state)
{
    SCOPED_ARENA arena = arena_create();
    (void)state;
    assert_true(text_is(shim_scopes_join(arena, TEXT("a b"), TEXT("b  c a")), "a b c"));
    assert_true(text_is(shim_scopes_join(arena, TEXT_NONE, TEXT("x")), "x"));
    assert_true(text_is(shim_scopes_join(arena, TEXT_NONE, TEXT_NONE), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_events_apart_whatever_ends_their_lines),
        cmocka_unit_test(keeps_the_id_of_the_last_whole_event),
        cmocka_unit_test(takes_no_event_above_the_limit),
        cmocka_unit_test(goes_on_with_another_stream_where_the_last_whole_event_was),
        cmocka_unit_test(tells_requests_notifications_and_responses),
        cmocka_unit_test(names_what_a_call_is_about_in_characters_that_headers_have),
        cmocka_unit_test(knows_the_generation_by_what_the_message_says),
        cmocka_unit_test(writes_a_message_on_one_line),
        cmocka_unit_test(reads_challenges_as_servers_write_them),
        cmocka_unit_test(joins_scopes_without_repeating_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

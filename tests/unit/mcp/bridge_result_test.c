/* Answers of HTTP APIs as results of tools. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/bridge_result.h"
#include "message_fixture.h"

static struct text result(struct arena *arena, const char *call, bool promises, int status, const char *type,
                          struct text body)
{
    const struct openapi_operation operation = {.tool = TEXT("add"), .has_output_schema = promises};
    const struct mcp_message message = fixture_message(arena, call);
    const struct bridge_response response = {
        .status = status, .content_type = text_of(type), .body = body, .call = TEXT("C1")};
    return arena_copy(arena, bridge_result_write(arena, &operation, &message, &response));
}

static void assert_result(int status, const char *type, const char *body, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct text whole = arena_print(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{%s}}", expected);
    assert_string_equal(result(arena, OLD_CALL, false, status, type, text_of(body)).base, whole.base);
}

#define CONTENT(text) "\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]"
#define BLOB(type, data)                                                                                       \
    "\"content\":[{\"type\":\"resource\",\"resource\":{\"uri\":\"urn:dragoman:call:C1\",\"mimeType\":\"" type  \
    "\",\"blob\":\"" data "\"}}]"

static void is_what_its_type_says(void **state)
{
    (void)state;
    assert_result(200, "application/json", "{\"a\": \"\\u0041\"}",
                  CONTENT("{\\\"a\\\": \\\"\\\\u0041\\\"}") ",\"structuredContent\":{\"a\":\"A\"}");
    assert_result(201, "Application/Problem+JSON; charset=utf-8", "{}",
                  CONTENT("{}") ",\"structuredContent\":{}");
    assert_result(200, "application/json", "[1]", CONTENT("[1]"));
    assert_result(200, "application/json", "{\"a\":1,\"a\":2}", CONTENT("{\\\"a\\\":1,\\\"a\\\":2}"));
    assert_result(200, "text/html", "<b>\"\n</b>", CONTENT("<b>\\\"\\n</b>"));
    assert_result(200, NULL, "word", CONTENT("word"));
    assert_result(204, NULL, "", CONTENT("HTTP 204"));
    assert_result(200, "image/png", "\x89PNG",
                  "\"content\":[{\"type\":\"image\",\"data\":\"iVBORw==\",\"mimeType\":\"image/png\"}]");
    assert_result(200, "audio/wav", "RIFF",
                  "\"content\":[{\"type\":\"audio\",\"data\":\"UklGRg==\",\"mimeType\":\"audio/wav\"}]");
    assert_result(200, "application/pdf", "%PDF", BLOB("application/pdf", "JVBERg=="));
    assert_result(200, "text/plain; charset=latin1", "caf\xe9", BLOB("text/plain", "Y2Fm6Q=="));
    assert_result(200, "a\x01/b", "\xff", BLOB("application/octet-stream", "/w=="));
}

static void is_a_failure_where_the_status_says_so(void **state)
{
    (void)state;
    assert_result(404, "application/json", "{\"e\":1}", CONTENT("HTTP 404: {\\\"e\\\":1}") ",\"isError\":true");
    assert_result(302, "image/png", "x", CONTENT("HTTP 302") ",\"isError\":true");
    assert_result(500, "text/plain", "\xff", CONTENT("HTTP 500") ",\"isError\":true");
    SCOPED_ARENA arena = arena_create();
    char *body = arena_allocate(arena, BRIDGE_FAILURE_BYTES_MAX + 3);
    memset(body, 'a', BRIDGE_FAILURE_BYTES_MAX - 1);
    memcpy(body + BRIDGE_FAILURE_BYTES_MAX - 1, "\xc3\xa9!", 3); /* cut before it, not within it */
    struct text said = result(arena, OLD_CALL, false, 500, "text/plain", text_of(body));
    assert_non_null(strstr(said.base, "aaa ...\"}],\"isError\":true"));
    assert_true(text_is_utf8(said) && said.length < BRIDGE_FAILURE_BYTES_MAX + 200);
}

static void keeps_the_promise_of_the_tool_or_says_that_it_is_broken(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char *const broken[][2] = {
        {"application/json", "[1]"}, {"text/plain", "{}"}, {"application/json", "{"}, {NULL, ""}};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_non_null(strstr(result(arena, OLD_CALL, true, 200, broken[i][0], text_of(broken[i][1])).base,
                               "not the object that the tool promises"));
    assert_null(strstr(result(arena, OLD_CALL, true, 200, "application/json", TEXT("{}")).base, "isError"));
}

static void says_that_it_is_complete_in_the_newer_generation(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text said = result(arena, NEW_CALL, false, 200, "text/plain", TEXT("x"));
    assert_string_equal(
        said.base, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{" CONTENT("x") ",\"resultType\":\"complete\"}}");
}

/* What is too deep for the envelope stays text; the whole is read again as an answer. */
static void can_be_read_as_an_answer_however_deep_its_body_is(void **state)
{
    (void)state;
    for (unsigned depth = 40; depth < 80; depth++) {
        SCOPED_ARENA arena = arena_create();
        struct buffer body = buffer_in(arena, 1024);
        for (unsigned i = 0; i < depth; i++)
            buffer_append(&body, TEXT("{\"a\":"));
        buffer_append(&body, TEXT("1"));
        for (unsigned i = 0; i < depth; i++)
            buffer_append(&body, TEXT("}"));
        struct text said = result(arena, NEW_CALL, false, 200, "application/json", buffer_text(&body));
        struct mcp_answer answer;
        assert_int_equal(mcp_answer_read(arena, said, said.length, &answer), FAULT_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_its_type_says),
        cmocka_unit_test(is_a_failure_where_the_status_says_so),
        cmocka_unit_test(keeps_the_promise_of_the_tool_or_says_that_it_is_broken),
        cmocka_unit_test(says_that_it_is_complete_in_the_newer_generation),
        cmocka_unit_test(can_be_read_as_an_answer_however_deep_its_body_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

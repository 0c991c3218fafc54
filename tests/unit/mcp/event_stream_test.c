/* Events come out the same however a stream is cut, and as they were written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "message/event_stream.h"

/* Each event as a line of its own: id|type|data|retry; "-" for what is not there. */
static enum fault note(void *context, const struct event *event)
{
    buffer_print(context, "%.*s|%.*s|%.*s|%.*s\n", TEXT_ARGUMENTS(event->has_id ? event->id : TEXT("-")),
                 TEXT_ARGUMENTS(event->type), TEXT_ARGUMENTS(event->has_data ? event->data : TEXT("-")),
                 TEXT_ARGUMENTS(event->retry.base != NULL ? event->retry : TEXT("-")));
    return FAULT_NONE;
}

static enum fault read_in_pieces(struct text stream_text, size_t piece, size_t most, struct buffer *noted)
{
    struct event_stream stream;
    event_stream_begin(&stream, most);
    const struct event_reader reader = {note, noted};
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < stream_text.length && fault == FAULT_NONE; i += piece) {
        size_t length = stream_text.length - i < piece ? stream_text.length - i : piece;
        char *alone = malloc(length); /* so that reading beyond it is found */
        memcpy(alone, stream_text.base + i, length);
        fault = event_stream_take(&stream, (struct text){alone, length}, &reader);
        free(alone);
    }
    event_stream_dispose(&stream);
    return fault;
}

static void assert_events(struct text stream, const char *expected)
{
    for (size_t piece = 1; piece <= stream.length; piece++) {
        SCOPED_BUFFER noted = {0};
        assert_int_equal(read_in_pieces(stream, piece, 1000, &noted), FAULT_NONE);
        buffer_append_byte(&noted, '\0');
        assert_string_equal(noted.base, expected);
    }
}
#define ASSERT_EVENTS(stream, expected) assert_events(TEXT(stream), expected)

static void ends_lines_in_three_ways(void **state)
{
    (void)state;
    ASSERT_EVENTS("data: a\n\ndata: b\n\n", "-||a|-\n-||b|-\n");
    ASSERT_EVENTS("data: a\r\rdata: b\r\r", "-||a|-\n-||b|-\n");
    ASSERT_EVENTS("data: a\r\n\r\ndata: b\r\n\r\n", "-||a|-\n-||b|-\n");
    ASSERT_EVENTS("data: a\r\n\ndata: b\n\r\n", "-||a|-\n-||b|-\n");
}

static void knows_the_fields(void **state)
{
    (void)state;
    ASSERT_EVENTS("id: 7\nevent: message\nretry: 250\ndata: a\ndata:b\ndata:  c\n\n",
                  "7|message|a\nb\n c|250\n");
    ASSERT_EVENTS("data\n\ndata\ndata\n\n", "-|||-\n-||\n|-\n");
    ASSERT_EVENTS("DATA: a\ndat: b\nother\ndata: c\n\n", "-||c|-\n");
    ASSERT_EVENTS("retry: 1x\nid: a\0b\ndata: c\n\n", "-||c|-\n");
    ASSERT_EVENTS("id\ndata: c\n\n", "||c|-\n");
    ASSERT_EVENTS("event: a\nevent: b\ndata: c\n\n", "-|b|c|-\n");
}

static void tells_what_primes_a_stream(void **state)
{
    (void)state;
    ASSERT_EVENTS("id: p\ndata: \n\nid: q\nretry: 3\n\n", "p|||-\nq||-|3\n");
}

static void passes_over_comments_marks_and_what_is_not_finished(void **state)
{
    (void)state;
    ASSERT_EVENTS("\xef\xbb\xbf: hello\n\n\n\ndata: a\n:\n\n:ping\n\ndata: lost\n", "-||a|-\n");
    ASSERT_EVENTS("\xef\xbb\xbf"
                  "data: a\n\n",
                  "-||a|-\n");
    ASSERT_EVENTS("\xef\xbb"
                  "data: a\n\ndata: b\n\n",
                  "-||b|-\n");
    ASSERT_EVENTS("data: a\n\n\xef\xbb\xbf"
                  "data: b\n\n",
                  "-||a|-\n");
}

static enum fault refuse_all(void *context, const struct event *event)
{
    (void)context;
    (void)event;
    return FAULT_MCP_STALLED;
}

static void holds_no_more_than_one_event_may_be(void **state)
{
    (void)state;
    struct text fits = TEXT("data: 0123456789\n\ndata: 0123456789\n\n"),
                big = TEXT("data: 0123456789\ndata: 012345\n\n");
    struct text comment = TEXT(":0123456789012345678901234567890\ndata: a\n\n");
    struct text unknown = TEXT("unknown0123456789012345678901234567890\ndata: a\n\n");
    for (size_t piece = 1; piece < 40; piece++) {
        SCOPED_BUFFER noted = {0};
        assert_int_equal(read_in_pieces(fits, piece, 16, &noted), FAULT_NONE);
        assert_int_equal(read_in_pieces(comment, piece, 16, &noted), FAULT_NONE);
        assert_int_equal(read_in_pieces(big, piece, 16, &noted), FAULT_MCP_UPSTREAM_ANSWER);
        assert_int_equal(read_in_pieces(unknown, piece, 16, &noted), FAULT_MCP_UPSTREAM_ANSWER);
    }
}

static void does_not_wait_for_the_end_of_a_line_that_has_none(void **state)
{
    (void)state;
    struct event_stream stream;
    const struct event_reader reader = {refuse_all, NULL};
    event_stream_begin(&stream, 16);
    assert_int_equal(event_stream_take(&stream, TEXT("data: 0123456789"), &reader), FAULT_NONE);
    assert_int_equal(event_stream_take(&stream, TEXT("0"), &reader), FAULT_MCP_UPSTREAM_ANSWER);
    event_stream_dispose(&stream);
    event_stream_begin(&stream, 16);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(event_stream_take(&stream, TEXT(":0123456789"), &reader), FAULT_NONE);
    assert_true(stream.line.capacity == 0);
    event_stream_dispose(&stream);
}

static void takes_utf8_alone(void **state)
{
    (void)state;
    SCOPED_BUFFER noted = {0};
    assert_int_equal(read_in_pieces(TEXT("data: \xff\n\n"), 3, 100, &noted), FAULT_MCP_UPSTREAM_ANSWER);
    ASSERT_EVENTS("data: \xc3\xa4\n\n", "-||\xc3\xa4|-\n");
}

static enum fault refuse(void *context, const struct event *event)
{
    (void)event;
    ++*(int *)context;
    return FAULT_MCP_STALLED;
}

static void stops_at_a_fault_of_its_reader(void **state)
{
    (void)state;
    struct event_stream stream;
    int count = 0;
    event_stream_begin(&stream, 100);
    const struct event_reader reader = {refuse, &count};
    assert_int_equal(event_stream_take(&stream, TEXT("data: a\n\ndata: b\n\n"), &reader), FAULT_MCP_STALLED);
    assert_int_equal(count, 1);
    event_stream_dispose(&stream);
}

static void gives_memory_back_behind_a_large_event(void **state)
{
    (void)state;
    SCOPED_BUFFER text = {0}, noted = {0};
    buffer_append(&text, TEXT("data: "));
    for (int i = 0; i < 100000; i++)
        buffer_append_byte(&text, 'x');
    struct event_stream stream;
    event_stream_begin(&stream, 1 << 20);
    const struct event_reader reader = {note, &noted};
    assert_int_equal(event_stream_take(&stream, buffer_text(&text), &reader), FAULT_NONE);
    assert_int_equal(event_stream_take(&stream, TEXT("\n\n"), &reader), FAULT_NONE);
    assert_true(stream.line.capacity + stream.data.capacity < 20000);
    event_stream_dispose(&stream);
}

static void is_written_as_it_is_read(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    event_write(&out, &(struct event){.id = TEXT("7"),
                                      .has_id = true,
                                      .type = TEXT("message"),
                                      .retry = TEXT("5"),
                                      .data = TEXT("a\nb\r\n\rc"),
                                      .has_data = true});
    buffer_append(&out, TEXT(": ping\n\n"));
    event_write(&out, &(struct event){.id = TEXT("8"), .has_id = true, .data = TEXT(""), .has_data = true});
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.base,
                        "event: message\nid: 7\nretry: 5\ndata: a\ndata: b\ndata: \ndata: c\n\n: ping\n\n"
                        "id: 8\ndata: \n\n");
    out.length--;
    assert_events(buffer_text(&out), "7|message|a\nb\n\nc|5\n8|||-\n");
}

static void bounds_how_long_a_client_waits_before_it_comes_again(void **state)
{
    (void)state;
    char digits[RETRY_DIGITS_MAX];
    assert_true(text_is(event_retry(TEXT("0"), digits), "1000"));
    assert_true(text_is(event_retry(TEXT("999"), digits), "1000"));
    assert_true(text_is(event_retry(TEXT("1500"), digits), "1500"));
    assert_true(text_is(event_retry(TEXT("60001"), digits), "60000"));
    assert_true(text_is(event_retry(TEXT("99999999999999999999999"), digits), "60000"));
    assert_null(event_retry(TEXT_NONE, digits).base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_lines_in_three_ways),
        cmocka_unit_test(knows_the_fields),
        cmocka_unit_test(tells_what_primes_a_stream),
        cmocka_unit_test(passes_over_comments_marks_and_what_is_not_finished),
        cmocka_unit_test(holds_no_more_than_one_event_may_be),
        cmocka_unit_test(does_not_wait_for_the_end_of_a_line_that_has_none),
        cmocka_unit_test(takes_utf8_alone),
        cmocka_unit_test(stops_at_a_fault_of_its_reader),
        cmocka_unit_test(gives_memory_back_behind_a_large_event),
        cmocka_unit_test(is_written_as_it_is_read),
        cmocka_unit_test(bounds_how_long_a_client_waits_before_it_comes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

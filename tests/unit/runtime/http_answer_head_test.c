/* Heads of answers: what is handed on, and what is refused. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "http_answer_head.h"

static enum http_answer_head_state take(struct http_answer_head *head, const char *line)
{
    return http_answer_head_take(head, text_of(line));
}

static void lists_fields_with_their_names_in_lower_case(void **state)
{
    (void)state;
    struct http_answer_head head = {0};
    assert_int_equal(take(&head, "HTTP/2 207 \r\n"), HTTP_ANSWER_HEAD_MORE);
    assert_int_equal(take(&head, "Set-Cookie: a=b; Path=/\r\n"), HTTP_ANSWER_HEAD_MORE);
    assert_int_equal(take(&head, "set-cookie:c\r\n"), HTTP_ANSWER_HEAD_MORE);
    assert_int_equal(take(&head, "X-Empty:\r\n"), HTTP_ANSWER_HEAD_MORE);
    assert_int_equal(take(&head, "\r\n"), HTTP_ANSWER_HEAD_COMPLETE);
    assert_int_equal(head.status, 207);
    assert_int_equal(head.count, 3);
    assert_true(text_is(head.headers[0].name, "set-cookie") && text_is(head.headers[0].value, "a=b; Path=/"));
    assert_true(text_is(head.headers[1].name, "set-cookie") && text_is(head.headers[1].value, "c"));
    assert_true(text_is(head.headers[2].name, "x-empty") && head.headers[2].value.length == 0);
    http_answer_head_dispose(&head);
}

static void passes_over_interim_answers_and_their_fields(void **state)
{
    (void)state;
    struct http_answer_head head = {0};
    take(&head, "HTTP/1.1 103 Early Hints\r\n");
    take(&head, "Link: </a>\r\n");
    assert_int_equal(take(&head, "\r\n"), HTTP_ANSWER_HEAD_MORE);
    take(&head, "HTTP/1.1 404\r\n");
    take(&head, "X: y\r\n");
    assert_int_equal(take(&head, "\r\n"), HTTP_ANSWER_HEAD_COMPLETE);
    assert_int_equal(head.status, 404);
    assert_int_equal(head.count, 1);
    http_answer_head_dispose(&head);
}

static void refuses_what_the_next_reader_could_misread(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "No-Colon\r\n", ": no name\r\n",  "Bad Name: x\r\n",  "X\t: y\r\n",      "X: a\rb\r\n",
        "X: a\x01\r\n", " folded: x\r\n", "X\xc3\xa4: y\r\n", "HTTP/1.1 2x\r\n", "HTTP/1.1\r\n"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct http_answer_head head = {0};
        take(&head, "HTTP/1.1 200 OK\r\n");
        if (take(&head, lines[i]) != HTTP_ANSWER_HEAD_MALFORMED)
            fail_msg("taken: %s", lines[i]);
        http_answer_head_dispose(&head);
    }
}

static void bounds_the_number_of_fields_and_their_bytes(void **state)
{
    (void)state;
    struct http_answer_head head = {0};
    take(&head, "HTTP/1.1 200 OK\r\n");
    for (unsigned i = 0; i < HTTP_STREAM_HEADERS_MAX; i++)
        assert_int_equal(take(&head, "x: y\r\n"), HTTP_ANSWER_HEAD_MORE);
    assert_int_equal(take(&head, "x: y\r\n"), HTTP_ANSWER_HEAD_TOO_LARGE);
    http_answer_head_dispose(&head);

    char large[1100];
    unsigned count = 0;
    head = (struct http_answer_head){0};
    snprintf(large, sizeof(large), "x: %01000d\r\n", 1);
    do {
        count++;
        take(&head, "HTTP/1.1 103 Early Hints\r\n"); /* starting over forgives nothing */
    } while (take(&head, large) == HTTP_ANSWER_HEAD_MORE && count < 100);
    assert_true(count > 60 && count < 65);
    http_answer_head_dispose(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_fields_with_their_names_in_lower_case),
        cmocka_unit_test(passes_over_interim_answers_and_their_fields),
        cmocka_unit_test(refuses_what_the_next_reader_could_misread),
        cmocka_unit_test(bounds_the_number_of_fields_and_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

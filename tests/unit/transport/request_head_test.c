/* Request heads: what is well formed is read, and every way to say two things at once is refused. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "request_head.h"

static enum fault read(const char *text, struct request_head *head)
{
    return request_head_read(text_of(text), head);
}

static void reads_heads_and_where_their_bodies_end(void **state)
{
    (void)state;
    struct request_head head;
    assert_int_equal(read("GET /a?b=c HTTP/1.1\r\nHost: a.example:8443\r\n\r\n", &head), FAULT_NONE);
    assert_int_equal(head.body, HEAD_BODY_NONE);
    assert_int_equal(read("GET / HTTP/1.0\r\n\r\n", &head), FAULT_NONE);
    assert_int_equal(read("POST / HTTP/1.1\r\nhOST:[::1]\r\nContent-Length: 12 \r\nX:\t\x80 y\r\n\r\n", &head),
                     FAULT_NONE);
    assert_int_equal(head.body, HEAD_BODY_LENGTH);
    assert_int_equal(head.content_length, 12);
    assert_int_equal(read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", &head), FAULT_NONE);
    assert_int_equal(head.body, HEAD_BODY_NONE);
    assert_int_equal(
        read("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nExpect: 100-continue\r\n\r\n", &head),
        FAULT_NONE);
    assert_int_equal(head.body, HEAD_BODY_CHUNKED);
    assert_true(head.expects_continue);
}

static void refuses_targets_that_are_not_a_plain_path(void **state)
{
    (void)state;
    static const char *const targets[] = {"*",     "",       "http://a/", "a",      "a:443", "/a#b",
                                          "/\x01", "/a\x7f", "/\xc3\xa4", "/a%00b", "//\x1f"};
    for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
        char head[128];
        struct request_head out;
        snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", targets[i]);
        assert_int_equal(read(head, &out), FAULT_REQUEST_TARGET);
        assert_false(request_target_is_plain(text_of(targets[i])));
    }
    assert_true(request_target_is_plain(TEXT("/a/b?c=%20d")));
}

static void refuses_heads_that_can_be_read_in_two_ways(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1234567890123456\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET /\r\nHost: a\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n",
        "",
    };
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        struct request_head out;
        if (read(heads[i], &out) == FAULT_NONE)
            fail_msg("read: %s", heads[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_heads_and_where_their_bodies_end),
        cmocka_unit_test(refuses_targets_that_are_not_a_plain_path),
        cmocka_unit_test(refuses_heads_that_can_be_read_in_two_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

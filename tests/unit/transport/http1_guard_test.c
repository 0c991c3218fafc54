/* HTTP/1 on real sockets: heads are refused before routing wherever their bytes are cut, also behind other
 * requests of the same connection, and honest clients notice nothing. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

static const char hello[] = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
static const char smuggling[] =
    "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

static void expect_refusal(struct wire *wire, const char *status)
{
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), status));
    assert_non_null(strstr(wire_received(wire), "{\"error\":\"invalid_request\""));
}

static void refuses_bad_heads_wherever_they_are_cut(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < sizeof(smuggling) - 1; cut += 7) {
        struct wire *wire = wire_open_tcp(stage.clear_port);
        wire_write(wire, smuggling, cut);
        usleep(2000);
        wire_write_text(wire, smuggling + cut);
        expect_refusal(wire, "HTTP/1.1 400 ");
        wire_close(wire);
    }
    assert_int_equal(stage.calls, 0);
}

static void refuses_bad_heads_behind_good_ones(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "http/1.1");
    for (unsigned round = 0; round < 3; round++) { /* h2o has set its own reader three times by then */
        wire_forget(wire);
        assert_true(wire_write_text(wire, hello));
        assert_true(wire_read_until(wire, "\r\n\r\nhello"));
    }
    wire_forget(wire);
    assert_true(wire_write_text(wire, smuggling));
    expect_refusal(wire, "HTTP/1.1 400 ");
    assert_int_equal(stage.calls, 3);
    wire_close(wire);

    wire = wire_open_tcp(stage.clear_port); /* in one burst */
    assert_true(wire_write_text(wire, hello));
    assert_true(wire_write_text(wire, smuggling));
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), "hello"));
    assert_int_equal(stage.calls, 4);
    wire_close(wire);
}

static void refuses_what_h2o_alone_would_take(void **state)
{
    (void)state;
    static const struct {
        const char *head, *status;
    } cases[] = {
        {"GET /hello HTTP/1.1\nHost: a\n\n", "400"},
        {"GET http://a/hello HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        {"GET /hello HTTP/1.1\r\n\r\n", "400"},
        {"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
        {"GET /hello HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "400"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct wire *wire = wire_open_tcp(stage.clear_port);
        assert_true(wire_write_text(wire, cases[i].head));
        expect_refusal(wire, cases[i].status);
        wire_close(wire);
    }
    assert_int_equal(stage.calls, 0);
}

static void refuses_heads_that_are_too_large(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tcp(stage.clear_port);
    static char filler[40 * 1024];
    memset(filler, 'x', sizeof(filler) - 1);
    wire_write_text(wire, "GET /hello HTTP/1.1\r\nHost: a\r\nX: ");
    usleep(20 * 1000);
    wire_write_text(wire, filler);
    expect_refusal(wire, "HTTP/1.1 431 ");
    wire_close(wire);
}

static void serves_bodies_requests_in_a_row_and_expectations(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "http/1.1");
    assert_true(wire_write_text(wire, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"));
    usleep(20 * 1000);
    assert_true(wire_write_text(wire, "cdeGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(wire, "\r\n\r\nhello"));
    assert_non_null(strstr(wire_received(wire), "\r\n\r\n5"));
    wire_forget(wire);
    assert_true(wire_write_text(
        wire, "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n"));
    assert_true(wire_read_until(wire, "100 Continue\r\n\r\n"));
    wire_forget(wire);
    assert_true(wire_write_text(wire, "1234567"));
    assert_true(wire_read_until(wire, "\r\n\r\n7"));
    wire_forget(wire);
    assert_true(wire_write_text(wire, smuggling)); /* still guarded after an expectation */
    expect_refusal(wire, "HTTP/1.1 400 ");
    wire_close(wire);
}

static void serves_nothing_after_a_chunked_body(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tcp(stage.clear_port);
    assert_true(wire_write_text(wire, "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                      "3\r\nabc\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_end(wire));
    assert_non_null(strstr(wire_received(wire), "\r\n\r\n3"));
    assert_null(strstr(wire_received(wire), "hello"));
    assert_int_equal(stage.calls, 1);
    wire_close(wire);
}

static int start_impatient(void **state)
{
    (void)state;
    struct server_limits limits = server_usual_limits();
    limits.header_s = limits.body_s = 1;
    limits.idle_s = 2;
    stage_start_with(&limits);
    return 0;
}

static void ends_connections_whose_head_or_body_is_dribbled(void **state)
{
    (void)state;
    static const char *const starts[] = {"GET /hello HTTP/1.1\r\n",
                                         "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n"};
    static const enum metric metrics[] = {METRIC_CUT_HEADER_TIMEOUT, METRIC_CUT_BODY_TIMEOUT};
    for (unsigned i = 0; i < 2; i++) {
        struct wire *wire = wire_open_tcp(stage.clear_port);
        wire_write_text(wire, starts[i]);
        for (unsigned piece = 0; piece < 30 && metric_read(metrics[i]) == 0; piece++) {
            wire_write_text(wire, "x");
            usleep(100 * 1000);
        }
        assert_int_equal(metric_read(metrics[i]), 1);
        assert_true(wire_read_end(wire));
        wire_close(wire);
    }
}

static void ends_connections_without_requests(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tcp(stage.clear_port);
    assert_true(wire_write_text(wire, hello));
    assert_true(wire_read_end(wire));
    wire_close(wire);
}

#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(refuses_bad_heads_wherever_they_are_cut),
        STAGE_TEST(refuses_bad_heads_behind_good_ones),
        STAGE_TEST(refuses_what_h2o_alone_would_take),
        STAGE_TEST(refuses_heads_that_are_too_large),
        STAGE_TEST(serves_bodies_requests_in_a_row_and_expectations),
        STAGE_TEST(serves_nothing_after_a_chunked_body),
        cmocka_unit_test_setup_teardown(ends_connections_whose_head_or_body_is_dribbled, start_impatient,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(ends_connections_without_requests, start_impatient, stage_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

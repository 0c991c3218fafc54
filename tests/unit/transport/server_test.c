/* The server as clients meet it: libcurl over HTTP/2 and HTTP/1.1, the Unix socket, two loops, and the drain.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "runtime/http_client.h"
#include "runtime/metrics.h"
#include "stage.h"
#include "wire.h"

/* --- requests --- */

static int fetch(const char *scheme, uint16_t port, const char *path, const char *unix_path,
                 struct buffer *body)
{
    char url[128];
    snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s", scheme, port, path);
    struct http_request request = {.url = text_of(url), .answer_limit = 1 << 20, .timeout_ms = 10000};
    struct http_answer answer;
    if (http_fetch(&request, unix_path, stage.certificate, &answer, body) != FAULT_NONE)
        fail_msg("%s: %s", url, answer.detail);
    buffer_append_byte(body, '\0');
    return answer.status;
}

static void answers_libcurl_over_http2(void **state)
{
    (void)state;
    SCOPED_BUFFER body = {0};
    assert_int_equal(fetch("https", stage.tls_port, "/echo?a=1&b=%20", NULL, &body), 200);
    assert_string_equal(body.base, "GET /echo?1:a=1&b=%20 127.0.0.1 public");
}

static void answers_on_loopback_without_tls(void **state)
{
    (void)state;
    SCOPED_BUFFER body = {0};
    assert_int_equal(fetch("http", stage.clear_port, "/echo", NULL, &body), 200);
    assert_string_equal(body.base, "GET /echo?0: 127.0.0.1 fixture");
}

static void answers_on_the_unix_socket_that_only_its_owner_may_open(void **state)
{
    (void)state;
    SCOPED_BUFFER body = {0};
    struct stat status;
    assert_int_equal(stat(stage.unix_path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(fetch("http", 1, "/echo", stage.unix_path, &body), 200);
    assert_string_equal(body.base, "GET /echo?0: unix admin");
}

/* --- two loops --- */

enum { CLIENTS = 4, REQUESTS_PER_CLIENT = 60, STREAMS = 20 };

static void *send_many(void *context)
{
    (void)context;
    for (unsigned sent = 0; sent < REQUESTS_PER_CLIENT; sent += STREAMS) {
        struct wire *wire = wire_open_tls(stage.tls_port, "h2");
        struct wire_frames frames = {0};
        bool was_reset;
        wire_frames_preface(&frames);
        for (unsigned i = 0; i < STREAMS; i++)
            wire_frames_request(&frames, 2 * i + 1, "GET", "/hello", 6, 0, true);
        if (wire == NULL || !wire_frames_send(&frames, wire) ||
            wire_read_status(wire, 2 * STREAMS - 1, &was_reset) != 200)
            return "failed";
        wire_close(wire);
    }
    return NULL;
}

static void spreads_many_requests_over_two_loops(void **state)
{
    (void)state;
    stage_start(2, 4096, 128);
    pthread_t clients[CLIENTS];
    void *result;
    /* The kernel spreads connections by a hash of their ports: with too few of them one loop may get all. */
    for (unsigned round = 0; round < 20 && (!stage.loops_seen[0] || !stage.loops_seen[1]); round++) {
        for (unsigned i = 0; i < CLIENTS; i++)
            assert_int_equal(pthread_create(&clients[i], NULL, send_many, NULL), 0);
        for (unsigned i = 0; i < CLIENTS; i++) {
            pthread_join(clients[i], &result);
            assert_null(result);
        }
    }
    assert_true(stage.loops_seen[0] && stage.loops_seen[1]);
    assert_true(stage.calls >= CLIENTS * REQUESTS_PER_CLIENT);
    stage_drain();
    assert_true(stage_wait(&stage.idle_calls, 1));
    stage_stop();
    assert_int_equal(metric_read(METRIC_REQUESTS_IN_FLIGHT), 0);
    assert_int_equal(metric_read(METRIC_CONNECTIONS_OPEN), 0);
}

/* --- drain --- */

static void is_idle_at_once_without_connections(void **state)
{
    (void)state;
    stage_drain();
    assert_true(stage_wait(&stage.idle_calls, 1));
    assert_null(wire_open_tcp(stage.tls_port));
    usleep(20 * 1000);
    assert_int_equal(stage.idle_calls, 1);
}

static void finishes_open_requests_while_draining(void **state)
{
    (void)state;
    struct wire *http2 = wire_open_tls(stage.tls_port, "h2");
    struct wire *http1 = wire_open_tcp(stage.clear_port);
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "GET", "/hold", 5, 0, true);
    assert_true(wire_frames_send(&frames, http2));
    assert_true(wire_write_text(http1, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(stage_wait(&stage.held_count, 2));
    stage_drain();
    unsigned char goaway[8];
    assert_true(wire_read_frame(http2, WIRE_GOAWAY, 0, goaway, sizeof(goaway)) >= 8);
    usleep(50 * 1000);
    assert_int_equal(stage.idle_calls, 0);
    assert_int_equal(stage.gone, 0);
    stage_release();
    assert_int_equal(wire_read_status(http2, 1, &was_reset), 200);
    assert_true(wire_read_end(http1)); /* closed after the answer: no further request may come */
    assert_non_null(strstr(wire_received(http1), "released"));
    assert_true(stage_wait(&stage.idle_calls, 1));
    wire_close(http1);
    wire_close(http2);
}

static void closes_idle_connections_when_it_drains(void **state)
{
    (void)state;
    struct wire *idle[] = {wire_open_tls(stage.tls_port, "h2"), wire_open_tls(stage.tls_port, "http/1.1"),
                           wire_open_tcp(stage.clear_port), wire_open_tcp(stage.tls_port)};
    assert_true(wire_write_text(idle[1], "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(wire_read_until(idle[1], "hello"));
    int64_t start_us = clock_monotonic_us();
    stage_drain();
    assert_true(stage_wait(&stage.idle_calls, 1));
    assert_true(clock_monotonic_us() - start_us < 6 * 1000 * 1000);
    for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++) {
        assert_true(wire_read_end(idle[i]));
        wire_close(idle[i]);
    }
}

/* A handler may go on after its client went: the loop is not idle before it has answered. */
static void waits_for_work_whose_client_has_gone(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "GET", "/hold", 5, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_true(stage_wait(&stage.held_count, 1));
    wire_close(wire);
    assert_true(stage_wait(&stage.gone, 1));
    stage_drain();
    usleep(100 * 1000);
    assert_int_equal(stage.idle_calls, 0);
    stage_release();
    assert_true(stage_wait(&stage.idle_calls, 1));
}

static void can_be_destroyed_without_a_drain(void **state)
{
    (void)state;
    struct wire *wire = wire_open_tls(stage.tls_port, "h2");
    struct wire_frames frames = {0};
    bool was_reset;
    wire_frames_preface(&frames);
    wire_frames_request(&frames, 1, "GET", "/hello", 6, 0, true);
    assert_true(wire_frames_send(&frames, wire));
    assert_int_equal(wire_read_status(wire, 1, &was_reset), 200);
    stage_stop();
    assert_true(wire_read_end(wire));
    wire_close(wire);
    stage_start(1, 1, 1);
}

/* --- what is refused at the start --- */

static void assert_refused(const struct server_options *options, const char *why)
{
    struct server *server;
    char detail[256] = "";
    assert_int_not_equal(server_create(options, &server, detail), FAULT_NONE);
    if (strstr(detail, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", detail, why);
}

static void refuses_to_start_with_what_is_unsafe_or_impossible(void **state)
{
    (void)state;
    struct server_options options;
    stage_prepare(&options);
    options.listener_count = 1;

    options.listeners[0] = (struct server_listener){REQUEST_LISTENER_PUBLIC, TEXT("0.0.0.0"), 0, false, NULL};
    assert_refused(&options, "without TLS only loopback");
    options.listeners[0].address = TEXT("localhost");
    assert_refused(&options, "not a numeric");
    options.listeners[0] =
        (struct server_listener){REQUEST_LISTENER_ADMIN, TEXT_NONE, 0, false, stage.certificate};
    assert_refused(&options, "is not a socket");

    options.listeners[0] = (struct server_listener){REQUEST_LISTENER_PUBLIC, TEXT("127.0.0.1"), 0, true, NULL};
    assert_int_equal(chmod(stage.key, 0640), 0);
    assert_refused(&options, "set mode 0600");
    assert_int_equal(chmod(stage.key, 0600), 0);
    options.certificate_file = stage.key;
    assert_refused(&options, "certificate file");
    options.certificate_file = stage.certificate;
    options.key_file = "/nonexistent";
    assert_refused(&options, "cannot be opened");
    options.key_file = NULL;
    assert_refused(&options, "needs a certificate file and a key file");
    stage_forget();
}

static void never_called(struct request *request, void *context)
{
    (void)request;
    (void)context;
    fail();
}

static void refuses_a_port_or_path_that_another_server_has(void **state)
{
    (void)state;
    struct server_options options = {.listener_count = 1, .handle = never_called};
    options.listeners[0] =
        (struct server_listener){REQUEST_LISTENER_PUBLIC, TEXT("127.0.0.1"), stage.clear_port, false, NULL};
    assert_refused(&options, "Address already in use");
    options.listeners[0] =
        (struct server_listener){REQUEST_LISTENER_ADMIN, TEXT_NONE, 0, false, stage.unix_path};
    assert_refused(&options, "in use by another program");
}

#define STAGE_TEST(function) cmocka_unit_test_setup_teardown(function, stage_set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(answers_libcurl_over_http2),
        STAGE_TEST(answers_on_loopback_without_tls),
        STAGE_TEST(answers_on_the_unix_socket_that_only_its_owner_may_open),
        cmocka_unit_test(spreads_many_requests_over_two_loops),
        STAGE_TEST(is_idle_at_once_without_connections),
        STAGE_TEST(finishes_open_requests_while_draining),
        STAGE_TEST(closes_idle_connections_when_it_drains),
        STAGE_TEST(waits_for_work_whose_client_has_gone),
        STAGE_TEST(can_be_destroyed_without_a_drain),
        cmocka_unit_test(refuses_to_start_with_what_is_unsafe_or_impossible),
        STAGE_TEST(refuses_a_port_or_path_that_another_server_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

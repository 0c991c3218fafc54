/* One KDC, in each of the ways in which it can go: what is said of it, and that it takes no longer than let. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kdc_exchange.h"
#include "kdc_message.h"
#include "tcp_kdc.h"

enum { TIME_MS = 700, SLACK_MS = 1500 };

static enum kdc_exchange_end ask(const char *host, uint16_t port, struct arena *arena, struct text *answer)
{
    struct kdc_host where = {.port = port};
    struct kdc_address address;
    char request[TCP_REQUEST_SIZE];
    int stop[2];
    assert_int_equal(pipe(stop), 0);
    strncpy(where.host, host, sizeof(where.host) - 1);
    kdc_address_open(&address, &where);
    int64_t began_ms = tcp_now_ms();
    const struct stream_limit limit = {.until_ms = began_ms + TIME_MS, .stop = stop[0], .rival = -1};
    enum kdc_exchange_end end = kdc_exchange(&address, tcp_request('r', 9, request), &limit, arena, answer);
    assert_true(tcp_now_ms() - began_ms < TIME_MS + SLACK_MS);
    if (end == KDC_SILENT)
        assert_true(tcp_now_ms() - began_ms >= TIME_MS - 1);
    kdc_address_close(&address);
    close(stop[0]);
    close(stop[1]);
    return end;
}

static void assert_end(enum tcp_kdc_way way, enum kdc_exchange_end end, const char *answer_begins,
                       size_t length)
{
    SCOPED_ARENA arena = arena_create();
    struct text answer = TEXT_NONE;
    struct tcp_kdc *kdc = tcp_kdc_start(way, 'k');
    assert_int_equal(ask("127.0.0.1", tcp_kdc_port(kdc), arena, &answer), end);
    if (answer_begins != NULL)
        assert_memory_equal(answer.base, answer_begins, length);
    tcp_kdc_stop(kdc);
}

static void an_answer_comes_as_it_is(void **state)
{
    (void)state;
    /* Of the KDC: its mark, and the request of eleven bytes that it was sent. */
    assert_end(TCP_KDC_ANSWERS, KDC_ANSWERED, "\0\0\0\x12\x6b\x84\0\0\0\x0ck\x6c\x09rrrrrrrrr", 22);
    assert_end(TCP_KDC_ERRS, KDC_ANSWERED, "\0\0\0\x5e\x7e\x5c\x30\x5a\xa0", 9);
}

static void the_largest_answer_is_one_mebibyte(void **state)
{
    (void)state;
    assert_end(TCP_KDC_ANSWERS_MOST, KDC_ANSWERED, "\0\x10\0\0\x6b\x84\0\x0f\xff\xfam", 11);
    assert_end(TCP_KDC_TOO_LARGE, KDC_TALKS_NONSENSE, NULL, 0);
}

static void each_way_to_fail_has_its_name(void **state)
{
    (void)state;
    assert_end(TCP_KDC_UNAVAILABLE, KDC_UNAVAILABLE, "\0\0\0\x5e\x7e", 5);
    assert_end(TCP_KDC_CLOSES, KDC_CLOSED, NULL, 0);
    assert_end(TCP_KDC_SILENT, KDC_SILENT, NULL, 0);
    assert_end(TCP_KDC_HALF, KDC_SILENT, NULL, 0);
    assert_end(TCP_KDC_TRICKLES, KDC_SILENT, NULL, 0);
    assert_end(TCP_KDC_NONSENSE, KDC_TALKS_NONSENSE, NULL, 0);
}

static void a_closed_port_and_an_unknown_name_are_told_apart(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct text answer;
    (void)state;
    assert_int_equal(ask("127.0.0.1", tcp_closed_port(), arena, &answer), KDC_UNREACHED);
    assert_int_equal(ask("a..b", 88, arena, &answer), KDC_UNKNOWN_HOST);
}

/* As of localhost, which may be ::1 first, where nobody listens. */
static void the_next_address_of_a_name_is_tried(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct text answer;
    (void)state;
    struct tcp_kdc *kdc = tcp_kdc_start(TCP_KDC_ANSWERS, 'k');
    struct kdc_address address;
    const struct kdc_host where = {.host = "127.0.0.1", .port = tcp_kdc_port(kdc)};
    struct kdc_places places;
    kdc_address_open(&address, &where);
    kdc_address_find(&address, tcp_now_ms(), &places);
    address.known.places[1] = places.places[0];
    address.known.places[0].address.four.sin_port = htons(tcp_closed_port());
    address.known.count = 2;
    int stop[2];
    char request[TCP_REQUEST_SIZE];
    assert_int_equal(pipe(stop), 0);
    const struct stream_limit limit = {.until_ms = tcp_now_ms() + 5000, .stop = stop[0], .rival = -1};
    assert_int_equal(kdc_exchange(&address, tcp_request('r', 9, request), &limit, arena, &answer),
                     KDC_ANSWERED);
    kdc_address_close(&address);
    close(stop[0]);
    close(stop[1]);
    tcp_kdc_stop(kdc);
}

/* Accepts what is in its queue when it has had a break. */
static void *accept_late(void *context)
{
    const int *listener = context;
    char request[TCP_REQUEST_SIZE];
    nanosleep(&(const struct timespec){.tv_nsec = 50000000}, NULL);
    close(accept(*listener, NULL, NULL));
    int descriptor = accept(*listener, NULL, NULL);
    if (tcp_receive_frame(descriptor, request, sizeof(request)) > 0)
        tcp_send(descriptor, TEXT("\0\0\0\4\x6d\2\x30\0"));
    tcp_is_closed(descriptor);
    close(descriptor);
    return NULL;
}

static void a_full_queue_is_tried_again_before_the_system_does(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct text answer;
    uint16_t port;
    pthread_t thread;
    (void)state;
    int listener = tcp_listen(&port);
    assert_int_equal(listen(listener, 0), 0);
    int filling = tcp_connect(port);
    assert_int_equal(pthread_create(&thread, NULL, accept_late, &listener), 0);
    assert_int_equal(ask("127.0.0.1", port, arena, &answer), KDC_ANSWERED);
    shutdown(listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(filling);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_as_it_is),
        cmocka_unit_test(the_largest_answer_is_one_mebibyte),
        cmocka_unit_test(each_way_to_fail_has_its_name),
        cmocka_unit_test(a_closed_port_and_an_unknown_name_are_told_apart),
        cmocka_unit_test(the_next_address_of_a_name_is_tried),
        cmocka_unit_test(a_full_queue_is_tried_again_before_the_system_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where a browser comes back to: what is taken for the answer, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/loopback.h"

enum { REQUESTS_MAX = 8, ANSWER_BYTES = 512 };

struct browser {
    uint16_t port;
    const char *requests[REQUESTS_MAX];
    char answers[REQUESTS_MAX][ANSWER_BYTES];
};

static void *browse(void *argument)
{
    struct browser *browser = argument;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(browser->port)};
    for (size_t i = 0; i < REQUESTS_MAX && browser->requests[i] != NULL; i++) {
        int connection = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connection, (struct sockaddr *)&address, sizeof(address)) == 0) {
            dprintf(connection, "%s\r\nHost: 127.0.0.1\r\n\r\n", browser->requests[i]);
            size_t length = 0;
            ssize_t got;
            while (length + 1 < ANSWER_BYTES &&
                   (got = read(connection, browser->answers[i] + length, ANSWER_BYTES - 1 - length)) > 0)
                length += (size_t)got;
        }
        close(connection);
    }
    return NULL;
}

static bool run(struct arena *arena, struct browser *browser, struct callback *callback)
{
    struct loopback loopback;
    pthread_t thread;
    assert_true(loopback_open(&loopback));
    browser->port = loopback.port;
    assert_int_equal(pthread_create(&thread, NULL, browse, browser), 0);
    bool is_there = loopback_wait(&loopback, arena, TEXT("s-1"), 3000, callback);
    loopback_close(&loopback);
    pthread_join(thread, NULL);
    return is_there;
}

static void takes_the_answer_that_bears_its_state(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct callback callback;
    struct browser browser = {
        .requests = {"GET /callback?code=a%2Bb+c&state=s-1&iss=https%3A%2F%2Fidp.example HTTP/1.1"}};
    assert_true(run(arena, &browser, &callback));
    assert_true(text_is(callback.code, "a+b c"));
    assert_true(text_is(callback.issuer, "https://idp.example"));
    assert_non_null(strstr(browser.answers[0], "200 OK"));
}

static void waits_on_past_everything_else(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct callback callback;
    struct browser browser = {.requests = {"GET /favicon.ico HTTP/1.1",
                                           "GET /callback?code=x&state=s-2 HTTP/1.1",
                                           "POST /callback?code=x&state=s-1 HTTP/1.1",
                                           "GET /callback?code=x&code=y&state=s-1 HTTP/1.1",
                                           "GET /callback?code=%4&state=s-1 HTTP/1.1", "nonsense",
                                           "GET /callback?error=access_denied&state=s-1 HTTP/1.1"}};
    assert_true(run(arena, &browser, &callback));
    assert_true(text_is(callback.error, "access_denied"));
    assert_int_equal(callback.code.length, 0);
    for (size_t i = 0; i < 6; i++)
        assert_non_null(strstr(browser.answers[i], "404"));
}

static void gives_up_in_time(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct loopback loopback;
    struct callback callback;
    assert_true(loopback_open(&loopback));
    assert_false(loopback_wait(&loopback, arena, TEXT("s-1"), 50, &callback));
    loopback_close(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_answer_that_bears_its_state),
        cmocka_unit_test(waits_on_past_everything_else),
        cmocka_unit_test(gives_up_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

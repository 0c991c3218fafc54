/* Lines over a socket: cut where they end, whole when many write, never too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapter_protocol/numbers.h"
#include "base/fault.h"
#include "channel.h"

static struct channel here;
static int there;

static int set_up(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    channel_open(&here, ends[0]);
    there = ends[1];
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    channel_dispose(&here);
    close(here.descriptor);
    return close(there);
}

static void put(const char *text)
{
    assert_int_equal(write(there, text, strlen(text)), strlen(text));
}

static void reads_lines_however_they_are_cut(void **state)
{
    (void)state;
    struct text line;
    put("first\nsec");
    assert_int_equal(channel_read(&here, &line), CHANNEL_LINE);
    assert_true(text_is(line, "first"));
    put("ond\n\nfourth\n");
    assert_int_equal(channel_read(&here, &line), CHANNEL_LINE);
    assert_true(text_is(line, "second"));
    assert_int_equal(channel_read(&here, &line), CHANNEL_LINE);
    assert_int_equal(line.length, 0);
    assert_int_equal(channel_read(&here, &line), CHANNEL_LINE);
    assert_true(text_is(line, "fourth"));
    put("no end");
    shutdown(there, SHUT_WR);
    assert_int_equal(channel_read(&here, &line), CHANNEL_END);
}

static void *write_much(void *context)
{
    const size_t *length = context;
    char *bytes = malloc(*length + 1);
    INVARIANT(bytes != NULL);
    memset(bytes, 'x', *length);
    bytes[*length] = '\n';
    for (size_t sent = 0; sent <= *length;) {
        ssize_t now = send(there, bytes + sent, *length + 1 - sent, MSG_NOSIGNAL);
        if (now <= 0)
            break;
        sent += (size_t)now;
    }
    free(bytes);
    return NULL;
}

static enum channel_event read_one_of(size_t length, struct text *line)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_much, &length), 0);
    enum channel_event event = channel_read(&here, line);
    shutdown(here.descriptor, SHUT_RD);
    pthread_join(thread, NULL);
    return event;
}

static void takes_a_line_of_a_mebibyte(void **state)
{
    (void)state;
    struct text line;
    assert_int_equal(read_one_of(PROTOCOL_LINE_MAX, &line), CHANNEL_LINE);
    assert_int_equal(line.length, PROTOCOL_LINE_MAX);
}

static void takes_no_longer_one_and_writes_none(void **state)
{
    (void)state;
    struct text line;
    assert_int_equal(read_one_of(PROTOCOL_LINE_MAX + 1, &line), CHANNEL_TOO_LONG);
    char *bytes = calloc(1, PROTOCOL_LINE_MAX + 1);
    assert_false(channel_write(&here, (struct text){bytes, PROTOCOL_LINE_MAX + 1}));
    free(bytes);
}

enum { LONG_LINE = 500000 }; /* more than the socket takes at once */

static void *write_lines(void *context)
{
    const char *digit = context;
    char *line = malloc(LONG_LINE);
    INVARIANT(line != NULL);
    memset(line, *digit, LONG_LINE);
    for (int i = 0; i < 10; i++)
        INVARIANT(channel_write(&here, (struct text){line, LONG_LINE}));
    free(line);
    return NULL;
}

static void writes_whole_lines_from_many_threads(void **state)
{
    (void)state;
    static const char digits[] = "1234";
    pthread_t threads[4];
    struct channel reader;
    struct text line;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, (void *)(uintptr_t)&digits[i]), 0);
    channel_open(&reader, there);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(channel_read(&reader, &line), CHANNEL_LINE);
        assert_int_equal(line.length, LONG_LINE);
        for (size_t at = 1; at < line.length; at += 100)
            assert_int_equal(line.base[at], line.base[0]);
    }
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    channel_dispose(&reader);
}

static void says_that_the_other_end_has_gone(void **state)
{
    (void)state;
    shutdown(there, SHUT_RDWR);
    struct text line;
    assert_int_equal(channel_read(&here, &line), CHANNEL_END);
    assert_false(channel_write(&here, TEXT("x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_lines_however_they_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_a_line_of_a_mebibyte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_no_longer_one_and_writes_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_whole_lines_from_many_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_that_the_other_end_has_gone, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

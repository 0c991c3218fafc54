/* Lines over a socket pair: however they are cut into pieces, what one turn wrote at once, and one that does
 * not read. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"

static struct loop *loop;
static struct connection *connection;
static int peer;
static struct buffer heard;
static const char *ended;
static size_t lines;

static bool on_line(void *context, struct text line)
{
    (void)context;
    lines++;
    buffer_print(&heard, "%zu:%.*s;", line.length, line.length > 20 ? 3 : (int)line.length, line.base);
    return true;
}

static void on_end(void *context, const char *reason)
{
    (void)context;
    ended = reason;
    connection_destroy(connection);
    connection = NULL;
}

static void stop(struct loop_timer *timer)
{
    (void)timer;
    loop_stop(loop);
}

static void turn(int64_t ms)
{
    struct loop_timer timer = {.run = stop};
    loop_timer_start(loop, &timer, ms);
    loop_run(loop);
}

static int set_up(void **state)
{
    static const struct connection_user user = {.heard = on_line, .ended = on_end};
    int pair[2];
    (void)state;
    loop = loop_create();
    ended = NULL;
    lines = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 1;
    peer = pair[1];
    connection = connection_create(loop, pair[0], &user, NULL);
    return connection == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    connection_destroy(connection);
    loop_destroy(loop);
    close(peer);
    buffer_dispose(&heard);
    heard = (struct buffer){0};
    return 0;
}

static void say(const char *bytes)
{
    assert_int_equal(write(peer, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    turn(5);
}

static void hears_lines_however_they_are_cut(void **state)
{
    (void)state;
    say("on");
    say("e\ntwo\n\nthr");
    say("ee\nfo");
    assert_true(text_is(buffer_text(&heard), "3:one;3:two;0:;5:three;"));
    shutdown(peer, SHUT_WR);
    turn(5);
    assert_string_equal(ended, "closed its socket");
}

/* Lines larger than what is read at once, up to the greatest and one byte beyond. */
static void hears_a_line_of_a_megabyte_and_none_that_is_longer(void **state)
{
    static char much[1024 * 1024 + 2];
    (void)state;
    memset(much, 'x', sizeof(much));
    much[1024 * 1024] = '\n';
    for (size_t sent = 0; sent < sizeof(much) - 1;) {
        ssize_t written = send(peer, much + sent, sizeof(much) - 1 - sent, MSG_DONTWAIT);
        sent += written > 0 ? (size_t)written : 0;
        turn(1);
    }
    turn(5);
    assert_true(text_is(buffer_text(&heard), "1048576:xxx;"));
    much[1024 * 1024] = 'x';
    for (size_t sent = 0; sent < sizeof(much) - 1 && ended == NULL;) {
        ssize_t written = send(peer, much + sent, sizeof(much) - 1 - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += written > 0 ? (size_t)written : 0;
        turn(1);
    }
    turn(5);
    assert_string_equal(ended, "sent a line that is too long");
    assert_int_equal(lines, 1);
}

struct writing {
    struct loop_message message;
    size_t count, length;
};

static void write_lines(struct loop_message *message)
{
    struct writing *writing = (struct writing *)message;
    for (size_t i = 0; i < writing->count; i++) {
        struct buffer *out = connection_lines(connection);
        memset(buffer_reserve(out, writing->length), 'y', writing->length);
        out->length += writing->length;
        buffer_append_byte(out, '\n');
    }
}

static void sends_what_a_turn_gathers_and_wipes_it(void **state)
{
    struct writing writing = {.message = {.run = write_lines}, .count = 32, .length = 100};
    char got[8192];
    (void)state;
    loop_post(loop, &writing.message);
    turn(5);
    assert_int_equal(recv(peer, got, sizeof(got), MSG_DONTWAIT), 32 * 101);
    assert_int_equal(connection_unsent(connection), 0);
    const struct buffer *out = connection_lines(connection);
    for (size_t i = 0; i < 32 * 101; i++)
        assert_int_equal(out->base[i], 0);
}

static void goes_on_writing_when_the_other_end_reads_again(void **state)
{
    struct writing writing = {.message = {.run = write_lines}, .count = 40, .length = 100000};
    static char got[65536];
    size_t total = 0;
    (void)state;
    loop_post(loop, &writing.message);
    turn(5);
    assert_true(connection_unsent(connection) > 1000000);
    for (int i = 0; i < 2000 && total < 40 * 100001; i++) {
        ssize_t count = recv(peer, got, sizeof(got), MSG_DONTWAIT);
        total += count > 0 ? (size_t)count : 0;
        if (count <= 0)
            turn(1);
    }
    assert_int_equal(total, 40 * 100001);
    assert_int_equal(connection_unsent(connection), 0);
    assert_null(ended);
}

/* Two megabytes are never read, of seventy that are sent. */
static void keeps_no_more_than_what_a_slow_reader_has_not_read(void **state)
{
    struct writing writing = {.message = {.run = write_lines}, .count = 20, .length = 99999};
    static char got[65536];
    size_t total = 0;
    (void)state;
    loop_post(loop, &writing.message);
    turn(5);
    for (size_t round = 1; round <= 35; round++) {
        loop_post(loop, &writing.message);
        while (total < round * 2000000) {
            ssize_t count = recv(peer, got, sizeof(got), MSG_DONTWAIT);
            total += count > 0 ? (size_t)count : 0;
            if (count <= 0)
                turn(1);
        }
    }
    assert_null(ended);
    assert_true(connection_unsent(connection) > 1000000);
    assert_true(connection_lines(connection)->capacity < CONNECTION_UNSENT_MAX);
}

static void ends_one_that_does_not_read(void **state)
{
    struct writing writing = {.message = {.run = write_lines}, .count = 180, .length = 100000};
    (void)state;
    loop_post(loop, &writing.message);
    turn(20);
    assert_string_equal(ended, "does not read what it is sent");
}

static void flood(size_t count, size_t length)
{
    static char much[65536];
    memset(much, 'x', sizeof(much));
    for (size_t at = length; at < sizeof(much); at += length + 1)
        much[at] = '\n';
    size_t total = count * (length + 1);
    for (size_t sent = 0, tries = 0; sent < total && tries < 60;) {
        size_t offset = sent % (length + 1), most = (sizeof(much) / (length + 1)) * (length + 1) - offset;
        ssize_t written = send(peer, much + offset, most < total - sent ? most : total - sent, MSG_DONTWAIT);
        sent += written > 0 ? (size_t)written : 0;
        tries += written <= 0;
        turn(1);
    }
}

/* Some thousands at once, about a thousand a second later, whatever it tries. */
static void reads_one_that_floods_no_faster_than_others_can_bear(void **state)
{
    (void)state;
    flood(200000, 15);
    assert_true(lines >= 4096 && lines < 6000);
    size_t before = lines;
    turn(300);
    assert_true(lines > before + 100 && lines < before + 900);
    assert_null(ended);
    close(peer); /* the rest of what it said is not heard any sooner */
    peer = dup(0);
    before = lines;
    turn(50);
    assert_true(lines < before + 300);
}

static void lets_one_say_more_that_is_asked_something(void **state)
{
    (void)state;
    flood(20000, 15);
    size_t before = lines;
    for (int i = 0; i < 8; i++)
        connection_note_request(connection);
    turn(60);
    assert_true(lines >= before + 8 * 128 && lines < before + 8 * 128 + 400);
}

/* By bytes too: a line of a thousand bytes costs what it costs to read. */
static void counts_what_is_long_as_more(void **state)
{
    (void)state;
    flood(3000, 8191);
    assert_true(lines >= 4096 / 8 && lines < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hears_lines_however_they_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hears_a_line_of_a_megabyte_and_none_that_is_longer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sends_what_a_turn_gathers_and_wipes_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_writing_when_the_other_end_reads_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_no_more_than_what_a_slow_reader_has_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_one_that_floods_no_faster_than_others_can_bear, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lets_one_say_more_that_is_asked_something, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_what_is_long_as_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_one_that_does_not_read, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

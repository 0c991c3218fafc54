/* Waiting: until a deadline, until all is to end, or until somebody else is waiting longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kdc_stream.h"
#include "tcp_kdc.h"

struct ends {
    int ours, theirs, stop[2];
};

static int set_up(void **state)
{
    static struct ends ends;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(pipe(ends.stop), 0);
    ends.ours = pair[0];
    ends.theirs = pair[1];
    assert_int_equal(fcntl(ends.ours, F_SETFL, O_NONBLOCK), 0);
    *state = &ends;
    return 0;
}

static int tear_down(void **state)
{
    struct ends *ends = *state;
    close(ends->ours);
    close(ends->theirs);
    close(ends->stop[0]);
    close(ends->stop[1]);
    return 0;
}

static struct stream_limit limit_of(const struct ends *ends, int64_t wait_ms)
{
    return (struct stream_limit){.until_ms = stream_now_ms() + wait_ms, .stop = ends->stop[0], .rival = -1};
}

static void waiting_ends_at_the_deadline(void **state)
{
    struct ends *ends = *state;
    int64_t began_ms = stream_now_ms();
    const struct stream_limit limit = limit_of(ends, 100), over = limit_of(ends, 0);
    assert_int_equal(stream_wait(ends->ours, POLLIN, &limit), STREAM_LATE);
    assert_true(stream_now_ms() - began_ms >= 100);
    assert_int_equal(stream_wait(ends->ours, POLLOUT, &limit), STREAM_LATE);
    assert_int_equal(stream_wait(ends->ours, POLLIN, &over), STREAM_LATE);
}

static void waiting_ends_when_all_is_to_end(void **state)
{
    struct ends *ends = *state;
    const struct stream_limit limit = limit_of(ends, 60000);
    close(ends->stop[1]);
    assert_int_equal(stream_wait(ends->ours, POLLIN, &limit), STREAM_LATE);
    ends->stop[1] = dup(ends->stop[0]);
}

static void waiting_gives_way_to_who_waits_longer(void **state)
{
    struct ends *ends = *state;
    uint16_t port;
    int listener = tcp_listen(&port), rival = tcp_connect(port);
    int64_t began_ms = stream_now_ms();
    struct stream_limit limit = limit_of(ends, 60000);
    limit.rival = listener;
    limit.rival_from_ms = began_ms + 120;
    assert_int_equal(stream_wait(ends->ours, POLLIN, &limit), STREAM_LATE);
    assert_true(stream_now_ms() - began_ms >= 120);
    close(accept(listener, NULL, NULL));
    close(rival);
    /* Nobody waits: the deadline counts. */
    limit.until_ms = stream_now_ms() + 150;
    began_ms = stream_now_ms();
    assert_int_equal(stream_wait(ends->ours, POLLIN, &limit), STREAM_LATE);
    assert_true(stream_now_ms() - began_ms >= 150);
    close(listener);
}

static void a_frame_has_its_length_in_front_and_no_more_than_let(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct ends *ends = *state;
    struct text frame;
    const struct stream_limit limit = limit_of(ends, 5000);
    assert_true(tcp_send(ends->theirs, TEXT("\0\0\0\3abc\0\0\0\4abcd\0\0\0\5abcde")));
    assert_int_equal(stream_read_frame(ends->ours, 4, &limit, arena, &frame), STREAM_DONE);
    assert_true(text_equal(frame, TEXT("\0\0\0\3abc")));
    assert_int_equal(stream_read_frame(ends->ours, 4, &limit, arena, &frame), STREAM_DONE);
    assert_true(text_equal(frame, TEXT("\0\0\0\4abcd")));
    assert_int_equal(stream_read_frame(ends->ours, 4, &limit, arena, &frame), STREAM_MALFORMED);
}

static void a_frame_that_ends_early_is_closed(void **state)
{
    SCOPED_ARENA arena = arena_create();
    struct ends *ends = *state;
    struct text frame;
    const struct stream_limit limit = limit_of(ends, 5000);
    assert_true(tcp_send(ends->theirs, TEXT("\0\0\0\3ab")));
    shutdown(ends->theirs, SHUT_WR);
    assert_int_equal(stream_read_frame(ends->ours, 4, &limit, arena, &frame), STREAM_CLOSED);
}

static void writing_ends_when_nobody_reads(void **state)
{
    static char much[4 * 1024 * 1024];
    struct ends *ends = *state;
    const struct stream_limit limit = limit_of(ends, 100);
    assert_int_equal(stream_write(ends->ours, (struct text){much, sizeof(much)}, &limit), STREAM_LATE);
    shutdown(ends->theirs, SHUT_RDWR);
    assert_int_equal(stream_write(ends->ours, TEXT("x"), &limit), STREAM_CLOSED);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(waiting_ends_at_the_deadline),          CASE(waiting_ends_when_all_is_to_end),
        CASE(waiting_gives_way_to_who_waits_longer), CASE(a_frame_has_its_length_in_front_and_no_more_than_let),
        CASE(a_frame_that_ends_early_is_closed),     CASE(writing_ends_when_nobody_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

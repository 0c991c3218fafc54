/* The connection: one question at a time, none waits longer than it may, late answers are nobody's, and what is
 * no answer ends it. At its other end is the test, as what gssproxy must not be able to do to us. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "gssproxy.h"
#include "xdr.h"

enum { LIMIT_MS = 200, ERROR = 0xd0000 };

static atomic_int ended;

static void note_end(void)
{
    atomic_fetch_add(&ended, 1);
}

struct stage {
    struct arena *arena;
    struct gssproxy *proxy;
    int ends[2];
};

static void begin(struct stage *stage)
{
    ended = 0;
    stage->arena = arena_create();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stage->ends), 0);
    stage->proxy = gssproxy_open(stage->ends[0], LIMIT_MS, note_end);
}

static void end(struct stage *stage)
{
    gssproxy_close(stage->proxy);
    close(stage->ends[0]);
    if (stage->ends[1] >= 0)
        close(stage->ends[1]);
    arena_destroy(stage->arena);
}

static void wait_for_end(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < 5000 && ended == 0; i++)
        nanosleep(&moment, NULL);
    assert_int_equal(ended, 1);
}

/* An answer with this error and nothing else; the minor code tells them apart. */
static void answer(const struct stage *stage, uint32_t id, uint32_t minor)
{
    SCOPED_BUFFER body = {0}, record = {0};
    const uint32_t head[] = {id, 1, 0, 0, 0, 0, 0, ERROR, 0, 0, minor, 0, 0, 0, 0, 0, 0};
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        xdr_put_number(&body, head[i]);
    xdr_put_number(&record, UINT32_C(0x80000000) | (uint32_t)body.length);
    buffer_append(&record, buffer_text(&body));
    assert_int_equal(write(stage->ends[1], record.base, record.length), record.length);
}

static void say(const struct stage *stage, struct text bytes)
{
    assert_int_equal(write(stage->ends[1], bytes.base, bytes.length), bytes.length);
}

static bool log_in(struct stage *stage, uint32_t *minor)
{
    struct gssproxy_answer read = {0};
    bool is_answered = gssproxy_log_in(stage->proxy, stage->arena, TEXT("gw/g@R"), &read);
    *minor = read.minor;
    return is_answered;
}

/* How many questions lie there unread; each is as long as the first. */
static size_t questions(const struct stage *stage)
{
    static char bytes[65536];
    ssize_t length = recv(stage->ends[1], bytes, sizeof(bytes), MSG_DONTWAIT);
    if (length <= 0)
        return 0;
    struct xdr_reader reader = {.rest = {bytes, 4}};
    size_t one = 4 + (xdr_number(&reader) & ~UINT32_C(0x80000000));
    assert_int_equal((size_t)length % one, 0);
    return (size_t)length / one;
}

static void takes_the_answer_to_its_question(void **state)
{
    (void)state;
    struct stage stage;
    uint32_t minor;
    begin(&stage);
    answer(&stage, 1, 11);
    assert_true(log_in(&stage, &minor));
    assert_int_equal(minor, 11);
    answer(&stage, 2, 12);
    assert_true(log_in(&stage, &minor));
    assert_int_equal(minor, 12);
    assert_int_equal(questions(&stage), 2);
    end(&stage);
    assert_int_equal(ended, 0); /* it was we who ended it */
}

static void waits_no_longer_than_it_may_and_asks_nothing_more_before_that_is_answered(void **state)
{
    (void)state;
    struct stage stage;
    uint32_t minor;
    begin(&stage);
    for (int i = 0; i < 2; i++) {
        int64_t begun_us = clock_monotonic_us();
        assert_false(log_in(&stage, &minor));
        int64_t took_ms = (clock_monotonic_us() - begun_us) / 1000;
        assert_true(took_ms >= LIMIT_MS && took_ms < 5 * LIMIT_MS);
    }
    assert_int_equal(questions(&stage), 1);
    end(&stage);
}

static void gives_a_late_answer_to_nobody(void **state)
{
    (void)state;
    struct stage stage;
    uint32_t minor;
    begin(&stage);
    assert_false(log_in(&stage, &minor));
    answer(&stage, 1, 11);
    answer(&stage, 2, 12);
    assert_true(log_in(&stage, &minor));
    assert_int_equal(minor, 12);
    end(&stage);
}

static void takes_up_a_late_answer_where_it_was_cut_off(void **state)
{
    (void)state;
    struct stage stage;
    uint32_t minor;
    begin(&stage);
    say(&stage, TEXT("\200\0"));
    assert_false(log_in(&stage, &minor));
    say(&stage, TEXT("\0\104\0\0\0\1\0\0\0\1"));
    assert_false(log_in(&stage, &minor));
    char rest[60] = {0};
    say(&stage, (struct text){rest, sizeof(rest)});
    answer(&stage, 2, 12);
    assert_true(log_in(&stage, &minor));
    assert_int_equal(minor, 12);
    end(&stage);
}

struct asking {
    struct stage *stage;
    uint32_t minor;
    bool is_answered;
};

static void *ask_once(void *context)
{
    struct asking *asking = context;
    SCOPED_ARENA arena = arena_create();
    struct stage own = {.arena = arena, .proxy = asking->stage->proxy};
    asking->is_answered = log_in(&own, &asking->minor);
    return NULL;
}

static void answers_many_threads_each_its_own(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    struct stage stage;
    struct asking asking[THREADS];
    pthread_t threads[THREADS];
    unsigned seen = 0;
    begin(&stage);
    for (uint32_t i = 0; i < THREADS; i++)
        answer(&stage, i + 1, i);
    for (int i = 0; i < THREADS; i++) {
        asking[i] = (struct asking){.stage = &stage};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_once, &asking[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(asking[i].is_answered);
        seen |= 1U << asking[i].minor;
    }
    assert_int_equal(seen, (1U << THREADS) - 1);
    end(&stage);
}

static void notices_that_the_other_side_has_gone_whether_it_asks_or_not(void **state)
{
    (void)state;
    struct stage stage;
    uint32_t minor;
    begin(&stage);
    close(stage.ends[1]);
    stage.ends[1] = -1;
    wait_for_end();
    int64_t begun_us = clock_monotonic_us();
    assert_false(log_in(&stage, &minor));
    assert_true(clock_monotonic_us() - begun_us < LIMIT_MS * 1000);
    end(&stage);
}

static void ends_what_is_no_answer(void **state)
{
    (void)state;
    static const struct text words[] = {
        {"\200\0\0\10\0\0\0\2\0\0\0\1", 12}, /* to another question */
        {"\200\0\0\10\0\0\0\1\0\0\0\0", 12}, /* a question */
        {"\0\0\0\10\0\0\0\1\0\0\0\1", 12},   /* in pieces */
        {"\377\377\377\377", 4},             /* longer than any */
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct stage stage;
        uint32_t minor;
        begin(&stage);
        say(&stage, words[i]);
        assert_false(log_in(&stage, &minor));
        wait_for_end();
        assert_false(log_in(&stage, &minor));
        end(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_answer_to_its_question),
        cmocka_unit_test(waits_no_longer_than_it_may_and_asks_nothing_more_before_that_is_answered),
        cmocka_unit_test(gives_a_late_answer_to_nobody),
        cmocka_unit_test(takes_up_a_late_answer_where_it_was_cut_off),
        cmocka_unit_test(answers_many_threads_each_its_own),
        cmocka_unit_test(notices_that_the_other_side_has_gone_whether_it_asks_or_not),
        cmocka_unit_test(ends_what_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

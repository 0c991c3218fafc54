/* Real processes that only wait, in places as child_start leaves them: who is watched for what, who is killed
 * when, and what is counted and told when one has gone. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "control.h"
#include "standard_error.h"
#include "workers.h"

enum { SECOND_US = 1000 * 1000 };

struct fixture {
    struct workers workers;
    int worker_ends[WORKERS_MAX]; /* of the control sockets */
};

static int begin(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){0};
    *state = &fixture;
    standard_error_catch();
    return 0;
}

static void end_one(struct fixture *fixture, size_t place)
{
    struct child *child = &fixture->workers.places[place];
    kill(child->process, SIGKILL);
    waitpid(child->process, NULL, 0);
    child_forget(child);
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        if (fixture->workers.places[i].state != CHILD_NONE)
            end_one(fixture, i);
        if (fixture->worker_ends[i] != 0)
            close(fixture->worker_ends[i]);
    }
    (void)standard_error_release();
    return 0;
}

static struct child *put(struct fixture *fixture, size_t place, enum child_state child_state)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        for (;;)
            pause();
    }
    fixture->worker_ends[place] = pair[1];
    fixture->workers.places[place] =
        (struct child){.state = child_state, .process = process, .control = pair[0]};
    return &fixture->workers.places[place];
}

/* Waits for the next that dies. */
static struct child *reap(struct fixture *fixture, struct child *died)
{
    siginfo_t dead = {0};
    assert_int_equal(waitid(P_ALL, 0, &dead, WEXITED | WNOWAIT), 0);
    struct child *place = workers_reap(&fixture->workers, dead.si_pid, died);
    assert_non_null(place);
    return place;
}

static bool has_somebody_died(void)
{
    siginfo_t dead = {0};
    return waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid != 0;
}

static const char *heard(struct fixture *fixture, size_t place)
{
    static struct control_message message;
    return control_receive(fixture->worker_ends[place], &message, false) == 1 ? message.word : "";
}

static void counts_who_served_and_died_and_tells_who_is_starting(void **state)
{
    struct fixture *fixture = *state;
    struct child died, *serving = put(fixture, 0, CHILD_READY);
    put(fixture, 1, CHILD_STARTING);
    pid_t process = serving->process;
    kill(process, SIGKILL);
    assert_ptr_equal(reap(fixture, &died), serving);
    assert_int_equal(died.process, process);
    assert_int_equal(serving->state, CHILD_NONE);
    assert_int_equal(fixture->workers.losses.died, 1);
    assert_int_equal(fixture->workers.losses.silent, 0);
    assert_string_equal(heard(fixture, 1), "lost 1 0");
    assert_null(workers_reap(&fixture->workers, process, &died));
}

static void counts_nobody_who_was_starting_or_asked_to_end(void **state)
{
    struct fixture *fixture = *state;
    struct child died;
    put(fixture, 0, CHILD_STARTING);
    put(fixture, 1, CHILD_READY);
    put(fixture, 2, CHILD_STARTING);
    child_drain(&fixture->workers.places[1], 0);
    kill(fixture->workers.places[0].process, SIGKILL);
    reap(fixture, &died);
    reap(fixture, &died);
    assert_int_equal(fixture->workers.losses.died, 0);
    assert_string_equal(heard(fixture, 2), "");
}

static void leaves_processes_that_are_no_workers_to_themselves(void **state)
{
    struct fixture *fixture = *state;
    struct child died, *worker = put(fixture, 0, CHILD_READY);
    pid_t stranger = fork();
    if (stranger == 0)
        _exit(0);
    siginfo_t ended;
    assert_int_equal(waitid(P_PID, (id_t)stranger, &ended, WEXITED | WNOWAIT), 0);
    assert_null(workers_reap(&fixture->workers, stranger, &died));
    assert_false(has_somebody_died());
    assert_int_equal(worker->state, CHILD_READY);
    assert_int_equal(fixture->workers.losses.died, 0);
}

static void kills_who_is_late_and_nobody_before(void **state)
{
    struct fixture *fixture = *state;
    struct child died;
    int64_t now_us = clock_monotonic_us();
    struct child *late = put(fixture, 0, CHILD_STARTING), *early = put(fixture, 1, CHILD_DRAINING);
    late->deadline_us = now_us;
    early->deadline_us = now_us + 60 * (int64_t)SECOND_US;
    workers_look(&fixture->workers, now_us);
    assert_ptr_equal(reap(fixture, &died), late);
    assert_int_equal(kill(early->process, 0), 0);
    assert_false(has_somebody_died());
    assert_non_null(strstr(standard_error_release(), "it was not ready within startDeadline"));
    standard_error_catch();
}

static void gives_up_who_was_silent_and_counts_that(void **state)
{
    struct fixture *fixture = *state;
    struct child died, *silent = put(fixture, 0, CHILD_READY);
    silent->silence = (struct silence){.deadline_us = SECOND_US, .lasted_us = SECOND_US, .looked_us = 1};
    assert_false(workers_has_given_up(&fixture->workers));
    workers_look(&fixture->workers, 2);
    assert_true(workers_has_given_up(&fixture->workers));
    assert_ptr_equal(reap(fixture, &died), silent);
    assert_false(workers_has_given_up(&fixture->workers));
    assert_int_equal(fixture->workers.losses.silent, 1);
    assert_int_equal(fixture->workers.losses.died, 0);
}

static void is_looked_at_when_the_first_of_its_deadlines_is_over(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(workers_next_look_us(&fixture->workers), 0);
    put(fixture, 0, CHILD_READY);
    assert_int_equal(workers_next_look_us(&fixture->workers), 0);
    put(fixture, 2, CHILD_STARTING)->deadline_us = 500;
    put(fixture, 1, CHILD_DRAINING)->deadline_us = 900;
    assert_int_equal(workers_next_look_us(&fixture->workers), 500);
    fixture->workers.places[0].silence = (struct silence){.deadline_us = 400, .looked_us = 300};
    assert_int_equal(workers_next_look_us(&fixture->workers), 400);
    fixture->workers.places[0].is_given_up = true;
    assert_int_equal(workers_next_look_us(&fixture->workers), 500);
}

static void hears_all_that_have_not_said_their_last_word(void **state)
{
    struct fixture *fixture = *state;
    struct pollfd waited[WORKERS_MAX];
    struct child *ready = put(fixture, 0, CHILD_READY), *starting = put(fixture, 3, CHILD_STARTING);
    struct child *draining = put(fixture, 5, CHILD_DRAINING);
    put(fixture, 6, CHILD_READY)->is_mute = true;
    workers_wait_for(&fixture->workers, waited);
    for (size_t i = 0; i < WORKERS_MAX; i++)
        assert_int_equal(waited[i].fd, i == 0   ? ready->control
                                       : i == 3 ? starting->control
                                       : i == 5 ? draining->control
                                                : -1);
}

static void asks_each_once_to_end_and_kills_all_that_are_there(void **state)
{
    struct fixture *fixture = *state;
    struct child died;
    put(fixture, 0, CHILD_READY);
    put(fixture, 1, CHILD_DRAINING)->deadline_us = 7;
    workers_drain(&fixture->workers, 9);
    assert_int_equal(fixture->workers.places[0].state, CHILD_DRAINING);
    assert_int_equal(fixture->workers.places[0].deadline_us, 9);
    assert_int_equal(fixture->workers.places[1].deadline_us, 7);
    assert_ptr_equal(reap(fixture, &died), &fixture->workers.places[0]); /* one that waits ends by SIGTERM */
    assert_true(workers_has_other(&fixture->workers, NULL));
    assert_false(workers_has_other(&fixture->workers, &fixture->workers.places[1]));
    workers_kill(&fixture->workers);
    assert_ptr_equal(reap(fixture, &died), &fixture->workers.places[1]);
    assert_false(workers_has_other(&fixture->workers, NULL));
}

static void starts_nobody_where_every_place_is_taken(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < WORKERS_MAX; i++)
        put(fixture, i, CHILD_DRAINING);
    assert_null(workers_start(&fixture->workers, "/nonexistent", "", &(struct inheritance){0}, 0));
    assert_non_null(strstr(standard_error_release(), "too many old ones are still draining"));
    standard_error_catch();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(counts_who_served_and_died_and_tells_who_is_starting),
        TEST(counts_nobody_who_was_starting_or_asked_to_end),
        TEST(leaves_processes_that_are_no_workers_to_themselves),
        TEST(kills_who_is_late_and_nobody_before),
        TEST(gives_up_who_was_silent_and_counts_that),
        TEST(is_looked_at_when_the_first_of_its_deadlines_is_over),
        TEST(hears_all_that_have_not_said_their_last_word),
        TEST(asks_each_once_to_end_and_kills_all_that_are_there),
        TEST(starts_nobody_where_every_place_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

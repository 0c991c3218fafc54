/* How programs of adapters live: started, restarted, replaced, ended with all that came of them, handed on. */
#include "program_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "programs/sealed_document.h"
#include "standard_error.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
#define TEST_ONLY(user, name)                                                                                  \
    cmocka_unit_test_prestate_setup_teardown(name, fixture_begin, fixture_end, (void *)(uintptr_t)(user))

static void is_handed_its_key_its_files_and_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    fixture_start(
        fixture, "forbidden",
        arena_print(fixture->arena, ",\"files\":{\"keytab\":\"%s\"}", fixture_path(fixture, "keytab")).base);
    const char *line = fixture_read_line(fixture);
    static const char before[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"start\",\"params\":{\"adapter\":\"acme\",\"sealing_key\":\"";
    assert_memory_equal(line, before, strlen(before));
    assert_string_equal(line + strlen(before) + 43, "\",\"files\":{\"keytab\":4},\"allow_addresses\":[]}}");
    assert_string_equal(fixture_ask(fixture, "open"), "0 1 2 3 4");
    assert_string_equal(fixture_ask(fixture, "descriptor 4"), "principal");
    assert_string_equal(fixture_ask(fixture, "environment"),
                        "PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 HOME=/ cwd=/");
}

/* As long as may be: its socket takes the whole of it at once, before there is anybody who reads. */
static void is_told_what_its_document_has_to_say_however_much_that_is(void **state)
{
    struct fixture *fixture = *state;
    enum { WORD = ADAPTER_SETTINGS_BYTES_MAX - sizeof("{\"realm\":\"\"}") + 1 };
    char *word = arena_allocate(fixture->arena, WORD + 1);
    memset(word, 'x', WORD);
    word[WORD] = '\0';
    struct text settings = arena_print(fixture->arena, "\"settings\":{\"realm\":\"%s\"}", word);
    fixture_start(fixture, "forbidden",
                  arena_print(fixture->arena, ",\"files\":{\"keytab\":\"%s\"},%s",
                              fixture_path(fixture, "keytab"), settings.base)
                      .base);
    assert_int_equal(fixture->refusals, 0);
    const char *line = fixture_read_line(fixture);
    assert_non_null(strstr(line, settings.base));
    assert_null(strstr(line, "listener"));
    assert_string_equal(fixture_ask(fixture, "open"), "0 1 2 3 4");
    fixture_start(fixture, "forbidden", ",\"settings\":{\"realm\":\"other\"}");
    fixture_wait_for_starts(fixture, 2);
    assert_non_null(strstr(fixture_read_line(fixture), "\"settings\":{\"realm\":\"other\"}"));
}

static void has_a_key_of_its_own_that_is_the_same_next_time(void **state)
{
    struct fixture *fixture = *state;
    fixture_start(fixture, "forbidden", "");
    const char *first = fixture_read_line(fixture);
    fixture_send(fixture, "exit 0");
    fixture_wait_for_starts(fixture, 2);
    assert_string_equal(fixture_read_line(fixture), first);
    char hash[65];
    fixture_hash(fixture_path(fixture, "adapters/forbidden"), hash);
    fixture_start_document(fixture, "other",
                           arena_print(fixture->arena,
                                       "{\"kind\":\"Adapter\",\"metadata\":{\"name\":\"other\"},\"spec\":{"
                                       "\"program\":\"forbidden\",\"sha256\":\"%s\"}}",
                                       hash)
                               .base);
    const char *other = strstr(fixture_read_line(fixture), "sealing_key");
    assert_non_null(other);
    assert_memory_not_equal(other, strstr(first, "sealing_key"), 60);
}

static void is_started_again_at_once_and_then_later_and_later(void **state)
{
    static const int64_t pauses_ms[] = {0, 100, 200};
    struct fixture *fixture = *state;
    fixture_run(fixture, "");
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(fixture->instance, i + 1);
        fixture_send(fixture, "exit 3");
        fixture_wait_for_ends(fixture, i + 1);
        assert_string_equal(fixture->ended, "exited with status 3");
        assert_int_equal(fixture->ended_instance, i + 1);
        assert_int_equal(fixture->restarts_in_ms, pauses_ms[i]);
        int64_t ended_us = clock_monotonic_us(); /* later than it was seen by as long as burying took */
        fixture_wait_for_starts(fixture, i + 2);
        assert_true(clock_monotonic_us() - ended_us >= 500 * pauses_ms[i]);
        (void)fixture_read_line(fixture);
    }
    fixture_send(fixture, "crash");
    fixture_wait_for_ends(fixture, 4);
    assert_string_equal(fixture->ended, "killed by signal 6");
}

static void is_killed_when_the_worker_says_so_of_this_instance(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "");
    pid_t left = fixture_number(fixture_ask(fixture, "linger f"));
    assert_true(fixture_is_alive(left));
    programs_kill(fixture->programs, OWNER, TEXT("acme"), 7);
    programs_kill(fixture->programs, OWNER + 1, TEXT("acme"), 1);
    assert_non_null(strstr(fixture_ask(fixture, "status Pid:"), "Pid:"));
    programs_kill(fixture->programs, OWNER, TEXT("acme"), 1);
    fixture_wait_for_ends(fixture, 1);
    assert_string_equal(fixture->ended, "killed, because it did not keep to the protocol");
    fixture_wait_for_starts(fixture, 2);
    usleep(50000);
    assert_false(fixture_is_alive(left));
}

/* Whether it forks once or twice, and asks for a session and a group of its own. */
static void leaves_nobody_behind(void **state)
{
    struct fixture *fixture = *state;
    static const char *const ways[] = {"linger f", "linger d"};
    for (unsigned i = 0; i < 2; i++) {
        fixture_run(fixture, "");
        pid_t left = fixture_number(fixture_ask(fixture, ways[i]));
        assert_true(fixture_is_alive(left));
        programs_stop(fixture->programs, OWNER, TEXT("acme"));
        fixture_wait_for_ends(fixture, i + 1);
        assert_int_equal(fixture->restarts_in_ms, -1);
        usleep(50000);
        assert_false(fixture_is_alive(left));
        assert_true(programs_are_none(fixture->programs));
    }
}

/* Another user's processes are swept even if they could leave their group, as where no calls are filtered. */
static void leaves_nobody_behind_who_has_a_session_of_his_own(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() != 0)
        skip();
    fixture_settings(fixture, "    isolation: none\n  insecure: [adapters-not-isolated]\n");
    fixture_use_layers(fixture, 0, false);
    fixture_run(fixture, ",\"isolation\":\"none\"");
    pid_t left = fixture_number(fixture_ask(fixture, "linger d"));
    assert_int_equal(getsid(left), left);
    programs_stop(fixture->programs, OWNER, TEXT("acme"));
    fixture_wait_for_ends(fixture, 1);
    usleep(50000);
    assert_false(fixture_is_alive(left));
}

static void is_killed_two_seconds_after_it_was_asked_to_end(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "");
    assert_string_equal(fixture_ask(fixture, "ignore-term"), "done");
    int64_t asked_us = clock_monotonic_us();
    programs_note_gone(fixture->programs, OWNER);
    while (!programs_are_none(fixture->programs) && clock_monotonic_us() - asked_us < 10 * 1000 * 1000)
        fixture_turn(fixture, 10);
    int64_t lasted_ms = (clock_monotonic_us() - asked_us) / 1000;
    assert_in_range(lasted_ms, 1900, 4000);
    assert_int_equal(fixture->ends, 0); /* there is nobody to be told */
}

static void gives_way_to_another_document_and_not_to_the_same(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "");
    fixture_start(fixture, "forbidden", "");
    fixture_turn(fixture, 50);
    assert_int_equal(fixture->starts, 1);
    fixture_start(fixture, "forbidden", ",\"limits\":{\"openFiles\":40}");
    fixture_wait_for_starts(fixture, 2);
    assert_int_equal(fixture->ends, 1);
    assert_int_equal(fixture->restarts_in_ms, 0);
    assert_int_equal(fixture->instance, 2);
    (void)fixture_read_line(fixture);
    assert_non_null(strstr(fixture_ask(fixture, "status Pid:"), "Pid:"));
}

static void is_not_started_again_for_a_worker_that_drains(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "");
    programs_note_draining(fixture->programs, OWNER);
    assert_non_null(strstr(fixture_ask(fixture, "status Pid:"), "Pid:")); /* but lives on */
    fixture_send(fixture, "exit 0");
    fixture_wait_for_ends(fixture, 1);
    assert_int_equal(fixture->restarts_in_ms, -1);
    assert_true(programs_are_none(fixture->programs));
}

static void ends_where_its_start_could_not_be_told(void **state)
{
    struct fixture *fixture = *state;
    fixture->is_deaf = true;
    fixture_start(fixture, "forbidden", "");
    fixture_wait_for_ends(fixture, 1);
    assert_string_equal(fixture->ended, "killed by signal 9");
}

static void runs_as_a_trial_beside_itself(void **state)
{
    struct fixture *fixture = *state;
    char hash[65];
    fixture_run(fixture, "");
    fixture_hash(fixture_path(fixture, "adapters/forbidden"), hash);
    fixture_start_document(fixture, "~acme",
                           arena_print(fixture->arena,
                                       "{\"kind\":\"Adapter\",\"metadata\":{\"name\":\"acme\"},\"spec\":{"
                                       "\"program\":\"forbidden\",\"sha256\":\"%s\"}}",
                                       hash)
                               .base);
    assert_int_equal(fixture->starts, 2);
    assert_non_null(strstr(fixture_read_line(fixture), "\"adapter\":\"acme\""));
    programs_stop(fixture->programs, OWNER, TEXT("~acme"));
    fixture_wait_for_ends(fixture, 1);
    assert_int_equal(fixture->ended_instance, 2);
    assert_false(programs_are_none(fixture->programs));
}

/* As over an exec in our own place: the processes are the same, and are looked after by who comes. */
static void survives_who_started_it_being_replaced(void **state)
{
    struct fixture *fixture = *state;
    SCOPED_BUFFER lines = {0};
    fixture_run(fixture, "");
    programs_keep_over_exec(fixture->programs, true);
    programs_write_state(fixture->programs, &lines);
    static struct programs *before; /* an exec forgets it; its descriptors are the other's */
    before = fixture->programs;
    fixture->programs = NULL;
    fixture_use_layers(fixture, fixture->layers.landlock_version, true);
    struct text rest = buffer_text(&lines);
    for (struct text line; rest.length != 0;) {
        line = text_cut(&rest, '\n');
        assert_true(text_is(text_cut(&line, ' '), "adapter"));
        programs_take_state(fixture->programs, &fixture->documents, line);
    }
    assert_non_null(strstr(fixture_ask(fixture, "status Pid:"), "Pid:"));
    fixture_start(fixture, "forbidden", ""); /* the same: nothing to do */
    assert_int_equal(fixture->starts, 1);
    fixture_send(fixture, "exit 0");
    fixture_wait_for_starts(fixture, 2);
    assert_int_equal(fixture->ended_instance, 1);
    assert_int_equal(fixture->instance, 2);
    assert_ptr_not_equal(before, fixture->programs);
}

static unsigned count_of(const char *text, const char *word)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += strlen(word))
        count++;
    return count;
}

static void prints_into_the_log_as_much_as_people_read(void **state)
{
    struct fixture *fixture = *state;
    standard_error_catch();
    fixture_run(fixture, "");
    assert_string_equal(fixture_ask(fixture, "print a\x1b[31mred\"line"), "done");
    for (unsigned i = 0; i < 3; i++)
        fixture_turn(fixture, 20);
    fixture_send(fixture, "flood");
    int64_t until_us = clock_monotonic_us() + 500 * 1000;
    unsigned turns = 0;
    for (; clock_monotonic_us() < until_us; turns++)
        fixture_turn(fixture, 100);
    programs_stop(fixture->programs, OWNER, TEXT("acme"));
    fixture_wait_for_ends(fixture, 1);
    const char *log = standard_error_release();
    assert_non_null(
        strstr(log, "\"event\":\"adapter_output\",\"adapter\":\"acme\",\"line\":\"a\\u001b[31mred\\\"line\""));
    assert_int_equal(count_of(log, "\"adapter_output\""), 20);
    assert_int_equal(count_of(log, "\"adapter_output_dropped\""), 1);
    assert_true(turns < 40); /* and a flood does not keep us busy */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_handed_its_key_its_files_and_nothing_else),
        TEST(is_told_what_its_document_has_to_say_however_much_that_is),
        TEST(has_a_key_of_its_own_that_is_the_same_next_time),
        TEST(is_started_again_at_once_and_then_later_and_later),
        TEST(is_killed_when_the_worker_says_so_of_this_instance),
        TEST(leaves_nobody_behind),
        TEST_ONLY(fixture_as_root, leaves_nobody_behind_who_has_a_session_of_his_own),
        TEST(is_killed_two_seconds_after_it_was_asked_to_end),
        TEST(gives_way_to_another_document_and_not_to_the_same),
        TEST(is_not_started_again_for_a_worker_that_drains),
        TEST(ends_where_its_start_could_not_be_told),
        TEST(runs_as_a_trial_beside_itself),
        TEST(survives_who_started_it_being_replaced),
        TEST(prints_into_the_log_as_much_as_people_read),
    };
    return fixture_run_group(tests, sizeof(tests) / sizeof(tests[0]));
}

/* A program that prints the sealing key: what it gets, what is taken from it, when it is ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* after what it needs */

#include "base/clock.h"
#include "keys/sealing_key.h"
#include "supervisor/supervisor.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct secret *bring(const char *script, int64_t timeout_s, char *detail)
{
    struct text arguments[] = {TEXT("/bin/sh"), TEXT("-c"), text_of(script)};
    struct text names[] = {TEXT("SEALING_LISTED")};
    const struct sealing_document settings = {
        .command = {arguments, 3}, .command_environment = {names, 1}, .command_timeout_s = timeout_s};
    detail[0] = '\0';
    return sealing_key_bring(&settings, detail);
}

static void expect_none(const char *script, int64_t timeout_s, const char *because)
{
    char detail[SEALING_DETAIL_SIZE];
    assert_null(bring(script, timeout_s, detail));
    if (strstr(detail, because) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", script, detail, because);
}

static void takes_one_line_that_is_a_key_and_nothing_else(void **state)
{
    (void)state;
    char detail[SEALING_DETAIL_SIZE];
    struct secret *key = bring("echo " HEX, 20, detail);
    assert_non_null(key);
    assert_int_equal(secret_length(key), SEALING_KEY_SIZE);
    secret_destroy(key);
    expect_none("echo " HEX " more", 20, "printed something else");
    expect_none("echo " HEX "; echo more", 20, "printed something else");
    expect_none("head -c 1000000 /dev/zero", 20, "printed something else");
    expect_none("echo " HEX "; exit 3", 20, "ended with status 3");
    expect_none("kill -9 $$", 20, "ended by a signal");
}

static void gives_it_the_variables_that_are_listed_and_no_descriptor(void **state)
{
    (void)state;
    char detail[SEALING_DETAIL_SIZE];
    setenv("SEALING_LISTED", HEX, 1);
    setenv("SEALING_OTHER", "x", 1);
    struct secret *key =
        bring("[ -z \"$SEALING_OTHER\" ] && [ ! -e /proc/self/fd/9 ] && echo $SEALING_LISTED", 20, detail);
    if (key == NULL)
        fail_msg("%s", detail);
    secret_destroy(key);
}

static void ends_one_that_takes_too_long_with_what_it_has_started(void **state)
{
    (void)state;
    int64_t before_us = clock_monotonic_us();
    expect_none("sleep 300 & sleep 300", 1, "did not end within sealing.commandTimeout");
    expect_none("exec >&-; sleep 300", 1, "did not end within sealing.commandTimeout");
    assert_true(clock_monotonic_us() - before_us < 100 * 1000 * 1000);
}

static void executes_nothing_that_is_not_there_or_no_program(void **state)
{
    (void)state;
    struct text argument = TEXT("/nonexistent/kms");
    struct sealing_document settings = {.command = {&argument, 1}, .command_timeout_s = 20};
    char detail[SEALING_DETAIL_SIZE];
    assert_null(sealing_key_bring(&settings, detail));
    assert_non_null(strstr(detail, "No such file"));
    argument = TEXT("/etc/passwd");
    assert_null(sealing_key_bring(&settings, detail));
    assert_non_null(strstr(detail, "no program that can be executed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_one_line_that_is_a_key_and_nothing_else),
        cmocka_unit_test(gives_it_the_variables_that_are_listed_and_no_descriptor),
        cmocka_unit_test(ends_one_that_takes_too_long_with_what_it_has_started),
        cmocka_unit_test(executes_nothing_that_is_not_there_or_no_program),
    };
    return cmocka_run_group_tests_name("supervisor/sealing_command", tests, NULL, NULL);
}

/* What the supervisor keeps of the sealing key, and what it asks for anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h> /* after what it needs */

#include "keys/sealing_key.h"
#include "sealing/sealing_keeper.h"

static struct secret *some_key(unsigned char first)
{
    unsigned char bytes[SEALING_KEY_SIZE] = {first};
    return secret_create(bytes, sizeof(bytes));
}

static int first_of(struct secret *key)
{
    int first = key == NULL ? -1 : secret_bytes(key)[0];
    secret_destroy(key);
    return first;
}

static void reads_a_file_anew_each_time_and_keeps_nothing_of_it(void **state)
{
    (void)state;
    struct sealing_keeper keeper;
    char folder[] = "/tmp/dragoman-keeper-XXXXXX", path[64], detail[SEALING_KEY_DETAIL_SIZE];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/key", folder);
    const struct sealing_document settings = {.key_file = text_of(path)};
    sealing_keeper_init(&keeper);
    sealing_keeper_ask(&keeper, &settings);
    assert_false(sealing_keeper_is_busy(&keeper));
    assert_int_equal(first_of(sealing_keeper_key(&keeper)), -1);
    assert_non_null(strstr(keeper.failure, "No such file"));
    assert_int_equal(sealing_key_make_file(path, detail), FAULT_NONE);
    struct secret *key = sealing_keeper_key(&keeper);
    assert_non_null(key);
    secret_destroy(key);
    assert_null(keeper.kept);
    unlink(path);
    assert_int_equal(first_of(sealing_keeper_key(&keeper)), -1);
    rmdir(folder);
    sealing_keeper_end(&keeper);
}

static void keeps_what_an_operator_gave_until_it_is_refused(void **state)
{
    (void)state;
    struct sealing_keeper keeper;
    const struct sealing_document settings = {.is_manual = true};
    sealing_keeper_init(&keeper);
    sealing_keeper_ask(&keeper, &settings);
    assert_int_equal(first_of(sealing_keeper_key(&keeper)), -1);
    assert_non_null(strstr(keeper.failure, "an operator has to give the key"));
    assert_string_equal(sealing_keeper_source(&keeper), "manual");
    sealing_keeper_take(&keeper, some_key(7), true);
    assert_int_equal(first_of(sealing_keeper_key(&keeper)), 7);
    assert_int_equal(first_of(sealing_keeper_key(&keeper)), 7);
    assert_string_equal(sealing_keeper_source(&keeper), "operator");
    sealing_keeper_refuse(&keeper, "it is another");
    assert_int_equal(first_of(sealing_keeper_key(&keeper)), -1);
    assert_string_equal(keeper.failure, "it is another");
    assert_int_equal(keeper.next_us, 0); /* nobody is asked but the operator */
    sealing_keeper_end(&keeper);
}

static void derives_another_key_for_each_adapter(void **state)
{
    (void)state;
    struct sealing_keeper keeper;
    char detail[SEALING_KEY_DETAIL_SIZE];
    sealing_keeper_init(&keeper);
    sealing_keeper_ask(&keeper, &(struct sealing_document){.is_manual = true});
    assert_null(sealing_keeper_derive(&keeper, TEXT("acme"), detail));
    assert_non_null(strstr(detail, "an operator has to give the key"));
    sealing_keeper_take(&keeper, some_key(7), true);
    SCOPED_SECRET one = sealing_keeper_derive(&keeper, TEXT("acme"), detail);
    SCOPED_SECRET again = sealing_keeper_derive(&keeper, TEXT("acme"), detail);
    SCOPED_SECRET other = sealing_keeper_derive(&keeper, TEXT("other"), detail);
    assert_memory_equal(secret_bytes(one), secret_bytes(again), SEALING_KEY_SIZE);
    assert_memory_not_equal(secret_bytes(one), secret_bytes(other), SEALING_KEY_SIZE);
    sealing_keeper_end(&keeper);
}

static void asks_again_after_ever_longer_waits(void **state)
{
    (void)state;
    struct sealing_keeper keeper;
    sealing_keeper_init(&keeper);
    sealing_keeper_ask(&keeper, &(struct sealing_document){.key_file = TEXT("/nonexistent/key")});
    sealing_keeper_note(&keeper, false);
    int64_t first_us = keeper.next_us;
    assert_true(first_us != 0);
    for (int i = 0; i < 12; i++)
        sealing_keeper_note(&keeper, false);
    assert_true(keeper.next_us - first_us > 20 * 1000 * 1000);
    sealing_keeper_note(&keeper, true);
    assert_int_equal(keeper.next_us, 0);
    sealing_keeper_end(&keeper);
}

static void passes_a_key_through_a_pipe_once(void **state)
{
    (void)state;
    SCOPED_SECRET key = some_key(9);
    int pipe = sealing_key_pipe(key);
    assert_true(pipe >= 0);
    int again = dup(pipe);
    assert_int_equal(first_of(sealing_key_from_pipe(pipe)), 9);
    assert_int_equal(first_of(sealing_key_from_pipe(again)), -1);
    assert_int_equal(sealing_key_pipe(NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_file_anew_each_time_and_keeps_nothing_of_it),
        cmocka_unit_test(keeps_what_an_operator_gave_until_it_is_refused),
        cmocka_unit_test(derives_another_key_for_each_adapter),
        cmocka_unit_test(asks_again_after_ever_longer_waits),
        cmocka_unit_test(passes_a_key_through_a_pipe_once),
    };
    return cmocka_run_group_tests_name("supervisor/sealing_keeper", tests, NULL, NULL);
}

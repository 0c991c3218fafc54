/* Identifiers: their shape, their order in time, and that no two are alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"

static const int64_t now_us = INT64_C(1795529106123456);

static void makes_26_characters_of_the_alphabet(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char identifier[IDENTIFIER_SIZE];
        identifier_make(now_us, identifier);
        assert_int_equal(strlen(identifier), IDENTIFIER_LENGTH);
        assert_int_equal(strspn(identifier, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), IDENTIFIER_LENGTH);
    }
}

static void keeps_the_millisecond_it_was_made_in(void **state)
{
    (void)state;
    static const int64_t times_us[] = {0, 999, 1000, INT64_C(1795529106123456), INT64_C(281474976710655999)};
    for (size_t i = 0; i < sizeof(times_us) / sizeof(times_us[0]); i++) {
        char identifier[IDENTIFIER_SIZE];
        identifier_make(times_us[i], identifier);
        assert_true(identifier_time_ms(identifier, IDENTIFIER_LENGTH) == times_us[i] / 1000);
    }
}

static void sorts_by_time(void **state)
{
    (void)state;
    char earlier[IDENTIFIER_SIZE];
    identifier_make(now_us, earlier);
    for (int64_t i = 1; i < 5000; i += 37) {
        char later[IDENTIFIER_SIZE];
        identifier_make(now_us + i * 1000, later);
        assert_true(strcmp(earlier, later) < 0);
        memcpy(earlier, later, sizeof(earlier));
    }
}

static void never_makes_the_same_twice(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    static char identifiers[COUNT][IDENTIFIER_SIZE];
    for (int i = 0; i < COUNT; i++) {
        identifier_make(now_us, identifiers[i]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(identifiers[i], identifiers[j]);
    }
}

static void knows_what_is_not_an_identifier(void **state)
{
    (void)state;
    static const char good[] = "01JD0000000000000000000000";
    assert_true(identifier_time_ms(good, IDENTIFIER_LENGTH) > 0);
    assert_int_equal(identifier_time_ms(good, IDENTIFIER_LENGTH - 1), -1);
    assert_int_equal(identifier_time_ms("01JD00000000000000000000000", 27), -1);
    static const char *const wrong[] = {"81JD0000000000000000000000", "01jd0000000000000000000000",
                                        "01JD000000000000000000000U", "01JD00000000000000000000 0",
                                        "I1JD0000000000000000000000", "01JD0000000000000000000L00"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(identifier_time_ms(wrong[i], IDENTIFIER_LENGTH), -1);
    char with_zero[IDENTIFIER_SIZE];
    memcpy(with_zero, good, sizeof(with_zero));
    with_zero[20] = '\0';
    assert_int_equal(identifier_time_ms(with_zero, IDENTIFIER_LENGTH), -1);
}

static void fills_every_byte_in_the_long_run(void **state)
{
    (void)state;
    unsigned char seen[33] = {0};
    for (int i = 0; i < 64; i++) {
        unsigned char bytes[33] = {0};
        random_bytes(bytes, 32);
        for (int j = 0; j < 33; j++)
            seen[j] |= bytes[j];
    }
    for (int j = 0; j < 32; j++)
        assert_int_not_equal(seen[j], 0);
    assert_int_equal(seen[32], 0);
}

/* Both processes would otherwise go on with the same supply. */
static void gives_a_child_process_other_bytes_than_its_parent(void **state)
{
    (void)state;
    unsigned char ours[16], theirs[16];
    int ends[2];
    random_bytes(ours, sizeof(ours));
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        random_bytes(theirs, sizeof(theirs));
        _exit(write(ends[1], theirs, sizeof(theirs)) == sizeof(theirs) ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    random_bytes(ours, sizeof(ours));
    assert_int_equal(read(ends[0], theirs, sizeof(theirs)), sizeof(theirs));
    assert_memory_not_equal(ours, theirs, sizeof(ours));
    close(ends[0]);
    close(ends[1]);
}

static void gives_no_short_run_of_bytes_twice(void **state)
{
    (void)state;
    enum { COUNT = 400, LENGTH = 8 };
    static unsigned char runs[COUNT][LENGTH];
    for (int i = 0; i < COUNT; i++) {
        random_bytes(runs[i], LENGTH);
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(runs[i], runs[j], LENGTH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_a_child_process_other_bytes_than_its_parent),
        cmocka_unit_test(gives_no_short_run_of_bytes_twice),
        cmocka_unit_test(makes_26_characters_of_the_alphabet),
        cmocka_unit_test(keeps_the_millisecond_it_was_made_in),
        cmocka_unit_test(sorts_by_time),
        cmocka_unit_test(never_makes_the_same_twice),
        cmocka_unit_test(knows_what_is_not_an_identifier),
        cmocka_unit_test(fills_every_byte_in_the_long_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

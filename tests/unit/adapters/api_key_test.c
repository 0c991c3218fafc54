/* The text of an API key: its shape, its checksum, its fingerprint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/api_key.h"

enum { RANDOM_AT = 4 + API_KEY_TIME_DIGITS };
static const int64_t ISSUED_AT_MS = 1800000000123;

/* CRC-32 of these four and forty characters, by zlib. */
static const char known[] = "drg_0VgmOYsV00000000000000000000000000000000";

static void has_a_prefix_and_nothing_but_digits_and_letters(void **state)
{
    (void)state;
    char key[API_KEY_SIZE];
    api_key_make(ISSUED_AT_MS, key);
    assert_int_equal(strlen(key), API_KEY_LENGTH);
    assert_memory_equal(key, "drg_", 4);
    assert_int_equal(strspn(key + 4, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), 46);
    assert_true(api_key_is_whole(text_of(key)));
}

static void is_another_one_every_time_and_uses_every_digit(void **state)
{
    (void)state;
    char key[API_KEY_SIZE], before[API_KEY_SIZE] = "";
    bool is_seen[256] = {false};
    size_t seen = 0;
    for (int i = 0; i < 200; i++) {
        api_key_make(ISSUED_AT_MS, key);
        assert_string_not_equal(key, before);
        memcpy(before, key, sizeof(before));
        for (size_t at = RANDOM_AT; at < RANDOM_AT + API_KEY_RANDOM_DIGITS; at++)
            is_seen[(unsigned char)key[at]] = true;
    }
    for (size_t i = 0; i < 256; i++)
        seen += is_seen[i];
    assert_int_equal(seen, 62);
}

static void is_not_whole_after_any_change_of_one_character(void **state)
{
    (void)state;
    char key[API_KEY_SIZE];
    api_key_make(ISSUED_AT_MS, key);
    for (size_t at = 0; at < API_KEY_LENGTH; at++) {
        char kept = key[at];
        for (int byte = 0; byte < 256; byte++) {
            key[at] = (char)byte;
            assert_int_equal(api_key_is_whole((struct text){key, API_KEY_LENGTH}), (char)byte == kept);
        }
        key[at] = kept;
    }
    assert_false(api_key_is_whole((struct text){key, API_KEY_LENGTH - 1}));
    assert_false(api_key_is_whole(TEXT_NONE));
}

static void is_not_whole_when_two_neighbours_have_changed_places(void **state)
{
    (void)state;
    char key[API_KEY_SIZE];
    api_key_make(ISSUED_AT_MS, key);
    for (size_t at = 4; at + 1 < API_KEY_LENGTH; at++) {
        char first = key[at], second = key[at + 1];
        key[at] = second;
        key[at + 1] = first;
        assert_int_equal(api_key_is_whole(text_of(key)), first == second);
        key[at] = first;
        key[at + 1] = second;
    }
}

/* So that others can check one with zlib.crc32 and a division. */
static void ends_in_the_crc_of_all_before_it_in_base_62(void **state)
{
    (void)state;
    char key[API_KEY_SIZE];
    assert_true(snprintf(key, sizeof(key), "%s%s", known, "45XzKh") == API_KEY_LENGTH);
    assert_true(api_key_is_whole(text_of(key)));
}

static void is_recognised_by_a_hash_that_needs_the_sealing_key(void **state)
{
    (void)state;
    char folder[] = "/tmp/dragoman-unit-XXXXXX", path[64], detail[256], key[API_KEY_SIZE],
         first[API_KEY_FINGERPRINT_SIZE], second[API_KEY_FINGERPRINT_SIZE], other[API_KEY_FINGERPRINT_SIZE];
    struct sealer *sealers[2];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/sealing.key", folder);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
        assert_int_equal(sealer_open(path, &sealers[i], detail), FAULT_NONE);
        unlink(path);
    }
    api_key_make(ISSUED_AT_MS, key);
    api_key_fingerprint(sealers[0], text_of(key), first);
    api_key_fingerprint(sealers[0], text_of(key), second);
    api_key_fingerprint(sealers[1], text_of(key), other);
    assert_string_equal(first, second);
    assert_string_not_equal(first + 12, other + 12);
    assert_int_equal(strlen(first), 64);
    key[RANDOM_AT] = key[RANDOM_AT] == 'a' ? 'b' : 'a';
    api_key_fingerprint(sealers[0], text_of(key), other);
    assert_string_not_equal(first + 12, other + 12);
    sealer_destroy(sealers[0]);
    sealer_destroy(sealers[1]);
    rmdir(folder);
}

/* For leases of keys that follow one another to lie side by side in the store. */
static void has_a_fingerprint_that_begins_with_the_millisecond_of_issue(void **state)
{
    (void)state;
    static const int64_t times_ms[] = {0, 1, 61, 62, 1800000000122, 1800000000123, 218340105584895};
    char folder[] = "/tmp/dragoman-unit-XXXXXX", path[64], detail[256], key[API_KEY_SIZE], expected[32],
         fingerprint[API_KEY_FINGERPRINT_SIZE], before[API_KEY_FINGERPRINT_SIZE] = "";
    struct sealer *sealer;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/sealing.key", folder);
    assert_int_equal(sealer_make_file(path, detail), FAULT_NONE);
    assert_int_equal(sealer_open(path, &sealer, detail), FAULT_NONE);
    for (size_t i = 0; i < sizeof(times_ms) / sizeof(times_ms[0]); i++) {
        api_key_make(times_ms[i], key);
        assert_true(api_key_is_whole(text_of(key)));
        api_key_fingerprint(sealer, text_of(key), fingerprint);
        snprintf(expected, sizeof(expected), "%012" PRIx64, (uint64_t)times_ms[i]);
        assert_memory_equal(fingerprint, expected, 12);
        assert_true(strcmp(fingerprint, before) > 0);
        memcpy(before, fingerprint, sizeof(before));
    }
    sealer_destroy(sealer);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_a_prefix_and_nothing_but_digits_and_letters),
        cmocka_unit_test(is_another_one_every_time_and_uses_every_digit),
        cmocka_unit_test(is_not_whole_after_any_change_of_one_character),
        cmocka_unit_test(is_not_whole_when_two_neighbours_have_changed_places),
        cmocka_unit_test(ends_in_the_crc_of_all_before_it_in_base_62),
        cmocka_unit_test(is_recognised_by_a_hash_that_needs_the_sealing_key),
        cmocka_unit_test(has_a_fingerprint_that_begins_with_the_millisecond_of_issue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

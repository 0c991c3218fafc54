/* The two spellings of an ECDSA signature, each with exactly one form. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ecdsa_signature.h"

static bool to_der(const unsigned char *raw, size_t length, size_t coordinate, unsigned char *der,
                   size_t *der_length)
{
    return ecdsa_signature_to_der((struct text){(const char *)raw, length}, coordinate, der, der_length);
}

static void spells_small_and_large_numbers_minimally(void **state)
{
    (void)state;
    unsigned char raw[64] = {0}, der[ECDSA_DER_SIZE_MAX];
    static const unsigned char expected[] = {0x30, 0x07, 0x02, 0x01, 0x05, 0x02, 0x02, 0x00, 0x80};
    size_t length = 0;
    raw[31] = 5;
    raw[63] = 0x80;
    assert_true(to_der(raw, sizeof(raw), 32, der, &length));
    assert_int_equal(length, sizeof(expected));
    assert_memory_equal(der, expected, sizeof(expected));
}

static void round_trips_the_longest_signature(void **state)
{
    (void)state;
    unsigned char raw[132], der[ECDSA_DER_SIZE_MAX], back[132];
    size_t length = 0;
    memset(raw, 0xff, sizeof(raw));
    assert_true(to_der(raw, sizeof(raw), 66, der, &length));
    assert_int_equal(length, 141);
    assert_int_equal(der[1], 0x81);
    assert_true(ecdsa_signature_from_der(der, length, 66, back));
    assert_memory_equal(back, raw, sizeof(raw));
}

static void round_trips_every_count_of_leading_zeros(void **state)
{
    (void)state;
    for (size_t zeros = 0; zeros < 32; zeros++)
        for (unsigned lead = 1; lead < 256; lead += 127) {
            unsigned char raw[64] = {0}, der[ECDSA_DER_SIZE_MAX], back[64];
            size_t length = 0;
            memset(raw + zeros, (int)lead, 32 - zeros);
            memset(raw + 32 + (31 - zeros), (int)lead, zeros + 1);
            assert_true(to_der(raw, sizeof(raw), 32, der, &length));
            assert_true(ecdsa_signature_from_der(der, length, 32, back));
            assert_memory_equal(back, raw, sizeof(raw));
        }
}

static void refuses_zero_numbers_and_wrong_lengths(void **state)
{
    (void)state;
    unsigned char raw[66] = {0}, der[ECDSA_DER_SIZE_MAX];
    size_t length = 0;
    assert_false(to_der(raw, 64, 32, der, &length));
    raw[0] = 1;
    assert_false(to_der(raw, 64, 32, der, &length));
    raw[40] = 1;
    assert_true(to_der(raw, 64, 32, der, &length));
    assert_false(to_der(raw, 63, 32, der, &length));
    assert_false(to_der(raw, 65, 32, der, &length));
    assert_false(to_der(raw, 0, 32, der, &length));
    assert_false(to_der(raw, 134, 67, der, &length));
}

struct bad_der {
    const char *why;
    unsigned char bytes[16];
    size_t length;
};

static void refuses_der_that_is_not_exactly_two_minimal_positive_numbers(void **state)
{
    (void)state;
    static const struct bad_der bad[] = {
        {"empty", {0}, 0},
        {"a tag alone", {0x30}, 1},
        {"an empty sequence", {0x30, 0x00}, 2},
        {"one number", {0x30, 0x03, 0x02, 0x01, 0x01}, 5},
        {"no sequence", {0x31, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01}, 8},
        {"a length beyond the end", {0x30, 0x07, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01}, 8},
        {"bytes after the end", {0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x00}, 9},
        {"a third element", {0x30, 0x09, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01}, 11},
        {"a long length for a short one", {0x30, 0x81, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01}, 9},
        {"a negative number", {0x30, 0x06, 0x02, 0x01, 0x81, 0x02, 0x01, 0x01}, 8},
        {"zero", {0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01}, 8},
        {"a padded number", {0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x01}, 9},
        {"an empty number", {0x30, 0x05, 0x02, 0x00, 0x02, 0x01, 0x01}, 7},
        {"another tag", {0x30, 0x06, 0x03, 0x01, 0x01, 0x02, 0x01, 0x01}, 8},
        {"a number beyond the end", {0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x02, 0x01}, 8},
        {"a number beyond the curve", {0x30, 0x08, 0x02, 0x03, 0x01, 0x01, 0x01, 0x02, 0x01, 0x01}, 10},
    };
    unsigned char raw[4];
    static const unsigned char good[] = {0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01};
    assert_true(ecdsa_signature_from_der(good, sizeof(good), 2, raw));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (ecdsa_signature_from_der(bad[i].bytes, bad[i].length, 2, raw))
            fail_msg("accepted: %s", bad[i].why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spells_small_and_large_numbers_minimally),
        cmocka_unit_test(round_trips_the_longest_signature),
        cmocka_unit_test(round_trips_every_count_of_leading_zeros),
        cmocka_unit_test(refuses_zero_numbers_and_wrong_lengths),
        cmocka_unit_test(refuses_der_that_is_not_exactly_two_minimal_positive_numbers),
    };
    return cmocka_run_group_tests_name("keys/ecdsa_signature", tests, NULL, NULL);
}

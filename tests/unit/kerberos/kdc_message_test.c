/* What counts as a request and as an answer, by the first bytes of their DER. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kdc_message.h"

#define BYTES(...) ((struct text){(const char[]){__VA_ARGS__}, sizeof((const char[]){__VA_ARGS__})})

static bool read(unsigned a, unsigned b, unsigned c, unsigned d, size_t *length)
{
    const unsigned char bytes[] = {(unsigned char)a, (unsigned char)b, (unsigned char)c, (unsigned char)d};
    return kdc_length_read(bytes, KDC_REQUEST_MAX, length);
}

static void a_length_is_big_endian_and_bounded(void **state)
{
    (void)state;
    size_t length;
    assert_true(read(0, 0, 1, 2, &length));
    assert_int_equal(length, 258);
    assert_true(read(0, 1, 0, 0, &length));
    assert_int_equal(length, 65536);
    assert_false(read(0, 1, 0, 1, &length));
    assert_false(read(0, 0, 0, 0, &length));
    assert_false(read('G', 'E', 'T', ' ', &length));
    const unsigned char high[] = {0x80, 0, 0, 5};
    assert_false(kdc_length_read(high, SIZE_MAX, &length));
}

static void only_the_two_requests_are_requests(void **state)
{
    (void)state;
    assert_true(kdc_is_request(BYTES(0x6a, 2, 0x30, 0)));
    assert_true(kdc_is_request(BYTES(0x6c, 2, 0x30, 0)));
    assert_false(kdc_is_request(BYTES(0x6b, 2, 0x30, 0)));
    assert_false(kdc_is_request(BYTES(0x7e, 2, 0x30, 0)));
    assert_false(kdc_is_request(BYTES(0x30, 2, 0x30, 0)));
    assert_false(kdc_is_request(BYTES(0x6a)));
    assert_false(kdc_is_request(TEXT_NONE));
}

static void a_request_is_as_long_as_it_says(void **state)
{
    (void)state;
    assert_false(kdc_is_request(BYTES(0x6a, 3, 0x30, 0)));
    assert_false(kdc_is_request(BYTES(0x6a, 2, 0x30, 0, 0)));
    assert_true(kdc_is_request(BYTES(0x6a, (char)0x81, 2, 0x30, 0)));
    assert_true(kdc_is_request(BYTES(0x6a, (char)0x84, 0, 0, 0, 2, 0x30, 0)));
    assert_false(kdc_is_request(BYTES(0x6a, (char)0x80, 0x30, 0, 0, 0)));
    assert_false(kdc_is_request(BYTES(0x6a, (char)0x85, 0, 0, 0, 0, 2, 0x30, 0)));
    assert_false(kdc_is_request(BYTES(0x6a, (char)0x84, (char)0xff, (char)0xff, (char)0xff, (char)0xff, 0)));
    assert_false(kdc_is_request(BYTES(0x6a, (char)0x82, 0)));
}

/* As a KDC encodes it: pvno, msg-type, stime, susec, error-code. */
static struct text error_with(const char code[3])
{
    static char bytes[] = {0x7e, 0x28, 0x30,       0x26, (char)0xa0, 3,    2,   1,   5,   (char)0xa1, 3,   2,
                           1,    30,   (char)0xa4, 0x11, 0x18,       0x0f, '2', '0', '2', '6',        '1', '1',
                           '3',  '0',  '1',        '2',  '0',        '0',  '0', '0', 'Z', (char)0xa5, 3,   2,
                           1,    0,    (char)0xa6, 3,    2,          1,    0};
    bytes[sizeof(bytes) - 3] = code[0];
    bytes[sizeof(bytes) - 2] = code[1];
    bytes[sizeof(bytes) - 1] = code[2];
    bytes[1] = (char)(sizeof(bytes) - 2);
    bytes[3] = (char)(sizeof(bytes) - 4);
    return (struct text){bytes, sizeof(bytes)};
}

static void an_error_is_an_answer_unless_the_kdc_is_unavailable(void **state)
{
    (void)state;
    const char unavailable[] = {2, 1, 29}, unknown[] = {2, 1, 6}, no_number[] = {4, 1, 29};
    assert_int_equal(kdc_answer_kind(error_with(unavailable)), KDC_ANSWER_UNAVAILABLE);
    assert_int_equal(kdc_answer_kind(error_with(unknown)), KDC_ANSWER);
    assert_int_equal(kdc_answer_kind(error_with(no_number)), KDC_ANSWER);
    assert_int_equal(kdc_answer_kind(BYTES(0x7e, 2, 0x30, 0)), KDC_ANSWER);
    assert_int_equal(kdc_answer_kind(BYTES(0x7e, 0)), KDC_ANSWER);
}

static void the_two_replies_are_answers_and_nothing_else_is(void **state)
{
    (void)state;
    assert_int_equal(kdc_answer_kind(BYTES(0x6b, 2, 0x30, 0)), KDC_ANSWER);
    assert_int_equal(kdc_answer_kind(BYTES(0x6d, 2, 0x30, 0)), KDC_ANSWER);
    assert_int_equal(kdc_answer_kind(BYTES(0x6d, 3, 0x30, 0)), KDC_NO_ANSWER);
    assert_int_equal(kdc_answer_kind(BYTES(0x6a, 2, 0x30, 0)), KDC_NO_ANSWER);
    assert_int_equal(kdc_answer_kind(TEXT("HTTP/1.1 200 OK")), KDC_NO_ANSWER);
    assert_int_equal(kdc_answer_kind(TEXT_NONE), KDC_NO_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_is_big_endian_and_bounded),
        cmocka_unit_test(only_the_two_requests_are_requests),
        cmocka_unit_test(a_request_is_as_long_as_it_says),
        cmocka_unit_test(an_error_is_an_answer_unless_the_kdc_is_unavailable),
        cmocka_unit_test(the_two_replies_are_answers_and_nothing_else_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

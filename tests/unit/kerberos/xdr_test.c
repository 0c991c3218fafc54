/* What was written is read again, and what is cut off anywhere is bad and gives nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xdr.h"

static void writes_as_the_standard_has_it(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    xdr_put_number(&out, 0x01020304);
    xdr_put_long(&out, 0x05060708090a0b0c);
    xdr_put_bytes(&out, TEXT("sillyprog")); /* RFC 4506 section 7 */
    xdr_put_bytes(&out, TEXT_NONE);
    const struct text expected = TEXT("\1\2\3\4\5\6\7\10\11\12\13\14\0\0\0\11sillyprog\0\0\0\0\0\0\0");
    assert_true(text_equal(buffer_text(&out), expected));
}

static void reads_what_was_written(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    xdr_put_number(&out, UINT32_MAX);
    xdr_put_long(&out, UINT64_MAX - 1);
    xdr_put_bytes(&out, TEXT("abcde"));
    xdr_put_number(&out, 7);
    struct xdr_reader reader = {.rest = buffer_text(&out)};
    assert_int_equal(xdr_number(&reader), UINT32_MAX);
    assert_true(xdr_long(&reader) == UINT64_MAX - 1);
    struct xdr_reader before = reader;
    assert_true(text_is(xdr_bytes(&reader), "abcde"));
    assert_int_equal(xdr_since(&before, &reader).length, 12);
    assert_int_equal(xdr_number(&reader), 7);
    assert_false(reader.is_bad);
    assert_int_equal(reader.rest.length, 0);
}

static void is_bad_wherever_it_is_cut_off_and_stays_so(void **state)
{
    (void)state;
    SCOPED_BUFFER out = {0};
    xdr_put_bytes(&out, TEXT("abcde"));
    xdr_put_long(&out, 1);
    for (size_t length = 0; length < out.length; length++) {
        struct xdr_reader reader = {.rest = {out.base, length}};
        (void)xdr_bytes(&reader);
        (void)xdr_long(&reader);
        assert_true(reader.is_bad);
        assert_int_equal(xdr_number(&reader), 0);
        assert_int_equal(xdr_bytes(&reader).length, 0);
        assert_int_equal(xdr_count(&reader), 0);
    }
}

static void takes_no_length_and_no_count_beyond_what_is_there(void **state)
{
    (void)state;
    struct xdr_reader length = {.rest = TEXT("\377\377\377\377abcd")};
    assert_int_equal(xdr_bytes(&length).length, 0);
    assert_true(length.is_bad);
    struct xdr_reader two = {.rest = TEXT("\0\0\0\2abcdefgh")}, three = {.rest = TEXT("\0\0\0\3abcdefgh")};
    assert_int_equal(xdr_count(&two), 2);
    assert_int_equal(xdr_count(&three), 0);
    assert_true(!two.is_bad && three.is_bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_as_the_standard_has_it),
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(is_bad_wherever_it_is_cut_off_and_stays_so),
        cmocka_unit_test(takes_no_length_and_no_count_beyond_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Strict base64url: the known vectors, every byte, and exactly one spelling for each byte string. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64url.h"

static bool decodes(const char *text)
{
    unsigned char out[64];
    size_t length;
    assert_true(strlen(text) <= sizeof(out));
    return base64url_decode(text_of(text), out, &length);
}

static void knows_the_vectors_of_the_rfc(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"},
    };
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct text encoded = base64url_encode_text(arena, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(encoded.base, pairs[i][1]);
        assert_int_equal(encoded.length, strlen(pairs[i][1]));
        unsigned char out[16];
        size_t length;
        assert_true(base64url_decode(encoded, out, &length));
        assert_int_equal(length, strlen(pairs[i][0]));
        assert_memory_equal(out, pairs[i][0], length);
    }
}

static void brings_every_byte_and_length_back(void **state)
{
    (void)state;
    unsigned char bytes[260];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 37 + i / 7);
    SCOPED_ARENA arena = arena_create();
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        struct text encoded = base64url_encode_text(arena, bytes, length);
        assert_int_equal(encoded.length, BASE64URL_ENCODED_LENGTH(length));
        unsigned char *out = arena_allocate(arena, BASE64URL_DECODED_LENGTH(encoded.length) + 1);
        size_t decoded = 0;
        assert_true(base64url_decode(encoded, out, &decoded));
        assert_int_equal(decoded, length);
        if (length != 0)
            assert_memory_equal(out, bytes, length);
    }
}

static void refuses_padding_white_space_and_the_other_alphabet(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Zg==", "Zm8=",  "Zm9v\n", " Zm9v",    "Zm9v ",      "Zm 9v",
                                        "+/+/", "Zm9+",  "Zm9/",   "Zm%39",    "Z\xc3\xa9v", "=",
                                        "====", "Zm9v=", "Z.",     "Zm9v\r\n", "Zm=",        "Z=o"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(decodes(wrong[i]));
}

static void refuses_every_byte_outside_the_alphabet_at_every_place(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t place = 0; place < 6; place++)
        for (int byte = 0; byte < 256; byte++) {
            char text[] = "AAAAAA";
            text[place] = (char)byte;
            unsigned char out[8];
            size_t length;
            bool is_last = place == 5;
            bool is_known = byte != 0 && strchr(alphabet, byte) != NULL;
            /* Of the last of six characters four bits are left over and must be zero. */
            bool expected = is_known && (!is_last || strchr("AQgw", byte) != NULL);
            assert_int_equal(base64url_decode((struct text){text, 6}, out, &length), expected);
        }
}

static void refuses_a_length_that_no_bytes_have(void **state)
{
    (void)state;
    assert_false(decodes("A"));
    assert_false(decodes("AAAAA"));
}

static void refuses_leftover_bits_that_are_not_zero(void **state)
{
    (void)state;
    int accepted = 0;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < 64; i++)
        for (size_t j = 0; j < 64; j++)
            accepted += decodes((char[]){alphabet[i], alphabet[j], '\0'});
    assert_int_equal(accepted, 256); /* one spelling for each byte */
    assert_true(decodes("AAA"));
    assert_false(decodes("AAB"));
    assert_false(decodes("AAD"));
    assert_true(decodes("AAE"));
}

static void makes_random_texts_that_are_whole_and_never_the_same(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text one = base64url_random(arena, 32), other = base64url_random(arena, 32);
    assert_int_equal(one.length, 43);
    assert_int_equal(one.base[one.length], '\0');
    assert_true(decodes(one.base));
    assert_false(text_equal(one, other));
}

static void knows_its_own_alphabet(void **state)
{
    (void)state;
    assert_true(base64url_has_alphabet(TEXT("AZaz09-_")));
    for (unsigned byte = 0; byte < 256; byte++) {
        const char text[] = {'A', (char)byte};
        bool is_own = byte != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                                          (int)byte) != NULL;
        assert_int_equal(base64url_has_alphabet((struct text){text, 2}), is_own);
    }
}

/* RFC 4648 section 10, and the two characters in which the alphabets differ. */
static void writes_plain_base64_with_its_padding(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        SCOPED_BUFFER out = {0};
        buffer_append(&out, TEXT("x"));
        base64_append(&out, pairs[i][0], strlen(pairs[i][0]));
        assert_int_equal(out.length, 1 + strlen(pairs[i][1]));
        assert_memory_equal(out.base + 1, pairs[i][1], strlen(pairs[i][1]));
    }
}

static bool decodes_plain(const char *text, size_t length)
{
    unsigned char out[64];
    size_t decoded;
    assert_true(length <= sizeof(out));
    return base64_decode((struct text){text, length}, out, &decoded);
}

static void brings_plain_base64_back(void **state)
{
    (void)state;
    unsigned char bytes[260];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 91 + i / 5);
    SCOPED_ARENA arena = arena_create();
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        struct buffer encoded = buffer_in(arena, 512);
        base64_append(&encoded, bytes, length);
        unsigned char *out = arena_allocate(arena, BASE64URL_DECODED_LENGTH(encoded.length) + 1);
        size_t decoded = 1;
        assert_true(base64_decode(buffer_text(&encoded), out, &decoded));
        assert_int_equal(decoded, length);
        if (length != 0)
            assert_memory_equal(out, bytes, length);
    }
}

static void refuses_plain_base64_in_any_other_spelling(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "Zg",   "Zg=",      "Zg===", "Zm8",      "Zh==",     "Zm9=",     "-_-_",     "=",    "==",   "====",
        "Z===", "Zg==Zg==", "Zm9v=", "Zm9v====", "Zm9v\r\n", "Zm9v    ", " Zm9v   ", "Zm=v", "Z=9v", "Zg=v"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (decodes_plain(wrong[i], strlen(wrong[i])))
            fail_msg("%s", wrong[i]);
    for (int byte = 0; byte < 256; byte++) {
        const char text[] = {'A', 'A', 'A', (char)byte};
        bool is_known = byte != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=",
                                            byte) != NULL;
        assert_int_equal(decodes_plain(text, 4), is_known);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_vectors_of_the_rfc),
        cmocka_unit_test(brings_every_byte_and_length_back),
        cmocka_unit_test(refuses_padding_white_space_and_the_other_alphabet),
        cmocka_unit_test(refuses_every_byte_outside_the_alphabet_at_every_place),
        cmocka_unit_test(refuses_a_length_that_no_bytes_have),
        cmocka_unit_test(refuses_leftover_bits_that_are_not_zero),
        cmocka_unit_test(makes_random_texts_that_are_whole_and_never_the_same),
        cmocka_unit_test(knows_its_own_alphabet),
        cmocka_unit_test(writes_plain_base64_with_its_padding),
        cmocka_unit_test(brings_plain_base64_back),
        cmocka_unit_test(refuses_plain_base64_in_any_other_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

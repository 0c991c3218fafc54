/* The writer: commas, escapes, bytes that are not UTF-8, and that what is read can be written back byte for
 * byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/json_writer.h"

static void assert_written(struct buffer *out, const char *expected)
{
    buffer_append_byte(out, '\0');
    assert_string_equal(out->base, expected);
    buffer_dispose(out);
}

static void places_every_comma(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_name(&writer, TEXT("a"));
    json_begin_array(&writer);
    json_begin_object(&writer);
    json_end_object(&writer);
    json_write_null(&writer);
    json_begin_array(&writer);
    json_end_array(&writer);
    json_write_boolean(&writer, true);
    json_end_array(&writer);
    json_name(&writer, TEXT("b"));
    json_begin_object(&writer);
    json_member_integer(&writer, "c", 1);
    json_member_boolean(&writer, "d", false);
    json_end_object(&writer);
    json_member_text(&writer, "e", TEXT("x"));
    json_end_object(&writer);
    assert_written(&out, "{\"a\":[{},null,[],true],\"b\":{\"c\":1,\"d\":false},\"e\":\"x\"}");
}

static void writes_a_single_value_without_a_comma(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_write_text(&writer, TEXT("x"));
    assert_written(&out, "\"x\"");
}

static void writes_no_member_for_text_that_is_not_there(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_member_text_if(&writer, "a", TEXT_NONE);
    json_member_text_if(&writer, "b", TEXT(""));
    json_member_text(&writer, "c", TEXT_NONE);
    json_end_object(&writer);
    assert_written(&out, "{\"b\":\"\",\"c\":\"\"}");
}

static void writes_every_integer(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_array(&writer);
    json_write_integer(&writer, 0);
    json_write_integer(&writer, -1);
    json_write_integer(&writer, 1000);
    json_write_integer(&writer, INT64_MAX);
    json_write_integer(&writer, INT64_MIN);
    json_end_array(&writer);
    assert_written(&out, "[0,-1,1000,9223372036854775807,-9223372036854775808]");
}

static void escapes_what_json_must_escape_and_nothing_else(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    json_name(&writer, TEXT("a\"\n"));
    json_write_text(&writer, TEXT("\"\\/\b\f\n\r\t\x01\x1f\x7f<\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80"));
    json_name(&writer, TEXT("zero"));
    json_write_text(&writer, (struct text){"a\0b", 3});
    json_end_object(&writer);
    assert_written(
        &out,
        "{\"a\\\"\\n\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f<\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\","
        "\"zero\":\"a\\u0000b\"}");
}

static void writes_the_replacement_character_for_each_byte_that_is_not_utf8(void **state)
{
    (void)state;
    struct buffer out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_begin_array(&writer);
    json_write_text(&writer, TEXT("a\xff"
                                  "b"));
    json_write_text(&writer, TEXT("\xc3"));
    json_write_text(&writer, TEXT("\xe2\x82"));
    json_write_text(&writer, TEXT("\xed\xa0\x80\xc3\xa9"));
    json_end_array(&writer);
    assert_written(&out, "[\"a\xef\xbf\xbd"
                         "b\",\"\xef\xbf\xbd\",\"\xef\xbf\xbd\xef\xbf\xbd\","
                         "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\"]");
}

static void writes_a_tree_back_as_it_was_read(void **state)
{
    (void)state;
    struct text document = TEXT("{\"b\":[1,-0,1.50e+3,9223372036854775808],\"a\":{\"\":null,\"x\":[true,false,{"
                                "}]},\"s\":\"\\\"\\u0001\xc3\xa9\"}");
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    assert_int_equal(json_parse(arena, document, &json_limits_token, &value), FAULT_NONE);
    struct buffer out = {0};
    struct json_writer writer = json_writer_on(&out);
    json_write_value(&writer, value);
    assert_true(text_equal(buffer_text(&out), document));
    buffer_dispose(&out);
}

static void nests_deeper_than_any_document_and_keeps_the_commas(void **state)
{
    (void)state;
    enum { LEVELS = 2 * JSON_DEPTH_MAX };
    SCOPED_BUFFER out = {0}, expected = {0};
    struct json_writer writer = json_writer_on(&out);
    for (int i = 0; i < LEVELS; i++) {
        json_begin_array(&writer);
        json_write_integer(&writer, 1);
        buffer_append(&expected, i == 0 ? TEXT("[1") : TEXT(",[1"));
    }
    for (int i = 0; i < LEVELS; i++) {
        json_end_array(&writer);
        buffer_append(&expected, TEXT("]"));
        if (i + 1 != LEVELS) {
            json_write_integer(&writer, 2);
            buffer_append(&expected, TEXT(",2"));
        }
    }
    assert_true(text_equal(buffer_text(&out), buffer_text(&expected)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_every_comma),
        cmocka_unit_test(writes_a_single_value_without_a_comma),
        cmocka_unit_test(writes_no_member_for_text_that_is_not_there),
        cmocka_unit_test(writes_every_integer),
        cmocka_unit_test(escapes_what_json_must_escape_and_nothing_else),
        cmocka_unit_test(writes_the_replacement_character_for_each_byte_that_is_not_utf8),
        cmocka_unit_test(writes_a_tree_back_as_it_was_read),
        cmocka_unit_test(nests_deeper_than_any_document_and_keeps_the_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

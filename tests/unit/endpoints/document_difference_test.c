/* What changes in a document, as people are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/document_change.h"

static void expect(const char *before, const char *after, const char *wanted)
{
    SCOPED_ARENA arena = arena_create();
    struct buffer out = buffer_in(arena, 256);
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    document_difference_write(&writer, arena, text_of(before), text_of(after));
    json_end_object(&writer);
    assert_string_equal(arena_copy(arena, buffer_text(&out)).base, wanted);
}

static void names_each_member_that_differs_with_both_its_values(void **state)
{
    (void)state;
    expect("{\"spec\":{\"a\":1,\"b\":{\"c\":\"x\"},\"gone\":true,\"same\":[1]}}",
           "{\"spec\":{\"same\":[1],\"a\":2,\"b\":{\"c\":\"x\",\"new\":null}}}",
           "{\"differences\":[{\"path\":\"spec.a\",\"before\":\"1\",\"after\":\"2\"},"
           "{\"path\":\"spec.b.new\",\"after\":\"null\"},{\"path\":\"spec.gone\",\"before\":\"true\"}]}");
    expect("{\"a\":[1,2]}", "{\"a\":[1,3]}",
           "{\"differences\":[{\"path\":\"a\",\"before\":\"[1,2]\",\"after\":\"[1,3]\"}]}");
    expect("{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":2,\"b\":1}}", "{\"differences\":[]}");
}

static void shows_no_hash_of_a_secret(void **state)
{
    (void)state;
    expect("{\"spec\":{\"authentication\":{\"secretHash\":\"aa\"}}}",
           "{\"spec\":{\"authentication\":{\"secretHash\":\"bb\"}}}",
           "{\"differences\":[{\"path\":\"spec.authentication.secretHash\",\"before\":\"(not shown)\","
           "\"after\":\"(not shown)\"}]}");
}

static void shows_no_more_than_people_read(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer after = buffer_in(arena, 256), out = buffer_in(arena, 256);
    buffer_append_byte(&after, '{');
    for (int i = 0; i < 25; i++)
        buffer_print(&after, "%s\"m%d\":%d", i == 0 ? "" : ",", i, i);
    buffer_append_byte(&after, '}');
    struct json_writer writer = json_writer_on(&out);
    json_begin_object(&writer);
    document_difference_write(&writer, arena, TEXT("{}"), buffer_text(&after));
    json_end_object(&writer);
    const struct json_value *json;
    assert_int_equal(json_parse(arena, buffer_text(&out), &json_limits_document, &json), FAULT_NONE);
    assert_int_equal(json_member(json, TEXT("differences"))->count, 20);
    assert_int_equal(json_integer_of(json, "differences_not_shown"), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_each_member_that_differs_with_both_its_values),
        cmocka_unit_test(shows_no_hash_of_a_secret),
        cmocka_unit_test(shows_no_more_than_people_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

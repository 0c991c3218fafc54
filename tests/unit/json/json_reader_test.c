/* What the strict reader accepts, refuses and calls back, beyond what the public test suite covers: limits,
 * doubled names, trailing data, mistakes with their offsets, and stopping at a callback's fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "json/json_reader.h"

/* Writes down every callback, and fails where it is told to. */
struct listener {
    struct buffer heard;
    enum fault fault_on_string;
};

static enum fault hear_null(void *context)
{
    buffer_append(&((struct listener *)context)->heard, TEXT("null "));
    return FAULT_NONE;
}

static enum fault hear_boolean(void *context, bool value)
{
    buffer_append(&((struct listener *)context)->heard, value ? TEXT("true ") : TEXT("false "));
    return FAULT_NONE;
}

static enum fault hear_number(void *context, struct text raw)
{
    buffer_print(&((struct listener *)context)->heard, "#%.*s ", TEXT_ARGUMENTS(raw));
    return FAULT_NONE;
}

static enum fault hear_string(void *context, struct text value)
{
    struct listener *listener = context;
    buffer_print(&listener->heard, "'%.*s' ", TEXT_ARGUMENTS(value));
    return listener->fault_on_string;
}

static enum fault hear_name(void *context, struct text name)
{
    buffer_print(&((struct listener *)context)->heard, "%.*s: ", TEXT_ARGUMENTS(name));
    return FAULT_NONE;
}

static enum fault hear_object_begin(void *context)
{
    buffer_append(&((struct listener *)context)->heard, TEXT("{ "));
    return FAULT_NONE;
}

static enum fault hear_object_end(void *context)
{
    buffer_append(&((struct listener *)context)->heard, TEXT("} "));
    return FAULT_NONE;
}

static enum fault hear_array_begin(void *context)
{
    buffer_append(&((struct listener *)context)->heard, TEXT("[ "));
    return FAULT_NONE;
}

static enum fault hear_array_end(void *context)
{
    buffer_append(&((struct listener *)context)->heard, TEXT("] "));
    return FAULT_NONE;
}

static const struct json_handler everything = {
    .on_null = hear_null,
    .on_boolean = hear_boolean,
    .on_number = hear_number,
    .on_string = hear_string,
    .on_object_begin = hear_object_begin,
    .on_name = hear_name,
    .on_object_end = hear_object_end,
    .on_array_begin = hear_array_begin,
    .on_array_end = hear_array_end,
};

static enum fault read_document(struct text document, const struct json_limits *limits, const char **mistake,
                                size_t *offset)
{
    struct listener listener = {0};
    enum fault fault = json_read(document, limits, &everything, &listener, mistake, offset);
    buffer_dispose(&listener.heard);
    return fault;
}

static void assert_accepted(struct text document, const struct json_limits *limits)
{
    assert_int_equal(read_document(document, limits, NULL, NULL), FAULT_NONE);
}

static void assert_refused(struct text document, const struct json_limits *limits, const char *expected)
{
    const char *mistake = NULL;
    size_t offset = SIZE_MAX;
    assert_int_equal(read_document(document, limits, &mistake, &offset), FAULT_JSON_INVALID);
    assert_string_equal(mistake, expected);
    assert_true(offset <= document.length);
}

static void calls_back_in_document_order(void **state)
{
    (void)state;
    struct listener listener = {0};
    struct text document =
        TEXT(" {\"a\" : [ null, true,\tfalse ],\r\n\"b\":{\"c\":\"x\\u00e9y\"},\"d\":-1.50e+3} ");
    assert_int_equal(json_read(document, &json_limits_token, &everything, &listener, NULL, NULL), FAULT_NONE);
    buffer_append_byte(&listener.heard, '\0');
    assert_string_equal(listener.heard.base, "{ a: [ null true false ] b: { c: 'x\xc3\xa9y' } d: #-1.50e+3 } ");
    buffer_dispose(&listener.heard);
}

static void takes_any_value_at_the_top(void **state)
{
    (void)state;
    static const char *const documents[] = {"null", "true", "\"\"", "0",   "-0",
                                            "12",   "[]",   "{}",   " 7 ", "1e400"};
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
        assert_accepted(text_of(documents[i]), &json_limits_token);
}

static void passes_numbers_on_as_they_are_written(void **state)
{
    (void)state;
    struct listener listener = {0};
    struct text document = TEXT("[9223372036854775808,1.0,1e400,-0,0.1000]");
    assert_int_equal(json_read(document, &json_limits_token, &everything, &listener, NULL, NULL), FAULT_NONE);
    buffer_append_byte(&listener.heard, '\0');
    assert_string_equal(listener.heard.base, "[ #9223372036854775808 #1.0 #1e400 #-0 #0.1000 ] ");
    buffer_dispose(&listener.heard);
}

static void refuses_a_name_an_object_has_twice(void **state)
{
    (void)state;
    static const char expected[] = "An object has the same name twice.";
    assert_refused(TEXT("{\"a\":1,\"a\":1}"), &json_limits_token, expected);
    assert_refused(TEXT("{\"\":1,\"\":1}"), &json_limits_token, expected);
    assert_refused(TEXT("{\"a\":1,\"\\u0061\":1}"), &json_limits_token, expected);
    assert_refused(TEXT("[{\"x\":{\"b\":0,\"a\":{},\"c\":[{}],\"a\":1}}]"), &json_limits_token, expected);
    assert_refused(TEXT("{\"a\":{\"a\":1},\"b\":2,\"a\":1}"), &json_limits_token, expected);
}

static void accepts_the_same_name_in_different_objects(void **state)
{
    (void)state;
    assert_accepted(TEXT("{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]},\"A\":2}"), &json_limits_token);
    assert_accepted(TEXT("[[{\"a\":1}],{\"a\":1,\"aa\":1,\"\":1}]"), &json_limits_token);
}

static void finds_the_double_among_thousands_of_names(void **state)
{
    (void)state;
    struct buffer document = {0};
    buffer_append_byte(&document, '{');
    for (int i = 0; i < 20000; i++)
        buffer_print(&document, "\"n%d\":0,", i);
    size_t without_double = document.length;
    buffer_append(&document, TEXT("\"last\":0}"));
    assert_accepted(buffer_text(&document), &json_limits_document);
    document.length = without_double;
    buffer_append(&document, TEXT("\"n7\":0}"));
    assert_refused(buffer_text(&document), &json_limits_document, "An object has the same name twice.");
    buffer_dispose(&document);
}

static void refuses_a_document_past_the_limit_of_bytes(void **state)
{
    (void)state;
    const struct json_limits limits = {.bytes = 6, .depth = 4, .members = 10};
    assert_accepted(TEXT("[1234]"), &limits);
    assert_refused(TEXT("[1234] "), &limits, "The document is too large.");
}

static void refuses_nesting_past_the_limit_of_depth(void **state)
{
    (void)state;
    const struct json_limits limits = {.bytes = 100, .depth = 2, .members = 100};
    assert_accepted(TEXT("[[],{},[1],{\"a\":1}]"), &limits);
    assert_refused(TEXT("[[[]]]"), &limits, "The document is nested too deeply.");
    assert_refused(TEXT("{\"a\":{\"b\":{}}}"), &limits, "The document is nested too deeply.");
    assert_refused(TEXT("[{\"a\":[]}]"), &limits, "The document is nested too deeply.");
}

static void refuses_more_values_than_the_limit_of_members(void **state)
{
    (void)state;
    const struct json_limits limits = {.bytes = 100, .depth = 3, .members = 5};
    assert_accepted(TEXT("[1,true,null,\"x\"]"), &limits);
    assert_accepted(TEXT("{\"a\":1,\"b\":2}"), &limits);
    assert_refused(TEXT("[1,2,3,4,5]"), &limits, "The document has too many values.");
    assert_refused(TEXT("{\"a\":1,\"b\":[2]}"), &limits, "The document has too many values.");
    assert_refused(TEXT("[[],[],{},[],[]]"), &limits, "The document has too many values.");
}

static void refuses_anything_behind_the_value(void **state)
{
    (void)state;
    static const char *const documents[] = {"[1] x",      "{}{}",       "[1],", "1 2",  "[1] \"abc",
                                            "{} \"",      "[1]]",       "[] /", "[]//", "[]/**/ ",
                                            "true false", "\"a\"\"b\"", "[1] ["};
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
        assert_refused(text_of(documents[i]), &json_limits_token, "Something follows the JSON value.");
}

static void refuses_a_zero_byte_behind_the_value(void **state)
{
    (void)state;
    assert_refused((struct text){"[1]", 4}, &json_limits_token,
                   "A control character is not allowed here; in a string it must be escaped.");
}

static void refuses_form_feed_and_vertical_tab_as_white_space(void **state)
{
    (void)state;
    static const char expected[] = "A control character is not allowed here; in a string it must be escaped.";
    assert_refused(TEXT("[\f1]"), &json_limits_token, expected);
    assert_refused(TEXT("[1]\f"), &json_limits_token, expected);
    assert_refused(TEXT("[1,\v2]"), &json_limits_token, expected);
}

static void refuses_what_ends_too_early(void **state)
{
    (void)state;
    static const char *const documents[] = {"",    " ",   "[", "{\"a\":", "\"abc",
                                            "tru", "[1,", "-", "{\"a\"",  "1e"};
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
        assert_refused(text_of(documents[i]), &json_limits_token, "The JSON ends before it is complete.");
    assert_refused(TEXT_NONE, &json_limits_token, "The JSON ends before it is complete.");
}

static void refuses_what_is_not_json(void **state)
{
    (void)state;
    static const char *const documents[] = {"[1,]",     "{'a':1}", "[01]",  "[+1]",      "[.5]",
                                            "[1.]",     "nul",     "NaN]",  "[0x1]",     "{a:1}",
                                            "[\"\t\"]", "]",       "[1 2]", "{\"a\" 1}", "[\\u0041]"};
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
        assert_int_equal(read_document(text_of(documents[i]), &json_limits_token, NULL, NULL),
                         FAULT_JSON_INVALID);
}

static void says_where_the_mistake_is(void **state)
{
    (void)state;
    const char *mistake = NULL;
    size_t offset = 0;
    struct text document = TEXT("{\"a\":1,\"a\":2}");
    assert_int_equal(read_document(document, &json_limits_token, &mistake, &offset), FAULT_JSON_INVALID);
    assert_int_equal(offset, sizeof("{\"a\":1,\"a\"") - 1);
    document = TEXT("[1]  x");
    assert_int_equal(read_document(document, &json_limits_token, &mistake, &offset), FAULT_JSON_INVALID);
    assert_int_equal(offset, 5);
}

static void stops_at_a_callbacks_fault_and_returns_it(void **state)
{
    (void)state;
    struct listener listener = {.fault_on_string = FAULT_TOKEN_CLAIMS};
    const char *mistake = NULL;
    size_t offset = 0;
    enum fault fault =
        json_read(TEXT("[1,\"x\",2,3]"), &json_limits_token, &everything, &listener, &mistake, &offset);
    assert_int_equal(fault, FAULT_TOKEN_CLAIMS);
    buffer_append_byte(&listener.heard, '\0');
    assert_string_equal(listener.heard.base, "[ #1 'x' ");
    assert_string_equal(mistake, "The value here is not acceptable.");
    buffer_dispose(&listener.heard);
}

static void keeps_a_callbacks_fault_at_the_very_end_of_the_document(void **state)
{
    (void)state;
    struct listener listener = {.fault_on_string = FAULT_TOKEN_CLAIMS};
    assert_int_equal(json_read(TEXT("\"x\""), &json_limits_token, &everything, &listener, NULL, NULL),
                     FAULT_TOKEN_CLAIMS);
    buffer_dispose(&listener.heard);
}

static enum fault refuse_number(void *context, struct text raw)
{
    (void)context;
    (void)raw;
    return FAULT_TOKEN_CLAIMS;
}

static void keeps_the_fault_of_a_number_that_only_the_end_completes(void **state)
{
    (void)state;
    const struct json_handler handler = {.on_number = refuse_number};
    assert_int_equal(json_read(TEXT("12"), &json_limits_token, &handler, NULL, NULL, NULL), FAULT_TOKEN_CLAIMS);
    assert_int_equal(json_read(TEXT("12 "), &json_limits_token, &handler, NULL, NULL, NULL),
                     FAULT_TOKEN_CLAIMS);
}

static void refuses_a_kind_of_value_nobody_listens_for(void **state)
{
    (void)state;
    static const char *const documents[] = {"null", "true", "1", "\"x\"", "{}", "[]"};
    const struct json_handler nothing = {0};
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        const char *mistake = NULL;
        size_t offset;
        assert_int_equal(
            json_read(text_of(documents[i]), &json_limits_token, &nothing, NULL, &mistake, &offset),
            FAULT_JSON_INVALID);
        assert_string_equal(mistake, "A value of this kind is not expected here.");
    }
    struct listener listener = {0};
    const struct json_handler no_names = {.on_object_begin = hear_object_begin, .on_number = hear_number};
    assert_int_equal(json_read(TEXT("{}"), &json_limits_token, &no_names, &listener, NULL, NULL), FAULT_NONE);
    assert_int_equal(json_read(TEXT("{\"a\":1}"), &json_limits_token, &no_names, &listener, NULL, NULL),
                     FAULT_JSON_INVALID);
    buffer_dispose(&listener.heard);
}

static void reads_a_string_of_escapes_longer_than_its_region(void **state)
{
    (void)state;
    struct buffer document = {0};
    buffer_append_byte(&document, '"');
    for (int i = 0; i < 20000; i++)
        buffer_append(&document, TEXT("\\u0041\\n"));
    buffer_append_byte(&document, '"');
    struct listener listener = {0};
    assert_int_equal(
        json_read(buffer_text(&document), &json_limits_document, &everything, &listener, NULL, NULL),
        FAULT_NONE);
    assert_int_equal(listener.heard.length, 40000 + 3);
    assert_memory_equal(listener.heard.base, "'A\nA\n", 5);
    buffer_dispose(&listener.heard);
    buffer_dispose(&document);
}

static enum fault read_again(void *context, struct text value)
{
    return value.length == 0 ? FAULT_NONE
                             : json_read(value, &json_limits_token,
                                         &(struct json_handler){.on_string = read_again}, context, NULL, NULL);
}

static void can_be_called_from_a_callback(void **state)
{
    (void)state;
    assert_int_equal(json_read(TEXT("\"\\\"\\\\\\\"\\\\\\\"\\\"\""), &json_limits_token,
                               &(struct json_handler){.on_string = read_again}, NULL, NULL, NULL),
                     FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_back_in_document_order),
        cmocka_unit_test(takes_any_value_at_the_top),
        cmocka_unit_test(passes_numbers_on_as_they_are_written),
        cmocka_unit_test(refuses_a_name_an_object_has_twice),
        cmocka_unit_test(accepts_the_same_name_in_different_objects),
        cmocka_unit_test(finds_the_double_among_thousands_of_names),
        cmocka_unit_test(refuses_a_document_past_the_limit_of_bytes),
        cmocka_unit_test(refuses_nesting_past_the_limit_of_depth),
        cmocka_unit_test(refuses_more_values_than_the_limit_of_members),
        cmocka_unit_test(refuses_anything_behind_the_value),
        cmocka_unit_test(refuses_a_zero_byte_behind_the_value),
        cmocka_unit_test(refuses_form_feed_and_vertical_tab_as_white_space),
        cmocka_unit_test(refuses_what_ends_too_early),
        cmocka_unit_test(refuses_what_is_not_json),
        cmocka_unit_test(says_where_the_mistake_is),
        cmocka_unit_test(stops_at_a_callbacks_fault_and_returns_it),
        cmocka_unit_test(keeps_a_callbacks_fault_at_the_very_end_of_the_document),
        cmocka_unit_test(keeps_the_fault_of_a_number_that_only_the_end_completes),
        cmocka_unit_test(refuses_a_kind_of_value_nobody_listens_for),
        cmocka_unit_test(reads_a_string_of_escapes_longer_than_its_region),
        cmocka_unit_test(can_be_called_from_a_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

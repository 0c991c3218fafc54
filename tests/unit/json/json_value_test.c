/* The tree: what it keeps, how it is asked, equality, and paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json/json_value.h"

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static const struct json_value *parse(const char *document)
{
    const struct json_value *value = NULL;
    assert_int_equal(json_parse(arena, text_of(document), &json_limits_document, &value), FAULT_NONE);
    assert_non_null(value);
    return value;
}

static void keeps_names_values_counts_and_order(void **state)
{
    (void)state;
    const struct json_value *object = parse("{\"b\":[null,true,-1.50],\"a\":{\"\":\"x\"},\"c\":[]}");
    assert_int_equal(object->kind, JSON_OBJECT);
    assert_int_equal(object->count, 3);
    const struct json_value *array = object->first;
    assert_true(text_is(array->name, "b"));
    assert_int_equal(array->count, 3);
    assert_int_equal(array->first->kind, JSON_NULL);
    assert_null(array->first->name.base);
    assert_true(json_is_true(array->first->next));
    assert_true(text_is(array->first->next->next->text, "-1.50"));
    assert_null(array->first->next->next->next);
    const struct json_value *inner = array->next;
    assert_true(text_is(inner->name, "a"));
    assert_true(text_is(json_string(json_member(inner, TEXT(""))), "x"));
    assert_int_equal(inner->next->count, 0);
    assert_null(inner->next->first);
    assert_null(inner->next->next);
}

static void owns_its_text_and_ends_it_with_zero(void **state)
{
    (void)state;
    char document[] = "{\"name\":\"value\"}";
    const struct json_value *object = parse(document);
    memset(document, 'x', sizeof(document));
    assert_string_equal(object->first->name.base, "name");
    assert_string_equal(object->first->text.base, "value");
}

static void leaves_the_answer_alone_when_it_refuses(void **state)
{
    (void)state;
    const struct json_value *value = NULL;
    assert_int_equal(json_parse(arena, TEXT("{\"a\":1,\"a\":2}"), &json_limits_token, &value),
                     FAULT_JSON_INVALID);
    assert_null(value);
}

static void nests_as_deeply_as_the_largest_limit(void **state)
{
    (void)state;
    char document[2 * JSON_DEPTH_MAX + 1] = {0};
    memset(document, '[', JSON_DEPTH_MAX);
    memset(document + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    const struct json_limits limits = {
        .bytes = sizeof(document), .depth = JSON_DEPTH_MAX, .members = JSON_DEPTH_MAX};
    const struct json_value *value;
    assert_int_equal(json_parse(arena, text_of(document), &limits, &value), FAULT_NONE);
}

static void answers_nothing_for_what_is_not_there(void **state)
{
    (void)state;
    const struct json_value *object = parse("{\"a\":\"x\",\"n\":1,\"f\":false}");
    int64_t integer = 7;
    assert_null(json_member(object, TEXT("b")));
    assert_null(json_member(NULL, TEXT("b")));
    assert_null(json_member(json_member(object, TEXT("a")), TEXT("b")));
    assert_null(json_string(NULL).base);
    assert_null(json_string(json_member(object, TEXT("n"))).base);
    assert_false(json_is_string(NULL));
    assert_false(json_is_string(object));
    assert_false(json_is_true(NULL));
    assert_false(json_is_true(json_member(object, TEXT("f"))));
    assert_false(json_integer(NULL, &integer));
    assert_false(json_integer(json_member(object, TEXT("a")), &integer));
    assert_int_equal(integer, 7);
}

static void takes_only_whole_numbers_that_fit_as_integers(void **state)
{
    (void)state;
    const struct json_value *array =
        parse("[0,-0,-5,9223372036854775807,-9223372036854775808,9223372036854775808,1.0,1e3,\"1\"]");
    static const int64_t expected[] = {0, 0, -5, INT64_MAX, INT64_MIN};
    const struct json_value *element = array->first;
    int64_t integer;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++, element = element->next) {
        assert_true(json_integer(element, &integer));
        assert_true(integer == expected[i]);
    }
    for (; element != NULL; element = element->next)
        assert_false(json_integer(element, &integer));
}

static void compares_whatever_the_order_of_members(void **state)
{
    (void)state;
    assert_true(json_equal(parse("{\"a\":1,\"b\":{\"c\":[null,true,\"x\"],\"d\":2}}"),
                           parse("{ \"b\" : {\"d\":2,\"c\":[null,true,\"\\u0078\"]}, \"a\":1}")));
    assert_true(json_equal(parse("{\"a\":1,\"b\":2,\"c\":3}"), parse("{\"c\":3,\"a\":1,\"b\":2}")));
}

static void tells_different_values_apart(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"1", "1.0"},
        {"1", "\"1\""},
        {"null", "false"},
        {"true", "false"},
        {"[1,2]", "[2,1]"},
        {"[1]", "[1,1]"},
        {"{\"a\":1}", "{}"},
        {"\"a\"", "\"A\""},
        {"{\"a\":1}", "{\"b\":1}"},
        {"[]", "{}"},
        {"{\"a\":1}", "[1]"},
        {"{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}"},
        {"[[]]", "[{}]"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        assert_false(json_equal(parse(pairs[i][0]), parse(pairs[i][1])));
        assert_false(json_equal(parse(pairs[i][1]), parse(pairs[i][0])));
        assert_true(json_equal(parse(pairs[i][0]), parse(pairs[i][0])));
    }
    assert_false(json_equal(NULL, NULL));
    assert_false(json_equal(parse("1"), NULL));
}

static void follows_a_path_of_names(void **state)
{
    (void)state;
    const struct json_value *object = parse("{\"email\":\"e\",\"kubernetes.io\":{\"namespace\":\"agents\",\"a."
                                            "b\":{\"c\":\"d\"}},\"x\":{\"y\":\"z\"}}");
    assert_true(text_is(json_string(json_at(object, TEXT("email"))), "e"));
    assert_true(text_is(json_string(json_at(object, TEXT("\"email\""))), "e"));
    assert_true(text_is(json_string(json_at(object, TEXT("x.y"))), "z"));
    assert_true(text_is(json_string(json_at(object, TEXT("\"kubernetes.io\".namespace"))), "agents"));
    assert_true(text_is(json_string(json_at(object, TEXT("\"kubernetes.io\".\"a.b\".c"))), "d"));
    assert_int_equal(json_at(object, TEXT("x"))->kind, JSON_OBJECT);
    assert_null(json_at(object, TEXT("kubernetes.io.namespace")));
    assert_null(json_at(object, TEXT("x.y.z")));
    assert_null(json_at(object, TEXT("nothing.here")));
    assert_null(json_at(NULL, TEXT("email")));
}

static void refuses_a_malformed_path(void **state)
{
    (void)state;
    const struct json_value *object = parse("{\"a\":{\"b\":\"c\",\"\":1},\"\":{\"a\":1},\"a\\\"b\":1,\"b\":1}");
    static const char *const paths[] = {"",     ".",     "a.",         ".a",     "a..b",
                                        "\"\"", "\"a",   "\"a\"b",     "\"a\".", "a\"b",
                                        "a\"",  "a.\"b", "\"a\"\"b\"", "a.\"\"", "\"a\"x\"b\""};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_false(json_path_is_well_formed(text_of(paths[i])));
        assert_null(json_at(object, text_of(paths[i])));
    }
    assert_true(json_path_is_well_formed(TEXT("a.\"b.c\".d")));
}

static void says_what_is_wrong_and_where_when_it_is_asked(void **state)
{
    (void)state;
    const struct json_value *value;
    const char *mistake = NULL;
    size_t offset = 0;
    assert_int_equal(json_parse_or_say(arena, TEXT("[1] 2"), &json_limits_document, &value, &mistake, &offset),
                     FAULT_JSON_INVALID);
    assert_string_equal(mistake, "Something follows the JSON value.");
    assert_int_equal(offset, 4);
}

static void copies_a_tree_that_is_whole_when_its_original_has_gone(void **state)
{
    (void)state;
    const char *document = "{\"a\":[null,true,-1.50,{\"\":\"x\\n\"}],\"b\":{},\"c\":\"\"}";
    struct arena *other = arena_create();
    const struct json_value *original = NULL;
    assert_int_equal(json_parse(other, text_of(document), &json_limits_document, &original), FAULT_NONE);
    const struct json_value *copy = json_copy(arena, original);
    const struct json_value *inner = json_copy(arena, json_member(original, TEXT("a")));
    assert_null(json_copy(arena, NULL));
    arena_destroy(other);
    assert_true(json_equal(copy, parse(document)));
    assert_null(inner->name.base);
    assert_null(inner->next);
    assert_int_equal(inner->count, 4);
    assert_string_equal(json_text_of(inner->first->next->next->next, "").base, "x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_is_wrong_and_where_when_it_is_asked),
        cmocka_unit_test(keeps_names_values_counts_and_order),
        cmocka_unit_test(copies_a_tree_that_is_whole_when_its_original_has_gone),
        cmocka_unit_test(owns_its_text_and_ends_it_with_zero),
        cmocka_unit_test(leaves_the_answer_alone_when_it_refuses),
        cmocka_unit_test(nests_as_deeply_as_the_largest_limit),
        cmocka_unit_test(answers_nothing_for_what_is_not_there),
        cmocka_unit_test(takes_only_whole_numbers_that_fit_as_integers),
        cmocka_unit_test(compares_whatever_the_order_of_members),
        cmocka_unit_test(tells_different_values_apart),
        cmocka_unit_test(follows_a_path_of_names),
        cmocka_unit_test(refuses_a_malformed_path),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

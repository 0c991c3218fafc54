/* Settings are read to their end, and every mistake is found with its path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "call.h"
#include "mistakes.h"

static const char *const sizes[] = {"small", "large", "huge", NULL};

static struct text read_all(struct adapter_call *call, const char *document)
{
    const struct json_value *object;
    assert_int_equal(json_parse(call->arena, text_of(document), &json_limits_document, &object), FAULT_NONE);
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(call);
    struct adapter_settings settings = adapter_settings_of(mistakes, object);
    adapter_setting_text(&settings, "name", ADAPTER_REQUIRED, 5);
    adapter_setting_url(&settings, "url", ADAPTER_OPTIONAL);
    adapter_setting_integer(&settings, "count", 1, 10, 4);
    adapter_setting_choice(&settings, "size", ADAPTER_OPTIONAL, sizes);
    struct adapter_settings inner = adapter_setting_object(&settings, "a/b~c", ADAPTER_OPTIONAL);
    adapter_setting_text(&inner, "x", ADAPTER_REQUIRED, 5);
    adapter_settings_end(&inner);
    adapter_settings_end(&settings);
    struct buffer out = buffer_in(call->arena, 256);
    mistakes_write(mistakes, &out);
    return buffer_text(&out);
}

static void assert_mistake(const char *document, const char *path, const char *message)
{
    struct adapter_call call = {.arena = arena_create()};
    struct text expected =
        arena_print(call.arena, "{\"mistakes\":[{\"path\":\"%s\",\"message\":\"%s\"}]}", path, message);
    struct text found = read_all(&call, document);
    assert_string_equal(arena_copy(call.arena, found).base, expected.base);
    arena_destroy(call.arena);
}

static void finds_each_mistake_with_its_path(void **state)
{
    (void)state;
    static const char url[] = "expected an https URL with a host, without user information and fragment";
    static const char count[] = "expected a whole number from 1 to 10";
    static const struct {
        const char *document, *path, *message;
    } cases[] = {
        {"{}", "/name", "expected a text, and it is missing"},
        {"{\"name\":7}", "/name", "expected a text"},
        {"{\"name\":\"\"}", "/name", "expected 1 to 5 bytes of printable text"},
        {"{\"name\":\"abcdef\"}", "/name", "expected 1 to 5 bytes of printable text"},
        {"{\"name\":\"a\\n\"}", "/name", "expected 1 to 5 bytes of printable text"},
        {"{\"name\":\"a\",\"url\":\"http://a.example\"}", "/url", url},
        {"{\"name\":\"a\",\"url\":\"https://\"}", "/url", url},
        {"{\"name\":\"a\",\"url\":\"https://:1/\"}", "/url", url},
        {"{\"name\":\"a\",\"url\":\"https://u@a.example\"}", "/url", url},
        {"{\"name\":\"a\",\"url\":\"https://a.example/#x\"}", "/url", url},
        {"{\"name\":\"a\",\"url\":\"http://127.0.0.1.example/\"}", "/url", url},
        {"{\"name\":\"a\",\"url\":\"file:///x\"}", "/url", url},
        {"{\"name\":\"a\",\"count\":0}", "/count", count},
        {"{\"name\":\"a\",\"count\":11}", "/count", count},
        {"{\"name\":\"a\",\"count\":1.5}", "/count", count},
        {"{\"name\":\"a\",\"count\":\"1\"}", "/count", count},
        {"{\"name\":\"a\",\"size\":\"Small\"}", "/size", "expected small, large or huge"},
        {"{\"name\":\"a\",\"a/b~c\":[]}", "/a~1b~0c", "expected an object"},
        {"{\"name\":\"a\",\"a/b~c\":{}}", "/a~1b~0c/x", "expected a text, and it is missing"},
        {"{\"name\":\"a\",\"a/b~c\":{\"x\":\"1\",\"y\":1}}", "/a~1b~0c/y",
         "there is no such setting; did you mean \\\"x\\\"?"},
        {"{\"name\":\"a\",\"nmae\":\"a\"}", "/nmae", "there is no such setting; did you mean \\\"name\\\"?"},
        {"{\"name\":\"a\",\"repository\":\"a\"}", "/repository",
         "there is no such setting; known: name, url, count, size, a/b~c"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_mistake(cases[i].document, cases[i].path, cases[i].message);
}

static void takes_what_is_right_and_finds_all_that_is_wrong(void **state)
{
    (void)state;
    struct adapter_call call = {.arena = arena_create()};
    struct text none =
        read_all(&call, "{\"name\":\"a\",\"url\":\"http://[::1]:8/x\",\"count\":10,\"size\":\"huge\","
                        "\"a/b~c\":{\"x\":\"y\"}}");
    assert_true(text_is(none, "{\"mistakes\":[]}"));
    struct text found = read_all(&call, "{\"count\":0,\"size\":1,\"q\":1}");
    const struct json_value *value;
    assert_int_equal(json_parse(call.arena, found, &json_limits_document, &value), FAULT_NONE);
    assert_int_equal(json_member(value, TEXT("mistakes"))->count, 4);
    arena_destroy(call.arena);
}

static void misconfigures_a_mint_by_the_first_mistake(void **state)
{
    (void)state;
    struct adapter_call call = {.arena = arena_create()};
    struct adapter_mistakes *mistakes = adapter_mistakes_begin(&call);
    assert_int_equal(adapter_mistakes_end(&call, mistakes), ADAPTER_DONE);
    adapter_mistake(mistakes, TEXT("/a"), "expected %s", "more");
    adapter_mistake(mistakes, TEXT("/b"), "no");
    assert_int_equal(adapter_mistakes_end(&call, mistakes), ADAPTER_MISCONFIGURED);
    assert_true(text_is(call.path, "/a"));
    assert_true(text_is(call.said, "the settings at /a: expected more"));
    for (int i = 0; i < 200; i++)
        adapter_mistake(mistakes, TEXT("/c"), "too many to list");
    arena_destroy(call.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_mistake_with_its_path),
        cmocka_unit_test(takes_what_is_right_and_finds_all_that_is_wrong),
        cmocka_unit_test(misconfigures_a_mint_by_the_first_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

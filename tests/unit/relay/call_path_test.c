/* Paths that can be read in one way, and the tricks that want another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/call_path.h"

static bool read(struct arena *arena, const char *target, struct text *path)
{
    return call_path_read(arena, text_of(target), path);
}

static void are_decoded_and_lose_their_query(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"/", "/"},
        {"/orders", "/orders"},
        {"/orders/", "/orders/"},
        {"/orders?x=/../admin", "/orders"},
        {"/orders/%37", "/orders/7"},
        {"/a%20b/c%C3%A4", "/a b/c\303\244"},
        {"/a.b/..c/...", "/a.b/..c/..."},
        {"/~u/!$&'()*+,=:@-_", "/~u/!$&'()*+,=:@-_"},
    };
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text path;
        assert_true(read(arena, rows[i][0], &path));
        assert_true(text_is(path, rows[i][1]));
    }
}

static void are_refused_where_they_can_be_read_in_two_ways(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",          "?",        "orders",     "*",           "http://h/x", "//",
        "//x",       "/x//y",    "/x//",       "/.",          "/..",        "/x/.",
        "/x/..",     "/x/../y",  "/x/./y",     "/%2e",        "/%2E%2e/x",  "/x/.%2e/y",
        "/x/%2e./y", "/x/..;/y", "/x/..;a=b/", "/x/.;/y",     "/;x/y",      "/x/;/y",
        "/x%2fy",    "/x%2Fy",   "/x%5cy",     "/x\\y",       "/x/..\\y",   "/x%00",
        "/x%0a",     "/x%0d%0a", "/x%1f",      "/x%7f",       "/x%",        "/x%2",
        "/x%zz",     "/x%u002e", "/x%252e",    "/x%25",       "/x%3fy",     "/x%23y",
        "/x#y",      "/x%3by",   "/x y",       "/x\ty",       "/x\303\244", "/%c0%ae%c0%ae/x",
        "/%c0%af",   "/%ff",     "/%ed%a0%80", "/x%e2%80%ae", "/x%c2%85",   "/x\"y",
        "/<x>",      "/x|y",     "/x;/y",      "/x;v=1/y",    "/x;",
    };
    SCOPED_ARENA arena = arena_create();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text path;
        if (read(arena, rows[i], &path))
            fail_msg("%s is read as %.*s", rows[i], TEXT_ARGUMENTS(path));
    }
}

static void have_a_length_that_is_bearable(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text path;
    char *bytes = arena_allocate(arena, CALL_PATH_BYTES_MAX + 2);
    for (size_t i = 0; i <= CALL_PATH_BYTES_MAX; i++)
        bytes[i] = i == 0 ? '/' : 'x';
    assert_true(call_path_read(arena, (struct text){bytes, CALL_PATH_BYTES_MAX}, &path));
    assert_false(call_path_read(arena, (struct text){bytes, CALL_PATH_BYTES_MAX + 1}, &path));
}

static void fit_patterns_segment_by_segment(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool fits;
    } rows[] = {
        {"/", "/", true},           {"/", "/x", false},
        {"/x", "/x", true},         {"/x", "/x/", true},
        {"/x/", "/x", true},        {"/x", "/X", false},
        {"/x", "/xy", false},       {"/x", "/x/y", false},
        {"/x/y", "/x", false},      {"/x/*", "/x/y", true},
        {"/x/*", "/x/y/", true},    {"/x/*", "/x", false},
        {"/x/*", "/x/", false},     {"/x/*", "/x/y/z", false},
        {"/x/*/z", "/x/y/z", true}, {"/x/*/z", "/x/y/y", false},
        {"/*", "/", false},         {"/**", "/", true},
        {"/**", "/x/y", true},      {"/x/**", "/x", true},
        {"/x/**", "/x/", true},     {"/x/**", "/x/y/z", true},
        {"/x/**", "/xy", false},    {"/x/**", "/", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (call_path_fits(text_of(rows[i].pattern), text_of(rows[i].path)) != rows[i].fits)
            fail_msg("%s and %s", rows[i].pattern, rows[i].path);
}

static void have_methods_that_nobody_reads_as_another(void **state)
{
    (void)state;
    static const char *const plain[] = {"GET", "DELETE", "M-SEARCH", "VERSION-CONTROL"};
    static const char *const others[] = {"", "delete", "Delete", "GET ", "GET/x", "G\xc3\x89T", "G3T"};
    static const char longest[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF"; /* 32 */
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        assert_true(call_method_is_plain(text_of(plain[i])));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(call_method_is_plain(text_of(others[i])));
    assert_true(call_method_is_plain((struct text){longest, CALL_METHOD_BYTES_MAX}));
    assert_false(call_method_is_plain((struct text){longest, CALL_METHOD_BYTES_MAX + 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_decoded_and_lose_their_query),
        cmocka_unit_test(are_refused_where_they_can_be_read_in_two_ways),
        cmocka_unit_test(have_a_length_that_is_bearable),
        cmocka_unit_test(fit_patterns_segment_by_segment),
        cmocka_unit_test(have_methods_that_nobody_reads_as_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

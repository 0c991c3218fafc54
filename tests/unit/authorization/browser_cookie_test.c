/* Cookies as browsers send them, and as others do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "browser_cookie.h"

static struct text find(const char *header, unsigned *found)
{
    struct text value = TEXT_NONE;
    *found = 0;
    browser_cookie_find(text_of(header), TEXT("__Host-a"), &value, found);
    return value;
}

static void is_found_by_its_whole_name_alone(void **state)
{
    (void)state;
    unsigned found;
    assert_true(text_is(find("__Host-a=1", &found), "1"));
    assert_true(text_is(find("b=2; __Host-a=x=y ;c=3", &found), "x=y"));
    assert_int_equal(found, 1);
    static const char *const others[] = {"",          "__host-a=1",  "a=1", "__Host-ab=1",
                                         "__Host-a",  "x__Host-a=1", ";;;", "b=__Host-a=1",
                                         "__Host-a ", "__Host-a =1"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        (void)find(others[i], &found);
        if (found != 0)
            fail_msg("found in %s", others[i]);
    }
}

static void is_counted_where_somebody_has_planted_another(void **state)
{
    (void)state;
    unsigned found;
    (void)find("__Host-a=1; __Host-a=2", &found);
    assert_int_equal(found, 2);
}

static void is_set_for_this_host_over_tls_and_for_no_script(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(browser_cookie_set(arena, "__Host-a", TEXT("v"), 600),
                        "__Host-a=v; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"));
    assert_true(text_is(browser_cookie_set(arena, "__Host-a", TEXT_NONE, 600),
                        "__Host-a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"));
    assert_true(text_is(browser_cookie_set(arena, "__Host-a", TEXT("v"), -1),
                        "__Host-a=v; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_found_by_its_whole_name_alone),
        cmocka_unit_test(is_counted_where_somebody_has_planted_another),
        cmocka_unit_test(is_set_for_this_host_over_tls_and_for_no_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

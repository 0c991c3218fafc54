/* Forms: escaped, without what is empty, and remembering what is secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "form.h"

static void writes_values_as_values(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct form form = form_in(arena);
    const struct setting_pairs pairs = {.pairs = {{TEXT("a&b"), TEXT("c=d")}}, .count = 1};
    form_add(&form, "scope", TEXT("read write"));
    form_add(&form, "audience", TEXT_NONE);
    form_add(&form, "resource", TEXT(""));
    form_add_secret(&form, "code", TEXT("x+&\r\n%"));
    form_add_pairs(&form, &pairs);
    assert_true(text_is(buffer_text(&form.out), "scope=read%20write&code=x%2B%26%0D%0A%25&a%26b=c%3Dd"));
    assert_int_equal(form.secret_count, 1);
    assert_true(text_is(form.secrets[0], "x+&\r\n%"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writes_values_as_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

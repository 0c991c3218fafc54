/* What somebody may have meant, and that nothing is guessed where it is far away. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/nearest.h"

static const struct text known[] = {TEXT("clientId"), TEXT("maxAge"), TEXT("tokenEndpoint")};

static void assert_nearest(struct text name, const char *expected)
{
    struct arena *arena = arena_create();
    struct text nearest = nearest_name(arena, name, known, sizeof(known) / sizeof(*known));
    if (expected == NULL)
        assert_null(nearest.base);
    else
        assert_true(text_is(nearest, expected));
    arena_destroy(arena);
}

static void finds_what_was_meant_whatever_its_case(void **state)
{
    (void)state;
    assert_nearest(TEXT("clientID"), "clientId");
    assert_nearest(TEXT("client_id"), "clientId");
    assert_nearest(TEXT("max-age"), "maxAge");
    assert_nearest(TEXT("tokenEndpiont"), "tokenEndpoint");
}

static void guesses_nothing_that_is_far_away(void **state)
{
    (void)state;
    char much[65] = {0};
    assert_nearest(TEXT("secret"), NULL);
    assert_nearest(TEXT(""), NULL);
    assert_nearest((struct text){much, sizeof(much)}, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_meant_whatever_its_case),
        cmocka_unit_test(guesses_nothing_that_is_far_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

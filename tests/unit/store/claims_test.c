/* Who of a batch has what only one can have. */
#include "store_fixture.h"

#include "postgres/claims.h"

static struct text name_of(size_t number, char name[32])
{
    snprintf(name, 32, "scope-%zu", number);
    return text_of(name);
}

static void finds_the_owner_of_each_thing_and_none_of_others(void **state)
{
    (void)state;
    static char names[CLAIMS_MAX][32];
    static struct claims claims;
    char other[32];
    size_t owner;
    claims_begin(&claims);
    assert_false(claims_find(&claims, TEXT("scope-0"), &owner));
    for (size_t i = 0; i < CLAIMS_MAX; i++)
        claims_add(&claims, name_of(i, names[i]), i / 2);
    for (size_t i = 0; i < CLAIMS_MAX; i++) {
        assert_true(claims_find(&claims, name_of(i, other), &owner));
        assert_int_equal(owner, i / 2);
    }
    for (size_t i = CLAIMS_MAX; i < (size_t)2 * CLAIMS_MAX; i++)
        assert_false(claims_find(&claims, name_of(i, other), &owner));
}

static void tells_things_apart_that_end_alike_or_are_short(void **state)
{
    (void)state;
    static struct claims claims;
    size_t owner;
    claims_add(&claims, TEXT("a-the-same-end"), 1);
    claims_add(&claims, TEXT("b-the-same-end"), 2);
    claims_add(&claims, TEXT("x"), 3);
    assert_true(claims_find(&claims, TEXT("b-the-same-end"), &owner));
    assert_int_equal(owner, 2);
    assert_true(claims_find(&claims, TEXT("x"), &owner));
    assert_int_equal(owner, 3);
    assert_false(claims_find(&claims, TEXT(""), &owner));
    assert_false(claims_find(&claims, TEXT("c-the-same-end"), &owner));
}

static void has_forgotten_everything_when_it_begins_again(void **state)
{
    (void)state;
    static struct claims claims;
    size_t owner;
    claims_add(&claims, TEXT("x"), 3);
    claims_begin(&claims);
    assert_false(claims_find(&claims, TEXT("x"), &owner));
    claims_add(&claims, TEXT("y"), 4);
    assert_false(claims_find(&claims, TEXT("x"), &owner));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_owner_of_each_thing_and_none_of_others),
        cmocka_unit_test(tells_things_apart_that_end_alike_or_are_short),
        cmocka_unit_test(has_forgotten_everything_when_it_begins_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

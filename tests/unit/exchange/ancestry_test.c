/* What a credential carries of what it was made from: nothing twice, nothing dropped in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ancestry.h"

#include <cmocka.h>

static void inherits_the_parent_and_what_the_parent_carries(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct ancestry ancestry = {.arena = arena};
    struct jwt_claims claims;
    assert_int_equal(
        jwt_claims_read(arena,
                        TEXT("{\"jti\":\"02\",\"client_id\":\"shop\",\"aud\":\"https://b.example\","
                             "\"dragoman_stands_on\":[\"lease 01\",\"client agent\",\"client shop\"]}"),
                        &claims),
        FAULT_NONE);
    ancestry_inherit(&ancestry, &claims);
    static const char *const expected[] = {"lease 02", "client shop", "target https://b.example", "lease 01",
                                           "client agent"};
    assert_int_equal(ancestry.count, 5);
    for (size_t i = 0; i < ancestry.count; i++)
        assert_true(text_is(ancestry.things[i], expected[i]));
    assert_false(ancestry.is_too_long);
}

static void names_an_identity_by_its_issuer_and_its_subject(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct ancestry ancestry = {.arena = arena};
    const struct identity bot = {TEXT("https://a.example"), TEXT("system:bot one")};
    ancestry_add_identity(&ancestry, "agent", &bot);
    assert_true(text_is(ancestry.things[0], "agent https://a.example system:bot one"));
}

static void says_so_when_something_finds_no_room(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct ancestry ancestry = {.arena = arena};
    for (int i = 0; i < ANCESTRY_MAX; i++)
        ancestry_add(&ancestry, "lease", arena_print(arena, "%d", i));
    ancestry_add(&ancestry, "lease", TEXT("7"));
    assert_false(ancestry.is_too_long);
    ancestry_add(&ancestry, "lease", TEXT("one more"));
    assert_true(ancestry.is_too_long);
    assert_int_equal(ancestry.count, ANCESTRY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inherits_the_parent_and_what_the_parent_carries),
        cmocka_unit_test(names_an_identity_by_its_issuer_and_its_subject),
        cmocka_unit_test(says_so_when_something_finds_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

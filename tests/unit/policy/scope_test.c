/* Scope sets: the grammar of RFC 6749 section 3.3, and that no operation ever makes a set wider. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "policy/scope.h"

static struct scope_set parsed(const char *text)
{
    struct scope_set set;
    assert_int_equal(scope_set_parse(text_of(text), &set), FAULT_NONE);
    return set;
}

static void assert_malformed(struct text text)
{
    struct scope_set set;
    assert_int_equal(scope_set_parse(text, &set), FAULT_SCOPE_MALFORMED);
}

static void reads_tokens_in_their_order_without_doubles(void **state)
{
    (void)state;
    struct scope_set set = parsed("b a b !#[]~ a");
    assert_int_equal(set.count, 3);
    assert_true(text_is(set.scopes[0], "b"));
    assert_true(text_is(set.scopes[1], "a"));
    assert_true(text_is(set.scopes[2], "!#[]~"));
}

static void reads_nothing_as_the_empty_set(void **state)
{
    (void)state;
    struct scope_set set = {.count = 7};
    assert_int_equal(scope_set_parse(TEXT(""), &set), FAULT_NONE);
    assert_int_equal(set.count, 0);
    set.count = 7;
    assert_int_equal(scope_set_parse(TEXT_NONE, &set), FAULT_NONE);
    assert_int_equal(set.count, 0);
}

static void refuses_spaces_that_part_nothing(void **state)
{
    (void)state;
    assert_malformed(TEXT(" "));
    assert_malformed(TEXT(" a"));
    assert_malformed(TEXT("a "));
    assert_malformed(TEXT("a  b"));
}

static void refuses_every_character_outside_the_grammar(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char token[] = {'a', (char)byte, 'b'};
        struct scope_set set;
        bool is_allowed =
            byte == ' ' || byte == 0x21 || (byte >= 0x23 && byte <= 0x5b) || (byte >= 0x5d && byte <= 0x7e);
        assert_int_equal(scope_set_parse((struct text){token, sizeof(token)}, &set),
                         is_allowed ? FAULT_NONE : FAULT_SCOPE_MALFORMED);
    }
}

static void refuses_more_tokens_than_fit_but_not_doubles(void **state)
{
    (void)state;
    SCOPED_BUFFER text = {0};
    for (int i = 0; i < SCOPES_MAX; i++)
        buffer_print(&text, "%ss%d", i == 0 ? "" : " ", i);
    struct scope_set set;
    assert_int_equal(scope_set_parse(buffer_text(&text), &set), FAULT_NONE);
    assert_int_equal(set.count, SCOPES_MAX);
    size_t full = text.length;
    buffer_append(&text, TEXT(" s0 s1"));
    assert_int_equal(scope_set_parse(buffer_text(&text), &set), FAULT_NONE);
    text.length = full;
    buffer_append(&text, TEXT(" one-more"));
    assert_malformed(buffer_text(&text));
}

static void refuses_more_bytes_than_its_bound(void **state)
{
    (void)state;
    char text[SCOPE_BYTES_MAX + 1];
    memset(text, 'a', sizeof(text));
    struct scope_set set;
    assert_int_equal(scope_set_parse((struct text){text, SCOPE_BYTES_MAX}, &set), FAULT_NONE);
    assert_malformed((struct text){text, SCOPE_BYTES_MAX + 1});
}

static void compares_whole_tokens_and_their_case(void **state)
{
    (void)state;
    struct scope_set set = parsed("orders:read orders");
    assert_true(scope_set_has(&set, TEXT("orders")));
    assert_false(scope_set_has(&set, TEXT("order")));
    assert_false(scope_set_has(&set, TEXT("orders:")));
    assert_false(scope_set_has(&set, TEXT("Orders")));
    assert_false(scope_set_has(&set, TEXT("")));
}

static void takes_the_empty_set_as_a_subset_of_all(void **state)
{
    (void)state;
    struct scope_set none = parsed("");
    struct scope_set some = parsed("a");
    assert_true(scope_set_is_subset(&none, &none));
    assert_true(scope_set_is_subset(&none, &some));
    assert_false(scope_set_is_subset(&some, &none));
}

static void intersects_in_the_first_sets_order(void **state)
{
    (void)state;
    struct scope_set a = parsed("d c b a");
    struct scope_set b = parsed("a b x d");
    struct scope_set both;
    SCOPED_ARENA arena = arena_create();
    scope_set_intersect(&a, &b, &both);
    assert_true(text_is(scope_set_text(arena, &both), "d b a"));
    scope_set_intersect(&a, &b, &a);
    assert_true(text_is(scope_set_text(arena, &a), "d b a"));
}

static void writes_back_what_parses_to_the_same_set(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct scope_set none = parsed("");
    assert_null(scope_set_text(arena, &none).base);
    struct scope_set set = parsed("b a c b");
    struct text text = scope_set_text(arena, &set);
    assert_string_equal(text.base, "b a c");
    assert_int_equal(text.length, 5);
}

static uint64_t seed = 11;

static struct scope_set random_set(void)
{
    static const char *const names[] = {"a", "b", "aa", "ab", "a:b", "A", "orders:read", "orders:write"};
    struct scope_set set = {.count = 0};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        if (seed >> 63 == 0)
            set.scopes[set.count++] = text_of(names[i]);
    }
    return set;
}

static void never_grows_whatever_the_chain(void **state)
{
    (void)state;
    for (int chain = 0; chain < 2000; chain++) {
        struct scope_set start = random_set();
        struct scope_set held = start;
        for (int hop = 0; hop < 4; hop++) {
            struct scope_set asked = random_set();
            struct scope_set given;
            scope_set_intersect(&asked, &held, &given);
            assert_true(scope_set_is_subset(&given, &asked));
            assert_true(scope_set_is_subset(&given, &held));
            assert_true(scope_set_is_subset(&given, &start));
            for (size_t i = 0; i < asked.count; i++) /* and loses nothing that both have */
                assert_true(!scope_set_has(&held, asked.scopes[i]) || scope_set_has(&given, asked.scopes[i]));
            held = given;
        }
    }
}

static void is_a_subset_exactly_when_the_intersection_is_all_of_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct scope_set a = random_set();
        struct scope_set b = random_set();
        struct scope_set both;
        scope_set_intersect(&a, &b, &both);
        assert_int_equal(scope_set_is_subset(&a, &b), both.count == a.count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tokens_in_their_order_without_doubles),
        cmocka_unit_test(reads_nothing_as_the_empty_set),
        cmocka_unit_test(refuses_spaces_that_part_nothing),
        cmocka_unit_test(refuses_every_character_outside_the_grammar),
        cmocka_unit_test(refuses_more_tokens_than_fit_but_not_doubles),
        cmocka_unit_test(refuses_more_bytes_than_its_bound),
        cmocka_unit_test(compares_whole_tokens_and_their_case),
        cmocka_unit_test(takes_the_empty_set_as_a_subset_of_all),
        cmocka_unit_test(intersects_in_the_first_sets_order),
        cmocka_unit_test(writes_back_what_parses_to_the_same_set),
        cmocka_unit_test(never_grows_whatever_the_chain),
        cmocka_unit_test(is_a_subset_exactly_when_the_intersection_is_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Values of all kinds in one order, and sets and records made by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/extension.h"

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

static struct cedar_value set_of(const struct cedar_value *items, size_t count)
{
    struct cedar_value *copy = ARENA_ARRAY(arena, struct cedar_value, count + 1);
    for (size_t i = 0; i < count; i++)
        copy[i] = items[i];
    return cedar_set_value(arena, copy, count);
}

static struct cedar_value record_of(const char *name, struct cedar_value value)
{
    struct cedar_attribute *attribute = ARENA_NEW(arena, struct cedar_attribute);
    *attribute = (struct cedar_attribute){text_of(name), value};
    struct cedar_value record;
    assert_true(cedar_record_value(arena, attribute, 1, &record));
    return record;
}

static struct cedar_value extension(enum cedar_kind kind, const char *text)
{
    struct cedar_value value;
    assert_true(cedar_extension_parse(arena, kind, text_of(text), &value));
    return value;
}

/* Values of all kinds, no two of them equal, and sets and records of some of them. */
static size_t sample(struct cedar_value *values)
{
    static const struct cedar_uid uids[] = {{{"A", 1}, {"a", 1}}, {{"A", 1}, {"b", 1}}, {{"B", 1}, {"a", 1}}};
    const struct cedar_value plain[] = {
        cedar_boolean(false),
        cedar_boolean(true),
        cedar_long(INT64_MIN),
        cedar_long(0),
        cedar_long(1),
        cedar_long(INT64_MAX),
        cedar_string(TEXT_NONE),
        cedar_string(TEXT("a")),
        cedar_string(TEXT("a\0")),
        cedar_string(TEXT("\xc3\xa9")),
        cedar_entity_value(&uids[0]),
        cedar_entity_value(&uids[1]),
        cedar_entity_value(&uids[2]),
        extension(CEDAR_DECIMAL, "0.0"),
        extension(CEDAR_DECIMAL, "-922337203685477.5808"),
        extension(CEDAR_IPADDR, "0.0.0.0"),
        extension(CEDAR_IPADDR, "0.0.0.0/0"),
        extension(CEDAR_IPADDR, "::"),
        extension(CEDAR_DATETIME, "1970-01-01"),
        extension(CEDAR_DATETIME, "0000-01-01"),
        extension(CEDAR_DURATION, "0ms"),
        extension(CEDAR_DURATION, "-9223372036854775808ms"),
    };
    enum { PLAIN = sizeof(plain) / sizeof(plain[0]) };
    size_t count = 0;
    for (size_t i = 0; i < PLAIN; i++) {
        values[count++] = plain[i];
        values[count++] = set_of(&plain[i], 1);
        values[count++] = record_of("a", plain[i]);
        values[count++] = record_of("b", set_of(&plain[i], PLAIN - i < 3 ? 1 : 3));
    }
    values[count++] = set_of(NULL, 0);
    values[count++] = set_of(plain, PLAIN);
    values[count++] = (struct cedar_value){.kind = CEDAR_RECORD, .record = &cedar_record_empty};
    return count;
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void the_order_is_total_and_antisymmetric(void **state)
{
    (void)state;
    struct cedar_value values[128];
    size_t count = sample(values);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int order = sign(cedar_value_compare(&values[i], &values[j]));
            assert_int_equal(order, -sign(cedar_value_compare(&values[j], &values[i])));
            assert_int_equal(order == 0, i == j);
            assert_int_equal(cedar_value_equal(&values[i], &values[j]), i == j);
        }
}

static void the_order_is_transitive(void **state)
{
    (void)state;
    struct cedar_value values[128];
    size_t count = sample(values);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            for (size_t k = 0; k < count; k++)
                if (cedar_value_compare(&values[i], &values[j]) < 0 &&
                    cedar_value_compare(&values[j], &values[k]) < 0)
                    assert_true(cedar_value_compare(&values[i], &values[k]) < 0);
}

static void a_copy_made_apart_is_equal(void **state)
{
    (void)state;
    struct cedar_value values[128], again[128];
    size_t count = sample(values);
    sample(again);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(cedar_value_compare(&values[i], &again[i]), 0);
}

static void a_set_knows_neither_order_nor_doubles(void **state)
{
    (void)state;
    struct cedar_value values[128], turned[256];
    size_t count = sample(values);
    for (size_t i = 0; i < count; i++) {
        turned[i] = values[count - 1 - i];
        turned[2 * count - 1 - i] = values[count - 1 - i];
    }
    struct cedar_value a = set_of(values, count), b = set_of(turned, 2 * count);
    assert_int_equal(b.set->count, count);
    assert_true(cedar_value_equal(&a, &b));
    for (size_t i = 0; i + 1 < count; i++)
        assert_true(cedar_value_compare(&b.set->items[i], &b.set->items[i + 1]) < 0);
}

static void a_set_has_its_members_alone(void **state)
{
    (void)state;
    struct cedar_value values[128];
    size_t count = sample(values), half = count / 2;
    struct cedar_value set = set_of(values, half);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(cedar_set_has(set.set, &values[i]), i < half);
    assert_false(cedar_set_has(set_of(NULL, 0).set, &values[0]));
}

static void a_record_refuses_a_name_that_stands_twice(void **state)
{
    (void)state;
    struct cedar_attribute attributes[] = {
        {TEXT("a"), cedar_long(1)}, {TEXT("b"), cedar_long(2)}, {TEXT("a"), cedar_long(1)}};
    struct cedar_value value;
    assert_false(cedar_record_value(arena, attributes, 3, &value));
}

static void a_record_finds_its_attributes_by_name(void **state)
{
    (void)state;
    struct cedar_attribute attributes[] = {{TEXT("b"), cedar_long(2)},
                                           {TEXT(""), cedar_long(0)},
                                           {TEXT("a\0"), cedar_long(3)},
                                           {TEXT("a"), cedar_long(1)}};
    struct cedar_value value;
    assert_true(cedar_record_value(arena, attributes, 4, &value));
    assert_int_equal(cedar_record_find(value.record, TEXT("a"))->integer, 1);
    assert_int_equal(cedar_record_find(value.record, TEXT("b"))->integer, 2);
    assert_int_equal(cedar_record_find(value.record, TEXT_NONE)->integer, 0);
    assert_int_equal(cedar_record_find(value.record, TEXT("a\0"))->integer, 3);
    assert_null(cedar_record_find(value.record, TEXT("c")));
    assert_null(cedar_record_find(&cedar_record_empty, TEXT("a")));
}

static void records_differ_by_names_and_by_values(void **state)
{
    (void)state;
    struct cedar_value a = record_of("a", cedar_long(1)), b = record_of("b", cedar_long(1)),
                       c = record_of("a", cedar_long(2)), d = record_of("a", cedar_boolean(true));
    assert_false(cedar_value_equal(&a, &b));
    assert_false(cedar_value_equal(&a, &c));
    assert_false(cedar_value_equal(&a, &d));
}

static void values_may_nest_as_deep_as_their_makers_let_them(void **state)
{
    (void)state;
    struct cedar_value a = cedar_long(1), b = cedar_long(2);
    for (int depth = 0; depth < 512; depth++) {
        a = depth % 2 == 0 ? set_of(&a, 1) : record_of("a", a);
        b = depth % 2 == 0 ? set_of(&b, 1) : record_of("a", b);
    }
    assert_true(cedar_value_compare(&a, &b) < 0);
    SCOPED_BUFFER out = {0};
    cedar_value_print(&a, &out);
    assert_int_equal(out.length, 256 * (2 + 5) + 1);
}

static void every_kind_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(cedar_kind_name(CEDAR_BOOLEAN), "bool");
    assert_string_equal(cedar_kind_name(CEDAR_LONG), "long");
    assert_string_equal(cedar_kind_name(CEDAR_IPADDR), "ipaddr");
    for (int kind = CEDAR_BOOLEAN; kind <= CEDAR_DURATION; kind++)
        assert_non_null(cedar_kind_name((enum cedar_kind)kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_is_total_and_antisymmetric),
        cmocka_unit_test(the_order_is_transitive),
        cmocka_unit_test(a_copy_made_apart_is_equal),
        cmocka_unit_test(a_set_knows_neither_order_nor_doubles),
        cmocka_unit_test(a_set_has_its_members_alone),
        cmocka_unit_test(a_record_refuses_a_name_that_stands_twice),
        cmocka_unit_test(a_record_finds_its_attributes_by_name),
        cmocka_unit_test(records_differ_by_names_and_by_values),
        cmocka_unit_test(values_may_nest_as_deep_as_their_makers_let_them),
        cmocka_unit_test(every_kind_has_a_name),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

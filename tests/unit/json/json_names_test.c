/* The table of names: a double is always found, nothing else is, also when the table has grown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "json_names.h"

static bool add(struct json_names *names, uint64_t object, const char *name)
{
    return json_names_add(names, object, text_of(name));
}

static void finds_a_double(void **state)
{
    (void)state;
    struct json_names names;
    json_names_start(&names);
    assert_true(add(&names, 0, "iss"));
    assert_true(add(&names, 0, "sub"));
    assert_false(add(&names, 0, "iss"));
    assert_true(add(&names, 0, ""));
    assert_false(add(&names, 0, ""));
    json_names_end(&names);
}

static void keeps_objects_apart(void **state)
{
    (void)state;
    struct json_names names;
    json_names_start(&names);
    for (uint64_t object = 0; object < 1000; object++)
        assert_true(add(&names, object, "iss"));
    for (uint64_t object = 0; object < 1000; object++)
        assert_false(add(&names, object, "iss"));
    json_names_end(&names);
}

static void tells_names_apart_by_every_byte_and_their_length(void **state)
{
    (void)state;
    struct json_names names;
    json_names_start(&names);
    static const char zeros[40];
    for (size_t length = 0; length < sizeof(zeros); length++)
        assert_true(json_names_add(&names, 0, (struct text){zeros, length}));
    for (size_t position = 0; position < sizeof(zeros); position++) {
        char name[sizeof(zeros)] = {0};
        name[position] = 1;
        assert_true(json_names_add(&names, 0, (struct text){name, sizeof(name)}));
        assert_false(json_names_add(&names, 0, (struct text){name, sizeof(name)}));
    }
    json_names_end(&names);
}

static void remembers_every_name_while_it_grows(void **state)
{
    (void)state;
    enum { NAMES = 30000 };
    struct json_names names;
    json_names_start(&names);
    char name[16];
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_true(add(&names, 0, name));
    }
    assert_true(names.capacity >= 2 * (size_t)NAMES);
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_false(add(&names, 0, name));
    }
    json_names_end(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_double),
        cmocka_unit_test(keeps_objects_apart),
        cmocka_unit_test(tells_names_apart_by_every_byte_and_their_length),
        cmocka_unit_test(remembers_every_name_while_it_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

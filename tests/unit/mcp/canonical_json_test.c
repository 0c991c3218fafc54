/* Equal values are spelled alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/canonical_json.h"
#include "message_fixture.h"

static void assert_canonical(const char *value, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct buffer out = buffer_in(arena, 64);
    struct json_writer writer = json_writer_on(&out);
    canonical_json_write(arena, &writer, value != NULL ? fixture_json(arena, value) : NULL);
    assert_string_equal(arena_copy(arena, buffer_text(&out)).base, expected);
}

static void sorts_names_at_every_depth(void **state)
{
    (void)state;
    assert_canonical(" {\"b\": [ {\"d\":1,\"c\":2}, null ], \"a\\u0061\":true,\"a\":\"\\u00e4\"} ",
                     "{\"a\":\"\xc3\xa4\",\"aa\":true,\"b\":[{\"c\":2,\"d\":1},null]}");
    assert_canonical("{}", "{}");
    assert_canonical("[]", "[]");
    assert_canonical(NULL, "null");
}

static void keeps_order_and_spelling_where_they_count(void **state)
{
    (void)state;
    assert_canonical("[2,1,1.0,1e1]", "[2,1,1.0,1e1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_names_at_every_depth),
        cmocka_unit_test(keeps_order_and_spelling_where_they_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

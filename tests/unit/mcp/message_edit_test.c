/* A tree is written with other members, and stays as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/message_edit.h"
#include "message_fixture.h"

#define TREE "{\"a\":{\"b\":{\"c\":1,\"d\":[2]},\"e\":3},\"f\":4}"

static void assert_edited(struct message_edit first, struct message_edit second, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    const struct json_value *tree = fixture_json(arena, TREE);
    const struct message_edit edits[] = {first, second};
    assert_string_equal(arena_copy(arena, message_edit_text(arena, tree, edits, 2)).base, expected);
    assert_string_equal(arena_copy(arena, message_edit_text(arena, tree, NULL, 0)).base, TREE);
}

static void leaves_out_replaces_and_adds(void **state)
{
    (void)state;
    const struct json_value value = message_edit_string(TEXT("x"));
    assert_edited((struct message_edit){{"a", "b", "c", NULL}, NULL}, (struct message_edit){{"f", NULL}, NULL},
                  "{\"a\":{\"b\":{\"d\":[2]},\"e\":3}}");
    assert_edited((struct message_edit){{"a", "b", NULL}, &value},
                  (struct message_edit){{"a", "e", NULL}, NULL}, "{\"a\":{\"b\":\"x\"},\"f\":4}");
    assert_edited((struct message_edit){{"a", "b", "n", NULL}, &value},
                  (struct message_edit){{"g", NULL}, &value},
                  "{\"a\":{\"b\":{\"c\":1,\"d\":[2],\"n\":\"x\"},\"e\":3},\"f\":4,\"g\":\"x\"}");
}

static void does_nothing_where_there_is_no_such_place(void **state)
{
    (void)state;
    const struct json_value value = message_edit_string(TEXT("x"));
    assert_edited((struct message_edit){{"z", "b", NULL}, &value},
                  (struct message_edit){{"f", "g", NULL}, &value}, TREE);
    assert_edited((struct message_edit){{"z", NULL}, NULL},
                  (struct message_edit){{"a", "b", "d", "c", NULL}, NULL}, TREE);
}

static void takes_the_last_word_on_a_member(void **state)
{
    (void)state;
    const struct json_value one = message_edit_string(TEXT("1")), two = message_edit_string(TEXT("2"));
    assert_edited((struct message_edit){{"f", NULL}, &one}, (struct message_edit){{"f", NULL}, &two},
                  "{\"a\":{\"b\":{\"c\":1,\"d\":[2]},\"e\":3},\"f\":\"2\"}");
    assert_edited((struct message_edit){{"a", "b", NULL}, NULL},
                  (struct message_edit){{"a", "b", "c", NULL}, &one}, "{\"a\":{\"e\":3},\"f\":4}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_out_replaces_and_adds),
        cmocka_unit_test(does_nothing_where_there_is_no_such_place),
        cmocka_unit_test(takes_the_last_word_on_a_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

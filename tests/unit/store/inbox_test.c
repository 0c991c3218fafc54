/* The queue between the loops and a thread of the store. */
#include "store_fixture.h"

#include "sqlite/inbox.h"

static void gives_everything_at_once_oldest_first(void **state)
{
    (void)state;
    struct inbox inbox;
    struct loop_message messages[3], *taken;
    inbox_init(&inbox, 8);
    for (int i = 0; i < 3; i++)
        assert_true(inbox_put(&inbox, &messages[i]));
    assert_true(inbox_take(&inbox, true, &taken));
    for (int i = 0; i < 3; i++, taken = taken->next)
        assert_ptr_equal(taken, &messages[i]);
    assert_null(taken);
    inbox_dispose(&inbox);
}

static void has_room_for_no_more_than_its_limit(void **state)
{
    (void)state;
    struct inbox inbox;
    struct loop_message messages[4], *taken;
    inbox_init(&inbox, 3);
    for (int i = 0; i < 3; i++)
        assert_true(inbox_put(&inbox, &messages[i]));
    assert_false(inbox_put(&inbox, &messages[3]));
    assert_false(inbox_add(&inbox, &messages[3]));
    assert_true(inbox_take(&inbox, true, &taken));
    assert_true(inbox_add(&inbox, &messages[3]));
    inbox_dispose(&inbox);
}

static void wakes_without_a_message_when_poked(void **state)
{
    (void)state;
    struct inbox inbox;
    struct loop_message *taken;
    inbox_init(&inbox, 1);
    inbox_poke(&inbox);
    assert_true(inbox_take(&inbox, true, &taken));
    assert_null(taken);
    assert_true(inbox_take(&inbox, false, &taken));
    inbox_dispose(&inbox);
}

static void hands_out_what_is_left_before_it_ends(void **state)
{
    (void)state;
    struct inbox inbox;
    struct loop_message message, *taken;
    inbox_init(&inbox, 1);
    assert_true(inbox_put(&inbox, &message));
    inbox_close(&inbox);
    assert_true(inbox_take(&inbox, true, &taken));
    assert_ptr_equal(taken, &message);
    assert_false(inbox_take(&inbox, true, &taken));
    inbox_dispose(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_everything_at_once_oldest_first),
        cmocka_unit_test(has_room_for_no_more_than_its_limit),
        cmocka_unit_test(wakes_without_a_message_when_poked),
        cmocka_unit_test(hands_out_what_is_left_before_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

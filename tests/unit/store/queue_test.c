/* The ring behind the lines to PostgreSQL: order, bound, and going back to the front. */
#include "store_fixture.h"

#include "postgres/line/queue.h"

static int items[300];

static void gives_in_the_order_of_coming_however_often_it_wraps(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, 300);
    int put = 0, taken = 0;
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < 7; i++, put++)
            assert_true(queue_put(&queue, &items[put % 300], put));
        for (int i = 0; i < 5; i++, taken++) {
            struct waiting waiting = queue_take(&queue);
            assert_ptr_equal(waiting.item, &items[taken % 300]);
            assert_int_equal(waiting.since_us, taken);
        }
    }
    assert_int_equal(queue.count, put - taken);
    queue_dispose(&queue);
}

static void takes_no_more_than_its_limit_from_outside(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, 2);
    assert_true(queue_put(&queue, &items[0], 0));
    assert_true(queue_put(&queue, &items[1], 0));
    assert_false(queue_put(&queue, &items[2], 0));
    queue_put_back(&queue, (struct waiting){&items[3], 9});
    assert_int_equal(queue.count, 3);
    assert_ptr_equal(queue_first(&queue)->item, &items[3]);
    queue_dispose(&queue);
}

static void gives_first_what_came_back_last(void **state)
{
    (void)state;
    struct queue queue;
    queue_init(&queue, 100);
    for (int i = 70; i < 140; i++)
        queue_put_back(&queue, (struct waiting){&items[i], i});
    for (int i = 139; i >= 70; i--)
        assert_ptr_equal(queue_take(&queue).item, &items[i]);
    assert_null(queue_first(&queue));
    queue_dispose(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_in_the_order_of_coming_however_often_it_wraps),
        cmocka_unit_test(takes_no_more_than_its_limit_from_outside),
        cmocka_unit_test(gives_first_what_came_back_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

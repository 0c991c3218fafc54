/* A client for every loop, and for each always the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "authzen/pdp_keeper.h"
#include "base/arena.h"

enum { LOOPS = 2 };

struct look {
    struct loop_message message; /* first */
    struct loop *loop;
    const struct pdp_keeper *keeper;
    struct authzen_client *client;
};

static void look(struct loop_message *message)
{
    struct look *look = (struct look *)message;
    look->client = pdp_keeper_client(look->keeper);
    loop_stop(look->loop);
}

static struct authzen_client *client_on(struct loop *loop, const struct pdp_keeper *keeper)
{
    struct look errand = {{look, NULL}, loop, keeper, NULL};
    loop_post(loop, &errand.message);
    loop_run(loop);
    return errand.client;
}

static void gives_each_loop_a_client_of_its_own(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct loop *loops[LOOPS] = {loop_create(), loop_create()};
    const struct address_guard *guard;
    size_t bad;
    assert_int_equal(address_guard_create(arena, NULL, 0, &guard, &bad), FAULT_NONE);
    const struct authzen_options options = {.url = TEXT("https://pdp.example/"), .guard = guard};
    struct pdp_keeper *keeper = pdp_keeper_create(loops, LOOPS, &options);
    struct authzen_client *first = client_on(loops[0], keeper), *second = client_on(loops[1], keeper);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(client_on(loops[0], keeper), first);
    pdp_keeper_destroy(keeper);
    for (int i = 0; i < LOOPS; i++)
        loop_destroy(loops[i]);
}

static void has_no_client_where_there_is_no_decision_point(void **state)
{
    (void)state;
    assert_null(pdp_keeper_client(NULL));
    pdp_keeper_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_loop_a_client_of_its_own),
        cmocka_unit_test(has_no_client_where_there_is_no_decision_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

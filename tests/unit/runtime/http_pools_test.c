/* Connections of their own, against a server that says on which one each request came. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "http_pools.h"
#include "stream_stage.h"

static unsigned ask_as(const char *name)
{
    struct http_stream_request request = stage_request();
    if (name != NULL)
        request.alone_as = text_of(name);
    stage_run(&request);
    assert_int_equal(stage.fault, FAULT_NONE);
    assert_int_equal(stage.status, 200);
    return stage.number;
}

static void keeps_one_connection_for_each_name(void **state)
{
    (void)state;
    unsigned alice = ask_as("alice"), bob = ask_as("bob"), anybody = ask_as(NULL);
    assert_true(alice != bob && bob != anybody && alice != anybody);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(ask_as("alice"), alice);
        assert_int_equal(ask_as(NULL), anybody);
        assert_int_equal(ask_as("bob"), bob);
    }
    assert_int_equal(keeping_server_connections(stage.server), 3);
    assert_int_equal(keeping_server_requests(stage.server), 18);
}

static void speaks_no_http2_where_a_connection_is_for_one(void **state)
{
    (void)state;
    ask_as("alice");
    assert_false(keeping_server_was_offered_http2(stage.server));
    ask_as(NULL);
    assert_true(keeping_server_was_offered_http2(stage.server));
}

static void does_not_take_an_empty_name_for_none(void **state)
{
    (void)state;
    unsigned anybody = ask_as(NULL);
    assert_int_not_equal(ask_as(""), anybody);
}

static void gives_requests_at_once_nobody_elses_connection(void **state)
{
    (void)state;
    enum { COUNT = 8 };
    static const char *const names[] = {"alice", "bob"};
    static struct stage_seen seen[2 * COUNT];
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 2 * COUNT; i++) {
            struct http_stream_request request = stage_request();
            request.alone_as = text_of(names[i % 2]);
            stage_start(&request, &seen[i]);
        }
        stage_wait(2 * COUNT);
        for (unsigned i = 0; i < 2 * COUNT; i++)
            for (unsigned j = i % 2 == 0 ? 1 : 0; j < 2 * COUNT; j += 2)
                assert_int_not_equal(seen[i].number, seen[j].number);
    }
    assert_true(keeping_server_connections(stage.server) <= 4 * COUNT);
}

static void nobody_is_done(void *private_data, CURLcode result)
{
    (void)private_data;
    (void)result;
}

static void name_number(unsigned number, unsigned char name[DIGEST_SIZE])
{
    memset(name, 0, DIGEST_SIZE);
    memcpy(name, &number, sizeof(number));
}

static void makes_room_by_dropping_what_was_idle_longest(void **state)
{
    (void)state;
    struct http_pools pools;
    unsigned char name[DIGEST_SIZE];
    http_pools_open(&pools, stage.loop, 1000000, nobody_is_done);
    name_number(0, name);
    struct http_pool *in_use = http_pools_take(&pools, name);
    for (unsigned i = 1; i < HTTP_POOLS_MAX + 100; i++) {
        name_number(i, name);
        http_pools_leave(http_pools_take(&pools, name));
        assert_true(pools.count <= HTTP_POOLS_MAX);
    }
    name_number(0, name);
    assert_ptr_equal(http_pools_take(&pools, name), in_use);
    http_pools_leave(in_use);
    http_pools_leave(in_use);
    http_pools_close(&pools);
}

static void has_no_room_where_all_are_in_use(void **state)
{
    (void)state;
    static struct http_pool *taken[HTTP_POOLS_MAX];
    struct http_pools pools;
    unsigned char name[DIGEST_SIZE];
    http_pools_open(&pools, stage.loop, 1000000, nobody_is_done);
    for (unsigned i = 0; i < HTTP_POOLS_MAX; i++) {
        name_number(i, name);
        taken[i] = http_pools_take(&pools, name);
        assert_non_null(taken[i]);
    }
    name_number(HTTP_POOLS_MAX, name);
    assert_null(http_pools_take(&pools, name));
    http_pools_leave(taken[7]);
    assert_non_null(http_pools_take(&pools, name));
    http_pools_close(&pools);
}

static void on_enough(struct loop_timer *timer)
{
    (void)timer;
    loop_stop(stage.loop);
}

static void closes_what_nobody_used_for_a_while(void **state)
{
    (void)state;
    struct http_pools pools;
    unsigned char first[DIGEST_SIZE], second[DIGEST_SIZE];
    struct loop_timer enough = {.run = on_enough};
    http_pools_open(&pools, stage.loop, 1000, nobody_is_done);
    name_number(1, first);
    name_number(2, second);
    http_pools_leave(http_pools_take(&pools, first));
    struct http_pool *kept = http_pools_take(&pools, second);
    loop_timer_start(stage.loop, &enough, 6000);
    loop_run(stage.loop);
    assert_int_equal(pools.count, 1);
    assert_ptr_equal(pools.newest, kept);
    http_pools_leave(kept);
    http_pools_close(&pools);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_one_connection_for_each_name, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(speaks_no_http2_where_a_connection_is_for_one, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(does_not_take_an_empty_name_for_none, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(gives_requests_at_once_nobody_elses_connection, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(makes_room_by_dropping_what_was_idle_longest, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(has_no_room_where_all_are_in_use, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(closes_what_nobody_used_for_a_while, stage_open, stage_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The table of adapters: names that stay, as many as may be, and what comes for names that nobody knows. */
#include "host_fixture.h"

#include <sys/socket.h>
#include <unistd.h>

static void gives_the_same_adapter_for_a_name_for_as_long_as_it_lives(void **state)
{
    struct host_fixture *fixture = *state;
    const struct adapter *adapter = adapter_host_find(fixture->host, TEXT("acme"));
    host_configure(fixture, "timeout: 5s");
    host_await(fixture, "running");
    host_configure(fixture, NULL);
    assert_ptr_equal(adapter_host_find(fixture->host, TEXT("acme")), adapter);
    assert_true(text_is(adapter->name, "acme"));
    assert_non_null(adapter->revoke);
    assert_false(adapter->is_checked_here);
}

static void knows_so_many_names_and_no_more(void **state)
{
    struct host_fixture *fixture = *state;
    char name[16];
    for (int i = 0; i < ADAPTER_HOST_NAMES_MAX; i++) {
        snprintf(name, sizeof(name), "a%d", i);
        assert_non_null(adapter_host_find(fixture->host, text_of(name)));
    }
    assert_null(adapter_host_find(fixture->host, TEXT("one-more")));
    assert_non_null(adapter_host_find(fixture->host, TEXT("a7")));
    assert_null(adapter_host_find(fixture->host, TEXT_NONE));
}

static void closes_the_socket_of_an_adapter_that_nobody_wants(void **state)
{
    struct host_fixture *fixture = *state;
    int pair[2];
    char byte;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    adapter_host_note_started(fixture->host, TEXT("stranger"), TEXT_NONE, 1, pair[0]);
    adapter_host_note_ended(fixture->host, TEXT("stranger"), 1, 0, TEXT("gone"));
    adapter_host_note_refused(fixture->host, TEXT("stranger"), TEXT("no"));
    host_turn(fixture, 50);
    assert_int_equal(read(pair[1], &byte, 1), 0);
    close(pair[1]);
    assert_true(text_is(host_describe(fixture), "[]"));
    assert_int_equal(fixture->started, 0);
}

static void is_unavailable_where_nobody_starts_programs(void **state)
{
    struct loop *loop = loop_create();
    SCOPED_ARENA arena = arena_create();
    (void)state;
    struct adapter_host *host = adapter_host_create(
        &(struct adapter_host_options){.loops = &loop, .loop_count = 1, .gateway_version = TEXT("0.1.0")});
    struct host_fixture fixture = {.host = host, .arena = arena, .loops = {loop, loop}};
    host_configure(&fixture, "timeout: 5s");
    struct asker *asker = host_mint(&fixture, 0, NULL);
    host_wait(&fixture);
    assert_int_equal(asker->minting.fault, FAULT_ADAPTER_UNAVAILABLE);
    assert_true(asker->took_ms < 1000);
    assert_non_null(strstr(host_describe(&fixture).base, "starts no programs"));
    adapter_host_close(host);
    loop_destroy(loop);
    adapter_host_destroy(host);
    arena_destroy(asker->arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, host_set_up, host_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_the_same_adapter_for_a_name_for_as_long_as_it_lives),
        TEST(knows_so_many_names_and_no_more),
        TEST(closes_the_socket_of_an_adapter_that_nobody_wants),
        cmocka_unit_test(is_unavailable_where_nobody_starts_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Listening sockets: shared ports, and Unix sockets that others left behind or took over. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "listener.h"
#include "stage.h"
#include "wire.h"

static struct server_options options;

static int set_up(void **state)
{
    (void)state;
    stage_prepare(&options);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stage_forget();
    return 0;
}

static enum fault open_one(struct listener *listener, size_t number)
{
    char detail[DETAIL_SIZE];
    return listener_open(listener, &options.listeners[number], &options, detail);
}

static void gives_every_loop_a_socket_on_the_same_port(void **state)
{
    (void)state;
    struct listener listener;
    assert_int_equal(open_one(&listener, 1), FAULT_NONE);
    assert_int_not_equal(listener_port(&listener), 0);
    int first = listener_take(&listener), second = listener_take(&listener);
    assert_true(first >= 0 && second >= 0 && first != second);
    close(first);
    struct wire *wire = wire_open_tcp(listener_port(&listener)); /* the second one still listens */
    assert_non_null(wire);
    wire_close(wire);
    close(second);
    listener_close(&listener);
}

/* What the kernel holds of a connection is what one turn of a loop may have to decrypt. */
static void bounds_what_the_kernel_holds_of_a_connection(void **state)
{
    (void)state;
    struct listener listener;
    assert_int_equal(open_one(&listener, 1), FAULT_NONE);
    int descriptors[] = {listener_take(&listener), listener_take(&listener)};
    for (size_t i = 0; i < 2; i++) {
        int size = 0;
        socklen_t length = sizeof(size);
        assert_int_equal(getsockopt(descriptors[i], SOL_SOCKET, SO_RCVBUF, &size, &length), 0);
        assert_int_equal(size, 2 * 96 * 1024); /* the kernel doubles what it is told */
        close(descriptors[i]);
    }
    listener_close(&listener);
}

static void gives_a_unix_socket_to_the_first_loop_alone(void **state)
{
    (void)state;
    struct listener listener;
    assert_int_equal(open_one(&listener, 2), FAULT_NONE);
    int first = listener_take(&listener);
    assert_true(first >= 0);
    assert_int_equal(listener_take(&listener), -1);
    assert_int_equal(listener_port(&listener), 0);
    close(first);
    listener_close(&listener);
    assert_int_not_equal(access(stage.unix_path, F_OK), 0);
}

static void takes_over_a_unix_socket_nobody_answers_on(void **state)
{
    (void)state;
    struct listener killed, next;
    assert_int_equal(open_one(&killed, 2), FAULT_NONE);
    close(listener_take(&killed)); /* as if its process had died: the name stays */
    assert_int_equal(access(stage.unix_path, F_OK), 0);
    assert_int_equal(open_one(&next, 2), FAULT_NONE);
    struct wire *wire = wire_open_unix(stage.unix_path);
    assert_non_null(wire);
    wire_close(wire);
    listener_close(&killed); /* late: the name is another's by now */
    assert_int_equal(access(stage.unix_path, F_OK), 0);
    listener_close(&next);
    assert_int_not_equal(access(stage.unix_path, F_OK), 0);
}

static void refuses_a_socket_path_that_does_not_fit(void **state)
{
    (void)state;
    static char longest[200];
    memset(longest, 'a', sizeof(longest) - 1);
    longest[0] = '/';
    options.listeners[2].unix_path = longest;
    struct listener listener;
    assert_int_equal(open_one(&listener, 2), FAULT_DOCUMENT_INVALID);
    listener_close(&listener);
}

static void listens_on_ipv6_too(void **state)
{
    (void)state;
    struct listener listener;
    options.listeners[1].address = TEXT("::1");
    if (open_one(&listener, 1) != FAULT_NONE) {
        listener_close(&listener);
        print_message("this machine has no IPv6 loopback\n");
        skip();
    }
    assert_int_not_equal(listener_port(&listener), 0);
    listener_close(&listener);
}

static void never_listens_in_cleartext_beyond_loopback(void **state)
{
    (void)state;
    static const char *const addresses[] = {"0.0.0.0", "192.0.2.1", "::", "::ffff:127.0.0.1", "10.0.0.1"};
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        struct listener listener;
        options.listeners[1].address = text_of(addresses[i]);
        assert_int_equal(open_one(&listener, 1), FAULT_DOCUMENT_INVALID);
        listener_close(&listener);
    }
}

#define LISTENER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTENER_TEST(gives_every_loop_a_socket_on_the_same_port),
        LISTENER_TEST(bounds_what_the_kernel_holds_of_a_connection),
        LISTENER_TEST(gives_a_unix_socket_to_the_first_loop_alone),
        LISTENER_TEST(takes_over_a_unix_socket_nobody_answers_on),
        LISTENER_TEST(refuses_a_socket_path_that_does_not_fit),
        LISTENER_TEST(listens_on_ipv6_too),
        LISTENER_TEST(never_listens_in_cleartext_beyond_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

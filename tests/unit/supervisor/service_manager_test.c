/* What a service manager hears, on a real datagram socket. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "service_manager.h"

static int listen_as(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(manager, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
    return manager;
}

static void check_heard(int manager, const char *expected)
{
    char heard[200] = "";
    assert_int_equal(recv(manager, heard, sizeof(heard), 0), strlen(expected));
    assert_memory_equal(heard, expected, strlen(expected));
}

static void tells_at_a_path_and_in_the_abstract_space(void **state)
{
    (void)state;
    char names[2][64];
    snprintf(names[0], sizeof(names[0]), "/tmp/dragoman-notify-%d", (int)getpid());
    snprintf(names[1], sizeof(names[1]), "@dragoman-notify-%d", (int)getpid());
    for (size_t i = 0; i < 2; i++) {
        int manager = listen_as(names[i]);
        service_manager_tell("READY=1\nSTATUS=serving");
        check_heard(manager, "READY=1\nSTATUS=serving");
        close(manager);
    }
    unlink(names[0]);
}

static void says_when_a_reload_began(void **state)
{
    (void)state;
    char name[64], heard[200] = "", status[32] = "";
    int64_t before_us = clock_monotonic_us(), told_us;
    snprintf(name, sizeof(name), "@dragoman-notify-%d", (int)getpid());
    int manager = listen_as(name);
    service_manager_tell_reloading();
    assert_true(recv(manager, heard, sizeof(heard) - 1, 0) > 0);
    assert_int_equal(sscanf(heard, "RELOADING=1\nMONOTONIC_USEC=%" SCNd64 "\n%31s", &told_us, status), 2);
    assert_true(told_us >= before_us && told_us <= clock_monotonic_us());
    assert_string_equal(status, "STATUS=reloading");
    close(manager);
}

static void says_nothing_where_nobody_asked(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    service_manager_tell("READY=1");
    setenv("NOTIFY_SOCKET", "relative", 1);
    service_manager_tell("READY=1");
    setenv("NOTIFY_SOCKET", "/nobody/is/here", 1);
    service_manager_tell("READY=1");
}

static void pets_the_watchdog_twice_as_often_as_it_bites(void **state)
{
    (void)state;
    char process[16];
    unsetenv("WATCHDOG_PID");
    unsetenv("WATCHDOG_USEC");
    assert_int_equal(service_manager_watchdog_us(), 0);
    setenv("WATCHDOG_USEC", "3000000", 1);
    assert_int_equal(service_manager_watchdog_us(), 1500000);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(service_manager_watchdog_us(), 0);
    snprintf(process, sizeof(process), "%d", (int)getpid());
    setenv("WATCHDOG_PID", process, 1);
    assert_int_equal(service_manager_watchdog_us(), 1500000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_at_a_path_and_in_the_abstract_space),
        cmocka_unit_test(says_when_a_reload_began),
        cmocka_unit_test(says_nothing_where_nobody_asked),
        cmocka_unit_test(pets_the_watchdog_twice_as_often_as_it_bites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

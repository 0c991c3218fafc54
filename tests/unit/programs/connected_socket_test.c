/* Connections to Unix sockets that an adapter is handed: to what its document names, and only where root or our
 * own user put it there and listens. */
#include "program_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
#define TEST_ONLY(user, name)                                                                                  \
    cmocka_unit_test_prestate_setup_teardown(name, fixture_begin, fixture_end, (void *)(uintptr_t)(user))

enum { SOMEBODY = 61999 };

static int listen_at(struct fixture *fixture, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture_path(fixture, name));
    assert_int_equal(bind(server, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server, 8), 0);
    return server;
}

static void start_with(struct fixture *fixture, const char *name)
{
    fixture_start(fixture, "forbidden",
                  arena_print(fixture->arena, ",\"network\":\"any\",\"sockets\":{\"friend\":\"%s\"}",
                              fixture_path(fixture, name))
                      .base);
}

static void assert_refused(struct fixture *fixture, const char *name, const char *why)
{
    start_with(fixture, name);
    assert_int_equal(fixture->starts, 0);
    if (strstr(fixture->refused, why) == NULL)
        fail_msg("%s instead of %s", fixture->refused, why);
}

static void make_folder(struct fixture *fixture, const char *name, mode_t mode)
{
    assert_int_equal(mkdir(fixture_path(fixture, name), 0700), 0);
    assert_int_equal(chmod(fixture_path(fixture, name), mode), 0);
}

static void is_handed_a_connection_of_the_supervisors_and_can_make_none(void **state)
{
    struct fixture *fixture = *state;
    struct ucred peer;
    socklen_t size = sizeof(peer);
    char byte = '?';
    make_folder(fixture, "run", 0755);
    int server = listen_at(fixture, "run/friend.sock");
    start_with(fixture, "run/friend.sock");
    assert_non_null(strstr(fixture_read_line(fixture), "\"sockets\":{\"friend\":4}}}"));
    assert_string_equal(fixture_ask(fixture, "open"), "0 1 2 3 4");
    assert_string_equal(fixture_ask(fixture, "local"), "EPERM");
    int client = accept(server, NULL, NULL);
    assert_int_equal(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size), 0);
    assert_int_equal(peer.uid, geteuid());
    assert_int_equal(write(client, "y", 1), 1);
    assert_string_equal(fixture_ask(fixture, "call 4"), "answered y");
    assert_int_equal(read(client, &byte, 1), 1);
    assert_int_equal(byte, '!');
    fixture_send(fixture, "exit 0"); /* nobody else holds it, and the next start has another */
    fixture_wait_for_starts(fixture, 2);
    assert_int_equal(read(client, &byte, 1), 0);
    int second = accept(server, NULL, NULL);
    assert_true(second >= 0);
    close(second);
    close(client);
    close(server);
}

static void has_them_behind_its_files_and_its_listener(void **state)
{
    struct fixture *fixture = *state;
    make_folder(fixture, "run", 0755);
    int first = listen_at(fixture, "run/a.sock"), second = listen_at(fixture, "run/b.sock");
    fixture_start(fixture, "forbidden",
                  arena_print(fixture->arena,
                              ",\"network\":\"any\",\"loopbackListener\":true,\"files\":{\"keytab\":\"%s\"},"
                              "\"sockets\":{\"a\":\"%s\",\"b\":\"%s\"}",
                              fixture_path(fixture, "keytab"), fixture_path(fixture, "run/a.sock"),
                              fixture_path(fixture, "run/b.sock"))
                      .base);
    assert_non_null(strstr(fixture_read_line(fixture), "\"listener\":5,\"sockets\":{\"a\":6,\"b\":7}}}"));
    assert_string_equal(fixture_ask(fixture, "open"), "0 1 2 3 4 5 6 7");
    int client = accept(second, NULL, NULL);
    assert_int_equal(write(client, "b", 1), 1);
    assert_string_equal(fixture_ask(fixture, "call 7"), "answered b");
    close(client);
    close(first);
    close(second);
}

static void is_not_started_where_nobody_listens_and_is_where_somebody_does_again(void **state)
{
    struct fixture *fixture = *state;
    make_folder(fixture, "run", 0755);
    assert_refused(fixture, "run/friend.sock", "friend.sock: No such file");
    close(listen_at(fixture, "run/friend.sock"));
    assert_refused(fixture, "run/friend.sock", "friend.sock: Connection refused");
    assert_int_equal(unlink(fixture_path(fixture, "run/friend.sock")), 0);
    int server = listen_at(fixture, "run/friend.sock");
    start_with(fixture, "run/friend.sock");
    assert_int_equal(fixture->starts, 1);
    close(server);
}

static void is_not_handed_what_others_could_have_put_there(void **state)
{
    struct fixture *fixture = *state;
    make_folder(fixture, "open", 0777);
    int server = listen_at(fixture, "open/friend.sock");
    assert_refused(fixture, "open/friend.sock", "only its owner may be able to write it");
    close(server);
}

static void is_not_handed_what_is_no_socket_or_a_link_to_one(void **state)
{
    struct fixture *fixture = *state;
    make_folder(fixture, "run", 0755);
    int server = listen_at(fixture, "run/friend.sock");
    assert_refused(fixture, "keytab", "is no socket");
    assert_int_equal(symlink("friend.sock", fixture_path(fixture, "run/link.sock")), 0);
    assert_refused(fixture, "run/link.sock", "is no socket");
    close(server);
}

static void is_not_handed_the_gateways_own_by_whatever_name(void **state)
{
    struct fixture *fixture = *state;
    make_folder(fixture, "run", 0755);
    int server = listen_at(fixture, "state/admin.sock");
    assert_refused(fixture, "state/admin.sock", "is the gateway's own and no adapter's");
    assert_int_equal(link(fixture_path(fixture, "state/admin.sock"), fixture_path(fixture, "run/other.sock")),
                     0);
    assert_refused(fixture, "run/other.sock", "is the gateway's own and no adapter's");
    close(server);
}

/* It lies where only we can put anything, but who answers there is somebody else. */
static void is_not_handed_what_somebody_else_listens_on(void **state)
{
    struct fixture *fixture = *state;
    int ready[2];
    char byte;
    make_folder(fixture, "run", 0777);
    assert_int_equal(pipe(ready), 0);
    pid_t other = fork();
    if (other == 0) {
        if (setresuid(SOMEBODY, SOMEBODY, SOMEBODY) != 0)
            _exit(1);
        (void)listen_at(fixture, "run/friend.sock");
        if (write(ready[1], "r", 1) == 1)
            pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(chmod(fixture_path(fixture, "run"), 0755), 0);
    assert_refused(fixture, "run/friend.sock",
                   "is listened on by somebody who is neither root nor the gateway's user");
    assert_int_equal(kill(other, SIGKILL), 0);
    assert_int_equal(waitpid(other, NULL, 0), other);
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_handed_a_connection_of_the_supervisors_and_can_make_none),
        TEST(has_them_behind_its_files_and_its_listener),
        TEST(is_not_started_where_nobody_listens_and_is_where_somebody_does_again),
        TEST(is_not_handed_what_others_could_have_put_there),
        TEST(is_not_handed_what_is_no_socket_or_a_link_to_one),
        TEST(is_not_handed_the_gateways_own_by_whatever_name),
        TEST_ONLY(fixture_as_root, is_not_handed_what_somebody_else_listens_on),
    };
    return fixture_run_group(tests, sizeof(tests) / sizeof(tests[0]));
}

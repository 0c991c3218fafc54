/* What an adapter cannot do, tried by one that tries, with the layers there are on different kernels: all of
 * them, Landlock as old as Debian 12 has it, none of it. Each refusal is held against a start where its layer
 * is missing, so that it is known to come from there. */
#include "program_fixture.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEBIAN_12 = 2, BEFORE_SCOPES = 5 };

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
#define TEST_ONLY(user, name)                                                                                  \
    cmocka_unit_test_prestate_setup_teardown(name, fixture_begin, fixture_end, (void *)(uintptr_t)(user))

static const char *ask(struct fixture *fixture, const char *what, const char *argument)
{
    return fixture_ask(fixture, arena_print(fixture->arena, "%s %s", what, argument).base);
}

static const char *ask_number(struct fixture *fixture, const char *what, int64_t number)
{
    return fixture_ask(fixture, arena_print(fixture->arena, "%s %lld", what, (long long)number).base);
}

static bool has_landlock(const struct fixture *fixture)
{
    return fixture->layers.landlock_version != 0;
}

/* Where nothing is left but what the test is about. */
static void run_waived(struct fixture *fixture, int landlock_version, bool filters_system_calls,
                       const char *more)
{
    fixture_settings(fixture, "    isolation: none\n  insecure: [adapters-not-isolated]\n");
    fixture_use_layers(fixture, landlock_version, filters_system_calls);
    fixture_run(fixture, arena_print(fixture->arena, ",\"isolation\":\"none\"%s", more).base);
}

/* --- the network --- */

static int listen_somewhere(char port[8])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server, 8), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &length), 0);
    snprintf(port, 8, "%d", ntohs(address.sin_port));
    return server;
}

static void has_no_network_unless_its_document_says_so(void **state)
{
    struct fixture *fixture = *state;
    char port[8];
    int server = listen_somewhere(port);
    fixture_run(fixture, "");
    assert_string_equal(fixture_ask(fixture, "internet"), "EPERM");
    assert_string_equal(ask(fixture, "connect", port), "EPERM");
    assert_string_equal(fixture_ask(fixture, "local"), "EPERM");
    assert_string_equal(fixture_ask(fixture, "pair"), "EPERM");
    assert_string_equal(ask(fixture, "fetch", "http://127.0.0.1/"), "curl 7");
    fixture_start(fixture, "forbidden", ",\"network\":\"any\"");
    fixture_wait_for_starts(fixture, 2);
    (void)fixture_read_line(fixture);
    assert_string_equal(fixture_ask(fixture, "internet"), "done");
    assert_string_equal(ask(fixture, "connect", port), "done");
    close(server);
}

static void never_has_raw_packet_or_local_sockets(void **state)
{
    struct fixture *fixture = *state;
    static const char *const sockets[] = {"raw", "packet", "local", "upper", "pair"};
    fixture_run(fixture, ",\"network\":\"any\"");
    for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
        assert_string_equal(fixture_ask(fixture, sockets[i]), "EPERM");
    run_waived(fixture, fixture->layers.landlock_version, false, "");
    assert_string_equal(fixture_ask(fixture, "local"), "done");
    assert_string_equal(fixture_ask(fixture, "upper"), "done");
    assert_string_equal(fixture_ask(fixture, "pair"), "done");
}

/* Connects and says something; the program may be slow to accept, as the kernel keeps both for it. */
static void say_to(const char *port, char byte)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)fixture_number(port))};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(write(client, &byte, 1), 1);
    close(client);
}

static const char *port_of(const char *address)
{
    assert_memory_equal(address, "127.0.0.1 ", 10);
    return address + 10;
}

static void accepts_on_the_loopback_socket_that_it_was_handed_and_on_none_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    const char *files =
        arena_print(fixture->arena, ",\"files\":{\"keytab\":\"%s\"}", fixture_path(fixture, "keytab")).base;
    fixture_start(fixture, "forbidden",
                  arena_print(fixture->arena, ",\"network\":\"any\",\"loopbackListener\":true%s", files).base);
    assert_non_null(strstr(fixture_read_line(fixture), "\"listener\":5}}"));
    assert_string_equal(fixture_ask(fixture, "open"), "0 1 2 3 4 5");
    const char *first = port_of(fixture_ask(fixture, "address 5"));
    say_to(first, 'a');
    assert_string_equal(fixture_ask(fixture, "accept 5"), "accepted a");
    assert_string_equal(fixture_ask(fixture, "listen"), "EPERM");
    fixture_send(fixture, "exit 0"); /* and nobody else has it: the next start has one of its own */
    fixture_wait_for_starts(fixture, 2);
    (void)fixture_read_line(fixture);
    const char *second = port_of(fixture_ask(fixture, "address 5"));
    say_to(second, 'b');
    assert_string_equal(fixture_ask(fixture, "accept 5"), "accepted b");
}

static void accepts_nowhere_without_its_documents_word(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, ",\"network\":\"any\"");
    assert_string_equal(fixture_ask(fixture, "open"), "0 1 2 3");
    assert_string_equal(fixture_ask(fixture, "accept 3"), "EPERM");
    assert_string_equal(fixture_ask(fixture, "listen"), "EPERM");
    run_waived(fixture, fixture->layers.landlock_version, false, "");
    assert_string_equal(fixture_ask(fixture, "accept 3"), "EINVAL"); /* the kernel's own word */
}

static void is_not_started_without_a_filter_unless_both_waive_that(void **state)
{
    struct fixture *fixture = *state;
    fixture_use_layers(fixture, fixture->layers.landlock_version, false);
    fixture_start(fixture, "forbidden", "");
    assert_non_null(strstr(fixture->refused, "filters no system calls"));
    fixture_start(fixture, "forbidden", ",\"isolation\":\"none\"");
    assert_int_equal(fixture->refusals, 2);
    fixture_settings(fixture, "    isolation: none\n  insecure: [adapters-not-isolated]\n");
    fixture_start(fixture, "forbidden", "");
    assert_int_equal(fixture->refusals, 3);
    fixture_start(fixture, "forbidden", ",\"isolation\":\"none\"");
    assert_int_equal(fixture->starts, 1);
    assert_false(fixture->is_isolated);
    fixture_use_layers(fixture, fixture->layers.landlock_version, true);
    fixture_start(fixture, "forbidden", ",\"isolation\":\"none\"");
    assert_int_equal(fixture->starts, 2);
    assert_true(fixture->is_isolated || !has_landlock(fixture)); /* waived, and all the same */
}

/* --- files --- */

/* Readable by whoever wants, if nothing but the layer keeps them. */
static void open_gateway_files(struct fixture *fixture)
{
    static const char *const files[] = {"state/k.pem", "state/store/gateway.sqlite"};
    for (size_t i = 0; i < 2; i++)
        fixture_write(fixture, files[i], "private", 0644);
    assert_int_equal(chmod(fixture_path(fixture, "state"), 0755), 0);
    assert_int_equal(chmod(fixture_path(fixture, "state/store"), 0755), 0);
}

static void try_files(struct fixture *fixture, const char *denied)
{
    static const char *const read[] = {"state/s.key", "state/k.pem", "state/store/gateway.sqlite", "keytab"};
    for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
        assert_string_equal(ask(fixture, "read", fixture_path(fixture, read[i])), denied);
    assert_string_equal(ask(fixture, "read", "/usr/share/common-licenses/GPL-3"), "done");
    assert_string_equal(ask(fixture, "write", "/dev/null"), "done");
    assert_string_equal(ask(fixture, "create", "/tmp/dragoman-adapter"), "EPERM");
    assert_string_equal(ask(fixture, "create", fixture_path(fixture, "state/store/new")), "EPERM");
    assert_string_equal(ask(fixture, "cut", fixture_path(fixture, "state/store/gateway.sqlite")), "EPERM");
    assert_string_equal(ask(fixture, "chmod", fixture_path(fixture, "state/s.key")), "EPERM");
    assert_string_equal(ask(fixture, "unlink", fixture_path(fixture, "state/s.key")), "EPERM");
    assert_int_not_equal(access("/tmp/dragoman-adapter", F_OK), 0);
}

static void reads_none_of_the_gateways_files_and_writes_nowhere(void **state)
{
    struct fixture *fixture = *state;
    if (!has_landlock(fixture))
        skip();
    fixture_run(fixture, "");
    try_files(fixture, "EACCES");
    assert_string_equal(ask(fixture, "read", "/etc/passwd"), "EACCES");
    assert_string_equal(ask(fixture, "read", "/etc/hosts"), "done");
    assert_string_equal(ask(fixture, "read", "/proc/self/maps"), "done");
    assert_string_equal(ask(fixture, "write", fixture_path(fixture, "keytab")), "EACCES");
}

static void reads_none_of_them_where_landlock_is_as_old_as_debian_12_has_it(void **state)
{
    struct fixture *fixture = *state;
    if (!has_landlock(fixture))
        skip();
    fixture_use_layers(fixture, DEBIAN_12, true);
    open_gateway_files(fixture);
    fixture_run(fixture, "");
    try_files(fixture, "EACCES");
}

static void is_kept_from_them_by_its_user_where_there_is_no_landlock(void **state)
{
    struct fixture *fixture = *state;
    fixture_use_layers(fixture, 0, true);
    if (geteuid() == 0) {
        fixture_run(fixture, "");
        try_files(fixture, "EACCES");
        return;
    }
    fixture_start(fixture, "forbidden", "");
    assert_int_equal(fixture->starts, 0);
    assert_non_null(
        strstr(fixture->refused, "this kernel has no Landlock, and the gateway does not run as root"));
    run_waived(fixture, 0, true, "");
    assert_string_equal(ask(fixture, "read", fixture_path(fixture, "state/s.key")),
                        "done"); /* as it was said */
    assert_string_equal(ask(fixture, "create", "/tmp/dragoman-adapter"), "EPERM");
    assert_string_equal(ask(fixture, "cut", fixture_path(fixture, "state/k.pem")), "EPERM");
}

static void is_refused_where_its_user_could_read_them_too(void **state)
{
    struct fixture *fixture = *state;
    fixture_use_layers(fixture, 0, true);
    open_gateway_files(fixture);
    fixture_start(fixture, "forbidden", "");
    assert_int_equal(fixture->starts, 0);
    assert_non_null(strstr(fixture->refused,
                           geteuid() == 0
                               ? "k.pem would be readable by it: this kernel has no Landlock, and its mode"
                               : "would be readable by it"));
}

static void writes_where_nothing_keeps_it_from_that(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() == 0)
        skip(); /* its own user has nothing to write */
    run_waived(fixture, 0, false, "");
    assert_string_equal(ask(fixture, "create", fixture_path(fixture, "state/store/new")), "EFBIG");
    assert_string_equal(ask(fixture, "chmod", fixture_path(fixture, "state/k.pem")), "done");
    assert_string_equal(ask(fixture, "cut", fixture_path(fixture, "state/k.pem")), "done");
    assert_string_equal(ask(fixture, "unlink", fixture_path(fixture, "state/k.pem")), "done");
}

/* --- other processes --- */

static void try_processes(struct fixture *fixture)
{
    static const char *const refused[] = {"trace", "limit", "owner"};
    pid_t own = getpid();
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_string_equal(ask_number(fixture, refused[i], own), "EPERM");
    assert_string_equal(ask_number(fixture, "signal", own), "EPERM");
    assert_string_equal(ask_number(fixture, "signal", 0), "done");
    assert_string_not_equal(ask_number(fixture, "memory-of", own), "done");
    assert_string_equal(fixture_ask(fixture, "session"), "EPERM");
    assert_string_equal(fixture_ask(fixture, "unshare"), "EPERM");
    assert_string_equal(fixture_ask(fixture, "deathless"), "EPERM");
}

static void reaches_no_other_process(void **state)
{
    struct fixture *fixture = *state;
    const int versions[] = {fixture->layers.landlock_version, BEFORE_SCOPES, DEBIAN_12};
    for (unsigned i = 0; i < sizeof(versions) / sizeof(versions[0]) && has_landlock(fixture); i++) {
        fixture_use_layers(fixture, versions[i], true);
        fixture_run(fixture, "");
        try_processes(fixture);
    }
}

static void reaches_others_of_its_user_where_nothing_keeps_it_from_that(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() == 0)
        skip();
    run_waived(fixture, 0, false, "");
    assert_string_equal(ask_number(fixture, "signal", getpid()), "done");
    assert_string_equal(ask_number(fixture, "limit", getpid()), "done");
    assert_string_equal(ask_number(fixture, "owner", getpid()), "done");
    assert_string_equal(fixture_ask(fixture, "deathless"), "done");
}

static void has_no_privileges_and_is_nobody_else(void **state)
{
    struct fixture *fixture = *state;
    if (!has_landlock(fixture))
        skip();
    fixture_run(fixture, "");
    static const char *const none[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_non_null(strstr(ask(fixture, "status", none[i]), "\t0000000000000000"));
    assert_non_null(strstr(ask(fixture, "status", "NoNewPrivs"), "\t1"));
    assert_non_null(strstr(ask(fixture, "status", "Seccomp:"), "\t2"));
    if (geteuid() == 0) {
        assert_string_equal(ask(fixture, "status", "Uid"), "Uid:\t61500\t61500\t61500\t61500");
        assert_string_equal(ask(fixture, "status", "Gid"), "Gid:\t61500\t61500\t61500\t61500");
        assert_string_equal(ask(fixture, "status", "Groups"), "Groups:\t ");
        assert_non_null(strstr(ask(fixture, "status", "CapBnd"), "\t0000000000000000"));
    }
}

/* --- limits --- */

static void has_as_much_memory_files_and_processes_as_it_may(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, ",\"limits\":{\"memory\":64,\"openFiles\":16,\"processes\":5}");
    assert_string_equal(fixture_ask(fixture, "memory 32"), "done");
    assert_string_equal(fixture_ask(fixture, "memory 80"), "ENOMEM");
    assert_string_equal(fixture_ask(fixture, "shared 1"), "EPERM"); /* would not be counted */
    if (geteuid() == 0)
        assert_string_equal(fixture_ask(fixture, "forks 20"), "4");
}

/* --- languages --- */

static const char python[] = "import socket, sys, os, json, ssl, ctypes\n"
                             "wire = socket.socket(fileno=3)\n"
                             "lines = wire.makefile('rw', encoding='utf-8')\n"
                             "json.loads(lines.readline())\n"
                             "def tried(what):\n"
                             "    try:\n"
                             "        what(); return 'done'\n"
                             "    except OSError as error:\n"
                             "        return type(error).__name__\n"
                             "answers = [tried(lambda: socket.create_connection(('127.0.0.1', 9), 1)), "
                             "tried(lambda: open('/tmp/x', 'w')),\n"
                             "    tried(lambda: open(sys.argv[0])), str(sys.flags.isolated), "
                             "','.join(sorted(os.listdir('/proc/self/fd'))[:5])]\n"
                             "print(' '.join(answers), file=lines, flush=True)\n"
                             "lines.readline()\n";

static const char node[] =
    "const net = require('net'), fs = require('fs');\n"
    "const wire = new net.Socket({ fd: 3 });\n"
    "const tried = (what) => { try { what(); return 'done'; } catch (error) { return error.code; } };\n"
    "wire.once('data', () => {\n"
    "  const client = net.connect(9, '127.0.0.1');\n"
    "  client.on('error', (error) => wire.write(`${error.code} ${tried(() => fs.writeFileSync('/tmp/x', 'x'))} "
    "${tried(() => fs.readFileSync('/etc/passwd'))}\\n`));\n"
    "});\n";

static void start_script(struct fixture *fixture, const char *interpreter, const char *named,
                         const char *content)
{
    char hash[65];
    fixture_write(fixture, "adapters/script", content, 0644);
    fixture_hash(interpreter, hash);
    fixture_start(
        fixture, "script",
        arena_print(fixture->arena, ",\"interpreter\":{\"name\":\"%s\",\"sha256\":\"%s\"}", named, hash).base);
    if (fixture->refusals != 0)
        fail_msg("%s", fixture->refused);
}

static void runs_python_with_nothing_of_the_users_own(void **state)
{
    struct fixture *fixture = *state;
    start_script(fixture, "/usr/bin/python3", "python3", python);
    assert_string_equal(fixture_read_line(fixture), "PermissionError PermissionError done 1 0,1,2,3,4");
}

static void runs_node(void **state)
{
    struct fixture *fixture = *state;
    if (access("/usr/bin/node", X_OK) != 0)
        skip();
    start_script(fixture, "/usr/bin/node", "node", node);
    assert_string_equal(fixture_read_line(fixture),
                        has_landlock(fixture) ? "EPERM EPERM EACCES" : "EPERM EPERM done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(has_no_network_unless_its_document_says_so),
        TEST(never_has_raw_packet_or_local_sockets),
        TEST(accepts_on_the_loopback_socket_that_it_was_handed_and_on_none_of_its_own),
        TEST(accepts_nowhere_without_its_documents_word),
        TEST(is_not_started_without_a_filter_unless_both_waive_that),
        TEST(reads_none_of_the_gateways_files_and_writes_nowhere),
        TEST(reads_none_of_them_where_landlock_is_as_old_as_debian_12_has_it),
        TEST(is_kept_from_them_by_its_user_where_there_is_no_landlock),
        TEST(is_refused_where_its_user_could_read_them_too),
        TEST_ONLY(fixture_unprivileged, writes_where_nothing_keeps_it_from_that),
        TEST(reaches_no_other_process),
        TEST_ONLY(fixture_unprivileged, reaches_others_of_its_user_where_nothing_keeps_it_from_that),
        TEST(has_no_privileges_and_is_nobody_else),
        TEST(has_as_much_memory_files_and_processes_as_it_may),
        TEST(runs_python_with_nothing_of_the_users_own),
        TEST(runs_node),
    };
    return fixture_run_group(tests, sizeof(tests) / sizeof(tests[0]));
}

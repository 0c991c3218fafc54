/* See program_fixture.h. */
#include "program_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "programs/sealed_document.h"

static const char forbidden[] = "tests/forbidden/forbidden_adapter";

/* --- who is told --- */

static bool note_started(void *context, pid_t owner, struct text name, struct text document, int64_t instance,
                         bool is_isolated, int descriptor)
{
    struct fixture *fixture = context;
    assert_int_equal(document.length, 64);
    fixture->is_isolated = is_isolated;
    assert_int_equal(owner, OWNER);
    assert_true(name.length != 0);
    fixture->starts++;
    if (fixture->is_deaf)
        return false;
    assert_true(fixture->starts <= SOCKETS_MAX);
    fixture->socket = fixture->sockets[fixture->starts - 1] = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    fixture->instance = instance;
    return true;
}

static void note_ended(void *context, pid_t owner, struct text name, int64_t instance, int64_t restarts_in_ms,
                       struct text detail)
{
    struct fixture *fixture = context;
    assert_int_equal(owner, OWNER);
    assert_true(name.length != 0);
    fixture->ends++;
    fixture->ended_instance = instance;
    fixture->restarts_in_ms = restarts_in_ms;
    snprintf(fixture->ended, sizeof(fixture->ended), "%.*s", TEXT_ARGUMENTS(detail));
}

static void note_refused(void *context, pid_t owner, struct text name, struct text detail)
{
    struct fixture *fixture = context;
    assert_int_equal(owner, OWNER);
    assert_true(name.length != 0);
    fixture->refusals++;
    snprintf(fixture->refused, sizeof(fixture->refused), "%.*s", TEXT_ARGUMENTS(detail));
}

/* --- files --- */

const char *fixture_path(struct fixture *fixture, const char *name)
{
    return arena_print(fixture->arena, "%s/%s", fixture->folder, name).base;
}

void fixture_write(struct fixture *fixture, const char *name, const char *content, unsigned mode)
{
    const char *path = fixture_path(fixture, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, strlen(content)), (ssize_t)strlen(content));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

void fixture_copy(struct fixture *fixture, const char *from, const char *name)
{
    char bytes[65536];
    ssize_t length;
    const char *to = fixture_path(fixture, arena_print(fixture->arena, "adapters/%s", name).base);
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    assert_true(in >= 0 && out >= 0);
    while ((length = read(in, bytes, sizeof(bytes))) > 0)
        assert_int_equal(write(out, bytes, (size_t)length), length);
    assert_int_equal(fchmod(out, 0755), 0);
    close(in);
    close(out);
}

void fixture_hash(const char *path, char hexadecimal[65])
{
    unsigned char digest[DIGEST_SIZE];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_true(digest_sha256_file(file, digest));
    close(file);
    digest_hex(digest, hexadecimal);
}

void fixture_settings(struct fixture *fixture, const char *more)
{
    const char *at = fixture->folder;
    struct text content =
        arena_print(fixture->arena,
                    "kind: Gateway\nmetadata: {name: gateway}\nspec:\n  issuer: https://gateway.example\n"
                    "  tls: {certificateFile: %s/state/c.pem, keyFile: %s/state/k.pem}\n  sealing: {keyFile: "
                    "%s/state/s.key}\n"
                    "  store: {sqlite: %s/state/store/gateway.sqlite}\n  adminSocket: %s/state/admin.sock\n"
                    "  adapters:\n    directories: [%s/missing, %s/adapters]\n"
                    "    interpreters: [/usr/bin/python3, /usr/bin/node]\n    firstUserId: 61500\n%s",
                    at, at, at, at, at, at, at, more);
    documents_init(&fixture->documents, fixture->arena);
    documents_read(&fixture->documents, TEXT("gateway.yaml"), content);
    if (fixture->documents.mistake_count != 0)
        fail_msg("%.*s", TEXT_ARGUMENTS(fixture->documents.mistakes[0].sentence));
}

static void make_folder(struct fixture *fixture, const char *name, unsigned mode)
{
    assert_int_equal(mkdir(fixture_path(fixture, name), 0700), 0);
    assert_int_equal(chmod(fixture_path(fixture, name), mode), 0);
}

static int remove_entry(const char *name, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    return place->level == 0 ? 0 : remove(name);
}

static void clear(struct fixture *fixture)
{
    assert_int_equal(nftw(fixture->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Beside the programs under test and not in /tmp, where everybody may put things. */
int fixture_begin(void **state)
{
    char here[96];
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    assert_non_null(getcwd(here, sizeof(here)));
    snprintf(fixture->folder, sizeof(fixture->folder), "%s/programs.%d", here, (int)geteuid());
    fixture->arena = arena_create();
    fixture->socket = -1;
    clear(fixture); /* what a test that was broken off has left */
    make_folder(fixture, "adapters", 0755);
    make_folder(fixture, "state", 0700);
    make_folder(fixture, "state/store", 0700);
    fixture_write(fixture, "state/k.pem", "private", 0600);
    fixture_write(fixture, "state/store/gateway.sqlite", "rows", 0600);
    fixture_write(fixture, "keytab", "principal", 0600);
    fixture_write(fixture, "state/s.key", "sealing key", 0600);
    fixture_copy(fixture, forbidden, "forbidden");
    fixture_settings(fixture, "");
    fixture->layers = confinement_layers_of_kernel();
    fixture_use_layers(fixture, fixture->layers.landlock_version, true);
    *state = fixture;
    return 0;
}

/* Another one for each, as long as the gateway's is there. */
static struct secret *derive_key(void *context, struct text adapter, char *detail)
{
    unsigned char digest[DIGEST_SIZE];
    const char *path = fixture_path(context, "state/s.key");
    digest_sha256(adapter, digest);
    if (access(path, R_OK) == 0)
        return secret_create(digest, sizeof(digest));
    snprintf(detail, 256, "%s is not there", path);
    return NULL;
}

void fixture_use_layers(struct fixture *fixture, int landlock_version, bool filters_system_calls)
{
    const struct programs_listener listener = {note_started, note_ended, note_refused, fixture};
    const struct programs_keys keys = {derive_key, fixture};
    programs_destroy(fixture->programs);
    fixture->programs =
        programs_create(&listener, &keys, (struct confinement_layers){landlock_version, filters_system_calls});
}

int fixture_end(void **state)
{
    struct fixture *fixture = *state;
    programs_destroy(fixture->programs);
    for (unsigned i = 0; i < fixture->starts && !fixture->is_deaf; i++)
        close(fixture->sockets[i]);
    clear(fixture);
    arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

/* --- programs --- */

void fixture_start_document(struct fixture *fixture, const char *name, const char *document)
{
    int sealed = sealed_document_make(text_of(document));
    assert_true(sealed >= 0);
    programs_start(fixture->programs, OWNER, &fixture->documents, text_of(name), sealed);
}

void fixture_start(struct fixture *fixture, const char *program, const char *more)
{
    char hash[65];
    fixture_hash(fixture_path(fixture, arena_print(fixture->arena, "adapters/%s", program).base), hash);
    fixture_start_document(fixture, "acme",
                           arena_print(fixture->arena,
                                       "{\"kind\":\"Adapter\",\"metadata\":{\"name\":\"acme\"},\"spec\":{"
                                       "\"program\":\"%s\",\"sha256\":\"%s\"%s}}",
                                       program, hash, more)
                               .base);
}

void fixture_run(struct fixture *fixture, const char *more)
{
    unsigned refusals = fixture->refusals;
    fixture_start(fixture, "forbidden", more);
    if (fixture->refusals != refusals)
        fail_msg("%s", fixture->refused);
    assert_non_null(strstr(fixture_read_line(fixture), "\"method\":\"start\""));
}

const char *fixture_read_line(struct fixture *fixture)
{
    char line[65536];
    size_t length = 0;
    int64_t until_us = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
    while (length == 0 || line[length - 1] != '\n') {
        ssize_t more = recv(fixture->socket, line + length, sizeof(line) - length, MSG_DONTWAIT);
        if (more == 0 || (more < 0 && errno != EAGAIN) || clock_monotonic_us() > until_us)
            fail_msg("nothing came: %.*s", (int)length, line);
        if (more < 0)
            fixture_turn(fixture, 5);
        length += more < 0 ? 0 : (size_t)more;
    }
    return arena_copy(fixture->arena, (struct text){line, length - 1}).base;
}

void fixture_send(struct fixture *fixture, const char *line)
{
    struct text sent = arena_print(fixture->arena, "%s\n", line);
    assert_int_equal(send(fixture->socket, sent.base, sent.length, MSG_NOSIGNAL), (ssize_t)sent.length);
}

const char *fixture_ask(struct fixture *fixture, const char *line)
{
    fixture_send(fixture, line);
    return fixture_read_line(fixture);
}

void fixture_turn(struct fixture *fixture, int milliseconds)
{
    struct pollfd waited[PROGRAMS_MAX];
    programs_wait_for(fixture->programs, waited);
    if (poll(waited, PROGRAMS_MAX, milliseconds) > 0)
        programs_hear(fixture->programs, waited);
    programs_reap_all(fixture->programs);
    programs_look(fixture->programs, clock_monotonic_us());
}

static void wait_for(struct fixture *fixture, const unsigned *counted, unsigned wanted)
{
    int64_t until_us = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
    while (*counted < wanted && clock_monotonic_us() < until_us)
        fixture_turn(fixture, 10);
    assert_int_equal(*counted, wanted);
}

void fixture_wait_for_ends(struct fixture *fixture, unsigned ends)
{
    wait_for(fixture, &fixture->ends, ends);
}

void fixture_wait_for_starts(struct fixture *fixture, unsigned starts)
{
    wait_for(fixture, &fixture->starts, starts);
}

pid_t fixture_number(const char *text)
{
    int64_t number;
    assert_true(text_to_int64(text_of(text), &number));
    return (pid_t)number;
}

/* A zombie is none: who should reap it is not ours to choose. */
bool fixture_is_alive(pid_t process)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool is_read = fgets(line, sizeof(line), file) != NULL;
    fclose(file);
    const char *state = strrchr(line, ')');
    return is_read && state != NULL && state[2] != 'Z' && state[2] != 'X';
}

/* --- as root and as somebody else --- */

static int run_as(uid_t user, const struct CMUnitTest *tests, size_t count)
{
    char here[96], folder[128];
    int failed = 0;
    pid_t process = -1;
    if (getcwd(here, sizeof(here)) == NULL)
        return 1;
    snprintf(folder, sizeof(folder), "%s/programs.%d", here, (int)user);
    if ((mkdir(folder, 0755) != 0 && errno != EEXIST) || chown(folder, user, user) != 0)
        return 1;
    fflush(NULL);
    if (user == geteuid()) {
        failed = _cmocka_run_group_tests("programs", tests, count, NULL, NULL);
    } else if ((process = fork()) == 0) {
        if (setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0)
            _exit(1);
        prctl(PR_SET_DUMPABLE, 1); /* setuid() took it, and a program started is to have it */
        int result = _cmocka_run_group_tests("programs, unprivileged", tests, count, NULL, NULL);
        fflush(NULL);
        _exit(result == 0 ? 0 : 1);
    } else {
        waitpid(process, &failed, 0);
    }
    rmdir(folder);
    return failed == 0 ? 0 : 1;
}

const char fixture_as_root[] = "root", fixture_unprivileged[] = "unprivileged";

/* Those that are not for the other one. */
static int run_those_for(uid_t user, const struct CMUnitTest *tests, size_t count)
{
    const char *other = user == 0 ? fixture_unprivileged : fixture_as_root;
    struct CMUnitTest *own = calloc(count, sizeof(*own));
    size_t kept = 0;
    assert_non_null(own);
    for (size_t i = 0; i < count; i++)
        if (tests[i].initial_state != other)
            own[kept++] = tests[i];
    int failed = run_as(user, own, kept);
    free(own);
    return failed;
}

/* One executable at a time on this machine: all of them use the same folders and the same users, whose
 * processes they count and end. */
static bool wait_for_turn(void)
{
    int turn = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return turn >= 0 && flock(turn, LOCK_EX) == 0; /* until this process ends */
}

/* Where only one of both can be had, the tests for the other say themselves that they are skipped. */
int fixture_run_group(const struct CMUnitTest *tests, size_t count)
{
    if (!wait_for_turn())
        return 1;
    if (geteuid() != 0)
        return run_as(geteuid(), tests, count);
    int failed = run_those_for(0, tests, count);
    return run_those_for(65534, tests, count) + failed;
}

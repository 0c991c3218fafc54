/* What a confined process can no longer do, tried in children that are confined, and what a worker still can.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confinement/confinement.h"

enum { CHILD_FAILED = 100 };

static char folder[] = "/tmp/dragoman-confinement-XXXXXX";

static const char *in_folder(const char *name)
{
    static char paths[8][128];
    static size_t next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void make_file(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, "x", 1), 1);
    close(file);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    static const char *const folders[] = {"store", "authorities", "other"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        assert_int_equal(mkdir(in_folder(folders[i]), 0700), 0);
    make_file(in_folder("store/gateway.sqlite"));
    make_file(in_folder("authorities/bundle.pem"));
    make_file(in_folder("other/certificate.pem"));
    make_file(in_folder("other/secret"));
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    static const char *const files[] = {"store/gateway.sqlite", "authorities/bundle.pem",
                                        "other/certificate.pem", "other/secret"};
    static const char *const folders[] = {"store", "authorities", "other"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(in_folder(files[i]));
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        rmdir(in_folder(folders[i]));
    return rmdir(folder);
}

/* Confined as a worker is: one file, one folder to read, one to write. */
static struct confinement confine(void)
{
    const struct confined_path paths[] = {
        {CONFINED_READ, in_folder("other/certificate.pem")},
        {CONFINED_READ_BESIDE, in_folder("authorities/bundle.pem")},
        {CONFINED_WRITE_BESIDE, in_folder("store/gateway.sqlite")},
        {CONFINED_READ, in_folder("is/not/there")},
    };
    const struct confinement_request request = {.paths = paths, .path_count = sizeof(paths) / sizeof(paths[0])};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return confinement_enter(&request);
}

/* Runs it in a confined child; 0 is what it returns when all is as it should be, otherwise the line that is
 * not. */
static int in_confined_child(int (*run)(const struct confinement *confinement))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct confinement confinement = confine();
        _exit(run(&confinement));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Each row: a system call that a process which was taken over would like to make. */
static const struct {
    const char *name;
    long number;
} refused[] = {
    {"execve", SYS_execve},
    {"execveat", SYS_execveat},
    {"fork", SYS_fork},
    {"vfork", SYS_vfork},
    {"clone3", SYS_clone3},
    {"unshare", SYS_unshare},
    {"setns", SYS_setns},
    {"ptrace", SYS_ptrace},
    {"process_vm_readv", SYS_process_vm_readv},
    {"process_vm_writev", SYS_process_vm_writev},
    {"pidfd_getfd", SYS_pidfd_getfd},
    {"kcmp", SYS_kcmp},
    {"kill", SYS_kill},
    {"mount", SYS_mount},
    {"umount2", SYS_umount2},
    {"pivot_root", SYS_pivot_root},
    {"chroot", SYS_chroot},
    {"bpf", SYS_bpf},
    {"perf_event_open", SYS_perf_event_open},
    {"userfaultfd", SYS_userfaultfd},
    {"io_uring_setup", SYS_io_uring_setup},
    {"keyctl", SYS_keyctl},
    {"add_key", SYS_add_key},
    {"request_key", SYS_request_key},
    {"init_module", SYS_init_module},
    {"finit_module", SYS_finit_module},
    {"kexec_load", SYS_kexec_load},
    {"reboot", SYS_reboot},
    {"setuid", SYS_setuid},
    {"capset", SYS_capset},
    {"listen", SYS_listen},
    {"name_to_handle_at", SYS_name_to_handle_at},
    {"open_by_handle_at", SYS_open_by_handle_at},
    {"symlink", SYS_symlink},
    {"link", SYS_link},
    {"rename", SYS_rename},
    {"chmod", SYS_chmod},
    {"seccomp", SYS_seccomp},
};

static int tries_each(const struct confinement *confinement)
{
    (void)confinement;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        /* Arguments that no kernel grants: the error tells whether it was asked. */
        if (syscall(refused[i].number, -1L, -1L, -1L, -1L, -1L, -1L) == -1 && errno == ENOSYS)
            continue;
        fprintf(stderr, "%s is not refused\n", refused[i].name);
        return 1;
    }
    return 0;
}

static void refuses_what_a_process_that_was_taken_over_would_like_to_call(void **state)
{
    (void)state;
    assert_int_equal(in_confined_child(tries_each), 0);
}

static int tries_arguments(const struct confinement *confinement)
{
    (void)confinement;
    if (socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0 || errno != ENOSYS)
        return __LINE__ % CHILD_FAILED;
    if (socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != ENOSYS)
        return __LINE__ % CHILD_FAILED;
    if (socket(AF_NETLINK, SOCK_RAW, 12 /* NETLINK_NETFILTER */) >= 0 || errno != ENOSYS)
        return __LINE__ % CHILD_FAILED;
    if (mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        return __LINE__ % CHILD_FAILED;
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        return __LINE__ % CHILD_FAILED;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0)
        return __LINE__ % CHILD_FAILED;
    if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) != -1 || errno != ENOSYS)
        return __LINE__ % CHILD_FAILED;
    if (syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) != -1 || errno != ENOSYS)
        return __LINE__ % CHILD_FAILED;
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 || syscall(SYS_tgkill, getppid(), getppid(), 0) == 0)
        return __LINE__ % CHILD_FAILED;
    if (ioctl(0, TIOCSTI, "x") != -1 || errno != ENOSYS)
        return __LINE__ % CHILD_FAILED;
    return 0;
}

static void refuses_raw_sockets_written_code_processes_and_other_peoples_signals(void **state)
{
    (void)state;
    assert_int_equal(in_confined_child(tries_arguments), 0);
}

static bool is_denied(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
    return file < 0 && errno == EACCES;
}

static bool is_opened(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
    return file >= 0;
}

static int tries_files(const struct confinement *confinement)
{
    if (confinement->landlock_version == 0)
        return CHILD_FAILED;
    if (!is_denied(in_folder("other/secret"), O_RDONLY) || !is_denied("/proc/self/maps", O_RDONLY) ||
        !is_denied("/", O_RDONLY))
        return __LINE__ % CHILD_FAILED;
    if (!is_denied(in_folder("other/certificate.pem"), O_WRONLY) ||
        !is_opened(in_folder("other/certificate.pem"), O_RDONLY))
        return __LINE__ % CHILD_FAILED;
    if (!is_opened(in_folder("authorities/bundle.pem"), O_RDONLY) ||
        !is_denied(in_folder("authorities/bundle.pem"), O_WRONLY) ||
        !is_denied(in_folder("authorities/new"), O_WRONLY | O_CREAT) ||
        unlink(in_folder("authorities/bundle.pem")) == 0)
        return __LINE__ % CHILD_FAILED;
    if (!is_denied("/etc/dragoman-confinement", O_WRONLY | O_CREAT) ||
        !is_denied("/tmp/dragoman-confinement", O_WRONLY | O_CREAT))
        return __LINE__ % CHILD_FAILED;
    if (!is_opened(in_folder("store/gateway.sqlite"), O_RDWR) ||
        !is_opened(in_folder("store/gateway.sqlite-wal"), O_RDWR | O_CREAT) ||
        unlink(in_folder("store/gateway.sqlite-wal")) != 0)
        return __LINE__ % CHILD_FAILED;
    return 0;
}

static void opens_only_what_was_named(void **state)
{
    (void)state;
    int result = in_confined_child(tries_files);
    if (result == CHILD_FAILED) {
        print_message("this kernel has no Landlock\n");
        skip();
    }
    assert_int_equal(result, 0);
}

static void *resolve(void *context)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG},
                    *found = NULL;
    *(int *)context = getaddrinfo("localhost", "443", &hints, &found);
    if (found != NULL)
        freeaddrinfo(found);
    return NULL;
}

static int serves(const struct confinement *confinement)
{
    (void)confinement;
    pthread_t thread;
    int result = -1, pair[2];
    if (pthread_create(&thread, NULL, resolve, &result) != 0 || pthread_join(thread, NULL) != 0 || result != 0)
        return __LINE__ % CHILD_FAILED;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        send(pair[0], "x", 1, MSG_NOSIGNAL) != 1)
        return __LINE__ % CHILD_FAILED;
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in nobody = {
        .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (client < 0 || connect(client, (const struct sockaddr *)&nobody, sizeof(nobody)) == 0 ||
        (errno != EINPROGRESS && errno != ECONNREFUSED))
        return __LINE__ % CHILD_FAILED;
    return is_opened("/etc/passwd", O_RDONLY) && is_opened("/dev/null", O_WRONLY) ? 0 : __LINE__ % CHILD_FAILED;
}

static void lets_threads_resolve_names_and_connect(void **state)
{
    (void)state;
    assert_int_equal(in_confined_child(serves), 0);
}

static int aborts(const struct confinement *confinement)
{
    (void)confinement;
    abort();
}

static void lets_a_process_end_itself(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct confinement confinement = confine();
        _exit(aborts(&confinement));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_a_process_that_was_taken_over_would_like_to_call),
        cmocka_unit_test(refuses_raw_sockets_written_code_processes_and_other_peoples_signals),
        cmocka_unit_test(opens_only_what_was_named),
        cmocka_unit_test(lets_threads_resolve_names_and_connect),
        cmocka_unit_test(lets_a_process_end_itself),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}

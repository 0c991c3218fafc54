/* What an adapter's program can no longer call, tried in children that are confined as one, each refusal held
 * against a child that is not. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confinement/program_confinement.h"

/* Each row: a system call and how it fails once it is refused. */
static const struct {
    const char *name;
    long number;
    int error;
} refused[] = {
    {"ptrace", SYS_ptrace, EPERM},
    {"process_vm_readv", SYS_process_vm_readv, EPERM},
    {"process_vm_writev", SYS_process_vm_writev, EPERM},
    {"pidfd_getfd", SYS_pidfd_getfd, EPERM},
    {"kcmp", SYS_kcmp, EPERM},
    {"setpriority", SYS_setpriority, EPERM},
    {"shmget", SYS_shmget, EPERM},
    {"mq_open", SYS_mq_open, EPERM},
    {"unshare", SYS_unshare, EPERM},
    {"setns", SYS_setns, EPERM},
    {"mount", SYS_mount, EPERM},
    {"umount2", SYS_umount2, EPERM},
    {"pivot_root", SYS_pivot_root, EPERM},
    {"chroot", SYS_chroot, EPERM},
    {"fsopen", SYS_fsopen, EPERM},
    {"move_mount", SYS_move_mount, EPERM},
    {"name_to_handle_at", SYS_name_to_handle_at, EPERM},
    {"open_by_handle_at", SYS_open_by_handle_at, EPERM},
    {"keyctl", SYS_keyctl, EPERM},
    {"add_key", SYS_add_key, EPERM},
    {"request_key", SYS_request_key, EPERM},
    {"bpf", SYS_bpf, EPERM},
    {"perf_event_open", SYS_perf_event_open, EPERM},
    {"userfaultfd", SYS_userfaultfd, EPERM},
    {"init_module", SYS_init_module, EPERM},
    {"finit_module", SYS_finit_module, EPERM},
    {"reboot", SYS_reboot, EPERM},
    {"kexec_load", SYS_kexec_load, EPERM},
    {"clock_settime", SYS_clock_settime, EPERM},
    {"sethostname", SYS_sethostname, EPERM},
    {"truncate", SYS_truncate, EPERM},
    {"mkdir", SYS_mkdir, EPERM},
    {"rename", SYS_rename, EPERM},
    {"link", SYS_link, EPERM},
    {"symlink", SYS_symlink, EPERM},
    {"unlink", SYS_unlink, EPERM},
    {"fchmod", SYS_fchmod, EPERM},
    {"fchown", SYS_fchown, EPERM},
    {"setxattr", SYS_setxattr, EPERM},
    {"utimensat", SYS_utimensat, EPERM},
    {"listen", SYS_listen, EPERM},
    {"accept", SYS_accept, EPERM},
    {"accept4", SYS_accept4, EPERM},
    {"io_uring_setup", SYS_io_uring_setup, ENOSYS},
    {"io_uring_enter", SYS_io_uring_enter, ENOSYS},
    {"clone3", SYS_clone3, ENOSYS},
    {"openat2", SYS_openat2, ENOSYS},
    {"socket", SYS_socket, EPERM},
    {"connect", SYS_connect, EPERM},
    {"bind", SYS_bind, EPERM},
};

static int run_as_asked(struct program_request request, int (*run)(void))
{
    int status, executed = open("/bin/true", O_RDONLY | O_CLOEXEC);
    assert_true(executed >= 0);
    request.executed = executed;
    struct program_confinement confinement = program_confinement_prepare(&request);
    assert_int_equal(confinement.filter != NULL, request.layers.filters_system_calls);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        _exit(program_confinement_enter(&confinement) ? run() : 99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    program_confinement_dispose(&confinement);
    close(executed);
    return WEXITSTATUS(status);
}

static int run_confined(bool filters, bool has_network, int landlock_version, int (*run)(void))
{
    const struct program_request request = {.layers = {landlock_version, filters}, .has_network = has_network};
    return run_as_asked(request, run);
}

/* Arguments that no kernel grants: the error tells whether it was asked. */
static int try_each(void)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (syscall(refused[i].number, -1L, -1L, -1L, -1L, -1L, -1L) == -1 && errno == refused[i].error)
            continue;
        fprintf(stderr, "%s is not refused\n", refused[i].name);
        return 1;
    }
    return 0;
}

static void refuses_what_reaches_beyond_the_process(void **state)
{
    (void)state;
    assert_int_equal(run_confined(true, false, 0, try_each), 0);
    assert_int_equal(run_confined(false, false, 0, try_each), 1);
}

static int try_arguments(void)
{
    int failed = 0, i = 0;
#define REFUSED(expression) (i++, (expression) == -1 && errno == EPERM ? 0 : (failed = i))
    REFUSED((int)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
    REFUSED((int)syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0));
    REFUSED((int)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
    REFUSED(fcntl(0, F_SETOWN, getpid()));
    REFUSED(fcntl(0, F_SETSIG, SIGKILL));
    REFUSED((int)syscall(SYS_fcntl, 0, 0x100000000L | F_SETOWN, getpid()));
    REFUSED((int)syscall(SYS_prlimit64, getppid(), 7, NULL, NULL));
    REFUSED((int)syscall(SYS_sched_setaffinity, getppid(), 0, NULL));
    REFUSED(prctl(PR_SET_PDEATHSIG, 0));
    REFUSED((int)syscall(SYS_prctl, 0x100000000L | PR_SET_PDEATHSIG, 0));
    REFUSED(open("/tmp/dragoman-program", O_WRONLY | O_CREAT, 0600));
    REFUSED(open("/tmp", O_RDWR | O_TMPFILE, 0600));
    REFUSED(open("/dev/null", O_WRONLY | O_TRUNC));
    REFUSED(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
#undef REFUSED
    return failed;
}

static void refuses_by_arguments_and_looks_at_no_more_of_them_than_the_kernel(void **state)
{
    (void)state;
    assert_int_equal(run_confined(true, true, 0, try_arguments), 0);
    assert_int_not_equal(run_confined(false, true, 0, try_arguments), 0);
}

static int try_accepting(void)
{
    if (syscall(SYS_accept, -1L, 0L, 0L) != -1 || errno != EBADF)
        return 1;
    if (syscall(SYS_accept4, -1L, 0L, 0L, 0L) != -1 || errno != EBADF)
        return 2;
    return syscall(SYS_listen, -1L, 1L) != -1 || errno != EPERM ? 3 : 0;
}

static void lets_who_was_handed_a_listener_accept_and_still_not_listen(void **state)
{
    (void)state;
    struct program_request request = {.layers = {0, true}, .has_network = true, .has_listener = true};
    assert_int_equal(run_as_asked(request, try_accepting), 0);
    request.has_listener = false;
    assert_int_equal(run_as_asked(request, try_accepting), 1);
}

static int try_signals(void)
{
    if (kill(getppid(), 0) != -1 || errno != EPERM)
        return 1;
    if (syscall(SYS_tgkill, getppid(), getppid(), 0) != -1 || errno != EPERM)
        return 2;
    if (syscall(SYS_tkill, getppid(), 0) != -1 || syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0) != -1)
        return 3;
    if (kill(getpid(), 0) != 0 || kill(0, 0) != 0 || syscall(SYS_tgkill, getpid(), getpid(), 0) != 0)
        return 4;
    return 0;
}

static void lets_signals_go_to_itself_and_its_group_alone_where_nothing_else_keeps_them(void **state)
{
    (void)state;
    assert_int_equal(run_confined(true, false, 0, try_signals), 0);
    assert_int_equal(run_confined(false, false, 0, try_signals), 1);
}

static bool is_opened(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC);
    if (file >= 0)
        close(file);
    return file >= 0;
}

static int try_files(void)
{
    if (!is_opened("/usr/lib", O_RDONLY) || !is_opened("/etc/hosts", O_RDONLY) ||
        !is_opened("/dev/null", O_WRONLY))
        return 1;
    if (!is_opened("/proc/self/maps", O_RDONLY) || !is_opened("/bin/true", O_RDONLY))
        return 2;
    if (is_opened("/etc/passwd", O_RDONLY) || is_opened("/tmp", O_RDONLY) || is_opened("/", O_RDONLY))
        return 3;
    return is_opened("/proc/1/status", O_RDONLY) ? 4 : 0;
}

static void opens_the_systems_files_alone_whatever_version_of_landlock_there_is(void **state)
{
    (void)state;
    int newest = confinement_layers_of_kernel().landlock_version;
    if (newest == 0)
        skip();
    for (int version = 1; version <= newest; version++)
        assert_int_equal(run_confined(true, false, version, try_files), 0);
    assert_int_equal(run_confined(true, false, 0, try_files), 3);
}

static void says_of_a_path_whether_every_program_may_read_it(void **state)
{
    (void)state;
    assert_true(program_confinement_lets_read("/usr/lib/x"));
    assert_true(program_confinement_lets_read("/etc/ssl/certs/x"));
    assert_false(program_confinement_lets_read("/etc/ssl/private/x"));
    assert_false(program_confinement_lets_read("/etc/dragoman/sealing.key"));
    assert_false(program_confinement_lets_read("/usr/libx"));
    assert_false(program_confinement_lets_read("/var/lib/dragoman/dragoman.sqlite"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_reaches_beyond_the_process),
        cmocka_unit_test(refuses_by_arguments_and_looks_at_no_more_of_them_than_the_kernel),
        cmocka_unit_test(lets_who_was_handed_a_listener_accept_and_still_not_listen),
        cmocka_unit_test(lets_signals_go_to_itself_and_its_group_alone_where_nothing_else_keeps_them),
        cmocka_unit_test(opens_the_systems_files_alone_whatever_version_of_landlock_there_is),
        cmocka_unit_test(says_of_a_path_whether_every_program_may_read_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A list of what is allowed; the rest fails with ENOSYS, as on a kernel that does not have it, so that the C
 * library takes its older way where it has one. In particular there is no executing, no new process, no
 * tracing, no other process's memory, no mounting, no loading, no keyrings, no listening, and no memory that is
 * written and executed. */
#include "system_calls.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fault.h"

/* clang-format off */
static const char *const allowed[] = {
    /* files */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek",
    "open", "openat", "close", "stat", "fstat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "fcntl", "flock", "fsync", "fdatasync", "ftruncate",
    "fallocate", "fadvise64", "unlink", "unlinkat", "fchmod", "fchown", "umask", "dup", "dup2", "dup3",
    "memfd_create", /* what the supervisor is handed about adapters; nothing can be executed here anyway */
    /* waiting and telling */
    "pipe", "pipe2", "eventfd2", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll",
    "ppoll", "select", "pselect6", "signalfd4", "timerfd_create", "timerfd_settime", "timerfd_gettime",
    /* the network; socket() has rules of its own. bind() is for the C library's netlink socket. */
    "socketpair", "connect", "accept", "accept4", "bind", "getsockname", "getpeername", "getsockopt", "setsockopt",
    "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "shutdown",
    /* memory */
    "munmap", "mremap", "madvise", "brk", "mlock", "mlock2", "munlock", "membarrier",
    /* threads */
    "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "sched_yield",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "exit", "exit_group", "restart_syscall", "arch_prctl",
    /* signals */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigpending", "sigaltstack", "pause",
    /* what time it is, who we are, where we run */
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times", "getrusage",
    "uname", "sysinfo", "getrandom", "getrlimit", "getcpu", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid",
    "getegid",
};
/* What the sanitizers' leak check does at the end: a process that shares our memory stops our threads. */
static const char *const allowed_when_sanitized[] = {
    "clone", "prctl", "ptrace", "wait4", "getdents", "kill", "tgkill", "personality", "ioctl", "mmap", "mprotect", "prlimit64",
};
/* clang-format on */

static void let_through(scmp_filter_ctx filter, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        if (number >= 0) /* not every architecture has every one */
            INVARIANT(seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) == 0);
    }
}

#define LET(filter, call, ...)                                                                                 \
    INVARIANT(seccomp_rule_add_array((filter), SCMP_ACT_ALLOW, SCMP_SYS(call),                                 \
                                     sizeof((const struct scmp_arg_cmp[]){__VA_ARGS__}) /                      \
                                         sizeof(struct scmp_arg_cmp),                                          \
                                     (const struct scmp_arg_cmp[]){__VA_ARGS__}) == 0)

/* Streams and datagrams of the families we speak, and the routing socket that getaddrinfo() asks which
 * addresses there are. No raw and no packet sockets. */
static void let_sockets(scmp_filter_ctx filter)
{
    static const unsigned families[] = {AF_UNIX, AF_INET, AF_INET6};
    static const unsigned types[] = {SOCK_STREAM, SOCK_DGRAM};
    const uint64_t type_bits = ~(uint64_t)(SOCK_CLOEXEC | SOCK_NONBLOCK) & UINT32_MAX;
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        for (size_t j = 0; j < sizeof(types) / sizeof(types[0]); j++)
            LET(filter, socket, SCMP_A0(SCMP_CMP_EQ, families[i]),
                SCMP_A1(SCMP_CMP_MASKED_EQ, type_bits, types[j]));
    LET(filter, socket, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, NETLINK_ROUTE));
}

/* Written or executed, never both, and never executed after it was written. */
static void let_memory(scmp_filter_ctx filter)
{
    const uint64_t both = PROT_WRITE | PROT_EXEC;
    LET(filter, mmap, SCMP_A2(SCMP_CMP_MASKED_EQ, both, 0));
    LET(filter, mmap, SCMP_A2(SCMP_CMP_MASKED_EQ, both, PROT_WRITE));
    LET(filter, mmap, SCMP_A2(SCMP_CMP_MASKED_EQ, both, PROT_EXEC),
        SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0));
    LET(filter, mprotect, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

/* Threads yes, processes and name spaces no. The flags of clone3() lie in memory, where no filter sees them;
 * without it the C library calls clone(). */
static void let_threads(scmp_filter_ctx filter)
{
    const uint64_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                            CLONE_NEWPID | CLONE_NEWNET;
    LET(filter, clone, SCMP_A0(SCMP_CMP_MASKED_EQ, spaces | CLONE_THREAD, CLONE_THREAD));
    LET(filter, prctl, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    LET(filter, tgkill, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));        /* abort() */
    LET(filter, prlimit64, SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0)); /* asked, not set */
    LET(filter, ioctl, SCMP_A1(SCMP_CMP_EQ, FIONBIO));
    LET(filter, ioctl, SCMP_A1(SCMP_CMP_EQ, FIONREAD));
}

bool system_calls_apply(bool is_sanitized)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    INVARIANT(filter != NULL);
    INVARIANT(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0);
    /* A tree instead of a list that every call walks; older kernels run the filter each time. */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    let_through(filter, allowed, sizeof(allowed) / sizeof(allowed[0]));
    if (is_sanitized) {
        let_through(filter, allowed_when_sanitized,
                    sizeof(allowed_when_sanitized) / sizeof(allowed_when_sanitized[0]));
    } else {
        let_memory(filter);
        let_threads(filter);
    }
    let_sockets(filter);
    bool is_loaded = seccomp_load(filter) == 0;
    seccomp_release(filter);
    return is_loaded;
}

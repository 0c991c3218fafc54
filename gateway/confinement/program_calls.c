/* A list of what is refused, unlike a worker's: any language's runtime must run, and what it calls is not ours
 * to know. Refused is what reaches beyond the process: the network (unless it is let), other processes, the
 * kernel's administration, changes to files. What has an older way that can be judged by its arguments fails
 * with ENOSYS, so that the C library takes that way; the rest with EPERM. */
#include "program_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"

/* clang-format off */
static const char *const refused[] = {
    /* other processes, and leaving our own group, by which all of us are killed */
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd", "kcmp",
    "setsid", "setpgid", "setpriority", "ioprio_set", "move_pages", "migrate_pages",
    "shmget", "shmat", "semget", "msgget", "mq_open",
    /* name spaces and mounts */
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "open_tree",
    "move_mount", "mount_setattr", "open_by_handle_at", "name_to_handle_at", "fanotify_init", "quotactl", "quotactl_fd",
    /* the kernel */
    "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module",
    "reboot", "kexec_load", "kexec_file_load", "swapon", "swapoff", "acct", "syslog", "settimeofday", "clock_settime", "adjtimex",
    "clock_adjtime", "sethostname", "setdomainname", "iopl", "ioperm", "modify_ldt", "vhangup", "personality", "lookup_dcookie",
    /* changes to files: also those that Landlock does not know of, on a kernel that has none of it */
    "creat", "truncate", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "link", "linkat", "symlink", "symlinkat", "rename",
    "renameat", "renameat2", "unlink", "unlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat",
    "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "utime", "utimes", "utimensat", "futimesat",
    /* waiting for others to connect: on no socket of its own, whatever else it may */
    "listen",
};
static const char *const missing[] = {
    "io_uring_setup", "io_uring_enter", "io_uring_register", "clone3", "openat2", "fchmodat2",
};
static const char *const refused_without_network[] = {"socket", "connect", "bind"};
/* On the one that listens and that it was handed; without that there is nothing to accept. */
static const char *const refused_without_listener[] = {"accept", "accept4"};
/* clang-format on */

static void refuse(scmp_filter_ctx filter, const char *const *names, size_t count, int error)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        if (number >= 0) /* not every architecture, and not every library, has every one */
            INVARIANT(seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)error), number, 0) == 0);
    }
}

#define REFUSE(filter, call, ...)                                                                              \
    INVARIANT(seccomp_rule_add_array((filter), SCMP_ACT_ERRNO(EPERM), SCMP_SYS(call),                          \
                                     sizeof((const struct scmp_arg_cmp[]){__VA_ARGS__}) /                      \
                                         sizeof(struct scmp_arg_cmp),                                          \
                                     (const struct scmp_arg_cmp[]){__VA_ARGS__}) == 0)

/* Streams and datagrams over the Internet, and the routing socket that getaddrinfo() asks. No local sockets:
 * behind a path there may be the gateway's own. Pairs are streams, as one of datagrams can be turned to others.
 */
static void refuse_sockets(scmp_filter_ctx filter)
{
    const uint64_t type_bits = ~(uint64_t)(SOCK_CLOEXEC | SOCK_NONBLOCK) & UINT32_MAX;
    REFUSE(filter, socket, SCMP_A0(SCMP_CMP_LT, AF_INET));
    for (unsigned family = AF_INET + 1; family < AF_NETLINK; family++)
        if (family != AF_INET6)
            REFUSE(filter, socket, SCMP_A0(SCMP_CMP_EQ, family));
    REFUSE(filter, socket, SCMP_A0(SCMP_CMP_GT, AF_NETLINK));
    REFUSE(filter, socket, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_NE, NETLINK_ROUTE));
    static const unsigned families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        REFUSE(filter, socket, SCMP_A0(SCMP_CMP_EQ, families[i]), SCMP_A1(SCMP_CMP_MASKED_EQ, type_bits, 0));
        for (unsigned type = SOCK_RAW; type <= 15; type++)
            REFUSE(filter, socket, SCMP_A0(SCMP_CMP_EQ, families[i]),
                   SCMP_A1(SCMP_CMP_MASKED_EQ, type_bits, type));
    }
}

static void refuse_pairs(scmp_filter_ctx filter)
{
    const uint64_t type_bits = ~(uint64_t)(SOCK_CLOEXEC | SOCK_NONBLOCK) & UINT32_MAX;
    for (unsigned type = 0; type <= 15; type++)
        if (type != SOCK_STREAM)
            REFUSE(filter, socketpair, SCMP_A1(SCMP_CMP_MASKED_EQ, type_bits, type));
}

/* Opening to make or cut; writing itself ends at a limit of no bytes (RLIMIT_FSIZE). */
static void refuse_making(scmp_filter_ctx filter)
{
    static const unsigned flags[] = {O_CREAT, O_TRUNC, O_TMPFILE & ~O_DIRECTORY};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        REFUSE(filter, openat, SCMP_A2(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
        if (seccomp_syscall_resolve_name("open") >= 0)
            REFUSE(filter, open, SCMP_A1(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
    }
}

/* Masked to what the kernel looks at: a filter sees registers of 64 bits, of which an int is the lower half.
 *
 * Name spaces as a flag of a new process, and one that is the supervisor's child instead of its maker's:
 * whoever has many of those come and go keeps it burying them; memory that no limit counts; whose limits,
 * signals and processors these are; dying with the one who started us. */
static void refuse_arguments(scmp_filter_ctx filter)
{
    static const unsigned clones[] = {CLONE_PARENT, CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS,
                                      CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
    static const unsigned owners[] = {F_SETOWN, F_SETOWN_EX, F_SETSIG};
    static const unsigned controls[] = {TIOCSTI, FIOSETOWN, SIOCSPGRP};
    const unsigned shared = MAP_SHARED | MAP_ANONYMOUS;
    for (size_t i = 0; i < sizeof(clones) / sizeof(clones[0]); i++)
        REFUSE(filter, clone, SCMP_A0(SCMP_CMP_MASKED_EQ, clones[i], clones[i]));
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
        REFUSE(filter, fcntl, SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, owners[i]));
    for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
        REFUSE(filter, ioctl, SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, controls[i]));
    REFUSE(filter, mmap, SCMP_A3(SCMP_CMP_MASKED_EQ, shared, shared));
    REFUSE(filter, prlimit64, SCMP_A0(SCMP_CMP_NE, 0));
    REFUSE(filter, sched_setaffinity, SCMP_A0(SCMP_CMP_NE, 0));
    REFUSE(filter, sched_setattr, SCMP_A0(SCMP_CMP_NE, 0));
    REFUSE(filter, prctl, SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, PR_SET_PDEATHSIG));
}

static scmp_filter_ctx describe(bool has_network, bool has_listener)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    INVARIANT(filter != NULL);
    INVARIANT(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    refuse(filter, refused, sizeof(refused) / sizeof(refused[0]), EPERM);
    refuse(filter, missing, sizeof(missing) / sizeof(missing[0]), ENOSYS);
    if (has_network)
        refuse_sockets(filter);
    else
        refuse(filter, refused_without_network,
               sizeof(refused_without_network) / sizeof(refused_without_network[0]), EPERM);
    if (!has_listener)
        refuse(filter, refused_without_listener,
               sizeof(refused_without_listener) / sizeof(refused_without_listener[0]), EPERM);
    refuse_pairs(filter);
    refuse_making(filter);
    refuse_arguments(filter);
    return filter;
}

struct sock_filter *program_calls_make(bool has_network, bool has_listener, unsigned short *length)
{
    struct stat status;
    struct sock_filter *made = NULL;
    scmp_filter_ctx filter = describe(has_network, has_listener);
    int file = memfd_create("filter", MFD_CLOEXEC);
    if (file >= 0 && seccomp_export_bpf(filter, file) == 0 && fstat(file, &status) == 0 &&
        status.st_size / (off_t)sizeof(*made) <= BPF_MAXINSNS) {
        size_t size = (size_t)status.st_size;
        made = malloc(size);
        INVARIANT(made != NULL);
        INVARIANT(pread(file, made, size, 0) == (ssize_t)size);
        *length = (unsigned short)(size / sizeof(*made));
    }
    if (file >= 0)
        close(file);
    seccomp_release(filter);
    return made;
}

bool program_calls_apply(const struct sock_filter *filter, unsigned short length)
{
    struct sock_fprog program = {length, (struct sock_filter *)(uintptr_t)filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* By hand, because the process's number is known only after the fork, where no library may be called. The first
 * filter has refused other architectures. The lower half of an argument lies first or second in memory. */
bool program_calls_guard_signals(void)
{
    const unsigned half = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;
    const unsigned own = (unsigned)getpid(), number = offsetof(struct seccomp_data, nr);
    const unsigned target = (unsigned)offsetof(struct seccomp_data, args) + half;
    const struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SCMP_SYS(kill), 5, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SCMP_SYS(tgkill), 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SCMP_SYS(rt_sigqueueinfo), 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SCMP_SYS(rt_tgsigqueueinfo), 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SCMP_SYS(tkill), 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)SCMP_SYS(pidfd_send_signal), 3, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, target),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return program_calls_apply(filter, sizeof(filter) / sizeof(filter[0]));
}

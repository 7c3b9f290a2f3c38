#include "worker/confine.h"

#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* By concern; names that this architecture or library does not know are passed over. */
static const char *const refused[] = {
    /* other programs' memory and life */
    "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_open", "pidfd_getfd",
    "pidfd_send_signal", "kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "setpgid",
    "setsid", "setpriority", "sched_setaffinity", "sched_setattr", "sched_setparam",
    "sched_setscheduler", "ioprio_set", "setrlimit", "migrate_pages", "move_pages", "mbind",
    /* who it is */
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid",
    "setgroups", "capset", "personality", "keyctl", "add_key", "request_key",
    /* where it is */
    "chdir", "fchdir", "chroot", "pivot_root", "unshare", "setns", "mount", "umount", "umount2",
    "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    /* files */
    "creat", "openat2", "open_by_handle_at", "name_to_handle_at", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir",
    "mknod", "mknodat", "truncate", "ftruncate", "fallocate", "chmod", "fchmod", "fchmodat",
    "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "utimensat", "futimesat",
    "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr",
    "memfd_secret", "umask", "quotactl", "quotactl_fd", "fanotify_init", "inotify_init",
    "inotify_init1", "sync", "syncfs",
    /* the network */
    "bind", "listen",
    /* its own time: a signal that comes later comes to somebody else's request */
    "alarm", "timer_create",
    /* the machine */
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "io_setup", "iopl", "ioperm", "modify_ldt", "syslog", "acct", "swapon",
    "swapoff", "sethostname", "setdomainname", "settimeofday", "clock_settime", "clock_adjtime",
    "adjtimex", "vhangup", "lookup_dcookie", "seccomp", "landlock_create_ruleset"};

/* What a sanitizer's look for leaks, and its report, need. */
static const char *const made_by_sanitizers[] = {"execve", "execveat", "fork", "vfork", "ptrace"};

/* What beyond a worker's needs is left. */
struct needs {
    bool network;  /* sockets of the internet */
    bool threads;  /* and no processes */
    bool nameless; /* files that no folder shows */
};

static bool refuse(scmp_filter_ctx ctx, const char *name)
{
    int number = seccomp_syscall_resolve_name(name);
    return number == __NR_SCMP_ERROR ||
           seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), number, 0) == 0;
}

static bool refuse_if(scmp_filter_ctx ctx, int number, struct scmp_arg_cmp when)
{
    return seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), number, 1, &when) == 0;
}

/* Opening for writing, or what it makes when it is not there. */
static bool refuse_writing(scmp_filter_ctx ctx, bool nameless)
{
    scmp_datum_t named = nameless ? O_ACCMODE | (O_TMPFILE & ~O_DIRECTORY) : O_ACCMODE;
    return (nameless || refuse(ctx, "memfd_create")) &&
           refuse_if(ctx, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_WRONLY)) &&
           refuse_if(ctx, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, named, O_RDWR)) &&
           refuse_if(ctx, SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT)) &&
           refuse_if(ctx, SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_WRONLY)) &&
           refuse_if(ctx, SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, O_RDWR)) &&
           refuse_if(ctx, SCMP_SYS(open), SCMP_A1(SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT));
}

/* AF_UNIX is 1, AF_INET 2, AF_INET6 10: one range and one number above are what is left. */
static bool refuse_sockets(scmp_filter_ctx ctx, bool network)
{
    if (!network)
        return refuse_if(ctx, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_NE, AF_UNIX));
    bool ok = refuse_if(ctx, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_GT, AF_INET6));
    for (unsigned family = AF_INET + 1; family < AF_INET6; family++)
        ok = ok && refuse_if(ctx, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, family));
    return ok;
}

/* A thread is a process that shares everything. The C library asks for clone3 first, whose flags no
 * filter sees, and for clone when there is none. */
static bool refuse_clones(scmp_filter_ctx ctx, bool threads)
{
    if (SANITIZED)
        return true;
    return (threads ? refuse_if(ctx, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0))
                    : refuse(ctx, "clone")) &&
           seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

/* abort() and raise() are tgkill to oneself. */
static bool refuse_processes(scmp_filter_ctx ctx)
{
    bool ok = refuse_if(ctx, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid())) &&
              refuse_if(ctx, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TIOCSTI)) &&
              /* How long a script works is counted (lua/guard); plugin/damage looks at the rest. */
              refuse_if(ctx, SCMP_SYS(setitimer), SCMP_A0(SCMP_CMP_NE, ITIMER_PROF)) &&
              refuse_if(ctx, SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_NE, 0));
    for (size_t i = 0; i < sizeof made_by_sanitizers / sizeof *made_by_sanitizers; i++)
        ok = ok && (SANITIZED || refuse(ctx, made_by_sanitizers[i]));
    /* How exactly it wakes is a worker's own affair (store/live). */
    return ok &&
           (SANITIZED || refuse_if(ctx, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_NE, PR_SET_TIMERSLACK)));
}

static bool add_rules(scmp_filter_ctx ctx, struct needs needs)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (!refuse(ctx, refused[i]))
            return false;
    return refuse_writing(ctx, needs.nameless) && refuse_sockets(ctx, needs.network) &&
           refuse_processes(ctx) && refuse_clones(ctx, needs.threads);
}

static bool confine(struct needs needs)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    if (!ctx)
        return false;
    /* A tree instead of a list: each call is compared with seven numbers, not with all. */
    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    bool ok = add_rules(ctx, needs) && seccomp_load(ctx) == 0;
    if (!ok)
        bf_log(BF_LOG_WARNING, "worker.confine", "no filter of system calls: %s", strerror(errno));
    seccomp_release(ctx);
    return ok;
}

bool bf_confine(bool network)
{
    return confine((struct needs){.network = network});
}

bool bf_confine_fetch(void)
{
    return confine((struct needs){.network = true, .threads = true, .nameless = true});
}

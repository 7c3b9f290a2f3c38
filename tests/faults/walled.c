/*
 * walled: a library that is preloaded into the server by the tests and ends a worker, by SIGSYS, at
 * any system call that reaches for a file, a socket or a process, also where the server's own
 * filter would let it pass.
 *
 * When       with the server's own filter (worker/confine), before the first request: what a worker
 *            has open by then it may use, to answer and to ask its database.
 * But        how large it is, a worker reads in /proc after each request (core/self): that file is
 *            opened with a number that the filter knows, where the kernel looks at none.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KNOWN = 0xBEF };

static const char *const reaches[] = {
    /* a file */
    "open", "openat2", "creat", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents", "getdents64", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link",
    "linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "truncate",
    "chmod", "fchmodat", "chown", "fchownat", "memfd_create", "chdir", "fchdir",
    /* a socket */
    "socket", "socketpair", "connect", "bind", "listen",
    /* a process */
    "execve", "execveat", "fork", "vfork", "clone", "clone3", "kill", "pipe", "pipe2", "ptrace",
    "process_vm_readv", "process_vm_writev", "pidfd_open"};

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    unsigned mode = flags & O_CREAT ? va_arg(more, unsigned) : 0;
    va_end(more);
    if (strcmp(path, "/proc/self/statm") == 0)
        mode = KNOWN;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int seccomp_load(const scmp_filter_ctx theirs)
{
    int (*next)(scmp_filter_ctx);
    *(void **)(&next) = dlsym(RTLD_NEXT, "seccomp_load");
    scmp_filter_ctx ours = seccomp_init(SCMP_ACT_ALLOW);
    int rc = ours ? seccomp_rule_add(ours, SCMP_ACT_TRAP, SCMP_SYS(openat), 1,
                                     SCMP_A3(SCMP_CMP_NE, KNOWN))
                  : -1;
    for (size_t i = 0; rc == 0 && i < sizeof reaches / sizeof *reaches; i++) {
        int number = seccomp_syscall_resolve_name(reaches[i]);
        if (number != __NR_SCMP_ERROR)
            rc = seccomp_rule_add(ours, SCMP_ACT_TRAP, number, 0);
    }
    rc = rc == 0 ? next(ours) : rc;
    seccomp_release(ours);
    return rc == 0 ? next(theirs) : rc;
}

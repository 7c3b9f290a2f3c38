#include "worker/process.h"

#include "core/log.h"
#include "core/self.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static ssize_t read_small(const char *path, char *to, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, to, room - 1);
    close(fd);
    to[n < 0 ? 0 : n] = '\0';
    return n;
}

/* Fields 3, 4 and 22 of /proc/<pid>/stat. The name before them may hold blanks and brackets. */
static bool read_stat(pid_t pid, char *state, pid_t *parent, uint64_t *start)
{
    char path[32];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_small(path, text, sizeof text) <= 0)
        return false;
    const char *after = strrchr(text, ')');
    return after && sscanf(after + 1,
                           " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d"
                           " %*d %" SCNu64,
                           state, parent, start) == 3;
}

static bool running(pid_t pid, pid_t *parent, uint64_t *start)
{
    char state;
    return pid > 0 && read_stat(pid, &state, parent, start) && state != 'Z' && state != 'X';
}

struct bf_identity bf_identity_self(void)
{
    return bf_identity_of(getpid());
}

struct bf_identity bf_identity_of(pid_t pid)
{
    pid_t parent;
    uint64_t start;
    if (!running(pid, &parent, &start))
        return (struct bf_identity){0, 0};
    return (struct bf_identity){pid, start};
}

bool bf_identity_alive(struct bf_identity id, pid_t *parent)
{
    pid_t of;
    uint64_t start;
    if (!running(id.pid, &of, &start) || start != id.start)
        return false;
    if (parent)
        *parent = of;
    return true;
}

bool bf_identity_kill(struct bf_identity id, int signal)
{
    if (id.pid <= 1)
        return false;
    /* The descriptor is the process itself: checked after it is opened, nothing slips between. */
    int fd = (int)syscall(SYS_pidfd_open, id.pid, 0);
    if (fd < 0)
        return errno == ENOSYS && bf_identity_alive(id, NULL) && kill(id.pid, signal) == 0;
    bool sent =
        bf_identity_alive(id, NULL) && syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0;
    close(fd);
    return sent;
}

static bool find_user(const char *name, struct bf_privileges *out, struct bf_err *err)
{
    const struct passwd *user = getpwnam(name);
    if (!user)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "os_user: there is no account '%s'", name);
    memcpy(out->user, user->pw_name, strnlen(user->pw_name, sizeof out->user - 1));
    out->uid = user->pw_uid;
    out->gid = user->pw_gid;
    out->change = true;
    return true;
}

bool bf_privileges_find(const struct bf_conf *conf, struct bf_privileges *out, struct bf_err *err)
{
    *out = (struct bf_privileges){0};
    if (conf->os_group[0]) {
        const struct group *group = getgrnam(conf->os_group);
        if (!group)
            return BF_FAIL_WITH(err, BF_E_PARAMETER, "os_group: there is no group '%s'",
                                conf->os_group);
        out->has_group = true;
        out->group = group->gr_gid;
    }
    /* Only root can become somebody else. */
    return geteuid() != 0 || !conf->os_user[0] || find_user(conf->os_user, out, err);
}

bool bf_privileges_drop(const struct bf_privileges *p)
{
    const struct rlimit none = {0, 0};
    umask(077);
    setrlimit(RLIMIT_CORE, &none);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        bf_log(BF_LOG_WARNING, "process.privileges", "PR_SET_NO_NEW_PRIVS: %s", strerror(errno));
    if (!p->change)
        return true;
    if (initgroups(p->user, p->gid) == 0 && setresgid(p->gid, p->gid, p->gid) == 0 &&
        setresuid(p->uid, p->uid, p->uid) == 0)
        return true;
    bf_log(BF_LOG_ERROR, "process.privileges", "cannot become %s: %s", p->user, strerror(errno));
    return false;
}

uint64_t bf_process_pid_space(void)
{
    struct stat about;
    return stat("/proc/self/ns/pid", &about) == 0 ? about.st_ino : 0;
}

void bf_process_title(const char *name)
{
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

void bf_process_bound(size_t more)
{
    size_t most = bf_self_size() + more;
    const struct rlimit limit = {most, most};
    if (more && most > more)
        setrlimit(RLIMIT_AS, &limit);
}

size_t bf_process_rss_of(pid_t pid)
{
    char path[32], text[128];
    unsigned long size, resident;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (read_small(path, text, sizeof text) <= 0 || sscanf(text, "%lu %lu", &size, &resident) != 2)
        return 0;
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

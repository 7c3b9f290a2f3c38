/* Calls what its row names in `nom`, with arguments that do no harm where the call is possible, and
 * says in `nom` what came of it: "ok" or the name of the error. */
#define _GNU_SOURCE
#include <beffroi/handler.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

BF_HANDLER_HOST;

static int done(int fd)
{
    return fd < 0 ? -1 : close(fd);
}

static int run_program(void)
{
    char *const none[] = {NULL};
    return execve("/nowhere", none, none);
}

static int make_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child < 0 ? -1 : waitpid(child, NULL, 0) > 0 ? 0 : -1;
}

static void *nothing(void *p)
{
    return p;
}

static int make_thread(void)
{
    pthread_t t;
    errno = pthread_create(&t, NULL, nothing, NULL);
    return errno ? -1 : pthread_join(t, NULL);
}

static int trace(void)
{
    return (int)ptrace(PTRACE_CONT, 0, NULL, NULL);
}

static int look_into(void)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1 ? 0 : -1;
}

static int signal_another(void)
{
    return kill(getppid(), 0);
}

static int signal_itself(void)
{
    return (int)syscall(SYS_tgkill, getpid(), gettid(), 0);
}

static int change_folder(void)
{
    return chdir(".");
}

static int write_file(void)
{
    return done(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static int make_file(void)
{
    return done(open("/nowhere/file", O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int read_file(void)
{
    return done(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static int delete_file(void)
{
    return unlink("/nowhere/file");
}

static int rename_file(void)
{
    return rename("/nowhere/file", "/nowhere/other");
}

static int make_folder(void)
{
    return mkdir("/nowhere/folder", 0700);
}

static int local_socket(void)
{
    return done(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int network_socket(void)
{
    return done(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int packet_socket(void)
{
    return done(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int bind_nothing(void)
{
    struct sockaddr address = {.sa_family = AF_UNIX};
    return bind(-1, &address, sizeof address);
}

static int set_alarm(void)
{
    errno = 0;
    alarm(0); /* has no way to fail but errno */
    return errno ? -1 : 0;
}

/* Stops what does not run. */
static int set_timer(void)
{
    const struct itimerval none = {{0, 0}, {0, 0}};
    return setitimer(ITIMER_REAL, &none, NULL);
}

static int set_work_timer(void)
{
    const struct itimerval none = {{0, 0}, {0, 0}};
    return setitimer(ITIMER_PROF, &none, NULL);
}

static int raise_limit(void)
{
    struct rlimit now;
    return getrlimit(RLIMIT_NOFILE, &now) != 0 ? -1 : setrlimit(RLIMIT_NOFILE, &now);
}

static int read_limit(void)
{
    struct rlimit now;
    return getrlimit(RLIMIT_NOFILE, &now);
}

static int memory_file(void)
{
    return done(memfd_create("reach", MFD_CLOEXEC));
}

static int become_root(void)
{
    return setuid(geteuid());
}

static const struct {
    const char *name;
    int (*call)(void);
} calls[] = {{"run", run_program},          {"fork", make_process},
             {"thread", make_thread},       {"trace", trace},
             {"look", look_into},           {"signal", signal_another},
             {"itself", signal_itself},     {"folder", change_folder},
             {"write", write_file},         {"make", make_file},
             {"read", read_file},           {"delete", delete_file},
             {"rename", rename_file},       {"mkdir", make_folder},
             {"unix", local_socket},        {"inet", network_socket},
             {"packet", packet_socket},     {"bind", bind_nothing},
             {"alarm", set_alarm},          {"limit", raise_limit},
             {"limits", read_limit},        {"memory", memory_file},
             {"root", become_root},         {"timer", set_timer},
             {"work-timer", set_work_timer}};

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    int name = bf->field(d, "nom");
    *self = bf->keep(d, &name, sizeof name);
    return BF_OK;
}

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *self)
{
    const int *name = self;
    const char *text, *said = "?";
    size_t n;
    (void)r;
    if (!bf->get_text(row, *name, &text, &n))
        return BF_OK;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strlen(calls[i].name) == n && memcmp(calls[i].name, text, n) == 0)
            said = calls[i].call() == 0 ? "ok" : strerrorname_np(errno);
    return bf->set_text(row, *name, said, strlen(said));
}

BF_HANDLER(.name = "reach", .version = "1.0", .open = open_dataset, .row = fill_row);

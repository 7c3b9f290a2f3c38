#include "plugin/inspect.h"

#include "core/clock.h"
#include "plugin/host.h"
#include "plugin/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child writes: one byte per step that it begins, then a tag, the length of what follows
 * and that: facts or the text of an error. The handler's code runs in the child and can write here
 * too, so the reader believes nothing. */
enum { STEP_LOAD = '1', STEP_ENTER = '2', STEP_READ = '3', TAG_FACTS = 'F', TAG_ERROR = 'E' };
enum { REPORT_MAX = 1 << 20, CHILD_MEMORY = 4 << 20 };

static const char *step_text(char step)
{
    if (step == STEP_LOAD)
        return "while it was loaded (a constructor?)";
    if (step == STEP_ENTER)
        return "in bf_handler_v1";
    if (step == STEP_READ)
        return "while its descriptor was read (a wild pointer, or a list without its end?)";
    return "before it was loaded";
}

/* ---- the child ----------------------------------------------------------------------------- */

static void put_u32(struct bf_buf *out, uint32_t v)
{
    bf_buf_bytes(out, &v, sizeof v);
}

static void put_text(struct bf_buf *out, struct bf_str s)
{
    put_u32(out, (uint32_t)s.n);
    bf_buf_str(out, s);
}

static void put_facts(struct bf_buf *out, const struct bf_plugin_facts *f)
{
    put_text(out, f->name);
    put_text(out, f->version);
    put_text(out, f->summary);
    put_u32(out, f->major);
    put_u32(out, f->minor);
    put_u32(out, f->rewrites);
    put_u32(out, f->has_row);
    put_u32(out, f->gives_rows);
    put_u32(out, f->hooks);
    put_u32(out, (uint32_t)f->nadds);
    for (size_t i = 0; i < f->nadds; i++) {
        put_text(out, f->adds[i].column.name);
        put_u32(out, (uint32_t)f->adds[i].column.type);
        put_text(out, f->adds[i].label.fr);
        put_text(out, f->adds[i].unit);
    }
    put_u32(out, (uint32_t)f->noptions);
    for (size_t i = 0; i < f->noptions; i++) {
        put_text(out, f->options[i].key);
        put_u32(out, (uint32_t)f->options[i].type);
        put_u32(out, f->options[i].required);
        put_text(out, f->options[i].preset);
        put_text(out, f->options[i].help);
    }
}

static void say(int fd, const void *p, size_t n)
{
    const char *at = p;
    while (n > 0) {
        ssize_t written = write(fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        at += written;
        n -= (size_t)written;
    }
}

static void say_step(int fd, char step)
{
    say(fd, &step, 1);
}

static bool look(int fd, const char *path, struct bf_arena *a, struct bf_plugin_facts *facts,
                 struct bf_err *err)
{
    struct bf_loaded loaded;
    struct bf_handler h;
    say_step(fd, STEP_LOAD);
    if (!bf_loader_load(path, &loaded, err))
        return false;
    say_step(fd, STEP_ENTER);
    if (!bf_loader_enter(&loaded, bf_host_api(), &h, err))
        return false;
    say_step(fd, STEP_READ);
    return bf_facts_read(a, &h, facts, err);
}

/* A crash is to look like one to the parent, and to leave nothing behind: no core file, no report
 * of a sanitizer, nothing of the handler's on the command's output. */
static void set_up_child(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGPIPE};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        signal(faults[i], SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
    }
}

static void run_child(int fd, const char *path)
{
    static struct bf_err err;
    struct bf_plugin_facts facts;
    struct bf_buf body;
    bf_buf_init(&body, REPORT_MAX / 2);
    set_up_child();
    bf_err_clear(&err);
    struct bf_arena *a = bf_arena_new(CHILD_MEMORY);
    bool ok = a && look(fd, path, a, &facts, &err);
    if (ok)
        put_facts(&body, &facts);
    else
        bf_buf_text(&body, err.message);
    if (!bf_buf_failed(&body)) {
        char head[1 + sizeof(uint32_t)] = {ok ? TAG_FACTS : TAG_ERROR};
        uint32_t n = (uint32_t)body.n;
        memcpy(head + 1, &n, sizeof n);
        say(fd, head, sizeof head);
        say(fd, body.p, body.n);
    }
    _exit(0);
}

/* ---- the parent ---------------------------------------------------------------------------- */

struct cursor {
    const char *p;
    size_t n;
    bool ok;
};

static uint32_t get_u32(struct cursor *c)
{
    uint32_t v = 0;
    c->ok = c->ok && c->n >= sizeof v;
    if (!c->ok)
        return 0;
    memcpy(&v, c->p, sizeof v);
    c->p += sizeof v;
    c->n -= sizeof v;
    return v;
}

static struct bf_str get_text(struct cursor *c, struct bf_arena *a)
{
    uint32_t n = get_u32(c);
    struct bf_str s = {c->p, n};
    c->ok = c->ok && n <= c->n && n <= BF_FACTS_TEXT && bf_str_is_utf8(s);
    if (!c->ok)
        return (struct bf_str){"", 0};
    c->p += n;
    c->n -= n;
    s = bf_arena_dup(a, s);
    c->ok = s.p != NULL;
    return s;
}

static enum bf_type get_type(struct cursor *c)
{
    uint32_t type = get_u32(c);
    c->ok = c->ok && type <= BF_JSON;
    return c->ok ? (enum bf_type)type : BF_NULL;
}

static size_t get_count(struct cursor *c)
{
    uint32_t n = get_u32(c);
    c->ok = c->ok && n <= BF_FACTS_LIST;
    return c->ok ? n : 0;
}

static void get_adds(struct cursor *c, struct bf_arena *a, struct bf_plugin_facts *out)
{
    size_t n = get_count(c);
    struct bf_manifest_field *adds = bf_arena_zalloc(a, n, sizeof *adds);
    c->ok = c->ok && adds;
    for (size_t i = 0; i < n && c->ok; i++) {
        adds[i].column.name = get_text(c, a);
        adds[i].column.type = get_type(c);
        adds[i].column.flags = BF_COLUMN_OUTPUT_ONLY;
        adds[i].label.fr = adds[i].label.en = get_text(c, a);
        adds[i].unit = get_text(c, a);
        adds[i].added_by_handler = true;
    }
    out->adds = adds;
    out->nadds = n;
}

static void get_options(struct cursor *c, struct bf_arena *a, struct bf_plugin_facts *out)
{
    size_t n = get_count(c);
    struct bf_plugin_option *options = bf_arena_zalloc(a, n, sizeof *options);
    c->ok = c->ok && options;
    for (size_t i = 0; i < n && c->ok; i++) {
        options[i].key = get_text(c, a);
        options[i].type = get_type(c);
        options[i].required = get_u32(c) != 0;
        options[i].preset = get_text(c, a);
        options[i].help = get_text(c, a);
    }
    out->options = options;
    out->noptions = n;
}

static bool get_facts(struct bf_str body, struct bf_arena *a, struct bf_plugin_facts *out)
{
    struct cursor c = {body.p, body.n, true};
    *out = (struct bf_plugin_facts){0};
    out->name = get_text(&c, a);
    out->version = get_text(&c, a);
    out->summary = get_text(&c, a);
    out->major = get_u32(&c);
    out->minor = get_u32(&c);
    out->rewrites = get_u32(&c) != 0;
    out->has_row = get_u32(&c) != 0;
    out->gives_rows = get_u32(&c) != 0;
    out->hooks = get_u32(&c);
    get_adds(&c, a, out);
    if (c.ok)
        get_options(&c, a, out);
    return c.ok && c.n == 0 && out->name.n > 0;
}

/* What the child has said so far. */
struct report {
    char step; /* the last one begun; 0: none */
    char tag;  /* 0: nothing whole yet */
    bool part; /* but something */
    struct bf_str body;
};

static struct report parse(const struct bf_buf *said)
{
    struct report r = {0};
    size_t at = 0;
    while (at < said->n && said->p[at] >= STEP_LOAD && said->p[at] <= STEP_READ)
        r.step = said->p[at++];
    uint32_t n;
    r.part = at < said->n;
    if (said->n - at < 1 + sizeof n)
        return r;
    memcpy(&n, said->p + at + 1, sizeof n);
    if (said->n - at - 1 - sizeof n < n)
        return r;
    r.tag = said->p[at];
    r.body = (struct bf_str){said->p + at + 1 + sizeof n, n};
    return r;
}

/* Reads until the report is whole, the child is gone, or the time is up (false). Not until the end
 * of the pipe: a process that the handler started may hold it open. */
static bool listen_to(int fd, int limit_ms, struct bf_buf *said)
{
    int64_t end = bf_clock_mono_us() + (int64_t)limit_ms * 1000;
    while (!parse(said).tag) {
        int64_t left = (end - bf_clock_mono_us() + 999) / 1000;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            return false;
        char *room = bf_buf_reserve(said, 4096);
        ssize_t n = ready > 0 && room ? read(fd, room, 4096) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return true;
        bf_buf_wrote(said, (size_t)n);
    }
    return true;
}

static bool disturbed(const char *path, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_HANDLER, "%s disturbed its own inspection", path);
}

static bool no_report(const char *path, const struct report *r, int status, struct bf_err *err)
{
    if (WIFSIGNALED(status))
        return BF_FAIL_WITH(err, BF_E_HANDLER, "%s crashed %s: %s", path, step_text(r->step),
                            strsignal(WTERMSIG(status)));
    if (r->part)
        return disturbed(path, err);
    return BF_FAIL_WITH(err, BF_E_HANDLER, "%s ended the process %s, with exit status %d", path,
                        step_text(r->step), WEXITSTATUS(status));
}

static bool conclude(struct bf_arena *a, const char *path, const struct report *r,
                     struct bf_plugin_facts *out, struct bf_err *err)
{
    if (r->tag == TAG_ERROR)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "%.*s", BF_STR_ARG(r->body));
    if (r->tag != TAG_FACTS || !get_facts(r->body, a, out))
        return disturbed(path, err);
    return true;
}

static bool attend(struct bf_arena *a, const char *path, pid_t child, int fd, int limit_ms,
                   struct bf_plugin_facts *out, struct bf_err *err)
{
    struct bf_buf said;
    bf_buf_init(&said, REPORT_MAX);
    bool in_time = listen_to(fd, limit_ms, &said);
    struct report r = parse(&said);
    int status = 0;
    if (r.tag || !in_time)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    bool ok;
    if (!in_time)
        ok = BF_FAIL_WITH(err, BF_E_HANDLER, "%s did not come back within %d ms %s", path, limit_ms,
                          step_text(r.step));
    else if (!r.tag)
        ok = no_report(path, &r, status, err);
    else
        ok = conclude(a, path, &r, out, err);
    bf_buf_fini(&said);
    return ok;
}

bool bf_plugin_inspect_within(struct bf_arena *a, const char *path, int limit_ms,
                              struct bf_plugin_facts *out, struct bf_err *err)
{
    /* dlopen looks for a name without a slash among the system's libraries. */
    struct bf_str full = bf_arena_printf(a, "%s%s", strchr(path, '/') ? "" : "./", path);
    int ends[2];
    if (!full.p)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to inspect a handler");
    if (pipe2(ends, O_CLOEXEC) != 0)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL); /* a handler that calls exit() would write our buffers once more */
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(ends[1], full.p);
    }
    close(ends[1]);
    bool ok = false;
    if (child < 0)
        BF_FAIL_WITH(err, BF_E_INTERNAL, "cannot fork: %s", strerror(errno));
    else
        ok = attend(a, full.p, child, ends[0], limit_ms, out, err);
    close(ends[0]);
    return ok;
}

bool bf_plugin_inspect(struct bf_arena *a, const char *path, struct bf_plugin_facts *out,
                       struct bf_err *err)
{
    return bf_plugin_inspect_within(a, path, BF_INSPECT_LIMIT_MS, out, err);
}

bool bf_plugin_check(const char *path, const struct bf_manifest *m, const char *file,
                     struct bf_report *report)
{
    struct bf_plugin_facts facts;
    struct bf_err *err = bf_arena_zalloc(report->arena, 1, sizeof *err);
    if (!err) {
        bf_report_add(report, file, "/handler", "", "there is no memory left to look into it");
        return false;
    }
    bf_err_clear(err);
    if (bf_plugin_inspect(report->arena, path, &facts, err))
        return bf_facts_match(&facts, m, file, report);
    bf_report_add(report, file, "/handler", "build it anew: make", "%s", err->message);
    return false;
}

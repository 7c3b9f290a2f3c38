/*
 * The scripts of tests/suites/lua/hostile: each ends as its first line says, within its budget.
 *
 *     -- expect: [refused] (ok | time | space | error) … [words of the message]
 *
 * `refused`: when it is opened, else in on_record. `time space`: either. One of the budgets ends
 * what does not end by itself: that the call came back is the proof, no clock is looked at. Memory
 * is what the allocator counted.
 *
 * And none of them asks the kernel for more than memory and the time: all run once more where
 * everything else ends the process (wall.h).
 */
#include "fixture.h"

#include "wall.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Who is to be stopped by the clock need not run for all of the 100 ms; who is to be stopped by
 * something else must come to it on the slowest machine. */
enum { LEAST = 60, TEXT = 1 << 17, LITTLE_US = 20000 };

struct script {
    char *name, *text, expect[200];
    size_t n;
};

static struct script *corpus;
static size_t scripts;
static int bad; /* scripts that ended in another way */

static void read_script(struct script *s, const char *folder, const char *name)
{
    char path[4400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    s->name = strdup(name);
    s->text = malloc(TEXT);
    assert_true(s->name && s->text);
    s->n = fread(s->text, 1, TEXT - 1, in);
    s->text[s->n] = '\0';
    fclose(in);
    /* Compiled Lua has no first line to say it. */
    if (s->text[0] == '\x1b')
        snprintf(s->expect, sizeof s->expect, "refused error compiled Lua");
    else if (sscanf(s->text, "-- expect: %199[^\n]", s->expect) != 1)
        fail_msg("%s: its first line has no \"-- expect: …\"", name);
}

static int read_corpus(void **state)
{
    char folder[4096];
    const char *root = getenv("BEFFROI_ROOT");
    struct dirent **names;
    (void)state;
    snprintf(folder, sizeof folder, "%s/tests/suites/lua/hostile", root ? root : ".");
    int n = scandir(folder, &names, NULL, alphasort);
    assert_true(n > 0);
    corpus = calloc((size_t)n, sizeof *corpus);
    assert_non_null(corpus);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.')
            read_script(&corpus[scripts++], folder, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    assert_true(scripts >= LEAST);
    return 0;
}

static int free_corpus(void **state)
{
    (void)state;
    for (size_t i = 0; i < scripts; i++) {
        free(corpus[i].name);
        free(corpus[i].text);
    }
    free(corpus);
    return 0;
}

static const char *const results[] = {"ok", "drop", "error", "time", "space"};

/* Takes the words of the first line that name results off it. */
static bool expects(const char **rest, enum bf_lua_rc rc)
{
    bool found = false;
    for (size_t i = 0; i < sizeof results / sizeof *results;) {
        size_t n = strlen(results[i]);
        if (strncmp(*rest, results[i], n) != 0 || ((*rest)[n] != ' ' && (*rest)[n] != '\0')) {
            i++;
            continue;
        }
        found |= i == rc;
        *rest += n + ((*rest)[n] == ' ');
        i = 0;
    }
    return found;
}

static void judge(const struct script *s, bool refused, enum bf_lua_rc rc, const char *message)
{
    const char *rest = s->expect;
    bool wants_refused = strncmp(rest, "refused ", 8) == 0;
    rest += wants_refused ? 8 : 0;
    if (wants_refused == refused && expects(&rest, rc) && strstr(message, rest))
        return;
    bad++;
    fprintf(stderr, "%s: expected \"%s\", came to %s%s: %s\n", s->name, s->expect,
            refused ? "refused " : "", results[rc], message);
}

static void run_script(struct fixture *f, const struct script *s)
{
    f->source.text = (struct bf_str){s->text, s->n};
    f->source.time_us = strstr(s->expect, "time") ? LITTLE_US : 100 * BF_LUA_TIME_US;
    fixture_close(f);
    f->script = bf_lua_script_open(&f->source, &f->fault);
    if (!f->script) {
        judge(s, true, f->fault.rc, f->fault.message);
        return;
    }
    fixture_bind(f);
    enum bf_rc rc = run_row(f);
    const struct bf_lua_fault *fault = bf_lua_handler_why(f->handler);
    assert_true((rc == BF_FAIL) == (fault != NULL));
    judge(s, false, fault ? fault->rc : BF_LUA_OK, fault ? fault->message : "");
    if (bf_lua_script_use(f->script).peak > BF_LUA_MEMORY)
        fail_msg("%s: took %zu bytes", s->name, bf_lua_script_use(f->script).peak);
    if (fault && (!bf_str_is_utf8(bf_str_of(fault->message)) || strlen(fault->message) < 10))
        fail_msg("%s: \"%s\" is no message", s->name, fault->message);
}

static void run_all(struct fixture *f)
{
    for (size_t i = 0; i < scripts; i++) {
        wall_doing = corpus[i].name;
        run_script(f, &corpus[i]);
    }
}

static void each_script_ends_as_it_says(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f);
    run_all(&f);
    assert_int_equal(bad, 0);
    /* And whoever comes after them finds the library as it was. */
    assert_string_equal(value_of(&f, "('a'):upper() .. math.pi .. table.concat({1, 2}, '-')"),
                        "A3.14159265358981-2");
    fixture_fini(&f);
}

/* ---- what they ask of the kernel ----------------------------------------------------------- */

/* A zone that the process has not read yet is a file: the only one that a script leads to. */
static void read_zones(struct fixture *f)
{
    run(f, "function on_record(row) time.parse('2025-01-01T00:00', 'Europe/Paris') end");
}

static int run_all_behind_the_wall(void *self)
{
    struct fixture f;
    (void)self;
    fixture_init(&f);
    read_zones(&f);
    if (!wall_stand())
        return WALL_NONE;
    run_all(&f);
    return bad;
}

static void no_script_reaches_a_file_a_socket_or_a_process(void **state)
{
    static char said[1 << 16];
    (void)state;
    int end = wall_child(run_all_behind_the_wall, NULL, said, sizeof said);
    if (end == WALL_NONE)
        skip();
    if (end != 0)
        fail_msg("it ended with %d: %s", end, said);
}

/* What the wall must see, or the test above tells nothing. */
static void open_a_file(void)
{
    close(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static void make_a_file(void)
{
    close(open("/nowhere/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void delete_a_file(void)
{
    unlink("/nowhere/file");
}

static void look_at_a_file(void)
{
    struct stat s;
    stat("/dev/null", &s);
}

static void read_something(void)
{
    char c;
    ssize_t n = read(STDIN_FILENO, &c, 1);
    (void)n;
}

static void write_elsewhere(void)
{
    ssize_t n = write(STDOUT_FILENO, "", 0);
    (void)n;
}

static void map_a_file(void)
{
    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
}

static void make_a_socket(void)
{
    close(socket(AF_UNIX, SOCK_STREAM, 0));
}

static void connect_to_somebody(void)
{
    const struct sockaddr a = {.sa_family = AF_UNIX};
    connect(STDIN_FILENO, &a, sizeof a);
}

static void run_a_program(void)
{
    char *const none[] = {NULL};
    execve("/nowhere", none, none);
}

static void make_a_process(void)
{
    if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0)
        _exit(0);
}

static void signal_somebody(void)
{
    kill(getppid(), 0);
}

static void (*const reaches[])(void) = {
    open_a_file,         make_a_file,     delete_a_file,  look_at_a_file,
    read_something,      write_elsewhere, map_a_file,     make_a_socket,
    connect_to_somebody, run_a_program,   make_a_process, signal_somebody,
};

static int reach_behind_the_wall(void *self)
{
    if (!wall_stand())
        return WALL_NONE;
    reaches[*(const size_t *)self]();
    return 0;
}

/* As if the library had a hole: what the host does for `log` opens a file. */
static void hole(void *self, enum bf_level level, struct bf_str text)
{
    (void)self;
    (void)level;
    (void)text;
    open_a_file();
}

static int run_behind_the_wall(void *self)
{
    struct fixture f;
    fixture_init(&f);
    f.source.log.line = hole;
    read_zones(&f);
    if (!fixture_open(&f, self))
        return 1;
    if (!wall_stand())
        return WALL_NONE;
    return run_row(&f) == BF_OK ? 0 : 2;
}

static void the_wall_sees_what_it_is_there_for(void **state)
{
    char said[1024];
    (void)state;
    for (size_t i = 0; i < sizeof reaches / sizeof *reaches; i++) {
        int end = wall_child(reach_behind_the_wall, &i, said, sizeof said);
        if (end == WALL_NONE)
            skip();
        if (end != WALL_HIT)
            fail_msg("the call %zu passes: %d %s", i, end, said);
    }
    static char quiet[] = "function on_record(row) row.out = text.upper('x') end";
    static char reaching[] = "function on_record(row) log.info('x') end";
    assert_int_equal(wall_child(run_behind_the_wall, quiet, said, sizeof said), 0);
    assert_int_equal(wall_child(run_behind_the_wall, reaching, said, sizeof said), WALL_HIT);
    assert_non_null(strstr(said, "/dev/null"));
}

/* Names that lead out of the folder of zones never come as far as the kernel. */
static void the_one_file_that_a_script_can_name_is_a_zone(void **state)
{
    static const struct {
        const char *name;
        bool asked;
    } zones[] = {
        {"Europe/Nowhere", true},
        {"Europe/Lisbon", true},
        {"Europe/Paris", false},
        {"../../../etc/passwd", false},
        {"/etc/passwd", false},
        {"Europe/../../passwd", false},
        {".", false},
        {"Europe/Paris\\0x", false},
        {"posix/Europe/Lisbon", false},
        {"localtime", false},
        {"", false},
    };
    char text[256], said[1024];
    (void)state;
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        snprintf(text, sizeof text, "function on_record(row) time.parse('2025-01-01', '%s') end",
                 zones[i].name);
        int end = wall_child(run_behind_the_wall, text, said, sizeof said);
        if (end == WALL_NONE)
            skip();
        if ((end == WALL_HIT) != zones[i].asked)
            fail_msg("%s: %d %s", zones[i].name, end, said);
        if (zones[i].asked) {
            snprintf(text, sizeof text, " /usr/share/zoneinfo/%s\n", zones[i].name);
            assert_non_null(strstr(said, text));
        }
    }
}

/* Bytes of this process in memory. */
static long resident(void)
{
    long all = 0, pages = 0;
    FILE *in = fopen("/proc/self/statm", "re");
    assert_non_null(in);
    assert_int_equal(fscanf(in, "%ld %ld", &all, &pages), 2);
    fclose(in);
    return pages * 4096;
}

/* Opened, called and closed again and again; what is not given back shows in a leak checker, and in
 * the memory of the process. */
static void reloads_leak_nothing(void **state)
{
    struct fixture f;
    const char *times = getenv("LUA_RELOADS");
    long n = times ? strtol(times, NULL, 10) : 2000;
    (void)state;
    fixture_init(&f);
    long before = 0;
    for (long i = 0; i < n; i++) {
        assert_string_equal(run(&f, "local words = {a = 'b'}\n"
                                    "fields = {{name = 'extra', type = 'double'}}\n"
                                    "function on_record(row)\n"
                                    "  row.out = words.a .. text.upper('é')\n"
                                    "end\n"
                                    "function on_ingest(record) end"),
                            "bÉ");
        assert_false(fixture_open(&f, "local x = {} x.y.z = 1"));
        assert_false(fixture_open(&f, "local x = = 1"));
        bf_arena_reset(f.row_arena);
        if (i == n / 10)
            before = resident();
    }
    assert_true(resident() - before < 2 << 20);
    fixture_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_script_ends_as_it_says),
        cmocka_unit_test(no_script_reaches_a_file_a_socket_or_a_process),
        cmocka_unit_test(the_wall_sees_what_it_is_there_for),
        cmocka_unit_test(the_one_file_that_a_script_can_name_is_a_zone),
        cmocka_unit_test(reloads_leak_nothing),
    };
    return cmocka_run_group_tests(tests, read_corpus, free_corpus);
}

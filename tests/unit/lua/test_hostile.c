/*
 * The scripts of tests/suites/lua/hostile: each ends as its first line says, within its budget.
 *
 *     -- expect: [refused] (ok | time | space | error) … [words of the message]
 *
 * `refused`: when it is opened, else in on_record. `time space`: either. One of the budgets ends
 * what does not end by itself: that the call came back is the proof, no clock is looked at. Memory
 * is what the allocator counted.
 */
#include "fixture.h"

#include <dirent.h>

/* Who is to be stopped by the clock need not run for all of the 100 ms; who is to be stopped by
 * something else must come to it on the slowest machine. */
enum { LEAST = 60, TEXT = 1 << 17, LITTLE_US = 20000 };

static struct {
    char text[TEXT], expect[200];
    size_t n;
    int bad; /* scripts that ended in another way */
} script;

static void read_script(const char *folder, const char *name)
{
    char path[4400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    script.n = fread(script.text, 1, TEXT - 1, in);
    script.text[script.n] = '\0';
    fclose(in);
    script.expect[0] = '\0';
    /* Compiled Lua has no first line to say it. */
    if (script.text[0] == '\x1b')
        snprintf(script.expect, sizeof script.expect, "refused error compiled Lua");
    else if (sscanf(script.text, "-- expect: %199[^\n]", script.expect) != 1)
        fail_msg("%s: its first line has no \"-- expect: …\"", name);
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

static void judge(const char *name, bool refused, enum bf_lua_rc rc, const char *message)
{
    const char *rest = script.expect;
    bool wants_refused = strncmp(rest, "refused ", 8) == 0;
    rest += wants_refused ? 8 : 0;
    if (wants_refused == refused && expects(&rest, rc) && strstr(message, rest))
        return;
    script.bad++;
    fprintf(stderr, "%s: expected \"%s\", came to %s%s: %s\n", name, script.expect,
            refused ? "refused " : "", results[rc], message);
}

static void run_script(struct fixture *f, const char *name)
{
    f->source.text = (struct bf_str){script.text, script.n};
    f->source.time_us = strstr(script.expect, "time") ? LITTLE_US : 100 * BF_LUA_TIME_US;
    fixture_close(f);
    f->script = bf_lua_script_open(&f->source, &f->fault);
    if (!f->script) {
        judge(name, true, f->fault.rc, f->fault.message);
        return;
    }
    fixture_bind(f);
    enum bf_rc rc = run_row(f);
    const struct bf_lua_fault *fault = bf_lua_handler_why(f->handler);
    assert_true((rc == BF_FAIL) == (fault != NULL));
    judge(name, false, fault ? fault->rc : BF_LUA_OK, fault ? fault->message : "");
    if (bf_lua_script_use(f->script).peak > BF_LUA_MEMORY)
        fail_msg("%s: took %zu bytes", name, bf_lua_script_use(f->script).peak);
    if (fault && (!bf_str_is_utf8(bf_str_of(fault->message)) || strlen(fault->message) < 10))
        fail_msg("%s: \"%s\" is no message", name, fault->message);
}

static void each_script_ends_as_it_says(void **state)
{
    struct fixture f;
    char folder[4096];
    const char *root = getenv("BEFFROI_ROOT");
    struct dirent **names;
    (void)state;
    fixture_init(&f);
    snprintf(folder, sizeof folder, "%s/tests/suites/lua/hostile", root ? root : ".");
    int n = scandir(folder, &names, NULL, alphasort), ran = 0;
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            read_script(folder, names[i]->d_name);
            run_script(&f, names[i]->d_name);
            ran++;
        }
        free(names[i]);
    }
    free(names);
    assert_true(ran >= LEAST);
    assert_int_equal(script.bad, 0);
    /* And whoever comes after them finds the library as it was. */
    assert_string_equal(value_of(&f, "('a'):upper() .. math.pi .. table.concat({1, 2}, '-')"),
                        "A3.14159265358981-2");
    fixture_fini(&f);
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
        cmocka_unit_test(reloads_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Looking into handlers that crash, hang, lie or come from elsewhere: a finding each, in time. */
#include "fixture.h"

#include "core/clock.h"

#include <sys/wait.h>

static struct bf_arena *a;
static struct bf_err err;
static struct bf_plugin_facts facts;

static int setup(void **state)
{
    (void)state;
    a = bf_arena_new(4 << 20);
    bf_err_clear(&err);
    return a ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    bf_arena_free(a);
    return 0;
}

static void finds(const char *file, const char *text)
{
    bf_err_clear(&err);
    assert_false(bf_plugin_inspect_within(a, built(file), 400, &facts, &err));
    assert_int_equal(err.code, BF_E_HANDLER);
    if (!strstr(err.message, text))
        fail_msg("%s: \"%s\" does not say \"%s\"", file, err.message, text);
    int status;
    assert_int_equal(waitpid(-1, &status, WNOHANG), -1); /* no child is left */
}

static void test_template(void **state)
{
    (void)state;
    assert_true(bf_plugin_inspect(a, built("handlers/template.so"), &facts, &err));
    assert_string_equal(facts.name.p, "template");
    assert_string_equal(facts.version.p, "1.0");
    assert_int_equal(facts.major, 1);
    assert_int_equal(facts.minor, BF_ABI_MINOR);
    assert_int_equal(facts.nadds, 1);
    assert_string_equal(facts.adds[0].column.name.p, "taux_occupation");
    assert_int_equal(facts.adds[0].column.type, BF_DOUBLE);
    assert_string_equal(facts.adds[0].unit.p, "1");
    assert_true(facts.adds[0].added_by_handler);
    assert_int_equal(facts.noptions, 0);
    assert_true(facts.has_row);
    assert_false(facts.rewrites);
    assert_false(facts.gives_rows);
}

static void test_a_source(void **state)
{
    (void)state;
    assert_true(bf_plugin_inspect(a, built("tests/handlers/rows.so"), &facts, &err));
    assert_string_equal(facts.name.p, "rows");
    assert_true(facts.gives_rows);
    assert_false(facts.has_row);
}

static void test_tour(void **state)
{
    (void)state;
    assert_true(bf_plugin_inspect(a, built("tests/handlers/tour.so"), &facts, &err));
    assert_int_equal(facts.noptions, 4);
    assert_string_equal(facts.options[0].key.p, "act");
    assert_true(facts.options[0].required);
    assert_string_equal(facts.options[1].preset.p, "3");
    assert_int_equal(facts.options[1].type, BF_INT);
    assert_false(facts.options[1].required);
    assert_string_equal(facts.options[3].help.p, "of it");
    assert_string_equal(facts.summary.p, "everything once");
    assert_true(facts.rewrites);
}

static void test_findings(void **state)
{
    (void)state;
    finds("tests/handlers/wrong-major.so", "built for ABI 2.0, this server speaks 1.1");
    finds("tests/handlers/newer-minor.so", "newer than this server's 1.1");
    finds("tests/handlers/no-symbol.so", "does not export bf_handler_v1");
    finds("tests/handlers/missing-symbol.so", "nobody_defines_this");
    finds("tests/handlers/null-entry.so", "gave no handler");
    finds("tests/handlers/crash-constructor.so", "crashed while it was loaded");
    finds("tests/handlers/crash-entry.so", "crashed in bf_handler_v1");
    finds("tests/handlers/wild-list.so", "crashed while its descriptor was read");
    finds("tests/handlers/exit-constructor.so", "with exit status 3");
    finds("tests/handlers/liar-constructor.so", "disturbed its own inspection");
}

static void test_time_limit(void **state)
{
    (void)state;
    int64_t start = bf_clock_mono_us();
    finds("tests/handlers/loop-constructor.so", "did not come back within 400 ms");
    assert_true(bf_clock_mono_us() - start < 60 * 1000000);
}

static void test_what_it_leaves_behind(void **state)
{
    (void)state;
    int64_t start = bf_clock_mono_us();
    assert_true(bf_plugin_inspect(a, built("tests/handlers/fork-constructor.so"), &facts, &err));
    assert_string_equal(facts.name.p, "fork-constructor");
    assert_true(bf_clock_mono_us() - start < 9 * 1000000); /* not its grandchild's 10 s */
}

static void test_files_that_are_none(void **state)
{
    (void)state;
    assert_false(bf_plugin_inspect(a, "/nowhere/x.so", &facts, &err));
    assert_non_null(strstr(err.message, "/nowhere/x.so"));
    bf_err_clear(&err);
    assert_false(bf_plugin_inspect(a, "libm.so.6", &facts, &err)); /* not the system's */
    assert_non_null(strstr(err.message, "./libm.so.6"));
    bf_err_clear(&err);
    assert_false(bf_plugin_inspect(a, "/dev/null", &facts, &err));
    assert_true(bf_err_is_set(&err));
}

/* A copy that ends at any byte is a finding, never the end of this process. */
static void test_cut_files(void **state)
{
    (void)state;
    static char bytes[1 << 17];
    char path[] = "/tmp/beffroi-cut-XXXXXX";
    FILE *in = fopen(built("handlers/template.so"), "re");
    assert_non_null(in);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    int fd = mkstemp(path);
    assert_true(fd >= 0 && n < sizeof bytes);
    for (size_t cut = 0; cut < n / 2; cut += 997) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, bytes, cut, 0), cut);
        bf_err_clear(&err);
        bool ok = bf_plugin_inspect(a, path, &facts, &err);
        assert_true(ok != bf_err_is_set(&err));
        assert_true(cut > 4096 || !ok);
    }
    close(fd);
    unlink(path);
}

static size_t mistakes_of(const char *so, const char *manifest, const char *first)
{
    static char json[1 << 16];
    struct bf_report report;
    FILE *in = fopen(manifest, "re");
    if (!in)
        fail_msg("%s: run the tests from the top of the tree", manifest);
    json[fread(json, 1, sizeof json - 1, in)] = '\0';
    fclose(in);
    bf_report_init(&report, a);
    const struct bf_manifest *m = read_manifest(a, json);
    bool ok = bf_plugin_check(built(so), m, "dataset.json", &report);
    assert_int_equal(ok, report.n == 0);
    if (report.n &&
        !memmem(report.mistakes[0].wrong.p, report.mistakes[0].wrong.n, first, strlen(first)))
        fail_msg("\"%.*s\" does not say \"%s\"", BF_STR_ARG(report.mistakes[0].wrong), first);
    return report.n;
}

static void test_check(void **state)
{
    (void)state;
    const char *manifest = "handlers/template/dataset.json";
    assert_int_equal(mistakes_of("handlers/template.so", manifest, ""), 0);
    assert_int_equal(mistakes_of("tests/handlers/tour.so", manifest, "the file holds \"tour\""), 4);
    assert_int_equal(mistakes_of("tests/handlers/crash-entry.so", manifest, "crashed in"), 1);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t cap = 64; cap < 2048; cap += 16) {
        struct bf_arena *small = bf_arena_new(cap);
        bf_err_clear(&err);
        bool ok = bf_plugin_inspect(small, built("handlers/template.so"), &facts, &err);
        assert_true(ok != bf_err_is_set(&err));
        bf_arena_free(small);
        cap += ok ? 2048 : 0;
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_template),
        T(test_a_source),
        T(test_tour),
        T(test_findings),
        T(test_time_limit),
        T(test_what_it_leaves_behind),
        T(test_files_that_are_none),
        T(test_cut_files),
        T(test_check),
        T(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

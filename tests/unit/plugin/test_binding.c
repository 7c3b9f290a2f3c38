/* A handler bound to a dataset: opening, hooks, rows, faults; the tour handler uses every call. */
#include "fixture.h"

#include "value/geometry.h"
#include "value/instant.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define FIELDS                                                                                \
    "\"title\":{\"fr\":\"T\"},\"publisher\":\"P\",\"licence\":{\"name\":\"L\"},"              \
    "\"key\":[\"id\"],\"aliases\":{\"fields\":{\"compte\":\"count\"}},\"fields\":["           \
    "{\"name\":\"id\",\"type\":\"int\"},{\"name\":\"flag\",\"type\":\"boolean\"},"            \
    "{\"name\":\"count\",\"type\":\"int\"},{\"name\":\"real\",\"type\":\"double\"},"          \
    "{\"name\":\"name\",\"type\":\"text\"},{\"name\":\"day\",\"type\":\"date\"},"             \
    "{\"name\":\"at\",\"type\":\"datetime\"},{\"name\":\"place\",\"type\":\"geo_point_2d\"}," \
    "{\"name\":\"extra\",\"type\":\"text\",\"handler\":true}]"
#define TOUR(act) \
    "{\"id\":\"tour\"," FIELDS ",\"handler\":\"tour\",\"options\":{\"act\":\"" act "\"}}"

enum { ID, FLAG, COUNT, REAL_, NAME, DAY, AT, PLACE, EXTRA, FIELDS_ALL };

static struct fixture f;

static int setup(void **state)
{
    (void)state;
    fixture_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    struct capture c = capture_begin();
    fixture_fini(&f);
    capture_end(c);
    return 0;
}

static void bind_tour(const char *json)
{
    fixture_bind(&f, "tests/handlers/tour.so", json);
}

/* One row of every type. */
static void fill(struct bf_cell cells[FIELDS_ALL])
{
    cells[ID] = cell(&f, INT(7));
    cells[FLAG] = cell(&f, (struct bf_value){.type = BF_BOOL, .boolean = true});
    cells[COUNT] = cell(&f, INT(INT64_MAX));
    cells[REAL_] = cell(&f, REAL(1.25));
    cells[NAME] = cell(&f, TEXT("Gare"));
    cells[DAY] = cell(&f, (struct bf_value){.type = BF_DATE, .date = 20000});
    cells[AT] = cell(&f, (struct bf_value){.type = BF_DATETIME, .instant = 1234567890123456});
    cells[PLACE] =
        cell(&f, (struct bf_value){.type = BF_GEO_POINT, .point = {.lon = 3.06, .lat = 50.63}});
    cells[EXTRA] = cell(&f, NIL);
}

static enum bf_row_verdict run_row(struct bf_cell cells[FIELDS_ALL])
{
    fill(cells);
    return bf_binding_row(f.binding, &f.hook, cells, FIELDS_ALL);
}

static void assert_text(struct bf_cell c, const char *text)
{
    struct bf_str s = bf_cell_text(c);
    if (bf_cell_null(c) || !bf_str_eq(s, bf_str_of(text)))
        fail_msg("\"%.*s\" is not \"%s\"", BF_STR_ARG(s), text);
}

static void test_no_handler(void **state)
{
    (void)state;
    bind_tour(TOUR(""));
    struct bf_entry plain = {
        .manifest = read_manifest(f.generation, "{\"id\":\"plain\"," FIELDS "}"), .index = 40};
    assert_null(bf_plugins_bind(f.plugins, &plain));
}

static void test_every_type(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("copy"));
    assert_true(fixture_ask(&f, "*"));
    assert_null(bf_binding_out(f.binding));
    assert_int_equal(f.sql.noutputs, FIELDS_ALL);
    assert_true(bf_binding_has_row(f.binding));
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(run_row(cells), BF_ROW_KEEP);
        assert_int_equal(bf_cell_int(cells[ID]), 7);
        assert_false(bf_cell_bool(cells[FLAG]));
        assert_int_equal(bf_cell_int(cells[COUNT]), -INT64_MAX);
        assert_true(bf_cell_real(cells[REAL_]) == 2.5);
        assert_text(cells[NAME], "ab");
        assert_text(cells[EXTRA], "Gare");
        assert_int_equal(bf_cell_date(cells[DAY]), 20001);
        assert_int_equal(bf_cell_instant(cells[AT]), 1234567890123457);
        struct bf_point p;
        assert_true(bf_geometry_point(bf_cell_text(cells[PLACE]), &p));
        assert_true(p.lon == 50.63 && p.lat == 3.06);
    }
    assert_true(bf_binding_finish(f.binding, &f.hook));
}

static void test_nulls_stay_null(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("copy"));
    assert_true(fixture_ask(&f, "*"));
    for (size_t i = 0; i < FIELDS_ALL; i++)
        cells[i] = (struct bf_cell){NULL, -1};
    assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, FIELDS_ALL), BF_ROW_KEEP);
    for (size_t i = 0; i < FIELDS_ALL; i++)
        assert_true(bf_cell_null(cells[i]));
}

/* Cells whose length is not that of their type, as a broken server could send: read as null. */
static void test_malformed_cells(void **state)
{
    (void)state;
    static const char bytes[64];
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("copy"));
    assert_true(fixture_ask(&f, "*"));
    struct capture c = capture_begin();
    for (int32_t n = 0; n < 40; n++) {
        for (size_t i = 0; i < FIELDS_ALL; i++)
            cells[i] = (struct bf_cell){bytes, n};
        assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, FIELDS_ALL), BF_ROW_KEEP);
    }
    capture_end(c);
}

static void test_fields_that_were_not_selected(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("copy"));
    assert_true(fixture_ask(&f, "real, extra"));
    assert_int_equal(f.sql.noutputs, 2);
    assert_true(f.sql.ncolumns > 2); /* those that open asked for are carried */
    size_t n = f.sql.ncolumns;
    for (size_t i = 0; i < n; i++)
        cells[i] = (struct bf_cell){NULL, -1};
    cells[0] = cell(&f, REAL(21));
    const struct bf_schema *s = &f.entry.manifest->schema;
    int name = bf_query_place(f.hook.query, bf_schema_column(s, BF_STR("name")));
    assert_true(name >= 2);
    cells[name] = cell(&f, TEXT("carried"));
    assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, n), BF_ROW_KEEP);
    assert_true(bf_cell_real(cells[0]) == 42);
    assert_text(cells[1], "carried");
    assert_text(cells[name], "ab");
}

static void test_a_field_selected_twice(void **state)
{
    (void)state;
    struct bf_cell cells[12];
    bind_tour(TOUR("copy"));
    assert_true(fixture_ask(&f, "name as a, extra, name, extra as b"));
    assert_int_equal(f.sql.noutputs, 4);
    for (size_t i = 0; i < 12; i++)
        cells[i] = (struct bf_cell){NULL, -1};
    cells[0] = cells[2] = cell(&f, TEXT("x"));
    assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, f.sql.ncolumns), BF_ROW_KEEP);
    assert_text(cells[0], "ab");
    assert_text(cells[1], "x");
    assert_text(cells[2], "ab");
    assert_text(cells[3], "x");
}

static void test_a_place_outside_the_row(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("copy"));
    assert_true(fixture_ask(&f, "*"));
    fill(cells);
    assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, 3), BF_ROW_FAIL);
    assert_int_equal(f.err.code, BF_E_INTERNAL);
}

static void test_misuse_is_refused(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("misuse"));
    assert_true(fixture_ask(&f, "*"));
    struct capture c = capture_begin();
    for (int i = 0; i < 10; i++) {
        assert_int_equal(run_row(cells), BF_ROW_KEEP);
        assert_int_equal(bf_cell_int(cells[COUNT]), 0); /* calls that were not refused */
    }
    const char *log = capture_end(c);
    assert_int_equal(lines_with(log, "handler.misuse"), 1); /* not one per row */
    assert_int_equal(lines_with(log, "dataset=tour handler=tour request=r1"), 1);
}

static void test_row_verdicts(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    static const struct {
        const char *json;
        enum bf_row_verdict verdict;
        int http;
        const char *message, *detail;
    } cases[] = {
        {TOUR("skip"), BF_ROW_SKIP, 0, "", ""},
        {TOUR("fail-row"), BF_ROW_FAIL, 404, "not this row", ""},
        {TOUR("bad-rc"), BF_ROW_FAIL, 500, "The handler of the dataset failed.", "returned -1"},
        {TOUR("large"), BF_ROW_FAIL, 500, "The handler of the dataset failed.", "returned -1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct capture c = capture_begin();
        bind_tour(cases[i].json);
        assert_true(fixture_ask(&f, "*"));
        assert_int_equal(run_row(cells), cases[i].verdict);
        assert_int_equal(f.err.http, cases[i].http);
        assert_string_equal(f.err.message, cases[i].message);
        assert_non_null(strstr(f.err.detail, cases[i].detail));
        assert_int_equal(bf_binding_finish(f.binding, &f.hook), true); /* failed before */
        bf_plugins_free(f.plugins);
        capture_end(c);
    }
}

static void test_null_and_nan(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("null"));
    assert_true(fixture_ask(&f, "*"));
    assert_int_equal(run_row(cells), BF_ROW_KEEP);
    assert_true(bf_cell_null(cells[NAME]));
    bf_plugins_free(f.plugins);
    bind_tour(TOUR("nan"));
    assert_true(fixture_ask(&f, "*"));
    assert_int_equal(run_row(cells), BF_ROW_KEEP);
    assert_true(bf_cell_null(cells[REAL_]));
}

static void test_the_log_is_bounded_and_clean(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("chatty"));
    assert_true(fixture_ask(&f, "*"));
    struct capture c = capture_begin();
    for (int i = 0; i < 5; i++)
        run_row(cells);
    const char *log = capture_end(c);
    assert_int_equal(lines_with(log, "handler.log"), 21);
    assert_int_equal(lines_with(log, "are left out"), 1);
    assert_int_equal(lines_with(log, "line 19 ?"), 1);
    assert_true(bf_str_is_utf8(bf_str_of(log)));
    assert_true(fixture_ask(&f, "*")); /* a new request has lines again */
    c = capture_begin();
    run_row(cells);
    assert_int_equal(lines_with(capture_end(c), "handler.log"), 21);
}

/* ---- rewrite ---- */

static void test_hide_rows(void **state)
{
    (void)state;
    bind_tour(TOUR("hide"));
    assert_true(fixture_ask(&f, "id"));
    assert_false(f.sql.unfiltered);
    assert_non_null(memmem(f.sql.where.p, f.sql.where.n, "\"name\"", 6));
    assert_null(memmem(f.sql.where.p, f.sql.where.n, "hidden", 6)); /* bound, not text */
    bool bound = false;
    for (size_t i = 0; i < f.sql.nparams; i++)
        bound |=
            f.sql.params[i].type == BF_TEXT && bf_str_eq(f.sql.params[i].text, BF_STR("hidden"));
    assert_true(bound);
}

static void test_rewrites_that_fail(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int http, retry;
        const char *message, *detail;
    } cases[] = {
        {TOUR("hide-badly"), 500, 0, "The handler of the dataset failed.", "query_and: "},
        {TOUR("hide-badly-and-go-on"), 500, 0, "The handler of the dataset failed.", "query_and: "},
        {TOUR("hide-by-nothing"), 500, 0, "The handler of the dataset failed.", "no_such_field"},
        {TOUR("hide-by-null"), 500, 0, "The handler of the dataset failed.", "no condition"},
        {TOUR("hide-by-many"), 500, 0, "The handler of the dataset failed.", "more than 100"},
        {TOUR("hide-by-name"), 403, 0, "the field name is not for you", ""},
        {TOUR("fail-softly"), 503, 30, "come back later", ""},
        {TOUR("fail-and-go-on"), 500, 0, "a teapot", ""},
        {TOUR("fail-wildly"), 500, 0, "not ? UTF-8", ""},
        {TOUR("odd-rc"), 500, 0, "The handler of the dataset failed.", "returned 77"},
        {TOUR("late-reject"), 500, 0, "The handler of the dataset failed.", "returned -1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct capture c = capture_begin();
        bind_tour(cases[i].json);
        bool ok = fixture_ask(&f, "name");
        bf_binding_finish(f.binding, &f.hook);
        bf_plugins_free(f.plugins);
        capture_end(c);
        assert_false(ok);
        assert_int_equal(f.err.code, BF_E_HANDLER);
        assert_int_equal(f.err.http, cases[i].http);
        assert_int_equal(f.err.retry_after_s, cases[i].retry);
        assert_string_equal(f.err.message, cases[i].message);
        if (!strstr(f.err.detail, cases[i].detail))
            fail_msg("\"%s\" does not say \"%s\"", f.err.detail, cases[i].detail);
    }
}

static void test_rewrites_that_look(void **state)
{
    (void)state;
    bind_tour(TOUR("hide-by-name"));
    assert_true(fixture_ask(&f, "id, real"));
    bf_plugins_free(f.plugins);
    bind_tour(TOUR("uses-wrongly"));
    assert_true(fixture_ask(&f, "id"));
}

static void test_what_a_handler_kept(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    struct capture c = capture_begin();
    bind_tour(TOUR("use-old"));
    assert_true(fixture_ask(&f, "*"));
    assert_true(bf_binding_finish(f.binding, &f.hook));
    assert_false(fixture_ask(&f, "*"));
    assert_int_equal(f.err.http, 500);
    bf_plugins_free(f.plugins);
    bind_tour(TOUR("write-early"));
    assert_true(fixture_ask(&f, "*"));
    assert_int_equal(run_row(cells), BF_ROW_KEEP);
    assert_true(bf_binding_finish(f.binding, &f.hook));
    assert_false(fixture_ask(&f, "*"));
    assert_int_equal(lines_with(capture_end(c), "in the row hook only"), 1);
}

static void test_finish(void **state)
{
    (void)state;
    bind_tour(TOUR("fail-finish"));
    assert_true(fixture_ask(&f, "id"));
    assert_false(bf_binding_finish(f.binding, &f.hook));
    assert_string_equal(f.err.message, "the end");
    assert_true(bf_binding_finish(f.binding, &f.hook)); /* once only */
}

/* ---- opening ---- */

static void is_out(const char *file, const char *json, const char *why)
{
    struct capture c = capture_begin();
    fixture_bind(&f, file, json);
    assert_null(bf_binding_out(f.binding)); /* not before a request comes */
    bool ok = fixture_ask(&f, "id") || fixture_ask(&f, "id");
    const char *log = capture_end(c);
    assert_false(ok);
    assert_int_equal(f.err.code, BF_E_QUARANTINE);
    assert_int_equal(f.err.http, 503);
    assert_true(f.err.retry_after_s > 0);
    assert_null(strchr(f.err.message, '/')); /* clients see no path */
    assert_int_equal(lines_with(log, "handler.out"), 1);
    const char *out = bf_binding_out(f.binding);
    assert_non_null(out);
    if (!strstr(out, why))
        fail_msg("\"%s\" does not say \"%s\"", out, why);
    assert_false(bf_binding_has_row(f.binding));
    bf_plugins_free(f.plugins);
}

static void test_handlers_that_do_not_open(void **state)
{
    (void)state;
    const char *tour = "tests/handlers/tour.so";
    is_out(tour, TOUR("reject"), "the option act says so");
    is_out(tour, TOUR("reject-quietly"), "the handler rejects the dataset");
    is_out(tour, TOUR("fail-open"), "returned -1 and gave no reason");
    is_out(tour, TOUR("greedy"), "more than 1048576 bytes");
    is_out(tour, TOUR("too-much"), "more than 1048576 bytes");
    is_out(NULL, TOUR(""), "No such file");
    is_out("handlers/template.so", TOUR(""), "/handler: the manifest names the handler \"tour\"");
    is_out(tour, "{\"id\":\"tour\"," FIELDS ",\"handler\":\"tour\"}", "needs the option \"act\"");
    is_out("tests/handlers/wrong-major.so", TOUR(""), "built for ABI 2.0");
    is_out("tests/handlers/missing-symbol.so", TOUR(""), "nobody_defines_this");
}

static void test_not_installed(void **state)
{
    (void)state;
    bind_tour(TOUR(""));
    struct bf_entry none = f.entry;
    none.handler = (struct bf_str){NULL, 0};
    none.index = 1;
    f.binding = bf_plugins_bind(f.plugins, &none);
    struct capture c = capture_begin();
    assert_false(fixture_ask(&f, "id"));
    capture_end(c);
    assert_string_equal(bf_binding_out(f.binding), "the handler \"tour\" is not installed");
}

static void chmod_handler(mode_t dir, mode_t file)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", f.dir, f.entry.handler.p);
    assert_int_equal(chmod(path, file), 0);
    assert_int_equal(chmod(f.dir, dir), 0);
}

static void test_files_that_others_may_write(void **state)
{
    (void)state;
    static const mode_t modes[][2] = {{0700, 0775}, {0700, 0757}, {0770, 0755}, {0707, 0755}};
    struct capture c = capture_begin();
    for (size_t i = 0; i < 4; i++) {
        bind_tour(TOUR(""));
        chmod_handler(modes[i][0], modes[i][1]);
        assert_false(fixture_ask(&f, "id"));
        assert_non_null(strstr(bf_binding_out(f.binding), "can be written by others"));
        bf_plugins_free(f.plugins);
        chmod_handler(0700, 0755);
    }
    capture_end(c);
}

static void test_files_outside(void **state)
{
    (void)state;
    static const char *const names[] = {"../x.so", "/tmp/x.so", ".x.so", "a/b.so", ".."};
    struct capture c = capture_begin();
    for (size_t i = 0; i < 5; i++) {
        bind_tour(TOUR(""));
        struct bf_entry entry = f.entry;
        entry.handler = bf_str_of(names[i]);
        entry.index = 1;
        f.binding = bf_plugins_bind(f.plugins, &entry);
        assert_false(fixture_ask(&f, "id"));
        assert_non_null(strstr(bf_binding_out(f.binding), "is not a file name"));
        bf_plugins_free(f.plugins);
    }
    bind_tour(TOUR(""));
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", f.dir, f.entry.handler.p);
    unlink(path);
    assert_int_equal(symlink(built("tests/handlers/tour.so"), path), 0);
    assert_false(fixture_ask(&f, "id"));
    assert_non_null(strstr(bf_binding_out(f.binding), "not a regular file"));
    capture_end(c);
}

/* One .so for two datasets; each has its own state, and close is called for both. */
static void test_two_datasets(void **state)
{
    (void)state;
    struct bf_cell cells[FIELDS_ALL];
    bind_tour(TOUR("copy"));
    struct bf_entry second = f.entry;
    second.manifest = read_manifest(f.generation, TOUR("null"));
    second.index = 12;
    struct bf_entry entries[] = {f.entry, second};
    struct bf_binding *first = f.binding;
    struct bf_binding *other = bf_plugins_bind(f.plugins, &second);
    assert_ptr_not_equal(first, other);
    for (int i = 0; i < 4; i++) {
        f.binding = i % 2 ? other : first;
        f.entry = entries[i % 2];
        assert_true(fixture_ask(&f, "*"));
        assert_int_equal(run_row(cells), BF_ROW_KEEP);
        assert_int_equal(bf_cell_null(cells[NAME]), i % 2);
    }
    struct capture c = capture_begin();
    bf_plugins_free(f.plugins);
    const char *log = capture_end(c);
    assert_int_equal(lines_with(log, "closed"), 2);
    assert_int_equal(lines_with(log, "request=-"), 2);
}

/* The generation's arena full at any point: out of service, or bound; never a crash. */
static void test_no_memory(void **state)
{
    (void)state;
    struct capture c = capture_begin();
    bind_tour(TOUR("copy"));
    bool worked = false;
    for (size_t cap = 256; cap < (1 << 16) && !worked; cap += 128) {
        struct bf_arena *small = bf_arena_new(cap);
        struct bf_plugins *p = bf_plugins_new(small, &(struct bf_plugins_setup){.dir = f.dir});
        f.binding = p ? bf_plugins_bind(p, &f.entry) : NULL;
        worked = p && fixture_ask(&f, "id");
        assert_true(!p || worked == (bf_binding_out(f.binding) == NULL));
        bf_plugins_free(p);
        bf_arena_free(small);
    }
    capture_end(c);
    assert_true(worked);
}

/* ---- faults ---- */

static int shared_setup(void **state)
{
    setup(state);
    void *q =
        mmap(NULL, bf_quarantine_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(q != MAP_FAILED);
    f.quarantine = q;
    return 0;
}

static int shared_teardown(void **state)
{
    munmap(f.quarantine, bf_quarantine_size());
    return teardown(state);
}

static void set_default_signals(void)
{
    signal(SIGSEGV, SIG_DFL);
    signal(SIGILL, SIG_DFL);
    signal(SIGTRAP, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
}

/* A worker that serves one request of that row. 1: it answered, 0: it refused, -1: it died. */
static int serve_one(const char *file, const char *json, const char *name, int64_t now)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        set_default_signals();
        struct bf_cell cells[FIELDS_ALL];
        fixture_bind(&f, file, json);
        if (!fixture_ask(&f, "nom"))
            _exit(f.err.code == BF_E_QUARANTINE ? 10 : 11);
        for (size_t i = 0; i < FIELDS_ALL; i++)
            cells[i] = (struct bf_cell){NULL, -1};
        cells[0] = cell(&f, TEXT(name));
        bf_binding_row(f.binding, &f.hook, cells, f.sql.ncolumns);
        bf_binding_finish(f.binding, &f.hook);
        _exit(12);
    }
    int status;
    struct bf_quarantine_news news;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    bool inside = bf_quarantine_died(f.quarantine, pid, true, now, &news);
    assert_int_equal(inside, !WIFEXITED(status) || WEXITSTATUS(status) < 10);
    if (inside)
        assert_string_equal(news.dataset, "evil");
    return inside ? -1 : WEXITSTATUS(status) == 12;
}

#define EVIL(handler)                                                                             \
    "{\"id\":\"evil\",\"title\":{\"fr\":\"T\"},\"publisher\":\"P\",\"licence\":{\"name\":\"L\"}," \
    "\"key\":[\"nom\"],\"fields\":[{\"name\":\"nom\",\"type\":\"text\"}],\"handler\":\"" handler  \
    "\"}"

static int64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * (int64_t)1000000 + t.tv_nsec / 1000;
}

static void test_crashing_rows_lead_to_quarantine(void **state)
{
    (void)state;
    const char *file = "tests/handlers/crash-row.so";
    const char *json = EVIL("crash-row");
    assert_int_equal(serve_one(file, json, "fine", clock_now()), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(serve_one(file, json, "crash", clock_now()), -1);
    assert_int_equal(serve_one(file, json, "fine", clock_now()), 0);
    struct bf_quarantine_state list[1];
    assert_int_equal(bf_quarantine_list(f.quarantine, clock_now(), list, 1), 1);
    assert_string_equal(list[0].dataset, "evil");
    assert_true(list[0].until_us > clock_now());
}

static void test_crashes_while_loading_count_too(void **state)
{
    (void)state;
    static const char *const files[] = {"tests/handlers/crash-constructor.so",
                                        "tests/handlers/crash-entry.so",
                                        "tests/handlers/exit-constructor.so"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(serve_one(files[i], EVIL("crash-row"), "fine", clock_now()), -1);
    assert_int_equal(serve_one(files[0], EVIL("crash-row"), "fine", clock_now()), 0);
}

/* The minute is over (it began long ago): one request tries, and the dataset is back. */
static void test_trial_by_a_real_request(void **state)
{
    (void)state;
    const char *file = "tests/handlers/crash-row.so";
    const char *json = EVIL("crash-row");
    int64_t past = clock_now() - 70 * (int64_t)1000000;
    if (past <= 0)
        skip();
    for (int i = 0; i < 3; i++)
        assert_int_equal(serve_one(file, json, "crash", past), -1);
    assert_int_equal(serve_one(file, json, "crash", clock_now()), -1); /* the trial */
    assert_int_equal(serve_one(file, json, "fine", clock_now()), 0);
}

static void test_trial_that_passes(void **state)
{
    (void)state;
    const char *file = "tests/handlers/crash-row.so";
    const char *json = EVIL("crash-row");
    int64_t past = clock_now() - 70 * (int64_t)1000000;
    if (past <= 0)
        skip();
    for (int i = 0; i < 3; i++)
        assert_int_equal(serve_one(file, json, "crash", past), -1);
    assert_int_equal(serve_one(file, json, "fine", clock_now()), 1);
    assert_int_equal(serve_one(file, json, "crash", clock_now()), -1);
    assert_int_equal(serve_one(file, json, "fine", clock_now()), 1); /* in service again */
}

/* ---- the template ---- */

static char *read_text(const char *path)
{
    static char text[1 << 16];
    FILE *in = fopen(path, "re");
    if (!in)
        fail_msg("%s: run the tests from the top of the tree", path);
    size_t n = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[n] = '\0';
    return text;
}

static void test_template(void **state)
{
    (void)state;
    static const struct {
        int bikes, docks;
        double rate;
    } rows[] = {{3, 29, 0.09375}, {12, 12, 0.5}, {0, 5, 0}, {4, 0, 1}};
    struct bf_cell cells[8];
    fixture_bind(&f, "handlers/template.so", read_text("handlers/template/dataset.json"));
    assert_true(fixture_ask(&f, "taux_occupation, nb_velos, nb_places"));
    assert_null(bf_binding_out(f.binding));
    for (size_t i = 0; i < 4; i++) {
        cells[0] = cell(&f, NIL);
        cells[1] = cell(&f, INT(rows[i].bikes));
        cells[2] = cell(&f, INT(rows[i].docks));
        assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, 3), BF_ROW_KEEP);
        assert_true(bf_cell_real(cells[0]) == rows[i].rate);
        assert_int_equal(cells[0].n, 8);
    }
    cells[1] = cells[2] = cell(&f, INT(0));
    assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, 3), BF_ROW_KEEP);
    assert_true(bf_cell_null(cells[0])); /* no docks at all */
    cells[0] = cells[1] = cell(&f, NIL);
    assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, 3), BF_ROW_KEEP);
    assert_true(bf_cell_null(cells[0]));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define S(name) cmocka_unit_test_setup_teardown(name, shared_setup, shared_teardown)
    const struct CMUnitTest tests[] = {
        T(test_no_handler),
        T(test_every_type),
        T(test_nulls_stay_null),
        T(test_malformed_cells),
        T(test_fields_that_were_not_selected),
        T(test_a_field_selected_twice),
        T(test_a_place_outside_the_row),
        T(test_misuse_is_refused),
        T(test_row_verdicts),
        T(test_null_and_nan),
        T(test_the_log_is_bounded_and_clean),
        T(test_hide_rows),
        T(test_rewrites_that_fail),
        T(test_rewrites_that_look),
        T(test_what_a_handler_kept),
        T(test_finish),
        T(test_handlers_that_do_not_open),
        T(test_not_installed),
        T(test_files_that_others_may_write),
        T(test_files_outside),
        T(test_two_datasets),
        T(test_no_memory),
        S(test_crashing_rows_lead_to_quarantine),
        S(test_crashes_while_loading_count_too),
        S(test_trial_by_a_real_request),
        S(test_trial_that_passes),
        T(test_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

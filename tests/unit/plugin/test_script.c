/* A script bound to a dataset, played by C: the maker, failures, what is off, trials. */
#include "fixture.h"

#include <sys/mman.h>

#define DATASET(more)                                                                           \
    "{\"id\":\"bikes\",\"title\":{\"fr\":\"T\"},\"publisher\":\"P\","                           \
    "\"licence\":{\"name\":\"L\"},\"key\":[\"id\"],\"fields\":["                                \
    "{\"name\":\"id\",\"type\":\"int\"},{\"name\":\"twice\",\"type\":\"int\",\"handler\":true}" \
    "]" more "}"

static const int64_t PAUSE = 60 * 1000000;

static struct fixture f;

/* What the script does, and what it has done. */
static struct {
    bool unmade, row_fails, request_fails, refuses, skips;
    int made, ended, rows, requests;
    const char *why;
    int id, twice;
} play;

static const struct bf_api *bf;

static enum bf_rc play_open(struct bf_dataset *d, void **self)
{
    assert_ptr_equal(*self, &play.made);
    play.id = bf->field(d, "id");
    play.twice = bf->field(d, "twice");
    return BF_OK;
}

static enum bf_rc play_rewrite(struct bf_req *r, struct bf_query *q, void *self)
{
    assert_ptr_equal(self, &play.made);
    play.requests++;
    if (play.refuses)
        return (bf->fail)(r, 403, "not you");
    if (play.request_fails) {
        play.why = "bikes/hook.lua:2: request";
        return (bf->fail)(r, 500, "with a secret");
    }
    static const char *const values[] = {"3"};
    return bf->query_and(q, "id > ?", values, 1);
}

static enum bf_rc play_row(struct bf_req *r, struct bf_row *row, void *self)
{
    (void)self;
    int64_t n = 0;
    play.rows++;
    if (play.refuses)
        return (bf->fail)(r, 403, "not this one");
    bf->get_int(row, play.id, &n);
    bf->set_int(row, play.id, -n);
    if (play.row_fails) {
        play.why = "bikes/hook.lua:7: attempt to add a nil value";
        return BF_FAIL;
    }
    bf->set_int(row, play.twice, 2 * n);
    return play.skips ? BF_SKIP : BF_OK;
}

static const struct bf_field adds[] = {{"twice", BF_INT, NULL, NULL}, {NULL, BF_NULL, NULL, NULL}};

static bool make(struct bf_arena *a, const struct bf_entry *entry, const struct bf_api *host,
                 struct bf_scripted *out, struct bf_err *err)
{
    (void)a;
    bf = host;
    if (play.unmade)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "hook.lua:1: no");
    assert_true(bf_str_eq(entry->hook, BF_STR("a script")));
    play.made++;
    *out = (struct bf_scripted){.handler = {.size = sizeof(struct bf_handler),
                                            .major = BF_ABI_MAJOR,
                                            .name = "lua",
                                            .version = "1",
                                            .adds = adds,
                                            .open = play_open,
                                            .rewrite = play_rewrite,
                                            .row = play_row},
                                .self = &play.made,
                                .made = &play};
    return true;
}

static const char *why(void *made)
{
    assert_ptr_equal(made, &play);
    const char *text = play.why;
    play.why = NULL;
    return text;
}

static void end(void *made)
{
    assert_ptr_equal(made, &play);
    play.ended++;
}

static const struct bf_script_maker maker = {make, why, end};

static void bind_script(const char *json, int64_t applied)
{
    bf_plugins_free(f.plugins);
    f.entry = (struct bf_entry){.manifest = read_manifest(f.generation, json),
                                .hook = BF_STR("a script"),
                                .hook_reads = true,
                                .applied_us = applied};
    const struct bf_plugins_setup all = {.dir = f.dir, .fuses = f.fuses, .scripts = f.scripts};
    f.plugins = bf_plugins_new(f.generation, &all);
    f.binding = bf_plugins_bind(f.plugins, &f.entry);
    assert_non_null(f.binding);
}

static int setup(void **state)
{
    (void)state;
    fixture_init(&f);
    memset(&play, 0, sizeof play);
    void *p =
        mmap(NULL, bf_fuses_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    f.fuses = p;
    bf_fuses_init(f.fuses, PAUSE);
    f.scripts = &maker;
    bind_script(DATASET(""), 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_fini(&f);
    munmap(f.fuses, bf_fuses_size());
    assert_int_equal(play.made, play.ended);
    return 0;
}

/* One request of one row, quietly. */
static struct {
    bool asked, off;
    enum bf_row_verdict verdict;
    struct bf_cell cells[4];
    const char *log;
} got;

static bool request(void)
{
    struct capture c = capture_begin();
    memset(&got, 0, sizeof got);
    got.asked = fixture_ask(&f, "id, twice");
    got.off = bf_binding_row_off(f.binding);
    got.cells[0] = cell(&f, INT(21));
    got.cells[1] = cell(&f, NIL);
    if (got.asked && bf_binding_has_row(f.binding))
        got.verdict = bf_binding_row(f.binding, &f.hook, got.cells, f.sql.ncolumns);
    bool ok = got.asked && got.verdict != BF_ROW_FAIL;
    ok = bf_binding_finish(f.binding, &f.hook) && ok;
    got.log = capture_end(c);
    return ok;
}

static void as_the_script_makes_it(void)
{
    assert_true(request());
    assert_false(got.off);
    assert_int_equal(bf_cell_int(got.cells[0]), -21);
    assert_int_equal(bf_cell_int(got.cells[1]), 42);
}

static void as_it_is_stored(void)
{
    assert_true(request());
    assert_true(got.off);
    assert_int_equal(bf_cell_int(got.cells[0]), 21);
    assert_true(bf_cell_null(got.cells[1]));
}

static void test_a_script_is_a_handler(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        as_the_script_makes_it();
    assert_int_equal(play.made, 1);
    assert_int_equal(play.requests, 20);
    assert_int_equal(bf_fuses_list(f.fuses, NULL, 0), 0);
}

static void test_a_row_that_fails(void **state)
{
    (void)state;
    play.row_fails = true;
    assert_false(request());
    assert_int_equal(f.err.http, 500);
    assert_string_equal(f.err.message, "The handler of the dataset failed.");
    assert_non_null(strstr(f.err.detail, "bikes/hook.lua:7: attempt to add a nil value"));
    assert_int_equal(lines_with(got.log, "hook.failed"), 1);
    assert_non_null(strstr(got.log, "dataset=bikes hook=on_record request=r1 in_a_row=1"));
    play.row_fails = false;
    as_the_script_makes_it();
}

static void switch_rows_off(void)
{
    play.row_fails = true;
    for (int i = 1; i < BF_FUSE_FAILURES; i++)
        assert_false(request());
    assert_int_equal(lines_with(got.log, "hook.off"), 0);
    assert_false(request());
    assert_int_equal(lines_with(got.log, "hook.off"), 1);
}

static void test_rows_are_switched_off(void **state)
{
    (void)state;
    switch_rows_off();
    for (int i = 0; i < 3; i++)
        as_it_is_stored();
    assert_int_equal(play.rows, BF_FUSE_FAILURES);
    assert_int_equal(play.requests, BF_FUSE_FAILURES + 3); /* what it hides stays hidden */
    struct bf_fuse_line line;
    assert_int_equal(bf_fuses_list(f.fuses, &line, 1), 1);
    assert_true(line.off);
    assert_int_equal(line.part, BF_FUSE_ROW);
    assert_string_equal(line.why, "bikes/hook.lua:7: attempt to add a nil value");
}

static void test_another_version_is_on(void **state)
{
    (void)state;
    switch_rows_off();
    play.row_fails = false;
    bind_script(DATASET(""), 1);
    as_it_is_stored(); /* another worker of the same generation */
    bind_script(DATASET(""), 2);
    as_the_script_makes_it();
}

static void test_a_trial_shows_nothing(void **state)
{
    (void)state;
    bf_fuses_init(f.fuses, 1);
    switch_rows_off();
    as_it_is_stored(); /* a trial that fails */
    assert_int_equal(play.rows, BF_FUSE_FAILURES + 1);
    assert_int_equal(lines_with(got.log, "hook.failed"), 1);
    play.row_fails = false;
    as_it_is_stored(); /* a trial that passes, and shows nothing of it */
    assert_int_equal(lines_with(got.log, "hook.on\""), 1);
    assert_true(bf_binding_back_wall(f.binding) > 0);
    as_the_script_makes_it();
    assert_int_equal(lines_with(got.log, "hook.on\""), 0);
}

/* Nothing was read (a 304): the next request is the trial. */
static void test_a_trial_without_rows(void **state)
{
    (void)state;
    bf_fuses_init(f.fuses, 1);
    switch_rows_off();
    play.row_fails = false;
    assert_true(fixture_ask(&f, "id"));
    assert_true(bf_binding_row_off(f.binding));
    assert_true(bf_binding_finish(f.binding, &f.hook));
    as_it_is_stored();
    as_the_script_makes_it();
}

static void test_a_request_that_fails(void **state)
{
    (void)state;
    play.request_fails = true;
    for (int i = 0; i < BF_FUSE_FAILURES; i++) {
        assert_false(request());
        assert_int_equal(f.err.http, 500);
        assert_string_equal(f.err.message, "The handler of the dataset failed.");
    }
    assert_false(request());
    assert_int_equal(f.err.http, 503);
    assert_in_range(f.err.retry_after_s, 1, 60);
    assert_int_equal(play.requests, BF_FUSE_FAILURES);
    assert_int_equal(play.rows, 0); /* what it hides was never read */
}

static void test_a_trial_of_a_request(void **state)
{
    (void)state;
    bf_fuses_init(f.fuses, 1);
    play.request_fails = true;
    for (int i = 0; i <= BF_FUSE_FAILURES; i++)
        assert_false(request());
    assert_int_equal(f.err.http, 500); /* a trial */
    play.request_fails = false;
    as_the_script_makes_it();
}

/* What a script says on purpose is no failure, however often. */
static void test_refusals(void **state)
{
    (void)state;
    play.refuses = true;
    for (int i = 0; i < 3 * BF_FUSE_FAILURES; i++) {
        assert_false(request());
        assert_int_equal(f.err.http, 403);
        assert_string_equal(f.err.message, "not you");
    }
    assert_int_equal(bf_fuses_list(f.fuses, NULL, 0), 0);
}

static void test_rows_that_are_left_out(void **state)
{
    (void)state;
    play.skips = true;
    assert_true(request());
    assert_int_equal(got.verdict, BF_ROW_SKIP);
}

static void is_out(const char *reason)
{
    struct capture c = capture_begin();
    assert_false(fixture_ask(&f, "id"));
    capture_end(c);
    assert_int_equal(f.err.http, 503);
    assert_non_null(strstr(bf_binding_out(f.binding), reason));
}

static void test_scripts_that_cannot_work(void **state)
{
    (void)state;
    play.unmade = true;
    bind_script(DATASET(""), 1);
    is_out("hook.lua:1: no");
    play.unmade = false;
    bind_script(DATASET(",\"handler\":\"tour\""), 1);
    is_out("both take part in reading");
    bind_script("{\"id\":\"bikes\",\"title\":{\"fr\":\"T\"},\"publisher\":\"P\","
                "\"licence\":{\"name\":\"L\"},\"key\":[\"id\"],"
                "\"fields\":[{\"name\":\"id\",\"type\":\"int\"}]}",
                1);
    is_out("hook.lua adds the field \"twice\", which is not declared");
    f.scripts = NULL;
    bind_script(DATASET(""), 1);
    is_out("no scripts");
}

static void test_without_a_part_in_reading(void **state)
{
    (void)state;
    struct bf_entry entry = f.entry;
    entry.hook_reads = false;
    entry.index = 5;
    assert_null(bf_plugins_bind(f.plugins, &entry));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_script_is_a_handler),
        T(test_a_row_that_fails),
        T(test_rows_are_switched_off),
        T(test_another_version_is_on),
        T(test_a_trial_shows_nothing),
        T(test_a_trial_without_rows),
        T(test_a_request_that_fails),
        T(test_a_trial_of_a_request),
        T(test_refusals),
        T(test_rows_that_are_left_out),
        T(test_scripts_that_cannot_work),
        T(test_without_a_part_in_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

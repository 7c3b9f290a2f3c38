#include "api/push/decode.h"

#include "core/clock.h"
#include "lua/areas.h"
#include "value/geometry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "fixture.h"

static const char manifest_json[] =
    "{\"id\":\"x\",\"title\":{\"fr\":\"X\"},\"publisher\":\"MEL\",\"licence\":{\"name\":\"LO\"},"
    "\"key\":[\"id\"],\"geometry\":\"place\",\"fields\":[{\"name\":\"id\",\"type\":\"text\"},"
    "{\"name\":\"n\",\"type\":\"int\"},{\"name\":\"note\",\"type\":\"text\"},"
    "{\"name\":\"place\",\"type\":\"geo_point_2d\"},"
    "{\"name\":\"words\",\"type\":\"text\",\"multivalued\":\",\"},"
    "{\"name\":\"heard\",\"type\":\"datetime\",\"z_is_local\":\"Europe/Paris\"},"
    "{\"name\":\"twice\",\"type\":\"int\",\"sql\":\"n * 2\"}],"
    "\"aliases\":{\"fields\":{\"nb\":\"n\"}},\"push\":{\"ignore\":[\"junk\"]}}";

enum { ID, N, NOTE, PLACE, WORDS, HEARD, FIELDS, ROWS = 64 };

static struct bf_err err;
static struct bf_decode *decode;
static struct bf_value rows[ROWS][FIELDS];
static size_t nrows;
static const struct bf_key_box *box;
static struct bf_memo *memo; /* NULL: records are asked about each time */
static uint64_t memo_of;

static bool take(void *self, const unsigned char id[BF_RECORD_ID], const struct bf_value *values,
                 struct bf_err *e)
{
    (void)self;
    (void)id;
    (void)e;
    for (size_t i = 0; nrows < ROWS && i < FIELDS; i++) {
        rows[nrows][i] = values[i];
        if (values[i].type == BF_TEXT)
            rows[nrows][i].text = bf_arena_dup(arena, values[i].text);
    }
    nrows++;
    return true;
}

static int setup(void **state)
{
    (void)state;
    open_dataset(manifest_json);
    return 0;
}

static struct bf_lua_script *open_script(const char *text, const struct bf_areas *areas)
{
    struct bf_lua_fault fault;
    struct bf_lua_source source = {.name = BF_STR("x/hook.lua"),
                                   .text = bf_str_of(text),
                                   .dataset = BF_STR("x"),
                                   .areas = areas};
    struct bf_lua_script *s = bf_lua_script_open(&source, &fault);
    if (!s)
        fail_msg("%s", fault.message);
    return s;
}

static bool run_in(struct bf_lua_script *script, enum bf_push_format format, struct bf_str body)
{
    bf_arena_reset(arena);
    bf_err_clear(&err);
    nrows = 0;
    struct bf_repair *repair = bf_repair_of(arena, script);
    bf_repair_remember(repair, memo, memo_of);
    struct bf_decode_setup s = {.manifest = manifest,
                                .format = format,
                                .record_max = 1u << 20,
                                .box = box,
                                .repair = repair,
                                .row = take};
    decode = bf_decode_open(arena, &s, &err);
    assert_non_null(decode);
    bool ok = bf_decode_feed(decode, body.p, body.n, &err) && bf_decode_end(decode, &err);
    bf_repair_end(repair);
    return ok;
}

/* One batch through a script of its own. */
static bool run(const char *text, enum bf_push_format format, const char *body)
{
    struct bf_lua_script *script = open_script(text, NULL);
    bool ok = run_in(script, format, bf_str_of(body));
    bf_lua_script_free(script);
    return ok;
}

static bool json(const char *text, const char *body)
{
    return run(text, BF_PUSH_JSON, body);
}

static bool csv(const char *text, const char *body)
{
    return run(text, BF_PUSH_CSV, body);
}

static const struct bf_fault *fault(size_t i)
{
    assert_true(i < bf_decode_faults(decode)->n);
    return &bf_decode_faults(decode)->list[i];
}

#define assert_text(value, expected) assert_true(bf_str_eq(value, bf_str_of(expected)))
#define assert_holds(value, part)                                           \
    do {                                                                    \
        struct bf_str it_ = (value);                                        \
        if (!memmem(it_.p ? it_.p : "", it_.n, part, strlen(part)))         \
            fail_msg("\"%s\" is not in \"%.*s\"", part, (int)it_.n, it_.p); \
    } while (0)

static void names_are_checked_after_the_script(void **state)
{
    (void)state;
    const char *script = "function on_ingest(r) r.id, r.Nummer = r.Nummer, nil; r.note = 'x' end";
    assert_true(json(script, "[{\"Nummer\":\"a\",\"nb\":3,\"junk\":[1]}]"));
    assert_text(rows[0][ID].text, "a");
    assert_int_equal(rows[0][N].integer, 3);
    assert_text(rows[0][NOTE].text, "x");
    assert_true(csv(script, "Nummer;nb;junk\na;3;9\n"));
    assert_text(rows[0][ID].text, "a");
    assert_int_equal(rows[0][N].integer, 3);
    assert_text(rows[0][NOTE].text, "x");
    assert_false(json("function on_ingest(r) end", "[{\"Nummer\":\"a\"}]"));
    assert_text(fault(0)->field, "Nummer");
    assert_false(csv("function on_ingest(r) end", "Nummer\na\nb\n"));
    assert_int_equal(bf_decode_faults(decode)->total, 2);
    assert_int_equal(fault(1)->line, 3);
    assert_false(json("function on_ingest(r) r.twice = 1 end", "[{\"id\":\"a\"}]"));
    assert_holds(fault(0)->reason, "computed by the server");
    assert_false(json("function on_ingest(r) r.nb = 1 end", "[{\"id\":\"a\",\"n\":2}]"));
    assert_holds(fault(0)->reason, "given twice");
    assert_false(json("function on_ingest(r) r.id = nil end", "[{\"id\":\"a\"}]"));
    assert_holds(fault(0)->reason, "part of the key");
}

static void values_are_checked_after_the_script(void **state)
{
    (void)state;
    const char *number = "function on_ingest(r) r.n = tonumber(r.n) end";
    assert_true(json(number, "[{\"id\":\"a\",\"n\":\"12\"}]"));
    assert_int_equal(rows[0][N].integer, 12);
    assert_false(json("function on_ingest(r) end", "[{\"id\":\"a\",\"n\":\"12\"}]"));
    assert_holds(fault(0)->reason, "a whole number");
    /* Cells are texts, and read as cells. */
    assert_true(csv("function on_ingest(r) r.note = type(r.n) .. tostring(r.place) end",
                    "id,n,place,note\na,12,,y\n"));
    assert_int_equal(rows[0][N].integer, 12);
    assert_text(rows[0][NOTE].text, "stringnil");
    assert_true(csv("function on_ingest(r) r.n = tonumber(r.n) + 1 end", "id,n\na,12\n"));
    assert_int_equal(rows[0][N].integer, 13);
    assert_true(csv("function on_ingest(r) r.n = '7' end", "id,n\na,12\n"));
    assert_int_equal(rows[0][N].integer, 7);
    assert_true(csv("function on_ingest(r) r.place = '50.5, 3.5' end", "id\na\n"));
    assert_true(rows[0][PLACE].point.lon == 3.5 && rows[0][PLACE].point.lat == 50.5);
    assert_true(
        csv("function on_ingest(r) r.words = {'a', 'b'}; r.place = {lon = 3.5, lat = 50} end",
            "id\na\n"));
    assert_text(rows[0][WORDS].text, "a,b");
    assert_true(rows[0][PLACE].point.lat == 50);
    assert_true(json("function on_ingest(r) r.words[2] = 'c'; r.words[3] = nil end",
                     "[{\"id\":\"a\",\"words\":[\"x\",\"y\",\"z\"]}]"));
    assert_text(rows[0][WORDS].text, "x,c");
    assert_false(json("function on_ingest(r) r.words = {1} end", "[{\"id\":\"a\"}]"));
    assert_text(fault(0)->field, "words/0");
}

static void what_is_not_json_never_gets_there(void **state)
{
    (void)state;
    const char *script = "function on_ingest(r) r.more = nil end";
    assert_true(json(script, "[{\"id\":\"a\",\"more\":{\"x\":[1,{}]}}]"));
    assert_false(json(script, "[{\"id\":\"a\",\"more\":{\"x\":[1,]}}]"));
    assert_text(fault(0)->field, "more");
    assert_text(fault(0)->reason, "it is not JSON");
    assert_false(json(script, "[{\"id\":\"a\",\"n\":01}]"));
    assert_holds(fault(0)->reason, "not JSON");
    assert_false(json(script, "[3,{\"id\":\"a\"}]"));
    assert_holds(fault(0)->reason, "an object is expected");
    assert_false(csv(script, "id,n\na\nb,2,3\n"));
    assert_int_equal(bf_decode_faults(decode)->total, 2);
    assert_holds(fault(0)->reason, "2 cells are expected");
}

static void an_envelope_is_opened_first(void **state)
{
    (void)state;
    const char *script = "function on_ingest(r) r.n = r.n * 2 end";
    assert_true(json(script, "[{\"datasetid\":\"y\",\"recordid\":\"1\",\"fields\":"
                             "{\"id\":\"a\",\"n\":21},\"record_timestamp\":\"2026\"}]"));
    assert_int_equal(rows[0][N].integer, 42);
}

static void dropped_records_are_counted(void **state)
{
    (void)state;
    const char *script = "function on_ingest(r) if r.n == 2 then return false, 'two' end\n"
                         " if r.n == 3 then return false end end";
    assert_true(json(script, "[{\"id\":\"a\",\"n\":1},\n{\"id\":\"a\",\"n\":2},\n"
                             "{\"nothing\":0,\"n\":3},{\"id\":\"b\"}]"));
    const struct bf_faults *dropped = bf_decode_dropped(decode);
    assert_int_equal(nrows, 2);
    assert_int_equal(bf_decode_records(decode), 4);
    assert_int_equal(dropped->total, 2);
    assert_int_equal(dropped->list[0].record, 2);
    assert_int_equal(dropped->list[0].line, 2);
    assert_text(dropped->list[0].reason, "two");
    assert_int_equal(dropped->list[1].record, 3);
    assert_holds(dropped->list[1].reason, "dropped it");
}

static void a_failing_script_refuses_the_batch(void **state)
{
    (void)state;
    const char *script = "function on_ingest(r)\n if r.n > 1 then error('too many') end\nend";
    assert_false(json(script, "[{\"id\":\"a\",\"n\":1},\n{\"id\":\"b\",\"n\":2},{\"id\":\"c\","
                              "\"n\":1},{\"id\":\"d\",\"n\":\"x\"}]"));
    assert_int_equal(err.code, BF_E_ROWS);
    assert_int_equal(bf_decode_faults(decode)->total, 2);
    assert_int_equal(fault(0)->record, 2);
    assert_int_equal(fault(0)->line, 2);
    assert_holds(fault(0)->reason, "hook.lua:2:");
    assert_holds(fault(0)->reason, "too many");
    assert_int_equal(fault(1)->record, 4);
    assert_int_equal(nrows, 1);
}

/* A script that fails at every record is not asked a million times. */
static void it_is_given_up(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, 1u << 20);
    bf_buf_text(&b, "id\n");
    for (int i = 0; i < 1000; i++)
        bf_buf_printf(&b, "%d\n", i);
    struct bf_lua_script *script = open_script("function on_ingest(r) error('no') end", NULL);
    assert_false(run_in(script, BF_PUSH_CSV, bf_buf_view(&b)));
    assert_int_equal(bf_decode_records(decode), 1000);
    assert_int_equal(bf_decode_faults(decode)->total, BF_FAULTS);
    bf_lua_script_free(script);
    script = open_script("function on_ingest(r) while true do end end", NULL);
    assert_false(run_in(script, BF_PUSH_CSV, bf_buf_view(&b)));
    assert_int_equal(bf_decode_faults(decode)->total, 1);
    bf_lua_script_free(script);
    script = open_script("function on_ingest(r) local t = {} while true do t[#t + 1] = {} end end",
                         NULL);
    assert_false(run_in(script, BF_PUSH_CSV, bf_buf_view(&b)));
    assert_int_equal(bf_decode_faults(decode)->total, 1);
    bf_lua_script_free(script);
    bf_buf_fini(&b);
}

static void the_box_judges_what_the_script_gave(void **state)
{
    (void)state;
    static const struct bf_key_box lille = {.west = 3, .south = 50, .east = 4, .north = 51};
    const char *script = "function on_ingest(r) r.place = {lon = r.x, lat = 50.5}; r.x = nil end";
    box = &lille;
    assert_true(json(script, "[{\"id\":\"a\",\"x\":3.5}]"));
    assert_false(json(script, "[{\"id\":\"a\",\"x\":2.5,\"place\":{\"lon\":3.5,\"lat\":50.5}}]"));
    assert_text(fault(0)->field, "place");
    /* Rows and records part when some are dropped. */
    assert_true(json("function on_ingest(r) r.place = '50.5, 3.5'; return r.n ~= 1 end",
                     "[{\"id\":\"a\",\"n\":1},\n{\"id\":\"b\",\"n\":2}]"));
    bf_decode_outside(decode, 0);
    assert_int_equal(fault(0)->record, 2);
    assert_int_equal(fault(0)->line, 2);
    box = NULL;
}

static void places_are_looked_up(void **state)
{
    (void)state;
    struct bf_geometry shape;
    const char *why;
    assert_true(bf_geometry_read(life,
                                 BF_STR("MULTIPOLYGON (((3 50, 4 50, 4 51, 3 51, 3 50),"
                                        " (3.4 50.4, 3.6 50.4, 3.6 50.6, 3.4 50.6, 3.4 50.4)))"),
                                 100, &shape, &why));
    struct bf_raw_member name = {BF_STR_INIT("nom"), BF_RAW_TEXT, BF_STR_INIT("Lille")};
    struct bf_area area = {.shape = shape.ewkb, .attributes = {&name, 1}};
    struct bf_layer layers[] = {{BF_STR_INIT("communes"), &area, 1},
                                {BF_STR_INIT("quartiers"), &area, 0}};
    const struct bf_areas *areas = bf_areas_new(life, layers, 2, &err);
    assert_non_null(areas);
    struct bf_lua_script *script = open_script(
        "function on_ingest(r)\n local a = geo.area('communes', r.n / 10, 50.5)\n"
        " r.note = (a and a.nom or '-') .. tostring(geo.area('quartiers', 3.1, 50.5)) end",
        areas);
    assert_true(run_in(script, BF_PUSH_JSON,
                       BF_STR("[{\"id\":\"a\",\"n\":31},{\"id\":\"b\",\"n\":35},"
                              "{\"id\":\"c\",\"n\":29},{\"id\":\"d\",\"n\":39}]")));
    static const char *const found[] = {"Lillenil", "-nil", "-nil", "Lillenil"};
    for (size_t i = 0; i < 4; i++)
        assert_text(rows[i][NOTE].text, found[i]);
    bf_lua_script_free(script);
    assert_false(json("function on_ingest(r) geo.area('communes', 3, 50) end", "[{\"id\":\"a\"}]"));
    assert_holds(fault(0)->reason, "no areas 'communes'");
}

static void many_members(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, 1u << 20);
    for (int extra = 1000; extra <= 3000; extra += 2000) {
        bf_buf_clear(&b);
        bf_buf_text(&b, "[{\"id\":\"a\"");
        for (int i = 0; i < extra; i++)
            bf_buf_printf(&b, ",\"f%d\":%d", i, i);
        bf_buf_text(&b, "}]");
        struct bf_lua_script *script = open_script(
            "function on_ingest(r) for name in pairs(r) do if name ~= 'id' then r[name] = nil end "
            "end end",
            NULL);
        assert_int_equal(run_in(script, BF_PUSH_JSON, bf_buf_view(&b)), extra < 2000);
        bf_lua_script_free(script);
    }
    assert_holds(fault(0)->reason, "more members");
    bf_buf_fini(&b);
}

/* ---- records that come again ---- */

static const char again_script[] = "function on_ingest(r)\n"
                                   " if r.n == 1 then return false, 'one' end\n"
                                   " if r.n == 2 then error('two') end\n"
                                   " if r.n == 3 then log.info('three') end\n"
                                   " r.words = {r.id, 'w'}; r.note = r.note and r.note .. '!'\n"
                                   "end";

/* How often the script was asked about the records of that body. */
static uint64_t asked(struct bf_lua_script *script, bool ok, const char *body)
{
    uint64_t before = bf_lua_script_use(script).calls;
    assert_int_equal(run_in(script, BF_PUSH_JSON, bf_str_of(body)), ok);
    return bf_lua_script_use(script).calls - before;
}

static void a_record_that_comes_again_is_known(void **state)
{
    (void)state;
    struct bf_lua_script *script = open_script(again_script, NULL);
    const char *body = "[{\"id\":\"a\",\"note\":\"\\u00e9\",\"heard\":\"2026-10-25T02:30:00Z\"},\n"
                       "{\"id\":\"b\"},\n{\"n\":1},\n{\"id\":\"c\",\"place\":\"50.5, 3.5\"}]";
    memo = bf_memo_new(1 << 20);
    for (int i = 0; i < 3; i++) {
        memo_of = 5;
        assert_int_equal(asked(script, true, body), i ? 0 : 4);
        assert_int_equal(nrows, 3);
        assert_text(rows[0][NOTE].text, "é!");
        assert_text(rows[0][WORDS].text, "a,w");
        assert_int_equal(rows[1][HEARD].type, BF_NULL);
        assert_text(rows[2][ID].text, "c");
        assert_true(rows[2][PLACE].point.lon == 3.5);
        assert_true(bf_decode_repeated(decode));
        assert_int_equal(bf_decode_records(decode), 4);
        assert_int_equal(bf_decode_dropped(decode)->total, 1);
        assert_int_equal(bf_decode_dropped(decode)->list[0].record, 3);
        assert_int_equal(bf_decode_dropped(decode)->list[0].line, 3);
        assert_text(bf_decode_dropped(decode)->list[0].reason, "one");
    }
    assert_int_equal(asked(script, true, "[{\"id\":\"b\"}]"), 0);
    assert_false(bf_decode_repeated(decode));
    assert_int_equal(asked(script, true, "[{\"id\":\"b\" }]"), 1);
    memo_of = 6; /* applied anew, or with other contours */
    assert_int_equal(asked(script, true, body), 4);
    bf_memo_free(memo);
    memo = NULL;
    bf_lua_script_free(script);
}

static void what_was_refused_is_judged_each_time(void **state)
{
    (void)state;
    static const struct bf_key_box lille = {.west = 3, .south = 50, .east = 4, .north = 51};
    struct bf_lua_script *script = open_script(again_script, NULL);
    memo = bf_memo_new(1 << 20);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(asked(script, false, "[{\"id\":\"a\",\"n\":2}]"), 1);
        assert_holds(fault(0)->reason, "hook.lua:3: two");
        assert_int_equal(asked(script, false, "[{\"id\":\"a\",\"unknown\":0}]"), 1);
        assert_holds(fault(0)->reason, "no such field");
        assert_int_equal(asked(script, false, "[{\"id\":\"a\",\"n\":{}}]"), 1);
        assert_holds(fault(0)->reason, "a whole number");
        assert_int_equal(asked(script, true, "[{\"id\":\"a\",\"n\":3}]"), 1); /* it writes a line */
        assert_int_equal(asked(script, false, "[{\"id\":\"b\"},{\"id\":\"b\"}]"), i ? 0 : 1);
        assert_holds(fault(0)->reason, "the same key as in record 1");
        assert_text(fault(0)->value, "[\"b\"]");
    }
    assert_int_equal(asked(script, true, "[{\"id\":\"c\",\"place\":\"52, 3.5\"}]"), 1);
    box = &lille;
    assert_int_equal(asked(script, false, "[{\"id\":\"c\",\"place\":\"52, 3.5\"}]"), 0);
    assert_text(fault(0)->field, "place");
    box = NULL;
    /* Cells are no record without their header. */
    for (int i = 0; i < 2; i++) {
        uint64_t calls = bf_lua_script_use(script).calls;
        assert_true(run_in(script, BF_PUSH_CSV, BF_STR("id\na\n")));
        assert_int_equal(bf_lua_script_use(script).calls - calls, 1);
    }
    bf_memo_free(memo);
    memo = NULL;
    bf_lua_script_free(script);
}

/* What is given up stays so, whatever is known. */
static void a_batch_that_is_given_up_knows_nothing(void **state)
{
    (void)state;
    struct bf_lua_script *script = open_script("function on_ingest(r) while r.n do end end", NULL);
    memo = bf_memo_new(1 << 20);
    assert_int_equal(asked(script, true, "[{\"id\":\"a\"}]"), 1);
    assert_int_equal(asked(script, false, "[{\"id\":\"b\",\"n\":1},{\"id\":\"a\"}]"), 1);
    assert_int_equal(bf_decode_faults(decode)->total, 1);
    assert_int_equal(nrows, 0);
    bf_memo_free(memo);
    memo = NULL;
    bf_lua_script_free(script);
}

/* ---- scripts that fall ---- */

static void fall(struct bf_quarantine *q, int slot, pid_t pid, int64_t at)
{
    struct bf_quarantine_news news;
    bf_quarantine_enter(q, bf_quarantine_seat(q, pid), slot);
    assert_true(bf_quarantine_died(q, pid, true, at, &news));
}

static enum bf_code begin(struct bf_repairs *all, const struct bf_entry *e, struct bf_repair **out)
{
    struct bf_repair_setup s = {.arena = arena, .entry = e};
    bf_err_clear(&err);
    return bf_repairs_begin(all, &s, out, &err) ? BF_E_NONE : err.code;
}

static void ask(struct bf_repair *r)
{
    struct bf_raw_record made, raw = {NULL, 0};
    struct bf_str why;
    assert_null(bf_repair_known(r, BF_STR("{}")));
    assert_int_equal(bf_repair_record(r, &raw, &made, &why), BF_REPAIRED);
    bf_repair_keep(r, BF_STR("{}"), &(struct bf_memo_row){.why = BF_STR_INIT("x")}, 0);
}

/* Three times in a minute, and nothing is asked for a minute; then one batch finds out. */
static void a_script_that_falls_is_let_alone(void **state)
{
    (void)state;
    struct bf_quarantine *q = /* to the end of the process: plugin/fall */
        mmap(NULL, bf_quarantine_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct bf_repair_host host = {.quarantine = q, .memo = 1 << 20};
    struct bf_entry e = {
        .manifest = manifest, .hook = BF_STR_INIT("function on_ingest() end"), .applied_us = 1};
    struct bf_repairs *all = bf_repairs_new(&host);
    int64_t now = bf_clock_mono_us(), minute = 60 * (int64_t)1000000;
    int slot = bf_quarantine_ingest_slot(q, manifest->id, 1);
    struct bf_repair *r;
    bf_arena_reset(arena);
    for (pid_t pid = 1000001; pid < 1000003; pid++) {
        fall(q, slot, pid, now - minute - 100);
        assert_int_equal(begin(all, &e, &r), BF_E_NONE);
        bf_repair_end(r);
    }
    fall(q, slot, 1000003, now);
    assert_int_equal(begin(all, &e, &r), BF_E_NONE); /* two of them were more than a minute ago */
    bf_repair_end(r);
    fall(q, slot, 1000004, now);
    fall(q, slot, 1000005, now);
    assert_int_equal(begin(all, &e, &r), BF_E_QUARANTINE);
    assert_true(err.retry_after_s > 0 && err.retry_after_s <= 60);
    assert_holds(bf_str_of(err.message), "three times within a minute");
    e.applied_us = 2; /* another script */
    assert_int_equal(begin(all, &e, &r), BF_E_NONE);
    ask(r);
    bf_repair_end(r);
    slot = bf_quarantine_ingest_slot(q, manifest->id, 2);
    for (pid_t pid = 1000006; pid < 1000009; pid++)
        fall(q, slot, pid, now - minute - 100);
    assert_int_equal(begin(all, &e, &r), BF_E_NONE);
    struct bf_repair *other;
    assert_int_equal(begin(all, &e, &other), BF_E_QUARANTINE); /* one at a time */
    ask(r);                                                    /* although it is known */
    bf_repair_end(r);
    assert_int_equal(begin(all, &e, &r), BF_E_NONE);
    assert_non_null(bf_repair_known(r, BF_STR("{}")));
    bf_repair_end(r);
    bf_repairs_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_checked_after_the_script),
        cmocka_unit_test(values_are_checked_after_the_script),
        cmocka_unit_test(what_is_not_json_never_gets_there),
        cmocka_unit_test(an_envelope_is_opened_first),
        cmocka_unit_test(dropped_records_are_counted),
        cmocka_unit_test(a_failing_script_refuses_the_batch),
        cmocka_unit_test(it_is_given_up),
        cmocka_unit_test(the_box_judges_what_the_script_gave),
        cmocka_unit_test(places_are_looked_up),
        cmocka_unit_test(many_members),
        cmocka_unit_test(a_record_that_comes_again_is_known),
        cmocka_unit_test(what_was_refused_is_judged_each_time),
        cmocka_unit_test(a_batch_that_is_given_up_knows_nothing),
        cmocka_unit_test(a_script_that_falls_is_let_alone),
    };
    return cmocka_run_group_tests(tests, setup, close_dataset);
}

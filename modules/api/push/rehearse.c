#include "api/push/rehearse.h"

#include "api/push/reach.h"
#include "api/push/record.h"
#include "api/push/repair.h"
#include "lua/guard.h"
#include "value/cell.h"

#include <stdio.h>
#include <string.h>

enum { VALUES_MAX = 64 << 20 };

struct stage {
    const struct bf_rehearsal *setup;
    struct bf_arena *arena;
    struct bf_reach reach;
    struct bf_lua_script *script; /* NULL: the dataset has none */
    struct bf_repair *repair;     /* NULL: records go as they come */
    struct bf_record *json, *cells;
    struct bf_buf values;
    char why[BF_LUA_MESSAGE]; /* nothing can be tried */
};

static void hush(void *self, enum bf_level level, struct bf_str text)
{
    (void)self;
    (void)level;
    (void)text;
}

static void blame_all(const struct stage *s, struct bf_rehearsed out[BF_CAME_RECORDS], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i].as = BF_REHEARSED_FAILED;
        snprintf(out[i].why, sizeof out[i].why, "%.*s", BF_REHEARSED_TEXT - 1, s->why);
    }
}

/* ---- opening ------------------------------------------------------------------------------- */

static bool open_script(struct stage *s)
{
    const struct bf_entry *entry = s->setup->entry;
    struct bf_str id = entry->manifest->id;
    struct bf_lua_fault fault;
    const struct bf_lua_source source = {
        .name = bf_arena_printf(s->arena, "%.*s/hook.lua", BF_STR_ARG(id)),
        .text = entry->hook,
        .dataset = id,
        .areas = s->reach.areas,
        .log = {hush, NULL}};
    s->script = bf_lua_script_open(&source, &fault);
    if (!s->script) {
        memcpy(s->why, fault.message, sizeof s->why);
        return false;
    }
    if (bf_lua_script_has(s->script, BF_LUA_ON_INGEST))
        s->repair = bf_repair_of(s->arena, s->script);
    return true;
}

/* What is wrong with its areas is a reason to say no; that the database is away is none. */
static bool reach_areas(struct stage *s, struct bf_err *err)
{
    const struct bf_rehearsal *r = s->setup;
    if (bf_reach_read(&s->reach, s->arena, r->conn, r->registry, r->entry->manifest, err))
        return true;
    if (err->code == BF_E_HANDLER) {
        snprintf(s->why, sizeof s->why, "%.*s", (int)sizeof s->why - 1, err->message);
        bf_err_clear(err);
    }
    return false;
}

static bool open_records(struct stage *s, struct bf_err *err)
{
    const struct bf_manifest *m = s->setup->entry->manifest;
    s->json = bf_record_new(s->arena, m, false, s->setup->record_max, err);
    s->cells = s->json ? bf_record_new(s->arena, m, false, s->setup->record_max, err) : NULL;
    return s->cells && bf_record_raw_header(s->cells, NULL, 0);
}

/* ---- one record ---------------------------------------------------------------------------- */

static uint64_t sum_of(struct stage *s, const struct bf_value *values)
{
    const struct bf_manifest *m = s->setup->entry->manifest;
    struct bf_buf *b = &s->values;
    uint64_t sum = 0;
    for (size_t i = 0; i < m->nfields; i++) {
        if (values[i].type == BF_NULL)
            continue;
        bf_buf_clear(b);
        bf_buf_str(b, m->fields[i].column.name);
        bf_buf_char(b, (char)values[i].type);
        bf_cell_put(b, &values[i]);
        sum += bf_str_hash(bf_buf_view(b)); /* in whatever order the fields stand */
    }
    return sum;
}

static void fail(struct bf_rehearsed *out, struct bf_str field, struct bf_str why)
{
    out->as = BF_REHEARSED_FAILED;
    snprintf(out->why, sizeof out->why, "%.*s%s%.*s", (int)(field.n < 60 ? field.n : 60),
             field.n ? field.p : "", field.n ? ": " : "",
             (int)(why.n < BF_REHEARSED_TEXT ? why.n : BF_REHEARSED_TEXT), why.p);
}

static void try_raw(struct stage *s, struct bf_record *record, const struct bf_raw_record *came,
                    struct bf_rehearsed *out)
{
    struct bf_raw_record made = *came;
    struct bf_str why = {NULL, 0};
    struct bf_fault fault = {0};
    enum bf_repaired how = s->repair ? bf_repair_record(s->repair, came, &made, &why) : BF_REPAIRED;
    if (how == BF_REPAIR_GAVE_UP) /* after one that took too long: nothing is known of it */
        return;
    if (how == BF_REPAIR_FAILED) {
        fail(out, BF_STR(""), why);
    } else if (how == BF_REPAIR_DROPPED) {
        out->as = BF_REHEARSED_DROPPED;
    } else if (!bf_record_from_raw(record, &made, &fault)) {
        fail(out, fault.field, fault.reason);
    } else {
        out->as = BF_REHEARSED_WRITTEN;
        out->sum = sum_of(s, bf_record_values(record));
    }
}

static void try_line(struct stage *s, struct bf_str line, struct bf_rehearsed *out)
{
    struct bf_raw_record raw;
    struct bf_fault fault = {0};
    bool cells = bf_str_starts(line, BF_STR("C"));
    if (cells)
        line = (struct bf_str){line.p + 1, line.n - 1};
    struct bf_record *record = cells ? s->cells : s->json;
    if (bf_record_raw_json(record, line, &raw, &fault))
        try_raw(s, record, &raw, out);
}

/* ---- all of them --------------------------------------------------------------------------- */

static size_t count_lines(struct bf_str lines)
{
    size_t n = 0;
    for (size_t i = 0; i < lines.n; i++)
        n += lines.p[i] == '\n';
    return n < BF_CAME_RECORDS ? n : BF_CAME_RECORDS;
}

static bool run(struct stage *s, struct bf_rehearsed out[BF_CAME_RECORDS], struct bf_err *err)
{
    struct bf_str lines = s->setup->lines;
    size_t n = count_lines(lines);
    if (!open_records(s, err))
        return bf_err_is_set(err) ? false
                                  : BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
    if (s->setup->entry->hook.n && (!reach_areas(s, err) || !open_script(s))) {
        if (s->why[0])
            blame_all(s, out, n);
        return !bf_err_is_set(err);
    }
    for (size_t i = 0; i < n; i++) {
        struct bf_str line = bf_str_cut(lines, '\n', &lines);
        try_line(s, line, &out[i]);
    }
    return true;
}

bool bf_rehearse(const struct bf_rehearsal *r, struct bf_rehearsed out[BF_CAME_RECORDS],
                 struct bf_err *err)
{
    struct stage s = {.setup = r, .arena = bf_arena_new(BF_REACH_MEMORY)};
    memset(out, 0, BF_CAME_RECORDS * sizeof *out);
    if (!s.arena)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
    bf_buf_init(&s.values, VALUES_MAX);
    bool ok = run(&s, out, err);
    if (s.script)
        bf_guard_rest();
    bf_lua_script_free(s.script);
    bf_buf_fini(&s.values);
    bf_arena_free(s.arena);
    return ok;
}

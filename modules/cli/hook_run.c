#include "cli/hook_run.h"

#include "core/log.h"
#include "plugin/host.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the script as a handler --------------------------------------------------------------- */

static struct bf_hook_run *opening; /* the maker knows an entry alone */

void bf_hook_run_log(void *self, enum bf_level level, struct bf_str text)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    (void)self;
    printf("log %s: %.*s\n", (unsigned)level < 4 ? names[level] : "?", BF_STR_ARG(text));
}

static bool make(struct bf_arena *a, const struct bf_entry *entry, const struct bf_api *host,
                 struct bf_scripted *out, struct bf_err *err)
{
    (void)a;
    (void)host;
    struct bf_lua_fault fault = {0};
    struct bf_hook_script *h = &opening->hook;
    const struct bf_lua_source source = {.name = BF_STR("hook.lua"),
                                         .text = entry->hook,
                                         .dataset = entry->manifest->id,
                                         .log = {bf_hook_run_log, NULL},
                                         .cover = opening->cover};
    if (!bf_hook_open(h, &source, &entry->manifest->schema, &fault)) {
        bf_hook_close(h);
        return BF_FAIL_WITH(err, BF_E_HANDLER, "%s", fault.message);
    }
    *out =
        (struct bf_scripted){*bf_lua_handler_abi(h->handler), bf_lua_handler_self(h->handler), h};
    return true;
}

static const char *why(void *made)
{
    return bf_hook_why(made);
}

static void end(void *made)
{
    bf_hook_close(made);
}

static const struct bf_script_maker maker = {make, why, end};

/* ---- open ---------------------------------------------------------------------------------- */

static bool no_memory(struct bf_hook_run *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "there is no memory left");
}

/* Why the binding does not take the request. true: on_request means it, and rows can be run. */
static bool look_at_refusal(struct bf_hook_run *r)
{
    const char *out = bf_binding_out(r->binding);
    const char *failed = bf_hook_why(&r->hook);
    if (!out && !failed) {
        r->refusal = bf_arena_dup(r->arena, bf_str_of(r->err.message)).p;
        bf_err_clear(&r->err);
        return r->refusal != NULL;
    }
    bf_err_clear(&r->err);
    return BF_FAIL_WITH(&r->err, BF_E_HANDLER, "%s", out ? out : failed);
}

static bool bind(struct bf_hook_run *r)
{
    const struct bf_plugins_setup setup = {.dir = "", .scripts = &maker};
    r->plugins = bf_plugins_new(r->arena, &setup);
    if (!r->plugins)
        return no_memory(r);
    r->binding = bf_plugins_bind(r->plugins, &r->entry);
    opening = r;
    if (!r->binding)
        return true;
    return (bf_binding_rewrite(r->binding, &r->request) || look_at_refusal(r)) &&
           bf_binding_prepare_rows(r->binding, &r->request);
}

static bool make_printer(struct bf_hook_run *r)
{
    struct bf_write_column *columns = bf_arena_zalloc(r->arena, r->sql.noutputs, sizeof *columns);
    r->after = bf_arena_zalloc(r->arena, r->sql.ncolumns + 1, sizeof *r->after);
    for (size_t i = 0; columns && i < r->sql.noutputs; i++)
        columns[i] =
            (struct bf_write_column){.key = r->sql.outputs[i].key, .type = r->sql.outputs[i].type};
    if (columns)
        r->printer = bf_json_row_new(r->arena, columns, r->sql.noutputs, bf_zone_utc());
    return (r->printer && r->after) || no_memory(r);
}

bool bf_hook_run_open(struct bf_hook_run *r, struct bf_arena *a, const struct bf_entry *entry,
                      int64_t limit, bool cover)
{
    *r = (struct bf_hook_run){.arena = a, .entry = *entry, .cover = cover};
    const struct bf_query_text text = {.zone = bf_zone_utc(), .limit = limit};
    struct bf_buf before, after;
    bf_err_clear(&r->err);
    bf_log_set_level(BF_LOG_NOTHING);
    struct bf_query *q = bf_query_parse(a, &text, &r->err);
    if (!q || !bf_query_check(q, &entry->manifest->schema, &r->err))
        return false;
    r->request =
        (struct bf_hook_request){.arena = a, .err = &r->err, .query = q, .id = BF_STR("hook")};
    bf_buf_init(&before, 1 << 20);
    bf_buf_init(&after, 1 << 20);
    bf_query_print_conditions(q, &before);
    bool ok = bind(r);
    bf_query_print_conditions(q, &after);
    r->narrowed = ok && !bf_str_eq(bf_buf_view(&before), bf_buf_view(&after));
    bf_buf_fini(&before);
    bf_buf_fini(&after);
    if (!ok || !bf_query_sql(q, &r->sql, &r->err))
        return false;
    r->request.sql = &r->sql;
    return make_printer(r);
}

void bf_hook_run_close(struct bf_hook_run *r)
{
    if (r->binding)
        bf_binding_finish(r->binding, &r->request);
    bf_plugins_free(r->plugins);
    r->plugins = NULL;
    r->binding = NULL;
}

/* ---- a row --------------------------------------------------------------------------------- */

static bool same_cell(struct bf_cell a, struct bf_cell b)
{
    return a.n == b.n && (a.n <= 0 || memcmp(a.p, b.p, (size_t)a.n) == 0);
}

static bool same_row(const struct bf_hook_run *r, const struct bf_cell *before)
{
    for (size_t i = 0; i < r->sql.noutputs; i++)
        if (!same_cell(before[i], r->after[i]))
            return false;
    return true;
}

/* The time that a script may take is that of a request: a row that fails ends one. */
static void begin_anew(struct bf_hook_run *r)
{
    bf_binding_finish(r->binding, &r->request);
    bf_err_clear(&r->err);
    bf_binding_rewrite(r->binding, &r->request);
    bf_err_clear(&r->err);
    r->broken = false;
}

enum bf_hook_outcome bf_hook_run_row(struct bf_hook_run *r, const struct bf_cell *cells,
                                     const struct bf_cell *before)
{
    enum bf_row_verdict verdict = BF_ROW_KEEP;
    if (r->broken)
        begin_anew(r);
    memcpy(r->after, cells, r->sql.ncolumns * sizeof *cells);
    r->rows++;
    if (r->binding && bf_binding_has_row(r->binding))
        verdict = bf_binding_row(r->binding, &r->request, r->after, r->sql.ncolumns);
    if (verdict == BF_ROW_SKIP) {
        r->left_out++;
        return BF_HOOK_LEFT_OUT;
    }
    if (verdict == BF_ROW_FAIL) {
        r->broken = true;
        r->failed++;
        return BF_HOOK_FAILED;
    }
    if (same_row(r, before ? before : cells))
        return BF_HOOK_SAME;
    r->changed++;
    return BF_HOOK_CHANGED;
}

static const char *failure(const struct bf_hook_run *r)
{
    const char *failed = bf_hook_why(&r->hook);
    return failed ? failed : r->err.message;
}

/* ---- what is told -------------------------------------------------------------------------- */

/* ` (id 3, nom "gare")` */
static void print_key(const struct bf_hook_run *r, const struct bf_cell *cells, struct bf_buf *out)
{
    const struct bf_manifest *m = r->entry.manifest;
    const char *mark = " (";
    for (size_t i = 0; i < m->nkey; i++) {
        for (size_t j = 0; j < r->sql.noutputs; j++) {
            struct bf_str name = m->fields[m->key[i]].column.name;
            if (!bf_str_eq(r->sql.outputs[j].key, name))
                continue;
            bf_buf_printf(out, "%s%.*s ", mark, BF_STR_ARG(name));
            bf_json_row_value(r->printer, out, j, cells[j]);
            mark = ", ";
        }
    }
    bf_buf_text(out, ")");
}

static void print_fields(const struct bf_hook_run *r, const struct bf_cell *before,
                         struct bf_buf *out)
{
    for (size_t i = 0; i < r->sql.noutputs; i++) {
        if (same_cell(before[i], r->after[i]))
            continue;
        bf_buf_printf(out, "  %-24.*s ", BF_STR_ARG(r->sql.outputs[i].key));
        bf_json_row_value(r->printer, out, i, before[i]);
        bf_buf_text(out, " -> ");
        bf_json_row_value(r->printer, out, i, r->after[i]);
        bf_buf_char(out, '\n');
    }
}

void bf_hook_run_print(const struct bf_hook_run *r, uint64_t number, enum bf_hook_outcome outcome,
                       const struct bf_cell *before, struct bf_buf *out)
{
    bf_buf_printf(out, "row %" PRIu64, number);
    print_key(r, before, out);
    if (outcome == BF_HOOK_SAME)
        bf_buf_text(out, ": as it was\n");
    else if (outcome == BF_HOOK_LEFT_OUT)
        bf_buf_text(out, ": left out\n");
    else if (outcome == BF_HOOK_FAILED)
        bf_buf_printf(out, ": failed: %s\n", failure(r));
    else
        bf_buf_char(out, '\n');
    if (outcome == BF_HOOK_CHANGED)
        print_fields(r, before, out);
}

void bf_hook_run_sum(const struct bf_hook_run *r, struct bf_buf *out)
{
    bf_buf_printf(out,
                  "%" PRIu64 " row%s: %" PRIu64 " changed, %" PRIu64 " as before, %" PRIu64
                  " left out, %" PRIu64 " failed\n",
                  r->rows, r->rows == 1 ? "" : "s", r->changed,
                  r->rows - r->changed - r->left_out - r->failed, r->left_out, r->failed);
}

/* How often it ran in either; -1: there is nothing to run. */
static int64_t runs_of(const struct bf_hook_run *r, const struct bf_lua_script *also, int line)
{
    int64_t here = r->hook.script ? bf_lua_script_line_runs(r->hook.script, line) : -1;
    int64_t there = also ? bf_lua_script_line_runs(also, line) : -1;
    return here < 0 || there < 0 ? (here > there ? here : there) : here + there;
}

void bf_hook_run_lines(const struct bf_hook_run *r, const struct bf_lua_script *also,
                       struct bf_buf *out)
{
    struct bf_str text = r->entry.hook;
    int lines = 1, can = 0, ran = 0;
    const char *mark = "; never: ";
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    for (int line = 1; line <= lines; line++) {
        int64_t runs = runs_of(r, also, line);
        can += runs >= 0;
        ran += runs > 0;
    }
    bf_buf_printf(out, "%d of %d lines ran", ran, can);
    for (int line = 1; line <= lines; line++) {
        if (runs_of(r, also, line) != 0)
            continue;
        bf_buf_printf(out, "%s%d", mark, line);
        mark = ", ";
    }
    bf_buf_char(out, '\n');
}

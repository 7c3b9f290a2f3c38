#include "plugin/binding.h"

#include "core/clock.h"
#include "core/log.h"
#include "plugin/damage.h"
#include "plugin/fall.h"
#include "plugin/host.h"
#include "plugin/loader.h"
#include "plugin/row.h"
#include "plugin/script.h"
#include "plugin/source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A handler that cannot work stays so until the next generation of workers. */
enum { OUT_RETRY_S = 60, EXIT_DAMAGED = 70 /* EX_SOFTWARE */ };

struct bf_binding {
    struct bf_plugins *plugins;
    int slot;        /* in the quarantine table, -1: none */
    bool opened;     /* loaded and open, or out for good */
    const char *out; /* why it is out for good; NULL: it is not */
    bool trial;      /* the request under way is the quarantine's trial */
    bool begun;      /* a request came to rewrite and not to finish */
    struct bf_handler handler;
    struct bf_script script;
    struct bf_plugin_facts facts;
    struct bf_dataset dataset;
    struct bf_req req;
    void *self;
    bool placed; /* fields and same are those of the request under way */
    struct bf_row_field *fields;
    struct bf_row row;
    struct bf_arena *row_arena;
    struct bf_buf scratch;
    /* Of a trial: a copy of the row, and what failed, which is no matter of the request. */
    struct bf_cell *copies;
    size_t room;
    struct bf_err tried;
    /* Of a source; `given` is NULL for any other handler. */
    struct bf_value *given; /* one per field of the manifest */
    struct bf_row given_row;
    struct bf_source source;
    bool source_open;
    void *cursor;
};

struct bf_plugins {
    struct bf_arena *arena;
    struct bf_str dir;
    struct bf_quarantine *quarantine;
    struct bf_fuses *fuses;
    const struct bf_script_maker *scripts;
    int seat;
    struct bf_binding **bindings; /* by index of the entry */
    size_t room;
    struct bf_binding broken; /* stands in where there was no memory */
};

/* Around every call into a handler: if the worker dies in between, the master knows by whom. */
static void step_in(struct bf_binding *b, enum bf_hook hook)
{
    bf_host_enter(hook, &b->dataset,
                  hook == BF_HOOK_OPEN || hook == BF_HOOK_CLOSE ? NULL : &b->req);
    bf_quarantine_enter(b->plugins->quarantine, b->plugins->seat, b->slot);
}

static void step_out(struct bf_binding *b)
{
    bf_quarantine_leave(b->plugins->quarantine, b->plugins->seat);
    bf_host_leave();
}

static bool is_watched(const struct bf_plugins *p)
{
    return p->quarantine && p->seat >= 0;
}

/* A script reaches nothing of its process. */
static bool may_spoil(const struct bf_binding *b)
{
    return is_watched(b->plugins) && !b->script.maker;
}

/* As a crash inside of the handler, because the next request must not meet this process. */
static void end_if_damaged(struct bf_binding *b, enum bf_fall_cause cause)
{
    const struct bf_fall fall = {cause, 0};
    struct bf_plugins *p = b->plugins;
    if (cause == BF_FALL_UNKNOWN)
        return;
    bf_log(BF_LOG_ERROR, "handler.damage", "dataset=%.*s handler=%.*s %s: the worker ends",
           BF_STR_ARG(b->dataset.entry->manifest->id),
           BF_STR_ARG(b->dataset.entry->manifest->handler), bf_fall_text(fall));
    bf_quarantine_enter(p->quarantine, p->seat, b->slot);
    bf_quarantine_because(p->quarantine, getpid(), fall);
    bf_quarantine_fell(p->quarantine, getpid());
    _exit(EXIT_DAMAGED);
}

/* ---- all of a worker ----------------------------------------------------------------------- */

struct bf_plugins *bf_plugins_new(struct bf_arena *generation, const struct bf_plugins_setup *setup)
{
    struct bf_plugins *p = bf_arena_zalloc(generation, 1, sizeof *p);
    if (!p)
        return NULL;
    p->arena = generation;
    p->dir = bf_arena_dup(generation, bf_str_of(setup->dir));
    p->quarantine = setup->quarantine;
    p->fuses = setup->fuses;
    p->scripts = setup->scripts;
    p->seat = p->quarantine ? bf_quarantine_seat(p->quarantine, getpid()) : -1;
    p->broken.plugins = p;
    p->broken.opened = true;
    p->broken.slot = -1;
    p->broken.out = "the worker has no memory for its handler";
    return p->dir.p ? p : NULL;
}

static void close_binding(struct bf_binding *b)
{
    if (b->handler.close) {
        step_in(b, BF_HOOK_CLOSE);
        b->handler.close(b->self);
        step_out(b);
    }
    if (b->script.made)
        b->script.maker->end(b->script.made);
    b->script.made = NULL;
    bf_arena_free(b->row_arena);
    bf_buf_fini(&b->scratch);
}

void bf_plugins_free(struct bf_plugins *p)
{
    if (!p)
        return;
    bf_quarantine_stands(p->quarantine, p->seat);
    for (size_t i = 0; i < p->room; i++) {
        if (p->bindings[i] && p->bindings[i] != &p->broken)
            close_binding(p->bindings[i]);
        p->bindings[i] = NULL;
    }
}

/* ---- one binding --------------------------------------------------------------------------- */

static bool copy_options(struct bf_arena *a, const struct bf_manifest *m, struct bf_dataset *d)
{
    const char **values = bf_arena_zalloc(a, m->noptions, sizeof *values);
    if (!values)
        return false;
    d->options = values;
    for (size_t i = 0; i < m->noptions; i++) {
        values[i] = bf_arena_dup(a, m->option_values[i]).p;
        if (!values[i])
            return false;
    }
    return true;
}

static struct bf_binding *make_binding(struct bf_plugins *p, const struct bf_entry *entry)
{
    const struct bf_schema *schema = &entry->manifest->schema;
    struct bf_binding *b = bf_arena_zalloc(p->arena, 1, sizeof *b);
    if (!b)
        return NULL;
    b->plugins = p;
    b->slot = p->quarantine
                  ? bf_quarantine_slot(p->quarantine, entry->manifest->id, entry->applied_us)
                  : -1;
    b->dataset = (struct bf_dataset){
        .arena = p->arena,
        .budget = BF_BINDING_BUDGET,
        .entry = entry,
        .asked = bf_arena_zalloc(p->arena, schema->n, sizeof(bool)),
    };
    b->fields = bf_arena_zalloc(p->arena, schema->n, sizeof *b->fields);
    if (!b->dataset.asked || !b->fields || !copy_options(p->arena, entry->manifest, &b->dataset))
        return NULL;
    bf_buf_init(&b->scratch, BF_ROW_SCRATCH);
    for (size_t i = 0; i < schema->n; i++)
        b->fields[i] = (struct bf_row_field){-1, schema->columns[i].type};
    return b;
}

struct bf_binding *bf_plugins_bind(struct bf_plugins *p, const struct bf_entry *entry)
{
    if (!entry->manifest->handler.n && !entry->handler.n && !entry->hook_reads)
        return NULL;
    if (entry->index >= p->room) {
        struct bf_binding **grown = bf_arena_grow(p->arena, p->bindings, &p->room, entry->index + 1,
                                                  sizeof(struct bf_binding *));
        if (!grown)
            return &p->broken;
        p->bindings = grown;
    }
    struct bf_binding **b = &p->bindings[entry->index];
    if (!*b)
        *b = make_binding(p, entry);
    if (!*b)
        *b = &p->broken;
    return *b;
}

const char *bf_binding_out(const struct bf_binding *b)
{
    if (!b->out && bf_quarantine_active(b->plugins->quarantine, b->slot, bf_clock_mono_us()))
        return "the handler crashed three times within a minute";
    return b->out;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* The first mistake between handler and manifest, as one line. */
static bool fits_manifest(struct bf_binding *b, struct bf_err *err)
{
    const struct bf_manifest *m = b->dataset.entry->manifest;
    struct bf_report report;
    bf_report_init(&report, b->plugins->arena);
    b->facts.script = b->script.maker != NULL;
    if (bf_facts_match(&b->facts, m, "dataset.json", &report))
        return true;
    if (report.n == 0)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "there is no memory for the mistakes");
    const struct bf_mistake *first = &report.mistakes[0];
    return BF_FAIL_WITH(err, BF_E_HANDLER, "dataset.json: %.*s: %.*s; %.*s",
                        BF_STR_ARG(first->pointer), BF_STR_ARG(first->wrong),
                        BF_STR_ARG(first->right));
}

static bool make_of_script(struct bf_binding *b, struct bf_err *err)
{
    struct bf_plugins *p = b->plugins;
    const struct bf_entry *entry = b->dataset.entry;
    if (entry->manifest->handler.n)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "hook.lua and the handler \"%.*s\" both take part in "
                            "reading",
                            BF_STR_ARG(entry->manifest->handler));
    if (!p->scripts)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "this program has no scripts");
    b->script =
        (struct bf_script){.maker = p->scripts,
                           .dataset = entry->manifest->id,
                           .fuse = bf_fuse_of(p->fuses, entry->manifest->id, entry->applied_us)};
    struct bf_scripted made = {.made = NULL};
    if (!p->scripts->make(p->arena, entry, bf_host_api(), &made, err))
        return false;
    b->handler = made.handler;
    b->self = made.self;
    b->script.made = made.made;
    return true;
}

static bool make_of_file(struct bf_binding *b, struct bf_err *err)
{
    struct bf_plugins *p = b->plugins;
    const struct bf_entry *entry = b->dataset.entry;
    struct bf_loaded loaded;
    if (!entry->handler.n)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "the handler \"%.*s\" is not installed",
                            BF_STR_ARG(entry->manifest->handler));
    const char *path = bf_loader_trusted(p->arena, p->dir.p, entry->handler, err);
    return path && bf_loader_load(path, &loaded, err) &&
           bf_loader_enter(&loaded, bf_host_api(), &b->handler, err);
}

static bool load(struct bf_binding *b, struct bf_err *err)
{
    bool made = b->dataset.entry->hook_reads ? make_of_script(b, err) : make_of_file(b, err);
    return made && bf_facts_read(b->plugins->arena, &b->handler, &b->facts, err) &&
           fits_manifest(b, err);
}

static bool call_open(struct bf_binding *b, struct bf_err *err)
{
    struct bf_dataset *d = &b->dataset;
    d->facts = &b->facts;
    if (!b->handler.open)
        return true;
    d->opening = true;
    enum bf_rc rc = b->handler.open(d, &b->self);
    d->opening = false;
    if (d->reason)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "%s", d->reason);
    if (d->starved)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "its open hook asked for more than %d bytes of memory",
                            BF_BINDING_BUDGET);
    if (rc == BF_OK)
        return true;
    return BF_FAIL_WITH(err, BF_E_HANDLER, "its open hook returned %d and gave no reason", (int)rc);
}

/* Before a handler's first code runs, and after what it may have done to the signals. */
static void watch_falls(const struct bf_plugins *p)
{
    if (is_watched(p))
        bf_fall_watch(p->quarantine);
}

/* For the log. */
static struct bf_str named(const struct bf_binding *b)
{
    const struct bf_entry *entry = b->dataset.entry;
    return entry->hook_reads ? BF_STR("hook.lua") : entry->manifest->handler;
}

/* What a source sets: the stored fields, each in a cell of its own. */
static bool make_given(struct bf_binding *b)
{
    const struct bf_manifest *m = b->dataset.entry->manifest;
    struct bf_arena *a = b->plugins->arena;
    struct bf_row_field *fields = bf_arena_zalloc(a, m->schema.n, sizeof *fields);
    struct bf_cell *cells = bf_arena_zalloc(a, m->nfields, sizeof *cells);
    b->given = bf_arena_zalloc(a, m->nfields, sizeof *b->given);
    if (!fields || !cells || !b->given)
        return false;
    for (size_t i = 0; i < m->schema.n; i++) {
        bool stored = i < m->nfields && bf_manifest_stored(&m->fields[i]);
        fields[i] = (struct bf_row_field){stored ? (int)i : -1, m->schema.columns[i].type};
    }
    b->given_row = (struct bf_row){.cells = cells,
                                   .fields = fields,
                                   .nfields = m->schema.n,
                                   .arena = b->row_arena,
                                   .scratch = &b->scratch,
                                   .given = true};
    return true;
}

/* Loading runs the handler's code too: its constructors, its entry point, its lists. */
static void open_binding(struct bf_binding *b)
{
    struct bf_arena *a = b->plugins->arena;
    struct bf_err *err = bf_arena_zalloc(a, 1, sizeof *err);
    b->opened = true;
    if (!err) {
        b->out = b->plugins->broken.out;
        return;
    }
    bf_err_clear(err);
    watch_falls(b->plugins);
    bf_damage_learn();
    bf_damage_begin();
    step_in(b, BF_HOOK_OPEN);
    bool ok = load(b, err) && call_open(b, err);
    step_out(b);
    if (is_watched(b->plugins))
        end_if_damaged(b, bf_damage_find_in_open());
    watch_falls(b->plugins);
    bf_damage_learn();
    bool rows = ok && (b->handler.row || b->handler.source_next);
    b->row_arena = rows ? bf_arena_new(BF_ROW_MEMORY) : NULL;
    if ((rows && !b->row_arena) || (ok && b->handler.source_next && !make_given(b)))
        ok = BF_FAIL_WITH(err, BF_E_MEMORY, "%s", b->plugins->broken.out);
    if (ok)
        return;
    b->out = err->message;
    b->handler = (struct bf_handler){0}; /* nothing of it is to be called by mistake */
    bf_log(BF_LOG_ERROR, "handler.out", "dataset=%.*s handler=%.*s %s",
           BF_STR_ARG(b->dataset.entry->manifest->id), BF_STR_ARG(named(b)), b->out);
}

const char *bf_binding_open(struct bf_binding *b)
{
    if (!b->opened)
        open_binding(b);
    return bf_binding_out(b);
}

/* ---- requests ------------------------------------------------------------------------------ */

static bool refuse(struct bf_err *err, int64_t retry_s, const char *why)
{
    BF_FAIL_WITH(err, BF_E_QUARANTINE,
                 "The dataset is out of service at the moment: its handler does not work.");
    err->retry_after_s = retry_s < 1 ? 1 : (int)retry_s;
    bf_err_detail(err, "%s", why);
    return false;
}

/* A trial that is over has passed: its worker is still alive. */
static void end_trial(struct bf_binding *b)
{
    if (b->trial)
        bf_quarantine_passed(b->plugins->quarantine, b->slot);
    b->trial = false;
}

static bool admit(struct bf_binding *b, struct bf_err *err)
{
    int64_t now = bf_clock_mono_us();
    int64_t until;
    end_trial(b);
    bf_quarantine_stands(b->plugins->quarantine, b->plugins->seat);
    switch (bf_quarantine_admit(b->plugins->quarantine, b->slot, now, &until)) {
    case BF_REFUSED:
        return refuse(err, (until - now + 999999) / 1000000,
                      "the handler crashed three times within a minute");
    case BF_ADMITTED_TRIAL:
        b->trial = true;
        break;
    case BF_ADMITTED:
        break;
    }
    if (!b->opened)
        open_binding(b);
    if (b->out)
        return refuse(err, OUT_RETRY_S, b->out);
    return !b->script.maker || bf_script_begin(&b->script, &b->handler, &until) ||
           refuse(err, (until - now + 999999) / 1000000, "the script was switched off");
}

/* What a hook returned, as the verdict on the request. */
static bool accept_rc(struct bf_hook_request *r, const char *hook, enum bf_rc rc)
{
    if (rc == BF_OK && !bf_err_is_set(r->err))
        return true;
    char why[48];
    snprintf(why, sizeof why, "returned %d without a reason", (int)rc);
    bf_host_blame(r->err, hook, why);
    return false;
}

/* A failure of a script is counted. A refusal that it means (fail, without a fault) is none. */
static bool judge(struct bf_binding *b, struct bf_hook_request *r, enum bf_fuse_part part,
                  bool passed, const char *why)
{
    struct bf_script *s = &b->script;
    if (!s->maker || passed)
        return passed;
    if (why || !b->req.said)
        bf_script_failed(s, part, r->id, why ? why : r->err->detail);
    else
        bf_script_passed(s, part);
    return false;
}

/* What went wrong in a script, and no client is told; NULL: nothing did. */
static const char *word_of(const struct bf_binding *b, struct bf_hook_request *r, const char *hook)
{
    const char *why = b->script.maker ? b->script.maker->why(b->script.made) : NULL;
    if (!why)
        return NULL;
    bf_err_clear(r->err);
    bf_host_blame(r->err, hook, why);
    return why;
}

/* The conditions that were added are the handler's, and so are the mistakes in them. */
static bool check_again(struct bf_binding *b, struct bf_hook_request *r)
{
    struct bf_err *why = bf_arena_zalloc(r->arena, 1, sizeof *why);
    if (!why)
        return BF_FAIL_WITH(r->err, BF_E_MEMORY, "The request needs more memory than it has.");
    bf_err_clear(why);
    if (bf_query_check(r->query, &b->dataset.entry->manifest->schema, why))
        return true;
    bf_host_blame(r->err, "query_and", why->message);
    return false;
}

bool bf_binding_rewrite(struct bf_binding *b, struct bf_hook_request *r)
{
    if (!admit(b, r->err))
        return false;
    b->req = (struct bf_req){.hook = r};
    if (may_spoil(b))
        bf_damage_begin();
    b->begun = true;
    b->placed = false;
    if (!b->handler.rewrite)
        return true;
    step_in(b, BF_HOOK_REWRITE);
    enum bf_rc rc = b->handler.rewrite(&b->req, r->query, b->self);
    step_out(b);
    const char *why = word_of(b, r, "on_request");
    bool passed = accept_rc(r, "rewrite", rc) && (!b->req.narrowed || check_again(b, r));
    if (!judge(b, r, BF_FUSE_REQUEST, passed, why))
        return false;
    if (b->script.maker)
        bf_script_passed(&b->script, BF_FUSE_REQUEST);
    return true;
}

static void close_source(struct bf_binding *b)
{
    if (b->source_open && b->handler.source_close) {
        step_in(b, BF_HOOK_SOURCE);
        b->handler.source_close(b->self, b->cursor);
        step_out(b);
    }
    b->source_open = false;
    b->req.source = NULL;
}

bool bf_binding_finish(struct bf_binding *b, struct bf_hook_request *r)
{
    bool ok = true;
    b->req.hook = r;
    close_source(b);
    bool failed = bf_err_is_set(r->err);
    if (b->begun && b->handler.finish) {
        step_in(b, BF_HOOK_FINISH);
        enum bf_rc rc = b->handler.finish(&b->req, b->self);
        step_out(b);
        ok = failed || accept_rc(r, "finish", rc);
    }
    if (b->begun && b->script.maker)
        bf_script_end(&b->script);
    if (b->begun && may_spoil(b))
        end_if_damaged(b, bf_damage_find());
    b->begun = false;
    b->req.hook = NULL;
    end_trial(b);
    return ok;
}

/* ---- rows ---------------------------------------------------------------------------------- */

bool bf_binding_has_row(const struct bf_binding *b)
{
    return b->handler.row != NULL && b->script.state[BF_FUSE_ROW] != BF_FUSE_OFF;
}

bool bf_binding_row_off(const struct bf_binding *b)
{
    return bf_script_row_off(&b->script);
}

bool bf_binding_trying(const struct bf_binding *b)
{
    return b->script.state[BF_FUSE_ROW] == BF_FUSE_TRIAL;
}

int64_t bf_binding_back_wall(const struct bf_binding *b)
{
    return b->script.maker ? bf_fuse_back_wall(&b->script.fuse, BF_FUSE_ROW) : 0;
}

bool bf_binding_prepare_rows(struct bf_binding *b, struct bf_hook_request *r)
{
    const struct bf_schema *schema = &b->dataset.entry->manifest->schema;
    b->placed = false;
    for (size_t i = 0; i < schema->n && bf_binding_has_row(b); i++) {
        bool read = b->dataset.asked[i] && !(schema->columns[i].flags & BF_COLUMN_OUTPUT_ONLY);
        if (read && !bf_query_carry(r->query, &schema->columns[i], r->err))
            return false;
    }
    return true;
}

/* The cells of what the client selected. A field may be selected twice (`a, a as b`): its place is
 * the first of a chain. */
static bool place_outputs(struct bf_binding *b, struct bf_hook_request *r, size_t n)
{
    const struct bf_schema *schema = &b->dataset.entry->manifest->schema;
    const struct bf_sql *sql = r->sql;
    b->row.same = NULL;
    b->row.nsame = 0;
    if (!sql)
        return true;
    int *same = bf_arena_zalloc(r->arena, sql->noutputs, sizeof *same);
    if (!same || sql->noutputs > n)
        return BF_FAIL_WITH(r->err, BF_E_INTERNAL, "Something failed inside the server.");
    for (size_t i = sql->noutputs; i-- > 0;) {
        const struct bf_column *c = sql->outputs[i].column;
        same[i] = -1;
        if (!c || c < schema->columns || c >= schema->columns + schema->n)
            continue;
        struct bf_row_field *f = &b->fields[c - schema->columns];
        same[i] = f->place;
        f->place = (int)i;
    }
    b->row.same = same;
    b->row.nsame = sql->noutputs;
    return true;
}

static bool place_fields(struct bf_binding *b, struct bf_hook_request *r, size_t n)
{
    const struct bf_schema *schema = &b->dataset.entry->manifest->schema;
    for (size_t i = 0; i < schema->n; i++)
        b->fields[i].place = -1;
    if (!place_outputs(b, r, n))
        return false;
    for (size_t i = 0; i < schema->n; i++) {
        struct bf_row_field *f = &b->fields[i];
        if (f->place < 0)
            f->place = bf_query_place(r->query, &schema->columns[i]);
        if (f->place >= 0 && (size_t)f->place >= n)
            return BF_FAIL_WITH(r->err, BF_E_INTERNAL, "Something failed inside the server.");
    }
    b->row.fields = b->fields;
    b->row.nfields = schema->n;
    b->row.arena = b->row_arena;
    b->row.scratch = &b->scratch;
    b->placed = true;
    return true;
}

static enum bf_rc call_row(struct bf_binding *b, struct bf_hook_request *r, struct bf_cell *cells)
{
    bf_arena_reset(b->row_arena);
    b->req.hook = r;
    b->req.said = false;
    b->row.cells = cells;
    b->row.writable = true;
    step_in(b, BF_HOOK_ROW);
    enum bf_rc rc = b->handler.row(&b->req, &b->row, b->self);
    step_out(b);
    b->row.writable = false;
    b->script.rows++;
    return rc;
}

static enum bf_row_verdict accept_row(struct bf_binding *b, struct bf_hook_request *r,
                                      enum bf_rc rc)
{
    if (rc == BF_OK && !bf_err_is_set(r->err))
        return BF_ROW_KEEP;
    if (rc == BF_SKIP && !bf_err_is_set(r->err))
        return BF_ROW_SKIP;
    const char *why = word_of(b, r, "on_record");
    judge(b, r, BF_FUSE_ROW, accept_rc(r, "row", rc), why);
    return BF_ROW_FAIL;
}

/* A script that was switched off, on a copy of the row: whatever comes of it, the row stays. */
static enum bf_row_verdict try_row(struct bf_binding *b, const struct bf_hook_request *r,
                                   const struct bf_cell *cells, size_t n)
{
    struct bf_hook_request apart = *r;
    struct bf_cell *copies = b->copies;
    if (b->room < n)
        copies = bf_arena_grow(b->plugins->arena, copies, &b->room, n, sizeof *copies);
    if (!copies)
        return BF_ROW_KEEP;
    b->copies = copies;
    memcpy(copies, cells, n * sizeof *copies);
    bf_err_clear(&b->tried);
    apart.err = &b->tried;
    enum bf_rc rc = call_row(b, &apart, copies);
    accept_row(b, &apart, rc);
    return BF_ROW_KEEP;
}

enum bf_row_verdict bf_binding_row(struct bf_binding *b, struct bf_hook_request *r,
                                   struct bf_cell *cells, size_t n)
{
    if (!bf_binding_has_row(b))
        return BF_ROW_KEEP;
    if (!b->placed && !place_fields(b, r, n))
        return BF_ROW_FAIL;
    if (bf_binding_row_off(b))
        return try_row(b, r, cells, n);
    return accept_row(b, r, call_row(b, r, cells));
}

/* ---- rows of a source ---------------------------------------------------------------------- */

bool bf_binding_source_open(struct bf_binding *b, struct bf_hook_request *r, int64_t limit,
                            struct bf_source_told *told)
{
    enum bf_rc rc = BF_OK;
    b->req.hook = r;
    b->req.source = &b->source;
    b->cursor = NULL;
    if (!b->given || !bf_source_init(&b->source, r, &b->dataset.entry->manifest->schema, limit))
        return BF_FAIL_WITH(r->err, BF_E_MEMORY, "The request needs more memory than it has.");
    if (b->handler.source_open) {
        step_in(b, BF_HOOK_SOURCE);
        rc = b->handler.source_open(&b->req, &b->source, b->self, &b->cursor);
        step_out(b);
    }
    b->source.opening = false;
    b->source_open = rc == BF_OK;
    *told = b->source.told;
    return accept_rc(r, "source_open", rc);
}

static void read_given(struct bf_binding *b)
{
    const struct bf_manifest *m = b->dataset.entry->manifest;
    for (size_t i = 0; i < m->nfields; i++)
        b->given[i] = bf_cell_value(b->given_row.cells[i], m->fields[i].column.type);
}

static enum bf_rc call_next(struct bf_binding *b)
{
    const struct bf_manifest *m = b->dataset.entry->manifest;
    bf_arena_reset(b->row_arena);
    for (size_t i = 0; i < m->nfields; i++)
        b->given_row.cells[i] = (struct bf_cell){NULL, -1};
    b->given_row.writable = true;
    step_in(b, BF_HOOK_SOURCE);
    enum bf_rc rc = b->handler.source_next(&b->req, &b->given_row, b->self, b->cursor);
    step_out(b);
    b->given_row.writable = false;
    return rc;
}

enum bf_given_row bf_binding_source_next(struct bf_binding *b, struct bf_hook_request *r,
                                         const struct bf_value **values)
{
    enum bf_rc rc;
    b->req.hook = r;
    do
        rc = call_next(b);
    while (rc == BF_SKIP && !bf_err_is_set(r->err));
    *values = b->given;
    if (rc == BF_END && !bf_err_is_set(r->err)) {
        close_source(b);
        return BF_GIVEN_END;
    }
    if (!accept_rc(r, "source_next", rc))
        return BF_GIVEN_FAIL;
    read_given(b);
    return BF_GIVEN_ROW;
}

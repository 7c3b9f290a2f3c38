#include "cli/hook.h"

#include "cli/connect.h"
#include "cli/say.h"
#include "store/catalog.h"
#include "store/read.h"
#include "value/number.h"

#include <getopt.h>
#include <inttypes.h>

enum { ROWS = 1000, MOST_ROWS = 20000, SHOW = 20 };

struct preview {
    struct bf_hook_command *c;
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_registry registry;
    struct bf_hook_run now, then; /* as it is applied, and as the folder has it */
    int64_t rows, show, shown;
    bool live;
    struct bf_cell *stored, *before; /* a row for `now`; and what is answered now, for `then` */
    int *in_then, *in_now;           /* by output: the same field in the other; -1: none */
};

static int output_named(const struct bf_hook_run *r, struct bf_str key)
{
    for (size_t i = 0; i < r->sql.noutputs; i++)
        if (bf_str_eq(r->sql.outputs[i].key, key))
            return (int)i;
    return -1;
}

static int *map_outputs(struct preview *p, const struct bf_hook_run *from,
                        const struct bf_hook_run *to)
{
    int *map = bf_arena_zalloc(p->c->arena, from->sql.ncolumns + 1, sizeof *map);
    for (size_t i = 0; map && i < from->sql.ncolumns; i++)
        map[i] = i < from->sql.noutputs ? output_named(to, from->sql.outputs[i].key) : -1;
    return map;
}

/* ---- open ---------------------------------------------------------------------------------- */

static bool find_dataset(struct preview *p, struct bf_entry *out)
{
    struct bf_hook_command *c = p->c;
    struct bf_str id = c->entry.manifest->id;
    size_t left_out;
    bf_registry_init(&p->registry, c->arena);
    if (!bf_conf_load(&p->conf, NULL, &c->err))
        return false;
    if (!bf_connect_as(BF_ROLE_READER, &p->conf, &p->conn, &c->err) ||
        !bf_catalog_load(p->conn, &p->registry, &left_out, &c->err))
        return false;
    const struct bf_entry *found = bf_registry_find(&p->registry, id);
    if (!found)
        return BF_FAIL_WITH(&c->err, BF_E_NOT_FOUND_RESOURCE,
                            "the dataset \"%.*s\" is not applied: it has no rows yet",
                            BF_STR_ARG(id));
    *out = *found;
    return true;
}

static bool open_run(struct preview *p, struct bf_hook_run *r, const struct bf_entry *entry)
{
    if (bf_hook_run_open(r, p->c->arena, entry, p->rows, false))
        return true;
    p->c->err = r->err;
    return false;
}

static bool open_runs(struct preview *p)
{
    struct bf_entry entry = {0};
    if (!find_dataset(p, &entry))
        return false;
    if (entry.manifest->handler.n)
        return BF_FAIL_WITH(&p->c->err, BF_E_PARAMETER,
                            "what is applied has the handler \"%.*s\", which is not run here",
                            BF_STR_ARG(entry.manifest->handler));
    if (!open_run(p, &p->now, &entry) || !open_run(p, &p->then, &p->c->entry))
        return false;
    p->in_then = map_outputs(p, &p->now, &p->then);
    p->in_now = map_outputs(p, &p->then, &p->now);
    p->stored = bf_arena_zalloc(p->c->arena, p->now.sql.ncolumns + 1, sizeof *p->stored);
    p->before = bf_arena_zalloc(p->c->arena, p->then.sql.ncolumns + 1, sizeof *p->before);
    return (p->in_then && p->in_now && p->stored && p->before) ||
           BF_FAIL_WITH(&p->c->err, BF_E_MEMORY, "there is no memory left");
}

/* ---- rows ---------------------------------------------------------------------------------- */

static struct bf_cell cell_of(const struct bf_cell *cells, int at)
{
    return at >= 0 ? cells[at] : (struct bf_cell){NULL, -1};
}

/* What is answered now for the row that was read, as `then` has its fields; what fails or is left
 * out now is as it is stored. */
static void answer_now(struct preview *p, const struct bf_cell *read)
{
    for (size_t i = 0; i < p->now.sql.ncolumns; i++)
        p->stored[i] = cell_of(read, p->in_then[i]);
    enum bf_hook_outcome outcome = bf_hook_run_row(&p->now, p->stored, NULL);
    bool answered = outcome == BF_HOOK_SAME || outcome == BF_HOOK_CHANGED;
    const struct bf_cell *cells = answered ? p->now.after : p->stored;
    for (size_t i = 0; i < p->then.sql.ncolumns; i++)
        p->before[i] = cell_of(cells, p->in_now[i]);
}

static void compare_row(struct preview *p, const struct bf_cell *read)
{
    answer_now(p, read);
    enum bf_hook_outcome outcome = bf_hook_run_row(&p->then, read, p->before);
    if (outcome == BF_HOOK_SAME || p->shown >= p->show)
        return;
    p->shown++;
    bf_hook_run_print(&p->then, p->then.rows, outcome, p->before, &p->c->out);
}

static bool compare_all(struct preview *p)
{
    struct bf_hook_command *c = p->c;
    struct bf_read *read = bf_read_page(p->conn, c->arena, c->entry.manifest->id, &p->then.sql,
                                        BF_READ_TOTAL, &c->err);
    if (!read)
        return false;
    while (bf_read_next(read, &c->err))
        compare_row(p, read->cells);
    if (bf_err_is_set(&c->err))
        return false;
    const struct bf_hook_run *then = &p->then;
    uint64_t differ = then->changed + then->left_out + then->failed;
    if (differ > (uint64_t)p->shown)
        bf_buf_printf(&c->out, "and %" PRIu64 " rows more that differ\n",
                      differ - (uint64_t)p->shown);
    if (read->total < read->records)
        bf_buf_printf(&c->out, "on_request shows %" PRId64 " of %" PRId64 " records\n", read->total,
                      read->records);
    bf_buf_printf(&c->out, "of %" PRId64 " records at commit %" PRId64 ", ", read->total,
                  read->commit);
    bf_hook_run_sum(then, &c->out);
    return bf_say_buf(stdout, &c->out);
}

/* ---- the command --------------------------------------------------------------------------- */

static bool read_number(const char *text, int64_t most, int64_t *out)
{
    return bf_number_int(bf_str_of(text), out) && *out >= 1 && *out <= most;
}

static bool read_options(struct preview *p, int argc, char **argv)
{
    static const struct option options[] = {{"rows", required_argument, NULL, 'r'},
                                            {"show", required_argument, NULL, 's'},
                                            {"on-live", no_argument, NULL, 'l'},
                                            {NULL, 0, NULL, 0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o == 'l')
            p->live = true;
        else if (o == '?' || !read_number(optarg, MOST_ROWS, o == 'r' ? &p->rows : &p->show))
            return false;
    }
    return p->live && optind == argc;
}

int bf_hook_preview(struct bf_hook_command *c, int argc, char **argv)
{
    static struct preview p; /* the settings and the errors are large */
    p = (struct preview){.c = c, .rows = ROWS, .show = SHOW};
    if (!read_options(&p, argc, argv))
        return bf_hook_usage();
    bool ok = open_runs(&p) && compare_all(&p);
    bool failed = p.then.failed > 0;
    bf_hook_run_close(&p.now);
    bf_hook_run_close(&p.then);
    bf_conn_free(p.conn);
    return ok ? failed : bf_say_error("hook preview", &c->err);
}

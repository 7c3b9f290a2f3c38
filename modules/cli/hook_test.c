#include "cli/hook.h"

#include "api/push/decode.h"
#include "cli/hook_ingest.h"
#include "cli/say.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MAX = 1 << 20, PIECE = 64 << 10 };

struct test {
    struct bf_hook_command *c;
    struct bf_hook_run run;
    struct bf_hook_ingest ingest;
    const char *file;
    struct bf_cell *cells;
    struct bf_buf bytes; /* of the cells of a row */
};

/* ---- the file ------------------------------------------------------------------------------ */

static bool find_sample(struct test *t)
{
    static const char *const names[] = {"sample.json", "sample.ndjson", "sample.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        t->file = bf_arena_printf(t->c->arena, "%s/%s", t->c->folder->dir, names[i]).p;
        if (t->file && access(t->file, R_OK) == 0)
            return true;
    }
    return BF_FAIL_WITH(&t->c->err, BF_E_PARAMETER,
                        "there is no sample.json, sample.ndjson or sample.csv in %s; write one, or "
                        "say --rows FILE",
                        t->c->folder->dir);
}

static enum bf_push_format format_of(const char *file)
{
    struct bf_str name = bf_str_of(file);
    if (bf_str_ends(name, BF_STR(".csv")))
        return BF_PUSH_CSV;
    bool lines = bf_str_ends(name, BF_STR(".ndjson")) || bf_str_ends(name, BF_STR(".jsonl"));
    return lines ? BF_PUSH_LINES : BF_PUSH_JSON;
}

static bool feed(struct test *t, struct bf_decode *d)
{
    static char piece[PIECE];
    FILE *in = fopen(t->file, "re");
    if (!in)
        return BF_FAIL_WITH(&t->c->err, BF_E_PARAMETER, "%s: %s", t->file, strerror(errno));
    bool ok = true;
    for (size_t n; ok && (n = fread(piece, 1, sizeof piece, in)) > 0;)
        ok = bf_decode_feed(d, piece, n, &t->c->err);
    if (ok && ferror(in))
        ok = BF_FAIL_WITH(&t->c->err, BF_E_PARAMETER, "%s: it cannot be read", t->file);
    fclose(in);
    return ok && bf_decode_end(d, &t->c->err);
}

static void print_faults(const struct test *t, const struct bf_decode *d)
{
    const struct bf_faults *f = bf_decode_faults(d);
    for (size_t i = 0; i < f->n; i++)
        fprintf(stderr, "%s:%" PRIu64 ": %.*s%s%.*s\n", t->file, f->list[i].line,
                BF_STR_ARG(f->list[i].field), f->list[i].field.n ? ": " : "",
                BF_STR_ARG(f->list[i].reason));
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* The value of a column in a record of the file; what the server computes is null. */
static void put_cell(struct test *t, size_t i, const struct bf_value *values)
{
    const struct bf_manifest *m = t->c->entry.manifest;
    const struct bf_column *c = t->run.sql.outputs[i].column;
    t->cells[i] = (struct bf_cell){NULL, -1};
    for (size_t f = 0; c && f < m->nfields; f++) {
        if (!bf_str_eq(m->fields[f].column.name, c->name) || values[f].type == BF_NULL)
            continue;
        size_t start = t->bytes.n;
        bf_cell_put(&t->bytes, &values[f]);
        t->cells[i].n = (int32_t)(t->bytes.n - start);
    }
}

/* Where the bytes are, once they do not move any more. */
static void place_cells(struct test *t)
{
    size_t at = 0;
    for (size_t i = 0; i < t->run.sql.noutputs; i++) {
        if (t->cells[i].n < 0)
            continue;
        t->cells[i].p = t->bytes.p + at;
        at += (size_t)t->cells[i].n;
    }
}

static bool take_row(void *self, const unsigned char id[BF_RECORD_ID],
                     const struct bf_value *values, struct bf_err *err)
{
    struct test *t = self;
    (void)id;
    if (!t->run.binding)
        return true; /* nothing of the script takes part in reading */
    bf_buf_clear(&t->bytes);
    for (size_t i = 0; i < t->run.sql.noutputs; i++)
        put_cell(t, i, values);
    if (bf_buf_failed(&t->bytes))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "there is no memory left");
    place_cells(t);
    enum bf_hook_outcome outcome = bf_hook_run_row(&t->run, t->cells, NULL);
    bf_hook_run_print(&t->run, t->run.rows, outcome, t->cells, &t->c->out);
    fflush(stdout); /* what the script itself said comes first */
    return bf_say_buf(stdout, &t->c->out);
}

static void note_repaired(void *self, const struct bf_raw_record *came,
                          const struct bf_raw_record *made, enum bf_repaired how, struct bf_str why)
{
    struct test *t = self;
    bf_hook_ingest_note(&t->ingest, came, made, how, why);
    fflush(stdout);
    bf_say_buf(stdout, &t->c->out);
}

static bool run_rows(struct test *t)
{
    struct bf_hook_command *c = t->c;
    const struct bf_decode_setup setup = {.manifest = c->entry.manifest,
                                          .format = format_of(t->file),
                                          .record_max = RECORD_MAX,
                                          .repair = t->ingest.repair,
                                          .repaired = note_repaired,
                                          .row = take_row,
                                          .self = t};
    t->cells = bf_arena_zalloc(c->arena, t->run.sql.ncolumns + 1, sizeof *t->cells);
    for (size_t i = 0; t->cells && i < t->run.sql.ncolumns; i++)
        t->cells[i].n = -1;
    struct bf_decode *d = t->cells ? bf_decode_open(c->arena, &setup, &c->err) : NULL;
    if (!d)
        return false;
    bool ok = feed(t, d);
    bool told = !ok && c->err.code == BF_E_ROWS && bf_decode_faults(d)->total == t->ingest.failed;
    if (told)
        bf_err_clear(&c->err); /* each was shown as an outcome */
    else
        print_faults(t, d);
    return ok || told;
}

static bool run_all(struct test *t)
{
    struct bf_hook_command *c = t->c;
    if (!t->file && !find_sample(t))
        return false;
    if (!bf_hook_run_open(&t->run, c->arena, &c->entry, 1, true)) {
        c->err = t->run.err;
        return false;
    }
    if (t->run.refusal)
        printf("on_request refuses a query for every field: %s\n", t->run.refusal);
    if (t->run.narrowed)
        printf("on_request narrows what is asked; here it is given every row\n");
    if (!bf_hook_ingest_open(&t->ingest, c->arena, &c->entry, &c->out, &c->err) || !run_rows(t))
        return false;
    if (t->ingest.script)
        bf_hook_ingest_sum(&t->ingest);
    if (t->run.binding)
        bf_hook_run_sum(&t->run, &c->out);
    bf_hook_run_lines(&t->run, t->ingest.script, &c->out);
    return bf_say_buf(stdout, &c->out);
}

int bf_hook_test(struct bf_hook_command *c, int argc, char **argv)
{
    static const struct option options[] = {{"rows", required_argument, NULL, 'r'},
                                            {NULL, 0, NULL, 0}};
    static struct test t; /* errors are large */
    t = (struct test){.c = c};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (o != 'r')
            return bf_hook_usage();
        t.file = optarg;
    }
    if (optind != argc)
        return bf_hook_usage();
    bf_buf_init(&t.bytes, 16 << 20);
    bool ok = run_all(&t);
    bool failed = t.run.failed > 0 || t.ingest.failed > 0;
    bf_hook_run_close(&t.run);
    bf_hook_ingest_close(&t.ingest);
    bf_buf_fini(&t.bytes);
    return ok ? failed : bf_say_error("hook test", &c->err);
}

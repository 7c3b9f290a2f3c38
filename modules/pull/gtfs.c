#include "pull/gtfs.h"

#include "api/push/csv.h"
#include "archive/zip.h"
#include "pull/gtfs_tables.h"
#include "pull/gtfs_ways.h"

#include <inttypes.h>
#include <string.h>

enum { MEMORY = 1 << 30, RECORD = 16 << 20, PIECE = 64 << 10, FILES = 1000, TOLD = 40, DATE = 8 };

struct column {
    bool kept, date;
};

struct table {
    const struct bf_gtfs *gtfs;
    struct bf_arena *arena;
    struct bf_csv csv;
    struct column *columns;
    size_t ncolumns;
    uint64_t line;             /* of what is printed next */
    struct bf_buf out;         /* what is not given yet */
    struct bf_gtfs_ways *ways; /* of `lines` */
    size_t places[4];          /* of their columns */
};

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read the timetable");
}

static struct bf_str name_of(const struct table *t)
{
    return t->gtfs->table;
}

/* ---- the first line ------------------------------------------------------------------------ */

/* Somebody's own column is none that the dataset missed, unless its manifest speaks of it. */
static bool is_wanted(const struct bf_gtfs *g, struct bf_str name)
{
    const struct bf_manifest *m = g->manifest;
    if (!name.n)
        return false;
    if (!m || bf_gtfs_column(g->table, name) != BF_GTFS_OWN || bf_manifest_pushed(m, name))
        return true;
    return bf_str_in(name, m->ignored, m->nignored) ||
           (m->upstream && bf_str_in(name, m->upstream->optional, m->upstream->noptional));
}

static bool check_name(const struct table *t, const struct bf_csv_record *r, size_t at,
                       struct bf_err *err)
{
    struct bf_str name = bf_str_trim(r->cells[at]);
    if (!bf_str_is_utf8(name))
        return BF_FAIL_WITH(err, BF_E_BODY, "%.*s: the names of its columns are not UTF-8.",
                            BF_STR_ARG(name_of(t)));
    for (size_t i = 0; i < at; i++)
        if (name.n && bf_str_eq(bf_str_trim(r->cells[i]), name))
            return BF_FAIL_WITH(err, BF_E_BODY, "%.*s: two columns are called \"%.*s\".",
                                BF_STR_ARG(name_of(t)), BF_STR_ARG(name));
    return true;
}

/* Where the columns of a shape stand. */
static bool find_places(struct table *t, const struct bf_csv_record *r, struct bf_err *err)
{
    static const char *const names[] = {"shape_id", "shape_pt_lat", "shape_pt_lon",
                                        "shape_pt_sequence"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        size_t i = 0;
        while (i < r->n && !bf_str_eq(bf_str_trim(r->cells[i]), bf_str_of(names[k])))
            i++;
        if (i == r->n)
            return BF_FAIL_WITH(err, BF_E_BODY, "%.*s has no column %s.", BF_STR_ARG(name_of(t)),
                                names[k]);
        t->places[k] = i;
    }
    return true;
}

static bool take_header(struct table *t, const struct bf_csv_record *r, struct bf_err *err)
{
    t->columns = bf_arena_zalloc(t->arena, r->n, sizeof *t->columns);
    t->ncolumns = r->n;
    if (!t->columns)
        return no_memory(err);
    for (size_t i = 0; i < r->n; i++) {
        struct bf_str name = bf_str_trim(r->cells[i]);
        if (!check_name(t, r, i, err))
            return false;
        t->columns[i] = (struct column){is_wanted(t->gtfs, name),
                                        bf_gtfs_column(t->gtfs->table, name) == BF_GTFS_DATE};
    }
    return !t->ways || find_places(t, r, err);
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void put_cell(struct table *t, struct bf_str cell)
{
    bf_csv_print_cell(&t->out, cell, ',');
    for (size_t i = 0; i < cell.n; i++)
        t->line += cell.p[i] == '\n';
}

static void put_date(struct table *t, struct bf_str cell)
{
    struct bf_str day = bf_str_trim(cell);
    bool digits = day.n == DATE;
    for (size_t i = 0; digits && i < DATE; i++)
        digits = day.p[i] >= '0' && day.p[i] <= '9';
    if (digits)
        bf_buf_printf(&t->out, "%.4s-%.2s-%.2s", day.p, day.p + 4, day.p + 6);
    else
        put_cell(t, cell);
}

static bool give(struct table *t, size_t least, struct bf_err *err)
{
    if (bf_buf_failed(&t->out))
        return no_memory(err);
    if (t->out.n < least)
        return true;
    bool ok = t->gtfs->take(t->gtfs->self, t->out.p, t->out.n, err);
    bf_buf_clear(&t->out);
    return ok;
}

static bool put_row(struct table *t, const struct bf_csv_record *r, bool header, struct bf_err *err)
{
    size_t n = 0;
    for (; t->line < r->line; t->line++)
        bf_buf_char(&t->out, '\n');
    for (size_t i = 0; i < r->n; i++) {
        if (!t->columns[i].kept)
            continue;
        bf_buf_text(&t->out, n++ ? "," : "");
        if (header)
            put_cell(t, bf_str_trim(r->cells[i]));
        else if (n == 1 && !r->cells[i].n)
            bf_buf_text(&t->out, "\"\""); /* a line that is blank would be passed over */
        else if (t->columns[i].date)
            put_date(t, r->cells[i]);
        else
            put_cell(t, r->cells[i]);
    }
    bf_buf_char(&t->out, '\n');
    t->line++;
    return give(t, PIECE, err);
}

static bool take_point(struct table *t, const struct bf_csv_record *r, struct bf_err *err)
{
    const size_t *at = t->places;
    const struct bf_gtfs_point p = {r->cells[at[0]], r->cells[at[1]], r->cells[at[2]],
                                    r->cells[at[3]], r->line};
    return bf_gtfs_ways_add(t->ways, &p, err);
}

static bool take_record(void *self, const struct bf_csv_record *r, struct bf_err *err)
{
    struct table *t = self;
    bool header = !t->columns;
    if (r->wrong)
        return BF_FAIL_WITH(err, BF_E_BODY, "%.*s, line %" PRIu64 ": %s.", BF_STR_ARG(name_of(t)),
                            r->line, r->wrong);
    if (header && !take_header(t, r, err))
        return false;
    if (r->n != t->ncolumns)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "%.*s, line %" PRIu64 ": the row has %zu cells, the first line has "
                            "%zu.",
                            BF_STR_ARG(name_of(t)), r->line, r->n, t->ncolumns);
    if (!t->ways)
        return put_row(t, r, header, err);
    return header || take_point(t, r, err);
}

/* ---- the archive --------------------------------------------------------------------------- */

static bool ends_in(struct bf_str name, struct bf_str table)
{
    return name.n > table.n && bf_str_ends(name, table) && name.p[name.n - table.n - 1] == '/';
}

/* Says what there is instead. */
static bool no_table(const struct table *t, const struct bf_zip *z, struct bf_err *err)
{
    size_t n;
    struct bf_buf b;
    const struct bf_zip_file *files = bf_zip_files(z, &n);
    for (size_t i = 0; i < n; i++)
        if (ends_in(files[i].name, name_of(t)))
            return BF_FAIL_WITH(err, BF_E_BODY,
                                "%.*s lies in a folder of the archive; as \"table\" write \"%s\".",
                                BF_STR_ARG(name_of(t)), files[i].name.p);
    bf_buf_init(&b, PIECE);
    for (size_t i = 0; i < n && i < TOLD; i++) {
        bf_buf_text(&b, i ? ", " : "");
        bf_buf_str(&b, files[i].name);
    }
    if (n > TOLD)
        bf_buf_printf(&b, " and %zu more", n - TOLD);
    BF_FAIL_WITH(err, BF_E_BODY, "The archive has no %.*s; it has %.*s.", BF_STR_ARG(name_of(t)),
                 BF_STR_ARG(bf_buf_view(&b)));
    bf_buf_fini(&b);
    return false;
}

/* What the reader of tables says of a body is true of this file. */
static bool with_name(const struct table *t, bool ok, struct bf_err *err)
{
    if (ok || bf_str_starts(bf_str_of(err->message), name_of(t)) ||
        (err->code != BF_E_BODY && err->code != BF_E_TOO_LARGE))
        return ok;
    bf_err_of(err, name_of(t));
    return false;
}

static bool feed(void *self, const char *p, size_t n, struct bf_err *err)
{
    struct table *t = self;
    return with_name(t, bf_csv_feed(&t->csv, p, n, err), err);
}

static bool read_table(struct table *t, struct bf_zip *z, const struct bf_zip_file *f,
                       struct bf_err *err)
{
    bf_csv_init(&t->csv, ',', RECORD);
    t->csv.take = take_record;
    t->csv.self = t;
    bool ok = bf_zip_read(z, f, feed, t, err) && with_name(t, bf_csv_end(&t->csv, err), err);
    bf_csv_fini(&t->csv);
    if (!ok)
        return false;
    if (!t->columns)
        return BF_FAIL_WITH(err, BF_E_BODY, "%.*s has no line of names.", BF_STR_ARG(name_of(t)));
    if (!t->ways)
        return give(t, 1, err);
    const struct bf_manifest *m = t->gtfs->manifest;
    return bf_gtfs_ways_print(t->ways, m->fields[m->geometry].column.name, t->gtfs->take,
                              t->gtfs->self, err);
}

static bool read_archive(struct table *t, struct bf_str archive, struct bf_err *err)
{
    const struct bf_zip_limits limits = {FILES, t->gtfs->bytes_most, t->gtfs->bytes_most};
    struct bf_zip *z = bf_zip_open(t->arena, archive, &limits, err);
    if (!z)
        return false;
    const struct bf_zip_file *f = bf_zip_find(z, name_of(t));
    return f ? read_table(t, z, f, err) : no_table(t, z, err);
}

bool bf_pull_gtfs(const struct bf_gtfs *g, struct bf_str archive, struct bf_err *err)
{
    bool ok = false;
    struct bf_arena *a = bf_arena_new(MEMORY);
    struct table *t = a ? bf_arena_zalloc(a, 1, sizeof *t) : NULL;
    if (t) {
        *t = (struct table){.gtfs = g, .arena = a, .line = 1};
        bf_buf_init(&t->out, (size_t)RECORD * 4);
        t->ways = g->lines ? bf_gtfs_ways_new(a) : NULL;
        ok = (t->ways || !g->lines) ? read_archive(t, archive, err) : no_memory(err);
        bf_buf_fini(&t->out);
    } else {
        no_memory(err);
    }
    bf_arena_free(a);
    return ok;
}

#include "store/read.h"

#include <string.h>

/* Columns of a page before the row's own; behind them the total, when it is counted, and whether
 * there is a row, when nothing else says so. */
enum { STATE, TOTAL };

/* What the state holds, eight bytes each. */
enum { COMMIT, INSTANT, PUSHED, RECORDS, HORIZON, PARTS };

enum { PART = 8 };

enum { SQL_MAX = 1 << 20 };

/* The columns of a window's rows are computed outside of it. */
static bool is_late(const struct bf_sql *sql)
{
    return sql->windowed && sql->present.n;
}

static void release_buf(void *buf)
{
    bf_buf_fini(buf);
}

static struct bf_buf *new_sql(struct bf_arena *a)
{
    struct bf_buf *b = bf_arena_zalloc(a, 1, sizeof *b);
    if (!b)
        return NULL;
    bf_buf_init(b, SQL_MAX);
    return bf_defer(a, release_buf, b) ? b : NULL;
}

/* Of all records the state has it. */
static bool is_counted(const struct bf_sql *sql, enum bf_read_total total)
{
    return total == BF_READ_TOTAL && !sql->unfiltered;
}

/* A page that would begin with the first record, and is empty, need not be counted. */
static void print_total(struct bf_buf *b, const struct bf_sql *sql)
{
    if (sql->total.n) {
        bf_buf_str(b, sql->total);
        return;
    }
    bool empty_is_none = is_late(sql) && sql->from_first;
    if (empty_is_none) {
        bf_buf_text(b, "CASE WHEN ");
        bf_buf_str(b, sql->present);
        bf_buf_text(b, " IS NULL THEN 0 ELSE ");
    }
    bf_buf_text(b, "(SELECT count(*) FROM ");
    bf_buf_str(b, sql->from);
    bf_buf_str(b, sql->where);
    bf_buf_text(b, empty_is_none ? ") END" : ")");
}

static void print_select(struct bf_buf *b, const struct bf_sql *sql, const char *first,
                         struct bf_str columns)
{
    bf_buf_text(b, "SELECT ");
    bf_buf_text(b, first);
    bf_buf_str(b, columns);
    bf_buf_text(b, " FROM ");
    bf_buf_str(b, sql->rows);
    bf_buf_str(b, sql->order);
    bf_buf_str(b, sql->window);
}

/* One row: the state of a dataset, or of the catalogue. It is one column, because it stands in all
 * rows of a page: five took a tenth of the time of all stations. That of a dataset lies there ready
 * (sql: told), that of the catalogue is made once, by OFFSET 0. It is called as no field can be:
 * expressions of fields may stand beside it. An id of a dataset has no quotes (catalog/manifest),
 * and the statement is the dataset's own anyway. */
static void print_state(struct bf_buf *b, struct bf_str dataset)
{
    if (dataset.p) {
        bf_buf_text(b, "(SELECT told FROM catalog.state WHERE dataset = '");
        bf_buf_str(b, dataset);
        bf_buf_text(b, "')");
    } else {
        bf_buf_text(b, "(SELECT int8send(commit) || timestamptz_send(instant)"
                       " || timestamptz_send('-infinity')"
                       " || int8send((SELECT count(*) FROM catalog.dataset)) || int8send(commit)"
                       " FROM catalog.clock OFFSET 0)");
    }
    bf_buf_text(b, " AS s (_state)");
}

/* The state is the outer side of a nested loop (a left join without a condition has no other plan),
 * so the rows keep the order of the inner query, and an answer without rows still has its state.
 * The columns of a window's rows are computed outside of it: for the ten that are shown, not for
 * the thousands that were sorted to find them. */
static struct bf_str page_sql(struct bf_arena *a, struct bf_str dataset, const struct bf_sql *sql,
                              enum bf_read_total total)
{
    struct bf_buf *b = new_sql(a);
    if (!b)
        return (struct bf_str){NULL, 0};
    bool late = is_late(sql);
    bf_buf_str(b, sql->with);
    bf_buf_text(b, "SELECT s._state, ");
    if (is_counted(sql, total)) {
        print_total(b, sql);
        bf_buf_text(b, ", ");
    }
    if (late && !sql->numbered) {
        bf_buf_str(b, sql->present);
        bf_buf_text(b, " IS NOT NULL, ");
    }
    bf_buf_str(b, late ? sql->columns : BF_STR("t.*"));
    bf_buf_text(b, " FROM ");
    print_state(b, dataset);
    bf_buf_text(b, " LEFT JOIN (");
    print_select(b, sql, late ? "" : "true, ", late ? BF_STR("t.*") : sql->columns);
    bf_buf_text(b, ") AS t ON true");
    bf_buf_char(b, '\0');
    if (bf_buf_failed(b))
        return (struct bf_str){NULL, 0};
    return (struct bf_str){b->p, b->n - 1};
}

static struct bf_cell part(const PGresult *res, int number)
{
    return (struct bf_cell){PQgetvalue(res, 0, STATE) + number * PART, PART};
}

static bool take_state(struct bf_read *r, const PGresult *res, struct bf_str dataset,
                       struct bf_err *err)
{
    if (PQntuples(res) == 0)
        return BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE,
                            "The requested dataset %.*s does not exist.", BF_STR_ARG(dataset));
    if (PQgetlength(res, 0, STATE) != PARTS * PART)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "The state of the dataset cannot be read.");
    r->commit = bf_cell_int(part(res, COMMIT));
    r->instant = bf_cell_instant(part(res, INSTANT));
    if (bf_cell_int(part(res, PUSHED)) != INT64_MIN)
        r->pushed = bf_cell_instant(part(res, PUSHED));
    r->records = bf_cell_int(part(res, RECORDS));
    r->horizon = bf_cell_int(part(res, HORIZON));
    return true;
}

static struct bf_read *new_read(struct bf_conn *c, struct bf_arena *a, struct bf_err *err)
{
    struct bf_read *r = bf_arena_zalloc(a, 1, sizeof *r);
    if (!r)
        BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    else
        r->conn = c;
    return r;
}

/* Cells of the current row for as many columns as the result has. */
static bool make_cells(struct bf_read *r, struct bf_arena *a, int columns, struct bf_err *err)
{
    r->ncells = (size_t)(columns - r->first_column);
    r->cells = bf_arena_zalloc(a, r->ncells + 1, sizeof *r->cells);
    return r->cells || BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
}

static int64_t counted(const PGresult *res)
{
    if (PQgetisnull(res, 0, TOTAL))
        return -1;
    return bf_cell_int((struct bf_cell){PQgetvalue(res, 0, TOTAL), PART});
}

/* A page without rows has one that holds the state alone. */
static bool is_present(const struct bf_read *r, const struct bf_sql *sql)
{
    const PGresult *res = r->result;
    if (is_late(sql) && sql->numbered)
        return !PQgetisnull(res, 0, PQnfields(res) - 1);
    int column = r->first_column - 1;
    return !PQgetisnull(res, 0, column) && PQgetvalue(res, 0, column)[0] != 0;
}

struct bf_read *bf_read_page(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                             const struct bf_sql *sql, enum bf_read_total total, struct bf_err *err)
{
    struct bf_read *r = new_read(c, a, err);
    struct bf_str text = page_sql(a, dataset, sql, total);
    if (!r || !text.p) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
        return NULL;
    }
    PGresult *res = bf_conn_query(c, text, sql->params, sql->nparams, err);
    if (!res || !bf_defer(a, bf_result_release, res) || !take_state(r, res, dataset, err))
        return NULL;
    r->result = res;
    bool counts = is_counted(sql, total);
    r->total = counts ? counted(res) : total == BF_READ_TOTAL ? r->records : -1;
    r->first_column = TOTAL + counts + !(is_late(sql) && sql->numbered);
    r->rows = is_present(r, sql) ? PQntuples(res) : 0;
    return make_cells(r, a, PQnfields(res), err) ? r : NULL;
}

/* ---- streams ---- */

static void end_stream(void *read)
{
    struct bf_read *r = read;
    PQclear(r->result);
    r->result = NULL;
    PGconn *pg = bf_conn_pg(r->conn);
    if (!pg || PQtransactionStatus(pg) == PQTRANS_IDLE)
        return;
    struct bf_err err;
    bf_err_clear(&err);
    if (PQtransactionStatus(pg) == PQTRANS_ACTIVE)
        bf_conn_cancel(r->conn);
    bf_conn_run(r->conn, "ROLLBACK", &err);
}

static bool read_state(struct bf_read *r, struct bf_str dataset, struct bf_err *err)
{
    struct bf_buf b;
    bf_buf_init(&b, 1024);
    bf_buf_text(&b, "SELECT s.* FROM ");
    print_state(&b, dataset);
    PGresult *res = bf_conn_query(r->conn, bf_buf_view(&b), NULL, 0, err);
    bool ok = res && take_state(r, res, dataset, err);
    PQclear(res);
    bf_buf_fini(&b);
    return ok;
}

static bool open_snapshot(struct bf_read *r, struct bf_str dataset, struct bf_err *err)
{
    return bf_conn_run(r->conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) &&
           bf_conn_run(r->conn, "SET LOCAL statement_timeout = 0", err) &&
           read_state(r, dataset, err);
}

struct bf_read *bf_read_state(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                              struct bf_err *err)
{
    struct bf_read *r = new_read(c, a, err);
    if (!r || !read_state(r, dataset, err))
        return NULL;
    r->total = -1;
    return r;
}

struct bf_read *bf_read_stream(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                               const struct bf_sql *sql, struct bf_err *err)
{
    struct bf_read *r = new_read(c, a, err);
    struct bf_buf *b = new_sql(a);
    if (!r || !b || !bf_defer(a, end_stream, r)) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
        return NULL;
    }
    r->streaming = true;
    r->total = -1;
    bf_buf_str(b, sql->with);
    print_select(b, sql, "", sql->columns);
    bf_buf_char(b, '\0');
    if (bf_buf_failed(b) || !open_snapshot(r, dataset, err) ||
        !bf_conn_stream(c, (struct bf_str){b->p, b->n - 1}, sql->params, sql->nparams, err))
        return NULL;
    return make_cells(r, a, (int)sql->ncolumns, err) ? r : NULL;
}

/* Only what has no bytes can be null. */
static void fill_cells(struct bf_read *r, int row)
{
    const PGresult *res = r->result;
    for (size_t i = 0; i < r->ncells; i++) {
        int column = r->first_column + (int)i;
        int n = PQgetlength(res, row, column);
        if (n == 0 && PQgetisnull(res, row, column))
            n = -1;
        r->cells[i] = (struct bf_cell){PQgetvalue(res, row, column), n};
    }
}

bool bf_read_next(struct bf_read *r, struct bf_err *err)
{
    if (!r->streaming) {
        if (r->row >= r->rows)
            return false;
        fill_cells(r, r->row++);
        return true;
    }
    PQclear(r->result);
    r->result = bf_conn_next(r->conn, err);
    if (!r->result)
        return false;
    fill_cells(r, 0);
    return true;
}

struct bf_cell bf_read_last(const struct bf_read *r)
{
    int column = r->first_column + (int)r->ncells - 1;
    return (struct bf_cell){PQgetvalue(r->result, r->rows - 1, column),
                            PQgetlength(r->result, r->rows - 1, column)};
}

size_t bf_read_rows(const struct bf_read *r)
{
    return r->streaming ? 0 : (size_t)r->rows;
}

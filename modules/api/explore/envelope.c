#include "api/explore/envelope.h"

#include "api/explore/links.h"
#include "api/explore/parameters.h"
#include "value/instant.h"

bool explore_envelope_carry(struct bf_request *r, struct explore_envelope *e)
{
    const struct explore *x = r->state;
    *e = (struct explore_envelope){.r = r, .zone = x->zone};
    e->wrapped = explore_version(r)->wrapped;
    e->linked = explore_links_wanted(r) && !bf_query_grouped(r->query);
    if (!e->linked)
        return true;
    e->id = bf_schema_column(r->schema, BF_STR("recordid"));
    e->timestamp = bf_schema_column(r->schema, BF_STR("record_timestamp"));
    e->size = bf_schema_column(r->schema, BF_STR("record_size"));
    return bf_query_carry(r->query, e->id, &r->err) &&
           bf_query_carry(r->query, e->timestamp, &r->err) &&
           bf_query_carry(r->query, e->size, &r->err);
}

bool explore_envelope_open(struct explore_envelope *e, const struct bf_rows *rows)
{
    struct bf_request *r = e->r;
    struct bf_write_column *columns = bf_rows_columns(r, &rows->sql);
    if (columns)
        e->row = bf_json_row_new(r->arena, columns, rows->sql.noutputs, e->zone);
    if (!e->row)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    if (e->linked) {
        e->id_at = bf_query_place(r->query, e->id);
        e->timestamp_at = bf_query_place(r->query, e->timestamp);
        e->size_at = bf_query_place(r->query, e->size);
    }
    return true;
}

void explore_envelope_begin(struct bf_request *r, int64_t total, const char *member)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"total_count\": ");
    bf_buf_i64(b, total);
    bf_buf_text(b, ", ");
    if (explore_links_wanted(r)) {
        bf_buf_text(b, explore_version(r)->wrapped ? "\"links\": " : "\"_links\": ");
        explore_links_list(r, total);
        bf_buf_text(b, ", ");
    }
    bf_buf_char(b, '"');
    bf_buf_text(b, member);
    bf_buf_text(b, "\": [");
}

void explore_envelope_end(struct bf_request *r)
{
    bf_buf_text(&r->response.body, "]}");
}

/* ---- one record ---- */

static void who(const struct explore_envelope *e, const struct bf_cell *cells, const char *mark)
{
    struct bf_buf *b = &e->r->response.body;
    struct bf_value at = bf_cell_value(cells[e->timestamp_at], BF_DATETIME);
    struct bf_value size = bf_cell_value(cells[e->size_at], BF_INT);
    bf_buf_printf(b, "\"%sid\": \"%.*s\", \"%stimestamp\": ", mark,
                  BF_STR_ARG(bf_cell_text(cells[e->id_at])), mark);
    if (at.type == BF_DATETIME) {
        bf_buf_char(b, '"');
        bf_instant_print(b, at.instant, e->zone);
        bf_buf_char(b, '"');
    } else {
        bf_buf_text(b, "null");
    }
    bf_buf_printf(b, ", \"%ssize\": %lld", mark, (long long)(size.type ? size.integer : 0));
}

static void print_wrapped(struct explore_envelope *e, const struct bf_cell *cells)
{
    struct bf_buf *b = &e->r->response.body;
    bf_buf_text(b, "{\"links\": ");
    if (e->linked)
        explore_links_record(e->r, bf_cell_text(cells[e->id_at]));
    bf_buf_text(b, e->linked ? ", \"record\": {" : "[], \"record\": {");
    if (e->linked) {
        who(e, cells, "");
        bf_buf_text(b, ", ");
    }
    bf_buf_text(b, "\"fields\": ");
    bf_json_row_print(e->row, b, cells);
    bf_buf_text(b, "}}");
}

/* The members stand before the row's own, whose bracket makes room for a blank. */
static void print_linked(struct explore_envelope *e, const struct bf_cell *cells)
{
    struct bf_buf *b = &e->r->response.body;
    bf_buf_char(b, '{');
    who(e, cells, "_");
    bf_buf_text(b, ", \"_links\": ");
    explore_links_record(e->r, bf_cell_text(cells[e->id_at]));
    bf_buf_char(b, ',');
    size_t start = b->n;
    bf_json_row_print(e->row, b, cells);
    if (b->n > start)
        b->p[start] = ' ';
}

void explore_envelope_print(void *self, const struct bf_cell *cells)
{
    struct explore_envelope *e = self;
    struct bf_buf *b = &e->r->response.body;
    if (e->more)
        bf_buf_str(b, BF_STR(", "));
    e->more = true;
    if (e->wrapped)
        print_wrapped(e, cells);
    else if (e->linked)
        print_linked(e, cells);
    else
        bf_json_row_print(e->row, b, cells);
}

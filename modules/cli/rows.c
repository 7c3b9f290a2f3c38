#include "cli/rows.h"

#include "value/instant.h"

#include <inttypes.h>

void bf_rows_begin(struct bf_rows *r, struct bf_buf *out, bool csv, const char *const *names,
                   size_t n)
{
    *r = (struct bf_rows){.out = out, .names = names, .n = n, .csv = csv};
    for (size_t i = 0; csv && i < n; i++)
        bf_buf_printf(out, "%s%s", i ? "," : "", names[i]);
    bf_buf_text(out, csv ? "\n" : "[");
}

void bf_rows_end(struct bf_rows *r)
{
    bf_buf_text(r->out, r->csv ? "" : "\n]\n");
}

/* What stands before a value. */
static void before(struct bf_rows *r)
{
    if (r->csv) {
        bf_buf_text(r->out, r->column ? "," : "");
        return;
    }
    if (r->column == 0)
        bf_buf_text(r->out, r->started ? ",\n{" : "\n{");
    bf_buf_printf(r->out, "%s\"%s\": ", r->column ? ", " : "", r->names[r->column]);
    r->started = true;
}

static void after(struct bf_rows *r)
{
    if (++r->column < r->n)
        return;
    r->column = 0;
    bf_buf_text(r->out, r->csv ? "\n" : "}");
}

static void quote_csv(struct bf_buf *out, struct bf_str s)
{
    bf_buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            bf_buf_char(out, '"');
        bf_buf_char(out, s.p[i]);
    }
    bf_buf_char(out, '"');
}

void bf_rows_text(struct bf_rows *r, struct bf_str s)
{
    before(r);
    if (r->csv)
        quote_csv(r->out, s);
    else
        bf_buf_json(r->out, s);
    after(r);
}

void bf_rows_int(struct bf_rows *r, int64_t v)
{
    before(r);
    bf_buf_i64(r->out, v);
    after(r);
}

void bf_rows_instant(struct bf_rows *r, int64_t us)
{
    before(r);
    bf_buf_text(r->out, r->csv ? "" : "\"");
    bf_instant_print(r->out, us, bf_zone_utc());
    bf_buf_text(r->out, r->csv ? "" : "\"");
    after(r);
}

static void degrees(struct bf_buf *out, int64_t micro)
{
    int64_t size = micro < 0 ? -micro : micro;
    bf_buf_printf(out, "%s%" PRId64 ".%06" PRId64, micro < 0 ? "-" : "", size / 1000000,
                  size % 1000000);
}

void bf_rows_point(struct bf_rows *r, int64_t lat, int64_t lon)
{
    before(r);
    bf_buf_text(r->out, r->csv ? "\"" : "{\"lon\": ");
    degrees(r->out, r->csv ? lat : lon);
    bf_buf_text(r->out, r->csv ? ", " : ", \"lat\": ");
    degrees(r->out, r->csv ? lon : lat);
    bf_buf_char(r->out, r->csv ? '"' : '}');
    after(r);
}

void bf_rows_json(struct bf_rows *r, struct bf_str json)
{
    before(r);
    if (r->csv)
        quote_csv(r->out, json);
    else
        bf_buf_str(r->out, json);
    after(r);
}

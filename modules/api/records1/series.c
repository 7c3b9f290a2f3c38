#include "api/records1/series.h"

#include "api/records1/geo.h"
#include "value/number.h"

#include <math.h>
#include <string.h>

/* %: the field in back-quotes. Each part is a column of its own. */
struct records1_function {
    const char *name;
    const char *parts[3];
    bool squares; /* a standard deviation from count, sum and sum of squares */
    bool quantile;
};

static const struct records1_function functions[] = {
    {"COUNT", {"count(%)"}, false, false},
    {"AVG", {"avg(%)"}, false, false},
    {"SUM", {"sum(%)"}, false, false},
    {"MIN", {"min(%)"}, false, false},
    {"MAX", {"max(%)"}, false, false},
    {"SUMSQUARES", {"sum(% * %)"}, false, false},
    {"STDDEV", {"count(%)", "sum(%)", "sum(% * %)"}, true, false},
    {"QUANTILES", {"percentile(%, "}, false, true},
};

enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

/* ---- parameters ---- */

static struct bf_str of_serie(const struct bf_request *r, struct bf_str name, const char *what)
{
    for (size_t i = r->http.nparams; i-- > 0;) {
        struct bf_str p = r->http.params[i].name;
        size_t n = strlen(what);
        if (p.n == 3 + name.n + n && bf_str_starts(p, BF_STR("y.")) &&
            memcmp(p.p + 2, name.p, name.n) == 0 && p.p[2 + name.n] == '.' &&
            memcmp(p.p + 3 + name.n, what, n) == 0)
            return r->http.params[i].value;
    }
    return (struct bf_str){NULL, 0};
}

static bool read_function(struct bf_request *r, struct records1_serie *s, struct bf_str name)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (bf_str_eq_nocase(name, bf_str_of(functions[i].name)))
            s->function = &functions[i];
    if (!s->function)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for y.%.*s.func API parameter: %.*s was found but one "
                            "of COUNT, AVG, SUM, MIN, MAX, STDDEV, SUMSQUARES, QUANTILES is "
                            "expected.",
                            (int)(s->name.n < 100 ? s->name.n : 100), s->name.p,
                            (int)(name.n < 100 ? name.n : 100), name.p);
    s->expr = bf_str_trim(of_serie(r, s->name, "expr"));
    if (s->expr.n || s->function == &functions[0])
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for y.%.*s.expr API parameter: the name of a field is "
                        "expected.",
                        (int)(s->name.n < 100 ? s->name.n : 100), s->name.p);
}

static bool read_quantile(struct bf_request *r, struct records1_serie *s)
{
    struct bf_str text = of_serie(r, s->name, "subsets");
    s->quantile = 50;
    if (!s->function->quantile || text.n == 0)
        return true;
    if (bf_number_real(bf_str_trim(text), &s->quantile) && s->quantile >= 0 && s->quantile <= 100)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for y.%.*s.subsets API parameter: %.*s was found but a "
                        "number from 0 to 100 is expected.",
                        (int)(s->name.n < 100 ? s->name.n : 100), s->name.p,
                        (int)(text.n < 100 ? text.n : 100), text.p);
}

static bool add(struct bf_request *r, struct records1_series *out, struct bf_str name,
                struct bf_str function)
{
    if (records1_series_find(out, name) >= 0)
        return true;
    if (out->n == RECORDS1_SERIES)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for y.* API parameters: there are more than %d series.",
                            RECORDS1_SERIES);
    struct records1_serie *s = &out->items[out->n++];
    *s = (struct records1_serie){.name = name};
    struct bf_str cumulative = of_serie(r, name, "cumulative");
    s->cumulative = bf_str_eq_nocase(cumulative, BF_STR("true"));
    return read_function(r, s, function) && read_quantile(r, s);
}

bool records1_series_read(struct bf_request *r, struct records1_series *out)
{
    struct bf_str name;
    struct bf_str value;
    size_t at = 0;
    out->n = 0;
    while (records1_dotted(r, "y.", &at, &name, &value))
        if (bf_str_ends(name, BF_STR(".func")) && name.n > 5 &&
            !add(r, out, (struct bf_str){name.p, name.n - 5}, value))
            return false;
    return true;
}

int records1_series_find(const struct records1_series *s, struct bf_str name)
{
    for (size_t i = 0; i < s->n; i++)
        if (bf_str_eq(s->items[i].name, name))
            return (int)i;
    return -1;
}

/* ---- the query ---- */

static void write_part(struct bf_buf *b, const struct records1_serie *s, const char *part)
{
    for (; *part; part++) {
        if (*part != '%')
            bf_buf_char(b, *part);
        else if (s->expr.n)
            records1_name(b, s->expr);
        else
            bf_buf_char(b, '*');
    }
    if (s->function->quantile)
        bf_buf_printf(b, "%.6f)", s->quantile);
}

size_t records1_serie_width(const struct records1_serie *s)
{
    return s->function->squares ? 3 : 1;
}

void records1_series_select(const struct records1_series *s, struct bf_buf *select)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < records1_serie_width(&s->items[i]); j++) {
            bf_buf_text(select, select->n ? ", " : "");
            write_part(select, &s->items[i], s->items[i].function->parts[j]);
            bf_buf_printf(select, " as s%zu_%zu", i, j);
        }
}

/* ---- values ---- */

static double real_of(const struct bf_value *v)
{
    return v->type == BF_INT ? (double)v->integer : v->real;
}

static bool is_number(const struct bf_value *v)
{
    return v->type == BF_INT || v->type == BF_DOUBLE;
}

/* Of all values, as n, their sum and the sum of their squares give it. */
static bool deviation(const struct bf_output *outputs, const struct bf_cell *cells,
                      struct bf_value *out)
{
    struct bf_value v[3];
    for (size_t i = 0; i < 3; i++) {
        v[i] = bf_cell_value(cells[i], outputs[i].type);
        if (!is_number(&v[i]))
            return false;
    }
    double n = real_of(&v[0]);
    double mean = real_of(&v[1]) / n;
    double variance = real_of(&v[2]) / n - mean * mean;
    *out = (struct bf_value){.type = BF_DOUBLE, .real = sqrt(variance > 0 ? variance : 0)};
    return n > 0;
}

bool records1_serie_value(struct records1_serie *s, const struct bf_output *outputs,
                          const struct bf_cell *cells, struct bf_value *out)
{
    if (s->function->squares) {
        if (!deviation(outputs, cells, out))
            return false;
    } else {
        *out = bf_cell_value(cells[0], outputs[0].type);
    }
    if (out->type == BF_NULL)
        return false;
    if (s->cumulative && is_number(out)) {
        s->sum += real_of(out);
        if (out->type == BF_INT)
            out->integer = (int64_t)s->sum;
        else
            out->real = s->sum;
    }
    return true;
}

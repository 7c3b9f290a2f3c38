#include "query/coarser.h"

#include "query/sql.h"
#include "value/number.h"

#include <math.h>

/* One interval may begin before the first value, so that the last group is one more. */
static const double FIT = BF_MOST_GROUPS - 1;

bool bf_coarser_sql(const struct bf_query *q, struct bf_sql *out, struct bf_err *err)
{
    return q->nkeys == 1 && q->keys[0].divided.p && bf_sql_ends(q, out, err);
}

/* 1, 2 or 5 times a power of ten, not below `least`; 0: beyond all numbers. */
static int64_t round_factor(double least)
{
    for (int64_t power = 1; power <= INT64_C(1000000000000000); power *= 10)
        for (int64_t digit = 1; digit <= 5; digit += digit == 1 ? 1 : 3)
            if ((double)(digit * power) >= least)
                return digit * power;
    return 0;
}

/* The decimal `width` times a whole number; false: too many digits. */
static bool multiply(struct bf_str width, int64_t factor, struct bf_buf *out)
{
    enum { MOST_DIGITS = 18 };
    int64_t digits = 0;
    int64_t result;
    size_t decimals = 0;
    bool point = false;
    if (width.n > MOST_DIGITS)
        return false;
    for (size_t i = 0; i < width.n; i++) {
        if (width.p[i] != '.')
            digits = digits * 10 + (width.p[i] - '0');
        decimals += point;
        point |= width.p[i] == '.';
    }
    if (__builtin_mul_overflow(digits, factor, &result))
        return false;
    for (; decimals && result % 10 == 0; decimals--)
        result /= 10;
    int64_t unit = 1;
    for (size_t i = 0; i < decimals; i++)
        unit *= 10;
    bf_buf_i64(out, result / unit);
    if (decimals)
        bf_buf_printf(out, ".%0*lld", (int)decimals, (long long)(result % unit));
    return true;
}

static bool number(const struct bf_key *key, double intervals, struct bf_buf *out)
{
    int64_t factor = round_factor(intervals / FIT);
    return factor && multiply(key->width, factor, out);
}

static bool date(const struct bf_key *key, double seconds, struct bf_buf *out)
{
    static const struct {
        const char *text;
        double length;
    } steps[] = {{"1 second", 1},        {"1 minute", 60},    {"1 hour", 3600},
                 {"1 day", 86400},       {"1 week", 604800},  {"1 month", 2419200},
                 {"1 quarter", 7776000}, {"1 year", 31536000}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (steps[i].length <= key->seconds || seconds / steps[i].length > FIT)
            continue;
        bf_buf_text(out, steps[i].text);
        return true;
    }
    return false;
}

/* How many steps lie between the ends, or seconds. */
static double between(enum bf_type type, struct bf_cell first, struct bf_cell last)
{
    struct bf_value a = bf_cell_value(first, type);
    struct bf_value b = bf_cell_value(last, type);
    if (type == BF_DATETIME)
        return ((double)b.instant - (double)a.instant) / 1e6 + 1;
    if (type == BF_INT)
        return (double)b.integer - (double)a.integer + 1;
    return b.real - a.real + 1;
}

bool bf_coarser_say(const struct bf_query *q, struct bf_cell first, struct bf_cell last,
                    struct bf_buf *out)
{
    const struct bf_key *key = &q->keys[0];
    enum bf_type type = bf_node_type(key->node);
    size_t start = out->n;
    if (bf_cell_null(first) || bf_cell_null(last))
        return false;
    double all = between(type, first, last);
    bf_buf_printf(out, "range(%.*s, ", BF_STR_ARG(key->divided));
    if (!isfinite(all) || !(key->width.p ? number(key, all, out) : date(key, all, out))) {
        out->n = start;
        return false;
    }
    bf_buf_text(out, ") makes few enough");
    return !bf_buf_failed(out);
}

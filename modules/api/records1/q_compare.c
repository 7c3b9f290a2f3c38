#include "api/records1/geo.h"
#include "api/records1/q_parts.h"
#include "value/instant.h"

#include <string.h>

/* What stands behind a sign. */
struct operand {
    struct bf_str text;
    bool now;  /* #now(…), at `at` */
    bool star; /* an open end of a range */
    size_t at;
};

static bool read_operand(struct q_parse *p, const char *stop, struct operand *out)
{
    *out = (struct operand){.at = p->at};
    q_blanks(p);
    out->at = p->at;
    if (q_peek(p) == '"')
        return q_quoted(p, &out->text);
    if (q_peek(p) == '#') {
        struct bf_buf kept = p->out; /* what it writes is written again where it is wanted */
        out->now = true;
        bf_buf_init(&p->out, 1024);
        bool ok = q_now(p);
        bf_buf_fini(&p->out);
        p->out = kept;
        return ok;
    }
    out->text = q_run(p, stop);
    out->star = bf_str_eq(out->text, BF_STR("*"));
    return out->text.n || q_fail(p);
}

static bool write_operand(struct q_parse *p, const struct operand *o)
{
    if (!o->now)
        return q_bind(p, o->text);
    size_t back = p->at;
    p->at = o->at;
    bool ok = q_now(p);
    p->at = back;
    return ok;
}

static void write_sign(struct q_parse *p, struct bf_str name, const char *sign)
{
    records1_name(&p->out, name);
    bf_buf_printf(&p->out, " %s ", sign);
}

static bool plain(struct q_parse *p, struct bf_str name, const char *sign, const struct operand *o)
{
    write_sign(p, name, sign);
    return write_operand(p, o);
}

/* ---- dates ---- */

static bool is_date(const struct bf_column *c)
{
    return c->type == BF_DATE || c->type == BF_DATETIME;
}

/* The first day of a year, month or day and of the next one. false: a time, or no date. */
static bool period(struct q_parse *p, const struct operand *o, struct bf_str *from,
                   struct bf_str *to)
{
    struct bf_instant read;
    if (o->now || !bf_instant_read(o->text, &read) || read.precision > BF_DAY)
        return false;
    int64_t day_us = INT64_C(86400) * 1000000;
    int64_t days = read.wall / day_us - (read.wall % day_us < 0);
    int year;
    int month;
    int day;
    bf_date_civil((int32_t)days, &year, &month, &day);
    int32_t next = (int32_t)days + 1;
    if (read.precision == BF_MONTH)
        next = (int32_t)days + bf_date_month_length(year, month);
    if (read.precision == BF_YEAR)
        next = bf_date_days(year + 1, 1, 1);
    if (next > BF_DATE_MAX)
        return false;
    char text[BF_INSTANT_TEXT];
    *from = bf_arena_dup(p->in->arena, (struct bf_str){text, bf_date_format(text, (int32_t)days)});
    *to = bf_arena_dup(p->in->arena, (struct bf_str){text, bf_date_format(text, next)});
    return from->p && to->p;
}

static bool date(struct q_parse *p, struct bf_str name, const char *sign, const struct operand *o)
{
    struct bf_str from;
    struct bf_str to;
    if (!period(p, o, &from, &to))
        return plain(p, name, sign, o);
    if (sign[0] == '=') {
        bf_buf_char(&p->out, '(');
        write_sign(p, name, ">=");
        if (!q_bind(p, from))
            return false;
        bf_buf_text(&p->out, " and ");
        write_sign(p, name, "<");
        bool ok = q_bind(p, to);
        bf_buf_char(&p->out, ')');
        return ok;
    }
    bool behind = !strcmp(sign, ">") || !strcmp(sign, "<="); /* the end of the period counts */
    write_sign(p, name, sign[0] == '>' ? ">=" : "<");
    return q_bind(p, behind ? to : from);
}

/* ---- ranges ---- */

static bool bound(struct q_parse *p, struct bf_str name, const struct bf_column *column,
                  const char *sign, const struct operand *o)
{
    return is_date(column) ? date(p, name, sign, o) : plain(p, name, sign, o);
}

static bool range(struct q_parse *p, struct bf_str name, const struct bf_column *column)
{
    struct operand low;
    struct operand high;
    bool open_low = p->text.p[p->at++] == ']';
    if (!read_operand(p, " \t\r\n[]", &low))
        return false;
    q_blanks(p);
    if (!bf_str_eq_nocase(q_run(p, " \t\r\n[]"), BF_STR("to")) ||
        !read_operand(p, " \t\r\n[]", &high))
        return q_fail(p);
    q_blanks(p);
    bool open_high = q_peek(p) == '[';
    if (!q_take(p, '[') && !q_take(p, ']'))
        return q_fail(p);
    bf_buf_char(&p->out, '(');
    if (low.star && high.star) {
        records1_name(&p->out, name);
        bf_buf_text(&p->out, " is not null");
    }
    if (!low.star && !bound(p, name, column, open_low ? ">" : ">=", &low))
        return false;
    if (!low.star && !high.star)
        bf_buf_text(&p->out, " and ");
    if (!high.star && !bound(p, name, column, open_high ? "<" : "<=", &high))
        return false;
    bf_buf_char(&p->out, ')');
    return true;
}

/* ---- all of them ---- */

static const char *read_sign(struct q_parse *p)
{
    static const struct {
        const char *written, *means;
    } signs[] = {{">=", ">="}, {"<=", "<="}, {"==", "="}, {">", ">"},
                 {"<", "<"},   {"=", "="},   {":", "="},  {"-", "="}};
    struct bf_str rest = {p->text.p + p->at, p->text.n - p->at};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (!bf_str_starts(rest, bf_str_of(signs[i].written)))
            continue;
        p->at += strlen(signs[i].written);
        return signs[i].means;
    }
    return NULL;
}

bool q_compare(struct q_parse *p, struct bf_str name, const struct bf_column *column)
{
    const char *sign = read_sign(p);
    struct operand o;
    if (!sign)
        return q_fail(p);
    q_blanks(p);
    if (sign[0] == '=' && (q_peek(p) == '[' || q_peek(p) == ']'))
        return range(p, name, column);
    if (!read_operand(p, " \t\r\n()\"", &o))
        return false;
    if (is_date(column))
        return date(p, name, sign, &o);
    /* A text field holds the words; exactly the text is #exact(). */
    return plain(p, name, column->type == BF_TEXT && sign[0] == '=' ? "like" : sign, &o);
}

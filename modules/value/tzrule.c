#include "value/tzrule.h"

#include "value/instant.h"

enum { DAY = 86400 };

static bool next_is(struct bf_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

static bool digit(const struct bf_str *s)
{
    return s->n && s->p[0] >= '0' && s->p[0] <= '9';
}

static bool number(struct bf_str *s, int least, int most, int *out)
{
    if (!digit(s))
        return false;
    int v = 0;
    for (; digit(s); s->p++, s->n--)
        v = v <= most ? v * 10 + (s->p[0] - '0') : v;
    *out = v;
    return v >= least && v <= most;
}

/* An abbreviation: letters, or anything between angle brackets. We do not keep it. */
static bool name(struct bf_str *s)
{
    if (next_is(s, '<')) {
        while (s->n && s->p[0] != '>')
            next_is(s, s->p[0]);
        return next_is(s, '>');
    }
    size_t n = 0;
    for (; s->n && (s->p[0] | 32) >= 'a' && (s->p[0] | 32) <= 'z'; n++)
        next_is(s, s->p[0]);
    return n >= 3;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool clock_time(struct bf_str *s, int most_hours, int32_t *out)
{
    bool minus = next_is(s, '-');
    if (!minus)
        next_is(s, '+');
    int h = 0, m = 0, sec = 0;
    if (!number(s, 0, most_hours, &h) || (next_is(s, ':') && !number(s, 0, 59, &m)) ||
        (next_is(s, ':') && !number(s, 0, 59, &sec)))
        return false;
    *out = (h * 60 + m) * 60 + sec;
    if (minus)
        *out = -*out;
    return true;
}

static bool day_of_year(struct bf_str *s, struct bf_tzday *d)
{
    if (next_is(s, 'J')) {
        d->kind = BF_TZDAY_JULIAN;
        return number(s, 1, 365, &d->day);
    }
    if (!next_is(s, 'M')) {
        d->kind = BF_TZDAY_ZERO;
        return number(s, 0, 365, &d->day);
    }
    d->kind = BF_TZDAY_WEEK;
    return number(s, 1, 12, &d->month) && next_is(s, '.') && number(s, 1, 5, &d->week) &&
           next_is(s, '.') && number(s, 0, 6, &d->day);
}

static bool change_day(struct bf_str *s, struct bf_tzday *d)
{
    d->time = 2 * 3600;
    return next_is(s, ',') && day_of_year(s, d) &&
           (!next_is(s, '/') || clock_time(s, 167, &d->time));
}

bool bf_tzrule_read(struct bf_str text, struct bf_tzrule *out)
{
    struct bf_tzrule r = {.changes = false};
    int32_t west;
    if (!name(&text) || !clock_time(&text, 24, &west))
        return false;
    r.standard = -west;
    if (text.n) {
        r.changes = true;
        if (!name(&text))
            return false;
        west -= 3600;
        if (text.n && text.p[0] != ',' && !clock_time(&text, 24, &west))
            return false;
        r.summer = -west;
        if (!change_day(&text, &r.start) || !change_day(&text, &r.end) || text.n)
            return false;
    }
    *out = r;
    return true;
}

static bool leap(int year)
{
    return bf_date_month_length(year, 2) == 29;
}

/* Days since 1970 of the w-th such weekday of the month; 5 is the last one. */
static int32_t week_day(const struct bf_tzday *d, int year)
{
    int32_t first = bf_date_days(year, d->month, 1);
    int weekday = (int)(((int64_t)first + 4) % 7); /* 1970-01-01 was a Thursday */
    weekday = weekday < 0 ? weekday + 7 : weekday;
    int day = (d->day - weekday + 7) % 7 + 7 * (d->week - 1);
    while (day >= bf_date_month_length(year, d->month))
        day -= 7;
    return first + day;
}

int64_t bf_tzrule_change(const struct bf_tzday *d, int year, int32_t before)
{
    int32_t days = 0;
    switch (d->kind) {
    case BF_TZDAY_WEEK:
        days = week_day(d, year);
        break;
    case BF_TZDAY_ZERO:
        days = bf_date_days(year, 1, 1) + d->day;
        break;
    case BF_TZDAY_JULIAN: /* 29 February is never counted */
        days = bf_date_days(year, 1, 1) + d->day - 1 + (leap(year) && d->day >= 60);
        break;
    }
    return (int64_t)days * DAY + d->time - before;
}

#include "value/instant.h"

#include "core/clock.h"

#include <string.h>

static const int64_t second = 1000000, day_length = 86400 * INT64_C(1000000);

/* ---- the calendar ------------------------------------------------------------------------- */

static bool leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int bf_date_month_length(int year, int month)
{
    static const signed char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : lengths[month - 1];
}

/* Counts in years that begin on 1 March, so that the leap day is the last, and in cycles of 400 of
 * them, 146097 days; 719468 days lie between 0000-03-01 and 1970-01-01. */
int32_t bf_date_days(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int cycle = (y >= 0 ? y : y - 399) / 400;
    int of_cycle = y - cycle * 400;
    int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return cycle * 146097 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year - 719468;
}

void bf_date_civil(int32_t days, int *year, int *month, int *day)
{
    int64_t z = (int64_t)days + 719468;
    int cycle = (int)((z >= 0 ? z : z - 146096) / 146097);
    int d = (int)(z - (int64_t)cycle * 146097);
    int y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int of_year = d - (365 * y + y / 4 - y / 100);
    int m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = y + cycle * 400 + (*month <= 2);
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool next_is(struct bf_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

/* Exactly n digits. */
static bool digits(struct bf_str *s, size_t n, int *out)
{
    if (s->n < n)
        return false;
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        v = v * 10 + (s->p[i] - '0');
    }
    s->p += n;
    s->n -= n;
    *out = v;
    return true;
}

/* The date, as far as it goes; *days is that of its first day. */
static bool read_date(struct bf_str *s, int32_t *days, enum bf_precision *precision)
{
    int year, month = 1, day = 1;
    if (!digits(s, 4, &year) || year < 1)
        return false;
    *precision = BF_YEAR;
    char mark = s->n && s->p[0] == '/' ? '/' : '-';
    if (next_is(s, mark)) {
        *precision = BF_MONTH;
        if (!digits(s, 2, &month) || month < 1 || month > 12)
            return false;
        if (next_is(s, mark)) {
            *precision = BF_DAY;
            if (!digits(s, 2, &day) || day < 1 || day > bf_date_month_length(year, month))
                return false;
        }
    }
    *days = bf_date_days(year, month, day);
    return true;
}

/* `.` and at least one digit; what lies beyond microseconds is cut. */
static bool read_fraction(struct bf_str *s, int64_t *us)
{
    int64_t unit = second;
    int d;
    size_t n = 0;
    for (; digits(s, 1, &d); n++) {
        unit /= 10;
        *us += d * unit;
    }
    return n > 0;
}

static bool read_time(struct bf_str *s, int64_t *us, enum bf_precision *precision)
{
    int h, m = 0, sec = 0;
    int64_t fraction = 0;
    if (!digits(s, 2, &h))
        return false;
    *precision = BF_HOUR;
    if (next_is(s, ':')) {
        *precision = BF_MINUTE;
        if (!digits(s, 2, &m))
            return false;
        if (next_is(s, ':')) {
            *precision = BF_SECOND;
            if (!digits(s, 2, &sec) || (next_is(s, '.') && !read_fraction(s, &fraction)))
                return false;
        }
    }
    *us = ((h * 60 + m) * 60 + sec) * second + fraction;
    return m < 60 && sec < 60 && *us <= day_length;
}

static bool read_offset(struct bf_str *s, struct bf_instant *out)
{
    if (next_is(s, 'Z')) {
        out->mark = BF_OFFSET_Z;
        return true;
    }
    bool minus = next_is(s, '-');
    int h, m = 0;
    if (!minus && !next_is(s, '+'))
        return true;
    if (!digits(s, 2, &h) || h > 23)
        return false;
    if ((next_is(s, ':') || s->n) && (!digits(s, 2, &m) || m > 59))
        return false;
    out->mark = BF_OFFSET_NUMERIC;
    out->offset = (h * 60 + m) * 60;
    if (minus)
        out->offset = -out->offset;
    return true;
}

bool bf_instant_read(struct bf_str text, struct bf_instant *out)
{
    struct bf_instant r = {.mark = BF_OFFSET_NONE};
    int32_t days;
    int64_t time = 0;
    if (!read_date(&text, &days, &r.precision))
        return false;
    if (r.precision == BF_DAY && (next_is(&text, 'T') || next_is(&text, ' ')) &&
        (!read_time(&text, &time, &r.precision) || !read_offset(&text, &r)))
        return false;
    r.wall = days * day_length + time;
    int64_t instant = r.wall - r.offset * second;
    if (text.n || r.wall > BF_INSTANT_MAX || instant < BF_INSTANT_MIN || instant > BF_INSTANT_MAX)
        return false;
    *out = r;
    return true;
}

int64_t bf_instant_resolve(const struct bf_instant *read, const struct bf_zone *zone)
{
    if (read->mark == BF_OFFSET_NONE)
        return bf_zone_instant(zone, read->wall);
    return read->wall - read->offset * second;
}

bool bf_date_read(struct bf_str text, int32_t *days)
{
    enum bf_precision precision;
    return read_date(&text, days, &precision) && precision == BF_DAY && text.n == 0;
}

/* ---- printing ----------------------------------------------------------------------------- */

static char *put2(char *at, int v)
{
    at[0] = (char)('0' + v / 10);
    at[1] = (char)('0' + v % 10);
    return at + 2;
}

/* Four digits; a sign and more digits beyond the range, which only damaged data can have. */
static char *put_year(char *at, int year)
{
    if (year >= 0 && year < 10000)
        return put2(put2(at, year / 100), year % 100);
    unsigned y = year < 0 ? 0u - (unsigned)year : (unsigned)year;
    if (year < 0)
        *at++ = '-';
    int n = 4;
    for (unsigned limit = 10000; y >= limit && n < 9; limit *= 10)
        n++;
    for (int i = n; i-- > 0; y /= 10)
        at[i] = (char)('0' + y % 10);
    return at + n;
}

/* The day printed last: in a column of instants one follows the other. The process is
 * single-threaded. */
enum { DATE_TEXT = 10 };
static struct {
    bool known;
    int32_t days;
    char text[DATE_TEXT];
} latest;

static char *put_new_date(char *at, int32_t days)
{
    int year, month, day;
    bf_date_civil(days, &year, &month, &day);
    at = put_year(at, year);
    *at++ = '-';
    at = put2(at, month);
    *at++ = '-';
    return put2(at, day);
}

static char *put_date(char *at, int32_t days)
{
    if (latest.known && latest.days == days) {
        memcpy(at, latest.text, DATE_TEXT);
        return at + DATE_TEXT;
    }
    char *end = put_new_date(at, days);
    latest.known = end - at == DATE_TEXT;
    latest.days = days;
    memcpy(latest.text, at, DATE_TEXT);
    return end;
}

/* hh:mm:ss */
static char *put_clock(char *at, int s)
{
    at = put2(at, s / 3600);
    *at++ = ':';
    at = put2(at, s / 60 % 60);
    *at++ = ':';
    return put2(at, s % 60);
}

static char *put_micros(char *at, int us)
{
    *at++ = '.';
    at = put2(at, us / 10000);
    at = put2(at, us / 100 % 100);
    return put2(at, us % 100);
}

/* An instant taken apart. */
struct parts {
    int32_t days;
    int seconds, micros;
};

static struct parts split(int64_t instant, int32_t offset)
{
    int64_t s = instant / second;
    int us = (int)(instant % second);
    if (us < 0) {
        us += (int)second;
        s--;
    }
    s += offset;
    int64_t days = s / 86400;
    int of_day = (int)(s % 86400);
    if (of_day < 0) {
        of_day += 86400;
        days--;
    }
    return (struct parts){(int32_t)days, of_day, us};
}

static char *put_instant(char *at, const struct parts *p)
{
    at = put_date(at, p->days);
    *at++ = 'T';
    at = put_clock(at, p->seconds);
    return p->micros ? put_micros(at, p->micros) : at;
}

size_t bf_instant_format(char out[BF_INSTANT_TEXT], int64_t instant, const struct bf_zone *zone)
{
    int minutes = bf_zone_offset(zone, instant) / 60;
    struct parts p = split(instant, minutes * 60);
    char *at = put_instant(out, &p);
    *at++ = minutes < 0 ? '-' : '+';
    minutes = minutes < 0 ? -minutes : minutes;
    at = put2(at, minutes / 60);
    *at++ = ':';
    at = put2(at, minutes % 60);
    return (size_t)(at - out);
}

void bf_instant_print(struct bf_buf *out, int64_t instant, const struct bf_zone *zone)
{
    char *at = bf_buf_reserve(out, BF_INSTANT_TEXT);
    if (at)
        bf_buf_wrote(out, bf_instant_format(at, instant, zone));
}

void bf_instant_print_utc_z(struct bf_buf *out, int64_t instant)
{
    char *start = bf_buf_reserve(out, BF_INSTANT_TEXT);
    if (!start)
        return;
    struct parts p = split(instant, 0);
    char *at = put_instant(start, &p);
    *at++ = 'Z';
    bf_buf_wrote(out, (size_t)(at - start));
}

size_t bf_date_format(char out[BF_INSTANT_TEXT], int32_t days)
{
    return (size_t)(put_date(out, days) - out);
}

void bf_date_print(struct bf_buf *out, int32_t days)
{
    char *at = bf_buf_reserve(out, BF_INSTANT_TEXT);
    if (at)
        bf_buf_wrote(out, bf_date_format(at, days));
}

/* ---- HTTP dates (RFC 9110 section 5.6.7) --------------------------------------------------- */

static const char *const weekdays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void bf_instant_print_http(struct bf_buf *out, int64_t instant)
{
    char *start = bf_buf_reserve(out, BF_INSTANT_TEXT);
    if (!start)
        return;
    struct parts p = split(instant, 0);
    int year, month, day;
    bf_date_civil(p.days, &year, &month, &day);
    int weekday = (int)(((int64_t)p.days + 4) % 7); /* 1970-01-01 was a Thursday */
    memcpy(start, weekdays[weekday < 0 ? weekday + 7 : weekday], 3);
    memcpy(start + 3, ", ", 2);
    char *at = put2(start + 5, day);
    *at++ = ' ';
    memcpy(at, months + 3 * (month - 1), 3);
    at[3] = ' ';
    at = put_year(at + 4, year);
    *at++ = ' ';
    at = put_clock(at, p.seconds);
    memcpy(at, " GMT", 4);
    bf_buf_wrote(out, (size_t)(at + 4 - start));
}

struct http_date {
    int year, month, day, h, m, s;
    bool short_year;
};

/* A weekday's name, whole or its first three letters. It is not compared with the date. */
static bool read_weekday(struct bf_str *s, bool whole)
{
    for (size_t i = 0; i < sizeof weekdays / sizeof weekdays[0]; i++) {
        struct bf_str name = bf_str_of(weekdays[i]);
        if (!whole)
            name.n = 3;
        if (bf_str_starts(*s, name)) {
            s->p += name.n;
            s->n -= name.n;
            return true;
        }
    }
    return false;
}

static bool read_month(struct bf_str *s, int *month)
{
    for (int i = 0; i < 12; i++)
        if (bf_str_starts(*s, (struct bf_str){months + 3 * i, 3})) {
            s->p += 3;
            s->n -= 3;
            *month = i + 1;
            return true;
        }
    return false;
}

static bool read_clock(struct bf_str *s, struct http_date *d)
{
    return digits(s, 2, &d->h) && next_is(s, ':') && digits(s, 2, &d->m) && next_is(s, ':') &&
           digits(s, 2, &d->s) && d->h < 24 && d->m < 60 &&
           d->s <= 60; /* leap seconds exist here */
}

static bool read_part(struct bf_str *s, char part, struct http_date *d)
{
    switch (part) {
    case 'w':
    case 'W':
        return read_weekday(s, part == 'W');
    case 'd': /* asctime fills with a blank */
        return next_is(s, ' ') ? digits(s, 1, &d->day) : digits(s, 2, &d->day);
    case 'D':
        return digits(s, 2, &d->day);
    case 'M':
        return read_month(s, &d->month);
    case 'y':
        d->short_year = true;
        return digits(s, 2, &d->year);
    case 'Y':
        return digits(s, 4, &d->year) && d->year >= 1;
    default: /* 'h' */
        return read_clock(s, d);
    }
}

static bool read_pattern(struct bf_str s, const char *pattern, struct http_date *d)
{
    for (const char *p = pattern; *p; p++) {
        bool part = *p == '%';
        p += part;
        if (part ? !read_part(&s, *p, d) : !next_is(&s, *p))
            return false;
    }
    return s.n == 0;
}

/* Two digits mean the year of this or the past century that is not more than 50 years ahead. */
static int whole_year(int two)
{
    int32_t today = (int32_t)(bf_clock_wall_us() / day_length);
    int year, month, day;
    bf_date_civil(today, &year, &month, &day);
    int guess = year - year % 100 + two;
    return guess > year + 50 ? guess - 100 : guess;
}

bool bf_instant_read_http(struct bf_str text, int64_t *instant)
{
    static const char *const patterns[] = {"%w, %D %M %Y %h GMT", "%W, %D-%M-%y %h GMT",
                                           "%w %M %d %h %Y"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct http_date d = {.short_year = false};
        if (!read_pattern(text, patterns[i], &d))
            continue;
        if (d.short_year)
            d.year = whole_year(d.year);
        if (d.day < 1 || d.day > bf_date_month_length(d.year, d.month))
            return false;
        *instant = bf_date_days(d.year, d.month, d.day) * day_length +
                   ((d.h * 60 + d.m) * 60 + d.s) * second;
        return true;
    }
    return false;
}

#include "value/moment.h"

#include "value/instant.h"

static const int64_t second = 1000000, day_length = 86400 * INT64_C(1000000);

enum { WEEK = 7, THURSDAY = 3 /* 1970-01-01, counted from Monday */ };

/* ---- the day ------------------------------------------------------------------------------- */

static const struct day {
    struct bf_str name;
    bool weekday;
    int number; /* of a weekday, from Monday; else how many days from now */
} days[] = {
    {BF_STR_INIT("today"), false, 0},       {BF_STR_INIT("aujourd'hui"), false, 0},
    {BF_STR_INIT("tomorrow"), false, 1},    {BF_STR_INIT("demain"), false, 1},
    {BF_STR_INIT("monday"), true, 0},       {BF_STR_INIT("lundi"), true, 0},
    {BF_STR_INIT("tuesday"), true, 1},      {BF_STR_INIT("mardi"), true, 1},
    {BF_STR_INIT("wednesday"), true, 2},    {BF_STR_INIT("mercredi"), true, 2},
    {BF_STR_INIT("thursday"), true, 3},     {BF_STR_INIT("jeudi"), true, 3},
    {BF_STR_INIT("friday"), true, 4},       {BF_STR_INIT("vendredi"), true, 4},
    {BF_STR_INIT("saturday"), true, 5},     {BF_STR_INIT("samedi"), true, 5},
    {BF_STR_INIT("sunday"), true, 6},       {BF_STR_INIT("dimanche"), true, 6},
    {BF_STR_INIT("aujourd’hui"), false, 0},
};

static const struct day *find_day(struct bf_str word)
{
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        if (bf_str_eq_nocase(days[i].name, word))
            return &days[i];
    return NULL;
}

/* ---- the hour ------------------------------------------------------------------------------ */

/* One or two digits. */
static bool read_digits(struct bf_str *s, int *out)
{
    size_t n = 0;
    *out = 0;
    for (; n < s->n && n < 2 && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        *out = *out * 10 + (s->p[n] - '0');
    s->p += n;
    s->n -= n;
    return n > 0;
}

/* `20:00`, `20h`, `20h30`; microseconds of the day. */
static bool read_hour(struct bf_str s, int64_t *out)
{
    int hour, minute = 0;
    if (!read_digits(&s, &hour) || s.n == 0)
        return false;
    bool colon = s.p[0] == ':';
    if (!colon && s.p[0] != 'h' && s.p[0] != 'H')
        return false;
    s = (struct bf_str){s.p + 1, s.n - 1};
    if ((colon || s.n) && (s.n != 2 || !read_digits(&s, &minute) || s.n))
        return false;
    *out = (hour * 60 + minute) * 60 * second;
    return hour < 24 && minute < 60;
}

/* ---- together ------------------------------------------------------------------------------ */

static int64_t floor_days(int64_t wall)
{
    return wall / day_length - (wall % day_length < 0);
}

static bool read_spoken(struct bf_str text, int64_t now, const struct bf_zone *zone, int64_t *out)
{
    struct bf_str rest;
    int64_t hour;
    const struct day *day = find_day(bf_str_cut(text, ' ', &rest));
    rest = bf_str_trim(rest);
    struct bf_str after;
    struct bf_str between = bf_str_cut(rest, ' ', &after);
    if (bf_str_eq_nocase(between, BF_STR("at")) || bf_str_eq(between, BF_STR("à")))
        rest = bf_str_trim(after);
    if (!day || !read_hour(rest, &hour))
        return false;
    int64_t today = floor_days(now + bf_zone_offset(zone, now) * second);
    int64_t ahead = day->number;
    if (day->weekday)
        ahead = (day->number - (today + THURSDAY) % WEEK + WEEK) % WEEK;
    *out = bf_zone_instant(zone, (today + ahead) * day_length + hour);
    if (day->weekday && *out <= now)
        *out = bf_zone_instant(zone, (today + ahead + WEEK) * day_length + hour);
    return true;
}

bool bf_moment_read(struct bf_str text, int64_t now, const struct bf_zone *zone, int64_t *out)
{
    struct bf_instant read;
    text = bf_str_trim(text);
    if (!bf_instant_read(text, &read))
        return read_spoken(text, now, zone, out);
    *out = bf_instant_resolve(&read, zone);
    return read.precision >= BF_HOUR;
}

#include "catalog/duration.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define YEAR (31557600 * SECOND)
#define MOST (1000 * YEAR)

/* Units in the order in which a duration may name them; those behind `T` come last. */
static const struct unit {
    char letter;
    bool time;
    int64_t us;
} units[] = {
    {'Y', false, YEAR},         {'M', false, YEAR / 12},  {'W', false, 7 * DAY}, {'D', false, DAY},
    {'H', true, 3600 * SECOND}, {'M', true, 60 * SECOND}, {'S', true, SECOND},
};

enum { UNITS = sizeof units / sizeof units[0] };

static bool number(struct bf_str *s, int64_t *out)
{
    size_t i = 0;
    *out = 0;
    for (; i < s->n && i < 12 && s->p[i] >= '0' && s->p[i] <= '9'; i++)
        *out = *out * 10 + (s->p[i] - '0');
    s->p += i;
    s->n -= i;
    return i > 0 && s->n > 0;
}

/* Index of the unit, looked for from `from` on: each may stand once and in order. */
static size_t find_unit(char letter, bool time, size_t from)
{
    for (size_t i = from; i < UNITS; i++)
        if (units[i].letter == letter && units[i].time == time)
            return i;
    return UNITS;
}

static bool take(struct bf_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

/* One `<number><unit>`, with the `T` before it if there is one. */
static bool part(struct bf_str *s, bool *time, size_t *next, int64_t *sum)
{
    int64_t count, us;
    if (!*time && take(s, 'T'))
        *time = true;
    if (!number(s, &count))
        return false;
    size_t unit = find_unit(s->p[0], *time, *next);
    if (unit == UNITS || __builtin_mul_overflow(count, units[unit].us, &us) ||
        __builtin_add_overflow(*sum, us, sum) || *sum > MOST)
        return false;
    s->p++;
    s->n--;
    *next = unit + 1;
    return true;
}

bool bf_duration_read(struct bf_str text, int64_t *us)
{
    bool time = false;
    size_t next = 0;
    *us = 0;
    if (!take(&text, 'P'))
        return false;
    while (text.n)
        if (!part(&text, &time, &next, us))
            return false;
    return *us > 0;
}

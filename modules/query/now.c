#include "query/now.h"

#include "core/clock.h"
#include "query/call.h"
#include "value/instant.h"
#include "value/number.h"

static const int64_t SECOND_US = 1000000;
static const int64_t DAY_US = INT64_C(86400) * 1000000;
enum { DAYS_OF_WEEK = 7, MONDAY_OFFSET = 3 }; /* 1970-01-01 was a Thursday */

/* A point on the clock, in parts. */
struct clock {
    int year, month, day;
    int64_t time; /* microseconds of the day */
};

enum kind { YEAR, MONTH, DAY, PART, MONTHS, SPAN, WEEKDAY, NTH };

static const struct argument {
    const char *name;
    enum kind kind;
    int64_t unit; /* PART and SPAN: microseconds; MONTHS: months; NTH: the day */
    int64_t least, most;
} arguments[] = {
    {"year", YEAR, 0, 1, 9999},
    {"month", MONTH, 0, 1, 12},
    {"day", DAY, 0, 1, 1000000},
    {"hour", PART, INT64_C(3600000000), 0, 23},
    {"minute", PART, 60000000, 0, 59},
    {"second", PART, 1000000, 0, 59},
    {"microsecond", PART, 1, 0, 999999},
    {"weekday", WEEKDAY, 0, 0, 6},
    {"years", MONTHS, 12, -10000, 10000},
    {"months", MONTHS, 1, -120000, 120000},
    {"weeks", SPAN, INT64_C(604800000000), -600000, 600000},
    {"days", SPAN, INT64_C(86400000000), -4000000, 4000000},
    {"hours", SPAN, INT64_C(3600000000), -100000000, 100000000},
    {"minutes", SPAN, 60000000, -INT64_C(6000000000), INT64_C(6000000000)},
    {"seconds", SPAN, 1000000, -INT64_C(400000000000), INT64_C(400000000000)},
    {"microseconds", SPAN, 1, -INT64_C(400000000000000000), INT64_C(400000000000000000)},
    {"mondays", NTH, 0, -600000, 600000},
    {"tuesdays", NTH, 1, -600000, 600000},
    {"wednesdays", NTH, 2, -600000, 600000},
    {"thursdays", NTH, 3, -600000, 600000},
    {"fridays", NTH, 4, -600000, 600000},
    {"saturdays", NTH, 5, -600000, 600000},
    {"sundays", NTH, 6, -600000, 600000},
};

static const struct argument *argument_named(struct bf_str name)
{
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        if (bf_str_eq_nocase(name, bf_str_of(arguments[i].name)))
            return &arguments[i];
    return NULL;
}

static void split(int64_t instant, struct clock *c)
{
    int64_t day = instant / DAY_US - (instant % DAY_US < 0);
    c->time = instant - day * DAY_US;
    bf_date_civil((int32_t)day, &c->year, &c->month, &c->day);
}

static int64_t join(const struct clock *c)
{
    return (int64_t)bf_date_days(c->year, c->month, c->day) * DAY_US + c->time;
}

static void clamp(struct clock *c)
{
    int length = bf_date_month_length(c->year, c->month);
    if (c->day > length)
        c->day = length;
}

static void move_months(struct clock *c, int64_t months)
{
    int64_t all = (int64_t)c->year * 12 + c->month - 1 + months;
    int64_t year = all / 12 - (all % 12 < 0);
    c->month = (int)(all - year * 12) + 1;
    c->year = (int)year;
    clamp(c);
}

/* The part of the day of `unit`, below the next larger unit. */
static void set_part(struct clock *c, int64_t unit, int64_t n)
{
    int64_t above = unit == 1 ? SECOND_US : unit == SECOND_US * 3600 ? DAY_US : unit * 60;
    int64_t old = c->time % above / unit;
    c->time += (n - old) * unit;
}

/* Days from today to the n-th such day; today counts. */
static int64_t days_to(int64_t today, int64_t weekday, int64_t n)
{
    int64_t is = (today + MONDAY_OFFSET) % DAYS_OF_WEEK;
    is += is < 0 ? DAYS_OF_WEEK : 0;
    if (n > 0)
        return (weekday - is + DAYS_OF_WEEK) % DAYS_OF_WEEK + (n - 1) * DAYS_OF_WEEK;
    return -((is - weekday + DAYS_OF_WEEK) % DAYS_OF_WEEK) + (n + 1) * DAYS_OF_WEEK;
}

static int64_t move_to_day(int64_t at, int64_t weekday, int64_t n)
{
    int64_t day = at / DAY_US - (at % DAY_US < 0);
    return at + days_to(day, weekday, n) * DAY_US;
}

static int64_t apply(int64_t at, const struct argument *a, int64_t n)
{
    struct clock c;
    if (a->kind == SPAN)
        return at + n * a->unit;
    if (a->kind == WEEKDAY)
        return move_to_day(at, n, 1);
    if (a->kind == NTH)
        return move_to_day(at, a->unit, n);
    split(at, &c);
    if (a->kind == YEAR)
        c.year = (int)n;
    else if (a->kind == MONTH)
        c.month = (int)n;
    else if (a->kind == DAY)
        c.day = (int)n;
    else if (a->kind == MONTHS)
        move_months(&c, n * a->unit);
    else
        set_part(&c, a->unit, n);
    if (c.year < 1 || c.year > 9999) /* told apart below: no date has such a year */
        return INT64_MAX;
    clamp(&c);
    return join(&c);
}

static const struct bf_str *name_of(const struct bf_node *arg)
{
    bool named = arg->kind == BF_NODE_COMPARE && arg->op == BF_EQ &&
                 arg->left->kind == BF_NODE_NAME && arg->right->kind == BF_NODE_NUMBER;
    return named ? &arg->left->text : NULL;
}

static bool comes_again(const struct bf_node *arg, struct bf_str wanted)
{
    for (const struct bf_node *other = arg->next; other; other = other->next) {
        const struct bf_str *name = name_of(other);
        if (name && bf_str_eq_nocase(*name, wanted))
            return true;
    }
    return false;
}

static bool apply_argument(struct bf_clause *c, const struct bf_node *call,
                           const struct bf_node *arg, int64_t *at)
{
    int64_t n;
    const struct bf_str *name = name_of(arg);
    const struct argument *a = name ? argument_named(*name) : NULL;
    if (!name)
        return bf_call_usage(c, call);
    if (!a)
        return BF_MALFORMED(c, arg->at, "now() has no argument %.*s", BF_STR_ARG(*name));
    if (!bf_call_integer(c, call, arg->right, a->least, a->most, &n))
        return false;
    if (a->kind == NTH && n == 0)
        return BF_MALFORMED(c, arg->at, "now() cannot count to %s 0", a->name);
    if (comes_again(arg, *name))
        return true;
    *at = apply(*at, a, n);
    if (*at >= BF_INSTANT_MIN && *at <= BF_INSTANT_MAX)
        return true;
    return BF_MALFORMED(c, arg->at, "now() leaves the years 1 to 9999 with %.*s",
                        BF_STR_ARG(bf_node_source(c, arg)));
}

bool bf_call_now(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    q->present = true;
    if (q->now == 0)
        q->now = bf_clock_wall_us();
    int64_t at = q->now;
    for (const struct bf_node *arg = call->left; arg; arg = arg->next)
        if (!apply_argument(c, call, arg, &at))
            return false;
    call->kind = BF_NODE_VALUE;
    call->value = (struct bf_value){.type = BF_DATETIME, .instant = at};
    return true;
}

/*
 * The handler of the dataset `template-source`: departures by a timetable that lies in a file.
 *
 * Gives      for every call of every trip, on every day on which the trip runs, one row; of these
 *            the ones that the query can want: its stops, and the days of its departures.
 * Needs      the option `file`, see timetable.tsv; the fields arret, ligne, destination, course,
 *            jour, depart.
 * Time       as GTFS has it: times are counted from twelve hours before noon, Paris time, of the
 *            service day; so they go beyond 24:00, and count right in the nights in which the
 *            clocks change.
 * Version    that of the file (when it was last written), so that answers have an ETag.
 */
#include <beffroi/handler.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

BF_HANDLER_HOST;

enum { SERVICES = 50, EXCEPTIONS = 200, NAME = 100, LINE = 500 };
static const int64_t DAY = INT64_C(86400) * 1000000;

struct timetable {
    const char *file;
    int stop, line, destination, trip, day, departure;
};

struct service {
    char name[NAME], days[8];
    int64_t from, to; /* days since 1970 */
};

struct exception {
    char service[NAME], what;
    int64_t day;
};

/* Of one request: where it is in the file, and which day of the call comes next. */
struct cursor {
    FILE *in;
    struct bf_source *asked;
    struct service services[SERVICES];
    struct exception exceptions[EXCEPTIONS];
    int nservices, nexceptions;
    char trip[NAME], line[NAME], destination[NAME], stop[NAME];
    const struct service *service; /* of the trip; NULL: it never runs */
    int64_t seconds;               /* of the call */
    int64_t first, last;           /* the days that can be wanted */
    int64_t day;                   /* of the row that comes next; beyond last: another call */
};

/* ---- days ----------------------------------------------------------------------------------- */

/* Days since 1970 of a date of the Gregorian calendar: years begin in March. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    y -= m < 3;
    m += m < 3 ? 9 : -3;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + d - 1 - 719468;
}

static int weekday(int64_t day) /* 0: Monday */
{
    return (int)((day + 3) % 7);
}

/* Whether the clocks of Paris show summer time at noon of that day: from the last Sunday of March
 * to the last one of October. */
static int is_summer(int64_t day)
{
    int64_t year = 1970;
    while (days_of(year + 1, 1, 1) <= day)
        year++;
    int64_t march = days_of(year, 3, 31), october = days_of(year, 10, 31);
    return day >= march - (weekday(march) + 1) % 7 && day < october - (weekday(october) + 1) % 7;
}

static int64_t departure(int64_t day, int64_t seconds)
{
    return day * DAY + (seconds - (is_summer(day) ? 7200 : 3600)) * 1000000;
}

static int runs(const struct cursor *c, int64_t day)
{
    const struct service *s = c->service;
    for (int i = 0; i < c->nexceptions; i++)
        if (c->exceptions[i].day == day && strcmp(c->exceptions[i].service, s->name) == 0)
            return c->exceptions[i].what == '+';
    return day >= s->from && day <= s->to && s->days[weekday(day)] == '1';
}

/* ---- the file ------------------------------------------------------------------------------- */

static void read_service(struct cursor *c, const char *line)
{
    struct service *s = &c->services[c->nservices];
    int y, m, d, y2, m2, d2;
    if (c->nservices == SERVICES || sscanf(line, "service\t%99[^\t]\t%7[01]\t%d-%d-%d\t%d-%d-%d",
                                           s->name, s->days, &y, &m, &d, &y2, &m2, &d2) != 8)
        return;
    s->from = days_of(y, m, d);
    s->to = days_of(y2, m2, d2);
    c->nservices++;
}

static void read_exception(struct cursor *c, const char *line)
{
    struct exception *e = &c->exceptions[c->nexceptions];
    int y, m, d;
    if (c->nexceptions == EXCEPTIONS ||
        sscanf(line, "except\t%99[^\t]\t%c\t%d-%d-%d", e->service, &e->what, &y, &m, &d) != 5)
        return;
    e->day = days_of(y, m, d);
    c->nexceptions++;
}

static void read_trip(struct cursor *c, const char *line)
{
    char service[NAME];
    c->service = NULL;
    if (sscanf(line, "trip\t%99[^\t]\t%99[^\t]\t%99[^\t]\t%99[^\t\n]", c->trip, c->line,
               c->destination, service) != 4)
        return;
    for (int i = 0; i < c->nservices; i++)
        if (strcmp(c->services[i].name, service) == 0)
            c->service = &c->services[i];
}

static int is_wanted(const struct cursor *c, const struct timetable *t)
{
    int n = bf->source_values(c->asked, t->stop);
    for (int i = 0; i < n; i++) {
        const char *p;
        size_t length;
        if (bf->source_text(c->asked, t->stop, i, &p, &length) && length == strlen(c->stop) &&
            memcmp(p, c->stop, length) == 0)
            return 1;
    }
    return n < 0;
}

/* Up to the next call that is wanted; 0: there is none. */
static int read_call(struct cursor *c, const struct timetable *t)
{
    char line[LINE];
    int hours, minutes, seconds;
    while (fgets(line, sizeof line, c->in)) {
        if (line[0] == 's')
            read_service(c, line);
        else if (line[0] == 'e')
            read_exception(c, line);
        else if (line[0] == 't')
            read_trip(c, line);
        else if (sscanf(line, "call\t%99[^\t]\t%d:%d:%d", c->stop, &hours, &minutes, &seconds) ==
                     4 &&
                 c->service && is_wanted(c, t)) {
            c->seconds = hours * 3600 + minutes * 60 + seconds;
            c->day = c->first;
            return 1;
        }
    }
    return 0;
}

/* ---- hooks ---------------------------------------------------------------------------------- */

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct timetable t = {bf->option(d, "file"),  bf->field(d, "arret"),
                          bf->field(d, "ligne"),  bf->field(d, "destination"),
                          bf->field(d, "course"), bf->field(d, "jour"),
                          bf->field(d, "depart")};
    if (t.stop < 0 || t.line < 0 || t.destination < 0 || t.trip < 0 || t.day < 0 || t.departure < 0)
        return bf->reject(d, "it needs the fields arret, ligne, destination, course, jour, depart");
    *self = bf->keep(d, &t, sizeof t);
    return *self ? BF_OK : BF_FAIL;
}

/* A departure can be on the day after its service day, and with odd times on the one after that. */
static void set_days(struct cursor *c, const struct timetable *t)
{
    int64_t least, most;
    c->first = days_of(2020, 1, 1);
    c->last = days_of(2040, 1, 1);
    if (bf->source_least(c->asked, t->departure, &least) && least / DAY - 3 > c->first)
        c->first = least / DAY - 3;
    if (bf->source_most(c->asked, t->departure, &most) && most / DAY + 1 < c->last)
        c->last = most / DAY + 1;
    c->day = c->last + 1;
}

static enum bf_rc open_source(struct bf_req *r, struct bf_source *s, void *self, void **cursor)
{
    const struct timetable *t = self;
    struct cursor *c = *cursor = bf->source_alloc(s, sizeof *c);
    struct stat st;
    char version[40];
    if (!c)
        return BF_FAIL;
    c->asked = s;
    c->in = fopen(t->file, "re");
    if (!c->in)
        return bf->fail(r, 503, "There is no timetable at the moment.");
    if (fstat(fileno(c->in), &st) == 0) {
        int n = snprintf(version, sizeof version, "%lld.%09ld", (long long)st.st_mtim.tv_sec,
                         st.st_mtim.tv_nsec);
        bf->source_version(s, version, (size_t)n);
        bf->source_instant(s, st.st_mtim.tv_sec * INT64_C(1000000));
    }
    set_days(c, t);
    return BF_OK;
}

static enum bf_rc next_row(struct bf_req *r, struct bf_row *row, void *self, void *cursor)
{
    const struct timetable *t = self;
    struct cursor *c = cursor;
    (void)r;
    while (c->day > c->last || !runs(c, c->day))
        if (++c->day > c->last && !read_call(c, t))
            return BF_END;
    bf->set_text(row, t->stop, c->stop, strlen(c->stop));
    bf->set_text(row, t->line, c->line, strlen(c->line));
    bf->set_text(row, t->destination, c->destination, strlen(c->destination));
    bf->set_text(row, t->trip, c->trip, strlen(c->trip));
    bf->set_time(row, t->day, c->day);
    return bf->set_time(row, t->departure, departure(c->day++, c->seconds));
}

static void close_source(void *self, void *cursor)
{
    struct cursor *c = cursor;
    (void)self;
    fclose(c->in);
}

static const struct bf_option options[] = {
    {"file", BF_TEXT, NULL, "the path of the timetable: the workers must be able to read it"}, {0}};

BF_HANDLER(.name = "template-source", .version = "1.0", .options = options, .open = open_dataset,
           .source_open = open_source, .source_next = next_row, .source_close = close_source);

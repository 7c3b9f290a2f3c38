#include "value/zone.h"

#include "value/tzif.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY "/usr/share/zoneinfo/"
enum { MOST_ZONES = 64, NAME_MAX_BYTES = 63, FILE_MAX = 64 * 1024 };

/* A table that repeats is asked only up to here before its end, so that a wall clock time and its
 * neighbours always lie inside. */
static const int64_t fold_margin = 4 * 86400;

struct bf_zone {
    struct bf_str name;
    struct bf_tzif table;
    uint64_t asked; /* when, for replacing the least recently asked */
    char text[NAME_MAX_BYTES + 1];
};

static struct bf_tzif_change utc_change = {INT64_MIN, 0};
static const struct bf_zone utc = {.name = BF_STR_INIT("UTC"), .table = {&utc_change, 1, false}};

/* The zones of this process. */
static struct bf_zone zones[MOST_ZONES];
static size_t zones_used;
static uint64_t zones_asked;

/* The span around the last instant asked for: printing a page of instants is one comparison each.
 * The process is single-threaded. */
static struct {
    const struct bf_zone *zone;
    int64_t from, to; /* seconds, [from, to) */
    int32_t offset;
} span;

const struct bf_zone *bf_zone_utc(void)
{
    return &utc;
}

struct bf_str bf_zone_name(const struct bf_zone *zone)
{
    return zone->name;
}

struct bf_str bf_zone_sql(const struct bf_zone *zone)
{
    static const struct {
        struct bf_str name, same;
    } abbreviations[] = {
        {BF_STR_INIT("CET"), BF_STR_INIT("Europe/Brussels")},
        {BF_STR_INIT("EET"), BF_STR_INIT("Europe/Athens")},
        {BF_STR_INIT("MET"), BF_STR_INIT("Europe/Brussels")},
        {BF_STR_INIT("WET"), BF_STR_INIT("Europe/Lisbon")},
    };
    struct bf_str name = bf_zone_name(zone);
    for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++)
        if (bf_str_eq(name, abbreviations[i].name))
            return abbreviations[i].same;
    return name;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '/';
}

/* No dots at all, so no way out of the directory. */
static bool name_ok(struct bf_str name)
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES || name.p[0] == '/')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!name_char(name.p[i]))
            return false;
    return !bf_str_starts(name, BF_STR("posix/")) && !bf_str_starts(name, BF_STR("right/")) &&
           !bf_str_eq(name, BF_STR("localtime")) && !bf_str_eq(name, BF_STR("posixrules"));
}

/* The whole file; false when it is not there, cannot be read or does not fit. */
static bool read_file(const char *path, char *out, size_t room, size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t got = 1;
    *n = 0;
    while (*n < room && got > 0) {
        got = read(fd, out + *n, room - *n);
        if (got > 0)
            *n += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    close(fd);
    return got == 0;
}

static bool load(struct bf_str name, struct bf_tzif *table)
{
    static char bytes[FILE_MAX];
    char path[sizeof DIRECTORY + NAME_MAX_BYTES];
    size_t n;
    snprintf(path, sizeof path, DIRECTORY "%.*s", BF_STR_ARG(name));
    return read_file(path, bytes, sizeof bytes, &n) &&
           bf_tzif_read((struct bf_str){bytes, n}, table);
}

/* A free place, or that of the least recently asked zone. */
static struct bf_zone *place(void)
{
    if (zones_used < MOST_ZONES)
        return &zones[zones_used++];
    struct bf_zone *oldest = &zones[0];
    for (size_t i = 1; i < MOST_ZONES; i++)
        if (zones[i].asked < oldest->asked)
            oldest = &zones[i];
    bf_tzif_fini(&oldest->table);
    if (span.zone == oldest)
        span.zone = NULL;
    return oldest;
}

const struct bf_zone *bf_zone_find(struct bf_str name)
{
    if (bf_str_eq(name, utc.name))
        return &utc;
    for (size_t i = 0; i < zones_used; i++)
        if (bf_str_eq(name, zones[i].name)) {
            zones[i].asked = ++zones_asked;
            return &zones[i];
        }
    struct bf_tzif table;
    if (!name_ok(name) || !load(name, &table))
        return NULL;
    struct bf_zone *z = place();
    memcpy(z->text, name.p, name.n);
    z->text[name.n] = '\0';
    z->name = (struct bf_str){z->text, name.n};
    z->table = table;
    z->asked = ++zones_asked;
    return z;
}

static int64_t floor_seconds(int64_t us, int64_t *rest)
{
    int64_t s = us / 1000000;
    *rest = us % 1000000;
    if (*rest < 0) {
        *rest += 1000000;
        s--;
    }
    return s;
}

/* Index of the change in force at that second. */
static size_t find(const struct bf_tzif *t, int64_t s)
{
    size_t low = 0, high = t->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (t->changes[middle].at <= s)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int64_t change_end(const struct bf_tzif *t, size_t i)
{
    return i + 1 < t->n ? t->changes[i + 1].at : INT64_MAX;
}

/* Whole cycles to take off so that the table covers s. */
static int64_t cycles(const struct bf_tzif *t, int64_t s)
{
    if (!t->cyclic)
        return 0;
    int64_t limit = t->changes[t->n - 1].at - fold_margin;
    return s >= limit ? ((s - limit) / BF_TZIF_CYCLE + 1) * BF_TZIF_CYCLE : 0;
}

int32_t bf_zone_offset(const struct bf_zone *zone, int64_t instant)
{
    int64_t rest;
    int64_t s = floor_seconds(instant, &rest);
    if (span.zone == zone && s >= span.from && s < span.to)
        return span.offset;
    const struct bf_tzif *t = &zone->table;
    int64_t off = cycles(t, s);
    size_t i = find(t, s - off);
    int64_t end = change_end(t, i);
    span.zone = zone;
    span.offset = t->changes[i].offset;
    span.from = off ? t->changes[i].at + off : t->changes[i].at;
    span.to = off ? end + off : end;
    return span.offset;
}

/* The same in seconds, with s inside the table. */
static int64_t instant_of(const struct bf_tzif *t, int64_t s)
{
    const int64_t reach = 2 * 86400; /* more than any offset */
    size_t i = find(t, s - reach);
    for (;; i++) {
        int64_t found = s - t->changes[i].offset;
        int64_t end = change_end(t, i);
        if (found < end) /* not before the change either: the round before would have taken it */
            return found;
        if (s - t->changes[i + 1].offset < end) /* the gap */
            return found;
    }
}

int64_t bf_zone_instant(const struct bf_zone *zone, int64_t wall)
{
    int64_t rest;
    int64_t s = floor_seconds(wall, &rest);
    int64_t off = cycles(&zone->table, s);
    return (instant_of(&zone->table, s - off) + off) * 1000000 + rest;
}

/* Whatever a clock is put back by, hours later it shows the new offset. */
bool bf_zone_repeats(const struct bf_zone *zone, int64_t wall)
{
    static const int64_t second = 1000000, later = 6 * 3600 * second;
    int64_t first = bf_zone_instant(zone, wall);
    int64_t offset = bf_zone_offset(zone, first + later);
    int64_t again = wall - offset * second;
    return again > first && bf_zone_offset(zone, again) == offset;
}

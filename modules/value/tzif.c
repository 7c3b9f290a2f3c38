#include "value/tzif.h"

#include "value/instant.h"
#include "value/tzrule.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_CHANGES = 4096, RULE_YEARS = 404, HEADER = 44, DAY = 86400 };

/* RFC 9636 section 3.1: the six counts of a header. */
struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t u32(const char *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

static int64_t i64(const char *p)
{
    return (int64_t)((uint64_t)u32(p) << 32 | u32(p + 4));
}

static bool cut(struct bf_str *s, size_t n)
{
    if (n > s->n)
        return false;
    s->p += n;
    s->n -= n;
    return true;
}

static bool read_header(struct bf_str *s, struct counts *c)
{
    const char *p = s->p;
    if (s->n < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return false;
    *c = (struct counts){u32(p + 20), u32(p + 24), u32(p + 28),
                         u32(p + 32), u32(p + 36), u32(p + 40)};
    bool sane = c->isut <= 256 && c->isstd <= 256 && c->leap <= 4096 && c->time <= MOST_CHANGES &&
                c->type >= 1 && c->type <= 256 && c->chars <= 4096;
    return sane && cut(s, HEADER);
}

static size_t body_size(const struct counts *c, size_t time_size)
{
    return c->time * (time_size + 1) + c->type * 6u + c->chars + c->leap * (time_size + 4) +
           c->isstd + c->isut;
}

/* Adds a change; one at the same second replaces the one before it. false: not ascending. */
static bool add(struct bf_tzif *t, int64_t at, int32_t offset)
{
    struct bf_tzif_change *last = &t->changes[t->n - 1];
    if (at < last->at)
        return false;
    if (at == last->at)
        last->offset = offset;
    else
        t->changes[t->n++] = (struct bf_tzif_change){at, offset};
    return true;
}

static bool read_changes(struct bf_tzif *t, const struct counts *c, const char *body)
{
    const char *index = body + c->time * 8u;
    const char *types = index + c->time;
    t->changes[0] = (struct bf_tzif_change){INT64_MIN, (int32_t)u32(types)};
    t->n = 1;
    for (uint32_t i = 0; i < c->type; i++) {
        int32_t offset = (int32_t)u32(types + i * 6);
        if (offset < -DAY - 3600 || offset > DAY + 2 * 3600)
            return false;
    }
    for (uint32_t i = 0; i < c->time; i++) {
        unsigned char type = (unsigned char)index[i];
        if (type >= c->type || !add(t, i64(body + i * 8u), (int32_t)u32(types + type * 6u)))
            return false;
    }
    return true;
}

static void add_rule(struct bf_tzif *t, const struct bf_tzrule *r)
{
    int64_t known = t->changes[t->n - 1].at;
    int year = 1, month, day; /* a zone without changes of its own: the rule is all there is */
    if (t->n > 1)
        bf_date_civil((int32_t)(known / DAY), &year, &month, &day);
    year--; /* the division above rounds up before 1970 */
    for (int last = year + RULE_YEARS; year < last; year++) {
        struct bf_tzif_change two[] = {{bf_tzrule_change(&r->start, year, r->standard), r->summer},
                                       {bf_tzrule_change(&r->end, year, r->summer), r->standard}};
        bool south = two[1].at < two[0].at;
        for (int i = 0; i < 2; i++) {
            const struct bf_tzif_change *next = &two[south ? 1 - i : i];
            if (next->at > known)
                add(t, next->at, next->offset);
        }
    }
    t->cyclic = true;
}

/* After the data: a newline, the rule, a newline; an empty rule says nothing about the future. */
static bool read_footer(struct bf_tzif *t, struct bf_str s)
{
    if (s.n < 2 || s.p[0] != '\n' || !memchr(s.p + 1, '\n', s.n - 1))
        return false;
    struct bf_str rest;
    cut(&s, 1);
    struct bf_str text = bf_str_cut(s, '\n', &rest);
    struct bf_tzrule rule;
    if (text.n == 0)
        return true;
    int64_t known = t->changes[t->n - 1].at;
    int64_t far = (int64_t)100000 * 365 * DAY; /* years that the calendar's int32 days can hold */
    if (!bf_tzrule_read(text, &rule) || (t->n > 1 && (known > far || known < -far)))
        return false;
    if (rule.changes)
        add_rule(t, &rule);
    return true;
}

bool bf_tzif_read(struct bf_str bytes, struct bf_tzif *out)
{
    struct counts c;
    if (!read_header(&bytes, &c) || !cut(&bytes, body_size(&c, 4)) || !read_header(&bytes, &c) ||
        c.leap != 0 || body_size(&c, 8) > bytes.n)
        return false;
    size_t room = 1 + c.time + 2 * RULE_YEARS;
    struct bf_tzif t = {.changes = malloc(room * sizeof *t.changes)};
    if (!t.changes)
        return false;
    struct bf_str footer = bytes;
    cut(&footer, body_size(&c, 8));
    if (!read_changes(&t, &c, bytes.p) || !read_footer(&t, footer)) {
        bf_tzif_fini(&t);
        return false;
    }
    *out = t;
    return true;
}

void bf_tzif_fini(struct bf_tzif *t)
{
    free(t->changes);
    *t = (struct bf_tzif){NULL, 0, false};
}

#include "lua/pattern.h"

#include "lua/meter.h"

#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

enum kind { K_BYTE, K_ANY, K_SET, K_OPEN, K_PLACE, K_CLOSE, K_BACK, K_PAIR, K_FRONTIER, K_END };
enum repeat { R_ONE, R_MANY, R_SOME, R_FEW, R_MAYBE }; /* nothing * + - ? */

enum { STEPS = 4096, STEP_UNITS = 4 };

/* ---- reading a pattern --------------------------------------------------------------------- */

struct reader {
    struct bf_pattern *out;
    const char *p, *end;
    unsigned open[BF_PATTERN_CAPTURES], nopen;
    uint32_t closed; /* bits of captures */
};

static int wrong(struct reader *r, const char *what)
{
    return luaL_error(r->out->L, "the pattern is wrong: %s", what);
}

static struct bf_pattern_item *add(struct reader *r, enum kind kind, int a, int b)
{
    if (r->out->n == BF_PATTERN_ITEMS)
        wrong(r, "it has more than 250 parts");
    struct bf_pattern_item *i = &r->out->items[r->out->n++];
    *i = (struct bf_pattern_item){(unsigned char)kind, R_ONE, (unsigned char)a, (unsigned char)b};
    return i;
}

static bool in_class(int c, int class)
{
    bool in;
    switch (tolower(class)) {
    case 'a':
        in = isalpha(c);
        break;
    case 'c':
        in = iscntrl(c);
        break;
    case 'd':
        in = isdigit(c);
        break;
    case 'g':
        in = isgraph(c);
        break;
    case 'l':
        in = islower(c);
        break;
    case 'p':
        in = ispunct(c);
        break;
    case 's':
        in = isspace(c);
        break;
    case 'u':
        in = isupper(c);
        break;
    case 'w':
        in = isalnum(c);
        break;
    case 'x':
        in = isxdigit(c);
        break;
    default:
        return c == class;
    }
    return isupper(class) ? !in : in;
}

static void put(uint32_t set[8], int c)
{
    set[c >> 5] |= UINT32_C(1) << (c & 31);
}

static void put_class(uint32_t set[8], int class)
{
    for (int c = 0; c < 256; c++)
        if (in_class(c, class))
            put(set, c);
}

static bool is_class(int c)
{
    return c && strchr("acdglpsuwxACDGLPSUWX", c) != NULL;
}

/* The set's index; equal ones share theirs. */
static int keep_set(struct reader *r, const uint32_t set[8])
{
    struct bf_pattern *p = r->out;
    for (unsigned i = 0; i < p->nsets; i++)
        if (memcmp(p->sets[i], set, sizeof p->sets[i]) == 0)
            return (int)i;
    if (p->nsets == BF_PATTERN_SETS)
        wrong(r, "it has more than 40 different sets");
    memcpy(p->sets[p->nsets], set, sizeof p->sets[0]);
    return (int)p->nsets++;
}

static int take(struct reader *r, const char *what)
{
    if (r->p == r->end)
        wrong(r, what);
    return (unsigned char)*r->p++;
}

/* One member of a set, which may be a range. */
static void read_member(struct reader *r, uint32_t set[8])
{
    static const char open[] = "a set has no ']'";
    int c = take(r, open);
    if (c == '%') {
        put_class(set, take(r, open));
        return;
    }
    int last = c;
    if (r->end - r->p >= 2 && r->p[0] == '-' && r->p[1] != ']') {
        last = (unsigned char)r->p[1];
        r->p += 2;
    }
    for (; c <= last; c++)
        put(set, c);
}

/* Behind the '['. A ']' that comes first is a member. */
static int read_set(struct reader *r)
{
    uint32_t set[8] = {0};
    bool not = r->p < r->end && *r->p == '^';
    r->p += not ;
    do {
        read_member(r, set);
        if (r->p == r->end)
            wrong(r, "a set has no ']'");
    } while (*r->p != ']');
    r->p++;
    for (int i = 0; not &&i < 8; i++)
        set[i] = ~set[i];
    return keep_set(r, set);
}

static int class_set(struct reader *r, int class)
{
    uint32_t set[8] = {0};
    put_class(set, class);
    return keep_set(r, set);
}

static void read_open(struct reader *r)
{
    struct bf_pattern *p = r->out;
    if (p->ncaptures == BF_PATTERN_CAPTURES)
        wrong(r, "it has more than 32 captures");
    unsigned number = p->ncaptures++;
    if (r->p < r->end && *r->p == ')') {
        r->p++;
        r->closed |= UINT32_C(1) << number;
        add(r, K_PLACE, (int)number, 0);
        return;
    }
    r->open[r->nopen++] = number;
    add(r, K_OPEN, (int)number, 0);
}

static void read_close(struct reader *r)
{
    if (!r->nopen)
        wrong(r, "a ')' has no '('");
    unsigned number = r->open[--r->nopen];
    r->closed |= UINT32_C(1) << number;
    add(r, K_CLOSE, (int)number, 0);
}

/* Behind a '%'. NULL: the part cannot be repeated. */
static struct bf_pattern_item *read_escape(struct reader *r)
{
    int c = take(r, "it ends with '%'");
    if (c >= '0' && c <= '9') {
        int number = c - '1';
        if (number < 0 || number >= (int)r->out->ncaptures || !(r->closed >> number & 1))
            wrong(r, "a '%1' to '%9' names a capture that is not closed there");
        add(r, K_BACK, number, 0);
        return NULL;
    }
    if (c == 'b') {
        int a = take(r, "'%b' needs two characters behind it");
        int b = take(r, "'%b' needs two characters behind it");
        add(r, K_PAIR, a, b);
        return NULL;
    }
    if (c == 'f') {
        if (take(r, "'%f' needs a set behind it") != '[')
            wrong(r, "'%f' needs a set behind it");
        add(r, K_FRONTIER, read_set(r), 0);
        return NULL;
    }
    return is_class(c) ? add(r, K_SET, class_set(r, c), 0) : add(r, K_BYTE, c, 0);
}

static struct bf_pattern_item *read_part(struct reader *r)
{
    int c = (unsigned char)*r->p++;
    switch (c) {
    case '(':
        read_open(r);
        return NULL;
    case ')':
        read_close(r);
        return NULL;
    case '%':
        return read_escape(r);
    case '[':
        return add(r, K_SET, read_set(r), 0);
    case '.':
        return add(r, K_ANY, 0, 0);
    case '$':
        if (r->p == r->end) {
            add(r, K_END, 0, 0);
            return NULL;
        }
        break;
    default:
        break;
    }
    return add(r, K_BYTE, c, 0);
}

void bf_pattern_read(struct bf_pattern *out, lua_State *L, struct bf_str text)
{
    static const char marks[] = "*+-?";
    struct reader r = {.out = out, .p = text.p, .end = text.p + text.n};
    out->L = L;
    out->n = out->nsets = out->ncaptures = 0;
    out->anchored = text.n > 0 && text.p[0] == '^';
    r.p += out->anchored;
    while (r.p < r.end) {
        struct bf_pattern_item *part = read_part(&r);
        const char *mark = part && r.p < r.end && *r.p ? strchr(marks, *r.p) : NULL;
        if (!mark)
            continue;
        part->repeat = (unsigned char)(R_MANY + (mark - marks));
        r.p++;
    }
    if (r.nopen)
        wrong(&r, "a '(' has no ')'");
}

/* ---- matching ------------------------------------------------------------------------------ */

void bf_match_init(struct bf_match *m, const struct bf_pattern *p, struct bf_str text)
{
    m->pattern = p;
    m->start = text.n ? text.p : "";
    m->end = m->start + text.n;
    m->steps = 0;
}

static void step(struct bf_match *m)
{
    if (++m->steps < STEPS)
        return;
    m->steps = 0;
    bf_meter_work(m->pattern->L, (size_t)STEPS * STEP_UNITS);
}

static bool in_set(const struct bf_match *m, unsigned index, unsigned char c)
{
    return m->pattern->sets[index][c >> 5] >> (c & 31) & 1;
}

static bool is_one(const struct bf_match *m, const struct bf_pattern_item *i, const char *at)
{
    if (at >= m->end)
        return false;
    unsigned char c = (unsigned char)*at;
    return i->kind == K_ANY || (i->kind == K_BYTE ? c == i->a : in_set(m, i->a, c));
}

static const char *try(struct bf_match *m, const struct bf_pattern_item *i, const char *at);

/* As many as there are, then fewer and fewer. */
static const char *try_many(struct bf_match *m, const struct bf_pattern_item *i, const char *at,
                            const char *least)
{
    const char *end = at;
    while (is_one(m, i, end)) {
        step(m);
        end++;
    }
    for (; end >= least; end--) {
        const char *found = try(m, i + 1, end);
        if (found)
            return found;
    }
    return NULL;
}

static const char *try_few(struct bf_match *m, const struct bf_pattern_item *i, const char *at)
{
    for (;; at++) {
        const char *found = try(m, i + 1, at);
        if (found || !is_one(m, i, at))
            return found;
    }
}

static const char *try_repeat(struct bf_match *m, const struct bf_pattern_item *i, const char *at)
{
    switch (i->repeat) {
    case R_MANY:
        return try_many(m, i, at, at);
    case R_SOME:
        return try_many(m, i, at, at + 1);
    case R_FEW:
        return try_few(m, i, at);
    default: {
        const char *found = is_one(m, i, at) ? try(m, i + 1, at + 1) : NULL;
        return found ? found : try(m, i + 1, at);
    }
    }
}

static const char *after_back(struct bf_match *m, unsigned number, const char *at)
{
    size_t n = (size_t)(m->captures[number].end - m->captures[number].p);
    bf_meter_work(m->pattern->L, n);
    bool same = (size_t)(m->end - at) >= n && memcmp(m->captures[number].p, at, n) == 0;
    return same ? at + n : NULL;
}

static const char *after_pair(struct bf_match *m, const struct bf_pattern_item *i, const char *at)
{
    size_t depth = 1;
    if (at >= m->end || (unsigned char)*at != i->a)
        return NULL;
    for (at++; at < m->end; at++) {
        step(m);
        if ((unsigned char)*at == i->b) {
            if (--depth == 0)
                return at + 1;
        } else if ((unsigned char)*at == i->a) {
            depth++;
        }
    }
    return NULL;
}

static bool at_frontier(const struct bf_match *m, unsigned set, const char *at)
{
    unsigned char before = at == m->start ? 0 : (unsigned char)at[-1];
    unsigned char here = at == m->end ? 0 : (unsigned char)*at;
    return !in_set(m, set, before) && in_set(m, set, here);
}

/* What takes no repetition and no way back: where it ends, or NULL. */
static const char *after_mark(struct bf_match *m, const struct bf_pattern_item *i, const char *at)
{
    switch (i->kind) {
    case K_PLACE:
        m->captures[i->a].p = m->captures[i->a].end = at;
        m->captures[i->a].position = true;
        return at;
    case K_BACK:
        return after_back(m, i->a, at);
    case K_PAIR:
        return after_pair(m, i, at);
    case K_FRONTIER:
        return at_frontier(m, i->a, at) ? at : NULL;
    case K_END:
        return at == m->end ? at : NULL;
    default:
        return is_one(m, i, at) ? at + 1 : NULL;
    }
}

/* What a capture was is put back when the rest does not match: its way may be tried again. */
static const char *try_capture(struct bf_match *m, const struct bf_pattern_item *i, const char *at)
{
    bool open = i->kind == K_OPEN;
    const char **place = open ? &m->captures[i->a].p : &m->captures[i->a].end;
    const char *was = *place;
    *place = at;
    m->captures[i->a].position = false;
    const char *found = try(m, i + 1, at);
    if (!found)
        *place = was;
    return found;
}

static const char *try(struct bf_match *m, const struct bf_pattern_item *i, const char *at)
{
    const struct bf_pattern_item *last = m->pattern->items + m->pattern->n;
    for (; i < last; i++) {
        step(m);
        if (i->repeat != R_ONE)
            return try_repeat(m, i, at);
        if (i->kind == K_OPEN || i->kind == K_CLOSE)
            return try_capture(m, i, at);
        at = after_mark(m, i, at);
        if (!at)
            return NULL;
    }
    return at;
}

const char *bf_match_at(struct bf_match *m, const char *at)
{
    return try(m, m->pattern->items, at);
}

const char *bf_match_from(struct bf_match *m, const char *at, const char **from)
{
    for (; at <= m->end; at++) {
        const char *end = bf_match_at(m, at);
        *from = at;
        if (end || m->pattern->anchored)
            return end;
    }
    return NULL;
}

/* ---- captures ------------------------------------------------------------------------------ */

void bf_match_push_one(const struct bf_match *m, unsigned number, const char *from, const char *end)
{
    lua_State *L = m->pattern->L;
    if (number >= m->pattern->ncaptures) {
        if (number)
            luaL_error(L, "there is no capture %%%d", (int)number + 1);
        lua_pushlstring(L, from, (size_t)(end - from));
    } else if (m->captures[number].position) {
        lua_pushinteger(L, m->captures[number].p - m->start + 1);
    } else {
        const char *p = m->captures[number].p;
        lua_pushlstring(L, p, (size_t)(m->captures[number].end - p));
    }
}

int bf_match_push(const struct bf_match *m, const char *from, const char *end)
{
    unsigned n = m->pattern->ncaptures ? m->pattern->ncaptures : 1;
    luaL_checkstack(m->pattern->L, (int)n, NULL);
    for (unsigned i = 0; i < n; i++)
        bf_match_push_one(m, i, from, end);
    return (int)n;
}

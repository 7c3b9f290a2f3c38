#include "api/push/split.h"

#include <string.h>

enum state { START, BETWEEN, ELEMENT, OBJECT, LINE, AFTER };

enum kind { PLAIN, QUOTE, ESCAPE, OPEN, CLOSE, COMMA, NEWLINE };

static const unsigned char kinds[256] = {
    ['"'] = QUOTE, ['\\'] = ESCAPE, ['{'] = OPEN,  ['['] = OPEN,
    ['}'] = CLOSE, [']'] = CLOSE,   [','] = COMMA, ['\n'] = NEWLINE,
};

void bf_split_init(struct bf_split *s, enum bf_split_kind kind, size_t record_max)
{
    *s = (struct bf_split){.kind = kind, .record_max = record_max, .state = START, .line = 1};
    bf_buf_init(&s->held, record_max);
}

void bf_split_fini(struct bf_split *s)
{
    bf_buf_fini(&s->held);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Index of the first byte that is not blank, or n; counts lines. */
static size_t skip_blanks(struct bf_split *s, const char *p, size_t n)
{
    size_t i = 0;
    for (; i < n && blank(p[i]); i++)
        s->line += p[i] == '\n';
    return i;
}

static bool broken(struct bf_split *s, struct bf_err *err, const char *why)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "The body cannot be read: record %llu, line %llu: %s.",
                        (unsigned long long)s->records + 1, (unsigned long long)s->line, why);
}

static bool too_large(struct bf_split *s, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_TOO_LARGE,
                        "Record %llu, which starts in line %llu, has more than %zu bytes or %d "
                        "values.",
                        (unsigned long long)s->records + 1, (unsigned long long)s->started_line,
                        s->record_max, BF_SPLIT_COMMAS);
}

/* ---- finding the end of a record ---- */

/* What one byte does to the nesting. true: the record ends here (its last byte in OBJECT, the byte
 * after it else). */
static bool nest(struct bf_split *s, enum kind kind)
{
    if (kind == NEWLINE) {
        s->line++;
        return s->state == LINE;
    }
    if (s->in_string) {
        s->escaped = kind == ESCAPE && !s->escaped;
        return false;
    }
    switch (kind) {
    case OPEN:
        s->depth++;
        return false;
    case CLOSE:
        if (s->depth == 0 && s->state == ELEMENT)
            return true;
        s->depth -= s->depth > 0;
        return s->depth == 0 && s->state == OBJECT;
    case COMMA:
        s->commas++;
        return s->depth == 0 && s->state == ELEMENT;
    case PLAIN:
    case QUOTE:
    case ESCAPE:
    case NEWLINE:
        break;
    }
    return false;
}

/* Index of the byte that ends the record, or n when it goes on. */
static size_t find_end(struct bf_split *s, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum kind kind = kinds[(unsigned char)p[i]];
        if (kind == PLAIN) {
            s->escaped = false;
            continue;
        }
        if (kind == QUOTE) {
            s->in_string ^= !s->escaped;
            s->escaped = false;
            continue;
        }
        if (nest(s, kind))
            return i;
        if (s->depth > BF_SPLIT_DEPTH || s->commas > BF_SPLIT_COMMAS)
            return i;
    }
    return n;
}

static void start_record(struct bf_split *s, enum state state)
{
    s->state = state;
    s->started_line = s->line;
    s->depth = 0;
    s->commas = 0;
    s->in_string = s->escaped = false;
    bf_buf_clear(&s->held);
}

/* Hands on the record that ends with these bytes. */
static bool give(struct bf_split *s, const char *p, size_t n, struct bf_err *err)
{
    struct bf_str record = {p, n};
    if (s->held.n) {
        bf_buf_bytes(&s->held, p, n);
        record = bf_buf_view(&s->held);
    }
    if (bf_buf_failed(&s->held) || record.n > s->record_max)
        return too_large(s, err);
    record = bf_str_trim(record);
    if (record.n == 0 && s->state == LINE)
        return true;
    if (record.n == 0)
        return broken(s, err, "there is nothing between two commas");
    s->records++;
    return s->take(s->self, record, s->started_line, err);
}

static bool within(struct bf_split *s, struct bf_err *err)
{
    if (s->depth > BF_SPLIT_DEPTH)
        return broken(s, err, "it is nested deeper than 32 levels");
    return s->commas <= BF_SPLIT_COMMAS || too_large(s, err);
}

/* ---- the states: each consumes some bytes ---- */

static bool in_record(struct bf_split *s, const char *p, size_t n, size_t *used, struct bf_err *err)
{
    size_t end = find_end(s, p, n);
    if (!within(s, err))
        return false;
    if (end == n) {
        bf_buf_bytes(&s->held, p, n);
        *used = n;
        return !bf_buf_failed(&s->held) || too_large(s, err);
    }
    *used = end + 1;
    if (s->state == ELEMENT && p[end] == '}')
        return broken(s, err, "a } closes nothing");
    if (!give(s, p, s->state == OBJECT ? end + 1 : end, err))
        return false;
    if (s->state == LINE)
        start_record(s, LINE);
    else
        s->state = s->state == ELEMENT && p[end] == ',' ? BETWEEN : AFTER;
    return true;
}

static bool at_start(struct bf_split *s, const char *p, size_t n, size_t *used, struct bf_err *err)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (s->bom < 3 && p[0] == mark[s->bom]) {
        s->bom++;
        *used = 1;
        return true;
    }
    if (s->bom % 3)
        return broken(s, err, "it is not UTF-8");
    s->bom = 3;
    *used = skip_blanks(s, p, n);
    if (*used == n)
        return true;
    if (s->kind == BF_SPLIT_LINES) {
        start_record(s, LINE);
    } else if (p[*used] == '[') {
        (*used)++;
        s->state = BETWEEN;
    } else if (p[*used] == '{') {
        start_record(s, OBJECT);
    } else {
        return broken(s, err, "an array of objects, or one object, is expected");
    }
    return true;
}

/* Before an element; the end of the array may come only before the first one. */
static bool between(struct bf_split *s, const char *p, size_t n, size_t *used, struct bf_err *err)
{
    *used = skip_blanks(s, p, n);
    if (*used == n)
        return true;
    if (p[*used] == ']' && s->records == 0) {
        (*used)++;
        s->state = AFTER;
        return true;
    }
    if (p[*used] == ']' || p[*used] == ',')
        return broken(s, err, "a record is expected after a comma");
    start_record(s, ELEMENT);
    return true;
}

static bool after(struct bf_split *s, const char *p, size_t n, size_t *used, struct bf_err *err)
{
    *used = skip_blanks(s, p, n);
    return *used == n ||
           broken(s, err,
                  "something follows the end (several records are an array, or lines with "
                  "the type application/x-ndjson)");
}

bool bf_split_feed(struct bf_split *s, const char *p, size_t n, struct bf_err *err)
{
    while (n > 0) {
        size_t used = 0;
        bool ok = false;
        switch ((enum state)s->state) {
        case START:
            ok = at_start(s, p, n, &used, err);
            break;
        case BETWEEN:
            ok = between(s, p, n, &used, err);
            break;
        case ELEMENT:
        case OBJECT:
        case LINE:
            ok = in_record(s, p, n, &used, err);
            break;
        case AFTER:
            ok = after(s, p, n, &used, err);
            break;
        }
        if (!ok)
            return false;
        p += used;
        n -= used;
    }
    return true;
}

bool bf_split_end(struct bf_split *s, struct bf_err *err)
{
    if (s->state == LINE)
        return give(s, "", 0, err);
    if (s->state == AFTER || (s->state == START && s->kind == BF_SPLIT_LINES))
        return true;
    if (s->state == START)
        return broken(s, err, "it is empty");
    return broken(s, err, "it ends before its time");
}

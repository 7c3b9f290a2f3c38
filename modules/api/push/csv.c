#include "api/push/csv.h"

#include <string.h>

/* CELL_START: nothing of the cell was read; PLAIN: in a bare cell; QUOTED: inside quotes;
 * QUOTE: after a quote inside quotes: the end of the cell, or half of "". */
enum state { CELL_START, PLAIN, QUOTED, QUOTE };

void bf_csv_init(struct bf_csv *c, char delimiter, size_t record_max)
{
    *c = (struct bf_csv){
        .delimiter = delimiter, .record_max = record_max, .line = 1, .started_line = 1};
    bf_buf_init(&c->text, record_max);
    bf_buf_init(&c->header, record_max);
    c->headed = delimiter != '\0';
}

void bf_csv_fini(struct bf_csv *c)
{
    bf_buf_fini(&c->text);
    bf_buf_fini(&c->header);
}

static bool too_large(struct bf_csv *c, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_TOO_LARGE,
                        "The record that starts in line %llu has more than %zu bytes or %d cells.",
                        (unsigned long long)c->started_line, c->record_max, BF_CSV_CELLS);
}

static void start_record(struct bf_csv *c)
{
    bf_buf_clear(&c->text);
    c->state = CELL_START;
    c->ncells = 0;
    c->quoted = false;
    c->wrong = NULL;
    c->started_line = c->line;
}

static bool end_cell(struct bf_csv *c, struct bf_err *err)
{
    if (c->ncells == BF_CSV_CELLS)
        return too_large(c, err);
    c->ends[c->ncells++] = c->text.n;
    c->state = CELL_START;
    return true;
}

/* A line that ends in CR LF: the CR is no part of a bare last cell. */
static void drop_return(struct bf_csv *c)
{
    size_t start = c->ncells ? c->ends[c->ncells - 1] : 0;
    if (c->state == PLAIN && c->text.n > start && c->text.p[c->text.n - 1] == '\r')
        c->text.n--;
}

static bool end_record(struct bf_csv *c, struct bf_err *err)
{
    drop_return(c);
    if (!end_cell(c, err))
        return false;
    if (bf_buf_failed(&c->text))
        return too_large(c, err);
    bool blank = c->ncells == 1 && c->text.n == 0 && !c->quoted;
    bool ok = true;
    if (!blank) {
        size_t at = 0;
        for (size_t i = 0; i < c->ncells; i++) {
            c->cells[i] = (struct bf_str){c->text.p ? c->text.p + at : "", c->ends[i] - at};
            at = c->ends[i];
        }
        ok = c->take(c->self,
                     &(struct bf_csv_record){c->cells, c->ncells, c->started_line, c->wrong}, err);
    }
    start_record(c);
    return ok;
}

/* A run of ordinary bytes at once: most of a file is that. */
static size_t plain_run(const struct bf_csv *c, const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && p[i] != c->delimiter && p[i] != '\n' && p[i] != '"')
        i++;
    return i;
}

static size_t quoted_run(struct bf_csv *c, const char *p, size_t n)
{
    const char *end = memchr(p, '"', n);
    size_t run = end ? (size_t)(end - p) : n;
    for (size_t i = 0; i < run; i++)
        c->line += p[i] == '\n';
    return run;
}

/* One byte that ends something, or the quote of a bare cell. */
static bool mark(struct bf_csv *c, char byte, struct bf_err *err)
{
    if (byte == c->delimiter)
        return end_cell(c, err);
    if (byte == '\n') {
        c->line++;
        return end_record(c, err);
    }
    if (c->state == CELL_START) {
        c->state = QUOTED;
        c->quoted = true;
        return true;
    }
    c->wrong = "a quote stands inside a cell that does not start with one";
    bf_buf_char(&c->text, byte);
    return true;
}

/* After a quote inside quotes. */
static bool after_quote(struct bf_csv *c, char byte, struct bf_err *err)
{
    if (byte == '"') {
        c->state = QUOTED;
        bf_buf_char(&c->text, '"');
        return true;
    }
    if (byte == c->delimiter || byte == '\n')
        return mark(c, byte, err);
    if (byte == '\r')
        return true;
    c->wrong = "something stands between a closing quote and the next delimiter";
    c->state = PLAIN;
    return true;
}

static bool step(struct bf_csv *c, const char *p, size_t n, size_t *used, struct bf_err *err)
{
    *used = 1;
    if (c->state == QUOTE)
        return after_quote(c, *p, err);
    if (c->state == QUOTED) {
        *used = quoted_run(c, p, n);
        bf_buf_bytes(&c->text, p, *used);
        if (*used < n) {
            c->state = QUOTE;
            (*used)++;
        }
        return true;
    }
    size_t run = plain_run(c, p, n);
    if (run == 0)
        return mark(c, *p, err);
    *used = run;
    c->state = PLAIN;
    bf_buf_bytes(&c->text, p, run);
    return true;
}

static bool read_cells(struct bf_csv *c, const char *p, size_t n, struct bf_err *err)
{
    while (n > 0) {
        size_t used;
        if (!step(c, p, n, &used, err))
            return false;
        if (bf_buf_failed(&c->text))
            return too_large(c, err);
        p += used;
        n -= used;
    }
    return true;
}

/* ---- the delimiter ---- */

static char most_frequent(struct bf_str line)
{
    static const char marks[] = {',', ';', '\t'};
    size_t counts[sizeof marks] = {0};
    bool quoted = false;
    for (size_t i = 0; i < line.n; i++) {
        quoted ^= line.p[i] == '"';
        for (size_t k = 0; k < sizeof marks && !quoted; k++)
            counts[k] += line.p[i] == marks[k];
    }
    size_t best = 0;
    for (size_t k = 1; k < sizeof marks; k++)
        best = counts[k] > counts[best] ? k : best;
    return marks[best];
}

/* Keeps the first line back until it is whole (a quoted newline in a header only delays it). */
static bool hold_header(struct bf_csv *c, const char *p, size_t n, struct bf_err *err)
{
    bf_buf_bytes(&c->header, p, n);
    if (bf_buf_failed(&c->header))
        return too_large(c, err);
    const char *end = memchr(c->header.p, '\n', c->header.n);
    if (!end)
        return true;
    c->delimiter = most_frequent((struct bf_str){c->header.p, (size_t)(end - c->header.p)});
    c->headed = true;
    return read_cells(c, c->header.p, c->header.n, err);
}

/* Bytes of a byte order mark at the very start are dropped. */
static size_t skip_mark(struct bf_csv *c, const char *p, size_t n)
{
    static const char bytes[] = "\xEF\xBB\xBF";
    size_t i = 0;
    while (i < n && c->bom < 3 && p[i] == bytes[c->bom]) {
        c->bom++;
        i++;
    }
    if (i < n && c->bom < 3) {
        if (c->bom)
            c->wrong = "the file is not UTF-8";
        c->bom = 3;
    }
    return i;
}

bool bf_csv_feed(struct bf_csv *c, const char *p, size_t n, struct bf_err *err)
{
    size_t skipped = c->bom < 3 ? skip_mark(c, p, n) : 0;
    p += skipped;
    n -= skipped;
    if (n == 0)
        return true;
    return c->headed ? read_cells(c, p, n, err) : hold_header(c, p, n, err);
}

bool bf_csv_end(struct bf_csv *c, struct bf_err *err)
{
    if (!c->headed && c->header.n) {
        c->delimiter = most_frequent(bf_buf_view(&c->header));
        c->headed = true;
        if (!read_cells(c, c->header.p, c->header.n, err))
            return false;
    }
    if (c->state == QUOTED)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The body cannot be read: the quote in the record that starts in line "
                            "%llu is never closed.",
                            (unsigned long long)c->started_line);
    if (c->ncells == 0 && c->text.n == 0 && c->state == CELL_START)
        return true;
    return end_record(c, err);
}

void bf_csv_print_cell(struct bf_buf *out, struct bf_str cell, char delimiter)
{
    bool plain = true;
    for (size_t i = 0; plain && i < cell.n; i++)
        plain =
            cell.p[i] != delimiter && cell.p[i] != '"' && cell.p[i] != '\n' && cell.p[i] != '\r';
    if (plain) {
        bf_buf_str(out, cell);
        return;
    }
    bf_buf_char(out, '"');
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"')
            bf_buf_char(out, '"');
        bf_buf_char(out, cell.p[i]);
    }
    bf_buf_char(out, '"');
}

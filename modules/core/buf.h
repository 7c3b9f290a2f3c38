/*
 * core/buf: a growable byte buffer with a declared maximum.
 *
 * Purpose    building answers, SQL text, log lines.
 * Ownership  bf_buf_init on the caller's storage; bf_buf_fini frees the bytes; bf_buf_clear keeps
 *            them for the next use.
 * Errors     sticky: append unchecked, ask bf_buf_failed() once at the end. An append that would
 *            pass `max` (bytes) or finds no memory appends nothing and sets the flag; clear resets
 *            it.
 *
 *     struct bf_buf b;
 *     bf_buf_init(&b, 1u << 20);
 *     bf_buf_str(&b, BF_STR("{\"total_count\": "));
 *     bf_buf_u64(&b, n);
 *     if (bf_buf_failed(&b)) ...
 */
#ifndef BF_CORE_BUF_H
#define BF_CORE_BUF_H

#include "core/str.h"

#include <string.h>

struct bf_buf {
    char *p;
    size_t n;    /* bytes in use */
    size_t room; /* bytes allocated */
    size_t max;
    bool failed;
};

void bf_buf_init(struct bf_buf *b, size_t max);
void bf_buf_fini(struct bf_buf *b);
void bf_buf_clear(struct bf_buf *b);

/* Room for n more bytes; NULL sets the flag. The caller writes at most n bytes there, then calls
 * bf_buf_wrote. */
char *bf_buf_reserve(struct bf_buf *b, size_t n);
void bf_buf_wrote(struct bf_buf *b, size_t n);

void bf_buf_bytes(struct bf_buf *b, const void *p, size_t n);
void bf_buf_str(struct bf_buf *b, struct bf_str s);

/* NUL-terminated. In line, so that the length of a literal is known when it is compiled. */
static inline void bf_buf_text(struct bf_buf *b, const char *text)
{
    bf_buf_bytes(b, text, strlen(text));
}

static inline void bf_buf_char(struct bf_buf *b, char c)
{
    if (b->n < b->room && !b->failed)
        b->p[b->n++] = c;
    else
        bf_buf_bytes(b, &c, 1);
}

void bf_buf_u64(struct bf_buf *b, uint64_t v); /* decimal */
void bf_buf_i64(struct bf_buf *b, int64_t v);
void bf_buf_printf(struct bf_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bf_buf_hex(struct bf_buf *b, const void *p, size_t n); /* lower case */

/* s as a JSON string with its quotes (RFC 8259 section 7): raw UTF-8, controls escaped. s must be
 * UTF-8. */
void bf_buf_json(struct bf_buf *b, struct bf_str s);
/* JSON as one line: where it has line ends, they stand between its words and become blanks. */
void bf_buf_json_line(struct bf_buf *b, struct bf_str json);

bool bf_buf_failed(const struct bf_buf *b);
struct bf_str bf_buf_view(const struct bf_buf *b); /* borrowed until the next append */

#endif

#include "core/buf.h"

#include "core/scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bf_buf_init(struct bf_buf *b, size_t max)
{
    *b = (struct bf_buf){.max = max};
}

void bf_buf_fini(struct bf_buf *b)
{
    free(b->p);
    *b = (struct bf_buf){.max = b->max};
}

void bf_buf_clear(struct bf_buf *b)
{
    b->n = 0;
    b->failed = false;
}

static bool grow(struct bf_buf *b, size_t need)
{
    if (b->failed || need < b->n || need > b->max) {
        b->failed = true;
        return false;
    }
    size_t room = b->room ? b->room : 256;
    while (room < need)
        room *= 2;
    if (room > b->max)
        room = b->max;
    char *p = realloc(b->p, room);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->room = room;
    return true;
}

char *bf_buf_reserve(struct bf_buf *b, size_t n)
{
    if (b->failed || (n > b->room - b->n && !grow(b, b->n + n)))
        return NULL;
    return b->p + b->n;
}

void bf_buf_wrote(struct bf_buf *b, size_t n)
{
    b->n += n;
}

void bf_buf_bytes(struct bf_buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    char *at = bf_buf_reserve(b, n);
    if (at) {
        memcpy(at, p, n);
        b->n += n;
    }
}

void bf_buf_str(struct bf_buf *b, struct bf_str s)
{
    bf_buf_bytes(b, s.p, s.n);
}

void bf_buf_json_line(struct bf_buf *b, struct bf_str json)
{
    for (size_t i = 0; i < json.n; i++)
        bf_buf_char(b, json.p[i] == '\n' || json.p[i] == '\r' ? ' ' : json.p[i]);
}

void bf_buf_u64(struct bf_buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    bf_buf_bytes(b, digits + at, sizeof digits - at);
}

void bf_buf_i64(struct bf_buf *b, int64_t v)
{
    if (v < 0)
        bf_buf_char(b, '-');
    bf_buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void bf_buf_printf(struct bf_buf *b, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *at = n < 0 ? NULL : bf_buf_reserve(b, (size_t)n + 1);
    if (at) {
        vsnprintf(at, (size_t)n + 1, format, again);
        b->n += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

static const char hex_digits[] = "0123456789abcdef";

void bf_buf_hex(struct bf_buf *b, const void *p, size_t n)
{
    const unsigned char *bytes = p;
    char *at = bf_buf_reserve(b, 2 * n);
    if (!at)
        return;
    for (size_t i = 0; i < n; i++) {
        at[2 * i] = hex_digits[bytes[i] >> 4];
        at[2 * i + 1] = hex_digits[bytes[i] & 15];
    }
    b->n += 2 * n;
}

/* What follows the backslash for a byte that JSON must escape; 'u' stands for \u00XX; 0: the byte
 * goes as it is. */
static char json_escape(unsigned char c)
{
    static const char controls[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
    if (c < 0x20)
        return controls[c];
    return c == '"' || c == '\\' ? (char)c : 0;
}

static void put_clean_json(struct bf_buf *b, struct bf_str s)
{
    char *at = bf_buf_reserve(b, s.n + 2);
    if (!at)
        return;
    at[0] = '"';
    if (s.n)
        memcpy(at + 1, s.p, s.n);
    at[s.n + 1] = '"';
    b->n += s.n + 2;
}

void bf_buf_json(struct bf_buf *b, struct bf_str s)
{
    if (!bf_scan_json(s)) {
        put_clean_json(b, s);
        return;
    }
    char *start = bf_buf_reserve(b, 6 * s.n + 2);
    if (!start)
        return;
    char *at = start;
    *at++ = '"';
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char escape = json_escape(c);
        if (!escape) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '\\';
        *at++ = escape;
        if (escape == 'u') {
            memcpy(at, "00", 2);
            at[2] = hex_digits[c >> 4];
            at[3] = hex_digits[c & 15];
            at += 4;
        }
    }
    *at++ = '"';
    b->n += (size_t)(at - start);
}

bool bf_buf_failed(const struct bf_buf *b)
{
    return b->failed;
}

struct bf_str bf_buf_view(const struct bf_buf *b)
{
    return (struct bf_str){b->p, b->n};
}

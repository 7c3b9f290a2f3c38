#include "core/scan.h"

#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

static uint64_t zero(uint64_t x)
{
    return (x - EACH(1)) & ~x & EACH(0x80);
}

/* The bytes at p, n < 8 of them and then spaces, which nobody looks for. */
static uint64_t tail(const char *p, size_t n)
{
    uint64_t w = EACH(' ');
    memcpy(&w, p, n);
    return w;
}

static uint64_t word(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

struct bf_scan bf_scan_for(char a, char b, char c, char d)
{
    return (struct bf_scan){{EACH(a), EACH(b), EACH(c), EACH(d)}};
}

static uint64_t found(const struct bf_scan *s, uint64_t w)
{
    return zero(w ^ s->bytes[0]) | zero(w ^ s->bytes[1]) | zero(w ^ s->bytes[2]) |
           zero(w ^ s->bytes[3]);
}

bool bf_scan_finds(const struct bf_scan *scan, struct bf_str s)
{
    size_t i = 0;
    uint64_t any = 0;
    for (; i + 8 <= s.n && !any; i += 8)
        any = found(scan, word(s.p + i));
    if (i < s.n && !any) /* the last eight again, where there are eight */
        any = found(scan, s.n >= 8 ? word(s.p + s.n - 8) : tail(s.p, s.n));
    return any != 0;
}

static uint64_t found_json(uint64_t w)
{
    return ((w - EACH(0x20)) & ~w & EACH(0x80)) | zero(w ^ EACH('"')) | zero(w ^ EACH('\\'));
}

bool bf_scan_json(struct bf_str s)
{
    size_t i = 0;
    uint64_t any = 0;
    for (; i + 8 <= s.n && !any; i += 8)
        any = found_json(word(s.p + i));
    if (i < s.n && !any)
        any = found_json(s.n >= 8 ? word(s.p + s.n - 8) : tail(s.p, s.n));
    return any != 0;
}

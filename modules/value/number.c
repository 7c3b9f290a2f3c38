#include "value/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The proofs below need plain double arithmetic. */
_Static_assert(FLT_EVAL_METHOD == 0, "doubles must be computed as doubles");
_Static_assert(DBL_DIG == 15 && DBL_MANT_DIG == 53, "IEEE 754 binary64");

/* All the powers of ten that a double holds exactly. */
static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { EXACT_TENS = 22 };

/* Copies of this many bytes cost less than copies of the right number; what follows overwrites the
 * rest. All that is written this way has the room. */
enum { COPY = 24 };

/* 0.d1d2d3… times ten to the power of `point`; d1 is not 0, nor is the last digit. */
struct decimal {
    char digits[2 * COPY];
    int n; /* 1..17 */
    int point;
};

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

/* Eight digits with leading zeros. */
static void put8(char *at, uint32_t v)
{
    uint32_t high = v / 10000, low = v % 10000;
    memcpy(at, pairs + 2 * (high / 100), 2);
    memcpy(at + 2, pairs + 2 * (high % 100), 2);
    memcpy(at + 4, pairs + 2 * (low / 100), 2);
    memcpy(at + 6, pairs + 2 * (low % 100), 2);
}

/* m times 10^-k, m > 0 and below 10^24. */
static void decimal_of(struct decimal *d, uint64_t m, int k)
{
    char all[2 * COPY] = {0};
    put8(all, (uint32_t)(m / 10000000000000000));
    put8(all + 8, (uint32_t)(m / 100000000 % 100000000));
    put8(all + 16, (uint32_t)(m % 100000000));
    int start = 0, end = COPY;
    while (all[start] == '0')
        start++;
    while (all[end - 1] == '0')
        end--;
    memcpy(d->digits, all + start, COPY);
    d->n = end - start;
    d->point = COPY - start - k;
}

/* What the two functions below can do: up to 10^15, and down to where tens[] ends. */
static const double fast_least = 1e-7, fast_most = 1e15;

/* The k for which the 15 leading digits of v are the whole part of v * 10^k. */
static int places(double v)
{
    int k = 15;
    if (v >= 1)
        for (int e = 0; v >= tens[e]; e++)
            k--;
    else
        while (k < EXACT_TENS && v * tens[k - 14] < 1)
            k++;
    return k;
}

/*
 * The decimal of at most 15 digits that reads back as v, for v in [fast_least, fast_most).
 *
 * With k = places(v), a decimal of 15 digits near v is m / 10^k with m <= 10^15. Two decimals of 15
 * digits never are the same double (DBL_DIG), so m is unique if it exists; v * 10^k then differs
 * from it by less than 10^15 * 2^-52 < 0.23, so rounding finds it. m and 10^k are exact doubles and
 * division is correctly rounded, so (double)m / 10^k is what a correct reader makes of the decimal:
 * equality is the proof. false: no such decimal exists.
 */
static bool decimal_short(struct decimal *d, double v, int k)
{
    uint64_t m = (uint64_t)(v * tens[k] + 0.5);
    if (m == 0 || (double)m / tens[k] < v || (double)m / tens[k] > v)
        return false;
    decimal_of(d, m, k);
    return true;
}

/*
 * The nearest decimal of 16 or else 17 digits, for what decimal_short did not find.
 *
 * v is f / 2^s, exactly, and so v * 10^k is f * 10^k / 2^s, with a dividend below 2^53 * 10^22 <
 * 2^127. Its rounded quotient m is a decimal that a reader takes for v when it lies within half a
 * unit of f: |m * 2^s - f * 10^k| < 10^k / 2, or on that border if f is even; 17 digits always do.
 * A power of two has a nearer neighbour below; it is left to decimal_slow.
 */
static bool decimal_long(struct decimal *d, double v, int k)
{
    __extension__ typedef unsigned __int128 u128;
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    const uint64_t one = (uint64_t)1 << (DBL_MANT_DIG - 1);
    uint64_t f = (bits & (one - 1)) | one;
    int s = 1075 - (int)(bits >> (DBL_MANT_DIG - 1));
    if (f == one || k + 2 > EXACT_TENS)
        return false;
    uint64_t m = 0;
    for (int longer = 0; longer < 2; longer++) {
        u128 ten = (u128)tens[++k];
        u128 exact = f * ten, half = (u128)1 << (s - 1);
        m = (uint64_t)((exact + half) >> s);
        u128 back = (u128)m << s;
        if (back - exact == half && m % 2) { /* a tie goes to the even digit, as printf has it */
            m--;
            back -= half << 1;
        }
        u128 twice = 2 * (back > exact ? back - exact : exact - back);
        if (twice < ten || (twice == ten && f % 2 == 0))
            break;
    }
    decimal_of(d, m, k);
    return true;
}

/* Reads what "%.*e" made: d.ddde±dd. */
static void decimal_parse(struct decimal *d, const char *text)
{
    const char *e = strchr(text, 'e');
    d->n = 0;
    for (const char *p = text; p < e; p++)
        if (*p != '.')
            d->digits[d->n++] = *p;
    while (d->n > 1 && d->digits[d->n - 1] == '0')
        d->n--;
    d->point = (int)strtol(e + 1, NULL, 10) + 1;
}

/* By trial: the least precision that reads back. Up to 15 digits are tried at once (shorter ones
 * end in zeros), but for subnormal numbers, which hold fewer digits. */
static void decimal_slow(struct decimal *d, double v)
{
    char text[40];
    for (int digits = v < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, v);
        double back = strtod(text, NULL);
        if (back >= v && back <= v)
            break;
    }
    decimal_parse(d, text);
}

static char *put(char *at, const char *digits, int n)
{
    memcpy(at, digits, COPY);
    return at + n;
}

static char *put_text(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

static char *put_zeros(char *at, int n)
{
    for (; n > 0; n--)
        *at++ = '0';
    return at;
}

static char *put_exponent(char *at, const struct decimal *d)
{
    *at++ = d->digits[0];
    if (d->n > 1) {
        *at++ = '.';
        at = put(at, d->digits + 1, d->n - 1);
    }
    int e = d->point - 1;
    *at++ = 'e';
    *at++ = e < 0 ? '-' : '+';
    e = abs(e);
    if (e >= 100)
        *at++ = (char)('0' + e / 100);
    *at++ = (char)('0' + e / 10 % 10);
    *at++ = (char)('0' + e % 10);
    return at;
}

/* Python's rule: positional for 1e-4 <= v < 1e16. */
static char *put_decimal(char *at, const struct decimal *d)
{
    if (d->point <= -4 || d->point > 16)
        return put_exponent(at, d);
    if (d->point <= 0) {
        at = put_zeros(put_text(at, "0."), -d->point);
        return put(at, d->digits, d->n);
    }
    if (d->point >= d->n) {
        at = put_zeros(put(at, d->digits, d->n), d->point - d->n);
        return put_text(at, ".0");
    }
    at = put(at, d->digits, d->point);
    *at++ = '.';
    return put(at, d->digits + d->point, d->n - d->point);
}

/* Six decimals are what coordinates and most measurements have. */
enum { PLACES = 6, MILLION = 1000000 };
static const double few_most = 1e9;

/* Whole part and six decimals without the zeros at their end, but for the first. */
static char *put_few(char *at, uint64_t m)
{
    at += bf_number_format_int(at, (int64_t)(m / MILLION));
    char decimals[8];
    put8(decimals, (uint32_t)(m % MILLION) * 100);
    int n = PLACES;
    while (n > 1 && decimals[n - 1] == '0')
        n--;
    *at++ = '.';
    memcpy(at, decimals, PLACES);
    return at + n;
}

/*
 * Numbers with at most six decimals, in a fraction of the work: m / 10^6 with m < 10^15 is a
 * decimal of at most 15 digits; when it reads back as v (the proof is that of decimal_short), it is
 * the only one of them, so that without its zeros it is the shortest. What is below 10^-4 has an
 * exponent.
 */
static char *put_short(char *at, double v)
{
    if (v < 1e-4 || v >= few_most)
        return NULL;
    uint64_t m = (uint64_t)(v * MILLION + 0.5);
    double back = (double)m / MILLION;
    return back < v || back > v ? NULL : put_few(at, m);
}

size_t bf_number_format(char out[BF_NUMBER_MAX], double v)
{
    char *at = out;
    if (!isfinite(v))
        return (size_t)(put_text(at, "null") - out);
    if (signbit(v)) {
        *at++ = '-';
        v = -v;
    }
    struct decimal d = {.n = 0};
    if (!(v > 0))
        return (size_t)(put_text(at, "0.0") - out);
    char *end = put_short(at, v);
    if (end)
        return (size_t)(end - out);
    bool fast = v >= fast_least && v < fast_most;
    int k = fast ? places(v) : 0;
    if (!fast || (!decimal_short(&d, v, k) && !decimal_long(&d, v, k)))
        decimal_slow(&d, v);
    return (size_t)(put_decimal(at, &d) - out);
}

void bf_number_print(struct bf_buf *out, double v)
{
    char *at = bf_buf_reserve(out, BF_NUMBER_MAX);
    if (at)
        bf_buf_wrote(out, bf_number_format(at, v));
}

size_t bf_number_format_int(char out[BF_NUMBER_MAX], int64_t v)
{
    char *at = out;
    uint64_t rest = (uint64_t)v;
    if (v < 0) {
        *at++ = '-';
        rest = 0 - rest;
    }
    char digits[COPY];
    char *d = digits + sizeof digits;
    for (; rest >= 100; rest /= 100) {
        d -= 2;
        memcpy(d, pairs + 2 * (rest % 100), 2);
    }
    *--d = (char)('0' + rest % 10);
    if (rest >= 10)
        *--d = (char)('0' + rest / 10);
    for (; d < digits + sizeof digits; d++)
        *at++ = *d;
    return (size_t)(at - out);
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

bool bf_number_int(struct bf_str text, int64_t *out)
{
    bool minus = text.n && text.p[0] == '-';
    if (text.n == (size_t)minus)
        return false;
    int64_t v = 0;
    for (size_t i = minus; i < text.n; i++) {
        if (!digit(text.p[i]))
            return false;
        int d = minus ? '0' - text.p[i] : text.p[i] - '0';
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, d, &v))
            return false;
    }
    *out = v;
    return true;
}

/* A number as it is scanned: value = ±mantissa * 10^exponent when it is exact. */
struct scan {
    uint64_t mantissa;
    int exponent;
    bool exact; /* mantissa and exponent are within what doubles hold exactly */
};

/* Digits from *at on, at least one; those behind the point count down the exponent. */
static bool scan_digits(struct bf_str s, size_t *at, struct scan *r, bool fraction)
{
    size_t start = *at;
    for (; *at < s.n && digit(s.p[*at]); ++*at) {
        r->mantissa = r->mantissa * 10 + (uint64_t)(s.p[*at] - '0');
        r->exponent -= fraction;
        r->exact = r->exact && r->mantissa <= (uint64_t)1 << DBL_MANT_DIG;
        if (!r->exact)
            r->mantissa = 0; /* unused from here on, and never overflows */
    }
    return *at > start;
}

static bool scan_exponent(struct bf_str s, size_t *at, struct scan *r)
{
    bool minus = *at < s.n && s.p[*at] == '-';
    if (minus || (*at < s.n && s.p[*at] == '+'))
        ++*at;
    size_t start = *at;
    int e = 0;
    for (; *at < s.n && digit(s.p[*at]); ++*at)
        e = e < 100000 ? e * 10 + (s.p[*at] - '0') : e;
    r->exponent += minus ? -e : e;
    return *at > start;
}

static bool scan_real(struct bf_str s, struct scan *r)
{
    size_t at = s.n && s.p[0] == '-';
    if (!scan_digits(s, &at, r, false))
        return false;
    if (at < s.n && s.p[at] == '.') {
        at++;
        if (!scan_digits(s, &at, r, true))
            return false;
    }
    if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
        at++;
        if (!scan_exponent(s, &at, r))
            return false;
    }
    return at == s.n;
}

bool bf_number_real(struct bf_str text, double *out)
{
    struct scan r = {.exact = true};
    if (text.n > BF_NUMBER_TEXT || !scan_real(text, &r))
        return false;
    double v;
    if (r.exact && abs(r.exponent) <= EXACT_TENS) { /* one correctly rounded operation */
        double m = (double)r.mantissa;
        v = r.exponent < 0 ? m / tens[-r.exponent] : m * tens[r.exponent];
        v = text.p[0] == '-' ? -v : v;
    } else {
        char copy[BF_NUMBER_TEXT + 1];
        memcpy(copy, text.p, text.n);
        copy[text.n] = '\0';
        v = strtod(copy, NULL);
    }
    if (!isfinite(v))
        return false;
    *out = v;
    return true;
}

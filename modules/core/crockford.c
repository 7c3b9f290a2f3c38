#include "core/crockford.h"

#include <string.h>

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

char bf_crockford_digit(uint64_t value)
{
    return digits[value % (1 << BF_CROCKFORD_BITS)];
}

bool bf_crockford_read(struct bf_str text, uint64_t *bits)
{
    *bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        const char *at = memchr(digits, text.p[i], sizeof digits - 1);
        if (!at)
            return false;
        *bits = *bits << BF_CROCKFORD_BITS | (uint64_t)(at - digits);
    }
    return text.n <= BF_CROCKFORD_MOST;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-';
}

/* The digit that is meant; '\0': none. */
static char meant(char c)
{
    char low = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    if (low == 'o')
        return '0';
    if (low == 'i' || low == 'l')
        return '1';
    return memchr(digits, low, sizeof digits - 1) ? low : '\0';
}

bool bf_crockford_typed(struct bf_str text, char *out, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (is_space(text.p[i]))
            continue;
        char digit = meant(text.p[i]);
        if (!digit || found == n)
            return false;
        out[found++] = digit;
    }
    return found == n;
}

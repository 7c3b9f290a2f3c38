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

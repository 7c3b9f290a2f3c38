#include "catalog/nearest.h"

void bf_nearest_start(struct bf_nearest *n, struct bf_str wrong)
{
    *n = (struct bf_nearest){.wrong = wrong, .distance = (wrong.n + 2) / 3 + 1};
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the table are alive at a time. */
static size_t distance(struct bf_str a, struct bf_str b)
{
    size_t rows[3][BF_NEAREST_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b.n; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            char x = lower(a.p[i - 1]), y = lower(b.p[j - 1]);
            now[j] = least(last[j - 1] + (x != y), least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && x == lower(b.p[j - 2]) && y == lower(a.p[i - 2]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.n];
}

void bf_nearest_try(struct bf_nearest *n, struct bf_str candidate)
{
    if (n->wrong.n > BF_NEAREST_MAX || candidate.n > BF_NEAREST_MAX)
        return;
    size_t d = distance(n->wrong, candidate);
    if (d < n->distance) {
        n->distance = d;
        n->best = candidate;
    }
}

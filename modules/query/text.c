#include "query/text.h"

#include <string.h>

void bf_text_init(struct bf_text *t, struct bf_arena *a, size_t room)
{
    *t = (struct bf_text){.arena = a, .p = bf_arena_alloc(a, room), .room = room};
    t->failed = !t->p;
}

static bool grow(struct bf_text *t, size_t need)
{
    size_t room = t->room * 2;
    if (room < t->n + need)
        room = t->n + need;
    char *p = bf_arena_alloc(t->arena, room);
    if (!p) {
        t->failed = true;
        return false;
    }
    memcpy(p, t->p, t->n);
    t->p = p;
    t->room = room;
    return true;
}

void bf_text_str(struct bf_text *t, struct bf_str s)
{
    if (t->failed || s.n == 0 || (s.n > t->room - t->n && !grow(t, s.n)))
        return;
    memcpy(t->p + t->n, s.p, s.n);
    t->n += s.n;
}

void bf_text_number(struct bf_text *t, size_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    bf_text_str(t, (struct bf_str){digits + at, sizeof digits - at});
}

void bf_text_again(struct bf_text *t, size_t from, size_t to)
{
    size_t n = to - from;
    if (t->failed || n == 0 || (n > t->room - t->n && !grow(t, n)))
        return;
    memcpy(t->p + t->n, t->p + from, n);
    t->n += n;
}

bool bf_text_failed(const struct bf_text *t)
{
    return t->failed;
}

struct bf_str bf_text_piece(const struct bf_text *t, size_t from, size_t to)
{
    return (struct bf_str){t->p + from, to - from};
}

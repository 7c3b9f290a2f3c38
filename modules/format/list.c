#include "format/list.h"

#include <string.h>

/* The bytes before the separator; *rest is what follows it, {NULL, 0} when it is not there. */
static struct bf_str cut(struct bf_str *rest, struct bf_str separator)
{
    struct bf_str s = *rest;
    const char *at = memmem(s.p, s.n, separator.p, separator.n);
    *rest = (struct bf_str){NULL, 0};
    if (!at)
        return s;
    struct bf_str first = {s.p, (size_t)(at - s.p)};
    *rest = (struct bf_str){at + separator.n, s.n - first.n - separator.n};
    return first;
}

bool bf_list_next(struct bf_str *rest, struct bf_str separator, struct bf_str *item)
{
    while (rest->p) {
        *item = cut(rest, separator);
        if (item->n)
            return true;
    }
    return false;
}

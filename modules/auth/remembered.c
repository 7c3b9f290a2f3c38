#include "auth/remembered.h"

#include <string.h>

struct copying {
    char *to;
    size_t used, room;
    bool full;
};

static void *take(struct copying *c, size_t n, size_t align)
{
    size_t at = (c->used + align - 1) / align * align;
    if (c->full || at + n > c->room) {
        c->full = true;
        return NULL;
    }
    c->used = at + n;
    return c->to + at;
}

static struct bf_str text(struct copying *c, struct bf_str s)
{
    char *to = s.n ? take(c, s.n, 1) : NULL;
    if (!to)
        return (struct bf_str){NULL, 0};
    memcpy(to, s.p, s.n);
    return (struct bf_str){to, s.n};
}

static const struct bf_str *texts(struct copying *c, const struct bf_str *list, size_t n)
{
    struct bf_str *to = n ? take(c, n * sizeof *to, _Alignof(struct bf_str)) : NULL;
    for (size_t i = 0; to && i < n; i++)
        to[i] = text(c, list[i]);
    return to;
}

static const struct bf_key_share *shares(struct copying *c, const struct bf_key_share *list,
                                         size_t n)
{
    struct bf_key_share *to = n ? take(c, n * sizeof *to, _Alignof(struct bf_key_share)) : NULL;
    for (size_t i = 0; to && i < n; i++)
        to[i] = (struct bf_key_share){text(c, list[i].jti), list[i].rate};
    return to;
}

static bool copy(struct copying *c, const struct bf_claims *from, struct bf_claims *out)
{
    *out = *from; /* numbers; every pointer is set below */
    out->scopes = texts(c, from->scopes, from->nscopes);
    out->narrow.datasets = texts(c, from->narrow.datasets, from->narrow.ndatasets);
    out->narrow.origins = texts(c, from->narrow.origins, from->narrow.norigins);
    out->narrow.shares = shares(c, from->narrow.shares, from->narrow.nshares);
    out->jti = text(c, from->jti);
    out->sub = text(c, from->sub);
    out->kid = text(c, from->kid);
    out->plan = text(c, from->plan);
    out->parent = text(c, from->parent);
    return !c->full;
}

bool bf_remembered_put(struct bf_remembered *r, const struct bf_claims *claims)
{
    struct copying c = {.to = r->room, .room = sizeof r->room};
    bool ok = copy(&c, claims, &r->claims);
    r->used = c.used;
    return ok;
}

bool bf_remembered_give(const struct bf_remembered *r, struct bf_arena *a, struct bf_claims *out)
{
    struct copying c = {.to = bf_arena_alloc(a, r->used), .room = r->used};
    return c.to && copy(&c, &r->claims, out);
}

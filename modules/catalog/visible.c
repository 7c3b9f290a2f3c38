#include "catalog/visible.h"

#include "core/digest.h"
#include "core/log.h"

#include <stdlib.h>

/* ---- all rights ---- */

struct collection {
    struct bf_arena *arena;
    struct bf_str *names;
    size_t n, room;
};

static bool collect(struct collection *c, struct bf_str right)
{
    if (bf_rights_hold(&(struct bf_rights){c->names, c->n}, right))
        return true;
    if (c->n == c->room) {
        struct bf_str *more = bf_arena_grow(c->arena, c->names, &c->room, c->n + 1, sizeof *more);
        if (!more)
            return false;
        c->names = more;
    }
    c->names[c->n++] = right;
    return true;
}

static bool collect_of(struct collection *c, const struct bf_manifest *m)
{
    bool ok = collect(c, m->requires) && collect(c, m->records_require);
    for (size_t i = 0; ok && m->partial && i < m->nfields; i++)
        ok = collect(c, m->fields[i].requires);
    return ok;
}

static int by_text(const void *a, const void *b)
{
    return bf_str_cmp(*(const struct bf_str *)a, *(const struct bf_str *)b);
}

bool bf_visible_rights(const struct bf_registry *whole, struct bf_arena *a, struct bf_rights *out)
{
    struct collection c = {.arena = a};
    for (size_t i = 0; i < whole->n; i++)
        if (!collect_of(&c, whole->entries[i].manifest))
            return false;
    if (c.n)
        qsort(c.names, c.n, sizeof *c.names, by_text);
    *out = (struct bf_rights){c.names, c.n};
    return true;
}

/* ---- one dataset ---- */

static bool mentions(const struct bf_manifest *m, struct bf_str right)
{
    if (bf_str_eq(m->requires, right) || bf_str_eq(m->records_require, right))
        return true;
    for (size_t i = 0; m->partial && i < m->nfields; i++)
        if (bf_str_eq(m->fields[i].requires, right))
            return true;
    return false;
}

/* As it was, and the rights that were of use. */
static bool see_digest(const struct bf_manifest *m, const struct bf_rights *rights,
                       struct bf_entry *entry)
{
    struct bf_digest *d = bf_digest_new();
    if (!d)
        return false;
    bf_digest_begin(d);
    bf_digest_add(d, entry->digest, sizeof entry->digest);
    for (size_t i = 0; i < rights->n; i++) {
        if (!mentions(m, rights->names[i]))
            continue;
        bf_digest_add(d, &rights->names[i].n, sizeof rights->names[i].n);
        bf_digest_add(d, rights->names[i].p, rights->names[i].n);
        entry->restricted = true;
    }
    bf_digest_end(d, entry->digest);
    bf_digest_free(d);
    return true;
}

/* false: no memory. What cannot be shown in part is not shown at all. */
static bool see(struct bf_arena *a, const struct bf_rights *rights, struct bf_entry *entry)
{
    const struct bf_manifest *m = entry->manifest;
    if (!m->requires.n && !m->records_require.n && !m->partial)
        return true;
    entry->records_hidden = !bf_rights_hold(rights, m->records_require);
    if (m->partial) {
        entry->whole = m;
        entry->manifest = bf_manifest_visible(a, m, rights);
    }
    if (!entry->manifest && !bf_arena_failed(a))
        bf_log(BF_LOG_ERROR, "catalog.partial",
               "dataset=%.*s cannot be shown without its private "
               "fields",
               BF_STR_ARG(m->id));
    return !bf_arena_failed(a) && see_digest(m, rights, entry);
}

bool bf_visible_registry(const struct bf_registry *whole, const struct bf_rights *rights,
                         struct bf_registry *out)
{
    for (size_t i = 0; i < whole->n; i++) {
        struct bf_entry entry = whole->entries[i];
        if (!bf_rights_hold(rights, entry.manifest->requires))
            continue;
        if (!see(out->arena, rights, &entry) || (entry.manifest && !bf_registry_add(out, &entry)))
            return false;
    }
    return bf_registry_seal(out);
}

#include "api/visibility.h"

#include <string.h>

enum { MEMORY = 512 << 20 };

/* One class: which of all rights it holds, one byte each. */
struct kept {
    struct bf_arena *arena; /* NULL: the place is free */
    unsigned char *class;
    uint64_t used;
    struct bf_view view;
};

struct bf_visibility {
    const struct bf_registry *whole;
    struct bf_plugins_setup plugins;
    struct bf_rights all;
    unsigned char *asked; /* the class of the request under way */
    uint64_t requests;
    struct kept everybody, others[BF_VISIBILITY_VIEWS];
};

/* ---- one view ---- */

static void digest_registry(struct bf_view *view)
{
    struct bf_digest *d = bf_digest_new();
    bf_digest_begin(d);
    for (size_t i = 0; i < view->registry.n; i++)
        bf_digest_add(d, view->registry.entries[i].digest, BF_DIGEST_BYTES);
    bf_digest_end(d, view->digest);
    bf_digest_free(d);
}

static bool take_rights(const struct bf_visibility *v, struct kept *k)
{
    struct bf_str *names = bf_arena_zalloc(k->arena, v->all.n + 1, sizeof *names);
    k->class = bf_arena_zalloc(k->arena, v->all.n + 1, 1);
    if (!names || !k->class)
        return false;
    k->view.rights.names = names;
    for (size_t i = 0; i < v->all.n; i++) {
        k->class[i] = v->asked[i];
        if (v->asked[i])
            names[k->view.rights.n++] = v->all.names[i];
    }
    return true;
}

static bool make_view(const struct bf_visibility *v, struct kept *k)
{
    k->view = (struct bf_view){0};
    bf_registry_init(&k->view.registry, k->arena);
    if (!take_rights(v, k) || !bf_visible_registry(v->whole, &k->view.rights, &k->view.registry))
        return false;
    k->view.restricted = k->view.rights.n > 0;
    k->view.plugins = bf_plugins_new(k->arena, &v->plugins);
    digest_registry(&k->view);
    return k->view.plugins != NULL;
}

static void end_view(struct kept *k)
{
    bf_plugins_free(k->view.plugins);
    bf_listings_fini(&k->view.listings);
    k->view.plugins = NULL;
}

/* ---- the class of a request ---- */

/* Fills v->asked. false: the class of everybody. */
static bool classify(struct bf_visibility *v, const struct bf_claims *claims)
{
    bool any = false;
    if (!claims || v->all.n == 0)
        return false;
    bool admin = bf_claims_allow(claims, BF_STR("admin"), (struct bf_str){NULL, 0});
    for (size_t i = 0; i < v->all.n; i++) {
        struct bf_str name;
        struct bf_str action = bf_str_cut(v->all.names[i], ':', &name);
        v->asked[i] = admin || bf_claims_allow(claims, action, name);
        any |= v->asked[i];
    }
    return any;
}

static void forget(struct kept *k)
{
    end_view(k);
    bf_arena_free(k->arena);
    *k = (struct kept){.arena = NULL};
}

/* That of the class, or the place for it. */
static struct kept *place_of(struct bf_visibility *v)
{
    struct kept *oldest = &v->others[0];
    for (size_t i = 0; i < BF_VISIBILITY_VIEWS; i++) {
        struct kept *k = &v->others[i];
        if (k->arena && memcmp(k->class, v->asked, v->all.n) == 0)
            return k;
        if (k->used < oldest->used)
            oldest = k;
    }
    if (oldest->arena)
        forget(oldest);
    return oldest;
}

struct bf_view *bf_visibility_of(struct bf_visibility *v, const struct bf_claims *claims)
{
    if (!classify(v, claims))
        return &v->everybody.view;
    struct kept *k = place_of(v);
    k->used = ++v->requests;
    if (k->arena)
        return &k->view;
    k->arena = bf_arena_new(MEMORY);
    if (k->arena && make_view(v, k))
        return &k->view;
    forget(k);
    return NULL;
}

/* ---- all of a worker ---- */

struct bf_visibility *bf_visibility_new(struct bf_arena *generation,
                                        const struct bf_registry *whole,
                                        const struct bf_plugins_setup *plugins)
{
    struct bf_visibility *v = bf_arena_zalloc(generation, 1, sizeof *v);
    if (!v || !bf_visible_rights(whole, generation, &v->all))
        return NULL;
    v->whole = whole;
    v->plugins = *plugins;
    v->plugins.dir = bf_arena_dup(generation, bf_str_of(plugins->dir)).p;
    v->asked = bf_arena_zalloc(generation, v->all.n + 1, 1);
    v->everybody.arena = generation;
    if (v->plugins.dir && v->asked && make_view(v, &v->everybody))
        return v;
    bf_visibility_free(v);
    return NULL;
}

void bf_visibility_free(struct bf_visibility *v)
{
    if (!v)
        return;
    end_view(&v->everybody);
    for (size_t i = 0; i < BF_VISIBILITY_VIEWS; i++)
        if (v->others[i].arena)
            forget(&v->others[i]);
}

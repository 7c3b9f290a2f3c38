#include "store/facet_tree.h"

#include "value/instant.h"
#include "value/number.h"

#include <stdlib.h>
#include <string.h>

void bf_facet_tree_init(struct bf_facet_tree *t, struct bf_arena *a, const struct bf_facet *facet)
{
    *t = (struct bf_facet_tree){.facet = facet, .arena = a};
    bf_map_init(&t->nodes, a);
}

/* ---- nodes by path */

/* Bytes of the path before its last level, without the separator; 0: it is of the first level. */
static size_t parent_length(const struct bf_facet *f, struct bf_str path)
{
    for (size_t i = path.n; f->path.n && i-- > f->path.n;)
        if (bf_str_ends((struct bf_str){path.p, i}, f->path))
            return i - f->path.n;
    return 0;
}

static struct bf_facet_value *make_node(struct bf_facet_tree *t, struct bf_facet_value *parent,
                                        struct bf_str path, size_t name_at)
{
    struct bf_facet_value *node = bf_arena_zalloc(t->arena, 1, sizeof *node);
    if (!node)
        return NULL;
    node->path = bf_arena_dup(t->arena, path);
    node->name = (struct bf_str){node->path.p + name_at, path.n - name_at};
    if (!node->path.p || !bf_map_put(&t->nodes, node->path, node))
        return NULL;
    node->next = parent->first;
    parent->first = node;
    parent->children++;
    return node;
}

/* The node of a path, with all those above it. NULL: no memory. */
static struct bf_facet_value *node_at(struct bf_facet_tree *t, struct bf_str path)
{
    struct bf_facet_value *known = bf_map_get(&t->nodes, path);
    if (known)
        return known;
    size_t n = parent_length(t->facet, path);
    if (n == 0)
        return make_node(t, &t->root, path, 0);
    struct bf_facet_value *parent = node_at(t, (struct bf_str){path.p, n});
    return parent ? make_node(t, parent, path, n + t->facet->path.n) : NULL;
}

/* ---- rows */

static bool add_date(struct bf_facet_tree *t, int32_t day, int64_t count)
{
    char path[BF_INSTANT_TEXT];
    int year;
    int month;
    int date;
    static const size_t lengths[] = {4, 7, 10};
    bf_date_civil(day, &year, &month, &date);
    if (year < 1 || year > 9999)
        return true; /* what no answer can show */
    struct bf_str text = bf_arena_printf(t->arena, "%04d/%02d/%02d", year, month, date);
    if (!text.p)
        return false;
    memcpy(path, text.p, text.n);
    for (size_t level = 0; level < t->facet->levels && level < 3; level++) {
        struct bf_facet_value *node = node_at(t, (struct bf_str){path, lengths[level]});
        if (!node)
            return false;
        node->count += count;
    }
    return true;
}

static bool add_path(struct bf_facet_tree *t, struct bf_str path, struct bf_value number,
                     int64_t count)
{
    struct bf_facet_value *node = node_at(t, path);
    if (!node)
        return false;
    node->count += count;
    node->number = number;
    return true;
}

bool bf_facet_tree_add(struct bf_facet_tree *t, const struct bf_cell *cells)
{
    char text[BF_NUMBER_MAX];
    struct bf_value number = {.type = BF_NULL};
    int64_t count = bf_cell_int(cells[BF_FACET_CELL_COUNT]);
    struct bf_cell integer = cells[BF_FACET_CELL_INT];
    struct bf_cell real = cells[BF_FACET_CELL_REAL];
    t->rows++;
    switch (t->facet->kind) {
    case BF_FACET_INT:
        number = bf_cell_value(integer, BF_INT);
        return number.type == BF_NULL ||
               add_path(t, (struct bf_str){text, bf_number_format_int(text, number.integer)},
                        number, count);
    case BF_FACET_DOUBLE:
        number = bf_cell_value(real, BF_DOUBLE);
        return number.type == BF_NULL ||
               add_path(t, (struct bf_str){text, bf_number_format(text, number.real)}, number,
                        count);
    case BF_FACET_DATE:
        return add_date(t, (int32_t)bf_cell_int(integer), count);
    case BF_FACET_TEXT:
    default:
        return add_path(t, bf_cell_text(cells[BF_FACET_CELL_TEXT]), number, count);
    }
}

/* ---- what the query refines and excludes */

static bool is_below(const struct bf_facet *f, struct bf_str path, struct bf_str top)
{
    struct bf_str rest = {path.p + top.n, path.n - top.n};
    return f->path.n && path.n > top.n && bf_str_starts(path, top) && bf_str_starts(rest, f->path);
}

static void set_state(const struct bf_facet *f, struct bf_facet_value *node)
{
    for (size_t i = 0; i < f->nmarks; i++) {
        const struct bf_facet_mark *m = &f->marks[i];
        bool same = bf_str_eq(m->path, node->path);
        bool above = is_below(f, m->path, node->path);
        node->open |= above || (same && !m->excluded);
        if (same && m->excluded)
            node->state = BF_FACET_EXCLUDED;
        else if ((same || above) && !m->excluded && node->state != BF_FACET_EXCLUDED)
            node->state = BF_FACET_REFINED;
    }
}

/* ---- order, limit */

static int compare_keys(const struct bf_facet_value *a, const struct bf_facet_value *b)
{
    if (a->number.type == BF_INT && b->number.type == BF_INT)
        return (a->number.integer > b->number.integer) - (a->number.integer < b->number.integer);
    if (a->number.type == BF_DOUBLE && b->number.type == BF_DOUBLE)
        return (a->number.real > b->number.real) - (a->number.real < b->number.real);
    return bf_str_cmp(a->path, b->path);
}

static int compare_texts(struct bf_str a, struct bf_str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_value(const void *x, const void *y)
{
    const struct bf_facet_value *a = *(const struct bf_facet_value *const *)x;
    const struct bf_facet_value *b = *(const struct bf_facet_value *const *)y;
    if (a->number.type != BF_NULL && b->number.type != BF_NULL)
        return compare_keys(a, b);
    return compare_texts(a->path, b->path);
}

static int by_value_down(const void *x, const void *y)
{
    return by_value(y, x);
}

static int by_count(const void *x, const void *y)
{
    const struct bf_facet_value *a = *(const struct bf_facet_value *const *)x;
    const struct bf_facet_value *b = *(const struct bf_facet_value *const *)y;
    int order = (a->count > b->count) - (a->count < b->count);
    return order ? order : by_value(x, y);
}

static int by_count_down(const void *x, const void *y)
{
    const struct bf_facet_value *a = *(const struct bf_facet_value *const *)x;
    const struct bf_facet_value *b = *(const struct bf_facet_value *const *)y;
    int order = (a->count < b->count) - (a->count > b->count);
    return order ? order : by_value(x, y);
}

/* The level below a node as an array, in order, cut to the limit. NULL: no memory. */
static const struct bf_facet_value *const *finish_level(struct bf_facet_tree *t,
                                                        struct bf_facet_value *parent, size_t *n)
{
    static int (*const orders[])(const void *, const void *) = {
        [BF_FACET_UNORDERED] = by_count_down,  [BF_FACET_COUNT] = by_count,
        [BF_FACET_COUNT_DOWN] = by_count_down, [BF_FACET_VALUE] = by_value,
        [BF_FACET_VALUE_DOWN] = by_value_down,
    };
    const struct bf_facet_value **list =
        bf_arena_zalloc(t->arena, parent->children + 1, sizeof *list);
    size_t all = 0;
    *n = 0;
    if (!list)
        return NULL;
    for (struct bf_facet_value *v = parent->first; v; v = v->next) {
        set_state(t->facet, v);
        list[all++] = v;
    }
    qsort(list, all, sizeof *list, orders[t->facet->order]);
    for (size_t i = 0; i < all; i++) {
        bool marked = list[i]->state != BF_FACET_DISPLAYED || list[i]->open;
        if (marked || (int64_t)*n < t->facet->limit)
            list[(*n)++] = list[i];
    }
    return list;
}

static bool finish_below(struct bf_facet_tree *t, struct bf_facet_value *node)
{
    for (struct bf_facet_value *v = node->first; v; v = v->next) {
        if (!v->open)
            continue;
        v->values = finish_level(t, v, &v->n);
        if (!v->values || !finish_below(t, v))
            return false;
    }
    return true;
}

bool bf_facet_tree_finish(struct bf_facet_tree *t)
{
    for (size_t i = 0; i < t->facet->nmarks; i++) {
        struct bf_facet_value *node = node_at(t, t->facet->marks[i].path);
        if (!node)
            return false;
        if (t->facet->kind == BF_FACET_INT || t->facet->kind == BF_FACET_DOUBLE)
            node->number = t->facet->marks[i].value;
    }
    t->values = finish_level(t, &t->root, &t->n);
    return t->values && finish_below(t, &t->root);
}

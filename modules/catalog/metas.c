#include "catalog/metas.h"

#include "catalog/templates.h"

#include <string.h>

enum { MOST_METAS = 200, MOST_VALUES = 100, VALUE = 4000 };

static bool is_key(struct bf_str s)
{
    if (s.n == 0 || s.n > 63 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 1; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static bool check_key(struct bf_reader *r, const struct bf_template *t, const char *name)
{
    const struct bf_meta_key *key = bf_template_key(t, bf_str_of(name));
    if (strcmp(t->name, "custom") == 0) {
        if (is_key(bf_str_of(name)))
            return true;
        bf_reader_wrong_at(r, name, "a lower case letter, then at most 62 letters, digits, _ and -",
                           "\"%.64s\" is not the name of a metadata", name);
    } else if (!key) {
        bf_reader_wrong_at(r, name, "handlers/README.md lists them; others go under custom",
                           "\"%.64s\" is no metadata of %s", name, t->name);
    } else if (!key->given) {
        bf_reader_wrong_at(r, name, "leave it out", "it follows from other members");
    } else {
        return true;
    }
    return false;
}

static void read_value(struct bf_reader *r, json_t *object, const char *name, struct bf_meta *meta)
{
    struct bf_list_rule rule = {.most = MOST_VALUES, .most_bytes = VALUE};
    json_t *value = json_object_get(object, name);
    if (json_is_array(value)) {
        struct bf_list list = bf_reader_list(r, object, name, &rule);
        meta->list = true;
        meta->values = list.items;
        meta->n = list.n;
        return;
    }
    struct bf_str *one = bf_arena_zalloc(r->arena, 1, sizeof *one);
    if (!one)
        return;
    if (!json_is_string(value))
        bf_reader_wrong_at(r, name, "a text or a list of texts is expected", "this is %s",
                           bf_json_kind(value));
    else
        *one = bf_reader_text(r, object, name, VALUE, BF_OPTIONAL);
    meta->values = one;
    meta->n = one->n > 0;
}

static void read_group(struct bf_reader *r, json_t *object, const struct bf_template *t,
                       struct bf_manifest *m, struct bf_meta *metas)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (!check_key(r, t, name) || m->nmetas == MOST_METAS)
            continue;
        struct bf_meta *meta = &metas[m->nmetas++];
        meta->group = t->name;
        meta->key = bf_arena_dup(r->arena, bf_str_of(name));
        read_value(r, object, name, meta);
    }
}

void bf_metas_read(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    const char *name;
    json_t *group;
    json_t *object = bf_reader_member(r, root, "metas", JSON_OBJECT, BF_OPTIONAL);
    struct bf_meta *metas = object ? bf_arena_zalloc(r->arena, MOST_METAS, sizeof *metas) : NULL;
    if (!metas)
        return;
    m->metas = metas;
    size_t back = bf_reader_into(r, "metas");
    json_object_foreach(object, name, group)
    {
        const struct bf_template *t = bf_template_named(bf_str_of(name));
        if (!t || strcmp(t->type, "extra") == 0) {
            bf_reader_wrong_at(r, name, "dcat, inspire, default and custom are",
                               "\"%.64s\" is no group of metadata", name);
            continue;
        }
        if (!bf_reader_member(r, object, name, JSON_OBJECT, BF_OPTIONAL))
            continue;
        size_t inside = bf_reader_into(r, name);
        read_group(r, group, t, m, metas);
        bf_reader_back(r, inside);
    }
    if (m->nmetas == MOST_METAS)
        bf_reader_wrong(r, "keep the important ones", "there are %d metadata or more", MOST_METAS);
    bf_reader_back(r, back);
}

const struct bf_meta *bf_metas_find(const struct bf_manifest *m, const char *group,
                                    struct bf_str key)
{
    for (size_t i = 0; i < m->nmetas; i++)
        if (strcmp(m->metas[i].group, group) == 0 && bf_str_eq(m->metas[i].key, key))
            return &m->metas[i];
    return NULL;
}

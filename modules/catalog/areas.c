#include "catalog/areas.h"

enum { ID = 63 };

/* A name of ours: `[a-z][a-z0-9_-]{0,62}`. */
static bool is_id(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = c >= 'a' && c <= 'z';
        if (!letter && (i == 0 || ((c < '0' || c > '9') && c != '_' && c != '-')))
            return false;
    }
    return s.n > 0 && s.n <= ID;
}

static bool check_field(struct bf_reader *r, const struct bf_manifest *m, struct bf_str name)
{
    (void)m;
    if (is_id(name))
        return true;
    bf_reader_wrong(r, "write the name of a field of that dataset",
                    "\"%.*s\" is not the name of a field", name.n < 64 ? (int)name.n : 64, name.p);
    return false;
}

static void read_one(struct bf_reader *r, json_t *object, struct bf_area_source *a)
{
    static const char *const known[] = {"dataset", "fields"};
    struct bf_list_rule rule = {.most = BF_AREA_FIELDS, .most_bytes = ID, .check = check_field};
    if (!json_is_object(object)) {
        bf_reader_wrong(r, "write {\"dataset\": \"communes\", \"fields\": [\"insee\", \"nom\"]}",
                        "this is %s", bf_json_kind(object));
        return;
    }
    bf_reader_known(r, object, known, sizeof known / sizeof known[0]);
    a->dataset = bf_reader_text(r, object, "dataset", ID, BF_REQUIRED);
    if (a->dataset.n && !is_id(a->dataset))
        bf_reader_wrong_at(r, "dataset", "write the id of a dataset",
                           "\"%.*s\" is not the id of a dataset", BF_STR_ARG(a->dataset));
    if (!json_object_get(object, "fields"))
        bf_reader_member(r, object, "fields", JSON_ARRAY, BF_REQUIRED);
    struct bf_list fields = bf_reader_list(r, object, "fields", &rule);
    a->fields = fields.items;
    a->nfields = fields.n;
}

void bf_area_sources_read(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    json_t *object = bf_reader_member(r, root, "areas", JSON_OBJECT, BF_OPTIONAL);
    size_t n = json_object_size(object);
    if (!n)
        return;
    size_t back = bf_reader_into(r, "areas");
    struct bf_area_source *all = bf_arena_zalloc(r->arena, n, sizeof *all);
    const char *name;
    json_t *one;
    if (n > BF_AREA_LAYERS)
        bf_reader_wrong(r, "name at most 4 datasets", "there are %zu", n);
    json_object_foreach(object, name, one)
    {
        size_t here = bf_reader_into(r, name);
        struct bf_str given = bf_str_of(name);
        if (!is_id(given))
            bf_reader_wrong(r, "lower case letters, digits, _ and -, 63 at most, a letter first",
                            "\"%.64s\" is not a name for areas", name);
        if (all && m->nareas < BF_AREA_LAYERS) {
            all[m->nareas].name = bf_arena_dup(r->arena, given);
            read_one(r, one, &all[m->nareas++]);
        }
        bf_reader_back(r, here);
    }
    m->areas = all;
    bf_reader_back(r, back);
}

#include "catalog/rights.h"

#include "catalog/names.h"

enum { MOST_REVEALED = 500 };

bool bf_rights_hold(const struct bf_rights *rights, struct bf_str right)
{
    return right.n == 0 || bf_str_in(right, rights->names, rights->n);
}

bool bf_right_is_good(struct bf_str right)
{
    struct bf_str name;
    return bf_str_eq(bf_str_cut(right, ':', &name), BF_STR("read")) && bf_names_is_id(name);
}

struct bf_str bf_rights_read(struct bf_reader *r, json_t *object, const char *name)
{
    struct bf_str right = bf_reader_text(r, object, name, 1000, BF_OPTIONAL);
    if (!right.n || bf_right_is_good(right))
        return right;
    bf_reader_wrong_at(r, name, "write \"read:\" and a name such as \"read:crews\"",
                       "\"%.80s\" is not a right to read", right.p);
    return (struct bf_str){NULL, 0};
}

/* ---- what a computed field shows of others ---- */

static bool in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* From an opening quote to behind the closing one; that it is closed, catalog/expression sees. */
static size_t quoted(struct bf_str sql, size_t at)
{
    size_t end = at + 1;
    while (end < sql.n && sql.p[end] != sql.p[at])
        end++;
    return end < sql.n ? end + 1 : sql.n;
}

/* Whether an expression names the field, as it is or in quotes. A row as a whole is no way around
 * it: PostgreSQL proves the expression where the row has another name (store/prove). */
static bool names(struct bf_str sql, struct bf_str field)
{
    for (size_t at = 0, end; at < sql.n; at = end) {
        end = at + 1;
        if (sql.p[at] == '\'' || sql.p[at] == '"')
            end = quoted(sql, at);
        else
            while (in_name(sql.p[at]) && end < sql.n && in_name(sql.p[end]))
                end++;
        struct bf_str word = {sql.p + at, end - at};
        if (word.n > 2 && word.p[0] == '"')
            word = (struct bf_str){word.p + 1, word.n - 2};
        if (bf_str_eq_nocase(word, field))
            return true;
    }
    return false;
}

static bool check_revealed(struct bf_reader *r, const struct bf_manifest *m, struct bf_str name)
{
    const struct bf_manifest_field *f = bf_manifest_field(m, name);
    if (f && f->requires.n && bf_str_eq(f->column.name, name))
        return true;
    bf_reader_wrong(r, "name a field with \"requires\"", "\"%.64s\" is not a private field",
                    name.p);
    return false;
}

static void check_computed(struct bf_reader *r, json_t *object, const struct bf_manifest *m,
                           const struct bf_manifest_field *f)
{
    struct bf_list_rule rule = {
        .most = MOST_REVEALED, .most_bytes = 1000, .check = check_revealed, .m = m};
    struct bf_list revealed = bf_reader_list(r, object, "reveals", &rule);
    if (json_object_get(object, "reveals") && !f->computed.n)
        bf_reader_wrong_at(r, "reveals", "leave it out", "only a field with \"sql\" shows others");
    else if (json_object_get(object, "reveals") && m->given)
        bf_reader_wrong_at(r, "reveals", "let the field require what the other one does",
                           "a source is not told of fields that the reader does not see");
    for (size_t i = 0; i < m->nfields && f->computed.n; i++) {
        const struct bf_manifest_field *other = &m->fields[i];
        if (!other->requires.n || bf_str_eq(other->requires, f->requires) ||
            bf_str_in(other->column.name, revealed.items, revealed.n) ||
            !names(f->computed, other->column.name))
            continue;
        struct bf_str right = bf_arena_printf(
            r->report->arena, "let it require \"%.*s\", or say \"reveals\": [\"%.*s\"]",
            BF_STR_ARG(other->requires), BF_STR_ARG(other->column.name));
        bf_reader_wrong_at(r, "sql", right.p, "the expression names the private field \"%.*s\"",
                           BF_STR_ARG(other->column.name));
    }
}

/* ---- what a manifest may make private ---- */

static void check_field(struct bf_reader *r, json_t *object, const struct bf_manifest *m,
                        const struct bf_manifest_field *f)
{
    if (f->requires.n && f->in_key)
        bf_reader_wrong_at(r, "requires", "let the dataset require it, or take another key",
                           "the ids of all records are made of the key");
    if (f->requires.n && f->added_by_handler)
        bf_reader_wrong_at(r, "requires", "let the dataset require it",
                           "a field that a handler fills cannot be private");
    check_computed(r, object, m, f);
}

/* A vocabulary that names its fields would show all of them once it has none left to name. */
static void check_generation(struct bf_reader *r, json_t *object, const struct bf_manifest *m)
{
    json_t *fields = json_object_get(object, "fields");
    bool shown = json_array_size(fields) == 0;
    for (size_t i = 0; i < json_array_size(fields); i++) {
        json_t *name = json_array_get(fields, i);
        const struct bf_manifest_field *f =
            json_is_string(name) ? bf_manifest_field(m, bf_json_text(name)) : NULL;
        shown |= !f || !f->requires.n; /* what is no field has been reported */
    }
    if (!shown)
        bf_reader_wrong_at(r, "fields", "name one that everybody sees",
                           "all of these fields are private");
}

static void check_generations(struct bf_reader *r, json_t *root, const struct bf_manifest *m)
{
    json_t *array = json_object_get(root, "generations");
    size_t back = bf_reader_into(r, "generations");
    for (size_t i = 0; i < json_array_size(array); i++) {
        size_t item = bf_reader_into_index(r, i);
        check_generation(r, json_array_get(array, i), m);
        bf_reader_back(r, item);
    }
    bf_reader_back(r, back);
}

void bf_rights_check(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    json_t *array = json_object_get(root, "fields");
    size_t back = bf_reader_into(r, "fields");
    for (size_t i = 0; i < m->nfields; i++) {
        size_t item = bf_reader_into_index(r, i);
        if (!r->whole) /* of a part, the whole has been looked at */
            check_field(r, json_array_get(array, i), m, &m->fields[i]);
        m->partial |= m->fields[i].requires.n > 0;
        bf_reader_back(r, item);
    }
    bf_reader_back(r, back);
    if (m->partial && !r->whole)
        check_generations(r, root, m);
}

/* ---- without what is private ---- */

static bool has(const json_t *hidden, const json_t *name)
{
    return json_is_string(name) && json_object_get(hidden, json_string_value(name));
}

static bool hide(json_t *hidden, const char *name)
{
    return json_object_set_new(hidden, name, json_true()) == 0;
}

static bool prune_fields(json_t *root, json_t *hidden, const struct bf_rights *rights)
{
    json_t *fields = json_object_get(root, "fields");
    for (size_t i = json_array_size(fields); i-- > 0;) {
        json_t *field = json_array_get(fields, i);
        json_t *right = json_object_get(field, "requires");
        if (!json_is_string(right) || bf_rights_hold(rights, bf_json_text(right)))
            continue;
        if (!hide(hidden, json_string_value(json_object_get(field, "name"))) ||
            json_array_remove(fields, i) != 0)
            return false;
    }
    return true;
}

static bool prune_aliases(json_t *root, json_t *hidden)
{
    json_t *aliases = json_object_get(json_object_get(root, "aliases"), "fields");
    const char *alias;
    json_t *field;
    void *next;
    json_object_foreach_safe(aliases, next, alias, field)
    {
        if (has(hidden, field) && (!hide(hidden, alias) || json_object_del(aliases, alias) != 0))
            return false;
    }
    return true;
}

static bool prune_generation(json_t *generation, const json_t *hidden)
{
    json_t *fields = json_object_get(generation, "fields");
    json_t *values = json_object_get(generation, "values");
    const char *name;
    json_t *value;
    void *next;
    for (size_t i = json_array_size(fields); i-- > 0;)
        if (has(hidden, json_array_get(fields, i)) && json_array_remove(fields, i) != 0)
            return false;
    json_object_foreach_safe(values, next, name, value)
    {
        if (json_object_get(hidden, name) && json_object_del(values, name) != 0)
            return false;
    }
    return true;
}

static bool prune(json_t *root, json_t *hidden, const struct bf_rights *rights)
{
    json_t *generations = json_object_get(root, "generations");
    if (!hidden || !prune_fields(root, hidden, rights) || !prune_aliases(root, hidden))
        return false;
    if (has(hidden, json_object_get(root, "geometry")) && json_object_del(root, "geometry") != 0)
        return false;
    json_object_del(root, "push"); /* whoever pushes sees the whole dataset */
    for (size_t i = 0; i < json_array_size(generations); i++)
        if (!prune_generation(json_array_get(generations, i), hidden))
            return false;
    return true;
}

bool bf_rights_prune(json_t *root, const struct bf_rights *rights)
{
    json_t *hidden = json_object();
    bool ok = prune(root, hidden, rights);
    json_decref(hidden);
    return ok;
}

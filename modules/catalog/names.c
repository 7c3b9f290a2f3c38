#include "catalog/names.h"

#include "catalog/fields.h"

#include <stdio.h>

enum {
    MOST_ALIASES = 50,
    MOST_NAMES = 500, /* of fields, of one kind */
    MOST_PUSHED_BYTES = 200,
    MOST_IGNORED = 200,
    MOST_OPTIONS = 50
};

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool bf_names_is_id(struct bf_str id)
{
    if (id.n == 0 || id.n > 63 || !is_lower(id.p[0]))
        return false;
    for (size_t i = 1; i < id.n; i++)
        if (!is_lower(id.p[i]) && !is_digit(id.p[i]) && id.p[i] != '_' && id.p[i] != '-')
            return false;
    return true;
}

/* Older portals had ids such as `ilevia:vlille_temps_reel` and `MEL_parkings`. */
static bool is_dataset_alias(struct bf_str s)
{
    if (s.n == 0 || s.n > 127)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
        if (!plain && !(i > 0 && (c == '_' || c == '-' || c == ':')))
            return false;
    }
    return true;
}

/* ---- aliases ---- */

static bool check_dataset_alias(struct bf_reader *r, const struct bf_manifest *m,
                                struct bf_str alias)
{
    if (!is_dataset_alias(alias))
        bf_reader_wrong(r, "1 to 127 letters, digits, and _ - : behind the first",
                        "\"%.128s\" cannot be part of an address", alias.p);
    else if (bf_str_eq(alias, m->id))
        bf_reader_wrong(r, "leave it out", "\"%s\" is the id itself", alias.p);
    else
        return true;
    return false;
}

static void dataset_aliases(struct bf_reader *r, json_t *aliases, struct bf_manifest *m)
{
    struct bf_list_rule rule = {
        .most = MOST_ALIASES, .most_bytes = 1000, .check = check_dataset_alias, .m = m};
    struct bf_list list = bf_reader_list(r, aliases, "dataset", &rule);
    m->aliases = list.items;
    m->naliases = list.n;
}

/* An object of the manifest that gives fields more names: each member is a name, and says which
 * field it means. */
struct naming {
    const char *member, *what; /* "fields", "aliases" */
    void (*take)(struct bf_reader *r, struct bf_manifest *m, struct bf_str *items,
                 struct bf_str name, const json_t *value);
    const struct bf_str **list; /* of the manifest, which `take` fills */
};

static void read_naming(struct bf_reader *r, json_t *parent, struct bf_manifest *m,
                        const struct naming *naming)
{
    json_t *object = bf_reader_member(r, parent, naming->member, JSON_OBJECT, BF_OPTIONAL);
    size_t n = json_object_size(object);
    if (n > MOST_NAMES)
        bf_reader_wrong_at(r, naming->member, "at most 500 are kept", "there are %zu %s", n,
                           naming->what);
    if (n == 0 || n > MOST_NAMES)
        return;
    struct bf_str *items = bf_arena_zalloc(r->arena, n, sizeof *items);
    if (!items)
        return;
    *naming->list = items;
    size_t back = bf_reader_into(r, naming->member);
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        size_t item = bf_reader_into(r, name);
        naming->take(r, m, items, bf_str_of(name), value);
        bf_reader_back(r, item);
    }
    bf_reader_back(r, back);
}

static struct bf_column *target_of(struct bf_reader *r, const struct bf_manifest *m,
                                   const json_t *value)
{
    if (!json_is_string(value)) {
        bf_reader_wrong(r, "the name of a field is expected", "this is %s", bf_json_kind(value));
        return NULL;
    }
    struct bf_str name = bf_json_text(value);
    struct bf_column *column = bf_map_get(&m->schema.names, name);
    bool field = column && column < m->schema.columns + m->nfields;
    if (field && bf_str_eq(column->name, name))
        return column;
    bf_fields_unknown(r, m, name);
    return NULL;
}

static void field_alias(struct bf_reader *r, struct bf_manifest *m, struct bf_str *items,
                        struct bf_str alias, const json_t *value)
{
    const char *reserved = bf_fields_reserved(alias);
    struct bf_column *column = target_of(r, m, value);
    if (!bf_fields_is_name(alias, true)) {
        bf_reader_wrong(r, "a letter, then at most 62 letters, digits and underscores",
                        "this is not a field name");
        return;
    }
    if (reserved) {
        bf_reader_wrong(r, "leave it out", "the name is reserved: %s", reserved);
        return;
    }
    if (!column)
        return;
    struct bf_str kept = bf_arena_dup(r->arena, alias);
    if (bf_map_put(&m->schema.names, kept, column))
        items[m->nfield_aliases++] = kept;
    else if (!bf_arena_failed(r->arena))
        bf_reader_wrong(r, "leave it out", "\"%s\" is a field of its own", kept.p);
}

void bf_names_aliases(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    static const char *const known[] = {"dataset", "fields"};
    json_t *aliases = bf_reader_member(r, root, "aliases", JSON_OBJECT, BF_OPTIONAL);
    if (!aliases)
        return;
    size_t back = bf_reader_into(r, "aliases");
    bf_reader_known(r, aliases, known, 2);
    dataset_aliases(r, aliases, m);
    const struct naming naming = {"fields", "aliases", field_alias, &m->field_aliases};
    read_naming(r, aliases, m, &naming);
    bf_reader_back(r, back);
}

/* ---- push ---- */

static bool check_ignored(struct bf_reader *r, const struct bf_manifest *m, struct bf_str name)
{
    const struct bf_manifest_field *f = bf_manifest_pushed(m, name);
    bool stored = f && bf_manifest_stored(f);
    if (stored)
        bf_reader_wrong(r, "leave it out: its values are stored",
                        "\"%s\" is a stored field or another name of one", name.p);
    return !stored;
}

static void pushed_name(struct bf_reader *r, struct bf_manifest *m, struct bf_str *items,
                        struct bf_str name, const json_t *value)
{
    struct bf_column *column = target_of(r, m, value);
    if (name.n == 0 || name.n > MOST_PUSHED_BYTES)
        bf_reader_wrong(r, "1 to 200 bytes are expected", "this is not the name of a column");
    else if (bf_manifest_field(m, name))
        bf_reader_wrong(r, "leave it out", "\"%.64s\" is the name of a field", name.p);
    else if (column && !bf_manifest_stored(bf_manifest_field(m, column->name)))
        bf_reader_wrong(r, "name a stored field", "the field %s is computed by the server",
                        column->name.p);
    else if (column) {
        struct bf_str kept = bf_arena_dup(r->arena, name);
        if (bf_map_put(&m->pushed, kept, column))
            items[m->npushed++] = kept;
    }
}

void bf_names_push(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    static const char *const known[] = {"names", "ignore"};
    struct bf_list_rule rule = {
        .most = MOST_IGNORED, .most_bytes = 200, .check = check_ignored, .m = m};
    json_t *push = bf_reader_member(r, root, "push", JSON_OBJECT, BF_OPTIONAL);
    if (!push)
        return;
    size_t back = bf_reader_into(r, "push");
    bf_reader_known(r, push, known, 2);
    const struct naming naming = {"names", "names", pushed_name, &m->pushed_names};
    read_naming(r, push, m, &naming);
    struct bf_list list = bf_reader_list(r, push, "ignore", &rule);
    bf_reader_back(r, back);
    m->ignored = list.items;
    m->nignored = list.n;
}

/* ---- handler ---- */

static struct bf_str option_value(struct bf_reader *r, const json_t *value)
{
    struct bf_str none = {NULL, 0};
    if (json_is_string(value))
        return bf_arena_dup(r->arena, bf_json_text(value));
    if (json_is_boolean(value))
        return json_is_true(value) ? BF_STR("true") : BF_STR("false");
    if (json_is_integer(value))
        return bf_arena_printf(r->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_real(value))
        return bf_arena_printf(r->arena, "%.17g", json_real_value(value));
    bf_reader_wrong(r, "a text, a number, true or false is expected", "this is %s",
                    bf_json_kind(value));
    return none;
}

static void read_options(struct bf_reader *r, json_t *object, struct bf_manifest *m)
{
    size_t n = json_object_size(object);
    struct bf_str *keys = bf_arena_zalloc(r->arena, n, sizeof *keys);
    struct bf_str *values = bf_arena_zalloc(r->arena, n, sizeof *values);
    if (!keys || !values)
        return;
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        size_t item = bf_reader_into(r, name);
        if (!bf_fields_is_name(bf_str_of(name), false))
            bf_reader_wrong(r, "a lower case letter, then letters, digits and underscores",
                            "this is not the name of an option");
        keys[m->noptions] = bf_arena_dup(r->arena, bf_str_of(name));
        values[m->noptions++] = option_value(r, value);
        bf_reader_back(r, item);
    }
    m->option_keys = keys;
    m->option_values = values;
}

/* Members that speak of rows which are kept. */
static void no_member(struct bf_reader *r, const json_t *root, const char *name)
{
    if (json_object_get(root, name))
        bf_reader_wrong_at(r, name, "leave it out",
                           "the rows come from the handler at each request: none are kept");
}

static void read_cost(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    json_t *cost = bf_reader_member(r, root, "cost", JSON_INTEGER, BF_OPTIONAL);
    if (!cost)
        return;
    m->cost = json_integer_value(cost);
    if (!m->given)
        bf_reader_wrong_at(r, "cost", "leave it out",
                           "it is what rows of a handler cost, and a table has these");
    else if (m->cost < 0 || m->cost > BF_MANIFEST_COST)
        bf_reader_wrong_at(r, "cost", "from 0 to 1000 units",
                           "%" JSON_INTEGER_FORMAT " units are no price", json_integer_value(cost));
}

void bf_names_rows(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    struct bf_str rows = bf_reader_text(r, root, "rows", 1000, BF_OPTIONAL);
    if (!rows.n) {
        read_cost(r, root, m);
        return;
    }
    m->given = bf_str_eq(rows, BF_STR("handler"));
    if (!m->given)
        bf_reader_wrong_at(r, "rows", "write \"handler\", or leave it out: then a table has them",
                           "\"%.64s\" is no place that rows come from", rows.p);
    else if (!json_object_get(root, "handler"))
        bf_reader_wrong_at(r, "rows", "name the \"handler\" that gives them",
                           "the rows are to come from a handler, and there is none");
    no_member(r, root, "history");
    no_member(r, root, "push");
    read_cost(r, root, m);
}

void bf_names_handler(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    m->handler = bf_reader_text(r, root, "handler", 1000, BF_OPTIONAL);
    if (m->handler.n && !bf_names_is_id(m->handler))
        bf_reader_wrong_at(r, "handler", "a lower case letter, then letters, digits, _ and -",
                           "\"%.64s\" is not the name of a handler", m->handler.p);
    if (bf_str_eq(m->handler, BF_STR("table")))
        m->handler = (struct bf_str){NULL, 0};
    json_t *options = bf_reader_member(r, root, "options", JSON_OBJECT, BF_OPTIONAL);
    if (!options || json_object_size(options) == 0)
        return;
    size_t back = bf_reader_into(r, "options");
    if (!m->handler.n)
        bf_reader_wrong(r, "name a \"handler\", or leave them out",
                        "options are for a handler, and there is none");
    else if (json_object_size(options) > MOST_OPTIONS)
        bf_reader_wrong(r, "at most 50 are kept", "there are %zu options",
                        json_object_size(options));
    else
        read_options(r, options, m);
    bf_reader_back(r, back);
}

#include "catalog/fields.h"

#include "catalog/expression.h"
#include "catalog/nearest.h"
#include "catalog/rights.h"
#include "catalog/searched.h"
#include "query/facet.h"
#include "value/zone.h"

#include <string.h>

enum { MOST_FIELDS = 500, MOST_KEY = 8, LABEL = 200, DESCRIPTION = 4000, UNIT = 40 };

/* ---- names ---- */

bool bf_fields_is_name(struct bf_str name, bool upper)
{
    if (name.n == 0 || name.n > 63)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (upper && c >= 'A' && c <= 'Z');
        bool later = (c >= '0' && c <= '9') || c == '_';
        if (!letter && !(i > 0 && later))
            return false;
    }
    return true;
}

const char *bf_fields_reserved(struct bf_str name)
{
    static const char *const technical[] = {"recordid", "record_timestamp", "record_size",
                                            "datasetid"};
    static const char *const postgres[] = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};
    for (size_t i = 0; i < sizeof technical / sizeof technical[0]; i++)
        if (bf_str_eq_nocase(name, bf_str_of(technical[i])))
            return "it is a technical field of every dataset";
    for (size_t i = 0; i < sizeof postgres / sizeof postgres[0]; i++)
        if (bf_str_eq_nocase(name, bf_str_of(postgres[i])))
            return "PostgreSQL has a column of that name in every table";
    return NULL;
}

void bf_fields_unknown(struct bf_reader *r, const struct bf_manifest *m, struct bf_str name)
{
    if (!m->nfields)
        return; /* the missing fields have been reported */
    struct bf_nearest near;
    bf_nearest_start(&near, name);
    for (size_t i = 0; i < m->nfields; i++)
        bf_nearest_try(&near, m->fields[i].column.name);
    struct bf_str right = BF_STR("name one of the fields");
    if (near.best.n)
        right = bf_arena_printf(r->report->arena, "did you mean \"%.*s\"?", BF_STR_ARG(near.best));
    bf_reader_wrong(r, right.p, "there is no field \"%.*s\"", (int)(name.n < 64 ? name.n : 64),
                    name.p);
}

/* ---- one field ---- */

static void read_name(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    f->column.name = bf_reader_text(r, object, "name", 1000, BF_REQUIRED);
    if (!f->column.name.n)
        return;
    const char *reserved = bf_fields_reserved(f->column.name);
    if (!bf_fields_is_name(f->column.name, false))
        bf_reader_wrong_at(r, "name",
                           "a lower case letter, then at most 62 letters, digits and underscores",
                           "\"%.64s\" is not a field name", f->column.name.p);
    else if (reserved)
        bf_reader_wrong_at(r, "name", "choose another name", "\"%s\" is reserved: %s",
                           f->column.name.p, reserved);
}

static void read_type(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    struct bf_str name = bf_reader_text(r, object, "type", 1000, BF_REQUIRED);
    const struct bf_type_info *info = bf_type_named(name);
    if (info)
        f->column.type = info->type;
    else if (bf_str_eq(name, BF_STR("file")))
        bf_reader_wrong_at(r, "type", "publish a link as text", "\"file\" is not supported yet");
    else if (name.n)
        bf_reader_wrong_at(r, "type",
                           "one of text, int, double, boolean, date, datetime, geo_point_2d, "
                           "geo_shape, json_blob is expected",
                           "\"%.64s\" is not a type", name.p);
}

/* UCUM codes are printable ASCII without blanks (The Unified Code for Units of Measure, 2.1). */
static void read_unit(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    f->unit = bf_reader_text(r, object, "unit", UNIT, BF_OPTIONAL);
    for (size_t i = 0; i < f->unit.n; i++) {
        if (f->unit.p[i] > 0x20 && f->unit.p[i] < 0x7f)
            continue;
        bf_reader_wrong_at(r, "unit", "write a UCUM code such as m, km/h, Cel or {bike}",
                           "\"%s\" is not a unit code", f->unit.p);
        return;
    }
}

static void read_zone(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    f->z_is_local = bf_reader_text(r, object, "z_is_local", 63, BF_OPTIONAL);
    if (!f->z_is_local.n)
        return;
    if (!bf_zone_find(f->z_is_local))
        bf_reader_wrong_at(r, "z_is_local", "write the name of a time zone such as Europe/Paris",
                           "\"%s\" is not a time zone", f->z_is_local.p);
    if (f->column.type != BF_NULL && f->column.type != BF_DATETIME)
        bf_reader_wrong_at(r, "z_is_local", "leave it out",
                           "only a datetime field can have a local Z");
    else if (f->computed.n || f->added_by_handler)
        bf_reader_wrong_at(r, "z_is_local", "put it on the stored field",
                           "values of this field are not pushed");
}

/* What stands between values, or between levels: see query/facet.h. */
static struct bf_str read_separator(struct bf_reader *r, json_t *object, const char *name,
                                    const struct bf_manifest_field *f)
{
    json_t *value = bf_reader_member(r, object, name, JSON_STRING, BF_OPTIONAL);
    if (!value)
        return (struct bf_str){NULL, 0};
    struct bf_str s = bf_json_text(value);
    bool good = s.n > 0 && s.n <= BF_FACET_SEPARATOR;
    for (size_t i = 0; good && i < s.n; i++)
        good = s.p[i] >= 0x20 && s.p[i] < 0x7f;
    if (!good)
        bf_reader_wrong_at(r, name, "write what stands between them, such as \"/\"",
                           "a separator is 1 to %d characters of ASCII", BF_FACET_SEPARATOR);
    else if (f->column.type != BF_TEXT || f->added_by_handler)
        bf_reader_wrong_at(r, name, "leave it out", "only a text of the table can be one");
    return bf_arena_dup(r->arena, s);
}

static void read_facet_order(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    struct bf_str order = bf_reader_text(r, object, "facetsort", 100, BF_OPTIONAL);
    if (!order.n)
        return;
    f->column.facet_order = bf_facet_order_named(order);
    if (!f->column.facet_order || !bf_facet_order_fits(order, f->column.type))
        bf_reader_wrong_at(r, "facetsort",
                           "one of count, -count, and alphanum, -alphanum for texts and dates, "
                           "num, -num for numbers",
                           "\"%.64s\" is not an order of a %s facet", order.p,
                           bf_type_info(f->column.type)->name);
    else if (!(f->column.flags & BF_COLUMN_FACET))
        bf_reader_wrong_at(r, "facetsort", "add \"facet\": true", "only a facet has an order");
}

static void read_shape(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    f->column.separator = read_separator(r, object, "multivalued", f);
    f->column.path = read_separator(r, object, "hierarchical", f);
    if (f->column.separator.n)
        f->column.flags |= BF_COLUMN_MULTIVALUED;
    read_facet_order(r, object, f);
    f->timerange_filter = bf_reader_bool(r, object, "timerangeFilter");
    if (f->timerange_filter && f->column.type != BF_DATE && f->column.type != BF_DATETIME)
        bf_reader_wrong_at(r, "timerangeFilter", "leave it out", "only a date can be one");
}

static const struct flag {
    const char *name;
    enum bf_column_flag flag;
} flags[] = {
    {"facet", BF_COLUMN_FACET},
    {"sortable", BF_COLUMN_SORTABLE},
    {"disjunctive", BF_COLUMN_DISJUNCTIVE},
};

static bool has_order(enum bf_type type)
{
    return type != BF_GEO_POINT && type != BF_GEO_SHAPE && type != BF_JSON;
}

static void read_flags(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (!bf_reader_bool(r, object, flags[i].name))
            continue;
        f->column.flags |= flags[i].flag;
        if (!has_order(f->column.type))
            bf_reader_wrong_at(r, flags[i].name, "leave it out", "a %s field cannot be one",
                               bf_type_info(f->column.type)->name);
        else if (f->added_by_handler)
            bf_reader_wrong_at(r, flags[i].name,
                               "leave it out, or compute the field by an \"sql\" expression",
                               "a field that a handler fills is output only");
    }
    if ((f->column.flags & BF_COLUMN_DISJUNCTIVE) && !(f->column.flags & BF_COLUMN_FACET))
        bf_reader_wrong_at(r, "disjunctive", "add \"facet\": true",
                           "only a facet can be disjunctive");
}

static void read_origin(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    f->computed = bf_reader_text(r, object, "sql", BF_EXPRESSION_BYTES, BF_OPTIONAL);
    f->added_by_handler = bf_reader_bool(r, object, "handler");
    if (f->computed.n)
        f->column.flags |= BF_COLUMN_COMPUTED;
    if (f->added_by_handler)
        f->column.flags |= BF_COLUMN_OUTPUT_ONLY;
    if (f->computed.n && f->added_by_handler)
        bf_reader_wrong_at(r, "handler", "keep one of the two",
                           "a field is computed by \"sql\" or filled by a handler, not both");
}

static void read_field(struct bf_reader *r, json_t *object, struct bf_manifest_field *f)
{
    static const char *const known[] = {
        "name",     "type",      "label",       "description",  "unit",
        "facet",    "sortable",  "disjunctive", "sql",          "z_is_local",
        "handler",  "facetsort", "multivalued", "hierarchical", "timerangeFilter",
        "requires", "reveals"};
    if (!json_is_object(object)) {
        bf_reader_wrong(r, "write {\"name\": \"…\", \"type\": \"…\"}", "this is %s",
                        bf_json_kind(object));
        return;
    }
    bf_reader_known(r, object, known, sizeof known / sizeof known[0]);
    read_name(r, object, f);
    read_type(r, object, f);
    read_origin(r, object, f);
    read_flags(r, object, f);
    read_shape(r, object, f);
    read_unit(r, object, f);
    read_zone(r, object, f);
    f->requires = bf_rights_read(r, object, "requires");
    f->label = bf_reader_text2(r, object, "label", LABEL, BF_OPTIONAL);
    if (!f->label.fr.n)
        f->label.fr = f->label.en = f->column.name;
    f->description = bf_reader_text2(r, object, "description", DESCRIPTION, BF_OPTIONAL);
}

/* ---- all of them ---- */

static bool not_stored(const void *self, struct bf_str word)
{
    const struct bf_manifest *m = self;
    for (size_t i = 0; i < m->nfields; i++)
        if (bf_str_eq_nocase(m->fields[i].column.name, word))
            return !bf_manifest_stored(&m->fields[i]);
    return false;
}

static void check_expression(struct bf_reader *r, const struct bf_manifest *m,
                             const struct bf_manifest_field *f)
{
    struct bf_expression_fault fault;
    if (bf_expression_check(f->computed, not_stored, m, &fault))
        return;
    if (fault.word.n)
        bf_reader_wrong_at(r, "sql", fault.right, "near \"%.*s\": %s",
                           (int)(fault.word.n < 64 ? fault.word.n : 64), fault.word.p, fault.wrong);
    else
        bf_reader_wrong_at(r, "sql", fault.right, "%s", fault.wrong);
}

/* A text in quotes, true or false alone: in ORDER BY PostgreSQL would refuse it as the number of a
 * column, unless it has its type. */
static const char *type_of_constant(struct bf_str sql)
{
    while (sql.n > 2 && sql.p[0] == '(' && sql.p[sql.n - 1] == ')')
        sql = bf_str_trim((struct bf_str){sql.p + 1, sql.n - 2});
    if (sql.n > 1 && sql.p[0] == '\'' && sql.p[sql.n - 1] == '\'')
        return "::text";
    return bf_str_eq_nocase(sql, BF_STR("true")) || bf_str_eq_nocase(sql, BF_STR("false"))
               ? "::bool"
               : "";
}

static struct bf_str column_sql(struct bf_arena *a, const struct bf_manifest_field *f)
{
    if (f->added_by_handler)
        return (struct bf_str){NULL, 0};
    if (f->computed.n)
        return bf_arena_printf(a, "(%.*s)%s", BF_STR_ARG(f->computed),
                               type_of_constant(f->computed));
    return bf_arena_printf(a, "t.\"%.*s\"", BF_STR_ARG(f->column.name));
}

/* The separator stands in SQL as text: ASCII without controls, its quotes doubled. */
static struct bf_str list_sql(struct bf_arena *a, const struct bf_column *column)
{
    char quoted[2 * BF_FACET_SEPARATOR + 1];
    size_t n = 0;
    if (!(column->flags & BF_COLUMN_MULTIVALUED) || column->separator.n > BF_FACET_SEPARATOR)
        return (struct bf_str){NULL, 0};
    for (size_t i = 0; i < column->separator.n; i++) {
        if (column->separator.p[i] == '\'')
            quoted[n++] = '\'';
        quoted[n++] = column->separator.p[i];
    }
    return bf_arena_printf(a, "string_to_array(%.*s, '%.*s', '')", BF_STR_ARG(column->sql), (int)n,
                           quoted);
}

static void name_field(struct bf_reader *r, struct bf_manifest *m, struct bf_column *column)
{
    if (!column->name.n || bf_map_put(&m->schema.names, column->name, column) ||
        bf_arena_failed(r->arena))
        return;
    bf_reader_wrong_at(r, "name", "every field has a name of its own",
                       "the name \"%s\" is taken by another field", column->name.p);
}

/* Technical columns stand behind the fields and are not part of `*`. */
static const struct bf_column hidden[] = {
    {.name = BF_STR_INIT("recordid"),
     .type = BF_TEXT,
     .flags = BF_COLUMN_HIDDEN,
     .sql = BF_STR_INIT("encode(t._id, 'hex')")},
    /* When it came as it is: the commit that last changed the record. */
    {.name = BF_STR_INIT("record_timestamp"),
     .type = BF_DATETIME,
     .flags = BF_COLUMN_HIDDEN,
     .sql = BF_STR_INIT("(SELECT c.instant FROM catalog.commit AS c WHERE c.number = t._commit)")},
    /* Their expressions are made for each dataset. */
    {.name = BF_STR_INIT("record_size"), .type = BF_INT, .flags = BF_COLUMN_HIDDEN},
    {.name = BF_STR_INIT("datasetid"), .type = BF_TEXT, .flags = BF_COLUMN_HIDDEN},
};

enum { HIDDEN = sizeof hidden / sizeof hidden[0] };

/* The row as a whole has more columns in history, and where not everybody sees all of them. */
static struct bf_str record_size(struct bf_arena *a, const struct bf_manifest *m)
{
    struct bf_buf b;
    bf_buf_init(&b, MOST_FIELDS * 80);
    bf_buf_text(&b, "pg_column_size(ROW(t._id, t._seq, t._commit");
    for (size_t i = 0; i < m->nfields; i++)
        if (bf_manifest_stored(&m->fields[i]))
            bf_buf_printf(&b, ", t.\"%.*s\"", BF_STR_ARG(m->fields[i].column.name));
    bf_buf_text(&b, "))::bigint");
    struct bf_str sql =
        bf_buf_failed(&b) ? (struct bf_str){NULL, 0} : bf_arena_dup(a, bf_buf_view(&b));
    bf_buf_fini(&b);
    return sql;
}

static void read_all(struct bf_reader *r, json_t *array, struct bf_manifest *m,
                     struct bf_manifest_field *fields, struct bf_column *columns)
{
    for (size_t i = 0; i < m->nfields; i++) {
        size_t item = bf_reader_into_index(r, i);
        read_field(r, json_array_get(array, i), &fields[i]);
        fields[i].column.sql = column_sql(r->arena, &fields[i]);
        fields[i].column.list = list_sql(r->arena, &fields[i].column);
        fields[i].column.flags |= bf_searched_is(&fields[i]) ? BF_COLUMN_SEARCHED : 0;
        columns[i] = fields[i].column;
        name_field(r, m, &columns[i]);
        bf_reader_back(r, item);
    }
    for (size_t i = 0; i < m->nfields; i++) {
        size_t item = bf_reader_into_index(r, i);
        if (fields[i].computed.n)
            check_expression(r, m, &fields[i]);
        bf_reader_back(r, item);
    }
    for (size_t i = 0; i < HIDDEN; i++) {
        struct bf_column *column = &columns[m->nfields + i];
        *column = hidden[i];
        if (bf_str_eq(column->name, BF_STR("record_size")))
            column->sql = record_size(r->arena, m);
        else if (m->given && column->type == BF_DATETIME)
            column->sql = BF_STR("t._at"); /* store/given: no commit brought it */
        else if (column->sql.n == 0)
            column->sql = bf_arena_printf(r->arena, "'%.*s'::text", BF_STR_ARG(m->id));
        bf_map_put(&m->schema.names, column->name, column);
    }
}

/* ---- key and geometry ---- */

/* Index of the field of that name; aliases do not count inside a manifest. -1: none. */
static int find(const struct bf_manifest *m, struct bf_str name)
{
    for (size_t i = 0; i < m->nfields; i++)
        if (bf_str_eq(m->fields[i].column.name, name))
            return (int)i;
    return -1;
}

static bool may_be_key(enum bf_type type)
{
    return type == BF_TEXT || type == BF_INT || type == BF_DATE || type == BF_DATETIME ||
           type == BF_BOOL;
}

static bool check_key_field(struct bf_reader *r, const struct bf_manifest *m, struct bf_str name)
{
    int i = find(m, name);
    const struct bf_manifest_field *f = i < 0 ? NULL : &m->fields[i];
    if (!f)
        bf_fields_unknown(r, m, name);
    else if (!bf_manifest_stored(f))
        bf_reader_wrong(r, "a key is made of stored fields", "\"%s\" is not stored", name.p);
    else if (!may_be_key(f->column.type))
        bf_reader_wrong(r, "a key is made of text, int, date, datetime and boolean fields",
                        "\"%s\" is a %s", name.p, bf_type_info(f->column.type)->name);
    else
        return true;
    return false;
}

static void read_key(struct bf_reader *r, json_t *root, struct bf_manifest *m,
                     struct bf_manifest_field *fields)
{
    struct bf_list_rule rule = {
        .most = MOST_KEY, .most_bytes = 1000, .check = check_key_field, .m = m};
    json_t *value = json_object_get(root, "key");
    if (!value)
        bf_reader_wrong(r, "name the 1 to 8 stored fields that tell one record from another",
                        "the member \"key\" is missing");
    else if (json_is_array(value) && json_array_size(value) == 0)
        bf_reader_wrong_at(r, "key", "name 1 to 8 stored fields", "the key is empty");
    struct bf_list names = bf_reader_list(r, root, "key", &rule);
    size_t *key = names.n ? bf_arena_zalloc(r->arena, names.n, sizeof *key) : NULL;
    for (size_t i = 0; key && i < names.n; i++) {
        key[i] = (size_t)find(m, names.items[i]);
        fields[key[i]].in_key = true;
    }
    m->key = key;
    m->nkey = key ? names.n : 0;
}

static void read_geometry(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    m->geometry = -1;
    struct bf_str name = bf_reader_text(r, root, "geometry", 1000, BF_OPTIONAL);
    if (!name.n)
        return;
    size_t back = bf_reader_into(r, "geometry");
    int i = find(m, name);
    enum bf_type type = i < 0 ? BF_NULL : m->fields[i].column.type;
    if (i < 0)
        bf_fields_unknown(r, m, name);
    else if (type != BF_GEO_POINT && type != BF_GEO_SHAPE)
        bf_reader_wrong(r, "name a geo_point_2d or geo_shape field", "\"%s\" is a %s", name.p,
                        bf_type_info(type)->name);
    else if (m->fields[i].added_by_handler)
        bf_reader_wrong(r, "name a stored or computed field",
                        "\"%s\" is filled by a handler and cannot be searched", name.p);
    else
        m->geometry = i;
    bf_reader_back(r, back);
}

void bf_fields_read(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    json_t *array = bf_reader_member(r, root, "fields", JSON_ARRAY, BF_REQUIRED);
    size_t n = json_array_size(array);
    if (array && (n == 0 || n > MOST_FIELDS))
        bf_reader_wrong_at(r, "fields", "1 to 500 fields are expected", "there are %zu fields", n);
    if (n > MOST_FIELDS)
        n = 0;
    struct bf_manifest_field *fields = bf_arena_zalloc(r->arena, n, sizeof *fields);
    struct bf_column *columns = bf_arena_zalloc(r->arena, n + HIDDEN, sizeof *columns);
    if (!fields || !columns)
        return;
    m->fields = fields;
    m->nfields = n;
    m->schema.columns = columns;
    m->schema.n = n + HIDDEN;
    size_t back = bf_reader_into(r, "fields");
    read_all(r, array, m, fields, columns);
    bf_reader_back(r, back);
    read_key(r, root, m, fields);
    read_geometry(r, root, m);
}

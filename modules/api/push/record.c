#include "api/push/record.h"

#include "api/push/value_json.h"
#include "api/push/value_list.h"
#include "catalog/nearest.h"
#include "value/zone.h"

#include <string.h>

/* An entry of a btree index takes a third of a page of PostgreSQL at most: 2,704 bytes. */
enum { INDEXED_TEXT = 2600, ROOM = 64 << 20, ROOM_FACTOR = 8 };

struct bf_record {
    const struct bf_manifest *manifest;
    bool keys_only;
    struct bf_arena *arena; /* of the push */
    struct bf_arena *row;   /* of the record */
    struct bf_value *values;
    struct bf_str *given;         /* under which name each field came; {NULL, 0}: it did not */
    const struct bf_zone **zones; /* of z_is_local, by field */
    const struct bf_manifest_field **columns; /* of CSV cells; NULL: dropped */
    struct bf_str *headings;                  /* of CSV cells that go through a script */
    size_t ncolumns;
    struct bf_raw_member *raw; /* of the record, as many as there is room for */
    size_t raw_room;
    bool repeated;
};

static void release(void *record)
{
    struct bf_record *r = record;
    bf_arena_free(r->row);
}

static bool find_zones(struct bf_record *r, struct bf_err *err)
{
    for (size_t i = 0; i < r->manifest->nfields; i++) {
        struct bf_str name = r->manifest->fields[i].z_is_local;
        if (!name.n)
            continue;
        r->zones[i] = bf_zone_find(name);
        if (!r->zones[i])
            return BF_FAIL_WITH(err, BF_E_INTERNAL, "The time zone %.*s is not known here.",
                                BF_STR_ARG(name));
    }
    return true;
}

struct bf_record *bf_record_new(struct bf_arena *a, const struct bf_manifest *m, bool keys_only,
                                size_t record_max, struct bf_err *err)
{
    struct bf_record *r = bf_arena_zalloc(a, 1, sizeof *r);
    if (r) {
        r->manifest = m;
        r->keys_only = keys_only;
        r->arena = a;
        r->values = bf_arena_zalloc(a, m->nfields, sizeof *r->values);
        r->given = bf_arena_zalloc(a, m->nfields, sizeof *r->given);
        r->zones = bf_arena_zalloc(a, m->nfields, sizeof *r->zones);
        r->row = bf_arena_new(ROOM + ROOM_FACTOR * record_max);
        if (!bf_defer(a, release, r))
            r = NULL;
    }
    if (!r || !r->row || bf_arena_failed(a)) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "The server has no memory left for this request.");
        return NULL;
    }
    return find_zones(r, err) ? r : NULL;
}

const struct bf_value *bf_record_values(const struct bf_record *r)
{
    return r->values;
}

bool bf_record_repeated(const struct bf_record *r)
{
    return r->repeated;
}

static bool wrong(struct bf_fault *fault, struct bf_str field, struct bf_str reason)
{
    fault->field = field;
    fault->reason = reason;
    return false;
}

static bool is_ignored(const struct bf_manifest *m, struct bf_str name)
{
    return bf_str_in(name, m->ignored, m->nignored);
}

/* ---- names ---- */

static struct bf_str unknown(struct bf_record *r, struct bf_str name)
{
    const struct bf_manifest *m = r->manifest;
    struct bf_nearest near;
    bf_nearest_start(&near, name);
    for (size_t i = 0; i < m->nfields; i++)
        if (bf_manifest_stored(&m->fields[i]))
            bf_nearest_try(&near, m->fields[i].column.name);
    for (size_t i = 0; i < m->nfield_aliases; i++)
        bf_nearest_try(&near, m->field_aliases[i]);
    for (size_t i = 0; i < m->npushed; i++)
        bf_nearest_try(&near, m->pushed_names[i]);
    if (!near.best.n)
        return BF_STR("the dataset has no such field");
    return bf_arena_printf(r->row, "the dataset has no such field; did you mean \"%.*s\"?",
                           BF_STR_ARG(near.best));
}

/* The stored field that a name means. *field NULL with true: the name is to be passed over. */
static bool find_field(struct bf_record *r, struct bf_str name,
                       const struct bf_manifest_field **field, struct bf_fault *fault)
{
    *field = bf_manifest_pushed(r->manifest, name);
    bool stored = *field && bf_manifest_stored(*field);
    if (stored && r->keys_only && !(*field)->in_key)
        *field = NULL;
    if (stored)
        return true;
    if (r->keys_only || is_ignored(r->manifest, name)) {
        *field = NULL;
        return true;
    }
    if (!*field)
        return wrong(fault, name, unknown(r, name));
    *field = NULL;
    return wrong(fault, name, BF_STR("this field is computed by the server and cannot be pushed"));
}

/* ---- values ---- */

static const char *too_long(const struct bf_manifest_field *f, const struct bf_value *v)
{
    bool indexed = f->column.flags & (BF_COLUMN_FACET | BF_COLUMN_SORTABLE);
    if (v->type == BF_TEXT && indexed && v->text.n > INDEXED_TEXT)
        return "a text of at most 2,600 bytes is expected in a facet or sortable field";
    return NULL;
}

static void start_row(struct bf_record *r)
{
    bf_arena_reset(r->row);
    r->repeated = false;
    for (size_t i = 0; i < r->manifest->nfields; i++) {
        r->values[i].type = BF_NULL;
        r->given[i] = (struct bf_str){NULL, 0};
    }
}

static struct bf_target target_of(struct bf_record *r, const struct bf_manifest_field *field)
{
    size_t i = (size_t)(field - r->manifest->fields);
    return (struct bf_target){field, r->zones[i], r->row, &r->repeated};
}

static bool take_name(struct bf_record *r, const struct bf_manifest_field *field,
                      struct bf_str name, struct bf_fault *fault)
{
    struct bf_str *given = &r->given[field - r->manifest->fields];
    if (given->p)
        return wrong(fault, name,
                     bf_arena_printf(r->row, "the field %.*s is given twice, also as \"%.*s\"",
                                     BF_STR_ARG(field->column.name), BF_STR_ARG(*given)));
    *given = name;
    return true;
}

static bool check_row(struct bf_record *r, struct bf_fault *fault)
{
    const struct bf_manifest *m = r->manifest;
    for (size_t i = 0; i < m->nkey; i++) {
        const struct bf_manifest_field *f = &m->fields[m->key[i]];
        if (r->values[m->key[i]].type == BF_NULL)
            return wrong(fault, f->column.name,
                         BF_STR("a value is expected: the field is part of the key"));
    }
    return true;
}

/* ---- JSON ---- */

static bool take_list(struct bf_record *r, const struct bf_target *target,
                      const struct bf_member *m, struct bf_value *out, struct bf_fault *fault)
{
    struct bf_list_fault bad;
    const char *why = bf_value_from_list(target, m, out, &bad);
    if (!why)
        return true;
    fault->value = bad.value;
    return wrong(fault, bf_arena_printf(r->row, "%.*s/%zu", BF_STR_ARG(m->name), bad.element),
                 bf_str_of(why));
}

static bool take_member(struct bf_record *r, const struct bf_member *m, struct bf_fault *fault)
{
    const struct bf_manifest_field *field;
    if (!find_field(r, m->name, &field, fault))
        return false;
    if (!field)
        return bf_value_is_json(m) || wrong(fault, m->name, BF_STR("it is not JSON"));
    if (!take_name(r, field, m->name, fault))
        return false;
    struct bf_target target = target_of(r, field);
    struct bf_value *v = &r->values[field - r->manifest->fields];
    bool list = bf_value_is_list(&target, m);
    if (list && !take_list(r, &target, m, v, fault))
        return false;
    const char *why = list ? NULL : bf_value_from_json(&target, m, v);
    if (!why)
        why = too_long(field, v);
    if (!why)
        return true;
    fault->value = m->text;
    return wrong(fault, m->name, bf_str_of(why));
}

static bool not_json(struct bf_record *r, const struct bf_members *members, struct bf_str text,
                     struct bf_fault *fault)
{
    size_t at = (size_t)(members->start - text.p) + members->at;
    return wrong(
        fault, BF_STR(""),
        bf_arena_printf(r->row, "it is not JSON: %s (byte %zu of the record)", members->why, at));
}

/* `fields` of an envelope, when the record is one. */
static bool find_envelope(struct bf_record *r, struct bf_str text, struct bf_str *fields)
{
    static const char name[] = "\"fields\"";
    struct bf_members members;
    struct bf_member m;
    if (!memmem(text.p, text.n, name, sizeof name - 1) ||
        bf_manifest_field(r->manifest, BF_STR("fields")))
        return false;
    bf_members_open(&members, r->row, text);
    while (bf_members_next(&members, &m)) {
        if (m.kind != BF_MEMBER_OBJECT || !bf_str_eq(m.name, BF_STR("fields")))
            continue;
        *fields = m.text;
        return true;
    }
    return false;
}

static bool check_envelope(struct bf_record *r, struct bf_str text, struct bf_fault *fault)
{
    static const struct bf_str known[] = {BF_STR_INIT("datasetid"), BF_STR_INIT("recordid"),
                                          BF_STR_INIT("fields"), BF_STR_INIT("geometry"),
                                          BF_STR_INIT("record_timestamp")};
    struct bf_members members;
    struct bf_member m;
    size_t records = 0;
    bf_members_open(&members, r->row, text);
    while (bf_members_next(&members, &m)) {
        records += bf_str_eq(m.name, BF_STR("fields"));
        if (records > 1 || !bf_value_is_json(&m))
            return wrong(fault, m.name, BF_STR("it is not JSON, or given twice"));
        if (!r->keys_only && !bf_str_in(m.name, known, sizeof known / sizeof known[0]) &&
            !is_ignored(r->manifest, m.name))
            return wrong(fault, m.name, BF_STR("beside \"fields\" this name means nothing"));
    }
    return !members.why || not_json(r, &members, text, fault);
}

/* Starts a row; *object: the members that are the record. */
static bool open_object(struct bf_record *r, struct bf_str text, struct bf_str *object,
                        struct bf_fault *fault)
{
    start_row(r);
    *object = text;
    if (text.n == 0 || text.p[0] != '{') {
        fault->value = text;
        return wrong(fault, BF_STR(""), BF_STR("an object is expected"));
    }
    return !find_envelope(r, text, object) || check_envelope(r, text, fault);
}

bool bf_record_from_json(struct bf_record *r, struct bf_str text, struct bf_fault *fault)
{
    struct bf_str object;
    struct bf_members members;
    struct bf_member m;
    if (!open_object(r, text, &object, fault))
        return false;
    bf_members_open(&members, r->row, object);
    while (bf_members_next(&members, &m))
        if (!take_member(r, &m, fault))
            return false;
    return members.why ? not_json(r, &members, text, fault) : check_row(r, fault);
}

/* ---- CSV ---- */

static bool take_column(struct bf_record *r, size_t i, struct bf_str name, struct bf_fault *fault)
{
    if (!find_field(r, name, &r->columns[i], fault))
        return false;
    return !r->columns[i] || take_name(r, r->columns[i], name, fault);
}

static void check_header_keys(struct bf_record *r, uint64_t line, struct bf_faults *faults)
{
    const struct bf_manifest *m = r->manifest;
    for (size_t i = 0; i < m->nkey; i++) {
        if (r->given[m->key[i]].p)
            continue;
        bf_faults_add(faults,
                      &(struct bf_fault){.line = line,
                                         .field = m->fields[m->key[i]].column.name,
                                         .reason = BF_STR("this column is missing: the field is "
                                                          "part of the key")});
    }
}

bool bf_record_header(struct bf_record *r, const struct bf_str *names, size_t n, uint64_t line,
                      struct bf_faults *faults)
{
    uint64_t before = faults->total;
    r->columns = bf_arena_zalloc(r->arena, n, sizeof *r->columns);
    r->ncolumns = n;
    if (!r->columns)
        return false;
    start_row(r);
    for (size_t i = 0; i < n; i++) {
        struct bf_fault fault = {.line = line};
        struct bf_str name = bf_arena_dup(r->row, bf_str_trim(names[i]));
        if (!name.p || !take_column(r, i, name, &fault))
            bf_faults_add(faults, &fault);
    }
    check_header_keys(r, line, faults);
    return faults->total == before;
}

static bool take_cell(struct bf_record *r, const struct bf_manifest_field *field,
                      struct bf_str cell, struct bf_fault *fault)
{
    struct bf_target target = target_of(r, field);
    struct bf_value *v = &r->values[field - r->manifest->fields];
    const char *why = bf_value_from_cell(&target, cell, v);
    if (!why)
        why = too_long(field, v);
    if (!why)
        return true;
    fault->value = cell;
    return wrong(fault, field->column.name, bf_str_of(why));
}

static bool check_cells(struct bf_record *r, size_t n, struct bf_fault *fault)
{
    return n == r->ncolumns ||
           wrong(fault, BF_STR(""),
                 bf_arena_printf(r->row, "%zu cells are expected, as in the header, not %zu",
                                 r->ncolumns, n));
}

bool bf_record_from_cells(struct bf_record *r, const struct bf_str *cells, size_t n,
                          struct bf_fault *fault)
{
    start_row(r);
    if (!check_cells(r, n, fault))
        return false;
    for (size_t i = 0; i < n; i++)
        if (r->columns[i] && !take_cell(r, r->columns[i], cells[i], fault))
            return false;
    return check_row(r, fault);
}

/* ---- with a script between ---- */

static const enum bf_raw_kind raw_kinds[] = {
    [BF_MEMBER_NULL] = BF_RAW_NULL,   [BF_MEMBER_TRUE] = BF_RAW_TRUE,
    [BF_MEMBER_FALSE] = BF_RAW_FALSE, [BF_MEMBER_NUMBER] = BF_RAW_NUMBER,
    [BF_MEMBER_TEXT] = BF_RAW_TEXT,   [BF_MEMBER_OBJECT] = BF_RAW_OBJECT,
    [BF_MEMBER_ARRAY] = BF_RAW_ARRAY,
};
static const enum bf_member_kind member_kinds[] = {
    [BF_RAW_NULL] = BF_MEMBER_NULL,   [BF_RAW_TRUE] = BF_MEMBER_TRUE,
    [BF_RAW_FALSE] = BF_MEMBER_FALSE, [BF_RAW_NUMBER] = BF_MEMBER_NUMBER,
    [BF_RAW_TEXT] = BF_MEMBER_TEXT,   [BF_RAW_OBJECT] = BF_MEMBER_OBJECT,
    [BF_RAW_ARRAY] = BF_MEMBER_ARRAY,
};

/* Room for one more, from the memory of the whole push: records are alike. false: there is none. */
static bool make_room(struct bf_record *r, size_t n)
{
    if (n < r->raw_room)
        return true;
    size_t room = r->raw_room ? 2 * r->raw_room : 64;
    struct bf_raw_member *more = bf_arena_zalloc(r->arena, room, sizeof *more);
    for (size_t i = 0; more && i < n; i++)
        more[i] = r->raw[i];
    if (!more)
        return false;
    r->raw = more;
    r->raw_room = room;
    return true;
}

static bool too_many(struct bf_fault *fault)
{
    return wrong(fault, BF_STR(""), BF_STR("it has more members than a script may see"));
}

bool bf_record_raw_json(struct bf_record *r, struct bf_str text, struct bf_raw_record *raw,
                        struct bf_fault *fault)
{
    struct bf_str object;
    struct bf_members members;
    struct bf_member m;
    size_t n = 0;
    if (!open_object(r, text, &object, fault))
        return false;
    bf_members_open(&members, r->row, object);
    for (; bf_members_next(&members, &m); n++) {
        if (!bf_value_is_json(&m))
            return wrong(fault, m.name, BF_STR("it is not JSON"));
        if (n == BF_LUA_MEMBERS || !make_room(r, n))
            return too_many(fault);
        r->raw[n] = (struct bf_raw_member){m.name, raw_kinds[m.kind], m.text};
    }
    *raw = (struct bf_raw_record){r->raw, n};
    return !members.why || not_json(r, &members, text, fault);
}

bool bf_record_raw_header(struct bf_record *r, const struct bf_str *names, size_t n)
{
    r->headings = bf_arena_zalloc(r->arena, n + 1, sizeof *r->headings);
    r->ncolumns = n;
    for (size_t i = 0; r->headings && i < n; i++)
        r->headings[i] = bf_arena_dup(r->arena, bf_str_trim(names[i]));
    return !bf_arena_failed(r->arena);
}

bool bf_record_raw_cells(struct bf_record *r, const struct bf_str *cells, size_t n,
                         struct bf_raw_record *raw, struct bf_fault *fault)
{
    start_row(r);
    if (!check_cells(r, n, fault))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!make_room(r, i))
            return too_many(fault);
        enum bf_raw_kind kind = cells[i].n ? BF_RAW_TEXT : BF_RAW_NULL;
        r->raw[i] = (struct bf_raw_member){r->headings[i], kind, cells[i]};
    }
    *raw = (struct bf_raw_record){r->raw, n};
    return true;
}

/* A text in a batch of cells is read as a cell, whoever wrote it. */
static bool take_raw(struct bf_record *r, const struct bf_member *m, struct bf_fault *fault)
{
    const struct bf_manifest_field *field;
    if (!r->headings || m->kind != BF_MEMBER_TEXT)
        return take_member(r, m, fault);
    if (!find_field(r, m->name, &field, fault))
        return false;
    return !field || (take_name(r, field, m->name, fault) && take_cell(r, field, m->text, fault));
}

bool bf_record_from_raw(struct bf_record *r, const struct bf_raw_record *raw,
                        struct bf_fault *fault)
{
    for (size_t i = 0; i < raw->n; i++) {
        const struct bf_raw_member *m = &raw->members[i];
        struct bf_member member = {m->name, member_kinds[m->kind], m->text};
        if (!take_raw(r, &member, fault))
            return false;
    }
    return check_row(r, fault);
}

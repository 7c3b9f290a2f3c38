#include "api/records1/record_json.h"

#include "value/geometry.h"
#include "value/instant.h"
#include "value/number.h"

#include <string.h>

struct field {
    struct bf_str lead; /* `"nom": ` */
    enum bf_type type;
};

struct records1_record {
    const struct bf_zone *zone;
    struct bf_str head; /* `{"datasetid": "x", "recordid": "` */
    const struct bf_column *id, *timestamp, *geometry;
    int id_at, timestamp_at, geometry_at; /* places in the row; -1: none */
    struct field *fields;
    size_t n;
};

static bool no_memory(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

static struct bf_str json_text(struct bf_request *r, const char *before, struct bf_str text,
                               const char *after)
{
    struct bf_buf b;
    bf_buf_init(&b, 1 << 16);
    bf_buf_text(&b, before);
    bf_buf_json(&b, text);
    bf_buf_text(&b, after);
    struct bf_str out = bf_arena_dup(r->arena, bf_buf_view(&b));
    bf_buf_fini(&b);
    return out;
}

struct records1_record *records1_record_new(struct bf_request *r, const struct bf_zone *zone)
{
    const struct bf_manifest *m = r->dataset->manifest;
    struct records1_record *record = bf_arena_zalloc(r->arena, 1, sizeof *record);
    if (!record) {
        no_memory(r);
        return NULL;
    }
    record->zone = zone;
    record->head = json_text(r, "{\"datasetid\": ", r->vars[0], ", \"recordid\": \"");
    record->id = bf_schema_column(r->schema, BF_STR("recordid"));
    record->timestamp = bf_schema_column(r->schema, BF_STR("record_timestamp"));
    if (m->geometry >= 0)
        record->geometry = bf_schema_column(r->schema, m->fields[m->geometry].column.name);
    bool ok = bf_query_carry(r->query, record->id, &r->err) &&
              bf_query_carry(r->query, record->timestamp, &r->err) &&
              (!record->geometry || bf_query_carry(r->query, record->geometry, &r->err));
    if (ok && !record->head.p)
        ok = no_memory(r);
    return ok ? record : NULL;
}

bool records1_record_open(struct records1_record *record, struct bf_request *r,
                          const struct bf_sql *sql)
{
    record->n = sql->noutputs;
    record->fields = bf_arena_zalloc(r->arena, sql->noutputs + 1, sizeof *record->fields);
    if (!record->fields)
        return no_memory(r);
    for (size_t i = 0; i < sql->noutputs; i++) {
        record->fields[i].lead = json_text(r, "", sql->outputs[i].key, ": ");
        record->fields[i].type = sql->outputs[i].type;
    }
    record->id_at = bf_query_place(r->query, record->id);
    record->timestamp_at = bf_query_place(r->query, record->timestamp);
    record->geometry_at = record->geometry ? bf_query_place(r->query, record->geometry) : -1;
    return !bf_arena_failed(r->arena) || no_memory(r);
}

/* ---- values ---- */

static void point(struct bf_buf *out, struct bf_point p)
{
    bf_buf_char(out, '[');
    bf_number_print(out, p.lat);
    bf_buf_text(out, ", ");
    bf_number_print(out, p.lon);
    bf_buf_char(out, ']');
}

static void instant(struct bf_buf *out, int64_t at, const struct bf_zone *zone)
{
    bf_buf_char(out, '"');
    bf_instant_print(out, at, zone);
    bf_buf_char(out, '"');
}

static void date(struct bf_buf *out, int32_t days)
{
    bf_buf_char(out, '"');
    bf_date_print(out, days);
    bf_buf_char(out, '"');
}

void records1_value(struct bf_buf *out, const struct bf_value *v, const struct bf_zone *zone)
{
    switch (v->type) {
    case BF_BOOL:
        bf_buf_text(out, v->boolean ? "true" : "false");
        break;
    case BF_INT:
        bf_buf_i64(out, v->integer);
        break;
    case BF_DOUBLE:
        bf_number_print(out, v->real);
        break;
    case BF_DATE:
        date(out, v->date);
        break;
    case BF_DATETIME:
        instant(out, v->instant, zone);
        break;
    case BF_GEO_POINT:
        point(out, v->point);
        break;
    case BF_GEO_SHAPE:
        if (!bf_geometry_print_json(out, v->text, true))
            bf_buf_text(out, "null");
        break;
    case BF_TEXT:
    case BF_JSON:
        bf_buf_json(out, v->text);
        break;
    case BF_NULL:
        bf_buf_text(out, "null");
        break;
    }
}

/* ---- the record ---- */

static void print_fields(const struct records1_record *record, struct bf_buf *out,
                         const struct bf_cell *cells)
{
    const char *comma = "";
    bf_buf_char(out, '{');
    for (size_t i = 0; i < record->n; i++) {
        struct bf_value v = bf_cell_value(cells[i], record->fields[i].type);
        if (v.type == BF_NULL)
            continue;
        bf_buf_text(out, comma);
        bf_buf_str(out, record->fields[i].lead);
        records1_value(out, &v, record->zone);
        comma = ", ";
    }
    bf_buf_char(out, '}');
}

void records1_fields_print(struct bf_buf *out, const struct bf_output *outputs,
                           const struct bf_cell *cells, size_t n, const struct bf_zone *zone)
{
    const char *comma = "";
    bf_buf_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        struct bf_value v = bf_cell_value(cells[i], outputs[i].type);
        if (v.type == BF_NULL)
            continue;
        bf_buf_text(out, comma);
        bf_buf_json(out, outputs[i].key);
        bf_buf_text(out, ": ");
        records1_value(out, &v, zone);
        comma = ", ";
    }
    bf_buf_char(out, '}');
}

/* Geometry of a point or shape: a point comes as EWKB, too. */
static void print_geometry(struct bf_buf *out, struct bf_cell cell)
{
    if (bf_cell_null(cell))
        return;
    size_t start = out->n;
    bf_buf_text(out, ", \"geometry\": ");
    if (!bf_geometry_print_json(out, bf_cell_text(cell), true))
        out->n = start;
}

/* Always six decimals, unlike the fields. */
static void print_timestamp(struct bf_buf *out, struct bf_cell cell, const struct bf_zone *zone)
{
    struct bf_value v = bf_cell_value(cell, BF_DATETIME);
    if (v.type == BF_NULL)
        return;
    char text[BF_INSTANT_TEXT];
    size_t n = bf_instant_format(text, v.instant, zone);
    size_t seconds = sizeof "2026-09-30T08:15:00" - 1;
    bf_buf_text(out, ", \"record_timestamp\": \"");
    bf_buf_bytes(out, text, seconds);
    if (text[seconds] != '.')
        bf_buf_text(out, ".000000");
    bf_buf_bytes(out, text + seconds, n - seconds);
    bf_buf_char(out, '"');
}

void records1_record_print(const struct records1_record *record, struct bf_buf *out,
                           const struct bf_cell *cells)
{
    bf_buf_str(out, record->head);
    bf_buf_str(out, bf_cell_text(cells[record->id_at]));
    bf_buf_text(out, "\", \"fields\": ");
    print_fields(record, out, cells);
    if (record->geometry_at >= 0)
        print_geometry(out, cells[record->geometry_at]);
    print_timestamp(out, cells[record->timestamp_at], record->zone);
    bf_buf_char(out, '}');
}

void records1_feature_print(const struct records1_record *record, struct bf_buf *out,
                            const struct bf_cell *cells)
{
    bool placed = record->geometry_at >= 0 && !bf_cell_null(cells[record->geometry_at]);
    bf_buf_text(out, "{\"type\": \"Feature\"");
    if (placed)
        print_geometry(out, cells[record->geometry_at]);
    else
        bf_buf_text(out, ", \"geometry\": null");
    bf_buf_text(out, ", \"properties\": ");
    print_fields(record, out, cells);
    bf_buf_char(out, '}');
}

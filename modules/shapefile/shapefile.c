#include "shapefile/shapefile.h"

#include "shapefile/geometry.h"
#include "shapefile/table.h"

enum { LINE = 64 << 20, ROW = 256 << 20 };

struct reading {
    const struct bf_shapefile_parts *parts;
    const struct bf_shapefile_options *options;
    struct bf_shapefile_said *said;
    struct bf_arena *arena, *row; /* row: of one record */
    struct bf_shapes shapes;
    struct bf_table table;
    struct bf_projection *projection;
    struct bf_buf line;
};

/* ---- what it is written in ----------------------------------------------------------------- */

static bool find_projection(struct reading *r, struct bf_err *err)
{
    if (r->options->crs.n) {
        r->projection = bf_projection_of(r->arena, r->options->crs, err);
        r->said->crs_by = "name given";
    } else if (bf_str_trim(r->parts->prj).n) {
        r->projection = bf_projection_of_wkt(r->arena, r->parts->prj, err);
        r->said->crs_by = ".prj";
    } else {
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "There is no .prj to tell the reference system: name it in \"crs\", "
                            "such as EPSG:2154.");
    }
    r->said->crs = r->projection ? bf_projection_name(r->projection) : NULL;
    return r->projection != NULL;
}

static bool not_an_encoding(const char *what, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY,
                        "%s no encoding that is known: name it in \"encoding\", such as UTF-8, "
                        "Windows-1252, ISO-8859-1 or CP850.",
                        what);
}

static bool find_encoding(struct reading *r, struct bf_err *err)
{
    struct bf_shapefile_said *said = r->said;
    if (r->options->encoding.n) {
        said->encoding = bf_encoding_named(r->options->encoding);
        said->encoding_by = "name given";
        return said->encoding || not_an_encoding("\"encoding\" names", err);
    }
    if (bf_str_trim(r->parts->cpg).n) {
        said->encoding = bf_encoding_named(r->parts->cpg);
        said->encoding_by = ".cpg";
        return said->encoding || not_an_encoding("The .cpg tells", err);
    }
    said->encoding = bf_encoding_of_language(r->table.language);
    said->encoding_by = "language byte";
    if (said->encoding)
        return true;
    said->encoding =
        bf_encoding_named(bf_table_is_utf8(&r->table) ? BF_STR("UTF-8") : BF_STR("Windows-1252"));
    said->encoding_by = "look of its texts";
    return true;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* Neither the geometry nor the number may be called like a field. */
static bool check_names(const struct reading *r, struct bf_err *err)
{
    const struct bf_str own[] = {r->options->geometry, r->options->number};
    for (size_t i = 0; i < r->table.nfields; i++)
        for (size_t j = 0; j < 2; j++)
            if (own[j].n && bf_str_eq(own[j], r->table.fields[i].name))
                return BF_FAIL_WITH(err, BF_E_BODY,
                                    "The .dbf has a field \"%.*s\", and %s is to be called so.",
                                    BF_STR_ARG(own[j]), j ? "the number" : "the shape");
    return true;
}

static bool open_all(struct reading *r, struct bf_err *err)
{
    if (!bf_shapes_open(&r->shapes, r->parts->shp, r->parts->shx, err) ||
        !bf_table_open(&r->table, r->arena, r->parts->dbf, err))
        return false;
    if (r->shapes.n != r->table.n)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The .shp has %zu records and the .dbf %zu: they do not belong "
                            "together, or one is damaged.",
                            r->shapes.n, r->table.n);
    r->said->z = bf_shapes_have_z(&r->shapes);
    r->said->m = bf_shapes_have_m(&r->shapes);
    return find_projection(r, err) && find_encoding(r, err) &&
           bf_table_decode(&r->table, r->arena, r->said->encoding, err) && check_names(r, err);
}

/* ---- records ------------------------------------------------------------------------------- */

static void put_name(struct bf_buf *out, struct bf_str name)
{
    bf_buf_text(out, out->n > 1 ? "," : "");
    bf_buf_json(out, name);
    bf_buf_char(out, ':');
}

static bool put_shape(struct reading *r, size_t number, struct bf_err *err)
{
    struct bf_shapes_one one;
    const char *why = NULL;
    if (!bf_shapes_next(&r->shapes, r->row, &one, err))
        return false;
    r->said->without_shape += one.kind == BF_SHAPES_NULL;
    if (!r->options->geometry.n)
        return true;
    put_name(&r->line, r->options->geometry);
    return bf_shapes_print(r->row, &one, r->projection, &r->line, &why) ||
           BF_FAIL_WITH(err, BF_E_BODY, "The .shp: record %zu: %s.", number, why);
}

static bool put_record(struct reading *r, size_t i, struct bf_err *err)
{
    struct bf_buf *line = &r->line;
    bf_buf_clear(line);
    bf_buf_char(line, '{');
    if (!bf_table_print(&r->table, i, line, err) || !put_shape(r, i + 1, err))
        return false;
    if (r->options->number.n) {
        put_name(line, r->options->number);
        bf_buf_u64(line, i + 1);
    }
    bf_buf_text(line, "}\n");
    return !bf_buf_failed(line) ||
           BF_FAIL_WITH(err, BF_E_TOO_LARGE, "Record %zu is too large.", i + 1);
}

static bool read_records(struct reading *r,
                         bool (*take)(void *self, const char *p, size_t n, struct bf_err *err),
                         void *self, struct bf_err *err)
{
    for (size_t i = 0; i < r->table.n; i++) {
        if (bf_table_is_deleted(&r->table, i)) {
            r->said->deleted++;
            if (!bf_shapes_skip(&r->shapes, err) || !take(self, "\n", 1, err))
                return false;
            continue;
        }
        if (!put_record(r, i, err) || !take(self, r->line.p, r->line.n, err))
            return false;
        r->said->records++;
        bf_arena_reset(r->row);
    }
    return true;
}

bool bf_shapefile_read(struct bf_arena *a, const struct bf_shapefile_parts *parts,
                       const struct bf_shapefile_options *options,
                       bool (*take)(void *self, const char *p, size_t n, struct bf_err *err),
                       void *self, struct bf_shapefile_said *said, struct bf_err *err)
{
    struct reading r = {
        .parts = parts, .options = options, .said = said, .arena = a, .row = bf_arena_new(ROW)};
    *said = (struct bf_shapefile_said){.records = 0};
    if (!r.row)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read the shapefile");
    bf_buf_init(&r.line, LINE);
    bool ok = open_all(&r, err) && read_records(&r, take, self, err);
    bf_table_close(&r.table);
    bf_buf_fini(&r.line);
    bf_arena_free(r.row);
    return ok;
}

#include "cli/new_rows.h"

#include "api/push/csv.h"
#include "api/push/members.h"
#include "cli/new_parquet.h"
#include "pull/gtfs.h"
#include "pull/gtfs_tables.h"
#include "store/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD = 16 << 20, ROW_MEMORY = 256 << 20, SAMPLE_MOST = 64 << 20, TABLE_MOST = 512 << 20 };

#define GEOMETRY "geometry"

/* One file being read. */
struct reading {
    struct bf_new_rows *rows;
    struct bf_str text;
    struct bf_arena *row; /* of one row */
    struct bf_csv csv;
    struct bf_str *headers; /* of a table */
    size_t nheaders, records;
    char delimiter; /* for the sample */
    bool enough;
};

static bool wrong(const struct reading *r, struct bf_err *err, const char *what)
{
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: %s", r->rows->path, what);
}

/* ---- tables -------------------------------------------------------------------------------- */

static void print_line(struct reading *r, const struct bf_csv_record *record)
{
    struct bf_buf *out = &r->rows->sample;
    for (size_t i = 0; i < record->n; i++) {
        if (i)
            bf_buf_char(out, r->delimiter);
        bf_csv_print_cell(out, record->cells[i], r->delimiter);
    }
    bf_buf_char(out, '\n');
}

static bool take_headers(struct reading *r, const struct bf_csv_record *record, struct bf_err *err)
{
    r->headers = bf_arena_zalloc(r->rows->arena, record->n, sizeof *r->headers);
    r->nheaders = r->headers ? record->n : 0;
    for (size_t i = 0; i < r->nheaders; i++) {
        struct bf_str name = record->cells[i];
        if (bf_str_trim(name).n == 0)
            return BF_FAIL_WITH(err, BF_E_PARAMETER,
                                "%s: column %zu has no name in the first line.", r->rows->path,
                                i + 1);
        for (size_t j = 0; j < i; j++)
            if (bf_str_eq(r->headers[j], name))
                return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: two columns are called \"%.*s\".",
                                    r->rows->path, BF_STR_ARG(name));
        r->headers[i] = bf_arena_dup(r->rows->arena, name);
        bf_guess_header(r->rows->guess, name);
    }
    r->delimiter = r->csv.delimiter ? r->csv.delimiter : ',';
    print_line(r, record);
    return r->headers || BF_FAIL_WITH(err, BF_E_MEMORY, "There is not enough memory.");
}

/* Ids, names and colours of a timetable are texts, whatever they are made of. */
static enum bf_guess_kind kind_of_cell(const struct reading *r, struct bf_str header)
{
    bool text = bf_new_rows_is_timetable(r->rows) &&
                bf_gtfs_column(r->rows->features.table, header) == BF_GTFS_TEXT;
    return text ? BF_GUESS_TEXT : BF_GUESS_CELL;
}

static bool take_record(void *self, const struct bf_csv_record *record, struct bf_err *err)
{
    struct reading *r = self;
    if (record->wrong)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s:%llu: %s", r->rows->path,
                            (unsigned long long)record->line, record->wrong);
    if (!r->headers)
        return take_headers(r, record, err);
    if (record->n != r->nheaders)
        return BF_FAIL_WITH(
            err, BF_E_PARAMETER, "%s:%llu: the row has %zu cells, the first line has %zu.",
            r->rows->path, (unsigned long long)record->line, record->n, r->nheaders);
    for (size_t i = 0; i < record->n; i++)
        bf_guess_cell(r->rows->guess, r->headers[i], kind_of_cell(r, r->headers[i]),
                      record->cells[i]);
    if (r->records++ < BF_NEW_SAMPLE)
        print_line(r, record);
    r->enough = !bf_guess_end_row(r->rows->guess);
    return !r->enough || BF_FAIL_WITH(err, BF_E_ABORTED, "enough");
}

static bool read_table(struct reading *r, struct bf_err *err)
{
    r->rows->sample_name = "sample.csv";
    r->rows->loads = true;
    bf_csv_init(&r->csv, '\0', RECORD);
    r->csv.take = take_record;
    r->csv.self = r;
    bool ok = bf_csv_feed(&r->csv, r->text.p, r->text.n, err) && bf_csv_end(&r->csv, err);
    bf_csv_fini(&r->csv);
    if (!ok && r->enough)
        bf_err_clear(err);
    return ok || r->enough;
}

/* ---- records ------------------------------------------------------------------------------- */

static enum bf_guess_kind kind_of(enum bf_member_kind kind)
{
    switch (kind) {
    case BF_MEMBER_NUMBER:
        return BF_GUESS_NUMBER;
    case BF_MEMBER_TRUE:
    case BF_MEMBER_FALSE:
        return BF_GUESS_BOOL;
    case BF_MEMBER_OBJECT:
    case BF_MEMBER_ARRAY:
        return BF_GUESS_NESTED;
    case BF_MEMBER_NULL:
    case BF_MEMBER_TEXT:
        break;
    }
    return BF_GUESS_TEXT;
}

static bool not_json(const struct reading *r, const struct bf_members *m, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: record %zu is not JSON: %s (byte %zu of it)",
                        r->rows->path, r->records + 1, m->why, m->at);
}

/* The members of one object as columns. */
static bool take_members(struct reading *r, struct bf_str object, struct bf_err *err)
{
    struct bf_members members;
    struct bf_member m;
    bf_members_open(&members, r->row, object);
    while (bf_members_next(&members, &m)) {
        if (m.kind == BF_MEMBER_NULL)
            bf_guess_header(r->rows->guess, m.name);
        else
            bf_guess_cell(r->rows->guess, m.name, kind_of(m.kind), m.text);
    }
    return !members.why || not_json(r, &members, err);
}

static void keep_sample(struct reading *r, struct bf_str record)
{
    struct bf_buf *out = &r->rows->sample;
    if (r->records >= BF_NEW_SAMPLE)
        return;
    bf_buf_text(out, r->records ? ",\n" : "[\n");
    bf_buf_str(out, record);
}

static bool end_record(struct reading *r)
{
    r->records++;
    bf_arena_reset(r->row);
    r->enough = !bf_guess_end_row(r->rows->guess);
    return !r->enough;
}

static bool take_object(struct reading *r, struct bf_str object, struct bf_err *err)
{
    if (object.n == 0 || object.p[0] != '{')
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: record %zu is no JSON object.", r->rows->path,
                            r->records + 1);
    if (!take_members(r, object, err))
        return false;
    keep_sample(r, object);
    return end_record(r);
}

static bool take_list(struct reading *r, struct bf_str list, struct bf_err *err)
{
    struct bf_arena *own = bf_arena_new(ROW_MEMORY);
    struct bf_members members;
    struct bf_member m;
    bool ok = own != NULL;
    bf_members_open(&members, own, list);
    while (ok && bf_members_next_element(&members, &m))
        ok = take_object(r, m.text, err);
    if (ok && members.why)
        ok = not_json(r, &members, err);
    bf_arena_free(own);
    return ok || r->enough;
}

static bool take_line(void *self, const char *p, size_t n, struct bf_err *err)
{
    struct bf_str line = bf_str_trim((struct bf_str){p, n});
    return line.n == 0 || take_object(self, line, err);
}

/* Features and shapefiles, as the server reads them. */
static bool read_features(struct reading *r, enum bf_features_kind kind, struct bf_err *err)
{
    struct bf_features *f = &r->rows->features;
    f->path = r->rows->path;
    f->kind = kind;
    f->options.geometry = BF_STR(GEOMETRY);
    f->take = take_line;
    f->self = r;
    r->rows->loads = bf_features_kind(f->path) == kind;
    bool ok = bf_features_read(r->rows->arena, f, err);
    if (!ok && r->enough)
        bf_err_clear(err);
    return ok || r->enough;
}

static bool is_collection(struct reading *r, struct bf_str object)
{
    struct bf_members members;
    struct bf_member m;
    bool collection = false;
    bf_members_open(&members, r->row, object);
    while (bf_members_next(&members, &m))
        if (bf_str_eq(m.name, BF_STR("type")))
            collection = bf_str_eq(m.text, BF_STR("FeatureCollection"));
    return collection;
}

static bool read_document(struct reading *r, struct bf_err *err)
{
    struct bf_str text = bf_str_trim(r->text);
    r->rows->loads = true;
    if (text.n && text.p[0] == '[')
        return take_list(r, text, err);
    if (is_collection(r, text))
        return read_features(r, BF_FEATURES_GEOJSON, err);
    return take_object(r, text, err) || r->enough;
}

static bool read_lines(struct reading *r, struct bf_err *err)
{
    struct bf_str rest = r->text;
    bool ok = true;
    r->rows->loads = true;
    while (ok && rest.p) {
        struct bf_str line = bf_str_trim(bf_str_cut(rest, '\n', &rest));
        ok = line.n == 0 || take_object(r, line, err);
    }
    return ok || r->enough;
}

/* ---- files --------------------------------------------------------------------------------- */

enum format { TABLE, DOCUMENT, LINES, PARQUET, SHAPES, UNREAD };

static const struct ending {
    const char *suffix;
    enum format format;
    const char *advice; /* UNREAD: what to do */
} endings[] = {
    {".csv", TABLE, NULL},
    {".tsv", TABLE, NULL},
    {".txt", TABLE, NULL},
    {".json", DOCUMENT, NULL},
    {".geojson", DOCUMENT, NULL},
    {".ndjson", LINES, NULL},
    {".jsonl", LINES, NULL},
    {".parquet", PARQUET, NULL},
    {".xlsx", UNREAD, "spreadsheets are not read: save the sheet as CSV in UTF-8 first."},
    {".xls", UNREAD, "spreadsheets are not read: save the sheet as CSV in UTF-8 first."},
    {".ods", UNREAD, "spreadsheets are not read: save the sheet as CSV in UTF-8 first."},
    {".shp", SHAPES, NULL},
    {".gpkg", UNREAD,
     "GeoPackage is not read: ogr2ogr -f GeoJSON -t_srs EPSG:4326 x.geojson x.gpkg first."},
    {".zip", SHAPES, NULL},
    {".gz", UNREAD, "compressed files are not read: gunzip it first."},
};

/* NULL: an ending that nothing is known of. */
static const struct ending *ending_of(const char *path)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (bf_str_is_file(bf_str_of(path), endings[i].suffix))
            return &endings[i];
    return NULL;
}

static bool read_text(struct reading *r, const struct ending *ending, struct bf_err *err)
{
    r->text = bf_str_unmarked(r->text);
    if (!bf_str_is_utf8(r->text))
        return wrong(r, err,
                     "it is not UTF-8. If it comes from Windows: iconv -f WINDOWS-1252 -t UTF-8.");
    if (!ending)
        return wrong(r, err,
                     "the format is told by the end of the name: .csv .tsv .json .ndjson "
                     ".jsonl .geojson .shp or .zip is expected.");
    return ending->format == TABLE   ? read_table(r, err)
           : ending->format == LINES ? read_lines(r, err)
                                     : read_document(r, err);
}

static bool take_piece(void *self, const char *p, size_t n, struct bf_err *err)
{
    bf_buf_bytes(self, p, n);
    return !bf_buf_failed(self) || BF_FAIL_WITH(err, BF_E_MEMORY, "There is not enough memory.");
}

/* As the server will read it: the table and not the archive can be loaded. */
static bool read_timetable(struct reading *r, struct bf_err *err)
{
    struct bf_buf text;
    bf_buf_init(&text, TABLE_MOST);
    const struct bf_gtfs g = {.table = r->rows->features.table,
                              .bytes_most = TABLE_MOST,
                              .take = take_piece,
                              .self = &text};
    bool ok = bf_pull_gtfs(&g, r->text, err);
    r->text = bf_buf_view(&text);
    ok = ok && (bf_str_is_utf8(r->text) || wrong(r, err, "the table is not UTF-8.")) &&
         read_table(r, err);
    r->rows->loads = false;
    bf_buf_fini(&text);
    return ok;
}

static bool read_open_file(struct reading *r, int fd, const struct ending *ending,
                           struct bf_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return wrong(r, err, "a file that is not empty is expected.");
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return wrong(r, err, strerror(errno));
    r->text = (struct bf_str){p, (size_t)st.st_size};
    bool ok =
        bf_new_rows_is_timetable(r->rows) ? read_timetable(r, err) : read_text(r, ending, err);
    munmap(p, (size_t)st.st_size);
    return ok;
}

static bool take_row(void *self, struct bf_str row, struct bf_err *err)
{
    return take_object(self, row, err);
}

static bool read_parquet(struct reading *r, struct bf_err *err)
{
    const struct bf_new_parquet parquet = {.path = r->rows->path, .take = take_row, .self = r};
    return bf_new_parquet_read(r->rows->arena, &parquet, err);
}

static bool read_file(struct reading *r, struct bf_err *err)
{
    const struct ending *ending = ending_of(r->rows->path);
    if (ending && ending->format == UNREAD)
        return wrong(r, err, ending->advice);
    if (ending && ending->format == PARQUET)
        return read_parquet(r, err);
    if (ending && ending->format == SHAPES && !bf_new_rows_is_timetable(r->rows))
        return read_features(r, BF_FEATURES_SHAPEFILE, err);
    int fd = open(r->rows->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return wrong(r, err, strerror(errno));
    bool ok = read_open_file(r, fd, ending, err);
    close(fd);
    return ok;
}

/* ---- a table of the database --------------------------------------------------------------- */

bool bf_new_rows_is_timetable(const struct bf_new_rows *r)
{
    return bf_str_is_file(bf_str_of(r->path), ".zip") &&
           bf_str_ends(r->features.table, BF_STR(".txt"));
}

bool bf_new_rows_is_table(const char *path)
{
    struct stat st;
    return stat(path, &st) != 0 && !strchr(path, '/') && !ending_of(path);
}

static bool read_from_database(struct reading *r, struct bf_err *err)
{
    struct bf_conf conf;
    if (!bf_conf_load(&conf, NULL, err))
        return false;
    struct bf_conn *conn = bf_conn_new(&conf, BF_ROLE_OWNER);
    if (!conn)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "There is not enough memory.");
    const struct bf_foreign table = {
        .name = bf_str_of(r->rows->path), .most = BF_GUESS_ROWS + 1, .take = take_row, .self = r};
    bool ok = bf_foreign_rows(conn, r->rows->arena, &table, err);
    bf_conn_free(conn);
    return ok;
}

bool bf_new_rows_read(struct bf_new_rows *rows, struct bf_err *err)
{
    struct reading r = {.rows = rows, .row = bf_arena_new(ROW_MEMORY)};
    bf_buf_init(&rows->sample, SAMPLE_MOST);
    rows->sample_name = "sample.json";
    rows->guess = bf_guess_new(rows->arena);
    bool ok =
        (r.row && rows->guess) || BF_FAIL_WITH(err, BF_E_MEMORY, "There is not enough memory.");
    if (ok)
        ok = bf_new_rows_is_table(rows->path) ? read_from_database(&r, err) : read_file(&r, err);
    if (!r.headers)
        bf_buf_text(&rows->sample, "\n]\n"); /* records, as JSON */
    ok = ok && bf_guess_settle(rows->guess, err);
    bf_arena_free(r.row);
    return ok;
}

#include "catalog/upstream.h"

#include "catalog/gbfs_feeds.h"
#include "catalog/json.h"
#include "projection/projection.h"
#include "shapefile/encoding.h"

#include <inttypes.h>

#define SECOND INT64_C(1000000)
#define EVERY_LEAST (5 * SECOND)
#define TIME_PRESET (60 * SECOND)
#define TIME_MOST (600 * SECOND)
#define BYTES_PRESET (INT64_C(64) << 20)
#define BYTES_MOST (INT64_C(1) << 30)

enum { URL = 2000, POINTER = 200, NAME = 63, OPTIONAL = 200, TABLE = 255 };

static const char *const formats[] = {
    [BF_UPSTREAM_CSV] = "csv",      [BF_UPSTREAM_JSON] = "json",
    [BF_UPSTREAM_LINES] = "ndjson", [BF_UPSTREAM_GEOJSON] = "geojson",
    [BF_UPSTREAM_GTFS] = "gtfs",    [BF_UPSTREAM_SHAPEFILE] = "shapefile",
    [BF_UPSTREAM_GBFS] = "gbfs",
};
#define READ "csv, json, ndjson, geojson, gtfs, shapefile or gbfs"

static void read_format(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    struct bf_str name = bf_reader_text(r, source, "format", NAME, BF_REQUIRED);
    for (size_t i = 0; i < BF_UPSTREAM_FORMATS; i++)
        if (bf_str_eq(name, bf_str_of(formats[i]))) {
            s->format = (enum bf_upstream_format)i;
            return;
        }
    if (name.n)
        bf_reader_wrong_at(r, "format", READ, "\"%.64s\" is no format of sources", name.p);
}

/* The rest of what an address must be is checked when it is fetched. */
static void read_url(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    struct bf_str rest;
    s->url = bf_reader_text(r, source, "url", URL, BF_REQUIRED);
    if (!s->url.n)
        return;
    bool link =
        bf_str_starts(s->url, BF_STR("https://")) || bf_str_starts(s->url, BF_STR("http://"));
    for (size_t i = 0; i < s->url.n; i++)
        link = link && (unsigned char)s->url.p[i] > 0x20 && (unsigned char)s->url.p[i] < 0x7F;
    if (!link) {
        bf_reader_wrong_at(r, "url",
                           "write a link that starts with https://, other characters as %XX",
                           "this is not a link"); /* not quoted: it may hold a secret */
        return;
    }
    struct bf_str host = bf_str_cut(s->url, ':', &rest);
    rest.p += 2;
    rest.n -= 2;
    host = bf_str_cut(rest, '/', &rest);
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == '@')
            bf_reader_wrong_at(r, "url", "name a credential instead",
                               "the link holds a name or a password");
}

static void read_every(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    if (!bf_reader_member(r, source, "every", JSON_STRING, BF_REQUIRED))
        return;
    s->every_us = bf_reader_duration(r, source, "every");
    if (s->every_us && s->every_us < EVERY_LEAST)
        bf_reader_wrong_at(r, "every", "PT5S is the shortest", "nobody is asked so often");
}

static void read_limits(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    json_t *bytes = bf_reader_member(r, source, "max_bytes", JSON_INTEGER, BF_OPTIONAL);
    s->bytes_most = bytes ? json_integer_value(bytes) : BYTES_PRESET;
    if (s->bytes_most < 1 || s->bytes_most > BYTES_MOST)
        bf_reader_wrong_at(r, "max_bytes", "from 1 to 1073741824",
                           "%" PRId64 " is no limit that can be kept", s->bytes_most);
    s->time_us = bf_reader_duration(r, source, "timeout");
    if (s->time_us == 0)
        s->time_us = TIME_PRESET;
    if (s->time_us > TIME_MOST)
        bf_reader_wrong_at(r, "timeout", "PT10M is the longest", "nobody is waited for so long");
}

static void read_mode(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    struct bf_str mode = bf_reader_text(r, source, "mode", NAME, BF_OPTIONAL);
    s->upsert = bf_str_eq(mode, BF_STR("upsert"));
    if (mode.n && !s->upsert && !bf_str_eq(mode, BF_STR("snapshot")))
        bf_reader_wrong_at(r, "mode", "snapshot (the source gives the whole set) or upsert",
                           "\"%.64s\" is no mode", mode.p);
}

#define OF(format) (1u << BF_UPSTREAM_##format)

/* A member that only some formats have. */
static bool fits(struct bf_reader *r, json_t *source, const struct bf_upstream *s, const char *name,
                 unsigned of)
{
    if (!json_object_get(source, name) || of >> s->format & 1)
        return json_object_get(source, name) != NULL;
    bf_reader_wrong_at(r, name, "leave it out", "%s sources have no %s", formats[s->format], name);
    return false;
}

static void read_pointer(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    s->records = bf_reader_text(r, source, "records", POINTER, BF_OPTIONAL);
    bool ok = s->records.n == 0 || s->records.p[0] == '/';
    for (size_t i = 0; ok && i < s->records.n; i++)
        ok = s->records.p[i] != '~' ||
             (i + 1 < s->records.n && (s->records.p[i + 1] == '0' || s->records.p[i + 1] == '1'));
    if (!ok)
        bf_reader_wrong_at(r, "records", "write a JSON pointer such as /data/stations",
                           "\"%.64s\" is no JSON pointer", s->records.p);
}

static void read_delimiter(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    json_t *text = bf_reader_member(r, source, "delimiter", JSON_STRING, BF_OPTIONAL);
    struct bf_str d = text ? bf_json_text(text) : BF_STR("");
    if (d.n == 1 && d.p[0] != '"' && ((unsigned char)d.p[0] > 0x20 || d.p[0] == '\t'))
        s->delimiter = d.p[0];
    else if (text)
        bf_reader_wrong_at(r, "delimiter", "one character such as ; or \\t", "this is none");
}

/* A name in an archive, with folders before it where it lies in some. */
static void read_table(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    s->delimiter = ',';
    s->table = bf_reader_text(r, source, "table", TABLE, BF_REQUIRED);
    if (s->table.n && (!bf_str_ends(s->table, BF_STR(".txt")) || s->table.p[0] == '/'))
        bf_reader_wrong_at(r, "table", "name a file such as stops.txt",
                           "\"%.64s\" is no table of a timetable", s->table.p);
    s->lines = bf_reader_bool(r, source, "lines");
    if (s->lines && !bf_str_ends(s->table, BF_STR("shapes.txt"))) {
        bf_reader_wrong_at(r, "lines", "leave it out", "only shapes.txt is made into lines");
        s->lines = false;
    }
}

/* The same of a shapefile, needed only where there are several. */
static void read_layer(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    s->table = bf_reader_text(r, source, "table", TABLE, BF_OPTIONAL);
    bool shp = bf_str_ends(s->table, BF_STR(".shp")) || bf_str_ends(s->table, BF_STR(".SHP"));
    if (s->table.n && (!shp || s->table.p[0] == '/'))
        bf_reader_wrong_at(r, "table", "name a file such as roads.shp", "\"%.64s\" is no shapefile",
                           s->table.p);
}

static void read_crs(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    s->crs = bf_reader_text(r, source, "crs", NAME, BF_OPTIONAL);
    if (s->crs.n && !bf_projection_is_name(s->crs))
        bf_reader_wrong_at(r, "crs", "its number at EPSG, such as EPSG:2154",
                           "\"%.64s\" is no name of a reference system", s->crs.p);
}

static void read_encoding(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    s->encoding = bf_reader_text(r, source, "encoding", NAME, BF_OPTIONAL);
    if (s->encoding.n && !bf_encoding_named(s->encoding))
        bf_reader_wrong_at(r, "encoding", "UTF-8, Windows-1252, ISO-8859-1, CP850, …",
                           "\"%.64s\" is no encoding that is known", s->encoding.p);
}

static void read_feeds(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    s->feed = bf_reader_text(r, source, "feed", NAME, BF_REQUIRED);
    s->join = bf_reader_text(r, source, "join", NAME, BF_OPTIONAL);
    if (s->feed.n && !bf_gbfs_feed(s->feed))
        bf_reader_wrong_at(r, "feed", "name one such as station_information",
                           "\"%.64s\" is no feed of GBFS", s->feed.p);
    const struct bf_str information = BF_STR("station_information");
    const struct bf_str status = BF_STR("station_status");
    if (s->join.n && !(bf_str_eq(s->feed, information) && bf_str_eq(s->join, status)) &&
        !(bf_str_eq(s->feed, status) && bf_str_eq(s->join, information)))
        bf_reader_wrong_at(r, "join", "station_status to station_information, or the reverse",
                           "these two feeds are not joined");
}

static void read_of_format(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    if (fits(r, source, s, "records", OF(JSON)))
        read_pointer(r, source, s);
    if (fits(r, source, s, "delimiter", OF(CSV)))
        read_delimiter(r, source, s);
    if (fits(r, source, s, "feature_id", OF(GEOJSON) | OF(SHAPEFILE)))
        s->feature_id = bf_reader_text(r, source, "feature_id", NAME, BF_OPTIONAL);
    if (fits(r, source, s, "crs", OF(GEOJSON) | OF(SHAPEFILE)))
        read_crs(r, source, s);
    if (fits(r, source, s, "encoding", OF(SHAPEFILE)))
        read_encoding(r, source, s);
    fits(r, source, s, "lines", OF(GTFS));
    bool table = fits(r, source, s, "table", OF(GTFS) | OF(SHAPEFILE));
    if (s->format == BF_UPSTREAM_GTFS)
        read_table(r, source, s);
    else if (table)
        read_layer(r, source, s);
    fits(r, source, s, "feed", OF(GBFS));
    fits(r, source, s, "join", OF(GBFS));
    if (s->format == BF_UPSTREAM_GBFS)
        read_feeds(r, source, s);
}

static bool has_shape(const struct bf_manifest *m)
{
    const struct bf_manifest_field *f = m->geometry >= 0 ? &m->fields[m->geometry] : NULL;
    return f && f->column.type == BF_GEO_SHAPE && bf_manifest_stored(f);
}

void bf_upstream_check(struct bf_reader *r, const struct bf_manifest *m)
{
    const struct bf_upstream *s = m->upstream;
    if (!s)
        return;
    if (m->given)
        bf_reader_wrong_at(r, "source", "leave one of the two out",
                           "rows that the handler gives are not fetched");
    size_t back = bf_reader_into(r, "source");
    if (s->feature_id.n && !bf_manifest_field(m, s->feature_id))
        bf_reader_wrong_at(r, "feature_id", "name a field", "there is no field \"%.64s\"",
                           s->feature_id.p);
    if (s->lines && !has_shape(m))
        bf_reader_wrong_at(r, "lines", "let \"geometry\" name a stored field of the type geo_shape",
                           "the lines have no field to go to");
    bf_reader_back(r, back);
}

static bool is_credential(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '-' || s.p[i] == '_'))
            return false;
    return true;
}

static void read_credential(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    s->credential = bf_reader_text(r, source, "credential", NAME, BF_OPTIONAL);
    if (!is_credential(s->credential))
        bf_reader_wrong_at(r, "credential", "lower case letters, digits, _ and -",
                           "this is no name of a credential"); /* it may be the secret itself */
}

static void read_members(struct bf_reader *r, json_t *source, struct bf_upstream *s)
{
    static const char *const known[] = {
        "url",      "format",     "records",   "delimiter",  "every",   "mode",
        "optional", "credential", "max_bytes", "feature_id", "timeout", "table",
        "lines",    "crs",        "encoding",  "feed",       "join"};
    static const struct bf_list_rule optional_rule = {.most = OPTIONAL, .most_bytes = POINTER};
    bf_reader_known(r, source, known, sizeof known / sizeof known[0]);
    read_url(r, source, s);
    read_format(r, source, s);
    read_of_format(r, source, s);
    read_every(r, source, s);
    read_limits(r, source, s);
    read_mode(r, source, s);
    read_credential(r, source, s);
    struct bf_list optional = bf_reader_list(r, source, "optional", &optional_rule);
    s->optional = optional.items;
    s->noptional = optional.n;
}

void bf_upstream_read(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    json_t *source = bf_reader_member(r, root, "source", JSON_OBJECT, BF_OPTIONAL);
    struct bf_upstream *s = source ? bf_arena_zalloc(r->arena, 1, sizeof *s) : NULL;
    if (!s)
        return;
    size_t back = bf_reader_into(r, "source");
    read_members(r, source, s);
    bf_reader_back(r, back);
    if (bf_json_digest(source, s->digest))
        m->upstream = s;
}

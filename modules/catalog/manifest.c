#include "catalog/manifest.h"

#include "catalog/areas.h"
#include "catalog/fields.h"
#include "catalog/files.h"
#include "catalog/generations.h"
#include "catalog/json.h"
#include "catalog/metas.h"
#include "catalog/names.h"
#include "catalog/rights.h"
#include "catalog/searched.h"
#include "catalog/upstream.h"

enum { TITLE = 300, DESCRIPTION = 20000, NAME = 200, URL = 1000, THEMES = 20, KEYWORDS = 100 };
enum { HISTORY_SQL = 128 * 1024 };

/* A feed is called frozen when nothing changed for this many times its promise, and never sooner
 * than the least: 302 stations may well rest for a few minutes at night. */
enum { FROZEN_TIMES = 60 };
static const int64_t frozen_least_us = INT64_C(600) * 1000000;

static void read_id(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    m->id = bf_reader_text(r, root, "id", 1000, BF_REQUIRED);
    if (m->id.n && !bf_names_is_id(m->id))
        bf_reader_wrong_at(r, "id", "a lower case letter, then at most 62 letters, digits, _ and -",
                           "\"%.64s\" is not the id of a dataset", m->id.p);
}

static bool is_link(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] == '"' || s.p[i] == '<' || s.p[i] == '>')
            return false;
    return bf_str_starts(s, BF_STR("https://")) || bf_str_starts(s, BF_STR("http://"));
}

static void read_licence(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    static const char *const known[] = {"name", "url"};
    json_t *licence = bf_reader_member(r, root, "licence", JSON_OBJECT, BF_REQUIRED);
    if (!licence)
        return;
    size_t back = bf_reader_into(r, "licence");
    bf_reader_known(r, licence, known, 2);
    m->licence = bf_reader_text(r, licence, "name", NAME, BF_REQUIRED);
    m->licence_url = bf_reader_text(r, licence, "url", URL, BF_OPTIONAL);
    if (m->licence_url.n && !is_link(m->licence_url))
        bf_reader_wrong_at(r, "url", "write a link that starts with https://",
                           "\"%.64s\" is not a link", m->licence_url.p);
    bf_reader_back(r, back);
}

static bool is_language(struct bf_str s)
{
    if (s.n < 2 || s.n > 3)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 'a' || s.p[i] > 'z')
            return false;
    return true;
}

static void read_words(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    static const struct bf_list_rule theme_rule = {.most = THEMES, .most_bytes = NAME};
    static const struct bf_list_rule keyword_rule = {.most = KEYWORDS, .most_bytes = NAME};
    struct bf_list themes = bf_reader_list(r, root, "themes", &theme_rule);
    struct bf_list keywords = bf_reader_list(r, root, "keywords", &keyword_rule);
    m->themes = themes.items;
    m->nthemes = themes.n;
    m->keywords = keywords.items;
    m->nkeywords = keywords.n;
    m->language = bf_reader_text(r, root, "language", NAME, BF_OPTIONAL);
    if (!m->language.n)
        m->language = BF_STR("fr");
    else if (!is_language(m->language))
        bf_reader_wrong_at(r, "language", "write an ISO 639 code such as fr or en",
                           "\"%.64s\" is not a language", m->language.p);
}

static void read_times(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    static const char *const known[] = {"keep"};
    m->expected_every_us = bf_reader_duration(r, root, "expected_every");
    if (!m->expected_every_us && m->upstream) /* who fetches so often promises as much */
        m->expected_every_us = m->upstream->every_us;
    m->frozen_after_us = bf_reader_duration(r, root, "frozen_after");
    bool given = m->frozen_after_us > 0;
    if (given && m->frozen_after_us < m->expected_every_us)
        bf_reader_wrong_at(r, "frozen_after", "write a longer duration, or leave it out",
                           "a feed cannot be frozen before the next push is expected");
    if (!given && m->expected_every_us) {
        m->frozen_after_us = m->expected_every_us * FROZEN_TIMES;
        if (m->frozen_after_us < frozen_least_us)
            m->frozen_after_us = frozen_least_us;
    }
    json_t *history = bf_reader_member(r, root, "history", JSON_OBJECT, BF_OPTIONAL);
    if (!history)
        return;
    size_t back = bf_reader_into(r, "history");
    bf_reader_known(r, history, known, 1);
    m->keep_history_us = bf_reader_duration(r, history, "keep");
    bf_reader_back(r, back);
}

static void print_side(struct bf_buf *b, const struct bf_manifest *m, const char *span)
{
    bf_buf_printf(b, "SELECT _id, _seq, %s", span);
    for (size_t i = 0; i < m->nfields; i++)
        if (bf_manifest_stored(&m->fields[i]))
            bf_buf_printf(b, ", \"%.*s\"", BF_STR_ARG(m->fields[i].column.name));
}

/* Every version of every row. The sides have no condition of their own: only then PostgreSQL takes
 * both for one table, and merges what their indexes give in order. */
static struct bf_str history_of(struct bf_arena *a, const struct bf_manifest *m)
{
    struct bf_buf b;
    bf_buf_init(&b, HISTORY_SQL);
    bf_buf_char(&b, '(');
    print_side(&b, m, "_commit, 9223372036854775807 AS _to");
    bf_buf_printf(&b, " FROM data.\"%.*s\" UNION ALL ", BF_STR_ARG(m->id));
    print_side(&b, m, "_from, _to");
    bf_buf_printf(&b, " FROM past.\"%.*s\")", BF_STR_ARG(m->id));
    struct bf_str sql =
        bf_buf_failed(&b) ? (struct bf_str){NULL, 0} : bf_arena_dup(a, bf_buf_view(&b));
    bf_buf_fini(&b);
    return sql;
}

static void finish_schema(struct bf_reader *r, struct bf_manifest *m)
{
    m->number = r->whole ? r->whole->number : 0;
    m->schema.id = m->id;
    m->schema.number = &m->number;
    m->schema.french = bf_str_eq(m->language, BF_STR("fr"));
    m->schema.relation = bf_arena_printf(r->arena, "data.\"%.*s\"", BF_STR_ARG(m->id));
    /* What is seen may be computed from what is not. */
    if (!m->given)
        m->schema.history = r->whole ? r->whole->schema.history : history_of(r->arena, m);
    m->schema.during = BF_STR("t._commit <= @ AND t._to > @");
    m->schema.order = BF_STR("t._seq");
    m->schema.record_id = BF_STR("t._id");
    m->schema.facet_order = BF_FACET_COUNT_DOWN;
    m->schema.words = bf_searched_words(r->arena, m, "t.");
}

static void read_members(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    static const char *const known[] = {"$schema",
                                        "id",
                                        "title",
                                        "description",
                                        "publisher",
                                        "licence",
                                        "themes",
                                        "keywords",
                                        "language",
                                        "synthetic",
                                        "expected_every",
                                        "frozen_after",
                                        "key",
                                        "fields",
                                        "geometry",
                                        "aliases",
                                        "push",
                                        "handler",
                                        "rows",
                                        "cost",
                                        "options",
                                        "history",
                                        "generations",
                                        "metas",
                                        "attachments",
                                        "requires",
                                        "records_require",
                                        "alternative_exports",
                                        "source",
                                        "areas"};
    bf_reader_known(r, root, known, sizeof known / sizeof known[0]);
    read_id(r, root, m);
    m->title = bf_reader_text2(r, root, "title", TITLE, BF_REQUIRED);
    m->description = bf_reader_text2(r, root, "description", DESCRIPTION, BF_OPTIONAL);
    m->publisher = bf_reader_text(r, root, "publisher", NAME, BF_REQUIRED);
    read_licence(r, root, m);
    read_words(r, root, m);
    m->synthetic = bf_reader_bool(r, root, "synthetic");
    bf_upstream_read(r, root, m);
    read_times(r, root, m);
    m->requires = bf_rights_read(r, root, "requires");
    m->records_require = bf_rights_read(r, root, "records_require");
    bf_names_rows(r, root, m);
    bf_fields_read(r, root, m);
    bf_names_aliases(r, root, m);
    bf_names_push(r, root, m);
    bf_names_handler(r, root, m);
    bf_metas_read(r, root, m);
    bf_files_read(r, root, m);
    bf_area_sources_read(r, root, m);
    finish_schema(r, m);
    bf_generations_read(r, root, m);
    bf_rights_check(r, root, m);
    bf_upstream_check(r, m);
}

static struct bf_manifest *read_root(struct bf_reader *r, json_t *root)
{
    struct bf_manifest *m = bf_arena_zalloc(r->arena, 1, sizeof *m);
    if (!m)
        return NULL;
    bf_map_init(&m->schema.names, r->arena);
    bf_map_init(&m->pushed, r->arena);
    read_members(r, root, m);
    return bf_json_digest(root, m->digest) ? m : NULL;
}

struct bf_manifest *bf_manifest_read(struct bf_arena *a, struct bf_str json, const char *path,
                                     struct bf_report *report)
{
    size_t before = report->n + report->dropped;
    json_t *root = bf_json_read(json, path, report);
    struct bf_reader r;
    bf_reader_init(&r, a, report, path);
    struct bf_manifest *m = root ? read_root(&r, root) : NULL;
    if (m && m->partial)
        m->json = bf_arena_dup(a, json);
    if ((root && !m) || bf_arena_failed(a))
        bf_report_add(report, path, "", "", "there is no memory left to read it");
    json_decref(root);
    return m && report->n + report->dropped == before ? m : NULL;
}

struct bf_manifest *bf_manifest_visible(struct bf_arena *a, const struct bf_manifest *whole,
                                        const struct bf_rights *rights)
{
    struct bf_report report;
    struct bf_reader r;
    bf_report_init(&report, a);
    bf_reader_init(&r, a, &report, "seen");
    r.whole = whole;
    json_t *root = bf_json_read(whole->json, "seen", &report);
    struct bf_manifest *m = root && bf_rights_prune(root, rights) ? read_root(&r, root) : NULL;
    json_decref(root);
    return m && bf_report_empty(&report) && !bf_arena_failed(a) ? m : NULL;
}

static const struct bf_manifest_field *field_of(const struct bf_manifest *m,
                                                const struct bf_column *column)
{
    size_t index = column ? (size_t)(column - m->schema.columns) : m->nfields;
    return index < m->nfields ? &m->fields[index] : NULL;
}

const struct bf_manifest_field *bf_manifest_field(const struct bf_manifest *m, struct bf_str name)
{
    return field_of(m, bf_map_get(&m->schema.names, name));
}

const struct bf_manifest_field *bf_manifest_pushed(const struct bf_manifest *m, struct bf_str name)
{
    const struct bf_manifest_field *field = bf_manifest_field(m, name);
    return field ? field : field_of(m, bf_map_get(&m->pushed, name));
}

bool bf_manifest_stored(const struct bf_manifest_field *f)
{
    return !f->computed.n && !f->added_by_handler;
}

struct bf_str bf_manifest_given_geometry(const struct bf_manifest *m)
{
    if (m->geometry >= 0 && bf_manifest_stored(&m->fields[m->geometry]))
        return m->fields[m->geometry].column.name;
    return (struct bf_str){NULL, 0};
}

size_t bf_manifest_files(const struct bf_manifest *m)
{
    size_t n = 0;
    for (int kind = 0; kind < BF_FILE_KINDS; kind++)
        n += m->files[kind].n;
    return n;
}

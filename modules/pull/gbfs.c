#include "pull/gbfs.h"

#include "api/push/members.h"
#include "catalog/gbfs_feeds.h"
#include "core/map.h"
#include "pull/gbfs_record.h"
#include "value/instant.h"
#include "value/number.h"

#include <inttypes.h>

enum { MEMORY = 512 << 20, SCRATCH = 64 << 20, LINE_MOST = 64 << 20, URL = 2000, TOLD = 2000 };

/* A feed that was fetched. */
struct feed {
    const struct bf_gbfs_feed *kind;
    struct bf_str list; /* of its records */
    int64_t ttl_s, renewed_us;
};

/* A station of the other feed. */
struct partner {
    struct bf_str object;
    bool met;
};

struct reading {
    struct bf_gbfs *gbfs;
    struct bf_arena *arena, *scratch; /* scratch: of one record */
    struct bf_buf line;
    struct bf_map by_id; /* to partners */
    struct partner *partners;
    size_t npartners;
};

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read the feeds");
}

static bool not_json(const struct bf_members *m, const char *what, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "%s is not JSON: %s, at byte %zu.", what, m->why, m->at);
}

/* ---- members of an object ------------------------------------------------------------------ */

/* To the end in any case: a body that was cut off is none. `out` is left alone without it. */
static bool find_member(struct bf_arena *a, struct bf_str object, const char *name,
                        struct bf_member *out, const char *what, struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    bf_members_open(&m, a, object);
    while (bf_members_next(&m, &one))
        if (bf_str_eq(one.name, bf_str_of(name)))
            *out = one;
    return !m.why || not_json(&m, what, err);
}

/* Empty when there is none of that kind. */
static bool find_text(struct bf_arena *a, struct bf_str object, const char *name,
                      enum bf_member_kind kind, struct bf_str *out, const char *what,
                      struct bf_err *err)
{
    struct bf_member one = {.kind = BF_MEMBER_NULL};
    *out = (struct bf_str){NULL, 0};
    if (!find_member(a, object, name, &one, what, err))
        return false;
    if (one.kind == kind)
        *out = one.text;
    return true;
}

/* ---- the discovery file -------------------------------------------------------------------- */

#define DISCOVERY "The discovery file"

/* Before 3.0 the feeds stand under languages. */
static bool choose_language(struct reading *r, struct bf_str data, struct bf_str *feeds,
                            struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    struct bf_str list;
    int best = -1;
    *feeds = (struct bf_str){NULL, 0};
    bf_members_open(&m, r->arena, data);
    while (bf_members_next(&m, &one)) {
        int fit = bf_gbfs_language_fits(r->gbfs->language, one.name);
        if (one.kind != BF_MEMBER_OBJECT || fit <= best)
            continue;
        if (!find_text(r->arena, one.text, "feeds", BF_MEMBER_ARRAY, &list, DISCOVERY, err))
            return false;
        if (list.p) {
            *feeds = list;
            best = fit;
        }
    }
    return !m.why || not_json(&m, DISCOVERY, err);
}

static bool find_feeds(struct reading *r, struct bf_str text, struct bf_str *feeds,
                       struct bf_err *err)
{
    struct bf_str data;
    if (!find_text(r->arena, text, "data", BF_MEMBER_OBJECT, &data, DISCOVERY, err))
        return false;
    if (data.p && (!find_text(r->arena, data, "feeds", BF_MEMBER_ARRAY, feeds, DISCOVERY, err) ||
                   (!feeds->p && !choose_language(r, data, feeds, err))))
        return false;
    return (data.p && feeds->p) ||
           BF_FAIL_WITH(err, BF_E_BODY,
                        "The body is no discovery file of GBFS: it has neither data.feeds nor a "
                        "language with feeds.");
}

static bool missing(struct reading *r, struct bf_str name, const struct bf_buf *offered,
                    struct bf_err *err)
{
    r->gbfs->missing = true;
    return BF_FAIL_WITH(err, BF_E_BODY, "The system offers no feed %.*s; it offers %.*s.",
                        BF_STR_ARG(name), offered->n ? (int)offered->n : 7,
                        offered->n ? offered->p : "nothing");
}

static bool find_url(struct reading *r, struct bf_str feeds, struct bf_str wanted,
                     struct bf_str *url, struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    struct bf_str name, address;
    struct bf_buf offered;
    bool ok = true;
    *url = (struct bf_str){NULL, 0};
    bf_buf_init(&offered, TOLD);
    bf_members_open(&m, r->arena, feeds);
    while (ok && bf_members_next_element(&m, &one)) {
        if (one.kind != BF_MEMBER_OBJECT)
            continue;
        ok = find_text(r->arena, one.text, "name", BF_MEMBER_TEXT, &name, DISCOVERY, err) &&
             find_text(r->arena, one.text, "url", BF_MEMBER_TEXT, &address, DISCOVERY, err);
        if (ok && !url->p && bf_str_eq(name, wanted))
            *url = bf_arena_dup(r->arena, address);
        if (ok && bf_gbfs_feed(name)) {
            bf_buf_text(&offered, offered.n ? ", " : "");
            bf_buf_str(&offered, name);
        }
    }
    ok = ok && (!m.why || not_json(&m, DISCOVERY, err)) &&
         (url->p || missing(r, wanted, &offered, err));
    bf_buf_fini(&offered);
    return ok;
}

/* The rest of what an address must be is checked when it is fetched. */
static bool check_url(const struct reading *r, struct bf_str name, struct bf_str url,
                      struct bf_err *err)
{
    bool tls = bf_str_starts(url, BF_STR("https://"));
    bool link = (tls || bf_str_starts(url, BF_STR("http://"))) && url.n <= URL;
    for (size_t i = 0; i < url.n; i++)
        link = link && (unsigned char)url.p[i] > 0x20 && (unsigned char)url.p[i] < 0x7F;
    if (!link)
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "The address of %.*s in the discovery file is no link.",
                            BF_STR_ARG(name));
    return tls || !bf_str_starts(r->gbfs->url, BF_STR("https://")) ||
           BF_FAIL_WITH(err, BF_E_PARAMETER, "The address of %.*s leads from HTTPS to HTTP.",
                        BF_STR_ARG(name));
}

/* ---- a feed -------------------------------------------------------------------------------- */

static bool wrong(const struct feed *f, const char *what, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "%s: %s.", f->kind->name, what);
}

/* POSIX seconds before 3.0, RFC 3339 since. */
static bool read_renewed(struct feed *f, const struct bf_member *m, struct bf_err *err)
{
    struct bf_instant at;
    int64_t s;
    if (m->kind == BF_MEMBER_NULL)
        return true;
    if (m->kind == BF_MEMBER_NUMBER && bf_number_int(m->text, &s) && s >= 0 &&
        s <= BF_INSTANT_MAX / 1000000)
        f->renewed_us = s * 1000000;
    else if (m->kind == BF_MEMBER_TEXT && bf_instant_read(m->text, &at) &&
             at.mark != BF_OFFSET_NONE && at.precision >= BF_MINUTE)
        f->renewed_us = bf_instant_resolve(&at, bf_zone_utc());
    else
        return wrong(f, "last_updated is neither seconds since 1970 nor an instant of RFC 3339",
                     err);
    return true;
}

static bool read_ttl(struct feed *f, const struct bf_member *m, struct bf_err *err)
{
    if (m->kind == BF_MEMBER_NULL)
        return true;
    if (m->kind != BF_MEMBER_NUMBER || !bf_number_int(m->text, &f->ttl_s) || f->ttl_s < 0)
        return wrong(f, "ttl is no whole number of seconds", err);
    if (f->ttl_s > BF_GBFS_TTL_MOST)
        f->ttl_s = BF_GBFS_TTL_MOST;
    return true;
}

static bool find_list(struct reading *r, struct feed *f, struct bf_str data, struct bf_err *err)
{
    const char *name = f->kind->list;
    f->list = data;
    if (!name[0])
        return true;
    if (f->kind->features &&
        (!find_text(r->arena, data, name, BF_MEMBER_OBJECT, &data, f->kind->name, err) ||
         (data.p && !find_text(r->arena, data, name = "features", BF_MEMBER_ARRAY, &f->list,
                               f->kind->name, err))))
        return false;
    if (!f->kind->features &&
        !find_text(r->arena, data, name, BF_MEMBER_ARRAY, &f->list, f->kind->name, err))
        return false;
    return (data.p && f->list.p) ||
           BF_FAIL_WITH(err, BF_E_BODY, "%s: its data have no list \"%s\".", f->kind->name, name);
}

static bool read_feed(struct reading *r, struct feed *f, struct bf_str text, struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    struct bf_member ttl = {.kind = BF_MEMBER_NULL}, renewed = ttl, data = ttl;
    bf_members_open(&m, r->arena, bf_str_trim(bf_str_unmarked(text)));
    while (bf_members_next(&m, &one)) {
        struct bf_member *to = bf_str_eq(one.name, BF_STR("ttl"))            ? &ttl
                               : bf_str_eq(one.name, BF_STR("last_updated")) ? &renewed
                               : bf_str_eq(one.name, BF_STR("data"))         ? &data
                                                                             : NULL;
        if (to)
            *to = one;
    }
    if (m.why)
        return not_json(&m, f->kind->name, err);
    if (data.kind != BF_MEMBER_OBJECT)
        return wrong(f, "it has no object \"data\"", err);
    return read_ttl(f, &ttl, err) && read_renewed(f, &renewed, err) &&
           find_list(r, f, data.text, err);
}

/* With the name of the feed: what a fetch says names nothing. */
static bool get(struct reading *r, struct bf_str name, struct bf_str url, struct bf_str *text,
                struct bf_err *err)
{
    if (r->gbfs->get(r->gbfs->self, url, text, err))
        return true;
    bf_err_of(err, name);
    return false;
}

static bool fetch_feed(struct reading *r, struct bf_str feeds, struct bf_str name, struct feed *f,
                       struct bf_err *err)
{
    struct bf_str url, text;
    *f = (struct feed){.kind = bf_gbfs_feed(name)};
    return find_url(r, feeds, name, &url, err) && check_url(r, name, url, err) &&
           get(r, name, url, &text, err) && read_feed(r, f, text, err);
}

/* ---- stations of the other feed ------------------------------------------------------------ */

static bool no_object(const struct feed *f, uint64_t n, const char *what, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "%s: the element %" PRIu64 " of its list %s.",
                        f->kind->name, n, what);
}

/* Empty when it has none. Some publishers write a number. */
static bool id_of(struct bf_arena *a, struct bf_str object, struct bf_str *id, const struct feed *f,
                  struct bf_err *err)
{
    struct bf_member one = {.kind = BF_MEMBER_NULL};
    bool ok = find_member(a, object, "station_id", &one, f->kind->name, err);
    bool is_id = one.kind == BF_MEMBER_TEXT || one.kind == BF_MEMBER_NUMBER;
    *id = is_id ? one.text : (struct bf_str){NULL, 0};
    return ok;
}

static bool add_partner(struct reading *r, const struct feed *f, uint64_t n,
                        const struct bf_member *one, struct partner *p, struct bf_err *err)
{
    struct bf_str id;
    if (one->kind != BF_MEMBER_OBJECT)
        return no_object(f, n, "is no object", err);
    if (!id_of(r->arena, one->text, &id, f, err))
        return false;
    if (!id.n)
        return no_object(f, n, "has no station_id", err);
    if (bf_map_get(&r->by_id, id))
        return no_object(f, n, "has the station_id of one before it", err);
    *p = (struct partner){.object = one->text};
    return bf_map_put(&r->by_id, id, p) || no_memory(err);
}

static size_t count(struct bf_arena *a, struct bf_str list)
{
    struct bf_members m;
    struct bf_member one;
    size_t n = 0;
    bf_members_open(&m, a, list);
    while (bf_members_next_element(&m, &one))
        n++;
    return n;
}

static bool read_partners(struct reading *r, const struct feed *f, struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    bool ok = true;
    bf_map_init(&r->by_id, r->arena);
    r->partners = bf_arena_zalloc(r->arena, count(r->scratch, f->list) + 1, sizeof *r->partners);
    bf_arena_reset(r->scratch);
    if (!r->partners)
        return no_memory(err);
    bf_members_open(&m, r->arena, f->list);
    for (; ok && bf_members_next_element(&m, &one); r->npartners += ok)
        ok = add_partner(r, f, r->npartners + 1, &one, &r->partners[r->npartners], err);
    return ok && (!m.why || not_json(&m, f->kind->name, err));
}

/* ---- records ------------------------------------------------------------------------------- */

static bool put(struct reading *r, const struct feed *f, uint64_t n,
                const struct bf_gbfs_record *record, struct bf_err *err)
{
    bf_buf_clear(&r->line);
    const char *why = bf_gbfs_record_print(record, &r->line);
    if (why)
        return BF_FAIL_WITH(err, BF_E_BODY, "%s: the element %" PRIu64 " of its list: %s.",
                            f->kind->name, n, why);
    return r->gbfs->take(r->gbfs->self, r->line.p, r->line.n, err);
}

/* What belongs to it in the other feed. */
static bool find_partner(struct reading *r, const struct feed *f, uint64_t n,
                         struct bf_gbfs_record *record, struct bf_err *err)
{
    struct bf_str id;
    if (!id_of(r->scratch, record->object, &id, f, err))
        return false;
    if (!id.n)
        return no_object(f, n, "has no station_id", err);
    struct partner *p = bf_map_get(&r->by_id, id);
    if (p && p->met)
        return no_object(f, n, "has the station_id of one before it", err);
    if (p) {
        record->other = p->object;
        p->met = true;
    }
    r->gbfs->met += p != NULL;
    r->gbfs->alone += p == NULL;
    return true;
}

static bool cut_feature(struct reading *r, const struct feed *f, struct bf_gbfs_record *record,
                        struct bf_err *err)
{
    struct bf_str feature = record->object;
    record->geometry = r->gbfs->geometry;
    return find_text(r->scratch, feature, "geometry", BF_MEMBER_OBJECT, &record->place,
                     f->kind->name, err) &&
           find_text(r->scratch, feature, "properties", BF_MEMBER_OBJECT, &record->object,
                     f->kind->name, err);
}

static bool put_element(struct reading *r, const struct feed *f, uint64_t n,
                        const struct bf_member *one, struct bf_err *err)
{
    struct bf_gbfs_record record = {
        .arena = r->scratch, .language = r->gbfs->language, .object = one->text};
    if (one->kind != BF_MEMBER_OBJECT)
        return no_object(f, n, "is no object", err);
    bool ok = (!r->partners || find_partner(r, f, n, &record, err)) &&
              (!f->kind->features || cut_feature(r, f, &record, err)) && put(r, f, n, &record, err);
    bf_arena_reset(r->scratch);
    return ok;
}

static bool put_strangers(struct reading *r, const struct feed *f, struct bf_err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < r->npartners; i++) {
        const struct bf_gbfs_record record = {
            .arena = r->scratch, .language = r->gbfs->language, .object = r->partners[i].object};
        if (r->partners[i].met)
            continue;
        r->gbfs->strangers++;
        ok = put(r, f, i + 1, &record, err);
        bf_arena_reset(r->scratch);
    }
    return ok;
}

static bool put_list(struct reading *r, const struct feed *f, struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one = {.kind = BF_MEMBER_OBJECT, .text = f->list};
    uint64_t n = 0;
    if (!f->kind->list[0])
        return put_element(r, f, 1, &one, err);
    struct bf_arena *texts = bf_arena_new(SCRATCH); /* of elements that are no objects */
    bool ok = texts || no_memory(err);
    bf_members_open(&m, texts, f->list);
    while (ok && bf_members_next_element(&m, &one))
        ok = put_element(r, f, ++n, &one, err);
    bf_arena_free(texts);
    return ok && (!m.why || not_json(&m, f->kind->name, err));
}

/* ---- all ----------------------------------------------------------------------------------- */

static void sum_up(struct bf_gbfs *g, const struct feed *f)
{
    if (f->ttl_s < g->ttl_s)
        g->ttl_s = f->ttl_s;
    if (f->kind->live)
        g->renewed_us = f->renewed_us;
}

static bool read_all(struct reading *r, struct bf_str discovery, struct bf_err *err)
{
    struct bf_gbfs *g = r->gbfs;
    struct feed feed, other;
    struct bf_str feeds;
    bool joined = g->join.n > 0;
    g->ttl_s = BF_GBFS_TTL_MOST;
    if (!find_feeds(r, bf_str_trim(bf_str_unmarked(discovery)), &feeds, err) ||
        !fetch_feed(r, feeds, g->feed, &feed, err) ||
        (joined && !fetch_feed(r, feeds, g->join, &other, err)))
        return false;
    sum_up(g, &feed);
    if (joined)
        sum_up(g, &other);
    return (!joined || read_partners(r, &other, err)) && put_list(r, &feed, err) &&
           (!joined || put_strangers(r, &other, err));
}

bool bf_pull_gbfs(struct bf_gbfs *g, struct bf_str discovery, struct bf_err *err)
{
    struct reading r = {.gbfs = g, .arena = bf_arena_new(MEMORY), .scratch = bf_arena_new(SCRATCH)};
    g->missing = false;
    g->renewed_us = 0;
    g->met = g->alone = g->strangers = 0;
    bf_buf_init(&r.line, LINE_MOST);
    bool ok = (r.arena && r.scratch) ? read_all(&r, discovery, err) : no_memory(err);
    bf_buf_fini(&r.line);
    bf_arena_free(r.scratch);
    bf_arena_free(r.arena);
    return ok;
}

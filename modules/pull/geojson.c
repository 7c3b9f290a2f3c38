#include "pull/geojson.h"

#include "api/push/members.h"
#include "pull/crs.h"

enum { MEMORY = 64 << 20, LINE_MOST = 64 << 20 };

struct feature {
    bool is_feature;
    struct bf_str properties, geometry, id; /* as they are written; or empty */
};

struct conversion {
    const struct bf_pull_geojson *order;
    struct bf_arena *arena, *scratch;
    struct bf_projection *projection; /* NULL: they are degrees */
    bool looked;                      /* at the first geometry, whether it is */
    struct bf_buf line, changed;
    uint64_t n;
};

static bool not_json(const struct bf_members *m, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "The body is not JSON: %s.", m->why);
}

/* A text comes decoded, everything else as it is written. */
static struct bf_str written(struct bf_arena *a, const struct bf_member *one)
{
    struct bf_buf b;
    if (one->kind != BF_MEMBER_TEXT)
        return one->text;
    bf_buf_init(&b, LINE_MOST);
    bf_buf_json(&b, one->text);
    struct bf_str text =
        bf_buf_failed(&b) ? (struct bf_str){NULL, 0} : bf_arena_dup(a, bf_buf_view(&b));
    bf_buf_fini(&b);
    return text;
}

static void take_member(struct bf_arena *a, const struct bf_member *one, struct feature *f)
{
    if (bf_str_eq(one->name, BF_STR("type")))
        f->is_feature = one->kind == BF_MEMBER_TEXT && bf_str_eq(one->text, BF_STR("Feature"));
    else if (bf_str_eq(one->name, BF_STR("properties")) && one->kind == BF_MEMBER_OBJECT)
        f->properties = one->text;
    else if (bf_str_eq(one->name, BF_STR("geometry")))
        f->geometry = one->text;
    else if (bf_str_eq(one->name, BF_STR("id")))
        f->id = written(a, one);
}

static bool read_feature(struct conversion *c, struct bf_str text, struct feature *f,
                         struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    *f = (struct feature){.is_feature = false};
    bf_members_open(&m, c->scratch, text);
    while (bf_members_next(&m, &one))
        take_member(c->scratch, &one, f);
    if (m.why)
        return not_json(&m, err);
    return f->is_feature ||
           BF_FAIL_WITH(err, BF_E_BODY, "The element %llu of the list is no feature.",
                        (unsigned long long)c->n);
}

static void put_member(struct bf_buf *b, struct bf_str name, struct bf_str value)
{
    if (!name.n)
        return;
    bf_buf_text(b, b->n > 1 ? "," : "");
    bf_buf_json(b, name);
    bf_buf_char(b, ':');
    bf_buf_json_line(b, value.n ? value : BF_STR("null"));
}

/* In degrees. */
static bool change_geometry(struct conversion *c, struct feature *f, struct bf_err *err)
{
    const char *why = NULL;
    if (!f->geometry.n || bf_str_eq(f->geometry, BF_STR("null")))
        return true;
    if (!c->projection) {
        bool ok = c->looked || bf_pull_crs_is_degrees(f->geometry);
        c->looked = true;
        return ok || BF_FAIL_WITH(err, BF_E_BODY,
                                  "The coordinates of the feature %llu are no longitude and "
                                  "latitude: name their reference system in \"crs\", "
                                  "such as EPSG:2154.",
                                  (unsigned long long)c->n);
    }
    bf_buf_clear(&c->changed);
    if (!bf_pull_crs_change(c->scratch, c->projection, f->geometry, &c->changed, &why))
        return BF_FAIL_WITH(err, BF_E_BODY, "The geometry of the feature %llu: %s.",
                            (unsigned long long)c->n, why);
    f->geometry = bf_buf_view(&c->changed);
    return !bf_buf_failed(&c->changed) ||
           BF_FAIL_WITH(err, BF_E_TOO_LARGE, "A feature is too large.");
}

static bool put_feature(struct conversion *c, struct feature *f, struct bf_err *err)
{
    struct bf_buf *b = &c->line;
    if (c->order->geometry.n && !change_geometry(c, f, err))
        return false;
    bf_buf_clear(b);
    bf_buf_char(b, '{');
    if (f->properties.n)
        bf_buf_json_line(b, bf_str_trim((struct bf_str){f->properties.p + 1, f->properties.n - 2}));
    put_member(b, c->order->geometry, f->geometry);
    put_member(b, c->order->id, f->id);
    bf_buf_text(b, "}\n");
    if (bf_buf_failed(b))
        return BF_FAIL_WITH(err, BF_E_TOO_LARGE, "A feature is too large.");
    return c->order->take(c->order->self, b->p, b->n, err);
}

static bool convert_list(struct conversion *c, struct bf_str list, struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    struct feature f;
    struct bf_arena *texts = bf_arena_new(MEMORY); /* of elements that are no features */
    bool ok = texts || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read the features");
    bf_members_open(&m, texts, list);
    while (ok && bf_members_next_element(&m, &one)) {
        c->n++;
        ok = (one.kind == BF_MEMBER_OBJECT ||
              BF_FAIL_WITH(err, BF_E_BODY, "The list holds something that is no object.")) &&
             read_feature(c, one.text, &f, err) && put_feature(c, &f, err);
        bf_arena_reset(c->scratch);
    }
    bf_arena_free(texts);
    return ok && (!m.why || not_json(&m, err));
}

/* The list of a FeatureCollection; to the end, because a body that was cut off is none. */
static bool find_features(struct conversion *c, struct bf_str text, struct bf_str *list,
                          struct bf_str *crs, struct bf_err *err)
{
    struct bf_members m;
    struct bf_member one;
    bool collection = false;
    *list = *crs = (struct bf_str){NULL, 0};
    bf_members_open(&m, c->arena, text);
    while (bf_members_next(&m, &one)) {
        if (bf_str_eq(one.name, BF_STR("type")))
            collection =
                one.kind == BF_MEMBER_TEXT && bf_str_eq(one.text, BF_STR("FeatureCollection"));
        if (bf_str_eq(one.name, BF_STR("features")) && one.kind == BF_MEMBER_ARRAY)
            *list = one.text;
        if (bf_str_eq(one.name, BF_STR("crs")))
            *crs = one.text;
    }
    if (m.why)
        return not_json(&m, err);
    return (collection && list->p) ||
           BF_FAIL_WITH(err, BF_E_BODY, "The body is no FeatureCollection.");
}

static bool open_projection(struct conversion *c, struct bf_str crs, struct bf_err *err)
{
    struct bf_str name = c->order->crs;
    if (!c->order->geometry.n)
        return true;
    if (!name.n && !bf_pull_crs_read(c->arena, crs, &name, err))
        return false;
    if (!name.n)
        return true;
    c->projection = bf_projection_of(c->arena, name, err);
    return c->projection != NULL;
}

bool bf_pull_geojson(const struct bf_pull_geojson *g, struct bf_str text, struct bf_err *err)
{
    struct conversion c = {
        .order = g, .arena = bf_arena_new(MEMORY), .scratch = bf_arena_new(MEMORY)};
    struct bf_str list, crs;
    bool ok =
        (c.arena && c.scratch) || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read the features");
    bf_buf_init(&c.line, LINE_MOST);
    bf_buf_init(&c.changed, LINE_MOST);
    ok = ok && find_features(&c, bf_str_unmarked(text), &list, &crs, err) &&
         open_projection(&c, crs, err) && convert_list(&c, list, err);
    bf_buf_fini(&c.changed);
    bf_buf_fini(&c.line);
    bf_arena_free(c.scratch);
    bf_arena_free(c.arena);
    return ok;
}

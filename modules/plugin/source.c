#include "plugin/source.h"

#include "plugin/host.h"
#include "value/instant.h"

#include <limits.h>

bool bf_source_init(struct bf_source *s, const struct bf_hook_request *r,
                    const struct bf_schema *schema, int64_t limit)
{
    *s = (struct bf_source){
        .arena = r->arena, .query = r->query, .schema = schema, .limit = limit, .opening = true};
    s->wants = bf_arena_zalloc(r->arena, schema->n, sizeof *s->wants);
    return s->wants != NULL;
}

/* ---- what is asked ------------------------------------------------------------------------- */

/* NULL: nothing can be told of the field. */
static const struct bf_wants *wants_of(const struct bf_source *s, int field)
{
    if (!bf_host_in_source(s) || field < 0 || (size_t)field >= s->schema->n)
        return NULL;
    struct bf_wants **place = &s->wants[field];
    if (!*place)
        *place = bf_arena_zalloc(s->arena, 1, sizeof **place);
    else
        return *place;
    if (*place && !bf_query_wants(s->query, &s->schema->columns[field], *place))
        **place = (struct bf_wants){.listed = false};
    return *place;
}

static const struct bf_value *value_of(const struct bf_source *s, int field, int i)
{
    const struct bf_wants *w = wants_of(s, field);
    return w && w->listed && i >= 0 && (size_t)i < w->n ? &w->values[i] : NULL;
}

int bf_source_values(const struct bf_source *s, int field)
{
    const struct bf_wants *w = wants_of(s, field);
    return w && w->listed && w->n <= INT_MAX ? (int)w->n : -1;
}

bool bf_source_int(const struct bf_source *s, int field, int i, int64_t *out)
{
    const struct bf_value *v = value_of(s, field, i);
    if (!v ||
        (v->type != BF_INT && v->type != BF_DATE && v->type != BF_DATETIME && v->type != BF_BOOL))
        return false;
    if (v->type == BF_INT)
        *out = v->integer;
    else if (v->type == BF_DATE)
        *out = v->date;
    else
        *out = v->type == BF_BOOL ? v->boolean : v->instant;
    return true;
}

bool bf_source_text(const struct bf_source *s, int field, int i, const char **out, size_t *n)
{
    const struct bf_value *v = value_of(s, field, i);
    if (!v || v->type != BF_TEXT)
        return false;
    *out = v->text.n ? v->text.p : "";
    *n = v->text.n;
    return true;
}

bool bf_source_least(const struct bf_source *s, int field, int64_t *out)
{
    const struct bf_wants *w = wants_of(s, field);
    if (!w || !w->from)
        return false;
    *out = w->least;
    return true;
}

bool bf_source_most(const struct bf_source *s, int field, int64_t *out)
{
    const struct bf_wants *w = wants_of(s, field);
    if (!w || !w->to)
        return false;
    *out = w->most;
    return true;
}

bool bf_source_box(const struct bf_source *s, int field, double box[4])
{
    const struct bf_wants *w = wants_of(s, field);
    if (!w || !w->boxed)
        return false;
    box[0] = w->box.west;
    box[1] = w->box.south;
    box[2] = w->box.east;
    box[3] = w->box.north;
    return true;
}

int64_t bf_source_limit(const struct bf_source *s)
{
    return bf_host_in_source(s) ? s->limit : -1;
}

int64_t bf_source_now(const struct bf_source *s)
{
    return bf_host_in_source(s) ? bf_query_instant(s->query) : 0;
}

void *bf_source_alloc(struct bf_source *s, size_t n)
{
    return bf_host_in_source(s) ? bf_arena_zalloc(s->arena, 1, n ? n : 1) : NULL;
}

/* ---- what is told -------------------------------------------------------------------------- */

static bool is_opening(const struct bf_source *s)
{
    if (!bf_host_in_source(s))
        return false;
    if (!s->opening)
        bf_host_misuse("of its rows as a whole a source tells in source_open only");
    return s->opening;
}

enum bf_rc bf_source_version(struct bf_source *s, const char *version, size_t n)
{
    if (!is_opening(s))
        return BF_FAIL;
    if (!version || n == 0 || n > BF_SOURCE_VERSION)
        return bf_host_misuse("a version has 1 to %d bytes", BF_SOURCE_VERSION);
    s->told.version = bf_arena_dup(s->arena, (struct bf_str){version, n});
    return s->told.version.p ? BF_OK : BF_FAIL;
}

enum bf_rc bf_source_instant(struct bf_source *s, int64_t instant)
{
    if (!is_opening(s))
        return BF_FAIL;
    if (instant < BF_INSTANT_MIN || instant > bf_query_instant(s->query))
        return bf_host_misuse("%lld is no instant of the past", (long long)instant);
    s->told.instant = instant;
    s->told.dated = true;
    return BF_OK;
}

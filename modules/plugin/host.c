#include "plugin/host.h"

#include "core/log.h"
#include "plugin/row.h"
#include "plugin/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 20, LINE = 1024, REASON = 500, CONDITION_VALUES = 100 };

static struct {
    enum bf_hook hook;
    struct bf_dataset *dataset;
    struct bf_req *req; /* NULL in open and close */
} current;

void bf_host_enter(enum bf_hook hook, struct bf_dataset *d, struct bf_req *r)
{
    current.hook = hook;
    current.dataset = d;
    current.req = r;
}

void bf_host_leave(void)
{
    current.hook = BF_HOOK_NONE;
}

/* ---- the log ------------------------------------------------------------------------------- */

/* What a handler wrote, as a line of the log may hold it. */
static void make_clean(char *text)
{
    if (bf_str_is_utf8(bf_str_of(text)))
        return;
    for (char *c = text; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
}

static void print_clean(char out[LINE], const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void print_clean(char out[LINE], const char *format, va_list args)
{
    static const char mark[] = " [cut]";
    int n = vsnprintf(out, LINE, format, args);
    if (n < 0)
        out[0] = '\0';
    if (n >= LINE) {
        size_t end = bf_str_clip((struct bf_str){out, LINE}, LINE - sizeof mark).n;
        memcpy(out + end, mark, sizeof mark);
    }
    make_clean(out);
}

static void put_line(enum bf_log_level level, const char *event, const char *text)
{
    const struct bf_dataset *d = current.dataset;
    struct bf_str dataset = d ? d->entry->manifest->id : BF_STR("-");
    struct bf_str handler = d && d->facts ? d->facts->name : BF_STR("-");
    struct bf_str id =
        current.hook != BF_HOOK_NONE && current.req ? current.req->hook->id : BF_STR("-");
    bf_log(level, event, "dataset=%.*s handler=%.*s request=%.*s %s", BF_STR_ARG(dataset),
           BF_STR_ARG(handler), BF_STR_ARG(id), text);
}

static void host_log(struct bf_req *r, enum bf_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void host_log(struct bf_req *r, enum bf_level level, const char *format, ...)
{
    static const enum bf_log_level levels[] = {BF_LOG_DEBUG, BF_LOG_INFO, BF_LOG_WARNING,
                                               BF_LOG_ERROR};
    (void)r; /* the host knows which one it is; a handler may have kept an old one */
    struct bf_req *req = current.hook != BF_HOOK_NONE ? current.req : NULL;
    if (req && req->lines > LINES)
        return;
    if (req && req->lines++ == LINES) {
        put_line(BF_LOG_WARNING, "handler.log", "[more lines of this request are left out]");
        return;
    }
    char text[LINE];
    va_list args;
    va_start(args, format);
    print_clean(text, format, args);
    va_end(args);
    put_line((unsigned)level <= BF_ERROR ? levels[level] : BF_LOG_ERROR, "handler.log", text);
}

enum bf_rc bf_host_misuse(const char *format, ...)
{
    if (current.hook != BF_HOOK_NONE && current.req) {
        if (current.req->complained)
            return BF_FAIL;
        current.req->complained = true;
    }
    char text[LINE];
    va_list args;
    va_start(args, format);
    print_clean(text, format, args);
    va_end(args);
    put_line(BF_LOG_ERROR, "handler.misuse", text);
    return BF_FAIL;
}

/* ---- open ---------------------------------------------------------------------------------- */

static void *host_alloc(struct bf_dataset *d, size_t n)
{
    /* Each piece costs at least what the arena's rounding makes of it. */
    size_t cost = n > SIZE_MAX - 15 ? SIZE_MAX : (n + 15) & ~(size_t)15;
    cost = cost ? cost : 16;
    void *p = cost <= d->budget ? bf_arena_zalloc(d->arena, 1, cost) : NULL;
    if (p)
        d->budget -= cost;
    else
        d->starved = true;
    return p;
}

static void *host_keep(struct bf_dataset *d, const void *p, size_t n)
{
    void *copy = host_alloc(d, n);
    return copy && n ? memcpy(copy, p, n) : copy;
}

static enum bf_rc host_reject(struct bf_dataset *d, const char *why)
{
    if (!d->opening)
        return bf_host_misuse("reject can be called in open only");
    char text[REASON + 1];
    snprintf(text, sizeof text, "%s", why ? why : "the handler rejects the dataset");
    make_clean(text);
    struct bf_str kept = bf_arena_dup(d->arena, bf_str_of(text));
    if (!d->reason)
        d->reason = kept.p;
    return BF_FAIL;
}

static int host_field(const struct bf_dataset *d, const char *name)
{
    const struct bf_schema *schema = &d->entry->manifest->schema;
    const struct bf_column *column = bf_schema_column(schema, bf_str_of(name));
    if (!column || column < schema->columns || column >= schema->columns + schema->n)
        return -1;
    size_t index = (size_t)(column - schema->columns);
    if (d->opening)
        d->asked[index] = true;
    return (int)index;
}

static const char *host_option(const struct bf_dataset *d, const char *key)
{
    const struct bf_manifest *m = d->entry->manifest;
    struct bf_str name = bf_str_of(key);
    for (size_t i = 0; i < d->facts->noptions; i++) {
        const struct bf_plugin_option *o = &d->facts->options[i];
        if (!bf_str_eq(o->key, name))
            continue;
        for (size_t j = 0; j < m->noptions; j++)
            if (bf_str_eq(m->option_keys[j], name))
                return d->options[j];
        return o->preset.p;
    }
    return NULL;
}

/* ---- requests ------------------------------------------------------------------------------ */

static enum bf_rc host_fail(struct bf_req *r, int http, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum bf_rc host_fail(struct bf_req *r, int http, const char *format, ...)
{
    if (current.hook == BF_HOOK_NONE || !r || r != current.req)
        return bf_host_misuse("fail needs the request of the hook that is running");
    char text[LINE];
    va_list args;
    va_start(args, format);
    print_clean(text, format, args);
    va_end(args);
    struct bf_err *err = r->hook->err;
    if (bf_err_is_set(err))
        return BF_FAIL;
    BF_FAIL_WITH(err, BF_E_HANDLER, "%s", text);
    r->said = true;
    if (!bf_err_is_refusal(http))
        return bf_host_misuse("fail was given the status %d; 400, 403, 404, 429, 500 and 503 are "
                              "possible",
                              http);
    err->http = http;
    if (http == 429 || http == 503)
        err->retry_after_s = 30;
    return BF_FAIL;
}

/* Whether q is the query of the rewrite hook that is running. */
static bool in_rewrite(const struct bf_query *q)
{
    return current.hook == BF_HOOK_REWRITE && q == current.req->hook->query;
}

static bool add_condition(struct bf_hook_request *hook, const char *condition,
                          const char *const *values, size_t n)
{
    struct bf_str *texts = bf_arena_zalloc(hook->arena, n, sizeof *texts);
    struct bf_err *why = bf_arena_zalloc(hook->arena, 1, sizeof *why);
    if (!texts || !why)
        return BF_FAIL_WITH(hook->err, BF_E_MEMORY, "The request needs more memory than it has.");
    for (size_t i = 0; i < n; i++)
        texts[i] = bf_arena_dup(hook->arena, bf_str_of(values[i]));
    struct bf_str text = bf_arena_dup(hook->arena, bf_str_of(condition));
    if (bf_arena_failed(hook->arena))
        return BF_FAIL_WITH(hook->err, BF_E_MEMORY, "The request needs more memory than it has.");
    bf_err_clear(why);
    if (bf_query_and(hook->query, text, texts, n, why))
        return true;
    bf_host_blame(hook->err, "query_and", why->message);
    return false;
}

static enum bf_rc host_query_and(struct bf_query *q, const char *condition,
                                 const char *const *values, size_t n)
{
    if (!in_rewrite(q))
        return bf_host_misuse("query_and can be called in rewrite only, with its query");
    struct bf_hook_request *hook = current.req->hook;
    if (!condition || n > CONDITION_VALUES) {
        /* Rows that were meant to be hidden must not be shown, even if the hook goes on. */
        bf_host_blame(hook->err, "query_and", "no condition, or more than 100 values");
        return BF_FAIL;
    }
    if (!add_condition(hook, condition, values, n))
        return BF_FAIL;
    current.req->narrowed = true;
    return BF_OK;
}

static bool host_query_uses(const struct bf_query *q, int field)
{
    if (!in_rewrite(q)) {
        bf_host_misuse("query_uses can be called in rewrite only, with its query");
        return false;
    }
    const struct bf_schema *schema = &current.dataset->entry->manifest->schema;
    return field >= 0 && (size_t)field < schema->n && bf_query_uses(q, &schema->columns[field]);
}

bool bf_host_in_source(const struct bf_source *s)
{
    if (current.hook == BF_HOOK_SOURCE && s && s == current.req->source)
        return true;
    bf_host_misuse("what is asked of a source is known in its hooks only");
    return false;
}

void bf_host_blame(struct bf_err *err, const char *where, const char *why)
{
    if (bf_err_is_set(err))
        return;
    BF_FAIL_WITH(err, BF_E_HANDLER, "The handler of the dataset failed.");
    bf_err_detail(err, "%s: %s", where, why);
}

const struct bf_api *bf_host_api(void)
{
    static const struct bf_api api = {
        .size = sizeof(struct bf_api),
        .major = BF_ABI_MAJOR,
        .minor = BF_ABI_MINOR,
        .alloc = host_alloc,
        .keep = host_keep,
        .reject = host_reject,
        .fail = host_fail,
        .log = host_log,
        .field = host_field,
        .option = host_option,
        .get_bool = bf_row_get_bool,
        .get_int = bf_row_get_int,
        .get_double = bf_row_get_double,
        .get_text = bf_row_get_text,
        .get_time = bf_row_get_time,
        .get_point = bf_row_get_point,
        .set_null = bf_row_set_null,
        .set_bool = bf_row_set_bool,
        .set_int = bf_row_set_int,
        .set_double = bf_row_set_double,
        .set_text = bf_row_set_text,
        .set_time = bf_row_set_time,
        .set_point = bf_row_set_point,
        .query_and = host_query_and,
        .query_uses = host_query_uses,
        .set_shape = bf_row_set_shape,
        .set_json = bf_row_set_json,
        .source_values = bf_source_values,
        .source_int = bf_source_int,
        .source_text = bf_source_text,
        .source_least = bf_source_least,
        .source_most = bf_source_most,
        .source_box = bf_source_box,
        .source_limit = bf_source_limit,
        .source_now = bf_source_now,
        .source_alloc = bf_source_alloc,
        .source_version = bf_source_version,
        .source_instant = bf_source_instant,
    };
    return &api;
}

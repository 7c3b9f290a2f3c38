/*
 * beffroi/handler.h: the handler ABI, version 1. The only public header of Beffroi.
 *
 * Purpose    A handler is native code that takes part in answering requests for one or more
 *            datasets: it narrows the checked query (rewrite), changes the rows that were read
 *            (row), or gives rows that lie in no table (source_next). A plain table needs none: the
 *            built-in handler `table` is used.
 * Build      cc -shared -fPIC -fvisibility=hidden -Wl,-z,defs handler.c; exactly one symbol is
 *            exported, bf_handler_v1, and BF_HANDLER() below defines it. C99, gnu11 and C++20 can
 *            include this file; handlers/template/ is a whole example.
 * Versions   struct bf_api and struct bf_handler start with size, major, minor and grow only at
 *            the end. The server refuses another major and a newer minor, so every member that a
 *            handler was compiled with is there; it uses a member of the handler only if the
 *            handler's size covers it. struct bf_field and struct bf_option are elements of
 *            arrays and never grow; enums only get new values.
 *              1.0  2026-11  first form: open, close, rewrite, row, finish
 *              1.1  2026-11  rows from elsewhere: source_open, source_next, source_close
 * Process    One handler of one worker serves one request at a time, in one thread. Each hook may
 *            be NULL. The order of calls:
 *              open      once in each worker for each dataset that names the handler, after fork
 *              rewrite   once per request that reads rows, on the checked query
 *              source_open, source_next, source_close
 *                        of a dataset with "rows": "handler", after rewrite: next until it says
 *                        BF_END, before the first row of the answer is made; not at all when the
 *                        version that open told shows that the client has the answer
 *              row       once per row of the answer, in its order
 *              finish    once per request that came to rewrite, also when it failed; before the
 *                        end of the answer leaves
 *              close     once for an open that gave BF_OK, when the worker ends in peace: never
 *                        count on it
 *            State lives in `self`: one .so may serve several datasets.
 *            A handler must not start threads or processes, change signal handlers, the locale,
 *            the environment or the working directory, and must not exit.
 * Memory     What alloc and keep give lives until close. Texts given to the server are copied;
 *            texts got from get_text live until the row hook returns. All texts are UTF-8.
 * Faults     A crash, or a hook that does not come back, costs the request; three within a minute
 *            put the dataset into quarantine: it answers 503 for a minute, then longer.
 */
#ifndef BEFFROI_HANDLER_H
#define BEFFROI_HANDLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BF_ABI_MAJOR 1u
#define BF_ABI_MINOR 1u

#ifdef __GNUC__
#define BF_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#define BF_EXPORT __attribute__((__visibility__("default")))
#else
#define BF_PRINTF(text, first)
#define BF_EXPORT
#endif

/* What a hook says. Any other value is a failure. */
enum bf_rc {
    BF_OK = 0,
    BF_SKIP = 1, /* row: leave this row out. The page gets shorter and total_count does not know
                    of it: to hide rows, narrow the query in rewrite instead.
                    source_next: what was set is no row, go on */
    BF_END = 2,  /* source_next: there are no more rows, and what was set is none (1.1) */
    BF_FAIL = -1 /* open: does not work; else: the request fails; call fail() first to say why */
};

/* Types of values. */
enum bf_type {
    BF_NULL,
    BF_BOOL,
    BF_INT,      /* 64-bit signed */
    BF_DOUBLE,   /* finite */
    BF_TEXT,     /* UTF-8 without U+0000 */
    BF_DATE,     /* days since 1970-01-01 */
    BF_DATETIME, /* microseconds since 1970-01-01T00:00:00Z */
    BF_GEO_POINT,
    BF_GEO_SHAPE,
    BF_JSON
};

enum bf_level { BF_DEBUG, BF_INFO, BF_WARNING, BF_ERROR };

struct bf_req;     /* one request                              opaque */
struct bf_dataset; /* one binding of a handler to a dataset    opaque */
struct bf_query;   /* the checked query, before SQL            opaque */
struct bf_row;     /* the row being read, or being made        opaque */
struct bf_source;  /* what one request asks of a source        opaque */

/* A field that the row hook fills. The manifest declares it too, with "handler": true. */
struct bf_field {
    const char *name;         /* [a-z][a-z0-9_]{0,62} */
    enum bf_type type;        /* not BF_NULL, BF_GEO_SHAPE or BF_JSON */
    const char *label, *unit; /* unit: UCUM code, or NULL */
};

/* An option that the manifest may set under "options"; the server checks it before open. */
struct bf_option {
    const char *key;
    enum bf_type type;  /* BF_BOOL (true, false), BF_INT, BF_DOUBLE or BF_TEXT */
    const char *preset; /* as text, or NULL when the option must be given */
    const char *help;
};

/* What the server offers to a handler. Grows at the end only. */
struct bf_api {
    uint32_t size;
    uint16_t major, minor;

    /* Zeroed memory that lives until close(); NULL when the dataset's budget (1 MiB) is used up.
     * Then open has failed, whatever it returns, and the server knows why. */
    void *(*alloc)(struct bf_dataset *d, size_t n);
    /* The same, filled with a copy of n bytes: `*self = bf->keep(d, &state, sizeof state)`. */
    void *(*keep)(struct bf_dataset *d, const void *p, size_t n);
    /* In open: this binding cannot work; returns BF_FAIL. The dataset is out of service and
     * `beffroi status` tells why. */
    enum bf_rc (*reject)(struct bf_dataset *d, const char *why);
    /* Fails the request with an HTTP status and a message for the client; returns BF_FAIL. The
     * first call wins. Statuses are those that the addresses of datasets are described with: 400,
     * 403, 404, 429, 500, 503; with another one it is 500, and the log says so. Once a part of the
     * answer has left, the connection is cut instead. */
    enum bf_rc (*fail)(struct bf_req *r, int http, const char *format, ...) BF_PRINTF(3, 4);
    /* One line in the server's log, which names dataset, handler and request by itself. r may be
     * NULL where there is none. At most 20 lines of one request are kept. */
    void (*log)(struct bf_req *r, enum bf_level level, const char *format, ...) BF_PRINTF(3, 4);

    /* Index of a field of the dataset, stored, computed or added by this handler, by its name or
     * an alias; -1 when there is none. Rows carry the fields that were asked for in open, whether
     * the client selects them or not. */
    int (*field)(const struct bf_dataset *d, const char *name);
    /* Value of an option as text: the manifest's, or its preset. NULL: not declared. */
    const char *(*option)(const struct bf_dataset *d, const char *key);

    /* Reading a row. false: null, not read in this request (see field), or of another type. */
    bool (*get_bool)(const struct bf_row *row, int field, bool *out);
    bool (*get_int)(const struct bf_row *row, int field, int64_t *out);
    bool (*get_double)(const struct bf_row *row, int field, double *out); /* also reads ints */
    /* The text is not NUL-terminated. Also reads BF_JSON. */
    bool (*get_text)(const struct bf_row *row, int field, const char **out, size_t *n);
    /* BF_DATE or BF_DATETIME, each in its own unit. */
    bool (*get_time)(const struct bf_row *row, int field, int64_t *out);
    bool (*get_point)(const struct bf_row *row, int field, double *lon, double *lat);

    /* Writing a row: only in the row hook, only with the field's own type (set_null: any). What is
     * written is what the client sees; filters and order have seen the stored value. A field that
     * the client did not select: BF_OK, nothing to do. BF_FAIL: not possible, the log says why. */
    enum bf_rc (*set_null)(struct bf_row *row, int field);
    enum bf_rc (*set_bool)(struct bf_row *row, int field, bool value);
    enum bf_rc (*set_int)(struct bf_row *row, int field, int64_t value);
    enum bf_rc (*set_double)(struct bf_row *row, int field, double value); /* NaN, inf: null */
    enum bf_rc (*set_text)(struct bf_row *row, int field, const char *value, size_t n);
    enum bf_rc (*set_time)(struct bf_row *row, int field, int64_t value); /* years 1 to 9999 */
    enum bf_rc (*set_point)(struct bf_row *row, int field, double lon, double lat); /* degrees */

    /* In rewrite: only rows that also satisfy this ODSQL condition. `?` in it stand, in order, for
     * the n texts given. The condition is checked like a client's; an error in it is the
     * handler's: BF_FAIL, or after rewrite the request fails (500). */
    enum bf_rc (*query_and)(struct bf_query *q, const char *condition, const char *const *values,
                            size_t n);
    /* In rewrite: whether the client's query names this field anywhere. */
    bool (*query_uses)(const struct bf_query *q, int field);

    /* ---- since 1.1: rows from elsewhere ---- */

    /* In source_next, beside the functions above: GeoJSON or WKT of a geo_shape; JSON. In a row of
     * a source every field is null until it is set; those that are computed are not set, and the
     * fields of the key must be. */
    enum bf_rc (*set_shape)(struct bf_row *row, int field, const char *text, size_t n);
    enum bf_rc (*set_json)(struct bf_row *row, int field, const char *text, size_t n);

    /* The source's part, from source_open until source_close. The server looks at every row again
     * with all of the query, so a source may give more than is asked for, and need not ask.
     *
     * How many values the query allows a field to have; -1: any, or more than can be told. 0: no
     * row can match. Then value i of them: a BF_INT, BF_DATE, BF_DATETIME or BF_BOOL; a BF_TEXT. */
    int (*source_values)(const struct bf_source *s, int field);
    bool (*source_int)(const struct bf_source *s, int field, int i, int64_t *out);
    bool (*source_text)(const struct bf_source *s, int field, int i, const char **out, size_t *n);
    /* No less, no more than that can match: BF_INT, BF_DATE, BF_DATETIME. false: no such end. */
    bool (*source_least)(const struct bf_source *s, int field, int64_t *out);
    bool (*source_most)(const struct bf_source *s, int field, int64_t *out);
    /* A box of which no point outside can match: west, south, east, north. */
    bool (*source_box)(const struct bf_source *s, int field, double box[4]);
    /* So many rows are enough, the first ones; -1: all are needed (to filter, order, count). */
    int64_t (*source_limit)(const struct bf_source *s);
    /* The instant of the request, the one that now() has in the query. */
    int64_t (*source_now)(const struct bf_source *s);
    /* Zeroed memory until source_close; NULL: the request has no more. */
    void *(*source_alloc)(struct bf_source *s, size_t n);
    /* In source_open: the rows depend on the query, the options and this version alone (of a file,
     * say), so that an answer is valid until it changes: ETag, 304 and answers from memory. Without
     * one an answer is good for its own moment. At most 200 bytes. */
    enum bf_rc (*source_version)(struct bf_source *s, const char *version, size_t n);
    /* In source_open: when the rows last changed; the age of the answer. Not in the future. */
    enum bf_rc (*source_instant)(struct bf_source *s, int64_t instant);
};

/* What a handler offers to the server. Every hook may be NULL. Grows at the end only. */
struct bf_handler {
    uint32_t size;
    uint16_t major, minor;
    uint32_t flags;      /* 0 */
    const char *name;    /* [a-z][a-z0-9_-]{0,62}: what manifests name under "handler" */
    const char *version; /* of the handler, free text: "1.0" */
    const char *summary; /* one line, or NULL */
    const struct bf_option *options; /* ends with a NULL key; or NULL */
    const struct bf_field *adds;     /* output-only fields; ends with a NULL name; or NULL */

    enum bf_rc (*open)(struct bf_dataset *d, void **self);
    void (*close)(void *self);
    enum bf_rc (*rewrite)(struct bf_req *r, struct bf_query *q, void *self);
    enum bf_rc (*row)(struct bf_req *r, struct bf_row *row, void *self);
    enum bf_rc (*finish)(struct bf_req *r, void *self);

    /* ---- since 1.1 ---- */

    /* Rows that lie in no table: the manifest says "rows": "handler". *cursor is the request's
     * own. A request that a hook fails is answered by that error, never by some of the rows. */
    enum bf_rc (*source_open)(struct bf_req *r, struct bf_source *s, void *self, void **cursor);
    enum bf_rc (*source_next)(struct bf_req *r, struct bf_row *row, void *self, void *cursor);
    /* Once for a source_open that gave BF_OK, before finish, also when the request failed. */
    void (*source_close)(void *self, void *cursor);
};

/* The entry point: keeps the host's table and gives the handler's, which stays valid for ever. */
BF_EXPORT const struct bf_handler *bf_handler_v1(const struct bf_api *host);

/* BF_HANDLER_HOST; declares the host's table `bf`, once, above the hooks that use it.
 * BF_HANDLER(.name = "…", .row = …); defines bf_handler_v1, once, below them; members in the order
 * of the struct when it is compiled as C++. */
#define BF_HANDLER_HOST static const struct bf_api *bf
#define BF_HANDLER(...)                                                           \
    const struct bf_handler *bf_handler_v1(const struct bf_api *host)             \
    {                                                                             \
        static const struct bf_handler self = {.size = sizeof(struct bf_handler), \
                                               .major = BF_ABI_MAJOR,             \
                                               .minor = BF_ABI_MINOR,             \
                                               __VA_ARGS__};                      \
        bf = host;                                                                \
        return &self;                                                             \
    }                                                                             \
    struct bf_handler

#ifdef __cplusplus
}
#endif
#endif

/*
 * beffroi/handler.h: the handler ABI, version 1. The only public header of Beffroi.
 *
 * Purpose    A handler is native code that takes part in answering requests for one or more datasets: it changes the
 *            checked query (rewrite) or the rows that were read (row). A plain table needs none: the built-in handler
 *            `table` is used.
 * Build      cc -shared -fPIC -fvisibility=hidden -Wl,-z,defs handler.c; exactly one symbol is exported, bf_handler_v1,
 *            and BF_HANDLER() below defines it. C99, gnu11 and C++ can include this file.
 * Versions   Both structs start with size, major, minor and grow only at the end. The server refuses another major and
 *            a newer minor, and uses a member only if the size covers it.
 *              1.0  2026-11  first form: open, close, rewrite, row, finish
 * Process    open runs once in each worker for each dataset that names the handler, after fork; close when the worker
 *            ends. State lives in `self`: one .so may serve several datasets. One request at a time, one thread.
 *            A handler must not start threads, change signal handlers, the locale, the environment or the working
 *            directory, and must not exit.
 * Memory     alloc() lives until close; texts given to set_text are copied; texts got from get_text live until the row
 *            hook returns. All texts are UTF-8.
 * Faults     A crash costs the request; three crashes within a minute put the handler into quarantine.
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
#define BF_ABI_MINOR 0u

/* What a hook says. */
enum bf_rc {
    BF_OK = 0,
    BF_SKIP = 1,    /* row: leave this row out of the answer */
    BF_DECLINE = 3, /* rewrite: nothing to change, and never will be for this query */
    BF_FAIL = -1    /* the request fails; call fail() first to say why */
};

/* Types of values. Append only. */
enum bf_type {
    BF_NULL,
    BF_BOOL,
    BF_INT,      /* 64-bit signed */
    BF_DOUBLE,   /* finite */
    BF_TEXT,     /* UTF-8 */
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
struct bf_row;     /* the row being read                       opaque */

struct bf_field {
    const char *name; /* [a-z][a-z0-9_]{0,62} */
    enum bf_type type;
    const char *label, *unit; /* unit: UCUM code, or NULL */
};

/* An option that the manifest may set under "options"; declared here, so that `beffroi check` can check it. */
struct bf_option {
    const char *key;
    enum bf_type type;  /* BF_BOOL, BF_INT, BF_DOUBLE or BF_TEXT */
    const char *preset; /* as text, or NULL when the option must be given */
    const char *help;
};

/* What the server offers to a handler. Grows at the end only. */
struct bf_api {
    uint32_t size;
    uint16_t major, minor;

    /* Zeroed memory that lives until close(); NULL when the dataset's budget (1 MiB) is used up. */
    void *(*alloc)(struct bf_dataset *d, size_t n);
    /* In open: this binding cannot work; returns BF_FAIL. The dataset is out of service and `status` tells why. */
    enum bf_rc (*reject)(struct bf_dataset *d, const char *why);
    /* Fails the request with an HTTP status (400..599) and a message for the client; returns BF_FAIL. */
    enum bf_rc (*fail)(struct bf_req *r, int http, const char *format, ...)
#ifdef __GNUC__
        __attribute__((format(printf, 3, 4)))
#endif
        ;
    /* One line in the server's log. r may be NULL in open and close. */
    void (*log)(struct bf_req *r, enum bf_level level, const char *format, ...)
#ifdef __GNUC__
        __attribute__((format(printf, 3, 4)))
#endif
        ;

    /* Index of a field of the dataset, stored, computed or added by this handler; -1 when there is none. */
    int (*field)(const struct bf_dataset *d, const char *name);
    /* Value of an option as text: the manifest's, or its preset. NULL: not declared. */
    const char *(*option)(const struct bf_dataset *d, const char *key);

    /* Reading a row. false: null, not read in this request (not selected), or of another type. */
    bool (*get_bool)(const struct bf_row *row, int field, bool *out);
    bool (*get_int)(const struct bf_row *row, int field, int64_t *out);
    bool (*get_double)(const struct bf_row *row, int field, double *out); /* also reads ints */
    bool (*get_text)(const struct bf_row *row, int field, const char **out, size_t *n);
    bool (*get_time)(const struct bf_row *row, int field, int64_t *out); /* date or datetime, in its own unit */
    bool (*get_point)(const struct bf_row *row, int field, double *lon, double *lat);

    /* Writing a row: only in the row hook, only with the field's own type. BF_FAIL: not possible (logged). */
    enum bf_rc (*set_null)(struct bf_row *row, int field);
    enum bf_rc (*set_bool)(struct bf_row *row, int field, bool value);
    enum bf_rc (*set_int)(struct bf_row *row, int field, int64_t value);
    enum bf_rc (*set_double)(struct bf_row *row, int field, double value);
    enum bf_rc (*set_text)(struct bf_row *row, int field, const char *value, size_t n);
    enum bf_rc (*set_time)(struct bf_row *row, int field, int64_t value);

    /* In rewrite: only rows that also satisfy this ODSQL condition. `?` in it stand, in order, for the texts given. The
     * condition is checked like a client's; an error is the handler's (500). Returns BF_FAIL then. */
    enum bf_rc (*query_and)(struct bf_query *q, const char *condition, const char *const *values, size_t n);
    /* In rewrite: whether the client's query names this field anywhere. */
    bool (*query_uses)(const struct bf_query *q, int field);
};

/* What a handler offers to the server. Every hook may be NULL; called in this order. Grows at the end only. */
struct bf_handler {
    uint32_t size;
    uint16_t major, minor;
    uint32_t flags; /* 0 */
    const char *name, *version, *summary;
    const struct bf_option *options; /* ends with a NULL key; or NULL */
    const struct bf_field *adds;     /* fields that the row hook fills: output only; ends with a NULL name; or NULL */

    enum bf_rc (*open)(struct bf_dataset *d, void **self);
    void (*close)(void *self);
    enum bf_rc (*rewrite)(struct bf_req *r, struct bf_query *q, void *self);
    enum bf_rc (*row)(struct bf_req *r, struct bf_row *row, void *self);
    enum bf_rc (*finish)(struct bf_req *r, void *self);
};

#if defined(__GNUC__)
#define BF_EXPORT __attribute__((visibility("default")))
#else
#define BF_EXPORT
#endif

/* The entry point: keeps the host's table and gives the handler's. */
BF_EXPORT const struct bf_handler *bf_handler_v1(const struct bf_api *host);

/* BF_HANDLER(.name = "…", .row = …) defines bf_handler_v1 and keeps the host's table in `bf`, which the file
 * declares first by BF_HANDLER_HOST. C only (designated initialisers). */
#define BF_HANDLER_HOST static const struct bf_api *bf
#define BF_HANDLER(...)                                                                            \
    const struct bf_handler *bf_handler_v1(const struct bf_api *host)                              \
    {                                                                                              \
        static const struct bf_handler self = {.size = sizeof(struct bf_handler),                  \
                                               .major = BF_ABI_MAJOR,                              \
                                               .minor = BF_ABI_MINOR,                              \
                                               __VA_ARGS__};                                       \
        bf = host;                                                                                 \
        return &self;                                                                              \
    }                                                                                              \
    struct bf_handler

#ifdef __cplusplus
}
#endif
#endif

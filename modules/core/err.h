/*
 * core/err: what went wrong, once.
 *
 * Purpose    one error of one request or command; the first wins, later ones are dropped.
 * Ownership  fixed size, inside its request; no memory of its own.
 * Units      position: 0-based character (not byte) offset in the text that was wrong, -1 when
 *            there is none.
 * Errors     message is safe for clients: no SQL, no key, no path. detail is for the log alone.
 *
 *     return BF_FAIL_WITH(err, BF_E_PARAMETER, "Invalid value for limit API parameter: ...");
 */
#ifndef BF_CORE_ERR_H
#define BF_CORE_ERR_H

#include "core/str.h"

enum bf_code {
    BF_E_NONE = 0,
#define BF_ERROR(name, http, explore, slug, title) BF_E_##name,
#include "core/errors.def"
#undef BF_ERROR
    BF_E_COUNT
};

struct bf_code_info {
    const char *name; /* "ODSQL" */
    int http;
    const char *explore; /* error_code of the Explore envelope */
    const char *slug;    /* last part of the problem type, or all of it (https:…) */
    const char *title;
};

const struct bf_code_info *bf_code_info(enum bf_code code);

/* A message may quote a whole clause, and nginx lets 8 KiB of request line through. Longer ones end
 * in " [cut]". */
enum { BF_ERR_MESSAGE = 9216 };

struct bf_err {
    enum bf_code code;
    int http;          /* usually the table's; a handler may choose its own */
    int position;      /* character offset, or -1 */
    int retry_after_s; /* 0: none */
    const char *file;  /* where in our source */
    int line;
    char parameter[48]; /* name of the parameter, field or JSON pointer, or "" */
    char sqlstate[6];   /* or "" */
    char detail[512];   /* for the log */
    char message[BF_ERR_MESSAGE];
};

void bf_err_clear(struct bf_err *err);
bool bf_err_is_set(const struct bf_err *err);

/* Sets the first error; always returns false, so that `return BF_FAIL_WITH(...)` reads well in a
 * bool function. */
bool bf_err_set(struct bf_err *err, enum bf_code code, const char *file, int line,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
void bf_err_detail(struct bf_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "who: " before the message of an error that is set; everything else of it stays. */
void bf_err_of(struct bf_err *err, struct bf_str who);
void bf_err_at(struct bf_err *err, struct bf_str parameter, int position);

/* Whether what belongs to one dataset (a handler, a script) may refuse a request with this status:
 * those that every address that reads a dataset is described with, so that no client meets one
 * that it was not told of. */
bool bf_err_is_refusal(int http);

#define BF_FAIL_WITH(err, code, ...) bf_err_set(err, code, __FILE__, __LINE__, __VA_ARGS__)

#endif

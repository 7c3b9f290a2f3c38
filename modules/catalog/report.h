/*
 * catalog/report: every mistake of a dataset folder, like a compiler's messages.
 *
 *     handlers/x/dataset.json: /fields/3/type: "integer" is not a type; one of text, int, …
 *     handlers/x/dataset.json:7:12: '}' expected near 'id'
 *
 * Ownership  entries lie in the arena; at most 200 are kept, and the report says so when there were
 *            more.
 */
#ifndef BF_CATALOG_REPORT_H
#define BF_CATALOG_REPORT_H

#include "core/arena.h"
#include "core/buf.h"

struct bf_mistake {
    struct bf_str file;
    /* JSON pointer (RFC 6901), or `line:column` for text that is not JSON; empty: the whole */
    struct bf_str pointer;
    struct bf_str wrong; /* what is wrong */
    struct bf_str right; /* what would be right; may be empty */
};

struct bf_report {
    struct bf_arena *arena;
    struct bf_mistake *mistakes;
    size_t n, room;
    size_t dropped; /* beyond the limit */
};

void bf_report_init(struct bf_report *r, struct bf_arena *a);
void bf_report_add(struct bf_report *r, const char *file, const char *pointer, const char *right,
                   const char *wrong, ...) __attribute__((format(printf, 5, 6)));
bool bf_report_empty(const struct bf_report *r);
void bf_report_print(const struct bf_report *r, struct bf_buf *out); /* one line each */

#endif

/*
 * plugin/source: what a source is told of a request, and what it tells of its rows: the source_
 * functions of struct bf_api.
 *
 * Purpose    the conditions of the query (query/wants) by field, the instant, the limit; the
 *            version and the instant of the rows.
 * Ownership  struct bf_source lies in the binding and is filled anew for each request; what is
 *            looked up lies in the request's arena.
 * Errors     a call outside of the source's hooks: nothing is told, one line in the log.
 */
#ifndef BF_PLUGIN_SOURCE_H
#define BF_PLUGIN_SOURCE_H

#include "plugin/binding.h"
#include "query/wants.h"

enum { BF_SOURCE_VERSION = 200 };

struct bf_source {
    struct bf_arena *arena; /* of the request */
    struct bf_query *query;
    const struct bf_schema *schema; /* of the dataset */
    struct bf_wants **wants;        /* by column, looked up when they are asked for */
    int64_t limit;
    bool opening;
    struct bf_source_told told;
};

/* false: no memory. */
bool bf_source_init(struct bf_source *s, const struct bf_hook_request *r,
                    const struct bf_schema *schema, int64_t limit);

int bf_source_values(const struct bf_source *s, int field);
bool bf_source_int(const struct bf_source *s, int field, int i, int64_t *out);
bool bf_source_text(const struct bf_source *s, int field, int i, const char **out, size_t *n);
bool bf_source_least(const struct bf_source *s, int field, int64_t *out);
bool bf_source_most(const struct bf_source *s, int field, int64_t *out);
bool bf_source_box(const struct bf_source *s, int field, double box[4]);
int64_t bf_source_limit(const struct bf_source *s);
int64_t bf_source_now(const struct bf_source *s);
void *bf_source_alloc(struct bf_source *s, size_t n);
enum bf_rc bf_source_version(struct bf_source *s, const char *version, size_t n);
enum bf_rc bf_source_instant(struct bf_source *s, int64_t instant);

#endif

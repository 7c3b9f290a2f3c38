/*
 * cli/source_print: sources for people and for programs, in `beffroi source` and `beffroi status`.
 */
#ifndef BF_CLI_SOURCE_PRINT_H
#define BF_CLI_SOURCE_PRINT_H

#include "core/buf.h"
#include "store/upstreams.h"

/* `"sources":[…]` */
void bf_upstreams_print_json(struct bf_buf *b, const struct bf_upstream_row *rows, size_t n);
/* A table; nothing when there is no source. */
void bf_upstreams_print_table(struct bf_buf *b, const struct bf_upstream_row *rows, size_t n,
                              int64_t now);

/* What `beffroi status` adds: read from the database, or nothing when that does not answer. */
void bf_status_sources(const struct bf_conf *conf, struct bf_buf *b, bool json, int64_t now);

#endif

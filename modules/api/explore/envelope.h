/*
 * api/explore/envelope: what stands around the rows of an answer (contract 2.4, 4.1, 4.4).
 *
 * v2.1   {"total_count", "results": [row, …]}; with include_links=true `_links` in the list, and
 *        `_id`, `_timestamp`, `_size`, `_links` before the fields of each record
 * v2.0   {"total_count", "links", "records": [{"links", "record": {"id", "timestamp", "size",
 *        "fields": row}}, …]}
 *
 *
 * Groups are no records: they have no id and no links; v2.0 wraps them all the same.
 *
 * Use    explore_envelope_carry before the SQL is made; begin, the rows, end.
 */
#ifndef BF_API_EXPLORE_ENVELOPE_H
#define BF_API_EXPLORE_ENVELOPE_H

#include "api/explore/version.h"
#include "api/rows.h"
#include "format/json_row.h"

struct explore_envelope {
    struct bf_request *r;
    struct bf_json_row *row;
    const struct bf_zone *zone;
    bool wrapped, linked;
    const struct bf_column *id, *timestamp, *size; /* when the records say who they are */
    int id_at, timestamp_at, size_at;
    bool more;
};

bool explore_envelope_carry(struct bf_request *r, struct explore_envelope *e);
bool explore_envelope_open(struct explore_envelope *e, const struct bf_rows *rows);

/* The head of a list up to its first element. member: of explore_version(). */
void explore_envelope_begin(struct bf_request *r, int64_t total, const char *member);
void explore_envelope_end(struct bf_request *r);

/* One element of a list; self is the struct explore_envelope. For bf_answer_rows. */
void explore_envelope_print(void *self, const struct bf_cell *cells);

#endif

/*
 * api/push/record: one record of a push, from names and values to a row.
 *
 * Purpose    names to fields (aliases, ignored names, the envelope of old exports), values to the
 *            types of the fields, and the rules of a whole row: no unknown name, nothing that the
 *            server computes, no null in the key. A field that is absent is null: a record is a
 *            whole row.
 * Envelope   {"datasetid": …, "recordid": …, "fields": {…}, "geometry": …, "record_timestamp": …},
 *            as the Explore API 1.0 exports records: `fields` is the record, the rest is known and
 *            dropped. Only where the dataset has no field of its own called fields.
 * Keys only  (a delete) every member that is not of the key is passed over, whatever it is.
 * Raw        with a script between (api/push/repair) a record is read in two steps: into names and
 *            values as they came, of an envelope its `fields`; then, from what the script made of
 *            them, into a row. Cells are texts and read as cells in the second step, too; an empty
 *            one is null.
 * Ownership  a maker lies in the arena of the push and frees its own memory at the arena's end; the
 *            row lives until the next record.
 * Errors     bf_record_… return false and describe the first thing wrong in `fault` (its record and
 *            line are the caller's to fill in).
 */
#ifndef BF_API_PUSH_RECORD_H
#define BF_API_PUSH_RECORD_H

#include "api/push/faults.h"
#include "catalog/manifest.h"
#include "core/err.h"
#include "lua/ingest.h"

struct bf_record;

struct bf_record *bf_record_new(struct bf_arena *a, const struct bf_manifest *m, bool keys_only,
                                size_t record_max, struct bf_err *err);

/* JSON text of one object, at most 32 levels deep. */
bool bf_record_from_json(struct bf_record *r, struct bf_str text, struct bf_fault *fault);

/* CSV: the header once (all its mistakes go into faults), then cells. */
bool bf_record_header(struct bf_record *r, const struct bf_str *names, size_t n, uint64_t line,
                      struct bf_faults *faults);
bool bf_record_from_cells(struct bf_record *r, const struct bf_str *cells, size_t n,
                          struct bf_fault *fault);

/* The two steps with a script. raw lies in the maker until the next record. A header then is names
 * alone: what they mean is known when the script has seen a record. */
bool bf_record_raw_json(struct bf_record *r, struct bf_str text, struct bf_raw_record *raw,
                        struct bf_fault *fault);
bool bf_record_raw_header(struct bf_record *r, const struct bf_str *names, size_t n);
bool bf_record_raw_cells(struct bf_record *r, const struct bf_str *cells, size_t n,
                         struct bf_raw_record *raw, struct bf_fault *fault);
bool bf_record_from_raw(struct bf_record *r, const struct bf_raw_record *raw,
                        struct bf_fault *fault);

/* One per field of the manifest. */
const struct bf_value *bf_record_values(const struct bf_record *r);

/* Whether the record has a time of z_is_local that happens twice. */
bool bf_record_repeated(const struct bf_record *r);

#endif

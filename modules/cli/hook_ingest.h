/*
 * cli/hook_ingest: on_ingest of a script over the records of a file, for who writes it.
 *
 * Purpose    `beffroi hook test` gives records to the script as a push would, before names and
 *            types are looked at, and shows what it made of each, member by member.
 * Areas      of the manifest lie in the database: it is read when there are any, and only then.
 * Ownership  everything lies in the arena and in the struct; bf_hook_ingest_close ends the script.
 * Errors     open: err says why. A record that fails is an outcome, and a bad record of its batch.
 */
#ifndef BF_CLI_HOOK_INGEST_H
#define BF_CLI_HOOK_INGEST_H

#include "api/push/repair.h"
#include "core/buf.h"

struct bf_hook_ingest {
    struct bf_lua_script *script; /* NULL: it has no on_ingest */
    struct bf_repair *repair;     /* for the decoder of the file */
    struct bf_buf *out;           /* the caller's */
    uint64_t records, changed, dropped, failed;
};

bool bf_hook_ingest_open(struct bf_hook_ingest *h, struct bf_arena *a, const struct bf_entry *entry,
                         struct bf_buf *out, struct bf_err *err);
void bf_hook_ingest_close(struct bf_hook_ingest *h);

/* What became of the next record (struct bf_decode_setup, `repaired`). */
void bf_hook_ingest_note(struct bf_hook_ingest *h, const struct bf_raw_record *came,
                         const struct bf_raw_record *made, enum bf_repaired how, struct bf_str why);
/* How many records of which outcome. */
void bf_hook_ingest_sum(const struct bf_hook_ingest *h);

#endif

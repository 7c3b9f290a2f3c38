/*
 * api/push/repair: the raw records of a batch through on_ingest of their dataset's script.
 *
 * Purpose    between the reader of a body, which cuts it into names and values, and the checks of
 *            names, types and keys. It is the same for every way in: both push APIs, `beffroi load`
 *            and what is fetched. A delete names records as they are stored, so it does not come
 *            here.
 * Ownership  struct bf_repairs keeps the scripts of one process, each opened at its first batch and
 *            again when the dataset was applied anew, or when there is a new commit of a dataset in
 *            whose contours the script looks places up; bf_repairs_free ends it. A struct bf_repair
 *            is one batch and lies in its arena.
 * Faults     never writes what the script could not repair: a record that makes it fail is a bad
 *            record, and so the batch is refused. Each such batch counts once (plugin/fuse,
 *            on_ingest); at the tenth in a row batches are refused before they are read, for a
 *            minute at first, then one is tried. Where nothing is shared (fuses NULL: the command)
 *            each batch is tried.
 * Again      in a worker, a record that comes again to the byte is not asked about again: what the
 *            script and the checks behind it made of it is taken from memory (api/push/memo, of
 *            BF_REPAIR_MEMO bytes). Asked each time is what was refused, what wrote a line to the
 *            log, cells (their bytes alone are no record), and everything in a batch that is a
 *            trial.
 * Contours   whether there is a newer commit of them is told by the memory that knows each
 *            dataset's newest one (store/live), or by the database where nobody hears it.
 * Falls      a script that ends its process (lua/guard), or never comes back, is put down to its
 *            dataset (plugin/fall, plugin/quarantine, with a slot of its own): after three times in
 *            a minute batches are refused before they are read, for a minute at first, then one is
 *            tried. Reading goes on.
 * Time       of one record: the script's own limit. Of a batch: BF_REPAIR_US, and
 *            BF_REPAIR_RECORD_US more for each record. Beyond that, and after a record that took
 *            too much time or memory, or BF_FAULTS that failed, no more is tried.
 * Errors     QUARANTINE: the script is switched off, fell too often, or cannot be opened; HANDLER:
 *            its areas are not what the manifest says. Else the store's.
 */
#ifndef BF_API_PUSH_REPAIR_H
#define BF_API_PUSH_REPAIR_H

#include "api/push/memo.h"
#include "catalog/registry.h"
#include "lua/ingest.h"
#include "plugin/fuse.h"
#include "plugin/quarantine.h"
#include "store/conn.h"
#include "store/live.h"

enum { BF_REPAIR_US = 2000000, BF_REPAIR_RECORD_US = 1000, BF_REPAIR_MEMO = 16 << 20 };

struct bf_repairs;
struct bf_repair;

/* What a worker has, and the command has not. */
struct bf_repair_host {
    struct bf_fuses *fuses;           /* NULL: each batch is tried */
    struct bf_quarantine *quarantine; /* with a seat for this process; NULL: none */
    const struct bf_live *live;       /* NULL: the database is asked */
    size_t memo;                      /* bytes for records that come again; 0: none are kept */
};

struct bf_repairs *bf_repairs_new(const struct bf_repair_host *host); /* NULL: no memory */
void bf_repairs_free(struct bf_repairs *all);                         /* NULL is allowed */

struct bf_repair_setup {
    struct bf_conn *conn;               /* ready, not in a transaction */
    struct bf_arena *arena;             /* of the batch */
    const struct bf_registry *registry; /* where the datasets of contours are */
    const struct bf_entry *entry;
};

/* *out NULL: the dataset's records go as they come. */
bool bf_repairs_begin(struct bf_repairs *all, const struct bf_repair_setup *setup,
                      struct bf_repair **out, struct bf_err *err);

/* For one batch and no other: with a script that the caller opened. NULL: no memory. */
struct bf_repair *bf_repair_of(struct bf_arena *a, struct bf_lua_script *script);

/* Records of it that come again are known by memory, as those of the script with that number. */
void bf_repair_remember(struct bf_repair *r, struct bf_memo *memo, uint64_t of);

enum bf_repaired {
    BF_REPAIRED,
    BF_REPAIR_DROPPED, /* *why: the script's word, or empty */
    BF_REPAIR_FAILED,  /* *why: script, line and reason */
    BF_REPAIR_GAVE_UP  /* the script is not asked any more: the batch is refused already */
};

/* What became of this record when the same bytes came before; NULL: it has to be asked about. */
const struct bf_memo_row *bf_repair_known(struct bf_repair *r, struct bf_str record);
/* What became of the record that was asked about last. n: of its values. */
void bf_repair_keep(struct bf_repair *r, struct bf_str record, const struct bf_memo_row *row,
                    size_t n);

/* out and *why are good until the next call. */
enum bf_repaired bf_repair_record(struct bf_repair *r, const struct bf_raw_record *in,
                                  struct bf_raw_record *out, struct bf_str *why);

/* The batch is over, however it ended: counts how the script did. */
void bf_repair_end(struct bf_repair *r);

#endif

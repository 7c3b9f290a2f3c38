/*
 * api/push/came: some of the records of a batch, as they came, for the canary.
 *
 * Purpose    a script that is applied later is tried on what came last before it may repair what
 *            comes next (api/push/rehearse). Of a batch that goes through a script at most
 *            BF_CAME_RECORDS records are kept, each with the same chance; they come before
 *            those that were kept earlier (store/came).
 * Form       one line of JSON for each, with `{` before it, or `C{` of a batch of cells: these are
 *            texts that are read as cells.
 * Left out   records of more than BF_CAME_BYTES.
 * Ownership  everything lies in the arena.
 */
#ifndef BF_API_PUSH_CAME_H
#define BF_API_PUSH_CAME_H

#include "core/arena.h"
#include "core/buf.h"
#include "lua/raw.h"
#include "store/came.h"

enum { BF_CAME_RECORDS = BF_CAME_KEPT, BF_CAME_BYTES = 8 << 10 };

struct bf_sample;

/* most: at most BF_CAME_RECORDS. NULL: no memory. */
struct bf_sample *bf_came_new(struct bf_arena *a, size_t most, bool cells);

void bf_came_note(struct bf_sample *c, const struct bf_raw_record *record);

/* The lines, each with its end; none: nothing came. Borrowed from the arena. */
struct bf_str bf_came_lines(struct bf_sample *c);

#endif

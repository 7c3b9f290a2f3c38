/*
 * store/attachments: the files that go with a dataset.
 *
 * Purpose    bf_attachments_apply makes catalog.attachment hold what the manifest names, in the
 *            transaction of the apply; bf_attachment_read gives one.
 * Ownership  the bytes lie in the result, which the arena releases.
 * Errors     NOT_FOUND_RESOURCE when it is not there.
 */
#ifndef BF_STORE_ATTACHMENTS_H
#define BF_STORE_ATTACHMENTS_H

#include "store/applying.h"
#include "store/read.h"

bool bf_attachments_apply(struct bf_applying *a);

/* With the state of its dataset, in one statement. NULL: err is set. */
struct bf_read *bf_attachment_read(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                                   struct bf_str id, struct bf_str *bytes, struct bf_err *err);

#endif

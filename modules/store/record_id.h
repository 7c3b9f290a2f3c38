/*
 * store/record_id: what tells one record of a dataset from another.
 *
 * The id is the first 20 bytes of the SHA-256 of the key fields' canonical JSON array, in the
 * manifest's order: `["RBX0007"]`. Numbers in decimal, instants as `2026-09-30T08:15:00Z` with six
 * decimals when they are not zero, texts escaped as core/buf does. Published ids stand on this
 * text: it can never change.
 */
#ifndef BF_STORE_RECORD_ID_H
#define BF_STORE_RECORD_ID_H

#include "catalog/manifest.h"
#include "core/digest.h"

enum { BF_RECORD_ID = 20 };

/* values: one per field of the manifest. scratch is cleared and used. */
void bf_record_id(const struct bf_manifest *m, const struct bf_value *values,
                  struct bf_buf *scratch, struct bf_digest *digest, unsigned char id[BF_RECORD_ID]);

/* The id that this text is, 40 hexadecimal digits in lower case as answers show it; id may be NULL.
 * false: it is none. */
bool bf_record_id_read(struct bf_str text, unsigned char id[BF_RECORD_ID]);

#endif

/*
 * catalog/json: the text of a manifest to JSON.
 *
 * Purpose    refuses what a manifest must not be before jansson sees it (size, depth, bytes that
 *            are not UTF-8) and what jansson alone would let pass (duplicate keys).
 * Ownership  the caller ends the value by json_decref.
 * Errors     NULL, and a mistake with line:column in the report.
 * Limits     256 KiB, 16 levels.
 */
#ifndef BF_CATALOG_JSON_H
#define BF_CATALOG_JSON_H

#include "catalog/report.h"

#include <jansson.h>

enum { BF_MANIFEST_BYTES = 256 * 1024, BF_MANIFEST_DEPTH = 16 };

json_t *bf_json_read(struct bf_str text, const char *path, struct bf_report *report);

/* SHA-256 of the canonical form: members in order of name, no blanks. false: no memory. */
bool bf_json_digest(const json_t *json, unsigned char out[32]);

#endif

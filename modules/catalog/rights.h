/*
 * catalog/rights: which parts of a dataset not everybody sees.
 *
 *     {"requires": "read:crews", …}                                     the dataset
 *     {"records_require": "read:crews", …}                              its records alone
 *     {"name": "driver", "type": "text", "requires": "read:crews"}      a field
 *     {"name": "line", "type": "text", "sql": "…", "reveals": ["driver"]}
 *
 * Purpose    a right is the scope of a key, `read:<name>`. Who lacks the right that a dataset or a
 *            field requires shall find what he would find had it never been declared. So there is
 *            one way to it: the manifest without those parts, read anew. Names, aliases,
 *            vocabularies, the text that is searched, the geometry follow from that as they follow
 *            from any manifest, and nobody who is given it can forget to look.
 * Refused    a field of the key cannot be private (ids of records are made of it), nor one that a
 *            handler fills. A computed field that names a private one requires the same right, or
 *            says what it reveals.
 * Errors     go to the reader's report.
 */
#ifndef BF_CATALOG_RIGHTS_H
#define BF_CATALOG_RIGHTS_H

#include "catalog/reader.h"

/* What somebody may: each as the manifest writes it, "read:crews". */
struct bf_rights {
    const struct bf_str *names;
    size_t n;
};

/* An empty right is everybody's. */
bool bf_rights_hold(const struct bf_rights *rights, struct bf_str right);

/* `read:` and a name like those of datasets: a scope of auth/scope. */
bool bf_right_is_good(struct bf_str right);

/* The member of that name; empty: there is none. */
struct bf_str bf_rights_read(struct bf_reader *r, json_t *object, const char *name);

/* What can be said only of all fields together; and fills m->partial. */
void bf_rights_check(struct bf_reader *r, json_t *root, struct bf_manifest *m);

/* Takes out of a manifest's JSON what these rights do not show. false: no memory; what is left of
 * it is not to be shown. */
bool bf_rights_prune(json_t *root, const struct bf_rights *rights);

#endif

/*
 * catalog/templates: the metadata that describe a dataset, group by group (explore-v2.1, 4.3).
 *
 * Purpose    one table: it makes the dataset objects of every protocol, the names that the
 *            catalogue can be searched by, what a manifest may say under `metas`, and the address
 *            metadata_templates.
 * custom     its keys are the portal's own: those that some manifest gives.
 * inspire    is there when some manifest gives one of its keys.
 */
#ifndef BF_CATALOG_TEMPLATES_H
#define BF_CATALOG_TEMPLATES_H

#include "core/str.h"

enum bf_meta_kind {
    BF_META_TEXT,
    BF_META_LIST, /* of texts */
    BF_META_DATETIME,
    BF_META_BOOL,
    BF_META_INT,
    BF_META_OBJECT /* a GeoJSON feature */
};

struct bf_meta_key {
    const char *name;
    enum bf_meta_kind kind;
    bool given; /* a manifest may say it under `metas`; the others follow from other members */
};

struct bf_template {
    const char *name; /* "default" */
    const char *type; /* "basic", "interop", "extra" */
    const char *title;
    const struct bf_meta_key *keys; /* ends with a NULL name; none of its own: custom */
};

/* In the order of answers; ends with a NULL name. */
extern const struct bf_template bf_templates[];

const struct bf_template *bf_template_named(struct bf_str name); /* NULL: none */
const struct bf_meta_key *bf_template_key(const struct bf_template *t, struct bf_str name);
const char *bf_meta_kind_name(enum bf_meta_kind kind); /* "text", "list", … */

#endif

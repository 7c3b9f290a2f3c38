/*
 * api/push/value_text: a text as a value of a field.
 *
 * Purpose    cells of CSV, and the texts of JSON that stand for dates, instants and geometries.
 * Ownership  texts are borrowed, geometries lie in the arena.
 * Errors     NULL when the value is good, else the reason ("a whole number is expected").
 */
#ifndef BF_API_PUSH_VALUE_TEXT_H
#define BF_API_PUSH_VALUE_TEXT_H

#include "catalog/manifest.h"
#include "core/arena.h"

/* What values of a field need beside its type. */
struct bf_target {
    const struct bf_manifest_field *field;
    const struct bf_zone *zone; /* of z_is_local, or NULL */
    struct bf_arena *arena;     /* of the record */
    bool *repeated; /* set when a time of `zone` happens twice: it was read as the first */
};

/* A cell: empty is null. Texts keep their blanks, everything else is trimmed. */
const char *bf_value_from_cell(const struct bf_target *t, struct bf_str cell, struct bf_value *out);

const char *bf_value_date(struct bf_str text, struct bf_value *out);
/* With an offset; without one only where z_is_local names the zone. */
const char *bf_value_datetime(const struct bf_target *t, struct bf_str text, struct bf_value *out);
const char *bf_value_point(const struct bf_target *t, struct bf_str text, struct bf_value *out);
const char *bf_value_shape(const struct bf_target *t, struct bf_str text, struct bf_value *out);

/* "a whole number is expected" of the field's type. */
const char *bf_value_expected(enum bf_type type);

#endif

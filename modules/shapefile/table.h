/*
 * shapefile/table: the attributes of a shapefile, a dBASE III table (.dbf).
 *
 * Purpose    checks every length before it is used, and prints a row as the members of a JSON
 *            object. A blank value, a number of asterisks (it did not fit) and a date of zeros are
 *            null.
 * Types      C text, N and F numbers, D dates (as 2026-11-26), L true and false; others, the notes
 *            of a .dbt among them, are refused by their letter.
 * Texts      end at the first NUL, and are without the blanks that fill them up.
 * Ownership  bytes are borrowed; names lie in the arena.
 * Limits     BF_TABLE_FIELDS fields.
 * Errors     BODY, naming record (from 1) and field; never a value.
 */
#ifndef BF_SHAPEFILE_TABLE_H
#define BF_SHAPEFILE_TABLE_H

#include "shapefile/encoding.h"

enum { BF_TABLE_FIELDS = 500, BF_TABLE_NAME = 11 };

struct bf_table_field {
    struct bf_str name; /* UTF-8, after bf_table_decode */
    char type;
    size_t at, n; /* in a row */
};

struct bf_table {
    struct bf_str dbf;
    struct bf_table_field *fields;
    size_t nfields;
    size_t n; /* rows */
    size_t head, row;
    unsigned char language;
    struct bf_encoding *encoding;
    struct bf_buf text;
};

bool bf_table_open(struct bf_table *t, struct bf_arena *a, struct bf_str dbf, struct bf_err *err);
void bf_table_close(struct bf_table *t);

/* Whether all names and texts of it are UTF-8. */
bool bf_table_is_utf8(const struct bf_table *t);
/* What its texts are written in, before the first row is printed; reads the names. */
bool bf_table_decode(struct bf_table *t, struct bf_arena *a, const char *encoding,
                     struct bf_err *err);

bool bf_table_is_deleted(const struct bf_table *t, size_t row);
/* `"NAME":value,…`; nothing when there are no fields. */
bool bf_table_print(struct bf_table *t, size_t row, struct bf_buf *out, struct bf_err *err);

#endif

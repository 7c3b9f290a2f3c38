/*
 * catalog/guess: what the columns of rows that nobody has described may be.
 *
 * Purpose    looks at every value and says for each column a name that a field can have, a type,
 *            whether its values are worth counting (a facet), and a word on why; for all together a
 *            key and a geometry. `beffroi new` makes a manifest of it (catalog/draft).
 * Rule       a type is guessed only when every value of the column is of it, so that the rows that
 *            were looked at can be loaded; what is doubtful stays text, which loses nothing, and
 *            the word tells what could be made of it.
 * Ownership  everything lies in the arena; headers and texts are copied.
 * Limits     BF_GUESS_COLUMNS columns; rows are looked at until BF_GUESS_ROWS of them or
 *            BF_GUESS_CELLS values were seen.
 * Errors     false: no memory, or too many columns (bf_guess_settle says which).
 *
 *     g = bf_guess_new(arena);
 *     for each row: bf_guess_cell(g, header, kind, text) for each value; more = bf_guess_end_row(g)
 *     if (bf_guess_settle(g, &err)) … g->fields, g->key
 */
#ifndef BF_CATALOG_GUESS_H
#define BF_CATALOG_GUESS_H

#include "catalog/guess_fit.h"
#include "core/err.h"
#include "core/map.h"
#include "value/type.h"

enum {
    BF_GUESS_COLUMNS = 500,
    BF_GUESS_HEADER = 200, /* bytes, as "push" takes them (catalog/names) */
    BF_GUESS_ROWS = 200000,
    BF_GUESS_CELLS = 10000000,
    BF_GUESS_KEY = 3 /* most fields of a key that is looked for */
};

/* How a value was written. */
enum bf_guess_kind {
    BF_GUESS_CELL, /* of a table: may be anything */
    BF_GUESS_TEXT, /* of JSON: a text, a date or a place */
    BF_GUESS_NUMBER,
    BF_GUESS_BOOL,
    BF_GUESS_NESTED /* an object or a list of JSON */
};

/* What was seen of one column. Hashes stand for values: two that are equal are taken for one. */
struct bf_guess_column {
    struct bf_str header;
    uint64_t *hashes; /* by row; 0: empty */
    size_t nhashes, room;
    size_t filled;              /* values that are not empty */
    size_t cells, texts;        /* of those, by how they were written */
    size_t fits[BF_GUESS_FITS]; /* how many could be of each kind of value */
    size_t distinct;            /* after bf_guess_settle */
};

struct bf_guess_field {
    struct bf_str header; /* of the column; empty: the field is computed */
    struct bf_str name;
    struct bf_str label; /* differs from the name */
    enum bf_type type;
    bool facet, local;  /* local: z_is_local, the clock of Paris */
    struct bf_str sql;  /* of a computed one, or empty */
    struct bf_str word; /* why */
    size_t column;
};

struct bf_guess {
    struct bf_arena *arena, *scratch;
    struct bf_map by_header;
    struct bf_guess_column *columns;
    size_t ncolumns, room;
    size_t rows, cells;
    bool full; /* more rows were there */
    bool too_many_columns;

    /* After bf_guess_settle. */
    struct bf_guess_field *fields;
    size_t nfields;
    size_t key[8]; /* indices of fields */
    size_t nkey;
    bool unique;  /* the key tells all rows apart */
    int geometry; /* index of a field, -1: none */
};

struct bf_guess *bf_guess_new(struct bf_arena *a);

/* A column is made when its name is met first. An empty text is no value. */
void bf_guess_cell(struct bf_guess *g, struct bf_str header, enum bf_guess_kind kind,
                   struct bf_str text);
/* A column without a value in this row, so that the order of columns is kept. */
void bf_guess_header(struct bf_guess *g, struct bf_str header);
/* false: enough was seen. */
bool bf_guess_end_row(struct bf_guess *g);

bool bf_guess_settle(struct bf_guess *g, struct bf_err *err);

#endif

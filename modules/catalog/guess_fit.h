/*
 * catalog/guess_fit: what one value of a file can be read as.
 *
 * Purpose    the kinds of values that catalog/guess counts by column. A value may be of several:
 *            2026 is a whole number, a number and, were it 10 long, perhaps a day.
 */
#ifndef BF_CATALOG_GUESS_FIT_H
#define BF_CATALOG_GUESS_FIT_H

#include "core/arena.h"

enum bf_guess_fit {
    BF_FIT_BOOL,
    BF_FIT_WHOLE,
    BF_FIT_REAL,
    BF_FIT_COMMA,   /* 3,06 */
    BF_FIT_PADDED,  /* digits alone, which may begin with zeros: 059350 */
    BF_FIT_DATE,    /* 2026-11-26 */
    BF_FIT_FRENCH,  /* 26/11/2026 */
    BF_FIT_INSTANT, /* with an offset */
    BF_FIT_WALL,    /* without */
    BF_FIT_POINT,
    BF_FIT_SHAPE,
    BF_GUESS_FITS
};

/* Texts without blanks around them. Scratch memory is the caller's to reset. */
void bf_guess_fit_cell(struct bf_arena *scratch, struct bf_str s, bool fits[BF_GUESS_FITS]);
/* What a text of JSON can be: neither a number nor a boolean. */
void bf_guess_fit_text(struct bf_arena *scratch, struct bf_str s, bool fits[BF_GUESS_FITS]);
/* A number of JSON. */
void bf_guess_fit_number(struct bf_str s, bool fits[BF_GUESS_FITS]);
/* An object or a list of JSON. */
void bf_guess_fit_nested(struct bf_arena *scratch, struct bf_str s, bool fits[BF_GUESS_FITS]);

#endif

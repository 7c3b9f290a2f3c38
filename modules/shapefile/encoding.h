/*
 * shapefile/encoding: the characters of a .dbf, as UTF-8.
 *
 * Purpose    a .dbf says what its texts are written in by a .cpg beside it, by one byte (the
 *            "language driver"), or not at all. By the C library's iconv, for encodings of one byte
 *            a character and UTF-8 alone: what lies in the table below reaches iconv, nothing that
 *            a file says.
 * Ownership  it lies in the arena, which closes it.
 * Errors     NULL for a name or byte that is not known. bf_encoding_decode: false for bytes that
 *            are no text in it.
 */
#ifndef BF_SHAPEFILE_ENCODING_H
#define BF_SHAPEFILE_ENCODING_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

struct bf_encoding;

/* The name of an encoding as iconv has it: "UTF-8", "utf8", "65001" -> "UTF-8"; "1252",
 * "ANSI 1252", "windows-1252" -> "CP1252"; "ISO 88591", "8859_1", "latin1" -> "ISO-8859-1". */
const char *bf_encoding_named(struct bf_str name);
/* Of a language driver; NULL also for 0 and 0x57, "what the machine had", which say nothing. */
const char *bf_encoding_of_language(unsigned char driver);

/* `name` comes from the above. */
struct bf_encoding *bf_encoding_open(struct bf_arena *a, const char *name, struct bf_err *err);
/* Replaces what is in `out`. */
bool bf_encoding_decode(struct bf_encoding *e, struct bf_str text, struct bf_buf *out);

/* How many bytes of UTF-8 stand at the end that a whole character would need more of: a text that
 * filled its field is cut off there by who wrote it. */
size_t bf_encoding_cut_tail(struct bf_str text);

#endif

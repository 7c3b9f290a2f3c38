/*
 * value/number: numbers to and from text.
 *
 * bf_number_print    shortest decimal that reads back as the same double, laid out as Python's
 *                    repr does (a JSON number): `3.0`, `0.0001`, `1e-05`, `1e+22`; at most 24
 *                    bytes. The caller never has NaN or Infinity; they would print as `null`.
 *                    (46 powers of two, the least remote of them 2^-24, get 17 digits where 16
 *                    would do.)
 * bf_number_format…   the same into memory, giving the length; all BF_NUMBER_MAX bytes there may be
 *                    written to.
 * bf_number_int/_real   strict readers of a whole text: optional minus, digits, and for reals
 *                    point and exponent (RFC 8259 section 6, leading zeros allowed); false when it
 *                    is anything else, too large, or (reals) longer than BF_NUMBER_TEXT. A real
 *                    too small for a double reads as zero.
 * Locale     the process never leaves the "C" locale; strtod and printf rely on it.
 */
#ifndef BF_VALUE_NUMBER_H
#define BF_VALUE_NUMBER_H

#include "core/buf.h"

enum { BF_NUMBER_MAX = 48, BF_NUMBER_TEXT = 1024 };

void bf_number_print(struct bf_buf *out, double v);
size_t bf_number_format(char out[BF_NUMBER_MAX], double v);
size_t bf_number_format_int(char out[BF_NUMBER_MAX], int64_t v);
bool bf_number_int(struct bf_str text, int64_t *out);
bool bf_number_real(struct bf_str text, double *out);

#endif

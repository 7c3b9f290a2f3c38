/*
 * value/number: numbers to and from text.
 *
 * bf_number_print    shortest decimal that reads back as the same double; JSON form (never NaN or Infinity: the caller
 *                    never has them), at most BF_NUMBER_MAX bytes. 3 prints as `3.0` (a JSON double that reads as one).
 * bf_number_int/_real   strict readers of a whole text: optional minus, digits, and for reals point and exponent
 *                    (RFC 8259 section 6, leading zeros allowed); false when it is anything else or out of range.
 */
#ifndef BF_VALUE_NUMBER_H
#define BF_VALUE_NUMBER_H

#include "core/buf.h"

enum { BF_NUMBER_MAX = 32 };

void bf_number_print(struct bf_buf *out, double v);
bool bf_number_int(struct bf_str text, int64_t *out);
bool bf_number_real(struct bf_str text, double *out);

#endif

/*
 * value/json_text: JSON (RFC 8259) that is looked at as a text: whether it is one value, so that it
 * may be written into an answer as it is, and whether a parser may be asked about it.
 *
 * Limits     a value: 64 levels; control characters inside strings are refused, as the RFC does.
 *            The text is UTF-8 already.
 */
#ifndef BF_VALUE_JSON_TEXT_H
#define BF_VALUE_JSON_TEXT_H

#include "core/str.h"

bool bf_json_text_valid(struct bf_str text);

/* Byte at which the text opens one level too many; text.n when it never does. jansson is not asked
 * about what is deeper: a few kilobytes of brackets become megabytes. */
size_t bf_json_text_too_deep(struct bf_str text, size_t most);

#endif

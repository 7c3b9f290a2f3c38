/*
 * value/json_text: whether a text is one JSON value (RFC 8259), so that it may be written into an
 * answer as it is.
 *
 * Limits     64 levels; control characters inside strings are refused, as the RFC does. The text is
 *            UTF-8 already.
 */
#ifndef BF_VALUE_JSON_TEXT_H
#define BF_VALUE_JSON_TEXT_H

#include "core/str.h"

bool bf_json_text_valid(struct bf_str text);

#endif

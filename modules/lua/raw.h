/*
 * lua/raw: a record as it came, before fields and types are looked at.
 *
 * Ownership  borrowed; whoever made it keeps it alive. The kinds are those of a member of a push.
 */
#ifndef BF_LUA_RAW_H
#define BF_LUA_RAW_H

#include "core/str.h"

enum bf_raw_kind {
    BF_RAW_NULL,
    BF_RAW_TRUE,
    BF_RAW_FALSE,
    BF_RAW_NUMBER,
    BF_RAW_TEXT,
    BF_RAW_OBJECT,
    BF_RAW_ARRAY
};

struct bf_raw_member {
    struct bf_str name;
    enum bf_raw_kind kind;
    struct bf_str text; /* TEXT: decoded; NUMBER, OBJECT, ARRAY: valid JSON; others: anything */
};

struct bf_raw_record {
    const struct bf_raw_member *members;
    size_t n;
};

#endif

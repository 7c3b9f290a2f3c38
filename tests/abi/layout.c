/* Where each member of the ABI lies and what each constant is, as the header in use has it. A new
 * member gets a line here, under `#if BF_ABI_MINOR >= n`. */
#include "layout.h"

#include <beffroi/handler.h>

#include <stddef.h>

#define MEMBER(s, m)                                                             \
    {                                                                            \
#s "." #m, (long)offsetof(struct s, m), (long)sizeof(((struct s *)0)->m) \
    }
#define CONSTANT(c)      \
    {                    \
#c, (long)(c), 0 \
    }

extern const struct layout_entry layout[];
extern const unsigned layout_version[2];
extern const unsigned long layout_sizes[2];

BF_EXPORT const unsigned layout_version[2] = {BF_ABI_MAJOR, BF_ABI_MINOR};
BF_EXPORT const unsigned long layout_sizes[2] = {sizeof(struct bf_api), sizeof(struct bf_handler)};

BF_EXPORT const struct layout_entry layout[] = {
    MEMBER(bf_api, size),
    MEMBER(bf_api, major),
    MEMBER(bf_api, minor),
    MEMBER(bf_api, alloc),
    MEMBER(bf_api, keep),
    MEMBER(bf_api, reject),
    MEMBER(bf_api, fail),
    MEMBER(bf_api, log),
    MEMBER(bf_api, field),
    MEMBER(bf_api, option),
    MEMBER(bf_api, get_bool),
    MEMBER(bf_api, get_int),
    MEMBER(bf_api, get_double),
    MEMBER(bf_api, get_text),
    MEMBER(bf_api, get_time),
    MEMBER(bf_api, get_point),
    MEMBER(bf_api, set_null),
    MEMBER(bf_api, set_bool),
    MEMBER(bf_api, set_int),
    MEMBER(bf_api, set_double),
    MEMBER(bf_api, set_text),
    MEMBER(bf_api, set_time),
    MEMBER(bf_api, set_point),
    MEMBER(bf_api, query_and),
    MEMBER(bf_api, query_uses),
#if BF_ABI_MINOR >= 1
    MEMBER(bf_api, set_shape),
    MEMBER(bf_api, set_json),
    MEMBER(bf_api, source_values),
    MEMBER(bf_api, source_int),
    MEMBER(bf_api, source_text),
    MEMBER(bf_api, source_least),
    MEMBER(bf_api, source_most),
    MEMBER(bf_api, source_box),
    MEMBER(bf_api, source_limit),
    MEMBER(bf_api, source_now),
    MEMBER(bf_api, source_alloc),
    MEMBER(bf_api, source_version),
    MEMBER(bf_api, source_instant),
#endif
    MEMBER(bf_handler, size),
    MEMBER(bf_handler, major),
    MEMBER(bf_handler, minor),
    MEMBER(bf_handler, flags),
    MEMBER(bf_handler, name),
    MEMBER(bf_handler, version),
    MEMBER(bf_handler, summary),
    MEMBER(bf_handler, options),
    MEMBER(bf_handler, adds),
    MEMBER(bf_handler, open),
    MEMBER(bf_handler, close),
    MEMBER(bf_handler, rewrite),
    MEMBER(bf_handler, row),
    MEMBER(bf_handler, finish),
#if BF_ABI_MINOR >= 1
    MEMBER(bf_handler, source_open),
    MEMBER(bf_handler, source_next),
    MEMBER(bf_handler, source_close),
    CONSTANT(BF_END),
#endif
    MEMBER(bf_field, name),
    MEMBER(bf_field, type),
    MEMBER(bf_field, label),
    MEMBER(bf_field, unit),
    MEMBER(bf_option, key),
    MEMBER(bf_option, type),
    MEMBER(bf_option, preset),
    MEMBER(bf_option, help),
    {"sizeof bf_field", 0, sizeof(struct bf_field)}, /* elements of arrays: they never grow */
    {"sizeof bf_option", 0, sizeof(struct bf_option)},
    CONSTANT(BF_OK),
    CONSTANT(BF_SKIP),
    CONSTANT(BF_FAIL),
    CONSTANT(BF_NULL),
    CONSTANT(BF_BOOL),
    CONSTANT(BF_INT),
    CONSTANT(BF_DOUBLE),
    CONSTANT(BF_TEXT),
    CONSTANT(BF_DATE),
    CONSTANT(BF_DATETIME),
    CONSTANT(BF_GEO_POINT),
    CONSTANT(BF_GEO_SHAPE),
    CONSTANT(BF_JSON),
    CONSTANT(BF_DEBUG),
    CONSTANT(BF_INFO),
    CONSTANT(BF_WARNING),
    CONSTANT(BF_ERROR),
    {NULL, 0, 0},
};

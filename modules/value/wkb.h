/*
 * value/wkb: well-known binary, ISO and PostGIS's EWKB, of either byte order.
 *
 * Purpose    a cursor over the bytes for printing, and a reader that feeds a value/shape.
 * Ownership  borrows the bytes.
 * Errors     false: the bytes end too early or are none of this. The reader also names a reason.
 * Source     OGC 06-103r4 section 8.2; EWKB's flags: PostGIS, liblwgeom.
 */
#ifndef BF_VALUE_WKB_H
#define BF_VALUE_WKB_H

#include "value/shape.h"

struct bf_wkb {
    const unsigned char *p, *end;
    bool little; /* set by each head */
};

struct bf_wkb_head {
    uint32_t kind; /* 1..7 */
    bool more;     /* Z or M */
    bool has_srid;
    uint32_t srid;
};

struct bf_wkb bf_wkb_of(struct bf_str bytes);
bool bf_wkb_head(struct bf_wkb *w, struct bf_wkb_head *out);
bool bf_wkb_count(struct bf_wkb *w, uint32_t *out);
bool bf_wkb_point(struct bf_wkb *w, struct bf_point *out);

bool bf_wkb_read(struct bf_shape *s, struct bf_str bytes);
bool bf_wkb_read_hex(struct bf_shape *s, struct bf_str hex);

#endif

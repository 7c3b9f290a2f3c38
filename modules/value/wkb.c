#include "value/wkb.h"

#include <endian.h>
#include <string.h>

enum { HAS_Z = 1u << 31, HAS_M = 1u << 30, HAS_SRID = 1u << 29 };

static const char cut_short[] = "the WKB ends too early";

struct bf_wkb bf_wkb_of(struct bf_str bytes)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    return (struct bf_wkb){p, p + bytes.n, true};
}

static bool take(struct bf_wkb *w, void *out, size_t n)
{
    if ((size_t)(w->end - w->p) < n)
        return false;
    memcpy(out, w->p, n);
    w->p += n;
    return true;
}

bool bf_wkb_count(struct bf_wkb *w, uint32_t *out)
{
    uint32_t v;
    if (!take(w, &v, sizeof v))
        return false;
    *out = w->little ? le32toh(v) : be32toh(v);
    return true;
}

bool bf_wkb_head(struct bf_wkb *w, struct bf_wkb_head *out)
{
    unsigned char order;
    uint32_t type;
    if (!take(w, &order, 1) || order > 1)
        return false;
    w->little = order;
    if (!bf_wkb_count(w, &type))
        return false;
    *out = (struct bf_wkb_head){.kind = type & ~(HAS_Z | HAS_M | HAS_SRID),
                                .more = type & (HAS_Z | HAS_M),
                                .has_srid = type & HAS_SRID};
    if (out->kind > 1000 && out->kind < 4000) { /* ISO: 1001 PointZ, 2001 PointM, 3001 PointZM */
        out->more = true;
        out->kind %= 1000;
    }
    if (out->has_srid && !bf_wkb_count(w, &out->srid))
        return false;
    return out->kind >= BF_SHAPE_POINT && out->kind <= BF_SHAPE_COLLECTION;
}

static double real_of(uint64_t bits, bool little)
{
    double v;
    bits = little ? le64toh(bits) : be64toh(bits);
    memcpy(&v, &bits, sizeof v);
    return v;
}

bool bf_wkb_point(struct bf_wkb *w, struct bf_point *out)
{
    uint64_t bits[2];
    if (!take(w, bits, sizeof bits))
        return false;
    *out = (struct bf_point){real_of(bits[0], w->little), real_of(bits[1], w->little)};
    return true;
}

static bool read_vertex(struct bf_shape *s, struct bf_wkb *w)
{
    struct bf_point p;
    if (!bf_wkb_point(w, &p))
        return bf_shape_fail(s, cut_short);
    return bf_shape_vertex(s, p.lon, p.lat);
}

static bool read_ring(struct bf_shape *s, struct bf_wkb *w)
{
    uint32_t n;
    if (!bf_wkb_count(w, &n))
        return bf_shape_fail(s, cut_short);
    if (!bf_shape_ring(s))
        return false;
    while (n--)
        if (!read_vertex(s, w))
            return false;
    return bf_shape_close(s);
}

/* One geometry. It is as deep as the shape lets it be. */
static bool read_one(struct bf_shape *s, struct bf_wkb *w)
{
    struct bf_wkb_head head;
    if (!bf_wkb_head(w, &head))
        return bf_shape_fail(s, w->p == w->end ? cut_short : "the WKB is not of a known geometry");
    if (head.more)
        return bf_shape_fail(s, "Z and M coordinates are not supported");
    if (head.has_srid && head.srid != BF_SHAPE_SRID)
        return bf_shape_fail(s, "the SRID is not 4326 (WGS 84 longitude and latitude)");
    if (!bf_shape_open(s, (int)head.kind))
        return false;
    uint32_t n = 1;
    if (head.kind != BF_SHAPE_POINT && !bf_wkb_count(w, &n))
        return bf_shape_fail(s, cut_short);
    bool (*item)(struct bf_shape *, struct bf_wkb *) = head.kind <= BF_SHAPE_LINE      ? read_vertex
                                                       : head.kind == BF_SHAPE_POLYGON ? read_ring
                                                                                       : read_one;
    while (n--)
        if (!item(s, w))
            return false;
    return bf_shape_close(s);
}

bool bf_wkb_read(struct bf_shape *s, struct bf_str bytes)
{
    struct bf_wkb w = bf_wkb_of(bytes);
    if (!read_one(s, &w))
        return false;
    return w.p == w.end || bf_shape_fail(s, "there are bytes after the geometry");
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode_hex(struct bf_shape *s, struct bf_buf *out, struct bf_str hex)
{
    char *at = hex.n % 2 ? NULL : bf_buf_reserve(out, hex.n / 2);
    if (!at)
        return bf_shape_fail(s, "the hexadecimal WKB has an odd length");
    for (size_t i = 0; i < hex.n; i += 2) {
        int high = nibble(hex.p[i]), low = nibble(hex.p[i + 1]);
        if (high < 0 || low < 0)
            return bf_shape_fail(s, "the WKB is not hexadecimal");
        at[i / 2] = (char)(high << 4 | low);
    }
    bf_buf_wrote(out, hex.n / 2);
    return true;
}

bool bf_wkb_read_hex(struct bf_shape *s, struct bf_str hex)
{
    struct bf_buf bytes;
    bf_buf_init(&bytes, hex.n / 2 + 1);
    bool ok = decode_hex(s, &bytes, hex) && bf_wkb_read(s, bf_buf_view(&bytes));
    bf_buf_fini(&bytes);
    return ok;
}

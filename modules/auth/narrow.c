#include "auth/narrow.h"

#include "auth/key.h"
#include "catalog/names.h"
#include "value/number.h"
#include "value/wkb.h"

#include <math.h>
#include <string.h>

/* OGC 06-103r4, table 2. */
enum { KIND_POINT = 1, KIND_POLYGON = 3 };

static bool has_all(const struct bf_str *list, size_t n, const struct bf_str *wanted, size_t many)
{
    for (size_t i = 0; i < many; i++)
        if (!bf_str_in(wanted[i], list, n))
            return false;
    return true;
}

/* ---- what each may be ---- */

static bool is_host(struct bf_str s)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    for (size_t i = 0; i < s.n; i++)
        if (!memchr(allowed, s.p[i], sizeof allowed - 1))
            return false;
    return s.n > 0 && s.p[0] != '.' && s.p[0] != '-' && s.p[s.n - 1] != '.';
}

static bool is_port(struct bf_str s, int64_t usual)
{
    int64_t port;
    return s.n <= 5 && s.n > 0 && s.p[0] != '0' && bf_number_int(s, &port) && port > 0 &&
           port <= 65535 && port != usual;
}

bool bf_origin_is_good(struct bf_str origin)
{
    bool tls = bf_str_starts(origin, BF_STR("https://"));
    size_t scheme = tls ? 8 : 7;
    if (origin.n > BF_KEY_ORIGIN || (!tls && !bf_str_starts(origin, BF_STR("http://"))))
        return false;
    struct bf_str port;
    struct bf_str host =
        bf_str_cut((struct bf_str){origin.p + scheme, origin.n - scheme}, ':', &port);
    return is_host(host) && (!port.p || is_port(port, tls ? 443 : 80));
}

static bool within(double v, double most)
{
    return isfinite(v) && v >= -most && v <= most;
}

static bool is_box(const struct bf_key_box *b)
{
    return within(b->west, 180) && within(b->east, 180) && within(b->south, 90) &&
           within(b->north, 90) && b->west < b->east && b->south < b->north;
}

static bool is_rate(int64_t rate)
{
    return rate > 0 && rate <= BF_KEY_RATE;
}

static bool are_shares(const struct bf_narrowing *n)
{
    for (size_t i = 0; i < n->nshares; i++)
        if (!bf_key_id_is_good(n->shares[i].jti) || !is_rate(n->shares[i].rate) || n->rate == 0 ||
            n->rate > n->shares[i].rate)
            return false;
    return n->nshares <= BF_KEY_SHARES;
}

void bf_narrowing_add_share(struct bf_key_share *list, size_t *n, struct bf_key_share share)
{
    size_t at = (*n)++;
    for (; at > 0 && list[at - 1].rate < share.rate; at--)
        list[at] = list[at - 1];
    list[at] = share;
}

bool bf_narrowing_has_own_rate(const struct bf_narrowing *n)
{
    for (size_t i = 0; i < n->nshares; i++)
        if (n->shares[i].rate <= n->rate)
            return false;
    return n->rate > 0;
}

const char *bf_narrowing_wrong(const struct bf_narrowing *n)
{
    if (n->ndatasets > BF_KEY_DATASETS)
        return "datasets: a key is narrowed to at most 16 datasets";
    for (size_t i = 0; i < n->ndatasets; i++)
        if (!bf_names_is_id(n->datasets[i]))
            return "datasets: the ids of datasets are expected";
    if (n->norigins > BF_KEY_ORIGINS)
        return "origins: a key is narrowed to at most 8 origins";
    for (size_t i = 0; i < n->norigins; i++)
        if (!bf_origin_is_good(n->origins[i]))
            return "origins: https://host or https://host:port is expected, in lower case";
    if (n->has_box && !is_box(&n->box))
        return "bbox: west,south,east,north in degrees is expected, west < east, south < north";
    if (n->rate != 0 && !is_rate(n->rate))
        return "rate: 1 to 1,000,000 requests a minute are expected";
    if (!are_shares(n))
        return "rates: those of at most 4 other keys are expected, none below its own";
    return NULL;
}

/* ---- as JSON ---- */

static void print_texts(struct bf_buf *out, const char *name, const struct bf_str *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            bf_buf_char(out, ',');
        else
            bf_buf_printf(out, ",\"%s\":[", name);
        bf_buf_json(out, list[i]);
    }
    bf_buf_text(out, n ? "]" : "");
}

static void print_box(struct bf_buf *out, const struct bf_key_box *b)
{
    const double sides[] = {b->west, b->south, b->east, b->north};
    bf_buf_text(out, ",\"bbox\":");
    for (size_t i = 0; i < 4; i++) {
        bf_buf_char(out, i ? ',' : '[');
        bf_number_print(out, sides[i]);
    }
    bf_buf_char(out, ']');
}

static void print_shares(struct bf_buf *out, const struct bf_key_share *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(out, i ? "," : ",\"rates\":{");
        bf_buf_json(out, list[i].jti);
        bf_buf_printf(out, ":%lld", (long long)list[i].rate);
    }
    bf_buf_text(out, n ? "}" : "");
}

void bf_narrowing_members(struct bf_buf *out, const struct bf_narrowing *n)
{
    print_texts(out, "datasets", n->datasets, n->ndatasets);
    if (n->has_box)
        print_box(out, &n->box);
    print_texts(out, "origins", n->origins, n->norigins);
    if (n->rate)
        bf_buf_printf(out, ",\"rate\":%lld", (long long)n->rate);
    print_shares(out, n->shares, n->nshares);
}

/* ---- what they let through ---- */

bool bf_narrowing_has_dataset(const struct bf_narrowing *n, struct bf_str id)
{
    return n->ndatasets == 0 || bf_str_in(id, n->datasets, n->ndatasets);
}

bool bf_narrowing_has_origin(const struct bf_narrowing *n, struct bf_str origin)
{
    return n->norigins == 0 || bf_str_in(origin, n->origins, n->norigins);
}

/* ---- the box ---- */

bool bf_key_box_holds_point(const struct bf_key_box *b, struct bf_point p)
{
    return p.lon >= b->west && p.lon <= b->east && p.lat >= b->south && p.lat <= b->north;
}

static bool holds_points(const struct bf_key_box *b, struct bf_wkb *w, uint32_t n)
{
    struct bf_point p;
    for (; n; n--)
        if (!bf_wkb_point(w, &p) || !bf_key_box_holds_point(b, p))
            return false;
    return true;
}

/* Of a line its points, of a polygon those of its rings. */
static bool holds_part(const struct bf_key_box *b, struct bf_wkb *w, uint32_t kind)
{
    uint32_t rings = 1, n;
    if (kind == KIND_POINT)
        return holds_points(b, w, 1);
    if (kind == KIND_POLYGON && !bf_wkb_count(w, &rings))
        return false;
    for (; rings; rings--)
        if (!bf_wkb_count(w, &n) || !holds_points(b, w, n))
            return false;
    return true;
}

static bool holds(const struct bf_key_box *b, struct bf_wkb *w, int depth)
{
    struct bf_wkb_head head;
    uint32_t parts;
    if (depth > BF_SHAPE_COLLECTIONS || !bf_wkb_head(w, &head) || head.more)
        return false;
    if (head.kind <= KIND_POLYGON)
        return holds_part(b, w, head.kind);
    if (!bf_wkb_count(w, &parts))
        return false;
    for (; parts; parts--)
        if (!holds(b, w, depth + 1))
            return false;
    return true;
}

bool bf_key_box_holds(const struct bf_key_box *box, struct bf_str ewkb)
{
    struct bf_wkb w = bf_wkb_of(ewkb);
    return holds(box, &w, 0) && w.p == w.end;
}

/* ---- a child and its parent ---- */

static bool box_inside(const struct bf_key_box *in, const struct bf_key_box *out)
{
    return in->west >= out->west && in->east <= out->east && in->south >= out->south &&
           in->north <= out->north;
}

static void inherit(struct bf_narrowing *child, const struct bf_narrowing *parent)
{
    if (child->ndatasets == 0) {
        child->datasets = parent->datasets;
        child->ndatasets = parent->ndatasets;
    }
    if (child->norigins == 0) {
        child->origins = parent->origins;
        child->norigins = parent->norigins;
    }
    if (!child->has_box) {
        child->box = parent->box;
        child->has_box = parent->has_box;
    }
    if (child->rate == 0)
        child->rate = parent->rate;
}

const char *bf_narrowing_under(struct bf_narrowing *child, const struct bf_narrowing *parent)
{
    inherit(child, parent);
    if (parent->ndatasets &&
        !has_all(parent->datasets, parent->ndatasets, child->datasets, child->ndatasets))
        return "datasets: the key itself does not see all of these";
    if (parent->norigins &&
        !has_all(parent->origins, parent->norigins, child->origins, child->norigins))
        return "origins: the key itself may not be used from all of these";
    if (parent->has_box && !box_inside(&child->box, &parent->box))
        return "bbox: the key itself sees less";
    if (parent->rate && child->rate > parent->rate)
        return "rate: the key itself has less";
    return bf_narrowing_wrong(child);
}

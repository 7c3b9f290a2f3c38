#include "fetch/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { V6_BYTES = 16, MAPPED_AT = 12, V4_BITS = 32, MAPPED_BITS = 96, WORD_MOST = 64 };

/* Every address is sixteen bytes here; IPv4 is what RFC 4291 calls IPv4-mapped. */
struct network {
    unsigned char bytes[V6_BYTES];
    unsigned bits;
};

static const unsigned char mapped[MAPPED_AT] = {[10] = 0xFF, [11] = 0xFF};

/* Not of everybody, in IANA's registries of special addresses. */
static const struct {
    unsigned char bytes[4];
    unsigned bits;
} closed_v4[] = {
    {{0, 0, 0, 0}, 8},      {{10, 0, 0, 0}, 8},     {{100, 64, 0, 0}, 10}, {{127, 0, 0, 0}, 8},
    {{169, 254, 0, 0}, 16}, {{172, 16, 0, 0}, 12},  {{192, 0, 0, 0}, 24},  {{192, 0, 2, 0}, 24},
    {{192, 88, 99, 0}, 24}, {{192, 168, 0, 0}, 16}, {{198, 18, 0, 0}, 15}, {{198, 51, 100, 0}, 24},
    {{203, 0, 113, 0}, 24}, {{224, 0, 0, 0}, 4},    {{240, 0, 0, 0}, 4},
};

/* Of IPv6 only 2000::/3 is given out; these parts of it lead elsewhere or nowhere. */
static const struct network open_v6 = {{0x20}, 3};
static const struct network closed_v6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments, Teredo among them */
    {{0x20, 0x01, 0x0D, 0xB8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4: an IPv4 address inside */
    {{0x3F, 0xFF}, 20},             /* documentation */
};

static bool has_prefix(const unsigned char *a, const unsigned char *prefix, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(a, prefix, whole) != 0)
        return false;
    unsigned mask = (0xFF00u >> rest) & 0xFFu;
    return rest == 0 || (a[whole] & mask) == (prefix[whole] & mask);
}

static void map_v4(const void *v4, unsigned char out[V6_BYTES])
{
    memcpy(out, mapped, MAPPED_AT);
    memcpy(out + MAPPED_AT, v4, 4);
}

static bool bytes_of(const struct sockaddr *address, unsigned char out[V6_BYTES])
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        map_v4(&in.sin_addr, out);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof in6);
    memcpy(out, &in6.sin6_addr, V6_BYTES);
    return true;
}

bool bf_address_public(const struct sockaddr *address)
{
    unsigned char a[V6_BYTES];
    if (!bytes_of(address, a))
        return false;
    if (memcmp(a, mapped, MAPPED_AT) == 0) {
        for (size_t i = 0; i < sizeof closed_v4 / sizeof closed_v4[0]; i++)
            if (has_prefix(a + MAPPED_AT, closed_v4[i].bytes, closed_v4[i].bits))
                return false;
        return true;
    }
    if (!has_prefix(a, open_v6.bytes, open_v6.bits))
        return false;
    for (size_t i = 0; i < sizeof closed_v6 / sizeof closed_v6[0]; i++)
        if (has_prefix(a, closed_v6[i].bytes, closed_v6[i].bits))
            return false;
    return true;
}

/* ---- networks of the settings ---- */

/* The next word; empty at the end. */
static struct bf_str next_word(struct bf_str *text)
{
    *text = bf_str_trim(*text);
    struct bf_str word = bf_str_cut(*text, ' ', text);
    if (!text->p)
        *text = (struct bf_str){"", 0};
    return word;
}

static bool read_bits(struct bf_str text, unsigned most, unsigned *bits)
{
    *bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || i > 2)
            return false;
        *bits = *bits * 10 + (unsigned)(text.p[i] - '0');
    }
    return text.n > 0 && *bits <= most;
}

static bool read_network(struct bf_str word, struct network *out)
{
    char text[WORD_MOST];
    struct in_addr v4;
    struct bf_str bits;
    struct bf_str address = bf_str_cut(word, '/', &bits);
    if (address.n >= sizeof text)
        return false;
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    bool is_v4 = inet_pton(AF_INET, text, &v4) == 1;
    if (is_v4)
        map_v4(&v4, out->bytes);
    else if (inet_pton(AF_INET6, text, out->bytes) != 1)
        return false;
    out->bits = is_v4 ? V4_BITS : 8 * V6_BYTES;
    if (bits.p && !read_bits(bits, out->bits, &out->bits))
        return false;
    out->bits += is_v4 ? MAPPED_BITS : 0;
    return true;
}

bool bf_networks_check(struct bf_str networks, struct bf_err *err)
{
    struct network n;
    for (struct bf_str word; (word = next_word(&networks)).n > 0;)
        if (!read_network(word, &n))
            return BF_FAIL_WITH(err, BF_E_PARAMETER, "\"%.*s\" is no address and no network.",
                                BF_STR_ARG(word));
    return true;
}

bool bf_address_within(const struct sockaddr *address, struct bf_str networks)
{
    unsigned char a[V6_BYTES];
    struct network n;
    if (!bytes_of(address, a))
        return false;
    for (struct bf_str word; (word = next_word(&networks)).n > 0;)
        if (read_network(word, &n) && has_prefix(a, n.bytes, n.bits))
            return true;
    return false;
}

#include "http/etag.h"

#include <string.h>

void bf_etag_print(const unsigned char digest[BF_DIGEST_BYTES], char out[BF_ETAG])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int i = 0; i < BF_ETAG; i++) {
        int bit = i * 6;
        unsigned two = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];
        out[i] = letters[two >> (10 - bit % 8) & 63];
    }
}

bool bf_etag_matches(struct bf_str if_none_match, struct bf_str etag)
{
    while (if_none_match.n) {
        struct bf_str tag = bf_str_trim(bf_str_cut(if_none_match, ',', &if_none_match));
        if (bf_str_eq(tag, BF_STR("*")))
            return true;
        if (bf_str_starts(tag, BF_STR("W/")))
            tag = (struct bf_str){tag.p + 2, tag.n - 2};
        if (tag.n == etag.n + 2 && tag.p[0] == '"' && tag.p[tag.n - 1] == '"' &&
            memcmp(tag.p + 1, etag.p, etag.n) == 0)
            return true;
    }
    return false;
}

#include "limits/caller.h"

#include <arpa/inet.h>
#include <string.h>

enum { V4_BYTES = 4, V6_BYTES = 16, PREFIX_BYTES = 8, MAPPED_AT = 12 };

static enum bf_caller read_v4(const unsigned char v4[V4_BYTES], unsigned char out[BF_CALLER_BYTES])
{
    out[0] = 4;
    memcpy(out + 1, v4, V4_BYTES);
    return v4[0] == 127 ? BF_CALLER_SELF : BF_CALLER_ADDRESS;
}

enum bf_caller bf_caller_read(struct bf_str address, unsigned char out[BF_CALLER_BYTES])
{
    static const unsigned char mapped[MAPPED_AT] = {[10] = 0xff, [11] = 0xff};
    static const unsigned char self[V6_BYTES] = {[V6_BYTES - 1] = 1};
    char text[INET6_ADDRSTRLEN];
    unsigned char v6[V6_BYTES];
    memset(out, 0, BF_CALLER_BYTES);
    if (address.n == 0 || address.n >= sizeof text)
        return BF_CALLER_NONE;
    memcpy(text, address.p, address.n);
    text[address.n] = '\0';
    if (inet_pton(AF_INET, text, v6) == 1)
        return read_v4(v6, out);
    if (inet_pton(AF_INET6, text, v6) != 1)
        return BF_CALLER_NONE;
    if (memcmp(v6, mapped, MAPPED_AT) == 0)
        return read_v4(v6 + MAPPED_AT, out);
    out[0] = 6;
    memcpy(out + 1, v6, PREFIX_BYTES);
    return memcmp(v6, self, V6_BYTES) == 0 ? BF_CALLER_SELF : BF_CALLER_ADDRESS;
}

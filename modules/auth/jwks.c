#include "auth/jwks.h"

#include "auth/base64url.h"
#include "auth/keyring.h"
#include "value/member.h"

static void print_coordinate(struct bf_buf *out, const char *name, const unsigned char v[32])
{
    bf_member(out, name);
    bf_buf_char(out, '"');
    bf_base64url_encode(out, v, 32);
    bf_buf_char(out, '"');
}

static void print_key(struct bf_buf *out, const struct bf_ring_key *key)
{
    unsigned char point[64];
    if (!bf_keyring_point(key, point)) {
        out->failed = true;
        return;
    }
    bf_buf_text(out, "{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"ES256\",\"kid\":");
    bf_buf_json(out, bf_keyring_kid(key));
    bf_buf_text(out, ",\"crv\":\"P-256\"");
    print_coordinate(out, "x", point);
    print_coordinate(out, "y", point + 32);
    bf_buf_char(out, '}');
}

void bf_jwks_print(struct bf_buf *out, const struct bf_keyring *ring)
{
    const struct bf_ring_key *key;
    bf_buf_text(out, "{\"keys\":[");
    for (size_t i = 0; (key = bf_keyring_at(ring, i)); i++) {
        if (i)
            bf_buf_char(out, ',');
        print_key(out, key);
    }
    bf_buf_text(out, "]}\n");
}

#include "format/gzip.h"

#include <stdlib.h>
#include <zlib.h>

/* Window bits with 16 added: a gzip head and tail instead of zlib's. */
enum { LEVEL = 4, GZIP_WINDOW = 15 + 16, MEMORY = 8, PIECE = 16 * 1024 };

struct bf_gzip {
    z_stream z;
};

static void release(void *gzip)
{
    struct bf_gzip *g = gzip;
    deflateEnd(&g->z);
    free(g);
}

struct bf_gzip *bf_gzip_new(struct bf_arena *a)
{
    struct bf_gzip *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    if (deflateInit2(&g->z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(g);
        return NULL;
    }
    return bf_defer(a, release, g) ? g : NULL;
}

/* Until nothing is left to take in (or, with Z_FINISH, to give out). */
static void run(struct bf_gzip *g, int flush, struct bf_buf *out)
{
    do {
        char *room = bf_buf_reserve(out, PIECE);
        if (!room)
            return;
        g->z.next_out = (Bytef *)room;
        g->z.avail_out = PIECE;
        (void)deflate(&g->z, flush); /* its only error here is that it has nothing to do */
        bf_buf_wrote(out, PIECE - g->z.avail_out);
    } while (g->z.avail_out == 0);
}

void bf_gzip_feed(struct bf_gzip *g, struct bf_str bytes, struct bf_buf *out)
{
    g->z.next_in = (z_const Bytef *)(uintptr_t)bytes.p;
    g->z.avail_in = (uInt)bytes.n;
    if (bytes.n)
        run(g, Z_NO_FLUSH, out);
}

void bf_gzip_end(struct bf_gzip *g, struct bf_buf *out)
{
    run(g, Z_FINISH, out);
}

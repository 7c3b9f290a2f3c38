#include "api/push/gunzip.h"

#include <stdlib.h>
#include <zlib.h>

enum { PIECE = 64 * 1024, GZIP_WINDOW = 15 + 16 };

struct bf_gunzip {
    z_stream z;
    bool between; /* before the first member, or after a whole one */
    bool started;
    char piece[PIECE];
};

struct bf_gunzip *bf_gunzip_new(void)
{
    struct bf_gunzip *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->between = true;
    if (inflateInit2(&g->z, GZIP_WINDOW) == Z_OK)
        return g;
    free(g);
    return NULL;
}

void bf_gunzip_free(void *gunzip)
{
    struct bf_gunzip *g = gunzip;
    if (!g)
        return;
    inflateEnd(&g->z);
    free(g);
}

static bool bad(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "The body is not in gzip format.");
}

/* One call of inflate; what it gave goes on. */
static bool step(struct bf_gunzip *g, bf_gunzip_take *take, void *self, struct bf_err *err)
{
    if (g->between && inflateReset(&g->z) != Z_OK)
        return bad(err);
    g->between = false;
    g->started = true;
    g->z.next_out = (Bytef *)g->piece;
    g->z.avail_out = PIECE;
    int rc = inflate(&g->z, Z_NO_FLUSH);
    if (rc == Z_MEM_ERROR)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The server has no memory left for this request.");
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
        return bad(err);
    g->between = rc == Z_STREAM_END;
    size_t n = PIECE - g->z.avail_out;
    return n == 0 || take(self, g->piece, n, err);
}

bool bf_gunzip_feed(struct bf_gunzip *g, const char *p, size_t n, bf_gunzip_take *take, void *self,
                    struct bf_err *err)
{
    g->z.next_in = (z_const Bytef *)(uintptr_t)p;
    g->z.avail_in = (uInt)n;
    g->z.avail_out = 1;
    while (g->z.avail_in > 0 || g->z.avail_out == 0) {
        if (g->between && g->z.avail_in == 0)
            return true;
        if (!step(g, take, self, err))
            return false;
    }
    return true;
}

bool bf_gunzip_end(const struct bf_gunzip *g, struct bf_err *err)
{
    if (g->between && g->started)
        return true;
    return BF_FAIL_WITH(err, BF_E_BODY, "The gzip body ends before its time.");
}

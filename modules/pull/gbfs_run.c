#include "pull/gbfs_run.h"

#include <inttypes.h>
#include <stdio.h>

enum { FEEDS = 2 };

struct feeds {
    struct bf_pull_get *get;
    struct bf_pull_body bodies[FEEDS];
    size_t n;
    struct bf_pull_body *lines;
};

static bool get_feed(void *self, struct bf_str url, struct bf_str *text, struct bf_err *err)
{
    struct feeds *f = self;
    struct bf_pull_body *to = &f->bodies[f->n];
    if (f->n++ == FEEDS)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "more than %d feeds are wanted", FEEDS);
    return bf_pull_get(f->get, url, to, err) && bf_pull_body_map(to, text, err);
}

static bool take_line(void *self, const char *p, size_t n, struct bf_err *err)
{
    struct feeds *f = self;
    return bf_pull_body_add(f->lines, p, n, err);
}

bool bf_gbfs_run(struct bf_gbfs *g, struct bf_pull_get *get, const struct bf_manifest *m,
                 struct bf_str discovery, struct bf_pull_body *lines, struct bf_err *err)
{
    struct feeds f = {.get = get, .lines = lines, .bodies = {{.fd = -1}, {.fd = -1}}};
    *g = (struct bf_gbfs){.feed = m->upstream->feed,
                          .join = m->upstream->join,
                          .language = m->language,
                          .geometry = bf_manifest_given_geometry(m),
                          .url = m->upstream->url,
                          .get = get_feed,
                          .take = take_line,
                          .self = &f};
    bool ok = bf_pull_gbfs(g, discovery, err);
    for (size_t i = 0; i < FEEDS; i++)
        bf_pull_body_close(&f.bodies[i]);
    return ok;
}

bool bf_gbfs_is_torn(const struct bf_gbfs *g)
{
    uint64_t others = g->alone > g->strangers ? g->alone : g->strangers;
    return g->join.n && g->met < others;
}

void bf_gbfs_note(const struct bf_gbfs *g, char out[BF_GBFS_NOTE])
{
    int n = 0;
    out[0] = '\0';
    if (g->alone)
        n = snprintf(out, BF_GBFS_NOTE, "%" PRIu64 " stations of %.*s are not in %.*s.", g->alone,
                     BF_STR_ARG(g->feed), BF_STR_ARG(g->join));
    if (g->strangers && n >= 0 && n < BF_GBFS_NOTE)
        snprintf(out + n, (size_t)(BF_GBFS_NOTE - n),
                 "%s%" PRIu64 " stations of %.*s are not in %.*s.", n ? " " : "", g->strangers,
                 BF_STR_ARG(g->join), BF_STR_ARG(g->feed));
}

int64_t bf_gbfs_alive_us(const struct bf_gbfs *g, int64_t every_us)
{
    int64_t more = g->ttl_s * 1000000;
    return g->renewed_us ? g->renewed_us + (more > every_us ? more : every_us) : 0;
}

#include "pull/get.h"

#include "core/clock.h"
#include "fetch/address.h"

static struct bf_str secrets_folder(const struct bf_pull_get *g)
{
    if (g->conf->pull_secrets[0])
        return bf_str_of(g->conf->pull_secrets);
    return bf_arena_printf(g->arena, "%s/secrets", g->conf->run_dir);
}

/* Unpacked here: libcurl takes a stream that was cut off for a whole one. */
static bool take_piece(void *self, const char *p, size_t n, struct bf_err *err)
{
    struct bf_pull_get *g = self;
    if (!g->fetch.gzip)
        return bf_pull_body_add(g->to, p, n, err);
    if (!g->gunzip) {
        g->gunzip = bf_gunzip_new();
        if (!g->gunzip || !bf_defer(g->arena, bf_gunzip_free, g->gunzip))
            return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to unpack the body");
    }
    return bf_gunzip_feed(g->gunzip, p, n, bf_pull_body_add, g->to, err);
}

bool bf_pull_get_open(struct bf_pull_get *g, struct bf_arena *a, const struct bf_conf *conf,
                      const struct bf_upstream *source, struct bf_err *err)
{
    struct bf_secret *secret = NULL;
    *g = (struct bf_pull_get){.conf = conf,
                              .source = source,
                              .arena = a,
                              .until_us = bf_clock_mono_us() + source->time_us};
    if (source->credential.n) {
        secret = bf_arena_zalloc(a, 1, sizeof *secret);
        if (!secret)
            return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to fetch");
        if (!bf_secret_read(a, secrets_folder(g).p, source->credential, secret, err))
            return false;
    }
    g->fetch = (struct bf_fetch){.secret = secret,
                                 .secret_origin = source->url,
                                 .agent = bf_arena_printf(a, "Beffroi (+%s)", conf->base_url),
                                 .private_networks = bf_str_of(conf->pull_private),
                                 .authorities = bf_str_of(conf->pull_authorities),
                                 .http = conf->pull_http != 0,
                                 .bytes_most = source->bytes_most,
                                 .take = take_piece,
                                 .self = g};
    return bf_networks_check(g->fetch.private_networks, err);
}

bool bf_pull_get(struct bf_pull_get *g, struct bf_str url, struct bf_pull_body *to,
                 struct bf_err *err)
{
    if (!bf_pull_body_open(to, g->conf->run_dir, (size_t)g->source->bytes_most, err))
        return false;
    g->to = to;
    g->gunzip = NULL;
    g->fetch.url = url;
    g->fetch.time_ms = (g->until_us - bf_clock_mono_us()) / 1000;
    bool ok = bf_fetch(&g->fetch, err) && (!g->gunzip || bf_gunzip_end(g->gunzip, err));
    g->bytes += g->fetch.bytes;
    g->fetch.etag = g->fetch.modified = (struct bf_str){NULL, 0};
    return ok;
}

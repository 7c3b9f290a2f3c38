#include "pull/convert.h"

#include "pull/geojson.h"
#include "pull/gtfs.h"
#include "pull/shapefile.h"

#include <stdio.h>

struct conversion {
    struct bf_arena *arena;
    const struct bf_manifest *manifest;
    const struct bf_upstream *source;
    const char *folder;
    struct bf_pull_body *out;
    char *note;
};

static bool from_geojson(const struct conversion *c, struct bf_str text, struct bf_err *err)
{
    const struct bf_pull_geojson g = {.geometry = bf_manifest_given_geometry(c->manifest),
                                      .id = c->source->feature_id,
                                      .crs = c->source->crs,
                                      .take = bf_pull_body_add,
                                      .self = c->out};
    return bf_pull_geojson(&g, text, err);
}

static bool from_gtfs(const struct conversion *c, struct bf_str text, struct bf_err *err)
{
    const struct bf_gtfs g = {.manifest = c->manifest,
                              .table = c->source->table,
                              .lines = c->source->lines,
                              .bytes_most = (size_t)c->source->bytes_most,
                              .take = bf_pull_body_add,
                              .self = c->out};
    return bf_pull_gtfs(&g, text, err);
}

static void put_note(const struct conversion *c, const struct bf_shapefile_said *said)
{
    snprintf(
        c->note, BF_PULL_NOTE,
        "records: %zu, without a shape: %zu, deleted: %zu, left out: %s; %s by the %s, %s by the "
        "%s",
        said->records, said->without_shape, said->deleted,
        said->z   ? "heights"
        : said->m ? "measures"
                  : "nothing",
        said->crs, said->crs_by, said->encoding, said->encoding_by);
}

static bool from_shapefile(const struct conversion *c, struct bf_str text, struct bf_err *err)
{
    struct bf_pull_shapefile s = {.options = {.crs = c->source->crs,
                                              .encoding = c->source->encoding,
                                              .geometry = bf_manifest_given_geometry(c->manifest),
                                              .number = c->source->feature_id},
                                  .table = c->source->table,
                                  .bytes_most = (size_t)c->source->bytes_most,
                                  .folder = c->folder,
                                  .take = bf_pull_body_add,
                                  .self = c->out};
    if (!bf_pull_shapefile(c->arena, &s, text, err))
        return false;
    put_note(c, &s.said);
    return true;
}

static bool (*const from[BF_UPSTREAM_FORMATS])(const struct conversion *c, struct bf_str text,
                                               struct bf_err *err) = {
    [BF_UPSTREAM_GEOJSON] = from_geojson,
    [BF_UPSTREAM_GTFS] = from_gtfs,
    [BF_UPSTREAM_SHAPEFILE] = from_shapefile,
};

bool bf_pull_converts(enum bf_upstream_format format)
{
    return from[format] != NULL;
}

bool bf_pull_convert(struct bf_arena *a, const struct bf_manifest *m, const char *folder,
                     struct bf_str text, struct bf_pull_body *out, char note[BF_PULL_NOTE],
                     struct bf_err *err)
{
    const struct conversion c = {.arena = a,
                                 .manifest = m,
                                 .source = m->upstream,
                                 .folder = folder,
                                 .out = out,
                                 .note = note};
    note[0] = '\0';
    return from[m->upstream->format](&c, text, err);
}

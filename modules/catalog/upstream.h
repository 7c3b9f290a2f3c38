/*
 * catalog/upstream: where the records of a dataset are fetched from, when its manifest says so.
 *
 *     "source": {"url": "https://…/stations.json", "format": "json", "records": "/data/stations",
 *                "every": "PT1M", "credential": "ilevia"}
 *
 * Ownership  everything lies in the manifest's arena.
 * Errors     go to the report.
 */
#ifndef BF_CATALOG_UPSTREAM_H
#define BF_CATALOG_UPSTREAM_H

#include "catalog/reader.h"

enum bf_upstream_format {
    BF_UPSTREAM_CSV,
    BF_UPSTREAM_JSON,
    BF_UPSTREAM_LINES,
    BF_UPSTREAM_GEOJSON,
    BF_UPSTREAM_GTFS,
    BF_UPSTREAM_SHAPEFILE,
    BF_UPSTREAM_GBFS,
    BF_UPSTREAM_FORMATS,
};

struct bf_upstream {
    struct bf_str url;
    enum bf_upstream_format format;
    struct bf_str records;    /* JSON: pointer to the list (RFC 6901); empty: the whole */
    char delimiter;           /* CSV; 0: by the header line */
    struct bf_str feature_id; /* the field that takes a feature's id or a record's number */
    struct bf_str table;      /* a file of the archive, GTFS's or (or empty) a .shp */
    struct bf_str crs;        /* of GeoJSON and shapefiles: "EPSG:2154", or empty */
    struct bf_str encoding;   /* of a shapefile's texts, or empty */
    bool lines;               /* GTFS: shapes.txt as one record for each shape */
    struct bf_str feed, join; /* GBFS: catalog/gbfs_feeds; join: or empty */
    int64_t every_us;
    bool upsert;              /* what is absent stays; otherwise the source gives the whole set */
    struct bf_str credential; /* name of a file beside the server, or empty */
    const struct bf_str *optional; /* names that may come and go */
    size_t noptional;
    int64_t bytes_most, time_us;
    unsigned char digest[32]; /* of the member's canonical JSON */
};

/* The member `source` of a manifest, into m->upstream. */
void bf_upstream_read(struct bf_reader *r, json_t *root, struct bf_manifest *m);
/* What can be said of it once the fields are read. */
void bf_upstream_check(struct bf_reader *r, const struct bf_manifest *m);

#endif

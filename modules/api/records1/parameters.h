/*
 * api/records1/parameters: the parameters of v1 (contract 7.2), read once per request into
 * r->state.
 *
 * Unknown parameters are ignored; a known one with a bad value is an error.
 */
#ifndef BF_API_RECORDS1_PARAMETERS_H
#define BF_API_RECORDS1_PARAMETERS_H

#include "api/records1/records1.h"
#include "api/records1/table.h"
#include "format/formats.h"

enum {
    RECORDS1_WINDOW = 10000,
    RECORDS1_PRECISIONS = 29, /* clusterprecision and shapeprecision together */
    RECORDS1_POINTS = BF_MOST_GROUPS,
    RECORDS1_REPEATS = BF_MOST_REPEATS
};

struct records1 {
    int64_t rows, start; /* rows as it is to be used */
    int64_t asked;       /* as it was sent: -1 is everything */
    const struct bf_zone *zone;
    bool english;
    struct bf_str format;            /* "json" unless it was sent */
    bool geojson;                    /* a FeatureCollection */
    const struct bf_format *file;    /* an answer in a format of format/; NULL: JSON of v1 */
    struct bf_write_options options; /* of the file */
    bool labels;
    struct bf_query *listed; /* of one dataset: over the catalogue */
    void *analysis;          /* of analyze, geocluster and geopolygon */
    bool shapes;             /* groups may be those of a geometry */
    struct bf_str callback;  /* of JSONP; empty: plain JSON */
};

bool records1_parse_search(struct bf_request *r);
bool records1_parse_download(struct bf_request *r); /* rows: everything unless it was sent */
bool records1_parse_datasets(struct bf_request *r); /* search, but JSON alone */
bool records1_parse_groups(struct bf_request *r);   /* geocluster, geopolygon: no page */
bool records1_parse_analyze(struct bf_request *r);  /* the same, or a table of the points */
bool records1_parse_all(struct bf_request *r);      /* every record, whatever `rows` says */
bool records1_parse_preview(struct bf_request *r);  /* 1000 rows unless `rows` was sent */
bool records1_parse_one(struct bf_request *r);

/* A whole number within its bounds; an absent one leaves *out, which may be below them when it is
 * needed. */
bool records1_whole(struct bf_request *r, enum records1_parameter which, int64_t *out);

/* The n-th parameter whose name starts with `prefix` (`refine.`), after *at; the rest of its name
 * and its value. false: no more. */
bool records1_dotted(const struct bf_request *r, const char *prefix, size_t *at,
                     struct bf_str *field, struct bf_str *value);

/* What an answer depends on beside its query. */
void records1_normal(const struct bf_request *r, struct bf_buf *out);

/* The `parameters` member of an answer: what was sent, and the defaults (contract 7.3). */
void records1_echo(struct bf_request *r);

#endif

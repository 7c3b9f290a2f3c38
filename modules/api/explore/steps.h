/*
 * api/explore/steps: the functions that the route table names, and what they share.
 */
#ifndef BF_API_EXPLORE_STEPS_H
#define BF_API_EXPLORE_STEPS_H

#include "api/explore/parameters.h"

bool explore_build_records(struct bf_request *r);
bool explore_build_record(struct bf_request *r);
bool explore_build_datasets(struct bf_request *r);
bool explore_build_dataset(struct bf_request *r);
bool explore_build_facets(struct bf_request *r);
bool explore_build_catalog_facets(struct bf_request *r);

bool explore_records(struct bf_request *r);
bool explore_record(struct bf_request *r);
bool explore_export_formats(struct bf_request *r);
bool explore_export(struct bf_request *r);
bool explore_catalog_export_formats(struct bf_request *r);
bool explore_catalog_export(struct bf_request *r);
bool explore_datasets(struct bf_request *r);
bool explore_dataset(struct bf_request *r);
bool explore_parse_aggregates(struct bf_request *r);
bool explore_build_aggregates(struct bf_request *r);
bool explore_aggregates(struct bf_request *r); /* of v2.0 */
bool explore_build_catalog_aggregates(struct bf_request *r);
bool explore_catalog_aggregates(struct bf_request *r); /* the same */
bool explore_gone(struct bf_request *r);               /* 410 */
bool explore_facets(struct bf_request *r);             /* of a dataset, or of the catalogue */
bool explore_root(struct bf_request *r);
bool explore_catalog(struct bf_request *r);
bool explore_templates(struct bf_request *r);
bool explore_templates_of_type(struct bf_request *r);
bool explore_template(struct bf_request *r);
bool explore_attachments(struct bf_request *r);
bool explore_attachment(struct bf_request *r);
bool explore_alternative_export(struct bf_request *r);

/* Makes the listing of the catalogue what r->query is about. */
bool explore_take_listing(struct bf_request *r);

/* GROUPS of query/bound.h, with the step of a range that would fit; found -1: not counted. Always
 * false. */
bool explore_too_many_groups(struct bf_request *r, int64_t found);

/* Those of exports of the catalogue; ends with NULL. */
extern const struct bf_format *const explore_catalog_formats[];

#endif

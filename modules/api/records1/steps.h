/*
 * api/records1/steps: the functions that the route table names, and what they share.
 */
#ifndef BF_API_RECORDS1_STEPS_H
#define BF_API_RECORDS1_STEPS_H

#include "api/records1/parameters.h"

bool records1_build(struct bf_request *r);     /* search and download */
bool records1_build_one(struct bf_request *r); /* one record */
bool records1_build_datasets(struct bf_request *r);
bool records1_build_dataset(struct bf_request *r);
/* Groups of r->schema, filtered as the parameters say; empty texts are absent clauses. */
bool records1_build_grouped(struct bf_request *r, struct bf_str select, struct bf_str groups,
                            struct bf_str order);
/* The datasets that the parameters look for. */
bool records1_build_catalogue(struct bf_request *r, const struct bf_schema *schema);

bool records1_search(struct bf_request *r);
bool records1_download(struct bf_request *r);
bool records1_record(struct bf_request *r);
bool records1_build_analyze(struct bf_request *r);
bool records1_build_geocluster(struct bf_request *r);
bool records1_build_geopolygon(struct bf_request *r);
bool records1_build_places(struct bf_request *r); /* boundingbox, geopreview: the geometry alone */
/* The field that geo_field names, else the dataset's main geometry. */
bool records1_geometry(struct bf_request *r, struct bf_str *field);
/* The middle of the box around a geometry, as PostGIS sends it; false: it has no point. */
bool records1_middle(struct bf_str geometry, struct bf_point *out);
/* Leaves out the records without a value of it. */
bool records1_only_known(struct bf_request *r, struct bf_str field);

bool records1_analyze(struct bf_request *r);
bool records1_geocluster(struct bf_request *r); /* and geopolygon: equal geometries */
bool records1_boundingbox(struct bf_request *r);
bool records1_geopreview(struct bf_request *r);
bool records1_datasets(struct bf_request *r);
bool records1_dataset(struct bf_request *r);
bool records1_attachment(struct bf_request *r); /* where it is now */
bool records1_alternative_export(struct bf_request *r);
bool records1_file(struct bf_request *r); /* of a field of the type file: there are none yet */
/* Where the portal's pages /explore/dataset/{dataset} and …/api are now. */
bool records1_page(struct bf_request *r);
bool records1_console(struct bf_request *r);

/* Around the body of an answer: its head, and the call of JSONP. */
void records1_begin(struct bf_request *r);
void records1_end(struct bf_request *r);

#endif

/*
 * api/explore/version: v2.1, and the deprecated v2.0 with its second address /api/v2.
 *
 * Purpose    the older version has the same operations and handlers; what differs stands in this
 *            table: where it is, the names of its lists, whether each element is wrapped (contract
 *            2.4), a BOM in CSV.
 * Routes     those of v2.0 are made from the table of v2.1, so that an operation is added once.
 */
#ifndef BF_API_EXPLORE_VERSION_H
#define BF_API_EXPLORE_VERSION_H

#include "api/explore/explore.h"

struct explore_version {
    const char *name;               /* of its routes: "explore20" */
    const char *root;               /* "/api/explore/v2.0" */
    const char *api;                /* "2.0", as manifests call it */
    const char *records, *datasets; /* the member that holds a list */
    bool wrapped; /* {"links": […], "record": {…}} instead of the object itself */
    bool bom;
    bool walks; /* pages of records name the next one, and a cursor is understood */
    const struct bf_route *routes; /* a table in which its own are, beside others */
};

const struct explore_version *explore_version(const struct bf_request *r);

#endif

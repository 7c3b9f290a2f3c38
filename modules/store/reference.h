/*
 * store/reference: the reference systems that PostGIS knows.
 */
#ifndef BF_STORE_REFERENCE_H
#define BF_STORE_REFERENCE_H

#include "store/conn.h"

/* Whether spatial_ref_sys has a system of that EPSG code, under that number. false: err is set. */
bool bf_reference_known(struct bf_conn *c, int64_t epsg, bool *known, struct bf_err *err);

#endif

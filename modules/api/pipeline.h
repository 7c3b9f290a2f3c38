/*
 * api/pipeline: the one way of a request: a table of steps, one function each; no step calls
 * another.
 *
 * The first error wins, is answered in the shape of the protocol it came through, and goes to
 * finish. A step that has answered (304, OPTIONS) sets r->answered, and the rest up to finish is
 * left out.
 */
#ifndef BF_API_PIPELINE_H
#define BF_API_PIPELINE_H

#include "api/request.h"

/* From bf_request with http.io set to an answer that has left. env: FastCGI parameters. */
void bf_pipeline_run(struct bf_request *r, const char *const *env);

#endif

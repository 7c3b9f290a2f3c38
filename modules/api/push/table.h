/*
 * api/push/table: the one table of the parameters of both push APIs, and the operations that have
 * them.
 *
 * Who reads  order.c takes the parameters of the native API from it, and refuses all others;
 *            openapi describes it.
 */
#ifndef BF_API_PUSH_TABLE_H
#define BF_API_PUSH_TABLE_H

#include "api/openapi/operation.h"

enum push_parameter {
    PUSH_DATASET,
    PUSH_RESOURCE,
    PUSH_RECORD,
    PUSH_MODE,
    PUSH_DELIMITER,
    PUSH_ALLOW_EMPTY,
    PUSH_IDEMPOTENCY_KEY,
    PUSH_CONTENT_ENCODING,
    PUSH_LANG,
    PUSH_PARAMETERS
};

extern const struct bf_parameter push_parameters[PUSH_PARAMETERS];

extern const struct bf_operation push_records, push_delete, push_vendor_push, push_vendor_delete,
    push_vendor_delete_one, push_get_swagger, push_get_openapi, push_get_dataset_swagger,
    push_get_dataset_openapi;

#endif

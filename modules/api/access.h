/*
 * api/access: one JSON line per request in run_dir/log/access.jsonl.
 *
 * `at` is when the answer had left, `ms` how long that took from the beginning, `steps` where.
 * Never in it: keys, tokens, query values, addresses of people. `key` is the key's public id (jti),
 * `dataset` the catalogue's id.
 *
 *     {"at":"…","id":"…","route":"explore.records","method":"GET","dataset":"vlille-realtime",
 *      "status":200,"rows":10,"bytes":1234,"ms":0.412,"steps":{"parse":0.002,…},"key":"…",
 *      "error":"ODSQL"}
 */
#ifndef BF_API_ACCESS_H
#define BF_API_ACCESS_H

#include "api/request.h"

/* Opens (creates) the file for appending; -1 when it cannot be had: then requests go unrecorded and
 * the log says so. */
int bf_access_open(const struct bf_conf *conf);

/* Appends the line with one write, so that lines of several workers do not mix. line: a buffer to
 * use. */
void bf_access_record(const struct bf_request *r, int fd, struct bf_buf *line);

#endif

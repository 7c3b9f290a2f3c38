/*
 * cli/attempt: what commands say of an attempt at a new generation (worker/trial).
 *
 *     generation 12 serves after 0.31 s: 2 of 14 datasets changed, 1 handler opened
 */
#ifndef BF_CLI_ATTEMPT_H
#define BF_CLI_ATTEMPT_H

#include "core/buf.h"
#include "worker/trial.h"

/* "serves", "refused", "failed", "runs" */
const char *bf_attempt_end(const struct bf_trial *t);
void bf_attempt_json(struct bf_buf *out, const struct bf_trial *t);
/* Lines for people; serving: the generation that does. */
void bf_attempt_text(struct bf_buf *out, const struct bf_trial *t, uint64_t serving);
/* The findings alone, each line after `before`. */
void bf_attempt_findings(struct bf_buf *out, const struct bf_trial *t, const char *before);

#endif

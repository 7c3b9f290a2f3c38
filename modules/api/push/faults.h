/*
 * api/push/faults: which records of a push are not valid, and why.
 *
 * Purpose    every bad record is counted, the first BF_FAULTS are kept for the answer.
 * Ownership  texts are copied into the arena; names and values are cut to BF_FAULT_VALUE bytes,
 *            reasons (a script may write them) to BF_FAULT_REASON (whole characters, then …), so
 *            that a hostile body cannot make a large answer.
 */
#ifndef BF_API_PUSH_FAULTS_H
#define BF_API_PUSH_FAULTS_H

#include "core/arena.h"
#include "core/buf.h"

enum { BF_FAULTS = 20, BF_FAULT_VALUE = 100, BF_FAULT_REASON = 600 };

struct bf_fault {
    uint64_t record;     /* from 1; 0: the header line */
    uint64_t line;       /* from 1: where the record starts */
    struct bf_str field; /* or empty */
    struct bf_str value; /* as it came; or {NULL, 0} */
    struct bf_str reason;
};

struct bf_faults {
    struct bf_arena *arena;
    struct bf_fault list[BF_FAULTS];
    size_t n;       /* in the list */
    uint64_t total; /* of bad records */
};

void bf_faults_add(struct bf_faults *f, const struct bf_fault *fault);

/* `[{"record":17,"line":18,"field":"dispo","value":"abc","reason":"…"}]` */
void bf_faults_print(const struct bf_faults *f, struct bf_buf *out);

#endif

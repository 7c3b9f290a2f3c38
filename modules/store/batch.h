/*
 * store/batch: the inside of a batch, for the files that make it: commit.c gathers rows, write.c
 * makes a commit of them.
 */
#ifndef BF_STORE_BATCH_H
#define BF_STORE_BATCH_H

#include "store/held.h"

struct bf_batch {
    struct bf_conn *conn;
    struct bf_arena *arena;
    const struct bf_entry *entry;
    enum bf_batch_mode mode;
    struct bf_held held;
    struct bf_buf copy;    /* rows on their way into COPY */
    struct bf_buf scratch; /* SQL text, then bytes of parameters */
    size_t sent;           /* rows that have gone into COPY */
    bool staging;          /* a transaction is open and COPY runs */
    bool open;
};

bool bf_batch_no_memory(struct bf_err *err); /* always false */
/* Begins the COPY: the rows go into the stage, however few they are. */
bool bf_batch_stage(struct bf_batch *b, struct bf_err *err);
/* Ends the COPY of a large batch and lets PostgreSQL look at what came. */
bool bf_batch_finish_copy(struct bf_batch *b, struct bf_err *err);

#endif

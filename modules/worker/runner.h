/*
 * worker/runner: does what a worker of one generation would do, in processes that may die of it.
 *
 * Purpose    the canary gives a list of items and the change of the catalogue that the generation
 *            serves; for each item it gets what came of it. Whatever an item did to its process
 *            (crash, exit, hang, memory), the next ones are done by another one.
 * Ownership  answers lie in memory that is shared with the processes: bf_runner_new to
 *            bf_runner_free. Items are borrowed.
 * Faults     a runner dies with the process that forked it, and takes along what its items left
 *            behind in its process group.
 */
#ifndef BF_WORKER_RUNNER_H
#define BF_WORKER_RUNNER_H

#include "api/push/rehearse.h"
#include "worker/shared.h"

enum { BF_RUNNER_TEXT = 128, BF_RUNNER_FALLS = 8 /* after so many the rest is left */ };

enum bf_item_kind {
    BF_ITEM_OPEN,    /* the handler is opened */
    BF_ITEM_REQUEST, /* `what`: a target to ask for */
    BF_ITEM_RECORDS, /* `what`: lines of store/came, to make something of */
};

struct bf_item {
    enum bf_item_kind kind;
    struct bf_str dataset;
    struct bf_str what;
    bool new;     /* was not there in the serving generation */
    bool changed; /* is another one than there */
};

enum bf_came {
    BF_CAME_NOTHING, /* it was not its turn */
    BF_CAME_ANSWER,
    BF_CAME_FALL, /* the process did not survive it: `why` */
};

struct bf_answer {
    _Atomic uint32_t came; /* enum bf_came */
    char why[BF_RUNNER_TEXT];
    /* of a handler */
    bool out;  /* it does not work: `why` */
    bool code; /* there is one */
    /* of a request */
    int status;
    int64_t commit; /* that it shows; 0: it hangs on more than a commit */
    char route[32];
    unsigned char body[32]; /* SHA-256 */
    /* of records; all NOT: they could not be tried */
    struct bf_rehearsed records[BF_CAME_RECORDS];
};

struct bf_runner_setup {
    const struct bf_conf *conf;
    const struct bf_shared *shared;
    const struct bf_item *items;
    size_t n;
    int64_t until_us; /* not a moment longer */
};

struct bf_runner;

/* NULL: no memory. */
struct bf_runner *bf_runner_new(const struct bf_runner_setup *setup);
void bf_runner_free(struct bf_runner *r);

/* Does the items (wanted NULL: all) on the catalogue as it was after that change. false: the
 * generation cannot be loaded at all, and why. */
bool bf_runner_run(struct bf_runner *r, uint64_t change, const bool *wanted,
                   char why[BF_RUNNER_TEXT]);
const struct bf_answer *bf_runner_answer(const struct bf_runner *r, size_t item);

#endif

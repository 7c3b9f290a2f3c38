/*
 * plugin/script: handlers that are made of a script of the catalogue, and what becomes of them when
 * they fail.
 *
 * Purpose    a script becomes a struct bf_handler like any other; whoever can make one (the floor
 *            above) gives a maker. Quarantine, blame, added fields and the log are those of a
 *            handler in C. What a script has besides is its fuse (plugin/fuse): a failure costs the
 *            request; at the tenth
 *              of on_record    rows are given as they are stored, without it; bf_script_row_off
 *                              says so, and the answer with it. A trial then runs it on copies of
 *                              the rows of one request, whose answer never shows what came out;
 *              of on_request   the dataset is out of service, because rows that it hides may not be
 *                              shown; the trial is a request that fails when the script does.
 * Ownership  a struct bf_script lies in its binding; begin to end is one request.
 * Errors     go to the log and the table, never to a client.
 */
#ifndef BF_PLUGIN_SCRIPT_H
#define BF_PLUGIN_SCRIPT_H

#include "catalog/registry.h"
#include "core/err.h"
#include "plugin/fuse.h"

#include <beffroi/handler.h>

struct bf_scripted {
    struct bf_handler handler;
    void *self; /* what its open hook finds in *self */
    void *made; /* what the maker knows it by */
};

/* How scripts become handlers. */
struct bf_script_maker {
    /* Fills *out by the script of the entry. false: err says why, as HANDLER. */
    bool (*make)(struct bf_arena *a, const struct bf_entry *entry, const struct bf_api *host,
                 struct bf_scripted *out, struct bf_err *err);
    /* Script, line and message of the failure of the hook that has just returned; NULL: none. */
    const char *(*why)(void *made);
    void (*end)(void *made); /* after close; also when open failed */
};

struct bf_script {
    const struct bf_script_maker *maker; /* NULL: the handler is no script */
    void *made;
    struct bf_str dataset;
    struct bf_fuse fuse;
    enum bf_fuse_state state[BF_FUSE_PARTS]; /* in the request under way */
    uint64_t rows;                           /* that on_record has had in it */
};

/* Which hook a script misses is never asked about. false: on_request is off; *until says until
 * when. */
bool bf_script_begin(struct bf_script *s, const struct bf_handler *h, int64_t *until);
void bf_script_end(struct bf_script *s);

/* The part has failed in that request. */
void bf_script_failed(struct bf_script *s, enum bf_fuse_part part, struct bf_str request,
                      const char *why);
void bf_script_passed(struct bf_script *s, enum bf_fuse_part part);

/* Rows are given without on_record. */
bool bf_script_row_off(const struct bf_script *s);

#endif

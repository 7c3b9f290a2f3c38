/*
 * plugin/binding_inside: what a binding holds, and what stands around every call into a handler;
 * for the files of plugin/binding alone.
 *
 * Parts      binding          all bindings of a worker: made, found, closed
 *            binding_open     the handler loaded, held against the manifest, opened
 *            binding_request  what every request goes through: admitted, rewritten, finished
 *            binding_rows     its rows, through the row hook
 *            binding_source   its rows, out of a source
 * Promise    no hook runs but between bf_binding_enter and bf_binding_leave: a worker that dies in
 *            it leaves behind by whom. A process that a hook has spoiled serves no other request.
 */
#ifndef BF_PLUGIN_BINDING_INSIDE_H
#define BF_PLUGIN_BINDING_INSIDE_H

#include "plugin/binding.h"
#include "plugin/fall.h"
#include "plugin/host.h"
#include "plugin/row.h"
#include "plugin/source.h"

struct bf_binding {
    struct bf_plugins *plugins;
    int slot;        /* in the quarantine table, -1: none */
    bool opened;     /* loaded and open, or out for good */
    const char *out; /* why it is out for good; NULL: it is not */
    bool trial;      /* the request under way is the quarantine's trial */
    bool begun;      /* a request came to rewrite and not to finish */
    struct bf_handler handler;
    struct bf_script script;
    struct bf_plugin_facts facts;
    struct bf_dataset dataset;
    struct bf_req req;
    void *self;
    bool placed; /* fields and same are those of the request under way */
    struct bf_row_field *fields;
    struct bf_row row;
    struct bf_arena *row_arena;
    struct bf_buf scratch;
    /* Of a trial: a copy of the row, and what failed, which is no matter of the request. */
    struct bf_cell *copies;
    size_t room;
    struct bf_err tried;
    /* Of a source; `given` is NULL for any other handler. */
    struct bf_value *given; /* one per field of the manifest */
    struct bf_row given_row;
    struct bf_source source;
    bool source_open;
    void *cursor;
};

struct bf_plugins {
    struct bf_arena *arena;
    struct bf_str dir;
    struct bf_quarantine *quarantine;
    struct bf_fuses *fuses;
    const struct bf_script_maker *scripts;
    int seat;
    struct bf_binding **bindings; /* by index of the entry */
    size_t room;
    struct bf_binding broken; /* stands in where there was no memory */
};

/* Around every call into a handler. */
void bf_binding_enter(struct bf_binding *b, enum bf_hook hook);
void bf_binding_leave(struct bf_binding *b);

/* Whether there is a table that says by whom a worker died. */
bool bf_binding_watched(const struct bf_plugins *p);
/* Whether its hooks may have changed the worker for whoever comes next. */
bool bf_binding_may_spoil(const struct bf_binding *b);
/* Ends the worker, unless the cause is UNKNOWN. */
void bf_binding_end_if_damaged(struct bf_binding *b, enum bf_fall_cause cause);

/* What a hook returned, as the verdict on the request. */
bool bf_binding_accept(struct bf_hook_request *r, const char *hook, enum bf_rc rc);
/* What went wrong in a script, and no client is told; NULL: nothing did. */
const char *bf_binding_word(const struct bf_binding *b, struct bf_hook_request *r,
                            const char *hook);
/* Counts for the script whether its part has passed, which is returned; why: bf_binding_word. */
bool bf_binding_judge(struct bf_binding *b, struct bf_hook_request *r, enum bf_fuse_part part,
                      bool passed, const char *why);

/* Afterwards it is open, or out for good. */
void bf_binding_ensure_open(struct bf_binding *b);
/* Of a source: a place for the values of its rows, once; false: no memory. */
bool bf_binding_make_given(struct bf_binding *b);
void bf_binding_close_source(struct bf_binding *b); /* when it is open */

#endif

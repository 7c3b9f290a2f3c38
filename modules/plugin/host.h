/*
 * plugin/host: the server's side of the handler ABI: the table that handlers call.
 *
 * Purpose    what stands behind the opaque structs of beffroi/handler.h, and the functions of
 *            struct bf_api that are not about rows (those are in plugin/row).
 * Ownership  struct bf_dataset lives as long as its binding, struct bf_req as long as the request.
 * Errors     a handler that calls a function where it may not gets BF_FAIL or false and a line in
 *            the log; it never crashes the server by that.
 * State      log(), query_and() and query_uses() get no binding from the handler, so the host
 *            remembers which hook is running: bf_host_enter and bf_host_leave, around every call.
 */
#ifndef BF_PLUGIN_HOST_H
#define BF_PLUGIN_HOST_H

#include "plugin/binding.h"

struct bf_dataset {
    struct bf_arena *arena; /* of the generation */
    size_t budget;          /* bytes of alloc that are left */
    bool starved;           /* an alloc found no budget */
    bool opening;           /* field() notes what the rows must carry */
    const struct bf_entry *entry;
    const struct bf_plugin_facts *facts; /* NULL until the handler is loaded */
    const char *const *options;          /* the manifest's values, NUL-terminated, in its order */
    bool *asked;                         /* one per column of the schema */
    const char *reason;                  /* given to reject; NULL: none */
};

struct bf_req {
    struct bf_hook_request *hook;
    unsigned lines;                 /* logged for this request */
    bool complained;                /* a misuse was logged for this request */
    bool narrowed;                  /* rewrite added a condition */
    bool said;                      /* the handler called fail: it means it */
    const struct bf_source *source; /* of the request, while it is open */
};

enum bf_hook {
    BF_HOOK_NONE,
    BF_HOOK_OPEN,
    BF_HOOK_REWRITE,
    BF_HOOK_ROW,
    BF_HOOK_FINISH,
    BF_HOOK_CLOSE,
    BF_HOOK_SOURCE
};

const struct bf_api *bf_host_api(void);

/* r is NULL in open and close. */
void bf_host_enter(enum bf_hook hook, struct bf_dataset *d, struct bf_req *r);
void bf_host_leave(void);

/* Whether a hook of that source is running; else one line in the log says so. */
bool bf_host_in_source(const struct bf_source *s);

/* A handler used the table wrongly: one line per request (or per open). Always BF_FAIL. */
enum bf_rc bf_host_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The request fails by the handler's fault; the client learns no more than that. */
void bf_host_blame(struct bf_err *err, const char *where, const char *why);

#endif

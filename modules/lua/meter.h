/*
 * lua/meter: what a script may use of memory and time, and what it did use.
 *
 * Purpose    the allocator of a state, capped; the count hook; and the work that functions of the
 *            library tell of. Nothing in a script can catch what these raise, because it has no
 *            pcall, no coroutine and no metatable with __gc or __close.
 * Time       of the thread's processor clock, so that a busy machine stops nobody. It is read by
 *            the count hook (every BF_METER_STEP instructions), after BF_METER_WORK units of work
 *            or bytes of new memory, and whenever the memory is full: a call of fewer instructions
 *            never reads a clock. It runs from the first reading on.
 * Full       a state that is full collects all its garbage again and again, each time for a little:
 *            after BF_METER_SQUEEZES of these in one call it has no memory for good.
 * Work       a unit is about a nanosecond: a byte moved, a step of a matcher is four.
 * Ownership  lies in its script; the extra space of the state points to it.
 */
#ifndef BF_LUA_METER_H
#define BF_LUA_METER_H

#include "lua/script.h"

#include <lua.h>

enum { BF_METER_STEP = 1000, BF_METER_WORK = 256 << 10, BF_METER_SQUEEZES = 8 };

struct bf_meter {
    lua_State *L; /* NULL until it is there */
    size_t limit, used, peak;
    int64_t budget_us;
    int64_t began_us; /* of the thread's clock; 0: not read in this call */
    int64_t spent_us; /* by calls that read it, for whoever sets it back */
    size_t work;      /* since the clock was read */
    unsigned squeezes;
    bool calling; /* a hook is running: time counts */
    enum bf_lua_rc over;
    int line;      /* where it was over */
    int64_t *runs; /* by line, from 1 to `lines`: how often it ran, -1: it cannot; or NULL */
    int lines;
};

/* A lua_Alloc; ud is the meter. */
void *bf_meter_alloc(void *ud, void *old, size_t old_size, size_t size);
/* From then on: the count hook, and bf_meter_of. */
void bf_meter_attach(struct bf_meter *m, lua_State *L);
struct bf_meter *bf_meter_of(lua_State *L);

/* Around each call. */
void bf_meter_begin(struct bf_meter *m);
void bf_meter_end(struct bf_meter *m);

/* Raises an error when the time is over. */
void bf_meter_work(lua_State *L, size_t units);

/* The lines of a function of the script can run. In a call. */
void bf_meter_lines(lua_State *L, int function);

/* The line of the script that is running; 0: none. Allocates nothing. */
int bf_meter_line(lua_State *L);

#endif

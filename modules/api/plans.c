#include "api/plans.h"

#include "auth/key.h"
#include "core/clock.h"
#include "core/log.h"

#include <stdlib.h>

enum { MEMORY = 1 << 20, MOST = 256, AGAIN_US = 1000000, MISSED_AGAIN_US = 50000 };

/* A database without the plan that every key has if it names no other. */
static const struct bf_plan preset = {.id = BF_STR_INIT(BF_KEY_PLAN),
                                      .fr = BF_STR_INIT("Partenaire"),
                                      .en = BF_STR_INIT("Partner"),
                                      .rate = 6000,
                                      .burst = 2000,
                                      .exports = 1,
                                      .push_rows = 1000};

struct bf_planbook {
    struct bf_conn *conn;
    const struct bf_access *access;
    struct bf_arena *arena; /* of the plans and the zone */
    struct bf_str zone;
    struct bf_plan plans[MOST];
    size_t n;
    int64_t number;
    int64_t tried_us;  /* monotonic: when it could not be read */
    int64_t missed_us; /* when it was read for a plan that it had not */
    bool complained;
};

static bool copy(struct bf_plan *to, struct bf_arena *a, const struct bf_plan *plan)
{
    *to = *plan;
    to->id = bf_arena_dup(a, plan->id);
    to->fr = bf_arena_dup(a, plan->fr);
    to->en = bf_arena_dup(a, plan->en);
    return to->id.p && to->fr.p && to->en.p;
}

static void add(void *self, const struct bf_plan *plan)
{
    struct bf_planbook *book = self;
    if (book->n < MOST)
        book->n += copy(&book->plans[book->n], book->arena, plan);
}

/* Into a book of its own first: half of the plans are none. */
static bool read_all(struct bf_planbook *book, struct bf_err *err)
{
    struct bf_planbook *fresh = calloc(1, sizeof *fresh);
    bool ok = fresh && (fresh->arena = bf_arena_new(MEMORY)) != NULL;
    if (!ok)
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the plans");
    int64_t number = book->access ? bf_access_news(book->access).number : 0;
    ok = ok && bf_plan_each(book->conn, add, fresh, err) &&
         bf_plan_zone(book->conn, fresh->arena, &fresh->zone, err);
    if (ok) {
        if (fresh->n == MOST)
            bf_log(BF_LOG_ERROR, "plan.left_out", "a worker knows %d plans at most", MOST);
        fresh->conn = book->conn;
        fresh->access = book->access;
        fresh->number = number;
        fresh->tried_us = book->tried_us;
        fresh->missed_us = book->missed_us;
        fresh->complained = book->complained && number == book->number;
        struct bf_arena *old = book->arena;
        *book = *fresh;
        fresh->arena = old;
    }
    if (fresh)
        bf_arena_free(fresh->arena);
    free(fresh);
    return ok;
}

struct bf_planbook *bf_planbook_new(struct bf_conn *c, const struct bf_access *access,
                                    struct bf_err *err)
{
    struct bf_planbook *book = calloc(1, sizeof *book);
    if (!book) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the plans");
        return NULL;
    }
    book->conn = c;
    book->access = access;
    if (read_all(book, err))
        return book;
    bf_planbook_free(book);
    return NULL;
}

void bf_planbook_free(struct bf_planbook *book)
{
    if (book)
        bf_arena_free(book->arena);
    free(book);
}

/* When the database is away: not at once again. */
static void read_again(struct bf_planbook *book, int64_t now)
{
    struct bf_err ignored;
    bf_err_clear(&ignored);
    if (now - book->tried_us >= AGAIN_US &&
        (!bf_conn_ready(book->conn, &ignored) || !read_all(book, &ignored)))
        book->tried_us = now;
}

static void follow_changes(struct bf_planbook *book)
{
    if (book->access && bf_access_news(book->access).number != book->number)
        read_again(book, bf_clock_mono_us());
}

static const struct bf_plan *look_up(const struct bf_planbook *book, struct bf_str id)
{
    for (size_t i = 0; i < book->n; i++)
        if (bf_str_eq(book->plans[i].id, id))
            return &book->plans[i];
    return NULL;
}

/* A key is issued for a plan that is there: this one may be newer than what was heard. */
static const struct bf_plan *look_again(struct bf_planbook *book, struct bf_str id)
{
    int64_t now = bf_clock_mono_us();
    if (!book->access || now - book->missed_us < MISSED_AGAIN_US)
        return NULL;
    book->missed_us = now;
    read_again(book, now);
    return look_up(book, id);
}

static const struct bf_plan *instead_of(struct bf_planbook *book, struct bf_str id)
{
    const struct bf_plan *partner = look_up(book, BF_STR(BF_KEY_PLAN));
    if (!book->complained)
        bf_log(BF_LOG_WARNING, "plan.unknown", "id=%.*s: the plan " BF_KEY_PLAN " is taken",
               BF_STR_ARG(id));
    book->complained = true;
    return partner ? partner : &preset;
}

const struct bf_plan *bf_planbook_find(struct bf_planbook *book, struct bf_arena *a,
                                       struct bf_str id)
{
    struct bf_plan *own = bf_arena_alloc(a, sizeof *own);
    follow_changes(book);
    const struct bf_plan *found = look_up(book, id);
    if (!found)
        found = look_again(book, id);
    if (!found)
        found = instead_of(book, id);
    return own && copy(own, a, found) ? own : &preset;
}

const struct bf_zone *bf_planbook_zone(struct bf_planbook *book)
{
    follow_changes(book);
    const struct bf_zone *zone = bf_zone_find(book->zone);
    return zone ? zone : bf_zone_utc();
}

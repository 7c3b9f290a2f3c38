/*
 * store/events: the rows of events and of their places.
 *
 * Purpose    catalog.event and catalog.event_place: how many devices an event has room for and
 *            which of them have a key. What an event means is the business of api/keys/event.
 * Exact      whoever takes a place holds the row of the event (bf_events_find_by_code) until he
 *            commits, and the table refuses one place too many: so no more devices get a key than
 *            there are places, over all nodes.
 * Roles      bf_events_find, _each, _units, _hours: reader or owner; the others: owner, inside
 *            bf_keys_begin.
 * Errors     the store's; NOT_FOUND_RESOURCE for an event that is not there.
 * Units      seconds since 1970; 0: not.
 */
#ifndef BF_STORE_EVENTS_H
#define BF_STORE_EVENTS_H

#include "core/digest.h"
#include "store/conn.h"

/* The texts in characters. */
enum { BF_EVENT_PLACES = 10000, BF_EVENT_TITLE = 200, BF_EVENT_DEVICE = 64, BF_EVENT_AGAIN = 9 };

struct bf_event {
    struct bf_str id, fr, en;
    struct bf_str plan, scope, narrowing; /* of the keys; narrowing as in catalog.api_key */
    int64_t places, taken, refused;
    int64_t ends, created, closed;
    struct bf_str creator; /* only written here */
};

bool bf_events_add(struct bf_conn *c, const struct bf_event *event,
                   const unsigned char code[BF_DIGEST_BYTES], struct bf_err *err);

/* Newest first; texts live until take returns. */
bool bf_events_each(struct bf_conn *c, void (*take)(void *self, const struct bf_event *event),
                    void *self, struct bf_err *err);
/* Copied into the arena. */
bool bf_events_find(struct bf_conn *c, struct bf_arena *a, struct bf_str id, struct bf_event *out,
                    struct bf_err *err);
/* The event with that code, its row locked; out->id.n is 0 when there is none. */
bool bf_events_find_by_code(struct bf_conn *c, struct bf_arena *a,
                            const unsigned char code[BF_DIGEST_BYTES], struct bf_event *out,
                            struct bf_err *err);

/* NOT_FOUND_RESOURCE: none that was not closed before. */
bool bf_events_close(struct bf_conn *c, struct bf_str id, struct bf_err *err);
/* places: not fewer than are taken. */
bool bf_events_set_places(struct bf_conn *c, struct bf_str id, int64_t places, struct bf_err *err);
bool bf_events_count_refused(struct bf_conn *c, struct bf_str id, struct bf_err *err);

/* ---- places ---- */

struct bf_event_place {
    int64_t number;       /* 0: none */
    struct bf_str device; /* empty: it has not said */
    struct bf_str jti;
    int64_t again; /* how often it got another key */
    int64_t claimed;
};

/* In the order of their numbers; texts live until take returns. */
bool bf_events_places(struct bf_conn *c, struct bf_str id,
                      void (*take)(void *self, const struct bf_event_place *place), void *self,
                      struct bf_err *err);
/* The place that was taken under that name (a digest); copied into the arena. */
bool bf_events_place_of(struct bf_conn *c, struct bf_arena *a, struct bf_str id,
                        const unsigned char retry[BF_DIGEST_BYTES], struct bf_event_place *out,
                        struct bf_err *err);
/* The next place, for a key that has its row. retry NULL: nobody comes back for it. */
bool bf_events_take(struct bf_conn *c, struct bf_str id, const unsigned char *retry,
                    struct bf_str device, struct bf_str jti, struct bf_err *err);
/* Another key, and another name when it says one, for the device of a place. */
bool bf_events_give_again(struct bf_conn *c, struct bf_str id, int64_t number, struct bf_str device,
                          struct bf_str jti, struct bf_err *err);

/* ---- what a page shows ---- */

/* Units of the quota, asked by all keys: of today and of all days; -1: they are not counted. */
bool bf_events_units(struct bf_conn *c, struct bf_str id, int64_t *today, int64_t *total,
                     struct bf_err *err);
/* Each hour in which a place was taken, oldest first: its beginning, and how many. */
bool bf_events_hours(struct bf_conn *c, struct bf_str id,
                     void (*take)(void *self, int64_t hour, int64_t places), void *self,
                     struct bf_err *err);

#endif

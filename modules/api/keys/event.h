/*
 * api/keys/event: keys for the devices of a hackathon, had with a short code.
 *
 * Promise    an event has a number of places; no more devices than that ever hold a key of it, over
 *            all nodes, whatever happens at once (store/events). Each device has a key of its own:
 *            of the partner `event:<id>`, with the plan, scope and datasets of the event, until its
 *            end. Who asks again under the same name (Idempotency-Key) has the same place and
 *            another key in it; the one before is revoked, as only digests are kept and it cannot
 *            be told again.
 * Code       eight digits of core/crockford, 40 random bits; only its digest is stored. Who has it
 *            may take places, nothing else; that nobody tries out codes is api/keys/guesses'
 *            business.
 * Closed     no more keys, and all there are are revoked: within a second nobody is served by them.
 * Places     may become more, or fewer, but not fewer than are taken, as long as it gives keys.
 * Ownership  struct bf_life is the caller's; texts lie in its arena.
 * Errors     PARAMETER: an order that cannot be filled. set_places: EVENT_OVER, CONFLICT. claim:
 *            NOT_FOUND_RESOURCE (no such code), EVENT_OVER, EVENT_FULL, CONFLICT (asked for again
 *            too often, or this node cannot sign), FORBIDDEN (its key was revoked). The store's.
 */
#ifndef BF_API_KEYS_EVENT_H
#define BF_API_KEYS_EVENT_H

#include "api/keys/life.h"
#include "store/events.h"
#include "value/zone.h"

#define BF_EVENT_PLAN "event"
#define BF_EVENT_SUB "event:"

enum { BF_EVENT_CODE = 8 };

struct bf_event_order {
    struct bf_str fr, en; /* titles; en empty: as fr */
    struct bf_str plan;   /* empty: BF_EVENT_PLAN */
    struct bf_str scope;  /* empty: read */
    struct bf_narrowing narrow;
    int64_t places;
    struct bf_str until; /* value/moment, on the clock of Paris */
};

bool bf_event_create(struct bf_life *l, const struct bf_event_order *order, struct bf_event *made,
                     struct bf_str *code, struct bf_err *err);
/* changed: the event as it is then. */
bool bf_event_set_places(struct bf_life *l, struct bf_str id, int64_t places,
                         struct bf_event *changed, struct bf_err *err);
/* With every key; *revoked: how many were not before. reason may be empty. */
bool bf_event_close(struct bf_life *l, struct bf_str id, struct bf_str reason, int64_t *revoked,
                    struct bf_err *err);

struct bf_event_claim {
    struct bf_str code;   /* as it was typed: its digits (bf_event_code_read) */
    struct bf_str retry;  /* a name to come back under; empty: none */
    struct bf_str device; /* empty: it does not say */
};
/* What a device gets. */
struct bf_event_key {
    struct bf_event event; /* as it was before */
    struct bf_str jti, token;
    bool again;
};
bool bf_event_claim(struct bf_life *l, const struct bf_event_claim *claim, struct bf_event_key *out,
                    struct bf_err *err);

/* PARAMETER: it is no code. */
bool bf_event_code_read(struct bf_arena *a, struct bf_str typed, struct bf_str *code,
                        struct bf_err *err);
/* As people read it: K3V9-M2QA. */
void bf_event_code_print(struct bf_buf *out, struct bf_str code);

/* "open", "full", "over", "closed" */
const char *bf_event_state(const struct bf_event *event, int64_t now);

/* What everybody may know, as the members of a JSON object; the object stays open. */
void bf_event_print_open(struct bf_buf *out, const struct bf_event *event, int64_t now);
/* All of it, as a JSON object. */
void bf_event_print(struct bf_buf *out, const struct bf_event *event, int64_t now);
/* {"code","about"} */
void bf_event_print_new(struct bf_buf *out, struct bf_str code, const struct bf_event *event,
                        int64_t now);
/* One of its places, as a JSON object. */
void bf_event_print_place(struct bf_buf *out, const struct bf_event_place *place);
/* "id" and "title", the first members of a JSON object. */
void bf_event_print_head(struct bf_buf *out, const struct bf_event *event);
/* The clock at which events are held: that of Paris. */
const struct bf_zone *bf_event_zone(void);
/* An instant as people there read it, with the offset. */
void bf_event_print_instant(struct bf_buf *out, int64_t seconds);

#endif

#include "worker/takeover.h"

#include "core/clock.h"
#include "core/log.h"

#include <signal.h>

enum { KILL_AFTER_MORE_US = 5 * 1000 * 1000 };

static struct bf_identity master_of(const struct bf_board *head)
{
    return (struct bf_identity){atomic_load(&head->master_pid), atomic_load(&head->master_start)};
}

/* Sends the signal (0: just counts) to the old master, or when that is dead to each worker. */
static unsigned signal_all(const struct bf_takeover *t, int number, bool workers_too)
{
    unsigned alive = 0;
    struct bf_identity master = master_of(t->old.head);
    struct bf_board *b = t->old.board; /* NULL: of another build, only the head can be read */
    bool master_alive = bf_identity_alive(master, NULL);
    if (master_alive && (number == 0 || bf_identity_kill(master, number)))
        alive++;
    for (uint32_t i = 0; b && i < atomic_load(&b->slots_used) && i < BF_BOARD_SLOTS; i++) {
        struct bf_slot *slot = &b->slots[i];
        if (atomic_load(&slot->duty) == BF_DUTY_FREE ||
            !bf_identity_alive(bf_slot_identity(slot), NULL))
            continue;
        alive++;
        if (number != 0 && (workers_too || !master_alive)) {
            atomic_store(&slot->duty, BF_DUTY_DRAIN);
            bf_identity_kill(bf_slot_identity(slot), number);
        }
    }
    return alive;
}

bool bf_takeover_needed(const struct bf_takeover *t)
{
    return t->old.head && signal_all(t, 0, false) > 0;
}

bool bf_takeover_step(struct bf_takeover *t, int64_t drain_timeout_ms)
{
    int64_t now = bf_clock_mono_us();
    if (!bf_takeover_needed(t))
        return true;
    if (t->begun_us == 0) {
        t->begun_us = now;
        atomic_store(&t->old.head->relieved, 1);
        unsigned n = signal_all(t, SIGTERM, false);
        bf_log(BF_LOG_INFO, "takeover", "relieving %u processes of an earlier server", n);
    } else if (now - t->begun_us > drain_timeout_ms * 1000 + KILL_AFTER_MORE_US) {
        unsigned n = signal_all(t, SIGKILL, true);
        bf_log(BF_LOG_WARNING, "takeover", "killed %u processes of an earlier server", n);
        t->begun_us = now;
    }
    return false;
}

#include "worker/trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct bf_trial *bf_trial_place(struct bf_trial trials[BF_TRIALS], uint64_t generation)
{
    return &trials[generation % BF_TRIALS];
}

struct bf_trial *bf_trial_begin(struct bf_trial trials[BF_TRIALS], uint64_t generation)
{
    struct bf_trial *t = bf_trial_place(trials, generation);
    atomic_store(&t->generation, 0);
    memset((char *)t + sizeof t->generation, 0, sizeof *t - sizeof t->generation);
    atomic_store(&t->generation, generation);
    return t;
}

void bf_trial_find(struct bf_trial *t, bool bad, const char *format, ...)
{
    uint32_t n = atomic_load(&t->findings);
    if (n < BF_TRIAL_FINDINGS) {
        va_list args;
        va_start(args, format);
        vsnprintf(t->finding[n].text, BF_TRIAL_TEXT, format, args);
        va_end(args);
        atomic_store(&t->finding[n].bad, bad);
    }
    atomic_store(&t->findings, n + 1);
}

const struct bf_trial *bf_trial_ended(const struct bf_trial trials[BF_TRIALS], uint64_t after,
                                      bool settings)
{
    const struct bf_trial *first = NULL;
    for (int i = 0; i < BF_TRIALS; i++) {
        const struct bf_trial *t = &trials[i];
        uint64_t generation = atomic_load(&t->generation);
        if (generation > after && atomic_load(&t->end) != BF_TRIAL_RUNS &&
            (!settings || atomic_load(&t->settings)) &&
            (!first || generation < atomic_load(&first->generation)))
            first = t;
    }
    return first;
}

enum bf_trial_end bf_trial_end_of(const struct bf_trial trials[BF_TRIALS], uint64_t generation)
{
    const struct bf_trial *t = &trials[generation % BF_TRIALS];
    return atomic_load(&t->generation) == generation ? (enum bf_trial_end)atomic_load(&t->end)
                                                     : BF_TRIAL_FAILED;
}

const struct bf_trial *bf_trial_last(const struct bf_trial trials[BF_TRIALS])
{
    const struct bf_trial *last = NULL;
    for (int i = 0; i < BF_TRIALS; i++) {
        const struct bf_trial *t = &trials[i];
        if (atomic_load(&t->generation) && atomic_load(&t->end) != BF_TRIAL_RUNS &&
            (!last || atomic_load(&t->generation) > atomic_load(&last->generation)))
            last = t;
    }
    return last;
}

/*
 * cli/sample: synthetic snapshots of our own datasets.
 *
 * Purpose    data to start with and to feed the demonstration: anchored on public facts (towns,
 *            their codes and town halls), everything else made up. The manifests say `synthetic`.
 * How        a snapshot is a function of seed and tick alone; from one tick to the next a few per
 *            cent of the records change, and a record's time moves only when its values do. Tick n
 *            of a sample is the instant n * period seconds after 1970.
 */
#ifndef BF_CLI_SAMPLE_H
#define BF_CLI_SAMPLE_H

#include "cli/rows.h"

struct bf_sample {
    const char *dataset;
    int64_t period; /* seconds */
    const char *const *names;
    size_t n;
    void (*print)(struct bf_rows *rows, uint64_t seed, int64_t tick);
};

extern const struct bf_sample bf_sample_vlille;
extern const struct bf_sample bf_sample_parkings;
extern const struct bf_sample bf_sample_communes;

struct bf_town {
    struct bf_str code, name, siren;
    int64_t inhabitants;
    int64_t lat, lon; /* of the town hall, microdegrees */
    int stations;
};

enum { BF_TOWNS = 95 };
extern const struct bf_town bf_towns[BF_TOWNS];

/* The last tick, up to `tick`, at which values(self, tick) became what they are. Values are two
 * numbers. A record reports at least every `beat` ticks: the search ends there. */
struct bf_sample_values {
    int64_t a, b;
};
int64_t bf_sample_since(int64_t tick, int64_t beat, int64_t phase,
                        struct bf_sample_values (*values)(const void *self, int64_t tick),
                        const void *self);

/* name in upper case without accents, as the sources write it (ASCII and Latin letters of
 * French). */
void bf_sample_upper(struct bf_buf *out, struct bf_str name);

#endif

/*
 * core/clock: the three clocks.
 *
 * bf_clock_mono_us  CLOCK_MONOTONIC, microseconds: deadlines and durations; the same for all
 *                   processes of a machine.
 * bf_clock_boot_us  CLOCK_BOOTTIME: the same, but it goes on while the machine sleeps; for rights
 *                   that end, whoever slept.
 * bf_clock_wall_us  CLOCK_REALTIME, microseconds since 1970-01-01T00:00:00Z: instants that people
 *                   and tokens see.
 */
#ifndef BF_CORE_CLOCK_H
#define BF_CORE_CLOCK_H

#include <stdint.h>

int64_t bf_clock_mono_us(void);
int64_t bf_clock_boot_us(void);
int64_t bf_clock_wall_us(void);
int64_t bf_clock_wall_s(void); /* whole seconds since 1970, as keys count */

/* A duration in whole seconds, rounded up: who waits for so long does not come too early. 0 for
 * what is over. */
int64_t bf_clock_seconds_up(int64_t us);

#endif

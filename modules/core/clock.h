/*
 * core/clock: the two clocks.
 *
 * bf_clock_mono_us  CLOCK_MONOTONIC, microseconds: deadlines and durations; the same for all
 *                   processes of a machine.
 * bf_clock_wall_us  CLOCK_REALTIME, microseconds since 1970-01-01T00:00:00Z: instants that people
 *                   and tokens see.
 */
#ifndef BF_CORE_CLOCK_H
#define BF_CORE_CLOCK_H

#include <stdint.h>

int64_t bf_clock_mono_us(void);
int64_t bf_clock_wall_us(void);

#endif

#include "core/clock.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t bf_clock_mono_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t bf_clock_boot_us(void)
{
    return read_us(CLOCK_BOOTTIME);
}

int64_t bf_clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t bf_clock_wall_s(void)
{
    return bf_clock_wall_us() / 1000000;
}

int64_t bf_clock_seconds_up(int64_t us)
{
    return us > 0 ? us / 1000000 + (us % 1000000 > 0) : 0;
}

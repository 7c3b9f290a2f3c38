/*
 * cli/chance: numbers that look like chance and are the same on every machine.
 *
 * Purpose    samples are a function of seed and tick: integers only, so that no C library rounds
 *            them another way.
 */
#ifndef BF_CLI_CHANCE_H
#define BF_CLI_CHANCE_H

#include "core/str.h"

/* 0 .. below-1; below is small, so the bias does not matter. */
int64_t bf_chance_below(uint64_t seed, uint64_t what, uint64_t which, int64_t below);

/* A triangle wave: -1000 .. 1000 as `at` runs through a period. at, phase and period are
 * positive. */
int64_t bf_wave(int64_t at, int64_t period, int64_t phase);

#endif

/*
 * What the tests of push share: the dataset that records are for, and two arenas.
 *
 * Ownership  life: of the whole test; arena: of what comes. open_dataset to close_dataset.
 */
#ifndef TESTS_PUSH_FIXTURE_H
#define TESTS_PUSH_FIXTURE_H

#include "catalog/manifest.h"

static struct bf_arena *life, *arena;
static struct bf_manifest *manifest;

static void open_dataset(const char *json)
{
    struct bf_report report;
    struct bf_buf text;
    life = bf_arena_new(16u << 20);
    arena = bf_arena_new(64u << 20);
    bf_report_init(&report, life);
    manifest = bf_manifest_read(life, bf_str_of(json), "x/dataset.json", &report);
    bf_buf_init(&text, 1u << 20);
    bf_report_print(&report, &text);
    if (!manifest)
        fail_msg("%.*s", BF_STR_ARG(bf_buf_view(&text)));
    bf_buf_fini(&text);
}

static int close_dataset(void **state)
{
    (void)state;
    bf_arena_free(arena);
    bf_arena_free(life);
    return 0;
}

#endif

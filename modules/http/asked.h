/*
 * http/asked: the reads that were last asked of each dataset, to try a new generation on.
 *
 * Purpose    workers leave the address (path and parameters) of an anonymous GET here; a canary
 *            (worker/canary) asks the same of the generation to come before anybody else does.
 * Never      a request with a key, or with a parameter that may hold one; of a dataset that not
 *            everybody sees; who asked, when, or what was answered. It lies in memory that has no
 *            name, is in no core file, and ends with the server: nothing of it reaches a disk or a
 *            log. The caller judges; this only keeps.
 * Ownership  memory of bf_asked_size() zeroed bytes, shared by all workers; nothing to free.
 * Limits     512 datasets, BF_ASKED_MOST requests of each, of at most BF_ASKED_BYTES bytes: 8 MiB.
 *            Others are not kept.
 * Faults     nothing is locked, and a process may be killed at any instruction: an entry that was
 *            not written whole does not fit its checksum, and is none.
 */
#ifndef BF_HTTP_ASKED_H
#define BF_HTTP_ASKED_H

#include "core/arena.h"
#include "core/str.h"

enum { BF_ASKED_MOST = 20, BF_ASKED_BYTES = 800 };

struct bf_asked;

size_t bf_asked_size(void);

/* target: as REQUEST_URI has it. One that is kept already is not kept twice. */
void bf_asked_note(struct bf_asked *a, struct bf_str dataset, struct bf_str target);

/* Copies of the newest, at most `most` of them, into the arena; returns how many. */
size_t bf_asked_read(const struct bf_asked *a, struct bf_str dataset, struct bf_arena *arena,
                     struct bf_str *out, size_t most);

#endif

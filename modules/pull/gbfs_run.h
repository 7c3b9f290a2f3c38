/*
 * pull/gbfs_run: what one run of a GBFS source does beside the reading (pull/gbfs).
 *
 * Purpose    fetches the feeds into files without a name, with the credential, limits and time of
 *            the run; says what is left to say of stations that only one feed has, and when the
 *            publisher is believed to be alive.
 * Ownership  lines go to the body that is given; the feeds are gone when the call returns.
 * Errors     those of pull/gbfs and pull/get.
 */
#ifndef BF_PULL_GBFS_RUN_H
#define BF_PULL_GBFS_RUN_H

#include "pull/gbfs.h"
#include "pull/get.h"

enum { BF_GBFS_NOTE = 512 };

bool bf_gbfs_run(struct bf_gbfs *g, struct bf_pull_get *get, const struct bf_manifest *m,
                 struct bf_str discovery, struct bf_pull_body *lines, struct bf_err *err);

/* Fewer than half of the stations of one of the feeds are known to the other. */
bool bf_gbfs_is_torn(const struct bf_gbfs *g);
/* A sentence on stations that only one feed has; empty when there is none. */
void bf_gbfs_note(const struct bf_gbfs *g, char out[BF_GBFS_NOTE]);
/* When a live feed was renewed last, and one ttl or period more: until then nobody expects it to be
 * renewed again. 0: now. */
int64_t bf_gbfs_alive_us(const struct bf_gbfs *g, int64_t every_us);

#endif

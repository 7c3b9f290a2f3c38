/*
 * cli/status_hook: what `beffroi status` shows of scripts that failed: which part of which
 * dataset's, how often, whether it was switched off, and the script, line and message of the last
 * failure.
 */
#ifndef BF_CLI_STATUS_HOOK_H
#define BF_CLI_STATUS_HOOK_H

#include "core/buf.h"
#include "plugin/fuse.h"

/* `,"hooks":[…]` */
void bf_status_hook_json(struct bf_buf *b, const struct bf_fuses *all, int64_t now_us);
void bf_status_hook_text(struct bf_buf *b, const struct bf_fuses *all, int64_t now_us);

/* Whether one is switched off. */
bool bf_status_hook_off(const struct bf_fuses *all);

#endif

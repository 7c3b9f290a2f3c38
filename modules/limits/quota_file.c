#include "limits/quota_memory.h"

static const struct bf_kept_layout layout = {
    "quota", 0x3161746f75516642u /* "BfQuota1", little-endian */, sizeof(struct bf_quotas)};

struct bf_quotas *bf_quotas_open(const char *run_dir, gid_t group, struct bf_err *err)
{
    return bf_kept_open(&layout, run_dir, group, err);
}

const struct bf_quotas *bf_quotas_look(const char *run_dir)
{
    return bf_kept_look(&layout, run_dir);
}

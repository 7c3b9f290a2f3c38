/* Manifests: any bytes give a manifest or a report in UTF-8, never both. */
#include "catalog/manifest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct bf_arena *a = bf_arena_new(8u << 20);
    struct bf_report report;
    bf_report_init(&report, a);
    const struct bf_manifest *m =
        bf_manifest_read(a, (struct bf_str){(const char *)bytes, n}, "f", &report);
    must((m != NULL) == bf_report_empty(&report));
    for (size_t i = 0; i < report.n; i++) {
        must(bf_str_is_utf8(report.mistakes[i].pointer));
        must(bf_str_is_utf8(report.mistakes[i].wrong));
        must(bf_str_is_utf8(report.mistakes[i].right));
    }
    for (size_t i = 0; m && i < m->nkey; i++)
        must(m->key[i] < m->nfields && bf_manifest_stored(&m->fields[m->key[i]]));
    bf_arena_free(a);
    return 0;
}

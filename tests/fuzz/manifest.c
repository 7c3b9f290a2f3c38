/* Manifests: any bytes give a manifest or a report in UTF-8, never both; and a good one can be
 * shown without what is private, of which nothing is left. */
#include "catalog/rights.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void without_private(struct bf_arena *a, const struct bf_manifest *m)
{
    static const struct bf_rights none = {NULL, 0};
    const struct bf_manifest *seen = bf_manifest_visible(a, m, &none);
    must(seen || bf_arena_failed(a));
    for (size_t i = 0; seen && i < m->nfields; i++)
        must(!m->fields[i].requires.n ==
             !!bf_schema_column(&seen->schema, m->fields[i].column.name));
    for (size_t i = 0; seen && i < m->nfield_aliases; i++)
        must(!bf_manifest_field(m, m->field_aliases[i])->requires.n ==
             !!bf_schema_column(&seen->schema, m->field_aliases[i]));
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
    if (m && m->partial)
        without_private(a, m);
    bf_arena_free(a);
    return 0;
}

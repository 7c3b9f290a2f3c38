/*
 * pull/convert: a body of a form of its own as records that a push could have sent.
 *
 * Purpose    features, tables of a timetable and shapefiles are turned into lines of JSON or CSV
 *            before anything else looks at them; each has a file of its own.
 * Ownership  what is written goes to the body that is given.
 * Errors     those of the form; STORAGE and TOO_LARGE of the body.
 */
#ifndef BF_PULL_CONVERT_H
#define BF_PULL_CONVERT_H

#include "catalog/upstream.h"
#include "pull/body.h"

/* Whether bodies of this format are turned into something else. */
bool bf_pull_converts(enum bf_upstream_format format);

enum { BF_PULL_NOTE = 256 };

/* `folder`: for files without a name. `note`: what was taken where the manifest leaves it open
 * (which encoding, and why), so that it can be put right; or empty. */
bool bf_pull_convert(struct bf_arena *a, const struct bf_manifest *m, const char *folder,
                     struct bf_str text, struct bf_pull_body *out, char note[BF_PULL_NOTE],
                     struct bf_err *err);

#endif

/*
 * catalog/reader: walking through a manifest's JSON while every mistake is noted with its pointer.
 *
 * Purpose    the steps that all parts of a manifest share: required and optional members, texts in
 *            two languages, lists of names, members that nobody knows.
 * Ownership  the caller's storage; texts are copied into the arena, each once. JSON is borrowed.
 * Errors     go to the report; readers give false or an empty value then, and reading goes on.
 *
 *     size_t back = bf_reader_into(r, "history");
 *     bf_reader_known(r, history, known, n);
 *     bf_reader_back(r, back);
 */
#ifndef BF_CATALOG_READER_H
#define BF_CATALOG_READER_H

#include "catalog/manifest.h"

#include <jansson.h>

enum { BF_POINTER_BYTES = 512 };

struct bf_reader {
    struct bf_arena *arena;
    struct bf_report *report;
    const char *path;
    const struct bf_manifest *whole; /* that is read as somebody sees it; NULL: all is read */
    char pointer[BF_POINTER_BYTES];  /* RFC 6901, of the value that is read now */
    size_t pointer_n;
};

void bf_reader_init(struct bf_reader *r, struct bf_arena *a, struct bf_report *report,
                    const char *path);

/* One step down; what is returned goes to bf_reader_back. */
size_t bf_reader_into(struct bf_reader *r, const char *member);
size_t bf_reader_into_index(struct bf_reader *r, size_t index);
void bf_reader_back(struct bf_reader *r, size_t mark);

/* A mistake at the current place, or at a member of it. */
void bf_reader_wrong(struct bf_reader *r, const char *right, const char *wrong, ...)
    __attribute__((format(printf, 3, 4)));
void bf_reader_wrong_at(struct bf_reader *r, const char *member, const char *right,
                        const char *wrong, ...) __attribute__((format(printf, 4, 5)));

/* Members of the object that are not among the known ones are mistakes. */
void bf_reader_known(struct bf_reader *r, json_t *object, const char *const *known, size_t n);

enum bf_need { BF_OPTIONAL, BF_REQUIRED };

/* The member when it is there and of that type (json_typeof; JSON_TRUE stands for both
 * booleans). */
json_t *bf_reader_member(struct bf_reader *r, json_t *object, const char *name, json_type type,
                         enum bf_need need);

/* A text of 1 to `most` bytes without controls; empty when it is absent or wrong. */
struct bf_str bf_reader_text(struct bf_reader *r, json_t *object, const char *name, size_t most,
                             enum bf_need need);
/* {"fr": …, "en": …}; en is fr where it is absent. */
struct bf_text2 bf_reader_text2(struct bf_reader *r, json_t *object, const char *name, size_t most,
                                enum bf_need need);
bool bf_reader_bool(struct bf_reader *r, json_t *object, const char *name);

/* An ISO 8601 duration in microseconds; 0 when it is absent or wrong. */
int64_t bf_reader_duration(struct bf_reader *r, json_t *object, const char *name);

/* A list of different texts. Those that are wrong are left out. */
struct bf_list {
    struct bf_str *items;
    size_t n;
};
struct bf_list_rule {
    size_t most, most_bytes;
    /* Looks at one item, at its place; false leaves it out. NULL: every text is right. */
    bool (*check)(struct bf_reader *r, const struct bf_manifest *m, struct bf_str item);
    const struct bf_manifest *m;
};
struct bf_list bf_reader_list(struct bf_reader *r, json_t *object, const char *name,
                              const struct bf_list_rule *rule);

/* "a number" and so on, for messages. */
const char *bf_json_kind(const json_t *value);
struct bf_str bf_json_text(const json_t *string); /* borrowed */

#endif

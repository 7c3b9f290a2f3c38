#include "catalog/files.h"

#include <string.h>

enum { MOST_FILES = 50, ID = 63, NAME = 200, DESCRIPTION = 1000 };

const struct bf_file_kind_info bf_file_kinds[BF_FILE_KINDS] = {
    [BF_FILE_ATTACHMENT] = {"attachments", "attachment"},
    [BF_FILE_EXPORT] = {"alternative_exports", "alternative export"},
};

/* `[a-z0-9][a-z0-9_-]{0,62}`. */
static bool is_id(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && (i == 0 || (c != '_' && c != '-')))
            return false;
    }
    return s.n > 0 && s.n <= ID;
}

static bool is_file(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '/' || s.p[i] == '\\' || s.p[i] == '"')
            return false;
    return s.n > 0 && s.p[0] != '.';
}

/* RFC 6838 section 4.2: type and subtype. */
static bool is_media_type(struct bf_str s)
{
    size_t slashes = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("!#$&^_.+-", c);
        slashes += c == '/';
        if (!word && c != '/')
            return false;
    }
    return slashes == 1 && s.p[0] != '/' && s.p[s.n - 1] != '/';
}

static struct bf_str media_type_of(struct bf_str file)
{
    static const struct {
        const char *end, *type;
    } known[] = {{".pdf", "application/pdf"}, {".csv", "text/csv"},
                 {".txt", "text/plain"},      {".json", "application/json"},
                 {".zip", "application/zip"}, {".xml", "application/xml"},
                 {".png", "image/png"},       {".jpg", "image/jpeg"},
                 {".md", "text/markdown"},    {".geojson", "application/geo+json"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (bf_str_ends(file, bf_str_of(known[i].end)))
            return bf_str_of(known[i].type);
    return BF_STR("application/octet-stream");
}

static void check_one(struct bf_reader *r, const struct bf_file *f, const char *kind)
{
    if (f->id.n && !is_id(f->id))
        bf_reader_wrong_at(r, "id", "lower case letters, digits, _ and -, 63 at most",
                           "\"%.64s\" is not the id of an %s", f->id.p, kind);
    if (f->file.n && !is_file(f->file))
        bf_reader_wrong_at(r, "file", "the name of a file beside dataset.json",
                           "\"%.64s\" is not the name of a file", f->file.p);
    if (f->mimetype.n && !is_media_type(f->mimetype))
        bf_reader_wrong_at(r, "mimetype", "write a type such as application/pdf",
                           "\"%.64s\" is not a media type", f->mimetype.p);
}

static void read_one(struct bf_reader *r, json_t *object, enum bf_file_kind kind, struct bf_file *f)
{
    static const char *const known[] = {"id", "file", "title", "mimetype", "description"};
    if (!json_is_object(object)) {
        bf_reader_wrong(r, "write {\"id\": \"…\", \"file\": \"…\"}", "this is %s",
                        bf_json_kind(object));
        return;
    }
    /* The contract's attachments have no description. */
    bf_reader_known(r, object, known, sizeof known / sizeof known[0] - (kind != BF_FILE_EXPORT));
    f->id = bf_reader_text(r, object, "id", NAME, BF_REQUIRED);
    f->file = bf_reader_text(r, object, "file", NAME, BF_REQUIRED);
    f->title = bf_reader_text(r, object, "title", NAME, BF_OPTIONAL);
    f->mimetype = bf_reader_text(r, object, "mimetype", NAME, BF_OPTIONAL);
    if (kind == BF_FILE_EXPORT)
        f->description = bf_reader_text(r, object, "description", DESCRIPTION, BF_OPTIONAL);
    check_one(r, f, bf_file_kinds[kind].name);
    if (!f->title.n)
        f->title = f->file;
    if (!f->mimetype.n)
        f->mimetype = media_type_of(f->file);
}

static void read_kind(struct bf_reader *r, json_t *root, enum bf_file_kind kind,
                      struct bf_files *out)
{
    const struct bf_file_kind_info *info = &bf_file_kinds[kind];
    json_t *array = bf_reader_member(r, root, info->member, JSON_ARRAY, BF_OPTIONAL);
    size_t n = json_array_size(array);
    if (n > MOST_FILES) {
        bf_reader_wrong_at(r, info->member, "at most 50 are kept", "the list has %zu entries", n);
        return;
    }
    struct bf_file *list = n ? bf_arena_zalloc(r->arena, n, sizeof *list) : NULL;
    if (!list)
        return;
    size_t back = bf_reader_into(r, info->member);
    for (size_t i = 0; i < n; i++) {
        size_t item = bf_reader_into_index(r, i);
        read_one(r, json_array_get(array, i), kind, &list[i]);
        for (size_t j = 0; j < i; j++)
            if (list[i].id.n && bf_str_eq(list[i].id, list[j].id))
                bf_reader_wrong_at(r, "id", "every file of a list has an id of its own",
                                   "the id \"%s\" is taken by another one", list[i].id.p);
        bf_reader_back(r, item);
    }
    bf_reader_back(r, back);
    *out = (struct bf_files){list, n};
}

void bf_files_read(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    for (int kind = 0; kind < BF_FILE_KINDS; kind++)
        read_kind(r, root, (enum bf_file_kind)kind, &m->files[kind]);
}

const struct bf_file *bf_files_find(const struct bf_manifest *m, enum bf_file_kind kind,
                                    struct bf_str id)
{
    const struct bf_files *files = &m->files[kind];
    for (size_t i = 0; i < files->n; i++)
        if (bf_str_eq(files->items[i].id, id))
            return &files->items[i];
    return NULL;
}

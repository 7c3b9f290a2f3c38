/* `beffroi new`: the folder of a dataset for a file that nobody has described. */
#include "cli/commands.h"

#include "catalog/draft.h"
#include "catalog/names.h"
#include "cli/folder.h"
#include "cli/new_rows.h"
#include "cli/say.h"
#include "store/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MEMORY = 1 << 30, MANIFEST = 1 << 20 };

static const char usage[] =
    "new ID --from FILE|TABLE [--to FOLDER] [--crs EPSG:N] [--encoding NAME] [--table X.shp]\n"
    "            [--number FIELD]\n"
    "  writes the folder of a dataset (default: handlers/ID) that passes `beffroi check`: fields,\n"
    "  types, key, facets and geometry guessed from the rows, with a word on each guess\n"
    "  --from FILE    .csv .tsv (UTF-8, , ; or tab), .json, .ndjson, .jsonl, .geojson, .parquet,\n"
    "                 a shapefile (.shp, or .zip with one); .zip with --table stops.txt: a table\n"
    "                 of a timetable (GTFS)\n"
    "  --from TABLE   of the server's database, with its schema: outils.capteurs\n"
    "  --to FOLDER    another folder, which must not be there yet\n" BF_FEATURES_USAGE;

struct run {
    struct bf_new_rows rows;
    struct bf_str id;
    const char *folder;
    struct bf_buf manifest;
    struct bf_err err;
};

/* ---- writing ------------------------------------------------------------------------------- */

static bool write_file(struct run *r, const char *folder, const char *name, const struct bf_buf *b)
{
    struct bf_str path = bf_arena_printf(r->rows.arena, "%s/%s", folder, name);
    FILE *out = path.p ? fopen(path.p, "wxe") : NULL;
    bool ok = out && fwrite(b->p, 1, b->n, out) == b->n;
    if (out)
        ok = fclose(out) == 0 && ok;
    return ok || BF_FAIL_WITH(&r->err, BF_E_STORAGE, "%s: %s", path.p, strerror(errno));
}

static void throw_away(struct run *r, const char *folder)
{
    const char *names[] = {"dataset.json", r->rows.sample_name};
    for (size_t i = 0; i < 2; i++)
        unlink(bf_arena_printf(r->rows.arena, "%s/%s", folder, names[i]).p);
    rmdir(folder);
}

/* What was written is checked as it will be; a mistake in it is ours. */
static bool passes_check(struct run *r, char *folder)
{
    struct bf_report report;
    struct bf_folders all;
    bf_report_init(&report, r->rows.arena);
    bf_folders_read(&all, &folder, 1, NULL, &report);
    return bf_say_report(&report) || BF_FAIL_WITH(&r->err, BF_E_INTERNAL,
                                                  "The folder does not pass the check: please tell "
                                                  "its developers.");
}

/* Whole or absent: the folder takes its name when everything is in it. */
static bool write_folder(struct run *r)
{
    static const char mark[] = ".new-XXXXXX";
    size_t n = strlen(r->folder);
    char *new = bf_arena_alloc(r->rows.arena, n + sizeof mark);
    if (!new)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "There is not enough memory.");
    memcpy(new, r->folder, n);
    memcpy(new + n, mark, sizeof mark);
    if (!mkdtemp(new))
        return BF_FAIL_WITH(&r->err, BF_E_STORAGE, "%s: %s", r->folder, strerror(errno));
    bool ok = write_file(r, new, "dataset.json", &r->manifest) &&
              write_file(r, new, r->rows.sample_name, &r->rows.sample) && passes_check(r, new);
    if (ok && (chmod(new, 0755) != 0 ||
               renameat2(AT_FDCWD, new, AT_FDCWD, r->folder, RENAME_NOREPLACE) != 0))
        ok = BF_FAIL_WITH(&r->err, BF_E_STORAGE, "%s: %s", r->folder, strerror(errno));
    if (!ok)
        throw_away(r, new);
    return ok;
}

/* ---- telling ------------------------------------------------------------------------------- */

static void say_key(const struct bf_guess *g, enum bf_features_kind kind)
{
    if (!g->nkey) {
        printf("\nkey: no column can be one\n");
        return;
    }
    printf("\nkey: ");
    for (size_t i = 0; i < g->nkey; i++)
        printf("%s%.*s", i ? ", " : "", BF_STR_ARG(g->fields[g->key[i]].name));
    if (g->unique)
        printf("%s tells all rows apart\n", g->nkey == 1 ? ":" : ": together it");
    else
        printf(": NOT unique, and no set of up to %d columns is; rows with the same key refuse a "
               "load. %s\n",
               BF_GUESS_KEY,
               kind == BF_FEATURES_NONE
                   ? "Add a column that tells them apart"
                   : "Say --number id for the number of each record as a field, or add a column "
                     "that tells them apart");
}

static void say_fields(const struct bf_guess *g)
{
    for (size_t i = 0; i < g->nfields; i++) {
        const struct bf_guess_field *f = &g->fields[i];
        printf("  %-24.*s %-13s %.*s", BF_STR_ARG(f->name), bf_type_info(f->type)->name,
               BF_STR_ARG(f->word));
        if (f->label.n)
            printf(" (\"%.*s\")", BF_STR_ARG(f->label));
        printf("\n");
    }
}

static void say_options(const struct bf_features *f)
{
    const struct {
        const char *name;
        struct bf_str value;
    } all[] = {{"crs", f->options.crs},
               {"encoding", f->options.encoding},
               {"table", f->table},
               {"number", f->options.number}};
    for (size_t i = 0; f->kind != BF_FEATURES_NONE && i < sizeof all / sizeof all[0]; i++)
        if (all[i].value.n)
            printf(" --%s '%.*s'", all[i].name, BF_STR_ARG(all[i].value));
    printf("\n");
}

static void say_load(const struct run *r)
{
    const char *path = r->rows.path;
    if (bf_new_rows_is_table(path))
        printf("  beffroi apply %s\n"
               "  psql -Atc 'SELECT row_to_json(t) FROM %s AS t' | "
               "beffroi load %.*s - --format ndjson\n",
               r->folder, bf_foreign_quoted(r->rows.arena, bf_str_of(path)).p, BF_STR_ARG(r->id));
    else if (bf_str_ends(bf_str_of(path), BF_STR(".parquet")))
        printf("  beffroi apply %s\n  scripts/parquet %s | beffroi load %.*s - --format ndjson\n",
               r->folder, path, BF_STR_ARG(r->id));
    else if (bf_new_rows_is_timetable(&r->rows))
        printf(
            "  in dataset.json, for the server to fetch it: \"source\": {\"url\": \"https://…\", "
            "\"format\": \"gtfs\", \"table\": \"%.*s\", \"every\": \"P1D\"}\n"
            "  beffroi apply %s\n",
            BF_STR_ARG(r->rows.features.table), r->folder);
    else if (r->rows.loads) {
        printf("  beffroi apply %s && beffroi load %.*s %s", r->folder, BF_STR_ARG(r->id), path);
        say_options(&r->rows.features);
    } else
        printf("  beffroi apply %s && beffroi load %.*s %s/sample.json\n"
               "  (`beffroi load` reads records, not features: sample.json shows how they look)\n",
               r->folder, BF_STR_ARG(r->id), r->folder);
}

static void say_next(const struct run *r)
{
    printf("\n%s has dataset.json and %s. Now:\n", r->folder, r->rows.sample_name);
    printf("  go through title, description, publisher and licence; say expected_every if the data "
           "are live\n");
    say_load(r);
}

static void say_all(const struct run *r)
{
    const struct bf_guess *g = r->rows.guess;
    printf("%s: %zu row%s%s, %zu column%s\n", r->rows.path, g->rows, g->rows == 1 ? "" : "s",
           g->full ? " were looked at, there are more" : "", g->ncolumns,
           g->ncolumns == 1 ? "" : "s");
    bf_features_say(&r->rows.features);
    say_fields(g);
    say_key(g, r->rows.features.kind);
    if (g->geometry >= 0)
        printf("geometry: %.*s\n", BF_STR_ARG(g->fields[g->geometry].name));
    say_next(r);
}

/* ---- */

static bool is_free(struct run *r)
{
    if (!bf_names_is_id(r->id))
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "\"%.*s\" is no id: a lower case letter, then at most 62 letters, "
                            "digits, _ and -.",
                            BF_STR_ARG(r->id));
    struct stat st;
    return stat(r->folder, &st) != 0 ||
           BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "%s is there already: nothing is written over.",
                        r->folder);
}

static bool make(struct run *r)
{
    const char *name = strrchr(r->rows.path, '/');
    if (!is_free(r) || !bf_new_rows_read(&r->rows, &r->err))
        return false;
    bf_draft_print(&r->manifest, r->rows.guess, r->id, bf_str_of(name ? name + 1 : r->rows.path));
    if (bf_buf_failed(&r->manifest) || bf_buf_failed(&r->rows.sample))
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "There is not enough memory.");
    return write_folder(r);
}

int bf_cmd_new(int argc, char **argv)
{
    static const struct option options[] = {{"from", required_argument, NULL, 'f'},
                                            {"to", required_argument, NULL, 't'},
                                            BF_FEATURES_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    struct run r = {.rows.path = NULL};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'f' || c == 't')
            *(c == 'f' ? &r.rows.path : &r.folder) = optarg;
        else if (!bf_features_option(&r.rows.features, c, optarg))
            return bf_say_usage(usage);
    }
    if (argc - optind != 1 || !r.rows.path)
        return bf_say_usage(usage);
    r.id = bf_str_of(argv[optind]);
    r.rows.arena = bf_arena_new(MEMORY);
    if (!r.folder)
        r.folder = bf_arena_printf(r.rows.arena, "handlers/%.*s", BF_STR_ARG(r.id)).p;
    bf_buf_init(&r.manifest, MANIFEST);
    bf_err_clear(&r.err);
    bool ok = r.folder && make(&r);
    if (ok)
        say_all(&r);
    else
        bf_say_error("new", &r.err);
    bf_buf_fini(&r.manifest);
    bf_buf_fini(&r.rows.sample);
    bf_arena_free(r.rows.arena);
    return ok ? 0 : 1;
}

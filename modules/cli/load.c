#include "cli/commands.h"

#include "api/push/intake.h"
#include "catalog/upstream.h"
#include "cli/connect.h"
#include "cli/features.h"
#include "cli/say.h"
#include "core/clock.h"
#include "pull/body.h"
#include "store/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY = 1 << 30 };

#define LINES_MOST ((size_t)4 << 30)

static const char usage[] =
    "load DATASET FILE|- [--mode upsert|snapshot] [--format json|ndjson|csv] [--delimiter C]\n"
    "            [--allow-empty] [--crs EPSG:N] [--encoding NAME] [--table X.shp] [--number "
    "FIELD]\n"
    "  pushes a file into a dataset, directly into the database, whole or not at all\n"
    "  --mode snapshot  removes the records that are not in the file (default: upsert)\n"
    "  --format         default: by the name of the file (.csv, .ndjson, .jsonl, each also .gz;\n"
    "                   .geojson, .shp, .zip: by the name alone)\n"
    "  --delimiter C    of CSV; default: the one of , ; and tab that the header line has most\n"
    "  --allow-empty    a snapshot without any record may remove every record\n" BF_FEATURES_USAGE
    "\n"
    "                   (default: what the source of the dataset says)";

struct run {
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_arena *arena;
    struct bf_registry registry;
    struct bf_repairs *repairs;
    struct bf_intake intake;
    struct bf_err err;
    const char *dataset, *file;
    int fd;
    struct bf_features features;
    struct bf_pull_body lines; /* what features were turned into */
};

static ssize_t read_file(void *self, void *to, size_t room)
{
    const struct run *r = self;
    ssize_t n;
    do {
        n = read(r->fd, to, room);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* A load has no receipt to keep. */
static void print_nothing(void *self, const struct bf_commit_result *result, struct bf_buf *out)
{
    (void)self;
    (void)result;
    (void)out;
}

/* ---- options ---- */

static bool read_mode(struct run *r, const char *text)
{
    r->intake.mode = strcmp(text, "snapshot") == 0 ? BF_BATCH_SNAPSHOT : BF_BATCH_UPSERT;
    return r->intake.mode == BF_BATCH_SNAPSHOT || strcmp(text, "upsert") == 0;
}

static bool read_format(struct run *r, const char *text)
{
    static const char *const names[] = {"json", "ndjson", "csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) != 0)
            continue;
        r->intake.format = (enum bf_push_format)i;
        return true;
    }
    return false;
}

static void format_by_name(struct run *r)
{
    struct bf_str name = bf_str_of(r->file);
    r->intake.body.gzip = bf_str_ends(name, BF_STR(".gz"));
    if (r->intake.body.gzip)
        name.n -= 3;
    r->intake.format = BF_PUSH_JSON;
    if (bf_str_ends(name, BF_STR(".csv")))
        r->intake.format = BF_PUSH_CSV;
    if (bf_str_ends(name, BF_STR(".ndjson")) || bf_str_ends(name, BF_STR(".jsonl")))
        r->intake.format = BF_PUSH_LINES;
}

static bool read_options(struct run *r, int argc, char **argv)
{
    static const struct option options[] = {{"mode", required_argument, NULL, 'm'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"delimiter", required_argument, NULL, 'd'},
                                            {"allow-empty", no_argument, NULL, 'e'},
                                            BF_FEATURES_OPTIONS,
                                            {NULL, 0, NULL, 0}};
    const char *format = NULL;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'f')
            format = optarg;
        else if (c == 'e')
            r->intake.allow_empty = true;
        else if (c == 'd' && strlen(optarg) == 1)
            r->intake.delimiter = optarg[0];
        else if (c >= BF_FEATURES_CRS)
            bf_features_option(&r->features, c, optarg);
        else if (c != 'm' || !read_mode(r, optarg))
            return false;
    }
    if (argc - optind != 2)
        return false;
    r->dataset = argv[optind];
    r->file = argv[optind + 1];
    format_by_name(r);
    r->features.kind = format ? BF_FEATURES_NONE : bf_features_kind(r->file);
    return !format || read_format(r, format);
}

/* ---- the load ---- */

static bool open_all(struct run *r)
{
    size_t left_out;
    r->fd = strcmp(r->file, "-") == 0 ? STDIN_FILENO : open(r->file, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "%s: %s", r->file, strerror(errno));
    r->arena = bf_arena_new(MEMORY);
    r->repairs = bf_repairs_new(&(struct bf_repair_host){.memo = 0});
    if (!r->arena || !r->repairs)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "no memory");
    bf_registry_init(&r->registry, r->arena);
    if (!bf_connect_as(BF_ROLE_WRITER, &r->conf, &r->conn, &r->err) ||
        !bf_catalog_load(r->conn, &r->registry, &left_out, &r->err))
        return false;
    r->intake.entry = bf_registry_find(&r->registry, bf_str_of(r->dataset));
    if (r->intake.entry)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "there is no dataset \"%s\"; `beffroi apply` makes it", r->dataset);
}

static void preset(struct bf_str *option, struct bf_str value)
{
    if (!option->n)
        *option = value;
}

/* A source of the same format says how its files are to be read. */
static void preset_by_source(struct bf_features *f, const struct bf_upstream *s)
{
    enum bf_upstream_format same =
        f->kind == BF_FEATURES_SHAPEFILE ? BF_UPSTREAM_SHAPEFILE : BF_UPSTREAM_GEOJSON;
    if (!s || s->format != same)
        return;
    preset(&f->options.crs, s->crs);
    preset(&f->options.encoding, s->encoding);
    preset(&f->options.number, s->feature_id);
    preset(&f->table, s->table);
}

/* Features are turned into lines first, as the server does with those that it fetches. */
static bool convert(struct run *r)
{
    struct bf_features *f = &r->features;
    const struct bf_manifest *m = r->intake.entry->manifest;
    if (f->kind == BF_FEATURES_NONE)
        return true;
    preset_by_source(f, m->upstream);
    f->path = r->file;
    f->options.geometry = bf_manifest_given_geometry(m);
    f->take = bf_pull_body_add;
    f->self = &r->lines;
    if (!bf_pull_body_open(&r->lines, r->conf.run_dir, LINES_MOST, &r->err) ||
        !bf_features_read(r->arena, f, &r->err))
        return false;
    close(r->fd);
    r->fd = r->lines.fd;
    r->lines.fd = -1;
    r->intake.format = BF_PUSH_LINES;
    bf_features_say(f);
    return lseek(r->fd, 0, SEEK_SET) == 0 ||
           BF_FAIL_WITH(&r->err, BF_E_STORAGE, "the lines cannot be read back");
}

static bool load(struct run *r)
{
    if (!open_all(r) || !convert(r))
        return false;
    struct bf_intake *in = &r->intake;
    in->conn = r->conn;
    in->registry = &r->registry;
    in->repairs = r->repairs;
    in->arena = r->arena;
    in->record_max = (size_t)r->conf.record_max_bytes;
    in->came = (size_t)r->conf.canary_records;
    in->body.read = read_file;
    in->body.self = r;
    in->body.announced = -1;
    in->body.limit = INT64_MAX;
    in->sub = BF_STR("beffroi load");
    in->print = print_nothing;
    return bf_intake_run(in, &r->err);
}

static void print_faults(const struct run *r, const struct bf_faults *f)
{
    for (size_t i = 0; f && i < f->n; i++) {
        const struct bf_fault *x = &f->list[i];
        fprintf(stderr, "%s:%" PRIu64 ": %.*s%s%.*s", r->file, x->line, BF_STR_ARG(x->field),
                x->field.n ? ": " : "", BF_STR_ARG(x->reason));
        if (x->value.p)
            fprintf(stderr, ", not %.*s", BF_STR_ARG(x->value));
        fputc('\n', stderr);
    }
    if (f && f->total > f->n)
        fprintf(stderr, "%s: and %" PRIu64 " more\n", r->file, f->total - f->n);
}

static void print_result(const struct run *r, double seconds)
{
    const struct bf_commit_result *o = &r->intake.result;
    printf("%s: commit %" PRId64 ": %" PRId64 " added, %" PRId64 " changed, %" PRId64
           " removed, %" PRId64 " unchanged; %" PRId64 " records now (%.1f s)\n",
           r->dataset, o->commit, o->added, o->changed, o->removed, o->unchanged, o->records,
           seconds);
    if (r->intake.dropped && r->intake.dropped->total)
        printf("%s: %" PRIu64 " left out by its script\n", r->dataset, r->intake.dropped->total);
}

static int run(struct run *r, int argc, char **argv)
{
    if (!read_options(r, argc, argv))
        return bf_say_usage(usage);
    int64_t start = bf_clock_mono_us();
    bf_err_clear(&r->err);
    bool ok = bf_conf_load(&r->conf, NULL, &r->err) && load(r);
    if (ok) {
        print_faults(r, r->intake.dropped);
        print_result(r, (double)(bf_clock_mono_us() - start) / 1e6);
    } else {
        print_faults(r, r->intake.faults);
        bf_say_error("load", &r->err);
    }
    if (r->fd > STDIN_FILENO)
        close(r->fd);
    bf_pull_body_close(&r->lines);
    bf_repairs_free(r->repairs);
    bf_arena_free(r->arena);
    bf_conn_free(r->conn);
    return ok ? 0 : 1;
}

int bf_cmd_load(int argc, char **argv)
{
    static struct run r = {.fd = -1, .lines = {.fd = -1}};
    return run(&r, argc, argv);
}

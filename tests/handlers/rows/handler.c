/*
 * A source of every type: gives the rows of a file, whose first line names fields and their types
 * (`id:int nom:text`), tabulators between, an empty value for null; instants in microseconds, days
 * since 1970, points as `lon lat`. A line `#word` before all others tells it to do something else.
 */
#include <beffroi/handler.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

BF_HANDLER_HOST;

enum { FIELDS = 32, LINE = 1 << 20 };

struct rows {
    struct bf_dataset *dataset;
    const char *file;
    bool versioned;
    int id, name, at, geo;
};

struct cursor {
    FILE *in;
    struct bf_source *source;
    char *line, act[16];
    int fields[FIELDS];
    char types[FIELDS];
    long n, given;
};

static bool acts(const struct cursor *c, const char *act)
{
    return strcmp(c->act, act) == 0;
}

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct rows *t = *self = bf->alloc(d, sizeof *t);
    if (!t)
        return BF_FAIL;
    t->dataset = d;
    t->file = bf->option(d, "file");
    t->versioned = strcmp(bf->option(d, "versioned"), "true") == 0;
    t->id = bf->field(d, "id");
    t->name = bf->field(d, "nom");
    t->at = bf->field(d, "vu");
    t->geo = bf->field(d, "geo");
    return BF_OK;
}

static void read_head(struct cursor *c, const struct bf_dataset *d)
{
    char *rest = NULL;
    bool read = fgets(c->line, LINE, c->in) != NULL;
    if (read && sscanf(c->line, "#%15[a-z-]", c->act) == 1)
        read = fgets(c->line, LINE, c->in) != NULL;
    if (!read)
        return;
    for (char *word = strtok_r(c->line, "\t\n", &rest); word && c->n < FIELDS;
         word = strtok_r(NULL, "\t\n", &rest)) {
        char *type = strchr(word, ':');
        *type++ = '\0';
        c->fields[c->n] = bf->field(d, word);
        c->types[c->n++] = strcmp(type, "datetime") == 0    ? 'T'
                           : strcmp(type, "double") == 0    ? 'r'
                           : strcmp(type, "geo_shape") == 0 ? 's'
                                                            : type[0];
    }
}

static void source_close(void *self, void *cursor)
{
    struct cursor *c = cursor;
    (void)self;
    fclose(c->in);
    free(c->line);
}

static enum bf_rc source_open(struct bf_req *r, struct bf_source *s, void *self, void **cursor)
{
    const struct rows *t = self;
    struct cursor *c = *cursor = bf->source_alloc(s, sizeof *c);
    struct stat st;
    if (!c)
        return BF_FAIL;
    c->source = s;
    c->line = malloc(LINE);
    c->in = fopen(t->file, "re");
    if (!c->in || fstat(fileno(c->in), &st) != 0) {
        free(c->line);
        return bf->fail(r, 503, "there are no rows at the moment");
    }
    if (t->versioned) {
        char version[64];
        int n = snprintf(version, sizeof version, "%lld.%09ld", (long long)st.st_mtim.tv_sec,
                         st.st_mtim.tv_nsec);
        bf->source_version(s, version, (size_t)n);
        bf->source_instant(s, (int64_t)st.st_mtim.tv_sec * 1000000);
    }
    read_head(c, t->dataset);
    if (!acts(c, "fail-open"))
        return BF_OK;
    source_close(self, c);
    return bf->fail(r, 503, "the file is being written");
}

static void set(struct bf_row *row, int field, char type, const char *v)
{
    char *end;
    switch (type) {
    case 'i':
        bf->set_int(row, field, strtoll(v, NULL, 10));
        break;
    case 'r':
        bf->set_double(row, field, strtod(v, NULL));
        break;
    case 'b':
        bf->set_bool(row, field, v[0] == 't');
        break;
    case 'd':
    case 'T':
        bf->set_time(row, field, strtoll(v, NULL, 10));
        break;
    case 'g':
        bf->set_point(row, field, strtod(v, &end), strtod(strchr(v, ' '), NULL));
        break;
    case 's':
        bf->set_shape(row, field, v, strlen(v));
        break;
    case 'j':
        bf->set_json(row, field, v, strlen(v));
        break;
    default:
        bf->set_text(row, field, v, strlen(v));
    }
}

/* What the query asks for, in words, as the name of the only row. */
static enum bf_rc tell(struct bf_row *row, const struct rows *t, struct cursor *c)
{
    char text[1024];
    const struct bf_source *s = c->source;
    int64_t v = 0;
    int n = snprintf(text, sizeof text, "id");
    double box[4];
    for (int i = 0; i < bf->source_values(s, t->id); i++)
        n += snprintf(text + n, sizeof text - (size_t)n, " =%d",
                      bf->source_int(s, t->id, i, &v) ? (int)v : -1);
    if (bf->source_least(s, t->id, &v))
        n += snprintf(text + n, sizeof text - (size_t)n, " >=%d", (int)v);
    if (bf->source_most(s, t->id, &v))
        n += snprintf(text + n, sizeof text - (size_t)n, " <=%d", (int)v);
    n += snprintf(text + n, sizeof text - (size_t)n, "; nom");
    for (int i = 0; i < bf->source_values(s, t->name); i++) {
        const char *p = "";
        size_t length = 0;
        bf->source_text(s, t->name, i, &p, &length);
        n += snprintf(text + n, sizeof text - (size_t)n, " =%.*s", (int)length, p);
    }
    if (bf->source_least(s, t->at, &v))
        n += snprintf(text + n, sizeof text - (size_t)n, "; vu >=%lld", (long long)v);
    if (bf->source_box(s, t->geo, box))
        n += snprintf(text + n, sizeof text - (size_t)n, "; geo %.2f %.2f %.2f %.2f", box[0],
                      box[1], box[2], box[3]);
    n +=
        snprintf(text + n, sizeof text - (size_t)n, "; limit %lld", (long long)bf->source_limit(s));
    if (c->given++)
        return BF_END;
    bf->log(NULL, BF_INFO, "asked: %s", text);
    bf->set_int(row, t->id, 1);
    return BF_OK;
}

/* Waits for a word that nobody says. */
static void block(void)
{
    int ends[2];
    char word;
    if (pipe(ends) != 0 || read(ends[0], &word, 1) < 0)
        abort();
}

static void hang(const struct cursor *c)
{
    for (volatile int turns = 0; acts(c, "loop"); turns = !turns)
        continue;
    while (acts(c, "sleep"))
        pause();
    if (acts(c, "block"))
        block();
}

static enum bf_rc misbehave(struct bf_req *r, struct bf_row *row, const struct rows *t,
                            struct cursor *c)
{
    if (acts(c, "crash"))
        __builtin_trap();
    hang(c);
    if (acts(c, "fail"))
        return bf->fail(r, 500, "the upstream is away");
    if (acts(c, "no-key"))
        return bf->set_null(row, t->id);
    if (acts(c, "computed"))
        bf->set_int(row, bf->field(t->dataset, "double_n"), 5);
    return BF_OK;
}

static enum bf_rc source_next(struct bf_req *r, struct bf_row *row, void *self, void *cursor)
{
    const struct rows *t = self;
    struct cursor *c = cursor;
    if (acts(c, "tell"))
        return tell(row, t, c);
    if (acts(c, "endless"))
        return bf->set_int(row, t->id, c->given++);
    if (!fgets(c->line, LINE, c->in))
        return BF_END;
    char *at = c->line;
    at[strcspn(at, "\n")] = '\0';
    if (at[0] == '#')
        return BF_SKIP;
    for (long i = 0; i < c->n && at; i++) {
        const char *value = strsep(&at, "\t");
        if (*value && c->fields[i] >= 0)
            set(row, c->fields[i], c->types[i], value);
    }
    return misbehave(r, row, t, c);
}

static const struct bf_option options[] = {{"file", BF_TEXT, NULL, "where the rows are"},
                                           {"versioned", BF_BOOL, "false", "tell a version"},
                                           {0}};

BF_HANDLER(.name = "rows", .version = "1.0", .options = options, .open = open_dataset,
           .source_open = source_open, .source_next = source_next, .source_close = source_close);

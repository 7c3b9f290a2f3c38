#include "cli/sample.h"

#include "cli/commands.h"
#include "cli/say.h"
#include "core/clock.h"
#include "value/number.h"

#include <getopt.h>
#include <string.h>

static const char usage[] =
    "sample DATASET [--tick N] [--seed S] [--format json|csv]\n"
    "  prints a synthetic snapshot of vlille-realtime (a tick is 5 seconds) or\n"
    "  disponibilite-parkings (15 seconds), or communes (always the same); the same tick and seed\n"
    "  give the same data. Without --tick: the tick of now.";

const struct bf_town bf_towns[BF_TOWNS] = {
#define TOWN(code, name, siren, inhabitants, lat, lon, stations) \
    {BF_STR_INIT(code), BF_STR_INIT(name), BF_STR_INIT(siren), inhabitants, lat, lon, stations},
#include "cli/towns.def"
#undef TOWN
};

static const struct bf_sample *const samples[] = {&bf_sample_vlille, &bf_sample_parkings,
                                                  &bf_sample_communes};

/* The year 2200 in ticks of a second: waves stay far from overflow. */
static const int64_t most_tick = INT64_C(7258118400);

int64_t bf_sample_since(int64_t tick, int64_t beat, int64_t phase,
                        struct bf_sample_values (*values)(const void *self, int64_t tick),
                        const void *self)
{
    int64_t first = tick - (tick + phase) % beat;
    struct bf_sample_values now = values(self, tick);
    while (tick > first && tick > 0) {
        struct bf_sample_values before = values(self, tick - 1);
        if (before.a != now.a || before.b != now.b)
            break;
        tick--;
    }
    return tick;
}

/* Latin letters with accents are two bytes, 0xC3 0x80..0xBF, in lower and upper case 0x20 apart. */
static char plain_letter(unsigned char second)
{
    static const char plain[] = "AAAAAAACEEEEIIIIDNOOOOO OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO OUUUUYTY";
    return plain[(second - 0x80) & 0x3F];
}

void bf_sample_upper(struct bf_buf *out, struct bf_str name)
{
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c == 0xC5 && i + 1 < name.n && (unsigned char)name.p[i + 1] == 0x93) {
            bf_buf_text(out, "OE");
            i++;
        } else if (c == 0xC3 && i + 1 < name.n) {
            bf_buf_char(out, plain_letter((unsigned char)name.p[++i]));
        } else {
            bf_buf_char(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : (char)c);
        }
    }
}

/* ---- the command ---- */

struct ask {
    const struct bf_sample *sample;
    int64_t tick; /* -1: now */
    int64_t seed;
    bool csv;
};

static bool read_option(struct ask *ask, int option, const char *text)
{
    if (option == 't')
        return bf_number_int(bf_str_of(text), &ask->tick) && ask->tick >= 0 &&
               ask->tick <= most_tick;
    if (option == 's')
        return bf_number_int(bf_str_of(text), &ask->seed);
    if (option != 'f')
        return false;
    ask->csv = strcmp(text, "csv") == 0;
    return ask->csv || strcmp(text, "json") == 0;
}

static bool read_options(struct ask *ask, int argc, char **argv)
{
    static const struct option options[] = {{"tick", required_argument, NULL, 't'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"format", required_argument, NULL, 'f'},
                                            {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (!read_option(ask, c, optarg))
            return false;
    return optind == argc - 1;
}

static const struct bf_sample *find(const char *dataset)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        if (strcmp(samples[i]->dataset, dataset) == 0)
            return samples[i];
    return NULL;
}

static int print(const struct ask *ask)
{
    struct bf_buf out;
    struct bf_rows rows;
    int64_t tick = ask->tick;
    if (tick < 0)
        tick = bf_clock_wall_s() / ask->sample->period;
    bf_buf_init(&out, 4 << 20);
    bf_rows_begin(&rows, &out, ask->csv, ask->sample->names, ask->sample->n);
    ask->sample->print(&rows, (uint64_t)ask->seed, tick);
    bf_rows_end(&rows);
    bool ok = bf_say_buf(stdout, &out);
    bf_buf_fini(&out);
    return ok ? 0 : 1;
}

int bf_cmd_sample(int argc, char **argv)
{
    struct ask ask = {.tick = -1, .seed = 1};
    if (!read_options(&ask, argc, argv))
        return bf_say_usage(usage);
    ask.sample = find(argv[optind]);
    if (!ask.sample) {
        fprintf(stderr, "beffroi sample: there is no generator for \"%s\"\n", argv[optind]);
        return 1;
    }
    return print(&ask);
}

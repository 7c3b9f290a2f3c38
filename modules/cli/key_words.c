#include "cli/key.h"

#include "store/events.h"
#include "value/number.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct option all_words[] = {
    {"sub", required_argument, NULL, BF_WORD_SUB},
    {"plan", required_argument, NULL, BF_WORD_PLAN},
    {"scope", required_argument, NULL, BF_WORD_SCOPE},
    {"days", required_argument, NULL, BF_WORD_DAYS},
    {"datasets", required_argument, NULL, BF_WORD_DATASETS},
    {"bbox", required_argument, NULL, BF_WORD_BBOX},
    {"origins", required_argument, NULL, BF_WORD_ORIGINS},
    {"rate", required_argument, NULL, BF_WORD_RATE},
    {"kid", required_argument, NULL, BF_WORD_KID},
    {"reason", required_argument, NULL, BF_WORD_REASON},
    {"overlap", required_argument, NULL, BF_WORD_OVERLAP},
    {"title", required_argument, NULL, BF_WORD_TITLE},
    {"title-en", required_argument, NULL, BF_WORD_TITLE_EN},
    {"devices", required_argument, NULL, BF_WORD_DEVICES},
    {"until", required_argument, NULL, BF_WORD_UNTIL},
    {"now", no_argument, NULL, BF_WORD_NOW},
    {"all", no_argument, NULL, BF_WORD_ALL},
    {"json", no_argument, NULL, BF_WORD_JSON},
    {"help", no_argument, NULL, BF_WORD_HELP},
};

enum { WORDS = sizeof all_words / sizeof all_words[0] };

static bool wrong(const struct bf_key_run *r, const char *word, const char *said,
                  const char *expected)
{
    fprintf(stderr, "beffroi %s: --%s %s: %s\n", r->command, word, said, expected);
    return false;
}

/* ---- values -------------------------------------------------------------------------------- */

static bool read_number(const struct bf_key_run *r, const char *word, const char *said,
                        int64_t least, int64_t most, int64_t *out)
{
    char expected[80];
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld is expected",
             (long long)least, (long long)most);
    return (bf_number_int(bf_str_of(said), out) && *out >= least && *out <= most) ||
           wrong(r, word, said, expected);
}

/* Texts with commas between them. */
static bool read_list(struct bf_key_run *r, const char *word, const char *said, size_t most,
                      const struct bf_str **out, size_t *n)
{
    struct bf_str rest = bf_str_of(said);
    struct bf_str *list = bf_arena_zalloc(r->arena, most, sizeof *list);
    *n = 0;
    while (list && rest.p) {
        struct bf_str one = bf_str_trim(bf_str_cut(rest, ',', &rest));
        if (!one.n || *n == most)
            return wrong(r, word, said, one.n ? "these are too many" : "one of them is empty");
        list[(*n)++] = one;
    }
    *out = list;
    return list != NULL;
}

static bool read_box(struct bf_key_run *r, const char *said)
{
    struct bf_narrowing *narrow = &r->words.narrow;
    double *sides[] = {&narrow->box.west, &narrow->box.south, &narrow->box.east,
                       &narrow->box.north};
    struct bf_str rest = bf_str_of(said);
    for (size_t i = 0; i < 4; i++)
        if (!rest.p || !bf_number_real(bf_str_trim(bf_str_cut(rest, ',', &rest)), sides[i]))
            return wrong(r, "bbox", said, "west,south,east,north in degrees is expected");
    return (narrow->has_box = !rest.p) ||
           wrong(r, "bbox", said, "west,south,east,north in degrees is expected");
}

static bool take(struct bf_key_run *r, int word, const char *said)
{
    struct bf_key_words *w = &r->words;
    struct bf_narrowing *n = &w->narrow;
    struct bf_str *const texts[] = {
        [BF_WORD_SUB] = &w->sub,           [BF_WORD_PLAN] = &w->plan,
        [BF_WORD_SCOPE] = &w->scope,       [BF_WORD_KID] = &w->kid,
        [BF_WORD_REASON] = &w->reason,     [BF_WORD_TITLE] = &w->title,
        [BF_WORD_TITLE_EN] = &w->title_en, [BF_WORD_UNTIL] = &w->until,
    };
    bool *const flags[] = {
        [BF_WORD_NOW] = &w->now,
        [BF_WORD_ALL] = &w->all,
        [BF_WORD_JSON] = &w->json,
        [BF_WORD_HELP] = &w->help,
    };
    if (word == BF_WORD_DAYS)
        return read_number(r, "days", said, 1, BF_KEY_DAYS_MAX, &w->days);
    if (word == BF_WORD_OVERLAP)
        return read_number(r, "overlap", said, 0, BF_KEY_DAYS_MAX, &w->overlap);
    if (word == BF_WORD_DEVICES)
        return read_number(r, "devices", said, 1, BF_EVENT_PLACES, &w->devices);
    if (word == BF_WORD_RATE)
        return read_number(r, "rate", said, 1, BF_KEY_RATE, &n->rate);
    if (word == BF_WORD_BBOX)
        return read_box(r, said);
    if (word == BF_WORD_DATASETS)
        return read_list(r, "datasets", said, BF_KEY_DATASETS, &n->datasets, &n->ndatasets);
    if (word == BF_WORD_ORIGINS)
        return read_list(r, "origins", said, BF_KEY_ORIGINS, &n->origins, &n->norigins);
    if (!said)
        return *flags[word] = true;
    *texts[word] = bf_str_of(said);
    return texts[word]->n || wrong(r, all_words[word - 1].name, said, "it is empty");
}

/* ---- the line ------------------------------------------------------------------------------ */

/* Those of all_words that the subcommand knows: its list has their names with blanks around. */
static void choose(const char *words, struct option out[WORDS + 1])
{
    char name[32];
    size_t n = 0;
    for (size_t i = 0; i < WORDS; i++) {
        snprintf(name, sizeof name, " %s ", all_words[i].name);
        if (strstr(words, name) || all_words[i].val == BF_WORD_HELP)
            out[n++] = all_words[i];
    }
    out[n] = (struct option){NULL, 0, NULL, 0};
}

bool bf_key_words_read(struct bf_key_run *r, const char *words, bool with_id, int argc, char **argv)
{
    struct option options[WORDS + 1];
    choose(words, options);
    r->words = (struct bf_key_words){.overlap = -1};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (c == '?' || !take(r, c, optarg))
            return false;
    if (with_id && optind < argc)
        r->words.id = bf_str_of(argv[optind++]);
    if (optind == argc)
        return true;
    fprintf(stderr, "beffroi %s: what does \"%s\" mean?\n", r->command, argv[optind]);
    return false;
}

#include "cli/sample.h"

#include "cli/chance.h"

#include <stdio.h>

enum { PERIOD = 15, DAY = 86400 / PERIOD, HOUR = 3600 / PERIOD };

/* What a number is drawn for. */
enum draw { SIZE, EAST, NORTH, PHASE, QUICK, LEVEL, NUMBER };

/* The towns that have car parks with a sign, how many, and the letters of their ids. */
static const struct {
    const char *code, *letters;
    int lots;
} places[] = {{"59350", "LIL", 16}, {"59512", "RBX", 6}, {"59599", "TCG", 3}, {"59009", "VAQ", 3}};

enum { PLACES = sizeof places / sizeof places[0], LOTS = 28 };

static const struct {
    const char *name, *street;
} labels[] = {
    {"Centre", "place du Centre"},     {"Gare", "place de la Gare"},
    {"Mairie", "place de la Mairie"},  {"Marché", "place du Marché"},
    {"Théâtre", "rue du Théâtre"},     {"République", "place de la République"},
    {"Hôpital", "rue de l'Hôpital"},   {"Bibliothèque", "rue de la Bibliothèque"},
    {"Musée", "rue du Musée"},         {"Lycée", "boulevard du Lycée"},
    {"Piscine", "rue de la Piscine"},  {"Stade", "avenue du Stade"},
    {"Halles", "place des Halles"},    {"Canal", "quai du Canal"},
    {"Jardins", "avenue des Jardins"}, {"Beffroi", "rue du Beffroi"},
};

struct lot {
    uint64_t seed;
    int number; /* 1..28 */
    int rank;   /* in its town, from 0 */
    size_t place;
    const struct bf_town *town;
    int64_t size;
};

static int64_t draw(const struct lot *l, enum draw what, int64_t below)
{
    return bf_chance_below(l->seed, 1000 + (uint64_t)what, (uint64_t)l->number, below);
}

/* What the real feed has as well: one that never says anything, one that counts more free places
 * than it has. */
static bool is_mute(const struct lot *l)
{
    return l->number == LOTS;
}

static bool is_miscounted(const struct lot *l)
{
    return l->number == 17;
}

/* Closed from one to five in the morning (UTC), some of them. */
static bool is_closed(const struct lot *l, int64_t tick)
{
    int64_t hour = tick % DAY / HOUR;
    return l->number % 9 == 4 && hour >= 1 && hour < 5;
}

static int64_t free_at(const struct lot *l, int64_t tick)
{
    int64_t level = 250 + draw(l, LEVEL, 350);
    int64_t day = bf_wave(tick, DAY, DAY / 2 + draw(l, PHASE, 2 * HOUR));
    int64_t quick = bf_wave(tick, 80 + draw(l, QUICK, 100), draw(l, QUICK, 5000));
    int64_t count = (l->size * (level * 1000 + 380 * day) / 1000 + 6000 * quick / 1000) / 1000;
    if (count < 0)
        count = 0;
    if (count > l->size)
        count = l->size;
    return is_miscounted(l) ? count + l->size : count;
}

/* Free places, and 1 when it is closed. */
static struct bf_sample_values values(const void *self, int64_t tick)
{
    const struct lot *l = self;
    if (is_mute(l))
        return (struct bf_sample_values){0, 0};
    if (is_closed(l, tick))
        return (struct bf_sample_values){0, 1};
    return (struct bf_sample_values){free_at(l, tick), 0};
}

static const struct bf_town *town_of(const char *code)
{
    for (size_t i = 0; i < BF_TOWNS; i++)
        if (bf_str_eq(bf_towns[i].code, bf_str_of(code)))
            return &bf_towns[i];
    return &bf_towns[0];
}

static const char *state_of(const struct lot *l, const struct bf_sample_values *v)
{
    if (is_mute(l))
        return ".";
    if (v->b)
        return "FERME";
    if (v->a == 0)
        return "COMPLET";
    return l->number % 7 == 3 ? "LIBRE" : "OUVERT";
}

/* Signs show fives; a car park that is full or closed shows its state. */
static void put_sign(struct bf_rows *rows, const struct bf_sample_values *v, const char *state)
{
    struct bf_buf sign;
    bf_buf_init(&sign, 64);
    if (v->a > 0)
        bf_buf_i64(&sign, v->a / 5 * 5);
    else
        bf_buf_text(&sign, state);
    bf_rows_text(rows, bf_buf_view(&sign));
    bf_buf_fini(&sign);
}

static void print_lot(struct bf_rows *rows, const struct lot *l, int64_t tick)
{
    char text[128];
    struct bf_sample_values v = values(l, tick);
    const char *state = state_of(l, &v);
    snprintf(text, sizeof text, "Parking %s %.*s", labels[l->rank].name, BF_STR_ARG(l->town->name));
    bf_rows_text(rows, bf_str_of(text));
    snprintf(text, sizeof text, "%d %s", (int)draw(l, NUMBER, 90) + 1, labels[l->rank].street);
    bf_rows_text(rows, bf_str_of(text));
    bf_rows_text(rows, l->town->name);
    bf_rows_text(rows, bf_str_of(state));
    bf_rows_int(rows, v.a);
    bf_rows_int(rows, l->size);
    bf_rows_point(rows, l->town->lat + (draw(l, NORTH, 1600) - 800) * 9,
                  l->town->lon + (draw(l, EAST, 1600) - 800) * 14);
    put_sign(rows, &v, state);
    int64_t since = bf_sample_since(tick, HOUR, draw(l, PHASE, HOUR), values, l);
    bf_rows_instant(rows, since * PERIOD * 1000000);
    snprintf(text, sizeof text, "%s%04d", places[l->place].letters, l->rank + 1);
    bf_rows_text(rows, bf_str_of(text));
}

static void print(struct bf_rows *rows, uint64_t seed, int64_t tick)
{
    int number = 0;
    for (size_t p = 0; p < PLACES; p++)
        for (int rank = 0; rank < places[p].lots; rank++) {
            struct lot l = {.seed = seed, .number = ++number, .rank = rank, .place = p};
            l.town = town_of(places[p].code);
            l.size = 80 + draw(&l, SIZE, 60) * 20;
            print_lot(rows, &l, tick);
        }
}

static const char *const names[] = {"libelle", "adresse",  "ville", "etat",    "dispo",
                                    "max",     "coordgeo", "aff",   "datemaj", "id"};

const struct bf_sample bf_sample_parkings = {
    .dataset = "disponibilite-parkings",
    .period = PERIOD,
    .names = names,
    .n = sizeof names / sizeof names[0],
    .print = print,
};

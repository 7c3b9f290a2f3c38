#include "cli/sample.h"

#include "cli/chance.h"

#include <string.h>

enum { STATIONS = 302, PERIOD = 5, DAY = 86400 / PERIOD, HOUR = 3600 / PERIOD };

/* What a number is drawn for. */
enum draw { CAPACITY, PLACE, NUMBER, EAST, NORTH, PHASE, QUICK, LEVEL, BROKEN, OUTAGE, PAYMENT };

struct station {
    uint64_t seed;
    int number; /* 1..302 */
    int rank;   /* among those of its town, from 0 */
    const struct bf_town *town;
    int64_t capacity, broken; /* docks; broken ones hold nothing and take nothing */
};

/* Common names of French streets; the first ones stand for every town, the kinds make Lille's. */
static const char *const kinds[] = {"Rue", "Place", "Boulevard", "Avenue"};
static const char *const streets[] = {"de la Mairie",
                                      "de la Gare",
                                      "Gambetta",
                                      "Jean Jaurès",
                                      "de la République",
                                      "Victor Hugo",
                                      "Pasteur",
                                      "du Général de Gaulle",
                                      "Carnot",
                                      "Jules Guesde",
                                      "Roger Salengro",
                                      "de l'Hôpital",
                                      "de la Poste",
                                      "Émile Zola",
                                      "des Écoles",
                                      "du Marché",
                                      "Jules Ferry",
                                      "du Maréchal Foch",
                                      "Voltaire",
                                      "de la Liberté",
                                      "du Stade",
                                      "de la Piscine",
                                      "Louis Blanc",
                                      "des Tilleuls",
                                      "de la Bibliothèque",
                                      "du Musée",
                                      "des Facultés",
                                      "du Lycée",
                                      "Lamartine"};

enum { KINDS = sizeof kinds / sizeof kinds[0], STREETS = sizeof streets / sizeof streets[0] };

static int64_t draw(const struct station *s, enum draw what, int64_t below)
{
    return bf_chance_below(s->seed, what, (uint64_t)s->number, below);
}

static struct station station_of(uint64_t seed, int number, const struct bf_town *town, int rank)
{
    static const int64_t capacities[] = {10, 12, 14, 16, 16, 18, 18, 20, 20, 20, 24, 24, 30, 40};
    struct station s = {.seed = seed, .number = number, .rank = rank, .town = town};
    s.capacity = capacities[draw(&s, CAPACITY, sizeof capacities / sizeof capacities[0])];
    s.broken = draw(&s, BROKEN, 5) == 0 ? 1 : 0;
    return s;
}

/* An hour in which the station does not report. Its hours begin at a minute of its own. */
static int64_t hour_of(const struct station *s, int64_t tick)
{
    return (tick + draw(s, OUTAGE, HOUR)) / HOUR;
}

static bool is_out(const struct station *s, int64_t tick)
{
    uint64_t hour = (uint64_t)hour_of(s, tick);
    return bf_chance_below(s->seed, (uint64_t)OUTAGE << 32 | (uint64_t)s->number, hour, 80) == 0;
}

/* Bikes follow the day (towns empty when others fill up) and shorter waves of coming and going. */
static int64_t bikes_at(const struct station *s, int64_t tick)
{
    int64_t usable = s->capacity - s->broken;
    int64_t level = 200 + draw(s, LEVEL, 600);
    int64_t day = bf_wave(tick, DAY, draw(s, PHASE, 2) * DAY / 2 + draw(s, PHASE, HOUR));
    int64_t quick = bf_wave(tick, 300 + draw(s, QUICK, 400), draw(s, QUICK, 5000));
    int64_t slow = bf_wave(tick, 1500 + draw(s, QUICK, 1500), draw(s, QUICK, 7000));
    int64_t bikes = (usable * (level * 1000 + 300 * day) / 1000 + 2200 * quick / 1000 +
                     1800 * slow / 1000 + 500) /
                    1000;
    if (bikes < 0)
        return 0;
    return bikes > usable ? usable : bikes;
}

/* A station that is out shows what it last said: the first tick of its hour. */
static struct bf_sample_values values(const void *self, int64_t tick)
{
    const struct station *s = self;
    bool out = is_out(s, tick);
    int64_t at = out ? hour_of(s, tick) * HOUR - draw(s, OUTAGE, HOUR) : tick;
    return (struct bf_sample_values){bikes_at(s, at > 0 ? at : 0), out};
}

/* About 1 m is 9 millionths of a degree of latitude and 14 of longitude at Lille. */
static void place_of(const struct station *s, int64_t *lat, int64_t *lon)
{
    int64_t reach = 250 + 21 * s->town->stations; /* metres */
    int64_t scale = 300 + draw(s, PLACE, 701);    /* fewer in the middle */
    *lat = s->town->lat + (draw(s, NORTH, 2 * reach) - reach) * scale / 1000 * 9;
    *lon = s->town->lon + (draw(s, EAST, 2 * reach) - reach) * scale / 1000 * 14;
}

/* Two stations of Roubaix share a name, as two do in the real feed: the address tells them
 * apart. */
static int name_rank(const struct station *s)
{
    bool twin = strcmp(s->town->code.p, "59512") == 0 && s->rank == 7;
    return twin ? 6 : s->rank;
}

static void put_names(const struct station *s, struct bf_buf *name, struct bf_buf *address)
{
    int rank = name_rank(s);
    const char *kind = kinds[rank / STREETS % KINDS], *street = streets[rank % STREETS];
    bf_sample_upper(name, bf_str_of(kind));
    bf_buf_char(name, ' ');
    bf_sample_upper(name, bf_str_of(street));
    if (strcmp(s->town->code.p, "59350") != 0) {
        bf_buf_char(name, ' ');
        bf_sample_upper(name, s->town->name);
    }
    bf_buf_printf(address, "%d %s %s", (int)draw(s, NUMBER, 150) + 1 + (s->rank - rank) * 200, kind,
                  street);
}

static void print_station(struct bf_rows *rows, const struct station *s, int64_t tick)
{
    struct bf_buf name;
    struct bf_buf address;
    bf_buf_init(&name, 256);
    bf_buf_init(&address, 256);
    put_names(s, &name, &address);
    struct bf_sample_values v = values(s, tick);
    int64_t lat, lon;
    place_of(s, &lat, &lon);
    bf_rows_int(rows, s->number);
    bf_rows_text(rows, bf_buf_view(&name));
    bf_rows_text(rows, bf_buf_view(&address));
    bf_rows_text(rows, s->town->name);
    bf_rows_text(rows, BF_STR("EN SERVICE"));
    bf_rows_text(rows, draw(s, PAYMENT, 4) ? BF_STR("AVEC TPE") : BF_STR("SANS TPE"));
    bf_rows_text(rows, v.b ? BF_STR("DISCONNECTED") : BF_STR("CONNECTED"));
    bf_rows_int(rows, v.a);
    bf_rows_int(rows, s->capacity - s->broken - v.a);
    bf_rows_point(rows, lat, lon);
    int64_t since = bf_sample_since(tick, 4 * HOUR, draw(s, PHASE, 4 * HOUR), values, s);
    bf_rows_instant(rows, since * PERIOD * 1000000);
    bf_rows_text(rows, s->town->code);
    bf_buf_fini(&name);
    bf_buf_fini(&address);
}

static void print(struct bf_rows *rows, uint64_t seed, int64_t tick)
{
    int number = 0;
    for (size_t t = 0; t < BF_TOWNS; t++)
        for (int rank = 0; rank < bf_towns[t].stations && number < STATIONS; rank++) {
            struct station s = station_of(seed, ++number, &bf_towns[t], rank);
            print_station(rows, &s, tick);
        }
}

static const char *const names[] = {"libelle",       "nom",  "adresse",       "commune",
                                    "etat",          "type", "etatconnexion", "nbvelosdispo",
                                    "nbplacesdispo", "geo",  "datemiseajour", "code_insee"};

const struct bf_sample bf_sample_vlille = {
    .dataset = "vlille-realtime",
    .period = PERIOD,
    .names = names,
    .n = sizeof names / sizeof names[0],
    .print = print,
};

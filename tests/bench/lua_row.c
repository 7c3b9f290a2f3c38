/*
 * lua_row: what on_record costs per row, as a ratio against the same transform by a handler in C,
 * in the same run.
 *
 *     lua_row [THOUSANDS]
 *
 * A transform of three fields: a double out of two others, a word for a word, a number plus one.
 * Then its parts: an empty hook, one read, one write; and on_ingest over a record of twelve
 * members. The least of five rounds; nanoseconds per row.
 */
#include "catalog/manifest.h"
#include "core/clock.h"
#include "lua/guard.h"
#include "lua/handler.h"
#include "lua/ingest.h"
#include "plugin/host.h"
#include "plugin/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 5, FIELDS = 5 };

static const char manifest_text[] =
    "{\"id\": \"essai\", \"title\": {\"fr\": \"Essai\"}, \"publisher\": \"MEL\","
    "\"licence\": {\"name\": \"Licence Ouverte\"}, \"key\": [\"id\"], \"fields\": ["
    "{\"name\": \"id\", \"type\": \"text\"}, {\"name\": \"etat\", \"type\": \"text\"},"
    "{\"name\": \"velos\", \"type\": \"int\"}, {\"name\": \"places\", \"type\": \"int\"},"
    "{\"name\": \"taux\", \"type\": \"double\", \"handler\": true}]}";

static const char transform[] =
    "local words = {['EN SERVICE'] = 'en service', ['HORS SERVICE'] = 'hors service'}\n"
    "function on_record(row)\n"
    "  row.taux = row.velos / (row.velos + row.places) * 100\n"
    "  row.etat = words[row.etat] or row.etat\n"
    "  row.velos = row.velos + 1\n"
    "end\n";

static const struct bf_api *bf;
static struct bf_arena *arena, *row_arena;
static struct bf_dataset dataset;
static struct bf_cell read[FIELDS], cells[FIELDS];
static struct bf_row row;
static int at_etat, at_velos, at_places, at_taux;
static long rows;

static void die(const char *why)
{
    fprintf(stderr, "lua_row: %s\n", why);
    exit(1);
}

static void set_cell(const char *name, struct bf_value v)
{
    struct bf_buf b;
    bf_buf_init(&b, 1000);
    bf_cell_put(&b, &v);
    read[bf->field(&dataset, name)] =
        (struct bf_cell){bf_arena_dup(arena, bf_buf_view(&b)).p, (int32_t)b.n};
    bf_buf_fini(&b);
}

static void make_row(void)
{
    static struct bf_entry entry;
    static struct bf_row_field fields[FIELDS];
    static struct bf_buf scratch;
    struct bf_report report;
    arena = bf_arena_new(16 << 20);
    row_arena = bf_arena_new(BF_ROW_MEMORY);
    bf_report_init(&report, arena);
    entry.manifest = bf_manifest_read(arena, bf_str_of(manifest_text), "dataset.json", &report);
    if (!entry.manifest)
        die("the manifest is wrong");
    bf = bf_host_api();
    bf_buf_init(&scratch, BF_ROW_SCRATCH);
    dataset = (struct bf_dataset){.arena = arena,
                                  .budget = 1 << 20,
                                  .entry = &entry,
                                  .asked = bf_arena_zalloc(arena, 100, sizeof(bool))};
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = (struct bf_row_field){i, entry.manifest->schema.columns[i].type};
        read[i] = (struct bf_cell){NULL, -1};
    }
    row = (struct bf_row){.cells = cells,
                          .fields = fields,
                          .nfields = FIELDS,
                          .arena = row_arena,
                          .scratch = &scratch,
                          .writable = true};
    at_etat = bf->field(&dataset, "etat");
    at_velos = bf->field(&dataset, "velos");
    at_places = bf->field(&dataset, "places");
    at_taux = bf->field(&dataset, "taux");
    set_cell("id", bf_value_text(BF_STR("ARTOIS")));
    set_cell("etat", bf_value_text(BF_STR("EN SERVICE")));
    set_cell("velos", bf_value_int(3));
    set_cell("places", bf_value_int(15));
}

/* ---- in C ---------------------------------------------------------------------------------- */

static enum bf_rc row_in_c(struct bf_req *r, struct bf_row *the_row, void *self)
{
    int64_t velos, places;
    const char *etat;
    size_t n;
    (void)r;
    (void)self;
    if (bf->get_int(the_row, at_velos, &velos) && bf->get_int(the_row, at_places, &places)) {
        bf->set_double(the_row, at_taux, (double)velos / (double)(velos + places) * 100);
        bf->set_int(the_row, at_velos, velos + 1);
    }
    if (bf->get_text(the_row, at_etat, &etat, &n)) {
        if (n == 10 && memcmp(etat, "EN SERVICE", 10) == 0)
            bf->set_text(the_row, at_etat, "en service", 10);
        else if (n == 12 && memcmp(etat, "HORS SERVICE", 12) == 0)
            bf->set_text(the_row, at_etat, "hors service", 12);
    }
    return BF_OK;
}

/* ---- measuring ----------------------------------------------------------------------------- */

typedef enum bf_rc row_hook(struct bf_req *r, struct bf_row *row, void *self);

static double measure(row_hook *hook, void *self)
{
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = bf_clock_mono_us();
        for (long i = 0; i < rows; i++) {
            memcpy(cells, read, sizeof cells);
            bf_arena_reset(row_arena);
            if (hook && hook(NULL, &row, self) != BF_OK)
                die("a row failed");
        }
        double ns = (double)(bf_clock_mono_us() - start) * 1000 / (double)rows;
        best = ns < best ? ns : best;
    }
    return best;
}

static struct bf_lua_script *open_script(const char *text)
{
    struct bf_lua_fault fault;
    struct bf_lua_source source = {.name = BF_STR("essai/hook.lua"),
                                   .dataset = BF_STR("essai"),
                                   .text = bf_str_of(text),
                                   .time_us = 60000000};
    struct bf_lua_script *s = bf_lua_script_open(&source, &fault);
    if (!s)
        die(fault.message);
    return s;
}

static double measure_script(const char *text)
{
    struct bf_lua_script *s = open_script(text);
    struct bf_lua_handler *h = bf_lua_handler_new(s, bf, &dataset.entry->manifest->schema);
    if (!h)
        die("no memory");
    void *self = bf_lua_handler_self(h);
    if (bf_lua_handler_abi(h)->open(&dataset, &self) != BF_OK)
        die("open");
    double ns = measure(bf_lua_handler_abi(h)->row, self);
    bf_lua_handler_abi(h)->finish(NULL, self);
    bf_lua_handler_free(h);
    bf_lua_script_free(s);
    return ns;
}

static double measure_ingest(const char *text)
{
    static const struct bf_raw_member members[] = {
        {BF_STR("nom"), BF_RAW_TEXT, BF_STR("ARTOIS")},
        {BF_STR("adresse"), BF_RAW_TEXT, BF_STR("3 Rue d'Artois")},
        {BF_STR("commune"), BF_RAW_TEXT, BF_STR("Lille")},
        {BF_STR("etat"), BF_RAW_TEXT, BF_STR("EN SERVICE")},
        {BF_STR("type"), BF_RAW_TEXT, BF_STR("AVEC TPE")},
        {BF_STR("nb_places_dispo"), BF_RAW_NUMBER, BF_STR("15")},
        {BF_STR("nb_velos_dispo"), BF_RAW_NUMBER, BF_STR("3")},
        {BF_STR("etat_connexion"), BF_RAW_TEXT, BF_STR("CONNECTÉ")},
        {BF_STR("x"), BF_RAW_NUMBER, BF_STR("3.061337")},
        {BF_STR("y"), BF_RAW_NUMBER, BF_STR("50.626279")},
        {BF_STR("date_modification"), BF_RAW_TEXT, BF_STR("2025-10-24T11:49:09.362Z")},
        {BF_STR("geom"), BF_RAW_TEXT, BF_STR("POINT (3.061337 50.626279)")}};
    struct bf_lua_script *s = open_script(text);
    struct bf_raw_record in = {members, 12}, out;
    struct bf_lua_fault fault;
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = bf_clock_mono_us();
        for (long i = 0; i < rows; i++)
            if (bf_lua_ingest(s, &in, &out, &fault) != BF_LUA_OK)
                die(fault.message);
        double ns = (double)(bf_clock_mono_us() - start) * 1000 / (double)rows;
        best = ns < best ? ns : best;
    }
    bf_guard_rest();
    bf_lua_script_free(s);
    return best;
}

static void print(const char *what, double ns, double reference)
{
    printf("%-44s %8.0f ns", what, ns);
    if (reference > 0)
        printf(" %8.1f x", ns / reference);
    printf("\n");
}

int main(int argc, char **argv)
{
    rows = (argc > 1 ? strtol(argv[1], NULL, 10) : 200) * 1000;
    make_row();
    double none = measure(NULL, NULL);
    double c = measure(row_in_c, NULL) - none;
    print("three fields, handler in C", c, 0);
    print("three fields, hook.lua", measure_script(transform) - none, c);
    print("empty hook", measure_script("function on_record(row) end") - none, c);
    print("a number read", measure_script("function on_record(row) local x = row.velos end") - none,
          c);
    print("a text read", measure_script("function on_record(row) local x = row.etat end") - none,
          c);
    print("a number written", measure_script("function on_record(row) row.velos = 5 end") - none,
          c);
    print("on_ingest, empty", measure_ingest("function on_ingest(record) end"), c);
    print("on_ingest, repairs of V'Lille",
          measure_ingest("function on_ingest(record)\n"
                         "  record.nom = text.title(record.nom)\n"
                         "  record.id = text.slug(record.nom)\n"
                         "  record.date_modification = time.format(time.wall(\n"
                         "    record.date_modification, 'Europe/Paris'))\n"
                         "  record.etat = text.lower(record.etat)\n"
                         "end"),
          c);
    return 0;
}

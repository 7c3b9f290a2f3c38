/*
 * push_floor: the least that writes what a push writes: a bare libpq client that puts 60 changed
 * stations and their earlier versions into tables with the same columns and indexes, one prepared
 * statement and one transaction a batch, durable as any other.
 *
 *     push_floor CONNINFO SECONDS        prints batches per second
 *
 * Works on copies in the schema bench, which it makes and drops.
 */
#include "core/buf.h"
#include "core/clock.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANGED = 60, STATIONS = 302 };

static const char setup[] =
    "DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench;"
    "CREATE TABLE bench.now (LIKE data.\"vlille-realtime\" INCLUDING ALL);"
    "CREATE TABLE bench.past (LIKE past.\"vlille-realtime\" INCLUDING ALL);"
    "INSERT INTO bench.now SELECT * FROM data.\"vlille-realtime\"; ANALYZE bench.now;";

static const char statement[] =
    "WITH n AS (SELECT * FROM unnest($1::bytea[], $2::bigint[]) AS u(id, bikes)),"
    " old AS (INSERT INTO bench.past (_id, _seq, _from, _to, libelle, nom, adresse, commune, etat, "
    "type,"
    " etatconnexion, nbvelosdispo, nbplacesdispo, geo, datemiseajour, code_insee,"
    " id_station, anomalies)"
    " SELECT c._id, c._seq, c._commit, $3::bigint, libelle, nom, adresse, commune, etat, type,"
    " etatconnexion, nbvelosdispo, nbplacesdispo, geo, datemiseajour, code_insee,"
    " id_station, anomalies"
    " FROM bench.now c JOIN n ON c._id = n.id)"
    " UPDATE bench.now c SET _commit = $3::bigint, nbvelosdispo = n.bikes,"
    " nbplacesdispo = 40 - n.bikes, datemiseajour = now() FROM n WHERE c._id = n.id";

static void must(PGconn *pg, PGresult *res)
{
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fprintf(stderr, "push_floor: %s", PQerrorMessage(pg));
        exit(1);
    }
}

static void run(PGconn *pg, const char *sql)
{
    PGresult *res = PQexec(pg, sql);
    must(pg, res);
    PQclear(res);
}

/* Array texts of one batch: every fifth station, and a number of bikes that is new to it. */
static void print_batch(const PGresult *ids, int batch, struct bf_buf *id, struct bf_buf *bikes)
{
    bf_buf_clear(id);
    bf_buf_clear(bikes);
    for (int i = 0; i < CHANGED; i++) {
        const char *at = PQgetvalue(ids, (batch % 5 + i * 5) % STATIONS, 0);
        bf_buf_printf(id, "%s\"\\\\%s\"", i ? "," : "{", at + 1);
        bf_buf_printf(bikes, "%s%d", i ? "," : "{", batch / 5 % 40);
    }
    bf_buf_bytes(id, "}", 2);
    bf_buf_bytes(bikes, "}", 2);
}

static void write_batch(PGconn *pg, const PGresult *ids, int batch, struct bf_buf *id,
                        struct bf_buf *bikes)
{
    char number[16];
    snprintf(number, sizeof number, "%d", 1000000 + batch);
    print_batch(ids, batch, id, bikes);
    const char *values[] = {id->p, bikes->p, number};
    PGresult *res = PQexecPrepared(pg, "batch", 3, values, NULL, NULL, 0);
    must(pg, res);
    PQclear(res);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: push_floor CONNINFO SECONDS\n");
        return 2;
    }
    PGconn *pg = PQconnectdb(argv[1]);
    run(pg, "SET client_min_messages = warning");
    run(pg, setup);
    PGresult *ids = PQexec(pg, "SELECT _id FROM bench.now ORDER BY _seq");
    must(pg, ids);
    if (PQntuples(ids) != STATIONS) {
        fprintf(stderr, "push_floor: %d stations instead of %d\n", PQntuples(ids), STATIONS);
        return 1;
    }
    PQclear(PQprepare(pg, "batch", statement, 0, NULL));
    struct bf_buf id;
    struct bf_buf bikes;
    bf_buf_init(&id, 1 << 16);
    bf_buf_init(&bikes, 1 << 16);
    int64_t start = bf_clock_mono_us();
    int64_t end = start + strtoll(argv[2], NULL, 10) * 1000000;
    int batch = 0;
    while (bf_clock_mono_us() < end)
        write_batch(pg, ids, batch++, &id, &bikes);
    printf("%.1f\n", batch * 1e6 / (double)(bf_clock_mono_us() - start));
    run(pg, "DROP SCHEMA bench CASCADE");
    PQclear(ids);
    PQfinish(pg);
    bf_buf_fini(&id);
    bf_buf_fini(&bikes);
    return 0;
}

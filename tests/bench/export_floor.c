/*
 * export_floor: the least that reads what an export reads: a bare libpq client that takes every row
 * of one statement in binary, single-row mode, and throws it away.
 *
 *     export_floor CONNINFO SQL        prints seconds, rows and bytes of values
 */
#include "core/clock.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

static _Noreturn void fail(PGconn *pg)
{
    fprintf(stderr, "export_floor: %s", PQerrorMessage(pg));
    exit(1);
}

static uint64_t weight(const PGresult *res)
{
    uint64_t bytes = 0;
    for (int i = 0; i < PQnfields(res); i++)
        bytes += (uint64_t)PQgetlength(res, 0, i);
    return bytes;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    PGconn *pg = PQconnectdb(argv[1]);
    if (PQstatus(pg) != CONNECTION_OK)
        fail(pg);
    uint64_t rows = 0, bytes = 0;
    int64_t start = bf_clock_mono_us();
    if (!PQsendQueryParams(pg, argv[2], 0, NULL, NULL, NULL, NULL, 1) || !PQsetSingleRowMode(pg))
        fail(pg);
    for (PGresult *res; (res = PQgetResult(pg)) != NULL; PQclear(res)) {
        if (PQresultStatus(res) == PGRES_SINGLE_TUPLE) {
            bytes += weight(res);
            rows++;
        } else if (PQresultStatus(res) != PGRES_TUPLES_OK) {
            fail(pg);
        }
    }
    int64_t us = bf_clock_mono_us() - start;
    printf("%.6f %" PRIu64 " %" PRIu64 "\n", (double)us / 1e6, rows, bytes);
    PQfinish(pg);
    return 0;
}

/*
 * floor: the least program that gives the same bytes as Beffroi for one fixed query: nginx +
 * libfcgi + one prepared statement + straight printing. The reference that `make bench` divides by.
 *
 *     floor SOCKET WORKERS CONNINFO list|array SQL KEY:TYPE,…
 *
 * list    {"total_count": N, "results": [{…}, {…}]}, N is the first column of the statement
 * array   [{…},{…}]
 * TYPE    i int8, t text, d timestamptz, p point (geometry), f float8
 * Every worker runs the plain FCGX_Accept_r loop of libfcgi's manual: no deadlines, no log, no
 * errors worth the name.
 */
#include "core/buf.h"
#include "value/cell.h"
#include "value/geometry.h"
#include "value/instant.h"
#include "value/number.h"

#include <fcgiapp.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COLUMNS = 64 };

struct shape {
    struct bf_str prefix[COLUMNS]; /* `{"nom": ` or `, "geo": ` */
    char type[COLUMNS];
    int n;
    bool list;
};

static void read_shape(struct shape *s, const char *text)
{
    struct bf_str rest = bf_str_of(text);
    while (rest.n && s->n < COLUMNS) {
        struct bf_str type;
        struct bf_str item = bf_str_cut(rest, ',', &rest);
        struct bf_str key = bf_str_cut(item, ':', &type);
        char *prefix = NULL;
        int n = asprintf(&prefix, "%s\"%.*s\": ", s->n ? ", " : "{", BF_STR_ARG(key));
        s->prefix[s->n] = (struct bf_str){prefix, n < 0 ? 0 : (size_t)n};
        s->type[s->n++] = type.p[0];
    }
}

static void print_point(struct bf_buf *b, struct bf_cell c)
{
    struct bf_point p = {0};
    bf_geometry_point(bf_cell_text(c), &p);
    bf_buf_str(b, BF_STR("{\"lon\": "));
    bf_number_print(b, p.lon);
    bf_buf_str(b, BF_STR(", \"lat\": "));
    bf_number_print(b, p.lat);
    bf_buf_char(b, '}');
}

static void print_cell(struct bf_buf *b, char type, struct bf_cell c)
{
    if (c.n < 0) {
        bf_buf_str(b, BF_STR("null"));
    } else if (type == 'i') {
        bf_buf_i64(b, bf_cell_int(c));
    } else if (type == 't') {
        bf_buf_json(b, bf_cell_text(c));
    } else if (type == 'f') {
        bf_number_print(b, bf_cell_real(c));
    } else if (type == 'd') {
        bf_buf_char(b, '"');
        bf_instant_print(b, bf_cell_instant(c), bf_zone_utc());
        bf_buf_char(b, '"');
    } else {
        print_point(b, c);
    }
}

static struct bf_cell cell(const PGresult *res, int row, int column)
{
    int n = PQgetisnull(res, row, column) ? -1 : PQgetlength(res, row, column);
    return (struct bf_cell){PQgetvalue(res, row, column), n};
}

static void print_rows(struct bf_buf *b, const struct shape *s, const PGresult *res)
{
    int first = s->list ? 1 : 0;
    for (int row = 0; row < PQntuples(res); row++) {
        if (row)
            bf_buf_text(b, s->list ? ", " : ",");
        for (int i = 0; i < s->n; i++) {
            bf_buf_str(b, s->prefix[i]);
            print_cell(b, s->type[i], cell(res, row, first + i));
        }
        bf_buf_char(b, '}');
    }
}

static void print_body(struct bf_buf *b, const struct shape *s, const PGresult *res)
{
    bf_buf_clear(b);
    if (s->list) {
        bf_buf_str(b, BF_STR("{\"total_count\": "));
        bf_buf_i64(b, PQntuples(res) ? bf_cell_int(cell(res, 0, 0)) : 0);
        bf_buf_str(b, BF_STR(", \"results\": "));
    }
    bf_buf_char(b, '[');
    print_rows(b, s, res);
    bf_buf_text(b, s->list ? "]}" : "]");
}

static void serve(int listener, const char *conninfo, const char *sql, const struct shape *s)
{
    PGconn *pg = PQconnectdb(conninfo);
    PGresult *res = PQprepare(pg, "q", sql, 0, NULL);
    if (PQresultStatus(res) != PGRES_COMMAND_OK) {
        fprintf(stderr, "floor: %s", PQerrorMessage(pg));
        exit(1);
    }
    PQclear(res);
    struct bf_buf body;
    bf_buf_init(&body, 64u << 20);
    FCGX_Request request;
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        res = PQexecPrepared(pg, "q", 0, NULL, NULL, NULL, 1);
        print_body(&body, s, res);
        PQclear(res);
        FCGX_FPrintF(request.out,
                     "Content-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
                     (int)body.n);
        FCGX_PutStr(body.p, (int)body.n, request.out);
        FCGX_Finish_r(&request);
    }
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: floor SOCKET WORKERS CONNINFO list|array SQL KEY:TYPE,...\n");
        return 2;
    }
    struct shape s = {.list = strcmp(argv[4], "list") == 0};
    read_shape(&s, argv[6]);
    FCGX_Init();
    int listener = FCGX_OpenSocket(argv[1], 4096);
    for (int i = 0; i < (int)strtol(argv[2], NULL, 10); i++) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(listener, argv[3], argv[5], &s);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        continue;
    return 0;
}

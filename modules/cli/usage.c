#include "cli/commands.h"

#include "cli/connect.h"
#include "cli/say.h"
#include "store/usage_publish.h"
#include "value/instant.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage [--day YYYY-MM-DD] [--json]\n"
    "       beffroi usage publish [--day YYYY-MM-DD]\n"
    "  shows what was asked of all nodes on a day, to the last two seconds and with every small\n"
    "  number: for the operator, not for publication\n"
    "  publish   writes a day that is over into the dataset " BF_USAGE_DATASET_ID ", once and for\n"
    "            all, without waiting for nodes that are silent; the server does it by itself\n"
    "  --day     default: today in Europe/Paris; for publish: every day that is due";

enum { JSON_MAX = 64 << 20 };

struct run {
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_err err;
    const char *day; /* NULL: not told */
    bool json, publish;
};

static bool read_options(struct run *r, int argc, char **argv)
{
    static const struct option options[] = {{"day", required_argument, NULL, 'd'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    int32_t days;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'd')
            r->day = optarg;
        else if (c == 'j')
            r->json = true;
        else
            return false;
    }
    r->publish = optind < argc && strcmp(argv[optind], "publish") == 0;
    if (optind + r->publish != argc || (r->publish && r->json))
        return false;
    return !r->day || bf_date_read(bf_str_of(r->day), &days) ||
           !fprintf(stderr, "beffroi usage: --day %s is no date like 2026-09-30\n", r->day);
}

/* ---- show ---- */

#define TODAY "(now() AT TIME ZONE 'Europe/Paris')::date"

/* One row per cell, the day's own facts in each; a day without cells has one row without a cell. */
static const char show_sql[] =
    "SELECT w.day, coalesce(to_char(d.published AT TIME ZONE 'UTC', "
    "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ''), coalesce(s.all - d.requests, 0), u.dataset, u.route,"
    " CASE WHEN u.key THEN 'avec' ELSE 'sans' END, u.client, u.requests, u.unchanged, u.errors,"
    " u.rows, u.bytes"
    " FROM (SELECT coalesce($1::date, " TODAY ") AS day) AS w"
    " LEFT JOIN catalog.usage_day AS d USING (day)"
    " LEFT JOIN LATERAL (SELECT sum(requests) AS all FROM catalog.usage WHERE day = w.day) AS s"
    " ON true"
    " LEFT JOIN LATERAL (SELECT dataset, route, key, client, sum(requests) AS requests,"
    " sum(unchanged) AS unchanged, sum(errors) AS errors, sum(rows) AS rows, sum(bytes) AS bytes"
    " FROM catalog.usage WHERE day = w.day GROUP BY 1, 2, 3, 4) AS u ON true"
    " ORDER BY u.requests DESC, u.dataset, u.route, u.key, u.client";

enum { DAY, PUBLISHED, LATE, DATASET, ROUTE, KEY, CLIENT, REQUESTS, COLUMNS = REQUESTS + 5 };

static const char *const names[COLUMNS] = {"day",       "published", "late",   "dataset",
                                           "route",     "key",       "client", "requests",
                                           "unchanged", "errors",    "rows",   "bytes"};

static void print_cell_json(struct bf_buf *b, const PGresult *res, int row)
{
    for (int i = DATASET; i < COLUMNS; i++) {
        struct bf_str value = bf_str_of(PQgetvalue(res, row, i));
        bf_buf_printf(b, "%s\"%s\": ", i == DATASET ? "    {" : ", ", names[i]);
        if (i >= REQUESTS)
            bf_buf_str(b, value);
        else if (i == DATASET && value.n == 0)
            bf_buf_text(b, "null");
        else
            bf_buf_json(b, value);
    }
    bf_buf_char(b, '}');
}

static void print_json(const PGresult *res, struct bf_buf *b)
{
    const char *published = PQgetvalue(res, 0, PUBLISHED);
    bf_buf_printf(b, "{\n  \"day\": \"%s\", \"published\": ", PQgetvalue(res, 0, DAY));
    if (*published)
        bf_buf_json(b, bf_str_of(published));
    else
        bf_buf_text(b, "null");
    bf_buf_printf(b, ", \"late\": %s,\n  \"cells\": [", PQgetvalue(res, 0, LATE));
    for (int row = 0; row < PQntuples(res) && !PQgetisnull(res, row, ROUTE); row++) {
        bf_buf_text(b, row ? ",\n" : "\n");
        print_cell_json(b, res, row);
    }
    bf_buf_text(b, "\n  ]\n}\n");
}

static void print_table(const PGresult *res, struct bf_buf *b)
{
    const char *published = PQgetvalue(res, 0, PUBLISHED);
    bf_buf_printf(b, "%s: %s%s\n", PQgetvalue(res, 0, DAY),
                  *published ? "published " : "not published", published);
    if (strcmp(PQgetvalue(res, 0, LATE), "0") != 0)
        bf_buf_printf(b, "%s requests were told after it was closed and are not published\n",
                      PQgetvalue(res, 0, LATE));
    if (PQgetisnull(res, 0, ROUTE)) {
        bf_buf_text(b, "nothing was counted\n");
        return;
    }
    bf_buf_printf(b, "%10s %10s %8s %12s %14s  %-4s %-12s %-24s %s\n", names[REQUESTS], "304",
                  names[9], names[10], names[11], "key", "client", "route", "dataset");
    for (int i = 0; i < PQntuples(res); i++)
        bf_buf_printf(b, "%10s %10s %8s %12s %14s  %-4s %-12s %-24s %s\n",
                      PQgetvalue(res, i, REQUESTS), PQgetvalue(res, i, REQUESTS + 1),
                      PQgetvalue(res, i, REQUESTS + 2), PQgetvalue(res, i, REQUESTS + 3),
                      PQgetvalue(res, i, REQUESTS + 4), PQgetvalue(res, i, KEY),
                      PQgetvalue(res, i, CLIENT), PQgetvalue(res, i, ROUTE),
                      PQgetvalue(res, i, DATASET));
}

static bool show(struct run *r)
{
    struct bf_buf text;
    if (!bf_connect_as(BF_ROLE_WRITER, &r->conf, &r->conn, &r->err))
        return false;
    PGresult *res = bf_conn_text(r->conn, show_sql, &r->day, 1, &r->err);
    if (!res)
        return false;
    bf_buf_init(&text, JSON_MAX);
    if (r->json)
        print_json(res, &text);
    else
        print_table(res, &text);
    bool ok = bf_say_buf(stdout, &text) ||
              BF_FAIL_WITH(&r->err, BF_E_INTERNAL, "standard output does not take it");
    bf_buf_fini(&text);
    PQclear(res);
    return ok;
}

/* ---- publish ---- */

static bool publish_day(struct run *r, int32_t day)
{
    struct bf_commit_result result;
    char text[BF_INSTANT_TEXT];
    if (!bf_usage_publish(r->conn, day, r->conf.usage_least, &result, &r->err))
        return false;
    int n = (int)bf_date_format(text, day);
    if (result.added)
        printf("%.*s: commit %" PRId64 ", %" PRId64 " records\n", n, text, result.commit,
               result.added);
    else
        printf("%.*s: was published already\n", n, text);
    return true;
}

static bool publish(struct run *r)
{
    int32_t day;
    if (!bf_connect_as(BF_ROLE_WRITER, &r->conf, &r->conn, &r->err))
        return false;
    if (r->day)
        return bf_date_read(bf_str_of(r->day), &day) && publish_day(r, day);
    int n = 0;
    for (; bf_usage_due(r->conn, r->conf.usage_wait_hours, &day, &r->err) && day != INT32_MIN; n++)
        if (!publish_day(r, day))
            return false;
    if (n == 0 && !bf_err_is_set(&r->err))
        puts("no day is due");
    return !bf_err_is_set(&r->err);
}

int bf_cmd_usage(int argc, char **argv)
{
    struct run r = {.conn = NULL};
    bf_err_clear(&r.err);
    if (!read_options(&r, argc, argv))
        return bf_say_usage(usage);
    bool ok = bf_conf_load(&r.conf, NULL, &r.err) && (r.publish ? publish(&r) : show(&r));
    bf_conn_free(r.conn);
    return ok ? 0 : bf_say_error("usage", &r.err);
}

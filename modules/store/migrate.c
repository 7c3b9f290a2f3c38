#include "store/migrate.h"

#include "core/digest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_FILES = 500,
    NAME_BYTES = 128,
    FILE_BYTES = 4 << 20,
    LOCK_KEY = 0x6267, /* of the advisory lock, beside BF_LOCK_DATASET */
};

struct file {
    char name[NAME_BYTES]; /* 0001_store.sql */
    int number;
};

struct run {
    struct bf_conn *conn;
    const struct bf_conf *conf;
    struct bf_arena *arena;
    struct bf_buf *done;
    struct bf_err *err;
    struct file *files;
    size_t n;
};

/* ---- the folder ---- */

/* Four digits, `_`, a name of lower case letters, digits and `_`, `.sql`. 0: another file. */
static int number_of(const char *name)
{
    size_t n = strlen(name);
    int number = 0;
    if (n < 10 || n >= NAME_BYTES || name[4] != '_' || strcmp(name + n - 4, ".sql") != 0)
        return 0;
    for (int i = 0; i < 4; i++) {
        if (name[i] < '0' || name[i] > '9')
            return 0;
        number = number * 10 + (name[i] - '0');
    }
    return number;
}

static int by_number(const void *a, const void *b)
{
    return ((const struct file *)a)->number - ((const struct file *)b)->number;
}

static bool list_files(struct run *r)
{
    DIR *dir = opendir(r->conf->sql_dir);
    if (!dir)
        return BF_FAIL_WITH(r->err, BF_E_PARAMETER, "%s: %s", r->conf->sql_dir, strerror(errno));
    r->files = bf_arena_zalloc(r->arena, MOST_FILES, sizeof *r->files);
    for (struct dirent *e; r->files && (e = readdir(dir)) != NULL && r->n < MOST_FILES;) {
        int number = number_of(e->d_name);
        if (!number)
            continue;
        struct file *f = &r->files[r->n++];
        f->number = number;
        memcpy(f->name, e->d_name, strlen(e->d_name) + 1);
    }
    closedir(dir);
    if (!r->files)
        return BF_FAIL_WITH(r->err, BF_E_MEMORY, "There is no memory left.");
    qsort(r->files, r->n, sizeof *r->files, by_number);
    for (size_t i = 0; i < r->n; i++)
        if (r->files[i].number != (int)i + 1)
            return BF_FAIL_WITH(r->err, BF_E_PARAMETER, "%s/%s: number %04zu is expected here",
                                r->conf->sql_dir, r->files[i].name, i + 1);
    if (r->n == 0)
        return BF_FAIL_WITH(r->err, BF_E_PARAMETER,
                            "%s: there are no migrations (NNNN_name.sql) in this folder",
                            r->conf->sql_dir);
    return true;
}

static bool read_text(struct run *r, const struct file *f, struct bf_buf *out)
{
    char path[BF_CONF_TEXT + NAME_BYTES + 2];
    snprintf(path, sizeof path, "%s/%s", r->conf->sql_dir, f->name);
    FILE *in = fopen(path, "re");
    if (!in)
        return BF_FAIL_WITH(r->err, BF_E_PARAMETER, "%s: %s", path, strerror(errno));
    char block[8192];
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        bf_buf_bytes(out, block, n);
    bool ok = !ferror(in) && !bf_buf_failed(out);
    fclose(in);
    return ok || BF_FAIL_WITH(r->err, BF_E_PARAMETER, "%s: cannot be read whole", path);
}

/* ---- one migration ---- */

static const char *role_of(const struct bf_conf *conf, struct bf_str name)
{
    if (bf_str_eq(name, BF_STR("owner")))
        return conf->role_owner;
    if (bf_str_eq(name, BF_STR("writer")))
        return conf->role_writer;
    if (bf_str_eq(name, BF_STR("reader")))
        return conf->role_reader;
    if (bf_str_eq(name, BF_STR("accountant")))
        return conf->role_accountant;
    return NULL;
}

/* The text with @role@ replaced by the role's quoted name, and a NUL behind it. */
static void substitute(struct run *r, struct bf_str text, struct bf_buf *out)
{
    while (text.n) {
        struct bf_str rest;
        bf_buf_str(out, bf_str_cut(text, '@', &rest));
        if (!rest.p)
            break;
        struct bf_str behind;
        struct bf_str name = bf_str_cut(rest, '@', &behind);
        const char *role = behind.p ? role_of(r->conf, name) : NULL;
        if (role)
            bf_buf_str(out, bf_sql_name(r->arena, bf_str_of(role)));
        else
            bf_buf_char(out, '@');
        text = role ? behind : rest;
    }
    bf_buf_char(out, '\0');
}

static bool run_text(struct run *r, const struct file *f, struct bf_str text, const char *hex)
{
    char number[16];
    snprintf(number, sizeof number, "%d", f->number);
    const char *const params[] = {number, f->name, hex};
    struct bf_buf sql;
    bf_buf_init(&sql, 2 * FILE_BYTES);
    substitute(r, text, &sql);
    PGresult *noted = NULL;
    bool ok = !bf_buf_failed(&sql) && bf_conn_run(r->conn, "BEGIN", r->err) &&
              bf_conn_run(r->conn, sql.p, r->err) &&
              (noted = bf_conn_text(r->conn,
                                    "INSERT INTO public.beffroi_migration (number, name, sha256) "
                                    "VALUES ($1, $2, decode($3, 'hex'))",
                                    params, 3, r->err)) != NULL &&
              bf_conn_run(r->conn, "COMMIT", r->err);
    PQclear(noted);
    bf_buf_fini(&sql);
    if (!ok) {
        struct bf_err ignored;
        bf_err_clear(&ignored);
        bf_conn_ready(r->conn, &ignored);
    }
    return ok;
}

/* What PostgreSQL said is for the administrator who runs the migration. */
static bool refused(struct run *r, const struct file *f)
{
    struct bf_err cause = *r->err;
    bf_err_clear(r->err);
    BF_FAIL_WITH(r->err, cause.code ? cause.code : BF_E_INTERNAL, "%s/%s: %s", r->conf->sql_dir,
                 f->name, cause.detail[0] ? cause.detail : cause.message);
    return false;
}

static bool migrate_file(struct run *r, const struct file *f, const char *known_hex)
{
    struct bf_buf text;
    struct bf_buf hex;
    unsigned char digest[BF_DIGEST_BYTES];
    bf_buf_init(&text, FILE_BYTES);
    bf_buf_init(&hex, 128);
    bool ok = read_text(r, f, &text);
    if (ok) {
        bf_digest_of(bf_buf_view(&text), digest);
        bf_buf_hex(&hex, digest, sizeof digest);
        bf_buf_char(&hex, '\0');
        ok = !bf_buf_failed(&hex);
    }
    if (ok && known_hex && strcmp(known_hex, hex.p) != 0)
        ok = BF_FAIL_WITH(r->err, BF_E_CONFLICT,
                          "%s/%s: the file changed after it was applied; restore it and put the "
                          "change into a new migration",
                          r->conf->sql_dir, f->name);
    else if (ok && !known_hex) {
        ok = run_text(r, f, bf_buf_view(&text), hex.p) || refused(r, f);
        if (ok)
            bf_buf_printf(r->done, "migrated %s\n", f->name);
    }
    bf_buf_fini(&text);
    bf_buf_fini(&hex);
    return ok;
}

/* ---- all of them ---- */

static bool migrate_files(struct run *r, const PGresult *known)
{
    size_t applied = (size_t)PQntuples(known);
    for (size_t i = 0; i < applied; i++)
        if (i >= r->n || strcmp(PQgetvalue(known, (int)i, 0), r->files[i].name) != 0)
            return BF_FAIL_WITH(r->err, BF_E_CONFLICT,
                                "%s/%s: the migration was applied, but the file is not there",
                                r->conf->sql_dir, PQgetvalue(known, (int)i, 0));
    for (size_t i = 0; i < r->n; i++) {
        const char *hex = i < applied ? PQgetvalue(known, (int)i, 1) : NULL;
        if (!migrate_file(r, &r->files[i], hex))
            return false;
    }
    return true;
}

static bool under_lock(struct run *r)
{
    static const char table[] =
        "CREATE TABLE IF NOT EXISTS public.beffroi_migration ("
        "number integer PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL, "
        "applied timestamptz NOT NULL DEFAULT now())";
    if (!bf_conn_run(r->conn, table, r->err))
        return false;
    PGresult *known = bf_conn_text(r->conn,
                                   "SELECT name, encode(sha256, 'hex') "
                                   "FROM public.beffroi_migration ORDER BY number",
                                   NULL, 0, r->err);
    bool ok = known && migrate_files(r, known);
    PQclear(known);
    return ok;
}

bool bf_migrate(struct bf_conn *c, const struct bf_conf *conf, struct bf_buf *done,
                struct bf_err *err)
{
    char sql[64];
    struct run r = {.conn = c, .conf = conf, .done = done, .err = err};
    r.arena = bf_arena_new(1 << 20);
    if (!r.arena)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
    snprintf(sql, sizeof sql, "SELECT pg_advisory_lock(%d, 0)", LOCK_KEY);
    bool ok = list_files(&r) && bf_conn_ready(c, err) && bf_conn_run(c, sql, err);
    if (ok) {
        ok = under_lock(&r);
        struct bf_err ignored;
        bf_err_clear(&ignored);
        snprintf(sql, sizeof sql, "SELECT pg_advisory_unlock(%d, 0)", LOCK_KEY);
        if (bf_conn_is_up(c))
            bf_conn_run(c, sql, &ignored);
    }
    bf_arena_free(r.arena);
    return ok;
}

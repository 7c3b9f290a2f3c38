#include "store/versions.h"

#include "catalog/files.h"
#include "store/result.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- lists --------------------------------------------------------------------------------- */

/* A dataset that was withdrawn, and another one that has taken its name, are two. */
#define SINCE                                                                   \
    "number > coalesce((SELECT max(number) FROM catalog.applied WHERE dataset " \
    "= $1::text AND version IS NULL), 0)"

static const char list_sql[] =
    "SELECT number, coalesce(put_back, 0), at, number = (SELECT max(number) FROM catalog.applied "
    "WHERE dataset = $1::text) FROM catalog.applied WHERE dataset = $1::text "
    "AND version IS NOT NULL AND " SINCE " ORDER BY number DESC";

enum { NUMBER, PUT_BACK, AT, CURRENT, MANIFEST, HANDLER, HOOK, HOOK_READS };

static struct bf_version read_line(const PGresult *res, int row)
{
    return (struct bf_version){.number = bf_result_int(res, row, NUMBER),
                               .put_back = bf_result_int(res, row, PUT_BACK),
                               .at = bf_result_instant(res, row, AT),
                               .current = bf_result_bool(res, row, CURRENT)};
}

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
}

bool bf_versions_list(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                      struct bf_version **out, size_t *n, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_text(dataset)};
    *n = 0;
    PGresult *res = bf_conn_query(c, bf_str_of(list_sql), params, 1, err);
    if (!res)
        return false;
    size_t rows = (size_t)PQntuples(res);
    *out = bf_arena_zalloc(a, rows + 1, sizeof **out);
    for (; *out && *n < rows; ++*n)
        (*out)[*n] = read_line(res, (int)*n);
    PQclear(res);
    return *out || no_memory(err);
}

/* ---- one ----------------------------------------------------------------------------------- */

#define ONE                                                                        \
    "SELECT number, coalesce(put_back, 0), at, number = (SELECT max(number) FROM " \
    "catalog.applied WHERE dataset = $1::text), version ->> 'manifest', "          \
    "coalesce(version ->> 'handler', ''), coalesce(version ->> 'hook', ''), "      \
    "coalesce((version ->> 'hook_reads')::boolean, false) FROM catalog.applied "   \
    "WHERE dataset = $1::text AND version IS NOT NULL AND " SINCE " AND "

static bool get_one(struct bf_conn *c, struct bf_arena *a, const char *sql, struct bf_str dataset,
                    int64_t number, struct bf_version *out, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_text(dataset), bf_value_int(number)};
    PGresult *res = bf_conn_query(c, bf_str_of(sql), params, 2, err);
    if (!res)
        return false;
    bool found = PQntuples(res) == 1;
    if (found) {
        *out = read_line(res, 0);
        out->manifest = bf_arena_dup(a, bf_result_text(res, 0, MANIFEST));
        out->handler = bf_arena_dup(a, bf_result_text(res, 0, HANDLER));
        out->hook = bf_arena_dup(a, bf_result_text(res, 0, HOOK));
        out->hook_reads = bf_result_bool(res, 0, HOOK_READS);
    }
    PQclear(res);
    if (!found)
        return BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE,
                            "There is no such version of %.*s: `beffroi rollback --list %.*s` "
                            "shows those there are.",
                            BF_STR_ARG(dataset), BF_STR_ARG(dataset));
    return !bf_arena_failed(a) || no_memory(err);
}

bool bf_version_get(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset, int64_t number,
                    struct bf_version *out, struct bf_err *err)
{
    return get_one(c, a, ONE "number = $2::bigint", dataset, number, out, err);
}

bool bf_version_at(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset, int64_t change,
                   struct bf_version *out, struct bf_err *err)
{
    return get_one(c, a, ONE "number <= $2::bigint ORDER BY number DESC LIMIT 1", dataset, change,
                   out, err);
}

/* Something that was applied twice in a row is one version. */
bool bf_version_before(struct bf_conn *c, struct bf_arena *a, struct bf_str dataset,
                       struct bf_version *out, struct bf_err *err)
{
    struct bf_version now;
    if (!bf_version_at(c, a, dataset, INT64_MAX, &now, err))
        return false;
    return get_one(c, a,
                   ONE "number < $2::bigint AND digest <> (SELECT digest FROM catalog.applied "
                       "WHERE dataset = $1::text ORDER BY number DESC LIMIT 1) "
                       "ORDER BY number DESC LIMIT 1",
                   dataset, now.put_back ? now.put_back : now.number, out, err);
}

bool bf_versions_mark(struct bf_conn *c, int64_t number, struct bf_err *err)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    const char *const params[] = {text};
    PGresult *res =
        bf_conn_text(c, "SELECT set_config('beffroi.put_back', $1, false)", params, 1, err);
    PQclear(res);
    return res != NULL;
}

/* ---- files --------------------------------------------------------------------------------- */

/* Of a version that was applied before files had versions: the one that is there now. */
static const char file_sql[] =
    "SELECT f.bytes FROM catalog.file AS f WHERE f.digest = (SELECT CASE WHEN a.files IS NULL "
    "THEN (SELECT t.digest FROM catalog.attachment AS t WHERE t.dataset = a.dataset "
    "AND t.kind = $2::text AND t.id = $3::text) "
    "ELSE decode(a.files ->> ($2::text || '/' || $3::text), 'hex') END "
    "FROM catalog.applied AS a WHERE a.number = $1::bigint)";

static bool read_file(struct bf_conn *c, struct bf_arena *a, const struct bf_manifest *m,
                      const struct bf_value params[3], struct bf_str *out, struct bf_err *err)
{
    PGresult *res = bf_conn_query(c, bf_str_of(file_sql), params, 3, err);
    if (!res)
        return false;
    bool found = PQntuples(res) == 1;
    if (found)
        *out = bf_arena_dup(a, bf_result_text(res, 0, 0));
    PQclear(res);
    if (!found)
        return BF_FAIL_WITH(err, BF_E_CONFLICT,
                            "That version of %.*s names the file \"%.*s\", which is not kept any "
                            "more: apply its folder instead.",
                            BF_STR_ARG(m->id), BF_STR_ARG(params[2].text));
    return out->p || no_memory(err);
}

const struct bf_str *bf_versions_files(struct bf_conn *c, struct bf_arena *a,
                                       const struct bf_manifest *m, int64_t number,
                                       struct bf_err *err)
{
    struct bf_str *files = bf_arena_zalloc(a, bf_manifest_files(m) + 1, sizeof *files);
    struct bf_str *next = files;
    if (!files)
        no_memory(err);
    for (int kind = 0; files && kind < BF_FILE_KINDS; kind++)
        for (size_t i = 0; i < m->files[kind].n; i++) {
            const struct bf_value params[] = {bf_value_int(number),
                                              bf_value_text(bf_str_of(bf_file_kinds[kind].member)),
                                              bf_value_text(m->files[kind].items[i].id)};
            if (!read_file(c, a, m, params, next++, err))
                return NULL;
        }
    return files;
}

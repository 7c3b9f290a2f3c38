#include "cli/hook_ingest.h"

#include "api/push/reach.h"
#include "cli/hook_run.h"
#include "lua/guard.h"
#include "store/catalog.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- the script ---------------------------------------------------------------------------- */

static bool read_areas(struct bf_reach *reach, struct bf_arena *a, const struct bf_manifest *m,
                       struct bf_err *err)
{
    struct bf_conf conf;
    struct bf_registry registry;
    size_t left_out;
    if (!bf_conf_load(&conf, NULL, err))
        return false;
    struct bf_conn *conn = bf_conn_new(&conf, BF_ROLE_READER);
    if (!conn)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "there is no memory left");
    bf_registry_init(&registry, a);
    bool ok = bf_conn_ready(conn, err);
    if (!ok) {
        bf_err_clear(err);
        BF_FAIL_WITH(err, BF_E_UNAVAILABLE,
                     "the areas of %.*s lie in the database, which cannot be reached (`. .run/env` "
                     "says where it is)",
                     BF_STR_ARG(m->id));
    }
    ok = ok && bf_catalog_load(conn, &registry, &left_out, err) &&
         bf_reach_read(reach, a, conn, &registry, m, err);
    bf_conn_free(conn);
    return ok;
}

static bool open_script(struct bf_hook_ingest *h, const struct bf_entry *entry,
                        const struct bf_areas *areas, struct bf_err *err)
{
    struct bf_lua_fault fault;
    const struct bf_lua_source source = {.name = BF_STR("hook.lua"),
                                         .text = entry->hook,
                                         .dataset = entry->manifest->id,
                                         .areas = areas,
                                         .log = {bf_hook_run_log, NULL},
                                         .cover = true};
    h->script = bf_lua_script_open(&source, &fault);
    return h->script || BF_FAIL_WITH(err, BF_E_HANDLER, "%s", fault.message);
}

bool bf_hook_ingest_open(struct bf_hook_ingest *h, struct bf_arena *a, const struct bf_entry *entry,
                         struct bf_buf *out, struct bf_err *err)
{
    struct bf_reach reach = {0};
    *h = (struct bf_hook_ingest){.out = out};
    if (!open_script(h, entry, NULL, err))
        return false;
    if (!bf_lua_script_has(h->script, BF_LUA_ON_INGEST)) {
        bf_hook_ingest_close(h);
        return true;
    }
    if (entry->manifest->nareas) {
        bf_hook_ingest_close(h);
        if (!read_areas(&reach, a, entry->manifest, err) ||
            !open_script(h, entry, reach.areas, err))
            return false;
    }
    h->repair = bf_repair_of(a, h->script);
    return h->repair || BF_FAIL_WITH(err, BF_E_MEMORY, "there is no memory left");
}

void bf_hook_ingest_close(struct bf_hook_ingest *h)
{
    if (h->script)
        bf_guard_rest();
    bf_lua_script_free(h->script);
    h->script = NULL;
}

/* ---- what it did --------------------------------------------------------------------------- */

static void print_value(struct bf_buf *out, const struct bf_raw_member *m)
{
    switch (m->kind) {
    case BF_RAW_NULL:
        bf_buf_text(out, "null");
        return;
    case BF_RAW_TRUE:
    case BF_RAW_FALSE:
        bf_buf_text(out, m->kind == BF_RAW_TRUE ? "true" : "false");
        return;
    case BF_RAW_TEXT:
        bf_buf_json(out, m->text);
        return;
    case BF_RAW_NUMBER:
    case BF_RAW_OBJECT:
    case BF_RAW_ARRAY:
        bf_buf_str(out, m->text);
        return;
    }
}

/* NULL: there is none. */
static const struct bf_raw_member *find(const struct bf_raw_record *r, struct bf_str name)
{
    for (size_t i = r->n; i > 0; i--)
        if (bf_str_eq(r->members[i - 1].name, name))
            return &r->members[i - 1];
    return NULL;
}

static bool is_same(const struct bf_raw_member *a, const struct bf_raw_member *b)
{
    bool plain = a->kind == BF_RAW_NULL || a->kind == BF_RAW_TRUE || a->kind == BF_RAW_FALSE;
    return a->kind == b->kind && (plain || bf_str_eq(a->text, b->text));
}

static void print_change(struct bf_buf *out, struct bf_str name, const struct bf_raw_member *was,
                         const struct bf_raw_member *is)
{
    bf_buf_printf(out, "  %-24.*s ", BF_STR_ARG(name));
    if (was)
        print_value(out, was);
    else
        bf_buf_text(out, "(absent)");
    bf_buf_text(out, " -> ");
    if (is)
        print_value(out, is);
    else
        bf_buf_text(out, "(removed)");
    bf_buf_char(out, '\n');
}

/* true: something differs. */
static bool print_changes(struct bf_buf *out, const struct bf_raw_record *came,
                          const struct bf_raw_record *made)
{
    size_t before = out->n;
    for (size_t i = 0; i < came->n; i++) {
        const struct bf_raw_member *was = &came->members[i], *is = find(made, was->name);
        if (!is || !is_same(was, is))
            print_change(out, was->name, was, is);
    }
    for (size_t i = 0; i < made->n; i++)
        if (!find(came, made->members[i].name))
            print_change(out, made->members[i].name, NULL, &made->members[i]);
    return out->n != before;
}

void bf_hook_ingest_note(struct bf_hook_ingest *h, const struct bf_raw_record *came,
                         const struct bf_raw_record *made, enum bf_repaired how, struct bf_str why)
{
    h->records++;
    bf_buf_printf(h->out, "record %" PRIu64 ": on_ingest", h->records);
    switch (how) {
    case BF_REPAIRED:
        bf_buf_char(h->out, '\n');
        if (print_changes(h->out, came, made))
            h->changed++;
        else
            bf_buf_text(h->out, "  as it came\n");
        return;
    case BF_REPAIR_DROPPED:
        h->dropped++;
        bf_buf_printf(h->out, " drops it%s%.*s\n", why.n ? ": " : "", BF_STR_ARG(why));
        return;
    case BF_REPAIR_FAILED:
        h->failed++;
        bf_buf_printf(h->out, " failed: %.*s\n", BF_STR_ARG(why));
        return;
    case BF_REPAIR_GAVE_UP:
        h->failed++;
        bf_buf_text(h->out, " is not asked any more: the batch is refused\n");
        return;
    }
}

void bf_hook_ingest_sum(const struct bf_hook_ingest *h)
{
    bf_buf_printf(h->out,
                  "on_ingest: %" PRIu64 " record%s: %" PRIu64 " changed, %" PRIu64
                  " as they came, %" PRIu64 " dropped, %" PRIu64 " failed\n",
                  h->records, h->records == 1 ? "" : "s", h->changed,
                  h->records - h->changed - h->dropped - h->failed, h->dropped, h->failed);
}

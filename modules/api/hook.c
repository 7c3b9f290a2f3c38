#include "api/hook.h"

#include "plugin/facts.h"
#include "plugin/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool bf_hook_open(struct bf_hook_script *h, const struct bf_lua_source *source,
                  const struct bf_schema *schema, struct bf_lua_fault *fault)
{
    *h = (struct bf_hook_script){.script = bf_lua_script_open(source, fault)};
    if (!h->script)
        return false;
    h->handler = bf_lua_handler_new(h->script, bf_host_api(), schema);
    if (!h->handler)
        snprintf(fault->message, sizeof fault->message, "%.*s: there is no memory for the script",
                 BF_STR_ARG(source->name));
    return h->handler != NULL;
}

void bf_hook_close(struct bf_hook_script *h)
{
    bf_lua_handler_free(h->handler);
    bf_lua_script_free(h->script);
    *h = (struct bf_hook_script){NULL, NULL};
}

const char *bf_hook_why(const struct bf_hook_script *h)
{
    const struct bf_lua_fault *fault = h->handler ? bf_lua_handler_why(h->handler) : NULL;
    return fault ? fault->message : NULL;
}

/* ---- in a worker --------------------------------------------------------------------------- */

/* Through the host, which names dataset and request and lets 20 lines of one pass. */
static void put_line(void *self, enum bf_level level, struct bf_str text)
{
    (void)self;
    bf_host_api()->log(NULL, level, "%.*s", BF_STR_ARG(text));
}

static const char *why(void *made)
{
    return bf_hook_why(made);
}

static void end(void *made)
{
    bf_hook_close(made);
    free(made);
}

static bool make(struct bf_arena *a, const struct bf_entry *entry, const struct bf_api *host,
                 struct bf_scripted *out, struct bf_err *err)
{
    (void)host; /* bf_host_api() */
    const struct bf_manifest *m = entry->manifest;
    struct bf_lua_fault fault = {0};
    struct bf_lua_source source = {.text = entry->hook, .dataset = m->id, .log = {put_line, NULL}};
    source.name = bf_arena_printf(a, "%.*s/hook.lua", BF_STR_ARG(m->id));
    struct bf_hook_script *h = calloc(1, sizeof *h);
    if (!h || !source.name.p) {
        free(h);
        return BF_FAIL_WITH(err, BF_E_MEMORY, "there is no memory for the script");
    }
    if (!bf_hook_open(h, &source, &m->schema, &fault)) {
        BF_FAIL_WITH(err, BF_E_HANDLER, "%s", fault.message);
        end(h);
        return false;
    }
    if (entry->whole)
        bf_lua_handler_withhold(h->handler, &entry->whole->schema);
    out->handler = *bf_lua_handler_abi(h->handler);
    out->self = bf_lua_handler_self(h->handler);
    out->made = h;
    return true;
}

const struct bf_script_maker bf_hook_maker = {make, why, end};

/* ---- before it is applied ------------------------------------------------------------------ */

/* "hook.lua:12: the word" is line and word. */
static void report_fault(const struct bf_hook_file *file, const struct bf_lua_fault *fault,
                         struct bf_report *report)
{
    char line[16] = "";
    char prefix[32] = "hook.lua: ";
    if (fault->line > 0) {
        snprintf(line, sizeof line, "%d", fault->line);
        snprintf(prefix, sizeof prefix, "hook.lua:%d: ", fault->line);
    }
    bool starts = strncmp(fault->message, prefix, strlen(prefix)) == 0;
    bf_report_add(report, file->path, line, "", "%s",
                  fault->message + (starts ? strlen(prefix) : 0));
}

static void check_reads(const struct bf_hook_file *file, const struct bf_manifest *m,
                        struct bf_report *report)
{
    if (m->handler.n)
        bf_report_add(
            report, file->path, "", "keep one of the two; on_ingest may stand beside it",
            "on_request, on_record and fields cannot be used: the dataset has the handler "
            "\"%.*s\"",
            BF_STR_ARG(m->handler));
    if (m->ngenerations)
        bf_report_add(report, file->manifest_path, "/generations",
                      "leave it out, or on_request, on_record and fields",
                      "a dataset whose hook.lua takes part in reading has one vocabulary");
}

static void check_facts(const struct bf_hook_script *h, const struct bf_hook_file *file,
                        const struct bf_manifest *m, struct bf_report *report)
{
    struct bf_plugin_facts facts;
    struct bf_err *err = bf_arena_zalloc(report->arena, 1, sizeof *err);
    if (!err)
        return;
    bf_err_clear(err);
    if (!bf_facts_read(report->arena, bf_lua_handler_abi(h->handler), &facts, err)) {
        bf_report_add(report, file->path, "", "", "%s", err->message);
        return;
    }
    facts.script = true;
    bf_facts_match(&facts, m, file->manifest_path, report);
}

static void check_script(const struct bf_hook_script *h, struct bf_hook_file *file,
                         const struct bf_manifest *m, struct bf_report *report)
{
    const struct bf_lua_script *s = h->script;
    file->ingests = bf_lua_script_has(s, BF_LUA_ON_INGEST);
    file->reads = bf_lua_script_has(s, BF_LUA_ON_REQUEST) ||
                  bf_lua_script_has(s, BF_LUA_ON_RECORD) || bf_lua_script_fields(s)->name;
    if (file->ingests && m->given)
        bf_report_add(report, file->path, "", "leave it out",
                      "on_ingest is never called: the rows come from the handler, and nothing is "
                      "pushed");
    if (!file->reads)
        return;
    check_reads(file, m, report);
    check_facts(h, file, m, report);
}

bool bf_hook_check(struct bf_hook_file *file, const struct bf_manifest *m, struct bf_report *report)
{
    size_t before = report->n + report->dropped;
    const struct bf_lua_source source = {
        .name = BF_STR("hook.lua"), .text = file->text, .dataset = m->id};
    struct bf_lua_fault fault = {0};
    struct bf_hook_script h;
    file->reads = file->ingests = false;
    if (bf_hook_open(&h, &source, &m->schema, &fault))
        check_script(&h, file, m, report);
    else
        report_fault(file, &fault, report);
    bf_hook_close(&h);
    return report->n + report->dropped == before;
}

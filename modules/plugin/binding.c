#include "plugin/binding.h"

#include "core/clock.h"
#include "plugin/binding_inside.h"

#include <unistd.h>

struct bf_plugins *bf_plugins_new(struct bf_arena *generation, const struct bf_plugins_setup *setup)
{
    struct bf_plugins *p = bf_arena_zalloc(generation, 1, sizeof *p);
    if (!p)
        return NULL;
    p->arena = generation;
    p->dir = bf_arena_dup(generation, bf_str_of(setup->dir));
    p->quarantine = setup->quarantine;
    p->fuses = setup->fuses;
    p->scripts = setup->scripts;
    p->seat = p->quarantine ? bf_quarantine_seat(p->quarantine, getpid()) : -1;
    p->broken.plugins = p;
    p->broken.opened = true;
    p->broken.slot = -1;
    p->broken.out = "the worker has no memory for its handler";
    return p->dir.p ? p : NULL;
}

static void close_binding(struct bf_binding *b)
{
    if (b->handler.close) {
        bf_binding_enter(b, BF_HOOK_CLOSE);
        b->handler.close(b->self);
        bf_binding_leave(b);
    }
    if (b->script.made)
        b->script.maker->end(b->script.made);
    b->script.made = NULL;
    bf_arena_free(b->row_arena);
    bf_buf_fini(&b->scratch);
}

void bf_plugins_free(struct bf_plugins *p)
{
    if (!p)
        return;
    bf_quarantine_stands(p->quarantine, p->seat);
    for (size_t i = 0; i < p->room; i++) {
        if (p->bindings[i] && p->bindings[i] != &p->broken)
            close_binding(p->bindings[i]);
        p->bindings[i] = NULL;
    }
}

/* ---- one binding --------------------------------------------------------------------------- */

static bool copy_options(struct bf_arena *a, const struct bf_manifest *m, struct bf_dataset *d)
{
    const char **values = bf_arena_zalloc(a, m->noptions, sizeof *values);
    if (!values)
        return false;
    d->options = values;
    for (size_t i = 0; i < m->noptions; i++) {
        values[i] = bf_arena_dup(a, m->option_values[i]).p;
        if (!values[i])
            return false;
    }
    return true;
}

static struct bf_binding *make_binding(struct bf_plugins *p, const struct bf_entry *entry)
{
    const struct bf_schema *schema = &entry->manifest->schema;
    struct bf_binding *b = bf_arena_zalloc(p->arena, 1, sizeof *b);
    if (!b)
        return NULL;
    b->plugins = p;
    b->slot = p->quarantine
                  ? bf_quarantine_slot(p->quarantine, entry->manifest->id, entry->applied_us)
                  : -1;
    b->dataset = (struct bf_dataset){
        .arena = p->arena,
        .budget = BF_BINDING_BUDGET,
        .entry = entry,
        .asked = bf_arena_zalloc(p->arena, schema->n, sizeof(bool)),
    };
    b->fields = bf_arena_zalloc(p->arena, schema->n, sizeof *b->fields);
    if (!b->dataset.asked || !b->fields || !copy_options(p->arena, entry->manifest, &b->dataset))
        return NULL;
    bf_buf_init(&b->scratch, BF_ROW_SCRATCH);
    for (size_t i = 0; i < schema->n; i++)
        b->fields[i] = (struct bf_row_field){-1, schema->columns[i].type};
    return b;
}

struct bf_binding *bf_plugins_bind(struct bf_plugins *p, const struct bf_entry *entry)
{
    if (!entry->manifest->handler.n && !entry->handler.n && !entry->hook_reads)
        return NULL;
    if (entry->index >= p->room) {
        struct bf_binding **grown = bf_arena_grow(p->arena, p->bindings, &p->room, entry->index + 1,
                                                  sizeof(struct bf_binding *));
        if (!grown)
            return &p->broken;
        p->bindings = grown;
    }
    struct bf_binding **b = &p->bindings[entry->index];
    if (!*b)
        *b = make_binding(p, entry);
    if (!*b)
        *b = &p->broken;
    return *b;
}

const char *bf_binding_out(const struct bf_binding *b)
{
    if (!b->out && bf_quarantine_active(b->plugins->quarantine, b->slot, bf_clock_mono_us()))
        return "the handler crashed three times within a minute";
    return b->out;
}

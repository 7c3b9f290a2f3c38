/* `beffroi event`: keys for the devices of a hackathon, had with a short code. */
#include "api/keys/event.h"
#include "cli/commands.h"
#include "cli/key.h"
#include "cli/say.h"

enum { JSON_MAX = 16 << 20 };

/* ---- making -------------------------------------------------------------------------------- */

/* The code alone, or a JSON object with what it is for. */
static bool print_code(struct bf_key_run *r, struct bf_str code, const struct bf_event *event)
{
    struct bf_buf b;
    bf_buf_init(&b, JSON_MAX);
    if (r->words.json)
        bf_event_print_new(&b, code, event, r->now);
    else
        bf_event_code_print(&b, code);
    bf_buf_char(&b, '\n');
    bool ok = bf_say_buf(stdout, &b) ||
              BF_FAIL_WITH(&r->err, BF_E_STORAGE, "The code cannot be written.");
    bf_buf_fini(&b);
    return ok;
}

static bool create(struct bf_key_run *r)
{
    const struct bf_key_words *w = &r->words;
    struct bf_event made;
    struct bf_str code;
    if (!w->title.n || !w->devices || !w->until.n)
        return bf_key_needs(r,
                            "--title, --devices (how many) and --until (when it ends) are needed");
    const struct bf_event_order order = {.fr = w->title,
                                         .en = w->title_en,
                                         .plan = w->plan,
                                         .scope = w->scope,
                                         .narrow = w->narrow,
                                         .places = w->devices,
                                         .until = w->until};
    return bf_event_create(&r->life, &order, &made, &code, &r->err) && print_code(r, code, &made);
}

/* ---- looking ------------------------------------------------------------------------------- */

static void take_event(void *self, const struct bf_event *e)
{
    struct bf_key_list *l = self;
    if (l->run->words.json) {
        bf_key_list_comma(l);
        bf_event_print(&l->out, e, l->run->now);
        return;
    }
    bf_buf_printf(&l->out, "%-14.*s%-8s%6lld of %-7lld", BF_STR_ARG(e->id),
                  bf_event_state(e, l->run->now), (long long)e->taken, (long long)e->places);
    bf_event_print_instant(&l->out, e->closed ? e->closed : e->ends);
    bf_buf_printf(&l->out, "  %-12.*s%.*s\n", BF_STR_ARG(e->plan), BF_STR_ARG(e->fr));
}

static bool list(struct bf_key_run *r)
{
    struct bf_key_list l;
    bf_key_list_begin(&l, r);
    if (!r->words.json)
        bf_buf_printf(&l.out, "%-14s%-8s%-17s%-27s%-12s%s\n", "id", "state", "places taken", "ends",
                      "plan", "title");
    return bf_key_list_end(&l, bf_events_each(r->conn, take_event, &l, &r->err));
}

static bool find(struct bf_key_run *r, struct bf_event *out)
{
    if (!r->words.id.n)
        return bf_key_needs(r, "the id of an event is needed (`beffroi event list` shows it)");
    return bf_events_find(r->conn, r->arena, r->words.id, out, &r->err);
}

static void take_place(void *self, const struct bf_event_place *place)
{
    struct bf_key_list *l = self;
    if (l->run->words.json) {
        bf_buf_text(&l->out, l->n++ ? ",\n" : "");
        bf_event_print_place(&l->out, place);
        return;
    }
    bf_buf_printf(&l->out, "%-14lld%.*s  ", (long long)place->number, BF_STR_ARG(place->jti));
    bf_event_print_instant(&l->out, place->claimed);
    bf_buf_printf(&l->out, "  %.*s\n", BF_STR_ARG(place->device));
}

static void print_head(struct bf_buf *b, const struct bf_event *e, int64_t now)
{
    bf_buf_printf(b,
                  "id            %.*s\ntitle         %.*s\ntitle (en)    %.*s\nstate         %s\n"
                  "places        %lld of %lld are taken, %lld claims came too late\n"
                  "partner       " BF_EVENT_SUB "%.*s\nplan          %.*s\nscope         %.*s\n",
                  BF_STR_ARG(e->id), BF_STR_ARG(e->fr), BF_STR_ARG(e->en), bf_event_state(e, now),
                  (long long)e->taken, (long long)e->places, (long long)e->refused,
                  BF_STR_ARG(e->id), BF_STR_ARG(e->plan), BF_STR_ARG(e->scope));
    if (!bf_str_eq(e->narrowing, BF_STR("{}")))
        bf_buf_printf(b, "narrowed to   %.*s\n", BF_STR_ARG(e->narrowing));
    bf_buf_printf(b, "%-14s", e->closed ? "closed" : "ends");
    bf_event_print_instant(b, e->closed ? e->closed : e->ends);
    bf_buf_text(b, "\n");
}

static bool show(struct bf_key_run *r)
{
    struct bf_event event;
    struct bf_key_list l = {.run = r};
    if (!find(r, &event))
        return false;
    bf_buf_init(&l.out, JSON_MAX);
    if (r->words.json) {
        bf_buf_text(&l.out, "{\"event\":");
        bf_event_print(&l.out, &event, r->now);
        bf_buf_text(&l.out, ",\"devices\":[");
    } else {
        print_head(&l.out, &event, r->now);
    }
    bool ok = bf_events_places(r->conn, event.id, take_place, &l, &r->err);
    bf_buf_text(&l.out, r->words.json ? "]}\n" : "");
    ok = ok && (bf_say_buf(stdout, &l.out) ||
                BF_FAIL_WITH(&r->err, BF_E_STORAGE, "The event cannot be written."));
    bf_buf_fini(&l.out);
    return ok;
}

/* ---- places -------------------------------------------------------------------------------- */

static bool set_places(struct bf_key_run *r)
{
    struct bf_event event;
    struct bf_key_list l = {.run = r};
    if (!r->words.devices)
        return bf_key_needs(r, "--devices (how many in all) is needed");
    if (!find(r, &event) ||
        !bf_event_set_places(&r->life, event.id, r->words.devices, &event, &r->err))
        return false;
    bf_buf_init(&l.out, JSON_MAX);
    if (r->words.json)
        bf_event_print(&l.out, &event, r->now);
    else
        bf_buf_printf(&l.out, "%lld of %lld places are taken", (long long)event.taken,
                      (long long)event.places);
    bf_buf_char(&l.out, '\n');
    bool ok = bf_say_buf(stdout, &l.out) ||
              BF_FAIL_WITH(&r->err, BF_E_STORAGE, "The event cannot be written.");
    bf_buf_fini(&l.out);
    return ok;
}

/* ---- closing ------------------------------------------------------------------------------- */

static bool close_event(struct bf_key_run *r)
{
    struct bf_event event;
    int64_t n;
    if (!find(r, &event) || !bf_event_close(&r->life, event.id, r->words.reason, &n, &r->err))
        return false;
    if (r->words.json)
        printf("{\"revoked\":%lld}\n", (long long)n);
    else
        printf("the event is closed, %lld %s revoked\n", (long long)n,
               n == 1 ? "key is" : "keys are");
    return true;
}

/* ---- */

static const struct bf_key_subcommand subcommands[] = {
    {"create", create, " title title-en devices until plan scope datasets bbox origins rate json ",
     false,
     "create --title TEXT --devices N --until WHEN [--plan PLAN] [--scope SCOPE] [narrowing]",
     "Prints the code of a new event, alone: it is kept nowhere else. Each device that knows it\n"
     "gets a key of its own until the event ends (POST /api/keys/v1/claim).\n\n"
     "  --title TEXT        what the event is called; --title-en TEXT in English\n"
     "  --devices N         how many devices get a key (at most 10,000)\n"
     "  --until WHEN        when it ends: 2026-11-29T20:00, on the clock of Paris or with an "
     "offset\n"
     "                      (+01:00), 'sunday 20:00', 'tomorrow 18:00', 'dimanche 20h'\n"
     "  --plan PLAN         rates of each device and the quota of all together (event)\n"
     "  --scope SCOPE       what the keys may do: read (which it is without), read:NAME,\n"
     "                      push:DATASET, with blanks between\n" BF_KEY_HELP_NARROWING
         BF_KEY_HELP_JSON},
    {"list", list, " json ", false, "list", "All events, newest first.\n\n" BF_KEY_HELP_JSON},
    {"show", show, " json ", true, "show ID",
     "An event and the devices that have a key.\n\n" BF_KEY_HELP_JSON},
    {"places", set_places, " devices json ", true, "places ID --devices N",
     "More places for an event that gives keys, or fewer than before, but not than are taken.\n\n"
     "  --devices N         how many devices get a key, in all (at most "
     "10,000)\n" BF_KEY_HELP_JSON},
    {"close", close_event, " reason json ", true, "close ID [--reason TEXT]",
     "Ends an event now: no device gets a key any more, and all there are are revoked; one second\n"
     "later no worker of any node admits them.\n\n"
     "  --reason TEXT       for the audit table\n" BF_KEY_HELP_JSON},
    {.name = NULL},
};

int bf_cmd_event(int argc, char **argv)
{
    static const struct bf_key_command event = {
        "event", subcommands, "An ID is that of an event (`beffroi event list`), not its code."};
    return bf_key_command_run(&event, argc, argv);
}

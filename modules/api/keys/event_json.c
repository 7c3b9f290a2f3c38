#include "api/keys/event.h"

#include "value/instant.h"
#include "value/member.h"

enum { SECOND_US = 1000000 };

void bf_event_print_instant(struct bf_buf *out, int64_t seconds)
{
    bf_instant_print(out, seconds * SECOND_US, bf_event_zone());
}

static void print_instant(struct bf_buf *out, const char *name, int64_t seconds)
{
    bf_member(out, name);
    if (!seconds) {
        bf_buf_text(out, "null");
        return;
    }
    bf_buf_char(out, '"');
    bf_event_print_instant(out, seconds);
    bf_buf_char(out, '"');
}

void bf_event_print_head(struct bf_buf *out, const struct bf_event *e)
{
    bf_buf_text(out, "{\"id\":");
    bf_buf_json(out, e->id);
    bf_buf_text(out, ",\"title\":{\"fr\":");
    bf_buf_json(out, e->fr);
    bf_buf_text(out, ",\"en\":");
    bf_buf_json(out, e->en);
    bf_buf_char(out, '}');
}

void bf_event_print_open(struct bf_buf *out, const struct bf_event *e, int64_t now)
{
    bool given = !e->closed && e->ends > now;
    bf_event_print_head(out, e);
    bf_buf_printf(out,
                  ",\"state\":\"%s\",\"places\":%lld,\"taken\":%lld,\"free\":%lld,"
                  "\"refused\":%lld",
                  bf_event_state(e, now), (long long)e->places, (long long)e->taken,
                  (long long)(given ? e->places - e->taken : 0), (long long)e->refused);
    print_instant(out, "created", e->created);
    print_instant(out, "ends", e->ends);
    print_instant(out, "closed", e->closed);
}

void bf_event_print(struct bf_buf *out, const struct bf_event *e, int64_t now)
{
    bf_event_print_open(out, e, now);
    bf_buf_printf(out, ",\"partner\":\"" BF_EVENT_SUB "%.*s\"", BF_STR_ARG(e->id));
    bf_member_text_or_null(out, "plan", e->plan);
    bf_life_print_scope(out, e->scope);
    bf_buf_text(out, ",\"narrowing\":");
    bf_buf_str(out, e->narrowing);
    bf_buf_char(out, '}');
}

void bf_event_print_new(struct bf_buf *out, struct bf_str code, const struct bf_event *e,
                        int64_t now)
{
    bf_buf_text(out, "{\"code\":\"");
    bf_event_code_print(out, code);
    bf_buf_text(out, "\",\"about\":");
    bf_event_print(out, e, now);
    bf_buf_char(out, '}');
}

void bf_event_print_place(struct bf_buf *out, const struct bf_event_place *place)
{
    bf_buf_printf(out, "{\"number\":%lld", (long long)place->number);
    bf_member_text_or_null(out, "device", place->device);
    bf_member_text_or_null(out, "key", place->jti);
    print_instant(out, "claimed", place->claimed);
    bf_buf_printf(out, ",\"again\":%lld}", (long long)place->again);
}

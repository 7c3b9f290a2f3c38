#include "api/records1/geo.h"
#include "api/records1/q_parts.h"
#include "value/geometry.h"
#include "value/number.h"

enum { MOST_ARGUMENTS = 20 };

struct call {
    struct bf_str name;
    struct bf_str args[MOST_ARGUMENTS];
    size_t n;
};

/* ---- #name(argument, "argument", …) ---- */

/* A bare argument may hold brackets of its own: weekday=MO(2). */
static struct bf_str bare(struct q_parse *p)
{
    size_t from = p->at;
    int open = 0;
    for (; p->at < p->text.n; p->at++) {
        char c = p->text.p[p->at];
        if ((c == ',' || c == ')') && open == 0)
            break;
        open += (c == '(') - (c == ')');
    }
    return bf_str_trim((struct bf_str){p->text.p + from, p->at - from});
}

static bool read_argument(struct q_parse *p, struct call *call)
{
    if (call->n == MOST_ARGUMENTS)
        return q_fail(p);
    q_blanks(p);
    struct bf_str *to = &call->args[call->n++];
    if (q_peek(p) == '"' && !q_quoted(p, to))
        return false;
    if (!to->p)
        *to = bare(p);
    q_blanks(p);
    return true;
}

static bool read_call(struct q_parse *p, struct call *call)
{
    *call = (struct call){.n = 0};
    p->at++;
    call->name = q_run(p, " \t\r\n()\"#,");
    q_blanks(p);
    if (!q_take(p, '('))
        return q_fail(p);
    q_blanks(p);
    if (q_take(p, ')'))
        return true;
    do {
        if (!read_argument(p, call))
            return false;
    } while (q_take(p, ','));
    return q_take(p, ')') || q_fail(p);
}

/* ---- what they mean ---- */

static bool wrong(struct q_parse *p, const struct call *call, const char *expected)
{
    return BF_FAIL_WITH(p->err, BF_E_ODSQL, "The function of the query q is written %s, not #%.*s.",
                        expected, BF_STR_ARG(call->name));
}

static bool known(struct q_parse *p, struct bf_str name)
{
    return bf_schema_column(p->in->schema, name) ||
           BF_FAIL_WITH(p->err, BF_E_ODSQL, "Unknown field in the query q: %.*s.",
                        (int)(name.n < 200 ? name.n : 200), name.p);
}

static bool exact(struct q_parse *p, const struct call *c)
{
    if (c->n != 2)
        return wrong(p, c, "#exact(field, \"text\")");
    if (!known(p, c->args[0]))
        return false;
    records1_name(&p->out, c->args[0]);
    bf_buf_text(&p->out, " = ");
    return q_bind(p, c->args[1]);
}

static bool null(struct q_parse *p, const struct call *c)
{
    if (c->n != 1)
        return wrong(p, c, "#null(field)");
    if (!known(p, c->args[0]))
        return false;
    records1_name(&p->out, c->args[0]);
    bf_buf_text(&p->out, " is null");
    return true;
}

/* startswith(f, ?), search(f, g, ?), search(?) */
static bool text_function(struct q_parse *p, const struct call *c, const char *odsql)
{
    bf_buf_printf(&p->out, "%s(", odsql);
    if (c->n == 1)
        bf_buf_text(&p->out, "*, ");
    for (size_t i = 0; i + 1 < c->n; i++) {
        if (bf_str_eq(c->args[i], BF_STR("*"))) {
            bf_buf_text(&p->out, "*, ");
            continue;
        }
        if (!known(p, c->args[i]))
            return false;
        records1_name(&p->out, c->args[i]);
        bf_buf_text(&p->out, ", ");
    }
    bool ok = q_bind(p, c->args[c->n - 1]);
    bf_buf_char(&p->out, ')');
    return ok;
}

static bool startswith(struct q_parse *p, const struct call *c)
{
    return c->n == 2 ? text_function(p, c, "startswith")
                     : wrong(p, c, "#startswith(field, \"text\")");
}

static bool search(struct q_parse *p, const struct call *c)
{
    return c->n >= 1 ? text_function(p, c, "search") : wrong(p, c, "#search(field, \"words\")");
}

/* The field of a geometry function: its first argument, or the dataset's main one. */
static bool place_field(struct q_parse *p, const struct call *c, size_t *used, struct bf_str *field)
{
    *used = c->n > 1 && bf_schema_column(p->in->schema, c->args[0]) ? 1 : 0;
    *field = *used ? c->args[0] : p->in->geometry;
    return field->n ||
           BF_FAIL_WITH(p->err, BF_E_ODSQL, "Unknown field in the query q: #%.*s needs one.",
                        BF_STR_ARG(c->name));
}

static bool distance(struct q_parse *p, const struct call *c)
{
    static const char how[] = "#distance(field, \"latitude,longitude\", metres)";
    size_t i;
    struct bf_str field;
    if (!place_field(p, c, &i, &field))
        return false;
    if (c->n - i == 2)
        return records1_distance(&p->out, field, c->args[i], c->args[i + 1], "q", p->err);
    if (c->n - i != 3)
        return wrong(p, c, how);
    struct bf_str place = bf_arena_printf(p->in->arena, "%.*s,%.*s", BF_STR_ARG(c->args[i]),
                                          BF_STR_ARG(c->args[i + 1]));
    return records1_distance(&p->out, field, place, c->args[i + 2], "q", p->err);
}

static bool polygon(struct q_parse *p, const struct call *c)
{
    size_t i;
    struct bf_str field;
    if (!place_field(p, c, &i, &field))
        return false;
    if (c->n - i != 1)
        return wrong(p, c, "#polygon(field, \"(latitude,longitude),…\")");
    return records1_polygon(&p->out, "polygon", field, c->args[i], "q", p->err);
}

/* The geometry is WKT or GeoJSON, read here, so that only what is one gets into the condition; or a
 * polygon as #polygon() has it. */
static bool geometry(struct q_parse *p, const struct call *c)
{
    struct bf_geometry g;
    const char *why;
    if (c->n != 2 || !known(p, c->args[0]))
        return wrong(p, c, "#geometry(field, \"WKT, GeoJSON or (latitude,longitude),…\")");
    struct bf_bound_text text;
    if (bf_str_starts(bf_str_trim(c->args[1]), BF_STR("(")))
        return records1_polygon(&p->out, "intersects", c->args[0], c->args[1], "q", p->err);
    if (!bf_geometry_read(p->in->arena, c->args[1], BF_GEOMETRY_ROW_VERTICES, &g, &why))
        return BF_FAIL_WITH(p->err, BF_E_ODSQL, "The geometry in the query q cannot be read: %s.",
                            why);
    if (g.vertices > BF_MOST_VERTICES)
        return BF_FAIL_WITH(p->err, BF_E_ODSQL, "The query q: %s.",
                            bf_bound_say(&text, BF_BOUND_VERTICES, (int64_t)g.vertices, NULL));
    bf_buf_text(&p->out, "intersects(");
    records1_name(&p->out, c->args[0]);
    bf_buf_text(&p->out, ", geom'");
    bf_buf_hex(&p->out, g.ewkb.p, g.ewkb.n);
    bf_buf_text(&p->out, "')");
    return true;
}

static const struct function {
    const char *name;
    bool (*write)(struct q_parse *p, const struct call *c);
} functions[] = {
    {"exact", exact},       {"null", null},       {"startswith", startswith}, {"search", search},
    {"distance", distance}, {"polygon", polygon}, {"geometry", geometry},
};

bool q_function(struct q_parse *p)
{
    struct call call;
    if (!read_call(p, &call))
        return false;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (bf_str_eq_nocase(call.name, bf_str_of(functions[i].name)))
            return functions[i].write(p, &call);
    return BF_FAIL_WITH(p->err, BF_E_ODSQL, "Unknown function in the query q: #%.*s().",
                        (int)(call.name.n < 200 ? call.name.n : 200), call.name.p);
}

/* ---- #now(years=-1, weekday=MO(2)) ---- */

static bool lower_word(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 'a' || s.p[i] > 'z')
            return false;
    return s.n > 0 && s.n < 20;
}

/* `MO` is the next Monday, `MO(2)` the one after it, `MO(-1)` the last: ODSQL's mondays=n. */
static bool weekday(struct q_parse *p, struct bf_str value)
{
    static const char *const days[][2] = {
        {"mo", "mondays"}, {"tu", "tuesdays"},  {"we", "wednesdays"}, {"th", "thursdays"},
        {"fr", "fridays"}, {"sa", "saturdays"}, {"su", "sundays"}};
    struct bf_str n;
    int64_t count = 1;
    struct bf_str day = bf_str_cut(value, '(', &n);
    if (n.p) {
        n = bf_str_trim((struct bf_str){n.p, n.n ? n.n - 1 : 0});
        if (n.n && n.p[0] == '+')
            n = (struct bf_str){n.p + 1, n.n - 1};
        if (!bf_number_int(n, &count))
            return false;
    }
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        if (!bf_str_eq_nocase(day, bf_str_of(days[i][0])))
            continue;
        bf_buf_printf(&p->out, "%s=%lld", days[i][1], (long long)count);
        return true;
    }
    return false;
}

static bool now_argument(struct q_parse *p, struct bf_str text)
{
    struct bf_str value;
    int64_t n;
    struct bf_str name = bf_str_trim(bf_str_cut(text, '=', &value));
    value = bf_str_trim(value.p ? value : BF_STR(""));
    if (value.n && value.p[0] == '+')
        value = (struct bf_str){value.p + 1, value.n - 1};
    if (bf_str_eq(name, BF_STR("weekday")) && weekday(p, value))
        return true;
    if (!lower_word(name) || !bf_number_int(value, &n))
        return false;
    records1_name(&p->out, name); /* `or` is a name like any other, and unknown */
    bf_buf_printf(&p->out, "=%lld", (long long)n);
    return true;
}

bool q_now(struct q_parse *p)
{
    struct call call;
    if (!read_call(p, &call))
        return false;
    if (!bf_str_eq_nocase(call.name, BF_STR("now")))
        return wrong(p, &call, "#now(days=-1)");
    bf_buf_text(&p->out, "now(");
    for (size_t i = 0; i < call.n; i++) {
        bf_buf_text(&p->out, i ? ", " : "");
        if (!now_argument(p, call.args[i]))
            return wrong(p, &call, "#now(days=-1)");
    }
    bf_buf_char(&p->out, ')');
    return true;
}

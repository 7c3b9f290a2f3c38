#include "api/records1/parameters.h"

#include "api/locale.h"
#include "api/records1/table.h"
#include "http/href.h"
#include "value/number.h"

#include <string.h>

static bool refuse(struct bf_request *r, enum records1_parameter which)
{
    const struct bf_parameter *p = &records1_parameters[which];
    struct bf_str found = bf_parameter_text(r, p);
    found.n = found.n < 200 ? found.n : 200;
    return bf_parameter_refuse(r, p, found);
}

/* What is not sent is the preset of the row. The greatest is what the window allows, which has
 * words of its own. */
static bool read_integer(struct bf_request *r, enum records1_parameter which, int64_t *out)
{
    const struct bf_parameter *p = &records1_parameters[which];
    struct bf_str text = bf_str_trim(bf_parameter_text(r, p));
    if (text.n == 0) /* `rows=` is sent by forms */
        text = bf_str_of(p->preset);
    return (bf_number_int(text, out) && *out >= p->least) || refuse(r, which);
}

bool records1_whole(struct bf_request *r, enum records1_parameter which, int64_t *out)
{
    const struct bf_parameter *p = &records1_parameters[which];
    struct bf_str text = bf_str_trim(bf_parameter_text(r, p));
    if (text.n == 0 && *out >= p->least)
        return true;
    return (bf_number_int(text, out) && *out >= p->least && *out <= p->most) || refuse(r, which);
}

/* A page may have all that the window allows; `rows=-1` means that. */
static bool read_window(struct bf_request *r, struct records1 *p, enum records1_parameter rows)
{
    if (!read_integer(r, rows, &p->asked) || !read_integer(r, RECORDS1_START, &p->start))
        return false;
    p->rows = p->asked;
    if (p->start > RECORDS1_WINDOW || p->rows > RECORDS1_WINDOW ||
        p->start + p->rows > RECORDS1_WINDOW)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for sum of start + rows API parameter: %lld was found "
                            "but <= %d is expected. /api/records/1.0/download has no such limit.",
                            (long long)(p->start > RECORDS1_WINDOW || p->rows > RECORDS1_WINDOW
                                            ? (p->start > p->rows ? p->start : p->rows)
                                            : p->start + p->rows),
                            RECORDS1_WINDOW);
    if (p->rows == -1)
        p->rows = RECORDS1_WINDOW - p->start;
    return true;
}

/* ---- JSONP ---- */

/* A name that can only be a name: nothing of a script gets through. */
static bool is_callback(struct bf_str s)
{
    if (s.n == 0 || s.n > 64)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '$';
        if (!letter && !(i > 0 && ((c >= '0' && c <= '9') || c == '.')))
            return false;
    }
    return true;
}

static bool read_callback(struct bf_request *r, struct records1 *p)
{
    bool wanted = bf_str_ends(p->format, BF_STR("jsonp"));
    p->geojson = bf_str_starts(p->format, BF_STR("geojson"));
    p->callback = bf_parameter_text(r, &records1_parameters[RECORDS1_CALLBACK]);
    if (p->callback.n == 0 && !wanted)
        return true;
    if (!is_callback(p->callback))
        return refuse(r, RECORDS1_CALLBACK);
    if (r->has_key)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for callback API parameter: an answer to a key is not "
                            "given to a script of any page. Leave out the key or the callback.");
    return true;
}

static bool unknown_format(struct bf_request *r, const struct bf_parameter *p, struct bf_str found)
{
    char known[64] = "";
    size_t n = 0;
    for (size_t i = 0; p->choices[i] && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, " %s", p->choices[i]);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for format API parameter: %.*s was found but one of%s is "
                        "expected.",
                        (int)(found.n < 200 ? found.n : 200), found.p, known);
}

/* which: with the formats that there are here. */
static bool read_format(struct bf_request *r, struct records1 *p, enum records1_parameter which)
{
    const struct bf_parameter *format = &records1_parameters[which];
    bool pretty; /* white space is no data: any answer will do */
    if (!bf_parameter_boolean(r, &records1_parameters[RECORDS1_PRETTY_PRINT], &pretty))
        return false;
    p->format = bf_parameter_text(r, format);
    if (p->format.n == 0)
        p->format = bf_str_of(format->preset);
    for (size_t i = 0; format->choices[i]; i++)
        if (bf_str_eq(p->format, bf_str_of(format->choices[i])))
            return read_callback(r, p);
    return unknown_format(r, format, p->format);
}

/* ---- files ---- */

static bool is_true(struct bf_str text)
{
    return bf_str_eq_nocase(text, BF_STR("true")) || bf_str_eq(text, BF_STR("1"));
}

/* The parameters of v1 for what format/ writes: no BOM, labels when they are asked for. */
static bool read_file(struct bf_request *r, struct records1 *p)
{
    struct bf_str separator = bf_http_param(&r->http, "csv_separator");
    if (bf_str_starts(p->format, BF_STR("json")) && !bf_str_eq(p->format, BF_STR("jsonl")))
        return true;
    p->file = p->geojson ? NULL : bf_format_named(p->format);
    p->options.zone = p->zone;
    p->options.geometry.column = -1;
    p->labels = is_true(bf_http_param(&r->http, "use_labels_for_header"));
    p->options.csv.delimiter = separator.n ? separator.p[0] : ';';
    if (separator.n > 1 || !strchr(";,\t|", p->options.csv.delimiter))
        return refuse(r, RECORDS1_CSV_SEPARATOR);
    return true;
}

/* ---- the three kinds of requests ---- */

static struct records1 *state(struct bf_request *r)
{
    struct records1 *p = bf_arena_zalloc(r->arena, 1, sizeof *p);
    r->state = p;
    if (!p)
        BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    return p;
}

static bool parse_page(struct bf_request *r, enum records1_parameter format,
                       enum records1_parameter rows)
{
    struct records1 *p = state(r);
    if (!p)
        return false;
    return bf_locale_zone(r, &p->zone) && bf_locale_english(r, &p->english) &&
           read_format(r, p, format) && read_window(r, p, rows);
}

bool records1_parse_search(struct bf_request *r)
{
    return parse_page(r, RECORDS1_FORMAT_SEARCH, RECORDS1_ROWS);
}

bool records1_parse_datasets(struct bf_request *r)
{
    return parse_page(r, RECORDS1_FORMAT, RECORDS1_ROWS);
}

bool records1_parse_groups(struct bf_request *r)
{
    struct records1 *p = state(r);
    return p && bf_locale_zone(r, &p->zone) && bf_locale_english(r, &p->english) &&
           read_format(r, p, RECORDS1_FORMAT);
}

bool records1_parse_analyze(struct bf_request *r)
{
    struct records1 *p = state(r);
    return p && bf_locale_zone(r, &p->zone) && bf_locale_english(r, &p->english) &&
           read_format(r, p, RECORDS1_FORMAT_ANALYZE) && read_file(r, p);
}

bool records1_parse_all(struct bf_request *r)
{
    bool ok = records1_parse_groups(r);
    if (ok)
        ((struct records1 *)r->state)->rows = -1;
    return ok;
}

bool records1_parse_preview(struct bf_request *r)
{
    return parse_page(r, RECORDS1_FORMAT, RECORDS1_ROWS_PREVIEW);
}

bool records1_parse_download(struct bf_request *r)
{
    struct records1 *p = state(r);
    if (!p)
        return false;
    if (!bf_locale_zone(r, &p->zone) || !bf_locale_english(r, &p->english) ||
        !read_format(r, p, RECORDS1_FORMAT_DOWNLOAD) ||
        !read_integer(r, RECORDS1_ROWS_DOWNLOAD, &p->asked) ||
        !read_integer(r, RECORDS1_START_DOWNLOAD, &p->start))
        return false;
    p->rows = p->asked;
    return read_file(r, p);
}

bool records1_parse_one(struct bf_request *r)
{
    struct records1 *p = state(r);
    if (!p)
        return false;
    p->rows = 1;
    return bf_locale_zone(r, &p->zone) && bf_locale_english(r, &p->english) &&
           read_format(r, p, RECORDS1_FORMAT);
}

/* ---- repeated and dotted parameters ---- */

bool records1_dotted(const struct bf_request *r, const char *prefix, size_t *at,
                     struct bf_str *field, struct bf_str *value)
{
    size_t n = strlen(prefix);
    for (; *at < r->http.nparams; (*at)++) {
        const struct bf_param *p = &r->http.params[*at];
        if (p->name.n <= n || memcmp(p->name.p, prefix, n) != 0)
            continue;
        *field = (struct bf_str){p->name.p + n, p->name.n - n};
        *value = p->value;
        (*at)++;
        return true;
    }
    return false;
}

void records1_normal(const struct bf_request *r, struct bf_buf *out)
{
    /* The answer repeats what was sent, so it depends on every letter of it. */
    bf_href_params_told(out, &r->http);
}

/* ---- the echo ---- */

static void key(struct bf_buf *b, struct bf_str name)
{
    bf_buf_text(b, ", ");
    bf_buf_json(b, name);
    bf_buf_text(b, ": ");
}

static void echo_text(struct bf_request *r, const char *name)
{
    struct bf_str value = bf_http_param(&r->http, name);
    if (value.n == 0)
        return;
    key(&r->response.body, bf_str_of(name));
    bf_buf_json(&r->response.body, value);
}

static void echo_list(struct bf_request *r, const char *name)
{
    struct bf_buf *b = &r->response.body;
    const char *comma = "";
    for (size_t i = 0; i < r->http.nparams; i++) {
        if (!bf_str_eq(r->http.params[i].name, bf_str_of(name)))
            continue;
        if (!*comma) {
            key(b, bf_str_of(name));
            bf_buf_char(b, '[');
        }
        bf_buf_text(b, comma);
        bf_buf_json(b, r->http.params[i].value);
        comma = ", ";
    }
    if (*comma)
        bf_buf_char(b, ']');
}

/* Whether the i-th parameter is the first of its name; *more: there are others. */
static bool first_of_name(const struct bf_request *r, size_t i, bool *more)
{
    *more = false;
    for (size_t j = 0; j < r->http.nparams; j++) {
        if (j == i || !bf_str_eq(r->http.params[j].name, r->http.params[i].name))
            continue;
        if (j < i)
            return false;
        *more = true;
    }
    return true;
}

/* `"refine": {"commune": "LILLE", "etat": ["A", "B"]}` */
static void echo_dotted(struct bf_request *r, const char *name)
{
    struct bf_buf *b = &r->response.body;
    char prefix[32];
    size_t n = strlen(name);
    memcpy(prefix, name, n);
    memcpy(prefix + n, ".", 2);
    bool any = false;
    size_t at = 0;
    struct bf_str field;
    struct bf_str value;
    while (records1_dotted(r, prefix, &at, &field, &value)) {
        bool more;
        if (!first_of_name(r, at - 1, &more))
            continue;
        if (!any)
            key(b, bf_str_of(name));
        bf_buf_text(b, any ? ", " : "{");
        any = true;
        bf_buf_json(b, field);
        bf_buf_text(b, more ? ": [" : ": ");
        bf_buf_json(b, value);
        for (size_t j = at; more && j < r->http.nparams; j++) {
            if (!bf_str_eq(r->http.params[j].name, r->http.params[at - 1].name))
                continue;
            bf_buf_text(b, ", ");
            bf_buf_json(b, r->http.params[j].value);
        }
        bf_buf_text(b, more ? "]" : "");
    }
    if (any)
        bf_buf_char(b, '}');
}

void records1_echo(struct bf_request *r)
{
    static const char *const texts[] = {"q", "sort", "fields", "lang"};
    static const char *const dotted[] = {"refine", "exclude", "disjunctive", "geofilter"};
    const struct records1 *p = r->state;
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "\"parameters\": {");
    if (r->dataset) {
        bf_buf_text(b, "\"dataset\": ");
        bf_buf_json(b, r->vars[0]);
        bf_buf_text(b, ", ");
    }
    bf_buf_printf(b, "\"rows\": %lld, \"start\": %lld", (long long)p->asked, (long long)p->start);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        echo_text(r, texts[i]);
    echo_list(r, "facet");
    for (size_t i = 0; i < sizeof dotted / sizeof dotted[0]; i++)
        echo_dotted(r, dotted[i]);
    key(b, BF_STR("format"));
    bf_buf_json(b, p->format);
    key(b, BF_STR("timezone"));
    bf_buf_json(b, bf_zone_name(p->zone));
    bf_buf_char(b, '}');
}

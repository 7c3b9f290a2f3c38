#include "api/explore/cursor.h"

#include "api/explore/version.h"
#include "auth/base64url.h"
#include "http/href.h"
#include "query/walk.h"

#include <endian.h>
#include <string.h>

enum { VERSION = 1, WORDS = 6, BYTES = WORDS * 8, TEXT = BYTES * 4 / 3 };

static bool no_memory(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

/* ---- the token ------------------------------------------------------------------------------ */

/* What a cursor may not be moved away from. The pages may differ in length and in their fields. */
static uint64_t question_of(struct bf_request *r)
{
    static const char *const names[] = {"where",    "refine", "exclude",
                                        "order_by", "lang",   "timezone"};
    unsigned char digest[BF_DIGEST_BYTES];
    struct bf_str values[BF_MOST_REPEATS];
    uint64_t question;
    bf_digest_begin(r->digest);
    bf_digest_add(r->digest, r->dataset->digest, BF_DIGEST_BYTES);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = bf_http_params(&r->http, names[i], values, BF_MOST_REPEATS);
        for (size_t v = 0; v < n && v < BF_MOST_REPEATS; v++) {
            bf_digest_add(r->digest, &values[v].n, sizeof values[v].n);
            bf_digest_add(r->digest, values[v].p, values[v].n);
        }
        bf_digest_add(r->digest, &n, sizeof n);
    }
    bf_digest_end(r->digest, digest);
    memcpy(&question, digest, sizeof question);
    return question;
}

static void print_token(struct bf_request *r, const struct explore_cursor *c, struct bf_buf *out)
{
    const uint64_t words[WORDS] = {htobe64(VERSION),
                                   htobe64((uint64_t)c->commit),
                                   htobe64((uint64_t)c->instant),
                                   htobe64((uint64_t)c->total),
                                   htobe64((uint64_t)c->number),
                                   question_of(r)};
    bf_base64url_encode(out, words, sizeof words);
}

static bool read_token(struct bf_request *r, struct bf_str text, struct explore_cursor *c)
{
    uint64_t words[WORDS];
    if (text.n != TEXT ||
        bf_base64url_decode(text, (unsigned char *)words, sizeof words) != sizeof words ||
        be64toh(words[0]) != VERSION)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for cursor API parameter: %.*s was found but `*` or the "
                            "cursor of a Link header is expected.",
                            (int)(text.n < 100 ? text.n : 100), text.p);
    *c = (struct explore_cursor){.begun = true,
                                 .commit = (int64_t)be64toh(words[1]),
                                 .instant = (int64_t)be64toh(words[2]),
                                 .total = (int64_t)be64toh(words[3]),
                                 .number = (int64_t)be64toh(words[4])};
    if (words[5] == question_of(r))
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for cursor API parameter: it belongs to another question. "
                        "Follow the Link header as it is; to change where, refine, exclude, "
                        "order_by, lang or timezone, begin again with cursor=*.");
}

/* ---- the parameter -------------------------------------------------------------------------- */

static bool alone(struct bf_request *r, const char *other)
{
    if (bf_str_trim(bf_http_param(&r->http, other)).n == 0)
        return true;
    bf_err_at(&r->err, BF_STR("cursor"), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "cursor and %s exclude each other: a cursor walks through records one page "
                        "after the other.",
                        other);
}

bool explore_cursor_parse(struct bf_request *r)
{
    struct explore *x = r->state;
    struct bf_str text = bf_http_param(&r->http, "cursor");
    if (!text.p || !explore_version(r)->walks)
        return true;
    if (r->dataset && r->dataset->manifest->given)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "cursor walks through the records of one commit: those of %.*s come "
                            "from its handler at each request, and have none.",
                            BF_STR_ARG(r->dataset->manifest->id));
    x->cursor = bf_arena_zalloc(r->arena, 1, sizeof *x->cursor);
    if (!x->cursor)
        return no_memory(r);
    if (!alone(r, "offset") || !alone(r, "group_by"))
        return false;
    if (bf_str_eq(text, BF_STR("*")))
        return true;
    if (!read_token(r, text, x->cursor))
        return false;
    r->pinned = (struct bf_freshness){true, x->cursor->commit, x->cursor->instant, 0};
    return true;
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool can_walk(struct bf_request *r)
{
    if (bf_walk_possible(r->query))
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "cursor walks through records as they are: a query with aggregates or "
                        "now() has no next page.");
}

/* The state of the dataset came with the rows. */
static bool still_told(struct bf_request *r, const struct explore_cursor *c,
                       const struct bf_read *read)
{
    if (c->commit > read->commit)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for cursor API parameter: there is no commit %lld yet.",
                            (long long)c->commit);
    if (c->commit >= read->horizon)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_GONE,
                        "This cursor is too old: what the dataset was at commit %lld is not kept "
                        "any more. Begin again with cursor=*.",
                        (long long)c->commit);
}

static bool no_such_place(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for cursor API parameter: it names no record.");
}

/* What is current needs no history, when the cursor's commit is the newest one. When another one
 * came since, the rows are read once more. */
static bool read_pinned(struct bf_request *r, const struct explore_cursor *c, struct bf_rows *rows)
{
    struct bf_live_state state;
    if (bf_live_get(r->live, r->dataset->manifest->id, &state) && state.commit == c->commit) {
        bf_walk_as_of(r->query, 0);
        if (!bf_rows_read(r, BF_ROWS_PLAIN, rows))
            return false;
        if (rows->read->commit == c->commit)
            return true;
    }
    bf_walk_as_of(r->query, c->commit);
    return bf_rows_read(r, BF_ROWS_PLAIN, rows) && still_told(r, c, rows->read);
}

/* Behind the last of those that have a first key. */
static bool read_nulls(struct bf_request *r, const struct explore *x, struct explore_page *page)
{
    struct bf_walk_place nulls = {.number = x->cursor->number, .nulls = true};
    struct bf_rows rows = {0};
    int64_t left = x->limit - (int64_t)bf_read_rows(page->rows.read);
    if (left <= 0 || !bf_walk_has_nulls(r->query))
        return true;
    bf_walk_after(r->query, &nulls);
    bf_walk_limit(r->query, left);
    if (!read_pinned(r, x->cursor, &rows))
        return false;
    page->more = rows.read;
    return true;
}

static size_t rows_of(const struct explore_page *page)
{
    return bf_read_rows(page->rows.read) + (page->more ? bf_read_rows(page->more) : 0);
}

/* Behind the last record there is nothing, as there is behind one that never was. */
static bool is_place(struct bf_request *r, const struct explore_cursor *c)
{
    struct bf_sql sql;
    bf_walk_as_of(r->query, c->commit);
    if (!bf_walk_place_sql(r->query, c->number, &sql, &r->err))
        return false;
    struct bf_read *read =
        bf_read_page(r->conn, r->arena, r->dataset->manifest->id, &sql, BF_READ_NO_TOTAL, &r->err);
    if (!read || !still_told(r, c, read))
        return false;
    return bf_read_rows(read) > 0 || no_such_place(r);
}

static bool read_behind(struct bf_request *r, const struct explore *x, struct explore_page *page)
{
    const struct explore_cursor *c = x->cursor;
    struct bf_walk_place at = {.number = c->number};
    bf_walk_after(r->query, &at);
    bool ok = read_pinned(r, c, &page->rows) && read_nulls(r, x, page);
    ok = ok && (rows_of(page) > 0 || !bf_walk_has_nulls(r->query) || is_place(r, c));
    bf_walk_after(r->query, NULL);
    if (!ok)
        return false;
    page->rows.read->commit = c->commit;
    page->rows.read->instant = c->instant;
    page->rows.read->total = c->total;
    return true;
}

bool explore_cursor_read(struct bf_request *r, struct explore_page *page)
{
    struct explore *x = r->state;
    *page = (struct explore_page){.more = NULL};
    if (x->cursor && !can_walk(r))
        return false;
    x->walks = x->limit > 0 && explore_version(r)->walks && bf_walk_possible(r->query) &&
               (x->cursor || !bf_query_ranked(r->query));
    if (x->walks)
        bf_walk_begin(r->query);
    if (x->cursor && x->cursor->begun)
        return read_behind(r, x, page);
    return bf_rows_read(r, BF_ROWS_COUNTED, &page->rows);
}

/* ---- the next page -------------------------------------------------------------------------- */

static bool is_last(const struct explore *x, const struct explore_page *page)
{
    int64_t n = (int64_t)rows_of(page);
    bool begun = x->cursor && x->cursor->begun;
    return n < x->limit || (!begun && x->offset + n >= page->rows.read->total);
}

static int64_t last_number(const struct explore_page *page)
{
    struct bf_read *last = page->more && bf_read_rows(page->more) ? page->more : page->rows.read;
    return bf_cell_int(bf_read_last(last));
}

static void open_link(struct bf_request *r)
{
    static const char *const without[] = {"offset", "cursor", NULL};
    struct bf_buf *head = &r->response.head;
    bf_buf_text(head, "Link: <");
    bf_buf_text(head, r->conf->base_url);
    bf_href_path(head, r->http.path);
    bf_buf_char(head, '?');
    bf_href_params(head, &r->http, without);
    bf_buf_text(head, "cursor=");
}

void explore_cursor_link(struct bf_request *r, const struct explore_page *page)
{
    const struct explore *x = r->state;
    const struct bf_read *read = page->rows.read;
    if (!x->walks || is_last(x, page))
        return;
    struct explore_cursor next = {.commit = read->commit,
                                  .instant = read->instant,
                                  .total = read->total,
                                  .number = last_number(page)};
    open_link(r);
    print_token(r, &next, &r->response.head);
    bf_buf_text(&r->response.head, ">; rel=\"next\"\r\n");
}

void explore_cursor_point(struct bf_request *r)
{
    const struct explore *x = r->state;
    if (!x || !x->beyond || !explore_version(r)->walks || r->dataset->manifest->given)
        return;
    open_link(r);
    bf_buf_text(&r->response.head, "*>; rel=\"first\"; title=\"a walk has no window\"\r\n");
}

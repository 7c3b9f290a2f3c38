#include "api/explore/links.h"

#include "api/explore/parameters.h"
#include "http/href.h"

bool explore_links_wanted(const struct bf_request *r)
{
    return explore_version(r)->wrapped || ((const struct explore *)r->state)->links;
}

void explore_href(struct bf_request *r, const char *path)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, r->conf->base_url);
    bf_buf_text(b, explore_version(r)->root);
    bf_buf_text(b, "/catalog");
    bf_buf_text(b, path);
}

/* ---- lists ---- */

static void open_link(struct bf_request *r, const char *comma)
{
    bf_buf_text(&r->response.body, comma);
    bf_buf_text(&r->response.body, "{\"href\": \"");
}

static void close_link(struct bf_request *r, const char *rel)
{
    bf_buf_printf(&r->response.body, "\", \"rel\": \"%s\"}", rel);
}

static void page(struct bf_request *r, const char *comma, const char *rel, int64_t offset)
{
    static const char *const without[] = {"limit", "offset", NULL};
    const struct explore *x = r->state;
    struct bf_buf *b = &r->response.body;
    open_link(r, comma);
    bf_buf_text(b, r->conf->base_url);
    bf_href_path(b, r->http.path);
    bf_buf_char(b, '?');
    bf_href_params(b, &r->http, without);
    bf_buf_printf(b, "limit=%lld&offset=%lld", (long long)x->limit, (long long)offset);
    close_link(r, rel);
}

void explore_links_list(struct bf_request *r, int64_t total)
{
    const struct explore *x = r->state;
    int64_t step = x->limit > 0 ? x->limit : 1;
    int64_t last = total > 0 ? (total - 1) / step * step : 0;
    int64_t most = (EXPLORE_WINDOW - x->limit) / step * step;
    bf_buf_char(&r->response.body, '[');
    page(r, "", "self", x->offset);
    page(r, ", ", "first", 0);
    page(r, ", ", "last", last < most ? last : most);
    int64_t next = x->offset + x->limit;
    if (x->limit > 0 && next < total && next + x->limit <= EXPLORE_WINDOW)
        page(r, ", ", "next", next);
    bf_buf_char(&r->response.body, ']');
}

/* ---- one dataset, one record ---- */

static void one(struct bf_request *r, const char *comma, const char *rel, struct bf_str dataset,
                const char *below, struct bf_str record)
{
    struct bf_buf *b = &r->response.body;
    open_link(r, comma);
    explore_href(r, dataset.n ? "/datasets/" : "");
    bf_href_part(b, dataset);
    bf_buf_text(b, below);
    bf_href_part(b, record);
    close_link(r, rel);
}

static const struct bf_str none = {NULL, 0};

void explore_links_dataset(struct bf_request *r, struct bf_str dataset)
{
    bf_buf_char(&r->response.body, '[');
    one(r, "", "self", dataset, "", none);
    if (explore_version(r)->wrapped) {
        one(r, ", ", "datasets", none, "/datasets", none);
        one(r, ", ", "records", dataset, "/records", none);
        one(r, ", ", "exports", dataset, "/exports", none);
    } else {
        one(r, ", ", "catalog", none, "", none);
    }
    bf_buf_char(&r->response.body, ']');
}

void explore_links_record(struct bf_request *r, struct bf_str record_id)
{
    bool old = explore_version(r)->wrapped;
    bf_buf_char(&r->response.body, '[');
    one(r, "", "self", r->vars[0], "/records/", record_id);
    if (old)
        one(r, ", ", "datasets", none, "/datasets", none);
    one(r, ", ", "dataset", r->vars[0], "", none);
    if (!old)
        one(r, ", ", "catalog", none, "", none);
    bf_buf_char(&r->response.body, ']');
}

#include "api/price.h"

#include "api/request.h"
#include "query/demand.h"

enum {
    PAGE_ROWS = 100,
    SEARCHED_RECORDS = 50000,
    SEARCH_MOST = 4,
    SKIPPED_RECORDS = 2500,
    COUNTING_MOST = 10,
    EXPORT_ROWS = 1000
};

static int64_t begun(int64_t n, int64_t part)
{
    return (n + part - 1) / part;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Whether the handler of the dataset makes the rows of the answer. */
static bool given(const struct bf_request *r)
{
    return r->query && r->dataset && r->dataset->manifest->given && !r->dataset->records_hidden;
}

/* That there are, of a handler at most; a dataset that memory does not know is taken for a small
 * one. */
static int64_t records(const struct bf_request *r)
{
    struct bf_live_state state;
    if (!r->dataset)
        return (int64_t)r->registry->n;
    if (given(r))
        return r->conf->source_rows;
    return r->live && bf_live_get(r->live, r->dataset->manifest->id, &state) ? state.records : 0;
}

static int64_t rows_at_most(const struct bf_demand *d, int64_t all)
{
    return d->limit < 0 ? all : least(d->limit, all);
}

static int64_t of_export(const struct bf_request *r, const struct bf_demand *d, int64_t all)
{
    int64_t counting = d->summed ? (int64_t)d->keys : 0;
    if (r->http.method == BF_HEAD)
        return BF_PRICE_LEAST;
    return counting + begun(rows_at_most(d, all), EXPORT_ROWS);
}

static int64_t of_search(const struct bf_demand *d, int64_t all)
{
    return d->sifted ? least(SEARCH_MOST, all / SEARCHED_RECORDS) : 0;
}

static int64_t of_page(const struct bf_demand *d, int64_t all)
{
    int64_t rows = rows_at_most(d, all);
    return 1 + (rows > PAGE_ROWS ? begun(rows - PAGE_ROWS, PAGE_ROWS) : 0) + of_search(d, all) +
           d->offset / SKIPPED_RECORDS;
}

static int64_t of_counting(const struct bf_demand *d, int64_t all)
{
    int64_t search = least(SEARCH_MOST, all / SEARCHED_RECORDS); /* every record is looked at */
    int64_t keys = d->summed ? 1 + (int64_t)(d->keys ? d->keys : 1) : 0;
    int64_t facets = d->facets ? 1 + (int64_t)d->facets : 0;
    return least(COUNTING_MOST, (keys > facets ? keys : facets) + search);
}

static int64_t of_source(const struct bf_request *r)
{
    return given(r) ? r->dataset->manifest->cost : 0;
}

static int64_t at_least_one(int64_t price)
{
    return price < BF_PRICE_LEAST ? BF_PRICE_LEAST : price;
}

int64_t bf_price_of(const struct bf_request *r)
{
    if (r->route && r->route->flags & BF_ROUTE_UNCHARGED)
        return 0;
    if (!r->query || !r->route || r->allowance.failed)
        return BF_PRICE_LEAST;
    struct bf_demand d = bf_query_demand(r->query);
    int64_t all = records(r), price;
    if (d.one)
        price = BF_PRICE_LEAST;
    else if (r->route->flags & BF_ROUTE_EXPORT)
        price = of_export(r, &d, all);
    else if (d.summed || d.facets)
        price = of_counting(&d, all);
    else
        price = of_page(&d, all);
    return least(at_least_one(price) + of_source(r), BF_PRICE_MOST);
}

int64_t bf_price_in_the_end(const struct bf_request *r, int64_t charged)
{
    if (!r->route || !(r->route->flags & BF_ROUTE_EXPORT) || !r->query)
        return charged;
    struct bf_demand d = bf_query_demand(r->query);
    int64_t price = (d.summed ? (int64_t)d.keys : 0) + begun((int64_t)r->rows, EXPORT_ROWS);
    return least(charged, at_least_one(price) + of_source(r));
}

bool bf_price_is_next_page(const struct bf_request *r)
{
    if (!r->dataset || !r->query || !r->route || r->route->flags & BF_ROUTE_EXPORT ||
        r->allowance.failed)
        return false;
    struct bf_demand d = bf_query_demand(r->query);
    return !d.summed && !d.one && !d.facets && (d.offset > 0 || r->pinned.known);
}

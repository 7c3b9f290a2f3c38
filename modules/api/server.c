#include "api/server.h"

#include "api/access.h"
#include "api/admin/admin.h"
#include "api/explore/explore.h"
#include "api/hook.h"
#include "api/keys/jwks.h"
#include "api/keys/keys.h"
#include "api/pipeline.h"
#include "api/push/push.h"
#include "api/push/repair.h"
#include "api/records1/records1.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/self.h"
#include "http/asked.h"
#include "plugin/damage.h"
#include "store/applied.h"
#include "store/catalog.h"
#include "store/used.h"
#include "usage/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GENERATION_MEMORY = 512 << 20 };

struct bf_server {
    struct bf_server_setup setup;
    struct bf_arena *generation; /* the catalogue, the bindings */
    struct bf_registry registry; /* with what is private: see api/visibility */
    struct bf_conn *conn;
    struct bf_visibility *visibility;
    struct bf_plugins *plugins; /* of a trial: of all datasets */
    struct bf_keys *keys;
    struct bf_planbook *plans;
    struct bf_repairs *repairs;
    struct bf_router *router;
    const struct bf_route *tables[BF_SERVER_TABLES];
    struct bf_allowances allowances;
    struct bf_digest *digest;
    struct bf_buf scratch, line;
    struct bf_usage_counter usage;
    struct bf_used_marker used;
    int access_fd;
    struct bf_request request;
};

static const struct bf_prefix prefixes[] = {
    {BF_STR_INIT("/api/push/1.0/"), &bf_push_vendor_protocol},
    {BF_STR_INIT("/api/admin/"), &bf_admin_protocol},
    {BF_STR_INIT("/api/keys/"), &bf_admin_protocol},
    {BF_STR_INIT("/api/explore/v2.0/"), &bf_explore_old_protocol},
    {BF_STR_INIT("/api/v2/"), &bf_explore_old_protocol},
    {BF_STR_INIT("/api/explore/"), &bf_explore_protocol},
    {BF_STR_INIT("/api/records/1.0/"), &bf_records1_protocol},
    {BF_STR_INIT("/api/datasets/1.0/"), &bf_records1_protocol},
    {BF_STR_INIT("/explore/dataset/"), &bf_records1_protocol},
    {.protocol = NULL},
};

static bool find_change(struct bf_server *s, int64_t *change, struct bf_err *err)
{
    int64_t newest;
    if (!s->setup.newest)
        return bf_applied_newest(s->conn, change, err);
    if (!bf_applied_start(s->conn, change, &newest, err))
        return false;
    atomic_store(s->setup.newest, (uint64_t)newest);
    return true;
}

/* All of a generation settle on one: that of whoever comes first. */
static bool settle_change(struct bf_server *s, int64_t *change, struct bf_err *err)
{
    uint64_t settled = s->setup.change ? atomic_load(s->setup.change) : 0;
    if (settled == 0) {
        if (!find_change(s, change, err))
            return false;
        if (!s->setup.change ||
            atomic_compare_exchange_strong(s->setup.change, &settled, (uint64_t)*change))
            return true;
    }
    *change = (int64_t)settled;
    return true;
}

static bool load_catalog(struct bf_server *s, struct bf_err *err)
{
    size_t left_out = 0;
    int64_t change;
    char dir[BF_CONF_TEXT + 16];
    snprintf(dir, sizeof dir, "%s/handlers", s->setup.conf->run_dir);
    bf_registry_init(&s->registry, s->generation);
    if (!settle_change(s, &change, err) ||
        !bf_catalog_load_of(s->conn, &s->registry, change, &left_out, err))
        return false;
    const struct bf_plugins_setup plugins = {.dir = dir,
                                             .quarantine = s->setup.quarantine,
                                             .fuses = s->setup.fuses,
                                             .scripts = &bf_hook_maker};
    s->visibility = bf_visibility_new(s->generation, &s->registry, &plugins);
    if (s->setup.trial)
        s->plugins = bf_plugins_new(s->generation, &plugins);
    if (!s->visibility || (s->setup.trial && !s->plugins))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the catalogue");
    s->keys = bf_keys_new(s->conn, s->setup.access, err);
    s->plans = s->keys ? bf_planbook_new(s->conn, s->setup.access, err) : NULL;
    s->repairs = bf_repairs_new(&(struct bf_repair_host){
        .fuses = s->setup.fuses,
        .quarantine = s->setup.pool == BF_POOL_PUSH ? s->setup.quarantine : NULL,
        .live = s->setup.live,
        .memo = BF_REPAIR_MEMO});
    if (s->plans && !s->repairs)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the catalogue");
    return s->plans != NULL;
}

size_t bf_server_tables(struct bf_arena *a, const struct bf_route *own,
                        const struct bf_route *tables[BF_SERVER_TABLES])
{
    size_t n = 0;
    tables[n++] = bf_explore_routes;
    tables[n++] = bf_push_routes;
    tables[n++] = bf_records1_routes;
    tables[n++] = bf_explore_old_routes(a);
    if (!tables[n - 1])
        return 0;
    tables[n++] = bf_jwks_routes;
    tables[n++] = bf_admin_routes;
    if (own)
        tables[n++] = own;
    return n;
}

static bool open_parts(struct bf_server *s, struct bf_err *err)
{
    const struct bf_conf *conf = s->setup.conf;
    s->generation = bf_arena_new(GENERATION_MEMORY);
    s->digest = bf_digest_new();
    s->conn = s->setup.conn ? s->setup.conn
                            : bf_conn_new(conf, s->setup.pool == BF_POOL_PUSH ? BF_ROLE_WRITER
                                                                              : BF_ROLE_READER);
    s->request.arena = bf_arena_new((size_t)conf->request_memory_bytes);
    if (!s->generation || !s->conn || !s->request.arena)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for a worker");
    size_t tables = bf_server_tables(s->generation, s->setup.routes, s->tables);
    s->router = tables ? bf_router_new(s->generation, s->tables, tables) : NULL;
    return s->router || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for a worker");
}

static int access_log_of(const void *server)
{
    const struct bf_server *s = server;
    return s->access_fd;
}

static int log_of(const void *server)
{
    (void)server;
    return STDERR_FILENO;
}

struct bf_server *bf_server_new(const struct bf_server_setup *setup, struct bf_err *err)
{
    struct bf_server *s = calloc(1, sizeof *s);
    if (!s) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for a worker");
        return NULL;
    }
    s->setup = *setup;
    s->access_fd = -1;
    bf_buf_init(&s->scratch, 1 << 20);
    bf_buf_init(&s->line, 1 << 16);
    bf_response_init(&s->request.response);
    if (!open_parts(s, err) || !load_catalog(s, err)) {
        bf_server_free(s);
        return NULL;
    }
    bf_usage_counter_init(&s->usage, setup->usage);
    s->used.used = setup->used;
    s->allowances =
        bf_allowances_of(setup->conf, setup->rates, setup->quotas, setup->seats, setup->seat);
    if (!setup->trial)
        s->access_fd = bf_access_open(setup->conf);
    bf_self_hold(s, access_log_of);
    bf_self_hold(s, log_of);
    bf_damage_allow((size_t)(setup->conf->request_memory_bytes + setup->conf->worker_growth_bytes));
    return s;
}

void bf_server_free(struct bf_server *s)
{
    if (!s)
        return;
    bf_self_release(s);
    bf_arena_free(s->request.arena);
    bf_response_fini(&s->request.response);
    bf_visibility_free(s->visibility);
    bf_plugins_free(s->plugins);
    bf_repairs_free(s->repairs);
    if (!s->setup.conn)
        bf_conn_free(s->conn);
    bf_planbook_free(s->plans);
    bf_keys_free(s->keys);
    bf_digest_free(s->digest);
    bf_arena_free(s->generation);
    bf_buf_fini(&s->scratch);
    bf_buf_fini(&s->line);
    if (s->access_fd >= 0)
        close(s->access_fd);
    free(s);
}

bool bf_server_over_network(const struct bf_server *s)
{
    return bf_conn_over_network(s->conn);
}

/* ---- one request ---- */

static void begin(struct bf_server *s, struct bf_http_io *io)
{
    struct bf_request *r = &s->request;
    r->conf = s->setup.conf;
    r->build = BF_BUILD_ID;
    r->whole = &s->registry;
    r->visibility = s->visibility;
    r->view = bf_visibility_of(s->visibility, NULL);
    r->registry = &r->view->registry;
    r->router = s->router;
    r->prefixes = prefixes;
    r->keys = s->keys;
    r->digest = s->digest;
    r->scratch = &s->scratch;
    r->conn = s->conn;
    r->signer = s->setup.signer;
    r->live = s->setup.live;
    r->hot = s->setup.hot;
    r->allowances = s->allowances;
    r->plans = s->plans;
    r->repairs = s->repairs;
    r->crew = s->setup.crew;
    r->owner = s->setup.owner;
    r->http = (struct bf_http_request){.io = io};
    bf_err_clear(&r->err);
    bf_conn_watch(s->conn, io->fd);
}

/* Those who run the server look at it all the time: that is no use of the data. */
static void count(struct bf_server *s, const struct bf_outcome *out)
{
    const struct bf_request *r = &s->request;
    if (r->route && r->route->flags & (BF_ROUTE_QUIET | BF_ROUTE_ADMIN))
        return;
    const struct bf_usage_event event = {.dataset =
                                             r->dataset ? r->dataset->manifest->id : BF_STR(""),
                                         .route = r->route ? r->route->name : "none",
                                         .user_agent = r->http.user_agent,
                                         .key = r->has_key,
                                         .unchanged = out->status == 304,
                                         .failed = out->status >= 400 || out->broken,
                                         .rows = out->rows,
                                         .bytes = out->bytes};
    bf_usage_count(&s->usage, &event, r->step_us[BF_STEP_FINISH]);
}

/* A parameter that has no business in a read may hold a key all the same. */
static bool may_hold_key(const struct bf_http_request *http)
{
    static const char *const names[] = {"apikey", "access_token", "pushkey"};
    struct bf_str value;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (bf_http_params(http, names[i], &value, 1))
            return true;
    return http->authorization.p != NULL;
}

/* A read that everybody may ask, and that was worth its work: what came from memory, or was
 * refused, tries nothing. */
static bool worth_asking_again(const struct bf_server *s)
{
    const struct bf_request *r = &s->request;
    return s->setup.asked && s->setup.pool == BF_POOL_READ && r->dataset && !r->has_key &&
           !r->answered && r->http.method == BF_GET && r->response.status == 200 && r->etag[0] &&
           !r->response.broken && !may_hold_key(&r->http) &&
           !bf_server_hides(s, r->dataset->manifest->id);
}

static void remember(const struct bf_server *s, const char *const *env)
{
    static const struct bf_str name = BF_STR_INIT("REQUEST_URI=");
    for (; *env; env++) {
        struct bf_str line = bf_str_of(*env);
        if (bf_str_starts(line, name))
            bf_asked_note(s->setup.asked, s->request.dataset->manifest->id,
                          (struct bf_str){line.p + name.n, line.n - name.n});
    }
}

void bf_server_handle(struct bf_server *s, const char *const *env, struct bf_http_io *io,
                      struct bf_outcome *out)
{
    struct bf_request *r = &s->request;
    begin(s, io);
    bf_pipeline_run(r, env);
    *out = (struct bf_outcome){.route = r->route,
                               .status = r->response.status,
                               .rows = r->rows,
                               .bytes = r->response.no_body ? 0 : r->response.bytes,
                               .total_us = r->step_us[BF_STEP_FINISH] - r->started_us,
                               .broken = r->response.broken,
                               .hot = r->from_memory,
                               .hooked = r->binding != NULL,
                               .commit = r->etag[0] ? r->freshness.commit : 0};
    count(s, out);
    if (worth_asking_again(s))
        remember(s, env);
    if (r->has_key)
        bf_used_mark(&s->used, r->claims.jti, r->step_us[BF_STEP_FINISH]);
}

static void log_failure(const struct bf_request *r)
{
    const struct bf_err *e = &r->err;
    if (e->http < 500 || e->code == BF_E_BUSY) /* there are many of these, and none is a failure */
        return;
    bf_log(e->code == BF_E_UNAVAILABLE ? BF_LOG_WARNING : BF_LOG_ERROR, "request.failed",
           "id=%.*s route=%s code=%s sqlstate=%s at=%s:%d %s", BF_STR_ARG(r->http.id),
           r->route ? r->route->name : "none", bf_code_info(e->code)->name, e->sqlstate, e->file,
           e->line, e->detail);
}

void bf_server_reset(struct bf_server *s)
{
    struct bf_request *r = &s->request;
    if (bf_err_is_set(&r->err))
        log_failure(r);
    bf_access_record(r, s->access_fd, &s->line);
    bf_conn_watch(s->conn, -1);
    bf_request_reset(r);
}

/* ---- what others ask ---- */

bool bf_server_hides(const struct bf_server *s, struct bf_str dataset)
{
    const struct bf_entry *entry = bf_registry_find(&s->registry, dataset);
    const struct bf_manifest *m = entry ? entry->manifest : NULL;
    return !m || m->requires.n || m->records_require.n || m->partial;
}

bool bf_server_open(struct bf_server *s, struct bf_str dataset, const char **out)
{
    const struct bf_entry *entry = bf_registry_find(&s->registry, dataset);
    struct bf_binding *b = entry && s->plugins ? bf_plugins_bind(s->plugins, entry) : NULL;
    *out = b ? bf_binding_open(b) : NULL;
    return b != NULL;
}

bool bf_server_rehearse(struct bf_server *s, struct bf_str dataset, struct bf_str lines,
                        struct bf_rehearsed out[BF_CAME_RECORDS], struct bf_err *err)
{
    const struct bf_rehearsal rehearsal = {.conn = s->conn,
                                           .registry = &s->registry,
                                           .entry = bf_registry_find(&s->registry, dataset),
                                           .lines = lines,
                                           .record_max = (size_t)s->setup.conf->record_max_bytes};
    if (!rehearsal.entry)
        return BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "There is no such dataset.");
    return bf_conn_ready(s->conn, err) && bf_rehearse(&rehearsal, out, err);
}

const struct bf_route *bf_server_route(const struct bf_server *s, size_t n)
{
    for (size_t t = 0; t < BF_SERVER_TABLES; t++)
        for (const struct bf_route *route = s->tables[t]; route && route->name; route++)
            if (n-- == 0)
                return route;
    return NULL;
}

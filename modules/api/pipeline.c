#include "api/pipeline.h"

#include "api/allowance.h"
#include "api/answer.h"
#include "api/conditional.h"
#include "api/keys/credential.h"
#include "api/keys/guesses.h"
#include "api/shed.h"
#include "api/slow.h"
#include "api/source.h"
#include "core/clock.h"
#include "http/form.h"

static bool out_of_memory(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

/* ---- route ---- */

static bool method_not_allowed(struct bf_request *r, unsigned allowed)
{
    if (r->http.method == BF_OPTIONS) {
        bf_answer_options(r, allowed);
        return true;
    }
    r->allowed = allowed;
    return BF_FAIL_WITH(
        &r->err, BF_E_METHOD, "This address answers %s%s%s.", allowed & BF_GET ? "GET, HEAD" : "",
        allowed & BF_GET && allowed & BF_POST ? ", " : "", allowed & BF_POST ? "POST" : "");
}

static bool name_dataset(struct bf_request *r)
{
    size_t n = bf_http_params(&r->http, "dataset", r->vars, 1);
    if (n == 1 && r->vars[0].n)
        return true;
    bf_err_at(&r->err, BF_STR("dataset"), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "The parameter dataset is needed once: the id of a dataset.");
}

static const struct bf_protocol *protocol_of(const struct bf_request *r)
{
    for (const struct bf_prefix *p = r->prefixes; p->protocol; p++)
        if (bf_str_starts(r->http.path, p->prefix))
            return p->protocol;
    return NULL;
}

static bool route(struct bf_request *r)
{
    unsigned allowed;
    r->route = bf_router_find(r->router, r->http.method, r->http.path, r->vars, &allowed);
    r->response.no_body = r->http.method == BF_HEAD;
    if (!r->route && allowed)
        return method_not_allowed(r, allowed);
    if (!r->route)
        return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_URI, "The requested URI does not exist.");
    if (r->route->flags & BF_ROUTE_FORM && r->http.method == BF_POST &&
        !bf_http_form_read(&r->http, r->arena, &r->err))
        return false;
    return !(r->route->flags & BF_ROUTE_DATASET_PARAM) || name_dataset(r);
}

/* ---- identify ---- */

static bool identify(struct bf_request *r)
{
    struct bf_str token;
    if (!bf_credential_find(&r->http, r->route->flags & BF_ROUTE_PUSH, &token, &r->err))
        return false;
    if (token.n == 0)
        return true;
    if (!bf_guesses_allow(r, token))
        return false;
    r->has_key = bf_keys_verify(r->keys, r->arena, token, &r->claims, &r->err);
    if (!r->has_key && r->err.code == BF_E_UNAUTHORIZED)
        bf_guesses_count(r);
    return r->has_key;
}

/* ---- see ---- */

/* Who may push to a dataset knows all of it. */
static const struct bf_entry *find_pushed(const struct bf_request *r)
{
    const struct bf_entry *found = bf_registry_find(r->whole, r->vars[0]);
    bool may =
        found && r->has_key && bf_claims_allow(&r->claims, BF_STR("push"), found->manifest->id);
    return may ? found : NULL;
}

static bool find_dataset(struct bf_request *r)
{
    bool push = r->route->flags & BF_ROUTE_PUSH;
    r->dataset = push ? find_pushed(r) : NULL;
    if (!r->dataset)
        r->dataset = bf_registry_find(r->registry, r->vars[0]);
    if (!r->dataset)
        return bf_request_no_dataset(r);
    if (!push)
        r->binding = bf_plugins_bind(r->view->plugins, r->dataset);
    return true;
}

static bool see(struct bf_request *r)
{
    r->view = bf_visibility_of(r->visibility, r->has_key ? &r->claims : NULL);
    if (!r->view)
        return out_of_memory(r);
    r->registry = &r->view->registry;
    if (r->route->flags & (BF_ROUTE_DATASET | BF_ROUTE_DATASET_PARAM) && !find_dataset(r))
        return false;
    return bf_narrowed_settle(r);
}

/* ---- limit ---- */

static bool limit(struct bf_request *r)
{
    int64_t most = r->route->flags & BF_ROUTE_PUSH ? r->conf->push_max_bytes : 1 << 20;
    if (r->http.content_length > most)
        return BF_FAIL_WITH(&r->err, BF_E_TOO_LARGE,
                            "The body has %lld bytes, but at most %lld are accepted here.",
                            (long long)r->http.content_length, (long long)most);
    bool may = bf_allowance_look(r);
    bf_shed_meet(r);
    return may;
}

/* ---- the protocol's own steps ---- */

static bool parse(struct bf_request *r)
{
    return !r->route->parse || r->route->parse(r);
}

static bool build(struct bf_request *r)
{
    return !r->route->build || r->route->build(r);
}

static bool execute(struct bf_request *r)
{
    bool ok = bf_shed(r) && bf_source_read(r) && r->route->execute(r);
    bf_slow_explain(r);
    return ok;
}

/* ---- authorise ---- */

static bool may_read(struct bf_request *r)
{
    bool reads = r->dataset && r->route->flags & BF_ROUTE_QUERY;
    if (!reads || !r->dataset->records_hidden || r->route->flags & BF_ROUTE_WITHOUT_RECORDS)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN,
                        "You don't have permission to access the requested resource");
}

/* The addresses of api/admin. */
static bool authorise_holder(struct bf_request *r)
{
    bool admin = r->route->flags & BF_ROUTE_ADMIN;
    if (!r->has_key)
        return BF_FAIL_WITH(&r->err, BF_E_UNAUTHORIZED,
                            "This address needs a key%s, as `Authorization: Bearer <key>`.",
                            admin ? " with the scope admin" : "");
    if (admin && !bf_claims_allow(&r->claims, BF_STR("admin"), (struct bf_str){NULL, 0}))
        return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN, "This key does not have the scope admin.");
    return true;
}

static bool authorise(struct bf_request *r)
{
    if (r->route->flags & BF_ROUTE_KEY)
        return authorise_holder(r);
    if (!(r->route->flags & BF_ROUTE_PUSH))
        return may_read(r);
    struct bf_str dataset = r->dataset->manifest->id;
    if (!r->has_key)
        return BF_FAIL_WITH(&r->err, BF_E_UNAUTHORIZED,
                            "A push needs a key with the scope push:%.*s, as `Authorization: "
                            "Bearer <key>` or `?pushkey=<key>`.",
                            BF_STR_ARG(dataset));
    if (!bf_claims_allow(&r->claims, BF_STR("push"), dataset))
        return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN, "This key does not have the scope push:%.*s.",
                            BF_STR_ARG(dataset));
    if (r->dataset->manifest->given)
        return BF_FAIL_WITH(&r->err, BF_E_CONFLICT,
                            "The records of %.*s come from its handler at each request: nothing "
                            "can be pushed to it.",
                            BF_STR_ARG(dataset));
    return bf_narrowed_push(r);
}

/* ---- check, charge, rewrite ---- */

static bool check(struct bf_request *r)
{
    return !r->query || bf_query_check(r->query, r->schema, &r->err);
}

/* A quota that is used up, or cannot be counted, does not refuse what costs nothing: whether the
 * client has the answer already is known one step later. */
static bool may_be_unchanged(struct bf_request *r)
{
    bool asked = r->http.if_none_match.n || r->http.if_modified_since.n;
    if (r->err.code == BF_E_RATE || !asked || !(r->route->flags & BF_ROUTE_CACHEABLE))
        return false;
    bf_err_clear(&r->err);
    r->allowance.spent = true;
    return true;
}

static bool charge(struct bf_request *r)
{
    if (!bf_allowance_take(r))
        return may_be_unchanged(r);
    if (r->http.dry_run)
        bf_answer_price(r);
    return true;
}

static bool rewrite(struct bf_request *r)
{
    if (!bf_narrowed_rewrite(r))
        return false;
    if (!r->binding || !r->query)
        return true;
    struct bf_hook_request hook = bf_request_hook(r);
    return bf_binding_rewrite(r->binding, &hook) && bf_binding_prepare_rows(r->binding, &hook) &&
           bf_source_open(r);
}

/* ---- conditional ---- */

static bool conditional(struct bf_request *r)
{
    if (!(r->route->flags & BF_ROUTE_CACHEABLE))
        return true;
    enum bf_known_answer known;
    if (!bf_conditional(r, &known))
        return false;
    if (known == BF_ANSWER_SAME)
        bf_answer_not_modified(r);
    else if (r->allowance.spent && !bf_allowance_take(r))
        return false;
    else if (known == BF_ANSWER_HOT)
        bf_answer_hot(r);
    return true;
}

/* false: r->err is set. accept reads the environment and finish sends: see bf_pipeline_run. */
static bool (*const steps[BF_STEPS])(struct bf_request *r) = {
    [BF_STEP_ROUTE] = route,
    [BF_STEP_IDENTIFY] = identify,
    [BF_STEP_SEE] = see,
    [BF_STEP_LIMIT] = limit,
    [BF_STEP_PARSE] = parse,
    [BF_STEP_BUILD] = build,
    [BF_STEP_AUTHORISE] = authorise,
    [BF_STEP_CHECK] = check,
    [BF_STEP_CHARGE] = charge,
    [BF_STEP_REWRITE] = rewrite,
    [BF_STEP_CONDITIONAL] = conditional,
    [BF_STEP_EXECUTE] = execute,
};

/* What is not there, keys that are none and queries that cannot be read are counted as well, and
 * may be answered by 429. What is our own fault is not, but a query that took too long was asked
 * for. */
static void count_failure(struct bf_request *r)
{
    struct bf_err why = r->err;
    r->allowance.failed = true;
    if (why.http >= 500 && why.code != BF_E_TIMEOUT)
        bf_allowance_give_back(r, 0);
    if (r->allowance.charged || why.http >= 500 || why.code == BF_E_RATE || why.code == BF_E_QUOTA)
        return;
    bf_err_clear(&r->err);
    if (bf_allowance_take(r))
        r->err = why;
}

static bool run_steps(struct bf_request *r)
{
    for (int i = BF_STEP_ROUTE; i < BF_STEP_FINISH && !r->answered; i++) {
        bool ok = steps[i](r);
        if (!ok)
            count_failure(r);
        r->step_us[i] = bf_clock_mono_us();
        if (!ok)
            return false;
        if (bf_arena_failed(r->arena))
            return out_of_memory(r);
    }
    return true;
}

/* The handler's last word, whatever became of the request; before the answer leaves whole, so that
 * it may still fail it. */
static bool run_finish_hook(struct bf_request *r)
{
    if (!r->binding || !r->query)
        return true;
    struct bf_hook_request hook = bf_request_hook(r);
    return bf_binding_finish(r->binding, &hook);
}

void bf_pipeline_run(struct bf_request *r, const char *const *env)
{
    r->started_us = bf_clock_mono_us();
    bool ok = bf_http_request_read(&r->http, r->arena, env, r->http.io, &r->err);
    r->fallback = protocol_of(r); /* also of what could not be read to its end */
    r->step_us[BF_STEP_ACCEPT] = bf_clock_mono_us();
    ok = ok && run_steps(r);
    ok = run_finish_hook(r) && ok;
    if (!ok)
        bf_answer_error(r);
    else
        bf_conditional_keep(r);
    if (!r->response.broken && !bf_response_finish(&r->response, r->http.io)) {
        r->response.broken = true;
        BF_FAIL_WITH(&r->err, BF_E_ABORTED, "The client closed the connection.");
    }
    bf_allowance_end(r);
    r->step_us[BF_STEP_FINISH] = bf_clock_mono_us();
}

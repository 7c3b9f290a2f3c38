#include "store/sqlstate.h"

#include "query/bound.h"

#include <stdio.h>
#include <string.h>

struct rule {
    const char *prefix; /* of the SQLSTATE; the first that fits wins */
    enum bf_code code;
    int retry_after_s;
    const char *message;
};

static const char away[] =
    "The database cannot be reached at the moment. Please try again shortly.";
static const char slow[] = "The query took too long. Narrow it down, or use an export.";
static const char full[] = "There is no room to write at the moment. Nothing was written.";

static const struct rule rules[] = {
    {"57014", BF_E_TIMEOUT, 5, slow}, /* query_canceled: statement_timeout */
    {"55P03", BF_E_TIMEOUT, 1, slow}, /* lock_not_available */
    {"25P03", BF_E_TIMEOUT, 1, slow}, /* idle_in_transaction_session_timeout */
    {"57P", BF_E_UNAVAILABLE, 1, away},
    {"08", BF_E_UNAVAILABLE, 1, away},
    {"53300", BF_E_UNAVAILABLE, 1, away}, /* too_many_connections */
    {"53100", BF_E_STORAGE, 60, full},
    {"53", BF_E_UNAVAILABLE, 5, away},
    {"40", BF_E_UNAVAILABLE, 1, "Another change came between. Please try again."},
    {"58", BF_E_UNAVAILABLE, 5, away},
    {"BF001", BF_E_ODSQL, 0, NULL}, /* catalog.too_many_cells */
    {"", BF_E_INTERNAL, 0,
     "Something failed inside the server. The request id names the log entry."},
};

/* What catalog.too_many_cells says: how many there are, and a zoom. */
static bool too_many_cells(struct bf_err *err, const char *text)
{
    long long found = -1;
    long long zoom = -1;
    char cheaper[100];
    struct bf_bound_text say;
    const char *numbers = text ? strpbrk(text, "0123456789") : NULL;
    if (numbers)
        sscanf(numbers, "%lld %lld", &found, &zoom);
    snprintf(cheaper, sizeof cheaper,
             "zoom %lld makes few enough, or look at a part of the map with in_bbox()", zoom);
    return BF_FAIL_WITH(err, BF_E_ODSQL,
                        "ODSQL query is malformed: %s. Clause(s) containing the error(s): "
                        "group_by.",
                        bf_bound_say(&say, BF_BOUND_CELLS, found, zoom < 0 ? NULL : cheaper));
}

void bf_sqlstate_error(struct bf_err *err, const char *state, const char *text)
{
    const struct rule *r = rules;
    while (strncmp(state, r->prefix, strlen(r->prefix)) != 0)
        r++;
    if (bf_err_is_set(err))
        return;
    if (r->code == BF_E_ODSQL)
        too_many_cells(err, text);
    else
        BF_FAIL_WITH(err, r->code, "%s", r->message);
    err->retry_after_s = r->retry_after_s;
    snprintf(err->sqlstate, sizeof err->sqlstate, "%s", state);
    bf_err_detail(err, "%s", text ? text : "");
}

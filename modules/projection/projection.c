#include "projection/projection.h"

#include <math.h>
#include <proj.h>
#include <stdio.h>
#include <string.h>

/* PROJ's confidence in percent: 90 is the same definition under another name, 70 a name that fits
 * and parameters that nearly do, 25 a guess. */
enum { NAME = 24, CODE = 6, CERTAIN = 70 };

#define WGS84 "EPSG:4326"

struct bf_projection {
    PJ_CONTEXT *context;
    PJ *change;             /* NULL: nothing to compute */
    struct bf_xy low, high; /* where it may be used */
    char name[NAME];
};

static void release(void *what)
{
    struct bf_projection *p = what;
    proj_destroy(p->change);
    proj_context_destroy(p->context);
}

/* What PROJ has to say of the bytes of others goes nowhere. */
static void keep_quiet(void *self, int level, const char *text)
{
    (void)self;
    (void)level;
    (void)text;
}

static struct bf_projection *new_projection(struct bf_arena *a, struct bf_err *err)
{
    struct bf_projection *p = bf_arena_zalloc(a, 1, sizeof *p);
    if (p)
        p->context = proj_context_create();
    if (!p || !p->context || !bf_defer(a, release, p)) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to compute coordinates");
        return NULL;
    }
    proj_log_func(p->context, NULL, keep_quiet);
    proj_context_set_enable_network(p->context, 0);
    return p;
}

bool bf_projection_is_name(struct bf_str name)
{
    static const struct bf_str authority = BF_STR_INIT("EPSG:");
    bool ok =
        bf_str_starts(name, authority) && name.n > authority.n && name.n <= authority.n + CODE;
    for (size_t i = authority.n; ok && i < name.n; i++)
        ok = name.p[i] >= '0' && name.p[i] <= '9';
    return ok;
}

/* ---- which system it is -------------------------------------------------------------------- */

/* The plane part: of a compound system its first one, of one that is bound to a shift the system
 * itself. Takes the PJ that is given. */
static PJ *plane_of(PJ_CONTEXT *context, PJ *system)
{
    for (int depth = 0; system && depth < 4; depth++) {
        PJ *inner;
        if (proj_get_type(system) == PJ_TYPE_COMPOUND_CRS)
            inner = proj_crs_get_sub_crs(context, system, 0);
        else if (proj_get_type(system) == PJ_TYPE_BOUND_CRS)
            inner = proj_get_source_crs(context, system);
        else
            break;
        proj_destroy(system);
        system = inner;
    }
    return system;
}

static bool is_plane(const PJ *system)
{
    PJ_TYPE type = proj_get_type(system);
    return type == PJ_TYPE_PROJECTED_CRS || type == PJ_TYPE_GEOGRAPHIC_2D_CRS ||
           type == PJ_TYPE_GEOGRAPHIC_3D_CRS;
}

/* The one system of EPSG that it surely is. */
static bool identify(struct bf_projection *p, const PJ *system)
{
    int *confidence = NULL;
    PJ_OBJ_LIST *list = proj_identify(p->context, system, "EPSG", NULL, &confidence);
    int n = list ? proj_list_get_count(list) : 0;
    bool sure = n > 0 && confidence[0] >= CERTAIN && (n == 1 || confidence[1] < confidence[0]);
    PJ *found = sure ? proj_list_get(p->context, list, 0) : NULL;
    const char *code = found ? proj_get_id_code(found, 0) : NULL;
    if (code && strlen(code) <= CODE)
        snprintf(p->name, sizeof p->name, "EPSG:%s", code);
    proj_destroy(found);
    proj_int_list_destroy(confidence);
    proj_list_destroy(list);
    return p->name[0] != '\0';
}

/* ---- opening ------------------------------------------------------------------------------- */

/* Without "ballpark" operations: they ignore that two systems stand elsewhere, by hundreds of
 * metres. */
static bool open_change(struct bf_projection *p, PJ *system)
{
    static const char *const exact[] = {"ALLOW_BALLPARK=NO", NULL};
    PJ *degrees = proj_create_from_database(p->context, "EPSG", "4326", PJ_CATEGORY_CRS, 0, NULL);
    PJ *change = NULL;
    if (degrees)
        change = proj_create_crs_to_crs_from_pj(p->context, system, degrees, NULL, exact);
    if (change)
        p->change = proj_normalize_for_visualization(p->context, change);
    proj_destroy(change);
    proj_destroy(degrees);
    return p->change != NULL;
}

/* Where EPSG says that the system is used, and as far again on each side: a file in another system
 * than somebody says lands on another continent. */
static void find_area(struct bf_projection *p, const PJ *system)
{
    double west = -180, south = -90, east = 180, north = 90;
    if (!proj_get_area_of_use(p->context, system, &west, &south, &east, &north, NULL) ||
        west >= east || south >= north || west < -180)
        return;
    p->low = (struct bf_xy){fmax(-180, 2 * west - east), fmax(-90, 2 * south - north)};
    p->high = (struct bf_xy){fmin(180, 2 * east - west), fmin(90, 2 * north - south)};
}

/* When PROJ finds nothing because it has nothing to look in, the name is not at fault. */
static bool has_database(const struct bf_projection *p, struct bf_err *err)
{
    return proj_context_get_database_path(p->context) ||
           BF_FAIL_WITH(err, BF_E_INTERNAL,
                        "The reference systems of PROJ (proj.db, of Debian's proj-data) are not "
                        "on this machine.");
}

static bool open_named(struct bf_projection *p, struct bf_err *err)
{
    p->low = (struct bf_xy){-180, -90};
    p->high = (struct bf_xy){180, 90};
    if (strcmp(p->name, WGS84) == 0)
        return true;
    if (!has_database(p, err))
        return false;
    PJ *system = plane_of(p->context, proj_create_from_database(p->context, "EPSG",
                                                                p->name + sizeof "EPSG:" - 1,
                                                                PJ_CATEGORY_CRS, 0, NULL));
    bool ok = system && is_plane(system) && open_change(p, system);
    if (!ok)
        BF_FAIL_WITH(err, BF_E_PARAMETER,
                     "%s is no reference system that leads to longitude and latitude.", p->name);
    else
        find_area(p, system);
    proj_destroy(system);
    return ok;
}

struct bf_projection *bf_projection_of(struct bf_arena *a, struct bf_str name, struct bf_err *err)
{
    if (!bf_projection_is_name(name)) {
        BF_FAIL_WITH(err, BF_E_PARAMETER,
                     "A reference system is named by its number at EPSG, such as EPSG:2154.");
        return NULL;
    }
    struct bf_projection *p = new_projection(a, err);
    if (!p)
        return NULL;
    snprintf(p->name, sizeof p->name, "%.*s", BF_STR_ARG(name));
    return open_named(p, err) ? p : NULL;
}

static bool not_known(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY,
                        "The .prj tells no reference system that EPSG has: name it in \"crs\", "
                        "such as EPSG:2154.");
}

struct bf_projection *bf_projection_of_wkt(struct bf_arena *a, struct bf_str wkt,
                                           struct bf_err *err)
{
    if (wkt.n > BF_PROJECTION_WKT || !bf_str_is_utf8(wkt)) {
        not_known(err);
        return NULL;
    }
    struct bf_projection *p = new_projection(a, err);
    struct bf_str text = p ? bf_arena_dup(a, wkt) : (struct bf_str){NULL, 0};
    if (!text.p) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to compute coordinates");
        return NULL;
    }
    if (!has_database(p, err))
        return NULL;
    PJ *system = plane_of(p->context, proj_create_from_wkt(p->context, text.p, NULL, NULL, NULL));
    bool known = system && is_plane(system) && identify(p, system);
    proj_destroy(system);
    if (!known)
        not_known(err);
    return known && open_named(p, err) ? p : NULL;
}

const char *bf_projection_name(const struct bf_projection *p)
{
    return p->name;
}

/* ---- computing ----------------------------------------------------------------------------- */

/* To 1e-11 degrees. */
static void round_off(struct bf_xy *points, size_t n)
{
    for (size_t i = 0; i < n; i++)
        points[i] = (struct bf_xy){nearbyint(points[i].x * 1e11) / 1e11,
                                   nearbyint(points[i].y * 1e11) / 1e11};
}

/* Not so what is no number. */
static bool is_near(const struct bf_projection *p, struct bf_xy q)
{
    return q.x >= p->low.x && q.x <= p->high.x && q.y >= p->low.y && q.y <= p->high.y;
}

bool bf_projection_to_degrees(struct bf_projection *p, struct bf_xy *points, size_t n, size_t *at)
{
    size_t step = sizeof *points;
    if (p->change && n) {
        proj_trans_generic(p->change, PJ_FWD, &points->x, step, n, &points->y, step, n, NULL, 0, 0,
                           NULL, 0, 0);
        round_off(points, n);
    }
    for (*at = 0; *at < n; ++*at)
        if (!is_near(p, points[*at]))
            return false;
    return true;
}

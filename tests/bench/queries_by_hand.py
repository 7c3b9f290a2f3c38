"""The queries of tests/bench/queries.py: what the server is asked, and the same question as hand-written SQL.

A statement may use what somebody knows who writes it for this one dataset: its words, its indexes, its values. `shape` and
`columns` are those of tests/bench/floor.c.
"""
import base64
import dataclasses
import re
import struct
import typing

TABLE = 'data."million" AS t'
PAST = 'past."million" AS t'
WORDS = "catalog.words(coalesce(t.nom, '') || ' ' || coalesce(t.commune, '') || ' ' || coalesce(t.categorie, '')" \
        " || ' ' || coalesce(t.operateur, ''))"
SHOWN = "id,nom,commune"
SHOWN_COLUMNS = "id:i,nom:t,commune:t"


def unchanged(answer):
    return answer


@dataclasses.dataclass
class Query:
    name: str
    parameters: dict
    sql: str
    columns: str = SHOWN_COLUMNS
    shape: str = "list"
    path: str = "records"
    ours: typing.Callable = unchanged  # the values that are compared
    theirs: typing.Callable = unchanged
    follow: typing.Optional[typing.Callable] = None  # (client, path): the address that is measured
    page: str = ""  # the parameter that is another one each time


# ---- pages of records

def page(where, order="t._seq", offset=0):
    condition = f"WHERE {where}" if where else ""
    total = f"count(*) FROM {TABLE} {condition}" if where else "records FROM catalog.state WHERE dataset = 'million'"
    return (f"SELECT (SELECT {total}), t.id, t.nom, t.commune FROM {TABLE} {condition} "
            f"ORDER BY {order} LIMIT 10 OFFSET {offset}")


def records(name, where, sql, **more):
    return Query(name, {"select": SHOWN, "where": where, **more}, sql)


def words(name, where, query, exactly=None, order="t._seq", **more):
    """exactly: what the rows hold that come first."""
    condition = f"{WORDS} @@ '{query}'::tsquery"
    if exactly:
        order = f"(t._seq IN (SELECT t._seq FROM {TABLE} WHERE {WORDS} @@ '{exactly}'::tsquery)) DESC, {order}"
    return records(name, where, page(condition, order), **more)


LILLE = "ST_SetSRID(ST_MakePoint(3.06, 50.63), 4326)"
BOX = (f"(t.geo && ST_MakeEnvelope(3.05, 50.62, 3.07, 50.64, 4326) AND ST_X(t.geo) BETWEEN 3.05 AND 3.07 "
       "AND ST_Y(t.geo) BETWEEN 50.62 AND 50.64)")
# 500 m are at most 0.0072 degrees of longitude and 0.0046 of latitude here.
NEAR = (f"t.geo && ST_Expand({LILLE}, 0.0072, 0.0046) AND ST_DistanceSphere(t.geo, {LILLE}) <= 500")
# The index knows degrees, not metres: no farther than the farthest of ten candidates is the tenth.
NEAREST = (f"SELECT 1000000::bigint, t.id, t.nom, t.commune FROM {TABLE}, "
           f"(SELECT max(ST_DistanceSphere(c.geo, {LILLE})) AS m FROM (SELECT t.geo FROM {TABLE} ORDER BY t.geo <-> {LILLE} "
           f"LIMIT 10) AS c) AS r WHERE t.geo && ST_Expand({LILLE}, r.m / 70000, r.m / 110000) "
           f"ORDER BY ST_DistanceSphere(t.geo, {LILLE}), t._seq LIMIT 10")

PAGES = [
    records("filter on an indexed field", 'commune="Commune 40"', page("t.commune = 'Commune 40'")),
    records("filter on two fields", 'categorie="Eau" and nombre<100', page("t.categorie = 'Eau' AND t.nombre < 100")),
    records("range of numbers", "nombre>=100 and nombre<120", page("t.nombre >= 100 AND t.nombre < 120")),
    records("range of dates, newest first", "vu>=date'2024-01-01' and vu<date'2024-07-01'",
            page("t.vu >= '2024-01-01T00:00:00Z' AND t.vu < '2024-07-01T00:00:00Z'", "t.vu DESC, t._seq"), order_by="-vu"),
    records("bounding box", "in_bbox(geo, 50.62, 3.05, 50.64, 3.07)", page(BOX)),
    records("within 500 m, nearest first", "within_distance(geo, geom'POINT(3.06 50.63)', 500m)",
            page(NEAR, f"ST_DistanceSphere(t.geo, {LILLE}), t._seq"), order_by="distance(geo, geom'POINT(3.06 50.63)')"),
    records("distance order of everything", "", NEAREST, order_by="distance(geo, geom'POINT(3.06 50.63)')"),
    records("descending order of everything", "",
            page("", "t.mesure DESC, t._seq").replace("ORDER", "WHERE t.mesure IS NOT NULL ORDER", 1), order_by="-mesure"),
    words("prefix search", 'search("beff")', "beff:*", "beff"),
    words("prefix search, by date", 'search("beff")', "beff:*", order="t.jour DESC NULLS LAST, t._seq", order_by="-jour"),
    words("two words", 'search("beffroi vauba")', "beffroi & vauba:*", "beffroi & vauba"),
    words("fuzzy search", 'search("bresserie pasteur")', "brasserie & pasteur:*", "bresserie & pasteur"),
    words("a word of no row", '"zygomatique"', "zygomatique", "zygomatique"),
    records("total_count of a filter", "mesure>10", page("t.mesure > 10")),
]

# ---- a page of a walk, in the middle of the dataset

MIDDLE = 500_000
SEEN = f"(SELECT t.vu FROM {TABLE} WHERE t._seq = {MIDDLE})"
BEHIND = f"t.vu >= {SEEN} AND (t.vu > {SEEN} OR t._seq > {MIDDLE})"


def into_the_middle(client, path):
    """The link to the next page, as it is behind the record of that number (api/explore/cursor.h)."""
    head = client.get(path)[1].decode()
    before, token, = re.search(r'<https?://[^/]+(/[^>]*cursor=)([^>&]*)>; rel="next"', head).groups()
    token = list(struct.unpack(">6Q", base64.urlsafe_b64decode(token)))
    token[4] = MIDDLE
    return before + base64.urlsafe_b64encode(struct.pack(">6Q", *token)).decode()


def walk():
    shown = "t.id, t.nom, t.commune, t.vu, t._seq"
    one = "SELECT {} FROM {} WHERE {} AND {} ORDER BY t.vu, t._seq LIMIT 100"
    commit = "(SELECT commit FROM catalog.state WHERE dataset = 'million')"
    sql = (f"SELECT 1000000::bigint, r.id, r.nom, r.commune FROM (({one.format(shown, TABLE, f't._commit <= {commit}', BEHIND)}) "
           f"UNION ALL ({one.format(shown, PAST, f't._from <= {commit} AND {commit} < t._to', BEHIND)})) AS r "
           "ORDER BY r.vu, r._seq LIMIT 100")
    return Query("deep cursor page", {"select": SHOWN, "order_by": "vu", "limit": 100}, sql, follow=into_the_middle)


# ---- groups and aggregates

def month(instant):
    return f"""to_char({instant}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def centroids(answer):
    """Clusters in any order, and their names are of the answer."""
    return sorted([result["n"], *(result["cluster"] or {}).get("cluster_centroid", {}).values()] for result in answer["results"])


def points(answer):
    return sorted([row["n"]] + ([] if row["lat"] is None else [row["lat"], row["lon"]]) for row in answer["results"])


# Cells of a geohash of five characters: 13 bits of longitude, 12 of latitude; then cells nearer than 40 pixels at zoom 12.
CLUSTERS = """
WITH cells AS MATERIALIZED (
    SELECT ST_GeoHash(t.geo, 5) AS cell, count(*) AS n, sum(ST_X(t.geo)) AS x, sum(ST_Y(t.geo)) AS y
    FROM data."million" AS t GROUP BY 1),
clusters AS (
    SELECT n, x, y, CASE WHEN cell IS NOT NULL THEN ST_ClusterDBSCAN(ST_MakePoint(x / n * 111319.49079327358,
        6378137 * ln(tan(radians(45 + y / n / 2)))), 40 * 40075016.68 / (256 * 4096), 1) OVER () END AS c FROM cells)
SELECT count(*) OVER (), sum(n)::bigint, sum(y) / sum(n), sum(x) / sum(n) FROM clusters GROUP BY c
"""

GROUPS = [
    Query("three aggregates of groups",
          {"select": "count(*) as n, avg(mesure) as mean, max(nombre) as most", "group_by": "commune", "limit": 100},
          f"SELECT count(*) OVER (), t.commune, count(*), avg(t.mesure), max(t.nombre) FROM {TABLE} GROUP BY 2 ORDER BY 2",
          "commune:t,n:i,mean:f,most:i"),
    Query("histogram by month", {"select": "count(*) as n", "group_by": "range(vu, 1 month) as month", "limit": 1000},
          f"SELECT count(*) OVER (), '[' || {month('g.m')} || ', ' || {month('''g.m + interval '1 month' ''')} || '[', g.n FROM "
          f"(SELECT date_trunc('month', t.vu) AS m, count(*) AS n FROM {TABLE} GROUP BY 1) AS g ORDER BY g.m",
          "month:t,n:i"),
    Query("percentile", {"select": "percentile(mesure, 95) as p", "limit": 1},
          f"SELECT 1000000::bigint, percentile_cont(0.95) WITHIN GROUP (ORDER BY t.mesure) FROM {TABLE}", "p:f"),
    Query("count distinct", {"select": "count(distinct nom) as n", "limit": 1},
          f"SELECT 1000000::bigint, count(DISTINCT t.nom) FROM {TABLE}", "n:i"),
    Query("geo_cluster", {"select": "count(*) as n", "group_by": "geo_cluster(geo, 12) as cluster", "limit": 1000},
          CLUSTERS, "n:i,lat:f,lon:f", ours=centroids, theirs=points),
]

# ---- facets

FACETS = ["commune", "categorie", "operateur", "nombre", "vu"]
YEAR = "extract(year FROM t.vu)::int"


def values(answer):
    """Equal counts in any order."""
    return sorted([number, value["name"], value["count"]]
                  for number, facet in enumerate(answer["facets"]) for value in facet["facets"])


def rows(answer):
    return sorted([row["f"], row["v"], row["n"]] for row in answer)


def counted(number, source, expression):
    """The hundred most frequent values of a facet."""
    groups = f"SELECT {expression} AS v, count(*) AS n FROM {source} GROUP BY 1"
    return (f"(SELECT {number}::bigint AS f, g.v::text, g.n FROM ({groups}) AS g WHERE g.v IS NOT NULL "
            "ORDER BY g.n DESC, g.v LIMIT 100)")


def facets(name, source, first="", **more):
    expressions = ["t.commune", "t.categorie", "t.operateur", "t.nombre", YEAR]
    pieces = " UNION ALL ".join(counted(n, source, e) for n, e in enumerate(expressions))
    return Query(name, {"facet": FACETS, **more}, f"{first} SELECT f, v, n FROM ({pieces}) AS u",
                 "f:i,v:t,n:i", "array", "facets", values, rows)


# Few rows: they are found once.
EAU = f"WITH t AS MATERIALIZED (SELECT t.commune, t.categorie, t.operateur, t.nombre, t.vu FROM {TABLE} WHERE t.categorie = 'Eau')"

QUERIES = PAGES + [walk()] + GROUPS + [
    facets("facets of five fields", TABLE),
    facets("refine and facets", "t", EAU, refine="categorie:Eau"),
]

# ---- what is kept beside answers (api/total, api/counts)

def groups(answer):
    """Of v1. Its facets come in the order of the dataset's fields."""
    numbers = {name: number for number, name in enumerate(FACETS)}
    return sorted([numbers[group["name"]], value["name"], value["count"]]
                  for group in answer["facet_groups"] for value in group["facets"])


def kept(query, name, **changes):
    return dataclasses.replace(query, name=name, **changes)


BY_NAME = {query.name: query for query in QUERIES}
KEPT = [
    kept(BY_NAME["total_count of a filter"], "page of a filter, counted", page="offset"),
    kept(BY_NAME["facets of five fields"], "page of v1 with five facets", path="/api/records/1.0/search", ours=groups, page="start",
         parameters={"dataset": "million", "facet": FACETS}),
]

"""What a query may cost (modules/query/bounds.def): one that costs more is refused with what it has, what it may have, and
the query that would do; one that PostgreSQL had to stop is told why it was slow. Bounds of the text of a query are cases of
tests/suites/odsql/invalid."""

import math
import re
import urllib.parse

import pytest

from harness import dataset

MALFORMED = "ODSQL query is malformed: {}. Clause(s) containing the error(s): {}."
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MANY = 24000
# A grid of points: 160 by 150, ten kilometres apart, a second and a number for each.
ROWS = [{"id": i, "nom": f"n{i}", "x": i / 10, "vu": f"2026-01-01T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}Z",
         "geo": {"lon": round(i % 160 * 0.1 - 8, 3), "lat": round(i // 160 * 0.1 + 40, 3)}} for i in range(MANY)]


@pytest.fixture(scope="module")
def large(stack, tmp_path_factory):
    address = dataset.apply(stack, tmp_path_factory.mktemp("cost"), dataset.manifest("cost"))
    assert stack.push("cost", ROWS, mode="snapshot").status == 200
    return address


def refused(stack, address, clause, message, **parameters):
    answer = stack.get(address, parameters)
    assert answer.status == 400, answer
    assert answer.json() == {"error_code": "ODSQLError", "message": MALFORMED.format(message, clause)}


def polygon(vertices):
    points = [f"{3 + math.cos(i * 6.28 / vertices):.2f} {50 + math.sin(i * 6.28 / vertices):.2f}" for i in range(vertices - 1)]
    return "POLYGON((" + ", ".join([*points, points[0]]) + "))"


# ---- groups ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("key", "step", "groups"), [
    ("range(id, 1)", "range(id, 2)", MANY // 2),
    ("range(x, 0.1)", "range(x, 0.2)", MANY // 2),
    ("range(vu, 1 second)", "range(vu, 1 minute)", MANY // 60),
])
def test_too_many_groups_are_told_the_step_that_fits(stack, large, key, step, groups):
    refused(stack, large + "/records", "group_by", f"A query has at most 20000 groups, not {MANY}: {step} makes few enough, or "
            "ask for an export", group_by=key)
    answer = stack.get(large + "/records", {"group_by": step, "select": "count(*) as n"})
    assert (answer.status, answer.json()["total_count"]) == (200, groups)
    assert len(stack.get(large + "/exports/json", {"group_by": key}).json()) == MANY


def test_several_keys_are_told_what_helps_in_general(stack, large):
    refused(stack, large + "/records", "group_by", f"A query has at most 20000 groups, not {MANY}: make the intervals wider, or "
            "ask for an export", group_by="range(id, 1), nom")


def test_values_of_a_facet(stack, large):
    refused(stack, large + "/facets", "facet", "Facet nom: A hierarchical facet has at most 20000 values, and this one has more: "
            "a refine or a where would leave fewer", facet="facet(name=nom, hierarchical=true, separator='/')")
    answer = stack.get(large + "/facets", {"facet": "facet(name=nom, hierarchical=true, separator='/')", "where": "id < 20000"})
    assert answer.status == 200


# ---- cells of geo_cluster --------------------------------------------------------------------------------

@pytest.mark.expects_log_errors(rf"ERROR:  {MANY} \d+$")
def test_too_many_cells_are_told_the_zoom_that_fits(stack, large):
    answer = stack.get(large + "/records", {"group_by": "geo_cluster(geo, 14)", "select": "count(*) as n"})
    message = answer.json()["message"]
    zoom = re.fullmatch(re.escape(MALFORMED.format(
        f"geo_cluster() has at most 10000 cells, not {MANY}: zoom ZOOM makes few enough, or look at a part of the map with "
        "in_bbox()", "group_by")).replace("ZOOM", r"(\d+)"), message)
    assert answer.status == 400 and zoom, answer
    fits = int(zoom[1])
    assert 0 < fits < 14
    for asked, status in ((fits, 200), (fits + 1, 400)):
        answer = stack.get(large + "/records", {"group_by": f"geo_cluster(geo, {asked})", "select": "count(*) as n", "limit": -1})
        assert answer.status == status, answer
    part = stack.get(large + "/records", {"group_by": "geo_cluster(geo, 14)", "where": "in_bbox(geo, 40, -8, 43, 8)"})
    assert (part.status, part.json()["total_count"]) == (200, 31 * 160)


@pytest.mark.expects_log_errors(rf"ERROR:  {MANY} \d+$")
@pytest.mark.parametrize("address", [
    "/api/explore/v2.1/catalog/datasets/cost/exports/csv?group_by=geo_cluster(geo,14)",
    "/api/explore/v2.0/catalog/datasets/cost/aggregates?group_by=geo_cluster(geo,14)&select=count(*)",
    "/api/records/1.0/geocluster?dataset=cost&clusterprecision=14"])
def test_no_way_leads_past_the_cells(stack, large, address):
    answer = stack.get(address)
    assert answer.status == 400 and f"at most 10000 cells, not {MANY}: zoom " in answer.text


# ---- texts of requests -----------------------------------------------------------------------------------

def post(stack, address, where):
    return stack.request("POST", address + "/records", urllib.parse.urlencode({"where": where}, safe=","), FORM)


@pytest.mark.parametrize(("vertices", "text"), [
    (60000, "POLYGON((0 0" + ",1 0,0 0" * 29999 + ",0 0))"),
    (2000, polygon(2000)),
])
def test_a_polygon_is_to_be_simplified_until_it_fits(stack, large, vertices, text):
    answer = post(stack, large, f"within(geo, geom'{text}')")
    assert answer.status == 400, answer
    found = re.search(f"A geometry has at most 1000 vertices, not {vertices}: simplify the geometry of {vertices} vertices to "
                      r"(\d+), or write fewer decimals", answer.json()["message"])
    assert found, answer
    assert (found[1] == "1000") == (vertices == 60000)


def test_the_simplified_polygon_fits(stack, large):
    advice = post(stack, large, f"within(geo, geom'{polygon(2000)}')").json()["message"]
    vertices = int(re.search(r"vertices to (\d+)", advice)[1])
    assert vertices > 500
    answer = post(stack, large, f"within(geo, geom'{polygon(vertices)}')")
    assert (answer.status, answer.json()["total_count"] > 0) == (200, True), answer


def test_a_polygon_of_v1(stack, large):
    points = ",".join(f"({50 + math.sin(i / 400):.3f},{3 + math.cos(i / 400):.3f})" for i in range(2000))
    answer = stack.request("POST", "/api/records/1.0/search", urllib.parse.urlencode(
        {"dataset": "cost", "geofilter.polygon": points}), FORM)
    assert answer.status == 400
    assert "A geometry has at most 1000 vertices, not 2000: simplify it" in answer.json()["error"]


def test_values_of_all_conditions_together(stack, large):
    numbers = ",".join(str(i) for i in range(1000))
    form = urllib.parse.urlencode([("where", f"id in ({numbers})")] * 3, safe=",")
    answer = stack.request("POST", large + "/records", form, FORM)
    assert answer.status == 400
    assert re.search(r"A query has at most 2048 values, not 30\d\d: ask for a part of them", answer.json()["message"]), answer
    form = urllib.parse.urlencode([("where", f"id in ({numbers})")] * 2, safe=",")
    assert stack.request("POST", large + "/records", form, FORM).json()["total_count"] == 1000


@pytest.mark.parametrize("name", ["where", "refine", "exclude"])
def test_parameters_that_repeat(stack, large, name):
    value = "id = 1" if name == "where" else "id:1"
    answer = stack.get(large + "/records", {name: [value] * 17})
    assert answer.status == 400
    assert answer.json() == {"error_code": "InvalidRESTParameterError", "message":
                             f"Invalid value for {name} API parameter: A request has at most 16 parameters of that name, not 17: "
                             "conditions that must all hold fit in one where, joined by and."}
    assert stack.get(large + "/records", {name: [value] * 16}).status == 200


# ---- time ------------------------------------------------------------------------------------------------

@pytest.mark.expects_log_errors("canceling statement due to statement timeout", '"TIMEOUT"')
def test_a_query_that_was_stopped_is_told_what_costs(stack, tmp_path):
    # A field that takes longer than a query may, however quick the machine is.
    stack.sql("CREATE FUNCTION public.lent(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS "
              "$$ BEGIN PERFORM pg_sleep(600); RETURN $1; END $$;")
    fields = [*dataset.FIELDS, {"name": "lent", "type": "text", "sql": "public.lent(nom)"}]
    address = dataset.apply(stack, tmp_path, dataset.manifest("cost-lent", fields=fields))
    assert stack.push("cost-lent", [{"id": 1, "nom": "b"}], mode="snapshot").status == 200
    answer = stack.get(address + "/records", {"select": "median(n) as m", "group_by": "range(id, 100)",
                                              "where": "nom != 'a' and lent != 'x'"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5"), answer
    assert answer.json() == {"error_code": "ServiceUnavailable", "message":
                             "The query took longer than the 5000 ms that one may take. What costs here: no condition has an "
                             "index, so every record is looked at; records are grouped by 1 key; median, percentile and count "
                             "distinct sort all values. Cheaper: filter on a field that has an index (id, nom, n, x, ouvert); "
                             "group by fewer keys or coarser ones (year(date), range(number, 100)); ask for avg, min, max or "
                             "count(*); for every record there is, ask for an export."}

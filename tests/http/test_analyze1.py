"""analyze, geocluster and the other summaries of v1.0 (contract 7.3)."""

import math

import pytest

from harness import dataset

ANALYZE = "/api/records/1.0/analyze"
FIELDS = [{"name": "id", "type": "int"}, {"name": "c", "type": "text", "facet": True}, {"name": "n", "type": "int"},
          {"name": "x", "type": "double"}, {"name": "d", "type": "date"}, {"name": "t", "type": "datetime", "facet": True},
          {"name": "g", "type": "geo_point_2d"}]
ROWS = [{"id": 1, "c": "a", "n": 1, "x": 0.5, "d": "2026-09-30", "t": "2026-09-30T22:30:00Z", "g": {"lat": 50.6, "lon": 3.0}},
        {"id": 2, "c": "a", "n": 3, "x": 1.5, "d": "2026-10-01", "t": "2026-10-01T05:00:00Z", "g": {"lat": 50.6001, "lon": 3.0001}},
        {"id": 3, "c": "b", "n": 5, "x": None, "d": "2025-12-29", "t": None, "g": {"lat": 48.85, "lon": 2.35}},
        {"id": 4, "c": None, "n": None, "x": 7, "d": None, "t": None, "g": None}]


@pytest.fixture(scope="module")
def essai(stack, tmp_path_factory):
    dataset.apply(stack, tmp_path_factory.mktemp("analyze"), dataset.manifest("analyze1", fields=FIELDS, geometry="g"))
    assert stack.push("analyze1", ROWS, mode="snapshot").status == 200
    return "analyze1"


def analyze(stack, *pairs, **parameters):
    answer = stack.get(ANALYZE, [("dataset", "analyze1"), *pairs, *parameters.items()])
    assert answer.status == 200, answer
    return answer.json()


def refused(stack, *pairs, path=ANALYZE):
    answer = stack.get(path, [("dataset", "analyze1"), *pairs])
    assert answer.status == 400 and list(answer.json()) == ["error"], answer
    return answer.json()["error"]


COUNT = ("y.s.func", "COUNT")


def test_counts_by_a_text(stack, essai):
    assert analyze(stack, ("x", "c"), COUNT) == [{"x": "a", "s": 2}, {"x": "b", "s": 1}]
    assert analyze(stack, ("x", "c"), COUNT, q="id>1") == [{"x": "a", "s": 1}, {"x": "b", "s": 1}]
    assert analyze(stack, ("x", "c"), COUNT, ("refine.c", "b")) == [{"x": "b", "s": 1}]
    assert analyze(stack, COUNT) == [{"s": 4}]
    assert analyze(stack, ("y.s.func", "COUNT"), ("y.s.expr", "n")) == [{"s": 3}]


def test_every_function(stack, essai):
    pairs = [(f"y.{f.lower()}.{key}", value) for f in ("AVG", "SUM", "MIN", "MAX", "STDDEV", "SUMSQUARES", "QUANTILES")
             for key, value in (("func", f), ("expr", "n"))]
    (row,) = analyze(stack, *pairs)
    assert math.isclose(row.pop("stddev"), math.sqrt(8 / 3))
    assert row == {"avg": 3.0, "sum": 9, "min": 1, "max": 5, "sumsquares": 35, "quantiles": 3.0}
    assert list(analyze(stack, *pairs)[0]) == ["avg", "sum", "min", "max", "stddev", "sumsquares", "quantiles"]
    assert analyze(stack, ("y.q.func", "quantiles"), ("y.q.expr", "n"), ("y.q.subsets", "100")) == [{"q": 5.0}]


def test_a_series_without_values_has_no_number(stack, essai):
    assert analyze(stack, ("x", "c"), ("y.s.func", "SUM"), ("y.s.expr", "x"), ("y.k.func", "STDDEV"), ("y.k.expr", "x")) == [
        {"x": "a", "s": 2.0, "k": 0.5}, {"x": "b"}]


def test_dates_are_objects(stack, essai):
    assert analyze(stack, ("x", "d"), COUNT) == [{"x": {"year": 2025}, "s": 1}, {"x": {"year": 2026}, "s": 2}]
    assert analyze(stack, ("x", "d"), COUNT, precision="month") == [
        {"x": {"year": 2025, "month": 12}, "s": 1}, {"x": {"year": 2026, "month": 9}, "s": 1}, {"x": {"year": 2026, "month": 10}, "s": 1}]
    assert analyze(stack, ("x", "d"), COUNT, precision="day", sort="-x")[0]["x"] == {"year": 2026, "month": 10, "day": 1}
    assert analyze(stack, ("x", "t"), COUNT, precision="hour", timezone="Europe/Paris") == [
        {"x": {"year": 2026, "month": 10, "day": 1, "hour": 0}, "s": 1}, {"x": {"year": 2026, "month": 10, "day": 1, "hour": 7}, "s": 1}]
    assert analyze(stack, ("x", "d"), COUNT, periodic="month")[0] == {"x": {"month": 9}, "s": 1}
    assert [row["x"] for row in analyze(stack, ("x", "d"), COUNT, periodic="weekday")] == [{"weekday": 0}, {"weekday": 2}, {"weekday": 3}]


def test_several_axes_are_an_object(stack, essai):
    assert analyze(stack, ("x", "c"), ("x", "d"), COUNT, sort="x.d,x.c") == [
        {"x": {"c": "b", "d": {"year": 2025}}, "s": 1}, {"x": {"c": "a", "d": {"year": 2026}}, "s": 2}]


def test_order_number_and_sums_so_far(stack, essai):
    by = [("x", "c"), ("y.s.func", "SUM"), ("y.s.expr", "n")]
    assert [row["x"] for row in analyze(stack, *by, sort="s")] == ["b", "a"]
    assert [row["x"] for row in analyze(stack, *by, sort="-s")] == ["a", "b"]
    assert [row["x"] for row in analyze(stack, *by, sort="-x")] == ["b", "a"]
    assert analyze(stack, *by, sort="s", maxpoints=1) == [{"x": "b", "s": 5}]
    assert len(analyze(stack, *by, maxpoints=0)) == len(analyze(stack, *by, maxpoints="", sort="")) == 2
    assert [row["s"] for row in analyze(stack, *by, ("y.s.cumulative", "true"))] == [4, 9]


def table(stack, *pairs, **parameters):
    answer = stack.get(ANALYZE, [("dataset", "analyze1"), *pairs, ("format", "csv"), *parameters.items()])
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8", answer
    lines = answer.text.split("\r\n")
    assert lines.pop() == ""
    return lines


def test_points_as_a_table(stack, essai):
    assert table(stack, ("x", "c"), COUNT) == ["x;s", "a;2", "b;1"]
    assert table(stack, ("x", "c"), ("y.s.func", "SUM"), ("y.s.expr", "x"), ("y.k;k.func", "STDDEV"), ("y.k;k.expr", "x")) == [
        'x;s;"k;k"', "a;2.0;0.5", "b;;"]
    assert table(stack, ("x", "d"), COUNT, precision="month", csv_separator=",") == [
        "x.year,x.month,s", "2025,12,1", "2026,9,1", "2026,10,1"]
    assert table(stack, ("x", "c"), ("x", "d"), ("y.s.func", "MAX"), ("y.s.expr", "t"), timezone="Europe/Paris", sort="x.d,x.c") == [
        "x.c;x.d.year;s", "b;2025;", "a;2026;2026-10-01T07:00:00+02:00"]
    assert table(stack, ("x", "d"), COUNT, periodic="weekday", sort="-x") == ["x.weekday;s", "3;1", "2;1", "0;1"]
    assert table(stack, ("x", "c"), ("y.s.func", "SUM"), ("y.s.expr", "n"), ("y.s.cumulative", "true")) == ["x;s", "a;4", "b;9"]
    assert table(stack, COUNT) == ["s", "4"]
    assert table(stack, ("x", "c"), COUNT, q="id=99") == ["x;s"]
    assert table(stack, *[("x", name) for name in "cnxdt"], COUNT, precision="minute", maxpoints=1) == [
        "x.c;x.n;x.x;x.d.year;x.d.month;x.d.day;x.d.hour;x.d.minute;x.t.year;x.t.month;x.t.day;x.t.hour;x.t.minute;s",
        "a;1;0.5;2026;9;30;0;0;2026;9;30;22;30;1"]
    assert "csv_separator" in refused(stack, COUNT, ("format", "csv"), ("csv_separator", "x"))
    assert refused(stack, COUNT, ("format", "xls")).endswith("one of json jsonp csv is expected.")
    assert stack.request("HEAD", f"{ANALYZE}?dataset=analyze1&y.s.func=COUNT&format=csv").headers["Content-Length"] == "6"


def test_jsonp_and_forms(stack, essai):
    assert stack.get(ANALYZE, {"dataset": "analyze1", "y.s.func": "COUNT", "callback": "f"}).text == '/**/f([{"s": 4}]);'
    answer = stack.request("POST", ANALYZE, body="dataset=analyze1&y.s.func=COUNT",
                           headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.json() == [{"s": 4}]


@pytest.mark.parametrize("pairs, words", [
    ([], "y.NAME.func is needed"), ([("y.s.func", "MODE")], "one of COUNT"), ([("y.s.func", "SUM")], "y.s.expr"),
    ([("y.s.func", "SUM"), ("y.s.expr", "c")], ""), ([COUNT, ("x", "nope")], "nope"), ([COUNT, ("x", "d"), ("precision", "eon")], "precision"),
    ([COUNT, ("x", "d"), ("periodic", "x")], "periodic"), ([COUNT, ("sort", "nope")], "sort"), ([COUNT, ("maxpoints", "-1")], "maxpoints"),
    ([COUNT, ("maxpoints", "20001")], "20000"), ([COUNT, ("x", "g")], ""), ([("y.s.func", "SUM"), ("y.s.expr", "n) or (1=1")], "Unknown field"),
    ([COUNT, *[("x", "c")] * 9], "more than 8"), ([(f"y.s{n}.func", "COUNT") for n in range(21)], "more than 20"),
    ([("y.q.func", "QUANTILES"), ("y.q.expr", "n"), ("y.q.subsets", "101")], "0 to 100"),
])
def test_mistakes(stack, essai, pairs, words):
    assert words in refused(stack, *pairs)


def test_a_calendar_of_stations(stack):
    """The calls of dashboards: a bar per town, the best first."""
    answer = stack.get(ANALYZE, {"dataset": "vlille-realtime", "x": "commune", "y.series1.func": "SUM", "y.series1.expr": "nbvelosdispo",
                                 "sort": "series1", "maxpoints": "", "timezone": "Europe/Berlin"})
    values = [row["series1"] for row in answer.json()]
    assert values == sorted(values, reverse=True) and len(values) > 5


# ---- places --------------------------------------------------------------------------------------------

def places(stack, what, *pairs, **parameters):
    answer = stack.get(f"/api/records/1.0/{what}", [("dataset", "analyze1"), *pairs, *parameters.items()])
    assert answer.status == 200, answer
    return answer.json()


def test_clusters(stack, essai):
    body = places(stack, "geocluster", ("y.s.func", "SUM"), ("y.s.expr", "n"), clusterprecision=9, clusterdistance=50)
    assert list(body) == ["clusters", "count", "series", "clusterprecision"]
    near, far = body["clusters"]
    assert (near["count"], near["series"], far["count"], far["series"]) == (2, {"s": 4}, 1, {"s": 5})
    assert near["cluster_center"] == pytest.approx([50.60005, 3.00005])
    assert far["cluster_center"] == pytest.approx([48.85, 2.35]) and far["cluster"]["type"] == "Point"
    assert near["cluster"]["type"] == "LineString"
    assert (body["count"], body["series"], body["clusterprecision"]) == ({"max": 2, "min": 1}, {"s": {"max": 5, "min": 4}}, 9)
    assert len(places(stack, "geocluster", clusterprecision=22, clusterdistance=1)["clusters"]) == 3
    looks = {"clustermode": "polygon", "shapeprecision": 20, "pretty_print": "true"}
    assert places(stack, "geocluster", ("y.s.func", "SUM"), ("y.s.expr", "n"), clusterprecision=9, clusterdistance=50, **looks) == body
    empty = places(stack, "geocluster", clusterprecision=9, q="id=99")
    assert empty == {"clusters": [], "count": {"max": None, "min": None}, "series": {}, "clusterprecision": 9}


def test_a_box_around_everything(stack, essai):
    assert places(stack, "boundingbox") == {"count": 4, "bbox": [2.35, 48.85, 3.0001, 50.6001], "geometries": {"Point": 3}}
    assert places(stack, "boundingbox", q="id=1") == {"count": 1, "bbox": [3.0, 50.6, 3.0, 50.6], "geometries": {"Point": 1}}
    assert places(stack, "boundingbox", q="id=99") == {"count": 0, "bbox": [], "geometries": {}}


@pytest.fixture(scope="module")
def shapes(stack, tmp_path_factory):
    fields = [{"name": "id", "type": "int"}, {"name": "s", "type": "geo_shape"}, {"name": "p", "type": "geo_point_2d"}]
    dataset.apply(stack, tmp_path_factory.mktemp("shapes"), dataset.manifest("shapes1", fields=fields, geometry="s"))
    kinds = [{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, {"type": "Polygon", "coordinates": [[[0, 0], [5, 0], [0, 6], [0, 0]]]},
             {"type": "MultiPoint", "coordinates": [[-7, 8]]}, {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [0, 1], [0, 0]]]]},
             {"type": "GeometryCollection", "geometries": [{"type": "MultiLineString", "coordinates": [[[9, -9], [1, 1]]]}]}]
    rows = [{"id": n, "s": kind, "p": {"lat": n, "lon": 10}} for n, kind in enumerate(kinds)]
    assert stack.push("shapes1", rows, mode="snapshot").status == 200


def test_boxes_of_shapes(stack, shapes):
    body = stack.get("/api/records/1.0/boundingbox?dataset=shapes1").json()
    assert body == {"count": 5, "bbox": [-7.0, -9.0, 9.0, 8.0], "geometries": {
        "LineString": 1, "Polygon": 1, "MultiPoint": 1, "MultiPolygon": 1, "GeometryCollection": 1}}
    other = stack.get("/api/records/1.0/boundingbox?dataset=shapes1&geo_field=p").json()
    assert other["geometries"] == {"Point": 5} and other["bbox"] == [10.0, 0.0, 10.0, 4.0]
    drawn = stack.get("/api/records/1.0/geopreview?dataset=shapes1").json()
    assert drawn[0]["geometry"] == {"type": "LineString", "coordinates": [[1.0, 2.0], [3.0, 4.0]]}
    assert stack.get("/api/records/1.0/geocluster?dataset=shapes1&clusterprecision=3").status == 400


def test_geometries_to_draw(stack, essai):
    drawn = places(stack, "geopreview", ("geofilter.bbox", "50,2.9,51,3.1"), clusterprecision=12, rows=1000)
    assert [list(row) for row in drawn] == [["geometry", "geo_digest"]] * 2
    assert drawn[0]["geometry"] == {"type": "Point", "coordinates": [3.0, 50.6]}
    (record,) = places(stack, "search", geo_digest=drawn[1]["geo_digest"])["records"]
    assert record["fields"]["id"] == 2
    assert len(places(stack, "geopreview", rows=1)) == 1 and len(places(stack, "geopreview")) == 3


def test_a_part_of_the_map(stack, essai):
    def ids(**parameters):
        return [record["fields"]["id"] for record in places(stack, "search", **parameters)["records"]]

    assert ids(**{"geofilter.bbox": "50,2.9,51,3.1"}) == [1, 2]
    for text in ("(50,2.9),(51,2.9),(51,3.1),(50,3.1)", "((50,2.9),(51,2.9),(51,3.1),(50,3.1),(50,2.9))"):
        assert ids(**{"geofilter.polygon": text}) == [1, 2]
    assert ids(q='#polygon(g,"(50,2.9),(51,2.9),(51,3.1),(50,3.1)")') == [1, 2]
    assert ids(q='#geometry(g,"POLYGON((2.9 50, 3.1 50, 3.1 51, 2.9 51, 2.9 50))")') == [1, 2]
    assert ids(q="t>#now(years=-200)") == [1, 2] and ids(q="t>#now(weekday=MO(2))") == []
    for bad in ("x", "1,2,3", "1,2,3,4,5", "99,0,1,1"):
        assert "south,west,north,east" in refused(stack, ("geofilter.bbox", bad), path="/api/records/1.0/search")
    for bad in ("(1,2)", "(1,2),(3,4)", "(1,2),(3,4),(5,6", "1,2,3,4,5,6", "(1,2),(3,4),x", "(1,2)(3,4)(5,6)", "(1,2),(3,4),(5,6),"):
        assert "three times" in refused(stack, ("geofilter.polygon", bad), path="/api/records/1.0/search")


@pytest.mark.parametrize("pairs, words", [
    ([], "clusterprecision"), ([("clusterprecision", "31")], "0 to 30"), ([("clusterprecision", "x")], "clusterprecision"),
    ([("clusterprecision", "9"), ("clusterdistance", "-1")], "clusterdistance"),
    ([("clusterprecision", "9"), ("clustermode", "heatmap")], "polygon is expected"),
    ([("clusterprecision", "20"), ("shapeprecision", "10")], "at most 29"), ([("clusterprecision", "9"), ("shapeprecision", "x")], "shapeprecision"),
    ([("clusterprecision", "9"), ("pretty_print", "maybe")], "pretty_print"),
    ([("clusterprecision", "9"), ("geo_field", "c")], "geo_field"), ([("clusterprecision", "9"), ("y.s.func", "SUM")], "y.s.expr"),
])
def test_mistakes_of_clusters(stack, essai, pairs, words):
    assert words in refused(stack, *pairs, path="/api/records/1.0/geocluster")


def test_a_head_of_a_long_download_does_not_read_it(stack, shapes):
    for form, kind in (("json", "application/json; charset=utf-8"), ("csv", "text/csv; charset=utf-8"), ("geojson", "application/geo+json")):
        address = f"/explore/dataset/shapes1/download?format={form}"
        whole, head = stack.get(address), stack.request("HEAD", address)
        assert (head.status, head.body) == (200, b"") and "Content-Length" not in head.headers
        assert head.headers["Content-Type"] == whole.headers["Content-Type"] == kind
        assert head.headers["Content-Disposition"] == whole.headers["Content-Disposition"] == f'attachment; filename="shapes1.{form}"'
        assert head.headers["ETag"] == whole.headers["ETag"]
        assert stack.request("HEAD", address, headers={"If-None-Match": head.headers["ETag"]}).status == 304


def test_records_of_the_same_geometry(stack, shapes, tmp_path):
    fields = [{"name": "id", "type": "int"}, {"name": "c", "type": "text"}, {"name": "s", "type": "geo_shape"}, {"name": "p", "type": "geo_point_2d"}]
    dataset.apply(stack, tmp_path, dataset.manifest("areas1", fields=fields, geometry="s"))
    square = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 4], [0, 4], [0, 0]]]}
    line = {"type": "LineString", "coordinates": [[10, 20], [11, 21]]}
    rows = [{"id": n, "s": shape, "p": {"lat": n % 2, "lon": 3}} for n, shape in enumerate([square, line, square, None, square])]
    assert stack.push("areas1", rows, mode="snapshot").status == 200
    address = "/api/records/1.0/geopolygon"

    def get(**parameters):
        answer = stack.get(address, {"dataset": "areas1", **parameters})
        assert answer.status == 200, answer
        return answer.json()
    body = get(**{"y.s.func": "SUM", "y.s.expr": "id", "clusterprecision": 9})
    assert body == {"clusters": [
        {"cluster_center": [2.0, 1.0], "count": 3, "series": {"s": 6}, "cluster": {"coordinates": square["coordinates"], "type": "Polygon"}},
        {"cluster_center": [20.5, 10.5], "count": 1, "series": {"s": 1}, "cluster": {"coordinates": line["coordinates"], "type": "LineString"}}],
        "count": {"max": 3, "min": 1}, "series": {"s": {"max": 6, "min": 1}}, "clusterprecision": 9}
    assert [one["count"] for one in get(q="id>0")["clusters"]] == [2, 1]
    assert [one["count"] for one in get(**{"geofilter.bbox": "19,9,22,12"})["clusters"]] == [1]
    points = get(geo_field="p")["clusters"]
    assert [(one["cluster_center"], one["count"], one["cluster"]["coordinates"]) for one in points] == [([0.0, 3.0], 3, [3.0, 0.0]), ([1.0, 3.0], 2, [3.0, 1.0])]
    assert get(q="id=99")["count"] == {"max": None, "min": None}
    # the bounds that a legend asks for
    assert get(maxpoints=1)["count"] == {"max": 3, "min": 1}
    for bad, word in (({"clusterprecision": "x"}, "0 to 30"), ({"geo_field": "c"}, "geo_field"), ({"y.s.func": "SUM"}, "y.s.expr")):
        answer = stack.get(address, {"dataset": "areas1", **bad})
        assert answer.status == 400 and word in answer.json()["error"], answer
    answer = stack.get("/api/explore/v2.1/catalog/datasets/areas1/records?group_by=s")
    assert answer.status == 400 and "cannot be grouped by" in answer.json()["message"]

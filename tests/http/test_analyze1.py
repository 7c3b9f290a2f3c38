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

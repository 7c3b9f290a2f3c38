"""The first records of an order, of a dataset so large that they are not found by sorting all (query/first): when few have
a value, when nothing is near, and when nothing matches."""

import json
import re

import pytest

from harness.stack import Stack

BASE = "/api/explore/v2.1/catalog/datasets/rare"
ROWS = 21_000
VALUES = {7: 1.5, 8: 3.5, 20_000: 2.5}
POINTS = {100 + i: {"lon": 3 + i / 1000, "lat": 50} for i in range(12)} | {200: {"lon": 179.5, "lat": 10}}
FIELDS = [{"name": "n", "type": "int", "sortable": True}, {"name": "m", "type": "double", "sortable": True},
          {"name": "geo", "type": "geo_point_2d"}]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rare")
    (folder / "dataset.json").write_text(json.dumps({
        "id": "rare", "title": {"fr": "Rare", "en": "Rare"}, "description": {"fr": "Peu de valeurs.", "en": "Few values."},
        "publisher": "Beffroi", "licence": {"name": "Licence Ouverte 2.0", "url": "https://example.org/licence"},
        "synthetic": True, "key": ["n"], "geometry": "geo", "fields": FIELDS}))
    rows = folder / "rows.json"
    rows.write_text(json.dumps([{"n": n, "m": VALUES.get(n), "geo": POINTS.get(n)} for n in range(ROWS)]))
    with Stack() as running:
        running.beffroi("apply", folder)
        running.beffroi("load", "rare", rows)
        running._until(lambda: price(running) == str(ROWS // 1000), 60, "memory does not know of the records")
        yield running


def price(stack):
    return stack.get(f"{BASE}/exports/csv", headers={"X-Beffroi-Dry-Run": "1"}).headers.get("X-Beffroi-Cost")


def page(stack, **parameters):
    answer = stack.get(f"{BASE}/records", {"select": "n", **parameters})
    assert answer.status == 200, answer.text
    return answer.json()


def numbers(answer):
    return [record["n"] for record in answer["results"]]


@pytest.mark.parametrize("limit, offset", [(3, 0), (2, 0), (2, 1), (5, 0), (5, 2), (5, 3), (5, 7), (0, 0)])
def test_those_without_a_value_follow(stack, limit, offset):
    ordered = [8, 20_000, 7] + [n for n in range(20) if n not in VALUES]
    answer = page(stack, order_by="-m", limit=limit, offset=offset)
    assert (answer["total_count"], numbers(answer)) == (ROWS, ordered[offset:offset + limit])


@pytest.mark.parametrize("place", ["3 50", "3.011 50.1", "3 56", "3 59.9", "3 70", "179 10", "-179.9 10", "0 -90"])
def test_the_nearest_come_first_from_wherever_they_are(stack, place):
    order = f"distance(geo, geom'POINT({place})')"
    known = stack.sql(f"SELECT n FROM data.rare WHERE geo IS NOT NULL"
                      f" ORDER BY ST_DistanceSphere(geo, ST_GeomFromText('POINT({place})', 4326)), _seq")
    ordered = [int(n) for n, in known] + list(range(20))
    assert len(known) == len(POINTS)
    for limit, offset in (3, 0), (10, 0), (10, 1), (20, 0), (5, 11):
        answer = page(stack, order_by=order, limit=limit, offset=offset)
        assert (answer["total_count"], numbers(answer)) == (ROWS, ordered[offset:offset + limit])


def test_a_walk_goes_on_behind_the_last_value(stack):
    path, seen = f"{BASE}/records?select=n&order_by=-m&limit=2", []
    for _ in range(4):
        answer = stack.get(path)
        seen += numbers(answer.json())
        path = re.search(r'<https?://[^/]+(/[^>]*)>; rel="next"', answer.headers["Link"]).group(1)
    assert seen == [8, 20_000, 7, 0, 1, 2, 3, 4]


@pytest.mark.parametrize("parameters, total", [({"where": "n<0"}, 0), ({"where": "n<0", "limit": 0}, 0), ({"where": "n<0", "offset": 3}, 0),
                                               ({"where": "m>2", "limit": 0}, 2), ({"where": "m>2", "offset": 5}, 2),
                                               ({"where": "m>2 and n>-1"}, 2), ({"where": "m>9 and n>-1", "order_by": "-m"}, 0)])
def test_a_page_of_nothing_knows_how_many_there_are(stack, parameters, total):
    answer = page(stack, **parameters)
    assert answer["total_count"] == total
    assert len(answer["results"]) == (total if "limit" not in parameters and "offset" not in parameters else 0)

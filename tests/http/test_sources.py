"""Rows that are not in PostgreSQL, over the real stack: a dataset with a source answers everything that a table with the
same rows answers, and what it does not have is refused by name."""

import gzip
import hashlib
import json
import os
import re
import shutil
import time

import pytest

from harness import dataset, handlers, sources
from harness.stack import ROOT
from harness.tokens import Forge

ROWS = dataset.ROWS + [
    {"id": 10 + i, "nom": ["Gare", "gare Lille", "Ôté l'été", "x" * 300, ""][i % 5] or None, "n": i % 7, "x": i / 8,
     "ouvert": i % 3 == 0, "jour": f"2026-{i % 12 + 1:02}-{i % 28 + 1:02}", "vu": f"2026-10-25T0{i % 4}:30:00+01:00",
     "geo": {"lon": 3 + i / 100, "lat": 50 + i / 200}}
    for i in range(60)]
TABLE, SOURCE = "lignes-table", "lignes-source"


@pytest.fixture(scope="module")
def pair(stack, tmp_path_factory):
    """The same rows twice."""
    folder = tmp_path_factory.mktemp("sources")
    table = dataset.apply(stack, folder, dataset.manifest(TABLE))
    assert stack.push(TABLE, ROWS, mode="snapshot").status == 200
    source, _ = sources.publish(stack, SOURCE, ROWS)
    return table, source


def same(stack, pair, path, parameters=None):
    """What both answer, in the words of the table."""
    table, source = (stack.get(address + path, parameters) for address in pair)
    assert source.status == table.status, (path, parameters, source)
    assert source.text.replace(SOURCE, TABLE) == table.text, (path, parameters)
    return source


QUERIES = [
    {}, {"limit": 100}, {"limit": 3, "offset": 60}, {"limit": 0}, {"select": "nom, n"}, {"select": "double_n + 1 as m, *"},
    {"where": "n > 3"}, {"where": "nom = \"gare Lille\" and n in (1, 2)"}, {"where": "n is null or x < 1"},
    {"where": "id = 1 and id = 2"}, {"where": "ouvert"}, {"where": "double_n = 6"}, {"where": "not (n > 3)"},
    {"where": "jour in [date'2026-03-01' .. date'2026-06-01'["}, {"where": "vu >= date'2026-10-25T01:00:00Z'"},
    {"where": "within_distance(geo, geom'POINT(3.06 50.63)', 10km)"}, {"where": "in_bbox(geo, 50, 3, 50.2, 3.2)"},
    {"where": "intersects(forme, geom'POLYGON((2 49, 4 49, 4 51, 2 51, 2 49))')"}, {"where": "\"gare\""},
    {"where": "nom like \"gar*\""}, {"where": "startswith(nom, \"Gare\")"}, {"where": "search(nom, \"ete ote\")"},
    {"where": "libre is not null"}, {"order_by": "n desc, x"}, {"order_by": "nom, id desc", "limit": 7, "offset": 5},
    {"order_by": "distance(geo, geom'POINT(3.06 50.63)')", "limit": 5}, {"refine": "nom:Gare"}, {"exclude": "ouvert:true"},
    {"refine": "vu:2026/10", "timezone": "Europe/Paris"}, {"group_by": "n", "select": "count(*) as c, avg(x)"},
    {"group_by": "month(jour) as m", "order_by": "m desc"}, {"group_by": "range(x, 2)", "select": "count(*)"},
    {"group_by": "geo_cluster(geo, 9) as c", "select": "count(*) as n", "order_by": "n desc"}, {"group_by": "nom", "limit": 2},
    {"select": "count(*) as n, max(vu), median(x)", "limit": 1}, {"select": "recordid, record_size, nom", "limit": 2},
    {"where": "id > 10000"}, {"where": "x / 0 = 1"}, {"where": "nope = 1"}, {"where": "n >"}, {"limit": 101},
    {"offset": 9990, "limit": 11}, {"where": "nom = \"');DROP TABLE x;--\""}, {"select": "random(7) as r", "where": "id = 1"},
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: "&".join(f"{k}={v}" for k, v in q.items()) or "none")
def test_records_as_of_a_table(stack, pair, query):
    same(stack, pair, "/records", query)


@pytest.mark.parametrize("query", [
    {}, {"facet": ["nom", "n", "ouvert", "jour", "vu"]}, {"facet": "nom", "refine": "nom:Gare"}, {"where": "n > 3"},
    {"facet": ["facet(name=\"nom\", disjunctive=true)", "n"], "refine": "nom:Gare"}, {"facet": "x"},
])
def test_facets_as_of_a_table(stack, pair, query):
    same(stack, pair, "/facets", query)


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv", "geojson"])
def test_exports_as_of_a_table(stack, pair, kind):
    for query in ({}, {"where": "n > 3", "order_by": "nom desc"}, {"limit": 5}, {"group_by": "n", "select": "count(*)"}):
        same(stack, pair, f"/exports/{kind}", query)
    packed = [stack.get(f"{address}/exports/{kind}", {"compressed": "true"}).content for address in pair]
    assert gzip.decompress(packed[0]) == gzip.decompress(packed[1]) != b""


def test_one_record_has_the_id_of_its_key(stack, pair):
    first = stack.get(pair[1] + "/records", {"select": "recordid", "where": "id=12"}).json()["results"][0]["recordid"]
    same(stack, pair, f"/records/{first}")
    same(stack, pair, "/records/" + "0" * 40)


def test_earlier_apis(stack, pair):
    def v1(name, **parameters):
        answer = stack.get("/api/records/1.0/search/", {"dataset": name, **parameters})
        assert answer.status == 200, answer
        body = answer.json()
        for record in body["records"]:
            record.pop("record_timestamp")
        return str(body).replace(SOURCE, TABLE)

    for parameters in ({}, {"q": "gare"}, {"q": "n>3", "sort": "x", "rows": 3}, {"facet": ["nom", "n"], "refine.n": "3"},
                       {"geofilter.distance": "50.63,3.06,10000"}):
        assert v1(SOURCE, **parameters) == v1(TABLE, **parameters)
    for path, parameters in (("analyze", {"x": "n", "y.a.expr": "x", "y.a.func": "AVG"}),
                             ("geocluster", {"clusterprecision": "8"}), ("boundingbox", {})):
        answers = [stack.get(f"/api/records/1.0/{path}/", {"dataset": name, **parameters}) for name in (TABLE, SOURCE)]
        assert answers[0].status == answers[1].status == 200
        # Sums of doubles depend on the order of the rows in their last digits.
        numbers = [re.sub(r"-?\d+\.\d+", lambda n: f"{float(n[0]):.9f}", answer.text) for answer in answers]
        assert numbers[0] == numbers[1].replace(SOURCE, TABLE)
    old = [stack.get(a.replace("/api/explore/v2.1", "/api/v2") + "/records").json() for a in pair]
    for body in old:
        for record in body["records"]:
            assert record["record"].pop("timestamp")
    assert str(old[0]) == str(old[1]).replace(SOURCE, TABLE)


def test_rows_of_the_moment_have_no_validator(stack, pair):
    answer = stack.get(pair[1] + "/records")
    assert answer.headers["Cache-Control"] == "no-store"
    for name in ("ETag", "Last-Modified", "Beffroi-Commit", "Beffroi-Age", "Link"):
        assert name not in answer.headers
    assert stack.get(pair[1] + "/records", headers={"If-None-Match": "*"}).status == 200


def test_what_a_source_has_not_is_refused_by_name(stack, pair):
    walk = stack.get(pair[1] + "/records?cursor=*")
    assert walk.status == 400 and "come from its handler at each request" in walk.json()["message"]
    pushed = stack.push(SOURCE, [{"id": 1}])
    assert pushed.status == 409 and "nothing can be pushed to it" in pushed.text
    beyond = stack.get(pair[1] + "/records", {"offset": 10001})
    assert beyond.status == 400 and "Link" not in beyond.headers


def test_the_catalogue_knows_no_number_of_them(stack, pair):
    metas = stack.get(pair[1]).json()["metas"]["default"]
    assert metas["records_count"] is None and metas["modified"] is None and metas["data_processed"] is None
    found = stack.get("/api/explore/v2.1/catalog/datasets", {"where": f"records_count >= 0 and dataset_id = \"{SOURCE}\""})
    assert found.json()["total_count"] == 0
    assert stack.get(f"/api/datasets/1.0/{SOURCE}/").status == 200
    described = stack.get(pair[1] + "/openapi.json")
    assert described.status == 200 and "double_n" in described.text


@pytest.mark.expects_log_errors("HANDLER")
def test_a_version_validates(stack):
    address, file = sources.publish(stack, "lignes-datees", ROWS, {"versioned": True}, expected_every="P1D")
    then = 1767225600  # 2026-01-01T00:00:00Z
    os.utime(file, (then, then))
    path = address + "/records?limit=1"
    until = time.monotonic() + 60
    while "Last-Modified" not in (first := stack.get(path)).headers:  # it was applied less than two seconds ago
        assert time.monotonic() < until
        time.sleep(0.1)
    tag = first.headers["ETag"]
    assert first.status == 200 and first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["Beffroi-Commit-Time"] == "2026-01-01T00:00:00Z"
    assert first.headers["Beffroi-State"] == "late" and "Beffroi-Commit" not in first.headers
    assert stack.get(path, headers={"If-None-Match": tag}).status == 304
    assert stack.get(path, headers={"If-None-Match": tag}).headers["ETag"] == tag
    assert stack.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status == 304
    assert stack.get(address + "/records?limit=2").headers["ETag"] != tag
    assert "ETag" not in stack.get(address + "/records", {"where": "vu > now()"}).headers
    bodies = {stack.get(path).text for _ in range(5)}  # some of them from memory
    assert bodies == {first.text}
    sources.write(file, ROWS[1:])
    second = stack.get(path, headers={"If-None-Match": tag, "If-Modified-Since": first.headers["Last-Modified"]})
    assert second.status == 200 and second.headers["ETag"] != tag
    assert second.json()["total_count"] == len(ROWS) - 1
    assert stack.get(path, headers={"If-None-Match": second.headers["ETag"]}).status == 304
    assert second.headers["Beffroi-State"] == "live"
    for kind in ("exports/csv", "facets"):
        answer = stack.get(f"{address}/{kind}")
        assert stack.get(f"{address}/{kind}", headers={"If-None-Match": answer.headers["ETag"]}).status == 304
    sources.write(file, [], act="fail-open")
    assert "HandlerError" in stack.get(path).text


def test_what_not_everybody_sees(stack):
    fields = [{**f, **({"requires": "read:zanzibar"} if f["name"] in ("nom", "vu") else {})} for f in dataset.FIELDS]
    address, file = sources.publish(stack, "lignes-privees", ROWS, {"versioned": True}, fields=fields)
    with_right = {"Authorization": "Bearer " + stack.key("read read:zanzibar")}
    public, private = (stack.get(address + "/records", headers=h) for h in ({}, with_right))
    assert "Gare" in private.text and private.headers["Cache-Control"].startswith("private")
    assert "Gare" not in public.text and "nom" not in public.text
    assert public.headers["ETag"] != private.headers["ETag"]
    assert stack.get(address + "/records?where=nom%20is%20null").status == 400
    assert stack.get(address + "/records?where=%22gare%22").json()["total_count"] == 0
    assert stack.get(address + "/exports/csv").text.splitlines()[0].lstrip("\ufeff").startswith("id;n;x")
    sources.write(file, [{"id": 1, "nom": "private"}], act="tell")
    assert "private" not in stack.get(address + "/records").text


def test_what_a_key_is_narrowed_to(stack, pair):
    token = Forge(stack).issue(bbox=[3.0, 50.0, 3.2, 50.2])
    answers = [stack.get(address + "/records", {"select": "id", "limit": 100}, headers={"Authorization": f"Bearer {token}"})
               for address in pair]
    assert answers[0].json() == answers[1].json()
    assert 0 < answers[1].json()["total_count"] < len(ROWS)


def test_records_that_require_a_right(stack):
    address, _ = sources.publish(stack, "lignes-fermees", ROWS, records_require="read:zanzibar")
    assert stack.get(address + "/records").status == 403
    assert stack.get(address + "/exports/csv").text.count("\n") <= 1
    assert stack.get(address + "/openapi.json").status == 200
    headers = {"Authorization": "Bearer " + stack.key("read read:zanzibar")}
    assert stack.get(address + "/records", headers=headers).json()["total_count"] == len(ROWS)
    assert stack.request("HEAD", address + "/exports/csv", headers=headers).status == 200


@pytest.fixture(scope="module")
def departures(stack):
    """handlers/template-source, with its timetable where the workers' account can read it."""
    place = stack.folder / "template-source"
    shutil.copytree(ROOT / "handlers/template-source", place)
    manifest = json.loads((place / "dataset.json").read_text())
    manifest["options"]["file"] = str(place / "timetable.tsv")
    (place / "dataset.json").write_text(json.dumps(manifest))
    stack.beffroi("apply", "--handlers", str(stack.build / "handlers"), str(place))
    return handlers.settle(stack, "template-source")


def leaving(stack, address, where, **parameters):
    answer = stack.get(address + "/records", {"where": where, "order_by": "depart", "select": "ligne, depart, jour, heure",
                                              "limit": 100, **parameters})
    assert answer.status == 200, answer
    return [(row["ligne"], row["depart"], row["jour"], row["heure"]) for row in answer.json()["results"]]


def test_the_next_departures_at_a_stop(stack, departures):
    gare = "arret = \"Gare Lille Flandres\" and depart in [date'{}'..date'{}'["
    assert leaving(stack, departures, gare.format("2026-10-22T15:00:00Z", "2026-10-23T06:00:00Z")) == [
        ("L1", "2026-10-22T15:15:00+00:00", "2026-10-22", 17), ("L1", "2026-10-23T05:30:00+00:00", "2026-10-23", 7)]
    # A day of the week without trips, because it counts as a Sunday; and the week after: winter time.
    assert leaving(stack, departures, gare.format("2026-10-30", "2026-10-31")) == []
    assert leaving(stack, departures, gare.format("2026-10-29", "2026-10-30"))[0][1:] == (
        "2026-10-29T06:30:00+00:00", "2026-10-29", 7)


def test_the_night_in_which_the_clocks_change(stack, departures):
    """Saturday's 25:10, 26:30 and 27:30 and Sunday's 00:30 by GTFS: the hour from 2 to 3 comes twice."""
    night = "depart in [date'2026-10-24T20:00:00Z'..date'2026-10-25T12:00:00Z']"
    assert leaving(stack, departures, night, timezone="Europe/Paris") == [
        ("N1", "2026-10-25T01:10:00+02:00", "2026-10-24", 1), ("T", "2026-10-25T01:30:00+02:00", "2026-10-25", 1),
        ("N1", "2026-10-25T02:30:00+02:00", "2026-10-24", 2), ("N1", "2026-10-25T02:30:00+01:00", "2026-10-24", 2),
        ("T", "2026-10-25T12:45:00+01:00", "2026-10-25", 12)]
    groups = stack.get(departures + "/records", {"group_by": "ligne", "select": "count(*) as n"}).json()["results"]
    assert groups == [{"ligne": "L1", "n": 9 * 5}, {"ligne": "N1", "n": 2 * 3}, {"ligne": "T", "n": 3 * 2}]
    stops = stack.get(departures + "/facets", {"facet": "arret", "refine": "jour:2026/10/24"}).json()["facets"][0]["facets"]
    assert sorted(f["name"] for f in stops) == ["Gambetta", "Gare Lille Flandres", "République Beaux-Arts"]


def test_a_timetable_has_a_validator(stack, departures):
    path = departures + "/records?limit=2"
    tag = stack.get(path).headers["ETag"]
    assert stack.get(path, headers={"If-None-Match": tag}).status == 304
    assert "ETag" not in stack.get(departures + "/records", {"where": "depart >= now()"}).headers


@pytest.fixture(scope="module")
def other(stack):
    """A dataset whose source does what a test tells it to."""
    return sources.publish(stack, "lignes-autres", [])


def test_bounds_are_told_and_nothing_is_cut(stack, other):
    address, file = other
    sources.write(file, [], act="endless")
    for path in ("/records", "/records?limit=1", "/facets", "/exports/csv", "/exports/json?limit=5&order_by=id"):
        answer = stack.get(address + path)
        assert answer.status == 400, answer
        assert "at most 20000 of them" in answer.text
    # Where the first rows are enough, no others are made.
    assert [row["id"] for row in stack.get(address + "/exports/json?limit=3&offset=2").json()] == [2, 3, 4]
    assert stack.get(address + "/exports/json?limit=0").json() == []
    assert stack.get(address + "/openapi.json").status == 200
    far = hashlib.sha256(b"[30000]").hexdigest()[:40]
    assert stack.get(f"{address}/records/{far}").json()["id"] == 30000
    sources.write(file, [{"id": i, "nom": "x" * 100000} for i in range(84)])
    answer = stack.get(address + "/records?select=id")
    assert answer.status == 400 and "at most 8388608 bytes of them" in answer.text
    sources.write(file, [{"id": i, "nom": "x" * 100000} for i in range(83)])
    assert stack.get(address + "/records?select=id").json()["total_count"] == 83


def test_as_many_rows_as_there_may_be(stack, other):
    address, file = other
    sources.write(file, [{"id": i, "n": i % 10, "geo": {"lon": 3, "lat": 50}} for i in range(20000)])
    page = stack.get(address + "/records", {"where": "n = 3", "order_by": "id desc", "limit": 1, "select": "id"}).json()
    assert page == {"total_count": 2000, "results": [{"id": 19993}]}
    assert len(stack.get(address + "/exports/jsonl").text.splitlines()) == 20000
    facets = stack.get(address + "/facets", {"facet": "n"}).json()["facets"][0]["facets"]
    assert [f["count"] for f in facets] == [2000] * 10


@pytest.mark.expects_log_errors("HANDLER")
def test_no_rows_at_all(stack, other):
    address, file = other
    sources.write(file, [])
    assert stack.get(address + "/records").json() == {"total_count": 0, "results": []}
    assert all(f["facets"] == [] for f in stack.get(address + "/facets").json()["facets"])
    assert stack.get(address + "/records?select=count(*)&group_by=nom").json()["results"] == []
    file.unlink()
    gone = stack.get(address + "/records")
    assert gone.status == 503 and gone.json()["message"] == "there are no rows at the moment"
    assert int(gone.headers["Retry-After"]) > 0


@pytest.mark.expects_log_errors("HANDLER")
@pytest.mark.parametrize(("act", "status", "message"), [
    ("fail", 500, "the upstream is away"), ("fail-open", 503, "the file is being written"),
    ("no-key", 500, "The handler of the dataset failed."),
])
def test_a_source_that_fails(stack, other, act, status, message):
    address, file = other
    sources.write(file, ROWS, act=act)
    for path in ("/records", "/exports/json", "/facets", "/exports/csv?limit=1"):
        answer = stack.get(address + path)
        assert (answer.status, answer.json()["message"]) == (status, message)


@pytest.mark.expects_log_errors("HANDLER", "handler.misuse")
def test_rows_that_are_none(stack, other):
    address, file = other
    sources.write(file, [{"id": 1}, {"id": 2}, {"id": 1}])
    answer = stack.get(address + "/records?where=id=2")
    assert answer.status == 500 and answer.json()["error_code"] == "HandlerError"
    sources.write(file, [{"id": 1, "n": 2}], act="computed")
    assert stack.get(address + "/records?select=n,double_n").json()["results"] == [{"n": 2, "double_n": 4}]


@pytest.mark.parametrize(("path", "query", "asked"), [
    ("/records", {}, "id; nom; limit -1"),
    ("/records", {"where": "id in (3, 5, 7) and id > 3 and id != 9"}, "id =3 =5 =7 >=3; nom; limit -1"),
    ("/records", {"where": "id = 3", "refine": "nom:Gare"}, "id =3; nom =Gare; limit -1"),
    ("/records", {"where": "id in [2 .. 9[ and (nom = \"a\" or n = 1)"}, "id >=2 <=9; nom; limit -1"),
    ("/records", {"where": "not id = 3 and double_n > 1"}, "id; nom; limit -1"),
    ("/records", {"where": "vu >= date'2026-01-01'"}, "id; nom; vu >=1767225600000000; limit -1"),
    ("/records", {"where": "in_bbox(geo, 50, 3, 51, 4)"}, "id; nom; geo 3.00 50.00 4.00 51.00; limit -1"),
    ("/records", {"limit": "5", "offset": "2"}, "id; nom; limit -1"),
    ("/exports/json", {"limit": "5"}, "id; nom; limit 5"),
    ("/exports/json", {"limit": "5", "order_by": "id"}, "id; nom; limit -1"),
    ("/exports/json", {}, "id; nom; limit -1"),
    ("/facets", {"refine": "nom:x", "facet": "facet(name=\"nom\", disjunctive=true)"}, "id; nom; limit -1"),
])
def test_what_a_source_is_asked_for(stack, other, path, query, asked):
    address, file = other
    sources.write(file, [], act="tell")
    answer = stack.get(address + path, query)
    assert answer.status == 200, answer
    stack.settle()
    log = (stack.log_folder / "beffroi.log").read_text(encoding="utf-8")
    [line] = [line for line in log.splitlines() if answer.headers["X-Request-Id"] in line and "asked: " in line]
    assert line.split("asked: ")[1].split('"')[0] == asked

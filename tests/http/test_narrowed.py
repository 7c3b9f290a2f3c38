"""Keys that were narrowed: whatever protocol asks, they see and write no more than that."""

import concurrent.futures
import json

import pytest

from harness import dataset
from harness.faults import Holder, wait_until
from harness.tokens import Forge

ID, OTHER, PLAIN = "narrowed", "narrowed-other", "narrowed-plain"
CATALOG = "/api/explore/v2.1/catalog"
LILLE = [3.0, 50.6, 3.1, 50.7]
PLACES = {1: (3.0704, 50.6365), 2: (3.0, 50.6), 3: (3.1, 50.7), 4: (3.2, 50.65), 5: (2.35, 48.85), 6: None}
INSIDE = [1, 2, 3]  # the border belongs to it
SHAPES = [{"name": "id", "type": "int"}, {"name": "nom", "type": "text", "facet": True}, {"name": "geo", "type": "geo_shape"}]


def row(number):
    place = PLACES[number]
    return {"id": number, "nom": f"n{number}", "geo": place and {"lon": place[0], "lat": place[1]}}


@pytest.fixture(scope="module", autouse=True)
def data(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp(ID)
    fields = [{"name": "id", "type": "int"}, {"name": "nom", "type": "text", "facet": True}, {"name": "geo", "type": "geo_point_2d"}]
    for name in (ID, OTHER):
        dataset.apply(stack, folder, dataset.manifest(name, fields=fields))
        assert stack.push(name, [row(number) for number in PLACES]).status == 200
    content = dataset.manifest(PLAIN, fields=fields[:2])
    del content["geometry"]
    dataset.apply(stack, folder, content)
    assert stack.push(PLAIN, [{"id": 1, "nom": "a"}]).status == 200
    dataset.apply(stack, folder, dataset.manifest("narrowed-shapes", fields=SHAPES))


@pytest.fixture(scope="module")
def forge(stack):
    return Forge(stack)


def ask(stack, token, path, **headers):
    return stack.get(path, headers={"Authorization": f"Bearer {token}", **headers})


# ---- datasets --------------------------------------------------------------------------------------

ADDRESSES = [CATALOG + "/datasets/{}", CATALOG + "/datasets/{}/records", CATALOG + "/datasets/{}/records?where=nope",
             CATALOG + "/datasets/{}/facets", CATALOG + "/datasets/{}/exports", CATALOG + "/datasets/{}/exports/csv",
             CATALOG + "/datasets/{}/attachments", "/api/explore/v2.0/catalog/datasets/{}", "/api/v2/catalog/datasets/{}/records",
             "/api/records/1.0/search?dataset={}", "/api/records/1.0/download?dataset={}", "/api/records/1.0/analyze?dataset={}&x=nom&y.s.func=COUNT",
             "/api/datasets/1.0/{}", "/explore/dataset/{}/download"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_another_dataset_is_not_there(stack, forge, address):
    token = forge.issue(datasets=[ID])
    assert ask(stack, token, address.format(ID)).status in (200, 400)
    hidden = ask(stack, token, address.format(OTHER))
    missing = ask(stack, token, address.format("narrowed-missing"))
    assert hidden.status == missing.status == 404
    assert hidden.text.replace(OTHER, "X") == missing.text.replace("narrowed-missing", "X") or "request_id" in hidden.text
    assert ask(stack, forge.issue(), address.format(OTHER)).status == stack.get(address.format(OTHER)).status


def listed(answer):
    assert answer.status == 200, answer
    return answer.json()


def test_another_dataset_is_not_listed(stack, forge):
    one, two = forge.issue(datasets=[ID]), forge.issue(datasets=[ID, PLAIN])
    body = listed(ask(stack, one, f"{CATALOG}/datasets?limit=100"))
    assert body["total_count"] == 1 and [found["dataset_id"] for found in body["results"]] == [ID]
    body = listed(ask(stack, two, f"{CATALOG}/datasets?limit=100&order_by=dataset_id"))
    assert [found["dataset_id"] for found in body["results"]] == [ID, PLAIN]
    assert listed(ask(stack, one, f"{CATALOG}/datasets?where=dataset_id='{OTHER}'"))["total_count"] == 0
    old = listed(ask(stack, one, "/api/datasets/1.0/search?rows=100"))
    assert old["nhits"] == 1 and [found["datasetid"] for found in old["datasets"]] == [ID]
    facets = listed(ask(stack, two, f"{CATALOG}/facets?facet=publisher"))
    assert [value["count"] for facet in facets["facets"] for value in facet["facets"]] == [2]
    export = ask(stack, one, f"{CATALOG}/exports/csv").text
    assert ID in export and OTHER not in export and PLAIN not in export
    assert listed(stack.get(f"{CATALOG}/datasets"))["total_count"] > 3


def test_a_push_elsewhere_finds_no_dataset(stack, forge):
    token = forge.issue(datasets=[ID], scope="push:*")
    assert stack.push(ID, [row(1)], key=token).status == 200
    assert stack.push(OTHER, [row(1)], key=token).status == 404
    assert stack.push("narrowed-missing", [row(1)], key=token).status == 404


# ---- bbox ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def boxed(forge):
    return forge.issue(bbox=LILLE)


def test_records_elsewhere_are_not_seen(stack, boxed):
    records = f"{CATALOG}/datasets/{ID}/records"
    body = listed(ask(stack, boxed, records + "?order_by=id"))
    assert body["total_count"] == 3 and [one["id"] for one in body["results"]] == INSIDE
    assert listed(ask(stack, boxed, records + "?where=id>3"))["total_count"] == 0
    assert listed(ask(stack, boxed, records + "?where=id%3E2%20or%20id%3C9"))["total_count"] == 3
    assert {one["n"] for one in listed(ask(stack, boxed, records + "?select=count(*)%20as%20n"))["results"]} == {3}
    groups = listed(ask(stack, boxed, records + "?group_by=nom&order_by=nom"))["results"]
    assert [group["nom"] for group in groups] == ["n1", "n2", "n3"]
    facets = listed(ask(stack, boxed, f"{CATALOG}/datasets/{ID}/facets?facet=nom"))["facets"][0]["facets"]
    assert sorted(value["name"] for value in facets) == ["n1", "n2", "n3"]
    export = listed(ask(stack, boxed, f"{CATALOG}/datasets/{ID}/exports/json"))
    assert sorted(one["id"] for one in export) == INSIDE
    lines = ask(stack, boxed, f"{CATALOG}/datasets/{ID}/exports/csv").text.splitlines()
    assert len(lines) == 4


def test_one_record_elsewhere_is_not_there(stack, boxed):
    everything = listed(stack.get(f"/api/records/1.0/search?dataset={ID}&rows=10"))["records"]
    for record in everything:
        inside = record["fields"]["id"] in INSIDE
        path = f"{CATALOG}/datasets/{ID}/records/{record['recordid']}"
        assert ask(stack, boxed, path).status == (200 if inside else 404)
        old = f"/api/datasets/1.0/{ID}/records/{record['recordid']}"
        assert ask(stack, boxed, old).status == (200 if inside else 404)


def test_the_old_api_sees_no_more(stack, boxed):
    found = listed(ask(stack, boxed, f"/api/records/1.0/search?dataset={ID}&rows=10&facet=nom"))
    assert found["nhits"] == 3 and sorted(one["fields"]["id"] for one in found["records"]) == INSIDE
    assert sorted(value["name"] for value in found["facet_groups"][0]["facets"]) == ["n1", "n2", "n3"]
    series = listed(ask(stack, boxed, f"/api/records/1.0/analyze?dataset={ID}&x=nom&y.s.func=COUNT"))
    assert len(series) == 3
    assert sorted(one["fields"]["id"] for one in listed(ask(stack, boxed, f"/api/records/1.0/download?dataset={ID}"))) == INSIDE
    clusters = listed(ask(stack, boxed, f"/api/records/1.0/geocluster?dataset={ID}&clusterprecision=20&clusterdistance=0"))
    assert sum(one["count"] for one in clusters["clusters"]) == 3
    assert listed(ask(stack, boxed, f"/api/records/1.0/boundingbox?dataset={ID}"))["count"] == 3


def test_a_dataset_without_places_shows_nothing(stack, boxed):
    assert listed(ask(stack, boxed, f"{CATALOG}/datasets/{PLAIN}/records"))["total_count"] == 0
    assert listed(ask(stack, boxed, f"{CATALOG}/datasets/{PLAIN}/exports/json")) == []


def test_answers_that_differ_have_tags_and_caches_that_differ(stack, forge, boxed):
    path = f"{CATALOG}/datasets/{ID}/records?limit=7"
    for _ in range(3):  # the third time from memory
        plain, narrow = stack.get(path), ask(stack, boxed, path)
        other = ask(stack, forge.issue(bbox=[2.0, 48.0, 2.5, 49.0]), path)
        assert len({answer.headers["ETag"] for answer in (plain, narrow, other)}) == 3
        assert [answer.json()["total_count"] for answer in (plain, narrow, other)] == [6, 3, 1]
        assert plain.headers["Cache-Control"] == "public, no-cache"
        assert narrow.headers["Cache-Control"] == "private, no-cache"
        assert ask(stack, boxed, path, **{"If-None-Match": plain.headers["ETag"]}).status == 200
        assert ask(stack, boxed, path, **{"If-None-Match": narrow.headers["ETag"]}).status == 304
    catalog = f"{CATALOG}/datasets?limit=3"
    assert ask(stack, forge.issue(datasets=[ID]), catalog).headers["ETag"] != stack.get(catalog).headers["ETag"]


def refused(answer, status, field=None):
    assert answer.status == status, answer
    if field:
        fault = answer.json()["errors"][0]
        assert fault["field"] == field and "inside a box" in fault["reason"], fault


def test_rows_elsewhere_are_refused(stack, forge):
    token = forge.issue(bbox=LILLE, scope="push:*")
    assert stack.push(ID, [row(1), row(3)], key=token).status == 200
    before = listed(stack.get(f"{CATALOG}/datasets/{ID}/records"))["total_count"]
    for bad in (4, 5, 6):
        refused(stack.push(ID, [row(1), {**row(bad), "id": 90}], key=token), 422, "geo")
    csv = b"id,nom,geo\n91,x,\"48.85,2.35\"\n"
    refused(stack.push(ID, csv, key=token, content_type="text/csv"), 422, "geo")
    assert listed(stack.get(f"{CATALOG}/datasets/{ID}/records"))["total_count"] == before
    refused(stack.push(ID, [row(1)], mode="snapshot", key=token), 403)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    refused(stack.request("POST", f"/api/push/v1/datasets/{ID}/records/delete", b'[{"id": 1}]', headers), 403)
    refused(stack.request("POST", f"/api/push/1.0/{ID}/t/delete", b'[{"id": 1}]', headers), 403)
    refused(stack.push(PLAIN, [{"id": 2, "nom": "b"}], key=token), 403)


def test_a_shape_lies_wholly_inside(stack, forge):
    token = forge.issue(bbox=LILLE, scope="push:*")

    def push(geometry):
        return stack.push("narrowed-shapes", [{"id": 1, "nom": "a", "geo": geometry}], key=token)

    def polygon(west, south, east, north):
        return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}

    assert push(polygon(3.01, 50.61, 3.02, 50.62)).status == 200
    assert push(polygon(*LILLE)).status == 200
    assert push({"type": "MultiPoint", "coordinates": [[3.01, 50.61], [3.02, 50.62]]}).status == 200
    refused(push(polygon(3.01, 50.61, 3.2, 50.62)), 422, "geo")
    refused(push({"type": "LineString", "coordinates": [[3.01, 50.61], [3.02, 50.71]]}), 422, "geo")
    refused(push({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [3.01, 50.61]},
                                                              {"type": "Point", "coordinates": [4, 50.61]}]}), 422, "geo")


MOVES = "narrowed-moves"
HERE, AWAY = {"lon": 3.05, "lat": 50.65}, {"lon": 2.35, "lat": 48.85}


@pytest.fixture
def moves(stack, tmp_path):
    """A dataset with record 1 inside of the box, 2 outside, 3 nowhere."""
    fields = [{"name": "id", "type": "int"}, {"name": "nom", "type": "text"}, {"name": "geo", "type": "geo_point_2d"}]
    dataset.apply(stack, tmp_path, dataset.manifest(MOVES, fields=fields))
    rows = [{"id": 1, "nom": "a", "geo": HERE}, {"id": 2, "nom": "a", "geo": AWAY}, {"id": 3, "nom": "a", "geo": None}]
    assert stack.push(MOVES, rows, mode="snapshot").status == 200


def stored(stack):
    return stack.sql(f'SELECT id, nom, round(ST_X(geo)::numeric, 2), _commit FROM data."{MOVES}" ORDER BY id LIMIT 9')


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "take-over"}])
def test_a_record_elsewhere_is_not_taken_over(stack, forge, moves, headers):
    token, before = forge.issue(bbox=LILLE, scope="push:*"), stored(stack)
    lines = "\n".join(json.dumps({"id": number, "nom": "b", "geo": HERE}) for number in (1, 4, 2, 5, 3))
    for _ in range(2):  # the second time the worker knows the rows of its last commit
        answer = stack.push(MOVES, lines.encode(), key=token, content_type="application/x-ndjson", headers=headers)
        assert answer.status == 422 and "2 of 5 records are not valid" in answer.text
        faults = answer.json()["errors"]
        assert [(fault["record"], fault["line"], fault["field"]) for fault in faults] == [(3, 3, "geo"), (5, 5, "geo")]
        assert all("inside a box" in fault["reason"] and "replace" in fault["reason"] for fault in faults)
        assert stored(stack) == before
    mine = stack.push(MOVES, [{"id": 1, "nom": "b", "geo": HERE}, {"id": 4, "nom": "b", "geo": HERE}], key=token, headers=headers)
    assert mine.status == 200 and (mine.json()["changed"], mine.json()["added"]) == (1, 1)
    assert stack.push(MOVES, [{"id": 2, "nom": "b", "geo": HERE}]).status == 200  # by a key for everywhere
    assert stack.push(MOVES, [{"id": 2, "nom": "c", "geo": HERE}], key=token).status == 200  # it lies inside now


def test_a_large_push_takes_no_record_over(stack, forge, moves):
    token, before = forge.issue(bbox=LILLE, scope="push:*"), stored(stack)
    rows = [{"id": number, "nom": "b", "geo": HERE} for number in range(10000, 19000)]
    answer = stack.push(MOVES, [*rows, {"id": 2, "nom": "b", "geo": HERE}], key=token)
    assert answer.status == 422 and "1 of 9001 records is not valid" in answer.text
    assert [(fault["record"], fault["field"]) for fault in answer.json()["errors"]] == [(9001, "geo")]
    assert stored(stack) == before
    assert stack.push(MOVES, rows, key=token).json()["added"] == 9000
    assert stack.push(MOVES, [{**row, "geo": AWAY} for row in rows]).json()["changed"] == 9000
    answer = stack.push(MOVES, rows, key=token)
    assert "9000 of 9000 records are not valid" in answer.text and len(answer.json()["errors"]) == 20


def test_a_shape_that_reaches_out_of_the_box_is_not_taken_over(stack, forge):
    token = forge.issue(bbox=LILLE, scope="push:*")
    line = {"type": "LineString", "coordinates": [[3.05, 50.65], [3.1000001, 50.65]]}
    assert stack.push("narrowed-shapes", [{"id": 70, "nom": "a", "geo": line}]).status == 200
    inside = {"type": "LineString", "coordinates": [[3.05, 50.65], [3.1, 50.7]]}
    refused(stack.push("narrowed-shapes", [{"id": 70, "nom": "b", "geo": inside}], key=token), 422, "geo")
    assert stack.push("narrowed-shapes", [{"id": 71, "nom": "b", "geo": inside}], key=token).status == 200
    assert stack.push("narrowed-shapes", [{"id": 71, "nom": "c", "geo": inside}], key=token).status == 200  # on the border


def test_a_record_that_leaves_while_a_push_waits_is_not_taken_over(stack, forge, moves):
    """Another writer holds the dataset and moves the record out of the box: the push, which came when it was inside, is refused."""
    token = forge.issue(bbox=LILLE, scope="push:*")
    (number,), = stack.sql(f"SELECT number FROM catalog.dataset WHERE id = '{MOVES}'")
    with Holder(stack, "catalog.receipt") as other, concurrent.futures.ThreadPoolExecutor(1) as pool:
        assert other.ask(f"SELECT pg_advisory_xact_lock({0x6266}, {number}) IS NULL;") == "f"
        push = pool.submit(stack.push, MOVES, [{"id": 1, "nom": "b", "geo": HERE}], key=token)
        wait_until(other.waiting)
        assert other.ask(f'UPDATE data."{MOVES}" SET geo = ST_SetSRID(ST_MakePoint(2, 48), 4326) WHERE id = 1; COMMIT; SELECT 1;') == "1"
        refused(push.result(), 422, "geo")
    assert stored(stack)[0][1:3] == ["a", "2.00"]


# ---- origins ---------------------------------------------------------------------------------------

PAGE = "https://velo.example"


@pytest.fixture(scope="module")
def paged(forge):
    return forge.issue(origins=[PAGE, "http://localhost:8080"])


@pytest.mark.parametrize("headers", [{"Origin": PAGE}, {"Referer": PAGE + "/carte?x=1#y"}, {"Referer": PAGE},
                                     {"Origin": "http://localhost:8080"}, {"Origin": PAGE, "Referer": "https://other/"}])
def test_its_pages_may_use_it(stack, paged, headers):
    answer = ask(stack, paged, f"{CATALOG}/datasets/{ID}/records?limit=1", **headers)
    assert answer.status == 200
    origin = headers.get("Origin") or PAGE
    assert answer.headers.get_all("Access-Control-Allow-Origin") == [origin]
    assert "Origin" in ", ".join(answer.headers.get_all("Vary"))
    again = ask(stack, paged, f"{CATALOG}/datasets/{ID}/records?limit=1", **headers, **{"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304 and again.headers.get_all("Access-Control-Allow-Origin") == [origin]


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://velo.example.evil"}, {"Origin": "http://velo.example"}, {"Origin": "null"},
                                     {"Origin": PAGE + ":8443"}, {"Referer": "https://evil/https://velo.example/"}, {"Origin": PAGE.upper()},
                                     {"Referer": "https://velo.example@evil/"}, {"Referer": "velo.example"}, {"Referer": "https:///x"},
                                     {"Origin": "https://evil", "Referer": PAGE + "/"}, {"Origin": f"{PAGE} {PAGE}"}])
def test_others_may_not(stack, paged, headers):
    for path in (f"{CATALOG}/datasets/{ID}/records", f"/api/records/1.0/search?dataset={ID}", f"{CATALOG}/datasets"):
        answer = ask(stack, paged, path, **headers)
        assert answer.status == 403 and "pages of certain sites" in answer.text
        assert PAGE not in answer.text and PAGE not in str(answer.headers)
    assert stack.get(f"{CATALOG}/datasets/{ID}/records", headers=headers).status == 200

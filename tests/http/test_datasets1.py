"""The catalogue through v1.0 (contract 7.1, 7.3)."""

import pytest

from harness import dataset

SEARCH = "/api/datasets/1.0/search"


@pytest.fixture(scope="module")
def essai(stack, tmp_path_factory):
    dataset.apply(stack, tmp_path_factory.mktemp("catalogue1"), dataset.manifest(
        "catalogue1", keywords=["essai", "ancien"], themes=["Thème"], aliases={"fields": {"nombre": "n"}},
        generations=[{"api": ["1.0"], "fields": ["id", "nombre"]}]))
    assert stack.push("catalogue1", dataset.ROWS, mode="snapshot").status == 200
    return "catalogue1"


def get(stack, path=SEARCH, **parameters):
    answer = stack.get(path, parameters)
    assert answer.status == 200, answer
    return answer.json()


def ids(stack, **parameters):
    return [row["datasetid"] for row in get(stack, rows=-1, **parameters)["datasets"]]


def test_the_shape_of_the_list(stack, essai):
    body = get(stack, rows=1, q="datasetid=catalogue1")
    assert list(body) == ["nhits", "parameters", "datasets"] and body["nhits"] == 1
    assert body["parameters"] == {"rows": 1, "start": 0, "q": "datasetid=catalogue1", "format": "json", "timezone": "UTC"}
    assert body["datasets"] == [get(stack, "/api/datasets/1.0/catalogue1/")]


def test_one_dataset(stack, essai):
    body = get(stack, "/api/datasets/1.0/catalogue1", lang="en")
    assert list(body) == ["datasetid", "metas", "has_records", "data_visible", "features", "attachments", "alternative_exports",
                          "fields"]
    assert body["datasetid"] == "catalogue1" and body["features"] == ["analyze", "geo", "timeserie"]
    metas = body["metas"]
    assert (metas["title"], metas["keyword"], metas["theme"]) == ("Test catalogue1", ["essai", "ancien"], ["Thème"])
    assert (metas["publisher"], metas["records_count"]) == ("Beffroi", 4)
    assert None not in metas.values() and "territory" not in metas
    assert [(f["name"], f["label"], f["type"]) for f in body["fields"]] == [("id", "id", "int"), ("nombre", "n", "int")]
    assert body["fields"][1]["annotations"] == [{"name": "facet"}, {"name": "sortable"}, {"name": "unit", "args": ["1"]}]
    assert body["fields"][0]["annotations"] == [{"name": "sortable"}, {"name": "id"}]
    answer = stack.get("/api/datasets/1.0/nope")
    assert (answer.status, answer.json()) == (404, {"error": "The requested dataset nope does not exist."})


def test_harvesters(stack, essai):
    """udata-ods: pages with interopmetas."""
    seen = []
    for start in range(0, 100, 2):
        body = get(stack, interopmetas="true", start=start, rows=2)
        seen += [row["datasetid"] for row in body["datasets"]]
        assert all(list(row["interop_metas"])[0] == "dcat" for row in body["datasets"])
        if start + 2 >= body["nhits"]:
            break
    assert len(seen) == len(set(seen)) == body["nhits"] and "catalogue1" in seen


def test_what_is_looked_for(stack, essai):
    assert "catalogue1" in ids(stack) and "vlille-realtime" in ids(stack)
    assert ids(stack, q="vlille") == ["vlille-realtime"] and "catalogue1" not in ids(stack, q="vlil")
    assert ids(stack, q="records_count=4 AND datasetid=catalogue1") == ["catalogue1"]
    assert ids(stack, **{"refine.keyword": "ancien"}) == ["catalogue1"]
    assert "catalogue1" not in ids(stack, **{"exclude.publisher": "Beffroi"})
    assert sorted(ids(stack, sort="-datasetid")) == ids(stack, sort="-datasetid") == ids(stack, sort="datasetid")[::-1]
    newest = get(stack, sort="modified", rows=-1)["datasets"]
    assert [row["metas"]["modified"] for row in newest] == sorted((row["metas"]["modified"] for row in newest), reverse=True)


def test_facets(stack, essai):
    groups = get(stack, rows=0, facet=["publisher", "keyword"])["facet_groups"]
    assert [group["name"] for group in groups] == ["publisher", "keyword"]
    assert {"name": "ancien", "path": "ancien", "count": 1, "state": "displayed"} in groups[1]["facets"]


def test_mistakes(stack, essai):
    for parameters in ({"rows": "x"}, {"format": "geojson"}, {"facet": "nope"}, {"refine.nope": "1"}, {"q": "(("}, {"sort": "nope"},
                       {"geofilter.distance": "50,3,10"}, {"callback": "a b"}, {"start": 10001}):
        answer = stack.get(SEARCH, parameters)
        assert answer.status == 400 and list(answer.json()) == ["error"], answer
    assert stack.get(SEARCH, {"callback": "f", "rows": 0}).text.startswith('/**/f({"nhits": ')


def test_what_did_not_change_is_not_sent_again(stack, essai):
    for path in (SEARCH, "/api/datasets/1.0/catalogue1"):
        tag = stack.get(path).headers["ETag"]
        assert stack.get(path, headers={"If-None-Match": tag}).status == 304


def by_form(stack, path, body="", **headers):
    return stack.request("POST", path, body=body, headers={"Content-Type": "application/x-www-form-urlencoded", **headers})


def test_a_form_asks_the_same(stack, essai):
    """Every address of v1 (contract 1); a form is never answered by 304, and none of its parameters is passed over."""
    record = stack.get("/api/records/1.0/search?dataset=catalogue1&rows=1").json()["records"][0]["recordid"]
    for path in ("/api/datasets/1.0/catalogue1", "/api/datasets/1.0/catalogue1/", f"/api/datasets/1.0/catalogue1/records/{record}"):
        asked = stack.get(path, {"lang": "en", "timezone": "Europe/Paris"})
        posted = by_form(stack, path, "lang=en&timezone=Europe%2FParis", **{"If-None-Match": asked.headers["ETag"]})
        assert (posted.status, posted.json()) == (200, asked.json()) and posted.headers["ETag"] is None
        assert by_form(stack, path, "format=jsonp&callback=f").text.startswith("/**/f({")
        assert by_form(stack, path).json() == stack.get(path).json()
        for body in ("timezone=Nowhere", "lang=xx", "format=rss", "apikey=nope"):
            asked, posted = stack.get(f"{path}?{body}"), by_form(stack, path, body)
            assert (posted.status, posted.json()) == (asked.status, asked.json()) and posted.status in (400, 401)
    assert by_form(stack, "/api/datasets/1.0/nope").status == 404
    assert by_form(stack, "/api/datasets/1.0/catalogue1/records/" + 40 * "0").status == 404


def test_bodies_that_are_no_form(stack, essai):
    for path in ("/api/datasets/1.0/catalogue1", "/api/datasets/1.0/catalogue1/attachments/a"):
        for headers, body, status in (({"Content-Type": "application/json"}, "{}", 415),
                                      ({"Content-Type": "application/x-www-form-urlencoded"}, "a=%zz", 400)):
            answer = stack.request("POST", path, body=body, headers=headers)
            assert answer.status == status and list(answer.json()) == ["error"], answer


@pytest.mark.parametrize("path", ["/api/datasets/1.0/catalogue1/attachments/a", "/api/datasets/1.0/catalogue1/alternative_exports/a",
                                  "/api/datasets/1.0/catalogue1/files/a", "/explore/dataset/catalogue1/", "/explore/dataset/catalogue1/api/"])
def test_a_form_is_led_to_the_same_place(stack, essai, path):
    asked, posted = stack.get(path), by_form(stack, path, "lang=fr")
    assert (posted.status, posted.headers["Location"]) == (asked.status, asked.headers["Location"])
    assert posted.status in (302, 404)


@pytest.mark.parametrize("kind", ["attachments", "alternative_exports"])
def test_a_file_leads_to_where_it_is(stack, essai, kind):
    answer = stack.get(f"/api/datasets/1.0/catalogue1/{kind}/b%20c")
    assert answer.status == 302
    assert answer.headers["Location"] == f"{stack.url}/api/explore/v2.1/catalog/datasets/catalogue1/{kind}/b%20c"


def test_alternative_exports_are_told_with_their_address(stack, tmp_path):
    (tmp_path / "joint1").mkdir()
    (tmp_path / "joint1" / "gtfs.zip").write_bytes(b"PK")
    dataset.apply(stack, tmp_path, dataset.manifest("joint1", alternative_exports=[{"id": "gtfs", "file": "gtfs.zip", "description": "GTFS"}]))
    shown = stack.get("/api/datasets/1.0/joint1/").json()
    url = f"{stack.url}/api/datasets/1.0/joint1/alternative_exports/gtfs"
    assert shown["alternative_exports"] == [
        {"id": "gtfs", "title": "gtfs.zip", "description": "GTFS", "mimetype": "application/zip", "url": url}]
    assert shown["attachments"] == []
    moved = stack.get(url.removeprefix(stack.url) + "/")
    assert moved.status == 302
    assert stack.get(moved.headers["Location"].removeprefix(stack.url)).body == b"PK"


def test_no_field_holds_files(stack, essai):
    answer = stack.get("/api/datasets/1.0/catalogue1/files/abc/")
    assert (answer.status, answer.json()["error"]) == (
        404, "The requested file abc does not exist: no field of this dataset holds files.")

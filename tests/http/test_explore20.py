"""v2.0 and /api/v2: the operations of v2.1 in their older shapes (contract 2.1, 2.4), and include_links of v2.1."""

import urllib.parse

import pytest

from harness import dataset

ROOTS = ["/api/explore/v2.0", "/api/v2"]
DEPRECATED = "deprecated API version (v2.0), please use the current v2.1 version"


@pytest.fixture(scope="module")
def essai(stack, tmp_path_factory):
    dataset.apply(stack, tmp_path_factory.mktemp("v20"), dataset.manifest("v20"))
    assert stack.push("v20", dataset.ROWS, mode="snapshot").status == 200
    return "v20"


def get(stack, path, parameters=None, status=200):
    answer = stack.get(path, parameters)
    assert answer.status == status, answer
    assert answer.headers["ODS-Explore-API-Deprecation"] == DEPRECATED
    assert answer.headers["Link"].endswith('>; rel="deprecation"; type="text/html"')
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return answer


def rels(links):
    return [link["rel"] for link in links]


def follow(stack, href):
    assert href.startswith(stack.url + "/"), href
    answer = stack.get(href.removeprefix(stack.url))
    assert answer.status == 200, answer
    return answer.json()


@pytest.mark.parametrize("root", ROOTS)
def test_records(stack, essai, root):
    body = get(stack, f"{root}/catalog/datasets/v20/records", {"limit": 1, "select": "id, n"}).json()
    assert list(body) == ["total_count", "links", "records"] and body["total_count"] == 4
    element = body["records"][0]
    assert list(element) == ["links", "record"]
    assert list(element["record"]) == ["id", "timestamp", "size", "fields"]
    assert element["record"]["fields"] == {"id": 1, "n": 3}
    assert len(element["record"]["id"]) == 40 and element["record"]["size"] > 0
    assert element["record"]["timestamp"].endswith("+00:00")
    assert rels(element["links"]) == ["self", "datasets", "dataset"]
    one = follow(stack, element["links"][0]["href"])
    assert list(one) == ["links", "record"] and one["record"]["id"] == element["record"]["id"]
    assert list(follow(stack, element["links"][2]["href"])) == ["links", "dataset"]


@pytest.mark.parametrize("root", ROOTS)
def test_datasets(stack, essai, root):
    body = get(stack, f"{root}/catalog/datasets/", {"where": "dataset_id='v20'"}).json()
    assert list(body) == ["total_count", "links", "datasets"] and body["total_count"] == 1
    assert list(body["datasets"][0]) == ["links", "dataset"]
    assert body["datasets"][0]["dataset"]["dataset_id"] == "v20"
    one = get(stack, f"{root}/catalog/datasets/v20").json()
    assert one == body["datasets"][0]
    assert rels(one["links"]) == ["self", "datasets", "records", "exports"]
    for link in one["links"]:
        follow(stack, link["href"])


def test_pages_are_linked(stack, essai):
    seen, href = [], f"{stack.url}/api/v2/catalog/datasets/v20/records?limit=2&where=id%3E0&select=id"
    while href:
        body = follow(stack, href)
        seen += [element["record"]["fields"]["id"] for element in body["records"]]
        links = {link["rel"]: link["href"] for link in body["links"]}
        href = links.get("next")
    assert seen == [1, 2, 3, 4]
    assert list(links) == ["self", "first", "last"]
    assert "where=id%3E0&select=id&limit=2&offset=2" in links["last"]


def test_a_key_is_never_part_of_a_link(stack, essai):
    key = stack.key("push:v20")
    for name in ("apikey", "access_token", "pushkey"):
        answer = stack.get("/api/v2/catalog/datasets/v20/records", {name: key, "where": "nom='é&\"<'"})
        assert answer.status == 200 and key not in answer.text
        assert urllib.parse.quote("nom='é&\"<'", safe="") in answer.json()["links"][0]["href"]


@pytest.mark.parametrize("root", ROOTS)
def test_exports(stack, essai, root):
    formats = get(stack, f"{root}/catalog/datasets/v20/exports").json()["links"]
    assert all(link["href"].startswith(f"{stack.url}{root}/") for link in formats)
    assert get(stack, f"{root}/catalog/datasets/v20/exports/json").json()[0]["id"] == 1
    csv = get(stack, f"{root}/catalog/datasets/v20/exports/csv").body
    assert csv.startswith(b"id;nom;")
    assert get(stack, f"{root}/catalog/datasets/v20/exports/csv?with_bom=true").body == b"\xef\xbb\xbf" + csv
    assert stack.get("/api/explore/v2.1/catalog/datasets/v20/exports/csv").body == b"\xef\xbb\xbf" + csv


@pytest.mark.parametrize("root", ROOTS)
def test_errors_keep_the_notice(stack, essai, root):
    body = get(stack, f"{root}/catalog/datasets/nope/records", status=404).json()
    assert body == {"error_code": "NotFoundResource", "message": "The requested dataset nope does not exist."}
    assert get(stack, f"{root}/nothing/here", status=404).json()["error_code"] == "NotFoundURI"
    assert get(stack, f"{root}/catalog/datasets/v20/records", {"where": "nope=1"}, status=400).json()["error_code"] == "ODSQLError"
    assert get(stack, f"{root}/catalog/datasets/v20/records/{'0' * 40}", status=404)
    assert get(stack, f"{root}/catalog/datasets/v20/records?where=%00", status=400).json()["error_code"] == "BadRequest"


def test_a_304_of_one_version_is_not_that_of_another(stack, essai):
    path = "/catalog/datasets/v20/records?limit=1"
    tags = {root: stack.get(root + path).headers["ETag"] for root in [*ROOTS, "/api/explore/v2.1"]}
    assert len(set(tags.values())) == 3
    answer = stack.get(ROOTS[0] + path, headers={"If-None-Match": tags[ROOTS[0]]})
    assert answer.status == 304
    assert stack.get(ROOTS[1] + path, headers={"If-None-Match": tags[ROOTS[0]]}).status == 200


@pytest.mark.parametrize("path", ["datasets/v20/aggregates", "datasets/v20/query", "aggregates", "query"])
def test_what_v21_gave_up_is_gone(stack, essai, path):
    answer = stack.get(f"/api/explore/v2.1/catalog/{path}")
    assert answer.status == 410 and answer.json()["error_code"] == "Gone"
    assert "ODS-Explore-API-Deprecation" not in answer.headers


def test_v21_links_when_it_is_asked_to(stack, essai):
    path = "/api/explore/v2.1/catalog/datasets/v20"
    plain = stack.get(path + "/records?limit=2").json()
    body = stack.get(path + "/records?limit=2&include_links=true").json()
    assert list(body) == ["total_count", "_links", "results"]
    assert rels(body["_links"]) == ["self", "first", "last", "next"]
    row = body["results"][0]
    assert list(row)[:4] == ["_id", "_timestamp", "_size", "_links"]
    assert {name: value for name, value in row.items() if not name.startswith("_")} == plain["results"][0]
    one = follow(stack, row["_links"][0]["href"])
    assert one == plain["results"][0]
    assert list(stack.get(path + "?include_links=True").json())[:2] == ["_links", "visibility"]
    listed = stack.get("/api/explore/v2.1/catalog/datasets?include_links=1&where=dataset_id%3D'v20'").json()
    assert rels(listed["_links"]) == ["self", "first", "last"] and rels(listed["results"][0]["_links"]) == ["self", "catalog"]
    assert "_links" not in stack.get(path + "/records?include_links=false").json()


@pytest.mark.parametrize("root", ROOTS)
def test_aggregates(stack, essai, root):
    path = f"{root}/catalog/datasets/v20/aggregates"
    assert get(stack, path, {"select": "count(*) as c, sum(n) as s"}).json() == {"aggregations": [{"c": 4, "s": 6}]}
    groups = {"select": "count(*) as c", "group_by": "ouvert"}
    assert get(stack, path, groups).json() == {"aggregations": [{"ouvert": False, "c": 1}, {"ouvert": True, "c": 2}]}
    assert get(stack, path, {**groups, "limit": 1}).json() == {"aggregations": [{"ouvert": False, "c": 1}]}
    assert get(stack, path, {**groups, "limit": 5, "offset": 1}).json() == {"aggregations": [{"ouvert": True, "c": 2}]}
    assert get(stack, path, {**groups, "limit": 0}).json() == {"aggregations": []}
    assert get(stack, path, {**groups, "where": "id > 2", "order_by": "c desc"}).json() == {"aggregations": [{"ouvert": True, "c": 1}]}
    dates = get(stack, path, {"select": "count(*) as c", "group_by": "jour"}).json()["aggregations"]
    assert dates[0] == {"jour": 1767139200000, "c": 1}
    instants = get(stack, path, {"select": "count(*) as c", "group_by": "vu"}).json()["aggregations"]
    assert instants[0] == {"vu": 1767223800000, "c": 1}
    assert get(stack, path, {"group_by": "year(jour)"}).json()["aggregations"][0] == {"year(jour)": 2025}
    ranges = get(stack, path, {"select": "count(*) as c", "group_by": "RANGE(n, ]0, 10[) as r"}).json()
    assert ranges == {"aggregations": [{"r": "[*, -1]", "c": 1}, {"r": "[0, 9]", "c": 1}, {"r": "[10, *]", "c": 1}]}
    ranges = get(stack, path, {"select": "count(*) as c", "group_by": "range(x, [1[)"}).json()
    assert ranges == {"aggregations": [{"range(x, [1[)": "[1.0, *[", "c": 2}]}
    assert get(stack, path, {"select": "nope"}, status=400).json()["error_code"] == "ODSQLError"
    assert get(stack, path, {"limit": 20001}, status=400).json()["error_code"] == "InvalidRESTParameterError"


@pytest.mark.parametrize("root", ROOTS)
def test_aggregates_of_the_catalogue(stack, essai, root):
    path = f"{root}/catalog/aggregates"
    all_of_them = get(stack, f"{root}/catalog/datasets", {"limit": 1}).json()["total_count"]
    assert get(stack, path, {"select": "count(*) as n"}).json() == {"aggregations": [{"n": all_of_them}]}
    groups = get(stack, path, {"select": "count(*) as n", "group_by": "publisher", "order_by": "n desc"}).json()["aggregations"]
    assert sum(group["n"] for group in groups) == all_of_them and list(groups[0]) == ["publisher", "n"]
    one = {"select": "dataset_id, title, count(*) as n", "where": "dataset_id='v20'"}
    assert get(stack, path, one).json() == {"aggregations": [{"dataset_id": "v20", "title": "Essai v20", "n": 1}]}
    days = get(stack, path, {"group_by": "year(modified) as y"}).json()["aggregations"]
    assert all(isinstance(day["y"], int) for day in days)
    assert get(stack, path, {"group_by": "modified", "limit": 1}).json()["aggregations"][0]["modified"] > 1.6e12
    assert get(stack, path, {"select": "include(nope*)"}).json() == {"aggregations": [{}]}
    form = stack.request("POST", path, body="select=count(*) as n", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert form.json() == {"aggregations": [{"n": all_of_them}]}


def test_groups_are_no_records(stack, essai):
    groups = {"select": "count(*) as c", "group_by": "ouvert", "limit": 1}
    body = get(stack, "/api/v2/catalog/datasets/v20/records", groups).json()
    assert body["records"] == [{"links": [], "record": {"fields": {"ouvert": None, "c": 1}}}]
    path = "/api/explore/v2.1/catalog/datasets/v20/records"
    body = stack.get(path, {**groups, "include_links": "true"}).json()
    assert body["results"] == [{"ouvert": None, "c": 1}] and "_links" in body
    body = stack.get(path, {"select": "count(*) as c", "limit": 1, "include_links": "true"}).json()
    assert body["results"][0]["c"] == 4

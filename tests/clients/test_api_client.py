"""@opendatasoft/api-client of npm, pinned in package.json, against the real stack: run.cjs makes its calls once, each test
looks at what came of some. Needs node and npm, and the registry of npm the first time (build/clients keeps it)."""

import json
import pathlib
import subprocess

import pytest

from harness import dataset, npm

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def came(stack, tmp_path_factory):
    place = npm.installed(HERE, "clients")
    dataset.apply(stack, tmp_path_factory.mktemp("clients"), dataset.manifest("client"))
    assert stack.push("client", dataset.ROWS, mode="snapshot").status == 200
    node = subprocess.run(["node", "run.cjs", stack.url, "client", stack.key("push:client")], cwd=place,
                          capture_output=True, text=True, timeout=120, check=False)
    assert node.returncode == 0, node.stderr
    return json.loads(node.stdout)


@pytest.fixture
def value(came):
    def of(name):
        assert "value" in came[name], f"{name}: {came[name]}"
        return came[name]["value"]
    return of


def test_catalogue(value):
    body = value("catalog")
    assert list(body) == ["total_count", "results"] and body["results"][0]["dataset_id"] == "client"
    assert {"fields", "metas", "features", "has_records", "data_visible"} <= set(body["results"][0])
    assert value("dataset") == body["results"][0]
    assert len(value("catalog_order")["results"]) == 2
    assert value("catalog_facets")["facets"][0]["name"] == "publisher"


def test_the_catalogue_is_searched(value):
    assert value("catalog_search")["results"][0]["dataset_id"] == "vlille-realtime"


def test_records(value):
    body = value("records")
    assert body["total_count"] == 4 and [row["id"] for row in body["results"]] == [2, 3]
    assert body["results"][0]["vu"] == "2026-10-01T00:30:00+02:00"
    assert [list(row) for row in value("updaters")["results"]] == [["id", "nom"]] * 2
    assert value("record")["id"] == 1
    assert value("own_header") == value("with_key") == {"total_count": 4, "results": []}


def test_facets(value):
    facets = {facet["name"]: facet["facets"] for facet in value("facets")["facets"]}
    assert list(facets) == ["nom", "ouvert"] and len(facets["nom"]) == 4
    assert set(facets["ouvert"][0]) == {"name", "count", "state", "value"}
    assert value("refine")["results"] == value("refine_twice")["results"] == [{"id": 1}]


def test_groups(value):
    assert value("group")["results"] == [{"ouvert": None, "n": 1}, {"ouvert": False, "n": 1}, {"ouvert": True, "n": 2}]
    assert value("group_alias")["results"] == [{"open": False, "total": 10}]
    assert value("group_lower")["results"] == [{"low": "arrêt gare"}]


def test_exports(value):
    assert value("export_json") == [{"id": 3}, {"id": 4}]
    (feature,) = value("export_geojson")["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [3.0704, 50.6365]} and feature["properties"]["id"] == 1
    kind, text = value("export_csv")
    assert kind == "text/csv; charset=utf-8" and text.splitlines()[0].startswith("id;nom;n;")


@pytest.mark.parametrize("name, ids", [
    ("exact", [1]), ("exact_quotes", [3]), ("in_list", [1, 4]), ("all", [2, 3]), ("one", [1, 4]), ("none", [3, 4]), ("nested", [1]),
    ("dates", [2]), ("iso_dates", [2]), ("date_times", [2]), ("geometry", [1]), ("injected", []),
    ("search", [1, 4]), ("search_fields", [1, 4]), ("suggest", [1, 4]), ("suggest_fields", [2]), ("startswith", [1]),
])
def test_every_builder_of_conditions(value, name, ids):
    assert [row["id"] for row in value(name)["results"]] == ids


def test_the_older_version_says_that_it_is(value):
    body = value("old_version")
    assert body["keys"] == ["total_count", "links", "records"]
    (note,) = body["noted"]
    assert "deprecated API version (v2.0), please use the current v2.1 version" in note


@pytest.mark.parametrize("name, kind, status, code, words", [
    ("no_dataset", "NotFoundError", 404, "NotFoundResource", "The requested dataset no-such-thing does not exist."),
    ("no_record", "NotFoundError", 404, "NotFoundResource", "does not exist"),
    ("no_source", "NotFoundError", 404, "NotFoundURI", "The requested URI does not exist."),
    ("bad_field", "UserError", 400, "ODSQLError", "Unknown field: nope."),
    ("bad_syntax", "UserError", 400, "ODSQLSyntaxError", "unexpected = at position 5 in id = = 1."),
    ("bad_limit", "UserError", 400, "InvalidRESTParameterError", "101 was found but -1 <= limit <= 100 is expected."),
    ("bad_key", "AuthenticationError", 401, "Unauthorized", ""),
])
def test_errors_are_told_apart(came, name, kind, status, code, words):
    error = came[name]["error"]
    assert (error["type"], error["status"], error["code"]) == (kind, status, code) and words in error["message"]


def test_a_server_that_is_away(came):
    assert "status" not in came["away"]["error"]

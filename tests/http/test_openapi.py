"""The APIs' own descriptions: OpenAPI 3.0 and 3.1, of the portal and of each dataset. That every answer of every test fits
them is checked by the harness (tests/harness/described.py)."""

import copy
import json
import pathlib
import re

import pytest

from harness import dataset
from harness.described import DESCRIPTIONS, OwnDescription

ROOT = "/api/explore/v2.1"
OLD = ["/api/explore/v2.0", "/api/v2"]  # the same operations in older shapes
V1 = "/api/records/1.0"
V1_DATASETS = "/api/datasets/1.0"
PUSH = "/api/push/v1"
ROUTES = pathlib.Path(__file__).resolve().parents[2] / "modules" / "api" / "explore" / "routes.c"
VERSIONS = {"swagger.json": "3.0.3", "openapi.json": "3.1.0"}

# Names that are words of ODSQL, and types of every kind.
ODD = [
    {"name": "id", "type": "int"},
    {"name": "not", "type": "double", "unit": "m/s", "description": {"fr": "Une \"vitesse\"\n\\", "en": "A \"speed\"\n\\"}},
    {"name": "date", "type": "date", "facet": True},
    {"name": "mots", "type": "text", "facet": True, "multivalued": ";"},
    {"name": "asc", "type": "text", "facet": True},
]

ODD_ROW = {"id": 1, "not": 2.5, "date": "2026-09-30", "mots": "a;b", "asc": "l'été: \"1\" \\ 2"}


@pytest.fixture(scope="module")
def places(stack, tmp_path_factory):
    """Addresses of datasets: of every type; with odd names; without records; under another name."""
    folder = tmp_path_factory.mktemp("described")
    name = "Ancien:decrit"
    plain = dataset.apply(stack, folder, dataset.manifest("decrit", aliases={"dataset": [name]}))
    drole = dataset.manifest("decrit-drole", fields=ODD)
    del drole["geometry"]
    odd = dataset.apply(stack, folder, drole)
    empty = dataset.apply(stack, folder, dataset.manifest("decrit-vide"))
    assert stack.push("decrit", dataset.ROWS, mode="snapshot").status == 200
    assert stack.push("decrit-drole", [ODD_ROW], mode="snapshot").status == 200
    return [ROOT, plain, odd, empty, plain.replace("decrit", name)]


@pytest.fixture(scope="module")
def everywhere(places):
    """The same for every API that is described."""
    v1 = [V1] + [place.replace(f"{ROOT}/catalog/datasets", V1_DATASETS) for place in places[1:]]
    return places + [place.replace(ROOT, root) for root in OLD for place in places] + v1


def base(stack, document):
    """What comes before a path of the document in an address."""
    return document["servers"][0]["url"].removeprefix(stack.url)


def described(stack, place, file="openapi.json", **parameters):
    answer = stack.get(f"{place}/{file}", parameters)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8"), answer
    return answer.json()


def operations(document):
    for path, item in document["paths"].items():
        assert list(item) == ["get"]
        yield path, item["get"]


def resolved(document, node):
    while "$ref" in node:
        *_, kind, name = node["$ref"].split("/")
        node = document["components"][kind][name]
    return node


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        node = list(node.values())
    for value in node if isinstance(node, list) else []:
        yield from references(value)


# ---- the whole of it ---------------------------------------------------------------------------------

@pytest.mark.parametrize("file", VERSIONS)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_reference_leads_somewhere_and_every_component_is_used(stack, everywhere, file, lang):
    for place in [*everywhere, PUSH, f"{PUSH}/datasets/decrit"]:
        document = described(stack, place, file, lang=lang)
        assert document["openapi"] == VERSIONS[file]
        assert base(stack, document) == next((root for root in (ROOT, *OLD, "/api/push") if place.startswith(root)), "")
        used = set(references(document))
        there = {f"#/components/{kind}/{name}" for kind, named in document["components"].items() for name in named
                 if kind != "securitySchemes"}
        assert used == there
        ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
        assert len(ids) == len(set(ids))


def schemas(node):
    """Every schema of a document that stands by itself."""
    if isinstance(node, dict):
        yield from ([node["schema"]] if isinstance(node.get("schema"), dict) else [])
        node = [value for name, value in node.items() if name not in ("example", "examples")]
    for value in node if isinstance(node, list) else []:
        yield from schemas(value)


def test_every_schema_of_31_is_one_of_json_schema(stack, everywhere):
    import jsonschema

    check = jsonschema.Draft202012Validator.check_schema
    for place in [*everywhere, PUSH, f"{PUSH}/datasets/decrit", f"{PUSH}/datasets/decrit-drole"]:
        document = described(stack, place)
        found = [*document["components"]["schemas"].values(), *schemas(document)]
        assert len(found) > 20
        for schema in found:
            check(schema)
        for broken in ({"type": "text"}, {"required": ["a", "a"]}, {"minimum": "-1"}):
            with pytest.raises(jsonschema.SchemaError):
                check({**found[0], **broken})


def test_every_route_of_the_table_is_described_and_nothing_else(stack, places):
    text = ROUTES.read_text()
    macros = {"V21": ROOT, "DATASETS": f"{ROOT}/catalog/datasets", "ONE": f"{ROOT}/catalog/datasets/{{dataset_id}}"}
    routes = {macros[name] + rest for name, rest in re.findall(r'\.pattern = (V21|DATASETS|ONE)(?: "([^"]*)")?', text)}
    assert len(routes) == text.count(".pattern = ")
    for place, pattern in ((places[1], macros["ONE"]), (f"{ROOT}/catalog", f"{ROOT}/catalog")):
        formats = [link["rel"] for link in stack.get(f"{place}/exports").json()["links"]][1:]
        routes |= {f"{pattern}/exports/{name}" for name in formats}
    assert {(ROOT + path).rstrip("/") for path in described(stack, ROOT)["paths"]} == routes
    of_one = {route.replace("{dataset_id}", "decrit") for route in routes if "{dataset_id}" in route}
    assert {ROOT + path for path in described(stack, places[1])["paths"]} == of_one
    one = "/catalog/datasets/{dataset_id}"
    gone = {"/catalog/query", f"{one}/query"}  # v2.0 has aggregates
    for root in OLD:
        assert {(ROOT + path).rstrip("/") for path in described(stack, root)["paths"]} == routes - {ROOT + path for path in gone}


def test_names_of_operations_are_the_vendors(stack):
    ids = {path: operation["operationId"] for path, operation in operations(described(stack, ROOT))}
    one = "/catalog/datasets/{dataset_id}"
    vendor = {"/catalog/datasets": "getDatasets", one: "getDataset", f"{one}/records": "getRecords",
              f"{one}/records/{{record_id}}": "getRecord", f"{one}/facets": "getRecordsFacets",
              "/catalog/facets": "getDatasetsFacets", f"{one}/exports": "listDatasetExportFormats",
              "/catalog/exports/{format}": "exportDatasets", "/catalog/exports/csv": "exportCatalogCSV",
              f"{one}/exports/{{format}}": "exportRecords", f"{one}/exports/csv": "exportRecordsCSV"}
    assert vendor.items() <= ids.items()


# ---- what it says is so ------------------------------------------------------------------------------

def calls(document, path, operation):
    """The address of the operation, bare and with the example of each parameter in turn; those that are required always."""
    pairs = []
    needed = {}
    for parameter in (resolved(document, p) for p in operation.get("parameters", [])):
        example = parameter.get("example")
        if parameter["in"] == "path":
            if example is None:
                return
            path = path.replace(f"{{{parameter['name']}}}", example)
        elif example is not None:
            value = example if isinstance(example, list) else [example]
            pairs.append((parameter["name"], [str(v).lower() if isinstance(v, bool) else v for v in value]))
            if parameter.get("required"):
                needed[parameter["name"]] = pairs[-1][1]
    yield path, needed
    for name, value in pairs:
        yield path, {**needed, name: value}


def is_file(operation):
    """One that a dataset may have: an attachment, an alternative export."""
    return "*/*" in operation["responses"].get("200", {}).get("content", {})


def test_every_described_operation_answers_its_examples(stack, everywhere):
    made = 0
    for place in everywhere:
        document = described(stack, place)
        for path, operation in operations(document):
            expected = {int(status) for status in operation["responses"]}
            for address, parameters in calls(document, path, operation):
                answer = stack.get(base(stack, document) + address, parameters)
                if is_file(operation) and answer.status == 404:
                    continue  # the example of a file that this dataset has not
                right = 410 if operation.get("deprecated") else 302 if "302" in operation["responses"] else 200
                assert answer.status == right, (address, parameters, answer)
                assert answer.status in expected
                made += 1
    assert made > 600


def test_a_dataset_with_records_has_an_example_of_each_parameter_that_needs_one(stack, places):
    parameters = described(stack, places[1])["components"]["parameters"]
    assert {name for name, parameter in parameters.items() if "example" not in parameter} == set()
    assert parameters["refine"]["example"] == ['nom:"Arrêt Gare"']
    assert parameters["where"]["example"] == ["id > 0"]
    odd = described(stack, places[2])["components"]["parameters"]
    assert odd["group_by"]["example"] == "`date`"
    assert "example" not in odd["refine"] and "main_geo_field" not in parameters.keys() - {"main_geo_field"}


def test_bounds_and_choices_are_those_of_the_readers(stack, places):
    """A value outside of what is described is refused, one at its edge is not."""
    document = described(stack, places[1])
    path = document["paths"]["/catalog/datasets/decrit/exports/csv"]["get"]
    tried = 0
    for parameter in (resolved(document, p) for p in path["parameters"]):
        schema = parameter["schema"]
        bad = {"integer": [schema.get("minimum", 0) - 1, "x", ""], "boolean": ["2", "vrai"],
               "string": ["?"] if "enum" in schema else []}.get(schema["type"], [])
        good = {"boolean": ["true", "false"], "string": schema.get("enum", [])}.get(schema["type"], [])
        for value in bad:
            answer = stack.get(f"{places[1]}/exports/csv", {parameter["name"]: value})
            assert answer.status == 400 and parameter["name"] in answer.json()["message"], (parameter["name"], value, answer)
            tried += 1
        for value in good:
            answer = stack.get(f"{places[1]}/exports/csv", {parameter["name"]: value})
            assert answer.status == 200, (parameter["name"], value, answer)
            tried += 1
    assert tried > 20


def test_refusals_are_described_with_both_envelopes(stack, places):
    import jsonschema

    document = described(stack, places[1])
    responses = document["components"]["responses"]
    assert set(responses) == {"price", "not_modified", "bad_request", "unauthorized", "forbidden", "not_found", "gone", "quota", "server_error",
                              "unavailable"}

    def fits(name, body):
        content = responses[name]["content"]["application/json"]
        jsonschema.Draft202012Validator({**content["schema"], "components": document["components"]}).validate(body)
        return set(content.get("examples", {}))

    for name, address, headers in [
        ("bad_request", f"{places[1]}/records?limit=101", {}),
        ("bad_request", f"{places[1]}/records?where=x+y", {}),
        ("bad_request", f"{places[1]}/records?where=absent=1", {}),
        ("unauthorized", f"{places[1]}/records", {"Authorization": "Apikey faux"}),
        ("not_found", f"{places[1]}x/records", {}),
        ("not_found", f"{places[1]}/x", {}),
        ("gone", f"{places[1]}/query", {}),
    ]:
        body = stack.request("GET", address, headers=headers).json()
        assert body["error_code"] in fits(name, body)
    # As nginx sends it (nginx.conf.in).
    fits("quota", {"errorcode": 10002, "error": "Too many requests at the same time from one address."})
    with pytest.raises(jsonschema.ValidationError):
        fits("quota", {"error_code": "x", "message": "y"})


def test_v20_is_described_in_its_own_words(stack, places):
    document = described(stack, OLD[0])
    of = {path: [resolved(document, p)["name"] for p in operation["parameters"]] for path, operation in operations(document)}
    assert not {"cursor", "include_links"} & {name for names in of.values() for name in names}
    assert document["components"]["parameters"]["with_bom"]["schema"]["default"] is False
    shapes = document["components"]["schemas"]
    assert shapes["records"]["required"] == ["total_count", "links", "records"]
    assert shapes["record"]["required"] == ["fields"] and shapes["wrapped_record"]["required"] == ["links", "record"]
    fields = described(stack, places[1].replace(ROOT, OLD[0]))["components"]["schemas"]["fields"]
    assert list(fields["properties"]) == [field["name"] for field in dataset.FIELDS]
    assert fields["examples"] == stack.get(f"{places[1]}/records?limit=1").json()["results"]


def test_v1_is_described_in_its_own_words(stack, places):
    names = {path: [resolved(document, p)["name"] for p in operation["parameters"]]
             for document in [described(stack, V1)] for path, operation in operations(document)}
    assert {"dataset", "q", "rows", "refine.FIELD", "geofilter.distance"} <= set(names["/api/records/1.0/search"])
    assert "/explore/dataset/{dataset}/download" in names and "/api/datasets/1.0/{dataset}/records/{record}" in names
    document = described(stack, f"{V1_DATASETS}/decrit")
    search = document["paths"]["/api/records/1.0/search"]["get"]
    parameters = {p["name"]: p for p in (resolved(document, p) for p in search["parameters"])}
    assert parameters["dataset"]["required"] and parameters["dataset"]["schema"]["enum"] == ["decrit"]
    facets = [field["name"] for field in dataset.FIELDS if field.get("facet")]
    assert [name for name in parameters if name.startswith("refine.")] == [f"refine.{name}" for name in facets]
    assert parameters["refine.nom"]["example"] == ["Arrêt Gare"]
    fields = document["components"]["schemas"]["fields"]
    assert fields["properties"]["geo"]["type"] == "array" and fields["properties"]["forme"]["type"] == "object"
    record = stack.get("/api/records/1.0/search?dataset=decrit&rows=1").json()["records"][0]
    assert fields["examples"] == [record["fields"]]
    # A dataset without a place has nothing that needs one.
    odd = described(stack, f"{V1_DATASETS}/decrit-drole")
    assert "/api/records/1.0/geocluster" in document["paths"] and "/api/records/1.0/geocluster" not in odd["paths"]
    assert "geofilter.distance" in document["components"]["parameters"] and "geofilter.distance" not in odd["components"]["parameters"]


def test_push_is_described(stack, places):
    import jsonschema

    document = described(stack, PUSH)
    assert {path: list(item) for path, item in document["paths"].items()} == {
        "/v1/datasets/{dataset}/records": ["post"], "/v1/datasets/{dataset}/records/delete": ["post"],
        "/1.0/{dataset}/{resource}/push": ["post"], "/1.0/{dataset}/{resource}/delete": ["post"],
        "/1.0/{dataset}/{resource}/{record}/delete": ["get", "post"],
        "/v1/swagger.json": ["get"], "/v1/openapi.json": ["get"],
        "/v1/datasets/{dataset}/swagger.json": ["get"], "/v1/datasets/{dataset}/openapi.json": ["get"],
    }
    records = document["paths"]["/v1/datasets/{dataset}/records"]["post"]
    assert list(records["requestBody"]["content"]) == ["application/json", "application/x-ndjson", "text/csv"]
    assert {} not in records["security"] and {"pushkey": []} in records["security"]
    assert [resolved(document, p)["in"] for p in records["parameters"]] == ["path", "query", "query", "query", "header", "header"]
    media = records["responses"]["422"]["$ref"], document["paths"]["/1.0/{dataset}/{resource}/push"]["post"]["responses"]["422"]["$ref"]
    assert media == ("#/components/responses/invalid_records", "#/components/responses/invalid_records_1")
    # Of a dataset: what may be sent of a record. The harness holds the answers against it.
    one = described(stack, f"{PUSH}/datasets/decrit")
    path = "/v1/datasets/decrit/records"
    assert {name.replace("decrit", "{dataset}") for name in one["paths"]} == set(document["paths"]) - {"/v1/swagger.json", "/v1/openapi.json"}
    record = one["components"]["schemas"]["record"]
    assert record["required"] == ["id"]
    assert list(record["properties"]) == [field["name"] for field in dataset.FIELDS if "sql" not in field]
    sent = one["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator({**sent, "components": one["components"]})
    bare = {"id": 1, "geo": [50.6, 3.06], "forme": '{"type": "Point", "coordinates": [3, 50]}', "libre": [1]}
    for good in (dataset.ROWS, dataset.ROWS[2], [], bare, {**bare, "geo": "50.6, 3.06"}):
        assert [error.message for error in validator.iter_errors(good)] == []
        answer = stack.push("decrit-vide", good)
        assert answer.status == 200, answer
    lists = described(stack, f"{PUSH}/datasets/decrit-drole")["components"]["schemas"]["record"]
    for good in (["a", "b"], "a;b", None, []):
        jsonschema.Draft202012Validator(lists).validate({"id": 2, "mots": good})
        assert stack.push("decrit-drole", {"id": 2, "mots": good}).status == 200
    for bad in ({"nom": "x"}, {"id": "x"}, {"id": 1, "ouvert": "oui"}, {"id": 1, "geo": [1]}, {"id": 1, "x": "1"}, 3):
        assert list(validator.iter_errors(bad))
        assert stack.push("decrit-vide", bad).status in (400, 422)
    for name, left in (("decrit-vide", []), ("decrit-drole", [ODD_ROW])):
        again = stack.request("POST", f"{PUSH}/datasets/{name}/records?mode=snapshot&allow_empty=true", body=json.dumps(left),
                              headers={"Authorization": f"Bearer {stack.key(f'push:{name}')}"})
        assert again.status == 200, again


def test_the_description_of_push_needs_no_key_and_has_a_tag(stack, places):
    for place in (PUSH, f"{PUSH}/datasets/decrit", f"{PUSH}/datasets/Ancien:decrit"):
        for file in VERSIONS:
            answer = stack.get(f"{place}/{file}")
            assert answer.json()["openapi"] == VERSIONS[file]
            again = stack.request("GET", f"{place}/{file}", headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status, again.body) == (304, b"")
            assert stack.get(f"{place}/{file}?lang=en").headers["ETag"] != answer.headers["ETag"]
    assert stack.get(f"{PUSH}/datasets/absent/openapi.json").status == 404
    assert stack.get(f"{PUSH}/openapi.json?lang=xx").status == 400


# What a parameter of v1 needs beside it to be looked at.
BESIDE = {"precision": {"x": "jour"}, "periodic": {"x": "jour"}, "y.SERIES.func": {"y.SERIES.expr": "n"}, "csv_separator": {"format": "csv"},
          "format": {"callback": "f"}}


def test_choices_and_bounds_of_v1_are_those_of_the_readers(stack, places):
    document = described(stack, f"{V1_DATASETS}/decrit")
    tried = 0
    for path, operation in operations(document):
        path, needed = next(calls(document, path, operation))
        for parameter in (resolved(document, p) for p in operation["parameters"]):
            schema, name = parameter["schema"], parameter["name"]
            good = [value for value in schema.get("enum", []) if name != "dataset"]
            bad = ["?"] if good else ["x", schema.get("minimum", 0) - 1] if schema["type"] == "integer" else []
            bad += [schema["maximum"] + 1] if "maximum" in schema else []
            for value in good + bad:
                beside = BESIDE.get(name, {}) if name != "format" or "jsonp" in value else {}
                answer = stack.get(path, {**needed, **beside, name: value})
                assert answer.status == (400 if value in bad else 200), (name, value, answer)
                assert value in good or name in answer.json()["error"]
                tried += 1
    assert tried > 100


def other(answer, status=None, body=None, path=None, media=None):
    """The same answer but for something."""
    changed = copy.copy(answer)
    changed.status, changed.path = status or answer.status, path or answer.path
    changed.body = answer.body if body is None else json.dumps(body).encode()
    changed.headers = copy.deepcopy(answer.headers)
    if media:
        changed.headers.replace_header("Content-Type", media)
    return changed


def test_the_harness_sees_what_does_not_fit(stack, places):
    """What tests/conftest.py holds against every answer, with answers that are wrong in one thing."""
    def without(answer, name):
        return {key: value for key, value in answer.json().items() if key != name}

    def refuses(address, answer):
        description = OwnDescription(stack.get(address).json(), stack.url, DESCRIPTIONS[address])
        try:
            description.check(answer)
        except AssertionError:
            return True
        return False

    page = stack.get(f"{places[1]}/records?limit=1")
    old = stack.get(f"{places[1].replace(ROOT, OLD[1])}/records?limit=1")
    v1 = stack.get("/api/records/1.0/search?dataset=decrit&rows=1")
    pushed = stack.push("decrit", dataset.ROWS)
    bad = stack.push("decrit", {"id": "x"})
    assert (pushed.status, bad.status) == (200, 422)
    for address, right, wrong in [
        (f"{ROOT}/openapi.json", page, [
            other(page, body=without(page, "total_count")), other(page, status=418), other(page, media="text/html"),
            other(page, path=f"{ROOT}/nowhere"), other(page, status=404)]),
        (f"{OLD[1]}/openapi.json", old, [other(old, body=without(old, "links")), other(old, body=page.json())]),
        (f"{V1}/openapi.json", v1, [other(v1, body=without(v1, "nhits")), other(v1, path="/api/datasets/1.0/a/b/c")]),
        (f"{PUSH}/openapi.json", pushed, [other(pushed, body=without(pushed, "commit")), other(pushed, status=201)]),
        (f"{PUSH}/openapi.json", bad, [other(bad, body=without(bad, "detail")), other(bad, media="application/json")]),
    ]:
        assert not refuses(address, right)
        assert all(refuses(address, answer) for answer in wrong)


# ---- one dataset -------------------------------------------------------------------------------------

def nullable(name, *types):
    """How both versions say that a value may be null."""
    return {"type": types[0], "nullable": True} if VERSIONS[name] == "3.0.3" else {"type": [types[0], "null"]}


@pytest.mark.parametrize("file", VERSIONS)
def test_the_fields_of_a_dataset_are_its_records_properties(stack, places, file):
    document = described(stack, places[1], file, lang="en")
    record = document["components"]["schemas"]["record"]
    own = [name for name in record["properties"] if not name.startswith("_")]
    assert own == [field["name"] for field in dataset.FIELDS]
    of = record["properties"]
    assert of["nom"] == {**nullable(file, "string"), "title": "Name"}
    assert of["n"] == {**nullable(file, "integer"), "format": "int64", "title": "n", "x-unit": "1"}
    assert of["jour"] == {**nullable(file, "string"), "format": "date", "title": "jour"}
    assert of["vu"] == {**nullable(file, "string"), "format": "date-time", "title": "vu"}
    assert of["ouvert"] == {**nullable(file, "boolean"), "title": "ouvert"}
    assert nullable(file, "object").items() <= of["geo"].items()
    example = record["example"] if file == "swagger.json" else record["examples"][0]
    assert example == stack.get(f"{places[1]}/records?limit=1").json()["results"][0]


@pytest.mark.parametrize("file", VERSIONS)
def test_every_record_fits_and_a_wrong_one_does_not(stack, places, file):
    import jsonschema
    from harness.openapi import nullable as plain

    for place in places[1:]:
        document = described(stack, place, file)
        components = {"components": plain(document["components"]) if file == "swagger.json" else document["components"]}
        validator = (jsonschema.Draft7Validator if file == "swagger.json" else jsonschema.Draft202012Validator)
        validator.check_schema(components["components"]["schemas"]["record"])
        page = validator({"$ref": "#/components/schemas/records", **components})
        body = stack.get(f"{place}/records?include_links=true").json()
        assert [error.message for error in page.iter_errors(body)] == []
        body["results"].append({"id": "one"})
        assert [list(error.absolute_path)[-1] for error in page.iter_errors(body)] == ["id"]


def test_texts_of_the_manifest_are_in_the_language_asked_for(stack, places):
    fr, en = described(stack, places[2], lang="fr"), described(stack, places[2], lang="en")
    assert fr["info"]["title"] == "Explore API v2.1: Essai decrit-drole"
    assert en["info"]["title"] == "Explore API v2.1: Test decrit-drole"
    assert en["components"]["schemas"]["record"]["properties"]["not"]["description"] == 'A "speed"\n\\'
    assert en["info"]["license"]["name"] == "Licence Ouverte 2.0"
    assert described(stack, places[2]) == fr


def test_a_dataset_without_records_is_described_without_an_example(stack, places):
    record = described(stack, places[3])["components"]["schemas"]["record"]
    assert "examples" not in record and len(record["properties"]) > 10


def test_another_name_of_a_dataset_is_described_under_that_name(stack, places):
    paths = described(stack, places[4])["paths"]
    assert "/catalog/datasets/Ancien:decrit/records" in paths


# ---- how it is asked for -----------------------------------------------------------------------------

def test_it_costs_nothing_when_it_is_known(stack, places):
    for place in (places[0], places[1]):
        for file in VERSIONS:
            answer = stack.get(f"{place}/{file}")
            again = stack.request("GET", f"{place}/{file}", headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status, again.body) == (304, b"")
            other = stack.get(f"{place}/{file}?lang=en")
            assert other.headers["ETag"] != answer.headers["ETag"]
            head = stack.request("HEAD", f"{place}/{file}")
            assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", answer.headers["Content-Length"])


@pytest.mark.parametrize("root", [ROOT, *OLD])
@pytest.mark.parametrize("path", ["", "/catalog"])
def test_the_roots_say_where_it_is(stack, root, path):
    links = stack.get(root + path).headers.get_all("Link")
    named = [link for link in links if 'rel="service-' in link]
    assert named == [f'<{stack.url}{root}/openapi.json>; rel="service-desc"; type="application/json"',
                     f'<{stack.url}{root}/console>; rel="service-doc"; type="text/html"']
    page = stack.get(f"{root}/console")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert stack.get(f"{root}/openapi.json").headers["Content-Type"].startswith("application/json")
    assert [link for link in links if 'rel="deprecation"' in link] == [link for link in links if link not in named]
    assert (root == ROOT) == (links == named)


def test_a_new_dataset_changes_the_portals_tag(stack, places, tmp_path):
    before = stack.get(f"{ROOT}/openapi.json").headers["ETag"]
    dataset.apply(stack, tmp_path, dataset.manifest("aaa-decrit"))
    after = stack.get(f"{ROOT}/openapi.json")
    assert after.headers["ETag"] != before
    assert after.json()["components"]["parameters"]["dataset_id"]["example"] == "aaa-decrit"


def test_what_is_not_there_is_not_described(stack, places):
    assert stack.get(f"{ROOT}/catalog/datasets/absent/openapi.json").status == 404
    assert stack.get(f"{ROOT}/openapi.json?lang=xx").status == 400
    assert stack.request("POST", f"{ROOT}/openapi.json").status == 405


def test_what_may_still_be_asked_is_described(stack, everywhere):
    """Where a client can read it: what is left, and when to come back; that answers have it so is checked by the harness."""
    for place in [*everywhere, PUSH, f"{PUSH}/datasets/decrit"]:
        document = described(stack, place)
        for path, item in document["paths"].items():
            for operation in item.values():
                answers = {int(status): set(resolved(document, answer).get("headers", {})) for status, answer in operation["responses"].items()}
                assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= answers[429], path
                for status, names in answers.items():
                    assert ("Retry-After" in names) == (status in (429, 503)), (path, status)
                    assert ("X-RateLimit-Reset" in names) == (status == 200), (path, status)
                    assert ("RateLimit" in names) == (status != 304), (path, status)

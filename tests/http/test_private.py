"""What not everybody sees (catalog/rights, api/visibility): to everybody else it was never there.

A dataset with private fields is asked the same as its twin, whose manifest never had them; a private dataset the same
as an id that nobody ever gave; the catalogue the same as before it was applied. The addresses and their parameters
are those that the descriptions list, so that a new one is asked without being named here.
"""

import http.client
import itertools
import json
import re
import time
import urllib.parse

import pytest

from harness import dataset, handlers
from harness.described import DESCRIPTIONS

V21, V20, V1 = "/api/explore/v2.1/catalog/datasets", "/api/v2/catalog/datasets", "/api/records/1.0/search"
PARTLY, TWIN = "lisible-a", "lisible-b"  # the second has never had the private fields
HIDDEN, NOBODY = "cachette-a", "cachette-b"  # the second has never been
CLOSED = "ferme-a"  # its records cannot be read

PUBLIC = [
    {"name": "id", "type": "int", "sortable": True},
    {"name": "nom", "type": "text", "facet": True},
    {"name": "n", "type": "int"},
]
PRIVATE = [
    {"name": "p_texte", "type": "text", "facet": True, "sortable": True, "label": {"fr": "Zanzibar"}},
    {"name": "p_mots", "type": "text", "facet": True, "multivalued": ","},
    {"name": "p_chemin", "type": "text", "facet": True, "hierarchical": "/"},
    {"name": "p_entier", "type": "int", "facet": True, "sortable": True},
    {"name": "p_reel", "type": "double", "sortable": True},
    {"name": "p_vrai", "type": "boolean", "facet": True},
    {"name": "p_jour", "type": "date", "facet": True},
    {"name": "p_vu", "type": "datetime", "sortable": True},
    {"name": "p_point", "type": "geo_point_2d"},
    {"name": "p_forme", "type": "geo_shape"},
    {"name": "p_libre", "type": "json_blob"},
    {"name": "p_calcul", "type": "int", "sql": "p_entier * 2", "facet": True},
]
NAMES = [field["name"] for field in PRIVATE] + ["ancien"]
ALIASES = {"dataset": [], "fields": {"ancien_nom": "nom", "ancien": "p_texte"}}
ROWS = [{"id": i, "nom": ["Gare", "Parc", "Bois d'Arcy"][i % 3], "n": i * 7 % 5, "p_texte": f"zanzibar {i % 4}",
         "p_mots": "eau,feu" if i % 2 else "terre", "p_chemin": f"velo/station{i % 3}", "p_entier": -i, "p_reel": i / 8,
         "p_vrai": i % 2 == 0, "p_jour": f"2024-01-{i % 27 + 1:02}", "p_vu": f"2024-02-{i % 27 + 1:02}T10:00:00Z",
         "p_point": {"lon": 3 + i / 100, "lat": 50}, "p_libre": {"zanzibar": i},
         "p_forme": {"type": "Point", "coordinates": [2, 48 + i / 100]}} for i in range(40)]


def manifest(name, private, **changes):
    fields = [field for pair in itertools.zip_longest(PUBLIC, [{**f, "requires": "read:zanzibar"} for f in PRIVATE])
              for field in pair if field and (private or not field["name"].startswith("p_"))]
    # The same values, computed of a private field and of a public one.
    fields.append({"name": "parite", "type": "int", "facet": True,
                   **({"sql": "abs(p_entier) % 2", "reveals": ["p_entier"]} if private else {"sql": "id % 2"})})
    aliases = ALIASES if private else {"dataset": [], "fields": {"ancien_nom": "nom"}}
    generations = [{"api": ["1.0"], "fields": ["ancien_nom", "id", *(["ancien", "p_entier"] if private else [])],
                    "values": {"ancien_nom": {"Gare": "Station"}, **({"ancien": {"zanzibar 1": "autre"}} if private else {})}}]
    out = dataset.manifest(name, fields=fields, aliases=aliases, generations=generations, **changes)
    if not private:
        del out["geometry"]
    return {**out, **({"geometry": "p_point"} if private else {})}


def plain(row):
    return {name: value for name, value in row.items() if not name.startswith("p_")}


class Portal:
    """Answers without the checks of the session's stack, over one connection: there are thousands."""

    def __init__(self, stack):
        self.stack = stack
        self.connection = None

    def ask(self, method, path, parameters=None, body=None, headers=None):
        if parameters:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(parameters, doseq=True)
        if not self.connection:
            self.connection = http.client.HTTPConnection(self.stack.host, self.stack.port, timeout=120)
        try:
            self.connection.request(method, path, body=body, headers=headers or {})
        except (http.client.HTTPException, OSError):  # nginx ends a kept connection after a thousand requests
            self.connection.close()
            self.connection.request(method, path, body=body, headers=headers or {})
        try:
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:
            self.connection.close()
            self.connection.request(method, path, body=body, headers=headers or {})
            answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()


# What differs between two datasets, and between two answers, whatever is private: who it is, and when that was (no date
# of the data is of this year).
OWN = [
    (re.compile(rb"da_[0-9a-z]{6}"), b"UID"),
    (re.compile(f"{time.gmtime().tm_year}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)".encode()), b"INSTANT"),
    (re.compile(rb"cursor=[\w-]{64}"), b"CURSOR"),
    (re.compile(rb'"request_id":"[0-9a-f]{32}"'), b"REQUEST"),
]
HEADERS = ("Content-Type", "X-Beffroi-Cost", "Content-Disposition", "Cache-Control", "Link", "Vary", "Content-Language", "Location", "Allow",
           "Access-Control-Allow-Origin")


def shown(answer, name, **instants):
    """An answer as one can compare it: with neutral names, and without its instants."""
    status, headers, body = answer
    kept = {h: (headers[h] or "").replace(name, "NAME").replace(urllib.parse.quote(name), "NAME") for h in HEADERS}
    kept["Link"] = re.sub(r"cursor=[\w-]{64}", "cursor=CURSOR", kept["Link"])
    body = body.replace(name.encode(), b"NAME")
    for pattern, neutral in OWN:
        body = pattern.sub(neutral, body)
    return status, kept, body


@pytest.fixture(scope="module")
def portal(stack):
    return Portal(stack)


def addresses(portal):
    """(path pattern, names of the query's parameters, methods) of every operation that the server describes."""
    found = {}
    for description in DESCRIPTIONS:
        document = json.loads(portal.ask("GET", description)[2])
        root = urllib.parse.urlsplit(document["servers"][0]["url"]).path.rstrip("/")
        for path, item in document["paths"].items():
            path = root + path
            for method, operation in item.items():
                if method not in ("get", "post"):
                    continue
                parameters = []
                for parameter in [*item.get("parameters", []), *operation.get("parameters", [])]:
                    if "$ref" in parameter:
                        parameter = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
                    if parameter["in"] == "query":
                        parameters.append(parameter["name"])
                entry = found.setdefault(path, [set(), set()])
                entry[0].update(parameters)
                entry[1].add(method.upper())
    assert len(found) > 70
    return [(path, sorted(parameters), methods) for path, (parameters, methods) in sorted(found.items())]


FILL = {"record": "0" * 40, "attachment": "notice", "export": "x", "template": "basic", "resource": "r"}


def filled(path, name, record=None):
    """The path with a dataset and whatever else it names; of exports each format."""
    def fill(match):
        key = match[1]
        if "dataset" in key:
            return name
        if "record" in key:
            return record or FILL["record"]
        if key == "format":
            return "FORMAT"
        return next((value for word, value in FILL.items() if word in key), "x")

    path = re.sub(r"\{([^}]+)\}", fill, path)
    return [path.replace("FORMAT", f) for f in ("csv", "json", "geojson", "jsonl")] if "FORMAT" in path else [path]


# ---- what is asked -----------------------------------------------------------------------------------------------------

def odsql(f):
    return [f, f"{f} is not null", f"not {f} = 1", f'{f} = "x"', f"{f} > 0", f"length({f}) > 1", f"year({f}) = 2024",
            f'search({f}, "zanzibar")', f'startswith({f}, "z")', f"distance({f}, geom'POINT(3 50)', 1km)", f"in_bbox({f}, 0, 0, 90, 90)",
            f'{f}: "x"', f"id = {f}", f"`{f}` = 1", f"t.{f} = 1"]


CONDITIONS = ['"zanzibar"', 'search("zanzibat")', 'search(*, "zanz")', 'suggest("zanz")', '"velo"', "distance(geo, geom'POINT(3 50)', 10km)",
              "parite = 1", "n = 3", "p_ = 1", "P_TEXTE = 1", 'include(p_texte, "x")', "nom like 'zan*'"]
SELECTED = ["*", "*, recordid, record_size", "p_*", "{f}", "{f} as n", "count({f})", "max({f}) as m", "include({f})", "include(p_*)",
            "exclude({f})", "bbox({f})", "parite", "record_size", "sum({f} + 1)", "ancien_nom"]
ORDERS = ["{f}", "-{f}", "{f} desc", "n, {f}", "max({f})", "random(1), {f}", "1", "4", "parite, id"]
GROUPS = ["{f}", "{f} as x", "range({f}, 2)", "year({f})", "geo_cluster({f}, 2)", "1", "2, 1", "nom, {f}", "parite", "parite, nom"]
OTHERS = ["{f}", "-{f}", "{f}:1", "{f}:zanzibar 1", "name={f}", "facet(name=\"{f}\")", "facet(name=\"{f}\", disjunctive=true)", "zanzibar", "{f}=1",
          "#exact({f},\"x\")", "#search({f},\"zanzibar\")", "NOT #null({f})", "{f}>0", "{f}:[1 TO 2]", "(50,3,100000)", "50,3,100000",
          "((0,0),(0,90),(90,90),(90,0))", "0,0,90,90", "0", "1", "true", "fr", "csv", "cb", "UTC"]


def values(parameter):
    """What to send as that parameter, with the names of private fields wherever a name may stand."""
    own = {"where": [text for f in NAMES for text in odsql(f)] + CONDITIONS, "select": SELECTED, "order_by": ORDERS, "group_by": GROUPS}
    for text in own.get(parameter, OTHERS):
        for f in NAMES if "{f}" in text else [""]:
            yield text.replace("{f}", f)


def questions(parameters):
    yield {}
    for parameter in parameters:
        if re.fullmatch(r"[\w.]*[A-Z]{2,}[\w.]*", parameter):  # a family: refine.FIELD
            for f in NAMES:
                yield {re.sub(r"[A-Z]{2,}", f, parameter): "zanzibar 1"}
            continue
        for value in values(parameter):
            yield {parameter: value}
    if "x" in parameters:  # analyze: two that only make sense together
        for f in NAMES:
            yield {"x": f, "y.a.func": "COUNT"}
            yield {"x": "nom", "y.a.func": "MAX", "y.a.expr": f}
    if "facet" in parameters:
        for f in NAMES:
            yield {"facet": f, f"refine.{f}": "1", f"disjunctive.{f}": "true", f"facetsort.{f}": "count"}
            yield {"facet": "nom", f"exclude.{f}": "1"}
    if "geofilter.distance" in parameters:
        for f in ("p_point", "p_forme"):
            yield {"geofilter.distance": "50,3,1000000", "geo_field": f}
            yield {"geofilter.distance": "50,3,1000000", "sort": f}


# ---- fields ------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def twins(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("private")
    dataset.apply(stack, folder, manifest(PARTLY, True))
    dataset.apply(stack, folder, manifest(TWIN, False))
    assert stack.push(PARTLY, ROWS, mode="snapshot").status == 200
    assert stack.push(TWIN, [plain(row) for row in ROWS], mode="snapshot").status == 200
    return stack.get(f"{V21}/{TWIN}/records?select=recordid&limit=1&order_by=id").json()["results"][0]["recordid"]


def same(portal, path_of, parameters=None, method="GET", **options):
    mine, other = (shown(portal.ask(method, path_of(name), parameters, **options), name) for name in (PARTLY, TWIN))
    assert mine == other, (path_of(PARTLY), parameters)
    return mine


def test_no_address_tells_a_private_field_from_none(portal, twins):
    asked, good = 0, 0
    for path, parameters, methods in addresses(portal):
        if "GET" not in methods or not ("dataset_id}" in path or "{dataset}" in path or "dataset" in parameters):
            continue
        wanted = [p for p in parameters if p not in ("dataset", "apikey", "pushkey", "access_token")]
        for pattern in filled(path, "{}", twins):
            for question in questions(wanted):
                def where(name, pattern=pattern):
                    return pattern.replace("{}", name) + (f"?dataset={name}" if "{}" not in pattern else "")

                status, _, body = same(portal, where, question)
                assert b"p_calcul" not in body or "p_calcul" in str(question), (pattern, question)
                asked, good = asked + 1, good + (status == 200)
    assert good > 500 and asked > 5000


@pytest.mark.parametrize("path", [f"{V21}/%s/records", f"{V21}/%s/facets", f"{V20}/%s/aggregates", V1 + "?dataset=%s"])
def test_a_form_is_no_way_around(portal, twins, path):
    for f in NAMES:
        for text in (f"select={f}", f"where={f}>0", f"order_by={f}", f"group_by={f}", f"facet={f}", f"q={f}=1", f"refine.{f}=1", f"sort={f}"):
            same(portal, lambda name: path % name, method="POST", body=text.encode(),
                 headers={"Content-Type": "application/x-www-form-urlencoded"})


def test_the_catalogue_shows_neither_field_nor_what_follows_from_it(portal, twins):
    for path, parameters, methods in addresses(portal):
        if "{" in path or "GET" not in methods or "where" not in parameters or "dataset" in parameters:
            continue
        for select in ("", "features", "bbox", "metas", "fields", "data_visible, features", "count(features)"):
            answers = [shown(portal.ask("GET", path, {"where": f'dataset_id = "{name}"', **({"select": select} if select else {})}), name)
                       for name in (PARTLY, TWIN)]
            assert answers[0] == answers[1], (path, select)
        for condition in ('features = "geo"', 'features = "timeserie"', 'features = "analyze"'):
            answers = [shown(portal.ask("GET", path, {"where": f'dataset_id = "{name}" and {condition}'}), name) for name in (PARTLY, TWIN)]
            assert answers[0] == answers[1], (path, condition)
    for name in (PARTLY, TWIN):
        found = json.loads(portal.ask("GET", V21, {"where": f'dataset_id = "{name}" and features = "geo"'})[2])
        assert found["total_count"] == 0


def test_a_key_with_the_right_sees_all_of_it(stack, twins):
    for scope in ("read:zanzibar", f"push:{TWIN} read:other read:zanzibar", "admin"):
        key = {"Authorization": "Bearer " + stack.key(scope)}
        answer = stack.get(f"{V21}/{PARTLY}/records", {"order_by": "p_entier", "limit": 1, "where": 'search("zanzibar") and p_point is not null'},
                           headers=key)
        assert answer.status == 200 and answer.headers["Cache-Control"] == "private, no-cache"
        row, = answer.json()["results"]
        assert (row["id"], row["p_entier"], row["p_texte"], row["p_calcul"]) == (39, -39, "zanzibar 3", -78)
        assert answer.json()["total_count"] == 40
        described = stack.get(f"{V21}/{PARTLY}", headers=key).json()
        assert {f["name"] for f in described["fields"]} >= {f["name"] for f in PRIVATE}
        assert described["metas"]["default"]["bbox"] and "geo" in described["features"]
        assert PARTLY in {d["dataset_id"] for d in stack.get(V21, {"where": 'features = "geo"', "limit": 100}, headers=key).json()["results"]}
    for scope in ("read", "read:zanzibar2", f"push:{TWIN}", "push:*", "read:other read:zanziba"):
        key = {"Authorization": "Bearer " + stack.key(scope)}
        answer = stack.get(f"{V21}/{PARTLY}/records?limit=1&order_by=id", headers=key)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert answer.json()["results"] == [{**plain(ROWS[0]), "parite": 0}]
        assert stack.get(f"{V21}/{PARTLY}/records", {"where": "p_entier > 0"}, headers=key).status == 400


def test_who_may_push_pushes_the_whole_row(stack, twins):
    refused = stack.push(PARTLY, [{"id": 1000, "p_textes": "x"}])
    assert refused.status == 422 and "p_texte" in refused.text
    assert stack.push(PARTLY, [{"id": 1000, "p_textes": "x"}], key=stack.key(f"push:{TWIN}")).status == 403


QUESTIONS = ["records?limit=3&order_by=id", "records?limit=1&where=n%3D3", "facets", "exports/csv", "exports/json?order_by=id", "records?select=record_size&limit=2",
             "openapi.json", ""]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("private_first", [True, False])
def test_nothing_that_is_kept_crosses_over(stack, portal, twins, question, private_first):
    """Hot answers, totals, facets and validators of one class are not those of another, whoever comes first."""
    key = {"Authorization": "Bearer " + stack.key("read:zanzibar")}
    path = f"{V21}/{PARTLY}/{question}".rstrip("/") + ("&" if "?" in question else "?") + f"lang={'en' if private_first else 'fr'}"

    def three(headers):
        """Kept when it is asked for the second time, given from memory the third time."""
        answers = [portal.ask("GET", path, headers=headers) for _ in range(4)]
        assert len({(status, body) for status, _, body in answers}) == 1
        assert answers[0][0] == 200
        return answers[0]

    first, second = (key, {}) if private_first else ({}, key)
    found = {"private" if headers else "public": three(headers) for headers in (first, second, first)}
    private, public = found["private"], found["public"]
    if "n%3D3" in question or "record_size" in question or "facets" in question or not question or "json" in question or "csv" in question:
        assert public[2] == portal.ask("GET", path)[2]
    assert private[1]["ETag"] != public[1]["ETag"]
    assert private[1]["Cache-Control"] == "private, no-cache" and public[1]["Cache-Control"] == "public, no-cache"
    assert b"p_calcul" not in public[2] and b"zanzibar" not in public[2].lower()
    for etag, headers, status in ((private, {}, 200), (public, key, 200), (private, key, 304), (public, {}, 304)):
        asked = portal.ask("GET", path, headers={**headers, "If-None-Match": etag[1]["ETag"]})
        assert asked[0] == status, (etag[1]["ETag"], headers)


def test_a_cursor_made_with_rights_is_of_no_use_without(stack, portal, twins):
    key = {"Authorization": "Bearer " + stack.key("read:zanzibar")}
    status, headers, _ = portal.ask("GET", f"{V21}/{PARTLY}/records?limit=5&order_by=p_entier&cursor=*", headers=key)
    assert status == 200
    following = re.search(r"<[^>]*?(/api[^>]*)>; rel=\"next\"", headers["Link"])[1]
    assert portal.ask("GET", following, headers=key)[0] == 200
    assert portal.ask("GET", following)[0] == 400
    status, headers, _ = portal.ask("GET", f"{V21}/{PARTLY}/records?limit=5&cursor=*", headers=key)
    following = re.search(r"<[^>]*?(/api[^>]*)>; rel=\"next\"", headers["Link"])[1]
    status, _, body = portal.ask("GET", following)
    assert status == 400 and b"another question" in body
    status, headers, _ = portal.ask("GET", f"{V21}/{PARTLY}/records?limit=5&cursor=*")
    following = re.search(r"<[^>]*?(/api[^>]*)>; rel=\"next\"", headers["Link"])[1]
    status, _, body = portal.ask("GET", following)
    assert status == 200 and [row["id"] for row in json.loads(body)["results"]] == [5, 6, 7, 8, 9] and b"p_" not in body


def test_an_earlier_commit_shows_no_more(stack, portal, twins):
    """A walk goes on in the past: also where an order or an answer is computed of what is not seen."""
    for question in ("order_by=parite", "order_by=-parite,id&select=id,parite,record_size,recordid", "where=parite%3D1", "select=id,record_size&order_by=nom"):
        walks = []
        for name in (PARTLY, TWIN):
            path, pages = f"{V21}/{name}/records?limit=9&cursor=*&{question}", []
            for first in (True, False):
                answer = portal.ask("GET", path)
                assert answer[0] == 200, answer
                pages.append(shown(answer, name)[2])
                path = re.search(r"<[^>]*?(/api[^>]*)>; rel=\"next\"", answer[1]["Link"])[1]
                change = [{**row, "p_entier": row["p_entier"] - 1, "p_texte": "autre", "nom": f"{row['nom']}{first}"} for row in ROWS[::2]]
                assert stack.push(name, change if name == PARTLY else [plain(row) for row in change]).status == 200
            walks.append(pages)
            assert stack.push(name, ROWS if name == PARTLY else [plain(row) for row in ROWS], mode="snapshot").status == 200
        assert walks[0] == walks[1]
    for sort in ("parite", "id"):
        same(portal, lambda name: f"{V21}/{name}/records?order_by={sort}&where=id%3C7", headers={"X-Beffroi-Dry-Run": "1"})


# ---- records -----------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def closed(stack, tmp_path_factory):
    dataset.apply(stack, tmp_path_factory.mktemp("closed"),
                  dataset.manifest(CLOSED, records_require="read:zanzibar",
                                   attachments=[]))
    assert stack.push(CLOSED, dataset.ROWS, mode="snapshot").status == 200
    return {"Authorization": "Bearer " + stack.key("read:zanzibar")}


def test_metadata_without_records(stack, closed):
    shown_here = stack.get(f"{V21}/{CLOSED}").json()
    assert shown_here["data_visible"] is False and shown_here["has_records"] is True and shown_here["visibility"] == "domain"
    assert shown_here["metas"]["default"]["bbox"] is None and shown_here["metas"]["default"]["records_count"] == 4
    assert stack.get(f"/api/datasets/1.0/{CLOSED}").json()["data_visible"] is False
    listed = stack.get(V21, {"where": "data_visible = false"}).json()
    assert [d["dataset_id"] for d in listed["results"]] == [CLOSED]
    assert stack.get(V21, {"where": "data_visible = false"}, headers=closed).json()["total_count"] == 0
    shown_there = stack.get(f"{V21}/{CLOSED}", headers=closed).json()
    assert shown_there["data_visible"] is True and shown_there["metas"]["default"]["bbox"]


def test_records_are_forbidden_in_the_contract_s_words(stack, portal, closed):
    answer = stack.get(f"{V21}/{CLOSED}/records")
    assert answer.status == 403
    assert answer.text == ('{\n  "error_code": "ForbiddenAccess",\n  "message": "You don\'t have permission to access the requested '
                           'resource"\n}')
    assert stack.get(f"{V21}/{CLOSED}/records", headers=closed).json()["total_count"] == 4
    for path, parameters, methods in addresses(portal):
        if "GET" not in methods or "push" in path or not ("dataset_id}" in path or "{dataset}" in path or "dataset" in parameters):
            continue
        for address in filled(path, CLOSED):
            given = {"dataset": CLOSED} if "dataset" in parameters else {}
            given.update({"x": "nom", "y.a.func": "COUNT"} if "analyze" in address else {})
            given.update({"clusterprecision": 5} if "clusterprecision" in parameters else {})
            status, _, body = portal.ask("GET", address, given)
            assert b"Gare" not in body and b"Arcy" not in body and b"3.07" not in body, address
            reads = re.search(r"/(records|facets|search|download|analyze|geocluster|geopreview|geopolygon|boundingbox)", address)
            gone = re.search(r"/v2.1/.*/(aggregates|query)$", address)
            assert status == 403 if (reads and not gone and "/exports" not in address) or address.endswith("/aggregates") and not gone \
                else status in (200, 302, 404, 410), address


@pytest.mark.parametrize("file,head", [
    ("csv", "id;nom;n;x;ouvert;jour;vu;geo;forme;libre;double_n\r\n"), ("json", "[]"), ("jsonl", ""),
])
def test_exports_have_their_head_alone(stack, closed, file, head):
    for root in (V21, V20):
        answer = stack.get(f"{root}/{CLOSED}/exports/{file}?where=n%3D3")
        assert answer.status == 200 and answer.text.lstrip("\ufeff") == head
        assert stack.get(f"{root}/{CLOSED}/exports/{file}", headers=closed).text.count("Gare") == 1
        assert stack.request("HEAD", f"{root}/{CLOSED}/exports/{file}").status == 200
    assert stack.get(f"{V21}/{CLOSED}/exports/geojson").json()["features"] == []
    assert stack.get(f"{V21}/{CLOSED}/exports/json?select=count(*)").json() == []


# ---- datasets ----------------------------------------------------------------------------------------------------------

def catalogue(portal):
    """Every answer that is of no one dataset, by its address."""
    answers = {}
    searched = {"where": ["", '"zanzibar"', 'search("zanzibat")', 'suggest("zanz")', f'dataset_id = "{HIDDEN}"', 'publisher = "Zanzibar"',
                          'features = "geo"', "records_count > 0", "data_visible"],
                "select": ["", "count(*)", "publisher"], "group_by": ["", "publisher", "features", "custom.coffre"],
                "order_by": ["", "-modified", "records_count"], "facet": ["", "publisher", "keyword", "custom.coffre"],
                "refine": ["publisher:Zanzibar", "features:geo"], "q": ["", "zanzibar", f"datasetid={HIDDEN}", "zanz", "publisher:Zanzibar"],
                "rows": ["100", "0"], "limit": ["100", "0"], "sort": ["modified"], "exclude": ["publisher:Zanzibar"], "lang": ["en"],
                "offset": ["1"], "start": ["1"], "interopmetas": ["true"], "include_links": ["true"], "include_app_metas": ["true"]}
    for path, parameters, methods in addresses(portal):
        if "GET" not in methods or "dataset" in parameters or "dataset_id}" in path or "{dataset}" in path:
            continue
        named = [path.replace("{template_type}", t).replace("{template_name}", n)
                 for t in ("basic", "interop", "extra") for n in ("custom", "inspire", "default")] if "{template_type}" in path else filled(path, "")
        for address in named:
            for parameter in ["", *parameters]:
                for value in searched.get(parameter, [] if parameter else [""]):
                    asked = {parameter: value} if value else {}
                    answers[address, str(asked)] = shown(portal.ask("GET", address, asked), "\0")
    return answers


@pytest.fixture(scope="module")
def cached(stack, portal, twins, closed, tmp_path_factory):
    """A private dataset, and what the catalogue was before it: of everybody, and for a key that cannot see it either."""
    before = catalogue(portal)
    other = dataset.manifest(
        HIDDEN, requires="read:zanzibar", publisher="Zanzibar", keywords=["zanzibar"], themes=["Zanzibar"],
        aliases={"dataset": ["cachette-alias-a"], "fields": {}}, metas={"custom": {"coffre": ["zanzibar"]}, "inspire": {"theme": ["Zanzibar"]}},
        attachments=[{"id": "notice", "file": "notice.txt", "title": "Zanzibar"}],
        description={"fr": "Zanzibar"}, title={"fr": "Zanzibar"})
    folder = tmp_path_factory.mktemp("hidden")
    (folder / HIDDEN).mkdir()
    (folder / HIDDEN / "notice.txt").write_text("zanzibar")
    dataset.apply(stack, folder, other)
    assert stack.push(HIDDEN, dataset.ROWS, mode="snapshot").status == 200
    return before


def test_the_catalogue_is_what_it_was(portal, cached):
    after = catalogue(portal)
    assert len(after) > 300 and after.keys() == cached.keys()
    for address, answer in after.items():
        assert answer == cached[address], address


def test_a_private_dataset_answers_like_an_id_that_nobody_gave(stack, portal, cached):
    tried = 0
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for (path, parameters, methods), (mine, nobody) in itertools.product(
            addresses(portal), [(HIDDEN, NOBODY), ("cachette-alias-a", "cachette-alias-b")]):
        if not ("dataset_id}" in path or "{dataset}" in path or "dataset" in parameters):
            continue
        for pattern in filled(path, "{}"):
            for method, key in itertools.product(["GET", "HEAD", "POST", "OPTIONS", "PUT"], [None, "read:other", f"push:{TWIN}", "nonsense"]):
                headers = dict(form)
                if key:
                    headers["Authorization"] = "Bearer " + (key if key == "nonsense" else stack.key(key))
                answers = []
                for name in (mine, nobody):
                    address = pattern.replace("{}", name) + (f"?dataset={name}" if "{}" not in pattern else "")
                    answers.append(shown(portal.ask(method, address, body=b"" if method == "POST" else None, headers=headers), name))
                assert answers[0] == answers[1], (method, pattern, key)
                tried += 1
    assert tried > 500


def test_who_has_the_right_finds_it_everywhere(stack, portal, cached):
    key = {"Authorization": "Bearer " + stack.key("read:zanzibar")}
    listed = stack.get(V21, {"where": '"zanzibar"'}, headers=key)
    assert [d["dataset_id"] for d in listed.json()["results"]] == [HIDDEN] and listed.headers["Cache-Control"] == "private, no-cache"
    assert listed.json()["results"][0]["visibility"] == "restricted"
    plain_list = stack.get(V21)
    assert plain_list.headers["Cache-Control"] == "public, no-cache" and plain_list.headers["ETag"] != stack.get(V21, headers=key).headers["ETag"]
    assert stack.get(V21, headers=key).json()["total_count"] == plain_list.json()["total_count"] + 1
    assert stack.get(f"{V21}/{HIDDEN}/records?limit=1", headers=key).json()["total_count"] == 4
    assert stack.get(f"{V21}/{HIDDEN}/attachments/notice", headers=key).text == "zanzibar"
    assert stack.get(V1, {"dataset": "cachette-alias-a"}, headers=key).json()["nhits"] == 4
    assert stack.get(f"{V20}/{HIDDEN}/exports/csv", headers=key).headers["Cache-Control"] == "private, no-cache"
    for answer in (stack.get("/api/explore/v2.1/catalog/facets", headers=key), stack.get("/api/explore/v2.1/catalog/exports/csv", headers=key)):
        assert "Zanzibar" in answer.text and answer.headers["Cache-Control"] == "private, no-cache"


def test_what_is_kept_of_it_reaches_nobody(stack, portal, cached):
    key = {"Authorization": "Bearer " + stack.key("read:zanzibar")}
    for path in (f"{V21}/{HIDDEN}/records", f"{V21}/{HIDDEN}", f"{V21}/{HIDDEN}/facets", V1 + f"?dataset={HIDDEN}", f"{V21}/{HIDDEN}/openapi.json"):
        private = [portal.ask("GET", path, headers=key) for _ in range(4)][-1]
        assert private[0] == 200
        for headers in ({}, {"If-None-Match": private[1]["ETag"]}):
            assert portal.ask("GET", path, headers=headers)[0] == 404
    private = [portal.ask("GET", V21 + "?limit=100", headers=key) for _ in range(4)][-1]
    status, _, body = portal.ask("GET", V21 + "?limit=100", headers={"If-None-Match": private[1]["ETag"]})
    assert status == 200 and HIDDEN.encode() not in body and HIDDEN.encode() in private[2]


def test_a_push_needs_its_own_scope_and_no_other(stack, cached):
    assert stack.push(HIDDEN, [dataset.ROWS[0]]).status == 200
    assert stack.push(HIDDEN, [dataset.ROWS[0]], key=stack.key("read:zanzibar")).status == 403
    assert stack.push(HIDDEN, [dataset.ROWS[0]], key=stack.key(f"push:{TWIN}")).status == 404
    assert stack.push(NOBODY, [dataset.ROWS[0]], key=stack.key(f"push:{TWIN}")).status == 404


def test_more_classes_than_are_kept(stack, tmp_path, twins):
    """Views come and go; each key sees what is its own."""
    names = [f"read:c{i}" for i in range(5)]
    fields = [{"name": "id", "type": "int"}, *({"name": f"c{i}", "type": "int", "requires": name} for i, name in enumerate(names))]
    content = {key: value for key, value in dataset.manifest("classes", fields=fields).items() if key != "geometry"}
    dataset.apply(stack, tmp_path, content)
    row = {"id": 1, **{f"c{i}": i for i in range(5)}}
    assert stack.push("classes", [row], mode="snapshot").status == 200
    for _ in range(2):
        for mask in range(1, 32):
            held = [i for i in range(5) if mask >> i & 1]
            key = {"Authorization": "Bearer " + stack.key(" ".join(names[i] for i in held))}
            answer = stack.get(f"{V21}/classes/records", headers=key)
            assert answer.json()["results"] == [{"id": 1, **{f"c{i}": i for i in held}}]
            assert stack.get(V21, {"where": 'dataset_id = "classes"'}, headers=key).json()["total_count"] == 1
    assert stack.get(f"{V21}/classes/records").json()["results"] == [{"id": 1}]


# ---- handlers ----------------------------------------------------------------------------------------------------------

def test_a_handler_sees_what_its_caller_sees(stack, tmp_path):
    """`narrow` hides rows by their name, and refuses queries that name x."""
    fields = [{**f, **({"requires": "read:zanzibar"} if f["name"] == "x" else {})} for f in handlers.FIELDS]
    rows = [{"id": 1, "nom": "open", "x": 1.5}, {"id": 2, "nom": "hidden", "x": 2.5}]
    address = handlers.publish(stack, tmp_path, "etroit-a", "narrow", rows, fields=fields, options={"hidden": "hidden"})
    key = {"Authorization": "Bearer " + stack.key("read:zanzibar")}
    for _ in range(3):
        assert stack.get(f"{address}/records").json()["results"] == [{"id": 1, "nom": "open"}]
        assert stack.get(f"{address}/records?select=id", headers=key).json()["results"] == [{"id": 1}]
    for question in ("", "?where=x>1"):  # everything is x as well
        assert stack.get(f"{address}/records{question}", headers=key).status == 403
    unknown = stack.get(f"{address}/records?where=x>1")
    assert unknown.status == 400 and unknown.text == stack.get(f"{address}/records?where=z>1").text.replace("z", "x")


@pytest.mark.expects_log_errors("query_and")
def test_a_handler_that_needs_what_is_not_seen_shows_nothing(stack, tmp_path):
    fields = [{**f, **({"requires": "read:zanzibar"} if f["name"] == "nom" else {})} for f in handlers.FIELDS]
    rows = [{"id": 1, "nom": "open", "x": 1.5}, {"id": 2, "nom": "hidden", "x": 2.5}]
    address = handlers.publish(stack, tmp_path, "etroit-b", "narrow", rows, fields=fields, options={"hidden": "hidden"})
    key = {"Authorization": "Bearer " + stack.key("read:zanzibar")}
    assert stack.get(f"{address}/records?select=id", headers=key).json()["results"] == [{"id": 1}]
    answer = stack.get(f"{address}/records?select=id")
    assert answer.status == 500 and "nom" not in answer.text

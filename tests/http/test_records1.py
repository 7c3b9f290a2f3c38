"""The search API v1.0 over the real stack: parameters, body and query language (contract, section 7)."""

import json

import pytest

from harness import dataset

SEARCH = "/api/records/1.0/search"


@pytest.fixture(scope="module")
def essai(stack, tmp_path_factory):
    dataset.apply(stack, tmp_path_factory.mktemp("ancien"),
                  dataset.manifest("ancien", aliases={"dataset": ["tres-ancien"], "fields": {"nombre": "n"}}))
    assert stack.push("ancien", dataset.ROWS, mode="snapshot").status == 200
    return "ancien"


def search(stack, **parameters):
    answer = stack.get(SEARCH, {"dataset": "ancien", **parameters})
    assert answer.status == 200, answer
    return answer.json()


def ids(stack, **parameters):
    return [record["fields"]["id"] for record in search(stack, **parameters)["records"]]


def refused(stack, status=400, **parameters):
    answer = stack.get(SEARCH, {"dataset": "ancien", **parameters})
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]


# ---- shapes ------------------------------------------------------------------------------------------

def test_the_body_is_the_vendors(stack, essai):
    answer = stack.get(SEARCH + "/?dataset=ancien&rows=1")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    record = answer.json()["records"][0]
    stamp, record_id = record["record_timestamp"], record["recordid"]
    assert answer.text == (
        '{"nhits": 4, "parameters": {"dataset": "ancien", "rows": 1, "start": 0, "format": "json", "timezone": "UTC"}, '
        '"records": [{"datasetid": "ancien", "recordid": "' + record_id + '", "fields": {"id": 1, "nom": "Arrêt Gare", '
        '"n": 3, "x": 0.1, "ouvert": true, "jour": "2026-09-30", "vu": "2026-09-30T06:15:00+00:00", '
        '"geo": [50.6365, 3.0704], "forme": {"coordinates": [[3.0, 50.0], [3.5, 50.25]], "type": "LineString"}, '
        '"libre": "{\\"a\\": [1, 2]}", "double_n": 6}, "geometry": {"coordinates": [3.0704, 50.6365], "type": "Point"}, '
        '"record_timestamp": "' + stamp + '"}]}')
    assert len(record_id) == 40 and stamp[19] == "." and stamp[26:] == "+00:00"


def test_a_null_field_has_no_key(stack, essai):
    record = search(stack, q="id=3")["records"][0]
    assert record["fields"] == {"id": 3, "nom": 'Château "Neuf"'}
    assert "geometry" not in record


def test_what_was_sent_is_repeated(stack, essai):
    parameters = [("dataset", "ancien"), ("rows", "2"), ("q", "id>0"), ("refine.nom", "Arrêt Gare"), ("sort", "-id"),
                  ("exclude.n", "5"), ("exclude.n", "6"), ("geofilter.distance", "50.6365,3.0704,500"),
                  ("timezone", "Europe/Paris"), ("unknown", "x")]
    assert stack.get(SEARCH, parameters).json()["parameters"] == {
        "dataset": "ancien", "rows": 2, "start": 0, "q": "id>0", "sort": "-id", "refine": {"nom": "Arrêt Gare"},
        "exclude": {"n": ["5", "6"]}, "geofilter": {"distance": "50.6365,3.0704,500"}, "format": "json",
        "timezone": "Europe/Paris"}


def test_times_are_those_of_the_zone(stack, essai):
    record = search(stack, rows=1, timezone="Europe/Paris")["records"][0]
    assert record["fields"]["vu"] == "2026-09-30T08:15:00+02:00"
    assert record["record_timestamp"][26:] in ("+01:00", "+02:00")


def test_one_record(stack, essai):
    record = search(stack, rows=1)["records"][0]
    assert stack.get(f"/api/datasets/1.0/ancien/records/{record['recordid']}").json() == record
    answer = stack.get("/api/datasets/1.0/ancien/records/" + "0" * 40)
    assert (answer.status, answer.json()) == (404, {"error": f"The requested record {'0' * 40} does not exist."})


def test_an_old_name_of_the_dataset(stack, essai):
    body = stack.get(SEARCH + "?dataset=tres-ancien").json()
    assert body["nhits"] == 4 and body["records"][0]["datasetid"] == "tres-ancien"


def test_slashes_are_forgiven(stack, essai):
    assert stack.get("/api/records/1.0/search//?dataset=ancien").body == stack.get(SEARCH + "?dataset=ancien").body
    assert stack.get("//explore/dataset/ancien/download/?format=json").status == 200


# ---- parameters ----------------------------------------------------------------------------------------

def test_pages(stack, essai):
    assert ids(stack, rows=2, start=1) == [2, 3]
    assert ids(stack, rows=-1) == [1, 2, 3, 4]
    assert search(stack, rows=-1)["parameters"]["rows"] == -1
    assert search(stack, rows=0) == {**search(stack, rows=0), "nhits": 4, "records": []}
    assert ids(stack, rows="", q="") == [1, 2, 3, 4]
    assert search(stack, rows=10000)["nhits"] == 4
    assert "10001 was found but <= 10000" in refused(stack, rows=1, start=10000)
    for bad in ({"rows": 10001}, {"rows": -2}, {"rows": "x"}, {"start": -1}, {"rows": "9" * 30}, {"start": 2 ** 63 - 1}):
        refused(stack, **bad)


def test_every_row_of_a_live_dataset(stack):
    body = stack.get(SEARCH, {"dataset": "vlille-realtime", "rows": -1}).json()
    assert body["nhits"] == len(body["records"]) > 289


def test_the_direction_of_sort_is_the_other_way_round(stack, essai):
    assert ids(stack, sort="n") == [2, 1, 4, 3]
    assert ids(stack, sort="-n") == [4, 1, 2, 3]


def test_fields(stack, essai):
    record = search(stack, rows=1, fields="nombre, nom,")["records"][0]
    assert record["fields"] == {"nombre": 3, "nom": "Arrêt Gare"}
    assert record["geometry"]["type"] == "Point"
    assert "Unknown field: nope" in refused(stack, fields="nope")


def test_refine_and_exclude(stack, essai):
    assert ids(stack, **{"refine.nom": "Arrêt Gare"}) == [1]
    assert ids(stack, **{"refine.nom": 'Château "Neuf"'}) == [3]
    assert ids(stack, **{"refine.jour": "2026/10"}) == [2]
    assert ids(stack, **{"exclude.ouvert": "true"}) == [2, 3]
    assert "Unknown field: nope" in refused(stack, **{"refine.nope": "1"})


def test_places(stack, essai):
    assert ids(stack, **{"geofilter.distance": "50.6365,3.0704,100"}) == [1]
    assert ids(stack, **{"geofilter.distance": " 50.63 , 3.06 , 5000 "}) == [1, 2]
    for bad in ("x", "50,3", "50,3,-1", "95,3,10", "50,190,10", "50,3,1e400", "nan,3,1", "50,3,1,2", "1e999,1,1"):
        assert "latitude,longitude,metres is expected" in refused(stack, **{"geofilter.distance": bad})


@pytest.mark.parametrize("body", ["dataset=ancien&rows=2&q=id%3E1", "rows=2&q=id%3E1&"])
def test_a_form_is_read_like_an_address(stack, essai, body):
    path = SEARCH + ("" if "dataset" in body else "/?dataset=ancien")
    answer = stack.request("POST", path, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200, answer
    assert [record["fields"]["id"] for record in answer.json()["records"]] == [2, 3]


def test_bodies_that_are_no_form(stack, essai):
    for headers, body, status in (({"Content-Type": "application/json"}, "{}", 415),
                                  ({"Content-Type": "application/x-www-form-urlencoded"}, "a=%zz", 400),
                                  ({"Content-Type": "application/x-www-form-urlencoded"}, "q=" + "x" * 300000, 413)):
        answer = stack.request("POST", SEARCH + "?dataset=ancien", body=body, headers=headers)
        assert answer.status == status and list(answer.json()) == ["error"], answer


@pytest.mark.expects_log_errors("too large body")
def test_what_nginx_answers_itself_has_the_same_shape(stack, essai):
    answer = stack.request("POST", SEARCH, body="q=" + "x" * 1100000, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 413 and list(answer.json()) == ["error"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_answer_from_memory_is_the_same_answer(stack, essai):
    """Whoever asks again and again is answered from shared memory: type, name and body stay."""
    for path in (SEARCH + "?dataset=ancien&callback=f&rows=3", "/explore/dataset/ancien/download?format=csv&rows=3",
                 SEARCH + "?dataset=ancien&format=geojson&rows=3", "/api/datasets/1.0/ancien", "/api/v2/catalog/datasets/ancien/records"):
        first, *again = [stack.get(path) for _ in range(6)]
        for answer in again:
            assert answer.content == first.content
            for name in ("Content-Type", "Content-Disposition", "ETag", "ODS-Explore-API-Deprecation", "X-Content-Type-Options"):
                assert answer.headers[name] == first.headers[name], (path, name)


def test_errors(stack, essai):
    assert refused(stack, status=404, dataset="nope") == "The requested dataset nope does not exist."
    assert "timezone" in refused(stack, timezone="Nowhere/Else")
    assert "one of json jsonp geojson geojsonp is expected" in refused(stack, format="rss")
    answer = stack.get(SEARCH)
    assert (answer.status, answer.json()) == (400, {"error": "The parameter dataset is needed once: the id of a dataset."})
    answer = stack.get("/api/records/1.0/nothing")
    assert (answer.status, answer.json()) == (404, {"error": "The requested URI does not exist."})


def test_what_did_not_change_is_not_sent_again(stack, essai):
    answer = stack.get(SEARCH + "?dataset=ancien")
    tag = answer.headers["ETag"]
    assert stack.get(SEARCH + "?dataset=ancien", headers={"If-None-Match": tag}).status == 304
    assert stack.get(SEARCH + "?dataset=ancien&unknown=1", headers={"If-None-Match": tag}).status == 200
    form = {"Content-Type": "application/x-www-form-urlencoded", "If-None-Match": tag}
    assert stack.request("POST", SEARCH, body="dataset=ancien", headers=form).status == 200


# ---- JSONP ---------------------------------------------------------------------------------------------

def test_jsonp_is_a_script_and_nothing_else(stack, essai):
    answer = stack.get(SEARCH, {"dataset": "ancien", "callback": "my.callback_1", "rows": 0})
    assert answer.headers["Content-Type"] == "application/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.text.startswith("/**/my.callback_1({") and answer.text.endswith("});")
    json.loads(answer.text[len("/**/my.callback_1("):-2])
    assert stack.get(SEARCH, {"dataset": "ancien", "format": "jsonp", "callback": "f"}).status == 200


@pytest.mark.parametrize("callback", ["alert(1)", "a b", "1a", "a" * 65, "<script>", "a;b", ".a", "é"])
def test_what_is_no_name_is_no_callback(stack, essai, callback):
    assert "callback" in refused(stack, callback=callback)


def test_jsonp_never_carries_what_a_key_may_see(stack, essai):
    assert "script of any page" in refused(stack, callback="f", apikey=stack.key("push:ancien"))
    assert "callback" in refused(stack, format="jsonp")


# ---- q -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("q, expected", [
    ("", [1, 2, 3, 4]), ("  ", [1, 2, 3, 4]), ("*", [1, 2, 3, 4]), ("id=1", [1]), ("id==1", [1]), ("id:1", [1]), ("id-1", [1]),
    ("id = 1", [1]), ("id>2", [3, 4]), ("id >= 2 AND id<4", [2, 3]), ("id>2 id<4", [3]), ("id=1 OR id=4", [1, 4]),
    ("NOT id=1", [2, 3, 4]), ("id=1 OR id=2 AND id=3", [1]), ("(id=1 OR id=2) AND id=2", [2]), ("NOT NOT id=1", [1]),
    ("nombre=10", [2]), ("n=-7", [4]), ("x<=2.5", [1, 2]), ("id:[2 TO 3]", [2, 3]), ("id=]2 TO 4[", [3]),
    ("id:[3 TO *]", [3, 4]), ("n:[* TO *]", [1, 2, 4]), ('id:"1"', [1]), ("ouvert=true", [1, 4]),
    ("jour=2026", [1, 2]), ("jour:2026/09", [1]), ("jour=2026-09-30", [1]), ("jour<=2026/09", [1, 4]), ("jour>2026/09", [2]),
    ("jour<2026", [4]), ("jour>=2026/10/01", [2]), ("jour:[2026/09 TO 2026/10]", [1, 2]), ("vu<=2026/09", [1, 2, 4]),
    ("vu>=2026-09-30T22:30:00Z", [2]), ('vu<"2026-09-30T06:15:00Z"', [4]),
    ('#exact(nom,"Arrêt Gare")', [1]), ("#exact(nom, Bois d'Arcy)", [2]), ("#null(geo)", [3]), ("NOT #null(geo)", [1, 2, 4]),
    ('#distance(geo,"50.6365,3.0704",100)', [1]), ("#distance(50.6365,3.0704,100)", [1]),
    ('#distance("50.6365,3.0704", 100) OR id=4', [1, 4]),
    ('#geometry(geo,"(50,3),(51,3),(51,4),(50,4)")', [1, 2]), ('#geometry(forme, "((50,3),(51,3),(51,3.1),(50,3.1))")', [1]),
    ('#polygon(forme,"(50,3),(51,3),(51,3.1),(50,3.1)")', []), ('#geometry(geo,"POLYGON((3 50, 4 50, 4 51, 3 51, 3 50))")', [1, 2]),
])
def test_q(stack, essai, q, expected):
    assert ids(stack, q=q) == expected


@pytest.mark.parametrize("q, expected", [
    ("gare", [1, 4]), ("GAR", [1, 4]), ("arret", [1, 4]), ("arr gar", [1, 4]), ("gare neuf", []), ("gare OR neuf", [1, 3, 4]),
    ("gare AND NOT id=1", [4]), ("NOT gare", [2, 3]), ('"arret gare"', [1, 4]), ('"gare arret"', []), ('"arret gar"', []),
    ("bois (gare OR arcy)", [2]), ("chateau neuf", [3]), ("d'arcy", [2]), ("bois-d'arcy", [2]), ("gare id>1", [4]),
    ("nom:gare", [1, 4]), ('nom:"arret gare"', [1, 4]), ("nom=bois", [2]), ("nom==BOIS", [2]), ("nom:gar*", [1, 4]),
    ('#search(nom,"garre arr")', [1, 4]), ("é=", []), ('#search(*,"neu")', [3]), ('#search("neu")', [3]), ('#startswith(nom,"Arr")', [1]),
    ("or", []), ("and", []), ("12:30", []), ("-gare", [1, 4]), ("!", [1, 2, 3, 4]), ("gare\tarret\n", [1, 4]),
])
def test_words_in_q(stack, essai, q, expected):
    assert sorted(ids(stack, q=q)) == expected


def test_a_month_is_that_of_the_zone(stack, essai):
    assert ids(stack, q="vu=2026/10") == []
    assert ids(stack, q="vu=2026/10", timezone="Europe/Paris") == [2]


@pytest.mark.parametrize("q, message", [
    ("id=", "ends too early"), ("(id=1", "ends too early"), ("id=1)", "unexpected ) at position 4"), ('"x', "ends too early"),
    ("id>>1", "Field id needs"), ("AND", "unexpected A at position 0"), ("id=1 OR", "ends too early"), ("NOT", None), ("nope=1", "Unknown field in the query q: nope"),
    ("#nope(1)", "Unknown function in the query q: #nope()"), ("#null(nope)", "Unknown field in the query q: nope"),
    ("#null()", "#null(field)"), ("#distance(geo,1,2,3,4)", "#distance(field"), ("#exact(nom", "ends too early"),
    ("id:[1 TO", "ends too early"), ("id:[1 2]", "unexpected"), ("id=abc", "Field id needs a whole number"),
    ("(" * 17 + "id=1" + ")" * 17, "A query q of v1.0 has at most 16 levels of brackets, and this one has more"), ("jour>#now(nope)", "#now(days=-1)"),
    ("jour>#now(years=1, or=2)", "now() has no argument or"), ("jour>#now(as=2)", "now() has no argument as"),
    ("id=1 AND OR id=2", "unexpected O at position 9"), ("=", "unexpected = at position 0"), ('#polygon(geo,"(1,2)")', "three times or more"),
    ("#geometry(geo,POINT)", "cannot be read"), ('#geometry(geo,"(1,2)")', "three times or more"),
    (" OR ".join(["id=1"] * 201), "A query q of v1.0 has at most 200 values, and this one has more: ask for a part of them"),
])
def test_a_q_that_cannot_be_read_says_where(stack, essai, q, message):
    error = refused(stack, q=q)
    assert message is None or message in error, error


def test_a_value_in_q_is_only_a_value(stack, essai):
    for text in ("x' OR '1'='1", "x\" or 1=1", "?", "`", "\\", "'); drop table x", "$1", "é" * 50):
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        assert ids(stack, q=f'#exact(nom,"{quoted}")') == []
        assert ids(stack, **{"refine.nom": text}) == []


# ---- downloads -----------------------------------------------------------------------------------------

def test_a_download_is_the_bare_array(stack, essai):
    for path in ("/explore/dataset/ancien/download?format=json", "/explore/dataset/ancien/download/",
                 "/api/records/1.0/download/?dataset=ancien"):
        answer = stack.get(path)
        assert answer.status == 200 and answer.headers["Content-Disposition"] == 'attachment; filename="ancien.json"'
        assert [record["fields"]["id"] for record in answer.json()] == [1, 2, 3, 4]
        assert answer.json() == search(stack)["records"]
    assert len(stack.get("/explore/dataset/ancien/download?rows=2&q=id>1&start=1").json()) == 2


def test_a_large_download_goes_through_the_export_workers(stack):
    answer = stack.get("/explore/dataset/vlille-realtime/download?format=json")
    assert len(answer.json()) == stack.get(SEARCH + "?dataset=vlille-realtime&rows=0").json()["nhits"]


def test_the_page_of_a_dataset_leads_to_it(stack, essai):
    answer = stack.get("/explore/dataset/ancien/")
    assert answer.status == 302
    assert answer.headers["Location"].endswith("/api/explore/v2.1/catalog/datasets/ancien")


def test_a_download_as_csv(stack, essai):
    answer = stack.get("/explore/dataset/ancien/download/?format=csv&timezone=Europe/Paris&use_labels_for_header=true"
                       "&csv_separator=%3B&fields=id,nom,n,vu,geo")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ancien.csv"'
    assert answer.text.splitlines() == [
        "id;Nom;n;vu;geo", "1;Arrêt Gare;3;2026-09-30T08:15:00+02:00;50.6365, 3.0704",
        "2;Bois d'Arcy;10;2026-10-01T00:30:00+02:00;50.6292, 3.057", '3;"Château ""Neuf""";;;',
        "4;arrêt gare;-7;2026-01-01T00:30:00+01:00;45.5, -73.5"]
    plain = stack.get("/explore/dataset/ancien/download?format=csv&csv_separator=,&fields=nom&rows=1").text
    assert plain == "nom\r\nArrêt Gare\r\n"
    answer = stack.get("/explore/dataset/ancien/download?format=csv&csv_separator=x")
    assert answer.status == 400 and "csv_separator" in answer.json()["error"]
    assert len(stack.get("/api/records/1.0/download?dataset=ancien&format=jsonl").text.splitlines()) == 4


def test_geojson_of_v1(stack, essai):
    for path in ("/explore/dataset/ancien/download?format=geojson&fields=id,geo", SEARCH + "?dataset=ancien&format=geojson&fields=id,geo"):
        answer = stack.get(path)
        assert answer.headers["Content-Type"] == "application/geo+json"
        body = answer.json()
        assert list(body) == ["type", "features"] and len(body["features"]) == 4
        assert body["features"][0] == {"type": "Feature", "geometry": {"type": "Point", "coordinates": [3.0704, 50.6365]},
                                       "properties": {"id": 1, "geo": [50.6365, 3.0704]}}
        assert body["features"][2] == {"type": "Feature", "geometry": None, "properties": {"id": 3}}
    assert stack.get(SEARCH + "?dataset=ancien&format=geojsonp&callback=f").text.startswith('/**/f({"type": "FeatureCollection"')


# ---- facets --------------------------------------------------------------------------------------------

def groups(stack, *parameters):
    answer = stack.get(SEARCH, [("dataset", "ancien"), ("rows", 0), *parameters])
    assert answer.status == 200, answer
    return answer.json()["facet_groups"]


def test_facet_groups_come_when_they_are_asked_for(stack, essai):
    assert "facet_groups" not in search(stack) and "facet_groups" not in search(stack, facet="")
    assert groups(stack, ("facet", "ouvert"), ("facet", "nom"), ("facet", "ouvert")) == [
        {"name": "ouvert", "count": 2, "facets": [
            {"name": "true", "path": "true", "count": 2, "state": "displayed"},
            {"name": "false", "path": "false", "count": 1, "state": "displayed"}]},
        {"name": "nom", "count": 4, "facets": [
            {"name": name, "path": name, "count": 1, "state": "displayed"}
            for name in ("Arrêt Gare", "Bois d'Arcy", 'Château "Neuf"', "arrêt gare")]}]
    body = search(stack, facet="nom", rows=1)
    assert list(body) == ["nhits", "parameters", "records", "facet_groups"]
    assert body["parameters"]["facet"] == ["nom"]


def test_a_refined_date_opens_the_next_level(stack, essai):
    (group,) = groups(stack, ("facet", "jour"), ("refine.jour", "2026"))
    assert group["facets"] == [{"name": "2026", "path": "2026", "count": 2, "state": "refined", "facets": [
        {"name": "09", "path": "2026/09", "count": 1, "state": "displayed"},
        {"name": "10", "path": "2026/10", "count": 1, "state": "displayed"}]}]


def test_an_excluded_value_stays_listed(stack, essai):
    (group,) = groups(stack, ("facet", "ouvert"), ("exclude.ouvert", "true"))
    assert {"name": "true", "path": "true", "state": "excluded"} in group["facets"]


def test_disjunctive_facets_widen(stack, essai):
    both = [("refine.nom", "Arrêt Gare"), ("refine.nom", "Bois d'Arcy")]

    def hits(*parameters):
        return stack.get(SEARCH, [("dataset", "ancien"), *both, *parameters]).json()

    assert hits()["nhits"] == 0
    assert hits(("disjunctive.nom", "true"))["nhits"] == hits(("disjunctive.nom", ""))["nhits"] == 2
    assert hits(("disjunctive.nom", "false"))["nhits"] == 0
    assert "facet_groups" not in hits(("disjunctive.nom", "true"))
    assert hits(("disjunctive.nom", "true"), ("disjunctive.id", "true"), ("disjunctive.nope", ""))["nhits"] == 2
    assert len(hits(("disjunctive.nom", "true"), ("facet", "nom"))["facet_groups"][0]["facets"]) == 4


def test_what_is_no_facet_is_refused(stack, essai):
    assert "x" in refused(stack, facet="x") and "Unknown field: nope" in refused(stack, facet="nope")
    refused(stack, facet='nom", limit=1)')

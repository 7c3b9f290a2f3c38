"""Exports over the real stack: formats, their parameters (contract 3.4, 5, 5.1), and that they are whole."""

import csv
import gzip
import io
import json

import pytest

from harness import dataset

ROOT = "/api/explore/v2.1/catalog/datasets"
BOM = b"\xef\xbb\xbf"
HEADER = "id;nom;n;x;ouvert;jour;vu;geo;forme;libre;double_n"


@pytest.fixture(scope="module")
def essai(stack, tmp_path_factory):
    address = dataset.apply(stack, tmp_path_factory.mktemp("sortie"), dataset.manifest("sortie"))
    answer = stack.push("sortie", dataset.ROWS, mode="snapshot")
    assert answer.status == 200, answer
    return address


@pytest.fixture(scope="module")
def large(stack, tmp_path_factory):
    """Enough rows that they are streamed, and a shape, which is always streamed."""
    address = dataset.apply(stack, tmp_path_factory.mktemp("grand"), dataset.manifest("grand"))
    rows = [{"id": i, "nom": f"Arrêt; \"{i}\"", "n": i % 7, "x": i / 3,
             "geo": {"lon": 3 + i / 10000, "lat": 50 + i / 10000}} for i in range(5000)]
    answer = stack.push("grand", rows, mode="snapshot")
    assert answer.status == 200, answer
    return address


def export(stack, address, form, **parameters):
    answer = stack.get(f"{address}/exports/{form}", parameters)
    assert answer.status == 200, answer
    return answer


def lines(answer):
    body = answer.content
    assert body.startswith(BOM) and body.endswith(b"\r\n")
    return body[3:-2].decode().split("\r\n")


def refused(stack, address, message, **parameters):
    answer = stack.get(address, parameters)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/json"), answer
    assert answer.json() == {"error_code": "InvalidRESTParameterError", "message": message}


# ---- the list ------------------------------------------------------------------------------------

def test_the_list_names_what_works(stack, essai):
    links = stack.get(essai + "/exports").json()["links"]
    assert [link["rel"] for link in links] == ["self", "csv", "geojson", "json", "jsonl"]
    for link in links[1:]:
        assert link["href"].endswith(f"/catalog/datasets/sortie/exports/{link['rel']}")
        assert stack.get(essai + f"/exports/{link['rel']}").status == 200
    for name in ("xlsx", "parquet", "shp", "CSV", "json%00", "nothing"):
        assert stack.get(f"{essai}/exports/{name}").status in (400, 404)
    answer = stack.get(essai + "/exports/xlsx")
    assert (answer.status, answer.json()) == (404, {"error_code": "NotFoundResource",
                                                    "message": "The requested export format xlsx does not exist."})


@pytest.mark.parametrize("form, kind", [
    ("csv", "text/csv; charset=utf-8"), ("json", "application/json; charset=utf-8"),
    ("jsonl", "application/jsonl; charset=utf-8"), ("geojson", "application/geo+json")])
def test_types_and_file_names(stack, essai, form, kind):
    answer = export(stack, essai, form)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"] == f'attachment; filename="sortie.{form}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = stack.get(f"{essai}/exports/{form}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


# ---- csv -----------------------------------------------------------------------------------------

def test_csv_is_byte_for_byte_the_vendors_shape(stack, essai):
    assert lines(export(stack, essai, "csv")) == [
        HEADER,
        "1;Arrêt Gare;3;0.1;True;2026-09-30;2026-09-30T06:15:00+00:00;50.6365, 3.0704;"
        '"{""coordinates"": [[3.0, 50.0], [3.5, 50.25]], ""type"": ""LineString""}";"{""a"": [1, 2]}";6',
        "2;Bois d'Arcy;10;2.5;False;2026-10-01;2026-09-30T22:30:00+00:00;50.6292, 3.057;;;20",
        '3;"Château ""Neuf""";;;;;;;;;',
        "4;arrêt gare;-7;1e+300;True;2025-12-31;2025-12-31T23:30:00+00:00;45.5, -73.5;;;-14",
    ]


def test_csv_parameters(stack, essai):
    plain = export(stack, essai, "csv", with_bom="false").content
    assert BOM + plain == export(stack, essai, "csv").content
    assert not export(stack, essai, "csv", with_bom="0").content.startswith(BOM)
    assert export(stack, essai, "csv", with_bom="TRUE").content.startswith(BOM)
    picked = {"select": "nom,n,geo", "where": "id<3"}
    assert lines(export(stack, essai, "csv", delimiter=",", **picked)) == [
        "nom,n,geo", 'Arrêt Gare,3,"50.6365, 3.0704"', "Bois d'Arcy,10,\"50.6292, 3.057\""]
    for mark in ("\t", "\\t", "|"):
        between = mark.replace("\\t", "\t")
        assert lines(export(stack, essai, "csv", delimiter=mark, **picked))[1] == between.join(
            ["Arrêt Gare", "3", "50.6365, 3.0704"])
    assert lines(export(stack, essai, "csv", quote_all="true", select="id,nom,n,ouvert,jour", where="id in (1,3)")) == [
        '"id";"nom";"n";"ouvert";"jour"', '1;"Arrêt Gare";3;True;"2026-09-30"', '3;"Château ""Neuf""";;;']
    assert lines(export(stack, essai, "csv", list_separator="|", **picked)) == lines(export(stack, essai, "csv", **picked))


def test_labels(stack, essai):
    def head(**more):
        return lines(export(stack, essai, "csv", select="nom,n,nom as mon_nom", limit=1, **more))[0]
    assert head() == "nom;n;mon_nom"
    assert head(use_labels="true") == "Nom;n;mon_nom"  # an alias is what its author wants to see
    assert head(use_labels="true", lang="en") == "Name;n;mon_nom"
    assert head(use_labels="false", lang="en") == "nom;n;mon_nom"
    assert list(export(stack, essai, "json", use_labels="true", select="nom").json()[0]) == ["nom"]


def test_texts_are_raw_and_can_be_guarded(stack, tmp_path_factory):
    address = dataset.apply(stack, tmp_path_factory.mktemp("formules"), dataset.manifest("formules"))
    texts = ["=1+1", "+33 3 20", "-", "@SUM(A1)", "\tx", "a=b", "'=1"]
    assert stack.push("formules", [{"id": i, "nom": text, "n": -i} for i, text in enumerate(texts)]).status == 200
    def read(**more):
        text = export(stack, address, "csv", select="nom,n", **more).content.decode("utf-8-sig")
        return [row[0] for row in csv.reader(io.StringIO(text, newline=""), delimiter=";")][1:]
    assert read() == texts
    assert read(guard_formulas="true") == [("'" if text[0] in "=+-@\t\r" else "") + text for text in texts]
    assert ";-1" in lines(export(stack, address, "csv", select="nom,n", guard_formulas="true"))[2]


def test_an_export_is_read_back_whole(stack, large):
    text = export(stack, large, "csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    assert [int(row["id"]) for row in rows] == list(range(5000))
    assert rows[4999]["nom"] == 'Arrêt; "4999"' and float(rows[4999]["x"]) == 4999 / 3
    whole = export(stack, large, "json").json()
    assert [row["id"] for row in whole] == list(range(5000))
    assert [json.loads(line) for line in export(stack, large, "jsonl").text.splitlines()] == whole
    features = export(stack, large, "geojson").json()["features"]
    assert [feature["properties"] for feature in features] == [
        {name: value for name, value in row.items() if name != "forme"} for row in whole]


def test_lists(stack, tmp_path_factory):
    fields = [*dataset.FIELDS, {"name": "mots", "type": "text", "multivalued": ", "}]
    address = dataset.apply(stack, tmp_path_factory.mktemp("listes"), dataset.manifest("listes", fields=fields))
    assert stack.push("listes", [{"id": 1, "mots": "eau, air"}, {"id": 2, "mots": ", a;b"}, {"id": 3}]).status == 200
    def read(**more):
        return lines(export(stack, address, "csv", select="id,mots", **more))[1:]
    assert read() == ["1;eau,air", '2;"a;b"', "3;"]
    assert read(list_separator=" | ") == ["1;eau | air", '2;"a;b"', "3;"]
    assert read(delimiter=",") == ['1,"eau,air"', "2,a;b", "3,"]
    assert [row["mots"] for row in export(stack, address, "json").json()] == [["eau", "air"], ["a;b"], None]
    refused(stack, address + "/exports/csv", "Invalid value for list_separator API parameter: this was found but at most "
            "64 bytes of UTF-8 text is expected.", list_separator="x" * 65)


# ---- geojson -------------------------------------------------------------------------------------

def test_geojson(stack, essai):
    answer = export(stack, essai, "geojson", select="id,geo,forme", where="id in (1,3)")
    assert answer.text == (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"coordinates": [[3.0, 50.0], '
        '[3.5, 50.25]], "type": "LineString"}, "properties": {"id": 1, "geo": {"lon": 3.0704, "lat": 50.6365}}},'
        '{"type": "Feature", "geometry": null, "properties": {"id": 3, "geo": null}}]}')
    points = export(stack, essai, "geojson", select="id,geo").json()["features"]
    assert points[0] == {"type": "Feature", "geometry": {"type": "Point", "coordinates": [3.0704, 50.6365]},
                         "properties": {"id": 1, "geo": {"lon": 3.0704, "lat": 50.6365}}}
    assert points[2]["geometry"] is None
    chosen = export(stack, essai, "geojson", main_geo_field="geo").json()["features"]
    assert chosen[1]["geometry"] == {"type": "Point", "coordinates": [3.057, 50.6292]}
    assert chosen[1]["properties"]["forme"] is None
    assert export(stack, essai, "geojson", select="id").json()["features"][0]["geometry"] is None
    assert export(stack, essai, "geojson", where="id=99").text == '{"type": "FeatureCollection", "features": []}'
    refused(stack, essai + "/exports/geojson", "Invalid value for main_geo_field API parameter: nom was found but a "
            "geographic field of the export is expected.", main_geo_field="nom")


def test_another_reference_system(stack, essai, large):
    answer = export(stack, essai, "geojson", epsg=2154, select="id,geo", where="id=1")
    body = answer.json()
    assert body["crs"] == {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    assert list(body) == ["type", "crs", "features"]
    x, y = body["features"][0]["geometry"]["coordinates"]
    # Lambert 93 of Lille-Flandres, by any calculator
    assert abs(x - 704996) < 100 and abs(y - 7059766) < 1000
    assert body["features"][0]["properties"] == {"id": 1, "geo": {"lon": 3.0704, "lat": 50.6365}}
    line = export(stack, essai, "geojson", epsg=3857, where="id=1").json()["features"][0]["geometry"]
    assert line["type"] == "LineString" and abs(line["coordinates"][0][0] - 3 * 20037508.342789244 / 180) < 1e-6
    many = export(stack, large, "geojson", epsg=3857, order_by="-id", limit=3000, main_geo_field="geo").json()["features"]
    assert [feature["properties"]["id"] for feature in many] == list(range(4999, 1999, -1))
    assert all(feature["geometry"]["coordinates"][0] > 300000 for feature in many)
    assert export(stack, essai, "geojson", epsg=4326).content == export(stack, essai, "geojson").content
    assert export(stack, essai, "csv", epsg=2154).content == export(stack, essai, "csv").content
    place = essai + "/exports/geojson"
    for code in (1, 999999, 2147483647):
        refused(stack, place, f"Invalid value for epsg API parameter: {code} was found but the EPSG code of a known "
                "reference system is expected.", epsg=code)
    for code in (0, -1, 2147483648):
        refused(stack, place, f"Invalid value for epsg API parameter: {code} was found but the EPSG code of a "
                "reference system is expected.", epsg=code)
    refused(stack, place, "Invalid value for epsg API parameter: x was found but an integer is expected.", epsg="x")


@pytest.mark.expects_log_errors("transform: ", "TransformException")
def test_a_geometry_that_a_system_cannot_express(stack, tmp_path_factory):
    address = dataset.apply(stack, tmp_path_factory.mktemp("poles"), dataset.manifest("poles"))
    assert stack.push("poles", [{"id": 1, "geo": {"lon": 0, "lat": -90}}]).status == 200
    # A cone over France never reaches the south pole.
    refused(stack, address + "/exports/geojson", "Invalid value for epsg API parameter: 2154 was found but a reference "
            "system in which every geometry of the export can be expressed is expected.", epsg=2154, main_geo_field="geo")


# ---- what all formats share ----------------------------------------------------------------------

@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "geojson"])
def test_a_gzip_file(stack, essai, large, form):
    for address, name in ((essai, "sortie"), (large, "grand")):
        answer = export(stack, address, form, compressed="true")
        assert answer.headers["Content-Type"] == "application/gzip"
        assert answer.headers["Content-Encoding"] is None
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.{form}.gzip"'
        assert gzip.decompress(answer.body) == export(stack, address, form).content
        assert export(stack, address, form, compressed="true").body == answer.body


def test_gzip_on_the_way(stack, large):
    for form in ("csv", "json", "jsonl", "geojson"):
        packed = stack.get(f"{large}/exports/{form}", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.content == export(stack, large, form).content


def test_conditions_order_and_window(stack, essai):
    def ids(**parameters):
        return [row["id"] for row in export(stack, essai, "json", **parameters).json()]
    assert ids() == [1, 2, 3, 4]
    assert ids(where=["id>1", "id<4"]) == [2, 3]
    assert ids(refine="ouvert:true") == [1, 4]
    assert ids(exclude="ouvert:true") == [2, 3]
    assert ids(order_by="-id") == [4, 3, 2, 1]
    assert ids(limit=2) == [1, 2] and ids(rows=2) == [1, 2] and ids(rows=3, limit=2) == [1, 2]
    assert ids(limit=2, offset=1) == [2, 3] and ids(limit=0) == [] and ids(limit=-1) == [1, 2, 3, 4]
    assert ids(limit=100000) == [1, 2, 3, 4] and ids(limit=9999, offset=1) == [2, 3, 4]
    place = essai + "/exports/json"
    text = "Invalid value for sum of offset + limit API parameter: {} was found but <= 10000 is expected."
    refused(stack, place, text.format(10001), limit=10000, offset=1)
    refused(stack, place, text.format("1 + all"), offset=1)
    refused(stack, place, text.format(9223372036854775807), limit=9223372036854775807, offset=1)
    refused(stack, place, "Invalid value for limit API parameter: -2 was found but -1 <= limit is expected.", limit=-2)
    assert export(stack, essai, "jsonl", timezone="Europe/Paris", select="vu", where="id=1").text == (
        '{"vu": "2026-09-30T08:15:00+02:00"}\n')
    assert lines(export(stack, essai, "csv", timezone="Europe/Paris", select="vu,jour", where="id=1"))[1] == (
        "2026-09-30T08:15:00+02:00;2026-09-30")


def test_groups(stack, essai, large):
    def rows(address, **parameters):
        return export(stack, address, "json", **parameters).json()
    parameters = {"group_by": "ouvert", "select": "count(*) as c, sum(n) as s, avg(x) as moyenne"}
    found = rows(essai, **parameters)
    assert found == stack.get(essai + "/records", {**parameters, "limit": 100}).json()["results"]
    assert [(row["ouvert"], row["c"]) for row in found] == [(None, 1), (False, 1), (True, 2)]
    table = lines(export(stack, essai, "csv", **parameters))
    assert table[:3] == ["ouvert;c;s;moyenne", ";1;;", "False;1;10;2.5"] and table[3].startswith("True;2;-4;")
    assert lines(export(stack, essai, "csv", use_labels="true", group_by="nom", limit=1))[0] == "Nom"
    features = export(stack, essai, "geojson", group_by="ouvert", select="bbox(geo) as boite").json()["features"]
    assert features[2]["geometry"]["type"] == "Polygon" and features[2]["properties"] == {"ouvert": True}
    moved = export(stack, essai, "geojson", group_by="ouvert", select="bbox(geo) as boite", epsg=3857).json()["features"]
    assert moved[2]["geometry"]["coordinates"][0][0][0] < -8_000_000
    assert [row["c"] for row in rows(large, group_by="n", select="count(*) as c")] == [715, 715, 714, 714, 714, 714, 714]
    assert len(rows(large, group_by="id")) == 5000
    assert rows(large, group_by="n", select="n, sum(x) as s", order_by="s desc", limit=1)[0]["n"] in range(7)
    one = stack.get(large + "/exports/json?group_by=n&select=count(*) as c&order_by=c desc".replace(" ", "%20"))
    assert one.status == 400 and one.json() == {
        "error_code": "ODSQLError", "message": "ODSQL query is malformed: aggregation function in order by is not "
        "supported with a limit > 20000. Please remove the order by or set a limit parameter lower than 20001. "
        "Clause(s) containing the error(s): order_by."}
    # An aggregate without groups stands beside every record.
    assert rows(essai, select="id, count(*) as c") == [{"id": i, "c": 4} for i in (1, 2, 3, 4)]


@pytest.mark.parametrize("name, value, expected", [
    ("use_labels", "yes", "true or false"), ("compressed", "2", "true or false"), ("with_bom", "vrai", "true or false"),
    ("quote_all", "-", "true or false"), ("guard_formulas", "on", "true or false"),
    ("delimiter", ":", "one of ; , | and the tabulator"), ("delimiter", ";;", "one of ; , | and the tabulator")])
def test_bad_values_are_refused(stack, essai, name, value, expected):
    refused(stack, essai + "/exports/csv", f"Invalid value for {name} API parameter: {value} was found but {expected} "
            "is expected.", **{name: value})


def test_parameters_make_other_answers(stack, essai):
    """Each is part of the ETag."""
    tags = [stack.get(essai + "/exports/csv" + query).headers["ETag"] for query in (
        "", "?with_bom=false", "?quote_all=1", "?delimiter=,", "?use_labels=1", "?compressed=1", "?guard_formulas=1",
        "?lang=en", "?timezone=Europe/Paris", "?list_separator=|", "?limit=1")]
    tags += [stack.get(essai + "/exports/geojson" + query).headers["ETag"] for query in (
        "", "?epsg=3857", "?main_geo_field=geo")]
    assert len(set(tags)) == len(tags)


def test_a_head_of_a_long_export_reads_nothing(stack, large):
    answer = stack.request("HEAD", large + "/exports/csv")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8" and answer.headers["ETag"]
    assert answer.headers["Content-Length"] is None

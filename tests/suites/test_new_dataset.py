"""`beffroi new`: a folder for rows that nobody has described, which passes `beffroi check` as it is."""

import json
import os
import pathlib
import subprocess

import pytest

from harness import shapefile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("BEFFROI_BUILD", "build") / "beffroi"
SHARED = ROOT.parent / "shared" / "data"


def run(place, *words):
    return subprocess.run([PROGRAM, *words], cwd=place, capture_output=True, text=True, timeout=120, check=False)


def make(place, name, text, *options):
    """(manifest, what was said) of a new dataset x from a file of that name."""
    file = place / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run(place, "new", "x", "--from", file, "--to", "x", *options)
    assert done.returncode == 0, done.stderr
    checked = run(place, "check", "x")
    assert (checked.returncode, checked.stderr) == (0, ""), "it passes as it is"
    return json.loads((place / "x/dataset.json").read_text(encoding="utf-8")), done.stdout


def types(manifest):
    return {field["name"]: field["type"] for field in manifest["fields"]}


def refused(place, name, text, *words, code=1):
    file = place / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run(place, "new", "x", "--from", file, "--to", "x")
    assert done.returncode == code and not (place / "x").exists(), "whole or absent"
    assert not list(place.glob("x.new-*"))
    for word in words:
        assert word in done.stderr, done.stderr
    return done.stderr


# ---- types ------------------------------------------------------------------------------------------

VALUES = [
    (["1", "-20", "300"], "int"),
    (["1", "", "3"], "int"),
    (["1.5", "2", "-3e2"], "double"),
    (["059350", "062001", "075056"], "text"),
    (["1", "2", "x"], "text"),
    (["3,06", "-1,5", "2"], "text"),
    (["true", "False", "TRUE"], "boolean"),
    (["0", "1", "0"], "int"),
    (["oui", "non", "oui"], "text"),
    (["2026-11-26", "2026-01-01", "1900-02-28"], "date"),
    (["2026-02-30", "2026-01-01", "2026-01-02"], "text"),
    (["26/11/2026", "01/01/2026", "31/12/1999"], "text"),
    (["2026-11-26T10:00:00Z", "2026-11-26T10:00:00+01:00", "2026-01-01 00:00:00.5Z"], "datetime"),
    (["2026-11-26T10:00:00", "2026-11-26 10:00", "2026-01-01 00:00:00"], "datetime"),
    (["50.63, 3.06", "50.64,3.07", "-1.5, 2"], "geo_point_2d"),
    (["POINT (3.06 50.63)", "POINT(3 50)", "SRID=4326;POINT(3 50)"], "geo_point_2d"),
    (["LINESTRING (3 50, 4 51)", "POINT(3 50)", "POLYGON((0 0, 1 0, 1 1, 0 0))"], "geo_shape"),
    (['{"type":"Point","coordinates":[3,50]}', "POINT(3 50)", "POINT(4 50)"], "geo_point_2d"),
    (["99999999999999999999", "1", "2"], "double"),
    (["", "", ""], "text"),
    (["été", "a\"b", "x;y"], "text"),
]


def cell(value):
    return '"' + value.replace('"', '""') + '"'


@pytest.mark.parametrize("values,expected", VALUES, ids=[values[0] or "empty" for values, _ in VALUES])
def test_a_type_fits_every_value(tmp_path, values, expected):
    rows = "".join(f"{number};{cell(value)}\n" for number, value in enumerate(values))
    manifest, _ = make(tmp_path, "rows.csv", "id;valeur\n" + rows)
    assert types(manifest) == {"id": "int", "valeur": expected}
    assert manifest["key"] == ["id"]


def test_values_of_json_have_their_own_types(tmp_path):
    rows = [{"id": "a", "n": 1, "d": 1.5, "b": True, "text": "12", "none": None, "list": [1, 2, 3], "place": {"lon": 3, "lat": 50},
             "pair": [50.6, 3.0], "shape": {"type": "LineString", "coordinates": [[3, 50], [4, 51]]}},
            {"id": "b", "n": -2, "d": 2, "b": False, "text": "x", "more": "only here"}]
    manifest, said = make(tmp_path, "rows.json", json.dumps(rows))
    assert types(manifest) == {"id": "text", "n": "int", "d": "double", "b": "boolean", "text": "text", "none": "text", "list": "json_blob",
                               "place": "geo_point_2d", "pair": "geo_point_2d", "shape": "geo_shape", "more": "text"}
    assert manifest["key"] == ["id"] and manifest["geometry"] == "shape"
    assert "none" in said and "empty everywhere" in said
    assert json.loads((tmp_path / "x/sample.json").read_text()) == rows


def test_what_json_writes_as_text_is_text(tmp_path):
    rows = [{"id": "1", "mixed": 1, "flag": "true", "day": "2026-01-01"}, {"id": "2", "mixed": "one", "flag": "false", "day": "2026-01-02"}]
    manifest, said = make(tmp_path, "rows.json", json.dumps(rows))
    assert types(manifest) == {"id": "text", "mixed": "json_blob", "flag": "text", "day": "date"} and "several kinds" in said


def test_lines_and_one_record(tmp_path):
    manifest, _ = make(tmp_path, "rows.ndjson", '{"id": 1, "v": "a"}\n\n{"id": 2, "v": "b"}\n')
    assert types(manifest) == {"id": "int", "v": "text"}
    (tmp_path / "x").rename(tmp_path / "y")
    manifest, said = make(tmp_path, "one.json", '{"id": 1}')
    assert "1 row, 1 column" in said and manifest["key"] == ["id"]


def test_a_collection_of_features(tmp_path):
    features = [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
                 "properties": {"code": f"59{i:03}", "nom": f"Commune {i}"}} for i in range(30)]
    features.append({"type": "Feature", "geometry": None, "properties": {"code": "62001", "nom": "Ailleurs"}})
    manifest, said = make(tmp_path, "rows.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    assert types(manifest) == {"code": "text", "nom": "text", "geometry": "geo_shape"}, "a code is no quantity"
    assert manifest["geometry"] == "geometry" and manifest["key"] == ["code"]
    sample = json.loads((tmp_path / "x/sample.json").read_text())
    assert len(sample) == 20 and sample[0] == {**features[0]["properties"], "geometry": features[0]["geometry"]}
    assert "rows.geojson\n" in said and "sample.json" not in said.rpartition("beffroi load")[2]
    (tmp_path / "x").rename(tmp_path / "y")
    _, said = make(tmp_path, "rows.json", json.dumps({"type": "FeatureCollection", "features": features}))
    assert "sample.json shows" in said


def test_features_in_lambert(tmp_path):
    body = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [700000 + i, 6600000]}, "id": i, "properties": {"nom": "a"}}
        for i in range(3)]}
    refused(tmp_path, "rows.geojson", json.dumps(body), 'name their reference system in "crs", such as EPSG:2154.')
    manifest, said = make(tmp_path, "rows.geojson", json.dumps(body), "--crs", "EPSG:2154", "--number", "id")
    assert types(manifest) == {"nom": "text", "geometry": "geo_point_2d", "id": "int"} and manifest["key"] == ["id"]
    assert "rows.geojson --crs 'EPSG:2154' --number 'id'\n" in said
    (tmp_path / "x").rename(tmp_path / "y")
    manifest, said = make(tmp_path, "rows.geojson", json.dumps({**body, "crs": {"properties": {"name": "EPSG:2154"}}}))
    assert "Say --number id" in said and manifest["geometry"] == "geometry"


SHAPES = shapefile.files("pistes", shapefile.POINT, [(700000 + i, 6600000) for i in range(3)], [("NOM", "C", 8, 0), ("N", "N", 4, 0)],
                         [["été", "1"], ["", "2"], ["hiver", "3"]], cpg=None, encoding="cp1252")


def test_shapefiles(tmp_path):
    manifest, said = make(tmp_path, "pistes.zip", shapefile.zipped(SHAPES))
    assert types(manifest) == {"nom": "text", "n": "int", "geometry": "geo_point_2d"} and manifest["key"] == ["n"]
    assert "read in EPSG:2154 by the .prj, CP1252 by the look of its texts\n" in said and "pistes.zip\n" in said
    sample = json.loads((tmp_path / "x/sample.json").read_text(encoding="utf-8"))
    assert sample[0] == {"NOM": "été", "N": 1, "geometry": {"type": "Point", "coordinates": [3.0, 46.5]}}
    for name, body in SHAPES.items():
        (tmp_path / name.upper()).write_bytes(body)
    done = run(tmp_path, "new", "x", "--from", "PISTES.SHP", "--to", "z", "--crs", "EPSG:2056")
    assert done.returncode == 1 and "PISTES.SHP: The .shp: record 1: a position lies far outside" in done.stderr
    done = run(tmp_path, "new", "x", "--from", "PISTES.SHP", "--to", "z", "--encoding", "iso-8859-1")
    assert done.returncode == 0 and "ISO-8859-1 by the name given" in done.stdout
    (tmp_path / "PISTES.DBF").unlink()
    done = run(tmp_path, "new", "x", "--from", "PISTES.SHP", "--to", "w")
    assert done.returncode == 1 and "the .dbf beside it cannot be read: No such file" in done.stderr


# ---- names ------------------------------------------------------------------------------------------


def test_names_that_a_query_can_have(tmp_path):
    headers = ["Nom de la station", "N° INSEE", "2020", "État", "etat", "recordid", "Œuvre", "", "--", "x" * 100, "x" * 101, "日本"]
    refused(tmp_path, "rows.csv", ",".join(headers) + "\n", "column 8 has no name")
    headers.remove("")
    manifest, said = make(tmp_path, "rows.csv", ",".join(headers) + "\n" + ",".join(str(i) for i in range(len(headers))) + "\n")
    names = [field["name"] for field in manifest["fields"]]
    assert names == ["nom_de_la_station", "n_insee", "c_2020", "etat_2", "etat", "recordid_2", "ouvre", "c", "x" * 57, "x" * 57 + "_2", "c_2"]
    assert manifest["push"]["names"] == {header: name for header, name in zip(headers, names) if header != name}
    assert manifest["fields"][0]["label"]["fr"] == "Nom de la station"
    assert '"Nom de la station"' in said


def test_a_header_of_two_lines_is_a_label_of_one(tmp_path):
    manifest, _ = make(tmp_path, "rows.csv", 'id,"Nom\nde ""la"" station\x7f"\n1,2\n')
    assert manifest["fields"][1]["label"]["fr"] == 'Nom de "la" station' and manifest["fields"][1]["name"] == "nom_de_la_station"


def test_the_same_name_twice(tmp_path):
    refused(tmp_path, "rows.csv", "a,b,a\n1,2,3\n", 'two columns are called "a"')


# ---- keys -------------------------------------------------------------------------------------------


def table(columns):
    names = list(columns)
    return ",".join(names) + "\n" + "".join(",".join(row) + "\n" for row in zip(*columns.values()))


KEYS = [
    ({"a": "1234", "id": "5678"}, ["id"]),
    ({"a": "1122", "b": "1212"}, ["a", "b"]),
    ({"a": ["1"] * 4 + ["2"] * 4, "b": ["1", "1", "2", "2"] * 2, "c": ["1", "2"] * 4}, ["a", "b", "c"]),
    ({"id": ["1", "2", "3", ""], "b": "1234"}, ["b"]),
    ({"v": ["1.5", "2.5", "3.5", "4.5"], "nom": "abcd"}, ["nom"]),
    ({"jour": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"], "nom": "abcd"}, ["nom"]),
    ({"station": "aabb", "jour": ["2026-01-01", "2026-01-02"] * 2, "n": "7777"}, ["station", "jour"]),
]


@pytest.mark.parametrize("columns,key", KEYS, ids=[" ".join(key) for _, key in KEYS])
def test_the_smallest_key_that_tells_rows_apart(tmp_path, columns, key):
    manifest, said = make(tmp_path, "rows.csv", table(columns))
    assert manifest["key"] == key and "apart" in said


def test_no_key_is_said(tmp_path):
    manifest, said = make(tmp_path, "rows.csv", table({"a": "1111", "b": "1122"}))
    assert "NOT unique" in said and manifest["key"] == ["a", "b"]


def test_nothing_that_could_be_a_key_is_refused(tmp_path):
    refused(tmp_path, "rows.csv", table({"v": ["1.5", "2.5"]}), "key")


# ---- facets and places -------------------------------------------------------------------------------


def test_few_values_are_a_facet(tmp_path):
    manifest, said = make(tmp_path, "rows.csv", table({
        "id": [str(i) for i in range(100)], "etat": ["ouvert", "ferme"] * 50, "nom": [f"n{i}" for i in range(100)], "un": ["seul"] * 100}))
    assert [field["name"] for field in manifest["fields"] if field.get("facet")] == ["etat"]
    assert "2 different ones: a facet" in said


def test_two_columns_of_degrees_are_a_point(tmp_path):
    manifest, said = make(tmp_path, "rows.csv", table({"id": "12", "Longitude": ["3.06", "3.07"], "Latitude": ["50.6", "50.7"]}))
    assert manifest["geometry"] == "position"
    assert manifest["fields"][3]["sql"] == "ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geometry(Point,4326)"
    assert "if these are degrees" in said


def test_the_clock_of_a_source_is_said(tmp_path):
    manifest, said = make(tmp_path, "rows.csv", table({"id": "12", "quand": ["2026-01-01 10:00:00", "2026-01-01 11:00:00"]}))
    assert manifest["fields"][1]["z_is_local"] == "Europe/Paris" and "clock of Paris" in said


# ---- files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name,text,words", [
    ("rows.csv", "é;b\n1;2\n".encode("cp1252"), ["not UTF-8", "iconv"]),
    ("rows.csv", "a,b\n1\n", ["rows.csv:2", "1 cells", "has 2"]),
    ("rows.csv", 'a,b\n1,"2\n', ["quote"]),
    ("rows.csv", "a,b\n", ["no rows"]),
    ("rows.csv", "", ["not empty"]),
    ("rows.json", "[]", ["no rows"]),
    ("rows.json", '[{"a": 1},', ["JSON"]),
    ("rows.json", '[{"a": 1}, 2]', ["record 2 is no JSON object"]),
    ("rows.json", '[{"a": tru}]', ["record 1 is not JSON"]),
    ("rows.ndjson", '{"a": 1}\n[1]\n', ["record 2"]),
    ("rows.geojson", '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":}}]}', ["JSON"]),
    ("rows.geojson", '{"type":"FeatureCollection","features":[{"type":"x"}]}', ["rows.geojson: The element 1 of the list is no feature"]),
    ("rows.zip", "PK", ["rows.zip: "]),
    ("rows.shp", "PK", ["rows.shp: "]),
    ("rows.zip", shapefile.zipped({"a.csv": b"a,b\n"}), ["rows.zip: The archive has no shapefile: no file ends in .shp."]),
    ("rows.xlsx", "PK", ["spreadsheets", "CSV"]),
    ("rows.csv.gz", "\x1f", ["gunzip"]),
    ("rows", "a,b\n1,2\n", [".shp or .zip is expected"]),
    ("rows.json", '[{"": 1, "a": 2}]', ["column 1 has 0 bytes"]),
    ("rows.csv", "a," + "x" * 201 + "\n1,2\n", ["column 2 has 201 bytes"]),
    ("rows.csv", ",".join(f"c{i}" for i in range(501)) + "\n" + ",".join("1" * 501) + "\n", ["more than 500 columns"]),
])
def test_what_cannot_be_read_is_said(tmp_path, name, text, words):
    refused(tmp_path, name, text, *words)


def test_nothing_is_written_over(tmp_path):
    make(tmp_path, "rows.csv", "id,a\n1,2\n")
    before = (tmp_path / "x/dataset.json").read_bytes()
    done = run(tmp_path, "new", "x", "--from", "rows.csv", "--to", "x")
    assert done.returncode == 1 and "there already" in done.stderr
    assert (tmp_path / "x/dataset.json").read_bytes() == before


@pytest.mark.parametrize("words,code", [(["X", "--from", "rows.csv"], 1), (["x"], 2), ([], 2), (["x", "--from", "none.csv"], 1),
                                        (["x", "--from", "."], 1), (["x", "--from", "rows.csv", "--to", "no/such/folder"], 1)])
def test_the_command_is_called_wrongly(tmp_path, words, code):
    (tmp_path / "rows.csv").write_text("id,a\n1,2\n")
    done = run(tmp_path, "new", *words)
    assert done.returncode == code and done.stderr and sorted(path.name for path in tmp_path.iterdir()) == ["rows.csv"]


def test_the_sample_is_the_first_rows_as_they_came(tmp_path):
    rows = [f'{i};"a;{i}";"say ""{i}"""' for i in range(50)]
    make(tmp_path, "rows.csv", "\ufeffid;b;c\n" + "\r\n".join(rows))
    lines = (tmp_path / "x/sample.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["id;b;c", *rows[:20]]


def test_a_long_file_is_looked_at_in_part(tmp_path):
    text = "id,v\n" + "".join(f"{i},a\n" for i in range(200005))
    _, said = make(tmp_path, "rows.csv", text)
    assert "200000 rows were looked at, there are more" in said


@pytest.mark.parametrize("file,key,some", [
    ("vlille/raw_samples/2025-10-24_09-50-01.csv", ["nom", "adresse"], {"geom": "geo_point_2d", "nb_velos_dispo": "int", "etat": "text"}),
    ("communes_mel/mel_communes_2018_contours_pop2024.geojson", ["code"], {"geometry": "geo_shape", "siren": "text", "pmun": "int"}),
    ("cycle/rennes_voies_apaisees.geojson", ["objectid"], {"geometry": "geo_shape", "geo_point_2d": "geo_point_2d", "c_insee": "text"}),
])
def test_real_files(tmp_path, file, key, some):
    if not (SHARED / file).exists():
        pytest.skip(f"needs {file} beside the project")
    done = run(tmp_path, "new", "x", "--from", SHARED / file, "--to", "x")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "x/dataset.json").read_text(encoding="utf-8"))
    assert manifest["key"] == key and some.items() <= types(manifest).items()
    assert run(tmp_path, "check", "x").returncode == 0

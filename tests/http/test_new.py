"""`beffroi new` all the way: a file or a table becomes a folder, the folder a dataset, and the very file its records."""

import json
import shlex
import zipfile

import pytest

from harness import shapefile

RECORDS = "/api/explore/v2.1/catalog/datasets/{}/records"


@pytest.fixture
def place(stack, tmp_path):
    dataset = "neuf"
    yield tmp_path, dataset
    if stack.sql(f"SELECT 1 FROM catalog.dataset WHERE id = '{dataset}'"):
        stack.sql(f'DROP TABLE data."{dataset}", past."{dataset}"; DELETE FROM catalog.state WHERE dataset = \'{dataset}\';'
                  f"DELETE FROM catalog.dataset WHERE id = '{dataset}'; SELECT pg_notify('beffroi', 'catalog')")


def make(stack, place, source):
    """What `new` said; then the folder is applied."""
    folder, dataset = place
    done = stack.beffroi("new", dataset, "--from", source, "--to", folder / "x", check=False)
    assert done.returncode == 0, done.stderr
    assert stack.beffroi("apply", folder / "x", check=False).returncode == 0
    return done.stdout


def records(stack, dataset, **parameters):
    answer = stack.get(RECORDS.format(dataset), {"limit": 100, **parameters})
    assert answer.status == 200, answer
    return answer.json()


def test_a_file_is_loaded_as_it_is(stack, place):
    folder, dataset = place
    rows = [f'{i};"Gare {i}, quai";{["ouvert", "fermé"][i % 2]};05{i:04};2026-11-2{i % 9} 10:00:00;{50 + i / 100};{3 + i / 100};true'
            for i in range(40)]
    file = folder / "gares.csv"
    file.write_text("\n".join(["N°;Nom de la gare;État;Code INSEE;Mis à jour;Latitude;Longitude;wifi", *rows]), encoding="utf-8")
    said = make(stack, place, file)
    assert f"beffroi load {dataset} {file}" in said
    assert stack.beffroi("load", dataset, file, check=False).returncode == 0
    found = records(stack, dataset, where="etat = 'fermé' and n = 3")
    assert found["total_count"] == 1
    assert found["results"] == [{"n": 3, "nom_de_la_gare": "Gare 3, quai", "etat": "fermé", "code_insee": "050003",
                                 "mis_a_jour": "2026-11-23T09:00:00+00:00", "latitude": 50.03, "longitude": 3.03, "wifi": True,
                                 "position": {"lon": 3.03, "lat": 50.03}}]
    assert records(stack, dataset, where="within_distance(position, geom'POINT(3.03 50.03)', 10m)")["total_count"] == 1


def test_features_become_records(stack, place):
    folder, dataset = place
    shape = {"type": "LineString", "coordinates": [[3, 50], [4, 51]]}
    file = folder / "pistes.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": shape, "properties": {"ID": i, "Nom": f"piste {i}"}} for i in range(3)]}))
    make(stack, place, file)
    assert stack.beffroi("load", dataset, file, check=False).returncode == 0
    found = records(stack, dataset)["results"]
    assert [row["nom"] for row in found] == ["piste 0", "piste 1", "piste 2"]
    assert found[0]["geometry"]["geometry"] == shape


def test_a_shapefile_becomes_records(stack, place):
    folder, dataset = place
    file = folder / "pistes.zip"
    files = shapefile.files("pistes", shapefile.LINE, [[[(700000, 6600000), (700000 + i, 6600100)]] for i in range(3)],
                            [("NOM", "C", 8, 0)], [["été"], ["été"], ["hiver"]], cpg=None, encoding="cp850")
    file.write_bytes(shapefile.zipped(files))
    done = stack.beffroi("new", dataset, "--from", file, "--to", folder / "x", "--encoding", "CP850", "--number", "id")
    stack.beffroi("apply", folder / "x")
    words = shlex.split(done.stdout.rpartition("beffroi load ")[2])
    said = stack.beffroi("load", *words).stdout
    assert "read in EPSG:2154 by the .prj, CP850 by the name given" in said and "3 added" in said
    found = records(stack, dataset, order_by="id")["results"]
    assert [(row["id"], row["nom"]) for row in found] == [(1, "été"), (2, "été"), (3, "hiver")]
    assert found[0]["geometry"]["geometry"]["coordinates"][0] == [3.0, 46.5]
    # The files as they lie in a folder, the way that the source of the dataset says.
    manifest = json.loads((folder / "x/dataset.json").read_text(encoding="utf-8"))
    manifest["source"] = {"url": "https://127.0.0.1:1/x.zip", "format": "shapefile", "every": "P30D", "encoding": "CP850", "feature_id": "id"}
    (folder / "x/dataset.json").write_text(json.dumps(manifest), encoding="utf-8")
    stack.beffroi("apply", folder / "x")
    for name, body in files.items():
        (folder / name).write_bytes(body)
    assert "0 added, 0 changed, 0 removed, 3 unchanged" in stack.beffroi("load", dataset, folder / "pistes.shp").stdout
    (folder / "pistes.dbf").write_bytes(files["pistes.dbf"][:-3])
    done = stack.beffroi("load", dataset, folder / "pistes.shp", check=False)
    assert done.returncode == 1 and "pistes.shp: The .dbf is cut off" in done.stderr


def test_a_table_of_the_database(stack, place):
    _, dataset = place
    stack.sql("CREATE SCHEMA IF NOT EXISTS outils; DROP TABLE IF EXISTS outils.\"Capteurs d'eau\", outils.capteurs;"
              "CREATE TABLE outils.capteurs (id bigint, \"Libellé\" text, debit numeric, vu timestamptz, jour date, actif boolean,"
              " lieu geometry(Point, 4326), plus jsonb);"
              "INSERT INTO outils.capteurs SELECT i, 'c' || i, i / 4.0, '2026-01-01T10:00Z', '2026-01-02', i % 2 = 0,"
              " ST_SetSRID(ST_MakePoint(3, 50), 4326), '{\"a\": [1]}' FROM generate_series(1, 30) AS i;"
              "GRANT USAGE ON SCHEMA outils TO beffroi_owner; GRANT SELECT ON outils.capteurs TO beffroi_owner")
    said = make(stack, place, "outils.capteurs")
    assert "30 rows, 8 columns" in said and "row_to_json" in said
    stack.beffroi("load", dataset, place[0] / "x/sample.json")
    found = records(stack, dataset, where="id = 3")["results"]
    assert found == [{"id": 3, "libelle": "c3", "debit": 0.75, "vu": "2026-01-01T10:00:00+00:00", "jour": "2026-01-02", "actif": False,
                      "lieu": {"lon": 3.0, "lat": 50.0}, "plus": '{"a":[1]}'}]


@pytest.mark.parametrize("name,word", [("outils.nothing", "neither a file nor a table"), ("catalog.dataset", "of the server itself"),
                                       ("a b c", "neither"), ("x'; --", "neither"),
                                       ("data.vlille-realtime", "of the server itself")])
def test_what_is_no_table_of_others_is_refused(stack, place, name, word):
    folder, dataset = place
    done = stack.beffroi("new", dataset, "--from", name, "--to", folder / "x", check=False)
    assert done.returncode == 1 and word in done.stderr and not (folder / "x").exists()


def test_a_table_of_a_timetable(stack, place):
    folder, dataset = place
    file = folder / "gtfs.zip"
    with zipfile.ZipFile(file, "w") as z:
        z.writestr("routes.txt", "route_id,route_color,route_type,own\r\n1,112233,3,7\r\n2,007000,0,8\r\n")
        z.writestr("calendar.txt", "service_id,start_date,end_date\n10,20260101,20260630\n20,20260701,20261231\n")
    types = {}
    for table in ("routes.txt", "calendar.txt"):
        done = stack.beffroi("new", dataset, "--from", file, "--table", table, "--to", folder / table, check=False)
        assert done.returncode == 0 and f'"format": "gtfs", "table": "{table}"' in done.stdout, done.stderr
        manifest = json.loads((folder / table / "dataset.json").read_text(encoding="utf-8"))
        types |= {field["name"]: field["type"] for field in manifest["fields"]}
    assert types == {"route_id": "text", "route_color": "text", "route_type": "int", "own": "int",
                     "service_id": "text", "start_date": "date", "end_date": "date"}
    assert stack.beffroi("apply", folder / "calendar.txt", check=False).returncode == 0
    assert "2 added" in stack.beffroi("load", dataset, folder / "calendar.txt" / "sample.csv").stdout
    done = stack.beffroi("new", "autre", "--from", file, "--table", "stops.txt", "--to", folder / "y", check=False)
    assert done.returncode == 1 and "The archive has no stops.txt; it has routes.txt, calendar.txt." in done.stderr

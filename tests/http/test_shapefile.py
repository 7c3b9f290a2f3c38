"""Sources that are shapefiles in a ZIP archive, and GeoJSON in another reference system, fetched from a real publisher."""

import json

import pytest

from harness import shapefile, shared
from harness.publisher import Publisher, run, shown, source

REAL = shared.folder("data", "cycle")
PISTES = "montpellier_VilleMTP_AggloMTP_PistesCyclables"

FIELDS = [
    {"name": "id", "type": "int"},
    {"name": "nom", "type": "text", "facet": True},
    {"name": "longueur", "type": "double"},
    {"name": "ouverture", "type": "date"},
    {"name": "eclaire", "type": "boolean"},
    {"name": "trace", "type": "geo_shape"},
]
NAMES = {"NOM_COMPLE": "nom", "LONGUEUR": "longueur", "OUVERT": "ouverture", "ECLAIRE": "eclaire"}
COLUMNS = [("NOM_COMPLE", "C", 20, 0), ("LONGUEUR", "N", 10, 2), ("OUVERT", "D", 8, 0), ("ECLAIRE", "L", 1, 0)]
ROWS = [["Voie fléchée", "12.50", "20260401", "T"], ["", "**********", "", "?"], ["Quai", "7", "00000000", "F"]]
# The origin of Lambert-93 is 3° E, 46.5° N.
LINES = [[[(700000, 6600000), (700100, 6600000)]], None, [[(700000, 6600000), (700000, 6600100)], [(700000, 6601000), (700000, 6602000)]]]


@pytest.fixture
def publisher():
    with Publisher() as running:
        yield running


def pistes(**changes):
    return shapefile.files("pistes", changes.pop("kind", shapefile.LINE), changes.pop("shapes", LINES), COLUMNS, changes.pop("rows", ROWS),
                           **changes)


def dataset(stack, folder, publisher, name, path="/pistes.zip", fields=None, push=None, **told):
    told = {"format": "shapefile", "feature_id": "id", **told}
    return source(stack, folder, publisher, name, path=path, fields=fields or FIELDS, geometry="trace", source=told,
                  push=push or {"names": NAMES})


def rows(stack, name, **parameters):
    found = stack.get(f"/api/explore/v2.1/catalog/datasets/{name}/records", {"limit": 100, "order_by": "id", **parameters})
    return found.json()["results"]


def geometries(stack, name):
    return [row["trace"] and row["trace"]["geometry"] for row in rows(stack, name)]


def test_a_shapefile(stack, publisher, tmp_path):
    publisher.gives(shapefile.zipped(pistes()))
    dataset(stack, tmp_path, publisher, "shp-lines")
    assert shown(stack, "shp-lines")["reason"] is None
    first, second, third = rows(stack, "shp-lines")
    assert [first[name] for name in ("id", "nom", "longueur", "ouverture", "eclaire")] == [1, "Voie fléchée", 12.5, "2026-04-01", True]
    assert [second[name] for name in ("nom", "longueur", "ouverture", "eclaire", "trace")] == [None] * 5
    assert (third["eclaire"], third["ouverture"]) == (False, None)
    assert (first["trace"]["geometry"]["type"], third["trace"]["geometry"]["type"]) == ("LineString", "MultiLineString")
    assert first["trace"]["geometry"]["coordinates"][0] == [3.0, 46.5]
    assert run(stack, "shp-lines") == (0, "shp-lines: unchanged\n")
    changed = [["Voie verte", *ROWS[0][1:]], *ROWS[1:]]
    publisher.gives(shapefile.zipped(pistes(rows=changed, deleted=(1,))))
    assert "0 added, 1 changed, 1 removed; 2 records now" in run(stack, "shp-lines")[1]
    assert [row["id"] for row in rows(stack, "shp-lines")] == [1, 3]


def test_polygons_with_holes_and_heights(stack, publisher, tmp_path):
    def square(x, y, n):
        return [(x, y), (x, y + n), (x + n, y + n), (x + n, y), (x, y)]

    shapes = [[square(2, 2, 1)[::-1], square(0, 0, 9)], [square(0, 0, 1), square(20, 20, 1)]]
    files = pistes(kind=10 + shapefile.POLYGON, shapes=shapes, rows=ROWS[:2], prj=None)
    del files["pistes.shx"]
    publisher.gives(shapefile.zipped(files))
    dataset(stack, tmp_path, publisher, "shp-polygons", crs="EPSG:4326")
    assert shown(stack, "shp-polygons")["reason"] is None
    first, second = geometries(stack, "shp-polygons")
    assert (first["type"], len(first["coordinates"]), second["type"], len(second["coordinates"])) == ("Polygon", 2, "MultiPolygon", 2)
    inside = rows(stack, "shp-polygons", where="within_distance(trace, geom'POINT(2.5 2.5)', 1m)")
    beside = rows(stack, "shp-polygons", where="within_distance(trace, geom'POINT(4 4)', 1m)")
    assert (inside, [row["id"] for row in beside]) == ([], [1])
    assert stack.sql('SELECT bool_and(ST_IsValid(trace) AND ST_IsPolygonCCW(trace)) FROM data."shp-polygons"') == [["t"]]


def test_several_in_one_archive(stack, publisher, tmp_path):
    others = {"x/" + name.replace("pistes", "Quais").upper(): body for name, body in pistes().items()}
    mac = {"__MACOSX/._pistes.shp": b"\0", "x/._QUAIS.SHP": b"\0"}
    publisher.gives(shapefile.zipped({**mac, **pistes(), **others, "lisez-moi.txt": b""}))
    dataset(stack, tmp_path, publisher, "shp-several")
    assert shown(stack, "shp-several")["reason"] == \
        'The archive has 2 shapefiles, and "table" names none of them: pistes.shp, x/QUAIS.SHP.'
    dataset(stack, tmp_path, publisher, "shp-several-one", table="x/QUAIS.SHP")
    assert (shown(stack, "shp-several-one")["reason"], len(rows(stack, "shp-several-one"))) == (None, 3)


def test_what_it_is_written_in(stack, publisher, tmp_path):
    told = {"encoding": "cp850", "language": 0x57, "cpg": None}
    publisher.gives(shapefile.zipped(pistes(**told)))
    dataset(stack, tmp_path, publisher, "shp-cp850", encoding="CP850")
    assert rows(stack, "shp-cp850")[0]["nom"] == "Voie fléchée"
    publisher.gives(shapefile.zipped(pistes(kind=10 + shapefile.LINE, encoding="cp1252", language=0, cpg=None)))
    dataset(stack, tmp_path, publisher, "shp-cp1252")
    assert rows(stack, "shp-cp1252")[0]["nom"] == "Voie fléchée"
    publisher.gives(shapefile.zipped(pistes(kind=10 + shapefile.LINE, encoding="cp1252", language=0, cpg=None, deleted=(2,))))
    assert run(stack, "shp-cp1252")[1].endswith(
        "  read: records: 2, without a shape: 1, deleted: 1, left out: heights; EPSG:2154 by the .prj, CP1252 by the look of its texts\n")


def broken():
    """Bodies that are refused, and why."""
    whole = pistes()
    shp = whole["pistes.shp"]
    short = {**whole, "pistes.shp": shp[:-1]}
    return {
        "a page": (b"<html>", None),
        "no shapes": (shapefile.zipped({"x.csv": b"a"}), "The archive has no shapefile: no file ends in .shp."),
        "archives": (shapefile.zipped({"a.zip": b"", "b.ZIP": b""}),
                     "The archive has no shapefile, but archives, which are not read: a.zip, b.ZIP."),
        "no table": (shapefile.zipped({"pistes.shp": shp, "Pistes2.dbf": b""}),
                     "The archive has pistes.shp, and no .dbf of that name beside it."),
        "cut": (shapefile.zipped(short),
                f"The .shp is cut off or damaged: it says that it has {len(shp)} bytes, and has {len(shp) - 1}."),
        "no prj": (shapefile.zipped(pistes(prj=None)),
                   'There is no .prj to tell the reference system: name it in "crs", such as EPSG:2154.'),
        "another prj": (shapefile.zipped(pistes(prj='GEOGCS["x"]')),
                        'The .prj tells no reference system that EPSG has: name it in "crs", such as EPSG:2154.'),
        "other rows": (shapefile.zipped(pistes(rows=ROWS[:2])),
                       "The .shp has 3 records and the .dbf 2: they do not belong together, or one is damaged."),
        "no number": (shapefile.zipped(pistes(rows=[*ROWS[:2], ["", "1,5", "", ""]])),
                      "The .dbf: record 3, field LONGUEUR: this is no number."),
        "not there": (shapefile.zipped(pistes(shapes=[*LINES[:2], [[(3.0, 46.5), (3.1, 46.5)]]])),
                      "The .shp: record 3: a position lies far outside of where the reference system is used: "
                      'name the right one in "crs".'),
        "no such day": (shapefile.zipped(pistes(rows=[*ROWS[:2], ["", "", "20260230", ""]], deleted=(0,))), None),
    }


def test_refused(stack, publisher, tmp_path):
    publisher.gives(shapefile.zipped(pistes()))
    dataset(stack, tmp_path, publisher, "shp-refused", max_bytes=1000000)
    for name, (body, why) in broken().items():
        publisher.gives(body)
        status, told = run(stack, "shp-refused")
        if why:
            assert (status, told) == (1, f"shp-refused: failed: {why}\n"), name
        assert status == 1 and (name != "no such day" or "line 3, field OUVERT:" in told), told
    publisher.gives(shapefile.zipped({**pistes(), "pistes.shp": b"\0" * 1000001}))
    assert run(stack, "shp-refused")[0] == 1
    assert len(rows(stack, "shp-refused")) == 3


# ---- GeoJSON ---------------------------------------------------------------------------------
def features(*coordinates, **members):
    return {"type": "FeatureCollection", **members, "features": [
        {"type": "Feature", "id": number, "properties": {"nom": "x"}, "geometry": {"type": "Point", "coordinates": list(place)}}
        for number, place in enumerate(coordinates)]}


def test_geojson_in_lambert(stack, publisher, tmp_path):
    told = {"format": "geojson", "path": "/x.geojson", "push": {}}
    publisher.gives(features((700000, 6600000)))
    dataset(stack, tmp_path, publisher, "shp-geojson", **told)
    assert shown(stack, "shp-geojson")["reason"] == "The coordinates of the feature 1 are no longitude and latitude: name their " \
        'reference system in "crs", such as EPSG:2154.'
    publisher.gives(features((700000, 6600000), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}))
    assert run(stack, "shp-geojson")[0] == 0
    assert geometries(stack, "shp-geojson") == [{"type": "Point", "coordinates": [3.0, 46.5]}]
    publisher.gives(features((700000, 6600000)))
    dataset(stack, tmp_path, publisher, "shp-geojson-named", crs="EPSG:2154", **told)
    assert geometries(stack, "shp-geojson-named") == [{"type": "Point", "coordinates": [3.0, 46.5]}]


# ---- real data -------------------------------------------------------------------------------
@pytest.mark.skipif(REAL is None, reason="needs the recorded data")
def test_the_cycle_lanes_of_montpellier(stack, publisher, tmp_path):
    """The shapefile and its GeoJSON twin, which says nothing of its reference system, against PostGIS on the twin's own numbers."""
    fields = [{"name": "fid", "type": "int"}, {"name": "longueur", "type": "double"}, {"name": "cycle_id", "type": "double"},
              {"name": "classe", "type": "int"}, {"name": "nom", "type": "text"}, {"name": "trace", "type": "geo_shape"}]
    columns = {"LENGTH": "longueur", "CYCLE_ID": "cycle_id", "CLASS": "classe", "Nom": "nom"}
    push = {"names": columns, "ignore": ["FNODE_", "TNODE_", "LPOLY_", "RPOLY_", "CYCLE_"]}
    twin = (REAL / f"{PISTES}.kml.geojson").read_text(encoding="utf-8")
    publisher.gives_by_path({"/x.zip": (REAL / f"{PISTES}.zip").read_bytes(), "/x.geojson": twin.encode()})
    for name, told in {"shp-real": {"format": "shapefile"}, "shp-real-twin": {"format": "geojson", "crs": "EPSG:2154"}}.items():
        source(stack, tmp_path, publisher, name, path="/x.zip" if told["format"] == "shapefile" else "/x.geojson", fields=fields,
               key=["fid"], geometry="trace", push=push, source={"feature_id": "fid", **told})
        assert shown(stack, name)["reason"] is None
    stack.sql(f"""CREATE TABLE public.twin AS
        SELECT (f->>'id')::int AS fid, f->'properties' AS p,
               ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(f->'geometry'), 2154), 4326) AS geo
          FROM json_array_elements($body${twin}$body$::json->'features') AS f""")
    try:
        # The shapefile counts its records from 1, the twin from 0.
        for table, first in (("shp-real", 1), ("shp-real-twin", 0)):
            lanes, positions, metres, same = stack.sql(f"""
                SELECT count(DISTINCT t.fid), count(*),
                       max(ST_Distance(a.geom::geography, b.geom::geography)),
                       bool_and(ST_NPoints(d.trace) = ST_NPoints(t.geo) AND d.longueur = (t.p->>'LENGTH')::float8
                                AND d.classe = (t.p->>'CLASS')::int AND d.cycle_id = (t.p->>'CYCLE_ID')::float8
                                AND d.nom IS NOT DISTINCT FROM nullif(t.p->>'Nom', ''))
                  FROM data."{table}" AS d JOIN public.twin AS t ON d.fid = t.fid + {first},
                       ST_DumpPoints(d.trace) AS a, ST_DumpPoints(t.geo) AS b
                 WHERE a.path = b.path""")[0]
            assert (lanes, positions, same) == (str(len(json.loads(twin)["features"])), "5103", "t")
            assert float(metres) < 0.00001
    finally:
        stack.sql("DROP TABLE public.twin")

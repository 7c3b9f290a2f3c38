"""Sources that are tables of a timetable (GTFS) in a ZIP archive, fetched from a real publisher."""

import csv
import io
import json
import zipfile

import pytest

from harness import shared
from harness.publisher import Publisher, run, shown, source

REAL = shared.folder("data", "gtfs_castres_mazamet")

STOPS = [
    {"name": "stop_id", "type": "text"},
    {"name": "stop_name", "type": "text", "facet": True},
    {"name": "stop_lat", "type": "double"},
    {"name": "stop_lon", "type": "double"},
    {"name": "position", "type": "geo_point_2d", "sql": "ST_SetSRID(ST_MakePoint(stop_lon, stop_lat), 4326)::geometry(Point, 4326)"},
]
TIMES = [{"name": "trip_id", "type": "text"}, {"name": "stop_sequence", "type": "int"}, {"name": "arrival_time", "type": "text"},
         {"name": "departure_time", "type": "text"}]
SHAPES = [{"name": "shape_id", "type": "text"}, {"name": "trace", "type": "geo_shape"}]
CALENDAR = [{"name": "service_id", "type": "text"}, {"name": "start_date", "type": "date"}, {"name": "end_date", "type": "date"}]


def archive(folder="", packing=zipfile.ZIP_DEFLATED, **tables):
    """Tables by their names, without .txt, as lists of lines or texts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as z:
        for name, rows in {"agency": ["agency_id,agency_name", "1,Ilévia"], **tables}.items():
            text = rows if isinstance(rows, (bytes, str)) else "\r\n".join(rows) + "\r\n"
            z.writestr(zipfile.ZipInfo(f"{folder}{name}.txt"), text, packing)
    return out.getvalue()


def stops(n, **changes):
    return ["stop_id,stop_name,stop_lat,stop_lon", *(changes.get(i, f"s{i},Arrêt {i},50.{i},3.0{i}") for i in range(1, n + 1))]


@pytest.fixture
def publisher():
    with Publisher() as running:
        yield running


def timetable(stack, folder, publisher, name, table, fields, **changes):
    told = {"format": "gtfs", "table": table, **changes.pop("source", {})}
    changes = {"key": [fields[0]["name"]], "geometry": None, **changes}
    return source(stack, folder, publisher, name, path="/gtfs.zip", fields=fields, source=told, **changes)


def records(stack, name, **parameters):
    return stack.get(f"/api/explore/v2.1/catalog/datasets/{name}/records", {"limit": 100, **parameters}).json()


def test_a_table_of_an_archive(stack, publisher, tmp_path):
    publisher.gives(archive(stops=["\ufeffstop_id,stop_name, stop_lat ,stop_lon,own_column,", 's1,"Gare, quai ""A""",50.5,3.25,x,',
                                   "s2,,,,y,"]))
    timetable(stack, tmp_path, publisher, "gtfs-stops", "stops.txt", STOPS, geometry="position")
    assert shown(stack, "gtfs-stops")["reason"] is None
    first, second = records(stack, "gtfs-stops", order_by="stop_id")["results"]
    assert (first["stop_name"], first["position"]) == ('Gare, quai "A"', {"lon": 3.25, "lat": 50.5})
    assert (second["stop_name"], second["position"]) == (None, None)
    near = records(stack, "gtfs-stops", where="within_distance(position, geom'POINT(3.25 50.5)', 10m)")
    assert [row["stop_id"] for row in near["results"]] == ["s1"]


def test_dates_are_dates_and_times_are_texts(stack, publisher, tmp_path):
    publisher.gives(archive(calendar=["service_id,start_date,end_date", "a,20240426,20240628"],
                            stop_times=["trip_id,stop_sequence,arrival_time,departure_time", "t,1,25:35:00,25:36:00", "t,0,9:05:00,"]))
    timetable(stack, tmp_path, publisher, "gtfs-calendar", "calendar.txt", CALENDAR)
    assert records(stack, "gtfs-calendar", where="start_date <= date'2024-05-01'")["results"] == [
        {"service_id": "a", "start_date": "2024-04-26", "end_date": "2024-06-28"}]
    timetable(stack, tmp_path, publisher, "gtfs-times", "stop_times.txt", TIMES, key=["trip_id", "stop_sequence"])
    assert [row["arrival_time"] for row in records(stack, "gtfs-times", order_by="stop_sequence")["results"]] == ["9:05:00", "25:35:00"]


def test_shapes_as_lines(stack, publisher, tmp_path):
    publisher.gives(archive(shapes=["shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence", "a,50.5,3.5,2", "a,50.25,3.25,1", "b,50,3,1"]))
    timetable(stack, tmp_path, publisher, "gtfs-shapes", "shapes.txt", SHAPES, geometry="trace", source={"lines": True})
    rows = records(stack, "gtfs-shapes", order_by="shape_id")["results"]
    assert [row["shape_id"] for row in rows] == ["a", "b"] and rows[1]["trace"] is None
    assert rows[0]["trace"]["geometry"] == {"type": "LineString", "coordinates": [[3.25, 50.25], [3.5, 50.5]]}


def test_another_archive_with_the_same_table_is_only_a_sign_of_life(stack, publisher, tmp_path):
    publisher.gives(archive(stops=stops(3)), ETag='"v1"')
    timetable(stack, tmp_path, publisher, "gtfs-same", "stops.txt", STOPS)
    publisher.gives(archive(stops=stops(3), trips=["trip_id", "1"], packing=zipfile.ZIP_STORED), ETag='"v2"')
    assert run(stack, "gtfs-same") == (0, "gtfs-same: unchanged\n")
    assert publisher.requests[-1][1]["If-None-Match"] == '"v1"'
    run(stack, "gtfs-same")
    assert publisher.requests[-1][1]["If-None-Match"] == '"v2"'


def test_what_is_held(stack, publisher, tmp_path):
    publisher.gives(archive(stops=stops(6)))
    timetable(stack, tmp_path, publisher, "gtfs-held", "stops.txt", STOPS, push={"ignore": ["stop_desc"]})
    for tables, why in (
        ({"stops": stops(2)}, "The source gives 2 records, fewer than half of the 6 that there are."),
        ({"stops": stops(0)}, "The source gives no record at all."),
        ({"stops": [line + "," for line in stops(6)]}, None),  # a column without a name
        ({"stops": ["stop_desc," + stops(0)[0], *("," + line for line in stops(6)[1:])]},
         'The names of the fields have changed since the last good run. New: "stop_desc".'),
        ({"stops": ["", *stops(6)[:3], "", "s3,Arrêt 3,50.3,x"]},
         "stops.txt: 1 records are not valid; line 6, field stop_lon: a number is expected"),
    ):
        publisher.gives(archive(**tables))
        told = run(stack, "gtfs-held")
        assert told == ((0, "gtfs-held: unchanged\n") if why is None else (1, f"gtfs-held: held: {why}\n")), tables
    publisher.gives(archive(stops=stops(2)))
    run(stack, "gtfs-held")
    assert run(stack, "gtfs-held", "accept")[0] == 0
    assert records(stack, "gtfs-held")["total_count"] == 2


def encrypted(body):
    """The bit that says so, in the list at the end (APPNOTE 4.3.12)."""
    at = body.rindex(b"PK\1\2")
    return body[:at + 8] + b"\1" + body[at + 9:]


FAILURES = {
    "not a zip": (b"stop_id\n1\n", "The body is no ZIP archive, or it did not come whole."),
    "cut": (archive(stops=stops(9))[:-30], "The body is no ZIP archive, or it did not come whole."),
    "another table": (archive(trips=["trip_id"]), "The archive has no stops.txt; it has agency.txt, trips.txt."),
    "in a folder": (archive(folder="gtfs/", stops=stops(1)),
                    'stops.txt lies in a folder of the archive; as "table" write "gtfs/stops.txt".'),
    "outside": (archive(folder="../", stops=stops(1)), 'The archive holds "../agency.txt", a name that leads out of it.'),
    "encrypted": (encrypted(archive(stops=stops(1))), '"stops.txt" is encrypted.'),
    "bzip2": (archive(packing=zipfile.ZIP_BZIP2, stops=stops(1)),
              '"stops.txt" is packed by the method 12; stored and deflated files are read.'),
    "a bomb": (archive(stops="\0" * (2 << 20)), '"stops.txt" has more than 1000000 bytes.'),
    "a short row": (archive(stops=[*stops(2), "s3,x"]), "stops.txt, line 4: the row has 2 cells, the first line has 4."),
    "nothing": (archive(stops=b""), "stops.txt has no line of names."),
}


def test_a_failure_changes_nothing_and_names_the_file(stack, publisher, tmp_path):
    publisher.gives(archive(stops=stops(3)))
    timetable(stack, tmp_path, publisher, "gtfs-fails", "stops.txt", STOPS, source={"max_bytes": 1000000})
    for name, (body, why) in FAILURES.items():
        publisher.gives(body)
        assert run(stack, "gtfs-fails") == (1, f"gtfs-fails: failed: {why}\n"), name
    assert records(stack, "gtfs-fails")["total_count"] == 3


@pytest.mark.skipif(not REAL, reason="the recorded timetable is not beside the checkout")
def test_a_real_timetable(stack, publisher, tmp_path):
    """Three datasets of one archive."""
    names = ("agency", "calendar", "calendar_dates", "routes", "shapes", "stop_times", "stops", "trips")
    tables = {name: (REAL / f"{name}.txt").read_bytes() for name in names}
    rows = {name: list(csv.DictReader(io.StringIO(text.decode()))) for name, text in tables.items()}
    publisher.gives(archive(**tables))

    def real(name, table, fields, **changes):
        left = [column for column in rows[table][0] if column not in [f["name"] for f in fields]]
        timetable(stack, tmp_path, publisher, name, f"{table}.txt", fields, push={"ignore": left}, **changes)
        assert shown(stack, name)["reason"] is None

    real("gtfs-real-stops", "stops", STOPS, geometry="position")
    real("gtfs-real-times", "stop_times", TIMES, key=["trip_id", "stop_sequence"])
    real("gtfs-real-shapes", "shapes", SHAPES, geometry="trace", source={"lines": True})
    one = rows["stops"][100]
    found = records(stack, "gtfs-real-stops", where=f'stop_id={json.dumps(one["stop_id"])}')["results"][0]
    assert found["position"] == {"lon": float(one["stop_lon"]), "lat": float(one["stop_lat"])}
    assert records(stack, "gtfs-real-stops", limit=0)["total_count"] == len(rows["stops"]) == 428
    assert records(stack, "gtfs-real-times", limit=0)["total_count"] == len(rows["stop_times"]) == 18852
    points = {}
    for row in rows["shapes"]:
        points.setdefault(row["shape_id"], []).append((int(row["shape_pt_sequence"]), float(row["shape_pt_lon"]), float(row["shape_pt_lat"])))
    ways = stack.get("/api/explore/v2.1/catalog/datasets/gtfs-real-shapes/exports/json").json()
    assert {row["shape_id"]: row["trace"]["geometry"]["coordinates"] for row in ways} == \
        {shape: [[lon, lat] for _, lon, lat in sorted(found)] for shape, found in points.items()}

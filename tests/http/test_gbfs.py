"""Sources that are feeds of shared vehicles (GBFS): a discovery file, and the feeds that it leads to."""

import datetime
import json
import tarfile
import time

import pytest

from harness import shared
from harness.publisher import Publisher, run, shown, source, write_credential

REAL = shared.folder("data", "fixtures", "gbfs")

STATIONS = [
    {"name": "station_id", "type": "text"},
    {"name": "name", "type": "text"},
    {"name": "lat", "type": "double"},
    {"name": "lon", "type": "double"},
    {"name": "position", "type": "geo_point_2d", "sql": "ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geometry(Point, 4326)"},
    {"name": "capacity", "type": "int"},
    {"name": "num_vehicles_available", "type": "int"},
    {"name": "is_renting", "type": "boolean"},
    {"name": "last_reported", "type": "datetime"},
    {"name": "vehicle_types_available", "type": "json_blob"},
]
JOINED = {"feed": "station_information", "join": "station_status"}


def station(n, **changes):
    return {"station_id": f"s{n}", "name": [{"text": f"Stop {n}", "language": "en"}, {"text": f"Arrêt {n}", "language": "fr"}],
            "lat": 50.5, "lon": 3.0 + n / 100, "capacity": 20, **changes}


def status(n, **changes):
    return {"station_id": f"s{n}", "num_vehicles_available": n, "is_renting": True, "last_reported": "2026-11-02T11:00:00+01:00",
            "vehicle_types_available": [{"vehicle_type_id": "bike", "count": n}], **changes}


def feed(rows, name="stations", last_updated="2026-11-02T10:00:00Z", ttl=0):
    return {"last_updated": last_updated, "ttl": ttl, "version": "3.0", "data": {name: rows}}


def discovery(publisher, *names, language=None, **others):
    feeds = {"feeds": [{"name": name, "url": others.get(name, f"{publisher.url}/{name}")} for name in names]}
    return {"last_updated": 1, "ttl": 0, "version": "3.0", "data": {language: feeds} if language else feeds}


class System:
    """What a publisher of GBFS gives; the feeds may be changed between two runs."""

    def __init__(self, publisher):
        self.publisher = publisher
        self.names = ["station_information", "station_status"]
        self.feeds = {}

    def gives(self, information=None, now=None, **others):
        self.feeds.update({"station_information": information, "station_status": now, **others})
        found = {f"/{name}": body for name, body in self.feeds.items() if body is not None}
        self.publisher.gives_by_path({"/gbfs.json": discovery(self.publisher, *self.names), **found})


@pytest.fixture
def publisher():
    with Publisher() as running:
        yield running


@pytest.fixture
def system(publisher):
    return System(publisher)


def gbfs(stack, folder, publisher, name, told=None, fields=None, **changes):
    fields = fields or STATIONS
    changes = {"key": [fields[0]["name"]], "geometry": "position" if fields is STATIONS else None, **changes}
    return source(stack, folder, publisher, name, path="/gbfs.json", fields=fields, source={"format": "gbfs", **(told or JOINED)}, **changes)


def records(stack, name, **parameters):
    return stack.get(f"/api/explore/v2.1/catalog/datasets/{name}/records", {"limit": 100, **parameters}).json()


def pushed(stack, name):
    return stack.sql(f"SELECT pushed FROM catalog.state WHERE dataset = '{name}'")[0][0]


# ---- the way of good data ----------------------------------------------------------------------
def test_stations_with_their_counts(stack, publisher, system, tmp_path):
    system.gives(feed([station(1), station(2)]), feed([status(2), status(1)]))
    gbfs(stack, tmp_path, publisher, "gbfs-stations")
    assert shown(stack, "gbfs-stations")["reason"] is None
    first = records(stack, "gbfs-stations", order_by="station_id")["results"][0]
    assert (first["name"], first["num_vehicles_available"], first["is_renting"]) == ("Arrêt 1", 1, True)
    assert (first["position"], first["last_reported"]) == ({"lon": 3.01, "lat": 50.5}, "2026-11-02T10:00:00+00:00")
    assert [path for path, _ in publisher.requests] == ["/gbfs.json", "/station_information", "/station_status"]
    assert run(stack, "gbfs-stations") == (0, "gbfs-stations: unchanged\n")
    system.gives(feed([station(1), station(2)]), feed([status(2, num_vehicles_available=9), status(1)]))
    assert "0 added, 1 changed, 0 removed; 2 records now" in run(stack, "gbfs-stations")[1]


def test_the_words_of_older_versions(stack, publisher, tmp_path):
    old = {"last_updated": 1762077600, "ttl": 5, "data": {"stations": [
        {"station_id": "1", "num_vehicles_available": 3, "is_renting": 1, "last_reported": 1762077600}]}}
    publisher.gives_by_path({
        "/gbfs.json": {**discovery(publisher, "station_status", language="en", station_status=publisher.url + "/en"),
                       "data": {"en": {"feeds": []}, "fr": {"feeds": [{"name": "station_status", "url": publisher.url + "/fr"}]}}},
        "/fr": old})
    fields = [field for field in STATIONS if field["name"] in ("station_id", "num_vehicles_available", "is_renting", "last_reported")]
    gbfs(stack, tmp_path, publisher, "gbfs-old", {"feed": "station_status"}, fields)
    assert records(stack, "gbfs-old")["results"] == [
        {"station_id": "1", "num_vehicles_available": 3, "is_renting": True, "last_reported": "2025-11-02T10:00:00+00:00"}]


def test_stations_that_only_one_feed_has_are_there_and_told(stack, publisher, system, tmp_path):
    system.gives(feed([station(1), station(2), station(3)]), feed([status(2), status(3), status(7)]))
    gbfs(stack, tmp_path, publisher, "gbfs-partial")
    told = "1 stations of station_information are not in station_status. 1 stations of station_status are not in station_information."
    now = shown(stack, "gbfs-partial")
    assert (now["state"], now["reason"]) == ("good", told)
    rows = records(stack, "gbfs-partial", order_by="station_id")["results"]
    assert [(row["station_id"], row["name"], row["num_vehicles_available"]) for row in rows] == [
        ("s1", "Arrêt 1", None), ("s2", "Arrêt 2", 2), ("s3", "Arrêt 3", 3), ("s7", None, 7)]
    system.gives(feed([station(2)]), feed([status(2)]), ttl=0)
    system.gives(feed([station(2), station(3)]), feed([status(2), status(3)]))
    assert run(stack, "gbfs-partial")[0] == 0
    assert shown(stack, "gbfs-partial")["reason"] is None


def test_a_source_is_left_alone_for_its_ttl(stack, publisher, system, tmp_path):
    system.gives(feed([station(1)], ttl=86400), feed([status(1)], ttl=3600))
    gbfs(stack, tmp_path, publisher, "gbfs-ttl", every="PT5S")

    def rest():
        now = shown(stack, "gbfs-ttl")
        started, due = (datetime.datetime.fromisoformat(now[word].replace("Z", "+00:00")) for word in ("started", "due"))
        return (due - started).total_seconds()

    assert 3600 <= rest() < 3601
    system.gives(feed([station(1)], ttl=86400), feed([], ttl=7200))  # held: for its ttl as well
    assert run(stack, "gbfs-ttl")[0] == 1
    assert 7200 <= rest() < 7201


def test_a_feed_that_is_not_renewed_is_no_sign_of_life(stack, publisher, system, tmp_path):
    system.gives(feed([station(1)]), feed([status(1)], last_updated=1751437263))
    gbfs(stack, tmp_path, publisher, "gbfs-stale")
    before = pushed(stack, "gbfs-stale")
    assert run(stack, "gbfs-stale") == (0, "gbfs-stale: unchanged\n")
    assert pushed(stack, "gbfs-stale") == before
    system.gives(feed([station(1)], last_updated=1751437263), feed([status(1)], last_updated=int(time.time())))
    assert run(stack, "gbfs-stale") == (0, "gbfs-stale: unchanged\n")
    assert pushed(stack, "gbfs-stale") > before


# ---- what is held and what fails -----------------------------------------------------------------
def test_what_is_held(stack, publisher, system, tmp_path):
    whole = feed([station(n) for n in range(6)]), feed([status(n) for n in range(6)])
    system.gives(*whole)
    gbfs(stack, tmp_path, publisher, "gbfs-held")

    def told(why):
        assert run(stack, "gbfs-held") == (1, f"gbfs-held: held: {why}\n")

    system.gives(feed([]), feed([]))
    told("The source gives no record at all.")
    system.gives(feed([station(1)]), feed([status(1)]))
    told("The source gives 1 records, fewer than half of the 6 that there are.")
    system.gives(whole[0], feed([status(n, station_id=f"x{n}") for n in range(6)]))
    told("Of 6 stations of station_information and 6 of station_status only 0 are in both.")
    system.gives(whole[0], feed([{name: value for name, value in status(n).items() if name != "is_renting"} for n in range(6)]))
    told('The names of the fields have changed since the last good run. Missing: "is_renting".')
    system.gives(whole[0], feed([status(n, num_vehicles_available="many" if n == 2 else n) for n in range(6)]))
    told("station_information: 1 records are not valid; record 3, field num_vehicles_available: a whole number is expected")
    system.names = ["station_information", "system_regions"]
    system.gives(*whole)
    told("The system offers no feed station_status; it offers station_information, system_regions.")
    assert records(stack, "gbfs-held")["total_count"] == 6
    system.names.append("station_status")
    system.gives(*whole)
    assert run(stack, "gbfs-held") == (0, "gbfs-held: unchanged\n")


def test_what_fails(stack, publisher, system, tmp_path):
    whole = feed([station(1)]), feed([status(1)])
    system.gives(*whole)
    gbfs(stack, tmp_path, publisher, "gbfs-fails")

    def told(why):
        assert run(stack, "gbfs-fails") == (1, f"gbfs-fails: failed: {why}\n")

    def leads_to(address):
        publisher.gives_by_path({"/gbfs.json": discovery(publisher, *system.names, station_status=address),
                                 "/station_information": whole[0], "/moved": (302, {"Location": "http://10.0.0.1:9/x"}, b"")})

    system.gives(whole[0], None)
    del system.feeds["station_status"]
    told("station_status: The server answered 404.")
    system.gives(whole[0], feed([{**status(1), "station_id": None}]))
    told("station_status: the element 1 of its list has no station_id.")
    system.gives(json.dumps(whole[0]).encode()[:-2], whole[1])
    told(f"station_information is not JSON: a bracket is not closed, at byte {len(json.dumps(whole[0])) - 2}.")
    publisher.gives_by_path({"/gbfs.json": feed([station(1)])})
    told("The body is no discovery file of GBFS: it has neither data.feeds nor a language with feeds.")
    private = "The address leads into a private network, which the setting pull_private does not allow."
    for address, why in (("http://10.0.0.1:9/x", f"station_status: {private}"), (publisher.url + "/moved", f"station_status: {private}"),
                         ("http://169.254.169.254/latest", f"station_status: {private}"),
                         ("file:///etc/passwd", "The address of station_status in the discovery file is no link."),
                         ("http://a:b@127.0.0.1/x", "station_status: The address holds a name or a password: use a credential.")):
        leads_to(address)
        told(why)
    assert records(stack, "gbfs-fails")["total_count"] == 1


def test_a_credential_goes_to_feeds_of_its_origin_alone(stack, publisher, tmp_path):
    write_credential(stack, "gbfs", "Authorization: Bearer s3cret\n")
    with Publisher() as elsewhere:
        elsewhere.gives(feed([status(1)]))
        publisher.gives_by_path({
            "/gbfs.json": discovery(publisher, "station_information", "station_status", station_status=elsewhere.url + "/status"),
            "/station_information": feed([station(1)])})
        gbfs(stack, tmp_path, publisher, "gbfs-secret", {**JOINED, "credential": "gbfs"})
        assert run(stack, "gbfs-secret")[0] == 0  # the account of the scheduler cannot read the file
        assert [headers.get("Authorization") for _, headers in publisher.requests] == ["Bearer s3cret"] * 2
        assert [headers.get("Authorization") for _, headers in elsewhere.requests] == [None]


# ---- the fixtures of the standard -----------------------------------------------------------------
def fixtures(version):
    with tarfile.open(next(REAL.glob("*.tar.xz"))) as tar:
        return {name.rsplit("/", 1)[1][:-5]: json.load(tar.extractfile(name)) for name in tar.getnames()
                if f"testFixtures/{version}" in name and name.endswith(".json")}


@pytest.mark.skipif(not REAL, reason="the fixtures of GBFS are not beside the checkout")
@pytest.mark.parametrize("version, feed_name, key, rows", [
    ("v2.3", "free_bike_status", "bike_id", "bikes"), ("v3.0", "vehicle_status", "vehicle_id", "vehicles"),
    ("v2.3", "joined", "station_id", "stations"), ("v3.0", "joined", "station_id", "stations"),
    ("v3.1", "vehicle_availability", "vehicle_id", "vehicles"), ("v2.3", "geofencing_zones", "name", "geofencing_zones"),
])
def test_fixtures_of_the_standard(stack, publisher, tmp_path, version, feed_name, key, rows):
    """Every record of the fixture is there; fields are made of what it has."""
    feeds = fixtures(version)
    told = JOINED if feed_name == "joined" else {"feed": feed_name}
    names = list(told.values())
    publisher.gives_by_path({
        "/gbfs.json": discovery(publisher, *names, language="en" if version < "v3" else None),
        **{f"/{name}": feeds[name] for name in names}})
    given = [record for name in names for record in
             (feeds[name]["data"][rows]["features"] if feed_name == "geofencing_zones" else feeds[name]["data"][rows])]
    records_of = [{**record["properties"], "zone": record["geometry"]} if "properties" in record else record for record in given]
    kinds = {}
    for record in records_of:
        for name, value in record.items():
            localized = isinstance(value, list) and value and isinstance(value[0], dict) and "language" in value[0]
            kinds[name] = ("geo_shape" if name == "zone" else "datetime" if name in ("last_reported", "available_until", "start", "end")
                           else "boolean" if isinstance(value, bool) else "double" if isinstance(value, (int, float))
                           else "text" if isinstance(value, str) or localized else "json_blob")
    fields = [{"name": key, "type": "text"}, *({"name": n, "type": t} for n, t in kinds.items() if n != key)]
    dataset = f"gbfs-real-{version[1]}{version[3]}-{feed_name.replace('_', '-')}"
    gbfs(stack, tmp_path, publisher, dataset, told, fields, geometry="zone" if "zone" in kinds else None)
    if dataset == "gbfs-real-30-joined":  # its two feeds are of different stations
        assert shown(stack, dataset)["reason"] == "Of 23 stations of station_information and 1 of station_status only 1 are in both."
        assert run(stack, dataset, "accept")[0] == 0
    assert (shown(stack, dataset)["state"], shown(stack, dataset)["reason"]) == ("good", None)
    found = records(stack, dataset)["results"]
    ids = {record[key] if isinstance(record[key], str) else record[key][0]["text"] for record in records_of}
    assert {row[key] for row in found} == ids and len(found) == len(ids)

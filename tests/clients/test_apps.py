"""The calls of apps that exist, one test per app, named after it (contract, section 8).

Each test makes the calls as the app makes them, but for the host name, and then reads what the app reads.
"""

import csv
import io
import re

import pytest

from harness import dataset

V1 = "/api/records/1.0/search/"
V21 = "/api/explore/v2.1/catalog/datasets"
FACETS = "&facet=libelle&facet=nom&facet=commune&facet=etat&facet=type&facet=etatconnexion"
STATION = ["libelle", "nom", "adresse", "commune", "etat", "type", "etatconnexion", "nbvelosdispo", "nbplacesdispo", "geo",
           "localisation", "datemiseajour"]


def get(stack, address, **options):
    answer = stack.get(address.replace(" ", "%20"), **options)
    assert answer.status == 200, answer
    return answer.json()


def fields(body):
    return [record["fields"] for record in body["records"]]


@pytest.fixture(scope="module")
def count(stack):
    return stack.get(f"{V21}/vlille-realtime/records?limit=0").json()["total_count"]


# ---- V'Lille, v1 -----------------------------------------------------------------------------------------

def test_vliller(stack, count):
    """Vliller/vliller: every station at once, then one by its number; etat and etatconnexion decide its colour."""
    body = get(stack, V1 + "?dataset=vlille-realtime&rows=-1")
    assert body["nhits"] == len(body["records"]) == count
    station = fields(body)[0]
    assert list(station) == STATION
    assert all(isinstance(value, float) for value in station["geo"]) and 50 < station["geo"][0] < 51 and 2 < station["geo"][1] < 4
    assert {row["etatconnexion"] for row in fields(body)} <= {"CONNECTED", "DISCONNECTED"}
    assert {row["type"] for row in fields(body)} == {"AVEC TPE", "SANS TPE"}
    number = station["libelle"]
    for q in (f"libelle={number}", f"libelle%3D{number}"):
        assert fields(get(stack, V1 + f"?dataset=vlille-realtime&rows=1&q={q}")) == [station]
    assert station in fields(get(stack, V1 + f"?dataset=vlille-realtime&rows=-1&q={station['nom'].split()[-1].lower()[:4]}"))


def test_jhujhul_vlille_app(stack, count):
    body = get(stack, V1 + "?dataset=vlille-realtime&rows=300" + FACETS)
    assert len(body["records"]) == min(300, count)
    assert [group["name"] for group in body["facet_groups"]] == ["libelle", "nom", "commune", "etat", "type", "etatconnexion"]
    assert all({"name", "path", "count", "state"} <= set(value) for group in body["facet_groups"] for value in group["facets"])


def test_wildcodeschool_noctali_and_mystic(stack, count):
    """244 and 251 rows with an empty q."""
    for rows in (244, 251):
        body = get(stack, V1 + f"?dataset=vlille-realtime&q=&rows={rows}" + FACETS)
        assert len(body["records"]) == min(rows, count)
        assert {"recordid", "fields", "geometry", "record_timestamp", "datasetid"} == set(body["records"][0])


def test_universemul_telegram_bot(stack):
    """Go: numbers into int fields, a pair of floats, an RFC 3339 time; one station after the other by its name's words."""
    body = get(stack, V1 + "?dataset=vlille-realtime&rows=300&timezone=Europe/Paris")
    for row in fields(body):
        assert isinstance(row["nbvelosdispo"], int) and isinstance(row["nbplacesdispo"], int) and len(row["localisation"]) == 2
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00", row["datemiseajour"])


def test_isen_project_near_a_place(stack):
    body = get(stack, V1 + "?dataset=vlille-realtime&rows=10&geofilter.distance=50.6365,3.0704,1000")
    assert 0 < body["nhits"] < 100
    assert all(abs(row["geo"][0] - 50.6365) < 0.01 for row in fields(body))


def test_quarkus_demo_and_angular_vlille(stack):
    lille = get(stack, V1 + "?dataset=vlille-realtime&rows=300&refine.commune=Lille&timezone=Europe/Paris" + FACETS)
    assert {row["commune"] for row in fields(lille)} == {"Lille"}
    (commune,) = [group for group in lille["facet_groups"] if group["name"] == "commune"]
    assert {"name": "Lille", "path": "Lille", "count": lille["nhits"], "state": "refined"} in commune["facets"]


def test_yzpt_vlille_gcp_and_vliller_miners(stack, count):
    """Collectors of the feed, like an AWS Lambda and students' pipelines: everything, stored as it came."""
    for address in ("?dataset=vlille-realtime&q=&rows=-1", "?dataset=vlille-realtime&q=&rows=3000" + FACETS):
        assert len(get(stack, V1 + address)["records"]) == count


def test_pybikes(stack, count):
    """STAR's way of asking, with the key of a feed in the address left out: every record, each with a place and numbers."""
    for row in fields(get(stack, V1 + "?dataset=vlille-realtime&rows=-1")):
        latitude, longitude = row["geo"]
        assert latitude and longitude and row["nom"] and row["nbvelosdispo"] + row["nbplacesdispo"] >= 0


def test_dwwm2020_bruno(stack):
    """A doubled slash, sixty rows, then a page's worth."""
    assert len(get(stack, "/api/records/1.0/search//?dataset=disponibilite-parkings&rows=50")["records"]) > 20
    assert len(get(stack, V1 + "?dataset=vlille-realtime&q=&rows=60" + FACETS)["records"]) == 60


# ---- car parks, v1 ---------------------------------------------------------------------------------------

def test_raph5640_realparkview(stack):
    """C++: tests whether a key is there at all, as nulls are left out."""
    body = get(stack, "//api/records/1.0/search//?dataset=disponibilite-parkings&rows=100&facet=libelle&facet=ville&facet=etat")
    assert all(value is not None for row in fields(body) for value in row.values())
    assert any("dispo" in row for row in fields(body))
    page = stack.get("//explore/dataset/disponibilite-parkings/")
    assert page.status in (200, 302)


def test_bendarcy_geoparklille(stack):
    """Android: the open ones with room, in Paris time; then the download."""
    body = get(stack, V1 + "?dataset=disponibilite-parkings&facet=libelle&facet=ville&facet=etat&refine.etat=OUVERT&exclude.dispo=0"
                           "&timezone=Europe%2FParis")
    assert {row["etat"] for row in fields(body)} == {"OUVERT"}
    assert all(row.get("dispo") != 0 and len(row["coordgeo"]) == 2 for row in fields(body))
    everything = get(stack, "/explore/dataset/disponibilite-parkings/download?format=json")
    assert len(everything) == get(stack, V1 + "?dataset=disponibilite-parkings&rows=0")["nhits"]
    assert set(everything[0]) <= {"datasetid", "recordid", "fields", "geometry", "record_timestamp"}


def test_other_car_park_apps(stack):
    body = get(stack, V1 + "?dataset=disponibilite-parkings&q=&facet=libelle&facet=ville&facet=etat&refine.ville=Lille&rows=1")
    assert [row["ville"] for row in fields(body)] == ["Lille"]
    assert len(get(stack, V1 + "?dataset=disponibilite-parkings&q=&rows=27")["records"]) == 27
    assert len(get(stack, V1 + "?dataset=disponibilite-parkings&q=&rows=1000&facet=libelle&facet=ville&facet=etat")["records"]) >= 27


# ---- v2, v2.1 --------------------------------------------------------------------------------------------

def test_jerome1337_vlille_assistant(stack):
    body = get(stack, "/api/v2/catalog/datasets/vlille-realtime/records")
    assert isinstance(body["records"][0]["record"]["fields"]["nbvelosdispo"], int)


def test_zeitgeist955_vlille_tracker(stack, count):
    seen = []
    for offset in range(0, count, 100):
        body = get(stack, f"{V21}/vlille-realtime/records?limit=100&offset={offset}&order_by=libelle")
        assert body["total_count"] == count
        seen += [row["libelle"] for row in body["results"]]
    assert seen == sorted(seen) and len(seen) == count


def test_flutter_and_django_apps(stack):
    (row,) = get(stack, f"{V21}/vlille-realtime/records?limit=20&refine=libelle%3A%2212%22")["results"]
    assert row["libelle"] == 12 and set(row["geo"]) == {"lon", "lat"}
    assert len(get(stack, f"{V21}/vlille-realtime/records?limit=20")["results"]) == 20
    assert len(get(stack, f"{V21}/vlille-realtime/records?")["results"]) == 10


def test_csv_reader_of_a_streaming_tool(stack, count):
    answer = stack.get(f"{V21}/vlille-realtime/exports/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == count and list(rows[0])[:12] == STATION


def test_odsclient(stack, count):
    """smarie/python-odsclient: the portal's download address, read with pandas as CSV with `;`."""
    answer = stack.get("/explore/dataset/vlille-realtime/download/?format=csv&timezone=Europe/Paris&use_labels_for_header=false")
    rows = list(csv.DictReader(io.StringIO(answer.text), delimiter=";"))
    assert len(rows) == count and list(rows[0]) == STATION


# ---- fuel prices: Home Assistant and others ---------------------------------------------------------------

FUEL = "prix-des-carburants-en-france-flux-instantane-v2"


@pytest.fixture(scope="module")
def fuel(stack, tmp_path_factory):
    names = [("id", "int"), ("latitude", "text"), ("longitude", "double"), ("cp", "text"), ("adresse", "text"), ("ville", "text"),
             ("geom", "geo_point_2d"), ("gazole_prix", "double"), ("gazole_maj", "datetime"), ("gazole_rupture_type", "text"),
             ("e10_prix", "double"), ("carburants_disponibles", "text")]
    dataset.apply(stack, tmp_path_factory.mktemp("apps"), dataset.manifest(
        FUEL, fields=[{"name": name, "type": kind} for name, kind in names], geometry="geom"))
    rows = [{"id": 59000001 + n, "latitude": str(5063000 + n), "longitude": 306000 + n, "cp": "59000", "adresse": f"{n} RUE", "ville": "LILLE",
             "geom": {"lon": 3.05 + n / 100, "lat": 50.63}, "gazole_prix": 1.6 + n / 1000 if n % 3 else None,
             "gazole_maj": "2026-10-01T08:00:00+02:00"} for n in range(150)]
    assert stack.push(FUEL, rows, mode="snapshot").status == 200
    return f"{V21}/{FUEL}/records"


def test_home_assistant_prix_carburant(stack, fuel):
    """Aohzan/hass-prixcarburant: by number, then around the home in pages of 100, the legacy name of the distance."""
    select = "id,latitude,longitude,cp,adresse,ville,gazole_prix,gazole_maj"
    body = get(stack, fuel, parameters={"select": select, "where": "id IN (59000001,59000002)", "limit": -1, "lang": "fr",
                                        "timezone": "Europe/Paris"})
    assert body["total_count"] == 2 and list(body["results"][0]) == select.split(",")
    assert body["results"][1]["gazole_maj"] == "2026-10-01T08:00:00+02:00"
    near = {"select": select, "where": "distance(geom, geom'POINT(3.06 50.63)', 100km)", "lang": "fr", "timezone": "Europe/Paris"}
    seen = []
    for offset in (0, 100):
        seen += get(stack, fuel, parameters={**near, "offset": offset, "limit": 100})["results"]
    assert [row["id"] for row in seen] == sorted(row["id"] for row in seen) and len(seen) > 100


def test_other_fuel_apps(stack, fuel):
    point = "geom'POINT(3.06 50.63)'"
    for where in (f"gazole_prix is not null and within_distance(geom, {point}, 30km)", f"within_distance(geom, GEOM'POINT(3.06 50.63)', 50km)",
                  f"within_distance(geom, {point}, 30km) AND gazole_prix > 0",
                  f"(gazole_prix is not null OR e10_prix is not null) and distance(geom, {point}, 500m)",
                  f"within_distance(geom, {point}, 10 km) and gazole_prix is not null"):
        assert get(stack, fuel, parameters={"where": where, "limit": 40, "order_by": "gazole_prix ASC"})["total_count"] >= 0
    rows = get(stack, fuel, parameters={"where": "gazole_prix > 0", "order_by": f"distance(geom, {point})", "limit": 2})["results"]
    assert [row["id"] for row in rows] == [59000002, 59000003]
    body = get(stack, fuel, parameters={"where": 'ville LIKE "LIL*" AND gazole_prix > 0', "order_by": "gazole_prix ASC", "limit": 40})
    assert body["total_count"] == 100


# ---- tools -----------------------------------------------------------------------------------------------

def test_openpolicedata(stack, fuel):
    """Counts by limit=0, groups, then the export in pieces."""
    assert get(stack, fuel + "?limit=0")["total_count"] == 150
    where = "gazole_maj >= '2026-01-01' and gazole_maj < '2027-01-01'"
    assert get(stack, fuel, parameters={"limit": 0, "where": where}) == {"total_count": 150, "results": []}
    years = get(stack, fuel, parameters={"select": "year(gazole_maj) as y, count(*) as n", "group_by": "year(gazole_maj)"})
    assert years["results"][0]["year(gazole_maj)"] == 2026
    export = fuel.replace("/records", "/exports/csv")
    text = stack.get(export, {"limit": 100, "offset": 100, "where": where, "delimiter": ","}).content.decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(text)))) == 50


def test_qgis_plugin(stack):
    """opendatasoft/qgis-ods-plugin: the geographic datasets page by page, then a layer."""
    address = "/api/explore/v2.1/catalog/datasets?order_by=dataset_id&limit=100&offset=0"
    listed = [row["dataset_id"] for row in get(stack, address)["results"]]
    assert listed == sorted(listed)
    one = get(stack, address, parameters=[("where", "features='geo'"), ("where", 'datasetid:"vlille-realtime"')])
    assert [row["dataset_id"] for row in one["results"]] == ["vlille-realtime"]
    layer = get(stack, f"{V21}/vlille-realtime/exports/geojson?limit=10&select=nom,geo")
    assert layer["type"] == "FeatureCollection" and layer["features"][0]["geometry"]["type"] == "Point"
    assert set(layer["features"][0]["properties"]) >= {"nom"}


def test_vancouvr(stack, fuel):
    """The R package: a CSV without BOM, one record, metadata, facets; groups without a limit."""
    assert stack.get(fuel.replace("/records", "/exports/csv?with_bom=false&limit=1")).text.startswith("id;latitude;")
    assert len(get(stack, fuel + "?limit=1&select=count(*) as total")["results"]) == 1
    assert get(stack, fuel + "?limit=1&select=count(*) as total")["results"][0] == {"total": 150}
    assert get(stack, fuel.removesuffix("/records"))["fields"][0]["name"] == "id"
    missing = stack.get(f"{V21}/does-not-exist")
    assert missing.text == '{\n  "error_code": "NotFoundResource",\n  "message": "The requested dataset does-not-exist does not exist."\n}'


def test_stevecrawshaw_opendatasoft(stack, fuel):
    """The other R package: exports as CSV with a where and the labels as header, as JSON by names."""
    export = fuel.replace("/records", "/exports/")
    text = stack.get(export + "csv", {"where": "id < 59000004", "use_labels": "true", "select": "id, ville"}).content.decode("utf-8-sig")
    assert text == "id;ville\r\n59000001;LILLE\r\n59000002;LILLE\r\n59000003;LILLE\r\n"
    assert get(stack, export + "json?select=id&limit=2") == [{"id": 59000001}, {"id": 59000002}]


def test_ukpyn(stack, fuel):
    """Its models of datasets, records, facets and exports; parameters of v1.0 that it sends along change nothing."""
    listed = get(stack, V21 + "?limit=5&offset=0")
    for described in listed["results"]:
        assert isinstance(described["dataset_id"], str) and isinstance(described["has_records"], bool)
        assert all({"name", "type", "label", "description", "annotations"} <= set(field) for field in described["fields"])
    near = {"limit": 1, "geofilter.distance": "50.63,3.06,10", "geofilter.polygon": "(50,3),(51,3),(51,4)"}
    assert get(stack, fuel, parameters=near)["total_count"] == 150
    facets = get(stack, f"{V21}/vlille-realtime/facets")["facets"]
    assert all({"name", "count", "state", "value"} <= set(value) for facet in facets for value in facet["facets"])
    assert stack.get(fuel.replace("/records", "/exports/jsonl?limit=2")).text.count("\n") == 2


def test_mcp_servers(stack, count):
    """@pipeworx/mcp-opendatasoft, Mark-Friese/opendatasoft-mcp-server and OpenDatasoftLibrary: search, look, ask."""
    found = get(stack, V21, parameters={"where": 'search("vlille")', "limit": 10, "offset": 0})
    assert "vlille-realtime" in [row["dataset_id"] for row in found["results"]]
    described = get(stack, f"{V21}/vlille-realtime")
    assert described["metas"]["default"]["records_count"] == count and described["metas"]["default"]["title"]
    groups = {"select": "commune, count(*) as total", "group_by": "commune", "order_by": "total desc", "limit": 3}
    totals = [row["total"] for row in get(stack, f"{V21}/vlille-realtime/records", parameters=groups)["results"]]
    assert totals == sorted(totals, reverse=True) and len(totals) == 3


def test_opendatasoft_explore_sdk(stack, count):
    """Generated from the vendor's description, which every answer here is held against; it sends all that it knows."""
    everything = {"select": "*", "where": "libelle > 0", "order_by": "libelle", "limit": 2, "offset": 1, "refine": "etat:EN SERVICE",
                  "exclude": "commune:Loos", "lang": "fr", "timezone": "Europe/Paris", "include_links": "true", "include_app_metas": "true"}
    page = get(stack, f"{V21}/vlille-realtime/records", parameters=everything)
    assert 0 < page["total_count"] < count and {"_links", "_id", "_timestamp", "_size"} <= set(page["results"][0])
    everything.update(where="has_records", order_by="dataset_id", refine="features:geo", exclude="publisher:nobody", offset=0)
    assert get(stack, V21, parameters=everything)["results"][0]["_links"][0]["rel"] == "self"


def test_opendatasoft_explore_api_of_rust_and_ods_explore(stack, count):
    """v2.0 by its shortest address: the catalogue, a dataset, its facets, one record, and groups of both."""
    root = "/api/v2/catalog"
    assert any(row["dataset"]["dataset_id"] == "vlille-realtime" for row in get(stack, root + "/datasets")["datasets"])
    assert get(stack, root + "/datasets/vlille-realtime")["dataset"]["metas"]["default"]["records_count"] == count
    first = get(stack, root + "/datasets/vlille-realtime/records?limit=1")["records"][0]["record"]
    assert get(stack, root + f"/datasets/vlille-realtime/records/{first['id']}")["record"]["fields"] == first["fields"]
    features = get(stack, root + "/aggregates?select=count(*)&group_by=features")["aggregations"]
    assert {"features", "count(*)"} == set(features[0]) and "geo" in [row["features"] for row in features]
    total = get(stack, root + "/datasets/vlille-realtime/aggregates?select=count(*) as total")
    assert total == {"aggregations": [{"total": count}]}


def test_koop_provider_opendatasoft(stack, count):
    """A layer for ArcGIS: GeoJSON of v2.0, all of it, then what a box holds."""
    address = "/api/v2/catalog/datasets/vlille-realtime/exports/geojson"
    assert len(get(stack, address)["features"]) == count
    box = get(stack, address, parameters={"where": "polygon(geo, geom'POLYGON((3 50.6, 3.1 50.6, 3.1 50.7, 3 50.7, 3 50.6))')", "rows": 5})
    assert len(box["features"]) == 5
    assert all(3 <= feature["geometry"]["coordinates"][0] <= 3.1 for feature in box["features"])


def test_udata_ods(stack):
    """opendatateam/udata-ods: the catalogue of v1.0 page by page, with the metadata of other vocabularies; then links to files."""
    page = get(stack, "/api/datasets/1.0/search/?interopmetas=true&start=0&rows=50")
    assert page["nhits"] == len(page["datasets"])
    for described in page["datasets"]:
        assert {"datasetid", "metas", "has_records", "features", "interop_metas"} <= set(described)
        assert {"title", "modified", "publisher", "license"} <= set(described["metas"])
        assert "dcat" in described["interop_metas"]
    for kind in ("csv", "json", "geojson"):
        answer = stack.get(f"/explore/dataset/vlille-realtime/download?format={kind}&timezone=Europe/Berlin&use_labels_for_header=true")
        assert answer.status == 200 and "attachment" in answer.headers["Content-Disposition"]


def test_transport_site(stack, count):
    """etalab/transport-site: the portal's page of a dataset leads somewhere, and resources are asked with HEAD first."""
    page = stack.get("/explore/dataset/vlille-realtime/")
    assert page.status == 302 and stack.get(page.headers["Location"].removeprefix(stack.url)).status == 200
    for kind in ("csv", "geojson", "json"):
        head = stack.request("HEAD", f"{V21}/vlille-realtime/exports/{kind}")
        assert head.status == 200 and head.headers["ETag"]
        assert stack.get(f"{V21}/vlille-realtime/exports/{kind}", headers={"If-None-Match": head.headers["ETag"]}).status == 304


def test_ods_widgets(stack, count):
    """The portal's own widgets: their header, a quoted refine, the two-argument geometry(), the v1 query inside v2.1."""
    headers = {"ODS-Widgets-Version": "1.4.0", "Origin": "https://example.org"}
    answer = stack.get(f"{V21}/vlille-realtime/records", {"refine": 'etat:"EN SERVICE"', "limit": 1, "qv1": ""}, headers=headers)
    assert answer.status == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
    box = "geometry(geo, geom'POLYGON((2 50, 4 50, 4 51, 2 51, 2 50))')"
    assert get(stack, f"{V21}/vlille-realtime/records", parameters={"where": box, "limit": 0})["total_count"] == count
    facets = get(stack, f"{V21}/vlille-realtime/facets", parameters={"facet": 'facet(name="commune", disjunctive=true)'})
    assert facets["facets"][0]["name"] == "commune"

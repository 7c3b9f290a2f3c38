"""Real feeds of the metropolis, replayed through the push API: afterwards the current rows are the last state of the
files, and the past holds exactly the changes.

One week of the bike feed by default; REPLAY=all replays all of its two months and prints the figures.
"""

import csv
import datetime
import http.client
import io
import itertools
import json
import lzma
import os
import re
import time
import unicodedata
import zoneinfo

import pytest

from harness import communes, dataset
from harness.stack import ROOT

DATA = ROOT.parent / "shared" / "data"
EVENTS = DATA / "vlille" / "vlille_events_2025-10-24_2025-12-22.csv.xz"
SAMPLES = sorted((DATA / "vlille" / "raw_samples").glob("*.csv"))
CAR_PARKS = sorted((DATA / "parking_lille" / "snapshots").glob("*.json"))
PARIS = zoneinfo.ZoneInfo("Europe/Paris")

pytestmark = pytest.mark.skipif(not EVENTS.exists(), reason="skipped: needs ../shared/data beside the checkout")


def apply_copy(stack, folder, name, copy):
    """The dataset as it is published, under a name of this test's own: other tests use the published one."""
    content = json.loads((ROOT / "handlers" / name / "dataset.json").read_text(encoding="utf-8"))
    content["id"] = copy
    content.get("aliases", {}).pop("dataset", None)
    content.pop("generations", None)  # they belong to those names
    if "areas" in content:
        content["areas"]["communes"]["dataset"] = "communes-ign"
    hook = (ROOT / "handlers" / name / "hook.lua").read_text(encoding="utf-8")
    return dataset.apply(stack, folder, content, hook)


@pytest.fixture(scope="module")
def towns(stack, tmp_path_factory):
    """The real contours, and the town at a longitude and latitude by them, found without the server."""
    communes.publish(stack, tmp_path_factory.mktemp("communes"), "communes-ign")
    rings = [(row, row["contour"]["coordinates"][0]) for row in communes.real()]
    found = {}

    def town(x, y):
        if (x, y) not in found:
            [found[x, y]] = [row for row, ring in rings if communes.holds(ring, x, y)]
        return found[x, y]

    return town


class Publisher:
    """One publisher on one kept connection."""

    def __init__(self, stack, name):
        self.stack, self.name = stack, name
        self.connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
        self.seconds, self.commits, self.slowest = 0.0, 0, 0.0

    def push(self, body, mode, content_type):
        headers = {"Content-Type": content_type, "Authorization": f"Bearer {self.stack.key(f'push:{self.name}')}"}
        started = time.monotonic()
        self.connection.request("POST", f"/api/push/v1/datasets/{self.name}/records?mode={mode}", body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        took = time.monotonic() - started
        self.seconds, self.slowest = self.seconds + took, max(self.slowest, took)
        assert answer.status == 200, text
        result = json.loads(text)
        self.commits += result["added"] + result["changed"] + result["removed"] > 0
        return result


class Model:
    """What the store must hold: the current version of each record, and every earlier one in order."""

    def __init__(self):
        self.now, self.past = {}, []

    def upsert(self, records):
        """(added, changed, removed, unchanged)"""
        added = changed = 0
        for key, record in records.items():
            if key not in self.now:
                added += 1
            elif self.now[key] != record:
                changed += 1
                self.past.append(self.now[key])
            self.now[key] = record
        return added, changed, 0, len(records) - added - changed

    def snapshot(self, records):
        gone = [key for key in self.now if key not in records]
        self.past += [self.now.pop(key) for key in gone]
        added, changed, _, unchanged = self.upsert(records)
        return added, changed, len(gone), unchanged


def told(result):
    return result["added"], result["changed"], result["removed"], result["unchanged"]


# ---- bikes ----------------------------------------------------------------------------------------------

STATES = {"IN_MAINTENANCE": "EN MAINTENANCE"}
CONNECTIONS = {"CONNECTÉ": "CONNECTED", "DÉCONNECTÉ": "DISCONNECTED"}


def slug(text):
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")


def bike(row, towns):
    """A row of the source as the store must show it: Paris time behind its Z, the town whose contour holds it, the words
    of old for states, numbers, an identifier of its own."""
    wall = datetime.datetime.fromisoformat(row["date_modification"].removesuffix("Z")).replace(tzinfo=PARIS)
    x, y = float(row["x"]), float(row["y"])
    town = towns(x, y)
    return (row["nom"], row["adresse"], town["nom"], STATES.get(row["etat"], row["etat"]), row["type"],
            CONNECTIONS[row["etat_connexion"]], int(row["nb_velos_dispo"]), int(row["nb_places_dispo"]),
            wall.astimezone(datetime.timezone.utc), town["insee"], f"{slug(row['nom'])}-{int(y * 1000 + 0.5)}-{int(x * 1000 + 0.5)}", None)


def read_samples(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Stations:
    """The fields that the events leave out, by the name that they give. One name stands for two stations: of the two
    BLANCHEMAILLE the one at AVENUE DES NATIONS UNIES is given up (RÉFORMÉ) and never changes, so every other row of
    that name is of 55 rue de Blanchemaille."""

    FIXED = ("adresse", "code_insee", "commune", "x", "y", "geom")

    def __init__(self):
        rows = read_samples(SAMPLES[0])
        self.given_up = {row["nom"]: row for row in rows if row["etat"] == "RÉFORMÉ"}
        self.in_use = {row["nom"]: row for row in rows if row["etat"] != "RÉFORMÉ"}

    def whole(self, event):
        first, second = self.given_up, self.in_use
        if event["etat"] != "RÉFORMÉ":
            first, second = second, first
        fixed = first.get(event["nom"]) or second[event["nom"]]
        return {**{name: value for name, value in event.items() if name != "captured_at_local"},
                **{name: fixed[name] for name in self.FIXED}}


def as_csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def bikes_in(stack, query):
    rows = stack.sql(f"SELECT nom, adresse, commune, etat, type, etatconnexion, nbvelosdispo, nbplacesdispo,"
                     f" to_char(datemiseajour AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), code_insee, id_station, anomalies FROM {query}")
    utc = datetime.timezone.utc
    return [(*row[:6], int(row[6]), int(row[7]), datetime.datetime.fromisoformat(row[8]).replace(tzinfo=utc), *row[9:])
            for row in rows]


def test_two_months_of_bikes(stack, tmp_path, towns):
    apply_copy(stack, tmp_path, "vlille-realtime", "vlille-rejoue")
    stations, model, publisher = Stations(), Model(), Publisher(stack, "vlille-rejoue")
    everything = os.environ.get("REPLAY") == "all"
    events = pushes = 0
    with lzma.open(EVENTS, "rt", encoding="utf-8") as file:
        for captured, group in itertools.groupby(csv.DictReader(file), lambda event: event["captured_at_local"]):
            if not everything and captured >= "2025-10-31T09:50":
                break
            rows = [stations.whole(event) for event in group]
            result = publisher.push(as_csv(rows), "snapshot" if pushes == 0 else "upsert", "text/csv")
            expected = model.upsert({(row["nom"], row["adresse"]): bike(row, towns) for row in rows})
            assert told(result) == expected, captured
            events, pushes = events + len(rows), pushes + 1
    assert len(model.now) == 302
    assert sorted(bikes_in(stack, 'data."vlille-rejoue"')) == sorted(model.now.values())
    assert bikes_in(stack, 'past."vlille-rejoue" ORDER BY _to, _id') == by_commit(stack, model, "vlille-rejoue")
    print(f"\n{events} events in {pushes} pushes, {publisher.commits} commits, {len(model.past)} earlier versions; "
          f"{pushes / publisher.seconds:.0f} pushes/s, {1000 * publisher.seconds / pushes:.1f} ms each, "
          f"slowest {1000 * publisher.slowest:.0f} ms")


def by_commit(stack, model, name):
    """The model's earlier versions in the order of the query: by commit, then by the id of the record."""
    identifiers = {(nom, adresse): identifier for nom, adresse, identifier in
                   stack.sql(f"SELECT nom, adresse, encode(_id, 'hex') FROM data.\"{name}\"")}
    sizes = [int(row[0]) for row in stack.sql(f"SELECT changed + removed FROM catalog.commit WHERE dataset = '{name}' "
                                              "AND changed + removed > 0 ORDER BY number")]
    versions = iter(model.past)
    ordered = []
    for size in sizes:
        ordered += sorted(itertools.islice(versions, size), key=lambda version: identifiers[version[0], version[1]])
    assert next(versions, None) is None
    return ordered


def test_raw_samples(stack, tmp_path, towns):
    """302 stations, each with an identifier and a town of its own, and the right instants in every file."""
    place = apply_copy(stack, tmp_path, "vlille-realtime", "vlille-brut")
    model, publisher = Model(), Publisher(stack, "vlille-brut")
    identifiers = None
    for path in SAMPLES:
        rows = read_samples(path)
        expected = model.snapshot({(row["nom"], row["adresse"]): bike(row, towns) for row in rows})
        assert len(rows) == 302 and told(publisher.push(path.read_bytes(), "snapshot", "text/csv")) == expected, path.name
        assert sorted(bikes_in(stack, 'data."vlille-brut"')) == sorted(model.now.values())
        shown = {row["id_station"]: (row["nom"], row["adresse"]) for row in stack.get(place + "/exports/json").json()}
        assert len(shown) == 302 and (identifiers is None or shown == identifiers), "from file to file the same"
        identifiers = shown
    assert len({row["commune"] for row in rows}) == 34, "as the source spells them"
    shown = stack.get(place + "/exports/json").json()
    names = {row["insee"]: row["nom"] for row in communes.real()}
    assert all(names[row["code_insee"]] == row["commune"] for row in shown) and len({row["commune"] for row in shown}) == 20
    assert all(row["anomalies"] is None for row in shown)
    [two] = [[row["adresse"] for row in shown if row["nom"] == "BLANCHEMAILLE"]]
    assert sorted(two) == ["55 rue de Blanchemaille", "AVENUE DES NATIONS UNIES"]
    assert {row["etat"] for row in shown} == {"EN SERVICE", "HORS SERVICE", "EN MAINTENANCE", "RÉFORMÉ", "DÉCONNECTÉ"}
    # The independent clock: committed at 07:13:51Z, when the source said 08:13:10Z.
    stack.beffroi("load", "vlille-brut", SAMPLES[4], "--mode", "snapshot")
    [[newest]] = stack.sql("SELECT max(datemiseajour) AT TIME ZONE 'UTC' FROM data.\"vlille-brut\"")
    assert newest.startswith("2025-11-05 07:13:1")


def test_the_night_in_which_the_clock_is_put_back(stack, tmp_path, towns):
    """Two files of the first hour (02:01 and 02:08 in summer time), and what the source would have said an hour later."""
    place = apply_copy(stack, tmp_path, "vlille-realtime", "vlille-nuit")
    publisher = Publisher(stack, "vlille-nuit")
    second = SAMPLES[3].read_text(encoding="utf-8").replace("2025-10-26T02:07:", "2025-10-26T02:03:").encode()
    moved = second.count(b"2025-10-26T02:03:")
    newest = []
    for body in (SAMPLES[2].read_bytes(), SAMPLES[3].read_bytes(), second, second):
        publisher.push(body, "snapshot", "text/csv")
        shown = stack.get(place + "/exports/json").json()
        newest.append(max(row["datemiseajour"] for row in shown))
        assert len(shown) == 302
    assert moved > 250 and [instant[:16] for instant in newest] == [
        "2025-10-26T00:01", "2025-10-26T00:07", "2025-10-26T01:03", "2025-10-26T01:03"]
    assert sum(row["datemiseajour"].startswith("2025-10-26T01:03:") for row in shown) == moved
    assert sum(row["datemiseajour"].startswith("2022-11-29T09:47:") for row in shown) > 0, "who does not move stays"


# ---- car parks --------------------------------------------------------------------------------------------

CAR_PARK = ("id", "libelle", "adresse", "ville", "etat", "dispo", "max", "aff", "datemaj")


def car_park(fields):
    notes = (["dispo_superieur_a_max"] if fields["dispo"] > fields["max"] else []) + (["etat_inconnu"] if fields["etat"] == "." else [])
    return tuple(str(fields.get(name)) if name != "datemaj" else datetime.datetime.fromisoformat(fields[name])
                 for name in CAR_PARK) + (str(fields["geometry"]["coordinates"]), str(notes or None))


def test_car_parks(stack, tmp_path):
    place = apply_copy(stack, tmp_path, "disponibilite-parkings", "parkings-rejoues")
    model, publisher = Model(), Publisher(stack, "parkings-rejoues")
    for path in CAR_PARKS:
        records = {record["fields"]["id"]: car_park(record["fields"]) for record in json.loads(path.read_bytes())}
        result = publisher.push(path.read_bytes(), "snapshot", "application/json")
        assert told(result) == model.snapshot(records), path.name
    shown = {row["id"]: row for row in stack.get(place + "/exports/json").json()}
    assert len(CAR_PARKS) == 59 and shown.keys() == model.now.keys()
    for identifier, row in shown.items():
        point = [row["coordgeo"]["lon"], row["coordgeo"]["lat"]]
        assert car_park({**row, "geometry": {"coordinates": point}}) == model.now[identifier]
        assert str(row["anomalies"]) == model.now[identifier][-1]
    [[past]] = stack.sql('SELECT count(*) FROM past."parkings-rejoues"')
    assert int(past) == len(model.past)
    # More free places than there are, a state of ".": kept, and flagged.
    assert shown["RBX0002"]["dispo"] > shown["RBX0002"]["max"] and shown["RBX0002"]["anomalies"] == ["dispo_superieur_a_max"]
    assert shown["VAQ0003"]["etat"] == "." and shown["VAQ0003"]["anomalies"] == ["etat_inconnu"]
    print(f"\n{len(CAR_PARKS)} snapshots, {publisher.commits} commits, {past} earlier versions")

"""`beffroi sample`: the same on every machine, fits its manifest, moves a little at a time."""

import csv
import io
import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("BEFFROI_BUILD", "build") / "beffroi"
SETS = {  # records, field of the instant, seconds of a tick, tick of sample.csv
    "vlille-realtime": (302, "datemiseajour", 5, 355000000),
    "disponibilite-parkings": (28, "datemaj", 15, 118333333),
}


def sample(dataset, *options, code=0):
    done = subprocess.run([PROGRAM, "sample", dataset, *map(str, options)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout


def manifest(dataset):
    return json.loads((ROOT / "handlers" / dataset / "dataset.json").read_text(encoding="utf-8"))


@pytest.fixture(params=SETS)
def dataset(request):
    return request.param


def test_the_file_in_the_tree_is_what_the_program_prints(dataset):
    tick = SETS[dataset][3]
    path = ROOT / "handlers" / dataset / "sample.csv"
    assert sample(dataset, "--tick", tick, "--format", "csv") == path.read_text(encoding="utf-8")


def test_fits_the_manifest(dataset):
    count, _, _, tick = SETS[dataset]
    rows = json.loads(sample(dataset, "--tick", tick))
    content = manifest(dataset)
    added = ("id_station", "anomalies")  # by hook.lua
    stored = [f["name"] for f in content["fields"] if "sql" not in f and f["name"] not in added]
    assert content["synthetic"] is True and len(rows) == count
    assert all(list(row) == stored for row in rows)
    assert len({tuple(row[k] for k in content["key"]) for row in rows}) == count
    kinds = {"int": int, "text": str, "datetime": str, "geo_point_2d": dict}
    for field in content["fields"]:
        if field["name"] in stored:
            assert all(isinstance(row[field["name"]], kinds[field["type"]]) for row in rows), field["name"]


def test_csv_says_the_same(dataset):
    tick = SETS[dataset][3]
    rows = json.loads(sample(dataset, "--tick", tick))
    lines = list(csv.DictReader(io.StringIO(sample(dataset, "--tick", tick, "--format", "csv"))))
    for row, line in zip(rows, lines, strict=True):
        for name, value in row.items():
            if isinstance(value, dict):
                assert [float(part) for part in line[name].split(",")] == [value["lat"], value["lon"]]
            else:
                assert line[name] == str(value)


def test_moves_a_little(dataset):
    count, date, seconds, first = SETS[dataset]
    ticks = [json.loads(sample(dataset, "--tick", first + i)) for i in range(20)]
    changed = [[(a, b) for a, b in zip(old, new) if a != b] for old, new in zip(ticks, ticks[1:])]
    assert 0 < sum(map(len, changed)) < 19 * count / 2
    for i, pairs in enumerate(changed, 1):
        now = subprocess.run(["date", "-u", "-d", f"@{(first + i) * seconds}", "+%Y-%m-%dT%H:%M:%S+00:00"],
                             capture_output=True, text=True, check=True).stdout.strip()
        assert all(new[date] == now for _, new in pairs), "a record that changed says so"


def test_seed_matters(dataset):
    tick = SETS[dataset][3]
    assert sample(dataset, "--tick", tick, "--seed", 2) != sample(dataset, "--tick", tick)
    assert sample(dataset, "--tick", tick, "--seed", 1) == sample(dataset, "--tick", tick)


def test_real_traps_are_there():
    rows = json.loads(sample("vlille-realtime", "--tick", 355000000))
    assert len({row["nom"] for row in rows}) == len(rows) - 1, "one name stands for two stations"
    assert all(row["nbvelosdispo"] >= 0 and row["nbplacesdispo"] >= 0 for row in rows)
    lots = json.loads(sample("disponibilite-parkings", "--tick", 118333333))
    assert any(lot["dispo"] > lot["max"] for lot in lots) and any(lot["etat"] == lot["aff"] == "." for lot in lots)


@pytest.mark.parametrize("tick", [0, 1, 7258118400])
def test_first_and_last_tick(dataset, tick):
    assert len(json.loads(sample(dataset, "--tick", tick))) == SETS[dataset][0]


@pytest.mark.parametrize("options", [["--tick", "-1"], ["--tick", "7258118401"], ["--tick", "x"], ["--seed", "1.5"],
                                     ["--format", "xml"], ["--what"], ["another"]], ids=lambda o: " ".join(o))
def test_wrong_options(dataset, options):
    sample(dataset, *options, code=2)


def area2(ring):
    """Twice the area of a ring, positive when it runs counterclockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:]))


def holds(ring, x, y):
    crossed = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossed = not crossed
    return crossed


def test_communes():
    text = sample("communes", "--tick", 5, "--seed", 9)
    assert text == sample("communes"), "it is the same at any time"
    rows = json.loads(text)
    content = manifest("communes")
    assert content["synthetic"] is True and all(list(row) == ["insee", "nom", "siren", "population", "contour"] for row in rows)
    assert len({row["insee"] for row in rows}) == len({row["nom"] for row in rows}) == len({row["siren"] for row in rows}) == 95
    assert sum(row["population"] for row in rows) == 1187907, "what the register has for the whole"
    file = ROOT / "handlers" / "communes" / "sample.csv"
    assert sample("communes", "--format", "csv") == file.read_text(encoding="utf-8")
    for row, line in zip(rows, csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))), strict=True):
        assert json.loads(line["contour"]) == row["contour"]


def test_contours_of_communes():
    """One ring each, counterclockwise, with the town hall inside of it and of no other."""
    rows = json.loads(sample("communes"))
    rings = {row["insee"]: row["contour"]["coordinates"][0] for row in rows}
    towns = re.findall(r'^TOWN\("(\d+)", .*, (\d+), (\d+), \d+\)$', (ROOT / "modules/cli/towns.def").read_text(encoding="utf-8"), re.M)
    assert len(towns) == 95
    for code, lat, lon in towns:
        assert rings[code][0] == rings[code][-1] and len(rings[code]) >= 4 and area2(rings[code]) > 0
        assert [c for c, ring in rings.items() if holds(ring, int(lon) / 1e6, int(lat) / 1e6)] == [code]


def test_no_generator():
    sample("usage-quotidien", code=1)

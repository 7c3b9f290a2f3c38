"""Hostile scripts in real workers, which end at once when they reach for a file, a socket or a process (walled.c)."""

import concurrent.futures
import json

import pytest

from harness import dataset, handlers
from harness.faults import compiled, wait_until, workers
from harness.stack import ROOT, Stack

# Those of tests/unit/lua/fixture.h that are stored.
FIELDS = [{"name": name, "type": kind} for name, kind in {
    "id": "text", "n": "int", "d": "double", "b": "boolean", "day": "date", "at": "datetime", "place": "geo_point_2d",
    "shape": "geo_shape", "j": "json_blob", "out": "text", "velos": "int", "places": "int", "etat": "text"}.items()]
ROW = {"id": "1", "n": 3, "d": 1.5, "out": "x", "velos": 3, "places": 4, "etat": "y", "place": {"lon": 3.0, "lat": 50.6}}


@pytest.fixture(scope="module")
def walled():
    own = Stack()
    own.environment["LD_PRELOAD"] = str(compiled(own, "walled", "-shared", "-fPIC", "-lseccomp", "-ldl"))
    with own:
        yield own


def opened(script):
    """Whether the script comes as far as a call: those that are refused before stand in tests/unit/lua."""
    return not script.startswith((b"-- expect: refused", b"\x1b"))


def corpus():
    """Every fifth, some of each family: all of them run in the unit."""
    files = sorted((ROOT / "tests/suites/lua/hostile").iterdir())
    return {f"hostile-{file.stem.replace('_', '-')}": file.read_bytes() for file in [file for file in files if opened(file.read_bytes())][::5]}


def apply(stack, folder, scripts, hook):
    for name, script in scripts.items():
        place = folder / name
        place.mkdir(exist_ok=True)
        (place / "dataset.json").write_text(json.dumps(dataset.manifest(name, fields=FIELDS, geometry="place")), encoding="utf-8")
        (place / "hook.lua").write_bytes(script.replace(b"on_record", hook))
    stack.beffroi("apply", *[str(folder / name) for name in scripts])
    wait_until(lambda: not [pool for pool in stack.status()["pools"] for worker in pool["workers"] if worker["state"] != "ready"])


def at_once(what, names):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return dict(zip(names, pool.map(what, names)))


def test_no_script_reaches_beyond_its_worker(walled, tmp_path):
    scripts = corpus()
    assert len(scripts) >= 25
    apply(walled, tmp_path, scripts, b"on_record")
    key = walled.key("push:*")
    pushed = at_once(lambda name: walled.push(name, [ROW], key=key).status, scripts)
    assert set(pushed.values()) == {200}
    before = sorted(workers(walled))
    read = at_once(lambda name: walled.get(f"/api/explore/v2.1/catalog/datasets/{name}/records").status, scripts)
    assert set(read.values()) == {200, 500}, read
    assert sorted(workers(walled)) == before
    apply(walled, tmp_path, scripts, b"on_ingest")
    before = sorted(workers(walled))
    pushed = at_once(lambda name: walled.push(name, [{**ROW, "n": 4}], key=key).status, scripts)
    assert set(pushed.values()) == {200, 422}, pushed
    assert sorted(workers(walled)) == before and walled.status()["handlers"] == []


def test_who_opens_a_file_is_caught(walled, tmp_path):
    """Or the test above tells nothing."""
    address = handlers.publish(walled, tmp_path, "reach", "reach", [{"id": 1, "nom": "read", "x": 1}])
    before = workers(walled, "read")
    assert walled.get(address + "/records").status in (502, 503)
    assert set(before) - set(workers(walled, "read"))
    [told] = [one for one in walled.status()["handlers"] if one["dataset"] == "reach"]
    assert told["last"] == "Bad system call", told

"""on_ingest: what a script makes of records before they are written, by every way in."""

import json
import time

import pytest

from harness import dataset
from harness.stack import Stack

FIELDS = [{"name": "id", "type": "text"}, {"name": "n", "type": "int"}, {"name": "note", "type": "text"},
          {"name": "geo", "type": "geo_point_2d"}, {"name": "commune", "type": "text"}]
HOOK = """
function on_ingest(record)
  if record.what == "test" then return false, "a test of the source" end
  if record.what == "silent" then return false end
  if record.what == "broken" then error("cannot be repaired") end
  record.id = record.id or record.numero
  record.numero, record.what = nil, nil
  if record.n then record.n = 2 * tonumber(record.n) end
end
"""


def path_of(name):
    return f"/api/push/v1/datasets/{name}/records"


def content(name, **more):
    return dataset.manifest(name, fields=FIELDS, **more)


@pytest.fixture(scope="module")
def place(stack, tmp_path_factory):
    return dataset.apply(stack, tmp_path_factory.mktemp("hook"), content("repare"), HOOK)


@pytest.fixture(autouse=True)
def empty(stack, place):
    assert push(stack, [], query="?mode=snapshot&allow_empty=true").status == 200


def push(stack, body, query="", name="repare", kind="application/json", path=None, key=None, **more):
    headers = {"Authorization": f"Bearer {key or stack.key(f'push:{name}')}", "Content-Type": kind, **more}
    body = body if isinstance(body, str) else json.dumps(body)
    return stack.request("POST", (path or path_of(name)) + query, body=body.encode(), headers=headers)


def until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


def rows(stack, place, *names):
    return sorted(tuple(row[n] for n in names or ("id", "n")) for row in stack.get(place + "/exports/json").json())


def test_records_are_repaired(stack, place):
    answer = push(stack, [{"numero": "a", "n": 3}, {"id": "b", "n": "4"}])
    assert answer.status == 200 and answer.json()["dropped"] == 0 and "dropped_records" not in answer.json()
    assert rows(stack, place) == [("a", 6), ("b", 8)]
    assert push(stack, "numero;n;what\nc;5;\nd;;\n", kind="text/csv").json()["added"] == 2
    assert push(stack, '{"id":"e","n":1}\n', kind="application/x-ndjson").json()["added"] == 1
    vendor = push(stack, {"numero": "f", "n": 7}, path="/api/push/1.0/repare/realtime/push")
    assert vendor.status == 200 and vendor.json()["status"] == "OK" and vendor.json()["dropped"] == 0
    assert rows(stack, place) == [("a", 6), ("b", 8), ("c", 10), ("d", None), ("e", 2), ("f", 14)]


def test_load_goes_the_same_way(stack, place, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("numero,n,what\na,1,\nb,2,test\nc,3,\n", encoding="utf-8")
    done = stack.beffroi("load", "repare", file)
    assert "1 left out by its script" in done.stdout and "rows.csv:3: a test of the source" in done.stderr
    assert rows(stack, place) == [("a", 2), ("c", 6)]
    file.write_text("numero,n,what\na,9,\nb,2,broken\n", encoding="utf-8")
    done = stack.beffroi("load", "repare", file, check=False)
    assert done.returncode == 1 and "cannot be repaired" in done.stderr
    assert rows(stack, place) == [("a", 2), ("c", 6)]


def test_what_is_dropped_is_told(stack, place):
    answer = push(stack, '[{"id": "a", "n": 1},\n{"what": "test"},\n{"what": "silent", "nothing": 1}]').json()
    assert (answer["added"], answer["records"], answer["dropped"]) == (1, 1, 2)
    assert [(d["record"], d["line"]) for d in answer["dropped_records"]] == [(2, 2), (3, 3)]
    assert answer["dropped_records"][0]["reason"] == "a test of the source"
    many = push(stack, [{"what": "test"}] * 50 + [{"id": "b"}]).json()
    assert many["dropped"] == 50 and len(many["dropped_records"]) == 20


def test_a_snapshot_of_which_nothing_is_left(stack, place):
    assert push(stack, [{"id": "a", "n": 1}]).status == 200
    answer = push(stack, [{"what": "test"}], query="?mode=snapshot")
    assert answer.status == 400 and "allow_empty" in answer.json()["detail"]
    assert rows(stack, place) == [("a", 2)]
    assert push(stack, [{"what": "test"}], query="?mode=snapshot&allow_empty=true").json()["removed"] == 1


@pytest.mark.expects_log_errors("hook.failed")
def test_what_it_cannot_repair_is_never_written(stack, place):
    answer = push(stack, '[{"id": "a", "n": 1},\n{"what": "broken"},\n{"id": "c", "n": "x"}]')
    assert answer.status == 422 and rows(stack, place) == []
    first, second = answer.json()["errors"]
    assert (first["record"], first["line"]) == (2, 2)
    assert "repare/hook.lua:5: cannot be repaired" in first["reason"]
    assert second["record"] == 3 and "hook.lua:8" in second["reason"]
    # What is wrong when the script is through is no fault of the script's.
    answer = push(stack, [{"id": "a", "m": 1}])
    assert answer.status == 422 and answer.json()["errors"][0]["field"] == "m"
    assert push(stack, [{"id": "a", "n": 1}]).status == 200


def test_a_delete_names_records_as_they_are_stored(stack, place):
    push(stack, [{"numero": "a", "n": 1}, {"numero": "b", "n": 1}])
    answer = push(stack, [{"id": "a", "what": "broken"}], path=path_of("repare") + "/delete")
    assert answer.status == 200 and answer.json()["removed"] == 1 and "dropped" not in answer.json()
    assert rows(stack, place) == [("b", 2)]


def test_idempotency(stack, place):
    body = [{"id": "a", "n": 1}, {"what": "test"}]
    first = push(stack, body, **{"Idempotency-Key": "hook-1"})
    again = push(stack, body, **{"Idempotency-Key": "hook-1"})
    assert first.json() == again.json() and first.json()["dropped"] == 1
    assert again.headers["Idempotency-Replayed"] == "true"
    assert push(stack, body[:1], **{"Idempotency-Key": "hook-1"}).status == 422
    assert push(stack, body).json()["unchanged"] == 1


def test_a_narrowed_key_is_held_to_what_the_script_gave(stack, tmp_path):
    hook = "function on_ingest(r) r.geo = {lon = tonumber(r.x), lat = 50.5}; r.x = nil; return r.n ~= 0 end"
    place = dataset.apply(stack, tmp_path, content("repare-boite"), hook)
    key = stack.beffroi("key", "issue", "--sub", "boite", "--scope", "push:repare-boite", "--bbox", "3,50,4,51").stdout.strip()
    assert push(stack, [{"id": "a", "x": 3.5}, {"id": "b", "x": 9, "n": 0}], name="repare-boite", key=key).status == 200
    inside = {"lon": 3.5, "lat": 50.5}
    answer = push(stack, [{"id": "c", "x": 9, "geo": inside}], name="repare-boite", key=key)
    assert answer.status == 422 and answer.json()["errors"][0]["field"] == "geo"
    assert push(stack, [{"id": "b", "x": 9}], name="repare-boite").status == 200
    # Records and rows part when some are dropped: the third record is the second row.
    answer = push(stack, [{"id": "d", "x": 3.5}, {"id": "e", "x": 3.5, "n": 0}, {"id": "b", "x": 3.5}], name="repare-boite", key=key)
    assert answer.status == 422 and [e["record"] for e in answer.json()["errors"]] == [3]
    assert rows(stack, place, "id") == [("a",), ("b",)]


@pytest.mark.expects_log_errors("request.failed.*code=HANDLER")
@pytest.mark.expects_log_errors("generation\\.(finding|failed)")
def test_contours_are_those_of_now(stack, tmp_path):
    """The contours of another dataset, at its newest commit; a script that reads them when it reads rows is refused."""
    square = "POLYGON (({0} 50, {1} 50, {1} 51, {0} 51, {0} 50))"
    contours = dataset.manifest("zones", fields=[{"name": "id", "type": "text"}, {"name": "n", "type": "int"},
                                                 {"name": "forme", "type": "geo_shape"}], geometry="forme")
    dataset.apply(stack, tmp_path, contours)
    areas = {"zones": {"dataset": "zones", "fields": ["id", "n"]}}
    hook = """function on_ingest(r)
      local zone = geo.area("zones", r.geo.lon, r.geo.lat)
      r.commune = zone and zone.id
      r.n = zone and zone.n
    end"""
    place = dataset.apply(stack, tmp_path, content("repare-zones", areas=areas), hook)
    here = [{"id": "a", "geo": {"lon": 3.5, "lat": 50.5}}]

    def found():
        assert push(stack, here, name="repare-zones").status == 200
        [(_, town, n)] = rows(stack, place, "id", "commune", "n")
        return town, n

    assert found() == (None, None)
    zones = [{"id": "ouest", "n": 7, "forme": square.format(3, 4)}, {"id": "est", "forme": square.format(4, 5)}]
    assert push(stack, zones, name="zones").status == 200
    assert found() == ("ouest", 7)
    zones[0]["forme"], zones[1]["forme"] = zones[1]["forme"], zones[0]["forme"]
    assert push(stack, zones, name="zones").status == 200
    assert found() == ("est", None)
    # What nothing came for yet cannot be tried; for the other the records that came last say it before it serves.
    wrong = {"zones": {"dataset": "zones", "fields": ["nom"]}}
    dataset.apply(stack, tmp_path, content("repare-zones-nom", areas=wrong), hook)
    answer = push(stack, here, name="repare-zones-nom")
    assert answer.status == 500 and "no field nom" in answer.json()["detail"]
    (tmp_path / "repare-zones" / "dataset.json").write_text(json.dumps(content("repare-zones", areas=wrong)), encoding="utf-8")
    refused = stack.beffroi("apply", tmp_path / "repare-zones", check=False)
    assert refused.returncode == 4 and "no field nom" in refused.stderr, refused
    assert found() == ("est", None)
    assert stack.beffroi("rollback").returncode == 0


def test_what_came_before_counts_for_that_script_alone(stack, tmp_path):
    """The same bytes again and again: they are taken from memory as long as the script is the same."""
    place = dataset.apply(stack, tmp_path, content("repare-encore"), "function on_ingest(r) r.n = r.n + 1 end")
    body = [{"id": "a", "n": 1}, {"id": "b", "n": 2}]
    for _ in range(6):  # either worker, more than once
        assert push(stack, body, name="repare-encore").status == 200
        assert rows(stack, place) == [("a", 2), ("b", 3)]
    dataset.apply(stack, tmp_path, content("repare-encore"), "function on_ingest(r) r.n = r.n + 10; return r.id ~= 'b', 'b' end")
    for _ in range(6):
        answer = push(stack, body, name="repare-encore", query="?mode=snapshot").json()
        assert [(d["record"], d["reason"]) for d in answer["dropped_records"]] == [(2, "b")]
        assert rows(stack, place) == [("a", 11)]


def test_a_script_that_keeps_failing_is_switched_off(tmp_path):
    """And with it all writing, for that dataset alone; then it is tried again."""
    with Stack(hook_pause_ms=1500) as stack:
        dataset.apply(stack, tmp_path, content("repare"), HOOK)
        dataset.apply(stack, tmp_path, content("autre"))
        for _ in range(10):
            assert push(stack, [{"what": "broken"}]).status == 422
        off = push(stack, [{"id": "a"}])
        assert off.status == 503 and int(off.headers["Retry-After"]) >= 1
        assert "switched off" in off.json()["detail"]
        assert push(stack, [{"id": "a"}], name="autre").status == 200
        [line] = [h for h in stack.status()["hooks"] if h["dataset"] == "repare"]
        assert (line["hook"], line["failures"]) == ("on_ingest", 10) and "cannot be repaired" in line["why"]
        until(lambda: push(stack, [{"id": "a"}]).status == 200)
        assert push(stack, [{"id": "b"}]).status == 200

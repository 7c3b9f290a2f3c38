"""hook.lua beside dataset.json, end to end: rows, queries, tags, and what becomes of a script that fails."""

import json
import threading
import time

import pytest

from harness import dataset, handlers
from harness.stack import Stack

FIELDS = [
    {"name": "id", "type": "int", "sortable": True},
    {"name": "nom", "type": "text", "facet": True},
    {"name": "velos", "type": "int"},
    {"name": "places", "type": "int"},
    {"name": "taux", "type": "double", "handler": True},
]
ROWS = [
    {"id": 1, "nom": "gare", "velos": 3, "places": 9},
    {"id": 2, "nom": "théâtre", "velos": 0, "places": 0},
    {"id": 3, "nom": "dépôt", "velos": 5, "places": 0},
]
RATE = """
fields = {{name = "taux", type = "double"}}
function on_record(row)
    local n = (row.velos or 0) + (row.places or 0)
    if n > 0 then row.taux = row.velos / n end
    if row.nom then row.nom = row.nom .. "!" end
end
"""
RATES = {1: 0.25, 2: None, 3: 1.0}
# The first row fails it, and what it says may reach nobody.
FAILS = """
fields = {{name = "taux", type = "double"}}
function on_record(row)
    row.taux = 1
    if row.id == 1 then error("secret " .. row.nom) end
end
"""


def apply(stack, folder, name, script, check=True, **changes):
    place = folder / name
    place.mkdir(exist_ok=True)
    wanted = {"fields": FIELDS, "geometry": None, **changes}
    content = {k: v for k, v in dataset.manifest(name, **wanted).items() if v is not None}
    (place / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    hook = place / "hook.lua"
    if script is None:
        hook.unlink(missing_ok=True)
    else:
        hook.write_bytes(script if isinstance(script, bytes) else script.encode())
    return stack.beffroi("apply", place, check=check)


def publish(stack, folder, name, script, rows=ROWS, **changes):
    apply(stack, folder, name, script, **changes)
    address = handlers.settle(stack, name)
    handlers.fill(stack, name, rows)
    return address


def rates(answer):
    assert answer.status == 200, answer
    return {row["id"]: row["taux"] for row in answer.json()["results"]}


@pytest.fixture(scope="module")
def bikes(stack, tmp_path_factory):
    return publish(stack, tmp_path_factory.mktemp("hooks"), "velos-lua", RATE)


# ---- on_record -----------------------------------------------------------------------------------
def test_rows(stack, bikes):
    assert rates(stack.get(bikes + "/records")) == RATES
    assert rates(stack.get(bikes + "/records?select=taux,id&where=velos>0&order_by=id%20desc")) == {3: 1.0, 1: 0.25}
    only = stack.get(bikes + "/records?select=nom&order_by=id").json()["results"]
    assert only == [{"nom": "gare!"}, {"nom": "théâtre!"}, {"nom": "dépôt!"}]
    twice = stack.get(bikes + "/records?select=taux%20as%20a,taux%20as%20b&where=id=1").json()["results"]
    assert twice == [{"a": 0.25, "b": 0.25}]
    assert "Beffroi-Hook" not in stack.get(bikes + "/records").headers


def test_one_record_exports_and_old_apis(stack, bikes):
    [(record,)] = stack.sql('SELECT encode(_id, \'hex\') FROM data."velos-lua" WHERE id = 3')
    assert stack.get(f"{bikes}/records/{record}").json()["taux"] == 1.0
    assert {row["id"]: row["taux"] for row in stack.get(bikes + "/exports/json").json()} == RATES
    lines = stack.get(bikes + "/exports/csv?select=id,taux").text.split()
    assert sorted(lines[1:]) == ["1;0.25", "2;", "3;1.0"]
    old = stack.get("/api/explore/v2.0/catalog/datasets/velos-lua/records").json()["records"]
    found = [record["record"]["fields"] for record in old]
    assert {row["id"]: row["taux"] for row in found} == RATES
    first = stack.get("/api/records/1.0/search/?dataset=velos-lua").json()["records"]
    assert {row["fields"]["id"]: row["fields"].get("taux") for row in first} == RATES
    download = stack.get("/explore/dataset/velos-lua/download?format=json").json()
    assert {row["fields"]["id"]: row["fields"].get("taux") for row in download} == RATES


@pytest.mark.parametrize("clause", ["where=taux>0.5", "order_by=taux", "refine=taux:1", "group_by=taux"])
def test_what_it_adds_is_output_only(stack, bikes, clause):
    answer = stack.get(f"{bikes}/records?{clause}")
    assert answer.status == 400, answer
    assert "taux" in answer.json()["message"]


def test_conditions_see_what_is_stored(stack, bikes):
    assert stack.get(bikes + "/records?where=nom='gare'").json()["total_count"] == 1
    assert stack.get(bikes + "/records?where=nom='gare!'").json()["total_count"] == 0


# ---- on_request ----------------------------------------------------------------------------------
NARROWS = """
function on_request(query)
    query:where("nom != ? and id < ?", 'it\\'s "secret"', 100)
end
"""
REFUSES = """
function on_request(query)
    if query:uses("places") then query:refuse(403, "les places ne sont pas publiques") end
end
"""


def test_a_narrowed_query(stack, tmp_path):
    rows = [*ROWS[:2], {"id": 9, "nom": "it's \"secret\""}, {"id": 100, "nom": "far"}]
    address = publish(stack, tmp_path, "narrow-lua", NARROWS, rows, fields=FIELDS[:-1])
    answer = stack.get(address + "/records?order_by=id").json()
    assert [row["id"] for row in answer["results"]] == [1, 2] and answer["total_count"] == 2
    assert stack.get(address + "/records", {"where": "id=9 or id=100 or id=2"}).json()["total_count"] == 1
    [group] = stack.get(address + "/facets?facet=nom").json()["facets"]
    assert {value["name"] for value in group["facets"]} == {"gare", "théâtre"}
    assert len(stack.get(address + "/records?select=nom&group_by=nom").json()["results"]) == 2
    assert len(stack.get(address + "/exports/json").json()) == 2
    assert stack.get("/api/records/1.0/search/?dataset=narrow-lua").json()["nhits"] == 2


def test_a_refused_query(stack, tmp_path):
    address = publish(stack, tmp_path, "refuses-lua", REFUSES, fields=FIELDS[:-1])
    for asks in ("/records?select=id&where=places>1", "/records", "/exports/csv"):
        refused = stack.get(address + asks)
        assert refused.status == 403 and "les places ne sont pas publiques" in refused.text
    assert stack.get(address + "/records?select=id&limit=1").status == 200
    assert not [hook for hook in stack.status()["hooks"] if hook["dataset"] == "refuses-lua"], "it means it"


# ---- check and apply -----------------------------------------------------------------------------
@pytest.mark.parametrize("script, changes, wanted", [
    ("function on_record(row)\n  row.x = = 1\nend", {}, "hook.lua:2: "),
    ("function on_record(row) end", {}, '/fields/4/handler: hook.lua does not add the field "taux"'),
    ('fields = {{name = "taux", type = "int"}}\nfunction on_record(row) end', {}, '/fields/4/type: hook.lua adds "taux" as int'),
    ('fields = {{name = "autre", type = "int"}}\nfunction on_record(row) end', {}, 'hook.lua adds the field "autre", which is not declared'),
    ('fields = {{name = "nom", type = "text"}}\nfunction on_record(row) end', {}, "declared as a field of the table"),
    ("x = 1", {}, "defines none of on_request, on_record and on_ingest"),
    (b"\x1bLua", {}, "hook.lua: "),
    (b"function on_record(row) row.nom = '\xff' end", {}, "UTF-8"),
    ("--" + "x" * 70000, {}, "at most 65536"),
    ("function on_ingest(record) end", {}, '/fields/4/handler: nobody fills the field "taux"; name a "handler", or list'),
    (RATE, {"handler": "template"}, 'the dataset has the handler "template"; keep one of the two'),
    (RATE, {"generations": [{"api": ["1.0"], "fields": ["id"]}]}, "has one vocabulary"),
])
def test_mistakes(stack, tmp_path, script, changes, wanted):
    done = apply(stack, tmp_path, "wrong-lua", script, check=False, **changes)
    assert done.returncode == 1
    assert wanted in done.stderr, done.stderr
    assert not stack.sql("SELECT 1 FROM catalog.dataset WHERE id = 'wrong-lua'")


def test_a_new_script(stack, tmp_path):
    """Another script is another answer: its tag differs, and no request fails while it comes."""
    address = publish(stack, tmp_path, "fresh-lua", RATE)
    seen, over = [], threading.Event()

    def read():
        while not over.is_set():
            answer = stack.get(address + "/records")
            seen.append((answer.status, answer.headers["ETag"], rates(answer)[3]))

    first = stack.get(address + "/records")
    reader = threading.Thread(target=read)
    reader.start()
    try:
        done = apply(stack, tmp_path, "fresh-lua", RATE.replace("row.velos / n", "100 * row.velos / n"))
        assert "fresh-lua: changed hook.lua" in done.stdout
        until = time.monotonic() + 60
        while not seen or seen[-1][2] != 100.0:
            assert time.monotonic() < until and reader.is_alive(), seen[-3:]
            time.sleep(0.01)
    finally:
        over.set()
        reader.join()
    assert {status for status, _, _ in seen} == {200}
    tags = {value: {tag for _, tag, other in seen if other == value} for value in (1.0, 100.0)}
    assert not tags[1.0] & tags[100.0]
    again = stack.get(address + "/records", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 200 and rates(again)[3] == 100.0
    digest = stack.sql("SELECT digest FROM catalog.dataset WHERE id = 'fresh-lua'")
    assert "1 unchanged" in apply(stack, tmp_path, "fresh-lua", RATE.replace("row.velos / n", "100 * row.velos / n")).stdout
    computed = [*FIELDS[:-1], {"name": "taux", "type": "double", "sql": "1.0::double precision"}]
    assert "removed hook.lua" in apply(stack, tmp_path, "fresh-lua", None, fields=computed).stdout
    assert stack.sql("SELECT digest FROM catalog.dataset WHERE id = 'fresh-lua'") != digest
    assert stack.sql("SELECT hook, hook_reads FROM catalog.dataset WHERE id = 'fresh-lua'") == [[None, "f"]]


# ---- failures ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def own():
    """A stack that may be left with scripts that fail; its pauses are short."""
    with Stack(hook_pause_ms=1500, read_deadline_ms=3000) as running:
        yield running


def fail_ten_times(stack, address, status=500):
    for done in range(10):
        answer = stack.get(address)
        assert answer.status == status, (done, answer)
        assert "secret" not in answer.text and "hook.lua" not in answer.text


def until(what, seconds=60):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_a_failing_row_is_switched_off(own, tmp_path):
    address = publish(own, tmp_path, "fails-lua", FAILS) + "/records"
    other = publish(own, tmp_path, "works-lua", RATE) + "/records"
    assert rates(own.get(address + "?where=id>1")) == {2: 1.0, 3: 1.0}
    whole = own.get(address + "?where=id>1")
    fail_ten_times(own, address)
    off = own.get(address)
    assert off.headers["Beffroi-Hook"] == "off" and rates(off) == {1: None, 2: None, 3: None}
    assert "Last-Modified" not in off.headers
    assert [row["nom"] for row in off.json()["results"]] == [row["nom"] for row in ROWS]
    same = own.get(address, headers={"If-None-Match": off.headers["ETag"]})
    assert (same.status, same.headers["Beffroi-Hook"]) == (304, "off")
    export = own.get(address.replace("records", "exports/json"))
    assert (export.status, export.headers["Beffroi-Hook"]) == (200, "off")
    old = own.get("/api/records/1.0/search/?dataset=fails-lua")
    assert (old.status, old.headers["Beffroi-Hook"]) == (200, "off")

    # What it answered when it worked, and what is answered without it, are never taken for each other.
    without = own.get(address + "?where=id>1", headers={"If-None-Match": whole.headers["ETag"]})
    assert without.status == 200 and rates(without) == {2: None, 3: None}
    dated = own.get(address + "?where=id>1", headers={"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"})
    assert dated.status == 200 and rates(dated) == {2: None, 3: None}
    assert rates(own.get(other)) == RATES, "the script of another dataset"

    status = own.beffroi("status", check=False)
    assert "on_record of fails-lua: " in status.stdout and "switched off" in status.stdout
    [hook] = own.status()["hooks"]
    assert (hook["dataset"], hook["hook"], hook["off"]) == ("fails-lua", "on_record", True)
    assert hook["failures"] >= 10 and "hook.lua:5: secret gare" in hook["why"]
    metrics = own.get("/metrics").text
    assert 'beffroi_hook_off{dataset="fails-lua",hook="on_record"} 1\n' in metrics
    assert 'beffroi_hook_failures_total{dataset="fails-lua",hook="on_record"} ' in metrics
    log = (own.log_folder / "beffroi.log").read_text()
    assert '"event":"hook.failed"' in log and '"event":"hook.off"' in log and "dataset=fails-lua" in log

    # Each pause ends with a trial, whose request nobody sees fail; when the bad row is gone, it passes.
    handlers.fill(own, "fails-lua", [{**ROWS[0], "id": 4}])
    assert own.push("fails-lua", [{**ROWS[1]}, {**ROWS[2]}], mode="snapshot").status == 200

    def works():
        answer = own.get(address)
        assert answer.status == 200, answer
        return "Beffroi-Hook" not in answer.headers and answer

    assert rates(until(works)) == {2: 1.0, 3: 1.0}
    stale = own.get(address + "?where=id>1", headers={"If-None-Match": without.headers["ETag"]})
    assert stale.status == 200 and rates(stale) == {2: 1.0, 3: 1.0}
    assert '"event":"hook.on"' in (own.log_folder / "beffroi.log").read_text()
    assert own.status()["hooks"][0]["off"] is False


def test_a_new_script_is_on_at_once(own, tmp_path):
    address = publish(own, tmp_path, "repaired-lua", FAILS) + "/records"
    fail_ten_times(own, address)
    assert own.get(address).headers["Beffroi-Hook"] == "off"
    apply(own, tmp_path, "repaired-lua", RATE)
    until(lambda: "Beffroi-Hook" not in own.get(address).headers)
    assert rates(own.get(address)) == RATES
    assert "repaired-lua" not in [hook["dataset"] for hook in own.status()["hooks"]]


def test_a_failing_request_opens_nothing(own, tmp_path):
    """What on_request would have hidden is not shown when it fails, nor when it was switched off."""
    script = "function on_request(query) query:where('id < 2') error('secret') end"
    address = publish(own, tmp_path, "hides-lua", script, fields=FIELDS[:-1])
    seen = [own.get(address + "/records") for _ in range(12)]
    assert {answer.status for answer in seen[:10]} == {500}
    assert seen[-1].status in (500, 503)  # a trial, when the pause is over
    out = until(lambda: (answer := own.get(address + "/exports/json")).status == 503 and answer)
    assert int(out.headers["Retry-After"]) >= 1
    assert not any("dépôt" in answer.text for answer in [*seen, out])
    assert own.get(address).status == 200, "its description is no matter of the script"
    assert any(hook["hook"] == "on_request" and hook["off"] for hook in own.status()["hooks"])


@pytest.mark.parametrize("body", ["while true do end", "local t = {} for i = 1, 1e9 do t[i] = {} end",
                                  "local s = 'x' for i = 1, 60 do s = s .. s end"])
def test_a_runaway_costs_its_request(own, tmp_path, body):
    name = f"runaway-{len(body)}"
    script = f"function on_record(row) if row.id == 2 then {body} end end"
    address = publish(own, tmp_path, name, script, fields=FIELDS[:-1]) + "/records"
    started = time.monotonic()
    assert own.get(address).status == 500
    assert time.monotonic() - started < 30, "stopped by its own limits, not by somebody who gave up"
    assert own.get(address + "?where=id=1").status == 200
    assert own.get(address).status == 500
    assert not [one for one in own.status()["handlers"] if one["dataset"] == name], "no worker died of it"


def test_an_export_that_fails_in_its_middle_is_no_answer(own, tmp_path):
    rows = [{"id": i, "nom": "x" * 200, "velos": 1, "places": 1} for i in range(1, 3001)]
    script = "function on_record(row) if row.id == 3000 then error('late') end end"
    address = publish(own, tmp_path, "late-lua", script, rows, fields=FIELDS[:-1])
    try:
        answer = own.get(address + "/exports/jsonl")
    except Exception as broken:  # http.client: the answer ended in its middle
        assert "Incomplete" in type(broken).__name__ or "Connection" in type(broken).__name__
    else:
        assert answer.status == 500
    assert len(own.get(address + "/exports/jsonl?where=id<3000").text.splitlines()) == 2999


# ---- private fields ------------------------------------------------------------------------------
def test_a_script_sees_what_the_reader_sees(stack, tmp_path):
    fields = [*FIELDS[:2], {"name": "agent", "type": "text", "requires": "read:agents-lua"},
              {"name": "initiale", "type": "text", "handler": True}]
    script = """
fields = {{name = "initiale", type = "text"}}
function on_record(row)
    if row.agent then row.initiale = string.sub(row.agent, 1, 1) end
    row.agent = row.agent
end
function on_request(query)
    if query:uses('agent') then query:where('nom != ?', 'b') end
end
"""
    address = publish(stack, tmp_path, "agents-lua", script, [{"id": 1, "nom": "a", "agent": "zoé"}], fields=fields)
    assert stack.get(address + "/records").json()["results"] == [{"id": 1, "nom": "a", "initiale": None}]
    key = {"Authorization": "Bearer " + stack.key("read:agents-lua")}
    [row] = stack.get(address + "/records", headers=key).json()["results"]
    assert (row["agent"], row["initiale"]) == ("zoé", "z")


# ---- tools ---------------------------------------------------------------------------------------
def test_preview_on_live(stack, bikes, tmp_path):
    """What would be answered otherwise, against what is answered now; nothing is written."""
    place = tmp_path / "velos-lua"
    place.mkdir()
    content = {k: v for k, v in dataset.manifest("velos-lua", fields=FIELDS, geometry=None).items() if v is not None}
    (place / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    (place / "hook.lua").write_text(RATE.replace("n > 0", "n > 5") + "function on_request(q) q:where('id < 3') end")
    done = stack.beffroi("hook", "preview", place, "--on-live")
    lines = done.stdout.splitlines()
    assert lines[-2:] == ["on_request shows 2 of 3 records", lines[-1]]
    assert lines[-1].endswith("2 rows: 0 changed, 2 as before, 0 left out, 0 failed")
    (place / "hook.lua").write_text(RATE.replace("n > 0", "n > 5"))
    lines = stack.beffroi("hook", "preview", place, "--on-live").stdout.splitlines()
    assert lines[:2] == ["row 3 (id 3)", "  taux                     1.0 -> null"]
    assert lines[-1].startswith("of 3 records at commit ")
    assert lines[-1].endswith(", 3 rows: 1 changed, 2 as before, 0 left out, 0 failed")
    assert rates(stack.get(bikes + "/records")) == RATES
    (place / "hook.lua").write_text(RATE.replace("n > 0", "error('no') or n > 5"))
    failed = stack.beffroi("hook", "preview", place, "--on-live", "--show", "1", check=False)
    assert failed.returncode == 1
    assert "row 1 (id 1): failed: hook.lua:5: no" in failed.stdout and "and 2 rows more that differ" in failed.stdout

"""Long exports that break: whoever reads one gets the whole of it, or is told that it is not whole."""

import gzip
import http.client
import json

import pytest

from harness import dataset
from harness.faults import DieAfter, Holder, answer, connect, fetch, get, send_signal, wait_ready, wait_until, workers
from harness.stack import Stack

ROWS = 30000
POSITIONS = 25
FORMS = ("csv", "json", "jsonl", "geojson", "csv?compressed=true")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    # Whoever asks and does not read is left after io_timeout_ms; not before what happens meanwhile is over.
    stack = Stack(io_timeout_ms=120000)
    stack.die_after = DieAfter(stack)
    with stack:
        stack.exports = dataset.apply(stack, tmp_path_factory.mktemp("long"), dataset.manifest("long")) + "/exports/"
        rows = [{"id": i, "nom": f"Station {i}" + " de Lille" * (i % 5), "x": i / 7, "geo": {"lon": 3, "lat": 50}}
                for i in range(ROWS)]
        pushed = stack.push("long", rows)
        assert pushed.status == 200, pushed
        yield stack


def backends(stack, more=""):
    """Of the export workers, those that read the rows of the dataset."""
    return [int(pid) for pid, in stack.sql(
        "SELECT pid FROM pg_stat_activity WHERE usename = 'beffroi_reader' AND state = 'active'"
        f" AND query LIKE '%FROM data.\"long\"%'{more}")]


def start(stack, path):
    """A request by somebody who asks and does not read: the worker, and the statement behind it, wait in the middle."""
    connection = connect(stack, "export")
    connection.sendall(get(stack.exports + path))
    wait_until(lambda: backends(stack, " AND wait_event = 'ClientWrite'"), why="no export waits for its reader")
    return connection


def is_whole(content):
    """The body of json, whose end tells."""
    try:
        return len(json.loads(content.partition(b"\r\n\r\n")[2])) == ROWS
    except ValueError:
        return False


@pytest.mark.parametrize("form", FORMS)
def test_a_worker_killed_in_the_middle(own, form):
    wait_ready(own)
    status, whole = fetch(own, own.exports + form)
    assert status == 200
    if "compressed" in form:
        assert gzip.decompress(whole).count(b"\r\n") == ROWS + 1
    else:
        assert len(whole) > 1_000_000
    died_before = own.die_after.died
    for number in range(POSITIONS):
        own.die_after.order(number * len(whole) // POSITIONS)
        got = fetch(own, own.exports + form)
        own.die_after.order(-1)
        assert got is None or got == (200, whole), f"{form}: {got[0]}, {len(got[1])} of {len(whole)} bytes"
    assert own.die_after.died - died_before >= POSITIONS * 0.8
    wait_ready(own)
    assert fetch(own, own.exports + form) == (200, whole)


def test_kill_9_by_hand(own):
    wait_ready(own)
    with start(own, "json") as connection:
        busy = workers(own, "export", state="busy")
        assert len(busy) == 1
        send_signal(busy[0])
        content, ended = answer(connection)
    assert content and not ended and not is_whole(content)
    wait_ready(own)
    wait_until(lambda: not backends(own), why="a backend goes on for a worker that is dead")


@pytest.mark.parametrize("end", ["pg_terminate_backend", "pg_cancel_backend"])
def test_a_backend_ended_in_the_middle(own, end):
    wait_ready(own)
    before = workers(own, "export")
    with start(own, "json") as connection:
        pid, = backends(own)
        own.sql(f"SELECT {end}({pid})")
        content, ended = answer(connection)
    assert content and not ended and not is_whole(content)
    assert workers(own, "export") == before, "no worker had to die for it"
    assert len(own.get(own.exports + "json").json()) == ROWS
    record = last_record(own, "explore.export", lambda record: record.get("broken"))
    assert record["error"] in ("UNAVAILABLE", "TIMEOUT") and record["status"] == 200


def last_record(stack, route, wanted):
    found = []
    def look():
        lines = stack.access_log.read_text(encoding="utf-8").splitlines()
        found[:] = [record for record in map(json.loads, lines) if record["route"] == route and wanted(record)]
        return found
    wait_until(look, why="no such access record")
    return found[-1]


def test_a_reader_that_goes_away_cancels_the_statement(own):
    wait_ready(own)
    before = workers(own, "export")
    connection = start(own, "geojson")
    connection.close()
    wait_until(lambda: not backends(own), why="the statement goes on for nobody")
    wait_ready(own)
    assert workers(own, "export") == before
    assert last_record(own, "explore.export", lambda record: record.get("broken"))["error"] == "ABORTED"
    assert len(own.get(own.exports + "json").json()) == ROWS


def leave_while_it_waits(stack, holder):
    """Asks through nginx for rows of the table that is locked, and leaves; what became of the request."""
    seen = len(stack.access_log.read_text(encoding="utf-8"))
    def outcomes():
        lines = stack.access_log.read_text(encoding="utf-8")[seen:].splitlines()
        return [found["error"] for found in map(json.loads, lines) if found["route"] == "explore.export"]
    reader = http.client.HTTPConnection("127.0.0.1", stack.port)
    reader.request("GET", stack.exports + "csv?limit=7")
    wait_until(lambda: holder.waiting() or outcomes())
    reader.close()
    wait_until(outcomes, why="no access record")
    return outcomes()[-1]


def test_a_reader_that_goes_away_before_the_first_row(own):
    """The worker waits one second for the lock; on a busy machine that may be over too soon to see it leave."""
    wait_ready(own)
    with Holder(own, 'data."long"') as holder:
        wait_until(lambda: leave_while_it_waits(own, holder) == "ABORTED", 120, "the worker waits for nobody")
        wait_until(lambda: not holder.waiting(), why="the statement goes on for nobody")
    assert own.get(own.exports + "csv?limit=7").status == 200


def test_one_commit_whatever_is_pushed_meanwhile(own):
    """All rows of an export have the value that they had when it began."""
    wait_ready(own)
    with start(own, "json") as connection:
        assert own.push("long", [{"id": i, "n": 1} for i in range(ROWS)]).status == 200
        content, ended = answer(connection)
    assert ended
    assert {row["n"] for row in json.loads(content.partition(b"\r\n\r\n")[2])} == {None}
    assert {row["n"] for row in own.get(own.exports + "json?select=n").json()} == {1}

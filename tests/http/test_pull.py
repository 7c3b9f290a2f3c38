"""Sources: what the server fetches by itself, from a publisher whose every whim is ours.

Most runs are asked for by `beffroi source run`, which makes the same run as the scheduler and comes back when it has ended.
"""

import contextlib
import gzip
import json
import os
import pathlib
import signal
import threading

import pytest

from harness.dataset import apply, manifest
from harness.faults import send_signal, wait_until
from harness.publisher import FIELDS, Publisher, run, shown, source, stations, write_credential


@pytest.fixture
def publisher():
    with Publisher() as running:
        yield running


def count(stack, name):
    return stack.get(f"/api/explore/v2.1/catalog/datasets/{name}/records?limit=0").json()["total_count"]


def records(stack, name, **parameters):
    return stack.get(f"/api/explore/v2.1/catalog/datasets/{name}/records", {"limit": 100, **parameters})


def source_header(stack, name):
    return stack.get(f"/api/explore/v2.1/catalog/datasets/{name}/records?limit=0").headers["Beffroi-Source"]


def pushed(stack, name):
    return stack.sql(f"SELECT commit, pushed FROM catalog.state WHERE dataset = '{name}'")[0]


# ---- the way of good data ----------------------------------------------------------------------
def test_the_scheduler_fetches_and_then_only_the_difference_is_written(stack, publisher, tmp_path):
    publisher.gives(stations(5))
    source(stack, tmp_path, publisher, "pull-simple")
    assert (shown(stack, "pull-simple")["state"], count(stack, "pull-simple")) == ("good", 5)
    changed = stations(5)
    changed[2]["velos"] = 99
    publisher.gives(changed[:4] + stations(1, start=10))
    status, said = run(stack, "pull-simple")
    assert status == 0 and "1 added, 1 changed, 1 removed; 5 records now" in said
    wait_until(lambda: records(stack, "pull-simple", where="velos=99").json()["total_count"] == 1)


@pytest.mark.parametrize("told, body", [
    ({"format": "csv"}, gzip.compress(b"id,nom\n1,Gare\n2,Port\n", mtime=0)),
    ({"format": "csv"}, b"id,nom,velos,geo\r\n1,Gare,3,\"50.6,3.0\"\r\n2,\"a\nb\",,\r\n"),
    ({"format": "csv", "delimiter": "|"}, b"\xef\xbb\xbfid|nom\n1|Gare\n2|Port\n"),
    ({"format": "ndjson"}, b'{"id": 1, "nom": "Gare"}\n\n{"id": 2, "velos": 4}'),
    ({"format": "json", "records": "/data/0/a~1b"}, {"data": [{"a/b": [{"id": 1}, {"id": 2}]}]}),
    ({"format": "json", "records": "/data/00"}, {"data": [{"a/b": [{"id": 1}, {"id": 2}]}]}),
    ({"format": "json", "records": "/data/a~1b"}, {"n": 2, "data": {"a/b": [{"id": 1}, {"id": 2, "nom": "\u00e9"}]}}),
    ({"format": "json"}, b'\xef\xbb\xbf [ {"id": 1} , {"id": 2} ] '),
])
def test_formats(stack, publisher, tmp_path, told, body):
    packed = isinstance(body, bytes) and body.startswith(b"\x1f\x8b")
    publisher.gives(body, **({"Content_Encoding": "gzip"} if packed else {}))
    name = f"pull-format-{abs(hash(str(told) + str(body))) % 10**9}"
    source(stack, tmp_path, publisher, name, source=told)
    if told.get("records") == "/data/00":
        assert shown(stack, name)["reason"] == "The body has no list at the pointer \"records\"."
    else:
        assert (shown(stack, name)["reason"], count(stack, name)) == (None, 2)


def test_geojson(stack, publisher, tmp_path):
    def feature(number, **changes):
        return {"type": "Feature", "id": number, "geometry": {"type": "Point", "coordinates": [3.0, 50.0 + number]},
                "properties": {"nom": f"x\n{number}", "velos": number}, **changes}

    features = [feature(1), feature(2, geometry=None), feature(3, properties=None)]
    publisher.gives(json.dumps({"features": features, "type": "FeatureCollection", "name": "x"}, indent=1).encode())
    source(stack, tmp_path, publisher, "pull-geojson", source={"format": "geojson", "feature_id": "id"})
    assert shown(stack, "pull-geojson")["reason"] is None
    rows = records(stack, "pull-geojson", order_by="id").json()["results"]
    assert [(row["id"], row["nom"], row["geo"] and row["geo"]["lat"]) for row in rows] == \
        [(1, "x\n1", 51.0), (2, "x\n2", None), (3, None, 53.0)]
    for body, why in {
        json.dumps(features): "The body is not JSON: an object is expected.",
        json.dumps({"type": "Feature", "features": features}): "The body is no FeatureCollection.",
        json.dumps({"type": "FeatureCollection", "features": [{"type": "x"}]}): "The element 1 of the list is no feature.",
        json.dumps({"type": "FeatureCollection", "features": features})[:-1]: "The body is not JSON: a comma or } is expected.",
    }.items():
        publisher.gives(body.encode())
        assert run(stack, "pull-geojson") == (1, f"pull-geojson: failed: {why}\n")


def test_an_unchanged_source_moves_the_age_of_the_feed_but_no_commit(stack, publisher, tmp_path):
    body = json.dumps(stations(3)).encode()

    def answer(request):
        known = request.headers["If-None-Match"] == '"v1"' and request.headers["If-Modified-Since"] == "Mon, 02 Nov 2026 10:00:00 GMT"
        request.send_response(304 if known else 200)
        request.send_header("ETag", '"v1"')
        request.send_header("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT")
        request.send_header("Content-Length", "0" if known else str(len(body)))
        request.end_headers()
        request.wfile.write(b"" if known else body)

    publisher.answer = answer
    source(stack, tmp_path, publisher, "pull-same")
    commit, before = pushed(stack, "pull-same")
    assert run(stack, "pull-same") == (0, "pull-same: unchanged\n")
    assert shown(stack, "pull-same")["status"] == 304
    again, now = pushed(stack, "pull-same")
    assert again == commit and now > before
    publisher.gives(body)  # without validators: the same to the byte, and none are known from here on
    assert run(stack, "pull-same") == (0, "pull-same: unchanged\n")
    run(stack, "pull-same")
    assert "If-None-Match" not in publisher.requests[-1][1]


def test_what_somebody_else_wrote_is_put_right(stack, publisher, tmp_path):
    publisher.gives(stations(3), ETag='"v1"')
    source(stack, tmp_path, publisher, "pull-shared")
    assert stack.push("pull-shared", stations(1, start=50)).status == 200
    status, said = run(stack, "pull-shared")
    assert status == 0 and "0 added, 0 changed, 1 removed; 3 records now" in said
    assert "If-None-Match" not in publisher.requests[-1][1]


def test_upsert_leaves_what_is_absent(stack, publisher, tmp_path):
    publisher.gives(stations(4))
    source(stack, tmp_path, publisher, "pull-upsert", source={"mode": "upsert"})
    publisher.gives(stations(1, start=9))
    assert "1 added, 0 changed, 0 removed; 5 records now" in run(stack, "pull-upsert")[1]
    publisher.gives([])
    assert run(stack, "pull-upsert")[0] == 0


# ---- what is held --------------------------------------------------------------------------------
def test_a_shrunken_source_is_held_until_somebody_accepts_it(stack, publisher, tmp_path):
    publisher.gives(stations(9))
    source(stack, tmp_path, publisher, "pull-shrunk")
    publisher.gives(stations(4))
    status, said = run(stack, "pull-shrunk")
    why = "The source gives 4 records, fewer than half of the 9 that there are."
    assert (status, said) == (1, f"pull-shrunk: held: {why}\n")
    now = shown(stack, "pull-shrunk")
    assert (now["state"], now["reason"], now["failures"]) == ("held", why, 0) and now["held_since"]
    assert count(stack, "pull-shrunk") == 9
    wait_until(lambda: source_header(stack, "pull-shrunk") == "held")
    status = stack.status()
    assert [one["state"] for one in status["sources"] if one["dataset"] == "pull-shrunk"] == ["held"]
    assert why in stack.beffroi("status", check=False).stdout
    held = stack.beffroi("source", "show", "pull-shrunk", "--held").stdout
    assert json.loads(held) == stations(4)
    status, said = run(stack, "pull-shrunk", "accept")
    assert status == 0 and "accepted" in said and "5 removed; 4 records now" in said
    wait_until(lambda: source_header(stack, "pull-shrunk") is None)
    assert run(stack, "pull-shrunk", "accept") == (1, "beffroi source: Nothing of pull-shrunk is held.\n")
    assert run(stack, "pull-shrunk") == (0, "pull-shrunk: unchanged\n")  # what was accepted is what is known


def test_half_is_enough_none_is_not_and_a_good_run_ends_the_hold(stack, publisher, tmp_path):
    publisher.gives(stations(8))
    source(stack, tmp_path, publisher, "pull-half")
    publisher.gives([])
    assert run(stack, "pull-half") == (1, "pull-half: held: The source gives no record at all.\n")
    publisher.gives(stations(4))
    assert "4 removed; 4 records now" in run(stack, "pull-half")[1]
    assert shown(stack, "pull-half")["held_since"] is None
    assert stack.sql("SELECT count(*) FROM catalog.source_held WHERE dataset = 'pull-half'") == [["0"]]


def test_an_empty_csv_is_held(stack, publisher, tmp_path):
    publisher.gives(b"id,nom\n1,a\n")
    source(stack, tmp_path, publisher, "pull-bare", source={"format": "csv"})
    publisher.gives(b"id,nom\n")
    assert run(stack, "pull-bare") == (1, "pull-bare: held: The source gives no record at all.\n")


def test_other_names_are_held(stack, publisher, tmp_path):
    publisher.gives(stations(3))
    source(stack, tmp_path, publisher, "pull-names", push={"ignore": ["extra", "maybe"]}, source={"optional": ["maybe"]})
    publisher.gives([{**row, "maybe": 1} for row in stations(3)])
    assert run(stack, "pull-names")[0] == 0
    other = [{"extra": 1, **{name: value for name, value in row.items() if name != "velos"}} for row in stations(3)]
    publisher.gives(other)
    why = 'The names of the fields have changed since the last good run. Missing: "velos". New: "extra".'
    assert run(stack, "pull-names") == (1, f"pull-names: held: {why}\n")
    assert run(stack, "pull-names", "accept")[0] == 0
    assert run(stack, "pull-names")[0] == 0  # these are its names now
    publisher.gives(stations(3))
    assert run(stack, "pull-names")[0] == 1


def test_records_that_the_dataset_refuses_are_held(stack, publisher, tmp_path):
    publisher.gives(stations(3))
    source(stack, tmp_path, publisher, "pull-wrong")
    rows = stations(3)
    rows[1]["velos"] = "<secret value>"
    publisher.gives(rows)
    status, said = run(stack, "pull-wrong")
    assert status == 1 and said.startswith("pull-wrong: held: 1 records are not valid; line 1, field velos:")
    assert "secret value" not in said
    assert run(stack, "pull-wrong", "accept")[0] == 1  # nobody can accept that
    assert count(stack, "pull-wrong") == 3


# ---- what fails ----------------------------------------------------------------------------------
def endless(request):
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"[" * 65536)


def slow(request):
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b"[")
    request.wfile.flush()
    request.connection.settimeout(60)
    request.rfile.read(1)  # until the other side goes


def short(request):
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b'[{"id": 1}]')


def cut_chunk(request):
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    request.wfile.write(b'b\r\n[{"id": 1}]\r\n')


def bomb(request):
    body = gzip.compress(b" " * 5_000_000)
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def bad_gzip(request):
    body = gzip.compress(b"[]")[:-9]
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def many_headers(request):
    request.send_response(200)
    for i in range(2000):
        request.send_header(f"X-{i}", "x" * 60)
    request.end_headers()


def hang_up(request):
    request.connection.shutdown(2)


def redirect(to, status=302):
    def answer(request):
        request.send_response(status)
        request.send_header("Location", to(request) if callable(to) else to)
        request.send_header("Content-Length", "0")
        request.end_headers()
    return answer


def body(content, status=200):
    def answer(request):
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)
    return answer


def encoded(name):
    def answer(request):
        request.send_response(200)
        request.send_header("Content-Encoding", name)
        request.send_header("Content-Length", "4")
        request.end_headers()
        request.wfile.write(b"xxxx")
    return answer


MUCH = "The body has more than 1000000 bytes."
FAILURES = {
    "endless": (endless, MUCH),
    "slow": (slow, "The answer did not come in time."),
    "short": (short, "The body did not come whole."),
    "cut-chunk": (cut_chunk, "The body did not come whole."),
    "bomb": (bomb, MUCH),
    "bad-gzip": (bad_gzip, None),
    "other-encoding": (encoded("br"), "The body came in an encoding that was not asked for."),
    "twice": (encoded("gzip, gzip"), "The body came in an encoding that was not asked for."),
    "headers": (many_headers, None),
    "hang-up": (hang_up, None),
    "404": (body(b"[]", 404), "The server answered 404."),
    "503": (body(b"[]", 503), "The server answered 503."),
    "206": (body(b"[]", 206), "The server answered 206."),
    "304": (body(b"", 304), "The server answered 304."),
    "loop": (redirect("/data"), "There were more than 3 redirections."),
    "no-location": (body(b"", 302), "The server answered 302 without an address."),
    "file": (redirect("file:///etc/passwd"), None),
    "ftp": (redirect("ftp://127.0.0.1/x"), None),
    "gopher": (redirect("gopher://127.0.0.1:1/x"), None),
    "user": (redirect("http://a:b@127.0.0.1:1/x"), "The address holds a name or a password: use a credential."),
    "private": (redirect("http://127.0.0.2:1/x"), "The address leads into a private network, which the setting pull_private does not allow."),
    "metadata": (redirect("http://169.254.169.254/latest"), "The address leads into a private network, which the setting pull_private does not allow."),
    "cut-json": (body(b'[{"id": 1}, {"id": 2'), None),
    "page": (body(b"<html>"), "The body is no list of records."),
    "object": (body(b'{"error": "x"}'), "The body is no list of records."),
    "numbers": (body(b"[1, 2]"), "The list holds something that is no object."),
    "nothing": (body(b""), "The body is no list of records."),
    "deep": (body(b"[" * 100000), None),
    "trailing": (body(b'[{"id": 1}] x'), None),
}


def test_a_failure_changes_nothing_and_names_no_address(stack, publisher, tmp_path):
    publisher.gives(stations(3))
    source(stack, tmp_path, publisher, "pull-fails", path="/data?key=hush",
           source={"max_bytes": 1000000, "timeout": "PT10S"})
    for name, (answer, why) in FAILURES.items():
        if name == "slow":
            continue  # below: it takes its second
        publisher.answer = answer
        status, said = run(stack, "pull-fails")
        assert status == 1 and said.startswith("pull-fails: failed: "), (name, said)
        assert why is None or said == f"pull-fails: failed: {why}\n", (name, said)
        assert "127.0.0" not in said and "hush" not in said, (name, said)
    now = shown(stack, "pull-fails")
    assert now["state"] == "failing" and now["failures"] == len(FAILURES) - 1
    assert count(stack, "pull-fails") == 3
    wait_until(lambda: source_header(stack, "pull-fails") == "failing")
    publisher.gives(stations(4))
    assert run(stack, "pull-fails")[0] == 0
    assert shown(stack, "pull-fails")["failures"] == 0
    wait_until(lambda: source_header(stack, "pull-fails") is None)
    assert "hush" not in stack.logs[0].read_text(encoding="utf-8")


def test_a_slow_body_ends_in_time(stack, publisher, tmp_path):
    publisher.answer = slow
    source(stack, tmp_path, publisher, "pull-slow", source={"timeout": "PT1S"})
    assert shown(stack, "pull-slow")["reason"] == "The answer did not come in time."


def test_three_redirections_are_followed(stack, publisher, tmp_path):
    publisher.gives_by_path({
        "/data": (301, {"Location": "/b"}, b""), "/b": (307, {"Location": "c?x=1"}, b""),
        "/c": (308, {"Location": publisher.url + "/d"}, b""), "/d": stations(2)})
    source(stack, tmp_path, publisher, "pull-moved")
    assert count(stack, "pull-moved") == 2


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "0.0.0.0", "[::ffff:127.0.0.2]", "0x7f.2", "2130706434", "10.0.0.1",
                                  "[fe80::1]", "[fd00::1]", "[64:ff9b::a00:1]", "100.64.0.1", "192.168.1.1"])
def test_private_addresses_are_refused_in_every_spelling(stack, tmp_path, host):
    told = {"url": f"http://{host}:9/x", "format": "json", "every": "P1D"}
    apply(stack, tmp_path, manifest("pull-private", fields=FIELDS, source=told))
    status, said = run(stack, "pull-private")
    assert status == 1 and "private network" in said


def test_nothing_is_fetched_through_a_proxy(stack, publisher, tmp_path):
    publisher.gives(stations(1))
    source(stack, tmp_path, publisher, "pull-proxy")
    environment = {"http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    done = stack.beffroi("source", "run", "pull-proxy", check=False,
                         env={**stack.environment, "BEFFROI_CONF": str(stack.run / "beffroi.conf"), **environment})
    assert (done.returncode, done.stdout) == (0, "pull-proxy: unchanged\n")


def test_http_and_the_settings(stack, publisher, tmp_path):
    publisher.gives(stations(1))
    source(stack, tmp_path, publisher, "pull-settings")

    def with_setting(**settings):
        env = {**stack.environment, "BEFFROI_CONF": str(stack.run / "beffroi.conf"), **settings}
        return stack.beffroi("source", "run", "pull-settings", check=False, env=env).stdout

    assert "HTTP without TLS" in with_setting(BEFFROI_PULL_HTTP="0")
    assert '"127.0.0.1/33" is no address and no network.' in with_setting(BEFFROI_PULL_PRIVATE="10.0.0.0/8 127.0.0.1/33")
    assert "unchanged" in with_setting(BEFFROI_PULL_PRIVATE="10.0.0.0/8   127.0.0.0/30")


# ---- credentials ---------------------------------------------------------------------------------
def test_a_credential_goes_to_its_origin_and_nowhere_else(stack, publisher, tmp_path):
    secret = write_credential(stack, "partner", "# of the partner\nAuthorization: Bearer s3cret\n\nX-Api-Key: k3y\n?token=t0ken\n")
    with Publisher() as elsewhere:
        elsewhere.gives(stations(2))
        publisher.gives(b"", 302, Location=elsewhere.url + "/away")
        apply(stack, tmp_path, manifest("pull-secret", fields=FIELDS, source={
            "url": publisher.url + "/data?a=1", "format": "json", "every": "P1D", "credential": "partner"}))
        assert run(stack, "pull-secret")[0] == 0
        path, headers = publisher.requests[-1]
        assert path == "/data?a=1&token=t0ken" and (headers["Authorization"], headers["X-Api-Key"]) == ("Bearer s3cret", "k3y")
        path, headers = elsewhere.requests[-1]
        assert path == "/away" and "Authorization" not in headers and "X-Api-Key" not in headers
    secret.chmod(0o640)
    status, said = run(stack, "pull-secret")
    assert status == 1 and "may be read by others" in said
    secret.chmod(0o600)
    secret.write_text("s3cret without a name\n", encoding="utf-8")
    status, said = run(stack, "pull-secret")
    assert status == 1 and "Line 1 of the credential" in said and "s3cret" not in said
    secret.unlink()
    assert "cannot be read" in run(stack, "pull-secret")[1]
    for log in stack.logs:
        text = log.read_text(encoding="utf-8")
        assert "s3cret" not in text and "t0ken" not in text and "k3y" not in text
    told = stack.beffroi("status", "--json", check=False).stdout
    assert "t0ken" not in told and "s3cret" not in told


# ---- processes -----------------------------------------------------------------------------------
def processes_named(stack, name):
    found = []
    for pid in stack.server_processes():
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                if file.read().strip() == name:
                    found.append(pid)
    return found


@contextlib.contextmanager
def caught_in_the_act(stack, publisher, tmp_path, name, runs=1):
    """A run of the scheduler whose publisher does not answer before the end of the block."""
    asked, go = threading.Event(), threading.Event()

    def answer(request):
        asked.set()
        go.wait(120)
        body_of = json.dumps(stations(2)).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body_of)))
        request.end_headers()
        request.wfile.write(body_of)

    publisher.answer = answer
    try:
        apply(stack, tmp_path, manifest(name, fields=FIELDS, source={"url": publisher.url + "/x", "format": "json", "every": "P1D"}))
        assert asked.wait(60)
        yield
    finally:
        go.set()


def test_who_reads_what_strangers_send_has_a_filter(stack, publisher, tmp_path):
    """As the kernel says it: a filter of system calls, no privileges by a program, and the account of the workers."""
    with caught_in_the_act(stack, publisher, tmp_path, "pull-confined"):
        [status] = [dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
                    for pid in processes_named(stack, "beffroi:fetch")]
        assert (int(status["Seccomp"]), int(status["NoNewPrivs"])) == (2, 1)
        assert os.geteuid() != 0 or "0" not in status["Uid"].split()
    wait_until(lambda: count(stack, "pull-confined") == 2)
    publisher.url = publisher.url.replace("127.0.0.1", "localhost")  # a name, which the C library looks up in a thread
    source(stack, tmp_path, publisher, "pull-by-name")
    assert (shown(stack, "pull-by-name")["reason"], count(stack, "pull-by-name")) == (None, 2)


def test_a_killed_run_is_a_failure_of_its_source_alone(stack, publisher, tmp_path):
    with caught_in_the_act(stack, publisher, tmp_path, "pull-killed"):
        assert shown(stack, "pull-killed")["running"]
        assert "somebody else runs this source" in run(stack, "pull-killed")[1]
        pullers = processes_named(stack, "beffroi:puller")
        for pid in processes_named(stack, "beffroi:fetch"):
            send_signal(pid)
        wait_until(lambda: shown(stack, "pull-killed")["state"] == "failing")
    assert shown(stack, "pull-killed")["reason"] == f"The process of the run was ended by the signal {int(signal.SIGKILL)}."
    assert processes_named(stack, "beffroi:puller") == pullers
    assert run(stack, "pull-killed")[0] == 0
    assert count(stack, "pull-killed") == 2


def test_a_killed_puller_takes_its_runs_along_and_is_replaced(stack, publisher, tmp_path):
    with caught_in_the_act(stack, publisher, tmp_path, "pull-orphan"):
        before = processes_named(stack, "beffroi:puller")
        for pid in before:
            send_signal(pid)
        wait_until(lambda: not processes_named(stack, "beffroi:fetch"), why="the run outlived the scheduler")
        wait_until(lambda: processes_named(stack, "beffroi:puller") not in ([], before), why="no new scheduler")
    wait_until(lambda: "somebody else runs" not in run(stack, "pull-orphan")[1])
    wait_until(lambda: count(stack, "pull-orphan") == 2)
    results = stack.sql("SELECT result FROM catalog.ingestion WHERE dataset = 'pull-orphan' ORDER BY run")
    assert results[:2] == [["interrupted"], ["changed"]]


# ---- what everybody can read ---------------------------------------------------------------------
def test_every_run_is_a_record_of_the_dataset_ingestions(stack, publisher, tmp_path):
    publisher.gives(stations(4))
    source(stack, tmp_path, publisher, "pull-told", path="/data?key=hush")
    publisher.gives(b"", 500)
    run(stack, "pull-told")
    publisher.gives(stations(1))
    run(stack, "pull-told")

    def rows():
        return records(stack, "ingestions", where='jeu_de_donnees="pull-told"', order_by="passage").json()["results"]

    wait_until(lambda: len(rows()) == 3)
    told = rows()
    assert [(row["resultat"], row["statut"]) for row in told] == [("modifie", 200), ("echec", 500), ("retenu", 200)]
    assert (told[0]["lignes"], told[0]["ajoutees"], told[0]["motif"]) == (4, 4, None)
    assert (told[1]["motif"], told[1]["ajoutees"]) == ("The server answered 500.", None)
    assert told[0]["duree"] >= 0 and told[0]["octets"] > 100
    assert "hush" not in json.dumps(told)


def test_runs_of_what_not_everybody_sees_are_not_told(stack, publisher, tmp_path):
    publisher.gives(stations(1))
    source(stack, tmp_path, publisher, "pull-hidden", requires="read:crews")
    source(stack, tmp_path, publisher, "pull-seen")
    wait_until(lambda: stack.sql("SELECT count(*) FROM catalog.ingestion WHERE NOT published") == [["0"]])
    wait_until(lambda: records(stack, "ingestions", where='jeu_de_donnees="pull-seen"').json()["total_count"] == 1)
    assert records(stack, "ingestions", where='jeu_de_donnees="pull-hidden"').json()["total_count"] == 0


def test_a_source_that_the_manifest_no_longer_names_rests(stack, publisher, tmp_path):
    publisher.gives(stations(1))
    source(stack, tmp_path, publisher, "pull-ended")
    publisher.gives(b"", 500)
    run(stack, "pull-ended")
    wait_until(lambda: source_header(stack, "pull-ended") == "failing")
    apply(stack, tmp_path, manifest("pull-ended", fields=FIELDS))
    wait_until(lambda: shown(stack, "pull-ended") == {})
    wait_until(lambda: source_header(stack, "pull-ended") is None)
    assert "names no source" in run(stack, "pull-ended")[1]

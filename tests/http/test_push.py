"""Pushing: every shape a publisher may send, every way it may be wrong, and nothing half written."""

import csv
import gzip
import http.client
import io
import json
import socket
import threading
import time

import pytest

from harness import dataset
from harness.stack import Stack

V1 = "/api/push/v1/datasets/essai/records"
VENDOR = "/api/push/1.0/essai/realtime"
COLUMNS = "id,nom,n,x,ouvert,jour,vu,geo,libre"


@pytest.fixture(scope="module")
def place(stack, tmp_path_factory):
    content = dataset.manifest("essai", aliases={"fields": {"name": "nom"}}, push={"ignore": ["double_n", "extra"]})
    return dataset.apply(stack, tmp_path_factory.mktemp("push"), content)


@pytest.fixture(autouse=True)
def empty(stack, place):
    answer = stack.request("POST", V1 + "?mode=snapshot&allow_empty=true", body="[]", headers=auth(stack))
    assert answer.status == 200, answer


def auth(stack, **more):
    return {"Authorization": f"Bearer {stack.key('push:essai')}", **more}


def post(stack, body, query="", content_type="application/json", path=V1, timeout=120, **headers):
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    sent = auth(stack, **{name.replace("_", "-"): value for name, value in headers.items()})
    if content_type:
        sent["Content-Type"] = content_type
    return stack.request("POST", path + query, body=body.encode() if isinstance(body, str) else body, headers=sent, timeout=timeout)


def counts(answer):
    assert answer.status == 200, answer
    body = answer.json()
    return body["added"], body["changed"], body["removed"], body["unchanged"]


def rows(stack, place):
    return stack.get(place + "/exports/json").json()


def refused(answer, status, slug, *words):
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status and problem["type"].endswith("/problems/" + slug)
    for word in words:
        assert word in answer.text, answer
    return problem


# ---- shapes -----------------------------------------------------------------------------------------

CELLS = [
    COLUMNS.split(","),
    ["1", "Arrêt Gare", "3", "0.1", "true", "2026-09-30", "2026-09-30T08:15:00+02:00", "50.6365, 3.0704", '{"a": [1, 2]}'],
    ["2", "Bois, \"d'Arcy\"", "10", "2.5", "false", "2026-10-01", "2026-09-30T22:30:00Z", "POINT (3.057 50.6292)", ""],
    ["3", "Château", "", "", "", "", "", "", ""],
]


def table(delimiter=",", end="\n"):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(CELLS)
    return text.getvalue()


RECORDS = [
    {"id": 1, "nom": "Arrêt Gare", "n": 3, "x": 0.1, "ouvert": True, "jour": "2026-09-30",
     "vu": "2026-09-30T08:15:00+02:00", "geo": {"lon": 3.0704, "lat": 50.6365}, "libre": "{\"a\": [1, 2]}"},
    {"id": 2, "nom": "Bois, \"d'Arcy\"", "n": 10, "x": 2.5, "ouvert": False, "jour": "2026-10-01",
     "vu": "2026-09-30T22:30:00Z", "geo": [50.6292, 3.057]},
    {"id": 3, "name": "Château", "n": None, "double_n": 4, "extra": [{}]},
]

SHAPES = {
    "array": (json.dumps(RECORDS), "application/json"),
    "pretty": (json.dumps(RECORDS, indent=2, ensure_ascii=False), "application/json; charset=UTF-8"),
    "untyped": (json.dumps(RECORDS), None),
    "curl -d": (json.dumps(RECORDS), "application/x-www-form-urlencoded"),
    "lines": ("\n".join(json.dumps(record) for record in RECORDS), "application/x-ndjson"),
    "lines, other name": ("\r\n".join(json.dumps(record) for record in RECORDS) + "\r\n", "application/jsonl"),
    "csv": (table(), "text/csv"),
    "csv, crlf, mark": ("\ufeff" + table(end="\r\n"), "text/csv; charset=utf-8"),
    "csv, semicolons": (table(";"), "text/csv"),
    "csv, tabs": (table("\t"), "text/csv"),
    "envelopes": (json.dumps([{"datasetid": "essai", "recordid": "r", "fields": record, "record_timestamp": "t"}
                              for record in RECORDS]), "application/json"),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("packed", [False, True])
def test_every_shape_gives_the_same_rows(stack, place, shape, packed):
    body, content_type = SHAPES[shape]
    body = body.encode()
    more = {"Content_Encoding": "gzip"} if packed else {}
    answer = post(stack, gzip.compress(body) if packed else body, content_type=content_type, **more)
    assert counts(answer) == (3, 0, 0, 0)
    got = rows(stack, place)
    assert [row["nom"] for row in got] == ["Arrêt Gare", "Bois, \"d'Arcy\"", "Château"]
    assert got[0]["geo"] == {"lon": 3.0704, "lat": 50.6365} and got[1]["geo"] == {"lon": 3.057, "lat": 50.6292}
    assert got[0]["vu"] == "2026-09-30T06:15:00+00:00" and got[1]["vu"] == "2026-09-30T22:30:00+00:00"
    assert got[1]["x"] == 2.5 and got[2]["x"] is None and got[0]["double_n"] == 6
    # The same again, in the shape most unlike it, changes nothing.
    assert counts(post(stack, RECORDS, "?mode=snapshot")) == (0, 0, 0, 3)


def test_answer_and_headers(stack, place):
    answer = post(stack, [{"id": 1, "n": 1}, {"id": 2, "n": 2}])
    body = answer.json()
    assert list(body) == ["dataset", "commit", "instant", "pushed", "added", "changed", "removed", "unchanged", "records"]
    assert body["dataset"] == "essai" and body["records"] == 2
    assert answer.headers["Beffroi-Commit"] == str(body["commit"])
    assert answer.headers["Beffroi-Commit-Time"] == body["instant"]
    assert answer.headers["Cache-Control"] == "no-store"
    again = post(stack, [{"id": 2, "n": 2}]).json()
    assert again["commit"] == body["commit"] and again["instant"] == body["instant"] and again["pushed"] > body["pushed"]
    assert (again["unchanged"], again["records"]) == (1, 2)


def test_modes(stack, place):
    assert counts(post(stack, [{"id": i, "n": i} for i in range(5)])) == (5, 0, 0, 0)
    assert counts(post(stack, [{"id": 1, "n": 10}, {"id": 9}], "?mode=upsert")) == (1, 1, 0, 0)
    assert counts(post(stack, [{"id": 1, "n": 10}, {"id": 2, "n": 20}], "?mode=snapshot")) == (0, 1, 4, 1)
    assert counts(post(stack, [{"id": 1}, {"id": 77, "unheard": "of"}], path=V1 + "/delete")) == (0, 0, 1, 1)
    assert [(row["id"], row["n"]) for row in rows(stack, place)] == [(2, 20)]


def test_an_empty_snapshot_needs_a_word(stack, place):
    post(stack, [{"id": 1}])
    for body, kind in (("[]", "application/json"), ("", "application/x-ndjson"), ("id,n\n", "text/csv")):
        refused(post(stack, body, "?mode=snapshot", content_type=kind), 400, "parameter", "allow_empty")
    assert len(rows(stack, place)) == 1
    assert counts(post(stack, "[]")) == (0, 0, 0, 0)  # an empty upsert is nothing
    assert counts(post(stack, "[]", "?mode=snapshot&allow_empty=true")) == (0, 0, 1, 0)


def test_a_reader_sees_what_was_acknowledged(stack, place):
    for n in range(30):
        path = place + "/records?where=id%3D1"
        before = stack.get(path)
        commit = post(stack, [{"id": 1, "n": n}]).json()["commit"]
        after = stack.get(path, headers={"If-None-Match": before.headers["ETag"]})
        assert after.status == 200 and after.json()["results"][0]["n"] == n
        assert int(after.headers["Beffroi-Commit"]) == commit


def test_delimiter_parameter(stack, place):
    assert counts(post(stack, "id|n\n1|2\n", "?delimiter=%7C", content_type="text/csv")) == (1, 0, 0, 0)
    assert counts(post(stack, "id\tn\n1\t3\n", "?delimiter=tab", content_type="text/csv")) == (0, 1, 0, 0)
    refused(post(stack, "id,n\n1,2\n", "?delimiter=id", content_type="text/csv"), 400, "parameter", "delimiter")


# ---- the vendor's API -----------------------------------------------------------------------------------


def vendor(stack, path, body, method="POST", key=None, headers=None):
    key = key or stack.key("push:essai")
    return stack.request(method, f"{VENDOR}{path}/?pushkey={key}", body=body and body.encode(), headers=headers or {})


def test_vendor_push_and_delete(stack, place):
    answer = vendor(stack, "/push", '{"id": 1, "nom": "¡Hola!"}')
    assert answer.status == 200 and answer.json()["status"] == "OK" and answer.json()["added"] == 1
    answer = vendor(stack, "/push", '[{"id": 1, "nom": "Hallo"}, {"id": 2}]',
                    headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.json()["changed"] == 1 and answer.json()["added"] == 1
    answer = vendor(stack, "/delete", '{"id": 2, "nom": "whatever"}')
    assert answer.json()["status"] == "OK" and answer.json()["removed"] == 1
    [[identifier]] = stack.sql("SELECT encode(_id, 'hex') FROM data.essai")
    assert vendor(stack, f"/{identifier}/delete", None, method="GET").json()["removed"] == 1
    assert vendor(stack, f"/{identifier}/delete", None, method="GET").json()["removed"] == 0
    assert rows(stack, place) == []


def test_vendor_errors(stack, place):
    answer = vendor(stack, "/push", '[{"id": 1}, {"id": "x"}]')
    assert answer.status == 422 and answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert body["status"] == "error" and "1 of 2 records" in body["message"]
    assert body["errors"] == [{"record": 2, "line": 1, "field": "id", "value": "x", "reason": "a whole number is expected"}]
    for answer, status in (
        (vendor(stack, "/push", "{", key="no.such.key"), 401),
        (vendor(stack, "/push", "{"), 400),
        (vendor(stack, "/push", "[{}]", key=stack.key("push:other")), 403),
        (vendor(stack, "/nothing/delete", None, method="GET"), 404),
        (vendor(stack, "/push", None, method="GET"), 405),
    ):
        assert answer.status == status and answer.json()["status"] == "error" and answer.json()["message"], answer


# ---- what is refused ------------------------------------------------------------------------------------


def test_one_bad_record_refuses_the_batch(stack, place):
    records = [{"id": i, "n": i} for i in range(302)]
    records[16]["n"] = "abc"
    records[20] = {"id": 3}
    records[100]["vu"] = "2026-09-30T08:15:00"
    problem = refused(post(stack, "[" + ",\n".join(map(json.dumps, records)) + "]"), 422, "invalid-records")
    assert problem["detail"] == "3 of 302 records are not valid, nothing was written."
    assert problem["errors"][0] == {"record": 17, "line": 17, "field": "n", "value": "abc",
                                    "reason": "a whole number is expected"}
    assert problem["errors"][1]["reason"] == "the same key as in record 4"
    assert "offset" in problem["errors"][2]["reason"]
    assert rows(stack, place) == []
    many = [{"id": i, "n": "x" * 1000} for i in range(1000)]
    problem = refused(post(stack, many), 422, "invalid-records", "1000 of 1000")
    assert len(problem["errors"]) == 20 and len(problem["errors"][0]["value"]) == 101


@pytest.mark.parametrize("record, field, reason", [
    ({"id": 1, "nam": "x"}, "nam", "did you mean \"nom\"?"),
    ({"id": None}, "id", "part of the key"),
    ({"n": 1}, "id", "part of the key"),
    ({"id": 1, "geo": {"lon": 3, "lat": 95}}, "geo", "latitude"),
    ({"id": 1, "forme": {"type": "Polygon", "coordinates": [[[3, 50], [4, 51]]]}}, "forme", ""),
    ({"id": 1, "nom": 5}, "nom", "a text is expected"),
    ({"id": 1, "nom": "x", "name": "y"}, "name", "given twice"),
    ({"id": 1, "_commit": 5}, "_commit", "no such field"),
    ([1], None, "an object is expected"),
])
def test_reasons(stack, place, record, field, reason):
    [error] = refused(post(stack, [record]), 422, "invalid-records")["errors"]
    assert error.get("field") == field and reason in error["reason"]


def test_bodies_that_cannot_be_read(stack, place):
    for body, kind in (("", None), ("{", None), ("[{}", None), ('[{"id":1}] x', None), ("hello", None), ("", "text/csv"),
                       ('id\n"1\n', "text/csv"), ('{"id":1}{"id":2}', "application/json")):
        refused(post(stack, body, content_type=kind), 400, "body", "body")
    refused(post(stack, "id,oops\n1,2\n", content_type="text/csv"), 422, "invalid-records", "oops")
    refused(post(stack, b"not gzip", Content_Encoding="gzip"), 400, "body", "gzip")
    refused(post(stack, gzip.compress(b'[{"id":1}]')[:-9], Content_Encoding="gzip"), 400, "body", "gzip")
    refused(post(stack, gzip.compress(b'[{"id":1}]') + b"x", Content_Encoding="gzip"), 400, "body", "gzip")
    assert rows(stack, place) == []


def test_media_types(stack, place):
    for kind in ("application/xml", "text/plain", "multipart/form-data", "application/json; charset=iso-8859-1"):
        refused(post(stack, "[]", content_type=kind), 415, "media-type")
    answer = post(stack, "[]", Content_Encoding="br")
    refused(answer, 415, "media-type", "gzip")


def test_parameters(stack, place):
    refused(post(stack, "[]", "?mode=replace"), 400, "parameter", "upsert or snapshot")
    refused(post(stack, "[]", "?mod=snapshot"), 400, "parameter", "did you mean \\\"mode\\\"")
    refused(post(stack, "[]", "?mode=snapshot", path=V1 + "/delete"), 400, "parameter", "mode")
    refused(post(stack, "[]", "?allow_empty=yes"), 400, "parameter", "allow_empty")


@pytest.mark.expects_log_errors("client intended to send too large body")
def test_limits(stack, place):
    big = {"id": 1, "libre": "x" * (1 << 20)}
    refused(post(stack, [big]), 413, "too-large", "Record 1")
    bomb = gzip.compress(b"[" + b" " * (80 << 20) + b"]")
    refused(post(stack, bomb, Content_Encoding="gzip"), 413, "too-large", "after gunzip")
    answer = stack.request("POST", V1, body=b"", headers=auth(stack, **{"Content-Length": str(65 << 20)}))
    assert answer.status == 413
    assert rows(stack, place) == []


def test_keys(stack, place):
    def push(headers, query=""):
        return stack.request("POST", V1 + query, body="[]", headers=headers)

    good = stack.key("push:essai")
    refused(push({}), 401, "unauthorized", "push:essai")
    refused(push({"Authorization": "Bearer x.y.z"}), 401, "unauthorized")
    refused(push({"Authorization": f"Bearer {good}x"}), 401, "unauthorized")
    refused(push({"Authorization": f"Bearer {stack.key('push:vlille-realtime')}"}), 403, "forbidden", "push:essai")
    for query, headers in ((f"?pushkey={good}", {}), (f"?apikey={good}", {}), ("", {"Authorization": f"Apikey {good}"}),
                           ("", {"Authorization": f"Bearer {stack.key('push:*')}"})):
        assert push(headers, query).status == 200
    refused(push({"Authorization": f"Bearer {good}"}, f"?pushkey={stack.key('push:*')}"), 400, "request", "two different keys")
    listed = stack.beffroi("key", "list").stdout
    assert "push:essai" in listed and good not in listed
    for log in [*stack.logs, stack.access_log, stack.nginx_access_log]:
        assert good not in log.read_text(errors="replace"), log


def test_key_command(stack):
    for words in (["issue"], ["issue", "--sub", "a"], ["issue", "--sub", "a", "--scope", "push:a", "--days", "0"],
                  ["issue", "--sub", "a", "--scope", "push:a", "--days", "401"], ["list", "x"], [],
                  ["issue", "--sub", "a", "--scope", "push:a", "x"]):
        assert stack.beffroi("key", *words, check=False).returncode == 2
    assert stack.beffroi("key", "issue", "--sub", "a", "--scope", "write:a", check=False).returncode == 1
    folder = stack.run / "keys"
    [secret] = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700 and secret.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in "".join(map(str, stack.sql("SELECT * FROM catalog.signing_key")))


# ---- idempotency ------------------------------------------------------------------------------------------


def test_a_retry_is_answered_from_its_receipt(stack, place):
    first = post(stack, [{"id": 1, "n": 1}], Idempotency_Key="retry-1")
    assert counts(first) == (1, 0, 0, 0) and "Idempotency-Replayed" not in first.headers
    post(stack, [{"id": 1, "n": 2}])
    again = post(stack, [{"id": 1, "n": 1}], Idempotency_Key="\"retry-1\"")  # the draft writes it in quotes
    assert again.body == first.body and again.headers["Idempotency-Replayed"] == "true"
    assert rows(stack, place)[0]["n"] == 2
    refused(post(stack, [{"id": 1, "n": 3}], Idempotency_Key="retry-1"), 422, "idempotency-key-reused")
    refused(post(stack, [{"id": 1, "n": 1}], "?mode=snapshot", Idempotency_Key="retry-1"), 422, "idempotency-key-reused")
    refused(post(stack, [{"id": "x"}], Idempotency_Key="retry-2"), 422, "invalid-records")
    assert counts(post(stack, [{"id": 5}], Idempotency_Key="retry-2")) == (1, 0, 0, 0)  # nothing was kept of the refusal
    for bad in ("x" * 256, "\"\"", "caf\xe9"):
        refused(post(stack, "[]", Idempotency_Key=bad), 400, "request", "Idempotency-Key")


def test_two_at_once_count_once(stack, place):
    answers = []
    body = [{"id": i, "n": i} for i in range(500)]
    threads = [threading.Thread(target=lambda: answers.append(post(stack, body, Idempotency_Key="race"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.body for answer in answers} == {answers[0].body} and answers[0].status == 200
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 7


# ---- nothing half written -------------------------------------------------------------------------------------


def head(stack, length=None):
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (f"POST {V1} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {stack.key('push:essai')}\r\n"
            f"Content-Type: application/x-ndjson\r\n{size}\r\n\r\n").encode()


def test_a_push_that_breaks_off_is_not_there(stack, place):
    body = b"".join(b'{"id": %d, "n": 1}\n' % i for i in range(40))
    cuts = range(0, len(body), 7)
    stack.settle_after(post(stack, "[]").headers["X-Request-Id"])
    before = stack.nginx_access_log.read_text().count('"method":"POST"')
    for cut in cuts:
        with socket.create_connection(("127.0.0.1", stack.port)) as connection:
            connection.sendall(head(stack, len(body)) + body[:cut])
        with socket.create_connection(("127.0.0.1", stack.port)) as connection:
            connection.sendall(head(stack) + b"%x\r\n%s\r\n" % (len(body[:cut]), body[:cut]) if cut else head(stack))
    until = time.monotonic() + 60
    while stack.nginx_access_log.read_text().count('"method":"POST"') < before + 2 * len(cuts):
        assert time.monotonic() < until, "nginx has not seen all of them end"
        time.sleep(0.1)
    stack.settle()
    assert rows(stack, place) == []
    assert stack.sql("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'") == [["0"]]
    assert counts(post(stack, body, content_type="application/x-ndjson")) == (40, 0, 0, 0)


def test_chunked_and_slow(stack, place):
    body = b"".join(b'{"id": %d, "n": 1}\n' % i for i in range(5000))
    with socket.create_connection(("127.0.0.1", stack.port)) as connection:
        connection.sendall(head(stack))
        for at in range(0, len(body), 10000):
            part = body[at : at + 10000]
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            time.sleep(0.02)
        connection.sendall(b"0\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 200 and json.loads(answer.read())["added"] == 5000


def test_plans_that_were_made_for_an_empty_table(tmp_path):
    """PostgreSQL keeps the plan of a statement that was often sent. The one for an empty table compares each of these
    rows with each, which takes a hundred times as long as it took to write them."""
    with Stack(push_workers=1) as own:
        dataset.apply(own, tmp_path, dataset.manifest("essai"))

        def empty_and_fill():
            for n in range(12):
                post(own, "[]", "?mode=snapshot&allow_empty=true")
                assert counts(post(own, [{"id": i, "nom": f"a{i}", "n": n} for i in range(40)])) == (40, 0, 0, 0)
            post(own, "[]", "?mode=snapshot&allow_empty=true")

        empty_and_fill()
        own.sql("VACUUM ANALYZE data.essai; VACUUM ANALYZE past.essai")
        empty_and_fill()
        body = b"".join(b'{"id": %d, "n": 1}\n' % i for i in range(8000))
        began = time.monotonic()
        assert counts(post(own, body, content_type="application/x-ndjson")) == (8000, 0, 0, 0)
        pushed, began = time.monotonic() - began, time.monotonic()
        assert counts(post(own, "[]", "?mode=snapshot&allow_empty=true", timeout=600)) == (0, 0, 8000, 0)
        assert time.monotonic() - began < 5 + 15 * pushed


def test_large_snapshots_keep_memory_flat(stack, place):
    def workers():
        return {int(line.split()[0]): int(line.split()[5]) for line in stack.beffroi("status").stdout.splitlines()
                if line[:1].isdigit() and " push " in line}

    body = gzip.compress(b"".join(b'{"id": %d, "nom": "nom %d", "n": %d, "x": 0.5}\n' % (i, i, i) for i in range(200000)), 1)
    answer = post(stack, body, "?mode=snapshot", content_type="application/x-ndjson", Content_Encoding="gzip", timeout=600)
    assert counts(answer) == (200000, 0, 0, 0)
    assert counts(post(stack, body, "?mode=snapshot", content_type="application/x-ndjson", Content_Encoding="gzip",
                       timeout=600)) == (0, 0, 0, 200000)
    assert max(workers().values()) < 48
    assert counts(post(stack, [{"id": 1, "nom": "nom 1", "n": 1, "x": 0.5}], "?mode=snapshot", timeout=600)) == (0, 0, 199999, 1)


# ---- beffroi load ---------------------------------------------------------------------------------------------


def test_load(stack, place, tmp_path):
    (tmp_path / "a.csv").write_text(table())
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps(RECORDS).encode()))
    assert "3 added" in stack.beffroi("load", "essai", tmp_path / "a.csv").stdout
    assert "3 unchanged" in stack.beffroi("load", "essai", tmp_path / "a.json.gz", "--mode", "snapshot").stdout
    done = stack.beffroi("load", "essai", "-", "--format", "ndjson", input='{"id": 9}\n')
    assert "1 added" in done.stdout and "4 records now" in done.stdout
    done = stack.beffroi("load", "essai", "-", "--mode", "snapshot", input="[]", check=False)
    assert done.returncode == 1 and "allow_empty" in done.stderr
    done = stack.beffroi("load", "essai", "-", input='[{"id": 1},\n{"id": "x"}]', check=False)
    assert done.returncode == 1 and "-:2: id: a whole number is expected" in done.stderr
    assert stack.beffroi("load", "nothing", "-", input="[]", check=False).returncode == 1
    assert stack.beffroi("load", "essai", check=False).returncode == 2
    assert stack.beffroi("load", "essai", tmp_path / "none", check=False).returncode == 1
    assert len(rows(stack, place)) == 4


# ---- several values of a field -------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def lists(stack, tmp_path_factory):
    fields = [{"name": "id", "type": "int"}, {"name": "mots", "type": "text", "facet": True, "multivalued": ","},
              {"name": "lieux", "type": "text", "facet": True, "multivalued": "--", "hierarchical": " > "}]
    content = dataset.manifest("listes-push", fields=fields, aliases={"fields": {"words": "mots"}})
    del content["geometry"]
    dataset.apply(stack, tmp_path_factory.mktemp("lists"), content)
    return stack


def test_a_list_of_texts_comes_out_as_it_went_in(lists):
    rows = [{"id": 1, "mots": ["eau", "l'air \"frais\"", "été\n"], "lieux": ["Nord > Lille"]},
            {"id": 2, "mots": "eau,air"}, {"id": 3, "mots": []}, {"id": 4, "mots": ["", "eau", ""]}, {"id": 5, "words": ["\u00e9"]},
            {"id": 6, "mots": ["a" * 2000], "lieux": [" x", "-b", "c"]}, {"id": 7, "mots": None}]
    assert lists.push("listes-push", rows, mode="snapshot").status == 200
    path = "/api/explore/v2.1/catalog/datasets/listes-push"
    shown = {row["id"]: (row["mots"], row["lieux"]) for row in lists.get(f"{path}/records").json()["results"]}
    assert shown == {1: (["eau", "l'air \"frais\"", "été\n"], ["Nord > Lille"]), 2: (["eau", "air"], None), 3: (None, None),
                     4: (["eau"], None), 5: (["é"], None), 6: (["a" * 2000], [" x", "-b", "c"]), 7: (None, None)}
    assert lists.get(f"{path}/exports/json").json() == lists.get(f"{path}/records").json()["results"]
    facets = lists.get(f"{path}/facets?facet=mots").json()["facets"][0]["facets"]
    assert [(value["value"], value["count"]) for value in facets][:1] == [("eau", 3)] and len(facets) == 6
    assert lists.get(f"{path}/records", {"refine": "mots:eau", "limit": 0}).json()["total_count"] == 3
    assert lists.get(f"{path}/records", {"refine": "lieux:Nord", "limit": 0}).json()["total_count"] == 1
    assert lists.get(f"{path}/records", {"where": '"air" in mots', "select": "id"}).json()["results"] == [{"id": 2}]
    csv = lists.get(f"{path}/exports/csv", {"select": "id, mots", "where": "id in (2, 4)", "list_separator": "|"}).text
    assert csv.removeprefix("\ufeff").splitlines() == ["id;mots", "2;eau|air", "4;eau"]
    again = lists.push("listes-push", rows, mode="snapshot").json()
    assert again["changed"] == again["added"] == 0  # the same lists are the same rows


@pytest.mark.parametrize("field, value, path, reason", [
    ("mots", ["a", 1], "mots/1", "a text is expected"),
    ("words", ["a", None], "words/1", "a text is expected"),
    ("mots", [["a"]], "mots/0", "a text is expected"),
    ("mots", ["a", "b", {"c": 1}], "mots/2", "a text is expected"),
    ("mots", ["a,b"], "mots/0", "a text without the separator of the field's values is expected"),
    ("lieux", ["a-", "b"], "lieux/0", "a text without the separator of the field's values is expected"),
    ("mots", {"a": 1}, "mots", "a text is expected"),
    ("mots", 1, "mots", "a text is expected"),
    ("mots", ["x" * 2601], "mots", "a text of at most 2,600 bytes is expected in a facet or sortable field"),
])
def test_a_list_that_would_not_come_out_is_refused(lists, field, value, path, reason):
    answer = lists.push("listes-push", [{"id": 1, field: value}], mode="upsert")
    assert answer.status == 422, answer
    fault, = answer.json()["errors"]
    assert (fault["field"], fault["reason"]) == (path, reason)


@pytest.mark.parametrize("text, element", [('["a",]', 1), ('["a" "b"]', 1), ('["\\ud800"]', 0), ('["a\\u0000"]', 0), ('[tru]', 0)])
def test_a_list_that_is_no_json_is_refused(lists, text, element):
    answer = lists.push("listes-push", f'[{{"id": 1, "mots": {text}}}]', mode="upsert")
    assert answer.status == 422, answer
    fault, = answer.json()["errors"]
    assert (fault["field"], fault["value"]) == (f"mots/{element}", text)


def test_a_list_for_a_field_of_one_value_is_refused(lists):
    answer = lists.push("listes-push", [{"id": ["1"]}], mode="upsert")
    assert answer.status == 422 and answer.json()["errors"][0]["field"] == "id"

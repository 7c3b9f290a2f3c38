"""nginx in front of the workers: its own answers, and what must not pass it or reach its logs."""

import json
import os
import re
import signal
import socket
import threading
import time

import pytest

from harness.stack import Stack

EXPLORE = "/api/explore/v2.1/catalog/datasets"


def signal_server(stack, number):
    processes = stack.server_processes()
    assert processes
    for pid in processes:
        os.kill(pid, number)


@pytest.fixture(scope="module")
def headless():
    """A stack whose workers are dead; nobody starts them again."""
    with Stack() as stack:
        signal_server(stack, signal.SIGKILL)
        yield stack


# ---- no worker -----------------------------------------------------------------------------------


def test_without_workers_an_explore_address_says_503_in_its_own_shape(headless):
    answer = headless.get(EXPLORE)
    assert answer.status == 503 and answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/json" and answer.headers["Content-Language"] == "en"
    assert answer.text.startswith('{\n  "error_code": "ServiceUnavailable",\n  "message": ')
    assert set(answer.json()) == {"error_code", "message"}


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/push/v1/datasets/x/records", "/some.html"])
def test_without_workers_the_rest_says_503_as_a_problem(headless, path):
    answer = headless.request("POST" if "push" in path else "GET", path)
    assert answer.status == 503 and answer.headers["Retry-After"] == "1"
    assert answer.headers["Content-Type"] == "application/problem+json" and answer.headers["Content-Language"] == "en"
    assert answer.json()["status"] == 503 and answer.json()["title"] == "Service Unavailable"


def test_a_push_that_was_not_acknowledged_says_how_to_repeat_it(headless):
    assert "Idempotency-Key" in headless.request("POST", "/api/push/v1/datasets/x/records", body=b"[]").json()["detail"]


def test_own_answers_carry_the_cors_headers_of_the_workers_and_the_request_id(stack, headless):
    def cors(headers):
        return {name.lower(): value for name, value in headers.items() if name.lower().startswith("access-control-")}

    theirs = cors(stack.get(EXPLORE).headers)
    assert len(theirs) == 5
    for path in (EXPLORE, "/"):
        headers = headless.get(path).headers
        assert cors(headers) == theirs
        assert len(headers["X-Request-Id"]) == 32


def test_a_failure_is_in_the_error_log_with_its_reason(headless):
    headless.get("/api/some/path?where=x")
    headless.settle()
    lines = [json.loads(line) for line in (headless.log_folder / "nginx-error.log").read_text().splitlines()]
    line = [line for line in lines if line.get("path") == "/api/some/path"][-1]
    assert "Connection refused" in line["message"] and "read.sock" in line["upstream"] and line["method"] == "GET"


def test_a_full_backlog_is_a_quick_503():
    """A unix socket refuses at once when its backlog is full; the client must hear 503, not 502."""
    with Stack(backlog=4, read_workers=1) as stack:
        signal_server(stack, signal.SIGSTOP)
        try:
            answers = []

            def ask():
                answer = stack.get("/healthz")
                answers.append((answer.status, answer.headers["Retry-After"]))

            threads = [threading.Thread(target=ask) for _ in range(40)]
            for thread in threads:
                thread.start()
            until = time.monotonic() + 60
            while len(answers) < 30:
                assert time.monotonic() < until, f"{len(answers)} were answered while the server stood still"
                time.sleep(0.05)
            refused = answers[:30]
        finally:
            signal_server(stack, signal.SIGCONT)
        for thread in threads:
            thread.join()
    assert set(refused) == {(503, "1")}
    assert [status for status, _ in answers].count(200) >= 4, "those in the backlog wait and are answered"
    assert {status for status, _ in answers} == {200, 503}


# ---- keys and logs ---------------------------------------------------------------------------------


def secrets_in(folder, secret):
    found = []
    for log in sorted(folder.iterdir()):
        found += [f"{log.name}: {line}" for line in log.read_text(errors="replace").splitlines() if secret in line]
    return found


SECRETLY = [
    ("GET", "/api/x?apikey={}", {}),
    ("GET", EXPLORE + "?select=%22&access_token={}", {}),
    ("GET", EXPLORE + '?where=a="b"&apikey={}', {}),
    ("GET", EXPLORE, {"Referer": "http://portal/?apikey={}"}),
    ("GET", EXPLORE, {"Authorization": "Apikey {}"}),
    ("GET", EXPLORE, {"Cookie": "session={}"}),
    ("POST", "/api/push/1.0/x/y/push/?pushkey={}", {}),
    ("POST", "/api/push/v1/datasets/x/records", {"Authorization": "Bearer {}"}),
    ("TRACE", "/?apikey={}", {}),
]


@pytest.mark.parametrize("which", ["stack", "headless"])
@pytest.mark.parametrize("method, path, headers", SECRETLY)
def test_no_key_reaches_a_log(request, which, method, path, headers):
    stack = request.getfixturevalue(which)
    secret = "Kq7s" + os.urandom(8).hex()
    lines = [f"{method} {path.format(secret)} HTTP/1.1", "Host: x", "Connection: close"]
    lines += [f"{name}: {value.format(secret)}" for name, value in headers.items()]
    if method == "POST":
        lines += ["Content-Type: application/json", "Content-Length: 2"]
    answer = stack.raw("\r\n".join([*lines, "", "[]" if method == "POST" else ""]).encode())
    assert answer.startswith(b"HTTP/1.1 ")
    stack.settle_after(re.search(rb"\r\nX-Request-Id: (\w+)\r\n", answer)[1].decode())
    assert not secrets_in(stack.log_folder, secret)


# ---- what nginx refuses ------------------------------------------------------------------------------


@pytest.mark.expects_log_errors("client intended to send too large")
def test_a_body_too_large_for_a_push_says_the_limit(stack):
    answer = stack.raw(
        b"POST /api/push/v1/datasets/x/records HTTP/1.1\r\nHost: x\r\nContent-Length: 67108865\r\nConnection: close\r\n\r\n"
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ") and b"application/problem+json" in head and b"\r\nContent-Language: en" in head
    assert json.loads(body)["status"] == 413 and "67108864" in json.loads(body)["detail"]


@pytest.mark.expects_log_errors("client intended to send too large")
def test_a_body_too_large_for_a_query_has_the_shape_of_explore(stack):
    answer = stack.request("POST", EXPLORE, body=b"a" * 1048577)
    assert answer.status == 413 and answer.json()["error_code"] == "PayloadTooLarge"
    assert answer.headers["Content-Language"] == "en"


BROKEN = {
    "length and chunks": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
    "identity, chunked": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", 501),
    "chunks in 1.0": (b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "blank before the colon": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "folded header": (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n", 400),
    "NUL in the path": (b"GET /a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "NUL in a header": (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n", 400),
    "plus in the length": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde", 400),
    "chunk too long for a number": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n",
        400,
    ),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "no method": (b"\x16\x03\x01\r\n\r\n", 400),
    "out of the root": (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a long address": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "a long header": (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 9000 + b"\r\n\r\n", 400),
    "TRACE": (b"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
    "HTTP/3.0": (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505),
}


@pytest.mark.expects_log_errors("invalid chunked body")
@pytest.mark.parametrize("sent, status", BROKEN.values(), ids=BROKEN)
def test_what_breaks_http_is_refused(stack, sent, status):
    head, _, body = stack.raw(sent).partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status, head
    assert b"application/problem+json" in head and b"\r\nContent-Language: en" in head
    assert json.loads(body)["status"] == status


@pytest.mark.parametrize("path", ["", "nothing.js", "a/b", "index.html/x"])
def test_a_file_that_is_not_there_is_a_problem(stack, path):
    answer = stack.get("/api-console/files/" + path)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json"), answer
    assert (answer.headers["Content-Language"], answer.json()["title"]) == ("en", "Not Found")


def test_the_console_has_two_languages_side_by_side(stack):
    assert stack.get("/api/explore/v2.1/console").headers["Content-Language"] == "fr, en"


# ---- what passes -------------------------------------------------------------------------------------


METRICS = ["/metrics", "/metrics/", "//metrics", "/./metrics", "/x/../metrics", "/%6detrics"]


@pytest.mark.parametrize("path", METRICS)
def test_metrics_are_for_this_machine(stack, path):
    assert stack.get(path).status in (200, 404)


@pytest.fixture(scope="module")
def seen_from_outside():
    """A stack on every network, asked through an address that is not the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("needs a network address besides the loopback")
        address = probe.getsockname()[0]
    stack = Stack()
    try:
        stack.start("--listen", "0.0.0.0")
        stack.host = address
        yield stack
    finally:
        stack.end()


@pytest.mark.parametrize("path", METRICS)
def test_metrics_are_not_for_others(seen_from_outside, path):
    answer = seen_from_outside.get(path)
    assert answer.status == 403 and answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Language"] == "en"
    assert seen_from_outside.get(EXPLORE).status == 200


def test_one_address_cannot_take_every_connection(seen_from_outside):
    begun = b"POST /api/explore/v2.1/catalog/datasets HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    connections = []
    try:
        for _ in range(256):
            connections.append(socket.create_connection((seen_from_outside.host, seen_from_outside.port)))
            connections[-1].sendall(begun)
        until = time.monotonic() + 60
        while (answer := seen_from_outside.get(EXPLORE)).status != 429:
            assert time.monotonic() < until, "the shield never closed"
        assert answer.headers["Retry-After"] == "1" and answer.json()["errorcode"] == 10002
    finally:
        for connection in connections:
            connection.close()
    until = time.monotonic() + 60
    while seen_from_outside.get(EXPLORE).status != 200:
        assert time.monotonic() < until, "the shield never opened again"


def test_a_long_json_answer_is_compressed_on_demand(stack):
    plain = stack.get(EXPLORE + "/vlille-realtime/records?limit=50")
    packed = stack.get(EXPLORE + "/vlille-realtime/records?limit=50", headers={"Accept-Encoding": "gzip"})
    assert plain.status == 200 and plain.headers["Content-Encoding"] is None
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.body) < len(plain.body) / 2
    assert "Accept-Encoding" in plain.headers["Vary"]


@pytest.mark.parametrize("path", ["//api//explore/v2.1/catalog/datasets", EXPLORE + "/", EXPLORE])
def test_doubled_and_trailing_slashes_are_forgiven(stack, path):
    assert stack.get(path).status == 200

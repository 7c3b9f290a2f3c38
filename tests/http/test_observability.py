"""One access record per request, and no key in any log."""

import json
import time

from harness.faults import wait_until

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records"


def record_of(stack, answer):
    wanted = answer.headers["X-Request-Id"]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for line in stack.access_log.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["id"] == wanted:
                return record
        time.sleep(0.02)
    raise AssertionError(f"no access record of {answer}")


def test_a_read_is_recorded(stack):
    answer = stack.get(RECORDS + "?limit=7")
    record = record_of(stack, answer)
    assert (record["route"], record["dataset"], record["status"], record["rows"]) == \
        ("explore.records", "vlille-realtime", 200, 7)
    assert record["bytes"] == len(answer.body) and record["ms"] > 0
    assert {"parse", "check", "conditional", "execute"} <= set(record["steps"])


def test_a_refusal_is_recorded_with_its_code(stack):
    record = record_of(stack, stack.get(RECORDS + "?where=nope"))
    assert (record["status"], record["error"]) == (400, "ODSQL")


def test_no_key_reaches_a_log(stack):
    key = stack.key("push:vlille-realtime")
    rows = [{"nom": "x"}]
    stack.push("vlille-realtime", rows, key=key)
    stack.get(RECORDS + f"?apikey={key}&where=nope")
    stack.get(RECORDS + f"?pushkey={key[:-2]}", headers={"Referer": f"http://a/?apikey={key}"})
    stack.request("POST", f"/api/push/1.0/vlille-realtime/x/push/?pushkey={key}", body=b"[")
    answer = stack.get(RECORDS, headers={"Authorization": f"Apikey {key}"})
    assert record_of(stack, answer)["key"]
    stack.settle_after(answer.headers["X-Request-Id"])
    pieces = key.split(".")
    for log in stack.log_folder.iterdir():
        text = log.read_text(encoding="utf-8", errors="replace")
        assert pieces[1] not in text and pieces[2][:40] not in text, log


def test_the_logs_are_text_whatever_was_asked(stack):
    for path in (b"/caf\xe9", b"/caf%E9?x=%ff", b"/%ff%fe", b"/\xc3\xa9", b"/api/explore/v2.1/\xff?\xff", b"/a%22b%5C?q"):
        stack.raw(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    stack.get(RECORDS + "?limit=1")

    def paths():
        return [json.loads(line)["path"] for line in stack.nginx_access_log.read_text(encoding="utf-8").splitlines()]

    # Each worker of nginx has a buffer of its own, and these were answered by either.
    wait_until(lambda: paths().count("(not ASCII)") >= 3 and {"/caf%E9", "/%ff%fe", "/a%22b%5C", RECORDS} <= set(paths()),
               why="nginx's access log has not all of them")
    stack.settle()
    for log in stack.log_folder.iterdir():
        log.read_text(encoding="utf-8")


def test_metrics_count_requests(stack):
    def count():
        lines = stack.get("/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines
                   if line.startswith("beffroi_requests_total") and 'route="explore.records"' in line)
    stack.settle()  # a worker counts when the client already has its answer
    before = count()
    for _ in range(5):
        stack.get(RECORDS)
    stack.settle()
    assert count() == before + 5


def test_status_tells_what_runs(stack):
    status = json.loads(stack.beffroi("status", "--json").stdout)
    assert {pool["name"] for pool in status["pools"]} == {"read", "export", "push", "admin"}
    assert "vlille-realtime" in json.dumps(status["datasets"])

"""Two nodes under load: no request with a revoked key is admitted on either a second after the revocation was committed.

Two clocks say so, neither of which hurries anybody: the client's, by what it sent later than that second; and the servers' own
records, by the instant at which each admitted request had been identified.
"""

import contextlib
import datetime
import json
import signal
import time

import pytest

from harness.faults import send_signal, wait_ready, wait_until, workers
from harness.keyload import RECORDS, KeyLoad
from harness.nodes import Nodes


@pytest.fixture(scope="module")
def nodes():
    with Nodes(2) as running:
        for node in running:
            wait_ready(node)
        yield running


def issue(node, sub):
    return json.loads(node.beffroi("key", "issue", "--sub", sub, "--scope", "read", "--days", 2, "--json").stdout)


def status(node, key):
    return node.get(RECORDS, headers={"Authorization": f"Bearer {key}"}).status


def admitted(node, jti):
    """When each admitted request with that key had been identified, in seconds since 1970, by the node's own record."""
    for line in node.access_log.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("key") == jti:
            ended = datetime.datetime.fromisoformat(record["at"].replace("Z", "+00:00")).timestamp()
            before = sum(record["steps"].get(step, 0) for step in ("accept", "route", "identify"))
            yield ended - record["ms"] / 1000 + before / 1000


def under_load(nodes, sub):
    """Revokes at the first node; both are asked all the time."""
    made = issue(nodes[0], sub)
    key, jti = made["key"], made["about"]["id"]
    for node in nodes:
        wait_until(lambda node=node: status(node, key) == 200)
    with contextlib.ExitStack() as loads:
        running = [loads.enter_context(KeyLoad(node, key)) for node in nodes]
        wait_until(lambda: all(load.count(status=200) >= 50 for load in running), 120)
        nodes[0].beffroi("key", "revoke", jti)
        wall, moment = time.time(), time.monotonic()
        wait_until(lambda: all(load.count(since=moment + 1) >= 100 for load in running), 120)
    for load in running:
        assert load.statuses(until=moment) >= {200}
        assert load.statuses(since=moment + 1) == {401}
    for node in nodes:
        node.settle()
        instants = list(admitted(node, jti))
        assert len(instants) >= 50 and max(instants) <= wall + 1
    return key


def test_both_refuse_within_a_second(nodes):
    under_load(nodes, "plain")


def test_also_the_one_whose_clock_process_hangs(nodes):
    clock = workers(nodes[1], "clock")
    for pid in clock:
        send_signal(pid, signal.SIGSTOP)
    try:
        under_load(nodes, "hanging")
    finally:
        for pid in clock:
            send_signal(pid, signal.SIGCONT)


def test_a_node_that_was_killed_knows_it_at_once_when_it_is_back(nodes):
    key = under_load(nodes, "back")
    other = issue(nodes[0], "other")["key"]
    nodes[1].kill()
    nodes[1].up()
    assert status(nodes[1], key) == 401
    wait_until(lambda: status(nodes[1], other) == 200)


def test_a_key_of_one_node_is_narrowed_and_revoked_through_the_other(nodes):
    made = issue(nodes[0], "through")
    token = made["key"]
    answer = nodes[1].request("POST", "/api/keys/v1/narrow", body=b"{}", headers={"Authorization": f"Bearer {token}"})
    # The second node has no private key of its own.
    assert answer.status == 409 and "key rotate --now" in answer.text
    nodes[1].beffroi("key", "rotate", "--now")

    answers = []

    def narrowed():
        answers.append(nodes[1].request("POST", "/api/keys/v1/narrow", body=b"{}",
                                        headers={"Authorization": f"Bearer {token}"}))
        return answers[-1].status == 200
    wait_until(narrowed)
    child = answers[-1].json()["key"]
    wait_until(lambda: status(nodes[0], child) == 200)
    nodes[1].beffroi("key", "revoke", made["about"]["id"])
    moment = time.monotonic()
    time.sleep(max(0, moment + 1 - time.monotonic()))
    assert [status(node, key) for node in nodes for key in (token, child)] == [401] * 4

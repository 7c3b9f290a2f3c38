"""Two nodes on one PostgreSQL: each serves by itself, whatever becomes of the other."""

import concurrent.futures
import json
import os
import signal
import threading
import time

import pytest

from harness.dataset import apply, manifest
from harness.faults import wait_until
from harness.nodes import Nodes
from test_events import ask, claim, create, page
from test_pull import FIELDS, Publisher, count, shown, stations

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"


@pytest.fixture(scope="module")
def nodes():
    with Nodes(2, pull_http=1, pull_private="127.0.0.1") as running:
        yield running


def quotas(node):
    return node.status().get("quotas", {})


def test_both_answer_alike(nodes):
    first, second = (node.get(RECORDS) for node in nodes)
    assert first.status == second.status == 200
    assert first.json()["total_count"] == second.json()["total_count"] > 0


def test_what_one_takes_the_other_shows(nodes):
    rows = json.loads(nodes[0].beffroi("sample", "vlille-realtime", "--tick", "7", "--format", "json").stdout)
    assert nodes[0].push("vlille-realtime", rows).status == 200
    shown = nodes[0].get(RECORDS).json()
    wait_until(lambda: nodes[1].get(RECORDS).json() == shown, 60)


def test_each_has_an_accountant_of_its_own(nodes):
    wait_until(lambda: all(quotas(node).get("accountant") == "up" for node in nodes), 60)
    assert quotas(nodes[0])["node"] != quotas(nodes[1])["node"]
    known = {node for node, in nodes[0].sql("SELECT node FROM catalog.quota_node")}
    assert {quotas(node)["node"] for node in nodes} <= known
    assert "beffroi_quota_accountant_up 1" in nodes[1].get("/metrics").text


def test_a_killed_node_comes_back_as_itself(nodes):
    wait_until(lambda: quotas(nodes[1]).get("accountant") == "up", 60)
    name = quotas(nodes[1])["node"]
    nodes[1].kill()
    assert nodes[0].get(RECORDS).status == 200
    nodes[1].up()
    assert nodes[1].get(RECORDS).status == 200
    wait_until(lambda: quotas(nodes[1]).get("accountant") == "up", 60)
    assert quotas(nodes[1])["node"] == name


def test_a_killed_accountant_is_replaced(nodes):
    wait_until(lambda: nodes[1].processes_of("beffroi:account"), 60)
    old, = nodes[1].processes_of("beffroi:account")
    os.kill(old, signal.SIGKILL)
    wait_until(lambda: nodes[1].processes_of("beffroi:account") not in ([], [old]), 60)
    wait_until(lambda: quotas(nodes[1]).get("accountant") == "up", 60)


def test_together_they_hand_out_exactly_the_places_of_an_event(nodes):
    code, event = create(nodes[0], devices=40)
    nodes[1].beffroi("key", "rotate", "--now")  # a signing key of its own
    wait_until(lambda: claim(nodes[1], "0000-0000").status == 404, 60)
    # Of each four claims two come under one name, at both nodes: one place, and the later key of it.
    names = [f"{n // 4}" if n % 4 < 2 else None for n in range(100)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: claim(nodes[n % 2], code, retry=names[n]), range(100)))
    assert {answer.status for answer in answers} == {201, 409}
    given = [answer for answer in answers if answer.status == 201]
    assert len([answer for answer in given if "Idempotency-Replayed" not in answer.headers]) == 40
    assert [page(node, event)["taken"] for node in nodes] == [40, 40]
    # One key of each place is good, at either node.
    keys = [answer.json()["key"] for answer in given]
    for node in nodes:
        wait_until(lambda node=node: [ask(node, key).status for key in keys].count(200) == 40, 60)
    nodes[1].beffroi("event", "close", event)
    closed = time.monotonic()
    time.sleep(max(0, closed + 1 - time.monotonic()))
    assert {ask(node, key).status for node in nodes for key in keys} == {401}


# ---- sources -------------------------------------------------------------------------------------
def make_due(nodes, name):
    nodes[0].sql(f"UPDATE catalog.source SET due = now() WHERE dataset = '{name}'; NOTIFY beffroi, 'catalog'")


def test_only_one_of_them_fetches_a_source(nodes, tmp_path):
    with Publisher() as publisher:
        publisher.gives(stations(3))
        told = {"url": publisher.url + "/x", "format": "json", "every": "P1D"}
        apply(nodes[0], tmp_path, manifest("pull-nodes", fields=FIELDS, source=told))
        for number in range(1, 6):
            wait_until(lambda: (now := shown(nodes[0], "pull-nodes")).get("run") == number and not now["running"])
            assert len(publisher.requests) == number
            if number < 5:
                make_due(nodes, "pull-nodes")
        wait_until(lambda: count(nodes[1], "pull-nodes") == 3)


def test_a_node_that_dies_loses_its_source_to_the_other(nodes, tmp_path):
    asked, go = threading.Event(), threading.Event()

    def wait_and_answer(request):
        asked.set()
        go.wait(120)
        request.send_response(503)
        request.end_headers()

    with Publisher() as publisher:
        publisher.answer = wait_and_answer
        told = {"url": publisher.url + "/x", "format": "json", "every": "P1D"}
        apply(nodes[0], tmp_path, manifest("pull-dies", fields=FIELDS, source=told))
        assert asked.wait(60)
        dead, = [node for node in nodes if node.processes_of("beffroi:fetch")]
        other, = [node for node in nodes if node is not dead]
        try:
            dead.kill(("serve",))
            publisher.gives(stations(2))
            make_due(nodes, "pull-dies")
            wait_until(lambda: shown(other, "pull-dies")["state"] == "good")
            wait_until(lambda: count(other, "pull-dies") == 2)
        finally:
            go.set()
            dead.up()
    told = nodes[0].sql("SELECT result FROM catalog.ingestion WHERE dataset = 'pull-dies' ORDER BY run")
    assert told == [["interrupted"], ["changed"]]

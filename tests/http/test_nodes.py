"""Two nodes on one PostgreSQL: each serves by itself, whatever becomes of the other."""

import json
import os
import signal

import pytest

from harness.faults import wait_until
from harness.nodes import Nodes

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"


@pytest.fixture(scope="module")
def nodes():
    with Nodes(2) as running:
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

"""A quota of 100,000 over two whole nodes, of which workers, accountants and all processes are killed while 32 connections ask.

What clients got is never more than the quota, nor is what PostgreSQL counts; in the end it is the quota, less the requests
that died with their process after they were charged, which no client can tell from those that were not.

QUOTA_REQUESTS=200000 and QUOTA_RUNS=5 are the full proof; the test run takes a tenth of it, once.
"""

import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest

from harness.faults import compiled, wait_until
from harness.nodes import Nodes

REQUESTS = int(os.environ.get("QUOTA_REQUESTS", "20000"))
RUNS = int(os.environ.get("QUOTA_RUNS", "1"))
RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"


@pytest.fixture(scope="module")
def nodes():
    with Nodes(2, read_workers=4, quota_lease_ms=1000) as running:
        yield running


def load(nodes, key, requests):
    command = [compiled(nodes[0], "quotaload"), key, 32, requests, RECORDS, *(node.port for node in nodes)]
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True)


class Ledger:
    """What PostgreSQL counts of an account's day, looked at again and again."""

    def __init__(self, node, account):
        self.node, self.account, self.most = node, account, 0

    def taken(self):
        """All that is spent or held, and what is held alone."""
        (taken, held), = self.node.sql(f"""SELECT coalesce(sum(taken), 0), (SELECT count(*) FROM catalog.quota_lease
            WHERE account = '{self.account}') FROM catalog.quota_used WHERE account = '{self.account}' AND period = 'day'""")
        self.most = max(self.most, int(taken))
        return int(taken), int(held)


def kill(pids, chance):
    if pids:
        try:
            os.kill(chance.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            pass


def cause_fault(nodes, chance):
    node = chance.choice(list(nodes))
    what = chance.random()
    if what < 0.7:
        kill(node.processes_of("beffroi:read"), chance)
    elif what < 0.8:
        kill(node.processes_of("beffroi:account"), chance)
    else:
        node.kill()
        time.sleep(chance.choice((0, 1.5)))  # back at once, or when its leases have ended
        node.up()
        return "node"
    return "process"


def spend_the_rest(nodes, key, ledger, quota):
    """Asks until all is spent and nothing is held; returns what was admitted."""
    admitted, until = 0, time.monotonic() + 120
    while ledger.taken() != (quota, 0):
        assert time.monotonic() < until, f"{ledger.taken()} of {quota}"
        if ledger.taken()[1] == 0:
            admitted += json.loads(load(nodes, key, 200).communicate(timeout=120)[0])["admitted"]
        time.sleep(0.2)
    return admitted


@pytest.mark.parametrize("seed", range(1, RUNS + 1))
def test_two_nodes_admit_exactly_the_quota_whatever_is_killed(nodes, seed):
    quota, account, chance = REQUESTS // 2, f"crowd-{REQUESTS}-{seed}", random.Random(seed)
    nodes[0].beffroi("plan", "set", "crowd", "--rate", "0", "--day", quota)
    key = nodes[0].beffroi("key", "issue", "--sub", account, "--plan", "crowd", "--scope", "read", "--days", 1).stdout.strip()
    for node in nodes:  # each has seen the plan and the key
        wait_until(lambda node=node: node.get(RECORDS, headers={"Authorization": f"Bearer {key}"}).status == 200, 60)
    ledger = Ledger(nodes[0], account)
    faults = {"node": 0, "process": 0}
    client = load(nodes, key, REQUESTS)
    answers = threading.Thread(target=client.wait)
    answers.start()
    while answers.is_alive() or faults["node"] < 2 or faults["process"] < 4:
        faults[cause_fault(nodes, chance)] += 1
        assert ledger.taken()[0] <= quota
        answers.join(chance.random() / 5)
    figures = json.loads(client.stdout.read())
    rest = spend_the_rest(nodes, key, ledger, quota)
    admitted = figures["admitted"] + rest + len(nodes.all)
    lost = figures["broken"] + figures["other"] + figures["unavailable"]
    print(json.dumps({**figures, "rest": rest, **faults, "quota": quota, "all admitted": admitted}))
    assert figures["sent"] == REQUESTS and figures["other"] == 0
    assert quota - lost <= admitted <= quota and ledger.most == quota

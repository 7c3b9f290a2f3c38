"""Quotas, exact over nodes: what the functions of PostgreSQL promise, and what real accountants and spenders make of them.

tests/limits/spenders runs nodes whose processes are killed while they spend one quota at full speed. Whatever dies: what
was admitted is never more than the quota, it is the quota in the end, and PostgreSQL counts the same.
"""

import json
import os
import pathlib
import subprocess

import pytest

from harness.cluster import Cluster, migrations

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("BEFFROI_BUILD", "build") / "tests/limits/spenders"
LEASE_MS = 1000


@pytest.fixture(scope="module")
def database():
    with Cluster() as cluster:
        for text in [*migrations(), "ALTER ROLE accountant LOGIN;"]:
            done = cluster.sql(text)
            assert done.returncode == 0, done.stderr
        yield cluster


def run(database, text):
    done = database.sql(text)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def spend(database, folder, nodes, processes, day, month, faults, seed):
    run(database, "TRUNCATE catalog.quota_used, catalog.quota_lease, catalog.quota_node;")
    environment = {**os.environ, "BEFFROI_DATABASE": database.conninfo, "BEFFROI_ROLE_ACCOUNTANT": "accountant",
                   "BEFFROI_QUOTA_LEASE_MS": str(LEASE_MS)}
    words = [PROGRAM, folder, nodes, processes, day, month, faults, seed]
    done = subprocess.run([str(word) for word in words], env=environment, capture_output=True, text=True, timeout=600,
                          check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("seed", range(1, 1 + int(os.environ.get("QUOTA_SEEDS", "1"))))
def test_nodes_spend_exactly_the_quota_whatever_is_killed(database, tmp_path, seed):
    day = int(os.environ.get("QUOTA_UNITS", "5000000"))
    figures = spend(database, tmp_path, 2, 4, day, 10 * day, int(os.environ.get("QUOTA_FAULTS", "25")), seed)
    print(figures)
    assert figures["kills"] > 8
    counted = dict(line.split("|") for line in run(database, "SELECT period, taken FROM catalog.quota_used").split())
    assert int(counted["day"]) == day, "all of it was spent"
    # What a killed process had taken without saying so is charged: its request died with it, maybe between day and month.
    assert day - figures["in_flight"] <= figures["admitted"] <= int(counted["month"]) <= day
    assert run(database, "SELECT count(*) FROM catalog.quota_lease") == "0"

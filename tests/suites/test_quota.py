"""Quotas, exact over nodes: what the functions of PostgreSQL promise, and what real accountants and spenders make of them.

tests/limits/spenders runs nodes whose processes are killed while they spend one quota at full speed. Whatever dies: what
was admitted is never more than the quota, it is the quota in the end, and PostgreSQL counts the same.
"""

import json
import os
import pathlib
import subprocess
import time

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


def spend(database, folder, nodes, processes, day, month, faults, seed, meanwhile=lambda: None):
    run(database, "TRUNCATE catalog.quota_used, catalog.quota_lease, catalog.quota_node;")
    environment = {**os.environ, "BEFFROI_DATABASE": database.conninfo, "BEFFROI_ROLE_ACCOUNTANT": "accountant",
                   "BEFFROI_QUOTA_LEASE_MS": str(LEASE_MS)}
    words = [PROGRAM, folder, nodes, processes, day, month, faults, seed]
    spenders = subprocess.Popen([str(word) for word in words], env=environment, stdout=subprocess.PIPE, text=True)
    meanwhile()
    said, _ = spenders.communicate(timeout=600)
    assert spenders.returncode == 0
    return json.loads(said)


def check(database, day, figures):
    counted = dict(line.split("|") for line in run(database, "SELECT period, taken FROM catalog.quota_used").split())
    assert int(counted["day"]) == day, "all of it was spent"
    # What a killed process had taken without saying so is charged: its request died with it, maybe between day and month.
    assert day - figures["in_flight"] <= figures["admitted"] <= int(counted["month"]) <= day
    assert run(database, "SELECT count(*) FROM catalog.quota_lease") == "0"


@pytest.mark.parametrize("seed", range(1, 1 + int(os.environ.get("QUOTA_SEEDS", "1"))))
def test_nodes_spend_exactly_the_quota_whatever_is_killed(database, tmp_path, seed):
    day = int(os.environ.get("QUOTA_UNITS", "5000000"))
    figures = spend(database, tmp_path, 2, 4, day, 10 * day, int(os.environ.get("QUOTA_FAULTS", "25")), seed)
    print(figures)
    assert figures["kills"] > 8
    check(database, day, figures)


def test_a_database_that_restarts_costs_nothing(database, tmp_path):
    """In the middle of everything, without a word: nobody knows which of his last steps were done."""
    day = 3_000_000

    def restart():
        for _ in range(4):
            time.sleep(0.3)
            database.tool("pg_ctl", "-w", "-m", "immediate", "-l", f"{database.folder}/log", "-o", database.options, "restart")

    check(database, day, spend(database, tmp_path, 2, 4, day, 10 * day, 6, 1, restart))


# ---- what PostgreSQL promises, step by step ----

@pytest.mark.parametrize("period, at, start, ends, hours", [
    ("day", "2026-01-31 22:59:59.999999+00", "2026-01-31 00:00+01", "2026-02-01 00:00+01", 24),
    ("day", "2026-01-31 23:00:00+00", "2026-02-01 00:00+01", "2026-02-02 00:00+01", 24),
    ("day", "2026-03-29 10:00+00", "2026-03-29 00:00+01", "2026-03-30 00:00+02", 23),
    ("day", "2026-10-25 00:30+00", "2026-10-25 00:00+02", "2026-10-26 00:00+01", 25),
    ("day", "2026-10-25 01:30+00", "2026-10-25 00:00+02", "2026-10-26 00:00+01", 25),
    ("month", "2026-02-28 22:59:59+00", "2026-02-01 00:00+01", "2026-03-01 00:00+01", 28 * 24),
    ("month", "2026-03-31 21:59:59+00", "2026-03-01 00:00+01", "2026-04-01 00:00+02", 31 * 24 - 1),
    ("month", "2026-12-31 23:00+00", "2027-01-01 00:00+01", "2027-02-01 00:00+01", 31 * 24),
])
def test_windows_end_at_midnight_in_paris(database, period, at, start, ends, hours):
    found = run(database, f"""SELECT start = timestamptz '{start}', ends = timestamptz '{ends}',
        extract(epoch FROM ends - start) / 3600 = {hours} FROM catalog.quota_window('{period}', '{at}')""")
    assert found == "t|t|t"


class Ledger:
    """The functions as a node calls them, with the account's quota of a day."""

    def __init__(self, database):
        self.database = database
        run(database, "TRUNCATE catalog.quota_used, catalog.quota_lease, catalog.quota_node;")

    def call(self, text):
        return run(self.database, f"SET ROLE accountant; {text}")

    def beat(self, node, life=60_000):
        return self.call(f"SELECT account, period FROM catalog.quota_beat('{node}', {life})")

    def take(self, node, limit, need, want, announce, fresh=True, account="mel"):
        """given, granted, announced, taken"""
        wish = {"n": 0, "account": account, "period": "day", "fresh": fresh, "limit": limit, "need": need, "want": want,
                "announce": announce}
        found = self.call(f"SELECT given, granted, announced, taken FROM catalog.quota_take('{node}', '[{json.dumps(wish)}]')")
        return tuple(map(int, found.split("|")))

    def step(self, function, node, **members):
        start = "(SELECT (extract(epoch FROM start) * 1000000)::bigint FROM catalog.quota_window('day', now()))"
        members = {"n": 0, "account": "mel", "period": "day", **members}
        text = f"jsonb_build_array(jsonb_set('{json.dumps(members)}', '{{start}}', to_jsonb({start})))"
        return run(self.database, f"SELECT * FROM catalog.{function}('{node}', {text})")

    def taken(self):
        return int(run(self.database, "SELECT taken FROM catalog.quota_used WHERE account = 'mel' AND period = 'day'"))


@pytest.fixture
def ledger(database):
    return Ledger(database)


def test_slices_shrink_near_the_end(ledger):
    ledger.beat("a")
    ledger.beat("b")
    assert ledger.take("a", 1000, 1, 100, 10) == (100, 100, 10, 100)
    assert ledger.take("b", 1000, 1, 900, 5) == (112, 112, 5, 212)  # an eighth of what is left
    assert ledger.take("b", 1000, 200, 900, 5, fresh=False) == (200, 312, 5, 412)  # what is needed
    for taken in range(413, 1001):
        given = ledger.take("a", 1000, 1, 900, 10_000, fresh=False)[0]
        if not given:
            break
    assert given == 0 and ledger.taken() == 1000


def test_a_raised_quota_goes_on_and_a_lowered_one_refuses_at_once(ledger):
    ledger.beat("a")
    assert ledger.take("a", 10, 10, 10, 10) == (10, 10, 10, 10)
    assert ledger.take("a", 10, 1, 1, 11, fresh=False)[0] == 0
    assert ledger.take("a", 12, 1, 5, 15, fresh=False) == (1, 11, 11, 11)
    assert ledger.take("a", 5, 1, 1, 15, fresh=False) == (0, 11, 11, 11)


def test_what_a_dead_node_did_not_announce_comes_back(ledger):
    ledger.beat("a", life=60_000)
    ledger.take("a", 100, 60, 60, 20)
    ledger.beat("b")
    assert ledger.take("b", 100, 50, 50, 50)[0] == 40
    ledger.beat("a", life=-1)  # not heard any more
    assert ledger.take("b", 100, 50, 50, 90, fresh=False) == (40, 80, 80, 100)
    # It comes back after all: nothing that was taken from it can be announced.
    assert ledger.step("quota_announce", "a", announce=60) == "0|20|20"
    assert ledger.step("quota_return", "a", spent=15) == ""
    assert ledger.taken() == 95
    ledger.step("quota_return", "a", spent=0)  # twice is once
    assert ledger.taken() == 95


def test_who_is_short_is_heard_by_who_holds(ledger):
    ledger.beat("a")
    ledger.beat("b")
    ledger.take("a", 10, 10, 10, 1)
    assert ledger.beat("a") == ""
    assert ledger.take("b", 10, 1, 1, 1)[0] == 0
    assert ledger.beat("a") == "mel|day"
    assert ledger.beat("b") == ""
    ledger.step("quota_return", "a", spent=1)
    assert ledger.take("b", 10, 1, 1, 1)[0] == 1


def test_a_lease_that_nobody_knew_of_counts_as_announced(ledger):
    ledger.beat("a")
    ledger.take("a", 100, 50, 50, 20)
    assert ledger.take("a", 100, 5, 5, 5) == (5, 5, 5, 25)


def test_the_accountant_may_do_nothing_else(database):
    for text in ("SELECT * FROM catalog.quota_used", "UPDATE catalog.quota_used SET taken = 0", "SELECT * FROM catalog.api_key",
                 "DELETE FROM catalog.quota_lease", "SELECT * FROM catalog.dataset", "SELECT catalog.quota_reclaim('a', 'day', now())",
                 "CREATE TABLE catalog.mine (a text)"):
        done = database.sql(f"SET ROLE accountant; {text}")
        assert done.returncode != 0 and "permission denied" in done.stderr, text

"""The versioned store seen from outside: whole commits, numbers without gaps, every version kept."""

import http.client
import json
import threading
import time

import pytest

from harness import dataset

ROWS = 200
SECONDS = 6


@pytest.fixture(scope="module")
def place(stack, tmp_path_factory):
    return dataset.apply(stack, tmp_path_factory.mktemp("store"), dataset.manifest("store"))


def batch(marker):
    return [{"id": i, "nom": f"marque {marker}", "n": marker} for i in range(ROWS)]


class Load:
    """Writers that put one marker into every row, readers that must never see two."""

    def __init__(self, stack, place):
        self.stack, self.place = stack, place
        self.key = stack.key("push:store")
        self.began = time.monotonic()
        self.mixed, self.failed, self.reads, self.acknowledged = [], [], 0, []

    def goes_on(self):
        """For its seconds, and on a slow machine until enough was done."""
        past = time.monotonic() - self.began
        enough = self.reads > 100 and len(self.acknowledged) > 10
        return past < SECONDS or (not enough and past < 20 * SECONDS)

    def write(self, first, mode):
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=120)
        marker = first
        while self.goes_on():
            marker += 2
            connection.request("POST", f"/api/push/v1/datasets/store/records?mode={mode}", json.dumps(batch(marker)),
                               {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                self.failed.append(body)
                return
            self.acknowledged.append(json.loads(body)["commit"])

    def read(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=120)
        newest = 0
        while self.goes_on():
            connection.request("GET", self.place + path)
            answer = connection.getresponse()
            body = json.loads(answer.read())
            if answer.status != 200:
                self.failed.append(body)
                return
            rows = body["results"] if isinstance(body, dict) else body
            commit = int(answer.headers["Beffroi-Commit"])
            if len({row["n"] for row in rows}) > 1 or commit < newest:
                self.mixed.append((path, commit, newest))
            newest = commit
            self.reads += 1


def test_two_writers_and_twenty_readers(stack, place):
    assert stack.push("store", batch(0), mode="snapshot").status == 200
    load = Load(stack, place)
    threads = [threading.Thread(target=load.write, args=(1, "snapshot")), threading.Thread(target=load.write, args=(2, "upsert"))]
    threads += [threading.Thread(target=load.read, args=("/exports/json" if i % 2 else "/records?limit=100",)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not load.failed and not load.mixed
    assert load.reads > 100 and len(load.acknowledged) > 10
    assert len(set(load.acknowledged)) == len(load.acknowledged)
    # Numbers without a gap, over all datasets, and each acknowledged one is there.
    [[count, newest]] = stack.sql("SELECT count(*), max(number) FROM catalog.commit")
    assert count == newest
    known = {int(number) for [number] in stack.sql("SELECT number FROM catalog.commit WHERE dataset = 'store'")}
    assert set(load.acknowledged) <= known
    # Each commit changed every row, so each commit but the newest is a whole set of versions in the past.
    versions = stack.sql("SELECT _from, count(*), min(n), max(n) FROM past.store GROUP BY _from ORDER BY _from")
    assert all(int(count) == ROWS and least == most for _, count, least, most in versions)
    assert {int(row[0]) for row in versions} == known - {max(known)}


def test_a_row_as_it_was_at_every_commit(stack, place):
    stack.push("store", [], mode="snapshot&allow_empty=true")
    commits = []
    for n in (1, 2, None, 3):
        rows = [] if n is None else [{"id": 7, "n": n}]
        answer = stack.push("store", rows, mode="snapshot&allow_empty=true")
        assert answer.status == 200, answer
        commits.append((answer.json()["commit"], n))
    for commit, n in commits:
        rows = stack.sql(f"SELECT n FROM data.store WHERE _commit <= {commit} UNION ALL "
                         f"SELECT n FROM past.store WHERE id = 7 AND _from <= {commit} AND {commit} < _to")
        assert rows == ([] if n is None else [[str(n)]])


def test_the_clock_and_the_states_agree(stack, place):
    [[clock]] = stack.sql("SELECT commit FROM catalog.clock")
    [[newest]] = stack.sql("SELECT max(number) FROM catalog.commit")
    assert clock == newest
    wrong = stack.sql("SELECT s.dataset FROM catalog.state s JOIN catalog.commit c ON c.dataset = s.dataset "
                      "GROUP BY s.dataset, s.commit HAVING s.commit <> max(c.number)")
    assert wrong == []
    [[records, rows]] = stack.sql("SELECT s.records, (SELECT count(*) FROM data.store) FROM catalog.state s WHERE dataset = 'store'")
    assert records == rows


@pytest.mark.expects_log_errors("permission denied for", "must be owner of")
def test_the_roles_may_do_no_more_than_they_need(stack, place):
    def allowed(role, sql):
        try:
            stack.sql(f"SET ROLE {role}; {sql}")
        except AssertionError as refused:
            assert "permission denied" in str(refused) or "must be owner" in str(refused), refused
            return False
        return True
    assert allowed("beffroi_reader", "SELECT count(*) FROM data.store")
    for sql in ("UPDATE data.store SET n = 1", "DELETE FROM past.store", "UPDATE catalog.clock SET commit = 0",
                "SELECT * FROM catalog.receipt", "SELECT * FROM catalog.api_key", "CREATE TABLE data.x (a int)"):
        assert not allowed("beffroi_reader", sql), sql
    for sql in ("DROP TABLE data.store", "UPDATE catalog.dataset SET id = 'x'", "DELETE FROM catalog.commit",
                "ALTER TABLE data.store ADD COLUMN x int", "CREATE TABLE data.x (a int)"):
        assert not allowed("beffroi_writer", sql), sql

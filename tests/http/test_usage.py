"""Usage: what is asked is counted exactly, whoever is killed; what is published of it says nothing of anybody.

On a stack of their own, whose tables the tests also tell of days that are long over, so that nobody waits for midnight.
"""

import collections
import json
import os
import signal

import pytest

from harness import dataset
from harness.faults import postgres, send_signal, wait_ready, wait_until, workers
from harness.stack import Stack

ONE = "/api/explore/v2.1/catalog/datasets/{}"
USAGE = ONE.format("usage-quotidien")
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
NUMBERS = ("requests", "unchanged", "errors", "rows", "bytes")
YESTERDAY = "(now() AT TIME ZONE 'Europe/Paris')::date - 1"


@pytest.fixture(scope="module")
def own():
    with Stack(read_workers=2, export_workers=1, push_workers=1, usage_wait_hours=720) as running:
        yield running


@pytest.fixture(name="fresh")
def fresh_dataset(own, tmp_path, request):
    """A dataset that nobody has asked for, with four records."""
    name = f"u{abs(hash(request.node.name)) % 10**9}"
    dataset.apply(own, tmp_path, dataset.manifest(name))
    assert own.push(name, dataset.ROWS, mode="snapshot").status == 200
    return name


def shown(stack, *words):
    return json.loads(stack.beffroi("usage", "--json", *words).stdout)


def counts(stack, name):
    """{(route, key, client): numbers} of a dataset today."""
    return {(cell["route"], cell["key"], cell["client"]): {n: cell[n] for n in NUMBERS}
            for cell in shown(stack)["cells"] if cell["dataset"] == name}


class Expected:
    """What the answers that went by add up to."""

    def __init__(self):
        self.cells = collections.defaultdict(lambda: dict.fromkeys(NUMBERS, 0))

    def add(self, answer, route, rows, key="sans", client="autre"):
        cell = self.cells[route, key, client]
        cell["requests"] += 1
        cell["unchanged"] += answer.status == 304
        cell["errors"] += answer.status >= 400
        cell["rows"] += rows
        cell["bytes"] += len(answer.body)

    def wait(self, stack, name, without=("push.records",)):
        def arrived():
            return {k: v for k, v in counts(stack, name).items() if k[0] not in without} == self.cells
        wait_until(arrived, why=f"expected {dict(self.cells)}, counted {counts(stack, name)}")


def test_every_request_is_counted_once(own, fresh):
    path, expected = ONE.format(fresh), Expected()
    for _ in range(5):  # from PostgreSQL, and then from memory
        answer = own.get(path + "/records?limit=3")
        expected.add(answer, "explore.records", 3)
    etag = {"If-None-Match": answer.headers["ETag"]}
    for _ in range(4):
        expected.add(own.get(path + "/records?limit=3", headers=etag), "explore.records", 0)
    for _ in range(3):
        expected.add(own.get(path + "/records?where=nope", headers=BROWSER), "explore.records", 0, client="navigateur")
    key = {"Authorization": "Bearer " + own.key("push:x"), "User-Agent": "python-requests/2.32"}
    expected.add(own.get(path + "/exports/jsonl", headers=key), "explore.export", 4, "avec", "bibliotheque")
    head = own.request("HEAD", path + "/records?limit=2")
    assert head.status == 200
    expected.cells["explore.records", "sans", "autre"]["requests"] += 1
    expected.cells["explore.records", "sans", "autre"]["rows"] += 2  # they were read all the same
    expected.wait(own, fresh)


def test_what_is_of_no_dataset_is_counted_without_one(own):
    before = counts(own, None)
    own.get("/api/explore/v2.1/catalog/datasets/il-n-y-a-pas/records?apikey=&where=secret")
    own.get("/api/explore/v2.1/il-n-y-a-pas")
    own.get("/healthz")
    forged = {"Authorization": "Bearer a.b.c", "User-Agent": "Googlebot/2.1"}
    assert own.get(ONE.format("vlille-realtime") + "/facets", headers=forged).status == 401

    def more(*cell):
        return counts(own, None).get(cell, {}).get("errors", 0) - before.get(cell, {}).get("errors", 0)
    wait_until(lambda: more("explore.records", "sans", "autre") == more("none", "sans", "autre") ==
               more("explore.facets", "sans", "robot") == 1)
    assert not [cell for cell in shown(own)["cells"] if cell["route"] in ("ops.healthz", "healthz", "metrics")]


@pytest.mark.expects_log_errors(".*")
def test_a_worker_that_is_killed_loses_no_count(own, fresh):
    path, n = ONE.format(fresh) + "/records?limit=1", 0
    for _ in range(4):
        for _ in range(10):
            n += own.get(path).status == 200
        own.settle()  # a worker counts when the client has its answer already
        for pid in workers(own, "read"):
            os.kill(pid, signal.SIGKILL)
        wait_ready(own)
    wait_until(lambda: sum(c["requests"] for c in counts(own, fresh).values()) >= n + 1)
    assert counts(own, fresh)["explore.records", "sans", "autre"]["requests"] == n == 40


def test_kill_of_everything_with_the_database_away_loses_nothing(own, fresh):
    path = ONE.format(fresh) + "/records?limit=1"
    assert own.get(path).status == own.get(path).status == own.get(path).status == 200
    postgres(own, "stop")
    try:
        for _ in range(7):
            assert own.get(path).status in (200, 503)  # from memory, or not
        own.settle()
        for pid in own.server_processes():
            os.kill(pid, signal.SIGKILL)
    finally:
        own.stop()
        own.start()
    assert own.get(path).status == 200
    wait_until(lambda: counts(own, fresh).get(("explore.records", "sans", "autre"), {}).get("requests") == 11)


# ---- publication -----------------------------------------------------------------------------------


def tell(stack, day, *cells, node="essai"):
    """Cells (dataset, route, key, client, requests) as if a node had told them; also that it has told all of that day."""
    for name, route, key, client, n in cells:
        stack.sql(f"INSERT INTO catalog.usage VALUES ('{node}', {day}, '{name}', '{route}', {key}, '{client}', {n}, 1, 1,"
                  f" {n} * 2, {n} * 100)")
    stack.sql(f"INSERT INTO catalog.usage_node VALUES ('{node}', now()) ON CONFLICT (node) DO UPDATE SET told = now()")


def published(stack, day):
    answer = stack.get(USAGE + "/exports/json", {"where": f"jour = date'{day}'"})
    assert answer.status == 200
    return {(row["jeu_de_donnees"], row["route"], row["cle"], row["client"]): row for row in answer.json()}


def test_small_cells_are_merged_and_what_stays_small_is_masked(own):
    day = "2020-01-01"
    tell(own, f"date '{day}'",
         ("vlille-realtime", "explore.records", False, "navigateur", 10), ("vlille-realtime", "explore.records", False, "robot", 9),
         ("vlille-realtime", "explore.records", True, "autre", 3), ("vlille-realtime", "explore.facets", False, "autre", 4),
         ("vlille-realtime", "explore.export", False, "autre", 6), ("disponibilite-parkings", "explore.records", False, "autre", 2),
         ("", "none", False, "robot", 500), ("il-n-est-plus", "explore.records", False, "autre", 3))
    own.beffroi("usage", "publish", "--day", day)
    rows = published(own, day)
    assert {key: row["requetes"] for key, row in rows.items()} == {
        ("vlille-realtime", "explore.records", "sans", "navigateur"): 10,
        ("vlille-realtime", "explore.records", "*", "*"): 12,
        ("vlille-realtime", "*", "*", "*"): 10,
        ("-", "none", "sans", "robot"): 500,
        ("*", "*", "*", "*"): None}
    assert [row["regroupe"] for row in rows.values()].count(False) == 2
    hidden = rows["*", "*", "*", "*"]
    assert hidden["masque"] and not [hidden[n] for n in ("inchangees", "erreurs", "lignes", "octets") if hidden[n] is not None]
    whole = rows["vlille-realtime", "explore.records", "*", "*"]
    assert (whole["inchangees"], whole["erreurs"], whole["lignes"], whole["octets"]) == (2, 2, 24, 1200)
    facets = own.get(USAGE + "/facets", {"where": f"jour = date'{day}'", "facet": "client"}).json()["facets"][0]["facets"]
    assert {f["name"]: f["count"] for f in facets} == {"*": 3, "navigateur": 1, "robot": 1}


def test_private_datasets_are_never_named(own, tmp_path):
    day = "2020-02-01"
    dataset.apply(own, tmp_path, dataset.manifest("cache", requires="read:cache"))
    tell(own, f"date '{day}'", ("cache", "explore.records", True, "autre", 1000), ("", "none", False, "robot", 20))
    own.beffroi("usage", "publish", "--day", day)
    assert {key: row["requetes"] for key, row in published(own, day).items()} == {
        ("-", "none", "sans", "robot"): 20, ("*", "*", "*", "*"): 1000}


def test_a_day_is_published_once_whatever_comes_late(own):
    day = "2020-03-01"
    tell(own, f"date '{day}'", ("", "none", False, "robot", 20), ("", "none", False, "autre", 9))
    assert "records" in own.beffroi("usage", "publish", "--day", day).stdout
    before = published(own, day)
    tell(own, f"date '{day}'", ("", "none", False, "autre", 5), node="tardif")
    assert "already" in own.beffroi("usage", "publish", "--day", day).stdout
    assert published(own, day) == before and len(before) == 2
    late = shown(own, "--day", day)
    assert late["late"] == 5 and late["published"]
    assert "5 requests were told after it was closed" in own.beffroi("usage", "--day", day).stdout


def look_now(own):
    """Whether a day is due is looked at once a minute, and first of all by a clock process that takes the last one's place."""
    for pid in workers(own, "clock"):
        send_signal(pid, signal.SIGKILL)


def test_a_publisher_that_died_in_between_is_continued_with_the_same_numbers(own):
    day = "2020-04-01"
    tell(own, f"date '{day}'", ("", "none", False, "robot", 20))
    own.beffroi("usage", "publish", "--day", day)
    before = published(own, day)
    own.sql(f"UPDATE catalog.usage_day SET published = NULL WHERE day = '{day}'")  # it died before it could say so
    tell(own, f"date '{day}'", ("", "none", False, "autre", 50), node="entre")
    look_now(own)
    wait_until(lambda: shown(own, "--day", day)["published"], 90)
    assert published(own, day) == before
    own.sql(f"DELETE FROM data.\"usage-quotidien\" WHERE jour = '{day}'")  # … or before its commit
    own.sql(f"UPDATE catalog.usage_day SET published = NULL WHERE day = '{day}'")
    look_now(own)
    wait_until(lambda: shown(own, "--day", day)["published"], 90)
    assert {k: v["requetes"] for k, v in published(own, day).items()} == {k: v["requetes"] for k, v in before.items()}


def test_the_server_publishes_a_day_that_is_over_when_every_node_has_told_it(own):
    yesterday = own.sql(f"SELECT {YESTERDAY}")[0][0]
    tell(own, YESTERDAY, ("", "none", False, "robot", 30), node="un")
    look_now(own)
    wait_until(lambda: shown(own, "--day", yesterday)["published"], 150)
    assert published(own, yesterday)["-", "none", "sans", "robot"]["requetes"] == 30
    log = (own.log_folder / "beffroi.log").read_text(encoding="utf-8")
    assert f"day={yesterday}" in log


def test_a_silent_node_is_waited_for(own):
    yesterday = own.sql(f"SELECT {YESTERDAY}")[0][0]
    told = f"(({YESTERDAY} + 1)::timestamp AT TIME ZONE 'Europe/Paris')"
    own.sql(f"INSERT INTO catalog.usage_node VALUES ('muet', {told}); "
            f"INSERT INTO catalog.usage VALUES ('muet', {YESTERDAY}, '', 'none', false, 'robot', 70, 0, 0, 0, 0)")
    own.sql(f"DELETE FROM catalog.usage_day WHERE day = {YESTERDAY}")
    assert "no day is due" in own.beffroi("usage", "publish").stdout
    own.sql("UPDATE catalog.usage_node SET told = now() WHERE node = 'muet'")
    look_now(own)
    wait_until(lambda: shown(own, "--day", yesterday)["published"], 150)
    assert published(own, yesterday)["-", "none", "sans", "robot"]["requetes"] >= 70


@pytest.mark.parametrize("day", ["2999-01-01", None])
def test_a_day_that_is_not_over_is_not_published(own, day):
    day = day or own.sql("SELECT (now() AT TIME ZONE 'Europe/Paris')::date")[0][0]
    tell(own, f"date '{day}'", ("", "none", False, "robot", 30), node="futur")
    done = own.beffroi("usage", "publish", "--day", day, check=False)
    assert done.returncode == 1 and "not over in Europe/Paris" in done.stderr
    assert not published(own, day) and shown(own, "--day", day)["published"] is None
    own.sql("DELETE FROM catalog.usage WHERE node = 'futur'")


@pytest.mark.parametrize("words", [["--day", "hier"], ["--day", "2026-02-30"], ["publier"], ["publish", "--json"], ["--nope"],
                                   ["--day", "2020-01-01'; DROP TABLE catalog.usage; --"]])
def test_a_wrong_call_is_explained(own, words):
    done = own.beffroi("usage", *words, check=False)
    assert done.returncode == 2 and "usage" in done.stderr and not done.stdout


def test_a_day_without_requests(own):
    assert shown(own, "--day", "1999-01-01") == {"day": "1999-01-01", "published": None, "late": 0, "cells": []}
    assert "nothing was counted" in own.beffroi("usage", "--day", "1999-01-01").stdout


def test_nothing_personal_is_kept_anywhere(own, fresh):
    key, agent = own.key("push:x"), "Mozilla/5.0 Jeanne-Dupont-x4711q"
    headers = {"User-Agent": agent, "Authorization": f"Bearer {key}"}
    answer = own.get(ONE.format(fresh) + "/records?where=nom%3D%22secret-4712%22", headers=headers)
    assert answer.status == 200
    wait_until(lambda: ("explore.records", "avec", "navigateur") in counts(own, fresh))
    own.settle_after(answer.headers["X-Request-Id"])
    tables = json.dumps([own.sql(f"SELECT * FROM catalog.{name}") for name in ("usage", "usage_node", "usage_day")])
    kept = tables.encode() + (own.run / "usage").read_bytes() + own.beffroi("usage").stdout.encode()
    logs = b"".join(log.read_bytes() for log in own.logs)
    for secret in (b"Dupont", b"x4711q", b"secret-4712", b"127.0.0.1", key.split(".")[1].encode()):
        assert secret not in kept
        assert secret == b"127.0.0.1" or secret not in logs

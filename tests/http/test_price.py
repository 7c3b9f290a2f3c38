"""What a request costs: told before and after, taken once, and given back where nothing was asked of us."""

import itertools
import json
import os
import re
import signal
import subprocess
import threading

import pytest

from harness import sources
from harness.stack import PSQL, ROOT, Stack

BASE = "/api/explore/v2.1/catalog/datasets/"
RECORDS = BASE + "vlille-realtime/records?limit=1"
BURST = 2000
addresses = (f"198.51.{number // 250}.{number % 250 + 1}" for number in itertools.count())


@pytest.fixture(scope="module")
def stack():
    """Grants a burst, then one unit a minute: nothing comes back while a test runs."""
    with Stack(anonymous_burst=BURST, anonymous_rate=1, anonymous_total_rate=0, trusted_proxies="127.0.0.1",
               read_workers=2) as running:
        yield running


def ask(stack, path, client, method="GET", **headers):
    return stack.request(method, path, headers={"X-Forwarded-For": client, **headers})


def left(answer):
    return int(re.search(r'"address";r=(\d+)', answer.headers["RateLimit"]).group(1))


def cost(answer):
    return int(answer.headers["X-Beffroi-Cost"])


DATASET = BASE + "vlille-realtime"
PRICES = [
    ("/api/explore/v2.1/catalog/datasets", 1),
    (DATASET, 1),
    (DATASET + "/records?limit=100", 1),
    (DATASET + "/records?limit=0&where=nbvelosdispo%3E3", 1),
    (DATASET + "/records?select=count(*)&limit=1", 2),
    (DATASET + "/records?group_by=commune", 2),
    (DATASET + "/records?group_by=commune,etat&select=count(*)", 3),
    (DATASET + "/facets?facet=commune", 2),
    (DATASET + "/facets?facet=commune&facet=etat", 3),
    ("/api/explore/v2.1/catalog/facets?facet=publisher", 2),
    (DATASET + "/exports/csv", 1),
    (DATASET + "/exports", 1),
    ("/api/records/1.0/search?dataset=vlille-realtime&rows=1", 1),
    ("/api/records/1.0/search?dataset=vlille-realtime&rows=1&facet=commune", 2),
    ("/api/records/1.0/download?dataset=vlille-realtime", 1),
    ("/api/explore/v2.0/catalog/datasets/vlille-realtime/records", 1),
]


@pytest.mark.parametrize("path, price", PRICES)
def test_a_dry_run_tells_what_is_then_paid(stack, path, price):
    client = next(addresses)
    told = ask(stack, path, client, **{"X-Beffroi-Dry-Run": "1"})
    assert (told.status, told.body, cost(told)) == (204, b"", price)
    assert left(told) == BURST, "a dry run is free"
    answer = ask(stack, path, client)
    assert (answer.status, cost(answer)) == (200, price)
    assert left(answer) == BURST - price


@pytest.mark.parametrize("path, status", [
    (DATASET + "/records?where=nope=1", 400), (DATASET + "/records?where=((", 400), (BASE + "no-such/records", 404),
    ("/no/such/address", 404), (DATASET + "/records/nope", 404)])
def test_a_mistake_costs_one(stack, path, status):
    client = next(addresses)
    answer = ask(stack, path, client)
    assert (answer.status, cost(answer), left(answer)) == (status, 1, BURST - 1)


def test_what_did_not_change_is_given_back_at_any_price(stack):
    client = next(addresses)
    path = DATASET + "/facets?facet=commune&facet=etat"
    first = ask(stack, path, client)
    assert left(first) == BURST - 3
    for _ in range(3):
        again = ask(stack, path, client, **{"If-None-Match": first.headers["ETag"]})
        assert again.status == 304 and "X-Beffroi-Cost" not in again.headers
    assert left(ask(stack, path, client)) == BURST - 6


def test_an_answer_from_memory_costs_the_same(stack):
    client, path = next(addresses), DATASET + "/records?group_by=etat"
    assert [cost(ask(stack, path, client)) for _ in range(4)] == [2] * 4


@pytest.mark.parametrize("value, status", [("1", 204), ("0", 200), ("", 200), ("yes", 400), ("1, 1", 400)])
def test_the_dry_run_is_said_in_one_way(stack, value, status):
    assert ask(stack, RECORDS, next(addresses), **{"X-Beffroi-Dry-Run": value}).status == status


def test_a_dry_run_needs_one_unit_and_finds_mistakes(stack):
    client = next(addresses)
    assert ask(stack, DATASET + "/records?where=nope=1", client, **{"X-Beffroi-Dry-Run": "1"}).status == 400
    assert stack.get(RECORDS, headers={"X-Beffroi-Dry-Run": "1"}).status == 204, "also for who pays nothing"


def test_a_dry_run_writes_nothing(stack):
    before = stack.sql("SELECT number FROM catalog.commit ORDER BY number DESC LIMIT 1")
    answer = stack.push("vlille-realtime", [{"nom": "nowhere"}], headers={"X-Beffroi-Dry-Run": "1"})
    assert answer.status == 204
    assert stack.sql("SELECT number FROM catalog.commit ORDER BY number DESC LIMIT 1") == before


# ---- many records: what memory knows of their number is what prices are made of -------------------------------------

FIELDS = [{"name": "n", "type": "int", "label": {"fr": "n", "en": "n"}},
          {"name": "parity", "type": "text", "facet": True, "label": {"fr": "parité", "en": "parity"}}]
ROWS = 120_000


@pytest.fixture(scope="module")
def many(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prix")
    manifest = json.loads((ROOT / "handlers/template/dataset.json").read_text(encoding="utf-8"))
    for member in ("handler", "geometry", "synthetic", "expected_every", "themes", "keywords"):
        manifest.pop(member)
    manifest.update(id="prix", key=["n"], fields=FIELDS)
    (folder / "dataset.json").write_text(json.dumps(manifest))
    stack.beffroi("apply", folder)
    rows = folder / "rows.csv"
    rows.write_text("n;parity\n" + "".join(f"{n};{'even' if n % 2 == 0 else 'odd'}\n" for n in range(ROWS)))
    stack.beffroi("load", "prix", rows)
    known = BASE + "prix/exports/csv"
    stack._until(lambda: stack.get(known, headers={"X-Beffroi-Dry-Run": "1"}).headers["X-Beffroi-Cost"] == "120", 60,
                 "memory does not know of the records")
    return BASE + "prix"


@pytest.mark.parametrize("path, price", [
    ("/records?limit=100", 1),
    ("/records?limit=0&where=n%3E3", 3),  # a count looks at what its page looks at
    ("/records?limit=100&where=n%3E3", 3),
    ("/records?limit=10&refine=parity:odd", 3),
    ("/records?limit=10&offset=9000", 4),
    ("/records?group_by=parity", 4),
    ("/records?select=count(*)&limit=1", 4),
    ("/facets?facet=parity", 4),
    ("/exports/csv", 120),
    ("/exports/csv?limit=2001", 3),
    ("/exports/csv?limit=1", 1),
])
def test_more_records_cost_more(stack, many, path, price):
    told = ask(stack, many + path, next(addresses), **{"X-Beffroi-Dry-Run": "1"})
    assert (told.status, cost(told)) == (204, price)


@pytest.mark.parametrize("path", ["/records?where=nope%3D1", "/records?offset=9990&limit=10&where=n%3D%3D1", "/facets?facet=nope",
                                  "/records?group_by=nope,n", "/exports/csv?where=n%3D%22x%22"])
def test_a_mistake_about_many_records_costs_one(stack, many, path):
    client = next(addresses)
    answer = ask(stack, many + path, client)
    assert (answer.status, cost(answer), left(answer)) == (400, 1, BURST - 1)


def test_rows_that_an_export_had_not_come_back(stack, many):
    client = next(addresses)
    answer = ask(stack, many + "/exports/csv?where=n%3C1500", client)
    assert (answer.status, answer.content.count(b"\n"), cost(answer)) == (200, 1501, 120)
    stack.settle()  # what comes back does so after the answer
    assert left(ask(stack, RECORDS, client)) == BURST - 2 - 1
    assert ask(stack, many + "/exports/csv", client, method="HEAD").status == 200
    assert left(ask(stack, RECORDS, client)) == BURST - 3 - 1 - 1


# ---- rows that a handler makes: what its manifest says, told beforehand ---------------------------------------------------

@pytest.fixture(scope="module")
def made(stack):
    fields = [{"name": "id", "type": "int"}, {"name": "n", "type": "int", "facet": True}]
    address, _ = sources.publish(stack, "prix-source", [{"id": n, "n": n % 3} for n in range(2500)], {"versioned": True},
                                 fields=fields, geometry=None, cost=7)
    return address


@pytest.mark.parametrize("path, price", [
    ("", 1), ("/exports", 1), ("/records", 1 + 7), ("/records?limit=0&where=n%3D1", 1 + 7), ("/records?limit=5&offset=2500", 2 + 7),
    ("/facets?facet=n", 2 + 7), ("/records?group_by=n", 2 + 7), ("/exports/csv?limit=1500", 2 + 7), ("/records?where=nope%3D1", 1)])
def test_rows_of_a_handler_cost_what_its_manifest_says(stack, made, path, price):
    client = next(addresses)
    told = ask(stack, made + path, client, **{"X-Beffroi-Dry-Run": "1"})
    answer = ask(stack, made + path, client)
    assert (cost(answer), left(answer)) == (price, BURST - price)
    assert told.status == 400 or cost(told) == price


def test_rows_of_a_handler_that_were_not_made_are_free(stack, made):
    client = next(addresses)
    first = ask(stack, made + "/records", client)
    assert ask(stack, made + "/records", client, **{"If-None-Match": first.headers["ETag"]}).status == 304
    assert left(ask(stack, RECORDS, client)) == BURST - 8 - 1


def test_an_export_of_a_handler_s_rows_gives_back_what_it_had_not(stack, made):
    client = next(addresses)
    answer = ask(stack, made + "/exports/jsonl", client)
    assert (answer.status, answer.content.count(b"\n"), cost(answer)) == (200, 2500, 20 + 7)
    stack.settle()
    assert left(ask(stack, RECORDS, client)) == BURST - 3 - 7 - 1


def test_who_pages_through_everything_is_shown_the_export_and_slows_down_alone(stack, many):
    crawler, other = next(addresses), next(addresses)
    pages = [ask(stack, f"{many}/records?limit=100&offset={100 * page}", crawler) for page in range(1, 41)]
    assert [cost(page) for page in pages] == [1] * 24 + [2] * 6 + [8] * 10
    links = [[link for link in page.headers.get_all("Link") if "alternate" in link] for page in pages]
    assert links[:30] == [[]] * 30
    assert links[30:] == [[f'<{stack.url}{many}/exports/jsonl>; rel="alternate"; type="application/jsonl"; title="export"']] * 10
    assert cost(ask(stack, f"{many}/records?limit=100&offset=100", other)) == 1
    assert cost(ask(stack, RECORDS, crawler)) == 1, "another dataset is not scanned"


@pytest.mark.expects_log_errors("upstream prematurely closed", "connection to client lost")
def test_a_request_whose_worker_died_is_charged_once(stack):
    """A lock holds the query, which is charged already; its worker is killed, and nginx asks another one."""
    client = next(addresses)
    sql = subprocess.Popen([PSQL, "-XqAt", "-h", str(stack.run / "pg"), "-U", "postgres", "-d", "beffroi"],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    sql.stdin.write("BEGIN; LOCK data.\"vlille-realtime\"; SELECT 'locked';\n")
    sql.stdin.flush()
    assert sql.stdout.readline() == "locked\n"
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask(stack, DATASET + "/records?group_by=nom&limit=7", client)))
    thread.start()
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%vlille-realtime%'"
    stack._until(lambda: stack.sql(waiting), 60, "the query does not wait for the lock")
    busy = [w["pid"] for pool in stack.status()["pools"] if pool["name"] == "read" for w in pool["workers"] if w["state"] == "busy"]
    assert len(busy) == 1
    os.kill(busy[0], signal.SIGKILL)
    sql.communicate("COMMIT;\n")
    thread.join()
    assert answers[0].status == 200
    assert left(answers[0]) == BURST - 2
    assert left(ask(stack, RECORDS, client)) == BURST - 3

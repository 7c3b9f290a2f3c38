"""What a key grants: its plan's rate, burst, exports and rows, told in every answer, exact over all workers."""

import concurrent.futures
import itertools
import json
import os
import re
import signal
import subprocess
import threading
import time

import pytest

from harness.faults import send_signal, workers
from harness.ratelimit import items
from harness.stack import PSQL, Stack

BASE = "/api/explore/v2.1/catalog/datasets/"
RECORDS = BASE + "vlille-realtime/records?limit=1"
EXPORT = BASE + "vlille-realtime/exports/csv"
names = (f"partner-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def stack():
    with Stack(trusted_proxies="127.0.0.1", export_workers=4, statement_timeout_ms=600000,
               read_deadline_ms=600000, quota_wait_ms=10000) as running:
        yield running


def set_plan(stack, plan, **numbers):
    words = [word for name, value in numbers.items() for word in (f"--{name.replace('_', '-')}", value)]
    stack.beffroi("plan", "set", plan, *words)


def issue(stack, plan, sub=None, scope="read push:vlille-realtime", rate=None):
    words = ["key", "issue", "--sub", sub or next(names), "--plan", plan, "--scope", scope, "--days", 1]
    words += ["--rate", rate] if rate else []
    return {"Authorization": f"Bearer {stack.beffroi(*words).stdout.strip()}", "X-Forwarded-For": "198.51.100.7"}


def ask(stack, key, path=RECORDS, **options):
    return stack.get(path, headers=key, **options)


def test_plans_can_be_seen_and_set(stack):
    plans = {plan["id"]: plan for plan in json.loads(stack.beffroi("plan", "list", "--json").stdout)}
    assert {"partner", "developer", "event", "essential", "internal"} <= set(plans)
    assert plans["essential"]["critical"] and not plans["partner"]["critical"]
    set_plan(stack, "tiny", rate=60, burst=3, day=10, exports=1, label_en="Tiny", label_fr="Petit")
    shown = json.loads(stack.beffroi("plan", "show", "tiny", "--json").stdout)
    assert shown == {"id": "tiny", "label": {"fr": "Petit", "en": "Tiny"}, "rate": 60, "burst": 3, "day": 10, "month": 0,
                     "exports": 1, "push_rows": 0, "critical": False, "each_key": False}
    set_plan(stack, "tiny", critical="yes")
    again = json.loads(stack.beffroi("plan", "show", "tiny", "--json").stdout)
    assert again == {**shown, "critical": True}, "what is not named stays"
    assert "tiny" in stack.beffroi("plan", "list").stdout


@pytest.mark.parametrize("words, text", [
    (["set", "tiny", "--rate", "-1"], "--rate"), (["set", "tiny", "--rate", "60000001"], "60000000"),
    (["set", "tiny", "--burst", "0"], "--burst"), (["set", "tiny", "--day", "1e3"], "--day"),
    (["set", "Tiny", "--rate", "1"], "letter"), (["set", "x" * 64, "--rate", "1"], "63"), (["set", "", "--rate", "1"], "letter"),
    (["set", "tiny'; DROP TABLE catalog.plan; --", "--rate", "1"], "letter"), (["set", "tiny", "--critical", "maybe"], "yes or no"),
    (["show", "nowhere"], "no plan"), (["set", "tiny", "--nope", "1"], "usage"), (["set"], "usage"), ([], "usage"),
    (["set", "tiny", "--label-en", ""], "--label-en")])
def test_what_cannot_be_a_plan_is_refused(stack, words, text):
    done = stack.beffroi("plan", *words, check=False)
    assert done.returncode in (1, 2) and text in done.stderr


def test_a_partner_has_the_rate_of_his_plan_with_all_his_keys_at_any_address(stack):
    set_plan(stack, "forty", rate=1, burst=40)
    sub = next(names)
    keys = [issue(stack, "forty", sub) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(stack, {**keys[n % 2], "X-Forwarded-For": f"203.0.113.{n}"}), range(120)))
    assert sorted(answer.status for answer in answers) == [200] * 40 + [429] * 80
    assert items(answers[0].headers["RateLimit-Policy"]) == {"plan": {"q": 40, "w": 2400}}
    refused = next(answer for answer in answers if answer.status == 429)
    body = refused.json()
    assert (body["errorcode"], body["limit_time_unit"], body["call_limit"], body["rule"], body["remaining"]) == \
        (10002, "minute", 1, "plan", 0)
    assert body["error"] == "Too many requests on the domain. Please contact the domain administrator."
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["reset_time"][:19] + "Z")
    assert re.search(r"\+0[12]:00$", body["reset"])
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert ask(stack, issue(stack, "forty")).status == 200, "another partner"


def test_outside_of_the_contract_it_is_a_problem(stack):
    set_plan(stack, "one", rate=1, burst=1)
    key = issue(stack, "one")
    assert ask(stack, key).status == 200
    answer = ask(stack, key, "/api/push/v1/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (429, "application/problem+json")
    assert answer.json()["violated-policies"] == ["plan"]


def test_a_key_with_a_rate_of_its_own_has_both(stack):
    set_plan(stack, "both", rate=600, burst=1000)
    sub = next(names)
    slow, free = issue(stack, "both", sub, rate=6), issue(stack, "both", sub)
    answers = [ask(stack, slow) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 429, 429]
    assert answers[1].json()["rule"] == "key"
    assert set(items(answers[0].headers["RateLimit"])) == {"plan", "key"}
    answer = ask(stack, free)
    assert answer.status == 200 and set(items(answer.headers["RateLimit"])) == {"plan"}


def test_running_workers_follow_a_change(stack):
    set_plan(stack, "moves", rate=1, burst=5)
    key = issue(stack, "moves")
    assert items(ask(stack, key).headers["RateLimit-Policy"])["plan"]["q"] == 5
    set_plan(stack, "moves", burst=7)
    stack._until(lambda: {items(ask(stack, issue(stack, "moves")).headers["RateLimit-Policy"])["plan"]["q"]
                          for _ in range(4)} == {7}, 60, "the workers do not follow")
    set_plan(stack, "moves", rate=0)
    stack._until(lambda: all("RateLimit" not in ask(stack, key).headers for _ in range(8)), 60, "still limited")
    assert ask(stack, key).headers["X-Beffroi-Cost"] == "1"


def test_a_key_of_a_plan_that_was_not_heard_of_yet_has_it(stack):
    clock = workers(stack, "clock")
    for pid in clock:
        send_signal(pid, signal.SIGSTOP)
    try:
        for plan, burst in (("unheard", 5), ("unheard-too", 7)):
            set_plan(stack, plan, rate=1, burst=burst)
            key = issue(stack, plan)
            assert [items(ask(stack, key).headers["RateLimit-Policy"])["plan"]["q"] for _ in range(4)] == [burst] * 4
    finally:
        for pid in clock:
            send_signal(pid, signal.SIGCONT)


@pytest.mark.parametrize("plan", ["nowhere", "Partner", "partner'; --", "a b", "x" * 400])
def test_no_key_is_made_for_a_plan_that_is_not_there(stack, plan):
    issued = stack.sql("SELECT count(*) FROM catalog.api_key")
    set_plan(stack, "fitting", rate=60)
    done = stack.beffroi("key", "issue", "--sub", "a", "--scope", "read", "--plan", plan, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert re.search(r"no such plan; there are: .*developer, .*fitting, .*partner", done.stderr), done.stderr
    admin = {**issue(stack, "partner", scope="admin"), "Content-Type": "application/json"}
    del admin["X-Forwarded-For"]
    answer = stack.request("POST", "/api/admin/v1/keys", json.dumps({"partner": "a", "scope": "read", "plan": plan}), admin)
    assert (answer.status, answer.json()["parameter"]) == (400, "plan"), answer
    assert "fitting" in answer.json()["detail"]
    assert stack.sql("SELECT count(*) - 1 FROM catalog.api_key") == issued, "but the admin's"
    answer = stack.request("POST", "/api/admin/v1/keys", json.dumps({"partner": "a", "scope": "read", "plan": "fitting"}), admin)
    assert (answer.status, answer.json()["about"]["plan"]) == (200, "fitting"), answer


def test_a_plan_that_is_not_there_is_the_partners(stack):
    set_plan(stack, "brief", rate=1, burst=5)
    key = issue(stack, "brief")
    stack.sql("DELETE FROM catalog.plan WHERE id = 'brief'")
    stack._until(lambda: items(ask(stack, key).headers["RateLimit-Policy"])["plan"]["q"] == 20000, 60, "the old plan")
    assert "plan.unknown" in (stack.log_folder / "beffroi.log").read_text(encoding="utf-8")


# ---- exports at the same time ------------------------------------------------------------------------------------------


class Lock:
    """Holds a dataset, so that queries of it wait."""

    def __init__(self, stack, dataset="vlille-realtime"):
        self.stack, self.dataset = stack, dataset

    def __enter__(self):
        command = [PSQL, "-XqAt", "-h", str(self.stack.run / "pg"), "-U", "postgres", "-d", "beffroi"]
        self.sql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.sql.stdin.write(f"BEGIN; LOCK data.\"{self.dataset}\"; SELECT 'locked';\n")
        self.sql.stdin.flush()
        assert self.sql.stdout.readline() == "locked\n"
        return self

    def __exit__(self, *_):
        self.sql.communicate("COMMIT;\n")

    def wait_for(self, queries):
        asked = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'beffroi_reader'"
        self.stack._until(lambda: len(self.stack.sql(asked)) == queries, 60, f"not {queries} queries wait")


def in_background(stack, key, path):
    answers = []
    thread = threading.Thread(target=lambda: answers.append(ask(stack, key, path)))
    thread.start()
    return lambda: (thread.join(), answers[0])[1]


def test_exports_at_the_same_time(stack):
    set_plan(stack, "two", rate=6000, burst=1000, exports=2)
    key, other = issue(stack, "two"), issue(stack, "two")
    with Lock(stack) as lock:
        running = [in_background(stack, key, f"{EXPORT}?limit={n}") for n in (1, 2)]
        lock.wait_for(2)
        refused = ask(stack, key, EXPORT + "?limit=3")
        assert refused.status == 429 and refused.json()["rule"] == "exports"
        assert int(refused.headers["Retry-After"]) >= 1
        running.append(in_background(stack, other, EXPORT + "?limit=4"))
        lock.wait_for(3)
    assert [answer().status for answer in running] == [200] * 3
    assert ask(stack, key, EXPORT + "?limit=3").status == 200


@pytest.mark.expects_log_errors("upstream prematurely closed", "connection to client lost", "worker.died")
def test_a_worker_that_is_killed_leaves_no_export_behind(stack):
    set_plan(stack, "lone", rate=1, burst=1000, exports=1)
    key = issue(stack, "lone")
    for n in range(3):
        with Lock(stack) as lock:
            running = in_background(stack, key, f"{EXPORT}?limit={10 + n}")
            lock.wait_for(1)
            busy = [w["pid"] for pool in stack.status()["pools"] if pool["name"] == "export" for w in pool["workers"]
                    if w["state"] == "busy"]
            assert len(busy) == 1
            os.kill(busy[0], signal.SIGKILL)
        assert running().status == 200, "nginx asked another worker, and it did not count twice"
        left = items(ask(stack, key, RECORDS).headers["RateLimit"])["plan"]["r"]
        assert left == 1000 - 2 * (n + 1), "charged once"
    assert ask(stack, key, EXPORT + "?limit=9").status == 200


# ---- pushing ------------------------------------------------------------------------------------------------------------


def test_rows_that_are_pushed(stack):
    set_plan(stack, "pusher", rate=6000, burst=1000, push_rows=1)
    key = issue(stack, "pusher")["Authorization"][7:]
    rows = json.loads(stack.beffroi("sample", "vlille-realtime", "--tick", "1", "--format", "json").stdout)

    def push(first, end):
        changed = [{**row, "nbvelosdispo": row["nbvelosdispo"] + 1} for row in rows[first:end]]
        return stack.push("vlille-realtime", changed, key=key)

    first = push(0, 40)
    assert (first.status, first.json()["changed"], first.headers["X-Beffroi-Cost"]) == (200, 40, "1")
    assert items(first.headers["RateLimit"])["push-rows"]["r"] == 20
    refused = push(40, 80)
    assert refused.status == 429 and refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["violated-policies"] == ["push-rows"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    state = stack.sql("SELECT max(_commit) FROM data.\"vlille-realtime\"")
    assert state == [[str(first.json()["commit"])]], "nothing was written"
    assert push(40, 45).status == 200, "what is left of it"
    assert stack.push("vlille-realtime", [{"nom": 1}], key=key).status == 422, "bad records pay no rows"


@pytest.mark.parametrize("key, status, text", [
    (None, 401, "needs a key with the scope push:vlille-realtime"), ("read", 403, "does not have the scope push:vlille-realtime")])
def test_who_may_not_is_told_what_is_missing(stack, key, status, text):
    headers = issue(stack, "partner", scope=key) if key else {}
    answer = stack.request("POST", "/api/push/v1/datasets/vlille-realtime/records", body=b"[]",
                           headers={"Content-Type": "application/json", **headers})
    assert answer.status == status and text in answer.json()["detail"]


# ---- a rate and those who share it ----


def narrow(stack, key, rate=None):
    words = ["key", "narrow", *(["--rate", rate] if rate else [])]
    done = stack.beffroi(*words, input=key["Authorization"].removeprefix("Bearer "))
    return {**key, "Authorization": f"Bearer {done.stdout.strip()}"}


def test_children_have_the_rate_of_their_parent_together(stack):
    set_plan(stack, "family", rate=60000, burst=10000)
    parent = issue(stack, "family", rate=120)  # 20 at once
    children = [narrow(stack, parent) for _ in range(3)]
    grandchildren = [narrow(stack, children[0], rate=120), narrow(stack, children[1], rate=30)]  # the last one: 5 at once
    began = time.monotonic()
    answers = [ask(stack, key) for key in (children[0], *grandchildren)]
    assert items(answers[0].headers["RateLimit-Policy"])["family"] == {"q": 20, "w": 10}
    assert [set(items(answer.headers["RateLimit"])) for answer in answers] == \
        [{"plan", "family"}, {"plan", "family"}, {"plan", "key", "family"}]
    everybody = [parent, *children, *grandchildren]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers += pool.map(lambda n: ask(stack, everybody[n % len(everybody)]), range(120))
    admitted = sum(answer.status == 200 for answer in answers)
    assert {answer.status for answer in answers} == {200, 429}
    assert 20 <= admitted <= 20 + 2 * (time.monotonic() - began), "no more than the parent alone would have"
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.json()["rule"] in ("key", "family")


def test_a_child_that_is_slower_than_its_parent_shares_with_its_own_children(stack):
    set_plan(stack, "deep", rate=60000, burst=10000)
    parent = issue(stack, "deep", rate=60000)
    slow = narrow(stack, parent, rate=1)  # one at once, and one a minute
    children = [narrow(stack, slow) for _ in range(2)]
    assert [ask(stack, key).status for key in (children[0], slow, children[1])] == [200, 429, 429]
    body = ask(stack, children[1]).json()
    assert (body["rule"], body["call_limit"]) == ("family-2", 1) and "was made of" in body["message"]
    assert ask(stack, parent).status == 200, "who stands above has what he had"
    assert ask(stack, slow).json()["rule"] == "key"

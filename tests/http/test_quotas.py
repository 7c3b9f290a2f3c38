"""Quotas as a client sees them: a day and a month of Paris, exact, told in every answer, and free where nothing was asked."""

import concurrent.futures
import datetime
import os
import re
import signal
import zoneinfo

import pytest

from harness.ratelimit import items
from harness.stack import Stack
from test_plans import BASE, EXPORT, Lock, in_background, issue, set_plan

RECORDS = BASE + "vlille-realtime/records?limit=1"
PARIS = zoneinfo.ZoneInfo("Europe/Paris")
UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def stack():
    with Stack(trusted_proxies="127.0.0.1", statement_timeout_ms=600000, read_deadline_ms=600000,
               quota_wait_ms=10000) as running:
        yield running


def ask(stack, key, path=RECORDS, **headers):
    return stack.get(path, headers={**key, **headers})


def ends(month=False):
    """When the day (the month) of now ends in Paris."""
    today = datetime.datetime.now(PARIS).date()
    after = (today.replace(day=28) + datetime.timedelta(days=4)).replace(day=1) if month else today + datetime.timedelta(days=1)
    return datetime.datetime.combine(after, datetime.time(), PARIS)


@pytest.mark.parametrize("window, month", [("day", False), ("month", True)])
def test_a_quota_is_told_and_kept_by_all_workers(stack, window, month):
    set_plan(stack, f"few-{window}", rate=60000, burst=1000, **{window: 30})
    key = issue(stack, f"few-{window}")
    before = ends(month)
    first = ask(stack, key)
    assert first.status == 200
    assert items(first.headers["RateLimit-Policy"])[window]["q"] == 30
    assert items(first.headers["RateLimit"])[window]["r"] == 29
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("30", "29")
    reset = datetime.datetime.fromisoformat(first.headers["X-RateLimit-Reset"])
    assert reset in (before, ends(month)) and reset.utcoffset() == datetime.timedelta()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(stack, key), range(100)))
    assert sorted(answer.status for answer in answers) == [200] * 29 + [429] * 71
    refused = next(answer for answer in answers if answer.status == 429)
    body = refused.json()
    assert list(body)[:5] == ["errorcode", "reset_time", "limit_time_unit", "call_limit", "error"]
    assert (body["errorcode"], body["limit_time_unit"], body["call_limit"], body["rule"]) == (10002, window, 30, window)
    assert body["error"] == "Too many requests on the domain. Please contact the domain administrator."
    assert datetime.datetime.fromisoformat(body["reset_time"].replace("Z", "+00:00")) == reset
    assert datetime.datetime.fromisoformat(body["reset"]) == reset and re.search(r"T00:00:00\+0[12]:00$", body["reset"])
    assert 1 <= int(refused.headers["Retry-After"]) <= 31 * 86400
    assert "If-None-Match" in body["message"] and "exports" in body["message"]


def test_elsewhere_it_is_the_problem_that_the_draft_names(stack):
    set_plan(stack, "single", rate=60000, burst=1000, day=1)
    key = issue(stack, "single")
    assert ask(stack, key).status == 200
    answer = ask(stack, key, "/api/push/v1/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (429, "application/problem+json")
    body = answer.json()
    assert body["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert (body["violated-policies"], body["limit"], body["remaining"]) == (["day"], 1, 0)


PLACES = {  # an address, the description that has it, the shape of its refusals
    RECORDS: ("/api/explore/v2.1/openapi.json", "quota"),
    RECORDS.replace("v2.1", "v2.0"): ("/api/explore/v2.0/openapi.json", "quota"),
    "/api/records/1.0/search?dataset=vlille-realtime": ("/api/records/1.0/openapi.json", "quota"),
    "/api/push/v1/openapi.json": ("/api/push/v1/openapi.json", "problem"),
    "/api/admin/v1/keys": ("/api/admin/v1/openapi.json", "problem"),
}


@pytest.mark.parametrize("limits, rule", [({"rate": 60000, "burst": 1000, "day": 1}, "day"),
                                          ({"rate": 60000, "burst": 1000, "month": 1}, "month"), ({"rate": 1, "burst": 1}, "plan")])
def test_every_member_of_a_refusal_is_described(stack, limits, rule):
    import jsonschema

    set_plan(stack, f"described-{rule}", **limits)
    key = {"Authorization": issue(stack, f"described-{rule}", scope="read admin")["Authorization"]}
    for path, (description, shape) in PLACES.items():
        answer = next(answer for answer in (ask(stack, key, path) for _ in range(100)) if answer.status != 200)
        assert answer.status == 429, answer
        components = stack.get(description).json()["components"]
        told = components["schemas"][shape]
        body = answer.json()
        jsonschema.Draft202012Validator({**told, "additionalProperties": False, "components": components}).validate(body)
        assert components["responses"]["quota"]["content"][answer.headers["Content-Type"].split(";")[0]]["schema"] == \
            {"$ref": f"#/components/schemas/{shape}"}
        if shape == "quota":
            assert set(body) == set(told["properties"]) and body["rule"] == rule
        else:
            assert {"violated-policies", "limit", "remaining", "reset"} < set(body) and body["violated-policies"] == [rule]


def test_a_cost_is_taken_whole_and_what_did_not_change_is_free(stack):
    set_plan(stack, "ten", rate=60000, burst=1000, day=10)
    key = issue(stack, "ten")
    first = ask(stack, key, BASE + "vlille-realtime/facets?facet=etat&facet=commune")
    assert items(first.headers["RateLimit"])["day"]["r"] == 7
    for _ in range(20):
        assert ask(stack, key, BASE + "vlille-realtime/facets?facet=etat&facet=commune",
                   **{"If-None-Match": first.headers["ETag"]}).status == 304
    assert items(ask(stack, key).headers["RateLimit"])["day"]["r"] == 6
    for _ in range(2):
        assert ask(stack, key, BASE + "vlille-realtime/facets?facet=etat&facet=commune").status == 200
    refused = ask(stack, key, BASE + "vlille-realtime/facets?facet=etat")
    assert refused.status == 429 and "costs 2" in refused.json()["message"]


def test_what_did_not_change_is_answered_when_the_quota_is_used_up(stack):
    set_plan(stack, "spent", rate=60000, burst=1000, day=2)
    key = issue(stack, "spent")
    first = ask(stack, key)
    assert ask(stack, key).status == 200 and ask(stack, key).status == 429
    for _ in range(3):
        assert ask(stack, key, **{"If-None-Match": first.headers["ETag"]}).status == 304
    for stale in ({"If-None-Match": '"another"'}, {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}):
        refused = ask(stack, key, **stale)
        assert refused.status == 429 and refused.json()["rule"] == "day" and refused.json()["remaining"] == 0
    exports = ask(stack, key, BASE + "vlille-realtime/exports/json", **{"If-None-Match": '"another"'})
    assert exports.status == 429, "nothing is begun that is not paid for"


def test_a_raised_quota_goes_on_with_the_same_count(stack):
    set_plan(stack, "raised", rate=60000, burst=1000, day=5)
    key = issue(stack, "raised")
    assert [ask(stack, key).status for _ in range(6)] == [200] * 5 + [429]
    set_plan(stack, "raised", day=8)
    stack._until(lambda: ask(stack, key).status == 200, 60, "the workers do not follow")
    assert items(ask(stack, key).headers["RateLimit"])["day"]["r"] == 1
    assert [ask(stack, key).status for _ in range(3)] == [200, 429, 429]


@pytest.mark.expects_log_errors("upstream prematurely closed", "connection to client lost", "worker.died")
def test_a_request_whose_worker_died_is_charged_once(stack):
    set_plan(stack, "patient", rate=60000, burst=1000, day=100)
    key = issue(stack, "patient")
    with Lock(stack) as lock:
        running = in_background(stack, key, RECORDS + "&where=nbvelosdispo%3C777")
        lock.wait_for(1)
        busy = [w["pid"] for pool in stack.status()["pools"] if pool["name"] == "read" for w in pool["workers"]
                if w["state"] == "busy"]
        assert len(busy) == 1
        os.kill(busy[0], signal.SIGKILL)
    answer = running()
    assert answer.status == 200
    assert items(ask(stack, key).headers["RateLimit"])["day"]["r"] == 98


def test_an_export_pays_what_it_had(stack):
    set_plan(stack, "exporter", rate=60000, burst=1000, day=100)
    key = issue(stack, "exporter")
    assert ask(stack, key, EXPORT).status == 200
    assert items(ask(stack, key).headers["RateLimit"])["day"]["r"] == 98

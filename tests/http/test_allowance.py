"""What may be asked without a key: exact over all workers, free where nothing was asked, and said in the answer."""

import concurrent.futures
import datetime
import itertools
import re
import time

import pytest

from harness.ratelimit import items
from harness.stack import Stack

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"
V1 = "/api/records/1.0/search?dataset=vlille-realtime&rows=1"
# At one a minute no allowance comes back while a test runs.
SLOW = {"anonymous_rate": 1, "anonymous_total_rate": 0}
addresses = (f"198.51.{number // 250}.{number % 250 + 1}" for number in itertools.count())


@pytest.fixture(scope="module")
def stack():
    """Believes this machine when it says for whom it asks, and grants 40 requests, then one a minute."""
    with Stack(anonymous_burst=40, trusted_proxies="127.0.0.1", **SLOW) as running:
        yield running


def ask(stack, path, client, **headers):
    return stack.get(path, headers={"X-Forwarded-For": client, **headers})


def spend(stack, client, count=40):
    return [ask(stack, RECORDS, client) for _ in range(count)]


def test_an_address_is_told_what_it_has(stack):
    answer = ask(stack, RECORDS, next(addresses))
    assert answer.status == 200
    assert items(answer.headers["RateLimit-Policy"]) == {"address": {"q": 40, "w": 2400}}
    assert items(answer.headers["RateLimit"]) == {"address": {"r": 39, "t": 60}}
    assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]


def test_the_fields_of_the_contract_stand_on_200_only(stack):
    client = next(addresses)
    before = datetime.datetime.now(datetime.timezone.utc)
    answer = ask(stack, RECORDS, client)
    after = datetime.datetime.now(datetime.timezone.utc)
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("40", "39")
    text = answer.headers["X-RateLimit-Reset"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00", text)
    minute = datetime.timedelta(seconds=60)
    assert before + minute <= datetime.datetime.fromisoformat(text) <= after + minute + datetime.timedelta(seconds=1)
    for path in (RECORDS + "&where=nope=1", RECORDS.replace("vlille", "no")):
        answer = ask(stack, path, client)
        assert answer.status in (400, 404)
        assert "X-RateLimit-Limit" not in answer.headers and "RateLimit" in answer.headers


def test_all_workers_together_grant_the_burst_and_no_more(stack):
    client = next(addresses)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(stack, RECORDS, client).status, range(200)))
    assert (answers.count(200), answers.count(429)) == (40, 160)


def test_beyond_it_the_answer_says_when_and_what_is_cheaper(stack):
    client = next(addresses)
    spend(stack, client)
    answer = ask(stack, RECORDS, client)
    assert answer.status == 429
    assert answer.headers["Content-Type"] == "application/json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    body = answer.json()
    assert list(body)[:5] == ["errorcode", "reset_time", "limit_time_unit", "call_limit", "error"]
    assert (body["errorcode"], body["limit_time_unit"], body["call_limit"]) == (10005, "minute", 1)
    assert body["error"] == "You have exceeded the requests limit for anonymous users."
    assert body["rule"] == "address"
    assert "If-None-Match" in body["message"] and "exports" in body["message"]
    assert items(answer.headers["RateLimit"])["address"]["r"] == 0


def test_what_it_says_about_the_time_is_true():
    """One every 10 s: the second request comes sooner than that."""
    with Stack(anonymous_rate=6, anonymous_burst=1, anonymous_total_rate=0, trusted_proxies="127.0.0.1") as stack:
        client = next(addresses)
        assert ask(stack, RECORDS, client).status == 200
        refused = ask(stack, RECORDS, client)
        assert refused.status == 429
        time.sleep(int(refused.headers["Retry-After"]))
        assert ask(stack, RECORDS, client).status == 200


WRONG_KEY = {"Authorization": "Bearer no.good.key"}


@pytest.mark.parametrize("path, headers, status", [
    (V1, {}, 200),
    ("/no/such/address", {}, 404),
    (RECORDS.replace("vlille", "no"), {}, 404),
    (RECORDS, WRONG_KEY, 401),
])
def test_whatever_is_asked_is_counted(stack, path, headers, status):
    client = next(addresses)
    answers = [ask(stack, path, client, **headers) for _ in range(42)]
    assert [answer.status for answer in answers] == [status] * 40 + [429] * 2
    if path.startswith("/api"):
        assert answers[-1].json()["errorcode"] == 10005
    else:
        assert answers[-1].json()["status"] == 429 and answers[-1].json()["type"].endswith("/problems/rate")


def test_one_does_not_pay_for_another(stack):
    one, other = next(addresses), next(addresses)
    spend(stack, one, 60)
    assert items(ask(stack, RECORDS, other).headers["RateLimit"])["address"]["r"] == 39


@pytest.mark.parametrize("one, other, same", [
    ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
    ("2001:db8:0:2::1", "2001:db8:0:3::1", False),
    ("203.0.113.7", "::ffff:203.0.113.7", True),
])
def test_who_is_one_caller(stack, one, other, same):
    spend(stack, one, 10)
    left = items(ask(stack, RECORDS, other).headers["RateLimit"])["address"]["r"]
    assert left == (29 if same else 39)


def test_what_the_client_writes_itself_is_not_believed(stack):
    """nginx takes the last address that is none of ours; what stands before it is anybody's invention."""
    client = next(addresses)
    answers = [ask(stack, RECORDS, f"{next(addresses)}, {client}") for _ in range(10)]
    assert [items(answer.headers["RateLimit"])["address"]["r"] for answer in answers] == list(range(39, 29, -1))


def test_an_answer_that_did_not_change_is_free(stack):
    client = next(addresses)
    tag = ask(stack, RECORDS, client).headers["ETag"]
    for _ in range(100):
        assert ask(stack, RECORDS, client, **{"If-None-Match": tag}).status == 304
    assert items(ask(stack, RECORDS, client).headers["RateLimit"])["address"]["r"] == 38


def test_operation_and_preflights_are_not_counted_and_a_key_pays_for_itself(stack):
    client = next(addresses)
    key = {"Authorization": f"Bearer {stack.key('push:vlille-realtime')}"}
    for _ in range(60):
        assert ask(stack, RECORDS, client, **key).status == 200
        assert ask(stack, "/healthz", client).status == 200
        assert stack.request("OPTIONS", RECORDS, headers={"X-Forwarded-For": client}).status == 204
    answer = ask(stack, RECORDS, client)
    assert items(answer.headers["RateLimit"])["address"]["r"] == 39
    assert set(items(ask(stack, RECORDS, client, **key).headers["RateLimit"])) == {"plan"}


def test_this_machine_is_not_counted(stack):
    answers = [stack.get(RECORDS) for _ in range(60)]
    assert {answer.status for answer in answers} == {200}
    assert "RateLimit" not in answers[0].headers


def test_all_together_have_an_allowance_and_who_is_refused_for_others_pays_nothing():
    settings = {"anonymous_rate": 1, "anonymous_burst": 40, "anonymous_total_rate": 1, "anonymous_total_burst": 50}
    with Stack(trusted_proxies="127.0.0.0/8 ::1", **settings) as stack:
        spend(stack, "198.18.0.1")
        answers = spend(stack, "198.18.0.2", 30)
        assert [answer.status for answer in answers] == [200] * 10 + [429] * 20
        refused = answers[-1]
        assert refused.json()["rule"] == "anonymous"
        limits = items(refused.headers["RateLimit"])
        assert (limits["anonymous"]["r"], limits["address"]["r"]) == (0, 30)
        assert set(items(refused.headers["RateLimit-Policy"])) == {"address", "anonymous"}
        assert "RateLimit" not in stack.get(RECORDS).headers


def test_without_trusted_proxies_nobody_speaks_for_others():
    with Stack(anonymous_burst=5, **SLOW) as stack:
        answers = [ask(stack, RECORDS, "203.0.113.9") for _ in range(20)]
        assert {answer.status for answer in answers} == {200}, "it is this machine that asks"


def test_a_mistake_in_the_setting_is_refused():
    with pytest.raises(AssertionError, match="addresses or networks are expected"):
        Stack(trusted_proxies="; deny all").__enter__()

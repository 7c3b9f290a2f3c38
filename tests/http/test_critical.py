"""Under overload the last workers are kept for keys of critical plans, and crawlers are shed first."""

import threading

import pytest

from harness.stack import Stack
from test_plans import BASE, Lock, issue, set_plan

SLOW = BASE + "vlille-realtime/records?limit=1"
QUICK = BASE + "disponibilite-parkings/records?limit=%d"
HEAVY = BASE + "disponibilite-parkings/facets?facet=%s"


@pytest.fixture(scope="module")
def stack():
    with Stack(read_workers=3, critical_workers=1, hot_bytes=0, statement_timeout_ms=600000, read_deadline_ms=600000,
               trusted_proxies="127.0.0.1") as running:
        yield running


def occupy(stack, number):
    """So many requests that are not answered before the lock is gone."""
    answers = []
    threads = [threading.Thread(target=lambda n=n: answers.append(stack.get(f"{SLOW}&where=nbvelosdispo%3C{900 + n}")))
               for n in range(number)]
    for thread in threads:
        thread.start()
    return threads, answers


def test_nobody_is_shed_while_no_critical_key_asks(stack):
    with Lock(stack) as lock:
        threads, answers = occupy(stack, 2)
        lock.wait_for(2)
        assert [stack.get(QUICK % n).status for n in range(1, 30)] == [200] * 29
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * 2


@pytest.mark.parametrize("slow, quick, heavy", [(0, 200, 200), (1, 200, 503), (2, 503, 503)])
def test_the_last_workers_are_for_critical_keys(stack, slow, quick, heavy):
    set_plan(stack, "cane", rate=60000, burst=60000, critical="yes")
    key = issue(stack, "cane")
    assert stack.get(QUICK % 1, headers=key).status == 200
    tag = stack.get(QUICK % 2).headers["ETag"]
    with Lock(stack) as lock:
        threads, answers = occupy(stack, slow)
        lock.wait_for(slow)
        # A request is slow when it has lasted a moment: from then on it is as it stays until the lock is gone.
        stack._until(lambda: (stack.get(QUICK % 3).status, stack.get(HEAVY % "etat").status) == (quick, heavy), 60,
                     f"not {quick} and {heavy}")
        for n in range(1, 20):
            assert stack.get(QUICK % n, headers=key).status == 200, "critical"
            assert stack.get(HEAVY % "etat", headers=key).status == 200
        assert stack.get(QUICK % 4).status == quick
        refused = stack.get(HEAVY % "etat")
        assert refused.status == heavy
        if heavy == 503:
            assert int(refused.headers["Retry-After"]) >= 1 and refused.json()["error_code"] == "ServiceUnavailable"
        assert stack.get(QUICK % 2, headers={"If-None-Match": tag}).status == 304, "costs no worker"
        assert stack.get("/healthz").status == 200
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * slow
    stack._until(lambda: stack.get(HEAVY % "etat").status == 200, 60, "still shed")


def test_what_is_shed_costs_nothing(stack):
    key, partner = issue(stack, "cane"), issue(stack, "partner")
    assert stack.get(QUICK % 1, headers=key).status == 200
    with Lock(stack) as lock:
        threads, _ = occupy(stack, 2)
        lock.wait_for(2)
        stack._until(lambda: stack.get(QUICK % 3, headers=partner).status == 503, 60, "not shed")
        first, second = [stack.get(QUICK % 3, headers=partner).headers["RateLimit"].split(";")[1] for _ in range(2)]
        assert first == second or int(second[2:]) >= int(first[2:])
        assert "X-Beffroi-Cost" not in stack.get(QUICK % 3, headers=partner).headers
    for thread in threads:
        thread.join()

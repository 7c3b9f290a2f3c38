"""A revoked key is refused by every worker a second after the revocation was committed, whoever hangs or was restarted."""

import json
import signal
import time

import pytest

from harness.faults import send_signal, wait_ready, wait_until, workers
from harness.keyload import RECORDS, KeyLoad
from harness.stack import Stack


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        wait_ready(running)
        yield running


def issue(stack, sub, scope="push:vlille-realtime"):
    return stack.beffroi("key", "issue", "--sub", sub, "--scope", scope, "--days", 2).stdout.strip()


def get(stack, key, path=RECORDS):
    return stack.get(path, headers={"Authorization": f"Bearer {key}"})


def revoke(stack, sub):
    """The moment after which no request that is sent a second later may be admitted."""
    stack.beffroi("key", "revoke", "--sub", sub)
    return time.monotonic()


def revoke_signing(stack, sub):
    kid = stack.sql(f"SELECT kid FROM catalog.api_key WHERE sub = '{sub}'")[0][0]
    stack.beffroi("key", "revoke", "--kid", kid)
    return time.monotonic()


def under_load(stack, sub, act=revoke):
    """Revokes while the key is used, and waits until enough was asked after the second that is granted."""
    key = issue(stack, sub)
    with KeyLoad(stack, key) as load:
        wait_until(lambda: load.count(status=200) >= 20, 120)
        moment = act(stack, sub)
        wait_until(lambda: load.count(since=moment + 1) >= 50, 120)
    assert load.statuses(until=moment) >= {200}
    assert load.statuses(since=moment + 1) == {401}
    return key


def test_a_revoked_key_is_refused_within_a_second(stack):
    key = under_load(stack, "revoked")
    answer = get(stack, key)
    assert answer.status == 401 and answer.json()["message"] == "The key is not valid."


def test_others_go_on(stack):
    other = issue(stack, "other")
    under_load(stack, "gone")
    assert get(stack, other).status == 200


def test_a_revoked_signing_key_takes_its_keys_along(stack):
    key = under_load(stack, "with-its-kid", revoke_signing)
    fresh = issue(stack, "after")
    assert get(stack, fresh).status == 200
    assert get(stack, key).status == 401


def test_the_push_pool_refuses_as_well(stack):
    key = issue(stack, "pusher")
    moment = revoke(stack, "pusher")
    time.sleep(max(0, moment + 1 - time.monotonic()))
    assert stack.push("vlille-realtime", [], key=key).status == 401


@pytest.mark.expects_log_errors("terminating connection")
def test_a_notification_may_be_lost(stack):
    def act(stack, sub):
        listening = "SELECT pid FROM pg_stat_activity WHERE usename = 'beffroi_writer' AND query ~ 'access_change|LISTEN'"
        stack.sql(f"BEGIN; UPDATE catalog.api_key SET revoked = now() WHERE sub = '{sub}';"
                  f"SELECT pg_terminate_backend(pid) FROM ({listening}) AS l; COMMIT;")
        return time.monotonic()
    under_load(stack, "unheard", act)
    wait_ready(stack)


def test_a_clock_process_that_hangs_admits_nobody(stack):
    clock = workers(stack, "clock")
    for pid in clock:
        send_signal(pid, signal.SIGSTOP)
    try:
        key = under_load(stack, "unheard-of")
        assert get(stack, issue(stack, "all-the-same")).status == 200
    finally:
        for pid in clock:
            send_signal(pid, signal.SIGCONT)
    assert get(stack, key).status == 401


def test_what_is_to_come_is_not_yet(stack):
    key = issue(stack, "ends-later")
    stack.sql("UPDATE catalog.api_key SET ends = now() + interval '1 hour' WHERE sub = 'ends-later'")
    number = int(stack.sql("SELECT number FROM catalog.access_change")[0][0])
    wait_until(lambda: get(stack, key).status == 200)
    stack.sql("UPDATE catalog.api_key SET ends = now() - interval '1 second' WHERE sub = 'ends-later'")
    assert int(stack.sql("SELECT number FROM catalog.access_change")[0][0]) == number + 1
    wait_until(lambda: get(stack, key).status == 401)


def test_it_is_refused_after_a_restart(stack):
    key = under_load(stack, "for-ever")
    stack.stop()
    stack.start()
    assert get(stack, key).status == 401
    assert get(stack, issue(stack, "after-the-restart")).status == 200


def test_only_changes_of_access_move_the_number(stack):
    def number():
        return int(stack.sql("SELECT number FROM catalog.access_change")[0][0])
    issue(stack, "quiet")
    before = number()
    stack.sql("UPDATE catalog.api_key SET used = current_date WHERE sub = 'quiet'")
    issue(stack, "quiet")
    assert number() == before
    stack.sql("UPDATE catalog.api_key SET revoked = now() WHERE sub = 'quiet'")
    assert number() == before + 1


def test_the_record_names_the_key_but_not_the_token(stack):
    key = issue(stack, "named")
    answer = get(stack, key)
    stack.settle()
    lines = [json.loads(line) for line in stack.access_log.read_text(encoding="utf-8").splitlines()]
    record = next(line for line in lines if line.get("id") == answer.headers["X-Request-Id"])
    assert record["key"] == stack.sql("SELECT jti FROM catalog.api_key WHERE sub = 'named'")[0][0]
    assert key not in stack.access_log.read_text(encoding="utf-8")

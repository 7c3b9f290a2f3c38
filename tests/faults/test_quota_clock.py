"""Rates and quotas when time is not what it was: midnight comes, somebody sets the clock, the database is away."""

import datetime
import itertools
import re

import pytest

from harness.faults import RECORDS, WallClock, postgres, wait_ready, wait_until
from harness.ratelimit import items
from harness.stack import Stack

PAGE = RECORDS + "?limit=1"
UTC = datetime.timezone.utc
HOUR = 3600
names = (f"partner-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def own():
    stack = Stack(trusted_proxies="127.0.0.1", quota_wait_ms=10000)
    stack.clock = WallClock(stack)
    with stack:
        wait_ready(stack)
        yield stack


def key_of(stack, **numbers):
    """A new partner's, whose plan has these numbers."""
    name = next(names)
    stack.beffroi("plan", "set", name, *(word for item in numbers.items() for word in (f"--{item[0]}", item[1])))
    done = stack.beffroi("key", "issue", "--sub", name, "--plan", name, "--scope", "read", "--days", 1)
    key = {"Authorization": f"Bearer {done.stdout.strip()}", "X-Forwarded-For": "198.51.100.9"}
    expected = f'"plan";q={numbers["burst"]};'
    wait_until(lambda: expected in ask(stack, key, **{"X-Beffroi-Dry-Run": "1"}).headers["RateLimit-Policy"],
               why="the workers do not follow the plan")
    return key


def ask(stack, key, **headers):
    return stack.get(PAGE, headers={**key, **headers})


def left(answer, rule):
    return items(answer.headers["RateLimit"])[rule]["r"]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


# ---- midnight --------------------------------------------------------------------------------------


@pytest.fixture
def zone(own):
    """Sets the zone in whose midnight days end."""
    yield lambda name: own.sql(f"UPDATE catalog.quota_zone SET zone = '{name}'")
    own.sql("UPDATE catalog.quota_zone SET zone = 'Europe/Paris'")


def near_midnight(seconds):
    """An instant that is so near, and a zone in which it is midnight (a rule of POSIX: what is added to come to UTC)."""
    midnight = datetime.datetime.now(UTC).replace(microsecond=0) + datetime.timedelta(seconds=seconds + 1)
    since = (midnight - midnight.replace(hour=0, minute=0, second=0)).seconds
    west = since <= 12 * HOUR
    offset = since if west else 24 * HOUR - since
    return midnight, f"<near>{'+' if west else '-'}{offset // HOUR:02}:{offset // 60 % 60:02}:{offset % 60:02}"


def spend_before(own, zone, midnight_in):
    """Three units of a day that ends so soon, and one too many; None when it ended meanwhile."""
    key = key_of(own, rate=60000, burst=1000, day=3)
    midnight, name = near_midnight(midnight_in)
    zone(name)
    answers = [ask(own, key) for _ in range(4)]
    return (key, midnight, answers) if datetime.datetime.now(UTC) < midnight else None


def test_midnight_opens_the_next_day(own, zone):
    key, midnight, answers = next(filter(None, (spend_before(own, zone, 2 ** n) for n in range(8))))
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [left(answer, "day") for answer in answers] == [2, 1, 0, 0]
    assert {instant(answer.headers["X-RateLimit-Reset"]) for answer in answers[:3]} == {midnight}
    body = answers[3].json()
    assert (body["rule"], instant(body["reset_time"]), instant(body["reset"])) == ("day", midnight, midnight)

    def admitted():
        answers.append(ask(own, key))
        return answers[-1].status == 200
    wait_until(admitted, why="the next day does not begin")
    assert datetime.datetime.now(UTC) >= midnight, "nobody has a new day before midnight"
    assert left(answers[-1], "day") == 2 and instant(answers[-1].headers["X-RateLimit-Reset"]) == midnight + datetime.timedelta(days=1)
    assert [ask(own, key).status for _ in range(3)] == [200, 200, 429]


def test_refusals_speak_of_the_zone_that_the_database_has(own, zone):
    key = key_of(own, rate=60000, burst=1000, day=1)
    zone("America/Guadeloupe")
    assert ask(own, key).status == 200
    bodies = []

    def told():
        bodies.append(ask(own, key).json())
        return bodies[-1]["reset"].endswith("T00:00:00-04:00")
    wait_until(told, why="the workers do not follow the zone")
    assert instant(bodies[-1]["reset"]) == instant(bodies[-1]["reset_time"])
    for wrong in ("Europe/Lille", "", "'; --".replace("'", "''")):
        with pytest.raises(AssertionError, match="time zone"):
            zone(wrong)
    assert own.sql("SELECT zone FROM catalog.quota_zone") == [["America/Guadeloupe"]]


# ---- the wall clock --------------------------------------------------------------------------------


@pytest.fixture
def clock(own):
    yield own.clock.set_ahead
    own.clock.set_ahead(0)


@pytest.mark.parametrize("before, ahead", [(0, 3 * HOUR), (6 * HOUR, 3 * HOUR)])
def test_who_sets_the_clock_moves_no_rate_and_no_quota(own, clock, before, ahead):
    clock(before)
    slow, steady = key_of(own, rate=1, burst=4), key_of(own, rate=60000, burst=1000, day=50)
    first = [ask(own, steady) for _ in range(2)]
    assert [left(ask(own, slow), "plan") for _ in range(2)] == [3, 2]
    clock(ahead)
    assert [left(ask(own, slow), "plan") for _ in range(2)] == [1, 0], "a clock that jumps gives nothing back"
    refused = ask(own, slow)
    assert refused.status == 429 and 1 <= int(refused.headers["Retry-After"]) <= 60
    here = datetime.datetime.now(UTC) + datetime.timedelta(seconds=ahead)
    assert abs(instant(refused.json()["reset_time"]) - here) < datetime.timedelta(hours=1), "told by the node's own clock"
    then = [ask(own, steady) for _ in range(2)]
    assert [left(answer, "day") for answer in first + then] == [49, 48, 47, 46]
    assert len({answer.headers["X-RateLimit-Reset"] for answer in first + then}) == 1, "the day ends by the clock of PostgreSQL"
    clock(0)
    assert ask(own, slow).status == 429 and left(ask(own, steady), "day") == 45


def test_a_key_ends_by_the_wall_clock_and_its_count_stays(own, clock):
    key = key_of(own, rate=60000, burst=1000, day=50)
    assert left(ask(own, key), "day") == 49
    for ahead in (25 * HOUR, -HOUR):  # ended, not begun
        clock(ahead)
        refused = ask(own, key)
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="beffroi"'), refused
    clock(0)
    assert left(ask(own, key), "day") == 48


# ---- the database ----------------------------------------------------------------------------------


def test_without_the_database_and_with_an_empty_slice_it_says_why(own):
    key = key_of(own, rate=60000, burst=30000, day=20000)
    before = [ask(own, key) for _ in range(3)]  # from then on the page comes from memory: the quota alone needs the database
    assert [left(answer, "day") for answer in before] == [19999, 19998, 19997]
    postgres(own, "stop")
    try:
        admitted = list(itertools.takewhile(lambda answer: answer.status == 200, (ask(own, key) for _ in range(20000))))
        assert [left(answer, "day") for answer in admitted] == list(range(19996, 19996 - len(admitted), -1))
        for _ in range(8):
            refused = ask(own, key)
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1"), refused
            body = refused.json()
            assert body["error_code"] == "ServiceUnavailable" and re.search("quota cannot be counted", body["message"])
        assert own.get(PAGE, headers={"X-Forwarded-For": "198.51.100.9"}).status == 200, "nobody else is concerned"
    finally:
        postgres(own, "start")
    answers = []

    def counted():
        answers.append(ask(own, key))
        return answers[-1].status == 200
    wait_until(counted, why="the quota is not counted again")
    assert left(answers[-1], "day") == 19996 - len(admitted), "what was refused cost nothing, what was admitted was counted"

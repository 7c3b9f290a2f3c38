"""Keys for the devices of an event: as many as there are places and no more, each with a rate of its own, for a short code."""

import base64
import collections
import concurrent.futures
import datetime
import itertools
import json
import re
import time

import pytest

from harness.faults import wait_until
from harness.ratelimit import items
from harness.stack import Stack
from harness.tokens import Forge, spoilt

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"
CLAIM, EVENTS, PAGES = "/api/keys/v1/claim", "/api/admin/v1/events", "/api/keys/v1/events"
BURST = 40  # of an address without a key; one a minute comes back
addresses = (f"198.51.{number // 250}.{number % 250 + 1}" for number in itertools.count())


@pytest.fixture(scope="module")
def stack():
    """Believes this machine when it says for whom it asks; an address without a key may ask little."""
    with Stack(anonymous_burst=BURST, anonymous_rate=1, anonymous_total_rate=0, trusted_proxies="127.0.0.1",
               statement_timeout_ms=600000, read_deadline_ms=600000, quota_wait_ms=10000) as running:
        yield running


def create(stack, devices=3, until="tomorrow 20:00", title="Hackathon", **more):
    """(code, event) of a new one."""
    words = [word for name, value in more.items() for word in (f"--{name.replace('_', '-')}", value)]
    done = stack.beffroi("event", "create", "--title", title, "--devices", devices, "--until", until, "--json", *words)
    made = json.loads(done.stdout)
    return made["code"], made["about"]["id"]


def claim(stack, code, client=None, retry=None, body=None, kind="application/json", method="POST", path=CLAIM, **more):
    headers = {"Content-Type": kind, **({"Idempotency-Key": retry} if retry is not None else {})}
    headers |= {"X-Forwarded-For": client} if client else {}
    body = json.dumps({"code": code, **more}).encode() if body is None else body
    return stack.request(method, path, body=body, headers=headers)


def ask(stack, key, client="198.51.100.200", path=RECORDS):
    return stack.get(path, headers={"Authorization": f"Bearer {key}", "X-Forwarded-For": client})


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def page(stack, event):
    answer = stack.get(f"{PAGES}/{event}")
    assert answer.status == 200, answer
    return answer.json()


def refused(answer, status, slug, *words):
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/problems/" + slug), answer
    for word in words:
        assert word in answer.json()["detail"], answer


def paris(text):
    found = datetime.datetime.fromisoformat(text)
    assert found.utcoffset() in (datetime.timedelta(hours=1), datetime.timedelta(hours=2)), text
    return found


# ---- making ----------------------------------------------------------------------------------------


def test_one_command_prints_the_code_alone_and_keeps_only_its_digest(stack):
    done = stack.beffroi("event", "create", "--title", "Nuit du code", "--devices", 200, "--until", "sunday 20:00")
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\n", done.stdout) and not done.stderr
    code = done.stdout.strip()
    listed = json.loads(stack.beffroi("event", "list", "--json").stdout)
    event = listed[0]
    assert event["title"] == {"fr": "Nuit du code", "en": "Nuit du code"} and event["state"] == "open"
    assert (event["places"], event["taken"], event["free"], event["refused"]) == (200, 0, 200, 0)
    assert (event["plan"], event["scope"], event["narrowing"]) == ("event", ["read"], {})
    ends = paris(event["ends"])
    assert (ends.weekday(), ends.hour, ends.minute) == (6, 20, 0) and ends > datetime.datetime.now(datetime.timezone.utc)
    assert event["id"] in stack.beffroi("event", "list").stdout
    shown = stack.beffroi("event", "show", event["id"]).stdout
    assert "Nuit du code" in shown and "0 of 200" in shown
    for text in (code, code.replace("-", ""), code.lower().replace("-", "")):
        assert stack.sql("SELECT count(*) FROM catalog.event AS e WHERE e::text ILIKE '%" + text + "%'") == [["0"]]
        assert stack.sql("SELECT count(*) FROM catalog.audit AS a WHERE a::text ILIKE '%" + text + "%'") == [["0"]]
    line, = json.loads(stack.beffroi("key", "audit", f"event:{event['id']}", "--json").stdout)
    assert line["what"] == "event.create" and line["detail"]["places"] == 200


@pytest.mark.parametrize("words, text", [
    (["--devices", "3", "--until", "tomorrow 8:00"], "--title"),
    (["--title", "x", "--until", "tomorrow 8:00"], "--devices"),
    (["--title", "x", "--devices", "3"], "--until"),
    (["--title", "x", "--devices", "0", "--until", "tomorrow 8:00"], "10000"),
    (["--title", "x", "--devices", "10001", "--until", "tomorrow 8:00"], "10000"),
    (["--title", "x" * 201, "--devices", "3", "--until", "tomorrow 8:00"], "200 characters"),
    (["--title", "a\tb", "--devices", "3", "--until", "tomorrow 8:00"], "controls"),
    (["--title", "a\x9bb", "--devices", "3", "--until", "tomorrow 8:00"], "controls"),
    (["--title", "\udcff", "--devices", "3", "--until", "tomorrow 8:00"], "controls"),
    (["--title", "x", "--devices", "3", "--until", "sunday"], "sunday 20:00"),
    (["--title", "x", "--devices", "3", "--until", "2026-11-29"], "dimanche 20h"),
    (["--title", "x", "--devices", "3", "--until", "2020-11-29T20:00"], "over already"),
    (["--title", "x", "--devices", "3", "--until", "9999-11-29T20:00"], "400 days"),
    (["--title", "x", "--devices", "3", "--until", "tomorrow 8:00", "--plan", "nowhere"], "no such plan"),
    (["--title", "x", "--devices", "3", "--until", "tomorrow 8:00", "--scope", "admin"], "push:DATASET"),
    (["--title", "x", "--devices", "3", "--until", "tomorrow 8:00", "--scope", "read push:*"], "push:DATASET"),
    (["--title", "x", "--devices", "3", "--until", "tomorrow 8:00", "--scope", "publish:mel"], "push:DATASET"),
    (["--title", "x", "--devices", "3", "--until", "tomorrow 8:00", "--scope", "reading"], "scope"),
    (["--title", "x", "--devices", "3", "--until", "tomorrow 8:00", "--datasets", "A'B"], "ids of datasets"),
    (["--title", "x", "--devices", "3", "--until", "tomorrow 8:00", "--datasets", ",".join(f"{'d' * 60}{n}" for n in range(16))], "bytes"),
])
def test_what_cannot_be_an_event_is_refused(stack, words, text):
    done = stack.beffroi("event", "create", *words, check=False)
    assert done.returncode in (1, 2) and text in done.stderr and not done.stdout


@pytest.mark.parametrize("words", [["show"], ["close"], ["show", "000000000000"], ["close", "000000000000"],
                                   ["places"], ["places", "000000000000"], ["places", "000000000000", "--devices", "5"],
                                   ["show", "'; --"], ["nothing"], []])
def test_commands_about_no_event(stack, words):
    done = stack.beffroi("event", *words, check=False)
    assert done.returncode in (1, 2) and done.stderr and not done.stdout


# ---- claiming --------------------------------------------------------------------------------------


def test_a_device_gets_a_key_of_its_own(stack):
    code, event = create(stack, devices=2, title="Vélos", title_en="Bikes", datasets="vlille-realtime",
                         scope="read push:vlille-realtime")
    answer = claim(stack, code, device="le portable d'Ève")
    assert answer.status == 201, answer
    assert answer.headers["Cache-Control"] == "no-store" and "Idempotency-Replayed" not in answer.headers
    found = answer.json()
    assert found["event"]["id"] == event and found["event"]["title"] == {"fr": "Vélos", "en": "Bikes"}
    about = found["about"]
    assert about["partner"] == f"event:{event}" and about["plan"] == "event" and about["state"] == "valid"
    assert about["scope"] == ["read", "push:vlille-realtime"] and about["narrowing"] == {"datasets": ["vlille-realtime"]}
    assert paris(found["event"]["ends"]) == datetime.datetime.fromisoformat(about["expires"])
    assert claims(found["key"])["exp"] == paris(found["event"]["ends"]).timestamp()
    assert ask(stack, found["key"]).status == 200
    assert ask(stack, found["key"], path=RECORDS.replace("vlille-realtime", "disponibilite-parkings")).status == 404
    tried = re.fullmatch(r"""curl -H "Authorization: Bearer \$BEFFROI_KEY" 'http://[^/]+(/[^']+)'""", found["try"])
    assert ask(stack, found["key"], path=tried[1]).status == 200
    other = claim(stack, code).json()
    assert other["about"]["id"] != about["id"]
    shown = stack.get(f"{EVENTS}/{event}", headers={"Authorization": f"Bearer {stack.key('admin')}"}).json()
    assert [(one["number"], one["device"], one["key"], one["again"]) for one in shown["devices"]] == \
        [(1, "le portable d'Ève", about["id"], 0), (2, None, other["about"]["id"], 0)]
    assert json.loads(stack.beffroi("event", "show", event, "--json").stdout)["devices"] == shown["devices"]
    line, = json.loads(stack.beffroi("key", "audit", about["id"], "--json").stdout)
    assert (line["what"], line["who"]) == ("event.claim", f"event:{event}") and "198.51" not in json.dumps(line)


def test_a_code_is_read_as_it_was_meant(stack):
    code, _ = create(stack, devices=20)
    plain = code.replace("-", "")
    spelled = [code, code.lower(), plain, " ".join(plain.lower()), f" {code} ", plain.replace("0", "o").replace("1", "l"),
               plain.replace("0", "O").replace("1", "I")]
    assert [claim(stack, one).status for one in spelled] == [201] * len(spelled)


def test_a_form_does_as_well(stack):
    code, event = create(stack)
    form = "application/x-www-form-urlencoded"
    answer = claim(stack, None, body=f"code={code.lower().replace('-', '+')}&device=Le+n%C2%B0+1".encode(), kind=form)
    assert answer.status == 201, answer
    for body, word in [(b"device=x", "eight letters"), (b"code=", "code"), (f"code={code}&code={code}".encode(), "code"),
                       (f"code={code}&plan=internal".encode(), "no other"), (f"code={code}&device=".encode(), "device"),
                       (f"code={code}&device=%ff".encode(), ""), (b"code=%00", "")]:
        assert claim(stack, None, body=body, kind=form).status == 400, body
    # Not in the address, which ends in logs and histories.
    refused(claim(stack, None, body=b"", kind=form, path=f"{CLAIM}?code={code}"), 400, "parameter", "in the body")
    assert page(stack, event)["taken"] == 1


@pytest.mark.parametrize("body, slug", [
    (b"", "parameter"), (b"{}", "parameter"), (b"[]", "body"), (b"{", "body"), (b"null", "body"), (b"\xff", "body"),
    (b'{"code":1}', "parameter"), (b'{"code":""}', "parameter"), (b'{"code":null}', "parameter"), (b'{"code":["K3V9-M2QA"]}', "parameter"),
    (b'{"code":"K3V9-M2Q"}', "parameter"), (b'{"code":"K3V9-M2QAA"}', "parameter"), (b'{"code":"K3V9-M2QU"}', "parameter"),
    (b'{"code":"K3V9\\u0000M2QA"}', "body"), (b'{"code":"\' OR 1=1 --"}', "parameter"), (b'{"code":"K3V9-M2QA","code":"K3V9-M2QA"}', "body"),
    (b'{"code":"K3V9-M2QA","device":7}', "parameter"), (b'{"code":"K3V9-M2QA","device":"a\\nb"}', "parameter"),
    (b'{"code":"K3V9-M2QA","device":"' + b"x" * 65 + b'"}', "parameter"), ('{"code":"K3V9-M2QA","device":"a\x9b31mb"}'.encode(), "parameter"), (b'{"code":"K3V9-M2QA","days":400}', "parameter"),
    (b"[" * 3000 + b"]" * 3000, "body"), (b'{"code":"' + b"A" * 9000 + b'"}', "parameter"), ('{"code":"Ｋ３Ｖ９-M2QA"}'.encode(), "parameter"),
])
def test_bodies_that_are_refused(stack, body, slug):
    refused(claim(stack, None, body=body), 400, slug)


def test_other_methods_types_and_names(stack):
    code, event = create(stack)
    assert claim(stack, code, method="GET").status == 405
    assert claim(stack, code, kind="text/plain").status == 415
    for name in ('""', "x" * 256, "caf\xe9"):
        refused(claim(stack, code, retry=name), 400, "request", "Idempotency-Key")
    assert page(stack, event)["taken"] == 0
    preflight = stack.request("OPTIONS", CLAIM, headers={"Origin": "https://hack.example", "Access-Control-Request-Method": "POST"})
    assert preflight.status == 204 and "Idempotency-Key" in preflight.headers["Access-Control-Allow-Headers"]


def test_an_unknown_code_and_an_event_that_is_over(stack):
    refused(claim(stack, "0000-0000"), 404, "not-found", "No event has this code")
    code, event = create(stack)
    stack.sql(f"UPDATE catalog.event SET ends = now() - interval '1 second' WHERE id = '{event}'")
    refused(claim(stack, code), 410, "event-over", "is over")
    assert page(stack, event)["state"] == "over" and page(stack, event)["free"] == 0
    code, event = create(stack)
    stack.beffroi("event", "close", event)
    refused(claim(stack, code), 410, "event-over", "closed")
    done = stack.beffroi("event", "close", event, check=False)
    assert done.returncode == 1 and "could be closed" in done.stderr
    done = stack.beffroi("event", "close", event, "--reason", "\udcff", check=False)
    assert done.returncode == 1 and "UTF-8" in done.stderr


def test_an_event_gets_more_places(stack):
    code, event = create(stack, devices=2)
    assert [claim(stack, code).status for _ in range(3)] == [201, 201, 409]
    assert page(stack, event)["state"] == "full"
    done = stack.beffroi("event", "places", event, "--devices", 3)
    assert done.stdout == "2 of 3 places are taken\n"
    assert [claim(stack, code).status for _ in range(2)] == [201, 409]
    for places, word in [(2, "3 devices have a key"), (10001, "10,000")]:
        done = stack.beffroi("event", "places", event, "--devices", places, check=False)
        assert done.returncode in (1, 2) and word in done.stderr
    assert json.loads(stack.beffroi("event", "places", event, "--devices", 5, "--json").stdout)["free"] == 2
    assert json.loads(stack.beffroi("event", "places", event, "--devices", 3, "--json").stdout)["state"] == "full"
    (line, *_) = json.loads(stack.beffroi("key", "audit", f"event:{event}", "--json").stdout)
    assert line["what"] == "event.places" and line["detail"]["places"] == 3
    stack.beffroi("event", "close", event)
    done = stack.beffroi("event", "places", event, "--devices", 9, check=False)
    assert done.returncode == 1 and "was closed" in done.stderr


# ---- as many as there are places -------------------------------------------------------------------


def test_two_hundred_laptops_behind_one_address(stack):
    """Thirty come too late; the others each have a rate of their own, far beyond what their address has without a key."""
    stack.beffroi("plan", "set", "hack", "--rate", 1, "--burst", BURST + 20, "--exports", 1, "--day", 0, "--each-key", "yes")
    code, event = create(stack, devices=200, plan="hack")
    client = next(addresses)
    for _ in range(BURST + 1):  # their address has nothing left
        nothing = stack.get(RECORDS, headers={"X-Forwarded-For": client})
    assert nothing.status == 429
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda n: claim(stack, code, client, retry=f"{n}" if n % 2 else None), range(230)))
    assert collections.Counter(answer.status for answer in answers) == {201: 200, 409: 30}
    for answer in answers:
        if answer.status == 409:
            refused(answer, 409, "event-full", "200 places")
    keys = [answer.json()["key"] for answer in answers if answer.status == 201]
    assert len(set(keys)) == 200
    counts = page(stack, event)
    assert (counts["state"], counts["taken"], counts["free"], counts["refused"]) == ("full", 200, 0, 30)
    assert stack.sql(f"SELECT count(*), count(DISTINCT jti), max(number) FROM catalog.event_place WHERE event = '{event}'") == \
        [["200", "200", "200"]]
    assert stack.sql(f"SELECT count(*) FROM catalog.api_key WHERE sub = 'event:{event}'") == [["200"]]
    # All of them ask, and one asks as long as he may: nobody else notices.
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert {answer.status for answer in pool.map(lambda key: ask(stack, key, client), keys)} == {200}
        greedy = list(pool.map(lambda _: ask(stack, keys[0], client).status, range(BURST + 40)))
    assert collections.Counter(greedy) == {200: BURST + 19, 429: 21}
    answer = ask(stack, keys[0], client)
    assert answer.status == 429 and answer.json()["rule"] == "plan" and "each key" in answer.json()["message"]
    answer = ask(stack, keys[1], client)
    assert items(answer.headers["RateLimit"])["plan"]["r"] == BURST + 18
    # And closing ends all of them.
    assert stack.beffroi("event", "close", event, "--reason", "over").stdout == "the event is closed, 200 keys are revoked\n"
    closed = time.monotonic()
    time.sleep(max(0, closed + 1 - time.monotonic()))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert {answer.status for answer in pool.map(lambda key: ask(stack, key, next(addresses)), keys)} == {401}
    line = json.loads(stack.beffroi("key", "audit", f"event:{event}", "--json").stdout)[0]
    assert line["what"] == "event.close" and line["detail"]["revoked"] == 200 and line["detail"]["reason"] == "over"
    assert page(stack, event)["state"] == "closed"


def test_a_key_ends_with_its_event(stack):
    """That it ends there is its claim; what its holder is told then is not told to others."""
    code, _ = create(stack, until="tomorrow 20:00")
    answer = claim(stack, code).json()
    assert claims(answer["key"])["exp"] == paris(answer["event"]["ends"]).timestamp()
    now = int(time.time())
    over = {"iat": now - 7200, "nbf": now - 7200, "exp": now - 60}
    forge = Forge(stack)
    ended = ask(stack, forge.issue(sub="event:0123456789ab", plan="event", **over))
    assert ended.status == 401 and "the event is over" in ended.json()["message"]
    assert ask(stack, forge.issue(**over)).json()["message"] == "The key is not valid."
    # Signed by nobody we know.
    token = forge.issue(sub="event:0123456789ab", plan="event", **over)
    assert ask(stack, spoilt(token)).json()["message"] == "The key is not valid."


def test_whose_key_is_over_is_told_so(stack):
    code, event = create(stack)
    key = claim(stack, code).json()["key"]
    assert ask(stack, key).status == 200
    stack.beffroi("event", "close", event)
    wait_until(lambda: ask(stack, key).status == 401)
    assert "the event is over" in ask(stack, key).json()["message"]
    # Who has no key of ours learns nothing.
    assert ask(stack, spoilt(key)).json()["message"] == "The key is not valid."


def test_a_plan_may_share_its_rate_among_all_devices(stack):
    stack.beffroi("plan", "set", "shared", "--rate", 1, "--burst", 3)
    code, _ = create(stack, plan="shared")
    keys = [claim(stack, code).json()["key"] for _ in range(3)]
    assert [ask(stack, keys[n % 3]).status for n in range(6)] == [200] * 3 + [429] * 3


def test_all_devices_have_one_quota(stack):
    stack.beffroi("plan", "set", "pool", "--rate", 0, "--burst", 1, "--day", 30, "--each-key", "yes")
    code, event = create(stack, plan="pool")
    keys = [claim(stack, code).json()["key"] for _ in range(3)]
    answers = [ask(stack, keys[n % 3]) for n in range(33)]
    assert [answer.status for answer in answers] == [200] * 30 + [429] * 3
    assert answers[-1].json()["rule"] == "day"
    counts = page(stack, event)["units"]
    assert counts["quota"] == 30 and 0 < counts["today"] <= 30 and counts["total"] == counts["today"]
    wait_until(lambda: page(stack, event)["units"]["today"] == 30)


def test_a_device_makes_no_more_keys_of_its_own(stack):
    """Each would have the rate of the plan once more."""
    code, _ = create(stack)
    key = claim(stack, code).json()["key"]
    answer = stack.request("POST", "/api/keys/v1/narrow", body=b"{}", headers={"Authorization": f"Bearer {key}"})
    refused(answer, 403, "forbidden", "rate of its own")


# ---- once more -------------------------------------------------------------------------------------


def test_who_asks_again_keeps_his_place(stack):
    code, event = create(stack, devices=1)
    first = claim(stack, code, retry='"5c0f-laptop"', device="one").json()
    assert ask(stack, first["key"]).status == 200
    again = claim(stack, code, retry="5c0f-laptop")
    assert again.status == 201 and again.headers["Idempotency-Replayed"] == "true"
    second = again.json()
    assert second["about"]["id"] != first["about"]["id"] and ask(stack, second["key"]).status == 200
    wait_until(lambda: ask(stack, first["key"]).status == 401)
    assert "another one" in ask(stack, first["key"]).json()["message"]
    assert page(stack, event)["taken"] == 1
    shown = json.loads(stack.beffroi("event", "show", event, "--json").stdout)["devices"]
    assert [(one["device"], one["key"], one["again"]) for one in shown] == [("one", second["about"]["id"], 1)]
    refused(claim(stack, code, retry="another"), 409, "event-full")
    refused(claim(stack, code), 409, "event-full")
    # A name belongs to its event.
    other, _ = create(stack)
    answer = claim(stack, other, retry="5c0f-laptop")
    assert answer.status == 201 and "Idempotency-Replayed" not in answer.headers
    assert ask(stack, second["key"]).status == 200


def test_retries_at_once_take_one_place_and_leave_one_key(stack):
    code, event = create(stack, devices=5)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: claim(stack, code, retry="same"), range(10)))
    assert [answer.status for answer in answers] == [201] * 10
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count("true") == 9
    assert page(stack, event)["taken"] == 1
    assert stack.sql(f"SELECT count(*) FROM catalog.api_key WHERE sub = 'event:{event}' AND revoked IS NULL") == [["1"]]
    # Not for ever: each leaves a revoked key behind.
    refused(claim(stack, code, retry="same"), 409, "conflict", "no more")


def test_whose_key_was_taken_away_does_not_get_another(stack):
    code, _ = create(stack)
    jti = claim(stack, code, retry="bad").json()["about"]["id"]
    stack.beffroi("key", "revoke", jti)
    refused(claim(stack, code, retry="bad"), 403, "forbidden", "revoked")


# ---- guesses ---------------------------------------------------------------------------------------


def guess_until_refused(stack, client, **what):
    """One guess a second comes back; they are sent faster than that."""
    answers = []

    def refuses(_):
        answers.append(claim(stack, "0000-0000", client, **what))
        return answers[-1].status == 429
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        wait_until(lambda: any(pool.map(refuses, range(8))))
    return next(answer for answer in answers if answer.status == 429)


def test_codes_are_not_tried_out(stack):
    code, _ = create(stack, devices=10)
    client, other = next(addresses), next(addresses)
    assert claim(stack, code, client).status == 201
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: claim(stack, f"0000-{n:04d}", client).status, range(400)))
    counted = collections.Counter(statuses)
    assert set(counted) == {404, 429} and counted[404] >= 100
    wrong = guess_until_refused(stack, client)
    refused(wrong, 429, "rate", "codes that no event has")
    assert 1 <= int(wrong.headers["Retry-After"]) <= 60 and "X-Beffroi-Cost" not in wrong.headers
    # Who sits beside the guesser gets his key; a code that was never right there is one of the guesses.
    assert [claim(stack, code, client).status for _ in range(5)] == [201] * 5
    assert claim(stack, code, other).status == 201
    assert claim(stack, "0000-0000", other).status == 404


def test_malformed_claims_count_as_guesses(stack):
    refused(guess_until_refused(stack, next(addresses), body=b"{"), 429, "rate", "codes that no event has")


def test_a_claim_costs_nothing(stack):
    code, event = create(stack, devices=1)
    asked = stack.request("POST", CLAIM, body=json.dumps({"code": code}).encode(),
                          headers={"Content-Type": "application/json", "X-Beffroi-Dry-Run": "1"})
    assert asked.status == 204 and "X-Beffroi-Cost" not in asked.headers and page(stack, event)["taken"] == 0
    client = next(addresses)
    answer = claim(stack, code, client)
    assert answer.status == 201 and "RateLimit" not in answer.headers
    first = stack.get(RECORDS, headers={"X-Forwarded-For": client})
    assert items(first.headers["RateLimit"])["address"]["r"] == BURST - 1


# ---- over HTTP, and the page -----------------------------------------------------------------------


def admin(stack, method, path, body=None):
    headers = {"Authorization": f"Bearer {stack.key('admin')}", "Content-Type": "application/json"}
    return stack.request(method, path, body=None if body is None else json.dumps(body).encode(), headers=headers)


def test_the_same_over_http(stack):
    answer = admin(stack, "POST", EVENTS, {"title": "Over HTTP", "devices": 4, "until": "dimanche 20h", "scope": ["read"],
                                           "datasets": ["vlille-realtime"], "rate": 600})
    assert answer.status == 201 and answer.headers["Cache-Control"] == "no-store"
    made = answer.json()
    event = made["about"]["id"]
    assert made["about"]["narrowing"] == {"datasets": ["vlille-realtime"], "rate": 600}
    key = claim(stack, made["code"]).json()["key"]
    assert claims(key)["rate"] == 600
    assert event in [one["id"] for one in admin(stack, "GET", EVENTS).json()["events"]]
    assert admin(stack, "POST", f"{EVENTS}/{event}/places", {"devices": 6}).json()["free"] == 5
    for body, status, kind in [({}, 400, "parameter"), ({"devices": "6"}, 400, "parameter"), ({"places": 6}, 400, "parameter")]:
        refused(admin(stack, "POST", f"{EVENTS}/{event}/places", body), status, kind, "devices")
    assert admin(stack, "POST", f"{EVENTS}/{event}/close", {"reason": "enough"}).json() == {"revoked": 1}
    refused(admin(stack, "POST", f"{EVENTS}/{event}/places", {"devices": 7}), 410, "event-over", "closed")
    refused(admin(stack, "POST", f"{EVENTS}/000000000000/places", {"devices": 7}), 404, "not-found")
    wait_until(lambda: ask(stack, key).status == 401)
    refused(admin(stack, "POST", f"{EVENTS}/{event}/close"), 404, "not-found")
    refused(admin(stack, "GET", f"{EVENTS}/000000000000"), 404, "not-found")
    for body, word in [({}, "title"), ({"title": "x", "devices": 1}, "until"), ({"title": "x", "devices": 1.5, "until": "sunday 20:00"}, "devices"),
                       ({"title": "x", "devices": 10001, "until": "sunday 20:00"}, "devices"), ({"title": "x", "devices": 1, "until": "soon"}, "until"),
                       ({"title": "x", "devices": 1, "until": "sunday 20:00", "scope": "admin"}, "scope"),
                       ({"title": "x", "devices": 1, "until": "sunday 20:00", "code": "0000-0000"}, "code is not known"),
                       ({"title": "x", "devices": 1, "until": "sunday 20:00", "plan": "no-such"}, "plan")]:
        refused(admin(stack, "POST", EVENTS, body), 400, "parameter", word)


def test_only_the_scope_admin_sees_and_makes_them(stack):
    for method, path in [("GET", EVENTS), ("POST", EVENTS), ("GET", f"{EVENTS}/000000000000"), ("POST", f"{EVENTS}/000000000000/close")]:
        assert stack.request(method, path, body=b"{}" if method == "POST" else None).status == 401
        answer = stack.request(method, path, body=b"{}" if method == "POST" else None,
                               headers={"Authorization": f"Bearer {stack.key('read')}"})
        assert answer.status == 403


def test_the_page_shows_numbers_and_nothing_else(stack):
    code, event = create(stack, devices=5, title="Données \"ouvertes\"", title_en="Open data")
    made = [claim(stack, code, next(addresses), device=f"laptop-{n}").json() for n in range(3)]
    answer = stack.get(f"{PAGES}/{event}")
    found = answer.json()
    assert list(found) == ["id", "title", "state", "places", "taken", "free", "refused", "created", "ends", "closed", "units", "claims"]
    assert found["title"] == {"fr": "Données \"ouvertes\"", "en": "Open data"}
    assert (found["state"], found["places"], found["taken"], found["free"], found["closed"]) == ("open", 5, 3, 2, None)
    assert sum(one["keys"] for one in found["claims"]) == 3
    assert all(paris(one["hour"]).minute == 0 for one in found["claims"])
    for secret in (code, code.replace("-", "").lower(), "198.51", "laptop", *(one["key"] for one in made), *(one["about"]["id"] for one in made)):
        assert secret.lower() not in answer.text.lower()
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["Access-Control-Allow-Origin"] == "*"
    for path in (f"{PAGES}/000000000000", f"{PAGES}/%27%20OR%201", f"{PAGES}/" + "x" * 500):
        refused(stack.get(path), 404, "not-found", "no event")


def test_no_code_reaches_a_log(stack):
    code, _ = create(stack)
    answer = claim(stack, code, retry="logged-name")
    claim(stack, None, body=b"", path=f"{CLAIM}?code={code}")
    stack.settle_after(claim(stack, "0000-0000").headers["X-Request-Id"])
    for log in stack.log_folder.iterdir():
        text = log.read_text(encoding="utf-8", errors="replace")
        for secret in (code, code.replace("-", "").lower(), answer.json()["key"], "logged-name"):
            assert secret not in text, log

"""Which key of a request counts, how it is refused, and that it goes nowhere."""

import json
import secrets
import urllib.parse

import pytest

from cryptography.hazmat.primitives.asymmetric import ec

from harness import dataset
from harness.stack import Stack
from harness.tokens import Forge

ID = "credentials"
EXPLORE = f"/api/explore/v2.1/catalog/datasets/{ID}/records"
OLD = f"/api/explore/v2.0/catalog/datasets/{ID}/records"
V1 = f"/api/records/1.0/search?dataset={ID}"
PUSH = f"/api/push/v1/datasets/{ID}/records"
VENDOR = f"/api/push/1.0/{ID}/t/push"
READS = [EXPLORE, OLD, V1]
EVERYWHERE = [*READS, PUSH, VENDOR]


@pytest.fixture(scope="module", autouse=True)
def data(stack, tmp_path_factory):
    content = dataset.manifest(ID, geometry=None, fields=[{"name": "id", "type": "int"}, {"name": "nom", "type": "text", "facet": True}])
    del content["geometry"]
    dataset.apply(stack, tmp_path_factory.mktemp(ID), content)
    assert stack.push(ID, [{"id": number, "nom": f"n{number}"} for number in range(30)]).status == 200


@pytest.fixture(scope="module")
def key(stack):
    return stack.key(f"push:{ID}")


def add(path, query):
    return path + ("&" if "?" in path else "?") + query if query else path


def ask(stack, path, query="", headers=None):
    sent = dict(headers or {})
    if path in (PUSH, VENDOR):
        return stack.request("POST", add(path, query), b"[]", {"Content-Type": "application/json", **sent})
    return stack.get(add(path, query), headers=sent)


def says(path, answer):
    """What a refusal says, in the shape of its protocol."""
    body = answer.json()
    if path in (EXPLORE, OLD):
        assert list(body) == ["error_code", "message"] and answer.headers["Content-Type"] == "application/json"
        assert body["error_code"] == {400: "BadRequest", 401: "Unauthorized", 403: "ForbiddenAccess"}[answer.status]
        return body["message"]
    if path == V1:
        assert list(body) == ["error"]
        return body["error"]
    if path == VENDOR:
        assert body["status"] == "error"
        return body["message"]
    assert body["status"] == answer.status and answer.headers["Content-Type"] == "application/problem+json"
    return body["detail"]


def forms(key):
    yield "", {"Authorization": f"Bearer {key}"}
    yield "", {"Authorization": f"bearer   {key} "}
    for scheme in ("Apikey", "ApiKey", "apikey", "APIKEY"):
        yield "", {"Authorization": f"{scheme} {key}"}
    yield f"apikey={key}", {}
    yield f"access_token={key}", {}


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_key_is_taken_from_one_place(stack, key, path):
    for query, headers in [*forms(key), *([(f"pushkey={key}", {})] if path in (PUSH, VENDOR) else [])]:
        answer = ask(stack, path, query, headers)
        assert answer.status == 200, (query, headers, answer)
    form = stack.request("POST", EXPLORE, urllib.parse.urlencode({"limit": 1, "apikey": key + "x"}).encode(),
                         {"Content-Type": "application/x-www-form-urlencoded"})
    assert form.status == 401, "a form is a place like the address"


@pytest.mark.parametrize("path", READS)
def test_pushkey_is_no_key_where_nothing_is_pushed(stack, key, path):
    assert ask(stack, path, "pushkey=nonsense").status == 200
    assert ask(stack, path, f"pushkey=nonsense&apikey={key}").status == 200


def wrong(key, other):
    """Query, header fields, status, and what is said."""
    bearer = {"Authorization": f"Bearer {key}"}
    yield f"apikey={key}", bearer, 400, "a key twice"
    yield f"apikey={other}", bearer, 400, "two different keys"
    yield f"access_token={key}&apikey={key}", {}, 400, "in apikey and in the parameter access_token"
    yield f"apikey={key}&apikey={key}", {}, 400, "more than once"
    yield f"apikey={key}&apikey={other}", {}, 400, "more than once"
    yield "apikey=", {}, 400, "is empty"
    yield "apikey", {}, 400, "is empty"
    yield f"apikey={key}%20{key}", {}, 400, "visible ASCII"
    yield f"apikey={key}%0D%0AX-Injected:1", {}, 400, "visible ASCII"
    yield f"apikey={key}%C3%A9", {}, 400, "visible ASCII"
    yield f"apikey={key}%00", {}, 400, "control characters"
    yield f"apikey={key}%ff", {}, 400, "UTF-8"
    yield "", {"Authorization": ""}, 400, "is empty"
    yield "", {"Authorization": "Bearer"}, 400, "no key"
    yield "", {"Authorization": "Apikey "}, 400, "no key"
    yield "", {"Authorization": f"Bearer {key} {key}"}, 400, "more than one word"
    yield "", {"Authorization": f"Bearer\t{key}"}, 400, "visible ASCII"
    yield "", {"Authorization": f"Bearer {key}é".encode()}, 400, "visible ASCII"
    yield "", {"Authorization": b"Bearer \xff" + key.encode()}, 400, "visible ASCII"
    yield "", {"Authorization": f"Basic {key}"}, 401, "a scheme that is not known"
    yield "", {"Authorization": key}, 401, "a scheme that is not known"
    yield "", {"Authorization": f"Bearer {key}x"}, 401, "The key is not valid."
    yield "", {"Authorization": f"Bearer {key[:-1]}"}, 401, "The key is not valid."
    yield "", {"Authorization": "Bearer " + "a" * 7000}, 401, "The key is not valid."
    yield f"apikey={key}x", {}, 401, "The key is not valid."


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_other_way_is_refused_in_the_shape_of_its_protocol(stack, key, path):
    for query, headers, status, text in wrong(key, stack.key("push:*")):
        answer = ask(stack, path, query, headers)
        assert answer.status == status, (query, headers, answer)
        message = says(path, answer)
        assert text in message, (query, headers, message)
        for piece in [key, *key.split(".")]:
            assert piece not in answer.text and piece not in str(answer.headers)
        if status == 401:
            assert answer.headers.get_all("WWW-Authenticate") == ['Bearer realm="beffroi"', 'Apikey realm="beffroi"']
        else:
            assert "WWW-Authenticate" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store" and "ETag" not in answer.headers


@pytest.mark.parametrize("path", [PUSH, VENDOR])
def test_a_push_without_a_key_is_told_which_it_needs(stack, path):
    answer = ask(stack, path)
    assert answer.status == 401 and f"push:{ID}" in says(path, answer)
    assert answer.headers.get_all("WWW-Authenticate")


def test_what_breaks_http_is_answered_by_the_front(stack, key):
    for line in (f"Authorization: Bearer {key}\0", f"Authorization: Bearer {key}\r\n folded",
                 f"Authorization: Bearer {key}\r\nAuthorization: Bearer {key}", "Authorization: Bearer " + "a" * 9000):
        answer = stack.raw(f"GET {EXPLORE} HTTP/1.1\r\nHost: x\r\n{line}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ") and json.loads(body)["status"] == 400
        assert key.encode() not in answer and b"Referrer-Policy: no-referrer" in head


# ---- where a key must not go -----------------------------------------------------------------------


def test_no_answer_lets_its_address_travel(stack, key):
    for path in EVERYWHERE:
        for query in ("", f"apikey={key}", "apikey=", "apikey=x"):
            assert ask(stack, path, query).headers["Referrer-Policy"] == "no-referrer"
    for path in ("/nowhere", "/healthz", "/api/explore/v2.1/catalog/exports/csv", f"{EXPLORE}?limit=x",
                 f"/api/explore/v2.1/catalog/datasets/{ID}/exports/json"):
        assert stack.get(path).headers["Referrer-Policy"] == "no-referrer"
    assert stack.request("OPTIONS", EXPLORE).headers["Referrer-Policy"] == "no-referrer"


def test_an_answer_is_the_same_with_and_without_a_key(stack, key):
    """The key is no part of what is kept, of an ETag, or of what a cache in between would keep apart."""
    for path, query in ((EXPLORE, "limit=3"), (OLD, "limit=3"), (V1, "rows=3"), (EXPLORE, "group_by=nom&select=count(*)")):
        plain = ask(stack, path, query)
        for more, headers in forms(key):
            answer = ask(stack, path, "&".join(filter(None, (query, more))), headers)
            assert answer.headers["ETag"] == plain.headers["ETag"]
            assert answer.text == plain.text
            assert "Authorization" not in answer.headers.get("Vary", "")
            again = ask(stack, path, "&".join(filter(None, (query, more))), {**headers, "If-None-Match": plain.headers["ETag"]})
            assert again.status == 304


def test_no_link_repeats_a_key(stack, key):
    for path in (EXPLORE, OLD, "/api/explore/v2.1/catalog/datasets", f"/api/explore/v2.1/catalog/datasets/{ID}/facets", V1):
        for name in ("apikey", "access_token", "pushkey"):
            for query in (f"{name}={key}&limit=2&include_links=true", f"limit=2&offset=2&{name}={key}"):
                answer = ask(stack, path, query)
                assert answer.status == 200
                assert key not in answer.text and key not in str(answer.headers), (path, query)


def secret_places(key):
    yield "GET", f"{EXPLORE}?apikey={key}", {}
    yield "GET", f"{EXPLORE}?where=nope&apikey={key}", {}
    yield "GET", f"{EXPLORE}?apikey={key}&apikey={key}", {}
    yield "GET", f"{EXPLORE}?apikey={key}x", {"Referer": f"https://page/?apikey={key}"}
    yield "GET", f"{EXPLORE}?limit=1", {"Authorization": f"Bearer {key}"}
    yield "GET", f"{EXPLORE}?limit=1", {"Authorization": f"Basic {key}"}
    yield "GET", f"{EXPLORE}?limit=1", {"Authorization": f"Bearer {key}é".encode()}
    yield "GET", f"/nowhere?apikey={key}", {"Origin": f"https://{key}"}
    yield "POST", f"{PUSH}?pushkey={key}", {"Content-Type": "application/json"}
    yield "POST", f"{PUSH}?pushkey={key}x", {"Content-Type": "application/json"}
    yield "POST", f"{VENDOR}?pushkey={key}", {"Content-Type": "application/json"}
    yield "HEAD", f"{V1}&apikey={key}", {}
    yield "OPTIONS", f"{V1}&apikey={key}", {}
    yield "DELETE", f"{V1}&apikey={key}", {}


def test_no_key_reaches_any_log(stack, key):
    """nginx's two, the workers' two, and PostgreSQL's with every statement in it."""
    stack.sql("ALTER SYSTEM SET log_statement = 'all'; ALTER SYSTEM SET log_min_duration_statement = 0;")
    stack.sql("SELECT pg_reload_conf()")
    marker = secrets.token_hex(8)
    try:
        for method, path, headers in secret_places(key):
            stack.request(method, path, b'[{"id": "x"}]' if method == "POST" else None, headers)
        stack.push(ID, [{"id": 7, "nom": marker}], key=key)
        last = stack.get(f"{EXPLORE}?limit=1", headers={"Authorization": f"Bearer {key}"})
        stack.settle_after(last.headers["X-Request-Id"])
    finally:
        stack.sql("ALTER SYSTEM RESET log_statement; ALTER SYSTEM RESET log_min_duration_statement;")
        stack.sql("SELECT pg_reload_conf()")
    pieces = [key.split(".")[1], key.split(".")[2][:40]]
    logs = [log for log in stack.log_folder.rglob("*") if log.is_file()]
    assert any("statement: " in log.read_text(errors="replace") or "execute" in log.read_text(errors="replace") for log in logs)
    for log in logs:
        text = log.read_text(encoding="utf-8", errors="replace")
        assert not [piece for piece in pieces if piece in text], log
    records = [json.loads(line) for line in stack.access_log.read_text(encoding="utf-8").splitlines()]
    assert any(record.get("key") for record in records), "the id of a key is no secret"


# ---- guessing ----------------------------------------------------------------------------------------

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"


def test_who_guesses_is_stopped_and_nobody_else():
    with Stack(trusted_proxies="127.0.0.1", anonymous_rate=600000, anonymous_burst=600000, anonymous_total_rate=0, read_workers=1) as own:
        forge = Forge(own)
        good = forge.issue()

        def ask_as(client, token):
            return own.get(RECORDS, headers={"X-Forwarded-For": client, "Authorization": f"Bearer {token}"})

        assert ask_as("198.51.100.1", good).status == 200  # the one worker knows it from now on
        wrong = forge.sign(forge.claims(), key=ec.generate_private_key(ec.SECP256R1()))
        statuses = []
        while 429 not in statuses:
            statuses.append(ask_as("198.51.100.1", wrong).status)
            assert len(statuses) < 20000
        assert set(statuses) == {401, 429} and statuses.count(401) >= 1000
        for _ in range(1000):  # some may come back every 10 ms
            refused = ask_as("198.51.100.1", wrong)
            if refused.status == 429:
                break
        assert "keys that are not valid" in refused.json()["message"] and int(refused.headers["Retry-After"]) == 1
        assert wrong not in refused.text
        assert ask_as("198.51.100.1", good).status == 200, "a key that is known goes on"
        assert ask_as("198.51.100.2", wrong).status == 401, "and others are not held for it"
        assert own.get(RECORDS, headers={"X-Forwarded-For": "198.51.100.1"}).status == 200, "nor who has no key"

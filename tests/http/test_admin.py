"""The admin API: the life of keys over HTTP, for whom it is, and what it refuses; and a holder that narrows its own key."""

import base64
import json
import os
import pathlib
import signal

import pytest

from harness.faults import alive, send_signal, wait_ready, wait_until, workers
from harness.keyload import RECORDS
from harness.stack import Stack
from harness.tokens import spoilt

KEYS, REVOCATIONS = "/api/admin/v1/keys", "/api/admin/v1/revocations"
SIGNING, AUDIT, NARROW = "/api/admin/v1/signing-keys", "/api/admin/v1/audit", "/api/keys/v1/narrow"


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture
def admin(stack):
    return stack.key("admin")


def call(stack, method, path, key=None, body=None, **headers):
    if key:
        headers["Authorization"] = f"Bearer {key}"
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
        body = json.dumps(body).encode() if not isinstance(body, bytes) else body
    return stack.request(method, path, body=body, headers=headers)


def issue(stack, admin, partner, scope="read", **more):
    answer = call(stack, "POST", KEYS, admin, {"partner": partner, "scope": scope, "days": 30, **more})
    assert answer.status == 200, answer
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()["key"]


def refused(answer, status, slug, *words):
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/problems/" + slug), answer
    for word in words:
        assert word in answer.text, answer


def works(stack, key):
    return call(stack, "GET", RECORDS, key).status


# ---- for whom --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method, path", [("GET", KEYS), ("POST", KEYS), ("GET", KEYS + "/0123456789ab"),
                                          ("POST", KEYS + "/0123456789ab/renew"), ("POST", REVOCATIONS),
                                          ("GET", SIGNING), ("GET", AUDIT)])
def test_only_the_scope_admin_opens_it(stack, admin, method, path):
    body = {} if method == "POST" else None
    refused(call(stack, method, path, None, body), 401, "unauthorized", "scope admin")
    refused(call(stack, method, path, spoilt(admin), body), 401, "unauthorized")
    for scope in ("read", "push:*", "publish:*"):
        refused(call(stack, method, path, stack.key(scope), body), 403, "forbidden", "scope admin")


def test_other_machines_do_not_reach_it():
    with Stack(trusted_proxies="127.0.0.1", admin_allow="198.51.100.0/24") as own:
        wait_ready(own)
        admin = own.key("admin")
        for path in (KEYS, "/api/admin", "/api/admin/", "/api/admin/v1/openapi.json", "/api/x/../admin/v1/keys",
                     "/api/%61dmin/v1/keys", "//api//admin//v1//keys"):
            answer = call(own, "GET", path, admin, **{"X-Forwarded-For": "203.0.113.9"})
            assert answer.status == 403 and "machine itself" in answer.text, answer
        assert call(own, "GET", KEYS, admin, **{"X-Forwarded-For": "198.51.100.9"}).status == 200
        assert call(own, "GET", KEYS, admin).status == 200
        # A holder narrows its key from anywhere.
        answer = call(own, "POST", NARROW, own.key("read", days=2), {"days": 1}, **{"X-Forwarded-For": "203.0.113.9"})
        assert answer.status == 200


def test_a_node_without_an_admin_pool_has_no_such_addresses():
    with Stack(admin_workers=0) as own:
        wait_ready(own)
        assert call(own, "GET", RECORDS).status == 200
        refused(call(own, "GET", KEYS, own.key("admin")), 404, "no-such-address")
        refused(call(own, "POST", NARROW, own.key("read"), {}), 404, "no-such-address")
        assert [pool["name"] for pool in own.status()["pools"] if pool["workers"]].count("admin") == 0


# ---- the life of a key -----------------------------------------------------------------------------


def test_a_key_is_issued_shown_renewed_and_revoked(stack, admin):
    key = issue(stack, admin, "over-http", ["read", "push:vlille-realtime"], rate=50, datasets=["vlille-realtime"],
                bbox=[3, 50.5, 3.1, 50.7], origins=["https://velo.example"])
    jti = claims(key)["jti"]
    assert claims(key)["rate"] == 50 and claims(key)["scope"] == "read push:vlille-realtime"
    shown = call(stack, "GET", f"{KEYS}/{jti}", admin).json()
    assert shown["partner"] == "over-http" and shown["state"] == "valid" and shown["narrowing"]["rate"] == 50
    renewed = call(stack, "POST", f"{KEYS}/{jti}/renew", admin, {"overlap_days": 1, "days": 10}).json()["key"]
    assert claims(renewed)["rate"] == 50 and claims(renewed)["jti"] != jti
    assert call(stack, "GET", f"{KEYS}/{jti}", admin).json()["ends"] is not None
    plain = issue(stack, admin, "plain")
    assert works(stack, plain) == 200
    assert call(stack, "POST", REVOCATIONS, admin, {"partner": "plain", "reason": "over"}).json() == {"revoked": 1}
    wait_until(lambda: works(stack, plain) == 401)
    assert call(stack, "POST", REVOCATIONS, admin, {"key": jti}).json() == {"revoked": 1}
    assert call(stack, "GET", f"{KEYS}/{jti}", admin).json()["state"] == "revoked"
    refused(call(stack, "POST", f"{KEYS}/{jti}/renew", admin, {}), 409, "conflict", "revoked")


def test_lists_come_in_pages(stack, admin):
    made = {claims(issue(stack, admin, "pager"))["jti"] for _ in range(5)}
    seen, after = [], None
    while True:
        path = f"{KEYS}?partner=pager&limit=2" + (f"&after={after}" if after else "")
        page = call(stack, "GET", path, admin).json()
        seen += [one["id"] for one in page["keys"]]
        after = page["next"]
        if not after:
            break
    assert len(seen) == 5 and set(seen) == made
    call(stack, "POST", REVOCATIONS, admin, {"key": seen[0]})
    assert len(call(stack, "GET", f"{KEYS}?partner=pager", admin).json()["keys"]) == 4
    assert len(call(stack, "GET", f"{KEYS}?partner=pager&all=true", admin).json()["keys"]) == 5
    refused(call(stack, "GET", f"{KEYS}?limit=0", admin), 400, "parameter", "limit")
    refused(call(stack, "GET", f"{KEYS}?all=perhaps", admin), 400, "parameter", "all")
    refused(call(stack, "GET", f"{KEYS}?after=0123456789ab", admin), 404, "not-found")


def test_signing_keys_and_the_audit(stack, admin):
    key = issue(stack, admin, "noted")
    jti = claims(key)["jti"]
    states = [one["state"] for one in call(stack, "GET", SIGNING, admin).json()["signing_keys"]]
    assert states.count("signing") == 1
    line, = call(stack, "GET", f"{AUDIT}?about={jti}", admin).json()["audit"]
    assert line["what"] == "key.issue" and line["who"] == "test" and line["origin"].startswith("127.0.0.1 with key ")
    assert line["origin"].endswith(claims(admin)["jti"])
    page = call(stack, "GET", f"{AUDIT}?limit=1", admin).json()
    following = call(stack, "GET", f"{AUDIT}?limit=1&before={page['next']}", admin).json()
    assert following["audit"][0]["number"] < page["audit"][0]["number"]


def test_a_key_that_is_not_there(stack, admin):
    for path in (f"{KEYS}/0123456789ab", f"{KEYS}/%27;DROP", f"{KEYS}/" + "x" * 500):
        refused(call(stack, "GET", path, admin), 404, "not-found")
    refused(call(stack, "POST", REVOCATIONS, admin, {"key": "0123456789ab"}), 404, "not-found")
    refused(call(stack, "POST", REVOCATIONS, admin, {"signing_key": "none"}), 404, "not-found")


# ---- bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body, slug, told", [
    (b"", "parameter", "partner"),
    (b"[]", "body", "object"),
    (b"{", "body", "object"),
    (b"\xff{}", "body", "object"),
    (b"[" * 3000 + b"]" * 3000, "body", "object"),
    (b'{"partner":"a","partner":"b","scope":"read"}', "body", "object"),
    (b'{"partner":"a\\u0000b","scope":"read"}', "body", "object"),
    ({"partner": "a"}, "parameter", "scope"),
    ({"partner": 1, "scope": "read"}, "parameter", "partner"),
    ({"partner": "a", "scope": "nonsense"}, "parameter", "scope"),
    ({"partner": "a", "scope": []}, "parameter", "scope"),
    ({"partner": "a", "scope": ["read", 1]}, "parameter", "scope"),
    ({"partner": "a", "scope": "read", "days": 401}, "parameter", "days"),
    ({"partner": "a", "scope": "read", "days": 1.5}, "parameter", "days"),
    ({"partner": "a", "scope": "read", "days": 10 ** 30}, "body", ""),
    ({"partner": "a", "scope": "read", "rate": 0}, "parameter", "rate"),
    ({"partner": "a", "scope": "read", "bbox": [1, 2, 3]}, "parameter", "bbox"),
    ({"partner": "a", "scope": "read", "bbox": [3, 2, 1, 4]}, "parameter", "bbox"),
    ({"partner": "a", "scope": "read", "datasets": "a"}, "parameter", "datasets"),
    ({"partner": "a", "scope": "read", "datasets": ["' OR 1"]}, "parameter", "datasets"),
    ({"partner": "a", "scope": "read", "origins": ["javascript:alert(1)"]}, "parameter", "origins"),
    ({"partner": "a", "scope": "read", "day": 7}, "parameter", "day is not known"),
    ({"partner": "a\nb", "scope": "read"}, "parameter", "partner"),
])
def test_bodies_that_are_refused(stack, admin, body, slug, told):
    refused(call(stack, "POST", KEYS, admin, body), 400, slug, told)


@pytest.mark.expects_log_errors("client intended to send too large body")
def test_other_types_and_large_bodies(stack, admin):
    refused(call(stack, "POST", KEYS, admin, b"partner=a", **{"Content-Type": "application/x-www-form-urlencoded"}),
            415, "media-type")
    large = call(stack, "POST", KEYS, admin, {"partner": "a" * 17000, "scope": "read"})
    assert large.status == 413 and large.headers["Content-Type"] == "application/problem+json"
    refused(call(stack, "POST", REVOCATIONS, admin, {}), 400, "parameter", "Exactly one")
    refused(call(stack, "POST", REVOCATIONS, admin, {"key": "a", "partner": "b"}), 400, "parameter", "Exactly one")


# ---- narrowing one's own key -----------------------------------------------------------------------


def test_a_holder_narrows_its_own_key(stack, admin):
    parent = issue(stack, admin, "holder", "read push:vlille-realtime", rate=100)
    refused(call(stack, "POST", NARROW, None, {}), 401, "unauthorized")
    answer = call(stack, "POST", NARROW, parent, {"scope": "read", "rate": 10, "days": 1})
    assert answer.status == 200
    child = answer.json()["key"]
    assert claims(child)["parent"] == claims(parent)["jti"] and claims(child)["rate"] == 10
    assert claims(child)["sub"] == "holder" and claims(child)["exp"] < claims(parent)["exp"]
    shared = {claims(parent)["jti"]: 100}
    assert claims(child)["rates"] == answer.json()["about"]["narrowing"]["rates"] == shared
    renewed = call(stack, "POST", f"{KEYS}/{claims(child)['jti']}/renew", admin, {}).json()["key"]
    both = {**shared, claims(child)["jti"]: 10}
    assert claims(renewed)["rates"] == both and works(stack, renewed) == 200, "a successor goes on sharing"
    refused(call(stack, "POST", NARROW, parent, {"rates": {}}), 400, "parameter", "rates is not known")
    wait_until(lambda: works(stack, child) == 200)
    for more in ({"scope": "admin"}, {"rate": 101}, {"days": 31}, {"scope": "read push:*"}):
        refused(call(stack, "POST", NARROW, parent, more), 400, "parameter")
    refused(call(stack, "POST", NARROW, parent, {"partner": "other"}), 400, "parameter", "partner is not known")
    refused(call(stack, "GET", KEYS, parent), 403, "forbidden")
    call(stack, "POST", REVOCATIONS, admin, {"key": claims(parent)["jti"]})
    wait_until(lambda: works(stack, child) == 401)
    refused(call(stack, "POST", NARROW, child, {}), 401, "unauthorized")


# ---- the pool --------------------------------------------------------------------------------------


def environment(pid):
    return {line.split(b"=")[0] for line in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}


@pytest.mark.skipif(os.geteuid() != 0, reason="without root nobody changes accounts")
def test_its_worker_gives_up_root_and_is_the_only_owner(stack, admin):
    pid, = workers(stack, "admin")
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    assert "\nUid:\t0" not in status and "\nNoNewPrivs:\t1" in status
    issue(stack, admin, "pool")
    owners = stack.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'beffroi_owner'")
    assert owners == [["1"]]


@pytest.mark.expects_log_errors("terminating connection", "request.failed", "worker", "upstream")
def test_it_comes_back_when_it_or_its_connection_is_lost():
    with Stack() as own:
        wait_ready(own)
        admin = own.key("admin")
        issue(own, admin, "before")
        own.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'beffroi_owner'")
        wait_until(lambda: call(own, "GET", KEYS, admin).status == 200)
        wait_ready(own)  # while one is replaced by another there are two of them, or the other is not ready
        pid = workers(own, "admin")[-1]
        send_signal(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid))
        wait_until(lambda: call(own, "GET", KEYS, admin).status == 200)
        # A signing key that the command makes is soon the one that the pool signs with.
        kid = json.loads(own.beffroi("key", "rotate", "--now", "--json").stdout)["id"]

        def signed_by():
            answer = call(own, "POST", KEYS, admin, {"partner": "a", "scope": "read"})
            return answer.status == 200 and answer.json()["about"]["signing_key"]
        wait_until(lambda: signed_by() == kid)
        # Without any, it says what to do; the admin key was signed by another one.
        for one in call(own, "GET", SIGNING, admin).json()["signing_keys"]:
            if one["id"] == kid:
                own.beffroi("key", "revoke", "--kid", kid)
        own.sql(f"UPDATE catalog.signing_key SET signs = now() + interval '1 hour' WHERE kid <> '{kid}'")
        refused(call(own, "POST", KEYS, admin, {"partner": "a", "scope": "read"}), 409, "conflict", "key rotate --now")

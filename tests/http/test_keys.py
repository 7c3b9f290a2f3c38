"""The life of keys at the command line: issued, listed, narrowed, renewed, revoked; the signing key changed; the audit."""

import base64
import json
import re
import stat

import pytest

from harness.faults import Holder, wait_ready, wait_until
from harness.keyload import RECORDS
from harness.stack import Stack

PUSH = "/api/push/v1/datasets/vlille-realtime/records"
DAY = 86400


@pytest.fixture(scope="module")
def stack():
    with Stack() as running:
        wait_ready(running)
        yield running


def key(stack, *words, **options):
    return stack.beffroi("key", *words, **options)


def as_json(stack, *words, **options):
    return json.loads(key(stack, *words, "--json", **options).stdout)


def issue(stack, sub, scope="read push:vlille-realtime", *words):
    done = key(stack, "issue", "--sub", sub, "--scope", scope, "--days", 90, *words)
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", done.stdout) and not done.stderr
    return done.stdout.strip()


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def narrow(stack, token, *words, **options):
    return key(stack, "narrow", *words, input=token + "\n", **options)


def status(stack, token, path=RECORDS):
    return stack.get(path, headers={"Authorization": f"Bearer {token}"}).status


def refused(done, *words):
    assert done.returncode in (1, 2) and not done.stdout, done
    for word in words:
        assert word in done.stderr, done.stderr


def everything(stack):
    # The day of last use is no change of a key, and that of a key of another test may come at any time.
    return stack.sql("SELECT to_jsonb(t) - 'used' FROM catalog.api_key AS t ORDER BY jti") + stack.sql("SELECT t::text FROM catalog.audit AS t ORDER BY number")


# ---- issue -----------------------------------------------------------------------------------------


def test_the_token_is_printed_alone_and_kept_nowhere(stack):
    token = issue(stack, "ilevia")
    assert status(stack, token) == 200
    stored = " ".join(row[0] for row in everything(stack))
    assert claims(token)["jti"] in stored
    for part in (token, token.split(".")[1], token.split(".")[2]):
        assert part not in stored
    for path in stack.run.rglob("*"):
        if path.is_file() and path.stat().st_size < 1 << 24 and "cluster" not in path.parts:
            assert token.encode() not in path.read_bytes(), path


def test_what_is_ordered_is_in_the_claims(stack):
    token = issue(stack, "keolis", "read push:vlille-realtime", "--plan", "partner", "--datasets", "vlille-realtime, b",
                  "--bbox", "2.9,50.5,3.2,50.8", "--origins", "https://velo.example", "--rate", 60)
    said = claims(token)
    assert (said["sub"], said["plan"], said["scope"]) == ("keolis", "partner", "read push:vlille-realtime")
    assert said["datasets"] == ["vlille-realtime", "b"] and said["bbox"] == [2.9, 50.5, 3.2, 50.8]
    assert said["origins"] == ["https://velo.example"] and said["rate"] == 60
    assert said["exp"] - said["iat"] == 90 * DAY
    shown = as_json(stack, "show", said["jti"])
    assert shown["narrowing"] == {name: said[name] for name in ("datasets", "bbox", "origins", "rate")}
    assert shown["partner"] == "keolis" and shown["state"] == "valid" and shown["scope"] == said["scope"].split()
    assert shown["ends"] is None and shown["revoked"] is None and shown["parent"] is None and shown["last_used"] is None


def test_as_json_the_key_comes_with_what_it_is(stack):
    said = as_json(stack, "issue", "--sub", "a", "--scope", "read")
    assert said["about"]["id"] == claims(said["key"])["jti"] and said["about"]["plan"] == "partner"
    assert claims(said["key"])["exp"] - claims(said["key"])["iat"] == 365 * DAY


@pytest.mark.parametrize("words, told", [
    ([], ["--sub", "--scope"]),
    (["--sub", "a"], ["--scope"]),
    (["--sub", "a", "--scope", "write:all"], ["scope"]),
    (["--sub", "a", "--scope", "read", "--days", "401"], ["--days 401", "1 to 400"]),
    (["--sub", "a", "--scope", "read", "--days", "0"], ["--days 0"]),
    (["--sub", "a", "--scope", "read", "--days", "1e1"], ["--days 1e1"]),
    (["--sub", "a", "--scope", "read", "--rate", "-1"], ["--rate -1"]),
    (["--sub", "a", "--scope", "read", "--bbox", "1,2,3"], ["--bbox 1,2,3", "west,south,east,north"]),
    (["--sub", "a", "--scope", "read", "--bbox", "1,2,3,4,5"], ["--bbox"]),
    (["--sub", "a", "--scope", "read", "--bbox", "3,2,1,4"], ["bbox", "west < east"]),
    (["--sub", "a", "--scope", "read", "--datasets", "a,,b"], ["--datasets", "empty"]),
    (["--sub", "a", "--scope", "read", "--datasets", "A'; DROP TABLE"], ["datasets"]),
    (["--sub", "a", "--scope", "read", "--origins", "velo.example"], ["origins", "https://"]),
    (["--sub", "a" * 65, "--scope", "read"], ["partner"]),
    (["--sub", "", "--scope", "read"], ["--sub"]),
    (["--sub", "a", "--scope", "read", "--plan", "No Plan"], ["plan"]),
    (["--sub", "a", "--scope", "read", "--until", "never"], ["--until"]),
    (["--sub", "a", "--scope", "read", "more"], ['"more"']),
])
def test_an_order_that_cannot_be_filled_says_why(stack, words, told):
    before = everything(stack)
    refused(key(stack, "issue", *words, check=False), *told)
    assert everything(stack) == before


@pytest.mark.parametrize("name", ["issue", "narrow", "renew", "revoke", "list", "show", "usage", "rotate", "signing", "audit"])
def test_every_subcommand_has_help(stack, name):
    done = key(stack, name, "--help")
    assert done.stdout.startswith(f"usage: beffroi key {name}") and "--json" in done.stdout
    assert f"beffroi key {name}" in key(stack, "--help").stdout
    refused(key(stack, name, "--nonsense", check=False), f"usage: beffroi key {name}")


def test_an_unknown_subcommand_is_told_what_there_is(stack):
    refused(key(stack, "mint", check=False), "beffroi key issue", "beffroi key revoke")


# ---- list, show ------------------------------------------------------------------------------------


def test_lists_and_shows(stack):
    token = issue(stack, "lister")
    jti = claims(token)["jti"]
    other = claims(issue(stack, "lister"))["jti"]
    listed = as_json(stack, "list", "--sub", "lister")
    assert {one["id"] for one in listed} == {jti, other}
    key(stack, "revoke", other)
    assert [one["id"] for one in as_json(stack, "list", "--sub", "lister")] == [jti]
    states = {one["id"]: one["state"] for one in as_json(stack, "list", "--sub", "lister", "--all")}
    assert states == {jti: "valid", other: "revoked"}
    text = key(stack, "list").stdout.splitlines()
    assert text[0].split() == ["id", "issued", "ends", "state", "plan", "partner", "scope"]
    assert any(line.startswith(jti) and "lister" in line for line in text[1:])
    assert "lister" in key(stack, "show", jti).stdout
    assert as_json(stack, "usage", jti) == {"id": jti, "last_used": None}


def used(stack, token):
    return as_json(stack, "usage", claims(token)["jti"])["last_used"]


def days_in_paris(stack):
    # Midnight may pass between the request and the look.
    (today, before), = stack.sql("SELECT (now() AT TIME ZONE 'Europe/Paris')::date, (now() - interval '1 hour') AT TIME ZONE 'Europe/Paris'")
    return {today, before[:10]}


def test_the_day_of_last_use_is_known(stack):
    reads, pushes, refused_ones, idle = (issue(stack, "user") for _ in range(4))
    admin = issue(stack, "user", "admin")
    assert status(stack, reads) == 200
    assert stack.push("vlille-realtime", [{"nonsense": 1}], key=pushes).status == 422
    assert stack.push("disponibilite-parkings", [], key=refused_ones).status == 403
    assert status(stack, admin, "/api/admin/v1/keys") == 200
    for token in (reads, pushes, refused_ones, admin):
        wait_until(lambda token=token: used(stack, token) is not None)
        assert used(stack, token) in days_in_paris(stack)
        jti = claims(token)["jti"]
        assert as_json(stack, "show", jti)["last_used"] == used(stack, token)
        assert f"last used     {used(stack, token)}\n" in key(stack, "show", jti).stdout
    assert used(stack, idle) is None and "never" in key(stack, "usage", claims(idle)["jti"]).stdout


def test_a_later_day_replaces_an_earlier_one_and_is_written_once(stack):
    token = issue(stack, "daily")
    jti = claims(token)["jti"]
    change = stack.sql("SELECT number FROM catalog.access_change")
    stack.sql(f"UPDATE catalog.api_key SET used = '2020-02-29' WHERE jti = '{jti}'")
    assert status(stack, token) == 200
    wait_until(lambda: used(stack, token) != "2020-02-29")
    version = stack.sql(f"SELECT used, xmin FROM catalog.api_key WHERE jti = '{jti}'")
    # Another key that is used after this one again: when it is told, so was this one.
    assert status(stack, token) == 200
    other = issue(stack, "daily")
    assert status(stack, other) == 200
    wait_until(lambda: used(stack, other) is not None)
    now = stack.sql(f"SELECT used, xmin FROM catalog.api_key WHERE jti = '{jti}'")
    assert now == version or now[0][0] > version[0][0]  # at midnight
    assert stack.sql("SELECT number FROM catalog.access_change") == change, "that a key was used changes no access"


@pytest.mark.expects_log_errors("canceling statement due to lock timeout")
def test_a_key_that_somebody_holds_is_told_later_and_nobody_waits(stack):
    token = issue(stack, "held")
    jti = claims(token)["jti"]
    with Holder(stack, "catalog.receipt") as other:
        assert other.ask(f"SELECT 1 FROM catalog.api_key WHERE jti = '{jti}' FOR UPDATE;") == "1"
        assert status(stack, token) == 200
        wait_until(lambda: "clock.used" in (stack.log_folder / "beffroi.log").read_text())
        revoked = issue(stack, "held-not")
        assert status(stack, revoked) == 200
        key(stack, "revoke", claims(revoked)["jti"])
        wait_until(lambda: status(stack, revoked) == 401)  # news come through meanwhile
        assert used(stack, token) is None
    wait_until(lambda: used(stack, token) is not None)


def test_the_writer_writes_no_more_of_a_key_than_its_day(stack):
    columns = [name for name, in stack.sql("SELECT column_name FROM information_schema.column_privileges"
                                           " WHERE grantee = 'beffroi_writer' AND table_name = 'api_key' AND privilege_type = 'UPDATE'")]
    assert columns == ["used"]
    assert stack.sql("SELECT count(*) FROM information_schema.column_privileges WHERE grantee = 'beffroi_reader'"
                     " AND table_name = 'api_key' AND privilege_type <> 'SELECT'") == [["0"]]


def test_a_key_that_is_not_there(stack):
    for name in ("show", "usage", "revoke", "renew"):
        refused(key(stack, name, "0123456789ab", check=False), "no key 0123456789ab")
    for name in ("show", "renew"):
        refused(key(stack, name, check=False), "the id of")
    refused(key(stack, "revoke", check=False), "exactly one")
    refused(key(stack, "revoke", "0123456789ab", "--sub", "a", check=False), "exactly one")
    refused(key(stack, "revoke", "--kid", "nowhere", check=False), "no signing key nowhere")


# ---- narrow ----------------------------------------------------------------------------------------


def test_a_narrowed_key_may_do_less_and_no_more(stack):
    token = issue(stack, "parent", "read push:vlille-realtime push:disponibilite-parkings", "--rate", 100)
    child = narrow(stack, token, "--scope", "push:vlille-realtime", "--rate", 10, "--days", 7,
                   "--datasets", "vlille-realtime").stdout.strip()
    mine, yours = claims(child), claims(token)
    assert mine["parent"] == yours["jti"] and mine["sub"] == "parent" and mine["rate"] == 10
    assert mine["scope"] == "push:vlille-realtime" and mine["exp"] <= yours["exp"]
    assert status(stack, child) == 200
    assert as_json(stack, "show", mine["jti"])["parent"] == yours["jti"]
    # What is not said is as in the parent.
    same = claims(narrow(stack, token, "--days", 7).stdout.strip())
    assert same["rate"] == 100 and same["scope"] == yours["scope"] and "datasets" not in same


@pytest.mark.parametrize("words, told", [
    (["--scope", "read push:vlille-realtime"], "scope"),
    (["--scope", "admin"], "scope"),
    (["--rate", "11"], "rate"),
    (["--datasets", "vlille-realtime,disponibilite-parkings"], "datasets"),
    (["--bbox", "2,50,4,51"], "bbox"),
    (["--origins", "https://other.example"], "origins"),
    (["--days", "91"], ""),
])
def test_more_than_the_parent_has_is_refused(stack, words, told):
    token = issue(stack, "strict", "read", "--rate", 10, "--datasets", "vlille-realtime", "--bbox", "3,50.5,3.1,50.7",
                  "--origins", "https://velo.example")
    before = everything(stack)
    refused(narrow(stack, token, *words, check=False), told)
    assert everything(stack) == before


@pytest.mark.parametrize("token", ["", "   ", "nonsense", "a.b.c", "x" * 5000, "\0\0"])
def test_what_is_no_key_is_not_narrowed(stack, token):
    refused(narrow(stack, token, "--days", 1, check=False))


def test_a_key_on_the_command_line_is_not_taken(stack):
    refused(key(stack, "narrow", issue(stack, "argv"), check=False, input=""), "what does")


def test_children_die_with_their_parent_however_deep(stack):
    chain = [issue(stack, "family")]
    for days in (30, 20, 10):  # each counts from now, which is later than when its parent was made
        chain.append(narrow(stack, chain[-1], "--days", days).stdout.strip())
    stranger = issue(stack, "stranger")
    wait_until(lambda: [status(stack, token) for token in chain] == [200] * 4)
    assert as_json(stack, "revoke", claims(chain[1])["jti"]) == {"revoked": 3}
    wait_until(lambda: [status(stack, token) for token in chain] == [200, 401, 401, 401])
    refused(narrow(stack, chain[1], check=False), "revoked")
    refused(narrow(stack, chain[3], check=False), "revoked")
    assert status(stack, stranger) == 200
    assert as_json(stack, "revoke", claims(chain[1])["jti"]) == {"revoked": 0}


# ---- renew -----------------------------------------------------------------------------------------


def test_a_renewed_key_has_the_same_rights_and_the_old_one_ends(stack):
    old = issue(stack, "renewer", "read push:vlille-realtime", "--rate", 30, "--bbox", "3,50.5,3.1,50.7")
    new = key(stack, "renew", claims(old)["jti"]).stdout.strip()
    a, b = claims(old), claims(new)
    for name in ("sub", "plan", "scope", "rate", "bbox"):
        assert a[name] == b[name]
    assert b["exp"] - b["iat"] == a["exp"] - a["iat"] and a["jti"] != b["jti"] and "parent" not in b
    shown = as_json(stack, "show", a["jti"])
    assert shown["state"] == "valid" and shown["ends"] is not None and shown["ends"] < shown["expires"]
    assert b["rates"] == {a["jti"]: 30}, "while both are valid, they have one rate together"
    assert status(stack, old) == status(stack, new) == 200
    child = narrow(stack, old, "--rate", 1).stdout.strip()
    assert claims(child)["exp"] < a["exp"], "no longer than the old key will be valid"
    at_once = key(stack, "renew", b["jti"], "--overlap", 0, "--days", 10).stdout.strip()
    assert claims(at_once)["exp"] - claims(at_once)["iat"] == 10 * DAY
    assert claims(at_once)["rates"] == b["rates"], "however often it is renewed"
    wait_until(lambda: status(stack, new) == 401)
    assert status(stack, at_once) == 200 and as_json(stack, "show", b["jti"])["state"] == "ended"
    refused(key(stack, "renew", b["jti"], check=False), "ended")


# ---- revoke ----------------------------------------------------------------------------------------


def test_all_keys_of_a_partner_and_all_of_a_signing_key(stack):
    ones = [issue(stack, "leaver") for _ in range(3)]
    stays = issue(stack, "stayer")
    assert as_json(stack, "revoke", "--sub", "leaver", "--reason", "contract's end") == {"revoked": 3}
    wait_until(lambda: {status(stack, token) for token in ones} == {401})
    assert status(stack, stays) == 200
    assert "0 keys are revoked" in key(stack, "revoke", "--sub", "nobody at all").stdout
    kid = as_json(stack, "show", claims(stays)["jti"])["signing_key"]
    key(stack, "revoke", "--kid", kid)
    wait_until(lambda: status(stack, stays) == 401)
    assert as_json(stack, "show", claims(stays)["jti"])["state"] == "revoked"
    after = issue(stack, "after")
    wait_until(lambda: status(stack, after) == 200)


# ---- rotate ----------------------------------------------------------------------------------------


def signing(stack):
    return {one["id"]: one["state"] for one in as_json(stack, "signing")}


def test_a_new_signing_key_waits_until_it_is_known_everywhere(stack):
    before = issue(stack, "rotation")
    old = as_json(stack, "show", claims(before)["jti"])["signing_key"]
    new = as_json(stack, "rotate")["id"]
    assert signing(stack)[new] == "waiting" and signing(stack)[old] == "signing"
    assert as_json(stack, "show", claims(issue(stack, "rotation"))["jti"])["signing_key"] == old
    stack.sql(f"UPDATE catalog.signing_key SET signs = now() WHERE kid = '{new}'")  # the hour is over
    after = issue(stack, "rotation")
    assert as_json(stack, "show", claims(after)["jti"])["signing_key"] == new
    assert signing(stack)[new] == "signing" and signing(stack)[old] == "verifying"
    wait_until(lambda: (status(stack, before), status(stack, after)) == (200, 200))
    # The old one is retired when its last key has ended.
    stack.sql(f"UPDATE catalog.api_key SET expires = now() - interval '1 hour' WHERE kid = '{old}'")
    assert signing(stack)[old] == "retired" and signing(stack)[new] == "signing"


def test_now_is_now(stack):
    kid = as_json(stack, "rotate", "--now")["id"]
    token = issue(stack, "at-once")
    assert as_json(stack, "show", claims(token)["jti"])["signing_key"] == kid
    wait_until(lambda: status(stack, token) == 200)


def test_private_keys_are_for_their_owner_alone(stack):
    folder = stack.run / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


# ---- the audit -------------------------------------------------------------------------------------


def test_every_change_is_in_the_audit(stack):
    token = issue(stack, "audited")
    jti = claims(token)["jti"]
    child = claims(narrow(stack, token, "--rate", 5).stdout.strip())["jti"]
    key(stack, "revoke", jti, "--reason", "it was \"lost\"; DROP TABLE")
    lines = as_json(stack, "audit", jti)
    assert [line["what"] for line in lines] == ["key.revoke", "key.issue"]
    assert lines[0]["detail"]["reason"] == "it was \"lost\"; DROP TABLE" and set(lines[0]["detail"]["keys"]) == {jti, child}
    assert lines[1]["detail"]["sub"] == "audited" and lines[1]["who"] and lines[1]["origin"].startswith("command on ")
    narrowed, = as_json(stack, "audit", child)
    assert narrowed["what"] == "key.narrow" and narrowed["detail"]["parent"] == jti
    assert "key.revoke" in key(stack, "audit").stdout


@pytest.mark.expects_log_errors("permission denied for table")
def test_nobody_but_the_owner_writes_the_audit(stack):
    for role in ("beffroi_writer", "beffroi_reader"):
        for sql in ("INSERT INTO catalog.audit (who, origin, what) VALUES ('a', 'b', 'c')",
                    "UPDATE catalog.audit SET who = 'x'", "DELETE FROM catalog.audit", "TRUNCATE catalog.audit",
                    "UPDATE catalog.api_key SET revoked = NULL", "UPDATE catalog.access_change SET number = 1"):
            with pytest.raises(AssertionError, match="permission denied"):
                stack.sql("SET default_transaction_read_only = off; " + sql, user=role)


# ---- two at once -----------------------------------------------------------------------------------


def test_no_child_slips_through_while_its_parent_is_revoked(stack):
    """A key is narrowed while another session revokes its parent: it comes before, and is revoked too, or is refused."""
    import concurrent.futures
    for turn in range(5):
        token = issue(stack, f"race-{turn}")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            children = [pool.submit(narrow, stack, token, "--days", 1, check=False) for _ in range(3)]
            pool.submit(key, stack, "revoke", claims(token)["jti"]).result()
            made = [claims(done.result().stdout)["jti"] for done in children if done.result().returncode == 0]
        assert {as_json(stack, "show", jti)["state"] for jti in made} <= {"revoked"}

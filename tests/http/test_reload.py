"""A new generation of workers is tried before it serves: what is worse than what serves is refused, and told."""

import concurrent.futures
import json
import re
import signal

import pytest

from harness import dataset, handlers
from harness.faults import alive, send_signal, wait_ready, wait_until, workers
from harness.stack import Stack

ROWS = [{"id": 1, "nom": "fine", "x": 1}, {"id": 2, "nom": "moody", "x": 2}]


@pytest.fixture(scope="module")
def own():
    """A stack whose catalogue may be left refused. A request may take two seconds, so that what hangs is found soon."""
    with Stack(read_deadline_ms=2000, read_workers=2, export_workers=1, push_workers=1) as running:
        yield running


class Moody:
    """A dataset whose handler behaves as its options say."""

    def __init__(self, stack, folder, name):
        self.stack, self.folder, self.name = stack, folder, name
        self.records = f"/api/explore/v2.1/catalog/datasets/{name}/records"

    def apply(self, title="Essai", **options):
        more = {name: options.pop(name) for name in ("requires", "records_require", "fields") if name in options}
        content = {k: v for k, v in dataset.manifest(
            self.name, **{"fields": handlers.FIELDS, "geometry": None, "handler": "moody", "title": {"fr": title},
                          "options": options, **more}).items() if v is not None}
        place = self.folder / self.name
        place.mkdir(exist_ok=True)
        (place / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
        return self.stack.beffroi("apply", "--handlers", str(handlers.compiled(self.stack)), str(place), check=False)

    def publish(self, **options):
        done = self.apply(**options)
        assert done.returncode == 0, done
        handlers.settle(self.stack, self.name)
        handlers.fill(self.stack, self.name, ROWS)
        return self

    def ask(self, where="id=2"):
        return self.stack.get(self.records, {"where": where, "order_by": "id"})

    @property
    def title(self):
        return self.stack.get(self.records.removesuffix("/records")).json()["metas"]["default"]["title"]


@pytest.fixture
def moody(own, tmp_path, request):
    """At its end the catalogue is one that can be served again."""
    mine = Moody(own, tmp_path, re.sub("[^a-z]+", "-", request.node.name.removeprefix("test_"))[:40].strip("-") + "-moody")
    yield mine
    done = mine.apply(title="Fin")
    assert done.returncode == 0, done


def reload(stack, *words):
    return stack.beffroi("reload", *words, check=False)


def last(stack):
    return stack.status()["generation"]["last"]


# ---- the command -------------------------------------------------------------------------------
def test_the_command_waits_for_the_new_generation(own):
    wait_ready(own)
    before = own.status()["generation"]["serving"]
    done = reload(own)
    now = own.status()["generation"]
    assert done.returncode == 0, done
    assert now["serving"] > before and done.stdout.startswith(f"generation {now['serving']} serves after "), done
    assert not [w for pool in own.status()["pools"] for w in pool["workers"]
                if w["generation"] <= before and w["state"] == "ready"], "nobody old is left to accept"
    told = json.loads(reload(own, "--json").stdout)
    assert told["outcome"] == "serves" and told["generation"] > now["serving"] and told["why"] is None
    assert told["findings"] == [] and told["datasets"] >= 3
    assert last(own) == told


def test_reload_is_called_rightly(own):
    done = reload(own, "--quickly")
    assert done.returncode == 2 and done.stderr.startswith("usage: beffroi reload [--json]"), done


def test_without_a_server(own, tmp_path):
    here = {**own.environment, "BEFFROI_CONF": str(own.run / "beffroi.conf"), "BEFFROI_RUN_DIR": str(tmp_path)}
    done = own.beffroi("reload", check=False, env=here)
    assert done.returncode == 3 and not done.stdout and done.stderr, done


def test_several_at_once(own):
    wait_ready(own)
    before = own.status()["generation"]["serving"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in pool.map(lambda _: reload(own, "--json"), range(4)):
            assert done.returncode == 0, done
            assert json.loads(done.stdout)["generation"] > before


def test_settings_that_cannot_be_read(own):
    """The command sees it by itself; a server that is sent the signal keeps its old ones and says so."""
    conf = own.run / "beffroi.conf"
    right, before = conf.read_bytes(), own.status()["generation"]["newest"]
    try:
        conf.write_bytes(right + b"\nno_such_setting = 1\n")
        guardian = int((own.run / "beffroi.pid").read_text())
        done = reload(own)
        assert done.returncode == 1 and "no_such_setting" in done.stderr, done
        send_signal(guardian, signal.SIGHUP)
        wait_until(lambda: b"the old settings stay" in (own.log_folder / "beffroi.log").read_bytes())
    finally:
        conf.write_bytes(right)
    wait_until(lambda: last(own)["generation"] > before)
    assert last(own)["outcome"] == "serves" and "no_such_setting" in last(own)["settings_why"]
    assert reload(own).returncode == 0


def test_who_is_told_that_it_serves_is_not_answered_by_an_old_one(own, moody):
    """The outcome stands in status once no worker of an older generation takes a request."""
    moody.publish(title="Neuf")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        for title in ("Un", "Deux", "Trois"):
            before = own.status()["generation"]["serving"]
            done = pool.submit(moody.apply, title=title)
            wait_until(lambda: last(own)["generation"] > before)
            assert last(own)["outcome"] == "serves" and {moody.title for _ in range(20)} == {title}
            assert done.result().returncode == 0


# ---- what is refused ---------------------------------------------------------------------------
def test_a_handler_that_cannot_be_opened_any_more(own, moody):
    moody.publish()
    before = own.status()["generation"]
    for how, why in (("reject", "cannot be opened: it is not in the mood"), ("exit", "ended its process with status 0"), ("hang", "did not come to an end"),
                     ("eat", "took too much memory")):
        done = moody.apply(title="Neuf", open=how)
        assert done.returncode == 4 and why in done.stderr and moody.name in done.stderr, done
        after = own.status()["generation"]
        assert after["serving"] == before["serving"] and after["change"] == before["change"]
        assert after["last"]["outcome"] == "refused" and why in after["last_failure"], after
        assert moody.ask().status == 200 and moody.title == "Essai"
        shown = own.beffroi("status", check=False).stdout
        assert "was refused" in shown and why in shown
    assert moody.apply(title="Mieux").returncode == 0
    assert moody.ask().status == 200 and moody.title == "Mieux"


def test_whoever_is_killed_it_stays_outside(own, moody):
    moody.publish()
    assert moody.apply(title="Neuf", open="reject").returncode == 4
    refused = own.status()["generation"]
    # Who is started now is of the old generation, with what that serves.
    old = workers(own, "read")
    for pid in old:
        send_signal(pid)
    wait_until(lambda: not any(map(alive, old)))
    wait_ready(own)
    for _ in range(8):
        assert moody.ask().status == 200 and moody.title == "Essai"
    # A new master tries it again, and keeps what it finds.
    send_signal(own.status()["master"]["pid"])
    wait_until(lambda: last(own) and last(own)["generation"] > refused["newest"])
    assert last(own)["outcome"] == "refused"
    wait_ready(own)
    assert own.status()["generation"]["change"] == refused["change"]
    assert moody.ask().status == 200 and moody.title == "Essai"
    # The refusal is about the catalogue, so asking again does not help, and says the same.
    again = reload(own)
    assert again.returncode == 1 and "not in the mood" in again.stderr, again
    # Logs are opened anew all the same.
    before = own.status()["generation"]
    send_signal(own.status()["guardian"]["pid"], signal.SIGUSR1)
    wait_until(lambda: own.status()["generation"]["serving"] > before["serving"])
    assert own.status()["generation"]["change"] == before["change"]
    assert moody.ask().status == 200 and moody.title == "Essai"


def test_a_new_dataset_that_cannot_be_opened(own, moody):
    done = moody.apply(open="crash")
    assert done.returncode == 4 and "crashed with signal" in done.stderr, done
    assert own.get(moody.records).status == 404


# ---- what was asked before ---------------------------------------------------------------------
def test_what_was_asked_before_is_asked_again(own, moody):
    moody.publish()
    assert moody.ask().status == 200  # the row at which it behaves
    for how, why in (("crash", "it crashed with signal"), ("hang", "it did not come to an end"),
                     ("fail", "(explore.records) is answered 500 instead of 200")):
        done = moody.apply(title="Neuf", row=how)
        assert done.returncode == 4 and why in done.stderr and moody.name in done.stderr, done
        assert last(own)["outcome"] == "refused" and last(own)["replayed"] >= 1
        assert "id=2" not in done.stderr + json.dumps(last(own)), "what was asked is told to nobody"
        assert moody.ask().json()["results"][0]["x"] == 2 and moody.title == "Essai"
    assert moody.apply(title="Double", row="double").returncode == 0
    assert last(own)["different"] == 2 and last(own)["findings"] == [], "the row, and the title of the dataset's page"
    assert moody.ask().json()["results"][0]["x"] == 4
    told = json.loads(reload(own, "--json").stdout)
    assert told["replayed"] >= 1 and told["same"] == told["replayed"], told
    # A handler that says no means it; so does a manifest that takes a facet back.
    assert own.get(moody.records.replace("/records", "/facets"), {"facet": "nom"}).status == 200
    plain = [{**field, "facet": False} for field in handlers.FIELDS]
    assert moody.apply(title="Non", row="refuse", fields=plain).returncode == 0
    notes = [finding["text"] for finding in last(own)["findings"] if not finding["refuses"]]
    assert f"{moody.name}: a request that was asked before (explore.records) is refused now, by 400" in notes
    assert f"{moody.name}: a request that was asked before (explore.facets) is refused now, by 400" in notes


def test_an_answer_that_is_another_each_time_is_not_compared(own, moody):
    moody.publish(row="count")
    assert moody.ask().status == 200
    told = json.loads(reload(own, "--json").stdout)
    assert told["outcome"] == "serves" and told["findings"] == [], told


def test_what_was_as_bad_before_refuses_nothing(own, moody):
    """A request that was well, until rows came at which the handler fails: in both generations."""
    moody.publish(row="fail")
    assert moody.ask("id=3").json()["results"] == []
    handlers.fill(own, moody.name, [{"id": 3, "nom": "moody", "x": 3}])
    assert moody.ask("id=3").status == 500
    done = moody.apply(title="Neuf", row="fail")
    assert done.returncode == 0 and last(own)["replayed"] == 2 and last(own)["findings"] == [], (done, last(own))
    assert moody.title == "Neuf"


@pytest.mark.parametrize("what", ["requires", "records_require"])
def test_a_dataset_may_become_private(own, moody, what):
    moody.publish()
    assert moody.ask().status == 200
    done = moody.apply(**{"title": "Intime", what: "read:essais"})
    assert done.returncode == 0, done
    assert last(own)["replayed"] >= 1 and moody.ask().status in (403, 404)


def test_what_is_kept(own, moody):
    """Only what everybody may ask, and was answered: nothing with a key, nothing of a private dataset. Two here: one
    query, and the dataset's own page."""
    key = own.key("read")
    moody.publish()
    for query in ("where=x>7", "where=x>8&apikey=" + key, "where=nope", "where=x>9&access_token=wrong"):
        own.get(f"{moody.records}?{query}")
    own.get(moody.records + "?where=x>6", headers={"Authorization": f"Bearer {key}"})
    own.request("POST", moody.records, body="where=x>5", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert moody.apply(title="Neuf").returncode == 0
    assert last(own)["replayed"] == 2, last(own)
    logs = b"".join(path.read_bytes() for path in own.log_folder.iterdir() if path.name != "nginx-access.jsonl" and path.is_file())
    assert b"x>7" not in logs and b"canary" not in own.access_log.read_bytes()
    board = (own.run / "scoreboard").resolve().read_bytes()
    assert b"where=x" not in board and moody.name.encode() in board
    assert moody.apply(title="Intime", records_require="read:essais").returncode == 0
    assert own.get(moody.records + "?where=x>4", headers={"Authorization": f"Bearer {own.key('read:essais')}"}).status == 200
    assert moody.apply(title="Encore", records_require="read:essais").returncode == 0
    assert last(own)["replayed"] == 2, last(own)


# ---- going back --------------------------------------------------------------------------------
def rollback(moody, *words):
    return moody.stack.beffroi("rollback", *words, check=False)


def test_rollback_goes_back_step_by_step(own, moody):
    moody.publish(title="Un")
    for title in ("Deux", "Trois"):
        assert moody.apply(title=title, row="double").returncode == 0
    assert moody.ask().json()["results"][0]["x"] == 4
    for title, x in (("Deux", 4), ("Un", 2)):
        done = rollback(moody, moody.name)
        assert done.returncode == 0 and f"{moody.name}: is again as version " in done.stdout, done
        assert moody.title == title and moody.ask().json()["results"][0]["x"] == x
    done = rollback(moody, moody.name)
    assert done.returncode == 1 and "no such version" in done.stderr, done
    shown = rollback(moody, "--list", moody.name).stdout.splitlines()
    assert len(shown) == 5 and shown[0].endswith("is applied") and "as version" in shown[0] and "as version" in shown[1]
    third = shown[2].split()[0]
    assert rollback(moody, moody.name, "--to", third).returncode == 0
    assert moody.title == "Trois" and moody.ask().json()["results"][0]["x"] == 4
    again = rollback(moody, moody.name, "--to", third)
    assert again.returncode == 0 and "is already as version" in again.stdout, again
    # What is applied after that is another version, and going back from it comes here again.
    assert moody.apply(title="Quatre").returncode == 0
    assert rollback(moody, moody.name).returncode == 0
    assert moody.title == "Trois"


def test_rollback_after_a_refusal(own, moody):
    moody.publish(title="Un")
    served = own.status()["generation"]["change"]
    assert rollback(moody).stdout == "the server serves what is applied: name a dataset to go back further\n"
    assert moody.apply(title="Deux", open="reject").returncode == 4
    done = rollback(moody)
    assert done.returncode == 0 and f"{moody.name}: is again as version " in done.stdout, done
    now = own.status()["generation"]
    assert now["change"] > served and now["last"]["outcome"] == "serves" and moody.title == "Un"


def test_rollback_to_what_is_refused_leaves_what_serves(own, moody):
    moody.publish(title="Un")
    assert moody.apply(title="Deux", open="crash").returncode == 4
    assert moody.apply(title="Trois").returncode == 0
    done = rollback(moody, moody.name)
    assert done.returncode == 4 and "crashed with signal" in done.stderr, done
    assert moody.title == "Trois"


def test_rollback_refuses_what_apply_refuses(own, moody):
    moody.publish(title="Un")
    more = [*handlers.FIELDS, {"name": "nouveau", "type": "text"}]
    assert moody.apply(title="Deux", fields=more).returncode == 0
    done = rollback(moody, moody.name)
    assert done.returncode == 1 and "nouveau" in done.stderr and "the earlier dataset.json" in done.stderr, done
    assert moody.title == "Deux"
    done = moody.apply(title="Trois", fields=more)
    assert done.returncode == 0
    assert rollback(moody, moody.name).returncode == 0 and moody.title == "Deux"
    # At the end of the test the dataset is applied without the field again, which is refused: put it back by itself.
    own.sql(f"""DROP TABLE data."{moody.name}", past."{moody.name}"; DELETE FROM catalog.dataset WHERE id = '{moody.name}';
        SELECT pg_notify('beffroi', 'catalog')""")


def test_rollback_of_a_handler_that_is_not_here(own, moody):
    moody.publish(title="Un")
    assert moody.apply(title="Deux").returncode == 0
    (file,), = own.sql(f"SELECT version ->> 'handler' FROM catalog.applied WHERE dataset = '{moody.name}' ORDER BY number LIMIT 1")
    place = own.run / "handlers" / file
    place.rename(place.with_suffix(".away"))
    try:
        done = rollback(moody, moody.name)
        assert done.returncode == 1 and file in done.stderr, done
    finally:
        place.with_suffix(".away").rename(place)
    assert moody.title == "Deux"


@pytest.mark.parametrize("words", [["--list"], ["--to", "1"], ["a", "b"], ["a", "--to", "x"], ["a", "--to", "-1"], ["--nope"],
                                   ["--with-records"], ["a", "--to", "1", "--with-records"],
                                   ["--list", "--to", "1", "a"]])
def test_rollback_is_called_rightly(own, words):
    done = own.beffroi("rollback", *words, check=False)
    assert done.returncode == 2 and "usage: beffroi rollback DATASET" in done.stderr, done


def test_rollback_of_nothing(own):
    for words in (["no-such-dataset"], ["--list", "no-such-dataset"], ["vlille-realtime", "--to", "999999999"]):
        done = own.beffroi("rollback", *words, check=False)
        assert done.returncode == 1 and "no " in done.stderr, done


def test_files_come_back_as_well(own, tmp_path):
    place = tmp_path / "essai-fichiers"
    place.mkdir()
    record = "/api/explore/v2.1/catalog/datasets/essai-fichiers/attachments/"

    def apply(**files):
        content = dataset.manifest("essai-fichiers", attachments=[
            {"id": name, "file": name + ".txt", "title": name, "mimetype": "text/plain"} for name in files])
        for name, text in files.items():
            (place / (name + ".txt")).write_text(text, encoding="utf-8")
        (place / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
        own.beffroi("apply", str(place))

    def there(name):
        answer = own.get(record + name)
        return answer.text if answer.status == 200 else answer.status

    def stored():
        return int(own.sql("SELECT count(*) FROM catalog.file")[0][0])

    before = stored()
    apply(a="a 1", b="b 1")
    apply(a="a 2", b="b 1")
    apply(a="a 2")
    assert (there("a"), there("b"), stored() - before) == ("a 2", 404, 3)
    own.beffroi("rollback", "essai-fichiers")
    assert (there("a"), there("b")) == ("a 2", "b 1")
    own.beffroi("rollback", "essai-fichiers")
    assert (there("a"), there("b"), stored() - before) == ("a 1", "b 1", 3)
    for n in range(3, 8):
        apply(a=f"a {n}")
    assert stored() - before == 5, "those of the last five versions"
    first = own.beffroi("rollback", "--list", "essai-fichiers").stdout.splitlines()[-1].split()[0]
    done = own.beffroi("rollback", "essai-fichiers", "--to", first, check=False)
    assert done.returncode == 1 and 'the file "a", which is not kept any more' in done.stderr, done
    assert there("a") == "a 7"


def test_a_new_dataset_that_was_refused_is_withdrawn(own, moody, tmp_path):
    """Nobody was ever answered from it, so its name is free again; once it was served it stays for ever."""
    def there():
        (row,) = own.sql(f"""SELECT to_regclass('data."{moody.name}"') IS NOT NULL, to_regclass('past."{moody.name}"') IS NOT NULL,
            EXISTS (SELECT FROM catalog.dataset WHERE id = '{moody.name}'), EXISTS (SELECT FROM catalog.name WHERE name = '{moody.name}')""")
        assert len(set(row)) == 1, row
        return row[0] == "t"

    for words in ([moody.name], []):
        assert moody.apply(open="crash").returncode == 4 and there()
        done = rollback(moody, *words)
        assert done.returncode == 0 and f"{moody.name}: is withdrawn" in done.stdout, done
        assert not there() and own.get(moody.records).status == 404
        assert last(own)["outcome"] == "serves" and rollback(moody, moody.name).returncode == 1
    # What was loaded into it meanwhile is not lost by the way.
    assert moody.apply(open="crash").returncode == 4
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(ROWS), encoding="utf-8")
    own.beffroi("load", moody.name, str(file))
    done = rollback(moody, moody.name)
    assert done.returncode == 1 and "holds 2 records" in done.stderr and there(), done
    assert own.sql(f'SELECT count(*) FROM data."{moody.name}"') == [["2"]]
    assert rollback(moody, moody.name, "--with-records").returncode == 0 and not there()
    # Another one of that name has a history of its own, and is not taken back once it was served.
    moody.publish(title="Un")
    assert len(rollback(moody, "--list", moody.name).stdout.splitlines()) == 1
    for words in ([moody.name], [moody.name, "--with-records"]):
        done = rollback(moody, *words)
        assert done.returncode == 1 and "was served already" in done.stderr, done
        assert there() and moody.ask().status == 200
    assert moody.apply(title="Deux", open="reject").returncode == 4
    assert rollback(moody, moody.name).returncode == 0 and rollback(moody, moody.name).returncode == 1
    assert there() and moody.ask().status == 200 and moody.title == "Un"


# ---- starts ------------------------------------------------------------------------------------
def served(stack):
    return int(stack.sql("SELECT change FROM catalog.served")[0][0])


def test_a_start_serves_what_was_served_last(own, moody):
    """What was refused before the end, or applied while no server ran, is tried first."""
    assert own.status()["generation"]["behind"] is None
    moody.publish(title="Un")
    first = own.status()["generation"]["change"]
    wait_until(lambda: served(own) == first)
    assert moody.apply(title="Deux", open="reject").returncode == 4
    own.stop()
    own.start()
    now = own.status()["generation"]
    assert now["change"] == first and now["behind"] > first and moody.title == "Un" and moody.ask().status == 200, now
    wait_until(lambda: last(own) and last(own)["outcome"] == "refused")
    assert moody.title == "Un" and "not in the mood" in own.status()["generation"]["last_failure"]
    told = own.beffroi("status", check=False).stdout
    assert f"change {first} of the catalogue is served" in told and "not in the mood" in told, told
    log = (own.log_folder / "beffroi.log").read_bytes().decode(errors="backslashreplace")
    assert '"generation.behind"' in log and f"change {first} of the catalogue is served, the last that was" in log
    assert served(own) == first
    # The same, of one that nothing is wrong with: as if it had been applied while no server ran.
    assert moody.apply(title="Trois").returncode == 0
    now = own.status()["generation"]
    assert now["behind"] is None
    wait_until(lambda: served(own) == now["change"])
    own.sql(f"UPDATE catalog.served SET change = {first}")
    own.stop()
    own.start()
    wait_until(lambda: last(own) and last(own)["outcome"] == "serves")  # from then on nobody old accepts
    after = own.status()["generation"]
    assert after["change"] == now["change"] and after["behind"] is None and moody.title == "Trois", after
    assert last(own)["changed"] == 1
    wait_until(lambda: served(own) == now["change"])


# ---- scripts -----------------------------------------------------------------------------------
def test_a_script_is_tried_and_put_back_like_a_handler(own, tmp_path):
    place = tmp_path / "essai-lua"
    place.mkdir()
    content = {k: v for k, v in dataset.manifest("essai-lua", fields=handlers.FIELDS, geometry=None).items() if v is not None}
    (place / "dataset.json").write_text(json.dumps(content), encoding="utf-8")

    def apply(what):
        (place / "hook.lua").write_text(f"function on_record(row)\n  if row.nom == 'moody' then {what} end\nend\n", encoding="utf-8")
        return own.beffroi("apply", str(place), check=False)

    def x():
        return own.get(records, {"where": "id=2"}).json()["results"][0]["x"]

    assert apply("row.x = row.x * 2").returncode == 0
    records = handlers.settle(own, "essai-lua") + "/records"
    handlers.fill(own, "essai-lua", ROWS)
    assert x() == 4
    done = apply("row.x = row.x.nothing.more")
    assert done.returncode == 4 and "essai-lua: a request that was asked before (explore.records) is answered 500" in done.stderr, done
    assert x() == 4
    assert own.beffroi("rollback").stdout.startswith("essai-lua: is again as version ")
    assert apply("row.x = row.x * 3").returncode == 0 and x() == 6
    assert own.beffroi("rollback", "essai-lua").returncode == 0 and x() == 4


# ---- what came ---------------------------------------------------------------------------------
class Repaired:
    """A dataset with an on_ingest of that body."""

    def __init__(self, stack, folder, name, **changes):
        self.stack, self.name, self.place = stack, name, folder / name
        self.place.mkdir()
        content = {k: v for k, v in dataset.manifest(name, **{"fields": handlers.FIELDS, "geometry": None, **changes}).items()
                   if v is not None}
        (self.place / "dataset.json").write_text(json.dumps(content), encoding="utf-8")

    def apply(self, body):
        (self.place / "hook.lua").write_text(f"function on_ingest(record)\n  {body}\nend\n", encoding="utf-8")
        return self.stack.beffroi("apply", str(self.place), check=False)

    def publish(self, body):
        assert self.apply(body).returncode == 0
        handlers.settle(self.stack, self.name)
        handlers.fill(self.stack, self.name, ROWS)

    def kept(self):
        rows = self.stack.sql(f"SELECT lines FROM catalog.came WHERE dataset = '{self.name}'")
        return rows[0][0].splitlines() if rows else []


def test_a_script_is_tried_on_what_came(own, tmp_path):
    mine = Repaired(own, tmp_path, "essai-venu")
    mine.publish("record.x = record.x * 2")
    assert sorted(mine.kept()) == sorted(json.dumps(row, separators=(",", ":")) for row in ROWS)
    for body, why in (("if record.nom == 'moody' then record.x = record.y.z end", "essai-venu/hook.lua:2: "),
                      ("record.x = record.nom", "would be refused: x: "),
                      ("while record.nom == 'moody' do end", "essai-venu/hook.lua:2: "),
                      ("record.nouveau = 1", "would be refused: nouveau: ")):
        before = own.status()["generation"]
        done = mine.apply(body)
        assert done.returncode == 4 and why in done.stderr, done
        assert "essai-venu: record " in done.stderr and " of those that came last would be refused: " in done.stderr, done
        now = own.status()["generation"]
        assert now["change"] == before["change"] and now["last"]["outcome"] == "refused", now
        assert why in now["last_failure"]
        handlers.fill(own, mine.name, ROWS)  # the old script goes on
    # Made otherwise, and left out: told, and no reason to refuse.
    assert mine.apply("if record.id == 1 then return false end").returncode == 0
    told = last(own)
    assert told["records"] == 2 and told["records_different"] == 2, told
    assert {"refuses": False, "text": "essai-venu: of 2 records that came last 2 are made otherwise, 1 of them left out"} \
        in told["findings"], told
    # The same again, in other words; and settings alone try no record.
    assert mine.apply("if record.id < 2 then return false end").returncode == 0
    assert last(own)["records"] == 2 and last(own)["records_different"] == 0 and last(own)["findings"] == []
    assert json.loads(reload(own, "--json").stdout)["records"] == 0
    # Without a script what comes is tried once more, and nothing that comes after that is kept.
    (mine.place / "hook.lua").unlink()
    assert own.beffroi("apply", str(mine.place)).returncode == 0
    assert last(own)["records"] == 2 and last(own)["records_different"] == 1
    before = mine.kept()
    assert own.beffroi("hook", "records", mine.name).stdout.splitlines() == before
    none = own.beffroi("hook", "records", "vlille-temps", check=False)
    assert none.returncode == 1 and 'no records of "vlille-temps" are kept' in none.stderr, none
    handlers.fill(own, mine.name, [{"id": 3, "nom": "new", "x": 3}])
    assert mine.kept() == before != []


def test_the_last_of_every_way_in_are_kept(own, tmp_path):
    """At most 20, the newest first; cells of a file as cells; what was refused is not among them."""
    mine = Repaired(own, tmp_path, "essai-venus", records_require="read:essais")
    mine.publish("record.large = nil; if record.x == 'bad' then error('bad') end")
    file = tmp_path / "venus.csv"
    file.write_text("id;nom;x\n7;du fichier;1.5\n8;;\n", encoding="utf-8")
    own.beffroi("load", mine.name, str(file), "--delimiter", ";")
    assert mine.kept()[:2] == ['C{"id":"7","nom":"du fichier","x":"1.5"}', 'C{"id":"8","nom":null,"x":null}']
    assert len(mine.kept()) == 4
    assert own.push(mine.name, [{"id": 9, "nom": "x", "x": "bad"}]).status == 422
    assert len(mine.kept()) == 4
    handlers.fill(own, mine.name, [{"id": n, "nom": "beaucoup", "x": n} for n in range(300)])
    assert len(mine.kept()) == 20 and all("beaucoup" in line for line in mine.kept())
    handlers.fill(own, mine.name, [{"id": 400 + n, "nom": "encore", "x": n} for n in range(3)])
    kept = mine.kept()
    assert len(kept) == 20 and ["encore" in line for line in kept] == [True] * 3 + [False] * 17
    handlers.fill(own, mine.name, [{"id": 400 + n, "nom": "encore", "x": n} for n in range(3)])
    assert sorted(mine.kept()) == sorted(kept), "what comes again is kept once"
    handlers.fill(own, mine.name, [{"id": 500, "nom": "x", "x": 1, "large": "x" * 9000}])
    assert sorted(mine.kept()) == sorted(kept), "what is too large is not"
    # As careful as with what is private: readers do not see it, and it is in no log of PostgreSQL's.
    (facts,) = own.sql("""SELECT c.relpersistence, has_table_privilege('beffroi_reader', c.oid, 'SELECT')
        FROM pg_class AS c WHERE c.oid = 'catalog.came'::regclass""")
    assert facts == ["u", "f"]
    own.sql(f"DELETE FROM catalog.dataset WHERE id = '{mine.name}'; SELECT pg_notify('beffroi', 'catalog')")
    assert mine.kept() == []

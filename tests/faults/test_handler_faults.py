"""Handlers that crash, hang or do not fit: each costs its own dataset alone, while others are read."""

import concurrent.futures
import time

import pytest

from harness import dataset, handlers, sources
from harness.evil import EVIL, Chaos
from harness.faults import SECONDS, OpenLoop
from harness.stack import Stack

ROWS = [{"id": 1, "nom": "fine", "x": 1}, {"id": 2, "nom": "crash", "x": 2}, {"id": 3, "nom": "loop", "x": 3}]
OTHER = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"


@pytest.fixture(scope="module")
def own():
    """A stack that may be left with datasets out of service."""
    with Stack(read_deadline_ms=3000, confine_workers=0) as running:
        yield running


class Load:
    """Reads of another dataset while something else happens: every status that was seen."""

    def __init__(self, stack):
        self.stack, self.seen, self.over = stack, [], False

    def __enter__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(2)
        self.runs = [self.pool.submit(self.read) for _ in range(2)]
        return self

    def go_on(self, n):
        """Until there are that many reads more."""
        most, until = len(self.seen) + n, time.monotonic() + 60
        while len(self.seen) < most and not any(run.done() for run in self.runs):
            assert time.monotonic() < until, f"{len(self.seen)} reads, {most} wanted"
            time.sleep(0.01)

    def read(self):
        while not self.over:
            self.seen.append(self.stack.get(OTHER).status)

    def __exit__(self, *_):
        self.over = True
        self.pool.shutdown()
        for run in self.runs:
            run.result()


def test_crashes_lead_to_quarantine(own, tmp_path):
    """Three, and not one more: each of these requests waits for the one before, and each worker marks its own fall
    before nginx, which tries the read on another worker, and the client can see it (plugin/fall)."""
    address = handlers.publish(own, tmp_path, "crash", "crash-row", ROWS)
    fine = address + "/records?where=id=1"
    assert own.get(fine).json()["results"][0]["nom"] == "fine"
    with Load(own) as load:
        load.go_on(10)
        for _ in range(4):
            assert own.get(address + "/records?where=id=2").status in (502, 503)
        answer = own.get(fine)
        assert answer.status == 503, answer
        assert 0 < int(answer.headers["Retry-After"]) <= 60
        assert own.get(address).status == 200, "its description is no matter of the handler"
        load.go_on(100)
    assert set(load.seen) == {200}
    assert "handler of crash: 3 crashes, out of service" in own.beffroi("status", check=False).stdout


def test_a_new_build_is_back_at_once(own, tmp_path):
    """The dataset of the test before, with another handler: its crashes are forgotten."""
    address = handlers.publish(own, tmp_path, "crash", "smaller-struct", ROWS)
    answer = own.get(address + "/records?where=id=2")
    assert answer.status == 200, answer


def test_chaos_of_handlers(tmp_path, record_property):
    """A dataset for each kind of evil, asked again and again, while ten others are read at a fixed rate."""
    with Stack(hook_deadline_ms=1000) as own:
        chaos = Chaos(own, tmp_path)
        paths, evil, calm = chaos.paths, chaos.evil, "/records?where=id=1"
        assert [own.get(address + calm).status for address in evil] == [200] * len(EVIL)
        with OpenLoop(own, paths, seconds=2) as quiet:
            pass
        seen = []
        with OpenLoop(own, paths, seconds=max(6, SECONDS - 4)) as load:
            while load.running():
                seen += chaos.provoke()
        result, before = load.result, quiet.result
        record_property("result", result)
        print(f"quiet {before}\nevil {result}\n{len(seen)} evil requests")
        assert result["failed"] == 0 and result["sent"] > 0, result
        for _ in range(3):  # who got fewer than three on a slow machine
            seen += chaos.provoke()
        assert set(seen) <= {502, 503, 504}, "each of them fails, and says so"
        for address in evil:
            answer = own.get(address + calm)
            assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0, answer
        told = {one["dataset"]: one for one in own.status()["handlers"]}
        for kind, why in EVIL.items():
            of = told[f"evil-{kind}"]
            # nginx sees these two before they are marked: one more may have come in.
            assert of["crashes"] == 3 or kind in ("at-once", "close") and of["crashes"] > 3, told
            # Memory without end takes its time on a slow machine, and a sanitizer's report ends the process.
            also = {EVIL["loop"]} if kind == "runaway" else set()
            also |= {EVIL["exit"]} if "asan" in own.build.name and why[0].isupper() else set()
            assert of["last"] in {why} | also and of["out_for_s"] > 0, told
        assert [own.get(path).status for path in paths] == [200] * len(paths)


def test_without_a_filter_another_folder_is_found(own, tmp_path):
    """With one, the handler is refused to go there (tests/http/test_confine.py)."""
    address = handlers.publish(own, tmp_path, "folder", "falls", [{"id": 1, "nom": "folder", "x": 1}])
    assert own.get(address + "/records").status in (502, 503)
    told = own.beffroi("status", check=False).stdout
    assert "handler of folder: 2 crashes; the last: it changed the working directory" in told


def test_an_endless_loop_is_killed_at_the_deadline(own, tmp_path):
    address = handlers.publish(own, tmp_path, "endless", "endless-loop", ROWS)
    with Load(own) as load:
        load.go_on(10)
        for _ in range(2):
            assert own.get(address + "/records?where=id=3").status in (502, 503, 504)
        answer = own.get(address + "/records?where=id=1")
        load.go_on(100)
    assert answer.status == 503, answer
    assert set(load.seen) == {200}
    assert "handler of endless: 3 crashes, out of service" in own.beffroi("status", check=False).stdout


def test_a_source_that_crashes(own):
    """Its rows go to nobody, and after three times its dataset is out; another one of the same handler is not."""
    fine, _ = sources.publish(own, "source-fine", dataset.ROWS)
    address, file = sources.publish(own, "source-crash", dataset.ROWS)
    assert own.get(address + "/records").json()["total_count"] == 4
    sources.write(file, dataset.ROWS, act="crash")
    with Load(own) as load:
        for _ in range(4):
            assert own.get(address + "/records").status in (502, 503)
        assert own.get(address + "/exports/json").status == 503
        assert own.get(fine + "/records").json()["total_count"] == 4
        load.go_on(20)
    assert set(load.seen) == {200}
    assert "handler of source-crash: 3 crashes, out of service" in own.beffroi("status", check=False).stdout


def test_a_source_that_hangs(own):
    """One call of source_next that does not come back, whatever it waits in: after the deadline of a call (2 s) the
    request is an error in the shape of its protocol, after three its dataset is out, and other datasets are read."""
    kinds = ["loop", "sleep", "block"]
    hung = {kind: sources.publish(own, f"source-{kind}", dataset.ROWS) for kind in kinds}
    assert [own.get(address + "/records").json()["total_count"] for address, _ in hung.values()] == [4] * 3
    for kind, (_, file) in hung.items():
        sources.write(file, dataset.ROWS, act=kind)

    def ask(kind):
        address, _ = hung[kind]
        page = own.get(address + "/records")  # tried on a second worker, too
        assert page.status == 503 and page.json()["error_code"] and page.json()["message"], page
        old = own.get("/api/records/1.0/search/", {"dataset": f"source-{kind}"})
        assert old.status == 503 and old.json()["error"], old
        file = own.get(address + "/exports/csv")
        assert file.status == 503 and int(file.headers["Retry-After"]) > 0 and file.json()["message"], file

    with Load(own) as load, concurrent.futures.ThreadPoolExecutor(len(kinds)) as pool:
        list(pool.map(ask, kinds))
        load.go_on(20)
    assert set(load.seen) == {200}
    told = {one["dataset"]: one for one in own.status()["handlers"]}
    log = (own.run / "log" / "beffroi.log").read_bytes().decode(errors="backslashreplace")
    for kind in kinds:
        of = told[f"source-{kind}"]
        assert of["crashes"] == 3 and of["last"] == "it did not come back" and of["out_for_s"] > 0, of
        assert f"dataset=source-{kind} crashes=3" in log


@pytest.mark.parametrize("handler, why", [
    ("wrong-major", "built for ABI 2.0, this server speaks 1.1"),
    ("newer-minor", "newer than this server's"),
    ("missing-symbol", "nobody_defines_this"),
    ("tour", "adds the field"),
])
def test_a_handler_that_does_not_fit(own, tmp_path, handler, why):
    """`apply` refuses it; if it came in by another way, its dataset alone is out."""
    name = "misfit-" + handler
    try:
        address = handlers.publish(own, tmp_path, name, handler, ROWS, options={"act": "none"} if handler == "tour" else {})
    except AssertionError as refusal:
        assert why in str(refusal)
        return
    answer = own.get(address + "/records")
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    assert "/" not in answer.json()["message"]
    assert why in (own.run / "log" / "beffroi.log").read_bytes().decode(errors='backslashreplace')
    assert own.get(OTHER).status == 200

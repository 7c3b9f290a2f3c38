"""Scripts that end the process that they repair records in: put down to their dataset, while others are written to."""

import concurrent.futures
import json

import pytest

from harness import dataset
from harness.faults import SpoilScript, wait_until
from harness.publisher import Publisher, run, shown
from harness.stack import Stack

HOOK = """
function on_ingest(record)
  if record.what then log.info("spoil=" .. record.what) end
  record.what = nil
end
"""
GOOD = [{"id": "a", "n": 1}]

# What `status` says of each. On a busy machine one second may be over before half a second of the processor is.
ENDS = {"hang": {"Aborted", "it did not come back"}, "crash": {"Segmentation fault"}, "sleep": {"it did not come back"},
        "exit": {"it ended the process"}}


@pytest.fixture(scope="module")
def own():
    stack = Stack(hook_deadline_ms=1000, pull_http=1, pull_private="127.0.0.0/8")
    stack.spoil = SpoilScript(stack)
    with stack as running:
        yield running


def content(name, **more):
    fields = [{"name": "id", "type": "text"}, {"name": "n", "type": "int"}, {"name": "geo", "type": "geo_point_2d"}]
    return dataset.manifest(name, fields=fields, **more)


def push(stack, name, rows):
    headers = {"Authorization": f"Bearer {stack.key(f'push:{name}')}", "Content-Type": "application/json"}
    return stack.request("POST", f"/api/push/v1/datasets/{name}/records", body=json.dumps(rows).encode(), headers=headers)


def count(stack, place):
    return stack.get(place + "/records?limit=0").json()["total_count"]


def told(stack, name):
    return [line for line in stack.status()["handlers"] if line["dataset"] == name]


def ends_of(stack, how):
    """A sanitizer's report ends the process itself."""
    return ENDS[how] | ({"it ended the process"} if "asan" in stack.build.name else set())


class Pushes:
    """To another dataset while something else happens: every status that was seen."""

    def __init__(self, stack, name):
        self.stack, self.name, self.seen, self.over = stack, name, [], False

    def __enter__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.run = self.pool.submit(self.go_on)
        return self

    def go_on(self):
        while not self.over:
            self.seen.append(push(self.stack, self.name, [{"id": "b", "n": len(self.seen)}]).status)

    def __exit__(self, *_):
        wait_until(lambda: self.run.done() or len(self.seen) > 10)
        self.over = True
        self.pool.shutdown()
        self.run.result()


@pytest.mark.parametrize("how", ENDS)
def test_it_is_put_down_to_its_dataset(own, tmp_path, how):
    """Three workers, and not one more; then nothing of it is asked, and the dataset goes on being read."""
    name, other = f"gate-{how}", f"sain-{how}"
    place = dataset.apply(own, tmp_path, content(name), HOOK)
    dataset.apply(own, tmp_path, content(other), HOOK)
    assert push(own, name, GOOD).status == 200
    before = own.spoil.times
    with Pushes(own, other) as others:
        for _ in range(3):
            assert push(own, name, [{"id": "c"}, {"id": "d", "what": how}]).status in (502, 503, 504)
        off = push(own, name, GOOD)
        assert off.status == 503 and 0 < int(off.headers["Retry-After"]) <= 60, off
        assert "ended its process three times" in off.json()["detail"]
        assert push(own, name, [{"id": "d", "what": how}]).status == 503
    assert set(others.seen) == {200}
    assert own.spoil.times - before == 3
    assert count(own, place) == 1, "nothing is written but what was acknowledged"
    [line] = told(own, name)
    assert (line["hook"], line["crashes"]) == ("on_ingest", 3) and line["out_for_s"] > 0
    assert line["last"] in ends_of(own, how), line
    assert f"on_ingest of {name}: 3 crashes, nothing is written" in own.beffroi("status", check=False).stdout
    # Another version begins anew.
    dataset.apply(own, tmp_path, content(name), HOOK + "-- mended")
    assert push(own, name, GOOD + [{"id": "e"}]).status == 200
    assert count(own, place) == 2


def fetched(stack, folder, publisher, name):
    """A dataset with a source, behind its first run; what is told of that."""
    told_of = {"url": f"{publisher.url}/{name}", "format": "json", "every": "P1D"}
    dataset.apply(stack, folder, content(name, source=told_of), HOOK)
    wait_until(lambda: shown(stack, name).get("ended") and not shown(stack, name)["running"], why="the first run")
    return shown(stack, name)


def test_a_fetch_whose_script_ends_it(own, tmp_path):
    """Its run has failed and says why; others are fetched, and it is again when its source is well."""
    with Publisher() as publisher:
        answers = {"/tire-mal": [{"id": "a", "what": "crash"}], "/tire-bien": GOOD}
        publisher.gives_by_path(answers)
        bad, good = fetched(own, tmp_path, publisher, "tire-mal"), fetched(own, tmp_path, publisher, "tire-bien")
        assert (bad["state"], good["state"]) == ("failing", "good")
        inside = "The process of the run ended inside the script of the dataset: "
        assert bad["reason"] in {f"{inside}{how}." for how in ends_of(own, "crash")}, bad
        answers["/tire-mal"] = GOOD
        assert run(own, "tire-mal")[0] == 0 and shown(own, "tire-mal")["state"] == "good"


def test_a_load_whose_script_ends_it(own, tmp_path):
    """The command ends and has written nothing; the next one finds the dataset free."""
    place = dataset.apply(own, tmp_path, content("charge"), HOOK)
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([{"id": "a"}, {"id": "b", "what": "hang"}]), encoding="utf-8")
    done = own.beffroi("load", "charge", file, check=False)
    assert done.returncode not in (0, None) and "charge/hook.lua does not come back" in done.stderr
    assert count(own, place) == 0
    file.write_text(json.dumps(GOOD), encoding="utf-8")
    own.beffroi("load", "charge", file)
    assert count(own, place) == 1

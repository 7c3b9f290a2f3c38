"""A million decisions of limits/rate by eight processes, half of them killed: one chain per caller, as a model has it.

The state of a caller is one instant, its theoretical arrival time (TAT). Each admission moves it from `old` to
max(old, now) + interval, and each refusal says how far away it was. So the records have to form one chain per caller,
without a fork: no two admissions end at the same TAT, and each begins where another one ended, or at its own `now`.
"""

import array
import collections
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("BEFFROI_BUILD", "build") / "tests/limits/decisions"
BURST, INTERVAL = 100, 50
SPAN = BURST * INTERVAL
Record = collections.namedtuple("Record", "now admitted remaining full wait cost")


def records(path):
    """Per caller the decisions that were written down, and how many were not."""
    words = array.array("q", path.read_bytes())
    found, lost = collections.defaultdict(list), 0
    for at in range(1, min(words[0] * 6 + 1, len(words)), 6):
        caller, cost = words[at] & 0xffffffff, words[at] >> 32
        if cost:
            found[caller].append(Record(*words[at + 1:at + 6], cost))
        else:
            lost += 1
    return found, lost


def model(old, now, cost):
    """GCRA, by the book: what the decision has to be at `now` when the TAT was `old`.

    What costs more than the burst is granted to who has his whole burst, and books all that it costs.
    """
    ahead = max(old, now) - now
    late = ahead + min(cost, BURST) * INTERVAL - SPAN
    if late > 0:
        return Record(now, 0, max(0, SPAN - ahead) // INTERVAL, ahead, late, cost)
    ahead += cost * INTERVAL
    return Record(now, 1, max(0, SPAN - ahead) // INTERVAL, ahead, 0, cost)


def check_chain(decisions):
    """The admissions in the order of their TATs; returns how many links are missing (one of several units: as many)."""
    admitted = sorted((r for r in decisions if r.admitted), key=lambda r: r.now + r.full)
    missing, tat = 0, 0
    for r in admitted:
        new = r.now + r.full
        assert new > tat, f"two decisions led to the same TAT: {r}"
        old = max(tat, new - r.cost * INTERVAL)
        if old > tat and old > r.now:  # it began at a TAT that nobody wrote down
            missing += (old - max(tat, r.now)) // INTERVAL or 1
        assert r == model(old, r.now, r.cost)
        tat = new
    return missing


def check_refusals(decisions):
    for r in decisions:
        if not r.admitted:
            assert r == model(r.now + r.full, r.now, r.cost)


@pytest.mark.parametrize("killed, callers, seed, cost", [(0, 1, 1, 1), (4, 16, 2, 1), (7, 3, 3, 1), (4, 8, 4, 120), (0, 2, 5, 9)])
def test_decisions_form_one_chain_per_caller(tmp_path, killed, callers, seed, cost):
    path = tmp_path / "decisions"
    count = 1_000_000 if killed == 4 else 200_000
    subprocess.run([PROGRAM, path, "8", str(callers), str(count), str(killed), str(seed), str(cost)], check=True, timeout=300)
    found, lost = records(path)
    assert sum(map(len, found.values())) + lost == count
    assert lost <= killed
    assert len(found) == callers
    missing = sum(check_chain(decisions) for decisions in found.values())
    assert missing <= lost * cost
    for decisions in found.values():
        check_refusals(decisions)
    outcomes = {r.admitted for decisions in found.values() for r in decisions}
    assert outcomes == {0, 1}, "there was something to decide"

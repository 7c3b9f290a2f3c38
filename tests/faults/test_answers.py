"""A worker killed in the middle of an answer, at chosen bytes: the client sees an error or the whole body."""

import pytest

from harness.faults import RECORDS, WORKER_DIED, DieAfter, fetch, wait_ready
from harness.stack import Stack

POSITIONS = 200


@pytest.fixture(scope="module")
def own():
    stack = Stack()
    stack.die_after = DieAfter(stack)
    with stack:
        yield stack


@pytest.mark.expects_log_errors(*WORKER_DIED)
@pytest.mark.parametrize("path", [RECORDS + "?limit=10", RECORDS.replace("/records", "/exports/json")])
def test_never_a_short_body_that_looks_whole(own, path):
    wait_ready(own)
    status, whole = fetch(own, path)
    assert status == 200
    died_before = own.die_after.died
    seen = {"whole": 0, "error": 0}
    for number in range(POSITIONS):
        # From the first byte of the head to the last of the end record, and often at the very ends.
        length = len(whole) + 1600
        after = number if number < 10 else length - (number - 10) if number < 20 else number * length // POSITIONS
        own.die_after.order(after)
        got = fetch(own, path)
        own.die_after.order(-1)
        if got is None:
            seen["error"] += 1
        elif got == (200, whole):
            seen["whole"] += 1
        else:
            pytest.fail(f"killed after {after} bytes: {got[0]}, {len(got[1])} of {len(whole)} bytes")
    print(path, seen, "died:", own.die_after.died - died_before)
    assert own.die_after.died - died_before >= POSITIONS * 0.8
    assert seen["whole"] > 0
    wait_ready(own)
    assert fetch(own, path) == (200, whole)

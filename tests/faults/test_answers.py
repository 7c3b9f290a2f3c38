"""A worker killed in the middle of an answer, at chosen bytes: the client sees an error or the whole body."""

import http.client
import mmap
import struct

import pytest

from harness.faults import RECORDS, WORKER_DIED, compiled, wait_ready
from harness.stack import Stack

POSITIONS = 200


class DieAfter:
    """The order that tests/faults/die_after.c reads."""

    def __init__(self, path):
        path.write_bytes(struct.pack("<qq", -1, 0))
        path.chmod(0o666)
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 16)

    def order(self, after):
        self.memory[:8] = struct.pack("<q", after)

    @property
    def died(self):
        return struct.unpack("<q", self.memory[8:16])[0]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    stack = Stack()
    order = stack.folder / "die-after"
    stack.die_after = DieAfter(order)
    library = compiled(stack, "die_after", "-shared", "-fPIC", "-ldl")
    stack.environment.update(LD_PRELOAD=str(library), DIE_AFTER_FILE=str(order),
                             ASAN_OPTIONS="verify_asan_link_order=0:" + stack.environment.get("ASAN_OPTIONS", ""))
    with stack:
        yield stack


def fetch(stack, path):
    """The whole body, or None when the client was told that it is not whole."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return (answer.status, body)
    except (http.client.HTTPException, OSError):
        return None
    finally:
        connection.close()


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

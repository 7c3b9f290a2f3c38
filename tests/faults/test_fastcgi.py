"""Peers on the workers' sockets that stop in the middle, send nonsense, or are slow."""

import json
import random
import signal
import time

import pytest

from harness.faults import (PARAMS, RECORDS, STDIN, WORKER_DIED, alive, answer, connect, get, push_head, record,
                            send_signal, unchanged_rows, wait_ready, wait_until, workers)

pytestmark = pytest.mark.expects_log_errors(*WORKER_DIED)


@pytest.mark.parametrize("beginning", [0, 3, 8, 16, 24, 40])
def test_half_written_requests_do_not_hold_the_pool(stack, beginning):
    wait_ready(stack)
    before = workers(stack, "read")
    half = [connect(stack, "read") for _ in range(len(before) * 2)]
    try:
        for connection in half:
            connection.sendall(get("/healthz")[:beginning])
        began = time.monotonic()
        assert stack.get("/healthz").status == 200
        # Two of them after each other hold a worker for a second each; io_timeout_ms would make it 20 s.
        assert time.monotonic() - began < 15
    finally:
        for connection in half:
            connection.close()
    assert workers(stack, "read") == before, "no worker had to die for it"


def test_a_peer_that_dribbles_is_cut_off(stack):
    """One byte now and then keeps every single read short; the master looks at the whole."""
    wait_ready(stack)
    connection = connect(stack, "read")
    request = get("/healthz" + "x" * 200)
    with connection, pytest.raises((BrokenPipeError, ConnectionResetError)):
        for at in range(len(request)):  # takes minutes; io_timeout_ms and a second are the end of it
            connection.sendall(request[at:at + 1])
            time.sleep(0.5)
    wait_ready(stack)


# A name that is said to have a gigabyte is more memory than a worker may take (worker_memory_bytes): libfcgi then ends it.
# Only nginx reaches the socket, and it announces no such names.
@pytest.mark.expects_log_errors("has a control character", "fcgiapp.c.*Malloc: Assertion", "worker.died")
def test_hostile_bytes(stack):
    wait_ready(stack)
    dice = random.Random(20261123)
    base = get("/healthz")
    for number in range(300):
        request = bytearray(base)
        for _ in range(dice.randrange(1, 8)):
            request[dice.randrange(len(request))] = dice.randrange(256)
        if number % 3 == 0:
            request = request[:dice.randrange(len(request))]
        if number % 7 == 0:
            request = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 400)))
        with connect(stack, "read") as connection:
            try:
                connection.sendall(bytes(request))
                connection.shutdown(1)
                answer(connection)
            except OSError:
                pass
    assert stack.get("/healthz").status == 200
    wait_ready(stack)


def test_sigterm_during_a_slow_upload(stack):
    wait_ready(stack)
    body = unchanged_rows(stack, 200)
    with connect(stack, "push") as connection:
        connection.sendall(push_head(stack, len(body)))
        pid = None
        for at in range(0, len(body), len(body) // 20 + 1):
            connection.sendall(record(STDIN, body[at:at + len(body) // 20 + 1]))
            time.sleep(0.1)
            if at and pid is None:
                wait_until(lambda: workers(stack, "push", state="busy"))
                pid, = workers(stack, "push", state="busy")
                send_signal(pid, signal.SIGTERM)
        assert alive(pid), "it has not left its upload"
        connection.sendall(record(STDIN))
        content, ended = answer(connection)
    assert ended and b"200" in content.partition(b"\r\n")[0], content[:300]
    result = json.loads(content.partition(b"\r\n\r\n")[2])
    assert sum(result[name] for name in ("added", "changed", "unchanged")) == 200, result
    wait_until(lambda: not alive(pid))
    wait_ready(stack)


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_an_upload_that_ends_early_changes_nothing(stack, share):
    wait_ready(stack)
    body = unchanged_rows(stack, 50).replace(b'"EN SERVICE"', b'"X"')
    before = stack.sql("SELECT max(number) FROM catalog.commit")
    with connect(stack, "push") as connection:
        connection.sendall(push_head(stack, len(body)) + record(STDIN, body[:int(len(body) * share)]))
        connection.shutdown(1)
        answer(connection)
    assert stack.sql("SELECT max(number) FROM catalog.commit") == before


def test_a_reader_that_stops_reading_frees_its_worker(stack):
    """nginx takes answers away at full speed; whoever else does not is left after io_timeout_ms."""
    wait_ready(stack)
    path = RECORDS.replace("/records", "/exports/json")
    before = workers(stack, "read", "export")
    with connect(stack, "read") as connection:
        connection.sendall(get(path))
        time.sleep(1)
        assert stack.get(RECORDS + "?limit=1").status == 200
    wait_ready(stack)
    assert workers(stack, "read", "export") == before

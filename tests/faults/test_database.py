"""PostgreSQL stopped and started under the server."""

import os
import signal
import subprocess
import time

import pytest

from harness.faults import RECORDS, postgres, send_signal, wait_ready, wait_until, workers
from harness.stack import Stack

# A worker that waits for PostgreSQL waits for two seconds at least (connect_timeout); one that does not may still have to
# wait for its turn on a busy machine.
AT_ONCE = 1.5
GONE = ("FATAL:  ", "could not connect", "the old one stays")


@pytest.fixture
def own():
    with Stack() as stack:
        yield stack


def timed(stack, path, **options):
    began = time.monotonic()
    answer = stack.get(path, **options)
    return answer, time.monotonic() - began


def test_not_one_304_fails_when_the_database_goes(own):
    wait_ready(own)
    etag = own.get(RECORDS + "?limit=10").headers["ETag"]
    postgres(own, "stop")
    try:
        answers = [timed(own, RECORDS + "?limit=10", headers={"If-None-Match": etag}) for _ in range(40)]
    finally:
        postgres(own, "start")
    assert {answer.status for answer, _ in answers} == {304}
    assert max(seconds for _, seconds in answers) < AT_ONCE


def test_kept_answers_go_on_when_the_database_goes(own):
    wait_ready(own)
    whole = [own.get(RECORDS + "?limit=20") for _ in range(3)][2]
    postgres(own, "stop")
    try:
        answers = [timed(own, RECORDS + "?limit=20") for _ in range(40)]
    finally:
        postgres(own, "start")
    assert {(answer.status, answer.body) for answer, _ in answers} == {(200, whole.body)}
    assert max(seconds for _, seconds in answers) < AT_ONCE


def until_every_worker_has_noticed(stack):
    """The first read after the end is what tells a worker."""
    for _ in range(40):
        assert stack.get(RECORDS + "?limit=10").status == 503


def test_the_database_goes_and_comes(own):
    wait_ready(own)
    before = workers(own)
    etag = own.get(RECORDS + "?limit=10").headers["ETag"]
    postgres(own, "stop")
    try:
        until_every_worker_has_noticed(own)
        for _ in range(40):
            not_modified, seconds = timed(own, RECORDS + "?limit=10", headers={"If-None-Match": etag})
            assert not_modified.status == 304 and seconds < AT_ONCE
            refused, seconds = timed(own, RECORDS + "?limit=10")
            assert refused.status == 503 and refused.headers["Retry-After"] and seconds < AT_ONCE
            assert refused.json()["error_code"] == "ServiceUnavailable"
        assert own.get("/healthz").status == 200
        wait_until(lambda: own.status()["database"] == "away", why="the clock process has not noticed")
        assert own.get("/readyz").status == 503 and own.status()["state"] == "degraded"
        assert 'beffroi_database_up 0' in own.get("/metrics").text
    finally:
        postgres(own, "start")
    wait_until(lambda: own.get(RECORDS + "?limit=10").status == 200)
    wait_until(lambda: own.get("/readyz").status == 200)
    assert own.get(RECORDS + "?limit=10").status == 200
    assert workers(own) == before, "nobody had to be restarted"


def test_what_happens_to_workers_while_the_database_is_away(own):
    """A reload fails and the old workers stay; a killed worker's successor leaves requests to those who know the
    catalogue; when nobody knows it, all say 503 at once; and all of it heals by itself."""
    wait_ready(own)
    etag = own.get(RECORDS + "?limit=10").headers["ETag"]
    old = own.status()
    postgres(own, "stop")
    try:
        until_every_worker_has_noticed(own)
        send_signal(old["guardian"]["pid"], signal.SIGHUP)
        wait_until(lambda: own.status()["generation"]["failed"] > old["generation"]["failed"])
        assert own.status()["generation"]["last_failure"]
        send_signal(workers(own, "read", state="ready")[0])
        wait_until(lambda: len(workers(own, "read", state="waiting")) >= 1)
        for _ in range(40):
            assert own.get(RECORDS + "?limit=10", headers={"If-None-Match": etag}).status == 304
        for pid in workers(own):
            send_signal(pid)
        wait_until(lambda: len(workers(own, "read", state="waiting")) >= 4)
        answer = own.get(RECORDS + "?limit=10")
        assert answer.status == 503 and answer.headers["Retry-After"]
        assert answer.json()["error_code"] == "ServiceUnavailable"
        assert own.get("/").status == 503 and "problem+json" in own.get("/").headers["Content-Type"]
        assert own.get("/healthz").status == 200 and own.get("/readyz").status == 503
        assert "beffroi_workers{" in own.get("/metrics").text
        head = own.request("HEAD", RECORDS)
        assert head.status == 503 and head.body == b""
    finally:
        postgres(own, "start")
    wait_until(lambda: own.get("/readyz").status == 200)
    wait_until(lambda: own.get(RECORDS + "?limit=10").status == 200)
    wait_ready(own)


def test_a_database_that_does_not_answer(own):
    """Its processes are stopped: connections are taken by the kernel and nobody speaks."""
    wait_ready(own)
    etag = own.get(RECORDS + "?limit=10").headers["ETag"]
    postmaster = int((own.run / "cluster" / "postmaster.pid").read_text().split()[0])
    children = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True, check=False).stdout
    everybody = [postmaster, *map(int, children.split())]
    for pid in everybody:
        os.kill(pid, signal.SIGSTOP)
    try:
        answer, seconds = timed(own, RECORDS + "?limit=10", headers={"If-None-Match": etag})
        assert answer.status == 304 and seconds < AT_ONCE
    finally:
        for pid in everybody:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: own.get(RECORDS + "?limit=10").status == 200)

"""The live feed: it pushes like any partner, keeps its key to itself and outlives the server's restarts."""

import pathlib
import re
import subprocess
import time

import pytest

from harness.stack import ROOT, Stack


@pytest.fixture(scope="module")
def fed():
    stack = Stack()
    try:
        stack.start(feed=True)
        yield stack
    finally:
        stack.end()


def feed_lines(stack):
    log = stack.log_folder / "feed.log"
    return log.read_text().splitlines() if log.exists() else []


def wait_for(condition, seconds=120):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


def commits(stack, dataset):
    return int(stack.sql(f"SELECT count(*) FROM catalog.commit WHERE dataset = '{dataset}'")[0][0])


@pytest.mark.parametrize("dataset", ["vlille-realtime", "disponibilite-parkings"])
def test_the_feed_changes_the_data(fed, dataset):
    before = commits(fed, dataset)
    wait_for(lambda: commits(fed, dataset) > before)
    # Its line is written after the answer, which comes after the commit.
    wait_for(lambda: any(re.search(rf" {dataset} tick \d+: 20\d ", line) for line in feed_lines(fed)))


def test_no_argument_of_a_process_holds_the_key(fed):
    secret = (fed.run / "demo.key").read_text().strip()
    until = time.monotonic() + 6
    while time.monotonic() < until:  # longer than one beat
        for words in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                assert secret.encode() not in words.read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                pass
    assert not any(secret in line for line in feed_lines(fed))


def feed_alone(url, log):
    environment = {"PATH": f"{ROOT}/build:/usr/bin:/bin", "BEFFROI_URL": url, "BEFFROI_KEY": "none"}
    return subprocess.Popen([ROOT / "scripts" / "feed", "--log", log], env=environment, start_new_session=True)


def test_without_a_server_it_complains_waits_and_ends_at_once_when_told(tmp_path):
    log = tmp_path / "feed.log"
    process = feed_alone("http://127.0.0.1:9", log)
    wait_for(lambda: log.exists() and "failed: 000" in log.read_text())
    assert process.poll() is None
    began = time.monotonic()
    process.terminate()
    assert process.wait(timeout=60) == 0
    assert time.monotonic() - began < 5, "it waited for the end of its pause, which is ten seconds"
    assert len(log.read_text().splitlines()) == 1


def test_its_log_stays_small(tmp_path):
    log = tmp_path / "feed.log"
    log.write_text("x" * 1100000)
    process = feed_alone("http://127.0.0.1:9", log)
    wait_for(lambda: log.exists() and 0 < log.stat().st_size < 1000)
    process.terminate()
    process.wait()
    assert (tmp_path / "feed.log.1").stat().st_size == 1100000

"""The two commands: starting, stopping, and being interrupted anywhere in between."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from harness.stack import ROOT, Stack, free_port


@pytest.fixture
def own():
    """A stack of this test alone, not started yet."""
    stack = Stack()
    yield stack
    stack.end()


def foreground(stack, *words):
    """scripts/run at a terminal of its own; Ctrl-C there is a signal to the whole group."""
    command = [ROOT / "scripts/run", "--no-feed", "--run", stack.run, "--port", stack.port, *words]
    return subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def until(process, text):
    """Reads its output up to a line with that text."""
    seen = []
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return
    pytest.fail(f"ended with {process.wait()} before saying {text!r}:\n{''.join(seen)}")


def interrupt(process, number=signal.SIGINT):
    os.killpg(process.pid, number)
    output = process.communicate(timeout=300)[0]
    return process.returncode, output


def part(stack, name):
    return int((stack.run / "pids" / name).read_text().split()[0])


def count_of_commits(stack):
    return int(stack.sql("SELECT count(*) FROM catalog.commit")[0][0])


# What scripts/run says of each thing that it makes.
MADE = ("making a PostgreSQL cluster", "records now")


def test_a_second_run_keeps_the_data_and_makes_nothing_anew(own):
    first = own.start()
    assert all(words in first.stdout for words in MADE), first
    commits = count_of_commits(own)
    assert commits > 0, "no sample data was loaded"
    key = (own.run / "demo.key").read_text()
    program = (own.build / "beffroi").stat().st_mtime_ns
    for _ in range(2):
        own.stop()
        done = own.start()
        assert not any(words in done.stdout for words in (*MADE, "installing")), done
    assert count_of_commits(own) == commits
    assert (own.run / "demo.key").read_text() == key
    assert (own.build / "beffroi").stat().st_mtime_ns == program


def test_fresh_throws_the_data_away(own):
    own.start()
    own.sql("CREATE TABLE catalog.left_over ()")
    done = own.script("run", "--detach", "--fresh", "--port", own.port)
    assert done.returncode == 1 and "scripts/stop first" in done.stderr
    own.stop()
    own.start("--fresh")
    assert own.sql("SELECT to_regclass('catalog.left_over')") == [[None]]


def test_a_run_that_is_up_is_said_and_left_alone(own):
    own.start()
    before = part(own, "nginx")
    again = own.script("run", "--detach", "--no-feed", "--port", own.port)
    assert again.returncode == 0 and own.url in again.stdout and "already" in again.stdout
    in_front = own.script("run", "--no-feed", "--port", own.port)
    assert in_front.returncode == 1 and own.url in in_front.stdout
    elsewhere = own.script("run", "--detach", "--no-feed", "--port", free_port())
    assert elsewhere.returncode == 1 and own.url in elsewhere.stdout
    assert part(own, "nginx") == before and own.get("/readyz").status == 200


def test_a_busy_port_is_said_before_anything_starts(own):
    with socket.create_server(("127.0.0.1", own.port)):
        done = own.script("run", "--detach", "--no-feed", "--port", own.port)
    assert done.returncode == 1
    assert f"port {own.port}" in done.stderr and f"process {os.getpid()}" in done.stderr
    assert not (own.run / "cluster").exists() and not own.processes()


def test_stop_stops_and_may_be_called_again(own):
    own.start()
    assert own.processes()
    own.stop()
    assert not own.processes()
    assert "nothing runs" in own.script("stop").stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_everything(own, number):
    process = foreground(own)
    until(process, "Ctrl-C stops it.")
    assert own.get("/readyz").status == 200
    status, output = interrupt(process, number)
    assert status == 0, output
    assert not own.processes()
    # In the log of PostgreSQL a crash would show.
    assert "database system is shut down" in (own.log_folder / "postgres.log").read_text()


@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.8, 1.5, 2.2])
def test_an_interrupted_start_leaves_nothing_and_the_next_one_works(own, seconds):
    process = foreground(own)
    time.sleep(seconds)
    status, output = interrupt(process)
    # It may have been up already, or not even have set its traps.
    assert status in (0, 130, -signal.SIGINT), output
    assert not own.processes()
    own.start()
    assert own.get("/readyz").status == 200


def test_stop_ends_a_run_in_the_foreground(own):
    process = foreground(own)
    until(process, "Ctrl-C stops it.")
    own.stop()
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert not own.processes()


@pytest.mark.parametrize("name", ["nginx", "serve", "postgres"])
def test_a_part_that_dies_is_named_the_rest_stops_and_the_next_start_recovers(own, name):
    process = foreground(own)
    until(process, "Ctrl-C stops it.")
    os.kill(part(own, name), signal.SIGKILL)
    output = process.communicate(timeout=300)[0]
    assert process.returncode == 1
    assert f"{name} ended by itself" in output
    assert not own.processes()
    own.start()
    assert own.get("/readyz").status == 200


def test_what_a_killed_run_left_is_cleared_away(own):
    process = foreground(own)
    until(process, "Ctrl-C stops it.")
    process.kill()
    process.communicate()
    assert own.processes(), "the parts live in sessions of their own"
    os.kill(part(own, "serve"), signal.SIGKILL)
    done = own.start()
    assert "stopping what an earlier run left" in done.stdout
    assert own.get("/readyz").status == 200


def test_a_folder_that_is_not_a_run_folder_is_never_touched(own):
    own.run.mkdir()
    (own.run / "thesis.txt").write_text("ten years of work")
    for words in ([], ["--fresh"]):
        done = own.script("run", "--detach", "--port", own.port, *words)
        assert done.returncode == 1 and "not a run folder" in done.stderr
    assert (own.run / "thesis.txt").read_text() == "ten years of work"
    shutil.rmtree(own.run)


def test_a_path_too_long_for_sockets_becomes_a_link(own):
    real = own.run
    own.run = real / ("long-" * 20) / "run"
    done = own.start()
    place = pathlib.Path(re.search(r"is a link to (\S+), because", done.stdout)[1])
    try:
        assert own.run.is_symlink() and own.run.resolve() == place and len(str(place)) < 60
        assert own.get("/readyz").status == 200
        own.stop()
    finally:
        shutil.rmtree(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL and workers are other accounts")
def test_a_folder_closed_to_other_accounts_becomes_a_link(own):
    own.folder.chmod(0o700)
    done = own.start()
    assert "do not run as root" in done.stdout
    place = own.run.resolve()
    try:
        assert own.get("/readyz").status == 200
        own.stop()
    finally:
        shutil.rmtree(place)


def test_env_gives_a_shell_what_it_needs(own):
    own.start()
    text = f". {own.run}/env && . {own.run}/env && beffroi status >/dev/null && psql -Atc 'SELECT 7' && echo $BEFFROI_URL"
    done = subprocess.run(["sh", "-euc", text], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["7", own.url], done.stderr
    assert (own.run / "demo.key").stat().st_mode & 0o777 == 0o600

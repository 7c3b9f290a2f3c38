"""Processes killed, reloaded and stopped while a counted load of reads runs: no request fails."""

import os
import random
import signal
import subprocess
import threading
import time

import pytest

from harness.faults import (RECORDS, SECONDS, STDIN, WORKER_DIED, Every, Holder, OpenLoop, alive, answer, connect,
                            push_head, reads, record, send_signal, unchanged_rows, wait_ready, wait_until, workers)
from harness.stack import Stack

pytestmark = pytest.mark.expects_log_errors(*WORKER_DIED)


def kill_a_worker(stack, _):
    """One of those that are up, unless it is the last of them: a start takes longer on a slow machine."""
    up = [[worker["pid"] for worker in pool["workers"] if worker["state"] in ("ready", "busy")]
          for pool in stack.status()["pools"] if pool["name"] in ("read", "export")]
    pids = [pid for pool in up if len(pool) > 1 for pid in pool]
    if pids:
        send_signal(random.choice(pids))


def reload(stack, _):
    send_signal(stack.status()["guardian"]["pid"], signal.SIGHUP)


def stop_each_in_turn(stack, state):
    pids = sorted(workers(stack))
    if pids:
        following = [pid for pid in pids if pid > state.get("last", 0)] or pids
        state["last"] = following[0]
        send_signal(following[0], signal.SIGTERM)


def kill_the_master(stack, _):
    send_signal(stack.status()["master"]["pid"])


@pytest.mark.parametrize("fault, every", [(kill_a_worker, 0.1), (reload, 0.5), (stop_each_in_turn, 0.2),
                                          (kill_the_master, 0.5)])
def test_no_read_fails(stack, fault, every, record_property):
    wait_ready(stack)
    before, state = stack.status(), {}
    with OpenLoop(stack, reads(stack)) as load:
        with Every(every, lambda: fault(stack, state)) as faults:
            while load.running():
                time.sleep(0.05)
    result = load.result
    record_property("faults", faults.times)
    record_property("result", result)
    print(f"{fault.__name__}: {faults.times} faults, {result}")
    assert faults.times >= SECONDS / 2, "as many as the machine can do, at most one every so often"
    assert result["failed"] == 0 and result["sent"] >= result["rate"] * SECONDS * 0.99, result
    wait_ready(stack)
    after = stack.status()
    if fault is kill_a_worker:
        assert after["pools"][0]["restarts"] > before["pools"][0]["restarts"]
    if fault is reload:
        assert after["generation"]["serving"] > before["generation"]["serving"]
        assert after["generation"]["failed"] == before["generation"]["failed"]
    if fault is kill_the_master:
        assert after["master"]["restarts"] > before["master"]["restarts"]


def test_a_new_master_comes_at_once_and_leaves_no_orphan(stack):
    wait_ready(stack)
    before = stack.status()
    old = workers(stack) + [worker["pid"] for worker in before["clock"]["workers"]]
    send_signal(before["master"]["pid"])
    wait_until(lambda: stack.status()["master"]["pid"] != before["master"]["pid"] and stack.status()["master"]["alive"])
    wait_until(lambda: not any(map(alive, old)), why="workers of the dead master are left")
    wait_ready(stack)
    assert stack.get("/readyz").status == 200


def test_counters_survive_their_workers(stack):
    wait_ready(stack)

    def counted():
        return sum(pool["requests"] for pool in stack.status()["pools"])

    for _ in range(20):
        stack.get(RECORDS + "?limit=1")
    before = counted()
    for pid in workers(stack):
        send_signal(pid)
    wait_ready(stack)
    assert counted() >= before


def test_a_killed_guardian_is_relieved_without_a_failed_read():
    with Stack() as own:
        conf = {**own.environment, "BEFFROI_CONF": str(own.run / "beffroi.conf")}
        before = own.status()
        everybody = own.server_processes()
        with OpenLoop(own, reads(own), seconds=8, rate=500) as load:
            send_signal(before["guardian"]["pid"])
            wait_until(lambda: own.status()["state"] == "degraded")
            alone = own.status()
            assert not alone["guardian"]["alive"] and alone["master"]["alive"]
            # The same command again, as a supervisor would give it.
            with open(own.log_folder / "beffroi.log", "ab") as log:
                second = subprocess.Popen([own.build / "beffroi", "serve"], env=conf, stdout=log, stderr=log)
            wait_until(lambda: own.status()["guardian"]["pid"] == second.pid and own.status()["state"] == "ready")
            wait_until(lambda: not any(map(alive, everybody)), why="the old server is left")
            third = own.beffroi("serve", check=False)
            assert third.returncode == 1 and str(second.pid) in third.stderr
        assert load.result["failed"] == 0, load.result
        second.send_signal(signal.SIGTERM)
        assert second.wait(60) == 0
        assert own.beffroi("status", check=False).returncode == 3
        assert not (own.run / "read.sock").exists() and not (own.run / "scoreboard").is_symlink()


def test_a_worker_that_served_enough_is_replaced():
    with Stack(worker_requests=200, read_workers=2) as own:
        first = workers(own, "read")
        with OpenLoop(own, [RECORDS + "?limit=1"], seconds=4, rate=500) as load:
            pass
        assert load.result["failed"] == 0, load.result
        wait_until(lambda: own.get(RECORDS).status == 200 and not set(first) & set(workers(own, "read")))
        wait_ready(own)
        after = own.status()["pools"][0]
        assert not set(first) & {worker["pid"] for worker in after["workers"]}
        assert after["restarts"] == 0, "it was asked for"


def test_a_request_past_its_deadline_costs_its_worker():
    """Reads whose processes of PostgreSQL are stopped: nothing but the master's kill ends that."""
    with Stack(read_deadline_ms=1000, read_workers=3) as own:
        wait_ready(own)
        backends = [int(pid) for pid, in own.sql(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'beffroi_reader'")]
        for pid in backends:
            os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            refused = own.get(RECORDS + "?limit=1")
            # nginx asks a second worker, which fares no better; their successors do.
            assert refused.status == 503 and refused.headers["Retry-After"] == "1"
            assert time.monotonic() - began > 1.9, "both have their time"
            assert own.status()["pools"][0]["deadline_kills"] == 2
            wait_until(lambda: own.get(RECORDS + "?limit=1").status == 200)
        finally:
            for pid in backends:
                send_signal(pid, signal.SIGCONT)
        wait_ready(own)


def test_a_reload_with_broken_settings_keeps_the_old_ones():
    with Stack() as own:
        conf = own.run / "beffroi.conf"
        good = conf.read_text()
        guardian = own.status()["guardian"]["pid"]
        conf.write_text(good + "no_such_setting = 1\n")
        send_signal(guardian, signal.SIGHUP)
        wait_until(lambda: "no_such_setting" in (own.log_folder / "beffroi.log").read_text())
        assert own.get(RECORDS + "?limit=1").status == 200
        conf.write_text(good + "read_workers = 6\n")
        send_signal(guardian, signal.SIGHUP)
        wait_until(lambda: len(workers(own, "read", state="ready")) == 6)
        assert own.get(RECORDS + "?limit=1").status == 200


def test_the_end_is_orderly():
    """What is being answered is answered; then everybody goes."""
    with Stack() as own:
        everybody = own.server_processes()
        guardian = own.status()["guardian"]["pid"]
        body, seen = unchanged_rows(own, 100), []
        reader = threading.Thread(target=lambda: seen.append(own.get(RECORDS + "?limit=1").status))
        with connect(own, "push") as upload, Holder(own, 'data."vlille-realtime"') as holder:
            upload.sendall(push_head(own, len(body)) + record(STDIN, body[:1000]))
            wait_until(lambda: workers(own, "push", state="busy"))
            reader.start()
            wait_until(holder.waiting)
            os.kill(guardian, signal.SIGTERM)
            holder.ask("COMMIT; SELECT 1;")  # a worker waits for a lock no longer than a second
            reader.join()
            wait_until(lambda: own.status()["pools"][0]["workers"] == [])
            upload.sendall(record(STDIN, body[1000:]) + record(STDIN))
            content, ended = answer(upload)
        assert seen == [200]
        assert ended and b"200" in content.partition(b"\r\n")[0], content[:300]
        wait_until(lambda: not any(map(alive, everybody)))

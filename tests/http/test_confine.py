"""What a handler may ask of the kernel: nothing that a worker has no use for (worker/confine)."""

import pathlib

import pytest

from harness import handlers
from harness.faults import workers

REFUSED = ("run", "fork", "thread", "trace", "look", "signal", "folder", "write", "make", "delete", "rename", "mkdir",
           "inet", "packet", "bind", "alarm", "timer", "limit", "memory", "root")
ALLOWED = ("itself", "read", "unix", "limits", "work-timer")
# A sanitizer's look for leaks and its reports need these.
SANITIZERS = ("run", "fork", "thread", "trace")


def seccomp(pid):
    """As the kernel says it: 0 none, 2 a filter; and whether privileges can be had by a program."""
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["Seccomp"]), int(status["NoNewPrivs"])


def test_the_calls_of_a_handler(stack, tmp_path):
    asked = [name for name in REFUSED + ALLOWED if "asan" not in stack.build.name or name not in SANITIZERS]
    address = handlers.publish(stack, tmp_path, "reach", "reach", [{"id": n, "nom": name} for n, name in enumerate(asked)])
    for kind in ("/records?limit=100&select=id,nom", "/exports/json?select=id,nom"):
        answer = stack.get(address + kind)
        assert answer.status == 200, answer
        rows = answer.json() if "exports" in kind else answer.json()["results"]
        assert {asked[row["id"]]: row["nom"] for row in rows} == {
            name: "EPERM" if name in REFUSED else "ok" for name in asked}
    assert [c["crashes"] for c in stack.status()["handlers"] if c["dataset"] == "reach"] == []


@pytest.mark.parametrize("pool, filtered", [("read", 2), ("export", 2), ("push", 2), ("admin", 0)])
def test_each_worker_has_its_filter(stack, pool, filtered):
    """The admin pool runs no handler, and makes files: the private halves of keys."""
    assert {seccomp(pid) for pid in workers(stack, pool, state="ready")} == {(filtered, 1)}

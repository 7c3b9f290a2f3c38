"""Several nodes on one PostgreSQL: each a whole `beffroi serve` with an nginx and a run folder of its own.

    with Nodes(2, quota_lease_ms=1000) as nodes:
        nodes[0].get("/readyz"), nodes[1].get("/readyz")
        nodes[1].kill()  # -9, every process of it but PostgreSQL
        nodes[1].up()    # again, in the same run folder

nodes[0] has the database, and the commands that change it (`beffroi key issue`) belong there.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

from harness.stack import ROOT, Stack


class Node(Stack):
    """A Stack whose server and nginx can be killed and started again by themselves."""

    def __init__(self, base=None, **settings):
        super().__init__(**settings)
        self.base = base or self  # whose PostgreSQL it uses

    def prepare(self):
        """Another node begins with nothing: the keys that sign are those of its own."""
        if self.base is self:
            super().prepare()

    def start(self, *words, feed=False):
        if self.base is self:
            return super().start(*words, feed=feed)
        return self.up()

    def up(self):
        """Starts what does not run; comes back when it answers."""
        command = [str(word) for word in (ROOT / "tests/harness/node.sh", self.run, self.port, self.base.run)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=self.environment)
        assert done.returncode == 0, f"node.sh ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done

    def kill(self, parts=("nginx", "error-log", "serve")):
        """SIGKILL to every process of these parts; comes back when all are gone."""
        left = [pid for part in parts for pid in self._session(part)]
        while left:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            left = [pid for part in parts for pid in self._session(part)]
            time.sleep(0.005)

    def _session(self, part):
        try:
            return self.session_of(part)
        except FileNotFoundError:  # it was never started
            return []

    def processes_of(self, name):
        """The pids of this node's server that have that title ("beffroi:read", "beffroi:account")."""
        found = []
        for pid in self._session("serve"):
            try:
                title = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
            except OSError:  # it has ended since it was listed
                continue
            if title == name:
                found.append(pid)
        return found

    def sql(self, text, user="postgres"):
        return super().sql(text, user) if self.base is self else self.base.sql(text, user)


class Nodes:
    """The settings are those of every node."""

    def __init__(self, many=2, **settings):
        self.first = Node(**settings)
        self.all = [self.first] + [Node(self.first, **settings) for _ in range(many - 1)]

    def __enter__(self):
        with contextlib.ExitStack() as started:
            for node in self.all:
                started.enter_context(node)
            self.started = started.pop_all()
        return self

    def __exit__(self, *_):
        self.started.close()

    def __getitem__(self, number):
        return self.all[number]

    def __iter__(self):
        return iter(self.all)

"""A whole Beffroi of one's own, started and stopped by the very scripts that its users call."""

import contextlib
import gzip
import http.client
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

from harness import prepared

ROOT = pathlib.Path(__file__).resolve().parents[2]
PSQL = "/usr/lib/postgresql/15/bin/psql"


def free_port():
    """A port below those that the system gives to outgoing connections: none of these takes it before nginx does."""
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(first // 2, first)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


class Answer:
    """Status, headers (names in any case) and the whole body of one exchange."""

    def __init__(self, response, method, path):
        self.method, self.path = method, path
        self.status, self.headers = response.status, response.headers
        self.body = response.read()  # as it came over the wire

    @property
    def content(self):
        packed = self.headers["Content-Encoding"] == "gzip"
        return gzip.decompress(self.body) if packed else self.body

    @property
    def text(self):
        return self.content.decode("utf-8")

    def json(self):
        return json.loads(self.content)

    def __repr__(self):
        return f"<{self.method} {self.path}: {self.status} {self.body[:300]!r}>"


class Stack:
    """`with Stack(backlog=4) as stack:` starts it in a folder of its own and leaves nothing behind.

    The named arguments are settings of the server (`beffroi conf` lists them).
    """

    def __init__(self, **settings):
        self.environment = {**os.environ, **{f"BEFFROI_{name.upper()}": str(v) for name, v in settings.items()}}
        # AddressSanitizer keeps 256 MiB of freed memory by default: a busy worker would seem to leak, and be replaced.
        self.environment.setdefault("ASAN_OPTIONS", "quarantine_size_mb=16")
        self.host = "127.0.0.1"  # where requests go
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._keys = {}
        self._marks = itertools.count()
        self._marked_at = 0
        # Short (unix sockets end at 107 bytes), and open to the accounts of PostgreSQL and the workers.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="beffroi-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.run = self.folder / "run"

    # What every answer is held against, and what looks at a stack that has started: tests/conftest.py fills them.
    checks, on_start = [], []

    # ---- life --------------------------------------------------------------------------------
    def __enter__(self):
        try:
            self.prepare()
            self.start()
            for look in self.on_start:
                look(self)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def prepare(self):
        """Whatever lies in its folder before it starts for the first time."""
        prepared.fill(self.run)

    def end(self):
        """Stops it, deletes its folder, and complains about any process that is left."""
        self.stop()
        left = self.processes()
        shutil.rmtree(self.folder)
        assert not left, f"processes that are left over: {left}"

    def script(self, name, *words, **options):
        """Runs scripts/<name> on this stack's folder and port; the finished process."""
        command = [ROOT / "scripts" / name, "--run", self.run, *words]
        options = {"capture_output": True, "text": True, "timeout": 900, "env": self.environment, **options}
        return subprocess.run([str(word) for word in command], check=False, **options)

    def start(self, *words, feed=False):
        done = self.script("run", "--detach", *([] if feed else ["--no-feed"]), "--port", self.port, *words)
        assert done.returncode == 0, f"scripts/run ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done

    def stop(self):
        done = self.script("stop")
        assert done.returncode == 0, f"scripts/stop ended with {done.returncode}:\n{done.stdout}{done.stderr}"

    def processes(self):
        """Command lines of every process that belongs to this folder, whoever started it."""
        mark = str(self.folder)
        found = {}
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = (process / "environ").read_bytes().decode(errors="replace")
                places = [os.readlink(link) for link in [process / "cwd", *(process / "fd").iterdir()]]
            except OSError:
                continue  # gone, or not ours to look at
            held = any(place.startswith(mark) for place in places)
            if mark in words or f"BEFFROI_CONF={mark}" in environment or held:
                found[int(process.name)] = words.strip()
        found.pop(os.getpid(), None)
        return found

    def session_of(self, part):
        """Every process that a part of the stack consists of: scripts/run started it in a session of its own."""
        leader = (self.run / "pids" / part).read_text().split()[0]
        found = []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[3] == leader and fields[0] not in "ZX":
                found.append(int(stat.parent.name))
        return found

    def server_processes(self):
        """The guardian, the master and the workers."""
        return self.session_of("serve")

    def settle(self, seconds=60):
        """Waits until what the answers so far made anybody write has reached the logs.

        A worker logs a failure after its answer has left, and is busy until then; nginx's lines pass through
        nginx/error-log in order, so behind them a line of our own comes out last.
        """
        self._until(lambda: not self._busy(), seconds, "a worker is still busy")
        mark = f"mark {next(self._marks)}"
        log = self.log_folder / "nginx-error.log"
        start = log.stat().st_size

        def marked():
            # nginx/error-log lets 50 lines a second through and says of others that it left them out.
            time.sleep(max(0, self._marked_at + 0.025 - time.monotonic()))
            self._marked_at = time.monotonic()
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:  # again: of many lines it leaves some out
                out.sendto(f"<191>Jan  1 00:00:00 nginx: [info] 1#1: {mark}".encode(),
                           str(self.run / "nginx" / "errors" / "socket"))
            time.sleep(0.005)
            with log.open("rb") as file:
                file.seek(start if log.stat().st_size >= start else 0)
                return f'"{mark}"'.encode() in file.read()

        self._until(marked, seconds, "nginx/error-log does not write")

    def _busy(self):
        """Whether a worker is at work. The one that tells it is; where none can, the command looks without one."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self.request("GET", "/metrics")
            if answer.status == 200:
                at_work = re.findall(r'^beffroi_workers\{.*state="busy"\} (\d+)$', answer.text, re.MULTILINE)
                return sum(map(int, at_work)) > 1
        return any(worker["state"] == "busy" for pool in self.status().get("pools", []) for worker in pool["workers"])

    def settle_after(self, request_id, seconds=60):
        """The same, and the nginx worker that had that request has written its line, and those it had before."""
        self._until(lambda: f'"id":"{request_id}"' in self.nginx_access_log.read_text(encoding="utf-8", errors="replace"),
                    seconds, f"no line of {request_id} in nginx's access log")
        self.settle(seconds)

    @staticmethod
    def _until(what, seconds, why):
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, f"{why} after {seconds} s"
            time.sleep(0.02)

    def status(self):
        """What `beffroi status --json` shows."""
        return json.loads(self.beffroi("status", "--json", check=False).stdout)

    # ---- talk over HTTP ----------------------------------------------------------------------
    def request(self, method, path, body=None, headers=None, timeout=120):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = Answer(connection.getresponse(), method, path)
        finally:
            connection.close()
        for check in self.checks:
            check(answer)
        return answer

    def get(self, path, parameters=None, **options):
        """parameters: a mapping or pairs, encoded and added to the path."""
        if parameters:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(parameters, doseq=True)
        return self.request("GET", path, **options)

    def push(self, dataset, body, mode=None, key=None, content_type="application/json", headers=None, **options):
        """The native push. body: bytes or text as they are, anything else as JSON."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        sent = {"Content-Type": content_type, "Authorization": f"Bearer {key or self.key(f'push:{dataset}')}"}
        query = f"?mode={mode}" if mode else ""
        path = f"/api/push/v1/datasets/{dataset}/records{query}"
        return self.request("POST", path, body=body, headers={**sent, **(headers or {})}, **options)

    def raw(self, sent, timeout=60):
        """Sends these bytes as they are; every byte that comes back until the other side closes."""
        with socket.create_connection((self.host, self.port), timeout=timeout) as connection:
            connection.sendall(sent)
            received = b""
            try:
                while part := connection.recv(65536):
                    received += part
            except ConnectionResetError:
                assert received, "reset without an answer"
            return received

    # ---- talk past HTTP ----------------------------------------------------------------------
    @property
    def build(self):
        name = os.environ.get("BEFFROI_BUILD", "build").removeprefix("build").lstrip("/")
        return ROOT / "build" / name

    def beffroi(self, *words, check=True, **options):
        """Runs the beffroi command on this stack; the finished process."""
        environment = {**self.environment, "BEFFROI_CONF": str(self.run / "beffroi.conf")}
        command = [str(self.build / "beffroi"), *map(str, words)]
        options = {"capture_output": True, "text": True, "timeout": 600, "env": environment, **options}
        done = subprocess.run(command, check=False, **options)
        if check:
            assert done.returncode == 0, f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def key(self, scope, days=1):
        """A key for that scope; the same one each time."""
        if (scope, days) not in self._keys:
            done = self.beffroi("key", "issue", "--sub", "test", "--scope", scope, "--days", days)
            self._keys[scope, days] = done.stdout.strip()
        return self._keys[scope, days]

    def sql(self, text, user="postgres"):
        """Runs SQL as superuser: a list of rows, each a list of texts (None for null)."""
        command = [PSQL, "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", str(self.run / "pg"), "-p", "5432"]
        command += ["-U", user, "-d", "beffroi", "-F", "\x1f", "-R", "\x1e", "-P", "null=\x1d"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr
        rows = done.stdout.rstrip("\n").split("\x1e") if done.stdout.strip("\n") else []
        return [[None if cell == "\x1d" else cell for cell in row.split("\x1f")] for row in rows]

    # ---- files -------------------------------------------------------------------------------
    @property
    def log_folder(self):
        return self.run / "log"

    @property
    def access_log(self):
        """The workers' access records."""
        return self.log_folder / "access.jsonl"

    @property
    def nginx_access_log(self):
        return self.log_folder / "nginx-access.jsonl"

    @property
    def logs(self):
        """Every log in which a line may tell of an error."""
        names = ("beffroi.log", "nginx.log", "nginx-error.log", "postgres.log")
        return [self.log_folder / name for name in names]

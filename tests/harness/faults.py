"""What the tests of faults share: a counted load, a look at the processes, plain FastCGI."""

import http.client
import json
import mmap
import os
import signal
import socket
import struct
import subprocess
import threading
import time

from harness.stack import PSQL, ROOT

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records"

# How long each fault goes on. The test run takes 10 s of each, the full figures want FAULT_SECONDS=60.
SECONDS = float(os.environ.get("FAULT_SECONDS", "10"))
RATE = int(os.environ.get("FAULT_RATE", "1000"))

# nginx says in its log that a worker died under a request, also when it then asks another one, and so
# does PostgreSQL of a client that went away in the middle.
WORKER_DIED = (
    "upstream prematurely closed",
    "recv\\(\\) failed",
    "Connection reset by peer",
    "Broken pipe",
    "FATAL:  connection to client lost",
)


def compiled(stack, name, *options):
    """tests/faults/<name>.c as a program (or with -shared as a library)."""
    target = stack.build / "tests" / "faults" / name
    source = ROOT / "tests" / "faults" / f"{name}.c"
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{name}.{os.getpid()}")
        command = ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", *options]
        subprocess.run([*command, "-o", fresh, source], check=True)
        fresh.rename(target)
    return target


class OpenLoop:
    """Reads at a fixed rate while the block runs; `result` afterwards.

    with OpenLoop(stack, [RECORDS]) as load: ...faults...
    """

    def __init__(self, stack, paths, seconds=SECONDS, rate=RATE):
        self.command = [compiled(stack, "openloop"), stack.port, rate, seconds, *paths]
        self.result = None

    def __enter__(self):
        self.process = subprocess.Popen([str(word) for word in self.command], stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        assert "ready" in first, f"the load could not begin: {first}"
        return self

    def running(self):
        return self.process.poll() is None

    def __exit__(self, kind, *_):
        if kind:
            self.process.kill()
        rest = self.process.stdout.read()
        self.process.wait()
        self.result = json.loads(rest) if rest.strip() else None


def reads(stack):
    """Words for the load: pages, 304s and the catalogue, and now and then a whole export."""
    etag = stack.get(RECORDS + "?limit=10").headers["ETag"]
    not_modified = [f"+If-None-Match: {etag}", RECORDS + "?limit=10"]
    page, list_ = [RECORDS + "?limit=10"], ["/api/explore/v2.1/catalog/datasets?limit=5"]
    large, whole = [RECORDS + "?limit=100"], [RECORDS.replace("/records", "/exports/json")]
    return (page + not_modified * 2 + list_ + page) * 3 + large + whole


# ---- processes -----------------------------------------------------------------------------------


def workers(stack, *pools, state=None):
    """Process numbers; pools: all, or those of these names, of which "clock" is one besides."""
    status = stack.status()
    known = {pool["name"]: pool for pool in status["pools"]}
    wanted = [{**known, "clock": status["clock"]}[name] for name in pools] or known.values()
    return [worker["pid"] for pool in wanted for worker in pool["workers"]
            if worker["state"] != "draining" and state in (None, worker["state"])]


def send_signal(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(what, seconds=60, why=""):
    """A limit is for what never comes: on a machine ten times slower than this one the same must pass."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, why or f"not so after {seconds} s"
        time.sleep(0.02)


def wait_ready(stack, seconds=60):
    def ready():
        now = stack.status()
        return now["state"] == "ready" and not [w for pool in now["pools"] for w in pool["workers"]
                                                if w["state"] in ("starting", "draining", "waiting")]
    wait_until(ready, seconds, "the server is not ready")


class Every:
    """Calls `what` every `seconds` in a thread of its own while the block runs."""

    def __init__(self, seconds, what):
        self.seconds, self.what, self.times = seconds, what, 0
        self.over = threading.Event()
        self.failure = None

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def run(self):
        following = time.monotonic()
        try:
            while not self.over.is_set():
                self.what()
                self.times += 1
                following += self.seconds
                self.over.wait(max(0, following - time.monotonic()))
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure


# ---- answers ---------------------------------------------------------------------------------------


class Preloaded:
    """The numbers that tests/faults/<name>.c reads, which is preloaded into the processes of a stack that is to start."""

    def __init__(self, stack, name, *numbers):
        path = stack.folder / name
        path.write_bytes(struct.pack(f"<{len(numbers)}q", *numbers))
        path.chmod(0o666)
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8 * len(numbers))
        library = compiled(stack, name, "-shared", "-fPIC", "-ldl")
        stack.environment.update({"LD_PRELOAD": str(library), f"{name.upper()}_FILE": str(path),
                                  "ASAN_OPTIONS": "verify_asan_link_order=0:" + stack.environment.get("ASAN_OPTIONS", "")})


class WallClock(Preloaded):
    """The wall clock of a server, as many seconds ahead as one likes."""

    def __init__(self, stack):
        super().__init__(stack, "wall_clock", 0)

    def set_ahead(self, seconds):
        self.memory[:] = struct.pack("<q", seconds)


class DieAfter(Preloaded):
    """Which worker is to die at which byte of its answer."""

    def __init__(self, stack):
        super().__init__(stack, "die_after", -1, 0)

    def order(self, after):
        self.memory[:8] = struct.pack("<q", after)

    @property
    def died(self):
        return struct.unpack("<q", self.memory[8:16])[0]


class SpoilScript(Preloaded):
    """Lines of a script's log that end, or hold up, the process that runs it."""

    def __init__(self, stack):
        super().__init__(stack, "spoil_script", 0)

    @property
    def times(self):
        return struct.unpack("<q", self.memory[:8])[0]


def fetch(stack, path):
    """The whole body, or None when the client was told that it is not whole."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return (answer.status, body)
    except (http.client.HTTPException, OSError):
        return None
    finally:
        connection.close()


# ---- PostgreSQL ----------------------------------------------------------------------------------


def postgres(stack, action):
    """pg_ctl stop or start, as the account that it belongs to."""
    data = stack.run / "cluster"
    command = ["/usr/lib/postgresql/15/bin/pg_ctl", "-D", data, "-w", "-t", "120", "-s"]
    command += ["-m", "fast", "stop"] if action == "stop" else ["-l", stack.log_folder / "postgres.log", "start"]
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *command]
        (stack.log_folder / "postgres.log").chmod(0o666)
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, cwd="/")


class Holder:
    """A session of PostgreSQL that holds a lock on the rows of a table; it is asked, too, whether somebody waits for them."""

    def __init__(self, stack, table):
        self.table = table
        command = [PSQL, "-XqAt", "-h", str(stack.run / "pg"), "-p", "5432", "-U", "postgres", "-d", "beffroi"]
        self.psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        assert self.ask(f"BEGIN; LOCK TABLE {self.table}; SELECT 1;") == "1"
        return self

    def __exit__(self, *_):
        self.psql.stdin.close()
        self.psql.wait()

    def ask(self, text):
        print(text, file=self.psql.stdin, flush=True)
        return self.psql.stdout.readline().strip()

    def waiting(self):
        return self.ask("SELECT count(*) FROM pg_locks WHERE NOT granted;") != "0"


# ---- FastCGI -------------------------------------------------------------------------------------

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


def record(kind, content=b""):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def head(parameters):
    def pair(name, value):
        lengths = b"".join(struct.pack(">B", len(text)) if len(text) < 128 else struct.pack(">I", len(text) | 1 << 31)
                           for text in (name, value))
        return lengths + name + value
    pairs = b"".join(pair(name.encode(), value.encode()) for name, value in parameters.items())
    return record(BEGIN, b"\0\1\1\0\0\0\0\0") + record(PARAMS, pairs) + record(PARAMS)


def get(path):
    return head({"REQUEST_METHOD": "GET", "REQUEST_URI": path, "QUERY_STRING": path.partition("?")[2],
                 "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "REQUEST_ID": "0" * 32}) + record(STDIN)


def push_head(stack, length):
    """The beginning of an upload of that many bytes, as nginx would send it."""
    path = "/api/push/v1/datasets/vlille-realtime/records?pushkey=" + stack.key("push:vlille-realtime")
    return head({"REQUEST_METHOD": "POST", "REQUEST_URI": path, "QUERY_STRING": path.partition("?")[2],
                 "CONTENT_TYPE": "application/x-ndjson", "CONTENT_LENGTH": str(length), "SERVER_PROTOCOL": "HTTP/1.1",
                 "REMOTE_ADDR": "127.0.0.1", "REQUEST_ID": "1" * 32})


def connect(stack, pool):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(60)
    connection.connect(str(stack.run / f"{pool}.sock"))
    return connection


def answer(connection):
    """The bytes of the answer and whether its end came."""
    received = b""
    while True:
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    content, ended = b"", False
    while len(received) >= 8:
        kind, length, padding = received[1], int.from_bytes(received[4:6], "big"), received[6]
        if kind == STDOUT:
            content += received[8:8 + length]
        ended = ended or kind == END
        received = received[8 + length + padding:]
    return content, ended


def unchanged_rows(stack, n):
    """n rows as they are now, so that the push changes nothing."""
    done = stack.beffroi("sample", "vlille-realtime", "--tick", "1", "--format", "json")
    return "".join(json.dumps(row) + "\n" for row in json.loads(done.stdout)[:n]).encode()

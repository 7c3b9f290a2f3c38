"""What scripts/run does to an empty folder before it starts a server, done once for all stacks of a test run.

Each stack would make a cluster, PostGIS, the schema and the sample data anew; a copy of the same is as good. Tests
of the first start itself call Stack.start() alone and get none.
"""

import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile

PLACE = "BEFFROI_TESTS_PREPARED"
# Of a run folder that no server has run in: the rest is made at each start.
KEPT = [".beffroi-run", "cluster", "keys", "handlers", "demo.key"]


@contextlib.contextmanager
def place():
    """Where this process and those that it starts find what was prepared; gone at the end."""
    folder = tempfile.mkdtemp(prefix="beffroi-prepared-", dir="/tmp")
    os.chmod(folder, 0o755)  # for the account of PostgreSQL
    os.environ[PLACE] = folder
    try:
        yield
    finally:
        del os.environ[PLACE]
        shutil.rmtree(folder)


def fill(run):
    """An empty folder as scripts/run would find it at the second start; nothing when there is no place."""
    if PLACE not in os.environ:
        return
    source = pathlib.Path(os.environ[PLACE]) / "run"
    with source.with_name("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not source.with_name("done").exists():
            prepare = pathlib.Path(__file__).with_name("prepare.sh")
            done = subprocess.run([prepare, source], capture_output=True, text=True, timeout=900, check=False)
            assert done.returncode == 0, f"{prepare.name} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            source.with_name("done").touch()
    run.mkdir()
    found = [source / name for name in KEPT if (source / name).exists()]
    subprocess.run(["cp", "-a", "--reflink=auto", *found, run], check=True)

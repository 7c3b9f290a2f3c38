"""The units of store/commit need a database: here they get one of their own."""

import os
import pathlib
import re
import subprocess

from harness.cluster import Cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_units_of_a_commit():
    build = ROOT / os.environ.get("BEFFROI_BUILD", "build")
    with Cluster() as cluster:
        environment = {**os.environ, "BEFFROI_TEST_DB": cluster.conninfo, "BEFFROI_TEST_USER": "postgres"}
        done = subprocess.run([build / "tests/unit/store/test_commit"], cwd=ROOT, env=environment, check=False,
                              capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\[  PASSED  \] [1-9]\d* test", done.stderr), done.stdout + done.stderr

"""`beffroi functions`: the documentation page is made of the table that the query language reads."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEFFROI = ROOT / os.environ.get("BEFFROI_BUILD", "build") / "beffroi"


def test_every_function_has_a_line():
    done = subprocess.run([BEFFROI, "functions"], capture_output=True, text=True, check=True)
    table = (ROOT / "modules/query/function.c").read_text(encoding="utf-8")
    names = re.findall(r'^    \{"(\w+)"', table, re.M)
    rows = [line for line in done.stdout.splitlines() if line.startswith("| `")]
    assert len(names) > 40 and sorted(names) == sorted(row[3:row.index("(")] for row in rows)
    for row in rows:
        cells = re.split(r"(?<!\\)\|", row)[1:-1]
        assert len(cells) == 4 and all(cell.strip() for cell in cells), row
    assert "| `lower(text)` | text | `select` `where` `group_by` `order_by` | in small letters |" in rows


def test_it_takes_no_arguments():
    done = subprocess.run([BEFFROI, "functions", "x"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")

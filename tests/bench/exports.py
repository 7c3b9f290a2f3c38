#!/usr/bin/python3
"""How fast a million rows leave as a file, as ratios against a bare libpq client in the same run.

    tests/bench/exports.py RUN_DIR [--rounds N]

RUN_DIR is the folder of a running stack (scripts/run --detach --no-feed --run RUN_DIR); the dataset is that of million.py.
The reference, tests/bench/export_floor.c, reads the same rows in the same order in binary single-row mode and throws them
away. Each format runs in turn with the reference, round by round, through nginx to curl; a ratio is the median of the
rounds'. The most memory that an export worker ever had (VmHWM) is told at the end, and how many rows each file had is
counted once before anything is timed.
"""
import argparse
import gzip
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import urllib.request

import million

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FLOOR = os.path.join(ROOT, os.environ.get("BEFFROI_BUILD", "build"), "tests", "bench", "export_floor")
SQL = f"SELECT {', '.join('t.' + field['name'] for field in million.FIELDS)} FROM data.\"million\" AS t ORDER BY t._seq"

# Name, address, how its rows are counted.
CASES = [
    ("csv", "csv", lambda body: body.count(b"\r\n") - 1),
    ("json", "json", lambda body: len(json.loads(body))),
    ("jsonl", "jsonl", lambda body: body.count(b"\n")),
    ("geojson", "geojson", lambda body: len(json.loads(body)["features"])),
    ("csv, gzip file", "csv?compressed=true", lambda body: gzip.decompress(body).count(b"\r\n") - 1),
]


def floor(run):
    done = subprocess.run([FLOOR, million.conninfo(run), SQL], capture_output=True, text=True, check=True)
    seconds, rows, _ = done.stdout.split()
    assert int(rows) == million.ROWS, rows
    return float(seconds)


def export(url):
    """Seconds and bytes of one download by curl, which throws it away."""
    command = ["curl", "-sS", "-f", "-o", "/dev/null", "-w", "%{time_total} %{size_download}", url]
    seconds, size = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), int(size)


def peaks(run):
    """MiB that each export worker had at most."""
    guardian = (pathlib.Path(run) / "pids" / "serve").read_text(encoding="ascii").split()[0]
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")
            status = (stat.parent / "status").read_text(encoding="utf-8")
        except OSError:
            continue
        if rest.split()[3] == guardian and name.endswith("(beffroi:export"):
            found.append(int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024)
    return found


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("run")
    words.add_argument("--rounds", type=int, default=5)
    options = words.parse_args()
    run = os.path.realpath(options.run)
    million.make(run)
    base = million.settings(run)["base_url"] + "/api/explore/v2.1/catalog/datasets/million/exports/"
    for name, path, count in CASES:
        with urllib.request.urlopen(base + path) as answer:
            rows = count(answer.read())
        if rows != million.ROWS:
            sys.exit(f"{name}: {rows} rows instead of {million.ROWS}")
    for name, path, _ in CASES:
        pairs = [(floor(run), export(base + path)) for _ in range(options.rounds)]
        ratios = [ours[0] / reference for reference, ours in pairs]
        print(f"{name:15} {statistics.median(ours[0] for _, ours in pairs):6.2f} s  {pairs[0][1][1] / 1e6:6.1f} MB  "
              f"libpq {statistics.median(reference for reference, _ in pairs):5.2f} s  "
              f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})", flush=True)
    print(f"peak memory of an export worker {max(peaks(run)):.1f} MiB")


if __name__ == "__main__":
    main()

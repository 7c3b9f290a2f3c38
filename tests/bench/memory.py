#!/usr/bin/python3
"""Whether workers grow under load: their resident memory after each of some rounds of reads, exports and pushes.

    tests/bench/memory.py RUN_DIR PORT SNAPSHOT... [--seconds N] [--rounds N]

RUN_DIR is the folder of a running stack, BEFFROI_KEY a key that may push. The memory is what the workers themselves
measured (VmRSS, every 512 requests) and `beffroi status` shows; a worker that grew past worker_growth_bytes would have
been replaced, which shows as another pid.
"""
import argparse
import json
import os
import subprocess
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BEFFROI_BUILD", "build"))
DATASET = "/api/explore/v2.1/catalog/datasets/vlille-realtime"
READS = [DATASET + "/records?limit=100",
         DATASET + "/records?limit=10&where=" + urllib.parse.quote('commune="Lille" and nbvelosdispo>3'),
         "/api/explore/v2.1/catalog/datasets"]


def workers(run):
    conf = {**os.environ, "BEFFROI_CONF": os.path.join(run, "beffroi.conf")}
    text = subprocess.run([os.path.join(BUILD, "beffroi"), "status", "--json"], env=conf, check=False,
                          capture_output=True, text=True).stdout
    return {pool["name"]: pool["workers"] for pool in json.loads(text)["pools"]}


def load(port, seconds, snapshot):
    base = f"http://127.0.0.1:{port}"
    for path in [*READS, DATASET + "/exports/json"]:
        subprocess.run(["wrk", "-t1", "-c8", f"-d{seconds}s", base + path], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([os.path.join(BUILD, "tests", "bench", "push_client"), str(port), str(2 * seconds), "pushes", snapshot],
                   check=True, stdout=subprocess.DEVNULL)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("run")
    words.add_argument("port", type=int)
    words.add_argument("snapshot")
    words.add_argument("--seconds", type=int, default=5)
    words.add_argument("--rounds", type=int, default=3)
    options = words.parse_args()
    first = workers(options.run)
    for number in range(1, options.rounds + 1):
        load(options.port, options.seconds, options.snapshot)
        now = workers(options.run)
        line = "  ".join(
            f"{name} {max(w['rss'] for w in pool) / 1048576:5.1f} MiB" for name, pool in now.items())
        requests = sum(w["requests"] for pool in now.values() for w in pool)
        print(f"after round {number}: {line}  after {requests} requests", flush=True)
    same = {w["pid"] for pool in first.values() for w in pool} == {w["pid"] for pool in now.values() for w in pool}
    print("the same workers all the time" if same else "some workers were replaced")


if __name__ == "__main__":
    main()

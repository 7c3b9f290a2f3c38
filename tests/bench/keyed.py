#!/usr/bin/python3
"""What it costs to know who asks and to count it, as a share of the floor's requests per second.

    tests/bench/keyed.py RUN_DIR [--seconds N] [--rounds N]

RUN_DIR is the folder of a running stack that keeps no answers (BEFFROI_HOT_BYTES=0); the plan `bench` is made in it, and a
key of that plan. The same request is asked without a key, which loopback is not charged for, and with the key: its signature
(known by its digest after the first time), its revocation, a rate and two quotas that never refuse, the price, and the
header fields that tell all that. The reference is the one that tests/bench/reads.py has for the request: the floor, or the
constant where nothing is read. All three run in turn, a second each, every other time the other way round, so that what else
the machine does strikes all alike; a round is as many seconds of each as --seconds says, a figure the median of its rounds.

The last figure of a line, the cost, is what the key takes from the requests per second, as a share of the reference's:
(without - with) / reference.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

import reads

# As many units at once, a day and a month as a plan can have: whatever the machine, nothing is refused.
PLAN = ["plan", "set", "bench", "--rate", "60000000", "--burst", "10000000",
        "--day", "1000000000000", "--month", "1000000000000"]
KEY = ["key", "issue", "--sub", "bench", "--plan", "bench", "--scope", "read", "--days", "1"]
RULES = ("plan", "day", "month")

CASES = [case for case in reads.CASES if case[0] in ("10 filtered records", "304 not modified")]


def beffroi(run, *words):
    """The standard output of that command on the stack."""
    command = [os.path.join(os.path.dirname(os.path.dirname(reads.BUILD)), "beffroi"), *words]
    environment = {**os.environ, "BEFFROI_CONF": os.path.join(run, "beffroi.conf")}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()


def charged(headers):
    """Whether the answer tells of the rate and of both quotas."""
    told = headers.get("RateLimit-Policy") or ""
    return all(f'"{rule}"' in told for rule in RULES)


def wait_until_charged(port, path, key):
    """Workers follow a new plan within a second, and a node takes its first slice of a quota when it is asked for."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        answer, _ = reads.get(port, path, key)
        if answer.status == 200 and charged(answer.headers):
            return
        time.sleep(0.05)
    sys.exit(f"the key is not charged: {answer.status} {answer.headers}")


def prepare(port, case, key):
    """The header fields without and with the key, when both get the same answer, charged and not."""
    name, path = case[0], case[3]
    (free, free_body), (paid, paid_body) = reads.get(port, path), reads.get(port, path, key)
    if free.status != 200 or paid.status != 200 or free_body != paid_body:
        sys.exit(f"{name}: {free.status} without a key, {paid.status} with one, or the bodies differ")
    if charged(free.headers) or free.headers.get("X-Beffroi-Cost") or not charged(paid.headers):
        sys.exit(f"{name}: the key must be charged, loopback must not: {free.headers} {paid.headers}")
    if not name.startswith("304"):
        return {}, key
    both = [{"If-None-Match": free.headers["ETag"]}, {**key, "If-None-Match": paid.headers["ETag"]}]
    for fields in both:
        answer, _ = reads.get(port, path, fields)
        if answer.status != 304:
            sys.exit(f"{name}: {answer.status} instead of 304")
    return both


def run_once(url, fields):
    run = reads.Wrk(url, 1, [f"{name}: {value}" for name, value in fields.items()])
    if run.bad:
        sys.exit(f"{url}: {run.bad}")
    return run.rate


def take_turns(runs, seconds):
    """The requests a second of each of these, over as many seconds of it."""
    taken = [[] for _ in runs]
    for second in range(seconds):
        for which in range(len(runs)) if second % 2 == 0 else reversed(range(len(runs))):
            taken[which].append(run_once(*runs[which]))
    return [statistics.mean(rates) for rates in taken]


def measure(port, case, reference, key, options):
    name, kind, _, path, _ = case
    base = f"http://127.0.0.1:{port}"
    fields = prepare(port, case, key)
    runs = [(f"{base}/{reference}", {}), *((base + path, of) for of in fields)]
    rates = [take_turns(runs, options.seconds) for _ in range(options.rounds)]
    floor, free, paid = (statistics.median(column) for column in zip(*rates))
    ratios = [b / a for _, a, b in rates]
    costs = [100 * (a - b) / f for f, a, b in rates]
    print(f"{name:22} with a key {paid:9.0f}/s  without {free:9.0f}/s  "
          f"ratio {statistics.median(ratios):.3f} ({min(ratios):.3f}..{max(ratios):.3f})  {kind} {floor:9.0f}/s  "
          f"cost {statistics.median(costs):.1f} % of the {kind} ({min(costs):.1f}..{max(costs):.1f})", flush=True)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("run")
    words.add_argument("--seconds", type=int, default=5)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--port", type=int, default=18099)
    options = words.parse_args()
    run = os.path.realpath(options.run)
    beffroi(run, *PLAN)
    key = {"Authorization": "Bearer " + beffroi(run, *KEY)}
    gateway = reads.Gateway(run, options.port)
    try:
        references = reads.start(gateway, run, CASES)
        wait_until_charged(options.port, CASES[0][3], key)
        for case, reference in zip(CASES, references):
            measure(options.port, case, reference, key, options)
    finally:
        gateway.stop()


if __name__ == "__main__":
    main()

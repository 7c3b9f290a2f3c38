#!/usr/bin/python3
"""What a reader sees while PostgreSQL is stopped, and how soon after its start all is well again.

    tests/bench/away.py [--rounds N] [--requests N]

On a stack of its own that keeps no answers. In each round PostgreSQL is stopped, and one client asks in turn, N times
each, for a page that has not changed (304, from shared memory) and for one that has to be read (503). Then PostgreSQL is
started; a reader asks on, and the time is that from the moment it takes connections to the first page after the last 503.
Printed: slowest and 99th percentile of each kind over all rounds, and the times of the rounds until all was well.
"""
import argparse
import math
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The harness lies beside this folder.
from harness.faults import RECORDS, postgres, wait_ready  # noqa: E402
from harness.stack import Stack  # noqa: E402

PAGE = RECORDS + "?limit=10"
WATCHED = 5  # seconds after the start of PostgreSQL


def timed(stack, status, headers=None):
    """Milliseconds until the whole answer was there."""
    began = time.perf_counter()
    answer = stack.get(PAGE, headers=headers or {})
    took = 1000 * (time.perf_counter() - began)
    if answer.status != status:
        sys.exit(f"{answer.status} instead of {status}: {answer.text[:200]}")
    if status == 503 and not answer.headers["Retry-After"]:
        sys.exit("a 503 without Retry-After")
    return took


def until_well(stack):
    """Milliseconds until the first answer after the last refusal: each worker finds out by itself."""
    began = well = time.perf_counter()
    refused = True
    while time.perf_counter() - began < WATCHED:
        ok = stack.get(PAGE).status == 200
        if ok and refused:
            well = time.perf_counter()
        refused = not ok
    if refused:
        sys.exit(f"{WATCHED} s after the start it still refuses")
    return 1000 * (well - began)


def one_round(stack, requests, took):
    wait_ready(stack)
    etag = {"If-None-Match": stack.get(PAGE).headers["ETag"]}
    postgres(stack, "stop")
    try:
        for _ in range(requests):
            took[304].append(timed(stack, 304, etag))
            took[503].append(timed(stack, 503))
    finally:
        postgres(stack, "start")
    took[200].append(until_well(stack))


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--requests", type=int, default=200)
    options = words.parse_args()
    took = {304: [], 503: [], 200: []}
    with Stack(hot_bytes=0) as stack:
        for _ in range(options.rounds):
            one_round(stack, options.requests, took)
    for status in (304, 503):
        each = sorted(took[status])
        print(f"database away: {status}   p99 {each[math.ceil(len(each) * 0.99) - 1]:.1f} ms   slowest {each[-1]:.1f} ms   of {len(each)}")
    print("database back: 200   after " + ", ".join(f"{ms:.0f}" for ms in took[200]) + " ms")


if __name__ == "__main__":
    main()

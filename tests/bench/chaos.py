#!/usr/bin/python3
"""What ten datasets' readers notice of evil handlers: latency at a fixed rate, in quiet and beside them.

    tests/bench/chaos.py [--quiet SECONDS] [--chaos SECONDS]

The stack and the handlers of tests/faults/test_handler_faults.py, one dataset for each way to fall, each asked again and again;
quarantine takes them out after three falls and tries them again. Both loads have the same rate, at most half of what the server
answers. Printed: how many requests failed, median, 99th percentile and slowest of both, and the ratio of the two p99
(aim: under 2).
"""
import argparse
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# The harness lies beside this folder.
from harness.evil import Chaos  # noqa: E402
from harness.faults import RATE, OpenLoop  # noqa: E402
from harness.stack import Stack  # noqa: E402


def show(name, result):
    print(f"{name}  {result['rate']:5.0f}/s  {result['failed']} of {result['sent']} failed   "
          f"p50 {result['p50_ms']:.2f} ms   p99 {result['p99_ms']:.2f} ms   slowest {result['max_ms']:.1f} ms")


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--quiet", type=float, default=12)
    words.add_argument("--chaos", type=float, default=36)
    options = words.parse_args()
    with Stack(hook_deadline_ms=1000) as stack:
        folder = stack.folder / "chaos"
        folder.mkdir()
        chaos = Chaos(stack, pathlib.Path(folder))
        with OpenLoop(stack, chaos.paths, options.quiet) as quiet:
            pass
        rate = min(RATE, int(quiet.result["rate"]))
        evil = 0
        with OpenLoop(stack, chaos.paths, options.chaos, rate) as load:
            while load.running():
                evil += len(chaos.provoke())
        show("quiet            ", quiet.result)
        show("evil handlers    ", load.result)
        print(f"p99 ratio {load.result['p99_ms'] / quiet.result['p99_ms']:.2f}   beside {evil} requests of {len(chaos.evil)} evil handlers")
        if load.result["failed"]:
            sys.exit(f"readers of other datasets failed: {load.result['reasons']}")


if __name__ == "__main__":
    main()

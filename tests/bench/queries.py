#!/usr/bin/python3
"""The table of named queries on a million rows, as ratios against hand-written SQL behind the floor program.

    tests/bench/queries.py RUN_DIR [--kept] [--seconds N] [--only WORD]

RUN_DIR is the folder of a running stack that keeps no answers (BEFFROI_HOT_BYTES=0); the dataset `million` is made when it
is not there. Each query has the same question as SQL, with constants where the server binds parameters, behind
tests/bench/floor.c (nginx + libfcgi + that one prepared statement) and the stack's own nginx configuration; its
connections have the memory for sorting that the workers' have. The values of both answers are compared before anything is
timed. The two take turns, one request at a time on a kept connection, for N seconds (at least three times, at most four
hundred); a figure is the median. The last line says how many queries take more than 1.15 times as long as by hand.

With --kept the stack keeps answers, as it does by default, and what is dear by hand, too, is asked for page by page: each
turn is another question, whose counts are those of the one before.
"""
import argparse
import json
import math
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse

import million
import queries_by_hand
import reads

DATASET = f"/api/explore/v2.1/catalog/datasets/{million.DATASET}"
MOST = 1.15
TURNS = (3, 400)


class Client:
    """One kept connection, and as little work as can be: the two that are compared share its cost."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path):
        """Milliseconds, head, body."""
        start = time.perf_counter()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head, body = self.receive_head()
        size = int(head.lower().split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
        while len(body) < size:
            body += self.receive()
        took = 1000 * (time.perf_counter() - start)
        if not head.startswith(b"HTTP/1.1 200"):
            sys.exit(f"{path}: {head.decode()} {body[:300].decode()}")
        return took, head, body

    def receive(self):
        more = self.socket.recv(1 << 16)
        if not more:
            sys.exit("the server closed the connection")
        return more

    def receive_head(self):
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.receive()
        head, _, body = head.partition(b"\r\n\r\n")
        return head + b"\r\n", body


def same(ours, theirs):
    """Sums of doubles depend on the order in which workers meet the rows."""
    if isinstance(ours, float) and isinstance(theirs, (int, float)):
        return math.isclose(ours, theirs, rel_tol=1e-9)
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and list(ours) == list(theirs) and all(same(v, theirs[k]) for k, v in ours.items())
    if isinstance(ours, list):
        return isinstance(theirs, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    return ours == theirs


def compare(query, ours, theirs):
    ours, theirs = query.ours(json.loads(ours)), query.theirs(json.loads(theirs))
    if same(ours, theirs):
        return
    if isinstance(ours, list) and len(ours) == len(theirs):
        ours, theirs = next((a, b) for a, b in zip(ours, theirs) if not same(a, b))
    sys.exit(f"{query.name}: the answers differ:\n  ours    {str(ours)[:1500]}\n  by hand {str(theirs)[:1500]}")


def measure(query, client, reference, seconds):
    path = f"{query.path if query.path[0] == '/' else DATASET + '/' + query.path}?"
    path += urllib.parse.urlencode(query.parameters, doseq=True)
    if query.follow:
        path = query.follow(client, path)
    compare(query, client.get(path)[2], client.get(reference)[2])
    ours, theirs, end = [], [], time.monotonic() + seconds
    while len(ours) < TURNS[0] or (time.monotonic() < end and len(ours) < TURNS[1]):
        theirs.append(client.get(reference)[0])
        ours.append(client.get(path + (f"&{query.page}={len(ours) + 1}" if query.page else ""))[0])
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    print(f"{query.name:34} {ours:8.2f} ms   by hand {theirs:8.2f} ms   ratio {ours / theirs:.2f}", flush=True)
    return ours / theirs


def run_all(run, port, queries, seconds):
    gateway = reads.Gateway(run, port)
    references = {f"query{number}": f"{run}/bench-query{number}.sock" for number, _ in enumerate(queries)}
    known = million.conninfo(run) + " options='-c work_mem=16MB'"
    try:
        for query, file in zip(queries, references.values()):
            gateway.spawn([f"{reads.BUILD}/floor", file, "1", known, query.shape, query.sql, query.columns])
        time.sleep(1)
        for file in references.values():
            os.chmod(file, 0o666)
        gateway.start(references)
        reads.wait_until_open(port, ["/healthz"])
        ratios = [measure(query, Client(port), "/" + name, seconds) for query, name in zip(queries, references)]
    finally:
        gateway.stop()
        subprocess.run(["rm", "-f", *references.values()], check=False)
    print(f"{sum(ratio > MOST for ratio in ratios)} of {len(ratios)} queries take more than {MOST} times as long as by hand")


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("run")
    words.add_argument("--kept", action="store_true")
    words.add_argument("--seconds", type=float, default=5)
    words.add_argument("--only", default="", help="queries whose name has this word")
    words.add_argument("--port", type=int, default=18099)
    options = words.parse_args()
    run = os.path.realpath(options.run)
    million.make(run)
    queries = queries_by_hand.KEPT if options.kept else queries_by_hand.QUERIES
    run_all(run, options.port, [query for query in queries if options.only in query.name], options.seconds)


if __name__ == "__main__":
    main()

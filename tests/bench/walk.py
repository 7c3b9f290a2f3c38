#!/usr/bin/python3
"""Whether a page of a walk costs the same at any depth: a million rows page by page, by cursor.

    tests/bench/walk.py RUN_DIR [--pages N]

RUN_DIR is the folder of a running stack with the dataset of tests/bench/million.py. Follows the Link headers on one kept
connection from the first page on, at most N pages of 100 records, and prints the median of the first hundred pages, of the
last hundred, and their ratio. Without an order the whole dataset is walked; an order needs its own index.
"""
import argparse
import http.client
import os
import re
import statistics
import time
import urllib.parse

PATH = "/api/explore/v2.1/catalog/datasets/million/records?limit=100&select=id,nom,commune,nombre,vu"
ORDERS = ["", "vu", "-vu", "nombre", "-mesure"]


def port_of(run):
    text = open(os.path.join(run, "nginx", "conf", "nginx.conf"), encoding="utf-8").read()
    return int(re.search(r"listen [^;]*?:(\d+)", text).group(1))


def walk(connection, path, most):
    took, records = [], 0
    while path and len(took) < most:
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
        records += body.count(b'"id": ')
        link = re.search(r'<https?://[^/]+(/[^>]*)>; rel="next"', answer.headers.get("Link") or "")
        path = link and link.group(1)
    return took, records


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("run")
    words.add_argument("--pages", type=int, default=20000)
    options = words.parse_args()
    connection = http.client.HTTPConnection("127.0.0.1", port_of(os.path.realpath(options.run)), timeout=60)
    for order in ORDERS:
        path = PATH + (f"&order_by={urllib.parse.quote(order)}" if order else "")
        took, records = walk(connection, path, options.pages if not order else min(options.pages, 2000))
        first, last = statistics.median(took[1:101]), statistics.median(took[-101:-1])
        print(f"walk {order or 'in first order':15} {len(took):6} pages, {records:8} records   first {first:.2f} ms   "
              f"last {last:.2f} ms   ratio {last / first:.2f}", flush=True)


if __name__ == "__main__":
    main()

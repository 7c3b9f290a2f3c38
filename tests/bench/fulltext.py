#!/usr/bin/python3
"""How fast full text is on a million rows, as ratios against hand-written SQL behind the floor program.

    tests/bench/fulltext.py RUN_DIR [--seconds N] [--rounds N]

RUN_DIR is the folder of a running stack that keeps no answers (BEFFROI_HOT_BYTES=0); the dataset `million` is made when it is
not there. The hand-written statements name the very words to look for, where the server first finds them in the words of
the dataset. See tests/bench/reads.py.
"""
import argparse
import os
import statistics
import subprocess
import time
import urllib.parse

import million
import reads

RECORDS = f"/api/explore/v2.1/catalog/datasets/{million.DATASET}/records"
TABLE = f'data."{million.DATASET}" AS t'
WORDS = "catalog.words(" + " || ' ' || ".join(
    f"coalesce(t.\"{f['name']}\", '')" for f in million.FIELDS if f["type"] == "text") + ")"
COLUMNS = "id:i,nom:t,commune:t"


def hand_written(query, order, exactly=None):
    """exactly: what the rows hold that come first."""
    condition = f"{WORDS} @@ '{query}'::tsquery"
    if exactly:
        order = f"(t._seq IN (SELECT t._seq FROM {TABLE} WHERE {WORDS} @@ '{exactly}'::tsquery)) DESC, {order}"
    return (f"SELECT (SELECT count(*) FROM {TABLE} WHERE {condition}), t.id, t.nom, t.commune FROM {TABLE} "
            f"WHERE {condition} ORDER BY {order} LIMIT 10")


def case(name, where, sql, order_by=""):
    parameters = {"where": where, "order_by": order_by, "select": "id,nom,commune"}
    return name, "floor", "list", f"{RECORDS}?{urllib.parse.urlencode(parameters)}", sql


BRASSERIE = "brasserie & pasteur:*"
CASES = [
    case("prefix search", 'search("beff")', hand_written("beff:*", "t._seq", "beff")),
    case("prefix, by date", 'search("beff")', hand_written("beff:*", "t.jour DESC NULLS LAST, t._seq"), "-jour"),
    case("two words", 'search("beffroi vauba")', hand_written("beffroi & vauba:*", "t._seq", "beffroi & vauba")),
    case("fuzzy search", 'search("bresserie pasteur")', hand_written(BRASSERIE, "t._seq", "bresserie & pasteur")),
    case("fuzzy, by date", 'search("bresserie pasteur")', hand_written(BRASSERIE, "t.jour DESC NULLS LAST, t._seq"), "-jour"),
    case("a word of no row", '"zygomatique"', hand_written("zygomatique", "t._seq", "zygomatique")),
]


def milliseconds(port, path):
    start = time.monotonic()
    reads.get(port, path)
    return 1000 * (time.monotonic() - start)


def measure(port, one, reference, seconds):
    """One request at a time, in turn: the statements are long, and the machine is small."""
    ours, theirs = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(ours) < 5:
        theirs.append(milliseconds(port, reference))
        ours.append(milliseconds(port, one[3]))
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    print(f"{one[0]:20} {ours:8.1f} ms   by hand {theirs:8.1f} ms   ratio {ours / theirs:.2f}", flush=True)


def run_all(run, port, seconds, rounds):
    gateway = reads.Gateway(run, port)
    references = {}
    try:
        for number, (_, kind, shape, _, sql) in enumerate(CASES):
            name = f"{kind}{number}"
            references[name] = f"{run}/bench-{name}.sock"
            gateway.spawn([f"{reads.BUILD}/{kind}", references[name], "4", reads.conninfo(run), shape, sql, COLUMNS])
        time.sleep(1)
        for socket in references.values():
            os.chmod(socket, 0o666)
        gateway.start(references)
        reads.wait_until_open(port, ["/" + name for name in references])
        for one, reference in zip(CASES, references):
            reads.compare(port, reference, one[3])
            measure(port, one, "/" + reference, seconds * rounds)
    finally:
        gateway.stop()
        subprocess.run(["rm", "-f", *references.values()], check=False)


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("run")
    words.add_argument("--seconds", type=int, default=5)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--port", type=int, default=18099)
    options = words.parse_args()
    run = os.path.realpath(options.run)
    million.make(run)
    run_all(run, options.port, options.seconds, options.rounds)


if __name__ == "__main__":
    main()

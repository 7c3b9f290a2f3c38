#!/usr/bin/python3
"""How fast the reads are, as ratios against references measured in the same run.

    tests/bench/reads.py RUN_DIR [--hot] [--seconds N] [--rounds N]

RUN_DIR is the folder of a running stack (scripts/run --detach --no-feed --run RUN_DIR). The references are
  floor      tests/bench/floor.c: nginx + libfcgi + one prepared statement + the least printing of the same bytes
  constant   tests/bench/constant.c: nginx + libfcgi + a constant; with --hot as long as the answer
behind an nginx with the stack's own configuration, so that only the workers differ. Each pair runs in turn, round by
round; a figure is the median of its rounds. Bodies are compared byte by byte before anything is timed.

Without --hot the stack must keep no answers (BEFFROI_HOT_BYTES=0): each request goes to PostgreSQL, as the floor's
does. With it the same answers come from shared memory, as they do by default.
"""
import argparse
import http.client
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("BEFFROI_BUILD", "build"), "tests", "bench")
RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime"

COLUMNS = ("libelle:i,nom:t,adresse:t,commune:t,etat:t,type:t,etatconnexion:t,nbvelosdispo:i,"
           "nbplacesdispo:i,geo:p,localisation:p,datemiseajour:d,code_insee:t,x:f,y:f,id_station:t,anomalies:t")
SELECT = ("t.libelle, t.nom, t.adresse, t.commune, t.etat, t.type, t.etatconnexion, t.nbvelosdispo, "
          "t.nbplacesdispo, t.geo, t.geo, t.datemiseajour, t.code_insee, ST_X(t.geo), ST_Y(t.geo), "
          "t.id_station, t.anomalies")
TABLE = 'data."vlille-realtime" AS t'
FILTER = "t.commune = 'Lille' AND t.nbvelosdispo > 3"

CASES = [
    ("10 filtered records", "floor", "list",
     RECORDS + "/records?limit=10&where=" + urllib.parse.quote('commune="Lille" and nbvelosdispo>3'),
     f"SELECT (SELECT count(*) FROM {TABLE} WHERE {FILTER}), {SELECT} FROM {TABLE} WHERE {FILTER} "
     "ORDER BY t._seq LIMIT 10"),
    ("all 302 stations", "floor", "array", RECORDS + "/exports/json",
     f"SELECT {SELECT} FROM {TABLE} ORDER BY t._seq"),
    ("304 not modified", "constant", None, RECORDS + "/records?limit=10", None),
]
FLOOR_CASES = [case for case in CASES if case[1] == "floor"]
HOT_CASES = [(name + ", hot", "constant", None, path, None) for name, _, _, path, _ in FLOOR_CASES] + [
    (name + ", hot", *rest) for name, *rest in FLOOR_CASES]


class Wrk:
    """One run of wrk: requests a second, 99th percentile in ms, answers that were not 2xx or 3xx."""

    def __init__(self, url, seconds, headers):
        command = ["wrk", "-t2", "-c32", f"-d{seconds}s", "--latency"]
        for header in headers:
            command += ["-H", header]
        text = subprocess.run(command + [url], check=True, capture_output=True, text=True).stdout
        self.rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
        number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
        self.p99 = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        errors = re.search(r"Socket errors: (.*)", text)
        self.bad = (bad.group(0) if bad else "") + (errors.group(0) if errors else "")


class Gateway:
    """An nginx with the stack's configuration and the references beside the stack's own addresses."""

    def __init__(self, run, port):
        self.run, self.port, self.children = run, port, []

    def start(self, references):
        folder = os.path.join(self.run, "nginx", "conf")
        text = open(os.path.join(folder, "nginx.conf"), encoding="utf-8").read()
        text = re.sub(r"listen [^;]*;", f"listen 127.0.0.1:{self.port} backlog=4096;", text)
        text = re.sub(r"pid [^;]*;", f"pid {self.run}/nginx/bench.pid;", text)
        text = text.replace("nginx-access.jsonl", "bench-access.jsonl")
        upstreams = "".join(f"upstream {n} {{ server unix:{s} max_fails=0; server unix:{s} max_fails=0; }}\n"
                            for n, s in references.items())
        locations = "".join(f"location = /{n} {{ fastcgi_pass {n}; }}\n" for n in references)
        text = text.replace("    server {\n", upstreams + "    server {\n", 1)
        text = text.replace("        location / {", locations + "        location / {", 1)
        path = os.path.join(folder, "bench.conf")
        open(path, "w", encoding="utf-8").write(text)
        self.spawn(["nginx", "-p", os.path.join(self.run, "nginx"), "-c", path])

    def spawn(self, command):
        """In a session of its own, as the parts of the stack are: the scheduler of Linux gives each session the same
        share of the processors (autogroup), and a gateway that shared ours with wrk would starve behind the workers."""
        self.children.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True))

    def stop(self):
        for child in reversed(self.children):
            child.terminate()
            child.wait()


def get(port, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def wait_until_open(port, paths):
    for _ in range(100):
        try:
            if all(get(port, path)[0].status == 200 for path in paths):
                return
        except OSError:
            pass
        time.sleep(0.05)
    sys.exit("the references did not start")


def stack_port(run):
    text = open(os.path.join(run, "nginx", "conf", "nginx.conf"), encoding="utf-8").read()
    return int(re.search(r"listen [^;]*?:(\d+)", text).group(1))


def conninfo(run):
    for line in open(os.path.join(run, "beffroi.conf"), encoding="utf-8"):
        name, _, value = line.partition("=")
        if name.strip() == "database":
            return value.strip() + " user=beffroi_owner"
    sys.exit(f"{run}/beffroi.conf names no database")


def compare(port, name, path):
    ours, theirs = get(port, path)[1], get(port, "/" + name)[1]
    if ours != theirs:
        at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
        sys.exit(f"{name}: the bodies differ at byte {at}: {ours[at - 40:at + 40]!r} {theirs[at - 40:at + 40]!r}")
    return len(ours)


def measure(port, case, reference, seconds, rounds):
    name, kind, _, path, _ = case
    base = f"http://127.0.0.1:{port}"
    headers = []
    if name.startswith("304"):
        headers = ["If-None-Match: " + get(port, path)[0].headers["ETag"]]
        answer, _ = get(port, path, dict([headers[0].split(": ")]))
        if answer.status != 304:
            sys.exit(f"{name}: {answer.status} instead of 304")
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(Wrk(f"{base}/{reference}", seconds, []))
        ours.append(Wrk(base + path, seconds, headers))
    middle = lambda runs, what: statistics.median(getattr(run, what) for run in runs)
    ratios = [a.rate / b.rate for a, b in zip(ours, theirs)]
    print(f"{name:22} {middle(ours, 'rate'):9.0f}/s  {kind:9}{middle(theirs, 'rate'):9.0f}/s  "
          f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})  "
          f"p99 {middle(ours, 'p99'):.2f} ms, {kind} {middle(theirs, 'p99'):.2f} ms "
          f"{''.join(run.bad for run in ours + theirs)}", flush=True)


def start(gateway, run, cases, hot=False):
    """Starts the reference of each case, and the gateway before them; their names, in the order of the cases."""
    references = {}
    for number, (_, kind, shape, path, sql) in enumerate(cases):
        name = f"{kind}{number}"
        references[name] = f"{run}/bench-{name}.sock"
        words = [f"{BUILD}/{kind}", references[name], "4"]
        if kind == "floor":
            words += [conninfo(run), shape, sql, COLUMNS]
        if kind == "constant" and hot:
            words += [str(len(get(stack_port(run), path)[1]))]
        gateway.spawn(words)
    time.sleep(0.5)
    for socket in references.values():
        os.chmod(socket, 0o666)
    gateway.start(references)
    wait_until_open(gateway.port, ["/" + name for name in references])
    return references


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("run")
    words.add_argument("--hot", action="store_true")
    words.add_argument("--seconds", type=int, default=5)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--port", type=int, default=18099)
    options = words.parse_args()
    run = os.path.realpath(options.run)
    gateway = Gateway(run, options.port)
    cases = HOT_CASES if options.hot else CASES
    try:
        references = start(gateway, run, cases, options.hot)
        for case, reference in zip(cases, references):
            if case[1] == "floor":
                compare(options.port, reference, case[3])
            measure(options.port, case, reference, options.seconds, options.rounds)
    finally:
        gateway.stop()


if __name__ == "__main__":
    main()

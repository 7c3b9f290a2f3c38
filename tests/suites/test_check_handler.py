"""`beffroi check x.so`: what a compiled handler is, and whether this server takes it."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("BEFFROI_BUILD", "build")
SPEAKS = ".".join(re.findall(r"#define BF_ABI_M\w+ (\d+)u", (ROOT / "modules/include/beffroi/handler.h").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def handlers():
    command = ["make", "-s", "-f", "Makefile", "-f", "tests/handlers/handlers.mk", f"BUILD={BUILD}", "test-handlers"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ROOT / BUILD / "tests/handlers"


def check(*words):
    return subprocess.run([ROOT / BUILD / "beffroi", "check", *map(str, words)], capture_output=True, text=True, timeout=60,
                          check=False)


def test_what_it_is(handlers):
    done = check(handlers / "tour.so")
    assert done.returncode == 0 and done.stderr == "", done
    lines = done.stdout.splitlines()
    assert lines[0] == str(handlers / "tour.so")
    for line in ("  handler   tour 1.0: everything once", "  hooks     open, rewrite, row, finish, close",
                 "  options   act  text, must be given: what to do", '            level  int, preset "3": how much',
                 "  adds      extra  text: Extra", f"  this server, which speaks ABI {SPEAKS}, takes it"):
        assert line in lines, done.stdout
    told = subprocess.run(["file", handlers / "tour.so"], capture_output=True, text=True, check=False).stdout
    known = re.search(r"BuildID\[sha1\]=([0-9a-f]+)", told)
    mark = re.search(r"^  build id  ([0-9a-f]{40}|none)$", done.stdout, re.M)
    assert mark and (not known or mark[1] == known[1])


def test_built_against_an_older_header(handlers):
    files = ["1.0-probe", "1.0-template", "1.1-probe", "1.1-template", "1.1-probe-source", "1.1-template-source"]
    done = check(*(handlers / f"abi-{name}.so" for name in files))
    assert done.returncode == 0 and done.stdout.count("takes it") == len(files), done
    assert done.stdout.count("  ABI       1.0\n") == 2 and done.stdout.count("  ABI       1.1\n") == 4


@pytest.mark.parametrize("name, why", [
    ("newer-minor", "newer than this server's .*: update the server, or build the handler with its header"),
    ("wrong-major", f"built for ABI 2.0, this server speaks {SPEAKS}"),
    ("no-symbol", "does not export bf_handler_v1"),
    ("missing-symbol", "nobody_defines_this"),
    ("crash-constructor", "crashed while it was loaded"),
    ("wild-list", "crashed while its descriptor was read|descriptor"),
])
def test_what_is_refused_says_why(handlers, name, why):
    done = check(handlers / f"{name}.so")
    assert done.returncode == 1 and re.search(why, done.stderr), done
    assert done.stdout.startswith(f"{handlers / name}.so\n  build id  ")
    assert f"which speaks ABI {SPEAKS}, refuses it" in done.stdout


def test_files_that_are_none(handlers, tmp_path):
    whole = (handlers / "tour.so").read_bytes()
    for n, content in enumerate([b"", b"hello", b"\x7fELF", whole[:64], whole[:1000], whole[:5000],
                                 whole[:32] + b"\xff" * 32 + whole[64:], whole[:64] + b"\xff" * 600 + whole[664:]]):
        path = tmp_path / f"{n}.so"
        path.write_bytes(content)
        done = check(path)
        assert done.returncode == 1 and str(path) in done.stderr and "refuses it" in done.stdout, (n, done)


def test_a_folder_beside_a_handler(handlers):
    done = check(handlers / "tour.so", ROOT / "handlers/template")
    assert done.returncode == 0 and "takes it" in done.stdout and "1 dataset, no mistakes" in done.stdout, done
    assert check(handlers / "no-symbol.so", ROOT / "handlers/template").returncode == 1
    assert check("nothing.so").returncode == 1

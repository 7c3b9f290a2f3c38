"""The `beffroi` command itself: its table of commands, its settings."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("BEFFROI_BUILD", "build") / "beffroi"
PRESETS = re.findall(r'^BF_SETTING\((TEXT|NUMBER), (\w+), "?(.*?)"?, \d+, \d+,\s+"', (ROOT / "modules/core/settings.def").read_text(encoding="utf-8"), re.M)


def run(*words, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")}
    return subprocess.run([PROGRAM, *words], env={**clean, **environment}, capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_every_command():
    header = (ROOT / "modules/cli/commands.h").read_text(encoding="utf-8")
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    for name in re.findall(r"bf_cmd_(\w+)\(", header):
        assert re.search(rf"^  {name} +\S", done.stdout, re.M), name
    assert done.stdout == run("help").stdout


@pytest.mark.parametrize("words", [[], ["nothing"], ["check"], ["apply"], ["migrate", "x"], ["conf", "x"], ["sample"]],
                         ids=lambda w: " ".join(w) or "none")
def test_wrong_calls(words):
    done = run(*words)
    assert done.returncode == 2 and done.stdout == "" and "usage: beffroi" in done.stderr


def test_conf_prints_presets():
    done = run("conf")
    settings = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if not line.startswith("#"))
    assert settings == {name: preset for _, name, preset in PRESETS} and len(PRESETS) > 20


def test_conf_reads_file_and_environment(tmp_path):
    path = tmp_path / "c.conf"
    path.write_text("# a comment\nread_workers = 7\nbacklog=9\n", encoding="utf-8")
    done = run("conf", BEFFROI_CONF=str(path), BEFFROI_BACKLOG="11")
    assert "\nread_workers = 7\n" in done.stdout and "\nbacklog = 11\n" in done.stdout
    path.write_text("read_workers = many\n", encoding="utf-8")
    done = run("conf", BEFFROI_CONF=str(path))
    assert done.returncode == 1 and f"{path}:1: read_workers is 'many'" in done.stderr


@pytest.mark.parametrize("command", ["migrate", "apply"])
def test_no_database(command, tmp_path):
    words = [command] + ([str(ROOT / "handlers")] if command == "apply" else [])
    done = run(*words, BEFFROI_DATABASE=f"host={tmp_path} dbname=x", BEFFROI_SQL_DIR=str(ROOT / "sql"))
    assert done.returncode == 1 and "The database cannot be reached" in done.stderr

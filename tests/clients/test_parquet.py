"""Parquet, as another program writes it (hyparquet-writer of npm): described by `beffroi new`, loaded by scripts/parquet."""

import json
import pathlib
import shutil
import subprocess

import pytest

from harness import npm
from harness.stack import ROOT

SOURCE = pathlib.Path(__file__).resolve().parent / "parquet"
READER = ROOT / "scripts/parquet"
ROWS = 2500


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    place = npm.installed(SOURCE, "parquet-tests")
    path = tmp_path_factory.mktemp("parquet") / "gares.parquet"
    subprocess.run(["node", "write.mjs", path, str(ROWS)], cwd=place, check=True, timeout=120)
    if subprocess.run([READER, path], capture_output=True, text=True, check=False).stderr.count("cannot be fetched"):
        pytest.skip("skipped: needs the registry of npm")
    return path


@pytest.fixture
def dataset(stack):
    yield "gares"
    stack.sql("DROP TABLE data.gares, past.gares; DELETE FROM catalog.state WHERE dataset = 'gares';"
              "DELETE FROM catalog.dataset WHERE id = 'gares'; SELECT pg_notify('beffroi', 'catalog')")


def read(path):
    return subprocess.run([READER, path], capture_output=True, text=True, timeout=300, check=False)


def test_every_row_is_a_line(file):
    done = read(file)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == ROWS
    assert lines[1] == ('{"Numéro":9007199254740994,"nom":"gare \\"1\\"","débit":0.25,"vu":"2026-01-01T00:00:01Z","ouvert":false,'
                        '"lieu":{"type":"Point","coordinates":[3,50.0004]}}'), "all digits, UTC, JSON as such"
    assert json.loads(lines[7])["débit"] is None


def test_it_becomes_a_dataset(stack, file, dataset, tmp_path):
    done = stack.beffroi("new", dataset, "--from", file, "--to", tmp_path / "gares")
    manifest = json.loads((tmp_path / "gares/dataset.json").read_text(encoding="utf-8"))
    assert {field["name"]: field["type"] for field in manifest["fields"]} == {
        "numero": "int", "nom": "text", "debit": "double", "vu": "datetime", "ouvert": "boolean", "lieu": "geo_point_2d"}
    assert manifest["key"] == ["numero"] and manifest["geometry"] == "lieu"
    assert f"scripts/parquet {file} | beffroi load gares - --format ndjson" in done.stdout
    stack.beffroi("apply", tmp_path / "gares")
    stack.beffroi("load", dataset, "-", "--format", "ndjson", input=read(file).stdout)
    found = stack.get("/api/explore/v2.1/catalog/datasets/gares/records", {"where": "numero = 9007199254740996"}).json()
    assert found["results"][0]["nom"] == 'gare "3"'
    assert stack.get("/api/explore/v2.1/catalog/datasets/gares/records", {"limit": 0}).json()["total_count"] == ROWS


@pytest.mark.parametrize("text,word", [(b"", "PAR1"), (b"junk that is long enough to be one", "PAR1"), (None, "a file is expected")])
def test_what_is_none_is_said(stack, file, tmp_path, text, word):
    path = tmp_path / "x.parquet"
    if text is not None:
        path.write_bytes(text)
    done = stack.beffroi("new", "x", "--from", path, "--to", tmp_path / "x", check=False)
    assert done.returncode == 1 and word in done.stderr and "cannot be read" in done.stderr and not (tmp_path / "x").exists()


def test_a_file_that_was_cut_is_said(stack, file, tmp_path):
    path = tmp_path / "cut.parquet"
    whole = file.read_bytes()
    path.write_bytes(whole[:100] + whole[2000:])  # the footer is there, pages are not
    done = stack.beffroi("new", "x", "--from", path, "--to", tmp_path / "x", check=False)
    assert done.returncode == 1 and "cannot be read" in done.stderr and not (tmp_path / "x").exists()


def test_without_node_it_says_what_to_install(file, tmp_path):
    for tool in ("bash", "dirname", "realpath", "cat", "printf", "sed", "awk", "tput"):
        if shutil.which(tool):
            (tmp_path / tool).symlink_to(shutil.which(tool))
    done = subprocess.run([shutil.which("bash"), READER, file], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "apt-get install nodejs npm" in done.stderr

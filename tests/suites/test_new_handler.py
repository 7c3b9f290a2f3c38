"""`make new-handler NAME=x`: the copy compiles, passes `beffroi check`, and is whole or absent."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
BUILD = ROOT / os.environ.get("BEFFROI_BUILD", "build")


@pytest.fixture
def tree(tmp_path):
    """What the script needs of the tree, so that it writes nothing into the real one."""
    parts = ("scripts/new-handler", "scripts/lib", "handlers/template", "handlers/template-source", ".clang-format")
    for part in parts:
        source, target = ROOT / part, tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    return tmp_path


def make(tree, *words):
    return subprocess.run([tree / "scripts/new-handler", *words], capture_output=True, text=True)


@pytest.mark.parametrize(("words", "files"), [
    ([], ["dataset.json", "handler.c", "sample.json"]),
    (["template-source"], ["dataset.json", "handler.c", "timetable.tsv"]),
])
def test_copy_compiles_and_passes_check(tree, words, files):
    name = "a" * 40 + "-long_n4me"
    done = make(tree, name, *words)
    assert done.returncode == 0, done.stderr
    folder = tree / "handlers" / name
    library = tree / "x.so"
    subprocess.run(
        ["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden"]
        + ["-Wl,-z,defs", "-I", ROOT / "modules/include", "-o", library, folder / "handler.c"],
        check=True,
    )
    checked = subprocess.run([BUILD / "beffroi", "check", folder], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "template" not in (folder / "dataset.json").read_text().replace("Template", "")
    assert '.name = "' + name + '"' in (folder / "handler.c").read_text()
    assert sorted(p.name for p in folder.iterdir()) == files


@pytest.mark.parametrize("name", ["", "Bad", "9x", "-x", "a b", "../x", "a/b", "é", "éa", "a" * 64, "table", "template", "template-x"])
def test_bad_names(tree, name):
    done = make(tree, name)
    assert done.returncode == 1
    assert "beffroi: " in done.stderr
    assert sorted(p.name for p in (tree / "handlers").iterdir()) == ["template", "template-source"]


def test_a_template_that_is_none(tree):
    done = make(tree, "mine", "communes")
    assert done.returncode == 1 and "no template" in done.stderr


def test_a_folder_that_is_there_stays(tree):
    (tree / "handlers/mine").mkdir()
    done = make(tree, "mine")
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert not list((tree / "handlers/mine").iterdir())

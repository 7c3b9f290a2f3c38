"""tests/suites/manifest: `beffroi check` on each case folder; an invalid one has the expected report beside it.

Adding a case is adding a folder. The folder `invalid/<case>` is checked from `invalid/`, so that the report names
`<case>/dataset.json`.
"""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITE = pathlib.Path(__file__).resolve().parent / "manifest"
PROGRAM = ROOT / os.environ.get("BEFFROI_BUILD", "build") / "beffroi"
SCHEMA = ROOT / "handlers" / "dataset.schema.json"
OURS = sorted(ROOT.glob("handlers/*/dataset.json"))


def cases(kind):
    return sorted(path.name for path in (SUITE / kind).iterdir())


def check(*names, place):
    return subprocess.run([PROGRAM, "check", *names], cwd=place, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("case", cases("valid"))
def test_valid(case):
    done = check(case, place=SUITE / "valid")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("no mistakes\n")


@pytest.mark.parametrize("case", cases("invalid"))
def test_invalid(case):
    done = check(case, place=SUITE / "invalid")
    assert done.stderr == (SUITE / "invalid" / case / "expected").read_text(encoding="utf-8")
    assert (done.returncode, done.stdout) == (1, "")


def test_our_own():
    done = check("handlers", place=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_cases_at_once():
    """Mistakes of one folder do not hide those of another."""
    names = [n for n in cases("invalid") if n not in ("nothing-here", "same-id-twice", "alias-of-another")]
    for half in (names[::2], names[1::2]):  # a report holds 200 mistakes
        done = check(*half, place=SUITE / "invalid")
        assert done.returncode == 1
        for name in half:
            assert f"{name}/dataset.json:" in done.stderr


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "a" / "dataset.json").mkdir(parents=True)
    done = check("a", "nowhere", place=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "a/dataset.json: Is a directory; make the file readable\n"
        "nowhere: there is no such folder; give the folder of a dataset\n"
        "2 mistakes\n"
    )


def test_usage(tmp_path):
    for words in ([], ["--strict", "x"]):
        done = check(*words, place=tmp_path)
        assert done.returncode == 2
        assert "usage: beffroi check" in done.stderr


@pytest.fixture(scope="module")
def validator():
    jsonschema = pytest.importorskip("jsonschema", reason="skipped: needs python3-jsonschema")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", [*OURS, *sorted(SUITE.glob("valid/**/dataset.json"))], ids=lambda p: p.parent.name)
def test_schema_takes_what_is_valid(validator, path):
    validator.validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("case", ["nothing-in-it", "unknown-members", "wrong-types", "ids", "field-names", "field-types",
                                  "durations", "no-fields", "no-key", "cost-too-high",
                                  "cost-below-zero", "cost-no-number", "key-of-nothing", "key-too-long", "options", "private"])
def test_schema_refuses_what_it_can_see(validator, case):
    content = json.loads((SUITE / "invalid" / case / "dataset.json").read_text(encoding="utf-8"))
    assert not validator.is_valid(content)

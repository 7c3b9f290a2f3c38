"""modules/query/bounds.def: what a query may cost is documented as it is, and some test passes every limit."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = r'((?:"[^"]*"\s*)+)'
ROW = re.compile(rf"^BF_BOUND\((\w+), {TEXTS}, (\d+), {TEXTS},\s*{TEXTS}\)", re.M)


def joined(texts):
    return "".join(re.findall(r'"([^"]*)"', texts))


BOUNDS = {row[0]: (joined(row[1]), row[2], joined(row[3]), joined(row[4]))
          for row in ROW.findall((ROOT / "modules/query/bounds.def").read_text(encoding="utf-8"))}
PLACES = [*(ROOT / "tests/suites/odsql/invalid").glob("*/expected"), *(ROOT / "tests/http").glob("*.py")]


def test_the_page_has_the_table():
    page = (ROOT / "modules/README.md").read_text(encoding="utf-8")
    part = page.split("### What a query may cost\n")[1].split("\n### ")[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")][1:]
    assert len(BOUNDS) == (ROOT / "modules/query/bounds.def").read_text(encoding="utf-8").count("\nBF_BOUND(")
    assert rows == [f"| {what} | {most} {unit} | {cheaper} |" for what, most, unit, cheaper in BOUNDS.values()]


@pytest.mark.parametrize("name", BOUNDS)
def test_some_test_goes_beyond(name):
    what, most, unit, _ = BOUNDS[name]
    sentence = f"{what} has at most {most} {unit}, "
    assert any(sentence in path.read_text(encoding="utf-8") for path in PLACES), sentence

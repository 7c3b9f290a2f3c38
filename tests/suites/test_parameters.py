"""The tables of parameters (modules/api/explore/table.c, records1/table.c) against the code that reads them."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPLORE = ROOT / "modules" / "api" / "explore"
RECORDS1 = ROOT / "modules" / "api" / "records1"

# Read where every protocol's key is found (api/pipeline.c): a security scheme of the description, no parameter.
KEYS = {"apikey", "access_token", "pushkey"}


def sources():
    for path in [*EXPLORE.glob("*.c"), ROOT / "modules" / "api" / "locale.c"]:
        yield path, path.read_text()


def rows_of(protocol):
    """(row, name) of each row of a protocol's table; that of lang is written once for all (api/locale.h)."""
    row = re.compile(r'\[[A-Z0-9]+?_(\w+)\] =\s*(?:\{\s*\.name = "([\w.]+)"|(BF_LOCALE_LANG)\()')
    return [(one, name or "lang") for one, name, _ in row.findall((protocol / "table.c").read_text())]


def table():
    return {name for _, name in rows_of(EXPLORE)}


def test_every_parameter_that_is_read_stands_in_the_table():
    read = re.compile(r'\bbf_http_params?\(&r->http,\s*"([^"]+)"|\bread_repeated\(r, "([^"]+)"')
    found = {(path.name, name) for path, text in sources() for names in read.findall(text) for name in names if name}
    assert ("parameters.c", "where") in found
    assert [one for one in sorted(found) if one[1] not in table() | KEYS] == []


def test_every_row_of_the_table_belongs_to_an_operation_and_is_read():
    code = "".join(text for path, text in sources() if path.name not in ("table.c", "operations.c"))
    rows = rows_of(EXPLORE)
    assert ("LANG", "lang") in rows
    operations = (EXPLORE / "operations.c").read_text()
    assert len(rows) > 20
    for row, name in rows:
        assert f"P({row})" in operations, f"{row} belongs to no operation"
        assert any(word in code for word in (f"EXPLORE_{row}", f'"{name}"', f"{{{name}}}")), f"{row} is never read"


# ---- v1 ----

def rows1():
    return rows_of(RECORDS1)


def test_every_parameter_that_v1_reads_stands_in_its_table():
    names = {name for _, name in rows1()}
    families = {name.partition(".")[0] for name in names if "." in name}
    whole = re.compile(r'\bbf_http_param\(&r->http,\s*"([^"]+)"|\bgeofilter\(r, "([^"]+)"|\bof_serie\(r, [^,]+, "([^"]+)"')
    family = re.compile(r'\b(?:records1_dotted|facets_of)\(r, "(\w+)\."')
    found = set()
    for path in RECORDS1.glob("*.c"):
        text = path.read_text()
        read = {name for groups in whole.findall(text) for name in groups if name}
        read = {f"y.SERIES.{name}" if name in ("expr", "cumulative", "subsets") else name for name in read}
        found |= read
        assert read <= names, path.name
        assert set(family.findall(text)) <= families, path.name
    assert {"q", "sort", "geofilter.distance", "y.SERIES.expr"} <= found


def test_every_row_of_v1_belongs_to_an_operation_and_is_read():
    code = "".join(path.read_text() for path in RECORDS1.glob("*.c") if path.name not in ("table.c", "operations.c"))
    code += (ROOT / "modules" / "api" / "locale.c").read_text() + (ROOT / "modules" / "api" / "pipeline.c").read_text()
    operations = (RECORDS1 / "operations.c").read_text()
    assert len(rows1()) > 30
    for row, name in rows1():
        family, _, last = name.partition(".")
        assert f"P({row})" in operations, f"{row} belongs to no operation"
        words = [f"RECORDS1_{row}", f'"{name}"', f"{{{name}}}"] + ([f'"{family}."', f'"{last.rpartition(".")[2]}"'] if last else [])
        # Rows of one name differ in their bounds alone; the reader takes those of one.
        assert any(word in code for word in words), f"{row} is never read"

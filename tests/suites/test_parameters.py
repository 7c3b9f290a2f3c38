"""The table of the Explore API's parameters (modules/api/explore/table.c) against the code that reads them."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPLORE = ROOT / "modules" / "api" / "explore"

# Read where every protocol's key is found (api/pipeline.c): a security scheme of the description, no parameter.
KEYS = {"apikey", "access_token", "pushkey"}


def sources():
    for path in [*EXPLORE.glob("*.c"), ROOT / "modules" / "api" / "locale.c"]:
        yield path, path.read_text()


def table():
    """The names of the rows."""
    return set(re.findall(r'\.name = "(\w+)"', (EXPLORE / "table.c").read_text()))


def test_every_parameter_that_is_read_stands_in_the_table():
    read = re.compile(r'\bbf_http_params?\(&r->http,\s*"([^"]+)"|\bread_repeated\(r, "([^"]+)"')
    found = {(path.name, name) for path, text in sources() for names in read.findall(text) for name in names if name}
    assert ("parameters.c", "where") in found
    assert [one for one in sorted(found) if one[1] not in table() | KEYS] == []


def test_every_row_of_the_table_belongs_to_an_operation_and_is_read():
    code = "".join(text for path, text in sources() if path.name not in ("table.c", "operations.c"))
    rows = re.findall(r'\[EXPLORE_(\w+)\] =\s*\{\.name = "(\w+)"', (EXPLORE / "table.c").read_text())
    operations = (EXPLORE / "operations.c").read_text()
    assert len(rows) > 20
    for row, name in rows:
        assert f"P({row})" in operations, f"{row} belongs to no operation"
        assert any(word in code for word in (f"EXPLORE_{row}", f'"{name}"', f"{{{name}}}")), f"{row} is never read"


def test_every_route_has_an_operation():
    routes = (EXPLORE / "routes.c").read_text().split(".name = ")[1:-1]
    assert len(routes) > 10
    assert [route for route in routes if ".operation" not in route] == []

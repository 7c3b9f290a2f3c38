"""The declarations of beffroi/handler.h against the released ones, which lie in tests/abi: a struct grows at its end, an
enum gets new values, and nothing else. Where members lie and what they do is tests/unit/plugin/test_abi.c's."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOW = ROOT / "modules/include/beffroi/handler.h"
RELEASED = sorted(path.name for path in (ROOT / "tests/abi").iterdir() if re.fullmatch(r"\d+\.\d+", path.name))


def plain(path):
    """Without comments, macros' definitions and the way in which lines are broken."""
    text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r"^#(?:.*\\\n)*.*$", "", text, flags=re.M)
    return re.sub(r"\s+", " ", text)


def declared(path):
    """Structs and enums, each with its members."""
    found = {}
    for kind, name, body in re.findall(r"\b(struct|enum) (\w+) \{(.*?)\}", plain(path)):
        members = [member.strip() for member in body.split(";" if kind == "struct" else ",") if member.strip()]
        if kind == "enum":  # a value that nobody writes down is the one before and one
            last, valued = -1, []
            for member in members:
                word, _, value = member.partition(" = ")
                last = int(value) if value else last + 1
                valued.append((word, last))
            members = valued
        found[f"{kind} {name}"] = members
    assert len(found) >= 7, found
    return found


def version(path):
    return ".".join(re.findall(r"#define BF_ABI_M\w+ (\d+)u", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", RELEASED)
def test_it_only_grows(name):
    then, now = declared(ROOT / "tests/abi" / name / "beffroi/handler.h"), declared(NOW)
    for what, members in then.items():
        if what.startswith("enum"):
            assert set(members) <= set(now[what]), what
        elif what in ("struct bf_api", "struct bf_handler"):
            assert now[what][:len(members)] == members, what
        else:
            assert now[what] == members, f"{what}: elements of arrays never grow"


@pytest.mark.parametrize("name", RELEASED)
def test_a_copy_is_of_its_version(name):
    assert version(ROOT / "tests/abi" / name / "beffroi/handler.h") == name


def test_a_minor_is_released_as_it_is():
    """What grows is another minor, from the day on which a copy of the last one was laid down."""
    speaks = version(NOW)
    if speaks in RELEASED:
        assert plain(ROOT / "tests/abi" / speaks / "beffroi/handler.h") == plain(NOW)
    newest = max(tuple(map(int, name.split("."))) for name in RELEASED)
    assert newest <= tuple(map(int, speaks.split("."))) <= (newest[0], newest[1] + 1)

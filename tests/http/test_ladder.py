"""The ladder of handlers/README.md, walked as it is written there: its manifests, its data and its code."""

import json
import re
import subprocess
import time

import pytest

from harness import handlers
from harness.stack import ROOT

GUIDE = (ROOT / "handlers/README.md").read_text(encoding="utf-8")
LADDER = GUIDE.split("\n## The ladder\n")[1].split("\n## ")[0]
PARKS = "/api/explore/v2.1/catalog/datasets/parcs"


def block(level, language):
    """The code of that language in that level's section."""
    section = LADDER.split(f"\n### Level {level}:")[1].split("\n### ")[0]
    [code] = re.findall(rf"```{language}\n(.*?)```", section, re.S)
    return code


def manifest(*fields, **changes):
    """The smallest manifest, with more in it."""
    smallest = json.loads(re.search(r"## The smallest manifest\n+```json\n(.*?)```", GUIDE, re.S)[1])
    return {**smallest, "fields": [*smallest["fields"], *fields], **changes}


@pytest.fixture(scope="module")
def walk(stack, tmp_path_factory):
    """Publishes a folder with this manifest and this code."""
    place = tmp_path_factory.mktemp("ladder")

    def publish(content, code=None, name="parcs"):
        folder = place / name
        folder.mkdir(exist_ok=True)
        (folder / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
        if code:
            (folder / "handler.c").write_text(code, encoding="utf-8")
            flags = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-z,defs"]
            subprocess.run(["cc", *flags, "-I", ROOT / "modules/include", "-o", place / f"{name}.so", folder / "handler.c"],
                           check=True)
        stack.beffroi("apply", "--handlers", place, folder)
        return handlers.settle(stack, name)
    return publish


def becomes(stack, path, parameters, wanted):
    """What every worker answers once it has taken the new manifest up."""
    until, good = time.monotonic() + 60, 0
    while good < 20:
        answer = stack.get(path, parameters)
        good = good + 1 if answer.status == 200 and wanted(answer.json()) else 0
        assert time.monotonic() < until, answer
        time.sleep(0.01)


def test_the_ladder(stack, walk, tmp_path):
    walk(manifest())
    (tmp_path / "parcs.csv").write_text(block(0, "csv"), encoding="utf-8")
    stack.beffroi("load", "parcs", tmp_path / "parcs.csv")
    page = stack.get(PARKS + "/records", {"refine": "commune:Lille", "order_by": "surface", "select": "nom, surface"}).json()
    assert page == {"total_count": 2, "results": [{"nom": "Square du Réduit", "surface": 4500.0},
                                                  {"nom": "Jardin Vauban", "surface": 36000.0}]}
    hectares = json.loads(block(1, "json"))
    walk(manifest(hectares))
    becomes(stack, PARKS + "/records", {"where": "hectares > 1", "order_by": "hectares desc", "select": "hectares"},
            lambda body: body["results"] == [{"hectares": 34.0}, {"hectares": 3.6}])

    size = json.loads(block(3, "json"))
    code = block(3, "c")
    lines = [line for line in code.splitlines() if line.strip(" {}") and not line.startswith(("#", "/*"))]
    assert len(lines) < 20, "it says so"
    walk(manifest(hectares, size, handler="parcs"), code)
    becomes(stack, PARKS + "/records", {"order_by": "surface", "select": "taille"},
            lambda body: [row["taille"] for row in body["results"]] == ["petit", "grand", "grand", None])
    assert "taille" in stack.get(PARKS + "/records", {"where": "taille = \"petit\""}).json()["message"]


def test_lines_of_lua(stack, walk, tmp_path):
    folder, data = tmp_path / "parcs-lua", tmp_path / "parcs.csv"
    folder.mkdir()
    data.write_text(block(0, "csv"), encoding="utf-8")
    content = manifest(json.loads(block(2, "json")), id="parcs-lua")
    (folder / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "hook.lua").write_text(block(2, "lua"), encoding="utf-8")
    shown = stack.beffroi("hook", "test", folder, "--rows", data).stdout
    assert 'null -> "LILLE, Jardin Vauban"' in shown and "4 rows: 4 changed" in shown and "never" not in shown
    stack.beffroi("apply", folder)
    address = handlers.settle(stack, "parcs-lua")
    stack.beffroi("load", "parcs-lua", data)
    page = stack.get(address + "/records", {"order_by": "nom", "limit": 1, "select": "etiquette"}).json()
    assert page["results"] == [{"etiquette": "LILLE, Jardin Vauban"}]
    assert "etiquette" in stack.get(address + "/records", {"where": "etiquette = \"x\""}).json()["message"]


def test_the_query(stack, walk, tmp_path):
    content = manifest(handler="parcs-lille", id="parcs-lille", options={"commune": "Lille"})
    address = walk(content, block(4, "c").replace("\"parcs\"", "\"parcs-lille\""), "parcs-lille")
    (tmp_path / "parcs.csv").write_text(block(0, "csv"), encoding="utf-8")
    stack.beffroi("load", "parcs-lille", tmp_path / "parcs.csv")
    page = stack.get(address + "/records", {"order_by": "nom", "select": "nom"}).json()
    assert page == {"total_count": 2, "results": [{"nom": "Jardin Vauban"}, {"nom": "Square du Réduit"}]}
    assert len(stack.get(address + "/exports/jsonl").text.splitlines()) == 2


def test_rows_from_elsewhere(stack, walk):
    content = json.loads(block(5, "json"))
    file = stack.folder / "palmares.txt"  # where the workers' account can read it
    file.write_text("2;Lille\n1;Roubaix\n3;\n", encoding="utf-8")
    content["options"]["file"] = str(file)
    address = walk(content, block(5, "c"), "palmares")
    assert stack.get(address + "/records?order_by=rang&where=rang%20%3C%203").json() == {
        "total_count": 2, "results": [{"rang": 1, "nom": "Roubaix"}, {"rang": 2, "nom": "Lille"}]}

"""The server's descriptions of itself under the eyes of @redocly/cli and @stoplight/spectral-cli of npm, pinned in
linters/package.json (a folder of its own: they are large, and the clients should not wait for them). Warnings count."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from harness import dataset, npm

SOURCE = pathlib.Path(__file__).resolve().parent / "linters"
PROGRAMS = {
    "redocly": ["lint", "--format=json", "--config=redocly.yaml"],
    "spectral": ["lint", "--format=json", "--ruleset=spectral.yaml", "--fail-severity=hint"],
}


# Of each API: where the portal's description is, and where that of a dataset.
APIS = {
    "explore21": ("/api/explore/v2.1", "/api/explore/v2.1/catalog/datasets"),
    "explore20": ("/api/explore/v2.0", "/api/explore/v2.0/catalog/datasets"),
    "api2": ("/api/v2", "/api/v2/catalog/datasets"),
    "search10": ("/api/records/1.0", "/api/datasets/1.0"),
    "push": ("/api/push/v1", "/api/push/v1/datasets"),
}


@pytest.fixture(scope="module")
def place(stack, tmp_path_factory):
    """The folder with the programs and the descriptions: of the portal, of a dataset with records, of one without."""
    place = npm.installed(SOURCE, "linters")
    folder = tmp_path_factory.mktemp("linted")
    for name in ("jaune", "vide"):
        dataset.apply(stack, folder, dataset.manifest(name))
    assert stack.push("jaune", dataset.ROWS, mode="snapshot").status == 200
    for old in place.glob("described-*.json"):
        old.unlink()
    for api, (portal, datasets) in APIS.items():
        for name, address in {"portal": portal, "jaune": f"{datasets}/jaune", "vide": f"{datasets}/vide"}.items():
            for file in ("swagger", "openapi"):
                answer = stack.get(f"{address}/{file}.json")
                assert answer.status == 200, answer
                (place / f"described-{api}-{name}-{file}.json").write_bytes(answer.content)
    return place


def linted(place, program, *files):
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run([place / "node_modules" / ".bin" / program, *PROGRAMS[program], *files], cwd=place, env=environment,
                          capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("program", PROGRAMS)
def test_there_is_nothing_to_complain_about(place, program):
    files = sorted(path.name for path in place.glob("described-*.json"))
    assert len(files) == 6 * len(APIS)
    done = linted(place, program, *files)
    assert done.returncode == 0, done.stdout + done.stderr
    if program == "redocly":  # which says no more than this of warnings
        totals = re.findall(r'"(?:errors|warnings)": (\d+)', done.stdout)
        assert totals == ["0"] * 2 * len(files), done.stdout


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_mistake_is_seen(place, program):
    document = json.loads((place / "described-explore21-jaune-openapi.json").read_text())
    document["components"]["schemas"]["record"]["properties"]["id"]["type"] = "text"
    (place / "wrong.json").write_text(json.dumps(document))
    assert linted(place, program, "wrong.json").returncode != 0

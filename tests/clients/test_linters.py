"""The server's descriptions of itself under the eyes of @redocly/cli, @stoplight/spectral-cli and the official JSON Schemas
of OpenAPI, of npm and pinned in linters/package.json (a folder of its own: they are large, and the clients should not wait
for them). Warnings count."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from harness import dataset, npm

SOURCE = pathlib.Path(__file__).resolve().parent / "linters"
PROGRAMS = {
    "schema": ["node", "schema.mjs"],
    "redocly": ["node_modules/.bin/redocly", "lint", "--format=json", "--config=redocly.yaml"],
    "spectral": ["node_modules/.bin/spectral", "lint", "--format=json", "--ruleset=spectral.yaml", "--fail-severity=hint"],
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


def linted(place, program, files):
    """Those of the files of which the program has something to say, and all that it says."""
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    done = subprocess.run([*PROGRAMS[program], *files], cwd=place, env=environment, capture_output=True, text=True, timeout=500,
                          check=False)
    said = done.stdout + done.stderr
    if program == "redocly":  # which ends with 0 in spite of warnings
        totals = [int(n) for n in re.findall(r'"(?:errors|warnings)": (\d+)', done.stdout)]
        assert len(totals) == 2 * len(files), said
        found = {file for file, errors, warnings in zip(files, totals[::2], totals[1::2]) if errors + warnings}
    else:
        found = {file for file in files if file in done.stdout}
    assert found or done.returncode == 0, said
    return found, said


@pytest.mark.parametrize("program", PROGRAMS)
def test_there_is_nothing_to_complain_about(place, program):
    files = sorted(path.name for path in place.glob("described-*.json"))
    assert len(files) == 6 * len(APIS)
    found, said = linted(place, program, files)
    assert not found, said


# ---- what the three programs see: each mistake, and who finds it in 3.0 and in 3.1 ----------------------------------

def operation(document):
    return document["paths"]["/catalog/datasets/jaune/records"]["get"]


def shape(document):
    return document["components"]["schemas"]["records"]


def no_description(document):
    del operation(document)["responses"]["200"]["description"]


def unknown_member(document):
    operation(document)["parameter"] = []


def unknown_place(document):
    document["components"]["parameters"]["where"]["in"] = "queri"


def no_schema(document):
    del document["components"]["parameters"]["where"]["schema"]


def no_name(document):
    del document["components"]["parameters"]["where"]["name"]


def no_version(document):
    del document["info"]["version"]


def unknown_type(document):
    shape(document)["properties"]["total_count"]["type"] = "text"


def required_twice(document):
    shape(document)["required"] = ["results", "results"]


def bounds_are_texts(document):
    document["components"]["parameters"]["limit"]["schema"]["minimum"] = "-1"


def leads_nowhere(document):
    shape(document)["properties"]["results"]["items"]["$ref"] = "#/components/schemas/nothing"


def same_name_twice(document):
    document["paths"]["/catalog/datasets/jaune"]["get"]["operationId"] = operation(document)["operationId"]


def variable_without_parameter(document):
    document["paths"]["/catalog/datasets/{nobody}"] = document["paths"].pop("/catalog/datasets/jaune")


def example_does_not_fit(document):
    record = document["components"]["schemas"]["record"]
    record.get("examples", [record.get("example")])[0]["id"] = "one"


def component_that_nobody_uses(document):
    document["components"]["schemas"]["spare"] = {"type": "string"}


BOTH = {"redocly", "spectral"}
ALL = {"schema", *BOTH}
MISTAKES = {
    no_description: (ALL, ALL),
    unknown_member: (ALL, ALL),
    unknown_place: (ALL, ALL),
    no_schema: (ALL, ALL),
    no_name: (ALL, ALL),
    no_version: (ALL, ALL),
    # The official schema of 3.1 leaves what is inside of a schema to JSON Schema; tests/http/test_openapi.py has that.
    unknown_type: (ALL, BOTH),
    required_twice: ({"schema", "spectral"}, {"spectral"}),
    bounds_are_texts: (ALL, BOTH),
    example_does_not_fit: (BOTH, {"redocly"}),
    leads_nowhere: (ALL, ALL),
    same_name_twice: (BOTH, BOTH),
    variable_without_parameter: (BOTH, BOTH),
    component_that_nobody_uses: (BOTH, BOTH),
}


def test_mistakes_are_seen(place):
    for old in place.glob("wrong-*.json"):
        old.unlink()
    for file in ("swagger", "openapi"):
        whole = (place / f"described-explore21-jaune-{file}.json").read_text()
        for mistake in MISTAKES:
            document = json.loads(whole)
            mistake(document)
            (place / f"wrong-{mistake.__name__}-{file}.json").write_text(json.dumps(document))
    files = sorted(path.name for path in place.glob("wrong-*.json"))
    found = {program: linted(place, program, files)[0] for program in PROGRAMS}
    seen = {mistake: tuple({program for program in PROGRAMS if f"wrong-{mistake.__name__}-{file}.json" in found[program]}
                           for file in ("swagger", "openapi")) for mistake in MISTAKES}
    assert {mistake.__name__: by for mistake, by in seen.items()} == {mistake.__name__: by for mistake, by in MISTAKES.items()}

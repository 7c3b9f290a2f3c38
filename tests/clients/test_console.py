"""The consoles in a real browser: Debian's chromium, driven by playwright-core of npm (browser/console.mjs)."""

import functools
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import urllib.parse

import pytest

from harness import dataset, npm

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = pathlib.Path(__file__).resolve().parent / "browser"
V21 = "/api/explore/v2.1"
PINNED = json.loads((ROOT / "nginx/console/package-lock.json").read_text())["packages"]["node_modules/swagger-ui-dist"]

# address, root of the API, dataset, operation to execute, what is filled in
CONSOLES = {
    "portal": (f"{V21}/console", V21, None, "getRecords", {"dataset_id": "terrasses", "where": "n > 1", "limit": "1"}),
    "portal's old address": ("/api-console/explore/v2.1/?lang=en", V21, None, "getDatasets", {"limit": "1"}),
    "dataset": (f"{V21}/catalog/datasets/terrasses/console/", V21, "terrasses", "getRecords",
                {"group_by": "ouvert", "select": "count(*) as combien"}),
    "dataset in English": (f"{V21}/catalog/datasets/terrasses/console?lang=en", V21, "terrasses", "getRecordsFacets", {}),
    "v2.0": ("/api/v2/console", "/api/v2", None, "getDataset", {"dataset_id": "terrasses"}),
}


@pytest.fixture(scope="module")
def served(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("terrasses")
    dataset.apply(stack, folder, dataset.manifest("terrasses", description={"fr": "<script>alert(1)</script> **ici**"}))
    assert stack.push("terrasses", dataset.ROWS, mode="snapshot").status == 200
    return stack


def browse(stack, visits):
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("skipped: needs chromium")
    if not (stack.run / "nginx" / "console" / "pinned").exists():
        pytest.skip("skipped: needs the registry of npm (scripts/console)")
    place = npm.installed(SOURCE, "browser")
    # A browser of its own profile; root's needs none of the desktop's settings.
    done = subprocess.run(["node", "console.mjs", chromium], cwd=place, input=json.dumps(visits), capture_output=True, text=True,
                          timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def seen(served):
    """Every console, each operation executed once; and the portal's for a visitor to whom the library does not come."""
    visits = [{"url": served.url + path, "operation": operation, "fill": fill} for path, _, _, operation, fill in CONSOLES.values()]
    visits.append({"url": f"{served.url}{V21}/console", "without": "/swagger-ui-bundle.js"})
    visits.append({"url": f"{served.url}{V21}/catalog/datasets/nulle-part/console"})
    results = browse(served, visits)
    return dict(zip([*CONSOLES, "without the library", "no dataset"], results))


@pytest.mark.parametrize("name", CONSOLES)
def test_it_lists_every_operation(served, seen, name):
    path, root, wanted, _, _ = CONSOLES[name]
    place = f"{root}/catalog/datasets/{wanted}" if wanted else root
    described = served.get(f"{place}/openapi.json").json()["paths"]
    assert sorted(seen[name]["listed"]) == sorted(described)
    if wanted:
        assert wanted in seen[name]["title"]


@pytest.mark.parametrize("name", CONSOLES)
def test_an_operation_is_executed_and_its_answer_shown(served, seen, name):
    _, root, wanted, operation, fill = CONSOLES[name]
    done = seen[name]["done"]
    described = served.get((f"{root}/catalog/datasets/{wanted}" if wanted else root) + "/openapi.json").json()
    parameters = next(item["get"]["parameters"] for item in described["paths"].values() if item["get"]["operationId"] == operation)
    names = [described["components"]["parameters"][one["$ref"].rpartition("/")[2]]["name"] for one in parameters]
    assert done["parameters"] == names
    assert done["status"].startswith("200")
    assert done["url"].startswith(served.url + root) and f"'{done['url']}'" in done["curl"].replace("\\\n", "")
    asked = served.get(done["url"].removeprefix(served.url))
    assert asked.status == 200
    assert json.loads(done["body"]) == asked.json()
    assert "beffroi-commit" in done["headers"].lower() or operation == "getDatasets"
    sent = urllib.parse.parse_qsl(done["url"].partition("?")[2])  # and nothing that was not filled in
    assert dict(sent) == {name: value for name, value in fill.items() if name != "dataset_id"}


@pytest.mark.parametrize("name", [*CONSOLES, "without the library", "no dataset"])
def test_nobody_else_is_asked_and_nothing_goes_wrong(served, seen, name):
    assert {url for url in seen[name]["asked"] if not url.startswith((served.url + "/", "data:"))} == set()
    expected = {"without the library": 2, "no dataset": 1}.get(name, 0)  # chromium itself tells of the 404
    assert len(seen[name]["said"]) == expected, seen[name]["said"]


def test_it_is_in_french_with_english_beside(seen):
    french, english = seen["dataset"], seen["dataset in English"]
    for word in ("Console de l'API", "API console", "Exécuter", "Paramètres", "Corps de la réponse", "Un jeu de données"):
        assert word in french["text"], word
    for word in ("Console de l'API", "API console", "Execute", "Parameters", "Response body", "One dataset"):
        assert word in english["text"], word
    assert any(link.endswith("?lang=en") for link in french["links"])


def test_without_the_library_it_says_what_is_missing(served, seen):
    page = seen["without the library"]
    assert "swagger-ui-dist" in page["text"] and "Il manque" in page["text"] and "is missing" in page["text"]
    for file in ("openapi.json", "swagger.json"):
        [link] = [link for link in page["links"] if f"{V21}/{file}" in link]
        assert served.get(link.removeprefix(served.url)).status == 200


def test_a_dataset_that_is_not_there_is_said(seen):
    assert "The requested dataset nulle-part does not exist." in seen["no dataset"]["text"]


# ---- over HTTP ------------------------------------------------------------------------------------------------------------

PAGES = [f"{V21}/console", f"{V21}/console/", "/api/explore//v2.1/console", f"{V21}/catalog/datasets/terrasses/console",
         "/api/explore/v2.0/console", "/api/v2/console", "/api/v2/catalog/datasets/terrasses/console/",
         "/api-console/explore/v2.1/", "/api-console/explore/v2.1"]


@pytest.mark.parametrize("path", PAGES)
def test_the_page_is_strict_about_what_runs_in_it(served, path):
    page = served.get(path)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = dict(rule.strip().split(" ", 1) for rule in page.headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["style-src"], policy["connect-src"]) == ("'none'", *["'self'"] * 3)
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff" and page.headers["Access-Control-Allow-Origin"] == "*"
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|<style|\sstyle=|https?://", page.text)
    again = served.get(path, headers={"If-None-Match": page.headers["ETag"]})
    assert again.status == 304
    head = served.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")


def test_the_pages_own_files(served):
    for name, kind in (("console.js", "application/javascript; charset=utf-8"), ("console.css", "text/css; charset=utf-8")):
        answer = served.get(f"/api-console/files/{name}")
        assert (answer.status, answer.headers["Content-Type"].lower()) == (200, kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Content-Security-Policy"]
    for path in ("nothing.js", "../conf/nginx.conf", "%2e%2e/conf/nginx.conf", "package-lock.json"):
        assert served.get(f"/api-console/files/{path}").status in (400, 403, 404), path


def test_the_portals_api_page_leads_to_the_console(served):
    answer = served.get("/explore/dataset/terrasses/api/")
    assert (answer.status, answer.headers["Location"]) == (302, f"{served.url}{V21}/catalog/datasets/terrasses/console")
    assert served.get("/explore/dataset/nulle-part/api/").status == 404


# ---- how it comes here -----------------------------------------------------------------------------------------------------

def fetch(into, registry, tmp_path):
    """scripts/console on a machine without npm; of npm only the registry's address counts there."""
    programs = tmp_path / "programs"
    if not programs.exists():
        programs.mkdir()
        for name in ("bash", "dirname", "realpath", "awk", "cat", "find", "mkdir", "mktemp", "touch", "tail", "rm", "mv", "curl", "tar", "gzip",
                     "sha512sum", "tr", "basenc", "base64", "chmod"):
            (programs / name).symlink_to(shutil.which(name))
    return subprocess.run([ROOT / "scripts/console", "--into", into], capture_output=True, text=True, timeout=300, check=False,
                          env={"PATH": str(programs), "npm_config_registry": registry, "HOME": str(tmp_path), "no_proxy": "127.0.0.1"})


@pytest.fixture
def registry(tmp_path):
    """Answers what lies in its folder, and counts."""
    folder = tmp_path / "registry"
    (folder / "swagger-ui-dist" / "-").mkdir(parents=True)
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", folder / "swagger-ui-dist" / "-" / f"swagger-ui-dist-{PINNED['version']}.tgz", asked
    server.shutdown()
    server.server_close()


def test_a_registry_that_cannot_be_reached_is_no_reason_to_fail(tmp_path, registry):
    url, _, asked = registry
    for _ in range(2):
        done = fetch(tmp_path / "console", url, tmp_path)
        assert done.returncode == 0 and not (tmp_path / "console").exists()
    assert len(asked) == 1  # the second start in a row does not wait for it again
    done = fetch(tmp_path / "other", "http://127.0.0.1:9/", tmp_path)
    assert done.returncode == 0 and "without its forms" in done.stderr and not (tmp_path / "other").exists()


def test_another_file_than_the_pinned_one_is_never_unpacked(tmp_path, registry):
    url, package, _ = registry
    package.write_bytes(b"something else")
    done = fetch(tmp_path / "console", url, tmp_path)
    assert done.returncode == 1 and "is not what was pinned" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("console")] == []


def test_the_pinned_file_is_unpacked_without_npm(tmp_path, registry):
    url, package, asked = registry
    if not shutil.which("npm"):
        pytest.skip("skipped: needs npm")
    packed = subprocess.run(["npm", "pack", "--silent", f"swagger-ui-dist@{PINNED['version']}"], cwd=tmp_path, capture_output=True,
                            text=True, timeout=300, check=False, env={**os.environ})
    if packed.returncode != 0:
        pytest.skip("skipped: needs the registry of npm")
    shutil.copyfile(tmp_path / packed.stdout.strip(), package)
    for _ in range(2):
        done = fetch(tmp_path / "console", url, tmp_path)
        assert done.returncode == 0, done.stderr
    assert len(asked) == 1
    assert sorted(path.name for path in (tmp_path / "console").iterdir()) == [
        "LICENSE", "NOTICE", "pinned", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"]

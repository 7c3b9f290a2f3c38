"""The catalogue over the real stack: lists, names of metadata, dataset objects, facets over datasets (contract 2, 4.3, 10.9)."""

import json
import random

import pytest

from harness import dataset

ROOT = "/api/explore/v2.1"
CATALOG = ROOT + "/catalog"
MEMBERS = ["visibility", "fields", "dataset_id", "dataset_uid", "has_records", "features", "attachments",
           "alternative_exports", "data_visible", "metas"]
TEMPLATES = {
    "dcat": "created issued creator contributor contact_name contact_email accrualperiodicity spatial temporal granularity "
            "dataquality publisher_type conforms_to temporal_coverage_start temporal_coverage_end accessRights relation",
    "default": "title description theme keyword license license_url language metadata_languages timezone modified "
               "modified_updates_on_metadata_change modified_updates_on_data_change data_processed metadata_processed "
               "geographic_reference geographic_reference_auto territory geometry_types bbox publisher references "
               "records_count attributions source_domain source_domain_title source_domain_address source_dataset "
               "shared_catalog federated parent_domain update_frequency",
}


@pytest.fixture(scope="module")
def both(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalogue")
    dataset.apply(stack, folder, dataset.manifest(
        "eau", publisher="Direction de l'eau", themes=["Eau", "Environnement"], keywords=["pluie", "2010, rivière"],
        synthetic=False, metas={
            "default": {"territory": ["Lille", "Loos"], "references": "https://example.org/eau", "attributions": ["Sourcéo"]},
            "dcat": {"contact_name": "Service des eaux"},
            "custom": {"data-owner": ["Ville de Lille"], "note": "une note 'citée'"}}))
    content = dataset.manifest("routes", publisher="Voirie", themes=["Mobilité"], licence={"name": "ODbL"}, language="en",
                               fields=[{"name": "nom", "type": "text"}], key=["nom"], synthetic=False,
                               metas={"custom": {"data-owner": ["Ville de Lille", "MEL"]}})
    del content["geometry"], content["description"]
    dataset.apply(stack, folder, content)
    assert stack.push("routes", [{"nom": "A1"}, {"nom": "A25"}], mode="snapshot").status == 200
    return stack


def datasets(stack, **parameters):
    answer = stack.get(CATALOG + "/datasets", parameters)
    assert answer.status == 200, answer
    return answer.json()


def ids(stack, **parameters):
    return [row["dataset_id"] for row in datasets(stack, **{"order_by": "dataset_id", "limit": 100, **parameters})["results"]]


OURS = "dataset_id in ('eau', 'routes')"


# ---- dataset objects ----------------------------------------------------------------------------------------------

def test_a_dataset_has_every_member_and_every_key(both):
    one = both.get(CATALOG + "/datasets/eau").json()
    assert list(one) == MEMBERS
    assert list(one["metas"]) == ["dcat", "default", "custom"]
    for template, keys in TEMPLATES.items():
        assert list(one["metas"][template]) == keys.split()
    assert one["metas"]["custom"] == {"data-owner": ["Ville de Lille"], "note": "une note 'citée'"}
    assert (one["has_records"], one["data_visible"], one["visibility"]) == (True, True, "domain")
    assert one["features"] == ["analyze", "geo", "timeserie"]
    basic = one["metas"]["default"]
    assert basic["territory"] == ["Lille", "Loos"] and basic["theme"] == ["Eau", "Environnement"]
    assert basic["references"] == "https://example.org/eau" and basic["attributions"] == ["Sourcéo"]
    assert one["metas"]["dcat"]["contact_name"] == "Service des eaux" and one["metas"]["dcat"]["relation"] is None
    assert both.get(CATALOG + "/datasets/routes").json()["metas"]["custom"] == {"data-owner": ["Ville de Lille", "MEL"], "note": None}


def test_a_list_and_a_dataset_say_the_same(both):
    assert datasets(both, where="dataset_id='eau'")["results"] == [both.get(CATALOG + "/datasets/eau").json()]


def test_metadata_of_applications_come_when_asked_for(both):
    metas = both.get(CATALOG + "/datasets/eau?include_app_metas=true").json()["metas"]
    assert list(metas) == ["dcat", "default", "custom", "explore", "visualization"]
    assert metas["explore"]["popularity_score"] is None
    assert list(datasets(both, include_app_metas="true", limit=1)["results"][0]["metas"]) == list(metas)
    assert both.get(CATALOG + "/datasets/eau?include_app_metas=perhaps").status == 400


def test_the_language_is_that_of_the_texts(both):
    assert both.get(CATALOG + "/datasets/eau?lang=en").json()["metas"]["default"]["title"] == "Test eau"
    assert both.get(CATALOG + "/datasets/eau").json()["metas"]["default"]["title"] == "Essai eau"
    assert ids(both, where="title = 'Test eau'", lang="en") == ["eau"]
    assert ids(both, where="title = 'Test eau'") == []


# ---- select ---------------------------------------------------------------------------------------------------------

def test_select_of_members_and_of_dotted_names(both):
    [row] = datasets(both, where="dataset_id='eau'", select="dataset_id, default.title, title as t, custom.note, "
                     "`custom.data-owner`, features, default.records_count")["results"]
    assert list(row.items()) == [
        ("dataset_id", "eau"), ("default.title", "Essai eau"), ("t", "Essai eau"), ("custom.note", "une note 'citée'"),
        ("custom.data-owner", ["Ville de Lille"]), ("features", ["analyze", "geo", "timeserie"]), ("default.records_count", 0)]
    [row] = datasets(both, where="dataset_id='eau'", select="*")["results"]
    assert list(row) == MEMBERS
    assert list(both.get(CATALOG + "/datasets/eau?select=metas,dataset_id").json()) == ["metas", "dataset_id"]
    assert both.get(CATALOG + "/datasets/eau?select=default.modified,datasetid").json().keys() == {"default.modified", "datasetid"}


def test_select_of_nothing_at_all(both):
    """No member begins so: objects that are empty, wherever datasets are shown."""
    nothing = {"select": "include(nope*)", "where": "dataset_id='eau'"}
    assert datasets(both, **nothing)["results"] == [{}]
    [row] = datasets(both, **nothing, include_links="true")["results"]
    assert list(row) == ["_links"]
    assert both.get(CATALOG + "/exports/json", nothing).json() == [{}]
    assert both.get(CATALOG + "/datasets/eau", {"select": "include(nope*)"}).json() == {}
    assert list(both.get(CATALOG + "/datasets/eau", {"select": "include(nope*)", "include_links": "true"}).json()) == ["_links"]
    [old] = both.get(CATALOG.replace("v2.1", "v2.0") + "/datasets", nothing).json()["datasets"]
    assert old["dataset"] == {}


def test_select_with_links(both):
    row = datasets(both, where="dataset_id='eau'", select="dataset_id", include_links="true")["results"][0]
    assert list(row) == ["_links", "dataset_id"]
    assert [link["rel"] for link in row["_links"]] == ["self", "catalog"]


@pytest.mark.parametrize("clause, text", [("select", "nope"), ("where", "default.nope = 1"), ("order_by", "custom.nope")])
def test_an_unknown_name(both, clause, text):
    answer = both.get(CATALOG + "/datasets", {clause: text})
    assert answer.json()["message"] == (
        f"ODSQL query is malformed: Unknown field: {text.split()[0]}. Clause(s) containing the error(s): {clause}.")
    if clause == "select":
        assert both.get(CATALOG + "/datasets/eau", {clause: text}).status == 400


def test_what_is_only_shown_cannot_be_searched(both):
    for where in ("fields = 'x'", "metas is null", "bbox is not null"):
        assert both.get(CATALOG + "/datasets", {"where": where}).status == 400


# ---- where, refine, exclude, order ---------------------------------------------------------------------------------

@pytest.mark.parametrize("where, expected", [
    ("publisher = \"Direction de l'eau\"", ["eau"]), ("default.publisher: 'Voirie'", ["routes"]), ("features = 'geo'", ["eau"]),
    ("features='geo' or publisher='Voirie'", ["eau", "routes"]), ("features != 'geo'", ["routes"]), ("'Eau' in theme", ["eau"]),
    ("theme = 'Mobilité'", ["routes"]), ("keyword = '2010, rivière'", ["eau"]), ("keyword in ('pluie', 'x')", ["eau"]),
    ("keyword is null", ["routes"]), ("has_records", ["eau", "routes"]), ("has_records is false", []),
    ("records_count > 1", ["routes"]), ("license = 'ODbL'", ["routes"]), ("language = 'en'", ["routes"]),
    ("modified > date'2020-01-01'", ["eau", "routes"]), ("modified > date'2999'", []), ("datasetid = 'eau'", ["eau"]),
    ("custom.note is not null", ["eau"]), ("`custom.data-owner` = 'MEL'", ["routes"]), ("territory = 'Loos'", ["eau"]),
    ("dcat.contact_name = 'Service des eaux'", ["eau"]), ("dcat.creator = 'Voirie'", ["routes"]),
    ("explore.download_count is null", ["eau", "routes"]), ("publisher='Voirie' and modified > date'2020-01-01' and features='geo'", []),
])
def test_where(both, where, expected):
    assert ids(both, where=[OURS, where]) == expected


@pytest.mark.parametrize("name, value, expected", [
    ("refine", "theme:Eau", ["eau"]), ("refine", "default.theme:Mobilité", ["routes"]), ("refine", "keyword:2010, rivière", ["eau"]),
    ("refine", "features:geo", ["eau"]), ("exclude", "features:geo", ["routes"]), ("refine", "language:en", ["routes"]),
    ("refine", "custom.data-owner:Ville de Lille", ["eau", "routes"]), ("refine", "`custom.data-owner`:\"MEL\"", ["routes"]),
    ("exclude", "custom.data-owner:MEL", ["eau"]), ("refine", "publisher:\"Direction de l'eau\"", ["eau"]),
    ("refine", "modified:1999/12", []), ("exclude", "modified:1999/12", ["eau", "routes"]),
])
def test_refine_and_exclude(both, name, value, expected):
    assert ids(both, where=OURS, **{name: value}) == expected


def test_order(both):
    assert ids(both, where=OURS, order_by="dataset_id desc") == ["routes", "eau"]
    assert ids(both, where=OURS, order_by="-records_count") == ["routes", "eau"]
    assert ids(both, where=OURS, order_by="title") == ["eau", "routes"]
    assert ids(both, where=OURS, order_by="explore.popularity_score desc, dataset_id") == ["eau", "routes"]
    assert datasets(both, where=OURS, limit=1, order_by="modified desc")["total_count"] == 2


@pytest.mark.parametrize("name", ["has_records", "federated", "default.modified_updates_on_data_change",
                                  "modified_updates_on_metadata_change", "geographic_reference_auto"])
def test_what_is_the_same_everywhere_is_an_order_too(both, name):
    assert ids(both, where=OURS, order_by=f"{name} desc, dataset_id desc") == ["routes", "eau"]
    assert len(ids(both, where=OURS, order_by=name)) == 2


# ---- facets ---------------------------------------------------------------------------------------------------------

def facets(stack, **parameters):
    answer = stack.get(CATALOG + "/facets", parameters)
    assert answer.status == 200, answer
    return {f["name"]: [(v["value"], v.get("count"), v["state"]) for v in f["facets"]] for f in answer.json()["facets"]}


def test_facets_over_datasets_are_alphabetical(both):
    found = facets(both, where=OURS)
    assert list(found) == ["features", "theme", "keyword", "license", "language", "modified", "territory", "publisher",
                           "custom.data-owner"]
    assert found["features"] == [("analyze", 1, "displayed"), ("geo", 1, "displayed"), ("timeserie", 1, "displayed")]
    assert found["theme"] == [("Eau", 1, "displayed"), ("Environnement", 1, "displayed"), ("Mobilité", 1, "displayed")]
    assert found["custom.data-owner"] == [("MEL", 1, "displayed"), ("Ville de Lille", 2, "displayed")]
    assert found["keyword"] == [("2010, rivière", 1, "displayed"), ("pluie", 1, "displayed")]
    assert found["publisher"] == [("Direction de l'eau", 1, "displayed"), ("Voirie", 1, "displayed")]


def test_facets_link_to_their_source(both):
    answer = both.get(CATALOG + "/facets/?facet=theme").json()
    assert answer["links"] == [{"rel": "self", "href": both.url + CATALOG + "/facets"}, {"rel": "source", "href": both.url + CATALOG}]
    assert [f["name"] for f in answer["facets"]] == ["theme"]


def test_refined_facets_over_datasets(both):
    assert facets(both, where=OURS, refine="theme:Eau", facet=["theme", "custom.data-owner"]) == {
        "theme": [("Eau", 1, "refined"), ("Environnement", 1, "displayed")], "custom.data-owner": [("Ville de Lille", 1, "displayed")]}
    assert facets(both, where=OURS, exclude="theme:Eau", facet="default.theme") == {
        "default.theme": [("Eau", None, "excluded"), ("Mobilité", 1, "displayed")]}
    assert facets(both, where=OURS, facet="facet(name=\"keyword\", sort=\"-alphanum\", limit=1)")["keyword"] == [("pluie", 1, "displayed")]
    assert both.get(CATALOG + "/facets?facet=title").status == 400


def test_conditional_answers_of_one_dataset(both):
    plain = both.get(CATALOG + "/datasets/eau").headers["ETag"]
    assert both.get(CATALOG + "/datasets/eau", headers={"If-None-Match": plain}).status == 304
    others = {both.get(CATALOG + "/datasets/eau" + q).headers["ETag"] for q in ("?select=metas", "?include_app_metas=1", "?lang=en")}
    assert len(others) == 3 and plain not in others


# ---- documents of links ----------------------------------------------------------------------------------------------

def links(stack, path):
    answer = stack.get(path)
    assert answer.status == 200, answer
    assert list(answer.json()) == ["links"]
    return {link["rel"]: link["href"].removeprefix(stack.url) for link in answer.json()["links"]}


def test_documents_of_links_lead_somewhere(both):
    assert links(both, ROOT) == links(both, ROOT + "/") == {"self": ROOT, "catalog": CATALOG}
    found = links(both, CATALOG + "/")
    assert found["self"] == CATALOG and found["datasets"] == CATALOG + "/datasets"
    assert found["metadata_templates"] == CATALOG + "/metadata_templates"
    for path in found.values():
        assert both.get(path).status == 200, path


@pytest.mark.parametrize("source", ["monitoring", "opendatasoft", "shared", "catalogue"])
def test_other_sources_are_no_addresses(both, source):
    for path in ("", "/", "/datasets", "/datasets/eau/records", "/facets"):
        answer = both.get(f"{ROOT}/{source}{path}")
        assert (answer.status, answer.json()) == (404, {"error_code": "NotFoundURI", "message": "The requested URI does not exist."})


@pytest.mark.parametrize("path", ["/aggregates", "/query", "/datasets/eau/aggregates", "/datasets/eau/query"])
def test_what_v21_gave_up_is_gone(both, path):
    answer = both.get(CATALOG + path)
    assert (answer.status, answer.json()["error_code"]) == (410, "Gone")


def test_metadata_templates(both):
    assert list(links(both, CATALOG + "/metadata_templates")) == ["self", "basic", "interop", "extra", "admin"]
    listed = both.get(CATALOG + "/metadata_templates/interop/").json()["metadata_templates"]
    assert [t["name"] for t in listed] == ["dcat", "inspire", "custom"]
    one = both.get(CATALOG + "/metadata_templates/basic/default").json()
    assert [key["name"] for key in one["schema"]] == TEMPLATES["default"].split()
    assert {"name": "theme", "type": "list"} in one["schema"] and {"name": "modified", "type": "datetime"} in one["schema"]
    custom = both.get(CATALOG + "/metadata_templates/interop/custom").json()["schema"]
    assert {"name": "data-owner", "type": "list"} in custom and {"name": "note", "type": "text"} in custom
    assert both.get(CATALOG + "/metadata_templates/admin").json()["metadata_templates"] == []
    for path in ("nope", "basic/dcat", "nope/dcat", "interop/nope"):
        assert both.get(CATALOG + "/metadata_templates/" + path).json()["error_code"] == "NotFoundResource"


# ---- attachments --------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def joined(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("annexes")
    (folder / "annexes").mkdir()
    (folder / "annexes" / "notice.pdf").write_bytes(bytes(range(256)) * 300)
    (folder / "annexes" / "vide.bin").write_bytes(b"")
    content = dataset.manifest("annexes", attachments=[
        {"id": "notice", "file": "notice.pdf", "title": "Notice d'emploi"}, {"id": "vide", "file": "vide.bin", "mimetype": "image/svg+xml"}])
    dataset.apply(stack, folder, content)
    return folder, content


def test_attachments_are_listed_and_served(stack, joined):
    base = f"{stack.url}{CATALOG}/datasets/annexes/attachments"
    assert stack.get(CATALOG + "/datasets/annexes").json()["attachments"] == [
        {"id": "notice", "title": "Notice d'emploi", "mimetype": "application/pdf", "url": base + "/notice"},
        {"id": "vide", "title": "vide.bin", "mimetype": "image/svg+xml", "url": base + "/vide"}]
    listed = stack.get(CATALOG + "/datasets/annexes/attachments").json()
    assert listed["links"] == [{"href": base, "rel": "self"}, {"href": base.removesuffix("/attachments"), "rel": "dataset"}]
    assert listed["attachments"] == [
        {"href": base + "/notice", "metas": {"mime-type": "application/pdf", "title": "Notice d'emploi", "id": "notice"}},
        {"href": base + "/vide", "metas": {"mime-type": "image/svg+xml", "title": "vide.bin", "id": "vide"}}]
    answer = stack.get(CATALOG + "/datasets/annexes/attachments/notice")
    assert answer.content == bytes(range(256)) * 300
    assert answer.headers["Content-Type"] == "application/pdf" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="notice.pdf"'
    again = stack.get(CATALOG + "/datasets/annexes/attachments/notice", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
    assert stack.get(CATALOG + "/datasets/annexes/attachments/vide").body == b""
    head = stack.request("HEAD", CATALOG + "/datasets/annexes/attachments/notice")
    assert (head.status, head.body) == (200, b"")


def test_an_attachment_changes_with_its_file(stack, joined):
    folder, content = joined
    before = stack.get(CATALOG + "/datasets/annexes/attachments/vide").headers["ETag"]
    (folder / "annexes" / "vide.bin").write_bytes(b"plein")
    dataset.apply(stack, folder, content)
    answer = stack.get(CATALOG + "/datasets/annexes/attachments/vide")
    assert answer.body == b"plein" and answer.headers["ETag"] != before
    dataset.apply(stack, folder, {**content, "attachments": content["attachments"][:1]})
    assert stack.get(CATALOG + "/datasets/annexes/attachments/vide").status == 404


# ---- alternative exports ------------------------------------------------------------------------------------------------

TIMETABLE = random.Random(3).randbytes(1_000_003)  # several pieces, the last one odd


@pytest.fixture(scope="module")
def timetable(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("horaires")
    (folder / "horaires").mkdir()
    (folder / "horaires" / "gtfs.zip").write_bytes(TIMETABLE)
    (folder / "horaires" / "horaires.csv").write_text("a;b\n", encoding="utf-8")
    content = dataset.manifest("horaires", alternative_exports=[
        {"id": "2026_gtfs_zip", "file": "gtfs.zip", "title": "Horaires « été »", "description": "GTFS \"2026\""},
        {"id": "csv", "file": "horaires.csv"}])
    dataset.apply(stack, folder, content)
    return folder, content


@pytest.mark.parametrize("api, member", [("/api/explore/v2.1", None), ("/api/explore/v2.0", "dataset"), ("/api/v2", "dataset")])
def test_alternative_exports_are_listed_and_served(stack, timetable, api, member):
    base = f"{stack.url}{api}/catalog/datasets/horaires/alternative_exports"
    shown = stack.get(f"{api}/catalog/datasets/horaires").json()
    assert (shown[member] if member else shown)["alternative_exports"] == [
        {"id": "2026_gtfs_zip", "title": "Horaires « été »", "description": 'GTFS "2026"', "mimetype": "application/zip",
         "url": base + "/2026_gtfs_zip"},
        {"id": "csv", "title": "horaires.csv", "description": None, "mimetype": "text/csv", "url": base + "/csv"}]
    answer = stack.get(f"{api}/catalog/datasets/horaires/alternative_exports/2026_gtfs_zip")
    assert (answer.status, answer.content == TIMETABLE) == (200, True)
    assert answer.headers["Content-Type"] == "application/zip" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gtfs.zip"'
    assert answer.headers["Content-Length"] == str(len(TIMETABLE))
    again = stack.get(f"{api}/catalog/datasets/horaires/alternative_exports/2026_gtfs_zip/", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    head = stack.request("HEAD", f"{api}/catalog/datasets/horaires/alternative_exports/2026_gtfs_zip")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(TIMETABLE)))
    assert head.headers["ETag"] == answer.headers["ETag"]


def test_a_small_file_that_head_asked_for_is_whole_afterwards(stack, timetable):
    """What is kept in memory of a HEAD is never given to a GET."""
    path = CATALOG + "/datasets/horaires/alternative_exports/csv"
    for method in ("HEAD", "HEAD", "HEAD", "GET", "GET", "GET", "HEAD"):
        answer = stack.request(method, path)
        assert (answer.status, answer.headers["Content-Length"]) == (200, "4")
        assert answer.content == (b"a;b\n" if method == "GET" else b"")


def test_attachments_and_alternative_exports_are_apart(stack, joined, timetable):
    for path, what, key in (("attachments/csv", "attachment", "csv"), ("alternative_exports/notice", "alternative export", "notice")):
        answer = stack.get(CATALOG + "/datasets/horaires/" + path)
        assert (answer.status, answer.json()["message"]) == (404, f"The requested {what} {key} does not exist.")
    assert stack.get(CATALOG + "/datasets/horaires").json()["attachments"] == []
    assert stack.get(CATALOG + "/datasets/annexes").json()["alternative_exports"] == []


def test_an_alternative_export_changes_with_its_file(stack, timetable):
    folder, content = timetable
    path = CATALOG + "/datasets/horaires/alternative_exports/csv"
    before = stack.get(path).headers["ETag"]
    (folder / "horaires" / "horaires.csv").write_text("a;b;c\n", encoding="utf-8")
    dataset.apply(stack, folder, content)
    answer = stack.get(path)
    assert answer.content == b"a;b;c\n" and answer.headers["ETag"] != before
    dataset.apply(stack, folder, {**content, "alternative_exports": content["alternative_exports"][:1]})
    assert stack.get(path).status == 404
    assert stack.get(CATALOG + "/datasets/horaires/alternative_exports/2026_gtfs_zip").content == TIMETABLE


def test_no_attachment_and_no_alternative_export(both):
    assert both.get(CATALOG + "/datasets/eau/attachments").json()["attachments"] == []
    for path, what in (("attachments/x", "attachment"), ("alternative_exports/x", "alternative export")):
        answer = both.get(CATALOG + "/datasets/eau/" + path)
        assert (answer.status, answer.json()["message"]) == (404, f"The requested {what} x does not exist.")


def test_a_file_that_is_not_there_is_a_mistake(stack, tmp_path):
    (tmp_path / "dataset.json").write_text(json.dumps(dataset.manifest("sans", attachments=[
        {"id": "a", "file": "a.pdf"}])), encoding="utf-8")
    done = stack.beffroi("check", str(tmp_path), check=False)
    assert done.returncode == 1 and "/attachments/0/file: " in done.stderr and "No such file" in done.stderr


def test_files_that_are_too_many_together_are_a_mistake(stack, tmp_path):
    (tmp_path / "dataset.json").write_text(json.dumps(dataset.manifest("lourd", attachments=[
        {"id": "a", "file": "a.bin"}], alternative_exports=[{"id": "a", "file": "b.bin"}])), encoding="utf-8")
    for name in ("a.bin", "b.bin"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(33 << 20)
    done = stack.beffroi("check", str(tmp_path), check=False)
    assert done.returncode == 1 and "at most 64 MiB are kept with a dataset" in done.stderr


# ---- transport ------------------------------------------------------------------------------------------------------------

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("path", ["/datasets", "/facets", "/datasets/eau", "/datasets/eau/records", "/datasets/eau/facets", "", "/datasets/eau/attachments"])
def test_a_form_asks_the_same_as_an_address(both, path):
    asked = both.get(CATALOG + path + "?lang=en&limit=1&select=dataset_id" if path == "/datasets" else CATALOG + path + "?lang=en")
    body = b"lang=en&limit=1&select=dataset_id" if path == "/datasets" else b"lang=en"
    posted = both.request("POST", CATALOG + path, body=body, headers=FORM)
    assert (posted.status, posted.json()) == (200, asked.json())


def test_a_body_that_is_no_form_is_refused(both):
    answer = both.request("POST", CATALOG + "/datasets", body=b"{}", headers={"Content-Type": "application/json"})
    assert answer.status == 415
    assert both.get(CATALOG + "/datasets", headers={"Content-Type": "application/json"}).status == 200


@pytest.mark.parametrize("path", [ROOT, CATALOG, CATALOG + "/datasets", CATALOG + "/facets", CATALOG + "/datasets/eau",
                                  CATALOG + "/datasets/eau/facets", CATALOG + "/metadata_templates/basic"])
def test_slashes_head_options_and_origins(both, path):
    plain = both.get(path)
    assert both.get(path + "/").content == plain.content
    assert both.get("/" + path.replace("/", "//") + "//").content == plain.content
    head = both.request("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    options = both.request("OPTIONS", path)
    assert (options.status, options.headers["Allow"]) == (204, "OPTIONS, GET, HEAD, POST")
    for answer in (plain, head, options, both.get(path + "/nope/nope/nope/nope")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"] == "POST, GET, OPTIONS"
        assert answer.headers["Access-Control-Max-Age"] == "1000"
        assert answer.headers["Access-Control-Allow-Headers"].startswith(
            "Authorization, X-Requested-With, Origin, ODS-API-Analytics-App, ODS-API-Analytics-Embed-Type, "
            "ODS-API-Analytics-Embed-Referrer, ODS-Widgets-Version, Accept")
        assert answer.headers["Access-Control-Expose-Headers"].startswith(
            "ODS-Explore-API-Deprecation, Link, X-RateLimit-Remaining, X-RateLimit-Limit, X-RateLimit-Reset, "
            "X-RateLimit-dataset-Remaining, X-RateLimit-dataset-Limit, X-RateLimit-dataset-Reset")


def test_an_answer_tells_its_language(both):
    for lang, told in ((None, "fr"), ("fr", "fr"), ("en", "en"), ("nl", "fr")):
        query = "" if lang is None else f"?lang={lang}"
        for path in ("/datasets", "/datasets/eau", "/datasets/eau/records", "/facets"):
            assert both.get(CATALOG + path + query).headers["Content-Language"] == told


@pytest.mark.parametrize("method, path, status", [
    ("GET", CATALOG + "/datasets?limit=x", 400), ("GET", CATALOG + "/datasets/absent", 404), ("GET", CATALOG + "/datasets/eau/query", 410),
    ("DELETE", CATALOG + "/datasets", 405), ("GET", "/api/explore/v2.0/catalog/datasets/absent", 404),
    ("GET", "/api/records/1.0/search?dataset=absent", 404), ("GET", "/api/datasets/1.0/absent", 404),
    ("POST", "/api/push/v1/datasets/eau/records", 401), ("POST", "/api/push/1.0/eau/x/push", 401), ("GET", "/nowhere", 404)])
def test_a_refusal_is_told_to_be_english_as_it_is(both, method, path, status):
    """Whatever the shape of the refusal, and when nothing of the request was understood yet."""
    for lang in ("", "lang=fr", "lang=en", "lang=xx"):
        answer = both.request(method, path + ("&" if "?" in path else "?") + lang)
        assert answer.status == status or lang and answer.status == 400, answer  # an unknown language; on a push, any
        assert answer.headers["Content-Language"] == "en", (lang, answer)


# ---- the box around the records -----------------------------------------------------------------------------------

def boxed(west, south, east, north):
    ring = [[east, north], [west, north], [west, south], [east, south], [east, north]]
    return {"type": "Feature", "geometry": {"coordinates": [ring], "type": "Polygon"}, "properties": {}}


def bbox(stack, name):
    answer = stack.get(f"{CATALOG}/datasets/{name}", {"select": "default.bbox"})
    assert answer.status == 200, answer
    return answer.json()["default.bbox"]


@pytest.fixture(scope="module")
def places(stack, tmp_path_factory):
    fields = [{"name": "id", "type": "int"}, {"name": "geo", "type": "geo_point_2d"}]
    dataset.apply(stack, tmp_path_factory.mktemp("places"), dataset.manifest("places", fields=fields))
    return stack


def test_the_box_of_few_records(places):
    def rows(*points):
        listed = [{"id": i, "geo": point and {"lon": point[0], "lat": point[1]}} for i, point in enumerate(points)]
        assert places.push("places", listed, mode="snapshot").status == 200
    rows(None)
    assert bbox(places, "places") is None
    rows(None, (3.1, 50.6), (-73.25, 45.5))
    assert bbox(places, "places") == boxed(-73.25, 45.5, 3.1, 50.6)
    rows((0.00000012345, -1e-9))
    assert bbox(places, "places") == boxed(0.00000012345, -1e-9, 0.00000012345, -1e-9)
    one = places.get(f"{CATALOG}/datasets/places").json()
    assert one["metas"]["default"]["bbox"] == bbox(places, "places")
    listed = datasets(places, where="dataset_id='places'")["results"][0]
    assert listed == one
    v1 = places.get("/api/datasets/1.0/places").json()
    assert v1["metas"]["bbox"] == bbox(places, "places")


def test_the_box_of_many_records_is_exact(places):
    """By the index, whose own box is rounded, and too wide once records on its edge have gone."""
    points = {i: (round(2 + (i * 7919 % 10007) / 10007, 7), round(50 + (i * 104729 % 10009) / 10009, 7)) for i in range(6000)}
    points |= {6000: (-179.9999999, 12.3), 6001: (7.1234567, 89.7654321)}

    def push():
        rows = [{"id": i, "geo": point and {"lon": point[0], "lat": point[1]}} for i, point in points.items()]
        assert places.push("places", rows, mode="snapshot").status == 200

    def expected():
        lons, lats = zip(*points.values())
        return boxed(min(lons), min(lats), max(lons), max(lats))
    push()
    assert bbox(places, "places") == expected()
    for gone in (6000, 6001):
        del points[gone]
        push()
        assert bbox(places, "places") == expected()
    points[17] = (4.5, 49.25)
    push()
    assert bbox(places, "places") == expected()
    points |= dict.fromkeys(points)
    push()
    assert bbox(places, "places") is None


def test_the_box_of_shapes_and_of_computed_places(stack, tmp_path):
    fields = [{"name": "id", "type": "int"}, {"name": "forme", "type": "geo_shape"}, {"name": "geo", "type": "geo_point_2d"},
              {"name": "point", "type": "geo_point_2d", "sql": "geo"}]
    rows = [{"id": 1, "forme": {"type": "LineString", "coordinates": [[3.0, 50.0], [3.5, 50.25]]}, "geo": {"lon": 1.5, "lat": 50}},
            {"id": 2, "geo": {"lon": 2.5, "lat": 50}}]
    for name, main, expected in (("boite1", "forme", boxed(3.0, 50.0, 3.5, 50.25)), ("boite2", "point", boxed(1.5, 50.0, 2.5, 50.0))):
        dataset.apply(stack, tmp_path, dataset.manifest(name, fields=fields, geometry=main))
        assert stack.push(name, rows, mode="snapshot").status == 200
        assert bbox(stack, name) == expected


def test_a_dataset_without_geometry_has_no_box(both):
    assert bbox(both, "routes") is None and bbox(both, "eau") is None  # eau has no record


# ---- the types of its geometries ----------------------------------------------------------------------------------

POINT = {"type": "Point", "coordinates": [3.0, 50.0]}
LINE = {"type": "LineString", "coordinates": [[3.0, 50.0], [3.5, 50.25]]}
AREA = {"type": "Polygon", "coordinates": [[[3, 50], [3.1, 50], [3.1, 50.1], [3, 50]]]}
AREAS = {"type": "MultiPolygon", "coordinates": [AREA["coordinates"]]}


def types(stack, name):
    answer = stack.get(f"{CATALOG}/datasets/{name}", {"select": "default.geometry_types"})
    assert answer.status == 200, answer
    return answer.json()["default.geometry_types"]


def shaped(stack, name, shapes, mode="snapshot"):
    rows = [{"id": i, "forme": shape} for i, shape in shapes.items()]
    assert stack.push(name, rows, mode=mode).status == 200


@pytest.fixture(scope="module")
def shapes(stack, tmp_path_factory):
    fields = [{"name": "id", "type": "int"}, {"name": "n", "type": "int"}, {"name": "forme", "type": "geo_shape"}]
    dataset.apply(stack, tmp_path_factory.mktemp("formes"), dataset.manifest("formes", fields=fields, geometry="forme"))
    return stack


def test_the_types_of_shapes_are_those_of_the_commit(shapes):
    shaped(shapes, "formes", {1: None})
    assert types(shapes, "formes") is None
    assert shapes.sql("SELECT extent IS NULL, catalog.extent('formes') IS NULL FROM catalog.state WHERE dataset = 'formes'") == [["t", "t"]]
    shaped(shapes, "formes", {1: None, 2: LINE, 3: POINT, 4: LINE})
    assert types(shapes, "formes") == ["LineString", "Point"]
    shaped(shapes, "formes", {3: AREAS, 5: AREA}, mode="upsert")
    assert types(shapes, "formes") == ["LineString", "MultiPolygon", "Polygon"]
    one = shapes.get(f"{CATALOG}/datasets/formes").json()
    assert one["metas"]["default"]["geometry_types"] == ["LineString", "MultiPolygon", "Polygon"]
    assert datasets(shapes, where="dataset_id='formes'")["results"] == [one]
    assert shapes.get("/api/datasets/1.0/formes").json()["metas"]["geometry_types"] == ["LineString", "MultiPolygon", "Polygon"]
    key = shapes.key("push:formes")
    gone = shapes.request("POST", "/api/push/v1/datasets/formes/records/delete", body=b'[{"id": 2}, {"id": 4}, {"id": 1}]',
                          headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"})
    assert gone.status == 200, gone
    assert types(shapes, "formes") == ["MultiPolygon", "Polygon"]
    shaped(shapes, "formes", {1: None})
    assert types(shapes, "formes") is None


def test_the_types_of_many_shapes_are_told_by_an_index(shapes):
    many = {i: (LINE if i % 2 else AREA) for i in range(2500)}
    shaped(shapes, "formes", many)
    assert types(shapes, "formes") == ["LineString", "Polygon"]
    shaped(shapes, "formes", {77: AREAS}, mode="upsert")
    assert types(shapes, "formes") == ["LineString", "MultiPolygon", "Polygon"]
    shaped(shapes, "formes", dict.fromkeys(many))
    assert types(shapes, "formes") is None
    [[definition]] = shapes.sql("SELECT indexdef FROM pg_indexes WHERE tablename = 'formes' AND indexdef ~ 'st_geometrytype'")
    assert "USING btree" in definition


def test_the_types_of_points_and_of_computed_shapes(stack, tmp_path):
    fields = [{"name": "id", "type": "int"}, {"name": "forme", "type": "geo_shape"}, {"name": "geo", "type": "geo_point_2d"},
              {"name": "bord", "type": "geo_shape", "sql": "ST_Boundary(forme)::geometry(Geometry,4326)"}]
    rows = [{"id": 1, "forme": AREA, "geo": {"lon": 1.5, "lat": 50}}, {"id": 2, "forme": None, "geo": None}]
    for name, main, expected in (("types1", "geo", ["Point"]), ("types2", "bord", ["LineString"])):
        dataset.apply(stack, tmp_path, dataset.manifest(name, fields=fields, geometry=main))
        assert types(stack, name) is None  # no record yet
        assert stack.push(name, rows, mode="snapshot").status == 200
        assert types(stack, name) == expected
        dataset.apply(stack, tmp_path, dataset.manifest(name, fields=fields, geometry="forme"))
        assert types(stack, name) == ["Polygon"] and bbox(stack, name) == boxed(3, 50, 3.1, 50.1)


def test_what_is_kept_of_places_is_of_the_commit(shapes, places, both):
    """Kept or found anew: the same, whatever the tests above pushed; and found anew only by a commit that moves something."""
    def kept():
        return shapes.sql("SELECT moved, extent, geometry_types FROM catalog.state WHERE dataset = 'formes'")
    wrong = shapes.sql("SELECT dataset FROM catalog.state WHERE extent IS DISTINCT FROM catalog.extent(dataset) "
                       "OR geometry_types IS DISTINCT FROM catalog.geometry_types(dataset)")
    assert wrong == []
    shaped(shapes, "formes", {1: LINE, 2: AREA})
    before = kept()
    assert shapes.push("formes", [{"id": 1, "forme": LINE, "n": 7}], mode="upsert").json()["changed"] == 1
    assert kept() == before
    assert shapes.push("formes", [{"id": 1, "forme": POINT, "n": 7}], mode="upsert").json()["changed"] == 1
    assert [kept()[0][0] > before[0][0], kept()[0][2]] == [True, "{Point,Polygon}"]


def test_places_and_files_of_records_are_for_those_who_may_read_them(stack, tmp_path):
    (tmp_path / "reserve").mkdir()
    (tmp_path / "reserve" / "gtfs.zip").write_bytes(b"PK")
    fields = [{"name": "id", "type": "int"}, {"name": "forme", "type": "geo_shape"}]
    content = dataset.manifest("reserve", fields=fields, geometry="forme", alternative_exports=[{"id": "gtfs", "file": "gtfs.zip"}])
    path = dataset.apply(stack, tmp_path, {**content, "records_require": "read:reserve"})
    assert stack.push("reserve", [{"id": 1, "forme": AREA}], mode="snapshot").status == 200
    assert types(stack, "reserve") is None and bbox(stack, "reserve") is None
    refused = stack.get(path + "/alternative_exports/gtfs")
    assert (refused.status, refused.json()["error_code"]) == (403, "ForbiddenAccess")
    key = {"Authorization": f"Bearer {stack.key('read:reserve')}"}
    served = stack.get(path + "/alternative_exports/gtfs", headers=key)
    assert (served.status, served.body) == (200, b"PK")
    shown = stack.get(path, headers=key).json()["metas"]["default"]
    assert shown["geometry_types"] == ["Polygon"] and shown["bbox"] == boxed(3, 50, 3.1, 50.1)
    dataset.apply(stack, tmp_path, content)
    assert types(stack, "reserve") == ["Polygon"] and stack.get(path + "/alternative_exports/gtfs").body == b"PK"

"""The catalogue as a file (contract 5.2)."""

import csv
import io

import pytest

from harness import dataset

ROOT = "/api/explore/v2.1/catalog"


@pytest.fixture(scope="module", autouse=True)
def published(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fichiers")
    dataset.apply(stack, folder, dataset.manifest("fichier-b", themes=["Eau", "Air; terre"], keywords=["=x"]))
    dataset.apply(stack, folder, dataset.manifest("fichier-a"))


def export(stack, form, **parameters):
    answer = stack.get(f"{ROOT}/exports/{form}", parameters)
    assert answer.status == 200, answer
    return answer


def table(answer, delimiter=";"):
    text = answer.content.decode("utf-8-sig")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


MINE = "dataset_id in ('fichier-a', 'fichier-b')"


def test_the_list(stack):
    links = stack.get(ROOT + "/exports").json()["links"]
    assert [link["rel"] for link in links] == ["self", "csv", "json"]
    assert links[0]["href"].endswith("/api/explore/v2.1/catalog/exports")
    assert links[1]["href"].endswith("/api/explore/v2.1/catalog/exports/csv")
    for name in ("geojson", "jsonl", "rdf", "nothing"):
        answer = stack.get(f"{ROOT}/exports/{name}")
        assert (answer.status, answer.json()["message"]) == (404, f"The requested export format {name} does not exist.")


def test_json_is_an_array_of_datasets(stack):
    answer = export(stack, "json")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="datasets.json"'
    assert answer.json() == stack.get(ROOT + "/datasets?limit=100").json()["results"]
    assert '},{"visibility"' in answer.text
    again = stack.get(ROOT + "/exports/json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert export(stack, "json", where="dataset_id='nothing'").text == "[]"


def test_csv_has_a_column_for_each_metadata(stack):
    answer = export(stack, "csv", where=MINE, order_by="dataset_id")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="datasets.csv"'
    rows = table(answer)
    names = list(rows[0])
    assert names[0] == "dcat.created" and names[-1] == "datasetid"
    assert names.index("dcat.relation") < names.index("default.title") < names.index("default.update_frequency")
    assert [row["datasetid"] for row in rows] == ["fichier-a", "fichier-b"]
    shown = export(stack, "json", where=MINE, order_by="dataset_id").json()[1]["metas"]
    row = rows[1]
    assert row["default.title"] == "Essai fichier-b" and row["default.theme"] == "Eau,Air; terre"
    assert row["default.keyword"] == "=x" and row["default.federated"] == "False"
    assert row["default.records_count"] == "0" and row["default.description"] == shown["default"]["description"]
    assert row["default.modified"] == shown["default"]["modified"] and row["default.timezone"] == ""
    for name in names[:-1]:
        group, _, key = name.partition(".")
        assert (row[name] == "") == (shown[group][key] is None), name
    assert {f"{group}.{key}" for group, keys in shown.items() for key in keys} == set(names) - {"datasetid"}


def test_csv_parameters(stack):
    first = export(stack, "csv", where=MINE, with_bom="false", delimiter="|", list_separator="; ", lang="en",
                   order_by="-dataset_id", limit=1)
    assert not first.content.startswith(b"\xef\xbb\xbf")
    row, = table(first, "|")
    assert row["default.theme"] == "Eau; Air; terre" and row["default.title"] == "Test fichier-b"
    row, = table(export(stack, "csv", where=MINE, order_by="dataset_id", limit=1, offset=1, guard_formulas="true"))
    assert row["datasetid"] == "fichier-b" and row["default.keyword"] == "'=x"
    quoted = export(stack, "csv", where=MINE, quote_all="true", select="dataset_id,records_count,has_records", limit=1)
    assert quoted.text.splitlines()[1] in ('"fichier-b";0;True', '"fichier-a";0;True')
    assert quoted.text.splitlines()[0].lstrip("\ufeff") == '"dataset_id";"records_count";"has_records"'
    chosen = table(export(stack, "csv", where=MINE, order_by="dataset_id", select="features,default.theme as t,metas"))
    assert list(chosen[0]) == ["features", "t", "metas"]
    assert chosen[1]["features"] == "analyze,geo,timeserie" and chosen[1]["t"] == "Eau,Air; terre"
    assert chosen[1]["metas"].startswith('{"dcat": {"created": ')
    assert stack.get(ROOT + "/exports/csv?select=nothing").json()["error_code"] == "ODSQLError"
    assert stack.get(ROOT + "/exports/csv?delimiter=x").json()["error_code"] == "InvalidRESTParameterError"
    assert [row["datasetid"] for row in table(export(stack, "csv", refine="theme:Eau", where=MINE))] == ["fichier-b"]


def test_groups_of_datasets(stack):
    parameters = {"where": MINE, "group_by": "publisher", "select": "count(*) as n"}
    assert export(stack, "json", **parameters).json() == [{"publisher": "Beffroi", "n": 2}]
    assert table(export(stack, "csv", **parameters)) == [{"publisher": "Beffroi", "n": "2"}]


def test_older_versions_have_them_too(stack):
    for root in ("/api/explore/v2.0", "/api/v2"):
        body = stack.get(root + "/catalog/exports/csv", {"where": MINE})
        assert body.status == 200 and body.content.startswith(b"dcat.created;")
        assert stack.get(root + "/catalog/exports/json", {"where": MINE}).json() == export(stack, "json", where=MINE).json()

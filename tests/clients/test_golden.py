"""Real answers of a portal of the vendor's, byte for byte where they hold data, and key for key elsewhere. They lie beside
the checkout (contract/golden) and are no part of it; the datasets are made from them: same fields, same rows."""

import csv
import io
import json

import pytest

from harness import dataset, shared

V21 = "/api/explore/v2.1/catalog"


@pytest.fixture(scope="module")
def golden():
    folder = shared.folder("contract", "golden")
    if not folder:
        pytest.skip("skipped: needs the folder contract/golden beside the checkout")
    return lambda name: (folder / f"{name}.body").read_bytes()


@pytest.fixture(scope="module")
def made(stack, golden, tmp_path_factory):
    """The two datasets, with the rows that their CSV shows."""
    for name, rows, key in (("public-trees", "data-public-trees-csv", "asset_id"),
                            ("property-tax-report", "data-property-tax-report", "folio")):
        described = json.loads(golden(f"metadata-{name}"))
        fields = [{"name": f["name"], "type": f["type"], "label": {"fr": f["label"]},
                   **{flag: True for flag in flags_of(f["annotations"])}}
                  for f in described["fields"]]
        places = [f["name"] for f in fields if f["type"] == "geo_point_2d"]
        changes = {"fields": fields, "key": [key], "title": {"fr": described["metas"]["default"]["title"]}}
        manifest = {**dataset.manifest(name), **changes}
        del manifest["geometry"]
        dataset.apply(stack, tmp_path_factory.mktemp("golden"), {**manifest, **({"geometry": places[0]} if places else {})})
        text = golden(rows).decode("utf-8")
        kinds = {f["name"]: f["type"] for f in fields}
        body = [{n: typed(kinds[n], v) for n, v in row.items()} for row in csv.DictReader(io.StringIO(text), delimiter=";")]
        answer = stack.push(name, body, mode="snapshot")
        assert answer.status == 200, answer
    return stack


def flags_of(annotations):
    """Those of ours; the vendor also lets a field be disjunctive that is no facet, which says nothing."""
    kept = {"facet", "sortable", "disjunctive"} if "facet" in annotations else {"sortable"}
    return kept & set(annotations)


def typed(kind, text):
    if text == "":
        return None
    if kind in ("int", "double", "geo_shape"):
        return json.loads(text)
    if kind == "geo_point_2d":
        latitude, longitude = text.split(", ")
        return {"lat": float(latitude), "lon": float(longitude)}
    return text


def get(stack, path, **parameters):
    answer = stack.get(path, parameters)
    assert answer.status == 200, answer
    return answer


def keys(value):
    """The keys of an answer with their order, all the way down; lists by what their first element has."""
    if isinstance(value, dict):
        return [(name, keys(v)) for name, v in value.items()]
    if isinstance(value, list):
        return [keys(value[0])] if value else []
    return None


def test_csv_of_trees(made, golden):
    wanted = golden("data-public-trees-csv")
    assert get(made, f"{V21}/datasets/public-trees/exports/csv", with_bom="false", limit=5).content.strip() == wanted.strip()
    assert get(made, f"{V21}/datasets/public-trees/exports/csv").content.strip() == b"\xef\xbb\xbf" + wanted.strip()


def test_csv_of_taxes(made, golden):
    wanted = golden("data-property-tax-report")
    assert get(made, f"{V21}/datasets/property-tax-report/exports/csv", with_bom="false").content == wanted


@pytest.mark.parametrize("name", ["public-trees", "property-tax-report"])
def test_description_of_a_dataset(made, golden, name):
    is_, was = get(made, f"{V21}/datasets/{name}").json(), json.loads(golden(f"metadata-{name}"))
    assert list(is_) == list(was)
    assert list(is_["metas"]) == list(was["metas"])
    for template in ("dcat", "default"):
        assert list(is_["metas"][template]) == list(was["metas"][template])
    assert [list(field) for field in is_["fields"]] == [list(field) for field in was["fields"]]
    for mine, theirs in zip(is_["fields"], was["fields"]):
        assert (mine["name"], mine["type"], mine["label"]) == (theirs["name"], theirs["type"], theirs["label"])
        assert all(mine["annotations"].get(flag) is True for flag in flags_of(theirs["annotations"]))
        assert flags_of(mine["annotations"]) == flags_of(theirs["annotations"])


def test_a_dataset_that_is_not_there(made, golden):
    answer = made.get(f"{V21}/datasets/does-not-exist")
    assert (answer.status, answer.content.strip()) == (404, golden("error-not-found").strip())


def test_a_field_that_is_not_there(made, golden):
    answer = made.get(f"{V21}/datasets/public-trees/records?select=no_such_field")
    assert (answer.status, answer.content.strip()) == (400, golden("error-odsql").strip())


def test_facets(made, golden):
    was = json.loads(golden("facets-public-trees"))
    is_ = get(made, f"{V21}/datasets/public-trees/facets", facet="genus_name").json()
    assert keys(is_) == keys(was)
    assert [link["rel"] for link in is_["links"]] == [link["rel"] for link in was["links"]]
    counts = {v["name"]: v["count"] for v in is_["facets"][0]["facets"]}
    rows = list(csv.DictReader(io.StringIO(golden("data-public-trees-csv").decode()), delimiter=";"))
    assert counts == {genus: sum(row["genus_name"] == genus for row in rows) for genus in {row["genus_name"] for row in rows}}
    catalogue = json.loads(golden("facets-catalog"))
    mine = get(made, f"{V21}/facets", facet="features").json()
    assert keys(mine) == keys(catalogue)
    assert [link["rel"] for link in mine["links"]] == [link["rel"] for link in catalogue["links"]]


def test_aggregates(made, golden):
    was = json.loads(golden("aggregate-ungrouped"))
    is_ = get(made, f"{V21}/datasets/public-trees/records", select="count(*) as total", limit=1).json()
    assert keys(is_) == keys(was) and is_["results"][0]["total"] == is_["total_count"]
    was = golden("aggregate-grouped").decode()
    is_ = get(made, f"{V21}/datasets/public-trees/exports/json", select="count(*) as count", group_by="genus_name").text
    assert keys(json.loads(is_)) == keys(json.loads(was))
    assert is_.startswith('[{"genus_name": "') and '},{"genus_name": "' in is_ and is_.endswith("}]")
    groups = [group["genus_name"] for group in json.loads(is_)]
    assert groups == sorted(groups)

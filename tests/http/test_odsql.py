"""ODSQL over the real stack: what the case folders of tests/suites/odsql cannot say: the shape of groups and aggregates in
answers, their limits, validators and exports."""

import datetime

import pytest

from harness import dataset

ROOT = "/api/explore/v2.1/catalog/datasets"
MALFORMED = "ODSQL query is malformed: {}. Clause(s) containing the error(s): {}."


@pytest.fixture(scope="module")
def essai(stack, tmp_path_factory):
    address = dataset.apply(stack, tmp_path_factory.mktemp("odsql"), dataset.manifest("odsql"))
    assert stack.push("odsql", dataset.ROWS, mode="snapshot").status == 200
    return address


def records(stack, address, **parameters):
    answer = stack.get(address + "/records", parameters)
    assert answer.status == 200, answer
    return answer.json()


def refused(stack, address, clause, message, **parameters):
    answer = stack.get(address, parameters)
    assert answer.status == 400, answer
    assert answer.json() == {"error_code": "ODSQLError", "message": MALFORMED.format(message, clause)}


# ---- aggregates ------------------------------------------------------------------------------------------

def test_an_aggregate_is_repeated_for_every_record_of_the_page(stack, essai):
    assert records(stack, essai, select="count(*) as n") == {"total_count": 4, "results": [{"n": 4}] * 4}
    assert records(stack, essai, select="count(*) as n", limit=1) == {"total_count": 4, "results": [{"n": 4}]}
    assert records(stack, essai, select="id, max(n)", where="n > 0") == {
        "total_count": 2, "results": [{"id": 1, "max(n)": 10}, {"id": 2, "max(n)": 10}]}
    assert records(stack, essai, select="count(*) as n", where="id > 9") == {"total_count": 0, "results": []}


def test_numbers_and_dates_keep_their_form(stack, essai):
    row = records(stack, essai, select="sum(n), avg(n), median(n), min(jour), max(vu), percentile(n, 100) as p", limit=1,
                  timezone="Europe/Paris")["results"][0]
    assert row == {"sum(n)": 6, "avg(n)": 2.0, "median(n)": 3.0, "min(jour)": "2025-12-31",
                   "max(vu)": "2026-10-01T00:30:00+02:00", "p": 10.0}
    row = records(stack, essai, select="bbox(geo) as b", where="id < 3", limit=1)["results"][0]
    assert row["b"]["type"] == "Feature" and row["b"]["geometry"]["type"] == "Polygon"


def test_sums_that_no_double_can_hold_are_null(stack, essai):
    assert records(stack, essai, select="avg(x) as a, sum(x) as s, x*x as q", where="id = 4") == {
        "total_count": 1, "results": [{"a": None, "s": None, "q": None}]}


def test_an_aggregate_on_text_is_refused_with_the_vendors_words(stack, essai):
    refused(stack, essai + "/records", "select", "StatAggregation only supports numeric or date expression",
            select="min(nom)")


def test_computed_fields_that_are_the_same_in_every_record(stack, tmp_path):
    constants = [{"name": "mot", "type": "text", "sql": "'x'"}, {"name": "oui", "type": "boolean", "sql": "( TRUE )"},
                 {"name": "sept", "type": "int", "sql": "7::bigint"}]
    address = dataset.apply(stack, tmp_path, dataset.manifest("odsql-constantes", fields=[*dataset.FIELDS, *constants]))
    assert stack.push("odsql-constantes", dataset.ROWS, mode="snapshot").status == 200
    for name, value in (("mot", "x"), ("oui", True), ("sept", 7)):
        assert [row["id"] for row in records(stack, address, order_by=f"{name} desc, id desc")["results"]] == [4, 3, 2, 1]
        assert records(stack, address, group_by=name, order_by=name)["results"] == [{name: value}]


# ---- group_by --------------------------------------------------------------------------------------------

def test_groups(stack, essai):
    assert records(stack, essai, group_by="ouvert", select="count(*) as n") == {
        "total_count": 3, "results": [{"ouvert": None, "n": 1}, {"ouvert": False, "n": 1}, {"ouvert": True, "n": 2}]}
    assert records(stack, essai, group_by="ouvert") == {
        "total_count": 3, "results": [{"ouvert": None}, {"ouvert": False}, {"ouvert": True}]}
    assert records(stack, essai, group_by="year(jour) as y, ouvert", select="sum(n) as s", limit=2, offset=1) == {
        "total_count": 4, "results": [{"y": 2025, "ouvert": True, "s": -7}, {"y": 2026, "ouvert": False, "s": 10}]}
    assert records(stack, essai, group_by="vu", where="id=1", timezone="Europe/Paris")["results"] == [
        {"vu": "2026-09-30T08:15:00+02:00"}]


def test_names_of_months_follow_the_language(stack, essai):
    parameters = {"group_by": "date_format(vu, 'MMMM yyyy') as m", "timezone": "Europe/Paris", "where": "id in (1, 2)"}
    for lang, names in (("fr", ["octobre 2026", "septembre 2026"]), ("en", ["October 2026", "September 2026"])):
        assert [row["m"] for row in records(stack, essai, lang=lang, **parameters)["results"]] == names


def test_clusters_are_objects(stack, essai):
    rows = records(stack, essai, group_by="geo_cluster(geo, 9) as c", select="count(*) as n", order_by="n desc")["results"]
    assert [row["n"] for row in rows] == [2, 1, 1]
    place = rows[0]["c"]["cluster_centroid"]
    assert place == {"lat": pytest.approx(50.63285), "lon": pytest.approx(3.0637)}
    assert [row["c"] for row in rows if row["c"] is None] == [None]


def test_limits_of_groups(stack, essai):
    assert records(stack, essai, group_by="id", limit=20000)["total_count"] == 4
    assert records(stack, essai, group_by="id", limit=-1, offset=3)["results"] == [{"id": 4}]
    answer = stack.get(essai + "/records", {"group_by": "id", "limit": 20001})
    assert answer.json()["message"] == ("Invalid value for limit API parameter: 20001 was found but -1 <= limit <= 20000 "
                                        "is expected.")
    answer = stack.get(essai + "/records", {"group_by": "id", "limit": 1, "offset": 20000})
    assert answer.json()["message"] == ("Invalid value for sum of offset + limit API parameter: 20001 was found but "
                                        "<= 20000 is expected.")


def test_intervals_that_make_too_many_groups(stack, tmp_path):
    address = dataset.apply(stack, tmp_path, dataset.manifest("odsql-beaucoup"))
    rows = [{"id": i} for i in range(20001)]
    assert stack.push("odsql-beaucoup", rows, mode="snapshot").status == 200
    refused(stack, address + "/records", "group_by", "A query has at most 20000 groups, not 20001: range(id, 2) makes few "
            "enough, or ask for an export", group_by="range(id, 1)")
    assert records(stack, address, group_by="range(id, 2)")["total_count"] == 10001
    assert len(stack.get(address + "/exports/json", {"group_by": "range(id, 1)"}).json()) == 20001


def test_a_page_of_groups_that_no_memory_should_hold(stack, essai):
    columns = ", ".join(f"max(n)+{i} as c{i}" for i in range(20))
    refused(stack, essai + "/records", "group_by", "A page of groups has at most 400000 cells, columns times groups, not 420000: "
            "ask for fewer of one of them, or for an export", group_by="id", select=columns, limit=20000)
    assert records(stack, essai, group_by="id", select=columns, limit=10000)["total_count"] == 4


def test_groups_have_no_links_of_records(stack, essai):
    page = records(stack, essai, group_by="ouvert", select="count(*) as n", include_links="true")
    assert [row["n"] for row in page["results"]] == [1, 1, 2]
    page = records(stack, essai, select="count(*) as n", include_links="true", limit=1)
    assert page["results"][0]["n"] == 4


def test_a_field_that_is_no_key(stack, essai):
    refused(stack, essai + "/records", "select", "Field nom is neither a key of group_by nor inside an aggregation",
            group_by="ouvert", select="nom")


# ---- exports ---------------------------------------------------------------------------------------------

def test_exports_of_groups_and_aggregates(stack, essai):
    assert stack.get(essai + "/exports/json", {"group_by": "ouvert", "select": "count(*) as n"}).json() == [
        {"ouvert": None, "n": 1}, {"ouvert": False, "n": 1}, {"ouvert": True, "n": 2}]
    assert stack.get(essai + "/exports/json", {"select": "id, count(*) as n", "where": "id < 3"}).json() == [
        {"id": 1, "n": 2}, {"id": 2, "n": 2}]
    text = stack.get(essai + "/exports/csv", {"group_by": "ouvert as o", "select": "avg(n) as a", "with_bom": "false"}).text
    assert text == "o;a\r\n;\r\nFalse;10.0\r\nTrue;-2.0\r\n"


def test_an_export_ordered_by_an_aggregate_needs_a_limit(stack, essai):
    parameters = {"group_by": "ouvert", "select": "count(*) as n", "order_by": "-count(*)"}
    refused(stack, essai + "/exports/json", "order_by",
            "aggregation function in order by is not supported with a limit > 20000. Please remove the order by or set a "
            "limit parameter lower than 20001", **parameters)
    assert [row["n"] for row in stack.get(essai + "/exports/json", {**parameters, "limit": 20000}).json()] == [2, 1, 1]
    assert stack.get(essai + "/exports/json", {"order_by": "count(*)"}).status == 400


# ---- the present -----------------------------------------------------------------------------------------

def test_now_is_the_present_and_has_no_validator(stack, essai):
    answer = stack.get(essai + "/records", {"select": "now() as n, now(years=-1) as a", "limit": 1})
    row = answer.json()["results"][0]
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(row["n"])
    assert abs(age) < datetime.timedelta(minutes=1) and row["n"].endswith("+00:00")
    assert int(row["n"][:4]) - int(row["a"][:4]) == 1
    assert "ETag" not in answer.headers and answer.headers["Cache-Control"] == "no-store"
    assert "ETag" in stack.get(essai + "/records", {"select": "count(*)"}).headers


def test_validators_know_the_language_and_the_groups(stack, essai):
    def tag(**parameters):
        return stack.get(essai + "/records", parameters).headers["ETag"]

    tags = {tag(), tag(group_by="nom"), tag(group_by="nom", select="count(*)"), tag(select="count(*)"),
            tag(group_by="nom", order_by="nom desc"), tag(group_by="nom as x"),
            tag(group_by="date_format(vu, 'MMMM')"), tag(group_by="date_format(vu, 'MMMM')", lang="en")}
    assert len(tags) == 8
    assert tag(group_by="nom", select="count(*) as n") == tag(group_by=" `nom`", select="COUNT( * )  as n")


def test_the_number_of_records_knows_the_zone(stack, essai):
    # Asked for often enough that the number is kept between requests.
    for _ in range(4):
        for zone, ids in (("UTC", [2, 4]), ("Europe/Paris", [])):
            answer = records(stack, essai, select="id", where="hour(vu) >= 22", timezone=zone, limit=5 + len(ids))
            assert answer == {"total_count": len(ids), "results": [{"id": i} for i in ids]}


# ---- json, places ----------------------------------------------------------------------------------------

def test_json_of_a_text_is_json_where_it_is(stack, essai):
    rows = records(stack, essai, select="json_format(libre) as j, json_format(nom) as t, json_format(nom, null) as n, "
                                        "json_format(nom, 'x\"y') as o", limit=2)["results"]
    assert rows == [{"j": {"a": [1, 2]}, "t": "Arrêt Gare", "n": None, "o": 'x"y'},
                    {"j": None, "t": "Bois d'Arcy", "n": None, "o": 'x"y'}]
    text = stack.get(essai + "/exports/csv", {"select": "json_format(libre) as j", "limit": 1, "with_bom": "false"}).text
    assert text == 'j\r\n"{""a"": [1, 2]}"\r\n'


def test_relations_of_places(stack, essai):
    box = "geom'POLYGON((3.06 50.6, 3.08 50.6, 3.08 50.7, 3.06 50.7, 3.06 50.6))'"
    for where, ids in ((f"within(geo, {box})", [1]), (f"disjoint(geo, {box})", [2, 4]), (f"intersects(geo, {box})", [1]),
                       ("intersects(forme, geom'POINT(3.25 50.125)')", [1]), (f"geometry(geo, {box}, disjoint)", [2, 4])):
        assert [row["id"] for row in records(stack, essai, select="id", where=where)["results"]] == ids, where


# ---- one record, the catalogue ---------------------------------------------------------------------------

def test_expressions_of_one_record(stack, essai):
    record = records(stack, essai, select="recordid", where="id=2")["results"][0]["recordid"]
    answer = stack.get(f"{essai}/records/{record}", {"select": "n*2 as d, upper(nom) as u, count(*) as c"})
    assert answer.json() == {"d": 20, "u": "BOIS D'ARCY", "c": 1}


def test_the_catalogue_computes_too(stack, essai):
    answer = stack.get(ROOT, {"where": "length(dataset_id) = 5 and lower(dataset_id) = 'odsql' and modified <= now()",
                              "order_by": "length(title) desc, year(modified)"})
    assert [d["dataset_id"] for d in answer.json()["results"]] == ["odsql"]
    assert "ETag" not in answer.headers


def test_groups_of_datasets(stack, essai):
    rows = stack.get(ROOT, {"group_by": "publisher as p", "select": "count(*) as n, sum(records_count) as s",
                            "where": "dataset_id = 'odsql'"}).json()
    assert rows == {"total_count": 1, "results": [{"p": "Beffroi", "n": 1, "s": 4}]}
    rows = stack.get(ROOT, {"group_by": "features as f", "select": "count(*)", "where": "dataset_id = 'odsql'"}).json()
    assert [row["f"] for row in rows["results"]] == ["analyze", "geo", "timeserie"]
    rows = stack.get(ROOT, {"select": "dataset_id, length(title) as l, count(*) as n", "where": "dataset_id = 'odsql'"}).json()
    assert rows["results"] == [{"dataset_id": "odsql", "l": 11, "n": 1}]

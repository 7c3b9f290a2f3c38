"""Facets of a dataset over the real stack: shapes, counts, states, levels, orders, limits (contract 3.2, 3.3, 4.2)."""

import pytest

from harness import dataset

FIELDS = [
    {"name": "id", "type": "int"},
    {"name": "ville", "type": "text", "facet": True},
    {"name": "etat", "type": "text", "facet": True, "disjunctive": True, "facetsort": "alphanum"},
    {"name": "genre", "type": "text", "facet": True, "hierarchical": "/"},
    {"name": "mots", "type": "text", "facet": True, "multivalued": ","},
    {"name": "lieux", "type": "text", "facet": True, "multivalued": ";", "hierarchical": " > "},
    {"name": "n", "type": "int", "facet": True, "facetsort": "-num"},
    {"name": "x", "type": "double", "facet": True},
    {"name": "ouvert", "type": "boolean", "facet": True},
    {"name": "jour", "type": "date", "facet": True, "timerangeFilter": True},
    {"name": "vu", "type": "datetime", "facet": True, "facetsort": "-alphanum"},
    {"name": "note", "type": "text"},
]

ROWS = [
    {"id": 1, "ville": "LILLE", "etat": "OK", "genre": "velo/station/couverte", "mots": "eau,air", "n": 3, "x": 0.5,
     "lieux": "Nord > Lille;Nord > Loos", "ouvert": True, "jour": "2026-09-30", "vu": "2026-09-30T22:30:00Z"},
    {"id": 2, "ville": "LILLE", "etat": "OK", "genre": "velo/station", "mots": "eau,eau", "n": 3, "x": 2.5,
     "lieux": "Nord > Lille", "ouvert": True, "jour": "2026-09-01", "vu": "2026-09-30T10:00:00Z"},
    {"id": 3, "ville": "LOOS", "etat": "HS", "genre": "velo", "mots": "terre", "n": 10, "x": 1e300,
     "lieux": "Oise", "ouvert": False, "jour": "2026-12-31", "vu": "2026-12-31T23:30:00Z"},
    {"id": 4, "ville": "l'été \"là\"", "etat": "OK", "genre": "velo-cargo", "mots": None, "n": -2, "x": -1.0,
     "ouvert": None, "jour": "2025-01-05", "vu": None},
    {"id": 5, "ville": None, "etat": None, "genre": None, "mots": "eau", "n": None, "x": None, "ouvert": None,
     "jour": None, "vu": "2024-02-29T12:00:00Z"},
]


@pytest.fixture(scope="module")
def essai(stack, tmp_path_factory):
    content = dataset.manifest("facettes", fields=FIELDS, aliases={"fields": {"cite": "ville"}})
    del content["geometry"]
    address = dataset.apply(stack, tmp_path_factory.mktemp("facettes"), content)
    answer = stack.push("facettes", ROWS, mode="snapshot")
    assert answer.status == 200, answer
    return address


def facets(stack, address, **parameters):
    answer = stack.get(address + "/facets", parameters)
    assert answer.status == 200, answer
    return {f["name"]: f["facets"] for f in answer.json()["facets"]}


def tree(values):
    """[(value, count, state), …] with the level below in its place, when there is one."""
    return [(v["value"], v.get("count"), v["state"]) + ((tree(v["facets"]),) if "facets" in v else ()) for v in values]


def counts(values):
    return [(v["value"], v.get("count")) for v in values]


def refused(stack, address, message, **parameters):
    answer = stack.get(address + "/facets", parameters)
    assert (answer.status, answer.json()["error_code"]) == (400, "ODSQLError"), answer
    assert answer.json()["message"] == f"ODSQL query is malformed: {message}. Clause(s) containing the error(s): facet."


# ---- shapes ---------------------------------------------------------------------------------------------------

def test_an_answer_is_byte_for_byte_the_vendors_shape(stack, essai):
    answer = stack.get(essai + "/facets?facet=ville")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.text == (
        f'{{"links": [{{"rel": "self", "href": "{stack.url}{essai}/facets"}}, {{"rel": "dataset", "href": '
        f'"{stack.url}{essai}"}}], "facets": [{{"name": "ville", "facets": [{{"name": "LILLE", "count": 2, "state": '
        '"displayed", "value": "LILLE"}, {"name": "LOOS", "count": 1, "state": "displayed", "value": "LOOS"}, '
        '{"name": "l\'été \\"là\\"", "count": 1, "state": "displayed", "value": "l\'été \\"là\\""}]}]}')


def test_without_a_facet_all_of_them_come_in_the_order_of_the_fields(stack, essai):
    assert list(facets(stack, essai)) == [f["name"] for f in FIELDS if f.get("facet")]


def test_all_types(stack, essai):
    found = facets(stack, essai)
    assert counts(found["ville"]) == [("LILLE", 2), ("LOOS", 1), ("l'été \"là\"", 1)]
    assert counts(found["etat"]) == [("HS", 1), ("OK", 3)]
    assert counts(found["genre"]) == [("velo", 3), ("velo-cargo", 1)]
    assert counts(found["mots"]) == [("eau", 3), ("air", 1), ("terre", 1)]
    assert counts(found["lieux"]) == [("Nord", 2), ("Oise", 1)]
    assert counts(found["n"]) == [("10", 1), ("3", 2), ("-2", 1)]
    assert counts(found["x"]) == [("-1.0", 1), ("0.5", 1), ("2.5", 1), ("1e+300", 1)]
    assert counts(found["ouvert"]) == [("true", 2), ("false", 1)]
    assert counts(found["jour"]) == [("2026", 3), ("2025", 1)]
    assert counts(found["vu"]) == [("2026", 3), ("2024", 1)]


def test_the_same_filtered_in_one_pass(stack, essai):
    found = facets(stack, essai, where="id > 1")
    assert counts(found["ville"]) == [("LILLE", 1), ("LOOS", 1), ("l'été \"là\"", 1)]
    assert counts(found["genre"]) == [("velo", 2), ("velo-cargo", 1)]
    assert counts(found["mots"]) == [("eau", 2), ("terre", 1)]
    assert counts(found["lieux"]) == [("Nord", 1), ("Oise", 1)]
    assert counts(found["n"]) == [("10", 1), ("3", 1), ("-2", 1)]
    assert counts(found["ouvert"]) == [("false", 1), ("true", 1)]
    assert counts(found["jour"]) == [("2026", 2), ("2025", 1)]
    assert counts(found["vu"]) == [("2026", 2), ("2024", 1)]
    assert facets(stack, essai, where="id > 99") == {name: [] for name in found}


def test_names_go_by_aliases_and_quotes(stack, essai):
    assert list(facets(stack, essai, facet=["cite", "`ville`", '"n"', "facet(name='x')", "FACET( NAME = ouvert )"])) == [
        "cite", "ville", "n", "x", "ouvert"]


# ---- refine, exclude, states ------------------------------------------------------------------------------------

def test_a_refined_value_narrows_every_facet(stack, essai):
    found = facets(stack, essai, refine="ville:LILLE")
    assert tree(found["ville"]) == [("LILLE", 2, "refined")]
    assert counts(found["etat"]) == [("OK", 2)]


def test_a_disjunctive_facet_does_not_narrow_itself(stack, essai):
    found = facets(stack, essai, refine="etat:HS")
    assert tree(found["etat"]) == [("HS", 1, "refined"), ("OK", 3, "displayed")]
    assert counts(found["ville"]) == [("LOOS", 1)]
    found = facets(stack, essai, refine=["etat:HS", "etat:OK", "ville:LILLE"])
    assert tree(found["etat"]) == [("OK", 2, "refined"), ("HS", 0, "refined")][::-1]
    assert counts(found["n"]) == [("3", 2)]


def test_facets_of_the_request_may_be_disjunctive(stack, essai):
    asked = {"refine": ["ville:LILLE", "ville:LOOS"], "where": "id > 0"}
    assert tree(facets(stack, essai, facet="ville", **asked)["ville"]) == [("LILLE", 0, "refined"), ("LOOS", 0, "refined")]
    found = facets(stack, essai, facet=['facet(name="ville", disjunctive=true)', "n"], **asked)
    assert tree(found["ville"]) == [("LILLE", 2, "refined"), ("LOOS", 1, "refined"), ("l'été \"là\"", 1, "displayed")]
    assert counts(found["n"]) == [("10", 1), ("3", 2)]
    found = facets(stack, essai, facet='facet(name="etat", disjunctive=false)', refine="etat:HS")
    assert tree(found["etat"]) == [("HS", 1, "refined")]


def test_an_excluded_value_is_listed_without_a_count(stack, essai):
    found = facets(stack, essai, exclude="ville:LILLE")
    assert tree(found["ville"]) == [("LOOS", 1, "displayed"), ("l'été \"là\"", 1, "displayed"), ("LILLE", None, "excluded")]
    assert counts(found["mots"]) == [("eau", 1), ("terre", 1)]
    assert "count" not in found["ville"][2]


def test_a_refined_value_that_nothing_has_is_still_shown(stack, essai):
    assert tree(facets(stack, essai, refine="n:99", facet="n")["n"]) == [("99", 0, "refined")]
    assert tree(facets(stack, essai, exclude="n:99", facet="n")["n"])[0] == ("99", None, "excluded")


@pytest.mark.parametrize("refine, facet, expected", [
    ("n:3", "n", [("3", 2, "refined")]), ('n:"3"', "n", [("3", 2, "refined")]), ("x:0.50", "x", [("0.5", 1, "refined")]),
    ("x:1e300", "x", None), ("ouvert:true", "ouvert", [("true", 2, "refined")]), ("ouvert:1", "ouvert", [("true", 2, "refined")]),
    ("mots:eau", "mots", [("eau", 3, "refined"), ("air", 1, "displayed")]),
    ("`mots`:'air'", "mots", [("air", 1, "refined"), ("eau", 1, "displayed")]),
    ("\"ville\":\"l'été \\\"là\\\"\"", "ville", [("l'été \"là\"", 1, "refined")]),
    ("ville:l'été \"là\"", "ville", [("l'été \"là\"", 1, "refined")]),
])
def test_refine_of_every_type(stack, essai, refine, facet, expected):
    answer = stack.get(essai + "/facets", {"refine": refine, "facet": facet})
    if expected is None:
        assert answer.status == 400
    else:
        assert tree(answer.json()["facets"][0]["facets"]) == expected


# ---- levels --------------------------------------------------------------------------------------------------------

def test_dates_open_level_by_level(stack, essai):
    months = facets(stack, essai, refine="jour:2026", facet="jour")["jour"]
    assert tree(months) == [("2026", 3, "refined", [("2026/09", 2, "displayed"), ("2026/12", 1, "displayed")])]
    assert [v["name"] for v in months[0]["facets"]] == ["09", "12"]
    for refine in ("jour:2026/9", "jour:2026-09", 'jour:"2026/09"'):
        assert tree(facets(stack, essai, refine=refine, facet="jour")["jour"]) == [
            ("2026", 2, "refined", [("2026/09", 2, "refined", [("2026/09/01", 1, "displayed"), ("2026/09/30", 1, "displayed")])])]
    assert tree(facets(stack, essai, refine="jour:2026/9/1", facet="jour")["jour"]) == [
        ("2026", 1, "refined", [("2026/09", 1, "refined", [("2026/09/01", 1, "refined")])])]


def test_an_excluded_month_opens_its_year(stack, essai):
    assert tree(facets(stack, essai, exclude="jour:2026/09", facet="jour")["jour"]) == [
        ("2025", 1, "displayed"), ("2026", 1, "displayed", [("2026/12", 1, "displayed"), ("2026/09", None, "excluded")])]


def test_a_disjunctive_date_shows_every_year(stack, essai):
    found = facets(stack, essai, refine="jour:2026/12", facet="facet(name=jour, disjunctive=true, sort=alphanum)")["jour"]
    assert tree(found) == [("2025", 1, "displayed"), ("2026", 3, "refined", [
        ("2026/09", 2, "displayed"), ("2026/12", 1, "refined", [("2026/12/31", 1, "displayed")])])]


def test_instants_fall_on_days_of_the_zone(stack, essai):
    def of(zone):
        found = facets(stack, essai, refine="vu:2026", facet="vu", timezone=zone)["vu"]
        return tree(found)
    assert of("UTC") == [("2026", 3, "refined", [("2026/12", 1, "displayed"), ("2026/09", 2, "displayed")])]
    assert of("Europe/Paris") == [("2026", 2, "refined", [("2026/10", 1, "displayed"), ("2026/09", 1, "displayed")])]
    assert counts(facets(stack, essai, facet="vu", timezone="Europe/Paris")["vu"]) == [("2027", 1), ("2026", 2), ("2024", 1)]


def test_texts_with_levels(stack, essai):
    found = facets(stack, essai, refine="genre:velo", facet="genre")["genre"]
    assert tree(found) == [("velo", 3, "refined", [("velo/station", 2, "displayed")])]
    assert found[0]["facets"][0]["name"] == "station"
    assert tree(facets(stack, essai, refine="genre:velo/station", facet="genre")["genre"]) == [
        ("velo", 2, "refined", [("velo/station", 2, "refined", [("velo/station/couverte", 1, "displayed")])])]
    assert [row["id"] for row in stack.get(essai + "/records", {"refine": "genre:velo/station"}).json()["results"]] == [1, 2]
    assert [row["id"] for row in stack.get(essai + "/records", {"exclude": "genre:velo/"}).json()["results"]] == [4, 5]


def test_levels_that_only_the_request_knows_of(stack, essai):
    found = facets(stack, essai, facet='facet(name="ville", hierarchical=true, separator="L")', refine="ville:LOOS")
    assert found["ville"][0]["name"] == ""
    assert counts(facets(stack, essai, facet="facet(name=genre, hierarchical=false)")["genre"]) == [
        ("velo", 1), ("velo-cargo", 1), ("velo/station", 1), ("velo/station/couverte", 1)]


def test_many_values_with_levels_count_each_record_once(stack, essai):
    assert tree(facets(stack, essai, refine="lieux:Nord", facet="lieux")["lieux"]) == [
        ("Nord", 2, "refined", [("Nord > Lille", 2, "displayed"), ("Nord > Loos", 1, "displayed")])]
    assert [row["id"] for row in stack.get(essai + "/records", {"refine": "lieux:Nord > Loos"}).json()["results"]] == [1]
    assert [row["id"] for row in stack.get(essai + "/records", {"exclude": "lieux:Nord"}).json()["results"]] == [3, 4, 5]


# ---- orders and limits -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("facet, expected", [
    ("facet(name=n, sort=num)", ["-2", "3", "10"]), ("facet(name=n, sort='-num')", ["10", "3", "-2"]),
    ("facet(name=n, sort=count)", ["-2", "10", "3"]), ('facet(name="n", sort="-count")', ["3", "-2", "10"]),
    ("facet(name=mots, sort=alphanum)", ["air", "eau", "terre"]), ("facet(name=mots, sort=-alphanum)", ["terre", "eau", "air"]),
    ("facet(name=x, sort=-num, limit=2)", ["1e+300", "2.5"]), ("facet(name=jour, sort=-alphanum)", ["2026", "2025"]),
    ("facet(name=genre, limit=1)", ["velo"]), ("facet(name=mots, limit=1)", ["eau"]), ("facet(name=ville, limit=1)", ["LILLE"]),
])
@pytest.mark.parametrize("where", ["", "id > 0"])
def test_orders(stack, essai, facet, expected, where):
    [values] = facets(stack, essai, facet=facet, where=where).values()
    assert [v["value"] for v in values] == expected


def test_a_limit_never_hides_what_is_refined(stack, essai):
    found = facets(stack, essai, facet="facet(name=etat, limit=1, sort=-count)", refine="etat:HS")["etat"]
    assert ("HS", 1, "refined") in tree(found)


def test_at_most_a_hundred_values(stack, tmp_path_factory):
    content = dataset.manifest("beaucoup", fields=[{"name": "id", "type": "int"}, {"name": "v", "type": "text", "facet": True}])
    del content["geometry"]
    address = dataset.apply(stack, tmp_path_factory.mktemp("beaucoup"), content)
    assert stack.push("beaucoup", [{"id": i, "v": f"v{i:03}"} for i in range(171)], mode="snapshot").status == 200
    assert len(facets(stack, address)["v"]) == 100
    assert len(facets(stack, address, facet="facet(name=v, limit=171)")["v"]) == 171
    assert [v["value"] for v in facets(stack, address, facet="facet(name=v, limit=2)")["v"]] == ["v000", "v001"]


# ---- mistakes ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("facet, message", [
    ("nope", "Unknown field: nope"),
    ("note", "Field note is not a facet; facets are ville, etat, genre, mots, lieux, n, x, ouvert, jour, vu"),
    ("facet(name=nope)", "Unknown field: nope"),
    ("facet()", 'A facet is written as the name of a field or as facet(name="field", sort="-count", limit=100)'),
    ("facet(name=ville", 'A facet is written as the name of a field or as facet(name="field", sort="-count", limit=100)'),
    ("facet(name=ville) x", 'A facet is written as the name of a field or as facet(name="field", sort="-count", limit=100)'),
    ("facet(sort=count)", 'A facet is written as the name of a field or as facet(name="field", sort="-count", limit=100)'),
    ("facet(name='ville)", 'A facet is written as the name of a field or as facet(name="field", sort="-count", limit=100)'),
    ("facet(name=ville, top=3)", "facet() has the arguments name, disjunctive, hierarchical, separator, sort and limit, not top"),
    ("facet(name=ville, limit=0)", "limit of a facet is a number from 1 to 20000, not '0'"),
    ("facet(name=ville, limit=99999999999999999999)", "limit of a facet is a number from 1 to 20000, not '99999999999999999999'"),
    ("facet(name=ville, sort=random)", "sort of a facet is one of count, -count, alphanum, -alphanum, num, -num, not 'random'"),
    ("facet(name=ville, sort=num)", "sort=num does not fit the text field ville: alphanum and count do"),
    ("facet(name=n, sort=-alphanum)", "sort=-alphanum does not fit the int field n: num and count do"),
    ("facet(name=ville, disjunctive=maybe)", "disjunctive of a facet is true or false, not 'maybe'"),
    ("facet(name=ville, hierarchical=true)", "A hierarchical facet needs its separator"),
    ("facet(name=ville, separator='/')", "separator goes with hierarchical=true"),
    ("facet(name=ville, hierarchical=true, separator='é')", "separator of a facet is 1 to 8 characters of ASCII"),
    ("facet(name=n, hierarchical=true, separator='/')", "Field n is of type int, only a text is hierarchical"),
])
def test_mistakes(stack, essai, facet, message):
    refused(stack, essai, message, facet=facet)


def test_a_facet_is_no_way_into_the_database(stack, essai):
    for text in ("x'; DROP TABLE data.facettes; --", "facet(name=ville, hierarchical=true, separator=\"'); --\")", "\"", "`", "'",
                 "facet(", "facet(name=\"\\u0000\")", "ville\\", "é" * 1000):
        answer = stack.get(essai + "/facets", {"facet": text})
        assert answer.status in (200, 400), answer
    found = facets(stack, essai, facet="facet(name=ville, hierarchical=true, separator=\"');--\")")
    assert counts(found["ville"]) == [("LILLE", 2), ("LOOS", 1), ("l'été \"là\"", 1)]


def test_conditional_requests(stack, essai):
    first = stack.get(essai + "/facets?facet=ville")
    etag = first.headers["ETag"]
    assert stack.get(essai + "/facets?facet=ville", headers={"If-None-Match": etag}).status == 304
    for other in ("?facet=n", "?facet=facet(name=ville,limit=1)", "?facet=ville&refine=ville:LOOS", ""):
        assert stack.get(essai + "/facets" + other).headers["ETag"] != etag


def test_several_values_are_a_list_and_equal_each_of_them(stack, essai):
    def rows(where):
        return stack.get(essai + "/records", {"select": "id, mots", "where": where, "order_by": "id"}).json()["results"]
    assert rows("id <= 2") == [{"id": 1, "mots": ["eau", "air"]}, {"id": 2, "mots": ["eau", "eau"]}]
    assert rows("id = 4") == [{"id": 4, "mots": None}]
    found = {where: [row["id"] for row in rows(where)] for where in (
        "mots = 'air'", "'eau' in mots", "mots != 'eau'", "mots in ('air', 'terre')", "not mots = 'eau'", "mots : 'eau,air'")}
    assert list(found.values()) == [[1], [1, 2, 5], [3], [1, 3], [3, 4], []]


def test_annotations_of_the_fields(stack, essai):
    fields = {f["name"]: f["annotations"] for f in stack.get(essai).json()["fields"]}
    assert fields["lieux"] == {"facet": True, "multivalued": ";", "hierarchical": " > "}
    assert fields["etat"] == {"facet": True, "disjunctive": True, "facetsort": "alphanum"}
    assert fields["n"] == {"facet": True, "facetsort": "-num"}
    assert fields["jour"] == {"facet": True, "timerangeFilter": True}


# ---- the technical fields of a record -----------------------------------------------------------------------------------

def test_technical_fields(stack, essai):
    rows = stack.get(essai + "/records", {"select": "id, recordid, record_timestamp, record_size, datasetid", "where":
                                          "datasetid = 'facettes' and record_size > 10", "order_by": "record_timestamp desc, id"}).json()["results"]
    commit = stack.get(essai + "/records?limit=0").headers["Beffroi-Commit-Time"]
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5]
    assert {row["record_timestamp"] for row in rows} == {commit.replace("Z", "+00:00")}
    assert {row["datasetid"] for row in rows} == {"facettes"}
    assert all(row["record_size"] > 10 for row in rows)
    assert "recordid" not in stack.get(essai + "/records?limit=1").json()["results"][0]


# ---- of many records, whose counts are kept (sql/0025_tally.sql)

MANY = 20_005  # of more than 20,000 they are


@pytest.fixture(scope="module")
def many(stack, tmp_path_factory):
    content = dataset.manifest("comptes", fields=FIELDS)
    del content["geometry"]
    address = dataset.apply(stack, tmp_path_factory.mktemp("comptes"), content)
    rows = [{**ROWS[i % len(ROWS)], "id": i, "n": i % 97} for i in range(MANY)]
    assert stack.push("comptes", rows, mode="snapshot").json()["added"] == MANY
    return address


def tallied(stack):
    return {field for field, in stack.sql("SELECT t.field FROM catalog.tallied AS t JOIN catalog.dataset AS d ON d.number = t.dataset "
                                          "WHERE d.id = 'comptes' AND t.whole")}


def agree(stack, address):
    """What is kept, and what is counted because there is a condition, which keeps every record."""
    for more in ({}, {"timezone": "Europe/Paris"}, {"facet": ["facet(name=mots, limit=2, sort=-alphanum)", "n", "vu"]}):
        assert facets(stack, address, **more) == facets(stack, address, where="id >= 0", **more)
    wrong = "".join(f" SELECT '{f}', v, n FROM (SELECT {source} AS v, count(*) AS n FROM data.comptes GROUP BY 1) AS g WHERE v IS NOT NULL UNION ALL"
                    for f, source in stack.sql("SELECT t.field, t.source FROM catalog.tallied AS t JOIN catalog.dataset AS d "
                                               "ON d.number = t.dataset WHERE d.id = 'comptes' AND t.whole"))
    kept = "SELECT y.field, y.value, y.n FROM catalog.tally AS y JOIN catalog.dataset AS d ON d.number = y.dataset WHERE d.id = 'comptes' AND y.n <> 0"
    counted = wrong.removesuffix("UNION ALL")
    assert stack.sql(f"(({counted}) EXCEPT ({kept})) UNION ALL (({kept}) EXCEPT ({counted}))") == []


def test_counts_of_many_records_are_kept_by_every_change(stack, many):
    assert tallied(stack) == {"ville", "etat", "genre", "mots", "lieux", "n", "ouvert", "jour", "vu"}
    agree(stack, many)
    odd = "l'été \\ \"là\"\n\t\U0001f6b2%1$s $1 :x"
    changes = [{**ROWS[0], "id": 0, "ville": odd, "n": None}, {**ROWS[4], "id": 1, "ville": "é" * 900, "jour": "0001-01-01"},
               {**ROWS[2], "id": MANY, "ouvert": True, "mots": "eau,feu"}, {"id": MANY + 1}]
    for mode in ("upsert", "upsert"):  # the second one changes nothing
        assert stack.push("comptes", changes, mode=mode).status == 200
        agree(stack, many)
    assert counts(facets(stack, many, facet="ville")["ville"])[-2:] == [(odd, 1), ("é" * 900, 1)]
    key = stack.key("push:comptes")
    gone = stack.request("POST", "/api/push/v1/datasets/comptes/records/delete", body=b'[{"id": 0}, {"id": 3}]',
                         headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"})
    assert gone.json()["removed"] == 2
    agree(stack, many)
    assert odd not in dict(counts(facets(stack, many, facet="ville")["ville"]))


def test_what_is_kept_fits_the_manifest(stack, many, tmp_path):
    fields = [{**f, "facet": True} if f["name"] == "note" else f for f in FIELDS if f["name"] != "x"] + [{"name": "x", "type": "double"}]
    content = dataset.manifest("comptes", fields=fields)
    del content["geometry"]
    dataset.apply(stack, tmp_path, content)
    assert "note" in tallied(stack)
    assert stack.push("comptes", [{"id": 7, "note": "seule"}], mode="upsert").status == 200
    agree(stack, many)
    assert counts(facets(stack, many, facet="note")["note"]) == [("seule", 1)]


def test_a_field_of_too_many_values_is_counted_when_it_is_asked_for(stack, many, tmp_path):
    fields = [{**f, "facet": True} if f["name"] in ("id", "note") else f for f in FIELDS]  # what was asked before is still answered
    content = dataset.manifest("comptes", fields=fields)
    del content["geometry"]
    dataset.apply(stack, tmp_path, content)
    assert "id" not in tallied(stack) and "ville" in tallied(stack)
    assert counts(facets(stack, many, facet="facet(name=id, sort=num, limit=3)")["id"]) == [("1", 1), ("2", 1), ("4", 1)]
    agree(stack, many)
    rest = [{**ROWS[i], "id": i} for i in range(5)]
    assert stack.push("comptes", rest, mode="snapshot").json()["records"] == 5
    assert counts(facets(stack, many, facet="etat")["etat"]) == [("HS", 1), ("OK", 3)]
    agree(stack, many)

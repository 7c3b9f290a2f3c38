"""The Explore API v2.1 over the real stack: shapes, texts and semantics of the contract (explore-v2.1)."""

import pytest

from harness import dataset

ROOT = "/api/explore/v2.1/catalog/datasets"


@pytest.fixture(scope="module")
def essai(stack, tmp_path_factory):
    address = dataset.apply(stack, tmp_path_factory.mktemp("lecture"),
                            dataset.manifest("lecture", aliases={"dataset": ["ancienne-lecture"], "fields": {"nombre": "n"}}))
    answer = stack.push("lecture", dataset.ROWS, mode="snapshot")
    assert answer.status == 200, answer
    return address


def records(stack, address, **parameters):
    answer = stack.get(address + "/records", parameters)
    assert answer.status == 200, answer
    return answer.json()


def ids(stack, address, **parameters):
    return [row["id"] for row in records(stack, address, **parameters)["results"]]


def refused(stack, address, code, message, **parameters):
    answer = stack.get(address + "/records", parameters)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/json"), answer
    assert answer.text.startswith('{\n  "error_code": "'), answer
    assert answer.json() == {"error_code": code, "message": message}


# ---- shapes ------------------------------------------------------------------------------------------

def test_a_list_is_byte_for_byte_the_vendors_shape(stack, essai):
    answer = stack.get(essai + "/records?limit=1")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.text == (
        '{"total_count": 4, "results": [{"id": 1, "nom": "Arrêt Gare", "n": 3, "x": 0.1, "ouvert": true, '
        '"jour": "2026-09-30", "vu": "2026-09-30T06:15:00+00:00", "geo": {"lon": 3.0704, "lat": 50.6365}, '
        '"forme": {"type": "Feature", "geometry": {"coordinates": [[3.0, 50.0], [3.5, 50.25]], '
        '"type": "LineString"}, "properties": {}}, "libre": "{\\"a\\": [1, 2]}", "double_n": 6}]}')


def test_null_values_keep_their_keys(stack, essai):
    row = records(stack, essai, where="id=3")["results"][0]
    assert list(row) == [field["name"] for field in dataset.FIELDS]
    assert [name for name, value in row.items() if value is not None] == ["id", "nom"]


def test_no_match_is_an_empty_list(stack, essai):
    assert records(stack, essai, where="id=99") == {"total_count": 0, "results": []}


def test_one_record_is_the_bare_object(stack, essai):
    record_id = records(stack, essai, select="recordid", where="id=2")["results"][0]["recordid"]
    assert len(record_id) == 40
    one = stack.get(f"{essai}/records/{record_id}").json()
    assert one == records(stack, essai, where="id=2")["results"][0]
    assert list(stack.get(f"{essai}/records/{record_id}?select=n,nom").json()) == ["n", "nom"]


@pytest.mark.parametrize("record_id", ["0" * 40, "x", "A" * 40, "0" * 39])
def test_an_unknown_record(stack, essai, record_id):
    answer = stack.get(f"{essai}/records/{record_id}")
    assert answer.status == 404
    assert answer.json() == {"error_code": "NotFoundResource",
                             "message": f"The requested record {record_id} does not exist."}


def test_unknown_dataset_and_address(stack):
    answer = stack.get(ROOT + "/no-such-thing/records")
    assert answer.status == 404
    assert answer.text == ('{\n  "error_code": "NotFoundResource",\n'
                           '  "message": "The requested dataset no-such-thing does not exist."\n}')
    answer = stack.get("/api/explore/v2.1/nothing/here")
    assert (answer.status, answer.json()) == (404, {"error_code": "NotFoundURI",
                                                    "message": "The requested URI does not exist."})


def test_slashes_are_forgiven(stack, essai):
    body = stack.get(essai + "/records").body
    assert stack.get(essai + "/records/").body == body
    assert stack.get("/" + essai.replace("/datasets/", "//datasets//") + "//records//").body == body


def test_an_old_id_of_the_dataset_goes_on_answering(stack, essai):
    assert stack.get(ROOT + "/ancienne-lecture/records").json() == stack.get(essai + "/records").json()


# ---- limit, offset -------------------------------------------------------------------------------------

def test_limit_zero_counts(stack, essai):
    assert records(stack, essai, limit=0) == {"total_count": 4, "results": []}


def test_limit_minus_one_is_as_many_as_allowed(stack, essai):
    assert len(records(stack, essai, limit=-1)["results"]) == 4
    assert len(stack.get(ROOT + "/vlille-realtime/records?limit=-1").json()["results"]) == 100


def test_the_window(stack, essai):
    assert ids(stack, essai, limit=2, offset=1) == [2, 3]
    assert records(stack, essai, offset=9900, limit=100)["results"] == []
    refused(stack, essai, "InvalidRESTParameterError", "Invalid value for limit API parameter: 101 was found but "
            "-1 <= limit <= 100 is expected.", limit=101)
    refused(stack, essai, "InvalidRESTParameterError", "Invalid value for sum of offset + limit API parameter: "
            "10001 was found but <= 10000 is expected.", limit=1, offset=10000)
    for parameters in ({"limit": "abc"}, {"limit": "1.5"}, {"limit": "99999999999999999999"}, {"offset": -1},
                       {"limit": -2}, {"offset": "9223372036854775807"}):
        assert stack.get(essai + "/records", parameters).json()["error_code"] == "InvalidRESTParameterError"


def test_unknown_parameters_are_ignored(stack, essai):
    assert records(stack, essai, limmit=1, apikeyy="x") == records(stack, essai)


# ---- select ----------------------------------------------------------------------------------------------

def test_select_gives_fields_in_their_order_under_their_names(stack, essai):
    row = records(stack, essai, select="n as nombre_de, `nom`, id", limit=1)["results"][0]
    assert list(row.items()) == [("nombre_de", 3), ("nom", "Arrêt Gare"), ("id", 1)]
    assert list(records(stack, essai, select="nombre", limit=1)["results"][0]) == ["nombre"]
    assert len(records(stack, essai, select="*", limit=1)["results"][0]) == len(dataset.FIELDS)


def test_the_technical_fields_of_a_record(stack, essai):
    row = records(stack, essai, select="recordid, record_timestamp, record_size, datasetid", where="id=1")["results"][0]
    assert row["datasetid"] == "lecture" and len(row["recordid"]) == 40 and row["record_size"] > 0
    assert row["record_timestamp"].startswith("20") and row["record_timestamp"].endswith("+00:00")
    assert ids(stack, essai, where=f"record_timestamp = '{row['record_timestamp']}' and datasetid = 'lecture'",
               order_by="record_timestamp desc") == [1, 2, 3, 4]


def test_unknown_field_in_each_clause(stack, essai):
    for clause in ("select", "where", "order_by"):
        value = "nope = 1" if clause == "where" else "nope"
        refused(stack, essai, "ODSQLError", "ODSQL query is malformed: Unknown field: nope. Clause(s) containing "
                f"the error(s): {clause}.", **{clause: value})


# ---- where -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("where, expected", [
    ("n > 3", [2]), ("n >= 3", [1, 2]), ("n <> 3", [2, 4]), ("n != 3", [2, 4]), ("n = 3.0", [1]), ("n > 2.5", [1, 2]),
    ("nom = 'Arrêt Gare'", [1]), ('nom : "arrêt gare"', [4]), ("nom = 'Château \"Neuf\"'", [3]),
    ('nom = "Bois d\'Arcy"', [2]), ("n is null", [3]), ("n is not null", [1, 2, 4]), ("not n > 3", [1, 3, 4]),
    ("n in (3, 10, 99)", [1, 2]), ("n not in (3, 10)", [4]), ("nom in ('Arrêt Gare')", [1]),
    ("n in [3..10]", [1, 2]), ("n in ]3..10]", [2]), ("n in [3 to 10[", [1]), ("n:[-10 to 0]", [4]),
    ("ouvert", [1, 4]), ("ouvert is true", [1, 4]), ("ouvert is not true", [2, 3]), ("ouvert = false", [2]),
    ("n > 3 or n < 0", [2, 4]), ("id > 1 and n > 3 or n < 0", [2, 4]), ("(n > 3 or n < 0) and x > 2", [2, 4]),
    ("jour >= '2026-09-30'", [1, 2]), ("jour = date'2026-10-01'", [2]), ("vu < date'2026'", [4]),
    ("vu >= '2026-09-30T06:15:00Z'", [1, 2]), ("vu > '2026-09-30T08:15:00+02:00'", [2]),
    ("double_n = 20", [2]), ("nombre = 3", [1]), ("x > 1e1", None), ("x = 0.1", [1]),
    ("within_distance(geo, geom'POINT(3.0704 50.6365)', 100m)", [1]),
    ("within_distance(geo, geom'POINT(3.0704 50.6365)', 2km)", [1, 2]),
    ("distance(geo, geom'POINT(3.0704 50.6365)', 2km)", [1, 2]),
    ("within_distance(geo, geom'POINT(3.0704 50.6365)', 100000000)", [1, 2, 4]),
    ("in_bbox(geo, 50, 3, 51, 4)", [1, 2]), ("in_bbox(geo, 51, 4, 50, 3)", [1, 2]), ("in_bbox(geo, 3, 50, 4, 51)", []),
    ("NOT (n = 3)", [2, 3, 4]), ("n = 9223372036854775807", []), ("n < 99999999999999999999999", [1, 2, 4]),
])
def test_where(stack, essai, where, expected):
    if expected is None:
        assert stack.get(essai + "/records", {"where": where}).status == 400
    else:
        assert ids(stack, essai, where=where, order_by="id") == expected


def test_several_wheres_are_anded(stack, essai):
    assert ids(stack, essai, where=["n > 0", "n < 5"]) == [1]


def test_a_value_is_never_sql(stack, essai):
    assert ids(stack, essai, where="nom = \"x' OR '1'='1\"") == []
    assert ids(stack, essai, refine="nom:x'; DROP TABLE data.lecture; --") == []
    assert records(stack, essai)["total_count"] == 4


def test_syntax_errors_name_token_and_place(stack, essai):
    refused(stack, essai, "ODSQLSyntaxError", "ODSQL syntax exception: unexpected ( at position 9 in BADSYNTAX((. "
            "Clause(s) containing the error(s): where.", where="BADSYNTAX((")
    answer = stack.get(essai + "/records", {"where": "nom = 'é' x"})
    assert "at position 10 in nom = 'é' x." in answer.json()["message"]


@pytest.mark.parametrize("clauses", [
    {"select": "double_n, count(*) as tous"}, {"select": "count(*) as tous, max(n) as plus", "order_by": "double_n"},
    {"select": "double_n", "order_by": "count(id)"},
    {"select": "count(*) as tous, sum(double_n) as somme", "group_by": "n"},
])
def test_a_computed_field_beside_aggregates_reads_its_own_fields(stack, essai, clauses):
    """Its SQL names n without a table; a number of records, beside it, has another name."""
    answer = stack.get(essai + "/records", clauses)
    assert answer.status == 200, answer
    if "tous" in clauses["select"] and "group_by" not in clauses:
        assert {row["tous"] for row in answer.json()["results"]} == {4}


# ---- order_by, refine, exclude, timezone ---------------------------------------------------------------------

@pytest.mark.parametrize("order_by, expected", [
    ("n", [4, 1, 2, 3]), ("n desc", [2, 1, 4, 3]), ("-n", [2, 1, 4, 3]), ("ouvert, id desc", [2, 4, 1, 3]),
    ("vu", [4, 1, 2, 3]), ("id DESC", [4, 3, 2, 1]), ("", [1, 2, 3, 4]),
])
def test_order_puts_nulls_last_both_ways(stack, essai, order_by, expected):
    assert ids(stack, essai, order_by=order_by) == expected


@pytest.mark.parametrize("refine, expected", [
    ("nom:Arrêt Gare", [1]), ('nom:"Arrêt Gare"', [1]), ("n:3", [1]), ('n:"3"', [1]), ("ouvert:true", [1, 4]),
    ("jour:2026", [1, 2]), ("jour:2026/10", [2]), ("jour:2026/09/30", [1]), ("vu:2026/09", [1, 2]), ("vu:2025/12/31", [4]),
])
def test_refine_and_exclude(stack, essai, refine, expected):
    assert ids(stack, essai, refine=refine, order_by="id") == expected
    excluded = ids(stack, essai, exclude=refine, order_by="id")
    assert excluded == [i for i in (1, 2, 3, 4) if i not in expected]


def test_time_zones_shift_instants_literals_and_date_facets(stack, essai):
    row = records(stack, essai, timezone="Europe/Paris", where="id=4")["results"][0]
    assert (row["vu"], row["jour"]) == ("2026-01-01T00:30:00+01:00", "2025-12-31")
    assert ids(stack, essai, timezone="Europe/Paris", refine="vu:2026", order_by="id") == [1, 2, 4]
    assert ids(stack, essai, timezone="Europe/Paris", where="vu >= date'2026-10-01'") == [2]
    assert ids(stack, essai, where="vu >= date'2026-10-01'") == []
    answer = stack.get(essai + "/records?timezone=Mars/Phobos")
    assert answer.status == 400 and "Mars/Phobos" in answer.json()["message"]


# ---- catalogue -----------------------------------------------------------------------------------------------

def test_the_catalogue_lists_whole_dataset_objects(stack, essai):
    answer = stack.get(ROOT + "?limit=100&order_by=dataset_id").json()
    names = [one["dataset_id"] for one in answer["results"]]
    assert names == sorted(names) and {"lecture", "vlille-realtime", "disponibilite-parkings"} <= set(names)
    assert answer["total_count"] == len(names)
    one = next(d for d in answer["results"] if d["dataset_id"] == "lecture")
    assert one == stack.get(essai).json()
    assert one["metas"]["default"]["records_count"] == 4
    assert one["metas"]["default"]["description"] == "<p>Pour les essais &lt;b&gt;</p>"
    assert one["fields"][1]["annotations"] == {"facet": True}
    assert one["fields"][0]["annotations"] == {"sortable": True, "id": True}
    assert stack.get(essai + "?lang=en").json()["metas"]["default"]["title"] == "Test lecture"


def test_the_catalogue_can_be_filtered(stack, essai):
    def found(**parameters):
        return [one["dataset_id"] for one in stack.get(ROOT, parameters).json()["results"]]
    assert found(where="dataset_id='lecture'") == ["lecture"]
    assert found(where="datasetid:'lecture'", limit=1) == ["lecture"]
    assert found(refine="publisher:Beffroi", where="default.title = 'Essai lecture'") == ["lecture"]
    assert found(where="records_count = 302") == ["vlille-realtime"]


# ---- methods and headers ---------------------------------------------------------------------------------------

def test_head_options_and_methods(stack, essai):
    got = stack.get(essai + "/records")
    head = stack.request("HEAD", essai + "/records")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
    options = stack.request("OPTIONS", essai + "/records")
    assert options.status == 204 and options.headers["Access-Control-Allow-Methods"] == "POST, GET, OPTIONS"
    deleted = stack.request("DELETE", essai + "/records")
    assert deleted.status == 405 and deleted.json()["error_code"] == "MethodNotAllowed"


def test_every_answer_may_be_read_by_any_page(stack, essai):
    for path in (essai + "/records", essai + "/records?limit=x", "/nowhere", "/healthz"):
        assert stack.get(path).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path, names", [("/api/explore/v2.1/catalog/datasets", ["error_code", "message"]),
                                         ("/api/v2/catalog/datasets", ["error_code", "message"]),
                                         ("/api/records/1.0/search", ["error"])])
def test_what_cannot_be_read_is_told_in_the_words_of_its_address(stack, path, names):
    for target, headers in ((path + "/%ff", {}), (path + "?a=%ff", {}), (path, {"X-Beffroi-Dry-Run": "yes"})):
        answer = stack.get(target, headers=headers)
        assert answer.status == 400 and list(answer.json()) == names, answer
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_hostile_addresses(stack):
    for target in ("/%0d%0aX:1", "/%00", "/api/explore/v2.1/%ff", "/api/explore/v2.1/catalog/datasets?where=%c3%28"):
        received = stack.raw(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert received.startswith(b"HTTP/1.1 400"), received[:200]

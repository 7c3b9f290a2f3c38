"""Walking a whole dataset by cursor: every record of one commit once, in order, whatever is pushed meanwhile."""

import base64
import json
import re
import struct

import pytest

from harness import dataset

FIELDS = [
    {"name": "id", "type": "int", "sortable": True},
    {"name": "nom", "type": "text", "facet": True, "sortable": True},
    {"name": "n", "type": "int", "facet": True, "sortable": True},
    {"name": "x", "type": "double", "sortable": True},
    {"name": "ouvert", "type": "boolean", "facet": True},
    {"name": "jour", "type": "date", "facet": True},
    {"name": "vu", "type": "datetime", "facet": True, "sortable": True},
    {"name": "geo", "type": "geo_point_2d"},
]
ROWS = 437  # no multiple of any page


def row(i, mark=0):
    """Many rows share a value and many have none, so that every order has ties and nulls."""
    some = i % 5 != 0
    return {"id": i, "nom": f"nom é{i % 7}" if some else None, "n": i % 3 + mark if i % 4 else None,
            "x": i / 8 if i % 6 else None, "ouvert": [True, False, None][i % 3],
            "jour": f"2026-0{1 + i % 9}-01" if some else None,
            "vu": f"2026-01-01T00:00:{i % 60:02}.{i % 9}Z" if i % 10 else None,
            "geo": {"lon": 3 + i / 1000, "lat": 50.5} if some else None}


@pytest.fixture(scope="module")
def walked(stack, tmp_path_factory):
    def make(name):
        content = {**dataset.manifest(name), "fields": FIELDS}
        address = dataset.apply(stack, tmp_path_factory.mktemp(name), content) + "/records"
        assert stack.push(name, [row(i) for i in range(ROWS)], mode="snapshot").status == 200
        return address
    return make


@pytest.fixture(scope="module")
def still(walked):
    return walked("marche")


def following(answer):
    """Path and query of the next page, or None."""
    link = answer.headers["Link"]
    if link is None:
        return None
    found = re.fullmatch(r'<http://[^/]+(/[^>]*)>; rel="next"', link)
    assert found, link
    return found.group(1)


def walk(stack, path, between=lambda page: None, most=1000):
    """All records, and the number of pages."""
    records, pages, commits, totals = [], 0, set(), set()
    while path and pages < most:
        answer = stack.get(path)
        assert answer.status == 200, answer
        records += answer.json()["results"]
        commits.add(answer.headers["Beffroi-Commit"])
        totals.add(answer.json()["total_count"])
        pages += 1
        between(pages)
        path = following(answer)
    assert len(commits) == 1 and len(totals) == 1, (commits, totals)
    return records, pages


ORDERS = ["", "id", "-id", "nom", "-nom", "n, nom", "-n, -nom", "n desc, x", "-x", "vu", "-vu, n", "jour, -x", "ouvert",
          "length(nom), id desc", "n * 2 desc", "ifnull(n, 1), -x", "distance(geo, geom'POINT(3.2 50.5)')",
          "random(7)", "-random(7)"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [100, 7])
def test_every_record_once_and_in_order(stack, still, order, limit):
    path = f"{still}?limit={limit}" + (f"&order_by={order}".replace(" ", "+") if order else "")
    whole = stack.get(path.replace("/records", "/exports/json").replace(f"limit={limit}", "limit=-1")).json()
    records, pages = walk(stack, path)
    assert records == whole and len(records) == ROWS
    assert pages in (ROWS // limit + 1, ROWS // limit + 2)


@pytest.mark.parametrize("query", ["where=n%3E0", "where=n%3E0&order_by=nom,-x", "refine=ouvert:true&order_by=-n", "exclude=n:1",
                                   "select=nom,n&order_by=x", "where=nom+is+null&order_by=nom,n",
                                   "where=n+is+null&order_by=-n,nom", "select=id,lower(nom)+as+bas&order_by=-nom",
                                   "where=nom+like+%22nom%22", "timezone=Europe/Paris&order_by=vu", "include_links=true"])
def test_with_conditions(stack, still, query):
    whole = stack.get(still.replace("/records", "/exports/json") + "?" + query.replace("include_links=true", "")).json()
    records, _ = walk(stack, f"{still}?limit=11&cursor=*&{query}")
    if "include_links" in query:
        records = [{k: v for k, v in record.items() if not k.startswith("_")} for record in records]
    key = (lambda r: json.dumps(r, sort_keys=True)) if "like" in query else None  # a walk does not rank
    assert (sorted(records, key=key) == sorted(whole, key=key)) if key else records == whole


@pytest.mark.parametrize("order", ["", "n, nom", "-x", "-nom, n"])
def test_what_is_pushed_meanwhile_is_not_seen(stack, walked, order):
    name = "marche-" + re.sub("[^a-z]", "", order)
    address = walked(name)
    path = f"{address}?limit=20" + (f"&order_by={order}".replace(" ", "+") if order else "")
    before = stack.get(path.replace("/records", "/exports/json").replace("limit=20", "limit=-1")).json()

    def change(page):
        if page % 3 == 0:  # changed, removed, added
            assert stack.push(name, [row(i, mark=page) for i in range(0, ROWS, 2)]).status == 200
        elif page % 3 == 1:
            assert stack.push(name, [row(i) for i in range(page, ROWS + page)], mode="snapshot").status == 200
        else:
            assert stack.push(name, [row(10000 + page)]).status == 200

    records, _ = walk(stack, path, change)
    assert records == before


def test_offset_and_then_on(stack, still):
    first = stack.get(f"{still}?limit=10&offset=30")
    records, _ = walk(stack, following(first))
    assert [r["id"] for r in records] == list(range(40, ROWS))


def test_pages_that_have_no_next(stack, still):
    for query in ("limit=0", "limit=100&offset=400", "where=id%3D1", "select=count(*)&limit=5", "group_by=n",
                  "where=vu%3Cnow()&limit=5", "where=id%3C0"):
        answer = stack.get(f"{still}?{query}")
        assert answer.status == 200 and following(answer) is None, query
    assert following(stack.get(f"{still}?limit=100&offset=337")) is None, "the last page is full"
    for old in ("/api/explore/v2.0", "/api/v2"):
        answer = stack.get(still.replace("/api/explore/v2.1", old) + "?limit=5&cursor=nonsense")
        assert answer.status == 200 and 'rel="next"' not in answer.headers["Link"]


def test_a_page_is_found_in_memory_and_never_changes(stack, walked):
    address = walked("marche-fixe")
    path = following(stack.get(f"{address}?limit=10&order_by=-n"))
    pages = [stack.get(path) for _ in range(3)]
    stack.push("marche-fixe", [row(i, mark=5) for i in range(ROWS)])
    pages.append(stack.get(path))
    assert {page.body for page in pages} == {pages[0].body}
    assert {page.headers["ETag"] for page in pages} == {pages[0].headers["ETag"]}
    assert stack.get(path, headers={"If-None-Match": pages[0].headers["ETag"]}).status == 304


def test_the_window_points_to_the_cursor(stack, still):
    answer = stack.get(f"{still}?offset=10000&limit=1")
    assert answer.status == 400
    assert answer.json()["message"] == ("Invalid value for sum of offset + limit API parameter: 10001 was found but "
                                        "<= 10000 is expected.")
    first = re.fullmatch(r'<http://[^/]+(/[^>]*)>; rel="first"; title="a walk has no window"', answer.headers["Link"])
    assert first and "cursor=*" in first.group(1) and "offset" not in first.group(1)
    assert len(walk(stack, first.group(1))[0]) == ROWS
    assert stack.get(f"{still}?offset=20000&limit=1&group_by=n").headers["Link"] is None


BAD = ["x", "A" * 64, "A" * 63, "-" * 64, "AAAAAAAAAAE" + "A" * 53, "%00", "é" * 32, "A" * 4000, "**", "0"]


@pytest.mark.parametrize("cursor", BAD)
def test_what_is_no_cursor(stack, still, cursor):
    answer = stack.get(still, {"cursor": cursor} if cursor != "%00" else None) if cursor != "%00" else stack.get(still + "?cursor=%00")
    assert answer.status == 400, answer


def test_each_byte_of_a_cursor_matters(stack, still):
    path = following(stack.get(f"{still}?limit=5&order_by=n"))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    start = path.index("cursor=") + 7
    for at in range(64):
        other = letters[(letters.index(path[start + at]) + 1) % 64]
        answer = stack.get(path[:start + at] + other + path[start + at + 1:])
        assert answer.status in (200, 400, 410), (at, answer)


def moved(path, number):
    """The link, as it would be behind the record of that number."""
    before, token = path.split("cursor=")
    words = list(struct.unpack(">6Q", base64.urlsafe_b64decode(token)))
    words[4] = number
    return before + "cursor=" + base64.urlsafe_b64encode(struct.pack(">6Q", *words)).decode()


@pytest.mark.parametrize("order", ["n", "-n", "nom, -x", "distance(geo, geom'POINT(3.2 50.5)')"])
def test_a_place_that_never_was(stack, still, order):
    path = following(stack.get(still, {"limit": 50, "order_by": order}))
    answer = stack.get(moved(path, 10 ** 9))
    assert answer.status == 400 and "it names no record" in answer.json()["message"], answer


@pytest.mark.parametrize("number, order", enumerate(["", "n", "-n", "-nom, n", "jour, -x"]))
@pytest.mark.parametrize("pushed", [False, True])
def test_behind_each_record_stand_the_others(stack, walked, number, order, pushed):
    """Places with and without a first key, at the newest commit and at one before it."""
    name = f"marche-{'passee' if pushed else 'presente'}-{number}"
    address = walked(name)
    parameters = {"limit": 10, "select": "id"} | ({"order_by": order} if order else {})
    path = following(stack.get(address, parameters))
    ids = [row["id"] for row in stack.get(address.replace("/records", "/exports/json"), {**parameters, "limit": -1}).json()]
    numbers = {int(id): int(seq) for seq, id in stack.sql(f'SELECT _seq, id FROM data."{name}"')}
    if pushed:
        assert stack.push(name, [row(i, mark=1) for i in range(0, ROWS, 2)]).status == 200
    for at in [*range(0, ROWS, 29), ROWS - 2, ROWS - 1]:
        answer = stack.get(moved(path, numbers[ids[at]]))
        assert [row["id"] for row in answer.json()["results"]] == ids[at + 1:at + 11], (at, answer)


@pytest.fixture(scope="module")
def many(stack, tmp_path_factory):
    """So many that the first records of an order are looked for in its index (query/first)."""
    content = {**dataset.manifest("marche-longue"), "fields": FIELDS}
    address = dataset.apply(stack, tmp_path_factory.mktemp("marche-longue"), content) + "/records"
    assert stack.push("marche-longue", [row(i) for i in range(20100)], mode="snapshot").status == 200
    return address


@pytest.mark.parametrize("order", ["", "id", "-id", "vu", "-vu, n", "-x", "x", "jour, -x", "nom",
                                   "distance(geo, geom'POINT(3.2 50.5)')"])
def test_pages_of_many(stack, many, order):
    parameters = {"select": "id"} | ({"order_by": order} if order else {})
    whole = stack.get(many.replace("/records", "/exports/json"), parameters).json()
    numbers = {int(id): int(seq) for seq, id in stack.sql('SELECT _seq, id FROM data."marche-longue"')}
    for limit, offset in ((10, 0), (7, 95), (100, 0), (100, 9900)):
        answer = stack.get(many, {**parameters, "limit": limit, "offset": offset})
        assert answer.json() == {"total_count": 20100, "results": whole[offset:offset + limit]}, (limit, offset)
    path = following(stack.get(many, {**parameters, "limit": 100}))
    for at in [*range(0, 20100, 1717), 20050, 20099]:
        answer = stack.get(moved(path, numbers[whole[at]["id"]]))
        assert answer.json()["results"] == whole[at + 1:at + 101], at


@pytest.mark.parametrize("where", ["n=1", "n=7", "id=17", "ouvert=true", 'nom="nom é3"', "id in [20000..20090[",
                                   "id>=5 and id<=19000", "vu>=date'2026-01-01' and vu<date'2026-01-02'", "n>0 and n<0"])
def test_pages_of_many_by_a_condition(stack, many, where):
    """Few are found by the field's index, many in their order (query/decided): they are the same."""
    whole = stack.get(many.replace("/records", "/exports/json"), {"select": "id", "where": where}).json()
    for limit, offset in ((10, 0), (7, 95), (100, 0), (100, 9900), (0, 0)):
        for _ in range(3):  # the third time the number is known beforehand
            answer = stack.get(many, {"select": "id", "where": where, "limit": limit, "offset": offset, "timezone": "UTC"})
            assert answer.json() == {"total_count": len(whole), "results": whole[offset:offset + limit]}, (limit, offset)


def test_a_cursor_belongs_to_its_question(stack, still):
    path = following(stack.get(f"{still}?limit=5&order_by=n&where=id%3E1"))
    for changed in (path.replace("order_by=n", "order_by=x"), path.replace("id%3E1", "id%3E2"), path + "&lang=en",
                    path + "&refine=n:1", path.replace("/marche/", "/vlille-realtime/")):
        answer = stack.get(changed)
        assert answer.status == 400 and answer.json()["error_code"] == "InvalidRESTParameterError", changed
    assert "begin again with cursor=*" in stack.get(path + "&exclude=n:1").json()["message"]
    assert stack.get(path.replace("limit=5", "limit=50")).status == 200
    assert stack.get(path + "&select=id").json()["results"][0].keys() == {"id"}


@pytest.mark.parametrize("query, part", [("cursor=*&offset=5", "offset"), ("cursor=*&group_by=n", "group_by"),
                                         ("cursor=*&select=count(*)", "aggregates"), ("cursor=*&where=vu%3Cnow()", "now()")])
def test_what_has_no_pages_says_so(stack, still, query, part):
    answer = stack.get(f"{still}?{query}")
    assert answer.status == 400 and part in answer.json()["message"]


def test_history_that_was_deleted_ends_a_walk(stack, walked):
    address = walked("marche-finie")
    paths = [following(stack.get(f"{address}?limit=5{order}")) for order in ("", "&order_by=-n")]
    stack.push("marche-finie", [row(i, mark=9) for i in range(ROWS)])
    stack.sql("UPDATE catalog.state SET horizon = commit WHERE dataset = 'marche-finie'")
    for path in paths:
        answer = stack.get(path)
        assert answer.status == 410 and "begin again with cursor=*" in answer.json()["message"].lower()

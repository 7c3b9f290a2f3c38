"""Answers kept in shared memory: the same bytes as from PostgreSQL, never older than what was acknowledged."""

import json
import threading

import pytest

from harness import dataset


@pytest.fixture(scope="module")
def place(stack, tmp_path_factory):
    address = dataset.apply(stack, tmp_path_factory.mktemp("hot"), dataset.manifest("chaud"))
    assert stack.push("chaud", dataset.ROWS, mode="snapshot").status == 200
    return address


def record_of(stack, answer):
    """The access record of an answer."""
    stack.settle()
    mark = answer.headers["X-Request-Id"]
    return next(json.loads(line) for line in stack.access_log.open(encoding="utf-8") if mark in line)


def is_hot(stack, answer):
    return record_of(stack, answer).get("hot", False)


def thrice(stack, path, **options):
    """Asked for the first time, kept at the second, given from memory at the third."""
    return [stack.get(path, **options) for _ in range(3)]


VARIABLE = {"X-Request-Id", "Date", "Beffroi-Age", "Last-Modified"}


def told(answer):
    return answer.status, {k: v for k, v in answer.headers.items() if k not in VARIABLE}, answer.body


@pytest.mark.parametrize("path", [
    "/records?limit=2", "/records?where=n%3E0&select=nom,geo&timezone=Europe/Paris", "/exports/json", "/exports/jsonl",
    "", "/records?limit=0"])
def test_the_third_answer_is_from_memory_and_no_other(stack, place, path):
    answers = thrice(stack, place + path)
    assert [is_hot(stack, answer) for answer in answers] == [False, False, True]
    assert told(answers[0]) == told(answers[1]) == told(answers[2])
    first, last = record_of(stack, answers[0]), record_of(stack, answers[2])
    assert (first["rows"], first["bytes"], first["status"]) == (last["rows"], last["bytes"], last["status"])
    assert "execute" in first["steps"] and "execute" not in last["steps"]


def test_the_catalogue_too(stack, place):
    answers = thrice(stack, "/api/explore/v2.1/catalog/datasets?limit=3&offset=0")
    assert is_hot(stack, answers[2]) and told(answers[0]) == told(answers[2])


def test_head_and_304_know_it(stack, place):
    path = place + "/records?limit=1&offset=1"
    whole = thrice(stack, path)[2]
    head = stack.request("HEAD", path)
    assert is_hot(stack, head) and head.body == b"" and head.headers["Content-Length"] == str(len(whole.body))
    assert stack.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status == 304
    other = stack.get(path, headers={"If-None-Match": '"other"'})
    assert is_hot(stack, other) and other.body == whole.body


def test_what_was_acknowledged_is_in_the_next_answer(stack, place):
    path = place + "/records?select=n&where=id%3D1"
    for n in range(100, 130):
        thrice(stack, path)
        pushed = stack.push("chaud", [{**dataset.ROWS[0], "n": n}]).json()
        answer = stack.get(path)
        assert answer.json()["results"] == [{"n": n}]
        assert int(answer.headers["Beffroi-Commit"]) == pushed["commit"]


def test_readers_beside_a_writer_see_no_step_back(stack, place):
    """Twice the same key within one answer would be easy; here each reader must see the values only grow."""
    path = place + "/records?select=n&where=id%3D2"
    stack.push("chaud", [{**dataset.ROWS[1], "n": 1000}])
    over, faults = threading.Event(), []

    def read():
        last = 0
        while not over.is_set():
            answer = stack.get(path)
            n = answer.json()["results"][0]["n"]
            if n < last or answer.status != 200:
                faults.append((last, n))
            last = n

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    for n in range(1001, 1061):
        assert stack.push("chaud", [{**dataset.ROWS[1], "n": n}]).status == 200
    over.set()
    for reader in readers:
        reader.join()
    assert not faults


def test_errors_are_not_kept(stack, place):
    for _ in range(4):
        answer = stack.get(place + "/records?where=nix%3D1")
        assert answer.status == 400 and not is_hot(stack, answer)


def test_metrics_count_them(stack, place):
    thrice(stack, place + "/records?limit=4")
    stack.settle()
    assert 'beffroi_hot_total{pool="read",route="explore.records"}' in stack.get("/metrics").text


QUESTIONS = [
    "/api/explore/v2.1/catalog/datasets/chaud" + rest for rest in (
        "", "?lang=en", "?include_links=true", "?timezone=Europe/Paris",
        "/records", "/records?lang=en", "/records?include_links=true", "/records?limit=1", "/records?offset=1",
        "/records?select=nom", "/records?order_by=n", "/records?where=n%3E1", "/records?refine=nom:x",
        "/records?exclude=nom:x", "/records?timezone=Europe/Paris",
        "/facets", "/facets?facet=nom", "/facets?facet=n", "/facets?facet=nom&facet=n", "/facets?facet=facet(name=%22nom%22,limit=1)",
        "/facets?facet=nom&refine=ouvert:true", "/facets?facet=nom&timezone=Europe/Paris", "/facets?facet=nom&lang=en",
        "/exports/json", "/exports/jsonl", "/exports/csv", "/exports/geojson", "/exports/csv?use_labels=true",
        "/exports/csv?delimiter=,", "/exports/csv?with_bom=false", "/exports/csv?quote_all=true",
        "/exports/csv?list_separator=%7C", "/exports/csv?compressed=true", "/exports/geojson?epsg=3857",
        "/exports/csv?lang=en&use_labels=true", "/exports/json?limit=1", "/exports/csv?timezone=Europe/Paris")
] + [version + "/catalog/datasets" + rest for version in ("/api/explore/v2.0", "/api/v2") for rest in (
    "", "/chaud", "/chaud/records", "/chaud/records?limit=1")] + [
    "/api/explore/v2.1/catalog/datasets", "/api/explore/v2.1/catalog/datasets?lang=en",
    "/api/explore/v2.1/catalog/datasets?include_links=true",
    "/api/records/1.0/search?dataset=chaud", "/api/records/1.0/search?dataset=chaud&rows=1",
    "/api/records/1.0/search?dataset=chaud&start=1", "/api/records/1.0/search?dataset=chaud&sort=n",
    "/api/records/1.0/search?dataset=chaud&fields=nom", "/api/records/1.0/search?dataset=chaud&q=n%3E1",
    "/api/records/1.0/search?dataset=chaud&timezone=Europe/Paris", "/api/records/1.0/search?dataset=chaud&refine.nom=x",
    "/api/records/1.0/download?dataset=chaud",
]


def test_no_two_questions_share_a_tag(stack, place):
    """What changes an answer is in its tag: else one question would be given the other's answer from memory."""
    seen = {}
    for path in QUESTIONS:
        answer = stack.get(path)
        assert answer.status == 200, (path, answer)
        tag = answer.headers["ETag"]
        assert tag is None or tag not in seen, (path, seen[tag])
        if tag:
            seen[tag] = path
    assert len(seen) > 50


def test_a_filter_is_counted_once_for_all_pages(stack, place):
    """The number of matching records is kept under the conditions alone, and only for its commit."""
    def page(query):
        """total_count, and whether PostgreSQL counted for it."""
        answer = stack.get(place + "/records?" + query)
        statement = stack.sql("SELECT query FROM pg_stat_activity WHERE usename = 'beffroi_reader' AND query LIKE '%chaud%' "
                              "ORDER BY query_start DESC LIMIT 1")[0][0]
        return answer.json()["total_count"], "count(*)" in statement

    condition = "where=n%3E-100&"
    whole, counted = page(condition)
    assert counted
    assert [page(condition + rest) for rest in ("limit=1", "limit=2", "offset=1", "select=nom", "order_by=-n")] == [
        (whole, True)] + [(whole, False)] * 4, "the second time it is kept"
    assert page("where=n%3E-101&limit=1") == (whole, True)
    stack.push("chaud", [{**dataset.ROWS[0], "id": 900, "n": 7}])
    assert page(condition + "limit=3") == (whole + 1, True)
    assert page(condition + "limit=4") == (whole + 1, True)
    assert page(condition + "limit=4&select=n") == (whole + 1, False)


def test_facets_are_counted_once_for_all_apis(stack, place):
    """The counts are kept under conditions and facets alone, and only for their commit."""
    def counts(path):
        """The counts by value, and whether PostgreSQL counted for them."""
        answer = stack.get(path)
        statement = stack.sql("SELECT query FROM pg_stat_activity WHERE usename = 'beffroi_reader' AND query ~ 'catalog.state' "
                              "ORDER BY query_start DESC LIMIT 1")[0][0]
        [facet] = answer.json()["facets"]
        return {value["value"]: value["count"] for value in facet["facets"]}, "GROUP BY" in statement

    facet = "/facets?facet=n&where=n%3E-100"
    questions = [place + facet, place + facet + "&lang=en", place.replace("v2.1", "v2.0") + facet]
    whole, _ = counts(place + "/facets?facet=n&where=n%3E-101")
    assert whole and [counts(question) for question in questions] == [(whole, True), (whole, True), (whole, False)]
    stack.push("chaud", [{**dataset.ROWS[0], "id": 901, "n": 4711}])
    more = {**whole, "4711": 1}
    assert [counts(question) for question in questions] == [(more, True), (more, True), (more, False)]


def test_pages_of_v1_have_the_facets_of_their_commit(stack, place):
    address = "/api/records/1.0/search?dataset=chaud&facet=n&rows="
    first = [stack.get(address + rows).json()["facet_groups"] for rows in "0123"]
    assert first[0] and first == [first[0]] * 4
    stack.push("chaud", [{**dataset.ROWS[0], "id": 902, "n": 4712}])
    for rows in "0123":
        body = stack.get(address + rows).json()
        [group] = body["facet_groups"]
        assert {"name": "4712", "path": "4712", "count": 1, "state": "displayed"} in group["facets"]
        assert sum(value["count"] for value in group["facets"]) == body["nhits"] - 1

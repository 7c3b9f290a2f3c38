"""Strong ETags, 304 from memory, and the age of every answer."""

import time

import pytest

from harness import dataset

AGES = ("Beffroi-Commit", "Beffroi-Commit-Time", "Beffroi-Expected-Every", "Beffroi-State")


@pytest.fixture(scope="module")
def place(stack, tmp_path_factory):
    address = dataset.apply(stack, tmp_path_factory.mktemp("age"), dataset.manifest("age", expected_every="PT1H"))
    assert stack.push("age", dataset.ROWS, mode="snapshot").status == 200
    return address + "/records"


def ages(answer):
    return {name: answer.headers[name] for name in AGES}


def test_an_unchanged_answer_is_304_with_its_age(stack, place):
    first = stack.get(place)
    assert first.headers["ETag"].startswith('"') and "no-cache" in first.headers["Cache-Control"]
    again = stack.get(place, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert ages(again) == ages(first) and all(ages(first).values())
    assert 0 <= int(again.headers["Beffroi-Age"]) < 3600


def test_the_tag_is_of_the_query_in_its_normal_form(stack, place):
    def tag(query):
        return stack.get(place + query).headers["ETag"]
    assert tag("?where=n%3D3") == tag("?where=n%20%20%3D%203&unknown=1") == tag("?where=N%20%3D%203".replace("N", "n"))
    assert len({tag(""), tag("?where=n%3D3"), tag("?limit=3"), tag("?timezone=Europe/Paris"), tag("?select=n")}) == 5


def test_a_changed_row_changes_the_tag_and_nothing_else_does(stack, place):
    first = stack.get(place)
    unchanged = stack.push("age", dataset.ROWS[:2])
    assert unchanged.json()["changed"] == 0
    assert stack.get(place).headers["ETag"] == first.headers["ETag"]
    changed = stack.push("age", [{**dataset.ROWS[0], "n": 4}])
    assert changed.json()["changed"] == 1
    second = stack.get(place, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status == 200 and second.json()["results"][0]["n"] == 4
    assert int(second.headers["Beffroi-Commit"]) == changed.json()["commit"]
    assert stack.push("age", [dataset.ROWS[0]]).json()["changed"] == 1


def test_a_push_elsewhere_leaves_the_tag_alone(stack, place, tmp_path):
    first = stack.get(place)
    dataset.apply(stack, tmp_path, dataset.manifest("age-autre"))
    assert stack.push("age-autre", dataset.ROWS).json()["added"] == 4
    assert stack.get(place).headers["ETag"] == first.headers["ETag"]


def test_weakened_and_listed_tags_match(stack, place):
    tag = stack.get(place).headers["ETag"]
    for value in (f"W/{tag}", f'"other", {tag}', "*"):
        assert stack.get(place, headers={"If-None-Match": value}).status == 304
    assert stack.get(place, headers={"If-None-Match": '"other"'}).status == 200


def soon_after(push, read):
    """What is read within a second after the push; again with another one where the machine took longer."""
    for number in range(30):
        began = time.monotonic()
        pushed = push(number)
        answer = read()
        if time.monotonic() - began < 1:
            return pushed, answer
    pytest.fail("no push and read within a second")


def test_last_modified_waits_until_its_second_is_over(stack, place):
    _, answer = soon_after(lambda n: stack.push("age", [{**dataset.ROWS[0], "n": 177 + n}]), lambda: stack.get(place))
    assert answer.headers["Last-Modified"] is None
    until = time.monotonic() + 60
    while (modified := stack.get(place).headers["Last-Modified"]) is None:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert stack.get(place, headers={"If-Modified-Since": modified}).status == 304
    assert stack.get(place, headers={"If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}).status == 200
    assert stack.get(place, headers={"If-Modified-Since": "yesterday"}).status == 200


def test_an_unchanged_push_moves_the_age_of_the_feed_but_no_commit(stack, tmp_path):
    address = dataset.apply(stack, tmp_path, dataset.manifest("age-court", expected_every="PT1S", frozen_after="PT2S")) + "/records"
    def push(n):
        return stack.push("age-court", [{**row, "x": n} for row in dataset.ROWS]).json()
    _, live = soon_after(push, lambda: stack.get(address))
    assert live.headers["Beffroi-State"] == "live"
    until = time.monotonic() + 60
    while (late := stack.get(address)).headers["Beffroi-State"] != "late":
        assert time.monotonic() < until
        time.sleep(0.1)
    commit = late.headers["Beffroi-Commit"]
    rows = stack.get(address + "?select=x&limit=1").json()["results"]
    unchanged, frozen = soon_after(lambda _: push(rows[0]["x"]), lambda: stack.get(address))
    assert unchanged["unchanged"] == 4
    assert (frozen.headers["Beffroi-State"], frozen.headers["Beffroi-Commit"]) == ("frozen", commit)
    _, again = soon_after(lambda _: push(rows[0]["x"]), lambda: stack.get(address, headers={"If-None-Match": frozen.headers["ETag"]}))
    assert (again.status, again.headers["Beffroi-State"]) == (304, "frozen")
    assert int(frozen.headers["Beffroi-Age"]) >= 2


def test_the_catalogue_has_tags_too(stack, place):
    path = "/api/explore/v2.1/catalog/datasets"
    first = stack.get(path)
    assert stack.get(path, headers={"If-None-Match": first.headers["ETag"]}).status == 304
    stack.push("age", [{**dataset.ROWS[0], "n": 78}])
    assert stack.get(path, headers={"If-None-Match": first.headers["ETag"]}).status == 200


def test_errors_are_never_kept(stack, place):
    answer = stack.get(place + "?limit=x")
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["ETag"] is None

"""A source that writes Paris time and calls it UTC, through the two nights of the year in which that clock is changed."""

import pytest

from harness import dataset

PUSH = "/api/push/v1/datasets/heure-locale/records"


@pytest.fixture(scope="module")
def place(stack, tmp_path_factory):
    content = dataset.manifest("heure-locale", key=["id"], fields=[
        {"name": "id", "type": "int"}, {"name": "n", "type": "int"},
        {"name": "vu", "type": "datetime", "z_is_local": "Europe/Paris"},
        {"name": "autre", "type": "datetime", "z_is_local": "Europe/London"}])
    content.pop("geometry", None)
    return dataset.apply(stack, tmp_path_factory.mktemp("heure"), content)


@pytest.fixture(autouse=True)
def empty(stack, place):
    assert stack.request("POST", PUSH + "?mode=snapshot&allow_empty=true", body="id,n,vu", headers=head(stack)).status == 200


def head(stack, **more):
    return {"Authorization": f"Bearer {stack.key('push:heure-locale')}", "Content-Type": "text/csv", **more}


def push(stack, *rows, query="", columns="id,n,vu", **more):
    answer = stack.request("POST", PUSH + query, body="\n".join([columns, *rows]), headers=head(stack, **more))
    assert answer.status == 200, answer
    return answer.json()


def seen(stack, place, field="vu"):
    return {row["id"]: row[field] and row[field].removesuffix("+00:00") for row in stack.get(place + "/exports/json").json()}


def test_a_feed_through_the_night(stack, place):
    """Every ten minutes from midnight (22:00 UTC) to four o'clock (03:00 UTC), what the clock on the wall shows."""
    for minutes in range(0, 5 * 60 + 1, 10):
        utc = f"2025-10-2{5 + (22 * 60 + minutes) // 1440}T{(22 * 60 + minutes) // 60 % 24:02}:{minutes % 60:02}:07"
        local = minutes if minutes < 180 else minutes - 60
        wall = f"2025-10-26T{local // 60:02}:{local % 60:02}:07Z"
        push(stack, f"1,{minutes},{wall}")
        assert seen(stack, place) == {1: utc}, wall


def test_what_does_not_change_stays(stack, place):
    push(stack, "1,1,2025-10-26T02:30:00Z", "2,1,2025-10-26T02:50:00Z")
    assert seen(stack, place) == {1: "2025-10-26T00:30:00", 2: "2025-10-26T00:50:00"}
    # The second time round: station 1 has moved, 2 has not.
    told = push(stack, "1,2,2025-10-26T02:10:00Z", "2,1,2025-10-26T02:50:00Z")
    assert (told["changed"], told["unchanged"]) == (1, 1)
    assert seen(stack, place) == {1: "2025-10-26T01:10:00", 2: "2025-10-26T00:50:00"}
    told = push(stack, "1,2,2025-10-26T02:10:00Z", "2,1,2025-10-26T02:50:00Z")
    assert (told["changed"], told["unchanged"]) == (0, 2)
    push(stack, "1,3,2025-10-26T03:00:00Z", query="?mode=snapshot")
    assert seen(stack, place) == {1: "2025-10-26T02:00:00"}


def test_another_day_does_not_decide(stack, place):
    """A file of that night that is loaded after the winter gives what it gave then."""
    push(stack, "1,1,2025-12-22T13:33:00Z")
    push(stack, "1,2,2025-10-26T02:01:18Z")
    assert seen(stack, place) == {1: "2025-10-26T00:01:18"}
    push(stack, "1,2,2025-06-01T12:00:00Z")
    push(stack, "1,2,2025-10-26T02:01:18Z")
    assert seen(stack, place) == {1: "2025-10-26T00:01:18"}


def test_each_field_by_its_own_clock(stack, place):
    """London's hour is an hour later on the same clock."""
    push(stack, "1,1,2025-10-26T02:40:00Z,2025-10-26T01:40:00Z", columns="id,n,vu,autre")
    push(stack, "1,1,2025-10-26T02:20:00Z,2025-10-26T01:50:00Z", columns="id,n,vu,autre")
    assert seen(stack, place) == {1: "2025-10-26T01:20:00"}
    assert seen(stack, place, "autre") == {1: "2025-10-26T00:50:00"}
    push(stack, "1,1,,2025-10-26T01:10:00Z", columns="id,n,vu,autre")
    assert seen(stack, place) == {1: None} and seen(stack, place, "autre") == {1: "2025-10-26T01:10:00"}


def test_once_with_a_key_of_idempotency(stack, place):
    push(stack, "1,1,2025-10-26T02:40:00Z")
    first = push(stack, "1,2,2025-10-26T02:20:00Z", **{"Idempotency-Key": "nuit"})
    assert first["changed"] == 1 and seen(stack, place) == {1: "2025-10-26T01:20:00"}
    assert push(stack, "1,2,2025-10-26T02:20:00Z", **{"Idempotency-Key": "nuit"}) == first


def test_the_hour_that_is_not_there(stack, place):
    """In spring the clock goes from two to three: what it cannot have shown is read with the offset before (RFC 5545)."""
    push(stack, "1,1,2026-03-29T01:59:59Z", "2,1,2026-03-29T03:00:00Z", "3,1,2026-03-29T02:30:00Z")
    assert seen(stack, place) == {1: "2026-03-29T00:59:59", 2: "2026-03-29T01:00:00", 3: "2026-03-29T01:30:00"}

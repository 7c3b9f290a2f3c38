"""Handlers in C over the real stack: rows and rules. Their faults are in tests/faults."""

import pytest

from harness import handlers
from harness.stack import ROOT


@pytest.fixture(scope="module")
def template(stack):
    stack.beffroi("apply", str(ROOT / "handlers/template"))
    address = handlers.settle(stack, "template")
    handlers.fill(stack, "template", (ROOT / "handlers/template/sample.json").read_text())
    return address


def rates(answer):
    assert answer.status == 200, answer
    return {row["id"]: row["taux_occupation"] for row in answer.json()["results"]}


def test_the_template_fills_its_field(stack, template):
    wanted = {1: 0.09375, 2: 0.5, 3: None, 4: None}
    assert rates(stack.get(template + "/records?order_by=id")) == wanted
    assert rates(stack.get(template + "/records?select=taux_occupation,id")) == wanted
    assert rates(stack.get(template + "/records?where=nb_velos>3")) == {2: 0.5}


def test_one_record_and_an_export(stack, template):
    rows = stack.get(template + "/exports/json?select=id,taux_occupation")
    assert rows.status == 200, rows
    assert {row["id"]: row["taux_occupation"] for row in rows.json()} == {1: 0.09375, 2: 0.5, 3: None, 4: None}
    [(record,)] = stack.sql("SELECT encode(_id, 'hex') FROM data.template WHERE id = 2")
    answer = stack.get(f"{template}/records/{record}")
    assert answer.status == 200, answer
    assert answer.json()["taux_occupation"] == 0.5


def test_fields_that_were_not_selected(stack, template):
    answer = stack.get(template + "/records?select=nom&where=id=1")
    assert answer.json()["results"] == [{"nom": "METROPOLE EUROPEENNE DE LILLE"}]


def test_a_field_that_was_selected_twice(stack, template):
    select = {"select": "taux_occupation as a, nom, taux_occupation as b", "where": "id=2"}
    answer = stack.get(template + "/records", select)
    assert answer.json()["results"] == [{"a": 0.5, "nom": "GARE LILLE FLANDRES", "b": 0.5}]


@pytest.mark.parametrize("clause", ["where=taux_occupation>0.5", "order_by=taux_occupation", "refine=taux_occupation:1"])
def test_an_added_field_is_output_only(stack, template, clause):
    answer = stack.get(template + "/records?" + clause)
    assert answer.status == 400, answer
    assert "taux_occupation" in answer.json()["message"]


def test_not_modified(stack, template):
    first = stack.get(template + "/records")
    assert stack.get(template + "/records", headers={"If-None-Match": first.headers["ETag"]}).status == 304


def test_rewrite_hides_rows(stack, tmp_path):
    rows = [{"id": 1, "nom": "open"}, {"id": 2, "nom": "it's \"secret\""}, {"id": 3, "nom": None}]
    options = {"hidden": "it's \"secret\""}
    address = handlers.publish(stack, tmp_path, "narrow", "narrow", rows, options=options)

    def ids(where=None):
        body = stack.get(address + "/records", {"select": "id", "order_by": "id", **({"where": where} if where else {})}).json()
        assert body["total_count"] == len(body["results"])
        return [row["id"] for row in body["results"]]

    assert ids() == [1, 3]
    assert ids("id = 2") == []
    assert ids("id = 2 or id = 1") == [1]
    refused = stack.get(address + "/records?where=x>1")
    assert refused.status == 403
    assert "the field x is not public" in refused.text

"""One stored dataset in the words of each API that showed it (catalog/generations; contract 7.5)."""

import json

import pytest

from harness import dataset

V21, V20, API2 = "/api/explore/v2.1/catalog/datasets", "/api/explore/v2.0/catalog/datasets", "/api/v2/catalog/datasets"
OF_2016 = ["libelle", "nom", "adresse", "commune", "etat", "type", "etatconnexion", "nbvelosdispo", "nbplacesdispo", "geo",
           "localisation", "datemiseajour"]
OF_2024 = ["nom", "adresse", "code_insee", "commune", "etat", "type", "nb_places_dispo", "nb_velos_dispo", "etat_connexion",
           "x", "y", "date_modification"]


def v1(stack, name, **parameters):
    answer = stack.get("/api/records/1.0/search", {"dataset": name, **parameters})
    assert answer.status == 200, answer
    return answer.json()


def test_the_old_names_through_the_old_apis(stack):
    assert list(v1(stack, "vlille-realtime", rows=1)["records"][0]["fields"]) == OF_2016
    for root in (V20, API2):
        row = stack.get(f"{root}/vlille-realtime/records?limit=1").json()["records"][0]["record"]["fields"]
        assert list(row) == OF_2016
        shown = stack.get(f"{root}/vlille-realtime").json()["dataset"]["fields"]
        assert [field["name"] for field in shown] == OF_2016


def test_every_field_through_the_newest_api(stack):
    row = stack.get(f"{V21}/vlille-realtime/records?limit=1").json()["results"][0]
    assert list(row) == [*OF_2016, "code_insee", "x", "y", "id_station", "anomalies"]


@pytest.mark.parametrize("name", ["vlille_temps_reel", "ilevia:vlille_temps_reel"])
def test_the_names_of_2024_under_the_name_of_2024(stack, name):
    row = stack.get(f"{V21}/{name}/records?limit=1&order_by=nom").json()["results"][0]
    assert list(row) == OF_2024
    assert list(v1(stack, name, rows=1)["records"][0]["fields"]) == OF_2024
    assert [field["name"] for field in stack.get(f"{V21}/{name}").json()["fields"]] == OF_2024
    same = stack.get(f"{V21}/vlille-realtime/records?limit=1&order_by=nom").json()["results"][0]
    assert (row["nb_velos_dispo"], row["x"]) == (same["nbvelosdispo"], same["x"])
    assert {row["etat_connexion"]} <= {"CONNECTÉ", "DÉCONNECTÉ"}


def test_words_are_translated_in_conditions_too(stack):
    def count(name, word, field):
        return stack.get(f"{V21}/{name}/records", {"limit": 0, "where": f'{field}="{word}"'}).json()["total_count"]

    assert count("vlille-realtime", "CONNECTED", "etatconnexion") == count("vlille_temps_reel", "CONNECTÉ", "etat_connexion") > 200
    for word in ("CONNECTÉ", "CONNECTEE", "CONNECTÉE"):
        assert count("vlille-realtime", word, "etatconnexion") == count("vlille-realtime", "CONNECTED", "etatconnexion")
        assert v1(stack, "vlille-realtime", rows=0, **{"refine.etatconnexion": word})["nhits"] > 200
    assert count("vlille-realtime", "CONNECTE", "etatconnexion") == 0
    assert v1(stack, "vlille-realtime", rows=0, **{"refine.etatconnexion": "CONNECTED"})["nhits"] > 200


@pytest.fixture(scope="module")
def mixed(stack, tmp_path_factory):
    """The feed of 2024 pushed into the dataset of 2016, as it does."""
    fields = [{"name": "id", "type": "int"}, {"name": "etat", "type": "text", "facet": True},
              {"name": "n", "type": "int", "facet": True}, {"name": "geo", "type": "geo_point_2d"}]
    dataset.apply(stack, tmp_path_factory.mktemp("generations"), dataset.manifest(
        "generations", fields=fields, aliases={"dataset": ["avant"], "fields": {"nombre": "n", "nombre2": "n"}},
        generations=[{"dataset": ["avant"], "api": ["2.1"], "fields": ["etat", "nombre", "nombre2"],
                      "values": {"etat": {"OUVERT": "it's \"open\"", "?'": "b"}}},
                     {"api": ["2.0"], "fields": ["etat"]},
                     {"api": ["1.0"], "values": {"etat": {"OUVERT": "open"}}}]))
    rows = [{"id": 1, "etat": "OUVERT", "nombre": 5, "geo": {"lon": 3, "lat": 50}}, {"id": 2, "etat": "?'"}, {"id": 3}]
    assert stack.push("generations", rows, mode="snapshot").status == 200


def test_a_field_may_have_two_names_and_any_value_another_word(stack, mixed):
    rows = stack.get(f"{V21}/avant/records").json()["results"]
    assert rows == [{"etat": "it's \"open\"", "nombre": 5, "nombre2": 5}, {"etat": "b", "nombre": None, "nombre2": None},
                    {"etat": None, "nombre": None, "nombre2": None}]
    assert stack.get(f"{V21}/generations/records?limit=1").json()["results"][0]["etat"] == "OUVERT"
    assert v1(stack, "generations")["records"][0]["fields"]["etat"] == "open"


SPELLINGS = ["open", "OUVERT"]


@pytest.mark.parametrize("word", SPELLINGS)
def test_the_spelling_of_another_time_finds_the_same(stack, mixed, word):
    """Stored as OUVERT, shown as open through v1.0."""
    def hits(**parameters):
        return [record["fields"]["id"] for record in v1(stack, "generations", **parameters)["records"]]

    assert hits(**{"refine.etat": word}) == [1]
    assert hits(**{"exclude.etat": word}) == [2, 3]
    for q in (f"etat={word}", f"etat:{word}", word, f'"{word}"', f'#exact(etat,"{word}")', f"NOT (id=2 OR id=3) AND {word}",
              f'#search(etat,"{word}")', f'#search(*,"{word}")', f'#startswith(etat,"{word}")', word.lower()):
        assert hits(q=q) == [1], q
    group, = v1(stack, "generations", **{"refine.etat": word, "facet": "etat"})["facet_groups"]
    assert group["facets"] == [{"name": "open", "path": "open", "count": 1, "state": "refined"}]


@pytest.mark.parametrize("word", ["it's \"open\"", "OUVERT"])
def test_spellings_in_odsql(stack, mixed, word):
    def ids(**parameters):
        answer = stack.get(f"{V21}/avant/records", {"select": "id", "order_by": "id", **parameters})
        assert answer.status == 200, answer
        return [row["id"] for row in answer.json()["results"]]

    text = json.dumps(word)
    for where in (f"etat={text}", f"etat:{text}", f"etat in ({text}, 'x')", f"not etat!={text} and etat is not null", f"etat like {text}",
                  text, f"search({text})", f"search(etat, {text})", f"suggest({text})", f"phrase(etat, {text})",
                  f"startswith(etat, {text})"):
        assert ids(where=where) == [1], where
    assert ids(where=f"etat!={text}") == ids(where=f"etat not in ({text})") == [2]
    assert ids(refine=f"etat:{text}") == [1] and ids(exclude=f"etat:{text}") == [2, 3]
    facets = stack.get(f"{V21}/avant/facets", {"facet": "etat", "refine": f"etat:{text}"}).json()["facets"]
    assert facets[0]["facets"] == [{"name": "it's \"open\"", "count": 1, "state": "refined", "value": "it's \"open\""}]


def test_what_is_not_shown_may_still_be_named(stack, mixed):
    body = stack.get(f"{V21}/avant/records", {"select": "id, n, nombre, recordid", "where": "id=1 and n=5 and nombre2=5",
                                              "order_by": "-id"}).json()
    assert [list(row)[:3] for row in body["results"]] == [["id", "n", "nombre"]]
    assert v1(stack, "avant", q="id=1")["records"][0]["geometry"]["type"] == "Point"


def test_exports_have_the_words_of_the_name(stack, mixed):
    assert json.loads(stack.get(f"{V21}/avant/exports/json").content)[0] == {"etat": "it's \"open\"", "nombre": 5, "nombre2": 5}
    assert stack.get(f"{V21}/avant/exports/csv?with_bom=false").text.splitlines()[0] == "etat;nombre;nombre2"


def test_answers_under_two_names_are_two_answers(stack, mixed):
    tag = stack.get(f"{V21}/avant/records").headers["ETag"]
    assert stack.get(f"{V21}/generations/records", headers={"If-None-Match": tag}).status == 200


def test_facets_are_those_that_are_shown(stack):
    def names(name):
        return [facet["name"] for facet in stack.get(f"{V21}/{name}/facets").json()["facets"]]

    assert names("vlille-realtime") == ["libelle", "nom", "commune", "etat", "type", "etatconnexion", "anomalies"]
    assert names("vlille_temps_reel") == ["nom", "commune", "etat", "type", "etat_connexion"]
    facets = stack.get(f"{V21}/vlille_temps_reel/facets?facet=etat_connexion").json()["facets"][0]["facets"]
    assert {value["value"] for value in facets} <= {"CONNECTÉ", "DÉCONNECTÉ"}


def test_a_facet_that_is_not_shown_is_not_listed(stack, mixed):
    assert [facet["name"] for facet in stack.get(f"{V21}/avant/facets").json()["facets"]] == ["etat", "nombre", "nombre2"]
    shown = stack.get(f"{V20}/generations/facets").json()["facets"]
    assert [facet["name"] for facet in shown] == ["etat"]
    assert stack.get(f"{V20}/generations/facets?facet=n").json()["facets"][0]["facets"][0]["value"] == "5"

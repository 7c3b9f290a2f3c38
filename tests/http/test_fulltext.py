"""Full text over HTTP: what is found, in which order, and what is refused; on records and on the catalogue."""

import json

import pytest

from harness import dataset

ID = "plein-texte"
FIELDS = [
    {"name": "id", "type": "int", "sortable": True},
    {"name": "titre", "type": "text"},
    {"name": "lieu", "type": "text", "facet": True},
    {"name": "note", "type": "text"},
    {"name": "n", "type": "int"},
    {"name": "affiche", "type": "text", "sql": "titre || ' (' || lieu || ')'"},
    {"name": "brut", "type": "json_blob"},
]
TEXTS = [
    (1, "Hôpital Claude-Huriez", "Lille", "Accès par l'avenue Oscar Lambret"),
    (2, "L’hôpital de jour", "Roubaix", "Fermé le dimanche"),
    (3, "Les chevaux de l'île", "Villeneuve-d'Ascq", "Manège et promenade"),
    (4, "Un cheval à la Citadelle", "Lille", None),
    (5, "Musée d'Histoire naturelle", "Lille", "59000 LILLE, rue de Bruxelles 19/23"),
    (6, "Bibliothèque Jean-Lévy", "Lille", "Œuvres complètes; prêt de 5 livres"),
    (7, "E\u0301tablissement thermal 🚲", "Saint-André-lez-Lille", "www.eau.example/horaires.html"),
    (8, None, None, None),
    (9, "Hospitalier", "Tourcoing", "ascenseur<br>en panne & fermé"),
    (10, "50% de réduction_tarif 'a' \"b\" \\c", "Loos", "Straße ﬁn ＡＢＣ Привет 東京"),
]


@pytest.fixture(scope="module")
def address(stack, tmp_path_factory):
    content = dataset.manifest(ID, fields=FIELDS)
    del content["geometry"]
    found = dataset.apply(stack, tmp_path_factory.mktemp("texte"), content)
    rows = [{"id": i, "titre": titre, "lieu": lieu, "note": note, "n": i, "brut": '{"titre": "caché"}'}
            for i, titre, lieu, note in TEXTS]
    assert stack.push(ID, rows).status == 200
    return found


@pytest.fixture
def find(stack, address):
    def ids(where, **more):
        answer = stack.get(f"{address}/records", {"where": where, "select": "id", "limit": 100, **more})
        assert answer.status == 200, answer
        body = answer.json()
        found = [row["id"] for row in body["results"]]
        assert body["total_count"] == len(found)
        return found
    return ids


@pytest.mark.parametrize("where, found", [
    # accents, case, compounds, signs
    ('"hopital"', [1, 2]),
    ('"HÔPITAL"', [1, 2]),
    ('"hôpital"', [1, 2]),
    ('"claude huriez"', [1]),
    ('"claude-huriez"', [1]),
    ('"Huriez lambret"', [1]),
    ("\"l'hôpital\"", [1, 2]),
    ('"L’ÎLE"', [3]),
    ("\"villeneuve d'ascq\"", [3]),
    ('"établissement"', [7]),
    ('"e\u0301tablissement"', [7]),
    ('"oeuvres"', [6]),
    ('"ŒUVRES"', [6]),
    ('"59000"', [5]),
    ('"19"', [5]),
    ('"23 19"', [5]),
    ('"eau example"', [7]),
    ('"horaires"', [7]),
    ('"panne"', [9]),
    ('"br"', [9]),
    ('"50"', [10]),
    ('"tarif"', [10]),
    ('"strasse"', [10]),
    ('"привет"', [10]),
    ('"fin"', [10]),
    # stems, never in the place of the word itself
    ('"chevaux"', [3, 4]),
    ('"cheval"', [4, 3]),
    ('"musees"', [5]),
    ('"chev"', []),
    ('"chev*"', [3, 4]),
    # what is not visible text
    ('"cache"', []),
    ('brut like "cache"', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ('affiche like "lille huriez"', [1]),
    # search: the last word begins so, the others with slips
    ('search("hopit")', [1, 2]),
    ('search("biblioteque jean")', [6]),
    ('search("biblioteqe jean")', [6]),
    ('search("bibloteqe jean")', []),
    ('search("biblioteque")', []),
    ('search("musse hist")', [5]),
    ('search("mussss hist")', []),
    ('search("musee hits na")', []),
    ('search("claud huri")', [1]),
    ('search("jaen levy")', [6]),  # two letters that changed places are one slip
    ('search("59001 li")', []),
    ('search("5 livr")', [6]),
    ('search("li")', [1, 4, 5, 6, 7]),
    ('search(*, "hopital jour")', [2]),
    ('search(titre, "lille")', []),
    ('search(titre, lieu, "hopital lill")', [1]),
    ('search(titre, note, "hopital lille")', []),
    ('search(affiche, "hopital lille")', [1]),
    # suggest: no slips, every word begins so
    ('suggest("bibliot")', [6]),
    ('suggest("bibloteq")', []),
    ('suggest("hui")', []),
    ('suggest("hu cl")', [1]),
    ('suggest(lieu, "andre li")', [7]),
    # startswith: the very characters of the whole value
    ('startswith("Hô")', [1]),
    ('startswith("hô")', []),
    ('startswith("Ho")', [9]),
    ('startswith(lieu, "Lil")', [1, 4, 5, 6]),
    ('startswith(lieu, "lil")', []),
    ('startswith(titre, "L’hôpital d")', [2]),
    ('startswith(titre, "L\'hôpital d")', []),
    ('startswith(titre, "Les ")', [3]),
    ('startswith(titre, "50%")', [10]),
    ('startswith(affiche, "Un cheval à la Citadelle (L")', [4]),
    ('startswith(titre, "E\u0301t")', [7]),
    ('startswith(titre, "É")', []),
    # like
    ('titre like "hopital jour"', [2]),
    ('titre like "hopit"', []),
    ('titre like "hopit*"', [1, 2]),
    ('titre like "%hôpital%"', [1, 2]),
    ('titre like "cheval"', [4]),
    ('titre not like "hopital"', [3, 4, 5, 6, 7, 9, 10]),
    ('not titre like "hopital"', [3, 4, 5, 6, 7, 8, 9, 10]),
    # phrase
    ('phrase("histoire naturelle")', [5]),
    ('phrase("HISTOIRE NATURELLE")', [5]),
    ('phrase("naturelle histoire")', []),
    ('phrase(note, "rue de bruxelles")', [5]),
    ('phrase("huriez lille")', []),
    ('phrase(titre, "hopital")', [1, 2]),
    # with the rest of the language
    ('"lille" and n > 4', [5, 6, 7]),
    ('search("li") or n = 9', [1, 4, 5, 6, 7, 9]),
    ('not "lille"', [2, 3, 8, 9, 10]),
    ('("lille" or "roubaix") and search("hop")', [1, 2]),
])
def test_finds(find, where, found):
    assert find(where) == found


@pytest.mark.parametrize("text", ["", "   ", "?!", "« … »", "🚲", "'", "\u2e3a"])
def test_a_text_without_words_asks_for_nothing(find, text):
    quoted = json.dumps(text)
    assert len(find(quoted)) == len(find(f"search({quoted})")) == len(TEXTS)
    assert find(f"search(note, {quoted})") == find(f"note like {quoted}") == [1, 2, 3, 5, 6, 7, 9, 10]
    assert find(f"note not like {quoted}") == []


def test_the_words_as_they_were_typed_come_first(find):
    assert (find('"chevaux"'), find('"cheval"'), find('search("ile")')) == ([3, 4], [4, 3], [3])
    assert find('search("cheval")', order_by="id") == [3, 4]
    assert find('search("chevaux")', order_by="-id") == [4, 3]
    assert find('search("cheval") and n > 0') == [4, 3]


HOSTILE = [
    "'", '"', "\\", "a' or 1=1 --", "') or true --", "a & b", "a | b", "!a", "((", "))", "a:*", ":*", "a:A", "a <-> b", "a <2> b",
    "*", "**", "*a", "a*b", ".*", "[a-z]+", "(?i)a", "$1", "%s%n", "_", "^", "a{1,99999}", "\\p{L}", "E'\\\\'", "''::tsquery",
    "\u0001", "\t\n", "🚲" * 100, "e" + "\u0301" * 400, "\u202e", "\ufeff", "a\u200bb", "\U0010ffff", "\ud7ff", "İıſß", "½²ªº",
    "a" * 1000, "é" * 500, "- " * 500, "x'y" * 10, "1e5x 12e5e6 0x1F -3.5 1.2.3", "http://a.b/c?d=e#f", "a@b.example", "/etc/passwd",
    "<b>&amp;", "l'" * 20, "d’l’qu'", "NULL", "and or not",
]


@pytest.mark.parametrize("form", ["{}", "search({})", "suggest(titre, {})", "startswith({})", "startswith(lieu, {})",
                                  "titre like {}", "titre not like {}", "phrase({})"])
def test_hostile_texts_are_texts(stack, address, form):
    for text in HOSTILE:
        answer = stack.get(f"{address}/records", {"where": form.format(json.dumps(text, ensure_ascii=False)), "limit": 1})
        assert answer.status == 200, (text, answer)


@pytest.mark.parametrize("where, says", [
    ('"' + "a" * 1001 + '"', "at most 1000 bytes, not 1001"),
    ('search("' + "x" * 8000 + '")', "at most 1000 bytes"),
    ('search("' + "mot " * 21 + '")', "at most 20 words, not 21"),
    (" or ".join(['"a"'] * 11), "at most 10 full-text conditions"),
    ('search(n, "1")', "Field n is of type int, a text is needed"),
    ('search(gare, "1")', "Unknown field: gare"),
    ('vector_similarity_threshold("velo")', "is for the catalogue"),
    ('"a\\u0000b"', "U+0000"),
])
def test_refuses(stack, address, where, says):
    answer = stack.get(f"{address}/records", {"where": where})
    assert (answer.status, answer.json()["error_code"]) == (400, "ODSQLError"), answer
    assert says in answer.json()["message"]


def test_pages_of_a_search_are_parts_of_one_order(stack, address, find):
    whole = find('suggest("l a")')
    assert len(whole) > 3
    assert [find_page(stack, address, offset) for offset in range(len(whole))] == whole


def find_page(stack, address, offset):
    where = {"where": 'suggest("l a")', "select": "id", "limit": 1, "offset": offset}
    return stack.get(f"{address}/records", where).json()["results"][0]["id"]


def test_exports_find_the_same(stack, address, find):
    answer = stack.get(f"{address}/exports/json", {"where": 'search("cheval")', "select": "id"})
    assert [row["id"] for row in answer.json()] == find('search("cheval")') == [4, 3]


def test_a_new_word_is_known_with_the_push_that_brings_it(stack, address, find):
    def push(row):
        assert stack.push(ID, [row]).status == 200
    try:
        assert find('search("zygomatiqe x")') == []
        push({"id": 99, "titre": "zygomatique x", "n": 99})
        assert find('search("zygomatiqe x")') == [99]
        push({"id": 99, "titre": "pamplemousse x", "n": 99})
        assert find('search("zygomatiqe x")') == []
        assert find('search("pamplemouse x")') == [99]
    finally:
        body = json.dumps([{"id": 99}])
        stack.request("POST", f"/api/push/v1/datasets/{ID}/records/delete", body=body,
                      headers={"Authorization": f"Bearer {stack.key(f'push:{ID}')}", "Content-Type": "application/json"})


def test_a_push_that_changes_no_text_teaches_nothing(stack, address):
    before = stack.sql("SELECT count(*) FROM catalog.word")
    row = {"id": 1, "titre": TEXTS[0][1], "lieu": TEXTS[0][2], "note": TEXTS[0][3], "brut": '{"titre": "caché"}'}
    for n in (1000, 1):
        assert stack.push(ID, [{**row, "n": n}]).status == 200
    assert stack.sql("SELECT count(*) FROM catalog.word") == before


def test_text_of_any_length_is_taken(stack, tmp_path):
    content = dataset.manifest("texte-long", fields=[{"name": "id", "type": "int"}, {"name": "texte", "type": "text"}])
    del content["geometry"]
    place = dataset.apply(stack, tmp_path, content)
    words = " ".join(f"mot{i}" for i in range(100_000))
    rows = [{"id": 1, "texte": words}, {"id": 2, "texte": "a" * 3000 + " fin"}, {"id": 3, "texte": "\U00010348" * 150_000}]
    for row in rows:
        answer = stack.push("texte-long", json.dumps([row], ensure_ascii=False))
        assert answer.status == 200, answer
    assert stack.get(f"{place}/records", {"where": '"mot77 mot1234"', "select": "id"}).json()["results"] == [{"id": 1}]
    assert stack.get(f"{place}/records", {"where": '"fin"', "select": "id"}).json()["results"] == [{"id": 2}]


def test_a_new_text_field_is_searched_and_learned(stack, tmp_path):
    fields = [{"name": "id", "type": "int"}, {"name": "a", "type": "text"}]
    content = dataset.manifest("texte-croissant", fields=fields)
    del content["geometry"]
    place = dataset.apply(stack, tmp_path, content)
    assert stack.push("texte-croissant", [{"id": 1, "a": "premier"}]).status == 200
    dataset.apply(stack, tmp_path, {**content, "fields": [*fields, {"name": "b", "type": "text"}]})
    assert stack.push("texte-croissant", [{"id": 2, "a": "second", "b": "pamplemousse rose"}]).status == 200
    for where, found in [('"premier"', 1), ('"pamplemousse"', 2), ('search("pamplemouse ro")', 2), ('search("secon ro")', 2)]:
        answer = stack.get(f"{place}/records", {"where": where, "select": "id"})
        assert answer.json()["results"] == [{"id": found}], (where, answer)
    assert stack.sql("SELECT tgname FROM pg_trigger WHERE tgrelid = 'data.\"texte-croissant\"'::regclass "
                     "AND tgname ~ 'learn' AND NOT tgisinternal").__len__() == 2


def test_no_text_field_finds_nothing(stack, tmp_path):
    content = dataset.manifest("sans-texte", fields=[{"name": "id", "type": "int"}])
    del content["geometry"]
    place = dataset.apply(stack, tmp_path, content)
    assert stack.push("sans-texte", [{"id": 1}]).status == 200
    for where, count in [('"a"', 0), ('search("a")', 0), ('startswith("a")', 0), ('phrase("a")', 0), ('""', 1)]:
        assert stack.get(f"{place}/records", {"where": where}).json()["total_count"] == count


# ---- the catalogue

CATALOGUE = "/api/explore/v2.1/catalog/datasets"


@pytest.mark.parametrize("where, finds_it", [
    ('search("plein texte")', True),
    ('search("plien text")', True),
    ('"essai plein"', True),
    ('search(title, "essai plei")', True),
    ('search(description, "plein")', False),
    ('"test"', True),  # the English title
    ('title like "ess*"', True),
    ('title not like "essai"', False),
    ('startswith(dataset_id, "plein-t")', True),
    ('startswith(dataset_id, "Plein-t")', False),
    ('suggest("mobil")', True),
    ('"mobilités"', True),
    ('phrase("essai plein")', True),
    ('"vie qualité"', True),
    ('vector_similarity_threshold("plein texte")', True),
    ('search("nulle part")', False),
])
def test_catalogue(stack, tmp_path, where, finds_it):
    content = dataset.manifest(ID, fields=FIELDS, keywords=["Mobilité douce"], themes=["Qualité de vie"])
    del content["geometry"]
    dataset.apply(stack, tmp_path, content)
    answer = stack.get(CATALOGUE, {"where": where, "limit": 100})
    assert answer.status == 200, answer
    assert (ID in [found["dataset_id"] for found in answer.json()["results"]]) == finds_it


def test_datasets_with_the_words_in_the_title_come_first(stack, tmp_path):
    """Applied in the order of the list; found in that of the numbers behind the ids."""
    texts = [("texte-poids-5", {"description": {"fr": "Un xylophone"}}), ("texte-poids-3", {"keywords": ["xylophone"]}),
             ("texte-poids-2", {"title": {"fr": "Le xylophone"}}), ("texte-poids-6", {"description": {"fr": "Des xylophones"}}),
             ("texte-poids-4", {"title": {"fr": "Les xylophonistes"}})]
    for name, changes in texts:
        content = dataset.manifest(name, fields=FIELDS, **{"description": {"fr": "Rien"}, **changes})
        del content["geometry"]
        dataset.apply(stack, tmp_path, content)

    def found(where):
        answer = stack.get(CATALOGUE, {"where": where, "limit": 100})
        return [one["dataset_id"][-1] for one in answer.json()["results"]]
    assert found('"xylophone"') == ["2", "3", "5", "4", "6"]  # the last two with another ending
    assert found('search("xylophon")') == ["2", "4", "3", "5", "6"]

    def ordered(order, status=200, **parameters):
        answer = stack.get(CATALOGUE, {"where": 'startswith(dataset_id, "texte-poids")', "order_by": order, "limit": 100, **parameters})
        assert answer.status == status, answer
        return [one["dataset_id"][-1] for one in answer.json()["results"]] if status == 200 else answer.json()["message"]
    similar = ordered('vector_similarity("xylophone quelconque") desc, dataset_id')
    assert similar[:2] == ["2", "4"] and sorted(similar[3:]) == ["5", "6"]  # a word that none has hides nothing
    assert ordered('vector_similarity("rien"), dataset_id')[:1] == ["5"]  # the one whose description is not "Rien"
    for text in ("", "!?", "a & b | !c", "'"):
        assert ordered(f"vector_similarity({json.dumps(text)}), dataset_id") == ["2", "3", "4", "5", "6"]
    assert "vector_similarity() cannot be used with group_by" in ordered(
        '1 + vector_similarity("a")', status=400, group_by="publisher")
    assert "is written vector_similarity" in ordered("vector_similarity(title)", status=400)
    assert "at most 1000 bytes" in ordered(f'vector_similarity("{"a" * 1001}")', status=400)

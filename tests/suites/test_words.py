"""How texts are cut into words (sql/0003_fulltext.sql) on a real PostgreSQL: laws that hold for any text."""

import pytest

from harness.cluster import Cluster, migrations

# Letters, accents apart and together, signs in which PostgreSQL's parser sees more than the end of a word, and others.
PIECES = [
    "a", "b", "é", "e\u0301", "1", "2", "5", "-", "'", ".", "/", "_", "&", "<", ">", "@", " ", "E", "x", "+", ";", "🚲", "œ", "ß", "’",
    "#", "%", '"', "\\", "~", ":", "=", "0", "Σ", "ς", "İ", "ﬁ", "½", "ª", "中", "0x", "&amp;", "www.", "http://", "<b>", "1e5", "l'", "东",
    "^", "|", "`", "$", "(", ")", "[", "]", "{", "}", ",", "!", "?", "\t", "d’", "qu'", "n'", ".5", "-5", "1.2", "a.b", "@x.fr", "/a/b", "*",
    "\u00a0", "\u200b", "\u00ad", "\u0327", "\u2019", "\ufe0f", "É", "ñ", "ø", "ł", "đ", "Ж", "й", "ё", "ي", "א", "ก", "한", "\U00010348",
]

TEXTS = """
SELECT setseed(0.25);
CREATE TABLE texts AS SELECT DISTINCT s FROM (
    SELECT string_agg(piece, '' ORDER BY j) AS s FROM (
        SELECT i, j, (ARRAY[%s])[1 + floor(random() * %d)::int] AS piece
        FROM generate_series(1, 5000) AS i, generate_series(1, 8) AS j WHERE j <= 1 + i %% 8) AS chosen GROUP BY i) AS made;
""" % (", ".join("'" + piece.replace("'", "''") + "'" for piece in PIECES), len(PIECES))


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        done = running.sql("\n".join([*migrations(), TEXTS]))
        assert done.returncode == 0, done.stderr
        assert int(running.sql("SELECT count(*) FROM texts").stdout) > 3000
        yield running


def none(cluster, query):
    done = cluster.sql(query + " LIMIT 5")
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("how", ["words", "text", "search", "suggest", "start", "phrase"])
def test_every_text_finds_itself(cluster, how):
    none(cluster, f"SELECT s, catalog.words(s), catalog.finds(s, '{how}', '') FROM texts"
                  f" WHERE NOT catalog.words(s) @@ catalog.finds(s, '{how}', '')")


def test_every_text_is_found_exactly(cluster):
    none(cluster, "SELECT s FROM texts WHERE NOT catalog.words(s) @@ catalog.finds_exactly(s)")


def test_every_beginning_of_a_text_finds_it(cluster):
    """What startswith asks the index for never loses a row."""
    none(cluster, "SELECT s, n, catalog.words(s) FROM texts, generate_series(0, char_length(s)) AS n"
                  " WHERE NOT catalog.words(s) @@ catalog.finds(left(s, n), 'start', '')")


def test_words_side_by_side_stay_what_they_are(cluster):
    none(cluster, "SELECT a.s, b.s FROM (SELECT s, row_number() OVER (ORDER BY s) AS n FROM texts) AS a"
                  " JOIN (SELECT s, row_number() OVER (ORDER BY s DESC) AS n FROM texts) AS b USING (n)"
                  " WHERE catalog.words(a.s || ' ' || b.s) @@ catalog.finds(a.s, 'words', '') IS NOT TRUE"
                  " OR catalog.words(a.s || ' ' || b.s) @@ catalog.finds(b.s, 'words', '') IS NOT TRUE")


def test_a_store_of_before_is_cut_again():
    with Cluster() as running:
        before = """
            INSERT INTO catalog.dataset (id, uid, manifest, digest) VALUES ('d', 'da_000000', '{"title": {"fr": "~0x1"}}', '');
            CREATE TABLE data.d (nom text); INSERT INTO data.d VALUES ('~0x1');
            CREATE INDEX ON data.d USING gin (catalog.words(coalesce(nom, '')));"""
        done = running.sql("\n".join([*migrations(last=4), before]))
        assert done.returncode == 0, done.stderr
        done = running.sql("\n".join(migrations(first=5)) + """
            SET enable_seqscan = off;
            SELECT nom FROM data.d WHERE catalog.words(coalesce(nom, '')) @@ catalog.finds('0x1', 'words', 'd');
            SELECT id FROM catalog.dataset WHERE words @@ catalog.finds('0x1', 'words', '');""")
        assert (done.stdout.split(), done.stderr) == (["~0x1", "d"], "")

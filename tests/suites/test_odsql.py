"""tests/suites/odsql on a real PostgreSQL: every query of valid/ must be one that the server takes.

What the query language makes of each case is compared by tests/unit/query/test_odsql_suite.c; here its result (`expected`) is
executed with the values of its parameters. A case with a file `rows` also says which of the four stations below it
finds, by `libelle`, in order; one with a file `facets` what its facets count, in any order; one with a file `answer` what
comes out, a line a row, cells joined by `|`, null as `null` (BEFFROI_UPDATE=1 writes it, to be read before it is committed).
"""

import json
import os
import pathlib
import re

import pytest

from harness.cluster import Cluster, migrations

SUITE = pathlib.Path(__file__).resolve().parent / "odsql" / "valid"
CASES = sorted(path.name for path in SUITE.iterdir())

SCHEMA = """
INSERT INTO catalog.dataset (id, uid, manifest, digest) VALUES ('demo', 'da_demo00', '{}', '');
CREATE TABLE data.demo (
    libelle bigint, nom text COLLATE "C", commune text COLLATE "C", etat text COLLATE "C", nbvelosdispo bigint, max bigint, taux double precision,
    ouvert boolean, pose date, datemiseajour timestamptz, geo geometry(Point,4326), contour geometry(Geometry,4326),
    extra text, _id bytea, _seq bigint, genre text COLLATE "C" DEFAULT 'velo/station', mots text COLLATE "C" DEFAULT 'eau,air',
    lieux text[] DEFAULT '{Nord > Lille,Nord > Loos}');
CREATE INDEX ON data.demo USING gist (geo);
CREATE INDEX ON data.demo USING gist (contour);
CREATE INDEX ON data.demo USING gin (string_to_array(mots, ',', ''));
CREATE INDEX ON data.demo (commune);
CREATE INDEX words ON data.demo USING gin (
    catalog.words(coalesce(nom, '') || ' ' || coalesce(commune, '') || ' ' || coalesce(etat, '')));
INSERT INTO data.demo
SELECT v.*, NULL, decode(lpad(libelle::text, 40, '0'), 'hex'), libelle FROM (VALUES
 (1, 'a', 'LILLE', 'EN SERVICE', 5, 10, 0.5, true, date '2026-01-01', timestamptz '2026-08-31 22:00:00Z',
  'SRID=4326;POINT(3.06 50.63)'::geometry, 'SRID=4326;POLYGON((3 50, 4 50, 4 51, 3 51, 3 50))'::geometry),
 (2, 'b', 'CROIX', 'HORS SERVICE', 0, 20, 1, false, '2026-12-31', '2026-09-30 21:59:59.999999Z',
  'SRID=4326;POINT(3.0882 50.63)', 'SRID=4326;LINESTRING(5 50, 5 51)'),
 (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (4, 'it''s', 'LOOS', 'EN SERVICE', 3, 3, 0.9, true, '2027-01-01', '2026-09-30 22:00:00Z',
  'SRID=4326;POINT(3.12 50.63)', NULL)) AS v (libelle);
INSERT INTO catalog.word SELECT DISTINCT d.number, w
FROM catalog.dataset AS d, data.demo AS t, catalog.learned(catalog.words(concat_ws(' ', nom, commune, etat))) AS w;
"""


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        done = running.sql("\n".join([*migrations(), SCHEMA]))
        assert done.returncode == 0, done.stderr
        yield running


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def literal(kind, value):
    if kind == "text" and value.startswith('"'):
        return quoted(json.loads(value))
    if kind == "text":
        return f"'\\x{value}'"
    if kind == "geo_point_2d":
        return f"'SRID=4326;POINT({value})'"
    return quoted(value)


def statement(case, columns=None):
    pieces, values = {}, {}
    for line in (SUITE / case / "expected").read_text(encoding="utf-8").split("\n"):
        if found := re.match(r"\$(\d+) (\w+) (.*)", line):
            values[found[1]] = literal(found[2], found[3])
        elif found := re.match(r"(with|columns|where|rows|total|order|window): (.*)", line):
            pieces[found[1]] = found[2]
    rows = pieces.get("rows") or f"data.\"demo\" AS t {pieces.get('where', '')}"
    text = f"{pieces.get('with', '')} SELECT {columns or pieces['columns']} FROM {rows} "
    text += f"{pieces.get('order', '')} {pieces.get('window', '')};"
    return re.sub(r"\$(\d+)", lambda found: values[found[1]], text)


def facets_statement(case):
    lines = (SUITE / case / "expected").read_text(encoding="utf-8").split("\n")
    values = {found[1]: literal(found[2], found[3]) for line in lines if (found := re.match(r"f\$(\d+) (\w+) (.*)", line))}
    [text] = [line.removeprefix("facets: ") for line in lines if line.startswith("facets: ")]
    return re.sub(r"\$(\d+)", lambda found: values[found[1]], f"SELECT t.f, t.k, t.i, t.r, t.n FROM {text} ORDER BY t.f;")


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("facet-")])
def test_server_counts_facets(cluster, case):
    done = cluster.sql("SET standard_conforming_strings = on; " + facets_statement(case))
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == sorted((SUITE / case / "facets").read_text(encoding="utf-8").splitlines())


# The others are taken when their answers are compared.
@pytest.mark.parametrize("case", [case for case in CASES if not (SUITE / case / "answer").exists()])
def test_server_takes_it(cluster, case):
    done = cluster.sql("SET standard_conforming_strings = on; " + statement(case))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("case", [case for case in CASES if (SUITE / case / "rows").exists()])
def test_rows(cluster, case):
    done = cluster.sql(statement(case, columns="t.libelle"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == (SUITE / case / "rows").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("case", [case for case in CASES if (SUITE / case / "answer").exists()])
def test_answer(cluster, case):
    done = cluster.sql("\\pset null null\nSET timezone = UTC;\n" + statement(case))
    assert (done.returncode, done.stderr) == (0, "")
    if os.environ.get("BEFFROI_UPDATE"):
        (SUITE / case / "answer").write_text(done.stdout, encoding="utf-8")
    assert done.stdout == (SUITE / case / "answer").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", ["near", "near-shape", "box", "box-shape", "intersects", "intersects-shape", "within", "within-shape",
                                  "refine-among"])
def test_index_serves_it(cluster, case):
    done = cluster.sql("SET enable_seqscan = off; EXPLAIN " + statement(case))
    assert re.search("Index (Scan|Cond).*(geo|contour|mots)", done.stdout), done.stdout + done.stderr


# ---- the plans of full text: as the readers plan, before the words are known, on a table of some size

MANY = """
BEGIN;
INSERT INTO data.demo (libelle, nom, commune, etat, pose, geo, _id, _seq)
SELECT i, 'gare numéro ' || md5(i::text), 'VILLE ' || i % 90, 'EN SERVICE', date '2000-01-01' + i / 100,
    ST_SetSRID(ST_MakePoint(3 + i / 1e5, 50 + i % 100 / 100.0), 4326), '', i
FROM generate_series(100, 50000) AS i;
CREATE UNIQUE INDEX by_seq ON data.demo (_seq);
CREATE INDEX by_day ON data.demo (pose);
CREATE INDEX by_state ON data.demo (etat);
ANALYZE data.demo;
SET plan_cache_mode = force_generic_plan;
"""

# The first records of an order, of a dataset of many.
FIRST = {"first-descending": "Index Scan Backward using by_day", "first-nearest": "Index Scan using demo_geo_idx",
         "first-told": "Index Scan using by_day"}
# What counts the records of a condition, and finds them when they are few.
DECIDED = {"decided-value": "demo_commune_idx", "decided-interval": "by_day", "decided-refine": "by_state"}
FOUND = ["text-alone", "text-alone-and-field", "text-search", "text-search-fields", "text-suggest", "text-suggest-field",
         "text-like-star", "text-phrase", "text-start-all", "text-start-field", "first-told-words"]
# A record that is met otherwise than by the index of words.
OTHERWISE = re.compile(r"(?:Seq Scan|Index (?:Only )?Scan(?: Backward)? using \S+) on (?!word |dataset )")
ORDERS = ["t.\"commune\" DESC NULLS LAST", "t.\"pose\"", "t.\"pose\" DESC", "t._seq"]


def explained(case, order=None):
    values = []

    def parameter(found):
        value, _, kind = found[0].rpartition("::")
        values.append(value)
        return f"${len(values)}::{kind}"
    text = re.sub(r"'(?:[^']|'')*'::\w+", parameter, statement(case))
    text = text.replace(ORDERS[0], order or ORDERS[0])
    return f"\\echo ==\nPREPARE p AS {text} EXPLAIN EXECUTE p({', '.join(values)}); DEALLOCATE p;\n"


@pytest.fixture(scope="module")
def plans(cluster):
    # Far pages make the orders as tempting as they are in a table of a million rows.
    done = cluster.sql(MANY + "".join(explained(case) for case in FOUND) + explained("text-start-indexed") +
                       "SET random_page_cost = 20;" + "".join(explained("text-search-order", order) for order in ORDERS) +
                       "RESET random_page_cost;" + "".join(explained(case) for case in [*FIRST, *DECIDED]))
    assert (done.returncode, done.stderr) == (0, "")
    return dict(zip([*FOUND, "start", *ORDERS, *FIRST, *DECIDED], done.stdout.split("==\n")[1:], strict=True))


@pytest.mark.parametrize("case", FOUND)
def test_words_are_found_by_their_index(plans, case):
    assert "Bitmap Index Scan on words" in plans[case]
    assert not OTHERWISE.search(plans[case]), plans[case]


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_that_has_an_index_leaves_words_to_theirs(plans, order):
    assert "Bitmap Index Scan on words" in plans[order]
    assert not OTHERWISE.search(plans[order]), plans[order]


def test_beginnings_are_a_range_of_the_field_s_own_index(plans):
    assert re.search(r"Index Cond: .*etat\)? >= .*etat\)? < ", plans["start"]), plans["start"]


@pytest.mark.parametrize("case", FIRST)
def test_the_first_records_are_found_by_an_index(plans, case):
    assert FIRST[case] in plans[case] and "Seq Scan" not in plans[case], plans[case]


@pytest.mark.parametrize("case", DECIDED)
def test_one_plan_has_a_way_for_few_and_one_for_many(plans, case):
    few, many = plans[case].split("One-Time Filter: ")[1:]
    assert DECIDED[case] in few and "by_seq" not in few, plans[case]
    assert "Index Scan using by_seq" in many and DECIDED[case] not in many, plans[case]
    assert DECIDED[case] in plans[case].split("Append")[0] and "Seq Scan" not in plans[case], plans[case]


def test_zones_are_the_same_to_the_server(cluster):
    """A name that PostgreSQL takes for an abbreviation has no summer time there: value/zone.c knows all of those."""
    root = pathlib.Path("/usr/share/zoneinfo")
    names = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"TZif"]
    names = [name for name in names if not name.startswith(("posix/", "right/"))]
    assert len(names) > 300
    done = cluster.sql("""
        CREATE FUNCTION pg_temp.same(zone text, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
        DECLARE answer boolean;
        BEGIN
            PERFORM set_config('timezone', zone, true);
            answer := at::timestamp = at AT TIME ZONE zone;
            PERFORM set_config('timezone', 'UTC', true);
            RETURN answer;
        END $$;
        SELECT zone FROM unnest(ARRAY[%s]) AS zone
        WHERE NOT (pg_temp.same(zone, '2026-01-15 12:00Z') AND pg_temp.same(zone, '2026-07-15 12:00Z')) ORDER BY 1;
        """ % ", ".join(quoted(name) for name in names))
    assert (done.returncode, done.stderr) == (0, "")
    known = re.findall(r'\{BF_STR_INIT\("(\w+)"\), BF_STR_INIT', (SUITE.parents[3] / "modules/value/zone.c").read_text())
    assert done.stdout.split() == sorted(known)

"""Generated ODSQL on a real PostgreSQL (tests/unit/query/test_generated.c): a checked query must never fail there.

BEFFROI_QUERIES=1000000 makes it a long run, BEFFROI_SEED says where it begins.
"""

import os
import pathlib
import re
import subprocess

from harness.cluster import Cluster
from test_odsql import SCHEMA, migrations

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Numbers, dates and shapes at the ends of what a push accepts; `total` of the demo schema is the
# manifest's own SQL, so its operands stay small.
HOSTILE = """
INSERT INTO data.demo (libelle, nom, commune, etat, nbvelosdispo, max, taux, ouvert, pose, datemiseajour, geo, contour, extra,
                       mots, lieux, genre, _id, _seq)
SELECT v.*, decode(lpad(abs(libelle % 1000)::text, 40, '0'), 'hex'), 100 + row_number() OVER () FROM (VALUES
 (9223372036854775807, '', 'İSTANBUL ß', '%_\\', 0, 0, 1.7976931348623157e308, true, date '0001-01-01',
  timestamptz '0001-01-01 00:00:00Z', 'SRID=4326;POINT(180 90)'::geometry,
  'SRID=4326;POLYGON((0 0, 4 4, 4 0, 0 4, 0 0))'::geometry, '{', '', '{}'::text[], ''),
 (-9223372036854775808, repeat('x', 3000), NULL, E'\\t\\n', -5, 7, -1.7976931348623157e308, false, '9999-12-31',
  '9999-12-31 23:59:59.999999Z', 'SRID=4326;POINT(-180 -90)',
  'SRID=4326;GEOMETRYCOLLECTION(POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)), LINESTRING(0 0, 9 9))', '[1]', ',,a', '{a,a,NULL}', '///'),
 (0, '😀', 'x', 'y', 1000000, -1000000, 4.9e-324, NULL, '2024-02-29', '2026-03-29 01:30:00Z', 'SRID=4326;POINT(0 0)',
  'SRID=4326;MULTIPOLYGON(((0 0, 9 0, 9 9, 0 0)), ((1 1, 8 1, 8 7, 1 1)))', 'null', NULL, NULL, NULL),
 (-1, 'a', 'b', 'c', NULL, 1, -0.0, true, '1582-10-10', '2026-10-25 01:30:00Z', 'SRID=4326;POINT(3.06 50.63)',
  'SRID=4326;POLYGON((0 0, 0 0, 0 0, 0 0))', '"', 'eau', '{}', 'a/b/c'),
 (7, 'a', 'b', 'c', 3, 1, 0.1, true, '1970-01-01', '1969-12-31 23:59:59.999999Z', NULL,
  'SRID=4326;LINESTRING(-180 -90, 180 90)', '{}', 'eau,eau', '{x}', 'a')) AS v (libelle);
"""


def test_no_checked_query_fails():
    build = ROOT / os.environ.get("BEFFROI_BUILD", "build")
    with Cluster() as cluster:
        done = cluster.sql("\n".join([*migrations(), SCHEMA, HOSTILE]))
        assert done.returncode == 0, done.stderr
        environment = {**os.environ, "BEFFROI_TEST_DB": cluster.conninfo, "BEFFROI_TEST_USER": "postgres"}
        done = subprocess.run([build / "tests/unit/query/test_generated"], cwd=ROOT, env=environment, check=False,
                              capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d* answered, \d+ refused, 0 failed", done.stdout), done.stdout + done.stderr

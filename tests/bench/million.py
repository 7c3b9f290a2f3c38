#!/usr/bin/python3
"""A dataset of a million rows for the measurements, the same ones each time.

    tests/bench/million.py RUN_DIR [--rows N]

RUN_DIR is the folder of a running stack. Applies the dataset `million` and fills it by one SQL statement that leaves the
store as a push would: one commit, its row in the catalogue, the state, the notification. Does nothing when it is there.

Ten columns: a key, a text to search in (street names, 900,000 different ones), three text facets (95 communes, 12
categories, 7 operators, all of them skewed), a whole number that is a facet (1,000 values), a double, a date (ten years), an
instant (one every 5 minutes), a point (around Lille). 2 % of the numbers and 1 % of the points are null.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PSQL = "/usr/lib/postgresql/15/bin/psql"
DATASET = "million"
ROWS = 1_000_000

FIELDS = [
    {"name": "id", "type": "int", "sortable": True},
    {"name": "nom", "type": "text"},
    {"name": "commune", "type": "text", "facet": True, "disjunctive": True},
    {"name": "categorie", "type": "text", "facet": True},
    {"name": "operateur", "type": "text", "facet": True},
    {"name": "nombre", "type": "int", "facet": True, "sortable": True},
    {"name": "mesure", "type": "double", "sortable": True},
    {"name": "jour", "type": "date", "facet": True, "sortable": True},
    {"name": "vu", "type": "datetime", "facet": True, "sortable": True},
    {"name": "geo", "type": "geo_point_2d"},
]

MANIFEST = {
    "id": DATASET,
    "title": {"fr": "Un million de lignes", "en": "A million rows"},
    "description": {"fr": "Pour les mesures de vitesse.", "en": "For the measurements of speed."},
    "publisher": "Beffroi",
    "licence": {"name": "Licence Ouverte 2.0", "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"},
    "synthetic": True,
    "key": ["id"],
    "geometry": "geo",
    "fields": FIELDS,
}

# chance(i, k): a number in [0, 1) that looks random, the same each time: the k-th of row i.
SQL = """
SET work_mem = '64MB';
SET maintenance_work_mem = '256MB';
CREATE FUNCTION pg_temp.chance(i bigint, k bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT (hashint8extended(i, k) & 9007199254740991) / 9007199254740992.0::float8 $$;
CREATE FUNCTION pg_temp.one(list text[], chance float8) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT list[1 + floor(chance * array_length(list, 1))::int] $$;
BEGIN;
UPDATE catalog.clock SET commit = commit + 1,
    instant = greatest(clock_timestamp(), instant + interval '1 microsecond');
INSERT INTO data."million" (_id, _commit, id, nom, commune, categorie, operateur, nombre, mesure, jour, vu, geo)
SELECT substring(sha256(convert_to('[' || i || ']', 'UTF8')) FOR 20), (SELECT commit FROM catalog.clock), i,
    1 + floor(chance(i, 1) * 300)::int || one('{"","","",""," bis"," ter"}', chance(i, 2)) || ' '
        || one('{rue,rue,rue,avenue,boulevard,place,chemin,allée,impasse,quai}', chance(i, 3)) || ' '
        || one('{de la,du,des,d''une,Saint-,Sainte-,Grand''}', chance(i, 4)) || ' '
        || one('{Gare,Église,Moulin,Château,Fontaine,Hôpital,Marché,République,Liberté,Canal,Deûle,Citadelle,Beffroi,'
        'Filature,Brasserie,Mairie,École,Forêt,Prairie,Source,Écluse,Chapelle,Mairie,Verrerie,Abbaye}', chance(i, 5)) || ' '
        || one('{Nord,Sud,Est,Ouest,Neuve,Vieille,Haute,Basse,Blanche,Noire,Verte,Rouge}', chance(i, 6)) || ' '
        || one('{Alice,Émile,Jean,Louise,Martin,Nadaud,Pasteur,Zola,Jaurès,Faidherbe,Curie,Hugo,Ampère,Racine,Molière,'
        'Vauban,Mozart,Bizet,Colbert,Diderot}', chance(i, 7)),
    'Commune ' || lpad((1 + floor(95 * chance(i, 8) * chance(i, 9)))::text, 2, '0'),
    one('{Voirie,Éclairage,Propreté,Espaces verts,Mobilier urbain,Signalisation,Eau,Assainissement,Stationnement,Vélo,'
    'Transport,Autre}', chance(i, 10) ^ 2),
    one('{Métropole,Ilévia,Iléo,Noréade,Région,Département,Privé}', chance(i, 11) ^ 3),
    CASE WHEN chance(i, 12) >= 0.02 THEN floor(1000 * chance(i, 13))::bigint END,
    CASE WHEN chance(i, 14) >= 0.02 THEN round((1000 * chance(i, 15) ^ 4)::numeric, 3)::float8 END,
    date '2016-11-01' + floor(3652 * chance(i, 16))::int,
    timestamptz '2017-01-01 00:00:00+00' + i * interval '5 minutes' + floor(300 * chance(i, 17)) * interval '1 second',
    CASE WHEN chance(i, 18) >= 0.01 THEN ST_SetSRID(ST_MakePoint(
        round((3.06 + 0.12 * (chance(i, 19) + chance(i, 20) - 1))::numeric, 6)::float8,
        round((50.63 + 0.08 * (chance(i, 21) + chance(i, 22) - 1))::numeric, 6)::float8), 4326) END
FROM generate_series(1, %(rows)d) AS g(n), LATERAL (SELECT n::bigint) AS r(i);
INSERT INTO catalog.commit (number, dataset, instant, added, changed, removed, source, sub)
    SELECT commit, 'million', instant, %(rows)d, 0, 0, sha256('million'), 'bench' FROM catalog.clock;
UPDATE catalog.state AS s SET commit = c.commit, instant = c.instant, pushed = c.instant, records = %(rows)d
    FROM catalog.clock AS c WHERE s.dataset = 'million';
SELECT catalog.place('million');
SELECT catalog.tally_build('million');
SELECT pg_notify('beffroi', concat_ws(' ', 'commit', s.dataset, s.commit, (extract(epoch FROM instant) * 1000000)::bigint,
    (extract(epoch FROM pushed) * 1000000)::bigint, records)) FROM catalog.state AS s WHERE dataset = 'million';
COMMIT;
VACUUM (ANALYZE) data."million";
""".replace("chance(", "pg_temp.chance(").replace("one(", "pg_temp.one(").replace("FUNCTION pg_temp.pg_temp.", "FUNCTION pg_temp.")


def settings(run):
    lines = (line.partition("=") for line in open(os.path.join(run, "beffroi.conf"), encoding="utf-8"))
    return {name.strip(): value.strip() for name, _, value in lines}


def conninfo(run):
    known = settings(run)
    return f"{known['database']} user={known.get('role_owner', 'beffroi_owner')}"


def psql(run, *words, text=None):
    command = [PSQL, "-XqAt", "-v", "ON_ERROR_STOP=1", conninfo(run), *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"million: {done.stderr}")
    return done.stdout.strip()


def is_there(run, rows):
    return psql(run, "-c", f"SELECT records FROM catalog.state WHERE dataset = '{DATASET}'") == str(rows)


def make(run, rows=ROWS):
    """The dataset, when it is served; the same rows whoever asks first."""
    if is_there(run, rows):
        return
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, DATASET)
        os.mkdir(place)
        with open(os.path.join(place, "dataset.json"), "w", encoding="utf-8") as file:
            json.dump(MANIFEST, file)
        command = [os.path.join(ROOT, os.environ.get("BEFFROI_BUILD", "build"), "beffroi"), "apply", place]
        environment = {**os.environ, "BEFFROI_CONF": os.path.join(run, "beffroi.conf")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"million: {done.stdout}{done.stderr}")
    psql(run, text=SQL % {"rows": rows})


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("run")
    words.add_argument("--rows", type=int, default=ROWS)
    options = words.parse_args()
    make(os.path.realpath(options.run), options.rows)


if __name__ == "__main__":
    main()

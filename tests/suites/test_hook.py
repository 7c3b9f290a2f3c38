"""`beffroi hook test`: what a script does to sample rows, field by field, and which of its lines ran. No database."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("BEFFROI_BUILD", "build") / "beffroi"
MANIFEST = {
    "id": "velos",
    "title": {"fr": "Vélos"},
    "publisher": "P",
    "licence": {"name": "L"},
    "key": ["id"],
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "nom", "type": "text"},
        {"name": "velos", "type": "int"},
        {"name": "geo", "type": "geo_point_2d"},
        {"name": "double", "type": "int", "sql": "velos * 2"},
        {"name": "taux", "type": "double", "handler": True},
    ],
}
ROWS = [
    {"id": 1, "nom": "gare", "velos": 3, "geo": {"lon": 3.07, "lat": 50.63}},
    {"id": 2, "nom": "théâtre", "velos": None, "geo": None},
    {"id": 3, "nom": "dépôt", "velos": -1, "geo": None},
]
SCRIPT = """fields = {{name = "taux", type = "double"}}
function on_record(row)
    if row.velos == nil then return end
    if row.velos < 0 then
        error("impossible: " .. row.velos)
    end
    if row.velos > 100 then
        row.nom = nil
    end
    row.taux = row.velos / 4
    row.nom = row.nom .. "!"
end
"""


def folder(place, script, sample=ROWS, name="sample.json", **changes):
    (place / "dataset.json").write_text(json.dumps({**MANIFEST, **changes}), encoding="utf-8")
    (place / "hook.lua").write_text(script, encoding="utf-8")
    if sample is not None:
        (place / name).write_text(sample if isinstance(sample, str) else json.dumps(sample), encoding="utf-8")
    return place


def hook(*words):
    done = subprocess.run([PROGRAM, "hook", *words], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def test_what_differs(tmp_path):
    status, out, err = hook("test", folder(tmp_path, SCRIPT))
    assert (status, err) == (1, ""), "one of the rows fails"
    assert out.replace(" (on_record of velos)", "").splitlines() == [
        "row 1 (id 1)",
        '  nom                      "gare" -> "gare!"',
        "  taux                     null -> 0.75",
        "row 2 (id 2): as it was",
        "row 3 (id 3): failed: hook.lua:5: impossible: -1",
        "3 rows: 1 changed, 1 as before, 0 left out, 1 failed",
        "9 of 10 lines ran; never: 8",
    ]


@pytest.mark.parametrize("name, rows", [
    ("sample.csv", "id;nom;velos;geo\n1;gare;3;50.63, 3.07\n"),
    ("sample.ndjson", json.dumps(ROWS[0]) + "\n"),
    ("other.jsonl", json.dumps(ROWS[0])),
])
def test_files(tmp_path, name, rows):
    place = folder(tmp_path, SCRIPT, rows, name)
    words = [] if name.startswith("sample") else ["--rows", str(tmp_path / name)]
    status, out, err = hook("test", place, *words)
    assert (status, err) == (0, "")
    assert '"gare" -> "gare!"' in out and "1 row: 1 changed" in out


INGEST = """function on_ingest(record)
    if record.velos == nil then return false, "no count" end
    if record.velos == -1 then error("impossible") end
    record.nom = text.upper(record.nom)
    record.note = nil
    record.more = true
end
"""


def test_what_on_ingest_makes_of_records(tmp_path):
    rows = [{**ROWS[0], "note": "x"}, ROWS[1]]
    fields = [*MANIFEST["fields"][:-1], {"name": "more", "type": "boolean"}]
    status, out, err = hook("test", folder(tmp_path, INGEST, rows, fields=fields))
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "record 1: on_ingest",
        '  nom                      "gare" -> "GARE"',
        '  note                     "x" -> (removed)',
        "  more                     (absent) -> true",
        "record 2: on_ingest drops it: no count",
        "on_ingest: 2 records: 1 changed, 0 as they came, 1 dropped, 0 failed",
        "7 of 7 lines ran",
    ]


def test_a_record_that_on_ingest_fails_on(tmp_path):
    fields = [*MANIFEST["fields"][:-1], {"name": "more", "type": "boolean"}]
    status, out, err = hook("test", folder(tmp_path, INGEST, [ROWS[2], ROWS[0]], fields=fields))
    assert (status, err) == (1, "")
    assert "record 1: on_ingest failed: hook.lua:3: impossible" in out and "record 2: on_ingest\n" in out
    assert "2 records: 1 changed, 0 as they came, 0 dropped, 1 failed" in out


def test_both_hooks_of_a_script(tmp_path):
    script = SCRIPT + INGEST.replace("record.more = true", "")
    status, out, err = hook("test", folder(tmp_path, script, ROWS[:1]))
    assert (status, err) == (0, "")
    assert out.index('"gare" -> "GARE"') < out.index('"GARE" -> "GARE!"') and "on_ingest: 1 record: 1 changed" in out
    assert "1 row: 1 changed" in out


def test_what_no_field_takes_is_still_a_mistake(tmp_path):
    status, _, err = hook("test", folder(tmp_path, INGEST, ROWS[:1], fields=MANIFEST["fields"][:-1]))
    assert status == 1 and "more: the dataset has no such field" in err


def test_areas_need_the_database(tmp_path):
    areas = {"communes": {"dataset": "communes", "fields": ["nom"]}}
    script = "function on_ingest(record) record.nom = geo.area('communes', 3, 50).nom end"
    done = subprocess.run([PROGRAM, "hook", "test", folder(tmp_path, script, fields=MANIFEST["fields"][:-1], areas=areas)],
                          capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "BEFFROI_CONF": "/dev/null",
                                                                                       "PGHOST": str(tmp_path)})
    assert done.returncode == 1 and "areas of velos lie in the database" in done.stderr


def test_rows_that_are_left_out(tmp_path):
    status, out, _ = hook("test", folder(tmp_path, "function on_record(row) return row.id ~= 2 end",
                                         fields=MANIFEST["fields"][:-1]))
    assert status == 0
    assert "row 2 (id 2): left out" in out and "3 rows: 0 changed, 2 as before, 1 left out, 0 failed" in out


def test_a_request_that_is_narrowed_or_refused(tmp_path):
    fields = MANIFEST["fields"][:-1]
    narrows = "function on_request(query) query:where('velos > ?', 1) end function on_record(row) row.nom = nil end"
    status, out, _ = hook("test", folder(tmp_path, narrows, fields=fields))
    assert status == 0 and out.startswith("on_request narrows") and "3 rows: 3 changed" in out
    refuses = "function on_request(query) query:refuse(403, 'not this') end function on_record(row) row.nom = nil end"
    status, out, _ = hook("test", folder(tmp_path, refuses, fields=fields))
    assert status == 0 and "on_request refuses a query for every field: not this" in out and "3 rows: 3 changed" in out
    fails = "function on_request(query) error('no') end"
    status, out, err = hook("test", folder(tmp_path, fails, fields=fields))
    assert status == 1 and "hook.lua:1: no" in err


def test_what_the_script_says(tmp_path):
    script = "function on_record(row) log.info('seen ' .. row.id) end"
    _, out, _ = hook("test", folder(tmp_path, script, fields=MANIFEST["fields"][:-1]))
    assert "log info: seen 1\nrow 1 (id 1): as it was\n" in out


def test_runaways_end_one_by_one(tmp_path):
    script = "function on_record(row) while row.id < 3 do end row.nom = 'end' end"
    status, out, _ = hook("test", folder(tmp_path, script, fields=MANIFEST["fields"][:-1]))
    assert status == 1
    assert out.count(": failed: hook.lua") == 2 and '"dépôt" -> "end"' in out


@pytest.mark.parametrize("change, wanted", [
    (lambda place: (place / "hook.lua").unlink(), "there is no hook.lua"),
    (lambda place: (place / "hook.lua").write_text("x ="), "hook.lua:1: "),
    (lambda place: (place / "sample.json").unlink(), "there is no sample.json"),
    (lambda place: (place / "sample.json").write_text('[{"id": "x"}]'), "sample.json:1: id: "),
    (lambda place: (place / "dataset.json").unlink(), "there is no dataset.json"),
    (lambda place: folder(place, INGEST, sample=None, fields=MANIFEST["fields"][:-1], handler="x", **{"rows": "handler"}),
     "on_ingest is never called"),
])
def test_mistakes(tmp_path, change, wanted):
    place = folder(tmp_path, SCRIPT)
    change(place)
    status, _, err = hook("test", place)
    assert status == 1 and wanted in err, err


@pytest.mark.parametrize("words", [[], ["test"], ["try", "."], ["preview", "."], ["preview", ".", "--on-live", "--rows", "0"],
                                   ["preview", ".", "--on-live", "--rows", "99999"], ["test", ".", "--nothing"]])
def test_usage(tmp_path, words):
    place = folder(tmp_path, SCRIPT)
    status, out, err = hook(*[str(place) if word == "." else word for word in words])
    assert (status, out) == (2, "") and "usage: beffroi hook test DIR" in err

"""`beffroi migrate` and `beffroi apply` on a real PostgreSQL: what they make, what they keep, what they refuse."""

import copy
import json
import pathlib
import re
import subprocess
import time

import pytest

from harness.faults import wait_until
from harness.stack import PSQL, ROOT

PUBLISHED = {
    "title": {"fr": "Essai", "en": "Test"},
    "publisher": "Beffroi",
    "licence": {"name": "Licence Ouverte v2.0 (Etalab)"},
    "synthetic": True,
    "expected_every": "PT1M",
    "key": ["nom"],
    "geometry": "geo",
    "fields": [
        {"name": "nom", "type": "text", "facet": True},
        {"name": "n", "type": "int", "sortable": True},
        {"name": "vu", "type": "datetime"},
        {"name": "geo", "type": "geo_point_2d"},
        {"name": "x", "type": "double", "sql": "ST_X(geo)"},
        {"name": "note", "type": "text", "handler": True},
    ],
    "aliases": {"fields": {"name": "nom"}},
}


class Datasets:
    """Manifests in a folder of the test's own, applied one by one."""

    def __init__(self, stack, folder, mark):
        self.stack, self.folder, self.mark = stack, folder, mark

    def id(self, name):
        return f"{self.mark}-{name}"

    def write(self, name, content):
        folder = self.folder / self.id(name)
        folder.mkdir(exist_ok=True)
        content = {"id": self.id(name), **content}
        (folder / "dataset.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return str(folder)

    def apply(self, name, **changes):
        return self.stack.beffroi("apply", self.write(name, {**copy.deepcopy(PUBLISHED), **changes}), check=False)

    def columns(self, name, schema="data"):
        rows = self.stack.sql(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            f" WHERE attrelid = '{schema}.\"{self.id(name)}\"'::regclass AND attnum > 0 ORDER BY attnum")
        return dict(rows)

    def indexes(self, name):
        rows = self.stack.sql(
            f"SELECT indexdef FROM pg_indexes WHERE schemaname = 'data' AND tablename = '{self.id(name)}'"
            " AND indexname LIKE 'bf\\_%'")
        return sorted(re.sub(r".* USING ", "", row[0]) for row in rows)

    def row(self, name):
        return self.stack.sql(f"SELECT * FROM catalog.dataset WHERE id = '{self.id(name)}'")


@pytest.fixture
def datasets(stack, tmp_path, request):
    mark = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())[:30].strip("-")
    mine = Datasets(stack, tmp_path, mark)
    yield mine
    ids = [row[0] for row in stack.sql(f"SELECT id FROM catalog.dataset WHERE id LIKE '{mark}-%'")]
    for name in ids:
        stack.sql(f'DROP TABLE data."{name}", past."{name}"')
    stack.sql(f"DELETE FROM catalog.dataset WHERE id LIKE '{mark}-%'; SELECT pg_notify('beffroi', 'catalog')")


def fields(*more, without=(), **changed):
    kept = [{**f, **changed.get(f["name"], {})} for f in PUBLISHED["fields"] if f["name"] not in without]
    return [*kept, *more]


def computed(sql, kind="int", **more):
    return {"fields": fields({"name": "c", "type": kind, "sql": sql, **more})}


# ---- what is made ------------------------------------------------------------------------------
def test_create(datasets):
    done = datasets.apply("a")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("1 created, 0 migrated, 0 unchanged, 0 refused\n")
    stored = {"nom": "text", "n": "bigint", "vu": "timestamp with time zone", "geo": "geometry(Point,4326)"}
    assert datasets.columns("a") == {"_id": "bytea", "_seq": "bigint", "_commit": "bigint", **stored}
    assert datasets.columns("a", "past") == {
        "_id": "bytea", "_seq": "bigint", "_from": "bigint", "_to": "bigint", **stored}
    assert datasets.indexes("a") == [
        "btree (n)", "btree (nom)",
        "gin (catalog.words(COALESCE(nom, ''::text)))", "gist (geo)"]


def test_roles(datasets):
    datasets.apply("a")
    rights = datasets.stack.sql(
        "SELECT grantee, table_schema, string_agg(privilege_type, ',' ORDER BY privilege_type)"
        f" FROM information_schema.role_table_grants WHERE table_name = '{datasets.id('a')}'"
        " AND grantee <> (SELECT tableowner FROM pg_tables WHERE schemaname = 'data' LIMIT 1)"
        " GROUP BY 1, 2 ORDER BY 1, 2")
    reader, writer = (datasets.stack.beffroi("conf").stdout.split(f"role_{r} = ")[1].split("\n")[0]
                      for r in ("reader", "writer"))
    assert rights == [[reader, "data", "SELECT"], [reader, "past", "SELECT"],
                      [writer, "data", "DELETE,INSERT,SELECT,UPDATE"], [writer, "past", "DELETE,INSERT,SELECT"]]


def test_state_is_that_of_the_clock(datasets):
    datasets.apply("a")
    rows = datasets.stack.sql(
        "SELECT s.commit <= c.commit, s.instant <= c.instant, s.records, s.pushed, d.uid FROM catalog.state s,"
        f" catalog.clock c, catalog.dataset d WHERE s.dataset = '{datasets.id('a')}' AND d.id = s.dataset")
    assert rows[0][:4] == ["t", "t", "0", None]
    assert re.fullmatch("da_[0-9a-z]{6}", rows[0][4])


def test_again_changes_nothing(datasets):
    datasets.apply("a")
    before = datasets.row("a"), datasets.stack.sql("SELECT txid_current_if_assigned(), max(xmin::text::bigint) FROM catalog.dataset")
    done = datasets.apply("a")
    assert done.stdout == "0 created, 0 migrated, 1 unchanged, 0 refused\n"
    assert (datasets.row("a"), datasets.stack.sql(
        "SELECT txid_current_if_assigned(), max(xmin::text::bigint) FROM catalog.dataset")) == before


def test_same_meaning_in_other_words_changes_nothing(datasets):
    datasets.apply("a")
    path = datasets.folder / datasets.id("a") / "dataset.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(dict(reversed(content.items())), indent=4), encoding="utf-8")
    assert "1 unchanged" in datasets.stack.beffroi("apply", path.parent).stdout


def test_long_names(datasets):
    names = ["a" * 63, "a" * 62 + "b"]
    long_id = ("very-long-name-" * 5)[:63 - len(datasets.id(""))]
    done = datasets.apply(long_id, key=[names[0]], geometry="geo", aliases={}, fields=fields(
        *({"name": n, "type": "text", "facet": True} for n in names)))
    assert done.returncode == 0, done.stderr
    assert len(datasets.indexes(long_id)) == 6


def test_reserved_words_as_names(datasets):
    words = ["order", "select", "user", "table", "group", "null", "t", "value"]
    done = datasets.apply("a", fields=fields(*({"name": w, "type": "int", "facet": True} for w in words),
                                             {"name": "twice", "type": "int", "sql": '2 * "order" + t'}))
    assert done.returncode == 0, done.stderr
    assert set(words) < set(datasets.columns("a"))


# ---- what may change ---------------------------------------------------------------------------
def insert(datasets, name):
    table = datasets.id(name)
    datasets.stack.sql(
        f"INSERT INTO data.\"{table}\" (_id, _commit, nom, n) VALUES (substr(sha256('1'), 1, 20), 1, 'x', 7)")
    datasets.stack.sql(
        f"INSERT INTO past.\"{table}\" (_id, _seq, _from, _to, nom, n) VALUES (substr(sha256('1'), 1, 20), 1, 0, 1, 'x', 6)")


def test_new_fields(datasets):
    datasets.apply("a")
    insert(datasets, "a")
    done = datasets.apply("a", fields=fields({"name": "more", "type": "date", "facet": True},
                                             {"name": "y", "type": "double", "sql": "ST_Y(geo)", "sortable": True}))
    assert done.returncode == 0, done.stderr
    assert "added column more" in done.stdout
    assert datasets.columns("a")["more"] == datasets.columns("a", "past")["more"] == "date"
    assert datasets.columns("a").keys() == {"_id", "_seq", "_commit", "nom", "n", "vu", "geo", "more"}
    assert "btree (more)" in datasets.indexes("a") and "btree (st_y(geo))" in datasets.indexes("a")
    assert datasets.stack.sql(f"SELECT nom, n, more FROM data.\"{datasets.id('a')}\"") == [["x", "7", None]]


def test_indexes_follow(datasets):
    datasets.apply("a")
    insert(datasets, "a")
    done = datasets.apply("a", fields=fields(nom={"facet": False}, n={"sortable": False, "facet": True}, vu={"facet": True}))
    assert done.returncode == 0, done.stderr
    assert datasets.indexes("a") == [
        "btree (n)", "btree (vu)",
        "gin (catalog.words(COALESCE(nom, ''::text)))", "gist (geo)"]


def test_each_value_of_a_text_that_holds_several_is_indexed(datasets):
    fields = [*copy.deepcopy(PUBLISHED["fields"]), {"name": "mots", "type": "text", "facet": True, "multivalued": "';"}]
    done = datasets.apply("a", fields=fields)
    assert done.returncode == 0, done.stderr
    assert {"btree (mots)", "gin (string_to_array(mots, ''';'::text, ''::text))"} <= set(datasets.indexes("a"))
    assert "1 unchanged" in datasets.apply("a", fields=fields).stdout


def test_an_index_that_is_missing_comes_back(datasets):
    datasets.apply("a")
    before = datasets.indexes("a")
    name = datasets.stack.sql(
        f"SELECT indexname FROM pg_indexes WHERE tablename = '{datasets.id('a')}' AND indexdef LIKE '%(n)'")[0][0]
    datasets.stack.sql(f'DROP INDEX data."{name}"')
    assert "1 migrated" in datasets.apply("a").stdout
    assert datasets.indexes("a") == before


def test_labels_and_other_words(datasets):
    datasets.apply("a")
    before = datasets.row("a")
    assert "1 migrated" in datasets.apply("a", title={"fr": "Autre"}, aliases={
        "dataset": [datasets.id("old")], "fields": {"name": "nom", "lon": "x"}}).stdout
    assert datasets.row("a")[0][4] != before[0][4] and datasets.row("a")[0][:3] == before[0][:3]
    assert datasets.stack.sql(f"SELECT name FROM catalog.name WHERE dataset = '{datasets.id('a')}' ORDER BY name") == [
        [datasets.id("a")], [datasets.id("old")]]


def test_catalog_change_is_told(datasets):
    """Servers listen: the note is sent with the change and only with it."""
    listener = subprocess.Popen(
        [PSQL, "-XqAt", "-h", str(datasets.stack.run / "pg"), "-U", "postgres", "-d", "beffroi"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with listener:
        print("LISTEN beffroi; SELECT 'ready';", file=listener.stdin, flush=True)
        assert listener.stdout.readline() == "ready\n"
        datasets.apply("a")
        datasets.apply("a")
        datasets.apply("a", key=["n"])
        print("SELECT 'end';", file=listener.stdin, flush=True)
        heard = listener.communicate()[0]
    assert heard.count('"beffroi" with payload "catalog"') == 1, heard


def test_text_is_ordered_by_bytes(datasets):
    datasets.apply("a")
    rows = datasets.stack.sql(
        "SELECT collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation"
        f" WHERE attrelid = 'data.\"{datasets.id('a')}\"'::regclass AND attname = 'nom'")
    assert rows == [["C"]]


def test_search_text_knows_no_accents(datasets):
    datasets.apply("a")
    rows = datasets.stack.sql("SELECT to_tsvector('catalog.search', 'Hôtel-de-Ville ÉCOLE Œuvre') @@ plainto_tsquery('catalog.search', 'hotel ecole oeuvre')")
    assert rows == [["t"]]


# ---- what is refused ---------------------------------------------------------------------------
REFUSALS = {
    "a field is gone": ({"fields": fields(without=["vu"])}, '/fields: the field "vu" was published and is gone'),
    "a type changes": ({"fields": fields(n={"type": "double"})}, '/fields/1/type: "n" was published as int and cannot become double'),
    "a stored field is computed": ({"fields": fields(n={"sql": "7"})}, '/fields/1/sql: the values of "n" were stored'),
    "the key changes": ({"key": ["nom", "n"]}, "/key: the key was another one"),
    "an alias is gone": ({"aliases": {}}, '/aliases/fields: the alias "name" was published and is gone'),
    "a field becomes another's alias": (
        {"fields": fields({"name": "m", "type": "int", "sortable": True}, without=["n"]),
         "aliases": {"fields": {"name": "nom", "n": "m"}}},
        '/aliases/fields: "n" would become another name of "m", but it holds values of its own'),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_refused(datasets, why):
    changes, expected = REFUSALS[why]
    datasets.apply("a")
    insert(datasets, "a")
    before = datasets.row("a"), datasets.columns("a"), datasets.indexes("a")
    done = datasets.apply("a", **changes)
    assert done.returncode == 1
    assert f"dataset.json: {expected}" in done.stderr, done.stderr
    assert "1 refused" in done.stdout
    assert (datasets.row("a"), datasets.columns("a"), datasets.indexes("a")) == before


def test_all_reasons_at_once(datasets):
    datasets.apply("a")
    done = datasets.stack.beffroi("apply", datasets.write("a", {k: v for k, v in {
        **PUBLISHED, "key": ["vu"], "fields": fields(n={"type": "text"}, without=["geo", "x"]), "aliases": {}}.items()
        if k != "geometry"}), check=False)
    for part in ('"geo" was published', '"x" was published', "/key: ", '"n" was published as int', 'alias "name"'):
        assert part in done.stderr, done.stderr


def test_a_field_without_values_may_become_an_alias(datasets):
    datasets.apply("a", fields=fields({"name": "old", "type": "int"}))
    insert(datasets, "a")
    done = datasets.apply("a", aliases={"fields": {"name": "nom", "old": "n"}})
    assert done.returncode == 0, done.stderr
    assert "old" in datasets.columns("a"), "the column stays for readers of the old catalogue"
    done = datasets.apply("a", fields=fields({"name": "old", "type": "int"}))
    assert done.returncode == 1 and 'the alias "old" was published for another field' in done.stderr


EXPRESSIONS = {
    "unknown column": ("nn + 1", "int", {}, 'PostgreSQL refuses the expression: column "nn" does not exist'),
    "a technical column": ("_seq", "int", {}, 'PostgreSQL refuses the expression: column "_seq" does not exist'),
    "a system column": ("ctid::text", "text", {}, 'PostgreSQL refuses the expression: column "ctid" does not exist'),
    "not an expression": ("n n", "int", {}, "PostgreSQL refuses the expression: syntax error"),
    "two expressions": ("n, n", "int", {}, 'PostgreSQL refuses the expression: column "value" has pseudo-type record'),
    "unknown function": ("foo(n)", "int", {}, "PostgreSQL refuses the expression: function foo(bigint) does not exist"),
    "volatile": ("random()", "double", {}, "random() may give another value each time"),
    "volatile inside": ("n + (random() * 3)::bigint", "int", {}, "random() may give another value each time"),
    "sleeping": ("case when pg_sleep(1) is null then n end", "int", {}, "pg_sleep() may give another value each time"),
    "the clock": ("vu - (now() - vu)", "datetime", {}, "now() may give another value each time"),
    "the clock as a word": ("current_date", "date", {}, "the expression depends on the clock or on the session"),
    "the user": ("current_user::text", "text", {}, "the expression depends on the clock or on the session"),
    "an aggregate": ("max(n)", "int", {}, "the expression holds a subquery, an aggregate or a function that gives rows"),
    "a window": ("row_number() over ()", "int", {}, "the expression holds a subquery, an aggregate or a function that gives rows"),
    "many rows": ("generate_series(1, n)", "int", {}, "the expression holds a subquery, an aggregate or a function that gives rows"),
    "another type": ("n::text", "int", {}, "the expression gives text, but the field is of type int"),
    "a narrow type": ("n::integer", "int", {}, "the expression gives integer, but the field is of type int"),
    "a point of no system": ("ST_MakePoint(1, 2)", "geo_point_2d", {}, "the expression gives geometry, but the field is of type geo_point_2d"),
    "stable under an index": ("to_char(vu, 'HH24')", "text", {"facet": True}, "to_char() depends on settings, and an index needs values that never change"),
}


@pytest.mark.expects_log_errors(r"ERROR:  ")  # PostgreSQL notes what it was asked to judge
@pytest.mark.parametrize("why", EXPRESSIONS)
def test_refused_expression(datasets, why):
    sql, kind, more, expected = EXPRESSIONS[why]
    done = datasets.apply("a", **computed(sql, kind, **more))
    assert done.returncode == 1
    assert f"dataset.json: /fields/6/sql: {expected}" in done.stderr, done.stderr
    assert datasets.row("a") == []


@pytest.mark.parametrize("sql, kind, more", [
    ("to_char(vu, 'HH24')", "text", {}),
    ("to_char(vu AT TIME ZONE 'Europe/Paris', 'HH24')", "text", {}),
    ("date_trunc('day', vu, 'Europe/Paris')", "datetime", {}),
    ("(vu AT TIME ZONE 'Europe/Paris')::date", "date", {"facet": True}),
    ("upper(nom COLLATE \"C.utf8\")", "text", {"facet": True}),
    ("case when n > 3 then 'beaucoup' else 'peu' end", "text", {"facet": True}),
    ("n % 2 = 0", "boolean", {"facet": True}),
    ("ST_SetSRID(ST_MakePoint(n, 2), 4326)::geometry(Point,4326)", "geo_point_2d", {}),
    ("ST_Buffer(geo, 0.01)::geometry(Polygon,4326)", "geo_shape", {}),
    ("coalesce(nom, '')\n|| ' (é)'", "text", {}),
], ids=range(10))
def test_right_expression(datasets, sql, kind, more):
    done = datasets.apply("a", **computed(sql, kind, **more))
    assert done.returncode == 0, done.stderr
    table = datasets.id("a")
    datasets.stack.sql(f'SELECT ({sql}) FROM data."{table}" AS t')


# ---- names of several datasets -----------------------------------------------------------------
def test_names_are_given_once(datasets):
    datasets.apply("a", aliases={"dataset": [datasets.id("old")], "fields": {"name": "nom"}})
    done = datasets.apply("b", aliases={"dataset": [datasets.id("old")]})
    assert done.returncode == 1
    assert f'/aliases/dataset/0: the name "{datasets.id("old")}" belongs to the dataset {datasets.id("a")}' in done.stderr
    done = datasets.apply("old")
    assert done.returncode == 1 and "/id: the name" in done.stderr
    assert datasets.row("b") == datasets.row("old") == []


def test_one_bad_folder_stops_all(datasets):
    datasets.write("a", PUBLISHED)
    (datasets.folder / datasets.id("b")).mkdir()
    (datasets.folder / datasets.id("b") / "dataset.json").write_text("{", encoding="utf-8")
    done = datasets.stack.beffroi("apply", datasets.folder, check=False)
    assert done.returncode == 1 and "/dataset.json:1:" in done.stderr
    assert datasets.row("a") == []


def test_the_template_is_not_applied(datasets):
    datasets.write("a", PUBLISHED)
    (datasets.folder / "template").mkdir()
    (datasets.folder / "template" / "dataset.json").write_text(
        json.dumps({"id": datasets.id("template"), **PUBLISHED}), encoding="utf-8")
    assert "1 created" in datasets.stack.beffroi("apply", datasets.folder).stdout


# ---- handlers ----------------------------------------------------------------------------------
@pytest.fixture
def handled(datasets):
    """The template as a dataset of ours, and a folder for compiled handlers."""
    content = json.loads((ROOT / "handlers" / "template" / "dataset.json").read_text(encoding="utf-8"))
    place = datasets.folder / "so"
    place.mkdir()
    compiled = (datasets.stack.build / "handlers" / "template.so").read_bytes()
    (place / "template.so").write_bytes(compiled)

    def apply(**changes):
        content.update(changes)
        folder = datasets.write("a", {k: v for k, v in content.items() if k != "id"})
        return datasets.stack.beffroi("apply", "--handlers", place, folder, check=False)

    return apply, place / "template.so", compiled


def test_handler_is_installed_under_its_content(datasets, handled):
    apply, path, compiled = handled
    assert apply().returncode == 0
    first = datasets.row("a")[0]
    installed = datasets.stack.run / "handlers" / first[5]
    assert re.fullmatch("[0-9a-f]{16}-template.so", first[5]) and installed.read_bytes() == compiled
    assert "1 unchanged" in apply().stdout
    path.write_bytes(compiled + b"another build")
    assert "1 migrated" in apply().stdout
    second = datasets.row("a")[0]
    assert second[5] != first[5] and second[4] != first[4]
    assert installed.read_bytes() == compiled, "workers may still have it mapped"


def test_handler_must_be_there_and_fit(datasets, handled):
    apply, path, compiled = handled
    done = apply(options={"nobody": "knows"})
    assert done.returncode == 1 and "dataset.json: /options" in done.stderr
    path.write_bytes(b"\x7fELF")
    done = apply(options={})
    assert done.returncode == 1 and "template.so" in done.stderr
    path.unlink()
    done = apply()
    assert done.returncode == 1 and "/handler: there is no" in done.stderr
    assert datasets.row("a") == []


# ---- readers in the way ------------------------------------------------------------------------
@pytest.mark.expects_log_errors(r"ERROR:  canceling statement due to lock timeout")
def test_a_long_reader_is_waited_for_without_holding_up_others(datasets):
    assert datasets.apply("a").returncode == 0
    table = f'data."{datasets.id("a")}"'
    with subprocess.Popen([PSQL, "-Xq", "-v", "ON_ERROR_STOP=1", "-h", str(datasets.stack.run / "pg"), "-U", "postgres", "-d", "beffroi"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as export:
        print(f"BEGIN; SELECT 'has begun' FROM (SELECT count(*) FROM {table}) c;", file=export.stdin, flush=True)
        assert any("has begun" in line for line in iter(export.stdout.readline, ""))
        path = datasets.write("a", {**PUBLISHED, "fields": fields({"name": "more", "type": "int"})})
        command = [str(datasets.stack.build / "beffroi"), "apply", path]
        environment = {**datasets.stack.environment, "BEFFROI_CONF": str(datasets.stack.run / "beffroi.conf")}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as applying:
            for _ in range(10):  # each would wait for ever behind a change that waits for the export
                datasets.stack.sql(f"SELECT count(*) FROM {table}")
                time.sleep(0.1)
            assert applying.poll() is None
            print("COMMIT;", file=export.stdin, flush=True)
            assert "1 migrated" in applying.communicate(timeout=120)[0]
        export.stdin.close()
    assert "more" in datasets.columns("a")


def test_an_autovacuum_gives_way(datasets):
    assert datasets.apply("a").returncode == 0
    table = f'data."{datasets.id("a")}"'
    sql = datasets.stack.sql
    rows = [{"nom": f"n{i}", "n": i, "geo": {"lon": 3, "lat": 50}} for i in range(3000)]
    assert datasets.stack.push(datasets.id("a"), rows, mode="snapshot").status == 200
    # A page costs it a tenth of a second, and there are more than it could look at while this test runs.
    sql(f"ALTER TABLE {table} SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 1,"
        f" autovacuum_vacuum_scale_factor = 0); UPDATE {table} SET n = n")
    at_work = f"SELECT 1 FROM pg_stat_progress_vacuum WHERE relid = '{table}'::regclass"
    wait_until(lambda: sql(at_work))
    done = datasets.apply("a", fields=fields({"name": "more", "type": "int"}))
    assert done.returncode == 0 and "more" in datasets.columns("a"), done
    assert "canceling autovacuum task" in (datasets.stack.log_folder / "postgres.log").read_text(encoding="utf-8")


# ---- two at once -------------------------------------------------------------------------------
def test_two_at_once(datasets):
    folders = [datasets.write(name, PUBLISHED) for name in "abcd"]
    command = [str(datasets.stack.build / "beffroi"), "apply", *folders]
    environment = {**datasets.stack.environment, "BEFFROI_CONF": str(datasets.stack.run / "beffroi.conf")}
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for _ in range(4)]
    answers = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0] * 4, answers
    counts = [re.match(r"(\d+) created, (\d+) migrated, (\d+) unchanged", out.splitlines()[-1]).groups() for out, _ in answers]
    assert sum(int(created) for created, _, _ in counts) == 4


# ---- migrations --------------------------------------------------------------------------------
def test_migrate_again(stack):
    assert stack.beffroi("migrate").stdout == ""


@pytest.mark.expects_log_errors(r"ERROR:  syntax error")
@pytest.mark.parametrize("case, expected", [
    ("changed", "0001_store.sql: the file changed after it was applied"),
    ("gone", "the migration was applied, but the file is not there"),
    ("gap", "9998_x.sql: number"),
    ("broken", "syntax error"),
])
def test_migrate_refuses(stack, tmp_path, case, expected):
    source = stack.beffroi("conf").stdout.split("\nsql_dir = ")[1].split("\n")[0]
    texts = {p.name: p.read_text(encoding="utf-8") for p in pathlib.Path(source).glob("*.sql")}
    last = sorted(texts)[-1]
    if case == "changed":
        texts["0001_store.sql"] += "\n"
    elif case == "gone":
        del texts[last]
    elif case == "gap":
        texts["9998_x.sql"] = "SELECT 1"
    else:
        texts[f"{int(last[:4]) + 1:04}_x.sql"] = "CREATE TABLE public.half (); SELEC;"
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = stack.beffroi("migrate", check=False, env={
        **stack.environment, "BEFFROI_CONF": str(stack.run / "beffroi.conf"), "BEFFROI_SQL_DIR": str(tmp_path)})
    assert done.returncode == 1 and expected in done.stderr, done.stderr
    assert stack.sql("SELECT to_regclass('public.half')") == [[None]]

"""SQL injection, tried: every text of tests/harness/injections.py in every place of a request that takes a text, of every
family of routes. Whether one got through is not told by the clock but by PostgreSQL's own log, which has every statement of
the workers, without their parameters, while this runs."""

import concurrent.futures
import dataclasses
import http.client
import json
import pathlib
import re
import time
import urllib.parse

import pytest

from harness import dataset
from harness.injections import BYTES, DIGEST, MARK, PRODUCT, payloads

PAYLOADS = payloads()
THREADS = 4
V21 = "/api/explore/v2.1/catalog"
V20 = "/api/explore/v2.0/catalog"
READ = V21 + "/datasets/injection"
OLD = V20 + "/datasets/injection"
PUSH = "/api/push/v1/datasets/injection-push/records"
HEADERS = ["Cookie", "User-Agent", "Referer", "If-None-Match", "If-Modified-Since", "Accept", "Accept-Language",
           "Accept-Encoding", "X-Request-Id", "X-Forwarded-For", "Origin", "Range", "X-Requested-With"]
# The parameters of each family, a text for each; where other parameters are needed they stand in the address.
PARAMETERS = {
    READ + "/records": ["select", "where", "group_by", "order_by", "refine", "exclude", "limit", "offset", "lang", "timezone", "cursor",
                        "include_links", "include_app_metas", "nobody_knows_it", "apikey", "access_token", "pushkey"],
    READ + "/records?group_by=nom": ["select", "order_by"],
    READ + "/records/0123456789012345678901234567890123456789": ["select"],
    READ + "/facets": ["facet", "where", "refine", "exclude", "timezone", "lang"],
    READ + "/exports/csv": ["delimiter", "list_separator", "quote_all", "with_bom", "use_labels", "guard_formulas", "compressed",
                            "select", "where", "rows"],
    READ + "/exports/geojson": ["epsg", "main_geo_field", "where"],
    V21 + "/datasets": ["select", "where", "order_by", "refine", "exclude", "timezone"],
    V21 + "/facets": ["facet", "where", "refine"],
    V21 + "/exports/csv": ["select", "where", "delimiter"],
    OLD + "/records": ["select", "where", "order_by", "refine"],
    OLD + "/aggregates": ["select", "group_by", "where"],
    "/api/v2/catalog/datasets": ["where", "refine"],
    "/api/records/1.0/search?dataset=injection": ["q", "sort", "facet", "refine.nom", "exclude.nom", "refine.x", "geofilter.distance",
                                                  "geofilter.polygon", "geofilter.bbox", "fields", "rows", "format", "timezone", "lang"],
    "/api/records/1.0/search": ["dataset"],
    "/api/records/1.0/search?dataset=injection&format=jsonp": ["callback"],
    "/api/records/1.0/download?dataset=injection&format=csv": ["q", "csv_separator", "use_labels_for_header"],
    "/api/records/1.0/analyze?dataset=injection&y.s.func=COUNT": ["x", "y.s.expr", "sort", "maxpoints", "precision", "periodic"],
    "/api/records/1.0/analyze?dataset=injection&x=nom": ["y.s.func", "y.s.expr"],
    "/api/records/1.0/geocluster?dataset=injection": ["clusterprecision", "clusterdistance", "geo_field"],
    "/api/records/1.0/geopolygon?dataset=injection": ["clusterprecision", "geo_field"],
    "/api/records/1.0/geopreview?dataset=injection": ["geo_digest"],
    "/api/datasets/1.0/search": ["q", "facet", "refine.publisher", "sort"],
    PUSH: ["pushkey", "mode"],
}
PATHS = [V21 + "/datasets/{}", V21 + "/datasets/{}/records", READ + "/records/{}", READ + "/exports/{}", READ + "/attachments/{}",
         READ + "/alternative_exports/{}", V21 + "/metadata_templates/{}", V21 + "/metadata_templates/basic/{}", V21 + "/exports/{}",
         OLD + "/records/{}", "/api/datasets/1.0/{}", "/api/datasets/1.0/injection/records/{}", "/api/datasets/1.0/injection/attachments/{}",
         "/api/datasets/1.0/injection/alternative_exports/{}", "/api/datasets/1.0/injection/files/{}",
         "/explore/dataset/{}/download", "/api/push/1.0/{}/r/push", "/api/push/1.0/injection-push/{}/push"]


@dataclasses.dataclass
class Try:
    name: str
    method: str
    address: str
    body: bytes | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    status: int = 0
    answer: bytes = b""


def encode(text):
    return urllib.parse.quote(text, safe="")


def quoted(text):
    """As a literal of the query language: the text is one value, whatever it holds."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def with_parameter(name, address, parameter, text):
    joint = "&" if "?" in address else "?"
    method = "POST" if address == PUSH else "GET"
    return Try(f"{address} {parameter}: {name}", method, f"{address}{joint}{parameter}={text}", b"[]" if method == "POST" else None)


def tries_of_text(name, text, key):
    for address, parameters in PARAMETERS.items():
        for parameter in parameters:
            yield with_parameter(name, address, parameter, encode(text))
    yield Try(f"name of a parameter: {name}", "GET", f"{READ}/records?{encode(text)}=1&refine.{encode(text)}=1")
    for address in (READ + "/records", "/api/records/1.0/search?dataset=injection"):
        body = f"where={encode(text)}&q={encode(text)}".encode()
        yield Try(f"form: {name}", "POST", address, body, {"Content-Type": "application/x-www-form-urlencoded"})
    for path in PATHS:
        yield Try(f"{path}: {name}", "POST" if path.startswith("/api/push") else "GET", path.format(encode(text)),
                  b"[]" if path.startswith("/api/push") else None)
    if not re.search(r"[\x00-\x1f]", text):
        yield Try(f"Authorization: {name}", "GET", READ + "/records?limit=1", headers={"Authorization": text.encode()})
        yield Try(f"headers: {name}", "GET", READ + "/records?limit=1", headers=dict.fromkeys(HEADERS, text.encode()))
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    yield Try(f"member: {name}", "POST", PUSH, json.dumps([{"id": 1, text: text}]).encode(), sent)
    yield Try(f"typed values: {name}", "POST", PUSH, json.dumps([{"id": text, "n": text, "jour": text, "geo": text}]).encode(), sent)
    yield Try(f"csv: {name}", "POST", PUSH, f"id,{text}\n{text},{text}\n".encode(), {**sent, "Content-Type": "text/csv"})
    yield Try(f"deleted id: {name}", "POST", PUSH + "/delete", json.dumps([{"id": text}]).encode(), sent)
    yield Try(f"vendor's id: {name}", "POST", f"/api/push/1.0/injection-push/r/{encode(text)}/delete", b"", sent)
    if not re.search(r"[\x00-\x1f]", text):
        yield Try(f"idempotency key: {name}", "POST", PUSH, b"[]", {**sent, "Idempotency-Key": text.encode()})


def tries_of_bytes(raw):
    for address, parameters in PARAMETERS.items():
        for parameter in parameters:
            yield with_parameter(repr(raw), address, parameter, raw.decode())
    for path in PATHS:
        yield Try(f"{path}: {raw}", "GET", path.format(raw.decode()))


def values(name, text):
    """The text as one value of a condition: nothing is called so."""
    if "\0" in text:
        return
    value = encode(quoted(text))
    for address, query in ((READ + "/records", f"where=nom={value}"), (READ + "/records", f"where=nom+in+({value},{value})"),
                           (READ + "/records", f"refine=nom:{value}"), (OLD + "/records", f"where=nom={value}"),
                           ("/api/records/1.0/search", f"dataset=injection&q=%23exact(nom,{value})"),
                           ("/api/records/1.0/search", f"dataset=injection&refine.nom={encode(text)}"),
                           (V21 + "/datasets", f"where=publisher={value}")):
        yield Try(f"value, {address}: {name}", "GET", f"{address}?{query}")


class Client:
    """One connection that is kept; what comes back is put into the try."""

    def __init__(self, stack):
        self.stack, self.connection = stack, None

    def send(self, one):
        for again in (True, False):
            if not self.connection:
                self.connection = http.client.HTTPConnection(self.stack.host, self.stack.port, timeout=60)
            try:
                self.connection.request(one.method, one.address, one.body, one.headers)
                response = self.connection.getresponse()
                one.status, one.answer = response.status, response.read()
                if response.will_close:
                    self.connection = None
                return
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection = None  # nginx closes one on which it has seen something bad
                assert again, one.name

    def send_all(self, tries):
        for one in tries:
            self.send(one)


def run(stack, tries):
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda part: Client(stack).send_all(part), [tries[i::THREADS] for i in range(THREADS)]))
    return tries


# ---- what must not change --------------------------------------------------------------------------------

def state(stack):
    """Rows of the dataset that is read, and everything that a stranger could have made or changed elsewhere."""
    questions = {
        "rows": "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY _seq)) FROM data.injection AS t",
        "datasets": "SELECT md5(string_agg(id || manifest::text, ',' ORDER BY id)) FROM catalog.dataset",
        "tables": "SELECT n.nspname, c.relname, c.relkind FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
                  "WHERE n.nspname !~ '^pg_(toast|temp)' ORDER BY 1, 2",
        "functions": "SELECT count(*), md5(string_agg(oid::regprocedure || prosrc, ',' ORDER BY oid)) FROM pg_proc",
        "roles": "SELECT rolname, rolsuper, rolcanlogin, rolconfig::text FROM pg_roles ORDER BY 1",
        "settings": "SELECT name, setting FROM pg_file_settings ORDER BY 1, 2",
        "large objects": "SELECT count(*) FROM pg_largeobject_metadata",
        "databases": "SELECT datname FROM pg_database ORDER BY 1",
    }
    return {name: stack.sql(question) for name, question in questions.items()}


class StatementLog:
    """PostgreSQL writes every statement and every SQLSTATE into its log while this lasts."""

    def __init__(self, stack):
        self.stack, self.log = stack, stack.log_folder / "postgres.log"

    def __enter__(self):
        self.stack.sql("ALTER SYSTEM SET log_statement = 'all'; ALTER SYSTEM SET log_line_prefix = '%m [%p] %u@%d %a: %e ';")
        self.stack.sql("SELECT pg_reload_conf()")
        self.start = self.log.stat().st_size
        # Every worker has heard of it when statements of all of them are there.
        self.wait_for(lambda text: len(set(re.findall(r"\[(\d+)\] beffroi_reader@", text))) >= 4, ask=True)
        return self

    def __exit__(self, *_):
        self.stack.sql("ALTER SYSTEM RESET log_statement; ALTER SYSTEM RESET log_line_prefix;")
        self.stack.sql("SELECT pg_reload_conf()")

    def wait_for(self, what, ask=False):
        until = time.monotonic() + 60
        turn = 0
        while not what(self.text()):
            assert time.monotonic() < until, self.text()[-1000:]
            tries = [Try("", "GET", f"{READ}/records?where=id={turn + i}") for i in range(16)] if ask else []
            turn += 16
            run(self.stack, tries)
            time.sleep(0.05)

    def text(self):
        with self.log.open("rb") as file:
            file.seek(self.start)
            return file.read().decode("utf-8", "replace")

    def statements(self):
        """Up to a statement of our own, which comes last because its answer has come."""
        self.stack.sql("SELECT 'the end of the log'")
        self.wait_for(lambda text: "the end of the log" in text)
        return self.text().partition("the end of the log")[0]


@dataclasses.dataclass
class Campaign:
    tries: list
    values: list
    pushed: list
    log: str
    before: dict
    after: dict


@pytest.fixture(scope="module")
def campaign(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("injection")
    dataset.apply(stack, folder, dataset.manifest("injection", attachments=[]))
    assert stack.push("injection", dataset.ROWS, mode="snapshot").status == 200
    dataset.apply(stack, folder, dataset.manifest("injection-push"))
    key = stack.key("push:injection-push")
    before = state(stack)
    with StatementLog(stack) as log:
        texts = [one for name, text in PAYLOADS.items() for one in tries_of_text(name, text, key)]
        tries = run(stack, texts + [one for raw in BYTES for one in tries_of_bytes(raw)])
        single = run(stack, [one for name, text in PAYLOADS.items() for one in values(name, text)])
        rows = [{"id": i, "nom": text} for i, text in enumerate(PAYLOADS.values()) if "\0" not in text]
        assert stack.push("injection-push", rows, mode="snapshot").status == 200
        written = log.statements()
        stack.sql(f"SELECT '{MARK}: the log shows it'")
        log.wait_for(lambda text: f"{MARK}: the log shows it" in text)
    return Campaign(tries, single, rows, written, before, state(stack))


# ---- what is asserted ------------------------------------------------------------------------------------

def test_there_are_enough_of_them(campaign):
    assert len(PAYLOADS) >= 300 and len(set(PAYLOADS.values())) == len(PAYLOADS)
    assert all(MARK in text.lower() for text in PAYLOADS.values())
    assert len(campaign.tries) > 100 * len(PAYLOADS)


def test_no_answer_is_a_failure_of_the_server(campaign):
    assert [(one.name, one.status, one.answer) for one in campaign.tries + campaign.values if not 200 <= one.status < 500] == []


def test_no_statement_holds_a_text_and_none_fails(campaign):
    # The workers' statements are there, those of the writers, too: as they were sent, with $1 for what was asked.
    assert len(re.findall(r"beffroi_reader@.*LOG:  execute ", campaign.log)) > len(campaign.values) / 2
    assert re.search(r"beffroi_writer@\S+ \S+ 00000 LOG:  execute ", campaign.log)
    lines = campaign.log.splitlines()
    assert [line for line in lines if MARK in line.lower() or "pg_sleep" in line.lower() or "pg_shadow" in line.lower()] == []
    assert [line for line in lines if re.search(r": (42|22)\w{3} |\b(ERROR|FATAL|PANIC):", line)] == []


def test_no_answer_holds_what_only_sql_could_tell(campaign):
    secrets = [DIGEST.encode(), PRODUCT.encode(), b"beffroi_owner", b"SCRAM-SHA", b"root:x:0", b"syntax error at or near"]
    assert [one.name for one in campaign.tries + campaign.values if any(secret in one.answer for secret in secrets)] == []


def test_a_value_is_a_value(campaign):
    """What is asked for by one of the texts is that very text: no record has it, and all of them come to nothing."""
    for one in campaign.values:
        assert one.status == 200, one
        body = json.loads(one.answer)
        assert body.get("total_count", body.get("nhits")) == 0, one


def test_what_is_pushed_comes_back_as_it_was(stack, campaign):
    rows = stack.get(V21 + "/datasets/injection-push/exports/json", {"select": "id, nom", "order_by": "id"}).json()
    assert rows == campaign.pushed
    number, text = campaign.pushed[7]["id"], campaign.pushed[7]["nom"]
    found = stack.get(V21 + "/datasets/injection-push/records", {"where": f"nom = {quoted(text)}", "select": "id"}).json()
    assert found == {"total_count": 1, "results": [{"id": number}]}


def test_nothing_has_changed(campaign):
    assert campaign.after == campaign.before
    assert not list(pathlib.Path("/tmp").glob(f"*{MARK}*"))

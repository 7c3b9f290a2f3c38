-- How many records have each value of a facet, kept by whatever changes a record: of datasets that
-- take too long to be counted when somebody asks (a million records: 150 ms a facet). Counts are
-- those of the transaction that reads them, as the records are.

-- Values as texts (catalog.tally_source), by their digest, as an index has no room for a long text.
-- A value that no record has any more may stay, with 0.
CREATE TABLE catalog.tally (
    dataset integer NOT NULL REFERENCES catalog.dataset (number) ON DELETE CASCADE,
    field   text NOT NULL,
    digest  bytea NOT NULL,
    value   text NOT NULL COLLATE "C",
    n       bigint NOT NULL,
    PRIMARY KEY (dataset, field, digest)
) WITH (fillfactor = 70);

-- Which fields were looked at. Whole: the tally has all of their values.
CREATE TABLE catalog.tallied (
    dataset integer NOT NULL REFERENCES catalog.dataset (number) ON DELETE CASCADE,
    field   text NOT NULL,
    source  text NOT NULL,  -- SQL over a record
    whole   boolean NOT NULL,
    PRIMARY KEY (dataset, field)
);

GRANT SELECT ON catalog.tally, catalog.tallied TO @reader@;
GRANT SELECT, INSERT, UPDATE ON catalog.tally TO @writer@;
GRANT SELECT ON catalog.tallied TO @writer@;

-- What is counted of a column, as text: days since 1970 of a date, and of an instant in UTC. Null:
-- values of that type are not counted.
CREATE FUNCTION catalog.tally_source(field text, type text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT format(CASE type
        WHEN 'text' THEN '%I'
        WHEN 'int' THEN '%I::text'
        WHEN 'boolean' THEN '%I::text'
        WHEN 'date' THEN '(%I - date ''1970-01-01'')::text'
        WHEN 'datetime' THEN '((%I AT TIME ZONE ''UTC'')::date - date ''1970-01-01'')::text'
        END, field)
$$;

-- After each statement that changes records: what it took away and what it brought.
CREATE FUNCTION catalog.tally_move() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    f record;
BEGIN
    FOR f IN SELECT t.dataset, t.field, t.source
             FROM catalog.dataset AS d JOIN catalog.tallied AS t ON t.dataset = d.number
             WHERE d.id = TG_TABLE_NAME AND t.whole LOOP
        EXECUTE format(
            'INSERT INTO catalog.tally AS t (dataset, field, digest, value, n)'
            ' SELECT $1, $2, sha256(convert_to(u.v, ''UTF8'')), u.v, sum(u.n) FROM ('
            || CASE WHEN TG_OP <> 'DELETE' THEN 'SELECT %1$s, 1 FROM fresh' ELSE '' END
            || CASE WHEN TG_OP = 'UPDATE' THEN ' UNION ALL ' ELSE '' END
            || CASE WHEN TG_OP <> 'INSERT' THEN 'SELECT %1$s, -1 FROM gone' ELSE '' END
            || ') AS u (v, n) WHERE u.v IS NOT NULL GROUP BY u.v HAVING sum(u.n) <> 0'
            ' ON CONFLICT (dataset, field, digest) DO UPDATE SET n = t.n + excluded.n', f.source)
            USING f.dataset, f.field;
    END LOOP;
    RETURN NULL;
END $$;

-- Counts the fields of a dataset of many records that were not looked at yet, while nobody changes
-- one, and has them kept from then on; few are counted quickly enough, and their pushes shall not
-- pay for it. A field of more values than that is left to who asks for it. The writer calls it when
-- a commit brought the records that make many, so it has the owner's rights.
CREATE FUNCTION catalog.tally_build(whose text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    many   CONSTANT bigint := 20000;
    most   CONSTANT bigint := 5000;
    f      record;
    values bigint;
BEGIN
    FOR f IN SELECT d.number, x.said ->> 'name' AS name,
                    catalog.tally_source(x.said ->> 'name', x.said ->> 'type') AS source
             FROM catalog.dataset AS d JOIN catalog.state AS s ON s.dataset = d.id,
                  jsonb_array_elements(d.manifest::jsonb -> 'fields') AS x (said)
             WHERE d.id = whose AND s.records > many AND x.said -> 'facet' = 'true'
               AND NOT x.said ? 'sql' AND NOT x.said ? 'handler' LOOP
        CONTINUE WHEN f.source IS NULL OR EXISTS (SELECT FROM catalog.tallied AS t
            WHERE t.dataset = f.number AND t.field = f.name);
        PERFORM catalog.tally_watch(whose);
        EXECUTE format(
            'INSERT INTO catalog.tally (dataset, field, digest, value, n)'
            ' SELECT $1, $2, sha256(convert_to(g.v, ''UTF8'')), g.v, g.n FROM (SELECT %s AS v,'
            ' count(*) AS n FROM data.%I GROUP BY 1) AS g WHERE g.v IS NOT NULL LIMIT $3',
            f.source, whose) USING f.number, f.name, most + 1;
        GET DIAGNOSTICS values = ROW_COUNT;
        IF values > most THEN
            DELETE FROM catalog.tally AS t WHERE t.dataset = f.number AND t.field = f.name;
        END IF;
        INSERT INTO catalog.tallied VALUES (f.number, f.name, f.source, values <= most);
    END LOOP;
END $$;

-- From here to the end of the transaction nobody else changes a record, and from then on every
-- change is counted.
CREATE FUNCTION catalog.tally_watch(whose text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER bf_tally_fresh AFTER INSERT ON data.%1$I'
        ' REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog.tally_move();'
        'CREATE OR REPLACE TRIGGER bf_tally_moved AFTER UPDATE ON data.%1$I'
        ' REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT'
        ' EXECUTE FUNCTION catalog.tally_move();'
        'CREATE OR REPLACE TRIGGER bf_tally_gone AFTER DELETE ON data.%1$I'
        ' REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION catalog.tally_move()',
        whose);
END $$;

-- Before the table changes: what is counted is counted of its columns.
CREATE FUNCTION catalog.tally_forget(whose text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'DROP TRIGGER IF EXISTS bf_tally_fresh ON data.%1$I;'
        'DROP TRIGGER IF EXISTS bf_tally_moved ON data.%1$I;'
        'DROP TRIGGER IF EXISTS bf_tally_gone ON data.%1$I', whose);
    DELETE FROM catalog.tally
        WHERE dataset = (SELECT d.number FROM catalog.dataset AS d WHERE d.id = whose);
    DELETE FROM catalog.tallied
        WHERE dataset = (SELECT d.number FROM catalog.dataset AS d WHERE d.id = whose);
END $$;

REVOKE EXECUTE ON FUNCTION catalog.tally_build(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION catalog.tally_build(text) TO @writer@;

SELECT catalog.tally_build(id) FROM catalog.dataset;

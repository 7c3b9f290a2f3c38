-- Every version of a dataset's description that was ever applied: manifest, handler and whatever
-- else its row of the catalogue carries. A generation of workers serves the catalogue as it was
-- after one of these changes, also when others came since (a new one that is refused leaves the old
-- one serving, and what is restarted in it), and an earlier version can be put back.
CREATE TABLE catalog.applied (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- in the order of becoming visible
    dataset  text NOT NULL,
    digest   bytea,   -- of the version; null: the dataset is gone
    version  jsonb,   -- the row of catalog.dataset, without what the database makes of it itself
    put_back bigint,  -- the number of the earlier version that this one repeats
    at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON catalog.applied (dataset, number DESC);

-- One change at a time, by the lock of `beffroi apply`, so that numbers come in order. A version
-- that is put back is named in the setting beffroi.put_back.
CREATE FUNCTION catalog.keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(25192, 0);
    IF TG_OP = 'DELETE' THEN
        INSERT INTO catalog.applied (dataset) VALUES (OLD.id);
        RETURN NULL;
    END IF;
    INSERT INTO catalog.applied (dataset, digest, version, put_back)
    VALUES (NEW.id, NEW.digest,
            to_jsonb(NEW) - ARRAY(SELECT a.attname::text FROM pg_attribute AS a
                                  WHERE a.attrelid = TG_RELID AND a.attgenerated <> ''),
            nullif(current_setting('beffroi.put_back', true), '')::bigint);
    RETURN NULL;
END $$;

INSERT INTO catalog.applied (dataset, digest, version, at)
    SELECT d.id, d.digest,
           to_jsonb(d) - ARRAY(SELECT a.attname::text FROM pg_attribute AS a
                               WHERE a.attrelid = 'catalog.dataset'::regclass
                                 AND a.attgenerated <> ''),
           d.applied
    FROM catalog.dataset AS d ORDER BY d.applied, d.number;

CREATE TRIGGER keep_version AFTER INSERT OR UPDATE OR DELETE ON catalog.dataset
    FOR EACH ROW EXECUTE FUNCTION catalog.keep_version();

GRANT SELECT ON catalog.applied TO @writer@, @reader@;

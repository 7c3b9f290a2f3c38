-- Sources: what is known of each dataset that is fetched, and every run.

-- One row per dataset whose manifest names, or named, a source. Who runs it holds the advisory lock
-- (25203, dataset.number) and counts `run` up; what he tells later counts only under that number.
CREATE TABLE catalog.source (
    dataset  text PRIMARY KEY REFERENCES catalog.dataset (id) ON DELETE CASCADE,
    active   boolean NOT NULL DEFAULT true,      -- the manifest names it
    every    interval NOT NULL,
    digest   bytea NOT NULL,                     -- of the dataset: when it changes, all is fetched
    source   bytea NOT NULL,                     -- of the manifest's source: so do the names
    due      timestamptz NOT NULL DEFAULT now(),
    run      bigint NOT NULL DEFAULT 0,          -- number of the newest run
    running  boolean NOT NULL DEFAULT false,
    started  timestamptz,                        -- of the newest run
    ended    timestamptz,
    node     text,                               -- who runs, or ran it
    state    text NOT NULL DEFAULT 'new'         -- of the newest run that ended
             CHECK (state IN ('new', 'good', 'failing', 'held')),
    reason   text,                               -- why it is not good
    status   integer,                            -- of the answer; null: none came
    failures integer NOT NULL DEFAULT 0,         -- one after the other
    -- The newest good run.
    good     timestamptz,
    etag     text,
    modified text,
    body     bytea,                              -- SHA-256 of its records
    records  bigint,
    names    text,                               -- a JSON list of the names that its records have
    commit   bigint                              -- the dataset's newest after it
);
CREATE INDEX source_due ON catalog.source (due) WHERE active;

-- What the newest run brought and nobody has accepted.
CREATE TABLE catalog.source_held (
    dataset  text PRIMARY KEY REFERENCES catalog.source (dataset) ON DELETE CASCADE,
    run      bigint NOT NULL,
    since    timestamptz NOT NULL DEFAULT now(),
    format   text NOT NULL,                      -- of content: csv, json, ndjson
    records  bigint,
    names    text NOT NULL,
    etag     text,
    modified text,
    body     bytea NOT NULL,
    content  bytea NOT NULL
);

CREATE TABLE catalog.ingestion (
    dataset   text NOT NULL,
    run       bigint NOT NULL,
    started   timestamptz NOT NULL,
    ended     timestamptz NOT NULL DEFAULT clock_timestamp(),
    result    text NOT NULL CHECK (result IN
        ('changed', 'unchanged', 'held', 'failed', 'accepted', 'interrupted')),
    status    integer,
    bytes     bigint,
    records   bigint,
    added     bigint,
    changed   bigint,
    removed   bigint,
    reason    text,
    published boolean NOT NULL DEFAULT false,    -- the dataset `ingestions` has it
    PRIMARY KEY (dataset, run)
);
CREATE INDEX ingestion_new ON catalog.ingestion (ended) WHERE NOT published;
CREATE INDEX ingestion_age ON catalog.ingestion (ended);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON catalog.source, catalog.source_held, catalog.ingestion TO @writer@;
GRANT SELECT ON catalog.source TO @reader@;

-- Every node tells its readers at once when a source goes bad or well.
CREATE FUNCTION catalog.source_turned() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_notify('beffroi', concat_ws(' ', 'source', NEW.dataset, NEW.state));
    RETURN NULL;
END $$;
CREATE TRIGGER source_turned AFTER UPDATE OF state, active ON catalog.source FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.active IS DISTINCT FROM NEW.active)
    EXECUTE FUNCTION catalog.source_turned();

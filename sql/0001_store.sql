-- The versioned store: schemas, the clock, the catalogue, keys. One transaction, forward only.
-- @writer@ and @reader@ are the role names of the settings, quoted by `beffroi migrate`.

CREATE SCHEMA catalog;
CREATE SCHEMA data;  -- data.<dataset>: the current rows, made by `beffroi apply`
CREATE SCHEMA past;  -- past.<dataset>: earlier versions and deleted rows, [_from, _to) in commits

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO @writer@, @reader@;  -- PostGIS lives there
GRANT USAGE ON SCHEMA catalog, data, past TO @writer@, @reader@;

-- The one commit sequence. A writer locks this row after staging and validating, so numbers are
-- given in the order in which commits become visible, and a rollback leaves no gap.
CREATE TABLE catalog.clock (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    commit  bigint NOT NULL,
    instant timestamptz NOT NULL
) WITH (fillfactor = 10);
INSERT INTO catalog.clock VALUES (true, 0, now());

CREATE TABLE catalog.dataset (
    id       text PRIMARY KEY,
    number   integer GENERATED ALWAYS AS IDENTITY UNIQUE,  -- key of the writers' advisory lock
    uid      text NOT NULL UNIQUE,  -- da_ and six of [0-9a-z], as the Explore API shows it
    manifest text NOT NULL,         -- dataset.json as it was applied
    digest   bytea NOT NULL,        -- SHA-256 of manifest and handler: part of every ETag
    handler  text,                  -- file name of the installed handler, or null: table
    created  timestamptz NOT NULL DEFAULT now(),
    applied  timestamptz NOT NULL DEFAULT now()
);

-- Every name that a dataset has ever been published under: ids and aliases. None is given twice.
CREATE TABLE catalog.name (
    name    text PRIMARY KEY,
    dataset text NOT NULL REFERENCES catalog.dataset ON DELETE CASCADE
);

-- Full text without case and accents, for every language: the indexes of `beffroi apply` are built
-- on it. Unlike unaccent() itself, to_tsvector with a fixed configuration may stand in an index.
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE TEXT SEARCH CONFIGURATION catalog.search (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION catalog.search
    ALTER MAPPING FOR word, numword, hword, hword_part, hword_numpart, numhword
    WITH public.unaccent, pg_catalog.simple;

-- What every push changes, apart from the wide catalogue row.
CREATE TABLE catalog.state (
    dataset text PRIMARY KEY REFERENCES catalog.dataset ON DELETE CASCADE,
    commit  bigint NOT NULL,       -- newest commit of the dataset; at apply: the clock's
    instant timestamptz NOT NULL,  -- of that commit
    records bigint NOT NULL DEFAULT 0,
    pushed  timestamptz,           -- newest accepted push, whether it changed a row or not
    horizon bigint NOT NULL DEFAULT 0  -- versions that ended at or before this commit were pruned
) WITH (fillfactor = 50);

CREATE TABLE catalog.commit (
    number  bigint PRIMARY KEY,
    dataset text NOT NULL,
    instant timestamptz NOT NULL,
    added   bigint NOT NULL,
    changed bigint NOT NULL,
    removed bigint NOT NULL,
    source  bytea NOT NULL,  -- SHA-256 of the body that made it
    sub     text NOT NULL    -- partner that pushed it
);
CREATE INDEX ON catalog.commit (dataset, number);

-- What a push with an Idempotency-Key was answered; written in the push's own transaction.
CREATE TABLE catalog.receipt (
    dataset text NOT NULL,
    sub     text NOT NULL,
    key     text NOT NULL,
    -- SHA-256 of the body and its parameters: another body with the same key is refused
    body    bytea NOT NULL,
    answer  text NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (dataset, sub, key)
);
CREATE INDEX ON catalog.receipt (at);

CREATE TABLE catalog.signing_key (
    kid        text PRIMARY KEY,
    algorithm  text NOT NULL CHECK (algorithm = 'ES256'),
    public_pem text NOT NULL,
    created    timestamptz NOT NULL DEFAULT now(),
    retired    timestamptz
);

-- A key is never stored, only what identifies it.
CREATE TABLE catalog.api_key (
    jti     text PRIMARY KEY,
    kid     text NOT NULL REFERENCES catalog.signing_key,
    sub     text NOT NULL,
    scope   text NOT NULL,
    issued  timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    digest  bytea NOT NULL  -- SHA-256 of the token
);

GRANT SELECT ON ALL TABLES IN SCHEMA catalog TO @writer@;
GRANT SELECT ON catalog.clock, catalog.dataset, catalog.name, catalog.state, catalog.commit,
    catalog.signing_key TO @reader@;
GRANT UPDATE ON catalog.clock, catalog.state TO @writer@;
GRANT INSERT ON catalog.commit TO @writer@;
GRANT INSERT, DELETE ON catalog.receipt TO @writer@;

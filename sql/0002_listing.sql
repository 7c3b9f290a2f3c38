-- The catalogue as a table that the query language can filter: what an administrator wrote, out of
-- the manifest, beside what the store knows.
ALTER TABLE catalog.dataset
    ADD COLUMN title       text
        GENERATED ALWAYS AS (manifest::jsonb -> 'title' ->> 'fr') STORED,
    ADD COLUMN description text
        GENERATED ALWAYS AS (manifest::jsonb -> 'description' ->> 'fr') STORED,
    ADD COLUMN publisher   text
        GENERATED ALWAYS AS (manifest::jsonb ->> 'publisher') STORED,
    ADD COLUMN license     text
        GENERATED ALWAYS AS (manifest::jsonb -> 'licence' ->> 'name') STORED,
    ADD COLUMN language    text
        GENERATED ALWAYS AS (coalesce(manifest::jsonb ->> 'language', 'fr')) STORED;

CREATE VIEW catalog.listing AS
    SELECT d.id AS dataset_id, d.uid AS dataset_uid, d.number::bigint AS _seq,
           d.title, d.description, d.publisher, d.license, d.language,
           d.applied AS metadata_processed, s.instant AS modified, s.instant AS data_processed,
           s.records AS records_count, s.commit AS _commit
    FROM catalog.dataset d JOIN catalog.state s ON s.dataset = d.id;

GRANT SELECT ON catalog.listing TO @reader@, @writer@;

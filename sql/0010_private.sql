-- What not everybody sees (modules/catalog/rights.h), for the catalogue as the query language has
-- it: which right a dataset and its records require, and the fields where some of them require one.

-- What can be done with the fields that these rights show.
CREATE FUNCTION catalog.features(fields jsonb, rights text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT catalog.features(coalesce(jsonb_agg(f), '[]'))
            FROM jsonb_array_elements(fields) AS f
            WHERE NOT f ? 'requires' OR f ->> 'requires' = ANY (rights));

ALTER TABLE catalog.dataset
    ADD COLUMN requires text
        GENERATED ALWAYS AS (manifest::jsonb ->> 'requires') STORED,
    ADD COLUMN records_require text
        GENERATED ALWAYS AS (manifest::jsonb ->> 'records_require') STORED,
    ADD COLUMN partial jsonb
        GENERATED ALWAYS AS (CASE WHEN jsonb_path_exists(manifest::jsonb, '$.fields[*].requires')
                             THEN manifest::jsonb -> 'fields' END) STORED;

CREATE OR REPLACE VIEW catalog.listing AS
    SELECT d.id AS dataset_id, d.uid AS dataset_uid, d.number::bigint AS _seq,
           d.title, d.description, d.publisher, d.license, d.language,
           d.applied AS metadata_processed, s.instant AS modified, s.instant AS data_processed,
           s.records AS records_count, s.commit AS _commit, d.words,
           coalesce(d.title_en, d.title) AS title_en,
           coalesce(d.description_en, d.description) AS description_en,
           d.license_url, d.theme, d.keyword, d.features, d.metas, d.created,
           d.requires, d.records_require, d.partial
    FROM catalog.dataset d JOIN catalog.state s ON s.dataset = d.id;

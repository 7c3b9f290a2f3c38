-- The metadata of a dataset as columns that the query language can filter and count, and the files
-- that go with it.

-- A text or a list of texts of a manifest; null when it is neither.
CREATE FUNCTION catalog.texts(value jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE jsonb_typeof(value)
        WHEN 'string' THEN ARRAY[value #>> '{}']
        WHEN 'array' THEN (SELECT array_agg(e.v ORDER BY e.n)
                           FROM jsonb_array_elements_text(value) WITH ORDINALITY AS e(v, n))
    END;

-- What can be done with a dataset (explore-v2.1, 4.3), by its fields.
CREATE FUNCTION catalog.features(fields jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT array_remove(ARRAY[
        CASE WHEN bool_or(f ->> 'type' IN ('int', 'double') OR f -> 'facet' = 'true')
             THEN 'analyze' END,
        CASE WHEN bool_or(f ->> 'type' IN ('geo_point_2d', 'geo_shape')) THEN 'geo' END,
        CASE WHEN bool_or(f ->> 'type' IN ('date', 'datetime')) THEN 'timeserie' END], NULL)
    FROM jsonb_array_elements(fields) AS f);

ALTER TABLE catalog.dataset
    ADD COLUMN title_en text
        GENERATED ALWAYS AS (manifest::jsonb -> 'title' ->> 'en') STORED,
    ADD COLUMN description_en text
        GENERATED ALWAYS AS (manifest::jsonb -> 'description' ->> 'en') STORED,
    ADD COLUMN license_url text
        GENERATED ALWAYS AS (manifest::jsonb -> 'licence' ->> 'url') STORED,
    ADD COLUMN theme text[]
        GENERATED ALWAYS AS (catalog.texts(manifest::jsonb -> 'themes')) STORED,
    ADD COLUMN keyword text[]
        GENERATED ALWAYS AS (catalog.texts(manifest::jsonb -> 'keywords')) STORED,
    ADD COLUMN features text[]
        GENERATED ALWAYS AS (catalog.features(manifest::jsonb -> 'fields')) STORED,
    ADD COLUMN metas jsonb
        GENERATED ALWAYS AS (manifest::jsonb -> 'metas') STORED;

CREATE OR REPLACE VIEW catalog.listing AS
    SELECT d.id AS dataset_id, d.uid AS dataset_uid, d.number::bigint AS _seq,
           d.title, d.description, d.publisher, d.license, d.language,
           d.applied AS metadata_processed, s.instant AS modified, s.instant AS data_processed,
           s.records AS records_count, s.commit AS _commit, d.words,
           coalesce(d.title_en, d.title) AS title_en,
           coalesce(d.description_en, d.description) AS description_en,
           d.license_url, d.theme, d.keyword, d.features, d.metas, d.created
    FROM catalog.dataset d JOIN catalog.state s ON s.dataset = d.id;

-- Files beside a manifest, as they were applied with it.
CREATE TABLE catalog.attachment (
    dataset text NOT NULL REFERENCES catalog.dataset ON DELETE CASCADE,
    id      text NOT NULL,
    bytes   bytea NOT NULL,
    PRIMARY KEY (dataset, id)
);
ALTER TABLE catalog.attachment ALTER COLUMN bytes SET STORAGE EXTERNAL;
GRANT SELECT ON catalog.attachment TO @reader@, @writer@;

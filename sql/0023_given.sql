-- Datasets whose rows a handler gives at each request ("rows": "handler"): how many there are, and
-- when they last changed, is not known between two requests.

ALTER TABLE catalog.dataset
    ADD COLUMN given boolean NOT NULL
        GENERATED ALWAYS AS (manifest::jsonb ? 'rows') STORED;

CREATE OR REPLACE VIEW catalog.listing AS
    SELECT d.id AS dataset_id, d.uid AS dataset_uid, d.number::bigint AS _seq,
           d.title, d.description, d.publisher, d.license, d.language,
           d.applied AS metadata_processed,
           CASE WHEN NOT d.given THEN s.instant END AS modified,
           CASE WHEN NOT d.given THEN s.instant END AS data_processed,
           CASE WHEN NOT d.given THEN s.records END AS records_count, s.commit AS _commit, d.words,
           coalesce(d.title_en, d.title) AS title_en,
           coalesce(d.description_en, d.description) AS description_en,
           d.license_url, d.theme, d.keyword, d.features, d.metas, d.created,
           d.requires, d.records_require, d.partial, s.extent, s.geometry_types
    FROM catalog.dataset d JOIN catalog.state s ON s.dataset = d.id;

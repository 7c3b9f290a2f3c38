-- Where the records of a dataset are, kept with its state: the box around their main geometry and
-- of which types that is. Both are found again in the commit that moves one, so they are
-- always of the commit that the state tells, and a reader pays for neither.
ALTER TABLE catalog.state
    ADD COLUMN moved bigint NOT NULL DEFAULT 0,  -- newest commit that changed a main geometry
    ADD COLUMN extent text,                      -- catalog.extent
    ADD COLUMN geometry_types text[];            -- catalog.geometry_types

-- `{LineString,Point}`: the types of the main geometry of all records, as GeoJSON names them;
-- null: there is none. Of many records the index that `beffroi apply` makes tells, one look for
-- each type.
CREATE FUNCTION catalog.geometry_types(whose text) RETURNS text[]
    LANGUAGE plpgsql STABLE COST 10000 AS $$
DECLARE
    said  jsonb;
    field jsonb;
    many  bigint;
    kind  text;
    found text;
    types text[];
BEGIN
    SELECT d.manifest::jsonb, s.records INTO said, many
        FROM catalog.dataset AS d JOIN catalog.state AS s ON s.dataset = d.id WHERE d.id = whose;
    SELECT f INTO field FROM jsonb_array_elements(said -> 'fields') AS f
        WHERE f ->> 'name' = said ->> 'geometry';
    IF field IS NULL OR field ? 'handler' THEN
        RETURN NULL;
    END IF;
    kind := format('ST_GeometryType(%s)',
                   coalesce('(' || (field ->> 'sql') || ')', quote_ident(field ->> 'name')));
    IF field ->> 'type' = 'geo_point_2d' THEN
        EXECUTE format('SELECT ARRAY[''Point''] FROM data.%I WHERE %s IS NOT NULL LIMIT 1', whose,
                       kind) INTO types;
        RETURN types;
    END IF;
    IF many <= 2000 THEN
        EXECUTE format('SELECT array_agg(DISTINCT substr(%s, 4)) FILTER (WHERE %1$s IS NOT NULL)'
                       ' FROM data.%I', kind, whose) INTO types;
        RETURN types;
    END IF;
    found := '';
    LOOP
        EXECUTE format('SELECT %s FROM data.%I WHERE %1$s > $1 ORDER BY 1 LIMIT 1', kind, whose)
            INTO found USING found;
        EXIT WHEN found IS NULL;
        types := types || substr(found, 4);
    END LOOP;
    RETURN types;
END $$;

CREATE FUNCTION catalog.place(whose text) RETURNS void
    LANGUAGE sql AS $$
    UPDATE catalog.state
    SET extent = catalog.extent(whose), geometry_types = catalog.geometry_types(whose)
    WHERE dataset = whose
$$;

-- After the statement of the commit, so that it sees the records as they are then.
CREATE FUNCTION catalog.place_moved() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog.place(NEW.dataset);
    RETURN NULL;
END $$;

CREATE TRIGGER place_moved AFTER UPDATE OF moved ON catalog.state FOR EACH ROW
    WHEN (NEW.moved <> OLD.moved) EXECUTE FUNCTION catalog.place_moved();

SELECT catalog.place(dataset) FROM catalog.state;

CREATE OR REPLACE VIEW catalog.listing AS
    SELECT d.id AS dataset_id, d.uid AS dataset_uid, d.number::bigint AS _seq,
           d.title, d.description, d.publisher, d.license, d.language,
           d.applied AS metadata_processed, s.instant AS modified, s.instant AS data_processed,
           s.records AS records_count, s.commit AS _commit, d.words,
           coalesce(d.title_en, d.title) AS title_en,
           coalesce(d.description_en, d.description) AS description_en,
           d.license_url, d.theme, d.keyword, d.features, d.metas, d.created,
           d.requires, d.records_require, d.partial, s.extent, s.geometry_types
    FROM catalog.dataset d JOIN catalog.state s ON s.dataset = d.id;

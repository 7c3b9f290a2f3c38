-- The box around the main geometry of all records of a dataset, `west south east north`, for the
-- metadata of the catalogue; null: there is nothing to draw a box around, or no cheap way to do it.
--
-- Exact, as of the snapshot of the caller, and without a scan: the root of a GiST index has a box,
-- but one that is rounded outwards and that removed records leave too wide. So records are looked
-- at in a narrow strip along each edge of it; strips that hold none are widened.
CREATE FUNCTION catalog.extent(whose text) RETURNS text
    LANGUAGE plpgsql STABLE COST 10000 AS $$
DECLARE
    said  jsonb;
    field jsonb;
    many  bigint;
    place text;
    frame box2d;
    share double precision := 1.0 / 4096;
    edges double precision[];
BEGIN
    SELECT d.manifest::jsonb, s.records INTO said, many
        FROM catalog.dataset AS d JOIN catalog.state AS s ON s.dataset = d.id WHERE d.id = whose;
    SELECT f INTO field FROM jsonb_array_elements(said -> 'fields') AS f
        WHERE f ->> 'name' = said ->> 'geometry';
    IF field IS NULL OR field ? 'handler' THEN
        RETURN NULL;
    END IF;
    place := coalesce('(' || (field ->> 'sql') || ')', quote_ident(field ->> 'name'));
    IF many > 2000 AND NOT field ? 'sql' THEN
        frame := _postgis_index_extent(format('data.%I', whose)::regclass, field ->> 'name');
    END IF;
    IF frame IS NULL THEN
        IF many <= 10000 THEN
            EXECUTE format('SELECT ARRAY[min(ST_XMin(%1$s)), min(ST_YMin(%1$s)),'
                           ' max(ST_XMax(%1$s)), max(ST_YMax(%1$s))] FROM data.%2$I', place, whose)
                INTO edges;
        END IF;
        RETURN array_to_string(edges, ' ');
    END IF;
    LOOP
        EXECUTE format('SELECT ARRAY['
                       '(SELECT min(ST_XMin(%1$s)) FROM data.%2$I WHERE %1$s && $1),'
                       '(SELECT min(ST_YMin(%1$s)) FROM data.%2$I WHERE %1$s && $2),'
                       '(SELECT max(ST_XMax(%1$s)) FROM data.%2$I WHERE %1$s && $3),'
                       '(SELECT max(ST_YMax(%1$s)) FROM data.%2$I WHERE %1$s && $4)]', place, whose)
            INTO edges
            USING catalog.strip(frame, share, 0, 0, 0), catalog.strip(frame, 0, share, 0, 0),
                  catalog.strip(frame, 0, 0, share, 0), catalog.strip(frame, 0, 0, 0, share);
        EXIT WHEN array_position(edges, NULL) IS NULL OR share >= 1;
        share := share * 16;
    END LOOP;
    RETURN nullif(array_to_string(edges, ' '), '');
END $$;

-- The part of a box that is so wide from its west, south, east or north edge; 0: not cut there.
CREATE FUNCTION catalog.strip(frame box2d, west double precision, south double precision,
                              east double precision, north double precision) RETURNS geometry
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ST_MakeEnvelope(
        CASE WHEN east > 0 THEN x2 - east * (x2 - x1) ELSE x1 END,
        CASE WHEN north > 0 THEN y2 - north * (y2 - y1) ELSE y1 END,
        CASE WHEN west > 0 THEN x1 + west * (x2 - x1) ELSE x2 END,
        CASE WHEN south > 0 THEN y1 + south * (y2 - y1) ELSE y2 END, 4326)
    FROM (SELECT ST_XMin(frame), ST_YMin(frame), ST_XMax(frame), ST_YMax(frame))
        AS b(x1, y1, x2, y2)
$$;

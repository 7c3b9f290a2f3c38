-- A dataset whose records have no place has no box, however many there are: of few the edges were
-- all null, and joined they made an empty text.
CREATE OR REPLACE FUNCTION catalog.extent(whose text) RETURNS text
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
        RETURN nullif(array_to_string(edges, ' '), '');
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

UPDATE catalog.state SET extent = NULL WHERE extent = '';

-- The cells that geo_cluster() may make clusters of: their distances cost more than their number.

-- Always fails, with how many cells there are and, of the zooms for each shorter cell, the highest
-- that would make few enough (-1: none of them).
CREATE FUNCTION catalog.too_many_cells(cells text[], most bigint, zooms bigint[]) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    fits bigint := -1;
BEGIN
    FOR length IN REVERSE array_length(zooms, 1) .. 1 LOOP
        IF (SELECT count(DISTINCT left(cell, length)) FROM unnest(cells) AS cell) <= most THEN
            fits := zooms[length];
            EXIT;
        END IF;
    END LOOP;
    RAISE EXCEPTION '% %', cardinality(cells), fits USING ERRCODE = 'BF001';
END $$;

-- The cells that geo_cluster() may make clusters of: their distances cost more than their number.

-- Always fails, with how many cells there are and a zoom that makes few enough (-1: none does). Of
-- the zooms for each shorter cell it is the highest, unless that would take more than three looks
-- at a million cells.
CREATE FUNCTION catalog.too_many_cells(cells text[], most bigint, zooms bigint[])
    RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    fits  int := 0;
    looks int := 1 + 2000000 / cardinality(cells);
    n     bigint;
BEGIN
    WHILE fits < array_length(zooms, 1) LOOP
        IF 32 ^ (fits + 1) > most THEN  -- that many there are in the world
            looks := looks - 1;
            EXIT WHEN looks < 0;
            SELECT count(*) INTO n
                FROM (SELECT DISTINCT left(cell, fits + 1) FROM unnest(cells) AS cell) AS shorter;
            EXIT WHEN n > most;
        END IF;
        fits := fits + 1;
    END LOOP;
    RAISE EXCEPTION '% %', cardinality(cells), CASE WHEN fits = 0 THEN -1 ELSE zooms[fits] END
        USING ERRCODE = 'BF001';
END $$;

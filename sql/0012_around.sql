-- The box in which the nearest records are looked for (query/first), as a row: a function of FROM
-- is planned in line with its statement; as a value it was planned anew by each one that ran.
DROP FUNCTION catalog.around(geometry, float8);

-- A box around all places within that many metres of arc; null: around everything. A little more
-- than needed (a degree has 111,195 m), because the index compares with rounded numbers. Near the
-- poles and beyond the antimeridian it is around everything, too.
CREATE FUNCTION catalog.around(center geometry, metres float8) RETURNS TABLE (box geometry)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT CASE WHEN abs(y) + high < 89 AND abs(x) + wide < 180
                THEN ST_MakeEnvelope(x - wide, y - high, x + wide, y + high, 4326)
                ELSE ST_MakeEnvelope(-1e6, -1e6, 1e6, 1e6, 4326) END
    FROM (SELECT x, y, high, degrees(asin(least(1, sin(radians(least(high, 90)))
                                                   / greatest(cos(radians(y)), 1e-9)))) AS wide
          FROM (SELECT ST_X(center) AS x, ST_Y(center) AS y,
                       metres / 111000 + 1e-6 AS high) AS c) AS b
$$;

-- What the query language computes with: arithmetic that gives null where PostgreSQL would fail,
-- and the texts of intervals of time. SQL functions, so that the planner puts them in line.

-- Whole numbers: null beyond 64 bits.
CREATE FUNCTION catalog.whole(v numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN v BETWEEN -9223372036854775808 AND 9223372036854775807 THEN v::bigint END
$$;
CREATE FUNCTION catalog.plus(a bigint, b bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT catalog.whole(a::numeric + b) $$;
CREATE FUNCTION catalog.minus(a bigint, b bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT catalog.whole(a::numeric - b) $$;
CREATE FUNCTION catalog.times(a bigint, b bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT catalog.whole(a::numeric * b) $$;

-- Doubles: null beyond 1.797e308, zero below the least number. A product or quotient is judged by
-- the sum or difference of the logarithms.
CREATE FUNCTION catalog.plus(a float8, b float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN (a < 0) <> (b < 0) OR abs(a) <= 1.797e308::float8 - abs(b) THEN a + b END
$$;
CREATE FUNCTION catalog.minus(a float8, b float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN (a < 0) = (b < 0) OR abs(a) <= 1.797e308::float8 - abs(b) THEN a - b END
$$;
CREATE FUNCTION catalog.times(a float8, b float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN a = 0 OR b = 0 THEN 0
                WHEN ln(abs(a)) + ln(abs(b)) < -744 THEN 0
                WHEN ln(abs(a)) + ln(abs(b)) < 709.78 THEN a * b END
$$;
-- Nothing divided by null is null, too: the logarithm of zero must not be asked for.
CREATE FUNCTION catalog.divide(a float8, b float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN b = 0 OR b IS NULL THEN NULL
                WHEN a = 0 THEN 0
                WHEN ln(abs(a)) - ln(abs(b)) < -744 THEN 0
                WHEN ln(abs(a)) - ln(abs(b)) < 709.78 THEN a / b END
$$;

-- An instant as the Explore API writes it in intervals: with Z and milliseconds in UTC, with the
-- offset of any other zone.
CREATE FUNCTION catalog.instant_text(at timestamptz, zone text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN zone = 'UTC' THEN to_char(w.wall, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
           ELSE to_char(w.wall, 'YYYY-MM-DD"T"HH24:MI:SS'
                  || CASE WHEN date_trunc('second', w.wall) = w.wall THEN '' ELSE '.MS' END)
             || CASE WHEN w.minutes < 0 THEN '-' ELSE '+' END
             || lpad((abs(w.minutes) / 60)::text, 2, '0') || ':'
             || lpad((abs(w.minutes) % 60)::text, 2, '0')
           END
    FROM (SELECT z.wall, (extract(epoch FROM z.wall - (at AT TIME ZONE 'UTC')) / 60)::int AS minutes
          FROM (SELECT at AT TIME ZONE zone AS wall) AS z) AS w
$$;
CREATE FUNCTION catalog.range_text(low timestamptz, high timestamptz, zone text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT '[' || catalog.instant_text(low, zone) || ', ' || catalog.instant_text(high, zone) || '['
$$;

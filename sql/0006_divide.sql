-- Nothing divided by null is null, too: the logarithm of zero must not be asked for.
CREATE OR REPLACE FUNCTION catalog.divide(a float8, b float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN b = 0 OR b IS NULL THEN NULL
                WHEN a = 0 THEN 0
                WHEN ln(abs(a)) - ln(abs(b)) < -744 THEN 0
                WHEN ln(abs(a)) - ln(abs(b)) < 709.78 THEN a / b END
$$;

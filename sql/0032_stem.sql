-- The French endings of a word, found by what is common to them (modules/query/fulltext.c).

-- What the dictionary of French leaves of a word; null: a word that it drops.
CREATE FUNCTION catalog.stem(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (ts_lexize('pg_catalog.french_stem', $1))[1] $$;

CREATE INDEX word_stem ON catalog.word (dataset, catalog.stem(word));

-- Full text: what a text is made of, the words of every dataset, and what a query looks for.

-- Levenshtein's distance, for terms with a slip of the pen.
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch WITH SCHEMA public;

-- The text with blanks for the signs in which PostgreSQL's parser sees numbers with a sign, hosts,
-- files, tags and compounds, so that a word is a run of letters and digits and nothing else. The
-- rest of a text of more than 150,000 characters is left out, because a tsvector has an end, and a
-- push must not fail for it.
CREATE FUNCTION catalog.plain(body text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT translate(left($1, 150000), '-+./&<~', '       ') $$;

-- The words of a text, without case and accents.
CREATE FUNCTION catalog.words(body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT to_tsvector('catalog.search', catalog.plain($1)) $$;

-- Every word of letters that a dataset has ever held: fuzzy terms and French endings are looked up
-- here and become the words that there are. Triggers that `beffroi apply` writes keep it complete.
-- Words are never removed; one that is gone finds nothing.
CREATE TABLE catalog.word (
    dataset integer NOT NULL,           -- catalog.dataset.number; 0: the catalogue itself
    word    text COLLATE "C" NOT NULL,
    PRIMARY KEY (dataset, word)
);

CREATE FUNCTION catalog.learned(words tsvector) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT w FROM unnest(tsvector_to_array(words)) AS w
   WHERE char_length(w) BETWEEN 3 AND 30 AND w !~ '[0-9]' $$;

-- ---- what a query looks for

-- A word as tsquery has it in quotes.
CREATE FUNCTION catalog.quoted(word text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '''' || replace(replace($1, '\', '\\'), '''', '''''') || '''' $$;

-- Finds every text: no word is a blank.
CREATE FUNCTION catalog.everything() RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT '!'' '''::tsquery $$;

-- The article before an apostrophe is no word to insist on: l'hôpital looks for hôpital. A letter
-- with a combining accent before it makes it none.
CREATE FUNCTION catalog.without_articles(texts text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT regexp_replace(
       $1,
       '(^|[\s!-/:-@[-`{-~«»“”‘’„…–—])'
       '(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)[''’ʼ](?=[[:alnum:]])',
       '\1 ', 'gi') $$;

-- The terms of a text in order. starred: a star stands behind it.
CREATE FUNCTION catalog.terms(texts text)
    RETURNS TABLE (term text, starred boolean, last boolean) LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT w.lexeme,
           c.chunk LIKE '%*' AND w.at = max(w.at) OVER (PARTITION BY c.n),
           row_number() OVER (ORDER BY c.n, w.at) = count(*) OVER ()
    FROM regexp_split_to_table(catalog.without_articles(texts), '\s+')
             WITH ORDINALITY AS c (chunk, n),
         LATERAL (SELECT lexeme, unnest(positions) AS at FROM unnest(catalog.words(c.chunk))) AS w
    ORDER BY c.n, w.at $$;

-- The text with two neighbours exchanged, in every way.
CREATE FUNCTION catalog.exchanged(term text) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT left($1, i - 1) || substr($1, i + 1, 1) || substr($1, i, 1) || substr($1, i + 2)
   FROM generate_series(1, char_length($1) - 1) AS i $$;

-- The dataset's words within this distance, and those with the same French stem. Two letters that
-- changed places are one slip of one and two of two.
CREATE FUNCTION catalog.relatives(owner integer, term text, distance integer, stemmed boolean)
    RETURNS SETOF text LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10 AS $$
DECLARE
    stem CONSTANT text := CASE WHEN stemmed THEN (ts_lexize('pg_catalog.french_stem', term))[1] END;
    head CONSTANT text := left(stem, greatest(2, char_length(stem) - 3));
BEGIN
    IF term ~ '[0-9]' OR char_length(term) NOT BETWEEN 3 AND 32 THEN
        RETURN;
    END IF;
    IF stem IS NOT NULL THEN
        RETURN QUERY SELECT w.word FROM catalog.word AS w
            WHERE w.dataset = owner AND w.word >= head AND w.word < head || chr(1114111)
              AND ts_lexize('pg_catalog.french_stem', w.word) = ARRAY[stem];
    END IF;
    IF distance > 0 THEN
        RETURN QUERY SELECT w.word FROM catalog.word AS w
            WHERE w.dataset = owner
              AND public.levenshtein_less_equal(w.word, term, distance) <= distance
            UNION ALL
            SELECT w.word FROM catalog.word AS w
            WHERE w.dataset = owner AND distance = 1
              AND w.word = ANY (ARRAY(SELECT catalog.exchanged(term)));
    END IF;
END $$;

-- What a text looks for in the words of a dataset (whose: its id; '': the catalogue), by `how`:
--   words    every word; a star behind it: as the beginning of a word     (like)
--   text     as words, or with another French ending                      (a text alone)
--   search   as text; the last one as the beginning of a word, the others also with one slip of the
--            pen (3 to 5 letters) or two (6 and more)
--   suggest  every word as the beginning of a word
--   start    what a value that starts with the text must hold
--   phrase   the words one after the other
CREATE FUNCTION catalog.finds(texts text, how text, whose text) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    owner   integer;
    stemmed boolean;  -- the endings are those of French
    parts   text[] := '{}';
    t       record;
    prefix  boolean;
    slips   integer;
BEGIN
    IF how = 'phrase' THEN
        IF catalog.words(texts) = '' THEN
            RETURN catalog.everything();
        END IF;
        RETURN phraseto_tsquery('catalog.search', catalog.plain(texts));
    END IF;
    SELECT d.number, d.language = 'fr' INTO owner, stemmed
        FROM catalog.dataset AS d WHERE d.id = whose;
    FOR t IN SELECT * FROM catalog.terms(texts) LOOP
        prefix := t.starred OR how = 'suggest' OR (t.last AND how IN ('search', 'start'));
        slips := CASE WHEN how <> 'search' OR prefix OR char_length(t.term) < 3 THEN 0
                      WHEN char_length(t.term) > 5 THEN 2 ELSE 1 END;
        parts := parts || ('(' || catalog.quoted(t.term) || CASE WHEN prefix THEN ':*' ELSE '' END
            || CASE WHEN how IN ('text', 'search')
               THEN coalesce((SELECT string_agg(DISTINCT '|' || catalog.quoted(word), '')
                              FROM catalog.relatives(coalesce(owner, 0), t.term, slips,
                                                     coalesce(stemmed, true)) AS word
                              WHERE word <> t.term), '')
               ELSE '' END || ')');
    END LOOP;
    RETURN CASE WHEN parts = '{}' THEN catalog.everything()
                ELSE array_to_string(parts, '&')::tsquery END;
END $$;

-- The rows that hold every word as it was typed come before the others.
CREATE FUNCTION catalog.finds_exactly(texts text) RETURNS tsquery
    LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(string_agg(catalog.quoted(term), '&')::tsquery, catalog.everything())
   FROM catalog.terms(texts) $$;

-- ---- the catalogue

ALTER TABLE catalog.dataset ADD COLUMN words tsvector GENERATED ALWAYS AS (
    setweight(catalog.words(coalesce(manifest::jsonb -> 'title' ->> 'fr', '') || ' '
                            || coalesce(manifest::jsonb -> 'title' ->> 'en', '')), 'A')
    || setweight(catalog.words(id || ' '
                               || coalesce((manifest::jsonb -> 'keywords')::text, '') || ' '
                               || coalesce((manifest::jsonb -> 'themes')::text, '') || ' '
                               || coalesce(manifest::jsonb ->> 'publisher', '')), 'B')
    || setweight(catalog.words(coalesce(manifest::jsonb -> 'description' ->> 'fr', '') || ' '
                               || coalesce(manifest::jsonb -> 'description' ->> 'en', '')), 'D')
) STORED;
CREATE INDEX ON catalog.dataset USING gin (words);

CREATE FUNCTION catalog.learn_dataset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalog.word SELECT 0, w FROM catalog.learned(NEW.words) AS w
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER learn AFTER INSERT OR UPDATE OF manifest ON catalog.dataset
    FOR EACH ROW EXECUTE FUNCTION catalog.learn_dataset();
INSERT INTO catalog.word
    SELECT DISTINCT 0, w FROM catalog.dataset AS d, catalog.learned(d.words) AS w;

CREATE OR REPLACE VIEW catalog.listing AS
    SELECT d.id AS dataset_id, d.uid AS dataset_uid, d.number::bigint AS _seq,
           d.title, d.description, d.publisher, d.license, d.language,
           d.applied AS metadata_processed, s.instant AS modified, s.instant AS data_processed,
           s.records AS records_count, s.commit AS _commit, d.words
    FROM catalog.dataset d JOIN catalog.state s ON s.dataset = d.id;

GRANT SELECT ON catalog.word TO @writer@, @reader@;
GRANT INSERT ON catalog.word TO @writer@;

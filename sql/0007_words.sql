-- Two slips in how texts are cut: `~` made a file of the word behind it at the beginning of a text,
-- and an article was seen behind a letter with a combining accent.

-- The text with blanks for the signs in which PostgreSQL's parser sees more than the end of a word.
CREATE FUNCTION catalog.plain(body text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT translate(left($1, 150000), '-+./&<~', '       ') $$;

CREATE OR REPLACE FUNCTION catalog.words(body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT to_tsvector('catalog.search', catalog.plain($1)) $$;

CREATE OR REPLACE FUNCTION catalog.without_articles(texts text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT regexp_replace(
       $1,
       '(^|[\s!-/:-@[-`{-~«»“”‘’„…–—])'
       '(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)[''’ʼ](?=[[:alnum:]])',
       '\1 ', 'gi') $$;

CREATE OR REPLACE FUNCTION catalog.finds(texts text, how text, whose text) RETURNS tsquery
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

-- What was cut before is cut again.
DO $$
DECLARE
    name regclass;
BEGIN
    FOR name IN SELECT i.indexrelid FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                WHERE c.relnamespace = 'data'::regnamespace
                  AND pg_get_indexdef(i.indexrelid) LIKE '%catalog.words(%' LOOP
        EXECUTE format('REINDEX INDEX %s', name);
    END LOOP;
END $$;
UPDATE catalog.dataset SET manifest = manifest;

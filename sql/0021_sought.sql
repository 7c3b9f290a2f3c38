-- What a query looks for is made anew for each page: by functions whose plans a session keeps. A
-- function in SQL that cannot be put in line was planned each time it was called (0.6 ms).

-- One word that is the only term of its text and has no other form: the parser need not cut it.
CREATE FUNCTION catalog.is_word(texts text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT $1 COLLATE "C" ~ '^[a-z]{1,100}$' $$;

-- The dataset's words with the French ending of another one, as alternatives to it.
CREATE FUNCTION catalog.endings(owner integer, term text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    stem CONSTANT text := (ts_lexize('pg_catalog.french_stem', term))[1];
    head CONSTANT text := left(stem, greatest(2, char_length(stem) - 3));
BEGIN
    IF stem IS NULL OR term ~ '[0-9]' OR char_length(term) NOT BETWEEN 3 AND 32 THEN
        RETURN '';
    END IF;
    RETURN coalesce((SELECT string_agg('|' || catalog.quoted(w.word), '' ORDER BY w.word)
        FROM catalog.word AS w
        WHERE w.dataset = owner AND w.word >= head AND w.word < head || chr(1114111)
          AND ts_lexize('pg_catalog.french_stem', w.word) = ARRAY[stem] AND w.word <> term), '');
END $$;

-- The same with slips of the pen.
CREATE FUNCTION catalog.others(owner integer, term text, slips integer, stemmed boolean)
    RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF slips = 0 THEN
        RETURN CASE WHEN stemmed THEN catalog.endings(owner, term) ELSE '' END;
    END IF;
    RETURN coalesce((SELECT string_agg(DISTINCT '|' || catalog.quoted(word), '')
        FROM catalog.relatives(owner, term, slips, stemmed) AS word WHERE word <> term), '');
END $$;

-- See 0003: the same for each text.
CREATE OR REPLACE FUNCTION catalog.finds(texts text, how text, whose text) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    owner   integer := 0;
    stemmed boolean := true;  -- the endings are those of French
    parts   text := '';
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
    IF whose <> '' AND how IN ('text', 'search') THEN
        SELECT d.number, coalesce(d.language = 'fr', true) INTO owner, stemmed
            FROM catalog.dataset AS d WHERE d.id = whose;
    END IF;
    IF catalog.is_word(texts) THEN
        IF how IN ('words', 'text') THEN
            RETURN (catalog.quoted(texts) || CASE WHEN how = 'text'
                THEN catalog.others(coalesce(owner, 0), texts, 0, coalesce(stemmed, true))
                ELSE '' END)::tsquery;
        END IF;
        RETURN (catalog.quoted(texts) || ':*' || CASE WHEN how = 'search'
            THEN catalog.others(coalesce(owner, 0), texts, 0, coalesce(stemmed, true))
            ELSE '' END)::tsquery;
    END IF;
    FOR t IN SELECT * FROM catalog.terms(texts) LOOP
        prefix := t.starred OR how = 'suggest' OR (t.last AND how IN ('search', 'start'));
        slips := CASE WHEN how <> 'search' OR prefix OR char_length(t.term) < 3 THEN 0
                      WHEN char_length(t.term) > 5 THEN 2 ELSE 1 END;
        parts := parts || '&(' || catalog.quoted(t.term) || CASE WHEN prefix THEN ':*' ELSE '' END
            || CASE WHEN how IN ('text', 'search')
               THEN catalog.others(coalesce(owner, 0), t.term, slips, coalesce(stemmed, true))
               ELSE '' END || ')';
    END LOOP;
    RETURN CASE WHEN parts = '' THEN catalog.everything() ELSE substr(parts, 2)::tsquery END;
END $$;

CREATE OR REPLACE FUNCTION catalog.finds_exactly(texts text) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF catalog.is_word(texts) THEN
        RETURN catalog.quoted(texts)::tsquery;
    END IF;
    RETURN (SELECT coalesce(string_agg(catalog.quoted(term), '&')::tsquery, catalog.everything())
            FROM catalog.terms(texts));
END $$;

-- The bytes of files once for each content, so that an earlier version of a dataset comes back with
-- the files that it had.
CREATE TABLE catalog.file (
    digest bytea PRIMARY KEY,  -- SHA-256
    bytes  bytea NOT NULL
);
ALTER TABLE catalog.file ALTER COLUMN bytes SET STORAGE EXTERNAL;
GRANT SELECT ON catalog.file TO @reader@, @writer@;

INSERT INTO catalog.file SELECT DISTINCT ON (sha256(bytes)) sha256(bytes), bytes
    FROM catalog.attachment;
ALTER TABLE catalog.attachment ADD COLUMN digest bytea REFERENCES catalog.file;
UPDATE catalog.attachment SET digest = sha256(bytes);
ALTER TABLE catalog.attachment ALTER COLUMN digest SET NOT NULL, DROP COLUMN bytes;

-- Of a version: {"attachments/notice": "<digest in hexadecimal>"}; null: it names none, or was
-- applied before this was kept.
ALTER TABLE catalog.applied ADD COLUMN files jsonb;

-- After the files of a dataset were applied: its newest version has them, and of all files stay
-- those that are there now and those of the last five versions of each dataset that name any.
CREATE FUNCTION catalog.keep_files(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog.applied AS a
        SET files = (SELECT jsonb_object_agg(t.kind || '/' || t.id, encode(t.digest, 'hex'))
                     FROM catalog.attachment AS t WHERE t.dataset = keep_files.name)
        WHERE a.number = (SELECT max(n.number) FROM catalog.applied AS n
                          WHERE n.dataset = keep_files.name);
    DELETE FROM catalog.file AS f
        WHERE NOT EXISTS (SELECT FROM catalog.attachment AS t WHERE t.digest = f.digest)
          AND f.digest NOT IN (
              SELECT decode(v.value, 'hex')
              FROM (SELECT n.files, row_number() OVER (PARTITION BY n.dataset
                                                       ORDER BY n.number DESC) AS nth
                    FROM catalog.applied AS n WHERE n.files IS NOT NULL) AS n,
                   jsonb_each_text(n.files) AS v WHERE n.nth <= 5);
END $$;

DO $$
DECLARE d text;
BEGIN
    FOR d IN SELECT DISTINCT dataset FROM catalog.attachment LOOP
        PERFORM catalog.keep_files(d);
    END LOOP;
END $$;

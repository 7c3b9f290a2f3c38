-- The last records of a dataset as they came, before its script repaired them: a new script is
-- tried on them. They may hold what the script takes away, so readers do not see them, and they are
-- in no write-ahead log, replica or archive.
CREATE UNLOGGED TABLE catalog.came (
    dataset text PRIMARY KEY REFERENCES catalog.dataset ON DELETE CASCADE,
    lines   text NOT NULL,   -- newest first, each with its end
    at      timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.came TO @writer@;

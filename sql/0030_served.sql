-- The newest change of the catalogue that a server has served: it was tried, or was the first. A
-- server that starts serves it, and tries what was applied since; what lies behind it was seen by
-- nobody yet.
CREATE TABLE catalog.served (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    change bigint NOT NULL,  -- catalog.applied
    at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO catalog.served (change)
    SELECT max(number) FROM catalog.applied HAVING max(number) IS NOT NULL;
GRANT SELECT ON catalog.served TO @writer@, @reader@;
GRANT INSERT, UPDATE ON catalog.served TO @writer@;
